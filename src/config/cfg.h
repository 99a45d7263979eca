/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config/cfg.h - reading and checking a VM's configuration.
 *
 * One run reports every mistake it can find, each as one line that names the place, what
 * was found and what is wanted:
 *
 *	guest.ini:4: [vm] has no key 'memroy' (nearest: 'memory')
 *
 * The mistakes are collected in a struct cfg_report; later checks (loader, devices) add
 * theirs with cfg_report_add(), and main() prints them all at once.  Nothing here starts,
 * creates or changes anything.  One thread at a time per report.
 */
#ifndef LVZ_CONFIG_CFG_H
#define LVZ_CONFIG_CFG_H

#include <stddef.h>
#include <stdio.h>

#include "config/vm_config.h"

/* ---- reports ---- */

/* Where a value comes from; borrows its strings from the vm_config that was asked. */
struct cfg_loc {
	const char *where;	/* "guest.ini", or "--set vm.memory=12Q" */
	unsigned int line;	/* 0: no particular line */
	const char *section;	/* "vm", "disk data"; NULL: @where says it all */
	const char *key;	/* NULL: the section itself */
};

#define CFG_REPORT_MAX 100	/* mistakes kept; the rest is only counted */

struct cfg_report_line {
	char *text;
	unsigned int rank;	/* lines are kept sorted by this */
};

/* Zero-initialised by its owner, ended with cfg_report_fini(). */
struct cfg_report {
	struct cfg_report_line lines[CFG_REPORT_MAX];
	unsigned int nlines;
	unsigned int nmistakes;	/* also those that are not kept */
};

/*
 * Adds one mistake about @loc ("where:line: [section] key: text").  Always returns
 * -EINVAL, so that a check can end in "return cfg_report_add(...)".
 */
int cfg_report_add(struct cfg_report *report, const struct cfg_loc *loc, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* True when a mistake about @loc is in @report: one is enough for its repair. */
bool cfg_report_has(const struct cfg_report *report, const struct cfg_loc *loc);

/* Prints all mistakes, one a line: in the order of the file, then the command line's. */
void cfg_report_print(const struct cfg_report *report, FILE *out);

void cfg_report_fini(struct cfg_report *report);

/* ---- loading and checking ---- */

/*
 * Reads the file @path, then applies @overrides (@noverrides strings "section.key=value",
 * each replacing what the file says; relative paths in them are left as they are).  The
 * caller owns *@out and ends it with cfg_free().
 *
 * 0: no mistake so far.  -EINVAL: mistakes are in @report; *@out then holds what could be
 * understood, for further checks only (any path may be NULL), or is NULL when the file
 * could not be read.  -ENOMEM: *@out is NULL.
 */
int cfg_load(const char *path, const char *const *overrides, size_t noverrides,
	     struct cfg_report *report, struct vm_config **out);

/*
 * Looks at the files that @cfg names: that they exist, are of the right kind, can be
 * opened as needed, that no image serves two disks, and that sockets, links and logs of
 * consoles can be made.  Whoever uses a file still has to
 * expect anything of it.  0, or -EINVAL with the mistakes added to @report.
 */
int cfg_check_files(const struct vm_config *cfg, struct cfg_report *report);

/*
 * Where @section ("vm", "disk data") or, with @key, a value in it was set.  A value that
 * was not set gets the place of its section, a section that is absent the file.
 */
struct cfg_loc cfg_loc(const struct vm_config *cfg, const char *section, const char *key);

/* ---- the keys there are, for documentation and its test ---- */

struct cfg_key_info {
	const char *section;	/* "disk NAME" for the sections that are named */
	const char *key;
	const char *type;	/* "path", "size", "on or off", ... */
	const char *def;	/* default, as text; NULL: must be set */
	const char *help;	/* one line */
};

size_t cfg_key_count(void);
struct cfg_key_info cfg_key_info(size_t i);	/* i < cfg_key_count() */

#endif
