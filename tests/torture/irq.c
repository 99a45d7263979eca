/* SPDX-License-Identifier: Apache-2.0 */
/*
 * irq.c - edges of interrupts, idle and the timer on a bare CPU: what must be taken before
 * which instruction, and what happens when two things coincide.  Vol. 1, 4.2.6, 6.1, 7.4,
 * 7.6.  Interrupts through the controllers of the machine are in irq_storm.c.
 */
#include "../unit/soft_fixture.h"
#include "litmus_opts.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

#include "soft/machine.h"

#define VS 4u				/* 16 instructions per vector */
#define VECTOR(line) (FX_EENTRY + ((64 + (uint64_t)(line)) << (VS + 2)))
#define ALL_LINES (BIT64(13) - 1)
#define ECFG(lines) (VS << LA_ECFG_VS_SHIFT | (lines))
#define TI BIT64(LA_IRQ_TI)

enum { COUNT = 31, ERA_SEEN = 30, LOG = 29 };		/* s8, s7, s6 */

static struct litmus_opts opts;
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

static void sleep_until(uint64_t ns)
{
	const struct timespec ts = { (time_t)(ns / 1000000000), (long)(ns % 1000000000) };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL))
		;
}

static void sleep_us(unsigned int us)
{
	sleep_until(la_now_ns() + us * UINT64_C(1000));
}

static void emit_all(uint64_t at, const uint32_t *code, size_t n)
{
	fx_at(&fx, at);
	for (size_t i = 0; i < n; i++)
		fx_emit(&fx, code[i]);
}

/* A handler for the IPI: counts, keeps ERA in ERA_SEEN, takes the IPI back. */
static void write_ipi_handler(void)
{
	const uint32_t code[] = {
		la_enc_csrwr(T7, LA_CSR_SAVE0),
		la_enc_addi_d(COUNT, COUNT, 1),
		la_enc_lu12i_w(T7, 1),
		la_enc_ori(T7, T7, 0xc),
		la_enc_iocsrwr_w(T7, T7),
		la_enc_csrrd(ERA_SEEN, LA_CSR_ERA),
		la_enc_csrwr(T7, LA_CSR_SAVE0),
		la_enc_ertn(),
	};

	emit_all(VECTOR(LA_IRQ_IPI), code, ARRAY_SIZE(code));
}

static void prepare(uint64_t lines, bool ie)
{
	fx_set_csr(&fx, LA_CSR_ECFG, ECFG(lines));
	fx_set_csr(&fx, LA_CSR_CRMD, LA_CRMD_DA | (ie ? LA_CRMD_IE : 0));
	fx_set_csr(&fx, LA_CSR_PRMD, 0);
	fx_set(&fx, COUNT, 0);
	fx_set(&fx, ERA_SEEN, 0);
	la_set_pc(fx.cpu, FX_CODE);
}

/* ------------------------------------------------------------------ what is taken when */

/* All lines pending at once are taken from the highest number down, one by one. */
START_TEST(order_of_all)
{
	static const unsigned int lines[] = { 12, 11, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0 };

	for (unsigned int l = 0; l < 13; l++) {
		const uint32_t code[] = {
			/* Log the line, disable it, return. */
			la_enc_ori(T7, 0, l), la_enc_st_b(T7, LOG, 0), la_enc_addi_d(LOG, LOG, 1),
			la_enc_ori(T7, 0, 1), la_enc_slli_d(T7, T7, l),
			la_enc_csrxchg(0, T7, LA_CSR_ECFG), la_enc_ertn(),
		};

		emit_all(VECTOR(l), code, ARRAY_SIZE(code));
	}
	fx_program(&fx, la_enc_csrxchg(A1, A2, LA_CSR_CRMD), la_enc_csrwr(0, LA_CSR_ECFG));
	prepare(ALL_LINES, false);
	fx_set(&fx, LOG, FX_DATA);
	fx_set(&fx, A1, LA_CRMD_IE);
	fx_set(&fx, A2, LA_CRMD_IE);
	/* Software sets its two and no others. */
	fx_set_csr(&fx, LA_CSR_ESTAT, UINT64_MAX);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ESTAT), 3);
	for (unsigned int l = 2; l < 10; l++)
		la_cpu_set_irq(fx.cpu, l, true);
	la_cpu_set_irq(fx.cpu, LA_IRQ_IPI, true);
	fx_set_csr(&fx, LA_CSR_TCFG, LA_TCFG_EN);
	la_cpu_timer_expired(fx.cpu);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_uint_eq(fx_reg(&fx, LOG), FX_DATA + ARRAY_SIZE(lines));
	for (unsigned int i = 0; i < ARRAY_SIZE(lines); i++)
		ck_assert_uint_eq(fx.ram[FX_DATA + i], lines[i]);
	/* None was lost by being taken. */
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ESTAT) & ALL_LINES, ALL_LINES & ~BIT64(10));
}
END_TEST

/* A software interrupt is taken before the instruction behind the one that raises it. */
START_TEST(software_interrupts)
{
	for (unsigned int l = 0; l < 2; l++) {
		const uint32_t code[] = {
			la_enc_addi_d(COUNT, COUNT, 1), la_enc_csrrd(ERA_SEEN, LA_CSR_ERA),
			la_enc_csrwr(0, LA_CSR_ESTAT), la_enc_ertn(),
		};

		emit_all(VECTOR(l), code, ARRAY_SIZE(code));
		fx_program(&fx, la_enc_csrxchg(A1, A2, LA_CSR_ESTAT), la_enc_or(A3, COUNT, 0),
			   la_enc_csrxchg(A2, A2, LA_CSR_ESTAT), la_enc_or(A4, COUNT, 0),
			   la_enc_csrwr(0, LA_CSR_ECFG));
		prepare(3, true);
		fx_set(&fx, A1, BIT64(l));
		fx_set(&fx, A2, BIT64(l));
		ck_assert_int_eq(fx_go(&fx), FX_DONE);
		ck_assert_uint_eq(fx_reg(&fx, A3), 1);
		ck_assert_uint_eq(fx_reg(&fx, A4), 2);
		ck_assert_hex_eq(fx_reg(&fx, ERA_SEEN), FX_CODE + 12);
	}
}
END_TEST

static void *run_until_kick(void *arg)
{
	for (;;) {
		switch (la_run(arg)) {
		case LA_STOP_IDLE:
			la_cpu_wait(arg);
			break;
		default:
			return NULL;
		}
	}
}

/*
 * Interrupts are enabled for one instruction (_i: 0), or for four.  Whatever arrives is
 * taken inside such a window, in the first one that opens.
 */
START_TEST(windows)
{
	const unsigned int nops = _i ? 3 : 0, n = opts.is_long ? 300000 : 3000;
	uint64_t *count = (uint64_t *)(void *)(fx.ram + FX_DATA);
	pthread_t thread;
	uint64_t from, to;

	write_ipi_handler();
	fx_at(&fx, FX_CODE);
	fx_emit(&fx, la_enc_or(T1, A2, 0));
	fx_emit(&fx, la_enc_csrxchg(T1, A2, LA_CSR_CRMD));
	from = fx.at;
	for (unsigned int i = 0; i < nops; i++)
		fx_emit(&fx, la_enc_addi_d(T2, T2, 1));
	to = fx.at;
	fx_emit(&fx, la_enc_csrxchg(0, A2, LA_CSR_CRMD));
	/* ERA_SEEN - from <= to - from, or stop here; 0 is "none yet". */
	fx_emit(&fx, la_enc_beqz(ERA_SEEN, 16));
	fx_emit(&fx, la_enc_sub_d(T3, ERA_SEEN, A3));
	fx_emit(&fx, la_enc_bgeu(A4, T3, 8));
	fx_emit(&fx, la_enc_b(0));
	fx_emit(&fx, la_enc_st_d(COUNT, A1, 0));
	fx_emit(&fx, la_enc_b((int)(FX_CODE - fx.at)));
	prepare(BIT64(LA_IRQ_IPI), false);
	fx_set(&fx, A1, FX_DATA);
	fx_set(&fx, A2, LA_CRMD_IE);
	fx_set(&fx, A3, from);
	fx_set(&fx, A4, to - from);
	ck_assert_int_eq(pthread_create(&thread, NULL, run_until_kick, fx.cpu), 0);
	for (uint64_t i = 1; i <= n; i++) {
		la_cpu_set_irq(fx.cpu, LA_IRQ_IPI, true);
		while (__atomic_load_n(count, __ATOMIC_RELAXED) < i)
			sched_yield();
	}
	la_cpu_kick(fx.cpu);
	pthread_join(thread, NULL);
	ck_assert_uint_eq(fx_reg(&fx, COUNT), n);
}
END_TEST

static void raising_store(void *ctx, unsigned int cpu, uint64_t gpa, unsigned int size,
			  uint64_t val)
{
	(void)ctx;
	(void)gpa;
	(void)size;
	(void)val;
	la_cpu_set_irq(la_machine_cpu(fx.m, cpu), 2, true);
}

/*
 * A store makes a device raise a line.  In code without branches (_i: 0), with forward
 * branches only (1), or in a loop (2) it is taken at the end of the page, or when the loop
 * turns: never more than 1024 instructions later.
 */
START_TEST(latency_bound)
{
	const uint64_t end = FX_CODE + 0x1000;

	fx.m->bus.store = raising_store;
	for (unsigned int at = 0; at < 1000; at += 37) {
		const uint32_t code[] = {
			la_enc_csrrd(ERA_SEEN, LA_CSR_ERA), la_enc_addi_d(COUNT, COUNT, 1),
			la_enc_csrwr(0, LA_CSR_ECFG), la_enc_ertn(),
		};
		const uint64_t store = FX_CODE + 4 * at;

		emit_all(VECTOR(2), code, ARRAY_SIZE(code));
		fx_at(&fx, FX_CODE);
		while (fx.at < end)
			fx_emit(&fx, _i == 1 ? la_enc_b(4) : la_enc_addi_d(T2, T2, 1));
		fx_emit(&fx, la_enc_break(0));
		fx_at(&fx, store);
		fx_emit(&fx, la_enc_st_d(0, A1, 0));
		if (_i == 2) {
			/* Three instructions, and back to the store. */
			fx_at(&fx, store + 16);
			fx_emit(&fx, la_enc_beqz(COUNT, -16));
		}
		prepare(BIT64(2), true);
		la_cpu_set_irq(fx.cpu, 2, false);
		fx_set(&fx, A1, FX_MMIO);
		ck_assert_int_eq(fx_go(&fx), FX_DONE);
		ck_assert_uint_eq(fx_reg(&fx, COUNT), 1);
		ck_assert_uint_ge(fx_reg(&fx, ERA_SEEN), _i == 2 ? store : store + 4);
		ck_assert_uint_le(fx_reg(&fx, ERA_SEEN), _i == 2 ? store + 20 : end);
	}
}
END_TEST

/* Single steps look before each instruction. */
START_TEST(latency_of_steps)
{
	write_ipi_handler();
	fx_program(&fx, la_enc_addi_d(T2, T2, 1), la_enc_addi_d(T2, T2, 1),
		   la_enc_csrwr(0, LA_CSR_ECFG));
	prepare(BIT64(LA_IRQ_IPI), true);
	ck_assert_int_eq(la_step(fx.cpu), LA_STOP_STEP);
	la_cpu_set_irq(fx.cpu, LA_IRQ_IPI, true);
	ck_assert_int_eq(fx_go_cpu(fx.cpu, la_get_pc(fx.cpu)), FX_DONE);
	ck_assert_uint_eq(fx_reg(&fx, COUNT), 1);
	ck_assert_hex_eq(fx_reg(&fx, ERA_SEEN), FX_CODE + 4);
}
END_TEST

/* An interrupt between LL and SC: SC fails, unless the handler sets KLO. */
START_TEST(between_ll_and_sc)
{
	for (unsigned int klo = 0; klo < 2; klo++) {
		const uint32_t code[] = {
			la_enc_addi_d(COUNT, COUNT, 1), la_enc_lu12i_w(T7, 1),
			la_enc_ori(T7, T7, 0xc), la_enc_iocsrwr_w(T7, T7),
			la_enc_ori(T7, 0, klo ? LA_LLBCTL_KLO : 0), la_enc_csrwr(T7, LA_CSR_LLBCTL),
			la_enc_ertn(),
		};

		emit_all(VECTOR(LA_IRQ_IPI), code, ARRAY_SIZE(code));
		fx_program(&fx, la_enc_ll_d(A3, A1, 0), la_enc_csrxchg(A2, A2, LA_CSR_CRMD),
			   la_enc_sc_d(A3, A1, 0), la_enc_csrwr(0, LA_CSR_ECFG));
		prepare(BIT64(LA_IRQ_IPI), false);
		fx_set(&fx, A1, FX_DATA);
		fx_set(&fx, A2, LA_CRMD_IE);
		la_cpu_set_irq(fx.cpu, LA_IRQ_IPI, true);
		ck_assert_int_eq(fx_go(&fx), FX_DONE);
		ck_assert_uint_eq(fx_reg(&fx, COUNT), 1);
		ck_assert_uint_eq(fx_reg(&fx, A3), klo);
	}
}
END_TEST

/* ------------------------------------------------------------------ idle */

/*
 * Linux: interrupts are enabled right before idle, and a handler that finds ERA there moves
 * it behind idle.  Pending before: idle must not be reached.  Not repaired: it must sleep.
 */
START_TEST(idle_after_enabling)
{
	for (unsigned int repair = 0; repair < 2; repair++) {
		write_ipi_handler();
		if (repair) {
			fx.at -= 4;			/* over ertn */
			fx_emit(&fx, la_enc_csrwr(A3, LA_CSR_ERA));
			fx_emit(&fx, la_enc_ertn());
		}
		fx_program(&fx, la_enc_csrxchg(A2, A2, LA_CSR_CRMD), la_enc_idle(0),
			   la_enc_csrwr(0, LA_CSR_ECFG));
		prepare(BIT64(LA_IRQ_IPI), false);
		fx_set(&fx, A2, LA_CRMD_IE);
		fx_set(&fx, A3, FX_CODE + 8);
		la_cpu_set_irq(fx.cpu, LA_IRQ_IPI, true);
		ck_assert_int_eq(fx_go(&fx), repair ? FX_DONE : FX_SLEEP);
		ck_assert_uint_eq(fx_reg(&fx, COUNT), 1);
		ck_assert_hex_eq(fx_reg(&fx, ERA_SEEN), FX_CODE + 4);
	}
}
END_TEST

/* The loop of an idle CPU against wake-ups at any moment: none is lost. */
START_TEST(idle_race)
{
	const unsigned int n = opts.is_long ? 300000 : 3000;
	uint64_t *work = (uint64_t *)(void *)(fx.ram + FX_DATA);
	uint64_t *done = (uint64_t *)(void *)(fx.ram + FX_DATA + 64);
	uint64_t seed = opts.seed;
	pthread_t thread;

	write_ipi_handler();
	/* ERA in [enable, idle]: go on behind idle. */
	fx.at -= 8;
	fx_emit(&fx, la_enc_bltu(ERA_SEEN, A3, 16));
	fx_emit(&fx, la_enc_addi_d(T7, A3, 8));
	fx_emit(&fx, la_enc_bgeu(ERA_SEEN, T7, 8));
	fx_emit(&fx, la_enc_csrwr(T7, LA_CSR_ERA));
	fx_emit(&fx, la_enc_ertn());
	/* Without interrupts: if there is work, say so; else sleep with interrupts. */
	fx_program(&fx,
		   la_enc_csrxchg(0, A2, LA_CSR_CRMD),
		   la_enc_ld_d(T0, A1, 0),
		   la_enc_bne(T0, T1, 20),
		   la_enc_or(T2, A2, 0),
		   la_enc_csrxchg(T2, A2, LA_CSR_CRMD),
		   la_enc_idle(0),
		   la_enc_b(-24),
		   la_enc_or(T1, T0, 0),
		   la_enc_st_d(T1, A1, 64),
		   la_enc_b(-36));
	prepare(BIT64(LA_IRQ_IPI), false);
	fx_set(&fx, A1, FX_DATA);
	fx_set(&fx, A2, LA_CRMD_IE);
	fx_set(&fx, A3, FX_CODE + 20 - 4);
	fx_set(&fx, T1, 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, run_until_kick, fx.cpu), 0);
	for (uint64_t i = 1; i <= n; i++) {
		for (uint64_t spin = fx_random(&seed) % 512; spin; spin--)
			__asm__ volatile("");
		__atomic_store_n(work, i, __ATOMIC_RELEASE);
		la_cpu_set_irq(fx.cpu, LA_IRQ_IPI, true);
		while (__atomic_load_n(done, __ATOMIC_ACQUIRE) < i)
			sched_yield();
	}
	la_cpu_kick(fx.cpu);
	pthread_join(thread, NULL);
	ck_assert_uint_le(fx_reg(&fx, COUNT), n);
}
END_TEST

/* What is not enabled in ECFG does not end idle, and neither do kicks and late timers. */
START_TEST(idle_ends_for_enabled_only)
{
	pthread_t thread;

	fx_program(&fx, la_enc_idle(0), la_enc_st_d(A2, A1, 0), la_enc_b(0));
	prepare(BIT64(5), false);
	fx_set(&fx, A1, FX_DATA);
	fx_set(&fx, A2, 1);
	fx_set_csr(&fx, LA_CSR_TCFG, LA_TCFG_EN);	/* expires at once */
	for (unsigned int i = 0; i < 20; i++) {
		ck_assert_int_eq(pthread_create(&thread, NULL, run_until_kick, fx.cpu), 0);
		sleep_us(300);
		la_cpu_timer_expired(fx.cpu);
		la_cpu_set_irq(fx.cpu, 4, true);
		la_cpu_set_irq(fx.cpu, 4, false);
		sleep_us(300);
		la_cpu_kick(fx.cpu);
		pthread_join(thread, NULL);
		ck_assert_uint_eq(fx_get64(&fx, FX_DATA), 0);
	}
	/* It still sleeps, and the right line wakes it. */
	la_cpu_set_irq(fx.cpu, 5, true);
	ck_assert_int_eq(pthread_create(&thread, NULL, run_until_kick, fx.cpu), 0);
	sleep_us(10000);
	la_cpu_kick(fx.cpu);
	pthread_join(thread, NULL);
	ck_assert_uint_eq(fx_get64(&fx, FX_DATA), 1);
}
END_TEST

/* ------------------------------------------------------------------ timer */

static uint64_t is_pending(void)
{
	return fx_csr(&fx, LA_CSR_ESTAT) & TI;
}

/* Without ESTAT being read: lets the deadline pass. */
static void let_expire(void)
{
	ck_assert_uint_ne(fx.deadline_ns, 0);
	sleep_until(fx.deadline_ns);
}

#define US(n) ((uint64_t)(n) * 100)	/* ticks */
#define EXPIRED mask64(48)		/* TVAL behind a single shot: below 0 */

START_TEST(timer_initial_values)
{
	const uint64_t max = LA_TCFG_INITVAL;

	/* 0: there at once, with nothing to wait for.  The smallest. */
	for (unsigned int v = 0; v <= 4; v += 4) {
		fx_set_csr(&fx, LA_CSR_TCFG, v | LA_TCFG_EN);
		if (v)
			let_expire();
		else
			ck_assert_uint_eq(fx.deadline_ns, 0);
		ck_assert_hex_eq(is_pending(), TI);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TVAL), EXPIRED);
		fx_set_csr(&fx, LA_CSR_TICLR, 1);
		ck_assert_hex_eq(is_pending(), 0);
	}
	/* A period of 0 is not a loop without end: it expires once. */
	fx_set_csr(&fx, LA_CSR_TCFG, LA_TCFG_EN | LA_TCFG_PERIODIC);
	ck_assert_hex_eq(is_pending(), TI);
	fx_set_csr(&fx, LA_CSR_TICLR, 1);
	ck_assert_hex_eq(is_pending(), 0);
	/* The largest: 32 days. */
	fx_set_csr(&fx, LA_CSR_TCFG, UINT64_MAX & ~LA_TCFG_PERIODIC);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TCFG), max | LA_TCFG_EN);
	ck_assert_uint_le(fx_csr(&fx, LA_CSR_TVAL), max);
	ck_assert_uint_ge(fx_csr(&fx, LA_CSR_TVAL), max - US(10000000));
	ck_assert_uint_ge(fx.deadline_ns, la_now_ns() + max * LA_NS_PER_TICK - UINT64_C(10000000000));
	ck_assert_hex_eq(is_pending(), 0);
	/* Off: a deadline is taken back, nothing comes. */
	fx_set_csr(&fx, LA_CSR_TCFG, US(50));
	ck_assert_uint_eq(fx.deadline_ns, 0);
	sleep_us(100);
	la_cpu_timer_expired(fx.cpu);
	ck_assert_hex_eq(is_pending(), 0);
}
END_TEST

/* TVAL falls, and passes 0 only when the interrupt is there. */
START_TEST(timer_value_and_interrupt_agree)
{
	for (unsigned int i = 0; i < 50; i++) {
		uint64_t before = US(40), v;

		fx_set_csr(&fx, LA_CSR_TCFG, before | LA_TCFG_EN);
		while ((v = fx_csr(&fx, LA_CSR_TVAL)) != EXPIRED) {
			ck_assert_uint_le(v, before);
			before = v;
		}
		/* From inside: what software would look at next. */
		prepare(0, false);
		fx_program(&fx, la_enc_csrrd(A0, LA_CSR_ESTAT));
		ck_assert_int_eq(fx_go(&fx), FX_DONE);
		ck_assert_hex_eq(fx_reg(&fx, A0) & TI, TI);
		fx_set_csr(&fx, LA_CSR_TICLR, 1);
	}
}
END_TEST

/* The timer has expired and nobody has noticed yet. */
START_TEST(timer_unnoticed)
{
	/* Switched off or set anew: the interrupt stays. */
	for (unsigned int on = 0; on < 2; on++) {
		fx_set_csr(&fx, LA_CSR_TCFG, US(30) | LA_TCFG_EN);
		let_expire();
		fx_set_csr(&fx, LA_CSR_TCFG, on ? US(10000000) | LA_TCFG_EN : 0);
		ck_assert_hex_eq(is_pending(), TI);
		fx_set_csr(&fx, LA_CSR_TICLR, 1);
		ck_assert_hex_eq(is_pending(), 0);
	}
	/* Cleared: it does not come again. */
	fx_set_csr(&fx, LA_CSR_TCFG, US(30) | LA_TCFG_EN);
	let_expire();
	fx_set_csr(&fx, LA_CSR_TICLR, 1);
	ck_assert_hex_eq(is_pending(), 0);
	la_cpu_timer_expired(fx.cpu);
	ck_assert_hex_eq(is_pending(), 0);
	/* Periodic: it has begun anew, and the next one is on the beat. */
	fx_set_csr(&fx, LA_CSR_TCFG, US(20000) | LA_TCFG_EN | LA_TCFG_PERIODIC);
	{
		uint64_t first = fx.deadline_ns, v;

		let_expire();
		v = fx_csr(&fx, LA_CSR_TVAL);
		ck_assert_uint_gt(v, 0);
		ck_assert_uint_le(v, US(20000));
		ck_assert_hex_eq(is_pending(), TI);
		ck_assert_uint_gt(fx.deadline_ns, first);
		ck_assert_uint_eq((fx.deadline_ns - first) % 20000000, 0);
	}
}
END_TEST

/* Armed anew before it expires: the old deadline means nothing. */
START_TEST(timer_rewritten)
{
	uint64_t old;

	fx_set_csr(&fx, LA_CSR_TCFG, US(3000) | LA_TCFG_EN);
	old = fx.deadline_ns;
	fx_set_csr(&fx, LA_CSR_TCFG, US(60000) | LA_TCFG_EN);
	ck_assert_uint_gt(fx.deadline_ns, old);
	sleep_until(old);
	la_cpu_timer_expired(fx.cpu);
	prepare(TI, true);
	fx_program(&fx, la_enc_csrwr(0, LA_CSR_ECFG));
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	if (la_now_ns() < fx.deadline_ns)
		ck_assert_hex_eq(is_pending(), 0);
	let_expire();
	ck_assert_hex_eq(is_pending(), TI);
}
END_TEST

/* Timer and kick at the same moment: la_run() ends, and the interrupt is the next thing. */
START_TEST(timer_and_kick)
{
	const uint32_t code[] = {
		la_enc_addi_d(COUNT, COUNT, 1), la_enc_csrrd(ERA_SEEN, LA_CSR_ERA),
		la_enc_ori(T7, 0, 1), la_enc_csrwr(T7, LA_CSR_TICLR),
		la_enc_csrwr(0, LA_CSR_ECFG), la_enc_ertn(),
	};

	emit_all(VECTOR(LA_IRQ_TI), code, ARRAY_SIZE(code));
	fx_program(&fx, la_enc_addi_d(0, 0, 0), la_enc_addi_d(0, 0, 0));
	for (unsigned int order = 0; order < 2; order++) {
		prepare(TI, true);
		fx_set_csr(&fx, LA_CSR_TCFG, US(10) | LA_TCFG_EN);
		let_expire();
		if (order)
			la_cpu_timer_expired(fx.cpu);
		la_cpu_kick(fx.cpu);
		if (!order)
			la_cpu_timer_expired(fx.cpu);
		ck_assert_int_eq(la_run(fx.cpu), LA_STOP_KICK);
		ck_assert_hex_eq(la_get_pc(fx.cpu), FX_CODE);
		ck_assert_int_eq(fx_go_cpu(fx.cpu, FX_CODE), FX_DONE);
		ck_assert_uint_eq(fx_reg(&fx, COUNT), 1);
		ck_assert_hex_eq(fx_reg(&fx, ERA_SEEN), FX_CODE);
		ck_assert_hex_eq(is_pending(), 0);
	}
}
END_TEST

/* The level stays until TICLR: the handler comes back at once, each time. */
START_TEST(timer_level)
{
	const uint32_t code[] = {
		la_enc_addi_d(COUNT, COUNT, 1), la_enc_blt(COUNT, A1, 12),
		la_enc_ori(T7, 0, 1), la_enc_csrwr(T7, LA_CSR_TICLR),
		la_enc_csrrd(ERA_SEEN, LA_CSR_ERA), la_enc_ertn(),
	};

	emit_all(VECTOR(LA_IRQ_TI), code, ARRAY_SIZE(code));
	fx_program(&fx, la_enc_csrxchg(A2, A2, LA_CSR_CRMD), la_enc_or(A3, COUNT, 0),
		   la_enc_csrwr(0, LA_CSR_ECFG));
	prepare(TI, false);
	fx_set(&fx, A1, 100);
	fx_set(&fx, A2, LA_CRMD_IE);
	fx_set_csr(&fx, LA_CSR_TCFG, LA_TCFG_EN);
	ck_assert_hex_eq(is_pending(), TI);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_uint_eq(fx_reg(&fx, A3), 100);
	ck_assert_hex_eq(fx_reg(&fx, ERA_SEEN), FX_CODE + 4);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *s = suite_create("interrupt edges");
	TCase *tc = tcase_create("all");
	int ret = litmus_parse(&opts, argc, argv);

	if (ret)
		return ret;
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, order_of_all);
	tcase_add_test(tc, software_interrupts);
	tcase_add_loop_test(tc, windows, 0, 2);
	tcase_add_loop_test(tc, latency_bound, 0, 3);
	tcase_add_test(tc, latency_of_steps);
	tcase_add_test(tc, between_ll_and_sc);
	tcase_add_test(tc, idle_after_enabling);
	tcase_add_test(tc, idle_race);
	tcase_add_test(tc, idle_ends_for_enabled_only);
	tcase_add_test(tc, timer_initial_values);
	tcase_add_test(tc, timer_value_and_interrupt_agree);
	tcase_add_test(tc, timer_unnoticed);
	tcase_add_test(tc, timer_rewritten);
	tcase_add_test(tc, timer_and_kick);
	tcase_add_test(tc, timer_level);
	suite_add_tcase(s, tc);
	return fx_main(s);
}
