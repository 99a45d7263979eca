# SPDX-License-Identifier: Apache-2.0
# bare_host is no test itself: the scripts run it.
EXTRA_PROGRAMS += tests/isa/bare_host
check_DATA += tests/isa/bare_host$(EXEEXT)
CLEANFILES += tests/isa/bare_host$(EXEEXT)
tests_isa_bare_host_SOURCES = tests/isa/bare_host.c
tests_isa_bare_host_LDADD = liblvz.la

TESTS += tests/isa/cpucfg-check tests/isa/csr-check tests/isa/reserved-check
EXTRA_DIST += tests/isa/bare.py tests/isa/cpucfg-check tests/isa/csr-check \
	tests/isa/reserved-check
