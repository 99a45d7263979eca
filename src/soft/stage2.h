/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/stage2.h - what translations through a guest's second stage leave behind, and how it
 * is forgotten by guest-physical page; private to src/soft.
 *
 * A hypervisor invalidates one guest-physical page at each fault of the second stage.  The
 * fast tables are by virtual address; so each entry of a guest's tables has the number of
 * its guest-physical pair beside it, and each context a filter of the pairs it has seen.
 * Results of the second stage alone are kept, too: like the fast tables they may outlive
 * the TLB entry they came from, but no invalidation.  Owner thread only; exists with LVZ.
 */
#ifndef LVZ_SOFT_STAGE2_H
#define LVZ_SOFT_STAGE2_H

#include "soft/mmu.h"

#define LA_STAGE2_SLOTS 2048u
/* Smaller pages are not kept; a pair of these is the unit of forgetting. */
#define LA_STAGE2_BITS 14u
#define LA_SEEN_WORDS 256u

struct la_stage2_slot {
	uint64_t tag;		/* page, GID, valid */
	uint64_t pa;		/* page, the accesses that were let through */
};

struct la_stage2 {
	struct la_stage2_slot slot[LA_STAGE2_SLOTS];
	uint64_t gen;		/* of mmu->gen when last valid */
	uint32_t pair;		/* of the last translation, for la_stage2_note_*() */
	bool has_large;		/* some slot is of a page beyond LA_STAGE2_BITS */
};

/* Beside the struct la_tlb of one context and privilege level: the pair of each entry. */
struct la_stage2_pairs {
	uint32_t r[LA_TLB_R];
	uint32_t w[LA_TLB_W];
	uint32_t x[LA_TLB_X];
};

/* Pairs that a context has seen, by the low bits of their number. */
struct la_stage2_seen {
	uint64_t bits[LA_SEEN_WORDS];
	bool has_large;		/* ... and some page beyond LA_STAGE2_BITS */
};

/*
 * The physical address of @gpa, if it was found for @acc before and is remembered; false if
 * not.  A hit counts as the last translation.
 */
bool la_stage2_find(struct la_cpu *cpu, uint64_t gpa, enum la_access acc, uint64_t *pa);
/*
 * @gpa was translated to @pa for @acc, in a page of log2 size @ps, which is kept if
 * @may_keep; this is the last translation from now on.
 */
void la_stage2_keep(struct la_cpu *cpu, uint64_t gpa, enum la_access acc, uint64_t pa,
		    unsigned int ps, bool may_keep);

/*
 * In guest mode, when slot @i of a fast table of the present context was filled by the last
 * translation.
 */
void la_stage2_note_r(struct la_cpu *cpu, unsigned int i);
void la_stage2_note_w(struct la_cpu *cpu, unsigned int i);
void la_stage2_note_x(struct la_cpu *cpu, unsigned int i);

/* Forgets all that came through the pair of guest @gid that holds @gpa. */
void la_stage2_forget(struct la_cpu *cpu, uint8_t gid, uint64_t gpa);
/* Forgets results of the second stage of all guests; the fast tables are the caller's. */
void la_stage2_clear(struct la_cpu *cpu);

#endif
