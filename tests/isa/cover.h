/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/isa/cover.h - how a test program tells tests/isa/coverage-check which rows of
 * isa/la64.insns it executed: a file with one row name a line.
 *
 * LVZ_COVERAGE names the folder of these files, each called as its test; make check sets it.
 * A file holds what one successful run of the test executed: the test removes it first.
 */
#ifndef LVZ_TESTS_COVER_H
#define LVZ_TESTS_COVER_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "soft/isa.h"

#define COVER_PATH_MAX 4096

/*
 * The file of @test in the folder LVZ_COVERAGE, which is made if need be.  False when
 * nobody wants to know, or with a message when there can be no such file.
 */
static inline bool cover_path(char path[COVER_PATH_MAX], const char *test)
{
	const char *folder = getenv("LVZ_COVERAGE");

	if (!folder || !*folder)
		return false;
	if (mkdir(folder, 0777) && errno != EEXIST) {
		perror(folder);
		return false;
	}
	return snprintf(path, COVER_PATH_MAX, "%s/%s", folder, test) < COVER_PATH_MAX;
}

/* What file @path says already, into @seen (LA_NPLAIN_OPS bytes).  No file: nothing. */
static inline void cover_read(const char *path, uint8_t *seen)
{
	char line[64];
	FILE *f = fopen(path, "r");

	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		for (unsigned int op = 0; op < LA_NPLAIN_OPS; op++)
			seen[op] |= la_insn_info[op].name && !strcmp(la_insn_info[op].name, line);
	}
	if (f)
		fclose(f);
}

/*
 * Adds the rows of @seen (struct la_machine_cfg) to file @path; pseudo ops are no rows.
 * One process at a time.  0, or -1 with a message.
 */
static inline int cover_add(const char *path, const uint8_t *seen)
{
	static const bool is_row[LA_NPLAIN_OPS] = {
#define COVER_ROW(name) [LA_OP_##name] = true,
		LA_INSN_OPS(COVER_ROW)
#undef COVER_ROW
	};
	uint8_t all[LA_NPLAIN_OPS];
	bool is_bad;
	FILE *f;

	memcpy(all, seen, sizeof(all));
	cover_read(path, all);
	f = fopen(path, "w");
	if (!f) {
		perror(path);
		return -1;
	}
	for (unsigned int op = 0; op < LA_NPLAIN_OPS; op++)
		if (all[op] && is_row[op])
			fprintf(f, "%s\n", la_insn_info[op].name);
	is_bad = ferror(f);
	if (fclose(f) || is_bad) {
		perror(path);
		return -1;
	}
	return 0;
}

/*
 * For a program that is test @test itself.  At its beginning: LA_NPLAIN_OPS bytes to note
 * executed rows in, shared with processes that are forked later.  NULL with a message.
 */
static inline uint8_t *cover_begin(const char *test)
{
	char path[COVER_PATH_MAX];
	uint8_t *seen = mmap(NULL, LA_NPLAIN_OPS, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (seen == MAP_FAILED) {
		perror("mmap");
		return NULL;
	}
	if (cover_path(path, test))
		remove(path);
	return seen;
}

/* At its successful end.  0, or -1 with a message. */
static inline int cover_end(const char *test, const uint8_t *seen)
{
	char path[COVER_PATH_MAX];

	return cover_path(path, test) ? cover_add(path, seen) : 0;
}

#endif
