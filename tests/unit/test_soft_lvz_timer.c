/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_soft_lvz_timer.c - the guest's timer and its time, as Linux's one-shot clockevents
 * and KVM's saving and restoring use them (docs/lvz.md, "The guest's timer").
 */
#include "soft_lvz_fixture.h"

#define TI BIT64(LA_IRQ_TI)
#define MS 100000u		/* ticks, a multiple of 4 */
#define LONG (100 * MS)		/* no busy host is so late */
#define EXPIRED (BIT64(48) - 1)

static void wait_ticks(uint64_t n)
{
	uint64_t until = la_counter() + n;

	while (la_counter() < until)
		;
}

static bool has_fired(void)
{
	return gcsr(LA_CSR_ESTAT) & TI;
}

static void start(uint64_t tcfg)
{
	set_gcsr(LA_CSR_TCFG, tcfg | LA_TCFG_EN);
}

/* The handler of "break" is where it sleeps. */
static bool is_done(void)
{
	return (la_get_pc(fx.cpu) & ~FX_KSEG) - FX_EENTRY < 0x10000 &&
	       (fx_csr(&fx, LA_CSR_ESTAT) & LA_ESTAT_ECODE) >> LA_ESTAT_ECODE_SHIFT == LA_EXC_BRK;
}

/*
 * Runs the root from FX_CODE, giving it the calls that it asked the bus for, until it
 * reaches "break".  The sleeps that took.
 */
static unsigned int run_sleeping(unsigned int most)
{
	unsigned int n = 0;

	la_set_pc(fx.cpu, FX_CODE);
	while (la_run(fx.cpu) == LA_STOP_IDLE) {
		if (is_done() || ++n > most)
			break;
		ck_assert_uint_ne(fx.deadline_ns, 0);
		while (la_now_ns() < fx.deadline_ns)
			;
		la_cpu_timer_expired(fx.cpu);
	}
	return n;
}

/* ------------------------------------------------------------------ counting */

/* It goes on in root mode, and its shot stays until cleared. */
START_TEST(one_shot)
{
	guest_program(la_enc_b(0));
	start(LONG);
	ck_assert_uint_le(gcsr(LA_CSR_TVAL), LONG);
	ck_assert_uint_gt(gcsr(LA_CSR_TVAL), 0);
	ck_assert(!has_fired());
	wait_ticks(LONG);
	ck_assert_hex_eq(gcsr(LA_CSR_ESTAT) & LA_ESTAT_IS, TI);
	ck_assert_hex_eq(gcsr(LA_CSR_TVAL), EXPIRED);
	ck_assert_hex_eq(gcsr(LA_CSR_TCFG), LONG | LA_TCFG_EN);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ESTAT) & LA_ESTAT_IS, 0);
	set_gcsr(LA_CSR_ECFG, TI);
	set_gcsr(LA_CSR_CRMD, LA_CRMD_DA | LA_CRMD_IE);
	ck_assert_guest_took(LA_EXC_INT, GUEST);
	set_gcsr(LA_CSR_TICLR, 1);
	ck_assert(!has_fired());
	/* One shot is one. */
	wait_ticks(LONG + MS);
	ck_assert(!has_fired());
	ck_assert_hex_eq(gcsr(LA_CSR_TVAL), EXPIRED);
	/* The next event of Linux's clockevents. */
	start(LONG / 4);
	ck_assert_uint_le(gcsr(LA_CSR_TVAL), LONG / 4);
	wait_ticks(LONG / 4);
	ck_assert(has_fired());
}
END_TEST

/* The guest at work sees the same: it polls TVAL, ESTAT and clears by TICLR. */
START_TEST(one_shot_in_guest)
{
	fx_set(&fx, A0, LONG | LA_TCFG_EN);
	fx_set(&fx, A3, TI);
	fx_set(&fx, A4, 1);
	guest_program(la_enc_csrwr(A0, LA_CSR_TCFG), la_enc_csrrd(A1, LA_CSR_TVAL),
		      la_enc_csrrd(A2, LA_CSR_ESTAT), la_enc_and(A2, A2, A3),
		      la_enc_beq(A2, 0, -8), la_enc_csrrd(A5, LA_CSR_TVAL),
		      la_enc_csrwr(A4, LA_CSR_TICLR), la_enc_csrrd(A6, LA_CSR_ESTAT),
		      /* Read-only for itself. */
		      la_enc_csrwr(A7, LA_CSR_TVAL), la_enc_csrrd(A7, LA_CSR_TVAL));
	fx_set(&fx, A7, 4);
	ck_assert_guest_done();
	ck_assert_uint_le(fx_reg(&fx, A1), LONG);
	ck_assert_hex_eq(fx_reg(&fx, A5), EXPIRED);
	ck_assert_hex_eq(fx_reg(&fx, A6) & TI, 0);
	ck_assert_hex_eq(fx_reg(&fx, A7), EXPIRED);
}
END_TEST

/* Periods stand on a grid, however late somebody looks. */
START_TEST(periodic)
{
	uint64_t first;

	start(MS | LA_TCFG_PERIODIC);
	first = fx.deadline_ns;
	wait_ticks(3 * MS + MS / 2);
	ck_assert(has_fired());
	ck_assert_uint_le(gcsr(LA_CSR_TVAL), MS);
	ck_assert_uint_gt(fx.deadline_ns, first);
	ck_assert_uint_eq((fx.deadline_ns - first) % (MS * LA_NS_PER_TICK), 0);
	set_gcsr(LA_CSR_TICLR, 1);
	wait_ticks(MS);
	ck_assert(has_fired());
	/* Off: the count stands where it was. */
	set_gcsr(LA_CSR_TCFG, 0);
	first = gcsr(LA_CSR_TVAL);
	ck_assert_uint_le(first, MS);
	set_gcsr(LA_CSR_TICLR, 1);
	wait_ticks(2 * MS);
	ck_assert_uint_eq(gcsr(LA_CSR_TVAL), first);
	ck_assert(!has_fired());
}
END_TEST

/* ------------------------------------------------------------------ what KVM does with it */

/*
 * A write of ESTAT as it was before takes a shot back that came in between; TVAL that went
 * up tells it.  One-shot (_i: 0) and periodic.
 */
START_TEST(wrap_shows_lost_shot)
{
	const uint64_t mode = _i ? LA_TCFG_PERIODIC : 0;
	bool is_seen = false;

	/* Again, and longer, where the host took so long that nothing follows. */
	for (unsigned int i = 0; i < 100 && !is_seen; i++) {
		const uint64_t len = (uint64_t)MS << (i < 28 ? i / 4 : 7);
		uint64_t old, is, begin;

		set_gcsr(LA_CSR_TICLR, 1);
		start(len | mode);
		begin = la_counter();
		wait_ticks(len / 2);
		is = gcsr(LA_CSR_ESTAT);
		old = gcsr(LA_CSR_TVAL);
		wait_ticks(len / 2);
		set_gcsr(LA_CSR_ESTAT, is);
		is_seen = gcsr(LA_CSR_TVAL) > old;
		if (la_counter() - begin < len + len / 4)
			ck_assert(is_seen);
	}
	ck_assert(is_seen);
	/* gcsrxchg with other bits loses nothing. */
	start(MS | mode);
	wait_ticks(MS);
	la_gcsr_write(fx.cpu, LA_CSR_ESTAT, BIT64(LA_IRQ_IPI), BIT64(LA_IRQ_IPI));
	ck_assert_hex_eq(gcsr(LA_CSR_ESTAT) & LA_ESTAT_IS, TI | BIT64(LA_IRQ_IPI));
}
END_TEST

/* TVAL = 0 shoots within two ticks, with and without somebody looking. */
START_TEST(zero_fires)
{
	start(1000 * (uint64_t)MS);
	for (unsigned int i = 0; i < 100; i++) {
		set_gcsr(LA_CSR_TVAL, 0);
		wait_ticks(2);
		ck_assert(has_fired());
		ck_assert_hex_eq(gcsr(LA_CSR_TVAL), EXPIRED);
		set_gcsr(LA_CSR_TVAL, 0);
		wait_ticks(2);
		/* Clears what has come, not what will come. */
		set_gcsr(LA_CSR_TICLR, 1);
		ck_assert(!has_fired());
		wait_ticks(2);
		ck_assert(!has_fired());
		ck_assert_hex_eq(gcsr(LA_CSR_TVAL), EXPIRED);
	}
}
END_TEST

/* TVAL has 48 bits; its largest value is days away. */
START_TEST(count_has_48_bits)
{
	static const uint64_t vals[] = { UINT64_MAX, EXPIRED, EXPIRED & ~UINT64_C(3),
					 UINT64_C(0x19999999999999a0) };

	/* What constant_clockevent_init() takes for the width. */
	ck_assert_hex_eq((gcsr(LA_CSR_PRCFG1) & LA_PRCFG1_TIMERBITS) >> LA_PRCFG1_TIMERBITS_SHIFT,
			 47);
	for (unsigned int i = 0; i < ARRAY_SIZE(vals); i++) {
		set_gcsr(LA_CSR_TCFG, 0);
		set_gcsr(LA_CSR_TICLR, 1);
		set_gcsr(LA_CSR_TVAL, vals[i]);
		ck_assert_hex_eq(gcsr(LA_CSR_TVAL), vals[i] & EXPIRED);
		start(LONG);
		set_gcsr(LA_CSR_TVAL, vals[i]);
		wait_ticks(4);
		ck_assert(!has_fired());
		ck_assert_uint_le(gcsr(LA_CSR_TVAL), vals[i] & EXPIRED);
		ck_assert_uint_gt(gcsr(LA_CSR_TVAL), (vals[i] & EXPIRED) - 1000 * (uint64_t)MS);
	}
	start(EXPIRED & ~UINT64_C(3));
	ck_assert_uint_gt(gcsr(LA_CSR_TVAL), EXPIRED - 1000 * (uint64_t)MS);
	ck_assert(!has_fired());
}
END_TEST

/* What kvm_restore_timer() writes, for each state that a timer can have been saved in. */
static void restore(uint64_t tcfg, uint64_t estat)
{
	set_gcsr(LA_CSR_TCFG, 0);
	set_gcsr(LA_CSR_ESTAT, estat);
	set_gcsr(LA_CSR_TCFG, tcfg);
}

START_TEST(restored)
{
	/* Another guest's shot is about to come. */
	start(4);
	restore(MS, 0);
	set_gcsr(LA_CSR_TVAL, 4711);
	wait_ticks(MS / 8);
	ck_assert_hex_eq(gcsr(LA_CSR_TVAL), 4711);
	ck_assert(!has_fired());
	/* Fired, and not yet taken. */
	start(4);
	restore(MS | LA_TCFG_EN, TI);
	set_gcsr(LA_CSR_TVAL, 0);
	ck_assert(has_fired());
	wait_ticks(2);
	ck_assert_hex_eq(gcsr(LA_CSR_TVAL), EXPIRED);
	/* Fired and acknowledged: it must not come twice. */
	start(4);
	restore(MS | LA_TCFG_EN, 0);
	set_gcsr(LA_CSR_TVAL, 0);
	wait_ticks(2);
	ck_assert(has_fired());
	set_gcsr(LA_CSR_TICLR, 1);
	wait_ticks(2 * MS);
	ck_assert(!has_fired());
	ck_assert_hex_eq(gcsr(LA_CSR_TVAL), EXPIRED);
	/* Running: the rest of it. */
	restore(100 * MS | LA_TCFG_EN, 0);
	set_gcsr(LA_CSR_TVAL, 20 * MS);
	ck_assert_uint_le(gcsr(LA_CSR_TVAL), 20 * MS);
	ck_assert(!has_fired());
	wait_ticks(20 * MS);
	ck_assert(has_fired());
	/* A period's rest, then whole ones. */
	restore(200 * MS | LA_TCFG_PERIODIC | LA_TCFG_EN, 0);
	set_gcsr(LA_CSR_TVAL, MS / 4);
	wait_ticks(MS / 4);
	ck_assert(has_fired());
	ck_assert_uint_gt(gcsr(LA_CSR_TVAL), MS / 4);
	/* A count written before TCFG is overwritten by it. */
	set_gcsr(LA_CSR_TCFG, 0);
	set_gcsr(LA_CSR_TICLR, 1);
	set_gcsr(LA_CSR_TVAL, 4);
	start(1000 * (uint64_t)MS);
	wait_ticks(MS / 4);
	ck_assert(!has_fired());
	ck_assert_uint_gt(gcsr(LA_CSR_TVAL), 4);
}
END_TEST

/* ------------------------------------------------------------------ idle */

/* A guest's timer is nothing that its root would wake for. */
START_TEST(root_sleeps_on)
{
	fx_program(&fx, la_enc_idle(0));
	fx_set_csr(&fx, LA_CSR_ECFG, LA_ECFG_LIE);
	set_gcsr(LA_CSR_ECFG, LA_ECFG_LIE);
	set_gcsr(LA_CSR_CRMD, LA_CRMD_DA | LA_CRMD_IE);
	start(LONG);
	ck_assert_uint_eq(run_sleeping(1), 2);
	ck_assert(has_fired());
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ESTAT) & LA_ESTAT_IS, 0);
	ck_assert(fx.cpu->is_idle);
	ck_assert_hex_eq(la_get_pc(fx.cpu), FX_CODE + 4);
}
END_TEST

/*
 * The guest's idle exits; the root sleeps by its own timer for as long as the guest's has
 * left, and the guest goes on behind idle with its interrupt there.
 */
START_TEST(guest_idle)
{
	uint64_t left;

	fx_set(&fx, A0, 50 * MS | LA_TCFG_EN);
	guest_program(la_enc_csrwr(A0, LA_CSR_TCFG), la_enc_idle(0));
	set_gcsr(LA_CSR_ECFG, TI);
	set_gcsr(LA_CSR_CRMD, LA_CRMD_DA | LA_CRMD_IE);
	ck_assert_int_eq(run_guest(), LA_EXC_GSPR);
	ck_assert_hex_eq(badi(), la_enc_idle(0));
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), GUEST + 4);
	left = gcsr(LA_CSR_TVAL);
	ck_assert_uint_le(left, 50 * MS);
	/* An hrtimer in its stead: rounded up, and only it wakes. */
	fx_set_csr(&fx, LA_CSR_ECFG, TI);
	fx_set(&fx, A1, (left + 7) / 4 * 4 | LA_TCFG_EN);
	fx_set(&fx, A2, 1);
	fx_program(&fx, la_enc_csrwr(A1, LA_CSR_TCFG), la_enc_idle(0),
		   la_enc_csrwr(A2, LA_CSR_TICLR), la_enc_csrwr(0, LA_CSR_ECFG));
	ck_assert_uint_ge(run_sleeping(3), 1);
	ck_assert(is_done());
	ck_assert(has_fired());
	ck_assert_int_eq(enter_as(GID, GUEST + 8), LA_EXC_HVC);
	ck_assert_hex_eq(badi(), la_enc_hvcl(0x100));
	ck_assert_hex_eq(gcsr(LA_CSR_ERA), GUEST + 8);
	ck_assert_hex_eq(gcsr(LA_CSR_PRMD), LA_PRMD_PIE);
}
END_TEST

/* Both timers at once: the root's comes first and leaves the guest's for its guest. */
START_TEST(both_timers)
{
	guest_program(la_enc_b(0));
	fx_at(&fx, FX_EENTRY);
	fx_emit(&fx, la_enc_csrwr(0, LA_CSR_ECFG));
	start(MS / 4);
	fx_set_csr(&fx, LA_CSR_TCFG, MS / 4 | LA_TCFG_EN);
	set_gcsr(LA_CSR_ECFG, TI);
	set_gcsr(LA_CSR_CRMD, LA_CRMD_DA | LA_CRMD_IE);
	fx_set_csr(&fx, LA_CSR_ECFG, TI);
	wait_ticks(MS / 4);
	la_cpu_timer_expired(fx.cpu);
	ck_assert_int_eq(run_guest(), LA_EXC_INT);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), GUEST);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ESTAT) & LA_ESTAT_IS, TI);
	fx_set_csr(&fx, LA_CSR_TICLR, 1);
	ck_assert_guest_took(LA_EXC_INT, GUEST);
	ck_assert(has_fired());
}
END_TEST

/* A hypervisor restores a count: 0 fires at once, with no help from outside. */
START_TEST(zero_fires_at_once)
{
	guest_program(la_enc_b(0));
	set_gcsr(LA_CSR_TCFG, 200000 | LA_TCFG_EN);
	set_gcsr(LA_CSR_ECFG, BIT64(LA_IRQ_TI));
	set_gcsr(LA_CSR_CRMD, LA_CRMD_DA | LA_CRMD_IE);
	set_gcsr(LA_CSR_TVAL, 0);
	ck_assert_int_eq(run_guest(), LA_EXC_HVC);
	ck_assert_hex_eq(gcsr(LA_CSR_ERA), GUEST);
	ck_assert_hex_eq(gcsr(LA_CSR_ESTAT) & LA_ESTAT_IS, BIT64(LA_IRQ_TI));
}
END_TEST

/* ------------------------------------------------------------------ time */

/*
 * What the root's rdtime says, what the hypervisor adds and what the guest adds, each of
 * either sign.  KVM takes GCNTC as the difference to the root's rdtime, and Linux moves that
 * by its own CNTC.
 */
START_TEST(time_of_guest)
{
	static const int64_t offsets[] = { 0, 1, -1, INT64_C(1) << 50, -(INT64_C(1) << 50),
					   INT64_MIN, INT64_MAX };
	const uint64_t root_cntc = UINT64_C(1) << 60;
	uint64_t before, after, sum;

	guest_program(la_enc_rdtime_d(A0, A1), la_enc_rdtimel_w(A2, A3),
		      la_enc_rdtimeh_w(A4, A5), la_enc_rdtime_d(A6, A7));
	set_gcsr(LA_CSR_TID, 77);
	fx_set_csr(&fx, LA_CSR_TID, 66);
	fx_set_csr(&fx, LA_CSR_CNTC, root_cntc);
	for (unsigned int i = 0; i < ARRAY_SIZE(offsets); i++) {
		for (unsigned int j = 0; j < ARRAY_SIZE(offsets); j++) {
			sum = root_cntc + (uint64_t)offsets[i] + (uint64_t)offsets[j];
			fx_set_csr(&fx, LA_CSR_GCNTC, (uint64_t)offsets[i]);
			set_gcsr(LA_CSR_CNTC, (uint64_t)offsets[j]);
			before = la_counter();
			ck_assert_guest_done();
			after = la_counter();
			ck_assert_uint_le(fx_reg(&fx, A0) - sum - before, after - before);
			ck_assert_uint_le(fx_reg(&fx, A6) - sum - before, after - before);
			ck_assert_uint_eq(fx_reg(&fx, A1), 77);
			/* Halves lie between the whole ones around them, and are signed. */
			if (fx_reg(&fx, A0) >> 32 == fx_reg(&fx, A6) >> 32) {
				ck_assert_hex_eq(fx_reg(&fx, A4),
						 (uint64_t)((int64_t)fx_reg(&fx, A0) >> 32));
				ck_assert_uint_le((uint32_t)fx_reg(&fx, A0),
						  (uint32_t)fx_reg(&fx, A2));
			}
			ck_assert_hex_eq(fx_reg(&fx, A2),
					 (uint64_t)sext64(fx_reg(&fx, A2), 32));
		}
	}
	/* Time that is moved moves no timer. */
	start(20 * MS);
	fx_set_csr(&fx, LA_CSR_GCNTC, 1000 * (uint64_t)MS);
	ck_assert(!has_fired());
	ck_assert_uint_le(gcsr(LA_CSR_TVAL), 20 * MS);
	wait_ticks(20 * MS);
	ck_assert(has_fired());
}
END_TEST

/* 100 MHz, as CPUCFG 4 and 5 say and KVM's timer_mhz comes from. */
START_TEST(frequency)
{
	uint64_t hz = (uint64_t)la_cpucfg(fx.cpu, 4) * (la_cpucfg(fx.cpu, 5) & 0xffff) /
		      (la_cpucfg(fx.cpu, 5) >> 16);
	uint64_t ns, ticks;

	ck_assert_uint_eq(hz, 1000000000u / LA_NS_PER_TICK);
	start(1000 * (uint64_t)MS);
	ns = la_now_ns();
	ticks = gcsr(LA_CSR_TVAL);
	wait_ticks(5 * MS);
	ticks -= gcsr(LA_CSR_TVAL);
	ns = la_now_ns() - ns;
	ck_assert_uint_ge(ticks, 5 * MS - 2);
	ck_assert_uint_le(ticks, ns / LA_NS_PER_TICK + 2);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("soft_lvz_timer");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, one_shot);
	tcase_add_test(tc, one_shot_in_guest);
	tcase_add_test(tc, periodic);
	tcase_add_loop_test(tc, wrap_shows_lost_shot, 0, 2);
	tcase_add_test(tc, zero_fires);
	tcase_add_test(tc, count_has_48_bits);
	tcase_add_test(tc, restored);
	tcase_add_test(tc, root_sleeps_on);
	tcase_add_test(tc, guest_idle);
	tcase_add_test(tc, both_timers);
	tcase_add_test(tc, zero_fires_at_once);
	tcase_add_test(tc, time_of_guest);
	tcase_add_test(tc, frequency);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return fx_main(suite());
}
