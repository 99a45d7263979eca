# SPDX-License-Identifier: Apache-2.0
TESTS += tests/lvz/kit-check
EXTRA_DIST += \
	scripts/lvz-kit \
	docs/lvz-conformance.md \
	tests/lvz/cases_csr.c \
	tests/lvz/cases_exit.c \
	tests/lvz/cases_gcsr.c \
	tests/lvz/cases_irq.c \
	tests/lvz/cases_ll.c \
	tests/lvz/cases_noexit.c \
	tests/lvz/cases_odd.c \
	tests/lvz/cases_stage1.c \
	tests/lvz/cases_stage2.c \
	tests/lvz/cases_time.c \
	tests/lvz/cases_tlb.c \
	tests/lvz/console.c \
	tests/lvz/csr.h \
	tests/lvz/efi.c \
	tests/lvz/expected.log \
	tests/lvz/groups.c \
	tests/lvz/groups.h \
	tests/lvz/hv.c \
	tests/lvz/hv.h \
	tests/lvz/kit-check \
	tests/lvz/kit.c \
	tests/lvz/kit.h \
	tests/lvz/kit.lds \
	tests/lvz/print.c \
	tests/lvz/start.S \
	tests/lvz/switch.S
