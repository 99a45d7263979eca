/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/isa/vecdiff_guest.c - the LoongArch side: runs each instruction word of a file on
 * inputs of vecdiff.h and writes what the registers are afterwards.
 *
 * usage: vecdiff_guest WORDS SETS SEED > RESULTS
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "vecdiff.h"

/* Loads the registers from @s, calls @code, and stores them back. */
void vd_run(struct vd_state *s, const void *code);

#define XV(n, op) #op " $xr" #n ", $s0, " #n " * 32\n"
#define XVS(op) XV(0, op) XV(1, op) XV(2, op) XV(3, op) XV(4, op) XV(5, op) XV(6, op) XV(7, op)
#define FCC_IN(n) "ld.bu $t0, $s0, 288 + " #n "\n movgr2cf $fcc" #n ", $t0\n"
#define FCC_OUT(n) "movcf2gr $t4, $fcc" #n "\n st.b $t4, $s0, 288 + " #n "\n"

_Static_assert(__builtin_offsetof(struct vd_state, gpr) == 256, "used by the assembly");
_Static_assert(__builtin_offsetof(struct vd_state, fcc) == 288, "used by the assembly");
_Static_assert(__builtin_offsetof(struct vd_state, fcsr) == 296, "used by the assembly");

__asm__(".text\n.globl vd_run\nvd_run:\n"
	"addi.d $sp, $sp, -32\n"
	"st.d $ra, $sp, 0\n st.d $s0, $sp, 8\n st.d $s1, $sp, 16\n"
	"move $s0, $a0\n move $s1, $a1\n"
	XVS(xvld)
	FCC_IN(0) FCC_IN(1) FCC_IN(2) FCC_IN(3) FCC_IN(4) FCC_IN(5) FCC_IN(6) FCC_IN(7)
	"ld.wu $t0, $s0, 296\n movgr2fcsr $fcsr0, $t0\n"
	"ld.d $t0, $s0, 256\n ld.d $t1, $s0, 264\n ld.d $t2, $s0, 272\n ld.d $t3, $s0, 280\n"
	"jirl $ra, $s1, 0\n"
	"st.d $t0, $s0, 256\n st.d $t1, $s0, 264\n st.d $t2, $s0, 272\n st.d $t3, $s0, 280\n"
	"movfcsr2gr $t4, $fcsr0\n st.w $t4, $s0, 296\n"
	"movgr2fcsr $fcsr0, $zero\n"
	FCC_OUT(0) FCC_OUT(1) FCC_OUT(2) FCC_OUT(3) FCC_OUT(4) FCC_OUT(5) FCC_OUT(6) FCC_OUT(7)
	XVS(xvst)
	"ld.d $ra, $sp, 0\n ld.d $s0, $sp, 8\n ld.d $s1, $sp, 16\n"
	"addi.d $sp, $sp, 32\n"
	"jr $ra\n");

#define JR_RA 0x4c000020u

int main(int argc, char **argv)
{
	FILE *f = argc == 4 ? fopen(argv[1], "rb") : NULL;
	uint32_t word, *code;
	unsigned long nwords = 0;
	const unsigned int sets = f ? (unsigned int)atoi(argv[2]) : 0;
	const uint64_t seed = f ? strtoull(argv[3], NULL, 0) : 0;

	if (!f)
		return 2;
	fseek(f, 0, SEEK_END);
	code = mmap(NULL, 2 * ftell(f) + 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (code == MAP_FAILED)
		return 2;
	rewind(f);
	for (; fread(&word, 4, 1, f) == 1; nwords++) {
		code[2 * nwords] = word;
		code[2 * nwords + 1] = JR_RA;
	}
	__asm__ volatile("ibar 0" ::: "memory");
	for (unsigned long i = 0; i < nwords; i++) {
		for (unsigned int j = 0; j < sets; j++) {
			struct vd_state s __attribute__((aligned(32)));

			vd_fill(&s, vd_seed(seed, i, j));
			vd_run(&s, &code[2 * i]);
			if (fwrite(&s, sizeof(s), 1, stdout) != 1)
				return 2;
		}
	}
	return fflush(stdout) ? 2 : 0;
}
