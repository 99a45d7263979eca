/* SPDX-License-Identifier: Apache-2.0 */
/* test_fdt.c - device trees, generated and the user's own, read back with libfdt. */
#include "ld_fixture.h"

#include <libfdt.h>

static const uint8_t seed[LD_RNG_SEED_BYTES] = "0123456789abcdef0123456789abcde";

/* Builds the tree for @req with @ram_bytes of RAM and an initrd of 3 MiB at 0x9000000. */
static int build(const struct ld_request *req, uint64_t ram_bytes, void **out, struct err *err)
{
	struct memory *mem = fx_memory(ram_bytes);
	size_t len = 0;
	int ret = ld_build_fdt(mem, req, 0x9000000, 0x300000, out, &len, err);

	if (!ret) {
		ck_assert_int_eq(fdt_check_full(*out, len), 0);
		ck_assert_uint_eq(fdt_totalsize(*out), len);
	}
	mem_destroy(mem);
	return ret;
}

static void *built(const struct ld_request *req, uint64_t ram_bytes)
{
	struct err err = { "" };
	void *blob = NULL;
	int ret = build(req, ram_bytes, &blob, &err);

	ck_assert_msg(!ret, "%s", err.text);
	return blob;
}

static const void *prop(const void *blob, const char *path, const char *name, int want_len)
{
	int len = -1, node = fdt_path_offset(blob, path);
	const void *p;

	ck_assert_msg(node >= 0, "no node %s", path);
	p = fdt_getprop(blob, node, name, &len);
	ck_assert_msg(p != NULL, "%s has no %s", path, name);
	if (want_len >= 0)
		ck_assert_int_eq(len, want_len);
	return p;
}

static bool has_prop(const void *blob, const char *path, const char *name)
{
	return fdt_getprop(blob, fdt_path_offset(blob, path), name, NULL) != NULL;
}

static uint32_t prop32(const void *blob, const char *path, const char *name)
{
	return fdt32_ld(prop(blob, path, name, 4));
}

static uint64_t prop64(const void *blob, const char *path, const char *name)
{
	return fdt64_ld(prop(blob, path, name, 8));
}

static int add_serial(void *ctx, struct fdt_ctx *f)
{
	static const uint32_t ranges[] = { 1, 0, 0, 0x18000000, 0x4000 };

	++*(int *)ctx;
	fdt_node_begin_at(f, "serial", 0x1fe001e0);
	fdt_prop_str(f, "compatible", "ns16550a");
	fdt_prop_reg(f, UINT64_C(0x11fe001e0), 0x100);
	fdt_prop_pic_irq(f, 2, FDT_IRQ_LEVEL_HIGH);
	fdt_prop_u64(f, "x-u64", UINT64_C(0x0123456789abcdef));
	fdt_prop_cells(f, "ranges", ranges, ARRAY_SIZE(ranges));
	fdt_prop_empty(f, "dma-coherent");
	fdt_node_end(f);
	return 0;
}

START_TEST(fdt_generated)
{
	int calls = 0;
	struct ld_request req = { .nvcpus = 3, .cpu_model = "max", .rng_seed = seed,
				  .fdt_devices = add_serial, .fdt_ctx = &calls };
	void *blob = built(&req, 1024 * MIB);
	const fdt32_t *reg;

	ck_assert_int_eq(calls, 1);
	ck_assert_uint_eq(prop32(blob, "/", "#address-cells"), 2);
	ck_assert_uint_eq(prop32(blob, "/", "#size-cells"), 2);
	ck_assert_int_eq(fdt_node_check_compatible(blob, 0, "lvz-vmm,virt"), 0);
	ck_assert_int_eq(fdt_node_check_compatible(blob, 0, "linux,dummy-loongson3"), 0);
	ck_assert_str_eq(prop(blob, "/aliases", "serial0", -1), LD_SERIAL_NODE);
	ck_assert_int_ge(fdt_path_offset(blob, "serial0"), 0);
	ck_assert_str_eq(prop(blob, "/chosen", "stdout-path", -1), "serial0:115200n8");
	ck_assert_mem_eq(prop(blob, "/chosen", "rng-seed", 32), seed, 32);
	ck_assert_uint_eq(prop64(blob, "/chosen", "linux,initrd-start"), 0x9000000);
	ck_assert_uint_eq(prop64(blob, "/chosen", "linux,initrd-end"), 0x9300000);
	ck_assert(!has_prop(blob, "/chosen", "bootargs"));
	reg = prop(blob, "/memory@80000000", "reg", 16);
	ck_assert_uint_eq(fdt64_ld((const fdt64_t *)reg), 0x80000000);
	ck_assert_uint_eq(fdt32_ld(reg + 3), 0x30000000);
	ck_assert_uint_eq(fdt32_ld((const fdt32_t *)prop(blob, "/memory@0", "reg", 16) + 3),
			  0x10000000);
	ck_assert_str_eq(prop(blob, "/cpus/cpu@2", "compatible", -1), "loongson,la464");
	ck_assert_uint_eq(prop32(blob, "/cpus/cpu@2", "reg"), 2);
	ck_assert_uint_eq(prop32(blob, "/cpus/cpu@0", "clocks"), FDT_PH_CPUCLK);
	ck_assert_int_eq(fdt_path_offset(blob, "/cpus/cpu@3"), -FDT_ERR_NOTFOUND);
	ck_assert_uint_eq(prop32(blob, "/interrupt-controller", "phandle"), FDT_PH_CPUINTC);
	ck_assert_uint_eq(prop32(blob, "/interrupt-controller", "#interrupt-cells"), 1);
	free(blob);
}
END_TEST

START_TEST(fdt_helpers)
{
	int calls = 0;
	struct ld_request req = { .nvcpus = 1, .fdt_devices = add_serial, .fdt_ctx = &calls };
	void *blob = built(&req, 64 * MIB);
	const fdt32_t *p = prop(blob, LD_SERIAL_NODE, "reg", 16);

	ck_assert_uint_eq(fdt32_ld(p), 1);
	ck_assert_uint_eq(fdt32_ld(p + 1), 0x1fe001e0);
	ck_assert_uint_eq(fdt32_ld(p + 3), 0x100);
	ck_assert_uint_eq(prop32(blob, LD_SERIAL_NODE, "interrupt-parent"), FDT_PH_PCH_PIC);
	p = prop(blob, LD_SERIAL_NODE, "interrupts", 8);
	ck_assert_uint_eq(fdt32_ld(p), 2);
	ck_assert_uint_eq(fdt32_ld(p + 1), 4);
	ck_assert_uint_eq(prop64(blob, LD_SERIAL_NODE, "x-u64"), UINT64_C(0x0123456789abcdef));
	ck_assert_uint_eq(fdt32_ld((const fdt32_t *)prop(blob, LD_SERIAL_NODE, "ranges", 20) + 3),
			  0x18000000);
	prop(blob, LD_SERIAL_NODE, "dma-coherent", 0);
	ck_assert(!has_prop(blob, "/chosen", "rng-seed"));
	free(blob);
}
END_TEST

START_TEST(fdt_no_initrd)
{
	struct ld_request req = { .nvcpus = 1 };
	struct memory *mem = fx_memory(64 * MIB);
	struct err err;
	void *blob;
	size_t len;

	ck_assert_int_eq(ld_build_fdt(mem, &req, 0, 0, &blob, &len, &err), 0);
	ck_assert(!has_prop(blob, "/chosen", "linux,initrd-start"));
	ck_assert_int_eq(fdt_path_offset(blob, "/memory@80000000"), -FDT_ERR_NOTFOUND);
	free(blob);
	mem_destroy(mem);
}
END_TEST

static int add_fails(void *ctx, struct fdt_ctx *f)
{
	(void)ctx;
	(void)f;
	return -EIO;
}

static int add_unbalanced(void *ctx, struct fdt_ctx *f)
{
	(void)ctx;
	fdt_node_end(f);
	fdt_node_end(f);
	fdt_prop_u32(f, "after-the-end", 1);
	return 0;
}

static int add_too_much(void *ctx, struct fdt_ctx *f)
{
	static const uint8_t big[65536];

	(void)ctx;
	for (int i = 0; i < 17; i++) {
		fdt_node_begin_at(f, "big", (uint64_t)i);
		fdt_prop_bytes(f, "big", big, sizeof(big));
		fdt_node_end(f);
	}
	return 0;
}

static int add_long_name(void *ctx, struct fdt_ctx *f)
{
	char name[200];

	(void)ctx;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	fdt_node_begin_at(f, name, 1);
	fdt_node_end(f);
	return 0;
}

static const struct {
	int (*add)(void *ctx, struct fdt_ctx *f);
	int code;
	const char *says;
} failing[] = {
	{ add_fails, -EIO, "device tree: a device failed: Input/output error" },
	{ add_unbalanced, -EINVAL, "device tree: " },
	{ add_too_much, -ENOSPC, "does not fit into 1024 KiB" },
	{ add_long_name, -EINVAL, "device tree: FDT_ERR_BADVALUE" },
};

START_TEST(fdt_device_fails)
{
	struct ld_request req = { .nvcpus = 1, .fdt_devices = failing[_i].add };
	struct err err = { "" };
	void *blob = NULL;

	ck_assert_int_eq(build(&req, 64 * MIB, &blob, &err), failing[_i].code);
	fx_says(&err, failing[_i].says);
}
END_TEST

/* --- the user's own tree --- */

enum { U_CELLS1 = 1, U_MEMORY = 2, U_CPUS = 4, U_CHOSEN = 8, U_SERIAL = 16, U_ALIAS = 32,
       U_MEM_LARGE = 64, U_MEM_BAD = 128, U_ALIAS_LOOP = 256, U_MEM_OFF = 512,
       U_NO_CELLS = 1024 };

static void user_memory(void *b, unsigned int what)
{
	uint64_t bytes = what & U_MEM_LARGE ? 0x80000000 : 0x1000000;
	fdt64_t reg[2] = { 0, cpu_to_fdt64(bytes) };

	fdt_begin_node(b, "memory@0");
	fdt_property_string(b, "device_type", "memory");
	if (what & U_MEM_OFF)
		fdt_property_string(b, "status", "disabled");
	if (what & U_MEM_BAD)
		fdt_property_u32(b, "reg", 0);
	else if (what & (U_CELLS1 | U_NO_CELLS))
		fdt_property_u64(b, "reg", bytes);
	else
		fdt_property(b, "reg", reg, sizeof(reg));
	fdt_end_node(b);
}

static struct fx_blob user_tree(unsigned int what)
{
	struct fx_blob t = { calloc(1, 16384), 0 };
	void *b = t.data;

	fdt_create(b, 16384);
	fdt_finish_reservemap(b);
	fdt_begin_node(b, "");
	if (!(what & U_NO_CELLS)) {
		fdt_property_u32(b, "#address-cells", what & U_CELLS1 ? 1 : 2);
		fdt_property_u32(b, "#size-cells", what & U_CELLS1 ? 1 : 2);
	}
	fdt_property_string(b, "model", "mine");
	if (what & U_MEMORY)
		user_memory(b, what);
	if (what & (U_ALIAS | U_ALIAS_LOOP)) {
		fdt_begin_node(b, "aliases");
		fdt_property_string(b, "serial0", what & U_ALIAS ? "/uart@1" : "serial0");
		fdt_end_node(b);
		fdt_begin_node(b, "uart@1");
		fdt_end_node(b);
	}
	if (what & U_SERIAL) {
		fdt_begin_node(b, &LD_SERIAL_NODE[1]);
		fdt_end_node(b);
	}
	if (what & U_CPUS) {
		fdt_begin_node(b, "cpus");
		fdt_property_u32(b, "mine", 7);
		fdt_end_node(b);
	}
	if (what & U_CHOSEN) {
		fdt_begin_node(b, "chosen");
		fdt_property_string(b, "stdout-path", "/mine");
		fdt_property_string(b, "bootargs", "from the tree");
		fdt_property_u64(b, "linux,initrd-start", 0x5000000);
		fdt_property_u64(b, "linux,initrd-end", 0x5000001);
		fdt_property_u32(b, "rng-seed", 1);
		fdt_end_node(b);
	}
	fdt_end_node(b);
	ck_assert_int_eq(fdt_finish(b), 0);
	t.len = fdt_totalsize(b);
	return t;
}

/* Hands a tree made of @what to the loader; the caller frees *@out when 0 is returned. */
static int adopt(unsigned int what, uint64_t ram_bytes, void **out, struct err *err)
{
	struct fx_blob t = user_tree(what);
	struct fx_file f = fx_file(t.data, t.len);
	struct ld_request req = { .dtb = f.path, .nvcpus = 2, .rng_seed = seed };
	int ret = build(&req, ram_bytes, out, err);

	if (ret)
		fx_says(err, f.path);
	fx_close(&f);
	free(t.data);
	return ret;
}

static void *adopted(unsigned int what, uint64_t ram_bytes)
{
	struct err err = { "" };
	void *blob = NULL;
	int ret = adopt(what, ram_bytes, &blob, &err);

	ck_assert_msg(!ret, "%s", err.text);
	ck_assert_str_eq(prop(blob, "/", "model", -1), "mine");
	return blob;
}

START_TEST(dtb_all_missing)
{
	void *blob = adopted(U_SERIAL, 512 * MIB);
	const fdt32_t *reg = prop(blob, "/memory@80000000", "reg", 16);

	ck_assert_uint_eq(fdt32_ld(reg + 1), 0x80000000);
	ck_assert_uint_eq(fdt32_ld(reg + 3), 0x10000000);
	ck_assert_uint_eq(prop32(blob, "/cpus/cpu@1", "reg"), 1);
	ck_assert_str_eq(prop(blob, "/cpus/cpu@0", "compatible", -1), "loongson,la464");
	ck_assert_uint_eq(prop32(blob, "/cpus", "#address-cells"), 1);
	ck_assert_uint_eq(prop64(blob, "/chosen", "linux,initrd-start"), 0x9000000);
	ck_assert_uint_eq(prop64(blob, "/chosen", "linux,initrd-end"), 0x9300000);
	ck_assert_str_eq(prop(blob, "/chosen", "stdout-path", -1), LD_SERIAL_NODE ":115200n8");
	ck_assert_mem_eq(prop(blob, "/chosen", "rng-seed", 32), seed, 32);
	free(blob);
}
END_TEST

START_TEST(dtb_nothing_missing)
{
	void *blob = adopted(U_MEMORY | U_CPUS | U_CHOSEN | U_SERIAL, 64 * MIB);

	ck_assert_uint_eq(fdt64_ld((const fdt64_t *)prop(blob, "/memory@0", "reg", 16) + 1),
			  0x1000000);
	ck_assert_uint_eq(prop32(blob, "/cpus", "mine"), 7);
	ck_assert_int_eq(fdt_path_offset(blob, "/cpus/cpu@0"), -FDT_ERR_NOTFOUND);
	ck_assert_str_eq(prop(blob, "/chosen", "stdout-path", -1), "/mine");
	ck_assert_str_eq(prop(blob, "/chosen", "bootargs", -1), "from the tree");
	ck_assert_uint_eq(prop64(blob, "/chosen", "linux,initrd-start"), 0x5000000);
	ck_assert_uint_eq(prop32(blob, "/chosen", "rng-seed"), 1);
	free(blob);
}
END_TEST

START_TEST(dtb_alias)
{
	void *blob = adopted(U_ALIAS, 64 * MIB);

	ck_assert_str_eq(prop(blob, "/chosen", "stdout-path", -1), "serial0:115200n8");
	free(blob);
	blob = adopted(U_ALIAS_LOOP, 64 * MIB);		/* serial0 = "serial0" */
	ck_assert(!has_prop(blob, "/chosen", "stdout-path"));
	free(blob);
	blob = adopted(0, 64 * MIB);
	ck_assert(!has_prop(blob, "/chosen", "stdout-path"));
	free(blob);
}
END_TEST

START_TEST(dtb_cells)
{
	struct err err = { "" };
	void *blob = adopted(U_CELLS1, 512 * MIB);
	const fdt32_t *reg = prop(blob, "/memory@80000000", "reg", 8);

	ck_assert_uint_eq(fdt32_ld(reg), 0x80000000);
	ck_assert_uint_eq(fdt32_ld(reg + 1), 0x10000000);
	free(blob);
	blob = adopted(U_CELLS1 | U_MEMORY, 64 * MIB);
	free(blob);
	blob = adopted(U_NO_CELLS, 64 * MIB);		/* defaults: 2 and 1 */
	prop(blob, "/memory@0", "reg", 12);
	free(blob);
	ck_assert_int_eq(adopt(U_NO_CELLS | U_MEMORY, 64 * MIB, &blob, &err), -EINVAL);
	fx_says(&err, "'memory@0' has no proper 'reg' (8 bytes; 2 address and 1 size cells)");
}
END_TEST

START_TEST(dtb_wrong_memory)
{
	struct err err = { "" };
	void *blob = NULL;

	ck_assert_int_eq(adopt(U_MEMORY | U_MEM_LARGE, 512 * MIB, &blob, &err), -EINVAL);
	fx_says(&err, "memory node: 2048.0 MiB at 0 is not RAM; guest has 512.0 MiB: raise");
	ck_assert_int_eq(adopt(U_MEMORY | U_MEM_BAD, 512 * MIB, &blob, &err), -EINVAL);
	fx_says(&err, "has no proper 'reg' (4 bytes");
	/* A disabled node promises nothing, and then memory is missing. */
	ck_assert_int_eq(adopt(U_MEMORY | U_MEM_LARGE | U_MEM_OFF, 64 * MIB, &blob, &err),
			 -EINVAL);
	fx_says(&err, "FDT_ERR_EXISTS");
}
END_TEST

static void refuse_bytes(const void *p, size_t len, int code, const char *says)
{
	struct fx_file f = fx_file(p, len);
	struct ld_request req = { .dtb = f.path, .nvcpus = 1 };
	struct err err = { "" };
	void *blob = NULL;

	ck_assert_int_eq(build(&req, 64 * MIB, &blob, &err), code);
	fx_says(&err, f.path);
	fx_says(&err, says);
	fx_close(&f);
}

START_TEST(dtb_broken)
{
	struct fx_blob t = user_tree(U_MEMORY | U_CPUS | U_CHOSEN);
	uint8_t *big = calloc(1, 2 * MIB);

	for (size_t len = 0; len < t.len; len += 7)
		refuse_bytes(t.data, len, -EINVAL, "");
	refuse_bytes(t.data, t.len - 1, -EINVAL, "corrupt or cut short (FDT_ERR_TRUNCATED)");
	refuse_bytes("/dts-v1/;\n/ { };\n", 17, -EINVAL, "is device tree source; a blob");
	refuse_bytes(big, 4096, -EINVAL, "is no device tree blob");
	memcpy(big, t.data, t.len);
	refuse_bytes(big, 2 * MIB, -ENOSPC, "2097152 bytes; a device tree of at most 1048576");
	free(big);
	free(t.data);
}
END_TEST

START_TEST(dtb_no_room)		/* a tree that fills the space to the last byte */
{
	struct err err = { "" };
	uint8_t *b = calloc(1, LD_FDT_MAX_BYTES), *pad = calloc(1, LD_FDT_MAX_BYTES);
	void *blob = NULL;
	struct fx_file f;
	struct ld_request req = { .nvcpus = 64 };

	fdt_create_empty_tree(b, (int)LD_FDT_MAX_BYTES);
	ck_assert_int_eq(fdt_setprop(b, 0, "pad", pad, (int)LD_FDT_MAX_BYTES - 256), 0);
	f = fx_file(b, LD_FDT_MAX_BYTES);
	req.dtb = f.path;
	ck_assert_int_eq(build(&req, 64 * MIB, &blob, &err), -ENOSPC);
	fx_says(&err, "added it is larger than 1024 KiB");
	fx_close(&f);
	free(pad);
	free(b);
}
END_TEST

START_TEST(dtb_fuzz)
{
	struct fx_blob t = user_tree(_i ? U_MEMORY | U_CPUS | U_CHOSEN | U_ALIAS : U_ALIAS);
	struct fx_file f = fx_file(NULL, 0);
	struct ld_request req = { .dtb = f.path, .nvcpus = 2, .rng_seed = seed };
	struct memory *mem = fx_memory(64 * MIB);
	uint8_t *copy = malloc(t.len);
	uint64_t x = 0x2545f491 + (uint64_t)_i;
	unsigned int refused = 0;

	for (unsigned int i = 0; i < 4000; i++) {
		struct err err = { "" };
		void *blob;
		size_t len;

		memcpy(copy, t.data, t.len);
		for (unsigned int n = 0; n < 1 + i % 3; n++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			copy[(x >> 8) % ((x & 3) ? t.len : 48)] = (uint8_t)(x >> 40);
		}
		fx_rewrite(&f, copy, t.len);
		if (ld_build_fdt(mem, &req, 0x1000000, 0x1000, &blob, &len, &err)) {
			refused++;
			ck_assert(err.text[0]);
			continue;
		}
		ck_assert_int_eq(fdt_check_full(blob, len), 0);
		free(blob);
	}
	ck_assert_uint_gt(refused, 0);
	ck_assert_uint_lt(refused, 4000);
	free(copy);
	mem_destroy(mem);
	fx_close(&f);
	free(t.data);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("fdt");
	TCase *tc = tcase_create("fdt");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, fdt_generated);
	tcase_add_test(tc, fdt_helpers);
	tcase_add_test(tc, fdt_no_initrd);
	tcase_add_loop_test(tc, fdt_device_fails, 0, ARRAY_SIZE(failing));
	tcase_add_test(tc, dtb_all_missing);
	tcase_add_test(tc, dtb_nothing_missing);
	tcase_add_test(tc, dtb_alias);
	tcase_add_test(tc, dtb_cells);
	tcase_add_test(tc, dtb_wrong_memory);
	tcase_add_test(tc, dtb_broken);
	tcase_add_test(tc, dtb_no_room);
	tcase_add_loop_test(tc, dtb_fuzz, 0, 2);
	suite_add_tcase(s, tc);
	return fx_run(s);
}
