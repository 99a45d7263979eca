/* SPDX-License-Identifier: Apache-2.0 */
/*
 * litmus_run.h - runs litmus tests: a few instructions on each of 2 to 4 CPUs, what they
 * read and leave in memory, and which of those outcomes the architecture allows.
 *
 * A batch gives each CPU the same list of slots.  A slot has four variables, all 0, in
 * cache lines of their own.  CPUs meet before each slot, unless one keeps the others
 * waiting for too long, and then spend a random short time, so that their instructions
 * really overlap.
 */
#ifndef LVZ_TESTS_TORTURE_LITMUS_RUN_H
#define LVZ_TESTS_TORTURE_LITMUS_RUN_H

#include "../unit/soft_fixture.h"

#define LIT_MAX_CODE 16u
#define LIT_MAX_OBS 6u
#define LIT_MAX_OUTCOMES 64u

/* Registers of a test's code.  Everything else belongs to the loop around it. */
enum lit_reg {
	X = A0, Y = A1, Z = A2, W = A3,	/* addresses of the slot's variables */
	ONE = A4, TWO = A5,		/* the values 1 and 2 */
	PAT1 = A6, PAT2 = A7,		/* 8 bytes of 1, of 2; $vr1 and $vr2 have 16 of them */
	RA_ = T0, RB_, RC_, RD_,	/* what is observed: "a" to "d" */
	TMP = T4, TMP2 = T5,
};

struct lit_test {
	const char *name;
	uint32_t code[FX_MAX_CPUS][LIT_MAX_CODE];	/* each ends at the first 0 */
	/*
	 * What makes up an outcome, one digit each: "0a" is register a of CPU 0, "x" the
	 * final value of a variable.
	 */
	const char *obs;
	const char *nvalues;		/* per digit: number of values, from 0 on; '*': also torn ones */
	/* Outcomes that must not occur, separated by spaces; '.' is any digit. */
	const char *forbidden;
	const char *only;		/* or: the only ones that may */
	/*
	 * Outcomes that no interleaving has, but that hosts with store buffers show: in a
	 * long run one of them is expected if each CPU can have a host CPU.
	 */
	const char *weak;
	bool has_scq;			/* needs a host on which there is SC.Q */
};

struct lit_result {
	struct lit_outcome {
		char digits[LIT_MAX_OBS + 1];
		uint64_t count;
	} outcomes[LIT_MAX_OUTCOMES];
	unsigned int noutcomes;
	uint64_t nslots;
};

/* How many CPUs @t has. */
unsigned int lit_ncpus(const struct lit_test *t);
/* Runs @t on the CPUs of @fx for @ms milliseconds (one batch at least). */
void lit_run(struct fx *fx, const struct lit_test *t, unsigned int ms, uint64_t *seed,
	     struct lit_result *res);
/* True when @digits may be seen. */
bool lit_is_allowed(const struct lit_test *t, const char *digits);
/* How often outcomes that match the list @patterns were seen. */
uint64_t lit_count(const struct lit_result *res, const char *patterns);
/* One line with all outcomes: '!' in front of a forbidden one, '*' in front of a weak one. */
void lit_print(const struct lit_test *t, const struct lit_result *res);

#endif
