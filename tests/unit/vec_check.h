/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/vec_check.h - uops, registers and comparisons for the tests of vector handlers. */
#ifndef LVZ_TESTS_VEC_CHECK_H
#define LVZ_TESTS_VEC_CHECK_H

#include <check.h>

#include "../isa/cover.h"
#include "soft/fp.h"
#include "vec_harness.h"

static inline struct la_uop uop3(unsigned int op, uint8_t a, uint8_t b, uint8_t c)
{
	return (struct la_uop){ .op = (uint16_t)op, .a = a, .b = b, .c = c };
}

static inline struct la_uop uop_imm(unsigned int op, uint8_t a, uint8_t b, int32_t imm)
{
	return (struct la_uop){ .op = (uint16_t)op, .a = a, .b = b, .imm = imm };
}

static inline void set_d(struct vec_harness *h, unsigned int i, uint64_t hi, uint64_t lo)
{
	h->cpu.v[i] = (union la_vreg){ .d = { lo, hi } };
}

static inline void check_d(struct vec_harness *h, const char *what, unsigned int i, uint64_t hi,
			   uint64_t lo)
{
	const union la_vreg *v = &h->cpu.v[i];

	ck_assert_msg(v->d[1] == hi && v->d[0] == lo,
		      "%s: want %016llx%016llx, got %016llx%016llx", what, (unsigned long long)hi,
		      (unsigned long long)lo, (unsigned long long)v->d[1],
		      (unsigned long long)v->d[0]);
}

/* Runs the suite of test @test for main(); tells tests/isa/cover.h what was executed. */
static inline int vec_main(const char *test, Suite *s)
{
	SRunner *sr = srunner_create(s);
	int nfailed;

	vh_seen = cover_begin(test);
	if (!vh_seen)
		return EXIT_FAILURE;
	srunner_run_all(sr, CK_NORMAL);
	nfailed = srunner_ntests_failed(sr);
	srunner_free(sr);
	if (!nfailed && cover_end(test, vh_seen))
		return EXIT_FAILURE;
	return nfailed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define OLD_HI 0x1111111111111111	/* of vd, in the macros below */
#define OLD_LO 0x2222222222222222

/* v0 = name(v1, v2), all given as two doublewords, high one first. */
#define RUN3(h, name, jhi, jlo, khi, klo, hi, lo) do { \
		set_d(h, 0, OLD_HI, OLD_LO); \
		set_d(h, 1, jhi, jlo); \
		set_d(h, 2, khi, klo); \
		ck_assert_int_eq(vh_exec(h, uop3(LA_OP_##name, 0, 1, 2)), VH_NONE); \
		check_d(h, #name, 0, hi, lo); \
	} while (0)

/* v0 = name(v1, imm). */
#define RUN_IMM(h, name, jhi, jlo, imm, hi, lo) do { \
		set_d(h, 0, OLD_HI, OLD_LO); \
		set_d(h, 1, jhi, jlo); \
		ck_assert_int_eq(vh_exec(h, uop_imm(LA_OP_##name, 0, 1, imm)), VH_NONE); \
		check_d(h, #name, 0, hi, lo); \
	} while (0)

#endif
