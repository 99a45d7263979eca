# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += \
	tests/unit/test_isa_decode \
	tests/unit/test_isa_dis \
	tests/unit/test_isa_tables

tests_unit_test_isa_decode_SOURCES = tests/unit/test_isa_decode.c
tests_unit_test_isa_decode_LDADD = $(TEST_LIBS)
tests_unit_test_isa_dis_SOURCES = tests/unit/test_isa_dis.c
tests_unit_test_isa_dis_LDADD = $(TEST_LIBS)
tests_unit_test_isa_tables_SOURCES = tests/unit/test_isa_tables.c
tests_unit_test_isa_tables_LDADD = $(TEST_LIBS)
