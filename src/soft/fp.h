/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/fp.h - IEEE 754 arithmetic with LoongArch's NaN, flag and rounding rules.
 *
 * Pure functions on bit patterns: operands in, result out, exceptions OR-ed into
 * env->flags (FP_V and friends, the order of FCSR0).  Used by the scalar and the vector
 * handlers alike.  Rules and sources: vol. 1 chapter 3, notes in fp.c.
 */
#ifndef LVZ_SOFT_FP_H
#define LVZ_SOFT_FP_H

#include <stdbool.h>
#include <stdint.h>

enum fp_flag { FP_I = 1, FP_U = 2, FP_O = 4, FP_Z = 8, FP_V = 16 };
enum fp_rm { FP_RNE, FP_RZ, FP_RP, FP_RM };	/* FCSR0.RM */

struct fp_env {
	enum fp_rm rm;
	uint32_t flags;		/* enum fp_flag, accumulated */
	uint32_t enables;	/* FCSR0.Enables; changes the U rule only (see fp.c) */
};

uint32_t fp32_add(struct fp_env *e, uint32_t j, uint32_t k);
uint32_t fp32_sub(struct fp_env *e, uint32_t j, uint32_t k);
uint32_t fp32_mul(struct fp_env *e, uint32_t j, uint32_t k);
uint32_t fp32_div(struct fp_env *e, uint32_t j, uint32_t k);
uint32_t fp32_sqrt(struct fp_env *e, uint32_t j);
uint32_t fp32_rsqrt(struct fp_env *e, uint32_t j);
uint32_t fp32_recip(struct fp_env *e, uint32_t j);
uint64_t fp64_add(struct fp_env *e, uint64_t j, uint64_t k);
uint64_t fp64_sub(struct fp_env *e, uint64_t j, uint64_t k);
uint64_t fp64_mul(struct fp_env *e, uint64_t j, uint64_t k);
uint64_t fp64_div(struct fp_env *e, uint64_t j, uint64_t k);
uint64_t fp64_sqrt(struct fp_env *e, uint64_t j);
uint64_t fp64_rsqrt(struct fp_env *e, uint64_t j);
uint64_t fp64_recip(struct fp_env *e, uint64_t j);

/* j * k + a with the product's or the sum's sign changed as asked, one rounding. */
enum { FP_MULADD_NEG_A = 1, FP_MULADD_NEG_RESULT = 2 };
uint32_t fp32_muladd(struct fp_env *e, uint32_t j, uint32_t k, uint32_t a, unsigned int how);
uint64_t fp64_muladd(struct fp_env *e, uint64_t j, uint64_t k, uint64_t a, unsigned int how);

uint32_t fp32_max(struct fp_env *e, uint32_t j, uint32_t k);
uint32_t fp32_min(struct fp_env *e, uint32_t j, uint32_t k);
uint32_t fp32_maxa(struct fp_env *e, uint32_t j, uint32_t k);
uint32_t fp32_mina(struct fp_env *e, uint32_t j, uint32_t k);
uint32_t fp32_scaleb(struct fp_env *e, uint32_t j, int32_t k);
uint32_t fp32_logb(struct fp_env *e, uint32_t j);
uint32_t fp32_class(uint32_t j);
uint64_t fp64_max(struct fp_env *e, uint64_t j, uint64_t k);
uint64_t fp64_min(struct fp_env *e, uint64_t j, uint64_t k);
uint64_t fp64_maxa(struct fp_env *e, uint64_t j, uint64_t k);
uint64_t fp64_mina(struct fp_env *e, uint64_t j, uint64_t k);
uint64_t fp64_scaleb(struct fp_env *e, uint64_t j, int64_t k);
uint64_t fp64_logb(struct fp_env *e, uint64_t j);
uint64_t fp64_class(uint64_t j);

/* Relation of two operands; one bit is set. */
enum fp_rel { FP_REL_LT = 1, FP_REL_EQ = 2, FP_REL_UN = 4, FP_REL_GT = 8 };
/* @is_signaling: any NaN raises V (fcmp.sXX); else only a signalling NaN does (fcmp.cXX). */
enum fp_rel fp32_compare(struct fp_env *e, uint32_t j, uint32_t k, bool is_signaling);
enum fp_rel fp64_compare(struct fp_env *e, uint64_t j, uint64_t k, bool is_signaling);
/* The truth of condition @cond (the 5-bit field of fcmp/vfcmp) for relation @rel. */
bool fp_cond(unsigned int cond, enum fp_rel rel);

/* Conversions; "rm" overrides env->rm where the instruction names a rounding. */
uint64_t fp32_to_fp64(struct fp_env *e, uint32_t j);
uint32_t fp64_to_fp32(struct fp_env *e, uint64_t j);
uint32_t fp32_to_fp16(struct fp_env *e, uint32_t j);	/* low 16 bits (vfcvt.h.s) */
uint32_t fp16_to_fp32(struct fp_env *e, uint32_t j);
int32_t fp32_to_i32(struct fp_env *e, uint32_t j, enum fp_rm rm);
int64_t fp32_to_i64(struct fp_env *e, uint32_t j, enum fp_rm rm);
int32_t fp64_to_i32(struct fp_env *e, uint64_t j, enum fp_rm rm);
int64_t fp64_to_i64(struct fp_env *e, uint64_t j, enum fp_rm rm);
uint32_t fp32_to_u32(struct fp_env *e, uint32_t j, enum fp_rm rm);	/* vftint.wu.s */
uint64_t fp64_to_u64(struct fp_env *e, uint64_t j, enum fp_rm rm);
uint32_t fp32_from_i64(struct fp_env *e, int64_t j);
uint64_t fp64_from_i64(struct fp_env *e, int64_t j);
uint32_t fp32_from_u64(struct fp_env *e, uint64_t j);
uint64_t fp64_from_u64(struct fp_env *e, uint64_t j);
uint32_t fp32_rint(struct fp_env *e, uint32_t j, enum fp_rm rm);
uint64_t fp64_rint(struct fp_env *e, uint64_t j, enum fp_rm rm);

#endif
