/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/interp.h - the ways a handler goes on; private to src/soft.
 *
 * LA_NEXT() (cpu.h) takes the next word.  la_jump() goes to any guest address.
 * LA_LEAVE() returns to the loop of run.c, which serves requests and looks pc up again:
 * for everything that changed mode, address space or interrupt enables.
 */
#ifndef LVZ_SOFT_INTERP_H
#define LVZ_SOFT_INTERP_H

#include "soft/isa.h"
#include "soft/mmu.h"
#include "soft/pc.h"

/* A dispatch table: a handler for each op; as la_optab with all its entries. */
union la_ops_table {
	la_op_fn *fn[LA_NOPS];
	struct la_optab tab;
};
extern const union la_ops_table la_ops64;
extern const union la_ops_table la_ops32;	/* in 32-bit address mode */
/* For a CPU that counts instructions: the table itself, and the 64-bit one behind it. */
extern const union la_ops_table la_ops_count;
extern const union la_ops_table la_ops64_single;

#define LA_LEAVE(target) do { \
		cpu->pc = (target); \
		return; \
	} while (0)

/* True when someone wants the CPU's attention. */
static inline bool la_must_exit(struct la_cpu *cpu)
{
#if defined(__SANITIZE_ADDRESS__)
	/*
	 * Handlers whose locals have an address cannot tail-call under this sanitizer: unwind
	 * at each turn, so that no loop of the guest grows the stack.
	 */
	(void)cpu;
	return true;
#endif
	return unlikely(atomic_load_explicit(&cpu->exit_req, memory_order_relaxed));
}

/*
 * Goes on at @target: through the fetch table when the page is known, else by way of
 * run.c.  A misaligned target misses the table and raises ADEF there.
 */
#define LA_JUMP(target_) do { \
		uint64_t to_ = LA_ADDR(target_); \
		const struct la_tlb_entry *x_ = \
			&cpu->tlb->x[to_ >> LA_FAST_PAGE_BITS & (LA_TLB_X - 1)]; \
		const struct la_uop *n_; \
		if (la_must_exit(cpu) || \
		    unlikely(x_->tag != (to_ & ~(LA_FAST_PAGE_BYTES - 4)))) \
			LA_LEAVE(to_); \
		cpu->pc_bias = x_->add; \
		n_ = (const struct la_uop *)(uintptr_t)((to_ - x_->add) << 1); \
		LA_MUSTTAIL return ops->fn[n_->op](cpu, n_, ops); \
	} while (0)

/* Inside the page: @delta uops from here. */
#define LA_JUMP_FWD(delta) do { \
		const struct la_uop *n_ = u + (delta); \
		LA_MUSTTAIL return ops->fn[n_->op](cpu, n_, ops); \
	} while (0)
#define LA_JUMP_BACK(delta) do { \
		const struct la_uop *n_ = u + (delta); \
		if (la_must_exit(cpu)) \
			LA_LEAVE(la_pc_of(cpu, n_)); \
		LA_MUSTTAIL return ops->fn[n_->op](cpu, n_, ops); \
	} while (0)

/* Leaves for the loop at the next instruction. */
#define LA_LEAVE_NEXT() LA_LEAVE(la_pc_of(cpu, u + 1))

/* Kernel-only instructions. */
#define LA_NEED_PLV0() do { \
		if (unlikely(cpu->plv != 0)) \
			la_raise(cpu, u, LA_EXC_IPE); \
	} while (0)

#endif
