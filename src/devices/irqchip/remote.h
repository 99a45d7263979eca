/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/irqchip/remote.h - interrupt controllers that the engine models instead of us.
 *
 * Stands where the EIOINTC and the PCH-PIC would: describes them to the guest in the same
 * words and passes resets on.  Their registers are on no bus.
 */
#ifndef LVZ_DEVICES_IRQCHIP_REMOTE_H
#define LVZ_DEVICES_IRQCHIP_REMOTE_H

#include "core/device.h"
#include "util/err.h"

struct remote_irqchip_cfg {
	void (*reset)(void *ctx);	/* all of them to power-on; vCPUs are stopped */
	void *ctx;
};

/* The caller owns *@out and ends it with ops->destroy().  -ENOMEM. */
int remote_irqchip_create(const struct remote_irqchip_cfg *cfg, struct device **out,
			  struct err *err);

#endif
