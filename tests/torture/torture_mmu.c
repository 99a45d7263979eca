/* SPDX-License-Identifier: Apache-2.0 */
/*
 * torture_mmu.c - random programs of page-table changes, invalidations, TLB instructions and
 * mode switches on two CPUs that share the tables, each access compared with the set of
 * outcomes that the reference model permits.  With the hardware walker and with refill by
 * software, all page sizes.
 */
#include "mmu_tables.h"

/* As Linux lays them out, and others; the base of dir2 has 5 bits only. */
static const struct shape shapes[] = {
	{ "4K, 4 levels", 12, { { 12, 9 }, { 21, 9 }, { 30, 9 }, { 39, 9 }, { 0, 0 } } },
	{ "16K, 3 levels", 14, { { 14, 11 }, { 25, 11 }, { 0, 0 }, { 36, 11 }, { 0, 0 } } },
	{ "64K, 3 levels", 16, { { 16, 13 }, { 29, 13 }, { 0, 0 }, { 42, 5 }, { 0, 0 } } },
	{ "4K, 3 levels", 12, { { 12, 9 }, { 21, 9 }, { 0, 0 }, { 30, 9 }, { 0, 0 } } },
	{ "4K, 4 levels, dir4", 12, { { 12, 9 }, { 21, 9 }, { 30, 9 }, { 0, 0 }, { 39, 9 } } },
	{ "16K, 4 levels", 14, { { 14, 11 }, { 25, 11 }, { 0, 0 }, { 36, 6 }, { 42, 6 } } },
};

static uint64_t read_phys(void *ctx, uint64_t pa)
{
	const struct fx *fx = ctx;

	return pa + 8 <= FX_RAM_BYTES ? fx_get64(fx, pa) : fx->mmio_val;
}

static void observe(struct mmu *t)
{
	for (unsigned int i = 0; i < t->ncpus; i++)
		ref_observe(&t->w.ref[i], t->vas, NVAS);
}

/* ------------------------------------------------------------------ TLB instructions */

static void run_op(struct mmu *t, enum op op)
{
	set_csr(t, LA_CSR_CRMD, LA_CRMD_DA);
	torture_eq(mmu_go(&t->w, MMU_OPS + 8 * (unsigned int)op), FX_DONE);
}

static void do_invtlb_with(struct mmu *t, unsigned int op, unsigned int asid, uint64_t va)
{
	la_set_gpr(mmu_cpu(&t->w), T1, asid);
	la_set_gpr(mmu_cpu(&t->w), T2, va);
	set_csr(t, LA_CSR_TLBRERA, 0);
	run_op(t, OP_INVTLB + op);
	ref_invtlb(ref(t), op, asid, va);
	tally(MMU_INVTLB);
}

static void do_invtlb(struct mmu *t)
{
	uint64_t va = mmu_any_va(t) + below(t, 0x1000);

	/* The bits above VALEN take no part in the comparison. */
	if (one_in(t, 6))
		va ^= UINT64_C(0xffff) << 48;
	do_invtlb_with(t, one_in(t, 3) ? below(t, 7) : 4 + below(t, 3), 1 + below(t, NASIDS), va);
}

static bool search(struct mmu *t, uint64_t va)
{
	bool in_refill = one_in(t, 4);

	set_csr(t, LA_CSR_TLBRERA, in_refill ? LA_TLBRERA_ISTLBR : 0);
	set_csr(t, in_refill ? LA_CSR_TLBREHI : LA_CSR_TLBEHI, va);
	set_csr(t, in_refill ? LA_CSR_TLBEHI : LA_CSR_TLBREHI, ~va);
	run_op(t, OP_SRCH);
	set_csr(t, LA_CSR_TLBRERA, 0);
	return !(csr(t, LA_CSR_TLBIDX) & LA_TLBIDX_NE);
}

/* The entry that TLBIDX names; it must be one that could have been loaded. */
static struct ref_entry read_found(struct mmu *t, uint64_t va)
{
	const struct ref_cpu *c = ref(t);
	struct ref_entry e;
	unsigned int asid = c->asid;

	run_op(t, OP_RD);
	tally(MMU_TLBRD);
	torture_eq(csr(t, LA_CSR_TLBIDX) & LA_TLBIDX_NE, 0);
	e = (struct ref_entry){
		.ps = (unsigned int)(csr(t, LA_CSR_TLBIDX) >> 24 & 0x3f),
		.asid = (unsigned int)csr(t, LA_CSR_ASID) & 0x3ff,
		.lo = { csr(t, LA_CSR_TLBELO0), csr(t, LA_CSR_TLBELO1) },
	};
	e.va = csr(t, LA_CSR_TLBEHI) & ~(BIT64(e.ps + 1) - 1);
	e.is_global = e.lo[0] & e.lo[1] & LA_TLBELO0_G;
	set_csr(t, LA_CSR_ASID, asid);
	for (unsigned int i = 0; i < c->n; i++) {
		const uint64_t mask = UINT64_C(0xe000fffffffff07f) & ~(BIT64(e.ps) - 1);
		const struct ref_entry *m = &c->e[i];

		if (m->va == e.va && m->ps == e.ps && (m->asid == e.asid || e.is_global) &&
		    !((m->lo[0] ^ e.lo[0]) & (mask | 0x3f)) &&
		    !((m->lo[1] ^ e.lo[1]) & (mask | 0x3f)))
			return e;
	}
	ck_abort_msg("seed %" PRIu64 " step %" PRIu64 ": the TLB has %#" PRIx64 " %u %#" PRIx64
		     " %#" PRIx64 " for %#" PRIx64, t->w.seed, t->w.step, e.va, e.ps, e.lo[0],
		     e.lo[1], va);
	return e;
}

/* tlbsrch, tlbrd, and perhaps tlbwr of something else in its place. */
static void do_search(struct mmu *t)
{
	uint64_t va = mmu_any_va(t), index;
	struct ref_entry e, old;

	if (!search(t, va))
		return;
	index = csr(t, LA_CSR_TLBIDX) & LA_TLBIDX_INDEX;
	e = read_found(t, va);
	if (one_in(t, 3))
		return;
	tally(MMU_TLBWR);
	old = e;
	set_csr(t, LA_CSR_TLBEHI, e.va);
	set_csr(t, LA_CSR_TLBIDX, (uint64_t)e.ps << 24 | index | (one_in(t, 4) ? LA_TLBIDX_NE : 0));
	set_csr(t, LA_CSR_ASID, e.asid);
	e.lo[0] ^= (uint64_t)below(t, 16);
	e.lo[1] ^= (uint64_t)below(t, 16);
	set_csr(t, LA_CSR_TLBELO0, e.lo[0]);
	set_csr(t, LA_CSR_TLBELO1, e.lo[1]);
	run_op(t, OP_WR);
	set_csr(t, LA_CSR_ASID, ref(t)->asid);
	ref_replaced(ref(t), &old);
	if (!(csr(t, LA_CSR_TLBIDX) & LA_TLBIDX_NE))
		ref_put(ref(t), &e);
}

/* tlbfill of an entry that is in no table. */
static void do_fill(struct mmu *t)
{
	static const unsigned int sizes[] = { 12, 14, 16, 21, 25 };
	struct ref_entry e = {
		.ps = one_in(t, 3) ? ref(t)->stlb_ps : sizes[below(t, 5)],
		.asid = ref(t)->asid,
	};
	bool in_refill = one_in(t, 3), is_empty = one_in(t, 6);
	bool is_global = one_in(t, 4);

	if (e.ps > 16 && one_in(t, 3))
		return;
	e.va = mmu_any_va(t) & ~(BIT64(e.ps + 1) - 1);
	for (unsigned int i = 0; i < 2; i++) {
		e.lo[i] = mmu_any_bits(t, is_global) & ~UINT64_C(0xf80);
		e.lo[i] |= mmu_any_frame(t, e.ps) | (one_in(t, 5) ? 0 : LA_TLBELO0_V);
	}
	e.is_global = e.lo[0] & e.lo[1] & LA_TLBELO0_G;
	/* Two entries for one address are undefined: software takes care. */
	do_invtlb_with(t, e.ps > t->shape->page || e.is_global ? 0 : 6, e.asid, e.va);
	if (e.ps < t->shape->page)
		do_invtlb_with(t, 0, 0, 0);
	set_csr(t, LA_CSR_TLBRERA, in_refill ? LA_TLBRERA_ISTLBR : 0);
	set_csr(t, LA_CSR_TLBIDX, (uint64_t)(in_refill ? 13 : e.ps) << 24 |
				  (is_empty ? LA_TLBIDX_NE : 0));
	set_csr(t, in_refill ? LA_CSR_TLBREHI : LA_CSR_TLBEHI, e.va | (in_refill ? e.ps : 0));
	set_csr(t, in_refill ? LA_CSR_TLBRELO0 : LA_CSR_TLBELO0, e.lo[0]);
	set_csr(t, in_refill ? LA_CSR_TLBRELO1 : LA_CSR_TLBELO1, e.lo[1]);
	run_op(t, OP_FILL);
	set_csr(t, LA_CSR_TLBRERA, 0);
	tally(MMU_TLBFILL);
	/* Outside of refills NE asks for an entry that matches nothing (4.2.4.4). */
	if (in_refill || !is_empty)
		ref_put(ref(t), &e);
	else
		torture_check(!search(t, e.va), "seed %" PRIu64 " step %" PRIu64
			      ": tlbfill with NE made an entry", t->w.seed, t->w.step);
}

static void do_clear(struct mmu *t)
{
	bool is_flush = one_in(t, 2);
	uint64_t va = mmu_any_va(t), index;
	struct ref_entry e;

	if (!search(t, va))
		return;
	index = csr(t, LA_CSR_TLBIDX);
	e = read_found(t, va);
	set_csr(t, LA_CSR_TLBIDX, index);
	run_op(t, is_flush ? OP_FLUSH : OP_CLR);
	tally(is_flush ? MMU_TLBFLUSH : MMU_TLBCLR);
	ref_clear_like(ref(t), &e, !is_flush);
}

/* ------------------------------------------------------------------ modes */

static void set_roots(struct mmu *t, unsigned int asid, uint64_t pgdl)
{
	struct ref_cpu *c = ref(t);

	c->asid = asid;
	c->pgd[0] = pgdl;
	set_csr(t, LA_CSR_ASID, asid);
	set_csr(t, LA_CSR_PGDL, pgdl);
}

static void do_switch(struct mmu *t)
{
	unsigned int i = below(t, NASIDS);

	/* Now and then another directory under the same number, as nobody should do. */
	set_roots(t, one_in(t, 6) ? ref(t)->asid : i + 1, t->root[i]);
}

static void do_mode(struct mmu *t)
{
	struct ref_cpu *c = ref(t);

	switch (below(t, 4)) {
	case 0:
		c->plv = below(t, 4);
		break;
	case 1:
		c->is_paged = !one_in(t, 8);
		break;
	case 2:
		/* ALCL0-3 and DWPL0-2. */
		c->misc = one_in(t, 2) ? 0 : rng_u64(rng(t)) & 0x7f000;
		set_csr(t, LA_CSR_MISC, c->misc);
		break;
	default: {
		unsigned int n = below(t, 3);

		/* Window 1 is the test's own. */
		n += n != 0;
		c->dmw[n] = one_in(t, 2) ? 0 :
			(uint64_t)(one_in(t, 2) ? 15 * below(t, 2) : 9 + below(t, 6)) << 60 |
			(rng_u64(rng(t)) & 0x3f);
		set_csr(t, LA_CSR_DMW0 + n, c->dmw[n]);
		break;
	}
	}
}

/* STLBPS, or the walker on and off: software empties the TLB first. */
static void do_reconfigure(struct mmu *t)
{
	static const unsigned int sizes[] = { 12, 14, 16, 21 };
	struct ref_cpu *c = ref(t);

	do_invtlb_with(t, 0, 0, 0);
	c->stlb_ps = one_in(t, 2) ? t->shape->page : sizes[below(t, 4)];
	set_csr(t, LA_CSR_STLBPS, c->stlb_ps);
	c->has_walker = t->has_walker && !one_in(t, 4);
	set_csr(t, LA_CSR_PWCH, ref_pwch(c));
	do_invtlb_with(t, one_in(t, 2), 0, 0);
}

/* ------------------------------------------------------------------ accesses */

static uint64_t any_offset(struct mmu *t, uint64_t page)
{
	static const int edges[] = { -1, -2, -3, -4, -5, -7, -8, -12, -15, -16, -20, -31, -32 };

	if (one_in(t, 3))
		return page + (uint64_t)(int64_t)edges[below(t, ARRAY_SIZE(edges))];
	if (one_in(t, 2))
		return rng_u64(rng(t)) & (page - 1);
	return rng_u64(rng(t)) & (page - 1) & ~UINT64_C(31);
}

/* In a page that mmu_any_va() gives. */
static bool is_tracked(const struct mmu *t, uint64_t va)
{
	for (unsigned int r = 0; r < NREGIONS; r++) {
		if (va - t->region[r] < NPAGES * BIT64(t->shape->page))
			return true;
	}
	return false;
}

static void do_access(struct mmu *t)
{
	static const uint64_t holes[] = {
		UINT64_C(0x0000800000000000), UINT64_C(0xffff7fffffffffe0),
		UINT64_C(0x4000000000000000), UINT64_C(0x0001000000000000),
	};
	const struct mmu_kind *kind = &mmu_kinds[below(t, mmu_nkinds)];
	bool is_again = one_in(t, 2);
	uint64_t va = is_again ? t->recent[below(t, NRECENT)] :
		      mmu_any_va(t) + any_offset(t, one_in(t, 2) ? 0x1000 : BIT64(t->shape->page));

	if (!is_again && one_in(t, 16)) {
		/* Through windows, as far as those are open. */
		va = (uint64_t)below(t, 16) << 60 |
		     (MMU_DATA + (rng_u64(rng(t)) & 0x1ffffff & ~UINT64_C(7)));
		if ((uint64_t)((int64_t)(va << 16) >> 16) == va)
			return;
	} else if (one_in(t, 40)) {
		va = holes[below(t, ARRAY_SIZE(holes))];
	}
	t->recent[below(t, NRECENT)] = is_tracked(t, va) ? va : t->vas[0];
	if (kind->acc == LA_ACC_FETCH && !one_in(t, 8))
		va &= ~UINT64_C(3);
	if (kind->must_align && !one_in(t, 8))
		va &= ~(uint64_t)(kind->size - 1);
	mmu_access(&t->w, kind, va);
	/* The marks of one CPU's walker are valid bits to another's refill handler. */
	if (t->has_walker && t->ncpus > 1)
		observe(t);
}

/* ------------------------------------------------------------------ the world */

static void write_programs(struct mmu *t)
{
	struct fx *fx = &t->w.fx;
	const uint32_t ops[] = {
		[OP_SRCH] = la_enc_tlbsrch(), [OP_RD] = la_enc_tlbrd(), [OP_WR] = la_enc_tlbwr(),
		[OP_FILL] = la_enc_tlbfill(), [OP_CLR] = la_enc_tlbclr(),
		[OP_FLUSH] = la_enc_tlbflush(), [OP_STORE] = la_enc_st_d(A2, A1, 0),
	};

	for (unsigned int i = 0; i < OP_INVTLB + 7; i++) {
		fx_at(fx, MMU_OPS + 8 * i);
		fx_emit(fx, i < OP_INVTLB ? ops[i] : la_enc_invtlb(i - OP_INVTLB, T1, T2));
		fx_emit(fx, la_enc_break(0));
	}
	fx_at(fx, MMU_REFILL);
	fx_emit(fx, la_enc_csrwr(T0, LA_CSR_TLBRSAVE));
	fx_emit(fx, la_enc_csrrd(T0, LA_CSR_PGD));
	for (unsigned int l = REF_LEVELS - 1; l > 0; l--) {
		if (t->shape->level[l].width)
			fx_emit(fx, la_enc_lddir(T0, T0, l));
	}
	fx_emit(fx, la_enc_ldpte(T0, 0));
	fx_emit(fx, la_enc_ldpte(T0, 1));
	fx_emit(fx, la_enc_tlbfill());
	fx_emit(fx, la_enc_csrrd(T0, LA_CSR_TLBRSAVE));
	fx_emit(fx, la_enc_ertn());
}

static void choose_regions(struct mmu *t)
{
	const uint64_t page = BIT64(t->shape->page), most = NPAGES * page;
	const uint64_t huge = BIT64(t->shape->level[1].base);
	const uint64_t fixed[NREGIONS] = {
		0,
		UINT64_C(0x00007fffffffffff) + 1 - most,
		UINT64_C(0xffff800000000000),
		0 - most,
		(rng_u64(rng(t)) & UINT64_C(0x7fffffffffff)) & ~(huge - 1),
		0,
		/* Across the middle of a huge page, and its end. */
		UINT64_C(0xffffff8000000000) + huge / 2 - 2 * page + (one_in(t, 2) ? huge / 2 : 0),
	};

	for (unsigned int r = 0; r < NREGIONS; r++) {
		t->region[r] = fixed[r];
		/* The other half of the same huge page. */
		if (r == 5)
			t->region[r] = t->region[4] + huge / 2;
		for (unsigned int i = 0; i <= NPAGES; i++)
			t->vas[r * (NPAGES + 1) + i] = t->region[r] + i * page;
	}
}

static void prepare_cpu(struct mmu *t)
{
	struct ref_cpu *c = ref(t);

	*c = (struct ref_cpu){ .is_paged = true, .plv = below(t, 4), .read = read_phys,
			       .ctx = &t->w.fx, .stlb_ps = t->shape->page,
			       .has_walker = t->has_walker };
	for (unsigned int l = 0; l < REF_LEVELS; l++) {
		c->level[l].base = t->shape->level[l].base;
		c->level[l].width = t->shape->level[l].width;
	}
	c->dmw[1] = FX_USEG | 0xf;
	set_csr(t, LA_CSR_DMW0, 0);
	set_csr(t, LA_CSR_DMW1, c->dmw[1]);
	set_csr(t, LA_CSR_EENTRY, FX_USEG | FX_EENTRY);
	set_csr(t, LA_CSR_STLBPS, c->stlb_ps);
	set_csr(t, LA_CSR_PWCL, ref_pwcl(c));
	set_csr(t, LA_CSR_PWCH, ref_pwch(c));
	c->pgd[1] = t->root[NASIDS];
	set_csr(t, LA_CSR_PGDH, c->pgd[1]);
	set_roots(t, 1, t->root[0]);
}

static void prepare(struct mmu *t, uint64_t seed, bool has_walker, unsigned int ncpus)
{
	unsigned int top = REF_LEVELS - 1;

	memset(t, 0, sizeof(*t));
	t->w.seed = seed;
	rng_seed(&t->w.rng, seed);
	fx_open(&t->w.fx, &fx_max, ncpus);
	t->ncpus = ncpus;
	t->has_walker = has_walker;
	t->shape = &shapes[below(t, ARRAY_SIZE(shapes))];
	t->next_table = MMU_TABLES;
	while (!t->shape->level[top].width)
		top--;
	choose_regions(t);
	for (unsigned int i = 0; i <= NASIDS; i++)
		t->root[i] = mmu_new_table(t, top);
	write_programs(t);
	mmu_access_prepare(&t->w);
	/* A directory entry of 0 leads to a table there, which must be empty. */
	fx_put64(&t->w.fx, FX_TLBRENTRY, 0);
	for (t->w.cur = ncpus; t->w.cur-- > 0;)
		prepare_cpu(t);
	t->w.cur = 0;
}

typedef void action_fn(struct mmu *t);

static void one_step(struct mmu *t)
{
	static const struct { unsigned int weight; action_fn *fn; bool is_quiet; } actions[] = {
		{ 30, mmu_do_map, false }, { 6, mmu_do_unmap, false }, { 12, mmu_do_change, false },
		{ 24, do_invtlb, false }, { 8, do_search, false }, { 4, do_fill, false },
		{ 4, do_clear, false }, { 10, do_switch, false }, { 12, do_mode, true },
		{ 2, do_reconfigure, false },
	};
	unsigned int at = below(t, 112);

	t->w.cur = below(t, t->ncpus);
	for (unsigned int i = 0; i < ARRAY_SIZE(actions); i++) {
		if (at < actions[i].weight) {
			actions[i].fn(t);
			if (!actions[i].is_quiet)
				observe(t);
			break;
		}
		at -= actions[i].weight;
	}
	/* The model grows with what is never invalidated. */
	if (ref(t)->n > REF_MAX_ENTRIES / 3) {
		do_invtlb_with(t, 0, 0, 0);
		observe(t);
	}
	for (unsigned int i = 0; i < 4; i++) {
		t->w.cur = below(t, t->ncpus);
		do_access(t);
	}
}

static void run(uint64_t seed, bool has_walker, unsigned int ncpus)
{
	static struct mmu t;

	prepare(&t, seed, has_walker, ncpus);
	observe(&t);
	for (t.w.step = 0; t.w.step < NSTEPS; t.w.step++)
		one_step(&t);
	fx_close(&t.w.fx);
}

static void run_refill(uint64_t seed)
{
	run(seed, false, 1);
}

static void run_walker(uint64_t seed)
{
	run(seed, true, 1);
}

static void run_two_cpus(uint64_t seed)
{
	run(seed, seed & 1, 2);
}

int main(int argc, char **argv)
{
	static const struct torture tests[] = {
		{ "mmu-refill", run_refill, 40 },
		{ "mmu-walker", run_walker, 40 },
		{ "mmu-two-cpus", run_two_cpus, 30 },
	};

	return torture_main(argc, argv, tests, ARRAY_SIZE(tests), mmu_counters, MMU_NCOUNTERS);
}
