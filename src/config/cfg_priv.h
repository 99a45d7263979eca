/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config/cfg_priv.h - what the files of src/config share: the parser's state, the key
 * table and the marks that remember where each value was set.
 */
#ifndef LVZ_CONFIG_CFG_PRIV_H
#define LVZ_CONFIG_CFG_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include "config/cfg.h"

/* Where a section began (key NULL) or a value was set last. */
struct cfg_mark {
	const char *section;	/* of the section table, or a disk's own */
	const char *key;	/* of the key table */
	char *set;		/* "--set ..."; NULL: the file */
	unsigned int line;	/* 0 when @set */
};

/* One value that is being read. */
struct cfg_value {
	struct vm_config *cfg;
	struct cfg_report *report;
	struct cfg_loc loc;
	const char *dir;	/* relative paths start here; "" leaves them alone */
	bool is_repeat;		/* the key was set before, and may be */
};

struct cfg_key {
	struct cfg_key_info info;
	/*
	 * Stores @text at @dst (the field at .offset).  0; -EINVAL with the mistake
	 * reported; -ENOMEM.
	 */
	int (*parse)(const struct cfg_value *v, const char *text, void *dst);
	size_t offset;		/* in struct vm_config, or in struct cfg_disk */
	bool may_repeat;	/* more lines add to the value */
	bool may_be_empty;
};

#define CFG_DISK_SECTION "disk NAME"

/* NULL when there is none. */
const struct cfg_key *cfg_key_find(const char *section, const char *key);

/* Sets every field of the zeroed @cfg for @file that has a default.  -ENOMEM. */
int cfg_set_defaults(struct vm_config *cfg, const char *file);

/* A disk that no file or override has described yet; NULL when all slots are taken. */
struct cfg_disk *cfg_disk_add(struct vm_config *cfg, const char *section, int *error);
void cfg_disk_fini(struct cfg_disk *disk);

/* Mistakes that show only when everything is read: missing keys, too many disks... */
void cfg_check_whole(const struct vm_config *cfg, struct cfg_report *report);

/* cfg_file.c: the text of a file, line by line. */

/* The section that lines or an override speak about. */
struct cfg_section {
	const char *title;	/* "vm", "disk data": for marks and messages; NULL: none yet */
	const char *keys;	/* "vm", "disk NAME": where the key table has its keys */
	char *base;		/* the struct that key offsets count from */
	bool is_ignored;	/* its mistake is reported; so its keys do not matter */
};

struct cfg_parser {
	struct vm_config *cfg;
	struct cfg_report *report;
	struct cfg_section section;
	const char *dir;	/* of the file; "" for overrides */
	const char *set;	/* the override being applied; NULL: a line of the file */
	unsigned int line;	/* 0 for overrides */
	bool is_continued;	/* the line is indented and follows a repeatable key */
	int error;		/* -ENOMEM: give up */
};

/* Adds a mistake about the current line or override as such. */
#define cfg_bad(p, ...) \
	cfg_report_add((p)->report, \
		       &(struct cfg_loc){ .where = (p)->set ? (p)->set : (p)->cfg->file, \
					  .line = (p)->line }, __VA_ARGS__)

/* Makes @name the current section. */
void cfg_section_enter(struct cfg_parser *p, const char *name);
/* Sets @key of the current section. */
void cfg_section_set(struct cfg_parser *p, const char *key, const char *value);

/*
 * Parses @len bytes of @text through the two functions above.  Mistakes go to the
 * report; -ENOMEM.
 */
int cfg_parse_text(struct cfg_parser *p, const char *text, size_t len);

/* cfg_value.c: what .parse can be. */
int cfg_parse_name(const struct cfg_value *v, const char *text, void *dst);
int cfg_parse_backend(const struct cfg_value *v, const char *text, void *dst);
int cfg_parse_memory(const struct cfg_value *v, const char *text, void *dst);
int cfg_parse_vcpus(const struct cfg_value *v, const char *text, void *dst);
int cfg_parse_model(const struct cfg_value *v, const char *text, void *dst);
int cfg_parse_irqchip(const struct cfg_value *v, const char *text, void *dst);
int cfg_parse_switch(const struct cfg_value *v, const char *text, void *dst);
int cfg_parse_bool(const struct cfg_value *v, const char *text, void *dst);
int cfg_parse_path(const struct cfg_value *v, const char *text, void *dst);
int cfg_parse_cmdline(const struct cfg_value *v, const char *text, void *dst);
int cfg_parse_cmdline_file(const struct cfg_value *v, const char *text, void *dst);
int cfg_parse_load(const struct cfg_value *v, const char *text, void *dst);
int cfg_parse_entry(const struct cfg_value *v, const char *text, void *dst);
int cfg_parse_chardev(const struct cfg_value *v, const char *text, void *dst);
int cfg_parse_serial_number(const struct cfg_value *v, const char *text, void *dst);

/* Letters, digits, '.', '_' and '-', 1 to @max of them. */
bool cfg_is_name(const char *s, size_t max);

/* NULL when @section (and @key in it) was not set. */
struct cfg_mark *cfg_mark_find(const struct vm_config *cfg, const char *section,
			       const char *key);
/*
 * Remembers a place; @section and @key are kept by reference, @set is copied.  -ENOMEM.
 */
int cfg_mark_set(struct vm_config *cfg, const char *section, const char *key,
		 unsigned int line, const char *set);

#endif
