/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - the lvz-vmm command: the only place that prints results and exits. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "backend/backend.h"
#include "cli.h"
#include "config/cfg.h"
#include "engine.h"
#include "probe.h"
#include "trace/trace.h"
#include "util/bits.h"
#include "util/log.h"
#include "vm.h"

#define PROGRAM "lvz-vmm"

static int fail(int status, const struct err *err)
{
	fprintf(stderr, PROGRAM ": %s\n", err->text);
	return status;
}

static int probe(bool is_json)
{
	struct probe_engine engines[8];
	struct err why[ARRAY_SIZE(engines)], err;
	size_t n = nbackends < ARRAY_SIZE(engines) ? nbackends : ARRAY_SIZE(engines);

	for (size_t i = 0; i < n; i++) {
		int ret = backends[i]->probe(&why[i]);

		engines[i] = (struct probe_engine){
			.name = backends[i]->name,
			.is_available = ret == 0,
			.reason = ret ? why[i].text : NULL,
			.how = backends[i]->how,
			.models = backends[i]->models,
			.features = backends[i]->features,
		};
	}
	if (probe_print(engines, n, is_json, stdout, &err))
		return fail(CLI_EXIT_HOST, &err);
	return CLI_EXIT_OK;
}

static int exit_status(struct vm_result res, const struct err *err)
{
	switch (res.why) {
	case VM_STOP_POWEROFF:
		return CLI_EXIT_OK;
	case VM_STOP_USER:
		return CLI_EXIT_LEFT;
	case VM_STOP_SIGNAL:
		return CLI_EXIT_SIGNAL + res.signum;
	case VM_STOP_REBOOT:
	case VM_STOP_HOST_ERROR:
		break;
	}
	return fail(CLI_EXIT_HOST, err);
}

static int run_vm(const struct vm_config *cfg, struct trace *trace, struct cfg_report *report)
{
	struct vm_result res;
	struct err err;
	struct vm *vm;
	int ret = vm_create(&vm, cfg, true, trace, report, &err);

	if (ret && !report->nmistakes)
		return fail(CLI_EXIT_HOST, &err);
	if (ret) {
		vm_check(cfg, report);	/* the first mistake may hide others */
		return CLI_EXIT_USER;
	}
	res = vm_run(vm, &err);
	vm_destroy(vm);
	return exit_status(res, &err);
}

/* Only the soft engine sees guest mode, and only where the guest's CPU has LVZ. */
static int check_trace(const struct vm_config *cfg, const struct trace_spec *spec,
		       struct err *err)
{
	const struct backend_ops *ops;
	struct err why;

	if (!trace_spec_wants_lvz(spec) || engine_choose(cfg->vm.backend, &ops, &why))
		return 0;	/* vm_create() tells of an engine that is not there */
	if (ops->can_observe && cfg_cpu_has(&cfg->cpu, CFG_CPU_LVZ))
		return 0;
	return err_set(err, -EINVAL,
		       "--trace lvz: the guest's CPU has no LVZ that can be traced (want engine soft and [cpu] lvz = on)");
}

static int run_traced(const struct vm_config *cfg, const struct trace_spec *options,
		      struct cfg_report *report)
{
	struct trace_spec spec = *options;
	struct trace *trace = NULL;
	struct err err;
	int status;

	spec.vm_name = cfg->vm.name;
	if (check_trace(cfg, &spec, &err) ||
	    (trace_spec_is_on(&spec) && trace_create(&trace, &spec, cfg->vm.vcpus, &err)))
		return fail(CLI_EXIT_USER, &err);
	status = run_vm(cfg, trace, report);
	if (trace && status != CLI_EXIT_USER && trace_end_lint(trace) && status == CLI_EXIT_OK)
		status = CLI_EXIT_LINT;
	trace_destroy(trace);
	return status;
}

static int dump_dtb(const struct vm_config *cfg, const char *path, struct cfg_report *report)
{
	struct err err;

	if (!vm_dump_dtb(cfg, path, report, &err))
		return CLI_EXIT_OK;
	return report->nmistakes ? CLI_EXIT_USER : fail(CLI_EXIT_USER, &err);
}

static int with_config(const struct cli_options *o)
{
	struct cfg_report report = { .nlines = 0 };
	struct vm_config *cfg;
	int status = CLI_EXIT_USER;
	int ret = cfg_load(o->config, o->overrides, o->noverrides, &report, &cfg);

	if (ret == -ENOMEM) {
		status = fail(CLI_EXIT_HOST, &(struct err){ "out of memory" });
	} else if (cfg) {
		cfg->stress = o->stress;
		cfg_check_files(cfg, &report);
		/* A guest that is about to be loaded is checked by loading it. */
		if (o->command == CLI_CHECK || report.nmistakes)
			vm_check(cfg, &report);
		if (report.nmistakes)
			status = CLI_EXIT_USER;
		else if (o->command == CLI_CHECK)
			status = CLI_EXIT_OK;
		else if (o->command == CLI_DUMP_DTB)
			status = dump_dtb(cfg, o->dump_dtb, &report);
		else
			status = run_traced(cfg, &o->trace, &report);
	}
	cfg_report_print(&report, stderr);
	cfg_report_fini(&report);
	cfg_free(cfg);
	return status;
}

static int command(const struct cli_options *o)
{
	struct err err;

	if (o->log && log_set_filter(o->log, &err))
		return fail(CLI_EXIT_USER, &err);
	switch (o->command) {
	case CLI_HELP:
		cli_print_help(stdout);
		return CLI_EXIT_OK;
	case CLI_VERSION:
		puts(PROGRAM " " PACKAGE_VERSION);
		return CLI_EXIT_OK;
	case CLI_PROBE:
		return probe(o->is_json);
	case CLI_RUN:
	case CLI_CHECK:
	case CLI_DUMP_DTB:
		break;
	}
	return with_config(o);
}

/*
 * A standard descriptor that the caller has closed would become the number of the first file
 * we open, and an image would get the console's output.
 */
static void fill_standard_fds(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= STDIN_FILENO && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	struct cli_options o;
	struct err err;
	int status;

	fill_standard_fds();
	if (cli_parse(argc, argv, &o, &err))
		status = fail(CLI_EXIT_USER, &err);
	else
		status = command(&o);
	cli_fini(&o);
	return status;
}
