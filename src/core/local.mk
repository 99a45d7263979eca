# SPDX-License-Identifier: Apache-2.0
liblvz_la_SOURCES += \
	src/core/bus.c \
	src/core/bus.h \
	src/core/device.c \
	src/core/device.h \
	src/core/fdt_ctx.c \
	src/core/fdt_ctx.h \
	src/core/irq.c \
	src/core/irq.h \
	src/core/memory.c \
	src/core/memory.h
