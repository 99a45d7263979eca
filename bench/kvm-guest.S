/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/kvm-guest.S - the guest of bench/kvm.c: does what the command page says, tells the
 * host by a store to GUEST_DONE, and again.
 *
 * Runs in direct address mode, but for the work, which runs with paging on: 16 KiB pages in
 * three levels, walked by hardware if the host has that, else by software as Linux does it.
 * The tables map RAM at its own address, so that the mode can be changed anywhere.  The
 * handler of exceptions counts interrupts in s8.
 */
#include "kvm.h"

#define CSR_CRMD	0x0
#define CSR_ECFG	0x4
#define CSR_ESTAT	0x5
#define CSR_ERA		0x6
#define CSR_EENTRY	0xc
#define CSR_ASID	0x18
#define CSR_PGDL	0x19
#define CSR_PGD		0x1b
#define CSR_PWCL	0x1c
#define CSR_PWCH	0x1d
#define CSR_STLBPS	0x1e
#define CSR_SAVE0	0x30
#define CSR_TCFG	0x41
#define CSR_TICLR	0x44
#define CSR_TLBRENTRY	0x88
#define CSR_TLBRSAVE	0x8b

#define DIR3		((GUEST_PAGE_BITS + 2 * GUEST_DIR_BITS) | GUEST_DIR_BITS << 6)
#define WALKER_BIT	24

#define DIRECT		0x8
#define PAGED		0xb0
#define INTERRUPTS	0x4
#define TIMER_BIT	0x800

	.section guest, "ax"
	.globl guest_start
	.p2align 14
guest_start:
	la.pcrel $t0, vector
	csrwr	$t0, CSR_EENTRY
	la.pcrel $t0, refill
	csrwr	$t0, CSR_TLBRENTRY
	li.w	$t0, TIMER_BIT
	csrwr	$t0, CSR_ECFG
	li.w	$t0, 1
	csrwr	$t0, CSR_ASID
	li.d	$t0, GUEST_TABLES
	csrwr	$t0, CSR_PGDL
	/* Last level at bit 14, the first directory above it, the third above that. */
	li.w	$t0, GUEST_PAGE_BITS | GUEST_DIR_BITS << 5 | \
		(GUEST_PAGE_BITS + GUEST_DIR_BITS) << 10 | GUEST_DIR_BITS << 15
	csrwr	$t0, CSR_PWCL
	li.w	$t0, DIR3
	csrwr	$t0, CSR_PWCH
	li.w	$t0, GUEST_PAGE_BITS
	csrwr	$t0, CSR_STLBPS
	li.d	$sp, GUEST_STACK
	li.d	$s0, GUEST_COMMAND
	li.d	$s1, GUEST_DONE
	li.d	$s2, GUEST_DEVICE
1:	st.w	$zero, $s1, 0
	ld.d	$t0, $s0, COMMAND_OP
	ld.d	$s3, $s0, COMMAND_N
	la.pcrel $t1, ops
	slli.d	$t0, $t0, 2
	add.d	$t1, $t1, $t0
	rdtime.d $s4, $zero
	jirl	$ra, $t1, 0
	rdtime.d $t0, $zero
	sub.d	$t0, $t0, $s4
	st.d	$t0, $s0, COMMAND_TICKS
	b	1b

ops:	b	op_hvcl
	b	op_store
	b	op_load
	b	op_iocsr
	b	op_cpucfg
	b	op_touch
	b	op_timer
	b	op_syscall
	b	op_invtlb
	b	op_work

	/* KVM knows no service of this number and says so. */
op_hvcl:
	li.w	$a0, 0x7f
	hvcl	0x100
	addi.d	$s3, $s3, -1
	bnez	$s3, op_hvcl
	ret

op_store:
	st.w	$s3, $s2, 0
	addi.d	$s3, $s3, -1
	bnez	$s3, op_store
	ret

op_load:
	ld.w	$t0, $s2, 0
	addi.d	$s3, $s3, -1
	bnez	$s3, op_load
	ret

op_iocsr:
	li.w	$t1, 0x420
1:	iocsrrd.w $t0, $t1
	addi.d	$s3, $s3, -1
	bnez	$s3, 1b
	ret

op_cpucfg:
	li.w	$t1, 2
1:	cpucfg	$t0, $t1
	addi.d	$s3, $s3, -1
	bnez	$s3, 1b
	ret

	/* One word of each page, from COMMAND_ADDR on. */
op_touch:
	ld.d	$t1, $s0, COMMAND_ADDR
	li.d	$t2, 1 << GUEST_PAGE_BITS
1:	st.d	$s3, $t1, 0
	add.d	$t1, $t1, $t2
	addi.d	$s3, $s3, -1
	bnez	$s3, 1b
	ret

op_timer:
	li.w	$t0, INTERRUPTS
	csrxchg	$t0, $t0, CSR_CRMD
	move	$s8, $zero
1:	move	$t1, $s8
	li.w	$t0, 4 | 1
	csrwr	$t0, CSR_TCFG
2:	beq	$t1, $s8, 2b
	bne	$s8, $s3, 1b
	li.w	$t0, INTERRUPTS
	csrxchg	$zero, $t0, CSR_CRMD
	ret

op_syscall:
	syscall	0
	addi.d	$s3, $s3, -1
	bnez	$s3, op_syscall
	ret

	/* As a kernel does when it takes a page from one of its programs. */
op_invtlb:
	li.w	$t0, 2
	li.d	$t1, GUEST_BUFFER
1:	invtlb	5, $t0, $t1
	addi.d	$s3, $s3, -1
	bnez	$s3, 1b
	ret

op_work:
	move	$s5, $ra
	ld.d	$t0, $s0, COMMAND_WALKER
	slli.d	$t0, $t0, WALKER_BIT
	li.w	$t1, DIR3
	or	$t0, $t0, $t1
	csrwr	$t0, CSR_PWCH
	li.w	$t0, PAGED
	csrwr	$t0, CSR_CRMD
	ld.d	$a0, $s0, COMMAND_KIND
	move	$a1, $s3
	ld.d	$a2, $s0, COMMAND_ADDR
	ld.d	$a3, $s0, COMMAND_BYTES
	bl	work_run
	st.d	$a0, $s0, COMMAND_SUM
	li.w	$t0, DIRECT
	csrwr	$t0, CSR_CRMD
	move	$ra, $s5
	ret

	.p2align 12
vector:
	csrwr	$t0, CSR_SAVE0
	csrrd	$t0, CSR_ESTAT
	srli.d	$t0, $t0, 16
	bnez	$t0, 1f
	li.w	$t0, 1
	csrwr	$t0, CSR_TICLR
	addi.d	$s8, $s8, 1
	csrrd	$t0, CSR_SAVE0
	ertn
1:	addi.d	$t0, $t0, -0xb
	bnez	$t0, 2f
	csrrd	$t0, CSR_ERA
	addi.d	$t0, $t0, 4
	csrwr	$t0, CSR_ERA
	csrrd	$t0, CSR_SAVE0
	ertn
	/* Nothing else may happen: the host sees a read of where it ended. */
2:	li.w	$t0, DIRECT
	csrwr	$t0, CSR_CRMD
	ld.w	$t0, $s1, 0
	b	2b

	.p2align 12
refill:
	csrwr	$t0, CSR_TLBRSAVE
	csrrd	$t0, CSR_PGD
	lddir	$t0, $t0, 3
	lddir	$t0, $t0, 1
	ldpte	$t0, 0
	ldpte	$t0, 1
	tlbfill
	csrrd	$t0, CSR_TLBRSAVE
	ertn
