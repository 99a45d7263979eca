/* SPDX-License-Identifier: Apache-2.0 */
/* test_zboot.c - EFI zboot kernels: unpacking, corruption, mutations. */
#include "ld_fixture.h"

static const struct ld_request plain = { .cmdline = "" };
static const char *const types[] = { "zstd", "gzip", "zstd22" };

START_TEST(zboot_loads)
{
	struct memory *mem = fx_memory(64 * MIB);
	struct fx_blob inner = fx_image();
	struct fx_blob b = fx_zboot(&inner, types[_i]);
	struct ld_result res;

	memset(mem_at(mem, 0x200000, 0x10000), 0xee, 0x10000);
	res = fx_loaded(mem, &b, &plain);
	ck_assert_str_eq(res.format, types[_i][0] == 'z' ? "EFI zboot (zstd)"
							 : "EFI zboot (gzip)");
	ck_assert_uint_eq(res.entry, 0x200400);
	ck_assert_uint_eq(res.kernel_gpa, 0x200000);
	ck_assert_uint_eq(res.kernel_len, 0x10000);
	ck_assert_uint_gt(res.unpack_ns, 0);
	ck_assert_mem_eq(mem_at(mem, 0x200000, inner.len), inner.data, inner.len);
	for (size_t i = inner.len; i < 0x10000; i++)
		ck_assert_uint_eq(*(uint8_t *)mem_at(mem, 0x200000 + i, 1), 0);
	free(b.data);
	free(inner.data);
	mem_destroy(mem);
}
END_TEST

START_TEST(zboot_elsewhere)	/* the unpacked header wants another place */
{
	struct memory *mem = fx_memory(512 * MIB);
	struct fx_blob inner = fx_pe(4096, 0x2000, 0x80400000, 0x80400010);
	struct fx_blob b = fx_zboot(&inner, types[_i]);
	struct ld_request req = { .has_load = true, .load_gpa = 0x1000000 };
	struct ld_result res = fx_loaded(mem, &b, &plain);

	ck_assert_uint_eq(res.entry, 0x80400010);
	ck_assert_uint_eq(res.kernel_gpa, 0x80400000);
	ck_assert_mem_eq(mem_at(mem, 0x80400000, inner.len), inner.data, inner.len);
	for (size_t i = 0; i < inner.len; i++)	/* nothing stays at the first place */
		ck_assert_uint_eq(*(uint8_t *)mem_at(mem, 0x200000 + i, 1), 0);
	res = fx_loaded(mem, &b, &req);
	ck_assert_uint_eq(res.entry, 0x1000010);
	ck_assert_uint_eq(res.kernel_gpa, 0x1000000);
	req.load_gpa = 0x1000001;
	fx_refused(&b, &req, -EINVAL, "load address 0x1000001");
	free(b.data);
	free(inner.data);
	mem_destroy(mem);
}
END_TEST

START_TEST(zboot_truncated)
{
	struct fx_blob inner = fx_image();
	struct fx_blob b = fx_zboot(&inner, types[_i]);
	struct fx_file f = fx_file(NULL, 0);
	struct ld_request req = { .kernel = f.path, .nvcpus = 1 };
	struct err err;

	for (size_t len = 8; len < b.len; len += len < 0x80 ? 1 : 0x1d) {
		fx_rewrite(&f, b.data, len);
		err.text[0] = '\0';
		ck_assert_int_eq(ld_check(&req, 64 * MIB, &err), -EINVAL);
		fx_says(&err, f.path);
		fx_says(&err, "cut short");
	}
	fx_rewrite(&f, b.data, b.len - 1);
	ck_assert_int_eq(ld_check(&req, 64 * MIB, &err), -EINVAL);
	fx_says(&err, "cut short");
	fx_rewrite(&f, b.data, b.len);
	ck_assert_int_eq(ld_check(&req, 64 * MIB, &err), 0);
	fx_close(&f);
	free(b.data);
	free(inner.data);
}
END_TEST

START_TEST(zboot_corrupt)	/* a payload that lies, or that was damaged */
{
	struct fx_blob inner = fx_image();
	struct fx_blob b = fx_zboot(&inner, types[_i]);
	bool is_zstd = types[_i][0] == 'z';

	put_le32(b.data + b.len - 4, (uint32_t)inner.len + 1);
	fx_refused(&b, &plain, -EINVAL, "corrupt");
	put_le32(b.data + b.len - 4, (uint32_t)inner.len - 1);
	fx_refused(&b, &plain, -EINVAL, "corrupt");
	put_le32(b.data + b.len - 4, 0);
	fx_refused(&b, &plain, -EINVAL, "corrupt");
	put_le32(b.data + b.len - 4, 100 << 20);
	fx_refused(&b, &plain, -ENOSPC,
		   "needs 100.0 MiB at 0x200000; guest has 64.0 MiB: raise [vm] memory");
	put_le32(b.data + b.len - 4, UINT32_MAX);
	fx_refused(&b, &plain, -ENOSPC, "needs 4095.9 MiB");
	put_le32(b.data + b.len - 4, (uint32_t)inner.len);
	b.data[0x402] ^= 0x55;
	fx_refused(&b, &plain, -EINVAL, is_zstd ? "corrupt zstd payload" : "corrupt gzip payload");
	free(b.data);
	free(inner.data);
}
END_TEST

START_TEST(zboot_corrupt_inside)	/* gzip has a checksum over the content */
{
	struct fx_blob inner = fx_image();
	struct fx_blob b = fx_zboot(&inner, "gzip");

	b.data[b.len - 8] ^= 1;
	fx_refused(&b, &plain, -EINVAL, "corrupt gzip payload: incorrect data check");
	free(b.data);
	free(inner.data);
}
END_TEST

START_TEST(zboot_payload_size)
{
	struct fx_blob inner = fx_image();
	struct fx_blob b = fx_zboot(&inner, types[_i]);

	/* zstd: the trailer is then read from inside the payload, and is too large a number. */
	put_le32(b.data + 12, 3);
	fx_refused(&b, &plain, _i == 1 ? -EINVAL : -ENOSPC, "");
	put_le32(b.data + 12, 0);
	fx_refused(&b, &plain, _i == 1 ? -EINVAL : -ENOSPC, "");
	put_le32(b.data + 12, UINT32_MAX);
	fx_refused(&b, &plain, -EINVAL, "cut short: the payload ends at byte");
	put_le32(b.data + 8, UINT32_MAX);
	fx_refused(&b, &plain, -EINVAL, "cut short: the payload ends at byte");
	free(b.data);
	free(inner.data);
}
END_TEST

START_TEST(zboot_wrong)
{
	struct fx_blob inner = fx_image(), b = fx_zboot(&inner, "zstd"), b2;

	memcpy(b.data + 0x18, "xzkern\0", 7);
	fx_refused(&b, &plain, -EINVAL, "is compressed with 'xzkern'; zstd or gzip is wanted");
	memset(b.data + 0x18, 'a', 32);		/* no NUL */
	fx_refused(&b, &plain, -EINVAL, "is compressed with 'aaaa");
	put_le16(b.data + 0x44, 0xaa64);
	fx_refused(&b, &plain, -EINVAL, "is an arm64 image; a LoongArch kernel is wanted");
	free(b.data);

	put_le16(inner.data + 0x44, 0x8664);
	b2 = fx_zboot(&inner, "gzip");
	fx_refused(&b2, &plain, -EINVAL, ", unpacked: is an x86-64 image");
	free(b2.data);
	memset(inner.data, 0, 0x400);
	b2 = fx_zboot(&inner, "gzip");
	fx_refused(&b2, &plain, -EINVAL, ", unpacked: is no kernel image");
	free(b2.data);
	free(inner.data);
}
END_TEST

START_TEST(zboot_mem_too_large)	/* only the unpacked header tells */
{
	struct fx_blob inner = fx_pe(4096, 80 * MIB, LD_KERNEL_GPA, LD_KERNEL_GPA);
	struct fx_blob b = fx_zboot(&inner, "zstd");

	fx_refused(&b, &plain, -ENOSPC, "needs 80.0 MiB at 0x200000; guest has 64.0 MiB");
	free(b.data);
	free(inner.data);
}
END_TEST

START_TEST(zboot_fuzz)
{
	struct fx_blob inner = fx_image();
	struct fx_blob b = fx_zboot(&inner, types[_i]);

	fx_fuzz(&b, 0x80, 1000, 0x777 + (uint64_t)_i);
	fx_fuzz(&b, b.len, 1500, 0x999 + (uint64_t)_i);
	free(b.data);
	free(inner.data);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("zboot");
	TCase *tc = tcase_create("zboot");
	int n = ARRAY_SIZE(types);

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, zboot_loads, 0, n);
	tcase_add_loop_test(tc, zboot_elsewhere, 0, n);
	tcase_add_loop_test(tc, zboot_truncated, 0, n);
	tcase_add_loop_test(tc, zboot_corrupt, 0, n);
	tcase_add_test(tc, zboot_corrupt_inside);
	tcase_add_loop_test(tc, zboot_payload_size, 0, n);
	tcase_add_test(tc, zboot_wrong);
	tcase_add_test(tc, zboot_mem_too_large);
	tcase_add_loop_test(tc, zboot_fuzz, 0, n);
	suite_add_tcase(s, tc);
	return fx_run(s);
}
