# SPDX-License-Identifier: Apache-2.0
liblvz_la_SOURCES += \
	src/trace/event.h \
	src/trace/lint.c \
	src/trace/lint.h \
	src/trace/format.c \
	src/trace/lvz.c \
	src/trace/lvz.h \
	src/trace/lvz_cause.c \
	src/trace/lvz_cause.h \
	src/trace/lvz_json.c \
	src/trace/lvz_stats.c \
	src/trace/lvz_text.c \
	src/trace/lvz_words.c \
	src/trace/sink.c \
	src/trace/sink.h \
	src/trace/spec.c \
	src/trace/spec.h \
	src/trace/text.c \
	src/trace/text.h \
	src/trace/trace.c \
	src/trace/trace.h \
	src/trace/trace_lvz.c \
	src/trace/trace_priv.h
