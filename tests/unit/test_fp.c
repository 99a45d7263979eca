/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of soft/fp.h.  On x86-64 both paths, the integer one and the public functions, are
 * compared in bits and flags with the host's SSE unit, whose MXCSR records every flag, in
 * all rounding modes; the rules in which LoongArch differs (NaN, U, saturation) are applied
 * to the host's answer here, written independently of the code under test.  What the host
 * cannot tell is covered in test_fp_rules.c.  Built twice, the second time with LVZ_NO_HOST_FP.
 */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soft/fp_soft.h"

#ifdef __x86_64__
#include <cpuid.h>

#define RANDOM_PER_OP 75000	/* times 26 rows below: about 2 million */

typedef uint64_t op_fn(struct fp_env *e, uint64_t j, uint64_t k, uint64_t a);
typedef uint64_t host_fn(unsigned int rm, uint64_t j, uint64_t k, uint64_t a, uint32_t *flags);

static const uint32_t mxcsr_of[4] = { 0x1f80, 0x7f80, 0x5f80, 0x3f80 };

/* MXCSR bits 5:0: PE UE OE ZE DE IE. */
static uint32_t flags_of(uint32_t mxcsr)
{
	return (mxcsr & 1 ? FP_V : 0) | (mxcsr & 4 ? FP_Z : 0) | (mxcsr & 8 ? FP_O : 0) |
	       (mxcsr & 16 ? FP_U : 0) | (mxcsr & 32 ? FP_I : 0);
}

/* A host operation: x = op(x, y, z), all in XMM registers. */
#define HOST(name, insn) \
	static uint64_t name(unsigned int rm, uint64_t j, uint64_t k, uint64_t a, uint32_t *flags) \
	{ \
		uint32_t out, in = mxcsr_of[rm], normal = mxcsr_of[0]; \
		uint64_t r; \
		\
		__asm__ volatile("movq %[j], %%xmm0\n\tmovq %[k], %%xmm1\n\tmovq %[a], %%xmm2\n\t" \
				 "ldmxcsr %[in]\n\t" insn "\n\t" \
				 "stmxcsr %[out]\n\tldmxcsr %[normal]\n\tmovq %%xmm0, %[r]" \
				 : [r] "=r"(r), [out] "=m"(out) \
				 : [j] "r"(j), [k] "r"(k), [a] "r"(a), [in] "m"(in), \
				   [normal] "m"(normal) \
				 : "xmm0", "xmm1", "xmm2"); \
		*flags = flags_of(out); \
		return r; \
	}
/* From or to a general register. */
#define HOST_GPR(name, insn) \
	static uint64_t name(unsigned int rm, uint64_t j, uint64_t k, uint64_t a, uint32_t *flags) \
	{ \
		uint32_t out, in = mxcsr_of[rm], normal = mxcsr_of[0]; \
		\
		(void)k; \
		(void)a; \
		__asm__ volatile("movq %[r], %%xmm0\n\tldmxcsr %[in]\n\t" insn "\n\t" \
				 "stmxcsr %[out]\n\tldmxcsr %[normal]" \
				 : [r] "+r"(j), [out] "=m"(out) \
				 : [in] "m"(in), [normal] "m"(normal) : "xmm0"); \
		*flags = flags_of(out); \
		return j; \
	}

HOST(host32_add, "addss %%xmm1, %%xmm0")
HOST(host32_sub, "subss %%xmm1, %%xmm0")
HOST(host32_mul, "mulss %%xmm1, %%xmm0")
HOST(host32_div, "divss %%xmm1, %%xmm0")
HOST(host32_sqrt, "sqrtss %%xmm0, %%xmm0")
HOST(host32_fma, "vfmadd213ss %%xmm2, %%xmm1, %%xmm0")
HOST(host32_fms, "vfmsub213ss %%xmm2, %%xmm1, %%xmm0")
HOST(host64_add, "addsd %%xmm1, %%xmm0")
HOST(host64_sub, "subsd %%xmm1, %%xmm0")
HOST(host64_mul, "mulsd %%xmm1, %%xmm0")
HOST(host64_div, "divsd %%xmm1, %%xmm0")
HOST(host64_sqrt, "sqrtsd %%xmm0, %%xmm0")
HOST(host64_fma, "vfmadd213sd %%xmm2, %%xmm1, %%xmm0")
HOST(host64_fms, "vfmsub213sd %%xmm2, %%xmm1, %%xmm0")
HOST(host_s2d, "cvtss2sd %%xmm0, %%xmm0")
HOST(host_d2s, "cvtsd2ss %%xmm0, %%xmm0")
HOST(host_s2h, "vcvtps2ph $4, %%xmm0, %%xmm0")
HOST(host_h2s, "vcvtph2ps %%xmm0, %%xmm0")
HOST(host32_rint, "roundss $4, %%xmm0, %%xmm0")
HOST(host64_rint, "roundsd $4, %%xmm0, %%xmm0")
HOST_GPR(host_s2w, "cvtss2si %%xmm0, %k[r]")
HOST_GPR(host_s2l, "cvtss2si %%xmm0, %q[r]")
HOST_GPR(host_d2w, "cvtsd2si %%xmm0, %k[r]")
HOST_GPR(host_d2l, "cvtsd2si %%xmm0, %q[r]")
HOST_GPR(host_l2s, "cvtsi2ss %q[r], %%xmm0\n\tmovq %%xmm0, %[r]")
HOST_GPR(host_l2d, "cvtsi2sd %q[r], %%xmm0\n\tmovq %%xmm0, %[r]")

/* The functions under test, all with the same arguments. */
#define OP(name, call) \
	static uint64_t name(struct fp_env *e, uint64_t j, uint64_t k, uint64_t a) \
	{ \
		(void)k; \
		(void)a; \
		return (uint64_t)(call); \
	}
#define OP_PAIRS(w, t) \
	OP(soft##w##_add, fp##w##_soft_add(e, (t)j, (t)k)) \
	OP(soft##w##_sub, fp##w##_soft_sub(e, (t)j, (t)k)) \
	OP(soft##w##_mul, fp##w##_soft_mul(e, (t)j, (t)k)) \
	OP(soft##w##_div, fp##w##_soft_div(e, (t)j, (t)k)) \
	OP(soft##w##_sqrt, fp##w##_soft_sqrt(e, (t)j)) \
	OP(soft##w##_fma, fp##w##_soft_muladd(e, (t)j, (t)k, (t)a, false)) \
	OP(soft##w##_fms, fp##w##_soft_muladd(e, (t)j, (t)k, (t)a, true)) \
	OP(op##w##_add, fp##w##_add(e, (t)j, (t)k)) \
	OP(op##w##_sub, fp##w##_sub(e, (t)j, (t)k)) \
	OP(op##w##_mul, fp##w##_mul(e, (t)j, (t)k)) \
	OP(op##w##_div, fp##w##_div(e, (t)j, (t)k)) \
	OP(op##w##_sqrt, fp##w##_sqrt(e, (t)j)) \
	OP(op##w##_fma, fp##w##_muladd(e, (t)j, (t)k, (t)a, 0)) \
	OP(op##w##_fms, fp##w##_muladd(e, (t)j, (t)k, (t)a, FP_MULADD_NEG_A)) \
	OP(op##w##_rint, fp##w##_rint(e, (t)j, e->rm))

OP_PAIRS(32, uint32_t)
OP_PAIRS(64, uint64_t)
OP(op_s2d, fp32_to_fp64(e, (uint32_t)j))
OP(op_d2s, fp64_to_fp32(e, j))
OP(op_s2h, fp32_to_fp16(e, (uint32_t)j))
OP(op_h2s, fp16_to_fp32(e, (uint32_t)j))

/* The named rounding counts, not the environment's. */
static enum fp_rm take_rm(struct fp_env *e)
{
	enum fp_rm rm = e->rm;

	e->rm = rm ^ 1;
	return rm;
}
OP(op_s2w, (uint32_t)fp32_to_i32(e, (uint32_t)j, take_rm(e)))
OP(op_s2l, fp32_to_i64(e, (uint32_t)j, take_rm(e)))
OP(op_d2w, (uint32_t)fp64_to_i32(e, j, take_rm(e)))
OP(op_d2l, fp64_to_i64(e, j, take_rm(e)))
OP(op_l2s, fp32_from_i64(e, (int64_t)j))
OP(op_l2d, fp64_from_i64(e, (int64_t)j))

enum need { NEED_NONE, NEED_FMA, NEED_F16C, NEED_SSE41 };

static const struct row {
	const char *name;
	op_fn *fn[2];
	host_fn *host;
	const struct fp_fmt *from;	/* NULL: a 64-bit integer */
	const struct fp_fmt *to;	/* NULL: an integer of int_bits */
	int nargs;
	int int_bits;
	enum need need;
} rows[] = {
#define ARITH(w, o, n, need) \
	{ #o #w, { soft##w##_##o, op##w##_##o }, host##w##_##o, &fp##w##_fmt, \
	  &fp##w##_fmt, n, 0, need }
	ARITH(32, add, 2, NEED_NONE), ARITH(32, sub, 2, NEED_NONE), ARITH(32, mul, 2, NEED_NONE),
	ARITH(32, div, 2, NEED_NONE), ARITH(32, sqrt, 1, NEED_NONE), ARITH(32, fma, 3, NEED_FMA),
	ARITH(32, fms, 3, NEED_FMA),
	ARITH(64, add, 2, NEED_NONE), ARITH(64, sub, 2, NEED_NONE), ARITH(64, mul, 2, NEED_NONE),
	ARITH(64, div, 2, NEED_NONE), ARITH(64, sqrt, 1, NEED_NONE), ARITH(64, fma, 3, NEED_FMA),
	ARITH(64, fms, 3, NEED_FMA),
	{ "rint32", { op32_rint }, host32_rint, &fp32_fmt, &fp32_fmt, 1, 0, NEED_SSE41 },
	{ "rint64", { op64_rint }, host64_rint, &fp64_fmt, &fp64_fmt, 1, 0, NEED_SSE41 },
	{ "cvt.d.s", { op_s2d }, host_s2d, &fp32_fmt, &fp64_fmt, 1, 0, NEED_NONE },
	{ "cvt.s.d", { op_d2s }, host_d2s, &fp64_fmt, &fp32_fmt, 1, 0, NEED_NONE },
	{ "cvt.h.s", { op_s2h }, host_s2h, &fp32_fmt, &fp16_fmt, 1, 0, NEED_F16C },
	{ "cvt.s.h", { op_h2s }, host_h2s, &fp16_fmt, &fp32_fmt, 1, 0, NEED_F16C },
	{ "tint.w.s", { op_s2w }, host_s2w, &fp32_fmt, NULL, 1, 32, NEED_NONE },
	{ "tint.l.s", { op_s2l }, host_s2l, &fp32_fmt, NULL, 1, 64, NEED_NONE },
	{ "tint.w.d", { op_d2w }, host_d2w, &fp64_fmt, NULL, 1, 32, NEED_NONE },
	{ "tint.l.d", { op_d2l }, host_d2l, &fp64_fmt, NULL, 1, 64, NEED_NONE },
	{ "fint.s.l", { op_l2s }, host_l2s, NULL, &fp32_fmt, 1, 0, NEED_NONE },
	{ "fint.d.l", { op_l2d }, host_l2d, NULL, &fp64_fmt, 1, 0, NEED_NONE },
};

static bool host_has(enum need need)
{
	unsigned int a, b, c, d;

	switch (need) {
	case NEED_NONE:
		return true;
	case NEED_FMA:
		return __builtin_cpu_supports("fma");
	case NEED_F16C:		/* no name for it in older compilers */
		return __builtin_cpu_supports("avx") && __get_cpuid(1, &a, &b, &c, &d) &&
		       c & BIT32(29);
	case NEED_SSE41:
		return __builtin_cpu_supports("sse4.1");
	}
	return false;
}

static uint64_t rng_state;

static uint64_t rng(void)
{
	rng_state ^= rng_state >> 12;
	rng_state ^= rng_state << 25;
	rng_state ^= rng_state >> 27;
	return rng_state * 0x2545f4914f6cdd1d;
}

/* Special values of any format: exponents at the edges, fractions that make ties. */
static unsigned int specials(const struct fp_fmt *f, uint64_t out[64])
{
	uint64_t max = (uint64_t)fp_exp_max(f), one = max / 2, frac = mask64(f->frac_bits);
	uint64_t quiet = BIT64(f->frac_bits - 1);
	const uint64_t mags[][2] = {
		{ 0, 0 }, { 0, 1 }, { 0, 3 }, { 0, quiet }, { 0, frac }, { 1, 0 }, { 1, 1 },
		{ 1, frac }, { 2, 0 }, { one - 1, 0 }, { one - 1, frac }, { one, 0 }, { one, 1 },
		{ one, quiet }, { one, frac }, { one + 1, 1 }, { one + f->frac_bits, 1 },
		{ one + f->frac_bits + 1, 0 }, { one - f->frac_bits - 1, 0 },
		{ one - f->frac_bits - 2, 1 }, { max - 1, 0 }, { max - 1, frac }, { max, 0 },
		{ max, quiet }, { max, quiet | 5 }, { max, 1 }, { max, quiet - 1 }, { max, frac },
	};
	unsigned int n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(mags); i++) {
		uint64_t v = mags[i][0] << f->frac_bits | mags[i][1];

		out[n++] = v;
		out[n++] = v | fp_sign_bit(f);
	}
	return n;
}

static uint64_t random_value(const struct fp_fmt *f)
{
	uint64_t r = rng(), frac_mask, exp, frac, one;

	if (!f)		/* integers of every length */
		return (r & 1 ? ~UINT64_C(0) : 0) ^ (rng() >> (r >> 1 & 63));
	frac_mask = mask64((unsigned int)f->frac_bits);
	one = (uint64_t)fp_bias(f);
	frac = rng() & frac_mask;
	if (r & 0x10)	/* few bits at both ends, for ties and exact results */
		frac &= frac_mask << (rng() % f->frac_bits);
	if (r & 0x20)
		frac ^= BIT64(rng() % f->frac_bits);
	switch (r & 0xf) {
	case 0:
		exp = 0;
		break;
	case 1:
		exp = 1 + (rng() & 3);
		break;
	case 2:
		exp = (uint64_t)fp_exp_max(f) - (rng() & 3);
		break;
	case 3: case 4: case 5: case 6: case 7:
		exp = rng();
		break;
	case 8: case 9:
		exp = one / 2 + rng() % 64;
		break;
	default:
		exp = one - 8 + (rng() & 15);
		break;
	}
	exp &= (uint64_t)fp_exp_max(f);
	return (r >> 63 ? fp_sign_bit(f) : 0) | exp << f->frac_bits | frac;
}

static bool is_snan(const struct fp_fmt *f, uint64_t v)
{
	return fp_is_nan(f, v) && !(v & BIT64(f->frac_bits - 1));
}

/* LoongArch's NaN for the operands, by the rules of section 9.1; false: none is NaN. */
static bool expect_nan(const struct row *r, const uint64_t v[3], uint64_t *res, uint32_t *flags)
{
	static const int by_priority[] = { 2, 0, 1 };
	const struct fp_fmt *f = r->from;
	int pick = -1;

	for (int want_snan = 1; want_snan >= 0 && pick < 0; want_snan--)
		for (int i = 0; i < 3 && pick < 0; i++)
			if (by_priority[i] < r->nargs && fp_is_nan(f, v[by_priority[i]]) &&
			    is_snan(f, v[by_priority[i]]) == want_snan)
				pick = by_priority[i];
	if (pick < 0)
		return false;
	*flags = is_snan(f, v[pick]) ? FP_V : 0;
	if (r->nargs == 3) {
		uint64_t x = v[0] & (fp_sign_bit(f) - 1), y = v[1] & (fp_sign_bit(f) - 1);

		if ((!x && y == fp_inf(f, false)) || (!y && x == fp_inf(f, false)))
			*flags |= FP_V;
	}
	if (!r->to) {
		*res = 0;
		*flags = FP_V;
	} else {
		uint64_t frac = v[pick] & mask64(f->frac_bits);

		frac |= BIT64(f->frac_bits - 1);
		frac = r->to->frac_bits > f->frac_bits ?
			frac << (r->to->frac_bits - f->frac_bits) :
			frac >> (f->frac_bits - r->to->frac_bits);
		*res = fp_inf(r->to, v[pick] & fp_sign_bit(f)) | frac;
	}
	return true;
}

static void expect(const struct row *r, unsigned int rm, const uint64_t v[3], uint64_t *res,
		   uint32_t *flags)
{
	int bits = r->to ? r->to->frac_bits + r->to->exp_bits + 1 : r->int_bits;

	if (r->from && expect_nan(r, v, res, flags))
		return;
	*res = r->host(rm, v[0], v[1], v[2], flags) & mask64((unsigned int)bits);
	if (r->to && fp_is_nan(r->to, *res))
		*res = fp_default_nan(r->to);
	if (!r->to && *flags & FP_V)	/* the host has one answer for all that is out of range */
		*res = v[0] & fp_sign_bit(r->from) ? BIT64(bits - 1) : BIT64(bits - 1) - 1;
}

static void check_one(const struct row *r, unsigned int rm, const uint64_t v[3])
{
	uint64_t want, got;
	uint32_t flags;

	expect(r, rm, v, &want, &flags);
	for (size_t i = 0; i < ARRAY_SIZE(r->fn) && r->fn[i]; i++) {
		struct fp_env e = { .rm = rm };

		got = r->fn[i](&e, v[0], v[1], v[2]);
		if (got == want && e.flags == flags)
			continue;
		ck_abort_msg("%s path %zu rm %u: %#" PRIx64 " %#" PRIx64 " %#" PRIx64 " gives %#"
			     PRIx64 " flags %#x, want %#" PRIx64 " flags %#x", r->name, i, rm,
			     v[0], v[1], v[2], got, e.flags, want, flags);
	}
}

/* With U enabled, tininess alone raises U; nothing else changes. */
static void check_u_enabled(const struct row *r, unsigned int rm, const uint64_t v[3])
{
	struct fp_env e = { .rm = rm, .enables = FP_U };
	uint64_t want, got = r->fn[1](&e, v[0], v[1], v[2]);
	uint64_t mag = got & (fp_sign_bit(r->to) - 1);
	uint32_t flags;

	expect(r, rm, v, &want, &flags);
	if (mag && mag < BIT64(r->to->frac_bits))
		flags |= FP_U;
	if (got != want || e.flags != flags)
		ck_abort_msg("%s with U enabled, rm %u: %#" PRIx64 " %#" PRIx64 " %#" PRIx64
			     " gives %#" PRIx64 " flags %#x, want %#" PRIx64 " flags %#x",
			     r->name, rm, v[0], v[1], v[2], got, e.flags, want, flags);
}

START_TEST(specials_equal_host)
{
	const struct row *r = &rows[_i];
	uint64_t sp[64] = { 0 };
	unsigned int n;

	if (!host_has(r->need)) {
		printf("test_fp: %s not compared: this CPU lacks the instruction\n", r->name);
		return;
	}
	if (!r->from)
		return;		/* integers have none; random_equal_host covers them */
	n = specials(r->from, sp);
	for (unsigned int i = 0; i < n; i++)
		for (unsigned int j = 0; j < (r->nargs > 1 ? n : 1); j++)
			/* for three operands every 3rd value, a different third each time */
			for (unsigned int k = r->nargs > 2 ? (i + j) % 3 : n - 1; k < n; k += 3)
				for (unsigned int rm = 0; rm < 4; rm++) {
					const uint64_t v[3] = { sp[i], sp[j], sp[k] };

					check_one(r, rm, v);
					if (r->fn[1])
						check_u_enabled(r, rm, v);
				}
}
END_TEST

START_TEST(random_equal_host)
{
	const struct row *r = &rows[_i];

	if (!host_has(r->need))
		return;
	rng_state = 0x9e3779b97f4a7c15 + (uint64_t)_i;
	for (unsigned int i = 0; i < RANDOM_PER_OP; i++) {
		uint64_t v[3];

		for (int arg = 0; arg < 3; arg++)
			v[arg] = random_value(r->from);
		if (r->nargs == 3 && i & 4) {
			/* cancellation: the addend near the product */
			struct fp_env e = { .rm = FP_RNE };

			v[2] = r->from == &fp32_fmt ?
				fp32_soft_mul(&e, (uint32_t)v[0], (uint32_t)v[1]) :
				fp64_soft_mul(&e, v[0], v[1]);
			v[2] ^= fp_sign_bit(r->from) & -(uint64_t)(i >> 3 & 1);
			v[2] += (i >> 4 & 3) == 3;
		} else if (r->nargs == 2 && (i & 0x1c) == 4) {
			/* operands that undo each other: x - x, x / x and neighbours */
			v[1] = v[0] + (i >> 5 & 3);
		}
		check_one(r, i & 3, v);
	}
}
END_TEST
#endif

static Suite *fp_suite(void)
{
	Suite *s = suite_create("fp");
#ifdef __x86_64__
	TCase *tc = tcase_create("host");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, specials_equal_host, 0, ARRAY_SIZE(rows));
	tcase_add_loop_test(tc, random_equal_host, 0, ARRAY_SIZE(rows));
	suite_add_tcase(s, tc);
#endif
	return s;
}

int main(void)
{
	SRunner *sr;
	int nfailed;

#ifndef __x86_64__
	puts("test_fp: skipped, the comparison needs an x86-64 host");
	return 77;
#endif
	sr = srunner_create(fp_suite());
	srunner_run_all(sr, CK_ENV);
	nfailed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return nfailed ? EXIT_FAILURE : EXIT_SUCCESS;
}
