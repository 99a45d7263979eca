/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/vconsole.c - see vconsole.h.
 *
 * Locking: all state is guarded by dev->lock.  The chardev's callbacks come on the loop
 * thread without it; chardev calls below it are fine (their lock is a leaf).
 */
#include "devices/vconsole.h"

#include <endian.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_console.h>
#include <linux/virtio_ids.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "util/bits.h"

#define QUEUE_RX 0u
#define QUEUE_TX 1u
#define QUEUE_SIZE 128u
#define STAGE_BYTES 512u
/* A driver that refills as fast as we take must not keep the loop for itself. */
#define CHAINS_PER_TURN 64
#define QUIESCE_MS 500u

struct vconsole {
	struct virtio_dev vd;		/* first */
	struct chardev *chr;
	/* dev->lock for all below */
	struct virtq_chain rx;
	uint8_t stage[STAGE_BYTES];	/* input on its way into rx buffers */
	size_t stage_len;
	size_t stage_done;
	struct virtq_chain tx;		/* being sent while tx_is_held */
	bool tx_is_held;
	uint64_t tx_done;		/* bytes of it already sent */
};

static struct vconsole *to_vconsole(struct virtio_dev *vd)
{
	return container_of(vd, struct vconsole, vd);
}

/* ---- from the guest ---- */

/* True when the whole chain is out. */
static bool send_chain(struct vconsole *c)
{
	uint64_t skip = c->tx_done;

	for (unsigned int i = 0; i < c->tx.nout; i++) {
		const struct iovec *v = &c->tx.iov[i];

		if (skip < v->iov_len) {
			size_t want = v->iov_len - skip;
			size_t n = chardev_write(c->chr, (uint8_t *)v->iov_base + skip, want);

			c->tx_done += n;
			if (n < want)
				return false;
			skip = 0;
		} else {
			skip -= v->iov_len;
		}
	}
	return true;
}

static void run_tx(struct vconsole *c)
{
	struct virtio_dev *vd = &c->vd;
	struct virtq *q = &vd->queues[QUEUE_TX];
	int left = CHAINS_PER_TURN;

	virtq_disable_notify(q);
	for (;;) {
		if (!c->tx_is_held) {
			int ret;

			if (!left--) {
				virtio_kick(vd, QUEUE_TX);
				break;
			}
			ret = virtio_pop(vd, QUEUE_TX, &c->tx);
			if (ret < 0) {
				chardev_set_active(c->chr, false);
				return;
			}
			if (!ret) {
				if (virtq_enable_notify(q))
					continue;
				break;
			}
			c->tx_is_held = true;
			c->tx_done = 0;
		}
		if (!send_chain(c))
			break;		/* on_writable() goes on */
		c->tx_is_held = false;
		virtq_push(q, &c->tx, 0);
	}
	virtio_signal(vd, QUEUE_TX);
}

/* ---- to the guest ---- */

/* Moves what is staged into one chain.  1: moved, 0: no chain, -EPROTO: failed. */
static int fill_chain(struct vconsole *c)
{
	int ret = virtio_pop(&c->vd, QUEUE_RX, &c->rx);
	size_t n;

	if (ret < 0)
		chardev_set_active(c->chr, false);
	if (ret <= 0)
		return ret;
	n = iov_copy_in(c->rx.iov + c->rx.nout, c->rx.nin, 0, c->stage + c->stage_done,
			c->stage_len - c->stage_done);
	c->stage_done += n;
	virtq_push(&c->vd.queues[QUEUE_RX], &c->rx, n);
	return 1;
}

static void run_rx(struct vconsole *c)
{
	struct virtio_dev *vd = &c->vd;
	struct virtq *q = &vd->queues[QUEUE_RX];
	int left = CHAINS_PER_TURN;

	while (virtio_is_live(vd)) {
		if (c->stage_done == c->stage_len) {
			/* Nothing is taken from the chardev that could not be delivered. */
			if (!virtq_has_avail(q) && !virtq_enable_notify(q))
				break;
			c->stage_done = 0;
			c->stage_len = chardev_read(c->chr, c->stage, sizeof(c->stage));
			if (!c->stage_len)
				break;
		}
		if (!left--) {
			virtio_kick(vd, QUEUE_RX);
			break;
		}
		if (fill_chain(c) < 0)
			return;
		if (c->stage_done < c->stage_len && !virtq_has_avail(q) &&
		    !virtq_enable_notify(q))
			break;
	}
	virtio_signal(vd, QUEUE_RX);
}

static void vconsole_queue_run(struct virtio_dev *vd, unsigned int index)
{
	if (index == QUEUE_TX)
		run_tx(to_vconsole(vd));
	else
		run_rx(to_vconsole(vd));
}

/* ---- the chardev's callbacks ---- */

static void on_input(void *ctx)
{
	struct vconsole *c = ctx;

	if (!c->vd.dev)
		return;
	pthread_mutex_lock(&c->vd.dev->lock);
	if (virtio_is_live(&c->vd) && c->vd.queues[QUEUE_RX].is_ready)
		run_rx(c);
	pthread_mutex_unlock(&c->vd.dev->lock);
}

static void on_writable(void *ctx)
{
	struct vconsole *c = ctx;

	if (!c->vd.dev)
		return;
	pthread_mutex_lock(&c->vd.dev->lock);
	if (c->tx_is_held && virtio_is_live(&c->vd))
		run_tx(c);
	pthread_mutex_unlock(&c->vd.dev->lock);
}

/* ---- life ---- */

/* Input goes to whom the driver can deliver it. */
static void vconsole_driver_ok(struct virtio_dev *vd)
{
	if (vd->queues[QUEUE_RX].is_ready)
		chardev_set_active(to_vconsole(vd)->chr, true);
}

/* Rx data in the stage was promised to nobody yet, but the next driver is another one. */
static void vconsole_cancel(struct virtio_dev *vd)
{
	struct vconsole *c = to_vconsole(vd);

	chardev_set_active(c->chr, false);
	c->tx_is_held = false;
	c->stage_len = 0;
	c->stage_done = 0;
}

static void vconsole_config_written(struct virtio_dev *vd, unsigned int off, unsigned int len)
{
	uint8_t ch = vd->config[offsetof(struct virtio_console_config, emerg_wr)];

	/* 5.3.4: any width, the lowest byte is the character; other bytes mean nothing. */
	if (len && off == offsetof(struct virtio_console_config, emerg_wr))
		chardev_write(to_vconsole(vd)->chr, &ch, 1);
}

static void vconsole_quiesce(struct virtio_dev *vd)
{
	struct vconsole *c = to_vconsole(vd);

	chardev_flush(c->chr, QUIESCE_MS);
	on_writable(c);		/* a held chain has room now */
	chardev_flush(c->chr, QUIESCE_MS);
}

static void vconsole_destroy(struct virtio_dev *vd)
{
	struct vconsole *c = to_vconsole(vd);

	chardev_set_active(c->chr, false);
	chardev_set_user(c->chr, NULL, NULL, NULL);
	virtio_fini(vd);
	free(c);
}

static const struct virtio_ops vconsole_ops = {
	.device_id	= VIRTIO_ID_CONSOLE,
	.nqueues	= 2,
	.queue_size	= QUEUE_SIZE,
	.driver_ok	= vconsole_driver_ok,
	.queue_run	= vconsole_queue_run,
	.config_written	= vconsole_config_written,
	.cancel		= vconsole_cancel,
	.quiesce	= vconsole_quiesce,
	.destroy	= vconsole_destroy,
};

int vconsole_create(struct virtio_dev **out, const char *name, struct chardev *chr,
		    struct memory *mem, struct event_loop *loop, struct err *err)
{
	struct vconsole *c = calloc(1, sizeof(*c));
	struct virtio_console_config config = { .max_nr_ports = htole32(1) };

	if (!c)
		return err_set(err, -ENOMEM, "%s: out of memory", name);
	virtio_init(&c->vd, &vconsole_ops, name, BIT64(VIRTIO_CONSOLE_F_EMERG_WRITE), mem, loop);
	c->chr = chr;
	memcpy(c->vd.config, &config, sizeof(config));
	c->vd.config_bytes = sizeof(config);
	c->vd.writable_off = offsetof(struct virtio_console_config, emerg_wr);
	c->vd.writable_len = sizeof(config.emerg_wr);
	chardev_set_user(chr, on_input, on_writable, c);
	*out = &c->vd;
	return 0;
}

void vconsole_set_size(struct virtio_dev *vd, unsigned int cols, unsigned int rows)
{
	struct virtio_console_config *config = (void *)vd->config;

	if (vd->dev)
		pthread_mutex_lock(&vd->dev->lock);
	vd->offered |= BIT64(VIRTIO_CONSOLE_F_SIZE);
	config->cols = htole16((uint16_t)cols);
	config->rows = htole16((uint16_t)rows);
	if (vd->dev && virtio_has_feature(vd, VIRTIO_CONSOLE_F_SIZE))
		virtio_config_changed(vd);
	if (vd->dev)
		pthread_mutex_unlock(&vd->dev->lock);
}
