# SPDX-License-Identifier: Apache-2.0
# vecdiff_host is no test itself, vecdiff runs it.
EXTRA_PROGRAMS += tests/isa/vecdiff_host
check_DATA += tests/isa/vecdiff_host$(EXEEXT)
CLEANFILES += tests/isa/vecdiff_host$(EXEEXT)
tests_isa_vecdiff_host_SOURCES = \
	tests/isa/vecdiff_host.c \
	tests/isa/vecdiff.h \
	tests/isa/cover.h \
	tests/unit/vec_harness.h
tests_isa_vecdiff_host_LDADD = liblvz.la

TESTS += tests/isa/vecdiff
EXTRA_DIST += tests/isa/vecdiff tests/isa/vecdiff_guest.c
