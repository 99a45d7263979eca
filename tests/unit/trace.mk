# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += tests/unit/test_trace

tests_unit_test_trace_SOURCES = tests/unit/test_trace.c
tests_unit_test_trace_LDADD = $(TEST_LIBS)

check_PROGRAMS += tests/unit/test_trace_lvz
tests_unit_test_trace_lvz_SOURCES = tests/unit/test_trace_lvz.c $(soft_test_fixture)
tests_unit_test_trace_lvz_LDADD = $(TEST_LIBS)
EXTRA_DIST += \
	tests/unit/trace-lvz/causes.txt \
	tests/unit/trace-lvz/changes.txt \
	tests/unit/trace-lvz/exits.txt \
	tests/unit/trace-lvz/filter-pc.txt \
	tests/unit/trace-lvz/limit.txt \
	tests/unit/trace-lvz/modes.txt \
	tests/unit/trace-lvz/refill.txt
TESTS += tests/unit/trace-lvz-check
EXTRA_DIST += tests/unit/trace-lvz-check tests/unit/trace-lvz/bare.txt
