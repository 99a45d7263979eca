/* SPDX-License-Identifier: Apache-2.0 */
/* trace/trace_priv.h - between trace.c and trace_lvz.c. */
#ifndef LVZ_TRACE_TRACE_PRIV_H
#define LVZ_TRACE_TRACE_PRIV_H

#include <stdatomic.h>

#include "core/event.h"
#include "soft/observe.h"
#include "trace/event.h"
#include "trace/sink.h"
#include "trace/trace.h"

struct trace_lvz;

/* The instruction whose registers are not known yet. */
struct trace_vcpu {
	struct trace_event insn;
	bool is_pending;		/* its line is not out */
	uint64_t gpr[32];		/* before it */
	_Atomic uint32_t lines;		/* any thread: levels seen last */
};

struct trace {
	struct trace_spec spec;
	uint64_t start_ns;
	unsigned int nsinks;
	struct trace_sink *sinks[TRACE_NKINDS];
	struct trace_sink *of_kind[TRACE_NKINDS];	/* NULL: not traced */
	atomic_bool is_broken[TRACE_NKINDS];
	_Atomic uint64_t nlines;		/* counted when there is a limit */
	struct la_observer observer;
	struct bus_tap mmio, iocsr;
	struct irq_tap irq;
	uint64_t (*pc)(void *ctx, unsigned int vcpu);
	void *pc_ctx;

	struct event_loop *loop;		/* NULL: not attached */
	struct event_work flush_work;
	struct event_timer *flush_timer;	/* loop */
	bool is_flush_armed;			/* loop */

	struct trace_lint *lint;		/* NULL: off */
	unsigned int nvcpus;
	struct trace_vcpu *vcpus;

	struct trace_lvz *lvz;			/* NULL: not traced */
};

/* Nanoseconds since the trace began; 0 never. */
uint64_t trace_time_ns(const struct trace *t);
bool trace_is_live(const struct trace *t, enum trace_kind kind);
bool trace_has_vcpu(const struct trace *t, unsigned int vcpu);
bool trace_has_pc(const struct trace *t, uint64_t pc);
/* Writes @text, which may be several lines, whatever the limit says. */
void trace_put(struct trace *t, enum trace_kind kind, const char *text, size_t len);
/*
 * Of @want lines those that --trace-limit still allows; *@is_last: with them it is reached,
 * and the caller has to call trace_reach_limit() behind them.
 */
uint64_t trace_take_lines(struct trace *t, uint64_t want, bool *is_last);
void trace_reach_limit(struct trace *t);

/* trace_lvz.c.  -ENOMEM with @err. */
int trace_lvz_create(struct trace *t, struct err *err);
/* Ends both forms; a second call does nothing.  Any thread. */
void trace_lvz_finish(struct trace *t);
void trace_lvz_destroy(struct trace *t);
/* The callbacks of struct la_observer. */
void trace_lvz_on_enter(void *ctx, unsigned int cpu, const struct la_guest_enter *ev);
void trace_lvz_on_leave(void *ctx, unsigned int cpu, const struct la_guest_leave *ev);
/* Called where lvz is not NULL, on the vCPU's thread. */
void trace_lvz_heard_exc(struct trace *t, unsigned int cpu, const struct la_exc_event *ev);
void trace_lvz_heard_ertn(struct trace *t, unsigned int cpu, const struct la_ertn_event *ev);

#endif
