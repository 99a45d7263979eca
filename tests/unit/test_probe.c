/* SPDX-License-Identifier: Apache-2.0 */
/* test_probe - the answer of "lvz-vmm probe", as text and as JSON. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "probe.h"

static const char *const models[] = { "la464", "max", NULL };
static const char *const features[] = { "LSX", "a \"quoted\\\" one\n", NULL };
static const struct probe_engine engines[] = {
	{ .name = "kvm", .reason = "/dev/kvm is not LoongArch KVM" },
	{ .name = "soft", .is_available = true, .how = "interpreter", .models = models,
	  .features = features },
	{ .name = "bare", .is_available = true },
};

static char *print(size_t first, size_t n, bool is_json)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ck_assert_int_eq(probe_print(engines + first, n, is_json, out, NULL), 0);
	fclose(out);
	return text;
}

START_TEST(probe_text)
{
	char *text = print(0, 3, false);

	ck_assert_int_eq(strncmp(text, "host      ", 10), 0);
	ck_assert_ptr_nonnull(strstr(text, " CPU"));
	ck_assert_ptr_nonnull(strstr(text, "\nkvm       no: /dev/kvm is not LoongArch KVM\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nsoft      yes: interpreter; la464, max; LSX, a "));
	ck_assert_ptr_nonnull(strstr(text, "\nbare      yes\n"));
	ck_assert_ptr_nonnull(strstr(text, "\ndefault   soft\n"));
	free(text);
}
END_TEST

START_TEST(probe_nothing)
{
	char *text = print(0, 1, false);

	ck_assert_ptr_nonnull(strstr(text, "\ndefault   none\n"));
	free(text);
	text = print(0, 1, true);
	ck_assert_ptr_nonnull(strstr(text, "\"default\": null\n"));
	free(text);
}
END_TEST

START_TEST(probe_json)
{
	char *text = print(0, 3, true);

	ck_assert_ptr_nonnull(strstr(text, "\"name\": \"kvm\", \"available\": false, "
					   "\"reason\": \"/dev/kvm is not LoongArch KVM\""));
	ck_assert_ptr_nonnull(strstr(text, "\"how\": \"interpreter\", "
					   "\"models\": [\"la464\", \"max\"], "
					   "\"features\": [\"LSX\", "
					   "\"a \\\"quoted\\\\\\\" one\\u000a\"]}"));
	ck_assert_ptr_nonnull(strstr(text, "\"name\": \"bare\", \"available\": true, "
					   "\"reason\": null"));
	ck_assert_ptr_nonnull(strstr(text, "\"models\": [], \"features\": []}"));
	ck_assert_ptr_nonnull(strstr(text, "\"default\": \"soft\"\n}\n"));
	free(text);
}
END_TEST

START_TEST(probe_full_disk)
{
	FILE *out = fopen("/dev/full", "w");
	struct err err = { 0 };

	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(probe_print(engines, 3, false, out, &err), -EIO);
	ck_assert_ptr_nonnull(strstr(err.text, "cannot be written"));
	fclose(out);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("probe");
	TCase *tc = tcase_create("probe");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, probe_text);
	tcase_add_test(tc, probe_nothing);
	tcase_add_test(tc, probe_json);
	tcase_add_test(tc, probe_full_disk);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
