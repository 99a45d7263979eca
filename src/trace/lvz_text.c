/* SPDX-License-Identifier: Apache-2.0 */
/* trace/lvz_text.c - an entry or exit as lines for people; docs/tracing.md shows them. */
#include <inttypes.h>
#include <string.h>

#include "soft/dis.h"
#include "soft/isa_csrs.h"
#include "trace/lvz.h"
#include "util/bits.h"

#define add trace_text_add

#define LABEL_WIDTH 11
#define LINE_WIDTH 100u
#define WORDS_BYTES 1024u

/* Items with "; " in between, over several lines where is_wrapped. */
struct list {
	struct trace_text *t;
	const char *label;	/* NULL: all in one line */
	size_t line;		/* where the present line begins */
	unsigned int n;
};

static void add_label(struct trace_text *t, const char *label)
{
	add(t, "\n  %-*s", LABEL_WIDTH, label);
}

/* Another line under the same label, instead of a blank; where it begins. */
static size_t next_line(struct trace_text *t)
{
	size_t line;

	/* A buffer that is too small may end before the blank. */
	if (t->len && t->buf[t->len - 1] == ' ')
		t->len--;
	line = t->len + 1;
	add(t, "\n  %-*s", LABEL_WIDTH, "");
	return line;
}

/* Before an item of at most @len letters. */
static void list_next(struct list *l, size_t len)
{
	if (l->n++)
		add(l->t, "; ");
	else if (l->label)
		add_label(l->t, l->label);
	if (l->n == 1 && l->label)
		l->line = l->t->len - LABEL_WIDTH - 2;
	if (!l->label || l->t->len + len - l->line <= LINE_WIDTH || l->n == 1)
		return;
	l->line = next_line(l->t);
}

static void list_add(struct list *l, const struct trace_text *item)
{
	list_next(l, item->len);
	add(l->t, "%s", item->buf);
}

/* @words behind @label, over as many lines as they need; @words is a line. */
static void add_wrapped(struct trace_text *t, const char *label, const struct trace_text *words)
{
	const char *p = words->buf;
	size_t line;

	add_label(t, label);
	line = t->len - LABEL_WIDTH - 2;
	while (*p) {
		size_t n = strcspn(p, " ");

		if (t->len + n - line > LINE_WIDTH)
			line = next_line(t);
		add(t, "%.*s%s", (int)n, p, p[n] ? " " : "");
		p += n + (p[n] == ' ');
	}
}

/* ------------------------------------------------------------------ registers */

static void list_csr(struct list *l, const char *bank, unsigned int num, uint64_t old,
		     uint64_t now)
{
	char text[512];
	struct trace_text item = { text, sizeof(text), 0 };

	if (old == now)
		return;
	trace_text_add_csr(&item, bank, num, old, now);
	list_add(l, &item);
}

static void list_changes(struct list *l, const struct lvz_step *s)
{
	unsigned int k = 0, num;

	/* General registers that the guest itself changes are its program's. */
	for (unsigned int i = 1; s->before && !s->is_leave && i < 32; i++) {
		char text[64];
		struct trace_text item = { text, sizeof(text), 0 };

		if (s->before->gpr[i] == s->now.gpr[i])
			continue;
		add(&item, "%s %#" PRIx64 " -> %#" PRIx64, la_gpr_name(i), s->before->gpr[i],
		    s->now.gpr[i]);
		list_add(l, &item);
	}
	for (unsigned int i = 0; s->before && i < LVZ_MAX_CSRS && lvz_csr_next(&k, &num); i++)
		list_csr(l, "guest.", num, s->before->csr[i], lvz_guest_csr(&s->now, num));
	for (unsigned int i = 0; s->root_before && i < LVZ_NROOT; i++) {
		num = lvz_root_csr_of(i);
		list_csr(l, "root.", num, s->root_before[i], lvz_root_csr(&s->now, num));
	}
}

void lvz_text_changes(struct trace_text *t, const struct lvz_step *s)
{
	struct list l = { .t = t };

	list_changes(&l, s);
}

/* ------------------------------------------------------------------ small things */

void lvz_text_time(struct trace_text *t, uint64_t ns)
{
	static const struct { uint64_t ns; const char *name; } units[] = {
		{ 1000000000, "s" }, { 1000000, "ms" }, { 1000, "us" },
	};
	unsigned int i = 0;

	while (i < ARRAY_SIZE(units) - 1 && ns < units[i].ns)
		i++;
	add(t, "%.*f %s", ns / units[i].ns >= 100 ? 0 : 1, (double)ns / (double)units[i].ns,
	    units[i].name);
}

static void add_irq_names(struct trace_text *t, uint32_t lines)
{
	const char *before = "";

	for (unsigned int i = 0; i < 32; i++) {
		if (!(lines >> i & 1))
			continue;
		add(t, "%s%s", before, trace_irq_name(i));
		before = ", ";
	}
}

static void list_count(struct list *l, unsigned int n, const char *one, const char *many,
		       uint32_t lines)
{
	char text[192];
	struct trace_text item = { text, sizeof(text), 0 };

	if (!n)
		return;
	add(&item, "%u %s", n, n == 1 ? one : many);
	if (lines) {
		add(&item, " (");
		add_irq_names(&item, lines);
		add(&item, ")");
	}
	list_add(l, &item);
}

/* Exceptions that did not cross the border. */
static void add_acts(struct trace_text *t, const struct lvz_acts *a, bool is_guest)
{
	struct list l = { .t = t, .label = is_guest ? "its kernel" : "meanwhile" };

	if (a->is_user && !is_guest) {
		list_next(&l, 0);
		add(t, "the root's user space ran");
	}
	if (is_guest)
		list_count(&l, a->irqs, "interrupt of its own", "interrupts of its own", a->irq_lines);
	else
		list_count(&l, a->irqs, "interrupt of the root", "interrupts of the root", a->irq_lines);
	list_count(&l, a->syscalls, "system call", "system calls", 0);
	list_count(&l, a->refills, "TLB refill", "TLB refills", 0);
	list_count(&l, a->others, "other exception", "other exceptions", 0);
}

/* ------------------------------------------------------------------ why it enters */

static const struct { enum lvz_reason reason; uint64_t bit; const char *name; } units[] = {
	{ LVZ_FPDIS, LA_EUEN_FPE_SHIFT, "FPE" },
	{ LVZ_LSXDIS, LA_EUEN_SXE_SHIFT, "SXE" },
	{ LVZ_LASXDIS, LA_EUEN_ASXE_SHIFT, "ASXE" },
};

static bool is_page(enum lvz_reason r)
{
	return r >= LVZ_TLBL && r <= LVZ_TLBPE;
}

/* The guest stays at the instruction that made it exit. */
static void add_why_again(struct trace_text *t, const struct lvz_step *s)
{
	enum lvz_reason reason = s->cause.reason;

	if (reason == LVZ_INT) {
		add(t, "goes on where it was interrupted");
		return;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(units); i++) {
		if (units[i].reason == reason && s->now.root[LA_CSR_EUEN] >> units[i].bit & 1)
			add(t, "root.EUEN.%s is 1 now; ", units[i].name);
	}
	if (reason == LVZ_TLBR && s->is_refill)
		add(t, "the refill handler returns; ");
	else if (is_page(reason))
		add(t, "the hypervisor has seen to the page; ");
	add(t, "the same instruction again");
}

/* The instruction was done for the guest, who goes on behind it. */
static void add_why_done(struct trace_text *t, const struct lvz_step *s)
{
	const struct lvz_cause *c = &s->cause;

	if (is_page(c->reason))
		add(t, "the hypervisor did the access itself, as for a device");
	else if (c->reason == LVZ_IDLE)
		add(t, "the wait is over");
	else
		add(t, "%s", c->rd ? "answered" : "done");
	if (c->rd && c->rd_val == s->now.gpr[c->rd])
		add(t, ", %s is still %#" PRIx64, la_gpr_name(c->rd), c->rd_val);
	else if (c->rd)
		add(t, ", %s %#" PRIx64 " -> %#" PRIx64, la_gpr_name(c->rd), c->rd_val,
		    s->now.gpr[c->rd]);
	add(t, ", ERA+4");
}

static bool is_in_handler(const struct lvz_step *s)
{
	uint64_t era = s->now.guest[LA_CSR_ERA];

	return s->pc - s->now.guest[LA_CSR_EENTRY] < 0x10000 &&
	       (era == s->cause.pc || era == s->cause.pc + 4);
}

void lvz_text_why(struct trace_text *t, const struct lvz_step *s)
{
	const struct lvz_cause *c = &s->cause;

	if (!s->has_cause) {
		add(t, "first entry of gid %u on this vCPU", s->gid);
		return;
	}
	add(t, "after exit %" PRIu64 ", %s: ", s->exit_number, lvz_reason_name(c->reason));
	if (s->pc == c->pc)
		add_why_again(t, s);
	else if (s->pc == c->pc + 4 && c->has_insn)
		add_why_done(t, s);
	else if (is_in_handler(s))
		add(t, "the hypervisor raised an exception in the guest, Ecode %#x",
		    (unsigned int)(s->now.guest[LA_CSR_ESTAT] >> LA_ESTAT_ECODE_SHIFT & 0x3f));
	else
		add(t, "the hypervisor moved the guest from %#" PRIx64, c->pc);
	if (s->is_switch)
		add(t, "; gid %u was the last that ran here", s->other_gid);
}

/* What the guest starts with. */
static void add_state(struct trace_text *t, const struct lvz_step *s)
{
	static const struct { uint64_t bit; const char *name; } switches[] = {
		{ LA_GCFG_SIT, "SIT" }, { LA_GCFG_TIT, "TIT" }, { LA_GCFG_TOE, "TOE" },
		{ LA_GCFG_TOP, "TOP" }, { LA_GCFG_TORU, "TORU" },
	};
	uint64_t crmd = s->now.guest[LA_CSR_CRMD], euen = s->now.root[LA_CSR_EUEN];

	add_label(t, "begins");
	add(t, "at PLV%u; interrupts %s; %s; FP %s", (unsigned int)(crmd & LA_CRMD_PLV),
	    crmd & LA_CRMD_IE ? "on" : "off",
	    crmd & LA_CRMD_DA ? "addresses are guest-physical (DA)" : "addresses are mapped (PG)",
	    euen & LA_EUEN_FPE ? "lent" : "not lent");
	/* What the root wants to see beyond what always exits. */
	for (unsigned int i = 0; i < ARRAY_SIZE(switches); i++) {
		if (s->now.root[LA_CSR_GCFG] & switches[i].bit)
			add(t, "; GCFG.%s", switches[i].name);
	}
}

/* The guest takes an interrupt before it executes anything. */
static void add_pending(struct trace_text *t, const struct lvz_step *s)
{
	uint32_t lines = s->now.guest_is & (uint32_t)s->now.guest[LA_CSR_ECFG] & LA_ECFG_LIE;

	if (!lines || !(s->now.guest[LA_CSR_CRMD] & LA_CRMD_IE))
		return;
	add_label(t, "next");
	add(t, "the guest's own handler takes its interrupt (");
	add_irq_names(t, lines);
	add(t, ") first");
}

/* ------------------------------------------------------------------ the lines */

static void add_head(struct trace_text *t, const struct lvz_step *s)
{
	add(t, "%s guest  vcpu%u gid %u  pc %#" PRIx64 "  ", s->is_leave ? "leave" : "enter", s->vcpu,
	    s->gid, s->pc);
}

static void add_times(struct trace_text *t, const struct lvz_step *s)
{
	char label[32];
	struct trace_text name = { label, sizeof(label), 0 };

	add(&name, "%s %" PRIu64, s->is_leave ? "exit" : "entry", s->number);
	add_label(t, label);
	add(t, "%sat %" PRIu64 " us", name.len >= LABEL_WIDTH ? " " : "", s->at_ns / 1000);
	if (!s->begin_ns)
		return;
	add(t, ", after ");
	lvz_text_time(t, s->at_ns - s->begin_ns);
	add(t, " in the %s", s->is_leave ? "guest" : "root");
}

static void add_leave(struct trace_text *t, const struct lvz_step *s)
{
	struct list changes = { .t = t, .label = "changed" };
	char buf[WORDS_BYTES];
	struct trace_text words = { buf, sizeof(buf), 0 };

	lvz_cause_add_title(t, &s->cause);
	add_times(t, s);
	lvz_cause_add_hardware(&words, &s->cause);
	add_wrapped(t, "hardware", &words);
	words.len = 0;
	lvz_cause_add_guest(&words, &s->cause);
	add_wrapped(t, "the guest", &words);
	add_acts(t, &s->acts, true);
	list_changes(&changes, s);
}

static void add_enter(struct trace_text *t, const struct lvz_step *s)
{
	struct list changes = { .t = t, .label = "changed" };
	char buf[WORDS_BYTES];
	struct trace_text words = { buf, sizeof(buf), 0 };

	add(t, "(ertn %s)", s->is_refill ? "of a refill with TLBRPRMD.PGM=1" : "with GSTAT.PVM=1");
	add_times(t, s);
	lvz_text_why(&words, s);
	add_wrapped(t, "why now", &words);
	/* What the root did before there were guests is its own business. */
	if (s->begin_ns)
		add_acts(t, &s->acts, false);
	list_changes(&changes, s);
	if (!s->has_cause)
		add_state(t, s);
	add_pending(t, s);
}

void lvz_text(struct trace_text *t, const struct lvz_step *step)
{
	add_head(t, step);
	if (step->is_leave)
		add_leave(t, step);
	else
		add_enter(t, step);
}
