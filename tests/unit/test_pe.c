/* SPDX-License-Identifier: Apache-2.0 */
/* test_pe.c - PE Image kernels: placement, refusals, mutations. */
#include "ld_fixture.h"

static const struct ld_request plain = { .cmdline = "" };

START_TEST(pe_loads)
{
	struct memory *mem = fx_memory(64 * MIB);
	struct fx_blob b = fx_image();
	struct ld_result res;
	uint8_t *p;

	memset(mem_at(mem, 0x200000, 0x10000), 0xee, 0x10000);
	res = fx_loaded(mem, &b, &plain);
	ck_assert_str_eq(res.format, "PE Image");
	ck_assert_uint_eq(res.entry, 0x200400);
	ck_assert_uint_eq(res.kernel_gpa, 0x200000);
	ck_assert_uint_eq(res.kernel_len, 0x10000);
	p = mem_at(mem, 0x200000, 0x10000);
	ck_assert_mem_eq(p, b.data, b.len);
	for (size_t i = b.len; i < 0x10000; i++)
		ck_assert_uint_eq(p[i], 0);
	free(b.data);
	mem_destroy(mem);
}
END_TEST

START_TEST(pe_virtual_addresses)	/* older kernels: no load offset, virtual entry */
{
	struct memory *mem = fx_memory(64 * MIB);
	struct fx_blob b = fx_pe(4096, 0x10000, 0, UINT64_C(0x9000000000200800));
	struct ld_result res = fx_loaded(mem, &b, &plain);

	ck_assert_uint_eq(res.entry, 0x200800);
	ck_assert_uint_eq(res.kernel_gpa, 0x200000);
	free(b.data);
	mem_destroy(mem);
}
END_TEST

START_TEST(pe_moved)
{
	struct memory *mem = fx_memory(1024 * MIB);
	struct ld_request req = { .has_load = true, .load_gpa = 0x90200000 };
	struct fx_blob b = fx_image();
	struct ld_result res = fx_loaded(mem, &b, &req);

	ck_assert_uint_eq(res.entry, 0x90200400);
	ck_assert_uint_eq(res.kernel_gpa, 0x90200000);
	ck_assert_mem_eq(mem_at(mem, 0x90200000, b.len), b.data, b.len);
	req.load_gpa = 0x201000;
	fx_refused(&b, &req, -EINVAL, "load address 0x201000; a multiple of 64 KiB");
	req.load_gpa = 0x40000000;
	fx_refused(&b, &req, -ENOSPC, "needs 64 KiB at 0x40000000; guest RAM lies");
	req.load_gpa = 0x10000;
	fx_refused(&b, &req, -EINVAL, "overlaps the boot tables");
	free(b.data);
	mem_destroy(mem);
}
END_TEST

START_TEST(pe_signed)		/* what follows the memory image stays out of RAM */
{
	struct memory *mem = fx_memory(64 * MIB);
	struct fx_blob b = fx_pe(0x3000, 0x2000, LD_KERNEL_GPA, LD_KERNEL_GPA);
	uint8_t *p;

	ck_assert_uint_eq(fx_loaded(mem, &b, &plain).kernel_len, 0x2000);
	p = mem_at(mem, 0x200000, 0x3000);
	ck_assert_mem_eq(p, b.data, 0x2000);
	ck_assert_uint_eq(p[0x2000], 0);
	free(b.data);
	mem_destroy(mem);
}
END_TEST

START_TEST(pe_truncated)
{
	struct fx_blob b = fx_image();
	struct fx_file f = fx_file(NULL, 0);
	struct ld_request req = { .kernel = f.path, .nvcpus = 1 };
	struct err err;

	for (size_t len = 0; len < b.len; len += len < 0x140 ? 1 : 0x3f) {
		fx_rewrite(&f, b.data, len);
		err.text[0] = '\0';
		ck_assert_int_eq(ld_check(&req, 64 * MIB, &err), -EINVAL);
		fx_says(&err, f.path);
		fx_says(&err, !len ? "is empty" : len < 2 ? "no kernel image" : "cut short");
	}
	fx_close(&f);
	free(b.data);
}
END_TEST

static const struct { uint16_t machine; const char *says; } archs[] = {
	{ 0x8664, "is an x86-64 image; a LoongArch kernel is wanted" },
	{ 0xaa64, "is an arm64 image" },
	{ 0x5064, "is a RISC-V image" },
	{ 0x6232, "is a 32-bit LoongArch image" },
	{ 0x0200, "is an image for machine type 0x200" },
};

START_TEST(pe_wrong_arch)
{
	struct fx_blob b = fx_image();

	put_le16(b.data + 0x44, archs[_i].machine);
	fx_refused(&b, &plain, -EINVAL, archs[_i].says);
	free(b.data);
}
END_TEST

static const struct { uint64_t off; const char *bytes; unsigned int len; const char *says; }
others[] = {
	{ 0x202, "HdrS", 4, "is an x86 image; a LoongArch kernel is wanted" },
	{ 0x38, "ARM\x64", 4, "is an arm64 image" },
	{ 0x38, "RSC\x05", 4, "is a RISC-V image" },
	{ 0, "\x1f\x8b", 2, "is gzip data (unpack it first)" },
	{ 0, "\x28\xb5\x2f\xfd", 4, "is zstd data" },
	{ 0, "\xd0\x0d\xfe\xed", 4, "is a device tree blob" },
	{ 0, "#!/bin/sh", 9, "is no kernel image that we know" },
	{ 0, "MZ", 2, "is no kernel image that we know" },
};

START_TEST(pe_other_files)
{
	struct fx_blob b = { calloc(1, 0x400), 0x400 };

	memcpy(b.data + others[_i].off, others[_i].bytes, others[_i].len);
	fx_refused(&b, &plain, -EINVAL, others[_i].says);
	free(b.data);
}
END_TEST

static const struct { uint64_t off, val; int code; const char *says; } broken[] = {
	{ 0x38, 0x4000000000, -EINVAL, "EFI program without a boot header" },
	{ 0x10, 0, -EINVAL, "entry 0x200400 is outside the image" },
	{ 0x08, 0x1fffff, -EINVAL, "entry 0x1fffff is outside the image" },
	{ 0x08, 0x210000, -EINVAL, "entry 0x210000 is outside the image" },
	{ 0x10, UINT64_MAX, -ENOSPC, "at 0x200000" },
	{ 0x10, 70 * MIB, -ENOSPC, "needs 70.0 MiB at 0x200000; guest has 64.0 MiB: raise" },
	{ 0x10, 255 * MIB, -ENOSPC, "guest RAM lies below" },
	{ 0x18, 0x200010, -EINVAL, "load address 0x200010" },
	{ 0x58 + 0xa0 + 16, UINT64_MAX, -EINVAL, "cut short: section 0 ends at byte 8589934590" },
};

START_TEST(pe_broken)
{
	struct fx_blob b = fx_image();

	put_le64(b.data + broken[_i].off, broken[_i].val);
	fx_refused(&b, &plain, broken[_i].code, broken[_i].says);
	free(b.data);
}
END_TEST

START_TEST(pe_fuzz)
{
	struct fx_blob b = fx_image();

	fx_fuzz(&b, 0x140, 4000, 0xabcdef);
	free(b.data);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("pe");
	TCase *tc = tcase_create("pe");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, pe_loads);
	tcase_add_test(tc, pe_virtual_addresses);
	tcase_add_test(tc, pe_moved);
	tcase_add_test(tc, pe_signed);
	tcase_add_test(tc, pe_truncated);
	tcase_add_loop_test(tc, pe_wrong_arch, 0, ARRAY_SIZE(archs));
	tcase_add_loop_test(tc, pe_other_files, 0, ARRAY_SIZE(others));
	tcase_add_loop_test(tc, pe_broken, 0, ARRAY_SIZE(broken));
	tcase_add_test(tc, pe_fuzz);
	suite_add_tcase(s, tc);
	return fx_run(s);
}
