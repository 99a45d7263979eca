/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_debian_kernel.c - loads the kernel that scripts/guest-kit fetched, and reports how
 * long unpacking takes.  A program of its own, because without the kernel it is skipped.
 */
#include "ld_fixture.h"

#include <time.h>

#define EXIT_SKIPPED 77			/* for automake */

static char kernel_path[4096];

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

START_TEST(debian_loads)
{
	struct ld_request req = { .kernel = kernel_path, .cmdline = "console=ttyS0",
				  .nvcpus = 2 };
	struct err err = { "" };
	struct ld_result res;
	uint64_t unpack_ns = UINT64_MAX, rest_ns = UINT64_MAX;

	for (int i = 0; i < 5; i++) {
		struct memory *mem = fx_memory(512 * MIB);
		uint64_t start_ns = now_ns(), rest;
		int ret = ld_load(mem, &req, &res, &err);

		ck_assert_msg(!ret, "%s", err.text);
		rest = now_ns() - start_ns - res.unpack_ns;
		ck_assert_mem_eq(mem_at(mem, res.kernel_gpa, 2), "MZ", 2);
		mem_destroy(mem);
		unpack_ns = res.unpack_ns < unpack_ns ? res.unpack_ns : unpack_ns;
		rest_ns = rest < rest_ns ? rest : rest_ns;
	}
	printf("%s: unpacked in %.1f ms, all else in %.1f ms (best of 5)\n", res.format,
	       (double)unpack_ns / 1e6, (double)rest_ns / 1e6);
	ck_assert_str_eq(res.format, "EFI zboot (zstd)");
	ck_assert_uint_eq(res.kernel_gpa, 0x200000);
	ck_assert_uint_gt(res.kernel_len, 16 * MIB);
	ck_assert_uint_gt(res.entry, res.kernel_gpa);
	ck_assert_uint_lt(res.entry, res.kernel_gpa + res.kernel_len);
}
END_TEST

START_TEST(debian_needs_ram)
{
	struct ld_request req = { .kernel = kernel_path, .nvcpus = 1 };
	struct err err = { "" };

	ck_assert_int_eq(ld_check(&req, 16 * MIB, &err), -ENOSPC);
	fx_says(&err, "guest has 16.0 MiB: raise [vm] memory");
}
END_TEST

START_TEST(debian_cut_short)
{
	struct ld_request req = { .nvcpus = 1 };
	struct err err = { "" };
	struct fx_file f;
	struct span all;

	ck_assert_int_eq(file_map(kernel_path, &all, &err), 0);
	f = fx_file(all.data, all.len / 2);
	req.kernel = f.path;
	ck_assert_int_eq(ld_check(&req, 512 * MIB, &err), -EINVAL);
	fx_says(&err, "is cut short: the payload ends at byte");
	file_unmap(&all);
	fx_close(&f);
}
END_TEST

START_TEST(debian_damaged)	/* one bit, far inside */
{
	struct ld_request req = { .nvcpus = 1 };
	struct err err = { "" };
	struct fx_file f;
	struct span all;
	uint8_t byte;

	ck_assert_int_eq(file_map(kernel_path, &all, &err), 0);
	f = fx_file(all.data, all.len);
	byte = all.data[all.len / 2] ^ 0x10;
	ck_assert_int_eq(pwrite(f.fd, &byte, 1, (off_t)(all.len / 2)), 1);
	req.kernel = f.path;
	ck_assert_int_eq(ld_check(&req, 512 * MIB, &err), -EINVAL);
	fx_says(&err, "corrupt zstd payload");
	file_unmap(&all);
	fx_close(&f);
}
END_TEST

int main(void)
{
	const char *cache = getenv("LVZ_CACHE"), *home = getenv("HOME");
	Suite *s = suite_create("debian_kernel");
	TCase *tc = tcase_create("debian_kernel");

	snprintf(kernel_path, sizeof(kernel_path), "%s%s/guest/vmlinuz",
		 cache ? cache : home ? home : "", cache ? "" : "/.cache/lvz-vmm");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, debian_loads);
	tcase_add_test(tc, debian_needs_ram);
	tcase_add_test(tc, debian_cut_short);
	tcase_add_test(tc, debian_damaged);
	suite_add_tcase(s, tc);
	if (access(kernel_path, R_OK)) {
		srunner_free(srunner_create(s));
		printf("SKIP: no %s; scripts/guest-kit fetches it\n", kernel_path);
		return EXIT_SKIPPED;
	}
	return fx_run(s);
}
