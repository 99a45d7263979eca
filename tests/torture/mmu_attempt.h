/* SPDX-License-Identifier: Apache-2.0 */
/* mmu_attempt.h - an access between its plan and its check; private to mmu_*.c. */
#ifndef LVZ_TESTS_MMU_ATTEMPT_H
#define LVZ_TESTS_MMU_ATTEMPT_H

#include <stdio.h>

#include "mmu_access.h"

#define MAX_OUTCOMES 48u
#define MAX_BYTES 32u
#define UNTOUCHED UINT64_C(0x1234567812345678)
#define BAD UINT64_C(0xbadbadbadbadbad0)

/* A part of an access that lies in one page of 4 KiB. */
struct piece {
	uint64_t va;
	unsigned int len;
	unsigned int n;
	struct ref_outcome out[MAX_OUTCOMES];
	uint8_t before[MAX_OUTCOMES][MAX_BYTES];
};

struct attempt {
	const struct mmu_kind *kind;
	uint64_t va;
	uint64_t pc;
	uint64_t rk;			/* value to store, or the bound */
	uint8_t value[MAX_BYTES];	/* that a store puts */
	int early;			/* an exception before any translation, or 0 */
	unsigned int npieces;
	struct piece piece[2];
	unsigned int naccess;		/* of the bus, before */
	uint64_t tlbrehi;
	uint64_t crmd;
	/* Entries of tables that may be marked: address and value before. */
	unsigned int nmarks;
	struct { uint64_t gpa, raw; } marks[4 * REF_LEVELS * MAX_OUTCOMES];
};

static inline struct ref_cpu *model(struct mmu_world *w)
{
	return &w->ref[w->cur];
}

static inline bool is_ram(uint64_t pa, unsigned int len)
{
	return pa < FX_RAM_BYTES && len <= FX_RAM_BYTES - pa;
}

#define FAIL(w, at, ...) do { \
		char text_[256]; \
		snprintf(text_, sizeof(text_), __VA_ARGS__); \
		ck_abort_msg("seed %" PRIu64 " step %" PRIu64 " CPU %u: %s at %#" PRIx64 \
			     " PLV%u ASID %u %s%s: %s", (w)->seed, (w)->step, (w)->cur, \
			     (at)->kind->name, (at)->va, model(w)->plv, model(w)->asid, \
			     model(w)->is_paged ? "paged" : "direct", \
			     model(w)->has_walker ? ", walker" : "", text_); \
	} while (0)
#define WANT(w, at, what, got, want) do { \
		uint64_t got_ = (got), want_ = (want); \
		if (got_ != want_) \
			FAIL(w, at, "%s is %#" PRIx64 ", not %#" PRIx64, what, got_, want_); \
	} while (0)

/*
 * The access ended in @got, FX_DONE or an exception; fails the test unless the plan permits
 * that with all that came of it.  @a0: register A0 before.
 */
void mmu_check(struct mmu_world *w, const struct attempt *at, int got, uint64_t a0);

#endif
