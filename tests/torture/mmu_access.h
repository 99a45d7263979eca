/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mmu_access.h - one instruction that accesses memory, executed and compared with what the
 * model permits: value, memory, exception and all that its entry records, marks in tables.
 */
#ifndef LVZ_TESTS_MMU_ACCESS_H
#define LVZ_TESTS_MMU_ACCESS_H

#include "mmu_model.h"

#define MMU_NCPUS 2u

/* Guest-physical layout beyond the fixture's. */
#define MMU_REFILL UINT64_C(0x10c000)		/* a handler that fills ... */
#define MMU_STOP UINT64_C(0x10d000)		/* ... and one that stops */
#define MMU_KINDS UINT64_C(0x108000)		/* one program for each kind of access */
#define MMU_OPS UINT64_C(0x10a000)		/* one for each TLB instruction */
#define MMU_TABLES UINT64_C(0x400000)
#define MMU_TABLES_END UINT64_C(0x1000000)
#define MMU_DATA UINT64_C(0x1000000)		/* from here on anything may be written */

enum mmu_counter {
	MMU_LOAD, MMU_STORE, MMU_RMW, MMU_FETCH, MMU_SECOND_PAGE, MMU_SECOND_FAULT, MMU_BUS,
	MMU_WINDOW, MMU_DIRECT, MMU_HUGE, MMU_GLOBAL, MMU_MANY, MMU_MARKED_V, MMU_MARKED_D,
	MMU_REFILL_STOP, MMU_REFILLED, MMU_STEPPED, MMU_PIL, MMU_PIS, MMU_PIF, MMU_PME, MMU_PNR,
	MMU_PNX, MMU_PPI, MMU_ADEF, MMU_ADEM, MMU_ALE, MMU_BCE, MMU_TLBRD, MMU_TLBWR,
	MMU_TLBFILL, MMU_INVTLB, MMU_TLBCLR, MMU_TLBFLUSH, MMU_NCOUNTERS
};
extern const char *const mmu_counters[MMU_NCOUNTERS];

struct mmu_world {
	struct fx fx;
	struct rng rng;
	struct ref_cpu ref[MMU_NCPUS];
	unsigned int cur;		/* the CPU that acts */
	uint64_t seed;
	uint64_t step;
	bool keeps_bus;			/* fx.mmio_val stays: tables may lie there */
};

enum mmu_value {
	MMU_NOTHING, MMU_SIGNED, MMU_UNSIGNED, MMU_FP, MMU_VEC, MMU_SPREAD, MMU_SWAP, MMU_ADD,
	MMU_CAS, MMU_SC, MMU_JUMP
};

struct mmu_kind {
	const char *name;
	uint32_t insn;
	unsigned int size;
	bool must_align;
	int acc;			/* enum la_access or REF_ACC_RMW */
	enum mmu_value value;
	bool has_bound;			/* BCE unless rj is within rk */
};

extern const struct mmu_kind mmu_kinds[];
extern const unsigned int mmu_nkinds;

/* Writes the programs of the kinds. */
void mmu_access_prepare(struct mmu_world *w);
struct la_cpu *mmu_cpu(struct mmu_world *w);
/* Runs the current CPU until a handler or "break"; FX_DONE or an exception. */
int mmu_go(struct mmu_world *w, uint64_t pc);
/*
 * An access of @kind at @va in the mode of the model of the current CPU.  Nothing happens
 * when it could hit what the test itself needs.
 */
void mmu_access(struct mmu_world *w, const struct mmu_kind *kind, uint64_t va);

#endif
