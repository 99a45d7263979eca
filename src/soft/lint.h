/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/lint.h - what a hypervisor does that works here and breaks on silicon.
 *
 * A sink is given in struct la_machine_cfg; a machine without one pays one branch on paths
 * that are slow anyway.  The rules and where each comes from: docs/lvz-lint.md.
 */
#ifndef LVZ_SOFT_LINT_H
#define LVZ_SOFT_LINT_H

#include <stdbool.h>
#include <stdint.h>

enum la_lint_rule {
	/* The root's ertn into guest mode. */
	LA_LINT_ENTRY_GID_ZERO,
	LA_LINT_ENTRY_USETGID_CLEAR,
	LA_LINT_ENTRY_TGID_DIFFERS,
	LA_LINT_ENTRY_PRMD_PLV,
	LA_LINT_ENTRY_PRMD_PIE,
	/* While GSTAT.PVM or GTLBC.TGID is set in the root: the window of a world switch. */
	LA_LINT_EXIT_VECTOR_MAPPED,
	LA_LINT_WINDOW_FETCH_MAPPED,
	LA_LINT_WINDOW_DATA_MAPPED,
	LA_LINT_WINDOW_INTERRUPTS,
	LA_LINT_WINDOW_EXCEPTION,
	LA_LINT_WINDOW_REFILL,
	LA_LINT_EENTRY_NOT_RESTORED,
	/* Guest-physical translations that the TLB still has. */
	LA_LINT_STALE_ENTRY,
	LA_LINT_STALE_FAULT,
	/* State of one guest or user that another can see. */
	LA_LINT_FPU_TO_USER,
	LA_LINT_FPU_TO_GUEST,
	LA_LINT_LLBIT_KEPT,
	/* Registers and operations. */
	LA_LINT_GCFG_NOT_OFFERED,
	LA_LINT_GINTC_HC,
	LA_LINT_GCSR_ABSENT,
	LA_LINT_INVTLB_UNDEFINED,
	LA_LINT_NRULES
};

struct la_lint_rule_info {
	const char *name;
	const char *advice;		/* what to do, one line */
	bool is_warning;		/* may be meant; else it cannot work */
};

extern const struct la_lint_rule_info la_lint_rules[LA_LINT_NRULES];

#define LA_LINT_DETAIL_BYTES 160u

struct la_lint_finding {
	enum la_lint_rule rule;
	unsigned int cpu;
	uint64_t pc;			/* of the root's instruction */
	char detail[LA_LINT_DETAIL_BYTES];	/* what was seen */
};

/* Callbacks come on the threads of the vCPUs, several at a time; a finding at each hit. */
struct la_lint_sink {
	void *ctx;
	void (*finding)(void *ctx, const struct la_lint_finding *f);
	/* A guest is about to be entered.  NULL: not wanted. */
	void (*entry)(void *ctx, unsigned int cpu);
};

#endif
