/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cases_stage2.c - guest-physical pages: rights, what exits leave for the emulation of
 * devices, the root's refill, sizes of pages.
 */
#include "groups.h"
#include "hv.h"

/* ------------------------------------------------------------------ rights */

enum { LOAD, STORE, FETCH, ATOMIC, NACC };

#define OFF 0x128	/* in the page */

static const struct {
	const char *name;
	u64 pte;	/* without the page */
	u8 exc[NACC];
} rights[] = {
	{ "valid", PTE_RW, { 0, 0, 0, 0 } },
	{ "v-0", PTE_RW & ~PTE_V, { E_PIL, E_PIS, E_PIF, E_PIS } },
	{ "d-0", PTE_RW & ~(PTE_D | PTE_W), { 0, E_PME, 0, E_PME } },
	{ "nr", PTE_RW | PTE_NR, { E_PNR, 0, 0, E_PNR } },
	{ "nx", PTE_RW | PTE_NX, { 0, 0, E_PNX, 0 } },
	{ "plv-3", PTE_RW | PTE_PLV(3), { 0, 0, 0, 0 } },
	{ "rplv-3-choice", PTE_RW | PTE_PLV(3) | PTE_RPLV, { E_PPI, E_PPI, E_PPI, E_PPI } },
};

static const u32 access_words[NACC] = {
	0x28c000a4,	/* ld.d a0, a1, 0 */
	0x29c000a4,	/* st.d a0, a1, 0 */
	0x4c0000a1,	/* jirl ra, a1, 0 */
	0x386198a4,	/* amadd.d a0, a2, a1 */
};

static void rights_label(unsigned int i, char *buf, size_t n)
{
	static const char *const accs[] = { "load", "store", "fetch", "atomic" };

	fmt_into(buf, n, "%s%s-%s", i % 2 ? "plv3-" : "", accs[i / 2 % NACC],
		 rights[i / 2 / NACC].name);
}

static void rights_run(unsigned int i)
{
	unsigned int plv = i % 2 ? 3 : 0, acc = i / 2 % NACC, r = i / 2 / NACC;
	int ecode = rights[r].exc[acc];
	u32 end = plv ? W_SYSCALL : W_HVCL(HVC_SAY(2));

	guest_word(access_words[acc]);
	g_put32(G_CODE + 4, end);
	g_put32(G_SPARE + OFF, acc == FETCH ? end : 5);
	s2_map(0, G_SPARE, g_pa(G_SPARE) | rights[r].pte);
	guest_plv(plv);
	v.gpr[A1] = G_SPARE + OFF;
	v.gpr[A2] = 7;
	if (!ecode) {
		if (plv)
			want_guest_exc(E_SYS, 0, acc == FETCH ? G_SPARE + OFF : G_CODE + 4);
		else
			want_say(HVC_SAY(2));
		if (acc == LOAD)
			want("a0", v.gpr[A0], 5);
		if (acc == ATOMIC)
			want("memory", g_get(G_SPARE + OFF), 12);
		return;
	}
	if (!want_exit(ecode))
		return;
	want("ESTAT.EsubCode", exit_esub(), 0);
	want("BADV", v.x.badv, G_SPARE + OFF);
	want("ERA", v.x.era, acc == FETCH ? G_SPARE + OFF : G_CODE);
	want("TLBEHI", v.x.tlbehi, G_SPARE & ~UINT64_C(0x1fff));
	if (acc != FETCH)
		want("BADI", v.x.badi & 0xffffffff, access_words[acc]);
	want_bits("the guest's CRMD", gcsr_read(CSR_CRMD), CRMD_PLV, plv);
}

const struct kit_group group_rights = { "stage2", ARRAY_SIZE(rights) * NACC * 2, NULL,
					rights_label, rights_run };

/* ------------------------------------------------------------------ devices */

static const struct {
	const char *name;
	u32 word;
	bool is_store;
	u8 unit;	/* its bit in EUEN */
} mmio[] = {
	{ "ld.b", 0xa0u << 22, false, 0 }, { "ld.h", 0xa1u << 22, false, 0 },
	{ "ld.w", 0xa2u << 22, false, 0 }, { "ld.d", 0xa3u << 22, false, 0 },
	{ "st.b", 0xa4u << 22, true, 0 }, { "st.h", 0xa5u << 22, true, 0 },
	{ "st.w", 0xa6u << 22, true, 0 }, { "st.d", 0xa7u << 22, true, 0 },
	{ "ld.bu", 0xa8u << 22, false, 0 }, { "ld.hu", 0xa9u << 22, false, 0 },
	{ "ld.wu", 0xaau << 22, false, 0 },
	{ "ldptr.w", 0x24u << 24, false, 0 }, { "stptr.w", 0x25u << 24, true, 0 },
	{ "ldptr.d", 0x26u << 24, false, 0 }, { "stptr.d", 0x27u << 24, true, 0 },
	{ "ldx.b", 0x7000u << 15 | 6 << 10, false, 0 },
	{ "ldx.h", 0x7008u << 15 | 6 << 10, false, 0 },
	{ "ldx.w", 0x7010u << 15 | 6 << 10, false, 0 },
	{ "ldx.d", 0x7018u << 15 | 6 << 10, false, 0 },
	{ "stx.b", 0x7020u << 15 | 6 << 10, true, 0 },
	{ "stx.h", 0x7028u << 15 | 6 << 10, true, 0 },
	{ "stx.w", 0x7030u << 15 | 6 << 10, true, 0 },
	{ "stx.d", 0x7038u << 15 | 6 << 10, true, 0 },
	{ "ldx.bu", 0x7040u << 15 | 6 << 10, false, 0 },
	{ "ldx.hu", 0x7048u << 15 | 6 << 10, false, 0 },
	{ "ldx.wu", 0x7050u << 15 | 6 << 10, false, 0 },
	{ "ll.w", 0x20000000, false, 0 }, { "ll.d", 0x22000000, false, 0 },
	{ "amswap.w", 0x38600000 | 6 << 10, true, 0 },
	{ "amadd.d", 0x38618000 | 6 << 10, true, 0 },
	{ "fld.s", 0xacu << 22, false, 1 }, { "fst.s", 0xadu << 22, true, 1 },
	{ "fld.d", 0xaeu << 22, false, 1 }, { "fst.d", 0xafu << 22, true, 1 },
	{ "vld", 0xb0u << 22, false, 2 }, { "vst", 0xb1u << 22, true, 2 },
	{ "xvld", 0xb2u << 22, false, 4 }, { "xvst", 0xb3u << 22, true, 4 },
};

static void mmio_label(unsigned int i, char *buf, size_t n)
{
	fmt_into(buf, n, "%s", mmio[i].name);
}

/* The exit says all that emulation needs, and the guest goes on behind it. */
static void mmio_run(unsigned int i)
{
	u32 word = mmio[i].word | 5 << 5 | 4, unit = mmio[i].unit;

	if ((unit == 1 && !caps.has_fp) || (unit == 2 && !caps.has_lsx) ||
	    (unit == 4 && !caps.has_lasx)) {
		skip("the CPU has no such unit");
		return;
	}
	csr_write(CSR_EUEN, unit);
	gcsr_write(CSR_EUEN, unit);
	guest_word(word);
	v.gpr[A0] = UINT64_C(0x1122334455667788);
	v.gpr[A1] = G_NOWHERE + 0x10;
	if (!want_exit(mmio[i].is_store ? E_PIS : E_PIL))
		return;
	want("BADV", v.x.badv, G_NOWHERE + 0x10);
	want("BADI", v.x.badi & 0xffffffff, word);
	want("ERA", v.x.era, G_CODE);
	want("a0", v.gpr[A0], UINT64_C(0x1122334455667788));
	v.gpr[A0] = 99;
	v.pc = v.x.era + 4;
	if (want_done())
		want("a0 behind it", v.gpr[A0], 99);
}

const struct kit_group group_mmio = { "mmio", ARRAY_SIZE(mmio), NULL, mmio_label, mmio_run };

/* ------------------------------------------------------------------ refill, sizes */

GUEST(g_load, "ld.d $a0, $a1, 0");
GUEST(g_store, "st.d $a0, $a1, 0");
GUEST(g_jump, "jirl $ra, $a1, 0");
GUEST(g_preld, "preld 0, $a1, 0\n preld 8, $a1, 0");

static void load_gpa(u64 gpa)
{
	guest_is(g_load);
	v.gpr[A1] = gpa;
	if (!want_exit(E_PIL))
		return;
	want("BADV", v.x.badv, gpa);
	want("ERA", v.x.era, G_CODE);
}

static void preld_silent(u64 arg)
{
	(void)arg;
	guest_is(g_preld);
	v.gpr[A1] = G_NOWHERE;
	want_done();
}

/* The page appears while the guest waits for it. */
static void map_and_retry(u64 arg)
{
	(void)arg;
	load_gpa(G_NOWHERE + 8);
	if (has_failed())
		return;
	g_put(G_SPARE + 8, 4711);
	s2_remap(0, G_NOWHERE, g_pa(G_SPARE) | PTE_RW);
	if (want_done())
		want("a0", v.gpr[A0], 4711);
}

/* A clean page becomes writable: KVM's dirty logging. */
static void dirty_and_retry(u64 arg)
{
	(void)arg;
	guest_is(g_store);
	s2_map(0, G_SPARE, g_pa(G_SPARE) | (PTE_RW & ~PTE_D));
	v.gpr[A0] = 55;
	v.gpr[A1] = G_SPARE;
	if (!want_exit(E_PME))
		return;
	want("memory", g_get(G_SPARE), 0);
	s2_remap(0, G_SPARE, g_pa(G_SPARE) | PTE_RW);
	if (want_done())
		want("memory", g_get(G_SPARE), 55);
}

/* The second of two pages is missing: its start is named, nothing is stored. */
static void page_crossing(u64 arg)
{
	u64 at = G_SPARE + PAGE - 4;

	(void)arg;
	if (!(cpucfg(1) & BIT(20))) {
		skip("no misaligned accesses");
		return;
	}
	guest_is(g_store);
	s2_map(0, G_SPARE + PAGE, 0);
	g_put32(at, 0);
	v.gpr[A0] = UINT64_MAX;
	v.gpr[A1] = at;
	if (!want_exit(E_PIS))
		return;
	want("BADV", v.x.badv, G_SPARE + PAGE);
	want("memory", *(u32 *)g_ptr(at), 0);
}

/* Dirty logging begins anew: the page was writable, and the TLB knows it. */
static void dirty_again(u64 arg)
{
	(void)arg;
	dirty_and_retry(0);
	if (has_failed())
		return;
	s2_remap(0, G_SPARE, g_pa(G_SPARE) | (PTE_RW & ~PTE_D));
	v.gpr[A0] = 66;
	v.pc = G_CODE;
	if (want_exit(E_PME))
		want("memory", g_get(G_SPARE), 55);
}

/* A page that the guest has used goes: read, written, executed. */
static void taken_away(u64 acc)
{
	static const int exc[] = { E_PIL, E_PIS, E_PIF };

	guest_word(access_words[acc]);
	g_put32(G_SPARE, W_HVCL(HVC_SAY(2)));
	v.gpr[A0] = W_HVCL(HVC_SAY(2));
	v.gpr[A1] = G_SPARE;
	if (acc == FETCH ? !want_say(HVC_SAY(2)) : !want_done())
		return;
	s2_remap(0, G_SPARE, 0);
	v.pc = G_CODE;
	if (want_exit(exc[acc]))
		want("BADV", v.x.badv, G_SPARE);
}

/* Another page takes its place. */
static void replaced(u64 acc)
{
	guest_word(access_words[acc]);
	g_put32(G_SPARE, W_HVCL(HVC_SAY(2)));
	g_put32(G_DATA, W_HVCL(HVC_SAY(3)));
	v.gpr[A0] = W_HVCL(HVC_SAY(2));
	v.gpr[A1] = G_SPARE;
	if (acc == FETCH ? !want_say(HVC_SAY(2)) : !want_done())
		return;
	s2_remap(0, G_SPARE, g_pa(G_DATA) | PTE_RW);
	v.pc = G_CODE;
	if (acc == FETCH) {
		want_say(HVC_SAY(3));
		return;
	}
	v.gpr[A0] = W_HVCL(HVC_SAY(4));
	if (!want_done())
		return;
	if (acc == LOAD)
		want("a0", v.gpr[A0] & 0xffffffff, W_HVCL(HVC_SAY(3)));
	else
		want("memory", g_get(G_DATA) & 0xffffffff, W_HVCL(HVC_SAY(4)));
}

/* The root's ASID has no part in guests' pages: none of another ASID survives. */
static void root_asid(u64 arg)
{
	(void)arg;
	guest_is(g_load);
	g_put(G_SPARE, 1);
	g_put(G_DATA, 2);
	v.gpr[A1] = G_NOWHERE;
	s2_map(0, G_NOWHERE, g_pa(G_SPARE) | PTE_RW);
	for (u64 i = 0; i < 2; i++) {
		csr_write(CSR_ASID, 1 + i);
		v.pc = G_CODE;
		if (!want_done())
			return;
		want("a0", v.gpr[A0], 1);
	}
	s2_remap(0, G_NOWHERE, g_pa(G_DATA) | PTE_RW);
	for (u64 i = 0; i < 3; i++) {
		csr_write(CSR_ASID, i);
		v.pc = G_CODE;
		if (!want_done())
			return;
		want("a0 of the new page", v.gpr[A0], 2);
	}
	csr_write(CSR_ASID, 0);
}

static void refill_of(const u32 *from, const u32 *end, bool is_fetch)
{
	u64 estat;

	guest_load(from, end);
	watch_page(G_NOWHERE);
	csr_write(CSR_BADV, 0x777);
	estat = csr_read(CSR_ESTAT) & ~UINT64_C(0x1fff);
	v.gpr[A1] = G_NOWHERE + OFF;
	if (!want_exit(E_REFILL))
		return;
	want("TLBRBADV", v.x.tlbrbadv, G_NOWHERE + OFF);
	want_bits("TLBREHI", v.x.tlbrehi, ~UINT64_C(0x1fff), G_NOWHERE);
	want("TLBRERA", v.x.tlbrera, (is_fetch ? G_NOWHERE + OFF : G_CODE) | 1);
	want("TLBRPRMD", v.x.tlbrprmd, 0xc);
	want_bits("CRMD", v.x.crmd, CRMD_PLV | CRMD_IE | CRMD_DA | CRMD_PG, CRMD_DA);
	want("BADV", v.x.badv, 0x777);
	want("PRMD", v.x.prmd, v.prmd);
	want("ERA", v.x.era, v.pc);
	want("ESTAT", v.x.estat & ~UINT64_C(0x1fff), estat);
	want_bits("GSTAT", v.x.gstat, GSTAT_PVM, GSTAT_PVM);
	want("the guest's CRMD", gcsr_read(CSR_CRMD), CRMD_DA | CRMD_DAT_CC);
}

static void refill_load(u64 arg)
{
	(void)arg;
	refill_of(g_load, g_load_end, false);
}

static void refill_store(u64 arg)
{
	(void)arg;
	refill_of(g_store, g_store_end, false);
}

static void refill_fetch(u64 arg)
{
	(void)arg;
	refill_of(g_jump, g_jump_end, true);
}

static void refill_returns(u64 arg)
{
	(void)arg;
	guest_is(g_load);
	g_put(G_DATA, 31);
	v.gpr[A1] = G_DATA;
	if (!want_done())
		return;
	want("a0", v.gpr[A0], 31);
	/* At least code and data. */
	if (csr_read(KS_REFILLS) < 2)
		fail("%lu refills, at least 2 wanted", csr_read(KS_REFILLS));
}

/* The refill's own mode bit decides, not GSTAT.PVM. */
static void refill_without_pvm(u64 arg)
{
	(void)arg;
	csr_write(CSR_TLBRENTRY, pa_of(hv_refill_no_pvm));
	guest_is(g_load);
	g_put(G_DATA, 31);
	v.gpr[A1] = G_DATA;
	if (!want_done())
		return;
	want("a0", v.gpr[A0], 31);
	/* It was clear when the guest went on: the exit has set it. */
	want_bits("GSTAT in the vector", v.x.gstat, GSTAT_PVM, GSTAT_PVM);
}

/* Root interrupts are off in the refill, and on again behind it. */
static void refill_ie(u64 arg)
{
	u64 start = counter();

	(void)arg;
	refill_returns(0);
	v.pc = G_CODE;
	g_put32(G_CODE + 4, 0x50000000);	/* b . */
	asm volatile("ibar 0" : : : "memory");
	want("exit", (u64)hv_run(), E_NONE);
	if (counter() - start > 60 * counter_hz())
		fail("it took more than a minute");
}

static void huge_rw(u64 arg)
{
	u64 pa = huge_pa();

	(void)arg;
	if (!pa) {
		skip("no RAM at 32 MiB");
		return;
	}
	guest_is(g_load);
	s2_map_huge(0, G_HUGE, pa | PTE_RW);
	for (u64 off = 0x10008; off < 0x2000000; off += 0x555000) {
		volatile u64 *p = (u64 *)(UINT64_C(0x9000000000000000) | (pa + off));

		*p = off * 3;
		v.pc = G_CODE;
		v.gpr[A1] = G_HUGE + off;
		if (!want_done())
			return;
		want("a0", v.gpr[A0], off * 3);
	}
}

static void huge_readonly(u64 arg)
{
	(void)arg;
	if (!huge_pa()) {
		skip("no RAM at 32 MiB");
		return;
	}
	guest_is(g_store);
	s2_map_huge(0, G_HUGE, huge_pa() | (PTE_RW & ~PTE_D));
	v.gpr[A1] = G_HUGE + 0x1234568;
	if (!want_exit(E_PME))
		return;
	want("BADV", v.x.badv, G_HUGE + 0x1234568);
	s2_map_huge(0, G_HUGE, huge_pa() | PTE_RW);
	invtlb(0x16, (u64)gid_of(0) << 16, G_HUGE + 0x1234568);
	want_done();
}

static void huge_nx(u64 arg)
{
	(void)arg;
	if (!huge_pa()) {
		skip("no RAM at 32 MiB");
		return;
	}
	guest_is(g_jump);
	s2_map_huge(0, G_HUGE, huge_pa() | PTE_RW | PTE_NX);
	v.gpr[A1] = G_HUGE + 0x800;
	if (want_exit(E_PNX))
		want("BADV", v.x.badv, G_HUGE + 0x800);
}

/* The same RAM by tables of other pages: three levels of 512 entries. */
static struct {
	u64 e[512];
} __attribute__((aligned(0x4000))) sized[4];

static void page_size(u64 ps)
{
	enum { DIR3, DIR1, LAST, NONE };

	if (!(caps.page_sizes >> ps & 1)) {
		skip("PRCFG2 does not offer it");
		return;
	}
	for (unsigned int i = 0; i < 512; i++) {
		/* All but the first directory entry lead to an empty table. */
		sized[DIR3].e[i] = pa_of(&sized[DIR1]);
		sized[DIR1].e[i] = pa_of(&sized[i ? NONE : LAST]);
		sized[LAST].e[i] = (u64)i << ps < G_RAM_BYTES ?
				   (g_pa((u64)i << ps) & ~((UINT64_C(1) << ps) - 1)) | PTE_RW : 0;
		sized[NONE].e[i] = 0;
	}
	csr_write(CSR_PWCL, ps | 9 << 5 | (ps + 9) << 10 | 9 << 15);
	csr_write(CSR_PWCH, (ps + 18) | 9 << 6);
	csr_write(CSR_STLBPS, ps);
	v.root = pa_of(&sized[DIR3]);
	guest_is(g_load);
	for (u64 gpa = G_DATA; gpa < G_DATA + 2 * PAGE; gpa += 0x1008) {
		g_put(gpa, gpa * 5);
		v.pc = G_CODE;
		v.gpr[A1] = gpa;
		if (!want_done())
			return;
		want("a0", v.gpr[A0], gpa * 5);
	}
	v.pc = G_CODE;
	v.gpr[A1] = UINT64_C(1) << (ps + 9);
	if (want_exit(E_PIL))
		want("BADV", v.x.badv, v.gpr[A1]);
}

/* Types of memory. */
static void matc(u64 value)
{
	if (!(caps.gcfg >> value & 1)) {
		skip("MATP does not offer it");
		return;
	}
	csr_change(CSR_GCFG, value << 4, 0x30);
	refill_returns(0);
}

GUEST(g_store_load, "st.d $a0, $a1, 0\n dbar 0\n ld.d $a2, $a1, 0");

static void mat_of_page(u64 mat)
{
	guest_is(g_store_load);
	s2_map(0, G_SPARE, g_pa(G_SPARE) | (PTE_RW & ~PTE_CC) | mat << 4);
	v.gpr[A0] = 17 + mat;
	v.gpr[A1] = G_SPARE;
	if (want_done())
		want("a2", v.gpr[A2], 17 + mat);
}

static const struct kit_case cases[] = {
	{ "gpa-of-missing-table", load_gpa, G_NOWHERE + 0x3ff8 },
	{ "gpa-of-missing-directory", load_gpa, UINT64_C(0x1000000000) + 0x18 },
	{ "gpa-highest", load_gpa, UINT64_C(0x7ffffffffff8) },
	{ "preld-silent", preld_silent, 0 },
	{ "map-and-retry", map_and_retry, 0 },
	{ "dirty-and-retry", dirty_and_retry, 0 },
	{ "dirty-logging-again", dirty_again, 0 },
	{ "taken-away-load", taken_away, LOAD },
	{ "taken-away-store", taken_away, STORE },
	{ "taken-away-fetch", taken_away, FETCH },
	{ "replaced-load", replaced, LOAD },
	{ "replaced-store", replaced, STORE },
	{ "replaced-fetch", replaced, FETCH },
	{ "root-asid-ignored", root_asid, 0 },
	{ "page-crossing-choice", page_crossing, 0 },
	{ "refill-load", refill_load, 0 },
	{ "refill-store", refill_store, 0 },
	{ "refill-fetch", refill_fetch, 0 },
	{ "refill-returns", refill_returns, 0 },
	{ "refill-then-irq", refill_ie, 0 },
	{ "huge-32m", huge_rw, 0 },
	{ "huge-readonly", huge_readonly, 0 },
	{ "huge-nx", huge_nx, 0 },
	{ "pages-4k", page_size, 12 },
	{ "pages-8k", page_size, 13 },
	{ "pages-16k", page_size, 14 },
	{ "pages-32k", page_size, 15 },
	{ "pages-64k", page_size, 16 },
	{ "pages-128k", page_size, 17 },
	{ "pages-256k", page_size, 18 },
	{ "pages-512k", page_size, 19 },
	{ "matc-0", matc, 0 },
	{ "matc-1", matc, 1 },
	{ "matc-2", matc, 2 },
	{ "mat-suc", mat_of_page, 0 },
	{ "mat-cc", mat_of_page, 1 },
	{ "mat-wuc", mat_of_page, 2 },
};

KIT_CASES(group_gpa, "gpa", cases);

/* What a hypervisor should not write, or rely on. */
static const struct kit_case odd_refill_cases[] = {
	{ "refill-without-pvm-choice", refill_without_pvm, 0 },
};

KIT_CASES(group_odd_refill, "odd", odd_refill_cases);
