/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/exc.c - exceptions and interrupts: entry, return, delivery.
 * Source: vol. 1, chapter 6.  Owner thread, except where la.h says "any thread".
 */
#include "soft/csr.h"
#include "soft/lint_priv.h"
#include "soft/lvz.h"
#include "soft/machine.h"
#include "soft/mmu.h"
#include "soft/observe_priv.h"
#include "soft/pc.h"
#include "soft/pmu.h"
#include "soft/stress.h"

#define EXC_ESUB_SHIFT 6
#define EXC_CODE_MASK 0x3fu
#define IRQ_VECTOR_BASE 64u

static void enter_kernel(struct la_cpu *cpu, uint64_t crmd)
{
	cpu->csr->r[LA_CSR_CRMD] = crmd & ~(uint64_t)(LA_CRMD_PLV | LA_CRMD_IE | LA_CRMD_WE);
	cpu->plv = 0;
	la_mmu_select(cpu);
}

/* Saves the interrupted state and jumps to vector @vec. */
static void enter(struct la_cpu *cpu, unsigned int vec)
{
	uint64_t *r = cpu->csr->r;
	unsigned int vs = (r[LA_CSR_ECFG] & LA_ECFG_VS) >> LA_ECFG_VS_SHIFT;

	/* PPLV, PIE and PWE sit where PLV, IE and WE sit in CRMD, but for WE. */
	r[LA_CSR_PRMD] = (r[LA_CSR_CRMD] & (LA_CRMD_PLV | LA_CRMD_IE)) |
			 (r[LA_CSR_CRMD] & LA_CRMD_WE ? LA_PRMD_PWE : 0);
	r[LA_CSR_ERA] = la_addr(cpu, cpu->pc);
	enter_kernel(cpu, r[LA_CSR_CRMD]);
	cpu->pc = r[LA_CSR_EENTRY] | (vs ? (uint64_t)vec << (vs + 2) : 0);
}

static void exc_enter(struct la_cpu *cpu, enum la_exc exc, bool is_exit)
{
	uint64_t *r = cpu->csr->r;

	r[LA_CSR_ESTAT] &= ~(uint64_t)(LA_ESTAT_ECODE | LA_ESTAT_ESUBCODE);
	r[LA_CSR_ESTAT] |= (uint64_t)(exc & EXC_CODE_MASK) << LA_ESTAT_ECODE_SHIFT |
			   (uint64_t)(exc >> EXC_ESUB_SHIFT) << LA_ESTAT_ESUBCODE_SHIFT;
	enter(cpu, exc & EXC_CODE_MASK);
	if (la_observes(cpu, LA_OBSERVE_EXC))
		la_observe_enter(cpu, exc, 0, is_exit);
}

static uint32_t insn_of(const struct la_cpu *cpu, const struct la_uop *u)
{
	return la_code_has(cpu->m, u) ? la_code_word(cpu->m, u) : cpu->step_insn;
}

/* @u, whose exception this is, becomes the pc. */
static void stop_at(struct la_cpu *cpu, const struct la_uop *u)
{
	if (!u)
		return;
	cpu->pc = la_pc_of(cpu, u);
	if (unlikely(cpu->pmu.counts_insns))
		la_pmu_uncount(cpu, u);
}

_Noreturn void la_raise(struct la_cpu *cpu, const struct la_uop *u, enum la_exc exc)
{
	if (unlikely(cpu->is_guest))
		la_lvz_filter(cpu, u, exc);
	if (la_lints(cpu))
		la_lint_raise(cpu, u, exc);
	stop_at(cpu, u);
	if (u)
		cpu->csr->r[LA_CSR_BADI] = insn_of(cpu, u);
	exc_enter(cpu, exc, false);
	longjmp(cpu->leave, 1);
}

_Noreturn void la_raise_badv(struct la_cpu *cpu, const struct la_uop *u, enum la_exc exc,
			     uint64_t badv)
{
	if (unlikely(cpu->is_guest))
		la_lvz_filter(cpu, u, exc);
	cpu->csr->r[LA_CSR_BADV] = badv;
	la_raise(cpu, u, exc);
}

/* Guest mode has been left because of @exc of the instruction @u, which may be NULL. */
static void observe_leave(struct la_cpu *cpu, const struct la_uop *u, enum la_exc exc,
			  unsigned int irq)
{
	uint32_t insn;

	if (!la_observes(cpu, LA_OBSERVE_LVZ))
		return;
	insn = u ? insn_of(cpu, u) : 0;
	la_observe_guest_leave(cpu, exc, irq, u ? &insn : NULL);
}

_Noreturn void la_raise_root(struct la_cpu *cpu, const struct la_uop *u, enum la_exc exc,
			     uint64_t badv)
{
	uint64_t *r = cpu->root->r;

	stop_at(cpu, u);
	if (u)
		r[LA_CSR_BADI] = insn_of(cpu, u);
	cpu->pc = la_addr(cpu, cpu->pc);
	la_lvz_leave_guest(cpu);
	r[LA_CSR_BADV] = badv;
	exc_enter(cpu, exc, true);
	observe_leave(cpu, u, exc, 0);
	longjmp(cpu->leave, 1);
}

/* The refill exception of @cpu's present mode, or of the root for the guest's @u (@is_guest). */
_Noreturn static void raise_tlbr(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
				 bool is_guest)
{
	uint64_t *r = cpu->csr->r;

	r[LA_CSR_TLBRBADV] = va;
	r[LA_CSR_TLBREHI] = (r[LA_CSR_TLBREHI] & LA_TLBREHI_PS) | (va & ~UINT64_C(0x1fff));
	r[LA_CSR_TLBRPRMD] = (r[LA_CSR_CRMD] & (LA_CRMD_PLV | LA_CRMD_IE)) |
			     (r[LA_CSR_CRMD] & LA_CRMD_WE ? LA_TLBRPRMD_PWE : 0) |
			     (is_guest ? LA_TLBRPRMD_PGM : 0);
	r[LA_CSR_TLBRERA] = cpu->pc | LA_TLBRERA_ISTLBR;
	enter_kernel(cpu, (r[LA_CSR_CRMD] & ~(uint64_t)LA_CRMD_PG) | LA_CRMD_DA);
	cpu->pc = r[LA_CSR_TLBRENTRY];
	if (la_observes(cpu, LA_OBSERVE_EXC))
		la_observe_enter(cpu, LA_EXC_TLBR, 0, is_guest);
	if (is_guest)
		observe_leave(cpu, u, LA_EXC_TLBR, 0);
	longjmp(cpu->leave, 1);
}

_Noreturn void la_raise_tlbr(struct la_cpu *cpu, const struct la_uop *u, uint64_t va)
{
	if (unlikely(cpu->is_guest))
		la_lvz_filter(cpu, u, LA_EXC_TLBR);
	stop_at(cpu, u);
	if (u)
		cpu->csr->r[LA_CSR_BADI] = insn_of(cpu, u);
	cpu->pc = la_addr(cpu, cpu->pc);
	raise_tlbr(cpu, u, va, false);
}

_Noreturn void la_raise_root_tlbr(struct la_cpu *cpu, const struct la_uop *u, uint64_t gpa)
{
	stop_at(cpu, u);
	cpu->pc = la_addr(cpu, cpu->pc);
	la_lvz_leave_guest(cpu);
	raise_tlbr(cpu, u, gpa, true);
}

void la_exc_return(struct la_cpu *cpu)
{
	uint64_t *r = cpu->csr->r;
	uint64_t crmd = r[LA_CSR_CRMD] & ~(uint64_t)(LA_CRMD_PLV | LA_CRMD_IE | LA_CRMD_WE);
	uint64_t from = cpu->pc;
	bool is_refill = r[LA_CSR_TLBRERA] & LA_TLBRERA_ISTLBR;
	bool to_guest;

	if (la_lints(cpu))
		la_lint_ertn(cpu, from);
	if (is_refill) {
		uint64_t p = r[LA_CSR_TLBRPRMD];

		crmd = (crmd & ~(uint64_t)LA_CRMD_DA) | LA_CRMD_PG |
		       (p & (LA_CRMD_PLV | LA_CRMD_IE)) | (p & LA_TLBRPRMD_PWE ? LA_CRMD_WE : 0);
		cpu->pc = r[LA_CSR_TLBRERA] & ~UINT64_C(3);
		r[LA_CSR_TLBRERA] &= ~(uint64_t)LA_TLBRERA_ISTLBR;
		to_guest = p & LA_TLBRPRMD_PGM;
	} else {
		uint64_t p = r[LA_CSR_PRMD];

		crmd |= (p & (LA_CRMD_PLV | LA_CRMD_IE)) | (p & LA_PRMD_PWE ? LA_CRMD_WE : 0);
		cpu->pc = r[LA_CSR_ERA];
		to_guest = r[LA_CSR_GSTAT] & LA_GSTAT_PVM;
	}
	r[LA_CSR_CRMD] = crmd;
	/*
	 * An LL/SC pair does not survive unless the handler asked for that once; a refill is
	 * no end to it (Linux, arch/loongarch/kvm/main.c).
	 */
	if (r[LA_CSR_LLBCTL] & LA_LLBCTL_KLO && !is_refill)
		r[LA_CSR_LLBCTL] &= ~(uint64_t)LA_LLBCTL_KLO;
	else if (!is_refill)
		cpu->llbit = false;
	/* Without LVZ, and in the guest's bank, the two bits stay 0. */
	if (to_guest)
		la_lvz_enter_guest(cpu);
	la_csr_mirror(cpu);
	la_mmu_select(cpu);
	if (unlikely(cpu->stress) && to_guest)
		la_stress_entry(cpu, is_refill);
	la_irq_update(cpu);
	if (la_observes(cpu, LA_OBSERVE_EXC))
		la_observe_return(cpu, from, is_refill, to_guest);
	if (to_guest && la_observes(cpu, LA_OBSERVE_LVZ))
		la_observe_guest_enter(cpu, from, is_refill);
}

/* ------------------------------------------------------------------ interrupts */

/* Lines that GINTC.PIP hands to the guest. */
static uint32_t passed_through(const struct la_cpu *cpu)
{
	uint64_t pip = (cpu->root->r[LA_CSR_GINTC] & LA_GINTC_PIP) >> LA_GINTC_PIP_SHIFT;

	return (uint32_t)pip << LA_IRQ_HWI0;
}

uint32_t la_irq_state(const struct la_cpu *cpu, const struct la_csr_bank *bank)
{
	uint32_t levels = atomic_load(&cpu->irq_levels);
	uint32_t is = (uint32_t)(bank->r[LA_CSR_ESTAT] & LA_ESTAT_IS);

	if (unlikely(cpu->stress))
		levels = la_stress_lines(cpu, levels);
	if (bank == cpu->root)
		return is | (levels & ~passed_through(cpu));
	return is | (levels & passed_through(cpu)) |
	       (uint32_t)(cpu->root->r[LA_CSR_GINTC] & LA_GINTC_VIP) << LA_IRQ_HWI0;
}

static uint32_t wanted_of(const struct la_cpu *cpu, const struct la_csr_bank *bank)
{
	return la_irq_state(cpu, bank) & (uint32_t)(bank->r[LA_CSR_ECFG] & LA_ECFG_LIE);
}

uint32_t la_irq_wanted(const struct la_cpu *cpu)
{
	return wanted_of(cpu, cpu->csr);
}

/* Those that @bank's mode would take now. */
static uint32_t ready_of(const struct la_cpu *cpu, const struct la_csr_bank *bank)
{
	return bank->r[LA_CSR_CRMD] & LA_CRMD_IE ? wanted_of(cpu, bank) : 0;
}

void la_irq_update(struct la_cpu *cpu)
{
	if (ready_of(cpu, cpu->root) || (cpu->is_guest && ready_of(cpu, cpu->guest)) ||
	    (unlikely(cpu->stress) && la_stress_is_busy(cpu)))
		atomic_store(&cpu->exit_req, 1);
}

/* Enters the present mode's handler of the highest of @wanted (vol. 1, 6.1.3). */
static bool take(struct la_cpu *cpu, uint32_t wanted, bool is_exit)
{
	unsigned int line = 31 - (unsigned int)__builtin_clz(wanted);

	cpu->csr->r[LA_CSR_ESTAT] &= ~(uint64_t)(LA_ESTAT_ECODE | LA_ESTAT_ESUBCODE);
	enter(cpu, IRQ_VECTOR_BASE + line);
	if (la_observes(cpu, LA_OBSERVE_EXC))
		la_observe_enter(cpu, LA_EXC_INT, line, is_exit);
	if (is_exit)
		observe_leave(cpu, NULL, LA_EXC_INT, line);
	return true;
}

bool la_irq_take(struct la_cpu *cpu)
{
	uint32_t wanted = ready_of(cpu, cpu->root);
	bool is_exit = cpu->is_guest;

	if (wanted) {
		if (unlikely(cpu->stress) && la_stress_defers(cpu, wanted))
			return false;
		if (is_exit) {
			cpu->pc = la_addr(cpu, cpu->pc);
			la_lvz_leave_guest(cpu);
		}
		return take(cpu, wanted, is_exit);
	}
	wanted = cpu->is_guest ? ready_of(cpu, cpu->guest) : 0;
	if (!wanted)
		return false;
	if (unlikely(cpu->stress) && la_stress_defers(cpu, wanted))
		return false;
	if (la_lvz_traps_exceptions(cpu)) {
		cpu->pc = la_addr(cpu, cpu->pc);
		la_lvz_leave_guest(cpu);
		exc_enter(cpu, LA_EXC_GCHC, true);
		observe_leave(cpu, NULL, LA_EXC_GCHC, 0);
		return true;
	}
	return take(cpu, wanted, false);
}
