/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/fp_arith.c - add, multiply, divide, square root and fused multiply-add in integers.
 *
 * Each operation is written once for any format and instantiated for fp32 and fp64.  All
 * compute enough leading bits of the exact result plus one sticky bit and leave rounding
 * and exceptions to fp_round_pack().
 */
#include "soft/fp_soft.h"

/* Sum when an operand is zero, infinite or NaN. */
FP_INLINE uint64_t add_special(const struct fp_fmt *f, struct fp_env *e, struct fp_num a,
			       struct fp_num b, bool is_sub)
{
	if (a.kind >= FP_CLS_QNAN || b.kind >= FP_CLS_QNAN)
		return fp_pick_nan(f, e, a, b);
	b.sign ^= is_sub;
	if (a.kind == FP_CLS_INF) {
		if (b.kind == FP_CLS_INF && a.sign != b.sign)
			return fp_invalid(f, e);
		return fp_inf(f, a.sign);
	}
	if (b.kind == FP_CLS_INF)
		return fp_inf(f, b.sign);
	if (a.kind == FP_CLS_ZERO && b.kind == FP_CLS_ZERO)
		return fp_zero(f, a.sign == b.sign ? a.sign : e->rm == FP_RM);
	if (a.kind == FP_CLS_ZERO)
		a = b;
	return fp_round_pack(f, e, a.sign, a.exp, a.sig);
}

FP_INLINE uint64_t add(const struct fp_fmt *f, struct fp_env *e, uint64_t j, uint64_t k,
		       bool is_sub)
{
	struct fp_num a = fp_unpack(f, j);
	struct fp_num b = fp_unpack(f, k);
	uint64_t x, y;
	int lz;

	if (unlikely(a.kind | b.kind))
		return add_special(f, e, a, b, is_sub);
	b.sign ^= is_sub;
	if (a.exp < b.exp || (a.exp == b.exp && a.sig < b.sig)) {
		struct fp_num tmp = a;

		a = b;
		b = tmp;
	}
	x = a.sig >> 1;		/* room for the carry; the bit lost is 0 */
	y = fp_shr_jam(b.sig >> 1, a.exp - b.exp);
	x = a.sign == b.sign ? x + y : x - y;
	if (!x)
		return fp_zero(f, e->rm == FP_RM);
	lz = __builtin_clzll(x);
	return fp_round_pack(f, e, a.sign, a.exp + 1 - lz, x << lz);
}

FP_INLINE uint64_t mul(const struct fp_fmt *f, struct fp_env *e, uint64_t j, uint64_t k)
{
	struct fp_num a = fp_unpack(f, j);
	struct fp_num b = fp_unpack(f, k);
	bool sign = a.sign ^ b.sign;
	fp_u128 p;

	if (unlikely(a.kind | b.kind)) {
		if (a.kind >= FP_CLS_QNAN || b.kind >= FP_CLS_QNAN)
			return fp_pick_nan(f, e, a, b);
		if (a.kind == FP_CLS_INF || b.kind == FP_CLS_INF) {
			if (a.kind == FP_CLS_ZERO || b.kind == FP_CLS_ZERO)
				return fp_invalid(f, e);
			return fp_inf(f, sign);
		}
		return fp_zero(f, sign);
	}
	p = (fp_u128)a.sig * b.sig;
	a.exp += b.exp + 1;
	if (!(p >> 127)) {
		p <<= 1;
		a.exp--;
	}
	return fp_round_pack(f, e, sign, a.exp, (uint64_t)(p >> 64) | ((uint64_t)p != 0));
}

FP_INLINE uint64_t div(const struct fp_fmt *f, struct fp_env *e, uint64_t j, uint64_t k)
{
	struct fp_num a = fp_unpack(f, j);
	struct fp_num b = fp_unpack(f, k);
	bool sign = a.sign ^ b.sign;
	uint64_t q;
	int lz;

	if (unlikely(a.kind | b.kind)) {
		if (a.kind >= FP_CLS_QNAN || b.kind >= FP_CLS_QNAN)
			return fp_pick_nan(f, e, a, b);
		if (a.kind == b.kind)		/* 0/0, inf/inf */
			return fp_invalid(f, e);
		if (a.kind == FP_CLS_ZERO || b.kind == FP_CLS_INF)
			return fp_zero(f, sign);
		if (b.kind == FP_CLS_ZERO && a.kind == FP_CLS_FINITE)
			e->flags |= FP_Z;
		return fp_inf(f, sign);
	}
	/* a/b lies in (1/2, 2); q = a/b * 2^62 with a sticky bit 0 */
	if (f->frac_bits <= 23) {
		uint64_t n = a.sig >> 1, d = b.sig >> 32;	/* only zero bits are dropped */

		q = n / d;
		q = q << 31 | (n - q * d != 0);
	} else {
		fp_u128 n = (fp_u128)a.sig << 62;

		q = (uint64_t)(n / b.sig);
		q |= n != (fp_u128)q * b.sig;
	}
	lz = __builtin_clzll(q);
	return fp_round_pack(f, e, sign, a.exp - b.exp + 1 - lz, q << lz);
}

/*
 * Square roots, rounded down, with the remainder in @rem.  The upper half of a number is
 * rooted first; one division by twice that root gives the lower digits and at worst one
 * too many (P. Zimmermann, "Karatsuba Square Root", INRIA RR-3805).  The top quarter of
 * the number must not be below 1/4 of its range.
 */
static uint32_t isqrt16(uint32_t n, uint32_t *rem)
{
	uint32_t s = 0, r = 0;

	for (int shift = 14; shift >= 0; shift -= 2) {
		uint32_t t = s << 2 | 1;

		r = r << 2 | (n >> shift & 3);
		s <<= 1;
		if (r >= t) {
			r -= t;
			s |= 1;
		}
	}
	*rem = r;
	return s;
}

static uint32_t isqrt32(uint32_t n, uint32_t *rem)
{
	uint32_t r, s = isqrt16(n >> 16, &r);
	uint32_t num = r << 8 | (n >> 8 & 0xff);
	uint32_t q = num / (2 * s);
	uint32_t root = (s << 8) + q;
	int32_t left = (int32_t)((num - q * (2 * s)) << 8 | (n & 0xff)) - (int32_t)(q * q);

	if (left < 0) {
		left += (int32_t)(2 * root - 1);
		root--;
	}
	*rem = (uint32_t)left;
	return root;
}

static uint64_t isqrt64(uint64_t n, uint64_t *rem)
{
	uint32_t r, s = isqrt32((uint32_t)(n >> 32), &r);
	uint64_t num = (uint64_t)r << 16 | bits64(n, 31, 16);
	uint64_t q = num / (2 * s);
	uint64_t root = ((uint64_t)s << 16) + q;
	int64_t left = (int64_t)((num - q * (2 * s)) << 16 | (n & 0xffff)) - (int64_t)(q * q);

	if (left < 0) {
		left += (int64_t)(2 * root - 1);
		root--;
	}
	*rem = (uint64_t)left;
	return root;
}

/* Square root of @n >= 2^126 with a sticky bit 0 for what is left over. */
static uint64_t isqrt128_jam(fp_u128 n)
{
	uint64_t r, s = isqrt64((uint64_t)(n >> 64), &r);
	fp_u128 num = (fp_u128)r << 32 | bits64((uint64_t)n, 63, 32);
	fp_u128 q = num / (2 * s);
	fp_u128 root = ((fp_u128)s << 32) + q;
	__int128 left = (__int128)((num - q * (2 * s)) << 32 | (uint32_t)n) - (__int128)(q * q);

	if (left < 0) {
		left += (__int128)(2 * root - 1);
		root--;
	}
	return (uint64_t)root | (left != 0);
}

FP_INLINE uint64_t sqroot(const struct fp_fmt *f, struct fp_env *e, uint64_t j)
{
	struct fp_num a = fp_unpack(f, j);
	bool is_odd = a.exp & 1;

	if (unlikely(a.kind >= FP_CLS_QNAN))
		return fp_pack_nan(f, e, a);
	if (unlikely(a.kind == FP_CLS_ZERO))
		return fp_zero(f, a.sign);
	if (unlikely(a.sign))
		return fp_invalid(f, e);
	if (unlikely(a.kind == FP_CLS_INF))
		return fp_inf(f, false);
	/* An even exponent is halved; the root of a 128-bit number has bit 63 set. */
	if (f->frac_bits <= 23) {
		uint64_t rem, root = isqrt64(a.sig >> !is_odd, &rem);

		return fp_round_pack(f, e, false, (a.exp - is_odd) / 2,
				     root << 32 | (rem != 0));
	}
	return fp_round_pack(f, e, false, (a.exp - is_odd) / 2,
			     isqrt128_jam((fp_u128)a.sig << (63 + is_odd)));
}

FP_INLINE uint64_t muladd_special(const struct fp_fmt *f, struct fp_env *e, struct fp_num a,
				  struct fp_num b, struct fp_num c, bool is_neg_c)
{
	bool is_infzero = (a.kind == FP_CLS_INF && b.kind == FP_CLS_ZERO) ||
			  (a.kind == FP_CLS_ZERO && b.kind == FP_CLS_INF);
	bool sign = a.sign ^ b.sign;

	if (is_infzero)
		e->flags |= FP_V;
	if (c.kind == FP_CLS_SNAN)
		return fp_pack_nan(f, e, c);
	if (a.kind == FP_CLS_SNAN || b.kind == FP_CLS_SNAN)
		return fp_pick_nan(f, e, a, b);
	if (c.kind == FP_CLS_QNAN)
		return fp_pack_nan(f, e, c);
	if (a.kind == FP_CLS_QNAN || b.kind == FP_CLS_QNAN)
		return fp_pick_nan(f, e, a, b);
	if (is_infzero)
		return fp_invalid(f, e);

	c.sign ^= is_neg_c;
	if (a.kind == FP_CLS_INF || b.kind == FP_CLS_INF) {
		if (c.kind == FP_CLS_INF && c.sign != sign)
			return fp_invalid(f, e);
		return fp_inf(f, sign);
	}
	if (c.kind == FP_CLS_INF)
		return fp_inf(f, c.sign);
	/* the product is zero, or it is finite and c is zero (the caller's business) */
	if (c.kind == FP_CLS_ZERO)
		return fp_zero(f, c.sign == sign ? sign : e->rm == FP_RM);
	return fp_round_pack(f, e, c.sign, c.exp, c.sig);
}

FP_INLINE fp_u128 shr_jam128(fp_u128 v, int n)
{
	if (n > 127)
		return v != 0;
	return n ? v >> n | ((v << (128 - n)) != 0) : v;
}

FP_INLINE uint64_t muladd(const struct fp_fmt *f, struct fp_env *e, uint64_t j, uint64_t k,
			  uint64_t add_to, bool is_neg_c)
{
	struct fp_num a = fp_unpack(f, j);
	struct fp_num b = fp_unpack(f, k);
	struct fp_num c = fp_unpack(f, add_to);
	bool sign = a.sign ^ b.sign;
	int exp = a.exp + b.exp;
	fp_u128 x, y;
	uint64_t sig;
	int lz;

	if (unlikely(a.kind | b.kind) || unlikely(c.kind > FP_CLS_ZERO))
		return muladd_special(f, e, a, b, c, is_neg_c);
	/* Both terms as v * 2^(exp - 125); the product has at least 22 low zero bits. */
	x = (fp_u128)a.sig * b.sig >> 1;
	y = (fp_u128)c.sig << 62;
	if (x >> 126) {
		x >>= 1;
		exp++;
	}
	if (c.kind != FP_CLS_ZERO) {
		bool is_diff;

		c.sign ^= is_neg_c;
		is_diff = sign != c.sign;
		if (exp < c.exp || (exp == c.exp && x < y)) {
			fp_u128 v = x;
			int v_exp = exp;

			x = y;
			y = v;
			exp = c.exp;
			c.exp = v_exp;
			sign = c.sign;
		}
		y = shr_jam128(y, exp - c.exp);
		x = is_diff ? x - y : x + y;
		if (!x)
			return fp_zero(f, e->rm == FP_RM);
	}
	lz = x >> 64 ? __builtin_clzll((uint64_t)(x >> 64)) : 64 + __builtin_clzll((uint64_t)x);
	x <<= lz;
	sig = (uint64_t)(x >> 64) | ((uint64_t)x != 0);
	return fp_round_pack(f, e, sign, exp + 2 - lz, sig);
}

uint32_t fp32_soft_add(struct fp_env *e, uint32_t j, uint32_t k)
{
	return (uint32_t)add(&fp32_fmt, e, j, k, false);
}

uint32_t fp32_soft_sub(struct fp_env *e, uint32_t j, uint32_t k)
{
	return (uint32_t)add(&fp32_fmt, e, j, k, true);
}

uint32_t fp32_soft_mul(struct fp_env *e, uint32_t j, uint32_t k)
{
	return (uint32_t)mul(&fp32_fmt, e, j, k);
}

uint32_t fp32_soft_div(struct fp_env *e, uint32_t j, uint32_t k)
{
	return (uint32_t)div(&fp32_fmt, e, j, k);
}

uint32_t fp32_soft_sqrt(struct fp_env *e, uint32_t j)
{
	return (uint32_t)sqroot(&fp32_fmt, e, j);
}

uint64_t fp64_soft_add(struct fp_env *e, uint64_t j, uint64_t k)
{
	return add(&fp64_fmt, e, j, k, false);
}

uint64_t fp64_soft_sub(struct fp_env *e, uint64_t j, uint64_t k)
{
	return add(&fp64_fmt, e, j, k, true);
}

uint64_t fp64_soft_mul(struct fp_env *e, uint64_t j, uint64_t k)
{
	return mul(&fp64_fmt, e, j, k);
}

uint64_t fp64_soft_div(struct fp_env *e, uint64_t j, uint64_t k)
{
	return div(&fp64_fmt, e, j, k);
}

uint64_t fp64_soft_sqrt(struct fp_env *e, uint64_t j)
{
	return sqroot(&fp64_fmt, e, j);
}

uint32_t fp32_soft_muladd(struct fp_env *e, uint32_t j, uint32_t k, uint32_t a, bool is_neg_a)
{
	return (uint32_t)muladd(&fp32_fmt, e, j, k, a, is_neg_a);
}

uint64_t fp64_soft_muladd(struct fp_env *e, uint64_t j, uint64_t k, uint64_t a, bool is_neg_a)
{
	return muladd(&fp64_fmt, e, j, k, a, is_neg_a);
}
