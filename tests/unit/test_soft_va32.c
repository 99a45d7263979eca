/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_soft_va32.c - 32-bit address mode (vol. 1, 5.2.3, and BADV, ERA, TLBRBADV in 7.4 and
 * 7.5): effective addresses, the pc, results of bl, jirl and pcaddi, what exceptions save.
 */
#include "soft_fixture.h"
#include "soft_mmu_fixture.h"

#define VA32_ALL (LA_MISC_VA32L1 | LA_MISC_VA32L2 | LA_MISC_VA32L3)
#define JUNK UINT64_C(0xdeadbeef00000000)
#define LOW UINT64_C(0x7fff0000)	/* va of the pair of pages at FX_DATA */
#define HIGH UINT64_C(0x90000000)	/* va of the pair of pages at FX_CODE */
#define TOP UINT64_C(0xffffe000)	/* the last pair; its second page is at FX_TOP */
#define FX_TOP UINT64_C(0x109000)
#define FX_BOTTOM UINT64_C(0x10a000)	/* at va 0 */

static struct fx fx;

/* Paging on, @plv, with pages at LOW, HIGH, TOP and 0. */
static void setup_paged(unsigned int plv)
{
	const uint64_t flags = MMU_RW;

	mmu_fill(&fx, 1, LOW, 12, FX_DATA | flags, (FX_DATA + 0x1000) | flags);
	mmu_fill(&fx, 1, HIGH, 12, FX_CODE | flags, (FX_CODE + 0x1000) | flags);
	mmu_fill(&fx, 1, TOP, 12, (FX_TOP - 0x1000) | flags, FX_TOP | flags);
	mmu_fill(&fx, 1, 0, 12, FX_BOTTOM | flags, (FX_BOTTOM + 0x1000) | flags);
	fx_mode(&fx, true, plv);
}

static void setup(void)
{
	fx_open(&fx, &fx_max, 1);
	fx_set_csr(&fx, LA_CSR_MISC, VA32_ALL);
	fx_set_csr(&fx, LA_CSR_ASID, 1);
	setup_paged(3);
}

static void teardown(void)
{
	fx_close(&fx);
}

static int go(uint64_t pc)
{
	return fx_go_cpu(fx.cpu, pc);
}

/* ------------------------------------------------------------------ effective addresses */

/* rd is A0 or register 0; rj is A1, rk is A2 where it is an index and A3 where a bound. */
enum dest { TO_GPR, TO_VREG, TO_MEMORY, TO_BOTH };

#define ACCESSES(X) \
	X(ld_b, -1, TO_GPR, A0, A1, -1) \
	X(ld_wu, 4, TO_GPR, A0, A1, 4) \
	X(ld_d, 16, TO_GPR, A0, A1, 16) \
	X(ldx_d, 24, TO_GPR, A0, A1, A2) \
	X(ldptr_d, -32, TO_GPR, A0, A1, -32) \
	X(ldgt_d, 0, TO_GPR, A0, A1, 0) \
	X(ldle_w, 0, TO_GPR, A0, A1, A3) \
	X(ll_d, 8, TO_GPR, A0, A1, 8) \
	X(llacq_w, 0, TO_GPR, A0, A1) \
	X(st_b, -8, TO_MEMORY, A0, A1, -8) \
	X(st_d, -8, TO_MEMORY, A0, A1, -8) \
	X(stx_w, 24, TO_MEMORY, A0, A1, A2) \
	X(stptr_d, 32, TO_MEMORY, A0, A1, 32) \
	X(stle_d, 0, TO_MEMORY, A0, A1, A3) \
	X(stgt_h, 0, TO_MEMORY, A0, A1, 0) \
	X(amswap_d, 0, TO_BOTH, A0, A4, A1) \
	X(amadd_b, 0, TO_BOTH, A0, A4, A1) \
	X(ammax_du, 0, TO_BOTH, A0, A4, A1) \
	X(fld_d, 8, TO_VREG, 0, A1, 8) \
	X(fldx_d, 24, TO_VREG, 0, A1, A2) \
	X(fldgt_d, 0, TO_VREG, 0, A1, 0) \
	X(fst_d, 8, TO_MEMORY, 0, A1, 8) \
	X(vld, 16, TO_VREG, 0, A1, 16) \
	X(vldx, 24, TO_VREG, 0, A1, A2) \
	X(xvld, -64, TO_VREG, 0, A1, -64) \
	X(vldrepl_d, 8, TO_VREG, 0, A1, 8) \
	X(vst, 16, TO_MEMORY, 0, A1, 16) \
	X(xvst, 32, TO_MEMORY, 0, A1, 32) \
	X(vstelm_d, 8, TO_MEMORY, 0, A1, 8, 0) \
	X(xvstelm_w, 4, TO_MEMORY, 0, A1, 4, 7)

#define ENCODE(name, offset, dest, ...) \
	static uint32_t enc_##name(void) \
	{ \
		return la_enc_##name(__VA_ARGS__); \
	}
ACCESSES(ENCODE)

#define ACCESS(name, offset, dest, ...) { enc_##name, offset, dest },
static const struct access {
	uint32_t (*encode)(void);
	int offset;		/* from rj */
	enum dest dest;
} accesses[] = {
	ACCESSES(ACCESS)
};

static uint64_t pattern(uint64_t gpa)
{
	return (gpa | 1) * UINT64_C(0x9e3779b97f4a7c15) | UINT64_C(0x8080808080808080);
}

static void prepare_access(const struct access *a, uint64_t rj)
{
	for (uint64_t gpa = FX_DATA; gpa < FX_DATA + 0x200; gpa += 8)
		fx_put64(&fx, gpa, pattern(gpa));
	fx_set(&fx, A0, 0x0123456789abcdef);
	memset(&fx.cpu->v[0], 0x55, sizeof(fx.cpu->v[0]));
	fx_set(&fx, A1, rj);
	fx_set(&fx, A2, JUNK + 24);
	fx_set(&fx, A3, UINT64_MAX);
	fx_set(&fx, A4, UINT64_MAX);
	fx_mode(&fx, true, 3);
	fx_program(&fx, a->encode());
}

START_TEST(access_uses_low_half)
{
	const struct access *a = &accesses[_i];
	const uint64_t gpa = FX_DATA + 0x100 + (uint64_t)(int64_t)a->offset;
	uint64_t word, mem, want = 0;

	/* rj is junk above bit 31; with the offset, even bit 32 changes. */
	prepare_access(a, JUNK | (LOW + 0x100));
	ck_assert_int_eq(go(HIGH), FX_DONE);
	mem = fx_get64(&fx, gpa & ~UINT64_C(7));
	word = a->dest == TO_VREG ? fx.cpu->v[0].d[0] : fx_reg(&fx, A0);
	memcpy(&want, fx.ram + gpa, 1);
	if (a->dest == TO_GPR || a->dest == TO_VREG)
		ck_assert_hex_eq(word & 0xff, want);
	if (a->dest == TO_GPR)
		ck_assert(word != 0x0123456789abcdef);
	if (a->dest == TO_MEMORY || a->dest == TO_BOTH)
		ck_assert(mem != pattern(gpa & ~UINT64_C(7)));
	for (uint64_t p = FX_DATA; p < FX_DATA + 0x200; p += 8) {
		if (p < (gpa & ~UINT64_C(7)) || p >= gpa + 32)
			ck_assert_hex_eq(fx_get64(&fx, p), pattern(p));
	}
}
END_TEST

START_TEST(access_without_va32_does_not)
{
	const struct access *a = &accesses[_i];

	fx_set_csr(&fx, LA_CSR_MISC, VA32_ALL & ~(uint64_t)LA_MISC_VA32L3);
	prepare_access(a, JUNK | (LOW + 0x100));
	/* The code is below 4 GiB and does not mind. */
	ck_assert_int_eq(go(HIGH), LA_EXC_ADEM);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADV),
			 fx_reg(&fx, A1) + (a->offset == 24 ? JUNK + 24 :
					    (uint64_t)(int64_t)a->offset));
}
END_TEST

START_TEST(refill_saves_low_half)
{
	const struct access *a = &accesses[_i];
	const uint64_t va = 0x60000000;

	prepare_access(a, JUNK | va);
	ck_assert_int_eq(go(JUNK | HIGH), LA_EXC_TLBR);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBRBADV), va + (uint64_t)(int64_t)a->offset);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBRERA), HIGH | 1);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBREHI) & LA_TLBEHI_VPPN,
			 (va + (uint64_t)(int64_t)a->offset) & LA_TLBEHI_VPPN);
}
END_TEST

/* The sum wraps at 32 bits as well. */
START_TEST(offset_wraps)
{
	fx_put64(&fx, FX_BOTTOM + 8, 0x1122334455667788);
	fx_set(&fx, A1, 0xfffffff8);
	fx_program(&fx, la_enc_ld_d(A0, A1, 16), la_enc_ld_d(A2, 0, -8));
	fx_put64(&fx, FX_TOP + 0xff8, 0x99);
	ck_assert_int_eq(go(HIGH), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A0), 0x1122334455667788);
	ck_assert_hex_eq(fx_reg(&fx, A2), 0x99);
}
END_TEST

/* An access that begins below 4 GiB ends at the beginning of the address space. */
START_TEST(access_wraps)
{
	fx_put64(&fx, FX_TOP + 0xff8, 0x1111111111111111);
	fx_put64(&fx, FX_BOTTOM, 0x2222222222222222);
	fx_set(&fx, A1, JUNK | 0xfffffffc);
	fx_set(&fx, A2, 0x3333333344444444);
	fx_program(&fx, la_enc_ld_d(A0, A1, 0), la_enc_vld(1, A1, -8 + 4),
		   la_enc_st_d(A2, A1, 0));
	ck_assert_int_eq(go(HIGH), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A0), 0x2222222211111111);
	ck_assert_hex_eq(fx.cpu->v[1].d[0], 0x1111111111111111);
	ck_assert_hex_eq(fx.cpu->v[1].d[1], 0x2222222222222222);
	ck_assert_hex_eq(fx_get64(&fx, FX_TOP + 0xff8), 0x4444444411111111);
	ck_assert_hex_eq(fx_get64(&fx, FX_BOTTOM), 0x2222222233333333);
}
END_TEST

/* ------------------------------------------------------------------ code */

START_TEST(results_are_sign_extended)
{
	fx_at(&fx, FX_CODE);
	fx_emit(&fx, la_enc_pcaddi(A0, 1));
	fx_emit(&fx, la_enc_pcaddu12i(A1, 0));
	fx_emit(&fx, la_enc_pcaddu18i(A2, -0x2000));	/* minus 2 GiB */
	fx_emit(&fx, la_enc_pcalau12i(A3, 0x10));
	fx_emit(&fx, la_enc_bl(8));
	fx_emit(&fx, la_enc_break(1));
	fx_emit(&fx, la_enc_pcaddi(A4, 0));
	fx_emit(&fx, la_enc_jirl(A5, A4, 12));
	fx_emit(&fx, la_enc_break(1));
	fx_emit(&fx, la_enc_break(0));
	ck_assert_int_eq(go(JUNK | HIGH), FX_DONE);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), HIGH + 36);
	ck_assert_hex_eq(fx_reg(&fx, A0), 0xffffffff90000004);
	ck_assert_hex_eq(fx_reg(&fx, A1), 0xffffffff90000004);
	ck_assert_hex_eq(fx_reg(&fx, A2), 0x10000008);
	ck_assert_hex_eq(fx_reg(&fx, A3), 0xffffffff90010000);
	ck_assert_hex_eq(fx_reg(&fx, RA), 0xffffffff90000014);
	ck_assert_hex_eq(fx_reg(&fx, A4), 0xffffffff90000018);
	ck_assert_hex_eq(fx_reg(&fx, A5), 0xffffffff90000020);
}
END_TEST

/* Pairs that 64-bit code has fused, pcalau12i with a load among them, and near branches. */
START_TEST(pairs_and_loops)
{
	fx_put64(&fx, FX_DATA, 5);
	for (unsigned int round = 0; round < 2; round++) {
		bool is_va32 = round;

		fx_set_csr(&fx, LA_CSR_MISC, is_va32 ? VA32_ALL : 0);
		fx_mode(&fx, true, 3);
		fx_set(&fx, A1, (is_va32 ? JUNK : 0) | LOW);
		fx_set(&fx, A3, 0);
		fx_at(&fx, FX_CODE);
		fx_emit(&fx, la_enc_pcalau12i(A4, 0));
		fx_emit(&fx, la_enc_ld_d(A4, A4, 0));
		fx_emit(&fx, la_enc_ld_d(A2, A1, 0));
		fx_emit(&fx, la_enc_addi_d(A3, A3, 1));
		fx_emit(&fx, la_enc_bne(A3, A2, -8));
		fx_emit(&fx, la_enc_break(0));
		ck_assert_int_eq(go(HIGH), FX_DONE);
		ck_assert_hex_eq(fx_reg(&fx, A3), 5);
		ck_assert_hex_eq(fx_reg(&fx, A4), fx_get64(&fx, FX_CODE));
	}
}
END_TEST

/* Calls and branches across 4 GiB, forth and back. */
START_TEST(branches_cross_the_top)
{
	fx_at(&fx, FX_TOP + 0xff8);
	fx_emit(&fx, la_enc_break(0));
	fx_emit(&fx, la_enc_bl(8));
	fx_at(&fx, FX_BOTTOM);
	fx_emit(&fx, la_enc_break(1));
	fx_emit(&fx, la_enc_b(-12));
	fx_set(&fx, RA, 7);
	ck_assert_int_eq(go(0xfffffffc), FX_DONE);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), 0xfffffff8);
	ck_assert_hex_eq(fx_reg(&fx, RA), 0);
}
END_TEST

/* From one word to the next, stepping included. */
START_TEST(code_runs_past_the_top)
{
	fx_at(&fx, FX_TOP + 0xff8);
	fx_emit(&fx, la_enc_addi_d(A0, 0, 1));
	fx_emit(&fx, la_enc_addi_d(A0, A0, 1));
	fx_at(&fx, FX_BOTTOM);
	fx_emit(&fx, la_enc_addi_d(A0, A0, 1));
	fx_emit(&fx, la_enc_break(0));
	ck_assert_int_eq(go(0xfffffff8), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A0), 3);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), 4);
	la_set_pc(fx.cpu, 0xfffffffc);
	fx_mode(&fx, true, 3);
	ck_assert_int_eq(la_step(fx.cpu), LA_STOP_STEP);
	ck_assert_hex_eq(la_get_pc(fx.cpu), 0);
}
END_TEST

/* ------------------------------------------------------------------ exceptions, levels */

START_TEST(faults_save_low_half)
{
	/* Misaligned, out of bounds, out of bounds without an access. */
	fx_set(&fx, A1, JUNK | (LOW + 1));
	fx_set(&fx, A2, UINT64_MAX);
	fx_program(&fx, la_enc_amswap_w(0, 0, A1));
	ck_assert_int_eq(go(JUNK | HIGH), LA_EXC_ALE);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADV), LOW + 1);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), HIGH);
	fx_mode(&fx, true, 3);
	fx_program(&fx, la_enc_ldgt_b(0, A1, A1));
	ck_assert_int_eq(go(JUNK | HIGH), LA_EXC_BCE);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADV), LOW + 1);
	fx_mode(&fx, true, 3);
	fx_program(&fx, la_enc_asrtgt_d(A1, A1));
	ck_assert_int_eq(go(JUNK | HIGH), LA_EXC_BCE);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADV), LOW + 1);
	/* A fetch. */
	fx_mode(&fx, true, 3);
	fx_program(&fx, la_enc_jirl(0, A1, 0));
	ck_assert_int_eq(go(HIGH), LA_EXC_ADEF);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADV), LOW + 1);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), LOW + 1);
	/* ertn into the mode. */
	fx_set_csr(&fx, LA_CSR_ERA, JUNK | HIGH);
	fx_set_csr(&fx, LA_CSR_PRMD, 3);
	fx_set_csr(&fx, LA_CSR_TLBRERA, 0);
	fx_program(&fx, la_enc_pcaddi(A0, 0));
	fx_at(&fx, MMU_TOUCH_GPA);
	fx_emit(&fx, la_enc_ertn());
	fx_mode(&fx, true, 0);
	ck_assert_int_eq(go(MMU_TOUCH), FX_DONE);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), HIGH + 4);
	ck_assert_hex_eq(fx_reg(&fx, A0), 0xffffffff90000000);
}
END_TEST

/* Bits VA32L1 to VA32L3 of _i: each level has its own, PLV0 none. */
START_TEST(levels_are_apart)
{
	fx_set_csr(&fx, LA_CSR_MISC, (uint64_t)_i << 1);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_MISC), (uint64_t)_i << 1);
	fx_put64(&fx, FX_DATA, 0x77);
	for (unsigned int plv = 0; plv < 4; plv++) {
		bool is_va32 = plv && (_i >> (plv - 1) & 1);

		fx_mode(&fx, true, plv);
		fx_set(&fx, A1, JUNK | LOW);
		fx_program(&fx, la_enc_ld_d(A0, A1, 0));
		ck_assert_int_eq(go(HIGH), is_va32 ? FX_DONE : LA_EXC_ADEM);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_CRMD) & 3, 0);
	}
}
END_TEST

/* Windows see the zero-extended address: only segment 0 serves. */
START_TEST(window_of_segment_0)
{
	fx_set_csr(&fx, LA_CSR_DMW2, LA_DMW_PLV3);
	fx_put64(&fx, FX_DATA + 8, 0x99);
	fx_set(&fx, A1, FX_USEG | FX_DATA);
	fx_program(&fx, la_enc_ld_d(A0, A1, 8));
	ck_assert_int_eq(go(HIGH), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A0), 0x99);
	fx_set_csr(&fx, LA_CSR_DMW2, 0);
	fx_mode(&fx, true, 3);
	ck_assert_int_eq(go(HIGH), LA_EXC_TLBR);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBRBADV), FX_DATA + 8);
}
END_TEST

/* Direct address mode knows it, too. */
START_TEST(direct_mode)
{
	fx_mode(&fx, false, 3);
	fx_put64(&fx, FX_DATA, 0x55);
	fx_set(&fx, A1, UINT64_C(0x100000000) | FX_DATA);
	fx_program(&fx, la_enc_ld_d(A0, A1, 0));
	ck_assert_int_eq(go(FX_CODE), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A0), 0x55);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("32-bit address mode");
	TCase *tc = tcase_create("va32");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, access_uses_low_half, 0, ARRAY_SIZE(accesses));
	tcase_add_loop_test(tc, access_without_va32_does_not, 0, ARRAY_SIZE(accesses));
	tcase_add_loop_test(tc, refill_saves_low_half, 0, ARRAY_SIZE(accesses));
	tcase_add_test(tc, offset_wraps);
	tcase_add_test(tc, access_wraps);
	tcase_add_test(tc, results_are_sign_extended);
	tcase_add_test(tc, pairs_and_loops);
	tcase_add_test(tc, branches_cross_the_top);
	tcase_add_test(tc, code_runs_past_the_top);
	tcase_add_test(tc, faults_save_low_half);
	tcase_add_loop_test(tc, levels_are_apart, 0, 8);
	tcase_add_test(tc, window_of_segment_0);
	tcase_add_test(tc, direct_mode);
	suite_add_tcase(s, tc);
	return fx_main(s);
}
