/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/vec_fp.c - LSX/LASX floating-point arithmetic, comparison and conversion.
 *
 * The exceptions of all elements together are Cause and, if one is enabled, the trap; vd is
 * written only after that.  (QEMU stops at the first element that traps and reports only
 * what came before it; the manual speaks of the instruction's exceptions as one set.)
 */
#include "soft/vec.h"

#include "soft/fp_op.h"

/* Elementwise: @expr is made of the environment e and x, y, a, elements of vj, vk, va. */
#define VEC_F1(op, m, expr) \
	VEC_BODY(op) \
	{ \
		struct fp_env env = fp_begin(cpu), *const e = &env; \
		union vec vj, r; \
		\
		vec_get(&vj, cpu, u->b, n); \
		for (unsigned int i = 0; i < VEC_COUNT(n, m); i++) { \
			const __typeof__(r.m[0]) x = vj.m[i]; \
			\
			r.m[i] = (__typeof__(r.m[0]))(expr); \
		} \
		fp_end(cpu, u, e, LA_EXC_VFPE); \
		vec_put(cpu, u->a, &r, n); \
	} \
	VEC_INSN(op)

#define VEC_F2(op, m, expr) \
	VEC_BODY(op) \
	{ \
		struct fp_env env = fp_begin(cpu), *const e = &env; \
		union vec vj, vk, r; \
		\
		vec_get(&vj, cpu, u->b, n); \
		vec_get(&vk, cpu, u->c, n); \
		for (unsigned int i = 0; i < VEC_COUNT(n, m); i++) { \
			const __typeof__(r.m[0]) x = vj.m[i], y = vk.m[i]; \
			\
			r.m[i] = (expr); \
		} \
		fp_end(cpu, u, e, LA_EXC_VFPE); \
		vec_put(cpu, u->a, &r, n); \
	} \
	VEC_INSN(op)

#define VEC_F3(op, m, expr) \
	VEC_BODY(op) \
	{ \
		struct fp_env env = fp_begin(cpu), *const e = &env; \
		union vec vj, vk, va, r; \
		\
		vec_get(&vj, cpu, u->b, n); \
		vec_get(&vk, cpu, u->c, n); \
		vec_get(&va, cpu, u->d, n); \
		for (unsigned int i = 0; i < VEC_COUNT(n, m); i++) { \
			const __typeof__(r.m[0]) x = vj.m[i], y = vk.m[i], a = va.m[i]; \
			\
			r.m[i] = (expr); \
		} \
		fp_end(cpu, u, e, LA_EXC_VFPE); \
		vec_put(cpu, u->a, &r, n); \
	} \
	VEC_INSN(op)

#define VEC_F2_BOTH(op, fn) \
	VEC_F2(op##_s, w, fp32_##fn(e, x, y)) VEC_F2(op##_d, d, fp64_##fn(e, x, y))
VEC_F2_BOTH(fadd, add)
VEC_F2_BOTH(fsub, sub)
VEC_F2_BOTH(fmul, mul)
VEC_F2_BOTH(fdiv, div)
VEC_F2_BOTH(fmax, max)
VEC_F2_BOTH(fmin, min)
VEC_F2_BOTH(fmaxa, maxa)
VEC_F2_BOTH(fmina, mina)

#define VEC_F3_BOTH(op, how) \
	VEC_F3(op##_s, w, fp32_muladd(e, x, y, a, how)) \
	VEC_F3(op##_d, d, fp64_muladd(e, x, y, a, how))
VEC_F3_BOTH(fmadd, 0)
VEC_F3_BOTH(fmsub, FP_MULADD_NEG_A)
VEC_F3_BOTH(fnmadd, FP_MULADD_NEG_RESULT)
VEC_F3_BOTH(fnmsub, FP_MULADD_NEG_A | FP_MULADD_NEG_RESULT)

#define VEC_F1_BOTH(op, fn) \
	VEC_F1(op##_s, w, fp32_##fn(e, x)) VEC_F1(op##_d, d, fp64_##fn(e, x))
VEC_F1_BOTH(fsqrt, sqrt)
VEC_F1_BOTH(frecip, recip)
VEC_F1_BOTH(frsqrt, rsqrt)
VEC_F1_BOTH(flogb, logb)
/* The estimates may be as good as we like: they are the full results, as for scalars. */
VEC_F1_BOTH(frecipe, recip)
VEC_F1_BOTH(frsqrte, rsqrt)

#define VEC_FRINT(op, rm) \
	VEC_F1(op##_s, w, fp32_rint(e, x, rm)) VEC_F1(op##_d, d, fp64_rint(e, x, rm))
VEC_FRINT(frint, e->rm)
VEC_FRINT(frintrne, FP_RNE)
VEC_FRINT(frintrz, FP_RZ)
VEC_FRINT(frintrp, FP_RP)
VEC_FRINT(frintrm, FP_RM)

/* No arithmetic: Cause stays. */
VEC_J(fclass_s, w, fp32_class(x))
VEC_J(fclass_d, d, fp64_class(x))

/* Bit 0 of the condition asks for V on quiet NaNs. */
#define VEC_FCMP(op, m, fn) \
	VEC_BODY(op) \
	{ \
		const unsigned int cond = u->d; \
		struct fp_env env = fp_begin(cpu); \
		union vec j, k, r; \
		\
		vec_get(&j, cpu, u->b, n); \
		vec_get(&k, cpu, u->c, n); \
		for (unsigned int i = 0; i < VEC_COUNT(n, m); i++) { \
			const enum fp_rel rel = fn(&env, j.m[i], k.m[i], cond & 1); \
			\
			r.m[i] = -(__typeof__(r.m[0]))fp_cond(cond, rel); \
		} \
		fp_end(cpu, u, &env, LA_EXC_VFPE); \
		vec_put(cpu, u->a, &r, n); \
	} \
	VEC_INSN(op)
VEC_FCMP(fcmp_cond_s, w, fp32_compare)
VEC_FCMP(fcmp_cond_d, d, fp64_compare)

/* Conversions that keep the width. */
#define VEC_FTINT(op, rm) \
	VEC_F1(op##_w_s, w, fp32_to_i32(e, x, rm)) VEC_F1(op##_l_d, d, fp64_to_i64(e, x, rm))
VEC_FTINT(ftint, e->rm)
VEC_FTINT(ftintrne, FP_RNE)
VEC_FTINT(ftintrz, FP_RZ)
VEC_FTINT(ftintrp, FP_RP)
VEC_FTINT(ftintrm, FP_RM)
VEC_F1(ftint_wu_s, w, fp32_to_u32(e, x, e->rm))
VEC_F1(ftint_lu_d, d, fp64_to_u64(e, x, e->rm))
VEC_F1(ftintrz_wu_s, w, fp32_to_u32(e, x, FP_RZ))
VEC_F1(ftintrz_lu_d, d, fp64_to_u64(e, x, FP_RZ))
VEC_F1(ffint_s_w, w, fp32_from_i64(e, (int32_t)x))
VEC_F1(ffint_s_wu, w, fp32_from_u64(e, x))
VEC_F1(ffint_d_l, d, fp64_from_i64(e, (int64_t)x))
VEC_F1(ffint_d_lu, d, fp64_from_u64(e, x))

/* From member @from to the wider @to, taking half @half (0 low, 1 high) of each lane of vj. */
#define VEC_FWIDEN(op, to, from, half, expr) \
	VEC_BODY(op) \
	{ \
		struct fp_env env = fp_begin(cpu), *const e = &env; \
		const unsigned int per = VEC_PER_LANE(to); \
		union vec vj, r; \
		\
		vec_get(&vj, cpu, u->b, n); \
		for (unsigned int i = 0; i < VEC_COUNT(n, to); i++) { \
			const __typeof__(r.from[0]) x = \
				vj.from[(2 * (i / per) + (half)) * per + i % per]; \
			\
			r.to[i] = (__typeof__(r.to[0]))(expr); \
		} \
		fp_end(cpu, u, e, LA_EXC_VFPE); \
		vec_put(cpu, u->a, &r, n); \
	} \
	VEC_INSN(op)

VEC_FWIDEN(fcvtl_s_h, w, h, 0, fp16_to_fp32(e, x))
VEC_FWIDEN(fcvth_s_h, w, h, 1, fp16_to_fp32(e, x))
VEC_FWIDEN(fcvtl_d_s, d, w, 0, fp32_to_fp64(e, x))
VEC_FWIDEN(fcvth_d_s, d, w, 1, fp32_to_fp64(e, x))
VEC_FWIDEN(ffintl_d_w, d, sw, 0, fp64_from_i64(e, x))
VEC_FWIDEN(ffinth_d_w, d, sw, 1, fp64_from_i64(e, x))
#define VEC_FTINT_LH(op, rm) \
	VEC_FWIDEN(op##l_l_s, d, w, 0, fp32_to_i64(e, x, rm)) \
	VEC_FWIDEN(op##h_l_s, d, w, 1, fp32_to_i64(e, x, rm))
VEC_FTINT_LH(ftint, e->rm)
VEC_FTINT_LH(ftintrne, FP_RNE)
VEC_FTINT_LH(ftintrz, FP_RZ)
VEC_FTINT_LH(ftintrp, FP_RP)
VEC_FTINT_LH(ftintrm, FP_RM)

/* To the narrower @to: the low half of each lane from vk, the high half from vj. */
#define VEC_FNARROW(op, to, from, expr) \
	VEC_BODY(op) \
	{ \
		struct fp_env env = fp_begin(cpu), *const e = &env; \
		const unsigned int per = VEC_PER_LANE(from); \
		union vec src[2], r; \
		\
		vec_get(&src[0], cpu, u->c, n); \
		vec_get(&src[1], cpu, u->b, n); \
		for (unsigned int i = 0; i < VEC_COUNT(n, to); i++) { \
			const __typeof__(r.from[0]) x = \
				src[i / per % 2].from[i / (2 * per) * per + i % per]; \
			\
			r.to[i] = (__typeof__(r.to[0]))(expr); \
		} \
		fp_end(cpu, u, e, LA_EXC_VFPE); \
		vec_put(cpu, u->a, &r, n); \
	} \
	VEC_INSN(op)

VEC_FNARROW(fcvt_h_s, h, w, fp32_to_fp16(e, x))
VEC_FNARROW(fcvt_s_d, w, d, fp64_to_fp32(e, x))
VEC_FNARROW(ffint_s_l, w, sd, fp32_from_i64(e, x))
VEC_FNARROW(ftint_w_d, w, d, fp64_to_i32(e, x, e->rm))
VEC_FNARROW(ftintrne_w_d, w, d, fp64_to_i32(e, x, FP_RNE))
VEC_FNARROW(ftintrz_w_d, w, d, fp64_to_i32(e, x, FP_RZ))
VEC_FNARROW(ftintrp_w_d, w, d, fp64_to_i32(e, x, FP_RP))
VEC_FNARROW(ftintrm_w_d, w, d, fp64_to_i32(e, x, FP_RM))
