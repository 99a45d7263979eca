/* SPDX-License-Identifier: Apache-2.0 */
/*
 * util/log.h - diagnostics for people, on stderr only, one line per event.
 *
 * A tag is a module name ("virtio", "vblk", "soft").  Levels can be set for all tags or
 * per tag: "info", "virtio:debug", "warn,vblk:debug".  The filter is process-wide by
 * nature (there is one stderr); it is set once at start and only read afterwards.
 */
#ifndef LVZ_UTIL_LOG_H
#define LVZ_UTIL_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"

enum log_level { LOG_LVL_ERR, LOG_LVL_WARN, LOG_LVL_INFO, LOG_LVL_DEBUG };

/*
 * Parses a filter such as "warn,virtio:debug" and makes it the current one.
 * -EINVAL with @err set when a level is unknown or there are too many tags.
 * Call before other threads exist.
 */
int log_set_filter(const char *spec, struct err *err);

/* True when a message of @level for @tag would be printed.  Any thread. */
bool log_enabled(enum log_level level, const char *tag);

/* Prints one line "lvz-vmm: tag: text" (debug lines carry seconds since start).  Any thread. */
void log_msg(enum log_level level, const char *tag, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * What ends a line: "\n", or "\r\n" while the terminal is raw.  @newline must be a string
 * literal.  Any thread.
 */
void log_set_newline(const char *newline);
const char *log_newline(void);	/* any thread */

#define log_err(tag, ...)   log_msg(LOG_LVL_ERR, tag, __VA_ARGS__)
#define log_warn(tag, ...)  log_msg(LOG_LVL_WARN, tag, __VA_ARGS__)
#define log_info(tag, ...)  log_msg(LOG_LVL_INFO, tag, __VA_ARGS__)
#define log_debug(tag, ...)                                                    \
	do {                                                                   \
		if (log_enabled(LOG_LVL_DEBUG, tag))                           \
			log_msg(LOG_LVL_DEBUG, tag, __VA_ARGS__);              \
	} while (0)

/*
 * Limits how often one source may log: at most LOG_BURST lines per second; says how many
 * were dropped with the next line that passes.  Zero-initialised; guarded by its owner's
 * lock (a lost update costs a line, nothing else).
 */
struct log_limit {
	uint64_t window_s;
	unsigned int used;
	unsigned int dropped;
};

/* True when the caller may log now; *dropped gets the number of lines lost before. */
bool log_limit_ok(struct log_limit *l, unsigned int *dropped);

#endif
