/* SPDX-License-Identifier: Apache-2.0 */
/* cli.c - see cli.h. */
#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "util/str.h"

#define TRY_HELP " (try lvz-vmm --help)"

enum opt {
	OPT_CONFIG = 256, OPT_CHECK, OPT_DUMP_DTB, OPT_BACKEND, OPT_SET, OPT_LOG, OPT_JSON,
	OPT_VERSION, OPT_HELP, OPT_TRACE, OPT_TRACE_PC, OPT_TRACE_VCPU, OPT_TRACE_LIMIT,
	OPT_LVZ_LINT,
	OPT_LVZ_STRESS,
};

static const struct option long_options[] = {
	{ "config", required_argument, NULL, OPT_CONFIG },
	{ "check", no_argument, NULL, OPT_CHECK },
	{ "dump-dtb", required_argument, NULL, OPT_DUMP_DTB },
	{ "backend", required_argument, NULL, OPT_BACKEND },
	{ "set", required_argument, NULL, OPT_SET },
	{ "log", required_argument, NULL, OPT_LOG },
	{ "trace", required_argument, NULL, OPT_TRACE },
	{ "trace-pc", required_argument, NULL, OPT_TRACE_PC },
	{ "trace-vcpu", required_argument, NULL, OPT_TRACE_VCPU },
	{ "trace-limit", required_argument, NULL, OPT_TRACE_LIMIT },
	{ "lvz-lint", optional_argument, NULL, OPT_LVZ_LINT },
	{ "lvz-stress", required_argument, NULL, OPT_LVZ_STRESS },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

void cli_print_help(FILE *out)
{
	fputs("Usage: lvz-vmm --config FILE [OPTION]...\n"
	      "       lvz-vmm probe [--json]\n"
	      "\n"
	      "Runs a LoongArch virtual machine; probe tells what this host can run.\n"
	      "\n"
	      "  --config FILE     the machine, see lvz-vmm.conf(5)\n"
	      "  --set S.K=VALUE   replace key K of section S, e.g. --set vm.memory=1G\n"
	      "  --backend NAME    auto, lvz, kvm or soft; short for --set vm.backend=NAME\n"
	      "  --check           say what is wrong with the configuration, start nothing\n"
	      "  --dump-dtb FILE   write the guest's device tree to FILE, start nothing\n"
	      "  --log SPEC        err, warn, info or debug; of one part: warn,virtio:debug\n"
	      "  --trace KINDS[:FILE]  write what the guest does to FILE (default: stderr);\n"
	      "                    KINDS are insn, insn+regs, exc, csr, irq, mmio, with commas\n"
	      "                    lvz explains entries and exits of LVZ guests, as Chrome\n"
	      "                    trace JSON where FILE ends in .json\n"
	      "  --trace-pc LO-HI  trace only at these addresses, hexadecimal; repeatable\n"
	      "  --trace-vcpu LIST trace only these vCPUs, e.g. 0,2-3\n"
	      "  --trace-limit N   end the trace after N lines\n"
	      "  --lvz-lint[=FILE] say what a hypervisor in the guest does that breaks on\n"
	      "                    silicon, in FILE (default: stderr); with cpu.lvz=on\n"
	      "  --lvz-stress L,SEED  do at random what hardware may do at any time: drop\n"
	      "                    translations, delay interrupts; level L is 1 to 4\n"
	      "  --json            print the answer of probe as JSON\n"
	      "  --version         print the version\n"
	      "  --help            print this\n"
	      "\n"
	      "On a terminal, Ctrl-a x leaves and Ctrl-a h helps.  Exit status: 0 the guest\n"
	      "powered off, 1 the host failed, 2 a mistake in what was asked, 3 left with\n"
	      "Ctrl-a x, 4 powered off but --lvz-lint has findings, 128+n stopped by signal n.\n"
	      "More in lvz-vmm(1).\n",
	      out);
}

static void add_override(struct cli_options *o, const char *text)
{
	o->overrides[o->noverrides++] = text;	/* cli_parse() made room for all */
}

static int add_backend(struct cli_options *o, const char *name, struct err *err)
{
	char *text = str_fmt("vm.backend=%s", name);

	if (!text)
		return err_set(err, -ENOMEM, "out of memory");
	o->owned[o->nowned++] = text;
	add_override(o, text);
	return 0;
}

static int set_once(const char **dst, const char *value, const char *option, struct err *err)
{
	if (*dst)
		return err_set(err, -EINVAL, "%s is given twice" TRY_HELP, option);
	*dst = value;
	return 0;
}

/* getopt_long() said that @arg is no good; @c is what it returned. */
static int bad_option(int c, const char *arg, struct err *err)
{
	if (c == ':')
		return err_set(err, -EINVAL, "%s wants a value" TRY_HELP, arg);
	if (optopt >= OPT_CONFIG)
		return err_set(err, -EINVAL, "'%s': this option takes no value" TRY_HELP, arg);
	if (optopt)
		return err_set(err, -EINVAL, "unknown option '-%c'" TRY_HELP, optopt);
	return err_set(err, -EINVAL, "unknown option '%s'" TRY_HELP, arg);
}

/* "LEVEL,SEED" */
static int parse_stress(struct cfg_stress *s, const char *text, struct err *err)
{
	const char *seed = strchr(text, ',');
	unsigned int level = (unsigned int)(text[0] - '0');

	if (s->level)
		return err_set(err, -EINVAL, "--lvz-stress is given twice" TRY_HELP);
	if (seed != text + 1 || level < 1 || level > CFG_STRESS_LEVELS ||
	    str_to_u64(seed + 1, &s->seed))
		return err_set(err, -EINVAL, "--lvz-stress: '%s' is no level and seed (want e.g. %u,42)",
			       text, CFG_STRESS_LEVELS);
	s->level = level;
	return 0;
}

struct flags {
	bool check;
	bool version;
	bool help;
};

static int parse_option(int c, char **argv, struct cli_options *o, struct flags *f,
			struct err *err)
{
	switch (c) {
	case OPT_CONFIG:
		return set_once(&o->config, optarg, "--config", err);
	case OPT_DUMP_DTB:
		return set_once(&o->dump_dtb, optarg, "--dump-dtb", err);
	case OPT_BACKEND:
		return add_backend(o, optarg, err);
	case OPT_SET:
		add_override(o, optarg);
		return 0;
	case OPT_LOG:
		o->log = optarg;
		return 0;
	case OPT_TRACE:
		return trace_spec_add(&o->trace, optarg, err);
	case OPT_TRACE_PC:
		return trace_spec_add_pc(&o->trace, optarg, err);
	case OPT_TRACE_VCPU:
		return trace_spec_set_vcpus(&o->trace, optarg, err);
	case OPT_TRACE_LIMIT:
		return trace_spec_set_limit(&o->trace, optarg, err);
	case OPT_LVZ_LINT:
		return trace_spec_set_lint(&o->trace, optarg, err);
	case OPT_LVZ_STRESS:
		return parse_stress(&o->stress, optarg, err);
	case OPT_CHECK:
		f->check = true;
		return 0;
	case OPT_JSON:
		o->is_json = true;
		return 0;
	case OPT_VERSION:
		f->version = true;
		return 0;
	case OPT_HELP:
	case 'h':
		f->help = true;
		return 0;
	default:
		return bad_option(c, argv[optind - 1], err);
	}
}

/* What the options together ask for; @words are the arguments that are no options. */
static int choose_command(struct cli_options *o, const struct flags *f, char **words, int nwords,
			  struct err *err)
{
	if (f->help || f->version) {
		o->command = f->help ? CLI_HELP : CLI_VERSION;
		return 0;
	}
	if (nwords && !strcmp(words[0], "probe")) {
		o->command = CLI_PROBE;
		if (nwords > 1)
			return err_set(err, -EINVAL, "probe: unexpected '%s'" TRY_HELP, words[1]);
		if (o->config || o->dump_dtb || f->check || o->noverrides ||
		    trace_spec_is_on(&o->trace) || trace_spec_has_filter(&o->trace) ||
		    o->stress.level)
			return err_set(err, -EINVAL, "probe takes --json and --log only" TRY_HELP);
		return 0;
	}
	if (nwords)
		return err_set(err, -EINVAL, "unexpected '%s' (want %s%s)", words[0],
			       o->config ? "options only, see lvz-vmm --help" : "--config ",
			       o->config ? "" : words[0]);
	if (o->is_json)
		return err_set(err, -EINVAL, "--json belongs to probe" TRY_HELP);
	if (trace_spec_has_filter(&o->trace) && !trace_spec_is_on(&o->trace))
		return err_set(err, -EINVAL, "what is to be traced? want --trace KIND" TRY_HELP);
	if (!o->config)
		return err_set(err, -EINVAL, "which machine? want --config FILE" TRY_HELP);
	if (f->check && o->dump_dtb)
		return err_set(err, -EINVAL, "--check and --dump-dtb exclude each other" TRY_HELP);
	o->command = f->check ? CLI_CHECK : o->dump_dtb ? CLI_DUMP_DTB : CLI_RUN;
	return 0;
}

int cli_parse(int argc, char **argv, struct cli_options *o, struct err *err)
{
	struct flags f = { 0 };

	*o = (struct cli_options){ 0 };
	/* there cannot be more overrides than arguments */
	o->overrides = calloc((size_t)argc + 1, sizeof(*o->overrides));
	o->owned = calloc((size_t)argc + 1, sizeof(*o->owned));
	if (!o->overrides || !o->owned)
		return err_set(err, -ENOMEM, "out of memory");

	optind = 0;			/* start over, also when called again */
	opterr = 0;
	for (;;) {
		int ret, c = getopt_long(argc, argv, ":h", long_options, NULL);

		if (c < 0)
			break;
		ret = parse_option(c, argv, o, &f, err);
		if (ret)
			return ret;
	}
	return choose_command(o, &f, argv + optind, argc - optind, err);
}

void cli_fini(struct cli_options *o)
{
	for (size_t i = 0; i < o->nowned; i++)
		free(o->owned[i]);
	free(o->owned);
	free(o->overrides);
	*o = (struct cli_options){ 0 };
}
