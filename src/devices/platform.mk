# SPDX-License-Identifier: Apache-2.0
liblvz_la_SOURCES += \
	src/devices/ged.c \
	src/devices/ged.h \
	src/devices/isa_window.c \
	src/devices/isa_window.h \
	src/devices/rtc.c \
	src/devices/rtc.h \
	src/devices/uart.c \
	src/devices/uart.h
