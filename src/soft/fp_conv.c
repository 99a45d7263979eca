/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/fp_conv.c - conversions of soft/fp.h: between formats, to and from integers, and
 * rounding to an integral value.  Always in integers: none is slow enough to need the host.
 */
#include "soft/fp_soft.h"

FP_INLINE uint64_t convert(const struct fp_fmt *from, const struct fp_fmt *to,
			   struct fp_env *e, uint64_t j)
{
	struct fp_num a = fp_unpack(from, j);

	switch (a.kind) {
	case FP_CLS_FINITE:
		return fp_round_pack(to, e, a.sign, a.exp, a.sig);
	case FP_CLS_ZERO:
		return fp_zero(to, a.sign);
	case FP_CLS_INF:
		return fp_inf(to, a.sign);
	case FP_CLS_QNAN:
	case FP_CLS_SNAN:
		break;
	}
	return fp_pack_nan(to, e, a);
}

uint64_t fp32_to_fp64(struct fp_env *e, uint32_t j)
{
	return convert(&fp32_fmt, &fp64_fmt, e, j);
}

uint32_t fp64_to_fp32(struct fp_env *e, uint64_t j)
{
	return (uint32_t)convert(&fp64_fmt, &fp32_fmt, e, j);
}

uint32_t fp32_to_fp16(struct fp_env *e, uint32_t j)
{
	return (uint32_t)convert(&fp32_fmt, &fp16_fmt, e, j);
}

uint32_t fp16_to_fp32(struct fp_env *e, uint32_t j)
{
	return (uint32_t)convert(&fp16_fmt, &fp32_fmt, e, j & 0xffff);
}

/* How many of the 64 bits of a significand lie below the units digit, 0..64 and "more". */
FP_INLINE int fraction_len(int exp)
{
	return exp < -1 ? 65 : 63 - exp;
}

/*
 * sig * 2^-len rounded to an integer, @len in 1..65.  Tells whether something was lost.
 * For len = 65 only "less than a half, but not 0" matters.
 */
FP_INLINE uint64_t round_int(enum fp_rm rm, bool sign, uint64_t sig, int len, bool *is_inexact)
{
	uint64_t whole = len > 63 ? 0 : sig >> len;
	/* what is below the units digit, as a fraction of 2^64 */
	uint64_t rest = len > 64 ? 1 : sig << (64 - len);

	*is_inexact = rest != 0;
	switch (rm) {
	case FP_RNE:
		return whole + (rest > BIT64(63) || (rest == BIT64(63) && whole & 1));
	case FP_RZ:
		return whole;
	case FP_RP:
		return whole + (rest && !sign);
	case FP_RM:
		return whole + (rest && sign);
	}
	return whole;
}

/*
 * Conversion to an integer in @lo..@hi: magnitudes, @lo the largest one of a negative
 * result.  Saturates with V alone; NaN gives 0 and V.
 */
FP_INLINE uint64_t to_int(const struct fp_fmt *f, struct fp_env *e, uint64_t j, enum fp_rm rm,
			  uint64_t lo, uint64_t hi)
{
	struct fp_num a = fp_unpack(f, j);
	uint64_t limit = a.sign ? lo : hi;
	uint64_t v = a.sig;
	bool is_inexact = false;

	if (unlikely(a.kind != FP_CLS_FINITE)) {
		if (a.kind == FP_CLS_ZERO)
			return 0;
		e->flags |= FP_V;
		if (a.kind != FP_CLS_INF)
			return 0;
		v = limit;
	} else if (a.exp > 63) {
		e->flags |= FP_V;
		v = limit;
	} else {
		if (a.exp < 63)
			v = round_int(rm, a.sign, a.sig, fraction_len(a.exp), &is_inexact);
		if (v > limit) {
			e->flags |= FP_V;
			v = limit;
		} else if (is_inexact) {
			e->flags |= FP_I;
		}
	}
	return a.sign ? -v : v;
}

int32_t fp32_to_i32(struct fp_env *e, uint32_t j, enum fp_rm rm)
{
	return (int32_t)to_int(&fp32_fmt, e, j, rm, BIT64(31), INT32_MAX);
}

int64_t fp32_to_i64(struct fp_env *e, uint32_t j, enum fp_rm rm)
{
	return (int64_t)to_int(&fp32_fmt, e, j, rm, BIT64(63), INT64_MAX);
}

int32_t fp64_to_i32(struct fp_env *e, uint64_t j, enum fp_rm rm)
{
	return (int32_t)to_int(&fp64_fmt, e, j, rm, BIT64(31), INT32_MAX);
}

int64_t fp64_to_i64(struct fp_env *e, uint64_t j, enum fp_rm rm)
{
	return (int64_t)to_int(&fp64_fmt, e, j, rm, BIT64(63), INT64_MAX);
}

uint32_t fp32_to_u32(struct fp_env *e, uint32_t j, enum fp_rm rm)
{
	return (uint32_t)to_int(&fp32_fmt, e, j, rm, 0, UINT32_MAX);
}

uint64_t fp64_to_u64(struct fp_env *e, uint64_t j, enum fp_rm rm)
{
	return to_int(&fp64_fmt, e, j, rm, 0, UINT64_MAX);
}

FP_INLINE uint64_t from_int(const struct fp_fmt *f, struct fp_env *e, bool sign, uint64_t v)
{
	int lz;

	if (!v)
		return 0;
	lz = __builtin_clzll(v);
	return fp_round_pack(f, e, sign, 63 - lz, v << lz);
}

uint32_t fp32_from_i64(struct fp_env *e, int64_t j)
{
	return (uint32_t)from_int(&fp32_fmt, e, j < 0, j < 0 ? -(uint64_t)j : (uint64_t)j);
}

uint64_t fp64_from_i64(struct fp_env *e, int64_t j)
{
	return from_int(&fp64_fmt, e, j < 0, j < 0 ? -(uint64_t)j : (uint64_t)j);
}

uint32_t fp32_from_u64(struct fp_env *e, uint64_t j)
{
	return (uint32_t)from_int(&fp32_fmt, e, false, j);
}

uint64_t fp64_from_u64(struct fp_env *e, uint64_t j)
{
	return from_int(&fp64_fmt, e, false, j);
}

FP_INLINE uint64_t rint_to(const struct fp_fmt *f, struct fp_env *e, uint64_t j, enum fp_rm rm)
{
	struct fp_num a = fp_unpack(f, j);
	bool is_inexact;
	uint64_t v;

	if (unlikely(a.kind >= FP_CLS_QNAN))
		return fp_pack_nan(f, e, a);
	if (a.kind != FP_CLS_FINITE || a.exp >= f->frac_bits)
		return j;
	v = round_int(rm, a.sign, a.sig, fraction_len(a.exp), &is_inexact);
	if (is_inexact)
		e->flags |= FP_I;
	/* v <= 2^frac_bits, so the way back is exact */
	return from_int(f, e, a.sign, v) | fp_zero(f, a.sign);
}

uint32_t fp32_rint(struct fp_env *e, uint32_t j, enum fp_rm rm)
{
	return (uint32_t)rint_to(&fp32_fmt, e, j, rm);
}

uint64_t fp64_rint(struct fp_env *e, uint64_t j, enum fp_rm rm)
{
	return rint_to(&fp64_fmt, e, j, rm);
}
