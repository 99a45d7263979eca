/* SPDX-License-Identifier: Apache-2.0 */
/* test_efi.c - the EFI tables, read back as Linux reads them. */
#include "ld_fixture.h"

static const uint8_t guids[3][16] = {
	{ 0xd5, 0x21, 0xb6, 0xb1, 0x9c, 0xf1, 0xa5, 0x41,
	  0x83, 0x0b, 0xd9, 0x15, 0x2c, 0x69, 0xaa, 0xe0 },	/* device tree */
	{ 0x3f, 0x68, 0x0f, 0x80, 0x8b, 0xd0, 0x3a, 0x42,
	  0xa2, 0x93, 0x96, 0x5c, 0x3c, 0x6f, 0xe2, 0xb4 },	/* boot memory map */
	{ 0x27, 0xe4, 0x68, 0x55, 0xfc, 0x68, 0x3d, 0x4f,
	  0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68 },	/* initrd */
};

static struct memory *mem;
static struct span ram;			/* the low RAM of mem */

static uint64_t get64(uint64_t gpa)
{
	uint64_t v = 0;

	ck_assert_int_eq(span_le64(&ram, gpa, &v), 0);
	return v;
}

static uint32_t get32(uint64_t gpa)
{
	uint32_t v = 0;

	ck_assert_int_eq(span_le32(&ram, gpa, &v), 0);
	return v;
}

/* Boots the usual Image with @ram_bytes of RAM, with or without an initrd. */
static struct ld_result boot(uint64_t ram_bytes, bool with_initrd)
{
	struct fx_file initrd = fx_file("initrd content", 14);
	struct ld_request req = { .cmdline = "quiet x=1",
				  .initrd = with_initrd ? initrd.path : NULL };
	struct fx_blob b = fx_image();
	struct ld_result res;

	mem = fx_memory(ram_bytes);
	res = fx_loaded(mem, &b, &req);
	ram = (struct span){ mem_at(mem, 0, 0), mem->slots[0].len_bytes };
	free(b.data);
	fx_close(&initrd);
	return res;
}

/* The pointer that belongs to @guid in the configuration table, or 0. */
static uint64_t config_find(uint64_t st, const uint8_t guid[16])
{
	uint64_t n = get64(st + 0x68), at = get64(st + 0x70);

	for (uint64_t i = 0; i < n; i++)
		if (!memcmp(span_at(&ram, at + i * 24, 16), guid, 16))
			return get64(at + i * 24 + 16);
	return 0;
}

START_TEST(efi_system_table)
{
	struct ld_result res = boot(64 * MIB, false);
	uint64_t vendor;
	uint8_t copy[120];

	ck_assert_uint_eq(res.a0, 1);
	ck_assert_uint_eq(res.a1, LD_CMDLINE_GPA);
	ck_assert_str_eq(span_at(&ram, res.a1, 10), "quiet x=1");
	ck_assert_mem_eq(span_at(&ram, res.a2, 8), "IBI SYST", 8);
	ck_assert_uint_eq(get32(res.a2 + 0x08), (2 << 16) | 100);
	ck_assert_uint_eq(get32(res.a2 + 0x0c), 120);
	for (uint64_t off = 0x28; off < 0x68; off += 8)	/* consoles, runtime, boot services */
		ck_assert_uint_eq(get64(res.a2 + off), 0);
	ck_assert_uint_eq(get64(res.a2 + 0x68), 2);

	memcpy(copy, span_at(&ram, res.a2, sizeof(copy)), sizeof(copy));
	memset(copy + 0x10, 0, 4);
	ck_assert_uint_eq(get32(res.a2 + 0x10), crc32(0, copy, sizeof(copy)));

	vendor = get64(res.a2 + 0x18);
	for (unsigned int i = 0; i < sizeof("lvz-vmm"); i++) {
		uint16_t c;

		ck_assert_int_eq(span_le16(&ram, vendor + 2 * i, &c), 0);
		ck_assert_uint_eq(c, (uint8_t)"lvz-vmm"[i]);
	}
	mem_destroy(mem);
}
END_TEST

START_TEST(efi_fdt)
{
	struct ld_result res = boot(64 * MIB, false);

	ck_assert_uint_eq(config_find(res.a2, guids[0]), res.fdt_gpa);
	ck_assert_mem_eq(span_at(&ram, res.fdt_gpa, 4), "\xd0\x0d\xfe\xed", 4);
	ck_assert_uint_eq(config_find(res.a2, guids[2]), 0);
	mem_destroy(mem);
}
END_TEST

static const struct { uint64_t ram_bytes; unsigned int n; uint64_t high_pages; } maps[] = {
	{ 64 * MIB, 1, 0 }, { 256 * MIB, 1, 0 }, { 1024 * MIB, 2, 0x30000 },
};

START_TEST(efi_memory_map)
{
	struct ld_result res = boot(maps[_i].ram_bytes, false);
	uint64_t map = config_find(res.a2, guids[1]), total = 0;

	ck_assert_uint_eq(map, LD_EFI_MAP_GPA);
	ck_assert_uint_eq(get64(map), maps[_i].n * 40);
	ck_assert_uint_eq(get64(map + 8), 40);
	ck_assert_uint_eq(get32(map + 16), 1);
	ck_assert_uint_eq(get64(map + 32), maps[_i].n * 40);
	for (unsigned int i = 0; i < maps[_i].n; i++) {
		uint64_t d = map + 40 + i * 40;

		ck_assert_uint_eq(get32(d), 7);
		ck_assert_uint_eq(get64(d + 8), i ? MEM_HIGH_GPA : 0);
		ck_assert_uint_eq(get64(d + 32), 8);
		total += get64(d + 24);
		if (i)
			ck_assert_uint_eq(get64(d + 24), maps[_i].high_pages);
	}
	ck_assert_uint_eq(total * 4096, maps[_i].ram_bytes);
	mem_destroy(mem);
}
END_TEST

START_TEST(efi_initrd)
{
	struct ld_result res = boot(64 * MIB, true);
	uint64_t table = config_find(res.a2, guids[2]);

	ck_assert_uint_eq(get64(res.a2 + 0x68), 3);
	ck_assert_uint_eq(table, LD_INITRD_TABLE_GPA);
	ck_assert_uint_eq(get64(table), res.initrd_gpa);
	ck_assert_uint_eq(get64(table + 8), 14);
	ck_assert_mem_eq(span_at(&ram, res.initrd_gpa, 14), "initrd content", 14);
	mem_destroy(mem);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("efi");
	TCase *tc = tcase_create("efi");

	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, efi_system_table);
	tcase_add_test(tc, efi_fdt);
	tcase_add_loop_test(tc, efi_memory_map, 0, ARRAY_SIZE(maps));
	tcase_add_test(tc, efi_initrd);
	suite_add_tcase(s, tc);
	return fx_run(s);
}
