/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/timer.c - the stable counter and the timer of each bank (vol. 1, 7.6).
 *
 * Both timers run in both modes: a guest's goes on while the root has control.  The bus is
 * asked for one call, at the nearest of their deadlines and the counters'.  Owner thread only.
 */
#include "soft/csr.h"
#include "soft/machine.h"

/* What TVAL reads after a single shot: the counter has gone on to below zero. */
#define TVAL_EXPIRED mask64(48)

uint64_t la_counter(void)
{
	return la_now_ns() / LA_NS_PER_TICK;
}

uint64_t la_timer_counter(struct la_cpu *cpu)
{
	uint64_t now = la_now_ns();

	if (unlikely(now >= cpu->timer_at_ns))
		la_timer_check(cpu);
	return now / LA_NS_PER_TICK;
}

static uint64_t initval(const struct la_csr_bank *b)
{
	return b->r[LA_CSR_TCFG] & ~UINT64_C(3);
}

static uint64_t deadline(const struct la_csr_bank *b)
{
	return b && b->is_timer_armed ? b->timer_deadline_ns : 0;
}

/* The nearer of two; 0 is none. */
static uint64_t sooner(uint64_t a, uint64_t b)
{
	return a && (!b || a < b) ? a : b;
}

void la_deadline_update(struct la_cpu *cpu)
{
	uint64_t at = sooner(deadline(cpu->root), deadline(cpu->guest));

	cpu->timer_at_ns = at ? at : UINT64_MAX;
	cpu->m->bus.timer_set(cpu->m->bus.ctx, cpu->index, sooner(at, cpu->pmu.deadline_ns));
}

static void program(struct la_cpu *cpu, struct la_csr_bank *b, uint64_t deadline_ns)
{
	b->timer_deadline_ns = deadline_ns;
	b->is_timer_armed = deadline_ns != 0;
	la_deadline_update(cpu);
}

static void check(struct la_cpu *cpu, struct la_csr_bank *b)
{
	uint64_t now, period;

	if (!b->is_timer_armed)
		return;
	now = la_now_ns();
	if (now < b->timer_deadline_ns)
		return;
	b->r[LA_CSR_ESTAT] |= BIT64(LA_IRQ_TI);
	period = initval(b) * LA_NS_PER_TICK;
	if ((b->r[LA_CSR_TCFG] & LA_TCFG_PERIODIC) && period)
		program(cpu, b, b->timer_deadline_ns +
				((now - b->timer_deadline_ns) / period + 1) * period);
	else
		program(cpu, b, 0);
	la_irq_update(cpu);
}

void la_timer_start(struct la_cpu *cpu, struct la_csr_bank *b, uint64_t ticks)
{
	program(cpu, b, la_now_ns() + ticks * LA_NS_PER_TICK);
	/* KVM writes 0 for an interrupt now, not when another thread gets to it. */
	if (!ticks)
		check(cpu, b);
}

void la_timer_configure(struct la_cpu *cpu, struct la_csr_bank *b)
{
	if (b->r[LA_CSR_TCFG] & LA_TCFG_EN)
		la_timer_start(cpu, b, initval(b));
	else if (b->is_timer_armed)
		program(cpu, b, 0);
}

uint64_t la_timer_value(const struct la_csr_bank *b)
{
	uint64_t now = la_now_ns();

	if (!(b->r[LA_CSR_TCFG] & LA_TCFG_EN))
		return b->r[LA_CSR_TVAL];
	if (!b->is_timer_armed)
		return TVAL_EXPIRED;
	return now < b->timer_deadline_ns ? (b->timer_deadline_ns - now) / LA_NS_PER_TICK : 0;
}

void la_timer_check(struct la_cpu *cpu)
{
	check(cpu, cpu->root);
	if (cpu->guest)
		check(cpu, cpu->guest);
}
