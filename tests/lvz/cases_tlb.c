/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cases_tlb.c - guest IDs, invtlb by every operation, the gtlb* instructions, TRGP.
 *
 * An entry may leave the TLB at any time, so nothing here asks that one stays: what is
 * invalidated must be gone, and where an entry is to be seen a case tries some times.
 */
#include "hv.h"

#define VA UINT64_C(0x40000000)
#define ASID 7u
#define TRIES 50

GUEST(g_load, "ld.d $a0, $a1, 0");

static void root_tag(unsigned int gid)
{
	csr_change(CSR_GTLBC, (u64)gid << GTLBC_TGID_SHIFT, UINT64_C(0xff) << GTLBC_TGID_SHIFT);
}

/* ------------------------------------------------------------------ invtlb */

enum { OWN_VA = 1, OWN_GPA = 2, ALL_GUESTS = 4, GLOBAL = 8, TAGGED = 16,
       ODD = 32 };

static const struct {
	const char *name;
	unsigned int op, what;
} ops[] = {
	{ "0x0", 0x0, OWN_VA | OWN_GPA | ALL_GUESTS },
	{ "0x1-by-tag", 0x1, OWN_GPA | TAGGED },
	{ "0x3-by-tag", 0x3, OWN_GPA | TAGGED },
	{ "0x4-by-tag", 0x4, OWN_GPA | TAGGED },
	{ "0x5-by-tag", 0x5, OWN_GPA | TAGGED },
	{ "0x6-by-tag", 0x6, OWN_GPA | TAGGED },
	{ "0x9", 0x9, OWN_VA },
	{ "0x9-global", 0x9, OWN_VA | GLOBAL },
	{ "0xa-global", 0xa, OWN_VA | GLOBAL },
	{ "0xb", 0xb, OWN_VA },
	{ "0xc", 0xc, OWN_VA },
	{ "0xd", 0xd, OWN_VA },
	{ "0xe", 0xe, OWN_VA },
	{ "0xe-global", 0xe, OWN_VA | GLOBAL },
	{ "0x10", 0x10, OWN_VA | ALL_GUESTS },
	{ "0x10-global", 0x10, OWN_VA | ALL_GUESTS | GLOBAL },
	{ "0x11", 0x11, OWN_GPA | ALL_GUESTS },
	{ "0x12", 0x12, OWN_VA | OWN_GPA | ALL_GUESTS },
	{ "0x13", 0x13, OWN_VA },
	{ "0x14", 0x14, OWN_GPA },
	{ "0x15", 0x15, OWN_VA | OWN_GPA },
	{ "0x16", 0x16, OWN_GPA },
	{ "0x16-odd-page", 0x16, OWN_GPA | ODD },
};

static void invtlb_label(unsigned int i, char *buf, size_t n)
{
	fmt_into(buf, n, "invtlb-%s", ops[i].name);
}

static void execute(unsigned int i, unsigned int which, u64 asid, u64 addr)
{
	if (ops[i].what & TAGGED)
		root_tag(gid_of(which));
	root_word(0x06498000u | 5 << 10 | 4 << 5 | ops[i].op,
		  (u64)gid_of(which) << 16 | asid, addr);
	root_tag(0);
}

static bool guest_loads(unsigned int which, u64 pc, u64 va, u64 value)
{
	use_guest(which);
	v.pc = pc;
	v.gpr[A1] = va;
	if (want_done())
		want("a0", v.gpr[A0], value);
	return !has_failed();
}

/* Entries of the guests' own pages go. */
static void check_own(unsigned int i, unsigned int nguests)
{
	u64 global = ops[i].what & GLOBAL ? PTE_G : 0, pc;

	g_paging(G_WALKER);
	pc = v.pc;
	g_map(VA, G_SPARE | PTE_RW | global);
	g_map(VA + PAGE, G_SPARE | PTE_RW | global);
	for (unsigned int which = 0; which < nguests; which++) {
		if (!guest_loads(which, pc, VA, 1))
			return;
	}
	g_map(VA, G_DATA | PTE_RW | global);
	execute(i, 0, ASID, VA);
	for (unsigned int which = 0; which < nguests; which++) {
		if (!guest_loads(which, pc, VA, 2))
			return;
	}
	gcsr_write(CSR_CRMD, CRMD_DA | CRMD_DAT_CC);
}

/* ... of guest-physical pages. */
static void check_physical(unsigned int i, unsigned int nguests)
{
	u64 gpa = G_NOWHERE + (ops[i].what & ODD ? PAGE : 0);

	for (unsigned int which = 0; which < nguests; which++) {
		s2_map(which, gpa, g_pa(G_SPARE) | PTE_RW);
		if (!guest_loads(which, G_CODE, gpa, 1))
			return;
		s2_map(which, gpa, g_pa(G_DATA) | PTE_RW);
	}
	execute(i, 0, 0, gpa);
	for (unsigned int which = 0; which < nguests; which++) {
		if (!guest_loads(which, G_CODE, gpa, 2))
			return;
	}
}

static void invtlb_run(unsigned int i)
{
	unsigned int nguests = ops[i].what & ALL_GUESTS ? 2 : 1;

	guest_is(g_load);
	g_put(G_SPARE, 1);
	g_put(G_DATA, 2);
	if (ops[i].what & OWN_GPA)
		check_physical(i, nguests);
	if (!has_failed() && (ops[i].what & OWN_VA))
		check_own(i, nguests);
}

const struct kit_group group_invtlb = { "tlb", ARRAY_SIZE(ops), NULL, invtlb_label, invtlb_run };

/* ------------------------------------------------------------------ by the guest */

/* Loads, changes its page table, invalidates, loads again. */
#define INV_PROGRAM(name, op) \
	GUEST(name, "ld.d $a0, $a1, 0\n st.d $a2, $a3, 0\n dbar 0\n invtlb " #op \
	      ", $a4, $a1\n ld.d $a5, $a1, 0")
INV_PROGRAM(g_inv0, 0);
INV_PROGRAM(g_inv1, 1);
INV_PROGRAM(g_inv2, 2);
INV_PROGRAM(g_inv3, 3);
INV_PROGRAM(g_inv4, 4);
INV_PROGRAM(g_inv5, 5);
INV_PROGRAM(g_inv6, 6);
#define TLB_PROGRAM(name, insn) \
	GUEST(name, "ld.d $a0, $a1, 0\n st.d $a2, $a3, 0\n dbar 0\n csrwr $a6, 0x11\n" \
	      "tlbsrch\n csrrd $t1, 0x10\n srli.w $t1, $t1, 31\n bnez $t1, 1f\n" insn \
	      "\n1: ld.d $a5, $a1, 0")
TLB_PROGRAM(g_tlbclr, "tlbclr");
TLB_PROGRAM(g_tlbflush, "tlbflush");

static const struct {
	const char *name;
	const u32 *from, *end;
	u64 global;
} own_ops[] = {
	{ "invtlb-0", g_inv0, g_inv0_end, 0 },
	{ "invtlb-0-global", g_inv0, g_inv0_end, PTE_G },
	{ "invtlb-1", g_inv1, g_inv1_end, 0 },
	{ "invtlb-1-global", g_inv1, g_inv1_end, PTE_G },
	{ "invtlb-2-global", g_inv2, g_inv2_end, PTE_G },
	{ "invtlb-3", g_inv3, g_inv3_end, 0 },
	{ "invtlb-4", g_inv4, g_inv4_end, 0 },
	{ "invtlb-5", g_inv5, g_inv5_end, 0 },
	{ "invtlb-6", g_inv6, g_inv6_end, 0 },
	{ "invtlb-6-global", g_inv6, g_inv6_end, PTE_G },
	{ "tlbclr", g_tlbclr, g_tlbclr_end, 0 },
	{ "tlbflush", g_tlbflush, g_tlbflush_end, 0 },
	{ "tlbflush-global", g_tlbflush, g_tlbflush_end, PTE_G },
};

static void own_label(unsigned int i, char *buf, size_t n)
{
	fmt_into(buf, n, "%s", own_ops[i].name);
}

static void own_run(unsigned int i)
{
	guest_load(own_ops[i].from, own_ops[i].end);
	g_paging(G_WALKER);
	g_put(G_SPARE, 1);
	g_put(G_DATA, 2);
	g_map(VA, G_SPARE | PTE_RW | own_ops[i].global);
	g_map(VA + PAGE, G_SPARE | PTE_RW | own_ops[i].global);
	v.gpr[A1] = VA;
	v.gpr[A2] = G_DATA | PTE_RW | own_ops[i].global;
	v.gpr[A3] = UINT64_C(0x8000000000000000) | (G_TABLE + PAGE + (VA >> 14 & 0x7ff) * 8);
	v.gpr[A4] = ASID;
	v.gpr[10] = VA;
	if (!want_done())
		return;
	want("what was loaded before", v.gpr[A0], 1);
	want("what was loaded behind it", v.gpr[A5], 2);
}

const struct kit_group group_guest_tlb = { "guest-tlb", ARRAY_SIZE(own_ops), NULL, own_label,
					   own_run };

/* ------------------------------------------------------------------ guest IDs */

static void two_guests_data(u64 arg)
{
	(void)arg;
	guest_is(g_load);
	g_put(G_SPARE, 1);
	g_put(G_DATA, 2);
	s2_map(0, G_NOWHERE, g_pa(G_SPARE) | PTE_RW);
	s2_map(1, G_NOWHERE, g_pa(G_DATA) | PTE_RW);
	for (unsigned int i = 0; i < 20 && !has_failed(); i++)
		guest_loads(i & 1, G_CODE, G_NOWHERE, (i & 1) + 1);
}

static void two_guests_code(u64 arg)
{
	(void)arg;
	g_put32(G_CODE, W_HVCL(HVC_SAY(1)));
	g_put32(G_SPARE, W_HVCL(HVC_SAY(2)));
	s2_map(1, G_CODE, g_pa(G_SPARE) | PTE_RW);
	for (unsigned int i = 0; i < 20 && !has_failed(); i++) {
		use_guest(i & 1);
		want_say(HVC_SAY(1 + (i & 1)));
	}
}

/* The same address space number and address in two guests. */
static void two_guests_va(u64 arg)
{
	u64 pc;

	(void)arg;
	guest_is(g_load);
	g_paging(G_WALKER);
	pc = v.pc;
	g_put(G_SPARE, 1);
	g_put(G_DATA, 2);
	g_map(VA, G_SPARE | PTE_RW);
	g_put(G_TABLE + 2 * PAGE + (VA >> 25 & 0x7ff) * 8, G_TABLE + 3 * PAGE);
	g_put(G_TABLE + 3 * PAGE + (VA >> 14 & 0x7ff) * 8, G_DATA | PTE_RW);
	for (unsigned int i = 0; i < 20 && !has_failed(); i++) {
		gcsr_write(CSR_PGDL, G_TABLE + (i & 1) * 2 * PAGE);
		guest_loads(i & 1, pc, VA, (i & 1) + 1);
	}
}

/* Every ID that there is, each with a table of another content, and no flush. */
static void all_gids(u64 arg)
{
	static const u64 pages[] = { G_SPARE, G_DATA, G_SPARE + PAGE, G_DATA + PAGE };

	(void)arg;
	guest_is(g_load);
	for (unsigned int i = 0; i < 4; i++)
		g_put(pages[i], i + 1);
	for (u64 gid = 1; gid < BIT(caps.gidbit) && !has_failed(); gid++) {
		s2_map(0, G_NOWHERE, g_pa(pages[gid & 3]) | PTE_RW);
		v.tgid = gid;
		v.gstat = gid << GSTAT_GID_SHIFT | GSTAT_PVM;
		v.pc = G_CODE;
		v.gpr[A1] = G_NOWHERE;
		if (want_done())
			want("a0", v.gpr[A0], (gid & 3) + 1);
		want("GSTAT.GID", v.x.gstat >> GSTAT_GID_SHIFT & 0xff, gid);
	}
}

GUEST(g_root_load, "ld.d $a0, $a1, 0\n break 0");

static bool root_loads(u64 va, u64 value)
{
	guest_is(g_root_load);
	root_code(0);
	v.gpr[A1] = va;
	if (want_exit(E_BRK))
		want("the root's a0", v.gpr[A0], value);
	return !has_failed();
}

/* The root's own pages and a guest's, at the same address. */
static void root_and_guest(u64 arg)
{
	(void)arg;
	g_put(G_SPARE, 1);
	g_put(G_DATA, 2);
	s2_map(0, G_NOWHERE, g_pa(G_SPARE) | PTE_RW);
	s2_map(1, G_NOWHERE, g_pa(G_DATA) | PTE_RW);
	for (unsigned int i = 0; i < 10 && !has_failed(); i++) {
		v.prmd = PRMD_PIE;
		guest_is(g_load);
		guest_loads(1, G_CODE, G_NOWHERE, 2);
		v.root = s2_root(0);
		root_loads(G_NOWHERE, 1);
	}
}

/* ------------------------------------------------------------------ gtlb*, tlb* with a tag */

#define GTLBCLR 0x06482001u
#define GTLBFLUSH 0x06482401u
#define GTLBSRCH 0x06482801u
#define GTLBRD 0x06482c01u
#define GTLBWR 0x06483001u
#define GTLBFILL 0x06483401u
#define PS_14 (UINT64_C(14) << 24)

static u64 mtlb_first(void)
{
	u64 cfg = csr_read(CSR_PRCFG3);

	return ((cfg >> 12 & 0xff) + 1) << (cfg >> 20 & 0x3f);
}

static void gtlb(u32 word)
{
	root_tag(gid_of(0));
	root_word(word, 0, 0);
	root_tag(0);
}

/* Writes an entry of the guest's with @word. */
static void gtlb_put(u32 word)
{
	gcsr_write(CSR_TLBIDX, PS_14 | mtlb_first());
	gcsr_write(CSR_TLBEHI, VA);
	gcsr_write(CSR_TLBELO0, G_SPARE | PTE_V | PTE_D | PTE_CC);
	gcsr_write(CSR_TLBELO1, 0);
	gtlb(word);
}

static bool gtlb_finds(void)
{
	gcsr_write(CSR_TLBEHI, VA);
	gtlb(GTLBSRCH);
	return !(gcsr_read(CSR_TLBIDX) & BIT(31));
}

/* The root finds it, and if it lives until then the guest needs no refill. */
static void gtlb_write(u64 word)
{
	bool is_found = false;

	for (unsigned int i = 0; i < TRIES; i++) {
		g_paging(G_REFILL);
		guest_is(g_load);
		g_put(G_SPARE, 61);
		gtlb_put((u32)word);
		is_found = is_found || gtlb_finds();
		v.gpr[A1] = VA;
		if (hv_run() == E_HVC && exit_hvc() == HVC_DONE) {
			want("a0", v.gpr[A0], 61);
			break;
		}
	}
	if (!is_found)
		fail("gtlbsrch never found the entry");
}

static void gtlb_search_read(u64 arg)
{
	(void)arg;
	for (unsigned int i = 0; i < TRIES; i++) {
		gtlb_put(GTLBWR);
		if (!gtlb_finds())
			continue;
		gcsr_write(CSR_TLBELO0, 0);
		gtlb(GTLBRD);
		if (gcsr_read(CSR_TLBIDX) & BIT(31))
			continue;
		want("TLBEHI", gcsr_read(CSR_TLBEHI), VA);
		want("TLBELO0", gcsr_read(CSR_TLBELO0), G_SPARE | PTE_V | PTE_D | PTE_CC);
		want("TLBIDX.PS", gcsr_read(CSR_TLBIDX) >> 24 & 0x3f, 14);
		return;
	}
	fail("the entry was never found");
}

static void gtlb_forget(u64 word)
{
	u64 pc;

	guest_is(g_load);
	g_paging(G_WALKER);
	pc = v.pc;
	g_put(G_SPARE, 1);
	g_put(G_DATA, 2);
	g_map(VA, G_SPARE | PTE_RW);
	if (!guest_loads(0, pc, VA, 1))
		return;
	g_map(VA, G_DATA | PTE_RW);
	gcsr_write(CSR_TLBEHI, VA);
	gtlb(GTLBSRCH);
	gtlb((u32)word);
	guest_loads(0, pc, VA, 2);
}

/* A pair of the root's TLB with @gid's tag: G_NOWHERE to @page; @idx as TLBIDX has it. */
static void write_tagged(unsigned int gid, u64 idx, u64 page)
{
	csr_write(CSR_TLBIDX, idx);
	csr_write(CSR_TLBEHI, G_NOWHERE);
	csr_write(CSR_TLBELO0, page | PTE_V | PTE_D | PTE_CC);
	csr_write(CSR_TLBELO1, 0);
	root_tag(gid);
	asm volatile("tlbwr" : : : "memory");
	root_tag(0);
}

/* The root's tlbsrch with a guest's tag. */
static bool finds_tagged(void)
{
	csr_write(CSR_TLBEHI, G_NOWHERE);
	root_tag(gid_of(0));
	asm volatile("tlbsrch" : : : "memory");
	root_tag(0);
	return !(csr_read(CSR_TLBIDX) & BIT(31));
}

/*
 * Writes an entry with the guest's tag until the guest has used it: it is that guest's page.
 * False if none lived so long.
 */
static bool guest_meets_entry(bool *is_found)
{
	guest_is(g_load);
	g_put(G_SPARE, 71);
	g_put(G_DATA, 72);
	for (unsigned int i = 0; i < TRIES; i++) {
		write_tagged(gid_of(0), PS_14 | mtlb_first(), g_pa(G_SPARE));
		*is_found = *is_found || finds_tagged();
		v.pc = G_CODE;
		v.gpr[A1] = G_NOWHERE;
		if (hv_run() == E_HVC) {
			want("a0", v.gpr[A0], 71);
			v.pc = G_CODE;
			return !has_failed();
		}
		invtlb(0x16, (u64)gid_of(0) << 16, G_NOWHERE);
	}
	return false;
}

static void tlbwr_tagged(u64 arg)
{
	bool is_found = false;

	(void)arg;
	guest_meets_entry(&is_found);
	if (!is_found)
		fail("tlbsrch never found the entry");
}

/* Overwritten, the old page is gone: the guest finds the new one, or none. */
static void tlbwr_replaces(u64 arg)
{
	bool is_found = false;
	int found;

	(void)arg;
	if (!guest_meets_entry(&is_found))
		return;
	write_tagged(gid_of(0), PS_14 | mtlb_first(), g_pa(G_DATA));
	found = hv_run();
	if (found == E_HVC)
		want("a0 of the new page", v.gpr[A0], 72);
	else if (found != E_PIL)
		fail("exit 0x%x", (unsigned int)found);
}

static void tlbwr_ne(u64 arg)
{
	bool is_found = false;

	(void)arg;
	if (!guest_meets_entry(&is_found))
		return;
	write_tagged(gid_of(0), BIT(31) | PS_14 | mtlb_first(), g_pa(G_SPARE));
	want_exit(E_PIL);
}

/* tlbclr or tlbflush by the index of the entry, with the guest's tag. */
static void tlbclr_tagged(u64 word)
{
	bool is_found = false;

	if (!guest_meets_entry(&is_found))
		return;
	csr_write(CSR_TLBIDX, PS_14 | mtlb_first());
	root_tag(gid_of(0));
	root_word((u32)word, 0, 0);
	root_tag(0);
	want_exit(E_PIL);
}

/* TRGP says whose entry tlbrd found. */
static void trgp(u64 which)
{
	u64 gid = which ? gid_of(0) : 0;

	for (unsigned int i = 0; i < TRIES; i++) {
		write_tagged((unsigned int)gid, PS_14 | mtlb_first(), g_pa(G_SPARE));
		root_tag((unsigned int)gid);
		asm volatile("tlbrd" : : : "memory");
		root_tag(0);
		if (csr_read(CSR_TLBIDX) & BIT(31))
			continue;
		want("TRGP.RID", csr_read(CSR_TRGP) >> 16 & 0xff, gid);
		if (!gid)
			want("TRGP", csr_read(CSR_TRGP), 0);
		return;
	}
	fail("tlbrd never found the entry");
}

GUEST(g_tlb_forms, "csrwr $a0, 0x10\n csrwr $a1, 0x11\n csrwr $a2, 0x12\n csrwr $a3, 0x13\n"
		   "tlbwr\n tlbsrch\n csrrd $a4, 0x10\n csrwr $zero, 0x12\n tlbrd\n"
		   "csrrd $a5, 0x10\n csrrd $a6, 0x11\n csrrd $a7, 0x12\n csrrd $t0, 0x13");

/* The guest's own tlbwr, tlbsrch and tlbrd. */
static void guest_forms(u64 arg)
{
	(void)arg;
	for (unsigned int i = 0; i < TRIES; i++) {
		guest_is(g_tlb_forms);
		gcsr_write(CSR_ASID, ASID);
		v.pc = G_CODE;
		v.gpr[A0] = PS_14 | mtlb_first();
		v.gpr[A1] = VA;
		v.gpr[A2] = G_SPARE | PTE_V | PTE_CC;
		v.gpr[A3] = G_DATA | PTE_V | PTE_CC;
		if (!want_done())
			return;
		if ((v.gpr[A4] | v.gpr[A5]) & BIT(31))
			continue;
		want("TLBIDX.Index", v.gpr[A4] & 0xfff, mtlb_first());
		want("TLBIDX.PS", v.gpr[A5] >> 24 & 0x3f, 14);
		want("TLBEHI", v.gpr[10], VA);
		want("TLBELO0", v.gpr[11], G_SPARE | PTE_V | PTE_CC);
		want("TLBELO1", v.gpr[12], G_DATA | PTE_V | PTE_CC);
		return;
	}
	fail("the entry was never found");
}

GUEST(g_search, "csrwr $a1, 0x11\n tlbsrch\n csrrd $a0, 0x10");

/* What another guest has is not to be found. */
static void search_isolated(u64 arg)
{
	(void)arg;
	gcsr_write(CSR_ASID, ASID);
	gtlb_put(GTLBWR);
	guest_is(g_search);
	use_guest(1);
	v.pc = G_CODE;
	v.gpr[A1] = VA;
	if (want_done())
		want_bits("TLBIDX", v.gpr[A0], BIT(31), BIT(31));
}

static void illegal(u64 op)
{
	want_root_exc(0x06498000u | (u32)op, 0, E_INE);
}

static void guest_illegal(u64 op)
{
	guest_word(0x06498000u | (u32)op);
	want_guest_exc(E_INE, 0, G_CODE);
}

static const struct kit_case cases[] = {
	{ "two-guests-data", two_guests_data, 0 },
	{ "two-guests-code", two_guests_code, 0 },
	{ "two-guests-va", two_guests_va, 0 },
	{ "all-ids", all_gids, 0 },
	{ "root-and-guest", root_and_guest, 0 },
	{ "gtlbwr-choice", gtlb_write, GTLBWR },
	{ "gtlbfill-choice", gtlb_write, GTLBFILL },
	{ "gtlbsrch-gtlbrd-choice", gtlb_search_read, 0 },
	{ "gtlbclr-choice", gtlb_forget, GTLBCLR },
	{ "gtlbflush", gtlb_forget, GTLBFLUSH },
	{ "tlbwr-tagged", tlbwr_tagged, 0 },
	{ "tlbwr-replaces", tlbwr_replaces, 0 },
	{ "tlbwr-ne-removes", tlbwr_ne, 0 },
	{ "tlbclr-tagged", tlbclr_tagged, 0x06482000 },
	{ "tlbflush-tagged", tlbclr_tagged, 0x06482400 },
	{ "trgp-of-guest-choice", trgp, 1 },
	{ "trgp-of-root", trgp, 0 },
	{ "guest-tlbwr-tlbsrch-tlbrd", guest_forms, 0 },
	{ "guest-tlbsrch-isolated", search_isolated, 0 },
	{ "guest-invtlb-0x7-ine", guest_illegal, 0x7 },
	{ "guest-invtlb-0x9-ine-choice", guest_illegal, 0x9 },
	{ "guest-invtlb-0x10-ine-choice", guest_illegal, 0x10 },
	{ "guest-invtlb-0x12-ine-choice", guest_illegal, 0x12 },
	{ "guest-invtlb-0x16-ine-choice", guest_illegal, 0x16 },
};

KIT_CASES(group_gid, "gid", cases);

/* What a hypervisor should not write, or rely on. */
static const struct kit_case odd_tlb_cases[] = {
	{ "invtlb-0x7-ine", illegal, 0x7 },
	{ "invtlb-0x8-ine", illegal, 0x8 },
	{ "invtlb-0xf-ine", illegal, 0xf },
	{ "invtlb-0x17-ine", illegal, 0x17 },
	{ "invtlb-0x1f-ine", illegal, 0x1f },
};

KIT_CASES(group_odd_tlb, "odd", odd_tlb_cases);
