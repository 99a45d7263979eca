/* SPDX-License-Identifier: Apache-2.0 */
/*
 * litmus_count.c - nothing is lost when 2 to 4 CPUs change one word: every way to
 * increment it, alone and mixed, with and without interrupts in between; locks around
 * plain accesses; a stack.  Vol. 1, 2.2.7.
 */
#include "../unit/soft_fixture.h"
#include "litmus_opts.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

#include "soft/machine.h"

#define WORD FX_DATA			/* what is counted in; the lock's data */
#define LOCK (FX_DATA + 0x1000)		/* two words, a line apart */
#define START (FX_DATA + 0x2000)
#define NODES (FX_DATA + 0x4000)
#define NODE_BYTES 64u
#define PCS(cpu) (FX_CODE + 0x1000 * (uint64_t)(cpu))
#define MAX_BODY 32u
#define NEIGHBOUR UINT64_C(0xa5a5a5a5a5a5a5a5)

enum { ROUNDS = 23, NIRQ = 31 };	/* s0, s8 */

static struct litmus_opts opts;
static struct fx fx;

static void setup(void)
{
	fx_open(&fx, &fx_max, FX_MAX_CPUS);
}

static void teardown(void)
{
	fx_close(&fx);
}

/* ------------------------------------------------------------------ running */

/*
 * Takes the IPI back and counts it.  A pair of LL and SC that is interrupted here must
 * fail: ertn closes it.
 */
static void write_handler(void)
{
	fx_at(&fx, FX_EENTRY + ((64 + LA_IRQ_IPI) << 6));
	fx_emit(&fx, la_enc_csrwr(T7, LA_CSR_SAVE0));
	fx_emit(&fx, la_enc_addi_d(NIRQ, NIRQ, 1));
	fx_emit(&fx, la_enc_lu12i_w(T7, 1));
	fx_emit(&fx, la_enc_ori(T7, T7, 0xc));
	fx_emit(&fx, la_enc_iocsrwr_w(T7, T7));
	fx_emit(&fx, la_enc_csrwr(T7, LA_CSR_SAVE0));
	fx_emit(&fx, la_enc_ertn());
}

/* At PCS(@cpu): waits for @ncpus CPUs, then ROUNDS times @body (up to the first 0). */
static void write_program(unsigned int cpu, unsigned int ncpus, const uint32_t *body)
{
	uint64_t loop;

	fx_at(&fx, PCS(cpu));
	fx_emit(&fx, la_enc_amadd_db_d(0, A5, A4));
	fx_emit(&fx, la_enc_addi_d(T1, 0, (int)ncpus));
	fx_emit(&fx, la_enc_ld_d(T0, A4, 0));
	fx_emit(&fx, la_enc_bne(T0, T1, -4));
	loop = fx.at;
	for (unsigned int i = 0; i < MAX_BODY && body[i]; i++)
		fx_emit(&fx, body[i]);
	fx_emit(&fx, la_enc_addi_d(ROUNDS, ROUNDS, -1));
	fx_emit(&fx, la_enc_bnez(ROUNDS, (int)(loop - fx.at)));
	/* Interrupts that come now would end the idle behind break. */
	fx_emit(&fx, la_enc_csrwr(0, LA_CSR_ECFG));
	fx_emit(&fx, la_enc_break(0));
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

static void *disturb(void *arg)
{
	atomic_bool *is_over = arg;

	while (!atomic_load(is_over)) {
		for (unsigned int i = 0; i < FX_MAX_CPUS; i++)
			la_cpu_set_irq(la_machine_cpu(fx.m, i), LA_IRQ_IPI, true);
		sched_yield();
	}
	return NULL;
}

/* Runs the programs; how many interrupts were taken. */
static uint64_t run_programs(unsigned int ncpus, uint64_t rounds, bool has_irqs)
{
	struct job jobs[FX_MAX_CPUS];
	pthread_t threads[FX_MAX_CPUS], disturber;
	atomic_bool is_over = false;
	uint64_t nirqs = 0;

	fx_put64(&fx, START, 0);
	for (unsigned int i = 0; i < ncpus; i++) {
		struct la_cpu *cpu = la_machine_cpu(fx.m, i);
		const uint64_t regs[][2] = {
			{ A0, WORD }, { A1, LOCK }, { A2, LOCK + 64 }, { A3, NODES }, { A4, START },
			{ A5, 1 }, { ROUNDS, rounds }, { NIRQ, 0 },
		};

		for (unsigned int k = 0; k < ARRAY_SIZE(regs); k++)
			la_set_gpr(cpu, (unsigned int)regs[k][0], regs[k][1]);
		la_cpu_set_irq(cpu, LA_IRQ_IPI, false);
		la_set_csr(cpu, LA_CSR_ECFG, 4u << LA_ECFG_VS_SHIFT | BIT64(LA_IRQ_IPI));
		la_set_csr(cpu, LA_CSR_CRMD, LA_CRMD_DA | (has_irqs ? LA_CRMD_IE : 0));
		jobs[i] = (struct job){ cpu, PCS(i), 0 };
		ck_assert_int_eq(pthread_create(&threads[i], NULL, run_job, &jobs[i]), 0);
	}
	if (has_irqs)
		ck_assert_int_eq(pthread_create(&disturber, NULL, disturb, &is_over), 0);
	for (unsigned int i = 0; i < ncpus; i++) {
		pthread_join(threads[i], NULL);
		ck_assert_int_eq(jobs[i].got, FX_DONE);
		nirqs += la_get_gpr(jobs[i].cpu, NIRQ);
	}
	atomic_store(&is_over, true);
	if (has_irqs)
		pthread_join(disturber, NULL);
	return nirqs;
}

/* ------------------------------------------------------------------ increments */

struct method {
	const char *name;
	unsigned int size;
	uint32_t body[MAX_BODY];	/* adds 1 to the word at A0 */
};

#define LL_SC(ll, sc) ll(T0, A0, 0), la_enc_addi_d(T0, T0, 1), sc(T0, A0, 0), la_enc_beqz(T0, -12)
#define LLACQ(ll, sc) ll(T0, A0), la_enc_addi_d(T0, T0, 1), sc(T0, A0), la_enc_beqz(T0, -12)
#define CAS(ld, cas) ld(T0, A0, 0), la_enc_or(T2, T0, 0), la_enc_addi_d(T3, T0, 1), \
		cas(T2, T3, A0), la_enc_bne(T2, T0, -16)

static unsigned int get_methods(struct method *out)
{
	const struct method methods[] = {
		{ "amadd.b", 1, { la_enc_amadd_b(T0, A5, A0) } },
		{ "amadd_db.b", 1, { la_enc_amadd_db_b(0, A5, A0) } },
		{ "amcas.b", 1, { CAS(la_enc_ld_b, la_enc_amcas_b) } },
		{ "amcas_db.b", 1, { CAS(la_enc_ld_b, la_enc_amcas_db_b) } },
		{ "amadd.h", 2, { la_enc_amadd_h(T0, A5, A0) } },
		{ "amadd_db.h", 2, { la_enc_amadd_db_h(0, A5, A0) } },
		{ "amcas.h", 2, { CAS(la_enc_ld_h, la_enc_amcas_h) } },
		{ "amcas_db.h", 2, { CAS(la_enc_ld_h, la_enc_amcas_db_h) } },
		{ "ll/sc.w", 4, { LL_SC(la_enc_ll_w, la_enc_sc_w) } },
		{ "llacq/screl.w", 4, { LLACQ(la_enc_llacq_w, la_enc_screl_w) } },
		{ "amadd.w", 4, { la_enc_amadd_w(T0, A5, A0) } },
		{ "amadd_db.w", 4, { la_enc_amadd_db_w(0, A5, A0) } },
		{ "amcas.w", 4, { CAS(la_enc_ld_w, la_enc_amcas_w) } },
		{ "amcas_db.w", 4, { CAS(la_enc_ld_w, la_enc_amcas_db_w) } },
		{ "ll/sc.d", 8, { LL_SC(la_enc_ll_d, la_enc_sc_d) } },
		{ "llacq/screl.d", 8, { LLACQ(la_enc_llacq_d, la_enc_screl_d) } },
		{ "amadd.d", 8, { la_enc_amadd_d(T0, A5, A0) } },
		{ "amadd_db.d", 8, { la_enc_amadd_db_d(0, A5, A0) } },
		{ "amcas.d", 8, { CAS(la_enc_ld_d, la_enc_amcas_d) } },
		{ "amcas_db.d", 8, { CAS(la_enc_ld_d, la_enc_amcas_db_d) } },
		/* SC.Q last.  16 bytes, of which one half counts; LL on this half, on the other. */
		{ "sc.q by ll low", 8, { la_enc_ll_d(T0, A0, 0), la_enc_dbar(0x14),
					 la_enc_ld_d(T2, A0, 8), la_enc_addi_d(T0, T0, 1),
					 la_enc_sc_q(T0, T2, A0), la_enc_beqz(T0, -20) } },
		{ "sc.q by ll high", 8, { la_enc_ll_d(T2, A0, 8), la_enc_dbar(0x14),
					  la_enc_ld_d(T0, A0, 0), la_enc_addi_d(T0, T0, 1),
					  la_enc_sc_q(T0, T2, A0), la_enc_beqz(T0, -20) } },
	};

	memcpy(out, methods, sizeof(methods));
	return ARRAY_SIZE(methods) - (fx_has_scq() ? 0 : 2);
}

#define MAX_METHODS 32u

static void count(const struct method *const *by, unsigned int ncpus, uint64_t rounds,
		  bool has_irqs)
{
	const uint64_t mask = mask64(8 * by[0]->size);
	uint64_t nirqs;

	fx_put64(&fx, WORD, NEIGHBOUR & ~mask);
	fx_put64(&fx, WORD + 8, NEIGHBOUR);
	for (unsigned int i = 0; i < ncpus; i++)
		write_program(i, ncpus, by[i]->body);
	nirqs = run_programs(ncpus, rounds, has_irqs);
	for (unsigned int i = 0; i < ncpus; i++)
		printf("%s%s", i ? " | " : "count ", by[i]->name);
	printf(": %u x %" PRIu64 ", %" PRIu64 " interrupts\n", ncpus, rounds, nirqs);
	ck_assert_hex_eq(fx_get64(&fx, WORD), (NEIGHBOUR & ~mask) | (ncpus * rounds & mask));
	ck_assert_hex_eq(fx_get64(&fx, WORD + 8), NEIGHBOUR);
}

/* _i: with interrupts or without. */
START_TEST(counters)
{
	struct method all[MAX_METHODS];
	const struct method *by[FX_MAX_CPUS];
	const unsigned int n = get_methods(all);
	const uint64_t rounds = opts.is_long ? 200000 : 4000;
	uint64_t seed = opts.seed + (unsigned int)_i;

	if (_i)
		write_handler();
	for (unsigned int k = 0; k < n; k++) {
		for (unsigned int i = 0; i < FX_MAX_CPUS; i++)
			by[i] = &all[k];
		count(by, 2 + k % 3, rounds, _i);
	}
	/* Each CPU by another method of the same size. */
	for (unsigned int k = 0; k < (opts.is_long ? 200 : 20); k++) {
		for (unsigned int i = 0; i < FX_MAX_CPUS; i++) {
			do {
				by[i] = &all[fx_random(&seed) % n];
			} while (i && by[i]->size != by[0]->size);
		}
		count(by, FX_MAX_CPUS, rounds / 2, _i);
	}
}
END_TEST

/* ------------------------------------------------------------------ locks */

/* Three words are changed by plain accesses. */
#define CRITICAL la_enc_ld_d(T2, A0, 0), la_enc_addi_d(T2, T2, 1), la_enc_st_d(T2, A0, 0), \
		la_enc_ld_w(T2, A0, 64), la_enc_addi_d(T2, T2, 2), la_enc_st_w(T2, A0, 64), \
		la_enc_ld_d(T2, A0, 128), la_enc_addi_d(T2, T2, 3), la_enc_st_d(T2, A0, 128)

static unsigned int get_locks(struct method *out)
{
	const struct method locks[] = {
		{ "ll/sc + dbar", 0, {
			la_enc_ll_w(T0, A1, 0), la_enc_bnez(T0, -4), la_enc_ori(T0, 0, 1),
			la_enc_sc_w(T0, A1, 0), la_enc_beqz(T0, -16), la_enc_dbar(0x14),
			CRITICAL, la_enc_dbar(0x12), la_enc_st_w(0, A1, 0) } },
		{ "llacq/sc, screl", 0, {
			la_enc_llacq_d(T0, A1), la_enc_bnez(T0, -4), la_enc_ori(T0, 0, 1),
			la_enc_sc_d(T0, A1, 0), la_enc_beqz(T0, -16),
			CRITICAL, la_enc_llacq_d(T0, A1), la_enc_or(T0, 0, 0),
			la_enc_screl_d(T0, A1), la_enc_beqz(T0, -12) } },
		{ "amswap_db", 0, {
			la_enc_amswap_db_w(T0, A5, A1), la_enc_bnez(T0, -4),
			CRITICAL, la_enc_amswap_db_w(0, 0, A1) } },
		{ "amcas_db.b", 0, {
			la_enc_or(T0, 0, 0), la_enc_amcas_db_b(T0, A5, A1), la_enc_bnez(T0, -8),
			CRITICAL, la_enc_dbar(0), la_enc_st_b(0, A1, 0) } },
		/* The one who draws a ticket waits until it is served. */
		{ "ticket", 0, {
			la_enc_amadd_db_w(T0, A5, A1), la_enc_ld_w(T2, A2, 0),
			la_enc_bne(T2, T0, -4), la_enc_dbar(0x14), CRITICAL,
			la_enc_addi_w(T0, T0, 1), la_enc_dbar(0x12), la_enc_st_w(T0, A2, 0) } },
	};

	memcpy(out, locks, sizeof(locks));
	return ARRAY_SIZE(locks);
}

/* Waiting for an owner that is off its host CPU costs a time slice, hence the few rounds. */
START_TEST(lock_is_exclusive)
{
	struct method locks[MAX_METHODS];
	const struct method *l = &locks[_i / 2];
	const unsigned int ncpus = 2 + 2 * (_i & 1);
	const uint64_t rounds = opts.is_long ? 4000 : 200;

	ck_assert_uint_lt((unsigned int)_i / 2, get_locks(locks));
	memset(fx.ram + WORD, 0, 0x2000);
	for (unsigned int i = 0; i < ncpus; i++)
		write_program(i, ncpus, l->body);
	run_programs(ncpus, rounds, false);
	printf("lock %s: %u x %" PRIu64 "\n", l->name, ncpus, rounds);
	for (unsigned int i = 0; i < 3; i++)
		ck_assert_hex_eq(fx_get64(&fx, WORD + 64 * i), ncpus * rounds * (i + 1));
}
END_TEST

/* ------------------------------------------------------------------ a stack */

/* The tag in the upper half of the head makes each of its values unique. */
#define NEW_HEAD(node) la_enc_srli_d(T5, T0, 32), la_enc_addi_d(T5, T5, 1), \
		la_enc_slli_d(T5, T5, 32), la_enc_or(T5, T5, node)

/* Takes a node, counts in it by plain accesses, puts it back. */
START_TEST(stack)
{
	const unsigned int ncpus = (unsigned int)_i;
	const uint64_t rounds = opts.is_long ? 300000 : 10000;
	const uint32_t body[MAX_BODY] = {
		la_enc_ld_d(T0, A0, 0), la_enc_bstrpick_d(T2, T0, 31, 0), la_enc_add_d(T3, A3, T2),
		la_enc_ld_wu(T4, T3, 8), NEW_HEAD(T4), la_enc_or(T6, T0, 0),
		la_enc_amcas_db_d(T6, T5, A0), la_enc_bne(T6, T0, -40),
		la_enc_ld_d(T4, T3, 0), la_enc_addi_d(T4, T4, 1), la_enc_st_d(T4, T3, 0),
		la_enc_ld_d(T0, A0, 0), la_enc_st_w(T0, T3, 8), NEW_HEAD(T2), la_enc_or(T6, T0, 0),
		la_enc_amcas_db_d(T6, T5, A0), la_enc_bne(T6, T0, -32),
	};
	uint64_t sum = 0, node, nodes_seen = 0;

	/* One node more than CPUs, so that it is never empty. */
	memset(fx.ram + NODES, 0, 0x1000);
	for (unsigned int i = 0; i <= ncpus; i++)
		fx_put64(&fx, NODES + NODE_BYTES * i + 8, NODE_BYTES * (i + 1));
	fx_put64(&fx, WORD, 0);
	for (unsigned int i = 0; i < ncpus; i++)
		write_program(i, ncpus, body);
	run_programs(ncpus, rounds, false);
	node = fx_get64(&fx, WORD) & UINT32_MAX;
	for (unsigned int i = 0; i <= ncpus; i++) {
		ck_assert_uint_lt(node, NODE_BYTES * (ncpus + 1));
		ck_assert_uint_eq(node % NODE_BYTES, 0);
		ck_assert(!(nodes_seen & BIT64(node / NODE_BYTES)));
		nodes_seen |= BIT64(node / NODE_BYTES);
		sum += fx_get64(&fx, NODES + node);
		node = fx_get64(&fx, NODES + node + 8) & UINT32_MAX;
	}
	printf("stack: %u x %" PRIu64 "\n", ncpus, rounds);
	ck_assert_uint_eq(node, NODE_BYTES * (ncpus + 1));
	ck_assert_uint_eq(sum, ncpus * rounds);
	ck_assert_uint_eq(fx_get64(&fx, WORD) >> 32, 2 * ncpus * rounds);
}
END_TEST

/* ------------------------------------------------------------------ the other AM* */

/*
 * CPUs toggle, set and clear the bits of one byte each of a doubleword, and raise and
 * lower a common limit.
 */
START_TEST(bits_and_limits)
{
	const unsigned int ncpus = FX_MAX_CPUS;
	const uint64_t rounds = opts.is_long ? 200000 : 8000;

	memset(fx.ram + WORD, 0, 0x1000);
	fx_put64(&fx, WORD + 128, INT64_MAX);
	for (unsigned int i = 0; i < ncpus; i++) {
		const uint32_t body[MAX_BODY] = {
			la_enc_ori(T0, 0, 0x5a), la_enc_slli_d(T0, T0, 8 * i),
			la_enc_amxor_d(T2, T0, A0), la_enc_ori(T3, 0, 0xff),
			la_enc_slli_d(T3, T3, 8 * i), la_enc_and(T4, T2, T3),
			/* This CPU's byte is as it left it, whatever the others do. */
			la_enc_beqz(T4, 8), la_enc_break(1),
			la_enc_amor_db_d(0, T3, A0), la_enc_nor(T3, T3, 0),
			la_enc_amand_d(0, T3, A0),
			la_enc_addi_d(T5, A0, 64), la_enc_slli_d(T6, ROUNDS, 2),
			la_enc_addi_d(T6, T6, (int)i), la_enc_ammax_db_d(0, T6, T5),
			la_enc_addi_d(T5, A0, 128), la_enc_ammin_d(0, T6, T5),
			la_enc_addi_d(T5, A0, 192), la_enc_sub_d(T6, 0, T6),
			la_enc_ammin_db_w(0, T6, T5), la_enc_addi_d(T5, T5, 64),
			la_enc_ammax_wu(0, T6, T5),
		};

		write_program(i, ncpus, body);
	}
	run_programs(ncpus, rounds, false);
	printf("bits and limits: %u x %" PRIu64 "\n", ncpus, rounds);
	ck_assert_hex_eq(fx_get64(&fx, WORD), 0);
	ck_assert_uint_eq(fx_get64(&fx, WORD + 64), 4 * rounds + 3);
	ck_assert_uint_eq(fx_get64(&fx, WORD + 128), 4);
	ck_assert_hex_eq(fx_get64(&fx, WORD + 192), (uint32_t)-(4 * rounds + 3));
	ck_assert_hex_eq(fx_get64(&fx, WORD + 256), (uint32_t)-4);
	for (unsigned int i = 0; i < ncpus; i++)
		ck_assert_uint_eq(la_get_gpr(la_machine_cpu(fx.m, i), ROUNDS), 0);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *s = suite_create("litmus counters");
	TCase *tc = tcase_create("all");
	struct method locks[MAX_METHODS];
	int ret = litmus_parse(&opts, argc, argv);

	if (ret)
		return ret;
	tcase_add_unchecked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 600);
	if (litmus_wanted(&opts, "counters"))
		tcase_add_loop_test(tc, counters, 0, 2);
	if (litmus_wanted(&opts, "locks"))
		tcase_add_loop_test(tc, lock_is_exclusive, 0, 2 * (int)get_locks(locks));
	if (litmus_wanted(&opts, "stack"))
		tcase_add_loop_test(tc, stack, 2, FX_MAX_CPUS + 1);
	if (litmus_wanted(&opts, "limits"))
		tcase_add_test(tc, bits_and_limits);
	suite_add_tcase(s, tc);
	return fx_main(s);
}
