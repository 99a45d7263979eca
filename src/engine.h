/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine.h - from a configuration to an engine: which one, whether it can do what is asked,
 * and what it is told of the CPU.  Main thread.
 */
#ifndef LVZ_ENGINE_H
#define LVZ_ENGINE_H

#include <stdbool.h>

#include "backend/backend.h"
#include "config/cfg.h"

/* The engine that @want asks for; -ENODEV with @err when it cannot be had here. */
int engine_choose(enum cfg_backend want, const struct backend_ops **out, struct err *err);

/*
 * What @ops cannot do, whatever the host is like.  @is_observed: the CPUs' inside shall be
 * traced.  -EINVAL: @report has it.
 */
int engine_check(const struct vm_config *cfg, const struct backend_ops *ops, bool is_observed,
		 struct cfg_report *report);

/* Whether @ops can give the guest its CPU here, as creating the VM would find out. */
int engine_check_cpu(const struct vm_config *cfg, const struct backend_ops *ops,
		     struct cfg_report *report);

/*
 * Adds @err of an engine to @report: at the key that it begins with ("[cpu] lsx: "), else at
 * the choice of the engine.  A place that has its mistake gets no other.  -EINVAL.
 */
int engine_report(const struct vm_config *cfg, const struct err *err, struct cfg_report *report);

struct be_cpu_model engine_cpu_model(const struct cfg_cpu *cpu);

#endif
