# SPDX-License-Identifier: Apache-2.0
liblvz_la_SOURCES += \
	src/engine.c \
	src/engine.h \
	src/machine.c \
	src/machine.h \
	src/vcpu.c \
	src/vcpu.h \
	src/vm.c \
	src/vm.h
