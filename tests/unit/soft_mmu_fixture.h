/* SPDX-License-Identifier: Apache-2.0 */
/* soft_mmu_fixture.h - TLB entries and accesses, for the tests of translation. */
#ifndef LVZ_TESTS_SOFT_MMU_FIXTURE_H
#define LVZ_TESTS_SOFT_MMU_FIXTURE_H

#include "soft/mmu.h"
#include "soft_fixture.h"

/* ld.d, break; st.d, break; jirl: executable at every privilege level. */
#define MMU_TOUCH_GPA UINT64_C(0x108000)
#define MMU_TOUCH (FX_USEG | MMU_TOUCH_GPA)

/* Valid, dirty, for @plv and above. */
#define MMU_RW_PLV(plv) (LA_TLBELO0_V | LA_TLBELO0_D | (uint64_t)(plv) << 2)
#define MMU_RW MMU_RW_PLV(3)

static inline void mmu_prepare(struct fx *fx)
{
	fx_at(fx, MMU_TOUCH_GPA);
	fx_emit(fx, la_enc_ld_d(A0, A1, 0));
	fx_emit(fx, la_enc_break(0));
	fx_emit(fx, la_enc_st_d(A2, A1, 0));
	fx_emit(fx, la_enc_break(0));
	fx_emit(fx, la_enc_jirl(0, A1, 0));
	fx_set_csr(fx, LA_CSR_ASID, 1);
	/* What fetches run into, and what stores leave there. */
	fx_at(fx, FX_DATA);
	for (unsigned int i = 0; i < 16; i++)
		fx_emit(fx, la_enc_break(0));
	fx_set(fx, A2, la_enc_break(0) * UINT64_C(0x100000001));
}

/*
 * One access at @va with paging on: FX_DONE or an exception.  A0 has what a load got, A2
 * is what a store puts; a fetch expects "break" there.
 */
static inline int mmu_touch_ie(struct fx *fx, enum la_access acc, unsigned int plv,
			       uint64_t va, uint64_t crmd)
{
	int got;

	fx_set_csr(fx, LA_CSR_TLBRERA, 0);
	fx_set_csr(fx, LA_CSR_CRMD, LA_CRMD_PG | plv | crmd);
	fx_set(fx, A1, va);
	got = fx_go_cpu(fx->cpu, MMU_TOUCH + 8 * (unsigned int)acc);
	if (got == FX_DONE && acc == LA_ACC_FETCH)
		ck_assert_hex_eq(fx_csr(fx, LA_CSR_ERA), va);
	return got;
}

/* The same; a fetch of a page that lacks "break" at @va must not succeed. */
static inline int mmu_touch(struct fx *fx, enum la_access acc, unsigned int plv, uint64_t va)
{
	return mmu_touch_ie(fx, acc, plv, va, 0);
}

/* Executes @insn in direct mode, PLV0. */
static inline void mmu_op(struct fx *fx, uint32_t insn)
{
	fx_mode(fx, false, 0);
	ck_assert_int_eq(fx_exec(fx, insn), FX_DONE);
}

static inline void mmu_invtlb(struct fx *fx, unsigned int op, uint64_t info, uint64_t va)
{
	fx_set(fx, T1, info);
	fx_set(fx, T2, va);
	mmu_op(fx, la_enc_invtlb(op, T1, T2));
}

static inline void mmu_operands(struct fx *fx, unsigned int asid, uint64_t va, unsigned int ps,
				uint64_t lo0, uint64_t lo1, uint64_t index)
{
	fx_set_csr(fx, LA_CSR_TLBRERA, 0);
	fx_set_csr(fx, LA_CSR_ASID, asid);
	fx_set_csr(fx, LA_CSR_TLBIDX, (uint64_t)ps << 24 | index);
	fx_set_csr(fx, LA_CSR_TLBEHI, va);
	fx_set_csr(fx, LA_CSR_TLBELO0, lo0);
	fx_set_csr(fx, LA_CSR_TLBELO1, lo1);
}

/* tlbfill; leaves ASID at @asid. */
static inline void mmu_fill(struct fx *fx, unsigned int asid, uint64_t va, unsigned int ps,
			    uint64_t lo0, uint64_t lo1)
{
	mmu_operands(fx, asid, va, ps, lo0, lo1, 0);
	mmu_op(fx, la_enc_tlbfill());
}

/*
 * A refill handler of the root at @gpa: every pair of 16 KiB pages is itself, for the root
 * and for guests.
 */
static inline void mmu_identity_refills(struct fx *fx, uint64_t gpa)
{
	const uint32_t code[] = {
		la_enc_csrwr(T8, LA_CSR_TLBRSAVE), la_enc_csrwr(T7, LA_CSR_SAVE7),
		la_enc_csrrd(T8, LA_CSR_TLBRBADV),
		la_enc_srli_d(T8, T8, 15), la_enc_slli_d(T8, T8, 15),
		la_enc_ori(T8, T8, LA_TLBRELO0_V | LA_TLBRELO0_D), la_enc_or(T7, T8, 0),
		la_enc_csrwr(T7, LA_CSR_TLBRELO0),
		la_enc_lu12i_w(T7, 0x4000 >> 12), la_enc_add_d(T8, T8, T7),
		la_enc_csrwr(T8, LA_CSR_TLBRELO1),
		la_enc_ori(T8, 0, 14), la_enc_ori(T7, 0, 0x3f),
		la_enc_csrxchg(T8, T7, LA_CSR_TLBREHI), la_enc_tlbfill(),
		la_enc_csrrd(T7, LA_CSR_SAVE7), la_enc_csrrd(T8, LA_CSR_TLBRSAVE), la_enc_ertn(),
	};

	fx_at(fx, gpa);
	for (unsigned int i = 0; i < ARRAY_SIZE(code); i++)
		fx_emit(fx, code[i]);
}

/* tlbwr at @index (and NE). */
static inline void mmu_write(struct fx *fx, unsigned int asid, uint64_t va, unsigned int ps,
			     uint64_t lo0, uint64_t lo1, uint64_t index)
{
	mmu_operands(fx, asid, va, ps, lo0, lo1, index);
	mmu_op(fx, la_enc_tlbwr());
}

#endif
