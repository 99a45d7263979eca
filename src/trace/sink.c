/* SPDX-License-Identifier: Apache-2.0 */
/* trace/sink.c - see sink.h.  The lock of a sink is a leaf, held while writing. */
#include "trace/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/log.h"

#define SINK_BYTES (64u * 1024)

struct trace_sink {
	int fd;
	bool is_stderr;
	bool is_stream;			/* writing may block for ever */
	dev_t dev;
	ino_t ino;
	pthread_mutex_t lock;
	bool is_broken;			/* lock */
	size_t len;			/* lock */
	char *path;
	char buf[SINK_BYTES];		/* lock */
};

/* ------------------------------------------------------------------ writing */

static void give_up(struct trace_sink *s, const char *why)
{
	s->is_broken = true;
	s->len = 0;
	/* Standard error that takes nothing would not take this either. */
	if (!s->is_stderr)
		log_err("trace", "'%s': %s; the trace ends here", s->path, why);
}

/* Room for PIPE_BUF bytes, so that writing so many does not block. */
static bool wait_for_room(struct trace_sink *s)
{
	struct pollfd p = { .fd = s->fd, .events = POLLOUT };
	int n;

	do {
		n = poll(&p, 1, TRACE_SINK_PATIENCE_MS);
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		give_up(s, n ? strerror(errno) : "nobody reads it");
	return n > 0;
}

static void write_out(struct trace_sink *s)
{
	size_t done = 0;

	while (!s->is_broken && done < s->len) {
		size_t want = s->len - done;
		ssize_t n;

		if (s->is_stream) {
			if (!wait_for_room(s))
				return;
			want = want < PIPE_BUF ? want : PIPE_BUF;
		}
		n = write(s->fd, s->buf + done, want);
		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR && !(errno == EAGAIN && s->is_stream))
			give_up(s, strerror(errno));
	}
	s->len = 0;
}

static void append(struct trace_sink *s, const char *data, size_t len)
{
	if (s->len + len > sizeof(s->buf))
		write_out(s);
	if (s->is_broken || len > sizeof(s->buf))
		return;
	memcpy(s->buf + s->len, data, len);
	s->len += len;
}

bool trace_sink_line(struct trace_sink *s, const char *line, size_t len, bool *was_idle)
{
	const char *newline = s->is_stderr ? log_newline() : "\n";
	const char *end = memchr(line, '\n', len);
	bool is_good;

	pthread_mutex_lock(&s->lock);
	*was_idle = !s->len && !s->is_stderr;
	while (end) {
		append(s, line, (size_t)(end - line));
		append(s, newline, strlen(newline));
		len -= (size_t)(end + 1 - line);
		line = end + 1;
		end = memchr(line, '\n', len);
	}
	append(s, line, len);
	append(s, newline, strlen(newline));
	if (s->is_stderr)
		write_out(s);
	is_good = !s->is_broken;
	pthread_mutex_unlock(&s->lock);
	return is_good;
}

void trace_sink_flush(struct trace_sink *s)
{
	pthread_mutex_lock(&s->lock);
	write_out(s);
	pthread_mutex_unlock(&s->lock);
}

/* ------------------------------------------------------------------ life */

static int open_fd(struct trace_sink *s, struct err *err)
{
	struct sigaction old;
	struct stat st;

	s->is_stderr = !strcmp(s->path, "-");
	s->fd = s->is_stderr ? fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)
			     : open(s->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY,
				    0644);
	if (s->fd < 0 || fstat(s->fd, &st))
		return err_set(err, -errno, "--trace: '%s': %s", s->path, strerror(errno));
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	s->is_stream = !S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode);
	/* A reader that goes away is an error of the next write, not the end of the VM. */
	if (s->is_stream && !sigaction(SIGPIPE, NULL, &old) && old.sa_handler == SIG_DFL)
		signal(SIGPIPE, SIG_IGN);
	return 0;
}

int trace_sink_open(struct trace_sink **out, const char *path, struct err *err)
{
	struct trace_sink *s = calloc(1, sizeof(*s));
	int ret;

	if (!s)
		return err_set(err, -ENOMEM, "--trace: out of memory");
	s->fd = -1;
	pthread_mutex_init(&s->lock, NULL);
	s->path = strdup(path);
	ret = s->path ? open_fd(s, err) : err_set(err, -ENOMEM, "--trace: out of memory");
	if (ret) {
		trace_sink_close(s);
		return ret;
	}
	*out = s;
	return 0;
}

void trace_sink_close(struct trace_sink *s)
{
	if (!s)
		return;
	write_out(s);
	/* What a network file system could not keep is told by close() alone. */
	if (s->fd >= 0 && close(s->fd) && !s->is_broken)
		give_up(s, strerror(errno));
	pthread_mutex_destroy(&s->lock);
	free(s->path);
	free(s);
}

bool trace_sink_is_same(const struct trace_sink *a, const struct trace_sink *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}
