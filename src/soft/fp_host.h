/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/fp_host.h - the host's FP unit as a shortcut to the common case; private to fp.c.
 *
 * Only on x86-64, and not at all with LVZ_NO_HOST_FP defined.  Each function tries one
 * operation under round-to-nearest, which is how C code runs, and answers false unless the
 * result is certainly what the integer path would give, with no flag but perhaps I.  It asks
 * for a finite result well inside the range of normal numbers, so that NaN, overflow and
 * underflow never get here, and finds I from the rounding error, computed exactly.
 *
 * MXCSR is not used for that: loading and storing it around an operation took 11.7 ns where
 * the whole integer addition took 6.5 (Zen 5).
 *
 * Pure functions; any thread whose MXCSR control bits are at their default.
 */
#ifndef LVZ_SOFT_FP_HOST_H
#define LVZ_SOFT_FP_HOST_H

#include "soft/fp_soft.h"

#if defined(__x86_64__) && !defined(LVZ_NO_HOST_FP)
#define FP_HAS_HOST 1

#include <emmintrin.h>
#include <string.h>

FP_INLINE float fp_host_f32(uint32_t v)
{
	float f;

	memcpy(&f, &v, sizeof(f));
	return f;
}

FP_INLINE uint32_t fp_host_u32(float f)
{
	uint32_t v;

	memcpy(&v, &f, sizeof(v));
	return v;
}

FP_INLINE double fp_host_f64(uint64_t v)
{
	double f;

	memcpy(&f, &v, sizeof(f));
	return f;
}

FP_INLINE uint64_t fp_host_u64(double f)
{
	uint64_t v;

	memcpy(&v, &f, sizeof(v));
	return v;
}

/* Whether the biased exponent of @v is in @lo..@hi. */
FP_INLINE bool fp_host_in32(uint32_t v, uint32_t lo, uint32_t hi)
{
	return (v >> 23 & 0xff) - lo <= hi - lo;
}

FP_INLINE bool fp_host_in64(uint64_t v, uint64_t lo, uint64_t hi)
{
	return (v >> 52 & 0x7ff) - lo <= hi - lo;
}

/*
 * Biased exponents of fp64 from which on the error of a product, and the remainder of a
 * division or root, is a number of the format: 2^-1074 <= ulp^2, with some room.
 */
#define FP_HOST_LO64 64u
#define FP_HOST_HI64 0x7feu
/* From 2 on, a result is not tiny: 1 may have been reached by rounding up. */
#define FP_HOST_LO32 2u
#define FP_HOST_HI32 0xfeu

FP_INLINE bool fp_host_usable(const struct fp_env *e)
{
	return e->rm == FP_RNE && !(e->enables & FP_U);
}

/* Whether fp_host_fma() may be called. */
FP_INLINE bool fp_host_has_fma(void)
{
	return __builtin_cpu_supports("fma");
}

/* x * y + z in one rounding. */
FP_INLINE double fp_host_fma(double x, double y, double z)
{
	__asm__("vfmadd213sd %[z], %[y], %[x]" : [x] "+x"(x) : [y] "x"(y), [z] "x"(z));
	return x;
}

/*
 * Keeps the compiler from fusing the product @x with a later addition, as it does when
 * told to compile for a CPU that can.
 */
FP_INLINE double fp_host_rounded(double x)
{
	__asm__("" : "+x"(x));
	return x;
}

FP_INLINE bool fp_host_done32(struct fp_env *e, uint32_t *out, float r, bool is_inexact)
{
	*out = fp_host_u32(r);
	e->flags |= is_inexact;		/* FP_I is 1 */
	return true;
}

FP_INLINE bool fp_host_done64(struct fp_env *e, uint64_t *out, double r, bool is_inexact)
{
	*out = fp_host_u64(r);
	e->flags |= is_inexact;
	return true;
}

/*
 * Sums.  s - x is exact if x is the larger operand, so it then equals the other one only
 * if s is the exact sum; asking both ways saves finding out which is larger.  A sum in the
 * subnormal range is always exact.
 */
FP_INLINE bool fp_host32_add(struct fp_env *e, uint32_t j, uint32_t k, uint32_t *out)
{
	float x = fp_host_f32(j), y = fp_host_f32(k), s = x + y;

	if (!fp_host_usable(e) || !fp_host_in32(fp_host_u32(s), 0, FP_HOST_HI32))
		return false;
	return fp_host_done32(e, out, s, (s - x != y) | (s - y != x));
}

FP_INLINE bool fp_host64_add(struct fp_env *e, uint64_t j, uint64_t k, uint64_t *out)
{
	double x = fp_host_f64(j), y = fp_host_f64(k), s = x + y;

	if (!fp_host_usable(e) || !fp_host_in64(fp_host_u64(s), 0, FP_HOST_HI64))
		return false;
	return fp_host_done64(e, out, s, (s - x != y) | (s - y != x));
}

/* Products of two fp32 are exact in double. */
FP_INLINE bool fp_host32_mul(struct fp_env *e, uint32_t j, uint32_t k, uint32_t *out)
{
	double p = (double)fp_host_f32(j) * fp_host_f32(k);
	float r = (float)p;

	if (!fp_host_usable(e) || !fp_host_in32(fp_host_u32(r), FP_HOST_LO32, FP_HOST_HI32))
		return false;
	return fp_host_done32(e, out, r, r != p);
}

FP_INLINE bool fp_host64_mul(struct fp_env *e, uint64_t j, uint64_t k, uint64_t *out)
{
	double x = fp_host_f64(j), y = fp_host_f64(k), p = x * y;

	if (!fp_host_usable(e) || !fp_host_has_fma() ||
	    !fp_host_in64(fp_host_u64(p), FP_HOST_LO64, FP_HOST_HI64))
		return false;
	return fp_host_done64(e, out, p, fp_host_fma(x, y, -p) != 0);
}

FP_INLINE bool fp_host32_div(struct fp_env *e, uint32_t j, uint32_t k, uint32_t *out)
{
	float x = fp_host_f32(j), y = fp_host_f32(k), q = x / y;

	if (!fp_host_usable(e) || !fp_host_in32(fp_host_u32(q), FP_HOST_LO32, FP_HOST_HI32))
		return false;
	return fp_host_done32(e, out, q, (double)q * y != x);
}

FP_INLINE bool fp_host64_div(struct fp_env *e, uint64_t j, uint64_t k, uint64_t *out)
{
	double x = fp_host_f64(j), y = fp_host_f64(k), q = x / y;

	if (!fp_host_usable(e) || !fp_host_has_fma() ||
	    !fp_host_in64(j, FP_HOST_LO64, FP_HOST_HI64) ||
	    !fp_host_in64(fp_host_u64(q), FP_HOST_LO64, FP_HOST_HI64))
		return false;
	return fp_host_done64(e, out, q, fp_host_fma(q, y, -x) != 0);
}

FP_INLINE bool fp_host32_sqrt(struct fp_env *e, uint32_t j, uint32_t *out)
{
	float x = fp_host_f32(j);
	float r = _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(x)));

	/* the sign bit above the exponent makes a negative operand too large */
	if (!fp_host_usable(e) || (j >> 23) - FP_HOST_LO32 > FP_HOST_HI32 - FP_HOST_LO32)
		return false;
	return fp_host_done32(e, out, r, (double)r * r != x);
}

FP_INLINE bool fp_host64_sqrt(struct fp_env *e, uint64_t j, uint64_t *out)
{
	double x = fp_host_f64(j);
	double r = _mm_cvtsd_f64(_mm_sqrt_sd(_mm_setzero_pd(), _mm_set_sd(x)));

	if (!fp_host_usable(e) || !fp_host_has_fma() ||
	    (j >> 52) - FP_HOST_LO64 > FP_HOST_HI64 - FP_HOST_LO64)
		return false;
	return fp_host_done64(e, out, r, fp_host_fma(r, r, -x) != 0);
}

/*
 * j * k + a for fp32: the product is exact in double, so s is the result rounded to 53 bits.
 * Rounding that again to 24 is right unless s, being inexact, lies just between two fp32.
 */
FP_INLINE bool fp_host32_muladd(struct fp_env *e, uint32_t j, uint32_t k, uint32_t a,
				uint32_t *out)
{
	double p = fp_host_rounded((double)fp_host_f32(j) * fp_host_f32(k));
	double c = fp_host_f32(a), s = p + c;
	bool is_inexact = (s - p != c) | (s - c != p);
	float r = (float)s;

	if (!fp_host_usable(e) || !fp_host_in32(fp_host_u32(r), FP_HOST_LO32, FP_HOST_HI32) ||
	    (is_inexact && bits64(fp_host_u64(s), 28, 0) == BIT64(28)))
		return false;
	return fp_host_done32(e, out, r, is_inexact | (r != s));
}

/* x + y as a rounded sum and its exact error (D. Knuth). */
FP_INLINE double fp_host_two_sum(double x, double y, double *err)
{
	double s = x + y, t = s - x;

	*err = (x - (s - t)) + (y - t);
	return s;
}

/*
 * j * k + a for fp64.  The error of a fused multiply-add is the sum of two numbers, gamma
 * and the tail of a + low part of the product (S. Boldo, J.-M. Muller, "Exact and
 * Approximated Error of the FMA", IEEE ToC 60(2)); here only whether it is 0 matters.
 */
FP_INLINE bool fp_host64_muladd(struct fp_env *e, uint64_t j, uint64_t k, uint64_t a,
				uint64_t *out)
{
	const uint64_t lo = 2 * FP_HOST_LO64, hi = FP_HOST_HI64 - FP_HOST_LO64;
	double x = fp_host_f64(j), y = fp_host_f64(k), c = fp_host_f64(a);
	double p, p_low, s, s_low, t, t_low, r;

	if (!fp_host_usable(e) || !fp_host_has_fma())
		return false;
	r = fp_host_fma(x, y, c);
	p = fp_host_rounded(x * y);
	if (!fp_host_in64(a, lo, hi) || !fp_host_in64(fp_host_u64(p), lo, hi) ||
	    !fp_host_in64(fp_host_u64(r), lo, hi))
		return false;
	p_low = fp_host_fma(x, y, -p);
	s = fp_host_two_sum(c, p_low, &s_low);
	t = fp_host_two_sum(p, s, &t_low);
	return fp_host_done64(e, out, r, (t - r) + t_low != -s_low);
}

#endif
#endif
