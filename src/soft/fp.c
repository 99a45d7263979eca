/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/fp.c - IEEE 754 arithmetic as LoongArch defines it: the choice between the host's
 * FP unit (fp_host.h) and the integer path (fp_arith.c), and what is built from both.
 *
 * Sources: LoongArch Reference Manual vol. 1, chapter 3; where it is silent, QEMU 11 and
 * the expected values in GCC's LSX tests, which Loongson supplied.  No silicon was asked.
 * What is uncertain, and what was chosen:
 *
 *  - NaN operands: a signalling NaN goes before a quiet one; among equals fa, fj, fk.  The
 *    result is that NaN, quiet, sign and payload kept.  inf * 0 + QNaN raises V and gives
 *    the NaN.  [QEMU; the manual gives the order]
 *  - fnmadd/fnmsub: the manual writes -(fj * fk +- fa), so the rounded result is negated,
 *    which also decides the sign of an exact zero; NaN signs stay.  [QEMU, GCC tests]
 *  - U: tiny after rounding.  With Enables.U clear it also needs an inexact result; with
 *    Enables.U set tininess alone raises it.  The manual says so and IEEE 754 agrees (7.5:
 *    the default handling alone ignores exact results).  QEMU always asks for both.
 *  - O sets I as well, also when O is enabled; the manual says this in one place and the
 *    opposite in another.  Only Cause in an O trap differs.  [QEMU]
 *  - ftint and frint raise I whenever digits are lost.  The manual ties this to Enables.I,
 *    but software that reads Flags needs it.  [QEMU]
 *  - ftint: NaN gives 0, too large saturates, both with V only.  [QEMU]
 *  - frsqrt: sqrt and then 1/x, each rounded, as the manual's formula is written; flags of
 *    both.  [QEMU; three values in the GCC tests exclude a single rounding]
 *  - frecip is 1/x.  The estimates frecipe and frsqrte give the full result.  [QEMU]
 *  - flogb: x < 0 gives the default NaN and V, as a logarithm would, although the manual
 *    cites logB, which takes the magnitude; zero raises Z; never I.  [QEMU, GCC tests]
 *  - fmax(-0, +0) is +0, fmin is -0, in either order.  A signalling NaN raises V and is the
 *    result (made quiet), even beside a number.  [QEMU; IEEE 754-2008 maxNum leaves room]
 *  - Float to float conversion keeps the upper bits of a NaN's payload.  [QEMU]
 */
#include "soft/fp.h"

#include "soft/fp_host.h"
#include "soft/fp_soft.h"

/* Returns the host's result where fp_host.h vouches for it; else falls through. */
#ifdef FP_HAS_HOST
#define TRY_HOST(type, call) do { \
		type out; \
		\
		if (likely(call)) \
			return out; \
	} while (0)
#else
#define TRY_HOST(type, call) do { } while (0)
#endif

#define FP32_ONE 0x3f800000u
#define FP64_ONE 0x3ff0000000000000u

uint32_t fp32_add(struct fp_env *e, uint32_t j, uint32_t k)
{
	TRY_HOST(uint32_t, fp_host32_add(e, j, k, &out));
	return fp32_soft_add(e, j, k);
}

uint32_t fp32_sub(struct fp_env *e, uint32_t j, uint32_t k)
{
	TRY_HOST(uint32_t, fp_host32_add(e, j, k ^ BIT32(31), &out));
	return fp32_soft_sub(e, j, k);
}

uint32_t fp32_mul(struct fp_env *e, uint32_t j, uint32_t k)
{
	TRY_HOST(uint32_t, fp_host32_mul(e, j, k, &out));
	return fp32_soft_mul(e, j, k);
}

uint32_t fp32_div(struct fp_env *e, uint32_t j, uint32_t k)
{
	TRY_HOST(uint32_t, fp_host32_div(e, j, k, &out));
	return fp32_soft_div(e, j, k);
}

uint32_t fp32_sqrt(struct fp_env *e, uint32_t j)
{
	TRY_HOST(uint32_t, fp_host32_sqrt(e, j, &out));
	return fp32_soft_sqrt(e, j);
}

uint32_t fp32_recip(struct fp_env *e, uint32_t j)
{
	return fp32_div(e, FP32_ONE, j);
}

uint32_t fp32_rsqrt(struct fp_env *e, uint32_t j)
{
	return fp32_div(e, FP32_ONE, fp32_sqrt(e, j));
}

static uint32_t muladd32(struct fp_env *e, uint32_t j, uint32_t k, uint32_t a, bool is_neg_a)
{
	TRY_HOST(uint32_t, fp_host32_muladd(e, j, k, is_neg_a ? a ^ BIT32(31) : a, &out));
	return fp32_soft_muladd(e, j, k, a, is_neg_a);
}

uint32_t fp32_muladd(struct fp_env *e, uint32_t j, uint32_t k, uint32_t a, unsigned int how)
{
	uint32_t r = muladd32(e, j, k, a, how & FP_MULADD_NEG_A);

	if (how & FP_MULADD_NEG_RESULT && !fp_is_nan(&fp32_fmt, r))
		r ^= BIT32(31);
	return r;
}

uint64_t fp64_add(struct fp_env *e, uint64_t j, uint64_t k)
{
	TRY_HOST(uint64_t, fp_host64_add(e, j, k, &out));
	return fp64_soft_add(e, j, k);
}

uint64_t fp64_sub(struct fp_env *e, uint64_t j, uint64_t k)
{
	TRY_HOST(uint64_t, fp_host64_add(e, j, k ^ BIT64(63), &out));
	return fp64_soft_sub(e, j, k);
}

uint64_t fp64_mul(struct fp_env *e, uint64_t j, uint64_t k)
{
	TRY_HOST(uint64_t, fp_host64_mul(e, j, k, &out));
	return fp64_soft_mul(e, j, k);
}

uint64_t fp64_div(struct fp_env *e, uint64_t j, uint64_t k)
{
	TRY_HOST(uint64_t, fp_host64_div(e, j, k, &out));
	return fp64_soft_div(e, j, k);
}

uint64_t fp64_sqrt(struct fp_env *e, uint64_t j)
{
	TRY_HOST(uint64_t, fp_host64_sqrt(e, j, &out));
	return fp64_soft_sqrt(e, j);
}

uint64_t fp64_recip(struct fp_env *e, uint64_t j)
{
	return fp64_div(e, FP64_ONE, j);
}

uint64_t fp64_rsqrt(struct fp_env *e, uint64_t j)
{
	return fp64_div(e, FP64_ONE, fp64_sqrt(e, j));
}

static uint64_t muladd64(struct fp_env *e, uint64_t j, uint64_t k, uint64_t a, bool is_neg_a)
{
	TRY_HOST(uint64_t, fp_host64_muladd(e, j, k, is_neg_a ? a ^ BIT64(63) : a, &out));
	return fp64_soft_muladd(e, j, k, a, is_neg_a);
}

uint64_t fp64_muladd(struct fp_env *e, uint64_t j, uint64_t k, uint64_t a, unsigned int how)
{
	uint64_t r = muladd64(e, j, k, a, how & FP_MULADD_NEG_A);

	if (how & FP_MULADD_NEG_RESULT && !fp_is_nan(&fp64_fmt, r))
		r ^= BIT64(63);
	return r;
}
