/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/host/chardev_pty.c - a pseudo terminal as a chardev, see chardev.h.
 *
 * While nobody has the slave side open the master reports a hangup all the time, so it
 * cannot be watched without spinning.  Instead inotify tells when the slave is opened;
 * then the master is watched until it reports the next hangup.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "devices/host/chardev_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "util/bits.h"
#include "util/log.h"

#define PTS_NAME_BYTES 64

struct pty_chardev {
	struct chardev_stream s;	/* first */
	int master;
	int inotify;
	struct event_io *inotify_io;
	char pts[PTS_NAME_BYTES];
	char *link;			/* ours to remove; NULL: none */
};

static bool has_slave(struct pty_chardev *c)
{
	struct pollfd pfd = { .fd = c->master };

	return poll(&pfd, 1, 0) >= 0 && !(pfd.revents & (POLLHUP | POLLERR));
}

static ssize_t pty_send(struct chardev_stream *s, const void *buf, size_t len)
{
	struct pty_chardev *c = container_of(s, struct pty_chardev, s);
	ssize_t n;

	if (!has_slave(c))
		return -EIO;
	n = write(c->master, buf, len);
	return n < 0 ? -errno : n;
}

static ssize_t pty_recv(struct chardev_stream *s, void *buf, size_t len)
{
	struct pty_chardev *c = container_of(s, struct pty_chardev, s);
	ssize_t n = read(c->master, buf, len);

	return n < 0 ? -errno : n;
}

static void pty_hangup(struct chardev_stream *s)
{
	struct pty_chardev *c = container_of(s, struct pty_chardev, s);

	chardev_stream_detach(s);
	log_debug("chardev", "%s: closed", s->chr.name);
	/* Opened again meanwhile: the notice for that may already have been read. */
	if (has_slave(c) && chardev_stream_attach(s, c->master, c->master, NULL))
		log_err("chardev", "%s: out of memory", s->chr.name);
}

static void on_opened(void *ctx, int revents)
{
	struct pty_chardev *c = ctx;
	char buf[4096] __attribute__((aligned(8)));

	(void)revents;
	while (read(c->inotify, buf, sizeof(buf)) > 0)
		;
	if (c->s.out_io || !has_slave(c))
		return;
	log_debug("chardev", "%s: opened", c->s.chr.name);
	if (chardev_stream_attach(&c->s, c->master, c->master, NULL))
		log_err("chardev", "%s: out of memory", c->s.chr.name);
}

static void pty_destroy(struct chardev_stream *s)
{
	struct pty_chardev *c = container_of(s, struct pty_chardev, s);

	if (c->link) {
		unlink(c->link);
		free(c->link);
	}
	event_io_del(c->inotify_io);
	if (c->inotify >= 0)
		close(c->inotify);
	if (c->master >= 0)
		close(c->master);
	chardev_stream_fini(s);
	free(c);
}

static const struct chardev_stream_ops pty_ops = {
	.send	       = pty_send,
	.recv	       = pty_recv,
	.on_input_end  = pty_hangup,
	.on_output_end = pty_hangup,
	.destroy       = pty_destroy,
};

/* Opening and closing the slave once sets its mode and brings the hangup state about. */
static int pty_open(struct pty_chardev *c, struct err *err)
{
	struct termios tio;
	int slave;

	c->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (c->master < 0 || grantpt(c->master) || unlockpt(c->master) ||
	    ptsname_r(c->master, c->pts, sizeof(c->pts)))
		return err_set(err, -errno, "pty: cannot make a pseudo terminal: %s",
			       strerror(errno));
	slave = open(c->pts, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return err_set(err, -errno, "pty: %s: %s", c->pts, strerror(errno));
	if (!tcgetattr(slave, &tio)) {
		cfmakeraw(&tio);
		tcsetattr(slave, TCSANOW, &tio);
	}
	close(slave);
	c->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (c->inotify < 0 || inotify_add_watch(c->inotify, c->pts, IN_OPEN) < 0)
		return err_set(err, -errno, "pty: cannot watch %s: %s (inotify limits are in "
			       "/proc/sys/fs/inotify)", c->pts, strerror(errno));
	return event_io_add(c->s.loop, c->inotify, EVENT_READ, on_opened, c, &c->inotify_io, err);
}

static int pty_link(struct pty_chardev *c, const char *link, struct err *err)
{
	struct stat st;
	char *copy = strdup(link);

	if (!copy)
		return err_set(err, -ENOMEM, "pty: out of memory");
	/* A link left behind by a killed process is replaced; anything else is not ours. */
	if (!lstat(link, &st) && S_ISLNK(st.st_mode))
		unlink(link);
	if (symlink(c->pts, link)) {
		free(copy);
		return err_set(err, -errno, "%s: cannot make a link to %s: %s", link, c->pts,
			       strerror(errno));
	}
	c->link = copy;
	return 0;
}

int chardev_pty_create(struct chardev **out, struct event_loop *loop, const char *link,
		       struct err *err)
{
	struct pty_chardev *c = calloc(1, sizeof(*c));
	int ret;

	if (!c)
		return err_set(err, -ENOMEM, "pty: out of memory");
	c->master = -1;
	c->inotify = -1;
	ret = chardev_stream_init(&c->s, &pty_ops, loop, CHARDEV_IN_BYTES, err);
	if (ret) {
		free(c);
		return ret;
	}
	ret = pty_open(c, err);
	if (!ret && link)
		ret = pty_link(c, link, err);
	if (ret) {
		pty_destroy(&c->s);
		return ret;
	}
	snprintf(c->s.chr.name, sizeof(c->s.chr.name), "pty %s", c->pts);
	log_info("chardev", "console on %s%s%s", c->pts, link ? ", link " : "", link ? link : "");
	*out = &c->s.chr;
	return 0;
}
