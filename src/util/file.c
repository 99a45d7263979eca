/* SPDX-License-Identifier: Apache-2.0 */
/* util/file.c - see file.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "util/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define STREAM_FIRST_BYTES (UINT64_C(1) << 20)

static int map_regular(const char *path, int fd, uint64_t len, struct span *out,
		       struct err *err)
{
	void *p;

	if (!len)
		return 0;
	/* Every byte is about to be read once, in order. */
	p = mmap(NULL, len, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (p == MAP_FAILED)
		return err_set(err, -errno, "%s: cannot map: %s", path, strerror(errno));
	*out = (struct span){ p, len };
	return 0;
}

/* Doubles the buffer (*@buf, *@cap), an anonymous mapping as file_unmap() wants it. */
static int grow(void **buf, uint64_t *cap)
{
	uint64_t want = *cap ? *cap * 2 : STREAM_FIRST_BYTES;
	void *p = *cap ? mremap(*buf, *cap, want, MREMAP_MAYMOVE)
		       : mmap(NULL, want, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return -ENOMEM;
	*buf = p;
	*cap = want;
	return 0;
}

static int read_stream(const char *path, int fd, struct span *out, struct err *err)
{
	void *buf = NULL, *cut;
	uint64_t cap = 0, len = 0;
	ssize_t n = 1;
	int ret;

	for (;;) {
		if (len == cap && len >= FILE_STREAM_MAX_BYTES) {
			ret = err_set(err, -EFBIG, "%s: no regular file, and more than %u MiB long",
				      path, (unsigned int)(FILE_STREAM_MAX_BYTES >> 20));
			goto out_free;
		}
		if (len == cap && grow(&buf, &cap)) {
			ret = err_set(err, -ENOMEM, "%s: out of memory", path);
			goto out_free;
		}
		n = read(fd, (uint8_t *)buf + len, cap - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			ret = err_set(err, -errno, "%s: cannot read: %s", path, strerror(errno));
			goto out_free;
		}
		if (!n)
			break;
		len += (uint64_t)n;
	}
	if (!len) {
		ret = 0;
		goto out_free;
	}
	/* Cut to the length, so that file_unmap() ends exactly the pages of the span. */
	cut = mremap(buf, cap, len, 0);
	if (cut == MAP_FAILED) {
		ret = err_set(err, -errno, "%s: cannot read: %s", path, strerror(errno));
		goto out_free;
	}
	*out = (struct span){ cut, len };
	return 0;

out_free:
	if (cap)
		munmap(buf, cap);
	return ret;
}

int file_map(const char *path, struct span *out, struct err *err)
{
	struct stat st;
	int fd, ret;

	*out = (struct span){ NULL, 0 };
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, -errno, "%s: cannot open: %s", path, strerror(errno));
	if (fstat(fd, &st))
		ret = err_set(err, -errno, "%s: cannot stat: %s", path, strerror(errno));
	else if (S_ISDIR(st.st_mode))
		ret = err_set(err, -EISDIR, "%s: is a directory; a file is wanted", path);
	else if (S_ISREG(st.st_mode))
		ret = map_regular(path, fd, (uint64_t)st.st_size, out, err);
	else
		ret = read_stream(path, fd, out, err);
	close(fd);
	return ret;
}

void file_unmap(struct span *s)
{
	if (s->len)
		munmap((void *)(uintptr_t)s->data, s->len);
	*s = (struct span){ NULL, 0 };
}
