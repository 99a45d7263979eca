/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/host/chardev_stream.h - what stdio, pty and socket chardevs have in common: two
 * rings between the users' threads and a pair of descriptors on the loop.
 *
 * The kind embeds struct chardev_stream first, opens its descriptors and attaches them;
 * the stream moves bytes while they are attached and buffers while they are not.
 */
#ifndef LVZ_DEVICES_HOST_CHARDEV_STREAM_H
#define LVZ_DEVICES_HOST_CHARDEV_STREAM_H

#include <pthread.h>
#include <sys/types.h>

#include "core/event.h"
#include "devices/host/chardev.h"

#define CHARDEV_OUT_BYTES (64u * 1024)	/* powers of two, see ring functions */
#define CHARDEV_IN_BYTES  (4u * 1024)

/* Bytes in order; positions run freely and are cut by the mask. */
struct chardev_ring {
	uint8_t *buf;
	size_t mask;
	size_t head;		/* next byte goes here */
	size_t tail;		/* oldest byte */
};

int chardev_ring_init(struct chardev_ring *r, size_t bytes);	/* 0 or -ENOMEM */
void chardev_ring_fini(struct chardev_ring *r);
static inline size_t chardev_ring_used(const struct chardev_ring *r)
{
	return r->head - r->tail;
}
static inline size_t chardev_ring_room(const struct chardev_ring *r)
{
	return r->mask + 1 - (r->head - r->tail);
}
/* Both return how many bytes they moved. */
size_t chardev_ring_put(struct chardev_ring *r, const void *buf, size_t len);
size_t chardev_ring_get(struct chardev_ring *r, void *buf, size_t len);
/* The longest contiguous run of oldest bytes, without taking it; its length in *@len. */
const uint8_t *chardev_ring_peek(const struct chardev_ring *r, size_t *len);

struct chardev_stream;

/* The kind's part.  All run on the loop thread without the stream's lock. */
struct chardev_stream_ops {
	/* Like write() and read() on non-blocking descriptors, but return -errno. */
	ssize_t (*send)(struct chardev_stream *s, const void *buf, size_t len);
	ssize_t (*recv)(struct chardev_stream *s, void *buf, size_t len);
	/* Edits what was received in place and returns its new length.  May be NULL. */
	size_t (*filter)(struct chardev_stream *s, uint8_t *buf, size_t len);
	/* recv returned 0 or an error.  The stream has stopped reading. */
	void (*on_input_end)(struct chardev_stream *s);
	/* send returned an error.  The kind detaches. */
	void (*on_output_end)(struct chardev_stream *s);
	/* Releases what the kind owns and frees the whole object; calls chardev_stream_fini(). */
	void (*destroy)(struct chardev_stream *s);
};

struct chardev_stream {
	struct chardev chr;		/* first */
	const struct chardev_stream_ops *ops;
	struct event_loop *loop;
	pthread_mutex_t lock;
	struct chardev_ring out;	/* lock */
	struct chardev_ring in;		/* lock */
	bool is_connected;		/* lock */
	bool is_short;			/* lock: a write took less than offered */
	uint64_t dropped_bytes;		/* lock */
	struct event_work work;		/* looks at both rings again */
	struct event_io *in_io;		/* loop; NULL: no input */
	struct event_io *out_io;	/* loop; NULL: not connected */
	int in_fd;			/* loop; -1 or the kind's */
	int out_fd;			/* loop */
	bool reads_when_full;		/* goes on reading for the filter; the excess is lost */
};

/* Prepares the embedded part: @in_bytes is the size of the input ring. */
int chardev_stream_init(struct chardev_stream *s, const struct chardev_stream_ops *ops,
			struct event_loop *loop, size_t in_bytes, struct err *err);
void chardev_stream_fini(struct chardev_stream *s);

/*
 * Starts to move bytes between the rings and these descriptors (equal for a socket,
 * @in_fd -1 for no input), which stay the kind's.  Loop thread.
 */
int chardev_stream_attach(struct chardev_stream *s, int in_fd, int out_fd, struct err *err);

/* Stops that; output is kept for the next peer.  The kind closes.  Loop thread. */
void chardev_stream_detach(struct chardev_stream *s);

#endif
