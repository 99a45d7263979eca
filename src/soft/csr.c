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
#include "soft/machine.h"
#include "soft/mmu.h"
#include "soft/pmu.h"
#include "soft/watch.h"

/* Registers beyond the bank are those of debug mode, which there is none of. */
static bool is_present(const struct la_cpu *cpu, const struct la_csr_info *info)
{
	return info->num < LA_CSR_BANK &&
	       (info->cpucfg_word == LA_CPUCFG_NONE ||
		(cpu->m->cpucfg[info->cpucfg_word] >> info->cpucfg_bit & 1));
}

void la_csr_init(struct la_cpu *cpu)
{
	struct la_csr_bank *b = cpu->csr;

	memset(b, 0, sizeof(*b));
	for (unsigned int i = 0; i < la_ncsrs; i++) {
		if (is_present(cpu, &la_csr_info[i]))
			b->wmask[la_csr_info[i].num] = la_csr_info[i].writable;
	}
	if (!cpu->m->features.has_ptw)
		b->wmask[LA_CSR_PWCH] &= ~(uint64_t)LA_PWCH_HPTW_EN;
	if (!(cpu->m->cpucfg[2] & (LA_CPUCFG2_LBT_X86 | LA_CPUCFG2_LBT_ARM | LA_CPUCFG2_LBT_MIPS)))
		b->wmask[LA_CSR_EUEN] &= ~(uint64_t)LA_EUEN_BTE;
	if (!cpu->m->features.has_lsx)
		b->wmask[LA_CSR_EUEN] &= ~(uint64_t)LA_EUEN_SXE;
	if (!cpu->m->features.has_lasx)
		b->wmask[LA_CSR_EUEN] &= ~(uint64_t)LA_EUEN_ASXE;
}

/* Copies of CSR fields that fast paths read. */
static void mirror(struct la_cpu *cpu)
{
	cpu->plv = cpu->csr->r[LA_CSR_CRMD] & LA_CRMD_PLV;
	cpu->euen = (uint32_t)cpu->csr->r[LA_CSR_EUEN];
}

void la_csr_reset(struct la_cpu *cpu)
{
	struct la_csr_bank *b = cpu->csr;

	memset(b->r, 0, sizeof(b->r));
	for (unsigned int i = 0; i < la_ncsrs; i++) {
		if (is_present(cpu, &la_csr_info[i]))
			b->r[la_csr_info[i].num] = la_csr_info[i].reset;
	}
	b->r[LA_CSR_CPUID] = cpu->index;
	b->r[LA_CSR_TID] = cpu->index;
	b->is_timer_armed = false;
	la_pmu_reset(cpu);
	mirror(cpu);
	la_watch_update(cpu);
	la_mmu_reset(cpu);
}

uint64_t la_counter(void)
{
	return la_now_ns() / LA_NS_PER_TICK;
}

/* ------------------------------------------------------------------ timer */

static uint64_t timer_initval(const struct la_csr_bank *b)
{
	return b->r[LA_CSR_TCFG] & ~UINT64_C(3);
}

void la_deadline_update(struct la_cpu *cpu)
{
	uint64_t timer_ns = cpu->csr->is_timer_armed ? cpu->csr->timer_deadline_ns : 0;
	uint64_t pmu_ns = cpu->pmu.deadline_ns;

	if (!timer_ns || (pmu_ns && pmu_ns < timer_ns))
		timer_ns = pmu_ns;
	cpu->m->bus.timer_set(cpu->m->bus.ctx, cpu->index, timer_ns);
}

static void timer_program(struct la_cpu *cpu, uint64_t deadline_ns)
{
	struct la_csr_bank *b = cpu->csr;

	b->timer_deadline_ns = deadline_ns;
	b->is_timer_armed = deadline_ns != 0;
	la_deadline_update(cpu);
}

static void timer_start(struct la_cpu *cpu)
{
	struct la_csr_bank *b = cpu->csr;

	if (!(b->r[LA_CSR_TCFG] & LA_TCFG_EN)) {
		if (b->is_timer_armed)
			timer_program(cpu, 0);
		return;
	}
	timer_program(cpu, la_now_ns() + timer_initval(b) * LA_NS_PER_TICK);
}

static uint64_t timer_value(struct la_cpu *cpu)
{
	struct la_csr_bank *b = cpu->csr;
	uint64_t now = la_now_ns();

	if (!b->is_timer_armed || now >= b->timer_deadline_ns)
		return 0;
	return (b->timer_deadline_ns - now) / LA_NS_PER_TICK;
}

void la_timer_check(struct la_cpu *cpu)
{
	struct la_csr_bank *b = cpu->csr;
	uint64_t now = la_now_ns(), period;

	if (!b->is_timer_armed || now < b->timer_deadline_ns)
		return;
	b->r[LA_CSR_ESTAT] |= BIT64(LA_IRQ_TI);
	period = timer_initval(b) * LA_NS_PER_TICK;
	if ((b->r[LA_CSR_TCFG] & LA_TCFG_PERIODIC) && period) {
		uint64_t late = now - b->timer_deadline_ns;

		timer_program(cpu, b->timer_deadline_ns + (late / period + 1) * period);
	} else {
		b->is_timer_armed = false;
	}
	la_irq_update(cpu);
}

/* ------------------------------------------------------------------ access */

uint64_t la_csr_read(struct la_cpu *cpu, unsigned int num)
{
	if (num >= LA_CSR_BANK)
		return 0;
	switch (num) {
	case LA_CSR_ESTAT:
		la_timer_check(cpu);
		return cpu->csr->r[num] | la_irq_state(cpu);
	case LA_CSR_TVAL:
		la_timer_check(cpu);
		return timer_value(cpu);
	case LA_CSR_TLBEHI:
	case LA_CSR_TLBREHI:
		/* The field above VPPN repeats its highest bit. */
		return (uint64_t)sext64(cpu->csr->r[num], LA_PALEN);
	case LA_CSR_TICLR:
		return 0;
	case LA_CSR_LLBCTL:
		return (cpu->csr->r[num] & LA_LLBCTL_KLO) | cpu->llbit;
	case LA_CSR_PGD:
		/* The directory of the half that the last faulting address lies in. */
		if (cpu->csr->r[LA_CSR_TLBRERA] & LA_TLBRERA_ISTLBR)
			return cpu->csr->r[cpu->csr->r[LA_CSR_TLBRBADV] >> 63 ? LA_CSR_PGDH
									       : LA_CSR_PGDL];
		return cpu->csr->r[cpu->csr->r[LA_CSR_BADV] >> 63 ? LA_CSR_PGDH : LA_CSR_PGDL];
	default:
		if (la_pmu_is_csr(num))
			la_pmu_sync(cpu);
		return cpu->csr->r[num];
	}
}

/* What follows from the new value of @num; @old is the value before. */
static bool after_write(struct la_cpu *cpu, unsigned int num, uint64_t old)
{
	uint64_t *r = cpu->csr->r;

	switch (num) {
	case LA_CSR_CRMD:
		mirror(cpu);
		la_mmu_select(cpu);
		la_irq_update(cpu);
		return true;
	case LA_CSR_EUEN:
		mirror(cpu);
		return false;
	case LA_CSR_ECFG:
	case LA_CSR_ESTAT:
		la_irq_update(cpu);
		return true;
	case LA_CSR_ASID:
		if ((old ^ r[num]) & LA_ASID_ASID)
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
		timer_start(cpu);
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

bool la_csr_write(struct la_cpu *cpu, unsigned int num, uint64_t val, uint64_t mask)
{
	uint64_t old;

	if (num >= LA_CSR_BANK)
		return false;
	/* What has expired already belongs to the old setting, and is there to be cleared. */
	if (num == LA_CSR_TCFG || num == LA_CSR_TICLR)
		la_timer_check(cpu);
	if (la_pmu_is_csr(num))
		la_pmu_sync(cpu);
	old = cpu->csr->r[num];
	switch (num) {
	case LA_CSR_TICLR:
		if (val & mask & 1)
			cpu->csr->r[LA_CSR_ESTAT] &= ~BIT64(LA_IRQ_TI);
		return false;
	case LA_CSR_LLBCTL:
		if (val & mask & LA_LLBCTL_WCLLB)
			cpu->llbit = false;
		mask &= LA_LLBCTL_KLO;
		break;
	case LA_CSR_MWPS:
	case LA_CSR_FWPS:
		la_watch_write_status(cpu, num, val, mask);
		return false;
	case LA_CSR_STLBPS:
		/* A size that the CPU does not have would make sets meaningless. */
		if (!(cpu->csr->r[LA_CSR_PRCFG2] >> (val & LA_STLBPS_PS) & 1))
			return false;
		break;
	default:
		break;
	}
	mask &= cpu->csr->wmask[num];
	cpu->csr->r[num] = (old & ~mask) | (val & mask);
	return after_write(cpu, num, old);
}
