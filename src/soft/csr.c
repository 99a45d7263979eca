/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/csr.c - control and status registers: what reads compute and writes cause.
 *
 * Most CSRs are plain storage with a write mask (isa/la64.csrs); the switch statements
 * below hold the others.  Source: vol. 1, chapter 7.  Owner thread only.
 */
#include "soft/csr.h"

#include <string.h>

#include "soft/isa.h"
#include "soft/isa_cpucfg.h"
#include "soft/lint_priv.h"
#include "soft/machine.h"
#include "soft/mmu.h"
#include "soft/pmu.h"
#include "soft/watch.h"

/*
 * CSRs that belong to a part of the architecture that this CPU does not have are absent, and
 * so are those beyond the bank: debug mode, which there is none of.
 */
static bool has_csr(const struct la_cpu *cpu, const struct la_csr_info *info)
{
	return info->num < LA_CSR_BANK &&
	       (info->cpucfg_word == LA_CPUCFG_NONE ||
		(la_cpucfg(cpu, info->cpucfg_word) >> info->cpucfg_bit & 1));
}

/* What exception handlers move around; the guest's TLB registers may trap, so they are not. */
static const uint16_t plain[] = {
	LA_CSR_PRMD, LA_CSR_ERA, LA_CSR_BADV, LA_CSR_EENTRY, LA_CSR_PGDL, LA_CSR_PGDH,
	LA_CSR_SAVE0, LA_CSR_SAVE1, LA_CSR_SAVE2, LA_CSR_SAVE3, LA_CSR_SAVE4, LA_CSR_SAVE5,
	LA_CSR_SAVE6, LA_CSR_SAVE7, LA_CSR_TLBRENTRY, LA_CSR_TLBRBADV, LA_CSR_TLBRERA,
	LA_CSR_TLBRSAVE, LA_CSR_TLBRPRMD,
};

static void bank_init(const struct la_cpu *cpu, struct la_csr_bank *b)
{
	const struct la_features *f = &cpu->m->features;

	memset(b, 0, sizeof(*b));
	for (unsigned int i = 0; i < la_ncsrs; i++) {
		const struct la_csr_info *info = &la_csr_info[i];

		if (has_csr(cpu, info) &&
		    (b == cpu->root || info->guest == LA_CSR_GUEST_OWN))
			b->wmask[info->num] = info->writable;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(plain); i++)
		b->is_plain[plain[i]] = true;
	if (!f->has_ptw)
		b->wmask[LA_CSR_PWCH] &= ~(uint64_t)LA_PWCH_HPTW_EN;
	if (!(cpu->m->cpucfg[2] & (LA_CPUCFG2_LBT_X86 | LA_CPUCFG2_LBT_ARM | LA_CPUCFG2_LBT_MIPS)))
		b->wmask[LA_CSR_EUEN] &= ~(uint64_t)LA_EUEN_BTE;
	if (!f->has_lsx)
		b->wmask[LA_CSR_EUEN] &= ~(uint64_t)LA_EUEN_SXE;
	if (!f->has_lasx)
		b->wmask[LA_CSR_EUEN] &= ~(uint64_t)LA_EUEN_ASXE;
}

/* What isa/la64.csrs says of guests, where each access finds it. */
static void owners_init(const struct la_cpu *cpu, struct la_csr_bank *b)
{
	for (unsigned int i = 0; i < la_ncsrs; i++) {
		const struct la_csr_info *info = &la_csr_info[i];

		if (info->num >= LA_CSR_BANK)
			continue;
		/* GCFG.GPMP is 0: no counter is ever the guest's. */
		if (info->guest != LA_CSR_GUEST_OWN)
			b->owner[info->num] = LA_CSR_HYPERVISORS;
		else
			b->owner[info->num] = has_csr(cpu, info) ? LA_CSR_GUESTS : LA_CSR_ABSENT;
		/* What this CPU lacks stays out of the guest's reach, too. */
		b->gcsr_wmask[info->num] = info->gcsr_writable &
					   (b->wmask[info->num] | ~info->writable);
	}
}

void la_csr_init(struct la_cpu *cpu)
{
	cpu->csr = cpu->root;
	bank_init(cpu, cpu->root);
	if (!cpu->guest)
		return;
	bank_init(cpu, cpu->guest);
	owners_init(cpu, cpu->guest);
}

void la_csr_mirror(struct la_cpu *cpu)
{
	cpu->plv = cpu->csr->r[LA_CSR_CRMD] & LA_CRMD_PLV;
	cpu->euen = la_lints(cpu) ? la_lint_euen(cpu)
				  : (uint32_t)(cpu->csr->r[LA_CSR_EUEN] & cpu->root->r[LA_CSR_EUEN]);
}

static void bank_reset(const struct la_cpu *cpu, struct la_csr_bank *b)
{
	memset(b->r, 0, sizeof(b->r));
	for (unsigned int i = 0; i < la_ncsrs; i++) {
		const struct la_csr_info *info = &la_csr_info[i];

		if (has_csr(cpu, info) &&
		    (b == cpu->root || info->guest == LA_CSR_GUEST_OWN))
			b->r[info->num] = info->reset;
	}
	b->r[LA_CSR_CPUID] = cpu->index;
	b->r[LA_CSR_TID] = cpu->index;
	b->is_timer_armed = false;
	b->ll.is_open = false;
}

void la_csr_reset(struct la_cpu *cpu)
{
	cpu->csr = cpu->root;
	cpu->is_guest = false;
	bank_reset(cpu, cpu->root);
	if (cpu->guest)
		bank_reset(cpu, cpu->guest);
	cpu->timer_at_ns = UINT64_MAX;
	la_pmu_reset(cpu);
	if (la_lints(cpu))
		la_lint_reset(cpu);
	la_csr_mirror(cpu);
	la_watch_update(cpu);
	la_mmu_reset(cpu);
}

/* ------------------------------------------------------------------ reading */

/* The directory of the half that the last faulting address lies in. */
static uint64_t pgd(const uint64_t *r)
{
	uint64_t va = r[r[LA_CSR_TLBRERA] & LA_TLBRERA_ISTLBR ? LA_CSR_TLBRBADV : LA_CSR_BADV];

	return r[va >> 63 ? LA_CSR_PGDH : LA_CSR_PGDL];
}

static bool is_ll_open(const struct la_cpu *cpu, const struct la_csr_bank *b)
{
	return b == cpu->csr ? cpu->llbit : b->ll.is_open;
}

static uint64_t bank_read(struct la_cpu *cpu, struct la_csr_bank *b, unsigned int num)
{
	if (num >= LA_CSR_BANK)
		return 0;
	switch (num) {
	case LA_CSR_ESTAT:
		la_timer_check(cpu);
		return b->r[num] | la_irq_state(cpu, b);
	case LA_CSR_TVAL:
		la_timer_check(cpu);
		return la_timer_value(b);
	case LA_CSR_TLBEHI:
	case LA_CSR_TLBREHI:
		/* The field above VPPN repeats its highest bit. */
		return (uint64_t)sext64(b->r[num], LA_PALEN);
	case LA_CSR_TICLR:
		return 0;
	case LA_CSR_LLBCTL:
		return (b->r[num] & LA_LLBCTL_KLO) | is_ll_open(cpu, b);
	case LA_CSR_PGD:
		return pgd(b->r);
	default:
		if (la_pmu_is_csr(num))
			la_pmu_sync(cpu);
		return b->r[num];
	}
}

uint64_t la_csr_read(struct la_cpu *cpu, unsigned int num)
{
	return bank_read(cpu, cpu->csr, num);
}

uint64_t la_gcsr_read(struct la_cpu *cpu, unsigned int num)
{
	return bank_read(cpu, cpu->guest, num);
}

/* ------------------------------------------------------------------ writing */

/* What follows from the new value of @num; @old is the value before. */
static bool after_write(struct la_cpu *cpu, struct la_csr_bank *b, unsigned int num,
			uint64_t old)
{
	uint64_t *r = b->r;

	switch (num) {
	case LA_CSR_CRMD:
	case LA_CSR_EUEN:
		la_csr_mirror(cpu);
		if (num == LA_CSR_EUEN)
			return false;
		la_mmu_select(cpu);
		la_irq_update(cpu);
		return true;
	case LA_CSR_ECFG:
	case LA_CSR_ESTAT:
	case LA_CSR_GINTC:
		la_irq_update(cpu);
		return true;
	case LA_CSR_ASID:
	case LA_CSR_GSTAT:
	case LA_CSR_GTLBC:
		if (old != r[num])
			la_mmu_select(cpu);
		return true;
	case LA_CSR_DMW0:
	case LA_CSR_DMW1:
	case LA_CSR_DMW2:
	case LA_CSR_DMW3:
	case LA_CSR_MISC:
	case LA_CSR_PWCL:
	case LA_CSR_PWCH:
	case LA_CSR_STLBPS:
		if (old != r[num])
			la_mmu_flush(cpu);
		return true;
	case LA_CSR_TCFG:
		la_timer_configure(cpu, b);
		return false;
	default:
		if (la_pmu_is_csr(num)) {
			la_pmu_update(cpu);
			return true;
		}
		if (!la_watch_is_cfg(num))
			return false;
		if (old != r[num])
			la_watch_update(cpu);
		return true;
	}
}

static void ll_close(struct la_cpu *cpu, struct la_csr_bank *b)
{
	if (b == cpu->csr)
		cpu->llbit = false;
	else
		b->ll.is_open = false;
}

/* Writes that are more than storing; @mask is narrowed.  True: nothing is left to do. */
static bool before_write(struct la_cpu *cpu, struct la_csr_bank *b, unsigned int num,
			 uint64_t val, uint64_t *mask)
{
	switch (num) {
	case LA_CSR_TCFG:
		/* What has expired already belongs to the old setting. */
		la_timer_check(cpu);
		if (!(val & *mask & LA_TCFG_EN))
			b->r[LA_CSR_TVAL] = la_timer_value(b);
		return false;
	case LA_CSR_TICLR:
		la_timer_check(cpu);
		if (val & *mask & 1)
			b->r[LA_CSR_ESTAT] &= ~BIT64(LA_IRQ_TI);
		return true;
	case LA_CSR_LLBCTL:
		if (val & *mask & LA_LLBCTL_WCLLB)
			ll_close(cpu, b);
		*mask &= LA_LLBCTL_KLO;
		return false;
	case LA_CSR_MWPS:
	case LA_CSR_FWPS:
		la_watch_write_status(cpu, num, val, *mask);
		return true;
	case LA_CSR_STLBPS:
		/* A size that the CPU does not have would make sets meaningless. */
		val = ((val & *mask) | (b->r[num] & ~*mask)) & LA_STLBPS_PS;
		return !(b->r[LA_CSR_PRCFG2] >> val & 1);
	case LA_CSR_GCFG:
		/* MATC takes only the values that MATP offers. */
		if (!(b->r[num] >> ((val & *mask & LA_GCFG_MATC) >> LA_GCFG_MATC_SHIFT) & 1))
			*mask &= ~(uint64_t)LA_GCFG_MATC;
		return false;
	case LA_CSR_GTLBC:
		/* TGID can be written where USETGID is set (by this write, too). */
		if (!(((val & *mask) | (b->r[num] & ~*mask)) & LA_GTLBC_USETGID))
			*mask &= ~(uint64_t)LA_GTLBC_TGID;
		return false;
	default:
		if (la_pmu_is_csr(num))
			la_pmu_sync(cpu);
		return false;
	}
}

bool la_csr_write(struct la_cpu *cpu, unsigned int num, uint64_t val, uint64_t mask)
{
	struct la_csr_bank *b = cpu->csr;
	uint64_t old;

	if (num >= LA_CSR_BANK || before_write(cpu, b, num, val, &mask))
		return false;
	old = b->r[num];
	mask &= b->wmask[num];
	b->r[num] = (old & ~mask) | (val & mask);
	return after_write(cpu, b, num, old);
}

void la_gcsr_write(struct la_cpu *cpu, unsigned int num, uint64_t val, uint64_t mask)
{
	struct la_csr_bank *b = cpu->guest;
	uint64_t old;

	if (num >= LA_CSR_BANK || b->owner[num] != LA_CSR_GUESTS ||
	    before_write(cpu, b, num, val, &mask))
		return;
	if (num == LA_CSR_TVAL) {
		/* Sets the count; with the timer on it goes on from there. */
		la_timer_check(cpu);
		mask &= b->gcsr_wmask[num];
		b->r[num] = (b->r[num] & ~mask) | (val & mask);
		if (b->r[LA_CSR_TCFG] & LA_TCFG_EN)
			la_timer_start(cpu, b, b->r[num]);
		return;
	}
	old = b->r[num];
	mask &= b->gcsr_wmask[num];
	b->r[num] = (old & ~mask) | (val & mask);
	(void)after_write(cpu, b, num, old);
}
