/* SPDX-License-Identifier: Apache-2.0 */
/*
 * litmus_opts.h - the arguments of the litmus and interrupt tests:
 * [--long] [--seed N] [--only TEXT].  The short form is for "make check".
 */
#ifndef LVZ_TESTS_TORTURE_LITMUS_OPTS_H
#define LVZ_TESTS_TORTURE_LITMUS_OPTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LITMUS_SEED UINT64_C(20260)

struct litmus_opts {
	bool is_long;
	uint64_t seed;			/* never 0 */
	const char *only;		/* run only what has this in its name; NULL: all */
};

static inline int litmus_usage(const char *argv0)
{
	fprintf(stderr, "usage: %s [--long] [--seed N] [--only TEXT]\n", argv0);
	return EXIT_FAILURE;
}

/* 0, or the exit status of main(). */
static inline int litmus_parse(struct litmus_opts *o, int argc, char **argv)
{
	*o = (struct litmus_opts){ .seed = LITMUS_SEED };
	for (int i = 1; i < argc; i++) {
		char *end;

		if (!strcmp(argv[i], "--long")) {
			o->is_long = true;
		} else if (!strcmp(argv[i], "--only") && i + 1 < argc) {
			o->only = argv[++i];
		} else if (!strcmp(argv[i], "--seed") && i + 1 < argc) {
			o->seed = strtoull(argv[++i], &end, 0);
			if (*end || !*argv[i])
				return litmus_usage(argv[0]);
		} else {
			return litmus_usage(argv[0]);
		}
	}
	/* xorshift has no way out of 0. */
	o->seed += !o->seed;
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("# %s form, seed %llu\n", o->is_long ? "long" : "short",
	       (unsigned long long)o->seed);
	return 0;
}

static inline bool litmus_wanted(const struct litmus_opts *o, const char *name)
{
	return !o->only || strstr(name, o->only);
}

#endif
