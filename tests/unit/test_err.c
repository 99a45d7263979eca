/* SPDX-License-Identifier: Apache-2.0 */
/* test_err - the error text that travels up to main(). */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/err.h"

START_TEST(err_sets_and_returns)
{
	struct err err = { 0 };

	ck_assert_int_eq(err_set(&err, -ENOENT, "'%s' is %d", "x", 3), -ENOENT);
	ck_assert_str_eq(err.text, "'x' is 3");
	ck_assert_int_eq(err_set(&err, -EIO, "again"), -EIO);
	ck_assert_str_eq(err.text, "again");
}
END_TEST

START_TEST(err_prefixes)
{
	struct err err = { 0 };

	err_set(&err, -EINVAL, "100%% of it");
	err_prefix(&err, "%s: ", "disk data");
	ck_assert_str_eq(err.text, "disk data: 100% of it");
	err_prefix(&err, "vm: ");
	ck_assert_str_eq(err.text, "vm: disk data: 100% of it");
}
END_TEST

START_TEST(err_null_is_fine)
{
	ck_assert_int_eq(err_set(NULL, -EPERM, "%d", 1), -EPERM);
	err_prefix(NULL, "%d", 1);
}
END_TEST

START_TEST(err_cuts_long_text)
{
	char longer[2 * ERR_TEXT_BYTES];
	struct err err = { 0 };

	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	err_set(&err, -EINVAL, "%s", longer);
	ck_assert_uint_eq(strlen(err.text), ERR_TEXT_BYTES - 1);
	err_prefix(&err, "b: ");
	ck_assert_uint_eq(strlen(err.text), ERR_TEXT_BYTES - 1);
	ck_assert_int_eq(strncmp(err.text, "b: aaa", 6), 0);
	err_prefix(&err, "%s", longer);
	ck_assert_uint_eq(strlen(err.text), ERR_TEXT_BYTES - 1);
	ck_assert_int_eq(err.text[0], 'a');
}
END_TEST

int main(void)
{
	Suite *s = suite_create("err");
	TCase *tc = tcase_create("err");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, err_sets_and_returns);
	tcase_add_test(tc, err_prefixes);
	tcase_add_test(tc, err_null_is_fine);
	tcase_add_test(tc, err_cuts_long_text);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
