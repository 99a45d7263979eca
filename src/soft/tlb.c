/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/tlb.c - the architectural TLB (2048-entry STLB, 64-entry MTLB), its instructions,
 * and the page-table walker.  Source: vol. 1, 4.2.4, 5.4 and 7.5.
 */
#include "soft/tlb.h"

#include "soft/csr.h"
#include "soft/lint_priv.h"
#include "soft/machine.h"

/* ------------------------------------------------------------------ spaces */

/* The guest ID that tags what the root does in its TLB; 0 is its own. */
static uint8_t root_tag(const struct la_cpu *cpu)
{
	const uint64_t *r = cpu->root->r;

	if (r[LA_CSR_GTLBC] & LA_GTLBC_USETGID)
		return (uint8_t)((r[LA_CSR_GTLBC] & LA_GTLBC_TGID) >> LA_GTLBC_TGID_SHIFT);
	if (r[LA_CSR_GSTAT] & LA_GSTAT_PVM)
		return (uint8_t)((r[LA_CSR_GSTAT] & LA_GSTAT_GID) >> LA_GSTAT_GID_SHIFT);
	return 0;
}

static uint8_t current_gid(const struct la_cpu *cpu)
{
	return (uint8_t)((cpu->root->r[LA_CSR_GSTAT] & LA_GSTAT_GID) >> LA_GSTAT_GID_SHIFT);
}

struct la_space la_space_own(struct la_cpu *cpu)
{
	uint8_t tag;

	if (cpu->is_guest)
		return (struct la_space){ cpu->guest, cpu->mmu->gtlb, current_gid(cpu), false };
	tag = root_tag(cpu);
	return (struct la_space){ cpu->root, &cpu->mmu->tlb, tag, tag != 0 };
}

struct la_space la_space_second(struct la_cpu *cpu)
{
	return (struct la_space){ cpu->root, &cpu->mmu->tlb, current_gid(cpu), true };
}

struct la_space la_space_gtlb(struct la_cpu *cpu)
{
	return (struct la_space){ cpu->guest, cpu->mmu->gtlb, root_tag(cpu), false };
}

static struct la_space space_of(struct la_cpu *cpu, bool is_gtlb)
{
	return is_gtlb ? la_space_gtlb(cpu) : la_space_own(cpu);
}

/* ------------------------------------------------------------------ walking */

/* Table entries: @pa is guest-physical when @bank is the guest's. */
static uint64_t table_read(struct la_cpu *cpu, const struct la_csr_bank *bank,
			   const struct la_uop *u, uint64_t pa)
{
	uint8_t *host;

	pa &= LA_PA_MASK & ~UINT64_C(7);
	if (bank != cpu->root)
		pa = la_mmu_physical(cpu, u, pa, LA_ACC_LOAD);
	host = la_ram_at(cpu->m, pa, 8);
	if (host)
		return atomic_load_explicit((_Atomic uint64_t *)(void *)host,
					    memory_order_relaxed);
	return cpu->m->bus.load(cpu->m->bus.ctx, cpu->index, pa, 8);
}

void la_walk_field(const struct la_csr_bank *bank, unsigned int level, unsigned int *base,
		   unsigned int *width)
{
	uint64_t pwcl = bank->r[LA_CSR_PWCL];
	uint64_t pwch = bank->r[LA_CSR_PWCH];
	uint64_t reg = level < 3 ? pwcl : pwch;
	unsigned int at = level < 3 ? level * 10 : level == 3 ? 0 : 12;

	/* PWCH fields are 6 bits wide each, PWCL's are 5. */
	*base = level < 3 ? bits64(reg, at + 4, at) : bits64(reg, at + 5, at);
	*width = level < 3 ? bits64(reg, at + 9, at + 5) : bits64(reg, at + 11, at + 6);
}

unsigned int la_base_page_bits(const struct la_csr_bank *bank)
{
	unsigned int base, width;

	if (!(bank->r[LA_CSR_PWCH] & LA_PWCH_HPTW_EN))
		return bank->r[LA_CSR_STLBPS] & LA_STLBPS_PS;
	la_walk_field(bank, 0, &base, &width);
	return base;
}

uint64_t la_walk_huge(uint64_t e)
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

void la_walk(struct la_cpu *cpu, const struct la_csr_bank *bank, const struct la_uop *u,
	     uint64_t va, struct la_walk *w)
{
	uint64_t base = bank->r[va >> 63 ? LA_CSR_PGDH : LA_CSR_PGDL] & LA_PA_MASK;
	unsigned int at, width;

	for (unsigned int level = 4; level > 0; level--) {
		la_walk_field(bank, level, &at, &width);
		if (!width)
			continue;
		w->pte_pa = base | bits64(va, at + width - 1, at) << 3;
		w->raw = table_read(cpu, bank, u, w->pte_pa);
		if (w->raw & LA_PTE_HUGE) {
			w->pte = la_walk_huge(w->raw);
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
	la_walk_field(bank, 0, &at, &width);
	w->pte_pa = base | (width ? bits64(va, at + width - 1, at) << 3 : 0);
	w->raw = table_read(cpu, bank, u, w->pte_pa);
	w->pte = w->raw;
	w->ps = page_bits(at);
}

uint64_t la_mmu_lddir(struct la_cpu *cpu, const struct la_uop *u, uint64_t base,
		      unsigned int level)
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
	la_walk_field(cpu->csr, level, &at, &width);
	base &= LA_PA_MASK;
	if (width)
		base |= bits64(cpu->csr->r[LA_CSR_TLBRBADV], at + width - 1, at) << 3;
	entry = table_read(cpu, cpu->csr, u, base);
	/* A huge entry keeps its rights, which stand above the address. */
	return entry & LA_PTE_HUGE ? entry : entry & LA_PA_MASK;
}

void la_mmu_ldpte(struct la_cpu *cpu, const struct la_uop *u, uint64_t base, unsigned int odd)
{
	uint64_t *csr = cpu->csr->r;
	unsigned int at, width, ps;
	uint64_t pte;

	if (base & LA_PTE_HUGE) {
		/* A huge page enters the TLB as an even and an odd half. */
		la_walk_field(cpu->csr, (base & LA_PTE_LEVEL) >> LA_PTE_LEVEL_SHIFT, &at, &width);
		ps = (at + width - 1) & LA_TLBREHI_PS;
		/* Address bits below the size of the page mean nothing. */
		pte = la_walk_huge(base) & ~(mask64(ps + 1) & ~UINT64_C(0xfff));
		pte |= odd ? BIT64(ps) : 0;
	} else {
		uint64_t index;

		la_walk_field(cpu->csr, 0, &at, &width);
		index = width ? bits64(csr[LA_CSR_TLBRBADV], at + width - 1, at) : 0;
		index = (index & ~UINT64_C(1)) | odd;
		pte = table_read(cpu, cpu->csr, u, (base & LA_PA_MASK) | index << 3);
		ps = at;
	}
	csr[odd ? LA_CSR_TLBRELO1 : LA_CSR_TLBRELO0] = pte & LA_PTE_TLB_BITS;
	csr[LA_CSR_TLBREHI] = (csr[LA_CSR_TLBREHI] & ~(uint64_t)LA_TLBREHI_PS) |
			      (ps & LA_TLBREHI_PS);
}

/* ------------------------------------------------------------------ the arrays */

static bool pair_matches(const struct la_tlb_pair *p, const struct la_space *space,
			 uint64_t va, uint32_t asid)
{
	return p->is_valid && p->gid == space->gid && la_pair_covers(p, va) &&
	       (space->is_any_asid || la_pair_is_global(p) || p->asid == asid);
}

static unsigned int stlb_set(const struct la_csr_bank *bank, uint64_t va)
{
	return la_stlb_set(va, bank->r[LA_CSR_STLBPS] & LA_STLBPS_PS);
}

const struct la_tlb_pair *la_tlb_find(const struct la_space *space, uint64_t va)
{
	const struct la_tlb_pair *pair = space->tlb->pair;
	uint32_t asid = space->bank->r[LA_CSR_ASID] & LA_ASID_ASID;
	unsigned int set = stlb_set(space->bank, va);

	if (!space->tlb->npairs)
		return NULL;
	for (unsigned int way = 0; way < LA_STLB_WAYS; way++) {
		if (pair_matches(&pair[way * LA_STLB_SETS + set], space, va, asid))
			return &pair[way * LA_STLB_SETS + set];
	}
	for (unsigned int i = LA_STLB; space->tlb->nmtlb && i < LA_STLB + LA_MTLB; i++) {
		if (pair_matches(&pair[i], space, va, asid))
			return &pair[i];
	}
	return NULL;
}

void la_pair_place(struct la_tlb_array *tlb, struct la_tlb_pair *p,
		   const struct la_tlb_pair *new, unsigned int stlb_ps)
{
	unsigned int i = (unsigned int)(p - tlb->pair);

	if (p->is_valid)
		la_pair_remove(tlb, p);
	if (tlb->npairs == tlb->nmtlb) {
		tlb->stlb_ps = stlb_ps;
		tlb->is_irregular = false;
	}
	if (i < LA_STLB && (new->ps != tlb->stlb_ps ||
			    i % LA_STLB_SETS != la_stlb_set(new->vppn << 13, new->ps)))
		tlb->is_irregular = true;
	*p = *new;
	tlb->npairs++;
	tlb->nmtlb += i >= LA_STLB;
}

static void pair_invalidate(struct la_cpu *cpu, const struct la_space *space,
			    struct la_tlb_pair *p)
{
	if (!p->is_valid)
		return;
	la_pair_remove(space->tlb, p);
	la_pair_forget(cpu, space, p);
}

/* Where the operands of TLBSRCH/WR/FILL come from: the refill set inside TLBR. */
static bool in_refill(const struct la_csr_bank *bank)
{
	return bank->r[LA_CSR_TLBRERA] & LA_TLBRERA_ISTLBR;
}

static struct la_tlb_pair pair_from_csr(const struct la_space *space)
{
	const uint64_t *csr = space->bank->r;
	bool refill = in_refill(space->bank);
	uint64_t ehi = csr[refill ? LA_CSR_TLBREHI : LA_CSR_TLBEHI];

	return (struct la_tlb_pair){
		.vppn = bits64(ehi, 47, 13),
		.lo = { csr[refill ? LA_CSR_TLBRELO0 : LA_CSR_TLBELO0],
			csr[refill ? LA_CSR_TLBRELO1 : LA_CSR_TLBELO1] },
		.asid = csr[LA_CSR_ASID] & LA_ASID_ASID,
		.gid = space->gid,
		.ps = refill ? ehi & LA_TLBREHI_PS
			     : (csr[LA_CSR_TLBIDX] & LA_TLBIDX_PS) >> LA_TLBIDX_PS_SHIFT,
		.is_valid = true,
	};
}

/* Page sizes that PRCFG2 does not list would make shifts and sets meaningless. */
static bool ps_is_legal(const struct la_cpu *cpu, unsigned int ps)
{
	return cpu->root->r[LA_CSR_PRCFG2] >> ps & 1;
}

static void pair_put(struct la_cpu *cpu, const struct la_space *space, unsigned int index)
{
	struct la_tlb_pair new = pair_from_csr(space);
	struct la_tlb_pair *p = &space->tlb->pair[index];

	pair_invalidate(cpu, space, p);
	if (!ps_is_legal(cpu, new.ps))
		return;
	la_pair_place(space->tlb, p, &new, space->bank->r[LA_CSR_STLBPS] & LA_STLBPS_PS);
	/* The same address may have been cached through another, stale pair. */
	la_pair_forget(cpu, space, p);
	if (la_lints(cpu))
		la_lint_filled(cpu, space, index);
}

void la_mmu_tlbsrch(struct la_cpu *cpu, bool is_gtlb)
{
	const struct la_space space = space_of(cpu, is_gtlb);
	uint64_t *csr = space.bank->r;
	uint64_t va = csr[in_refill(space.bank) ? LA_CSR_TLBREHI : LA_CSR_TLBEHI];
	const struct la_tlb_pair *p = la_tlb_find(&space, va);

	if (!p) {
		csr[LA_CSR_TLBIDX] |= LA_TLBIDX_NE;
		return;
	}
	csr[LA_CSR_TLBIDX] &= ~(uint64_t)(LA_TLBIDX_NE | LA_TLBIDX_INDEX);
	csr[LA_CSR_TLBIDX] |= (uint64_t)(p - space.tlb->pair);
}

static unsigned int tlbidx(const struct la_space *space)
{
	return space->bank->r[LA_CSR_TLBIDX] & LA_TLBIDX_INDEX;
}

/* TRGP: whose page the root has read; the guests' own ones are in the other array. */
static void note_owner(struct la_cpu *cpu, const struct la_tlb_pair *p, bool is_gtlb)
{
	if (!cpu->guest || cpu->is_guest)
		return;
	cpu->root->r[LA_CSR_TRGP] = p ? (uint64_t)p->gid << LA_TRGP_RID_SHIFT |
					(is_gtlb ? LA_TRGP_GTLB : 0) : 0;
}

void la_mmu_tlbrd(struct la_cpu *cpu, bool is_gtlb)
{
	const struct la_space space = space_of(cpu, is_gtlb);
	uint64_t *csr = space.bank->r;
	unsigned int i = tlbidx(&space);
	const struct la_tlb_pair *p = i < LA_STLB + LA_MTLB ? &space.tlb->pair[i] : NULL;

	if (p && (!p->is_valid || (cpu->is_guest && p->gid != space.gid)))
		p = NULL;
	note_owner(cpu, p, is_gtlb);
	csr[LA_CSR_TLBIDX] &= ~(uint64_t)(LA_TLBIDX_NE | LA_TLBIDX_PS);
	csr[LA_CSR_TLBIDX] |= p ? (uint64_t)p->ps << LA_TLBIDX_PS_SHIFT : LA_TLBIDX_NE;
	csr[LA_CSR_TLBEHI] = p ? p->vppn << 13 : 0;
	csr[LA_CSR_TLBELO0] = p ? p->lo[0] : 0;
	csr[LA_CSR_TLBELO1] = p ? p->lo[1] : 0;
	csr[LA_CSR_ASID] = (csr[LA_CSR_ASID] & ~(uint64_t)LA_ASID_ASID) | (p ? p->asid : 0);
	la_mmu_select(cpu);
}

void la_mmu_tlbwr(struct la_cpu *cpu, bool is_gtlb)
{
	const struct la_space space = space_of(cpu, is_gtlb);
	unsigned int i = tlbidx(&space);

	if (i >= LA_STLB + LA_MTLB)
		return;
	if (!in_refill(space.bank) && (space.bank->r[LA_CSR_TLBIDX] & LA_TLBIDX_NE))
		pair_invalidate(cpu, &space, &space.tlb->pair[i]);
	else
		pair_put(cpu, &space, i);
}

static unsigned int next_random(struct la_mmu *mmu)
{
	mmu->rnd ^= mmu->rnd << 13;
	mmu->rnd ^= mmu->rnd >> 17;
	mmu->rnd ^= mmu->rnd << 5;
	return mmu->rnd;
}

/* Where a pair like @new goes. */
static struct la_tlb_pair *slot_for(struct la_cpu *cpu, const struct la_space *space,
				    const struct la_tlb_pair *new)
{
	bool is_stlb = new->ps == (space->bank->r[LA_CSR_STLBPS] & LA_STLBPS_PS);
	unsigned int first = is_stlb ? stlb_set(space->bank, new->vppn << 13) : LA_STLB;
	unsigned int step = is_stlb ? LA_STLB_SETS : 1;
	unsigned int n = is_stlb ? LA_STLB_WAYS : LA_MTLB;

	for (unsigned int i = 0; i < n; i++) {
		struct la_tlb_pair *q = &space->tlb->pair[first + i * step];

		/* A second entry for the same page would make lookups ambiguous. */
		if (!q->is_valid || (q->vppn == new->vppn && q->ps == new->ps &&
				     q->gid == new->gid &&
				     (space->is_any_asid || q->asid == new->asid)))
			return q;
	}
	return &space->tlb->pair[first + next_random(cpu->mmu) % n * step];
}

/* @new is the pages of @p, or more of them, perhaps writable now. */
static bool is_extended(const struct la_tlb_pair *p, const struct la_tlb_pair *new)
{
	for (unsigned int i = 0; i < 2; i++) {
		if ((p->lo[i] & LA_PTE_V) && ((p->lo[i] ^ new->lo[i]) & ~LA_PTE_D))
			return false;
	}
	return p->vppn == new->vppn && p->ps == new->ps && p->gid == new->gid;
}

unsigned int la_tlb_insert(struct la_cpu *cpu, const struct la_space *space,
			   const struct la_tlb_pair *new)
{
	struct la_tlb_pair *p;

	if (!ps_is_legal(cpu, new->ps))
		return LA_STLB + LA_MTLB;
	p = slot_for(cpu, space, new);
	/* The fast tables may hold more than the TLB, but not where entries are watched. */
	if (la_lints(cpu) && p->is_valid && !is_extended(p, new))
		la_pair_forget(cpu, space, p);
	la_pair_place(space->tlb, p, new, space->bank->r[LA_CSR_STLBPS] & LA_STLBPS_PS);
	return (unsigned int)(p - space->tlb->pair);
}

void la_mmu_tlbfill(struct la_cpu *cpu, bool is_gtlb)
{
	const struct la_space space = space_of(cpu, is_gtlb);
	struct la_tlb_pair new = pair_from_csr(&space);
	unsigned int index;

	if (!ps_is_legal(cpu, new.ps))
		return;
	/* Outside of refills software may ask for an entry that matches nothing. */
	if (!in_refill(space.bank) && (space.bank->r[LA_CSR_TLBIDX] & LA_TLBIDX_NE)) {
		pair_invalidate(cpu, &space, slot_for(cpu, &space, &new));
		return;
	}
	index = la_tlb_insert(cpu, &space, &new);
	if (la_lints(cpu))
		la_lint_filled(cpu, &space, index);
}

/* Invalidates @n pairs of the tag, all of them or the non-global ones of the ASID. */
static void pairs_drop(struct la_cpu *cpu, const struct la_space *space, unsigned int first,
		       unsigned int step, unsigned int n, bool is_asid_only)
{
	uint32_t asid = space->bank->r[LA_CSR_ASID] & LA_ASID_ASID;

	for (unsigned int i = 0; i < n; i++) {
		struct la_tlb_pair *p = &space->tlb->pair[first + i * step];

		if (!p->is_valid || p->gid != space->gid ||
		    (is_asid_only && (la_pair_is_global(p) || p->asid != asid)))
			continue;
		la_pair_remove(space->tlb, p);
	}
	la_mmu_flush(cpu);
}

static void clear_by_index(struct la_cpu *cpu, bool is_gtlb, bool is_asid_only)
{
	const struct la_space space = space_of(cpu, is_gtlb);
	unsigned int i = tlbidx(&space);

	if (i < LA_STLB)
		pairs_drop(cpu, &space, i % LA_STLB_SETS, LA_STLB_SETS, LA_STLB_WAYS, is_asid_only);
	else if (i < LA_STLB + LA_MTLB)
		pairs_drop(cpu, &space, LA_STLB, 1, LA_MTLB, is_asid_only);
}

void la_mmu_tlbclr(struct la_cpu *cpu, bool is_gtlb)
{
	clear_by_index(cpu, is_gtlb, true);
}

void la_mmu_tlbflush(struct la_cpu *cpu, bool is_gtlb)
{
	clear_by_index(cpu, is_gtlb, false);
}
