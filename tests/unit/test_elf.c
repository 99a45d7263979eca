/* SPDX-License-Identifier: Apache-2.0 */
/* test_elf.c - ELF kernels: placement, refusals, mutations. */
#include "ld_fixture.h"

static const struct ld_request plain = { .cmdline = "" };

START_TEST(elf_loads)
{
	struct memory *mem = fx_memory(64 * MIB);
	struct fx_blob b = fx_elf();
	struct ld_result res;
	uint8_t *p;

	/* BSS must be zeroed even in RAM that was used before. */
	memset(mem_at(mem, 0x210000, 0x3000), 0xee, 0x3000);
	res = fx_loaded(mem, &b, &plain);
	ck_assert_str_eq(res.format, "ELF");
	ck_assert_uint_eq(res.entry, 0x200040);
	ck_assert_uint_eq(res.kernel_gpa, 0x200000);
	ck_assert_uint_eq(res.kernel_len, 0x13000);
	ck_assert_uint_eq(res.unpack_ns, 0);
	ck_assert_mem_eq(mem_at(mem, 0x200000, 0x1000), b.data + 0x1000, 0x1000);
	p = mem_at(mem, 0x210000, 0x3000);
	ck_assert_mem_eq(p, b.data + 0x2000, 0x800);
	for (size_t i = 0x800; i < 0x3000; i++)
		ck_assert_uint_eq(p[i], 0);
	free(b.data);
	mem_destroy(mem);
}
END_TEST

START_TEST(elf_entry_override)
{
	struct memory *mem = fx_memory(64 * MIB);
	struct ld_request req = { .has_entry = true,
				  .entry_gpa = UINT64_C(0x9000000000210000) };
	struct fx_blob b = fx_elf();

	ck_assert_uint_eq(fx_loaded(mem, &b, &req).entry, 0x210000);
	req.entry_gpa = 0x40000000;
	fx_refused(&b, &req, -EINVAL, "entry 0x40000000 is not in guest RAM");
	free(b.data);
	mem_destroy(mem);
}
END_TEST

START_TEST(elf_high_ram)
{
	struct memory *mem = fx_memory(512 * MIB);
	struct fx_blob b = fx_elf();
	struct ld_result res;

	fx_phdr(&b, 0)->p_paddr = 0x80000000;
	((Elf64_Ehdr *)(void *)b.data)->e_entry = 0x80000100;
	res = fx_loaded(mem, &b, &plain);
	ck_assert_uint_eq(res.entry, 0x80000100);
	ck_assert_uint_eq(res.kernel_gpa, 0x210000);
	ck_assert_mem_eq(mem_at(mem, 0x80000000, 0x1000), b.data + 0x1000, 0x1000);
	free(b.data);
	mem_destroy(mem);
}
END_TEST

START_TEST(elf_truncated)
{
	struct fx_blob b = fx_elf();
	struct err err;
	struct fx_file f = fx_file(NULL, 0);
	struct ld_request req = { .kernel = f.path, .nvcpus = 1 };

	for (size_t len = 0; len < 0x2800; len += len < 0x140 ? 1 : 0x80) {
		fx_rewrite(&f, b.data, len);
		err.text[0] = '\0';
		ck_assert_int_eq(ld_check(&req, 64 * MIB, &err), -EINVAL);
		fx_says(&err, f.path);
		fx_says(&err, len == 0 ? "is empty" : len < 4 ? "no kernel image" : "cut short");
	}
	fx_rewrite(&f, b.data, 0x2800);		/* all that the segments name */
	ck_assert_int_eq(ld_check(&req, 64 * MIB, &err), 0);
	fx_close(&f);
	free(b.data);
}
END_TEST

static const struct { uint16_t machine; uint8_t order; const char *says; } archs[] = {
	{ EM_X86_64, ELFDATA2LSB, "is an x86-64 image; a LoongArch kernel is wanted" },
	{ EM_386, ELFDATA2LSB, "is an i386 image" },
	{ EM_AARCH64, ELFDATA2LSB, "is an arm64 image" },
	{ EM_RISCV, ELFDATA2LSB, "is a RISC-V image" },
	{ EM_PPC64, ELFDATA2MSB, "is a ppc64 image" },
	{ EM_S390, ELFDATA2MSB, "is an s390 image" },
	{ 0x1234, ELFDATA2LSB, "is an image for machine type 0x1234" },
};

START_TEST(elf_wrong_arch)
{
	struct fx_blob b = fx_elf();

	b.data[EI_DATA] = archs[_i].order;
	b.data[18 + (archs[_i].order == ELFDATA2MSB)] = (uint8_t)archs[_i].machine;
	b.data[19 - (archs[_i].order == ELFDATA2MSB)] = (uint8_t)(archs[_i].machine >> 8);
	fx_refused(&b, &plain, -EINVAL, archs[_i].says);
	free(b.data);
}
END_TEST

static void set_class(struct fx_blob *b) { b->data[EI_CLASS] = ELFCLASS32; }
static void set_order(struct fx_blob *b)
{
	b->data[EI_DATA] = ELFDATA2MSB;
	b->data[18] = 1;
	b->data[19] = 2;
}
static void set_rel(struct fx_blob *b) { b->data[16] = ET_REL; }
static void set_phentsize(struct fx_blob *b) { b->data[54] = 32; }
static void set_phnum(struct fx_blob *b) { b->data[56] = 0; }
static void set_xnum(struct fx_blob *b) { memset(b->data + 56, 0xff, 2); }
static void set_phoff(struct fx_blob *b) { memset(b->data + 32, 0xff, 8); }
static void set_no_load(struct fx_blob *b)
{
	fx_phdr(b, 0)->p_type = PT_NULL;
	fx_phdr(b, 2)->p_type = PT_NULL;
}
static void set_filesz(struct fx_blob *b) { fx_phdr(b, 0)->p_filesz = 0x1001; }
static void set_offset(struct fx_blob *b) { fx_phdr(b, 0)->p_offset = UINT64_MAX; }
static void set_memsz(struct fx_blob *b) { fx_phdr(b, 2)->p_memsz = UINT64_MAX; }
static void set_large(struct fx_blob *b) { fx_phdr(b, 2)->p_memsz = 100 * MIB; }
static void set_hole(struct fx_blob *b) { fx_phdr(b, 2)->p_paddr = 0x20000000; }
static void set_overlap(struct fx_blob *b) { fx_phdr(b, 2)->p_paddr = 0x200fff; }
static void set_tables(struct fx_blob *b) { fx_phdr(b, 2)->p_paddr = 0x11000; }
static void set_near(struct fx_blob *b) { fx_phdr(b, 2)->p_paddr = 0xd001; }
static void set_fdt(struct fx_blob *b) { fx_phdr(b, 2)->p_paddr = 0xfe000; }
static void set_entry(struct fx_blob *b)
{
	((Elf64_Ehdr *)(void *)b->data)->e_entry = 0x300000;
}

static const struct {
	void (*change)(struct fx_blob *b);
	int code;
	const char *says;
} broken[] = {
	{ set_class, -EINVAL, "ELF class 1" },
	{ set_order, -EINVAL, "byte order 2" },
	{ set_rel, -EINVAL, "ELF type 1; an executable" },
	{ set_phentsize, -EINVAL, "3 program headers of 32 bytes" },
	{ set_phnum, -EINVAL, "0 program headers" },
	{ set_xnum, -EINVAL, "65535 program headers" },
	{ set_phoff, -EINVAL, "program header 0 is outside the file" },
	{ set_no_load, -EINVAL, "without a segment to load" },
	{ set_filesz, -EINVAL, "segment 0 has 4097 bytes in the file and 4096 in memory" },
	{ set_offset, -EINVAL, "cut short: segment 0" },
	{ set_memsz, -ENOSPC, "MiB at 0x210000" },
	{ set_large, -ENOSPC, "needs 100.0 MiB at 0x210000; guest has 64.0 MiB: raise" },
	{ set_hole, -ENOSPC, "guest RAM lies below 0x10000000 and from 0x80000000 on" },
	{ set_overlap, -EINVAL, "segments at 0x200000 and 0x200fff overlap" },
	{ set_tables, -EINVAL, "segment at 0x11000 overlaps the boot tables" },
	{ set_near, -EINVAL, "segment at 0xd001 overlaps the boot tables" },
	{ set_fdt, -EINVAL, "segment at 0xfe000 overlaps the device tree" },
	{ set_entry, -EINVAL, "entry 0x300000 is outside its segments" },
};

START_TEST(elf_broken)
{
	struct fx_blob b = fx_elf();

	broken[_i].change(&b);
	fx_refused(&b, &plain, broken[_i].code, broken[_i].says);
	free(b.data);
}
END_TEST

START_TEST(elf_low_segment)		/* next to the tables is not over them */
{
	struct memory *mem = fx_memory(64 * MIB);
	struct fx_blob b = fx_elf();

	fx_phdr(&b, 2)->p_paddr = 0xd000;
	ck_assert_uint_eq(fx_loaded(mem, &b, &plain).kernel_gpa, 0xd000);
	fx_phdr(&b, 2)->p_paddr = LD_TABLES_END;
	ck_assert_uint_eq(fx_loaded(mem, &b, &plain).kernel_gpa, LD_TABLES_END);
	free(b.data);
	mem_destroy(mem);
}
END_TEST

START_TEST(elf_many_segments)
{
	struct fx_blob b = { calloc(1, 0x1000), 0x1000 };
	struct fx_blob one = fx_elf();

	memcpy(b.data, one.data, sizeof(Elf64_Ehdr));
	((Elf64_Ehdr *)(void *)b.data)->e_phnum = 17;
	for (unsigned int i = 0; i < 17; i++)
		*fx_phdr(&b, i) = (Elf64_Phdr){ .p_type = PT_LOAD, .p_memsz = 0x1000,
						.p_paddr = 0x200000 + i * 0x1000 };
	fx_refused(&b, &plain, -EINVAL, "more than 16 segments");
	free(one.data);
	free(b.data);
}
END_TEST

START_TEST(elf_load_address)
{
	struct ld_request req = { .has_load = true, .load_gpa = 0x400000 };
	struct fx_blob b = fx_elf();

	fx_refused(&b, &req, -EINVAL, "no load address is wanted");
	free(b.data);
}
END_TEST

START_TEST(elf_fuzz)
{
	struct fx_blob b = fx_elf();

	fx_fuzz(&b, sizeof(Elf64_Ehdr) + 3 * sizeof(Elf64_Phdr), 4000, 0x1234567);
	free(b.data);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("elf");
	TCase *tc = tcase_create("elf");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, elf_loads);
	tcase_add_test(tc, elf_entry_override);
	tcase_add_test(tc, elf_high_ram);
	tcase_add_test(tc, elf_truncated);
	tcase_add_loop_test(tc, elf_wrong_arch, 0, ARRAY_SIZE(archs));
	tcase_add_loop_test(tc, elf_broken, 0, ARRAY_SIZE(broken));
	tcase_add_test(tc, elf_low_segment);
	tcase_add_test(tc, elf_many_segments);
	tcase_add_test(tc, elf_load_address);
	tcase_add_test(tc, elf_fuzz);
	suite_add_tcase(s, tc);
	return fx_run(s);
}
