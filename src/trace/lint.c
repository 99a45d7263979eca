/* SPDX-License-Identifier: Apache-2.0 */
/* trace/lint.c - see lint.h.  The lock is a leaf but for that of the sink. */
#include "trace/lint.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/sink.h"

#define MAX_FINDINGS 1024u
#define LINE_BYTES 512u

struct hit {
	enum la_lint_rule rule;
	uint64_t pc;
	uint64_t count;
};

struct trace_lint {
	struct la_lint_sink cpu_sink;
	struct trace_sink *sink;
	pthread_mutex_t lock;
	unsigned int nhits;			/* lock */
	struct hit hits[MAX_FINDINGS];		/* lock */
	uint64_t nmore;				/* lock; hits beyond those */
	_Atomic uint64_t nentries;
};

__attribute__((format(printf, 2, 3)))
static void put(struct trace_lint *t, const char *fmt, ...)
{
	char line[LINE_BYTES];
	bool was_idle;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n >= (int)sizeof(line))
		n = sizeof(line) - 1;
	/* Findings are few, and the machine may hang after one. */
	trace_sink_line(t->sink, line, (size_t)n, &was_idle);
	trace_sink_flush(t->sink);
}

/* True when it is the first of its rule and pc. */
static bool count(struct trace_lint *t, const struct la_lint_finding *f)
{
	for (unsigned int i = 0; i < t->nhits; i++) {
		if (t->hits[i].rule == f->rule && t->hits[i].pc == f->pc) {
			t->hits[i].count++;
			return false;
		}
	}
	if (t->nhits == MAX_FINDINGS) {
		t->nmore++;
		return false;
	}
	t->hits[t->nhits++] = (struct hit){ f->rule, f->pc, 1 };
	return true;
}

static const char *level_of(enum la_lint_rule rule)
{
	return la_lint_rules[rule].is_warning ? "warning" : "error";
}

static void on_finding(void *ctx, const struct la_lint_finding *f)
{
	struct trace_lint *t = ctx;
	bool is_new;

	pthread_mutex_lock(&t->lock);
	is_new = count(t, f);
	pthread_mutex_unlock(&t->lock);
	if (is_new)
		put(t, "lvz-lint: cpu%u 0x%" PRIx64 " %s %s: %s (%s)", f->cpu, f->pc,
		    level_of(f->rule), la_lint_rules[f->rule].name, f->detail,
		    la_lint_rules[f->rule].advice);
}

static void on_entry(void *ctx, unsigned int cpu)
{
	struct trace_lint *t = ctx;

	(void)cpu;
	atomic_fetch_add_explicit(&t->nentries, 1, memory_order_relaxed);
}

int trace_lint_create(struct trace_lint **out, const char *path, struct err *err)
{
	struct trace_lint *t = calloc(1, sizeof(*t));
	int ret;

	if (!t)
		return err_set(err, -ENOMEM, "--lvz-lint: out of memory");
	ret = trace_sink_open(&t->sink, path, err);
	if (ret) {
		free(t);
		return err_set(err, ret, "--lvz-lint: '%s': %s", path, strerror(-ret));
	}
	pthread_mutex_init(&t->lock, NULL);
	t->cpu_sink = (struct la_lint_sink){ t, on_finding, on_entry };
	*out = t;
	return 0;
}

void trace_lint_destroy(struct trace_lint *t)
{
	if (!t)
		return;
	trace_sink_close(t->sink);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

const struct la_lint_sink *trace_lint_sink(const struct trace_lint *t)
{
	return &t->cpu_sink;
}

unsigned int trace_lint_end(struct trace_lint *t)
{
	unsigned int nwarnings = 0;
	uint64_t nhits = t->nmore;

	for (unsigned int i = 0; i < t->nhits; i++) {
		const struct hit *h = &t->hits[i];

		nwarnings += la_lint_rules[h->rule].is_warning;
		nhits += h->count;
		put(t, "lvz-lint: %s at 0x%" PRIx64 ": %" PRIu64 " times",
		    la_lint_rules[h->rule].name, h->pc, h->count);
	}
	if (t->nmore)
		put(t, "lvz-lint: more than %u findings: %" PRIu64 " hits have no line",
		    MAX_FINDINGS, t->nmore);
	put(t, "lvz-lint: %u errors, %u warnings, %" PRIu64 " hits in %" PRIu64 " guest entries",
	    t->nhits - nwarnings, nwarnings, nhits, atomic_load(&t->nentries));
	return t->nhits;
}
