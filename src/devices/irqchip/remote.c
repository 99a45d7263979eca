/* SPDX-License-Identifier: Apache-2.0 */
/* devices/irqchip/remote.c - see remote.h. */
#include "devices/irqchip/remote.h"

#include <errno.h>
#include <stdlib.h>

#include "devices/irqchip/nodes.h"
#include "util/bits.h"

struct remote {
	struct device dev;		/* first */
	struct remote_irqchip_cfg cfg;
};

static void remote_reset(struct device *dev)
{
	const struct remote *r = container_of(dev, struct remote, dev);

	r->cfg.reset(r->cfg.ctx);
}

static int remote_fdt(struct device *dev, struct fdt_ctx *fdt)
{
	(void)dev;
	irqchip_fdt_eiointc(fdt);
	irqchip_fdt_pch_pic(fdt);
	return 0;
}

static void remote_destroy(struct device *dev)
{
	device_fini(dev);
	free(container_of(dev, struct remote, dev));
}

/* No read and write: it has no regions. */
static const struct device_ops remote_ops = {
	.reset = remote_reset,
	.fdt = remote_fdt,
	.destroy = remote_destroy,
};

int remote_irqchip_create(const struct remote_irqchip_cfg *cfg, struct device **out,
			  struct err *err)
{
	struct remote *r = calloc(1, sizeof(*r));

	if (!r)
		return err_set(err, -ENOMEM, "interrupt controllers: out of memory");
	device_init(&r->dev, &remote_ops, "irqchip");
	r->cfg = *cfg;
	*out = &r->dev;
	return 0;
}
