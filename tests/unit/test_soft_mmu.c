/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_soft_mmu.c - direct mode, windows, rights of pages, TLB instructions.  Expectations
 * follow vol. 1, 5.2 to 5.4.  Refill and page-table walks are in test_soft_walk.c, random
 * programs on a reference model in test_soft_tlb.c.
 */
#include "soft_fixture.h"
#include "soft_mmu_fixture.h"

static struct fx fx;

static void setup(void)
{
	fx_open(&fx, &fx_max, 1);
	mmu_prepare(&fx);
}

static void teardown(void)
{
	fx_close(&fx);
}

/* ------------------------------------------------------------------ direct mode, windows */

START_TEST(direct_mode_uses_low_bits)
{
	fx_put64(&fx, FX_DATA, 0x1122334455667788);
	fx_mode(&fx, false, 3);
	fx_set(&fx, A1, UINT64_C(0xabcd000000000000) | FX_DATA);
	fx_program(&fx, la_enc_ld_d(A0, A1, 0));
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A0), 0x1122334455667788);
}
END_TEST

/* Window 2 alone, open to the levels of mask _i. */
START_TEST(window_is_per_level)
{
	const uint64_t va = UINT64_C(0xb000000000000000) | FX_DATA;

	fx_put64(&fx, FX_DATA, 77);
	fx_set(&fx, A2, 77);
	fx_set_csr(&fx, LA_CSR_DMW2, UINT64_C(0xb000000000000000) | (uint64_t)_i);
	for (unsigned int plv = 0; plv < 4; plv++) {
		bool is_open = _i >> plv & 1;

		ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, plv, va),
				 is_open ? FX_DONE : LA_EXC_ADEM);
		if (is_open)
			ck_assert_hex_eq(fx_reg(&fx, A0), 77);
		else
			ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADV), va);
		ck_assert_int_eq(mmu_touch(&fx, LA_ACC_STORE, plv, va),
				 is_open ? FX_DONE : LA_EXC_ADEM);
		/* Windows 2 and 3 are not for fetches. */
		ck_assert_int_eq(mmu_touch(&fx, LA_ACC_FETCH, plv, va), LA_EXC_ADEF);
	}
}
END_TEST

START_TEST(window_closes_at_once)
{
	const uint64_t va = UINT64_C(0xa000000000000000) | FX_DATA;

	fx_set_csr(&fx, LA_CSR_DMW3, UINT64_C(0xa000000000000000) | LA_DMW_PLV0);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_STORE, 0, va), FX_DONE);
	/* By the guest itself: open, closed, and the access right behind. */
	fx_mode(&fx, true, 0);
	fx_set(&fx, A1, va);
	fx_set(&fx, A2, 0);
	fx_program(&fx, la_enc_ld_d(A0, A1, 0), la_enc_csrwr(A2, LA_CSR_DMW3),
		   la_enc_ld_d(A3, A1, 0));
	ck_assert_int_eq(fx_go(&fx), LA_EXC_ADEM);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), (FX_USEG | FX_CODE) + 8);
	ck_assert_hex_eq(fx_reg(&fx, A2), UINT64_C(0xa000000000000000) | LA_DMW_PLV0);
}
END_TEST

/* Windows win against the TLB. */
START_TEST(window_before_tlb)
{
	const uint64_t va = UINT64_C(0x0000000040000000);

	mmu_fill(&fx, 1, va, 12, MMU_RW | (FX_DATA + 0x4000), MMU_RW);
	fx_put64(&fx, FX_DATA + 0x4000, 1);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, va), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A0), 1);
	fx_set_csr(&fx, LA_CSR_DMW2, LA_DMW_PLV0);	/* segment 0 */
	fx.mmio_val = 0x55;
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, va), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A0), 0x55);
	ck_assert_hex_eq(fx.last.addr, va);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 3, va), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A0), 1);
}
END_TEST

static const uint64_t bad_vas[] = {
	UINT64_C(0x0000800000000000), UINT64_C(0x0001000040000000),
	UINT64_C(0xffff7ffffffffff8), UINT64_C(0x7fffffff00000000),
};

START_TEST(holes_are_address_errors)
{
	for (unsigned int plv = 0; plv < 4; plv += 3) {
		ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, plv, bad_vas[_i]), LA_EXC_ADEM);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADV), bad_vas[_i]);
		ck_assert_int_eq(mmu_touch(&fx, LA_ACC_STORE, plv, bad_vas[_i]), LA_EXC_ADEM);
		ck_assert_int_eq(mmu_touch(&fx, LA_ACC_FETCH, plv, bad_vas[_i]), LA_EXC_ADEF);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADV), bad_vas[_i]);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), bad_vas[_i]);
	}
}
END_TEST

START_TEST(misaligned_fetch)
{
	mmu_fill(&fx, 1, 0x40000000, 12, MMU_RW | FX_DATA, MMU_RW);
	for (uint64_t off = 1; off < 4; off++) {
		ck_assert_int_eq(mmu_touch(&fx, LA_ACC_FETCH, 0, 0x40000000), FX_DONE);
		/* jirl adds a multiple of 4 to rj, so rj decides. */
		ck_assert_int_eq(mmu_touch(&fx, LA_ACC_FETCH, 0, 0x40000000 + off),
				 LA_EXC_ADEF);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADV), 0x40000000 + off);
	}
}
END_TEST

/* ------------------------------------------------------------------ rights */

/* Vol. 1, 5.4.4: which exception an entry gives; FX_DONE if none. */
static int rights(uint64_t lo, unsigned int plv, enum la_access acc, bool is_dwpl)
{
	unsigned int owner = lo >> 2 & 3;

	if (!(lo & LA_TLBELO0_V))
		return acc == LA_ACC_LOAD ? LA_EXC_PIL :
		       acc == LA_ACC_STORE ? LA_EXC_PIS : LA_EXC_PIF;
	if (acc == LA_ACC_FETCH && (lo & LA_TLBELO0_NX))
		return LA_EXC_PNX;
	if (lo & LA_TLBELO0_RPLV ? plv != owner : plv > owner)
		return LA_EXC_PPI;
	if (acc == LA_ACC_LOAD && (lo & LA_TLBELO0_NR))
		return LA_EXC_PNR;
	if (acc == LA_ACC_STORE && !(lo & LA_TLBELO0_D) && (plv == 3 || !is_dwpl))
		return LA_EXC_PME;
	return FX_DONE;
}

/* All combinations of an entry's bits; the other half of the pair forbids everything. */
START_TEST(rights_of_an_entry)
{
	const unsigned int half = (unsigned int)_i & 1;
	const bool is_dwpl = _i & 2;
	const uint64_t va = 0x40002000 + half * 0x1000 + 0x18;

	fx_set_csr(&fx, LA_CSR_MISC, is_dwpl ? LA_MISC_DWPL0 | LA_MISC_DWPL1 | LA_MISC_DWPL2 : 0);
	for (uint64_t c = 0; c < 128; c++) {
		uint64_t lo = FX_DATA | (c & 15) | (c >> 4 & 1) * LA_TLBELO0_NR |
			      (c >> 5 & 1) * LA_TLBELO0_NX | (c >> 6 & 1) * LA_TLBELO0_RPLV;

		mmu_invtlb(&fx, 0, 0, 0);
		mmu_fill(&fx, 1, va, 12, half ? 0 : lo, half ? lo : 0);
		for (unsigned int t = 0; t < 12; t++) {
			enum la_access acc = (enum la_access)(t % 3);
			int want = rights(lo, t / 3, acc, is_dwpl);

			ck_assert_msg(mmu_touch(&fx, acc, t / 3, va) == want,
				      "entry %#" PRIx64 " PLV%u access %u: not %#x", lo, t / 3,
				      acc, (unsigned int)want);
			if (want == FX_DONE)
				continue;
			ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADV), va);
			ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBEHI), va & ~UINT64_C(0x1fff));
			ck_assert_hex_eq(fx_csr(&fx, LA_CSR_PRMD) & LA_PRMD_PPLV, t / 3);
		}
	}
}
END_TEST

/* A right that one level has must not be had by another through fast tables. */
START_TEST(levels_do_not_leak)
{
	mmu_fill(&fx, 1, 0x40000000, 12, MMU_RW_PLV(0) | FX_DATA, MMU_RW_PLV(0) | FX_DATA);
	for (unsigned int round = 0; round < 3; round++) {
		ck_assert_int_eq(mmu_touch(&fx, LA_ACC_STORE, 0, 0x40000000), FX_DONE);
		ck_assert_int_eq(mmu_touch(&fx, LA_ACC_STORE, 3, 0x40000000), LA_EXC_PPI);
		ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 3, 0x40000000), LA_EXC_PPI);
		ck_assert_int_eq(mmu_touch(&fx, LA_ACC_FETCH, 0, 0x40000000), FX_DONE);
		ck_assert_int_eq(mmu_touch(&fx, LA_ACC_FETCH, 3, 0x40000000), LA_EXC_PPI);
	}
}
END_TEST

/* ------------------------------------------------------------------ TLB instructions */

static const unsigned int page_sizes[] = { 12, 14, 16, 21, 25 };

START_TEST(page_sizes_map_both_halves)
{
	const unsigned int ps = page_sizes[_i];
	const uint64_t page = BIT64(ps), va = UINT64_C(0x100000000);
	const uint64_t pa[2] = { ps == 25 ? page : 4 * page + 0x1000000 * (ps < 21),
				 ps == 25 ? 0 : 7 * page + 0x1000000 * (ps < 21) };

	mmu_fill(&fx, 1, va, ps, MMU_RW | pa[0], MMU_RW | pa[1]);
	for (unsigned int i = 0; i < 16; i++) {
		unsigned int half = i & 1;
		uint64_t off = (page / 16 * i + 0x300000 * (ps == 25)) & (page - 1) & ~UINT64_C(7);

		off |= 0x8;
		fx_put64(&fx, pa[half] + off, 0xabc0 + i);
		ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 3, va + half * page + off), FX_DONE);
		ck_assert_hex_eq(fx_reg(&fx, A0), 0xabc0 + i);
	}
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 3, va + 2 * page), LA_EXC_TLBR);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 3, va - 8), LA_EXC_TLBR);
	/* Any address of the pair takes all of it away. */
	mmu_invtlb(&fx, 5, 1, va + page + page / 2);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 3, va), LA_EXC_TLBR);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 3, va + 0x8 + page / 16 * 2 / 8 * 8),
			 LA_EXC_TLBR);
}
END_TEST

START_TEST(page_size_that_is_not_there)
{
	static const unsigned int sizes[] = { 0, 11, 30, 47, 63 };

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		mmu_fill(&fx, 1, 0x40000000, sizes[i], MMU_RW | FX_DATA, MMU_RW | FX_DATA);
		mmu_write(&fx, 1, 0x40000000, sizes[i], MMU_RW | FX_DATA, MMU_RW, 2050);
		ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, 0x40000000), LA_EXC_TLBR);
	}
	/* Nor does STLBPS take one. */
	fx_set_csr(&fx, LA_CSR_STLBPS, 40);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_STLBPS), 12);
}
END_TEST

START_TEST(search_and_read)
{
	const uint64_t va = UINT64_C(0x0000123456780000);
	const uint64_t lo0 = MMU_RW | LA_TLBELO0_NX | 0x123000, lo1 = LA_TLBELO0_NR | 0x555000;

	mmu_write(&fx, 5, va, 21, lo0, lo1, 2048 + 9);
	fx_set_csr(&fx, LA_CSR_TLBIDX, 0);
	fx_set_csr(&fx, LA_CSR_TLBEHI, va + 0x6000);
	fx_set_csr(&fx, LA_CSR_ASID, 5);
	mmu_op(&fx, la_enc_tlbsrch());
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBIDX) & (LA_TLBIDX_INDEX | LA_TLBIDX_NE), 2048 + 9);
	/* Reading brings back what was written, with the ASID. */
	fx_set_csr(&fx, LA_CSR_TLBEHI, 0);
	fx_set_csr(&fx, LA_CSR_TLBELO0, 0);
	fx_set_csr(&fx, LA_CSR_TLBELO1, 0);
	fx_set_csr(&fx, LA_CSR_ASID, 9);
	mmu_op(&fx, la_enc_tlbrd());
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBEHI) >> 22, va >> 22);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBELO0), lo0);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBELO1), lo1);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ASID), 5 | 10 << 16);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBIDX), 21 << 24 | (2048 + 9));
	/* Not in this address space. */
	fx_set_csr(&fx, LA_CSR_ASID, 6);
	mmu_op(&fx, la_enc_tlbsrch());
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBIDX) & LA_TLBIDX_NE, LA_TLBIDX_NE);
	/* An empty entry reads as nothing. */
	fx_set_csr(&fx, LA_CSR_TLBIDX, 2048 + 10);
	mmu_op(&fx, la_enc_tlbrd());
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBIDX) & (LA_TLBIDX_NE | LA_TLBIDX_PS), LA_TLBIDX_NE);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBEHI), 0);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBELO0), 0);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ASID) & 0x3ff, 0);
}
END_TEST

/* tlbrd changes ASID: what runs next must see that address space. */
START_TEST(read_switches_address_space)
{
	mmu_fill(&fx, 1, 0x40000000, 12, MMU_RW | FX_DATA, MMU_RW);
	mmu_write(&fx, 2, 0x50000000, 12, MMU_RW | FX_DATA, MMU_RW, 2048);
	fx_set_csr(&fx, LA_CSR_ASID, 1);
	fx_set_csr(&fx, LA_CSR_TLBIDX, 2048);
	fx_mode(&fx, true, 0);
	fx_set(&fx, A1, 0x40000000);
	fx_program(&fx, la_enc_ld_d(A0, A1, 0), la_enc_tlbrd(), la_enc_ld_d(A0, A1, 0));
	ck_assert_int_eq(fx_go(&fx), LA_EXC_TLBR);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBRERA), ((FX_USEG | FX_CODE) + 8) | 1);
}
END_TEST

/* tlbwr replaces what the index holds, for the page that was there as well. */
START_TEST(write_replaces)
{
	const uint64_t va = 0x40000000, other = 0x50000000;

	mmu_write(&fx, 1, va, 12, MMU_RW | FX_DATA, MMU_RW, 2060);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_STORE, 0, va), FX_DONE);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, va), FX_DONE);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_FETCH, 0, va), FX_DONE);
	mmu_write(&fx, 1, other, 12, MMU_RW | FX_DATA, MMU_RW, 2060);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_STORE, 0, va), LA_EXC_TLBR);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, va), LA_EXC_TLBR);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_FETCH, 0, va), LA_EXC_TLBR);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, other), FX_DONE);
	/* Less rights, another frame: at once. */
	mmu_write(&fx, 1, other, 12, (MMU_RW & ~LA_TLBELO0_D) | (FX_DATA + 0x1000), 0, 2060);
	fx_put64(&fx, FX_DATA + 0x1000, 0x99);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, other), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A0), 0x99);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_STORE, 0, other), LA_EXC_PME);
	/* NE in TLBIDX: the entry becomes empty. */
	mmu_write(&fx, 1, other, 12, MMU_RW | FX_DATA, MMU_RW, LA_TLBIDX_NE | 2060u);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, other), LA_EXC_TLBR);
	/* An index beyond the arrays is ignored. */
	mmu_write(&fx, 1, other, 12, MMU_RW | FX_DATA, MMU_RW, 2048 + 64);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, other), LA_EXC_TLBR);
}
END_TEST

/* tlbfill with NE makes an entry that matches nothing, but inside of refills. */
START_TEST(fill_of_nothing)
{
	mmu_operands(&fx, 1, 0x40000000, 12, MMU_RW | FX_DATA, MMU_RW, LA_TLBIDX_NE);
	mmu_op(&fx, la_enc_tlbfill());
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, 0x40000000), LA_EXC_TLBR);
	fx_set_csr(&fx, LA_CSR_TLBREHI, 0x40000000 | 12);
	fx_set_csr(&fx, LA_CSR_TLBRELO0, MMU_RW | FX_DATA);
	fx_set_csr(&fx, LA_CSR_TLBRERA, LA_TLBRERA_ISTLBR);
	mmu_op(&fx, la_enc_tlbfill());
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, 0x40000000), FX_DONE);
}
END_TEST

/* The bits above the pair's number take no part in the comparison of invtlb. */
START_TEST(invtlb_of_a_hole)
{
	const uint64_t va = UINT64_C(0xffffffff80000000);

	for (unsigned int op = 5; op <= 6; op++) {
		mmu_fill(&fx, 1, va, 12, MMU_RW | FX_DATA, MMU_RW);
		ck_assert_int_eq(mmu_touch(&fx, LA_ACC_STORE, 0, va), FX_DONE);
		ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, va), FX_DONE);
		mmu_invtlb(&fx, op, 1, va & mask64(48));
		ck_assert_int_eq(mmu_touch(&fx, LA_ACC_STORE, 0, va), LA_EXC_TLBR);
		ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, va), LA_EXC_TLBR);
	}
}
END_TEST

/* What an atomic updates it must be able to read; a store before must not hide that. */
START_TEST(atomics_read)
{
	const uint64_t va = 0x40000000;
	const uint32_t updates[] = {
		la_enc_amadd_d(A0, A2, A1), la_enc_amxor_db_w(A0, A2, A1),
		la_enc_amcas_d(A0, A2, A1), la_enc_amswap_b(A0, A2, A1),
	};

	mmu_fill(&fx, 1, va, 12, MMU_RW | LA_TLBELO0_NR | FX_DATA,
		 (MMU_RW & ~LA_TLBELO0_D) | LA_TLBELO0_NR | FX_DATA);
	for (unsigned int i = 0; i < ARRAY_SIZE(updates); i++) {
		for (unsigned int half = 0; half < 2; half++) {
			ck_assert_int_eq(mmu_touch(&fx, LA_ACC_STORE, 3, va + half * 0x1000),
					 half ? LA_EXC_PME : FX_DONE);
			fx_mode(&fx, true, 0);
			fx_set(&fx, A1, va + half * 0x1000);
			fx_put64(&fx, FX_DATA, 5);
			ck_assert_int_eq(fx_exec(&fx, updates[i]), half ? LA_EXC_PME : LA_EXC_PNR);
			ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADV), va + half * 0x1000);
			ck_assert_hex_eq(fx_get64(&fx, FX_DATA), 5);
		}
	}
	/* The store of a pair does not read. */
	fx_mode(&fx, true, 0);
	fx_set(&fx, A1, va);
	ck_assert_int_eq(fx_exec(&fx, la_enc_sc_d(A0, A1, 0)), FX_DONE);
}
END_TEST

/* Inside a refill the operands are those of the refill set, and NE does not matter. */
START_TEST(write_inside_refill)
{
	const uint64_t va = 0x40000000;

	fx_set_csr(&fx, LA_CSR_ASID, 1);
	fx_set_csr(&fx, LA_CSR_TLBIDX, LA_TLBIDX_NE | 25u << 24 | 2048u);
	fx_set_csr(&fx, LA_CSR_TLBEHI, 0x77000000);
	fx_set_csr(&fx, LA_CSR_TLBREHI, va | 12);
	fx_set_csr(&fx, LA_CSR_TLBRELO0, MMU_RW | FX_DATA);
	fx_set_csr(&fx, LA_CSR_TLBRELO1, MMU_RW | FX_DATA);
	fx_set_csr(&fx, LA_CSR_TLBRERA, LA_TLBRERA_ISTLBR);
	mmu_op(&fx, la_enc_tlbwr());
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, va + 0x1000), FX_DONE);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, va + 0x2000), LA_EXC_TLBR);
	fx_set_csr(&fx, LA_CSR_TLBREHI, va | 12);
	fx_set_csr(&fx, LA_CSR_TLBIDX, 0);
	mmu_op(&fx, la_enc_tlbsrch());
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBIDX) & 0xfff, 2048);
}
END_TEST

/* tlbclr spares global entries and other address spaces, tlbflush nothing. */
START_TEST(clear_and_flush_by_index)
{
	const uint64_t va = 0x40000000, other_set = 0x40004000;
	const uint64_t g = LA_TLBELO0_G;

	for (unsigned int round = 0; round < 2; round++) {
		mmu_invtlb(&fx, 0, 0, 0);
		mmu_fill(&fx, 1, va, 12, MMU_RW | FX_DATA, MMU_RW);
		mmu_fill(&fx, 2, va, 12, MMU_RW | FX_DATA, MMU_RW);
		mmu_fill(&fx, 2, va + (UINT64_C(256) << 13), 12, MMU_RW | g | FX_DATA, MMU_RW | g);
		mmu_fill(&fx, 1, other_set, 12, MMU_RW | FX_DATA, MMU_RW);
		fx_set_csr(&fx, LA_CSR_ASID, 1);
		fx_set_csr(&fx, LA_CSR_TLBEHI, va);
		mmu_op(&fx, la_enc_tlbsrch());
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBIDX) & LA_TLBIDX_NE, 0);
		/* Any way of the set names it. */
		fx_set_csr(&fx, LA_CSR_TLBIDX, (fx_csr(&fx, LA_CSR_TLBIDX) + 256) % 2048);
		mmu_op(&fx, round ? la_enc_tlbflush() : la_enc_tlbclr());
		ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, va), LA_EXC_TLBR);
		ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, va + (UINT64_C(256) << 13)),
				 round ? LA_EXC_TLBR : FX_DONE);
		ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, other_set), FX_DONE);
		fx_set_csr(&fx, LA_CSR_ASID, 2);
		ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, va),
				 round ? LA_EXC_TLBR : FX_DONE);
	}
	/* The fully associative part as a whole. */
	mmu_write(&fx, 1, 0x80000000, 21, MMU_RW | FX_DATA, MMU_RW, 2048 + 5);
	mmu_write(&fx, 1, 0x90000000, 21, MMU_RW | FX_DATA, MMU_RW, 2048 + 60);
	fx_set_csr(&fx, LA_CSR_TLBIDX, 2048);
	mmu_op(&fx, la_enc_tlbclr());
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, 0x80000000), LA_EXC_TLBR);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, 0x90000000), LA_EXC_TLBR);
}
END_TEST

START_TEST(invtlb_that_does_not_exist)
{
	fx_mode(&fx, false, 0);
	for (unsigned int op = 7; op < 32; op++) {
		ck_assert_int_eq(fx_exec(&fx, la_enc_invtlb(op, 0, 0)), LA_EXC_INE);
		fx_mode(&fx, false, 0);
	}
	for (unsigned int op = 0; op < 8; op++) {
		fx_mode(&fx, false, 3);
		ck_assert_int_eq(fx_exec(&fx, la_enc_invtlb(op, 0, 0)), LA_EXC_IPE);
	}
}
END_TEST

/* More mappings than the arrays hold: each is right or refills, none is wrong. */
START_TEST(arrays_overflow)
{
	const unsigned int n = 3000;
	unsigned int nhits = 0;

	for (unsigned int i = 0; i < n; i++) {
		uint64_t pa = 0x1000000 + i * UINT64_C(0x2000);

		fx_put64(&fx, pa, i);
		mmu_fill(&fx, 1, UINT64_C(0x40000000) + i * UINT64_C(0x2000), 12, MMU_RW | pa,
			 MMU_RW | (pa + 0x1000));
	}
	for (unsigned int i = 0; i < n; i++) {
		int got = mmu_touch(&fx, LA_ACC_LOAD, 0,
				    UINT64_C(0x40000000) + i * UINT64_C(0x2000));

		if (got == FX_DONE) {
			ck_assert_hex_eq(fx_reg(&fx, A0), i);
			nhits++;
		} else {
			ck_assert_int_eq(got, LA_EXC_TLBR);
		}
	}
	ck_assert_uint_ge(nhits, 1900);
	ck_assert_uint_le(nhits, 2048);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("soft mmu");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, direct_mode_uses_low_bits);
	tcase_add_loop_test(tc, window_is_per_level, 0, 16);
	tcase_add_test(tc, window_closes_at_once);
	tcase_add_test(tc, window_before_tlb);
	tcase_add_loop_test(tc, holes_are_address_errors, 0, ARRAY_SIZE(bad_vas));
	tcase_add_test(tc, misaligned_fetch);
	tcase_add_loop_test(tc, rights_of_an_entry, 0, 4);
	tcase_add_test(tc, levels_do_not_leak);
	tcase_add_loop_test(tc, page_sizes_map_both_halves, 0, ARRAY_SIZE(page_sizes));
	tcase_add_test(tc, page_size_that_is_not_there);
	tcase_add_test(tc, search_and_read);
	tcase_add_test(tc, read_switches_address_space);
	tcase_add_test(tc, write_replaces);
	tcase_add_test(tc, fill_of_nothing);
	tcase_add_test(tc, invtlb_of_a_hole);
	tcase_add_test(tc, atomics_read);
	tcase_add_test(tc, write_inside_refill);
	tcase_add_test(tc, clear_and_flush_by_index);
	tcase_add_test(tc, invtlb_that_does_not_exist);
	tcase_add_test(tc, arrays_overflow);
	suite_add_tcase(s, tc);
	return fx_main(s);
}
