/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_memory.c - guest RAM: its two parts, the hole, and every way to miss it. */
#include "core/memory.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/bits.h"

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

static struct memory *make(uint64_t bytes)
{
	struct memory *mem;
	struct err err;

	ck_assert_msg(mem_create(&mem, bytes, &err) == 0, "%s", err.text);
	return mem;
}

START_TEST(bad_sizes)
{
	static const uint64_t sizes[] = { 0, 1, 4096, 64 * KIB - 1, 64 * KIB + 4096, UINT64_MAX };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct memory *mem;
		struct err err = { 0 };

		ck_assert_int_eq(mem_create(&mem, sizes[i], &err), -EINVAL);
		ck_assert_ptr_nonnull(strstr(err.text, "multiple of 64K"));
	}
}
END_TEST

/* More than any address space holds: an error of the host, and no crash. */
START_TEST(too_much)
{
	struct memory *mem;
	struct err err = { 0 };

	ck_assert_int_lt(mem_create(&mem, UINT64_C(1) << 62, &err), 0);
	ck_assert_ptr_nonnull(strstr(err.text, "guest RAM"));
}
END_TEST

static const struct layout {
	uint64_t bytes;
	unsigned int nslots;
	uint64_t low, high;
} layouts[] = {
	{ 64 * KIB, 1, 64 * KIB, 0 },
	{ 256 * MIB, 1, 256 * MIB, 0 },
	{ 256 * MIB + 64 * KIB, 2, 256 * MIB, 64 * KIB },
	{ 1 * GIB, 2, 256 * MIB, 768 * MIB },
	{ 64 * GIB, 2, 256 * MIB, 64 * GIB - 256 * MIB },
};

START_TEST(layout)
{
	const struct layout *l = &layouts[_i];
	struct memory *mem = make(l->bytes);

	ck_assert_uint_eq(mem->nslots, l->nslots);
	ck_assert_uint_eq(mem_size(mem), l->bytes);
	ck_assert_uint_eq(mem->slots[0].gpa, 0);
	ck_assert_uint_eq(mem->slots[0].len_bytes, l->low);
	ck_assert_ptr_eq(mem_at(mem, 0, l->low), mem->base);
	ck_assert_ptr_null(mem_at(mem, 0, l->low + 1));
	if (l->high) {
		ck_assert_uint_eq(mem->slots[1].gpa, MEM_HIGH_GPA);
		ck_assert_ptr_eq(mem_at(mem, MEM_HIGH_GPA, l->high), mem->base + MEM_HIGH_GPA);
		ck_assert_ptr_null(mem_at(mem, MEM_HIGH_GPA, l->high + 1));
		ck_assert_ptr_null(mem_at(mem, MEM_HIGH_GPA - 1, 2));
	} else {
		ck_assert_ptr_null(mem_at(mem, MEM_HIGH_GPA, 1));
	}
	mem_destroy(mem);
}
END_TEST

static const struct { uint64_t gpa, len; } misses[] = {
	{ 256 * MIB, 1 },			/* the first byte of the hole */
	{ 256 * MIB, 0 },			/* nothing, but at the end */
	{ 256 * MIB - 1, 2 },			/* half in it */
	{ 0, GIB },				/* across the hole */
	{ MEM_HIGH_GPA - 4, 8 },
	{ MEM_HIGH_GPA + 256 * MIB, 1 },	/* behind everything */
	{ MEM_HIGH_GPA + 256 * MIB, 0 },
	{ UINT64_MAX, 1 },
	{ UINT64_MAX, UINT64_MAX },
	{ 0, UINT64_MAX },
	{ 8, UINT64_MAX - 4 },			/* the end wraps to 3 */
	{ MEM_HIGH_GPA, UINT64_MAX - MEM_HIGH_GPA + 1 },
	{ UINT64_C(1) << 63, UINT64_C(1) << 63 },
};

START_TEST(outside)
{
	struct memory *mem = make(512 * MIB);
	char byte = 1;

	ck_assert_ptr_null(mem_at(mem, misses[_i].gpa, misses[_i].len));
	ck_assert_int_eq(mem_read(mem, misses[_i].gpa, &byte, misses[_i].len), -EFAULT);
	ck_assert_int_eq(mem_write(mem, misses[_i].gpa, &byte, misses[_i].len), -EFAULT);
	mem_destroy(mem);
}
END_TEST

/* What is no RAM must not be reachable by accident either: the kernel says EFAULT. */
START_TEST(hole_is_closed)
{
	static const uint64_t holes[] = { 256 * MIB, GIB, MEM_HIGH_GPA - 4096 };
	struct memory *mem = make(512 * MIB);
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(write(fds[1], mem->base, 1), 1);
	for (size_t i = 0; i < ARRAY_SIZE(holes); i++) {
		ck_assert_int_eq(write(fds[1], mem->base + holes[i], 1), -1);
		ck_assert_int_eq(errno, EFAULT);
	}
	close(fds[0]);
	close(fds[1]);
	mem_destroy(mem);
}
END_TEST

static uint64_t told_gpa, told_len;
static unsigned int told;

static void on_write(void *ctx, gpa_t gpa, uint64_t len)
{
	ck_assert_ptr_eq(ctx, &told);
	told_gpa = gpa;
	told_len = len;
	told++;
}

START_TEST(copies)
{
	struct memory *mem = make(512 * MIB);
	uint8_t in[64], out[64];

	for (unsigned int i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i * 7 + 1);
	mem->on_write = on_write;
	mem->on_write_ctx = &told;
	ck_assert_int_eq(mem_write(mem, 256 * MIB - sizeof(in), in, sizeof(in)), 0);
	ck_assert_uint_eq(told, 1);
	ck_assert_uint_eq(told_gpa, 256 * MIB - sizeof(in));
	ck_assert_uint_eq(told_len, sizeof(in));
	ck_assert_int_eq(mem_read(mem, 256 * MIB - sizeof(in), out, sizeof(out)), 0);
	ck_assert_mem_eq(in, out, sizeof(in));
	ck_assert_uint_eq(told, 1);

	/* A write that fails is none, and one of nothing tells nobody. */
	ck_assert_int_eq(mem_write(mem, 256 * MIB - 32, in, sizeof(in)), -EFAULT);
	ck_assert_int_eq(mem_write(mem, 0, in, 0), 0);
	ck_assert_uint_eq(told, 1);
	ck_assert_int_eq(mem_read(mem, 256 * MIB - 32, out, 32), 0);
	ck_assert_mem_eq(in + 32, out, 32);
	mem_destroy(mem);
}
END_TEST

static uint64_t resident_bytes(const struct memory *mem)
{
	struct stat st;

	ck_assert_int_eq(fstat(mem->fd, &st), 0);
	return (uint64_t)st.st_blocks * 512;
}

START_TEST(clear)
{
	static const uint64_t places[] = { 0, 4097, 256 * MIB - 1, MEM_HIGH_GPA,
					   MEM_HIGH_GPA + 256 * MIB - 1 };
	struct memory *mem = make(512 * MIB);
	uint8_t byte;

	/* Nothing is there before it is touched. */
	ck_assert_uint_eq(resident_bytes(mem), 0);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		byte = 0xa5;
		ck_assert_int_eq(mem_write(mem, places[i], &byte, 1), 0);
	}
	ck_assert_uint_ne(resident_bytes(mem), 0);
	told = 0;
	mem->on_write = on_write;
	mem->on_write_ctx = &told;
	ck_assert_int_eq(mem_clear(mem, NULL), 0);
	ck_assert_uint_eq(told, 2);		/* once for each part */
	ck_assert_uint_eq(told_gpa, MEM_HIGH_GPA);
	ck_assert_uint_eq(told_len, 256 * MIB);
	ck_assert_uint_eq(resident_bytes(mem), 0);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		byte = 1;
		ck_assert_int_eq(mem_read(mem, places[i], &byte, 1), 0);
		ck_assert_uint_eq(byte, 0);
	}
	mem_destroy(mem);
}
END_TEST

START_TEST(destroy_nothing)
{
	mem_destroy(NULL);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("memory");
	TCase *tc = tcase_create("memory");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, bad_sizes);
	tcase_add_test(tc, too_much);
	tcase_add_loop_test(tc, layout, 0, ARRAY_SIZE(layouts));
	tcase_add_loop_test(tc, outside, 0, ARRAY_SIZE(misses));
	tcase_add_test(tc, hole_is_closed);
	tcase_add_test(tc, copies);
	tcase_add_test(tc, clear);
	tcase_add_test(tc, destroy_nothing);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
