/* SPDX-License-Identifier: Apache-2.0 */
/* soft/pmu.c - see pmu.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "soft/pmu.h"

#include <time.h>

#include "soft/csr.h"
#include "soft/isa.h"
#include "soft/isa_cpucfg.h"
#include "soft/machine.h"
#include "soft/mmu.h"

enum { EVENT_CYCLES, EVENT_INSNS, EVENT_BRANCHES };

#define PMCFG(r, i) ((r)[LA_CSR_PMCFG0 + 2 * (i)])
#define PMCNT(r, i) ((r)[LA_CSR_PMCNT0 + 2 * (i)])
#define PLVS (LA_PMCFG_PLV0 | LA_PMCFG_PLV1 | LA_PMCFG_PLV2 | LA_PMCFG_PLV3)
#define OVERFLOW BIT64(63)
/* An interrupt that is a little late costs less than a timer for every few instructions. */
#define MIN_WAIT_NS 20000u
#define MAX_WAIT_NS (UINT64_C(1) << 50)

uint32_t la_pmu_cpucfg(void)
{
	return LA_CPUCFG6_PMP | LA_CPUCFG6_UPM | 1u << LA_CPUCFG6_PMVER_SHIFT |
	       (LA_PMU_COUNTERS - 1) << LA_CPUCFG6_PMNUM_SHIFT | 63u << LA_CPUCFG6_PMBITS_SHIFT;
}

static bool is_present(const struct la_cpu *cpu)
{
	return cpu->m->cpucfg[6] & LA_CPUCFG6_PMP;
}

void la_pmu_reset(struct la_cpu *cpu)
{
	cpu->pmu = (struct la_pmu){ .insn_limit = UINT64_MAX, .branch_limit = UINT64_MAX };
	atomic_fetch_and(&cpu->irq_levels, ~BIT32(LA_IRQ_PMI));
}

bool la_pmu_is_csr(unsigned int csr)
{
	return csr >= LA_CSR_PMCFG0 && csr < LA_CSR_PMCFG0 + 2 * LA_PMU_COUNTERS;
}

bool la_pmu_may_read(const struct la_cpu *cpu, unsigned int csr)
{
	return is_present(cpu) && la_pmu_is_csr(csr) && (csr & 1) &&
	       (cpu->csr->r[LA_CSR_MISC] >> (LA_MISC_RPCNTL1_SHIFT + cpu->plv - 1) & 1);
}

static uint64_t cycles_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static bool runs_at(uint64_t cfg, unsigned int plv)
{
	return cfg & (uint64_t)LA_PMCFG_PLV0 << plv;
}

static unsigned int event_of(uint64_t cfg)
{
	return cfg & LA_PMCFG_EVENT;
}

static void update_irq(struct la_cpu *cpu)
{
	const uint64_t *r = cpu->root->r;
	bool level = false;

	for (unsigned int i = 0; i < LA_PMU_COUNTERS; i++)
		level |= (PMCFG(r, i) & LA_PMCFG_PMIEN) && (PMCNT(r, i) & OVERFLOW);
	la_cpu_set_irq(cpu, LA_IRQ_PMI, level);
}

void la_pmu_sync(struct la_cpu *cpu)
{
	struct la_pmu *p = &cpu->pmu;
	uint64_t *r = cpu->root->r, delta[] = { 0, 0, 0 };

	if (!p->is_active)
		return;
	if (p->has_cycles) {
		uint64_t now = cycles_now();

		/* Another thread has taken the CPU over: its clock is another one. */
		delta[EVENT_CYCLES] = now > p->cycles_seen ? now - p->cycles_seen : 0;
		p->cycles_seen = now;
	}
	delta[EVENT_INSNS] = p->ninsns - p->insns_seen;
	delta[EVENT_BRANCHES] = p->nbranches - p->branches_seen;
	p->insns_seen = p->ninsns;
	p->branches_seen = p->nbranches;
	for (unsigned int i = 0; i < LA_PMU_COUNTERS; i++) {
		if (runs_at(PMCFG(r, i), p->plv) && event_of(PMCFG(r, i)) <= EVENT_BRANCHES)
			PMCNT(r, i) += delta[event_of(PMCFG(r, i))];
	}
	update_irq(cpu);
}

/* When the first of the running counters with an interrupt overflows. */
static uint64_t until_overflow(const struct la_cpu *cpu, unsigned int event)
{
	const uint64_t *r = cpu->root->r;
	uint64_t least = UINT64_MAX;

	for (unsigned int i = 0; i < LA_PMU_COUNTERS; i++) {
		uint64_t cfg = PMCFG(r, i), cnt = PMCNT(r, i);

		if (runs_at(cfg, cpu->plv) && event_of(cfg) == event && (cfg & LA_PMCFG_PMIEN) &&
		    !(cnt & OVERFLOW) && OVERFLOW - cnt < least)
			least = OVERFLOW - cnt;
	}
	return least;
}

/* Thread time does not run ahead of the clock, so this is never late. */
static void program_deadline(struct la_cpu *cpu, uint64_t cycles)
{
	struct la_pmu *p = &cpu->pmu;
	uint64_t deadline;

	if (cycles == UINT64_MAX)
		return;
	if (cycles < MIN_WAIT_NS)
		cycles = MIN_WAIT_NS;
	deadline = la_now_ns() + (cycles < MAX_WAIT_NS ? cycles : MAX_WAIT_NS);
	/* One that comes too early only makes us look again. */
	if (p->deadline_ns && p->deadline_ns <= deadline)
		return;
	p->deadline_ns = deadline;
	la_deadline_update(cpu);
}

/* What is to be counted at the present level. */
static void choose(struct la_cpu *cpu)
{
	struct la_pmu *p = &cpu->pmu;
	const uint64_t *r = cpu->root->r;
	uint64_t left;

	p->plv = cpu->plv;
	p->counts_insns = false;
	for (unsigned int i = 0; i < LA_PMU_COUNTERS; i++) {
		unsigned int event = event_of(PMCFG(r, i));

		p->counts_insns |= runs_at(PMCFG(r, i), cpu->plv) &&
				   (event == EVENT_INSNS || event == EVENT_BRANCHES);
	}
	left = until_overflow(cpu, EVENT_INSNS);
	p->insn_limit = left == UINT64_MAX ? left : p->ninsns + left;
	left = until_overflow(cpu, EVENT_BRANCHES);
	p->branch_limit = left == UINT64_MAX ? left : p->nbranches + left;
	program_deadline(cpu, until_overflow(cpu, EVENT_CYCLES));
}

void la_pmu_update(struct la_cpu *cpu)
{
	struct la_pmu *p = &cpu->pmu;
	const uint64_t *r = cpu->root->r;

	p->is_active = false;
	p->has_cycles = false;
	for (unsigned int i = 0; i < LA_PMU_COUNTERS; i++) {
		p->is_active |= (PMCFG(r, i) & PLVS) != 0;
		p->has_cycles |= (PMCFG(r, i) & PLVS) && event_of(PMCFG(r, i)) == EVENT_CYCLES;
	}
	if (p->has_cycles)
		p->cycles_seen = cycles_now();
	choose(cpu);
	update_irq(cpu);
	la_mmu_select(cpu);
}

void la_pmu_mode_changed(struct la_cpu *cpu)
{
	if (cpu->pmu.plv == cpu->plv)
		return;
	la_pmu_sync(cpu);
	choose(cpu);
}

void la_pmu_check(struct la_cpu *cpu)
{
	la_pmu_sync(cpu);
	if (cpu->pmu.deadline_ns && la_now_ns() >= cpu->pmu.deadline_ns)
		cpu->pmu.deadline_ns = 0;
	choose(cpu);
}

void la_pmu_uncount(struct la_cpu *cpu, const struct la_uop *u)
{
	cpu->pmu.ninsns--;
	/* The only branches that raise anything: the FP unit may be off. */
	switch (u->op) {
	case LA_OP_bceqz:
	case LA_OP_bceqz_fwd:
	case LA_OP_bceqz_back:
	case LA_OP_bcnez:
	case LA_OP_bcnez_fwd:
	case LA_OP_bcnez_back:
		cpu->pmu.nbranches--;
		break;
	default:
		break;
	}
}
