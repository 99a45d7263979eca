/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/host/blockfile.c - see blockfile.h.
 *
 * Locking against double use.  An "open file description" lock on bytes [0, 2^62) excludes
 * others: it belongs to our descriptor, works between two disks of one VM as well as
 * between processes, and conflicts with the locks other monitors take on an image.  It
 * does not tell its owner, so a classic record lock is put on one byte beyond, for which
 * F_GETLK names the process; and the process holds an empty memfd whose name contains the
 * VM's name, to be found under /proc/PID/fd by those who may look there.  All of it
 * vanishes with the process; nothing is left beside the image.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "devices/host/blockfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/bits.h"
#include "util/log.h"

#define LOCK_BYTES (INT64_C(1) << 62)
#define BEACON_AT LOCK_BYTES
#define NOTE_PREFIX "lvz-vm:"
#define NAME_BYTES 64
#define ZERO_CHUNK_BYTES (64u * 1024)

struct blockfile {
	struct blockdev bd;		/* first */
	int fd;
	int note_fd;			/* memfd that carries the holder's name, or -1 */
	char *path;
};

/* ---- who has it ---- */

/* The VM's name in the notes of process @pid; false when it cannot be seen. */
static bool find_note(pid_t pid, char name[NAME_BYTES])
{
	char path[64], target[256];
	struct dirent *de;
	bool is_found = false;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	if (!dir)
		return false;
	while (!is_found && (de = readdir(dir))) {
		ssize_t n = readlinkat(dirfd(dir), de->d_name, target, sizeof(target) - 1);
		char *p, *end;

		if (n < 0)
			continue;
		target[n] = '\0';
		p = strstr(target, "memfd:" NOTE_PREFIX);
		if (!p)
			continue;
		p += strlen("memfd:" NOTE_PREFIX);
		end = strstr(p, " (deleted)");
		if (end)
			*end = '\0';
		snprintf(name, NAME_BYTES, "%.*s", NAME_BYTES - 1, p);
		is_found = true;
	}
	closedir(dir);
	return is_found;
}

/* True when this process has the file open more than once: two disks of one VM. */
static bool is_open_twice(const struct stat *want)
{
	struct dirent *de;
	struct stat st;
	int found = 0;
	DIR *dir = opendir("/proc/self/fd");

	if (!dir)
		return false;
	while ((de = readdir(dir))) {
		if (!fstatat(dirfd(dir), de->d_name, &st, 0) && st.st_dev == want->st_dev &&
		    st.st_ino == want->st_ino)
			found++;
	}
	closedir(dir);
	return found > 1;
}

static int report_in_use(const struct blockfile *b, const struct stat *st, struct err *err)
{
	struct flock beacon = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = BEACON_AT,
				.l_len = 1 };
	char name[NAME_BYTES];

	if (!fcntl(b->fd, F_GETLK, &beacon) && beacon.l_type != F_UNLCK && beacon.l_pid > 0) {
		if (find_note(beacon.l_pid, name))
			return err_set(err, -EBUSY, "'%s' is in use by lvz-vmm '%s' (pid %d)",
				       b->path, name, (int)beacon.l_pid);
		return err_set(err, -EBUSY, "'%s' is in use by process %d", b->path,
			       (int)beacon.l_pid);
	}
	if (is_open_twice(st))
		return err_set(err, -EBUSY, "'%s' is already used by another disk of this VM",
			       b->path);
	return err_set(err, -EBUSY, "'%s' is in use by another program", b->path);
}

static int lock_image(struct blockfile *b, const struct stat *st, const char *holder,
		      struct err *err)
{
	struct flock excl = { .l_type = b->bd.is_readonly ? F_RDLCK : F_WRLCK,
			      .l_whence = SEEK_SET, .l_len = LOCK_BYTES };
	struct flock beacon = { .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = BEACON_AT,
				.l_len = 1 };
	char note[NAME_BYTES + sizeof(NOTE_PREFIX)];

	if (fcntl(b->fd, F_OFD_SETLK, &excl)) {
		if (errno == EAGAIN || errno == EACCES)
			return report_in_use(b, st, err);
		log_warn("blockfile", "'%s': cannot be locked (%s), take care that nothing else "
			 "writes to it", b->path, strerror(errno));
		return 0;
	}
	/* Both only serve the message of someone else; without them it says less. */
	if (fcntl(b->fd, F_SETLK, &beacon))
		log_debug("blockfile", "'%s': no beacon: %s", b->path, strerror(errno));
	snprintf(note, sizeof(note), NOTE_PREFIX "%.*s", NAME_BYTES - 1, holder);
	b->note_fd = memfd_create(note, MFD_CLOEXEC);
	return 0;
}

/* ---- data ---- */

/* Drops @n bytes from the front of *@iov; empty parts are skipped. */
static void iov_advance(struct iovec **iov, int *parts, size_t n)
{
	while (*parts && n >= (*iov)->iov_len) {
		n -= (*iov)->iov_len;
		(*iov)++;
		(*parts)--;
	}
	if (*parts && n) {
		(*iov)->iov_base = (uint8_t *)(*iov)->iov_base + n;
		(*iov)->iov_len -= n;
	}
}

static int move(struct blockfile *b, bool is_write, struct iovec *iov, int parts, uint64_t off)
{
	while (parts) {
		ssize_t n = is_write ? pwritev(b->fd, iov, parts, (off_t)off) :
				       preadv(b->fd, iov, parts, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return -EIO;	/* somebody made the file shorter */
		off += (uint64_t)n;
		iov_advance(&iov, &parts, (size_t)n);
	}
	return 0;
}

static int blockfile_readv(struct blockdev *bd, struct iovec *iov, int n, uint64_t off)
{
	return move(container_of(bd, struct blockfile, bd), false, iov, n, off);
}

static int blockfile_writev(struct blockdev *bd, struct iovec *iov, int n, uint64_t off)
{
	return move(container_of(bd, struct blockfile, bd), true, iov, n, off);
}

static int blockfile_flush(struct blockdev *bd)
{
	const struct blockfile *b = container_of(bd, struct blockfile, bd);

	return fdatasync(b->fd) ? -errno : 0;
}

static int try_fallocate(const struct blockfile *b, int mode, uint64_t off, uint64_t len)
{
	while (fallocate(b->fd, mode | FALLOC_FL_KEEP_SIZE, (off_t)off, (off_t)len)) {
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

/* These say "this file system or device cannot", not "this went wrong". */
static bool is_unsupported(int ret)
{
	return ret == -EOPNOTSUPP || ret == -ENOSYS || ret == -ENODEV || ret == -EINVAL;
}

static int blockfile_discard(struct blockdev *bd, uint64_t off, uint64_t len)
{
	const struct blockfile *b = container_of(bd, struct blockfile, bd);
	int ret = try_fallocate(b, FALLOC_FL_PUNCH_HOLE, off, len);

	return is_unsupported(ret) ? 0 : ret;
}

static int write_zero_bytes(struct blockfile *b, uint64_t off, uint64_t len)
{
	uint8_t *zeroes = calloc(1, ZERO_CHUNK_BYTES);
	int ret = 0;

	if (!zeroes)
		return -ENOMEM;
	while (len && !ret) {
		struct iovec iov = { .iov_base = zeroes,
				     .iov_len = len < ZERO_CHUNK_BYTES ? len : ZERO_CHUNK_BYTES };
		uint64_t n = iov.iov_len;

		ret = move(b, true, &iov, 1, off);
		off += n;
		len -= n;
	}
	free(zeroes);
	return ret;
}

static int blockfile_write_zeroes(struct blockdev *bd, uint64_t off, uint64_t len,
				  bool may_unmap)
{
	struct blockfile *b = container_of(bd, struct blockfile, bd);
	int ret = -EOPNOTSUPP;

	if (may_unmap)
		ret = try_fallocate(b, FALLOC_FL_PUNCH_HOLE, off, len);
	if (is_unsupported(ret))
		ret = try_fallocate(b, FALLOC_FL_ZERO_RANGE, off, len);
	return is_unsupported(ret) ? write_zero_bytes(b, off, len) : ret;
}

/* ---- life ---- */

static void blockfile_free(struct blockfile *b)
{
	if (b->note_fd >= 0)
		close(b->note_fd);
	if (b->fd >= 0)
		close(b->fd);
	free(b->path);
	free(b);
}

static void blockfile_destroy(struct blockdev *bd)
{
	struct blockfile *b = container_of(bd, struct blockfile, bd);

	if (!bd->is_readonly && fdatasync(b->fd))
		log_err("blockfile", "'%s': %s while storing the last writes", b->path,
			strerror(errno));
	blockfile_free(b);
}

static const struct blockdev_ops blockfile_ops = {
	.readv	      = blockfile_readv,
	.writev	      = blockfile_writev,
	.flush	      = blockfile_flush,
	.discard      = blockfile_discard,
	.write_zeroes = blockfile_write_zeroes,
	.destroy      = blockfile_destroy,
};

static int find_size(struct blockfile *b, const struct stat *st, struct err *err)
{
	uint64_t bytes = (uint64_t)st->st_size;

	if (S_ISBLK(st->st_mode)) {
		if (ioctl(b->fd, BLKGETSIZE64, &bytes))
			return err_set(err, -errno, "%s: cannot tell its size: %s", b->path,
				       strerror(errno));
	} else if (!S_ISREG(st->st_mode)) {
		return err_set(err, -EINVAL, "%s: not a file or block device", b->path);
	}
	if (!bytes || bytes % BLOCKDEV_SECTOR_BYTES)
		return err_set(err, -EINVAL, "%s: %llu bytes (want a raw disk image, a multiple of "
			       "512 bytes)", b->path, (unsigned long long)bytes);
	b->bd.size_bytes = bytes;
	return 0;
}

/* All of it but the lock. */
static int blockfile_open(struct blockfile **out, const char *path, bool is_readonly,
			  struct stat *st, struct err *err)
{
	struct blockfile *b = calloc(1, sizeof(*b));
	int ret;

	if (!b)
		return err_set(err, -ENOMEM, "%s: out of memory", path);
	b->bd.ops = &blockfile_ops;
	b->bd.is_readonly = is_readonly;
	b->bd.has_discard = !is_readonly;
	b->note_fd = -1;
	b->path = strdup(path);
	/* O_NONBLOCK: opening a FIFO by mistake must not wait. */
	b->fd = open(path, (is_readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (!b->path)
		ret = err_set(err, -ENOMEM, "%s: out of memory", path);
	else if (b->fd < 0)
		ret = err_set(err, -errno, "%s: cannot open for %s: %s", path,
			      is_readonly ? "reading" : "reading and writing", strerror(errno));
	else if (fstat(b->fd, st))
		ret = err_set(err, -errno, "%s: %s", path, strerror(errno));
	else
		ret = find_size(b, st, err);
	if (ret) {
		blockfile_free(b);
		return ret;
	}
	*out = b;
	return 0;
}

int blockfile_create(struct blockdev **out, const char *path, bool is_readonly,
		     const char *holder, struct err *err)
{
	struct blockfile *b;
	struct stat st;
	int ret = blockfile_open(&b, path, is_readonly, &st, err);

	if (ret)
		return ret;
	ret = lock_image(b, &st, holder, err);
	if (ret) {
		blockfile_free(b);
		return ret;
	}
	*out = &b->bd;
	return 0;
}

int blockfile_check(const char *path, bool is_readonly, struct err *err)
{
	struct flock excl = { .l_type = is_readonly ? F_RDLCK : F_WRLCK,
			      .l_whence = SEEK_SET, .l_len = LOCK_BYTES };
	struct blockfile *b;
	struct stat st;
	int ret = blockfile_open(&b, path, is_readonly, &st, err);

	if (ret)
		return ret;
	if (!fcntl(b->fd, F_OFD_GETLK, &excl) && excl.l_type != F_UNLCK)
		ret = report_in_use(b, &st, err);
	blockfile_free(b);
	return ret;
}
