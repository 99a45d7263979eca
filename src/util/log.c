/* SPDX-License-Identifier: Apache-2.0 */
/* util/log.c - see log.h. */
#include "util/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOG_MAX_TAGS 16
#define LOG_TAG_BYTES 24
#define LOG_LINE_BYTES 1024
#define LOG_BURST 10u

/* The one stderr of the process has one filter; set before threads start. */
static struct {
	enum log_level level;
	unsigned int ntags;
	struct {
		char name[LOG_TAG_BYTES];
		enum log_level level;
	} tags[LOG_MAX_TAGS];
	_Atomic(const char *) newline;
} log_state = { .level = LOG_LVL_WARN, .newline = "\n" };

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static int parse_level(const char *s, size_t len, enum log_level *out)
{
	static const char *const names[] = { "err", "warn", "info", "debug" };

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i]) == len && !strncmp(names[i], s, len)) {
			*out = (enum log_level)i;
			return 0;
		}
	}
	return -EINVAL;
}

int log_set_filter(const char *spec, struct err *err)
{
	const char *p = spec;

	log_state.ntags = 0;
	while (*p) {
		size_t len = strcspn(p, ",");
		const char *colon = memchr(p, ':', len);
		const char *lvl = colon ? colon + 1 : p;
		enum log_level level;

		if (parse_level(lvl, len - (size_t)(lvl - p), &level))
			return err_set(err, -EINVAL,
				       "--log: '%.*s' is not a level (want err, warn, info or debug, or tag:level)",
				       (int)len, p);
		if (!colon) {
			log_state.level = level;
		} else {
			size_t n = (size_t)(colon - p);

			if (log_state.ntags == LOG_MAX_TAGS || n >= LOG_TAG_BYTES)
				return err_set(err, -EINVAL,
					       "--log: '%.*s': at most %d tags of %d letters",
					       (int)len, p, LOG_MAX_TAGS, LOG_TAG_BYTES - 1);
			memcpy(log_state.tags[log_state.ntags].name, p, n);
			log_state.tags[log_state.ntags].name[n] = '\0';
			log_state.tags[log_state.ntags++].level = level;
		}
		p += len;
		p += *p == ',';
	}
	return 0;
}

bool log_enabled(enum log_level level, const char *tag)
{
	for (unsigned int i = 0; i < log_state.ntags; i++) {
		if (!strcmp(log_state.tags[i].name, tag))
			return level <= log_state.tags[i].level;
	}
	return level <= log_state.level;
}

void log_set_newline(const char *newline)
{
	atomic_store(&log_state.newline, newline);
}

const char *log_newline(void)
{
	return atomic_load(&log_state.newline);
}

void log_msg(enum log_level level, const char *tag, const char *fmt, ...)
{
	char line[LOG_LINE_BYTES];
	const char *nl = log_newline();
	size_t room = sizeof(line) - 4;
	va_list ap;
	int n;

	if (!log_enabled(level, tag))
		return;
	if (level == LOG_LVL_DEBUG) {
		uint64_t us = now_ns() / 1000;

		n = snprintf(line, room, "lvz-vmm: %6u.%06u %s: ",
			     (unsigned int)(us / 1000000 % 1000000),
			     (unsigned int)(us % 1000000), tag);
	} else {
		n = snprintf(line, room, "lvz-vmm: %s: ", tag);
	}
	va_start(ap, fmt);
	n += vsnprintf(line + n, room - (size_t)n, fmt, ap);
	va_end(ap);
	if ((size_t)n >= room)
		n = (int)room - 1;
	n += snprintf(line + n, sizeof(line) - (size_t)n, "%s", nl);
	/* One write, so that lines of several threads do not mix. */
	if (write(STDERR_FILENO, line, (size_t)n) < 0)
		return;
}

bool log_limit_ok(struct log_limit *l, unsigned int *dropped)
{
	uint64_t window = now_ns() / 1000000000u;

	if (l->window_s != window) {
		l->window_s = window;
		l->used = 0;
	}
	if (l->used >= LOG_BURST) {
		l->dropped++;
		return false;
	}
	l->used++;
	*dropped = l->dropped;
	l->dropped = 0;
	return true;
}
