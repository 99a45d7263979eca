/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/host/chardev_stream.c - see chardev_stream.h.
 *
 * Writers never touch a descriptor: they fill the ring and post ->work, which sends on
 * the loop.  A write watcher exists only while the peer cannot take more, a read watcher
 * only while the input ring has room, so a quiet or stuck peer costs nothing.
 */
#include "devices/host/chardev_stream.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util/bits.h"
#include "util/log.h"

#define CHUNK_BYTES 4096u
/* How many chunks one turn of the loop moves before others get theirs. */
#define CHUNKS_PER_TURN 16

int chardev_ring_init(struct chardev_ring *r, size_t bytes)
{
	*r = (struct chardev_ring){ .buf = malloc(bytes), .mask = bytes - 1 };
	return r->buf ? 0 : -ENOMEM;
}

void chardev_ring_fini(struct chardev_ring *r)
{
	free(r->buf);
	r->buf = NULL;
}

size_t chardev_ring_put(struct chardev_ring *r, const void *buf, size_t len)
{
	size_t room = chardev_ring_room(r);
	size_t at = r->head & r->mask;
	size_t first;

	if (len > room)
		len = room;
	first = r->mask + 1 - at;
	if (first > len)
		first = len;
	memcpy(r->buf + at, buf, first);
	memcpy(r->buf, (const uint8_t *)buf + first, len - first);
	r->head += len;
	return len;
}

const uint8_t *chardev_ring_peek(const struct chardev_ring *r, size_t *len)
{
	size_t at = r->tail & r->mask;
	size_t first = r->mask + 1 - at;
	size_t used = chardev_ring_used(r);

	*len = used < first ? used : first;
	return r->buf + at;
}

size_t chardev_ring_get(struct chardev_ring *r, void *buf, size_t len)
{
	size_t done = 0;

	while (done < len) {
		size_t n;
		const uint8_t *p = chardev_ring_peek(r, &n);

		if (!n)
			break;
		if (n > len - done)
			n = len - done;
		memcpy((uint8_t *)buf + done, p, n);
		r->tail += n;
		done += n;
	}
	return done;
}

/* ---- output ---- */

static size_t stream_write(struct chardev *chr, const void *buf, size_t len)
{
	struct chardev_stream *s = container_of(chr, struct chardev_stream, chr);
	size_t taken;

	pthread_mutex_lock(&s->lock);
	taken = chardev_ring_put(&s->out, buf, len);
	if (taken < len && !s->is_connected) {
		s->dropped_bytes += len - taken;
		taken = len;
	}
	s->is_short |= taken < len;
	pthread_mutex_unlock(&s->lock);
	event_post(s->loop, &s->work);
	return taken;
}

/*
 * Sends one contiguous run.  1: some bytes went, 0: nothing to send, -EAGAIN: the peer is
 * full, other: broken.  Only the loop consumes, so the run stays put without the lock.
 */
static int send_some(struct chardev_stream *s)
{
	const uint8_t *p;
	size_t len;
	ssize_t n;

	pthread_mutex_lock(&s->lock);
	p = chardev_ring_peek(&s->out, &len);
	pthread_mutex_unlock(&s->lock);
	if (!len)
		return 0;
	n = s->ops->send(s, p, len < CHUNK_BYTES ? len : CHUNK_BYTES);
	if (n < 0)
		return n == -EINTR ? 1 : (int)n;
	pthread_mutex_lock(&s->lock);
	s->out.tail += (size_t)n;
	pthread_mutex_unlock(&s->lock);
	return n ? 1 : -EAGAIN;
}

static void tell_writable(struct chardev_stream *s)
{
	bool is_wanted;

	pthread_mutex_lock(&s->lock);
	is_wanted = s->is_short && chardev_ring_room(&s->out);
	if (is_wanted)
		s->is_short = false;
	pthread_mutex_unlock(&s->lock);
	if (is_wanted)
		chardev_notify_writable(&s->chr);
}

static void pump_output(struct chardev_stream *s)
{
	int ret = -EAGAIN;

	for (int i = 0; i < CHUNKS_PER_TURN && s->out_io; i++) {
		ret = send_some(s);
		if (ret <= 0)
			break;
	}
	if (s->out_io && ret < 0 && ret != -EAGAIN)
		s->ops->on_output_end(s);
	if (s->out_io)
		event_io_set(s->out_io, ret ? EVENT_WRITE : 0);
	tell_writable(s);
}

static bool stream_flush(struct chardev *chr, unsigned int timeout_ms)
{
	struct chardev_stream *s = container_of(chr, struct chardev_stream, chr);
	struct timespec t0, t;
	long long left_ms = timeout_ms;
	int ret = 0;

	clock_gettime(CLOCK_MONOTONIC, &t0);
	while (s->out_io) {
		struct pollfd pfd = { .fd = s->out_fd, .events = POLLOUT };

		ret = send_some(s);
		if (ret > 0)
			continue;
		if (ret != -EAGAIN || left_ms <= 0)
			break;
		if (poll(&pfd, 1, (int)left_ms) < 0 && errno != EINTR)
			break;
		clock_gettime(CLOCK_MONOTONIC, &t);
		left_ms = timeout_ms - ((t.tv_sec - t0.tv_sec) * 1000LL +
					(t.tv_nsec - t0.tv_nsec) / 1000000);
	}
	if (s->out_io && ret < 0 && ret != -EAGAIN)
		s->ops->on_output_end(s);
	return !s->out_io || ret == 0;
}

/* ---- input ---- */

static size_t stream_read(struct chardev *chr, void *buf, size_t len)
{
	struct chardev_stream *s = container_of(chr, struct chardev_stream, chr);
	bool was_full;
	size_t n;

	pthread_mutex_lock(&s->lock);
	was_full = !chardev_ring_room(&s->in);
	n = chardev_ring_get(&s->in, buf, len);
	pthread_mutex_unlock(&s->lock);
	if (was_full && n)
		event_post(s->loop, &s->work);	/* the read watcher was off */
	return n;
}

static size_t input_room(struct chardev_stream *s)
{
	size_t room;

	pthread_mutex_lock(&s->lock);
	room = chardev_ring_room(&s->in);
	pthread_mutex_unlock(&s->lock);
	return s->reads_when_full ? CHUNK_BYTES : room;
}

static void keep_input(struct chardev_stream *s, const uint8_t *buf, size_t len)
{
	size_t kept;

	pthread_mutex_lock(&s->lock);
	kept = chardev_ring_put(&s->in, buf, len);
	pthread_mutex_unlock(&s->lock);
	if (kept < len)
		log_warn("chardev", "%s: the guest does not read, %zu bytes of input dropped",
			 s->chr.name, len - kept);
}

static void pump_input(struct chardev_stream *s)
{
	uint8_t buf[CHUNK_BYTES];
	size_t room = input_room(s);
	ssize_t n;

	if (!room) {
		event_io_set(s->in_io, 0);
		return;
	}
	n = s->ops->recv(s, buf, room < sizeof(buf) ? room : sizeof(buf));
	if (n == -EAGAIN || n == -EINTR)
		return;
	if (n <= 0) {
		event_io_del(s->in_io);
		s->in_io = NULL;
		s->ops->on_input_end(s);
		return;
	}
	if (s->ops->filter)
		n = (ssize_t)s->ops->filter(s, buf, (size_t)n);
	keep_input(s, buf, (size_t)n);
	chardev_notify_input(&s->chr);
	if (s->in_io)
		event_io_set(s->in_io, input_room(s) ? EVENT_READ : 0);
}

/* ---- the loop's side ---- */

static void on_in_io(void *ctx, int revents)
{
	(void)revents;
	pump_input(ctx);
}

static void on_out_io(void *ctx, int revents)
{
	(void)revents;
	pump_output(ctx);
}

static void on_work(struct event_work *work)
{
	struct chardev_stream *s = container_of(work, struct chardev_stream, work);

	pump_output(s);
	if (s->in_io)
		event_io_set(s->in_io, input_room(s) ? EVENT_READ : 0);
}

int chardev_stream_attach(struct chardev_stream *s, int in_fd, int out_fd, struct err *err)
{
	int ret = event_io_add(s->loop, out_fd, 0, on_out_io, s, &s->out_io, err);

	if (!ret && in_fd >= 0)
		ret = event_io_add(s->loop, in_fd, input_room(s) ? EVENT_READ : 0, on_in_io, s,
				   &s->in_io, err);
	if (ret) {
		event_io_del(s->out_io);
		s->out_io = NULL;
		return ret;
	}
	s->in_fd = in_fd;
	s->out_fd = out_fd;
	pthread_mutex_lock(&s->lock);
	s->is_connected = true;
	if (s->dropped_bytes)
		log_warn("chardev", "%s: %llu bytes of output were dropped while nobody was "
			 "connected", s->chr.name, (unsigned long long)s->dropped_bytes);
	s->dropped_bytes = 0;
	pthread_mutex_unlock(&s->lock);
	event_post(s->loop, &s->work);
	return 0;
}

void chardev_stream_detach(struct chardev_stream *s)
{
	bool was_short;

	event_io_del(s->in_io);
	event_io_del(s->out_io);
	s->in_io = NULL;
	s->out_io = NULL;
	s->in_fd = -1;
	s->out_fd = -1;
	pthread_mutex_lock(&s->lock);
	s->is_connected = false;
	was_short = s->is_short;
	s->is_short = false;
	pthread_mutex_unlock(&s->lock);
	if (was_short)
		chardev_notify_writable(&s->chr);	/* what follows is dropped, not refused */
}

static void stream_destroy(struct chardev *chr)
{
	struct chardev_stream *s = container_of(chr, struct chardev_stream, chr);

	chardev_stream_detach(s);
	s->ops->destroy(s);
}

static const struct chardev_ops stream_chardev_ops = {
	.write	 = stream_write,
	.read	 = stream_read,
	.flush	 = stream_flush,
	.destroy = stream_destroy,
};

int chardev_stream_init(struct chardev_stream *s, const struct chardev_stream_ops *ops,
			struct event_loop *loop, size_t in_bytes, struct err *err)
{
	if (chardev_ring_init(&s->out, CHARDEV_OUT_BYTES) ||
	    chardev_ring_init(&s->in, in_bytes)) {
		chardev_ring_fini(&s->out);
		return err_set(err, -ENOMEM, "console: out of memory");
	}
	pthread_mutex_init(&s->lock, NULL);
	s->chr.ops = &stream_chardev_ops;
	s->ops = ops;
	s->loop = loop;
	s->in_fd = -1;
	s->out_fd = -1;
	s->work.fn = on_work;
	return 0;
}

void chardev_stream_fini(struct chardev_stream *s)
{
	event_cancel(s->loop, &s->work);
	pthread_mutex_destroy(&s->lock);
	chardev_ring_fini(&s->in);
	chardev_ring_fini(&s->out);
}
