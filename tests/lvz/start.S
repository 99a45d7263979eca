/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start.S - the Image header (Linux Documentation/arch/loongarch/booting.rst, PE/COFF) and
 * the way from the loader to kit_main() in C.
 *
 * The kit runs where it is linked, at physical 2 MiB; loaded elsewhere it moves itself.
 * Two windows serve its addresses: 0x9... cached, 0x8... uncached for devices.
 */
#include "csr.h"

	.section .head, "ax"
	.globl	head
head:
	.ascii	"MZ"
	.balign	8
	.dword	entry - head + 0x200000		# 0x08
	.dword	bss_end - head			# 0x10
	.dword	0x200000			# 0x18
	.dword	0, 0, 0
	.word	0x818223cd			# 0x38
	.word	pe - head
pe:
	.ascii	"PE\0\0"
	.half	0x6264, 1			# LoongArch64, one section
	.word	0, 0, 0
	.half	section - optional, 0x206
optional:
	.half	0x20b, 0x0214			# PE32+
	.word	file_end - code, 0, 0
	.word	efi_entry - head, code - head
	.dword	0
	.word	0x1000, 0x1000			# alignment in memory, in the file
	.half	0, 0, 0, 0, 0, 0
	.word	0
	.word	bss_end - head, code - head, 0
	.half	10, 0				# an EFI application
	.dword	0, 0, 0, 0
	.word	0, 6
	.dword	0, 0, 0, 0, 0, 0
section:
	.ascii	".kit\0\0\0\0"
	.word	bss_end - code, code - head, file_end - code, code - head
	.word	0, 0
	.half	0, 0
	.word	0xe0000060			# code and data, all rights

	.org	0x1000
code:
	.globl	entry
entry:
	# a0 to a2 are the loader's: 1, command line, EFI system table.
	csrwr	$zero, CSR_ECFG
	li.d	$t0, 0x9000000000000011
	csrwr	$t0, CSR_DMW1
	li.d	$t0, 0x8000000000000001
	csrwr	$t0, CSR_DMW0
	csrwr	$zero, CSR_DMW2
	csrwr	$zero, CSR_DMW3
	# t1: where it is, t2: where it should be, t3: bytes
	la.pcrel $t1, head
	bstrpick.d $t1, $t1, 47, 0
	li.d	$t2, 0x9000000000200000
	lu52i.d	$t1, $t1, 0x900 - 0x1000
	la.pcrel $t3, file_end
	la.pcrel $t4, head
	sub.d	$t3, $t3, $t4
	la.pcrel $t4, 1f
	la.pcrel $t5, head
	sub.d	$t4, $t4, $t5
	add.d	$t5, $t4, $t1
	jirl	$zero, $t5, 0			# into the window; direct mode drops its bits
1:	li.d	$t0, 0xb0
	csrwr	$t0, CSR_CRMD
	beq	$t1, $t2, 3f
	# Upwards or downwards, so that overlapping places do no harm.
	bltu	$t1, $t2, 4f
	move	$t4, $zero
2:	ldx.d	$t5, $t1, $t4
	stx.d	$t5, $t2, $t4
	addi.d	$t4, $t4, 8
	bltu	$t4, $t3, 2b
	b	3f
4:	addi.d	$t3, $t3, -8
	ldx.d	$t5, $t1, $t3
	stx.d	$t5, $t2, $t3
	bnez	$t3, 4b
3:	ibar	0
	li.d	$t5, 0x9000000000200000
	la.pcrel $t4, 5f
	la.pcrel $t0, head
	sub.d	$t4, $t4, $t0
	add.d	$t4, $t4, $t5
	jirl	$zero, $t4, 0
5:	la.pcrel $t0, bss
	la.pcrel $t1, bss_end
6:	st.d	$zero, $t0, 0
	addi.d	$t0, $t0, 8
	bltu	$t0, $t1, 6b
	la.pcrel $sp, stack_end
	move	$fp, $zero
	bl	kit_main
7:	idle	0
	b	7b

	# Started by firmware: a0 is the image's handle, a1 the system table.
efi_entry:
	addi.d	$sp, $sp, -32
	st.d	$ra, $sp, 0
	st.d	$a1, $sp, 8
	bl	efi_leave
	ld.d	$a2, $sp, 8
	move	$a1, $a0			# the command line it found, or 0
	li.w	$a0, 1
	b	entry

	.section .bss
	.balign	16
	.space	0x8000
stack_end:
