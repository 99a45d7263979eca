/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/irqchip/pch_msi.h - the doorbell that turns a store into an interrupt message.
 */
#ifndef LVZ_DEVICES_IRQCHIP_PCH_MSI_H
#define LVZ_DEVICES_IRQCHIP_PCH_MSI_H

#include "core/device.h"
#include "core/irq.h"
#include "util/err.h"

#define PCH_MSI_BASE UINT64_C(0x2ff00000)
#define PCH_MSI_FIRST_VECTOR 32		/* below are the inputs of the PCH-PIC */
#define PCH_MSI_NUM_VECTORS 224

struct pch_msi_cfg {
	/* set(vector, true) delivers a message; see eiointc_msi_line().  Its pin is unused. */
	struct irq_line messages;
};

/*
 * Creates the doorbell with its MMIO region; device_map() puts it on the bus.  The caller
 * owns *@out and ends it with ops->destroy().  messages.set() is called on the storing
 * vCPU's thread with the device's lock held.  -ENOMEM.
 */
int pch_msi_create(const struct pch_msi_cfg *cfg, struct device **out, struct err *err);

#endif
