/* SPDX-License-Identifier: Apache-2.0 */
/* soft/pc.h - from uop to guest address and back; private to src/soft. */
#ifndef LVZ_SOFT_PC_H
#define LVZ_SOFT_PC_H

#include "soft/cpu.h"

/* A uop is 8 bytes for 4 bytes of code, so its address halves into an offset. */
static inline uint64_t la_pc_of(const struct la_cpu *cpu, const struct la_uop *u)
{
	return cpu->pc_bias + ((uintptr_t)u >> 1);
}

/* The bias that makes @u stand for @pc. */
static inline uint64_t la_pc_bias(const struct la_uop *u, uint64_t pc)
{
	return pc - ((uintptr_t)u >> 1);
}

#endif
