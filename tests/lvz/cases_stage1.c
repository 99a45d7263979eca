/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cases_stage1.c - the guest's own translation: direct mode, windows, pages, its refill and
 * its tables, and how that meets the second stage.
 */
#include "hv.h"

#define VA UINT64_C(0x40000000)
#define IN_WINDOW(gpa) (UINT64_C(0x8000000000000000) | (gpa))
#define OFF 0x128

GUEST(g_load, "ld.d $a0, $a1, 0");
GUEST(g_store, "st.d $a0, $a1, 0");
GUEST(g_jump, "jirl $ra, $a1, 0");

/* ------------------------------------------------------------------ rights */

enum { LOAD, STORE, FETCH, NACC };

static const struct {
	const char *name;
	u64 pte;
	u8 plv;
	u8 exc[NACC];
} rights[] = {
	{ "valid", PTE_RW, 0, { 0, 0, 0 } },
	{ "v-0", PTE_RW & ~PTE_V, 0, { E_PIL, E_PIS, E_PIF } },
	{ "d-0", PTE_RW & ~(PTE_D | PTE_W), 0, { 0, E_PME, 0 } },
	{ "nr", PTE_RW | PTE_NR, 0, { E_PNR, 0, 0 } },
	{ "nx", PTE_RW | PTE_NX, 0, { 0, 0, E_PNX } },
	{ "plv-0-by-3", PTE_RW, 3, { E_PPI, E_PPI, E_PPI } },
	{ "plv-3-by-3", PTE_RW | PTE_PLV(3), 3, { 0, 0, 0 } },
	{ "plv-3-by-0", PTE_RW | PTE_PLV(3), 0, { 0, 0, 0 } },
	{ "rplv-3-by-0", PTE_RW | PTE_PLV(3) | PTE_RPLV, 0, { E_PPI, E_PPI, E_PPI } },
	{ "rplv-3-by-3", PTE_RW | PTE_PLV(3) | PTE_RPLV, 3, { 0, 0, 0 } },
};

static void rights_label(unsigned int i, char *buf, size_t n)
{
	static const char *const accs[] = { "load", "store", "fetch" };

	fmt_into(buf, n, "%s-%s", accs[i % NACC], rights[i / NACC].name);
}

static void rights_run(unsigned int i)
{
	unsigned int acc = i % NACC, r = i / NACC;
	int ecode = rights[r].exc[acc];
	u64 pc;

	g_paging(G_WALKER);
	g_map(VA, G_SPARE | rights[r].pte);
	guest_word(acc == LOAD ? g_load[0] : acc == STORE ? g_store[0] : g_jump[0]);
	g_put32(G_CODE + 4, W_SYSCALL);
	g_put32(G_SPARE + OFF, W_SYSCALL);
	guest_plv(rights[r].plv);
	v.gpr[A0] = W_SYSCALL;
	v.gpr[A1] = VA + OFF;
	pc = acc == FETCH ? VA + OFF : v.pc + (ecode ? 0 : 4);
	if (!want_guest_exc(ecode ? (unsigned int)ecode : E_SYS, 0, pc))
		return;
	want("the guest's PRMD", gcsr_read(CSR_PRMD), rights[r].plv);
	if (!ecode)
		return;
	want("the guest's BADV", gcsr_read(CSR_BADV), VA + OFF);
	want("the guest's TLBEHI", gcsr_read(CSR_TLBEHI), VA);
	if (acc != FETCH)
		want("the guest's BADI", gcsr_read(CSR_BADI) & 0xffffffff,
		     *(u32 *)g_ptr(G_CODE));
}

const struct kit_group group_stage1 = { "stage1", ARRAY_SIZE(rights) * NACC, NULL,
					rights_label, rights_run };

/* ------------------------------------------------------------------ direct, windows */

static void load_gets(u64 va, u64 value)
{
	v.gpr[A1] = va;
	if (want_done())
		want("a0", v.gpr[A0], value);
}

/* Direct mode drops the address bits above PALEN. */
static void direct_drops(u64 high)
{
	guest_is(g_load);
	g_put(G_DATA, 12);
	load_gets(high | G_DATA, 12);
}

static void window_load(u64 i)
{
	g_paging(G_REFILL);
	gcsr_write_n(CSR_DMW0 + (unsigned int)i + 1, UINT64_C(0xa000000000000011));
	guest_is(g_load);
	g_put(G_DATA, 12);
	load_gets(UINT64_C(0xa000000000000000) | G_DATA, 12);
}

/* Bits between PALEN and the segment are not part of the address. */
static void window_drops(u64 arg)
{
	(void)arg;
	g_paging(G_REFILL);
	guest_is(g_load);
	g_put(G_DATA, 12);
	load_gets(UINT64_C(0x8ff0000000000000) | G_DATA, 12);
}

static void window_fetch(u64 arg)
{
	(void)arg;
	g_paging(G_REFILL);
	gcsr_write(CSR_DMW1, UINT64_C(0xa000000000000011));
	guest_is(g_jump);
	g_put32(G_DATA, W_HVCL(HVC_SAY(2)));
	v.gpr[A1] = UINT64_C(0xa000000000000000) | G_DATA;
	if (want_say(HVC_SAY(2)))
		want("ERA", v.x.era, v.gpr[A1]);
}

/* Windows 2 and 3 serve loads and stores only. */
static void window_no_fetch(u64 csr)
{
	g_paging(G_REFILL);
	gcsr_write_n((unsigned int)csr, UINT64_C(0x2000000000000011));
	guest_is(g_jump);
	g_put32(G_DATA, W_HVCL(HVC_SAY(2)));
	v.gpr[A1] = UINT64_C(0x2000000000000000) | G_DATA;
	if (want_guest_exc(E_ADE, 0, v.gpr[A1]))
		want("the guest's BADV", gcsr_read(CSR_BADV), v.gpr[A1]);
}

/* A window for PLV0 is not there for PLV3: the address has no page. */
static void window_plv(u64 arg)
{
	(void)arg;
	g_paging(G_REFILL);
	/* In the upper half of the mapped addresses, where it would be canonical. */
	gcsr_write(CSR_DMW1, UINT64_C(0xf000000000000011));
	guest_is(g_load);
	guest_plv(3);
	v.gpr[A1] = UINT64_C(0xffff800000000000) | G_DATA;
	if (want_say(HVC_REFILL))
		want("the guest's TLBRBADV", gcsr_read(CSR_TLBRBADV), v.gpr[A1]);
}

static void window_second_stage(u64 arg)
{
	(void)arg;
	g_paging(G_REFILL);
	guest_is(g_load);
	v.gpr[A1] = IN_WINDOW(G_NOWHERE + 0x18);
	if (want_exit(E_PIL))
		want("BADV", v.x.badv, G_NOWHERE + 0x18);
}

/* ------------------------------------------------------------------ refill */

static void refill_state(const u32 *from, const u32 *end, bool is_fetch, unsigned int plv)
{
	guest_load(from, end);
	g_paging(G_REFILL);
	guest_plv(plv);
	gcsr_write(CSR_ERA, 0x1230);
	gcsr_write(CSR_BADV, 0x777);
	v.gpr[A1] = VA + OFF;
	if (!want_say(HVC_REFILL))
		return;
	want("the guest's TLBRBADV", gcsr_read(CSR_TLBRBADV), VA + OFF);
	want_bits("the guest's TLBREHI", gcsr_read(CSR_TLBREHI), ~UINT64_C(0x1fff), VA);
	want("the guest's TLBRERA", gcsr_read(CSR_TLBRERA), (is_fetch ? VA + OFF : v.pc) | 1);
	want("the guest's TLBRPRMD", gcsr_read(CSR_TLBRPRMD), plv);
	want_bits("the guest's CRMD", gcsr_read(CSR_CRMD),
		  CRMD_PLV | CRMD_IE | CRMD_DA | CRMD_PG, CRMD_DA);
	want("the guest's ERA", gcsr_read(CSR_ERA), 0x1230);
	want("the guest's BADV", gcsr_read(CSR_BADV), 0x777);
	want("ERA", v.x.era, G_REFILL);
}

static void refill_load(u64 plv)
{
	refill_state(g_load, g_load_end, false, (unsigned int)plv);
}

static void refill_store(u64 plv)
{
	refill_state(g_store, g_store_end, false, (unsigned int)plv);
}

static void refill_fetch(u64 plv)
{
	refill_state(g_jump, g_jump_end, true, (unsigned int)plv);
}

static void walker(u64 arg)
{
	(void)arg;
	g_paging(G_WALKER);
	g_map(VA, G_SPARE | PTE_RW);
	g_map(VA + PAGE, G_DATA | PTE_RW);
	g_put(G_SPARE, 21);
	g_put(G_DATA, 22);
	guest_is(g_load);
	load_gets(VA, 21);
	v.pc = IN_WINDOW(G_CODE);
	load_gets(VA + PAGE, 22);
	want("the guest's CRMD", gcsr_read(CSR_CRMD) & 0x1f, CRMD_PG);
}

static void upper_half(u64 arg)
{
	u64 va = UINT64_C(0xffff800000000000) + VA;

	(void)arg;
	g_paging(G_WALKER);
	/* Its own directory for the upper half. */
	gcsr_write(CSR_PGDL, G_TABLE + 3 * PAGE);
	g_map(va, G_SPARE | PTE_RW);
	g_put(G_SPARE, 23);
	guest_is(g_load);
	load_gets(va, 23);
}

static void walker_huge(u64 arg)
{
	(void)arg;
	g_paging(G_WALKER);
	/* 32 MiB from guest-physical 0. */
	g_put(G_TABLE + (VA >> 25 & 0x7ff) * 8, PTE_RW | PTE_HUGE);
	g_put(G_DATA + 0x18, 24);
	guest_is(g_load);
	load_gets(VA + G_DATA + 0x18, 24);
}

/* The guest's walk reads tables by guest-physical address, through the second stage. */
static void walk_exits(u64 level)
{
	u64 want_at = G_NOWHERE;

	g_paging(G_WALKER);
	if (level) {
		gcsr_write(CSR_PGDL, G_NOWHERE);
		want_at += (VA >> 25 & 0x7ff) * 8;
	} else {
		g_put(G_TABLE + (VA >> 25 & 0x7ff) * 8, G_NOWHERE);
		want_at += (VA >> 14 & 0x7ff) * 8;
	}
	guest_is(g_load);
	v.gpr[A1] = VA;
	if (!want_exit(E_PIL))
		return;
	want("BADV", v.x.badv, want_at);
	want("BADI", v.x.badi & 0xffffffff, level ? 0x0640058c : 0x06440180);
	want("ERA", v.x.era, G_WALKER + (level ? 8 : 12));
	want("the guest's TLBRBADV", gcsr_read(CSR_TLBRBADV), VA);
	want_bits("the guest's TLBRERA", gcsr_read(CSR_TLBRERA), 1, 1);
	/* Once its tables are there the walk goes on where it was. */
	s2_remap(0, G_NOWHERE, g_pa(G_TABLE + (level ? 0 : PAGE)) | PTE_RW);
	g_put(G_TABLE + PAGE + (VA >> 14 & 0x7ff) * 8, G_SPARE | PTE_RW);
	if (level)
		g_put(G_TABLE + (VA >> 25 & 0x7ff) * 8, G_TABLE + PAGE);
	g_put(G_SPARE, 25);
	v.pc = v.x.era;
	if (want_done())
		want("a0", v.gpr[A0], 25);
}

static void second_stage_address(u64 arg)
{
	(void)arg;
	g_paging(G_WALKER);
	g_map(VA, G_NOWHERE | PTE_RW);
	guest_is(g_store);
	v.gpr[A1] = VA + OFF;
	if (!want_exit(E_PIS))
		return;
	want("BADV", v.x.badv, G_NOWHERE + OFF);
	want("the guest's BADV", gcsr_read(CSR_BADV), 0);
}

/* Rights of both stages hold. */
static void both_rights(u64 arg)
{
	(void)arg;
	g_paging(G_WALKER);
	g_map(VA, G_SPARE | (PTE_RW & ~(PTE_D | PTE_W)));
	s2_map(0, G_SPARE, 0);
	guest_is(g_store);
	v.gpr[A1] = VA;
	/* The guest's own stage comes first. */
	want_guest_exc(E_PME, 0, v.pc);
}

/* The guest's handlers may be out of reach of the second stage, too. */
static void vector_missing(u64 arg)
{
	(void)arg;
	gcsr_write(CSR_EENTRY, G_NOWHERE);
	guest_word(W_SYSCALL);
	if (!want_exit(E_PIF))
		return;
	want("BADV", v.x.badv, G_NOWHERE);
	want("ERA", v.x.era, G_NOWHERE);
	want("the guest's ERA", gcsr_read(CSR_ERA), G_CODE);
	want("the guest's ESTAT", gcsr_read(CSR_ESTAT), (u64)E_SYS << 16);
}

static void refill_missing(u64 arg)
{
	(void)arg;
	g_paging(G_NOWHERE);
	guest_is(g_load);
	v.gpr[A1] = VA;
	if (!want_exit(E_PIF))
		return;
	want("BADV", v.x.badv, G_NOWHERE);
	want("ERA", v.x.era, G_NOWHERE);
	want("the guest's TLBRERA", gcsr_read(CSR_TLBRERA), IN_WINDOW(G_CODE) | 1);
}

/* Each address space has its own translation. */
static void asids(u64 arg)
{
	(void)arg;
	g_paging(G_WALKER);
	g_put(G_SPARE, 31);
	g_put(G_DATA, 32);
	guest_is(g_load);
	g_map(VA, G_SPARE | PTE_RW);
	load_gets(VA, 31);
	gcsr_write(CSR_ASID, 8);
	g_map(VA, G_DATA | PTE_RW);
	v.pc = IN_WINDOW(G_CODE);
	load_gets(VA, 32);
}

/* A huge page of the guest's over small ones of the root's, one of which changes. */
static void huge_over_small(u64 is_store)
{
	g_paging(G_WALKER);
	g_put(G_TABLE + (VA >> 25 & 0x7ff) * 8, PTE_RW | PTE_HUGE);
	g_put(G_DATA, 1);
	g_put(G_SPARE, 2);
	guest_word(is_store ? g_store[0] : g_load[0]);
	v.gpr[A0] = 3;
	v.gpr[A1] = VA + G_DATA;
	if (!want_done())
		return;
	s2_remap(0, G_DATA, g_pa(G_SPARE) | PTE_RW);
	v.pc = IN_WINDOW(G_CODE);
	v.gpr[A0] = 4;
	if (!want_done())
		return;
	if (is_store) {
		want("the old page", g_get(G_DATA), 3);
		want("the new page", g_get(G_SPARE), 4);
	} else {
		want("a0", v.gpr[A0], 2);
	}
}

GUEST(g_set_window, "csrwr $a2, 0x181\n ld.d $a0, $a1, 0\n csrwr $zero, 0x181");

/* What the guest sets itself holds for its next instruction. */
static void window_by_guest(u64 arg)
{
	(void)arg;
	g_paging(G_REFILL);
	guest_is(g_set_window);
	g_put(G_DATA, 12);
	v.gpr[A2] = UINT64_C(0xa000000000000011);
	load_gets(UINT64_C(0xa000000000000000) | G_DATA, 12);
}

GUEST(g_set_asid, "ld.d $a0, $a1, 0\n csrwr $a2, 0x18\n csrwr $a3, 0x19\n ld.d $a4, $a1, 0");

static void asid_by_guest(u64 arg)
{
	(void)arg;
	g_paging(G_WALKER);
	guest_is(g_set_asid);
	g_put(G_SPARE, 1);
	g_put(G_DATA, 2);
	g_map(VA, G_SPARE | PTE_RW);
	g_put(G_TABLE + 2 * PAGE + (VA >> 25 & 0x7ff) * 8, G_TABLE + 3 * PAGE);
	g_put(G_TABLE + 3 * PAGE + (VA >> 14 & 0x7ff) * 8, G_DATA | PTE_RW);
	v.gpr[A1] = VA;
	v.gpr[A2] = 8;
	v.gpr[A3] = G_TABLE + 2 * PAGE;
	if (!want_done())
		return;
	want("before", v.gpr[A0], 1);
	want("behind", v.gpr[A4], 2);
}

GUEST(g_to_mapped, "csrwr $a2, 0x0\n ld.d $a0, $a1, 0");

/* From direct to mapped mode, as a kernel's start does. */
static void mode_by_guest(u64 arg)
{
	(void)arg;
	g_paging(G_WALKER);
	gcsr_write(CSR_CRMD, CRMD_DA | CRMD_DAT_CC);
	gcsr_write(CSR_DMW1, 0x11);		/* the code where it is */
	guest_is(g_to_mapped);
	g_put(G_DATA, 12);
	v.pc = G_CODE;
	v.gpr[A2] = CRMD_PG;
	load_gets(IN_WINDOW(G_DATA), 12);
}

/* A handler that fills one entry of any size. */
GUEST(g_fill, "tlbfill\n ertn");

static void page_size(u64 ps)
{
	u64 mask = (UINT64_C(1) << ps) - 1, even = G_DATA & ~mask, odd = G_SPARE & ~mask;

	if (!(caps.page_sizes >> ps & 1)) {
		skip("PRCFG2 does not offer it");
		return;
	}
	g_paging(G_REFILL);
	for (unsigned int i = 0; i < 2; i++)
		g_put32(G_REFILL + 4 * i, g_fill[i]);
	gcsr_write(CSR_TLBREHI, ps);
	gcsr_write(CSR_TLBRELO0, even | PTE_V | PTE_D | PTE_CC);
	gcsr_write(CSR_TLBRELO1, odd | PTE_V | PTE_D | PTE_CC);
	g_put(G_DATA + 0x18, 41);
	g_put(G_SPARE + 0x18, 42);
	guest_is(g_load);
	load_gets(UINT64_C(0x100000000) + (G_DATA & mask) + 0x18, 41);
	v.pc = IN_WINDOW(G_CODE);
	load_gets(UINT64_C(0x100000000) + mask + 1 + (G_SPARE & mask) + 0x18, 42);
}

/* The guest's hardware walker, where there is one. */
static void hardware_walker(u64 arg)
{
	u64 at = G_TABLE + PAGE + (VA >> 14 & 0x7ff) * 8;

	(void)arg;
	if (!caps.has_ptw) {
		skip("no hardware walker");
		return;
	}
	g_paging(G_REFILL);
	gcsr_write(CSR_PWCH, BIT(24));
	g_map(VA, G_SPARE | PTE_P | PTE_W | PTE_CC);
	guest_is(g_store);
	v.gpr[A0] = 51;
	v.gpr[A1] = VA;
	if (!want_done())
		return;
	want("memory", g_get(G_SPARE), 51);
	want_bits("the marks", g_get(at), PTE_V | PTE_D, PTE_V | PTE_D);
}

static void hardware_walker_exits(u64 arg)
{
	(void)arg;
	if (!caps.has_ptw) {
		skip("no hardware walker");
		return;
	}
	g_paging(G_REFILL);
	gcsr_write(CSR_PWCH, BIT(24));
	gcsr_write(CSR_PGDL, G_NOWHERE);
	guest_is(g_load);
	v.gpr[A1] = VA;
	if (!want_exit(E_PIL))
		return;
	want("BADV", v.x.badv, G_NOWHERE + (VA >> 25 & 0x7ff) * 8);
	want("ERA", v.x.era, v.pc);
}

static const struct kit_case cases[] = {
	{ "direct-drops-0x9000", direct_drops, UINT64_C(0x9000000000000000) },
	{ "direct-drops-0xffff", direct_drops, UINT64_C(0xffff000000000000) },
	{ "window-1-load", window_load, 0 },
	{ "window-2-load", window_load, 1 },
	{ "window-3-load", window_load, 2 },
	{ "window-drops-bits", window_drops, 0 },
	{ "window-1-fetch", window_fetch, 0 },
	{ "window-2-no-fetch-choice", window_no_fetch, CSR_DMW2 },
	{ "window-3-no-fetch-choice", window_no_fetch, CSR_DMW3 },
	{ "window-plv", window_plv, 0 },
	{ "window-second-stage", window_second_stage, 0 },
	{ "refill-load", refill_load, 0 },
	{ "refill-load-plv3", refill_load, 3 },
	{ "refill-store", refill_store, 0 },
	{ "refill-store-plv3", refill_store, 3 },
	{ "refill-fetch", refill_fetch, 0 },
	{ "refill-fetch-plv3", refill_fetch, 3 },
	{ "walk-pages", walker, 0 },
	{ "walk-upper-half", upper_half, 0 },
	{ "walk-huge", walker_huge, 0 },
	{ "walk-exit-lddir", walk_exits, 1 },
	{ "walk-exit-ldpte", walk_exits, 0 },
	{ "second-stage-address", second_stage_address, 0 },
	{ "first-stage-first", both_rights, 0 },
	{ "vector-missing", vector_missing, 0 },
	{ "refill-missing", refill_missing, 0 },
	{ "asids", asids, 0 },
	{ "huge-over-small-load", huge_over_small, 0 },
	{ "huge-over-small-store", huge_over_small, 1 },
	{ "window-by-guest", window_by_guest, 0 },
	{ "asid-by-guest", asid_by_guest, 0 },
	{ "mode-by-guest", mode_by_guest, 0 },
	{ "pages-4k", page_size, 12 },
	{ "pages-8k", page_size, 13 },
	{ "pages-16k", page_size, 14 },
	{ "pages-64k", page_size, 16 },
	{ "pages-256k", page_size, 18 },
	{ "pages-1m", page_size, 20 },
	{ "pages-2m", page_size, 21 },
	{ "pages-16m", page_size, 24 },
	{ "pages-64m", page_size, 26 },
	{ "pages-512m", page_size, 29 },
	{ "ptw-marks", hardware_walker, 0 },
	{ "ptw-exits", hardware_walker_exits, 0 },
};

KIT_CASES(group_gva, "gva", cases);
