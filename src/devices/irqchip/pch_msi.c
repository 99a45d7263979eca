/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/irqchip/pch_msi.c - see pch_msi.h.
 *
 * A store of the vector number, of any size, is the message; reads give 0.
 * Locking: no state beyond the handle; dev.lock comes before the lock of the EIOINTC.
 */
#include "devices/irqchip/pch_msi.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "core/fdt_ctx.h"
#include "util/bits.h"

#define MSI_LEN 8

struct pch_msi {
	struct device dev;		/* first, see msi_destroy() */
	struct irq_line messages;
};

static int msi_read(struct device *dev, const struct bus_at *at, uint64_t *val)
{
	(void)dev;
	(void)at;
	*val = 0;
	return 0;
}

static int msi_write(struct device *dev, const struct bus_at *at, uint64_t val)
{
	struct pch_msi *msi = container_of(dev, struct pch_msi, dev);
	unsigned int vec = val & 0xff;

	if (at->off || vec < PCH_MSI_FIRST_VECTOR)
		return guest_error(dev, "message %#" PRIx64 " at +%" PRIu64
				   " (want a vector from %d on, at +0)", val, at->off,
				   PCH_MSI_FIRST_VECTOR);
	if (msi->messages.set)
		msi->messages.set(msi->messages.ctx, vec, true);
	return 0;
}

static void msi_reset(struct device *dev)
{
	(void)dev;
}

static int msi_fdt(struct device *dev, struct fdt_ctx *fdt)
{
	fdt_node_begin_at(fdt, "msi-controller", dev->regions[0].base);
	fdt_prop_str(fdt, "compatible", "loongson,pch-msi-1.0");
	fdt_prop_reg(fdt, dev->regions[0].base, dev->regions[0].len);
	fdt_prop_empty(fdt, "msi-controller");
	/* Without this one Linux does not find the node when it looks for controllers. */
	fdt_prop_empty(fdt, "interrupt-controller");
	fdt_prop_u32(fdt, "interrupt-parent", FDT_PH_EIOINTC);
	fdt_prop_u32(fdt, "loongson,msi-base-vec", PCH_MSI_FIRST_VECTOR);
	fdt_prop_u32(fdt, "loongson,msi-num-vecs", PCH_MSI_NUM_VECTORS);
	fdt_prop_u32(fdt, "phandle", FDT_PH_PCH_MSI);
	fdt_node_end(fdt);
	return 0;
}

static void msi_destroy(struct device *dev)
{
	device_fini(dev);
	free(container_of(dev, struct pch_msi, dev));
}

static const struct device_ops msi_ops = {
	.read = msi_read,
	.write = msi_write,
	.reset = msi_reset,
	.fdt = msi_fdt,
	.destroy = msi_destroy,
};

int pch_msi_create(const struct pch_msi_cfg *cfg, struct device **out, struct err *err)
{
	struct pch_msi *msi = calloc(1, sizeof(*msi));

	if (!msi)
		return err_set(err, -ENOMEM, "pch-msi: out of memory");
	device_init(&msi->dev, &msi_ops, "pch-msi");
	device_add_region(&msi->dev, PCH_MSI_BASE, MSI_LEN);
	msi->messages = cfg->messages;
	*out = &msi->dev;
	return 0;
}
