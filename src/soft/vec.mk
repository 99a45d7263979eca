# SPDX-License-Identifier: Apache-2.0
libinterp_la_SOURCES += \
	src/soft/vec.h \
	src/soft/vec_arith.c \
	src/soft/vec_bits.c \
	src/soft/vec_fp.c \
	src/soft/vec_perm.c \
	src/soft/vec_shift.c \
	src/soft/vec_wide.c
