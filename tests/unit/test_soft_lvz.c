/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_soft_lvz.c - LVZ: entry and exits, who takes what, two stages of translation, tags,
 * the guest's registers and interrupts.  The timer: test_soft_lvz_timer.c.
 */
#include "soft_lvz_fixture.h"

/* ------------------------------------------------------------------ exits */

START_TEST(hypercall)
{
	guest_program(la_enc_addi_d(A0, A0, 1), la_enc_hvcl(0x123), la_enc_addi_d(A0, A0, 1));
	fx_set(&fx, A0, 40);
	ck_assert_int_eq(run_guest(), LA_EXC_HVC);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), GUEST + 4);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADV), GUEST + 4);
	ck_assert_hex_eq(badi(), la_enc_hvcl(0x123));
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_PRMD), LA_PRMD_PIE);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_CRMD) & (LA_CRMD_PLV | LA_CRMD_IE), 0);
	ck_assert_hex_eq(fx_reg(&fx, A0), 41);
	/* On with it behind the call. */
	ck_assert_int_eq(enter_as(GID, GUEST + 8), LA_EXC_HVC);
	ck_assert_hex_eq(fx_reg(&fx, A0), 42);
	ck_assert(!fx.cpu->is_guest);
}
END_TEST

/* @user: what PLV3 gets; 0: the same exit. */
static const struct {
	const char *what;
	uint32_t insn;
	int exc, user;
} sensitive[] = {
	{ "cpucfg", 0x00006c00u | A0 | A1 << 5, LA_EXC_GSPR, 0 },
	{ "iocsrrd.w", 0x06480800u | A0 | A1 << 5, LA_EXC_GSPR, LA_EXC_IPE },
	{ "iocsrwr.d", 0x06481c00u | A0 | A1 << 5, LA_EXC_GSPR, LA_EXC_IPE },
	{ "idle", 0x06488000u, LA_EXC_GSPR, LA_EXC_IPE },
	{ "dbcl", 0x002a8000u, LA_EXC_GSPR, LA_EXC_IPE },
	{ "cacop index", 0x06000000u | A1 << 5, LA_EXC_GSPR, LA_EXC_IPE },
	{ "cacop hit", 0x06000010u | A1 << 5, LA_EXC_GSPR, LA_EXC_IPE },
	{ "csrrd IMPCTL1", 0x04000000u | 0x80 << 10 | A0, LA_EXC_GSPR, LA_EXC_IPE },
	{ "csrwr GSTAT", 0x04000020u | 0x50 << 10 | A0, LA_EXC_GSPR, LA_EXC_IPE },
	{ "csrxchg GTLBC", 0x04000000u | 0x15 << 10 | A0 | A1 << 5, LA_EXC_GSPR, LA_EXC_IPE },
	{ "csrrd MWPC", 0x04000000u | 0x300 << 10 | A0, LA_EXC_GSPR, LA_EXC_IPE },
	{ "csrrd DBG", 0x04000000u | 0x500 << 10 | A0, LA_EXC_GSPR, LA_EXC_IPE },
	{ "csrrd MERRCTL", 0x04000000u | 0x90 << 10 | A0, LA_EXC_GSPR, LA_EXC_IPE },
	{ "hvcl", 0x002b8001u, LA_EXC_HVC, LA_EXC_IPE },
	/* These stay with the guest. */
	{ "gcsrrd", 0x05000000u | A0, -LA_EXC_INE, 0 },
	{ "gtlbflush", 0x06482401u, -LA_EXC_INE, 0 },
	{ "invtlb 9", 0x06498009u, -LA_EXC_INE, LA_EXC_IPE },
	{ "syscall", 0x002b0000u, -LA_EXC_SYS, 0 },
	{ "break", 0x002a0000u, -LA_EXC_BRK, 0 },
};

START_TEST(sensitive_instructions)
{
	uint32_t insn = sensitive[_i].insn;

	for (unsigned int plv = 0; plv < 4; plv += 3) {
		int exc = plv && sensitive[_i].user ? -sensitive[_i].user : sensitive[_i].exc;

		guest_program(insn);
		fx_set(&fx, A1, 2);
		set_gcsr(LA_CSR_CRMD, LA_CRMD_DA | plv);
		if (exc < 0) {
			ck_assert_guest_took(-exc, GUEST);
			ck_assert_hex_eq(gcsr(LA_CSR_BADI), insn);
			ck_assert_hex_eq(gcsr(LA_CSR_PRMD), plv);
			continue;
		}
		ck_assert_msg(run_guest() == exc, "%s at %u", sensitive[_i].what, plv);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), GUEST);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADV), GUEST);
		ck_assert_hex_eq(badi(), insn);
		ck_assert_hex_eq(gcsr(LA_CSR_CRMD), LA_CRMD_DA | plv);
	}
}
END_TEST

/* A register that nobody has: nothing happens, unless GCFG.TORU asks. */
START_TEST(unknown_csr)
{
	guest_program(0x04000020u | 0x3c7 << 10 | A0, 0x04000000u | 0x3c7 << 10 | A1);
	fx_set(&fx, A0, 77);
	fx_set(&fx, A1, 77);
	ck_assert_guest_done();
	ck_assert_hex_eq(fx_reg(&fx, A0), 0);
	ck_assert_hex_eq(fx_reg(&fx, A1), 0);
	fx_set_csr(&fx, LA_CSR_GCFG, LA_GCFG_TORU);
	ck_assert_int_eq(run_guest(), LA_EXC_GSPR);
}
END_TEST

/* GCFG's and GTLBC's switches, each with an instruction it concerns. */
static const struct {
	unsigned int csr;
	uint64_t bit;
	uint32_t insn;
	int exc;
	bool has_badi;
} switches[] = {
	{ LA_CSR_GCFG, LA_GCFG_SIT, 0x04000000u | A0, LA_EXC_GSPR, true },
	{ LA_CSR_GCFG, LA_GCFG_TIT, 0x00006800u | A0, LA_EXC_GSPR, true },
	{ LA_CSR_GCFG, LA_GCFG_TIT, 0x04000000u | LA_CSR_TCFG << 10 | A0, LA_EXC_GSPR, true },
	{ LA_CSR_GCFG, LA_GCFG_TOE, 0x06483800u, LA_EXC_GCHC, false },
	{ LA_CSR_GCFG, LA_GCFG_TOE, 0x002b0000u, LA_EXC_GCHC, false },
	{ LA_CSR_GCFG, LA_GCFG_TOP, 0x04000020u | A2, LA_EXC_GCSC, true },
	{ LA_CSR_GTLBC, LA_GTLBC_TOTI, 0x06482800u, LA_EXC_GSPR, true },
	{ LA_CSR_GTLBC, LA_GTLBC_TOTI, 0x04000000u | LA_CSR_TLBEHI << 10 | A0, LA_EXC_GSPR,
	  true },
};

START_TEST(trap_switches)
{
	uint64_t was = fx_csr(&fx, switches[_i].csr);

	guest_program(switches[_i].insn);
	fx_set(&fx, A2, LA_CRMD_DA | 3);
	if (switches[_i].csr == LA_CSR_GTLBC) {
		/* enter_as() writes GTLBC whole: the switch through the root's bank. */
		fx.cpu->root->wmask[LA_CSR_GTLBC] &= ~(uint64_t)LA_GTLBC_TOTI;
		fx.cpu->root->r[LA_CSR_GTLBC] |= LA_GTLBC_TOTI;
	} else {
		fx_set_csr(&fx, LA_CSR_GCFG, was | switches[_i].bit);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_GCFG) & switches[_i].bit, switches[_i].bit);
	}
	fx_set_csr(&fx, LA_CSR_BADI, 0);
	fx.cpu->root->r[LA_CSR_BADI] = 0x1234;
	ck_assert_int_eq(run_guest(), switches[_i].exc);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), GUEST);
	ck_assert_hex_eq(badi(), switches[_i].has_badi ? switches[_i].insn : 0x1234);
	ck_assert_hex_eq(gcsr(LA_CSR_CRMD), LA_CRMD_DA);
}
END_TEST

/* GCI lets cacop through by kind. */
START_TEST(cacop_control)
{
	static const uint32_t kind[] = { 0x06000000u, 0x06000008u, 0x06000010u };
	static const bool passes[3][3] = { { false, false, false }, { false, false, true },
					   { false, true, true } };

	fx_set(&fx, A1, GDATA);
	for (unsigned int gci = 0; gci < 3; gci++) {
		for (unsigned int i = 0; i < 3; i++) {
			fx_set_csr(&fx, LA_CSR_GCFG, gci << LA_GCFG_GCI_SHIFT);
			guest_program(kind[i] | A1 << 5);
			ck_assert_int_eq(run_guest(), passes[gci][i] ? LA_EXC_HVC : LA_EXC_GSPR);
		}
	}
}
END_TEST

/* A unit must be on in the guest and lent by the root. */
START_TEST(units_need_both)
{
	static const struct { uint32_t bit, insn; int exc; } units[] = {
		{ LA_EUEN_FPE, 0x0114a800u | A0 << 5, LA_EXC_FPD },	/* movgr2fr.d */
		{ LA_EUEN_SXE, 0x700a0000u, LA_EXC_SXD },		/* vadd.b */
		{ LA_EUEN_ASXE, 0x740a0000u, LA_EXC_ASXD },		/* xvadd.b */
	};
	const uint32_t all = LA_EUEN_FPE | LA_EUEN_SXE | LA_EUEN_ASXE;

	for (unsigned int i = 0; i < ARRAY_SIZE(units); i++) {
		guest_program(units[i].insn);
		fx_set_csr(&fx, LA_CSR_EUEN, all);
		set_gcsr(LA_CSR_EUEN, all);
		ck_assert_guest_done();
		fx_set_csr(&fx, LA_CSR_EUEN, all & ~units[i].bit);
		ck_assert_int_eq(run_guest(), units[i].exc);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), GUEST);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADV), GUEST);
		ck_assert_hex_eq(badi(), units[i].insn);
		/* Off in both: the guest's own exception comes first. */
		set_gcsr(LA_CSR_EUEN, all & ~units[i].bit);
		ck_assert_guest_took(units[i].exc, GUEST);
		fx_set_csr(&fx, LA_CSR_EUEN, all);
		ck_assert_guest_took(units[i].exc, GUEST);
	}
}
END_TEST

/* ------------------------------------------------------------------ translation */

static const struct {
	uint64_t lo;
	int load, store, fetch;
} seconds[] = {
	{ RW, 0, 0, 0 },
	{ 0, LA_EXC_PIL, LA_EXC_PIS, LA_EXC_PIF },
	{ LA_TLBELO0_V, 0, LA_EXC_PME, 0 },
	{ RW | LA_TLBELO0_NR, LA_EXC_PNR, 0, 0 },
	{ RW | LA_TLBELO0_NX, 0, 0, LA_EXC_PNX },
	/* Counts as PLV0, and RPLV wants the level exactly. */
	{ MMU_RW_PLV(3) | LA_TLBELO0_RPLV, LA_EXC_PPI, LA_EXC_PPI, LA_EXC_PPI },
};

START_TEST(second_stage_rights)
{
	const uint64_t gpa = 0x2000000 + 0x128;

	for (unsigned int plv = 0; plv < 4; plv += 3) {
		for (unsigned int acc = 0; acc < 3; acc++) {
			int want = acc == 0 ? seconds[_i].load : acc == 1 ? seconds[_i].store
								   : seconds[_i].fetch;
			uint32_t insn = acc == 0 ? la_enc_ld_d(A0, A1, 0)
				      : acc == 1 ? la_enc_st_d(A0, A1, 0)
				      : la_enc_jirl(RA, A1, 0);

			fx_set_csr(&fx, LA_CSR_GSTAT, 0);
			mmu_invtlb(&fx, 0x16, (uint64_t)GID << 16, gpa);
			map_gpa(gpa, seconds[_i].lo | FX_DATA, 0);
			fx_put64(&fx, FX_DATA + 0x128, la_enc_jirl(0, RA, 0));
			guest_program(insn);
			fx_set(&fx, A0, la_enc_jirl(0, RA, 0));
			fx_set(&fx, A1, gpa);
			set_gcsr(LA_CSR_CRMD, LA_CRMD_DA | plv);
			if (!want && plv) {
				/* hvcl is for PLV0: it got that far. */
				ck_assert_guest_took(LA_EXC_IPE, GUEST + 4);
				continue;
			}
			ck_assert_int_eq(run_guest(), want ? want : LA_EXC_HVC);
			if (!want)
				continue;
			ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADV), gpa);
			ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), acc == 2 ? gpa : GUEST);
			ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBEHI), gpa & ~UINT64_C(0x1fff));
			if (acc < 2)
				ck_assert_hex_eq(badi(), insn);
		}
	}
}
END_TEST

/* No entry: the root's refill handler, which returns to the guest. */
START_TEST(second_stage_refill)
{
	guest_program(la_enc_ld_d(A0, A1, 8));
	fx_put64(&fx, FX_DATA + 8, 4711);
	fx_set(&fx, A1, NOWHERE);
	fx_set_csr(&fx, LA_CSR_ESTAT, 0);
	ck_assert_int_eq(run_guest(), LA_EXC_TLBR);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBRBADV), NOWHERE + 8);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBREHI) & ~UINT64_C(0x1fff), NOWHERE);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBRERA), GUEST | LA_TLBRERA_ISTLBR);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBRPRMD), LA_TLBRPRMD_PIE | LA_TLBRPRMD_PGM);
	/* The handler fills the pair, tagged by TGID, and goes back. */
	fx_set_csr(&fx, LA_CSR_TLBREHI, NOWHERE | 14);
	fx_set_csr(&fx, LA_CSR_TLBRELO0, RW | FX_DATA);
	fx_set_csr(&fx, LA_CSR_TLBRELO1, 0);
	fx_program(&fx, la_enc_tlbfill(), la_enc_ertn());
	ck_assert_int_eq(fx_go(&fx), LA_EXC_HVC);
	ck_assert_hex_eq(badi(), la_enc_hvcl(0x7f));
	ck_assert_hex_eq(fx_reg(&fx, A0), 4711);
}
END_TEST

/* The guest's own pages: its refill, its rights, then the second stage. */
START_TEST(first_stage)
{
	const uint64_t va = 0x12340000;

	guest_program(la_enc_ld_d(A0, A1, 0));
	fx_put64(&fx, GDATA, 99);
	fx_set(&fx, A1, va);
	set_gcsr(LA_CSR_DMW0, 1);	/* addresses below 2^60 that no window has are paged */
	set_gcsr(LA_CSR_DMW0, UINT64_C(0x8000000000000001));
	set_gcsr(LA_CSR_ASID, 7);
	set_gcsr(LA_CSR_CRMD, LA_CRMD_PG);
	ck_assert_int_eq(enter_as(GID, UINT64_C(0x8000000000000000) | GUEST), LA_EXC_HVC);
	ck_assert_hex_eq(badi(), la_enc_hvcl(0x200));
	ck_assert_hex_eq(gcsr(LA_CSR_TLBRBADV), va);
	ck_assert_hex_eq(gcsr(LA_CSR_TLBRERA),
			 UINT64_C(0x8000000000000000) | GUEST | LA_TLBRERA_ISTLBR);
	ck_assert_hex_eq(gcsr(LA_CSR_CRMD), LA_CRMD_DA);
	/* Its handler: two entries, of which the second leads nowhere. */
	set_gcsr(LA_CSR_TLBREHI, va | 14);
	set_gcsr(LA_CSR_TLBRELO0, RW | GDATA);
	set_gcsr(LA_CSR_TLBRELO1, RW | NOWHERE);
	fx_at(&fx, GREFILL);
	fx_emit(&fx, la_enc_tlbfill());
	fx_emit(&fx, la_enc_ertn());
	ck_assert_int_eq(enter_as(GID, GREFILL), LA_EXC_HVC);
	ck_assert_hex_eq(badi(), la_enc_hvcl(0x7f));
	ck_assert_hex_eq(fx_reg(&fx, A0), 99);
	ck_assert_hex_eq(gcsr(LA_CSR_CRMD), LA_CRMD_PG);
	fx_set(&fx, A1, va + PAGE14);
	ck_assert_int_eq(enter_as(GID, UINT64_C(0x8000000000000000) | GUEST), LA_EXC_TLBR);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBRBADV), NOWHERE);
}
END_TEST

/* The guest's hardware walker reads its tables through the second stage. */
START_TEST(guest_walker)
{
	const uint64_t va = 0x12340000;

	/* One level of 16 KiB pages: index 24:14, tables at GTABLE. */
	set_gcsr(LA_CSR_PWCL, 14 | 11 << 5);
	set_gcsr(LA_CSR_PWCH, LA_PWCH_HPTW_EN);
	set_gcsr(LA_CSR_PGDL, GTABLE);
	set_gcsr(LA_CSR_DMW0, UINT64_C(0x8000000000000001));
	set_gcsr(LA_CSR_CRMD, LA_CRMD_PG);
	fx_put64(&fx, GTABLE + (va >> 14 & 0x7ff) * 8, GDATA | LA_PTE_P | LA_PTE_W);
	fx_put64(&fx, GDATA, 31);
	guest_program(la_enc_ld_d(A0, A1, 0), la_enc_st_d(A0, A1, 8));
	fx_set(&fx, A1, va);
	ck_assert_int_eq(enter_as(GID, UINT64_C(0x8000000000000000) | GUEST), LA_EXC_HVC);
	ck_assert_hex_eq(badi(), la_enc_hvcl(0x7f));
	ck_assert_hex_eq(fx_reg(&fx, A0), 31);
	ck_assert_hex_eq(fx_get64(&fx, GDATA + 8), 31);
	ck_assert_hex_eq(fx_get64(&fx, GTABLE + (va >> 14 & 0x7ff) * 8) & 3, 3);
	/* Tables out of reach: the root hears of the entry's address. */
	set_gcsr(LA_CSR_PGDL, NOWHERE);
	fx_set(&fx, A1, va + 4 * PAGE14);
	ck_assert_int_eq(enter_as(GID, UINT64_C(0x8000000000000000) | GUEST), LA_EXC_TLBR);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBRBADV),
			 NOWHERE + ((va + 4 * PAGE14) >> 14 & 0x7ff) * 8);
}
END_TEST

/* Each guest sees its own pages only, and invalidations hit those they name. */
START_TEST(tags_isolate)
{
	/* 0: stays; 1: goes.  For guest 5, guest 6. */
	static const struct { unsigned int op; bool five, six; } ops[] = {
		{ 0x0, true, true }, { 0x10, false, false }, { 0x11, true, true },
		{ 0x12, true, true }, { 0x13, false, false }, { 0x14, true, false },
		{ 0x15, true, false }, { 0x16, true, false },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(ops); i++) {
		fx_set_csr(&fx, LA_CSR_GSTAT, 0);
		set_tag(0);
		mmu_invtlb(&fx, 0x12, 0, 0);
		for (uint64_t gid = 5; gid <= 6; gid++) {
			uint64_t data = FX_DATA + 0x10000 * gid;

			map_gpa_of((unsigned int)gid, GUEST, RW | GUEST, RW | (GUEST + PAGE14));
			map_gpa_of((unsigned int)gid, NOWHERE, RW | data, 0);
			fx_put64(&fx, data, gid);
		}
		guest_program(la_enc_ld_d(A0, A1, 0));
		fx_set(&fx, A1, NOWHERE);
		for (unsigned int gid = 5; gid <= 6; gid++) {
			ck_assert_int_eq(enter_as(gid, GUEST), LA_EXC_HVC);
			ck_assert_hex_eq(fx_reg(&fx, A0), gid);
		}
		ck_assert_int_eq(enter_as(7, GUEST), LA_EXC_TLBR);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBRBADV), GUEST);
		fx_set_csr(&fx, LA_CSR_GSTAT, 0);
		set_tag(0);
		mmu_invtlb(&fx, ops[i].op, 5 << 16, NOWHERE + PAGE14);
		for (unsigned int gid = 5; gid <= 6; gid++) {
			bool is_gone = gid == 5 ? ops[i].five : ops[i].six;

			/* The code may be gone as well. */
			map_gpa_of(gid, GUEST, RW | GUEST, RW | (GUEST + PAGE14));
			ck_assert_msg(enter_as(gid, GUEST) == (is_gone ? LA_EXC_TLBR : LA_EXC_HVC),
				      "invtlb %#x, guest %u", ops[i].op, gid);
		}
	}
}
END_TEST

/*
 * A hypervisor that gives its guest the root's own tag, 0, shares its TLB with it: what it
 * invalidates or replaces there is gone for the guest.
 */
START_TEST(tag_of_the_root)
{
	for (unsigned int how = 0; how < 2; how++) {
		fx_set_csr(&fx, LA_CSR_GSTAT, 0);
		set_tag(0);
		mmu_invtlb(&fx, 0, 0, 0);
		mmu_write(&fx, 0, GUEST, 14, RW | GUEST, RW | (GUEST + PAGE14), LA_STLB);
		mmu_write(&fx, 0, GVEC, 14, RW | GVEC, RW | (GVEC + PAGE14), LA_STLB + 1);
		guest_program(la_enc_addi_d(A0, A0, 1));
		ck_assert_int_eq(enter_as(0, GUEST), LA_EXC_HVC);
		fx_set_csr(&fx, LA_CSR_GSTAT, 0);
		if (how)
			mmu_invtlb(&fx, 5, 0, GUEST);
		else
			mmu_write(&fx, 0, GDATA, 14, RW | GDATA, 0, LA_STLB);
		ck_assert_int_eq(enter_as(0, GUEST), LA_EXC_TLBR);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBRBADV), GUEST);
	}
}
END_TEST

/* With TGID set, a mapped address of the root is taken for a guest's. */
START_TEST(root_lookup_uses_tag)
{
	mmu_prepare(&fx);
	mmu_fill(&fx, 1, 0x40000000, 14, RW | FX_DATA, 0);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, 0x40000000), FX_DONE);
	set_tag(GID);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, 0x40000000), LA_EXC_TLBR);
	set_tag(0);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, 0x40000000), FX_DONE);
}
END_TEST

/* ------------------------------------------------------------------ registers */

START_TEST(banks_are_two)
{
	fx_set_csr(&fx, LA_CSR_SAVE0, 1);
	fx_set_csr(&fx, LA_CSR_EENTRY, FX_EENTRY);
	set_gcsr(LA_CSR_SAVE0, 2);
	guest_program(0x04000020u | LA_CSR_SAVE0 << 10 | A0);
	fx_set(&fx, A0, 3);
	ck_assert_guest_done();
	ck_assert_hex_eq(fx_reg(&fx, A0), 2);
	ck_assert_hex_eq(gcsr(LA_CSR_SAVE0), 3);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_SAVE0), 1);
}
END_TEST

START_TEST(gcsr_rules)
{
	/* What the root may change beyond the guest itself. */
	set_gcsr(LA_CSR_ESTAT, UINT64_MAX);
	ck_assert_hex_eq(gcsr(LA_CSR_ESTAT), 0x7fff1c03);
	set_gcsr(LA_CSR_ESTAT, 0);
	set_gcsr(LA_CSR_CPUID, 3);
	ck_assert_hex_eq(gcsr(LA_CSR_CPUID), 3);
	set_gcsr(LA_CSR_BADI, 0x1234);
	ck_assert_hex_eq(gcsr(LA_CSR_BADI), 0x1234);
	/* What stays as the hardware has it. */
	set_gcsr(LA_CSR_ASID, 0);
	ck_assert_hex_eq(gcsr(LA_CSR_ASID), 0xa0000);
	for (unsigned int i = 0; i < 3; i++) {
		set_gcsr(LA_CSR_PRCFG1 + i, 0);
		ck_assert_hex_eq(gcsr(LA_CSR_PRCFG1 + i), fx_csr(&fx, LA_CSR_PRCFG1 + i));
		ck_assert_uint_ne(gcsr(LA_CSR_PRCFG1 + i), 0);
	}
	/* The guest's monitor, not the root's. */
	guest_program(la_enc_ll_d(A0, A1, 0));
	fx_set(&fx, A1, GDATA);
	ck_assert_guest_done();
	ck_assert_hex_eq(gcsr(LA_CSR_LLBCTL) & 1, 1);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_LLBCTL) & 1, 0);
	set_gcsr(LA_CSR_LLBCTL, LA_LLBCTL_WCLLB);
	ck_assert_hex_eq(gcsr(LA_CSR_LLBCTL) & 1, 0);
	/* Reserved and read-only bits of the root's own. */
	fx_set_csr(&fx, LA_CSR_GSTAT, UINT64_MAX);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_GSTAT), 0xff0082);
	fx_set_csr(&fx, LA_CSR_GSTAT, 0);
	set_tag(0);
	fx_set_csr(&fx, LA_CSR_GTLBC, LA_GTLBC_TGID);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_GTLBC), 0);
	/* A page size is judged as the bits that are not written leave it. */
	la_gcsr_write(fx.cpu, LA_CSR_STLBPS, 16, 0xc);
	ck_assert_hex_eq(gcsr(LA_CSR_STLBPS), 12);
	la_gcsr_write(fx.cpu, LA_CSR_STLBPS, 14, 2);
	ck_assert_hex_eq(gcsr(LA_CSR_STLBPS), 14);
	fx_set_csr(&fx, LA_CSR_GCFG, 3 << LA_GCFG_MATC_SHIFT);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_GCFG) & LA_GCFG_MATC, 0);
}
END_TEST

/* An SC pairs with the guest's LL across exits, and not with another's. */
START_TEST(monitor_survives_exits)
{
	guest_program(la_enc_ll_d(A0, A1, 0), la_enc_hvcl(1), la_enc_addi_d(A2, 0, 7),
		      la_enc_sc_d(A2, A1, 0));
	fx_set(&fx, A1, GDATA);
	ck_assert_int_eq(run_guest(), LA_EXC_HVC);
	ck_assert_int_eq(enter_as(GID, GUEST + 8), LA_EXC_HVC);
	ck_assert_hex_eq(fx_reg(&fx, A2), 1);
	ck_assert_hex_eq(fx_get64(&fx, GDATA), 7);
}
END_TEST

/* ------------------------------------------------------------------ interrupts */

/* GINTC.VIP is the level of the guest's lines; taken at entry. */
START_TEST(injected_interrupt)
{
	guest_program(la_enc_addi_d(0, 0, 0), la_enc_b(0));
	set_gcsr(LA_CSR_ECFG, BIT64(2 + 3));
	set_gcsr(LA_CSR_CRMD, LA_CRMD_DA | LA_CRMD_IE);
	fx_set_csr(&fx, LA_CSR_GINTC, BIT64(3));
	ck_assert_hex_eq(gcsr(LA_CSR_ESTAT) & LA_ESTAT_IS, BIT64(2 + 3));
	ck_assert_guest_took(LA_EXC_INT, GUEST);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_GINTC), BIT64(3));
	fx_set_csr(&fx, LA_CSR_GINTC, 0);
	ck_assert_hex_eq(gcsr(LA_CSR_ESTAT) & LA_ESTAT_IS, 0);
}
END_TEST

/* The root's interrupt ends guest mode whatever the guest's CRMD.IE is. */
START_TEST(root_interrupt)
{
	guest_program(la_enc_b(0));
	/* The handler masks it, or idle would never sleep. */
	fx_at(&fx, FX_EENTRY);
	fx_emit(&fx, la_enc_csrwr(0, LA_CSR_ECFG));
	fx_set_csr(&fx, LA_CSR_ECFG, BIT64(4));
	fx_set_csr(&fx, LA_CSR_BADV, 0x77);
	la_cpu_set_irq(fx.cpu, 4, true);
	ck_assert_int_eq(run_guest(), LA_EXC_INT);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), GUEST);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADV), 0x77);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ESTAT) & LA_ESTAT_IS, BIT64(4));
	/* Handed on by PIP it is the guest's. */
	fx_set_csr(&fx, LA_CSR_GINTC, BIT64(8 + 2));
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ESTAT) & LA_ESTAT_IS, 0);
	set_gcsr(LA_CSR_ECFG, BIT64(4));
	set_gcsr(LA_CSR_CRMD, LA_CRMD_DA | LA_CRMD_IE);
	ck_assert_guest_took(LA_EXC_INT, GUEST);
	la_cpu_set_irq(fx.cpu, 4, false);
}
END_TEST

/* Without LVZ there is nothing of it. */
START_TEST(absent_without_feature)
{
	struct fx plain;
	const uint32_t insns[] = { la_enc_hvcl(0), 0x05000000u | A0, 0x06482401u };

	fx_open(&plain, &fx_max, 1);
	for (unsigned int i = 0; i < ARRAY_SIZE(insns); i++) {
		fx_mode(&plain, false, 0);
		ck_assert_int_eq(fx_exec(&plain, insns[i]), LA_EXC_INE);
	}
	fx_set_csr(&plain, LA_CSR_GSTAT, UINT64_MAX);
	ck_assert_hex_eq(fx_csr(&plain, LA_CSR_GSTAT), 0);
	ck_assert_hex_eq(la_cpucfg(plain.cpu, 2) >> 10 & 0xf, 0);
	fx_close(&plain);
	ck_assert_hex_eq(la_cpucfg(fx.cpu, 2) >> 10 & 0xf, 3);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("soft_lvz");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, hypercall);
	tcase_add_loop_test(tc, sensitive_instructions, 0, ARRAY_SIZE(sensitive));
	tcase_add_test(tc, unknown_csr);
	tcase_add_loop_test(tc, trap_switches, 0, ARRAY_SIZE(switches));
	tcase_add_test(tc, cacop_control);
	tcase_add_test(tc, units_need_both);
	tcase_add_loop_test(tc, second_stage_rights, 0, ARRAY_SIZE(seconds));
	tcase_add_test(tc, second_stage_refill);
	tcase_add_test(tc, first_stage);
	tcase_add_test(tc, guest_walker);
	tcase_add_test(tc, tags_isolate);
	tcase_add_test(tc, tag_of_the_root);
	tcase_add_test(tc, root_lookup_uses_tag);
	tcase_add_test(tc, banks_are_two);
	tcase_add_test(tc, gcsr_rules);
	tcase_add_test(tc, monitor_survives_exits);
	tcase_add_test(tc, injected_interrupt);
	tcase_add_test(tc, root_interrupt);
	tcase_add_test(tc, absent_without_feature);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return fx_main(suite());
}
