/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/bus.h - routes guest accesses to devices.
 *
 * A VM has two: MMIO (guest-physical addresses) and IOCSR.  Regions are added while the
 * machine is assembled and frozen before the first vCPU runs, so lookups take no lock.
 * bus_read()/bus_write() run on vCPU threads and take dev->lock around the device's
 * handler.  Accesses to nothing read all-ones (MMIO) or zero (IOCSR), writes are dropped,
 * and each 4 KiB page (each IOCSR address) is reported once at debug level.
 */
#ifndef LVZ_CORE_BUS_H
#define LVZ_CORE_BUS_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"

struct device;
struct bus;

/* Where an access goes, as the device sees it. */
struct bus_at {
	uint64_t off;		/* bytes from the start of the region */
	unsigned int size;	/* 1, 2, 4 or 8 bytes */
	unsigned int vcpu;	/* index of the vCPU that makes the access */
	unsigned int region;	/* the device's own number for the region */
};

/* One finished or (a write) beginning access, as a tap sees it. */
struct bus_access {
	const char *device;	/* NULL: nothing is there */
	uint64_t addr;
	struct bus_at at;	/* off and region are 0 where nothing is */
	uint64_t val;		/* cut to the size */
	bool is_write;
};

/* Hears of every access of a bus, on the thread that makes it, with no lock held. */
struct bus_tap {
	void (*access)(void *ctx, const struct bus_access *a);
	void *ctx;
};

/* @unmapped: what a read of nothing returns (cut to the access size). */
int bus_create(struct bus **out, const char *name, uint64_t unmapped, struct err *err);
void bus_destroy(struct bus *bus);	/* devices are not touched */

/*
 * Adds [@base, @base + @len) for @dev; @region is handed back in struct bus_at.
 * -EEXIST with @err naming both devices when regions overlap, -EBUSY after bus_freeze(),
 * -ENOMEM.
 */
int bus_add(struct bus *bus, uint64_t base, uint64_t len, struct device *dev,
	    unsigned int region, struct err *err);
void bus_freeze(struct bus *bus);
/* @tap is borrowed; NULL: none.  Before the first vCPU runs. */
void bus_set_tap(struct bus *bus, const struct bus_tap *tap);

/*
 * One guest access of @size (1, 2, 4, 8) bytes.  An access that crosses the end of a
 * region is treated as an access to nothing.  vCPU threads (tests: any).
 */
uint64_t bus_read(struct bus *bus, uint64_t addr, unsigned int size, unsigned int vcpu);
void bus_write(struct bus *bus, uint64_t addr, unsigned int size, uint64_t val,
	       unsigned int vcpu);

#endif
