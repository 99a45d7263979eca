# SPDX-License-Identifier: Apache-2.0
# For the folder of scripts/build-loong64: the C tests under qemu-loongarch64.  Those that
# cannot run there are in docs/testing.md with the reason.
NOT_EMULATED = tests/unit/test_fp tests/unit/test_fp_soft
EMULATED = $(filter-out $(NOT_EMULATED),$(check_PROGRAMS))

check-emulated:
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(EMULATED)' LOG_COMPILER='$(srcdir)/tests/emulate'

.PHONY: check-emulated
EXTRA_DIST += tests/emulate
