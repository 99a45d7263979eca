/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kvm-load-guest.S - what runs in the guests of kvm-load.c: each round touches every page,
 * keeps values in FP, LSX and LASX registers, uses LL and SC, and exits in several ways.
 */
	.text
	.globl	_start
_start:
	li.w	$t0, 7
	csrwr	$t0, 0x2		/* EUEN */
	li.d	$s0, 0x1fe001e0		/* MMIO: a word for each round */
	li.d	$t3, 0x4000
	li.w	$s2, 0
1:	li.d	$t1, 0x100000
	li.d	$t2, 0x400000
	movgr2fr.d	$fa0, $s2
	ffint.d.l	$fa0, $fa0
	vreplgr2vr.d	$vr1, $s2
	xvreplgr2vr.d	$xr2, $s2
2:	ld.d	$t4, $t1, 0
	addi.d	$t4, $t4, 1
	st.d	$t4, $t1, 0
	fadd.d	$fa0, $fa0, $fa0
	vadd.d	$vr1, $vr1, $vr1
	xvadd.d	$xr2, $xr2, $xr2
	fst.d	$fa0, $t1, 8
	vst	$vr1, $t1, 16
	xvst	$xr2, $t1, 32
	addi.d	$t5, $t1, 64
3:	ll.d	$t6, $t5, 0
	addi.d	$t6, $t6, 1
	sc.d	$t6, $t5, 0
	beqz	$t6, 3b
	add.d	$t1, $t1, $t3
	bltu	$t1, $t2, 2b
	/* Pages that come and go; plain accesses, as those of a hole are emulated. */
	li.d	$t1, 0x800000
	li.d	$t2, 0x900000
4:	ld.d	$t4, $t1, 0
	addi.d	$t4, $t4, 1
	st.d	$t4, $t1, 0
	add.d	$t1, $t1, $t3
	bltu	$t1, $t2, 4b
	addi.d	$s2, $s2, 1
	cpucfg	$t6, $zero
	li.d	$a0, 1
	hvcl	0x100
	st.w	$s2, $s0, 0
	ld.w	$t6, $s0, 8
	b	1b
