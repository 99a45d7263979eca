/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft_lvz_fixture.h - the test as a hypervisor: it sets the root's registers from outside,
 * enters the guest with ertn and looks at what the exit left.
 *
 * Guests run in direct address mode unless said otherwise; their RAM is mapped one to one at
 * GUEST by the root's TLB.  One machine for each test program.
 */
#ifndef LVZ_TESTS_SOFT_LVZ_FIXTURE_H
#define LVZ_TESTS_SOFT_LVZ_FIXTURE_H

#include "soft_fixture.h"

#include "soft/machine.h"
#include "soft/tlb.h"
#include "soft_mmu_fixture.h"

#define GUEST UINT64_C(0x800000)	/* code; data 64 KiB above */
#define GDATA (GUEST + 0x10000)
#define GVEC (GUEST + 0x20000)		/* the guest's EENTRY: hvcl 0x100 everywhere */
#define GREFILL (GUEST + 0x30000)	/* its TLBRENTRY: hvcl 0x200 */
#define GTABLE (GUEST + 0x34000)	/* its page table */
#define NOWHERE UINT64_C(0x4000000)	/* no guest-physical page */
#define GID 5u
#define PAGE14 0x4000u

#define RW (MMU_RW_PLV(0))

static struct fx fx;

static const struct la_features with_lvz = { .has_lsx = true, .has_lasx = true,
					     .has_ptw = true, .has_v11 = true,
					     .has_lvz = true };

/* ------------------------------------------------------------------ the hypervisor */

static inline void set_tag(unsigned int gid)
{
	fx_set_csr(&fx, LA_CSR_GTLBC, LA_GTLBC_USETGID | (uint64_t)gid << LA_GTLBC_TGID_SHIFT);
}

/* A pair of 16 KiB pages of guest @gid. */
static inline void map_gpa_of(unsigned int gid, uint64_t gpa, uint64_t lo0, uint64_t lo1)
{
	fx_set_csr(&fx, LA_CSR_GSTAT, 0);
	set_tag(gid);
	mmu_fill(&fx, 0, gpa, 14, lo0, lo1);
	set_tag(0);
}

static inline void map_gpa(uint64_t gpa, uint64_t lo0, uint64_t lo1)
{
	map_gpa_of(GID, gpa, lo0, lo1);
}

static inline uint64_t gcsr(unsigned int num)
{
	return la_gcsr_read(fx.cpu, num);
}

static inline void set_gcsr(unsigned int num, uint64_t v)
{
	la_gcsr_write(fx.cpu, num, v, UINT64_MAX);
}

static inline void guest_vectors(void)
{
	fx_at(&fx, GVEC);
	while (fx.at < GVEC + 0x10000)
		fx_emit(&fx, la_enc_hvcl(0x100));
	fx_at(&fx, GREFILL);
	fx_emit(&fx, la_enc_hvcl(0x200));
	set_gcsr(LA_CSR_EENTRY, GVEC);
	set_gcsr(LA_CSR_TLBRENTRY, GREFILL);
}

/* On the machine that is open. */
static inline void prepare_guest(void)
{
	fx_mode(&fx, false, 0);
	for (uint64_t at = GUEST; at < GUEST + 0x80000; at += 2 * PAGE14)
		map_gpa(at, RW | at, RW | (at + PAGE14));
	guest_vectors();
	set_gcsr(LA_CSR_CRMD, LA_CRMD_DA);
	set_gcsr(LA_CSR_EUEN, LA_EUEN_FPE | LA_EUEN_SXE | LA_EUEN_ASXE);
}

static inline void setup(void)
{
	fx_open(&fx, &with_lvz, 1);
	prepare_guest();
}

static inline void teardown(void)
{
	fx_close(&fx);
}

/* Enters guest @gid at @pc; what made it exit. */
static inline int enter_as(unsigned int gid, uint64_t pc)
{
	int got;

	set_tag(gid);
	fx_set_csr(&fx, LA_CSR_PRMD, LA_PRMD_PIE);
	fx_set_csr(&fx, LA_CSR_ERA, pc);
	fx_set_csr(&fx, LA_CSR_TLBRERA, 0);
	fx_set_csr(&fx, LA_CSR_GSTAT, LA_GSTAT_PVM | (uint64_t)gid << LA_GSTAT_GID_SHIFT);
	fx_mode(&fx, false, 0);
	fx_at(&fx, FX_CODE);
	fx_emit(&fx, la_enc_ertn());
	got = fx_go(&fx);
	ck_assert_msg(fx_csr(&fx, LA_CSR_GSTAT) ==
		      (LA_GSTAT_PVM | (uint64_t)gid << LA_GSTAT_GID_SHIFT | 8u << 4),
		      "GSTAT %#" PRIx64, fx_csr(&fx, LA_CSR_GSTAT));
	return got;
}

#define guest_program(...) do { \
		const uint32_t words_[] = { __VA_ARGS__ }; \
		fx_at(&fx, GUEST); \
		for (size_t i_ = 0; i_ < ARRAY_SIZE(words_); i_++) \
			fx_emit(&fx, words_[i_]); \
		fx_emit(&fx, la_enc_hvcl(0x7f)); \
	} while (0)

static inline int run_guest(void)
{
	return enter_as(GID, GUEST);
}

static inline uint32_t badi(void)
{
	return (uint32_t)fx_csr(&fx, LA_CSR_BADI);
}

/* The guest came to the end of its program. */
#define ck_assert_guest_done() do { \
		ck_assert_int_eq(run_guest(), LA_EXC_HVC); \
		ck_assert_hex_eq(badi(), la_enc_hvcl(0x7f)); \
	} while (0)

/* Its kernel took @exc at @pc. */
#define ck_assert_guest_took(exc, pc) do { \
		uint64_t is_ = gcsr(LA_CSR_ESTAT); \
		ck_assert_int_eq(run_guest(), LA_EXC_HVC); \
		is_ = gcsr(LA_CSR_ESTAT); \
		ck_assert_hex_eq(badi(), la_enc_hvcl(0x100)); \
		ck_assert_hex_eq(is_ >> LA_ESTAT_ECODE_SHIFT & 0x3f, (exc) & 0x3f); \
		ck_assert_hex_eq(gcsr(LA_CSR_ERA), pc); \
		ck_assert_hex_eq(gcsr(LA_CSR_CRMD) & (LA_CRMD_PLV | LA_CRMD_IE), 0); \
	} while (0)

#endif
