/* SPDX-License-Identifier: Apache-2.0 */
/*
 * litmus_order.c - litmus tests of the order between accesses to different and to the same
 * variables.
 *
 * What is allowed: vol. 1, 2.1.8 (weak consistency: order only through barriers, through
 * dependencies, and per address) and 2.2.8.1 (dbar 0 is complete).  The meaning of other
 * hints is what Linux's barrier.h for LoongArch relies on: bit 4 set: order only; bits 3
 * and 2 clear: earlier loads, stores; bits 1 and 0 clear: later loads, stores; 0x700: loads
 * of one address.  Linux's memory model says which of them must be cumulative.
 *
 * CPUCFG.3.LD_SEQ_SA is 0: without 0x700 two loads of one address may be out of order.
 * Tests without "forbidden" show what is allowed and make sure of the values.
 */
#include "litmus_tests.h"

/* Store buffering: @f between a store and a load. */
#define SB(name_, f, forbidden_, weak_) { \
		.name = name_, \
		.code = { { ST(ONE, X), f, LD(RA_, Y) }, { ST(ONE, Y), f, LD(RA_, X) } }, \
		.obs = "0a 1a", .nvalues = "22", .forbidden = forbidden_, .weak = weak_ }
/* Message passing: the flag is y. */
#define MP(name_, w, r, forbidden_) { \
		.name = name_, \
		.code = { { ST(ONE, X), w, ST(ONE, Y) }, { LD(RA_, Y), r, LD(RB_, X) } }, \
		.obs = "1a 1b", .nvalues = "22", .forbidden = forbidden_ }
/* Load buffering: @v is stored after a load. */
#define LB(name_, f, v, forbidden_) { \
		.name = name_, \
		.code = { { LD(RA_, X), f, ST(v, Y) }, { LD(RA_, Y), f, ST(v, X) } }, \
		.obs = "0a 1a", .nvalues = "22", .forbidden = forbidden_ }
#define RR(name_, f, forbidden_, weak_) { \
		.name = name_, \
		.code = { { ST(ONE, X), f, ST(ONE, Y) }, { ST(TWO, Y), f, LD(RA_, X) } }, \
		.obs = "1a y", .nvalues = "23", .forbidden = forbidden_, .weak = weak_ }
#define SS(name_, w, r, forbidden_) { \
		.name = name_, \
		.code = { { ST(TWO, X), w, ST(ONE, Y) }, { LD(RA_, Y), r, ST(ONE, X) } }, \
		.obs = "1a x", .nvalues = "23", .forbidden = forbidden_ }
#define WW(name_, w, forbidden_) { \
		.name = name_, \
		.code = { { ST(ONE, X), w, ST(TWO, Y) }, { ST(ONE, Y), w, ST(TWO, X) } }, \
		.obs = "x y", .nvalues = "33", .forbidden = forbidden_ }
#define WRC(name_, w, r, forbidden_) { \
		.name = name_, \
		.code = { { ST(ONE, X) }, { LD(RA_, X), w, ST(ONE, Y) }, \
			  { LD(RA_, Y), r, LD(RB_, X) } }, \
		.obs = "1a 2a 2b", .nvalues = "222", .forbidden = forbidden_ }
#define RWC(name_, f1, f2, forbidden_, weak_) { \
		.name = name_, \
		.code = { { ST(ONE, X) }, { LD(RA_, X), f1, LD(RB_, Y) }, \
			  { ST(ONE, Y), f2, LD(RA_, X) } }, \
		.obs = "1a 1b 2a", .nvalues = "222", .forbidden = forbidden_, .weak = weak_ }
#define IRIW(name_, f, forbidden_) { \
		.name = name_, \
		.code = { { ST(ONE, X) }, { ST(ONE, Y) }, { LD(RA_, X), f, LD(RB_, Y) }, \
			  { LD(RA_, Y), f, LD(RB_, X) } }, \
		.obs = "2a 2b 3a 3b", .nvalues = "2222", .forbidden = forbidden_ }
#define ISA2(name_, w, m, r, forbidden_) { \
		.name = name_, \
		.code = { { ST(ONE, X), w, ST(ONE, Y) }, { LD(RA_, Y), m, ST(ONE, Z) }, \
			  { LD(RA_, Z), r, LD(RB_, X) } }, \
		.obs = "1a 2a 2b", .nvalues = "222", .forbidden = forbidden_ }

static unsigned int two_variables(struct lit_test *out)
{
	const struct lit_test tests[] = {
		SB("SB", NOP, NULL, "00"),
		SB("SB+dbar.0", DBAR(0), "00", NULL),
		SB("SB+dbar.10", DBAR(0x10), "00", NULL),
		SB("SB+dbar.unknown", DBAR(0x7ff), "00", NULL),
		SB("SB+dbar.14", DBAR(0x14), NULL, "00"),
		SB("SB+dbar.12", DBAR(0x12), NULL, "00"),
		SB("SB+dbar.15", DBAR(0x15), NULL, "00"),
		SB("SB+dbar.1a", DBAR(0x1a), NULL, "00"),
		SB("SB+dbar.700", DBAR(0x700), NULL, "00"),
		SB("SB+ibar", la_enc_ibar(0), NULL, "00"),
		MP("MP", NOP, NOP, NULL),
		MP("MP+dbar.0", DBAR(0), DBAR(0), "10"),
		MP("MP+dbar.1a+15", DBAR(0x1a), DBAR(0x15), "10"),
		MP("MP+dbar.a+5", DBAR(0xa), DBAR(0x5), "10"),
		MP("MP+dbar.12+14", DBAR(0x12), DBAR(0x14), "10"),
		MP("MP+dbar.unknown", DBAR(0x7fff), DBAR(0x123), "10"),
		LB("LB", NOP, ONE, NULL),
		LB("LB+dbar.0", DBAR(0), ONE, "11"),
		LB("LB+dbar.14", DBAR(0x14), ONE, "11"),
		LB("LB+dbar.12", DBAR(0x12), ONE, "11"),
		/* The value stored is the one loaded: 1 from nowhere. */
		LB("LB+data", NOP, RA_, "1. .1"),
		LB("LB+ctrl", la_enc_beqz(RA_, 4), ONE, "11"),
		RR("R", NOP, NULL, "02"),
		RR("R+dbar.0", DBAR(0), "02", NULL),
		RR("R+dbar.1a", DBAR(0x1a), NULL, "02"),
		SS("S", NOP, NOP, NULL),
		SS("S+dbar.0", DBAR(0), DBAR(0), "12"),
		SS("S+dbar.1a+14", DBAR(0x1a), DBAR(0x14), "12"),
		SS("S+dbar.12+12", DBAR(0x12), DBAR(0x12), "12"),
		WW("2+2W", NOP, NULL),
		WW("2+2W+dbar.0", DBAR(0), "11"),
		WW("2+2W+dbar.1a", DBAR(0x1a), "11"),
		/* The address of the second load depends on the first one's value. */
		{ .name = "MP+dbar.1a+addr",
		  .code = { { ST(ONE, X), DBAR(0x1a), ST(ONE, Y) },
			    { LD(RA_, Y), la_enc_xor(TMP, RA_, RA_), la_enc_ldx_d(RB_, X, TMP) } },
		  .obs = "1a 1b", .nvalues = "22", .forbidden = "10" },
	};

	memcpy(out, tests, sizeof(tests));
	return ARRAY_SIZE(tests);
}

static unsigned int more_threads(struct lit_test *out)
{
	const struct lit_test tests[] = {
		WRC("WRC", NOP, NOP, NULL),
		WRC("WRC+dbar.0", DBAR(0), DBAR(0), "110"),
		WRC("WRC+dbar.12+14", DBAR(0x12), DBAR(0x14), "110"),
		RWC("RWC", NOP, NOP, NULL, "100"),
		RWC("RWC+dbar.0", DBAR(0), DBAR(0), "100", NULL),
		RWC("RWC+dbar.15+14", DBAR(0x15), DBAR(0x14), NULL, "100"),
		IRIW("IRIW", NOP, NULL),
		IRIW("IRIW+dbar.0", DBAR(0), "1010"),
		/* Nothing says that two readers agree with less than a full barrier. */
		IRIW("IRIW+dbar.15", DBAR(0x15), NULL),
		ISA2("ISA2", NOP, NOP, NOP, NULL),
		ISA2("ISA2+dbar.0", DBAR(0), DBAR(0), DBAR(0), "110"),
		ISA2("ISA2+dbar.12+12+14", DBAR(0x12), DBAR(0x12), DBAR(0x14), "110"),
		{ .name = "3.SB+dbar.0",
		  .code = { { ST(ONE, X), DBAR(0), LD(RA_, Y) },
			    { ST(ONE, Y), DBAR(0), LD(RA_, Z) },
			    { ST(ONE, Z), DBAR(0), LD(RA_, X) } },
		  .obs = "0a 1a 2a", .nvalues = "222", .forbidden = "000" },
		{ .name = "4.MP+dbar.12+14",
		  .code = { { ST(ONE, X), DBAR(0x12), ST(ONE, Y) },
			    { LD(RA_, Y), DBAR(0x12), ST(ONE, Z) },
			    { LD(RA_, Z), DBAR(0x12), ST(ONE, W) },
			    { LD(RA_, W), DBAR(0x14), LD(RB_, X) } },
		  .obs = "1a 2a 3a 3b", .nvalues = "2222", .forbidden = "1110" },
	};

	memcpy(out, tests, sizeof(tests));
	return ARRAY_SIZE(tests);
}

/* Coherence: one variable has one history, and everybody's view agrees with it. */
static unsigned int one_variable(struct lit_test *out)
{
	const struct lit_test tests[] = {
		{ .name = "CoRR", .code = { { ST(ONE, X) }, { LD(RA_, X), LD(RB_, X) } },
		  .obs = "1a 1b", .nvalues = "22" },
		{ .name = "CoRR+dbar.700",
		  .code = { { ST(ONE, X) }, { LD(RA_, X), DBAR(0x700), LD(RB_, X) } },
		  .obs = "1a 1b", .nvalues = "22", .forbidden = "10" },
		{ .name = "CoWW+dbar.700",
		  .code = { { ST(ONE, X), ST(TWO, X) }, { LD(RA_, X), DBAR(0x700), LD(RB_, X) } },
		  .obs = "1a 1b x", .nvalues = "333",
		  .only = "002 012 022 112 122 222" },
		{ .name = "CoRW",
		  .code = { { LD(RA_, X), ST(ONE, X) }, { ST(TWO, X) } },
		  .obs = "0a x", .nvalues = "33", .only = "01 02 21" },
		{ .name = "CoWR",
		  .code = { { ST(ONE, X), LD(RA_, X) }, { ST(TWO, X) } },
		  .obs = "0a x", .nvalues = "33", .only = "11 12 22" },
		{ .name = "CoRR2+dbar.700",
		  .code = { { ST(ONE, X) }, { ST(TWO, X) },
			    { LD(RA_, X), DBAR(0x700), LD(RB_, X) },
			    { LD(RA_, X), DBAR(0x700), LD(RB_, X) } },
		  .obs = "2a 2b 3a 3b", .nvalues = "3333",
		  .forbidden = "10.. 20.. ..10 ..20 1221 2112" },
	};

	memcpy(out, tests, sizeof(tests));
	return ARRAY_SIZE(tests);
}

unsigned int lit_order_tests(struct lit_test *out)
{
	unsigned int n = two_variables(out);

	n += more_threads(out + n);
	n += one_variable(out + n);
	return n;
}
