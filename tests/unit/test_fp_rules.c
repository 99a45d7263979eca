/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of what LoongArch leaves to no other FP unit: priority of NaN operands, negated
 * multiply-add, minimum and maximum, conversions out of range, scaleb, logb, class,
 * conditions, and underflow with its trap enabled.  Values are bit patterns.
 */
#include <check.h>
#include <inttypes.h>
#include <stdlib.h>

#include "soft/fp.h"
#include "util/bits.h"

#define S1 0x3f800000u			/* 1.0 */
#define S_NEG 0x80000000u
#define S_INF 0x7f800000u
#define S_QNAN 0x7fc00000u		/* the default NaN */
#define D1 0x3ff0000000000000u
#define D2 0x4000000000000000u
#define D3 0x4008000000000000u
#define D_NEG 0x8000000000000000u
#define D_INF 0x7ff0000000000000u
#define D_QNAN 0x7ff8000000000000u
#define D_MAX 0x7fefffffffffffffu
#define D_MIN_NORMAL 0x0010000000000000u

/* NaNs that can be told apart; the signalling ones become *_QUIET. */
#define Q_J 0x7ff800000000000au
#define Q_K 0xfff800000000000bu
#define Q_A 0x7ff800000000000cu
#define SN_J 0xfff000000000001au
#define SN_K 0x7ff000000000001bu
#define SN_A 0xfff000000000001cu
#define QUIET(v) ((v) | 0x0008000000000000u)

enum { NA = FP_MULADD_NEG_A, NR = FP_MULADD_NEG_RESULT };

static const struct muladd_row {
	uint64_t j, k, a;
	unsigned int how;
	enum fp_rm rm;
	uint64_t want;
	uint32_t flags;
} muladd_rows[] = {
	/* a signalling NaN first, then a quiet one; fa, fj, fk */
	{ Q_J, Q_K, Q_A, 0, FP_RNE, Q_A, 0 },
	{ Q_J, Q_K, D1, 0, FP_RNE, Q_J, 0 },
	{ D1, Q_K, D1, 0, FP_RNE, Q_K, 0 },
	{ SN_J, SN_K, SN_A, 0, FP_RNE, QUIET(SN_A), FP_V },
	{ SN_J, SN_K, Q_A, 0, FP_RNE, QUIET(SN_J), FP_V },
	{ Q_J, SN_K, Q_A, 0, FP_RNE, QUIET(SN_K), FP_V },
	/* signs of NaN stay, however the operation negates */
	{ Q_J, D1, D1, NR, FP_RNE, Q_J, 0 },
	{ D1, D1, Q_A, NA | NR, FP_RNE, Q_A, 0 },
	{ D1, D1, SN_A, NA, FP_RNE, QUIET(SN_A), FP_V },
	/* inf * 0 */
	{ D_INF, 0, Q_A, 0, FP_RNE, Q_A, FP_V },
	{ D_NEG, D_INF, SN_A, 0, FP_RNE, QUIET(SN_A), FP_V },
	{ D_INF, 0, D1, 0, FP_RNE, D_QNAN, FP_V },
	{ D_INF, 0, D1, NR, FP_RNE, D_QNAN, FP_V },
	/* inf - inf */
	{ D_INF, D1, D_INF, NA, FP_RNE, D_QNAN, FP_V },
	{ D_INF, D1, D_INF | D_NEG, NA, FP_RNE, D_INF, 0 },
	{ D1, D1, D_INF, NA | NR, FP_RNE, D_INF, 0 },
	/* an exact zero: + except under RM, and then negated with the result */
	{ D1, D1, D1, NA, FP_RNE, 0, 0 },
	{ D1, D1, D1, NA, FP_RM, D_NEG, 0 },
	{ D1, D1, D1, NA | NR, FP_RNE, D_NEG, 0 },
	{ D1, D1, D1, NA | NR, FP_RM, 0, 0 },
	{ 0, D1, 0, NR, FP_RNE, D_NEG, 0 },
	/* 1 + 2^-60: negation comes after rounding, so RP makes the magnitude grow */
	{ D1, D1, 0x3c30000000000000, NR, FP_RP, (D1 + 1) | D_NEG, FP_I },
	{ D1, D1, 0x3c30000000000000, NR, FP_RM, D1 | D_NEG, FP_I },
	{ D1, D1, 0x3c30000000000000, NR, FP_RNE, D1 | D_NEG, FP_I },
	{ D_MAX, D2, 0, NR, FP_RM, D_MAX | D_NEG, FP_O | FP_I },
	/* one rounding: (1 + 2^-52)^2 - (1 + 2^-51) = 2^-104 */
	{ D1 + 1, D1 + 1, D1 + 2, NA, FP_RNE, 0x3970000000000000, 0 },
};

START_TEST(muladd)
{
	const struct muladd_row *r = &muladd_rows[_i];
	struct fp_env e = { .rm = r->rm };

	ck_assert_uint_eq(fp64_muladd(&e, r->j, r->k, r->a, r->how), r->want);
	ck_assert_uint_eq(e.flags, r->flags);
}
END_TEST

START_TEST(muladd_single)
{
	struct fp_env e = { .rm = FP_RP };

	ck_assert_uint_eq(fp32_muladd(&e, S1, S1, 0x30000000, FP_MULADD_NEG_RESULT), 0xbf800001);
	ck_assert_uint_eq(e.flags, FP_I);
	e.flags = 0;
	ck_assert_uint_eq(fp32_muladd(&e, 0x7f800001, S1, 0xffc00002, NA | NR), 0x7fc00001);
	ck_assert_uint_eq(e.flags, FP_V);
	e.flags = 0;
	ck_assert_uint_eq(fp32_muladd(&e, S_INF, 0, S1, NR), S_QNAN);
	ck_assert_uint_eq(e.flags, FP_V);
}
END_TEST

START_TEST(nan_of_two)
{
	struct fp_env e = { .rm = FP_RNE };

	ck_assert_uint_eq(fp64_add(&e, Q_J, Q_K), Q_J);
	ck_assert_uint_eq(fp64_mul(&e, D_INF, Q_K), Q_K);
	ck_assert_uint_eq(fp64_div(&e, Q_J, 0), Q_J);
	ck_assert_uint_eq(e.flags, 0);
	ck_assert_uint_eq(fp64_sub(&e, Q_J, SN_K), QUIET(SN_K));
	ck_assert_uint_eq(e.flags, FP_V);
	e.flags = 0;
	ck_assert_uint_eq(fp64_sub(&e, D_INF, D_INF), D_QNAN);
	ck_assert_uint_eq(fp64_div(&e, 0, D_NEG), D_QNAN);
	ck_assert_uint_eq(fp32_sqrt(&e, S1 | S_NEG), S_QNAN);
	ck_assert_uint_eq(e.flags, FP_V);
	/* flags accumulate */
	ck_assert_uint_eq(fp64_div(&e, D1 | D_NEG, 0), D_INF | D_NEG);
	ck_assert_uint_eq(fp64_div(&e, D1, D3), 0x3fd5555555555555);
	ck_assert_uint_eq(e.flags, FP_V | FP_Z | FP_I);
}
END_TEST

START_TEST(reciprocals)
{
	struct fp_env e = { .rm = FP_RNE };

	ck_assert_uint_eq(fp64_recip(&e, 0x4010000000000000), 0x3fd0000000000000);
	ck_assert_uint_eq(fp64_rsqrt(&e, 0x4010000000000000), 0x3fe0000000000000);
	ck_assert_uint_eq(fp64_rsqrt(&e, D_INF), 0);
	ck_assert_uint_eq(fp32_rsqrt(&e, 0x06070607), 0x5c303f97);
	ck_assert_uint_eq(fp32_rsqrt(&e, 0x00000807), 0x61ff9049);
	ck_assert_uint_eq(fp32_recip(&e, 0xf6e91c00), 0x880c91b8);
	ck_assert_uint_eq(e.flags, FP_I);
	e.flags = 0;
	ck_assert_uint_eq(fp64_rsqrt(&e, D_NEG), D_INF | D_NEG);
	ck_assert_uint_eq(fp64_recip(&e, D_NEG), D_INF | D_NEG);
	ck_assert_uint_eq(e.flags, FP_Z);
	e.flags = 0;
	ck_assert_uint_eq(fp32_rsqrt(&e, S1 | S_NEG), S_QNAN);
	ck_assert_uint_eq(e.flags, FP_V);
}
END_TEST

static const struct minmax_row {
	uint64_t j, k, max, min, maxa, mina;
	uint32_t flags;
} minmax_rows[] = {
	{ D1, D2, D2, D1, D2, D1, 0 },
	{ D1, D2 | D_NEG, D1, D2 | D_NEG, D2 | D_NEG, D1, 0 },
	{ D1 | D_NEG, D1, D1, D1 | D_NEG, D1, D1 | D_NEG, 0 },
	{ 0, D_NEG, 0, D_NEG, 0, D_NEG, 0 },
	{ D_NEG, 0, 0, D_NEG, 0, D_NEG, 0 },
	{ D_INF | D_NEG, D_MAX, D_MAX, D_INF | D_NEG, D_INF | D_NEG, D_MAX, 0 },
	{ Q_J, D1, D1, D1, D1, D1, 0 },
	{ D1, Q_K, D1, D1, D1, D1, 0 },
	{ Q_J, Q_K, Q_J, Q_J, Q_J, Q_J, 0 },
	{ SN_J, D1, QUIET(SN_J), QUIET(SN_J), QUIET(SN_J), QUIET(SN_J), FP_V },
	{ Q_J, SN_K, QUIET(SN_K), QUIET(SN_K), QUIET(SN_K), QUIET(SN_K), FP_V },
};

START_TEST(minmax)
{
	const struct minmax_row *r = &minmax_rows[_i];
	struct fp_env e = { .rm = FP_RNE };

	ck_assert_uint_eq(fp64_max(&e, r->j, r->k), r->max);
	ck_assert_uint_eq(e.flags, r->flags);
	ck_assert_uint_eq(fp64_min(&e, r->j, r->k), r->min);
	ck_assert_uint_eq(fp64_maxa(&e, r->j, r->k), r->maxa);
	ck_assert_uint_eq(fp64_mina(&e, r->j, r->k), r->mina);
	ck_assert_uint_eq(e.flags, r->flags);
}
END_TEST

START_TEST(minmax_single)
{
	struct fp_env e = { .rm = FP_RNE };

	ck_assert_uint_eq(fp32_max(&e, S1, 0xc0000000), S1);
	ck_assert_uint_eq(fp32_min(&e, S1, 0xc0000000), 0xc0000000);
	ck_assert_uint_eq(fp32_maxa(&e, S1, 0xc0000000), 0xc0000000);
	ck_assert_uint_eq(fp32_mina(&e, S1, S_QNAN), S1);
	ck_assert_uint_eq(e.flags, 0);
}
END_TEST

static const struct int_row {
	uint64_t j;
	enum fp_rm rm;
	int32_t i32;
	int64_t i64;
	uint64_t u64;
	uint32_t f32, f64, fu;		/* flags of each */
} int_rows[] = {
	{ D_QNAN, FP_RNE, 0, 0, 0, FP_V, FP_V, FP_V },
	{ SN_J, FP_RNE, 0, 0, 0, FP_V, FP_V, FP_V },
	{ D_INF, FP_RZ, INT32_MAX, INT64_MAX, UINT64_MAX, FP_V, FP_V, FP_V },
	{ D_INF | D_NEG, FP_RZ, INT32_MIN, INT64_MIN, 0, FP_V, FP_V, FP_V },
	{ D_NEG, FP_RZ, 0, 0, 0, 0, 0, 0 },
	/* 2147483647.5, whose fate depends on the rounding */
	{ 0x41dfffffffe00000, FP_RNE, INT32_MAX, 2147483648, 2147483648, FP_V, FP_I, FP_I },
	{ 0x41dfffffffe00000, FP_RM, INT32_MAX, INT32_MAX, INT32_MAX, FP_I, FP_I, FP_I },
	/* -2147483648.5 */
	{ 0xc1e0000000100000, FP_RNE, INT32_MIN, INT32_MIN, 0, FP_I, FP_I, FP_V },
	{ 0xc1e0000000100000, FP_RM, INT32_MIN, -2147483649, 0, FP_V, FP_I, FP_V },
	/* 2^63, -2^63, 2^64 - 2048, 2^64 */
	{ 0x43e0000000000000, FP_RNE, INT32_MAX, INT64_MAX, BIT64(63), FP_V, FP_V, 0 },
	{ 0xc3e0000000000000, FP_RNE, INT32_MIN, INT64_MIN, 0, FP_V, 0, FP_V },
	{ 0x43efffffffffffff, FP_RNE, INT32_MAX, INT64_MAX, 0xfffffffffffff800, FP_V, FP_V, 0 },
	{ 0x43f0000000000000, FP_RNE, INT32_MAX, INT64_MAX, UINT64_MAX, FP_V, FP_V, FP_V },
	/* -0.5 and the least subnormal */
	{ 0xbfe0000000000000, FP_RNE, 0, 0, 0, FP_I, FP_I, FP_I },
	{ 0xbfe0000000000000, FP_RM, -1, -1, 0, FP_I, FP_I, FP_V },
	{ 1, FP_RP, 1, 1, 1, FP_I, FP_I, FP_I },
	{ 1, FP_RM, 0, 0, 0, FP_I, FP_I, FP_I },
	{ 0x4004000000000000, FP_RNE, 2, 2, 2, FP_I, FP_I, FP_I },	/* 2.5 */
	{ 0x400c000000000000, FP_RNE, 4, 4, 4, FP_I, FP_I, FP_I },	/* 3.5 */
};

START_TEST(to_int)
{
	const struct int_row *r = &int_rows[_i];
	struct fp_env e = { .rm = FP_RZ };

	ck_assert_int_eq(fp64_to_i32(&e, r->j, r->rm), r->i32);
	ck_assert_uint_eq(e.flags, r->f32);
	e.flags = 0;
	ck_assert_int_eq(fp64_to_i64(&e, r->j, r->rm), r->i64);
	ck_assert_uint_eq(e.flags, r->f64);
	e.flags = 0;
	ck_assert_uint_eq(fp64_to_u64(&e, r->j, r->rm), r->u64);
	ck_assert_uint_eq(e.flags, r->fu);
}
END_TEST

START_TEST(to_int_single)
{
	struct fp_env e = { .rm = FP_RNE };

	ck_assert_int_eq(fp32_to_i32(&e, 0x4f000000, FP_RNE), INT32_MAX);	/* 2^31 */
	ck_assert_int_eq(fp32_to_i64(&e, 0x5f000000, FP_RNE), INT64_MAX);	/* 2^63 */
	ck_assert_uint_eq(fp32_to_u32(&e, 0x4f800000, FP_RNE), UINT32_MAX);	/* 2^32 */
	ck_assert_uint_eq(fp32_to_u32(&e, S1 | S_NEG, FP_RNE), 0);
	ck_assert_uint_eq(e.flags, FP_V);
	e.flags = 0;
	ck_assert_int_eq(fp32_to_i32(&e, 0xcf000000, FP_RNE), INT32_MIN);
	ck_assert_uint_eq(fp32_to_u32(&e, 0x4f7fffff, FP_RNE), 0xffffff00);
	ck_assert_uint_eq(e.flags, 0);
}
END_TEST

START_TEST(from_unsigned)
{
	struct fp_env e = { .rm = FP_RNE };

	ck_assert_uint_eq(fp64_from_u64(&e, BIT64(63)), 0x43e0000000000000);
	ck_assert_uint_eq(fp32_from_u64(&e, 0xffffff0000000000), 0x5f7fffff);
	ck_assert_uint_eq(fp64_from_u64(&e, 0), 0);
	ck_assert_uint_eq(e.flags, 0);
	ck_assert_uint_eq(fp64_from_u64(&e, UINT64_MAX), 0x43f0000000000000);
	ck_assert_uint_eq(fp32_from_u64(&e, UINT64_MAX), 0x5f800000);
	e.rm = FP_RZ;
	ck_assert_uint_eq(fp64_from_u64(&e, UINT64_MAX), 0x43efffffffffffff);
	ck_assert_uint_eq(fp32_from_u64(&e, UINT64_MAX), 0x5f7fffff);
	ck_assert_uint_eq(e.flags, FP_I);
}
END_TEST

START_TEST(formats)
{
	struct fp_env e = { .rm = FP_RNE };

	ck_assert_uint_eq(fp64_to_fp32(&e, 0xfff8000040000001), 0xffc00002);
	ck_assert_uint_eq(fp32_to_fp64(&e, 0xffc00002), 0xfff8000040000000);
	ck_assert_uint_eq(fp32_to_fp16(&e, 0x7fc02000), 0x7e01);
	ck_assert_uint_eq(fp16_to_fp32(&e, 0xfe01), 0xffc02000);
	ck_assert_uint_eq(fp32_to_fp16(&e, 0x38800000), 0x0400);	/* 2^-14 */
	ck_assert_uint_eq(fp16_to_fp32(&e, 0x0001), 0x33800000);	/* 2^-24 */
	ck_assert_uint_eq(e.flags, 0);
	ck_assert_uint_eq(fp64_to_fp32(&e, 0x7ff0000000000001), S_QNAN);
	ck_assert_uint_eq(e.flags, FP_V);
	e.flags = 0;
	ck_assert_uint_eq(fp32_to_fp16(&e, 0x477ff000), 0x7c00);	/* 65520 */
	ck_assert_uint_eq(e.flags, FP_O | FP_I);
}
END_TEST

static const struct scaleb_row {
	uint64_t j;
	int64_t k;
	enum fp_rm rm;
	uint64_t want;
	uint32_t flags;
} scaleb_rows[] = {
	{ D1, 1, FP_RNE, D2, 0 },
	{ D1, -1022, FP_RNE, D_MIN_NORMAL, 0 },
	{ D1, -1074, FP_RNE, 1, 0 },
	{ D3, -1074, FP_RNE, 3, 0 },
	{ D3, -1075, FP_RNE, 2, FP_U | FP_I },		/* 1.5 units: a tie, to even */
	{ D3, -1075, FP_RZ, 1, FP_U | FP_I },
	{ D1, INT64_MIN, FP_RNE, 0, FP_U | FP_I },
	{ D1 | D_NEG, INT64_MIN, FP_RM, D_NEG | 1, FP_U | FP_I },
	{ 1, 2097, FP_RNE, 0x7fe0000000000000, 0 },
	{ 1, INT64_MAX, FP_RNE, D_INF, FP_O | FP_I },
	{ 1, 0x100000000, FP_RZ, D_MAX, FP_O | FP_I },
	{ D_INF, -5, FP_RNE, D_INF, 0 },
	{ D_NEG, INT64_MAX, FP_RNE, D_NEG, 0 },
	{ Q_K, 3, FP_RNE, Q_K, 0 },
	{ SN_J, 3, FP_RNE, QUIET(SN_J), FP_V },
};

START_TEST(scaleb)
{
	const struct scaleb_row *r = &scaleb_rows[_i];
	struct fp_env e = { .rm = r->rm };

	ck_assert_uint_eq(fp64_scaleb(&e, r->j, r->k), r->want);
	ck_assert_uint_eq(e.flags, r->flags);
}
END_TEST

START_TEST(scaleb_single)
{
	struct fp_env e = { .rm = FP_RNE };

	ck_assert_uint_eq(fp32_scaleb(&e, S1, -149), 1);
	ck_assert_uint_eq(fp32_scaleb(&e, 1, 276), 0x7f000000);
	ck_assert_uint_eq(e.flags, 0);
	ck_assert_uint_eq(fp32_scaleb(&e, 1, INT32_MAX), S_INF);
	ck_assert_uint_eq(e.flags, FP_O | FP_I);
}
END_TEST

START_TEST(exponent)
{
	struct fp_env e = { .rm = FP_RP };

	ck_assert_uint_eq(fp64_logb(&e, 0x401fffffffffffff), D2);
	ck_assert_uint_eq(fp64_logb(&e, D1), 0);
	ck_assert_uint_eq(fp64_logb(&e, 1), 0xc090c80000000000);	/* -1074 */
	ck_assert_uint_eq(fp64_logb(&e, D_INF), D_INF);
	ck_assert_uint_eq(fp64_logb(&e, Q_K), Q_K);
	ck_assert_uint_eq(fp32_logb(&e, 0x00003004), 0xc3080000);	/* -136 */
	ck_assert_uint_eq(fp32_logb(&e, 0x3f7fffff), 0xbf800000);
	ck_assert_uint_eq(e.flags, 0);
	ck_assert_uint_eq(fp64_logb(&e, D_NEG), D_INF | D_NEG);
	ck_assert_uint_eq(fp32_logb(&e, 0), S_INF | S_NEG);
	ck_assert_uint_eq(e.flags, FP_Z);
	e.flags = 0;
	ck_assert_uint_eq(fp32_logb(&e, 0xd46cdc13), S_QNAN);
	ck_assert_uint_eq(e.flags, FP_V);
	e.flags = 0;
	ck_assert_uint_eq(fp64_logb(&e, D_INF | D_NEG), D_QNAN);
	ck_assert_uint_eq(e.flags, FP_V);
}
END_TEST

START_TEST(fclass)
{
	static const struct { uint64_t v; unsigned int bit; } d[] = {
		{ SN_J, 0 }, { SN_K, 0 }, { Q_J, 1 }, { Q_K, 1 },
		{ D_INF | D_NEG, 2 }, { D1 | D_NEG, 3 }, { D_NEG | D_MIN_NORMAL, 3 },
		{ D_NEG | (D_MIN_NORMAL - 1), 4 }, { D_NEG, 5 },
		{ D_INF, 6 }, { D_MAX, 7 }, { D_MIN_NORMAL, 7 }, { 1, 8 }, { 0, 9 },
	};
	static const struct { uint32_t v; unsigned int bit; } s[] = {
		{ 0x7f800001, 0 }, { S_QNAN, 1 }, { S_INF | S_NEG, 2 }, { S1 | S_NEG, 3 },
		{ 0x807fffff, 4 }, { S_NEG, 5 }, { S_INF, 6 }, { 0x00800000, 7 }, { 1, 8 },
		{ 0, 9 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(d); i++)
		ck_assert_uint_eq(fp64_class(d[i].v), BIT64(d[i].bit));
	for (size_t i = 0; i < ARRAY_SIZE(s); i++)
		ck_assert_uint_eq(fp32_class(s[i].v), BIT32(s[i].bit));
}
END_TEST

START_TEST(compare)
{
	static const struct { uint64_t j, k; enum fp_rel rel; } rows[] = {
		{ D1, D2, FP_REL_LT }, { D2, D1, FP_REL_GT }, { D1, D1, FP_REL_EQ },
		{ 0, D_NEG, FP_REL_EQ }, { D_NEG, 0, FP_REL_EQ }, { D_NEG | 1, 0, FP_REL_LT },
		{ D1 | D_NEG, D2 | D_NEG, FP_REL_GT }, { D_INF | D_NEG, D_INF, FP_REL_LT },
		{ D1 | D_NEG, D1, FP_REL_LT }, { 1, D_NEG, FP_REL_GT },
	};
	struct fp_env e = { .rm = FP_RNE };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ck_assert_int_eq(fp64_compare(&e, rows[i].j, rows[i].k, i & 1), rows[i].rel);
	ck_assert_int_eq(fp32_compare(&e, S1 | S_NEG, S1, false), FP_REL_LT);
	ck_assert_int_eq(fp32_compare(&e, 0, S_NEG, true), FP_REL_EQ);
	ck_assert_int_eq(fp64_compare(&e, Q_J, D1, false), FP_REL_UN);
	ck_assert_uint_eq(e.flags, 0);
	ck_assert_int_eq(fp64_compare(&e, D1, Q_K, true), FP_REL_UN);
	ck_assert_uint_eq(e.flags, FP_V);
	e.flags = 0;
	ck_assert_int_eq(fp64_compare(&e, Q_J, SN_K, false), FP_REL_UN);
	ck_assert_uint_eq(e.flags, FP_V);
	e.flags = 0;
	ck_assert_int_eq(fp32_compare(&e, 0x7f800001, S1, false), FP_REL_UN);
	ck_assert_uint_eq(e.flags, FP_V);
}
END_TEST

START_TEST(conditions)
{
	static const struct { unsigned int cond, rels; } rows[] = {
		{ 0x00, 0 },						/* af */
		{ 0x02, FP_REL_LT },					/* lt */
		{ 0x04, FP_REL_EQ },					/* eq */
		{ 0x06, FP_REL_LT | FP_REL_EQ },			/* le */
		{ 0x08, FP_REL_UN },					/* un */
		{ 0x0a, FP_REL_LT | FP_REL_UN },			/* ult */
		{ 0x0c, FP_REL_EQ | FP_REL_UN },			/* ueq */
		{ 0x0e, FP_REL_LT | FP_REL_EQ | FP_REL_UN },		/* ule */
		{ 0x10, FP_REL_LT | FP_REL_GT },			/* ne */
		{ 0x14, FP_REL_LT | FP_REL_GT | FP_REL_EQ },		/* or */
		{ 0x18, FP_REL_LT | FP_REL_GT | FP_REL_UN },		/* une */
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (unsigned int rel = 1; rel <= FP_REL_GT; rel <<= 1)
			for (unsigned int sig = 0; sig < 2; sig++)
				ck_assert_int_eq(fp_cond(rows[i].cond | sig, rel),
						 (rows[i].rels & rel) != 0);
}
END_TEST

/* Exact subnormal results raise U only if it would trap. */
START_TEST(underflow_enabled)
{
	struct fp_env off = { .rm = FP_RNE };
	struct fp_env on = { .rm = FP_RNE, .enables = FP_U };

	ck_assert_uint_eq(fp64_mul(&off, D_MIN_NORMAL, 0x3fe0000000000000), D_MIN_NORMAL >> 1);
	ck_assert_uint_eq(fp64_add(&off, 1, 0), 1);
	ck_assert_uint_eq(fp64_scaleb(&off, D1, -1074), 1);
	ck_assert_uint_eq(fp64_to_fp32(&off, 0x36a0000000000000), 1);
	ck_assert_uint_eq(off.flags, 0);

	ck_assert_uint_eq(fp64_mul(&on, D_MIN_NORMAL, 0x3fe0000000000000), D_MIN_NORMAL >> 1);
	ck_assert_uint_eq(on.flags, FP_U);
	on.flags = 0;
	ck_assert_uint_eq(fp64_add(&on, 1, 0), 1);
	ck_assert_uint_eq(on.flags, FP_U);
	on.flags = 0;
	ck_assert_uint_eq(fp64_to_fp32(&on, 0x36a0000000000000), 1);
	ck_assert_uint_eq(on.flags, FP_U);
	on.flags = 0;
	ck_assert_uint_eq(fp64_muladd(&on, 0, D1, 1, 0), 1);
	ck_assert_uint_eq(on.flags, FP_U);
	on.flags = 0;
	/* zero and the least normal number are not tiny */
	ck_assert_uint_eq(fp64_sub(&on, 1, 1), 0);
	ck_assert_uint_eq(fp64_add(&on, D_MIN_NORMAL - 1, 1), D_MIN_NORMAL);
	ck_assert_uint_eq(fp32_to_fp64(&on, 1), 0x36a0000000000000);
	ck_assert_uint_eq(on.flags, 0);
}
END_TEST

START_TEST(integral)
{
	struct fp_env e = { .rm = FP_RNE };

	ck_assert_uint_eq(fp64_rint(&e, D3, FP_RM), D3);
	ck_assert_uint_eq(fp64_rint(&e, D_NEG, FP_RNE), D_NEG);
	ck_assert_uint_eq(fp64_rint(&e, D_INF, FP_RNE), D_INF);
	ck_assert_uint_eq(fp32_rint(&e, 0x4b000001, FP_RZ), 0x4b000001);	/* 2^23 + 1 */
	ck_assert_uint_eq(e.flags, 0);
	ck_assert_uint_eq(fp64_rint(&e, 0xbfd0000000000000, FP_RP), D_NEG);	/* -0.25 */
	ck_assert_uint_eq(fp64_rint(&e, 0xbfd0000000000000, FP_RM), D1 | D_NEG);
	ck_assert_uint_eq(e.flags, FP_I);
	ck_assert_uint_eq(fp64_rint(&e, SN_K, FP_RNE), QUIET(SN_K));
	ck_assert_uint_eq(e.flags, FP_I | FP_V);
}
END_TEST

static Suite *fp_rules_suite(void)
{
	Suite *s = suite_create("fp_rules");
	TCase *tc = tcase_create("rules");

	tcase_add_loop_test(tc, muladd, 0, ARRAY_SIZE(muladd_rows));
	tcase_add_test(tc, muladd_single);
	tcase_add_test(tc, nan_of_two);
	tcase_add_test(tc, reciprocals);
	tcase_add_loop_test(tc, minmax, 0, ARRAY_SIZE(minmax_rows));
	tcase_add_test(tc, minmax_single);
	tcase_add_loop_test(tc, to_int, 0, ARRAY_SIZE(int_rows));
	tcase_add_test(tc, to_int_single);
	tcase_add_test(tc, from_unsigned);
	tcase_add_test(tc, formats);
	tcase_add_loop_test(tc, scaleb, 0, ARRAY_SIZE(scaleb_rows));
	tcase_add_test(tc, scaleb_single);
	tcase_add_test(tc, exponent);
	tcase_add_test(tc, fclass);
	tcase_add_test(tc, compare);
	tcase_add_test(tc, conditions);
	tcase_add_test(tc, underflow_enabled);
	tcase_add_test(tc, integral);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	SRunner *sr = srunner_create(fp_rules_suite());
	int nfailed;

	srunner_run_all(sr, CK_ENV);
	nfailed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return nfailed ? EXIT_FAILURE : EXIT_SUCCESS;
}
