/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config/cfg_file.c - the syntax of a configuration file.
 *
 * inih splits lines into key and value and drops comments.  As distributions build it, it
 * tells its callbacks no line number, cuts long lines and section names silently, takes an
 * indented line for more of the previous key, says nothing about sections without keys
 * and reports only the first bad line.  So the reader below hands it one checked line at
 * a time, unindented, and looks after sections and line numbers itself.
 */
#include "config/cfg_priv.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <string.h>

#include "util/str.h"

#define LINE_SHOWN_BYTES 40		/* of a bad line, in its message */

struct cfg_text {
	struct cfg_parser *parser;
	const char *next;		/* what is still unread */
	const char *end;
	const char *line;		/* the line inih works on, if it ought to be "key = value" */
	size_t line_len;
	bool has_repeatable;		/* the last key seen may be repeated */
};

static void report_no_key(struct cfg_text *t)
{
	size_t len = t->line_len < LINE_SHOWN_BYTES ? t->line_len : LINE_SHOWN_BYTES;

	cfg_bad(t->parser, "'%.*s%s' is neither '[section]' nor 'key = value'", (int)len, t->line,
		len < t->line_len ? "..." : "");
}

/* @s, @len: a line that begins with '['. */
static void enter_section(struct cfg_text *t, const char *s, size_t len)
{
	const char *close = memchr(s, ']', len);
	char name[256];
	size_t n;

	t->has_repeatable = false;
	if (!close) {
		cfg_bad(t->parser, "this section has no ']' at its end");
		t->parser->section = (struct cfg_section){ .is_ignored = true };
		return;
	}
	for (const char *p = close + 1; p < s + len && *p != ';' && *p != '#'; p++) {
		if (!isspace((unsigned char)*p)) {
			cfg_bad(t->parser, "there is more on this line than a section");
			break;
		}
	}
	n = (size_t)(close - s) - 1;
	if (n >= sizeof(name))
		n = sizeof(name) - 1;
	memcpy(name, s + 1, n);
	name[n] = '\0';
	cfg_section_enter(t->parser, str_trim(name));
}

/* The next line, without white space around it; false at the end. */
static bool next_line(struct cfg_text *t, const char **line, size_t *len, bool *is_indented)
{
	const char *s = t->next, *newline;

	if (s == t->end)
		return false;
	newline = memchr(s, '\n', (size_t)(t->end - s));
	if (!newline)
		newline = t->end;
	t->next = newline + (newline < t->end);
	*is_indented = s < newline && (*s == ' ' || *s == '\t');
	while (s < newline && isspace((unsigned char)*s))
		s++;
	while (newline > s && isspace((unsigned char)newline[-1]))
		newline--;
	*line = s;
	*len = (size_t)(newline - s);
	return true;
}

static bool has_control(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (iscntrl((unsigned char)s[i]) && s[i] != '\t')
			return true;
	}
	return false;
}

/* True when inih shall see the line, because it ought to be "key = value". */
static bool check_line(struct cfg_text *t, const char *s, size_t len, size_t max)
{
	if (!len || *s == ';' || *s == '#')
		return false;
	if (has_control(s, len)) {
		cfg_bad(t->parser, "there is a control character on this line");
		return false;
	}
	if (*s == '[') {
		enter_section(t, s, len);
		return false;
	}
	if (len > max) {
		cfg_bad(t->parser,
			"this line has %zu bytes (want at most %zu; cmdline may be repeated)", len,
			max);
		return false;
	}
	return true;
}

/* ini_reader: one line into @buf, as fgets() would. */
static char *read_line(char *buf, int size, void *stream)
{
	struct cfg_text *t = stream;
	bool is_indented;
	const char *s;
	size_t len;

	if (t->line)
		report_no_key(t);	/* inih found no key in it */
	t->line = NULL;
	if (t->parser->error || !next_line(t, &s, &len, &is_indented))
		return NULL;
	t->parser->line++;
	t->parser->is_continued = is_indented && t->has_repeatable;
	buf[0] = '\0';
	if (check_line(t, s, len, (size_t)size - 1)) {
		memcpy(buf, s, len);
		buf[len] = '\0';
		t->line = s;
		t->line_len = len;
	}
	return buf;
}

/* ini_handler.  Returning 0 would make inih note an error, which nobody asks it for. */
static int take_key(void *user, const char *section, const char *key, const char *value)
{
	struct cfg_text *t = user;
	struct cfg_parser *p = t->parser;
	const struct cfg_key *k;

	(void)section;
	t->line = NULL;
	cfg_section_set(p, key, value);
	k = p->section.keys ? cfg_key_find(p->section.keys, key) : NULL;
	if (k || !p->is_continued)
		t->has_repeatable = k && k->may_repeat;
	return 1;
}

int cfg_parse_text(struct cfg_parser *p, const char *text, size_t len)
{
	struct cfg_text t = { .parser = p, .next = text, .end = text + len };

	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		t.next += 3;		/* a byte order mark */
	if (ini_parse_stream(read_line, &t, take_key, &t) == -2)
		return -ENOMEM;
	return p->error;
}
