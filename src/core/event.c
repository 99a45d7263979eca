/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/event.c - see event.h.
 *
 * One ev_async watcher is the only door for other threads: whoever adds to a list
 * behind a lock rings it, and the loop thread then looks at all lists.  libev keeps no
 * thread-safe state besides that watcher, so nothing else here is called elsewhere.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "core/event.h"

#include <errno.h>
#include <ev.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "util/bits.h"

struct job_list {
	struct event_job *head;
	struct event_job *tail;
};

struct event_loop {
	struct ev_loop *ev;
	ev_async bell;
	atomic_bool is_stopping;

	pthread_mutex_t post_lock;
	struct event_work *post_head;	/* post_lock */
	struct event_work *post_tail;	/* post_lock */
	unsigned int nposts;		/* post_lock */

	pthread_mutex_t job_lock;
	pthread_cond_t job_ready;	/* for workers: ->waiting or ->is_closing changed */
	pthread_cond_t job_done;	/* for event_drain(): ->finished grew */
	struct job_list waiting;	/* job_lock */
	struct job_list finished;	/* job_lock */
	bool is_closing;		/* job_lock */
	unsigned int nwaiting;		/* job_lock: jobs in ->waiting */
	unsigned int nidle;		/* job_lock: workers that wait for a job */
	unsigned int unfinished;	/* loop: submitted, done() not yet called */

	/* Workers come with the jobs: a machine without disks has none.  Loop thread. */
	unsigned int max_workers;
	unsigned int nworkers;
	pthread_t *workers;
};

/* libev hands the watcher back; these find what was wrapped around it. */
struct event_io {
	ev_io w;
	struct event_loop *loop;
	void (*fn)(void *ctx, int revents);
	void *ctx;
};

struct event_timer {
	ev_timer w;
	struct event_loop *loop;
	void (*fn)(void *ctx);
	void *ctx;
};

struct event_signal {
	ev_signal w;
	struct event_loop *loop;
	void (*fn)(void *ctx, int signum);
	void *ctx;
};

static void job_list_add(struct job_list *l, struct event_job *job)
{
	job->next = NULL;
	if (l->tail)
		l->tail->next = job;
	else
		l->head = job;
	l->tail = job;
}

static struct event_job *job_list_take(struct job_list *l)
{
	struct event_job *job = l->head;

	if (!job)
		return NULL;
	l->head = job->next;
	if (!l->head)
		l->tail = NULL;
	job->next = NULL;
	return job;
}

/* ---- posts ---- */

void event_post(struct event_loop *loop, struct event_work *work)
{
	bool is_new;

	pthread_mutex_lock(&loop->post_lock);
	is_new = !work->is_queued;
	if (is_new) {
		work->is_queued = true;
		work->next = NULL;
		if (loop->post_tail)
			loop->post_tail->next = work;
		else
			loop->post_head = work;
		loop->post_tail = work;
		loop->nposts++;
	}
	pthread_mutex_unlock(&loop->post_lock);
	if (is_new)
		ev_async_send(loop->ev, &loop->bell);
}

void event_cancel(struct event_loop *loop, struct event_work *work)
{
	struct event_work *prev = NULL;

	pthread_mutex_lock(&loop->post_lock);
	for (struct event_work *w = loop->post_head; w; prev = w, w = w->next) {
		if (w != work)
			continue;
		if (prev)
			prev->next = w->next;
		else
			loop->post_head = w->next;
		if (loop->post_tail == w)
			loop->post_tail = prev;
		w->is_queued = false;
		loop->nposts--;
		break;
	}
	pthread_mutex_unlock(&loop->post_lock);
}

static struct event_work *post_take(struct event_loop *loop)
{
	struct event_work *w;

	pthread_mutex_lock(&loop->post_lock);
	w = loop->post_head;
	if (w) {
		loop->post_head = w->next;
		if (!loop->post_head)
			loop->post_tail = NULL;
		w->is_queued = false;
		loop->nposts--;
	}
	pthread_mutex_unlock(&loop->post_lock);
	return w;
}

/* Work that posts itself again runs in the next turn, so that descriptors get theirs. */
static void run_posts(struct event_loop *loop)
{
	struct event_work *w;
	unsigned int n;
	bool is_more;

	pthread_mutex_lock(&loop->post_lock);
	n = loop->nposts;
	pthread_mutex_unlock(&loop->post_lock);
	while (n-- && (w = post_take(loop)))
		w->fn(w);
	pthread_mutex_lock(&loop->post_lock);
	is_more = loop->post_head != NULL;
	pthread_mutex_unlock(&loop->post_lock);
	if (is_more)
		ev_async_send(loop->ev, &loop->bell);
}

/* ---- jobs ---- */

static void *worker_main(void *arg)
{
	struct event_loop *loop = arg;
	struct event_job *job;

	pthread_mutex_lock(&loop->job_lock);
	for (;;) {
		job = job_list_take(&loop->waiting);
		if (!job) {
			if (loop->is_closing)
				break;
			loop->nidle++;
			pthread_cond_wait(&loop->job_ready, &loop->job_lock);
			loop->nidle--;
			continue;
		}
		loop->nwaiting--;
		pthread_mutex_unlock(&loop->job_lock);
		job->run(job);
		pthread_mutex_lock(&loop->job_lock);
		job_list_add(&loop->finished, job);
		pthread_cond_signal(&loop->job_done);
		ev_async_send(loop->ev, &loop->bell);
	}
	pthread_mutex_unlock(&loop->job_lock);
	return NULL;
}

/* Signals are the main thread's business. */
static void worker_start(struct event_loop *loop)
{
	sigset_t all, old;
	int ret;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	ret = pthread_create(&loop->workers[loop->nworkers], NULL, worker_main, loop);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!ret)
		loop->nworkers++;	/* else the others, or the loop itself, do the job */
}

void event_submit(struct event_loop *loop, struct event_job *job)
{
	bool want_worker;

	loop->unfinished++;
	pthread_mutex_lock(&loop->job_lock);
	job_list_add(&loop->waiting, job);
	loop->nwaiting++;
	want_worker = loop->nwaiting > loop->nidle && loop->nworkers < loop->max_workers;
	pthread_cond_signal(&loop->job_ready);
	pthread_mutex_unlock(&loop->job_lock);
	if (want_worker)
		worker_start(loop);
	if (!loop->nworkers)
		ev_async_send(loop->ev, &loop->bell);
}

static struct event_job *job_take(struct event_loop *loop, struct job_list *l)
{
	struct event_job *job;

	pthread_mutex_lock(&loop->job_lock);
	job = job_list_take(l);
	pthread_mutex_unlock(&loop->job_lock);
	return job;
}

/* Calls done() for what has finished; without workers does the waiting jobs first. */
static void run_jobs(struct event_loop *loop)
{
	struct event_job *job;

	while (!loop->nworkers && (job = job_take(loop, &loop->waiting))) {
		pthread_mutex_lock(&loop->job_lock);
		loop->nwaiting--;
		pthread_mutex_unlock(&loop->job_lock);
		job->run(job);
		loop->unfinished--;
		job->done(job);
	}
	while ((job = job_take(loop, &loop->finished))) {
		loop->unfinished--;
		job->done(job);
	}
}

void event_drain(struct event_loop *loop)
{
	for (;;) {
		run_jobs(loop);
		if (!loop->unfinished)
			return;
		pthread_mutex_lock(&loop->job_lock);
		while (loop->nworkers && !loop->finished.head)
			pthread_cond_wait(&loop->job_done, &loop->job_lock);
		pthread_mutex_unlock(&loop->job_lock);
	}
}

static void workers_stop(struct event_loop *loop)
{
	pthread_mutex_lock(&loop->job_lock);
	loop->is_closing = true;
	pthread_cond_broadcast(&loop->job_ready);
	pthread_mutex_unlock(&loop->job_lock);
	for (unsigned int i = 0; i < loop->nworkers; i++)
		pthread_join(loop->workers[i], NULL);
	free(loop->workers);
}

/* ---- the loop ---- */

static void on_bell(struct ev_loop *ev, ev_async *w, int revents)
{
	struct event_loop *loop = ev_userdata(ev);

	(void)w;
	(void)revents;
	run_posts(loop);
	run_jobs(loop);
	if (atomic_load(&loop->is_stopping))
		ev_break(ev, EVBREAK_ALL);
}

int event_loop_create(struct event_loop **out, unsigned int nworkers, struct err *err)
{
	struct event_loop *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return err_set(err, -ENOMEM, "event loop: out of memory");
	loop->max_workers = nworkers;
	loop->workers = calloc(nworkers + 1u, sizeof(*loop->workers));
	if (!loop->workers) {
		free(loop);
		return err_set(err, -ENOMEM, "event loop: out of memory");
	}
	loop->ev = ev_loop_new(EVFLAG_NOENV);
	if (!loop->ev) {
		free(loop->workers);
		free(loop);
		return err_set(err, -EIO, "event loop: libev cannot create a loop");
	}
	pthread_mutex_init(&loop->post_lock, NULL);
	pthread_mutex_init(&loop->job_lock, NULL);
	pthread_cond_init(&loop->job_ready, NULL);
	pthread_cond_init(&loop->job_done, NULL);
	ev_set_userdata(loop->ev, loop);
	ev_async_init(&loop->bell, on_bell);
	ev_async_start(loop->ev, &loop->bell);
	*out = loop;
	return 0;
}

void event_loop_destroy(struct event_loop *loop)
{
	if (!loop)
		return;
	event_drain(loop);
	workers_stop(loop);
	ev_async_stop(loop->ev, &loop->bell);
	ev_loop_destroy(loop->ev);
	pthread_cond_destroy(&loop->job_done);
	pthread_cond_destroy(&loop->job_ready);
	pthread_mutex_destroy(&loop->job_lock);
	pthread_mutex_destroy(&loop->post_lock);
	free(loop);
}

void event_loop_run(struct event_loop *loop)
{
	if (!atomic_load(&loop->is_stopping))
		ev_run(loop->ev, 0);
	atomic_store(&loop->is_stopping, false);
}

void event_loop_once(struct event_loop *loop, bool wait)
{
	ev_run(loop->ev, wait ? EVRUN_ONCE : EVRUN_NOWAIT);
}

void event_loop_stop(struct event_loop *loop)
{
	atomic_store(&loop->is_stopping, true);
	ev_async_send(loop->ev, &loop->bell);
}

/* ---- descriptors ---- */

static void on_io(struct ev_loop *ev, ev_io *w, int revents)
{
	struct event_io *io = container_of(w, struct event_io, w);
	int events = 0;

	(void)ev;
	/* A broken descriptor is ready for everything: the next call on it tells why. */
	if (revents & (EV_READ | EV_ERROR))
		events |= EVENT_READ;
	if (revents & (EV_WRITE | EV_ERROR))
		events |= EVENT_WRITE;
	io->fn(io->ctx, events);
}

static int ev_events(int events)
{
	return (events & EVENT_READ ? EV_READ : 0) | (events & EVENT_WRITE ? EV_WRITE : 0);
}

int event_io_add(struct event_loop *loop, int fd, int events,
		 void (*fn)(void *ctx, int revents), void *ctx,
		 struct event_io **out, struct err *err)
{
	struct event_io *io = calloc(1, sizeof(*io));

	if (!io)
		return err_set(err, -ENOMEM, "event loop: out of memory");
	io->loop = loop;
	io->fn = fn;
	io->ctx = ctx;
	ev_io_init(&io->w, on_io, fd, ev_events(events));
	if (events)
		ev_io_start(loop->ev, &io->w);
	*out = io;
	return 0;
}

void event_io_set(struct event_io *io, int events)
{
	int want = ev_events(events);
	bool is_active = ev_is_active(&io->w);

	if (is_active == (want != 0) && (!want || (io->w.events & (EV_READ | EV_WRITE)) == want))
		return;
	ev_io_stop(io->loop->ev, &io->w);
	ev_io_set(&io->w, io->w.fd, want);
	if (want)
		ev_io_start(io->loop->ev, &io->w);
}

void event_io_del(struct event_io *io)
{
	if (!io)
		return;
	ev_io_stop(io->loop->ev, &io->w);
	free(io);
}

/* ---- timers ---- */

static void on_timer(struct ev_loop *ev, ev_timer *w, int revents)
{
	struct event_timer *t = container_of(w, struct event_timer, w);

	(void)ev;
	(void)revents;
	t->fn(t->ctx);
}

int event_timer_add(struct event_loop *loop, void (*fn)(void *ctx), void *ctx,
		    struct event_timer **out, struct err *err)
{
	struct event_timer *t = calloc(1, sizeof(*t));

	if (!t)
		return err_set(err, -ENOMEM, "event loop: out of memory");
	t->loop = loop;
	t->fn = fn;
	t->ctx = ctx;
	ev_init(&t->w, on_timer);
	*out = t;
	return 0;
}

void event_timer_arm(struct event_timer *t, uint64_t after_ns)
{
	ev_timer_stop(t->loop->ev, &t->w);
	if (after_ns == UINT64_MAX)
		return;
	/* libev counts from the time it noted when this turn of the loop began. */
	ev_now_update(t->loop->ev);
	ev_timer_set(&t->w, (double)after_ns / 1e9, 0.);
	ev_timer_start(t->loop->ev, &t->w);
}

void event_timer_del(struct event_timer *t)
{
	if (!t)
		return;
	ev_timer_stop(t->loop->ev, &t->w);
	free(t);
}

/* ---- signals ---- */

static void on_signal(struct ev_loop *ev, ev_signal *w, int revents)
{
	struct event_signal *s = container_of(w, struct event_signal, w);

	(void)ev;
	(void)revents;
	s->fn(s->ctx, w->signum);
}

int event_signal_add(struct event_loop *loop, int signum, void (*fn)(void *ctx, int signum),
		     void *ctx, struct event_signal **out, struct err *err)
{
	struct event_signal *s;

	if (signum <= 0 || signum >= NSIG)
		return err_set(err, -EINVAL, "event loop: %d is not a signal", signum);
	s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(err, -ENOMEM, "event loop: out of memory");
	s->loop = loop;
	s->fn = fn;
	s->ctx = ctx;
	ev_signal_init(&s->w, on_signal, signum);
	ev_signal_start(loop->ev, &s->w);
	*out = s;
	return 0;
}

void event_signal_del(struct event_signal *s)
{
	if (!s)
		return;
	ev_signal_stop(s->loop->ev, &s->w);
	free(s);
}
