/* SPDX-License-Identifier: Apache-2.0 */
/* soft/lvz.c - see lvz.h. */
#include "soft/lvz.h"

#include "soft/csr.h"
#include "soft/isa.h"
#include "soft/lint_priv.h"
#include "soft/mmu.h"
#include "soft/pc.h"
#include "soft/stress.h"

/* GCFG.GCI: which cacop of a guest trap. */
enum gci { GCI_ALL, GCI_HIT, GCI_SECURE };
/* Bits 4:3 of a cacop's code. */
enum { CACOP_INDEX_INVALIDATE = 1, CACOP_HIT = 2 };

/* ------------------------------------------------------------------ the two ways */

static void ll_swap(struct la_cpu *cpu, struct la_csr_bank *from, const struct la_csr_bank *to)
{
	from->ll = (struct la_ll){ cpu->ll_host, cpu->ll_val, cpu->ll_other, cpu->llbit };
	cpu->ll_host = to->ll.host;
	cpu->ll_val = to->ll.val;
	cpu->ll_other = to->ll.other;
	cpu->llbit = to->ll.is_open;
}

void la_lvz_enter_guest(struct la_cpu *cpu)
{
	ll_swap(cpu, cpu->root, cpu->guest);
	cpu->is_guest = true;
	cpu->csr = cpu->guest;
	cpu->mmu->has_guest_0 |= !(cpu->root->r[LA_CSR_GSTAT] & LA_GSTAT_GID);
}

/*
 * GSTAT.VM reads 0 in the root, so nobody can see it as 1; PVM says where the root came
 * from.
 */
void la_lvz_leave_guest(struct la_cpu *cpu)
{
	ll_swap(cpu, cpu->guest, cpu->root);
	cpu->is_guest = false;
	cpu->csr = cpu->root;
	cpu->root->r[LA_CSR_GSTAT] |= LA_GSTAT_PVM;
	la_csr_mirror(cpu);
	if (la_lints(cpu))
		la_lint_exit(cpu);
	if (unlikely(cpu->stress))
		la_stress_exit(cpu);
}

/* ------------------------------------------------------------------ exceptions */

bool la_lvz_traps_exceptions(const struct la_cpu *cpu)
{
	return cpu->root->r[LA_CSR_GCFG] & LA_GCFG_TOE;
}

/* The EUEN bit whose absence @exc reports, or 0. */
static uint32_t unit_of(enum la_exc exc)
{
	switch (exc) {
	case LA_EXC_FPD:
		return LA_EUEN_FPE;
	case LA_EXC_SXD:
		return LA_EUEN_SXE;
	case LA_EXC_ASXD:
		return LA_EUEN_ASXE;
	default:
		return 0;
	}
}

static uint64_t pc_of(const struct la_cpu *cpu, const struct la_uop *u)
{
	return la_addr(cpu, u ? la_pc_of(cpu, u) : cpu->pc);
}

void la_lvz_filter(struct la_cpu *cpu, const struct la_uop *u, enum la_exc exc)
{
	/* The guest has switched the unit on: the root must lend it. */
	if (unit_of(exc) & cpu->guest->r[LA_CSR_EUEN])
		la_raise_root(cpu, u, exc, pc_of(cpu, u));
	if (la_lvz_traps_exceptions(cpu)) {
		/* No instruction is to blame: BADI stays. */
		cpu->pc = pc_of(cpu, u);
		la_raise_root(cpu, NULL, LA_EXC_GCHC, cpu->root->r[LA_CSR_BADV]);
	}
}

/* ------------------------------------------------------------------ instructions */

_Noreturn void la_lvz_sensitive(struct la_cpu *cpu, const struct la_uop *u)
{
	la_raise_root(cpu, u, LA_EXC_GSPR, pc_of(cpu, u));
}

static bool gcfg(const struct la_cpu *cpu, uint64_t bit)
{
	return cpu->root->r[LA_CSR_GCFG] & bit;
}

void la_lvz_check_priv(struct la_cpu *cpu, const struct la_uop *u)
{
	if (gcfg(cpu, LA_GCFG_SIT))
		la_lvz_sensitive(cpu, u);
}

static bool is_timer_csr(unsigned int num)
{
	return num >= LA_CSR_TID && num <= LA_CSR_TICLR;
}

static bool is_tlb_csr(unsigned int num)
{
	return (num >= LA_CSR_TLBIDX && num <= LA_CSR_TLBELO1) || num == LA_CSR_ASID ||
	       num == LA_CSR_STLBPS;
}

static enum la_csr_owner owner_of(const struct la_cpu *cpu, unsigned int num)
{
	/* Beyond the bank there are those of debug mode only, which trap. */
	if (num >= LA_CSR_BANK)
		return la_csr_find(num) ? LA_CSR_HYPERVISORS : LA_CSR_NOBODYS;
	return cpu->guest->owner[num];
}

void la_lvz_check_csr(struct la_cpu *cpu, const struct la_uop *u, unsigned int num)
{
	bool traps;

	la_lvz_check_priv(cpu, u);
	if (la_csr_is_plain(cpu, num))
		return;
	if (owner_of(cpu, num) == LA_CSR_NOBODYS)
		traps = gcfg(cpu, LA_GCFG_TORU);
	else if (owner_of(cpu, num) == LA_CSR_HYPERVISORS)
		traps = true;
	else
		traps = (is_timer_csr(num) && gcfg(cpu, LA_GCFG_TIT)) ||
			(is_tlb_csr(num) && (cpu->root->r[LA_CSR_GTLBC] & LA_GTLBC_TOTI));
	if (traps)
		la_lvz_sensitive(cpu, u);
}

void la_lvz_check_crmd(struct la_cpu *cpu, const struct la_uop *u, uint64_t val, uint64_t mask)
{
	if (gcfg(cpu, LA_GCFG_TOP) &&
	    ((cpu->guest->r[LA_CSR_CRMD] ^ val) & mask & LA_CRMD_PLV))
		la_raise_root(cpu, u, LA_EXC_GCSC, pc_of(cpu, u));
}

void la_lvz_check_tlb(struct la_cpu *cpu, const struct la_uop *u)
{
	la_lvz_check_priv(cpu, u);
	if (cpu->root->r[LA_CSR_GTLBC] & LA_GTLBC_TOTI)
		la_lvz_sensitive(cpu, u);
}

void la_lvz_check_cacop(struct la_cpu *cpu, const struct la_uop *u, unsigned int code)
{
	uint64_t gci = (cpu->root->r[LA_CSR_GCFG] & LA_GCFG_GCI) >> LA_GCFG_GCI_SHIFT;
	bool may_hit = gci == GCI_HIT || gci == GCI_SECURE;

	if (code >> 3 == CACOP_HIT && may_hit)
		return;
	if (code >> 3 == CACOP_INDEX_INVALIDATE && gci == GCI_SECURE)
		return;
	la_lvz_sensitive(cpu, u);
}

void la_lvz_check_ertn(struct la_cpu *cpu, const struct la_uop *u)
{
	la_lvz_check_priv(cpu, u);
	if (la_lvz_traps_exceptions(cpu)) {
		cpu->pc = pc_of(cpu, u);
		la_raise_root(cpu, NULL, LA_EXC_GCHC, cpu->root->r[LA_CSR_BADV]);
	}
}

void la_lvz_check_rdtime(struct la_cpu *cpu, const struct la_uop *u)
{
	if (gcfg(cpu, LA_GCFG_TIT))
		la_lvz_sensitive(cpu, u);
}
