# SPDX-License-Identifier: Apache-2.0
# Short, fixed seeds here; scripts/torture runs the same programs for long.
check_PROGRAMS += \
	tests/torture/torture_code \
	tests/torture/torture_lvz \
	tests/torture/torture_mmu \
	tests/torture/torture_nest \
	tests/torture/torture_shoot \
	tests/torture/torture_walk

torture_sources = tests/torture/torture.c tests/torture/torture.h $(soft_test_fixture)

tests_torture_torture_code_SOURCES = tests/torture/torture_code.c $(torture_sources)
tests_torture_torture_code_LDADD = $(TEST_LIBS)

tests_torture_torture_lvz_SOURCES = tests/torture/torture_lvz.c $(torture_sources)
tests_torture_torture_lvz_LDADD = $(TEST_LIBS)

tests_torture_torture_nest_SOURCES = tests/torture/torture_nest.c tests/torture/nest.h \
	tests/torture/nest_kernel.c $(torture_sources)
tests_torture_torture_nest_LDADD = $(TEST_LIBS)

tests_torture_torture_shoot_SOURCES = tests/torture/torture_shoot.c $(torture_sources)
tests_torture_torture_shoot_LDADD = $(TEST_LIBS)

torture_mmu_sources = tests/torture/mmu_model.c tests/torture/mmu_model.h \
	tests/torture/mmu_access.c tests/torture/mmu_access.h \
	tests/torture/mmu_attempt.h tests/torture/mmu_check.c $(torture_sources)

tests_torture_torture_mmu_SOURCES = tests/torture/torture_mmu.c tests/torture/mmu_tables.c \
	tests/torture/mmu_tables.h $(torture_mmu_sources)
tests_torture_torture_mmu_LDADD = $(TEST_LIBS)
tests_torture_torture_walk_SOURCES = tests/torture/torture_walk.c $(torture_mmu_sources)
tests_torture_torture_walk_LDADD = $(TEST_LIBS)
