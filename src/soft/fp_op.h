/* SPDX-License-Identifier: Apache-2.0 */
/* soft/fp_op.h - how an FP or vector-FP handler begins and ends: FCSR in, Cause and trap out. */
#ifndef LVZ_SOFT_FP_OP_H
#define LVZ_SOFT_FP_OP_H

#include "soft/cpu.h"
#include "soft/fp.h"

static inline struct fp_env fp_begin(const struct la_cpu *cpu)
{
	/*
	 * Field by field: GCC 12 copies a compound literal in one 8-byte access, which waits
	 * 7 ns for the two 4-byte stores before it.
	 */
	struct fp_env e;

	e.rm = (cpu->fcsr & LA_FCSR_RM) >> LA_FCSR_RM_SHIFT;
	e.flags = 0;
	e.enables = cpu->fcsr & LA_FCSR_ENABLES;
	return e;
}

/*
 * Rewrites Cause; an enabled exception is raised (@exc is LA_EXC_FPE or LA_EXC_VFPE) with
 * Flags and the destination unchanged, others accumulate in Flags.
 */
static inline void fp_end(struct la_cpu *cpu, const struct la_uop *u, const struct fp_env *e,
			  enum la_exc exc)
{
	uint32_t fcsr = (cpu->fcsr & ~LA_FCSR_CAUSE) | e->flags << LA_FCSR_CAUSE_SHIFT;

	if (unlikely(e->flags & fcsr & LA_FCSR_ENABLES)) {
		cpu->fcsr = fcsr;
		la_raise(cpu, u, exc);
	}
	cpu->fcsr = fcsr | e->flags << LA_FCSR_FLAGS_SHIFT;
}

#endif
