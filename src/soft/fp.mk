# SPDX-License-Identifier: Apache-2.0
libinterp_la_SOURCES += \
	src/soft/fp.c \
	src/soft/fp.h \
	src/soft/fp_arith.c \
	src/soft/fp_conv.c \
	src/soft/fp_host.h \
	src/soft/fp_misc.c \
	src/soft/fp_op.h \
	src/soft/fp_soft.h \
	src/soft/interp_fp.c
