/* SPDX-License-Identifier: Apache-2.0 */
/* trace/format.c - lines of text, see event.h; docs/tracing.md shows them. */
#include "trace/event.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "soft/dis.h"
#include "soft/isa.h"
#include "util/bits.h"

struct text {
	char *buf;
	size_t size;
	size_t len;		/* less than size */
};

static void add(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->buf + t->len, t->size - t->len, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->len += (size_t)n < t->size - t->len ? (size_t)n : t->size - t->len - 1;
}

static void add_head(struct text *t, const struct trace_event *ev, const char *kind)
{
	/* One call where it can be: this is half the work for an instruction. */
	if (ev->vcpu != TRACE_NO_VCPU && ev->has_pc)
		add(t, "%10" PRIu64 " cpu%-2" PRIu32 " %016" PRIx64 " %-5s ", ev->time_us, ev->vcpu,
		    ev->pc, kind);
	else if (ev->vcpu != TRACE_NO_VCPU)
		add(t, "%10" PRIu64 " cpu%-2" PRIu32 " %-16s %-5s ", ev->time_us, ev->vcpu, "-", kind);
	else
		add(t, "%10" PRIu64 " %-5s %-16s %-5s ", ev->time_us, "-", "-", kind);
}

/* ------------------------------------------------------------------ instructions */

static void add_regs(struct text *t, const struct trace_event *ev, const char *before)
{
	for (unsigned int i = 0; i < 32; i++) {
		if (!(ev->insn.changed >> i & 1))
			continue;
		add(t, "%s%s=%#" PRIx64, before, la_gpr_name(i), ev->insn.gpr[i]);
		before = " ";
	}
}

static void add_insn(struct text *t, const struct trace_event *ev)
{
	size_t n;

	add(t, "%08" PRIx32 "  ", ev->insn.word);
	n = la_disasm(t->buf + t->len, t->size - t->len, ev->insn.word, ev->pc);
	t->len += n < t->size - t->len ? n : t->size - t->len - 1;
	add_regs(t, ev, "\t; ");
}

/* ------------------------------------------------------------------ exceptions */

static const char *irq_name(unsigned int line)
{
	static const char *const names[] = {
		"swi0", "swi1", "hwi0", "hwi1", "hwi2", "hwi3", "hwi4", "hwi5", "hwi6", "hwi7",
		"pmi", "timer", "ipi",
	};

	return line < ARRAY_SIZE(names) ? names[line] : "?";
}

/* What else the exception says: an address, or the word that was refused (vol. 1, 7.4.7). */
static void add_cause(struct text *t, const struct la_exc_event *e)
{
	enum { PIL = 1, ADE = 8, ALE, BCE, INE = 0xd, IPE = 0xe, WPE = 0x13, GSPR = 0x16 };

	if ((e->ecode >= PIL && e->ecode <= BCE) || e->ecode == WPE || e->ecode == LA_ECODE_TLBR)
		add(t, " badv %#" PRIx64, e->badv);
	else if (e->ecode == INE || e->ecode == IPE || e->ecode == GSPR)
		add(t, " word 0x%08" PRIx32, e->badi);
}

static void add_enter(struct text *t, const struct la_exc_event *e)
{
	const char *name = la_exc_name(e->ecode, e->esubcode);

	if (e->ecode == LA_ECODE_INT)
		add(t, "INT %u (%s)", e->irq, irq_name(e->irq));
	else if (name)
		add(t, "%s", name);
	else
		add(t, "ECODE %#x.%u", e->ecode, e->esubcode);
	add_cause(t, e);
	add(t, " plv %u->0 to %#" PRIx64, e->plv, e->target);
}

static void add_return(struct text *t, const struct la_ertn_event *e)
{
	add(t, "ERTN%s plv 0->%u to %#" PRIx64, e->is_refill ? " (TLBR)" : "", e->plv, e->target);
}

/* ------------------------------------------------------------------ registers */

/* The fields of @e->num; *@n of them. */
static const struct la_csr_field *fields_of(const struct la_csr_event *e, unsigned int *n)
{
	unsigned int lo = 0, hi = la_ncsr_fields;

	while (lo < hi) {
		unsigned int mid = (lo + hi) / 2;

		if (la_csr_fields[mid].num < e->num)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (hi = lo; hi < la_ncsr_fields && la_csr_fields[hi].num == e->num; hi++)
		;
	*n = hi - lo;
	return &la_csr_fields[lo];
}

static void add_csr(struct text *t, const struct la_csr_event *e)
{
	const struct la_csr_info *info = la_csr_find(e->num);
	const struct la_csr_field *f;
	unsigned int n;

	if (info)
		add(t, "%s", info->name);
	else
		add(t, "csr %#x", e->num);
	add(t, " %#" PRIx64 " -> %#" PRIx64, e->old, e->now);
	f = fields_of(e, &n);
	/* The only field is the register. */
	for (unsigned int i = 0; n > 1 && i < n; i++) {
		uint64_t old = bits64(e->old, f[i].hi, f[i].lo);
		uint64_t now = bits64(e->now, f[i].hi, f[i].lo);

		if (old == now)
			continue;
		/* Most fields are a digit. */
		add(t, old > 9 || now > 9 ? " %s %#" PRIx64 "->%#" PRIx64
					  : " %s %" PRIx64 "->%" PRIx64, f[i].name, old, now);
	}
	if (e->wanted != e->now)
		add(t, " (wrote %#" PRIx64 ")", e->wanted);
}

/* ------------------------------------------------------------------ devices */

static void add_access(struct text *t, const struct bus_access *a)
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
	struct text t = { buf, size, 0 };

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
		add(&t, "line %u = %d %s", ev->irq.line, ev->irq.level, irq_name(ev->irq.line));
		break;
	case TRACE_EV_TAKEN:
		add(&t, "taken %u %s", ev->exc.irq, irq_name(ev->exc.irq));
		break;
	case TRACE_EV_MMIO:
	case TRACE_EV_IOCSR:
		add_access(&t, &ev->access);
		break;
	}
	return t.len;
}
