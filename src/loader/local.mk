# SPDX-License-Identifier: Apache-2.0
liblvz_la_SOURCES += \
	src/loader/dtb.c \
	src/loader/efi.c \
	src/loader/elf.c \
	src/loader/fdt.c \
	src/loader/image.c \
	src/loader/loader.c \
	src/loader/loader.h \
	src/loader/loader_priv.h \
	src/loader/pe.c \
	src/loader/zboot.c
