/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace/trace.h - lvz-vmm --trace: what a VM does, as lines of text.
 *
 * A trace listens where something can be heard: the CPUs of the soft engine (struct
 * la_observer), the buses and interrupt lines of any engine (struct bus_tap, irq_tap,
 * trace_cpu_line()).  It drops what the filters do not want and writes one line for the
 * rest.  What is off is not listened to and costs nothing.
 *
 * One per VM.  It must outlive the VM.
 */
#ifndef LVZ_TRACE_TRACE_H
#define LVZ_TRACE_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/bus.h"
#include "core/irq.h"
#include "trace/spec.h"
#include "util/err.h"

struct event_loop;
struct la_lint_sink;
struct la_observer;
struct trace;

/*
 * Opens the files of @spec, which is borrowed, for a machine of @nvcpus.  -EINVAL: it has
 * no vCPU that @spec names; -ENOMEM; the errno of open().  @err is set.  Main thread.
 */
int trace_create(struct trace **out, const struct trace_spec *spec, unsigned int nvcpus,
		 struct err *err);
/* Writes out what is left.  NULL is fine. */
void trace_destroy(struct trace *t);

/*
 * What @t listens with; NULL when nothing of the kind is traced.  For
 * la_machine_cfg.observer, bus_set_tap() of the MMIO and the IOCSR bus, and irq_line_tap().
 */
const struct la_observer *trace_observer(const struct trace *t);
/* Whether @t is nothing without the observer, as opposed to telling less. */
bool trace_needs_observer(const struct trace *t);
const struct bus_tap *trace_mmio_tap(const struct trace *t);
const struct bus_tap *trace_iocsr_tap(const struct trace *t);
const struct irq_tap *trace_irq_tap(const struct trace *t);
/* For la_machine_cfg.lint; NULL: --lvz-lint is off. */
const struct la_lint_sink *trace_lint(const struct trace *t);
/*
 * Writes the end of the lint's lines; how many findings there were.  Once, when the VM is
 * gone.  Main thread.
 */
unsigned int trace_end_lint(struct trace *t);
/* ESTAT.IS[@line] of @vcpu is driven to @level.  Any thread. */
void trace_cpu_line(struct trace *t, unsigned int vcpu, unsigned int line, bool level);

/*
 * @pc tells the instruction that makes the bus access under way on the calling vCPU
 * thread.  Without it such lines have no address.  Before the first vCPU runs.
 */
void trace_set_pc(struct trace *t, uint64_t (*pc)(void *ctx, unsigned int vcpu), void *ctx);

/*
 * From now on nothing stays in a buffer for longer than a moment; the loop sleeps while
 * nothing is traced.  Loop thread, both; detach before the loop is destroyed.
 */
int trace_attach(struct trace *t, struct event_loop *loop, struct err *err);
void trace_detach(struct trace *t);
/* Writes out what is buffered.  Any thread. */
void trace_flush(struct trace *t);

#endif
