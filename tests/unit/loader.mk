# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += \
	tests/unit/test_debian_kernel \
	tests/unit/test_efi \
	tests/unit/test_elf \
	tests/unit/test_fdt \
	tests/unit/test_loader \
	tests/unit/test_pe \
	tests/unit/test_zboot

tests_unit_test_debian_kernel_SOURCES = tests/unit/test_debian_kernel.c \
	tests/unit/ld_fixture.h
tests_unit_test_debian_kernel_LDADD = $(TEST_LIBS)
tests_unit_test_efi_SOURCES = tests/unit/test_efi.c tests/unit/ld_fixture.h
tests_unit_test_efi_LDADD = $(TEST_LIBS)
tests_unit_test_elf_SOURCES = tests/unit/test_elf.c tests/unit/ld_fixture.h
tests_unit_test_elf_LDADD = $(TEST_LIBS)
tests_unit_test_fdt_SOURCES = tests/unit/test_fdt.c tests/unit/ld_fixture.h
tests_unit_test_fdt_LDADD = $(TEST_LIBS)
tests_unit_test_loader_SOURCES = tests/unit/test_loader.c tests/unit/ld_fixture.h
tests_unit_test_loader_LDADD = $(TEST_LIBS)
tests_unit_test_pe_SOURCES = tests/unit/test_pe.c tests/unit/ld_fixture.h
tests_unit_test_pe_LDADD = $(TEST_LIBS)
tests_unit_test_zboot_SOURCES = tests/unit/test_zboot.c tests/unit/ld_fixture.h
tests_unit_test_zboot_LDADD = $(TEST_LIBS)
