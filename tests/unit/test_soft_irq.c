/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_soft_irq.c - interrupts, kicks, idle, the timer and the counter.  Vol. 1, 6.1, 6.4,
 * 7.6.
 */
#include "soft_fixture.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>

#include "soft/machine.h"

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

/* ------------------------------------------------------------------ interrupts */

static void set_line(unsigned int n, bool level)
{
	if (n < 2)
		fx_set_csr(&fx, LA_CSR_ESTAT, level ? fx_csr(&fx, LA_CSR_ESTAT) | BIT64(n)
						    : fx_csr(&fx, LA_CSR_ESTAT) & ~BIT64(n));
	else
		la_cpu_set_irq(fx.cpu, n, level);
}

/* One step: the interrupt taken at FX_CODE, or -1 if none was. */
static int interrupt(void)
{
	uint64_t at;

	fx_program(&fx, la_enc_addi_d(0, 0, 0));
	la_set_pc(fx.cpu, FX_CODE);
	ck_assert_int_eq(la_step(fx.cpu), LA_STOP_STEP);
	at = la_get_pc(fx.cpu);
	if (at == FX_CODE + 4)
		return -1;
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), FX_CODE);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ESTAT) >> 16, 0);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_CRMD) & 7, 0);
	/* VS is 2: 16 bytes each; the first instruction may have been done. */
	return (int)((at - (FX_KSEG | FX_EENTRY)) / 16) - 64;
}

static const unsigned int lines[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12 };

START_TEST(interrupt_priority)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(lines); i++) {
		for (unsigned int j = 0; j <= i; j++) {
			set_line(lines[i], true);
			set_line(lines[j], true);
			ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ESTAT) & 0x1fff,
					 BIT64(lines[i]) | BIT64(lines[j]));
			/* Not enabled here, not enabled there. */
			fx_set_csr(&fx, LA_CSR_ECFG, 2 << 16);
			fx_set_csr(&fx, LA_CSR_CRMD, LA_CRMD_DA | LA_CRMD_IE);
			ck_assert_int_eq(interrupt(), -1);
			fx_set_csr(&fx, LA_CSR_ECFG, 2 << 16 | 0x1fff);
			fx_set_csr(&fx, LA_CSR_CRMD, LA_CRMD_DA);
			ck_assert_int_eq(interrupt(), -1);
			/* The higher number first, then what is left in LIE. */
			fx_set_csr(&fx, LA_CSR_CRMD, LA_CRMD_DA | LA_CRMD_IE);
			ck_assert_int_eq(interrupt(), (int)lines[i]);
			fx_set_csr(&fx, LA_CSR_ECFG, 2 << 16 | BIT64(lines[j]));
			fx_set_csr(&fx, LA_CSR_CRMD, LA_CRMD_DA | LA_CRMD_IE);
			ck_assert_int_eq(interrupt(), (int)lines[j]);
			set_line(lines[i], false);
			set_line(lines[j], false);
			fx_set_csr(&fx, LA_CSR_CRMD, LA_CRMD_DA | LA_CRMD_IE);
			ck_assert_int_eq(interrupt(), -1);
		}
	}
}
END_TEST

/* A handler at @gpa that counts in T8, takes the IPI back and returns. */
static void write_ipi_handler(void)
{
	fx_at(&fx, FX_EENTRY);
	fx_emit(&fx, la_enc_csrwr(T7, LA_CSR_SAVE0));
	fx_emit(&fx, la_enc_addi_d(T8, T8, 1));
	fx_emit(&fx, la_enc_ori(T7, 0, 1));
	fx_emit(&fx, la_enc_slli_d(T7, T7, 12));
	fx_emit(&fx, la_enc_ori(T7, T7, 0xc));
	fx_emit(&fx, la_enc_iocsrwr_w(T7, T7));
	fx_emit(&fx, la_enc_csrwr(T7, LA_CSR_SAVE0));
	fx_emit(&fx, la_enc_ertn());
}

/* Enabling by csrwr CRMD, csrxchg ECFG, ESTAT (software) and ertn lets it in at once. */
START_TEST(enabling_lets_pending_in)
{
	write_ipi_handler();
	for (unsigned int how = 0; how < 3; how++) {
		la_cpu_set_irq(fx.cpu, LA_IRQ_IPI, true);
		fx_set_csr(&fx, LA_CSR_ECFG, how == 1 ? 0 : LA_ECFG_LIE);
		fx_set_csr(&fx, LA_CSR_CRMD, LA_CRMD_DA | (how == 1 ? LA_CRMD_IE : 0));
		fx_set_csr(&fx, LA_CSR_ERA, FX_CODE + 8);
		fx_set_csr(&fx, LA_CSR_PRMD, LA_PRMD_PIE);
		fx_set(&fx, T8, 0);
		fx_set(&fx, A1, how == 0 ? LA_CRMD_IE : LA_ECFG_LIE);
		fx_set(&fx, A2, how == 0 ? LA_CRMD_IE : LA_ECFG_LIE);
		fx_program(&fx,
			   la_enc_addi_d(0, 0, 0),
			   how == 0 ? la_enc_csrxchg(A1, A2, LA_CSR_CRMD) :
			   how == 1 ? la_enc_csrxchg(A1, A2, LA_CSR_ECFG) : la_enc_ertn(),
			   la_enc_or(A3, T8, 0),
			   la_enc_csrwr(0, LA_CSR_ECFG),
			   la_enc_idle(0));
		ck_assert_int_eq(fx_go(&fx), FX_SLEEP);
		ck_assert_hex_eq(fx_reg(&fx, A3), 1);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), FX_CODE + 8);
	}
}
END_TEST

static void *run_loop(void *arg)
{
	(void)arg;
	ck_assert_int_eq(la_run(fx.cpu), LA_STOP_KICK);
	return NULL;
}

/* Levels raised by another thread while the CPU runs a loop. */
START_TEST(interrupts_from_outside)
{
	uint64_t *count = (uint64_t *)(void *)(fx.ram + FX_DATA);
	pthread_t thread;

	write_ipi_handler();
	fx_set_csr(&fx, LA_CSR_ECFG, LA_ECFG_LIE);
	fx_set_csr(&fx, LA_CSR_CRMD, LA_CRMD_DA | LA_CRMD_IE);
	fx_program(&fx, la_enc_st_d(T8, A1, 0), la_enc_b(-4));
	fx_set(&fx, A1, FX_DATA);
	la_set_pc(fx.cpu, FX_CODE);
	pthread_create(&thread, NULL, run_loop, NULL);
	for (uint64_t i = 1; i <= 200; i++) {
		la_cpu_set_irq(fx.cpu, LA_IRQ_IPI, true);
		while (__atomic_load_n(count, __ATOMIC_RELAXED) < i)
			sched_yield();
	}
	la_cpu_kick(fx.cpu);
	pthread_join(thread, NULL);
	ck_assert_hex_eq(fx_reg(&fx, T8), 200);
}
END_TEST

/* ------------------------------------------------------------------ kick, idle */

START_TEST(kick_ends_any_loop)
{
	static const uint32_t loops[][2] = {
		{ 0x50000000, 0 },				/* b 0 */
		{ 0x02c00000, 0x53ffffff },			/* addi.d; b -4 */
		{ 0x4c000000 | A1 << 5, 0 },			/* jirl to itself */
		{ 0x58000000, 0 },				/* beq r0, r0, 0 */
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(loops); i++) {
		pthread_t thread;

		fx_program(&fx, loops[i][0], loops[i][1]);
		fx_set(&fx, A1, FX_CODE);
		la_set_pc(fx.cpu, FX_CODE);
		pthread_create(&thread, NULL, run_loop, NULL);
		for (unsigned int k = 0; k < i; k++)
			sched_yield();
		la_cpu_kick(fx.cpu);
		pthread_join(thread, NULL);
		ck_assert_uint_le(la_get_pc(fx.cpu) - FX_CODE, 4);
	}
	/* Before la_run() it counts as well, and once. */
	la_cpu_kick(fx.cpu);
	la_cpu_kick(fx.cpu);
	la_set_pc(fx.cpu, FX_CODE);
	ck_assert_int_eq(la_run(fx.cpu), LA_STOP_KICK);
	ck_assert_hex_eq(la_get_pc(fx.cpu), FX_CODE);
	fx_program(&fx, la_enc_idle(0));
	ck_assert_int_eq(la_run(fx.cpu), LA_STOP_IDLE);
}
END_TEST

static void *raise_later(void *arg)
{
	const unsigned int *line = arg;
	struct timespec ts = { 0, 20000000 };

	nanosleep(&ts, NULL);
	if (*line)
		la_cpu_set_irq(fx.cpu, *line, true);
	else
		la_cpu_kick(fx.cpu);
	return NULL;
}

/* Idle ends with an enabled interrupt; it is taken if CRMD.IE says so. */
START_TEST(idle_and_wake)
{
	unsigned int line = 5;

	fx_set_csr(&fx, LA_CSR_ECFG, BIT64(5));
	for (unsigned int ie = 0; ie < 2; ie++) {
		pthread_t thread;

		fx_program(&fx, la_enc_idle(0), la_enc_addi_d(A0, A0, 1));
		fx_set_csr(&fx, LA_CSR_CRMD, LA_CRMD_DA | (ie ? LA_CRMD_IE : 0));
		fx_set(&fx, A0, 0);
		la_set_pc(fx.cpu, FX_CODE);
		ck_assert_int_eq(la_run(fx.cpu), LA_STOP_IDLE);
		ck_assert_hex_eq(la_get_pc(fx.cpu), FX_CODE + 4);
		/* A line that is not enabled does not wake, whatever else it does. */
		la_cpu_set_irq(fx.cpu, 3, true);
		pthread_create(&thread, NULL, raise_later, &line);
		la_cpu_wait(fx.cpu);
		pthread_join(thread, NULL);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ESTAT) & 0x1fff, BIT64(5) | BIT64(3));
		ck_assert_int_eq(la_step(fx.cpu), LA_STOP_STEP);
		if (ie) {
			ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), FX_CODE + 4);
			ck_assert_hex_eq(fx_reg(&fx, A0), 0);
		} else {
			ck_assert_hex_eq(fx_reg(&fx, A0), 1);
		}
		la_cpu_set_irq(fx.cpu, 5, false);
		la_cpu_set_irq(fx.cpu, 3, false);
	}
}
END_TEST

START_TEST(idle_with_pending_goes_on)
{
	fx_set_csr(&fx, LA_CSR_ECFG, BIT64(5));
	la_cpu_set_irq(fx.cpu, 5, true);
	fx_program(&fx, la_enc_idle(0), la_enc_idle(0), la_enc_csrwr(0, LA_CSR_ECFG));
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), FX_CODE + 12);
}
END_TEST

START_TEST(kick_ends_waiting)
{
	unsigned int no_line = 0;
	pthread_t thread;

	fx_program(&fx, la_enc_idle(0));
	la_set_pc(fx.cpu, FX_CODE);
	ck_assert_int_eq(la_run(fx.cpu), LA_STOP_IDLE);
	pthread_create(&thread, NULL, raise_later, &no_line);
	la_cpu_wait(fx.cpu);
	pthread_join(thread, NULL);
	ck_assert_int_eq(la_run(fx.cpu), LA_STOP_KICK);
}
END_TEST

/* ------------------------------------------------------------------ timer */

static void sleep_until(uint64_t ns)
{
	struct timespec ts = { (time_t)(ns / 1000000000), (long)(ns % 1000000000) };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL))
		;
}

#define TICKS(ms) ((uint64_t)(ms) * 100000)

static uint64_t pending_timer(void)
{
	return fx_csr(&fx, LA_CSR_ESTAT) & BIT64(LA_IRQ_TI);
}

START_TEST(timer_one_shot)
{
	uint64_t before = la_now_ns(), after, tval;

	fx_set_csr(&fx, LA_CSR_TCFG, TICKS(30) | LA_TCFG_EN);
	after = la_now_ns();
	ck_assert_uint_ge(fx.deadline_ns, before + 30000000);
	ck_assert_uint_le(fx.deadline_ns, after + 30000000);
	tval = fx_csr(&fx, LA_CSR_TVAL);
	ck_assert_uint_le(tval, TICKS(30));
	ck_assert_uint_ge(fx_csr(&fx, LA_CSR_TCFG), TICKS(30));
	/* Too early: nothing. */
	la_cpu_timer_expired(fx.cpu);
	fx_program(&fx, la_enc_addi_d(0, 0, 0));
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	if (la_now_ns() < fx.deadline_ns)
		ck_assert_hex_eq(pending_timer(), 0);
	sleep_until(fx.deadline_ns);
	ck_assert_hex_eq(pending_timer(), BIT64(LA_IRQ_TI));
	/* The count has gone on below 0, where it stays. */
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TVAL), mask64(48));
	/* Only 1 written to bit 0 clears, and once cleared it stays so. */
	fx_set_csr(&fx, LA_CSR_TICLR, 2);
	ck_assert_hex_eq(pending_timer(), BIT64(LA_IRQ_TI));
	fx_set_csr(&fx, LA_CSR_ESTAT, 0);
	ck_assert_hex_eq(pending_timer(), BIT64(LA_IRQ_TI));
	fx_set_csr(&fx, LA_CSR_TICLR, 1);
	ck_assert_hex_eq(pending_timer(), 0);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TICLR), 0);
	la_cpu_timer_expired(fx.cpu);
	fx_mode(&fx, false, 0);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_hex_eq(pending_timer(), 0);
}
END_TEST

START_TEST(timer_periodic)
{
	uint64_t first;

	fx_set_csr(&fx, LA_CSR_TCFG, TICKS(10) | LA_TCFG_EN | LA_TCFG_PERIODIC);
	first = fx.deadline_ns;
	for (unsigned int i = 0; i < 3; i++) {
		uint64_t due = fx.deadline_ns;

		sleep_until(due);
		ck_assert_hex_eq(pending_timer(), BIT64(LA_IRQ_TI));
		/* The next one keeps the beat. */
		ck_assert_uint_gt(fx.deadline_ns, due);
		ck_assert_uint_eq((fx.deadline_ns - first) % 10000000, 0);
		ck_assert_uint_le(fx_csr(&fx, LA_CSR_TVAL), TICKS(10));
		fx_set_csr(&fx, LA_CSR_TICLR, 1);
	}
	/* Off: cancelled, and no more. */
	fx_set_csr(&fx, LA_CSR_TCFG, 0);
	ck_assert_uint_eq(fx.deadline_ns, 0);
	sleep_until(la_now_ns() + 12000000);
	fx_set_csr(&fx, LA_CSR_TICLR, 1);
	ck_assert_hex_eq(pending_timer(), 0);
	/* Reset cancels the interrupt as well. */
	fx_set_csr(&fx, LA_CSR_TCFG, TICKS(1) | LA_TCFG_EN);
	la_cpu_reset(fx.cpu, FX_CODE);
	sleep_until(la_now_ns() + 2000000);
	la_cpu_timer_expired(fx.cpu);
	ck_assert_hex_eq(pending_timer(), 0);
}
END_TEST

/* A timer that the CPU itself finds expired interrupts it without help from outside. */
START_TEST(timer_found_by_idle)
{
	fx_set_csr(&fx, LA_CSR_ECFG, BIT64(LA_IRQ_TI));
	fx_set_csr(&fx, LA_CSR_TCFG, TICKS(5) | LA_TCFG_EN | LA_TCFG_PERIODIC);
	sleep_until(fx.deadline_ns);
	fx_at(&fx, FX_EENTRY);
	fx_emit(&fx, la_enc_csrwr(0, LA_CSR_ECFG));
	fx_emit(&fx, la_enc_idle(0));
	fx_program(&fx, la_enc_idle(0), la_enc_addi_d(0, 0, 0), la_enc_syscall(0));
	fx_set_csr(&fx, LA_CSR_CRMD, LA_CRMD_DA | LA_CRMD_IE);
	ck_assert_int_eq(fx_go(&fx), LA_EXC_INT);
	ck_assert_uint_le(fx_csr(&fx, LA_CSR_ERA), FX_CODE + 8);
}
END_TEST

/* No program sees time pass a deadline and goes on: the counter itself lets TI in. */
START_TEST(timer_found_by_counter)
{
	const uint32_t counters[] = { la_enc_rdtime_d(A0, 0), la_enc_rdtimel_w(A0, 0),
				      la_enc_rdtimeh_w(A0, 0) };

	fx_at(&fx, FX_EENTRY);
	fx_emit(&fx, la_enc_csrwr(0, LA_CSR_ECFG));
	fx_emit(&fx, la_enc_idle(0));
	for (unsigned int i = 0; i < ARRAY_SIZE(counters); i++) {
		fx_set_csr(&fx, LA_CSR_TICLR, 1);
		fx_set_csr(&fx, LA_CSR_ECFG, BIT64(LA_IRQ_TI));
		fx_set_csr(&fx, LA_CSR_TCFG, TICKS(1) | LA_TCFG_EN);
		sleep_until(fx.deadline_ns);
		fx_program(&fx, la_enc_addi_d(A1, 0, 0), counters[i], la_enc_addi_d(A1, 0, 1));
		fx_set_csr(&fx, LA_CSR_CRMD, LA_CRMD_DA | LA_CRMD_IE);
		ck_assert_int_eq(fx_go(&fx), LA_EXC_INT);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), FX_CODE + 8);
		ck_assert_uint_eq(fx_reg(&fx, A1), 0);
	}
}
END_TEST

START_TEST(timer_ends_waiting)
{
	fx_set_csr(&fx, LA_CSR_ECFG, BIT64(LA_IRQ_TI));
	fx_program(&fx, la_enc_idle(0));
	la_set_pc(fx.cpu, FX_CODE);
	fx_set_csr(&fx, LA_CSR_TCFG, TICKS(20) | LA_TCFG_EN);
	ck_assert_int_eq(la_run(fx.cpu), LA_STOP_IDLE);
	sleep_until(fx.deadline_ns);
	la_cpu_timer_expired(fx.cpu);
	la_cpu_wait(fx.cpu);
	ck_assert_hex_eq(pending_timer(), BIT64(LA_IRQ_TI));
}
END_TEST

START_TEST(counter)
{
	uint64_t t[3];

	fx_set_csr(&fx, LA_CSR_TID, 0x1234);
	t[0] = la_counter();
	ck_assert_int_eq(fx_exec(&fx, la_enc_rdtime_d(A0, A1)), FX_DONE);
	t[1] = fx_reg(&fx, A0);
	t[2] = la_counter();
	ck_assert_uint_ge(t[1], t[0]);
	ck_assert_uint_le(t[1], t[2]);
	ck_assert_hex_eq(fx_reg(&fx, A1), 0x1234);
	fx_set_csr(&fx, LA_CSR_CNTC, UINT64_C(0x700000000000));
	fx_program(&fx, la_enc_rdtimeh_w(A2, 0), la_enc_rdtimel_w(A3, A4));
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_uint_ge(fx_reg(&fx, A2), 0x7000);
	ck_assert_hex_eq(fx_reg(&fx, A3), (uint64_t)(int64_t)(int32_t)fx_reg(&fx, A3));
	ck_assert_hex_eq(fx_reg(&fx, 0), 0);
	/* Kept from users one by one. */
	for (unsigned int plv = 0; plv < 4; plv++) {
		fx_set_csr(&fx, LA_CSR_MISC, plv ? BIT64(4 + plv) : 0xe0);
		for (unsigned int at = 0; at < 4; at++) {
			fx_mode(&fx, false, at);
			ck_assert_int_eq(fx_exec(&fx, la_enc_rdtime_d(A0, A1)),
					 at && (at == plv || !plv) ? LA_EXC_IPE : FX_DONE);
		}
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("soft interrupts");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, interrupt_priority);
	tcase_add_test(tc, enabling_lets_pending_in);
	tcase_add_test(tc, interrupts_from_outside);
	tcase_add_test(tc, kick_ends_any_loop);
	tcase_add_test(tc, idle_and_wake);
	tcase_add_test(tc, idle_with_pending_goes_on);
	tcase_add_test(tc, kick_ends_waiting);
	tcase_add_test(tc, timer_one_shot);
	tcase_add_test(tc, timer_periodic);
	tcase_add_test(tc, timer_found_by_idle);
	tcase_add_test(tc, timer_found_by_counter);
	tcase_add_test(tc, timer_ends_waiting);
	tcase_add_test(tc, counter);
	suite_add_tcase(s, tc);
	return fx_main(s);
}
