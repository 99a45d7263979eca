/* SPDX-License-Identifier: Apache-2.0 */
/* litmus_tests.h - the tables of litmus tests. */
#ifndef LVZ_TESTS_TORTURE_LITMUS_TESTS_H
#define LVZ_TESTS_TORTURE_LITMUS_TESTS_H

#include "litmus_run.h"

#define LIT_MAX_TESTS 64u

/* Each fills @out (LIT_MAX_TESTS) and returns how many there are. */
unsigned int lit_order_tests(struct lit_test *out);	/* order of accesses, barriers */
unsigned int lit_atomic_tests(struct lit_test *out);	/* LL/SC, AM*, AMCAS, SC.Q; sizes */

/* What the tests are made of. */
#define ST(v, at) la_enc_st_d(v, at, 0)
#define LD(r, at) la_enc_ld_d(r, at, 0)
#define DBAR(hint) la_enc_dbar(hint)
#define NOP la_enc_andi(0, 0, 0)

#endif
