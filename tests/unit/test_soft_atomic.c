/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_soft_atomic.c - LL/SC, AM*, compare-and-swap by one CPU; several are in
 * test_soft_smp.c.  Vol. 1, 2.2.7.
 */
#include "soft_fixture.h"

#include "soft_mmu_fixture.h"

#define VA UINT64_C(0x40000000)
#define NEW UINT64_C(0x5566778899aabbcc)
#define PATTERN UINT64_C(0x8182838485868788)

static struct fx fx;

static void setup(void)
{
	fx_open(&fx, &fx_max, 1);
	mmu_prepare(&fx);
	fx_mode(&fx, false, 0);
}

static void teardown(void)
{
	fx_close(&fx);
}

/* ------------------------------------------------------------------ LL/SC */

/* ll; @mid; sc of 5 onto 100: what sc says. */
static uint64_t ll_sc(uint32_t mid, bool is_word)
{
	fx_put64(&fx, FX_DATA, 100);
	fx_mode(&fx, false, 0);
	fx_set(&fx, A1, FX_DATA);
	fx_set(&fx, A3, 5);
	fx_program(&fx, is_word ? la_enc_ll_w(A0, A1, 0) : la_enc_ll_d(A0, A1, 0), mid,
		   is_word ? la_enc_sc_w(A3, A1, 0) : la_enc_sc_d(A3, A1, 0));
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A0), 100);
	return fx_reg(&fx, A3);
}

START_TEST(ll_sc_pairs)
{
	const bool is_word = _i;
	const uint32_t nop = la_enc_addi_d(0, 0, 0);

	ck_assert_hex_eq(ll_sc(nop, is_word), 1);
	ck_assert_hex_eq(fx_get64(&fx, FX_DATA), 5);
	/* Somebody stored: here by a store of this CPU to the same place. */
	fx_set(&fx, A4, 77);
	ck_assert_hex_eq(ll_sc(la_enc_st_d(A4, A1, 0), is_word), 0);
	ck_assert_hex_eq(fx_get64(&fx, FX_DATA), 77);
	/* Bit 1 of LLBCTL written closes the pair. */
	fx_set(&fx, A4, LA_LLBCTL_WCLLB);
	ck_assert_hex_eq(ll_sc(la_enc_csrwr(A4, LA_CSR_LLBCTL), is_word), 0);
	ck_assert_hex_eq(fx_get64(&fx, FX_DATA), 100);
	/* A second sc. */
	fx_mode(&fx, false, 0);
	fx_set(&fx, A3, 5);
	fx_set(&fx, A4, 6);
	fx_program(&fx, la_enc_ll_d(A0, A1, 0), la_enc_sc_d(A3, A1, 0), la_enc_sc_d(A4, A1, 0));
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A3), 1);
	ck_assert_hex_eq(fx_reg(&fx, A4), 0);
	/* Elsewhere, where the same value stands. */
	fx_put64(&fx, FX_DATA + 8, fx_get64(&fx, FX_DATA));
	fx_mode(&fx, false, 0);
	fx_set(&fx, A3, 5);
	fx_program(&fx, la_enc_ll_d(A0, A1, 0), la_enc_sc_d(A3, A1, 8));
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A3), 0);
}
END_TEST

/* ertn between ll and sc: the pair is closed unless KLO was set, which it is once. */
START_TEST(ertn_between)
{
	for (unsigned int klo = 0; klo < 2; klo++) {
		fx_put64(&fx, FX_DATA, 100);
		fx_mode(&fx, false, 0);
		fx_set(&fx, A1, FX_DATA);
		fx_set(&fx, A3, 5);
		fx_set_csr(&fx, LA_CSR_LLBCTL, klo ? LA_LLBCTL_KLO : 0);
		fx_set_csr(&fx, LA_CSR_ERA, FX_CODE + 12);
		fx_set_csr(&fx, LA_CSR_PRMD, 0);
		fx_program(&fx, la_enc_ll_d(A0, A1, 0), la_enc_csrrd(A4, LA_CSR_LLBCTL),
			   la_enc_ertn(), la_enc_csrrd(A5, LA_CSR_LLBCTL), la_enc_sc_d(A3, A1, 0));
		ck_assert_int_eq(fx_go(&fx), FX_DONE);
		ck_assert_hex_eq(fx_reg(&fx, A3), klo);
		ck_assert_hex_eq(fx_reg(&fx, A4), 1 | (klo ? LA_LLBCTL_KLO : 0));
		ck_assert_hex_eq(fx_reg(&fx, A5), klo);
		ck_assert_hex_eq(fx_get64(&fx, FX_DATA), klo ? 5 : 100);
	}
}
END_TEST

/* The ertn of a refill between them leaves the pair, and KLO for the next one. */
START_TEST(refill_between)
{
	fx_put64(&fx, FX_DATA, 100);
	fx_mode(&fx, false, 0);
	fx_set(&fx, A1, FX_KSEG | FX_DATA);	/* mapped mode behind it */
	fx_set(&fx, A3, 5);
	fx_set_csr(&fx, LA_CSR_LLBCTL, LA_LLBCTL_KLO);
	fx_set_csr(&fx, LA_CSR_TLBRERA, FX_KSEG | (FX_CODE + 8) | LA_TLBRERA_ISTLBR);
	fx_set_csr(&fx, LA_CSR_TLBRPRMD, 0);
	fx_program(&fx, la_enc_ll_d(A0, A1, 0), la_enc_ertn(), la_enc_csrrd(A5, LA_CSR_LLBCTL),
		   la_enc_sc_d(A3, A1, 0));
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A5), 1 | LA_LLBCTL_KLO);
	ck_assert_hex_eq(fx_reg(&fx, A3), 1);
	ck_assert_hex_eq(fx_get64(&fx, FX_DATA), 5);
}
END_TEST

START_TEST(ll_sc_values)
{
	fx_put64(&fx, FX_DATA, UINT64_C(0x11223344f5667788));
	fx_set(&fx, A1, FX_DATA - 32768);
	fx_set(&fx, A3, UINT64_C(0xaaaaaaaa99999999));
	/* Offsets reach 32 KiB down; ll.w extends its sign; sc.w leaves its neighbour. */
	fx_program(&fx, la_enc_addu16i_d(A1, A1, 1), la_enc_ll_w(A0, A1, -32768),
		   la_enc_sc_w(A3, A1, -32768));
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A0), UINT64_C(0xfffffffff5667788));
	ck_assert_hex_eq(fx_reg(&fx, A3), 1);
	ck_assert_hex_eq(fx_get64(&fx, FX_DATA), UINT64_C(0x1122334499999999));
	/* Acquire and release forms. */
	fx_mode(&fx, false, 0);
	fx_set(&fx, A1, FX_DATA);
	fx_set(&fx, A3, 9);
	fx_set(&fx, A5, 10);
	fx_program(&fx, la_enc_llacq_w(A0, A1), la_enc_screl_w(A3, A1),
		   la_enc_llacq_d(A4, A1), la_enc_screl_d(A5, A1));
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A0), UINT64_C(0xffffffff99999999));
	ck_assert_hex_eq(fx_reg(&fx, A4), UINT64_C(0x1122334400000009));
	ck_assert_hex_eq(fx_reg(&fx, A5), 1);
	ck_assert_hex_eq(fx_get64(&fx, FX_DATA), 10);
	/* With r0 the answer is dropped. */
	fx_mode(&fx, false, 0);
	fx_program(&fx, la_enc_ll_d(0, A1, 0), la_enc_sc_d(0, A1, 0));
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, 0), 0);
	ck_assert_hex_eq(fx_get64(&fx, FX_DATA), 0);
}
END_TEST

START_TEST(sc_quad)
{
	if (!fx_has_scq()) {
		ck_assert_int_eq(fx_exec(&fx, la_enc_sc_q(A3, A4, A1)), LA_EXC_INE);
		return;
	}
	for (unsigned int half = 0; half < 2; half++) {
		/* 1, 2: a store to the doubleword of LL, to the other one. */
		for (unsigned int spoil = 0; spoil < 3; spoil++) {
			const unsigned int spoilt = spoil == 1 ? half : !half;

			fx_put64(&fx, FX_DATA, 1);
			fx_put64(&fx, FX_DATA + 8, 2);
			fx_mode(&fx, false, 0);
			fx_set(&fx, A1, FX_DATA);
			fx_set(&fx, A3, 0x33);
			fx_set(&fx, A4, 0x44);
			fx_set(&fx, A5, FX_DATA + 8 * half);
			fx_set(&fx, A6, 3);
			fx_program(&fx, la_enc_ll_d(A0, A5, 0),
				   spoil ? la_enc_st_d(A6, A1, 8 * (int)spoilt) : la_enc_ld_d(A2, A1, 8),
				   la_enc_sc_q(A3, A4, A1));
			ck_assert_int_eq(fx_go(&fx), FX_DONE);
			ck_assert_hex_eq(fx_reg(&fx, A3), !spoil);
			ck_assert_hex_eq(fx_get64(&fx, FX_DATA), spoil ? (spoilt ? 1 : 3) : 0x33);
			ck_assert_hex_eq(fx_get64(&fx, FX_DATA + 8), spoil ? (spoilt ? 3 : 2) : 0x44);
		}
	}
	fx_mode(&fx, false, 0);
	fx_set(&fx, A1, FX_DATA + 8);
	ck_assert_int_eq(fx_exec(&fx, la_enc_sc_q(A3, A4, A1)), LA_EXC_ALE);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADV), FX_DATA + 8);
}
END_TEST

/* ------------------------------------------------------------------ AM* */

enum am { SWAP, ADD, AND, OR, XOR, MAX, MIN, MAXU, MINU, CAS };

static uint64_t am_result(enum am op, uint64_t old, uint64_t k, unsigned int size)
{
	int64_t so = sext64(old, 8 * size), sk = sext64(k, 8 * size);

	old &= mask64(8 * size);
	k &= mask64(8 * size);
	switch (op) {
	case SWAP: return k;
	case ADD: return (old + k) & mask64(8 * size);
	case AND: return old & k;
	case OR: return old | k;
	case XOR: return old ^ k;
	case MAX: return (so > sk ? old : k);
	case MIN: return (so < sk ? old : k);
	case MAXU: return old > k ? old : k;
	default: return old < k ? old : k;
	}
}

/* The word without registers and what it does; _db forms have a bit more. */
static const struct { uint32_t insn, db; enum am op; unsigned int size; } ams[] = {
	{ 0x38600000, 0x38690000, SWAP, 4 }, { 0x38608000, 0x38698000, SWAP, 8 },
	{ 0x38610000, 0x386a0000, ADD, 4 }, { 0x38618000, 0x386a8000, ADD, 8 },
	{ 0x38620000, 0x386b0000, AND, 4 }, { 0x38628000, 0x386b8000, AND, 8 },
	{ 0x38630000, 0x386c0000, OR, 4 }, { 0x38638000, 0x386c8000, OR, 8 },
	{ 0x38640000, 0x386d0000, XOR, 4 }, { 0x38648000, 0x386d8000, XOR, 8 },
	{ 0x38650000, 0x386e0000, MAX, 4 }, { 0x38658000, 0x386e8000, MAX, 8 },
	{ 0x38660000, 0x386f0000, MIN, 4 }, { 0x38668000, 0x386f8000, MIN, 8 },
	{ 0x38670000, 0x38700000, MAXU, 4 }, { 0x38678000, 0x38708000, MAXU, 8 },
	{ 0x38680000, 0x38710000, MINU, 4 }, { 0x38688000, 0x38718000, MINU, 8 },
	{ 0x385c0000, 0x385e0000, SWAP, 1 }, { 0x385c8000, 0x385e8000, SWAP, 2 },
	{ 0x385d0000, 0x385f0000, ADD, 1 }, { 0x385d8000, 0x385f8000, ADD, 2 },
};

static const uint64_t am_values[] = {
	0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0x7fffffff, 0x80000000, 0xffffffff,
	UINT64_C(0x7fffffffffffffff), UINT64_C(0x8000000000000000), UINT64_MAX,
	UINT64_C(0x123456789abcdef0),
};

START_TEST(am_operations)
{
	const unsigned int size = ams[_i].size;
	const size_t n = ARRAY_SIZE(am_values);

	for (unsigned int t = 0; t < 2 * n * n; t++) {
		const uint64_t old = am_values[t / 2 % n], k = am_values[t / 2 / n];
		const uint32_t insn = (t & 1 ? ams[_i].db : ams[_i].insn) | A0 | A1 << 5 | A2 << 10;
		const uint64_t at = FX_DATA + size;	/* neighbours on both sides */

		fx_put64(&fx, FX_DATA, PATTERN);
		fx_put64(&fx, FX_DATA + 8, PATTERN);
		fx_write(&fx, at, &old, size);
		fx_mode(&fx, false, 0);
		fx_set(&fx, A1, at);
		fx_set(&fx, A2, k);
		ck_assert_int_eq(fx_exec(&fx, insn), FX_DONE);
		ck_assert_hex_eq(fx_reg(&fx, A0), (uint64_t)sext64(old, 8 * size));
		ck_assert_hex_eq(fx_reg(&fx, A2), k);
		ck_assert_mem_eq(fx.ram + FX_DATA, &(uint64_t){ PATTERN }, size < 8 ? size : 8);
		{
			uint64_t got = 0;

			memcpy(&got, fx.ram + at, size);
			ck_assert_hex_eq(got, am_result(ams[_i].op, old, k, size));
		}
	}
}
END_TEST

START_TEST(am_restrictions)
{
	const uint32_t insn = ams[_i].insn;
	const unsigned int size = ams[_i].size;

	fx_put64(&fx, FX_DATA, 1);
	fx_put64(&fx, FX_DATA + 8, 1);
	fx_set(&fx, A1, FX_DATA);
	fx_set(&fx, A2, 1);
	/* rd = rj or rd = rk has no meaning, but for r0. */
	ck_assert_int_eq(fx_exec(&fx, insn | A1 | A1 << 5 | A2 << 10), LA_EXC_INE);
	fx_mode(&fx, false, 0);
	ck_assert_int_eq(fx_exec(&fx, insn | A2 | A1 << 5 | A2 << 10), LA_EXC_INE);
	ck_assert_hex_eq(fx_get64(&fx, FX_DATA), 1);
	fx_mode(&fx, false, 0);
	ck_assert_int_eq(fx_exec(&fx, insn | 0 | A1 << 5 | 0 << 10), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, 0), 0);
	fx_mode(&fx, false, 0);
	/* rj = rk is allowed. */
	ck_assert_int_eq(fx_exec(&fx, insn | A0 | A1 << 5 | A1 << 10), FX_DONE);
	for (unsigned int off = 1; off < size; off++) {
		fx_mode(&fx, false, 3);
		fx_set(&fx, A1, FX_DATA + off);
		fx_set(&fx, A0, PATTERN);
		ck_assert_int_eq(fx_exec(&fx, insn | A0 | A1 << 5 | A2 << 10), LA_EXC_ALE);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADV), FX_DATA + off);
		ck_assert_hex_eq(fx_reg(&fx, A0), PATTERN);
	}
	/* A page that may be read only: a store fault, nothing changed. */
	mmu_fill(&fx, 1, VA, 12, (MMU_RW & ~LA_TLBELO0_D) | FX_DATA, 0);
	fx_mode(&fx, true, 0);
	fx_set(&fx, A1, VA);
	ck_assert_int_eq(fx_exec(&fx, insn | A0 | A1 << 5 | A2 << 10), LA_EXC_PME);
	ck_assert_hex_eq(fx_reg(&fx, A0), PATTERN * (size > 1) + fx_reg(&fx, A0) * (size == 1));
}
END_TEST

START_TEST(am_compare_and_swap)
{
	const unsigned int size = 1u << (_i & 3);
	const uint32_t insn = (_i & 4 ? 0x385a0000u : 0x38580000u) | (uint32_t)(_i & 3) << 15;
	const size_t n = ARRAY_SIZE(am_values);

	for (unsigned int t = 0; t < n * n; t++) {
		const uint64_t old = am_values[t % n], cmp = am_values[t / n];
		const bool is_same = ((old ^ cmp) & mask64(8 * size)) == 0;
		uint64_t got = 0;

		fx_put64(&fx, FX_DATA, PATTERN);
		fx_write(&fx, FX_DATA, &old, size);
		fx_mode(&fx, false, 0);
		fx_set(&fx, A0, cmp);
		fx_set(&fx, A1, FX_DATA);
		fx_set(&fx, A2, NEW);
		ck_assert_int_eq(fx_exec(&fx, insn | A0 | A1 << 5 | A2 << 10), FX_DONE);
		ck_assert_hex_eq(fx_reg(&fx, A0), (uint64_t)sext64(old, 8 * size));
		memcpy(&got, fx.ram + FX_DATA, size);
		ck_assert_hex_eq(got, (is_same ? NEW : old) & mask64(8 * size));
	}
	fx_mode(&fx, false, 0);
	fx_set(&fx, A1, FX_DATA + size / 2);
	if (size > 1)
		ck_assert_int_eq(fx_exec(&fx, insn | A0 | A1 << 5 | A2 << 10), LA_EXC_ALE);
	/* r0 as the value compared. */
	fx_put64(&fx, FX_DATA, 0);
	fx_mode(&fx, false, 0);
	fx_set(&fx, A1, FX_DATA);
	ck_assert_int_eq(fx_exec(&fx, insn | 0 | A1 << 5 | A2 << 10), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, 0), 0);
	ck_assert_hex_eq(fx_get64(&fx, FX_DATA), NEW & mask64(8 * size));
}
END_TEST

START_TEST(atomics_on_devices)
{
	fx.mmio_val = 40;
	fx_set(&fx, A1, FX_MMIO);
	fx_set(&fx, A2, 2);
	ck_assert_int_eq(fx_exec(&fx, la_enc_amadd_w(A0, A2, A1)), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A0), 40);
	ck_assert_hex_eq(fx.mmio_val, 42);
	/* LL/SC never succeeds there. */
	fx_mode(&fx, false, 0);
	fx_set(&fx, A3, 7);
	fx_program(&fx, la_enc_ll_d(A0, A1, 0), la_enc_sc_d(A3, A1, 0));
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A0), 42);
	ck_assert_hex_eq(fx_reg(&fx, A3), 0);
	ck_assert_hex_eq(fx.mmio_val, 42);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("soft atomic");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, atomics_on_devices);
	tcase_add_loop_test(tc, ll_sc_pairs, 0, 2);
	tcase_add_test(tc, ertn_between);
	tcase_add_test(tc, refill_between);
	tcase_add_test(tc, ll_sc_values);
	tcase_add_test(tc, sc_quad);
	tcase_add_loop_test(tc, am_operations, 0, ARRAY_SIZE(ams));
	tcase_add_loop_test(tc, am_restrictions, 0, ARRAY_SIZE(ams));
	tcase_add_loop_test(tc, am_compare_and_swap, 0, 8);
	suite_add_tcase(s, tc);
	return fx_main(s);
}
