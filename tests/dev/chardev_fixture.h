/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/dev/chardev_fixture.h - a user of a chardev, the loop under it, and the ends of
 * pipes, sockets and terminals that the tests hold.
 */
#ifndef LVZ_TESTS_DEV_CHARDEV_FIXTURE_H
#define LVZ_TESTS_DEV_CHARDEV_FIXTURE_H

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "core/event.h"
#include "devices/host/chardev.h"
#include "util/bits.h"
#include "util/log.h"

#define OUT_RING_BYTES 65536u

static struct event_loop *loop;
static struct err err;
static char dir[64];
static char path[96];

/* The user of a chardev: keeps what came in. */
struct user {
	struct chardev *chr;
	char in[200000];
	size_t in_len;
	size_t take;		/* takes at most this much per call; 0: everything */
	bool is_lazy;		/* does not read at all */
	unsigned int writable_calls, quits;
	unsigned int cols, rows;
};

static struct user user;

static inline void on_input(void *ctx)
{
	struct user *u = ctx;
	size_t n;

	if (u->is_lazy || !u->chr)
		return;
	do {
		n = chardev_read(u->chr, u->in + u->in_len,
				 u->take ? u->take : sizeof(u->in) - u->in_len);
		u->in_len += n;
	} while (n && !u->take);
}

static inline void on_writable(void *ctx)
{
	((struct user *)ctx)->writable_calls++;
}

static inline void on_quit(void *ctx)
{
	((struct user *)ctx)->quits++;
}

static inline void on_resize(void *ctx, unsigned int cols, unsigned int rows)
{
	((struct user *)ctx)->cols = cols;
	((struct user *)ctx)->rows = rows;
}

static inline void set_up(void)
{
	memset(&user, 0, sizeof(user));
	memset(&err, 0, sizeof(err));
	log_set_filter("err", NULL);
	ck_assert_int_eq(event_loop_create(&loop, 1, NULL), 0);
	snprintf(dir, sizeof(dir), "/tmp/lvz-chardev-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/x", dir);
}

static inline void tear_down(void)
{
	event_loop_destroy(loop);
	unlink(path);
	rmdir(dir);
}

static inline void use(struct chardev *chr)
{
	user.chr = chr;
	chardev_set_user(chr, on_input, on_writable, &user);
}

static inline void turn(void)
{
	struct timespec ts = { .tv_nsec = 2000000 };

	for (int i = 0; i < 5; i++) {
		event_loop_once(loop, false);
		nanosleep(&ts, NULL);
	}
}

/* Turns the loop until @cond holds; fails after some seconds. */
#define TURN_UNTIL(cond)                                                       \
	do {                                                                   \
		int left_ = 1000;                                              \
		while (!(cond) && left_--)                                     \
			turn();                                                \
		ck_assert(cond);                                               \
	} while (0)

/* Reads what is there, while the loop turns, until @want bytes came or nothing does. */
static inline size_t peer_read(int fd, char *buf, size_t want)
{
	size_t n = 0;
	int idle = 0;

	while (n < want && idle < 100) {
		struct pollfd pfd = { .fd = fd, .events = POLLIN };
		ssize_t got = poll(&pfd, 1, 0) > 0 ? read(fd, buf + n, want - n) : 0;

		if (got > 0) {
			n += (size_t)got;
			idle = 0;
		} else {
			turn();
			idle++;
		}
	}
	return n;
}

static inline void pattern(char *buf, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf[i] = (char)('A' + i * 31 % 53);
}

static inline uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static inline void stop_loop(void *ctx)
{
	event_loop_stop(ctx);
}

/* The loop must sleep: nothing may be ready all the time. */
static inline void check_idle(void)
{
	struct event_timer *t;
	uint64_t cpu;

	turn();
	ck_assert_int_eq(event_timer_add(loop, stop_loop, loop, &t, NULL), 0);
	event_timer_arm(t, 200000000);
	cpu = cpu_ns();
	event_loop_run(loop);
	ck_assert_uint_lt(cpu_ns() - cpu, 60000000);
	event_timer_del(t);
}

static inline struct chardev *stdio_on(int in_fd, int out_fd)
{
	struct chardev_stdio_opts opts = { .on_quit = on_quit, .on_resize = on_resize,
					   .ctx = &user, .has_fds = true, .in_fd = in_fd,
					   .out_fd = out_fd };
	struct chardev *chr = NULL;
	int ret = chardev_stdio_create(&chr, loop, &opts, &err);

	ck_assert_msg(!ret, "%s", err.text);
	return chr;
}

/* @kind: 0 pipes, 1 a socket pair. */
static inline void channel(int to_us[2], int from_us[2], int kind)
{
	if (kind) {
		int sv[2];

		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
		to_us[0] = sv[0];
		to_us[1] = dup(sv[1]);
		from_us[0] = sv[1];
		from_us[1] = dup(sv[0]);
	} else {
		ck_assert_int_eq(pipe(to_us), 0);
		ck_assert_int_eq(pipe(from_us), 0);
	}
}

static inline bool is_cooked(int fd)
{
	struct termios tio;

	ck_assert_int_eq(tcgetattr(fd, &tio), 0);
	ck_assert_int_eq(!(tio.c_lflag & ICANON), !(tio.c_lflag & ECHO));
	ck_assert_int_eq(!(tio.c_lflag & ICANON), !(tio.c_oflag & OPOST));
	return tio.c_lflag & ICANON;
}

static inline int fx_run(const char *name, void (*fill)(TCase *tc))
{
	Suite *s = suite_create(name);
	TCase *tc = tcase_create(name);
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	fill(tc);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
