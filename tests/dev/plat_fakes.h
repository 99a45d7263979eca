/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/dev/plat_fakes.h - what the platform devices are wired to in their tests: CPU and
 * interrupt lines that count, a vm_control that remembers, random accesses, and a device
 * tree of one device.  Lines may be driven by any thread.
 */
#ifndef LVZ_TESTS_DEV_PLAT_FAKES_H
#define LVZ_TESTS_DEV_PLAT_FAKES_H

#include <check.h>
#include <libfdt.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/bus.h"
#include "core/device.h"
#include "core/fdt_ctx.h"
#include "core/irq.h"
#include "util/bits.h"

#define FAKE_MAX_VCPUS 64
#define FAKE_MAX_PINS 256

struct fake_cpus {
	atomic_bool level[FAKE_MAX_VCPUS][16];
	atomic_uint rises[FAKE_MAX_VCPUS][16];
};

static inline void fake_cpu_set(void *ctx, unsigned int vcpu, unsigned int line, bool level)
{
	struct fake_cpus *f = ctx;

	ck_assert_uint_lt(line, 16);
	if (level && !f->level[vcpu][line])
		f->rises[vcpu][line]++;
	f->level[vcpu][line] = level;
}

static inline struct cpu_lines fake_cpu_lines(struct fake_cpus *f, unsigned int nvcpus)
{
	return (struct cpu_lines){ fake_cpu_set, f, nvcpus };
}

/* ESTAT.IS as the guest would see it. */
static inline unsigned int fake_estat(struct fake_cpus *f, unsigned int vcpu)
{
	unsigned int is = 0;

	for (unsigned int i = 0; i < 16; i++)
		is |= (unsigned int)f->level[vcpu][i] << i;
	return is;
}

struct fake_pins {
	atomic_bool level[FAKE_MAX_PINS];
	atomic_uint raises[FAKE_MAX_PINS];	/* calls with true, also when it was up */
	atomic_uint falls[FAKE_MAX_PINS];	/* calls with false */
};

static inline void fake_pin_set(void *ctx, unsigned int pin, bool level)
{
	struct fake_pins *f = ctx;

	ck_assert_uint_lt(pin, FAKE_MAX_PINS);
	f->level[pin] = level;
	if (level)
		f->raises[pin]++;
	else
		f->falls[pin]++;
}

static inline struct irq_line fake_pin(struct fake_pins *f, unsigned int pin)
{
	return (struct irq_line){ fake_pin_set, f, pin };
}

struct fake_ctl {
	struct vm_control ctl;
	unsigned int stops;
	enum vm_stop_reason why;
	unsigned int starts;
	unsigned int vcpu;
	uint64_t pc;
};

static inline void fake_stop(struct vm_control *ctl, enum vm_stop_reason why)
{
	struct fake_ctl *f = container_of(ctl, struct fake_ctl, ctl);

	f->stops++;
	f->why = why;
}

static inline void fake_start(struct vm_control *ctl, unsigned int vcpu, uint64_t pc)
{
	struct fake_ctl *f = container_of(ctl, struct fake_ctl, ctl);

	f->starts++;
	f->vcpu = vcpu;
	f->pc = pc;
}

static inline void fake_ctl_init(struct fake_ctl *f)
{
	*f = (struct fake_ctl){ .ctl = { fake_stop, fake_start } };
}

/* As the machine does it: with the lock held. */
static inline void fake_reset(struct device *dev)
{
	pthread_mutex_lock(&dev->lock);
	dev->ops->reset(dev);
	pthread_mutex_unlock(&dev->lock);
}

static inline uint64_t fake_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Every size at every offset of [@base, @base + @len), then @count random accesses. */
static inline void fake_hammer(struct bus *bus, uint64_t base, uint64_t len,
			       unsigned int nvcpus, unsigned int count)
{
	uint64_t seed = UINT64_C(0x2545f4914f6cdd1d);

	for (unsigned int size = 1; size <= 8; size *= 2) {
		for (uint64_t off = 0; off < len; off++) {
			bus_read(bus, base + off, size, 0);
			bus_write(bus, base + off, size, fake_random(&seed), 0);
		}
	}
	for (unsigned int i = 0; i < count; i++) {
		uint64_t r = fake_random(&seed);
		unsigned int size = 1u << (r & 3);
		unsigned int vcpu = (unsigned int)(r >> 8) % nvcpus;
		uint64_t addr = base + (r >> 16) % len;
		uint64_t val = fake_random(&seed);

		/* Small values reach the fields that whole random words miss. */
		if (r & 4)
			val &= 0xff;
		if (r & 8)
			bus_write(bus, addr, size, val, vcpu);
		else
			ck_assert_uint_eq(bus_read(bus, addr, size, vcpu) &
					  ~mask64(8 * size), 0);
	}
}

/* A finished tree that holds the nodes of @dev only; the caller frees it. */
static inline void *fake_fdt(struct device *dev)
{
	enum { BYTES = 4096 };
	struct fdt_ctx ctx = { .blob = malloc(BYTES) };

	ck_assert_ptr_nonnull(ctx.blob);
	ck_assert_int_eq(fdt_create(ctx.blob, BYTES), 0);
	ck_assert_int_eq(fdt_finish_reservemap(ctx.blob), 0);
	fdt_node_begin(&ctx, "");
	ck_assert_int_eq(dev->ops->fdt(dev, &ctx), 0);
	fdt_node_end(&ctx);
	ck_assert_int_eq(ctx.error, 0);
	ck_assert_int_eq(fdt_finish(ctx.blob), 0);
	return ctx.blob;
}

/* Cell @i of a property. */
static inline uint32_t fake_fdt_cell(const void *fdt, const char *path, const char *prop,
				     unsigned int i)
{
	int node = fdt_path_offset(fdt, path), len;
	const fdt32_t *cells;

	ck_assert_msg(node >= 0, "no node %s", path);
	cells = fdt_getprop(fdt, node, prop, &len);
	ck_assert_msg(cells != NULL, "%s has no %s", path, prop);
	ck_assert_int_gt(len, (int)(4 * i));
	return fdt32_ld(cells + i);
}

static inline bool fake_fdt_has(const void *fdt, const char *path, const char *prop)
{
	int node = fdt_path_offset(fdt, path);

	ck_assert_msg(node >= 0, "no node %s", path);
	return fdt_getprop(fdt, node, prop, NULL) != NULL;
}

static inline const char *fake_fdt_str(const void *fdt, const char *path, const char *prop)
{
	int node = fdt_path_offset(fdt, path);
	const char *s;

	ck_assert_msg(node >= 0, "no node %s", path);
	s = fdt_getprop(fdt, node, prop, NULL);
	return s ? s : "";
}

#endif
