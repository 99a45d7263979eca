/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/virtq.c - see virtq.h.
 *
 * Ordering: an index is loaded before what it covers is read, and stored after what it
 * covers was written, for which acquire and release would do.  But between storing our
 * index and loading the other side's wish for a notification a full barrier is needed, or
 * both sides could miss each other; sequentially consistent accesses give it (and, unlike
 * a fence, are understood by the thread sanitizer).
 */
#include "devices/virtq.h"

#include <endian.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <string.h>

#include "util/bits.h"

#define RING_HEAD_BYTES 4u	/* flags, idx */
#define EVENT_BYTES 2u		/* used_event or avail_event after the ring */
#define AVAIL_ELEM_BYTES 2u
#define USED_ELEM_BYTES ((unsigned int)sizeof(struct vring_used_elem))
#define DESC_BYTES ((unsigned int)sizeof(struct vring_desc))

/* ---- shared 16-bit words ---- */

static uint16_t ring_load(const uint8_t *p)
{
	return le16toh(__atomic_load_n((const uint16_t *)(const void *)p, __ATOMIC_SEQ_CST));
}

static void ring_store(uint8_t *p, uint16_t v)
{
	__atomic_store_n((uint16_t *)(void *)p, htole16(v), __ATOMIC_SEQ_CST);
}

static uint16_t avail_flags(const struct virtq *q)
{
	return ring_load(q->avail);
}

static uint16_t avail_idx(const struct virtq *q)
{
	return ring_load(q->avail + 2);
}

static uint8_t *avail_elem(const struct virtq *q, uint16_t pos)
{
	return q->avail + RING_HEAD_BYTES + AVAIL_ELEM_BYTES * (pos & (q->size - 1));
}

static uint16_t used_event(const struct virtq *q)
{
	return ring_load(q->avail + RING_HEAD_BYTES + AVAIL_ELEM_BYTES * q->size);
}

static uint8_t *avail_event_at(const struct virtq *q)
{
	return q->used + RING_HEAD_BYTES + USED_ELEM_BYTES * q->size;
}

static void used_written(const struct virtq *q, const uint8_t *p, uint64_t len)
{
	mem_written(q->mem, q->used_gpa + (uint64_t)(p - q->used), len);
}

/* ---- set-up ---- */

void virtq_reset(struct virtq *q, const struct memory *mem)
{
	memset(q, 0, sizeof(*q));
	q->mem = mem;
}

static int map_part(const struct virtq *q, const char *what, gpa_t gpa, uint64_t len,
		    unsigned int align, uint8_t **out, struct err *err)
{
	if (gpa & (align - 1))
		return err_set(err, -EINVAL, "%s at %#llx is not aligned to %u bytes", what,
			       (unsigned long long)gpa, align);
	*out = mem_at(q->mem, gpa, len);
	if (!*out)
		return err_set(err, -EINVAL, "%s at %#llx (%llu bytes) is not in RAM", what,
			       (unsigned long long)gpa, (unsigned long long)len);
	return 0;
}

int virtq_start(struct virtq *q, uint32_t max_size, uint64_t features, struct err *err)
{
	int ret;

	if (!q->size || q->size > max_size || q->size > VIRTQ_MAX_SIZE ||
	    (q->size & (q->size - 1)))
		return err_set(err, -EINVAL, "queue size %u (want a power of two up to %u)",
			       q->size, max_size);
	ret = map_part(q, "descriptor table", q->desc_gpa, DESC_BYTES * q->size, 16, &q->desc,
		       err);
	if (!ret)
		ret = map_part(q, "available ring", q->avail_gpa,
			       RING_HEAD_BYTES + AVAIL_ELEM_BYTES * q->size + EVENT_BYTES, 2,
			       &q->avail, err);
	if (!ret)
		ret = map_part(q, "used ring", q->used_gpa,
			       RING_HEAD_BYTES + USED_ELEM_BYTES * q->size + EVENT_BYTES, 4,
			       &q->used, err);
	if (ret)
		return ret;
	q->has_event_idx = features & BIT64(VIRTIO_RING_F_EVENT_IDX);
	q->has_indirect = features & BIT64(VIRTIO_RING_F_INDIRECT_DESC);
	q->next_avail = 0;
	q->next_used = 0;
	q->signalled_used = 0;
	q->is_notify_off = false;
	q->is_broken = false;
	q->in_flight = 0;
	q->is_ready = true;
	return 0;
}

void virtq_stop(struct virtq *q)
{
	q->is_ready = false;
	q->is_broken = false;
	q->in_flight = 0;
}

/* ---- taking chains ---- */

/* What is left to walk of the table that the chain is in now. */
struct walk {
	const uint8_t *table;
	uint32_t entries;
	bool is_indirect;
};

static int broken(struct virtq *q, int code)
{
	q->is_broken = true;
	return code;
}

/* The one read of a descriptor from guest memory. */
static struct vring_desc desc_copy(const uint8_t *table, uint32_t i)
{
	struct vring_desc d;

	memcpy(&d, table + (size_t)i * DESC_BYTES, sizeof(d));
	d.addr = le64toh(d.addr);
	d.len = le32toh(d.len);
	d.flags = le16toh(d.flags);
	d.next = le16toh(d.next);
	return d;
}

static int enter_indirect(const struct virtq *q, const struct vring_desc *d, struct walk *w,
			  struct err *err)
{
	if (!q->has_indirect)
		return err_set(err, -EPROTO, "indirect descriptor without the feature");
	if (w->is_indirect)
		return err_set(err, -EPROTO, "indirect descriptor inside an indirect table");
	if (d->flags & VRING_DESC_F_NEXT)
		return err_set(err, -EPROTO, "indirect descriptor with a next descriptor");
	if (!d->len || d->len % DESC_BYTES || d->len / DESC_BYTES > VIRTQ_MAX_PARTS)
		return err_set(err, -EPROTO, "indirect table of %u bytes (want 16 to %u by 16)",
			       d->len, VIRTQ_MAX_PARTS * DESC_BYTES);
	w->table = mem_at(q->mem, d->addr, d->len);
	if (!w->table)
		return err_set(err, -EPROTO, "indirect table at %#llx is not in RAM",
			       (unsigned long long)d->addr);
	w->entries = d->len / DESC_BYTES;
	w->is_indirect = true;
	return 0;
}

static int add_part(const struct virtq *q, const struct vring_desc *d, struct virtq_chain *c,
		    struct err *err)
{
	bool is_in = d->flags & VRING_DESC_F_WRITE;
	unsigned int n = c->nout + c->nin;
	void *p;

	if (n == VIRTQ_MAX_PARTS)
		return err_set(err, -EPROTO, "chain of more than %u descriptors (a loop?)",
			       VIRTQ_MAX_PARTS);
	if (!d->len)
		return err_set(err, -EPROTO, "descriptor of length 0");
	if (!is_in && c->nin)
		return err_set(err, -EPROTO, "readable descriptor after a writable one");
	if (d->len > VIRTQ_MAX_CHAIN_BYTES - c->out_bytes - c->in_bytes)
		return err_set(err, -EPROTO, "chain of more than %llu bytes",
			       (unsigned long long)VIRTQ_MAX_CHAIN_BYTES);
	p = mem_at(q->mem, d->addr, d->len);
	if (!p)
		return err_set(err, -EPROTO, "buffer at %#llx (%u bytes) is not in RAM",
			       (unsigned long long)d->addr, d->len);
	c->iov[n] = (struct iovec){ .iov_base = p, .iov_len = d->len };
	if (is_in) {
		c->nin++;
		c->in_bytes += d->len;
	} else {
		c->nout++;
		c->out_bytes += d->len;
	}
	return 0;
}

/* Each turn adds a part or enters the one indirect table, so loops end at the limit. */
static int walk_chain(const struct virtq *q, struct virtq_chain *c, struct err *err)
{
	struct walk w = { .table = q->desc, .entries = q->size };
	uint32_t i = c->head;
	int ret;

	for (;;) {
		struct vring_desc d;

		if (i >= w.entries)
			return err_set(err, -EPROTO, "descriptor %u of a table of %u", i,
				       w.entries);
		d = desc_copy(w.table, i);
		if (d.flags & VRING_DESC_F_INDIRECT) {
			ret = enter_indirect(q, &d, &w, err);
			if (ret)
				return ret;
			i = 0;
			continue;
		}
		ret = add_part(q, &d, c, err);
		if (ret)
			return ret;
		if (!(d.flags & VRING_DESC_F_NEXT))
			return 0;
		i = d.next;
	}
}

bool virtq_has_avail(const struct virtq *q)
{
	return q->is_ready && !q->is_broken && avail_idx(q) != q->next_avail;
}

int virtq_pop(struct virtq *q, struct virtq_chain *chain, struct err *err)
{
	uint16_t pending;
	int ret;

	if (!q->is_ready || q->is_broken)
		return 0;
	pending = (uint16_t)(avail_idx(q) - q->next_avail);
	if (!pending)
		return 0;
	if (pending > q->size)
		return broken(q, err_set(err, -EPROTO, "available index runs %u ahead in a ring of "
					 "%u", pending, q->size));
	if (q->in_flight == q->size)
		return broken(q, err_set(err, -EPROTO, "more than %u chains at a time", q->size));
	chain->head = ring_load(avail_elem(q, q->next_avail));
	chain->nout = 0;
	chain->nin = 0;
	chain->out_bytes = 0;
	chain->in_bytes = 0;
	ret = walk_chain(q, chain, err);
	if (ret)
		return broken(q, ret);
	q->next_avail++;
	q->in_flight++;
	return 1;
}

/* ---- giving chains back ---- */

void virtq_push(struct virtq *q, const struct virtq_chain *chain, uint64_t written)
{
	struct vring_used_elem elem;
	uint64_t left = written < chain->in_bytes ? written : chain->in_bytes;
	uint8_t *p;

	elem.id = htole32(chain->head);
	elem.len = htole32((uint32_t)left);
	for (unsigned int i = chain->nout; left; i++) {
		uint64_t n = chain->iov[i].iov_len < left ? chain->iov[i].iov_len : left;

		/* RAM is linear: the guest's address is the distance from its start. */
		mem_written(q->mem, (gpa_t)((uint8_t *)chain->iov[i].iov_base - q->mem->base), n);
		left -= n;
	}
	if (!q->is_ready || q->is_broken)
		return;
	p = q->used + RING_HEAD_BYTES + USED_ELEM_BYTES * (q->next_used & (q->size - 1));
	memcpy(p, &elem, sizeof(elem));
	used_written(q, p, sizeof(elem));
	q->next_used++;
	q->in_flight--;
	ring_store(q->used + 2, q->next_used);
	used_written(q, q->used + 2, 2);
}

bool virtq_should_signal(struct virtq *q)
{
	uint16_t old = q->signalled_used;

	if (!q->is_ready || q->is_broken || old == q->next_used)
		return false;
	q->signalled_used = q->next_used;
	if (q->has_event_idx)
		return vring_need_event(used_event(q), q->next_used, old);
	return !(avail_flags(q) & VRING_AVAIL_F_NO_INTERRUPT);
}

bool virtq_enable_notify(struct virtq *q)
{
	if (!q->is_ready || q->is_broken)
		return false;
	if (q->has_event_idx) {
		ring_store(avail_event_at(q), q->next_avail);
		used_written(q, avail_event_at(q), EVENT_BYTES);
	} else if (q->is_notify_off) {
		ring_store(q->used, 0);
		used_written(q, q->used, 2);
	}
	q->is_notify_off = false;
	return virtq_has_avail(q);
}

void virtq_disable_notify(struct virtq *q)
{
	if (!q->is_ready || q->is_broken)
		return;
	/* With the event index nothing is to be done: a passed avail_event stays passed. */
	if (!q->has_event_idx && !q->is_notify_off) {
		ring_store(q->used, VRING_USED_F_NO_NOTIFY);
		used_written(q, q->used, 2);
	}
	q->is_notify_off = true;
}

/* ---- iovec helpers ---- */

size_t iov_copy_out(void *buf, size_t len, const struct iovec *iov, unsigned int n,
		    uint64_t skip)
{
	size_t done = 0;

	for (unsigned int i = 0; i < n && done < len; i++) {
		size_t part;

		if (skip >= iov[i].iov_len) {
			skip -= iov[i].iov_len;
			continue;
		}
		part = iov[i].iov_len - skip;
		if (part > len - done)
			part = len - done;
		memcpy((uint8_t *)buf + done, (const uint8_t *)iov[i].iov_base + skip, part);
		done += part;
		skip = 0;
	}
	return done;
}

size_t iov_copy_in(const struct iovec *iov, unsigned int n, uint64_t skip, const void *buf,
		   size_t len)
{
	size_t done = 0;

	for (unsigned int i = 0; i < n && done < len; i++) {
		size_t part;

		if (skip >= iov[i].iov_len) {
			skip -= iov[i].iov_len;
			continue;
		}
		part = iov[i].iov_len - skip;
		if (part > len - done)
			part = len - done;
		memcpy((uint8_t *)iov[i].iov_base + skip, (const uint8_t *)buf + done, part);
		done += part;
		skip = 0;
	}
	return done;
}
