/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/tlb.c - the architectural TLB (2048-entry STLB, 64-entry MTLB), its instructions,
 * and the page-table walker.  Source: vol. 1, 4.2.4, 5.4 and 7.5.
 */
#include "soft/tlb.h"

#include "soft/csr.h"
#include "soft/machine.h"

static uint64_t phys_read64(struct la_cpu *cpu, uint64_t pa)
{
	uint8_t *host;

	pa &= LA_PA_MASK & ~UINT64_C(7);
	host = la_ram_at(cpu->m, pa, 8);
	if (host)
		return atomic_load_explicit((_Atomic uint64_t *)(void *)host,
					    memory_order_relaxed);
	return cpu->m->bus.load(cpu->m->bus.ctx, cpu->index, pa, 8);
}

/* Position and width in bits of the index that walk level @level uses; 0 is the last. */
static void level_field(const struct la_cpu *cpu, unsigned int level, unsigned int *base,
			unsigned int *width)
{
	uint64_t pwcl = cpu->csr->r[LA_CSR_PWCL];
	uint64_t pwch = cpu->csr->r[LA_CSR_PWCH];
	uint64_t reg = level < 3 ? pwcl : pwch;
	unsigned int at = level < 3 ? level * 10 : level == 3 ? 0 : 12;

	/* PWCH fields are 6 bits wide each, PWCL's are 5. */
	*base = level < 3 ? bits64(reg, at + 4, at) : bits64(reg, at + 5, at);
	*width = level < 3 ? bits64(reg, at + 9, at + 5) : bits64(reg, at + 11, at + 6);
}

unsigned int la_base_page_bits(const struct la_cpu *cpu)
{
	unsigned int base, width;

	if (!(cpu->csr->r[LA_CSR_PWCH] & LA_PWCH_HPTW_EN))
		return cpu->csr->r[LA_CSR_STLBPS] & LA_STLBPS_PS;
	level_field(cpu, 0, &base, &width);
	return base;
}

/* A huge directory entry in the form of a last-level one. */
static uint64_t huge_to_pte(uint64_t e)
{
	uint64_t global = e & LA_PTE_HGLOBAL;

	e &= ~(LA_PTE_LEVEL | LA_PTE_HUGE | LA_PTE_HGLOBAL);
	return global ? e | LA_PTE_G : e;
}

/*
 * PWCL can ask for pages that are smaller than those of the fast tables.  What follows from
 * that is left open; here it must not lead beyond the page that was translated.
 */
static unsigned int page_bits(unsigned int at)
{
	return at < LA_FAST_PAGE_BITS ? LA_FAST_PAGE_BITS : at;
}

void la_walk(struct la_cpu *cpu, uint64_t va, struct la_walk *w)
{
	uint64_t base = cpu->csr->r[va >> 63 ? LA_CSR_PGDH : LA_CSR_PGDL] & LA_PA_MASK;
	unsigned int at, width;

	for (unsigned int level = 4; level > 0; level--) {
		level_field(cpu, level, &at, &width);
		if (!width)
			continue;
		w->pte_gpa = base | bits64(va, at + width - 1, at) << 3;
		w->raw = phys_read64(cpu, w->pte_gpa);
		if (w->raw & LA_PTE_HUGE) {
			w->pte = huge_to_pte(w->raw);
			w->ps = page_bits(at);
			return;
		}
		base = w->raw & LA_PA_MASK & ~UINT64_C(0xfff);
		if (!base) {
			w->pte = w->raw = 0;
			w->ps = page_bits(at);
			return;
		}
	}
	level_field(cpu, 0, &at, &width);
	w->pte_gpa = base | (width ? bits64(va, at + width - 1, at) << 3 : 0);
	w->raw = phys_read64(cpu, w->pte_gpa);
	w->pte = w->raw;
	w->ps = page_bits(at);
}

uint64_t la_mmu_lddir(struct la_cpu *cpu, uint64_t base, unsigned int level)
{
	unsigned int at, width;
	uint64_t entry;

	if (level == 0 || level > 4)
		return base;
	if (base & LA_PTE_HUGE) {
		/* The first directory that meets a huge entry leaves its level in it. */
		if (level == 4 || (base & LA_PTE_LEVEL))
			return base;
		return base | (uint64_t)level << LA_PTE_LEVEL_SHIFT;
	}
	level_field(cpu, level, &at, &width);
	base &= LA_PA_MASK;
	if (width)
		base |= bits64(cpu->csr->r[LA_CSR_TLBRBADV], at + width - 1, at) << 3;
	entry = phys_read64(cpu, base);
	/* A huge entry keeps its rights, which stand above the address. */
	return entry & LA_PTE_HUGE ? entry : entry & LA_PA_MASK;
}

void la_mmu_ldpte(struct la_cpu *cpu, uint64_t base, unsigned int odd)
{
	uint64_t *csr = cpu->csr->r;
	unsigned int at, width, ps;
	uint64_t pte;

	if (base & LA_PTE_HUGE) {
		/* A huge page enters the TLB as an even and an odd half. */
		level_field(cpu, (base & LA_PTE_LEVEL) >> LA_PTE_LEVEL_SHIFT, &at, &width);
		ps = (at + width - 1) & LA_TLBREHI_PS;
		/* Address bits below the size of the page mean nothing. */
		pte = huge_to_pte(base) & ~(mask64(ps + 1) & ~UINT64_C(0xfff));
		pte |= odd ? BIT64(ps) : 0;
	} else {
		uint64_t index;

		level_field(cpu, 0, &at, &width);
		index = width ? bits64(csr[LA_CSR_TLBRBADV], at + width - 1, at) : 0;
		index = (index & ~UINT64_C(1)) | odd;
		pte = phys_read64(cpu, (base & LA_PA_MASK) | index << 3);
		ps = at;
	}
	csr[odd ? LA_CSR_TLBRELO1 : LA_CSR_TLBRELO0] = pte & LA_PTE_TLB_BITS;
	csr[LA_CSR_TLBREHI] = (csr[LA_CSR_TLBREHI] & ~(uint64_t)LA_TLBREHI_PS) |
			      (ps & LA_TLBREHI_PS);
}

/* ------------------------------------------------------------------ the arrays */

static bool pair_is_global(const struct la_tlb_pair *p)
{
	return p->lo[0] & p->lo[1] & LA_PTE_G;
}

static bool pair_covers(const struct la_tlb_pair *p, uint64_t va)
{
	return ((p->vppn << 13) ^ (va & LA_PA_MASK)) >> (p->ps + 1) == 0;
}

static bool pair_matches(const struct la_tlb_pair *p, uint64_t va, uint32_t asid,
			 bool or_global)
{
	if (!p->is_valid || !pair_covers(p, va))
		return false;
	return pair_is_global(p) ? or_global : p->asid == asid;
}

static unsigned int stlb_set(const struct la_cpu *cpu, uint64_t va)
{
	return (va >> ((cpu->csr->r[LA_CSR_STLBPS] & LA_STLBPS_PS) + 1)) % LA_STLB_SETS;
}

struct la_tlb_pair *la_tlb_find(struct la_cpu *cpu, uint64_t va, uint32_t asid,
				bool or_global)
{
	struct la_tlb_pair *pair = cpu->mmu->pair;
	unsigned int set = stlb_set(cpu, va);

	for (unsigned int way = 0; way < LA_STLB_WAYS; way++) {
		if (pair_matches(&pair[way * LA_STLB_SETS + set], va, asid, or_global))
			return &pair[way * LA_STLB_SETS + set];
	}
	for (unsigned int i = LA_STLB; i < LA_STLB + LA_MTLB; i++) {
		if (pair_matches(&pair[i], va, asid, or_global))
			return &pair[i];
	}
	return NULL;
}

static void table_drop(struct la_tlb_entry *e, unsigned int n, uint64_t va, uint64_t len)
{
	for (uint64_t at = va; at - va < len; at += LA_FAST_PAGE_BYTES) {
		unsigned int i = (at >> LA_FAST_PAGE_BITS) & (n - 1);

		if (e[i].tag == at)
			e[i].tag = (uint64_t)(i ^ 1) << LA_FAST_PAGE_BITS;
	}
}

/* Forgets fast translations of the pair of pages of @ps that holds @va. */
static void fast_drop(struct la_cpu *cpu, uint64_t va, unsigned int ps, uint32_t asid,
		      bool is_any_asid)
{
	uint64_t len = UINT64_C(2) << ps;
	bool is_wide = len > 64 * LA_FAST_PAGE_BYTES;

	va &= ~(len - 1);
	for (unsigned int i = 0; i < LA_NCTX; i++) {
		struct la_ctx *c = &cpu->mmu->ctx[i];

		if (!c->is_used || (!is_any_asid && c->asid != asid))
			continue;
		if (is_wide || c->has_large) {
			c->gen = 0;	/* cleared when next selected */
			continue;
		}
		for (unsigned int p = 0; p < 4; p++) {
			if (!c->t[p])
				continue;
			table_drop(c->t[p]->r, LA_TLB_R, va, len);
			table_drop(c->t[p]->w, LA_TLB_W, va, len);
			table_drop(c->t[p]->x, LA_TLB_X, va, len);
		}
	}
	la_mmu_select(cpu);
}

static void pair_invalidate(struct la_cpu *cpu, struct la_tlb_pair *p)
{
	if (!p->is_valid)
		return;
	p->is_valid = false;
	cpu->mmu->npairs--;
	fast_drop(cpu, (uint64_t)sext64(p->vppn << 13, LA_PALEN), p->ps, p->asid,
		  pair_is_global(p));
}

/* Where the operands of TLBSRCH/WR/FILL come from: the refill set inside TLBR. */
static bool in_refill(const struct la_cpu *cpu)
{
	return cpu->csr->r[LA_CSR_TLBRERA] & LA_TLBRERA_ISTLBR;
}

static struct la_tlb_pair pair_from_csr(const struct la_cpu *cpu)
{
	const uint64_t *csr = cpu->csr->r;
	bool refill = in_refill(cpu);
	uint64_t ehi = csr[refill ? LA_CSR_TLBREHI : LA_CSR_TLBEHI];

	return (struct la_tlb_pair){
		.vppn = bits64(ehi, 47, 13),
		.lo = { csr[refill ? LA_CSR_TLBRELO0 : LA_CSR_TLBELO0],
			csr[refill ? LA_CSR_TLBRELO1 : LA_CSR_TLBELO1] },
		.asid = csr[LA_CSR_ASID] & LA_ASID_ASID,
		.ps = refill ? ehi & LA_TLBREHI_PS
			     : (csr[LA_CSR_TLBIDX] & LA_TLBIDX_PS) >> LA_TLBIDX_PS_SHIFT,
		.is_valid = true,
	};
}

/* Page sizes that PRCFG2 does not list would make shifts and sets meaningless. */
static bool ps_is_legal(const struct la_cpu *cpu, unsigned int ps)
{
	return cpu->csr->r[LA_CSR_PRCFG2] >> ps & 1;
}

static void pair_put(struct la_cpu *cpu, unsigned int index)
{
	struct la_tlb_pair new = pair_from_csr(cpu);
	struct la_tlb_pair *p = &cpu->mmu->pair[index];

	pair_invalidate(cpu, p);
	if (!ps_is_legal(cpu, new.ps))
		return;
	*p = new;
	cpu->mmu->npairs++;
	/* The same address may have been cached through another, stale pair. */
	fast_drop(cpu, (uint64_t)sext64(p->vppn << 13, LA_PALEN), p->ps, p->asid,
		  pair_is_global(p));
}

void la_mmu_tlbsrch(struct la_cpu *cpu)
{
	uint64_t *csr = cpu->csr->r;
	uint64_t va = csr[in_refill(cpu) ? LA_CSR_TLBREHI : LA_CSR_TLBEHI];
	struct la_tlb_pair *p = la_tlb_find(cpu, va, csr[LA_CSR_ASID] & LA_ASID_ASID, true);

	if (!p) {
		csr[LA_CSR_TLBIDX] |= LA_TLBIDX_NE;
		return;
	}
	csr[LA_CSR_TLBIDX] &= ~(uint64_t)(LA_TLBIDX_NE | LA_TLBIDX_INDEX);
	csr[LA_CSR_TLBIDX] |= (uint64_t)(p - cpu->mmu->pair);
}

static unsigned int tlbidx(const struct la_cpu *cpu)
{
	return cpu->csr->r[LA_CSR_TLBIDX] & LA_TLBIDX_INDEX;
}

void la_mmu_tlbrd(struct la_cpu *cpu)
{
	uint64_t *csr = cpu->csr->r;
	unsigned int i = tlbidx(cpu);
	const struct la_tlb_pair *p = i < LA_STLB + LA_MTLB ? &cpu->mmu->pair[i] : NULL;
	bool is_valid = p && p->is_valid;

	csr[LA_CSR_TLBIDX] &= ~(uint64_t)(LA_TLBIDX_NE | LA_TLBIDX_PS);
	csr[LA_CSR_TLBIDX] |= is_valid ? (uint64_t)p->ps << LA_TLBIDX_PS_SHIFT : LA_TLBIDX_NE;
	csr[LA_CSR_TLBEHI] = is_valid ? p->vppn << 13 : 0;
	csr[LA_CSR_TLBELO0] = is_valid ? p->lo[0] : 0;
	csr[LA_CSR_TLBELO1] = is_valid ? p->lo[1] : 0;
	csr[LA_CSR_ASID] = (csr[LA_CSR_ASID] & ~(uint64_t)LA_ASID_ASID) |
			   (is_valid ? p->asid : 0);
	la_mmu_select(cpu);
}

void la_mmu_tlbwr(struct la_cpu *cpu)
{
	unsigned int i = tlbidx(cpu);

	if (i >= LA_STLB + LA_MTLB)
		return;
	if (!in_refill(cpu) && (cpu->csr->r[LA_CSR_TLBIDX] & LA_TLBIDX_NE))
		pair_invalidate(cpu, &cpu->mmu->pair[i]);
	else
		pair_put(cpu, i);
}

static unsigned int next_random(struct la_mmu *mmu)
{
	mmu->rnd ^= mmu->rnd << 13;
	mmu->rnd ^= mmu->rnd >> 17;
	mmu->rnd ^= mmu->rnd << 5;
	return mmu->rnd;
}

void la_mmu_tlbfill(struct la_cpu *cpu)
{
	struct la_mmu *mmu = cpu->mmu;
	struct la_tlb_pair new = pair_from_csr(cpu);
	bool is_stlb = new.ps == (cpu->csr->r[LA_CSR_STLBPS] & LA_STLBPS_PS);
	unsigned int first = is_stlb ? stlb_set(cpu, new.vppn << 13) : LA_STLB;
	unsigned int step = is_stlb ? LA_STLB_SETS : 1;
	unsigned int n = is_stlb ? LA_STLB_WAYS : LA_MTLB;
	struct la_tlb_pair *p = NULL;

	if (!ps_is_legal(cpu, new.ps))
		return;
	for (unsigned int i = 0; i < n && !p; i++) {
		struct la_tlb_pair *q = &mmu->pair[first + i * step];

		/* A second entry for the same page would make lookups ambiguous. */
		if (!q->is_valid || (q->vppn == new.vppn && q->ps == new.ps &&
				     q->asid == new.asid))
			p = q;
	}
	if (!p)
		p = &mmu->pair[first + next_random(mmu) % n * step];
	/* Outside of refills software may ask for an entry that matches nothing. */
	if (!in_refill(cpu) && (cpu->csr->r[LA_CSR_TLBIDX] & LA_TLBIDX_NE)) {
		pair_invalidate(cpu, p);
		return;
	}
	mmu->npairs += !p->is_valid;
	*p = new;
}

/* Invalidates @n pairs, all of them or the non-global ones of the current ASID. */
static void pairs_drop(struct la_cpu *cpu, unsigned int first, unsigned int step,
		       unsigned int n, bool is_asid_only)
{
	for (unsigned int i = 0; i < n; i++) {
		struct la_tlb_pair *p = &cpu->mmu->pair[first + i * step];

		if (!p->is_valid || (is_asid_only &&
				     (pair_is_global(p) ||
				      p->asid != (cpu->csr->r[LA_CSR_ASID] & LA_ASID_ASID))))
			continue;
		p->is_valid = false;
		cpu->mmu->npairs--;
	}
	la_mmu_flush(cpu);
}

static void clear_by_index(struct la_cpu *cpu, bool is_asid_only)
{
	unsigned int i = tlbidx(cpu);

	if (i < LA_STLB)
		pairs_drop(cpu, i % LA_STLB_SETS, LA_STLB_SETS, LA_STLB_WAYS, is_asid_only);
	else if (i < LA_STLB + LA_MTLB)
		pairs_drop(cpu, LA_STLB, 1, LA_MTLB, is_asid_only);
}

void la_mmu_tlbclr(struct la_cpu *cpu)
{
	clear_by_index(cpu, true);
}

void la_mmu_tlbflush(struct la_cpu *cpu)
{
	clear_by_index(cpu, false);
}

/* Drops pairs by the rules of invtlb @op (vol. 1, 4.2.4.7). */
static void invtlb_arrays(struct la_cpu *cpu, unsigned int op, uint32_t asid, uint64_t va)
{
	if (!cpu->mmu->npairs)
		return;
	for (unsigned int i = 0; i < LA_STLB + LA_MTLB; i++) {
		struct la_tlb_pair *p = &cpu->mmu->pair[i];
		bool is_global = pair_is_global(p);
		bool go = true;

		if (!p->is_valid)
			continue;
		if (op == 2)
			go = is_global;
		else if (op == 3)
			go = !is_global;
		else if (op == 4)
			go = !is_global && p->asid == asid;
		else if (op == 5)
			go = !is_global && p->asid == asid && pair_covers(p, va);
		else if (op == 6)
			go = (is_global || p->asid == asid) && pair_covers(p, va);
		if (go) {
			p->is_valid = false;
			cpu->mmu->npairs--;
		}
	}
}

bool la_mmu_invtlb(struct la_cpu *cpu, unsigned int op, uint64_t info, uint64_t va)
{
	uint32_t asid = info & LA_ASID_ASID;

	if (op > 6)
		return false;
	/* Only the bits that a pair has are compared; tags hold whole addresses. */
	va = (uint64_t)sext64(va, LA_PALEN);
	invtlb_arrays(cpu, op, asid, va);
	if (op <= 3) {
		la_mmu_flush(cpu);
	} else if (op == 4) {
		for (unsigned int i = 0; i < LA_NCTX; i++) {
			if (cpu->mmu->ctx[i].asid == asid)
				cpu->mmu->ctx[i].gen = 0;
		}
		la_mmu_select(cpu);
	} else {
		fast_drop(cpu, va, la_base_page_bits(cpu), asid, op == 6);
	}
	return true;
}
