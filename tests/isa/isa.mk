# SPDX-License-Identifier: Apache-2.0
# dis_words is no test itself, objdump-check feeds it.
EXTRA_PROGRAMS += tests/isa/dis_words
check_DATA += tests/isa/dis_words$(EXEEXT)
CLEANFILES += tests/isa/dis_words$(EXEEXT)
tests_isa_dis_words_SOURCES = tests/isa/dis_words.c
tests_isa_dis_words_LDADD = liblvz.la

TESTS += tests/isa/isagen-test tests/isa/objdump-check
EXTRA_DIST += tests/isa/isagen-test tests/isa/objdump-check scripts/isacover.py

clean-local:
	rm -rf tests/coverage
