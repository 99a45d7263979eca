/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/device.h - what every emulated device has in common.
 *
 * A concrete device embeds struct device as its first member and provides a constant
 * ops table.  Handlers are called with dev->lock held and must not block; they validate
 * everything that the guest hands them and report nonsense with guest_error().
 */
#ifndef LVZ_CORE_DEVICE_H
#define LVZ_CORE_DEVICE_H

#include <pthread.h>
#include <stdint.h>

#include "core/bus.h"
#include "util/log.h"

#define DEV_MAX_REGIONS 3
#define DEV_NAME_BYTES 48

struct fdt_ctx;

struct device_ops {
	/* Guest accesses.  Return 0; a guest error is reported by guest_error(). */
	int (*read)(struct device *dev, const struct bus_at *at, uint64_t *val);
	int (*write)(struct device *dev, const struct bus_at *at, uint64_t val);
	/* Back to the power-on state.  vCPUs are stopped.  dev->lock held. */
	void (*reset)(struct device *dev);
	/* Adds the device's node(s) to the tree being built.  NULL: none.  0 or -errno. */
	int (*fdt)(struct device *dev, struct fdt_ctx *fdt);
	/* Puts everything on stable storage / to the peer before the process ends.  May be NULL. */
	void (*quiesce)(struct device *dev);
	/* Frees the device.  vCPUs and the loop no longer know it. */
	void (*destroy)(struct device *dev);
};

struct dev_region {
	uint64_t base;
	uint64_t len;
};

struct device {
	const struct device_ops *ops;
	char name[DEV_NAME_BYTES];		/* for messages, e.g. "disk data", "serial" */
	pthread_mutex_t lock;
	unsigned int nregions;
	struct dev_region regions[DEV_MAX_REGIONS];	/* MMIO regions, [0] names the node */
	uint64_t guest_errors;			/* dev->lock */
	struct log_limit limit;			/* dev->lock */
};

/* Prepares the embedded part; a concrete constructor calls this first. */
void device_init(struct device *dev, const struct device_ops *ops, const char *name);
/* Ends what device_init() began. */
void device_fini(struct device *dev);
/* Remembers an MMIO region; device_map() puts all of them on the bus. */
void device_add_region(struct device *dev, uint64_t base, uint64_t len);
int device_map(struct device *dev, struct bus *mmio, struct err *err);

/*
 * Reports a guest's mistake: counts it, logs it at a limited rate with the tag "guest",
 * and returns 0, so that a handler can "return guest_error(...)".  dev->lock held.
 */
int guest_error(struct device *dev, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* What a device may ask of the machine it sits in.  Any thread; never blocks. */
enum vm_stop_reason { VM_STOP_POWEROFF, VM_STOP_REBOOT, VM_STOP_USER, VM_STOP_SIGNAL,
		      VM_STOP_HOST_ERROR };

struct vm_control {
	void (*stop)(struct vm_control *ctl, enum vm_stop_reason why);
	/* Starts parked vCPU @vcpu in its reset state at physical address @pc. */
	void (*vcpu_start)(struct vm_control *ctl, unsigned int vcpu, uint64_t pc);
};

#endif
