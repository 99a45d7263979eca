/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/interp_fp.c - handlers of the scalar floating-point instructions, apart from memory
 * accesses and branches (vol. 1, 3.2).
 *
 * One line per instruction says what it computes; the macros above the families hold what
 * they share: the check for EUEN.FPE, FCSR before and after, and where the result goes.  A
 * result is stored after fp_end(), so that a trap leaves the destination alone.
 *
 * Bits 63:32 after a single-precision result are free (vol. 1, 3.1.4.1).  They are filled
 * as QEMU does, so that whole registers can be compared: ones, unless a comment differs.
 */
#include "soft/cpu.h"
#include "soft/fp.h"
#include "soft/fp_op.h"

/* Operands; GJ is the general register in the place of fj. */
#define FD_D (cpu->v[u->a].d[0])
#define FJ_D (cpu->v[u->b].d[0])
#define FK_D (cpu->v[u->c].d[0])
#define FA_D (cpu->v[u->d].d[0])
#define FD_S (cpu->v[u->a].w[0])
#define FJ_S (cpu->v[u->b].w[0])
#define FK_S (cpu->v[u->c].w[0])
#define FA_S (cpu->v[u->d].w[0])
#define RD (cpu->gpr[u->a])
#define GJ (cpu->gpr[u->b])

#define BOX_S(v) ((v) | UINT64_C(0xffffffff00000000))
#define SIGN_S BIT32(31)
#define SIGN_D BIT64(63)
#define MAG_S UINT64_C(0x7fffffff)

/* fd = @value, an expression on the environment e; exceptions go to FCSR. */
#define FP_OP(name, value) \
	LA_OP(name) \
	{ \
		LA_NEED_FP(); \
		{ \
			struct fp_env e = fp_begin(cpu); \
			uint64_t v = (value); \
			\
			fp_end(cpu, u, &e, LA_EXC_FPE); \
			FD_D = v; \
		} \
		LA_NEXT(); \
	}
#define FP_OP_S(name, value) FP_OP(name, BOX_S(value))
#define FP_OP_D(name, value) FP_OP(name, value)

/* Moves bits: @action has no exceptions and does not touch FCSR. */
#define FP_MOVE(name, action) \
	LA_OP(name) \
	{ \
		LA_NEED_FP(); \
		action; \
		LA_NEXT(); \
	}

/* 3.2.1.1: add, subtract, multiply, divide */
FP_OP_S(fadd_s, fp32_add(&e, FJ_S, FK_S))
FP_OP_D(fadd_d, fp64_add(&e, FJ_D, FK_D))
FP_OP_S(fsub_s, fp32_sub(&e, FJ_S, FK_S))
FP_OP_D(fsub_d, fp64_sub(&e, FJ_D, FK_D))
FP_OP_S(fmul_s, fp32_mul(&e, FJ_S, FK_S))
FP_OP_D(fmul_d, fp64_mul(&e, FJ_D, FK_D))
FP_OP_S(fdiv_s, fp32_div(&e, FJ_S, FK_S))
FP_OP_D(fdiv_d, fp64_div(&e, FJ_D, FK_D))

/* 3.2.1.2: fused multiply-add */
#define NEG_BOTH (FP_MULADD_NEG_A | FP_MULADD_NEG_RESULT)
FP_OP_S(fmadd_s, fp32_muladd(&e, FJ_S, FK_S, FA_S, 0))
FP_OP_D(fmadd_d, fp64_muladd(&e, FJ_D, FK_D, FA_D, 0))
FP_OP_S(fmsub_s, fp32_muladd(&e, FJ_S, FK_S, FA_S, FP_MULADD_NEG_A))
FP_OP_D(fmsub_d, fp64_muladd(&e, FJ_D, FK_D, FA_D, FP_MULADD_NEG_A))
FP_OP_S(fnmadd_s, fp32_muladd(&e, FJ_S, FK_S, FA_S, FP_MULADD_NEG_RESULT))
FP_OP_D(fnmadd_d, fp64_muladd(&e, FJ_D, FK_D, FA_D, FP_MULADD_NEG_RESULT))
FP_OP_S(fnmsub_s, fp32_muladd(&e, FJ_S, FK_S, FA_S, NEG_BOTH))
FP_OP_D(fnmsub_d, fp64_muladd(&e, FJ_D, FK_D, FA_D, NEG_BOTH))

/* 3.2.1.3, 3.2.1.4: maximum and minimum, by value and by magnitude */
FP_OP_S(fmax_s, fp32_max(&e, FJ_S, FK_S))
FP_OP_D(fmax_d, fp64_max(&e, FJ_D, FK_D))
FP_OP_S(fmin_s, fp32_min(&e, FJ_S, FK_S))
FP_OP_D(fmin_d, fp64_min(&e, FJ_D, FK_D))
FP_OP_S(fmaxa_s, fp32_maxa(&e, FJ_S, FK_S))
FP_OP_D(fmaxa_d, fp64_maxa(&e, FJ_D, FK_D))
FP_OP_S(fmina_s, fp32_mina(&e, FJ_S, FK_S))
FP_OP_D(fmina_d, fp64_mina(&e, FJ_D, FK_D))

/* 3.2.1.5: sign */
FP_MOVE(fabs_s, FD_D = BOX_S(FJ_S & ~SIGN_S))
FP_MOVE(fabs_d, FD_D = FJ_D & ~SIGN_D)
FP_MOVE(fneg_s, FD_D = BOX_S(FJ_S ^ SIGN_S))
FP_MOVE(fneg_d, FD_D = FJ_D ^ SIGN_D)

/* 3.2.1.6: root and reciprocals; the estimates (3.2.1.9) are exact, see fp.c */
FP_OP_S(fsqrt_s, fp32_sqrt(&e, FJ_S))
FP_OP_D(fsqrt_d, fp64_sqrt(&e, FJ_D))
FP_OP_S(frecip_s, fp32_recip(&e, FJ_S))
FP_OP_D(frecip_d, fp64_recip(&e, FJ_D))
FP_OP_S(frsqrt_s, fp32_rsqrt(&e, FJ_S))
FP_OP_D(frsqrt_d, fp64_rsqrt(&e, FJ_D))
FP_OP_S(frecipe_s, fp32_recip(&e, FJ_S))
FP_OP_D(frecipe_d, fp64_recip(&e, FJ_D))
FP_OP_S(frsqrte_s, fp32_rsqrt(&e, FJ_S))
FP_OP_D(frsqrte_d, fp64_rsqrt(&e, FJ_D))

/* 3.2.1.7: exponent and sign of another */
FP_OP_S(fscaleb_s, fp32_scaleb(&e, FJ_S, (int32_t)FK_S))
FP_OP_D(fscaleb_d, fp64_scaleb(&e, FJ_D, (int64_t)FK_D))
FP_OP_S(flogb_s, fp32_logb(&e, FJ_S))
FP_OP_D(flogb_d, fp64_logb(&e, FJ_D))
FP_MOVE(fcopysign_s, FD_D = (FJ_S & ~SIGN_S) | (FK_D & ~MAG_S))	/* bits 63:32 from fk */
FP_MOVE(fcopysign_d, FD_D = (FJ_D & ~SIGN_D) | (FK_D & SIGN_D))

/* 3.2.1.8: class; the mask has no bits above 9 */
FP_MOVE(fclass_s, FD_D = fp32_class(FJ_S))
FP_MOVE(fclass_d, FD_D = fp64_class(FJ_D))

/* 3.2.2: comparison; the condition is d, its bit 0 says that a quiet NaN raises V too */
#define FP_COMPARE(name, relation) \
	LA_OP(name) \
	{ \
		LA_NEED_FP(); \
		{ \
			struct fp_env e = fp_begin(cpu); \
			enum fp_rel rel = (relation); \
			\
			fp_end(cpu, u, &e, LA_EXC_FPE); \
			cpu->fcc[u->a] = fp_cond(u->d, rel); \
		} \
		LA_NEXT(); \
	}
FP_COMPARE(fcmp_cond_s, fp32_compare(&e, FJ_S, FK_S, u->d & 1))
FP_COMPARE(fcmp_cond_d, fp64_compare(&e, FJ_D, FK_D, u->d & 1))

/* 3.2.3: conversions between formats and from integers */
FP_OP_S(fcvt_s_d, fp64_to_fp32(&e, FJ_D))
FP_OP_D(fcvt_d_s, fp32_to_fp64(&e, FJ_S))
FP_OP_S(ffint_s_w, fp32_from_i64(&e, (int32_t)FJ_S))
FP_OP_S(ffint_s_l, fp32_from_i64(&e, (int64_t)FJ_D))
FP_OP_D(ffint_d_w, fp64_from_i64(&e, (int32_t)FJ_S))
FP_OP_D(ffint_d_l, fp64_from_i64(&e, (int64_t)FJ_D))

/*
 * To integers, in the rounding mode that the name or FCSR says.  Words are sign-extended,
 * but zero-extended by ftintrz.w.s and ftintrne.w.s: @word is the type that does it.
 */
#define FP_TO_INT(name, rm, word) \
	FP_OP(name##_w_s, (uint64_t)(word)fp32_to_i32(&e, FJ_S, rm)) \
	FP_OP(name##_w_d, (uint64_t)fp64_to_i32(&e, FJ_D, rm)) \
	FP_OP(name##_l_s, (uint64_t)fp32_to_i64(&e, FJ_S, rm)) \
	FP_OP(name##_l_d, (uint64_t)fp64_to_i64(&e, FJ_D, rm))
FP_TO_INT(ftint, e.rm, int32_t)
FP_TO_INT(ftintrm, FP_RM, int32_t)
FP_TO_INT(ftintrp, FP_RP, int32_t)
FP_TO_INT(ftintrz, FP_RZ, uint32_t)
FP_TO_INT(ftintrne, FP_RNE, uint32_t)

/* to a number with an integral value; the upper half of a single result is 0 */
FP_OP(frint_s, fp32_rint(&e, FJ_S, e.rm))
FP_OP(frint_d, fp64_rint(&e, FJ_D, e.rm))

/* 3.2.4: moves */
FP_MOVE(fmov_s, FD_D = BOX_S(FJ_S))
FP_MOVE(fmov_d, FD_D = FJ_D)
FP_MOVE(fsel, FD_D = cpu->fcc[u->d] ? FK_D : FJ_D)
FP_MOVE(movgr2fr_w, FD_S = (uint32_t)GJ)		/* bits 63:32 stay */
FP_MOVE(movgr2fr_d, FD_D = GJ)
FP_MOVE(movgr2frh_w, cpu->v[u->a].w[1] = (uint32_t)GJ)
FP_MOVE(movfr2gr_s, RD = (uint64_t)cpu->v[u->b].sw[0])
FP_MOVE(movfr2gr_d, RD = FJ_D)
FP_MOVE(movfrh2gr_s, RD = (uint64_t)cpu->v[u->b].sw[1])
FP_MOVE(movfr2cf, cpu->fcc[u->a] = FJ_D & 1)
FP_MOVE(movcf2fr, FD_D = cpu->fcc[u->b])
FP_MOVE(movgr2cf, cpu->fcc[u->a] = GJ & 1)
FP_MOVE(movcf2gr, RD = cpu->fcc[u->b])

/* What of FCSR0 is seen and written through fcsr@n; nothing through those that do not exist. */
static inline uint32_t fcsr_mask(unsigned int n)
{
	switch (n) {
	case 0:
		return LA_FCSR_ENABLES | LA_FCSR_RM | LA_FCSR_FLAGS | LA_FCSR_CAUSE;
	case 1:
		return LA_FCSR_ENABLES;
	case 2:
		return LA_FCSR_FLAGS | LA_FCSR_CAUSE;
	case 3:
		return LA_FCSR_RM;
	default:
		return 0;
	}
}

/* Setting Cause beside its Enables bit does not trap (3.2.4.4). */
LA_OP(movgr2fcsr)
{
	uint32_t mask = fcsr_mask(u->a);

	LA_NEED_FP();
	cpu->fcsr = (cpu->fcsr & ~mask) | ((uint32_t)GJ & mask);
	LA_NEXT();
}

FP_MOVE(movfcsr2gr, RD = cpu->fcsr & fcsr_mask(u->b))
