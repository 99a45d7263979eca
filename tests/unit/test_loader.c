/* SPDX-License-Identifier: Apache-2.0 */
/* test_loader.c - files and spans, requests, raw images, initrd and overlap rules. */
#include "ld_fixture.h"

#include <fcntl.h>
#include <libfdt.h>
#include <pthread.h>

#include "loader/loader_priv.h"

/* --- spans and files --- */

START_TEST(span_bounds)
{
	static const uint8_t bytes[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	const struct span s = { bytes, sizeof(bytes) }, empty = { NULL, 0 };
	uint16_t v16 = 0;
	uint32_t v32 = 0;
	uint64_t v64 = 0;
	uint8_t out[4];

	ck_assert_ptr_eq(span_at(&s, 0, 8), bytes);
	ck_assert_ptr_eq(span_at(&s, 8, 0), bytes + 8);
	ck_assert_ptr_null(span_at(&s, 8, 1));
	ck_assert_ptr_null(span_at(&s, 9, 0));
	ck_assert_ptr_null(span_at(&s, 1, UINT64_MAX));
	ck_assert_ptr_null(span_at(&s, UINT64_MAX, 1));
	ck_assert_ptr_null(span_at(&s, UINT64_MAX, UINT64_MAX));
	ck_assert_ptr_null(span_at(&empty, 0, 0));
	ck_assert_int_eq(span_read_elem(&s, 0, 1, out, 4), 0);
	ck_assert_mem_eq(out, bytes + 4, 4);
	ck_assert_int_eq(span_read_elem(&s, 1, 1, out, 4), -ERANGE);
	ck_assert_int_eq(span_read_elem(&s, 0, UINT64_MAX / 2, out, 4), -ERANGE);
	ck_assert_int_eq(span_read_elem(&s, UINT64_MAX - 3, 1, out, 4), -ERANGE);
	ck_assert_int_eq(span_le16(&s, 6, &v16), 0);
	ck_assert_int_eq(span_le32(&s, 1, &v32), 0);
	ck_assert_int_eq(span_le64(&s, 0, &v64), 0);
	ck_assert_uint_eq(v16, 0x0807);
	ck_assert_uint_eq(v32, 0x05040302);
	ck_assert_uint_eq(v64, UINT64_C(0x0807060504030201));
	ck_assert_int_eq(span_le64(&s, 1, &v64), -ERANGE);
	ck_assert_int_eq(span_le16(&s, 7, &v16), -ERANGE);
}
END_TEST

START_TEST(file_kinds)
{
	struct fx_file f = fx_file("hello", 5), none = fx_file(NULL, 0);
	struct err err = { "" };
	struct span s;

	ck_assert_int_eq(file_map(f.path, &s, &err), 0);
	ck_assert_uint_eq(s.len, 5);
	ck_assert_mem_eq(s.data, "hello", 5);
	file_unmap(&s);
	ck_assert_ptr_null(s.data);
	file_unmap(&s);
	ck_assert_int_eq(file_map(none.path, &s, &err), 0);
	ck_assert_uint_eq(s.len, 0);
	ck_assert_int_eq(file_map("/dev/null", &s, &err), 0);
	ck_assert_uint_eq(s.len, 0);
	file_unmap(&s);
	ck_assert_int_eq(file_map("/nonexistent/x", &s, &err), -ENOENT);
	ck_assert_str_eq(err.text, "/nonexistent/x: cannot open: No such file or directory");
	ck_assert_int_eq(file_map("/", &s, &err), -EISDIR);
	ck_assert_str_eq(err.text, "/: is a directory; a file is wanted");
	ck_assert_uint_eq(s.len, 0);
	fx_close(&f);
	fx_close(&none);
}
END_TEST

struct feed {
	int fd;
	size_t len;
};

static void *feed_pipe(void *arg)
{
	const struct feed *feed = arg;
	uint8_t chunk[1000];

	for (size_t done = 0; done < feed->len;) {
		size_t n = feed->len - done < sizeof(chunk) ? feed->len - done : sizeof(chunk);

		for (size_t i = 0; i < n; i++)
			chunk[i] = fx_byte(done + i);
		if (write(feed->fd, chunk, n) != (ssize_t)n)
			break;
		done += n;
	}
	close(feed->fd);
	return NULL;
}

static const size_t pipe_lens[] = { 0, 1, 4096, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 5000000 };

START_TEST(file_pipe)
{
	struct err err = { "" };
	struct feed feed;
	size_t wrong = 0;
	struct span s;
	pthread_t thread;
	char path[64];
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	feed = (struct feed){ fds[1], pipe_lens[_i] };
	ck_assert_int_eq(pthread_create(&thread, NULL, feed_pipe, &feed), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
	ck_assert_msg(!file_map(path, &s, &err), "%s", err.text);
	ck_assert_uint_eq(s.len, pipe_lens[_i]);
	for (size_t i = 0; i < s.len; i++)
		wrong += s.data[i] != fx_byte(i);
	ck_assert_uint_eq(wrong, 0);
	file_unmap(&s);
	pthread_join(thread, NULL);
	close(fds[0]);
}
END_TEST

/* --- requests --- */

START_TEST(request_errors)
{
	struct fx_blob b = fx_image();
	struct fx_file f = fx_file(b.data, b.len), none = fx_file(NULL, 0);
	struct ld_request req = { .nvcpus = 1 };
	char cmdline[LD_CMDLINE_MAX_BYTES + 2];
	struct err err;

	ck_assert_int_eq(ld_check(&req, 64 * MIB, &err), -EINVAL);
	fx_says(&err, "no kernel given");
	req.kernel = f.path;
	req.nvcpus = 0;
	ck_assert_int_eq(ld_check(&req, 64 * MIB, &err), -EINVAL);
	fx_says(&err, "0 vCPUs");
	req.nvcpus = 1;
	memset(cmdline, 'a', sizeof(cmdline) - 1);
	cmdline[sizeof(cmdline) - 1] = '\0';
	req.cmdline = cmdline;
	ck_assert_int_eq(ld_check(&req, 64 * MIB, &err), -EINVAL);
	fx_says(&err, "kernel command line: 4096 bytes; at most 4095 are wanted");
	cmdline[LD_CMDLINE_MAX_BYTES] = '\0';
	ck_assert_int_eq(ld_check(&req, 64 * MIB, &err), 0);
	req.initrd = none.path;
	ck_assert_int_eq(ld_check(&req, 64 * MIB, &err), -EINVAL);
	fx_says(&err, "is empty; an initrd is wanted");
	req.initrd = "/nonexistent/initrd";
	ck_assert_int_eq(ld_check(&req, 64 * MIB, &err), -ENOENT);
	req.initrd = NULL;
	req.dtb = "/nonexistent/dtb";
	ck_assert_int_eq(ld_check(&req, 64 * MIB, &err), -ENOENT);
	req.kernel = "/nonexistent/kernel";
	ck_assert_int_eq(ld_check(&req, 64 * MIB, &err), -ENOENT);
	fx_says(&err, "/nonexistent/kernel: cannot open");
	ck_assert_int_eq(ld_check(&req, 1, &err), -EINVAL);
	fx_says(&err, "guest RAM");
	fx_close(&f);
	fx_close(&none);
	free(b.data);
}
END_TEST

START_TEST(request_long_cmdline)
{
	struct memory *mem = fx_memory(64 * MIB);
	struct fx_blob b = fx_image();
	char cmdline[LD_CMDLINE_MAX_BYTES + 1];
	struct ld_request req = { .cmdline = cmdline };
	struct ld_result res;

	memset(cmdline, 'b', LD_CMDLINE_MAX_BYTES);
	cmdline[LD_CMDLINE_MAX_BYTES] = '\0';
	res = fx_loaded(mem, &b, &req);
	ck_assert_str_eq(mem_at(mem, res.a1, LD_CMDLINE_MAX_BYTES + 1), cmdline);
	ck_assert_mem_eq(mem_at(mem, res.a2, 8), "IBI SYST", 8);
	req.cmdline = NULL;
	res = fx_loaded(mem, &b, &req);
	ck_assert_str_eq(mem_at(mem, res.a1, 1), "");
	free(b.data);
	mem_destroy(mem);
}
END_TEST

START_TEST(kernel_from_pipe)
{
	struct memory *mem = fx_memory(64 * MIB);
	struct fx_blob b = fx_image();
	struct ld_request req = { .nvcpus = 1 };
	struct ld_result res;
	struct err err = { "" };
	char path[64];
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(write(fds[1], b.data, b.len), (ssize_t)b.len);
	close(fds[1]);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
	req.kernel = path;
	ck_assert_msg(!ld_load(mem, &req, &res, &err), "%s", err.text);
	ck_assert_mem_eq(mem_at(mem, 0x200000, b.len), b.data, b.len);
	close(fds[0]);
	free(b.data);
	mem_destroy(mem);
}
END_TEST

/* --- raw images --- */

START_TEST(raw_image)
{
	struct ld_request req = { .is_raw = true, .has_load = true,
				  .load_gpa = UINT64_C(0x9000000000300010) };
	struct memory *mem = fx_memory(64 * MIB);
	struct fx_blob b = fx_elf();		/* raw means that nothing is looked at */
	struct ld_result res = fx_loaded(mem, &b, &req);

	ck_assert_str_eq(res.format, "raw");
	ck_assert_uint_eq(res.entry, 0x300010);
	ck_assert_uint_eq(res.kernel_gpa, 0x300010);
	ck_assert_uint_eq(res.kernel_len, b.len);
	ck_assert_mem_eq(mem_at(mem, 0x300010, b.len), b.data, b.len);
	req.has_entry = true;
	req.entry_gpa = UINT64_C(0x9000000000300400);
	ck_assert_uint_eq(fx_loaded(mem, &b, &req).entry, 0x300400);
	req.has_entry = false;
	req.load_gpa = 64 * MIB - 0x1000;
	fx_refused(&b, &req, -ENOSPC, "needs 12 KiB at 0x3fff000; guest has 64.0 MiB: raise");
	req.load_gpa = LD_FDT_GPA - 0x2000;
	fx_refused(&b, &req, -EINVAL, "overlaps the device tree at 0x100000..");
	req.has_load = false;
	fx_refused(&b, &req, -EINVAL, "is to be loaded raw; a load address is wanted");
	free(b.data);
	mem_destroy(mem);
}
END_TEST

/* --- too little RAM --- */

static const struct { uint64_t load, ram_bytes; const char *says; } small[] = {
	{ 0, 0x10000, "guest RAM: ends before the device tree at 0x100000; raise [vm] memory" },
	{ 0, 0x100000, "guest RAM: ends before the device tree at 0x100000" },
	{ LD_KERNEL_GPA, 0x200000, "needs 12 KiB at 0x200000; guest has 2.0 MiB: raise" },
};

START_TEST(ram_small)
{
	struct fx_blob b = fx_elf();
	struct fx_file f = fx_file(b.data, b.len);
	struct ld_request req = { .kernel = f.path, .nvcpus = 1, .is_raw = true,
				  .has_load = true, .load_gpa = small[_i].load };
	struct err err = { "" };

	ck_assert_int_eq(ld_check(&req, small[_i].ram_bytes, &err), -ENOSPC);
	fx_says(&err, small[_i].says);
	fx_close(&f);
	free(b.data);
}
END_TEST

/* --- initrd --- */

static const struct {
	uint64_t ram, kernel_gpa, kernel_len, initrd, want;	/* want 0: refused */
} places[] = {
	/* end of low RAM, 64 KiB aligned */
	{ 64 * MIB, 2 * MIB, 4 * MIB, 1, 64 * MIB - 0x10000 },
	{ 64 * MIB, 2 * MIB, 4 * MIB, 0x10001, 64 * MIB - 0x20000 },
	{ 1024 * MIB, 2 * MIB, 26 * MIB, 3 * MIB, 253 * MIB },
	/* where KASLR may put the kernel: high RAM instead, if there is any */
	{ 1024 * MIB, 2 * MIB, 26 * MIB, 200 * MIB, MEM_HIGH_GPA },
	{ 256 * MIB, 2 * MIB, 26 * MIB, 200 * MIB, 56 * MIB },
	{ 300 * MIB, 2 * MIB, 26 * MIB, 200 * MIB, 56 * MIB },
	/* to the last byte */
	{ 64 * MIB, 2 * MIB, 26 * MIB, 36 * MIB, 28 * MIB },
	{ 64 * MIB, 2 * MIB, 26 * MIB, 36 * MIB + 1, 0 },
	{ 64 * MIB, 2 * MIB, 26 * MIB, UINT64_MAX, 0 },
	{ 512 * MIB, 2 * MIB, 26 * MIB, 256 * MIB, MEM_HIGH_GPA },
	{ 512 * MIB, 2 * MIB, 26 * MIB, 256 * MIB + 1, 0 },
	/* never below 2 MiB, wherever the kernel is */
	{ 2 * MIB, 0, 0x8000, 1, 0 },
	{ 512 * MIB, MEM_HIGH_GPA, 26 * MIB, 254 * MIB, 2 * MIB },
	{ 512 * MIB, MEM_HIGH_GPA, 0x8001, 255 * MIB, MEM_HIGH_GPA + 0x10000 },
	{ 512 * MIB, MEM_HIGH_GPA, 0x10001, 255 * MIB, MEM_HIGH_GPA + 0x20000 },
	{ 512 * MIB, MEM_HIGH_GPA, 2 * MIB, 255 * MIB, 0 },
	{ 1024 * MIB, MEM_HIGH_GPA, 0x8001, 255 * MIB, MEM_HIGH_GPA + 16 * MIB + 0x20000 },
};

START_TEST(initrd_places)
{
	struct memory *mem = fx_memory(places[_i].ram);
	struct ld_image img = { .nsegs = 1,
		.segs = { { places[_i].kernel_gpa, places[_i].kernel_len } } };
	struct err err = { "" };
	gpa_t gpa = 0;
	int ret = ld_place_initrd(mem, &img, "initrd", places[_i].initrd, &gpa, &err);

	if (!places[_i].want) {
		ck_assert_int_eq(ret, -ENOSPC);
		fx_says(&err, "initrd: needs ");
		fx_says(&err, "raise [vm] memory");
	} else {
		ck_assert_int_eq(ret, 0);
		ck_assert_uint_eq(gpa, places[_i].want);
		ck_assert_ptr_nonnull(mem_at(mem, gpa, places[_i].initrd));
	}
	mem_destroy(mem);
}
END_TEST

START_TEST(initrd_loads)
{
	struct memory *mem = fx_memory(64 * MIB);
	struct fx_file rd = fx_file("0123456789", 10);
	struct ld_request req = { .initrd = rd.path };
	struct fx_blob b = fx_image();
	struct ld_result res = fx_loaded(mem, &b, &req);
	const void *fdt = mem_at(mem, res.fdt_gpa, res.fdt_len);
	int chosen = fdt_path_offset(fdt, "/chosen");

	ck_assert_uint_eq(res.initrd_len, 10);
	ck_assert_uint_eq(res.initrd_gpa, 64 * MIB - 0x10000);
	ck_assert_mem_eq(mem_at(mem, res.initrd_gpa, 10), "0123456789", 10);
	ck_assert_int_eq(fdt_check_full(fdt, res.fdt_len), 0);
	ck_assert_uint_eq(fdt64_ld(fdt_getprop(fdt, chosen, "linux,initrd-end", NULL)),
			  res.initrd_gpa + 10);
	free(b.data);
	fx_close(&rd);
	mem_destroy(mem);
}
END_TEST

/* --- every write is announced --- */

struct written {
	struct { gpa_t gpa; uint64_t len; } range[32];
	unsigned int n;
};

static void note_write(void *ctx, gpa_t gpa, uint64_t len)
{
	struct written *w = ctx;

	ck_assert_uint_lt(w->n, ARRAY_SIZE(w->range));
	w->range[w->n].gpa = gpa;
	w->range[w->n++].len = len;
}

static bool was_written(const struct written *w, gpa_t gpa)
{
	for (unsigned int i = 0; i < w->n; i++)
		if (gpa >= w->range[i].gpa && gpa - w->range[i].gpa < w->range[i].len)
			return true;
	return false;
}

START_TEST(writes_announced)
{
	struct memory *mem = fx_memory(4 * MIB);
	struct fx_file rd = fx_file("0123456789", 10);
	struct ld_request req = { .initrd = rd.path, .cmdline = "x" };
	struct fx_blob inner = fx_image(), b = fx_zboot(&inner, "zstd");
	struct written w = { .n = 0 };
	const uint8_t *low = mem_at(mem, 0, 0);

	mem->on_write = note_write;
	mem->on_write_ctx = &w;
	fx_loaded(mem, &b, &req);
	for (uint64_t gpa = 0; gpa < 4 * MIB; gpa++)
		if (low[gpa])
			ck_assert_msg(was_written(&w, gpa), "%#" PRIx64, gpa);
	free(b.data);
	free(inner.data);
	fx_close(&rd);
	mem_destroy(mem);
}
END_TEST

/* --- the user's tree, through the whole loader --- */

START_TEST(user_dtb)
{
	struct memory *mem = fx_memory(64 * MIB);
	uint8_t tree[4096];
	struct fx_file dtb, kernel;
	struct err err = { "" };
	struct ld_request req = { .cmdline = "" };
	struct fx_blob b = fx_image();
	struct ld_result res;
	const void *fdt;

	ck_assert_int_eq(fdt_create_empty_tree(tree, sizeof(tree)), 0);
	fdt_setprop_string(tree, 0, "model", "mine");
	fdt_setprop_u32(tree, 0, "#address-cells", 2);
	fdt_setprop_u32(tree, 0, "#size-cells", 2);
	dtb = fx_file(tree, sizeof(tree));
	req.dtb = dtb.path;
	res = fx_loaded(mem, &b, &req);
	fdt = mem_at(mem, LD_FDT_GPA, res.fdt_len);
	ck_assert_str_eq(fdt_getprop(fdt, 0, "model", NULL), "mine");
	ck_assert_int_ge(fdt_path_offset(fdt, "/cpus/cpu@0"), 0);
	ck_assert_int_ge(fdt_path_offset(fdt, "/memory@0"), 0);
	memset(tree, 0xff, 4);
	fx_rewrite(&dtb, tree, sizeof(tree));
	kernel = fx_file(b.data, b.len);
	req.kernel = kernel.path;
	req.nvcpus = 1;
	ck_assert_int_eq(ld_load(mem, &req, &res, &err), -EINVAL);
	fx_says(&err, "is no device tree blob");
	fx_says(&err, dtb.path);
	free(b.data);
	fx_close(&kernel);
	fx_close(&dtb);
	mem_destroy(mem);
}
END_TEST

START_TEST(raw_fuzz)		/* formats that begin alike, and nothing else */
{
	struct fx_blob b = { calloc(1, 0x1000), 0x1000 };
	static const char *const starts[] = { "MZ\0\0zimg", "MZ", ELFMAG, "" };
	struct fx_file f = fx_file(NULL, 0);
	struct ld_request req = { .kernel = f.path, .nvcpus = 1 };
	struct memory *mem = fx_memory(16 * MIB);
	struct ld_result res;
	uint64_t x = 0x9e3779b97f4a7c15;

	for (unsigned int i = 0; i < 3000; i++) {
		struct err err = { "" };

		for (size_t at = 0; at < b.len; at += 8) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			put_le64(b.data + at, x & (x >> 9));
		}
		memcpy(b.data, starts[i % 4], i % 4 ? strlen(starts[i % 4]) : 8);
		if (i & 8)
			put_le16(b.data + 18, 258);
		fx_rewrite(&f, b.data, b.len);
		ck_assert_int_lt(ld_load(mem, &req, &res, &err), 0);
		ck_assert(err.text[0]);
	}
	mem_destroy(mem);
	fx_close(&f);
	free(b.data);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("loader");
	TCase *tc = tcase_create("loader");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, span_bounds);
	tcase_add_test(tc, file_kinds);
	tcase_add_loop_test(tc, file_pipe, 0, ARRAY_SIZE(pipe_lens));
	tcase_add_test(tc, request_errors);
	tcase_add_test(tc, request_long_cmdline);
	tcase_add_test(tc, kernel_from_pipe);
	tcase_add_test(tc, raw_image);
	tcase_add_loop_test(tc, ram_small, 0, ARRAY_SIZE(small));
	tcase_add_loop_test(tc, initrd_places, 0, ARRAY_SIZE(places));
	tcase_add_test(tc, initrd_loads);
	tcase_add_test(tc, writes_announced);
	tcase_add_test(tc, user_dtb);
	tcase_add_test(tc, raw_fuzz);
	suite_add_tcase(s, tc);
	return fx_run(s);
}
