/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/event.h - the main thread's event loop (libev) and the worker pool.
 *
 * The loop owns host descriptors, timers and virtqueue processing.  Other threads reach
 * it only through event_post(); a work item that is already queued is not queued twice.
 * Workers do blocking file I/O; a job's done() runs on the loop.
 */
#ifndef LVZ_CORE_EVENT_H
#define LVZ_CORE_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"

struct event_loop;

/*
 * nworkers: the most threads for event_job, each started when there is a job for it; 0 runs
 * jobs on the loop itself (tests).  -ENOMEM or -EIO with @err.
 */
int event_loop_create(struct event_loop **out, unsigned int nworkers, struct err *err);
/* Waits for running jobs; queued posts are dropped. */
void event_loop_destroy(struct event_loop *loop);
/* Runs until event_loop_stop(). */
void event_loop_run(struct event_loop *loop);
/* Handles what is ready now and returns (tests; draining at exit).  @wait: block for one event. */
void event_loop_once(struct event_loop *loop, bool wait);
/* Any thread. */
void event_loop_stop(struct event_loop *loop);

/* Work for the loop thread.  Embedded by its owner, who must outlive it or cancel it. */
struct event_work {
	void (*fn)(struct event_work *work);
	struct event_work *next;	/* loop's post lock */
	bool is_queued;			/* loop's post lock */
};
void event_post(struct event_loop *loop, struct event_work *work);	/* any thread */
void event_cancel(struct event_loop *loop, struct event_work *work);	/* any thread */

/* Descriptor watchers (loop thread only).  events: EVENT_READ | EVENT_WRITE. */
#define EVENT_READ 1
#define EVENT_WRITE 2
struct event_io;
int event_io_add(struct event_loop *loop, int fd, int events,
		 void (*fn)(void *ctx, int revents), void *ctx,
		 struct event_io **out, struct err *err);
void event_io_set(struct event_io *io, int events);	/* 0 pauses it */
void event_io_del(struct event_io *io);			/* NULL is fine */

/* One-shot timers (loop thread only). */
struct event_timer;
int event_timer_add(struct event_loop *loop, void (*fn)(void *ctx), void *ctx,
		    struct event_timer **out, struct err *err);
void event_timer_arm(struct event_timer *t, uint64_t after_ns);
void event_timer_del(struct event_timer *t);

/* Signals (loop thread only; one watcher per signal). */
struct event_signal;
int event_signal_add(struct event_loop *loop, int signum, void (*fn)(void *ctx, int signum),
		     void *ctx, struct event_signal **out, struct err *err);
void event_signal_del(struct event_signal *s);

/* A blocking job: run() on a worker, then done() on the loop.  The job owns its buffers. */
struct event_job {
	void (*run)(struct event_job *job);
	void (*done)(struct event_job *job);
	struct event_job *next;
};
void event_submit(struct event_loop *loop, struct event_job *job);	/* loop thread */
/* Blocks until no job is queued or running and all done() calls were made.  Loop thread. */
void event_drain(struct event_loop *loop);

#endif
