/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/irqchip/ipi.h - inter-processor interrupts, mailboxes and the chip registers
 * of the IOCSR space.
 *
 * The device also plays the part of the boot ROM for secondary vCPUs: they begin parked,
 * and a guest starts one with a mailbox and an interrupt (docs/memory-map.md).
 */
#ifndef LVZ_DEVICES_IRQCHIP_IPI_H
#define LVZ_DEVICES_IRQCHIP_IPI_H

#include "core/device.h"
#include "core/irq.h"
#include "util/err.h"

#define IPI_CPU_LINE 12		/* ESTAT.IS bit */

struct ipi_cfg {
	struct cpu_lines lines;		/* also says how many vCPUs there are, 1..1024 */
	struct bus *iocsr;		/* borrowed; outlives the device */
	struct vm_control *ctl;		/* borrowed; outlives the device */
	/*
	 * The engine models the IPI registers: only those of the chip are added, and no
	 * vCPU is started from here.
	 */
	bool has_chip_only;
};

/*
 * Creates the device in its reset state (vCPUs other than 0 are parked) and adds its
 * registers to cfg->iocsr.  The caller owns *@out and ends it with ops->destroy().
 * ctl->vcpu_start() and lines.set() are called on the vCPU thread that wrote the
 * register, with the device's lock held.  An ANY_SEND write takes the lock of the device
 * that owns the target register while it holds this one: this device comes first in the
 * lock order.  -EINVAL, -ENOMEM, or what bus_add() returns, with @err set.
 */
int ipi_create(const struct ipi_cfg *cfg, struct device **out, struct err *err);

#endif
