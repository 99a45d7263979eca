/* SPDX-License-Identifier: Apache-2.0 */
/* devices/virtio.c - see virtio.h.  Section numbers are of VIRTIO 1.2. */
#include "devices/virtio.h"

#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>


#define STATUS_DRIVER_BITS (VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER |           \
			    VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK |        \
			    VIRTIO_CONFIG_S_FAILED)
#define REASON_BYTES 256

static void isr_raise(struct virtio_dev *vd, uint32_t bits)
{
	vd->isr |= bits;
	vd->transport->isr_changed(vd);
}

/* ---- loop side ---- */

static void on_work(struct event_work *work)
{
	struct virtio_dev *vd = container_of(work, struct virtio_dev, work);
	uint32_t todo;

	pthread_mutex_lock(&vd->dev->lock);
	todo = vd->notified;
	vd->notified = 0;
	for (unsigned int i = 0; i < vd->ops->nqueues; i++) {
		if ((todo & BIT32(i)) && virtio_is_live(vd) && vd->queues[i].is_ready)
			vd->ops->queue_run(vd, i);
	}
	pthread_mutex_unlock(&vd->dev->lock);
}

void virtio_init(struct virtio_dev *vd, const struct virtio_ops *ops, const char *name,
		 uint64_t features, struct memory *mem, struct event_loop *loop)
{
	vd->ops = ops;
	vd->name = name;
	vd->mem = mem;
	vd->loop = loop;
	vd->offered = features | BIT64(VIRTIO_F_VERSION_1) |
		      BIT64(VIRTIO_RING_F_INDIRECT_DESC) | BIT64(VIRTIO_RING_F_EVENT_IDX);
	vd->work.fn = on_work;
	for (unsigned int i = 0; i < ops->nqueues; i++)
		virtq_reset(&vd->queues[i], mem);
}

void virtio_fini(struct virtio_dev *vd)
{
	event_cancel(vd->loop, &vd->work);
}

void virtio_attach(struct virtio_dev *vd, struct device *dev,
		   const struct virtio_transport_ops *transport)
{
	vd->dev = dev;
	vd->transport = transport;
}

bool virtio_is_live(const struct virtio_dev *vd)
{
	return (vd->status & VIRTIO_CONFIG_S_DRIVER_OK) &&
	       !(vd->status & (VIRTIO_CONFIG_S_NEEDS_RESET | VIRTIO_CONFIG_S_FAILED));
}

void virtio_kick(struct virtio_dev *vd, unsigned int index)
{
	vd->notified |= BIT32(index);
	event_post(vd->loop, &vd->work);
}

int virtio_pop(struct virtio_dev *vd, unsigned int index, struct virtq_chain *chain)
{
	struct err err;
	int ret;

	if (!virtio_is_live(vd))
		return 0;
	ret = virtq_pop(&vd->queues[index], chain, &err);
	if (ret < 0)
		virtio_fail(vd, "queue %u: %s", index, err.text);
	return ret;
}

void virtio_signal(struct virtio_dev *vd, unsigned int index)
{
	if (virtq_should_signal(&vd->queues[index]))
		isr_raise(vd, VIRTIO_ISR_QUEUE);
}

void virtio_config_changed(struct virtio_dev *vd)
{
	vd->config_generation++;
	if (vd->status & VIRTIO_CONFIG_S_DRIVER_OK)
		isr_raise(vd, VIRTIO_ISR_CONFIG);
}

/* 2.1.2: the interrupt is due only once the driver is up. */
void virtio_fail(struct virtio_dev *vd, const char *fmt, ...)
{
	char reason[REASON_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	guest_error(vd->dev, "%s: device needs reset", reason);
	vd->status |= VIRTIO_CONFIG_S_NEEDS_RESET;
	/* All queues stop, not only the one at fault: "there is more" must not be seen. */
	for (unsigned int i = 0; i < vd->ops->nqueues; i++)
		vd->queues[i].is_broken = true;
	if (vd->status & VIRTIO_CONFIG_S_DRIVER_OK)
		isr_raise(vd, VIRTIO_ISR_CONFIG);
}

/* ---- driver side ---- */

void virtio_reset(struct virtio_dev *vd)
{
	if (vd->ops->cancel)
		vd->ops->cancel(vd);
	for (unsigned int i = 0; i < vd->ops->nqueues; i++)
		virtq_reset(&vd->queues[i], vd->mem);
	vd->status = 0;
	vd->features = 0;
	vd->notified = 0;
	vd->isr = 0;
	vd->transport->isr_changed(vd);
	if (vd->ops->reset)
		vd->ops->reset(vd);
}

/* 3.1.1: what is not acceptable shows by FEATURES_OK staying clear. */
static bool features_acceptable(struct virtio_dev *vd)
{
	if (vd->features & ~vd->offered) {
		guest_error(vd->dev, "features %#llx accepted that were not offered",
			    (unsigned long long)(vd->features & ~vd->offered));
		return false;
	}
	if (!virtio_has_feature(vd, VIRTIO_F_VERSION_1)) {
		guest_error(vd->dev, "driver without VIRTIO_F_VERSION_1 (a legacy driver?)");
		return false;
	}
	return true;
}

void virtio_set_status(struct virtio_dev *vd, uint32_t status)
{
	uint32_t added = status & STATUS_DRIVER_BITS & ~(uint32_t)vd->status;

	if (!status) {
		virtio_reset(vd);
		return;
	}
	if (status & ~(STATUS_DRIVER_BITS | VIRTIO_CONFIG_S_NEEDS_RESET))
		guest_error(vd->dev, "status %#x has unknown bits", status);
	if ((vd->status & STATUS_DRIVER_BITS) & ~status)
		guest_error(vd->dev, "status %#x clears bits of %#x without a reset", status,
			    vd->status);
	if ((added & VIRTIO_CONFIG_S_FEATURES_OK) && !features_acceptable(vd))
		added &= ~(uint32_t)VIRTIO_CONFIG_S_FEATURES_OK;
	if ((added & VIRTIO_CONFIG_S_DRIVER_OK) &&
	    !((vd->status | added) & VIRTIO_CONFIG_S_FEATURES_OK)) {
		guest_error(vd->dev, "DRIVER_OK without FEATURES_OK");
		added &= ~(uint32_t)VIRTIO_CONFIG_S_DRIVER_OK;
	}
	vd->status |= (uint8_t)added;
	if (!(added & VIRTIO_CONFIG_S_DRIVER_OK))
		return;
	if (vd->status & VIRTIO_CONFIG_S_NEEDS_RESET)
		isr_raise(vd, VIRTIO_ISR_CONFIG);
	if (vd->ops->driver_ok)
		vd->ops->driver_ok(vd);
	for (unsigned int i = 0; i < vd->ops->nqueues; i++)
		virtio_kick(vd, i);
}

void virtio_set_features(struct virtio_dev *vd, uint32_t sel, uint32_t bits)
{
	if (vd->status & VIRTIO_CONFIG_S_FEATURES_OK) {
		guest_error(vd->dev, "features written after FEATURES_OK");
		return;
	}
	if (sel > 1) {
		if (bits)
			guest_error(vd->dev, "features %#x accepted in word %u", bits, sel);
		return;
	}
	vd->features = bits64_set(vd->features, sel * 32 + 31, sel * 32, bits);
}

void virtio_queue_set_ready(struct virtio_dev *vd, unsigned int index, bool is_ready)
{
	struct virtq *q = &vd->queues[index];
	struct err err;

	if (is_ready == q->is_ready)
		return;
	if (!is_ready) {
		/* Requests of the other queues go too; no driver does this while running. */
		if (vd->ops->cancel)
			vd->ops->cancel(vd);
		virtq_stop(q);
		return;
	}
	if (!(vd->status & VIRTIO_CONFIG_S_FEATURES_OK)) {
		guest_error(vd->dev, "queue %u made ready before FEATURES_OK", index);
		return;
	}
	if (virtq_start(q, vd->ops->queue_size, vd->features, &err))
		virtio_fail(vd, "queue %u: %s", index, err.text);
	else if (virtio_is_live(vd))
		virtio_kick(vd, index);
}

void virtio_queue_notify(struct virtio_dev *vd, uint32_t index)
{
	if (index >= vd->ops->nqueues || !vd->queues[index].is_ready) {
		guest_error(vd->dev, "notification of queue %u, which is not ready", index);
		return;
	}
	/* Before DRIVER_OK nothing may be consumed; DRIVER_OK looks at all queues. */
	if (virtio_is_live(vd))
		virtio_kick(vd, index);
}

/* A doorbell may be heard after the driver has taken the queue back; that is no mistake. */
void virtio_queue_ring(struct virtio_dev *vd, unsigned int index)
{
	pthread_mutex_lock(&vd->dev->lock);
	vd->notified |= BIT32(index);
	pthread_mutex_unlock(&vd->dev->lock);
	on_work(&vd->work);
}

void virtio_quiesce(struct virtio_dev *vd)
{
	on_work(&vd->work);
	if (vd->ops->quiesce)
		vd->ops->quiesce(vd);
}

void virtio_isr_ack(struct virtio_dev *vd, uint32_t bits)
{
	vd->isr &= ~bits;
	vd->transport->isr_changed(vd);
}

/* ---- configuration space, little-endian bytes ---- */

uint64_t virtio_config_read(struct virtio_dev *vd, uint64_t off, unsigned int size)
{
	uint64_t val = 0;

	for (unsigned int i = 0; i < size; i++) {
		if (off < vd->config_bytes && i < vd->config_bytes - off)
			val |= (uint64_t)vd->config[off + i] << (8 * i);
	}
	return val;
}

void virtio_config_write(struct virtio_dev *vd, uint64_t off, unsigned int size, uint64_t val)
{
	if (!vd->ops->config_written || off < vd->writable_off ||
	    off - vd->writable_off > vd->writable_len ||
	    size > vd->writable_len - (off - vd->writable_off)) {
		guest_error(vd->dev, "write of %u bytes to read-only configuration +%#llx", size,
			    (unsigned long long)off);
		return;
	}
	for (unsigned int i = 0; i < size; i++)
		vd->config[off + i] = (uint8_t)(val >> (8 * i));
	vd->ops->config_written(vd, (unsigned int)off, size);
}
