/* SPDX-License-Identifier: Apache-2.0 */
/* tests/dev/test_event.c - posts, descriptors, timers, signals and jobs of the event loop. */
#include "core/event.h"

#include <check.h>
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "util/bits.h"

static uint64_t now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

struct post {
	struct event_work work;
	struct event_loop *loop;
	atomic_int runs;
	int again;
	int stop_at;
};

static void on_post(struct event_work *work)
{
	struct post *p = container_of(work, struct post, work);
	int runs = atomic_fetch_add(&p->runs, 1) + 1;

	if (p->again-- > 0)
		event_post(p->loop, work);
	if (runs == p->stop_at)
		event_loop_stop(p->loop);
}

static struct event_loop *loop_new(unsigned int nworkers)
{
	struct event_loop *loop;

	ck_assert_int_eq(event_loop_create(&loop, nworkers, NULL), 0);
	return loop;
}

START_TEST(post_once_and_cancel)
{
	struct event_loop *loop = loop_new(0);
	struct post p[3] = { 0 };

	for (int i = 0; i < 3; i++) {
		p[i].work.fn = on_post;
		event_post(loop, &p[i].work);
		event_post(loop, &p[i].work);	/* already queued */
	}
	event_cancel(loop, &p[1].work);
	event_cancel(loop, &p[1].work);
	event_loop_once(loop, false);
	ck_assert_int_eq(p[0].runs, 1);
	ck_assert_int_eq(p[1].runs, 0);
	ck_assert_int_eq(p[2].runs, 1);
	event_post(loop, &p[2].work);
	event_cancel(loop, &p[2].work);		/* the last one: the tail must follow */
	event_post(loop, &p[1].work);
	event_loop_once(loop, false);
	ck_assert_int_eq(p[1].runs, 1);
	ck_assert_int_eq(p[2].runs, 1);
	event_loop_destroy(loop);
}
END_TEST

static void *poster(void *arg)
{
	struct post *p = arg;

	for (int i = 0; i < 1000; i++)
		event_post(p->loop, &p->work);
	return NULL;
}

START_TEST(post_from_threads)
{
	struct event_loop *loop = loop_new(0);
	struct post p[4] = { 0 }, last = { .work.fn = on_post, .loop = loop, .stop_at = 1 };
	pthread_t t[4];

	for (int i = 0; i < 4; i++) {
		p[i].work.fn = on_post;
		p[i].loop = loop;
		pthread_create(&t[i], NULL, poster, &p[i]);
	}
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	event_post(loop, &last.work);
	event_loop_run(loop);
	for (int i = 0; i < 4; i++)
		ck_assert_int_ge(p[i].runs, 1);
	event_loop_destroy(loop);
}
END_TEST

static void on_readable(void *ctx, int revents)
{
	ck_assert_int_eq(revents, EVENT_READ);
	(*(int *)ctx)++;
}

/* Work that posts itself for ever must not starve descriptors. */
START_TEST(self_post_is_fair)
{
	struct event_loop *loop = loop_new(0);
	struct post p = { .work.fn = on_post, .loop = loop, .again = 1 << 30 };
	struct event_io *io;
	int fds[2], seen = 0;

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(write(fds[1], "x", 1), 1);
	ck_assert_int_eq(event_io_add(loop, fds[0], EVENT_READ, on_readable, &seen, &io, NULL), 0);
	event_post(loop, &p.work);
	for (int i = 0; i < 5; i++)
		event_loop_once(loop, false);
	ck_assert_int_ge(seen, 1);
	ck_assert_int_ge(p.runs, 2);
	event_io_set(io, 0);
	seen = 0;
	event_loop_once(loop, false);
	ck_assert_int_eq(seen, 0);
	event_io_set(io, EVENT_READ);
	event_loop_once(loop, false);
	ck_assert_int_eq(seen, 1);
	event_io_del(io);
	event_io_del(NULL);
	event_cancel(loop, &p.work);
	event_loop_destroy(loop);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

static void on_timer(void *ctx)
{
	event_loop_stop(ctx);
}

/* One timer of 300 ms: it comes on time, and the loop sleeps until then. */
START_TEST(timer_and_sleep)
{
	struct event_loop *loop = loop_new(2);
	struct event_timer *t, *never;
	uint64_t wall = now_ns(CLOCK_MONOTONIC), cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID);

	ck_assert_int_eq(event_timer_add(loop, on_timer, loop, &t, NULL), 0);
	ck_assert_int_eq(event_timer_add(loop, on_timer, loop, &never, NULL), 0);
	event_timer_arm(never, 1000000);
	event_timer_arm(never, UINT64_MAX);	/* disarmed again */
	event_timer_arm(t, 1000000000);
	event_timer_arm(t, 300000000);		/* replaces the first */
	event_loop_run(loop);
	wall = now_ns(CLOCK_MONOTONIC) - wall;
	cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	ck_assert_uint_ge(wall, 290000000);
	ck_assert_uint_lt(wall, 900000000);
	ck_assert_uint_lt(cpu, 100000000);
	event_timer_del(t);
	event_timer_del(never);
	event_timer_del(NULL);
	event_loop_destroy(loop);
}
END_TEST

static void on_signal(void *ctx, int signum)
{
	ck_assert_int_eq(signum, SIGUSR1);
	event_loop_stop(ctx);
}

START_TEST(signals)
{
	struct event_loop *loop = loop_new(1);
	struct event_signal *s;
	struct err err;

	ck_assert_int_lt(event_signal_add(loop, 0, on_signal, loop, &s, &err), 0);
	ck_assert_int_eq(event_signal_add(loop, SIGUSR1, on_signal, loop, &s, NULL), 0);
	kill(getpid(), SIGUSR1);
	event_loop_run(loop);
	event_signal_del(s);
	event_signal_del(NULL);
	event_loop_destroy(loop);
}
END_TEST

START_TEST(stop_before_run)
{
	struct event_loop *loop = loop_new(0);
	struct post p = { .work.fn = on_post, .loop = loop, .stop_at = 1 };

	event_loop_stop(loop);
	event_loop_run(loop);		/* returns at once */
	event_post(loop, &p.work);
	event_loop_run(loop);		/* the old request is used up */
	ck_assert_int_eq(p.runs, 1);
	event_loop_destroy(loop);
}
END_TEST

struct job {
	struct event_job job;
	struct event_loop *loop;
	pthread_t loop_thread;
	bool is_inline;
	int ran, done;
	struct job *then;
};

static void job_run(struct event_job *job)
{
	struct job *j = container_of(job, struct job, job);

	j->ran++;
	ck_assert_int_eq(pthread_equal(pthread_self(), j->loop_thread) != 0, j->is_inline);
}

static void job_done(struct event_job *job)
{
	struct job *j = container_of(job, struct job, job);

	ck_assert(pthread_equal(pthread_self(), j->loop_thread));
	ck_assert_int_eq(j->ran, 1);
	j->done++;
	if (j->then)
		event_submit(j->loop, &j->then->job);
}

/* _i: number of workers. */
START_TEST(jobs_on_workers)
{
	enum { N = 200 };
	static struct job jobs[N], extra;
	struct event_loop *loop = loop_new((unsigned int)_i);

	for (int i = 0; i <= N; i++) {
		struct job *j = i < N ? &jobs[i] : &extra;

		*j = (struct job){ .job.run = job_run, .job.done = job_done, .loop = loop,
				   .loop_thread = pthread_self(), .is_inline = !_i };
		if (i < N)
			event_submit(loop, &j->job);
		ck_assert_int_eq(j->done, 0);	/* never from inside event_submit() */
	}
	jobs[N - 1].then = &extra;
	event_drain(loop);
	event_drain(loop);
	for (int i = 0; i < N; i++)
		ck_assert_int_eq(jobs[i].done, 1);
	ck_assert_int_eq(extra.done, 1);

	/* And without a drain: the loop is woken up. */
	jobs[0].ran = jobs[0].done = 0;
	event_submit(loop, &jobs[0].job);
	while (!jobs[0].done)
		event_loop_once(loop, true);
	jobs[0].ran = jobs[0].done = 0;
	event_submit(loop, &jobs[0].job);
	event_loop_destroy(loop);
	ck_assert_int_eq(jobs[0].ran, 1);
}
END_TEST

static unsigned int count_threads(void)
{
	DIR *d = opendir("/proc/self/task");
	unsigned int n = 0;

	ck_assert_ptr_nonnull(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* No job, no worker; and one after the other needs one. */
START_TEST(workers_on_demand)
{
	unsigned int before = count_threads();
	struct event_loop *loop = loop_new(4);

	ck_assert_uint_eq(count_threads(), before);
	for (int i = 0; i < 20; i++) {
		struct job j = { .job.run = job_run, .job.done = job_done, .loop = loop,
				 .loop_thread = pthread_self() };

		event_submit(loop, &j.job);
		event_drain(loop);
		ck_assert_int_eq(j.done, 1);
		/* Let it go back to sleep. */
		nanosleep(&(struct timespec){ .tv_nsec = 10 * 1000 * 1000 }, NULL);
	}
	ck_assert_uint_ge(count_threads(), before + 1);
	ck_assert_uint_le(count_threads(), before + 3);
	event_loop_destroy(loop);
	/* A joined thread may be seen for a moment; a sanitizer adds one for good. */
	for (int i = 0; i < 100 && count_threads() > before; i++)
		nanosleep(&(struct timespec){ .tv_nsec = 10 * 1000 * 1000 }, NULL);
	ck_assert_uint_le(count_threads(), before + 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("event");
	TCase *tc = tcase_create("event");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, post_once_and_cancel);
	tcase_add_test(tc, post_from_threads);
	tcase_add_test(tc, self_post_is_fair);
	tcase_add_test(tc, timer_and_sleep);
	tcase_add_test(tc, signals);
	tcase_add_test(tc, stop_before_run);
	tcase_add_loop_test(tc, jobs_on_workers, 0, 4);
	tcase_add_test(tc, workers_on_demand);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
