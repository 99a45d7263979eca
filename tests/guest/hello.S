/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The smallest guest: writes a line to the serial port and turns the machine off.  It stays
 * in direct-address mode.
 */
	.equ	UART, 0x1fe001e0
	.equ	SLEEP_CONTROL, 0x100e001c
	.equ	S5, 0x34

	.section .text.start, "ax"
	.globl	_start
_start:
	li.w	$a0, UART
	la.pcrel $a1, line
1:	ld.bu	$a2, $a1, 0
	beqz	$a2, 2f
	st.b	$a2, $a0, 0
	addi.d	$a1, $a1, 1
	b	1b
2:	li.w	$a0, SLEEP_CONTROL
	li.w	$a1, S5
	st.b	$a1, $a0, 0
3:	idle	0
	b	3b

	.section .rodata
line:	.asciz	"hello\n"
