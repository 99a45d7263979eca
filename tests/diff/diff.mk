# SPDX-License-Identifier: Apache-2.0
# diffgen and diffrun are no tests themselves, scripts/difftest runs them.
EXTRA_PROGRAMS += tests/diff/diffgen tests/diff/diffrun
check_DATA += tests/diff/diffgen$(EXEEXT) tests/diff/diffrun$(EXEEXT)
CLEANFILES += tests/diff/diffgen$(EXEEXT) tests/diff/diffrun$(EXEEXT)
tests_diff_diffgen_SOURCES = \
	tests/diff/diff.h \
	tests/diff/diffgen.c \
	tests/diff/gen.c \
	tests/diff/gen_flow.c \
	tests/diff/gen_mem.c \
	tests/diff/image.c \
	tests/diff/rows.c \
	tests/diff/value.c
tests_diff_diffgen_LDADD = liblvz.la
tests_diff_diffrun_SOURCES = \
	tests/diff/diff.h \
	tests/diff/diffrun.c
tests_diff_diffrun_LDADD = liblvz.la

TESTS += tests/diff/difftest-check
EXTRA_DIST += \
	scripts/difftest \
	tests/diff/difftest-check \
	tests/diff/minimize.py \
	tests/diff/rows.py \
	tests/diff/rules.tbl
