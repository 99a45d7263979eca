/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/isa_window.c - see isa_window.h.
 * Locking: no state.
 */
#include "devices/isa_window.h"

#include <errno.h>
#include <stdlib.h>

#include "core/fdt_ctx.h"
#include "util/bits.h"

#define PCI_DMA_CFG_LEN 4

enum isa_region { ISA_REGION_PORTS, ISA_REGION_DMA_CFG };

static int isa_read(struct device *dev, const struct bus_at *at, uint64_t *val)
{
	(void)dev;
	*val = at->region == ISA_REGION_PORTS ? UINT64_MAX : 0;
	return 0;
}

/* Probes write, too; that is no mistake of the guest. */
static int isa_write(struct device *dev, const struct bus_at *at, uint64_t val)
{
	(void)dev;
	(void)at;
	(void)val;
	return 0;
}

static void isa_reset(struct device *dev)
{
	(void)dev;
}

static int isa_fdt(struct device *dev, struct fdt_ctx *fdt)
{
	const uint64_t base = dev->regions[ISA_REGION_PORTS].base;
	/* I/O space (1), port 0; parent address; length. */
	const uint32_t ranges[] = { 1, 0, (uint32_t)(base >> 32), (uint32_t)base,
				    (uint32_t)dev->regions[ISA_REGION_PORTS].len };

	fdt_node_begin_at(fdt, "isa", base);	/* Linux looks for this name */
	fdt_prop_str(fdt, "compatible", "isa");
	fdt_prop_str(fdt, "device_type", "isa");
	fdt_prop_u32(fdt, "#address-cells", 2);
	fdt_prop_u32(fdt, "#size-cells", 1);
	fdt_prop_cells(fdt, "ranges", ranges, ARRAY_SIZE(ranges));
	fdt_node_end(fdt);
	return 0;
}

static void isa_destroy(struct device *dev)
{
	device_fini(dev);
	free(dev);
}

static const struct device_ops isa_ops = {
	.read = isa_read,
	.write = isa_write,
	.reset = isa_reset,
	.fdt = isa_fdt,
	.destroy = isa_destroy,
};

int isa_window_create(struct device **out, struct err *err)
{
	struct device *dev = calloc(1, sizeof(*dev));

	if (!dev)
		return err_set(err, -ENOMEM, "isa: out of memory");
	device_init(dev, &isa_ops, "isa");
	device_add_region(dev, ISA_WINDOW_BASE, ISA_WINDOW_LEN);
	device_add_region(dev, PCI_DMA_CFG_BASE, PCI_DMA_CFG_LEN);
	*out = dev;
	return 0;
}
