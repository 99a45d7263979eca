/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/fp_misc.c - comparison, minimum and maximum, scaling, exponent and class (soft/fp.h).
 * None rounds, except scaleb, which does so once.
 */
#include "soft/fp_soft.h"

/* Total order of non-NaN patterns as signed integers, apart from -0 < +0. */
FP_INLINE int64_t order(const struct fp_fmt *f, uint64_t v)
{
	int64_t mag = (int64_t)(v & (fp_sign_bit(f) - 1));

	return v & fp_sign_bit(f) ? ~mag : mag;
}

FP_INLINE enum fp_rel compare(const struct fp_fmt *f, struct fp_env *e, uint64_t j, uint64_t k,
			      bool is_signaling)
{
	if (unlikely(fp_is_nan(f, j) || fp_is_nan(f, k))) {
		if (is_signaling || fp_unpack(f, j).kind == FP_CLS_SNAN ||
		    fp_unpack(f, k).kind == FP_CLS_SNAN)
			e->flags |= FP_V;
		return FP_REL_UN;
	}
	if (j == k || !((j | k) & (fp_sign_bit(f) - 1)))
		return FP_REL_EQ;
	return order(f, j) < order(f, k) ? FP_REL_LT : FP_REL_GT;
}

enum fp_rel fp32_compare(struct fp_env *e, uint32_t j, uint32_t k, bool is_signaling)
{
	return compare(&fp32_fmt, e, j, k, is_signaling);
}

enum fp_rel fp64_compare(struct fp_env *e, uint64_t j, uint64_t k, bool is_signaling)
{
	return compare(&fp64_fmt, e, j, k, is_signaling);
}

bool fp_cond(unsigned int cond, enum fp_rel rel)
{
	/* Bit 0 is "signalling"; bits 1 to 3 are LT, EQ, UN, bit 4 is LT or GT. */
	unsigned int wanted = cond >> 1 & (FP_REL_LT | FP_REL_EQ | FP_REL_UN);

	if (cond & 0x10)
		wanted |= FP_REL_LT | FP_REL_GT;
	return wanted & rel;
}

/* maxNum and its kin: a quiet NaN loses against a number, a signalling one wins. */
FP_INLINE uint64_t select_num(const struct fp_fmt *f, struct fp_env *e, uint64_t j, uint64_t k,
			      bool is_max, bool by_mag)
{
	uint64_t mag_j = j & (fp_sign_bit(f) - 1), mag_k = k & (fp_sign_bit(f) - 1);

	if (unlikely(fp_is_nan(f, j) || fp_is_nan(f, k))) {
		struct fp_num a = fp_unpack(f, j), b = fp_unpack(f, k);

		if (a.kind < FP_CLS_QNAN && b.kind == FP_CLS_QNAN)
			return j;
		if (b.kind < FP_CLS_QNAN && a.kind == FP_CLS_QNAN)
			return k;
		return fp_pick_nan(f, e, a, b);
	}
	if (by_mag && mag_j != mag_k)
		return (mag_j > mag_k) == is_max ? j : k;
	return (order(f, j) > order(f, k)) == is_max ? j : k;
}

uint32_t fp32_max(struct fp_env *e, uint32_t j, uint32_t k)
{
	return (uint32_t)select_num(&fp32_fmt, e, j, k, true, false);
}

uint32_t fp32_min(struct fp_env *e, uint32_t j, uint32_t k)
{
	return (uint32_t)select_num(&fp32_fmt, e, j, k, false, false);
}

uint32_t fp32_maxa(struct fp_env *e, uint32_t j, uint32_t k)
{
	return (uint32_t)select_num(&fp32_fmt, e, j, k, true, true);
}

uint32_t fp32_mina(struct fp_env *e, uint32_t j, uint32_t k)
{
	return (uint32_t)select_num(&fp32_fmt, e, j, k, false, true);
}

uint64_t fp64_max(struct fp_env *e, uint64_t j, uint64_t k)
{
	return select_num(&fp64_fmt, e, j, k, true, false);
}

uint64_t fp64_min(struct fp_env *e, uint64_t j, uint64_t k)
{
	return select_num(&fp64_fmt, e, j, k, false, false);
}

uint64_t fp64_maxa(struct fp_env *e, uint64_t j, uint64_t k)
{
	return select_num(&fp64_fmt, e, j, k, true, true);
}

uint64_t fp64_mina(struct fp_env *e, uint64_t j, uint64_t k)
{
	return select_num(&fp64_fmt, e, j, k, false, true);
}

FP_INLINE uint64_t scaleb(const struct fp_fmt *f, struct fp_env *e, uint64_t j, int64_t k)
{
	/* Far enough to overflow the least subnormal and to lose the greatest number. */
	const int64_t limit = 4 << f->exp_bits;
	struct fp_num a = fp_unpack(f, j);

	if (a.kind >= FP_CLS_QNAN)
		return fp_pack_nan(f, e, a);
	if (a.kind != FP_CLS_FINITE)
		return j;
	k = k > limit ? limit : k < -limit ? -limit : k;
	return fp_round_pack(f, e, a.sign, a.exp + (int)k, a.sig);
}

uint32_t fp32_scaleb(struct fp_env *e, uint32_t j, int32_t k)
{
	return (uint32_t)scaleb(&fp32_fmt, e, j, k);
}

uint64_t fp64_scaleb(struct fp_env *e, uint64_t j, int64_t k)
{
	return scaleb(&fp64_fmt, e, j, k);
}

/* The exponent as a small integer; false: @out is the final result, in format @f. */
FP_INLINE bool logb_exp(const struct fp_fmt *f, struct fp_env *e, uint64_t j, int *exp,
			uint64_t *out)
{
	struct fp_num a = fp_unpack(f, j);

	*exp = a.exp;
	if (a.kind >= FP_CLS_QNAN) {
		*out = fp_pack_nan(f, e, a);
		return false;
	}
	if (a.kind == FP_CLS_ZERO) {
		e->flags |= FP_Z;
		*out = fp_inf(f, true);
		return false;
	}
	if (a.sign) {
		*out = fp_invalid(f, e);
		return false;
	}
	*out = j;		/* +inf */
	return a.kind == FP_CLS_FINITE;
}

uint32_t fp32_logb(struct fp_env *e, uint32_t j)
{
	uint64_t out;
	int exp;

	return logb_exp(&fp32_fmt, e, j, &exp, &out) ? fp32_from_i64(e, exp) : (uint32_t)out;
}

uint64_t fp64_logb(struct fp_env *e, uint64_t j)
{
	uint64_t out;
	int exp;

	return logb_exp(&fp64_fmt, e, j, &exp, &out) ? fp64_from_i64(e, exp) : out;
}

/* Bits 2 to 5: negative infinity, normal, subnormal, zero; 6 to 9: the same, positive. */
FP_INLINE unsigned int classify(const struct fp_fmt *f, uint64_t v)
{
	struct fp_num a = fp_unpack(f, v);
	unsigned int shift = 0;

	switch (a.kind) {
	case FP_CLS_SNAN:
		return BIT32(0);
	case FP_CLS_QNAN:
		return BIT32(1);
	case FP_CLS_INF:
		shift = 2;
		break;
	case FP_CLS_FINITE:
		shift = a.exp < 1 - fp_bias(f) ? 4 : 3;
		break;
	case FP_CLS_ZERO:
		shift = 5;
		break;
	}
	return BIT32(shift + (a.sign ? 0 : 4));
}

uint32_t fp32_class(uint32_t j)
{
	return classify(&fp32_fmt, j);
}

uint64_t fp64_class(uint64_t j)
{
	return classify(&fp64_fmt, j);
}
