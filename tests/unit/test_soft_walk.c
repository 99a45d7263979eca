/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_soft_walk.c - TLB refill by software and page-table walks by the CPU.  Vol. 1, 4.2.5,
 * 5.4 and 7.5.
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

/* ------------------------------------------------------------------ refill */

/* Everything that the entry of a TLB refill sets, for each kind of access and level. */
START_TEST(refill_entry)
{
	const enum la_access acc = (enum la_access)(_i % 3);
	const unsigned int plv = (unsigned int)_i / 3;
	const uint64_t va = acc == LA_ACC_FETCH ? UINT64_C(0xffffffff8badc0c8)
						: UINT64_C(0x00007abcdef01238);
	const uint64_t pc = acc == LA_ACC_FETCH ? va
						: MMU_TOUCH + (acc == LA_ACC_STORE ? 8u : 0u);

	fx_set_csr(&fx, LA_CSR_ERA, 0x1234);
	fx_set_csr(&fx, LA_CSR_PRMD, 0x5);
	fx_set_csr(&fx, LA_CSR_BADV, 0x4321);
	fx_set_csr(&fx, LA_CSR_TLBREHI, 0x15);
	ck_assert_int_eq(mmu_touch_ie(&fx, acc, plv, va, LA_CRMD_IE | LA_CRMD_WE), LA_EXC_TLBR);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBRBADV), va);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBREHI) & mask64(48) & ~UINT64_C(0x1fff),
			 va & mask64(48) & ~UINT64_C(0x1fff));
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBREHI) & 0x3f, 0x15);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBRPRMD), plv | LA_TLBRPRMD_PIE | LA_TLBRPRMD_PWE);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBRERA), pc | LA_TLBRERA_ISTLBR);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_CRMD), LA_CRMD_DA);
	/* What could be fetched is recorded as for any other exception. */
	if (acc != LA_ACC_FETCH)
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADI), acc == LA_ACC_LOAD ?
				 la_enc_ld_d(A0, A1, 0) : la_enc_st_d(A2, A1, 0));
	/* The other set stays. */
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), 0x1234);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_PRMD), 0x5);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADV), 0x4321);
}
END_TEST

/* The usual handler over tables of 4 or 16 KiB pages, three levels. */
static void write_refill_handler(void)
{
	fx_at(&fx, FX_TLBRENTRY);
	fx_emit(&fx, la_enc_csrwr(T0, LA_CSR_TLBRSAVE));
	fx_emit(&fx, la_enc_csrrd(T0, LA_CSR_PGD));
	fx_emit(&fx, la_enc_lddir(T0, T0, 3));
	fx_emit(&fx, la_enc_lddir(T0, T0, 1));
	fx_emit(&fx, la_enc_ldpte(T0, 0));
	fx_emit(&fx, la_enc_ldpte(T0, 1));
	fx_emit(&fx, la_enc_tlbfill());
	fx_emit(&fx, la_enc_csrrd(T0, LA_CSR_TLBRSAVE));
	fx_emit(&fx, la_enc_ertn());
}

#define PGDL UINT64_C(0x300000)
#define PGDH UINT64_C(0x310000)
#define PMD UINT64_C(0x320000)
#define PTE UINT64_C(0x330000)

static void prepare_tables(unsigned int ps, bool has_walker)
{
	const unsigned int w = ps - 3;

	fx_set_csr(&fx, LA_CSR_PWCL, ps | w << 5 | (ps + w) << 10 | w << 15);
	fx_set_csr(&fx, LA_CSR_PWCH, (ps + 2 * w) | w << 6 | (has_walker ? LA_PWCH_HPTW_EN : 0));
	fx_set_csr(&fx, LA_CSR_STLBPS, ps);
	fx_set_csr(&fx, LA_CSR_PGDL, PGDL);
	fx_set_csr(&fx, LA_CSR_PGDH, PGDH);
	fx_put64(&fx, PGDL, PMD);
	fx_put64(&fx, PGDH + (mask64(w) << 3), PMD);
	fx_put64(&fx, PMD, PTE);
	fx_put64(&fx, PMD + (mask64(w) << 3), PTE);
}

static void put_pte(unsigned int index, uint64_t pte)
{
	fx_put64(&fx, PTE + 8 * index, pte);
}

START_TEST(refill_by_software)
{
	const unsigned int ps = _i ? 14 : 12;
	const uint64_t page = BIT64(ps);
	uint64_t high;

	prepare_tables(ps, false);
	write_refill_handler();
	for (unsigned int i = 0; i < 8; i++) {
		put_pte(i, MMU_RW | (FX_DATA + i * page));
		fx_put64(&fx, FX_DATA + i * page + 8, 1000 + i);
	}
	for (unsigned int i = 0; i < 8; i++) {
		fx_set(&fx, T0, 0x70);
		ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, i * page + 8), FX_DONE);
		ck_assert_hex_eq(fx_reg(&fx, A0), 1000 + i);
		ck_assert_hex_eq(fx_reg(&fx, T0), 0x70);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBRERA) & LA_TLBRERA_ISTLBR, 0);
	}
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBREHI) & LA_TLBREHI_PS, ps);
	/* The upper half by PGDH: the last directory entries. */
	high = ~mask64(3 * (ps - 3) + ps) | mask64(2 * (ps - 3)) << (2 * ps - 3);
	high &= ~mask64(2 * ps - 3);
	high |= mask64(ps - 3) << (2 * ps - 3);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, high + 3 * page + 8), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A0), 1003);
	/* An entry that is not valid: filled too, then a page fault. */
	put_pte(8, 0);
	put_pte(9, MMU_RW | FX_DATA);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, 8 * page + 16), LA_EXC_PIL);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADV), 8 * page + 16);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_STORE, 0, 9 * page + 16), FX_DONE);
}
END_TEST

/* A huge page in the last directory: two halves in the TLB. */
START_TEST(refill_of_huge_page)
{
	const uint64_t huge = UINT64_C(2) << 20;

	prepare_tables(12, false);
	write_refill_handler();
	/* HGLOBAL (12) becomes G. */
	fx_put64(&fx, PMD + 8, MMU_RW | BIT64(6) | BIT64(12) | (10 * huge));
	fx_put64(&fx, 10 * huge + 0x100010, 0xbeef);
	fx_put64(&fx, 10 * huge + 0x10, 0xcafe);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, huge + 0x100010), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A0), 0xbeef);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBREHI) & LA_TLBREHI_PS, 20);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBRELO0), MMU_RW | LA_TLBELO0_G | 10 * huge);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBRELO1),
			 MMU_RW | LA_TLBELO0_G | (10 * huge + 0x100000));
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, huge + 0x10), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A0), 0xcafe);
	/* Rights above the address, and address bits that the page is too large for. */
	fx_put64(&fx, PMD + 16, MMU_RW | BIT64(6) | LA_TLBELO0_NX | LA_TLBELO0_RPLV | 0x98000 |
				(10 * huge));
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, 2 * huge), LA_EXC_PPI);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBRELO0),
			 MMU_RW | LA_TLBELO0_NX | LA_TLBELO0_RPLV | 10 * huge);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBRELO1),
			 MMU_RW | LA_TLBELO0_NX | LA_TLBELO0_RPLV | (10 * huge + 0x100000));
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_FETCH, 3, 2 * huge), LA_EXC_PNX);
	/* Global: the same in every address space. */
	fx_set_csr(&fx, LA_CSR_ASID, 77);
	fx_at(&fx, FX_TLBRENTRY);
	fx_emit(&fx, la_enc_idle(0));
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, huge + 0x10), FX_DONE);
}
END_TEST

static uint64_t lddir(uint64_t base, unsigned int level)
{
	fx_mode(&fx, false, 0);
	fx_set(&fx, A0, base);
	ck_assert_int_eq(fx_exec(&fx, la_enc_lddir(A1, A0, level)), FX_DONE);
	return fx_reg(&fx, A1);
}

START_TEST(lddir_levels)
{
	const unsigned int at[] = { 12, 21, 30, 39, 43 }, width[] = { 9, 9, 9, 4, 4 };

	fx_set_csr(&fx, LA_CSR_PWCL, at[0] | width[0] << 5 | at[1] << 10 | width[1] << 15 |
				     at[2] << 20 | width[2] << 25);
	fx_set_csr(&fx, LA_CSR_PWCH, at[3] | width[3] << 6 | at[4] << 12 | width[4] << 18);
	fx_set_csr(&fx, LA_CSR_TLBRBADV, UINT64_C(0x000076543210abcd));
	for (unsigned int level = 1; level <= 4; level++) {
		uint64_t index = UINT64_C(0x000076543210abcd) >> at[level] & mask64(width[level]);

		fx_put64(&fx, PMD + 8 * index, 0x1000 * level + 0x5000);
		ck_assert_hex_eq(lddir(PMD, level), 0x1000 * level + 0x5000);
	}
	/* A huge entry is handed on with its level, the first directory's only. */
	ck_assert_hex_eq(lddir(0x400000 | BIT64(6) | 3, 2), 0x400000 | BIT64(6) | 3 | 2u << 13);
	ck_assert_hex_eq(lddir(0x400000 | BIT64(6) | 2u << 13, 1), 0x400000 | BIT64(6) | 2u << 13);
}
END_TEST

START_TEST(ldpte_of_level_2)
{
	/* 1 GiB in the second directory: halves of 512 MiB. */
	prepare_tables(12, false);
	fx_mode(&fx, false, 0);
	fx_set(&fx, A0, MMU_RW | BIT64(6) | 1u << 13 | UINT64_C(0x40000000));
	fx_program(&fx, la_enc_ldpte(A0, 0), la_enc_ldpte(A0, 1));
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBREHI) & LA_TLBREHI_PS, 29);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBRELO0), MMU_RW | UINT64_C(0x40000000));
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBRELO1), MMU_RW | UINT64_C(0x60000000));
}
END_TEST

/* ------------------------------------------------------------------ hardware walk */

#define P BIT64(7)
#define W BIT64(8)
#define WALK_RW (P | W | 3u << 2)

START_TEST(walk_marks_accessed_and_dirty)
{
	const unsigned int ps = _i ? 14 : 12;

	prepare_tables(ps, true);
	put_pte(1, WALK_RW | FX_DATA);
	fx_put64(&fx, FX_DATA + 8, 4711);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 3, BIT64(ps) + 8), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A0), 4711);
	ck_assert_hex_eq(fx_get64(&fx, PTE + 8), WALK_RW | FX_DATA | LA_TLBELO0_V);
	/* The load's fast translation must not let a store by. */
	fx_set(&fx, A2, 4712);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_STORE, 3, BIT64(ps) + 8), FX_DONE);
	ck_assert_hex_eq(fx_get64(&fx, PTE + 8), WALK_RW | FX_DATA | LA_TLBELO0_V | LA_TLBELO0_D);
	ck_assert_hex_eq(fx_get64(&fx, FX_DATA + 8), 4712);
	/* Marks taken back and the TLB told: set again by the next use. */
	put_pte(1, WALK_RW | FX_DATA);
	mmu_invtlb(&fx, 5, 1, BIT64(ps));
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_FETCH, 3, BIT64(ps)), FX_DONE);
	ck_assert_hex_eq(fx_get64(&fx, PTE + 8), WALK_RW | FX_DATA | LA_TLBELO0_V);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_STORE, 3, BIT64(ps) + 16), FX_DONE);
	ck_assert_hex_eq(fx_get64(&fx, PTE + 8) & LA_TLBELO0_D, LA_TLBELO0_D);
}
END_TEST

START_TEST(walk_faults)
{
	prepare_tables(12, true);
	/* Without P: invalid, whatever V says; nothing is marked. */
	put_pte(2, LA_TLBELO0_V | LA_TLBELO0_D | W | 3u << 2 | FX_DATA);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, 0x2000), LA_EXC_PIL);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_STORE, 0, 0x2000), LA_EXC_PIS);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_FETCH, 0, 0x2000), LA_EXC_PIF);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADV), 0x2000);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBEHI), 0x2000);
	/* Without W: not writable, whatever D says; loads go. */
	put_pte(3, LA_TLBELO0_D | P | 3u << 2 | FX_DATA);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_STORE, 0, 0x3008), LA_EXC_PME);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADV), 0x3008);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, 0x3008), FX_DONE);
	put_pte(4, WALK_RW | LA_TLBELO0_NX | FX_DATA);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_FETCH, 0, 0x4000), LA_EXC_PNX);
	put_pte(5, WALK_RW | LA_TLBELO0_NR | FX_DATA);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, 0x5000), LA_EXC_PNR);
	put_pte(6, P | W | FX_DATA);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 3, 0x6000), LA_EXC_PPI);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, 0x6000), FX_DONE);
	put_pte(7, WALK_RW | LA_TLBELO0_RPLV | FX_DATA);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, 0x7000), LA_EXC_PPI);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 3, 0x7000), FX_DONE);
	/* No directory: a fault as well, not a refill. */
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, UINT64_C(0x40000000)), LA_EXC_PIL);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_STORE, 0, 0x200000), LA_EXC_PIS);
	/* Holes first. */
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, UINT64_C(0x0000800000000000)), LA_EXC_ADEM);
	/* The upper half goes by PGDH. */
	put_pte(511, WALK_RW | FX_DATA);
	fx_put64(&fx, PMD + 511 * 8, PTE);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, UINT64_C(0xfffffffffffff000)), FX_DONE);
}
END_TEST

START_TEST(walk_of_huge_page)
{
	const uint64_t huge = UINT64_C(2) << 20;

	prepare_tables(12, true);
	fx_put64(&fx, PMD + 8, WALK_RW | BIT64(6) | 12 * huge);
	for (unsigned int i = 0; i < 2; i++) {
		fx_put64(&fx, 12 * huge + 0x100000 * i + 0x5008, 60 + i);
		ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, huge + 0x100000 * i + 0x5008),
				 FX_DONE);
		ck_assert_hex_eq(fx_reg(&fx, A0), 60 + i);
	}
	ck_assert_hex_eq(fx_get64(&fx, PMD + 8), WALK_RW | BIT64(6) | 12 * huge | LA_TLBELO0_V);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_STORE, 0, huge + 0x105008), FX_DONE);
	ck_assert_hex_eq(fx_get64(&fx, PMD + 8) & LA_TLBELO0_D, LA_TLBELO0_D);
	/* One address drops all 2 MiB of fast translations. */
	fx_put64(&fx, PMD + 8, WALK_RW | BIT64(6) | 13 * huge);
	fx_put64(&fx, 13 * huge + 0x5008, 70);
	mmu_invtlb(&fx, 5, 1, huge + 0x1ff000);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, huge + 0x5008), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A0), 70);
	/* Software bits and the global bit of a huge entry are no part of the address. */
	fx_put64(&fx, PMD + 8, WALK_RW | BIT64(6) | BIT64(9) | BIT64(10) | BIT64(12) | 13 * huge);
	mmu_invtlb(&fx, 0, 0, 0);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, huge + 0x5008), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A0), 70);
}
END_TEST

/* Each address space has tables of its own; PGDL changes with ASID. */
START_TEST(walk_follows_asid)
{
	prepare_tables(12, true);
	put_pte(1, WALK_RW | FX_DATA);
	fx_put64(&fx, FX_DATA, 1);
	for (unsigned int as = 1; as <= 40; as++) {
		uint64_t pgd = 0x400000 + as * 0x4000;

		fx_put64(&fx, pgd, pgd + 0x1000);
		fx_put64(&fx, pgd + 0x1000, pgd + 0x2000);
		fx_put64(&fx, pgd + 0x2000 + 8, WALK_RW | (pgd + 0x3000));
		fx_put64(&fx, pgd + 0x3000, as);
	}
	/* More of them than the CPU keeps contexts. */
	for (unsigned int i = 0; i < 400; i++) {
		unsigned int as = i * 7 % 40 + 1;

		fx_set_csr(&fx, LA_CSR_ASID, as);
		fx_set_csr(&fx, LA_CSR_PGDL, 0x400000 + as * 0x4000);
		ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, 0x1000), FX_DONE);
		ck_assert_hex_eq(fx_reg(&fx, A0), as);
	}
}
END_TEST

/* Pages below 4 KiB: undefined, but never beyond the page that the entry names. */
START_TEST(walk_of_tiny_pages)
{
	const uint64_t last = FX_RAM_BYTES - 0x1000;

	prepare_tables(12, true);
	fx_set_csr(&fx, LA_CSR_PWCL, (uint64_t)_i | 3 << 5);
	fx_set_csr(&fx, LA_CSR_PWCH, LA_PWCH_HPTW_EN);
	fx_set_csr(&fx, LA_CSR_PGDL, PTE);
	for (unsigned int i = 0; i < 8; i++)
		put_pte(i, WALK_RW | last | 0xe30);
	fx_put64(&fx, last + 0xff8, 0x5ca1ab1e);
	for (uint64_t off = 0; off < 0x1000; off += 0x7f8) {
		ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, 0x5000 + off), FX_DONE);
		ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, 0x5ff8), FX_DONE);
		ck_assert_hex_eq(fx_reg(&fx, A0), 0x5ca1ab1e);
		mmu_invtlb(&fx, 0, 0, 0);
	}
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_STORE, 0, 0x5000), FX_DONE);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_STORE, 0, 0x5ff8), FX_DONE);
	ck_assert_hex_eq(fx_get64(&fx, last + 0xff8), fx_reg(&fx, A2));
}
END_TEST

/* The switch is not there in models without it. */
START_TEST(walk_needs_the_feature)
{
	struct la_features f = fx_max;

	teardown();
	f.has_ptw = false;
	fx_open(&fx, &f, 1);
	mmu_prepare(&fx);
	prepare_tables(12, true);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_PWCH) & LA_PWCH_HPTW_EN, 0);
	put_pte(1, WALK_RW | FX_DATA);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, 0x1000), LA_EXC_TLBR);
}
END_TEST

/* A page table outside RAM, a table entry that points nowhere: no harm to the host. */
START_TEST(walk_through_nothing)
{
	prepare_tables(12, true);
	fx.mmio_val = WALK_RW | FX_DATA;
	fx_put64(&fx, PMD, FX_MMIO);
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, 0x1000), FX_DONE);
	ck_assert_hex_eq(fx.last.addr, FX_MMIO + 8);
	fx_put64(&fx, PMD, PTE);
	put_pte(1, WALK_RW | UINT64_C(0xfffffffff000));
	mmu_invtlb(&fx, 0, 0, 0);
	fx.mmio_val = 0x77;
	ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, 0x1ff8), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A0), 0x77);
	ck_assert_hex_eq(fx.last.addr, UINT64_C(0xfffffffffff8));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("soft walk");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, refill_entry, 0, 12);
	tcase_add_loop_test(tc, refill_by_software, 0, 2);
	tcase_add_test(tc, refill_of_huge_page);
	tcase_add_test(tc, lddir_levels);
	tcase_add_test(tc, ldpte_of_level_2);
	tcase_add_loop_test(tc, walk_marks_accessed_and_dirty, 0, 2);
	tcase_add_test(tc, walk_faults);
	tcase_add_test(tc, walk_of_huge_page);
	tcase_add_loop_test(tc, walk_of_tiny_pages, 0, 12);
	tcase_add_test(tc, walk_follows_asid);
	tcase_add_test(tc, walk_needs_the_feature);
	tcase_add_test(tc, walk_through_nothing);
	suite_add_tcase(s, tc);
	return fx_main(s);
}
