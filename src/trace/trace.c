/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace/trace.c - see trace.h.
 *
 * Locking: what a vCPU has pending belongs to its thread; everything else is constant
 * after trace_create() or atomic.  Sinks have their own locks, which are leaves but for
 * the list of the event loop.
 */
#include "trace/trace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "trace/lint.h"
#include "trace/trace_priv.h"
#include "util/bits.h"

#define FLUSH_AFTER_NS UINT64_C(300000000)

_Static_assert(TRACE_MAX_RANGES <= LA_OBSERVE_RANGES, "all ranges reach the observer");

/* ------------------------------------------------------------------ filters, lines */

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

bool trace_has_pc(const struct trace *t, uint64_t pc)
{
	for (unsigned int i = 0; i < t->spec.nranges; i++) {
		if (pc >= t->spec.ranges[i].first && pc <= t->spec.ranges[i].last)
			return true;
	}
	return !t->spec.nranges;
}

bool trace_has_vcpu(const struct trace *t, unsigned int vcpu)
{
	return !t->spec.vcpus || t->spec.vcpus >> vcpu & 1;
}

bool trace_is_live(const struct trace *t, enum trace_kind kind)
{
	return t->of_kind[kind] && !atomic_load_explicit(&t->is_broken[kind],
							 memory_order_relaxed);
}

/* The CPUs tell only what still has somewhere to go. */
static void update_observer(struct trace *t)
{
	unsigned int events = 0;

	if (trace_is_live(t, TRACE_INSN))
		events |= LA_OBSERVE_INSN;
	if (trace_is_live(t, TRACE_EXC) || trace_is_live(t, TRACE_IRQ))
		events |= LA_OBSERVE_EXC;
	if (trace_is_live(t, TRACE_CSR))
		events |= LA_OBSERVE_CSR;
	/* What both modes take by themselves explains the time in between. */
	if (trace_is_live(t, TRACE_LVZ) || trace_is_live(t, TRACE_LVZ_JSON))
		events |= LA_OBSERVE_LVZ | LA_OBSERVE_EXC;
	__atomic_store_n(&t->observer.events, events, __ATOMIC_RELAXED);
}

static void end_kinds_of(struct trace *t, const struct trace_sink *sink)
{
	for (unsigned int i = 0; i < TRACE_NKINDS; i++) {
		if (t->of_kind[i] == sink)
			atomic_store(&t->is_broken[i], true);
	}
	update_observer(t);
}

static void put_line(struct trace *t, struct trace_sink *sink, const char *line, size_t len)
{
	bool was_idle;

	if (!trace_sink_line(sink, line, len, &was_idle))
		end_kinds_of(t, sink);
	else if (was_idle && t->loop)
		event_post(t->loop, &t->flush_work);
}

void trace_put(struct trace *t, enum trace_kind kind, const char *text, size_t len)
{
	put_line(t, t->of_kind[kind], text, len);
}

uint64_t trace_take_lines(struct trace *t, uint64_t want, bool *is_last)
{
	uint64_t before, left;

	*is_last = false;
	if (!t->spec.limit)
		return want;
	before = atomic_fetch_add(&t->nlines, want);
	if (before >= t->spec.limit)
		return 0;
	left = t->spec.limit - before;
	*is_last = want >= left;
	return want < left ? want : left;
}

void trace_reach_limit(struct trace *t)
{
	char text[80];
	int n = snprintf(text, sizeof(text), "# --trace-limit: %llu lines",
			 (unsigned long long)t->spec.limit);

	for (unsigned int i = 0; i < t->nsinks; i++) {
		if (t->sinks[i] != t->of_kind[TRACE_LVZ_JSON])
			put_line(t, t->sinks[i], text, (size_t)n);
	}
	trace_lvz_finish(t);
	for (unsigned int i = 0; i < t->nsinks; i++)
		end_kinds_of(t, t->sinks[i]);
}

static void emit(struct trace *t, enum trace_kind kind, const struct trace_event *ev)
{
	char line[TRACE_LINE_BYTES];
	bool is_last;

	if (!trace_is_live(t, kind) || !trace_take_lines(t, 1, &is_last))
		return;
	put_line(t, t->of_kind[kind], line, trace_format(line, sizeof(line), ev));
	if (is_last)
		trace_reach_limit(t);
}

uint64_t trace_time_ns(const struct trace *t)
{
	uint64_t ns = now_ns() - t->start_ns;

	return ns ? ns : 1;
}

static struct trace_event event_now(const struct trace *t, enum trace_type type, unsigned int vcpu)
{
	return (struct trace_event){
		.type = type,
		.vcpu = vcpu,
		.time_us = trace_time_ns(t) / 1000,
	};
}

/* ------------------------------------------------------------------ the soft engine */

/* The line of an instruction comes before those of what it does. */
static void settle_insn(struct trace *t, unsigned int cpu)
{
	struct trace_vcpu *v = &t->vcpus[cpu];

	if (!v->is_pending)
		return;
	v->is_pending = false;
	emit(t, TRACE_INSN, &v->insn);
}

static void on_insn(void *ctx, unsigned int cpu, uint64_t pc, uint32_t insn, const uint64_t *gpr,
		    bool is_guest)
{
	struct trace *t = ctx;
	struct trace_vcpu *v = &t->vcpus[cpu];
	struct trace_event ev = event_now(t, TRACE_EV_INSN, cpu);

	ev.has_pc = true;
	ev.is_guest = is_guest;
	ev.pc = pc;
	ev.insn.word = insn;
	if (!t->spec.has_regs) {
		emit(t, TRACE_INSN, &ev);
		return;
	}
	v->insn = ev;
	v->is_pending = true;
	memcpy(v->gpr, gpr, sizeof(v->gpr));
}

static void on_insn_done(void *ctx, unsigned int cpu, const uint64_t *gpr)
{
	struct trace *t = ctx;
	struct trace_vcpu *v = &t->vcpus[cpu];
	uint32_t changed = 0;

	for (unsigned int i = 1; i < 32; i++)
		changed |= (uint32_t)(gpr[i] != v->gpr[i]) << i;
	v->insn.insn.changed = changed;
	v->insn.insn.gpr = gpr;
	if (!v->is_pending) {
		v->insn.type = TRACE_EV_REGS;
		v->insn.time_us = event_now(t, TRACE_EV_REGS, cpu).time_us;
		v->is_pending = changed != 0;
	}
	settle_insn(t, cpu);
}

static void on_exc_enter(void *ctx, unsigned int cpu, const struct la_exc_event *exc)
{
	struct trace *t = ctx;
	struct trace_event ev = event_now(t, TRACE_EV_ENTER, cpu);

	settle_insn(t, cpu);
	if (t->lvz)
		trace_lvz_heard_exc(t, cpu, exc);
	if (!trace_has_vcpu(t, cpu) || !trace_has_pc(t, exc->era))
		return;
	ev.has_pc = true;
	ev.is_guest = exc->is_guest;
	ev.pc = exc->era;
	ev.exc = *exc;
	emit(t, TRACE_EXC, &ev);
	if (exc->ecode != LA_ECODE_INT)
		return;
	ev.type = TRACE_EV_TAKEN;
	emit(t, TRACE_IRQ, &ev);
}

static void on_exc_return(void *ctx, unsigned int cpu, const struct la_ertn_event *ertn)
{
	struct trace *t = ctx;
	struct trace_event ev = event_now(t, TRACE_EV_RETURN, cpu);

	settle_insn(t, cpu);
	if (t->lvz)
		trace_lvz_heard_ertn(t, cpu, ertn);
	if (!trace_has_vcpu(t, cpu) || (!trace_has_pc(t, ertn->pc) && !trace_has_pc(t, ertn->target)))
		return;
	ev.has_pc = true;
	ev.is_guest = ertn->is_guest;
	ev.pc = ertn->pc;
	ev.ertn = *ertn;
	emit(t, TRACE_EXC, &ev);
}

static void on_csr(void *ctx, unsigned int cpu, const struct la_csr_event *csr)
{
	struct trace *t = ctx;
	struct trace_event ev = event_now(t, TRACE_EV_CSR, cpu);

	settle_insn(t, cpu);
	if (!trace_has_vcpu(t, cpu) || !trace_has_pc(t, csr->pc))
		return;
	ev.has_pc = true;
	ev.is_guest = csr->is_guest;
	ev.pc = csr->pc;
	ev.csr = *csr;
	emit(t, TRACE_CSR, &ev);
}

/* ------------------------------------------------------------------ any engine */

static void on_access(struct trace *t, enum trace_type type, const struct bus_access *a)
{
	struct trace_event ev = event_now(t, type, a->at.vcpu);

	settle_insn(t, a->at.vcpu);
	ev.has_pc = t->pc != NULL;
	ev.pc = t->pc ? t->pc(t->pc_ctx, a->at.vcpu) : 0;
	if (!trace_has_vcpu(t, a->at.vcpu) || (ev.has_pc && !trace_has_pc(t, ev.pc)))
		return;
	ev.access = *a;
	emit(t, TRACE_MMIO, &ev);
}

static void on_mmio(void *ctx, const struct bus_access *a)
{
	on_access(ctx, TRACE_EV_MMIO, a);
}

static void on_iocsr(void *ctx, const struct bus_access *a)
{
	on_access(ctx, TRACE_EV_IOCSR, a);
}

static void on_pin(void *ctx, const char *source, unsigned int pin, bool level)
{
	struct trace *t = ctx;
	struct trace_event ev = event_now(t, TRACE_EV_PIN, TRACE_NO_VCPU);

	ev.irq.source = source;
	ev.irq.line = pin;
	ev.irq.level = level;
	emit(t, TRACE_IRQ, &ev);
}

void trace_cpu_line(struct trace *t, unsigned int vcpu, unsigned int line, bool level)
{
	struct trace_event ev;
	uint32_t before;

	if (!t->of_kind[TRACE_IRQ] || vcpu >= t->nvcpus || !trace_has_vcpu(t, vcpu))
		return;
	before = level ? atomic_fetch_or(&t->vcpus[vcpu].lines, BIT32(line))
		       : atomic_fetch_and(&t->vcpus[vcpu].lines, ~BIT32(line));
	if (level == (before >> line & 1))
		return;
	ev = event_now(t, TRACE_EV_LINE, vcpu);
	ev.irq.line = line;
	ev.irq.level = level;
	emit(t, TRACE_IRQ, &ev);
}

/* ------------------------------------------------------------------ what is listened to */

const struct la_observer *trace_observer(const struct trace *t)
{
	return t->observer.events ? &t->observer : NULL;
}

bool trace_needs_observer(const struct trace *t)
{
	for (unsigned int i = 0; i < TRACE_NKINDS; i++) {
		if (t->of_kind[i] && i != TRACE_IRQ && i != TRACE_MMIO)
			return true;
	}
	return false;
}

const struct bus_tap *trace_mmio_tap(const struct trace *t)
{
	return t->of_kind[TRACE_MMIO] ? &t->mmio : NULL;
}

const struct bus_tap *trace_iocsr_tap(const struct trace *t)
{
	return t->of_kind[TRACE_MMIO] ? &t->iocsr : NULL;
}

const struct irq_tap *trace_irq_tap(const struct trace *t)
{
	return t->of_kind[TRACE_IRQ] ? &t->irq : NULL;
}

const struct la_lint_sink *trace_lint(const struct trace *t)
{
	return t->lint ? trace_lint_sink(t->lint) : NULL;
}

unsigned int trace_end_lint(struct trace *t)
{
	return t->lint ? trace_lint_end(t->lint) : 0;
}

void trace_set_pc(struct trace *t, uint64_t (*pc)(void *ctx, unsigned int vcpu), void *ctx)
{
	t->pc = pc;
	t->pc_ctx = ctx;
}

/* ------------------------------------------------------------------ flushing */

void trace_flush(struct trace *t)
{
	for (unsigned int i = 0; i < t->nsinks; i++)
		trace_sink_flush(t->sinks[i]);
}

static void on_flush_work(struct event_work *work)
{
	struct trace *t = container_of(work, struct trace, flush_work);

	if (t->is_flush_armed)
		return;
	t->is_flush_armed = true;
	event_timer_arm(t->flush_timer, FLUSH_AFTER_NS);
}

static void on_flush_timer(void *ctx)
{
	struct trace *t = ctx;

	/* First: a line that comes now finds an empty buffer and posts again. */
	t->is_flush_armed = false;
	trace_flush(t);
}

int trace_attach(struct trace *t, struct event_loop *loop, struct err *err)
{
	int ret = event_timer_add(loop, on_flush_timer, t, &t->flush_timer, err);

	if (ret)
		return ret;
	t->is_flush_armed = false;
	t->loop = loop;
	event_post(loop, &t->flush_work);
	return 0;
}

void trace_detach(struct trace *t)
{
	if (!t->loop)
		return;
	event_cancel(t->loop, &t->flush_work);
	event_timer_del(t->flush_timer);
	t->loop = NULL;
	trace_flush(t);
}

/* ------------------------------------------------------------------ life */

/* JSON tolerates nothing beside it. */
static int share(struct trace *t, enum trace_kind kind, struct trace_sink *sink, struct err *err)
{
	if (kind == TRACE_LVZ_JSON)
		return err_set(err, -EINVAL, "--trace: '%s' cannot hold JSON and lines of text",
			       t->spec.files[kind]);
	t->of_kind[kind] = sink;
	return 0;
}

/* Kinds that go to one file share its sink, however they name it. */
static int open_kind(struct trace *t, enum trace_kind kind, struct err *err)
{
	struct trace_sink *sink;
	int ret;

	for (unsigned int i = 0; i < kind; i++) {
		if (t->of_kind[i] && !strcmp(t->spec.files[i], t->spec.files[kind]))
			return share(t, kind, t->of_kind[i], err);
	}
	ret = trace_sink_open(&sink, t->spec.files[kind], err);
	if (ret)
		return ret;
	for (unsigned int i = 0; i < t->nsinks; i++) {
		if (!trace_sink_is_same(t->sinks[i], sink))
			continue;
		trace_sink_close(sink);
		return share(t, kind, t->sinks[i], err);
	}
	t->sinks[t->nsinks++] = sink;
	t->of_kind[kind] = sink;
	return 0;
}

static void listen(struct trace *t)
{
	t->mmio = (struct bus_tap){ on_mmio, t };
	t->iocsr = (struct bus_tap){ on_iocsr, t };
	t->irq = (struct irq_tap){ on_pin, t };
	t->observer = (struct la_observer){
		.ctx = t,
		.cpus = t->spec.vcpus ? t->spec.vcpus : UINT64_MAX,
		.nranges = t->spec.nranges,
		.insn = on_insn,
		.insn_done = t->spec.has_regs ? on_insn_done : NULL,
		.exc_enter = on_exc_enter,
		.exc_return = on_exc_return,
		.csr = on_csr,
		.guest_enter = trace_lvz_on_enter,
		.guest_leave = trace_lvz_on_leave,
	};
	for (unsigned int i = 0; i < t->spec.nranges; i++)
		t->observer.ranges[i] = (struct la_range){ t->spec.ranges[i].first,
							   t->spec.ranges[i].last };
	update_observer(t);
}

int trace_create(struct trace **out, const struct trace_spec *spec, unsigned int nvcpus,
		 struct err *err)
{
	uint64_t strangers = spec->vcpus & ~mask64(nvcpus);
	struct trace *t;
	int ret = 0;

	if (strangers)
		return err_set(err, -EINVAL, "--trace-vcpu: there is no vCPU %d (want 0 to %u)",
			       __builtin_ctzll(strangers), nvcpus - 1);
	t = calloc(1, sizeof(*t));
	if (t)
		t->vcpus = calloc(nvcpus, sizeof(*t->vcpus));
	if (!t || !t->vcpus) {
		free(t);
		return err_set(err, -ENOMEM, "--trace: out of memory");
	}
	t->spec = *spec;
	t->start_ns = now_ns();
	t->nvcpus = nvcpus;
	t->flush_work.fn = on_flush_work;
	for (unsigned int i = 0; i < TRACE_NKINDS && !ret; i++) {
		if (spec->files[i])
			ret = open_kind(t, (enum trace_kind)i, err);
	}
	if (!ret && trace_spec_wants_lvz(spec))
		ret = trace_lvz_create(t, err);
	if (!ret && spec->lint)
		ret = trace_lint_create(&t->lint, spec->lint, err);
	if (ret) {
		trace_destroy(t);
		return ret;
	}
	listen(t);
	*out = t;
	return 0;
}

void trace_destroy(struct trace *t)
{
	if (!t)
		return;
	trace_lvz_finish(t);
	trace_lvz_destroy(t);
	for (unsigned int i = 0; i < t->nsinks; i++)
		trace_sink_close(t->sinks[i]);
	trace_lint_destroy(t->lint);
	free(t->vcpus);
	free(t);
}
