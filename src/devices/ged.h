/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/ged.h - power-off and reset registers (generic event device).
 */
#ifndef LVZ_DEVICES_GED_H
#define LVZ_DEVICES_GED_H

#include "core/device.h"
#include "util/err.h"

#define GED_SELECTOR_BASE UINT64_C(0x100e0000)
#define GED_REGS_BASE UINT64_C(0x100e001c)

struct ged_cfg {
	struct vm_control *ctl;		/* borrowed; outlives the device */
};

/*
 * Creates the device with its MMIO regions; ctl->stop() is called on the thread of the
 * vCPU that writes, with the device's lock held.  The caller owns *@out and ends it with
 * ops->destroy().  -ENOMEM with @err set.
 */
int ged_create(const struct ged_cfg *cfg, struct device **out, struct err *err);

#endif
