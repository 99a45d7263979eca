/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/sem_branch.h - conditions of the integer branches, for plain and fused handlers;
 * private to src/soft.  Source: vol. 1, 2.2.5.
 */
#ifndef LVZ_SOFT_SEM_BRANCH_H
#define LVZ_SOFT_SEM_BRANCH_H

#include "soft/cpu.h"

#define COND(name, expr) \
	static inline bool sem_##name(const struct la_cpu *cpu, const struct la_uop *u) \
	{ \
		const uint64_t rj = cpu->gpr[u->b], rd = cpu->gpr[u->a]; \
		return expr; \
	}

COND(beq, rj == rd)
COND(bne, rj != rd)
COND(blt, (int64_t)rj < (int64_t)rd)
COND(bge, (int64_t)rj >= (int64_t)rd)
COND(bltu, rj < rd)
COND(bgeu, rj >= rd)

/* These have no second register; its field is part of the offset. */
static inline bool sem_beqz(const struct la_cpu *cpu, const struct la_uop *u)
{
	return cpu->gpr[u->b] == 0;
}

static inline bool sem_bnez(const struct la_cpu *cpu, const struct la_uop *u)
{
	return cpu->gpr[u->b] != 0;
}

#undef COND

#endif
