/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_cfg_golden - loads each NAME.ini of tests/config and compares the mistakes reported
 * with NAME.err (empty: there is none).
 *
 * Lines of a case that begin with "#! set " hold an override, "#! check-files" asks for
 * the file checks too.  With LVZ_GOLDEN_UPDATE set, NAME.err is written instead: read the
 * difference before you believe it.  The cases run on copies in a folder of their own,
 * since images have to be writable and the source tree need not be.
 */
#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/cfg.h"
#include "util/str.h"

#define MAX_SETS 8

static glob_t cases;
static char *source;			/* the folder with the cases */

struct wishes {
	char *sets[MAX_SETS];
	size_t nsets;
	bool has_check_files;
};

static void read_wishes(const char *path, struct wishes *w)
{
	char line[512];
	FILE *fp = fopen(path, "r");

	ck_assert_ptr_nonnull(fp);
	while (fgets(line, sizeof(line), fp)) {
		const char *text = str_trim(line);

		if (!strcmp(text, "#! check-files")) {
			w->has_check_files = true;
		} else if (str_has_prefix(text, "#! set ")) {
			ck_assert_uint_lt(w->nsets, MAX_SETS);
			w->sets[w->nsets++] = strdup(text + strlen("#! set "));
		}
	}
	fclose(fp);
}

static char *read_all(const char *path)
{
	char *text = calloc(1, 16384);
	FILE *fp = fopen(path, "r");

	ck_assert_msg(fp != NULL, "%s is missing", path);
	ck_assert_uint_lt(fread(text, 1, 16383, fp), 16383);
	fclose(fp);
	return text;
}

/* What a user would see for the case @path; the caller frees it. */
static char *complaints_about(const char *path)
{
	struct cfg_report report = { 0 };
	struct vm_config *cfg = NULL;
	struct wishes w = { 0 };
	char *got = NULL;
	size_t len;
	FILE *out = open_memstream(&got, &len);
	int ret;

	read_wishes(path, &w);
	ret = cfg_load(path, (const char *const *)w.sets, w.nsets, &report, &cfg);
	if (w.has_check_files && cfg && cfg_check_files(cfg, &report))
		ret = -1;
	ck_assert_int_eq(ret != 0, report.nmistakes != 0);
	cfg_report_print(&report, out);
	fclose(out);
	cfg_report_fini(&report);
	cfg_free(cfg);
	for (size_t i = 0; i < w.nsets; i++)
		free(w.sets[i]);
	return got;
}

START_TEST(golden)
{
	const char *path = cases.gl_pathv[_i];
	char *err_path = str_fmt("%s/%.*s.err", source, (int)(strlen(path) - 4), path);
	char *got = complaints_about(path), *want;

	if (getenv("LVZ_GOLDEN_UPDATE")) {
		FILE *fp = fopen(err_path, "w");

		ck_assert_ptr_nonnull(fp);
		fputs(got, fp);
		fclose(fp);
	}
	want = read_all(err_path);
	ck_assert_msg(!strcmp(got, want), "%s: reported\n%s\nand not\n%s", path, got, want);
	free(want);
	free(got);
	free(err_path);
}
END_TEST

static bool copy_file(const char *from, const char *to)
{
	FILE *in = fopen(from, "r"), *out = fopen(to, "w");
	bool is_good = in && out;
	int c;

	while (is_good && (c = getc(in)) != EOF)
		putc(c, out);
	if (in)
		fclose(in);
	return out && !fclose(out) && is_good;
}

/* Copies what matches @pattern in the source folder to the current one. */
static bool copy_all(const char *pattern)
{
	char *full = str_path_join(source, pattern);
	glob_t found;
	bool is_good = !glob(full, 0, NULL, &found);

	for (size_t i = 0; is_good && i < found.gl_pathc; i++)
		is_good = copy_file(found.gl_pathv[i], found.gl_pathv[i] + strlen(source) + 1);
	globfree(&found);
	free(full);
	return is_good;
}

/* Removes the files that match @pattern in @dir, and folders that are empty. */
static void remove_all(const char *dir, const char *pattern)
{
	char *full = str_path_join(dir, pattern);
	glob_t found;

	if (!glob(full, 0, NULL, &found)) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			remove(found.gl_pathv[i]);
	}
	globfree(&found);
	free(full);
}

static int run_cases(void)
{
	TCase *tc = tcase_create("golden");
	Suite *s = suite_create("cfg_golden");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, golden, 0, (int)cases.gl_pathc);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed;
}

/* Runs the cases on copies in the new folder @dir. */
static int run_in(const char *dir)
{
	int failed = 1;

	if (chdir(dir) || mkdir("files", 0755) || !copy_all("*.ini") || !copy_all("files/*") ||
	    glob("*.ini", 0, NULL, &cases)) {
		fprintf(stderr, "the cases of %s cannot be copied\n", source);
	} else {
		failed = run_cases();
		globfree(&cases);
	}
	remove_all(dir, "files/*");
	remove_all(dir, "*");
	rmdir(dir);
	return failed;
}

int main(void)
{
	char dir[] = "/tmp/test_cfg_golden.XXXXXX";
	const char *srcdir = getenv("srcdir");
	char *relative = str_path_join(srcdir ? srcdir : ".", "tests/config");
	int failed = 1;

	source = realpath(relative, NULL);
	if (source && mkdtemp(dir))
		failed = run_in(dir);
	else
		perror(relative);
	free(source);
	free(relative);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
