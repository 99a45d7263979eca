/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/irqchip/pch_pic.h - bridge interrupt controller: wires of devices to vectors.
 */
#ifndef LVZ_DEVICES_IRQCHIP_PCH_PIC_H
#define LVZ_DEVICES_IRQCHIP_PCH_PIC_H

#include "core/device.h"
#include "core/irq.h"
#include "devices/irqchip/nodes.h"
#include "util/err.h"

#define PCH_PIC_NUM_PINS 32

struct pch_pic_cfg {
	/*
	 * Where vectors go: set() is called with the vector (0..255) as pin; the pin
	 * stored here is not used.  See eiointc_line().
	 */
	struct irq_line vectors;
};

/*
 * Creates the controller in its reset state (all inputs masked) with its MMIO region;
 * device_map() puts it on the bus.  The caller owns *@out and ends it with
 * ops->destroy().  vectors.set() is called with the device's lock held.  -ENOMEM.
 */
int pch_pic_create(const struct pch_pic_cfg *cfg, struct device **out, struct err *err);

/*
 * Input @pin (0..31, others are ignored).  Raising a line that is up already asks again
 * for an interrupt that the guest has cleared but not served; lowering it withdraws one.
 */
struct irq_line pch_pic_line(struct device *dev, unsigned int pin);

#endif
