/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_isa_decode.c - la_decode() and the encoders, against vectors and masks that
 * scripts/isagen.py works out apart from the C code, and against a few words by hand.
 */
#include <check.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "soft/isa.h"
#include "soft/isa_enc.h"
#include "util/bits.h"

struct row {
	uint32_t mask, match;
	unsigned int op;
	int is_specific;
};

static const struct row rows[] = {
#define ISA_ROW(name, mask, match, specific) { mask, match, LA_OP_##name, specific },
#include "soft/isa_vectors.h"
#undef ISA_ROW
};

/* Every row with its operands smallest, largest and mixed. */
struct vector {
	uint32_t word;
	unsigned int op;
	uint8_t a, b;
	uint32_t imm;
	uint32_t (*encode)(void);
};

#define ISA_VEC(name, word, args, a, b, imm) \
	static uint32_t enc_##name##_##word(void) { return la_enc_##name args; }
#include "soft/isa_vectors.h"
#undef ISA_VEC

static const struct vector vectors[] = {
#define ISA_VEC(name, word, args, a, b, imm) \
	{ word, LA_OP_##name, a, b, imm, enc_##name##_##word },
#include "soft/isa_vectors.h"
#undef ISA_VEC
};

START_TEST(encoders_and_decoder_agree_with_the_table)
{
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		const struct vector *v = &vectors[i];
		struct la_uop u;

		memset(&u, 0xff, sizeof(u));
		ck_assert_msg(v->encode() == v->word, "%s: encoded %08" PRIx32 ", want %08" PRIx32,
			      la_insn_info[v->op].name, v->encode(), v->word);
		ck_assert_msg(la_decode(v->word, &u) == v->op && u.op == v->op,
			      "%08" PRIx32 " decodes to %s, want %s", v->word,
			      la_insn_info[u.op].name, la_insn_info[v->op].name);
		ck_assert_msg(u.a == v->a && u.b == v->b && (uint32_t)u.imm == v->imm,
			      "%08" PRIx32 " %s: a %u b %u imm %" PRIx32
			      ", want a %u b %u imm %" PRIx32, v->word, la_insn_info[v->op].name,
			      u.a, u.b, (uint32_t)u.imm, v->a, v->b, v->imm);
	}
}
END_TEST

/* The row that @word belongs to, by trying all; fails if two claim it. */
static unsigned int search_rows(uint32_t word)
{
	const struct row *found = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *r = &rows[i];

		if ((word & r->mask) != r->match)
			continue;
		if (found && found->is_specific == r->is_specific)
			ck_abort_msg("%08" PRIx32 " is both %s and %s", word,
				     la_insn_info[found->op].name, la_insn_info[r->op].name);
		if (!found || r->is_specific)
			found = r;
	}
	return found ? found->op : LA_OP_ine;
}

static int is_compare(unsigned int op)
{
	return strstr(la_insn_info[op].name, "cmp.cond") != NULL;
}

static void check_word(uint32_t word)
{
	unsigned int want = search_rows(word);
	struct la_uop u;
	unsigned int op = la_decode(word, &u);

	/* The masks do not know which conditions exist. */
	if (is_compare(want) && op == LA_OP_ine)
		return;
	ck_assert_msg(op == want, "%08" PRIx32 " decodes to %s, want %s", word,
		      la_insn_info[op].name, la_insn_info[want].name);
}

START_TEST(decoder_equals_a_search_through_the_masks)
{
	uint32_t state = 12345;

	for (unsigned int i = 0; i < 60000; i++) {
		state = state * 1664525 + 1013904223;
		check_word(state ^ state >> 13);
	}
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (unsigned int bit = 0; bit < 32; bit++)
			check_word(rows[i].match ^ BIT32(bit));
}
END_TEST

static const uint32_t undefined[] = {
	0x00000000, 0xffffffff,
	0x00000400,			/* between the one-operand rows */
	0x00010001,			/* asrtle.d with a destination */
	0x0c190000, 0x0c1b0000, 0x0c1f8000,	/* fcmp.s with conditions 18, 22, 31 */
	0x0c590000,			/* vfcmp.s likewise */
	0x0c110008,			/* fcmp.clt.s with bit 3 set */
	0x0114c004,			/* movgr2fcsr to FCSR4 */
	0x0114c880,			/* movfcsr2gr from FCSR4 */
	0x48000200,			/* bceqz with bit 9 set */
	0x06482002,			/* tlbclr with bit 1 set */
	0x0d040000,			/* fsel with bit 18 set */
	0x003f0000, 0x00290000,		/* LBT: x86 and addu12i */
	0x769f8000,			/* an undocumented LASX word */
};

START_TEST(undefined_words)
{
	struct la_uop u;

	memset(&u, 0xff, sizeof(u));
	ck_assert_uint_eq(la_decode(undefined[_i], &u), LA_OP_ine);
	ck_assert_uint_eq(u.op, LA_OP_ine);
	ck_assert_uint_eq(u.a | u.b, 0);
	ck_assert_int_eq(u.imm, 0);
}
END_TEST

/* From the assembler of binutils; @imm is given where no c, d, e are expected. */
static const struct {
	uint32_t word;
	unsigned int op;
	uint8_t a, b, c, d;
	int32_t imm;
} samples[] = {
	{ 0x001098a4, LA_OP_add_d, 4, 5, 6, 0, 0 },		/* add.d a0, a1, a2 */
	{ 0x001098a0, LA_OP_add_d, 32, 5, 6, 0, 0 },		/* add.d zero, a1, a2 */
	{ 0x02bffca4, LA_OP_addi_w, 4, 5, 0, 0, -1 },		/* addi.w a0, a1, -1 */
	{ 0x03bffca4, LA_OP_ori, 4, 5, 0, 0, 0xfff },		/* ori a0, a1, 0xfff */
	{ 0x14ffffe4, LA_OP_lu12i_w, 4, 0, 0, 0, 0x7ffff },	/* lu12i.w a0, 0x7ffff */
	{ 0x0005b4a4, LA_OP_alsl_w, 4, 5, 13, 4, 0 },		/* alsl.w a0, a1, t1, 4 */
	{ 0x29ffa0c4, LA_OP_st_d, 4, 6, 0, 0, -24 },		/* st.d a0, a2, -24 */
	{ 0x29c000c0, LA_OP_st_d, 0, 6, 0, 0, 0 },		/* st.d zero, a2, 0 */
	{ 0x267ffca4, LA_OP_ldptr_d, 4, 5, 0, 0, 32764 },	/* ldptr.d a0, a1, 32764 */
	{ 0x5bfff8a0, LA_OP_beq, 0, 5, 0, 0, -8 },		/* beq a1, zero, -8 */
	{ 0x43fffcbf, LA_OP_beqz, 0, 5, 0, 0, -4 },		/* beqz a1, -4 */
	{ 0x53ffffff, LA_OP_b, 0, 0, 0, 0, -4 },		/* b -4 */
	{ 0x54001000, LA_OP_bl, 0, 0, 0, 0, 16 },		/* bl 16 */
	{ 0x4c000020, LA_OP_jirl, 32, 1, 0, 0, 0 },		/* ret */
	{ 0x4bfffc9f, LA_OP_bceqz, 0, 4, 0, 0, -4 },		/* bceqz fcc4, -4 */
	{ 0x00b41ca4, LA_OP_bstrins_d, 4, 5, 52, 7, 0 },	/* bstrins.d a0, a1, 52, 7 */
	{ 0x0400002c, LA_OP_csrwr, 12, 0, 0, 0, 0 },		/* csrwr t0, 0 */
	{ 0x04000000, LA_OP_csrrd, 32, 0, 0, 0, 0 },		/* csrrd zero, 0 */
	{ 0x0400018d, LA_OP_csrxchg, 13, 12, 0, 0, 0 },		/* csrxchg t1, t0, 0 */
	{ 0x38629480, LA_OP_amand_d, 32, 4, 5, 0, 0 },		/* amand.d zero, a1, a0 */
	{ 0x385994c0, LA_OP_amcas_d, 0, 6, 5, 0, 0 },		/* amcas.d zero, a1, a2 */
	{ 0x230000a0, LA_OP_sc_d, 0, 5, 0, 0, 0 },		/* sc.d zero, a1, 0 */
	{ 0x00006800, LA_OP_rdtime_d, 32, 32, 0, 0, 0 },	/* rdtime.d zero, zero */
	{ 0x06498d63, LA_OP_invtlb, 3, 11, 3, 0, 0 },		/* invtlb 3, a7, sp */
	{ 0x0603fd69, LA_OP_cacop, 9, 11, 0, 0, 255 },		/* cacop 9, a7, 255 */
	{ 0x0c228c41, LA_OP_fcmp_cond_d, 1, 2, 3, 5, 0 },	/* fcmp.seq.d fcc1, f2, f3 */
	{ 0x0d018c41, LA_OP_fsel, 1, 2, 3, 3, 0 },		/* fsel f1, f2, f3, fcc3 */
	{ 0x0114c0a2, LA_OP_movgr2fcsr, 2, 5, 0, 0, 0 },	/* movgr2fcsr fcsr2, a1 */
	{ 0x31150ca1, LA_OP_vstelm_d, 1, 5, 1, 0, 0 },		/* e: see the test below */
};

START_TEST(operands_by_hand)
{
	struct la_uop u;

	ck_assert_uint_eq(la_decode(samples[_i].word, &u), samples[_i].op);
	ck_assert_uint_eq(u.a, samples[_i].a);
	ck_assert_uint_eq(u.b, samples[_i].b);
	if (samples[_i].c | samples[_i].d) {
		ck_assert_uint_eq(u.c, samples[_i].c);
		ck_assert_uint_eq(u.d, samples[_i].d);
	} else {
		ck_assert_int_eq(u.imm, samples[_i].imm);
	}
}
END_TEST

START_TEST(vstelm_has_a_scaled_signed_offset)
{
	struct la_uop u;

	la_decode(la_enc_vstelm_d(1, 5, -1024, 1), &u);
	ck_assert_int_eq(u.e, -1024);
	ck_assert_uint_eq(u.c, 1);
	la_decode(la_enc_xvstelm_b(1, 5, 127, 31), &u);
	ck_assert_int_eq(u.e, 127);
	ck_assert_uint_eq(u.c, 31);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("isa_decode");
	TCase *tc = tcase_create("decode");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, encoders_and_decoder_agree_with_the_table);
	tcase_add_test(tc, decoder_equals_a_search_through_the_masks);
	tcase_add_loop_test(tc, undefined_words, 0, (int)ARRAY_SIZE(undefined));
	tcase_add_loop_test(tc, operands_by_hand, 0, (int)ARRAY_SIZE(samples));
	tcase_add_test(tc, vstelm_has_a_scaled_signed_offset);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
