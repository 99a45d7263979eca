/* SPDX-License-Identifier: Apache-2.0 */
/* soft/stress.c - see stress.h. */
#include "soft/stress.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "soft/csr.h"
#include "soft/machine.h"
#include "soft/tlb.h"
#include "util/log.h"

#define TAG "lvz-stress"
/* Where a level begins to do more; docs/lvz-stress.md. */
enum { LEVEL_EXITS = 2, LEVEL_STAYS = 3, LEVEL_ALWAYS = 4 };


static const char *const kinds[LA_STRESS_NKINDS] = {
	"translations dropped at entries", "at exits", "pairs dropped", "TLB emptied",
	"links of LL lost", "interrupt lines held back", "seen together",
	"interrupts taken later",
};

/* xorshift64* */
static unsigned int below(struct la_stress *s, unsigned int n)
{
	s->rnd ^= s->rnd >> 12;
	s->rnd ^= s->rnd << 25;
	s->rnd ^= s->rnd >> 27;
	return (unsigned int)((s->rnd * UINT64_C(0x2545f4914f6cdd1d) >> 33) % n);
}

static bool one_in(struct la_stress *s, unsigned int n)
{
	return below(s, n) == 0;
}

int la_stress_init(struct la_cpu *cpu, unsigned int level, uint64_t seed)
{
	struct la_stress *s;

	if (!level)
		return 0;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->level = level;
	/* Neighbouring seeds and CPUs must not begin alike; 0 would stay 0. */
	s->rnd = (seed * 64 + cpu->index + 1) * UINT64_C(0x9e3779b97f4a7c15) | 1;
	for (unsigned int i = 0; i < 4; i++)
		(void)below(s, 2);
	cpu->stress = s;
	if (!cpu->index)
		log_warn(TAG, "on; --lvz-stress=%u,%" PRIu64 " does the same again", level, seed);
	return 0;
}

void la_stress_fini(struct la_cpu *cpu)
{
	const struct la_stress *s = cpu->stress;

	if (!s)
		return;
	for (unsigned int i = 0; i < LA_STRESS_NKINDS; i++)
		log_warn(TAG, "vCPU %u: %s: %" PRIu64, cpu->index, kinds[i], s->count[i]);
	free(cpu->stress);
	cpu->stress = NULL;
}

/* ------------------------------------------------------------------ translations */

/* A refill handler's entry is the last one that hardware would replace. */
static bool in_refill(const struct la_cpu *cpu)
{
	return (cpu->root->r[LA_CSR_TLBRERA] & LA_TLBRERA_ISTLBR) ||
	       (cpu->is_guest && (cpu->guest->r[LA_CSR_TLBRERA] & LA_TLBRERA_ISTLBR));
}

static void drop_guest(struct la_cpu *cpu, enum la_stress_kind kind)
{
	la_mmu_drop_guest(cpu);
	cpu->stress->count[kind]++;
}

static void drop_all(struct la_cpu *cpu)
{
	la_mmu_drop_all(cpu);
	cpu->stress->count[LA_STRESS_ALL]++;
}

static void want_checks(struct la_cpu *cpu)
{
	if (cpu->stress->level < LEVEL_STAYS)
		return;
	cpu->stress->checks_left = below(cpu->stress, LA_STRESS_CHECKS) + 1;
	atomic_store(&cpu->exit_req, 1);
}

void la_stress_entry(struct la_cpu *cpu, bool is_refill)
{
	/* What has expired is pending at the first instruction. */
	la_timer_check(cpu);
	want_checks(cpu);
	if (is_refill)
		return;
	drop_guest(cpu, LA_STRESS_ENTRY);
	if (cpu->llbit && one_in(cpu->stress, 2)) {
		cpu->llbit = false;
		cpu->stress->count[LA_STRESS_LINK]++;
	}
}

void la_stress_exit(struct la_cpu *cpu)
{
	if (cpu->stress->level < LEVEL_EXITS)
		return;
	if (one_in(cpu->stress, 16))
		drop_all(cpu);
	else if (one_in(cpu->stress, 4))
		drop_guest(cpu, LA_STRESS_EXIT);
	want_checks(cpu);
}

/* A pair, or all, at the odds of the place. */
static void drop_some(struct la_cpu *cpu)
{
	struct la_stress *s = cpu->stress;
	bool is_short = s->checks_left != 0;

	if (in_refill(cpu))
		return;
	if (one_in(s, is_short ? 128 : 4096)) {
		drop_all(cpu);
	} else if (one_in(s, is_short ? 8 : 64)) {
		la_mmu_drop_pair(cpu, below(s, 2 * (LA_STLB + LA_MTLB)));
		s->count[LA_STRESS_PAIR]++;
	}
}

void la_stress_check(struct la_cpu *cpu)
{
	struct la_stress *s = cpu->stress;

	if (s->checks_left || s->level >= LEVEL_ALWAYS) {
		la_timer_check(cpu);
		drop_some(cpu);
	}
	if (s->checks_left)
		s->checks_left--;
	if (la_stress_is_busy(cpu))
		atomic_store(&cpu->exit_req, 1);
}

bool la_stress_is_busy(const struct la_cpu *cpu)
{
	const struct la_stress *s = cpu->stress;

	return s->checks_left || s->held || s->is_deferring || s->level >= LEVEL_ALWAYS;
}

void la_stress_link(struct la_cpu *cpu)
{
	struct la_stress *s = cpu->stress;

	if (s->level < LEVEL_STAYS || s->nlost == LA_STRESS_LL_LOST || !one_in(s, 8)) {
		s->nlost = 0;
		return;
	}
	s->nlost++;
	s->count[LA_STRESS_LINK]++;
	cpu->llbit = false;
}

/* ------------------------------------------------------------------ interrupts */

/* A line that falls is seen at once, and a CPU that sleeps sees all. */
uint32_t la_stress_lines(const struct la_cpu *cpu, uint32_t levels)
{
	struct la_stress *s = cpu->stress;
	uint32_t new;

	s->shown &= levels;
	s->held &= levels;
	new = levels & ~(s->shown | s->held);
	if (s->level < LEVEL_EXITS || cpu->is_idle) {
		s->shown = levels;
		s->held = 0;
		return levels;
	}
	if (new && s->held) {
		s->held |= new;
		s->count[LA_STRESS_BATCHED]++;
	} else if (new && one_in(s, 4)) {
		s->shown |= new;
	} else if (new) {
		s->held = new;
		s->hold_until_ns = la_now_ns() + below(s, LA_STRESS_HOLD_NS);
		s->count[LA_STRESS_HELD]++;
	}
	if (s->held && la_now_ns() >= s->hold_until_ns) {
		s->shown |= s->held;
		s->held = 0;
	}
	return s->shown;
}

/*
 * Lines that software may have raised by a CSR, in its own mode or in the guest's: it knows
 * when it did.  (TI is the timer's in general.)
 */
static uint32_t raised_by_software(const struct la_cpu *cpu)
{
	uint32_t lines = BIT32(0) | BIT32(1);

	if (!cpu->is_guest)
		return lines;
	return lines | (uint32_t)(cpu->root->r[LA_CSR_GINTC] & LA_GINTC_VIP) << LA_IRQ_HWI0 |
	       (uint32_t)(cpu->guest->r[LA_CSR_ESTAT] & (BIT32(LA_IRQ_PMI) | BIT32(LA_IRQ_IPI)));
}

bool la_stress_defers(struct la_cpu *cpu, uint32_t wanted)
{
	struct la_stress *s = cpu->stress;

	if (s->level < LEVEL_EXITS || (wanted & raised_by_software(cpu))) {
		s->is_deferring = false;
		return false;
	}
	if (!s->is_deferring) {
		s->defer_left = one_in(s, 2) ? 0 : below(s, LA_STRESS_DEFER) + 1;
		s->is_deferring = s->defer_left != 0;
		s->count[LA_STRESS_DEFERRED] += s->is_deferring;
	}
	if (!s->defer_left) {
		s->is_deferring = false;
		return false;
	}
	s->defer_left--;
	atomic_store(&cpu->exit_req, 1);
	return true;
}
