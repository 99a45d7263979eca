/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cases_time.c - the guest's clock and timer.  A timer may fire late, so cases wait for it;
 * and they ask for nothing before it fires but what holds if it fires early.
 */
#include "hv.h"

#define TVAL_EXPIRED UINT64_C(0xffffffffffff)
#define EN BIT(0)
#define PERIODIC BIT(1)

GUEST(g_rdtime, "rdtime.d $a0, $a1");
GUEST(g_rdtimel, "rdtimel.w $a0, $a1");
GUEST(g_rdtimeh, "rdtimeh.w $a0, $a1");
GUEST(g_spin, "1: b 1b");

static u64 ticks_of_us(u64 us)
{
	return (us * counter_hz() / 1000000 + 3) & ~UINT64_C(3);
}

/* The guest's counter is the root's and both compensations. */
static void compensated(u64 gcntc, u64 cntc)
{
	u64 before, after, sum = gcntc + cntc;

	guest_is(g_rdtime);
	csr_write(CSR_GCNTC, gcntc);
	gcsr_write(CSR_CNTC, cntc);
	gcsr_write(CSR_TID, 0x55);
	before = counter();
	if (!want_done())
		return;
	after = counter();
	if (v.gpr[A0] - (before + sum) > after - before)
		fail("0x%lx is not between 0x%lx and 0x%lx", v.gpr[A0], before + sum,
		     after + sum);
	want("the counter's ID", v.gpr[A1], 0x55);
}

static void rdtime_gcntc(u64 gcntc)
{
	compensated(gcntc, 0);
}

static void rdtime_cntc(u64 cntc)
{
	compensated(0, cntc);
}

static void rdtime_both(u64 arg)
{
	(void)arg;
	compensated(BIT(50), BIT(60));
}

static void rdtime_half(u64 is_high)
{
	u64 before, after;

	guest_load(is_high ? g_rdtimeh : g_rdtimel, is_high ? g_rdtimeh_end : g_rdtimel_end);
	/* The low half must not run over meanwhile. */
	while ((counter() & 0xffffffff) > 0xf0000000)
		;
	csr_write(CSR_GCNTC, UINT64_C(5) << 32);
	before = counter();
	if (!want_done())
		return;
	after = counter();
	if (is_high) {
		want("rdtimeh.w", v.gpr[A0], (u64)(int64_t)(int32_t)((before >> 32) + 5));
		return;
	}
	if (((v.gpr[A0] - before) & 0xffffffff) > after - before)
		fail("0x%lx is not between 0x%lx and 0x%lx", v.gpr[A0], before, after);
	want("its sign", v.gpr[A0], (u64)(int64_t)(int32_t)v.gpr[A0]);
}

static void root_time(u64 arg)
{
	u64 before = counter();

	(void)arg;
	csr_write(CSR_GCNTC, BIT(60));
	gcsr_write(CSR_CNTC, BIT(59));
	if (counter() - before > BIT(58))
		fail("the root's counter moved with GCNTC or the guest's CNTC");
}

/* ------------------------------------------------------------------ the timer */

static bool is_ti(void)
{
	return gcsr_read(CSR_ESTAT) & BIT(IS_TI);
}

static bool wait_ti(void)
{
	u64 start = counter();

	while (!is_ti()) {
		/* Looked at again: the machine may have stood still before the clock was read. */
		if (counter() - start > 2 * counter_hz() && !is_ti()) {
			fail("the guest's timer did not fire within 2 s");
			return false;
		}
	}
	return true;
}

static void start_timer(u64 us, u64 bits)
{
	gcsr_write(CSR_TCFG, ticks_of_us(us) | bits | EN);
}

static void oneshot(u64 arg)
{
	(void)arg;
	start_timer(500, 0);
	if (!wait_ti())
		return;
	want("TCFG", gcsr_read(CSR_TCFG), ticks_of_us(500) | EN);
	want("the root's ESTAT.IS", csr_read(CSR_ESTAT) & BIT(IS_TI), 0);
}

static void oneshot_tval(u64 arg)
{
	(void)arg;
	start_timer(500, 0);
	if (wait_ti())
		want("TVAL", gcsr_read(CSR_TVAL), TVAL_EXPIRED);
}

static void oneshot_once(u64 arg)
{
	(void)arg;
	start_timer(200, 0);
	if (!wait_ti())
		return;
	gcsr_write(CSR_TICLR, 1);
	wait_us(2000);
	want("ESTAT.IS", gcsr_read(CSR_ESTAT) & BIT(IS_TI), 0);
}

static void ti_sticky(u64 arg)
{
	(void)arg;
	start_timer(200, 0);
	if (!wait_ti())
		return;
	gcsr_write(CSR_TCFG, 0);
	want("ESTAT.IS with the timer off", gcsr_read(CSR_ESTAT) & BIT(IS_TI), BIT(IS_TI));
	gcsr_write(CSR_TICLR, 1);
	want("ESTAT.IS behind TICLR", gcsr_read(CSR_ESTAT) & BIT(IS_TI), 0);
}

static void periodic(u64 arg)
{
	(void)arg;
	start_timer(300, PERIODIC);
	for (unsigned int i = 0; i < 5 && wait_ti(); i++) {
		gcsr_write(CSR_TICLR, 1);
		if (gcsr_read(CSR_TVAL) > ticks_of_us(300))
			fail("TVAL 0x%lx is above the initial value", gcsr_read(CSR_TVAL));
	}
	want("TCFG", gcsr_read(CSR_TCFG), ticks_of_us(300) | PERIODIC | EN);
}

static void stopped(u64 arg)
{
	u64 left;

	(void)arg;
	start_timer(1000000, 0);
	gcsr_write(CSR_TCFG, 0);
	gcsr_write(CSR_TICLR, 1);
	left = gcsr_read(CSR_TVAL);
	wait_us(1000);
	want("TVAL", gcsr_read(CSR_TVAL), left);
	want("ESTAT.IS", gcsr_read(CSR_ESTAT) & BIT(IS_TI), 0);
}

static void counts_down(u64 arg)
{
	u64 first, second;

	(void)arg;
	start_timer(1000000, 0);
	first = gcsr_read(CSR_TVAL);
	wait_us(1000);
	second = gcsr_read(CSR_TVAL);
	/* Fired early, it has nothing left to show. */
	if (is_ti())
		return;
	if (first > ticks_of_us(1000000) || second >= first)
		fail("TVAL went from 0x%lx to 0x%lx", first, second);
}

/* KVM restores a timer: TCFG, then what was left. */
static void set_tval(u64 arg)
{
	u64 left;

	(void)arg;
	gcsr_write(CSR_TCFG, 0);
	gcsr_write(CSR_ESTAT, 0);
	start_timer(1000000, 0);
	gcsr_write(CSR_TVAL, ticks_of_us(500));
	left = gcsr_read(CSR_TVAL);
	if (left > ticks_of_us(500) && left != TVAL_EXPIRED)
		fail("TVAL is 0x%lx behind 0x%lx", left, ticks_of_us(500));
	wait_ti();
}

static void set_tval_0(u64 arg)
{
	(void)arg;
	start_timer(1000000, 0);
	gcsr_write(CSR_TVAL, 0);
	wait_us(10000);
	want("ESTAT.IS", gcsr_read(CSR_ESTAT) & BIT(IS_TI), BIT(IS_TI));
}

/* A periodic timer that was restored goes on with its own period. */
static void set_tval_periodic(u64 arg)
{
	(void)arg;
	start_timer(400, PERIODIC);
	gcsr_write(CSR_TVAL, ticks_of_us(200));
	for (unsigned int i = 0; i < 3 && wait_ti(); i++)
		gcsr_write(CSR_TICLR, 1);
}

static void restore_pending(u64 arg)
{
	(void)arg;
	guest_is(g_spin);
	gcsr_write(CSR_TCFG, 0);
	gcsr_write(CSR_ESTAT, BIT(IS_TI));
	gcsr_write(CSR_ECFG, BIT(IS_TI));
	gcsr_write(CSR_CRMD, CRMD_DA | CRMD_DAT_CC | CRMD_IE);
	want_guest_irq(IS_TI);
}

static void in_guest(u64 arg)
{
	(void)arg;
	guest_is(g_spin);
	gcsr_write(CSR_ECFG, BIT(IS_TI));
	gcsr_write(CSR_CRMD, CRMD_DA | CRMD_DAT_CC | CRMD_IE);
	start_timer(500, 0);
	if (!want_guest_irq(IS_TI))
		return;
	want("the guest's ERA", gcsr_read(CSR_ERA), G_CODE);
	want("the root's ESTAT.IS", v.x.estat & BIT(IS_TI), 0);
}

GUEST(g_own_timer, "csrwr $a0, 0x41\n1: csrrd $a1, 0x5\n andi $a2, $a1, 0x800\n beqz $a2, 1b\n"
		   "csrrd $a3, 0x41\n csrrd $a4, 0x42\n ori $a5, $zero, 1\n csrwr $a5, 0x44\n"
		   "csrrd $a5, 0x5");

/* The guest drives it all by itself. */
static void by_guest(u64 arg)
{
	u64 tcfg = ticks_of_us(500) | EN;

	(void)arg;
	guest_is(g_own_timer);
	v.gpr[A0] = tcfg;
	if (!want_done())
		return;
	want("TCFG", v.gpr[A3], tcfg);
	want("TVAL", v.gpr[A4], TVAL_EXPIRED);
	want_bits("ESTAT.IS behind TICLR", v.gpr[A5], BIT(IS_TI), 0);
}

GUEST(g_wait, "1: csrrd $a1, 0x5\n andi $a2, $a1, 0x800\n beqz $a2, 1b");

static void masked(u64 crmd)
{
	guest_is(g_wait);
	gcsr_write(CSR_ECFG, crmd & CRMD_IE ? 0 : BIT(IS_TI));
	gcsr_write(CSR_CRMD, CRMD_DA | CRMD_DAT_CC | crmd);
	start_timer(300, 0);
	/* Seen by reading, never taken. */
	want_done();
}

/* It fires while the root has control, and is taken at the next entry. */
static void while_in_root(u64 arg)
{
	(void)arg;
	guest_is(g_spin);
	gcsr_write(CSR_ECFG, BIT(IS_TI));
	gcsr_write(CSR_CRMD, CRMD_DA | CRMD_DAT_CC | CRMD_IE);
	start_timer(300, 0);
	if (!wait_ti())
		return;
	v.gpr[A0] = 0;
	if (want_guest_irq(IS_TI))
		want("the guest's ERA", gcsr_read(CSR_ERA), G_CODE);
}

GUEST(g_call_loop, "1: hvcl 0x41\n b 1b");

static void across_exits(u64 arg)
{
	u64 start = counter();

	(void)arg;
	guest_is(g_call_loop);
	gcsr_write(CSR_ECFG, BIT(IS_TI));
	gcsr_write(CSR_CRMD, CRMD_DA | CRMD_DAT_CC | CRMD_IE);
	start_timer(500, 0);
	/* Turns as well as time, as in hv_run(). */
	for (unsigned int i = 0; i < 1000 || counter() - start < 2 * counter_hz(); i++) {
		if (hv_run() != E_HVC) {
			fail("an exit that is no hypercall");
			return;
		}
		if (exit_hvc() == HVC_EXC) {
			want_bits("the guest's ESTAT.IS", gcsr_read(CSR_ESTAT), BIT(IS_TI),
				  BIT(IS_TI));
			return;
		}
		v.pc = v.x.era + 4;
	}
	fail("the guest's timer did not interrupt it within 2 s");
}

/* The root's timer and the guest's are two. */
static void two_timers(u64 arg)
{
	(void)arg;
	csr_write(CSR_TCFG, ticks_of_us(300) | EN);
	for (u64 start = counter(); !(csr_read(CSR_ESTAT) & BIT(IS_TI));) {
		if (counter() - start > 2 * counter_hz() && !(csr_read(CSR_ESTAT) & BIT(IS_TI))) {
			fail("the root's timer did not fire within 2 s");
			return;
		}
	}
	want("the guest's ESTAT.IS", gcsr_read(CSR_ESTAT) & BIT(IS_TI), 0);
	gcsr_write(CSR_TICLR, 1);
	want("the root's behind the guest's TICLR", csr_read(CSR_ESTAT) & BIT(IS_TI),
	     BIT(IS_TI));
	csr_write(CSR_TCFG, 0);
	csr_write(CSR_TICLR, 1);
	start_timer(300, 0);
	if (!wait_ti())
		return;
	csr_write(CSR_TICLR, 1);
	want("the guest's behind the root's TICLR", gcsr_read(CSR_ESTAT) & BIT(IS_TI),
	     BIT(IS_TI));
}

/* User programs may be kept from the counter, by the guest's own MISC. */
static void rdtime_forbidden(u64 arg)
{
	(void)arg;
	gcsr_write(CSR_MISC, BIT(7));
	if (!gcsr_read(CSR_MISC)) {
		skip("MISC has no DRDTL3");
		return;
	}
	guest_is(g_rdtime);
	guest_plv(3);
	want_guest_exc(E_IPE, 0, G_CODE);
}

/* The root sleeps until its own timer, whatever the guest's does meanwhile. */
static void root_idle(u64 arg)
{
	u64 start = counter();

	(void)arg;
	start_timer(100, 0);
	csr_write(CSR_TCFG, ticks_of_us(3000) | EN);
	while (!(csr_read(CSR_ESTAT) & BIT(IS_TI)) && counter() - start < 2 * counter_hz())
		asm volatile("idle 0" : : : "memory");
	want("the root's ESTAT.IS", csr_read(CSR_ESTAT) & BIT(IS_TI), BIT(IS_TI));
	wait_ti();
}

static const struct kit_case cases[] = {
	{ "rdtime", rdtime_gcntc, 0 },
	{ "rdtime-gcntc", rdtime_gcntc, BIT(50) },
	{ "rdtime-gcntc-negative", rdtime_gcntc, (u64)-4096 },
	{ "rdtime-cntc", rdtime_cntc, BIT(60) },
	{ "rdtime-gcntc-and-cntc", rdtime_both, 0 },
	{ "rdtimel.w", rdtime_half, 0 },
	{ "rdtimeh.w", rdtime_half, 1 },
	{ "rdtime-forbidden-by-guest-misc", rdtime_forbidden, 0 },
	{ "root-idle", root_idle, 0 },
	{ "root-time-alone", root_time, 0 },
	{ "oneshot-in-root-mode", oneshot, 0 },
	{ "oneshot-tval-choice", oneshot_tval, 0 },
	{ "oneshot-once", oneshot_once, 0 },
	{ "ti-sticky", ti_sticky, 0 },
	{ "periodic", periodic, 0 },
	{ "stopped", stopped, 0 },
	{ "counts-down", counts_down, 0 },
	{ "tval-restored", set_tval, 0 },
	{ "tval-0-fires", set_tval_0, 0 },
	{ "tval-of-periodic", set_tval_periodic, 0 },
	{ "ti-restored", restore_pending, 0 },
	{ "interrupts-guest", in_guest, 0 },
	{ "by-guest-alone", by_guest, 0 },
	{ "masked-by-lie", masked, CRMD_IE },
	{ "masked-by-ie", masked, 0 },
	{ "while-in-root", while_in_root, 0 },
	{ "across-exits", across_exits, 0 },
	{ "two-timers", two_timers, 0 },
};

KIT_CASES(group_time, "time", cases);
