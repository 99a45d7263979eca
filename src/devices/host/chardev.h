/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/host/chardev.h - the host side of a serial line or console: a stream of bytes
 * out and a stream of bytes in.
 *
 * Output: chardev_write() queues into a bounded ring and returns at once; the loop thread
 * moves the ring to the host.  When a connected peer is slower than the guest the ring
 * fills, chardev_write() takes less than it was given, and on_writable() says when to go
 * on: nothing is lost.  When nobody is connected (socket without client, pty that no one
 * has open, terminal gone) a full ring drops what comes last, so that a guest never waits
 * for a peer that is not there; the oldest output is what the next client sees first.
 *
 * Input: the loop thread reads the host into a bounded ring and calls on_input().  The
 * user takes what it has room for with chardev_read(), and the rest whenever it has room
 * again; while the ring is full the host is not read.
 *
 * Locking: a chardev has one lock of its own, a leaf below dev->lock.  chardev_write() and
 * chardev_read() may therefore be called with dev->lock held, on any thread.  The
 * callbacks run on the loop thread with no chardev lock held.
 */
#ifndef LVZ_DEVICES_HOST_CHARDEV_H
#define LVZ_DEVICES_HOST_CHARDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"

#define CHARDEV_NAME_BYTES 160

struct event_loop;
struct chardev;

/* What a kind of chardev implements; the functions below add the common part. */
struct chardev_ops {
	size_t (*write)(struct chardev *chr, const void *buf, size_t len);
	size_t (*read)(struct chardev *chr, void *buf, size_t len);
	/* Sends what is queued, waiting at most @timeout_ms; NULL: nothing is ever queued. */
	bool (*flush)(struct chardev *chr, unsigned int timeout_ms);
	/* This user is (no longer) ready for input; NULL: does not matter. */
	void (*set_active)(struct chardev *chr, bool is_active);
	void (*destroy)(struct chardev *chr);
};

struct chardev {
	const struct chardev_ops *ops;
	char name[CHARDEV_NAME_BYTES];	/* for messages: "stdio", "pty /dev/pts/3" */
	void (*on_input)(void *ctx);	/* loop */
	void (*on_writable)(void *ctx);	/* loop */
	void *user_ctx;			/* loop */
};

/* Queues up to @len bytes and returns how many were taken (0..@len).  Any thread. */
size_t chardev_write(struct chardev *chr, const void *buf, size_t len);

/* Takes up to @len bytes of input; 0 when there is none now.  Never blocks.  Any thread. */
size_t chardev_read(struct chardev *chr, void *buf, size_t len);

/*
 * Names the one user of @chr.  on_input: input has arrived (or was there all the time:
 * it is called once after this call if there is some).  on_writable (may be NULL): a
 * chardev_write() that took less than offered can be continued.  Both NULL: the user is
 * gone, and no callback runs after this call.  Spurious calls happen.  Loop thread.
 */
void chardev_set_user(struct chardev *chr, void (*on_input)(void *ctx),
		      void (*on_writable)(void *ctx), void *ctx);

/*
 * Sends what is still queued, waiting at most @timeout_ms in all for a slow peer.  True
 * when nothing is left (also: nobody is connected).  Loop thread.
 */
bool chardev_flush(struct chardev *chr, unsigned int timeout_ms);

/*
 * Says that the user of @chr can take input now: a mux port becomes a candidate for the
 * front.  Ports start inactive.  No effect on other kinds.  Any thread.
 */
void chardev_set_active(struct chardev *chr, bool is_active);

/* Flushes for at most half a second, closes, frees.  NULL is fine.  Loop thread. */
void chardev_destroy(struct chardev *chr);

/* Calls the user's callbacks, if any (for implementations).  Loop thread. */
void chardev_notify_input(struct chardev *chr);
void chardev_notify_writable(struct chardev *chr);

/* ---- kinds ---- */

enum chardev_kind { CHARDEV_NONE, CHARDEV_STDIO, CHARDEV_PTY, CHARDEV_UNIX, CHARDEV_FILE };

/*
 * Splits "none", "stdio", "pty", "pty:LINK", "unix:PATH" or "file:PATH"; *@path points
 * into @spec or is NULL.  -EINVAL with @err saying what is wanted.  Touches nothing.
 */
int chardev_parse(const char *spec, enum chardev_kind *kind, const char **path,
		  struct err *err);

/* Terminal side of stdio; all members may be zero.  Callbacks run on the loop thread. */
struct chardev_stdio_opts {
	void (*on_quit)(void *ctx);	/* the person typed Ctrl-a x */
	/* The terminal's size: at creation and whenever it changes.  Not without a tty. */
	void (*on_resize)(void *ctx, unsigned int cols, unsigned int rows);
	void *ctx;
	bool has_fds;			/* use the two below instead of 0 and 1 (tests) */
	int in_fd;
	int out_fd;
};

/*
 * Each constructor gives the caller one chardev to be ended with chardev_destroy(); @loop
 * must outlive it.  Errors: -errno with @err naming the path and the cause.  Loop thread.
 */
int chardev_none_create(struct chardev **out, struct err *err);

/*
 * Standard input and output.  When input is a terminal it is put into raw mode (Ctrl-a is
 * then the escape key) until chardev_destroy() or chardev_stdio_restore().  Only one per
 * process may own a terminal (-EBUSY).  End of input ends input, nothing else.
 */
int chardev_stdio_create(struct chardev **out, struct event_loop *loop,
			 const struct chardev_stdio_opts *opts, struct err *err);

/*
 * Puts the terminal back as it was found, if it is raw.  Async-signal-safe, idempotent;
 * also runs by itself at exit() and on fatal signals that nobody else handles.
 */
void chardev_stdio_restore(void);

/* A new pseudo terminal; its name is logged, and @link (may be NULL) made to point to it. */
int chardev_pty_create(struct chardev **out, struct event_loop *loop, const char *link,
		       struct err *err);

/*
 * A listening UNIX socket at @path; one client at a time, others are turned away.  A
 * stale socket is replaced; -EADDRINUSE when another process listens there or something
 * that is no socket is in the way.  Removed by chardev_destroy().
 */
int chardev_unix_create(struct chardev **out, struct event_loop *loop, const char *path,
			struct err *err);

/* Appends output to @path (created 0644); no input. */
int chardev_file_create(struct chardev **out, struct event_loop *loop, const char *path,
			struct err *err);

/* Any of the above by chardev_parse()'s syntax; @opts (may be NULL) is for stdio. */
int chardev_create(struct chardev **out, struct event_loop *loop, const char *spec,
		   const struct chardev_stdio_opts *opts, struct err *err);

/* ---- several users of one chardev ---- */

struct chardev_mux;

/*
 * Shares @backend, which the mux takes over (it is destroyed with the mux).  Output of
 * all ports goes out; input goes to the front port: the active one of highest priority,
 * the one created first among equals; without any active port, input waits.
 */
int chardev_mux_create(struct chardev_mux **out, struct event_loop *loop,
		       struct chardev *backend, struct err *err);

/*
 * A chardev for one user; owned by the mux: chardev_destroy() on it only detaches the
 * user.  Loop thread, before vCPUs run.
 */
int chardev_mux_port(struct chardev_mux *mux, int priority, const char *name,
		     struct chardev **out, struct err *err);

/* Frees ports and backend.  Loop thread. */
void chardev_mux_destroy(struct chardev_mux *mux);

#endif
