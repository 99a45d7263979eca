# SPDX-License-Identifier: Apache-2.0
liblvz_la_SOURCES += \
	src/backend/backend.h \
	src/backend/registry.c \
	src/backend/soft.c
