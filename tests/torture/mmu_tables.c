/* SPDX-License-Identifier: Apache-2.0 */
/* mmu_tables.c - see mmu_tables.h. */
#include "mmu_tables.h"

/* By the current CPU, or as if by a device. */
static void put_entry(struct mmu *t, uint64_t gpa, uint64_t v)
{
	if (one_in(t, 2)) {
		la_set_gpr(mmu_cpu(&t->w), A1, gpa);
		la_set_gpr(mmu_cpu(&t->w), A2, v);
		set_csr(t, LA_CSR_TLBRERA, 0);
		set_csr(t, LA_CSR_CRMD, LA_CRMD_DA);
		torture_eq(mmu_go(&t->w, MMU_OPS + 8 * OP_STORE), FX_DONE);
	} else {
		fx_put64(&t->w.fx, gpa, v);
	}
	for (unsigned int i = 0; i < t->ncpus; i++)
		ref_written(&t->w.ref[i], gpa);
}

uint64_t mmu_new_table(struct mmu *t, unsigned int level)
{
	uint64_t bytes = UINT64_C(8) << t->shape->level[level].width, at = t->next_table;

	bytes = bytes < 0x1000 ? 0x1000 : bytes;
	at = (at + bytes - 1) & ~(bytes - 1);
	torture_check(at + bytes <= MMU_TABLES_END, "no room");
	t->next_table = at + bytes;
	return at;
}

/* The table that belongs to the directory entry at @gpa. */
static uint64_t table_at(struct mmu *t, uint64_t gpa, unsigned int level)
{
	for (unsigned int i = 0; i < t->ntables; i++) {
		if (t->tables[i].gpa == gpa)
			return t->tables[i].table;
	}
	torture_check(t->ntables < NTABLES, "too many");
	t->tables[t->ntables].gpa = gpa;
	return t->tables[t->ntables++].table = mmu_new_table(t, level);
}

static uint64_t index_gpa(struct mmu *t, uint64_t table, uint64_t va, unsigned int level)
{
	return table + 8 * (va >> t->shape->level[level].base &
			    (BIT64(t->shape->level[level].width) - 1));
}

/*
 * Address of the entry for @va in the table of @level, with the tables above it; 0 when
 * there is no such level.
 */
static uint64_t entry_gpa(struct mmu *t, uint64_t root, uint64_t va, unsigned int level)
{
	uint64_t table = root;

	if (!t->shape->level[level].width)
		return 0;
	for (unsigned int l = REF_LEVELS - 1; l > level; l--) {
		uint64_t gpa, dir;

		if (!t->shape->level[l].width)
			continue;
		gpa = index_gpa(t, table, va, l);
		dir = fx_get64(&t->w.fx, gpa);
		if (!dir || dir & BIT64(6)) {
			unsigned int below_l = l - 1;

			while (below_l && !t->shape->level[below_l].width)
				below_l--;
			dir = table_at(t, gpa, below_l);
			put_entry(t, gpa, dir);
		}
		table = dir;
	}
	return index_gpa(t, table, va, level);
}

uint64_t mmu_any_va(struct mmu *t)
{
	uint64_t page = BIT64(t->shape->page), va = t->recent[below(t, NRECENT)];
	uint64_t start = t->region[below(t, NREGIONS)];

	/* That page, its region (within a huge page, perhaps), or any. */
	if (one_in(t, 3))
		return va & ~(page - 1);
	if (one_in(t, 2)) {
		for (unsigned int r = 0; r < NREGIONS; r++) {
			if (va - t->region[r] < NPAGES * page)
				start = t->region[r];
		}
	}
	return start + below(t, NPAGES) * page;
}

static uint64_t root_for(struct mmu *t, uint64_t va)
{
	return va >> 63 ? t->root[NASIDS] : t->root[below(t, NASIDS)];
}

/* Rights, mostly such that something works. */
uint64_t mmu_any_bits(struct mmu *t, bool is_global)
{
	uint64_t v = (uint64_t)(one_in(t, 3) ? below(t, 4) : 3) << 2 | (uint64_t)below(t, 4) << 4;

	if (t->has_walker) {
		v |= one_in(t, 8) ? 0 : BIT64(7);
		v |= one_in(t, 4) ? 0 : BIT64(8);
		v |= one_in(t, 3) ? below(t, 4) : 0;
	} else {
		v |= one_in(t, 8) ? 0 : LA_TLBELO0_V;
		v |= one_in(t, 4) ? 0 : LA_TLBELO0_D;
	}
	v |= one_in(t, 8) ? LA_TLBELO0_NR : 0;
	v |= one_in(t, 8) ? LA_TLBELO0_NX : 0;
	v |= one_in(t, 8) ? LA_TLBELO0_RPLV : 0;
	v |= is_global ? LA_TLBELO0_G : 0;
	/* Software's own. */
	v |= one_in(t, 4) ? (uint64_t)below(t, 8) << 9 : 0;
	return v;
}

uint64_t mmu_any_frame(struct mmu *t, unsigned int ps)
{
	if (one_in(t, 16))
		return UINT64_C(0x40000000);			/* the bus */
	if (ps > 21)
		return ps > 25 ? 0 : BIT64(ps) * below(t, 2);
	return MMU_DATA + (rng_u64(rng(t)) % (FX_RAM_BYTES - MMU_DATA) & ~(BIT64(ps) - 1));
}

void mmu_do_map(struct mmu *t)
{
	uint64_t va = mmu_any_va(t), root = root_for(t, va), gpa;
	unsigned int level = one_in(t, 4) ? 1 + below(t, 2) : 0;
	bool is_global = va >> 63 && !one_in(t, 4);
	unsigned int ps = t->shape->level[level].base;

	/* Halves of huge pages that the TLB could not hold would be refilled for ever. */
	if (level && ps - 1 > 29)
		level = 0, ps = t->shape->page;
	gpa = entry_gpa(t, root, va, level);
	if (!gpa)
		return;
	if (level) {
		uint64_t v = mmu_any_bits(t, false) | BIT64(6) | mmu_any_frame(t, ps);

		put_entry(t, gpa, v | (is_global ? BIT64(12) : 0));
		return;
	}
	put_entry(t, gpa, mmu_any_bits(t, is_global) | mmu_any_frame(t, ps));
	/* Pairs are global together; half of the time the other half follows suit. */
	if (one_in(t, 2))
		put_entry(t, gpa ^ 8, mmu_any_bits(t, is_global) | mmu_any_frame(t, ps));
}

void mmu_do_unmap(struct mmu *t)
{
	uint64_t va = mmu_any_va(t);
	uint64_t gpa = entry_gpa(t, root_for(t, va), va, one_in(t, 6) ? 1 : 0);

	if (gpa)
		put_entry(t, gpa, 0);
}

/* Some bits of an entry that is there. */
void mmu_do_change(struct mmu *t)
{
	uint64_t va = mmu_any_va(t), gpa = entry_gpa(t, root_for(t, va), va, 0), v;

	if (!gpa)
		return;
	v = fx_get64(&t->w.fx, gpa);
	if (one_in(t, 3))
		v &= ~UINT64_C(3);			/* accessed and dirty, or valid */
	else
		v = (v & ~UINT64_C(0xe00000000000019f)) |
		    (mmu_any_bits(t, false) & UINT64_C(0xe00000000000019f));
	put_entry(t, gpa, v);
}
