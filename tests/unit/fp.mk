# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += \
	tests/unit/test_fp \
	tests/unit/test_fp_soft \
	tests/unit/test_fp_ops \
	tests/unit/test_fp_rules
tests_unit_test_fp_SOURCES = tests/unit/test_fp.c
tests_unit_test_fp_LDADD = $(TEST_LIBS)
# The same test where the host's FP unit is not used.
tests_unit_test_fp_soft_SOURCES = \
	tests/unit/test_fp.c \
	src/soft/fp.c \
	src/soft/fp_arith.c \
	src/soft/fp_conv.c \
	src/soft/fp_misc.c
tests_unit_test_fp_soft_CPPFLAGS = $(AM_CPPFLAGS) -DLVZ_NO_HOST_FP
tests_unit_test_fp_soft_LDADD = $(TEST_LIBS)
tests_unit_test_fp_ops_SOURCES = tests/unit/test_fp_ops.c tests/isa/cover.h
tests_unit_test_fp_ops_LDADD = $(TEST_LIBS)
tests_unit_test_fp_rules_SOURCES = tests/unit/test_fp_rules.c
tests_unit_test_fp_rules_LDADD = $(TEST_LIBS)
