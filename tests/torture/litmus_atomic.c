/* SPDX-License-Identifier: Apache-2.0 */
/*
 * litmus_atomic.c - litmus tests of LL/SC, AM*, AMCAS and SC.Q, and of accesses of
 * different sizes to the same place.
 *
 * What is allowed: vol. 1, 2.2.7 (AM*: atomic; _DB: also a barrier for everything before
 * and after; LLACQ and SCREL: acquire and release), 2.1.8 (aligned accesses are atomic).
 * 128 bits: the manual is silent, but compilers use aligned vld and vst as atomic accesses
 * of 16 bytes, so these must not be torn here; xvld and xvst are two such halves.
 */
#include "litmus_tests.h"

/* Release store of 1: the loop of compilers for a CPU that has LLACQ and SCREL. */
#define RELEASE(at) la_enc_llacq_d(TMP, at), la_enc_ori(TMP2, 0, 1), la_enc_screl_d(TMP2, at), \
		la_enc_beqz(TMP2, -12)

static unsigned int ordering(struct lit_test *out)
{
	const struct lit_test tests[] = {
		{ .name = "SB+amswap_db",
		  .code = { { la_enc_amswap_db_d(TMP, ONE, X), LD(RA_, Y) },
			    { la_enc_amswap_db_d(TMP, ONE, Y), LD(RA_, X) } },
		  .obs = "0a 1a", .nvalues = "22", .forbidden = "00" },
		/* The barrier is an access to something else. */
		{ .name = "SB+amor_db.w",
		  .code = { { ST(ONE, X), la_enc_amor_db_w(TMP, 0, Z), LD(RA_, Y) },
			    { ST(ONE, Y), la_enc_amor_db_w(TMP, 0, W), LD(RA_, X) } },
		  .obs = "0a 1a", .nvalues = "22", .forbidden = "00" },
		/* AMCAS compares with 0, which is there, or with 2, which is not. */
		{ .name = "SB+amcas_db",
		  .code = { { la_enc_or(TMP, 0, 0), la_enc_amcas_db_d(TMP, ONE, X), LD(RA_, Y) },
			    { la_enc_or(TMP, 0, 0), la_enc_amcas_db_d(TMP, ONE, Y), LD(RA_, X) } },
		  .obs = "0a 1a", .nvalues = "22", .forbidden = "00" },
		{ .name = "SB+failing.amcas_db",
		  .code = { { ST(ONE, X), la_enc_or(TMP, TWO, 0), la_enc_amcas_db_b(TMP, ONE, Z),
			      LD(RA_, Y) },
			    { ST(ONE, Y), la_enc_or(TMP, TWO, 0), la_enc_amcas_db_b(TMP, ONE, W),
			      LD(RA_, X) } },
		  .obs = "0a 1a", .nvalues = "22", .forbidden = "00" },
		{ .name = "SB+amswap",
		  .code = { { la_enc_amswap_d(TMP, ONE, X), LD(RA_, Y) },
			    { la_enc_amswap_d(TMP, ONE, Y), LD(RA_, X) } },
		  .obs = "0a 1a", .nvalues = "22" },
		{ .name = "MP+amadd_db+amadd_db",
		  .code = { { ST(ONE, X), la_enc_amadd_db_w(TMP, ONE, Y) },
			    { la_enc_amadd_db_w(RA_, 0, Y), LD(RB_, X) } },
		  .obs = "1a 1b", .nvalues = "22", .forbidden = "10" },
		{ .name = "MP+screl+llacq",
		  .code = { { ST(ONE, X), RELEASE(Y) }, { la_enc_llacq_d(RA_, Y), LD(RB_, X) } },
		  .obs = "1a 1b", .nvalues = "22", .forbidden = "10" },
		{ .name = "MP+ll.sc+dbar",
		  .code = { { ST(ONE, X), DBAR(0x12), la_enc_ll_w(TMP, Y, 0), la_enc_ori(TMP2, 0, 1),
			      la_enc_sc_w(TMP2, Y, 0), la_enc_beqz(TMP2, -12) },
			    { LD(RA_, Y), DBAR(0x14), LD(RB_, X) } },
		  .obs = "1a 1b", .nvalues = "22", .forbidden = "10" },
		{ .name = "ISA2+screl+llacq",
		  .code = { { ST(ONE, X), RELEASE(Y) },
			    { la_enc_llacq_d(RA_, Y), RELEASE(Z) },
			    { la_enc_llacq_d(RA_, Z), LD(RB_, X) } },
		  .obs = "1a 2a 2b", .nvalues = "222", .forbidden = "110" },
		{ .name = "IRIW+amor_db",
		  .code = { { ST(ONE, X) }, { ST(ONE, Y) },
			    { la_enc_amor_db_d(RA_, 0, X), la_enc_amor_db_d(RB_, 0, Y) },
			    { la_enc_amor_db_d(RA_, 0, Y), la_enc_amor_db_d(RB_, 0, X) } },
		  .obs = "2a 2b 3a 3b", .nvalues = "2222", .forbidden = "1010" },
	};

	memcpy(out, tests, sizeof(tests));
	return ARRAY_SIZE(tests);
}

/* @v is stored by a single LL/SC: a is what LL saw, b whether SC succeeded. */
#define LL_SC(v) LD(TMP, X), la_enc_ll_d(RA_, X, 0), la_enc_or(RB_, v, 0), la_enc_sc_d(RB_, X, 0)
#define CAS(insn, v) la_enc_or(RA_, 0, 0), insn(RA_, v, X)

static unsigned int exclusion(struct lit_test *out)
{
	const struct lit_test tests[] = {
		/* Both succeed only if the second one's LL saw the first one's value. */
		{ .name = "LL.SC|LL.SC",
		  .code = { { LL_SC(ONE) }, { LL_SC(TWO) } },
		  .obs = "0a 0b 1a 1b x", .nvalues = "32223",
		  .only = "00000 01001 00012 01101 20012 01112 21011" },
		/* A store between LL and SC is never overwritten. */
		{ .name = "LL.SC|ST",
		  .code = { { LL_SC(ONE) }, { ST(TWO, X) } },
		  .obs = "0a 0b x", .nvalues = "323", .only = "002 012 211 202" },
		{ .name = "LL.SC|ST.b",
		  .code = { { LL_SC(ONE) }, { la_enc_st_b(TWO, X, 0) } },
		  .obs = "0a 0b x", .nvalues = "323", .only = "002 012 211 202" },
		{ .name = "LL.SC|AMADD",
		  .code = { { LL_SC(TWO) }, { la_enc_amadd_d(RA_, ONE, X) } },
		  .obs = "0a 0b 1a x", .nvalues = "2234", .only = "0001 0123 1102 1001" },
		{ .name = "AMSWAP|AMSWAP",
		  .code = { { la_enc_amswap_d(RA_, ONE, X) }, { la_enc_amswap_d(RA_, TWO, X) } },
		  .obs = "0a 1a x", .nvalues = "333", .only = "201 012" },
		{ .name = "AMADD|ST",
		  .code = { { la_enc_amadd_w(RA_, ONE, X) }, { ST(TWO, X) } },
		  .obs = "0a x", .nvalues = "34", .only = "02 23" },
		{ .name = "AMCAS.d|AMCAS.d",
		  .code = { { CAS(la_enc_amcas_d, ONE) }, { CAS(la_enc_amcas_d, TWO) } },
		  .obs = "0a 1a x", .nvalues = "333", .only = "011 202" },
		{ .name = "AMCAS.b|AMCAS_DB.w",
		  .code = { { CAS(la_enc_amcas_b, ONE) }, { CAS(la_enc_amcas_db_w, TWO) } },
		  .obs = "0a 1a x", .nvalues = "333", .only = "011 202" },
		{ .name = "AMCAS.h|AMSWAP.b",
		  .code = { { CAS(la_enc_amcas_h, ONE) }, { la_enc_amswap_b(RA_, TWO, X) } },
		  .obs = "0a 1a x", .nvalues = "333", .only = "012 202" },
		/* SC.Q by a pair of loads, LL first; the store goes to the half LL did not touch. */
		{ .name = "SC.Q|ST.other",
		  .code = { { la_enc_ll_d(RA_, X, 8), DBAR(0x14), LD(RB_, X), la_enc_or(RC_, ONE, 0),
			      la_enc_sc_q(RC_, ONE, X) },
			    { ST(TWO, X) } },
		  .obs = "0b 0c x", .nvalues = "323", .only = "002 012 211 202", .has_scq = true },
		{ .name = "SC.Q|ST.same",
		  .code = { { la_enc_ll_d(RA_, X, 0), DBAR(0x14), la_enc_ld_d(RB_, X, 8),
			      la_enc_or(RC_, ONE, 0), la_enc_sc_q(RC_, ONE, X) },
			    { ST(TWO, X) } },
		  .obs = "0a 0b 0c x", .nvalues = "3123", .only = "0002 0012 2011 2002",
		  .has_scq = true },
	};

	memcpy(out, tests, sizeof(tests));
	return ARRAY_SIZE(tests);
}

/* Two stores of patterns against two loads: each load sees one pattern whole. */
#define TEAR(name_, st1, st2, ld1, ld2) { \
		.name = name_, .code = { { st1, st2 }, { ld1, ld2 } }, \
		.obs = "1a 1b", .nvalues = "33" }
#define TEAR_INT(name_, st, ld) \
	TEAR(name_, st(PAT1, X, 0), st(PAT2, X, 0), ld(RA_, X, 0), ld(RB_, X, 0))
#define UNTORN "00 11 22"

static unsigned int sizes(struct lit_test *out)
{
	const struct lit_test tests[] = {
		TEAR_INT("tear.b", la_enc_st_b, la_enc_ld_bu),
		TEAR_INT("tear.h", la_enc_st_h, la_enc_ld_hu),
		TEAR_INT("tear.w", la_enc_st_w, la_enc_ld_wu),
		TEAR_INT("tear.d", la_enc_st_d, la_enc_ld_d),
		TEAR_INT("tear.ptr.d", la_enc_stptr_d, la_enc_ldptr_d),
		TEAR("tear.x.d", la_enc_stx_d(PAT1, X, 0), la_enc_stx_d(PAT2, X, 0),
		     la_enc_ldx_d(RA_, X, 0), la_enc_ldx_d(RB_, X, 0)),
		TEAR("tear.fp", la_enc_fst_d(1, X, 0), la_enc_fst_d(2, X, 0),
		     la_enc_fld_d(3, X, 0), la_enc_movfr2gr_d(RA_, 3)),
		TEAR("tear.am", la_enc_amswap_d(0, PAT1, X), ST(PAT2, X), LD(RA_, X),
		     la_enc_amadd_d(RB_, 0, X)),
		TEAR("tear.ll", ST(PAT1, X), ST(PAT2, X), la_enc_ll_d(RA_, X, 0), LD(RB_, X)),
		{ .name = "tear.vec128",
		  .code = { { la_enc_vst(1, X, 0), la_enc_vst(2, X, 0) },
			    { la_enc_vld(3, X, 0), la_enc_vpickve2gr_du(RA_, 3, 0),
			      la_enc_vpickve2gr_du(RB_, 3, 1) } },
		  .obs = "1a 1b", .nvalues = "33", .only = UNTORN },
		{ .name = "tear.vecx128",
		  .code = { { la_enc_vstx(1, X, 0), la_enc_vst(2, X, 0) },
			    { la_enc_vldx(3, X, 0), la_enc_vpickve2gr_du(RA_, 3, 0),
			      la_enc_vpickve2gr_du(RB_, 3, 1) } },
		  .obs = "1a 1b", .nvalues = "33", .only = UNTORN },
		{ .name = "tear.vec128.sc_q", .has_scq = true,
		  .code = { { la_enc_ll_d(TMP, X, 0), la_enc_or(RC_, PAT1, 0),
			      la_enc_sc_q(RC_, PAT1, X), la_enc_vst(2, X, 0) },
			    { la_enc_vld(3, X, 0), la_enc_vpickve2gr_du(RA_, 3, 0),
			      la_enc_vpickve2gr_du(RB_, 3, 1) } },
		  .obs = "1a 1b", .nvalues = "33", .only = UNTORN },
		{ .name = "tear.vec256",
		  .code = { { la_enc_xvst(1, X, 0), la_enc_xvst(2, X, 0) },
			    { la_enc_xvld(3, X, 0), la_enc_xvpickve2gr_du(RA_, 3, 0),
			      la_enc_xvpickve2gr_du(RB_, 3, 1), la_enc_xvpickve2gr_du(RC_, 3, 2),
			      la_enc_xvpickve2gr_du(RD_, 3, 3) } },
		  .obs = "1a 1b 1c 1d", .nvalues = "3333",
		  .forbidden = "01.. 02.. 10.. 12.. 20.. 21.. ..01 ..02 ..10 ..12 ..20 ..21" },
		/* Across two cache lines nothing is promised, and a host may tear. */
		{ .name = "tear.misaligned",
		  .code = { { la_enc_st_d(PAT1, X, 60) }, { la_enc_ld_d(RA_, X, 60) } },
		  .obs = "1a", .nvalues = "*" },
		/* Neighbours in one word do not disturb each other. */
		{ .name = "bytes",
		  .code = { { la_enc_st_b(ONE, X, 0), la_enc_st_b(ONE, X, 2) },
			    { la_enc_st_b(ONE, X, 1), la_enc_st_b(ONE, X, 3) } },
		  .obs = "x", .nvalues = "2", .forbidden = "0" },
		{ .name = "bytes.am",
		  .code = { { la_enc_amadd_b(TMP, ONE, X), la_enc_st_b(ONE, X, 2) },
			    { la_enc_addi_d(TMP2, X, 1), la_enc_amswap_b(TMP, ONE, TMP2),
			      la_enc_st_b(ONE, X, 3) } },
		  .obs = "x", .nvalues = "2", .forbidden = "0" },
		/* The halves of one store arrive together, whichever is looked at first. */
		{ .name = "halves.hi.lo",
		  .code = { { ST(PAT1, X) },
			    { la_enc_ld_wu(RA_, X, 4), DBAR(0x15), la_enc_ld_wu(RB_, X, 0) } },
		  .obs = "1a 1b", .nvalues = "22", .forbidden = "10" },
		{ .name = "halves.lo.hi",
		  .code = { { ST(PAT1, X) },
			    { la_enc_ld_wu(RA_, X, 0), DBAR(0x15), la_enc_ld_wu(RB_, X, 4) } },
		  .obs = "1a 1b", .nvalues = "22", .forbidden = "10" },
	};

	memcpy(out, tests, sizeof(tests));
	return ARRAY_SIZE(tests);
}

unsigned int lit_atomic_tests(struct lit_test *out)
{
	unsigned int n = ordering(out);

	n += exclusion(out + n);
	n += sizes(out + n);
	return n;
}
