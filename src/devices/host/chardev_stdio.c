/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/host/chardev_stdio.c - standard input and output as a chardev, see chardev.h.
 *
 * O_NONBLOCK belongs to the open file description, which we share with the shell and
 * everything else in the terminal or pipe; a killed process could never take it back.  So
 * a terminal or pipe is opened a second time through /proc/self/fd, which gives a
 * description of our own, and only that one is made non-blocking.  Sockets take
 * MSG_DONTWAIT per call.  Where reopening fails (another user's terminal after su), we
 * poll() before each small write and so block only in the rarest case; regular files
 * never block anyway.
 *
 * The terminal's mode is a property of the process, not of a VM: whoever ends the process
 * has to restore it, from a signal handler too.  Hence the one variable below.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "devices/host/chardev_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "util/bits.h"
#include "util/log.h"

#define ESCAPE_CHAR 0x01		/* Ctrl-a */
#define TTY_IN_BYTES (64u * 1024)	/* a paste fits even if the guest is busy */
#define SHARED_WRITE_BYTES 64u

/* What to restore.  Written by the loop thread before ->is_raw is set. */
static struct {
	atomic_bool is_raw;
	atomic_bool is_owned;		/* a chardev has this terminal */
	atomic_bool has_exit_hook;
	int fd;
	struct termios saved;
} stdio_tty;

struct end {
	int fd;
	bool is_own;		/* to be closed: our own description, non-blocking */
	bool is_socket;
	bool is_shared;		/* may block: poll first */
};

struct stdio_chardev {
	struct chardev_stream s;	/* first */
	struct chardev_stdio_opts opts;
	struct end in;
	struct end out;
	bool is_tty;
	bool is_escaped;		/* the last character was Ctrl-a */
	struct termios raw;
	struct event_signal *on_winch;
	struct event_signal *on_cont;
};

/*
 * Only the foreground may change the mode: a background job is stopped if it tries, and
 * the terminal belongs to someone else by then.  A terminal that is not our controlling
 * one has no such rule.
 */
static bool is_foreground(int fd)
{
	pid_t front = tcgetpgrp(fd);

	return front < 0 || front == getpgrp();
}

void chardev_stdio_restore(void)
{
	int saved_errno = errno;

	if (atomic_exchange(&stdio_tty.is_raw, false)) {
		log_set_newline("\n");
		if (is_foreground(stdio_tty.fd))
			tcsetattr(stdio_tty.fd, TCSANOW, &stdio_tty.saved);
	}
	errno = saved_errno;
}

static void on_fatal_signal(int signum)
{
	chardev_stdio_restore();
	signal(signum, SIG_DFL);
	raise(signum);		/* takes effect when we return */
}

/*
 * Signals that end a process by default.  What someone else handles or ignores is left
 * alone; INT, TERM and HUP are the loop's later, and then replaced.
 */
static void hook_exits(void)
{
	static const int fatal[] = { SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP,
				     SIGQUIT, SIGXCPU, SIGXFSZ, SIGINT, SIGTERM, SIGHUP };
	struct sigaction sa = { .sa_handler = on_fatal_signal };
	struct sigaction old;

	for (size_t i = 0; i < ARRAY_SIZE(fatal); i++) {
		if (!sigaction(fatal[i], NULL, &old) && !(old.sa_flags & SA_SIGINFO) &&
		    old.sa_handler == SIG_DFL)
			sigaction(fatal[i], &sa, NULL);
	}
	if (!atomic_exchange(&stdio_tty.has_exit_hook, true))
		atexit(chardev_stdio_restore);
}

static void tty_make_raw(struct stdio_chardev *c)
{
	if (!is_foreground(c->opts.in_fd))
		return;		/* SIGCONT brings us here again */
	if (tcsetattr(c->opts.in_fd, TCSANOW, &c->raw)) {
		log_warn("chardev", "stdio: cannot set the terminal to raw mode: %s",
			 strerror(errno));
		return;
	}
	atomic_store(&stdio_tty.is_raw, true);
	if (isatty(STDERR_FILENO))
		log_set_newline("\r\n");
}

static void tell_size(struct stdio_chardev *c)
{
	struct winsize ws;

	if (c->opts.on_resize && !ioctl(c->opts.in_fd, TIOCGWINSZ, &ws) && ws.ws_col && ws.ws_row)
		c->opts.on_resize(c->opts.ctx, ws.ws_col, ws.ws_row);
}

static void on_tty_signal(void *ctx, int signum)
{
	struct stdio_chardev *c = ctx;

	if (signum == SIGCONT)
		tty_make_raw(c);	/* the shell had the terminal while we were stopped */
	tell_size(c);
}

static int tty_begin(struct stdio_chardev *c, struct err *err)
{
	int ret;

	if (atomic_exchange(&stdio_tty.is_owned, true))
		return err_set(err, -EBUSY, "stdio: the terminal is in use by another console of "
			       "this process");
	c->is_tty = true;
	c->s.reads_when_full = true;	/* Ctrl-a x must work on a guest that hangs */
	if (tcgetattr(c->opts.in_fd, &stdio_tty.saved))
		return err_set(err, -errno, "stdio: cannot read the terminal's mode: %s",
			       strerror(errno));
	stdio_tty.fd = c->opts.in_fd;
	c->raw = stdio_tty.saved;
	cfmakeraw(&c->raw);
	hook_exits();
	ret = event_signal_add(c->s.loop, SIGWINCH, on_tty_signal, c, &c->on_winch, err);
	if (!ret)
		ret = event_signal_add(c->s.loop, SIGCONT, on_tty_signal, c, &c->on_cont, err);
	if (ret)
		return ret;
	tty_make_raw(c);
	tell_size(c);
	return 0;
}

static void tty_end(struct stdio_chardev *c)
{
	event_signal_del(c->on_winch);
	event_signal_del(c->on_cont);
	if (!c->is_tty)
		return;
	chardev_stdio_restore();
	atomic_store(&stdio_tty.is_owned, false);
}

/* ---- escape characters ---- */

static void print_help(struct stdio_chardev *c)
{
	static const char text[] =
		"\r\n"
		"Ctrl-a h       this text\r\n"
		"Ctrl-a x       stop the virtual machine and leave\r\n"
		"Ctrl-a Ctrl-a  send Ctrl-a to the guest\r\n";

	chardev_write(&c->s.chr, text, sizeof(text) - 1);
}

static size_t stdio_filter(struct chardev_stream *s, uint8_t *buf, size_t len)
{
	struct stdio_chardev *c = container_of(s, struct stdio_chardev, s);
	size_t kept = 0;

	if (!c->is_tty)
		return len;
	for (size_t i = 0; i < len; i++) {
		uint8_t ch = buf[i];

		if (!c->is_escaped) {
			if (ch == ESCAPE_CHAR)
				c->is_escaped = true;
			else
				buf[kept++] = ch;
			continue;
		}
		c->is_escaped = false;
		if (ch == ESCAPE_CHAR)
			buf[kept++] = ch;
		else if ((ch == 'x' || ch == 'X') && c->opts.on_quit)
			c->opts.on_quit(c->opts.ctx);
		else if (ch == 'h' || ch == 'H' || ch == '?')
			print_help(c);
		/* Any other letter after Ctrl-a is not for the guest either. */
	}
	return kept;
}

/* ---- moving bytes ---- */

static bool is_ready(int fd, short events)
{
	struct pollfd pfd = { .fd = fd, .events = events };

	return poll(&pfd, 1, 0) > 0;
}

static ssize_t stdio_send(struct chardev_stream *s, const void *buf, size_t len)
{
	struct stdio_chardev *c = container_of(s, struct stdio_chardev, s);
	ssize_t n;

	if (c->out.is_socket) {
		n = send(c->out.fd, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	} else if (c->out.is_shared) {
		if (!is_ready(c->out.fd, POLLOUT))
			return -EAGAIN;
		n = write(c->out.fd, buf, len < SHARED_WRITE_BYTES ? len : SHARED_WRITE_BYTES);
	} else {
		n = write(c->out.fd, buf, len);
	}
	return n < 0 ? -errno : n;
}

static ssize_t stdio_recv(struct chardev_stream *s, void *buf, size_t len)
{
	struct stdio_chardev *c = container_of(s, struct stdio_chardev, s);
	ssize_t n;

	if (c->in.is_shared && !is_ready(c->in.fd, POLLIN))
		return -EAGAIN;
	n = c->in.is_socket ? recv(c->in.fd, buf, len, MSG_DONTWAIT) : read(c->in.fd, buf, len);
	return n < 0 ? -errno : n;
}

static void stdio_input_end(struct chardev_stream *s)
{
	log_debug("chardev", "%s: end of input", s->chr.name);
}

static void stdio_output_end(struct chardev_stream *s)
{
	log_warn("chardev", "%s: output is gone, what the guest prints is dropped", s->chr.name);
	chardev_stream_detach(s);
}

/* ---- descriptors ---- */

static void end_open(struct end *e, int fd, int mode)
{
	char path[32];
	struct stat st;

	*e = (struct end){ .fd = fd };
	if (fstat(fd, &st))
		return;
	if (S_ISSOCK(st.st_mode)) {
		e->is_socket = true;
	} else if (S_ISFIFO(st.st_mode) || isatty(fd)) {
		int own;

		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		own = open(path, mode | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		e->is_own = own >= 0;
		e->is_shared = own < 0;
		if (own >= 0)
			e->fd = own;
	}
}

static void end_close(struct end *e)
{
	if (e->is_own)
		close(e->fd);
}

static void stdio_destroy(struct chardev_stream *s)
{
	struct stdio_chardev *c = container_of(s, struct stdio_chardev, s);

	tty_end(c);
	end_close(&c->in);
	end_close(&c->out);
	chardev_stream_fini(s);
	free(c);
}

static const struct chardev_stream_ops stdio_ops = {
	.send	       = stdio_send,
	.recv	       = stdio_recv,
	.filter	       = stdio_filter,
	.on_input_end  = stdio_input_end,
	.on_output_end = stdio_output_end,
	.destroy       = stdio_destroy,
};

int chardev_stdio_create(struct chardev **out, struct event_loop *loop,
			 const struct chardev_stdio_opts *opts, struct err *err)
{
	struct stdio_chardev *c = calloc(1, sizeof(*c));
	struct sigaction old;
	bool is_tty;
	int ret;

	if (!c)
		return err_set(err, -ENOMEM, "stdio: out of memory");
	c->opts = *opts;
	if (!opts->has_fds) {
		c->opts.in_fd = STDIN_FILENO;
		c->opts.out_fd = STDOUT_FILENO;
	}
	is_tty = isatty(c->opts.in_fd);
	ret = chardev_stream_init(&c->s, &stdio_ops, loop,
				  is_tty ? TTY_IN_BYTES : CHARDEV_IN_BYTES, err);
	if (ret) {
		free(c);
		return ret;
	}
	snprintf(c->s.chr.name, sizeof(c->s.chr.name), "stdio");
	/* A reader that goes away is an error of the next write, not the end of the VM. */
	if (!sigaction(SIGPIPE, NULL, &old) && old.sa_handler == SIG_DFL)
		signal(SIGPIPE, SIG_IGN);
	end_open(&c->in, c->opts.in_fd, O_RDONLY);
	end_open(&c->out, c->opts.out_fd, O_WRONLY);
	if (is_tty)
		ret = tty_begin(c, err);
	if (!ret)
		ret = chardev_stream_attach(&c->s, fcntl(c->in.fd, F_GETFD) < 0 ? -1 : c->in.fd,
					    c->out.fd, err);
	if (ret) {
		stdio_destroy(&c->s);
		return ret;
	}
	*out = &c->s.chr;
	return 0;
}
