/* SPDX-License-Identifier: Apache-2.0 */
/*
 * util/err.h - one error text that travels from the place that knows the cause to main().
 *
 * The function that detects the trouble calls err_set() once; callers on the way up may
 * put context in front with err_prefix().  main() prints the text as one line.
 */
#ifndef LVZ_UTIL_ERR_H
#define LVZ_UTIL_ERR_H

#define ERR_TEXT_BYTES 512

struct err {
	char text[ERR_TEXT_BYTES];
};

/*
 * Stores the formatted text in @err (which may be NULL) and returns @code, so that
 * "return err_set(err, -EINVAL, ...)" is one statement.  Text that does not fit is cut.
 */
int err_set(struct err *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts formatted context in front of the text of @err (which may be NULL). */
void err_prefix(struct err *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
