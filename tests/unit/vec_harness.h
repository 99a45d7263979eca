/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/vec_harness.h - runs one vector instruction without an interpreter: its uop,
 * then one that returns.  For one source file of a program, as it defines la_raise() and
 * handlers for the instructions that touch memory, which have tests of their own.
 */
#ifndef LVZ_TESTS_VEC_HARNESS_H
#define LVZ_TESTS_VEC_HARNESS_H

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "soft/cpu.h"
#include "soft/isa.h"

#define VH_NONE (-1)

struct vec_harness {
	struct la_cpu cpu;
	int exc;		/* what la_raise() was called with, or VH_NONE */
};

/* NULL or LA_NPLAIN_OPS bytes: the instructions that were executed to their end. */
static uint8_t *vh_seen;

_Noreturn void la_raise(struct la_cpu *cpu, const struct la_uop *u, enum la_exc exc)
{
	(void)u;
	container_of(cpu, struct vec_harness, cpu)->exc = exc;
	longjmp(cpu->leave, 1);
}

#define VH_MEMORY(name) LA_OP(name) { (void)cpu; (void)u; (void)ops; abort(); }
#define VH_MEMORY_BHWD(name) \
	VH_MEMORY(name##_b) VH_MEMORY(name##_h) VH_MEMORY(name##_w) VH_MEMORY(name##_d)
VH_MEMORY(vld) VH_MEMORY(vst) VH_MEMORY(vldx) VH_MEMORY(vstx)
VH_MEMORY(xvld) VH_MEMORY(xvst) VH_MEMORY(xvldx) VH_MEMORY(xvstx)
VH_MEMORY_BHWD(vldrepl) VH_MEMORY_BHWD(vstelm)
VH_MEMORY_BHWD(xvldrepl) VH_MEMORY_BHWD(xvstelm)

static void vh_stop(struct la_cpu *cpu, const struct la_uop *u, const struct la_optab *ops)
{
	(void)cpu;
	(void)u;
	(void)ops;
}

#define VH_DECLARE(name) la_op_fn la_op_##name;
LA_INSN_OPS_LSX(VH_DECLARE)
LA_INSN_OPS_LASX(VH_DECLARE)

static la_op_fn *const vh_table[LA_NPLAIN_OPS] = {
	[LA_OP_stop] = vh_stop,
#define VH_ENTRY(name) [LA_OP_##name] = la_op_##name,
	LA_INSN_OPS_LSX(VH_ENTRY)
	LA_INSN_OPS_LASX(VH_ENTRY)
};

/* Registers all zero, all units on. */
static inline void vh_init(struct vec_harness *h)
{
	memset(h, 0, sizeof(*h));
	h->cpu.euen = LA_EUEN_FPE | LA_EUEN_SXE | LA_EUEN_ASXE;
}

/* Executes @u; returns the exception it raised, or VH_NONE. */
static inline int vh_exec(struct vec_harness *h, struct la_uop u)
{
	const struct la_uop program[2] = { u, { .op = LA_OP_stop } };

	h->exc = VH_NONE;
	if (!setjmp(h->cpu.leave)) {
		vh_table[u.op](&h->cpu, program, (const struct la_optab *)(const void *)vh_table);
		if (vh_seen)
			vh_seen[u.op] = 1;
	}
	return h->exc;
}

#endif
