/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guest.S - guest programs, position-independent, run at CODE_GPA with direct addresses.
 * They end with a store to 0x1f000000; results are in the registers at that exit.
 */
	.macro	program name
	.globl	g_\name, g_\name\()_end
	.p2align 2
g_\name:
	.endm
	.macro	program_end name
	lu12i.w	$t8, 0x1f000
	st.d	$a0, $t8, 0
g_\name\()_end:
	.endm

	.section .rodata

program spin
	b	g_spin
program_end spin

program count
1:	addi.d	$a0, $a0, 1
	b	1b
program_end count

program hvcl
	ori	$a0, $zero, 5
	ori	$a1, $zero, 7
	hvcl	0
program_end hvcl

/* a1: address; a2 holds what was read, and one more is written. */
program mmio
	ld.w	$a2, $a1, 0
	addi.d	$a3, $a2, 1
	st.h	$a3, $a1, 6
program_end mmio

program cpucfg
	ori	$a1, $zero, 2
	cpucfg	$a0, $a1
program_end cpucfg

program iocsr
	ori	$a1, $zero, 0x20
	iocsrrd.w $a0, $a1
	iocsrwr.d $a0, $a1
program_end iocsr

/* a1: TCFG; ECFG has TI and CRMD.IE is off, so idle only ends.  a0: ESTAT. */
program idle
	ori	$t0, $zero, 1
	slli.d	$t0, $t0, 11
	csrwr	$t0, 0x4
	csrwr	$a1, 0x41
	idle	0
	csrrd	$a0, 0x5
program_end idle

/* Until HWI0. */
program wait
	ori	$t0, $zero, 4
	csrwr	$t0, 0x4
	idle	0
program_end wait

program sleep
	csrwr	$zero, 0x4
1:	idle	0
	b	1b
program_end sleep

/* a1: bits of a double; FP and LSX on. */
program lsx
	ori	$t0, $zero, 3
	csrwr	$t0, 0x2
	movgr2fr.d $f1, $a1
	fadd.d	$f2, $f1, $f1
	vreplgr2vr.d $vr3, $a1
	vadd.d	$vr4, $vr3, $vr3
	vpickve2gr.d $a0, $vr4, 1
program_end lsx

program fp
	ori	$t0, $zero, 1
	csrwr	$t0, 0x2
	fadd.d	$f2, $f1, $f1
	movfr2gr.d $a0, $f2
program_end fp

/* a1: address to load from, then to store to. */
program touch
	ld.d	$a0, $a1, 0
	st.d	$a2, $a1, 0
program_end touch

/* a1: address to store to for ever. */
program store
1:	addi.d	$a0, $a0, 1
	st.d	$a0, $a1, 0
	b	1b
program_end store

program counter
	rdtime.d $a0, $a1
program_end counter

/* a1: address of code to go to. */
program jump
	jr	$a1
program_end jump
	.section .note.GNU-stack, "", @progbits
