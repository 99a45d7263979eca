/* SPDX-License-Identifier: Apache-2.0 */
/* trace/format.c - lines of text, see event.h; docs/tracing.md shows them. */
#include "trace/event.h"

#include <inttypes.h>

#include "soft/dis.h"
#include "trace/text.h"

#define add trace_text_add

/* What follows "cpu" and the number: guest mode, and the column's width. */
static const char *mode_of(const struct trace_event *ev)
{
	return ev->is_guest ? "g" : ev->vcpu < 10 ? " " : "";
}

static void add_head(struct trace_text *t, const struct trace_event *ev, const char *kind)
{
	/* One call where it can be: this is half the work for an instruction. */
	if (ev->vcpu != TRACE_NO_VCPU && ev->has_pc)
		add(t, "%10" PRIu64 " cpu%" PRIu32 "%s %016" PRIx64 " %-5s ", ev->time_us, ev->vcpu,
		    mode_of(ev), ev->pc, kind);
	else if (ev->vcpu != TRACE_NO_VCPU)
		add(t, "%10" PRIu64 " cpu%" PRIu32 "%s %-16s %-5s ", ev->time_us, ev->vcpu,
		    mode_of(ev), "-", kind);
	else
		add(t, "%10" PRIu64 " %-5s %-16s %-5s ", ev->time_us, "-", "-", kind);
}

/* ------------------------------------------------------------------ instructions */

static void add_regs(struct trace_text *t, const struct trace_event *ev, const char *before)
{
	for (unsigned int i = 0; i < 32; i++) {
		if (!(ev->insn.changed >> i & 1))
			continue;
		add(t, "%s%s=%#" PRIx64, before, la_gpr_name(i), ev->insn.gpr[i]);
		before = " ";
	}
}

static void add_insn(struct trace_text *t, const struct trace_event *ev)
{
	add(t, "%08" PRIx32 "  ", ev->insn.word);
	trace_text_add_insn(t, ev->insn.word, ev->pc);
	add_regs(t, ev, "\t; ");
}

/* ------------------------------------------------------------------ exceptions */

/* What else the exception says: an address, or the word that was refused (vol. 1, 7.4.7). */
static void add_cause(struct trace_text *t, const struct la_exc_event *e)
{
	enum { PIL = 1, ADE = 8, ALE, BCE, INE = 0xd, IPE = 0xe, WPE = 0x13, GSPR = 0x16 };

	if ((e->ecode >= PIL && e->ecode <= BCE) || e->ecode == WPE || e->ecode == LA_ECODE_TLBR)
		add(t, " badv %#" PRIx64, e->badv);
	else if (e->ecode == INE || e->ecode == IPE || e->ecode == GSPR)
		add(t, " word 0x%08" PRIx32, e->badi);
}

static void add_enter(struct trace_text *t, const struct la_exc_event *e)
{
	const char *name = la_exc_name(e->ecode, e->esubcode);

	if (e->ecode == LA_ECODE_INT)
		add(t, "INT %u (%s)", e->irq, trace_irq_name(e->irq));
	else if (name)
		add(t, "%s", name);
	else
		add(t, "ECODE %#x.%u", e->ecode, e->esubcode);
	add_cause(t, e);
	add(t, " plv %u->0 to %#" PRIx64 "%s", e->plv, e->target, e->is_exit ? " in the root" : "");
}

static void add_return(struct trace_text *t, const struct la_ertn_event *e)
{
	add(t, "ERTN%s plv 0->%u to %#" PRIx64, e->is_refill ? " (TLBR)" : "", e->plv, e->target);
	if (e->is_entry)
		add(t, " in the guest");
}

/* ------------------------------------------------------------------ registers */

static void add_csr(struct trace_text *t, const struct la_csr_event *e)
{
	trace_text_add_csr(t, e->is_gcsr ? "guest." : "", e->num, e->old, e->now);
	if (e->wanted != e->now)
		add(t, " (wrote %#" PRIx64 ")", e->wanted);
}

/* ------------------------------------------------------------------ devices */

static void add_access(struct trace_text *t, const struct bus_access *a)
{
	add(t, "%-5s %u %#" PRIx64 " %#" PRIx64, a->is_write ? "write" : "read", a->at.size,
	    a->addr, a->val);
	if (a->device)
		add(t, " %s+%#" PRIx64, a->device, a->at.off);
	else
		add(t, " nothing");
}

size_t trace_format(char *buf, size_t size, const struct trace_event *ev)
{
	static const char *const kinds[] = {
		[TRACE_EV_INSN] = "insn", [TRACE_EV_REGS] = "insn", [TRACE_EV_ENTER] = "exc",
		[TRACE_EV_RETURN] = "exc", [TRACE_EV_CSR] = "csr", [TRACE_EV_PIN] = "irq",
		[TRACE_EV_LINE] = "irq", [TRACE_EV_TAKEN] = "irq", [TRACE_EV_MMIO] = "mmio",
		[TRACE_EV_IOCSR] = "iocsr",
	};
	struct trace_text t = { buf, size, 0 };

	add_head(&t, ev, kinds[ev->type]);
	switch (ev->type) {
	case TRACE_EV_INSN:
		add_insn(&t, ev);
		break;
	case TRACE_EV_REGS:
		add_regs(&t, ev, "; ");
		break;
	case TRACE_EV_ENTER:
		add_enter(&t, &ev->exc);
		break;
	case TRACE_EV_RETURN:
		add_return(&t, &ev->ertn);
		break;
	case TRACE_EV_CSR:
		add_csr(&t, &ev->csr);
		break;
	case TRACE_EV_PIN:
		add(&t, "pin %u = %d %s", ev->irq.line, ev->irq.level, ev->irq.source);
		break;
	case TRACE_EV_LINE:
		add(&t, "line %u = %d %s", ev->irq.line, ev->irq.level, trace_irq_name(ev->irq.line));
		break;
	case TRACE_EV_TAKEN:
		add(&t, "taken %u %s", ev->exc.irq, trace_irq_name(ev->exc.irq));
		break;
	case TRACE_EV_MMIO:
	case TRACE_EV_IOCSR:
		add_access(&t, &ev->access);
		break;
	}
	return t.len;
}
