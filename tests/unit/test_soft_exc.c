/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_soft_exc.c - exceptions, CSRs and what the CPU says about itself.  Vol. 1, chapters
 * 4, 6 and 7.  Interrupts are in test_soft_irq.c.
 */
#include "soft_fixture.h"

#include <errno.h>

#include "soft/machine.h"
#include "soft_mmu_fixture.h"

static struct fx fx;

static void setup(void)
{
	fx_open(&fx, &fx_max, 1);
	fx_mode(&fx, false, 0);
}

static void teardown(void)
{
	fx_close(&fx);
}

static void reopen(const struct la_features *f)
{
	fx_close(&fx);
	fx_open(&fx, f, 1);
	fx_mode(&fx, false, 0);
}

/* ------------------------------------------------------------------ reset, CPUCFG */

static const struct { unsigned int num; uint64_t val; } reset_csrs[] = {
	{ LA_CSR_CRMD, LA_CRMD_DA }, { LA_CSR_PRMD, 0 }, { LA_CSR_EUEN, 0 }, { LA_CSR_MISC, 0 },
	{ LA_CSR_ECFG, 0 }, { LA_CSR_ESTAT, 0 }, { LA_CSR_ERA, 0 }, { LA_CSR_EENTRY, 0 },
	{ LA_CSR_TLBRENTRY, 0 }, { LA_CSR_MERRENTRY, 0 }, { LA_CSR_PGDL, 0 }, { LA_CSR_PGDH, 0 },
	{ LA_CSR_PWCL, 12 }, { LA_CSR_PWCH, 0 }, { LA_CSR_RVACFG, 0 }, { LA_CSR_TCFG, 0 },
	{ LA_CSR_LLBCTL, 0 }, { LA_CSR_TLBRERA, 0 }, { LA_CSR_DMW0, 0 }, { LA_CSR_DMW1, 0 },
	{ LA_CSR_DMW2, 0 }, { LA_CSR_DMW3, 0 }, { LA_CSR_CPUID, 0 }, { LA_CSR_TID, 0 },
	{ LA_CSR_ASID, 0xa0000 }, { LA_CSR_STLBPS, 12 }, { LA_CSR_PRCFG1, 0x72f8 },
	{ LA_CSR_PRCFG2, 0x3ffff000 }, { LA_CSR_PRCFG3, 0x8073f2 },
};

static void check_reset(struct la_cpu *cpu, unsigned int index)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(reset_csrs); i++) {
		uint64_t want = reset_csrs[i].val;

		if (reset_csrs[i].num == LA_CSR_CPUID || reset_csrs[i].num == LA_CSR_TID)
			want = index;
		ck_assert_msg(la_get_csr(cpu, reset_csrs[i].num) == want,
			      "CSR %#x is %#" PRIx64 ", not %#" PRIx64, reset_csrs[i].num,
			      la_get_csr(cpu, reset_csrs[i].num), want);
	}
}

START_TEST(reset_state)
{
	fx_close(&fx);
	fx_open(&fx, &fx_max, 3);
	for (unsigned int i = 0; i < 3; i++) {
		struct la_cpu *cpu = la_machine_cpu(fx.m, i);

		/* Everything writable dirty, a mapping in the TLB, an interrupt pending. */
		for (unsigned int num = 1; num < LA_CSR_BANK; num++)
			la_set_csr(cpu, num, UINT64_MAX);
		for (unsigned int r = 0; r < 32; r++)
			la_set_gpr(cpu, r, ~UINT64_C(0));
		la_cpu_reset(cpu, 0x1234560);
		ck_assert_hex_eq(la_get_pc(cpu), 0x1234560);
		check_reset(cpu, i);
		for (unsigned int r = 0; r < 32; r++)
			ck_assert_hex_eq(la_get_gpr(cpu, r), 0);
	}
	ck_assert_ptr_null(la_machine_cpu(fx.m, 3));
}
END_TEST

START_TEST(first_state)
{
	struct la_ram ram = { 0, FX_RAM_BYTES };
	struct la_machine_cfg cfg = { .ram_base = fx.ram, .ram = &ram, .nram = 1, .ncpus = 2,
				      .features = fx_la464, .bus = fx.m->bus };
	struct la_machine *m;
	struct err err = { 0 };

	ck_assert_int_eq(la_machine_create(&m, &cfg, &err), 0);
	for (unsigned int i = 0; i < 2; i++) {
		check_reset(la_machine_cpu(m, i), i);
		ck_assert_hex_eq(la_get_pc(la_machine_cpu(m, i)), 0x1c000000);
	}
	la_machine_destroy(m);
	la_machine_destroy(NULL);
	/* Shapes that make no sense are refused with a reason. */
	cfg.ncpus = 0;
	ck_assert_int_eq(la_machine_create(&m, &cfg, &err), -EINVAL);
	ck_assert_int_ne(err.text[0], 0);
	cfg.ncpus = 1;
	cfg.nram = 0;
	ck_assert_int_eq(la_machine_create(&m, &cfg, &err), -EINVAL);
	cfg.nram = 99;
	ck_assert_int_eq(la_machine_create(&m, &cfg, &err), -EINVAL);
	cfg.nram = 1;
	ram.len_bytes = FX_RAM_BYTES - 8;
	ck_assert_int_eq(la_machine_create(&m, &cfg, &err), -EINVAL);
}
END_TEST

START_TEST(cpucfg_words)
{
	static const struct { uint32_t word, la464, max; } words[] = {
		{ 0, 0x14c010, 0x14c010 }, { 1, 0x3f2f2fe, 0x3f2f2fe },
		{ 2, 0x60c0cf, 0x7b60c0cf },
		{ 3, 0xcfd, 0x20cfd }, { 4, 100000000, 100000000 }, { 5, 0x10001, 0x10001 },
		{ 6, 0, 0 }, { 7, 0, 0 }, { 0xf, 0, 0 }, { 0x10, 0x2c3d, 0x2c3d },
		{ 0x11, 0x6080003, 0x6080003 }, { 0x12, 0x6080003, 0x6080003 },
		{ 0x13, 0x608000f, 0x608000f }, { 0x14, 0x60e000f, 0x60e000f },
		{ 0x15, 0, 0 }, { 0x16, 0, 0 }, { 0x40000000, 0, 0 }, { UINT32_MAX, 0, 0 },
	};

	reopen(_i ? &fx_la464 : &fx_max);
	for (unsigned int i = 0; i < ARRAY_SIZE(words); i++) {
		uint32_t want = _i ? words[i].la464 : words[i].max;

		if (words[i].word == 2 && !fx_has_scq())
			want &= ~(uint32_t)LA_CPUCFG2_SCQ;
		ck_assert_hex_eq(la_cpucfg(fx.cpu, words[i].word), want);
		fx_mode(&fx, false, 3);
		fx_set(&fx, A1, words[i].word);
		ck_assert_int_eq(fx_exec(&fx, la_enc_cpucfg(A0, A1)), FX_DONE);
		ck_assert_hex_eq(fx_reg(&fx, A0), (uint64_t)(int64_t)(int32_t)want);
		/* The number has 64 bits, and there are no such words. */
		fx_mode(&fx, false, 3);
		fx_set(&fx, A1, words[i].word | UINT64_C(0xabc) << 52);
		ck_assert_int_eq(fx_exec(&fx, la_enc_cpucfg(A0, A1)), FX_DONE);
		ck_assert_hex_eq(fx_reg(&fx, A0), 0);
	}
}
END_TEST

#define DJK (A0 | A1 << 5 | A2 << 10)
#define SC_Q (0x38570000u | DJK)
#define MAX { false, true, true, true, true, false, false }
#define NO_V11 { false, true, true, true, false, false, false }
#define NO_LASX { false, true, false, true, true, false, false }
#define NO_LSX { false, false, false, true, true, false, false }
#define LA464 { true, true, true, false, false, false, false }

/* What is switched off is not announced and raises INE, whatever EUEN says. */
static const struct {
	const char *what;
	struct la_features f;
	uint32_t insn;
	bool is_there;
} features[] = {
	{ "max sc.q", MAX, SC_Q, true },
	{ "max amcas.d", MAX, 0x38598000u | DJK, true },
	{ "max amadd.b", MAX, 0x385d0000u | DJK, true },
	{ "max llacq.d", MAX, 0x38578800u | A0 | A1 << 5, true },
	{ "max frecipe.d", MAX, 0x01147800u, true },
	{ "no v1.1 sc.q", NO_V11, SC_Q, false },
	{ "no v1.1 amcas.d", NO_V11, 0x38598000u | DJK, false },
	{ "no v1.1 amadd.b", NO_V11, 0x385d0000u | DJK, false },
	{ "no v1.1 screl.d", NO_V11, 0x38578c00u | A0 | A1 << 5, false },
	{ "no v1.1 frecipe.d", NO_V11, 0x01147800u, false },
	{ "la464 amcas.d", LA464, 0x38598000u | DJK, false },
	{ "la464 amadd.d", LA464, 0x38618000u | DJK, true },
	{ "la464 vadd.b", LA464, 0x700a0000u, true },
	{ "la464 xvadd.b", LA464, 0x740a0000u, true },
	{ "no lasx xvadd.b", NO_LASX, 0x740a0000u, false },
	{ "no lasx vadd.b", NO_LASX, 0x700a0000u, true },
	{ "no lsx vadd.b", NO_LSX, 0x700a0000u, false },
	{ "no lsx xvadd.b", NO_LSX, 0x740a0000u, false },
	{ "no lsx vld", NO_LSX, 0x2c000000u | A1 << 5, false },
	{ "lvz gcsrrd", MAX, 0x05000000u | A0, false },
	{ "lvz hvcl", MAX, 0x002b8000u, false },
};

START_TEST(features_that_are_not_there)
{
	int want;

	reopen(&features[_i].f);
	fx_set_csr(&fx, LA_CSR_EUEN, 7);
	fx_set(&fx, A1, FX_DATA);
	want = features[_i].is_there ? FX_DONE : LA_EXC_INE;
	if (features[_i].insn == SC_Q && !fx_has_scq())
		want = LA_EXC_INE;
	ck_assert_msg(fx_exec(&fx, features[_i].insn) == want, "%s", features[_i].what);
	if (!features[_i].f.has_lsx)
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_EUEN) & LA_EUEN_SXE, 0);
	if (!features[_i].f.has_lasx)
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_EUEN) & LA_EUEN_ASXE, 0);
}
END_TEST

/* ------------------------------------------------------------------ exceptions */

#define NOT_AT UINT64_C(0x0000900000000000)

static const struct {
	const char *what;
	uint32_t insn;
	enum la_exc exc;
	bool has_badv;		/* BADV is A1 */
	uint64_t euen;
	uint64_t misc;
	uint64_t a1;
} traps[] = {
	{ "syscall", 0x002b0011, LA_EXC_SYS, false, 7, 0, 0 },
	{ "undefined", 0x00000003, LA_EXC_INE, false, 7, 0, 0 },
	{ "fadd.d", 0x01010000, LA_EXC_FPD, false, 6, 0, 0 },
	{ "fld.d", 0x2b800000 | A1 << 5, LA_EXC_FPD, false, 6, 0, FX_DATA },
	{ "bceqz", 0x48000400, LA_EXC_FPD, false, 6, 0, 0 },
	{ "vadd.b", 0x700a0000, LA_EXC_SXD, false, 5, 0, 0 },
	{ "vst", 0x2c400000 | A1 << 5, LA_EXC_SXD, false, 5, 0, FX_DATA },
	{ "xvadd.b", 0x740a0000, LA_EXC_ASXD, false, 3, 0, 0 },
	{ "asrtle.d", 0x00010000 | A1 << 5 | 0 << 10, LA_EXC_BCE, true, 7, 0, 7 },
	{ "asrtgt.d", 0x00018000 | A1 << 5 | A1 << 10, LA_EXC_BCE, true, 7, 0, 7 },
	{ "ldgt.d", 0x38798000 | A1 << 5 | A1 << 10, LA_EXC_BCE, true, 7, 0, FX_DATA },
	{ "ll.d", 0x22000000 | A1 << 5, LA_EXC_ALE, true, 7, 0, FX_DATA + 4 },
	{ "amadd.w", 0x38610000 | A1 << 5, LA_EXC_ALE, true, 7, 0, FX_DATA + 2 },
	{ "ld.d, ALCL3", 0x28c00000 | A1 << 5, LA_EXC_ALE, true, 7, 1 << 15, FX_DATA + 4 },
	{ "st.h, ALCL3", 0x29400000 | A1 << 5, LA_EXC_ALE, true, 7, 1 << 15, FX_DATA + 1 },
	{ "csrrd", 0x04000000 | A0, LA_EXC_IPE, false, 7, 0, 0 },
	{ "ld.d, hole", 0x28c00000 | A1 << 5, LA_EXC_ADEM, true, 7, 0, NOT_AT },
};

/* At PLV3 with paging: what entry saves and sets. */
START_TEST(entry_of_exceptions)
{
	const uint64_t pc = FX_USEG | FX_CODE;
	int want = traps[_i].exc;

	fx_set_csr(&fx, LA_CSR_EUEN, traps[_i].euen);
	fx_set_csr(&fx, LA_CSR_MISC, traps[_i].misc);
	fx_set_csr(&fx, LA_CSR_BADV, 0x5555);
	fx_set_csr(&fx, LA_CSR_CRMD, LA_CRMD_PG | 3 | LA_CRMD_IE | LA_CRMD_WE | LA_CRMD_DATM);
	fx_set(&fx, A0, 0x1111);
	fx_set(&fx, A1, traps[_i].a1);
	fx_program(&fx, traps[_i].insn);
	ck_assert_msg(fx_go(&fx) == want, "%s", traps[_i].what);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), pc);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADI), traps[_i].insn);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADV), traps[_i].has_badv ? traps[_i].a1 : 0x5555);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_PRMD), 3 | LA_PRMD_PIE | LA_PRMD_PWE);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_CRMD), LA_CRMD_PG | LA_CRMD_DATM);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ESTAT),
			 (uint64_t)(want & 0x3f) << 16 | (uint64_t)(want >> 6) << 22);
	ck_assert_hex_eq(fx_reg(&fx, A0), 0x1111);
}
END_TEST

START_TEST(fp_trap)
{
	/* 1.0 / 0.0 with Z enabled; the destination stays. */
	fx_set(&fx, A1, LA_FCSR_ENABLES & 8);
	fx.cpu->v[1].d[0] = UINT64_C(0x3ff0000000000000);
	fx.cpu->v[2].d[0] = 0;
	fx.cpu->v[3].d[0] = 99;
	fx_program(&fx, la_enc_movgr2fcsr(0, A1), la_enc_fdiv_d(3, 1, 2));
	ck_assert_int_eq(fx_go(&fx), LA_EXC_FPE);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), FX_CODE + 4);
	ck_assert_hex_eq(fx.cpu->v[3].d[0], 99);
}
END_TEST

/* Vector = EENTRY + code * 4 * 2^VS, all at EENTRY if VS is 0. */
START_TEST(vectors)
{
	static const struct { uint32_t insn; unsigned int code; } hits[] = {
		{ 0x002b0000, 0xb }, { 0x002a0000, 0xc }, { 0, 0xd }, { 0x00018000, 0xa },
	};

	fx_set_csr(&fx, LA_CSR_ECFG, (uint64_t)_i << 16);
	for (unsigned int i = 0; i < ARRAY_SIZE(hits); i++) {
		fx_program(&fx, hits[i].insn);
		fx_go(&fx);
		ck_assert_hex_eq(la_get_pc(fx.cpu) - 4,
				 (FX_KSEG | FX_EENTRY) + (_i ? hits[i].code * 4u << _i : 0));
	}
}
END_TEST

/* The offset is ORed to the base, which software aligns to it (vol. 1, 6.2.1). */
START_TEST(vector_of_unaligned_base)
{
	fx_set_csr(&fx, LA_CSR_ECFG, 7 << 16);
	fx_set_csr(&fx, LA_CSR_EENTRY, FX_KSEG | (FX_EENTRY + 0x1000));
	ck_assert_int_eq(fx_exec(&fx, la_enc_syscall(0)), LA_EXC_SYS);
	ck_assert_hex_eq(la_get_pc(fx.cpu) - 4, FX_KSEG | (FX_EENTRY + 0x1600));
}
END_TEST

static const struct { const char *what; uint32_t insn; } privileged[] = {
	{ "csrrd", 0x04000000 }, { "csrwr", 0x04000020 }, { "csrxchg", 0x04000040 },
	{ "iocsrrd.b", 0x06480000 }, { "iocsrrd.d", 0x06480c00 }, { "iocsrwr.b", 0x06481000 },
	{ "iocsrwr.d", 0x06481c00 }, { "tlbsrch", 0x06482800 }, { "tlbrd", 0x06482c00 },
	{ "tlbwr", 0x06483000 }, { "tlbfill", 0x06483400 }, { "tlbclr", 0x06482000 },
	{ "tlbflush", 0x06482400 }, { "invtlb", 0x06498000 }, { "lddir", 0x06400000 },
	{ "ldpte", 0x06440000 }, { "ertn", 0x06483800 }, { "idle", 0x06488000 },
	{ "cacop 0", 0x06000000 }, { "cacop 8", 0x06000008 },
};

START_TEST(privileged_instructions)
{
	for (unsigned int plv = 1; plv < 4; plv++) {
		fx_mode(&fx, _i & 1, plv);
		ck_assert_msg(fx_exec(&fx, privileged[_i].insn) == LA_EXC_IPE, "%s at PLV%u",
			      privileged[_i].what, plv);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_PRMD) & 3, plv);
	}
	ck_assert_uint_eq(fx.naccess, 0);
}
END_TEST

/* ------------------------------------------------------------------ ertn */

START_TEST(return_restores)
{
	for (unsigned int plv = 0; plv < 4; plv++) {
		fx_mode(&fx, true, 0);
		fx_at(&fx, FX_CODE + 0x100);
		fx_emit(&fx, la_enc_syscall(0));
		fx_set_csr(&fx, LA_CSR_ERA, (FX_USEG | FX_CODE) + 0x100);
		fx_set_csr(&fx, LA_CSR_PRMD, plv | LA_PRMD_PIE | LA_PRMD_PWE);
		ck_assert_int_eq(fx_exec(&fx, la_enc_ertn()), LA_EXC_SYS);
		/* What it returned to was saved again by the system call. */
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_PRMD), plv | LA_PRMD_PIE | LA_PRMD_PWE);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), (FX_USEG | FX_CODE) + 0x100);
	}
	/* To nowhere. */
	fx_mode(&fx, true, 0);
	fx_set_csr(&fx, LA_CSR_ERA, (FX_USEG | FX_CODE) + 0x102);
	ck_assert_int_eq(fx_exec(&fx, la_enc_ertn()), LA_EXC_ADEF);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADV), (FX_USEG | FX_CODE) + 0x102);
}
END_TEST

START_TEST(return_from_refill)
{
	fx_mode(&fx, false, 0);
	fx_at(&fx, FX_CODE + 0x100);
	fx_emit(&fx, la_enc_syscall(0));
	fx_set_csr(&fx, LA_CSR_ERA, 0x7770);
	fx_set_csr(&fx, LA_CSR_PRMD, 0);
	fx_set_csr(&fx, LA_CSR_TLBRERA, ((FX_USEG | FX_CODE) + 0x100) | LA_TLBRERA_ISTLBR);
	fx_set_csr(&fx, LA_CSR_TLBRPRMD, 3 | LA_TLBRPRMD_PIE);
	ck_assert_int_eq(fx_exec(&fx, la_enc_ertn()), LA_EXC_SYS);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBRERA) & LA_TLBRERA_ISTLBR, 0);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_PRMD), 3 | LA_PRMD_PIE);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_CRMD), LA_CRMD_PG);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), (FX_USEG | FX_CODE) + 0x100);
}
END_TEST

/* ------------------------------------------------------------------ CSRs */

/* What a register is after all ones, after zeros. */
static const struct { unsigned int num; uint64_t ones, zeros; } masks[] = {
	{ LA_CSR_PRMD, 0xf, 0 }, { LA_CSR_ECFG, 0x71fff, 0 }, { LA_CSR_ESTAT, 3, 0 },
	{ LA_CSR_ERA, UINT64_MAX, 0 }, { LA_CSR_BADV, UINT64_MAX, 0 },
	{ LA_CSR_EENTRY, ~UINT64_C(0xfff), 0 }, { LA_CSR_TLBRENTRY, UINT64_C(0xfffffffff000), 0 },
	{ LA_CSR_ASID, 0xa03ff, 0xa0000 }, { LA_CSR_PGDL, ~UINT64_C(0xfff), 0 },
	{ LA_CSR_PGDH, ~UINT64_C(0xfff), 0 }, { LA_CSR_CPUID, 0, 0 },
	{ LA_CSR_PRCFG1, 0x72f8, 0x72f8 }, { LA_CSR_PRCFG2, 0x3ffff000, 0x3ffff000 },
	{ LA_CSR_PRCFG3, 0x8073f2, 0x8073f2 }, { LA_CSR_SAVE0, UINT64_MAX, 0 },
	{ LA_CSR_SAVE7, UINT64_MAX, 0 }, { LA_CSR_TID, UINT64_MAX, 0 },
	{ LA_CSR_CNTC, UINT64_MAX, 0 }, { LA_CSR_TICLR, 0, 0 }, { LA_CSR_LLBCTL, 4, 0 },
	{ LA_CSR_DMW3, UINT64_C(0xf00000000000003f), 0 }, { LA_CSR_TVAL, 0, 0 },
	{ LA_CSR_TLBELO0, UINT64_C(0xe000fffffffff07f), 0 },
	{ LA_CSR_TLBRELO1, UINT64_C(0xe000fffffffff07f), 0 },
	{ LA_CSR_TLBRSAVE, UINT64_MAX, 0 }, { LA_CSR_STLBPS, 12, 12 },
	{ LA_CSR_EUEN, 7, 0 }, { LA_CSR_PWCL, 0x3fffffff, 0 },
	{ LA_CSR_TLBIDX, UINT64_C(0xffffffffbf000fff), 0 },
	{ LA_CSR_GSTAT, 0, 0 }, { LA_CSR_PMCFG0, 0, 0 }, { LA_CSR_RVACFG, 0, 0 },
	{ 0x7f, 0, 0 }, { 0x3ff, 0, 0 }, { 0x400, 0, 0 }, { 0x3fff, 0, 0 },
};

START_TEST(csr_bits)
{
	uint64_t old = fx_csr(&fx, masks[_i].num);

	fx_set(&fx, A0, UINT64_MAX);
	fx_set(&fx, A2, 0);
	fx_program(&fx,
		   la_enc_csrwr(A0, masks[_i].num),
		   la_enc_csrrd(A1, masks[_i].num),
		   la_enc_csrwr(A2, masks[_i].num),
		   la_enc_csrrd(A3, masks[_i].num),
		   la_enc_idle(0));
	ck_assert_int_eq(fx_go(&fx), FX_SLEEP);
	ck_assert_hex_eq(fx_reg(&fx, A0), old);
	ck_assert_hex_eq(fx_reg(&fx, A1), masks[_i].ones);
	ck_assert_hex_eq(fx_reg(&fx, A2), masks[_i].ones);
	ck_assert_hex_eq(fx_reg(&fx, A3), masks[_i].zeros);
}
END_TEST

START_TEST(csr_exchange)
{
	fx_set_csr(&fx, LA_CSR_SAVE3, UINT64_C(0x1122334455667788));
	fx_set(&fx, A0, UINT64_C(0xaaaaaaaaaaaaaaaa));
	fx_set(&fx, A1, UINT64_C(0x00ff00000000ffff));
	ck_assert_int_eq(fx_exec(&fx, la_enc_csrxchg(A0, A1, LA_CSR_SAVE3)), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A0), UINT64_C(0x1122334455667788));
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_SAVE3), UINT64_C(0x11aa33445566aaaa));
	/* From r0 and into it; the mask register may be the value. */
	ck_assert_int_eq(fx_exec(&fx, la_enc_csrxchg(0, A1, LA_CSR_SAVE3)), FX_DONE);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_SAVE3), UINT64_C(0x1100334455660000));
	ck_assert_hex_eq(fx_reg(&fx, 0), 0);
	ck_assert_int_eq(fx_exec(&fx, la_enc_csrwr(0, LA_CSR_SAVE3)), FX_DONE);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_SAVE3), 0);
	ck_assert_hex_eq(fx_reg(&fx, 0), 0);
	ck_assert_int_eq(fx_exec(&fx, la_enc_csrxchg(A1, A1, LA_CSR_SAVE3)), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A1), 0);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_SAVE3), UINT64_C(0x00ff00000000ffff));
}
END_TEST

/* PGD shows the directory of the half that the last bad address lies in. */
START_TEST(csr_pgd)
{
	fx_set_csr(&fx, LA_CSR_PGDL, 0x1000);
	fx_set_csr(&fx, LA_CSR_PGDH, 0x2000);
	for (unsigned int i = 0; i < 8; i++) {
		bool is_refill = i & 4;
		uint64_t badv = i & 1 ? UINT64_MAX : 1, tlbrbadv = i & 2 ? UINT64_MAX : 1;

		fx_set_csr(&fx, LA_CSR_BADV, badv);
		fx_set_csr(&fx, LA_CSR_TLBRBADV, tlbrbadv);
		fx_set_csr(&fx, LA_CSR_TLBRERA, is_refill ? 1 : 0);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_PGD),
				 (is_refill ? tlbrbadv : badv) >> 63 ? 0x2000 : 0x1000);
	}
}
END_TEST

/* EUEN and privilege are looked at again right behind the write. */
START_TEST(writes_take_effect_at_once)
{
	fx_set(&fx, A0, LA_EUEN_FPE);
	fx_set(&fx, A1, 0);
	fx_program(&fx, la_enc_csrwr(A0, LA_CSR_EUEN), la_enc_fmov_d(1, 2),
		   la_enc_csrwr(A1, LA_CSR_EUEN), la_enc_fmov_d(1, 2));
	ck_assert_int_eq(fx_go(&fx), LA_EXC_FPD);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), FX_CODE + 12);
	fx_set(&fx, A0, LA_CRMD_DA | 3);
	fx_program(&fx, la_enc_csrwr(A0, LA_CSR_CRMD), la_enc_csrrd(A0, LA_CSR_CRMD));
	ck_assert_int_eq(fx_go(&fx), LA_EXC_IPE);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), FX_CODE + 4);
}
END_TEST

START_TEST(iocsr_access)
{
	static const struct { uint32_t rd, wr; unsigned int size; uint64_t got, put; } rows[] = {
		{ 0x06480000, 0x06481000, 1, UINT64_C(0xffffffffffffff88), 0x88 },
		{ 0x06480400, 0x06481400, 2, UINT64_C(0xffffffffffff9988), 0x9988 },
		{ 0x06480800, 0x06481800, 4, UINT64_C(0xffffffffbbaa9988), 0xbbaa9988 },
		{ 0x06480c00, 0x06481c00, 8, UINT64_C(0xffeeddccbbaa9988),
		  UINT64_C(0xffeeddccbbaa9988) },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		fx.mmio_val = UINT64_C(0xffeeddccbbaa9988);
		fx_set(&fx, A1, UINT64_C(0x700000420));
		ck_assert_int_eq(fx_exec(&fx, rows[i].rd | A0 | A1 << 5), FX_DONE);
		ck_assert_hex_eq(fx_reg(&fx, A0), rows[i].got);
		ck_assert(fx.last.is_iocsr && !fx.last.is_store);
		ck_assert_uint_eq(fx.last.size, rows[i].size);
		ck_assert_hex_eq(fx.last.addr, 0x420);
		ck_assert_int_eq(fx_exec(&fx, rows[i].wr | A0 | A1 << 5), FX_DONE);
		ck_assert(fx.last.is_iocsr && fx.last.is_store);
		ck_assert_uint_eq(fx.last.size, rows[i].size);
		ck_assert_hex_eq(fx.last.val, rows[i].put);
	}
	ck_assert_uint_eq(fx.naccess, 2 * ARRAY_SIZE(rows));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("soft exceptions");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, reset_state);
	tcase_add_test(tc, first_state);
	tcase_add_loop_test(tc, cpucfg_words, 0, 2);
	tcase_add_loop_test(tc, features_that_are_not_there, 0, ARRAY_SIZE(features));
	tcase_add_loop_test(tc, entry_of_exceptions, 0, ARRAY_SIZE(traps));
	tcase_add_test(tc, fp_trap);
	tcase_add_loop_test(tc, vectors, 0, 8);
	tcase_add_test(tc, vector_of_unaligned_base);
	tcase_add_loop_test(tc, privileged_instructions, 0, ARRAY_SIZE(privileged));
	tcase_add_test(tc, return_restores);
	tcase_add_test(tc, return_from_refill);
	tcase_add_loop_test(tc, csr_bits, 0, ARRAY_SIZE(masks));
	tcase_add_test(tc, csr_exchange);
	tcase_add_test(tc, csr_pgd);
	tcase_add_test(tc, writes_take_effect_at_once);
	tcase_add_test(tc, iocsr_access);
	suite_add_tcase(s, tc);
	return fx_main(s);
}
