/* SPDX-License-Identifier: Apache-2.0 */
/* mmu_check.c - what an access did against what it may do; see mmu_attempt.h. */
#include "mmu_attempt.h"

static uint64_t from_bytes(const uint8_t *b, unsigned int size)
{
	uint64_t v = 0;

	memcpy(&v, b, size < 8 ? size : 8);
	return v;
}

/* The register of a load holds @b. */
static bool has_loaded(struct mmu_world *w, const struct attempt *at, const uint8_t *b)
{
	const struct la_cpu *cpu = mmu_cpu(w);
	unsigned int size = at->kind->size;
	uint64_t v = from_bytes(b, size);

	switch (at->kind->value) {
	case MMU_SIGNED:
	case MMU_SWAP:
	case MMU_ADD:
	case MMU_CAS:
		return la_get_gpr(cpu, A0) == (uint64_t)sext64(v, 8 * size);
	case MMU_UNSIGNED:
		return la_get_gpr(cpu, A0) == v;
	case MMU_FP:
		return (cpu->v[1].d[0] & mask64(8 * size)) == v;
	case MMU_VEC:
		return !memcmp(&cpu->v[1], b, size);
	case MMU_SPREAD:
		for (unsigned int i = 0; i < 16 / size; i++) {
			if (memcmp(&cpu->v[1].b[i * size], b, size))
				return false;
		}
		return true;
	default:
		return true;
	}
}

/* What a store leaves where @old was. */
static void stored(const struct attempt *at, const struct mmu_world *w, const uint8_t *old,
		   uint64_t a0, uint8_t *new)
{
	uint64_t v = from_bytes(old, at->kind->size), k = from_bytes(at->value, 8);

	(void)w;
	memcpy(new, at->value, at->kind->size);
	switch (at->kind->value) {
	case MMU_ADD:
		v += k;
		memcpy(new, &v, at->kind->size);
		break;
	case MMU_CAS:
		memcpy(new, v == a0 ? at->value : old, 8);
		break;
	case MMU_SC:
		memcpy(new, old, at->kind->size);
		break;
	default:
		break;
	}
}

/* Memory is as before, but for @b where outcomes @i and @j put it (-1: nowhere). */
static bool memory_is(struct mmu_world *w, const struct attempt *at, int i, int j,
		      const uint8_t *b)
{
	uint8_t want[2 * MAX_OUTCOMES * MAX_BYTES];
	uint64_t pa[2 * MAX_OUTCOMES];
	int pick[2] = { i, j };
	unsigned int len[2 * MAX_OUTCOMES], n = 0;
	uint8_t *ram = w->fx.ram;
	bool is_same = true;

	/* Pieces may overlap in memory: compose the expectation in place, then put back. */
	for (unsigned int p = 0; p < at->npieces; p++) {
		for (unsigned int k = 0; k < at->piece[p].n; k++) {
			if (at->piece[p].out[k].exc ||
			    !is_ram(at->piece[p].out[k].pa, at->piece[p].len))
				continue;
			pa[n] = at->piece[p].out[k].pa;
			len[n] = at->piece[p].len;
			memcpy(want + n * MAX_BYTES, ram + pa[n], len[n]);
			memcpy(ram + pa[n], at->piece[p].before[k], len[n]);
			n++;
		}
	}
	for (unsigned int p = 0; b && p < at->npieces; p++) {
		uint64_t to = at->piece[p].out[pick[p]].pa;

		if (is_ram(to, at->piece[p].len))
			memcpy(ram + to, b + (p ? at->piece[0].len : 0), at->piece[p].len);
	}
	for (unsigned int k = 0; k < n; k++)
		is_same &= !memcmp(want + k * MAX_BYTES, ram + pa[k], len[k]);
	for (unsigned int k = 0; k < n; k++)
		memcpy(ram + pa[k], want + k * MAX_BYTES, len[k]);
	return is_same;
}

/* One combination of outcomes explains what is seen. */
static bool explains(struct mmu_world *w, const struct attempt *at, int i, int j, uint64_t a0)
{
	uint8_t old[MAX_BYTES] = { 0 }, new[MAX_BYTES];
	const struct piece *p = at->piece;

	memcpy(old, p[0].before[i], p[0].len);
	if (at->npieces == 2)
		memcpy(old + p[0].len, p[1].before[j], p[1].len);
	if (at->kind->acc != LA_ACC_STORE && !has_loaded(w, at, old))
		return false;
	if (at->kind->value == MMU_SC && la_get_gpr(mmu_cpu(w), A0))
		return false;
	if (at->kind->acc == LA_ACC_LOAD)
		return true;
	stored(at, w, old, a0, new);
	return memory_is(w, at, i, j, new);
}

static void count_success(struct mmu_world *w, const struct attempt *at)
{
	const struct ref_entry *e = at->piece[0].out[0].e;
	bool is_bus = !at->piece[0].out[0].exc && !is_ram(at->piece[0].out[0].pa, 1);

	tally(at->kind->acc == LA_ACC_LOAD ? MMU_LOAD : at->kind->acc == LA_ACC_STORE ? MMU_STORE :
	      at->kind->acc == LA_ACC_FETCH ? MMU_FETCH : MMU_RMW);
	if (at->npieces == 2)
		tally(MMU_SECOND_PAGE);
	if (is_bus)
		tally(MMU_BUS);
	if (!model(w)->is_paged)
		tally(MMU_DIRECT);
	else if (!e)
		tally(MMU_WINDOW);
	if (e && e->ps > model(w)->level[0].base)
		tally(MMU_HUGE);
	if (e && e->is_global)
		tally(MMU_GLOBAL);
}

static void check_fetched(struct mmu_world *w, const struct attempt *at)
{
	uint64_t badi = la_get_csr(mmu_cpu(w), LA_CSR_BADI);

	WANT(w, at, "ERA", la_get_csr(mmu_cpu(w), LA_CSR_ERA), at->va);
	for (unsigned int i = 0; i < at->piece[0].n; i++) {
		uint64_t code = from_bytes(at->piece[0].before[i], 4);

		if (!at->piece[0].out[i].exc && code == badi)
			return;
	}
	FAIL(w, at, "executed %#" PRIx64, badi);
}

/* What the model knows, for a human. */
static void explain(struct mmu_world *w, const struct attempt *at)
{
	const struct ref_cpu *c = model(w);

	for (unsigned int p = 0; p < at->npieces; p++) {
		uint64_t va = at->piece[p].va;
		struct ref_entry now = ref_walk(c, va);

		fprintf(stderr, "%#" PRIx64 ": tables now: ps %u %#" PRIx64 " %#" PRIx64 "\n", va,
			now.ps, now.lo[0], now.lo[1]);
		for (unsigned int i = 0; i < c->n; i++) {
			if (ref_matches(c, &c->e[i], va))
				fprintf(stderr, "  may hold: ps %u %#" PRIx64 " %#" PRIx64
					" ASID %u%s%s: %#x\n", c->e[i].ps, c->e[i].lo[0],
					c->e[i].lo[1], c->e[i].asid,
					c->e[i].is_global ? " global" : "",
					c->e[i].by_walker ? " by walk" : "",
					(unsigned int)ref_rights(c, &c->e[i], va, at->kind->acc));
		}
	}
}

static void check_success(struct mmu_world *w, const struct attempt *at, uint64_t a0)
{
	const struct piece *p = at->piece;

	if (at->kind->value == MMU_NOTHING)
		return;
	if (at->early)
		FAIL(w, at, "no exception, but %#x is due", (unsigned int)at->early);
	count_success(w, at);
	if (at->kind->acc == LA_ACC_FETCH) {
		check_fetched(w, at);
		return;
	}
	for (unsigned int i = 0; i < p[0].n; i++) {
		if (p[0].out[i].exc)
			continue;
		if (at->npieces == 1 && explains(w, at, (int)i, -1, a0))
			return;
		for (unsigned int j = 0; at->npieces == 2 && j < p[1].n; j++) {
			if (!p[1].out[j].exc && explains(w, at, (int)i, (int)j, a0))
				return;
		}
	}
	explain(w, at);
	FAIL(w, at, "done, but with no permitted result (%u, %u outcomes, first %#x %#" PRIx64
	     ", a0 %#" PRIx64 ")", p[0].n, at->npieces == 2 ? p[1].n : 0,
	     (unsigned int)p[0].out[0].exc, p[0].out[0].pa, la_get_gpr(mmu_cpu(w), A0));
}

/* The exception @exc (TLBR: a refill) is permitted; its address. */
static uint64_t permitted(struct mmu_world *w, const struct attempt *at, int exc, bool *is_second)
{
	const struct ref_cpu *c = model(w);
	bool may_refill = c->is_paged && !c->has_walker && exc == LA_EXC_TLBR;

	*is_second = false;
	if (at->early) {
		if (exc == at->early)
			return at->va;
		FAIL(w, at, "exception %#x, not %#x", (unsigned int)exc, (unsigned int)at->early);
	}
	for (unsigned int p = 0; p < at->npieces; p++) {
		bool is_ok = false;
		uint64_t badv = la_get_csr(mmu_cpu(w), may_refill ? LA_CSR_TLBRBADV
								  : LA_CSR_BADV);

		for (unsigned int i = 0; i < at->piece[p].n; i++) {
			const struct ref_outcome *o = &at->piece[p].out[i];

			*is_second = p;
			if ((o->exc == exc || (may_refill && o->e)) && badv == at->piece[p].va)
				return badv;
			is_ok |= !o->exc;
		}
		if (!is_ok)
			break;
	}
	explain(w, at);
	FAIL(w, at, "exception %#x (BADV %#" PRIx64 ", TLBRBADV %#" PRIx64 ") instead of %#x %#"
	     PRIx64, (unsigned int)exc, la_get_csr(mmu_cpu(w), LA_CSR_BADV),
	     la_get_csr(mmu_cpu(w), LA_CSR_TLBRBADV),
	     at->npieces ? (unsigned int)at->piece[0].out[0].exc : 0,
	     at->npieces ? at->piece[0].out[0].pa : 0);
	return 0;
}

static void count_exception(int exc)
{
	static const struct { int exc; enum mmu_counter counter; } map[] = {
		{ LA_EXC_PIL, MMU_PIL }, { LA_EXC_PIS, MMU_PIS }, { LA_EXC_PIF, MMU_PIF },
		{ LA_EXC_PME, MMU_PME }, { LA_EXC_PNR, MMU_PNR }, { LA_EXC_PNX, MMU_PNX },
		{ LA_EXC_PPI, MMU_PPI }, { LA_EXC_ADEF, MMU_ADEF }, { LA_EXC_ADEM, MMU_ADEM },
		{ LA_EXC_ALE, MMU_ALE }, { LA_EXC_BCE, MMU_BCE },
		{ LA_EXC_TLBR, MMU_REFILL_STOP },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(map); i++) {
		if (map[i].exc == exc)
			tally((unsigned int)map[i].counter);
	}
}

static void check_exception(struct mmu_world *w, const struct attempt *at, int exc)
{
	struct la_cpu *cpu = mmu_cpu(w);
	const struct ref_cpu *c = model(w);
	const bool is_refill = exc == LA_EXC_TLBR;
	bool is_second;
	uint64_t badv = permitted(w, at, exc, &is_second);
	uint64_t pc = at->kind->acc == LA_ACC_FETCH ? at->va : at->pc;
	uint64_t prmd = c->plv | (at->crmd & LA_CRMD_IE);

	count_exception(exc);
	if (is_second)
		tally(MMU_SECOND_FAULT);
	WANT(w, at, "BADV", la_get_csr(cpu, is_refill ? LA_CSR_TLBRBADV : LA_CSR_BADV), badv);
	WANT(w, at, "PRMD", la_get_csr(cpu, is_refill ? LA_CSR_TLBRPRMD : LA_CSR_PRMD), prmd);
	WANT(w, at, "ERA", la_get_csr(cpu, is_refill ? LA_CSR_TLBRERA : LA_CSR_ERA),
	     pc | (is_refill ? LA_TLBRERA_ISTLBR : 0));
	if (at->kind->acc != LA_ACC_FETCH) {
		WANT(w, at, "BADI", la_get_csr(cpu, LA_CSR_BADI), at->kind->insn);
		WANT(w, at, "a0", la_get_gpr(cpu, A0),
		     at->kind->value == MMU_CAS ? la_get_gpr(cpu, A0) : UNTOUCHED);
		if (at->kind->acc == LA_ACC_LOAD)
			WANT(w, at, "v1", cpu->v[1].d[0] & cpu->v[1].d[3], UNTOUCHED);
	}
	if (is_refill) {
		WANT(w, at, "TLBREHI", la_get_csr(cpu, LA_CSR_TLBREHI),
		     (uint64_t)sext64((badv & ~UINT64_C(0x1fff)) | (at->tlbrehi & 0x3f), 48));
		WANT(w, at, "CRMD", la_get_csr(cpu, LA_CSR_CRMD), LA_CRMD_DA);
		WANT(w, at, "BADV", la_get_csr(cpu, LA_CSR_BADV), BAD);
		WANT(w, at, "old ERA", la_get_csr(cpu, LA_CSR_ERA), BAD);
		WANT(w, at, "ESTAT", la_get_csr(cpu, LA_CSR_ESTAT), 0x3f0000);
	} else {
		WANT(w, at, "CRMD", la_get_csr(cpu, LA_CSR_CRMD),
		     at->crmd & (LA_CRMD_DA | LA_CRMD_PG));
		if (exc >= LA_EXC_PIL && exc <= LA_EXC_PPI)
			WANT(w, at, "TLBEHI", la_get_csr(cpu, LA_CSR_TLBEHI),
			     badv & ~UINT64_C(0x1fff));
	}
	if (!memory_is(w, at, -1, -1, NULL))
		FAIL(w, at, "memory changed in spite of exception %#x", (unsigned int)exc);
}

/* What the access did to the entries of tables that could serve it. */
static void check_marks(struct mmu_world *w, const struct attempt *at, bool is_done)
{
	const struct ref_cpu *c = model(w);
	uint64_t may = 0;

	if (c->has_walker && c->is_paged && (is_done || at->npieces == 2))
		may = LA_TLBELO0_V | (at->kind->acc == LA_ACC_STORE ||
				      at->kind->acc == REF_ACC_RMW ? LA_TLBELO0_D : 0);
	for (unsigned int i = 0; i < at->nmarks; i++) {
		uint64_t now = c->read(c->ctx, at->marks[i].gpa);
		uint64_t set = now & ~at->marks[i].raw;

		if (!is_ram(at->marks[i].gpa, 8))
			continue;
		if ((now ^ at->marks[i].raw) & ~may || at->marks[i].raw & ~now)
			FAIL(w, at, "table entry at %#" PRIx64 " was %#" PRIx64 ", is %#" PRIx64,
			     at->marks[i].gpa, at->marks[i].raw, now);
		if (set & LA_TLBELO0_V)
			tally(MMU_MARKED_V);
		if (set & LA_TLBELO0_D)
			tally(MMU_MARKED_D);
	}
	for (unsigned int p = 0; is_done && p < at->npieces; p++) {
		const struct ref_entry *e = NULL;
		unsigned int n = 0;
		uint64_t gpa;

		for (unsigned int i = 0; i < c->n; i++) {
			if (at->piece[p].out[0].e && ref_matches(c, &c->e[i], at->piece[p].va)) {
				e = &c->e[i];
				n++;
			}
		}
		if (n != 1 || !e->by_walker || e->marks_unknown || !c->is_paged)
			continue;
		gpa = e->gpa[at->piece[p].va >> e->ps & 1];
		if (is_ram(gpa, 8) && (may & ~c->read(c->ctx, gpa))) {
			explain(w, at);
			FAIL(w, at, "table entry at %#" PRIx64 " lacks marks", gpa);
		}
	}
}

void mmu_check(struct mmu_world *w, const struct attempt *at, int got, uint64_t a0)
{
	if (at->npieces && at->piece[0].n > 1)
		tally(MMU_MANY);
	if (got == FX_DONE)
		check_success(w, at, a0);
	else
		check_exception(w, at, got);
	check_marks(w, at, got == FX_DONE);
}
