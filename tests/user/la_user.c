/* SPDX-License-Identifier: Apache-2.0 */
/*
 * la_user.c - runs a static LoongArch Linux program on the software CPU, for tests:
 *
 *	la-user [--la464] [--step] [--max-insns N] [--coverage FILE] PROGRAM [ARGS]
 *
 * The exit status is the program's, 128 + n if signal n ended it, 125 if it could not be
 * started or ran for more than N instructions.  --coverage adds the names of the rows of
 * isa/la64.insns that were executed to FILE.  --step executes one instruction at a time,
 * as --max-insns does, too.
 */
#include "user.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "soft/isa.h"
#include "soft/tlb.h"

#define EXIT_TROUBLE 125

struct options {
	bool is_la464;
	bool is_stepped;
	uint64_t max_insns;
	const char *coverage;
};

extern char **environ;

/* The CPU stopped behind an exception: plays the kernel and returns from it. */
static void serve(struct lu *lu)
{
	uint64_t estat;

	if (la_get_csr(lu->cpu, LA_CSR_TLBRERA) & LA_TLBRERA_ISTLBR) {
		lu_refill(lu);
		return;
	}
	estat = la_get_csr(lu->cpu, LA_CSR_ESTAT);
	if ((estat & LA_ESTAT_ECODE) >> LA_ESTAT_ECODE_SHIFT == LA_EXC_SYS)
		lu_syscall(lu);
	else
		lu_exception(lu, (unsigned int)((estat & LA_ESTAT_ECODE) >> LA_ESTAT_ECODE_SHIFT |
						(estat & LA_ESTAT_ESUBCODE) >>
						LA_ESTAT_ESUBCODE_SHIFT << 6));
	lu_return(lu);
}

static void step(struct lu *lu)
{
	bool is_user = (la_get_csr(lu->cpu, LA_CSR_CRMD) & LA_CRMD_PLV) == 3;

	if (la_step(lu->cpu) == LA_STOP_IDLE) {
		serve(lu);
	} else if (is_user) {
		lu->ninsns++;
	}
}

static int run(struct lu *lu, const struct options *opt)
{
	while (!lu->has_exited) {
		if (opt->is_stepped || opt->max_insns)
			step(lu);
		else if (la_run(lu->cpu) == LA_STOP_IDLE)
			serve(lu);
		if (opt->max_insns && lu->ninsns >= opt->max_insns) {
			fprintf(stderr, "la-user: %llu instructions executed, stopped\n",
				(unsigned long long)lu->ninsns);
			return EXIT_TROUBLE;
		}
	}
	return lu->status;
}

static int write_coverage(const struct lu *lu, const char *path, struct err *err)
{
	FILE *f = fopen(path, "a");
	bool is_bad;

	if (!f)
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	for (unsigned int op = LA_OP_undecoded + 1; op < LA_NPLAIN_OPS; op++) {
		/* "idle" is the end of our handlers, not of the program. */
		if (lu->seen_ops[op] && op != LA_OP_idle)
			fprintf(f, "%s\n", la_insn_info[op].name);
	}
	is_bad = ferror(f);
	if (fclose(f) || is_bad)
		return err_set(err, -EIO, "%s: cannot be written", path);
	return 0;
}

static int run_program(struct lu *lu, const struct options *opt, char **argv, struct err *err)
{
	int status;

	lu->program = argv[0];
	if (opt->coverage) {
		lu->seen_ops = calloc(LA_NPLAIN_OPS, 1);
		if (!lu->seen_ops) {
			err_set(err, -ENOMEM, "out of memory");
			return EXIT_TROUBLE;
		}
	}
	if (lu_init(lu, opt->is_la464, err) || lu_load(lu, argv[0], err) ||
	    lu_start(lu, argv, environ, err))
		return EXIT_TROUBLE;
	status = run(lu, opt);
	if (opt->coverage && write_coverage(lu, opt->coverage, err))
		return EXIT_TROUBLE;
	return status;
}

static int usage(void)
{
	fprintf(stderr, "usage: la-user [--la464] [--step] [--max-insns N] [--coverage FILE] "
		"PROGRAM [ARGS]\n");
	return EXIT_TROUBLE;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "la464", no_argument, NULL, 'l' },
		{ "step", no_argument, NULL, 's' },
		{ "max-insns", required_argument, NULL, 'm' },
		{ "coverage", required_argument, NULL, 'c' },
		{ NULL, 0, NULL, 0 },
	};
	struct options opt = { 0 };
	struct lu lu = { 0 };
	struct err err = { 0 };
	int c, ret;

	while ((c = getopt_long(argc, argv, "+", longs, NULL)) != -1) {
		switch (c) {
		case 'l':
			opt.is_la464 = true;
			break;
		case 's':
			opt.is_stepped = true;
			break;
		case 'm':
			opt.max_insns = strtoull(optarg, NULL, 0);
			break;
		case 'c':
			opt.coverage = optarg;
			break;
		default:
			return usage();
		}
	}
	if (optind == argc)
		return usage();
	ret = run_program(&lu, &opt, argv + optind, &err);
	if (err.text[0])
		fprintf(stderr, "la-user: %s\n", err.text);
	free(lu.seen_ops);
	lu_fini(&lu);
	return ret;
}
