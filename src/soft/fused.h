/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/fused.h - runs of neighbours that one handler executes; private to src/soft.
 *
 * A run is X(kind, name, kind, name, ...), where a kind is A (integer), P (pc-relative),
 * M (load or store), F or B (near branch forward, backward).  It keeps its slots and their operands; only the
 * first one's op differs, so a jump into the middle works as ever.  Chosen by counting in
 * boots of Debian's kernel (docs/performance.md); the longest that fits is taken.
 */
#ifndef LVZ_SOFT_FUSED_H
#define LVZ_SOFT_FUSED_H

#define LA_FUSED_PAIRS(X) \
	X(A, add_d, A, add_d) \
	X(A, add_d, A, addi_d) \
	X(A, add_d, B, bnez_back) \
	X(A, add_d, A, bstrins_d) \
	X(A, add_d, M, ld_hu) \
	X(A, add_d, M, ldptr_d) \
	X(A, add_d, A, maskeqz) \
	X(A, add_d, A, sltu) \
	X(A, add_d, A, srli_d) \
	X(A, add_d, M, stptr_d) \
	X(A, add_d, A, xor) \
	X(A, add_w, A, add_w) \
	X(A, add_w, A, or) \
	X(A, add_w, A, rotri_w) \
	X(A, add_w, A, xor) \
	X(A, addi_d, A, add_d) \
	X(A, addi_d, A, addi_d) \
	X(A, addi_d, F, beq_fwd) \
	X(A, addi_d, B, beqz_back) \
	X(A, addi_d, F, bgeu_fwd) \
	X(A, addi_d, B, blt_back) \
	X(A, addi_d, B, bltu_back) \
	X(A, addi_d, B, bne_back) \
	X(A, addi_d, B, bnez_back) \
	X(A, addi_d, A, bstrins_w) \
	X(A, addi_d, A, mul_d) \
	X(A, addi_d, A, or) \
	X(A, addi_d, A, slli_d) \
	X(A, addi_d, M, st_d) \
	X(A, addi_d, M, st_w) \
	X(A, addi_d, A, sub_d) \
	X(A, addi_w, A, add_d) \
	X(A, addi_w, A, add_w) \
	X(A, addi_w, A, addi_d) \
	X(A, addi_w, A, addi_w) \
	X(A, addi_w, F, beq_fwd) \
	X(A, addi_w, F, bgeu_fwd) \
	X(A, addi_w, B, bne_back) \
	X(A, addi_w, F, bnez_fwd) \
	X(A, addi_w, A, mulw_d_wu) \
	X(A, addi_w, A, or) \
	X(A, addi_w, M, st_w) \
	X(A, alsl_d, A, alsl_d) \
	X(A, alsl_d, A, or) \
	X(A, and, A, and) \
	X(A, and, A, or) \
	X(A, and, A, rotri_w) \
	X(A, and, A, sltu) \
	X(A, and, A, sub_d) \
	X(A, andi, A, addi_w) \
	X(A, andi, A, alsl_d) \
	X(A, andi, A, andi) \
	X(A, andi, F, beq_fwd) \
	X(A, andi, F, bgeu_fwd) \
	X(A, andi, F, bnez_fwd) \
	X(A, andi, A, bstrpick_d) \
	X(A, andi, M, ld_bu) \
	X(A, andi, M, ld_d) \
	X(A, andi, M, ldptr_d) \
	X(A, andi, A, or) \
	X(A, andi, A, sub_w) \
	X(A, bstrins_d, A, sltu) \
	X(A, bstrins_w, M, st_h) \
	X(A, bstrpick_d, A, slli_d) \
	X(A, bytepick_d, A, bytepick_d) \
	X(A, div_du, A, mod_du) \
	X(M, ld_bu, A, addi_d) \
	X(M, ld_bu, A, addi_w) \
	X(M, ld_bu, F, beqz_fwd) \
	X(M, ld_bu, M, ld_bu) \
	X(M, ld_d, A, addi_d) \
	X(M, ld_d, A, andi) \
	X(M, ld_d, M, ld_d) \
	X(M, ld_d, A, or) \
	X(M, ld_d, M, st_d) \
	X(M, ld_d, A, xor) \
	X(M, ld_hu, M, ldx_bu) \
	X(M, ldptr_d, A, addi_d) \
	X(M, ldptr_d, M, ldptr_d) \
	X(M, ldptr_d, M, ldx_d) \
	X(M, ldptr_d, A, srli_d) \
	X(M, ldptr_w, M, ldptr_w) \
	X(M, ldx_bu, A, andi) \
	X(M, ldx_bu, M, ld_bu) \
	X(M, ldx_d, A, add_d) \
	X(M, ldx_d, A, addi_w) \
	X(M, ldx_d, M, ldx_d) \
	X(M, ldx_d, A, mulh_du) \
	X(A, lu32i_d, A, or) \
	X(A, maskeqz, A, add_d) \
	X(A, maskeqz, A, masknez) \
	X(A, maskeqz, A, sub_d) \
	X(A, masknez, A, add_d) \
	X(A, masknez, A, addi_d) \
	X(A, masknez, A, or) \
	X(A, masknez, M, st_d) \
	X(A, mul_d, F, bge_fwd) \
	X(A, mul_d, A, mulh_du) \
	X(A, mulh_du, A, add_d) \
	X(A, mulh_du, A, mul_d) \
	X(A, mulw_d_wu, A, add_d) \
	X(A, mulw_d_wu, A, addi_w) \
	X(A, mulw_d_wu, A, mulw_d_wu) \
	X(A, mulw_d_wu, A, srli_d) \
	X(A, or, A, add_d) \
	X(A, or, A, add_w) \
	X(A, or, A, addi_w) \
	X(A, or, A, alsl_d) \
	X(A, or, A, and) \
	X(A, or, A, andi) \
	X(A, or, B, bge_back) \
	X(A, or, F, blt_fwd) \
	X(A, or, B, bne_back) \
	X(A, or, A, lu32i_d) \
	X(A, or, A, or) \
	X(A, or, A, rotri_w) \
	X(A, or, A, slli_d) \
	X(A, or, A, srli_d) \
	X(A, or, M, st_d) \
	X(A, or, A, sub_d) \
	X(A, ori, F, bnez_fwd) \
	X(P, pcalau12i, M, ld_d) \
	X(A, rotri_w, A, add_w) \
	X(A, rotri_w, A, rotri_w) \
	X(A, rotri_w, A, xor) \
	X(A, sll_w, A, andn) \
	X(A, slli_d, A, add_d) \
	X(A, slli_d, M, ldptr_d) \
	X(A, slli_d, M, ldx_d) \
	X(A, slli_d, A, or) \
	X(A, slli_d, A, slli_d) \
	X(A, slli_w, A, srl_d) \
	X(A, sltu, A, add_d) \
	X(A, sltu, A, and) \
	X(A, sltu, A, maskeqz) \
	X(A, sltu, A, masknez) \
	X(A, sltu, A, or) \
	X(A, sltu, A, sltu) \
	X(A, sltu, M, stx_d) \
	X(A, sltui, A, sltu) \
	X(A, srl_d, A, sub_w) \
	X(A, srli_d, A, add_d) \
	X(A, srli_d, B, bne_back) \
	X(A, srli_d, A, mulw_d_wu) \
	X(A, srli_d, A, or) \
	X(A, srli_d, A, slli_d) \
	X(A, srli_d, A, srli_d) \
	X(A, srli_w, A, xor) \
	X(M, st_b, A, addi_d) \
	X(M, st_b, M, st_b) \
	X(M, st_d, A, addi_d) \
	X(M, st_d, A, addi_w) \
	X(M, st_d, A, andi) \
	X(M, st_d, B, bne_back) \
	X(M, st_d, A, masknez) \
	X(M, st_d, A, or) \
	X(M, st_d, A, ori) \
	X(M, st_d, M, st_d) \
	X(M, st_h, B, bnez_back) \
	X(M, st_w, B, bne_back) \
	X(M, st_w, M, st_w) \
	X(M, stptr_d, A, add_d) \
	X(M, stx_d, A, add_d) \
	X(M, stx_d, A, addi_d) \
	X(M, stx_d, B, bnez_back) \
	X(M, stx_d, A, or) \
	X(A, sub_d, M, ld_d) \
	X(A, sub_d, A, slli_d) \
	X(A, sub_d, A, sltu) \
	X(A, sub_d, A, sub_d) \
	X(A, sub_d, A, xor) \
	X(A, sub_w, B, bltu_back) \
	X(A, sub_w, B, bnez_back) \
	X(A, sub_w, A, or) \
	X(A, xor, A, add_w) \
	X(A, xor, A, and) \
	X(A, xor, F, bgeu_fwd) \
	X(A, xor, A, ori) \
	X(A, xor, A, rotri_w) \
	X(A, xor, A, sltu) \
	X(A, xor, A, sltui) \
	X(A, xor, A, srli_w) \
	X(A, xor, A, xor)

#define LA_FUSED_TRIPLES(X) \
	X(A, add_d, A, addi_w, A, or) \
	X(A, add_d, A, sltu, A, srli_d) \
	X(A, addi_d, A, addi_d, B, beq_back) \
	X(A, addi_d, M, ldx_bu, A, andi) \
	X(A, addi_d, M, ldx_d, M, ldx_d) \
	X(A, addi_d, A, masknez, M, st_d) \
	X(A, addi_d, A, or, B, bne_back) \
	X(A, addi_w, A, addi_d, A, addi_w) \
	X(A, addi_w, A, addi_d, F, beq_fwd) \
	X(A, addi_w, A, xor, A, xor) \
	X(A, alsl_d, M, st_d, A, addi_w) \
	X(A, and, A, rotri_w, A, addi_w) \
	X(A, and, A, sub_d, M, ld_d) \
	X(A, andi, M, ldptr_d, B, bne_back) \
	X(A, andi, A, sub_w, B, bltu_back) \
	X(F, beq_fwd, A, addi_w, B, bne_back) \
	X(F, beq_fwd, A, andi, M, ld_d) \
	X(F, beq_fwd, A, andi, M, ldptr_d) \
	X(F, beq_fwd, M, ld_bu, M, ld_bu) \
	X(F, bge_fwd, A, srli_d, A, srli_d) \
	X(F, bgeu_fwd, M, ldptr_w, M, ldptr_w) \
	X(F, bgeu_fwd, M, ldx_bu, A, andi) \
	X(F, blt_fwd, A, slli_d, A, slli_d) \
	X(F, bnez_fwd, A, addi_w, F, beq_fwd) \
	X(A, bstrpick_d, A, or, A, alsl_d) \
	X(M, ld_bu, A, addi_d, B, bnez_back) \
	X(M, ld_d, M, ld_d, A, add_w) \
	X(M, ld_d, A, srli_d, A, or) \
	X(M, ldptr_d, M, ldptr_d, A, addi_d) \
	X(M, ldptr_d, A, or, A, or) \
	X(M, ldptr_w, M, ldptr_w, A, rotri_w) \
	X(M, ldptr_w, M, ldptr_w, A, xor) \
	X(M, ldx_bu, A, andi, F, bnez_fwd) \
	X(M, ldx_d, M, ldx_d, M, stx_d) \
	X(M, ldx_d, M, stx_d, A, addi_d) \
	X(A, maskeqz, M, st_d, A, masknez) \
	X(A, mulh_du, A, mul_d, F, bge_fwd) \
	X(A, or, A, addi_w, A, add_d) \
	X(A, or, A, alsl_d, A, add_d) \
	X(A, or, A, or, A, add_d) \
	X(A, or, A, or, F, beq_fwd) \
	X(A, or, A, or, B, bgeu_back) \
	X(A, or, A, or, F, bgeu_fwd) \
	X(A, or, M, stx_d, A, addi_d) \
	X(A, rotri_w, A, addi_w, A, add_w) \
	X(A, slli_d, A, or, M, st_d) \
	X(A, slti, A, maskeqz, A, masknez) \
	X(A, sltu, A, maskeqz, A, addi_d) \
	X(A, srli_d, M, stx_d, A, add_d) \
	X(M, st_b, M, st_b, M, ldptr_w) \
	X(M, st_d, A, addi_w, B, bne_back) \
	X(M, st_d, A, or, B, bne_back) \
	X(M, st_d, A, srli_d, B, bne_back) \
	X(M, st_d, M, st_d, M, st_d) \
	X(M, stptr_d, A, addi_w, A, addi_d) \
	X(M, stx_d, A, addi_d, B, bne_back) \
	X(M, stx_d, A, maskeqz, A, masknez) \
	X(M, stx_d, A, or, B, bne_back) \
	X(M, stx_d, M, stx_d, B, bnez_back) \
	X(A, sub_w, A, or, A, or) \
	X(A, xor, A, addi_w, A, add_w) \
	X(A, xor, A, sltu, A, maskeqz) \
	X(A, xor, A, sltu, M, stx_d) \
	X(A, xor, A, xor, F, bgeu_fwd)

#define LA_FUSED_QUADS(X) \
	X(A, add_d, A, add_d, A, bstrins_d, A, sltu) \
	X(A, add_d, A, add_d, A, sltu, A, add_d) \
	X(A, add_d, A, add_d, A, xor, A, sltu) \
	X(A, add_d, A, maskeqz, A, add_d, A, sltu) \
	X(A, add_d, A, maskeqz, A, masknez, A, or) \
	X(A, add_d, A, maskeqz, A, sub_d, A, sltu) \
	X(A, add_d, A, sltu, A, masknez, A, add_d) \
	X(A, add_d, A, sltu, A, or, A, add_d) \
	X(A, add_d, A, sltu, A, sltu, M, stx_d) \
	X(A, add_d, A, srli_d, A, add_d, A, maskeqz) \
	X(A, add_d, M, stptr_d, A, add_d, B, bnez_back) \
	X(A, add_d, A, xor, A, sltu, A, maskeqz) \
	X(A, add_d, A, xor, A, sltui, A, sltu) \
	X(A, add_w, A, add_w, A, add_w, A, rotri_w) \
	X(A, add_w, A, add_w, A, or, A, and) \
	X(A, add_w, A, or, A, and, A, and) \
	X(A, add_w, A, rotri_w, A, add_w, A, xor) \
	X(A, add_w, A, rotri_w, A, rotri_w, A, xor) \
	X(A, add_w, A, xor, A, add_w, A, add_w) \
	X(A, addi_d, A, add_d, A, add_d, A, xor) \
	X(A, addi_d, A, addi_d, A, add_d, A, add_d) \
	X(A, addi_d, A, or, A, or, M, st_d) \
	X(A, addi_d, M, st_d, M, st_d, M, st_d) \
	X(A, addi_d, A, sub_d, A, sub_d, A, xor) \
	X(A, addi_w, A, add_d, A, add_d, A, sltu) \
	X(A, addi_w, A, add_d, A, sub_d, A, sltu) \
	X(A, addi_w, A, add_w, A, add_w, A, add_w) \
	X(A, addi_w, A, add_w, A, add_w, A, rotri_w) \
	X(A, addi_w, A, addi_d, A, mul_d, A, mulh_du) \
	X(A, addi_w, F, beq_fwd, M, ld_bu, F, beqz_fwd) \
	X(A, addi_w, A, or, A, or, B, bge_back) \
	X(A, addi_w, A, or, A, or, A, or) \
	X(A, and, A, and, A, or, A, add_w) \
	X(A, and, A, or, A, add_w, A, rotri_w) \
	X(A, and, A, or, A, or, A, add_d) \
	X(A, and, A, rotri_w, A, xor, A, xor) \
	X(A, and, A, sltu, A, or, A, addi_w) \
	X(A, bstrpick_d, A, slli_d, M, ldptr_d, M, ldx_d) \
	X(M, ld_bu, F, beqz_fwd, A, addi_w, A, addi_d) \
	X(M, ld_bu, M, ld_bu, A, addi_d, A, addi_d) \
	X(M, ld_bu, M, ld_bu, M, ld_bu, M, ld_bu) \
	X(M, ld_d, M, ld_d, M, ld_d, M, ld_d) \
	X(M, ldptr_d, A, addi_d, A, addi_d, A, add_d) \
	X(M, ldptr_d, A, addi_d, A, slli_d, A, or) \
	X(M, ldptr_d, M, ldptr_d, A, addi_d, A, addi_d) \
	X(M, ldptr_d, M, ldptr_d, A, addi_d, A, sub_d) \
	X(M, ldptr_d, M, ldx_d, A, addi_w, A, addi_d) \
	X(M, ldptr_d, A, srli_d, A, mulw_d_wu, A, addi_w) \
	X(M, ldx_d, A, add_d, M, ldptr_d, A, srli_d) \
	X(M, ldx_d, A, addi_w, A, srli_d, A, mulw_d_wu) \
	X(M, ldx_d, A, addi_w, A, sub_d, A, sub_d) \
	X(M, ldx_d, M, ldx_d, A, addi_w, A, add_d) \
	X(M, ldx_d, M, ldx_d, A, mulh_du, A, mul_d) \
	X(A, maskeqz, A, masknez, A, addi_d, A, or) \
	X(A, maskeqz, A, masknez, M, st_d, A, or) \
	X(A, maskeqz, A, masknez, M, stx_d, A, or) \
	X(A, masknez, A, add_d, A, sltu, A, or) \
	X(A, masknez, A, addi_d, M, st_d, A, or) \
	X(A, masknez, A, or, A, add_d, B, bnez_back) \
	X(A, masknez, M, st_d, A, addi_d, A, or) \
	X(A, masknez, M, st_d, A, or, B, bne_back) \
	X(A, mul_d, A, mulh_du, A, add_d, A, sltu) \
	X(A, mulw_d_wu, A, addi_w, A, mulw_d_wu, A, mulw_d_wu) \
	X(A, mulw_d_wu, A, mulw_d_wu, A, srli_d, A, mulw_d_wu) \
	X(A, or, A, add_d, A, add_d, A, xor) \
	X(A, or, A, add_w, A, rotri_w, A, rotri_w) \
	X(A, or, A, alsl_d, A, or, A, or) \
	X(A, or, A, and, A, and, A, or) \
	X(A, or, A, andi, A, addi_d, M, st_d) \
	X(A, or, A, andi, A, slli_d, M, ldx_d) \
	X(A, or, A, andi, A, sub_w, A, or) \
	X(A, or, A, or, A, or, A, or) \
	X(A, or, A, slli_d, A, add_d, A, add_d) \
	X(A, rotri_w, A, rotri_w, A, xor, A, srli_w) \
	X(A, rotri_w, A, rotri_w, A, xor, A, xor) \
	X(A, rotri_w, A, xor, A, add_w, A, add_w) \
	X(A, rotri_w, A, xor, A, add_w, A, rotri_w) \
	X(A, rotri_w, A, xor, A, and, A, rotri_w) \
	X(A, rotri_w, A, xor, A, rotri_w, A, xor) \
	X(A, rotri_w, A, xor, A, srli_w, A, xor) \
	X(A, slli_d, A, add_d, A, or, A, slli_d) \
	X(A, slli_d, M, ldx_d, M, ldx_d, A, addi_w) \
	X(A, slli_d, A, slli_d, M, ldx_d, M, ldx_d) \
	X(A, sltu, A, add_d, A, xor, A, sltui) \
	X(A, sltu, A, maskeqz, A, masknez, A, addi_d) \
	X(A, sltu, A, maskeqz, A, masknez, M, st_d) \
	X(A, sltu, A, or, A, add_d, M, stptr_d) \
	X(A, sltu, M, stx_d, A, add_d, B, bnez_back) \
	X(A, sltui, A, sltu, A, and, A, or) \
	X(A, srli_d, A, mulw_d_wu, A, add_d, A, add_d) \
	X(A, srli_d, A, mulw_d_wu, A, mulw_d_wu, A, mulw_d_wu) \
	X(A, srli_d, A, srli_d, A, slli_d, A, add_d) \
	X(A, srli_w, A, xor, A, add_w, A, rotri_w) \
	X(M, st_d, A, masknez, A, or, B, bne_back) \
	X(M, st_d, M, st_d, A, addi_d, B, bltu_back) \
	X(M, st_d, M, st_d, M, st_d, M, st_d) \
	X(M, stx_d, A, add_d, A, add_d, A, maskeqz) \
	X(M, stx_d, A, addi_d, A, addi_d, B, bne_back) \
	X(A, sub_d, A, slli_d, M, ldx_d, A, add_d) \
	X(A, sub_d, A, slli_d, M, ldx_d, A, addi_w) \
	X(A, sub_d, A, slli_d, M, ldx_d, M, ldx_d) \
	X(A, sub_d, A, sltu, A, masknez, A, add_d) \
	X(A, sub_d, A, sltu, A, sltu, M, stx_d) \
	X(A, sub_d, A, sub_d, A, xor, A, sltu) \
	X(A, sub_d, A, xor, A, sltu, A, maskeqz) \
	X(A, sub_w, A, or, A, srli_d, A, or) \
	X(A, xor, A, add_w, A, add_w, A, or) \
	X(A, xor, A, sltu, A, maskeqz, A, masknez) \
	X(A, xor, A, sltui, A, and, A, sltu) \
	X(A, xor, A, srli_w, A, xor, A, add_w) \
	X(A, xor, A, xor, A, and, A, rotri_w)

#define LA_FUSED_MAX 4

#endif
