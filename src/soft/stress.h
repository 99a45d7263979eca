/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/stress.h - does at random what hardware may do at any time, so that software which
 * only works by luck fails; private to src/soft.  docs/lvz-stress.md has the levels and
 * says why each perturbation is allowed.
 *
 * A CPU that is not stressed has no struct la_stress, and every hook stands on a path that
 * is cold anyway, behind a test of that pointer.  Owner thread of the CPU only.
 */
#ifndef LVZ_SOFT_STRESS_H
#define LVZ_SOFT_STRESS_H

#include "soft/cpu.h"

/* An interrupt line is seen that much later at most. */
#define LA_STRESS_HOLD_NS 50000u
/* A pending interrupt is taken that many exit checks later at most. */
#define LA_STRESS_DEFER 16u
/* Exit checks that follow an entry or exit on level 3, at most. */
#define LA_STRESS_CHECKS 64u
/* So many LL in a row lose their link at most. */
#define LA_STRESS_LL_LOST 4u

enum la_stress_kind {
	LA_STRESS_ENTRY,	/* all translations of the guest dropped at an entry */
	LA_STRESS_EXIT,		/* ... at an exit */
	LA_STRESS_PAIR,		/* one pair of the TLB dropped at an exit check */
	LA_STRESS_ALL,		/* all of the TLB dropped, at an exit or exit check */
	LA_STRESS_LINK,		/* the link of an LL lost */
	LA_STRESS_HELD,		/* an interrupt line seen later */
	LA_STRESS_BATCHED,	/* ... together with one that rose earlier */
	LA_STRESS_DEFERRED,	/* a pending interrupt taken later */
	LA_STRESS_NKINDS
};

struct la_stress {
	unsigned int level;		/* 1..LA_STRESS_LEVELS */
	uint64_t rnd;
	uint64_t count[LA_STRESS_NKINDS];
	uint32_t shown;			/* lines of la_cpu.irq_levels that are seen */
	uint32_t held;			/* ... that rose and are not */
	uint64_t hold_until_ns;
	unsigned int defer_left;	/* exit checks until what is pending is taken */
	bool is_deferring;
	unsigned int checks_left;	/* exit checks still wanted */
	unsigned int nlost;		/* LL that lost their link in a row */
};

/* -ENOMEM.  @level 0: nothing to do. */
int la_stress_init(struct la_cpu *cpu, unsigned int level, uint64_t seed);
/* Logs how often each perturbation happened, and frees. */
void la_stress_fini(struct la_cpu *cpu);

/* The guest was entered; @is_refill: behind a refill, which must not be undone. */
void la_stress_entry(struct la_cpu *cpu, bool is_refill);
/* The root is back; it has taken nothing yet. */
void la_stress_exit(struct la_cpu *cpu);
/* At an exit check, before interrupts are looked for. */
void la_stress_check(struct la_cpu *cpu);
/* Exit checks must go on. */
bool la_stress_is_busy(const struct la_cpu *cpu);
/* An LL is done. */
void la_stress_link(struct la_cpu *cpu);
/* Those of @levels, the lines from outside, that the CPU sees. */
uint32_t la_stress_lines(const struct la_cpu *cpu, uint32_t levels);
/* @wanted could be taken now: true if it is to be at a later exit check, which will come. */
bool la_stress_defers(struct la_cpu *cpu, uint32_t wanted);

#endif
