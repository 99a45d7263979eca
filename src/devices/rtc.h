/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/rtc.h - real-time clock of the LS7A bridge: calendar (TOY) and 32 kHz counter.
 */
#ifndef LVZ_DEVICES_RTC_H
#define LVZ_DEVICES_RTC_H

#include "core/device.h"
#include "core/irq.h"
#include "util/err.h"

#define RTC_BASE UINT64_C(0x100d0100)
#define RTC_PIN 6

struct rtc_cfg {
	/* Named in the device tree; alarms are not modelled, so it is never raised. */
	struct irq_line irq;
	/* Nanoseconds since 1970-01-01 UTC; any thread.  NULL: the host's clock. */
	uint64_t (*now_ns)(void *ctx);
	void *now_ctx;
};

/*
 * Creates the clock in its reset state, with its MMIO region; it shows the time of
 * now_ns() in UTC until the guest sets another.  A guest's setting lasts until reset.
 * The caller owns *@out and ends it with ops->destroy().  -ENOMEM with @err set.
 */
int rtc_create(const struct rtc_cfg *cfg, struct device **out, struct err *err);

#endif
