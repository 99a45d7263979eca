# SPDX-License-Identifier: GPL-2.0-only
EXTRA_DIST += \
	kernel/Kbuild \
	kernel/Makefile \
	kernel/dkms.conf \
	kernel/include/uapi/linux/lvz.h \
	kernel/lvz.h \
	kernel/lvz_csr.c \
	kernel/lvz_ctx.h \
	kernel/lvz_fpu.S \
	kernel/lvz_main.c \
	kernel/lvz_mmu.c \
	kernel/lvz_run.c \
	kernel/lvz_switch.S \
	kernel/lvz_timer.c \
	kernel/lvz_vcpu.c \
	kernel/lvz_vm.c
