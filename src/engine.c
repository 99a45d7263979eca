/* SPDX-License-Identifier: Apache-2.0 */
/* engine.c - see engine.h. */
#include "engine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/bits.h"

int engine_choose(enum cfg_backend want, const struct backend_ops **out, struct err *err)
{
	for (size_t i = 0; i < nbackends; i++) {
		struct err why;
		int ret;

		if (want != CFG_BACKEND_AUTO && strcmp(backends[i]->name, cfg_backend_name(want)))
			continue;
		ret = backends[i]->probe(&why);
		if (!ret) {
			*out = backends[i];
			return 0;
		}
		if (want != CFG_BACKEND_AUTO)
			return err_set(err, ret, "'%s' cannot be used here: %s",
				       backends[i]->name, why.text);
	}
	return err_set(err, -ENODEV, "no engine can be used here");
}

static unsigned int insisted(const struct cfg_cpu *cpu)
{
	const struct { enum cfg_switch sw; unsigned int bit; } switches[] = {
		{ cpu->lsx, BE_CPU_LSX }, { cpu->lasx, BE_CPU_LASX }, { cpu->ptw, BE_CPU_PTW },
		{ cpu->v11, BE_CPU_V11 }, { cpu->pmu, BE_CPU_PMU }, { cpu->lvz, BE_CPU_LVZ },
	};
	unsigned int bits = 0;

	for (size_t i = 0; i < ARRAY_SIZE(switches); i++) {
		if (switches[i].sw == CFG_SWITCH_ON)
			bits |= switches[i].bit;
	}
	return bits;
}

struct be_cpu_model engine_cpu_model(const struct cfg_cpu *cpu)
{
	return (struct be_cpu_model){
		.is_la464 = cpu->model == CFG_CPU_LA464,
		.has_lsx = cfg_cpu_has(cpu, CFG_CPU_LSX),
		.has_lasx = cfg_cpu_has(cpu, CFG_CPU_LASX),
		.has_ptw = cfg_cpu_has(cpu, CFG_CPU_PTW),
		.has_v11 = cfg_cpu_has(cpu, CFG_CPU_V11),
		.has_pmu = cfg_cpu_has(cpu, CFG_CPU_PMU),
		.has_lvz = cfg_cpu_has(cpu, CFG_CPU_LVZ),
		.insisted = insisted(cpu),
	};
}

int engine_report(const struct vm_config *cfg, const struct err *err, struct cfg_report *report)
{
	char section[16], key[16];
	struct cfg_loc loc;
	int skip = 0;

	if (sscanf(err->text, "[%15[a-z]] %15[a-z0-9_]: %n", section, key, &skip) != 2 || !skip) {
		strcpy(section, "vm");
		strcpy(key, "backend");
		skip = 0;
	}
	loc = cfg_loc(cfg, section, key);
	if (cfg_report_has(report, &loc))
		return -EINVAL;
	return cfg_report_add(report, &loc, "%s", err->text + skip);
}

int engine_check(const struct vm_config *cfg, const struct backend_ops *ops, bool is_observed,
		 struct cfg_report *report)
{
	bool has_irqchip = cfg->vm.irqchip == CFG_IRQCHIP_KERNEL;
	struct err err;

	if (has_irqchip && !ops->irqchip)
		err_set(&err, -EINVAL,
			"[vm] irqchip: 'kernel' cannot be had with backend '%s' (want user)",
			ops->name);
	else if (has_irqchip && cfg->vm.vcpus > ops->irqchip->max_vcpus)
		err_set(&err, -EINVAL,
			"[vm] irqchip: 'kernel' serves at most %u vCPUs, there are %u (want user)",
			ops->irqchip->max_vcpus, cfg->vm.vcpus);
	else if (is_observed && !ops->can_observe)
		err_set(&err, -EINVAL,
			"'%s' cannot look inside its CPUs, so --trace can tell of mmio and irq only (want soft)",
			ops->name);
	else if (cfg->stress.level && !ops->can_observe)
		err_set(&err, -EINVAL, "'%s' cannot do --lvz-stress (want soft)", ops->name);
	else if (cfg->stress.level && !cfg_cpu_has(&cfg->cpu, CFG_CPU_LVZ))
		err_set(&err, -EINVAL, "[cpu] lvz: --lvz-stress wants 'on'");
	else
		return 0;
	return engine_report(cfg, &err, report);
}

int engine_check_cpu(const struct vm_config *cfg, const struct backend_ops *ops,
		     struct cfg_report *report)
{
	struct be_cpu_model model = engine_cpu_model(&cfg->cpu);
	struct err err;

	if (!ops->cpu_check || !ops->cpu_check(&model, &err))
		return 0;
	return engine_report(cfg, &err, report);
}
