// SPDX-License-Identifier: GPL-2.0-only
/*
 * lvz_timer.c - the guest's timer, which hardware runs while the bank is loaded, also when
 * the root has control.  Away from a CPU it is a deadline in the host's time.
 *
 * A single shot that has fired leaves TVAL at all ones with TCFG.EN set (vol. 1, 7.6.2);
 * TVAL above the initial value is how "has fired" is told.
 * Locking: the caller has preemption off, and owns the vCPU.
 */
#include <linux/ktime.h>
#include <linux/math64.h>

#include <asm/delay.h>
#include <asm/time.h>

#include "lvz.h"

#define ESTAT_TI	BIT(INT_TI)

static u64 ticks_to_ns(u64 ticks)
{
	return mul_u64_u64_div_u64(ticks, NSEC_PER_SEC, const_clock_freq);
}

static u64 ns_to_ticks(u64 ns)
{
	return mul_u64_u64_div_u64(ns, const_clock_freq, NSEC_PER_SEC);
}

static bool has_fired(const struct lvz_timer *t)
{
	return !(t->tcfg & CSR_TCFG_PERIOD) && t->tval > lvz_timer_init_ticks(t->tcfg);
}

void lvz_timer_start(struct lvz_timer *t)
{
	if (!(t->tcfg & CSR_TCFG_EN))
		return;
	t->expire = ktime_add_ns(ktime_get(), has_fired(t) ? 0 : ticks_to_ns(t->tval));
}

void lvz_timer_save(struct lvz_timer *t)
{
	t->tcfg = gcsr_read(LOONGARCH_CSR_TCFG);
	t->tval = gcsr_read(LOONGARCH_CSR_TVAL);
	/* After TVAL: what fires in between is in both, and TI twice is TI once. */
	t->estat = gcsr_read(LOONGARCH_CSR_ESTAT);
	gcsr_write(0, LOONGARCH_CSR_TCFG);
	lvz_timer_start(t);
}

u64 lvz_timer_tval(const struct lvz_timer *t)
{
	s64 left;

	if (!(t->tcfg & CSR_TCFG_EN) || has_fired(t))
		return t->tval;
	left = ktime_to_ns(ktime_sub(t->expire, ktime_get()));
	return left > 0 ? ns_to_ticks(left) : 0;
}

/*
 * Back to the state "has fired, TI was taken": let it fire and take TI back.  KVM does the
 * same; there is no way to write TVAL of all ones that silicon is known to accept.
 */
static void restore_fired(const struct lvz_timer *t)
{
	gcsr_write(0, LOONGARCH_CSR_TVAL);
	if (t->estat & ESTAT_TI)
		return;
	__delay(2);
	if (!(gcsr_read(LOONGARCH_CSR_ESTAT) & ESTAT_TI))
		gcsr_write(CSR_TCFG_VAL, LOONGARCH_CSR_TVAL);
	gcsr_write(CSR_TINTCLR_TI, LOONGARCH_CSR_TINTCLR);
}

void lvz_timer_restore(const struct lvz_timer *t)
{
	u64 period = max(lvz_timer_init_ticks(t->tcfg), 1ULL);
	s64 left;

	/* Whoever had the bank must not fire into our ESTAT. */
	gcsr_write(0, LOONGARCH_CSR_TCFG);
	gcsr_write(t->estat, LOONGARCH_CSR_ESTAT);
	gcsr_write(t->tcfg, LOONGARCH_CSR_TCFG);
	if (!(t->tcfg & CSR_TCFG_EN)) {
		gcsr_write(t->tval, LOONGARCH_CSR_TVAL);
		return;
	}
	if (has_fired(t)) {
		restore_fired(t);
		return;
	}
	left = ktime_to_ns(ktime_sub(t->expire, ktime_get()));
	if (left > 0) {
		gcsr_write(ns_to_ticks(left), LOONGARCH_CSR_TVAL);
	} else if (t->tcfg & CSR_TCFG_PERIOD) {
		u64 late;

		div64_u64_rem(ns_to_ticks(-left), period, &late);
		gcsr_xchg(ESTAT_TI, ESTAT_TI, LOONGARCH_CSR_ESTAT);
		gcsr_write(period - late, LOONGARCH_CSR_TVAL);
	} else {
		/* Fires within two ticks. */
		gcsr_write(0, LOONGARCH_CSR_TVAL);
	}
}
