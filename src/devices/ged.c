/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/ged.c - see ged.h.
 *
 * Registers: ACPI specification, sleep control and reset registers, one byte each.  All
 * read 0: the guest's syscon driver writes only when the value changes, so a register
 * that kept the last value would swallow a second request.
 * Locking: no state; the bus holds dev.lock.
 */
#include "devices/ged.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "core/fdt_ctx.h"
#include "util/bits.h"

#define GED_REGS_LEN		3
#define GED_SELECTOR_LEN	4
#define GED_SLEEP_CTL		0
#define GED_SLEEP_STS		1
#define GED_RESET		2

#define GED_SLEEP_FIELDS	0x3c	/* SLP_EN (bit 5), SLP_TYP (bits 4:2) */
#define GED_SLEEP_S5		0x34
#define GED_RESET_VALUE		0x42

enum ged_region { GED_REGION_REGS, GED_REGION_SELECTOR };

struct ged {
	struct device dev;		/* first, see ged_destroy() */
	struct vm_control *ctl;
};

static int ged_read(struct device *dev, const struct bus_at *at, uint64_t *val)
{
	(void)dev;
	(void)at;
	*val = 0;			/* no event is pending in the selector, either */
	return 0;
}

static int ged_write(struct device *dev, const struct bus_at *at, uint64_t val)
{
	struct ged *ged = container_of(dev, struct ged, dev);

	if (at->region != GED_REGION_REGS || at->size != 1)
		return guest_error(dev, "write of %u bytes at +%#" PRIx64 " of region %u",
				   at->size, at->off, at->region);
	if (at->off == GED_SLEEP_CTL && (val & GED_SLEEP_FIELDS) == GED_SLEEP_S5)
		ged->ctl->stop(ged->ctl, VM_STOP_POWEROFF);
	else if (at->off == GED_RESET && val == GED_RESET_VALUE)
		ged->ctl->stop(ged->ctl, VM_STOP_REBOOT);
	else if (at->off != GED_SLEEP_STS)
		return guest_error(dev, "write of %#" PRIx64 " at +%#" PRIx64
				   " (want %#x at +0 or %#x at +2)", val, at->off,
				   GED_SLEEP_S5, GED_RESET_VALUE);
	return 0;
}

static void ged_reset(struct device *dev)
{
	(void)dev;
}

static void ged_fdt_user(struct fdt_ctx *fdt, const char *name, const char *compatible,
			 uint32_t offset, uint32_t value)
{
	fdt_node_begin(fdt, name);
	fdt_prop_str(fdt, "compatible", compatible);
	fdt_prop_u32(fdt, "regmap", FDT_PH_GED);
	fdt_prop_u32(fdt, "offset", offset);
	fdt_prop_u32(fdt, "value", value);
	fdt_node_end(fdt);
}

static int ged_fdt(struct device *dev, struct fdt_ctx *fdt)
{
	fdt_node_begin_at(fdt, "syscon", dev->regions[GED_REGION_REGS].base);
	fdt_prop_str(fdt, "compatible", "syscon");
	fdt_prop_reg(fdt, dev->regions[GED_REGION_REGS].base, GED_REGS_LEN);
	fdt_prop_u32(fdt, "reg-shift", 0);
	fdt_prop_u32(fdt, "reg-io-width", 1);
	fdt_prop_u32(fdt, "phandle", FDT_PH_GED);
	fdt_node_end(fdt);
	ged_fdt_user(fdt, "poweroff", "syscon-poweroff", GED_SLEEP_CTL, GED_SLEEP_S5);
	ged_fdt_user(fdt, "reboot", "syscon-reboot", GED_RESET, GED_RESET_VALUE);
	return 0;
}

static void ged_destroy(struct device *dev)
{
	device_fini(dev);
	free(container_of(dev, struct ged, dev));
}

static const struct device_ops ged_ops = {
	.read = ged_read,
	.write = ged_write,
	.reset = ged_reset,
	.fdt = ged_fdt,
	.destroy = ged_destroy,
};

int ged_create(const struct ged_cfg *cfg, struct device **out, struct err *err)
{
	struct ged *ged = calloc(1, sizeof(*ged));

	if (!ged)
		return err_set(err, -ENOMEM, "ged: out of memory");
	device_init(&ged->dev, &ged_ops, "ged");
	device_add_region(&ged->dev, GED_REGS_BASE, GED_REGS_LEN);
	device_add_region(&ged->dev, GED_SELECTOR_BASE, GED_SELECTOR_LEN);
	ged->ctl = cfg->ctl;
	*out = &ged->dev;
	return 0;
}
