/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_soft_observe.c - what an observer hears: the exact sequence of events of small
 * programs, and that programs do the same with and without one.
 */
#include "soft_fixture.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "soft/observe.h"

#define NOP la_enc_andi(R0, R0, 0)
#define USER(gpa) (FX_USEG | (gpa))
#define KERNEL(gpa) (FX_KSEG | (gpa))

static struct fx fx;

/* ------------------------------------------------------------------ the recorder */

static struct {
	char text[8192];
	size_t len;
	uint64_t gpr[32];		/* before the instruction */
	unsigned int ninsns[2];		/* per CPU */
	unsigned int stop_after;	/* instructions; 0: never */
} heard;

static struct la_observer observer;

static void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void note(const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(heard.text + heard.len, sizeof(heard.text) - heard.len, fmt, ap);
	va_end(ap);
	if (n > 0 && heard.len + (size_t)n < sizeof(heard.text))
		heard.len += (size_t)n;
}

static uint64_t short_pc(uint64_t pc)
{
	return pc & ~FX_KSEG & ~FX_USEG;
}

static void on_insn(void *ctx, unsigned int cpu, uint64_t pc, uint32_t insn, const uint64_t *gpr,
		    bool is_guest)
{
	ck_assert(!is_guest);
	ck_assert_ptr_eq(ctx, &heard);
	note("insn %" PRIx64 " %08" PRIx32 "\n", short_pc(pc), insn);
	memcpy(heard.gpr, gpr, sizeof(heard.gpr));
	heard.ninsns[cpu]++;
	if (heard.stop_after && heard.ninsns[cpu] == heard.stop_after)
		__atomic_store_n(&observer.events, 0, __ATOMIC_RELAXED);
}

static void on_insn_done(void *ctx, unsigned int cpu, const uint64_t *gpr)
{
	(void)ctx;
	(void)cpu;
	for (unsigned int i = 0; i < 32; i++) {
		if (gpr[i] != heard.gpr[i])
			note("r%u=%" PRIx64 "\n", i, gpr[i]);
	}
}

static void on_enter(void *ctx, unsigned int cpu, const struct la_exc_event *e)
{
	(void)ctx;
	(void)cpu;
	note("exc %u.%u irq %u plv %u era %" PRIx64 " badv %" PRIx64 " to %" PRIx64 "\n",
	     e->ecode, e->esubcode, e->irq, e->plv, short_pc(e->era), e->badv,
	     short_pc(e->target));
}

static void on_return(void *ctx, unsigned int cpu, const struct la_ertn_event *e)
{
	(void)ctx;
	(void)cpu;
	note("ertn %" PRIx64 " to %" PRIx64 " plv %u%s\n", short_pc(e->pc), short_pc(e->target),
	     e->plv, e->is_refill ? " refill" : "");
}

static void on_csr(void *ctx, unsigned int cpu, const struct la_csr_event *e)
{
	(void)ctx;
	(void)cpu;
	note("csr %" PRIx64 " %x %" PRIx64 " %" PRIx64 " %" PRIx64 "\n", short_pc(e->pc), e->num,
	     e->old, e->now, e->wanted);
}

static void open_observed(unsigned int events, unsigned int ncpus)
{
	memset(&heard, 0, sizeof(heard));
	observer = (struct la_observer){
		.ctx = &heard,
		.events = events,
		.cpus = UINT64_MAX,
		.insn = on_insn,
		.exc_enter = on_enter,
		.exc_return = on_return,
		.csr = on_csr,
	};
	fx_open_with(&fx, &fx_max, ncpus, NULL, &observer);
	fx_mode(&fx, false, 0);
}

#define expect(want) ck_assert_str_eq(heard.text, want)

/* ------------------------------------------------------------------ sequences */

/* The handler of the first exception steps over the instruction, that of the next sleeps. */
static void put_skipping_handler(void)
{
	fx_at(&fx, FX_EENTRY);
	fx_emit(&fx, la_enc_bnez(T2, 24));
	fx_emit(&fx, la_enc_ori(T2, R0, 1));
	fx_emit(&fx, la_enc_csrrd(T0, LA_CSR_ERA));
	fx_emit(&fx, la_enc_addi_d(T0, T0, 4));
	fx_emit(&fx, la_enc_csrwr(T0, LA_CSR_ERA));
	fx_emit(&fx, la_enc_ertn());
}

static void run_syscall(void)
{
	put_skipping_handler();
	fx_program(&fx, la_enc_syscall(3));
	fx_mode(&fx, true, 3);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
}

START_TEST(syscall_and_back)
{
	open_observed(LA_OBSERVE_EXC, 1);
	run_syscall();
	expect("exc 11.0 irq 0 plv 3 era 100000 badv 0 to 10000\n"
	       "ertn 10014 to 100004 plv 3\n"
	       "exc 12.0 irq 0 plv 3 era 100004 badv 0 to 10000\n");
	fx_close(&fx);
}
END_TEST

START_TEST(syscall_with_everything)
{
	open_observed(LA_OBSERVE_INSN | LA_OBSERVE_EXC | LA_OBSERVE_CSR, 1);
	observer.insn_done = on_insn_done;
	run_syscall();
	expect("insn 100000 002b0003\n"
	       "exc 11.0 irq 0 plv 3 era 100000 badv 0 to 10000\n"
	       "insn 10000 440019c0\n"
	       "insn 10004 0380040e\n"
	       "r14=1\n"
	       "insn 10008 0400180c\n"
	       "r12=8000000000100000\n"
	       "insn 1000c 02c0118c\n"
	       "r12=8000000000100004\n"
	       "insn 10010 0400182c\n"
	       "csr 10010 6 8000000000100000 8000000000100004 8000000000100004\n"
	       "r12=8000000000100000\n"
	       "insn 10014 06483800\n"
	       "ertn 10014 to 100004 plv 3\n"
	       "insn 100004 002a0000\n"
	       "exc 12.0 irq 0 plv 3 era 100004 badv 0 to 10000\n"
	       "insn 10000 440019c0\n"
	       "insn 10018 06488000\n");
	fx_close(&fx);
}
END_TEST

START_TEST(refill)
{
	const uint64_t va = 0x5678008, elo = 0x200000 | LA_TLBELO0_V | LA_TLBELO0_D |
					      LA_TLBELO0_PLV | 1 << LA_TLBELO0_MAT_SHIFT;

	open_observed(LA_OBSERVE_EXC | LA_OBSERVE_CSR, 1);
	fx_set_csr(&fx, LA_CSR_TLBREHI, 12);
	fx_put64(&fx, 0x200008, 0x1234);
	fx_at(&fx, FX_TLBRENTRY);
	fx_emit(&fx, la_enc_csrwr(A1, LA_CSR_TLBRELO0));
	fx_emit(&fx, la_enc_csrwr(A2, LA_CSR_TLBRELO1));
	fx_emit(&fx, la_enc_tlbfill());
	fx_emit(&fx, la_enc_ertn());
	fx_program(&fx, la_enc_ld_d(A0, A3, 0));
	fx_set(&fx, A1, elo);
	fx_set(&fx, A2, elo);
	fx_set(&fx, A3, va);
	fx_mode(&fx, true, 1);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A0), 0x1234);
	expect("exc 63.0 irq 0 plv 1 era 100000 badv 5678008 to 4000\n"
	       "csr 4000 8c 0 20001f 20001f\n"
	       "csr 4004 8d 0 20001f 20001f\n"
	       "ertn 400c to 100000 plv 1 refill\n"
	       "exc 12.0 irq 0 plv 1 era 100004 badv 0 to 10000\n");
	fx_close(&fx);
}
END_TEST

START_TEST(faults_have_addresses)
{
	open_observed(LA_OBSERVE_EXC, 1);
	fx_program(&fx, la_enc_ll_w(A0, A1, 0));
	fx_set(&fx, A1, USER(FX_DATA) + 2);
	fx_mode(&fx, true, 2);
	ck_assert_int_eq(fx_go(&fx), LA_EXC_ALE);
	expect("exc 9.0 irq 0 plv 2 era 100000 badv 8000000000200002 to 10000\n");
	fx_close(&fx);
}
END_TEST

/* The program makes a software interrupt pending; the handler takes it back. */
static void run_interrupt(void)
{
	fx_at(&fx, FX_EENTRY + (64 + 1) * 8);
	fx_emit(&fx, la_enc_csrxchg(R0, A1, LA_CSR_ESTAT));
	fx_emit(&fx, la_enc_ertn());
	fx_program(&fx, la_enc_csrwr(A0, LA_CSR_ESTAT), la_enc_addi_d(A2, A2, 1));
	fx_set(&fx, A0, 2);
	fx_set(&fx, A1, 2);
	fx_set_csr(&fx, LA_CSR_ECFG, 1 << LA_ECFG_VS_SHIFT | 2);
	fx_mode(&fx, true, 0);
	fx_set_csr(&fx, LA_CSR_CRMD, fx_csr(&fx, LA_CSR_CRMD) | LA_CRMD_IE);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A2), 1);
}

START_TEST(interrupt)
{
	open_observed(LA_OBSERVE_EXC | LA_OBSERVE_CSR | (_i ? LA_OBSERVE_INSN : 0), 1);
	run_interrupt();
	if (_i)
		expect("insn 100000 04001424\n"
		       "csr 100000 5 0 2 2\n"
		       "exc 0.0 irq 1 plv 0 era 100004 badv 0 to 10208\n"
		       "insn 10208 040014a0\n"
		       "csr 10208 5 2 0 0\n"
		       "insn 1020c 06483800\n"
		       "ertn 1020c to 100004 plv 0\n"
		       "insn 100004 02c004c6\n"
		       "insn 100008 002a0000\n"
		       "exc 12.0 irq 0 plv 0 era 100008 badv 0 to 10060\n"
		       "insn 10060 06488000\n");
	else
		expect("csr 100000 5 0 2 2\n"
		       "exc 0.0 irq 1 plv 0 era 100004 badv 0 to 10208\n"
		       "csr 10208 5 2 0 0\n"
		       "ertn 1020c to 100004 plv 0\n"
		       "exc 12.0 irq 0 plv 0 era 100008 badv 0 to 10060\n");
	fx_close(&fx);
}
END_TEST

START_TEST(csr_writes)
{
	open_observed(LA_OBSERVE_CSR, 1);
	fx_program(&fx, la_enc_csrwr(A0, LA_CSR_EENTRY), la_enc_csrwr(A0, LA_CSR_EENTRY),
		   la_enc_csrxchg(A2, A3, LA_CSR_ECFG), la_enc_csrrd(A4, LA_CSR_ECFG),
		   la_enc_csrwr(A5, LA_CSR_TICLR), la_enc_csrwr(A6, 0x3ff),
		   la_enc_csrwr(A7, LA_CSR_TID), la_enc_csrwr(A7, LA_CSR_TID));
	fx_set(&fx, A0, KERNEL(FX_EENTRY) | 0x123);
	fx_set(&fx, A2, 0x70fff);
	fx_set(&fx, A3, 0x0000f);
	fx_set(&fx, A5, 1);
	fx_set(&fx, A6, 7);
	fx_set(&fx, A7, 0xffffffff80000001);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	expect("csr 100000 c 9000000000010000 9000000000010000 9000000000010123\n"
	       "csr 100004 c 9000000000010000 9000000000010000 9000000000010000\n"
	       "csr 100008 4 0 f f\n"
	       "csr 100010 44 0 0 1\n"
	       "csr 100014 3ff 0 0 7\n"
	       "csr 100018 40 0 80000001 80000001\n"
	       "csr 10001c 40 80000001 0 0\n");
	fx_close(&fx);
}
END_TEST

/* ------------------------------------------------------------------ where, and how long */

/* A loop in one page that calls a function in another. */
static uint64_t run_calls(unsigned int n)
{
	fx_at(&fx, FX_CODE + 0x3000);
	fx_emit(&fx, la_enc_addi_d(A1, A1, 3));
	fx_emit(&fx, la_enc_jirl(R0, RA, 0));
	fx_program(&fx, la_enc_bl(0x3000), la_enc_addi_d(A0, A0, -1), la_enc_bnez(A0, -8));
	fx_set(&fx, A0, n);
	fx_set(&fx, A1, 0);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	return fx_reg(&fx, A1);
}

/* _i: without and with the registers afterwards. */
START_TEST(ranges)
{
	open_observed(LA_OBSERVE_INSN, 1);
	observer.insn_done = _i ? on_insn_done : NULL;
	observer.nranges = 2;
	observer.ranges[0] = (struct la_range){ FX_CODE + 0x3004, FX_CODE + 0x3007 };
	observer.ranges[1] = (struct la_range){ 0x5000, 0x5000 };
	ck_assert_uint_eq(run_calls(3), 9);
	expect("insn 103004 4c000020\ninsn 103004 4c000020\ninsn 103004 4c000020\n");
	fx_close(&fx);
}
END_TEST

START_TEST(ranges_with_registers)
{
	open_observed(LA_OBSERVE_INSN, 1);
	observer.insn_done = on_insn_done;
	observer.nranges = 1;
	observer.ranges[0] = (struct la_range){ FX_CODE + 0x3000, FX_CODE + 0x3007 };
	ck_assert_uint_eq(run_calls(2), 6);
	expect("insn 103000 02c00ca5\nr5=3\ninsn 103004 4c000020\n"
	       "insn 103000 02c00ca5\nr5=6\ninsn 103004 4c000020\n");
	fx_close(&fx);
}
END_TEST

START_TEST(ends_when_told)
{
	open_observed(LA_OBSERVE_INSN | LA_OBSERVE_EXC, 1);
	heard.stop_after = 4;
	ck_assert_uint_eq(run_calls(1000), 3000);
	expect("insn 100000 54300000\ninsn 103000 02c00ca5\ninsn 103004 4c000020\n"
	       "insn 100004 02fffc84\n");
	fx_close(&fx);
}
END_TEST

START_TEST(cpus)
{
	open_observed(LA_OBSERVE_INSN, 2);
	observer.cpus = 2;
	fx_program(&fx, la_enc_addi_d(A0, A0, 1));
	for (unsigned int i = 0; i < 2; i++)
		ck_assert_int_eq(fx_go_cpu(la_machine_cpu(fx.m, i), FX_CODE), FX_DONE);
	ck_assert_uint_eq(heard.ninsns[0], 0);
	ck_assert_uint_eq(heard.ninsns[1], 3);	/* addi.d, break, idle of the handler */
	fx_close(&fx);
}
END_TEST

START_TEST(steps)
{
	open_observed(LA_OBSERVE_INSN | LA_OBSERVE_EXC, 1);
	fx_program(&fx, la_enc_ori(A0, R0, 1));
	la_set_pc(fx.cpu, FX_CODE);
	ck_assert_int_eq(la_step(fx.cpu), LA_STOP_STEP);
	expect("insn 100000 03800404\n");
	ck_assert_int_eq(la_step(fx.cpu), LA_STOP_STEP);
	expect("insn 100000 03800404\ninsn 100004 002a0000\n"
	       "exc 12.0 irq 0 plv 0 era 100004 badv 0 to 10000\n");
	fx_close(&fx);
}
END_TEST

/* ------------------------------------------------------------------ nothing else changes */

/*
 * Sums up numbers and patches its own addend with each round; a device access and a
 * misaligned jump are in it.  _i: what is observed.
 */
START_TEST(same_result)
{
	uint64_t sum = 0;

	open_observed((unsigned int)_i, 1);
	observer.insn_done = _i & 1 ? on_insn_done : NULL;
	fx_program(&fx,
		   la_enc_ld_w(T0, A1, 0x10),		/* the addi.d below */
		   la_enc_add_d(T0, T0, A2),		/* its immediate plus 1 */
		   la_enc_st_w(T0, A1, 0x10),
		   la_enc_ibar(0),
		   la_enc_addi_d(A0, A0, 0),
		   la_enc_st_d(A0, A3, 0),
		   la_enc_ld_d(A4, A3, 0),
		   la_enc_addi_d(A5, A5, -1),
		   la_enc_bnez(A5, -32),
		   la_enc_jirl(RA, A6, 0));
	fx_set(&fx, A1, FX_CODE);
	fx_set(&fx, A2, 1 << 10);
	fx_set(&fx, A3, FX_MMIO);
	fx_set(&fx, A5, 100);
	fx_set(&fx, A6, FX_CODE + 2);
	ck_assert_int_eq(fx_go(&fx), LA_EXC_ADEF);
	for (unsigned int i = 1; i <= 100; i++)
		sum += i;
	ck_assert_hex_eq(fx_reg(&fx, A0), sum);
	ck_assert_hex_eq(fx_reg(&fx, A4), sum);
	ck_assert_hex_eq(fx_reg(&fx, RA), FX_CODE + 0x28);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), FX_CODE + 2);
	ck_assert_uint_eq(fx.naccess, 200);
	ck_assert_uint_eq(heard.ninsns[0], _i & LA_OBSERVE_INSN ? 9 * 100 + 2 : 0);
	fx_close(&fx);
}
END_TEST

static void *kick_later(void *arg)
{
	nanosleep(&(struct timespec){ .tv_nsec = 20 * 1000 * 1000 }, NULL);
	la_cpu_kick(arg);
	return NULL;
}

/* A loop without end is left on a kick, observed or not. */
START_TEST(kicks)
{
	pthread_t thread;

	open_observed(LA_OBSERVE_INSN, 1);
	fx_program(&fx, la_enc_b(0));
	la_set_pc(fx.cpu, FX_CODE);
	ck_assert_int_eq(pthread_create(&thread, NULL, kick_later, fx.cpu), 0);
	ck_assert_int_eq(la_run(fx.cpu), LA_STOP_KICK);
	pthread_join(thread, NULL);
	ck_assert_hex_eq(la_get_pc(fx.cpu), FX_CODE);
	ck_assert_uint_gt(heard.ninsns[0], 1);
	fx_close(&fx);
}
END_TEST

/* The bus is told, through la_get_pc(), who makes an access. */
START_TEST(accesses_have_an_address)
{
	open_observed(0, 1);
	fx_set(&fx, A1, FX_MMIO);
	fx_program(&fx, NOP, la_enc_st_w(A0, A1, 0));
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_hex_eq(fx.last.pc, FX_CODE + 4);
	fx_program(&fx, NOP, NOP, la_enc_ld_hu(A0, A1, 4));
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_hex_eq(fx.last.pc, FX_CODE + 8);
	fx_program(&fx, la_enc_iocsrrd_w(A0, A1));
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_hex_eq(fx.last.pc, FX_CODE);
	fx_program(&fx, NOP, la_enc_iocsrwr_d(A0, A1));
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_hex_eq(fx.last.pc, FX_CODE + 4);
	fx_close(&fx);
}
END_TEST

START_TEST(exception_names)
{
	ck_assert_str_eq(la_exc_name(LA_ECODE_INT, 0), "INT");
	ck_assert_str_eq(la_exc_name(0xb, 0), "SYS");
	ck_assert_str_eq(la_exc_name(0x8, 0), "ADEF");
	ck_assert_str_eq(la_exc_name(0x8, 1), "ADEM");
	ck_assert_str_eq(la_exc_name(LA_ECODE_TLBR, 0), "TLBR");
	ck_assert_ptr_null(la_exc_name(0xb, 1));
	ck_assert_ptr_null(la_exc_name(0x3e, 0));
	ck_assert_ptr_null(la_exc_name(0x40, 0));
	ck_assert_ptr_null(la_exc_name(0, 0x1ff));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("soft_observe");
	TCase *tc = tcase_create("observe");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, syscall_and_back);
	tcase_add_test(tc, syscall_with_everything);
	tcase_add_test(tc, refill);
	tcase_add_test(tc, faults_have_addresses);
	tcase_add_loop_test(tc, interrupt, 0, 2);
	tcase_add_test(tc, csr_writes);
	tcase_add_loop_test(tc, ranges, 0, 2);
	tcase_add_test(tc, ranges_with_registers);
	tcase_add_test(tc, ends_when_told);
	tcase_add_test(tc, cpus);
	tcase_add_test(tc, steps);
	tcase_add_loop_test(tc, same_result, 0, 8);
	tcase_add_test(tc, kicks);
	tcase_add_test(tc, accesses_have_an_address);
	tcase_add_test(tc, exception_names);
	suite_add_tcase(s, tc);
	return fx_main(s);
}
