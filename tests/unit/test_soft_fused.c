/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_soft_fused.c - runs of instructions that share a handler, and the loop that fills
 * memory: faults in the middle, any word patched or entered, ends of pages, odd counts.
 */
#include "soft_fixture.h"

#include "soft/machine.h"
#include "soft_mmu_fixture.h"

#define PAGE 0x1000u

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

static void put_word(uint64_t gpa, uint32_t word)
{
	fx_write(&fx, gpa, &word, sizeof(word));
}

static uint32_t uop_at(uint64_t gpa)
{
	const struct la_code_page *p = fx.m->code.by_gpa[gpa >> 12];

	return fx.m->code.uops[(size_t)(p - fx.m->code.pages) * LA_CODE_STRIDE +
			       (gpa & 0xfff) / 4].op;
}

/* ------------------------------------------------------------------ four in one */

/* Four stores to A1, A2, A3, A4, which share a handler. */
static void put_four_stores(void)
{
	fx_program(&fx, la_enc_st_d(A0, A1, 0), la_enc_st_d(A0, A2, 0), la_enc_st_d(A0, A3, 0),
		   la_enc_st_d(A0, A4, 0));
	fx_set(&fx, A0, 33);
	for (unsigned int i = 0; i < 4; i++) {
		fx_set(&fx, A1 + i, FX_USEG | (FX_DATA + 8 * i));
		fx_put64(&fx, FX_DATA + 8 * i, 0);
	}
}

START_TEST(any_of_four_faults)
{
	const uint64_t nowhere = 0x40000010;

	mmu_prepare(&fx);
	for (unsigned int bad = 0; bad < 4; bad++) {
		fx_mode(&fx, true, 0);
		fx_set_csr(&fx, LA_CSR_TLBRERA, 0);
		put_four_stores();
		fx_set(&fx, A1 + bad, nowhere);
		ck_assert_int_eq(fx_go(&fx), LA_EXC_TLBR);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBRERA),
				 ((FX_USEG | FX_CODE) + 4 * bad) | LA_TLBRERA_ISTLBR);
		for (unsigned int i = 0; i < 4; i++)
			ck_assert_hex_eq(fx_get64(&fx, FX_DATA + 8 * i), i < bad ? 33 : 0);
	}
	fx_mode(&fx, true, 0);
	fx_set_csr(&fx, LA_CSR_TLBRERA, 0);
	put_four_stores();
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_uint_eq(uop_at(FX_CODE), LA_OP_st_d__st_d__st_d__st_d);
}
END_TEST

/* Each word of a run is patched by the guest, by a device, and entered by a jump. */
START_TEST(any_of_four_changes)
{
	const uint64_t at = FX_CODE + (_i ? PAGE - 8 : 0x400);
	int imm[4] = { 1, 2, 3, 4 };

	for (unsigned int i = 0; i < 4; i++)
		put_word(at + 4 * i, la_enc_addi_d(A0, A0, imm[i]));
	put_word(at + 16, la_enc_jirl(0, RA, 0));
	for (unsigned int round = 0; round < 64; round++) {
		unsigned int which = round & 3, entry = round >> 2 & 3;
		uint64_t want = 0;
		uint32_t word;

		imm[which] = (int)round + 100;
		word = la_enc_addi_d(A0, A0, imm[which]);
		fx_program(&fx, la_enc_jirl(RA, A3, 0), la_enc_st_w(T0, A1, 0), la_enc_ibar(0),
			   la_enc_addi_d(A0, 0, 0), la_enc_jirl(RA, A2, 0),
			   la_enc_jirl(RA, A3, 0));
		fx_set(&fx, A1, round & 16 ? FX_DATA : at + 4 * which);
		fx_set(&fx, A2, at);
		fx_set(&fx, A3, at + 4 * entry);
		fx_set(&fx, T0, word);
		if (round & 16)
			put_word(at + 4 * which, word);
		ck_assert_int_eq(fx_go(&fx), FX_DONE);
		for (unsigned int i = 0; i < 4; i++)
			want += (uint64_t)imm[i] * (i >= entry ? 2 : 1);
		ck_assert_hex_eq(fx_reg(&fx, A0), want);
	}
}
END_TEST

/* ------------------------------------------------------------------ the loop that fills */

#define FILL_LOOP \
	la_enc_st_b(A1, A0, 0), la_enc_addi_d(A0, A0, 1), la_enc_addi_d(A2, A2, -1), \
	la_enc_blt(0, A2, -12)

static void fill(uint64_t va, uint64_t value, uint64_t count)
{
	fx_program(&fx, FILL_LOOP);
	fx_set(&fx, A0, va);
	fx_set(&fx, A1, value);
	fx_set(&fx, A2, count);
}

/* All offsets near the end of a page, lengths up to several pages. */
START_TEST(fills_any_range)
{
	static const unsigned int counts[] = { 1, 2, 7, 64, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE };
	uint8_t *data = fx.ram + FX_DATA, want[8 * PAGE];

	for (unsigned int i = 0; i < ARRAY_SIZE(counts); i++) {
		for (unsigned int off = 0; off < 2 * PAGE; off += off < 3 ? 1 : 509) {
			const uint8_t old = (uint8_t)(i + off), new = (uint8_t)(old + 0x55);

			memset(data, old, 8 * PAGE);
			fill(FX_DATA + off, new + 0x12345600u, counts[i]);
			ck_assert_int_eq(fx_go(&fx), FX_DONE);
			ck_assert_hex_eq(fx_reg(&fx, A0), FX_DATA + off + counts[i]);
			ck_assert_hex_eq(fx_reg(&fx, A2), 0);
			memset(want, old, sizeof(want));
			memset(want + off, new, counts[i]);
			ck_assert_mem_eq(data, want, sizeof(want));
		}
	}
	ck_assert_uint_eq(uop_at(FX_CODE), LA_OP_fill_bytes);
}
END_TEST

/* The loop tests its count at the end, as a signed number. */
START_TEST(count_is_not_positive)
{
	static const uint64_t counts[] = { 0, UINT64_MAX, UINT64_C(0x8000000000000001) };

	for (unsigned int i = 0; i < ARRAY_SIZE(counts); i++) {
		memset(fx.ram + FX_DATA, 0, 16);
		fill(FX_DATA, 0xab, counts[i]);
		ck_assert_int_eq(fx_go(&fx), FX_DONE);
		ck_assert_hex_eq(fx_get64(&fx, FX_DATA), 0xab);
		ck_assert_hex_eq(fx_reg(&fx, A0), FX_DATA + 1);
		ck_assert_hex_eq(fx_reg(&fx, A2), counts[i] - 1);
	}
}
END_TEST

/* A page that cannot be written stops it between two bytes, with what was done accounted. */
START_TEST(fault_on_the_way)
{
	const uint64_t va = 0x40000000;

	mmu_prepare(&fx);
	mmu_fill(&fx, 1, va, 12, MMU_RW | FX_DATA, LA_TLBELO0_V | (FX_DATA + PAGE));
	memset(fx.ram + FX_DATA, 0, 2 * PAGE);
	fx_mode(&fx, true, 0);
	fill(va + 0x10, 0x77, 2 * PAGE);
	ck_assert_int_eq(fx_go(&fx), LA_EXC_PME);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), FX_USEG | FX_CODE);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADV), va + PAGE);
	ck_assert_hex_eq(fx_reg(&fx, A0), va + PAGE);
	ck_assert_hex_eq(fx_reg(&fx, A2), PAGE + 0x10);
	for (unsigned int i = 0; i < 2 * PAGE; i++)
		ck_assert_uint_eq(fx.ram[FX_DATA + i], i >= 0x10 && i < PAGE ? 0x77 : 0);
}
END_TEST

/* To a device each byte is a store of its own. */
START_TEST(fills_a_device)
{
	fill(FX_MMIO, 0x5a, 5);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_uint_eq(fx.naccess, 5);
	ck_assert_hex_eq(fx.last.addr, FX_MMIO + 4);
	ck_assert_uint_eq(fx.last.size, 1);
}
END_TEST

/*
 * It runs over itself.  0x03 in the top byte of addi.d A2, A2, -1 makes it xori A2, A2,
 * 0xfff; in the low byte of the branch it makes that blt r0, r3, which is not taken.
 */
START_TEST(fills_its_own_code)
{
	fill(FX_CODE + 11, 0x03, 2);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A0), FX_CODE + 13);
	ck_assert_hex_eq(fx_reg(&fx, A2), 2 ^ 0xfff ^ 0xfff);
}
END_TEST

/* What looks like the loop and is not. */
START_TEST(only_looks_like_it)
{
	const uint32_t like[][4] = {
		{ la_enc_st_b(A1, A0, 1), la_enc_addi_d(A0, A0, 1), la_enc_addi_d(A2, A2, -1),
		  la_enc_blt(0, A2, -12) },
		{ la_enc_st_b(A1, A0, 0), la_enc_addi_d(A0, A0, 2), la_enc_addi_d(A2, A2, -1),
		  la_enc_blt(0, A2, -12) },
		{ la_enc_st_b(A1, A0, 0), la_enc_addi_d(A0, A0, 1), la_enc_addi_d(A2, A2, -2),
		  la_enc_blt(0, A2, -12) },
		{ la_enc_st_b(A2, A0, 0), la_enc_addi_d(A0, A0, 1), la_enc_addi_d(A2, A2, -1),
		  la_enc_blt(0, A2, -12) },
		{ la_enc_st_b(A0, A0, 0), la_enc_addi_d(A0, A0, 1), la_enc_addi_d(A2, A2, -1),
		  la_enc_blt(0, A2, -12) },
		{ la_enc_st_b(A1, A0, 0), la_enc_addi_d(A0, A0, 1), la_enc_addi_d(A2, A2, -1),
		  la_enc_blt(A3, A2, -12) },
		{ la_enc_st_b(A1, A0, 0), la_enc_addi_d(A0, A0, 1), la_enc_addi_d(A2, A2, -1),
		  la_enc_blt(0, A2, -8) },
		{ la_enc_st_b(A1, A0, 0), la_enc_addi_d(A3, A0, 1), la_enc_addi_d(A2, A2, -1),
		  la_enc_blt(0, A2, -12) },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(like); i++) {
		uint8_t want[64];
		uint64_t regs[4];

		/* Word by word first; then as it runs. */
		for (unsigned int fast = 0; fast < 2; fast++) {
			memset(fx.ram + FX_DATA, 0, sizeof(want));
			fx_program(&fx, like[i][0], like[i][1], like[i][2], like[i][3]);
			fx_set(&fx, A0, FX_DATA);
			fx_set(&fx, A1, 0x99);
			fx_set(&fx, A2, 20);
			fx_set(&fx, A3, 0);
			if (fast) {
				ck_assert_int_eq(fx_go(&fx), FX_DONE);
			} else {
				la_set_pc(fx.cpu, FX_CODE);
				while (la_get_pc(fx.cpu) != FX_CODE + 16)
					la_step(fx.cpu);
			}
			for (unsigned int r = 0; r < 4; r++) {
				if (fast)
					ck_assert_hex_eq(fx_reg(&fx, A0 + r), regs[r]);
				regs[r] = fx_reg(&fx, A0 + r);
			}
			if (fast)
				ck_assert_mem_eq(fx.ram + FX_DATA, want, sizeof(want));
			memcpy(want, fx.ram + FX_DATA, sizeof(want));
		}
		ck_assert_uint_ne(uop_at(FX_CODE), LA_OP_fill_bytes);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("soft_fused");
	TCase *tc = tcase_create("runs");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, any_of_four_faults);
	tcase_add_loop_test(tc, any_of_four_changes, 0, 2);
	suite_add_tcase(s, tc);
	tc = tcase_create("fill");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, fills_any_range);
	tcase_add_test(tc, count_is_not_positive);
	tcase_add_test(tc, fault_on_the_way);
	tcase_add_test(tc, fills_a_device);
	tcase_add_test(tc, fills_its_own_code);
	tcase_add_test(tc, only_looks_like_it);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return fx_main(suite());
}
