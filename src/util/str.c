/* SPDX-License-Identifier: Apache-2.0 */
/* util/str.c - see str.h. */
#include "util/str.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/bits.h"

#define STR_DISTANCE_MAX 63

char *str_fmt(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return NULL;
	s = malloc((size_t)n + 1);
	if (!s)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return s;
}

char *str_trim(char *s)
{
	size_t n;

	while (isspace((unsigned char)*s))
		s++;
	n = strlen(s);
	while (n && isspace((unsigned char)s[n - 1]))
		n--;
	s[n] = '\0';
	return s;
}

bool str_has_prefix(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* Parses the digits at @s and says where they end. */
static int parse_digits(const char *s, uint64_t *out, const char **end)
{
	bool is_hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
	char *stop;

	/* strtoull would accept white space, a sign and a bare "0x" */
	if (is_hex ? !isxdigit((unsigned char)s[2]) : !isdigit((unsigned char)s[0]))
		return -EINVAL;
	errno = 0;
	*out = strtoull(s, &stop, is_hex ? 16 : 10);
	*end = stop;
	return errno ? -ERANGE : 0;
}

int str_to_u64(const char *s, uint64_t *out)
{
	const char *end;
	uint64_t v;
	int ret = parse_digits(s, &v, &end);

	if (ret == -EINVAL || *end)
		return -EINVAL;
	if (!ret)
		*out = v;
	return ret;
}

int str_to_size(const char *s, uint64_t *bytes)
{
	const char *end;
	uint64_t v;
	unsigned int shift;
	int ret = parse_digits(s, &v, &end);

	if (ret == -EINVAL)
		return ret;
	switch (*end) {
	case '\0':
		shift = 0;
		break;
	case 'k': case 'K':
		shift = 10;
		break;
	case 'm': case 'M':
		shift = 20;
		break;
	case 'g': case 'G':
		shift = 30;
		break;
	default:
		return -EINVAL;
	}
	if (shift && end[1])
		return -EINVAL;
	if (ret || v > UINT64_MAX >> shift)
		return -ERANGE;
	*bytes = v << shift;
	return 0;
}

const char *str_from_size(uint64_t bytes, char buf[STR_SIZE_BYTES])
{
	static const char units[] = { 'G', 'M', 'K' };

	for (unsigned int i = 0; i < ARRAY_SIZE(units); i++) {
		unsigned int shift = 30 - 10 * i;

		if (bytes && !(bytes & mask64(shift))) {
			snprintf(buf, STR_SIZE_BYTES, "%" PRIu64 "%c", bytes >> shift, units[i]);
			return buf;
		}
	}
	snprintf(buf, STR_SIZE_BYTES, "%" PRIu64, bytes);
	return buf;
}

static bool same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

unsigned int str_distance(const char *a, const char *b)
{
	unsigned int rows[3][STR_DISTANCE_MAX + 1];
	unsigned int *before = rows[0], *prev = rows[1], *cur = rows[2];
	size_t na = strnlen(a, STR_DISTANCE_MAX), nb = strnlen(b, STR_DISTANCE_MAX);

	for (size_t j = 0; j <= nb; j++)
		prev[j] = (unsigned int)j;
	for (size_t i = 1; i <= na; i++) {
		unsigned int *oldest = before;

		cur[0] = (unsigned int)i;
		for (size_t j = 1; j <= nb; j++) {
			unsigned int best = prev[j - 1] + !same_letter(a[i - 1], b[j - 1]);

			if (prev[j] + 1 < best)
				best = prev[j] + 1;
			if (cur[j - 1] + 1 < best)
				best = cur[j - 1] + 1;
			if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) &&
			    same_letter(a[i - 2], b[j - 1]) && before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			cur[j] = best;
		}
		before = prev;
		prev = cur;
		cur = oldest;
	}
	return prev[nb];
}

const char *str_nearest(const char *word, const char *const *names, size_t n)
{
	const char *nearest = NULL;
	unsigned int best = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned int d = str_distance(word, names[i]);
		size_t longer = strlen(word) > strlen(names[i]) ? strlen(word) : strlen(names[i]);

		if (d > 1 && d > longer / 3)
			continue;
		if (d >= longer)
			continue;	/* nothing in common */
		if (!nearest || d < best) {
			nearest = names[i];
			best = d;
		}
	}
	return nearest;
}

char *str_path_join(const char *dir, const char *path)
{
	if (path[0] == '/' || !dir[0] || !strcmp(dir, "."))
		return strdup(path);
	return str_fmt("%s%s%s", dir, dir[strlen(dir) - 1] == '/' ? "" : "/", path);
}

char *str_path_dir(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup("");
	return str_fmt("%.*s", (int)(slash == path ? 1 : slash - path), path);
}
