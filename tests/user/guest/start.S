/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start.S - the first stack and the exit status, without a C library.
 *
 * Checks that sp is aligned, argc is 2, argv and the environment end in null pointers and
 * AT_ENTRY in auxv names _start; says whether, exits with the last character of argv[1].
 */
#define SYS_write 64
#define SYS_exit_group 94
#define AT_ENTRY 9

	.section .rodata
good_text:
	.ascii	"stack and auxv are as Linux has them\n"
	.set	good_len, . - good_text
bad_text:
	.ascii	"stack or auxv is wrong\n"
	.set	bad_len, . - bad_text

	.text
	.globl	_start
_start:
	andi	$t0, $sp, 15
	bnez	$t0, bad
	ld.d	$s0, $sp, 0		/* argc */
	addi.d	$s1, $sp, 8		/* argv */
	ori	$t0, $zero, 2
	bne	$s0, $t0, bad

	/* argv[argc] is the null pointer; the environment and auxv follow. */
	alsl.d	$s2, $s0, $s1, 3
	ld.d	$t0, $s2, 0
	bnez	$t0, bad
	addi.d	$s2, $s2, 8
1:	ld.d	$t0, $s2, 0
	addi.d	$s2, $s2, 8
	bnez	$t0, 1b

	ori	$t2, $zero, AT_ENTRY
2:	ld.d	$t0, $s2, 0
	ld.d	$t1, $s2, 8
	addi.d	$s2, $s2, 16
	beqz	$t0, bad
	bne	$t0, $t2, 2b
	la.local $t0, _start
	bne	$t0, $t1, bad

	la.local $a1, good_text
	ori	$a2, $zero, good_len
	bl	say
	ld.d	$t0, $s1, 8
3:	ld.bu	$a0, $t0, 0
	addi.d	$t0, $t0, 1
	beqz	$a0, 4f
	move	$s3, $a0
	b	3b
4:	move	$a0, $s3
	b	exit

bad:	la.local $a1, bad_text
	ori	$a2, $zero, bad_len
	bl	say
	ori	$a0, $zero, 1
exit:	ori	$a7, $zero, SYS_exit_group
	syscall	0

say:	ori	$a0, $zero, 1
	ori	$a7, $zero, SYS_write
	syscall	0
	jr	$ra
