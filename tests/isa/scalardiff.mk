# SPDX-License-Identifier: Apache-2.0
# scalardiff_host is no test itself, scalardiff runs it.
EXTRA_PROGRAMS += tests/isa/scalardiff_host
check_DATA += tests/isa/scalardiff_host$(EXEEXT)
CLEANFILES += tests/isa/scalardiff_host$(EXEEXT)
tests_isa_scalardiff_host_SOURCES = tests/isa/scalardiff_host.c tests/isa/cover.h
tests_isa_scalardiff_host_LDADD = liblvz.la

TESTS += tests/isa/scalardiff
EXTRA_DIST += tests/isa/scalardiff
