/* SPDX-License-Identifier: Apache-2.0 */
/* mmu_tables.h - the page tables of torture_mmu.c and what changes in them (mmu_tables.c). */
#ifndef LVZ_TESTS_MMU_TABLES_H
#define LVZ_TESTS_MMU_TABLES_H

#include "mmu_access.h"

#define NREGIONS 7u
#define NPAGES 6u
#define NVAS (NREGIONS * (NPAGES + 1))
#define NASIDS 4u
#define NSTEPS 400u
#define NTABLES 256u
#define NRECENT 4u

struct shape {
	const char *name;
	unsigned int page;
	struct { unsigned int base, width; } level[REF_LEVELS];
};

/* TLB instructions, each followed by "break", at MMU_OPS + 8 * number. */
enum op { OP_SRCH, OP_RD, OP_WR, OP_FILL, OP_CLR, OP_FLUSH, OP_STORE, OP_INVTLB };

struct mmu {
	struct mmu_world w;
	const struct shape *shape;
	uint64_t region[NREGIONS];
	uint64_t vas[NVAS];
	uint64_t root[NASIDS + 1];	/* the last: upper half */
	uint64_t next_table;
	/* Tables by the entry that points to them, to be found when that is free again. */
	unsigned int ntables;
	struct { uint64_t gpa, table; } tables[NTABLES];
	bool has_walker;
	unsigned int ncpus;
	uint64_t recent[NRECENT];	/* what was accessed of late: stale entries show there */
};

static inline struct ref_cpu *ref(struct mmu *t)
{
	return &t->w.ref[t->w.cur];
}

static inline struct rng *rng(struct mmu *t)
{
	return &t->w.rng;
}

static inline unsigned int below(struct mmu *t, unsigned int n)
{
	return rng_below(rng(t), n);
}

static inline bool one_in(struct mmu *t, unsigned int n)
{
	return rng_one_in(rng(t), n);
}

static inline void set_csr(struct mmu *t, unsigned int num, uint64_t v)
{
	la_set_csr(mmu_cpu(&t->w), num, v);
}

static inline uint64_t csr(struct mmu *t, unsigned int num)
{
	return la_get_csr(mmu_cpu(&t->w), num);
}

/* A place for a table of @level, aligned to its size. */
uint64_t mmu_new_table(struct mmu *t, unsigned int level);
/* A page of one of the regions. */
uint64_t mmu_any_va(struct mmu *t);
/* Bits of an entry, mostly such that something works, and a frame for a page of @ps bits. */
uint64_t mmu_any_bits(struct mmu *t, bool is_global);
uint64_t mmu_any_frame(struct mmu *t, unsigned int ps);
/* Changes to the tables of any address space, told to no TLB. */
void mmu_do_map(struct mmu *t);
void mmu_do_unmap(struct mmu *t);
void mmu_do_change(struct mmu *t);

#endif
