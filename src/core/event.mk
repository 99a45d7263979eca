# SPDX-License-Identifier: Apache-2.0
liblvz_la_SOURCES += \
	src/core/event.c \
	src/core/event.h
