/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace/trace_lvz.c - the kinds lvz and lvz-json of --trace: from the observer to the files.
 *
 * Locking: one lock for all, held while a step is told, so that the counts at the end are
 * those of what stands above and nothing follows the end of JSON; locks of files and of the
 * event loop are taken under it.  What a vCPU does between borders is its own thread's.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "trace/lvz.h"
#include "trace/trace_priv.h"

struct trace_lvz {
	pthread_mutex_t lock;
	bool is_finished;		/* lock */
	struct lvz_stats stats;		/* lock */
	struct lvz_vcpu *vcpus;		/* lock; acts: the vCPU's thread */
};

/* ------------------------------------------------------------------ telling */

/* The first @n of the lines in @text. */
static size_t length_of(const char *text, size_t len, uint64_t n)
{
	const char *p = text;

	while (n--) {
		p = memchr(p, '\n', len - (size_t)(p - text));
		if (!p)
			return len;
		p++;
	}
	return (size_t)(p - text) - 1;
}

static uint64_t count_lines(const struct trace_text *text)
{
	uint64_t n = 1;

	for (size_t i = 0; i < text->len; i++)
		n += text->buf[i] == '\n';
	return n;
}

/* True: --trace-limit is reached. */
static bool put(struct trace *t, enum trace_kind kind, const struct trace_text *text)
{
	bool is_last;
	uint64_t n = trace_take_lines(t, count_lines(text), &is_last);

	if (n)
		trace_put(t, kind, text->buf, length_of(text->buf, text->len, n));
	return is_last;
}

static bool tell(struct trace *t, const struct lvz_step *step)
{
	char buf[LVZ_TEXT_BYTES];
	struct trace_text text = { buf, sizeof(buf), 0 };
	bool is_last = false;

	lvz_stats_add(&t->lvz->stats, step);
	if (trace_is_live(t, TRACE_LVZ)) {
		lvz_text(&text, step);
		is_last = put(t, TRACE_LVZ, &text);
	}
	text.len = 0;
	if (!is_last && trace_is_live(t, TRACE_LVZ_JSON) && lvz_json(&text, step))
		is_last = put(t, TRACE_LVZ_JSON, &text);
	return is_last;
}

static void on_step(struct trace *t, struct lvz_vcpu *v, const struct lvz_step *step)
{
	bool is_last = false;

	pthread_mutex_lock(&t->lvz->lock);
	if (!t->lvz->is_finished && trace_has_pc(t, step->pc))
		is_last = tell(t, step);
	lvz_settle(v, step, trace_time_ns(t));
	pthread_mutex_unlock(&t->lvz->lock);
	if (is_last)
		trace_reach_limit(t);
}

/* ------------------------------------------------------------------ the observer */

void trace_lvz_on_enter(void *ctx, unsigned int cpu, const struct la_guest_enter *ev)
{
	struct trace *t = ctx;
	struct lvz_vcpu *v = &t->lvz->vcpus[cpu];
	struct lvz_step step;

	if (!trace_has_vcpu(t, cpu))
		return;
	step = lvz_enter(v, cpu, trace_time_ns(t), ev);
	on_step(t, v, &step);
}

void trace_lvz_on_leave(void *ctx, unsigned int cpu, const struct la_guest_leave *ev)
{
	struct trace *t = ctx;
	struct lvz_vcpu *v = &t->lvz->vcpus[cpu];
	struct lvz_step step;

	if (!trace_has_vcpu(t, cpu))
		return;
	step = lvz_leave(v, cpu, trace_time_ns(t), ev);
	on_step(t, v, &step);
}

void trace_lvz_heard_exc(struct trace *t, unsigned int cpu, const struct la_exc_event *ev)
{
	lvz_heard_exc(&t->lvz->vcpus[cpu], ev);
}

void trace_lvz_heard_ertn(struct trace *t, unsigned int cpu, const struct la_ertn_event *ev)
{
	lvz_heard_ertn(&t->lvz->vcpus[cpu], ev);
}

/* ------------------------------------------------------------------ life */

static void finish_json(struct trace *t, uint64_t now_ns)
{
	char buf[1024];
	struct trace_text text = { buf, sizeof(buf), 0 };

	for (unsigned int i = 0; i < t->nvcpus; i++) {
		text.len = 0;
		if (lvz_json_open(&text, &t->lvz->vcpus[i], i, now_ns))
			trace_put(t, TRACE_LVZ_JSON, text.buf, text.len);
	}
	text.len = 0;
	lvz_json_tail(&text, now_ns);
	trace_put(t, TRACE_LVZ_JSON, text.buf, text.len);
}

void trace_lvz_finish(struct trace *t)
{
	char buf[LVZ_TEXT_BYTES];
	struct trace_text text = { buf, sizeof(buf), 0 };

	if (!t->lvz)
		return;
	pthread_mutex_lock(&t->lvz->lock);
	if (!t->lvz->is_finished && trace_is_live(t, TRACE_LVZ)) {
		lvz_stats_text(&text, &t->lvz->stats);
		trace_put(t, TRACE_LVZ, text.buf, text.len);
	}
	if (!t->lvz->is_finished && trace_is_live(t, TRACE_LVZ_JSON))
		finish_json(t, trace_time_ns(t));
	t->lvz->is_finished = true;
	pthread_mutex_unlock(&t->lvz->lock);
}

static void begin_json(struct trace *t)
{
	char buf[LVZ_TEXT_BYTES];
	struct trace_text text = { buf, sizeof(buf), 0 };

	lvz_json_head(&text, t->spec.vm_name, t->nvcpus);
	trace_put(t, TRACE_LVZ_JSON, text.buf, text.len);
}

int trace_lvz_create(struct trace *t, struct err *err)
{
	struct trace_lvz *l = calloc(1, sizeof(*l));

	if (l)
		l->vcpus = calloc(t->nvcpus, sizeof(*l->vcpus));
	if (!l || !l->vcpus) {
		free(l);
		return err_set(err, -ENOMEM, "--trace: out of memory");
	}
	pthread_mutex_init(&l->lock, NULL);
	t->lvz = l;
	if (trace_is_live(t, TRACE_LVZ_JSON))
		begin_json(t);
	return 0;
}

void trace_lvz_destroy(struct trace *t)
{
	if (!t->lvz)
		return;
	for (unsigned int i = 0; i < t->nvcpus; i++)
		lvz_vcpu_fini(&t->lvz->vcpus[i]);
	pthread_mutex_destroy(&t->lvz->lock);
	free(t->lvz->vcpus);
	free(t->lvz);
	t->lvz = NULL;
}
