/* SPDX-License-Identifier: Apache-2.0 */
/* tests/dev/test_bus.c - routing, overlap, the common part of devices. */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/bus.h"
#include "core/device.h"
#include "core/irq.h"
#include "util/log.h"

#define MMIO_NOTHING UINT64_MAX

struct probe {
	struct device dev;
	struct bus_at at;
	uint64_t val;
	unsigned int reads, writes;
	int ret;
};

static int probe_read(struct device *dev, const struct bus_at *at, uint64_t *val)
{
	struct probe *p = (struct probe *)dev;

	p->at = *at;
	p->reads++;
	*val = p->val;
	/* The bus holds the lock of a plain mutex. */
	ck_assert_int_eq(pthread_mutex_trylock(&dev->lock), EBUSY);
	return p->ret;
}

static int probe_write(struct device *dev, const struct bus_at *at, uint64_t val)
{
	struct probe *p = (struct probe *)dev;

	p->at = *at;
	p->val = val;
	p->writes++;
	ck_assert_int_eq(pthread_mutex_trylock(&dev->lock), EBUSY);
	return 0;
}

static const struct device_ops probe_ops = { .read = probe_read, .write = probe_write };
static const struct device_ops deaf_ops = { .read = NULL };

static struct bus *bus;
static struct probe dev[3];
static struct err err;

static void setup(void)
{
	ck_assert_int_eq(bus_create(&bus, "mmio", MMIO_NOTHING, &err), 0);
	for (unsigned int i = 0; i < 3; i++) {
		char name[8];

		memset(&dev[i], 0, sizeof(dev[i]));
		snprintf(name, sizeof(name), "dev%u", i);
		device_init(&dev[i].dev, &probe_ops, name);
	}
}

static void teardown(void)
{
	for (unsigned int i = 0; i < 3; i++)
		device_fini(&dev[i].dev);
	bus_destroy(bus);
}

START_TEST(routes_to_the_region_that_holds_the_address)
{
	ck_assert_int_eq(bus_add(bus, 0x3000, 0x1000, &dev[1].dev, 7, &err), 0);
	ck_assert_int_eq(bus_add(bus, 0x1000, 0x100, &dev[0].dev, 0, &err), 0);
	ck_assert_int_eq(bus_add(bus, 0x4000, 4, &dev[2].dev, 1, &err), 0);
	bus_freeze(bus);

	bus_write(bus, 0x30f8, 8, 0x1122334455667788, 3);
	ck_assert_uint_eq(dev[1].writes, 1);
	ck_assert_uint_eq(dev[1].at.off, 0xf8);
	ck_assert_uint_eq(dev[1].at.size, 8);
	ck_assert_uint_eq(dev[1].at.vcpu, 3);
	ck_assert_uint_eq(dev[1].at.region, 7);
	ck_assert_uint_eq(bus_read(bus, 0x3000, 8, 0), 0x1122334455667788);

	dev[0].val = UINT64_MAX;
	ck_assert_uint_eq(bus_read(bus, 0x10ff, 1, 0), 0xff);
	ck_assert_uint_eq(dev[0].at.off, 0xff);
	bus_write(bus, 0x4000, 2, 0xabcdef, 0);
	ck_assert_uint_eq(dev[2].val, 0xcdef);		/* cut to the access size */
	ck_assert_uint_eq(dev[2].at.region, 1);
}
END_TEST

START_TEST(nothing_reads_ones_and_swallows_writes)
{
	ck_assert_int_eq(bus_add(bus, 0x1000, 0x10, &dev[0].dev, 0, &err), 0);
	ck_assert_uint_eq(bus_read(bus, 0xfff, 1, 0), 0xff);
	ck_assert_uint_eq(bus_read(bus, 0x1010, 2, 0), 0xffff);
	ck_assert_uint_eq(bus_read(bus, 0, 4, 0), 0xffffffff);
	ck_assert_uint_eq(bus_read(bus, UINT64_MAX, 8, 0), UINT64_MAX);
	/* Crossing the end, and starting before the beginning. */
	ck_assert_uint_eq(bus_read(bus, 0x100c, 8, 0), UINT64_MAX);
	ck_assert_uint_eq(bus_read(bus, 0xffe, 4, 0), 0xffffffff);
	bus_write(bus, 0x100f, 2, 1, 0);
	bus_write(bus, 0x2000, 4, 1, 0);
	ck_assert_uint_eq(dev[0].reads + dev[0].writes, 0);
}
END_TEST

static struct {
	unsigned int n;
	struct bus_access last;
	unsigned int writes_before;
	unsigned int reads_before;
} tapped;

static void on_access(void *ctx, const struct bus_access *a)
{
	ck_assert_ptr_eq(ctx, &tapped);
	tapped.n++;
	tapped.last = *a;
	tapped.writes_before = dev[0].writes;
	tapped.reads_before = dev[0].reads;
	/* Whoever listens may take its time. */
	ck_assert_int_eq(pthread_mutex_trylock(&dev[0].dev.lock), 0);
	pthread_mutex_unlock(&dev[0].dev.lock);
}

static const struct bus_tap tap = { on_access, &tapped };

START_TEST(a_tap_hears_of_each_access)
{
	ck_assert_int_eq(bus_add(bus, 0x1000, 0x10, &dev[0].dev, 5, &err), 0);
	bus_freeze(bus);
	memset(&tapped, 0, sizeof(tapped));
	bus_set_tap(bus, &tap);

	bus_write(bus, 0x1004, 2, 0xabcdef, 3);
	ck_assert_str_eq(tapped.last.device, "dev0");
	ck_assert_uint_eq(tapped.last.addr, 0x1004);
	ck_assert_uint_eq(tapped.last.at.off, 4);
	ck_assert_uint_eq(tapped.last.at.size, 2);
	ck_assert_uint_eq(tapped.last.at.vcpu, 3);
	ck_assert_uint_eq(tapped.last.at.region, 5);
	ck_assert_uint_eq(tapped.last.val, 0xcdef);
	ck_assert(tapped.last.is_write);
	ck_assert_uint_eq(tapped.writes_before, 0);	/* what it causes comes later */
	ck_assert_uint_eq(dev[0].writes, 1);

	dev[0].val = 0x12345678;
	ck_assert_uint_eq(bus_read(bus, 0x1008, 1, 0), 0x78);
	ck_assert(!tapped.last.is_write);
	ck_assert_uint_eq(tapped.last.val, 0x78);
	ck_assert_uint_eq(tapped.reads_before, 1);

	ck_assert_uint_eq(bus_read(bus, 0x2000, 4, 0), 0xffffffff);
	ck_assert_ptr_null(tapped.last.device);
	ck_assert_uint_eq(tapped.last.addr, 0x2000);
	ck_assert_uint_eq(tapped.last.val, 0xffffffff);
	bus_write(bus, 0x100f, 8, 1, 0);
	ck_assert_ptr_null(tapped.last.device);
	ck_assert_uint_eq(tapped.n, 4);

	bus_set_tap(bus, NULL);
	bus_write(bus, 0x1000, 8, 1, 0);
	ck_assert_uint_eq(tapped.n, 4);
}
END_TEST

static struct {
	unsigned int nset, nchanged;
	unsigned int pin;
	bool level;
	const char *source;
} wire;

static void line_set(void *ctx, unsigned int pin, bool level)
{
	ck_assert_ptr_eq(ctx, &wire);
	wire.nset++;
	wire.pin = pin;
	wire.level = level;
}

static void line_changed(void *ctx, const char *source, unsigned int pin, bool level)
{
	ck_assert_ptr_eq(ctx, &wire);
	ck_assert_uint_eq(pin, 9);
	/* The controller does not know yet. */
	ck_assert_int_ne(wire.level, level);
	wire.nchanged++;
	wire.source = source;
}

START_TEST(a_tap_hears_of_lines_that_change)
{
	const struct irq_line to = { line_set, &wire, 9 };
	const struct irq_tap irq_tap = { line_changed, &wire };
	struct irq_tapped t;
	struct irq_line from = irq_line_tap(&t, &to, &irq_tap, "serial");

	memset(&wire, 0, sizeof(wire));
	ck_assert_uint_eq(from.pin, 9);
	irq_set(&from, false);				/* no news */
	ck_assert_uint_eq(wire.nset, 1);
	ck_assert_uint_eq(wire.nchanged, 0);
	irq_set(&from, true);
	irq_set(&from, true);
	ck_assert_str_eq(wire.source, "serial");
	ck_assert_uint_eq(wire.pin, 9);
	ck_assert(wire.level);
	ck_assert_uint_eq(wire.nset, 3);
	ck_assert_uint_eq(wire.nchanged, 1);
	irq_set(&from, false);
	ck_assert_uint_eq(wire.nset, 4);
	ck_assert_uint_eq(wire.nchanged, 2);
	ck_assert(!wire.level);
}
END_TEST

START_TEST(iocsr_nothing_is_zero)
{
	struct bus *iocsr;

	ck_assert_int_eq(bus_create(&iocsr, "iocsr", 0, &err), 0);
	ck_assert_uint_eq(bus_read(iocsr, 0x1060, 8, 0), 0);
	bus_destroy(iocsr);
}
END_TEST

START_TEST(failing_and_missing_handlers_answer_like_nothing)
{
	ck_assert_int_eq(bus_add(bus, 0x1000, 0x10, &dev[0].dev, 0, &err), 0);
	dev[1].dev.ops = &deaf_ops;
	ck_assert_int_eq(bus_add(bus, 0x2000, 0x10, &dev[1].dev, 0, &err), 0);
	dev[0].ret = -EIO;
	ck_assert_uint_eq(bus_read(bus, 0x1000, 2, 0), 0xffff);
	ck_assert_uint_eq(bus_read(bus, 0x2000, 4, 0), 0xffffffff);
	bus_write(bus, 0x2000, 4, 0, 0);
}
END_TEST

START_TEST(overlap_names_both)
{
	static const struct { uint64_t base, len; } bad[] = {
		{ 0x1000, 0x10 }, { 0xff8, 0x10 }, { 0x100f, 1 }, { 0xf00, 0x1000 },
		{ 0x1004, 4 }, { 0, UINT64_MAX },
	};

	ck_assert_int_eq(bus_add(bus, 0x1000, 0x10, &dev[0].dev, 0, &err), 0);
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&err, 0, sizeof(err));
		ck_assert_int_eq(bus_add(bus, bad[i].base, bad[i].len, &dev[1].dev, 0, &err),
				 -EEXIST);
		ck_assert_ptr_nonnull(strstr(err.text, "dev0"));
		ck_assert_ptr_nonnull(strstr(err.text, "dev1"));
	}
	/* Neighbours are fine. */
	ck_assert_int_eq(bus_add(bus, 0x1010, 1, &dev[1].dev, 0, &err), 0);
	ck_assert_int_eq(bus_add(bus, 0xff0, 0x10, &dev[2].dev, 0, &err), 0);
}
END_TEST

START_TEST(refuses_what_is_no_range_and_what_is_late)
{
	ck_assert_int_eq(bus_add(bus, 0x1000, 0, &dev[0].dev, 0, &err), -EINVAL);
	ck_assert_int_eq(bus_add(bus, UINT64_MAX, 2, &dev[0].dev, 0, &err), -EINVAL);
	/* The last byte of the address space is a valid region. */
	ck_assert_int_eq(bus_add(bus, UINT64_MAX, 1, &dev[0].dev, 0, &err), 0);
	dev[0].val = 0x5a;
	ck_assert_uint_eq(bus_read(bus, UINT64_MAX, 1, 0), 0x5a);
	ck_assert_uint_eq(bus_read(bus, UINT64_MAX, 2, 0), 0xffff);
	bus_freeze(bus);
	ck_assert_int_eq(bus_add(bus, 0x1000, 1, &dev[1].dev, 0, &err), -EBUSY);
	ck_assert_ptr_nonnull(strstr(err.text, "dev1"));
}
END_TEST

START_TEST(finds_among_many)
{
	for (uint64_t i = 0; i < 100; i++) {
		uint64_t base = 0x1000 * ((i * 37) % 100);

		ck_assert_int_eq(bus_add(bus, base, 0x800, &dev[0].dev,
					 (unsigned int)(base >> 12), &err), 0);
	}
	for (uint64_t i = 0; i < 100; i++) {
		dev[0].val = i;
		ck_assert_uint_eq(bus_read(bus, 0x1000 * i + 0x7ff, 1, 0), i);
		ck_assert_uint_eq(dev[0].at.region, i);
		ck_assert_uint_eq(bus_read(bus, 0x1000 * i + 0x800, 1, 0), 0xff);
	}
}
END_TEST

START_TEST(device_maps_its_regions)
{
	device_add_region(&dev[0].dev, 0x1000, 0x10);
	device_add_region(&dev[0].dev, 0x3000, 0x10);
	device_add_region(&dev[1].dev, 0x3008, 0x10);
	ck_assert_int_eq(device_map(&dev[0].dev, bus, &err), 0);
	bus_write(bus, 0x3004, 4, 9, 0);
	ck_assert_uint_eq(dev[0].at.region, 1);
	ck_assert_uint_eq(dev[0].at.off, 4);
	ck_assert_int_eq(device_map(&dev[1].dev, bus, &err), -EEXIST);
}
END_TEST

/* Runs @fn with stderr in a file and returns how many lines of it hold @text. */
static unsigned int count_lines(void (*fn)(void), const char *text)
{
	FILE *f = tmpfile();
	int saved = dup(STDERR_FILENO);
	unsigned int n = 0;
	char line[512];

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(dup2(fileno(f), STDERR_FILENO), 0);
	fn();
	ck_assert_int_ge(dup2(saved, STDERR_FILENO), 0);
	close(saved);
	rewind(f);
	while (fgets(line, sizeof(line), f))
		n += strstr(line, text) != NULL;
	fclose(f);
	return n;
}

static void touch_two_pages(void)
{
	for (unsigned int i = 0; i < 50; i++) {
		bus_read(bus, 0x5000 + 8 * i, 8, 1);
		bus_write(bus, 0x6000 + 8 * i, 8, 0, 1);
	}
}

static void touch_everything(void)
{
	for (uint64_t i = 0; i < 100000; i++)
		bus_read(bus, i << 12, 8, 1);
}

START_TEST(reports_each_page_once)
{
	ck_assert_int_eq(log_set_filter("bus:debug", &err), 0);
	ck_assert_uint_eq(count_lines(touch_two_pages, "nothing at"), 2);
	ck_assert_uint_eq(count_lines(touch_two_pages, "nothing at"), 0);
	/* Bounded, however many pages there are. */
	ck_assert_uint_le(count_lines(touch_everything, "nothing at"), 256);
	ck_assert_int_eq(log_set_filter("warn", &err), 0);
}
END_TEST

static void err_many_times(void)
{
	for (unsigned int i = 0; i < 1000; i++)
		ck_assert_int_eq(guest_error(&dev[0].dev, "bad value %u", i), 0);
}

START_TEST(guest_errors_are_counted_and_limited)
{
	unsigned int lines = count_lines(err_many_times, "guest: dev0: bad value");

	ck_assert_uint_eq(dev[0].dev.guest_errors, 1000);
	ck_assert_uint_ge(lines, 1);
	ck_assert_uint_le(lines, 20);	/* a second may begin in between */
}
END_TEST

static void *add_many(void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < 20000; i++) {
		bus_write(bus, 0x1000, 8, i, 0);
		bus_read(bus, 0x1000, 8, 0);
		bus_read(bus, (uint64_t)i << 12 | 0x900, 8, 0);
	}
	return NULL;
}

START_TEST(threads_share_a_device)
{
	pthread_t t[2];

	ck_assert_int_eq(bus_add(bus, 0x1000, 0x10, &dev[0].dev, 0, &err), 0);
	bus_freeze(bus);
	for (unsigned int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, add_many, NULL), 0);
	for (unsigned int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	ck_assert_uint_eq(dev[0].writes, 40000);
	ck_assert_uint_eq(dev[0].reads, 40000);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("bus");
	TCase *tc = tcase_create("bus");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, routes_to_the_region_that_holds_the_address);
	tcase_add_test(tc, nothing_reads_ones_and_swallows_writes);
	tcase_add_test(tc, a_tap_hears_of_each_access);
	tcase_add_test(tc, a_tap_hears_of_lines_that_change);
	tcase_add_test(tc, iocsr_nothing_is_zero);
	tcase_add_test(tc, failing_and_missing_handlers_answer_like_nothing);
	tcase_add_test(tc, overlap_names_both);
	tcase_add_test(tc, refuses_what_is_no_range_and_what_is_late);
	tcase_add_test(tc, finds_among_many);
	tcase_add_test(tc, device_maps_its_regions);
	tcase_add_test(tc, reports_each_page_once);
	tcase_add_test(tc, guest_errors_are_counted_and_limited);
	tcase_add_test(tc, threads_share_a_device);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
