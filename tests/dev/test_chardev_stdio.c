/* SPDX-License-Identifier: Apache-2.0 */
/* tests/dev/test_chardev_stdio.c - stdio on pipes, sockets, files and terminals. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "chardev_fixture.h"

/* ---- stdio on pipes and sockets ---- */

START_TEST(stdio_without_terminal)
{
	static char sent[300000], got[300000];
	int to_us[2], from_us[2];
	struct chardev *chr;
	size_t n = 0, done = 0;

	channel(to_us, from_us, _i);
	chr = stdio_on(to_us[0], from_us[1]);
	use(chr);
	/* Ctrl-a is an ordinary byte here. */
	ck_assert_int_eq(write(to_us[1], "ls\x01x\n", 5), 5);
	TURN_UNTIL(user.in_len == 5);
	ck_assert_mem_eq(user.in, "ls\x01x\n", 5);
	ck_assert_uint_eq(user.quits, 0);

	/* More than ring and pipe hold, to a slow reader: nothing is lost. */
	pattern(sent, sizeof(sent));
	while (n < sizeof(sent)) {
		n += chardev_write(chr, sent + n, sizeof(sent) - n);
		if (n < sizeof(sent)) {
			unsigned int calls = user.writable_calls;

			done += peer_read(from_us[0], got + done, 50000);
			TURN_UNTIL(user.writable_calls > calls);
		}
	}
	done += peer_read(from_us[0], got + done, sizeof(sent) - done);
	ck_assert_uint_eq(done, sizeof(sent));
	ck_assert_mem_eq(got, sent, sizeof(sent));

	/* The descriptors that we share with others are as they were. */
	ck_assert_int_eq(fcntl(to_us[0], F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_eq(fcntl(from_us[1], F_GETFL) & O_NONBLOCK, 0);
	check_idle();

	/* End of input ends input only. */
	if (_i)
		shutdown(to_us[1], SHUT_WR);
	close(to_us[1]);
	check_idle();
	ck_assert_uint_eq(chardev_write(chr, "still", 5), 5);
	ck_assert_uint_eq(peer_read(from_us[0], got, 5), 5);

	/* The reader goes: output is dropped, and never refused. */
	close(from_us[0]);
	for (int i = 0; i < 10; i++) {
		chardev_write(chr, sent, 50000);
		turn();
	}
	ck_assert_uint_eq(chardev_write(chr, sent, 50000), 50000);
	check_idle();
	chardev_destroy(chr);
	close(to_us[0]);
	close(from_us[1]);
}
END_TEST

/* The user takes little at a time: the pipe holds the rest. */
START_TEST(input_backpressure)
{
	static char sent[60000];
	int to_us[2], from_us[2];
	struct chardev *chr;

	channel(to_us, from_us, 0);
	chr = stdio_on(to_us[0], from_us[1]);
	pattern(sent, sizeof(sent));
	user.is_lazy = true;
	use(chr);
	ck_assert_int_eq(write(to_us[1], sent, sizeof(sent)), (int)sizeof(sent));
	check_idle();			/* ring full, watcher off */
	user.is_lazy = false;
	user.take = 1000;
	for (int i = 0; i < 2000 && user.in_len < sizeof(sent); i++) {
		on_input(&user);
		turn();
	}
	ck_assert_uint_eq(user.in_len, sizeof(sent));
	ck_assert_mem_eq(user.in, sent, sizeof(sent));
	chardev_destroy(chr);
	for (int i = 0; i < 2; i++) {
		close(to_us[i]);
		close(from_us[i]);
	}
}
END_TEST

START_TEST(stdio_from_file)
{
	int in = open("/dev/null", O_RDONLY);
	int out = open(path, O_RDWR | O_CREAT, 0600);
	struct chardev *chr;
	char buf[8] = "";

	ck_assert_int_eq(write(out, "pre", 3), 3);
	chr = stdio_on(in, out);
	use(chr);
	ck_assert_uint_eq(chardev_write(chr, "abc", 3), 3);
	check_idle();
	chardev_destroy(chr);
	ck_assert_int_eq(pread(out, buf, 7, 0), 6);
	ck_assert_str_eq(buf, "preabc");
	close(in);
	close(out);
}
END_TEST

/* chardev_destroy() sends what is queued, but does not wait for ever. */
START_TEST(destroy_flushes)
{
	static char sent[OUT_RING_BYTES], got[sizeof(sent)];
	int to_us[2], from_us[2];
	struct chardev *chr;

	channel(to_us, from_us, 0);
	pattern(sent, sizeof(sent));
	chr = stdio_on(to_us[0], from_us[1]);
	ck_assert_uint_eq(chardev_write(chr, sent, 5000), 5000);
	chardev_destroy(chr);
	ck_assert_uint_eq(peer_read(from_us[0], got, 5000), 5000);
	ck_assert_mem_eq(got, sent, 5000);
	chr = stdio_on(to_us[0], from_us[1]);
	chardev_write(chr, sent, sizeof(sent));
	turn();
	chardev_write(chr, sent, sizeof(sent));
	ck_assert(!chardev_flush(chr, 20));
	chardev_destroy(chr);
	for (int i = 0; i < 2; i++) {
		close(to_us[i]);
		close(from_us[i]);
	}
}
END_TEST

/* ---- stdio on a terminal ---- */

static int open_tty(int *slave)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	char name[64];

	ck_assert_int_ge(master, 0);
	ck_assert_int_eq(grantpt(master) | unlockpt(master), 0);
	ck_assert_int_eq(ptsname_r(master, name, sizeof(name)), 0);
	*slave = open(name, O_RDWR | O_NOCTTY);
	ck_assert_int_ge(*slave, 0);
	return master;
}

START_TEST(terminal)
{
	struct winsize ws = { .ws_col = 80, .ws_row = 25 };
	char buf[400] = "";
	int slave, master = open_tty(&slave);
	struct chardev *chr, *other = NULL;
	struct chardev_stdio_opts opts = { .has_fds = true, .in_fd = slave, .out_fd = slave };

	ioctl(slave, TIOCSWINSZ, &ws);
	ck_assert(is_cooked(slave));
	chr = stdio_on(slave, slave);
	use(chr);
	ck_assert(!is_cooked(slave));
	ck_assert_uint_eq(user.cols, 80);
	ck_assert_uint_eq(user.rows, 25);
	ck_assert_int_eq(fcntl(slave, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_eq(chardev_stdio_create(&other, loop, &opts, &err), -EBUSY);
	ck_assert(!is_cooked(slave));

	/* Control characters are the guest's; Ctrl-a is ours. */
	ck_assert_int_eq(write(master, "a\x03\x1a\x04\r\x01\x01" "b\x01zc", 11), 11);
	TURN_UNTIL(user.in_len >= 8);
	ck_assert_uint_eq(user.in_len, 8);
	ck_assert_mem_eq(user.in, "a\x03\x1a\x04\r\x01" "bc", 8);
	ck_assert_uint_eq(user.quits, 0);

	/* Help goes to the terminal only, also if the two bytes come apart. */
	ck_assert_int_eq(write(master, "\x01", 1), 1);
	turn();
	ck_assert_int_eq(write(master, "h", 1), 1);
	ck_assert_uint_gt(peer_read(master, buf, 100), 50);
	ck_assert_ptr_nonnull(strstr(buf, "Ctrl-a x"));
	ck_assert_uint_eq(user.in_len, 8);
	ck_assert_int_eq(write(master, "\x01x", 2), 2);
	TURN_UNTIL(user.quits == 1);

	ws.ws_col = 132;
	ioctl(slave, TIOCSWINSZ, &ws);
	kill(getpid(), SIGWINCH);	/* not our controlling terminal */
	TURN_UNTIL(user.cols == 132);

	/* After SIGSTOP and SIGCONT the mode is set again. */
	chardev_stdio_restore();
	ck_assert(is_cooked(slave));
	kill(getpid(), SIGCONT);
	TURN_UNTIL(!is_cooked(slave));
	check_idle();
	chardev_destroy(chr);
	ck_assert(is_cooked(slave));
	/* And it can be had again. */
	chr = stdio_on(slave, slave);
	chardev_destroy(chr);
	close(slave);
	close(master);
}
END_TEST

/* A guest that reads nothing must not lock the person out. */
START_TEST(escape_works_when_full)
{
	static char junk[3000];
	int slave, master = open_tty(&slave);
	struct chardev *chr = stdio_on(slave, slave);

	user.is_lazy = true;
	use(chr);
	memset(junk, 'j', sizeof(junk));
	log_set_filter("err,chardev:err", NULL);
	for (int i = 0; i < 40; i++) {		/* 120000 bytes: more than any ring */
		ck_assert_int_eq(write(master, junk, sizeof(junk)), (int)sizeof(junk));
		turn();
	}
	ck_assert_int_eq(write(master, "\x01x", 2), 2);
	TURN_UNTIL(user.quits == 1);
	chardev_destroy(chr);
	close(slave);
	close(master);
}
END_TEST

/* _i picks how the process ends; the terminal must be cooked again. */
enum { BY_EXIT, BY_ABORT, BY_SEGV, BY_TERM, BY_HUP, BY_QUIT, BY_INT, N_ENDS };

START_TEST(terminal_restored)
{
	int slave, master = open_tty(&slave), fds[2], status;
	char c;
	pid_t pid;

	/* The thread sanitizer delivers no signals in the child of a threaded process. */
	event_loop_destroy(loop);
	ck_assert_int_eq(event_loop_create(&loop, 0, NULL), 0);
	ck_assert_int_eq(pipe(fds), 0);
	pid = fork();
	if (!pid) {
		static const int signals[N_ENDS] = { 0, SIGABRT, SIGSEGV, SIGTERM, SIGHUP,
						     SIGQUIT, SIGINT };

		/* The sanitizers and the test library have handlers of their own. */
		if (signals[_i])
			signal(signals[_i], SIG_DFL);
		stdio_on(slave, slave);
		if (write(fds[1], "x", 1) != 1 || is_cooked(slave))
			_exit(9);
		if (_i == BY_EXIT)
			exit(5);
		raise(signals[_i]);
		for (;;)		/* a sanitizer may deliver it only while we wait */
			pause();
	}
	ck_assert_int_eq(read(fds[0], &c, 1), 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (_i == BY_EXIT)
		ck_assert_int_eq(WIFEXITED(status) && WEXITSTATUS(status) == 5, 1);
	else
		ck_assert(WIFSIGNALED(status));
	ck_assert(is_cooked(slave));
	close(slave);
	close(master);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

static void fill(TCase *tc)
{
	tcase_add_loop_test(tc, stdio_without_terminal, 0, 2);
	tcase_add_test(tc, input_backpressure);
	tcase_add_test(tc, stdio_from_file);
	tcase_add_test(tc, destroy_flushes);
	tcase_add_test(tc, terminal);
	tcase_add_test(tc, escape_works_when_full);
	tcase_add_loop_test(tc, terminal_restored, 0, N_ENDS);
}

int main(void)
{
	return fx_run("chardev_stdio", fill);
}
