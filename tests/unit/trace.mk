# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += tests/unit/test_trace

tests_unit_test_trace_SOURCES = tests/unit/test_trace.c
tests_unit_test_trace_LDADD = $(TEST_LIBS)
