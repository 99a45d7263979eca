/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/irqchip/eiointc.h - extended I/O interrupt controller: 256 vectors to vCPUs.
 *
 * Lives in the IOCSR space.  Its inputs are the PCH-PIC (levels) and messages; its
 * outputs are HWI0..HWI3 of every vCPU.
 */
#ifndef LVZ_DEVICES_IRQCHIP_EIOINTC_H
#define LVZ_DEVICES_IRQCHIP_EIOINTC_H

#include "core/device.h"
#include "core/irq.h"
#include "util/err.h"

#define EIOINTC_NUM_VECTORS 256
#define EIOINTC_MAX_VCPUS 64

struct eiointc_cfg {
	struct cpu_lines lines;		/* also says how many vCPUs there are, 1..64 */
	struct bus *iocsr;		/* borrowed; outlives the device */
};

/*
 * Creates the controller in its reset state and adds its registers to cfg->iocsr.  The
 * caller owns *@out and ends it with ops->destroy().  lines.set() is called on the thread
 * that changed an input or a register, with the device's lock held.
 * -EINVAL, -ENOMEM, or what bus_add() returns, with @err set.
 */
int eiointc_create(const struct eiointc_cfg *cfg, struct device **out, struct err *err);

/* The level input of vector @vec (the pin of the line; 0..255, others are ignored). */
struct irq_line eiointc_line(struct device *dev, unsigned int vec);

/*
 * The message input of vector @vec: every irq_set(line, true) is one message, false does
 * nothing.  A message that meets a disabled vector is delivered when it is enabled.
 */
struct irq_line eiointc_msi_line(struct device *dev, unsigned int vec);

#endif
