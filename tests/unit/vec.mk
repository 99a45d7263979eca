# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += \
	tests/unit/test_vec \
	tests/unit/test_vec_arith \
	tests/unit/test_vec_fp

vec_test_headers = tests/unit/vec_check.h tests/unit/vec_harness.h tests/isa/cover.h

tests_unit_test_vec_SOURCES = tests/unit/test_vec.c $(vec_test_headers)
tests_unit_test_vec_LDADD = $(TEST_LIBS)
tests_unit_test_vec_arith_SOURCES = tests/unit/test_vec_arith.c $(vec_test_headers)
tests_unit_test_vec_arith_LDADD = $(TEST_LIBS)
tests_unit_test_vec_fp_SOURCES = tests/unit/test_vec_fp.c $(vec_test_headers)
tests_unit_test_vec_fp_LDADD = $(TEST_LIBS)
