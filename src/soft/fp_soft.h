/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/fp_soft.h - the integer arithmetic path behind soft/fp.h; private to fp*.c and tests.
 *
 * The rules are those of fp.h (and the notes in fp.c), but a function with _soft_ in its
 * name never touches the host's floating-point unit.  Everything is written once for any
 * binary format; the format is a compile-time constant wherever it matters for speed.
 *
 * Pure functions; any thread.
 */
#ifndef LVZ_SOFT_FP_SOFT_H
#define LVZ_SOFT_FP_SOFT_H

#include <stdbool.h>
#include <stdint.h>

#include "soft/fp.h"
#include "util/bits.h"

typedef unsigned __int128 fp_u128;	/* a name for a type the compiler spells in two words */

#define FP_INLINE static inline __attribute__((always_inline))

struct fp_fmt {
	int frac_bits;		/* stored fraction bits */
	int exp_bits;
};

static const struct fp_fmt fp16_fmt = { 10, 5 };
static const struct fp_fmt fp32_fmt = { 23, 8 };
static const struct fp_fmt fp64_fmt = { 52, 11 };

/* Ordered so that the OR of several kinds is 0 only if all are FINITE. */
enum fp_kind { FP_CLS_FINITE, FP_CLS_ZERO, FP_CLS_INF, FP_CLS_QNAN, FP_CLS_SNAN };

/*
 * An unpacked number.  FINITE: value = sig * 2^(exp - 63) with bit 63 of sig set, which
 * leaves at least 11 bits below the last one that can be stored.  NaN: sig holds the
 * fraction with its quiet bit at bit 62, so that payloads keep their upper bits when the
 * format changes.
 */
struct fp_num {
	uint64_t sig;
	int exp;
	enum fp_kind kind;
	bool sign;
};

FP_INLINE int fp_exp_max(const struct fp_fmt *f)
{
	return (1 << f->exp_bits) - 1;
}

FP_INLINE int fp_bias(const struct fp_fmt *f)
{
	return fp_exp_max(f) >> 1;
}

FP_INLINE uint64_t fp_sign_bit(const struct fp_fmt *f)
{
	return BIT64(f->frac_bits + f->exp_bits);
}

FP_INLINE uint64_t fp_zero(const struct fp_fmt *f, bool sign)
{
	return sign ? fp_sign_bit(f) : 0;
}

FP_INLINE uint64_t fp_inf(const struct fp_fmt *f, bool sign)
{
	return fp_zero(f, sign) | (uint64_t)fp_exp_max(f) << f->frac_bits;
}

FP_INLINE bool fp_is_nan(const struct fp_fmt *f, uint64_t v)
{
	return (v & (fp_sign_bit(f) - 1)) > fp_inf(f, false);
}

/* The NaN of an invalid operation: positive, quiet, no payload. */
FP_INLINE uint64_t fp_default_nan(const struct fp_fmt *f)
{
	return fp_inf(f, false) | BIT64(f->frac_bits - 1);
}

FP_INLINE uint64_t fp_invalid(const struct fp_fmt *f, struct fp_env *e)
{
	e->flags |= FP_V;
	return fp_default_nan(f);
}

/* @v shifted right by @n >= 0; bits shifted out survive as a set bit 0 ("jamming"). */
FP_INLINE uint64_t fp_shr_jam(uint64_t v, int n)
{
	if (n > 63)
		return v != 0;
	return v >> n | ((v & mask64((unsigned int)n)) != 0);
}

FP_INLINE struct fp_num fp_unpack(const struct fp_fmt *f, uint64_t v)
{
	const int shift = 63 - f->frac_bits;
	uint64_t sig = (v & mask64((unsigned int)f->frac_bits)) << shift;
	int biased = (int)(v >> f->frac_bits) & fp_exp_max(f);
	struct fp_num n = { .sign = (v & fp_sign_bit(f)) != 0 };

	if (likely(biased != 0 && biased != fp_exp_max(f))) {
		n.sig = sig | BIT64(63);
		n.exp = biased - fp_bias(f);
	} else if (biased) {
		n.sig = sig;
		n.kind = !sig ? FP_CLS_INF : sig & BIT64(62) ? FP_CLS_QNAN : FP_CLS_SNAN;
	} else if (sig) {
		int lz = __builtin_clzll(sig);

		n.sig = sig << lz;
		n.exp = 1 - fp_bias(f) - lz;
	} else {
		n.kind = FP_CLS_ZERO;
	}
	return n;
}

/* NaN @n as a quiet NaN of format @f; a signalling one raises V. */
FP_INLINE uint64_t fp_pack_nan(const struct fp_fmt *f, struct fp_env *e, struct fp_num n)
{
	if (n.kind == FP_CLS_SNAN)
		e->flags |= FP_V;
	return fp_inf(f, n.sign) | (n.sig | BIT64(62)) >> (63 - f->frac_bits);
}

/* The result for operands of which at least one is NaN; @a goes before @b. */
FP_INLINE uint64_t fp_pick_nan(const struct fp_fmt *f, struct fp_env *e, struct fp_num a,
			       struct fp_num b)
{
	if (a.kind == FP_CLS_SNAN || (b.kind != FP_CLS_SNAN && a.kind == FP_CLS_QNAN))
		return fp_pack_nan(f, e, a);
	return fp_pack_nan(f, e, b);
}

/* What must be added below the last kept bit (weight 1 << @shift) before truncation. */
FP_INLINE uint64_t fp_round_addend(enum fp_rm rm, bool sign, int shift)
{
	switch (rm) {
	case FP_RNE:
		return BIT64(shift - 1);	/* a tie is put right by the caller */
	case FP_RZ:
		return 0;
	case FP_RP:
		return sign ? 0 : BIT64(shift) - 1;
	case FP_RM:
		return sign ? BIT64(shift) - 1 : 0;
	}
	return 0;
}

/*
 * Rounds sig * 2^(exp - 63), bit 63 of @sig set and bit 0 sticky, to format @f under
 * e->rm, and raises O, U and I.
 */
FP_INLINE uint64_t fp_round_pack(const struct fp_fmt *f, struct fp_env *e, bool sign, int exp,
				 uint64_t sig)
{
	const int shift = 63 - f->frac_bits;
	uint64_t add = fp_round_addend(e->rm, sign, shift);
	int biased = exp + fp_bias(f);
	bool is_tiny = false;
	uint64_t rest, q;

	if (unlikely(biased < 1)) {
		/* Tininess is found after rounding with an unbounded exponent. */
		is_tiny = biased < 0 || sig + add >= sig;
		sig = fp_shr_jam(sig, 1 - biased);
		biased = 1;
	}
	rest = sig & mask64((unsigned int)shift);
	q = (sig >> shift) + ((rest + add) >> shift);
	if (e->rm == FP_RNE && rest == BIT64(shift - 1))
		q &= ~UINT64_C(1);
	if (rest)
		e->flags |= FP_I;
	if (unlikely(is_tiny) && (rest || e->enables & FP_U))
		e->flags |= FP_U;
	if (likely(biased < fp_exp_max(f))) {
		/* q has the leading 1 (or is subnormal); a carry runs into the exponent */
		q += (uint64_t)(biased - 1) << f->frac_bits;
		if (likely(q < fp_inf(f, false)))
			return q | fp_zero(f, sign);
	}
	e->flags |= FP_O | FP_I;
	return fp_inf(f, sign) - !add;
}

uint32_t fp32_soft_add(struct fp_env *e, uint32_t j, uint32_t k);
uint32_t fp32_soft_sub(struct fp_env *e, uint32_t j, uint32_t k);
uint32_t fp32_soft_mul(struct fp_env *e, uint32_t j, uint32_t k);
uint32_t fp32_soft_div(struct fp_env *e, uint32_t j, uint32_t k);
uint32_t fp32_soft_sqrt(struct fp_env *e, uint32_t j);
uint64_t fp64_soft_add(struct fp_env *e, uint64_t j, uint64_t k);
uint64_t fp64_soft_sub(struct fp_env *e, uint64_t j, uint64_t k);
uint64_t fp64_soft_mul(struct fp_env *e, uint64_t j, uint64_t k);
uint64_t fp64_soft_div(struct fp_env *e, uint64_t j, uint64_t k);
uint64_t fp64_soft_sqrt(struct fp_env *e, uint64_t j);
/* j * k + a, or j * k - a if @is_neg_a; the sign of the result is not yet changed. */
uint32_t fp32_soft_muladd(struct fp_env *e, uint32_t j, uint32_t k, uint32_t a, bool is_neg_a);
uint64_t fp64_soft_muladd(struct fp_env *e, uint64_t j, uint64_t k, uint64_t a, bool is_neg_a);

#endif
