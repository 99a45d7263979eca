/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/vec.h - how the handlers of LSX and LASX instructions are written; private to
 * soft/vec_*.c.
 *
 * The meaning of an instruction is one always-inline function vec_<op>(cpu, u, n), where n
 * is the width of the register in bytes.  VEC_INSN(op) makes the handlers v<op> (n = 16)
 * and xv<op> (n = 32) of it.  Instructions that move elements about work on each 128-bit
 * lane alone, as LASX wants; LSX has one lane.
 *
 * Sources are copied to locals before anything is written, so that vd may be one of them,
 * and so that the compiler sees loops without aliasing and turns them into SSE2 code.  No
 * local lives on in the handler itself: the jump to the next handler stays a jump.
 *
 * Source: LoongArch reference manual, vol. 2; where the public descriptions (QEMU 11, the
 * hardware-checked unofficial intrinsics guide) differ, a note stands at the instruction.
 */
#ifndef LVZ_SOFT_VEC_H
#define LVZ_SOFT_VEC_H

#include <string.h>

#include "soft/cpu.h"

#define VEC_INLINE inline __attribute__((always_inline))
#define VEC_UNUSED __attribute__((unused))

#define VEC_LSX_BYTES  16
#define VEC_LASX_BYTES 32
#define VEC_LANE_BYTES 16

typedef uint8_t vec_lane_b __attribute__((vector_size(VEC_LANE_BYTES)));
typedef uint16_t vec_lane_h __attribute__((vector_size(VEC_LANE_BYTES)));
typedef uint32_t vec_lane_w __attribute__((vector_size(VEC_LANE_BYTES)));
typedef uint64_t vec_lane_d __attribute__((vector_size(VEC_LANE_BYTES)));

/* A register as the bodies see it: b h w d q elements, signed with s; l* are whole lanes. */
union vec {
	uint8_t b[32];
	int8_t sb[32];
	uint16_t h[16];
	int16_t sh[16];
	uint32_t w[8];
	int32_t sw[8];
	uint64_t d[4];
	int64_t sd[4];
	unsigned __int128 q[2];
	__int128 sq[2];
	vec_lane_b lb[2];
	vec_lane_h lh[2];
	vec_lane_w lw[2];
	vec_lane_d ld[2];
};

/* The low @n bytes of register @i. */
static VEC_INLINE void vec_get(union vec *v, const struct la_cpu *cpu, unsigned int i,
			       unsigned int n)
{
	memcpy(v, &cpu->v[i], n);
}

/* Sets the low @n bytes of register @i; the others stay, as the manual allows. */
static VEC_INLINE void vec_put(struct la_cpu *cpu, unsigned int i, const union vec *v,
			       unsigned int n)
{
	memcpy(&cpu->v[i], v, n);
}

/* How many elements of member @m are in @n bytes. */
#define VEC_COUNT(n, m) ((n) / sizeof(((union vec *)0)->m[0]))
#define VEC_PER_LANE(m) VEC_COUNT(VEC_LANE_BYTES, m)

/* The handlers of v<op> and xv<op>; the long forms are for names without that symmetry. */
#define VEC_LSX(name, op) \
	LA_OP(name) { LA_NEED_LSX(); vec_##op(cpu, u, VEC_LSX_BYTES); LA_NEXT(); }
#define VEC_LASX(name, op) \
	LA_OP(name) { LA_NEED_LASX(); vec_##op(cpu, u, VEC_LASX_BYTES); LA_NEXT(); }
#define VEC_INSN(op) VEC_LSX(v##op, op) VEC_LASX(xv##op, op)

#define VEC_BODY(op) \
	static VEC_INLINE void vec_##op(struct la_cpu *cpu, const struct la_uop *u, \
					unsigned int n)

/*
 * Elementwise instructions: the result's element is @expr, in which U and S are the unsigned
 * and the signed type of the elements, x and sx are the element of vj in these types, y and
 * sy of vk, z of vd, and imm is the immediate.
 */
#define VEC_TYPES(m) \
	typedef __typeof__(((union vec *)0)->m[0]) U VEC_UNUSED; \
	typedef __typeof__(((union vec *)0)->s##m[0]) S VEC_UNUSED
#define VEC_ELEMENT(name, v) \
	const U name VEC_UNUSED = (v); \
	const S s##name VEC_UNUSED = (S)name

#define VEC_J(op, m, expr) \
	VEC_BODY(op) \
	{ \
		VEC_TYPES(m); \
		union vec j, r; \
		\
		vec_get(&j, cpu, u->b, n); \
		for (unsigned int i = 0; i < VEC_COUNT(n, m); i++) { \
			VEC_ELEMENT(x, j.m[i]); \
			r.m[i] = (U)(expr); \
		} \
		vec_put(cpu, u->a, &r, n); \
	} \
	VEC_INSN(op)

#define VEC_JI(op, m, expr) \
	VEC_BODY(op) \
	{ \
		VEC_TYPES(m); \
		const int32_t imm = u->imm; \
		union vec j, r; \
		\
		vec_get(&j, cpu, u->b, n); \
		for (unsigned int i = 0; i < VEC_COUNT(n, m); i++) { \
			VEC_ELEMENT(x, j.m[i]); \
			r.m[i] = (U)(expr); \
		} \
		vec_put(cpu, u->a, &r, n); \
	} \
	VEC_INSN(op)

#define VEC_JK(op, m, expr) \
	VEC_BODY(op) \
	{ \
		VEC_TYPES(m); \
		union vec j, k, r; \
		\
		vec_get(&j, cpu, u->b, n); \
		vec_get(&k, cpu, u->c, n); \
		for (unsigned int i = 0; i < VEC_COUNT(n, m); i++) { \
			VEC_ELEMENT(x, j.m[i]); \
			VEC_ELEMENT(y, k.m[i]); \
			r.m[i] = (U)(expr); \
		} \
		vec_put(cpu, u->a, &r, n); \
	} \
	VEC_INSN(op)

#define VEC_DJK(op, m, expr) \
	VEC_BODY(op) \
	{ \
		VEC_TYPES(m); \
		union vec d, j, k, r; \
		\
		vec_get(&d, cpu, u->a, n); \
		vec_get(&j, cpu, u->b, n); \
		vec_get(&k, cpu, u->c, n); \
		for (unsigned int i = 0; i < VEC_COUNT(n, m); i++) { \
			VEC_ELEMENT(x, j.m[i]); \
			VEC_ELEMENT(y, k.m[i]); \
			VEC_ELEMENT(z, d.m[i]); \
			r.m[i] = (U)(expr); \
		} \
		vec_put(cpu, u->a, &r, n); \
	} \
	VEC_INSN(op)

/* Indices of the even elements of a pair of lanes, for __builtin_shufflevector(). */
#define VEC_EVEN_b 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
#define VEC_EVEN_h 0, 2, 4, 6, 8, 10, 12, 14
#define VEC_EVEN_w 0, 2, 4, 6
#define VEC_EVEN_d 0, 2

/* One instruction for each element size, by the suffixes of the mnemonics. */
#define VEC_EACH(GEN, op, ...) \
	GEN(op##_b, b, __VA_ARGS__) GEN(op##_h, h, __VA_ARGS__) \
	GEN(op##_w, w, __VA_ARGS__) GEN(op##_d, d, __VA_ARGS__)
#define VEC_EACH_U(GEN, op, ...) \
	GEN(op##_bu, b, __VA_ARGS__) GEN(op##_hu, h, __VA_ARGS__) \
	GEN(op##_wu, w, __VA_ARGS__) GEN(op##_du, d, __VA_ARGS__)

#define VEC_BITS (8 * sizeof(U))
/* The sign bit of @v, a U, as 0 or 1. */
#define VEC_SIGN(v) ((U)(v) >> (VEC_BITS - 1))
/* The bit that a right shift of @v by @s drops last, 0 if it drops none. */
#define VEC_ROUND(v, s) ((U)((v) << 1) >> (s) & 1)

#endif
