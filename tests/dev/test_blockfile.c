/* SPDX-License-Identifier: Apache-2.0 */
/* tests/dev/test_blockfile.c - disk images on a real file system: data, limits, locks. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "devices/host/blockfile.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/bits.h"
#include "util/log.h"

#define IMAGE_BYTES (1024u * 1024)

static char dir[64];
static char path[96];
static struct err err;

static void make_image(size_t bytes)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)bytes), 0);
	close(fd);
}

static void set_up(void)
{
	snprintf(dir, sizeof(dir), "/tmp/lvz-blockfile-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/data.img", dir);
	make_image(IMAGE_BYTES);
	memset(&err, 0, sizeof(err));
	log_set_filter("err", NULL);
}

static void tear_down(void)
{
	unlink(path);
	rmdir(dir);
}

static struct blockdev *open_image(bool is_readonly, const char *holder)
{
	struct blockdev *bd = NULL;
	int ret = blockfile_create(&bd, path, is_readonly, holder, &err);

	ck_assert_msg(!ret, "%s", err.text);
	return bd;
}

static void open_fails(int code, const char *text)
{
	struct blockdev *bd = NULL;

	ck_assert_int_eq(blockfile_create(&bd, path, false, "web2", &err), code);
	ck_assert_msg(strstr(err.text, text) != NULL, "'%s' lacks '%s'", err.text, text);
	ck_assert_ptr_null(bd);
}

START_TEST(bad_images)
{
	char fifo[96];

	make_image(1000);
	open_fails(-EINVAL, "data.img: 1000 bytes (want a raw disk image, a multiple of 512");
	make_image(0);
	open_fails(-EINVAL, "0 bytes");
	unlink(path);
	open_fails(-ENOENT, "cannot open for reading and writing: No such file");
	ck_assert_int_eq(access(path, F_OK), -1);	/* not made either */
	snprintf(fifo, sizeof(fifo), "%s/data.img", dir);
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	open_fails(-EINVAL, "not a file or block device");
	unlink(fifo);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	open_fails(-EISDIR, "Is a directory");
	rmdir(path);
}
END_TEST

START_TEST(data_round_trip)
{
	struct blockdev *bd = open_image(false, "web1");
	uint8_t out[4096], in[4096];
	struct iovec iov[3];

	ck_assert_uint_eq(bd->size_bytes, IMAGE_BYTES);
	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = (uint8_t)(i * 13);
	iov[0] = (struct iovec){ out, 1 };
	iov[1] = (struct iovec){ out + 1, 3000 };
	iov[2] = (struct iovec){ out + 3001, 1095 };
	ck_assert_int_eq(bd->ops->writev(bd, iov, 3, 8192), 0);
	ck_assert_int_eq(bd->ops->flush(bd), 0);
	iov[0] = (struct iovec){ in, 2000 };
	iov[1] = (struct iovec){ in + 2000, 2096 };
	ck_assert_int_eq(bd->ops->readv(bd, iov, 2, 8192), 0);
	ck_assert_mem_eq(in, out, sizeof(out));

	ck_assert_int_eq(bd->ops->write_zeroes(bd, 8192, 512, false), 0);
	ck_assert_int_eq(bd->ops->write_zeroes(bd, 9216, 512, true), 0);
	ck_assert_int_eq(bd->ops->discard(bd, 10240, 512), 0);
	iov[0] = (struct iovec){ in, 4096 };
	ck_assert_int_eq(bd->ops->readv(bd, iov, 1, 8192), 0);
	memset(out, 0, 512);
	memset(out + 1024, 0, 512);
	ck_assert_mem_eq(in, out, 2048);	/* what was discarded may read as anything */
	ck_assert_mem_eq(in + 2560, out + 2560, 1536);
	/* None of it changed the size. */
	ck_assert_int_eq(bd->ops->discard(bd, IMAGE_BYTES - 512, 512), 0);
	ck_assert_int_eq(bd->ops->write_zeroes(bd, IMAGE_BYTES - 65536 * 3, 65536 * 3, false), 0);
	bd->ops->destroy(bd);
	bd = open_image(true, "web1");
	ck_assert_uint_eq(bd->size_bytes, IMAGE_BYTES);
	bd->ops->destroy(bd);
}
END_TEST

START_TEST(file_shrinks_below_us)
{
	struct blockdev *bd = open_image(false, "web1");
	uint8_t buf[512];
	struct iovec iov = { buf, sizeof(buf) };

	ck_assert_int_eq(truncate(path, 512), 0);
	ck_assert_int_eq(bd->ops->readv(bd, &iov, 1, 512), -EIO);
	bd->ops->destroy(bd);
}
END_TEST

START_TEST(readonly_cannot_write)
{
	struct blockdev *bd = open_image(true, "web1");
	uint8_t buf[512] = "";
	struct iovec iov = { buf, sizeof(buf) };

	ck_assert(bd->is_readonly);
	ck_assert_int_eq(bd->ops->writev(bd, &iov, 1, 0), -EBADF);
	ck_assert_int_eq(bd->ops->flush(bd), 0);
	bd->ops->destroy(bd);
}
END_TEST

START_TEST(two_disks_of_one_vm)
{
	struct blockdev *bd = open_image(false, "web1");

	open_fails(-EBUSY, "data.img' is already used by another disk of this VM");
	bd->ops->destroy(bd);
	bd = open_image(false, "web1");
	bd->ops->destroy(bd);
}
END_TEST

/* A child that has the image open until killed. */
static pid_t holder_start(bool is_readonly, const char *name)
{
	int fds[2];
	char c;
	pid_t pid;

	ck_assert_int_eq(pipe(fds), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (!pid) {
		struct blockdev *bd;

		if (blockfile_create(&bd, path, is_readonly, name, &err) ||
		    write(fds[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(fds[1]);
	ck_assert_int_eq(read(fds[0], &c, 1), 1);
	close(fds[0]);
	return pid;
}

static void holder_stop(pid_t pid)
{
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

START_TEST(in_use_names_the_holder)
{
	pid_t pid = holder_start(false, "web1");
	struct blockdev *bd;
	char want[128];

	snprintf(want, sizeof(want), "data.img' is in use by lvz-vmm 'web1' (pid %d)", (int)pid);
	open_fails(-EBUSY, want);
	holder_stop(pid);		/* SIGKILL leaves no lock behind */
	bd = open_image(false, "web2");
	bd->ops->destroy(bd);
}
END_TEST

START_TEST(readers_share)
{
	pid_t pid = holder_start(true, "reader");
	struct blockdev *bd = open_image(true, "web2");

	bd->ops->destroy(bd);
	open_fails(-EBUSY, "lvz-vmm 'reader'");		/* but a writer stays out */
	holder_stop(pid);
}
END_TEST

/* Another monitor: locks a byte of the image, and is no lvz-vmm. */
START_TEST(foreign_lock)
{
	struct flock fl = { .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 100, .l_len = 1 };
	int fds[2];
	char c;
	pid_t pid;

	ck_assert_int_eq(pipe(fds), 0);
	pid = fork();
	if (!pid) {
		int fd = open(path, O_RDWR);

		if (fcntl(fd, F_OFD_SETLK, &fl) || write(fds[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	ck_assert_int_eq(read(fds[0], &c, 1), 1);
	open_fails(-EBUSY, "in use by another program");
	holder_stop(pid);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("blockfile");
	TCase *tc = tcase_create("blockfile");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, bad_images);
	tcase_add_test(tc, data_round_trip);
	tcase_add_test(tc, file_shrinks_below_us);
	tcase_add_test(tc, readonly_cannot_write);
	tcase_add_test(tc, two_disks_of_one_vm);
	tcase_add_test(tc, in_use_names_the_holder);
	tcase_add_test(tc, readers_share);
	tcase_add_test(tc, foreign_lock);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
