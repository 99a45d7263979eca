/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/lint_priv.h - how the CPU reaches the lint; private to src/soft.
 *
 * Each function is called behind la_lints() and belongs to the CPU's thread; what other
 * threads look at is atomic.
 */
#ifndef LVZ_SOFT_LINT_PRIV_H
#define LVZ_SOFT_LINT_PRIV_H

#include "soft/cpu.h"
#include "soft/lint.h"
#include "soft/mmu.h"
#include "soft/tlb.h"

#define LA_LINT_PARTS 3u	/* of a vector register: FP's, LSX's, LASX's bits */

/* What is known of a pair of the root's TLB that a guest's page is in. */
struct la_lint_pair {
	uint64_t root;		/* the table that it was found to come from */
	uint64_t since_ns;	/* it grants more than its table does; 0: it does not */
	bool has_table;
};

/* The last page fault of a second stage. */
struct la_lint_fault {
	uint64_t gpa;
	uint64_t pc;		/* the guest's */
	enum la_access acc;
	bool is_known;
	bool is_stale;		/* at the last entry the table allowed it, the TLB did not */
};

struct la_lint {
	const struct la_lint_sink *sink;
	bool is_window;		/* root mode with PVM or TGID set */
	bool was_user;		/* the mode chosen last was the root's PLV3 */
	bool has_told_fetch;	/* in this window */
	bool has_told_interrupts;
	bool is_stepping;	/* one instruction with the units really on */
	uint64_t entry_pc;	/* the ertn that entered the guest last */
	uint64_t entry_pgdl;
	bool is_pgdl_of_guest;	/* the hypervisor loads PGDL before it enters */
	uint64_t host_eentry;	/* with interrupts enabled; 0: not seen yet */
	uint64_t exit_eentry;
	struct la_lint_pair pair[LA_STLB + LA_MTLB];
	struct la_lint_fault fault;
	/* Whose values the vector registers hold: 0: the root's kernel's, or nobody's. */
	uint64_t owner[LA_LINT_PARTS][32];
	bool has_owner;
	uint64_t ll_owner;	/* whose LL the guest's monitor has */
	/* atomic: no work of the root's kernel is under way since then; UINT64_MAX: now. */
	_Atomic uint64_t quiet_ns;
	struct la_tlb none;	/* the fast tables of windows: empty, so that all is seen */
};

int la_lint_init(struct la_cpu *cpu);	/* with la_machine.lint set; -ENOMEM */

void la_lint_reset(struct la_cpu *cpu);		/* nothing is known any more */

static inline bool la_lints(const struct la_cpu *cpu)
{
	return unlikely(cpu->lint != NULL);
}

/* No fast translation may be kept now. */
static inline bool la_lint_sees_all(const struct la_cpu *cpu)
{
	return la_lints(cpu) && cpu->lint->is_window;
}

__attribute__((format(printf, 4, 5)))
void la_lint_report(struct la_cpu *cpu, enum la_lint_rule rule, uint64_t pc, const char *fmt,
		    ...);

/* At the end of la_mmu_select(). */
void la_lint_select(struct la_cpu *cpu);
/* The root's ertn at @pc, before anything has changed. */
void la_lint_ertn(struct la_cpu *cpu, uint64_t pc);
/* The guest has just been left; the root's bank is the present one. */
void la_lint_exit(struct la_cpu *cpu);
/* The present mode accesses mapped @va; instruction @u, NULL: fetch. */
void la_lint_mapped(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
		    enum la_access acc);
/* @exc is about to be raised in the present mode; may not return. */
void la_lint_raise(struct la_cpu *cpu, const struct la_uop *u, enum la_exc exc);
/* The instruction of @u wrote the bits @mask of @val to CSR @num of the present mode. */
void la_lint_csr(struct la_cpu *cpu, const struct la_uop *u, unsigned int num, uint64_t val,
		 uint64_t mask);
void la_lint_gcsr(struct la_cpu *cpu, const struct la_uop *u, unsigned int num);
void la_lint_invtlb(struct la_cpu *cpu, const struct la_uop *u, unsigned int op);

/* lint_tlb.c: pair @index of @space has been filled. */
void la_lint_filled(struct la_cpu *cpu, const struct la_space *space, unsigned int index);
/* The second stage allowed @acc at @gpa. */
void la_lint_second(struct la_cpu *cpu, uint64_t gpa, enum la_access acc);
/* It refused: page invalid or not writable. */
void la_lint_second_fault(struct la_cpu *cpu, const struct la_uop *u, uint64_t gpa,
			  enum la_access acc);
/* The walker found @pte (in TLBELO form) for @gpa: silicon's TLB keeps it. */
void la_lint_walked(struct la_cpu *cpu, uint64_t gpa, uint64_t pte, unsigned int ps);
/* The root enters the guest: which pairs are stale? */
void la_lint_tlb_entry(struct la_cpu *cpu);

/* lint_fp.c: the units that root code may use without being watched. */
uint32_t la_lint_euen(const struct la_cpu *cpu);
/* The registers hold the values of @owner now, as far as the root's EUEN gives access. */
void la_lint_fp_own(struct la_cpu *cpu, uint64_t owner);
void la_lint_fp_check_guest(struct la_cpu *cpu, uint64_t pc, uint64_t guest);
void la_lint_fp_check_user(struct la_cpu *cpu, uint64_t pc);
/* Unit exception @exc is only ours: notes what @u writes and executes it.  Else returns. */
void la_lint_fp_trap(struct la_cpu *cpu, const struct la_uop *u, enum la_exc exc);
/* The single instruction is done. */
void la_lint_stepped(struct la_cpu *cpu);

#define LA_LINT_USER UINT64_C(1)	/* owner: a user of the root */
#define LA_LINT_GUEST BIT64(63)		/* owner: a guest's vCPU; see la_lint_guest() */

/* The vCPU that the root has loaded, as far as it can be told: its table and CPUID. */
uint64_t la_lint_guest(const struct la_cpu *cpu);

#endif
