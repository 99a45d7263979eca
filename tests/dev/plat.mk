# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += \
	tests/dev/test_bus \
	tests/dev/test_eiointc \
	tests/dev/test_ged \
	tests/dev/test_ipi \
	tests/dev/test_pch_pic \
	tests/dev/test_rtc \
	tests/dev/test_uart

tests_dev_test_bus_SOURCES = tests/dev/test_bus.c
tests_dev_test_bus_LDADD = $(TEST_LIBS)

tests_dev_test_eiointc_SOURCES = tests/dev/test_eiointc.c tests/dev/plat_fakes.h
tests_dev_test_eiointc_LDADD = $(TEST_LIBS)

tests_dev_test_ged_SOURCES = tests/dev/test_ged.c tests/dev/plat_fakes.h
tests_dev_test_ged_LDADD = $(TEST_LIBS)

tests_dev_test_ipi_SOURCES = tests/dev/test_ipi.c tests/dev/plat_fakes.h
tests_dev_test_ipi_LDADD = $(TEST_LIBS)

tests_dev_test_pch_pic_SOURCES = tests/dev/test_pch_pic.c tests/dev/plat_fakes.h
tests_dev_test_pch_pic_LDADD = $(TEST_LIBS)

tests_dev_test_rtc_SOURCES = tests/dev/test_rtc.c tests/dev/plat_fakes.h
tests_dev_test_rtc_LDADD = $(TEST_LIBS)

tests_dev_test_uart_SOURCES = tests/dev/test_uart.c tests/dev/plat_fakes.h
tests_dev_test_uart_LDADD = $(TEST_LIBS)
