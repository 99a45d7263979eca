/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config/cfg_report.c - the list of mistakes (cfg.h) and the marks that say where each
 * value was set.
 */
#include "config/cfg_priv.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "util/bits.h"
#include "util/err.h"
#include "util/str.h"

/* A mistake about the whole file comes after those on its lines, --set after both. */
#define RANK_FILE (UINT_MAX - 1)
#define RANK_SET UINT_MAX

/* "guest.ini:7: [vm] memory: " */
static void prefix_loc(struct err *err, const struct cfg_loc *loc)
{
	if (loc->section && loc->section[0])
		err_prefix(err, "[%s]%s%s%s ", loc->section, loc->key ? " " : "",
			   loc->key ? loc->key : "", loc->key ? ":" : "");
	if (loc->line)
		err_prefix(err, "%s:%u: ", loc->where, loc->line);
	else
		err_prefix(err, "%s: ", loc->where);
}

static unsigned int loc_rank(const struct cfg_loc *loc)
{
	if (loc->line)
		return loc->line;
	return str_has_prefix(loc->where, "--set ") ? RANK_SET : RANK_FILE;
}

int cfg_report_add(struct cfg_report *report, const struct cfg_loc *loc, const char *fmt, ...)
{
	unsigned int rank = loc_rank(loc), i = report->nlines;
	struct err err = { 0 };
	va_list ap;
	char *text;

	va_start(ap, fmt);
	vsnprintf(err.text, sizeof(err.text), fmt, ap);
	va_end(ap);
	prefix_loc(&err, loc);

	report->nmistakes++;
	if (report->nlines == ARRAY_SIZE(report->lines))
		return -EINVAL;
	text = strdup(err.text);
	if (!text)
		return -EINVAL;
	for (; i && report->lines[i - 1].rank > rank; i--)
		report->lines[i] = report->lines[i - 1];
	report->lines[i].text = text;
	report->lines[i].rank = rank;
	report->nlines++;
	return -EINVAL;
}

bool cfg_report_has(const struct cfg_report *report, const struct cfg_loc *loc)
{
	struct err prefix = { 0 };

	prefix_loc(&prefix, loc);
	for (unsigned int i = 0; i < report->nlines; i++) {
		if (str_has_prefix(report->lines[i].text, prefix.text))
			return true;
	}
	return false;
}

void cfg_report_print(const struct cfg_report *report, FILE *out)
{
	for (unsigned int i = 0; i < report->nlines; i++)
		fprintf(out, "%s\n", report->lines[i].text);
	if (report->nmistakes > report->nlines)
		fprintf(out, "... and %u more\n", report->nmistakes - report->nlines);
}

void cfg_report_fini(struct cfg_report *report)
{
	for (unsigned int i = 0; i < report->nlines; i++)
		free(report->lines[i].text);
	report->nlines = 0;
	report->nmistakes = 0;
}

static bool same_key(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

struct cfg_mark *cfg_mark_find(const struct vm_config *cfg, const char *section,
			       const char *key)
{
	for (size_t i = 0; i < cfg->nmarks; i++) {
		struct cfg_mark *m = &cfg->marks[i];

		if (!strcmp(m->section, section) && same_key(m->key, key))
			return m;
	}
	return NULL;
}

int cfg_mark_set(struct vm_config *cfg, const char *section, const char *key,
		 unsigned int line, const char *set)
{
	struct cfg_mark *m = cfg_mark_find(cfg, section, key);
	char *copy = set ? strdup(set) : NULL;

	if (set && !copy)
		return -ENOMEM;
	if (!m) {
		struct cfg_mark *marks = realloc(cfg->marks, (cfg->nmarks + 1) * sizeof(*marks));

		if (!marks) {
			free(copy);
			return -ENOMEM;
		}
		cfg->marks = marks;
		m = &marks[cfg->nmarks++];
	} else {
		free(m->set);
	}
	*m = (struct cfg_mark){ .section = section, .key = key, .set = copy, .line = line };
	return 0;
}

struct cfg_loc cfg_loc(const struct vm_config *cfg, const char *section, const char *key)
{
	struct cfg_loc loc = { .where = cfg->file, .section = section, .key = key };
	const struct cfg_mark *m = cfg_mark_find(cfg, section, key);

	if (!m && key)
		m = cfg_mark_find(cfg, section, NULL);
	if (!m)
		return loc;
	if (m->set && same_key(m->key, key))
		return (struct cfg_loc){ .where = m->set };
	if (m->set)
		loc.where = m->set;
	loc.line = m->line;
	return loc;
}
