/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/host/chardev_unix.c - a listening UNIX socket as a chardev, see chardev.h.
 *
 * The socket is made with mode 0600: who can write to it types on the guest's console.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "devices/host/chardev_stream.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "util/bits.h"
#include "util/log.h"

struct unix_chardev {
	struct chardev_stream s;	/* first */
	int listen_fd;
	int client_fd;			/* -1: none */
	struct event_io *listen_io;
	struct sockaddr_un addr;
	bool is_bound;
	dev_t dev;			/* of the socket in the file system */
	ino_t ino;
};

static ssize_t unix_send(struct chardev_stream *s, const void *buf, size_t len)
{
	struct unix_chardev *c = container_of(s, struct unix_chardev, s);
	ssize_t n = send(c->client_fd, buf, len, MSG_NOSIGNAL | MSG_DONTWAIT);

	return n < 0 ? -errno : n;
}

static ssize_t unix_recv(struct chardev_stream *s, void *buf, size_t len)
{
	struct unix_chardev *c = container_of(s, struct unix_chardev, s);
	ssize_t n = recv(c->client_fd, buf, len, MSG_DONTWAIT);

	return n < 0 ? -errno : n;
}

static void drop_client(struct unix_chardev *c)
{
	if (c->client_fd < 0)
		return;
	chardev_stream_detach(&c->s);
	close(c->client_fd);
	c->client_fd = -1;
	log_debug("chardev", "%s: client left", c->s.chr.name);
}

static bool client_is_gone(struct unix_chardev *c)
{
	struct pollfd pfd = { .fd = c->client_fd };

	return poll(&pfd, 1, 0) > 0 && (pfd.revents & (POLLHUP | POLLERR));
}

/* A client that only shut down its sending side still gets output ("echo ls | socat"). */
static void unix_input_end(struct chardev_stream *s)
{
	struct unix_chardev *c = container_of(s, struct unix_chardev, s);

	if (client_is_gone(c))
		drop_client(c);
}

static void unix_output_end(struct chardev_stream *s)
{
	drop_client(container_of(s, struct unix_chardev, s));
}

static void on_connect(void *ctx, int revents)
{
	struct unix_chardev *c = ctx;
	int fd = accept4(c->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)revents;
	if (fd < 0)
		return;
	if (c->client_fd >= 0 && client_is_gone(c))
		drop_client(c);
	if (c->client_fd >= 0) {
		static const char busy[] = "lvz-vmm: this console has a client already\r\n";

		if (send(fd, busy, sizeof(busy) - 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			log_debug("chardev", "%s: second client left at once", c->s.chr.name);
		close(fd);
		return;
	}
	c->client_fd = fd;
	if (chardev_stream_attach(&c->s, fd, fd, NULL)) {
		log_err("chardev", "%s: out of memory", c->s.chr.name);
		close(fd);
		c->client_fd = -1;
		return;
	}
	log_debug("chardev", "%s: client connected", c->s.chr.name);
}

static void unix_destroy(struct chardev_stream *s)
{
	struct unix_chardev *c = container_of(s, struct unix_chardev, s);
	struct stat st;

	if (c->client_fd >= 0)
		close(c->client_fd);
	/* Somebody may have put his own socket there since. */
	if (c->is_bound && !lstat(c->addr.sun_path, &st) && st.st_dev == c->dev &&
	    st.st_ino == c->ino)
		unlink(c->addr.sun_path);
	event_io_del(c->listen_io);
	if (c->listen_fd >= 0)
		close(c->listen_fd);
	chardev_stream_fini(s);
	free(c);
}

static const struct chardev_stream_ops unix_ops = {
	.send	       = unix_send,
	.recv	       = unix_recv,
	.on_input_end  = unix_input_end,
	.on_output_end = unix_output_end,
	.destroy       = unix_destroy,
};

/* 0: a socket was there that nobody listens on, and is gone now. */
static int remove_stale(const struct sockaddr_un *addr, struct err *err)
{
	struct stat st;
	int fd, ret;

	if (lstat(addr->sun_path, &st))
		return errno == ENOENT ? 0 : err_set(err, -errno, "%s: %s", addr->sun_path,
						      strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return err_set(err, -EADDRINUSE, "%s: exists and is not a socket", addr->sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_set(err, -errno, "%s: %s", addr->sun_path, strerror(errno));
	ret = connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) ? errno : 0;
	close(fd);
	if (ret != ECONNREFUSED)
		return err_set(err, -EADDRINUSE, "%s: in use by another process", addr->sun_path);
	if (unlink(addr->sun_path) && errno != ENOENT)
		return err_set(err, -errno, "%s: cannot remove stale socket: %s", addr->sun_path,
			       strerror(errno));
	return 0;
}

static int unix_listen(struct unix_chardev *c, struct err *err)
{
	const struct sockaddr *sa = (const struct sockaddr *)&c->addr;
	struct stat st;
	int ret;

	c->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->listen_fd < 0 || fchmod(c->listen_fd, 0600))
		return err_set(err, -errno, "%s: %s", c->addr.sun_path, strerror(errno));
	if (bind(c->listen_fd, sa, sizeof(c->addr))) {
		if (errno != EADDRINUSE)
			return err_set(err, -errno, "%s: %s", c->addr.sun_path, strerror(errno));
		ret = remove_stale(&c->addr, err);
		if (ret)
			return ret;
		if (bind(c->listen_fd, sa, sizeof(c->addr)))
			return err_set(err, -errno, "%s: %s", c->addr.sun_path, strerror(errno));
	}
	if (!lstat(c->addr.sun_path, &st)) {
		c->is_bound = true;
		c->dev = st.st_dev;
		c->ino = st.st_ino;
	}
	if (listen(c->listen_fd, 4))
		return err_set(err, -errno, "%s: %s", c->addr.sun_path, strerror(errno));
	return event_io_add(c->s.loop, c->listen_fd, EVENT_READ, on_connect, c, &c->listen_io,
			    err);
}

int chardev_unix_create(struct chardev **out, struct event_loop *loop, const char *path,
			struct err *err)
{
	struct unix_chardev *c;
	int ret;

	if (!*path || strlen(path) >= sizeof(c->addr.sun_path))
		return err_set(err, -ENAMETOOLONG, "%s: %zu letters; a socket's path has 1 to %zu",
			       path, strlen(path), sizeof(c->addr.sun_path) - 1);
	c = calloc(1, sizeof(*c));
	if (!c)
		return err_set(err, -ENOMEM, "%s: out of memory", path);
	c->listen_fd = -1;
	c->client_fd = -1;
	c->addr.sun_family = AF_UNIX;
	memcpy(c->addr.sun_path, path, strlen(path) + 1);
	ret = chardev_stream_init(&c->s, &unix_ops, loop, CHARDEV_IN_BYTES, err);
	if (ret) {
		free(c);
		return ret;
	}
	snprintf(c->s.chr.name, sizeof(c->s.chr.name), "unix:%s", path);
	ret = unix_listen(c, err);
	if (ret) {
		unix_destroy(&c->s);
		return ret;
	}
	*out = &c->s.chr;
	return 0;
}
