/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/dev/virtio_fakes.h - a small virtio driver, and the fake world around a device:
 * RAM, bus, interrupt counter, chardev and disk in memory.
 */
#ifndef LVZ_TESTS_DEV_VIRTIO_FAKES_H
#define LVZ_TESTS_DEV_VIRTIO_FAKES_H

#include <check.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>
#include <linux/virtio_ring.h>
#include <stdlib.h>
#include <string.h>

#include "core/bus.h"
#include "core/event.h"
#include "devices/host/blockdev.h"
#include "devices/host/chardev.h"
#include "devices/virtio_mmio.h"
#include "util/bits.h"

#define FX_RAM_BYTES UINT64_C(0x200000)
#define FX_BASE (VIRTIO_MMIO_BASE + VIRTIO_MMIO_STRIDE)
#define FX_RINGS UINT64_C(0x10000)	/* queue i at FX_RINGS + i * 0x4000 */
#define FX_FEATURES (BIT64(VIRTIO_F_VERSION_1) | BIT64(VIRTIO_RING_F_INDIRECT_DESC))

struct fx_irq {
	bool level;
	unsigned int raises;
};

static inline void fx_irq_set(void *ctx, unsigned int pin, bool level)
{
	struct fx_irq *irq = ctx;

	(void)pin;
	irq->raises += level && !irq->level;
	irq->level = level;
}

/* One queue as the driver sees it. */
struct fx_queue {
	struct virtio_fx *fx;
	unsigned int index;
	uint32_t size;
	gpa_t desc, avail, used;
	uint16_t avail_idx;	/* next to publish */
	uint16_t used_seen;
};

struct virtio_fx {
	struct memory *mem;
	struct event_loop *loop;
	struct bus *bus;
	struct device *dev;
	struct virtio_dev *vd;
	struct fx_irq irq;
	struct fx_queue q[VIRTIO_MAX_QUEUES];
};

/* ---- registers ---- */

static inline uint32_t fx_rd(struct virtio_fx *fx, unsigned int off)
{
	return (uint32_t)bus_read(fx->bus, FX_BASE + off, 4, 0);
}

static inline void fx_wr(struct virtio_fx *fx, unsigned int off, uint32_t val)
{
	bus_write(fx->bus, FX_BASE + off, 4, val, 0);
}

/* ---- life ---- */

static inline void fx_world(struct virtio_fx *fx, unsigned int nworkers)
{
	memset(fx, 0, sizeof(*fx));
	log_set_filter("err", NULL);
	ck_assert_int_eq(mem_create(&fx->mem, FX_RAM_BYTES, NULL), 0);
	ck_assert_int_eq(event_loop_create(&fx->loop, nworkers, NULL), 0);
	ck_assert_int_eq(bus_create(&fx->bus, "mmio", UINT64_MAX, NULL), 0);
}

static inline void fx_plug(struct virtio_fx *fx, struct virtio_dev *vd)
{
	struct irq_line line = { .set = fx_irq_set, .ctx = &fx->irq, .pin = 20 };

	fx->vd = vd;
	ck_assert_int_eq(virtio_mmio_create(&fx->dev, vd, FX_BASE, &line, 20, NULL), 0);
	ck_assert_int_eq(device_map(fx->dev, fx->bus, NULL), 0);
	bus_freeze(fx->bus);
}

static inline void fx_end(struct virtio_fx *fx)
{
	if (fx->dev)
		fx->dev->ops->destroy(fx->dev);
	bus_destroy(fx->bus);
	event_loop_destroy(fx->loop);
	mem_destroy(fx->mem);
}

/* Lets the loop do what is due, completions of workers included. */
static inline void fx_turn(struct virtio_fx *fx)
{
	for (int i = 0; i < 3; i++) {
		event_loop_once(fx->loop, false);
		event_drain(fx->loop);
	}
}

/* ---- the driver ---- */

static inline void *fx_at(struct virtio_fx *fx, gpa_t gpa)
{
	void *p = mem_at(fx->mem, gpa, 1);

	ck_assert_ptr_nonnull(p);
	return p;
}

/* Negotiates; returns the device's answer to FEATURES_OK. */
static inline bool fx_negotiate(struct virtio_fx *fx, uint64_t features)
{
	fx_wr(fx, VIRTIO_MMIO_STATUS, 0);
	fx_wr(fx, VIRTIO_MMIO_STATUS, 1);
	fx_wr(fx, VIRTIO_MMIO_STATUS, 3);
	fx_wr(fx, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
	fx_wr(fx, VIRTIO_MMIO_DRIVER_FEATURES, (uint32_t)features);
	fx_wr(fx, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
	fx_wr(fx, VIRTIO_MMIO_DRIVER_FEATURES, (uint32_t)(features >> 32));
	fx_wr(fx, VIRTIO_MMIO_STATUS, 11);
	return fx_rd(fx, VIRTIO_MMIO_STATUS) & VIRTIO_CONFIG_S_FEATURES_OK;
}

static inline void fx_program(struct virtio_fx *fx, unsigned int i, uint32_t size)
{
	struct fx_queue *q = &fx->q[i];

	*q = (struct fx_queue){ .fx = fx, .index = i, .size = size,
				.desc = FX_RINGS + i * 0x4000u,
				.avail = FX_RINGS + i * 0x4000u + 0x1000u,
				.used = FX_RINGS + i * 0x4000u + 0x2000u };
	memset(fx_at(fx, q->desc), 0, 0x4000);
	fx_wr(fx, VIRTIO_MMIO_QUEUE_SEL, i);
	fx_wr(fx, VIRTIO_MMIO_QUEUE_NUM, size);
	fx_wr(fx, VIRTIO_MMIO_QUEUE_DESC_LOW, (uint32_t)q->desc);
	fx_wr(fx, VIRTIO_MMIO_QUEUE_DESC_HIGH, 0);
	fx_wr(fx, VIRTIO_MMIO_QUEUE_AVAIL_LOW, (uint32_t)q->avail);
	fx_wr(fx, VIRTIO_MMIO_QUEUE_AVAIL_HIGH, 0);
	fx_wr(fx, VIRTIO_MMIO_QUEUE_USED_LOW, (uint32_t)q->used);
	fx_wr(fx, VIRTIO_MMIO_QUEUE_USED_HIGH, 0);
}

/* The whole way to DRIVER_OK with @n queues of @size. */
static inline void fx_up(struct virtio_fx *fx, uint64_t features, unsigned int n, uint32_t size)
{
	ck_assert(fx_negotiate(fx, features));
	for (unsigned int i = 0; i < n; i++) {
		fx_program(fx, i, size);
		fx_wr(fx, VIRTIO_MMIO_QUEUE_READY, 1);
		ck_assert_uint_eq(fx_rd(fx, VIRTIO_MMIO_QUEUE_READY), 1);
	}
	fx_wr(fx, VIRTIO_MMIO_STATUS, 15);
	ck_assert_uint_eq(fx_rd(fx, VIRTIO_MMIO_STATUS), 15);
	fx_turn(fx);
}

static inline struct vring_desc *fx_desc(struct fx_queue *q, unsigned int i)
{
	return (struct vring_desc *)fx_at(q->fx, q->desc) + i;
}

static inline void fx_set_desc(struct fx_queue *q, unsigned int i, gpa_t addr, uint32_t len,
			       uint16_t flags, uint16_t next)
{
	*fx_desc(q, i) = (struct vring_desc){ addr, len, flags, next };
}

static inline uint16_t *fx_avail(struct fx_queue *q)
{
	return fx_at(q->fx, q->avail);
}

static inline uint16_t *fx_used(struct fx_queue *q)
{
	return fx_at(q->fx, q->used);
}

static inline uint16_t fx_used_idx(struct fx_queue *q)
{
	return __atomic_load_n(&fx_used(q)[1], __ATOMIC_ACQUIRE);
}

static inline void fx_offer(struct fx_queue *q, uint16_t head)
{
	fx_avail(q)[2 + (q->avail_idx++ & (q->size - 1))] = head;
	__atomic_store_n(&fx_avail(q)[1], q->avail_idx, __ATOMIC_RELEASE);
}

static inline void fx_notify(struct fx_queue *q)
{
	fx_wr(q->fx, VIRTIO_MMIO_QUEUE_NOTIFY, q->index);
}

/* The next used element; fails the test when there is none. */
static inline struct vring_used_elem fx_take(struct fx_queue *q)
{
	struct vring_used_elem *ring = (void *)(fx_used(q) + 2);

	ck_assert_uint_ne(fx_used_idx(q), q->used_seen);
	return ring[q->used_seen++ & (q->size - 1)];
}

static inline bool fx_needs_reset(struct virtio_fx *fx)
{
	return fx_rd(fx, VIRTIO_MMIO_STATUS) & VIRTIO_CONFIG_S_NEEDS_RESET;
}

/* ---- a chardev in memory ---- */

struct fake_chr {
	struct chardev chr;
	uint8_t out[65536];
	size_t out_len;
	size_t out_limit;	/* takes no more than this in all */
	uint8_t in[65536];
	size_t in_len, in_done;
	bool is_active;
	bool is_destroyed;
};

static inline size_t fake_chr_write(struct chardev *chr, const void *buf, size_t len)
{
	struct fake_chr *f = container_of(chr, struct fake_chr, chr);
	size_t room = f->out_limit - f->out_len;

	if (len > room)
		len = room;
	memcpy(f->out + f->out_len, buf, len);
	f->out_len += len;
	return len;
}

static inline size_t fake_chr_read(struct chardev *chr, void *buf, size_t len)
{
	struct fake_chr *f = container_of(chr, struct fake_chr, chr);

	if (len > f->in_len - f->in_done)
		len = f->in_len - f->in_done;
	memcpy(buf, f->in + f->in_done, len);
	f->in_done += len;
	return len;
}

static inline void fake_chr_set_active(struct chardev *chr, bool is_active)
{
	container_of(chr, struct fake_chr, chr)->is_active = is_active;
}

static inline void fake_chr_destroy(struct chardev *chr)
{
	container_of(chr, struct fake_chr, chr)->is_destroyed = true;
}

static const struct chardev_ops fake_chr_ops = {
	.write = fake_chr_write,
	.read = fake_chr_read,
	.set_active = fake_chr_set_active,
	.destroy = fake_chr_destroy,
};

static inline void fake_chr_init(struct fake_chr *f)
{
	memset(f, 0, sizeof(*f));
	f->chr.ops = &fake_chr_ops;
	f->out_limit = sizeof(f->out);
}

static inline void fake_chr_type(struct fake_chr *f, const void *buf, size_t len)
{
	ck_assert_uint_le(f->in_len + len, sizeof(f->in));
	memcpy(f->in + f->in_len, buf, len);
	f->in_len += len;
	chardev_notify_input(&f->chr);
}

/* ---- a disk in memory ---- */

struct fake_disk {
	struct blockdev bd;
	uint8_t *data;
	int error;		/* what every call returns, if not 0 */
	/* lock: */
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool is_held;		/* data calls wait for this to become false */
	unsigned int waiting;
	unsigned int reads, writes, flushes, discards, zeroes;
};

/* Counts, and waits while the test holds requests in flight. */
static inline int fake_disk_enter(struct fake_disk *d, unsigned int *counter)
{
	int ret;

	pthread_mutex_lock(&d->lock);
	(*counter)++;
	d->waiting++;
	pthread_cond_broadcast(&d->cond);
	while (d->is_held)
		pthread_cond_wait(&d->cond, &d->lock);
	d->waiting--;
	ret = d->error;
	pthread_mutex_unlock(&d->lock);
	return ret;
}

static inline void fake_disk_hold(struct fake_disk *d, bool is_held)
{
	pthread_mutex_lock(&d->lock);
	d->is_held = is_held;
	pthread_cond_broadcast(&d->cond);
	pthread_mutex_unlock(&d->lock);
}

static inline void fake_disk_await(struct fake_disk *d, unsigned int waiting)
{
	pthread_mutex_lock(&d->lock);
	while (d->waiting < waiting)
		pthread_cond_wait(&d->cond, &d->lock);
	pthread_mutex_unlock(&d->lock);
}

static inline int fake_disk_move(struct fake_disk *d, bool is_write, struct iovec *iov, int n,
				 uint64_t off)
{
	for (int i = 0; i < n; i++) {
		ck_assert_uint_le(off, d->bd.size_bytes);
		ck_assert_uint_le(iov[i].iov_len, d->bd.size_bytes - off);
		if (is_write)
			memcpy(d->data + off, iov[i].iov_base, iov[i].iov_len);
		else
			memcpy(iov[i].iov_base, d->data + off, iov[i].iov_len);
		off += iov[i].iov_len;
		iov[i].iov_len = 0;	/* as the contract allows */
	}
	return 0;
}

static inline int fake_disk_readv(struct blockdev *bd, struct iovec *iov, int n, uint64_t off)
{
	struct fake_disk *d = container_of(bd, struct fake_disk, bd);
	int ret = fake_disk_enter(d, &d->reads);

	return ret ? ret : fake_disk_move(d, false, iov, n, off);
}

static inline int fake_disk_writev(struct blockdev *bd, struct iovec *iov, int n, uint64_t off)
{
	struct fake_disk *d = container_of(bd, struct fake_disk, bd);
	int ret = fake_disk_enter(d, &d->writes);

	return ret ? ret : fake_disk_move(d, true, iov, n, off);
}

static inline int fake_disk_flush(struct blockdev *bd)
{
	struct fake_disk *d = container_of(bd, struct fake_disk, bd);

	return fake_disk_enter(d, &d->flushes);
}

static inline int fake_disk_wipe(struct fake_disk *d, unsigned int *counter, uint64_t off,
				 uint64_t len)
{
	int ret = fake_disk_enter(d, counter);

	ck_assert_uint_le(off, d->bd.size_bytes);
	ck_assert_uint_le(len, d->bd.size_bytes - off);
	if (!ret)
		memset(d->data + off, 0, len);
	return ret;
}

static inline int fake_disk_discard(struct blockdev *bd, uint64_t off, uint64_t len)
{
	struct fake_disk *d = container_of(bd, struct fake_disk, bd);

	return fake_disk_wipe(d, &d->discards, off, len);
}

static inline int fake_disk_zero(struct blockdev *bd, uint64_t off, uint64_t len, bool may_unmap)
{
	struct fake_disk *d = container_of(bd, struct fake_disk, bd);

	(void)may_unmap;
	return fake_disk_wipe(d, &d->zeroes, off, len);
}

static inline void fake_disk_destroy(struct blockdev *bd)
{
	struct fake_disk *d = container_of(bd, struct fake_disk, bd);

	free(d->data);
	d->data = NULL;
}

static const struct blockdev_ops fake_disk_ops = {
	.readv = fake_disk_readv,
	.writev = fake_disk_writev,
	.flush = fake_disk_flush,
	.discard = fake_disk_discard,
	.write_zeroes = fake_disk_zero,
	.destroy = fake_disk_destroy,
};

static inline void fake_disk_init(struct fake_disk *d, uint64_t sectors, bool is_readonly)
{
	memset(d, 0, sizeof(*d));
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->cond, NULL);
	d->bd.ops = &fake_disk_ops;
	d->bd.size_bytes = sectors * BLOCKDEV_SECTOR_BYTES;
	d->bd.is_readonly = is_readonly;
	d->bd.has_discard = true;
	d->data = calloc(1, d->bd.size_bytes);
	ck_assert_ptr_nonnull(d->data);
}

/* ---- the test program ---- */

static inline int fx_run(const char *name, void (*fill)(TCase *tc))
{
	Suite *s = suite_create(name);
	TCase *tc = tcase_create(name);
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 60);
	fill(tc);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
