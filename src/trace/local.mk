# SPDX-License-Identifier: Apache-2.0
liblvz_la_SOURCES += \
	src/trace/event.h \
	src/trace/format.c \
	src/trace/sink.c \
	src/trace/sink.h \
	src/trace/spec.c \
	src/trace/spec.h \
	src/trace/text.c \
	src/trace/text.h \
	src/trace/trace.c \
	src/trace/trace.h
