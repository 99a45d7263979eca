# SPDX-License-Identifier: Apache-2.0
# dis_words is no test itself, objdump-check feeds it.
EXTRA_PROGRAMS += tests/isa/dis_words
check_DATA += tests/isa/dis_words$(EXEEXT)
CLEANFILES += tests/isa/dis_words$(EXEEXT)
tests_isa_dis_words_SOURCES = tests/isa/dis_words.c
tests_isa_dis_words_LDADD = liblvz.la

TESTS += tests/isa/isagen-test tests/isa/objdump-check
EXTRA_DIST += tests/isa/isagen-test tests/isa/objdump-check scripts/isacover.py

# The coverage gate looks at what these tests executed; so it comes after them.  Automake
# would take a rule for its log by name as a replacement of its own.
COVERAGE_GATE = tests/isa/coverage-check.log
COVERAGE_LOGS = \
	tests/diff/difftest-check.log \
	tests/isa/scalardiff.log \
	tests/isa/vecdiff.log \
	tests/unit/test_fp_ops.log \
	tests/unit/test_soft_atomic.log \
	tests/unit/test_soft_code.log \
	tests/unit/test_soft_exc.log \
	tests/unit/test_soft_gate.log \
	tests/unit/test_soft_int.log \
	tests/unit/test_soft_irq.log \
	tests/unit/test_soft_mem.log \
	tests/unit/test_soft_mmu.log \
	tests/unit/test_soft_priv.log \
	tests/unit/test_soft_tlb.log \
	tests/unit/test_soft_vmem.log \
	tests/unit/test_soft_walk.log \
	tests/unit/test_vec_arith.log \
	tests/unit/test_vec_fp.log
$(COVERAGE_GATE): $(COVERAGE_LOGS)
TESTS += tests/isa/coverage-check tests/isa/coverage-test
EXTRA_DIST += tests/isa/coverage-check tests/isa/coverage-test

clean-local:
	rm -rf tests/coverage
