# SPDX-License-Identifier: Apache-2.0
liblvz_la_SOURCES += \
	src/util/bits.h \
	src/util/err.c \
	src/util/err.h \
	src/util/file.c \
	src/util/file.h \
	src/util/log.c \
	src/util/log.h \
	src/util/span.c \
	src/util/span.h \
	src/util/str.c \
	src/util/str.h
