/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/lvz.h - the virtualization extension: guest mode, who may do what in it, and the
 * way back to the root; private to src/soft.
 *
 * In guest mode la_cpu.csr is the guest's bank, so most of the CPU works as ever; this
 * header is what differs.  No public manual describes LVZ: docs/lvz.md lists sources and
 * where they disagree.  Owner thread only; without LVZ (la_cpu.guest is NULL) guest mode
 * is never entered.
 */
#ifndef LVZ_SOFT_LVZ_H
#define LVZ_SOFT_LVZ_H

#include "soft/cpu.h"

/* Changes bank, LL/SC monitor and GSTAT; the caller goes on to an exception or return. */
void la_lvz_enter_guest(struct la_cpu *cpu);
void la_lvz_leave_guest(struct la_cpu *cpu);

/* The root takes @exc of the guest's instruction @u (NULL: fetch of cpu->pc). */
_Noreturn void la_raise_root(struct la_cpu *cpu, const struct la_uop *u, enum la_exc exc,
			     uint64_t badv);
/* The root refills its TLB for guest-physical address @gpa. */
_Noreturn void la_raise_root_tlbr(struct la_cpu *cpu, const struct la_uop *u, uint64_t gpa);

/*
 * Guest mode is about to take @exc: hands it to the root where a unit is off there, or
 * where GCFG.TOE wants to know; else returns.
 */
void la_lvz_filter(struct la_cpu *cpu, const struct la_uop *u, enum la_exc exc);
/* GCFG.TOE: the root wants to see what the guest's kernel would take. */
bool la_lvz_traps_exceptions(const struct la_cpu *cpu);

/*
 * Checks for handlers of instructions that are not as usual in guest mode.  Each raises
 * what is due, or returns when the instruction may be executed; call in guest mode only,
 * behind the check of privilege.
 */
_Noreturn void la_lvz_sensitive(struct la_cpu *cpu, const struct la_uop *u);
void la_lvz_check_priv(struct la_cpu *cpu, const struct la_uop *u);
void la_lvz_check_csr(struct la_cpu *cpu, const struct la_uop *u, unsigned int num);
void la_lvz_check_crmd(struct la_cpu *cpu, const struct la_uop *u, uint64_t val,
		       uint64_t mask);
void la_lvz_check_tlb(struct la_cpu *cpu, const struct la_uop *u);
void la_lvz_check_cacop(struct la_cpu *cpu, const struct la_uop *u, unsigned int code);
void la_lvz_check_ertn(struct la_cpu *cpu, const struct la_uop *u);
void la_lvz_check_rdtime(struct la_cpu *cpu, const struct la_uop *u);

#endif
