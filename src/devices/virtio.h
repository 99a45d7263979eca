/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/virtio.h - what all virtio devices share, whatever the transport (VIRTIO 1.2,
 * chapters 2 and 3): feature negotiation, device status, queues, interrupt causes.
 *
 * A concrete device (vblk, vconsole) embeds struct virtio_dev first and provides a constant
 * ops table.  A transport (virtio_mmio) is the struct device on the bus; it takes over one
 * virtio_dev, decodes registers and calls the functions under "for transports".
 *
 * Locking: everything here is guarded by the transport's dev->lock.  Register accesses run
 * on vCPU threads; queues are processed on the loop thread only, which takes the lock.
 */
#ifndef LVZ_DEVICES_VIRTIO_H
#define LVZ_DEVICES_VIRTIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/device.h"
#include "core/event.h"
#include "core/memory.h"
#include "devices/virtq.h"
#include "util/bits.h"

#define VIRTIO_MAX_QUEUES 4u
#define VIRTIO_MAX_CONFIG_BYTES 128u

/* Interrupt causes, as in the InterruptStatus register. */
#define VIRTIO_ISR_QUEUE BIT32(0)
#define VIRTIO_ISR_CONFIG BIT32(1)

struct virtio_dev;

/* All are called with dev->lock held unless they say otherwise; NULL where marked. */
struct virtio_ops {
	uint32_t device_id;
	unsigned int nqueues;
	uint32_t queue_size;		/* the most a driver may choose */

	/* The driver is up: queues are set up, processing starts.  vCPU thread.  NULL. */
	void (*driver_ok)(struct virtio_dev *vd);
	/* Queue @index has been notified, or may have work.  Loop thread. */
	void (*queue_run)(struct virtio_dev *vd, unsigned int index);
	/* vd->config changed at [@off, @off + @len) by a driver's write.  NULL: read-only. */
	void (*config_written)(struct virtio_dev *vd, unsigned int off, unsigned int len);
	/*
	 * Forget all chains.  When it returns, nobody touches guest memory on behalf of
	 * an old request; late completions are ignored.  vCPU or loop thread.  NULL.
	 */
	void (*cancel)(struct virtio_dev *vd);
	/* Device state back to the beginning, after cancel.  NULL. */
	void (*reset)(struct virtio_dev *vd);
	/* Finish and store everything.  Loop thread, dev->lock not held.  NULL. */
	void (*quiesce)(struct virtio_dev *vd);
	/* Loop thread, dev->lock not held; the transport frees itself afterwards. */
	void (*destroy)(struct virtio_dev *vd);
};

struct virtio_transport_ops {
	/* vd->isr changed. */
	void (*isr_changed)(struct virtio_dev *vd);
};

struct virtio_dev {
	const struct virtio_ops *ops;
	const char *name;		/* for messages; the device's own */
	struct memory *mem;		/* borrowed */
	struct event_loop *loop;	/* borrowed */

	struct device *dev;		/* the transport; set once it takes over */
	const struct virtio_transport_ops *transport;

	uint64_t offered;		/* feature bits; set before the driver looks */
	uint64_t features;		/* what the driver accepted */
	uint8_t status;
	uint32_t isr;
	uint32_t config_generation;
	unsigned int config_bytes;
	uint8_t config[VIRTIO_MAX_CONFIG_BYTES];
	/* Which config bytes a driver may write: [writable_off, + writable_len). */
	unsigned int writable_off;
	unsigned int writable_len;

	struct virtq queues[VIRTIO_MAX_QUEUES];
	uint32_t notified;		/* queues that ->work shall run */
	struct event_work work;
};

/* ---- for concrete devices ---- */

/*
 * Prepares the embedded part; offers VERSION_1, RING_INDIRECT_DESC and RING_EVENT_IDX
 * plus @features.
 */
void virtio_init(struct virtio_dev *vd, const struct virtio_ops *ops, const char *name,
		 uint64_t features, struct memory *mem, struct event_loop *loop);
void virtio_fini(struct virtio_dev *vd);	/* loop thread */

static inline bool virtio_has_feature(const struct virtio_dev *vd, unsigned int bit)
{
	return (vd->features & BIT64(bit)) != 0;
}

/* True between DRIVER_OK and a reset or failure: queues may be used. */
bool virtio_is_live(const struct virtio_dev *vd);

/*
 * Takes the next chain of queue @index: 1, 0, or -EPROTO after the device was failed with
 * virtio_fail().  Nothing is taken unless the device is live.
 */
int virtio_pop(struct virtio_dev *vd, unsigned int index, struct virtq_chain *chain);

/* Raises the queue interrupt if the driver wants one for what was pushed on @index. */
void virtio_signal(struct virtio_dev *vd, unsigned int index);

/* Has queue @index run soon, as if notified. */
void virtio_kick(struct virtio_dev *vd, unsigned int index);

/* Makes a change of vd->config visible: new generation, configuration interrupt. */
void virtio_config_changed(struct virtio_dev *vd);

/* The driver broke the rules: guest error, DEVICE_NEEDS_RESET, configuration interrupt. */
void virtio_fail(struct virtio_dev *vd, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* ---- for transports ---- */

void virtio_attach(struct virtio_dev *vd, struct device *dev,
		   const struct virtio_transport_ops *transport);
/* Cancels everything; status 0, no interrupt. */
void virtio_reset(struct virtio_dev *vd);
void virtio_set_status(struct virtio_dev *vd, uint32_t status);
/* Half @sel (0, 1) of the accepted features. */
void virtio_set_features(struct virtio_dev *vd, uint32_t sel, uint32_t bits);
void virtio_queue_set_ready(struct virtio_dev *vd, unsigned int index, bool is_ready);
void virtio_queue_notify(struct virtio_dev *vd, uint32_t index);
/* Queue @index was notified without a register access; runs it.  Loop, dev->lock not held. */
void virtio_queue_ring(struct virtio_dev *vd, unsigned int index);
/* Runs what was notified and lets the device finish.  Loop thread, dev->lock not held. */
void virtio_quiesce(struct virtio_dev *vd);
void virtio_isr_ack(struct virtio_dev *vd, uint32_t bits);
uint64_t virtio_config_read(struct virtio_dev *vd, uint64_t off, unsigned int size);
void virtio_config_write(struct virtio_dev *vd, uint64_t off, unsigned int size, uint64_t val);

#endif
