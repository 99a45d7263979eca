/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli.h - the command line of lvz-vmm, and what its exit status says.
 *
 * Parsing only: nothing is opened, printed or started here.  Main thread (getopt_long
 * keeps state of its own).
 */
#ifndef LVZ_CLI_H
#define LVZ_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "config/vm_config.h"
#include "trace/spec.h"
#include "util/err.h"

/* Documented in lvz-vmm.1; scripts depend on the values. */
enum cli_exit {
	CLI_EXIT_OK = 0,		/* the guest powered off; the question was answered */
	CLI_EXIT_HOST = 1,		/* the host failed: I/O, memory, an engine */
	CLI_EXIT_USER = 2,		/* a mistake in the command line, configuration or a file */
	CLI_EXIT_LEFT = 3,		/* the person at the console left with Ctrl-a x */
	CLI_EXIT_LINT = 4,		/* the guest powered off; --lvz-lint has findings */
	CLI_EXIT_SIGNAL = 128,		/* plus n: stopped in order because of signal n */
};

enum cli_command {
	CLI_RUN,
	CLI_CHECK,			/* check the configuration, start nothing */
	CLI_DUMP_DTB,			/* write the device tree, start nothing */
	CLI_PROBE,
	CLI_VERSION,
	CLI_HELP,
};

/* Strings are borrowed from argv, which must outlive this. */
struct cli_options {
	enum cli_command command;
	const char *config;		/* set for RUN, CHECK, DUMP_DTB */
	const char *dump_dtb;		/* set for DUMP_DTB */
	const char *log;		/* --log; NULL: not given */
	bool is_json;			/* for PROBE */
	struct trace_spec trace;	/* for RUN */
	struct cfg_stress stress;	/* for RUN */
	/* "section.key=value" in their order; --backend is among them.  For cfg_load(). */
	const char **overrides;
	size_t noverrides;
	char **owned;			/* those overrides that were made up here */
	size_t nowned;
};

/*
 * Fills @o.  0; -EINVAL with @err saying in one line what is wrong; -ENOMEM.  After any
 * result the caller ends @o with cli_fini().
 */
int cli_parse(int argc, char **argv, struct cli_options *o, struct err *err);
void cli_fini(struct cli_options *o);

void cli_print_help(FILE *out);

#endif
