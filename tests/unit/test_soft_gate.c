/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_soft_gate.c - which instructions exist, are enabled and are allowed: every row of
 * isa/la64.insns without its CPUCFG bits, without its unit in EUEN, and at every privilege
 * level; the switches of MISC; AM* operands; order of exceptions.
 */
#include "soft/code.h"
#include "soft/machine.h"
#include "soft/mmu.h"
#include "soft_fixture.h"

static struct fx fx;

static const struct row {
	unsigned int op;
	uint32_t mask;
	uint32_t match;
} rows[] = {
#define ISA_ROW(op, mask, match, specific) { LA_OP_##op, mask, match },
#include "soft/isa_vectors.h"
#undef ISA_ROW
};

static void setup(void)
{
	fx_open(&fx, &fx_max, 1);
	/* Jumps and branches of the rows end in "break", wherever they lead in the page. */
	for (uint64_t at = 0; at < 0x1000; at += 4) {
		fx_at(&fx, FX_CODE + at);
		fx_emit(&fx, la_enc_break(0));
		fx_at(&fx, FX_DATA + at);
		fx_emit(&fx, la_enc_break(0));
	}
}

static void teardown(void)
{
	fx_close(&fx);
}

/* Registers 4, 5, 1 and 6 in the places of rd, rj, rk and ra; short branches. */
static uint32_t word_of(const struct row *r)
{
	uint32_t operands = A0 | A1 << 5 | RA << 10 | A2 << 15;

	if ((la_insn_info[r->op].flags & (LA_INSN_BRANCH | LA_INSN_JUMP)) && r->op != LA_OP_jirl)
		operands = 2 << 10;
	return r->match | (operands & ~r->mask);
}

static int execute(uint32_t word, bool is_paged, unsigned int plv)
{
	fx_set_csr(&fx, LA_CSR_TLBRERA, 0);
	fx_set(&fx, RA, 0);
	fx_set(&fx, A0, 0x0123456789abcdef);
	fx_set(&fx, A1, (is_paged ? FX_USEG : 0) | FX_DATA);
	fx_set(&fx, A2, 0x55);
	fx_mode(&fx, is_paged, plv);
	fx_at(&fx, FX_CODE);
	fx_emit(&fx, word);
	return fx_go(&fx);
}

/* Nothing but what an exception changes has changed. */
static void check_untouched(const struct row *r, const union la_vreg before[32])
{
	const char *name = la_insn_info[r->op].name;

	ck_assert_msg(fx_reg(&fx, A0) == 0x0123456789abcdef && fx_reg(&fx, A2) == 0x55 &&
		      !fx_reg(&fx, RA) && !fx.cpu->fcsr, "%s", name);
	ck_assert_msg(!memcmp(fx.cpu->v, before, sizeof(fx.cpu->v)), "%s", name);
	/* All words of the page are the same: as they were made. */
	ck_assert_msg(fx_get64(&fx, FX_DATA) == la_enc_break(0) * UINT64_C(0x100000001) &&
		      !memcmp(fx.ram + FX_DATA, fx.ram + FX_DATA + 8, 0x1000 - 8), "%s", name);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADI), word_of(r));
}

static void expect(const struct row *r, int want, unsigned int plv)
{
	union la_vreg before[32];
	int got;

	memset(fx.cpu->v, 0x5a, sizeof(fx.cpu->v));
	memcpy(before, fx.cpu->v, sizeof(before));
	fx.cpu->fcsr = 0;
	got = execute(word_of(r), true, plv);
	ck_assert_msg(got == want, "%s at PLV%u: %#x, want %#x", la_insn_info[r->op].name, plv,
		      (unsigned int)got, (unsigned int)want);
	check_untouched(r, before);
}

static bool is_absent(const struct row *r)
{
	return la_insn_info[r->op].flags & LA_INSN_LVZ;
}

/* ------------------------------------------------------------------ CPUCFG */

/* Without the bit @bit of CPUCFG word @word: INE, before privilege and EUEN count. */
static void without(const struct row *r, unsigned int word, uint32_t bit)
{
	uint32_t old = fx.m->cpucfg[word];

	fx.m->cpucfg[word] &= ~bit;
	for (unsigned int plv = 0; plv < 4; plv += 3) {
		fx_set_csr(&fx, LA_CSR_EUEN, 7);
		expect(r, LA_EXC_INE, plv);
		fx_set_csr(&fx, LA_CSR_EUEN, 0);
		expect(r, LA_EXC_INE, plv);
	}
	fx.m->cpucfg[word] = old;
}

START_TEST(missing_features)
{
	static const uint32_t unit[] = {
		[LA_GATE_FP] = LA_CPUCFG2_FP, [LA_GATE_LSX] = LA_CPUCFG2_LSX,
		[LA_GATE_LASX] = LA_CPUCFG2_LASX,
	};
	unsigned int n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct la_insn_info *info = &la_insn_info[rows[i].op];

		if (info->gate)
			without(&rows[i], 2, unit[info->gate]);
		if (info->cpucfg_word != LA_CPUCFG_NONE)
			without(&rows[i], info->cpucfg_word, BIT32(info->cpucfg_bit));
		n += info->gate || info->cpucfg_word != LA_CPUCFG_NONE;
	}
	ck_assert_uint_eq(n, 1733 - 163);
}
END_TEST

/* LVZ is in no model. */
START_TEST(absent_extensions)
{
	unsigned int n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!is_absent(&rows[i]))
			continue;
		n++;
		for (unsigned int plv = 0; plv < 4; plv++)
			expect(&rows[i], LA_EXC_INE, plv);
	}
	ck_assert_uint_eq(n, 10);
}
END_TEST

/* ------------------------------------------------------------------ EUEN */

START_TEST(disabled_units)
{
	static const struct { uint64_t euen; int exc; } unit[] = {
		[LA_GATE_FP] = { LA_EUEN_FPE, LA_EXC_FPD },
		[LA_GATE_LSX] = { LA_EUEN_SXE, LA_EXC_SXD },
		[LA_GATE_LASX] = { LA_EUEN_ASXE, LA_EXC_ASXD },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned int gate = la_insn_info[rows[i].op].gate;

		if (gate == LA_GATE_NONE)
			continue;
		for (unsigned int plv = 0; plv < 4; plv += 3) {
			/* All others on, and all off. */
			fx_set_csr(&fx, LA_CSR_EUEN, 7 & ~unit[gate].euen);
			expect(&rows[i], unit[gate].exc, plv);
			fx_set_csr(&fx, LA_CSR_EUEN, 0);
			expect(&rows[i], unit[gate].exc, plv);
		}
	}
}
END_TEST

/* A unit that is off disturbs no instruction but its own. */
START_TEST(enabled_units)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct la_insn_info *info = &la_insn_info[rows[i].op];
		int got;

		if (is_absent(&rows[i]) || (info->flags & LA_INSN_PRIV) ||
		    (rows[i].op == LA_OP_sc_q && !fx_has_scq()))
			continue;
		fx_set_csr(&fx, LA_CSR_EUEN, info->gate == LA_GATE_NONE ? 0 : BIT64(info->gate - 1));
		fx.cpu->fcsr = 0;
		got = execute(word_of(&rows[i]), true, 3);
		ck_assert_msg(got != LA_EXC_INE && got != LA_EXC_IPE && got != LA_EXC_FPD &&
			      got != LA_EXC_SXD && got != LA_EXC_ASXD && got != FX_SLEEP,
			      "%s: %#x", info->name, (unsigned int)got);
	}
}
END_TEST

/* ------------------------------------------------------------------ privilege */

START_TEST(privileged_instructions)
{
	unsigned int n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct la_insn_info *info = &la_insn_info[rows[i].op];

		if (!(info->flags & LA_INSN_PRIV) || is_absent(&rows[i]))
			continue;
		n++;
		for (unsigned int plv = 1; plv < 4; plv++)
			expect(&rows[i], LA_EXC_IPE, plv);
	}
	ck_assert_uint_eq(n, 24);
}
END_TEST

/* The hit operations of cacop are no exception: PLV0 only (vol. 1, 4.2). */
START_TEST(cacop_codes)
{
	for (unsigned int code = 0; code < 32; code++) {
		ck_assert_int_eq(execute(la_enc_cacop(code, A1, 0), true, 0), FX_DONE);
		ck_assert_int_eq(execute(la_enc_cacop(code, A1, 0), true, 3), LA_EXC_IPE);
	}
}
END_TEST

/* MISC.DRDTL1 to 3 take rdtime away from their level, one by one. */
START_TEST(rdtime_switches)
{
	const uint32_t insns[] = { la_enc_rdtime_d(A0, A2), la_enc_rdtimel_w(A0, A2),
				   la_enc_rdtimeh_w(A0, A2) };

	for (uint64_t set = 0; set < 8; set++) {
		fx_set_csr(&fx, LA_CSR_MISC, set << LA_MISC_DRDTL1_SHIFT);
		for (unsigned int plv = 0; plv < 4; plv++) {
			bool is_off = plv && (set >> (plv - 1) & 1);

			for (size_t i = 0; i < ARRAY_SIZE(insns); i++)
				ck_assert_int_eq(execute(insns[i], true, plv),
						 is_off ? LA_EXC_IPE : FX_DONE);
			if (is_off)
				ck_assert_hex_eq(fx_reg(&fx, A2), 0x55);
		}
	}
}
END_TEST

/* MISC.ALCL0 to 3: what may be misaligned by the manual's list, and what never or always. */
START_TEST(alignment_switches)
{
	static const struct { uint32_t insn; unsigned int size; } checked[] = {
		{ 0x28400000, 2 }, { 0x28800000, 4 }, { 0x28c00000, 8 }, { 0x2a400000, 2 },
		{ 0x2a800000, 4 }, { 0x29400000, 2 }, { 0x29800000, 4 }, { 0x29c00000, 8 },
		{ 0x24000000, 4 }, { 0x26000000, 8 }, { 0x25000000, 4 }, { 0x27000000, 8 },
		{ 0x38040000, 2 }, { 0x38080000, 4 }, { 0x380c0000, 8 }, { 0x38140000, 2 },
		{ 0x38180000, 4 }, { 0x381c0000, 8 }, { 0x38240000, 2 }, { 0x38280000, 4 },
		{ 0x2b000000, 4 }, { 0x2b800000, 8 }, { 0x2b400000, 4 }, { 0x2bc00000, 8 },
		{ 0x38300000, 4 }, { 0x38340000, 8 }, { 0x38380000, 4 }, { 0x383c0000, 8 },
	};
	/* vld, vst, xvld, xvst, vldrepl.d, vstelm.w and bytes. */
	static const uint32_t never[] = { 0x2c000000, 0x2c400000, 0x2c800000, 0x2cc00000,
					  0x30100000, 0x31200000, 0x28000000, 0x29000000 };

	for (unsigned int plv = 0; plv < 4; plv++) {
		for (unsigned int is_on = 0; is_on < 2; is_on++) {
			/* On for this level only, or for all others. */
			fx_set_csr(&fx, LA_CSR_MISC, (is_on ? 1u << plv : 0xfu & ~(1u << plv))
						     << LA_MISC_ALCL0_SHIFT);
			for (size_t i = 0; i < ARRAY_SIZE(checked); i++) {
				uint32_t insn = checked[i].insn | A1 << 5;
				bool is_indexed = insn >> 24 == 0x38;

				for (unsigned int off = 1; off <= checked[i].size; off++) {
					bool is_bad = off % checked[i].size;

					fx_set_csr(&fx, LA_CSR_TLBRERA, 0);
					fx_set(&fx, A1, (FX_USEG | FX_DATA) + off);
					fx_set(&fx, A2, 0);
					fx_mode(&fx, true, plv);
					fx_at(&fx, FX_CODE);
					fx_emit(&fx, insn | (is_indexed ? A2 << 10 : 0));
					ck_assert_int_eq(fx_go(&fx), is_on && is_bad ? LA_EXC_ALE
										     : FX_DONE);
					if (is_on && is_bad)
						ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADV),
								 (FX_USEG | FX_DATA) + off);
				}
			}
			for (size_t i = 0; i < ARRAY_SIZE(never); i++) {
				fx_set(&fx, A1, (FX_USEG | FX_DATA) + 1);
				fx_mode(&fx, true, plv);
				fx_at(&fx, FX_CODE);
				fx_emit(&fx, never[i] | A1 << 5);
				ck_assert_int_eq(fx_go(&fx), FX_DONE);
			}
		}
	}
	/* IOCSR accesses are of the list, and PLV0's. */
	for (unsigned int is_on = 0; is_on < 2; is_on++) {
		fx_set_csr(&fx, LA_CSR_MISC, is_on << LA_MISC_ALCL0_SHIFT);
		fx_mode(&fx, true, 0);
		fx_set(&fx, A1, 0x402);
		ck_assert_int_eq(fx_exec(&fx, la_enc_iocsrrd_w(A0, A1)),
				 is_on ? LA_EXC_ALE : FX_DONE);
		fx_mode(&fx, true, 0);
		ck_assert_int_eq(fx_exec(&fx, la_enc_iocsrwr_h(A0, A1)), FX_DONE);
	}
}
END_TEST

/* ------------------------------------------------------------------ operands, order */

/* rd = rj is INE by the manual, also for bytes; rd = rk as QEMU has it; r0 is no register. */
START_TEST(am_operands)
{
	unsigned int n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *name = la_insn_info[rows[i].op].name;
		uint32_t m = rows[i].match;
		bool is_cas = !strncmp(name, "amcas", 5);

		if (strncmp(name, "am", 2))
			continue;
		n++;
		ck_assert_int_eq(execute(m | A0 | A1 << 5 | A2 << 10, true, 3), FX_DONE);
		ck_assert_int_eq(execute(m | A1 | A1 << 5 | A2 << 10, true, 3),
				 is_cas ? FX_DONE : LA_EXC_INE);
		ck_assert_int_eq(execute(m | A2 | A1 << 5 | A2 << 10, true, 3),
				 is_cas ? FX_DONE : LA_EXC_INE);
		ck_assert_int_eq(execute(m | A0 | A1 << 5 | A1 << 10, true, 3), FX_DONE);
		ck_assert_int_eq(execute(m | A1 << 5 | A1 << 10, true, 3), FX_DONE);
		ck_assert_int_eq(execute(m | A1 << 5, true, 3), FX_DONE);
		ck_assert_hex_eq(fx_reg(&fx, 0), 0);
	}
	ck_assert_uint_eq(n, 52);
}
END_TEST

/* ALE, then ADEM, then BCE, then what translation says (vol. 1, 6.2.2). */
START_TEST(order_of_bound_checks)
{
	const uint64_t hole = UINT64_C(0x4000000000000000), unmapped = 0x100000;
	static const struct { uint32_t word; unsigned int size; bool is_gt; } insns[] = {
		{ 0x38798000, 8, true }, { 0x387b0000, 4, false }, { 0x387c8000, 2, true },
		{ 0x387f8000, 8, false }, { 0x38740000, 4, true }, { 0x38778000, 8, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(insns); i++) {
		uint32_t word = insns[i].word | A0 | A1 << 5 | A2 << 10;
		static const int want[2][2][2] = {	/* hole, misaligned, in bounds */
			{ { LA_EXC_BCE, LA_EXC_TLBR }, { LA_EXC_ALE, LA_EXC_ALE } },
			{ { LA_EXC_ADEM, LA_EXC_ADEM }, { LA_EXC_ALE, LA_EXC_ALE } },
		};

		for (unsigned int n = 0; n < 8; n++) {
			uint64_t va = (n & 4 ? hole : unmapped) + (n & 2 ? 1 : 0);
			bool is_in = n & 1;

			fx_set_csr(&fx, LA_CSR_TLBRERA, 0);
			fx_set(&fx, A1, va);
			fx_set(&fx, A2, insns[i].is_gt == is_in ? va - 1 : va);
			fx_mode(&fx, true, 3);
			ck_assert_int_eq(fx_exec(&fx, word), want[n >> 2][n >> 1 & 1][is_in]);
		}
	}
}
END_TEST

/* asrt compares signed numbers (vol. 1, 2.2.10.3). */
START_TEST(assertions_are_signed)
{
	static const uint64_t v[] = { 0, 1, UINT64_MAX, UINT64_C(1) << 63, INT64_MAX };

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(v); j++) {
			bool is_le = (int64_t)v[i] <= (int64_t)v[j];

			fx_set(&fx, A1, v[i]);
			fx_set(&fx, A2, v[j]);
			fx_mode(&fx, true, 3);
			ck_assert_int_eq(fx_exec(&fx, la_enc_asrtle_d(A1, A2)),
					 is_le ? FX_DONE : LA_EXC_BCE);
			fx_mode(&fx, true, 3);
			ck_assert_int_eq(fx_exec(&fx, la_enc_asrtgt_d(A1, A2)),
					 is_le ? LA_EXC_BCE : FX_DONE);
		}
	}
}
END_TEST

/* A bit field whose ends are the wrong way round. */
START_TEST(reversed_bit_fields)
{
	static const uint32_t base[] = { 0x00600000, 0x00608000, 0x00800000, 0x00c00000 };

	for (size_t i = 0; i < ARRAY_SIZE(base); i++) {
		for (unsigned int msb = 0; msb < 32; msb += 31) {
			for (unsigned int lsb = 0; lsb < 32; lsb++)
				ck_assert_int_eq(execute(base[i] | msb << 16 | lsb << 10 | A0 | A1 << 5,
							 true, 3),
						 msb < lsb ? LA_EXC_INE : FX_DONE);
		}
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("what exists and is allowed");
	TCase *tc = tcase_create("gate");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, missing_features);
	tcase_add_test(tc, absent_extensions);
	tcase_add_test(tc, disabled_units);
	tcase_add_test(tc, enabled_units);
	tcase_add_test(tc, privileged_instructions);
	tcase_add_test(tc, cacop_codes);
	tcase_add_test(tc, rdtime_switches);
	tcase_add_test(tc, alignment_switches);
	tcase_add_test(tc, am_operands);
	tcase_add_test(tc, order_of_bound_checks);
	tcase_add_test(tc, assertions_are_signed);
	tcase_add_test(tc, reversed_bit_fields);
	suite_add_tcase(s, tc);
	return fx_main(s);
}
