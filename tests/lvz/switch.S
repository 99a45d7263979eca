/* SPDX-License-Identifier: Apache-2.0 */
/*
 * switch.S - into a guest (or a stretch of root code under test) and back: the world
 * switch as KVM does it, the root's vectors and its refill handler.
 */
#include "csr.h"

	# hv_switch(struct hv_vcpu *): returns behind the next exception or interrupt.
	.text
	.globl	hv_switch
hv_switch:
	addi.d	$sp, $sp, -96
	st.d	$ra, $sp, 0
	st.d	$fp, $sp, 8
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8
	st.d	$s\n, $sp, 16 + 8 * \n
	.endr
	st.d	$tp, $sp, 88
	st.d	$sp, $a0, V_SP
	move	$t0, $a0
	csrwr	$t0, KS_VCPU
	ld.d	$t0, $a0, V_PC
	csrwr	$t0, CSR_ERA
	ld.d	$t0, $a0, V_ROOT
	csrwr	$t0, CSR_PGDL
	# GID first: TGID is its copy.
	ld.d	$t0, $a0, V_GSTAT
	csrwr	$t0, CSR_GSTAT
	ld.d	$t0, $a0, V_TGID
	slli.d	$t0, $t0, GTLBC_TGID_SHIFT
	li.d	$t1, 0xff << GTLBC_TGID_SHIFT
	csrxchg	$t0, $t1, CSR_GTLBC
	ld.d	$t0, $a0, V_PRMD
	csrwr	$t0, CSR_PRMD
	move	$r4, $a0
	.irp	n, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18
	ld.d	$r\n, $a0, 8 * \n
	.endr
	.irp	n, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	ld.d	$r\n, $a0, 8 * \n
	.endr
	ld.d	$a0, $a0, 32
	ertn

	# Every exception and interrupt of the root, from whatever it ran.
exit_common:
	csrwr	$a2, KS_VECTOR
	csrrd	$a2, KS_VCPU
	beqz	$a2, host_trouble
	.irp	n, 0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18
	st.d	$r\n, $a2, 8 * \n
	.endr
	.irp	n, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	st.d	$r\n, $a2, 8 * \n
	.endr
	csrrd	$t0, KS_A2
	st.d	$t0, $a2, 8 * 6
	csrrd	$t0, KS_VECTOR
	st.d	$t0, $a2, V_X + X_VECTOR
	.macro	note csr, at
	csrrd	$t0, \csr
	st.d	$t0, $a2, V_X + \at
	.endm
	note	CSR_ESTAT, X_ESTAT
	note	CSR_ERA, X_ERA
	note	CSR_BADV, X_BADV
	note	CSR_BADI, X_BADI
	note	CSR_PRMD, X_PRMD
	note	CSR_CRMD, X_CRMD
	note	CSR_GSTAT, X_GSTAT
	note	CSR_GTLBC, X_GTLBC
	note	CSR_TLBRERA, X_TLBRERA
	note	CSR_TLBRBADV, X_TLBRBADV
	note	CSR_TLBRPRMD, X_TLBRPRMD
	note	CSR_TLBREHI, X_TLBREHI
	note	CSR_TLBEHI, X_TLBEHI
	note	CSR_LLBCTL, X_LLBCTL
	# A reported refill has its own.
	ld.d	$t0, $a2, V_X + X_VECTOR
	li.w	$t1, VECTOR_ROOT_REFILL
	bne	$t0, $t1, 1f
	csrrd	$t0, KS_REFILL_ERA
	st.d	$t0, $a2, V_X + X_TLBRERA
	csrrd	$t0, KS_REFILL_CRMD
	st.d	$t0, $a2, V_X + X_CRMD
1:	# Root again only when both are gone.
	li.w	$t1, GSTAT_PVM
	csrxchg	$zero, $t1, CSR_GSTAT
	li.d	$t1, 0xff << GTLBC_TGID_SHIFT
	csrxchg	$zero, $t1, CSR_GTLBC
	csrwr	$zero, KS_VCPU
	ld.d	$sp, $a2, V_SP
	ld.d	$ra, $sp, 0
	ld.d	$fp, $sp, 8
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8
	ld.d	$s\n, $sp, 16 + 8 * \n
	.endr
	ld.d	$tp, $sp, 88
	addi.d	$sp, $sp, 96
	jr	$ra

	# The kit's own code got an exception: the case fails, the next one follows.
host_trouble:
	li.w	$t1, GSTAT_PVM
	csrxchg	$zero, $t1, CSR_GSTAT
	li.d	$t1, 0xff << GTLBC_TGID_SHIFT
	csrxchg	$zero, $t1, CSR_GTLBC
	la.pcrel $a0, trouble
	ld.d	$sp, $a0, 0
	b	trouble_return

	# trouble_set(): 0; 1 when it returns again behind an exception in the kit.
	.globl	trouble_set
trouble_set:
	la.pcrel $t0, trouble
	st.d	$sp, $t0, 0
	st.d	$ra, $t0, 8
	st.d	$fp, $t0, 16
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8
	st.d	$s\n, $t0, 24 + 8 * \n
	.endr
	move	$a0, $zero
	jr	$ra
trouble_return:
	ld.d	$ra, $a0, 8
	ld.d	$fp, $a0, 16
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8
	ld.d	$s\n, $a0, 24 + 8 * \n
	.endr
	li.w	$a0, 1
	jr	$ra

	.section .bss
	.balign	8
trouble:
	.space	96

	# 128 vectors of 16 instructions (ECFG.VS = 4); with VS = 0 the first serves all.
	.section .vectors, "ax"
	.balign	0x10000
	.globl	hv_vectors
hv_vectors:
	.set	number, 0
	.rept	128
	.balign	64
	csrwr	$a2, KS_A2
	ori	$a2, $zero, number
	b	exit_common
	.set	number, number + 1
	.endr

	# The root's refill, in direct mode. KS_WATCH names the page it reports instead.
	.balign	0x1000
	.globl	hv_refill
hv_refill:
	csrwr	$t0, CSR_TLBRSAVE
	csrrd	$t0, CSR_TLBRBADV
	csrwr	$t1, KS_SCRATCH
	csrrd	$t1, KS_WATCH
	srli.d	$t0, $t0, 14
	beq	$t0, $t1, report
	csrrd	$t0, KS_REFILLS
	addi.d	$t0, $t0, 1
	csrwr	$t0, KS_REFILLS
	csrrd	$t1, KS_SCRATCH
	csrrd	$t0, CSR_PGD
	lddir	$t0, $t0, 3
	lddir	$t0, $t0, 1
	ldpte	$t0, 0
	ldpte	$t0, 1
	tlbfill
	csrrd	$t0, CSR_TLBRSAVE
	ertn
report:
	csrrd	$t0, CSR_CRMD
	csrwr	$t0, KS_REFILL_CRMD
	csrrd	$t0, CSR_TLBRERA
	csrwr	$t0, KS_REFILL_ERA
	li.w	$t1, 1
	csrxchg	$zero, $t1, CSR_TLBRERA
	# Out of direct mode: a window with the physical addresses, for a moment.
	li.w	$t0, 0x11
	csrwr	$t0, CSR_DMW0
	li.w	$t0, 0xb0
	csrwr	$t0, CSR_CRMD
	la.pcrel $t0, 1f
	lu52i.d	$t0, $t0, 0x900 - 0x1000
	jr	$t0
1:	li.d	$t0, 0x8000000000000001
	csrwr	$t0, CSR_DMW0
	csrrd	$t1, KS_SCRATCH
	csrrd	$t0, CSR_TLBRSAVE
	csrwr	$a2, KS_A2
	ori	$a2, $zero, VECTOR_ROOT_REFILL
	b	exit_common

	# The same, but with GSTAT.PVM cleared before it returns.
	.balign	0x1000
	.globl	hv_refill_no_pvm
hv_refill_no_pvm:
	csrwr	$t0, CSR_TLBRSAVE
	li.w	$t0, GSTAT_PVM
	csrxchg	$zero, $t0, CSR_GSTAT
	csrrd	$t0, CSR_TLBRSAVE
	b	hv_refill
