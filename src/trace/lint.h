/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace/lint.h - lvz-vmm --lvz-lint: findings of soft/lint.h as lines of text.
 *
 * A finding is a rule and an instruction of the root: its first hit has a line at once,
 * all others are counted.  Functions are for any thread unless they say otherwise.
 */
#ifndef LVZ_TRACE_LINT_H
#define LVZ_TRACE_LINT_H

#include "soft/lint.h"
#include "util/err.h"

struct trace_lint;

/* Lines go to @path, "-" is standard error.  -ENOMEM or the errno of open(); main thread. */
int trace_lint_create(struct trace_lint **out, const char *path, struct err *err);
void trace_lint_destroy(struct trace_lint *t);	/* NULL is fine; main thread */

/* What la_machine_cfg.lint wants. */
const struct la_lint_sink *trace_lint_sink(const struct trace_lint *t);
/*
 * Writes a line for each finding with its count and one about all; the number of findings.
 * Once, when no vCPU runs any more; main thread.
 */
unsigned int trace_lint_end(struct trace_lint *t);

#endif
