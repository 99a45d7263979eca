/* SPDX-License-Identifier: Apache-2.0 */
/*
 * util/file.h - the whole content of a file as a read-only span.
 *
 * A regular file is mapped, so its pages stay the host's page cache.  What cannot be
 * mapped (a pipe, /dev/stdin) is read to its end; it can of course be read only once.
 * The content of a mapped file may change while it is mapped: treat it as hostile, and
 * keep the mapping short.  A file that is cut short meanwhile ends the process (SIGBUS).
 */
#ifndef LVZ_UTIL_FILE_H
#define LVZ_UTIL_FILE_H

#include "util/err.h"
#include "util/span.h"

/* The most that is read from something that cannot be mapped. */
#define FILE_STREAM_MAX_BYTES (UINT64_C(1) << 30)

/*
 * Fills *@out with the content of file @path; an empty file gives an empty span.  The
 * caller ends it with file_unmap().  Errors, with @err naming @path: the errno of the
 * call that failed, -EISDIR, -EFBIG (an endless stream), -ENOMEM.  Blocks until a pipe is
 * closed by its writer.  Any thread.
 */
int file_map(const char *path, struct span *out, struct err *err);

/* Ends what file_map() began; @s becomes empty.  An empty span is fine. */
void file_unmap(struct span *s);

#endif
