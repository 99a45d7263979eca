/* SPDX-License-Identifier: Apache-2.0 */
/* test_log - filters, the look of a line, and the rate limit. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/bits.h"
#include "util/log.h"

START_TEST(log_default_is_warn)
{
	ck_assert(log_enabled(LOG_LVL_ERR, "vm"));
	ck_assert(log_enabled(LOG_LVL_WARN, "vm"));
	ck_assert(!log_enabled(LOG_LVL_INFO, "vm"));
}
END_TEST

START_TEST(log_filter_by_tag)
{
	struct err err = { 0 };

	ck_assert_int_eq(log_set_filter("err,virtio:debug,vblk:info", &err), 0);
	ck_assert(log_enabled(LOG_LVL_DEBUG, "virtio"));
	ck_assert(log_enabled(LOG_LVL_INFO, "vblk"));
	ck_assert(!log_enabled(LOG_LVL_DEBUG, "vblk"));
	ck_assert(!log_enabled(LOG_LVL_WARN, "vm"));
	ck_assert(!log_enabled(LOG_LVL_DEBUG, "virt"));
	ck_assert_int_eq(log_set_filter("debug", &err), 0);
	ck_assert(log_enabled(LOG_LVL_DEBUG, "vm"));
}
END_TEST

static const char *const bad_specs[] = {
	"loud", "virtio:", "virtio:loud", "warn,,info", ":x", "warning",
	"a-tag-of-more-than-23-letters:debug",
	"a:err,a:err,a:err,a:err,a:err,a:err,a:err,a:err,a:err,a:err,a:err,a:err,a:err,a:err,a:err,a:err,a:err",
};

START_TEST(log_bad_filter)
{
	struct err err = { 0 };

	ck_assert_int_eq(log_set_filter(bad_specs[_i], &err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "--log"));
}
END_TEST

/* Sends stderr into a pipe; returns its reading end. */
static int catch_stderr(void)
{
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_ge(dup2(fds[1], STDERR_FILENO), 0);
	close(fds[1]);
	return fds[0];
}

static const char *caught(int fd, char *buf, size_t size)
{
	ssize_t n = read(fd, buf, size - 1);

	buf[n > 0 ? n : 0] = '\0';
	return buf;
}

START_TEST(log_lines)
{
	int fd = catch_stderr();
	char buf[4096];

	log_err("vm", "%d of %s", 3, "x");
	ck_assert_str_eq(caught(fd, buf, sizeof(buf)), "lvz-vmm: vm: 3 of x\n");
	log_info("vm", "not this one");
	ck_assert_str_eq(caught(fd, buf, sizeof(buf)), "");
	log_set_newline("\r\n");
	log_warn("vm", "raw");
	ck_assert_str_eq(caught(fd, buf, sizeof(buf)), "lvz-vmm: vm: raw\r\n");
	log_set_newline("\n");
	ck_assert_int_eq(log_set_filter("debug", NULL), 0);
	log_debug("vm", "dated");
	caught(fd, buf, sizeof(buf));
	ck_assert_ptr_nonnull(strstr(buf, " vm: dated\n"));
	ck_assert_ptr_nonnull(strchr(buf, '.'));
	close(fd);
}
END_TEST

START_TEST(log_long_line_is_one_line)
{
	int fd = catch_stderr();
	char text[3000], buf[4096];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_set_newline("\r\n");
	log_err("vm", "%s", text);
	caught(fd, buf, sizeof(buf));
	ck_assert_uint_lt(strlen(buf), 1100);
	ck_assert_str_eq(buf + strlen(buf) - 3, "x\r\n");
	close(fd);
}
END_TEST

START_TEST(log_rate)
{
	struct log_limit l = { 0 };
	unsigned int dropped, passed = 0, told = 0;

	for (int i = 0; i < 1000; i++) {
		dropped = 0;
		passed += log_limit_ok(&l, &dropped);
		told += dropped;
	}
	/* ten per second; the clock may tick once or twice while we count */
	ck_assert_uint_ge(passed, 10);
	ck_assert_uint_le(passed, 30);
	ck_assert_uint_eq(told + l.dropped, 1000 - passed);
	l.window_s = 0;			/* long ago */
	l.dropped = 7;
	ck_assert(log_limit_ok(&l, &dropped));
	ck_assert_uint_eq(dropped, 7);
	ck_assert(log_limit_ok(&l, &dropped));
	ck_assert_uint_eq(dropped, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("log");
	TCase *tc = tcase_create("log");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, log_default_is_warn);
	tcase_add_test(tc, log_filter_by_tag);
	tcase_add_loop_test(tc, log_bad_filter, 0, ARRAY_SIZE(bad_specs));
	tcase_add_test(tc, log_lines);
	tcase_add_test(tc, log_long_line_is_one_line);
	tcase_add_test(tc, log_rate);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
