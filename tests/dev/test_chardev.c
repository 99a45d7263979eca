/* SPDX-License-Identifier: Apache-2.0 */
/* tests/dev/test_chardev.c - pty, socket and file chardevs with a real peer; the mux. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "chardev_fixture.h"

/* ---- names ---- */

static const struct {
	const char *spec;
	int ret;
	enum chardev_kind kind;
	const char *path;
} specs[] = {
	{ "none", 0, CHARDEV_NONE, NULL },
	{ "stdio", 0, CHARDEV_STDIO, NULL },
	{ "pty", 0, CHARDEV_PTY, NULL },
	{ "pty:/tmp/x", 0, CHARDEV_PTY, "/tmp/x" },
	{ "unix:a:b", 0, CHARDEV_UNIX, "a:b" },
	{ "file:log", 0, CHARDEV_FILE, "log" },
	{ "", -EINVAL, 0, NULL },
	{ "std", -EINVAL, 0, NULL },
	{ "stdio:", -EINVAL, 0, NULL },
	{ "none:x", -EINVAL, 0, NULL },
	{ "unix", -EINVAL, 0, NULL },
	{ "unix:", -EINVAL, 0, NULL },
	{ "file:", -EINVAL, 0, NULL },
	{ "pty:", -EINVAL, 0, NULL },
	{ "tcp:1", -EINVAL, 0, NULL },
};

START_TEST(parse_spec)
{
	enum chardev_kind kind;
	const char *rest;

	ck_assert_int_eq(chardev_parse(specs[_i].spec, &kind, &rest, &err), specs[_i].ret);
	if (specs[_i].ret) {
		ck_assert_ptr_nonnull(strstr(err.text, "unix:PATH"));
		return;
	}
	ck_assert_int_eq(kind, specs[_i].kind);
	ck_assert_pstr_eq(rest, specs[_i].path);
}
END_TEST

START_TEST(none)
{
	struct chardev *chr;
	char c;

	ck_assert_int_eq(chardev_create(&chr, loop, "none", NULL, &err), 0);
	ck_assert_uint_eq(chardev_write(chr, "abc", 3), 3);
	ck_assert_uint_eq(chardev_read(chr, &c, 1), 0);
	ck_assert(chardev_flush(chr, 0));
	chardev_destroy(chr);
	chardev_destroy(NULL);
}
END_TEST

/* ---- pty ---- */

START_TEST(pty)
{
	static char sent[100000], got[100000];
	struct chardev *chr;
	char link[128];
	int fd;

	snprintf(link, sizeof(link), "pty:%s", path);
	ck_assert_int_eq(symlink("/nowhere", path), 0);	/* left by a killed process */
	ck_assert_int_eq(chardev_create(&chr, loop, link, NULL, &err), 0);
	use(chr);
	ck_assert_ptr_nonnull(strstr(chr->name, "/dev/pts/"));
	check_idle();				/* nobody has it open */

	/* Early output is kept, the excess dropped, and the guest never held up. */
	pattern(sent, sizeof(sent));
	ck_assert_uint_eq(chardev_write(chr, sent, sizeof(sent)), sizeof(sent));
	check_idle();
	for (int round = 0; round < 3; round++) {
		fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK);
		ck_assert_int_ge(fd, 0);
		ck_assert(!is_cooked(fd));
		if (!round) {
			ck_assert_uint_eq(peer_read(fd, got, OUT_RING_BYTES), OUT_RING_BYTES);
			ck_assert_mem_eq(got, sent, OUT_RING_BYTES);
		}
		ck_assert_uint_eq(chardev_write(chr, "login: ", 7), 7);
		ck_assert_uint_eq(peer_read(fd, got, 7), 7);
		ck_assert_mem_eq(got, "login: ", 7);
		user.in_len = 0;
		ck_assert_int_eq(write(fd, "root\x01x", 6), 6);
		TURN_UNTIL(user.in_len == 6);
		ck_assert_mem_eq(user.in, "root\x01x", 6);
		check_idle();
		close(fd);
		check_idle();			/* hung up: no spinning */
	}
	chardev_destroy(chr);
	ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

START_TEST(pty_link_in_the_way)
{
	struct chardev *chr;
	struct stat st;
	int fd = open(path, O_RDWR | O_CREAT, 0600);

	close(fd);
	ck_assert_int_eq(chardev_pty_create(&chr, loop, path, &err), -EEXIST);
	ck_assert_ptr_nonnull(strstr(err.text, path));
	ck_assert(!lstat(path, &st) && S_ISREG(st.st_mode));
}
END_TEST

/* ---- unix ---- */

static int dial(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(addr.sun_path, path, strlen(path) + 1);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

START_TEST(unix_socket)
{
	struct chardev *chr;
	struct stat st;
	char buf[100];
	int fd, second;

	ck_assert_int_eq(chardev_unix_create(&chr, loop, path, &err), 0);
	ck_assert(!lstat(path, &st) && S_ISSOCK(st.st_mode) && (st.st_mode & 0777) == 0600);
	use(chr);
	ck_assert_uint_eq(chardev_write(chr, "early", 5), 5);
	check_idle();
	fd = dial();
	ck_assert_uint_eq(peer_read(fd, buf, 5), 5);
	ck_assert_int_eq(write(fd, "hi", 2), 2);
	TURN_UNTIL(user.in_len == 2);
	/* One at a time; the second is told and sent away. */
	second = dial();
	ck_assert_uint_gt(peer_read(second, buf, 20), 10);
	close(second);
	ck_assert_uint_eq(chardev_write(chr, "you", 3), 3);
	ck_assert_uint_eq(peer_read(fd, buf, 3), 3);
	/* After a half close output still arrives, and a new client is welcome later. */
	shutdown(fd, SHUT_WR);
	turn();
	ck_assert_uint_eq(chardev_write(chr, "more", 4), 4);
	ck_assert_uint_eq(peer_read(fd, buf, 4), 4);
	check_idle();
	close(fd);
	fd = dial();
	turn();
	ck_assert_uint_eq(chardev_write(chr, "again", 5), 5);
	ck_assert_uint_eq(peer_read(fd, buf, 5), 5);
	ck_assert_mem_eq(buf, "again", 5);
	close(fd);
	check_idle();
	chardev_destroy(chr);
	ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

START_TEST(unix_path_conflicts)
{
	struct chardev *chr = NULL, *second;
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char longer[300];
	int fd;

	ck_assert_int_eq(chardev_unix_create(&chr, loop, path, &err), 0);
	ck_assert_int_eq(chardev_unix_create(&second, loop, path, &err), -EADDRINUSE);
	ck_assert_ptr_nonnull(strstr(err.text, "in use by another process"));
	chardev_destroy(chr);
	/* A stale one. */
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	memcpy(addr.sun_path, path, strlen(path) + 1);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	close(fd);
	ck_assert_int_eq(chardev_unix_create(&chr, loop, path, &err), 0);
	chardev_destroy(chr);
	/* Something else. */
	close(open(path, O_RDWR | O_CREAT, 0600));
	ck_assert_int_eq(chardev_unix_create(&chr, loop, path, &err), -EADDRINUSE);
	ck_assert_ptr_nonnull(strstr(err.text, "is not a socket"));
	ck_assert_int_eq(access(path, F_OK), 0);
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	ck_assert_int_eq(chardev_unix_create(&chr, loop, longer, &err), -ENAMETOOLONG);
	ck_assert_int_eq(chardev_unix_create(&chr, loop, "/nonexistent/x", &err), -ENOENT);
}
END_TEST

/* A client that stops reading holds the writer up, one that leaves does not. */
START_TEST(unix_slow_client)
{
	static char sent[100000];
	struct chardev *chr;
	size_t n = 1;
	int fd;

	ck_assert_int_eq(chardev_unix_create(&chr, loop, path, &err), 0);
	use(chr);
	fd = dial();
	turn();
	for (int i = 0; i < 100 && n; i++) {
		n = chardev_write(chr, sent, sizeof(sent));
		turn();
	}
	ck_assert_uint_eq(n, 0);
	check_idle();
	user.writable_calls = 0;
	close(fd);
	TURN_UNTIL(user.writable_calls > 0);
	ck_assert_uint_eq(chardev_write(chr, sent, sizeof(sent)), sizeof(sent));
	chardev_destroy(chr);
}
END_TEST

/* ---- file ---- */

START_TEST(file)
{
	static char sent[300000], got[300100];
	struct chardev *chr;
	size_t n = 0;
	int fd = open(path, O_RDWR | O_CREAT, 0600);

	ck_assert_int_eq(write(fd, "old\n", 4), 4);
	ck_assert_int_eq(chardev_file_create(&chr, loop, path, &err), 0);
	use(chr);
	pattern(sent, sizeof(sent));
	while (n < sizeof(sent)) {
		n += chardev_write(chr, sent + n, sizeof(sent) - n);
		turn();
	}
	ck_assert_uint_gt(user.writable_calls, 0);
	check_idle();
	chardev_destroy(chr);
	ck_assert_int_eq(pread(fd, got, sizeof(got), 0), (int)sizeof(sent) + 4);
	ck_assert_mem_eq(got, "old\n", 4);
	ck_assert_mem_eq(got + 4, sent, sizeof(sent));
	close(fd);
	ck_assert_int_eq(chardev_file_create(&chr, loop, "/nonexistent/x", &err), -ENOENT);
	ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent/x"));
	ck_assert_int_lt(chardev_file_create(&chr, loop, dir, &err), 0);
}
END_TEST

START_TEST(file_disk_full)
{
	struct chardev *chr;

	ck_assert_int_eq(chardev_file_create(&chr, loop, "/dev/full", &err), 0);
	for (int i = 0; i < 30; i++) {
		chardev_write(chr, path, sizeof(path));
		turn();
	}
	ck_assert_uint_eq(chardev_write(chr, path, sizeof(path)), sizeof(path));
	chardev_destroy(chr);
}
END_TEST

/* ---- mux ---- */

START_TEST(mux)
{
	int to_us[2], from_us[2];
	struct chardev_mux *m;
	struct chardev *uart, *hvc;
	struct user u2 = { 0 };
	char buf[16];

	channel(to_us, from_us, 0);
	ck_assert_int_eq(chardev_mux_create(&m, loop, stdio_on(to_us[0], from_us[1]), &err), 0);
	ck_assert_int_eq(chardev_mux_port(m, 0, "serial", &uart, &err), 0);
	ck_assert_int_eq(chardev_mux_port(m, 1, "console", &hvc, &err), 0);
	use(uart);
	u2.chr = hvc;
	chardev_set_user(hvc, on_input, on_writable, &u2);
	/* Nobody active: input waits. */
	ck_assert_int_eq(write(to_us[1], "a", 1), 1);
	turn();
	ck_assert_uint_eq(user.in_len + u2.in_len, 0);
	chardev_set_active(uart, true);
	TURN_UNTIL(user.in_len == 1);
	/* The console comes up: it gets the input, both still print. */
	chardev_set_active(hvc, true);
	ck_assert_int_eq(write(to_us[1], "b", 1), 1);
	TURN_UNTIL(u2.in_len == 1);
	ck_assert_uint_eq(chardev_read(uart, buf, 1), 0);
	ck_assert_uint_eq(chardev_write(uart, "u", 1), 1);
	ck_assert_uint_eq(chardev_write(hvc, "h", 1), 1);
	ck_assert_uint_eq(peer_read(from_us[0], buf, 2), 2);
	ck_assert_mem_eq(buf, "uh", 2);
	/* What the console left unread goes to the serial line when it is down. */
	u2.is_lazy = true;
	ck_assert_int_eq(write(to_us[1], "c", 1), 1);
	turn();
	chardev_set_active(hvc, false);
	TURN_UNTIL(user.in_len == 2);
	ck_assert_mem_eq(user.in, "ac", 2);
	/* A full backend tells everyone when it goes on. */
	while (chardev_write(uart, user.in, 10000))
		turn();
	turn();
	user.writable_calls = 0;
	u2.writable_calls = 0;
	while (!user.writable_calls || !u2.writable_calls) {
		static char sink[100000];

		peer_read(from_us[0], sink, 1000);
		turn();
	}
	chardev_destroy(hvc);
	chardev_destroy(uart);
	chardev_mux_destroy(m);
	chardev_mux_destroy(NULL);
	for (int i = 0; i < 2; i++) {
		close(to_us[i]);
		close(from_us[i]);
	}
}
END_TEST

/* ---- threads: writers and readers besides the loop ---- */

struct writer {
	struct chardev *chr;
	char letter;
	atomic_bool is_done;
};

static void *writer_main(void *arg)
{
	struct writer *w = arg;
	char buf[100], c;

	memset(buf, w->letter, sizeof(buf));
	for (size_t n = 0; n < 100000;) {
		size_t want = 100000 - n < sizeof(buf) ? 100000 - n : sizeof(buf);

		n += chardev_write(w->chr, buf, want);
		chardev_read(w->chr, &c, 1);
		sched_yield();
	}
	atomic_store(&w->is_done, true);
	return NULL;
}

START_TEST(writers_on_threads)
{
	static char got[200000];
	struct writer w[2];
	int to_us[2], from_us[2];
	struct chardev *chr;
	pthread_t t[2];
	size_t n, count = 0;

	channel(to_us, from_us, 1);
	chr = stdio_on(to_us[0], from_us[1]);
	for (int i = 0; i < 2; i++) {
		w[i].chr = chr;
		w[i].letter = (char)('x' + i);
		atomic_init(&w[i].is_done, false);
		pthread_create(&t[i], NULL, writer_main, &w[i]);
	}
	n = peer_read(from_us[0], got, sizeof(got));
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	ck_assert_uint_eq(n, sizeof(got));
	for (size_t i = 0; i < n; i++)
		count += got[i] == 'x';
	ck_assert_uint_eq(count, 100000);
	chardev_destroy(chr);
	for (int i = 0; i < 2; i++) {
		close(to_us[i]);
		close(from_us[i]);
	}
}
END_TEST

static void fill(TCase *tc)
{
	tcase_add_loop_test(tc, parse_spec, 0, ARRAY_SIZE(specs));
	tcase_add_test(tc, none);
	tcase_add_test(tc, pty);
	tcase_add_test(tc, pty_link_in_the_way);
	tcase_add_test(tc, unix_socket);
	tcase_add_test(tc, unix_path_conflicts);
	tcase_add_test(tc, unix_slow_client);
	tcase_add_test(tc, file);
	tcase_add_test(tc, file_disk_full);
	tcase_add_test(tc, mux);
	tcase_add_test(tc, writers_on_threads);
}

int main(void)
{
	return fx_run("chardev", fill);
}
