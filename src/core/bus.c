/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/bus.c - see bus.h.
 *
 * Locking: the region table changes only before bus_freeze(), afterwards it is read
 * without a lock.  The set of addresses already reported is atomic.
 */
#include "core/bus.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/device.h"
#include "util/bits.h"
#include "util/log.h"

#define BUS_NAME_BYTES 16
#define BUS_PAGE_SHIFT 12
#define BUS_SEEN_SLOTS 256	/* when all are taken, nothing new is reported */

struct bus_region {
	uint64_t base;
	uint64_t len;
	struct device *dev;
	unsigned int region;
};

struct bus {
	uint64_t unmapped;
	const struct bus_tap *tap;		/* NULL: none */
	bool is_frozen;
	unsigned int nregions;
	unsigned int capacity;
	struct bus_region *regions;		/* sorted by base, disjoint */
	char name[BUS_NAME_BYTES];
	_Atomic uint64_t seen[BUS_SEEN_SLOTS];	/* key + 1, 0: free */
};

int bus_create(struct bus **out, const char *name, uint64_t unmapped, struct err *err)
{
	struct bus *bus = calloc(1, sizeof(*bus));

	if (!bus)
		return err_set(err, -ENOMEM, "bus %s: out of memory", name);
	bus->unmapped = unmapped;
	snprintf(bus->name, sizeof(bus->name), "%s", name);
	*out = bus;
	return 0;
}

void bus_destroy(struct bus *bus)
{
	if (!bus)
		return;
	free(bus->regions);
	free(bus);
}

/* Number of regions that start at or below @addr; the table is sorted. */
static unsigned int bus_upper(const struct bus *bus, uint64_t addr)
{
	unsigned int lo = 0, n = bus->nregions;

	while (n) {
		unsigned int half = n / 2;

		if (bus->regions[lo + half].base <= addr) {
			lo += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	return lo;
}

static int bus_grow(struct bus *bus)
{
	unsigned int capacity = bus->capacity ? 2 * bus->capacity : 16;
	struct bus_region *regions;

	if (bus->nregions < bus->capacity)
		return 0;
	regions = reallocarray(bus->regions, capacity, sizeof(*regions));
	if (!regions)
		return -ENOMEM;
	bus->regions = regions;
	bus->capacity = capacity;
	return 0;
}

int bus_add(struct bus *bus, uint64_t base, uint64_t len, struct device *dev,
	    unsigned int region, struct err *err)
{
	const struct bus_region *clash = NULL;
	unsigned int at;

	if (bus->is_frozen)
		return err_set(err, -EBUSY, "bus %s: %s comes after the machine was closed",
			       bus->name, dev->name);
	if (!len || len - 1 > UINT64_MAX - base)
		return err_set(err, -EINVAL, "bus %s: %s: %#" PRIx64 " bytes at %#" PRIx64
			       " are not a range", bus->name, dev->name, len, base);
	at = bus_upper(bus, base);
	if (at && base - bus->regions[at - 1].base < bus->regions[at - 1].len)
		clash = &bus->regions[at - 1];
	else if (at < bus->nregions && bus->regions[at].base - base < len)
		clash = &bus->regions[at];
	if (clash)
		return err_set(err, -EEXIST, "%s at %#" PRIx64 " overlaps %s at %#" PRIx64,
			       dev->name, base, clash->dev->name, clash->base);
	if (bus_grow(bus))
		return err_set(err, -ENOMEM, "bus %s: out of memory", bus->name);
	memmove(&bus->regions[at + 1], &bus->regions[at],
		(bus->nregions - at) * sizeof(bus->regions[0]));
	bus->regions[at] = (struct bus_region){ base, len, dev, region };
	bus->nregions++;
	return 0;
}

void bus_freeze(struct bus *bus)
{
	bus->is_frozen = true;
}

void bus_set_tap(struct bus *bus, const struct bus_tap *tap)
{
	bus->tap = tap;
}

static const struct bus_region *bus_find(const struct bus *bus, uint64_t addr,
					 unsigned int size)
{
	unsigned int n = bus_upper(bus, addr);
	const struct bus_region *r;

	if (!n)
		return NULL;
	r = &bus->regions[n - 1];
	/* addr >= base, so neither subtraction wraps. */
	if (addr - r->base >= r->len || size > r->len - (addr - r->base))
		return NULL;
	return r;
}

/* True the first time it is asked about @key. */
static bool bus_first_time(struct bus *bus, uint64_t key)
{
	unsigned int start = (unsigned int)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 56);

	for (unsigned int i = 0; i < BUS_SEEN_SLOTS; i++) {
		_Atomic uint64_t *slot = &bus->seen[(start + i) % BUS_SEEN_SLOTS];
		uint64_t have = atomic_load_explicit(slot, memory_order_relaxed);

		if (!have && atomic_compare_exchange_strong(slot, &have, key + 1))
			return true;
		if (have == key + 1)
			return false;
	}
	return false;
}

static void bus_report(struct bus *bus, const char *what, uint64_t addr, unsigned int size,
		       unsigned int vcpu)
{
	/* MMIO reads of nothing give ones; IOCSR is dense, so each address counts there. */
	uint64_t key = bus->unmapped ? addr >> BUS_PAGE_SHIFT : addr;

	if (log_enabled(LOG_LVL_DEBUG, "bus") && bus_first_time(bus, key))
		log_debug("bus", "%s: vCPU %u %s nothing at %#" PRIx64 " (%u bytes)",
			  bus->name, vcpu, what, addr, size);
}

static void bus_tell(const struct bus *bus, const struct bus_region *r, uint64_t addr,
		     unsigned int size, uint64_t val, unsigned int vcpu, bool is_write)
{
	const struct bus_access a = {
		.device = r ? r->dev->name : NULL,
		.addr = addr,
		.at = { r ? addr - r->base : 0, size, vcpu, r ? r->region : 0 },
		.val = val & mask64(8 * size),
		.is_write = is_write,
	};

	bus->tap->access(bus->tap->ctx, &a);
}

static uint64_t bus_do_read(struct bus *bus, const struct bus_region *r, uint64_t addr,
			    unsigned int size, unsigned int vcpu)
{
	uint64_t val = 0;
	struct bus_at at;

	if (!r || !r->dev->ops->read) {
		bus_report(bus, "reads", addr, size, vcpu);
		return bus->unmapped & mask64(8 * size);
	}
	at = (struct bus_at){ addr - r->base, size, vcpu, r->region };
	pthread_mutex_lock(&r->dev->lock);
	if (r->dev->ops->read(r->dev, &at, &val))
		val = bus->unmapped;
	pthread_mutex_unlock(&r->dev->lock);
	return val & mask64(8 * size);
}

uint64_t bus_read(struct bus *bus, uint64_t addr, unsigned int size, unsigned int vcpu)
{
	const struct bus_region *r = bus_find(bus, addr, size);
	uint64_t val = bus_do_read(bus, r, addr, size, vcpu);

	if (unlikely(bus->tap != NULL))
		bus_tell(bus, r, addr, size, val, vcpu, false);
	return val;
}

void bus_write(struct bus *bus, uint64_t addr, unsigned int size, uint64_t val,
	       unsigned int vcpu)
{
	const struct bus_region *r = bus_find(bus, addr, size);
	struct bus_at at;

	/* First, so that what it causes comes after it. */
	if (unlikely(bus->tap != NULL))
		bus_tell(bus, r, addr, size, val, vcpu, true);
	if (!r || !r->dev->ops->write) {
		bus_report(bus, "writes", addr, size, vcpu);
		return;
	}
	at = (struct bus_at){ addr - r->base, size, vcpu, r->region };
	pthread_mutex_lock(&r->dev->lock);
	r->dev->ops->write(r->dev, &at, val & mask64(8 * size));
	pthread_mutex_unlock(&r->dev->lock);
}
