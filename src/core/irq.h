/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/irq.h - an interrupt line is a value that a device holds: controller and pin.
 *
 * irq_set() may be called from any thread with the device's own lock held; a controller
 * takes its own lock inside (lock order in docs/threads.md).  Tests pass a counter.
 */
#ifndef LVZ_CORE_IRQ_H
#define LVZ_CORE_IRQ_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct irq_line {
	void (*set)(void *ctx, unsigned int pin, bool level);	/* NULL: not connected */
	void *ctx;
	unsigned int pin;
};

static inline void irq_set(const struct irq_line *line, bool level)
{
	if (line->set)
		line->set(line->ctx, line->pin, level);
}

/* Hears of every change of a line, before the line's controller does.  Any thread. */
struct irq_tap {
	void (*changed)(void *ctx, const char *source, unsigned int pin, bool level);
	void *ctx;
};

/* What stands between a source and its line while a tap listens. */
struct irq_tapped {
	struct irq_line line;
	const struct irq_tap *tap;
	const char *source;
	atomic_bool level;		/* last one seen */
};

/*
 * The line to give to @source in place of @line: it reports to @tap and passes on.  @t is
 * filled; it, @tap and @source are borrowed and outlive the line's use.
 */
struct irq_line irq_line_tap(struct irq_tapped *t, const struct irq_line *line,
			     const struct irq_tap *tap, const char *source);

/*
 * The interrupt inputs of all vCPUs.  @line is the bit in ESTAT.IS: 2..9 for HWI0..7,
 * 12 for IPI.  Levels, any thread.
 */
struct cpu_lines {
	void (*set)(void *ctx, unsigned int vcpu, unsigned int line, bool level);
	void *ctx;
	unsigned int nvcpus;
};

static inline void cpu_line_set(const struct cpu_lines *l, unsigned int vcpu,
				unsigned int line, bool level)
{
	if (vcpu < l->nvcpus)
		l->set(l->ctx, vcpu, line, level);
}

#endif
