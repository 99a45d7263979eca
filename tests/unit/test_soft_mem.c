/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_soft_mem.c - loads, stores and bound checks: values, page crossings, devices.  Vol. 1,
 * 2.2.5 and 2.2.6.
 */
#include "soft_fixture.h"

#include "soft_mmu_fixture.h"

#define VA UINT64_C(0x40000000)		/* two pages side by side, frames far apart */
#define FRAME0 (FX_DATA + 0x5000)
#define FRAME1 (FX_DATA + 0x2000)
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

/* VA and VA + 4096, the second page with @lo1 instead if not 0. */
static void map_two(uint64_t lo1)
{
	mmu_fill(&fx, 1, VA, 12, MMU_RW | FRAME0, lo1 ? lo1 : MMU_RW | FRAME1);
	for (unsigned int i = 0; i < 0x1000; i++) {
		fx.ram[FRAME0 + i] = (uint8_t)(i * 7 + 1);
		fx.ram[FRAME1 + i] = (uint8_t)(i * 5 + 0x80);
	}
	la_ram_written(fx.m, FX_DATA, 0x7000);
	fx_mode(&fx, true, 0);
}

static uint8_t byte_at(uint64_t va)
{
	return fx.ram[va - VA < 0x1000 ? FRAME0 + va - VA : FRAME1 + va - VA - 0x1000];
}

static uint64_t bytes_at(uint64_t va, unsigned int size)
{
	uint64_t v = 0;

	for (unsigned int i = 0; i < size; i++)
		v |= (uint64_t)byte_at(va + i) << 8 * i;
	return v;
}

static uint64_t extend(uint64_t v, unsigned int size, bool is_signed)
{
	return is_signed && size < 8 ? (uint64_t)sext64(v, 8 * size) : v & mask64(8 * size);
}

/* A0 the value, A1 the base; for indexed forms A2 = 0; for bounds A3. */
#define R2(op) ((op) | A0 | A1 << 5)
static const struct access {
	const char *what;
	uint32_t insn;
	unsigned int size;
	bool is_signed;
} loads[] = {
	{ "ld.b", R2(0x28000000), 1, true }, { "ld.h", R2(0x28400000), 2, true },
	{ "ld.w", R2(0x28800000), 4, true }, { "ld.d", R2(0x28c00000), 8, false },
	{ "ld.bu", R2(0x2a000000), 1, false }, { "ld.hu", R2(0x2a400000), 2, false },
	{ "ld.wu", R2(0x2a800000), 4, false },
	{ "ldx.b", R2(0x38000000), 1, true }, { "ldx.h", R2(0x38040000), 2, true },
	{ "ldx.w", R2(0x38080000), 4, true }, { "ldx.d", R2(0x380c0000), 8, false },
	{ "ldx.bu", R2(0x38200000), 1, false }, { "ldx.hu", R2(0x38240000), 2, false },
	{ "ldx.wu", R2(0x38280000), 4, false },
	{ "ldptr.w", R2(0x24000000), 4, true }, { "ldptr.d", R2(0x26000000), 8, false },
}, stores[] = {
	{ "st.b", R2(0x29000000), 1, false }, { "st.h", R2(0x29400000), 2, false },
	{ "st.w", R2(0x29800000), 4, false }, { "st.d", R2(0x29c00000), 8, false },
	{ "stx.b", R2(0x38100000), 1, false }, { "stx.h", R2(0x38140000), 2, false },
	{ "stx.w", R2(0x38180000), 4, false }, { "stx.d", R2(0x381c0000), 8, false },
	{ "stptr.w", R2(0x25000000), 4, false }, { "stptr.d", R2(0x27000000), 8, false },
};

/* Every address at the ends of the first page, some elsewhere. */
static unsigned int step(uint64_t va)
{
	return va - VA < 32 || (va - VA > 0xfe0 && va - VA < 0x1020) ? 1 : 97;
}

/* Twice each, so that the slow and the fast path are seen. */
START_TEST(loads_at_any_alignment)
{
	const struct access *l = &loads[_i];

	map_two(0);
	fx_program(&fx, l->insn);
	for (uint64_t va = VA; va < VA + 0x2000 - 8; va += step(va)) {
		for (unsigned int again = 0; again < 2; again++) {
			fx_mode(&fx, true, 3);
			fx_set(&fx, A1, va);
			ck_assert_int_eq(fx_go(&fx), FX_DONE);
			ck_assert_msg(fx_reg(&fx, A0) ==
				      extend(bytes_at(va, l->size), l->size, l->is_signed),
				      "%s at %#" PRIx64 ": %#" PRIx64, l->what, va,
				      fx_reg(&fx, A0));
		}
	}
	/* Into r0: the access is made, the value dropped. */
	fx_mode(&fx, true, 0);
	fx_program(&fx, l->insn & ~31u);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, 0), 0);
	fx_set(&fx, A1, VA + 0x2000);
	fx_mode(&fx, true, 0);
	ck_assert_int_eq(fx_go(&fx), LA_EXC_TLBR);
}
END_TEST

START_TEST(stores_at_any_alignment)
{
	const struct access *s = &stores[_i];
	uint8_t want[0x2000];

	map_two(0);
	for (unsigned int i = 0; i < sizeof(want); i++)
		want[i] = byte_at(VA + i);
	fx_program(&fx, s->insn);
	for (uint64_t va = VA; va < VA + 0x2000 - 8; va += step(va)) {
		uint64_t v = va * UINT64_C(0x9e3779b97f4a7c15);

		fx_mode(&fx, true, 3);
		fx_set(&fx, A1, va);
		fx_set(&fx, A0, v);
		ck_assert_int_eq(fx_go(&fx), FX_DONE);
		memcpy(want + (va - VA), &v, s->size);
		ck_assert_msg(bytes_at(va, s->size) == (v & mask64(8 * s->size)), "%s at %#" PRIx64,
			      s->what, va);
	}
	for (unsigned int i = 0; i < sizeof(want); i++)
		ck_assert_uint_eq(byte_at(VA + i), want[i]);
}
END_TEST

/* The second page faults: no byte of a store has happened, no register of a load changed. */
START_TEST(second_page_faults)
{
	static const struct { uint64_t lo1; int load, store; } pages[] = {
		{ MMU_RW_PLV(0) | FRAME1, LA_EXC_PPI, LA_EXC_PPI },
		{ 12 | FRAME1, LA_EXC_PIL, LA_EXC_PIS },
		{ (MMU_RW & ~LA_TLBELO0_D) | FRAME1, FX_DONE, LA_EXC_PME },
		{ MMU_RW | LA_TLBELO0_NR | FRAME1, LA_EXC_PNR, FX_DONE },
	};
	const unsigned int which = (unsigned int)_i % ARRAY_SIZE(pages);
	const unsigned int form = (unsigned int)_i / ARRAY_SIZE(pages);
	static const struct { uint32_t ld, st; unsigned int size; } forms[] = {
		{ R2(0x28400000), R2(0x29400000), 2 }, { R2(0x28800000), R2(0x29800000), 4 },
		{ R2(0x28c00000), R2(0x29c00000), 8 },
		{ 0x2c000000 | 5 | A1 << 5, 0x2c400000 | 5 | A1 << 5, 16 },
		{ 0x2c800000 | 5 | A1 << 5, 0x2cc00000 | 5 | A1 << 5, 32 },
		{ 0x2b800000 | 5 | A1 << 5, 0x2bc00000 | 5 | A1 << 5, 8 },
	};
	uint64_t before[32];

	map_two(pages[which].lo1);
	for (uint64_t n = 1; n < forms[form].size; n++) {
		const uint64_t va = VA + 0x1000 - n;

		for (unsigned int warm = 0; warm < 2; warm++) {
			memcpy(before, fx.ram + FRAME0 + 0x1000 - 32, 32);
			memcpy(before + 4, fx.ram + FRAME1, 32);
			fx_set(&fx, A0, PATTERN);
			for (unsigned int i = 0; i < 4; i++)
				fx.cpu->v[5].d[i] = PATTERN + i;
			fx_set(&fx, A1, va);
			fx_program(&fx, forms[form].ld);
			fx_mode(&fx, true, 3);
			ck_assert_int_eq(fx_go(&fx), pages[which].load);
			if (pages[which].load != FX_DONE) {
				ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADV), VA + 0x1000);
				ck_assert_hex_eq(fx_reg(&fx, A0), PATTERN);
				for (unsigned int i = 0; i < 4; i++)
					ck_assert_hex_eq(fx.cpu->v[5].d[i], PATTERN + i);
			}
			if (pages[which].store == FX_DONE)
				continue;
			fx_program(&fx, forms[form].st);
			fx_mode(&fx, true, 3);
			ck_assert_int_eq(fx_go(&fx), pages[which].store);
			ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADV), VA + 0x1000);
			ck_assert_mem_eq(before, fx.ram + FRAME0 + 0x1000 - 32, 32);
			ck_assert_mem_eq(before + 4, fx.ram + FRAME1, 32);
		}
	}
}
END_TEST

START_TEST(vectors_cross_pages)
{
	uint8_t got[32];

	map_two(0);
	for (uint64_t n = 0; n <= 32; n++) {
		const uint64_t va = VA + 0x1000 - n;

		fx_program(&fx, la_enc_xvld(6, A1, 0), la_enc_vld(7, A1, 0),
			   la_enc_fld_d(8, A1, 0));
		fx_mode(&fx, true, 0);
		fx_set(&fx, A1, va);
		ck_assert_int_eq(fx_go(&fx), FX_DONE);
		for (unsigned int i = 0; i < 32; i++)
			ck_assert_uint_eq(fx.cpu->v[6].b[i], byte_at(va + i));
		ck_assert_mem_eq(fx.cpu->v[7].b, fx.cpu->v[6].b, 16);
		ck_assert_mem_eq(fx.cpu->v[8].b, fx.cpu->v[6].b, 8);
		for (unsigned int i = 0; i < 32; i++)
			fx.cpu->v[6].b[i] = (uint8_t)(i * 3 + n);
		memcpy(got, fx.cpu->v[6].b, 32);
		fx_program(&fx, la_enc_xvst(6, A1, 0), la_enc_vst(6, A1, 0));
		fx_mode(&fx, true, 0);
		ck_assert_int_eq(fx_go(&fx), FX_DONE);
		for (unsigned int i = 0; i < 32; i++)
			ck_assert_uint_eq(byte_at(va + i), got[i]);
	}
}
END_TEST

/* Signed offsets of all forms. */
START_TEST(addresses)
{
	static const int offs[] = { 0, 1, -1, 2047, -2048 };

	for (unsigned int i = 0; i < ARRAY_SIZE(offs); i++) {
		fx_put64(&fx, FX_DATA + 0x8000 + (uint64_t)(int64_t)offs[i], 7000 + i);
		fx_set(&fx, A1, FX_DATA + 0x8000);
		fx_set(&fx, A2, (uint64_t)(int64_t)offs[i]);
		fx_mode(&fx, false, 0);
		fx_program(&fx, la_enc_ld_d(A0, A1, offs[i]), la_enc_ldx_d(A3, A1, A2));
		ck_assert_int_eq(fx_go(&fx), FX_DONE);
		ck_assert_hex_eq(fx_reg(&fx, A0), 7000 + i);
		ck_assert_hex_eq(fx_reg(&fx, A3), 7000 + i);
	}
	for (unsigned int i = 0; i < 3; i++) {
		const int off = i == 0 ? -32768 : i == 1 ? 32764 : -4;

		fx_put64(&fx, FX_DATA + 0x8000 + (uint64_t)(int64_t)off, 0xabcd);
		fx_mode(&fx, false, 0);
		fx_program(&fx, la_enc_ldptr_d(A0, A1, off), la_enc_stptr_w(0, A1, off));
		ck_assert_int_eq(fx_go(&fx), FX_DONE);
		ck_assert_hex_eq(fx_reg(&fx, A0), 0xabcd);
		ck_assert_hex_eq(fx_get64(&fx, FX_DATA + 0x8000 + (uint64_t)(int64_t)off), 0);
	}
	/* The base may be the destination. */
	fx_put64(&fx, FX_DATA, 0x1234);
	fx_set(&fx, A1, FX_DATA);
	fx_mode(&fx, false, 0);
	ck_assert_int_eq(fx_exec(&fx, la_enc_ld_d(A1, A1, 0)), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A1), 0x1234);
}
END_TEST

/* ------------------------------------------------------------------ bound checks */

START_TEST(bound_checks)
{
	/* bit 15.. of the opcode: b h w d; gt/le; load/store. */
	const unsigned int size = 1u << (_i & 3);
	const bool is_le = _i & 4, is_store = _i & 8;
	const uint32_t insn = (0x38780000u + ((uint32_t)_i << 15)) | A0 | A1 << 5 | A3 << 10;

	fx_put64(&fx, FX_DATA + 16, PATTERN);
	for (unsigned int t = 0; t < 6; t++) {
		const uint64_t va = FX_DATA + 16 + (t > 2), bound = va + t % 3 - 1;
		const bool is_in = is_le ? va <= bound : va > bound;
		const bool is_misaligned = va & (size - 1);
		/* Alignment is looked at before the bound. */
		int want = is_misaligned ? LA_EXC_ALE : is_in ? FX_DONE : LA_EXC_BCE;

		fx_mode(&fx, false, 3);
		fx_set(&fx, A0, ~PATTERN);
		fx_set(&fx, A1, va);
		fx_set(&fx, A3, bound);
		fx_put64(&fx, FX_DATA + 16, PATTERN);
		ck_assert_int_eq(fx_exec(&fx, insn), want);
		if (want != FX_DONE) {
			ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADV), va);
			ck_assert_hex_eq(fx_reg(&fx, A0), ~PATTERN);
			ck_assert_hex_eq(fx_get64(&fx, FX_DATA + 16), PATTERN);
		} else if (is_store) {
			ck_assert_hex_eq(extend(fx_get64(&fx, FX_DATA + 16) >> (8 * (t > 2)), size,
						false), ~PATTERN & mask64(8 * size));
		} else {
			ck_assert_hex_eq(fx_reg(&fx, A0),
					 extend(PATTERN >> (8 * (t > 2)), size, true));
		}
	}
}
END_TEST

/* The FP forms; QEMU adds the bound to the address, so it is no oracle for these. */
START_TEST(fp_bound_checks)
{
	/* bit 15.. of the opcode: s d; gt/le; load/store. */
	const unsigned int size = _i & 1 ? 8 : 4;
	const bool is_le = _i & 2, is_store = _i & 4;
	const uint32_t insn = (0x38740000u + ((uint32_t)_i << 15)) | 5 | A1 << 5 | A3 << 10;

	for (unsigned int t = 0; t < 6; t++) {
		const uint64_t va = FX_DATA + 16 + (t > 2), bound = va + t % 3 - 1;
		const bool is_in = is_le ? va <= bound : va > bound;
		int want = t > 2 ? LA_EXC_ALE : is_in ? FX_DONE : LA_EXC_BCE;
		const bool is_done = want == FX_DONE;

		fx_mode(&fx, false, 3);
		fx.cpu->v[5].d[0] = ~PATTERN;
		fx_set(&fx, A1, va);
		fx_set(&fx, A3, bound);
		fx_put64(&fx, FX_DATA + 16, PATTERN);
		ck_assert_int_eq(fx_exec(&fx, insn), want);
		if (!is_done)
			ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADV), va);
		ck_assert_hex_eq(extend(fx_get64(&fx, FX_DATA + 16), size, false),
				 (is_done && is_store ? ~PATTERN : PATTERN) & mask64(8 * size));
		ck_assert_hex_eq(extend(fx.cpu->v[5].d[0], size, false),
				 (is_done && !is_store ? PATTERN : ~PATTERN) & mask64(8 * size));
	}
}
END_TEST

/* ------------------------------------------------------------------ devices, nothing */

START_TEST(devices_see_size_and_value)
{
	const uint64_t va = FX_MMIO + 0x18;

	for (unsigned int i = 0; i < ARRAY_SIZE(loads); i++) {
		const struct access *l = &loads[i];

		fx.naccess = 0;
		fx.mmio_val = PATTERN;
		fx_mode(&fx, false, 0);
		fx_set(&fx, A1, va);
		ck_assert_int_eq(fx_exec(&fx, l->insn), FX_DONE);
		ck_assert_uint_eq(fx.naccess, 1);
		ck_assert_hex_eq(fx.last.addr, va);
		ck_assert_uint_eq(fx.last.size, l->size);
		ck_assert(!fx.last.is_store && !fx.last.is_iocsr);
		ck_assert_hex_eq(fx_reg(&fx, A0), extend(PATTERN, l->size, l->is_signed));
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(stores); i++) {
		const struct access *s = &stores[i];

		fx.naccess = 0;
		fx_mode(&fx, false, 0);
		fx_set(&fx, A0, PATTERN);
		fx_set(&fx, A1, va);
		ck_assert_int_eq(fx_exec(&fx, s->insn), FX_DONE);
		ck_assert_uint_eq(fx.naccess, 1);
		ck_assert(fx.last.is_store && fx.last.size == s->size && fx.last.addr == va);
		ck_assert_hex_eq(fx.last.val, PATTERN & mask64(8 * s->size));
	}
	/* Across the end of RAM: bytes to both sides, the host unharmed. */
	fx_mode(&fx, false, 0);
	fx_set(&fx, A0, PATTERN);
	fx_set(&fx, A1, FX_RAM_BYTES - 3);
	ck_assert_int_eq(fx_exec(&fx, la_enc_st_d(A0, A1, 0)), FX_DONE);
	ck_assert_hex_eq(fx_get64(&fx, FX_RAM_BYTES - 8) >> 40, PATTERN & 0xffffff);
	ck_assert_hex_eq(fx.last.addr, FX_RAM_BYTES + 4);
	/* Far outside. */
	fx_mode(&fx, false, 0);
	fx_set(&fx, A1, UINT64_C(0x0000fffffffffff8));
	ck_assert_int_eq(fx_exec(&fx, la_enc_st_d(A0, A1, 0)), FX_DONE);
	ck_assert_hex_eq(fx.last.addr, UINT64_C(0xfffffffffff8));
}
END_TEST

/* Hints do nothing and never fault; barriers take any hint. */
/* From the last page of RAM into a device that answers with more than it was asked for. */
START_TEST(half_of_it_on_the_bus)
{
	fx_mode(&fx, false, 0);
	for (unsigned int n = 1; n < 8; n++) {
		uint64_t va = FX_RAM_BYTES - n;

		fx_put64(&fx, FX_RAM_BYTES - 8, UINT64_C(0x0807060504030201));
		fx.mmio_val = UINT64_C(0xfedcba98765432f0);
		fx_set(&fx, A1, va);
		ck_assert_int_eq(fx_exec(&fx, la_enc_ld_d(A0, A1, 0)), FX_DONE);
		ck_assert_hex_eq(fx_reg(&fx, A0), UINT64_C(0x0807060504030201) >> (64 - 8 * n) |
				 UINT64_C(0xf0f0f0f0f0f0f0f0) << 8 * n);
	}
}
END_TEST

START_TEST(hints)
{
	fx_set(&fx, A1, UINT64_C(0x0000900000000000));
	fx_mode(&fx, true, 3);
	fx_program(&fx, la_enc_preld(0, A1, 0), la_enc_preldx(8, A1, A1), la_enc_dbar(0),
		   la_enc_dbar(0x14), la_enc_dbar(0x700), la_enc_dbar(0x7fff), la_enc_ibar(0),
		   la_enc_ibar(0x7fff));
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_uint_eq(fx.naccess, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("soft memory");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, loads_at_any_alignment, 0, ARRAY_SIZE(loads));
	tcase_add_loop_test(tc, stores_at_any_alignment, 0, ARRAY_SIZE(stores));
	tcase_add_loop_test(tc, second_page_faults, 0, 4 * 6);
	tcase_add_test(tc, vectors_cross_pages);
	tcase_add_test(tc, addresses);
	tcase_add_loop_test(tc, bound_checks, 0, 16);
	tcase_add_loop_test(tc, fp_bound_checks, 0, 8);
	tcase_add_test(tc, devices_see_size_and_value);
	tcase_add_test(tc, half_of_it_on_the_bus);
	tcase_add_test(tc, hints);
	suite_add_tcase(s, tc);
	return fx_main(s);
}
