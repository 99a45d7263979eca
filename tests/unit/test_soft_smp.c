/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_soft_smp.c - several CPUs at once: atomic counters, a lock, message passing and store
 * buffering with barriers, interrupts between CPUs.  Also meant for -fsanitize=thread.
 */
#include "soft_fixture.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#define NCPUS 4u
#define ROUNDS 5000u

static struct fx fx;

static void setup(void)
{
	fx_open(&fx, &fx_max, NCPUS);
}

static void teardown(void)
{
	fx_close(&fx);
}

struct job {
	struct la_cpu *cpu;
	uint64_t pc;
	int got;
};

static void *run_job(void *arg)
{
	struct job *j = arg;

	j->got = fx_go_cpu(j->cpu, j->pc);
	return NULL;
}

/* All of @n CPUs at once, each from its own address. */
static void run_all(unsigned int n, const uint64_t *pc)
{
	struct job jobs[NCPUS];
	pthread_t threads[NCPUS];

	for (unsigned int i = 0; i < n; i++) {
		jobs[i] = (struct job){ la_machine_cpu(fx.m, i), pc[i], 0 };
		la_set_csr(jobs[i].cpu, LA_CSR_CRMD, LA_CRMD_DA);
		ck_assert_int_eq(pthread_create(&threads[i], NULL, run_job, &jobs[i]), 0);
	}
	for (unsigned int i = 0; i < n; i++) {
		pthread_join(threads[i], NULL);
		ck_assert_int_eq(jobs[i].got, FX_DONE);
	}
}

static void run_same(unsigned int n)
{
	static const uint64_t pc[NCPUS] = { FX_CODE, FX_CODE, FX_CODE, FX_CODE };

	run_all(n, pc);
}

static void set_all(unsigned int reg, uint64_t v)
{
	for (unsigned int i = 0; i < NCPUS; i++)
		la_set_gpr(la_machine_cpu(fx.m, i), reg, v);
}

/* ------------------------------------------------------------------ counters */

/* ll, add, sc, again until done; words and doublewords, neighbours included. */
START_TEST(ll_sc_counters)
{
	const bool is_word = _i & 1;
	const unsigned int n = (unsigned int)_i / 2 + 2;

	set_all(A1, FX_DATA + 4 * is_word);
	set_all(T1, ROUNDS);
	fx_program(&fx,
		   is_word ? la_enc_ll_w(T0, A1, 0) : la_enc_ll_d(T0, A1, 0),
		   la_enc_addi_d(T0, T0, 3),
		   is_word ? la_enc_sc_w(T0, A1, 0) : la_enc_sc_d(T0, A1, 0),
		   la_enc_beqz(T0, -12),
		   la_enc_addi_d(T1, T1, -1),
		   la_enc_bnez(T1, -20));
	run_same(n);
	ck_assert_hex_eq(fx_get64(&fx, FX_DATA), (uint64_t)n * ROUNDS * 3 << (is_word ? 32 : 0));
}
END_TEST

/* All sizes of amadd side by side in one doubleword, and an LL/SC loop among them. */
START_TEST(am_counters)
{
	static const uint64_t pc[NCPUS] = { FX_CODE, FX_CODE + 0x1000, FX_CODE, FX_CODE + 0x1000 };

	fx_program(&fx,
		   la_enc_amadd_b(0, A2, A3),		/* byte 0: wraps */
		   la_enc_amadd_db_h(0, A2, A4),	/* bytes 2-3 */
		   la_enc_amadd_w(0, A2, A5),		/* bytes 4-7 */
		   la_enc_amadd_db_d(0, A2, A6),	/* the next doubleword */
		   la_enc_addi_d(T1, T1, -1),
		   la_enc_bnez(T1, -20));
	fx_at(&fx, FX_CODE + 0x1000);
	fx_emit(&fx, la_enc_ll_d(T0, A6, 0));
	fx_emit(&fx, la_enc_add_d(T0, T0, A2));
	fx_emit(&fx, la_enc_sc_d(T0, A6, 0));
	fx_emit(&fx, la_enc_beqz(T0, -12));
	fx_emit(&fx, la_enc_amadd_db_w(0, A2, A5));
	fx_emit(&fx, la_enc_addi_d(T1, T1, -1));
	fx_emit(&fx, la_enc_bnez(T1, -24));
	fx_emit(&fx, la_enc_break(0));
	set_all(A2, 1);
	set_all(A3, FX_DATA);
	set_all(A4, FX_DATA + 2);
	set_all(A5, FX_DATA + 4);
	set_all(A6, FX_DATA + 8);
	set_all(T1, ROUNDS);
	run_all(NCPUS, pc);
	ck_assert_hex_eq(fx_get64(&fx, FX_DATA), 2 * ROUNDS % 256 | 2 * ROUNDS % 65536 << 16 |
			 (uint64_t)4 * ROUNDS << 32);
	ck_assert_hex_eq(fx_get64(&fx, FX_DATA + 8), 4 * ROUNDS);
}
END_TEST

/* amcas as a counter, too: each success is one step. */
START_TEST(cas_counter)
{
	set_all(A1, FX_DATA);
	set_all(T1, ROUNDS);
	fx_program(&fx,
		   la_enc_ld_d(T0, A1, 0),
		   la_enc_or(T2, T0, 0),
		   la_enc_addi_d(T3, T0, 1),
		   la_enc_amcas_db_d(T0, T3, A1),
		   la_enc_bne(T0, T2, -16),
		   la_enc_addi_d(T1, T1, -1),
		   la_enc_bnez(T1, -24));
	run_same(3);
	ck_assert_hex_eq(fx_get64(&fx, FX_DATA), 3 * ROUNDS);
}
END_TEST

/*
 * A lock around plain loads and stores.  Waiting for it costs a time slice when the owner
 * is off its CPU, hence the few rounds.
 */
START_TEST(spin_lock)
{
	const bool is_ll_sc = _i;
	const unsigned int rounds = 1000;

	set_all(A1, FX_DATA);			/* the lock */
	set_all(A2, 1);
	set_all(A3, FX_DATA + 64);		/* what it guards */
	set_all(T1, rounds);
	fx_at(&fx, FX_CODE);
	if (is_ll_sc) {
		fx_emit(&fx, la_enc_ll_w(T0, A1, 0));
		fx_emit(&fx, la_enc_bnez(T0, -4));
		fx_emit(&fx, la_enc_or(T0, A2, 0));
		fx_emit(&fx, la_enc_sc_w(T0, A1, 0));
		fx_emit(&fx, la_enc_beqz(T0, -16));
		fx_emit(&fx, la_enc_dbar(0x14));
	} else {
		fx_emit(&fx, la_enc_amswap_db_w(T0, A2, A1));
		fx_emit(&fx, la_enc_bnez(T0, -4));
	}
	for (unsigned int i = 0; i < 3; i++) {
		fx_emit(&fx, la_enc_ld_d(T2, A3, 8 * (int)i));
		fx_emit(&fx, la_enc_addi_d(T2, T2, 1 + (int)i));
		fx_emit(&fx, la_enc_st_d(T2, A3, 8 * (int)i));
	}
	fx_emit(&fx, la_enc_dbar(0x12));
	fx_emit(&fx, la_enc_st_w(0, A1, 0));
	fx_emit(&fx, la_enc_addi_d(T1, T1, -1));
	fx_emit(&fx, la_enc_bnez(T1, (int)(FX_CODE - fx.at)));
	fx_emit(&fx, la_enc_break(0));
	run_same(NCPUS);
	for (unsigned int i = 0; i < 3; i++)
		ck_assert_hex_eq(fx_get64(&fx, FX_DATA + 64 + 8 * i),
				 (uint64_t)NCPUS * rounds * (1 + i));
}
END_TEST

/* ------------------------------------------------------------------ litmus tests */

#define SLOTS 1024u
#define LITMUS_ROUNDS 60u
#define X FX_DATA			/* SLOTS cache lines each */
#define Y (FX_DATA + 0x20000)
#define RES (FX_DATA + 0x40000)		/* two doublewords a slot */

/* At @gpa: waits until both CPUs are here, then @body for each slot, then "break". */
static void write_litmus(uint64_t gpa, const uint32_t *body, unsigned int n)
{
	fx_at(&fx, gpa);
	fx_emit(&fx, la_enc_amadd_db_d(0, A2, A1));
	fx_emit(&fx, la_enc_ld_d(T0, A1, 0));
	fx_emit(&fx, la_enc_bne(T0, A3, -4));
	for (unsigned int i = 0; i < n; i++)
		fx_emit(&fx, body[i]);
	fx_emit(&fx, la_enc_addi_d(A4, A4, 64));
	fx_emit(&fx, la_enc_addi_d(A5, A5, 64));
	fx_emit(&fx, la_enc_addi_d(A6, A6, 16));
	fx_emit(&fx, la_enc_addi_d(T1, T1, -1));
	fx_emit(&fx, la_enc_bnez(T1, -4 * (int)(n + 4)));
	fx_emit(&fx, la_enc_break(0));
}

/* One round: A4 = X, A5 = Y, A6 = RES (+ 8 on CPU 1), A2 = 1. */
static void run_litmus(void)
{
	static const uint64_t pc[2] = { FX_CODE, FX_CODE + 0x1000 };

	memset(fx.ram + X, 0, 0x60000);
	fx_put64(&fx, FX_DATA - 64, 0);
	set_all(A1, FX_DATA - 64);
	set_all(A2, 1);
	set_all(A3, 2);
	set_all(A4, X);
	set_all(A5, Y);
	set_all(T1, SLOTS);
	for (unsigned int i = 0; i < 2; i++)
		la_set_gpr(la_machine_cpu(fx.m, i), A6, RES + 8 * i);
	run_all(2, pc);
}

/* Stores in order on one side, loads in order on the other: new flag, old data never. */
START_TEST(message_passing)
{
	const unsigned int hint = _i ? 0 : 0x1a;
	const uint32_t writer[] = {
		la_enc_st_d(A2, A4, 0), la_enc_dbar(hint), la_enc_st_d(A2, A5, 0),
	};
	const uint32_t reader[] = {
		la_enc_ld_d(T2, A5, 0), la_enc_dbar(_i ? 0 : 0x15), la_enc_ld_d(T3, A4, 0),
		la_enc_st_d(T2, A6, -8), la_enc_st_d(T3, A6, 0),
	};

	write_litmus(FX_CODE, writer, ARRAY_SIZE(writer));
	write_litmus(FX_CODE + 0x1000, reader, ARRAY_SIZE(reader));
	for (unsigned int round = 0; round < LITMUS_ROUNDS; round++) {
		run_litmus();
		for (unsigned int i = 0; i < SLOTS; i++) {
			uint64_t flag = fx_get64(&fx, RES + 16 * i);

			ck_assert_msg(!flag || fx_get64(&fx, RES + 16 * i + 8),
				      "flag without data in round %u, slot %u", round, i);
		}
	}
}
END_TEST

/* With a full barrier between its store and its load, one side must see the other's store. */
START_TEST(store_buffering)
{
	const uint32_t left[] = {
		la_enc_st_d(A2, A4, 0), la_enc_dbar(0), la_enc_ld_d(T2, A5, 0),
		la_enc_st_d(T2, A6, 0),
	};
	const uint32_t right[] = {
		la_enc_st_d(A2, A5, 0), la_enc_dbar(0), la_enc_ld_d(T2, A4, 0),
		la_enc_st_d(T2, A6, 0),
	};
	write_litmus(FX_CODE, left, ARRAY_SIZE(left));
	write_litmus(FX_CODE + 0x1000, right, ARRAY_SIZE(right));
	for (unsigned int round = 0; round < LITMUS_ROUNDS; round++) {
		run_litmus();
		for (unsigned int i = 0; i < SLOTS; i++) {
			uint64_t r0 = fx_get64(&fx, RES + 16 * i);
			uint64_t r1 = fx_get64(&fx, RES + 16 * i + 8);

			ck_assert_msg(r0 | r1, "both read 0 in round %u, slot %u", round, i);
		}
	}
}
END_TEST

/* The same with AM* in the place of store and barrier. */
START_TEST(store_buffering_by_am)
{
	const uint32_t left[] = {
		la_enc_amswap_db_d(T4, A2, A4), la_enc_ld_d(T2, A5, 0), la_enc_st_d(T2, A6, 0),
	};
	const uint32_t right[] = {
		la_enc_amswap_db_d(T4, A2, A5), la_enc_ld_d(T2, A4, 0), la_enc_st_d(T2, A6, 0),
	};

	write_litmus(FX_CODE, left, ARRAY_SIZE(left));
	write_litmus(FX_CODE + 0x1000, right, ARRAY_SIZE(right));
	for (unsigned int round = 0; round < LITMUS_ROUNDS; round++) {
		run_litmus();
		for (unsigned int i = 0; i < SLOTS; i++)
			ck_assert(fx_get64(&fx, RES + 16 * i) | fx_get64(&fx, RES + 16 * i + 8));
	}
}
END_TEST

/* ------------------------------------------------------------------ interrupts */

#define NPINGS 300u

/* Runs a CPU as a VMM does, until its A7 says that it has had all its interrupts. */
static void *run_vcpu(void *arg)
{
	struct la_cpu *cpu = arg;

	for (;;) {
		enum la_stop stop = la_run(cpu);

		if (la_get_gpr(cpu, A7) >= NPINGS)
			return NULL;
		if (stop == LA_STOP_IDLE)
			la_cpu_wait(cpu);
	}
}

/* CPU 0 and CPU 1 wake each other out of idle by turns. */
START_TEST(ipi_ping_pong)
{
	pthread_t threads[2];

	/* Handler: count, take the IPI back, send one to the other, return. */
	fx_at(&fx, FX_EENTRY);
	fx_emit(&fx, la_enc_addi_d(A7, A7, 1));
	fx_emit(&fx, la_enc_iocsrwr_w(A2, A3));
	fx_emit(&fx, la_enc_iocsrwr_w(A4, A5));
	fx_emit(&fx, la_enc_blt(A7, A6, 8));
	fx_emit(&fx, la_enc_csrwr(0, LA_CSR_ECFG));	/* enough */
	fx_emit(&fx, la_enc_ertn());
	fx_program(&fx, la_enc_idle(0), la_enc_b(-4));
	set_all(A3, 0x100c);
	set_all(A5, 0x1040);
	set_all(A6, NPINGS);
	for (unsigned int i = 0; i < 2; i++) {
		struct la_cpu *cpu = la_machine_cpu(fx.m, i);

		la_set_gpr(cpu, A4, 1 - i);
		la_set_csr(cpu, LA_CSR_ECFG, BIT64(LA_IRQ_IPI));
		la_set_csr(cpu, LA_CSR_CRMD, LA_CRMD_DA | LA_CRMD_IE);
		la_set_pc(cpu, FX_CODE);
	}
	la_cpu_set_irq(fx.cpu, LA_IRQ_IPI, true);
	for (unsigned int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, run_vcpu, la_machine_cpu(fx.m, i));
	for (unsigned int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	ck_assert_hex_eq(la_get_gpr(la_machine_cpu(fx.m, 0), A7), NPINGS);
	ck_assert_hex_eq(la_get_gpr(la_machine_cpu(fx.m, 1), A7), NPINGS);
}
END_TEST

static void *kick_all(void *arg)
{
	atomic_bool *stop = arg;

	while (!atomic_load(stop)) {
		for (unsigned int i = 0; i < NCPUS; i++)
			la_cpu_set_irq(la_machine_cpu(fx.m, i), 2 + i % 8, true);
		for (unsigned int i = 0; i < NCPUS; i++)
			la_cpu_set_irq(la_machine_cpu(fx.m, i), 2 + i % 8, false);
		la_ram_written(fx.m, FX_CODE, 0x1000);
		sched_yield();
	}
	return NULL;
}

/* Lines that nobody enabled and a device that rewrites the code page: no step is lost. */
START_TEST(counters_under_disturbance)
{
	atomic_bool stop = false;
	pthread_t thread;

	set_all(A1, FX_DATA);
	set_all(T1, ROUNDS);
	fx_program(&fx,
		   la_enc_ll_d(T0, A1, 0),
		   la_enc_addi_d(T0, T0, 1),
		   la_enc_sc_d(T0, A1, 0),
		   la_enc_beqz(T0, -12),
		   la_enc_addi_d(T1, T1, -1),
		   la_enc_bnez(T1, -20));
	pthread_create(&thread, NULL, kick_all, &stop);
	run_same(3);
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	ck_assert_hex_eq(fx_get64(&fx, FX_DATA), 3 * ROUNDS);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("soft smp");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, ll_sc_counters, 0, 6);
	tcase_add_test(tc, am_counters);
	tcase_add_test(tc, cas_counter);
	tcase_add_loop_test(tc, spin_lock, 0, 2);
	tcase_add_loop_test(tc, message_passing, 0, 2);
	tcase_add_test(tc, store_buffering);
	tcase_add_test(tc, store_buffering_by_am);
	tcase_add_test(tc, ipi_ping_pong);
	tcase_add_test(tc, counters_under_disturbance);
	suite_add_tcase(s, tc);
	return fx_main(s);
}
