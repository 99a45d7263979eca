/* SPDX-License-Identifier: Apache-2.0 */
/*
 * litmus.c - runs all litmus tests; prints every outcome with its count.  A forbidden
 * outcome fails; in the long form so does a weak one that never shows, because then the
 * CPUs do not really race.
 */
#include "litmus_opts.h"
#include "litmus_tests.h"

#include <unistd.h>

#define SHORT_MS 60u
#define LONG_MS 3000u
#define MAX_TRIES 20u			/* until a weak outcome is seen */

static struct litmus_opts opts;
static struct lit_test order[LIT_MAX_TESTS], atomic[LIT_MAX_TESTS];
static struct fx fx;

static void setup(void)
{
	fx_open(&fx, &fx_max, FX_MAX_CPUS);
}

static void teardown(void)
{
	fx_close(&fx);
}

/* Whether a long run must show weak outcomes: a host with store buffers and enough CPUs. */
static bool must_be_weak(const struct lit_test *t)
{
#if defined(__x86_64__)
	return t->weak && sysconf(_SC_NPROCESSORS_ONLN) >= (long)lit_ncpus(t);
#else
	(void)t;
	return false;
#endif
}

static void run_once(const struct lit_test *t, uint64_t *seed, struct lit_result *res)
{
	lit_run(&fx, t, opts.is_long ? LONG_MS : SHORT_MS, seed, res);
	lit_print(t, res);
	for (unsigned int i = 0; i < res->noutcomes; i++)
		ck_assert_msg(lit_is_allowed(t, res->outcomes[i].digits), "%s: %s is forbidden",
			      t->name, res->outcomes[i].digits);
}

static void run_test(const struct lit_test *t)
{
	struct lit_result res;
	uint64_t seed = opts.seed;
	unsigned int tries = 0;

	if (!litmus_wanted(&opts, t->name))
		return;
	if (t->has_scq && !fx_has_scq()) {
		printf("%s: not run, this host has no SC.Q\n", t->name);
		return;
	}
	run_once(t, &seed, &res);
	if (!opts.is_long || !must_be_weak(t))
		return;
	/* A busy host may not have run the CPUs at the same time yet. */
	while (!lit_count(&res, t->weak) && ++tries < MAX_TRIES)
		run_once(t, &seed, &res);
	ck_assert_msg(lit_count(&res, t->weak), "%s: %s was not seen once", t->name, t->weak);
}

START_TEST(order_test)
{
	run_test(&order[_i]);
}
END_TEST

START_TEST(atomic_test)
{
	run_test(&atomic[_i]);
}
END_TEST

/* That an outcome can be found forbidden at all. */
START_TEST(judgement)
{
	const struct lit_test some = { .name = "some", .nvalues = "23", .forbidden = "10 02" };
	const struct lit_test only = { .name = "only", .nvalues = "2*", .only = "01 1?" };
	const struct lit_result res = { .outcomes = { { "00", 5 }, { "01", 7 }, { "12", 11 } },
					.noutcomes = 3 };

	ck_assert(lit_is_allowed(&some, "00"));
	ck_assert(lit_is_allowed(&some, "12"));
	ck_assert(!lit_is_allowed(&some, "10"));
	ck_assert(!lit_is_allowed(&some, "02"));
	ck_assert(!lit_is_allowed(&some, "20"));
	ck_assert(!lit_is_allowed(&some, "0?"));
	ck_assert(lit_is_allowed(&only, "01"));
	ck_assert(lit_is_allowed(&only, "1?"));
	ck_assert(!lit_is_allowed(&only, "00"));
	ck_assert_uint_eq(lit_count(&res, "0."), 12);
	ck_assert_uint_eq(lit_count(&res, "01 12"), 18);
	ck_assert_uint_eq(lit_count(&res, NULL), 0);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *s = suite_create("litmus");
	TCase *tc = tcase_create("all");
	int ret = litmus_parse(&opts, argc, argv);

	if (ret)
		return ret;
	tcase_add_unchecked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, judgement);
	tcase_add_loop_test(tc, order_test, 0, (int)lit_order_tests(order));
	tcase_add_loop_test(tc, atomic_test, 0, (int)lit_atomic_tests(atomic));
	suite_add_tcase(s, tc);
	return fx_main(s);
}
