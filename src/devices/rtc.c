/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/rtc.c - see rtc.h.
 *
 * Registers: Loongson 7A1000 user manual, chapter on the RTC.  32-bit accesses only.  The
 * calendar and the counter read 0 and cannot be set unless they and the oscillator are
 * enabled in RTCCTRL.
 * Locking: everything under dev.lock.
 */
#include "devices/rtc.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/fdt_ctx.h"
#include "util/bits.h"

#define RTC_LEN		0x100
#define TOYTRIM		0x20
#define TOYWRITE0	0x24
#define TOYWRITE1	0x28
#define TOYREAD0	0x2c
#define TOYREAD1	0x30
#define TOYMATCH0	0x34
#define TOYMATCH2	0x3c
#define RTCCTRL		0x40
#define RTCTRIM		0x60
#define RTCWRITE0	0x64
#define RTCREAD0	0x68
#define RTCMATCH0	0x6c
#define RTCMATCH2	0x74

#define RTCCTRL_OSC	BIT32(8)
#define RTCCTRL_TOY	BIT32(11)
#define RTCCTRL_RTC	BIT32(13)
#define RTCCTRL_WRITABLE (RTCCTRL_OSC | RTCCTRL_TOY | RTCCTRL_RTC)

#define RTC_HZ		32768
#define RTC_MAX_YEAR	8099		/* 9999, in years since 1900 */
#define NS_PER_S	UINT64_C(1000000000)
#define NS_PER_MS	UINT64_C(1000000)
#define MS_PER_S	1000
#define MS_PER_DIGIT	100		/* the calendar's last digit */

struct rtc {
	struct device dev;		/* first, see rtc_destroy() */
	struct irq_line irq;
	uint64_t (*now_ns)(void *ctx);
	void *now_ctx;
	int64_t toy_offset_ms;		/* what the guest's clock is ahead of ours */
	uint32_t rtc_start;		/* ticks of our clock when the counter was 0 */
	uint32_t ctrl;
	uint32_t toymatch[3];		/* stored, alarms are not modelled */
	uint32_t rtcmatch[3];
};

static uint64_t rtc_host_ns(void *ctx)
{
	struct timespec ts;

	(void)ctx;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

static bool rtc_is_on(const struct rtc *rtc, uint32_t which)
{
	return (rtc->ctrl & (which | RTCCTRL_OSC)) == (which | RTCCTRL_OSC);
}

/* The counter is 32 bits wide and wraps. */
static uint32_t rtc_ticks(const struct rtc *rtc)
{
	uint64_t ns = rtc->now_ns(rtc->now_ctx);

	return (uint32_t)(ns / NS_PER_S * RTC_HZ + ns % NS_PER_S * RTC_HZ / NS_PER_S);
}

/* The guest's date; returns the milliseconds within the second. */
static unsigned int rtc_toy_get(const struct rtc *rtc, struct tm *tm)
{
	int64_t ms = (int64_t)(rtc->now_ns(rtc->now_ctx) / NS_PER_MS) + rtc->toy_offset_ms;
	int64_t rest = ms % MS_PER_S;
	time_t s;

	if (rest < 0)			/* before 1970 */
		rest += MS_PER_S;
	s = (time_t)((ms - rest) / MS_PER_S);
	if (!gmtime_r(&s, tm))
		memset(tm, 0, sizeof(*tm));
	return (unsigned int)rest;
}

static int rtc_toy_set(struct rtc *rtc, struct tm *tm, unsigned int ms)
{
	int64_t now_ms = (int64_t)(rtc->now_ns(rtc->now_ctx) / NS_PER_MS);
	/* Carries fields that are too large into the next one, and corrects *tm. */
	int64_t s = timegm(tm);

	if (tm->tm_year < 0 || tm->tm_year > RTC_MAX_YEAR)
		return guest_error(&rtc->dev, "year 1900 + %d", tm->tm_year);
	rtc->toy_offset_ms = s * MS_PER_S + ms - now_ms;
	return 0;
}

static uint32_t rtc_read_toy(const struct rtc *rtc, uint64_t off)
{
	unsigned int ms;
	struct tm tm;

	if (!rtc_is_on(rtc, RTCCTRL_TOY))
		return 0;
	ms = rtc_toy_get(rtc, &tm);
	if (off == TOYREAD1)
		return (uint32_t)tm.tm_year;
	return (uint32_t)(tm.tm_mon + 1) << 26 | (uint32_t)tm.tm_mday << 21 |
	       (uint32_t)tm.tm_hour << 16 | (uint32_t)tm.tm_min << 10 |
	       (uint32_t)tm.tm_sec << 4 | ms / MS_PER_DIGIT;
}

static int rtc_write_toy(struct rtc *rtc, uint64_t off, uint32_t val)
{
	unsigned int ms;
	struct tm tm;

	if (!rtc_is_on(rtc, RTCCTRL_TOY))
		return guest_error(&rtc->dev, "date set while the calendar is off");
	ms = rtc_toy_get(rtc, &tm);
	if (off == TOYWRITE1) {
		if (val > RTC_MAX_YEAR)
			return guest_error(&rtc->dev, "year 1900 + %" PRIu32, val);
		tm.tm_year = (int)val;
	} else {
		tm.tm_mon = (int)bits64(val, 31, 26) - 1;
		tm.tm_mday = (int)bits64(val, 25, 21);
		tm.tm_hour = (int)bits64(val, 20, 16);
		tm.tm_min = (int)bits64(val, 15, 10);
		tm.tm_sec = (int)bits64(val, 9, 4);
		ms = (unsigned int)bits64(val, 3, 0) * MS_PER_DIGIT;
	}
	return rtc_toy_set(rtc, &tm, ms);
}

static int rtc_read(struct device *dev, const struct bus_at *at, uint64_t *val)
{
	const struct rtc *rtc = container_of(dev, struct rtc, dev);

	*val = 0;
	if (at->size != 4 || at->off % 4)
		return guest_error(dev, "read of %u bytes at +%#" PRIx64 " (want 4, aligned)",
				   at->size, at->off);
	switch (at->off) {
	case TOYREAD0:
	case TOYREAD1:
		*val = rtc_read_toy(rtc, at->off);
		break;
	case TOYMATCH0 ... TOYMATCH2:
		*val = rtc->toymatch[(at->off - TOYMATCH0) / 4];
		break;
	case RTCCTRL:
		*val = rtc->ctrl;
		break;
	case RTCREAD0:
		*val = rtc_is_on(rtc, RTCCTRL_RTC) ? rtc_ticks(rtc) - rtc->rtc_start : 0;
		break;
	case RTCMATCH0 ... RTCMATCH2:
		*val = rtc->rtcmatch[(at->off - RTCMATCH0) / 4];
		break;
	}
	return 0;
}

static int rtc_write(struct device *dev, const struct bus_at *at, uint64_t val)
{
	struct rtc *rtc = container_of(dev, struct rtc, dev);

	if (at->size != 4 || at->off % 4)
		return guest_error(dev, "write of %u bytes at +%#" PRIx64 " (want 4, aligned)",
				   at->size, at->off);
	switch (at->off) {
	case TOYTRIM:
	case RTCTRIM:
		return 0;
	case TOYWRITE0:
	case TOYWRITE1:
		return rtc_write_toy(rtc, at->off, (uint32_t)val);
	case TOYMATCH0 ... TOYMATCH2:
		rtc->toymatch[(at->off - TOYMATCH0) / 4] = (uint32_t)val;
		return 0;
	case RTCCTRL:
		rtc->ctrl = (uint32_t)val & RTCCTRL_WRITABLE;
		return 0;
	case RTCWRITE0:
		if (!rtc_is_on(rtc, RTCCTRL_RTC))
			return guest_error(dev, "counter set while it is off");
		rtc->rtc_start = rtc_ticks(rtc) - (uint32_t)val;
		return 0;
	case RTCMATCH0 ... RTCMATCH2:
		rtc->rtcmatch[(at->off - RTCMATCH0) / 4] = (uint32_t)val;
		return 0;
	}
	return guest_error(dev, "write of %#" PRIx64 " at +%#" PRIx64, val, at->off);
}

static void rtc_reset(struct device *dev)
{
	struct rtc *rtc = container_of(dev, struct rtc, dev);

	rtc->toy_offset_ms = 0;
	rtc->rtc_start = rtc_ticks(rtc);
	rtc->ctrl = 0;
	memset(rtc->toymatch, 0, sizeof(rtc->toymatch));
	memset(rtc->rtcmatch, 0, sizeof(rtc->rtcmatch));
}

static int rtc_fdt(struct device *dev, struct fdt_ctx *fdt)
{
	const struct rtc *rtc = container_of(dev, struct rtc, dev);

	fdt_node_begin_at(fdt, "rtc", dev->regions[0].base);
	fdt_prop_str(fdt, "compatible", "loongson,ls7a-rtc");
	fdt_prop_reg(fdt, dev->regions[0].base, dev->regions[0].len);
	if (rtc->irq.set)
		fdt_prop_pic_irq(fdt, rtc->irq.pin, FDT_IRQ_LEVEL_HIGH);
	fdt_node_end(fdt);
	return 0;
}

static void rtc_destroy(struct device *dev)
{
	device_fini(dev);
	free(container_of(dev, struct rtc, dev));
}

static const struct device_ops rtc_ops = {
	.read = rtc_read,
	.write = rtc_write,
	.reset = rtc_reset,
	.fdt = rtc_fdt,
	.destroy = rtc_destroy,
};

int rtc_create(const struct rtc_cfg *cfg, struct device **out, struct err *err)
{
	struct rtc *rtc = calloc(1, sizeof(*rtc));

	if (!rtc)
		return err_set(err, -ENOMEM, "rtc: out of memory");
	device_init(&rtc->dev, &rtc_ops, "rtc");
	device_add_region(&rtc->dev, RTC_BASE, RTC_LEN);
	rtc->irq = cfg->irq;
	rtc->now_ns = cfg->now_ns ? cfg->now_ns : rtc_host_ns;
	rtc->now_ctx = cfg->now_ctx;
	rtc_reset(&rtc->dev);
	*out = &rtc->dev;
	return 0;
}
