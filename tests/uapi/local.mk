# SPDX-License-Identifier: Apache-2.0
TESTS += tests/uapi/uapi-check
EXTRA_DIST += \
	docs/uapi.md \
	tests/uapi/cases_args.c \
	tests/uapi/cases_guest.c \
	tests/uapi/cases_memory.c \
	tests/uapi/cases_random.c \
	tests/uapi/cases_regs.c \
	tests/uapi/cases_run.c \
	tests/uapi/guest.S \
	tests/uapi/uapi-check \
	tests/uapi/uapi.c \
	tests/uapi/uapi.h
