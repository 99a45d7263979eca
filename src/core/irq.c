/* SPDX-License-Identifier: Apache-2.0 */
/* core/irq.c - see irq.h. */
#include "core/irq.h"

static void tapped_set(void *ctx, unsigned int pin, bool level)
{
	struct irq_tapped *t = ctx;

	/* Devices say again what their level is; only a change is news. */
	if (atomic_exchange(&t->level, level) != level)
		t->tap->changed(t->tap->ctx, t->source, pin, level);
	irq_set(&t->line, level);
}

struct irq_line irq_line_tap(struct irq_tapped *t, const struct irq_line *line,
			     const struct irq_tap *tap, const char *source)
{
	t->line = *line;
	t->tap = tap;
	t->source = source;
	atomic_init(&t->level, false);
	return (struct irq_line){ tapped_set, t, line->pin };
}
