/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/diff/image.c - the program around the programs, in machine words: loads and saves
 * state, hashes, handles signals; and the ELF file.
 */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "diff.h"

#define NR_WRITE 64
#define NR_EXIT_GROUP 94
#define NR_SIGALTSTACK 132
#define NR_RT_SIGACTION 134

#define SA_FLAGS 0x48000004u		/* SA_SIGINFO | SA_ONSTACK | SA_NODEFER */
#define UCONTEXT_PC 176			/* of uc_mcontext.sc_pc */
#define SIGINFO_CODE 8
#define SIGINFO_ADDR 16

/* Signals as Linux has them; what QEMU sends instead of SEGV_BNDERR. */
enum { S_ILL = 4, S_TRAP = 5, S_BUS = 7, S_FPE = 8, S_SEGV = 11, S_SYS = 31 };
#define BNDERR 3

/* In DT_VARS. */
enum { VAR_NEXT = 0, VAR_LAST = 8, VAR_OUT = 16, VAR_CODE = 24, VAR_ACTION = 64,
       VAR_ALTSTACK = 128 };

enum { RA = 1, A0 = 4, A1, A2, A3, A4, A5, A6, A7, T0, T1, T2, T3, T4, T5, T6, T7, T8 };

struct out {
	uint32_t *word;
	unsigned int n;
};

static void put(struct out *o, uint32_t word)
{
	o->word[o->n++] = word;
}

static void li(struct out *o, unsigned int reg, uint64_t v)
{
	put(o, la_enc_lu12i_w(reg, (int32_t)(v >> 12)));
	put(o, la_enc_ori(reg, reg, v & 0xfff));
}

static int32_t distance(const struct out *o, unsigned int to)
{
	return ((int32_t)to - (int32_t)o->n) * 4;
}

static void call(struct out *o, unsigned int nr)
{
	put(o, la_enc_addi_d(A7, 0, (int32_t)nr));
	put(o, la_enc_syscall(0));
}

static void write_out(struct out *o, uint64_t from, uint64_t len)
{
	put(o, la_enc_addi_d(A0, 0, 1));
	li(o, A1, from);
	li(o, A2, len);
	call(o, NR_WRITE);
}

/* Copies @len bytes, a multiple of 16, from address T0 to T1. */
static void copy(struct out *o, unsigned int len)
{
	unsigned int top;

	put(o, la_enc_ori(T2, 0, len / 16));
	top = o->n;
	put(o, la_enc_ld_d(T3, T0, 0));
	put(o, la_enc_ld_d(T4, T0, 8));
	put(o, la_enc_st_d(T3, T1, 0));
	put(o, la_enc_st_d(T4, T1, 8));
	put(o, la_enc_addi_d(T0, T0, 16));
	put(o, la_enc_addi_d(T1, T1, 16));
	put(o, la_enc_addi_d(T2, T2, -1));
	put(o, la_enc_bnez(T2, distance(o, top)));
}

/* Adds T2 doublewords from address T0 to the hash in A0; T4 is the multiplier. */
static void hash(struct out *o)
{
	const unsigned int top = o->n;

	put(o, la_enc_ld_d(T3, T0, 0));
	put(o, la_enc_xor(A0, A0, T3));
	put(o, la_enc_mul_d(A0, A0, T4));
	put(o, la_enc_rotri_d(A0, A0, 29));
	put(o, la_enc_addi_d(T0, T0, 8));
	put(o, la_enc_addi_d(T2, T2, -1));
	put(o, la_enc_bnez(T2, distance(o, top)));
}

static void start(struct out *o, uint64_t handler)
{
	static const uint8_t signals[] = { S_ILL, S_TRAP, S_BUS, S_FPE, S_SEGV, S_SYS };

	li(o, T0, DT_VARS);
	li(o, T1, handler);
	put(o, la_enc_st_d(T1, T0, VAR_ACTION));
	li(o, T1, SA_FLAGS);
	put(o, la_enc_st_d(T1, T0, VAR_ACTION + 8));
	li(o, T1, DT_STACK);
	put(o, la_enc_st_d(T1, T0, VAR_ALTSTACK));
	li(o, T1, DT_END - DT_STACK);
	put(o, la_enc_st_d(T1, T0, VAR_ALTSTACK + 16));
	for (unsigned int i = 0; i < sizeof(signals); i++) {
		put(o, la_enc_addi_d(A0, 0, signals[i]));
		li(o, A1, DT_VARS + VAR_ACTION);
		put(o, la_enc_or(A2, 0, 0));
		put(o, la_enc_addi_d(A3, 0, 8));
		call(o, NR_RT_SIGACTION);
	}
	li(o, A0, DT_VARS + VAR_ALTSTACK);
	put(o, la_enc_or(A1, 0, 0));
	call(o, NR_SIGALTSTACK);
}

/* Jumps to the next program with its registers; ends when there is none. */
static void load(struct out *o, const struct dt_image *img)
{
	unsigned int branch;

	li(o, T0, DT_VARS);
	put(o, la_enc_ld_d(T1, T0, VAR_NEXT));
	put(o, la_enc_ld_d(T2, T0, VAR_LAST));
	put(o, la_enc_addi_d(T3, T1, sizeof(struct dt_desc)));
	put(o, la_enc_st_d(T3, T0, VAR_NEXT));
	put(o, la_enc_ld_d(DT_CTX_REG, T1, offsetof(struct dt_desc, code)));
	put(o, la_enc_ld_d(A0, T1, offsetof(struct dt_desc, input)));
	branch = o->n;
	put(o, 0);
	write_out(o, DT_OUT, img->is_dump ? 0 : 8 * img->ndescs);
	put(o, la_enc_or(A0, 0, 0));
	call(o, NR_EXIT_GROUP);
	o->word[branch] = la_enc_bne(T1, T2, 4 * (int32_t)(o->n - branch));
	put(o, la_enc_addi_d(T0, A0, offsetof(struct dt_input, sandbox)));
	li(o, T1, DT_SANDBOX);
	if (img->has_memory)
		copy(o, DT_SANDBOX_BYTES);
	li(o, T0, DT_LOG);
	put(o, la_enc_st_d(0, T0, 0));
	put(o, la_enc_ld_w(T0, A0, offsetof(struct dt_state, fcsr)));
	put(o, la_enc_movgr2fcsr(0, T0));
	for (unsigned int i = 0; i < 8; i++) {
		put(o, la_enc_ld_bu(T0, A0, offsetof(struct dt_state, fcc) + (int32_t)i));
		put(o, la_enc_movgr2cf(i, T0));
	}
	for (unsigned int i = 0; i < 32; i++)
		put(o, la_enc_xvld(i, A0, offsetof(struct dt_state, v) + 32 * (int32_t)i));
	for (unsigned int i = 1; i < 32; i++) {
		if (i != A0 && i != DT_CTX_REG)
			put(o, la_enc_ld_d(i, A0, 8 * (int32_t)i));
	}
	put(o, la_enc_ld_d(A0, A0, 8 * A0));
	put(o, la_enc_jirl(0, DT_CTX_REG, 0));
}

/* Programs end here. */
static void save(struct out *o)
{
	for (unsigned int i = 1; i < 32; i++)
		put(o, la_enc_stptr_d(i, DT_CTX_REG, (int32_t)(DT_SAVE - DT_CTX + 8 * i)));
	li(o, A1, DT_SAVE);
	for (unsigned int i = 0; i < 32; i++)
		put(o, la_enc_xvst(i, A1, offsetof(struct dt_state, v) + 32 * (int32_t)i));
	for (unsigned int i = 0; i < 8; i++) {
		put(o, la_enc_movcf2gr(T0, i));
		put(o, la_enc_st_b(T0, A1, offsetof(struct dt_state, fcc) + (int32_t)i));
	}
	put(o, la_enc_movfcsr2gr(T0, 0));
	put(o, la_enc_st_d(T0, A1, offsetof(struct dt_state, fcsr)));
	put(o, la_enc_movgr2fcsr(0, 0));
}

static void report_hash(struct out *o, const struct dt_image *img)
{
	li(o, T4, 0x1b873593);
	put(o, la_enc_lu32i_d(T4, 0x6d2b7));
	put(o, la_enc_lu52i_d(T4, T4, 0x15e));
	put(o, la_enc_or(A0, T4, 0));
	put(o, la_enc_or(T0, A1, 0));
	put(o, la_enc_ori(T2, 0, sizeof(struct dt_state) / 8));
	hash(o);
	/* The count of signals, then as many entries as there are. */
	li(o, T0, DT_LOG);
	put(o, la_enc_ld_d(T1, T0, 0));
	put(o, la_enc_ori(T2, 0, DT_MAX_LOG));
	put(o, la_enc_bltu(T2, T1, 8));
	put(o, la_enc_or(T2, T1, 0));
	put(o, la_enc_slli_d(T2, T2, 2));
	put(o, la_enc_addi_d(T2, T2, 1));
	hash(o);
	if (img->has_memory) {
		li(o, T0, DT_SANDBOX);
		put(o, la_enc_ori(T2, 0, DT_SANDBOX_BYTES / 8));
		hash(o);
	}
	li(o, T0, DT_VARS);
	put(o, la_enc_ld_d(T1, T0, VAR_OUT));
	put(o, la_enc_st_d(A0, T1, 0));
	put(o, la_enc_addi_d(T1, T1, 8));
	put(o, la_enc_st_d(T1, T0, VAR_OUT));
}

/* Notes the signal and goes on behind the instruction; rules.tbl says why it changes some. */
static void handler(struct out *o)
{
	put(o, la_enc_ld_w(T0, A1, SIGINFO_CODE));
	put(o, la_enc_ld_d(T1, A1, SIGINFO_ADDR));
	put(o, la_enc_ld_d(T2, A2, UCONTEXT_PC));
	put(o, la_enc_addi_d(T3, 0, S_SYS));
	put(o, la_enc_bne(A0, T3, 12));
	put(o, la_enc_addi_d(A0, 0, S_SEGV));
	put(o, la_enc_addi_d(T0, 0, BNDERR));
	put(o, la_enc_addi_d(T3, T0, -BNDERR));
	put(o, la_enc_addi_d(T4, A0, -S_SEGV));
	put(o, la_enc_or(T3, T3, T4));
	put(o, la_enc_maskeqz(T1, T1, T3));	/* no address with BNDERR */
	put(o, la_enc_addi_d(T3, A0, -S_ILL));
	put(o, la_enc_maskeqz(T0, T0, T3));	/* no code, no address with SIGILL */
	put(o, la_enc_maskeqz(T1, T1, T3));
	li(o, T3, DT_LOG);
	put(o, la_enc_ld_d(T4, T3, 0));
	put(o, la_enc_addi_d(T5, T4, 1));
	put(o, la_enc_st_d(T5, T3, 0));
	put(o, la_enc_sltui(T5, T4, DT_MAX_LOG));
	put(o, la_enc_beqz(T5, 32));
	put(o, la_enc_slli_d(T4, T4, 5));
	put(o, la_enc_add_d(T3, T3, T4));
	put(o, la_enc_st_w(A0, T3, 8));
	put(o, la_enc_st_w(T0, T3, 12));
	put(o, la_enc_st_d(T2, T3, 16));
	put(o, la_enc_st_d(T1, T3, 24));
	put(o, la_enc_st_d(0, T3, 32));
	put(o, la_enc_addi_d(T2, T2, 4));
	put(o, la_enc_st_d(T2, A2, UCONTEXT_PC));
	put(o, la_enc_jirl(0, RA, 0));
}

static void put_header(struct dt_image *img, uint64_t entry)
{
	Elf64_Ehdr eh = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_EXEC, .e_machine = 258, .e_version = EV_CURRENT, .e_entry = entry,
		.e_phoff = sizeof(eh), .e_flags = 0x43, .e_ehsize = sizeof(eh),
		.e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 1,
	};
	const Elf64_Phdr ph = {
		.p_type = PT_LOAD, .p_flags = PF_R | PF_W | PF_X, .p_vaddr = DT_BASE,
		.p_paddr = DT_BASE, .p_filesz = img->code_end - DT_BASE,
		.p_memsz = DT_END - DT_BASE, .p_align = 0x10000,
	};

	memcpy(img->mem, &eh, sizeof(eh));
	memcpy(img->mem + sizeof(eh), &ph, sizeof(ph));
}

void dt_image_finish(struct dt_image *img)
{
	struct out o = { dt_image_at(img, DT_RUNNER), 0 };
	uint64_t *vars = dt_image_at(img, DT_VARS);
	unsigned int top;
	uint64_t entry;

	put(&o, la_enc_b(4));		/* programs end at DT_RUNNER: becomes "b save" */
	handler(&o);
	entry = DT_RUNNER + 4 * o.n;
	start(&o, DT_RUNNER + 4);
	top = o.n;
	load(&o, img);
	o.word[0] = la_enc_b(4 * (int32_t)o.n);
	save(&o);
	if (img->is_dump) {
		write_out(&o, DT_SAVE, sizeof(struct dt_state));
		write_out(&o, DT_LOG, sizeof(struct dt_log));
		write_out(&o, DT_SANDBOX, DT_SANDBOX_BYTES);
	} else {
		report_hash(&o, img);
	}
	put(&o, la_enc_b(distance(&o, top)));
	vars[VAR_NEXT / 8] = DT_DESC;
	vars[VAR_LAST / 8] = DT_DESC + img->ndescs * sizeof(struct dt_desc);
	vars[VAR_OUT / 8] = DT_OUT;
	put_header(img, entry);
}

bool dt_image_init(struct dt_image *img)
{
	memset(img, 0, sizeof(*img));
	img->mem = calloc(1, DT_OUT - DT_BASE);
	img->code_end = DT_CODE;
	return img->mem != NULL;
}

void dt_image_fini(struct dt_image *img)
{
	free(img->mem);
}

bool dt_image_save(const struct dt_image *img, const char *path)
{
	FILE *f = fopen(path, "wb");
	bool is_ok = f && fwrite(img->mem, img->code_end - DT_BASE, 1, f) == 1;

	if (f && fclose(f))
		is_ok = false;
	if (is_ok && chmod(path, 0700))
		is_ok = false;
	if (!is_ok)
		perror(path);
	return is_ok;
}
