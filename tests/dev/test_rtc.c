/* SPDX-License-Identifier: Apache-2.0 */
/* tests/dev/test_rtc.c - calendar and counter of the LS7A. */
#include <time.h>

#include "devices/rtc.h"
#include "plat_fakes.h"

#define TOYTRIM 0x20
#define TOYWRITE0 0x24
#define TOYWRITE1 0x28
#define TOYREAD0 0x2c
#define TOYREAD1 0x30
#define TOYMATCH0 0x34
#define RTCCTRL 0x40
#define RTCTRIM 0x60
#define RTCWRITE0 0x64
#define RTCREAD0 0x68
#define RTCMATCH0 0x6c
#define TOY_ON (BIT32(11) | BIT32(8))
#define RTC_ON (BIT32(13) | BIT32(8))
#define S UINT64_C(1000000000)
#define MS UINT64_C(1000000)

static struct fake_pins pins;
static struct bus *mmio;
static struct device *rtc;
static struct err err;
static uint64_t now;

static uint64_t fake_now(void *ctx)
{
	return *(uint64_t *)ctx;
}

static void setup(void)
{
	struct rtc_cfg cfg = { fake_pin(&pins, RTC_PIN), fake_now, &now };

	now = 1772368496 * S + 789 * MS;	/* 2026-03-01 12:34:56.789 UTC */
	ck_assert_int_eq(bus_create(&mmio, "mmio", UINT64_MAX, &err), 0);
	ck_assert_int_eq(rtc_create(&cfg, &rtc, &err), 0);
	ck_assert_int_eq(device_map(rtc, mmio, &err), 0);
}

static void teardown(void)
{
	rtc->ops->destroy(rtc);
	bus_destroy(mmio);
}

static uint32_t rd(unsigned int off)
{
	return (uint32_t)bus_read(mmio, RTC_BASE + off, 4, 0);
}

static void wr(unsigned int off, uint32_t val)
{
	bus_write(mmio, RTC_BASE + off, 4, val, 0);
}

static uint32_t toy(unsigned int mon, unsigned int day, unsigned int hour, unsigned int min,
		    unsigned int sec, unsigned int digit)
{
	return mon << 26 | day << 21 | hour << 16 | min << 10 | sec << 4 | digit;
}

START_TEST(shows_the_time_when_enabled)
{
	ck_assert_uint_eq(rd(TOYREAD0), 0);
	wr(RTCCTRL, BIT32(11));				/* no oscillator */
	ck_assert_uint_eq(rd(TOYREAD0), 0);
	ck_assert_uint_eq(rd(TOYREAD1), 0);
	wr(RTCCTRL, TOY_ON);
	ck_assert_uint_eq(rd(RTCCTRL), TOY_ON);
	ck_assert_uint_eq(rd(TOYREAD1), 126);
	ck_assert_uint_eq(rd(TOYREAD0), toy(3, 1, 12, 34, 56, 7));
	now += 3 * S + 211 * MS;
	ck_assert_uint_eq(rd(TOYREAD0), toy(3, 1, 12, 35, 0, 0));
	ck_assert_uint_eq(rd(TOYWRITE0) | rd(TOYWRITE1) | rd(TOYTRIM), 0);
}
END_TEST

START_TEST(guest_sets_the_date)
{
	wr(TOYWRITE0, toy(1, 1, 0, 0, 0, 0));		/* off: ignored */
	ck_assert_uint_eq(rtc->guest_errors, 1);
	wr(RTCCTRL, TOY_ON);
	ck_assert_uint_eq(rd(TOYREAD1), 126);
	wr(TOYWRITE1, 100);
	wr(TOYWRITE0, toy(2, 28, 23, 59, 58, 5));
	ck_assert_uint_eq(rd(TOYREAD0), toy(2, 28, 23, 59, 58, 5));
	now += 2 * S;
	ck_assert_uint_eq(rd(TOYREAD0), toy(2, 29, 0, 0, 0, 5));	/* 2000 leaps */
	ck_assert_uint_eq(rd(TOYREAD1), 100);
	/* Before 1970. */
	wr(TOYWRITE1, 60);
	ck_assert_uint_eq(rd(TOYREAD0), toy(2, 29, 0, 0, 0, 5));
	ck_assert_uint_eq(rd(TOYREAD1), 60);
	fake_reset(rtc);
	wr(RTCCTRL, TOY_ON);
	ck_assert_uint_eq(rd(TOYREAD1), 126);
}
END_TEST

START_TEST(nonsense_dates)
{
	wr(RTCCTRL, TOY_ON);
	wr(TOYWRITE1, 8100);
	wr(TOYWRITE1, UINT32_MAX);
	ck_assert_uint_eq(rtc->guest_errors, 2);
	ck_assert_uint_eq(rd(TOYREAD1), 126);
	wr(TOYWRITE0, toy(2, 31, 25, 61, 61, 9));	/* carried over */
	ck_assert_uint_eq(rd(TOYREAD0), toy(3, 4, 2, 2, 1, 9));
	wr(TOYWRITE0, toy(1, 1, 0, 0, 0, 15));		/* 1.5 s */
	ck_assert_uint_eq(rd(TOYREAD0), toy(1, 1, 0, 0, 1, 5));
	/* The year cannot be carried out of range, however often one tries. */
	for (unsigned int i = 0; i < 20000; i++)
		wr(TOYWRITE0, UINT32_MAX);
	ck_assert_uint_le(rd(TOYREAD1), 8099);
	for (unsigned int i = 0; i < 20000; i++)
		wr(TOYWRITE0, 0);
	ck_assert_uint_le(rd(TOYREAD1), 8099);
	ck_assert_uint_gt(rtc->guest_errors, 2);
}
END_TEST

START_TEST(counter)
{
	now += 10 * S;
	ck_assert_uint_eq(rd(RTCREAD0), 0);
	wr(RTCWRITE0, 5);				/* off: ignored */
	wr(RTCCTRL, RTC_ON);
	ck_assert_uint_eq(rd(RTCREAD0), 10 * 32768);
	wr(RTCWRITE0, UINT32_MAX - 32767);
	now += S / 2;
	ck_assert_uint_eq(rd(RTCREAD0), UINT32_MAX - 16383);
	now += S;
	ck_assert_uint_eq(rd(RTCREAD0), 16384);		/* wraps */
	fake_reset(rtc);
	wr(RTCCTRL, RTC_ON);
	ck_assert_uint_eq(rd(RTCREAD0), 0);
	wr(RTCCTRL, BIT32(13));
	now += S;
	ck_assert_uint_eq(rd(RTCREAD0), 0);
}
END_TEST

START_TEST(match_registers_are_stored)
{
	for (unsigned int i = 0; i < 3; i++) {
		wr(TOYMATCH0 + 4 * i, 0x1000 + i);
		wr(RTCMATCH0 + 4 * i, 0x2000 + i);
	}
	for (unsigned int i = 0; i < 3; i++) {
		ck_assert_uint_eq(rd(TOYMATCH0 + 4 * i), 0x1000 + i);
		ck_assert_uint_eq(rd(RTCMATCH0 + 4 * i), 0x2000 + i);
	}
	wr(TOYTRIM, 1);
	wr(RTCTRIM, 1);
	ck_assert_uint_eq(rd(TOYTRIM) | rd(RTCTRIM), 0);
	ck_assert_uint_eq(rtc->guest_errors, 0);
	fake_reset(rtc);
	ck_assert_uint_eq(rd(TOYMATCH0) | rd(RTCMATCH0), 0);
}
END_TEST

START_TEST(hostile_accesses)
{
	ck_assert_uint_eq(bus_read(mmio, RTC_BASE + TOYREAD0, 8, 0), 0);
	ck_assert_uint_eq(bus_read(mmio, RTC_BASE + TOYREAD0 + 1, 4, 0), 0);
	bus_write(mmio, RTC_BASE + RTCCTRL, 1, 0xff, 0);
	ck_assert_uint_eq(rtc->guest_errors, 3);
	ck_assert_uint_eq(rd(RTCCTRL), 0);
	wr(RTCCTRL, TOY_ON | RTC_ON);
	fake_hammer(mmio, RTC_BASE, 0x110, 4, 100000);
	now = UINT64_MAX;
	wr(RTCCTRL, TOY_ON | RTC_ON);
	fake_hammer(mmio, RTC_BASE, 0x110, 4, 100000);
}
END_TEST

START_TEST(host_clock_by_default)
{
	struct rtc_cfg cfg = { 0 };
	struct device *dev;
	struct bus *bus;
	struct tm tm;
	time_t t = time(NULL);

	ck_assert_int_eq(bus_create(&bus, "mmio", UINT64_MAX, &err), 0);
	ck_assert_int_eq(rtc_create(&cfg, &dev, &err), 0);
	ck_assert_int_eq(device_map(dev, bus, &err), 0);
	bus_write(bus, RTC_BASE + RTCCTRL, 4, TOY_ON, 0);
	gmtime_r(&t, &tm);
	ck_assert_uint_ge(bus_read(bus, RTC_BASE + TOYREAD1, 4, 0), (unsigned int)tm.tm_year);
	dev->ops->destroy(dev);
	bus_destroy(bus);
}
END_TEST

START_TEST(tree)
{
	void *fdt = fake_fdt(rtc);
	const char *path = "/rtc@100d0100";

	ck_assert_str_eq(fake_fdt_str(fdt, path, "compatible"), "loongson,ls7a-rtc");
	ck_assert_uint_eq(fake_fdt_cell(fdt, path, "reg", 1), RTC_BASE);
	ck_assert_uint_eq(fake_fdt_cell(fdt, path, "interrupts", 0), 6);
	free(fdt);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("rtc");
	TCase *tc = tcase_create("rtc");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, shows_the_time_when_enabled);
	tcase_add_test(tc, guest_sets_the_date);
	tcase_add_test(tc, nonsense_dates);
	tcase_add_test(tc, counter);
	tcase_add_test(tc, match_registers_are_stored);
	tcase_add_test(tc, hostile_accesses);
	tcase_add_test(tc, host_clock_by_default);
	tcase_add_test(tc, tree);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
