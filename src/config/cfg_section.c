/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config/cfg_section.c - which section and key a line or an override means, and what to
 * say when there is none of that name.
 */
#include "config/cfg_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/bits.h"
#include "util/str.h"

#define DISK_NAME_MAX 32
#define MAX_KEYS_IN_SECTION 16

static const char *const fixed_sections[] = { "vm", "cpu", "boot", "console", "serial" };

static const char *find_fixed(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(fixed_sections); i++) {
		if (!strcmp(fixed_sections[i], name))
			return fixed_sections[i];
	}
	return NULL;
}

/* Sections of unknown name: their keys would only give more of the same message. */
static void ignore_section(struct cfg_parser *p)
{
	p->section = (struct cfg_section){ .is_ignored = true };
}

static void report_no_section(struct cfg_parser *p, const char *name)
{
	static const char *const names[] = { "vm", "cpu", "boot", "console", "serial", "disk" };
	char word[64];
	const char *nearest;

	snprintf(word, sizeof(word), "%.*s", (int)strcspn(name, " \t:."), name);
	nearest = str_nearest(word, names, ARRAY_SIZE(names));
	if (nearest)
		cfg_bad(p, "[%s] is not a section (nearest: '%s')", name,
			strcmp(nearest, "disk") ? nearest : CFG_DISK_SECTION);
	else
		cfg_bad(p, "[%s] is not a section (want vm, cpu, boot, console, serial or %s)",
			name, CFG_DISK_SECTION);
}

/* The section "disk @name", new or known; NULL with the mistake reported, or p->error set. */
static struct cfg_disk *find_disk(struct cfg_parser *p, const char *name)
{
	char section[sizeof("disk ") + DISK_NAME_MAX];
	struct cfg_disk *disk;

	if (!*name) {
		cfg_bad(p, "a disk needs a name of its own (want e.g. [disk data])");
		return NULL;
	}
	if (!cfg_is_name(name, DISK_NAME_MAX)) {
		cfg_bad(p, "'%s' cannot name a disk (want 1 to %d letters, digits, '.', '_' or '-')",
			name, DISK_NAME_MAX);
		return NULL;
	}
	snprintf(section, sizeof(section), "disk %s", name);
	for (unsigned int i = 0; i < p->cfg->ndisks; i++) {
		if (!strcmp(p->cfg->disks[i].section, section))
			return &p->cfg->disks[i];
	}
	disk = cfg_disk_add(p->cfg, section, &p->error);
	if (!disk && !p->error)
		cfg_bad(p, "[%s] is one disk too many (want at most %d, %d with a console)", section,
			CFG_MAX_DISKS, CFG_MAX_DISKS - 1);
	return disk;
}

/* Remembers where the section began; false when that was before. */
static bool begin_section(struct cfg_parser *p)
{
	const struct cfg_mark *m = cfg_mark_find(p->cfg, p->section.title, NULL);

	if (!m) {
		if (cfg_mark_set(p->cfg, p->section.title, NULL, p->line, p->set))
			p->error = -ENOMEM;
		return true;
	}
	if (!p->set)
		cfg_bad(p, "[%s] is there already, on line %u", p->section.title, m->line);
	return false;
}

static void enter_disk(struct cfg_parser *p, const char *name)
{
	struct cfg_disk *disk = find_disk(p, name);

	if (!disk) {
		ignore_section(p);
		return;
	}
	p->section = (struct cfg_section){ .title = disk->section,
					   .keys = CFG_DISK_SECTION,
					   .base = (char *)disk };
	/* a second disk of the same name, not more about the first */
	if (!begin_section(p) && !p->set)
		ignore_section(p);
}

void cfg_section_enter(struct cfg_parser *p, const char *name)
{
	const char *fixed = find_fixed(name);

	if (!strncmp(name, "disk", 4) && (!name[4] || strchr(" \t", name[4]))) {
		enter_disk(p, name + 4 + strspn(name + 4, " \t"));
		return;
	}
	if (!fixed) {
		report_no_section(p, name);
		ignore_section(p);
		return;
	}
	p->section = (struct cfg_section){ .title = fixed, .keys = fixed,
					   .base = (char *)p->cfg };
	if (!strcmp(fixed, "console"))
		p->cfg->console.is_present = true;
	begin_section(p);
}

/* The names of all keys of @section; returns how many. */
static size_t keys_of(const char *section, const char *names[MAX_KEYS_IN_SECTION])
{
	size_t n = 0;

	for (size_t i = 0; i < cfg_key_count() && n < MAX_KEYS_IN_SECTION; i++) {
		struct cfg_key_info info = cfg_key_info(i);

		if (!strcmp(info.section, section))
			names[n++] = info.key;
	}
	return n;
}

/* A section, other than @section, that has @key; NULL: none. */
static const char *owner_of(const char *section, const char *key)
{
	for (size_t i = 0; i < cfg_key_count(); i++) {
		struct cfg_key_info info = cfg_key_info(i);

		if (!strcmp(info.key, key) && strcmp(info.section, section))
			return info.section;
	}
	return NULL;
}

static void report_no_key(struct cfg_parser *p, const char *key)
{
	const char *names[MAX_KEYS_IN_SECTION];
	size_t n = keys_of(p->section.keys, names), used = 0;
	const char *nearest = str_nearest(key, names, n);
	const char *owner = owner_of(p->section.keys, key);
	char hint[256] = "";

	if (owner) {
		snprintf(hint, sizeof(hint), "it is a key of [%s]", owner);
	} else if (nearest) {
		snprintf(hint, sizeof(hint), "nearest: '%s'", nearest);
	} else if (p->is_continued) {
		snprintf(hint, sizeof(hint), "indented lines continue nothing: repeat the key");
	} else {
		for (size_t i = 0; i < n && used < sizeof(hint); i++)
			used += (size_t)snprintf(hint + used, sizeof(hint) - used, "%s%s",
						 i ? ", " : "it has ", names[i]);
	}
	cfg_bad(p, "[%s] has no key '%s' (%s)", p->section.title, key, hint);
}

/* Whether a line (or override) of the same source has set @k, or its twin, before. */
static bool is_repeat(const struct cfg_parser *p, const struct cfg_key *k)
{
	if (!k->may_repeat)
		return false;
	for (size_t i = 0; i < p->cfg->nmarks; i++) {
		const struct cfg_mark *m = &p->cfg->marks[i];
		const struct cfg_key *other;

		if (!m->key || strcmp(m->section, p->section.title) || !m->set != !p->set)
			continue;
		other = cfg_key_find(p->section.keys, m->key);
		if (other->may_repeat && other->offset == k->offset)
			return true;
	}
	return false;
}

static bool is_quoted(const char *s)
{
	size_t n = strlen(s);

	return n >= 2 && (s[0] == '"' || s[0] == '\'') && s[n - 1] == s[0];
}

void cfg_section_set(struct cfg_parser *p, const char *key, const char *text)
{
	const struct cfg_section *sec = &p->section;
	const struct cfg_mark *old;
	const struct cfg_key *k;
	struct cfg_value v;

	if (sec->is_ignored)
		return;
	if (!sec->title) {
		cfg_bad(p, "'%s' stands before the first [section]", key);
		return;
	}
	if (!*key) {
		cfg_bad(p, "there is no key before the '='");
		return;
	}
	k = cfg_key_find(sec->keys, key);
	if (!k) {
		report_no_key(p, key);
		return;
	}
	v = (struct cfg_value){ .cfg = p->cfg, .report = p->report, .dir = p->dir,
				.is_repeat = is_repeat(p, k) };
	v.loc = p->set ? (struct cfg_loc){ .where = p->set } :
			 (struct cfg_loc){ p->cfg->file, p->line, sec->title, k->info.key };
	old = cfg_mark_find(p->cfg, sec->title, k->info.key);
	if (old && !p->set && !k->may_repeat) {
		cfg_report_add(p->report, &v.loc, "already set on line %u", old->line);
		return;
	}
	if (cfg_mark_set(p->cfg, sec->title, k->info.key, p->line, p->set)) {
		p->error = -ENOMEM;
		return;
	}
	if (!*text && !k->may_be_empty)
		cfg_report_add(p->report, &v.loc, "empty (want: %s)", k->info.type);
	else if (is_quoted(text))
		cfg_report_add(p->report, &v.loc, "%s is in quotes (want it without them)", text);
	else if (k->parse(&v, text, sec->base + k->offset) == -ENOMEM)
		p->error = -ENOMEM;
}
