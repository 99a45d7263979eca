/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/tlb_inv.c - invtlb, and what the fast tables must forget with a TLB entry.
 * Sources: vol. 1, 4.2.4.7; for the operations of LVZ see docs/lvz.md.
 */
#include "soft/csr.h"
#include "soft/machine.h"
#include "soft/stage2.h"
#include "soft/tlb.h"

/* ------------------------------------------------------------------ fast tables */

static void table_drop(struct la_tlb_entry *e, unsigned int n, uint64_t va, uint64_t len)
{
	for (uint64_t at = va; at - va < len; at += LA_FAST_PAGE_BYTES) {
		unsigned int i = (at >> LA_FAST_PAGE_BITS) & (n - 1);

		if (e[i].tag == at)
			la_tlb_entry_clear(e, i);
	}
}

/* Forgets all of the contexts whose key has @want in the bits of @mask. */
static void contexts_drop(struct la_cpu *cpu, uint32_t mask, uint32_t want)
{
	for (unsigned int i = 0; i < LA_NCTX; i++) {
		struct la_ctx *c = &cpu->mmu->ctx[i];

		if (c->is_used && (c->key & mask) == want)
			c->gen = 0;	/* cleared when next selected */
	}
	la_mmu_select(cpu);
}

/* The same for the pair of pages of @ps that holds @va only. */
static void contexts_drop_pair(struct la_cpu *cpu, uint32_t mask, uint32_t want, uint64_t va,
			       unsigned int ps)
{
	uint64_t len = UINT64_C(2) << ps;
	bool is_wide = len > 64 * LA_FAST_PAGE_BYTES;

	va &= ~(len - 1);
	for (unsigned int i = 0; i < LA_NCTX; i++) {
		struct la_ctx *c = &cpu->mmu->ctx[i];

		if (!c->is_used || (c->key & mask) != want)
			continue;
		if (is_wide || c->has_large) {
			c->gen = 0;
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

static uint32_t key_of_gid(uint8_t gid)
{
	return (uint32_t)gid << LA_CTX_GID_SHIFT;
}

static bool is_guests_own(const struct la_cpu *cpu, const struct la_tlb_array *tlb)
{
	return tlb == cpu->mmu->gtlb;
}

/*
 * Guest-physical pages went: everything that was translated through them goes, and what the
 * root reached with that tag.
 */
static void guest_drop(struct la_cpu *cpu, uint8_t gid)
{
	if (gid)
		contexts_drop(cpu, LA_CTX_GID, key_of_gid(gid));
	else
		contexts_drop(cpu, LA_CTX_GUEST | LA_CTX_GID, LA_CTX_GUEST);
	la_stage2_clear(cpu);
}

/* Pages of the root's TLB with that tag may be guest-physical ones. */
static bool concerns_guests(const struct la_cpu *cpu, uint8_t gid)
{
	return gid || cpu->mmu->has_guest_0;
}

void la_pair_forget(struct la_cpu *cpu, const struct la_space *space,
		    const struct la_tlb_pair *p)
{
	uint32_t mask = LA_CTX_GUEST | LA_CTX_GID | LA_CTX_ASID, want = key_of_gid(p->gid);

	if (is_guests_own(cpu, space->tlb))
		want |= LA_CTX_GUEST;
	else if (concerns_guests(cpu, p->gid) && p->ps <= LA_STAGE2_BITS)
		la_stage2_forget(cpu, p->gid, p->vppn << 13);
	else if (concerns_guests(cpu, p->gid))
		guest_drop(cpu, p->gid);
	if (la_pair_is_global(p) || space->is_any_asid)
		mask &= ~LA_CTX_ASID;
	else
		want |= p->asid;
	contexts_drop_pair(cpu, mask, want, (uint64_t)sext64(p->vppn << 13, LA_PALEN), p->ps);
}

/* ------------------------------------------------------------------ arrays */

/* Which pairs go: of whom, global or not, of which ASID, at which address. */
struct doomed {
	bool is_any_gid, spares_root;
	uint8_t gid;
	bool spares_global, spares_local;
	bool needs_asid;		/* local ones only of this: */
	bool is_global_exempt;		/* ... global ones of any */
	uint32_t asid;
	bool needs_va;
	uint64_t va;
};

static bool is_doomed(const struct la_tlb_pair *p, const struct doomed *d)
{
	bool is_global = la_pair_is_global(p);

	if (!p->is_valid || (d->is_any_gid ? d->spares_root && !p->gid : p->gid != d->gid))
		return false;
	if (is_global ? d->spares_global : d->spares_local)
		return false;
	if (d->needs_asid && p->asid != d->asid && !(is_global && d->is_global_exempt))
		return false;
	return !d->needs_va || la_pair_covers(p, d->va);
}

/* Of @n pairs from @first on, @step apart. */
static void pairs_drop(struct la_tlb_array *tlb, const struct doomed *d, unsigned int first,
		       unsigned int step, unsigned int n)
{
	for (unsigned int i = 0; tlb->npairs && i < n; i++) {
		struct la_tlb_pair *p = &tlb->pair[first + i * step];

		if (is_doomed(p, d))
			la_pair_remove(tlb, p);
	}
}

static void array_drop(struct la_tlb_array *tlb, const struct doomed *d)
{
	if (d->needs_va && !tlb->is_irregular)
		pairs_drop(tlb, d, la_stlb_set(d->va & LA_PA_MASK, tlb->stlb_ps), LA_STLB_SETS,
			   LA_STLB_WAYS);
	else
		pairs_drop(tlb, d, 0, 1, LA_STLB);
	if (tlb->nmtlb)
		pairs_drop(tlb, d, LA_STLB, 1, LA_MTLB);
}

/* ------------------------------------------------------------------ operations */

/* Operations 1 to 6 of vol. 1 on the pages of one tag (0xa to 0xe are 2 to 6). */
static void drop_by_kind(struct la_cpu *cpu, const struct la_space *space, unsigned int op,
			 uint32_t asid, uint64_t va)
{
	const struct doomed d = {
		.gid = space->gid,
		.spares_local = op == 2,
		.spares_global = op >= 3 && op <= 5,
		.needs_asid = op >= 4,
		.is_global_exempt = op == 6,
		.asid = asid,
		.needs_va = op >= 5,
		.va = va,
	};
	uint32_t mask = LA_CTX_GUEST | LA_CTX_GID, want = key_of_gid(space->gid);
	bool is_own = is_guests_own(cpu, space->tlb);

	array_drop(space->tlb, &d);
	if (is_own)
		want |= LA_CTX_GUEST;
	else if (concerns_guests(cpu, space->gid))
		guest_drop(cpu, space->gid);
	if (op == 4 || op == 5) {
		mask |= LA_CTX_ASID;
		want |= asid;
	}
	if (op <= 4)
		contexts_drop(cpu, mask, want);
	else
		contexts_drop_pair(cpu, mask, want, va, la_base_page_bits(space->bank));
}

static void everything(struct la_cpu *cpu)
{
	const struct doomed d = { .is_any_gid = true };

	array_drop(&cpu->mmu->tlb, &d);
	if (cpu->mmu->gtlb)
		array_drop(cpu->mmu->gtlb, &d);
	la_mmu_flush(cpu);
}

enum { GUESTS_OWN = 1, GUEST_PHYSICAL = 2 };

/* Operations 0x10 to 0x15: pages of all guests or of one, of one kind or both. */
static void drop_guests(struct la_cpu *cpu, unsigned int kinds, bool is_any_gid, uint8_t gid)
{
	/* The root's own pages stay. */
	const struct doomed d = { .is_any_gid = is_any_gid, .spares_root = true, .gid = gid };

	if (kinds & GUESTS_OWN)
		array_drop(cpu->mmu->gtlb, &d);
	if (kinds & GUEST_PHYSICAL)
		array_drop(&cpu->mmu->tlb, &d);
	if (is_any_gid)
		la_mmu_flush(cpu);
	else
		guest_drop(cpu, gid);
}

/* 0x16: one guest-physical pair. */
static void drop_gpa(struct la_cpu *cpu, uint8_t gid, uint64_t gpa)
{
	const struct doomed d = { .gid = gid, .needs_va = true, .va = gpa };

	array_drop(&cpu->mmu->tlb, &d);
	la_stage2_forget(cpu, gid, gpa);
	/* Large pages are forgotten by la_stage2_forget(), in the root's contexts by has_large. */
	contexts_drop_pair(cpu, LA_CTX_GUEST | LA_CTX_GID, key_of_gid(gid), gpa,
			   la_base_page_bits(cpu->root));
}

static bool invtlb_lvz(struct la_cpu *cpu, unsigned int op, uint32_t asid, uint8_t gid,
		       uint64_t va)
{
	const struct la_space space = { cpu->guest, cpu->mmu->gtlb, gid, false };

	switch (op) {
	case 0x9:
	case 0xa:
	case 0xb:
	case 0xc:
	case 0xd:
	case 0xe:
		drop_by_kind(cpu, &space, op - 8, asid, va);
		return true;
	case 0x10:
	case 0x11:
	case 0x12:
		drop_guests(cpu, op - 0xf, true, 0);
		return true;
	case 0x13:
	case 0x14:
	case 0x15:
		drop_guests(cpu, op - 0x12, false, gid);
		return true;
	case 0x16:
		drop_gpa(cpu, gid, va);
		return true;
	default:
		return false;
	}
}

bool la_mmu_invtlb(struct la_cpu *cpu, unsigned int op, uint64_t info, uint64_t va)
{
	const struct la_space space = la_space_own(cpu);
	uint32_t asid = info & LA_ASID_ASID;

	/* Only the bits that a pair has are compared; tags hold whole addresses. */
	va = (uint64_t)sext64(va, LA_PALEN);
	if (op == 0 && !cpu->is_guest)
		everything(cpu);
	else if (op <= 6)
		drop_by_kind(cpu, &space, op ? op : 1, asid, va);
	else
		return cpu->guest && !cpu->is_guest &&
		       invtlb_lvz(cpu, op, asid, (uint8_t)(info >> 16), va);
	return true;
}

/* ------------------------------------------------------------------ evictions */

void la_mmu_drop_guest(struct la_cpu *cpu)
{
	drop_guests(cpu, GUESTS_OWN | GUEST_PHYSICAL, false, la_space_second(cpu).gid);
}

void la_mmu_drop_all(struct la_cpu *cpu)
{
	everything(cpu);
}

/* The first valid pair of @tlb from @from on, going round. */
static struct la_tlb_pair *pair_from(struct la_tlb_array *tlb, unsigned int from)
{
	for (unsigned int i = 0; tlb && tlb->npairs && i < LA_STLB + LA_MTLB; i++) {
		struct la_tlb_pair *p = &tlb->pair[(from + i) % (LA_STLB + LA_MTLB)];

		if (p->is_valid)
			return p;
	}
	return NULL;
}

void la_mmu_drop_pair(struct la_cpu *cpu, unsigned int from)
{
	struct la_space space = { .tlb = cpu->mmu->gtlb, .bank = cpu->guest };
	struct la_tlb_pair *p = from % 2 ? pair_from(space.tlb, from / 2) : NULL;

	if (!p) {
		space = (struct la_space){ .tlb = &cpu->mmu->tlb, .bank = cpu->root };
		p = pair_from(space.tlb, from / 2);
		space.is_any_asid = p && p->gid;
	}
	if (!p) {
		/* The hardware walker's entries are in the fast tables only. */
		la_mmu_flush(cpu);
		return;
	}
	space.gid = p->gid;
	p->is_valid = false;
	space.tlb->npairs--;
	la_pair_forget(cpu, &space, p);
}
