# SPDX-License-Identifier: Apache-2.0
liblvz_la_SOURCES += \
	src/backend/backend.h \
	src/backend/guest_cpu.c \
	src/backend/guest_cpu.h \
	src/backend/kvm_host.c \
	src/backend/kvm_host.h \
	src/backend/kvm_priv.h \
	src/backend/kvm_rom.c \
	src/backend/kvm_rom.h \
	src/backend/registry.c \
	src/backend/soft.c \
	src/backend/trap.c \
	src/backend/trap.h

# Only these hosts have the headers that they need.
if HOST_LOONGARCH
liblvz_la_SOURCES += \
	src/backend/kvm.c \
	src/backend/kvm_irqchip.c \
	src/backend/lvz.c
endif
