/* SPDX-License-Identifier: Apache-2.0 */
/*
 * torture_walk.c - the hardware walker, and lddir and ldpte, over random page tables: shapes
 * that no system uses, garbage entries, huge pages at every level, tables outside RAM.  Both
 * must give what the manual's walk gives.  Then configurations that make no sense at all,
 * of which only the guest may suffer: the fixture's RAM lies between guard pages.
 */
#include "mmu_access.h"

#define NROUNDS 40u
#define WALKER UINT64_C(0x5800)		/* csrrd PGD, lddir ..., ldpte, ldpte, break */

enum counter {
	WALK_FRAMES = MMU_NCOUNTERS, WALK_HUGE_1, WALK_HUGE_2, WALK_HUGE_3, WALK_HUGE_4,
	WALK_OUTSIDE, WALK_ABSENT, WALK_SENSELESS, WALK_NCOUNTERS
};

static const char *const counters[WALK_NCOUNTERS] = {
	[MMU_LOAD] = "loads", [MMU_STORE] = "stores", [MMU_RMW] = "read-modify-writes",
	[MMU_FETCH] = "fetches", [MMU_BUS] = "accesses to the bus",
	[MMU_MARKED_V] = "accessed marks set", [MMU_MARKED_D] = "dirty marks set",
	[MMU_PIL] = "PIL", [MMU_PIS] = "PIS", [MMU_PIF] = "PIF", [MMU_PME] = "PME",
	[MMU_PNR] = "PNR", [MMU_PNX] = "PNX", [MMU_PPI] = "PPI",
	[WALK_FRAMES] = "walks to a page", [WALK_HUGE_1] = "huge in directory 1",
	[WALK_HUGE_2] = "huge in directory 2", [WALK_HUGE_3] = "huge in directory 3",
	[WALK_HUGE_4] = "huge in directory 4", [WALK_OUTSIDE] = "tables outside RAM",
	[WALK_ABSENT] = "no entry", [WALK_SENSELESS] = "senseless configurations",
};

static struct mmu_world w;

static struct ref_cpu *ref(void)
{
	return &w.ref[0];
}

static unsigned int below(unsigned int n)
{
	return rng_below(&w.rng, n);
}

static bool one_in(unsigned int n)
{
	return rng_one_in(&w.rng, n);
}

static uint64_t read_phys(void *ctx, uint64_t pa)
{
	const struct fx *fx = ctx;

	return pa + 8 <= FX_RAM_BYTES ? fx_get64(fx, pa) : fx->mmio_val;
}

/* Levels stand on each other, some are left out, the highest bits may be, too. */
static void choose_shape(void)
{
	struct ref_cpu *c = ref();
	unsigned int at = 12 + below(5);

	memset(c->level, 0, sizeof(c->level));
	for (unsigned int l = 0; l < REF_LEVELS && at < 48; l++) {
		unsigned int most = 48 - at < 10 ? 48 - at : 10;

		if (l && one_in(3))
			continue;
		if ((l == 1 || l == 2) && at > 31)
			continue;
		c->level[l].base = at;
		c->level[l].width = 1 + below(most);
		at += c->level[l].width;
	}
	la_set_csr(w.fx.cpu, LA_CSR_PWCL, ref_pwcl(c));
	la_set_csr(w.fx.cpu, LA_CSR_PWCH, ref_pwch(c));
}

static uint64_t any_entry(bool is_dir)
{
	uint64_t v = rng_u64(&w.rng);

	if (is_dir) {
		uint64_t table = MMU_TABLES + (v & 0x7ff000);

		if (one_in(20))
			return 0;
		if (one_in(12))
			/* Anywhere; software's bits are not part of it. */
			return v & UINT64_C(0xe000fffffffff000);
		if (!one_in(5))
			return table;
		/* Huge; bits 14:13 are the walk's own. */
		v = (v & ~UINT64_C(0x6000)) | BIT64(6);
	}
	if (one_in(2))
		v &= ~UINT64_C(0xffffe00000000000) | UINT64_C(0xe000000000000000);
	/* Rights that let something through, a frame in RAM. */
	if (!one_in(3))
		v = (v & ~(UINT64_C(0xe000fffffc000000))) | BIT64(0) | BIT64(7) | 3u << 2;
	return v;
}

/* Random entries along the walk of @va, with neighbours. */
static void put_tables(uint64_t va)
{
	const struct ref_cpu *c = ref();
	uint64_t table = MMU_TABLES + (rng_u64(&w.rng) & 0x7f0000);

	ref()->pgd[va >> 63] = table;
	la_set_csr(w.fx.cpu, va >> 63 ? LA_CSR_PGDH : LA_CSR_PGDL, table);
	for (unsigned int l = REF_LEVELS; l-- > 0;) {
		uint64_t gpa, v;

		if (l && !c->level[l].width)
			continue;
		gpa = table + 8 * (va >> c->level[l].base & (BIT64(c->level[l].width) - 1));
		if (gpa < MMU_TABLES || gpa >= MMU_TABLES_END)
			return;
		v = any_entry(l > 0);
		fx_put64(&w.fx, gpa, v);
		fx_put64(&w.fx, gpa ^ 8, any_entry(l > 0));
		if (l && v & BIT64(6))
			return;
		table = v & UINT64_C(0xfffffffff000);
	}
}

static void count_walk(const struct ref_entry *e)
{
	const struct ref_cpu *c = ref();

	if (e->gpa[0] >= FX_RAM_BYTES)
		tally(WALK_OUTSIDE);
	if (e->gpa[0] != e->gpa[1]) {
		tally(e->lo[0] | e->lo[1] ? WALK_FRAMES : WALK_ABSENT);
		return;
	}
	for (unsigned int l = 1; l < REF_LEVELS; l++) {
		if (c->level[l].width && c->level[l].base == e->ps + 1)
			tally(WALK_HUGE_1 + l - 1);
	}
}

/* The walk of a refill handler, as far as its registers. */
static void check_software(uint64_t va)
{
	const uint64_t kept = UINT64_C(0xe000fffffffff1ff);
	struct la_cpu *cpu = w.fx.cpu;
	struct ref_entry e = ref_walk(ref(), va);

	fx_at(&w.fx, WALKER);
	fx_emit(&w.fx, la_enc_csrrd(T0, LA_CSR_PGD));
	for (unsigned int l = REF_LEVELS - 1; l > 0; l--) {
		if (ref()->level[l].width)
			fx_emit(&w.fx, la_enc_lddir(T0, T0, l));
	}
	fx_emit(&w.fx, la_enc_ldpte(T0, 0));
	fx_emit(&w.fx, la_enc_ldpte(T0, 1));
	fx_emit(&w.fx, la_enc_break(0));
	la_set_csr(cpu, LA_CSR_TLBRERA, LA_TLBRERA_ISTLBR);
	la_set_csr(cpu, LA_CSR_TLBRBADV, va);
	la_set_csr(cpu, LA_CSR_TLBREHI, va);
	la_set_csr(cpu, LA_CSR_CRMD, LA_CRMD_DA);
	torture_eq(mmu_go(&w, WALKER), FX_DONE);
	for (unsigned int i = 0; i < 2; i++) {
		uint64_t got = la_get_csr(cpu, i ? LA_CSR_TLBRELO1 : LA_CSR_TLBRELO0);

		torture_check(!((got ^ e.lo[i]) & kept), "seed %" PRIu64 " round %" PRIu64
			      ": ldpte of %#" PRIx64 " gives %#" PRIx64 ", not %#" PRIx64,
			      w.seed, w.step, va, got, e.lo[i] & kept);
	}
	torture_check((la_get_csr(cpu, LA_CSR_TLBREHI) & 0x3f) == e.ps, "seed %" PRIu64
		      " round %" PRIu64 ": page size of %#" PRIx64, w.seed, w.step, va);
	la_set_csr(cpu, LA_CSR_TLBRERA, 0);
	count_walk(&e);
}

static void check_hardware(uint64_t va)
{
	const uint64_t bus = w.fx.mmio_val;
	struct ref_cpu *c = ref();

	for (unsigned int i = 0; i < 4; i++) {
		const struct mmu_kind *kind = &mmu_kinds[below(mmu_nkinds)];

		w.fx.mmio_val = bus;
		c->plv = below(4);
		c->n = 0;
		ref_observe(c, &va, 1);
		/* The fake bus takes one value: a table there would change half-way. */
		if (kind->size > 8 && kind->acc == LA_ACC_STORE && c->e[0].gpa[0] >= FX_RAM_BYTES)
			continue;
		mmu_access(&w, kind, va & ~(uint64_t)(kind->size - 1));
	}
	la_set_csr(w.fx.cpu, LA_CSR_CRMD, LA_CRMD_DA);
	torture_eq(mmu_go(&w, MMU_OPS), FX_DONE);		/* invtlb 0 */
}

static void one_round(void)
{
	struct ref_entry e;
	uint64_t va = (uint64_t)((int64_t)rng_u64(&w.rng) >> 16) & ~UINT64_C(0xfff);

	/* The page in which the test's accesses stay. */
	va |= (rng_u64(&w.rng) & 0xfc0);
	choose_shape();
	w.fx.mmio_val = one_in(2) ? 0 : below(256) * UINT64_C(0x0101010101010101);
	/* A huge entry on the bus: bits 14:13 are not for it to say. */
	if (w.fx.mmio_val & BIT64(6) && w.fx.mmio_val & 0x6000)
		w.fx.mmio_val = 0;
	put_tables(va);
	/* What was a page's entry once may stand where a huge one does, with bits 14:13. */
	e = ref_walk(ref(), va);
	if (e.gpa[0] == e.gpa[1] && read_phys(&w.fx, e.gpa[0]) & 0x6000)
		return;
	check_software(va);
	check_hardware(va);
}

/* Handlers may have been overwritten: no end can be relied on. */
static void some_steps(uint64_t pc)
{
	la_set_pc(w.fx.cpu, pc);
	for (unsigned int i = 0; i < 10; i++) {
		if (la_step(w.fx.cpu) != LA_STOP_STEP)
			break;
	}
}

/* Any value in any register of the walk; nobody asks for the result. */
static void senseless_round(void)
{
	static const unsigned int csrs[] = {
		LA_CSR_PWCL, LA_CSR_PWCH, LA_CSR_PGDL, LA_CSR_PGDH, LA_CSR_TLBRBADV,
		LA_CSR_TLBREHI, LA_CSR_TLBRELO0, LA_CSR_TLBIDX, LA_CSR_TLBEHI, LA_CSR_TLBELO0,
		LA_CSR_TLBELO1, LA_CSR_STLBPS, LA_CSR_RVACFG,
	};
	struct la_cpu *cpu = w.fx.cpu;

	for (unsigned int i = 0; i < ARRAY_SIZE(csrs); i++)
		la_set_csr(cpu, csrs[i], rng_u64(&w.rng));
	if (!one_in(4)) {
		/* Every entry is the last page of RAM, with all that lies below its number. */
		uint64_t at = MMU_TABLES + (rng_u64(&w.rng) & 0x3ff000);

		la_set_csr(cpu, LA_CSR_PWCL, (rng_u64(&w.rng) & 0x1f) | (uint64_t)below(10) << 5);
		la_set_csr(cpu, LA_CSR_PWCH, LA_PWCH_HPTW_EN);
		la_set_csr(cpu, LA_CSR_PGDL, at);
		la_set_csr(cpu, LA_CSR_PGDH, at);
		for (unsigned int i = 0; i < 512; i++)
			fx_put64(&w.fx, at + 8 * i, (FX_RAM_BYTES - 0x1000) | 0x18d |
				 (rng_u64(&w.rng) & 0xf30));
	}
	for (unsigned int i = 0; i < 12; i++) {
		const unsigned int kind = below(mmu_nkinds);
		uint64_t va = rng_u64(&w.rng) & 0xffff;

		/* The end of a page as often as not. */
		va |= one_in(2) ? 0xff0 : 0;
		la_set_gpr(cpu, A0, rng_u64(&w.rng));
		la_set_gpr(cpu, A1, one_in(4) ? rng_u64(&w.rng) : va);
		la_set_gpr(cpu, A2, UINT64_MAX);
		la_set_csr(cpu, LA_CSR_TLBRENTRY, MMU_STOP);
		la_set_csr(cpu, LA_CSR_TLBRERA, 0);
		la_set_csr(cpu, LA_CSR_CRMD, LA_CRMD_PG | below(4));
		if (mmu_kinds[kind].acc != LA_ACC_FETCH)
			some_steps((FX_USEG | MMU_KINDS) + 16 * kind);
		la_set_csr(cpu, LA_CSR_CRMD, LA_CRMD_DA);
		/* tlbfill, tlbwr, lddir, ldpte as they come. */
		some_steps(MMU_OPS + 8 + 8 * below(8));
	}
	tally(WALK_SENSELESS);
}

static void write_programs(void)
{
	struct fx *fx = &w.fx;

	fx_at(fx, MMU_OPS);
	fx_emit(fx, la_enc_invtlb(0, 0, 0));
	fx_emit(fx, la_enc_break(0));
	for (unsigned int i = 0; i < 8; i++) {
		fx_emit(fx, i == 0 ? la_enc_tlbfill() : i == 1 ? la_enc_tlbwr() :
			    i == 2 ? la_enc_tlbrd() : i == 3 ? la_enc_tlbsrch() :
			    i < 6 ? la_enc_lddir(A0, A0, i - 3) : la_enc_ldpte(A0, i & 1));
		fx_emit(fx, la_enc_break(0));
	}
	mmu_access_prepare(&w);
}

static void open_world(uint64_t seed)
{
	struct ref_cpu *c = ref();

	memset(&w, 0, sizeof(w));
	w.seed = seed;
	w.keeps_bus = true;
	rng_seed(&w.rng, seed);
	fx_open(&w.fx, &fx_max, 1);
	write_programs();
	la_set_csr(w.fx.cpu, LA_CSR_DMW0, 0);
	la_set_csr(w.fx.cpu, LA_CSR_DMW1, FX_USEG | 0xf);
	la_set_csr(w.fx.cpu, LA_CSR_EENTRY, FX_USEG | FX_EENTRY);
	la_set_csr(w.fx.cpu, LA_CSR_ASID, 1);
	c->is_paged = true;
	c->asid = 1;
	c->stlb_ps = 12;
	c->has_walker = true;
	c->dmw[1] = FX_USEG | 0xf;
	c->read = read_phys;
	c->ctx = &w.fx;
}

static void run_garbage(uint64_t seed)
{
	open_world(seed);
	for (w.step = 0; w.step < NROUNDS; w.step++)
		one_round();
	fx_close(&w.fx);
}

static void run_senseless(uint64_t seed)
{
	open_world(seed);
	for (w.step = 0; w.step < NROUNDS; w.step++)
		senseless_round();
	fx_close(&w.fx);
}

int main(int argc, char **argv)
{
	static const struct torture tests[] = {
		{ "walk-garbage", run_garbage, 40 },
		{ "walk-senseless", run_senseless, 20 },
	};

	return torture_main(argc, argv, tests, ARRAY_SIZE(tests), counters, WALK_NCOUNTERS);
}
