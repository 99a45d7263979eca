/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/vec_shift.c - LSX/LASX shifts and rotates, on elements, to narrower elements, and of
 * whole lanes by bytes.  Amounts in registers count modulo the width; immediates are in range.
 */
#include "soft/vec.h"

#define VEC_AMOUNT(v) ((v) & (VEC_BITS - 1))
#define SRLR(x, s) (((x) >> (s)) + VEC_ROUND(x, s))
#define SRAR(x, s) (((S)(x) >> (s)) + (S)VEC_ROUND(x, s))
#define ROTR(x, s) ((x) >> (s) | (x) << (-(unsigned int)(s) & (VEC_BITS - 1)))

VEC_EACH(VEC_JK, sll, x << VEC_AMOUNT(y))
VEC_EACH(VEC_JK, srl, x >> VEC_AMOUNT(y))
VEC_EACH(VEC_JK, sra, sx >> VEC_AMOUNT(y))
VEC_EACH(VEC_JK, rotr, ROTR(x, VEC_AMOUNT(y)))
VEC_EACH(VEC_JK, srlr, SRLR(x, VEC_AMOUNT(y)))
VEC_EACH(VEC_JK, srar, SRAR(x, VEC_AMOUNT(y)))

VEC_EACH(VEC_JI, slli, x << imm)
VEC_EACH(VEC_JI, srli, x >> imm)
VEC_EACH(VEC_JI, srai, sx >> imm)
VEC_EACH(VEC_JI, rotri, ROTR(x, imm))
VEC_EACH(VEC_JI, srlri, SRLR(x, imm))
VEC_EACH(VEC_JI, srari, SRAR(x, imm))

/* The immediate has five bits; the manual uses four of them. */
VEC_JI(bsll_v, q, x << 8 * (imm & 15))
VEC_JI(bsrl_v, q, x >> 8 * (imm & 15))

/*
 * Narrowing shifts, from member @m to member @to: @expr is made of x, a U, and the amount s,
 * and its value is cut to NU, the even element of a U.  The *n forms take the amount from vk
 * and clear the upper half of each lane; the *ni forms fill it from vd.
 */
#define VEC_NARROW_TYPES(to, m) \
	VEC_TYPES(m); \
	typedef __typeof__(((union vec *)0)->to[0]) NU VEC_UNUSED

#define VEC_N(op, to, m, expr) \
	VEC_BODY(op) \
	{ \
		VEC_NARROW_TYPES(to, m); \
		const union vec zero = { .d = { 0 } }; \
		union vec j, k, r; \
		\
		vec_get(&j, cpu, u->b, n); \
		vec_get(&k, cpu, u->c, n); \
		for (unsigned int i = 0; i < VEC_COUNT(n, m); i++) { \
			const U x = j.m[i]; \
			const unsigned int s = VEC_AMOUNT(k.m[i]); \
			\
			r.m[i] = (U)(expr); \
		} \
		for (unsigned int l = 0; l < n / VEC_LANE_BYTES; l++) \
			r.l##to[l] = __builtin_shufflevector(r.l##to[l], zero.l##to[l], \
							     VEC_EVEN_##to); \
		vec_put(cpu, u->a, &r, n); \
	} \
	VEC_INSN(op)

#define VEC_NI(op, to, m, expr) \
	VEC_BODY(op) \
	{ \
		VEC_NARROW_TYPES(to, m); \
		const unsigned int s = VEC_AMOUNT((unsigned int)u->imm); \
		union vec j, d; \
		\
		vec_get(&j, cpu, u->b, n); \
		vec_get(&d, cpu, u->a, n); \
		for (unsigned int i = 0; i < VEC_COUNT(n, m); i++) { \
			const U x = j.m[i]; \
			\
			j.m[i] = (U)(expr); \
		} \
		for (unsigned int i = 0; i < VEC_COUNT(n, m); i++) { \
			const U x = d.m[i]; \
			\
			d.m[i] = (U)(expr); \
		} \
		for (unsigned int l = 0; l < n / VEC_LANE_BYTES; l++) \
			j.l##to[l] = __builtin_shufflevector(j.l##to[l], d.l##to[l], \
							     VEC_EVEN_##to); \
		vec_put(cpu, u->a, &j, n); \
	} \
	VEC_INSN(op)

/* Saturation of the shifted value @v; the last letter says to which range of NU's width. */
#define NARROW_MAX ((NU)-1 >> 1)
#define CLAMP(v, lo, hi) ((v) < (lo) ? (lo) : (v) > (hi) ? (hi) : (v))
#define SAT_S(v) CLAMP(v, ~(S)NARROW_MAX, (S)NARROW_MAX)
#define SAT_SU(v) CLAMP(v, (S)0, (S)(NU)-1)
#define SAT_U(v, hi) ((v) > (U)(hi) ? (U)(hi) : (v))

#define VEC_EACH_N(op, expr) \
	VEC_N(op##_b_h, b, h, expr) VEC_N(op##_h_w, h, w, expr) VEC_N(op##_w_d, w, d, expr)
#define VEC_EACH_NU(op, expr) \
	VEC_N(op##_bu_h, b, h, expr) VEC_N(op##_hu_w, h, w, expr) VEC_N(op##_wu_d, w, d, expr)
#define VEC_EACH_NI(op, expr) \
	VEC_NI(op##_b_h, b, h, expr) VEC_NI(op##_h_w, h, w, expr) \
	VEC_NI(op##_w_d, w, d, expr) VEC_NI(op##_d_q, d, q, expr)
#define VEC_EACH_NIU(op, expr) \
	VEC_NI(op##_bu_h, b, h, expr) VEC_NI(op##_hu_w, h, w, expr) \
	VEC_NI(op##_wu_d, w, d, expr) VEC_NI(op##_du_q, d, q, expr)

VEC_EACH_N(srln, x >> s)
VEC_EACH_N(sran, (S)x >> s)
VEC_EACH_N(srlrn, SRLR(x, s))
VEC_EACH_N(srarn, SRAR(x, s))
VEC_EACH_N(ssrln, SAT_U(x >> s, NARROW_MAX))
VEC_EACH_N(ssran, SAT_S((S)x >> s))
VEC_EACH_N(ssrlrn, SAT_U((U)SRLR(x, s), NARROW_MAX))
VEC_EACH_N(ssrarn, SAT_S(SRAR(x, s)))
VEC_EACH_NU(ssrln, SAT_U(x >> s, (NU)-1))
VEC_EACH_NU(ssran, SAT_SU((S)x >> s))
VEC_EACH_NU(ssrlrn, SAT_U((U)SRLR(x, s), (NU)-1))
VEC_EACH_NU(ssrarn, SAT_SU(SRAR(x, s)))

VEC_EACH_NI(srlni, x >> s)
VEC_EACH_NI(srani, (S)x >> s)
VEC_EACH_NI(srlrni, SRLR(x, s))
VEC_EACH_NI(srarni, SRAR(x, s))
VEC_EACH_NI(ssrlni, SAT_U(x >> s, NARROW_MAX))
VEC_EACH_NI(ssrani, SAT_S((S)x >> s))
VEC_EACH_NI(ssrlrni, SAT_U((U)SRLR(x, s), NARROW_MAX))
VEC_EACH_NI(ssrarni, SAT_S(SRAR(x, s)))
VEC_EACH_NIU(ssrlni, SAT_U(x >> s, (NU)-1))
VEC_EACH_NIU(ssrani, SAT_SU((S)x >> s))
VEC_EACH_NIU(ssrlrni, SAT_U((U)SRLR(x, s), (NU)-1))
VEC_EACH_NIU(ssrarni, SAT_SU(SRAR(x, s)))
