/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/virtio_mmio.c - see virtio_mmio.h.
 *
 * Registers below 0x100 are 32 bits wide and answer nothing else; the configuration space
 * from 0x100 on takes 1, 2 and 4 bytes.  Handlers run on vCPU threads under dev->lock; a
 * notification only posts work for the loop.  With doorbells the engine turns it into an
 * eventfd that the loop watches.
 */
#include "devices/virtio_mmio.h"

#include <errno.h>
#include <linux/virtio_mmio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/fdt_ctx.h"

#define MAGIC 0x74726976u	/* "virt" */
#define VERSION 2u
#define VENDOR 0x205a564cu	/* "LVZ " */

struct virtio_mmio;

/* The notification of one queue as an eventfd; loop thread only. */
struct mmio_bell {
	struct virtio_mmio *owner;
	unsigned int queue;
	int fd;
	struct event_io *io;		/* NULL: the bell is not in use */
};

struct virtio_mmio {
	struct device dev;		/* first */
	struct mmio_bell bells[VIRTIO_MAX_QUEUES];
	struct virtio_dev *vd;
	struct irq_line irq;
	uint32_t pic_pin;
	uint32_t offered_sel;		/* all: dev->lock */
	uint32_t accepted_sel;
	uint32_t queue_sel;
};

static void mmio_isr_changed(struct virtio_dev *vd)
{
	struct virtio_mmio *m = container_of(vd->dev, struct virtio_mmio, dev);

	irq_set(&m->irq, vd->isr != 0);
}

static const struct virtio_transport_ops mmio_transport_ops = {
	.isr_changed = mmio_isr_changed,
};

static struct virtq *selected_queue(struct virtio_mmio *m)
{
	return m->queue_sel < m->vd->ops->nqueues ? &m->vd->queues[m->queue_sel] : NULL;
}

static uint32_t reg_read(struct virtio_mmio *m, uint32_t off)
{
	const struct virtio_dev *vd = m->vd;
	const struct virtq *q = selected_queue(m);

	switch (off) {
	case VIRTIO_MMIO_MAGIC_VALUE:
		return MAGIC;
	case VIRTIO_MMIO_VERSION:
		return VERSION;
	case VIRTIO_MMIO_DEVICE_ID:
		return vd->ops->device_id;
	case VIRTIO_MMIO_VENDOR_ID:
		return VENDOR;
	case VIRTIO_MMIO_DEVICE_FEATURES:
		return m->offered_sel > 1 ? 0 : (uint32_t)(vd->offered >> (m->offered_sel * 32));
	case VIRTIO_MMIO_QUEUE_NUM_MAX:
		return q ? vd->ops->queue_size : 0;
	case VIRTIO_MMIO_QUEUE_READY:
		return q && q->is_ready;
	case VIRTIO_MMIO_INTERRUPT_STATUS:
		return vd->isr;
	case VIRTIO_MMIO_STATUS:
		return vd->status;
	case VIRTIO_MMIO_SHM_LEN_LOW:
	case VIRTIO_MMIO_SHM_LEN_HIGH:
	case VIRTIO_MMIO_SHM_BASE_LOW:
	case VIRTIO_MMIO_SHM_BASE_HIGH:
		return UINT32_MAX;	/* 4.2.2: the length of a region that does not exist */
	case VIRTIO_MMIO_CONFIG_GENERATION:
		return vd->config_generation;
	default:
		guest_error(&m->dev, "read of register +%#x", off);
		return 0;
	}
}

static int mmio_read(struct device *dev, const struct bus_at *at, uint64_t *val)
{
	struct virtio_mmio *m = container_of(dev, struct virtio_mmio, dev);

	*val = 0;
	if (at->off >= VIRTIO_MMIO_CONFIG) {
		if (at->size > 4)
			return guest_error(dev, "%u-byte read of configuration", at->size);
		*val = virtio_config_read(m->vd, at->off - VIRTIO_MMIO_CONFIG, at->size);
		return 0;
	}
	if (at->size != 4 || at->off % 4)
		return guest_error(dev, "%u-byte read of register +%#x", at->size,
				   (unsigned int)at->off);
	*val = reg_read(m, (uint32_t)at->off);
	return 0;
}

static void set_half(gpa_t *gpa, bool is_high, uint32_t val)
{
	*gpa = bits64_set(*gpa, is_high ? 63 : 31, is_high ? 32 : 0, val);
}

/* Size and addresses of the selected queue; they hold still while it is ready. */
static void queue_write(struct virtio_mmio *m, uint32_t off, uint32_t val)
{
	struct virtq *q = selected_queue(m);

	if (!q || q->is_ready) {
		guest_error(&m->dev, "write of %#x to +%#x: queue %u %s", val, off, m->queue_sel,
			    q ? "is in use" : "does not exist");
		return;
	}
	switch (off) {
	case VIRTIO_MMIO_QUEUE_NUM:
		q->size = val;
		break;
	case VIRTIO_MMIO_QUEUE_DESC_LOW:
	case VIRTIO_MMIO_QUEUE_DESC_HIGH:
		set_half(&q->desc_gpa, off == VIRTIO_MMIO_QUEUE_DESC_HIGH, val);
		break;
	case VIRTIO_MMIO_QUEUE_AVAIL_LOW:
	case VIRTIO_MMIO_QUEUE_AVAIL_HIGH:
		set_half(&q->avail_gpa, off == VIRTIO_MMIO_QUEUE_AVAIL_HIGH, val);
		break;
	default:
		set_half(&q->used_gpa, off == VIRTIO_MMIO_QUEUE_USED_HIGH, val);
		break;
	}
}

static void queue_ready_write(struct virtio_mmio *m, uint32_t val)
{
	if (val > 1 || !selected_queue(m))
		guest_error(&m->dev, "write of %#x to QueueReady of queue %u", val, m->queue_sel);
	else
		virtio_queue_set_ready(m->vd, m->queue_sel, val);
}

static void reg_write(struct virtio_mmio *m, uint32_t off, uint32_t val)
{
	switch (off) {
	case VIRTIO_MMIO_DEVICE_FEATURES_SEL:
		m->offered_sel = val;
		break;
	case VIRTIO_MMIO_DRIVER_FEATURES_SEL:
		m->accepted_sel = val;
		break;
	case VIRTIO_MMIO_DRIVER_FEATURES:
		virtio_set_features(m->vd, m->accepted_sel, val);
		break;
	case VIRTIO_MMIO_QUEUE_SEL:
		m->queue_sel = val;
		break;
	case VIRTIO_MMIO_QUEUE_NUM:
	case VIRTIO_MMIO_QUEUE_DESC_LOW:
	case VIRTIO_MMIO_QUEUE_DESC_HIGH:
	case VIRTIO_MMIO_QUEUE_AVAIL_LOW:
	case VIRTIO_MMIO_QUEUE_AVAIL_HIGH:
	case VIRTIO_MMIO_QUEUE_USED_LOW:
	case VIRTIO_MMIO_QUEUE_USED_HIGH:
		queue_write(m, off, val);
		break;
	case VIRTIO_MMIO_QUEUE_READY:
		queue_ready_write(m, val);
		break;
	case VIRTIO_MMIO_QUEUE_NOTIFY:
		virtio_queue_notify(m->vd, val);
		break;
	case VIRTIO_MMIO_INTERRUPT_ACK:
		virtio_isr_ack(m->vd, val);
		break;
	case VIRTIO_MMIO_STATUS:
		virtio_set_status(m->vd, val);
		break;
	case VIRTIO_MMIO_SHM_SEL:
		break;			/* no region exists, whichever is chosen */
	default:
		guest_error(&m->dev, "write of %#x to register +%#x", val, off);
		break;
	}
}

static int mmio_write(struct device *dev, const struct bus_at *at, uint64_t val)
{
	struct virtio_mmio *m = container_of(dev, struct virtio_mmio, dev);

	if (at->off >= VIRTIO_MMIO_CONFIG) {
		if (at->size > 4)
			return guest_error(dev, "%u-byte write of configuration", at->size);
		virtio_config_write(m->vd, at->off - VIRTIO_MMIO_CONFIG, at->size, val);
		return 0;
	}
	if (at->size != 4 || at->off % 4)
		return guest_error(dev, "%u-byte write to register +%#x", at->size,
				   (unsigned int)at->off);
	reg_write(m, (uint32_t)at->off, (uint32_t)val);
	return 0;
}

static void mmio_reset(struct device *dev)
{
	struct virtio_mmio *m = container_of(dev, struct virtio_mmio, dev);

	m->offered_sel = 0;
	m->accepted_sel = 0;
	m->queue_sel = 0;
	virtio_reset(m->vd);
}

static int mmio_fdt(struct device *dev, struct fdt_ctx *fdt)
{
	struct virtio_mmio *m = container_of(dev, struct virtio_mmio, dev);

	if (m->pic_pin == UINT32_MAX)
		return 0;
	fdt_node_begin_at(fdt, "virtio_mmio", dev->regions[0].base);
	fdt_prop_str(fdt, "compatible", "virtio,mmio");
	fdt_prop_reg(fdt, dev->regions[0].base, dev->regions[0].len);
	fdt_prop_pic_irq(fdt, m->pic_pin, FDT_IRQ_LEVEL_HIGH);
	fdt_prop_empty(fdt, "dma-coherent");
	fdt_node_end(fdt);
	return fdt->error ? -EINVAL : 0;
}

static void bell_rang(void *ctx, int revents)
{
	struct mmio_bell *b = ctx;
	uint64_t n;

	(void)revents;
	if (read(b->fd, &n, sizeof(n)) == (ssize_t)sizeof(n))
		virtio_queue_ring(b->owner->vd, b->queue);
}

static void bell_remove(struct mmio_bell *b)
{
	if (!b->io)
		return;
	event_io_del(b->io);
	b->io = NULL;
	close(b->fd);
}

static int bell_add(struct mmio_bell *b, struct virtio_mmio *m, unsigned int queue,
		    int (*add)(void *ctx, uint64_t gpa, uint32_t data, int fd), void *ctx)
{
	uint64_t gpa = m->dev.regions[0].base + VIRTIO_MMIO_QUEUE_NOTIFY;
	struct err err;
	int ret;

	b->owner = m;
	b->queue = queue;
	b->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (b->fd < 0)
		return -errno;
	ret = event_io_add(m->vd->loop, b->fd, EVENT_READ, bell_rang, b, &b->io, &err);
	if (ret) {
		close(b->fd);
		return ret;
	}
	ret = add(ctx, gpa, queue, b->fd);
	if (ret)
		bell_remove(b);
	return ret;
}

int virtio_mmio_add_doorbells(struct device *dev,
			      int (*add)(void *ctx, uint64_t gpa, uint32_t data, int fd),
			      void *ctx)
{
	struct virtio_mmio *m = container_of(dev, struct virtio_mmio, dev);

	for (unsigned int i = 0; i < m->vd->ops->nqueues; i++) {
		int ret = bell_add(&m->bells[i], m, i, add, ctx);

		if (ret)
			return ret;
	}
	return 0;
}

static void mmio_quiesce(struct device *dev)
{
	struct virtio_mmio *m = container_of(dev, struct virtio_mmio, dev);

	/* What was notified before the guest stopped counts, although nobody has looked yet. */
	for (unsigned int i = 0; i < VIRTIO_MAX_QUEUES; i++) {
		if (m->bells[i].io)
			bell_rang(&m->bells[i], EVENT_READ);
	}
	virtio_quiesce(m->vd);
}

static void mmio_destroy(struct device *dev)
{
	struct virtio_mmio *m = container_of(dev, struct virtio_mmio, dev);

	for (unsigned int i = 0; i < VIRTIO_MAX_QUEUES; i++)
		bell_remove(&m->bells[i]);
	m->vd->ops->destroy(m->vd);
	device_fini(dev);
	free(m);
}

static const struct device_ops mmio_ops = {
	.read	 = mmio_read,
	.write	 = mmio_write,
	.reset	 = mmio_reset,
	.fdt	 = mmio_fdt,
	.quiesce = mmio_quiesce,
	.destroy = mmio_destroy,
};

int virtio_mmio_create(struct device **out, struct virtio_dev *vd, uint64_t base,
		       const struct irq_line *irq, uint32_t pic_pin, struct err *err)
{
	struct virtio_mmio *m = calloc(1, sizeof(*m));

	if (!m) {
		err_set(err, -ENOMEM, "%s: out of memory", vd->name);
		vd->ops->destroy(vd);
		return -ENOMEM;
	}
	device_init(&m->dev, &mmio_ops, vd->name);
	device_add_region(&m->dev, base, VIRTIO_MMIO_BYTES);
	m->vd = vd;
	m->irq = *irq;
	m->pic_pin = pic_pin;
	virtio_attach(vd, &m->dev, &mmio_transport_ops);
	*out = &m->dev;
	return 0;
}
