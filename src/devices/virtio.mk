# SPDX-License-Identifier: Apache-2.0
liblvz_la_SOURCES += \
	src/devices/vblk.c \
	src/devices/vblk.h \
	src/devices/vconsole.c \
	src/devices/vconsole.h \
	src/devices/virtio.c \
	src/devices/virtio.h \
	src/devices/virtio_mmio.c \
	src/devices/virtio_mmio.h \
	src/devices/virtq.c \
	src/devices/virtq.h
