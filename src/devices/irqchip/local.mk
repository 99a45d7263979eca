# SPDX-License-Identifier: Apache-2.0
liblvz_la_SOURCES += \
	src/devices/irqchip/eiointc.c \
	src/devices/irqchip/eiointc.h \
	src/devices/irqchip/ipi.c \
	src/devices/irqchip/ipi.h \
	src/devices/irqchip/lanes.h \
	src/devices/irqchip/nodes.c \
	src/devices/irqchip/nodes.h \
	src/devices/irqchip/pch_msi.c \
	src/devices/irqchip/pch_msi.h \
	src/devices/irqchip/pch_pic.c \
	src/devices/irqchip/pch_pic.h \
	src/devices/irqchip/remote.c \
	src/devices/irqchip/remote.h
