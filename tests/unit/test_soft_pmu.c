/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_soft_pmu.c - performance counters (vol. 1, 7.8): what is counted at which level, the
 * overflow interrupt, who may read, and that a CPU without them has none.
 */
#include "soft/interp.h"
#include "soft/machine.h"
#include "soft/pmu.h"
#include "soft_fixture.h"

#define CYCLES 0u
#define INSNS 1u
#define BRANCHES 2u
#define ALL_PLV (LA_PMCFG_PLV0 | LA_PMCFG_PLV1 | LA_PMCFG_PLV2 | LA_PMCFG_PLV3)
#define TOP BIT64(63)
#define PMI BIT64(LA_IRQ_PMI)

static struct fx fx;

static const struct la_features with_pmu = {
	.has_lsx = true, .has_lasx = true, .has_ptw = true, .has_v11 = true, .has_pmu = true,
};

static void setup(void)
{
	fx_open(&fx, &with_pmu, 1);
}

static void teardown(void)
{
	fx_close(&fx);
}

static void start(unsigned int i, uint64_t cfg, uint64_t count)
{
	fx_set_csr(&fx, LA_CSR_PMCFG0 + 2 * i, 0);
	fx_set_csr(&fx, LA_CSR_PMCNT0 + 2 * i, count);
	fx_set_csr(&fx, LA_CSR_PMCFG0 + 2 * i, cfg);
}

static uint64_t count(unsigned int i)
{
	return fx_csr(&fx, LA_CSR_PMCNT0 + 2 * i);
}

START_TEST(identification)
{
	ck_assert_hex_eq(la_cpucfg(fx.cpu, 6), 0x7f33);
	for (unsigned int num = 0x200; num < 0x240; num++) {
		uint64_t want = num >= 0x208 ? 0 : num & 1 ? UINT64_MAX : 0x1f03ff;

		fx_set_csr(&fx, num, UINT64_MAX);
		if (num == 0x200)	/* cycles have not begun to run */
			fx_set_csr(&fx, num, UINT64_MAX);
		ck_assert_hex_eq(fx_csr(&fx, num), want);
		fx_set_csr(&fx, num, 0);
		ck_assert_hex_eq(fx_csr(&fx, num), 0);
	}
	fx_close(&fx);
	fx_open(&fx, &fx_max, 1);
	ck_assert_hex_eq(la_cpucfg(fx.cpu, 6), 0);
	for (unsigned int num = 0x200; num < 0x240; num++) {
		fx_set_csr(&fx, num, UINT64_MAX);
		ck_assert_hex_eq(fx_csr(&fx, num), 0);
	}
	ck_assert(!fx.cpu->pmu.is_active && fx.cpu->ops == &la_ops64.tab);
}
END_TEST

/* 3 + 10 * 5 + 2 instructions with 10 + 1 branches; pairs and near branches among them. */
static void emit_work(void)
{
	fx_program(&fx, la_enc_addi_d(A0, 0, 10), la_enc_addi_d(A1, 0, 0),
		   la_enc_pcalau12i(A2, 0),
		   /* loop: */
		   la_enc_ld_d(A3, A2, 0), la_enc_ld_d(A4, A2, 8), la_enc_add_d(A1, A1, A3),
		   la_enc_addi_d(A0, A0, -1), la_enc_bnez(A0, -16),
		   la_enc_b(8), la_enc_break(1), la_enc_addi_d(A5, 0, 1));
}

#define WORK_INSNS 55u
#define WORK_BRANCHES 11u

/* At level _i % 4, paging on; 32-bit address mode for those above 3. */
START_TEST(counts_exactly)
{
	unsigned int plv = (unsigned int)_i % 4;

	emit_work();
	if (_i >= 4) {
		fx_set_csr(&fx, LA_CSR_MISC,
			   LA_MISC_VA32L1 | LA_MISC_VA32L2 | LA_MISC_VA32L3);
		fx_set_csr(&fx, LA_CSR_DMW1, 0xf);
	}
	for (unsigned int round = 0; round < 3; round++) {
		start(0, INSNS | ALL_PLV, 100);
		start(1, BRANCHES | (LA_PMCFG_PLV0 << plv), 0);
		start(2, INSNS | (ALL_PLV & ~(LA_PMCFG_PLV0 << plv)), 0);
		start(3, 0x3ff | ALL_PLV, 77);
		fx_mode(&fx, true, plv);
		ck_assert_int_eq(fx_go_cpu(fx.cpu, _i >= 4 ? FX_CODE : FX_USEG | FX_CODE),
				 FX_DONE);
		/* The handler's "idle" is one at PLV0; break is none, as it raises. */
		ck_assert_uint_eq(count(0), 100 + WORK_INSNS + 1);
		ck_assert_uint_eq(count(1), WORK_BRANCHES);
		ck_assert_uint_eq(count(2), plv ? 1 : 0);
		ck_assert_uint_eq(count(3), 77);
	}
	/* Switched off: pairs are executed as such again, and nothing moves. */
	for (unsigned int i = 0; i < 4; i++)
		fx_set_csr(&fx, LA_CSR_PMCFG0 + 2 * i, 0);
	fx_set_csr(&fx, LA_CSR_MISC, 0);
	fx_mode(&fx, true, 0);
	ck_assert(fx.cpu->ops == &la_ops64.tab);
	ck_assert_int_eq(fx_go_cpu(fx.cpu, _i >= 4 ? FX_CODE : FX_USEG | FX_CODE), FX_DONE);
	ck_assert_uint_eq(count(0), 100 + WORK_INSNS + 1);
}
END_TEST

/* An instruction that faults and is executed again counts once. */
START_TEST(faults_do_not_count)
{
	fx_program(&fx, la_enc_addi_d(A0, 0, 1), la_enc_ld_d(A1, A2, 0));
	fx_set(&fx, A2, 0x4000);
	start(0, INSNS | LA_PMCFG_PLV3, 0);
	start(1, BRANCHES | LA_PMCFG_PLV3, 0);
	fx_mode(&fx, true, 3);
	ck_assert_int_eq(fx_go(&fx), LA_EXC_TLBR);
	ck_assert_uint_eq(count(0), 1);
	fx_set(&fx, A2, 0x4000000000000000);
	fx_set_csr(&fx, LA_CSR_TLBRERA, 0);
	fx_mode(&fx, true, 3);
	ck_assert_int_eq(fx_go(&fx), LA_EXC_ADEM);
	ck_assert_uint_eq(count(0), 2);
	/* A branch of the FP unit, which is off. */
	fx_set_csr(&fx, LA_CSR_EUEN, 0);
	fx_mode(&fx, true, 3);
	ck_assert_int_eq(fx_exec(&fx, la_enc_bceqz(0, 8)), LA_EXC_FPD);
	ck_assert_uint_eq(count(0), 2);
	ck_assert_uint_eq(count(1), 0);
}
END_TEST

/* The guest switches its counters itself; the csrwr that does is counted at the end. */
START_TEST(programs_count_themselves)
{
	fx_set(&fx, A0, INSNS | LA_PMCFG_PLV0);
	fx_set(&fx, A1, 0);
	fx_program(&fx, la_enc_csrwr(A0, LA_CSR_PMCFG0), la_enc_addi_d(T0, 0, 1),
		   la_enc_addi_d(T1, 0, 1), la_enc_csrrd(A2, LA_CSR_PMCNT0),
		   la_enc_addi_d(T0, 0, 1), la_enc_csrwr(A1, LA_CSR_PMCFG0),
		   la_enc_addi_d(T0, 0, 1), la_enc_csrrd(A3, LA_CSR_PMCNT0));
	fx_mode(&fx, true, 0);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_uint_eq(fx_reg(&fx, A2), 3);
	ck_assert_uint_eq(fx_reg(&fx, A3), 5);
}
END_TEST

/* With a handler that masks the interrupt, as idle would not sleep. */
static void emit_endless(void)
{
	fx_at(&fx, FX_EENTRY + (64 + LA_IRQ_PMI) * 8);
	fx_emit(&fx, la_enc_csrwr(A7, LA_CSR_ECFG));
	fx_emit(&fx, la_enc_idle(0));
	fx_program(&fx, la_enc_addi_d(A0, A0, 1), la_enc_addi_d(A1, A1, 1), la_enc_b(-8));
}

/* The interrupt of counter _i comes within a few instructions, and goes with bit 63. */
START_TEST(overflow_interrupts)
{
	uint64_t got;

	emit_endless();
	for (unsigned int event = INSNS; event <= BRANCHES; event++) {
		fx_set_csr(&fx, LA_CSR_ECFG, PMI | 1 << LA_ECFG_VS_SHIFT);
		fx_set(&fx, A0, 0);
		fx_set(&fx, A7, 0);
		start((unsigned int)_i, event | ALL_PLV | LA_PMCFG_PMIEN, TOP - 3000);
		fx_set_csr(&fx, LA_CSR_CRMD, LA_CRMD_PG | LA_CRMD_IE | 3);
		la_set_pc(fx.cpu, FX_USEG | FX_CODE);
		ck_assert_int_eq(la_run(fx.cpu), LA_STOP_IDLE);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ESTAT) & 0x1fff, PMI);
		got = count((unsigned int)_i);
		ck_assert(got >= TOP && got < TOP + 8);
		ck_assert(fx_reg(&fx, A0) >= (event == INSNS ? 1000 : 3000));
		ck_assert(fx_reg(&fx, A0) <= (event == INSNS ? 1002 : 3002));
		/* Vector 64 + 10. */
		ck_assert_hex_eq(la_get_pc(fx.cpu) & 0xffff, (64 + LA_IRQ_PMI) * 8 + 8);
		/* Without PMIEN or bit 63 there is none. */
		fx_set_csr(&fx, LA_CSR_PMCFG0 + 2 * (unsigned int)_i, event | ALL_PLV);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ESTAT) & PMI, 0);
		fx_set_csr(&fx, LA_CSR_PMCFG0 + 2 * (unsigned int)_i, LA_PMCFG_PMIEN);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ESTAT) & PMI, PMI);
		fx_set_csr(&fx, LA_CSR_PMCNT0 + 2 * (unsigned int)_i, 0);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ESTAT) & PMI, 0);
	}
}
END_TEST

/* Cycles are the thread's time; they overflow by the deadline that the bus is asked for. */
START_TEST(cycles)
{
	uint64_t before, after;

	emit_work();
	start(0, CYCLES | LA_PMCFG_PLV3, 0);
	fx_mode(&fx, true, 3);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	before = count(0);
	ck_assert(before > 0 && before < 1000000000);
	/* Now at PLV0, where it does not run. */
	for (volatile unsigned int i = 0; i < 1000000; i++)
		;
	ck_assert_uint_eq(count(0), before);
	ck_assert_uint_eq(fx.cpu->pmu.counts_insns, 0);
	ck_assert(fx.deadline_ns == 0);
	/* One with an interrupt, at the level of now. */
	before = la_now_ns();
	start(1, CYCLES | LA_PMCFG_PLV0 | LA_PMCFG_PMIEN, TOP - 5000000);
	after = la_now_ns();
	ck_assert(fx.deadline_ns >= before + 5000000 && fx.deadline_ns <= after + 5000000);
	while (!(fx_csr(&fx, LA_CSR_ESTAT) & PMI))
		(void)count(1);
	ck_assert(count(1) >= TOP);
}
END_TEST

/* Both deadlines share one request to the bus: the earlier one counts. */
START_TEST(deadlines_are_shared)
{
	uint64_t pmu, timer;

	start(0, CYCLES | LA_PMCFG_PLV0 | LA_PMCFG_PMIEN, TOP - 10000000000);
	pmu = fx.deadline_ns;
	fx_set_csr(&fx, LA_CSR_TCFG, (100000 & ~3u) | LA_TCFG_EN);	/* 1 ms */
	timer = fx.deadline_ns;
	ck_assert(timer && timer < pmu);
	fx_set_csr(&fx, LA_CSR_TCFG, 0);
	ck_assert(fx.deadline_ns == pmu);
	/* A call before either is due asks again. */
	la_cpu_timer_expired(fx.cpu);
	fx.deadline_ns = 0;
	fx_program(&fx, la_enc_addi_d(A0, 0, 1));
	fx_mode(&fx, true, 0);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert(fx.deadline_ns > pmu - 1000000 && fx.deadline_ns < pmu + 1000000);
}
END_TEST

/* MISC.RPCNTL1 to 3 let programs read counters, and nothing else. */
START_TEST(reading_by_programs)
{
	static const unsigned int nums[] = { LA_CSR_PMCNT0, LA_CSR_PMCNT3, LA_CSR_PMCFG0, 0x209,
					     LA_CSR_SAVE0 };

	fx_set_csr(&fx, LA_CSR_PMCNT0, 0x1234);
	fx_set_csr(&fx, LA_CSR_PMCNT3, 0x1234);
	for (uint64_t set = 0; set < 8; set++) {
		fx_set_csr(&fx, LA_CSR_MISC, set << LA_MISC_RPCNTL1_SHIFT);
		for (unsigned int i = 0; i < ARRAY_SIZE(nums) * 3; i++) {
			unsigned int num = nums[i / 3], plv = i % 3 + 1;
			bool is_open = i < 6 && (set >> (plv - 1) & 1);

			fx_set(&fx, A0, 0);
			fx_mode(&fx, true, plv);
			ck_assert_int_eq(fx_exec(&fx, la_enc_csrrd(A0, num)),
					 is_open ? FX_DONE : LA_EXC_IPE);
			ck_assert_hex_eq(fx_reg(&fx, A0), is_open ? 0x1234 : 0);
			fx_mode(&fx, true, plv);
			ck_assert_int_eq(fx_exec(&fx, la_enc_csrwr(A0, num)), LA_EXC_IPE);
		}
	}
	fx_close(&fx);
	fx_open(&fx, &fx_max, 1);
	fx_set_csr(&fx, LA_CSR_MISC, 7 << LA_MISC_RPCNTL1_SHIFT);
	fx_mode(&fx, true, 3);
	ck_assert_int_eq(fx_exec(&fx, la_enc_csrrd(A0, LA_CSR_PMCNT0)), LA_EXC_IPE);
}
END_TEST

START_TEST(reset_stops)
{
	start(0, INSNS | ALL_PLV | LA_PMCFG_PMIEN, TOP);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ESTAT) & PMI, PMI);
	la_cpu_reset(fx.cpu, FX_CODE);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ESTAT), 0);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_PMCFG0) | count(0), 0);
	ck_assert(fx.cpu->ops == &la_ops64.tab);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("performance counters");
	TCase *tc = tcase_create("pmu");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, identification);
	tcase_add_loop_test(tc, counts_exactly, 0, 8);
	tcase_add_test(tc, faults_do_not_count);
	tcase_add_test(tc, programs_count_themselves);
	tcase_add_loop_test(tc, overflow_interrupts, 0, LA_PMU_COUNTERS);
	tcase_add_test(tc, cycles);
	tcase_add_test(tc, deadlines_are_shared);
	tcase_add_test(tc, reading_by_programs);
	tcase_add_test(tc, reset_stops);
	suite_add_tcase(s, tc);
	return fx_main(s);
}
