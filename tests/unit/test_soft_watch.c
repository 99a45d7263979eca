/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_soft_watch.c - watchpoints on fetches, loads and stores (vol. 1, 7.9): what hits, what
 * a hit leaves behind, Skip, and that other accesses are left alone.
 */
#include "soft/mmu.h"
#include "soft/watch.h"
#include "soft_fixture.h"

#define WE LA_CRMD_WE
#define SKIP LA_MWPS_SKIP
#define ALL_PLV (LA_MWPCFG3_PLV0 | LA_MWPCFG3_PLV1 | LA_MWPCFG3_PLV2 | LA_MWPCFG3_PLV3)
#define BOTH (LA_MWPCFG3_LOADEN | LA_MWPCFG3_STOREEN)
#define SIZE(n) ((uint64_t)(n) << LA_MWPCFG3_SIZE_SHIFT)

static struct fx fx;

static void setup(void)
{
	fx_open(&fx, &fx_max, 1);
}

static void teardown(void)
{
	fx_close(&fx);
}

static void set_mem(unsigned int i, uint64_t va, uint64_t mask, uint64_t cfg3)
{
	fx_set_csr(&fx, LA_CSR_MWP0CFG1 + 8 * i, va);
	fx_set_csr(&fx, LA_CSR_MWP0CFG2 + 8 * i, mask);
	fx_set_csr(&fx, LA_CSR_MWP0CFG4 + 8 * i, 0);
	fx_set_csr(&fx, LA_CSR_MWP0CFG3 + 8 * i, cfg3);
}

static void set_fetch(unsigned int i, uint64_t va, uint64_t mask, uint64_t cfg3)
{
	fx_set_csr(&fx, LA_CSR_FWP0CFG1 + 8 * i, va);
	fx_set_csr(&fx, LA_CSR_FWP0CFG2 + 8 * i, mask);
	fx_set_csr(&fx, LA_CSR_FWP0CFG4 + 8 * i, 0);
	fx_set_csr(&fx, LA_CSR_FWP0CFG3 + 8 * i, cfg3);
}

static void mode(unsigned int plv)
{
	fx_set_csr(&fx, LA_CSR_CRMD, LA_CRMD_PG | WE | plv);
}

/* The hits since last asked; forgets them as a handler does. */
static uint64_t hits(unsigned int status)
{
	uint64_t got = fx_csr(&fx, status) & LA_MWPS_STATUS;

	fx_set_csr(&fx, status, got);
	ck_assert_hex_eq(fx_csr(&fx, status), 0);
	return got;
}

/* ------------------------------------------------------------------ registers */

START_TEST(registers)
{
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_MWPC), LA_NWATCH);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_FWPC), LA_NWATCH);
	for (unsigned int num = 0x300; num < 0x400; num++) {
		bool is_mem = num < 0x380;
		unsigned int i = ((num & 0x7f) - 0x10) / 8;
		uint64_t want = 0;

		fx_set_csr(&fx, num, UINT64_MAX);
		if (num == LA_CSR_MWPC || num == LA_CSR_FWPC)
			want = LA_NWATCH;
		else if (num == LA_CSR_MWPS || num == LA_CSR_FWPS)
			want = SKIP;
		else if ((num & 0x7f) >= 0x10 && i < LA_NWATCH) {
			if (num % 8 < 2)
				want = UINT64_MAX;
			else if (num % 8 == 2)
				want = is_mem ? 0xf9e : 0x9e;
			else if (num % 8 == 3)
				want = 0x3ff;
		}
		ck_assert_msg(fx_csr(&fx, num) == want, "CSR %#x reads %#" PRIx64, num,
			      fx_csr(&fx, num));
		fx_set_csr(&fx, num, 0);
	}
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_MWPS), 0);
	la_cpu_reset(fx.cpu, FX_CODE);
	ck_assert_uint_eq(fx.cpu->watch_mem | fx.cpu->watch_fetch, 0);
}
END_TEST

/* ------------------------------------------------------------------ loads and stores */

#define D (FX_USEG | FX_DATA)	/* where the watchpoints are */

static const struct mem_case {
	const char *what;
	uint64_t wp_va, wp_mask, wp_cfg3;	/* relative to D */
	uint32_t insn;			/* A1 = D + offset; A0 data */
	int offset;
	bool is_hit;
} mem_cases[] = {
	/* The table of mbyten and bytemask, 7.9.3. */
	{ "ld.b on it", 0, 0, BOTH, 0x28000000, 0, true },
	{ "ld.b beside it", 0, 0, BOTH, 0x28000000, 1, false },
	{ "ld.b under the mask", 0, 7, BOTH, 0x28000000, 1, true },
	{ "ld.b, watched byte 3", 3, 7, BOTH | SIZE(3), 0x28000000, 3, true },
	{ "ld.b, byte 2 beside", 3, 7, BOTH | SIZE(3), 0x28000000, 2, false },
	{ "ld.h over byte 3", 3, 7, BOTH | SIZE(3), 0x28400000, 2, true },
	{ "ld.h before", 3, 7, BOTH | SIZE(3), 0x28400000, 0, false },
	{ "ld.w over byte 3", 3, 7, BOTH | SIZE(3), 0x28800000, 0, true },
	{ "ld.w behind", 3, 7, BOTH | SIZE(3), 0x28800000, 4, false },
	{ "ld.d over byte 3", 3, 7, BOTH | SIZE(3), 0x28c00000, 0, true },
	{ "ld.d, no mask, at 0", 4, 0, BOTH | SIZE(1), 0x28c00000, 0, false },
	{ "ld.w, no mask, at 4", 4, 0, BOTH | SIZE(1), 0x28800000, 4, true },
	{ "half 2..3, ld.b 2", 2, 7, BOTH | SIZE(2), 0x28000000, 2, true },
	{ "half 2..3, ld.b 4", 2, 7, BOTH | SIZE(2), 0x28000000, 4, false },
	{ "word 4..7, ld.b 7", 5, 7, BOTH | SIZE(1), 0x28000000, 7, true },
	{ "word 4..7, ld.b 3", 5, 7, BOTH | SIZE(1), 0x28000000, 3, false },
	{ "misaligned ld.h counts as aligned", 2, 7, BOTH | SIZE(3), 0x28400000, 3, true },
	{ "mask of a page", 0, 0xfff, BOTH, 0x28c00000, 0xff8, true },
	{ "behind the page", 0, 0xfff, BOTH, 0x28c00000, 0x1000, false },
	/* Kinds. */
	{ "store, loads only", 0, 0, LA_MWPCFG3_LOADEN, 0x29c00000, 0, false },
	{ "store, stores only", 0, 0, LA_MWPCFG3_STOREEN, 0x29c00000, 0, true },
	{ "load, stores only", 0, 0, LA_MWPCFG3_STOREEN, 0x28c00000, 0, false },
	{ "neither", 0, 0, 0, 0x28c00000, 0, false },
	{ "ldptr.d", 0, 0, LA_MWPCFG3_LOADEN, 0x26000000, 0, true },
	{ "ldx.d", 0, 0, LA_MWPCFG3_LOADEN, 0x380c0000, 0, true },
	{ "stx.d", 0, 0, LA_MWPCFG3_STOREEN, 0x381c0000, 0, true },
	{ "ldgt.d", 0, 0, LA_MWPCFG3_LOADEN, 0x38798000, 0, true },
	{ "ll.d", 0, 0, LA_MWPCFG3_LOADEN, 0x22000000, 0, true },
	{ "ll.d, stores only", 0, 0, LA_MWPCFG3_STOREEN, 0x22000000, 0, false },
	{ "sc.d", 0, 0, LA_MWPCFG3_STOREEN, 0x23000000, 0, true },
	{ "amswap.d loads", 0, 0, LA_MWPCFG3_LOADEN, 0x38608000, 0, true },
	{ "amswap.d stores", 0, 0, LA_MWPCFG3_STOREEN, 0x38608000, 0, true },
	{ "fld.d", 0, 0, LA_MWPCFG3_LOADEN, 0x2b800000, 0, true },
	{ "fst.s", 0, 0, LA_MWPCFG3_STOREEN, 0x2b400000, 0, true },
	{ "vld, second half", 8, 0, LA_MWPCFG3_LOADEN, 0x2c000000, 0, true },
	{ "vld, before", 0, 0, LA_MWPCFG3_LOADEN, 0x2c000000, 8, false },
	{ "xvst, last part", 24, 0, LA_MWPCFG3_STOREEN, 0x2cc00000, 0, true },
	{ "vldrepl.w", 4, 0, LA_MWPCFG3_LOADEN, 0x30200000, 4, true },
	{ "preld", 0, 0, BOTH, 0x2ac00000, 0, false },
};

START_TEST(judges_accesses)
{
	const struct mem_case *c = &mem_cases[_i];
	const unsigned int i = (unsigned int)_i % LA_NWATCH;
	int got;

	fx_program(&fx, c->insn | A1 << 5 | (c->insn >> 24 == 0x2b || c->insn >> 26 == 0xb ||
					      c->insn >> 24 == 0x30 ? 0 : A0));
	set_mem(i, D + c->wp_va, c->wp_mask, c->wp_cfg3 | ALL_PLV);
	fx_put64(&fx, FX_DATA + (uint64_t)c->offset, 0x1122334455667788);
	fx_set(&fx, A0, 0x55aa);
	fx_set(&fx, A1, D + (uint64_t)c->offset);
	mode(3);
	got = fx_go(&fx);
	ck_assert_msg(got == (c->is_hit ? LA_EXC_WPEM : FX_DONE), "%s: %d", c->what, got);
	ck_assert_hex_eq(hits(LA_CSR_MWPS), c->is_hit ? 1u << i : 0);
	if (c->is_hit) {
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), FX_USEG | FX_CODE);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_PRMD), 3 | LA_PRMD_PWE);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_CRMD) & (WE | 3), 0);
		ck_assert_hex_eq(fx_get64(&fx, FX_DATA + (uint64_t)c->offset),
				 0x1122334455667788);
		ck_assert_hex_eq(fx_reg(&fx, A0), 0x55aa);
	}
	/* Global enable off: nothing happens. */
	fx_set_csr(&fx, LA_CSR_CRMD, LA_CRMD_PG | 3);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_hex_eq(hits(LA_CSR_MWPS), 0);
}
END_TEST

/* Each level has its bit, and the ASID counts when LCL says so. */
START_TEST(levels_and_asid)
{
	fx_program(&fx, la_enc_ld_d(A0, A1, 0));
	fx_set(&fx, A1, D);
	for (unsigned int at = 0; at < 4; at++) {
		set_mem(2, D, 0, BOTH | LA_MWPCFG3_PLV0 << at);
		for (unsigned int plv = 0; plv < 4; plv++) {
			mode(plv);
			ck_assert_int_eq(fx_go(&fx), plv == at ? LA_EXC_WPEM : FX_DONE);
		}
	}
	set_mem(2, D, 0, BOTH | ALL_PLV | LA_MWPCFG3_LCL);
	fx_set_csr(&fx, LA_CSR_MWP0CFG4 + 16, 0x155);
	for (unsigned int round = 0; round < 4; round++) {
		fx_set_csr(&fx, LA_CSR_ASID, round & 1 ? 0x155 : 0x154);
		mode(3);
		ck_assert_int_eq(fx_go(&fx), round & 1 ? LA_EXC_WPEM : FX_DONE);
	}
}
END_TEST

/* Fast translations from before are gone; switched off, all is as before. */
START_TEST(takes_effect_at_once)
{
	fx_program(&fx, la_enc_ld_d(A0, A1, 0), la_enc_st_d(A0, A1, 0), la_enc_ld_d(A0, A1, 8));
	fx_set(&fx, A1, D);
	mode(0);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	set_mem(0, D, 0, LA_MWPCFG3_STOREEN | ALL_PLV);
	mode(0);
	ck_assert_int_eq(fx_go(&fx), LA_EXC_WPEM);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), FX_USEG | (FX_CODE + 4));
	ck_assert_hex_eq(hits(LA_CSR_MWPS), 1);
	/* The watched page has no fast entries, another has. */
	ck_assert(fx.cpu->tlb->w[D >> 12 & (LA_TLB_W - 1)].tag != D);
	set_mem(0, D, 0, 0);
	mode(0);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_uint_eq(fx.cpu->watch_mem, 0);
	/* By the guest itself. */
	fx_set(&fx, A2, D);
	fx_set(&fx, A3, LA_MWPCFG3_LOADEN | ALL_PLV);
	fx_program(&fx, la_enc_ld_d(A0, A1, 0), la_enc_csrwr(A2, LA_CSR_MWP0CFG1 + 8),
		   la_enc_csrwr(A3, LA_CSR_MWP0CFG3 + 8), la_enc_ld_d(A0, A1, 8),
		   la_enc_ld_d(A0, A1, 0));
	mode(0);
	ck_assert_int_eq(fx_go(&fx), LA_EXC_WPEM);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), FX_USEG | (FX_CODE + 16));
	ck_assert_hex_eq(hits(LA_CSR_MWPS), 2);
}
END_TEST

START_TEST(skip_lets_one_pass)
{
	fx_program(&fx, la_enc_ld_d(A0, A1, 0), la_enc_ld_d(A0, A1, 8), la_enc_vld(0, A1, 0),
		   la_enc_ld_d(A2, A1, 0));
	fx_set(&fx, A1, D);
	set_mem(0, D, 0, BOTH | ALL_PLV);
	set_mem(1, D, 7, BOTH | ALL_PLV);
	/* One hit of both watchpoints uses Skip up. */
	fx_set_csr(&fx, LA_CSR_MWPS, SKIP);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_MWPS), SKIP);
	mode(3);
	ck_assert_int_eq(fx_go(&fx), LA_EXC_WPEM);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), FX_USEG | (FX_CODE + 8));
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_MWPS), 3);
	/* Skip with status kept: 0 does not clear. */
	fx_set_csr(&fx, LA_CSR_MWPS, SKIP | 1);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_MWPS), SKIP | 2);
	mode(3);
	ck_assert_int_eq(fx_go_cpu(fx.cpu, FX_USEG | (FX_CODE + 8)), LA_EXC_WPEM);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), FX_USEG | (FX_CODE + 12));
	ck_assert_hex_eq(hits(LA_CSR_MWPS), 3);
}
END_TEST

/* Alignment and translation come first and leave Skip alone. */
START_TEST(other_exceptions_come_first)
{
	set_mem(0, D, ~UINT64_C(0), BOTH | ALL_PLV);
	fx_set_csr(&fx, LA_CSR_MWPS, SKIP);
	fx_set(&fx, A1, D + 4);
	mode(3);
	ck_assert_int_eq(fx_exec(&fx, la_enc_ll_d(A0, A1, 0)), LA_EXC_ALE);
	fx_set(&fx, A1, UINT64_C(0x4000000000000000));
	mode(3);
	ck_assert_int_eq(fx_exec(&fx, la_enc_ld_d(A0, A1, 0)), LA_EXC_ADEM);
	fx_set(&fx, A1, 0x123000);
	mode(3);
	ck_assert_int_eq(fx_exec(&fx, la_enc_st_d(A0, A1, 0)), LA_EXC_TLBR);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBRPRMD), 3 | LA_TLBRPRMD_PWE);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_MWPS), SKIP);
}
END_TEST

/* An access across a page end is judged once, by its address. */
START_TEST(crossing_access)
{
	fx_program(&fx, la_enc_st_d(A0, A1, 0));
	fx_set(&fx, A0, 0x1122334455667788);
	fx_set(&fx, A1, D + 0xffc);
	set_mem(0, D + 0x1000, 0, BOTH | ALL_PLV);
	mode(3);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_hex_eq(fx_get64(&fx, FX_DATA + 0xffc), 0x1122334455667788);
	set_mem(0, D + 0xffc, 0, BOTH | ALL_PLV);
	fx_set(&fx, A0, 0);
	mode(3);
	ck_assert_int_eq(fx_go(&fx), LA_EXC_WPEM);
	ck_assert_hex_eq(fx_get64(&fx, FX_DATA + 0xffc), 0x1122334455667788);
	fx_set_csr(&fx, LA_CSR_MWPS, SKIP | 1);
	mode(3);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_hex_eq(fx_get64(&fx, FX_DATA + 0xffc), 0);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_MWPS), 0);
}
END_TEST

/* Registers of devices: an atomic there is judged once as well. */
START_TEST(devices)
{
	fx_set(&fx, A1, FX_USEG | FX_MMIO);
	fx_program(&fx, la_enc_amadd_d(A2, A0, A1));
	set_mem(5, FX_USEG | FX_MMIO, 0, BOTH | ALL_PLV);
	fx_set(&fx, A0, 3);
	mode(3);
	ck_assert_int_eq(fx_go(&fx), LA_EXC_WPEM);
	ck_assert_uint_eq(fx.naccess, 0);
	fx_set_csr(&fx, LA_CSR_MWPS, SKIP | 1 << 5);
	fx.mmio_val = 4;
	mode(3);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_uint_eq(fx.naccess, 2);
	ck_assert_hex_eq(fx.mmio_val, 7);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_MWPS), 0);
}
END_TEST

/* ------------------------------------------------------------------ fetches */

#define C (FX_USEG | FX_CODE)

/* Ten times A0++, with a loop in it. */
static void emit_loop(void)
{
	fx_program(&fx, la_enc_addi_d(A0, 0, 0), la_enc_addi_d(A1, 0, 10),
		   la_enc_addi_d(A0, A0, 1), la_enc_bne(A0, A1, -4), la_enc_addi_d(A2, A0, 0));
}

START_TEST(fetch_hits)
{
	emit_loop();
	mode(3);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);	/* decoded and in the tables */
	for (unsigned int word = 0; word < 6; word++) {
		unsigned int i = word % LA_NWATCH;

		set_fetch(i, C + 4 * word, 0, ALL_PLV);
		fx_set(&fx, A0, 0);
		mode(3);
		ck_assert_int_eq(fx_go(&fx), LA_EXC_WPEF);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), C + 4 * word);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_PRMD), 3 | LA_PRMD_PWE);
		ck_assert_hex_eq(fx_reg(&fx, A0), word < 3 ? 0 : word == 3 ? 1 : 10);
		ck_assert_hex_eq(hits(LA_CSR_FWPS), 1u << i);
		set_fetch(i, 0, 0, 0);
	}
	mode(3);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
}
END_TEST

/* As a debugger steps: everything watched, Skip for one instruction at a time. */
START_TEST(stepping_with_skip)
{
	static const unsigned int at[] = { 0, 1, 2, 3, 2, 3, 2, 3 };

	emit_loop();
	set_fetch(0, 0, ~UINT64_C(0), LA_FWPCFG3_PLV3);
	for (unsigned int n = 0; n + 1 < ARRAY_SIZE(at); n++) {
		fx_set_csr(&fx, LA_CSR_FWPS, SKIP | 1);
		mode(3);
		ck_assert_int_eq(fx_go_cpu(fx.cpu, C + 4 * at[n]), LA_EXC_WPEF);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), C + 4 * at[n + 1]);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_FWPS), 1);
	}
}
END_TEST

/* Fetch watchpoints win against all else, and by the privilege level of now. */
START_TEST(fetch_comes_first)
{
	set_fetch(3, C + 2, 0, ALL_PLV);
	mode(3);
	ck_assert_int_eq(fx_go_cpu(fx.cpu, C + 2), LA_EXC_WPEF);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), C + 2);
	set_fetch(3, 0x4000000, 0, ALL_PLV);
	mode(3);
	ck_assert_int_eq(fx_go_cpu(fx.cpu, 0x4000000), LA_EXC_WPEF);
	/* Without it, what else is wrong. */
	set_fetch(3, C + 2, 0, ALL_PLV & ~(uint64_t)LA_FWPCFG3_PLV3);
	mode(3);
	ck_assert_int_eq(fx_go_cpu(fx.cpu, C + 2), LA_EXC_ADEF);
	mode(2);
	ck_assert_int_eq(fx_go_cpu(fx.cpu, C + 2), LA_EXC_WPEF);
	set_fetch(3, C, 0, ALL_PLV | LA_FWPCFG3_LCL);
	fx_set_csr(&fx, LA_CSR_FWP0CFG4 + 24, 9);
	emit_loop();
	mode(3);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	fx_set_csr(&fx, LA_CSR_ASID, 9);
	mode(3);
	ck_assert_int_eq(fx_go(&fx), LA_EXC_WPEF);
}
END_TEST

/* From an unwatched page by a branch, and by running into it. */
START_TEST(fetch_across_pages)
{
	const uint64_t next = FX_CODE + 0x1000;

	fx_at(&fx, next - 8);
	fx_emit(&fx, la_enc_addi_d(A0, 0, 1));
	fx_emit(&fx, la_enc_addi_d(A0, 0, 2));
	fx_emit(&fx, la_enc_addi_d(A0, 0, 3));
	fx_emit(&fx, la_enc_break(0));
	mode(3);
	ck_assert_int_eq(fx_go_cpu(fx.cpu, FX_USEG | (next - 8)), FX_DONE);
	set_fetch(0, FX_USEG | (next + 4), 0, ALL_PLV);
	mode(3);
	ck_assert_int_eq(fx_go_cpu(fx.cpu, FX_USEG | (next - 8)), LA_EXC_WPEF);
	ck_assert_hex_eq(fx_reg(&fx, A0), 3);
	fx_program(&fx, la_enc_b(0x1004));
	mode(3);
	ck_assert_int_eq(fx_go(&fx), LA_EXC_WPEF);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), FX_USEG | (next + 4));
}
END_TEST

/* ertn with PWE arms them again for the interrupted code. */
START_TEST(ertn_arms)
{
	emit_loop();
	set_fetch(0, C + 16, 0, LA_FWPCFG3_PLV3);
	fx_at(&fx, 0x108000);
	fx_emit(&fx, la_enc_ertn());
	for (unsigned int pwe = 0; pwe < 2; pwe++) {
		fx_set_csr(&fx, LA_CSR_CRMD, LA_CRMD_PG);
		fx_set_csr(&fx, LA_CSR_PRMD, 3 | (pwe ? LA_PRMD_PWE : 0));
		fx_set_csr(&fx, LA_CSR_ERA, C);
		ck_assert_int_eq(fx_go_cpu(fx.cpu, FX_USEG | 0x108000),
				 pwe ? LA_EXC_WPEF : FX_DONE);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("watchpoints");
	TCase *tc = tcase_create("watch");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, registers);
	tcase_add_loop_test(tc, judges_accesses, 0, ARRAY_SIZE(mem_cases));
	tcase_add_test(tc, levels_and_asid);
	tcase_add_test(tc, takes_effect_at_once);
	tcase_add_test(tc, skip_lets_one_pass);
	tcase_add_test(tc, other_exceptions_come_first);
	tcase_add_test(tc, crossing_access);
	tcase_add_test(tc, devices);
	tcase_add_test(tc, fetch_hits);
	tcase_add_test(tc, stepping_with_skip);
	tcase_add_test(tc, fetch_comes_first);
	tcase_add_test(tc, fetch_across_pages);
	tcase_add_test(tc, ertn_arms);
	suite_add_tcase(s, tc);
	return fx_main(s);
}
