# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += \
	tests/torture/irq \
	tests/torture/irq_storm \
	tests/torture/litmus \
	tests/torture/litmus_count

litmus_headers = tests/torture/litmus_opts.h tests/torture/litmus_run.h \
	tests/torture/litmus_tests.h

tests_torture_litmus_SOURCES = \
	tests/torture/litmus.c \
	tests/torture/litmus_atomic.c \
	tests/torture/litmus_order.c \
	tests/torture/litmus_run.c \
	$(litmus_headers) \
	$(soft_test_fixture)
tests_torture_litmus_LDADD = $(TEST_LIBS)

tests_torture_litmus_count_SOURCES = tests/torture/litmus_count.c $(litmus_headers) \
	$(soft_test_fixture)
tests_torture_litmus_count_LDADD = $(TEST_LIBS)

tests_torture_irq_SOURCES = tests/torture/irq.c $(litmus_headers) $(soft_test_fixture)
tests_torture_irq_LDADD = $(TEST_LIBS)

tests_torture_irq_storm_SOURCES = \
	tests/torture/irq_guest.c \
	tests/torture/irq_guest.h \
	tests/torture/irq_rig.c \
	tests/torture/irq_rig.h \
	tests/torture/irq_storm.c \
	$(litmus_headers)
tests_torture_irq_storm_LDADD = $(TEST_LIBS)
