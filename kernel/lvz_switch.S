/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lvz_switch.S - into a guest and out of it.
 *
 * lvz_blob_start to lvz_blob_end is copied to a page of direct-mapped memory and run there:
 * from the write of PGDL to the last write of GTLBC the root's lower half is the guest's
 * second stage, and a TLB miss of ours would be looked up as if it were the guest's.  So
 * nothing here may be relocated, and everything it touches is direct-mapped.
 *
 * Order and reasons: docs/world-switch.md.
 */
#include <linux/linkage.h>
#include <asm/asm.h>
#include <asm/loongarch.h>
#include <asm/regdef.h>

#include "lvz_ctx.h"

/* Free in Linux: KS0-2 exceptions, KS3 per-CPU base, KS4-5 KVM. */
#define KS_CTX		LOONGARCH_CSR_KS6
#define KS_TMP		LOONGARCH_CSR_KS7

#define FRAME_BYTES	96
#define GPR(n)		(LVZ_RUN_GPR + 8 * (n))

	.macro	for_saved_gprs op
	\op	$r1, sp, 0
	\op	$r22, sp, 8
	\op	$r23, sp, 16
	\op	$r24, sp, 24
	\op	$r25, sp, 32
	\op	$r26, sp, 40
	\op	$r27, sp, 48
	\op	$r28, sp, 56
	\op	$r29, sp, 64
	\op	$r30, sp, 72
	\op	$r31, sp, 80
	.endm

	/* All but r0 and r4 (a0), which is the base. */
	.macro	for_guest_gprs op
	.irp	n,1,2,3,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	\op	$r\n, a0, GPR(\n)
	.endr
	.endm

	.text
	.balign	4096
/* EENTRY while the guest runs; ECFG.VS is 0, so every exit begins here. */
SYM_CODE_START(lvz_blob_start)
	csrwr	a0, KS_TMP
	csrrd	a0, KS_CTX
	ld.d	a0, a0, LVZ_CTX_RUN
	for_guest_gprs st.d
	csrrd	t0, KS_TMP
	st.d	t0, a0, GPR(4)
	csrrd	t0, LOONGARCH_CSR_ERA
	st.d	t0, a0, LVZ_RUN_PC

	/* Before interrupts are on: a nested exception would overwrite these. */
	csrrd	a0, KS_CTX
	csrrd	t0, LOONGARCH_CSR_ESTAT
	st.d	t0, a0, LVZ_CTX_ESTAT
	csrrd	t0, LOONGARCH_CSR_BADV
	st.d	t0, a0, LVZ_CTX_BADV
	csrrd	t0, LOONGARCH_CSR_BADI
	st.d	t0, a0, LVZ_CTX_BADI

	ld.d	t0, a0, LVZ_CTX_ECFG
	csrwr	t0, LOONGARCH_CSR_ECFG
	ld.d	t0, a0, LVZ_CTX_EENTRY
	csrwr	t0, LOONGARCH_CSR_EENTRY
	ld.d	t0, a0, LVZ_CTX_PGDL
	csrwr	t0, LOONGARCH_CSR_PGDL
	st.d	t0, a0, LVZ_CTX_PGDL
	/* Hardware has set PVM: the next ertn would enter the guest. */
	ori	t0, zero, CSR_GSTAT_PVM
	csrxchg	zero, t0, LOONGARCH_CSR_GSTAT
	ld.d	t0, a0, LVZ_CTX_GTLBC_ROOT
	csrwr	t0, LOONGARCH_CSR_GTLBC
	/* The root again, and only now. */

	ld.d	sp, a0, LVZ_CTX_SP
	ld.d	tp, a0, LVZ_CTX_TP
	ld.d	u0, a0, LVZ_CTX_U0
	for_saved_gprs ld.d
	addi.d	sp, sp, FRAME_BYTES
	jr	ra
SYM_CODE_END(lvz_blob_start)

/*
 * void enter(struct lvz_ctx *ctx): runs the guest until it exits.  Interrupts off, and
 * ctx and what it points to direct-mapped.
 */
SYM_CODE_START(lvz_blob_enter)
	addi.d	sp, sp, -FRAME_BYTES
	for_saved_gprs st.d
	st.d	sp, a0, LVZ_CTX_SP
	st.d	tp, a0, LVZ_CTX_TP
	st.d	u0, a0, LVZ_CTX_U0
	move	t0, a0
	csrwr	t0, KS_CTX

	/* One vector for all exits; LIE stays, so that the host's interrupts are exits. */
	csrrd	t0, LOONGARCH_CSR_ECFG
	st.d	t0, a0, LVZ_CTX_ECFG
	bstrins.d t0, zero, CSR_ECFG_VS_SHIFT_END, CSR_ECFG_VS_SHIFT
	csrwr	t0, LOONGARCH_CSR_ECFG
	/* The vector is this page: csrwr leaves the host's behind. */
	pcaddi	t0, 0
.Lhere:
	bstrins.d t0, zero, 11, 0
	csrwr	t0, LOONGARCH_CSR_EENTRY
	st.d	t0, a0, LVZ_CTX_EENTRY
	/* From here an exception of the root would end up in our vector. */

	ld.d	t0, a0, LVZ_CTX_PGDL
	csrwr	t0, LOONGARCH_CSR_PGDL
	st.d	t0, a0, LVZ_CTX_PGDL
	ld.d	t0, a0, LVZ_CTX_GTLBC_GUEST
	csrwr	t0, LOONGARCH_CSR_GTLBC
	/* The root's interrupts are on while the guest runs. */
	ori	t0, zero, CSR_PRMD_PIE
	csrwr	t0, LOONGARCH_CSR_PRMD
	ori	t0, zero, CSR_GSTAT_PVM
	csrxchg	t0, t0, LOONGARCH_CSR_GSTAT

	ld.d	a0, a0, LVZ_CTX_RUN
	ld.d	t0, a0, LVZ_RUN_PC
	csrwr	t0, LOONGARCH_CSR_ERA
	for_guest_gprs ld.d
	ld.d	a0, a0, GPR(4)
	ertn
SYM_CODE_END(lvz_blob_enter)
SYM_DATA_START(lvz_blob_end)
SYM_DATA_END(lvz_blob_end)
