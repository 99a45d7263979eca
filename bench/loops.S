/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loops that are measured. Each is a function (a0 = iterations, a1 = 64 KiB
 * of memory, aligned to its size) and each names how many instructions one
 * iteration executes; LOOP_NAME_insns is read by main.c. They may change every
 * register that a C caller does not expect to survive.
 */

	.macro	LOOP name, insns
	.globl	loop_\name
	.globl	loop_\name\()_insns
	.equ	loop_\name\()_insns, \insns
	.balign	4096
loop_\name:
	.endm

	.macro	LOOP_END
	addi.d	$a0, $a0, -1
	bnez	$a0, 1b
	ret
	.endm

	.text

/* Independent integer operations: the ceiling of an engine. */
	LOOP	alu, 10
	li.d	$t1, 0x123456789
	li.d	$t2, 0x987654321
1:	add.d	$t3, $t1, $t2
	xor	$t4, $t1, $t2
	slli.d	$t5, $t1, 7
	add.w	$t6, $t1, $t2
	sub.d	$t7, $t1, $t2
	and	$t8, $t1, $t2
	or	$a2, $t1, $t2
	sltu	$a3, $t1, $t2
	LOOP_END

/* Each operation waits for the one before. */
	LOOP	dependent, 10
	li.d	$t1, 0x123456789
	li.d	$t2, 0x987654321
1:	add.d	$t1, $t1, $t2
	xor	$t1, $t1, $t2
	addi.d	$t1, $t1, 13
	add.d	$t1, $t1, $t2
	xor	$t1, $t1, $t2
	addi.d	$t1, $t1, 17
	add.d	$t1, $t1, $t2
	xor	$t1, $t1, $t2
	LOOP_END

/*
 * Four loads and two stores, over and over one 16 KiB page. Counted in steps of
 * 32 bytes, so the number of iterations is rounded up to whole pages.
 */
	LOOP	memory, 12
	li.d	$t1, 0x4000
	add.d	$a5, $a1, $t1
2:	move	$a4, $a1
1:	ld.d	$t3, $a4, 0
	ld.d	$t4, $a4, 8
	ld.w	$t5, $a4, 16
	ld.bu	$t6, $a4, 20
	add.d	$t7, $t3, $t4
	add.d	$t8, $t5, $t6
	addi.d	$a3, $t8, 1
	st.d	$t7, $a4, 0
	st.w	$a3, $a4, 16
	xor	$a2, $t7, $t8
	addi.d	$a4, $a4, 32
	bltu	$a4, $a5, 1b
	addi.d	$a0, $a0, -512
	blt	$zero, $a0, 2b
	ret

/* A load whose address is what the load before it read; main.c lays the ring. */
	LOOP	chase, 3
	move	$a4, $a1
1:	ld.d	$a4, $a4, 0
	LOOP_END

/* To another page and back by register. */
	LOOP	farjump, 5
1:	addi.d	$a0, $a0, -1
	pcaddi	$t1, 2
	b	far_target
	bnez	$a0, 1b
	ret
	.balign	4096
	nop
	.space	4096
far_target:
	jirl	$zero, $t1, 0

/* Call and return with a use of the stack, as compiled code does. */
	LOOP	call, 9
	move	$t8, $ra
1:	bl	call_target
	addi.d	$a0, $a0, -1
	bnez	$a0, 1b
	jirl	$zero, $t8, 0
call_target:
	addi.d	$sp, $sp, -16
	st.d	$ra, $sp, 8
	add.d	$t1, $t1, $a0
	ld.d	$ra, $sp, 8
	addi.d	$sp, $sp, 16
	ret

/* Branches that a pattern of 64 bits decides: half of them are taken. */
	LOOP	branch, 9
	li.d	$t1, 0x9d2c5680efc6a1b3
1:	rotri.d	$t1, $t1, 1
	andi	$t2, $t1, 1
	beqz	$t2, 2f
	addi.d	$t3, $t3, 1
2:	rotri.d	$t1, $t1, 1
	andi	$t2, $t1, 1
	beqz	$t2, 3f
	addi.d	$t4, $t4, 1
3:	LOOP_END

	LOOP	bits, 8
	li.d	$t1, 0x123456789abcdef0
1:	clz.d	$t2, $t1
	revb.d	$t3, $t1
	bstrpick.d $t4, $t1, 40, 9
	bstrins.d $t5, $t1, 20, 5
	ext.w.h	$t6, $t1
	rotri.d	$t7, $t1, 11
	LOOP_END

	LOOP	muldiv, 6
	li.d	$t1, 0x123456789abcdef0
	li.d	$t2, 0x1234567
1:	mul.d	$t3, $t1, $t2
	mulh.d	$t4, $t1, $t2
	div.d	$t5, $t1, $t2
	mod.du	$t6, $t1, $t2
	LOOP_END

/* Sums that are not exact, so that rounding is done each time. */
	LOOP	fp, 6
	li.d	$t1, 3
	movgr2fr.d $f0, $t1
	ffint.d.l $f0, $f0
	li.d	$t1, 7
	movgr2fr.d $f1, $t1
	ffint.d.l $f1, $f1
	fdiv.d	$f0, $f0, $f1			/* 3/7 */
	frecip.d $f1, $f1			/* 1/7 */
	fmov.d	$f3, $f0
1:	fadd.d	$f2, $f0, $f1
	fmul.d	$f4, $f0, $f1
	fmadd.d	$f5, $f0, $f1, $f3
	fsub.d	$f6, $f0, $f1
	LOOP_END

	LOOP	fpdiv, 7
	li.d	$t1, 3
	movgr2fr.d $f0, $t1
	ffint.d.l $f0, $f0
	li.d	$t1, 7
	movgr2fr.d $f1, $t1
	ffint.d.l $f1, $f1
1:	fdiv.d	$f2, $f0, $f1
	fsqrt.d	$f3, $f0
	fcvt.s.d $f4, $f0
	fcmp.clt.d $fcc0, $f0, $f1
	movcf2gr $t3, $fcc0
	LOOP_END

/* Between integers and both formats, with rounding. */
	LOOP	fpconv, 7
	li.d	$t1, 1234567
	movgr2fr.d $f0, $t1
	ffint.d.l $f1, $f0
1:	ffint.d.l $f2, $f0
	ftintrz.l.d $f3, $f1
	fcvt.s.d $f4, $f1
	frint.d	$f5, $f1
	movfr2gr.d $t3, $f3
	LOOP_END

	LOOP	lsx, 6
	vreplgr2vr.w $vr0, $a0
	vreplgr2vr.w $vr1, $a1
	li.w	$t1, 0x3eaaaaab
	vreplgr2vr.w $vr2, $t1
	li.w	$t1, 0x3e124925
	vreplgr2vr.w $vr3, $t1
1:	vadd.w	$vr4, $vr0, $vr1
	vxor.v	$vr5, $vr0, $vr1
	vmul.h	$vr6, $vr0, $vr1
	vfadd.s	$vr7, $vr2, $vr3
	LOOP_END

/* Vector arithmetic on four and two elements, with inexact results. */
	LOOP	lsxfp, 6
	li.w	$t1, 0x3eaaaaab
	vreplgr2vr.w $vr0, $t1
	li.w	$t1, 0x3e124925
	vreplgr2vr.w $vr1, $t1
	li.d	$t1, 0x3fd5555555555555
	vreplgr2vr.d $vr2, $t1
	li.d	$t1, 0x3fc2492492492492
	vreplgr2vr.d $vr3, $t1
1:	vfmul.s	$vr4, $vr0, $vr1
	vfmadd.s $vr5, $vr0, $vr1, $vr1
	vfadd.d	$vr6, $vr2, $vr3
	vfdiv.d	$vr7, $vr2, $vr3
	LOOP_END

/* The loops above in 256 bits. */
	LOOP	lasx, 6
	xvreplgr2vr.w $xr0, $a0
	xvreplgr2vr.w $xr1, $a1
	li.w	$t1, 0x3eaaaaab
	xvreplgr2vr.w $xr2, $t1
	li.w	$t1, 0x3e124925
	xvreplgr2vr.w $xr3, $t1
1:	xvadd.w	$xr4, $xr0, $xr1
	xvxor.v	$xr5, $xr0, $xr1
	xvmul.h	$xr6, $xr0, $xr1
	xvfadd.s $xr7, $xr2, $xr3
	LOOP_END

	LOOP	lsxmem, 8
1:	vld	$vr0, $a1, 0
	vld	$vr1, $a1, 16
	vslt.bu	$vr2, $vr0, $vr1
	vbitsel.v $vr3, $vr0, $vr1, $vr2
	vst	$vr3, $a1, 32
	vseteqz.v $fcc0, $vr2
	LOOP_END

	LOOP	atomics, 5
1:	amadd.d	$t2, $a0, $a1
	ll.d	$t3, $a1, 0
	sc.d	$t3, $a1, 0
	LOOP_END

	LOOP	barrier, 4
1:	dbar	0
	dbar	0x700
	LOOP_END

	LOOP	csr, 5
	li.w	$t3, 0xff
1:	csrrd	$t1, 0x31
	csrwr	$t1, 0x31
	csrxchg	$t2, $t3, 0x32
	LOOP_END

	LOOP	rdtime, 3
1:	rdtime.d $t1, $t2
	LOOP_END

	LOOP	cpucfg, 3
	li.w	$t2, 2
1:	cpucfg	$t1, $t2
	LOOP_END

/* The exception, the ten instructions of its handler (start.S) and the loop. */
	LOOP	syscall, 13
1:	syscall	0
	LOOP_END

/* A device register: the serial port's scratch register. */
	LOOP	mmio, 3
	li.d	$t2, 0x800000001fe001e7
1:	ld.bu	$t1, $t2, 0
	LOOP_END

	LOOP	iocsr, 3
	li.w	$t2, 0x20
1:	iocsrrd.d $t1, $t2
	LOOP_END
