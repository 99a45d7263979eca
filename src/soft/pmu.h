/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/pmu.h - performance counters (vol. 1, 7.8); private to src/soft.
 *
 * There are four, and three events that count: cycles (0), instructions (1) and branches
 * (2); a counter of another event stands still.  A cycle is a nanosecond of the vCPU
 * thread's CPU time.  Instructions and branches are counted exactly, by a dispatch table
 * whose entries count and go on through the table of the mode (interp_count.c).  It is in
 * use only while a counter of such an event runs at the present privilege level, so a CPU
 * that counts nothing pays nothing.  An instruction that raises an exception is not counted.
 *
 * Counters in la_csr_bank are behind: la_pmu_sync() adds what happened since.  The overflow
 * interrupt comes with the first exit check after the overflow.  Owner thread only.
 */
#ifndef LVZ_SOFT_PMU_H
#define LVZ_SOFT_PMU_H

#include "soft/cpu.h"

#define LA_PMU_COUNTERS 4u

/* CPUCFG.6 of a CPU that has counters. */
uint32_t la_pmu_cpucfg(void);
/* All counters are 0 and off. */
void la_pmu_reset(struct la_cpu *cpu);
/* True for the number of a PMCFG or PMCNT. */
bool la_pmu_is_csr(unsigned int csr);
/* True when csrrd of @csr is allowed at the present level although it is not PLV0. */
bool la_pmu_may_read(const struct la_cpu *cpu, unsigned int csr);

/* Counters and the interrupt are as of now. */
void la_pmu_sync(struct la_cpu *cpu);
/* After a write of PMCFG or PMCNT: what is to be counted, and until when.  Calls
 * la_mmu_select(). */
void la_pmu_update(struct la_cpu *cpu);
/* The privilege level may have changed; from la_mmu_select(), if pmu.is_active. */
void la_pmu_mode_changed(struct la_cpu *cpu);
/* At an exit check, if pmu.is_active. */
void la_pmu_check(struct la_cpu *cpu);

/* The instruction of @u, which was counted, raises an exception. */
void la_pmu_uncount(struct la_cpu *cpu, const struct la_uop *u);

#endif
