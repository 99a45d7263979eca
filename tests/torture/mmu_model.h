/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mmu_model.h - what the architecture lets an MMU do, written from the manual alone
 * (vol. 1, 4.2.4, 4.2.5, 5.2 to 5.4, 7.5): a set of permitted outcomes per access.
 *
 * A TLB may have loaded any entry that the page tables showed since the last invalidation
 * that covers it, and may have lost any.  The model therefore keeps, for each CPU, every
 * entry that was visible for the addresses in use (ref_observe() after each change), drops
 * what an invalidation names, and takes up what is visible now.
 */
#ifndef LVZ_TESTS_MMU_MODEL_H
#define LVZ_TESTS_MMU_MODEL_H

#include "soft/mmu.h"
#include "torture.h"

#define REF_MAX_ENTRIES 2048u
#define REF_LEVELS 5u			/* 0: page table, 1..4: directories */

/* A pair of pages as the TLB holds it. */
struct ref_entry {
	uint64_t va;			/* of the pair */
	unsigned int ps;		/* of one page, log2 */
	unsigned int asid;
	uint64_t lo[2];
	bool is_global;
	bool by_walker;			/* P and W count, not V and D */
	bool marks_unknown;		/* V and D in memory were taken back since */
	uint64_t gpa[2];		/* of the table entries; 0: from software */
};

/* enum la_access, and reading and writing at once: as a store, then as a load. */
#define REF_ACC_RMW 3

/* What of a CPU matters for translation. */
struct ref_cpu {
	bool is_paged;
	unsigned int plv;
	unsigned int asid;
	uint64_t pgd[2];		/* lower, upper half */
	uint64_t dmw[4];
	uint64_t misc;
	unsigned int stlb_ps;
	bool has_walker;		/* switched on */
	struct { unsigned int base, width; } level[REF_LEVELS];
	/* Physical memory as a walk sees it. */
	uint64_t (*read)(void *ctx, uint64_t pa);
	void *ctx;
	unsigned int n;
	struct ref_entry e[REF_MAX_ENTRIES];
};

/* One way an access to one byte may end: @exc is 0 and @pa is valid, or not 0. */
struct ref_outcome {
	int exc;
	uint64_t pa;
	const struct ref_entry *e;	/* NULL: windows, direct mode, ADE */
};

/* PWCL and PWCH that say what @c->level says; the walker's switch included. */
uint64_t ref_pwcl(const struct ref_cpu *c);
uint64_t ref_pwch(const struct ref_cpu *c);

/* What the tables show now for @va. */
struct ref_entry ref_walk(const struct ref_cpu *c, uint64_t va);
/* The tables were changed or switched: all entries for @vas may be loaded from now on. */
void ref_observe(struct ref_cpu *c, const uint64_t *vas, unsigned int n);
/* The table entry at @gpa was written by software. */
void ref_written(struct ref_cpu *c, uint64_t gpa);
/* Software put @e into the TLB. */
void ref_put(struct ref_cpu *c, const struct ref_entry *e);
/*
 * tlbwr took @e, as tlbrd gives it, out of the TLB.  Others for the same pages may be there
 * as well, if software let a page become global without telling other address spaces.
 */
void ref_replaced(struct ref_cpu *c, const struct ref_entry *e);
void ref_invtlb(struct ref_cpu *c, unsigned int op, unsigned int asid, uint64_t va);
/* tlbflush (or tlbclr) with the index of @at, which is in the TLB. */
void ref_clear_like(struct ref_cpu *c, const struct ref_entry *at, bool is_asid_only);

bool ref_covers(const struct ref_entry *e, uint64_t va);
bool ref_matches(const struct ref_cpu *c, const struct ref_entry *e, uint64_t va);
/* Which exception an entry gives; 0 if none. */
int ref_rights(const struct ref_cpu *c, const struct ref_entry *e, uint64_t va,
	       int acc);
/* All permitted outcomes for the byte at @va, none twice; their number. */
unsigned int ref_translate(const struct ref_cpu *c, uint64_t va, int acc,
			   struct ref_outcome *out, unsigned int max);

#endif
