/* SPDX-License-Identifier: Apache-2.0 */
/* test_str - numbers, sizes, nearest names and paths of util/str.c. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/bits.h"
#include "util/str.h"

static const struct {
	const char *text;
	int ret;
	uint64_t value;
} numbers[] = {
	{ "0", 0, 0 },
	{ "42", 0, 42 },
	{ "007", 0, 7 },
	{ "0x1fE0", 0, 0x1fe0 },
	{ "18446744073709551615", 0, UINT64_MAX },
	{ "0xffffffffffffffff", 0, UINT64_MAX },
	{ "18446744073709551616", -ERANGE, 0 },
	{ "0x10000000000000000", -ERANGE, 0 },
	{ "", -EINVAL, 0 },
	{ " 1", -EINVAL, 0 },
	{ "1 ", -EINVAL, 0 },
	{ "-1", -EINVAL, 0 },
	{ "+1", -EINVAL, 0 },
	{ "0x", -EINVAL, 0 },
	{ "0x-1", -EINVAL, 0 },
	{ "1k", -EINVAL, 0 },
	{ "99999999999999999999x", -EINVAL, 0 },
};

START_TEST(str_number)
{
	uint64_t v = 77;

	ck_assert_int_eq(str_to_u64(numbers[_i].text, &v), numbers[_i].ret);
	ck_assert_uint_eq(v, numbers[_i].ret ? 77 : numbers[_i].value);
}
END_TEST

static const struct {
	const char *text;
	int ret;
	uint64_t value;
} sizes[] = {
	{ "512", 0, 512 },
	{ "4K", 0, 4096 },
	{ "512M", 0, UINT64_C(512) << 20 },
	{ "2g", 0, UINT64_C(2) << 30 },
	{ "0x10k", 0, 16384 },
	{ "17179869183G", 0, UINT64_C(17179869183) << 30 },
	{ "17179869184G", -ERANGE, 0 },
	{ "99999999999999999999", -ERANGE, 0 },
	{ "", -EINVAL, 0 },
	{ "M", -EINVAL, 0 },
	{ "1T", -EINVAL, 0 },
	{ "1MB", -EINVAL, 0 },
	{ "1 M", -EINVAL, 0 },
	{ "1.5G", -EINVAL, 0 },
	{ "-1M", -EINVAL, 0 },
};

START_TEST(str_size)
{
	uint64_t v = 77;

	ck_assert_int_eq(str_to_size(sizes[_i].text, &v), sizes[_i].ret);
	ck_assert_uint_eq(v, sizes[_i].ret ? 77 : sizes[_i].value);
}
END_TEST

START_TEST(str_size_back)
{
	char buf[STR_SIZE_BYTES];

	ck_assert_str_eq(str_from_size(0, buf), "0");
	ck_assert_str_eq(str_from_size(1023, buf), "1023");
	ck_assert_str_eq(str_from_size(1024, buf), "1K");
	ck_assert_str_eq(str_from_size(UINT64_C(1536) << 20, buf), "1536M");
	ck_assert_str_eq(str_from_size(UINT64_C(64) << 30, buf), "64G");
	ck_assert_str_eq(str_from_size(UINT64_MAX, buf), "18446744073709551615");
}
END_TEST

START_TEST(str_distances)
{
	ck_assert_uint_eq(str_distance("", ""), 0);
	ck_assert_uint_eq(str_distance("", "abc"), 3);
	ck_assert_uint_eq(str_distance("abc", ""), 3);
	ck_assert_uint_eq(str_distance("memory", "memory"), 0);
	ck_assert_uint_eq(str_distance("memroy", "memory"), 1);	/* a swap */
	ck_assert_uint_eq(str_distance("MEMORY", "memory"), 0);
	ck_assert_uint_eq(str_distance("kitten", "sitting"), 3);
	ck_assert_uint_eq(str_distance("disk", "dsk"), 1);
}
END_TEST

START_TEST(str_distance_long)
{
	char a[200], b[200];

	memset(a, 'a', sizeof(a) - 1);
	memset(b, 'b', sizeof(b) - 1);
	a[199] = b[199] = '\0';
	ck_assert_uint_eq(str_distance(a, b), 63);
	ck_assert_uint_eq(str_distance(a, a), 0);
}
END_TEST

START_TEST(str_nearest_name)
{
	static const char *const names[] = { "memory", "vcpus", "vm", "cpu" };
	static const struct {
		const char *word;
		const char *want;
	} rows[] = {
		{ "memroy", "memory" }, { "memry", "memory" }, { "vcpu", "vcpus" },
		{ "VCPUS", "vcpus" },	{ "vmm", "vm" },       { "colour", NULL },
		{ "", NULL },		{ "xy", NULL },	       { "x", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ck_assert_pstr_eq(str_nearest(rows[i].word, names, ARRAY_SIZE(names)),
				  rows[i].want);
	ck_assert_ptr_null(str_nearest("memory", names, 0));
}
END_TEST

START_TEST(str_paths)
{
	static const struct {
		const char *dir;
		const char *path;
		const char *want;
	} rows[] = {
		{ "", "a", "a" },	{ ".", "a", "a" },	  { "d", "a", "d/a" },
		{ "d/", "a", "d/a" },	{ "/", "a", "/a" },	  { "d", "/a", "/a" },
		{ "d/e", "../a", "d/e/../a" },
	};
	static const char *const dirs[][2] = {
		{ "a.ini", "" }, { "d/a.ini", "d" }, { "/a.ini", "/" }, { "/d/e/a.ini", "/d/e" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *got = str_path_join(rows[i].dir, rows[i].path);

		ck_assert_str_eq(got, rows[i].want);
		free(got);
	}
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		char *got = str_path_dir(dirs[i][0]);

		ck_assert_str_eq(got, dirs[i][1]);
		free(got);
	}
}
END_TEST

START_TEST(str_small)
{
	char text[] = " \t a b \r\n", blank[] = "  ", none[] = "";
	char *s = str_fmt("%s-%d", "a", 7);

	ck_assert_str_eq(s, "a-7");
	free(s);
	ck_assert_str_eq(str_trim(text), "a b");
	ck_assert_str_eq(str_trim(blank), "");
	ck_assert_str_eq(str_trim(none), "");
	ck_assert(str_has_prefix("unix:/x", "unix:"));
	ck_assert(str_has_prefix("x", ""));
	ck_assert(!str_has_prefix("uni", "unix:"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("str");
	TCase *tc = tcase_create("str");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, str_number, 0, ARRAY_SIZE(numbers));
	tcase_add_loop_test(tc, str_size, 0, ARRAY_SIZE(sizes));
	tcase_add_test(tc, str_size_back);
	tcase_add_test(tc, str_distances);
	tcase_add_test(tc, str_distance_long);
	tcase_add_test(tc, str_nearest_name);
	tcase_add_test(tc, str_paths);
	tcase_add_test(tc, str_small);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
