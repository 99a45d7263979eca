/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/vblk.c - see vblk.h.
 *
 * A request is parsed on the loop under dev->lock, done by a worker straight on guest
 * memory, and completed on the loop.  Requests run side by side and finish in any order,
 * as the specification allows; a FLUSH covers what was completed before it was taken.
 *
 * Locking: dev->lock for everything but what is marked otherwise.  A worker never takes
 * dev->lock.  io_lock (a leaf) stands between workers and cancel(): a worker enters only
 * while its request is of the current epoch; cancel() begins a new epoch and waits for
 * those inside, so that nothing writes into memory that the driver has taken back.  That
 * wait, bounded by the host's I/O, is the one place where dev->lock is held over it.
 */
#include "devices/vblk.h"

#include <endian.h>
#include <errno.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "util/log.h"

#define QUEUE_SIZE 256u
#define SEG_MAX (VIRTQ_MAX_PARTS - 2u)	/* beside header and status */
#define RANGES_MAX 32u			/* of one discard or write-zeroes request */
#define DISCARD_MAX_SECTORS (1u << 22)
#define ZEROES_MAX_SECTORS (1u << 18)	/* may end up as real writes */

struct vblk;

struct vblk_req {
	struct event_job job;
	struct vblk *b;
	struct vblk_req *next_free;
	uint64_t epoch;
	struct virtq_chain chain;
	uint32_t type;
	uint64_t off;			/* bytes, for data */
	struct iovec data[VIRTQ_MAX_PARTS];	/* the blockdev eats it up */
	int data_parts;
	uint64_t data_bytes;
	uint8_t *status_at;		/* in guest memory */
	uint8_t status;
	bool is_stable;			/* a write to be flushed before it completes */
	unsigned int nranges;
	struct virtio_blk_discard_write_zeroes ranges[RANGES_MAX];	/* host byte order */
};

struct vblk {
	struct virtio_dev vd;		/* first */
	struct blockdev *bd;
	char serial[VBLK_SERIAL_BYTES];
	struct vblk_req *free_reqs;
	struct log_limit limit;		/* io_lock */
	pthread_mutex_t io_lock;
	pthread_cond_t io_left;
	uint64_t epoch;			/* written with both locks, read with either */
	unsigned int inside;		/* io_lock: workers that may touch guest memory */
};

static struct vblk *to_vblk(struct virtio_dev *vd)
{
	return container_of(vd, struct vblk, vd);
}

/* ---- on a worker ---- */

static int do_ranges(struct vblk_req *req)
{
	struct blockdev *bd = req->b->bd;
	int ret = 0;

	for (unsigned int i = 0; i < req->nranges && !ret; i++) {
		uint64_t off = req->ranges[i].sector * BLOCKDEV_SECTOR_BYTES;
		uint64_t len = (uint64_t)req->ranges[i].num_sectors * BLOCKDEV_SECTOR_BYTES;
		bool may_unmap = req->ranges[i].flags & VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP;

		if (!len)
			continue;
		ret = req->type == VIRTIO_BLK_T_DISCARD ?
		      bd->ops->discard(bd, off, len) :
		      bd->ops->write_zeroes(bd, off, len, may_unmap);
	}
	return ret;
}

static int do_request(struct vblk_req *req)
{
	struct blockdev *bd = req->b->bd;
	int ret;

	switch (req->type) {
	case VIRTIO_BLK_T_IN:
		return bd->ops->readv(bd, req->data, req->data_parts, req->off);
	case VIRTIO_BLK_T_OUT:
		ret = bd->ops->writev(bd, req->data, req->data_parts, req->off);
		break;
	case VIRTIO_BLK_T_FLUSH:
		return bd->ops->flush(bd);
	default:
		ret = do_ranges(req);
		break;
	}
	return ret || !req->is_stable ? ret : bd->ops->flush(bd);
}

static void req_run(struct event_job *job)
{
	struct vblk_req *req = container_of(job, struct vblk_req, job);
	struct vblk *b = req->b;
	unsigned int dropped;
	bool is_current;
	int ret;

	pthread_mutex_lock(&b->io_lock);
	is_current = req->epoch == b->epoch;
	b->inside += is_current;
	pthread_mutex_unlock(&b->io_lock);
	if (!is_current)
		return;
	ret = do_request(req);
	req->status = ret ? VIRTIO_BLK_S_IOERR : VIRTIO_BLK_S_OK;
	pthread_mutex_lock(&b->io_lock);
	if (ret && log_limit_ok(&b->limit, &dropped))
		log_err("vblk", "%s: request of type %u at byte %llu failed: %s", b->vd.name,
			req->type, (unsigned long long)req->off, strerror(-ret));
	if (!--b->inside)
		pthread_cond_broadcast(&b->io_left);
	pthread_mutex_unlock(&b->io_lock);
}

/* ---- completion ---- */

static void req_free(struct vblk_req *req)
{
	req->next_free = req->b->free_reqs;
	req->b->free_reqs = req;
}

/* The in parts are reported whole: a failed read may have written any of them. */
static void req_complete(struct vblk_req *req)
{
	struct vblk *b = req->b;

	*req->status_at = req->status;
	virtq_push(&b->vd.queues[0], &req->chain, req->chain.in_bytes);
	req_free(req);
}

static void req_done(struct event_job *job)
{
	struct vblk_req *req = container_of(job, struct vblk_req, job);
	struct vblk *b = req->b;

	pthread_mutex_lock(&b->vd.dev->lock);
	if (req->epoch == b->epoch) {
		req_complete(req);
		virtio_signal(&b->vd, 0);
	} else {
		req_free(req);
	}
	pthread_mutex_unlock(&b->vd.dev->lock);
}

/* ---- parsing: a VIRTIO_BLK_S_* status when that is the end of it, else one of these ---- */

#define TO_WORKER (-1)
#define NO_REQUEST (-2)

static bool is_in_disk(const struct vblk *b, uint64_t sector, uint64_t sectors)
{
	uint64_t total = b->bd->size_bytes / BLOCKDEV_SECTOR_BYTES;

	return sector <= total && sectors <= total - sector;
}

/* Makes bytes [@skip, @skip + @bytes) of @iov the request's data. */
static void set_data(struct vblk_req *req, const struct iovec *iov, uint64_t skip, uint64_t bytes)
{
	uint64_t left = bytes;

	req->data_bytes = bytes;
	req->data_parts = 0;
	for (; left; iov++) {
		uint64_t n;

		if (skip >= iov->iov_len) {
			skip -= iov->iov_len;
			continue;
		}
		n = iov->iov_len - skip < left ? iov->iov_len - skip : left;
		req->data[req->data_parts++] = (struct iovec){
			.iov_base = (uint8_t *)iov->iov_base + skip, .iov_len = n };
		left -= n;
		skip = 0;
	}
}

static int parse_rw(struct vblk_req *req, uint64_t sector)
{
	struct vblk *b = req->b;

	if (req->type == VIRTIO_BLK_T_OUT && b->bd->is_readonly)
		return VIRTIO_BLK_S_IOERR;
	if (req->data_bytes % BLOCKDEV_SECTOR_BYTES ||
	    !is_in_disk(b, sector, req->data_bytes / BLOCKDEV_SECTOR_BYTES)) {
		guest_error(b->vd.dev, "%llu bytes at sector %llu are not sectors of the disk",
			    (unsigned long long)req->data_bytes, (unsigned long long)sector);
		return VIRTIO_BLK_S_IOERR;
	}
	req->off = sector * BLOCKDEV_SECTOR_BYTES;
	return req->data_bytes ? TO_WORKER : VIRTIO_BLK_S_OK;
}

static int parse_range(struct vblk_req *req, struct virtio_blk_discard_write_zeroes *r)
{
	bool is_discard = req->type == VIRTIO_BLK_T_DISCARD;
	uint32_t known = is_discard ? 0 : VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP;

	r->sector = le64toh(r->sector);
	r->num_sectors = le32toh(r->num_sectors);
	r->flags = le32toh(r->flags);
	if (r->flags & ~known)
		return VIRTIO_BLK_S_UNSUPP;
	if (r->num_sectors > (is_discard ? DISCARD_MAX_SECTORS : ZEROES_MAX_SECTORS) ||
	    !is_in_disk(req->b, r->sector, r->num_sectors)) {
		guest_error(req->b->vd.dev, "range of %u sectors at %llu is not of the disk",
			    r->num_sectors, (unsigned long long)r->sector);
		return VIRTIO_BLK_S_IOERR;
	}
	return VIRTIO_BLK_S_OK;
}

static int parse_ranges(struct vblk_req *req)
{
	unsigned int feature = req->type == VIRTIO_BLK_T_DISCARD ? VIRTIO_BLK_F_DISCARD :
								   VIRTIO_BLK_F_WRITE_ZEROES;
	int status = VIRTIO_BLK_S_OK;

	if (!virtio_has_feature(&req->b->vd, feature))
		return VIRTIO_BLK_S_UNSUPP;
	req->nranges = (unsigned int)(req->data_bytes / sizeof(req->ranges[0]));
	if (!req->nranges || req->data_bytes % sizeof(req->ranges[0]) ||
	    req->data_bytes > sizeof(req->ranges)) {
		guest_error(req->b->vd.dev, "%llu bytes of ranges (want 1 to %u of %zu bytes)",
			    (unsigned long long)req->data_bytes, RANGES_MAX,
			    sizeof(req->ranges[0]));
		return VIRTIO_BLK_S_IOERR;
	}
	iov_copy_out(req->ranges, (size_t)req->data_bytes, req->data,
		     (unsigned int)req->data_parts, 0);
	for (unsigned int i = 0; i < req->nranges && status == VIRTIO_BLK_S_OK; i++)
		status = parse_range(req, &req->ranges[i]);
	return status == VIRTIO_BLK_S_OK ? TO_WORKER : status;
}

/* Without any cache control the driver expects a completed write to be durable (5.2.5). */
static bool is_write_through(const struct vblk *b)
{
	const struct virtio_blk_config *config = (const void *)b->vd.config;

	if (virtio_has_feature(&b->vd, VIRTIO_BLK_F_CONFIG_WCE))
		return !config->wce;
	return !virtio_has_feature(&b->vd, VIRTIO_BLK_F_FLUSH);
}

/*
 * Header and status byte may be cut into descriptors in any way (2.7.4), so both are found
 * by position.  The header is copied once, the guest may change it meanwhile.
 */
static int parse(struct vblk_req *req)
{
	struct virtq_chain *c = &req->chain;
	const struct iovec *last = &c->iov[c->nout + c->nin - 1];
	struct virtio_blk_outhdr hdr;

	if (c->out_bytes < sizeof(hdr) || !c->in_bytes)
		return NO_REQUEST;
	iov_copy_out(&hdr, sizeof(hdr), c->iov, c->nout, 0);
	req->type = le32toh(hdr.type);
	req->off = 0;
	req->nranges = 0;
	req->status_at = (uint8_t *)last->iov_base + last->iov_len - 1;
	req->is_stable = is_write_through(req->b);
	switch (req->type) {
	case VIRTIO_BLK_T_IN:
		set_data(req, c->iov + c->nout, 0, c->in_bytes - 1);
		return parse_rw(req, le64toh(hdr.sector));
	case VIRTIO_BLK_T_OUT:
		set_data(req, c->iov, sizeof(hdr), c->out_bytes - sizeof(hdr));
		return parse_rw(req, le64toh(hdr.sector));
	case VIRTIO_BLK_T_FLUSH:
		return TO_WORKER;
	case VIRTIO_BLK_T_DISCARD:
	case VIRTIO_BLK_T_WRITE_ZEROES:
		set_data(req, c->iov, sizeof(hdr), c->out_bytes - sizeof(hdr));
		return parse_ranges(req);
	case VIRTIO_BLK_T_GET_ID:
		iov_copy_in(c->iov + c->nout, c->nin, 0, req->b->serial,
			    c->in_bytes - 1 < VBLK_SERIAL_BYTES ? c->in_bytes - 1 :
								 VBLK_SERIAL_BYTES);
		return VIRTIO_BLK_S_OK;
	default:
		return VIRTIO_BLK_S_UNSUPP;
	}
}

/* ---- the queue ---- */

static struct vblk_req *req_alloc(struct vblk *b)
{
	struct vblk_req *req = b->free_reqs;

	if (req)
		b->free_reqs = req->next_free;
	else
		req = malloc(sizeof(*req));
	if (!req)
		return NULL;
	req->job.run = req_run;
	req->job.done = req_done;
	req->b = b;
	req->epoch = b->epoch;
	return req;
}

/* False: nothing more to take now. */
static bool take_one(struct vblk *b)
{
	struct vblk_req *req = req_alloc(b);
	int ret;

	if (!req) {
		log_err("vblk", "%s: out of memory", b->vd.name);
		virtio_fail(&b->vd, "no memory for a request");
		return false;
	}
	ret = virtio_pop(&b->vd, 0, &req->chain);
	if (ret <= 0) {
		req_free(req);
		return false;
	}
	ret = parse(req);
	if (ret == TO_WORKER) {
		event_submit(b->vd.loop, &req->job);
	} else if (ret == NO_REQUEST) {
		virtio_fail(&b->vd, "request of %llu + %llu bytes (want 16 and a status byte)",
			    (unsigned long long)req->chain.out_bytes,
			    (unsigned long long)req->chain.in_bytes);
		req_free(req);
		return false;
	} else {
		req->status = (uint8_t)ret;
		req_complete(req);
	}
	return true;
}

static void vblk_queue_run(struct virtio_dev *vd, unsigned int index)
{
	struct vblk *b = to_vblk(vd);
	struct virtq *q = &vd->queues[index];
	unsigned int left = QUEUE_SIZE;

	virtq_disable_notify(q);
	do {
		while (left && take_one(b))
			left--;
	} while (left && virtq_enable_notify(q));
	if (!left)
		virtio_kick(vd, index);
	virtio_signal(vd, index);
}

/* ---- life ---- */

static void vblk_cancel(struct virtio_dev *vd)
{
	struct vblk *b = to_vblk(vd);

	pthread_mutex_lock(&b->io_lock);
	b->epoch++;
	while (b->inside)
		pthread_cond_wait(&b->io_left, &b->io_lock);
	pthread_mutex_unlock(&b->io_lock);
}

static void vblk_reset(struct virtio_dev *vd)
{
	struct virtio_blk_config *config = (void *)vd->config;

	config->wce = 1;
}

static void vblk_config_written(struct virtio_dev *vd, unsigned int off, unsigned int len)
{
	struct virtio_blk_config *config = (void *)vd->config;

	(void)off;
	(void)len;
	config->wce = config->wce != 0;
}

static void vblk_quiesce(struct virtio_dev *vd)
{
	struct vblk *b = to_vblk(vd);
	int ret;

	event_drain(vd->loop);
	ret = b->bd->is_readonly ? 0 : b->bd->ops->flush(b->bd);
	if (ret)
		log_err("vblk", "%s: flush failed: %s", vd->name, strerror(-ret));
}

static void vblk_destroy(struct virtio_dev *vd)
{
	struct vblk *b = to_vblk(vd);
	struct vblk_req *next;

	event_drain(vd->loop);
	virtio_fini(vd);
	for (struct vblk_req *req = b->free_reqs; req; req = next) {
		next = req->next_free;
		free(req);
	}
	b->bd->ops->destroy(b->bd);
	pthread_cond_destroy(&b->io_left);
	pthread_mutex_destroy(&b->io_lock);
	free(b);
}

static const struct virtio_ops vblk_ops = {
	.device_id	= VIRTIO_ID_BLOCK,
	.nqueues	= 1,
	.queue_size	= QUEUE_SIZE,
	.queue_run	= vblk_queue_run,
	.config_written	= vblk_config_written,
	.cancel		= vblk_cancel,
	.reset		= vblk_reset,
	.quiesce	= vblk_quiesce,
	.destroy	= vblk_destroy,
};

static void fill_config(struct vblk *b)
{
	struct virtio_blk_config config = {
		.capacity = htole64(b->bd->size_bytes / BLOCKDEV_SECTOR_BYTES),
		.seg_max = htole32(SEG_MAX),
		.blk_size = htole32(BLOCKDEV_SECTOR_BYTES),
		.wce = 1,
		.num_queues = htole16(1),
		.max_discard_sectors = htole32(DISCARD_MAX_SECTORS),
		.max_discard_seg = htole32(RANGES_MAX),
		.discard_sector_alignment = htole32(8),
		.max_write_zeroes_sectors = htole32(ZEROES_MAX_SECTORS),
		.max_write_zeroes_seg = htole32(RANGES_MAX),
		.write_zeroes_may_unmap = 1,
	};

	memcpy(b->vd.config, &config, sizeof(config));
	b->vd.config_bytes = sizeof(config);
	b->vd.writable_off = offsetof(struct virtio_blk_config, wce);
	b->vd.writable_len = sizeof(config.wce);
}

int vblk_create(struct virtio_dev **out, const char *name, const char *serial,
		struct blockdev *bd, struct memory *mem, struct event_loop *loop,
		struct err *err)
{
	struct vblk *b = calloc(1, sizeof(*b));
	uint64_t features = BIT64(VIRTIO_BLK_F_SEG_MAX) | BIT64(VIRTIO_BLK_F_BLK_SIZE) |
			    BIT64(VIRTIO_BLK_F_FLUSH) | BIT64(VIRTIO_BLK_F_CONFIG_WCE);

	if (!b) {
		bd->ops->destroy(bd);
		return err_set(err, -ENOMEM, "%s: out of memory", name);
	}
	if (bd->is_readonly)
		features |= BIT64(VIRTIO_BLK_F_RO);
	else if (bd->has_discard)
		features |= BIT64(VIRTIO_BLK_F_DISCARD) | BIT64(VIRTIO_BLK_F_WRITE_ZEROES);
	virtio_init(&b->vd, &vblk_ops, name, features, mem, loop);
	b->bd = bd;
	memcpy(b->serial, serial, strnlen(serial, VBLK_SERIAL_BYTES));
	pthread_mutex_init(&b->io_lock, NULL);
	pthread_cond_init(&b->io_left, NULL);
	fill_config(b);
	*out = &b->vd;
	return 0;
}
