/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/pseudo.h - uops that stand for no instruction of their own; private to src/soft.
 *
 * page_end: sentinel behind the last word of a code page; stop: sentinel behind a single
 * step; ine: an encoding that the CPU does not have.  The near branches are what the
 * decoder makes of a branch whose target lies in the same code page.
 */
#ifndef LVZ_SOFT_PSEUDO_H
#define LVZ_SOFT_PSEUDO_H

#define LA_NEAR_BRANCHES(X) \
	X(beq) X(bne) X(blt) X(bge) X(bltu) X(bgeu) X(beqz) X(bnez) \
	X(bceqz) X(bcnez) X(b) X(bl)

#define LA_PSEUDO_OPS(X) \
	X(page_end) X(stop) X(ine) \
	X(beq_fwd) X(bne_fwd) X(blt_fwd) X(bge_fwd) X(bltu_fwd) X(bgeu_fwd) \
	X(beqz_fwd) X(bnez_fwd) X(bceqz_fwd) X(bcnez_fwd) X(b_fwd) X(bl_fwd) \
	X(beq_back) X(bne_back) X(blt_back) X(bge_back) X(bltu_back) X(bgeu_back) \
	X(beqz_back) X(bnez_back) X(bceqz_back) X(bcnez_back) X(b_back) X(bl_back)

#endif
