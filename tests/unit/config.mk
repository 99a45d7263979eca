# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += \
	tests/unit/test_cfg \
	tests/unit/test_cli \
	tests/unit/test_err \
	tests/unit/test_log \
	tests/unit/test_probe \
	tests/unit/test_str

tests_unit_test_cfg_SOURCES = tests/unit/test_cfg.c
tests_unit_test_cfg_LDADD = $(TEST_LIBS)
tests_unit_test_cli_SOURCES = tests/unit/test_cli.c
tests_unit_test_cli_LDADD = $(TEST_LIBS)
tests_unit_test_err_SOURCES = tests/unit/test_err.c
tests_unit_test_err_LDADD = $(TEST_LIBS)
tests_unit_test_log_SOURCES = tests/unit/test_log.c
tests_unit_test_log_LDADD = $(TEST_LIBS)
tests_unit_test_probe_SOURCES = tests/unit/test_probe.c
tests_unit_test_probe_LDADD = $(TEST_LIBS)
tests_unit_test_str_SOURCES = tests/unit/test_str.c
tests_unit_test_str_LDADD = $(TEST_LIBS)
