/* SPDX-License-Identifier: Apache-2.0 */
/*
 * util/str.h - strings: numbers and sizes as people write them, nearest names, paths.
 *
 * Pure functions without state; any thread.
 */
#ifndef LVZ_UTIL_STR_H
#define LVZ_UTIL_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Formats into a new string that the caller frees; NULL when memory is short. */
char *str_fmt(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Cuts white space off both ends of @s in place; returns the first byte that stays. */
char *str_trim(char *s);

bool str_has_prefix(const char *s, const char *prefix);

/*
 * A whole number, decimal or 0x hexadecimal, nothing around it.  -EINVAL: not a number;
 * -ERANGE: more than 64 bits.  *@out is written only on success.
 */
int str_to_u64(const char *s, uint64_t *out);

/* str_to_u64() with an optional unit K, M or G (powers of 1024, either case) at the end. */
int str_to_size(const char *s, uint64_t *bytes);

#define STR_SIZE_BYTES 24

/* The shortest way to write @bytes exactly ("512M", "1G", "12345"); returns @buf. */
const char *str_from_size(uint64_t bytes, char buf[STR_SIZE_BYTES]);

/*
 * How many insertions, removals, replacements and swaps of neighbours turn @a into @b,
 * case ignored.  Only the first 63 bytes of each count.
 */
unsigned int str_distance(const char *a, const char *b);

/*
 * The one of @names (@n of them) that @word was probably meant to be; NULL when none is
 * close: more than a third of its letters, and more than one, would have to change.
 */
const char *str_nearest(const char *word, const char *const *names, size_t n);

/*
 * @path seen from folder @dir: a new string that the caller frees, NULL when memory is
 * short.  An absolute @path, or @dir "" or ".", leaves @path as it is.
 */
char *str_path_join(const char *dir, const char *path);

/* The folder part of @path ("" when it has none); a new string, NULL: out of memory. */
char *str_path_dir(const char *path);

#endif
