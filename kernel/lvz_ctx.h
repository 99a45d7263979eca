/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lvz_ctx.h - what lvz_switch.S and C agree on.  Asserted in lvz_run.c.
 */
#ifndef LVZ_CTX_H
#define LVZ_CTX_H

/* struct lvz_ctx */
#define LVZ_CTX_RUN		0	/* struct lvz_run */
#define LVZ_CTX_SP		8
#define LVZ_CTX_TP		16
#define LVZ_CTX_U0		24
#define LVZ_CTX_ECFG		32	/* the host's, while the guest runs */
#define LVZ_CTX_EENTRY		40	/* whichever is not in the CSR */
#define LVZ_CTX_PGDL		48	/* same */
#define LVZ_CTX_GTLBC_ROOT	56	/* TGID = 0 */
#define LVZ_CTX_GTLBC_GUEST	64	/* TGID = the guest's GID */
#define LVZ_CTX_ESTAT		72
#define LVZ_CTX_BADV		80
#define LVZ_CTX_BADI		88

/* struct lvz_run */
#define LVZ_RUN_PC		32
#define LVZ_RUN_GPR		40

#ifndef __ASSEMBLER__
struct lvz_ctx {
	u64 run;
	u64 sp, tp, u0;
	u64 ecfg, eentry, pgdl;
	u64 gtlbc_root, gtlbc_guest;
	u64 estat, badv, badi;
};
#endif

#endif
