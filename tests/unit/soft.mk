# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += \
	tests/unit/test_soft_atomic \
	tests/unit/test_soft_code \
	tests/unit/test_soft_lint \
	tests/unit/test_soft_lvz \
	tests/unit/test_soft_lvz_stage2 \
	tests/unit/test_soft_lvz_timer \
	tests/unit/test_soft_exc \
	tests/unit/test_soft_fused \
	tests/unit/test_soft_gate \
	tests/unit/test_soft_int \
	tests/unit/test_soft_irq \
	tests/unit/test_soft_mem \
	tests/unit/test_soft_mmu \
	tests/unit/test_soft_observe \
	tests/unit/test_soft_priv \
	tests/unit/test_soft_pmu \
	tests/unit/test_soft_smp \
	tests/unit/test_soft_stress \
	tests/unit/test_soft_tlb \
	tests/unit/test_soft_va32 \
	tests/unit/test_soft_vmem \
	tests/unit/test_soft_walk \
	tests/unit/test_soft_watch

soft_test_fixture = tests/unit/soft_fixture.c tests/unit/soft_fixture.h \
	tests/unit/soft_mmu_fixture.h tests/isa/cover.h

tests_unit_test_soft_atomic_SOURCES = tests/unit/test_soft_atomic.c $(soft_test_fixture)
tests_unit_test_soft_atomic_LDADD = $(TEST_LIBS)
tests_unit_test_soft_fused_SOURCES = tests/unit/test_soft_fused.c $(soft_test_fixture)
tests_unit_test_soft_fused_LDADD = $(TEST_LIBS)
tests_unit_test_soft_lint_SOURCES = tests/unit/test_soft_lint.c $(soft_test_fixture)
tests_unit_test_soft_lint_LDADD = $(TEST_LIBS)
tests_unit_test_soft_lvz_SOURCES = tests/unit/test_soft_lvz.c \
	tests/unit/soft_lvz_fixture.h $(soft_test_fixture)
tests_unit_test_soft_lvz_LDADD = $(TEST_LIBS)
tests_unit_test_soft_lvz_stage2_SOURCES = tests/unit/test_soft_lvz_stage2.c \
	tests/unit/soft_lvz_fixture.h $(soft_test_fixture)
tests_unit_test_soft_lvz_stage2_LDADD = $(TEST_LIBS)
tests_unit_test_soft_lvz_timer_SOURCES = tests/unit/test_soft_lvz_timer.c \
	tests/unit/soft_lvz_fixture.h $(soft_test_fixture)
tests_unit_test_soft_lvz_timer_LDADD = $(TEST_LIBS)
tests_unit_test_soft_code_SOURCES = tests/unit/test_soft_code.c $(soft_test_fixture)
tests_unit_test_soft_code_LDADD = $(TEST_LIBS)
tests_unit_test_soft_exc_SOURCES = tests/unit/test_soft_exc.c $(soft_test_fixture)
tests_unit_test_soft_exc_LDADD = $(TEST_LIBS)
tests_unit_test_soft_gate_SOURCES = tests/unit/test_soft_gate.c $(soft_test_fixture)
tests_unit_test_soft_gate_LDADD = $(TEST_LIBS)
tests_unit_test_soft_int_SOURCES = tests/unit/test_soft_int.c $(soft_test_fixture)
tests_unit_test_soft_int_LDADD = $(TEST_LIBS)
tests_unit_test_soft_irq_SOURCES = tests/unit/test_soft_irq.c $(soft_test_fixture)
tests_unit_test_soft_irq_LDADD = $(TEST_LIBS)
tests_unit_test_soft_mem_SOURCES = tests/unit/test_soft_mem.c $(soft_test_fixture)
tests_unit_test_soft_mem_LDADD = $(TEST_LIBS)
tests_unit_test_soft_mmu_SOURCES = tests/unit/test_soft_mmu.c $(soft_test_fixture)
tests_unit_test_soft_mmu_LDADD = $(TEST_LIBS)
tests_unit_test_soft_priv_SOURCES = tests/unit/test_soft_priv.c $(soft_test_fixture)
tests_unit_test_soft_priv_LDADD = $(TEST_LIBS)
tests_unit_test_soft_pmu_SOURCES = tests/unit/test_soft_pmu.c $(soft_test_fixture)
tests_unit_test_soft_pmu_LDADD = $(TEST_LIBS)
tests_unit_test_soft_observe_SOURCES = tests/unit/test_soft_observe.c $(soft_test_fixture)
tests_unit_test_soft_observe_LDADD = $(TEST_LIBS)
tests_unit_test_soft_smp_SOURCES = tests/unit/test_soft_smp.c $(soft_test_fixture)
tests_unit_test_soft_smp_LDADD = $(TEST_LIBS)
tests_unit_test_soft_stress_SOURCES = tests/unit/test_soft_stress.c \
	tests/unit/soft_lvz_fixture.h $(soft_test_fixture)
tests_unit_test_soft_stress_LDADD = $(TEST_LIBS)
tests_unit_test_soft_tlb_SOURCES = tests/unit/test_soft_tlb.c $(soft_test_fixture)
tests_unit_test_soft_tlb_LDADD = $(TEST_LIBS)
tests_unit_test_soft_va32_SOURCES = tests/unit/test_soft_va32.c $(soft_test_fixture)
tests_unit_test_soft_va32_LDADD = $(TEST_LIBS)
tests_unit_test_soft_vmem_SOURCES = tests/unit/test_soft_vmem.c $(soft_test_fixture)
tests_unit_test_soft_vmem_LDADD = $(TEST_LIBS)
tests_unit_test_soft_walk_SOURCES = tests/unit/test_soft_walk.c $(soft_test_fixture)
tests_unit_test_soft_walk_LDADD = $(TEST_LIBS)
tests_unit_test_soft_watch_SOURCES = tests/unit/test_soft_watch.c $(soft_test_fixture)
tests_unit_test_soft_watch_LDADD = $(TEST_LIBS)
