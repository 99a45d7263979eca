/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace/sink.h - lines into a file, buffered.
 *
 * Lines of several threads do not mix.  A file that takes no more (disk full, pipe closed,
 * or nobody reads it for TRACE_SINK_PATIENCE_MS) is told of once and then left alone: the
 * guest goes on without it.
 */
#ifndef LVZ_TRACE_SINK_H
#define LVZ_TRACE_SINK_H

#include <stdbool.h>
#include <stddef.h>

#include "util/err.h"

#define TRACE_SINK_PATIENCE_MS 2000

struct trace_sink;

/*
 * Creates or empties file @path; "-" is standard error, where each line is written at
 * once.  An errno with @err naming @path, or -ENOMEM.  Waits for the reader of a named
 * pipe.  Main thread.
 */
int trace_sink_open(struct trace_sink **out, const char *path, struct err *err);
/* Writes out what is buffered.  NULL is fine. */
void trace_sink_close(struct trace_sink *s);
/* True when both lead to the same file. */
bool trace_sink_is_same(const struct trace_sink *a, const struct trace_sink *b);

/*
 * Adds @line, @len bytes, and the end of a line; lines that it consists of stay together.
 * False: it is lost, as all further ones
 * will be.  *@was_idle: nothing else was waiting to be written.  Any thread; may block
 * for as long as the file does, but see above.
 */
bool trace_sink_line(struct trace_sink *s, const char *line, size_t len, bool *was_idle);
/* Writes out what is buffered.  Any thread. */
void trace_sink_flush(struct trace_sink *s);

#endif
