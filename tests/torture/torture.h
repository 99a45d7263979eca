/* SPDX-License-Identifier: Apache-2.0 */
/*
 * torture.h - the frame of the torture tests: seeds, counters, the command line.
 *
 * A test is a function of a seed, run in a process of its own by Check.  What happened is
 * counted in shared memory; a counter that stays 0 means that the test has gone blind, and
 * fails it.  Without arguments a fixed range of seeds runs, short enough for make check;
 *   --seeds N    that many instead
 *   --first N    from this seed on
 *   --seconds N  as many more as go into that time, for each test
 *   --only NAME  just this test
 */
#ifndef LVZ_TESTS_TORTURE_H
#define LVZ_TESTS_TORTURE_H

#include "../unit/soft_fixture.h"

struct torture {
	const char *name;
	void (*run)(uint64_t seed);	/* ck_assert* on mismatch */
	unsigned int short_seeds;	/* make check */
};

/*
 * Runs @tests; @counters are names for tally(), NULL for what is of no interest.  The exit
 * status of main().
 */
int torture_main(int argc, char **argv, const struct torture *tests, unsigned int ntests,
		 const char *const *counters, unsigned int ncounters);

/* One more of counter @i.  Any thread, any process of the test. */
void tally(unsigned int i);

/* As ck_assert_msg(), which tells Check's parent of each call, too slow for loops. */
#define torture_check(cond, ...) do { \
		if (unlikely(!(cond))) \
			ck_abort_msg(__VA_ARGS__); \
	} while (0)
#define torture_eq(a, b) do { \
		uint64_t a_ = (uint64_t)(a), b_ = (uint64_t)(b); \
		torture_check(a_ == b_, "%s is %#" PRIx64 ", not %#" PRIx64, #a, a_, b_); \
	} while (0)

/* A generator that belongs to one thread. */
struct rng {
	uint64_t state;
};

static inline void rng_seed(struct rng *r, uint64_t seed)
{
	/* Neighbouring seeds must not begin alike. */
	r->state = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15) | 1;
	for (unsigned int i = 0; i < 4; i++)
		(void)fx_random(&r->state);
}

static inline uint64_t rng_u64(struct rng *r)
{
	return fx_random(&r->state);
}

/* 0..@n-1 */
static inline unsigned int rng_below(struct rng *r, unsigned int n)
{
	return (unsigned int)((rng_u64(r) >> 20) % n);
}

static inline bool rng_one_in(struct rng *r, unsigned int n)
{
	return rng_below(r, n) == 0;
}

#endif
