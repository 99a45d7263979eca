/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_soft_stress.c - --lvz-stress: each perturbation happens and stays within its bounds,
 * programs that are right stay right, and those that work by luck are found.
 */
#include "soft_lvz_fixture.h"

#include <errno.h>

#include "soft/stress.h"
#include "util/log.h"

#define TI BIT64(LA_IRQ_TI)

static void open_at(unsigned int level, uint64_t seed)
{
	const struct fx_extras extras = { .stress_level = level, .stress_seed = seed };

	fx_open_extra(&fx, &with_lvz, 1, &extras);
	prepare_guest();
}

static uint64_t count(enum la_stress_kind kind)
{
	return fx.cpu->stress->count[kind];
}

static void identity_refills(void)
{
	mmu_identity_refills(&fx, FX_TLBRENTRY);
}

/* Pairs of guest @gid in @tlb. */
static unsigned int pairs_of(const struct la_tlb_array *tlb, unsigned int gid)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < LA_STLB + LA_MTLB; i++)
		n += tlb->pair[i].is_valid && tlb->pair[i].gid == gid;
	return n;
}

/* ------------------------------------------------------------------ translations */

/* Level 1: an entry drops what the guest had, and no one else's. */
START_TEST(entry_drops_guest)
{
	struct la_mmu *mmu;
	unsigned int own;

	open_at(1, 1);
	mmu = fx.cpu->mmu;
	map_gpa_of(6, NOWHERE, RW | FX_DATA, 0);
	fx_set_csr(&fx, LA_CSR_GSTAT, 0);
	mmu_fill(&fx, 0, 0x40000000, 14, RW | FX_DATA, 0);
	/* One of the guest's own. */
	fx_set_csr(&fx, LA_CSR_GSTAT, GID << LA_GSTAT_GID_SHIFT);
	set_tag(GID);
	set_gcsr(LA_CSR_TLBEHI, 0x12340000);
	set_gcsr(LA_CSR_TLBIDX, 14 << LA_TLBIDX_PS_SHIFT);
	set_gcsr(LA_CSR_TLBELO0, RW | GDATA);
	mmu_op(&fx, 0x06483401);			/* gtlbfill */
	own = pairs_of(&mmu->tlb, 0);
	ck_assert_uint_gt(own, 0);
	ck_assert_uint_gt(pairs_of(&mmu->tlb, GID), 1);
	ck_assert_uint_eq(pairs_of(mmu->gtlb, GID), 1);
	guest_program(la_enc_addi_d(A0, A0, 1));
	ck_assert_int_eq(run_guest(), LA_EXC_TLBR);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBRBADV), GUEST);
	ck_assert_uint_eq(count(LA_STRESS_ENTRY), 1);
	ck_assert_uint_eq(pairs_of(&mmu->tlb, GID), 0);
	ck_assert_uint_eq(pairs_of(mmu->gtlb, GID), 0);
	ck_assert_uint_eq(pairs_of(&mmu->tlb, 6), 1);
	ck_assert_uint_eq(pairs_of(&mmu->tlb, 0), own);
	ck_assert_uint_eq(count(LA_STRESS_ALL) + count(LA_STRESS_PAIR) + count(LA_STRESS_EXIT) +
			  count(LA_STRESS_DEFERRED) + count(LA_STRESS_LINK), 0);
	/* Behind the refill of this page nothing is dropped: the guest gets on. */
	identity_refills();
	ck_assert_int_eq(run_guest(), LA_EXC_HVC);
	ck_assert_hex_eq(badi(), la_enc_hvcl(0x7f));
	ck_assert_uint_eq(count(LA_STRESS_ENTRY), 2);
	ck_assert_uint_eq(pairs_of(&mmu->tlb, GID), 1);
}
END_TEST

/* Level 2: at exits, too, sometimes of all. */
START_TEST(exit_drops)
{
	open_at(2, 1);
	identity_refills();
	guest_program(la_enc_hvcl(1));
	for (unsigned int i = 0; i < 400; i++)
		ck_assert_int_eq(run_guest(), LA_EXC_HVC);
	ck_assert_uint_gt(count(LA_STRESS_EXIT), 100);
	ck_assert_uint_lt(count(LA_STRESS_EXIT), 400);
	ck_assert_uint_gt(count(LA_STRESS_ALL), 20);
	ck_assert_uint_lt(count(LA_STRESS_ALL), 200);
	ck_assert_uint_eq(count(LA_STRESS_PAIR), 0);
}
END_TEST

/*
 * Levels 3 and 4: in the middle, in the guest and in a root that uses its TLB.  A program
 * that walks over pages gets the same sum.
 */
#define WALK_PAGES 40u

static void write_walk(uint64_t at, uint32_t end)
{
	/* A1: page, A2: step, A3: pages left, A0: sum; A4 rounds. */
	const uint32_t code[] = {
		la_enc_or(T0, A1, 0), la_enc_or(T1, A3, 0),
		la_enc_ld_d(T2, T0, 8), la_enc_add_d(A0, A0, T2), la_enc_add_d(T0, T0, A2),
		la_enc_addi_d(T1, T1, -1), la_enc_bnez(T1, -16),
		la_enc_addi_d(A4, A4, -1), la_enc_bnez(A4, -32), end,
	};

	fx_at(&fx, at);
	for (unsigned int i = 0; i < ARRAY_SIZE(code); i++)
		fx_emit(&fx, code[i]);
}

static void set_walk(unsigned int rounds)
{
	for (unsigned int i = 0; i < WALK_PAGES; i++)
		fx_put64(&fx, FX_DATA + i * PAGE14 + 8, i + 1);
	fx_set(&fx, A0, 0);
	fx_set(&fx, A1, FX_DATA);
	fx_set(&fx, A2, PAGE14);
	fx_set(&fx, A3, WALK_PAGES);
	fx_set(&fx, A4, rounds);
}

static uint64_t walk_sum(unsigned int rounds)
{
	return (uint64_t)rounds * WALK_PAGES * (WALK_PAGES + 1) / 2;
}

START_TEST(stays_drop)
{
	const unsigned int level = 3 + (unsigned int)_i;

	open_at(level, 5);
	identity_refills();
	write_walk(GUEST, la_enc_hvcl(0x7f));
	for (unsigned int i = 0; i < 100; i++) {
		set_walk(20);
		ck_assert_guest_done();
		ck_assert_uint_eq(fx_reg(&fx, A0), walk_sum(20));
	}
	ck_assert_uint_gt(count(LA_STRESS_PAIR), 100);
	ck_assert_uint_gt(count(LA_STRESS_ALL), 10);
}
END_TEST

START_TEST(root_drops)
{
	open_at(4, 5);
	identity_refills();
	/* Paged, from DMW1's window; the data below are mapped by refills. */
	write_walk(FX_CODE, la_enc_break(0));
	fx_set_csr(&fx, LA_CSR_GSTAT, 0);
	set_tag(0);
	fx_set_csr(&fx, LA_CSR_TLBRERA, 0);
	for (unsigned int i = 0; i < 10; i++) {
		fx_mode(&fx, true, 0);
		set_walk(200);
		ck_assert_int_eq(fx_go(&fx), FX_DONE);
		ck_assert_uint_eq(fx_reg(&fx, A0), walk_sum(200));
	}
	ck_assert_uint_gt(count(LA_STRESS_PAIR), 100);
	ck_assert_uint_gt(count(LA_STRESS_ALL), 5);
}
END_TEST

/* ------------------------------------------------------------------ LL and SC */

/* The link is lost now and then, but never so often that a loop would not end. */
START_TEST(links_are_lost)
{
	unsigned int nfailed = 0, row = 0, longest = 0;

	open_at(3, 9);
	fx_set_csr(&fx, LA_CSR_GSTAT, 0);
	fx_program(&fx, la_enc_ll_d(A0, A1, 0), la_enc_addi_d(A0, A0, 1), la_enc_sc_d(A0, A1, 0));
	fx_set(&fx, A1, FX_DATA);
	for (unsigned int i = 0; i < 20000; i++) {
		fx_mode(&fx, false, 0);
		ck_assert_int_eq(fx_go(&fx), FX_DONE);
		row = fx_reg(&fx, A0) ? 0 : row + 1;
		longest = row > longest ? row : longest;
		nfailed += row != 0;
	}
	ck_assert_uint_eq(fx_get64(&fx, FX_DATA), 20000 - nfailed);
	ck_assert_uint_eq(count(LA_STRESS_LINK), nfailed);
	ck_assert_uint_gt(nfailed, 1000);
	ck_assert_uint_lt(nfailed, 5000);
	ck_assert_uint_gt(longest, 1);
	ck_assert_uint_le(longest, LA_STRESS_LL_LOST);
}
END_TEST

/* ------------------------------------------------------------------ interrupts */

/* A loop whose turns are exit checks; A0 counts them. */
#define COUNTING la_enc_addi_d(A0, A0, 1), la_enc_b(-4)

/* Each is taken, and that many checks later at most. */
START_TEST(deferred_within_bounds)
{
	unsigned int nlate = 0;

	open_at(1 + (unsigned int)_i, 3);
	identity_refills();
	guest_program(COUNTING);
	set_gcsr(LA_CSR_ECFG, TI);
	set_gcsr(LA_CSR_ESTAT, TI);
	for (unsigned int i = 0; i < 500; i++) {
		set_gcsr(LA_CSR_CRMD, LA_CRMD_DA | LA_CRMD_IE);
		fx_set(&fx, A0, 0);
		ck_assert_int_eq(run_guest(), LA_EXC_HVC);
		ck_assert_hex_eq(badi(), la_enc_hvcl(0x100));
		ck_assert_uint_le(fx_reg(&fx, A0), LA_STRESS_DEFER);
		ck_assert_hex_eq(gcsr(LA_CSR_ESTAT) & LA_ESTAT_IS, TI);
		nlate += fx_reg(&fx, A0) != 0;
	}
	if (_i == 0) {
		ck_assert_uint_eq(nlate + count(LA_STRESS_DEFERRED), 0);
		return;
	}
	ck_assert_uint_gt(nlate, 100);
	ck_assert_uint_gt(count(LA_STRESS_DEFERRED), nlate - 1);
	ck_assert_uint_lt(count(LA_STRESS_DEFERRED), 500);
}
END_TEST

/* Lines from outside are seen late, together, but in time; none is lost. */
START_TEST(held_within_bounds)
{
	const uint64_t both = BIT64(4) | BIT64(5);
	unsigned int nlate = 0, nshort = 0;

	open_at(2, 7);
	la_set_pc(fx.cpu, FX_CODE);		/* awake */
	for (unsigned int i = 0; i < 300; i++) {
		uint64_t begin = la_now_ns(), held = count(LA_STRESS_HELD), seen;

		la_cpu_set_irq(fx.cpu, 4, true);
		seen = fx_csr(&fx, LA_CSR_ESTAT) & both;
		if (!seen) {
			nlate++;
			ck_assert_uint_ge(fx.cpu->stress->hold_until_ns, begin);
			ck_assert_uint_le(fx.cpu->stress->hold_until_ns,
					  la_now_ns() + LA_STRESS_HOLD_NS);
			/* The next one joins it. */
			la_cpu_set_irq(fx.cpu, 5, true);
			do {
				begin = la_now_ns();
				seen = fx_csr(&fx, LA_CSR_ESTAT) & both;
			} while (!seen);
			ck_assert_hex_eq(seen, both);
			ck_assert_uint_ge(la_now_ns(), fx.cpu->stress->hold_until_ns);
		} else if (count(LA_STRESS_HELD) != held) {
			/* Held for less than it took to look. */
			nshort++;
			ck_assert_uint_ge(la_now_ns(), fx.cpu->stress->hold_until_ns);
		}
		/* What falls is seen at once. */
		la_cpu_set_irq(fx.cpu, 4, false);
		la_cpu_set_irq(fx.cpu, 5, false);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ESTAT) & both, 0);
	}
	ck_assert_uint_gt(nlate, 100);
	ck_assert_uint_eq(count(LA_STRESS_HELD), nlate + nshort);
	ck_assert_uint_gt(count(LA_STRESS_BATCHED), 0);
	ck_assert_uint_le(count(LA_STRESS_BATCHED), nlate);
}
END_TEST

/* A guest at work is left for the root's interrupt, however it was held back. */
START_TEST(held_is_taken)
{
	open_at(2 + (unsigned int)_i, 11);
	identity_refills();
	guest_program(COUNTING);
	fx_at(&fx, FX_EENTRY);
	fx_emit(&fx, la_enc_csrwr(0, LA_CSR_ECFG));
	for (unsigned int i = 0; i < 200; i++) {
		fx_set_csr(&fx, LA_CSR_ECFG, BIT64(4));
		la_set_pc(fx.cpu, FX_CODE);	/* awake */
		la_cpu_set_irq(fx.cpu, 4, true);
		ck_assert_int_eq(run_guest(), LA_EXC_INT);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ESTAT) & LA_ESTAT_IS, BIT64(4));
		la_cpu_set_irq(fx.cpu, 4, false);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ESTAT) & LA_ESTAT_IS, 0);
	}
	ck_assert_uint_gt(count(LA_STRESS_HELD), 50);
	/* Who sleeps is woken. */
	fx_program(&fx, la_enc_idle(0), la_enc_addi_d(A0, A0, 1));
	for (unsigned int i = 0; i < 100; i++) {
		fx_set_csr(&fx, LA_CSR_GSTAT, 0);
		fx_set_csr(&fx, LA_CSR_ECFG, BIT64(4));
		fx_mode(&fx, false, 0);
		fx_set(&fx, A0, 0);
		la_set_pc(fx.cpu, FX_CODE);
		ck_assert_int_eq(la_run(fx.cpu), LA_STOP_IDLE);
		la_cpu_set_irq(fx.cpu, 4, true);
		la_cpu_wait(fx.cpu);
		(void)la_run(fx.cpu);
		ck_assert_uint_eq(fx_reg(&fx, A0), 1);
		la_cpu_set_irq(fx.cpu, 4, false);
	}
}
END_TEST

/* What software raises itself comes before its next instruction, at every level. */
START_TEST(software_interrupt_is_prompt)
{
	open_at(4, 13);
	fx_set_csr(&fx, LA_CSR_GSTAT, 0);
	fx_set_csr(&fx, LA_CSR_ECFG, 1);
	fx_at(&fx, FX_EENTRY);
	fx_emit(&fx, la_enc_csrwr(0, LA_CSR_ESTAT));
	fx_program(&fx, la_enc_csrwr(A1, LA_CSR_ESTAT), la_enc_addi_d(A0, A0, 1));
	for (unsigned int i = 0; i < 200; i++) {
		fx_set_csr(&fx, LA_CSR_CRMD, LA_CRMD_DA | LA_CRMD_IE);
		fx_set(&fx, A0, 0);
		fx_set(&fx, A1, 1);
		ck_assert_int_eq(fx_go(&fx), LA_EXC_INT);
		ck_assert_uint_eq(fx_reg(&fx, A0), 0);
	}
	/* Nor is one that the root raises for its guest later than the entry. */
	identity_refills();
	guest_program(la_enc_addi_d(A0, A0, 1));
	fx_set_csr(&fx, LA_CSR_ECFG, 0);
	for (unsigned int i = 0; i < 200; i++) {
		unsigned int line = i % 2 ? LA_IRQ_IPI : LA_IRQ_HWI0;

		set_gcsr(LA_CSR_ECFG, BIT64(line));
		set_gcsr(LA_CSR_CRMD, LA_CRMD_DA | LA_CRMD_IE);
		set_gcsr(LA_CSR_ESTAT, i % 2 ? BIT64(line) : 0);
		fx_set_csr(&fx, LA_CSR_GINTC, i % 2 ? 0 : 1);
		fx_set(&fx, A0, 0);
		ck_assert_int_eq(run_guest(), LA_EXC_HVC);
		ck_assert_hex_eq(badi(), la_enc_hvcl(0x100));
		ck_assert_uint_eq(fx_reg(&fx, A0), 0);
	}
}
END_TEST

/* A timer never fires before its count is over, and shows it at the first entry after. */
START_TEST(timer_is_not_early)
{
	open_at(1 + (unsigned int)_i, 17);
	identity_refills();
	guest_program(COUNTING);
	for (unsigned int i = 0; i < 50; i++) {
		const uint64_t ticks = 4 * (1 + 100 * (uint64_t)i);
		uint64_t begin;

		set_gcsr(LA_CSR_ECFG, TI);
		set_gcsr(LA_CSR_CRMD, LA_CRMD_DA | LA_CRMD_IE);
		set_gcsr(LA_CSR_TCFG, 0);
		set_gcsr(LA_CSR_TICLR, 1);
		begin = la_now_ns();
		if (i % 2) {
			set_gcsr(LA_CSR_TCFG, ticks | LA_TCFG_EN);
			while (la_now_ns() < fx.deadline_ns)
				;
			/* Nobody told the CPU. */
			ck_assert_int_eq(run_guest(), LA_EXC_HVC);
		} else {
			fx_set(&fx, A1, ticks | LA_TCFG_EN);
			fx_set(&fx, A3, TI);
			/* Polled. */
			guest_program(la_enc_csrwr(A1, LA_CSR_TCFG), la_enc_csrrd(A2, LA_CSR_ESTAT),
				      la_enc_and(A2, A2, A3), la_enc_beqz(A2, -8));
			set_gcsr(LA_CSR_CRMD, LA_CRMD_DA);
			ck_assert_guest_done();
			guest_program(COUNTING);
		}
		ck_assert(gcsr(LA_CSR_ESTAT) & TI);
		ck_assert_hex_eq(gcsr(LA_CSR_TVAL), mask64(48));
		ck_assert_uint_ge(la_now_ns() - begin, ticks * LA_NS_PER_TICK);
	}
}
END_TEST

/* ------------------------------------------------------------------ seeds */

static void run_for_counts(unsigned int level, uint64_t seed, uint64_t counts[LA_STRESS_NKINDS])
{
	open_at(level, seed);
	identity_refills();
	write_walk(GUEST, la_enc_hvcl(0x7f));
	for (unsigned int i = 0; i < 50; i++) {
		set_walk(10);
		ck_assert_guest_done();
	}
	memcpy(counts, fx.cpu->stress->count, sizeof(fx.cpu->stress->count));
	fx_close(&fx);
}

START_TEST(seed_repeats)
{
	uint64_t a[LA_STRESS_NKINDS], b[LA_STRESS_NKINDS], c[LA_STRESS_NKINDS];

	for (unsigned int level = 2; level <= LA_STRESS_LEVELS; level++) {
		run_for_counts(level, 42, a);
		run_for_counts(level, 42, b);
		run_for_counts(level, 43, c);
		ck_assert_int_eq(memcmp(a, b, sizeof(a)), 0);
		ck_assert_int_ne(memcmp(a, c, sizeof(a)), 0);
	}
	open_at(1, 1);		/* for teardown */
}
END_TEST

START_TEST(off_and_beyond)
{
	struct la_machine_cfg cfg = { .ncpus = 1, .nram = 1,
				      .stress_level = LA_STRESS_LEVELS + 1 };
	struct la_machine *m;
	struct err err;

	open_at(0, 1);
	ck_assert_ptr_null(fx.cpu->stress);
	ck_assert_int_eq(la_machine_create(&m, &cfg, &err), -EINVAL);
}
END_TEST

/* ------------------------------------------------------------------ what it finds */

/* How many of 40 seeds @is_right() survives at @level. */
static unsigned int survives(bool (*is_right)(void), unsigned int level)
{
	unsigned int n = 0;

	for (uint64_t seed = 1; seed <= 40; seed++) {
		open_at(level, seed);
		n += is_right();
		fx_close(&fx);
	}
	return n;
}

/* A hypervisor that fills its guest's pages beforehand and has no refill handler. */
static bool prefilled(void)
{
	guest_program(la_enc_addi_d(A0, A0, 1));
	return run_guest() == LA_EXC_HVC;
}

static bool with_refills(void)
{
	identity_refills();
	return prefilled();
}

/* Increments by LL and SC; where SC failed, @again bytes back, or 0: not again. */
static bool increments(int again)
{
	fx_set_csr(&fx, LA_CSR_GSTAT, 0);
	fx_program(&fx, la_enc_ll_d(A0, A1, 0), la_enc_addi_d(A0, A0, 1), la_enc_sc_d(A0, A1, 0),
		   again ? la_enc_beqz(A0, again) : la_enc_addi_d(0, 0, 0),
		   la_enc_addi_d(A2, A2, -1), la_enc_bnez(A2, -20));
	fx_put64(&fx, FX_DATA, 0);
	fx_set(&fx, A1, FX_DATA);
	fx_set(&fx, A2, 100);
	fx_mode(&fx, false, 0);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	return fx_get64(&fx, FX_DATA) == 100;
}

static bool gives_up(void)
{
	return increments(0);
}

static bool tries_again(void)
{
	return increments(-12);
}

/*
 * Polls TVAL until it says that the timer has fired, and believes that its handler has been
 * there by then (A0); the right one waits for the handler itself.
 */
static bool polls(bool waits_for_handler)
{
	fx_set_csr(&fx, LA_CSR_GSTAT, 0);
	/* Vectors of its own for interrupts; "break" finds the fixture's. */
	fx_set_csr(&fx, LA_CSR_ECFG, TI | 1 << LA_ECFG_VS_SHIFT);
	fx_at(&fx, FX_EENTRY + (64 + LA_IRQ_TI) * 8);
	fx_emit(&fx, la_enc_csrwr(A4, LA_CSR_TICLR));
	fx_emit(&fx, la_enc_addi_d(A0, A0, 1));
	fx_emit(&fx, la_enc_ertn());
	fx_program(&fx, la_enc_b(8), la_enc_b(16), la_enc_csrrd(A1, LA_CSR_TVAL),
		   la_enc_beq(A1, A3, -8), la_enc_b(-8),
		   waits_for_handler ? la_enc_beqz(A0, 0) : la_enc_addi_d(0, 0, 0),
		   la_enc_or(A5, A0, 0), la_enc_csrwr(0, LA_CSR_ECFG));
	fx_set(&fx, A0, 0);
	fx_set(&fx, A3, mask64(48));
	fx_set(&fx, A4, 1);
	fx_set_csr(&fx, LA_CSR_TCFG, 2000 | LA_TCFG_EN);
	fx_set_csr(&fx, LA_CSR_CRMD, LA_CRMD_DA | LA_CRMD_IE);
	(void)fx_go(&fx);
	return fx_reg(&fx, A5) == 1;
}

static bool polls_tval(void)
{
	return polls(false);
}

static bool waits(void)
{
	return polls(true);
}

static const struct {
	const char *what;
	bool (*wrong)(void), (*right)(void);
	unsigned int level;		/* that finds it */
} bugs[] = {
	{ "prefilled second stage", prefilled, with_refills, 1 },
	{ "SC once", gives_up, tries_again, 3 },
	{ "TVAL for the handler", polls_tval, waits, 2 },
};

START_TEST(bugs_are_found)
{
	for (unsigned int level = 0; level <= LA_STRESS_LEVELS; level++) {
		unsigned int n = survives(bugs[_i].wrong, level);

		if (level < bugs[_i].level)
			ck_assert_msg(n == 40, "%s: %u at %u", bugs[_i].what, n, level);
		else
			ck_assert_msg(n < 40, "%s is not found at %u", bugs[_i].what, level);
		n = survives(bugs[_i].right, level);
		ck_assert_msg(n == 40, "not %s: %u at %u", bugs[_i].what, n, level);
	}
	open_at(1, 1);		/* for teardown */
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("soft_stress");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, entry_drops_guest);
	tcase_add_test(tc, exit_drops);
	tcase_add_loop_test(tc, stays_drop, 0, 2);
	tcase_add_test(tc, root_drops);
	tcase_add_test(tc, links_are_lost);
	tcase_add_loop_test(tc, deferred_within_bounds, 0, 4);
	tcase_add_test(tc, held_within_bounds);
	tcase_add_loop_test(tc, held_is_taken, 0, 3);
	tcase_add_test(tc, software_interrupt_is_prompt);
	tcase_add_loop_test(tc, timer_is_not_early, 0, 4);
	tcase_add_test(tc, seed_repeats);
	tcase_add_test(tc, off_and_beyond);
	tcase_add_loop_test(tc, bugs_are_found, 0, ARRAY_SIZE(bugs));
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	struct err err;

	/* Each machine tells its counts. */
	return log_set_filter("err", &err) ? EXIT_FAILURE : fx_main(suite());
}
