# SPDX-License-Identifier: Apache-2.0
liblvz_la_SOURCES += \
	src/devices/host/blockdev.h \
	src/devices/host/blockfile.c \
	src/devices/host/blockfile.h \
	src/devices/host/chardev.c \
	src/devices/host/chardev.h \
	src/devices/host/chardev_file.c \
	src/devices/host/chardev_mux.c \
	src/devices/host/chardev_pty.c \
	src/devices/host/chardev_stdio.c \
	src/devices/host/chardev_stream.c \
	src/devices/host/chardev_stream.h \
	src/devices/host/chardev_unix.c
