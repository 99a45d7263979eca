/* SPDX-License-Identifier: Apache-2.0 */
/* torture.c - see torture.h. */
#include "torture.h"

#include <stdio.h>
#include <sys/mman.h>
#include <time.h>

#define MAX_COUNTERS 64u
/* A seed takes a second at most, but for sanitizers and a busy machine. */
#define SEED_TIMEOUT_S 120

struct options {
	unsigned int seeds;		/* 0: each test's own short form */
	unsigned int first;
	unsigned int seconds;		/* 0: no limit but that of seeds */
	const char *only;
};

/* Check passes a test nothing but its index, and forks for it. */
static const struct torture *current;
static _Atomic uint64_t *counts;

void tally(unsigned int i)
{
	atomic_fetch_add_explicit(&counts[i], 1, memory_order_relaxed);
}

START_TEST(one_seed)
{
	current->run((uint64_t)_i);
}
END_TEST

/* Seeds @first to @first + @n - 1; how many of them failed. */
static int run_seeds(const struct torture *t, unsigned int first, unsigned int n)
{
	Suite *s = suite_create(t->name);
	TCase *tc = tcase_create(t->name);
	SRunner *sr;
	int nfailed;

	current = t;
	tcase_set_timeout(tc, SEED_TIMEOUT_S);
	tcase_add_loop_test(tc, one_seed, (int)first, (int)(first + n));
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_SILENT);
	nfailed = srunner_ntests_failed(sr);
	if (nfailed)
		srunner_print(sr, CK_NORMAL);
	srunner_free(sr);
	return nfailed;
}

static int run(const struct torture *t, const struct options *o)
{
	unsigned int n = o->seeds ? o->seeds : t->short_seeds, first = o->first;
	time_t end = time(NULL) + o->seconds;
	int nfailed;

	do {
		nfailed = run_seeds(t, first, n);
		first += n;
	} while (!nfailed && time(NULL) < end);
	printf("%s: seeds %u to %u, %d failed\n", t->name, o->first, first - 1, nfailed);
	fflush(stdout);
	return nfailed;
}

static int parse(int argc, char **argv, struct options *o)
{
	for (int i = 1; i < argc; i++) {
		if (i + 1 == argc)
			return -1;
		if (!strcmp(argv[i], "--seeds"))
			o->seeds = (unsigned int)strtoul(argv[++i], NULL, 10);
		else if (!strcmp(argv[i], "--first"))
			o->first = (unsigned int)strtoul(argv[++i], NULL, 10);
		else if (!strcmp(argv[i], "--seconds"))
			o->seconds = (unsigned int)strtoul(argv[++i], NULL, 10);
		else if (!strcmp(argv[i], "--only"))
			o->only = argv[++i];
		else
			return -1;
	}
	return 0;
}

int torture_main(int argc, char **argv, const struct torture *tests, unsigned int ntests,
		 const char *const *counters, unsigned int ncounters)
{
	struct options o = { .first = 1 };
	unsigned int nrun = 0;
	int nfailed = 0;

	if (parse(argc, argv, &o)) {
		fprintf(stderr, "usage: %s [--seeds N] [--first N] [--seconds N] [--only NAME]\n", argv[0]);
		return 2;
	}
	counts = mmap(NULL, MAX_COUNTERS * sizeof(*counts), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counts == MAP_FAILED || ncounters > MAX_COUNTERS)
		return 1;
	for (unsigned int i = 0; i < ntests; i++) {
		if (o.only && strcmp(o.only, tests[i].name))
			continue;
		nfailed += run(&tests[i], &o);
		nrun++;
	}
	for (unsigned int i = 0; i < ncounters; i++) {
		if (!counters[i])
			continue;
		printf("  %s %" PRIu64 "\n", counters[i], atomic_load(&counts[i]));
		/* Part of the tests, or a few seeds, need not see everything. */
		if (!atomic_load(&counts[i]) && !o.only && !o.seeds) {
			printf("  ... never seen: the test does not test what it should\n");
			nfailed++;
		}
	}
	if (!nrun)
		fprintf(stderr, "no test '%s'\n", o.only);
	return nfailed || !nrun ? EXIT_FAILURE : EXIT_SUCCESS;
}
