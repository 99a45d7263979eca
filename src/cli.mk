# SPDX-License-Identifier: Apache-2.0
liblvz_la_SOURCES += \
	src/cli.c \
	src/cli.h \
	src/probe.c \
	src/probe.h
