/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/watch.h - watchpoints on fetches, loads and stores (vol. 1, 7.9); private to
 * src/soft.
 *
 * A page with an enabled watchpoint gets no entry in the fast tables, whatever CRMD.WE,
 * the privilege level and the ASID are; its accesses take the slow path, its code is
 * executed word by word, and there the conditions are judged.  Other pages, and a CPU
 * without watchpoints, pay nothing.  Owner thread only.
 */
#ifndef LVZ_SOFT_WATCH_H
#define LVZ_SOFT_WATCH_H

#include "soft/mmu.h"

#define LA_NWATCH 8u		/* MWPC.NUM and FWPC.NUM */

/* True for the number of a CFG register. */
bool la_watch_is_cfg(unsigned int csr);
/* CFG registers changed: fast translations are forgotten. */
void la_watch_update(struct la_cpu *cpu);
/* A write of MWPS or FWPS. */
void la_watch_write_status(struct la_cpu *cpu, unsigned int csr, uint64_t val, uint64_t mask);

/* The page of @va may not have a fast translation for data, or for fetches. */
bool la_watch_covers_mem(const struct la_cpu *cpu, uint64_t va);
bool la_watch_covers_fetch(const struct la_cpu *cpu, uint64_t va);

/*
 * Judges an access of @size bytes, once for each instruction; raises WPEM.  It comes
 * after alignment and translation: so an access that Skip lets through is the one that
 * completes.  (The manual does not place WPEM among the exceptions of an access.)
 */
void la_watch_judge_mem(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
			unsigned int size, enum la_access acc);
/* Judges the fetch at cpu->pc, before all other exceptions of a fetch; raises WPEF. */
void la_watch_judge_fetch(struct la_cpu *cpu);

#endif
