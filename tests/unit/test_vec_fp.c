/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/test_vec_fp.c - LSX floating point: where elements go, and FCSR.  What an
 * element becomes is tested in test_fp*.c.
 */
#include "vec_check.h"

static struct vec_harness h __attribute__((aligned(64)));

#define ONE_S 0x3f8000003f800000
#define TWO_D 0x4000000000000000
#define INF_D 0x7ff0000000000000
#define NAN_D 0x7ff8000000000000
#define SNAN_D 0x7ff0000000000001

static uint32_t cause(unsigned int flags)
{
	return flags << LA_FCSR_CAUSE_SHIFT;
}

START_TEST(test_fp)
{
	vh_init(&h);
	RUN3(&h, vfadd_s, ONE_S, ONE_S, ONE_S, ONE_S, 0x4000000040000000, 0x4000000040000000);
	ck_assert_uint_eq(h.cpu.fcsr, 0);
	/* Exceptions of the elements together: Z of one, V of the other. */
	RUN3(&h, vfdiv_d, TWO_D, 0, 0, 0, INF_D, NAN_D);
	ck_assert_uint_eq(h.cpu.fcsr, cause(FP_Z | FP_V) | (FP_Z | FP_V) << LA_FCSR_FLAGS_SHIFT);
	/* Cause is of the last instruction, Flags add up. */
	RUN3(&h, vfmul_d, TWO_D, TWO_D, TWO_D, TWO_D, 0x4010000000000000, 0x4010000000000000);
	ck_assert_uint_eq(h.cpu.fcsr, (FP_Z | FP_V) << LA_FCSR_FLAGS_SHIFT);
	/* No arithmetic, no Cause. */
	h.cpu.fcsr = cause(FP_I);
	RUN_IMM(&h, vfclass_d, SNAN_D, 0x8000000000000000, 0, 1, 0x20);
	ck_assert_uint_eq(h.cpu.fcsr, cause(FP_I));

	/* Where the halves of vj and vk go. */
	h.cpu.fcsr = 0;
	RUN3(&h, vfcvt_s_d, TWO_D, 0x3ff0000000000000, 0, 0xc000000000000000, 0x400000003f800000,
	     0x00000000c0000000);
	RUN3(&h, vfcvt_h_s, 0x3f80000040000000, 0, 0, 0x3f800000bf800000, 0x3c00400000000000,
	     0x000000003c00bc00);
	RUN3(&h, vffint_s_l, 1, 2, 3, 0xffffffffffffffff, 0x3f80000040000000, 0x40400000bf800000);
	RUN3(&h, vftintrz_w_d, TWO_D, 0xc00c000000000000, 0x3fe0000000000000, INF_D,
	     0x00000002fffffffd, 0x000000007fffffff);
	RUN_IMM(&h, vfcvth_d_s, 0x3f800000c0000000, 9, 0, 0x3ff0000000000000, 0xc000000000000000);
	RUN_IMM(&h, vfcvtl_s_h, 9, 0x3c00bc0000004000, 0, 0x3f800000bf800000, 0x0000000040000000);
	RUN_IMM(&h, vffinth_d_w, 0x00000001fffffffe, 9, 0, 0x3ff0000000000000, 0xc000000000000000);
	RUN_IMM(&h, vftintrph_l_s, 0x3fc00000bfc00000, 9, 0, 2, 0xffffffffffffffff);
	RUN_IMM(&h, vftintrml_l_s, 9, 0x3fc00000bfc00000, 0, 1, 0xfffffffffffffffe);
	h.cpu.fcsr = FP_RP << LA_FCSR_RM_SHIFT;
	RUN_IMM(&h, vfrint_d, 0x3ff8000000000000, 0xbff8000000000000, 0, TWO_D, 0xbff0000000000000);
	RUN_IMM(&h, vfrintrm_d, 0x3ff8000000000000, 0xbff8000000000000, 0, 0x3ff0000000000000,
		0xc000000000000000);
	ck_assert_uint_eq(h.cpu.fcsr & LA_FCSR_RM, FP_RP << LA_FCSR_RM_SHIFT);
}
END_TEST

/* 2 * 3 with 1: the four signs. */
START_TEST(test_muladd)
{
	static const struct {
		unsigned int op;
		uint64_t want;
	} rows[] = {
		{ LA_OP_vfmadd_d, 0x401c000000000000 },
		{ LA_OP_vfmsub_d, 0x4014000000000000 },
		{ LA_OP_vfnmadd_d, 0xc01c000000000000 },
		{ LA_OP_vfnmsub_d, 0xc014000000000000 },
	};

	vh_init(&h);
	set_d(&h, 1, TWO_D, TWO_D);
	set_d(&h, 2, 0x4008000000000000, 0x4008000000000000);
	set_d(&h, 3, 0x3ff0000000000000, 0x3ff0000000000000);
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		vh_exec(&h, (struct la_uop){ .op = (uint16_t)rows[i].op, .b = 1, .c = 2, .d = 3 });
		check_d(&h, la_insn_info[rows[i].op].name, 0, rows[i].want, rows[i].want);
	}
}
END_TEST

START_TEST(test_fp_trap)
{
	vh_init(&h);
	h.cpu.fcsr = FP_Z | FP_O << LA_FCSR_FLAGS_SHIFT | cause(FP_U);
	set_d(&h, 0, 3, 4);
	set_d(&h, 1, TWO_D, 0);
	set_d(&h, 2, 0, 0);
	ck_assert_int_eq(vh_exec(&h, uop3(LA_OP_vfdiv_d, 0, 1, 2)), LA_EXC_VFPE);
	check_d(&h, "trapping vfdiv.d", 0, 3, 4);
	ck_assert_uint_eq(h.cpu.fcsr, FP_Z | FP_O << LA_FCSR_FLAGS_SHIFT | cause(FP_Z | FP_V));
}
END_TEST

static void check_fcmp(unsigned int cond, uint64_t hi, uint64_t lo, unsigned int flags)
{
	vh_init(&h);
	set_d(&h, 1, NAN_D, TWO_D);	/* NaN and 2 against 2 and inf */
	set_d(&h, 2, TWO_D, INF_D);
	vh_exec(&h, (struct la_uop){ .op = LA_OP_vfcmp_cond_d, .b = 1, .c = 2,
				     .d = (uint8_t)cond });
	check_d(&h, "vfcmp", 0, hi, lo);
	ck_assert_uint_eq(h.cpu.fcsr, cause(flags) | flags << LA_FCSR_FLAGS_SHIFT);
}

START_TEST(test_fcmp)
{
	check_fcmp(0x00, 0, 0, 0);			/* caf */
	check_fcmp(0x02, 0, UINT64_MAX, 0);		/* clt */
	check_fcmp(0x03, 0, UINT64_MAX, FP_V);		/* slt */
	check_fcmp(0x04, 0, 0, 0);			/* ceq */
	check_fcmp(0x08, UINT64_MAX, 0, 0);		/* cun */
	check_fcmp(0x0a, UINT64_MAX, UINT64_MAX, 0);	/* cult */
	check_fcmp(0x14, 0, UINT64_MAX, 0);		/* cor */
	check_fcmp(0x19, UINT64_MAX, UINT64_MAX, FP_V);	/* sune */
}
END_TEST

int main(void)
{
	Suite *s = suite_create("vec_fp");
	TCase *tc = tcase_create("vec_fp");

	tcase_add_test(tc, test_fp);
	tcase_add_test(tc, test_muladd);
	tcase_add_test(tc, test_fp_trap);
	tcase_add_test(tc, test_fcmp);
	suite_add_tcase(s, tc);
	return vec_main("test_vec_fp", s);
}
