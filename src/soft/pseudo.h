/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/pseudo.h - uops that stand for no instruction of their own; private to src/soft.
 *
 * page_end: sentinel behind the last word of a code page; stop: sentinel behind a single
 * step; ine: an encoding that the CPU does not have.  The near branches are what the
 * decoder makes of a branch whose target lies in the same code page.  Fused pairs come last
 * in enum la_op.
 */
#ifndef LVZ_SOFT_PSEUDO_H
#define LVZ_SOFT_PSEUDO_H

#define LA_NEAR_BRANCHES(X) \
	X(beq) X(bne) X(blt) X(bge) X(bltu) X(bgeu) X(beqz) X(bnez) \
	X(bceqz) X(bcnez) X(b) X(bl)

/*
 * Pairs of neighbours that one handler executes: X(kind, first, kind, second), where a
 * kind is A (integer), M (load or store), F or B (near branch).  The pair keeps its two
 * slots and their operands; only the first one's op differs.  Chosen by counting pairs in
 * boots of Debian's kernel (docs/performance.md).
 */
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
	X(A, addi_d, A, sub_d) \
	X(A, addi_w, A, add_d) \
	X(A, addi_w, A, add_w) \
	X(A, addi_w, A, addi_d) \
	X(A, addi_w, A, addi_w) \
	X(A, addi_w, F, beq_fwd) \
	X(A, addi_w, F, bgeu_fwd) \
	X(A, addi_w, B, bne_back) \
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
	X(A, andi, F, bgeu_fwd) \
	X(A, andi, F, bnez_fwd) \
	X(A, andi, M, ld_bu) \
	X(A, andi, M, ld_d) \
	X(A, andi, M, ldptr_d) \
	X(A, andi, A, or) \
	X(A, andi, A, sub_w) \
	X(A, bstrins_d, A, sltu) \
	X(A, bstrins_w, M, st_h) \
	X(A, bstrpick_d, A, slli_d) \
	X(M, ld_bu, A, addi_d) \
	X(M, ld_bu, A, addi_w) \
	X(M, ld_bu, F, beqz_fwd) \
	X(M, ld_bu, M, ld_bu) \
	X(M, ld_d, A, addi_d) \
	X(M, ld_d, A, andi) \
	X(M, ld_d, M, ld_d) \
	X(M, ld_d, A, or) \
	X(M, ld_d, M, st_d) \
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
	X(A, or, B, bne_back) \
	X(A, or, A, lu32i_d) \
	X(A, or, A, or) \
	X(A, or, A, rotri_w) \
	X(A, or, A, slli_d) \
	X(A, or, A, srli_d) \
	X(A, or, M, st_d) \
	X(A, or, A, sub_d) \
	X(A, pcalau12i, M, ld_d) \
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
	X(M, st_d, A, masknez) \
	X(M, st_d, A, or) \
	X(M, st_d, M, st_d) \
	X(M, st_h, B, bnez_back) \
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
	X(A, xor, A, rotri_w) \
	X(A, xor, A, sltu) \
	X(A, xor, A, sltui) \
	X(A, xor, A, srli_w) \
	X(A, xor, A, xor)

#define LA_PSEUDO_OPS(X) \
	X(page_end) X(stop) X(ine) \
	X(beq_fwd) X(bne_fwd) X(blt_fwd) X(bge_fwd) X(bltu_fwd) X(bgeu_fwd) \
	X(beqz_fwd) X(bnez_fwd) X(bceqz_fwd) X(bcnez_fwd) X(b_fwd) X(bl_fwd) \
	X(beq_back) X(bne_back) X(blt_back) X(bge_back) X(bltu_back) X(bgeu_back) \
	X(beqz_back) X(bnez_back) X(bceqz_back) X(bcnez_back) X(b_back) X(bl_back)

#endif
