/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cases_odd.c - what a hypervisor should not do: odd/ works on silicon only by luck or not at
 * all, bad/ is nonsense.  kit.skip=odd,bad leaves them out.
 */
#include "hv.h"

GUEST(g_load, "ld.d $a0, $a1, 0");
GUEST(g_spin, "1: b 1b");
GUEST(g_end, "");

/* ------------------------------------------------------------------ odd */

/* GID 0 is the root's own tag. */
static void gid_0(u64 arg)
{
	(void)arg;
	guest_is(g_load);
	g_put(G_DATA, 3);
	v.gpr[A1] = G_DATA;
	v.tgid = 0;
	v.gstat = GSTAT_PVM;
	if (want_done())
		want("a0", v.gpr[A0], 3);
	invtlb(0, 0, 0);
}

/* The refill fills for another guest: this one never gets anywhere, the timer ends it. */
static void tgid_differs(u64 arg)
{
	(void)arg;
	guest_is(g_end);
	v.tgid = gid_of(1);
	want_exit(E_NONE);
}

/* Without USETGID the refill's tag is GSTAT.GID, as PVM is set in it. */
static void usetgid_0(u64 arg)
{
	(void)arg;
	csr_change(CSR_GTLBC, 0, GTLBC_USETGID);
	guest_is(g_load);
	g_put(G_DATA, 3);
	v.gpr[A1] = G_DATA;
	if (want_done())
		want("a0", v.gpr[A0], 3);
}

/* The root's interrupts stay out while CRMD.IE, by PRMD.PIE, is off. */
static void pie_0(u64 arg)
{
	(void)arg;
	guest_is(g_end);
	csr_write(CSR_ECFG, BIT(IS_TI) | 1);
	csr_write(CSR_ESTAT, 1);
	v.prmd = 0;
	if (want_done())
		want_bits("PRMD", v.x.prmd, 7, 0);
	csr_write(CSR_ESTAT, 0);
}

/* PRMD.PPLV is the root's level meanwhile, and comes back. */
static void pplv_3(u64 arg)
{
	(void)arg;
	guest_is(g_end);
	v.prmd = PRMD_PIE | 3;
	if (!want_done())
		return;
	want_bits("PRMD", v.x.prmd, 7, PRMD_PIE | 3);
	want_bits("CRMD", v.x.crmd, 7, 0);
}

static void era_misaligned(u64 arg)
{
	(void)arg;
	guest_is(g_end);
	v.pc = G_CODE + 2;
	if (want_guest_exc(E_ADE, 0, G_CODE + 2))
		want("the guest's BADV", gcsr_read(CSR_BADV), G_CODE + 2);
}

GUEST(g_root_load, "ld.d $a0, $a1, 0\n break 0");

/* With TGID set a mapped address of the root is taken for that guest's. */
static void root_mapped_with_tgid(u64 arg)
{
	(void)arg;
	g_put(G_SPARE, 1);
	g_put(G_DATA, 2);
	s2_map(0, G_NOWHERE, g_pa(G_SPARE) | PTE_RW);
	s2_map(1, G_NOWHERE, g_pa(G_DATA) | PTE_RW);
	for (unsigned int i = 0; i < 50; i++) {
		u64 seen;

		guest_is(g_load);
		use_guest(0);
		v.pc = G_CODE;
		v.prmd = PRMD_PIE;
		v.gpr[A1] = G_NOWHERE;
		if (!want_done())
			return;
		guest_is(g_root_load);
		root_code(0);
		v.root = s2_root(1);
		v.tgid = gid_of(0);
		if (!want_exit(E_BRK))
			return;
		seen = v.gpr[A0];
		/* What it filled with the guest's tag must go. */
		invtlb(0x16, (u64)gid_of(0) << 16, G_NOWHERE);
		root_code(0);
		if (!want_exit(E_BRK))
			return;
		want("what the root sees without it", v.gpr[A0], 2);
		if (seen == 1 || has_failed())
			return;
	}
	fail("the root never met the guest's entry");
}

/* An ID that another guest had, without a flush: its pages are still there. */
static void gid_reused(u64 arg)
{
	(void)arg;
	guest_is(g_load);
	g_put(G_SPARE, 1);
	g_put(G_DATA, 2);
	s2_map(0, G_NOWHERE, g_pa(G_SPARE) | PTE_RW);
	v.gpr[A1] = G_NOWHERE;
	if (!want_done())
		return;
	s2_map(1, G_NOWHERE, g_pa(G_DATA) | PTE_RW);
	v.root = s2_root(1);
	v.pc = G_CODE;
	if (want_done() && v.gpr[A0] != 1 && v.gpr[A0] != 2)
		fail("a0 is neither the old nor the new value");
}

/* Direct or mapped mode, neither or both. */
static void guest_mode(u64 crmd)
{
	guest_is(g_end);
	gcsr_write(CSR_CRMD, crmd);
	want_back();
}

static const struct kit_case odd_cases[] = {
	{ "gid-0", gid_0, 0 },
	{ "tgid-differs", tgid_differs, 0 },
	{ "usetgid-0", usetgid_0, 0 },
	{ "prmd-pie-0", pie_0, 0 },
	{ "prmd-pplv-3", pplv_3, 0 },
	{ "era-misaligned", era_misaligned, 0 },
	{ "root-mapped-with-tgid", root_mapped_with_tgid, 0 },
	{ "gid-reused-without-flush", gid_reused, 0 },
	{ "guest-neither-da-nor-pg", guest_mode, CRMD_DAT_CC },
	{ "guest-da-and-pg", guest_mode, CRMD_DA | CRMD_PG | CRMD_DAT_CC },
};

KIT_CASES(group_odd, "odd", odd_cases);

/* ------------------------------------------------------------------ bad */

/* Ones in all of GSTAT: the highest guest ID, and PVM. */
static void gstat_ones(u64 arg)
{
	(void)arg;
	guest_is(g_end);
	v.gstat = UINT64_MAX;
	v.tgid = (UINT64_C(1) << caps.gidbit) - 1;
	if (want_done())
		want("GSTAT", v.x.gstat, v.tgid << GSTAT_GID_SHIFT | GSTAT_PVM |
		     (u64)caps.gidbit << 4);
}

static void ones(u64 csr)
{
	guest_is(g_end);
	csr_write_n((unsigned int)csr, UINT64_MAX);
	want_back();
}

/* Nothing in the guest's bank makes sense. */
static void bank_ones(u64 arg)
{
	(void)arg;
	guest_is(g_end);
	for (unsigned int num = 0; num < 0x184; num++) {
		if (num != CSR_CRMD && num != CSR_TCFG)
			gcsr_write_n(num, UINT64_MAX);
	}
	want_back();
}

/* Every number that gcsrrd and gcsrwr can name; the root's registers are others. */
static void every_gcsr(u64 arg)
{
	u64 gstat = csr_read(CSR_GSTAT), eentry = csr_read(CSR_EENTRY);

	(void)arg;
	for (unsigned int num = 0; num < 0x4000; num++) {
		gcsr_read_n(num);
		gcsr_write_n(num, UINT64_C(0x5555555555555555));
	}
	want("GSTAT", csr_read(CSR_GSTAT), gstat);
	want("EENTRY", csr_read(CSR_EENTRY), eentry);
	guest_is(g_end);
	want_back();
}

/* A read of each register exits or does not; no other way. */
static void every_csr_of_guest(u64 arg)
{
	(void)arg;
	for (unsigned int num = 0; num < 0x600; num++) {
		int code;

		guest_word(W_CSRRD(num));
		v.pc = G_CODE;
		code = hv_run();
		if (code != E_GSPR && !(code == E_HVC && exit_hvc() == HVC_DONE)) {
			fail("csrrd 0x%x: exit 0x%x", num, (unsigned int)code);
			return;
		}
	}
}

static void tables_at(u64 pa)
{
	guest_is(g_end);
	v.root = pa;
	want_back();
}

/* A directory that is its own next level: what it holds is no page. */
static void table_loop(u64 arg)
{
	(void)arg;
	guest_is(g_end);
	s2_set_dir(0, 0, 3, s2_root(0));
	if (want_exit(E_PIF))
		want("BADV", v.x.badv, G_CODE);
}

static void entry_everywhere(u64 entry)
{
	guest_is(g_end);
	s2_set_dir(0, 0, 1, entry);
	want_back();
}

static void entry_top(u64 entry)
{
	guest_is(g_end);
	s2_set_dir(0, 0, 3, entry);
	want_back();
}

/* A page of the guest's outside all RAM. */
static void page_outside(u64 pa)
{
	guest_is(g_load);
	s2_map(0, G_NOWHERE, pa | PTE_RW);
	v.gpr[A1] = G_NOWHERE;
	want_back();
}

static void root_pwcl(u64 pwcl)
{
	guest_is(g_end);
	csr_write(CSR_PWCL, pwcl);
	want_back();
}

static void root_pwch(u64 pwch)
{
	guest_is(g_end);
	csr_write(CSR_PWCH, pwch);
	want_back();
}

/* Pages of the tables' size go to the other part of the TLB. */
static void stlbps_differs(u64 arg)
{
	(void)arg;
	csr_write(CSR_STLBPS, 12);
	guest_is(g_load);
	g_put(G_DATA, 3);
	v.gpr[A1] = G_DATA;
	if (want_done())
		want("a0", v.gpr[A0], 3);
}

static void gmtlbsz(u64 size)
{
	csr_change(CSR_GTLBC, size, 0x3f);
	guest_is(g_load);
	g_put(G_DATA, 3);
	v.gpr[A1] = G_DATA;
	if (want_done())
		want("a0", v.gpr[A0], 3);
	csr_change(CSR_GTLBC, 0, 0x3f);
}

/* invtlb with any operands. */
static void invtlb_wild(u64 arg)
{
	static const u8 ops[] = { 0, 1, 2, 3, 4, 5, 6, 9, 0xa, 0xb, 0xc, 0xd, 0xe, 0x10, 0x11,
				  0x12, 0x13, 0x14, 0x15, 0x16 };

	(void)arg;
	for (unsigned int i = 0; i < sizeof(ops); i++) {
		root_word(0x06498000u | 5 << 10 | 4 << 5 | ops[i], UINT64_MAX, UINT64_MAX);
		root_word(0x06498000u | 5 << 10 | 4 << 5 | ops[i],
			  UINT64_C(0x123456789abcdef0), UINT64_C(0xfedcba9876543210));
	}
	guest_is(g_end);
	want_back();
}

/* An index and a page size that there are not. */
static void tlb_wild(u64 arg)
{
	(void)arg;
	for (u64 ps = 0; ps < 64; ps++) {
		gcsr_write(CSR_TLBIDX, ps << 24 | 0xfff);
		csr_write(CSR_TLBIDX, ps << 24 | 0xfff);
		csr_write(CSR_TLBEHI, UINT64_C(0x7ffffffe000));
		csr_write(CSR_TLBELO0, 0);
		csr_write(CSR_TLBELO1, 0);
		csr_change(CSR_GTLBC, UINT64_C(5) << GTLBC_TGID_SHIFT,
			   UINT64_C(0xff) << GTLBC_TGID_SHIFT);
		asm volatile("tlbwr\n\ttlbfill\n\ttlbrd\n\ttlbsrch\n\ttlbclr\n\ttlbflush"
			     : : : "memory");
		for (u32 n = 0; n < 6; n++)
			root_word(0x06482001u + (n << 10), 0, 0);
		csr_change(CSR_GTLBC, 0, UINT64_C(0xff) << GTLBC_TGID_SHIFT);
	}
	csr_write(CSR_ASID, 0);
	guest_is(g_end);
	want_back();
}

/* The guest's own tables outside everything. */
static void guest_tables_at(u64 gpa)
{
	g_paging(G_WALKER);
	gcsr_write(CSR_PGDL, gpa);
	guest_is(g_load);
	v.gpr[A1] = 0x4000;
	if (want_exit(E_PIL))
		want("BADV", v.x.badv, gpa);
}

static void guest_table_loop(u64 arg)
{
	(void)arg;
	g_paging(G_WALKER);
	for (unsigned int i = 0; i < 2048; i++)
		g_put(G_TABLE + 8 * i, G_TABLE);
	guest_is(g_load);
	v.gpr[A1] = 0x4000;
	want_guest_exc(E_PIL, 0, v.pc);
}

static void guest_pwcl(u64 pwcl)
{
	g_paging(G_WALKER);
	gcsr_write(CSR_PWCL, pwcl);
	gcsr_write(CSR_PWCH, pwcl);
	guest_is(g_load);
	v.gpr[A1] = 0x4000;
	want_back();
}

/* A guest that falls over its own handler for ever; the root's timer ends it. */
static void exception_loop(u64 arg)
{
	(void)arg;
	guest_word(W_SYSCALL);
	g_put32(G_VEC, 0);
	asm volatile("ibar 0" : : : "memory");
	want_exit(E_NONE);
}

static void refill_loop(u64 arg)
{
	(void)arg;
	g_paging(G_REFILL);
	g_put32(G_REFILL, W_ERTN);
	guest_is(g_load);
	v.gpr[A1] = 0x4000;
	want_exit(E_NONE);
}

static void refill_in_refill(u64 arg)
{
	(void)arg;
	g_paging(G_NOWHERE);
	guest_is(g_load);
	v.gpr[A1] = 0x4000;
	/* It cannot even be fetched. */
	if (want_exit(E_PIF))
		want("BADV", v.x.badv, G_NOWHERE);
}

/* A timer that expires all the time, of a guest that never clears it. */
static void timer_storm(u64 arg)
{
	(void)arg;
	guest_is(g_spin);
	g_put32(G_VEC, W_ERTN);
	asm volatile("ibar 0" : : : "memory");
	gcsr_write(CSR_ECFG, BIT(IS_TI));
	gcsr_write(CSR_CRMD, CRMD_DA | CRMD_DAT_CC | CRMD_IE);
	gcsr_write(CSR_TCFG, 7);
	want_exit(E_NONE);
}

#define OUTSIDE UINT64_C(0x7f0000000000)

static const struct kit_case bad_cases[] = {
	{ "gstat-ones", gstat_ones, 0 },
	{ "gtlbc-ones", ones, CSR_GTLBC },
	{ "gcfg-ones", ones, CSR_GCFG },
	{ "gintc-ones", ones, CSR_GINTC },
	{ "gcntc-ones", ones, CSR_GCNTC },
	{ "trgp-ones", ones, CSR_TRGP },
	{ "guest-bank-ones", bank_ones, 0 },
	{ "every-gcsr-number-choice", every_gcsr, 0 },
	{ "every-csr-number", every_csr_of_guest, 0 },
	{ "tables-outside-ram", tables_at, OUTSIDE },
	{ "tables-in-a-device", tables_at, 0x1fe00000 },
	{ "tables-misaligned", tables_at, 0xfff },
	{ "tables-ones", tables_at, UINT64_MAX },
	{ "table-loop", table_loop, 0 },
	{ "directory-ones", entry_everywhere, UINT64_MAX },
	{ "directory-outside-ram", entry_everywhere, OUTSIDE },
	{ "directory-huge-0", entry_everywhere, PTE_HUGE },
	{ "top-directory-ones", entry_top, UINT64_MAX },
	{ "top-directory-huge", entry_top, PTE_HUGE | PTE_RW },
	{ "page-outside-ram", page_outside, OUTSIDE },
	{ "page-ones", page_outside, UINT64_C(0xfffffffff000) },
	{ "pwcl-0", root_pwcl, 0 },
	{ "pwcl-ones", root_pwcl, UINT64_MAX },
	{ "pwch-0", root_pwch, 0 },
	{ "pwch-ones", root_pwch, UINT64_C(0xffffff) },
	{ "stlbps-differs", stlbps_differs, 0 },
	{ "gmtlbsz-0", gmtlbsz, 0 },
	{ "gmtlbsz-1", gmtlbsz, 1 },
	{ "gmtlbsz-63", gmtlbsz, 63 },
	{ "invtlb-operands", invtlb_wild, 0 },
	{ "tlb-operands", tlb_wild, 0 },
	{ "guest-tables-nowhere", guest_tables_at, G_NOWHERE },
	{ "guest-tables-highest", guest_tables_at, UINT64_C(0x7fffffffc000) },
	{ "guest-table-loop", guest_table_loop, 0 },
	{ "guest-pwcl-0", guest_pwcl, 0 },
	{ "guest-pwcl-ones", guest_pwcl, UINT64_C(0xffffff) },
	{ "guest-exception-loop", exception_loop, 0 },
	{ "guest-refill-loop", refill_loop, 0 },
	{ "guest-refill-nowhere", refill_in_refill, 0 },
	{ "guest-timer-storm", timer_storm, 0 },
};

KIT_CASES(group_bad, "bad", bad_cases);
