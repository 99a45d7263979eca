/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_soft_lvz_stage2.c - what guests have translated is forgotten by guest-physical page:
 * all of it, whatever address, privilege and ASID it was used at, and little else.
 */
#include "soft_lvz_fixture.h"

#include "soft/stage2.h"

#define PAIR UINT64_C(0x8000)
#define STORE 1024u			/* index of RAM's pairs behind the test's own */
#define WINDOW UINT64_C(0x8000000000000000)
#define OTHER_WINDOW UINT64_C(0x9000000000000000)
#define LARGE_PS 21u

/* ------------------------------------------------------------------ what stays */

/* True when the guest's context in direct mode has @va in its load table. */
static bool has_fast(unsigned int gid, uint64_t va)
{
	const uint32_t key = LA_CTX_GUEST | LA_CTX_DIRECT | gid << LA_CTX_GID_SHIFT;
	const struct la_mmu *mmu = fx.cpu->mmu;

	for (unsigned int i = 0; i < LA_NCTX; i++) {
		const struct la_ctx *c = &mmu->ctx[i];
		unsigned int at = va >> LA_FAST_PAGE_BITS & (LA_TLB_R - 1);

		if (c->is_used && c->key == key && c->gen == mmu->gen && c->t[0])
			return c->t[0]->r[at].tag == (va & ~(LA_FAST_PAGE_BYTES - 1));
	}
	return false;
}

static void invalidate(unsigned int op, unsigned int gid, uint64_t gpa)
{
	fx_set_csr(&fx, LA_CSR_GSTAT, 0);
	set_tag(0);
	mmu_invtlb(&fx, op, (uint64_t)gid << 16, gpa);
}

START_TEST(others_stay)
{
	const uint64_t gone = NOWHERE, near = NOWHERE + PAIR, far = NOWHERE + 0x4100000;

	map_gpa(gone, RW | FX_DATA, RW | (FX_DATA + PAGE14));
	map_gpa(near, RW | FX_DATA, 0);
	map_gpa(far, RW | FX_DATA, 0);
	guest_program(la_enc_ld_d(A0, A1, 0), la_enc_ld_d(A0, A2, 0), la_enc_ld_d(A0, A3, 0),
		      la_enc_ld_d(A0, A4, 0));
	fx_set(&fx, A1, gone);
	fx_set(&fx, A2, gone + PAGE14 + 0x1000);
	fx_set(&fx, A3, near);
	fx_set(&fx, A4, far);
	ck_assert_guest_done();
	ck_assert(has_fast(GID, gone) && has_fast(GID, gone + PAGE14 + 0x1000));
	ck_assert(has_fast(GID, near) && has_fast(GID, far));
	/* A pair the guest has never used, and another guest's. */
	invalidate(0x16, GID, NOWHERE + 2 * PAIR);
	invalidate(0x16, GID + 1, gone);
	ck_assert(has_fast(GID, gone) && has_fast(GID, near) && has_fast(GID, far));
	/* Both pages of the pair go, by the address of either. */
	invalidate(0x16, GID, gone + PAGE14);
	ck_assert(!has_fast(GID, gone) && !has_fast(GID, gone + PAGE14 + 0x1000));
	ck_assert(has_fast(GID, near) && has_fast(GID, far));
	ck_assert_int_eq(run_guest(), LA_EXC_TLBR);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBRBADV), gone);
}
END_TEST

/* tlbwr with TGID replaces a page of a guest as well. */
START_TEST(write_forgets)
{
	map_gpa(NOWHERE, RW | FX_DATA, 0);
	map_gpa(NOWHERE + PAIR, RW | FX_DATA, 0);
	fx_put64(&fx, FX_DATA, 1);
	fx_put64(&fx, FX_DATA + PAGE14, 2);
	guest_program(la_enc_ld_d(A0, A1, 0), la_enc_ld_d(A0, A2, 0));
	fx_set(&fx, A1, NOWHERE + PAIR);
	fx_set(&fx, A2, NOWHERE);
	ck_assert_guest_done();
	ck_assert_hex_eq(fx_reg(&fx, A0), 1);
	fx_set_csr(&fx, LA_CSR_GSTAT, 0);
	set_tag(GID);
	mmu_op(&fx, la_enc_tlbsrch());
	mmu_write(&fx, 0, NOWHERE, 14, RW | (FX_DATA + PAGE14), 0, LA_STLB + 7);
	invalidate(0x16, GID, NOWHERE);
	set_tag(GID);
	mmu_write(&fx, 0, NOWHERE, 14, RW | (FX_DATA + PAGE14), 0, LA_STLB + 7);
	set_tag(0);
	ck_assert(has_fast(GID, NOWHERE + PAIR));
	ck_assert_guest_done();
	ck_assert_hex_eq(fx_reg(&fx, A0), 2);
}
END_TEST

/* The root reaches a guest's page with TGID: its fast entry goes with the page. */
START_TEST(root_with_tag)
{
	const uint64_t gpa = NOWHERE;

	for (unsigned int op = 0x14; op <= 0x16; op++) {
		map_gpa(gpa, MMU_RW | FX_DATA, 0);
		mmu_prepare(&fx);
		set_tag(GID);
		ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, gpa), FX_DONE);
		fx_mode(&fx, false, 0);
		invalidate(op, GID, gpa);
		set_tag(GID);
		ck_assert_int_eq(mmu_touch(&fx, LA_ACC_LOAD, 0, gpa), LA_EXC_TLBR);
		fx_mode(&fx, false, 0);
	}
}
END_TEST

/* ------------------------------------------------------------------ nothing is stale */

/*
 * The model: where each pair of each guest leads, a number of a pair of RAM, or -1.  Pair i
 * of RAM has i at 0x128 of each page of 4 KiB, and code that returns i in A0 at 0x200.
 */
#define NSMALL 24u
#define NLARGE 2u
#define NPAIRS_OF_LARGE (2u << LARGE_PS >> 15)
#define NRAM 32u

struct model {
	uint64_t random;
	uint64_t gpa[NSMALL];
	int small[2][NSMALL];
	int large[2][NLARGE];
};

static uint64_t ram_at(unsigned int pair)
{
	return UINT64_C(0x2000000) + pair * PAIR;
}

static uint64_t large_gpa(unsigned int i)
{
	return UINT64_C(0x100000000) + i * (UINT64_C(4) << LARGE_PS);
}

static unsigned int draw(struct model *m, unsigned int n)
{
	return (unsigned int)(fx_random(&m->random) >> 20) % n;
}

/* Two large pages' worth of RAM for each place that large pages can lead to. */
static void model_open(struct model *m)
{
	for (unsigned int i = 0; i < 4 * NPAIRS_OF_LARGE / 2; i++) {
		for (uint64_t at = ram_at(i); at < ram_at(i + 1); at += 0x1000) {
			fx_put64(&fx, at + 0x128, i);
			fx_at(&fx, at + 0x200);
			fx_emit(&fx, la_enc_ori(A0, R0, i));
			fx_emit(&fx, la_enc_jirl(R0, RA, 0));
		}
	}
	for (unsigned int i = 0; i < NSMALL; i++) {
		/* Neighbours, ones that share a slot of the tables, ones that share a bit. */
		m->gpa[i] = NOWHERE + (i % 8) * PAIR + (i / 8 == 1 ? UINT64_C(32) << 20 : 0) +
			    (i / 8 == 2 ? UINT64_C(512) << 20 : 0);
	}
	for (unsigned int g = 0; g < 2; g++) {
		for (unsigned int i = 0; i < NSMALL; i++)
			m->small[g][i] = -1;
		for (unsigned int i = 0; i < NLARGE; i++)
			m->large[g][i] = -1;
		/* Each guest needs its code. */
		for (uint64_t at = GUEST; at < GUEST + 0x80000; at += PAIR)
			map_gpa_of(GID + g, at, RW | at, RW | (at + PAGE14));
	}
	set_gcsr(LA_CSR_DMW0, WINDOW | 9);
	set_gcsr(LA_CSR_DMW1, OTHER_WINDOW | 9);
}

static void fill(struct model *m, unsigned int g, unsigned int i, bool is_large)
{
	if (!is_large) {
		uint64_t to = ram_at((unsigned int)m->small[g][i]);

		map_gpa_of(GID + g, m->gpa[i], RW | to, RW | (to + PAGE14));
		return;
	}
	fx_set_csr(&fx, LA_CSR_GSTAT, 0);
	set_tag(GID + g);
	mmu_fill(&fx, 0, large_gpa(i), LARGE_PS, RW | ram_at((unsigned int)m->large[g][i]),
		 RW | ram_at((unsigned int)m->large[g][i] ^ 64));
	set_tag(0);
}

/* The hypervisor takes the page away first, if it was there. */
static void remap(struct model *m, unsigned int g)
{
	bool is_large = !draw(m, 4);
	unsigned int i = draw(m, is_large ? NLARGE : NSMALL);
	int *to = is_large ? &m->large[g][i] : &m->small[g][i];
	uint64_t gpa = is_large ? large_gpa(i) + draw(m, 2 << LARGE_PS) : m->gpa[i] + draw(m, PAIR);

	invalidate(0x16, GID + g, gpa);
	*to = -1;
	if (draw(m, 4)) {
		*to = is_large ? 64 * (int)draw(m, 2) : (int)draw(m, NRAM);
		fill(m, g, i, is_large);
	}
}

/* Where the guest's @gpa leads, as a number of a pair of RAM; -1: nowhere. */
static int expected(const struct model *m, unsigned int g, unsigned int i, bool is_large,
		    uint64_t offset)
{
	int to = is_large ? m->large[g][i] : m->small[g][i];

	if (to < 0 || !is_large)
		return to;
	/* The odd page of the pair lies in the other half. */
	if (offset >> LARGE_PS)
		to ^= 64;
	return to + (int)((offset & mask64(LARGE_PS)) / PAIR);
}

/* One access of @g to somewhere, at some address for it, in some mode. */
static void touch(struct model *m, unsigned int g)
{
	static const uint64_t window[] = { 0, WINDOW, OTHER_WINDOW };
	bool is_large = !draw(m, 3);
	unsigned int i = draw(m, is_large ? NLARGE : NSMALL);
	uint64_t offset = draw(m, 2) * draw(m, is_large ? 2u << LARGE_PS : (unsigned int)PAIR) &
			  ~UINT64_C(0xfff);
	int want = expected(m, g, i, is_large, offset);
	uint64_t gpa = (is_large ? large_gpa(i) : m->gpa[i]) + offset;
	unsigned int mode = draw(m, 3), plv = 3 * draw(m, 2), what = draw(m, 3);

	guest_program(what == 0 ? la_enc_ld_d(A0, A1, 0x128)
		      : what == 1 ? la_enc_st_d(A2, A1, 0x130) : la_enc_jirl(RA, A1, 0x200));
	for (unsigned int tries = 0; tries < 32; tries++) {
		uint64_t missing;
		int got;

		fx_set(&fx, A0, UINT64_MAX);
		fx_set(&fx, A1, window[mode] | gpa);
		fx_set(&fx, A2, fx_random(&m->random));
		set_gcsr(LA_CSR_ASID, draw(m, 2));
		set_gcsr(LA_CSR_CRMD, (mode ? LA_CRMD_PG : LA_CRMD_DA) | plv);
		got = enter_as(GID + g, window[mode] | GUEST);
		missing = fx_csr(&fx, LA_CSR_TLBRBADV) & ~UINT64_C(0xfff);
		if (got == LA_EXC_TLBR && missing == gpa && want < 0)
			return;
		/* Another page has taken its place meanwhile, or that of the code. */
		if (got == LA_EXC_TLBR && missing == gpa) {
			fill(m, g, i, is_large);
			continue;
		}
		if (got == LA_EXC_TLBR) {
			missing &= ~(PAIR - 1);
			ck_assert(missing >= GUEST && missing < GUEST + 0x80000);
			map_gpa_of(GID + g, missing, RW | missing, RW | (missing + PAGE14));
			continue;
		}
		ck_assert_int_eq(got, LA_EXC_HVC);
		ck_assert_msg(want >= 0, "gpa %#" PRIx64 " is gone and was used", gpa);
		if (what != 1)
			ck_assert_hex_eq(fx_reg(&fx, A0), (uint64_t)want);
		else
			ck_assert_hex_eq(fx_get64(&fx, ram_at((unsigned int)want) +
						       offset % PAIR + 0x130), fx_reg(&fx, A2));
		return;
	}
	ck_abort_msg("gpa %#" PRIx64 " cannot be filled", gpa);
}

/* Pairs of another guest push out what was there; nobody is told. */
static void crowd(struct model *m)
{
	uint64_t base = m->gpa[draw(m, NSMALL)];

	for (unsigned int i = 1; i <= 2 * LA_STLB_WAYS; i++)
		map_gpa_of(GID + 2, base + i * PAIR * LA_STLB_SETS, RW | FX_DATA, 0);
	fx_set_csr(&fx, LA_CSR_GSTAT, 0);
	set_tag(GID + 2);
	for (unsigned int i = 0; i < 2 * LA_MTLB; i++)
		mmu_fill(&fx, 0, UINT64_C(0x200000000) + ((uint64_t)i << 23), LARGE_PS,
			 RW | FX_DATA, 0);
	set_tag(0);
}

static void drop_all(struct model *m, unsigned int g)
{
	unsigned int op = 0x11 + draw(m, 5);
	bool is_both = op <= 0x12;

	/* The guests' own pages, of which there are none. */
	if (op == 0x13)
		return;
	invalidate(op, GID + g, 0);
	for (unsigned int i = 0; i < 2; i++) {
		if (i != g && !is_both)
			continue;
		for (unsigned int k = 0; k < NSMALL; k++)
			m->small[i][k] = -1;
		for (unsigned int k = 0; k < NLARGE; k++)
			m->large[i][k] = -1;
		for (uint64_t at = GUEST; at < GUEST + 0x80000; at += PAIR)
			map_gpa_of(GID + i, at, RW | at, RW | (at + PAGE14));
	}
}

START_TEST(never_stale)
{
	struct model m = { .random = 0x9e3779b97f4a7c15u + (uint64_t)_i };
	unsigned int nhits = 0;

	model_open(&m);
	for (unsigned int n = 0; n < 12000; n++) {
		unsigned int g = draw(&m, 2), what = draw(&m, 256);

		if (what == 0)
			drop_all(&m, g);
		else if (what < 6)
			crowd(&m);
		else if (what < 60)
			remap(&m, g);
		else
			touch(&m, g);
		for (unsigned int i = 0; i < NSMALL; i++)
			nhits += has_fast(GID + g, m.gpa[i]);
	}
	/* It was about something. */
	ck_assert_uint_gt(nhits, 1000);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("soft_lvz_stage2");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, others_stay);
	tcase_add_test(tc, write_forgets);
	tcase_add_test(tc, root_with_tag);
	tcase_add_loop_test(tc, never_stale, 0, 4);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return fx_main(suite());
}
