/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/virtio_mmio.h - the virtio-mmio transport, version 2 (VIRTIO 1.2, section 4.2).
 *
 * Slot n of a machine sits at VIRTIO_MMIO_BASE + n * VIRTIO_MMIO_STRIDE, n = 1..12, with
 * PCH-PIC pin 19 + n, level high.
 */
#ifndef LVZ_DEVICES_VIRTIO_MMIO_H
#define LVZ_DEVICES_VIRTIO_MMIO_H

#include <stdint.h>

#include "core/irq.h"
#include "devices/virtio.h"

#define VIRTIO_MMIO_BASE UINT64_C(0x30000000)
#define VIRTIO_MMIO_STRIDE UINT64_C(0x1000)
#define VIRTIO_MMIO_BYTES UINT64_C(0x200)
#define VIRTIO_MMIO_FIRST_PIN 19u	/* plus the slot's number */
#define VIRTIO_MMIO_MAX_SLOT 12u

/*
 * Puts @vd behind MMIO registers at @base, with interrupt @irq.  @pic_pin is what the
 * device tree says; UINT32_MAX leaves the device out of the tree.  Takes @vd over, also on
 * failure: ops->destroy of the returned device destroys it.  -ENOMEM.
 */
int virtio_mmio_create(struct device **out, struct virtio_dev *vd, uint64_t base,
		       const struct irq_line *irq, uint32_t pic_pin, struct err *err);

/*
 * Has @add make an eventfd of each queue's notification: from then on a store of the
 * queue's number to @gpa makes it readable, and nothing comes over the bus.  0, or the first
 * -errno of @add or of the host: that queue and those after it stay on the bus.
 * Loop thread, before the first vCPU runs.
 */
int virtio_mmio_add_doorbells(struct device *dev,
			      int (*add)(void *ctx, uint64_t gpa, uint32_t data, int fd),
			      void *ctx);

#endif
