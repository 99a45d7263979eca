# SPDX-License-Identifier: Apache-2.0
# la-user is no test itself, tests run programs with it.
EXTRA_PROGRAMS += tests/user/la-user
check_DATA += tests/user/la-user$(EXEEXT)
CLEANFILES += tests/user/la-user$(EXEEXT)
tests_user_la_user_SOURCES = \
	tests/user/la_user.c \
	tests/user/lu_elf.c \
	tests/user/lu_mem.c \
	tests/user/lu_signal.c \
	tests/user/lu_sys.c \
	tests/user/lu_vm.c \
	tests/user/user.h
tests_user_la_user_LDADD = liblvz.la

TESTS += tests/user/run-check
EXTRA_DIST += \
	tests/user/guest/frames.c \
	tests/user/guest/libc.c \
	tests/user/guest/signals.c \
	tests/user/guest/start.S \
	tests/user/oracle-intrinsics \
	tests/user/oracle-qemu \
	tests/user/run-check
