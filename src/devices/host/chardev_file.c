/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/host/chardev_file.c - a file that output is appended to, see chardev.h.
 *
 * A disk may be slow, so a worker writes: at most one job at a time, straight from the
 * ring, whose oldest bytes stay put until the job is done.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "devices/host/chardev_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/bits.h"
#include "util/log.h"

struct file_chardev {
	struct chardev chr;		/* first */
	struct event_loop *loop;
	int fd;
	pthread_mutex_t lock;
	struct chardev_ring out;	/* lock */
	bool is_short;			/* lock */
	bool is_broken;			/* lock: said once, then output is dropped */
	struct event_work work;
	struct event_job job;
	bool is_writing;		/* loop: ->job is under way */
	const uint8_t *src;		/* the job's */
	size_t len;			/* the job's: wanted, then written */
	int error;			/* the job's result */
};

static void job_run(struct event_job *job)
{
	struct file_chardev *c = container_of(job, struct file_chardev, job);
	size_t done = 0;

	c->error = 0;
	while (done < c->len) {
		ssize_t n = write(c->fd, c->src + done, c->len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			c->error = errno;
			break;
		}
		done += (size_t)n;
	}
	c->len = done;
}

static void file_start(struct file_chardev *c)
{
	if (c->is_writing)
		return;
	pthread_mutex_lock(&c->lock);
	c->src = chardev_ring_peek(&c->out, &c->len);
	pthread_mutex_unlock(&c->lock);
	if (!c->len)
		return;
	c->is_writing = true;
	event_submit(c->loop, &c->job);
}

static void job_done(struct event_job *job)
{
	struct file_chardev *c = container_of(job, struct file_chardev, job);
	bool was_short;

	c->is_writing = false;
	pthread_mutex_lock(&c->lock);
	c->out.tail += c->len;
	if (c->error) {
		if (!c->is_broken)
			log_err("chardev", "%s: %s; what the guest prints is lost", c->chr.name,
				strerror(c->error));
		c->is_broken = true;
		c->out.tail = c->out.head;
	}
	was_short = c->is_short;
	c->is_short = false;
	pthread_mutex_unlock(&c->lock);
	file_start(c);
	if (was_short)
		chardev_notify_writable(&c->chr);
}

static void on_work(struct event_work *work)
{
	file_start(container_of(work, struct file_chardev, work));
}

static size_t file_write(struct chardev *chr, const void *buf, size_t len)
{
	struct file_chardev *c = container_of(chr, struct file_chardev, chr);
	size_t taken = len;

	pthread_mutex_lock(&c->lock);
	if (!c->is_broken) {
		taken = chardev_ring_put(&c->out, buf, len);
		c->is_short |= taken < len;
	}
	pthread_mutex_unlock(&c->lock);
	event_post(c->loop, &c->work);
	return taken;
}

static size_t file_read(struct chardev *chr, void *buf, size_t len)
{
	(void)chr;
	(void)buf;
	(void)len;
	return 0;
}

/* A file takes what it is given, so the time limit is the disk's. */
static bool file_flush(struct chardev *chr, unsigned int timeout_ms)
{
	struct file_chardev *c = container_of(chr, struct file_chardev, chr);

	(void)timeout_ms;
	file_start(c);
	while (c->is_writing)
		event_drain(c->loop);
	return true;
}

static void file_destroy(struct chardev *chr)
{
	struct file_chardev *c = container_of(chr, struct file_chardev, chr);

	event_cancel(c->loop, &c->work);
	close(c->fd);
	chardev_ring_fini(&c->out);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

static const struct chardev_ops file_ops = {
	.write	 = file_write,
	.read	 = file_read,
	.flush	 = file_flush,
	.destroy = file_destroy,
};

int chardev_file_create(struct chardev **out, struct event_loop *loop, const char *path,
			struct err *err)
{
	struct file_chardev *c = calloc(1, sizeof(*c));
	struct stat st;
	int ret;

	if (!c || chardev_ring_init(&c->out, CHARDEV_OUT_BYTES)) {
		free(c);
		return err_set(err, -ENOMEM, "%s: out of memory", path);
	}
	/* O_NONBLOCK: opening a FIFO must not wait for its reader. */
	c->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0644);
	if (c->fd < 0) {
		ret = err_set(err, -errno, "%s: cannot open for writing: %s", path,
			      strerror(errno));
		goto out_free;
	}
	if (fstat(c->fd, &st) || !(S_ISREG(st.st_mode) || S_ISCHR(st.st_mode))) {
		ret = err_set(err, -EINVAL, "%s: not a regular file", path);
		goto out_close;
	}
	fcntl(c->fd, F_SETFL, O_APPEND);
	pthread_mutex_init(&c->lock, NULL);
	c->chr.ops = &file_ops;
	snprintf(c->chr.name, sizeof(c->chr.name), "file:%s", path);
	c->loop = loop;
	c->work.fn = on_work;
	c->job.run = job_run;
	c->job.done = job_done;
	*out = &c->chr;
	return 0;

out_close:
	close(c->fd);
out_free:
	chardev_ring_fini(&c->out);
	free(c);
	return ret;
}
