/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_soft_priv.c - privileged instructions and traps that no other test looks at closely:
 * codes of traps, cacop, the halves of the counter, LVZ without LVZ.  Vol. 1, 2.2.10, 4.2.
 */
#include "soft_fixture.h"

#define VA UINT64_C(0x40000000)		/* mapped by nothing */

static struct fx fx;

static void setup(void)
{
	fx_open(&fx, &fx_max, 1);
	fx_mode(&fx, false, 0);
}

static void teardown(void)
{
	fx_close(&fx);
}

static void set_registers(void)
{
	for (unsigned int i = 1; i < 32; i++)
		fx_set(&fx, i, i * UINT64_C(0x1111111111111111));
}

/* @insn raises @want at @plv, says so in the CSRs, and changes no register. */
static void check_raises(uint32_t insn, unsigned int plv, int want)
{
	set_registers();
	fx_set_csr(&fx, LA_CSR_BADV, 0x5555);
	fx_mode(&fx, plv & 1, plv);
	ck_assert_int_eq(fx_exec(&fx, insn), want);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), plv & 1 ? FX_USEG | FX_CODE : FX_CODE);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADI), insn);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADV), 0x5555);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_PRMD) & LA_PRMD_PPLV, plv);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_CRMD) & LA_CRMD_PLV, 0);
	for (unsigned int i = 0; i < 32; i++)
		ck_assert_hex_eq(fx_reg(&fx, i), i * UINT64_C(0x1111111111111111));
}

/* Any code, at any level; BADI is where software finds the code. */
START_TEST(traps_have_codes)
{
	static const unsigned int codes[] = { 0, 1, 0x1234, 0x7fff };

	for (unsigned int i = 0; i < ARRAY_SIZE(codes); i++) {
		check_raises(la_enc_syscall(codes[i]), (unsigned int)_i, LA_EXC_SYS);
		check_raises(la_enc_break(codes[i]), (unsigned int)_i, FX_DONE);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ESTAT), (uint64_t)LA_EXC_BRK << 16);
		/* There is no debugger that it could call. */
		check_raises(la_enc_dbcl(codes[i]), (unsigned int)_i,
			     _i ? LA_EXC_IPE : LA_EXC_INE);
	}
}
END_TEST

/* ------------------------------------------------------------------ LVZ */

/* Without LVZ these do not exist, at any level: INE comes before IPE. */
START_TEST(lvz_is_absent)
{
	const struct { unsigned int op; uint32_t insn; } words[] = {
		{ LA_OP_hvcl, la_enc_hvcl(0) }, { LA_OP_hvcl, la_enc_hvcl(0x7fff) },
		{ LA_OP_gcsrrd, la_enc_gcsrrd(A0, LA_CSR_CRMD) },
		{ LA_OP_gcsrwr, la_enc_gcsrwr(A0, LA_CSR_ESTAT) },
		{ LA_OP_gcsrxchg, la_enc_gcsrxchg(A0, A1, 0x3fff) },
		{ LA_OP_gtlbclr, la_enc_gtlbclr() }, { LA_OP_gtlbflush, la_enc_gtlbflush() },
		{ LA_OP_gtlbsrch, la_enc_gtlbsrch() }, { LA_OP_gtlbrd, la_enc_gtlbrd() },
		{ LA_OP_gtlbwr, la_enc_gtlbwr() }, { LA_OP_gtlbfill, la_enc_gtlbfill() },
	};

	if (_i & 4) {
		teardown();
		fx_open(&fx, &fx_la464, 1);
	}
	fx_set(&fx, A1, 2);
	ck_assert_int_eq(fx_exec(&fx, la_enc_cpucfg(A0, A1)), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A0) & LA_CPUCFG2_LVZ, 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(words); i++) {
		check_raises(words[i].insn, (unsigned int)_i & 3, LA_EXC_INE);
		fx_covers(words[i].op);
	}
}
END_TEST

/* ------------------------------------------------------------------ cacop */

/*
 * Codes with bits 4:3 = 2 name a line by its address, which must be one that can be read.
 * All of them are for PLV0 only (vol. 1, 4.2); the manual of LA32R says otherwise of these.
 */
START_TEST(cacop_codes)
{
	const bool is_hit = _i >> 3 == 2;
	static const uint64_t addresses[] = { VA, FX_USEG | FX_DATA, FX_KSEG | FX_DATA };

	fx_put64(&fx, FX_DATA, UINT64_C(0x0123456789abcdef));
	for (unsigned int i = 0; i < 2 * ARRAY_SIZE(addresses); i++) {
		const uint64_t va = addresses[i / 2];
		const bool is_user = i & 1;
		int want = FX_DONE;

		if (is_user)
			want = LA_EXC_IPE;
		else if (is_hit && va == VA)
			want = LA_EXC_TLBR;
		fx_set_csr(&fx, LA_CSR_TLBRERA, 0);
		fx_mode(&fx, true, is_user ? 3 : 0);
		fx_set(&fx, A1, va + 8);
		ck_assert_int_eq(fx_exec(&fx, la_enc_cacop((unsigned int)_i, A1, -8)), want);
		if (want == LA_EXC_TLBR)
			ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBRBADV), va);
	}
	ck_assert_hex_eq(fx_get64(&fx, FX_DATA), UINT64_C(0x0123456789abcdef));
	ck_assert_uint_eq(fx.naccess, 0);
}
END_TEST

/* ------------------------------------------------------------------ the counter */

/* CNTC moves the counter so that its halves have signs; a second is 100 million. */
START_TEST(halves_of_the_counter)
{
	static const uint64_t bases[] = {
		UINT64_C(0x1234567890000000), UINT64_C(0x8765432110000000), 0x10000000,
		UINT64_C(0xffffffff90000000),
	};
	const uint64_t base = bases[_i], tid = 0x89abcdef;
	uint64_t low, high;

	fx_set_csr(&fx, LA_CSR_TID, tid);
	fx_set_csr(&fx, LA_CSR_CNTC, base - la_counter());
	fx_program(&fx, la_enc_rdtime_d(A0, A1), la_enc_rdtimel_w(A2, A3),
		   la_enc_rdtimeh_w(A4, A5), la_enc_rdtimel_w(0, 0));
	fx_mode(&fx, false, 3);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	/* A test may be kept waiting, but not for 2 seconds. */
	ck_assert_uint_lt(fx_reg(&fx, A0) - base, 200000000);
	low = (uint32_t)fx_reg(&fx, A2);
	high = (uint32_t)fx_reg(&fx, A4);
	ck_assert_uint_lt((high << 32 | low) - fx_reg(&fx, A0), 200000000);
	ck_assert_hex_eq(fx_reg(&fx, A2), (uint64_t)sext64(low, 32));
	ck_assert_hex_eq(fx_reg(&fx, A4), (uint64_t)sext64(high, 32));
	ck_assert_hex_eq(fx_reg(&fx, A1), tid);
	ck_assert_hex_eq(fx_reg(&fx, A3), tid);
	ck_assert_hex_eq(fx_reg(&fx, A5), tid);
	ck_assert_hex_eq(fx_reg(&fx, 0), 0);
}
END_TEST

/* MISC.DRDTLx keeps it from one level (vol. 1, 7.4.4), in all its forms. */
START_TEST(counter_can_be_kept)
{
	const uint32_t words[] = {
		la_enc_rdtime_d(A0, A1), la_enc_rdtimel_w(A0, A1), la_enc_rdtimeh_w(A0, A1),
	};

	for (unsigned int plv = 1; plv < 4; plv++) {
		fx_set_csr(&fx, LA_CSR_MISC, BIT64(4 + plv));
		check_raises(words[_i], plv, LA_EXC_IPE);
		fx_mode(&fx, false, plv ^ 1);
		ck_assert_int_eq(fx_exec(&fx, words[_i]), FX_DONE);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("soft privileged");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, traps_have_codes, 0, 4);
	tcase_add_loop_test(tc, lvz_is_absent, 0, 8);
	tcase_add_loop_test(tc, cacop_codes, 0, 32);
	tcase_add_loop_test(tc, halves_of_the_counter, 0, 4);
	tcase_add_loop_test(tc, counter_can_be_kept, 0, 3);
	suite_add_tcase(s, tc);
	return fx_main(s);
}
