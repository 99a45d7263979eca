/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry of the bare-metal measuring program, and its exception vector.
 *
 * A loader enters in direct-address mode at the physical address, while the
 * program is linked at the cached window 0x9000... . The jump there comes first,
 * since direct-address mode ignores the high bits: then the program counter is
 * good in both modes when paging is turned on.
 */

#define CSR_CRMD	0x0
#define CSR_EUEN	0x2
#define CSR_ECFG	0x4
#define CSR_ESTAT	0x5
#define CSR_ERA		0x6
#define CSR_EENTRY	0xc
#define CSR_SAVE0	0x30
#define CSR_DMW0	0x180
#define CSR_DMW1	0x181

	.section .text.start, "ax"
	.globl _start
_start:
	li.d	$t0, 0x8000000000000001		/* uncached: devices */
	csrwr	$t0, CSR_DMW0
	li.d	$t0, 0x9000000000000011		/* cached: memory */
	csrwr	$t0, CSR_DMW1
	li.d	$t0, 0x9000000000000000
	pcaddi	$t1, 0
	or	$t0, $t0, $t1
	jirl	$zero, $t0, 12
	li.w	$t0, 0xb0			/* PLV0, no interrupts, paging */
	csrwr	$t0, CSR_CRMD
	csrwr	$zero, CSR_ECFG
	la.pcrel $t0, vector
	csrwr	$t0, CSR_EENTRY
	la.pcrel $sp, stack_top
	bl	bench_main
1:	idle	0
	b	1b

	.section .text.vector, "ax"
	.balign	4096
vector:
	/* A system call is the one exception that is measured: keep it short. */
	csrwr	$t0, CSR_SAVE0
	csrrd	$t0, CSR_ESTAT
	srli.d	$t0, $t0, 16
	addi.d	$t0, $t0, -0xb
	bnez	$t0, 1f
	csrrd	$t0, CSR_ERA
	addi.d	$t0, $t0, 4
	csrwr	$t0, CSR_ERA
	csrrd	$t0, CSR_SAVE0
	ertn
1:	csrrd	$a0, CSR_ESTAT
	csrrd	$a1, CSR_ERA
	csrrd	$a2, 0x7			/* BADV */
	la.pcrel $sp, stack_top
	bl	bench_exception
2:	idle	0
	b	2b

	.bss
	.balign	16
	.space	16384
stack_top:
