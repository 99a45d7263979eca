/* SPDX-License-Identifier: Apache-2.0 */
/* test_isa_dis.c - la_disasm(); tests/isa/objdump-check compares far more of it. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "soft/dis.h"
#include "soft/isa_enc.h"
#include "util/bits.h"

#define PC UINT64_C(0x9000000000200000)

static const struct {
	uint32_t word;
	const char *text;
} samples[] = {
	{ 0x001098a4, "add.d       \t$a0, $a1, $a2" },
	{ 0x00150000, "or          \t$zero, $zero, $zero" },
	{ 0x02bffeb6, "addi.w      \t$fp, $r21, -1" },
	{ 0x0340fc00, "andi        \t$zero, $zero, 0x3f" },
	{ 0x0005b4a4, "alsl.w      \t$a0, $a1, $t1, 0x4" },
	{ 0x00b41ca4, "bstrins.d   \t$a0, $a1, 0x34, 0x7" },
	{ 0x06483800, "ertn" },
	{ 0x06482001, "gtlbclr" },
	{ 0x58000000, "beq         \t$zero, $zero, 0\t# 0x9000000000200000" },
	{ 0x53ffffff, "b           \t-4\t# 0x90000000001ffffc" },
	{ 0x4c000020, "jirl        \t$zero, $ra, 0" },
	{ 0x04000020, "csrwr       \t$zero, 0x0" },
	{ 0x0c228c41, "fcmp.seq.d  \t$fcc1, $fa2, $fa3" },
	{ 0x0114c0a2, "movgr2fcsr  \t$fcsr2, $a1" },
	{ 0x01137fdf, "fcopysign.d \t$fs7, $fs6, $fs7" },
	{ 0x3113ffff, "vstelm.d    \t$vr31, $s8, -8, 0x0" },
	{ 0x0ca0042b, "xvfcmp.caf.d\t$xr11, $xr1, $xr1" },
	{ 0x00000000, ".word\t\t0x00000000" },
	{ 0xffffffff, ".word\t\t0xffffffff" },
};

START_TEST(text_of_samples)
{
	char buf[80];
	size_t len = la_disasm(buf, sizeof(buf), samples[_i].word, PC);

	ck_assert_str_eq(buf, samples[_i].text);
	ck_assert_uint_eq(len, strlen(samples[_i].text));
}
END_TEST

START_TEST(short_buffers_are_respected)
{
	const char *full = "add.d       \t$a0, $a1, $a2";
	char buf[32];

	for (size_t size = 0; size <= sizeof(buf); size++) {
		memset(buf, 'x', sizeof(buf));
		ck_assert_uint_eq(la_disasm(buf, size, 0x001098a4, PC), strlen(full));
		for (size_t i = size; i < sizeof(buf); i++)
			ck_assert_int_eq(buf[i], 'x');
		if (size) {
			size_t want = size - 1 < strlen(full) ? size - 1 : strlen(full);

			ck_assert_uint_eq(strlen(buf), want);
			ck_assert_int_eq(strncmp(buf, full, want), 0);
		}
	}
	ck_assert_uint_eq(la_disasm(NULL, 0, 0x001098a4, PC), strlen(full));
}
END_TEST

/* No word may print more than a caller's usual buffer, or crash. */
START_TEST(any_word_is_short)
{
	uint32_t word = 1;
	char buf[96];

	for (unsigned int i = 0; i < 200000; i++) {
		word = word * 1664525 + 1013904223;
		ck_assert_uint_lt(la_disasm(buf, sizeof(buf), word ^ word >> 11, PC),
				  sizeof(buf));
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("isa_dis");
	TCase *tc = tcase_create("dis");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, text_of_samples, 0, (int)ARRAY_SIZE(samples));
	tcase_add_test(tc, short_buffers_are_respected);
	tcase_add_test(tc, any_word_is_short);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
