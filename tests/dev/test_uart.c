/* SPDX-License-Identifier: Apache-2.0 */
/* tests/dev/test_uart.c - the serial port, as 8250 drivers probe and use it. */
#include <pthread.h>

#include "devices/host/chardev.h"
#include "devices/uart.h"
#include "plat_fakes.h"

#define RBR 0
#define THR 0
#define DLL 0
#define IER 1
#define DLM 1
#define IIR 2
#define FCR 2
#define LCR 3
#define MCR 4
#define LSR 5
#define MSR 6
#define SCR 7
#define NO_INT 0x01

/* Host side: a queue each way, with limited room for output. */
struct fake_chr {
	struct chardev chr;
	pthread_mutex_t lock;
	char out[1 << 16];
	size_t out_len, room;
	char in[256];
	size_t in_len;
	bool is_active;
};

static size_t fake_write(struct chardev *chr, const void *buf, size_t len)
{
	struct fake_chr *f = container_of(chr, struct fake_chr, chr);

	pthread_mutex_lock(&f->lock);
	len = len < f->room ? len : f->room;
	ck_assert_uint_le(f->out_len + len, sizeof(f->out));
	memcpy(f->out + f->out_len, buf, len);
	f->out_len += len;
	f->room -= len;
	pthread_mutex_unlock(&f->lock);
	return len;
}

static size_t fake_read(struct chardev *chr, void *buf, size_t len)
{
	struct fake_chr *f = container_of(chr, struct fake_chr, chr);

	pthread_mutex_lock(&f->lock);
	len = len < f->in_len ? len : f->in_len;
	memcpy(buf, f->in, len);
	f->in_len -= len;
	memmove(f->in, f->in + len, f->in_len);
	pthread_mutex_unlock(&f->lock);
	return len;
}

static void fake_set_active(struct chardev *chr, bool is_active)
{
	container_of(chr, struct fake_chr, chr)->is_active = is_active;
}

static const struct chardev_ops fake_chr_ops = {
	.write = fake_write, .read = fake_read, .set_active = fake_set_active,
};

static struct fake_chr chr;
static struct fake_pins pins;
static struct bus *mmio;
static struct device *uart;
static struct err err;

static void setup(void)
{
	struct uart_cfg cfg = { "serial", UART0_BASE, fake_pin(&pins, UART0_PIN), &chr.chr };

	memset(&chr, 0, sizeof(chr));
	memset(&pins, 0, sizeof(pins));
	pthread_mutex_init(&chr.lock, NULL);
	chr.chr.ops = &fake_chr_ops;
	chr.room = sizeof(chr.out);
	ck_assert_int_eq(bus_create(&mmio, "mmio", UINT64_MAX, &err), 0);
	ck_assert_int_eq(uart_create(&cfg, &uart, &err), 0);
	ck_assert_int_eq(device_map(uart, mmio, &err), 0);
}

static void teardown(void)
{
	uart->ops->destroy(uart);
	ck_assert_ptr_null(chr.chr.on_input);
	ck_assert(!chr.is_active);
	bus_destroy(mmio);
	pthread_mutex_destroy(&chr.lock);
}

static uint8_t in(unsigned int reg)
{
	return (uint8_t)bus_read(mmio, UART0_BASE + reg, 1, 0);
}

static void out(unsigned int reg, uint8_t val)
{
	bus_write(mmio, UART0_BASE + reg, 1, val, 0);
}

static bool irq(void)
{
	return pins.level[UART0_PIN];
}

/* The host types. */
static void type(const char *text)
{
	pthread_mutex_lock(&chr.lock);
	ck_assert_uint_le(chr.in_len + strlen(text), sizeof(chr.in));
	memcpy(chr.in + chr.in_len, text, strlen(text));
	chr.in_len += strlen(text);
	pthread_mutex_unlock(&chr.lock);
	chardev_notify_input(&chr.chr);
}

START_TEST(reset_values)
{
	for (unsigned int round = 0; round < 2; round++) {
		ck_assert_uint_eq(in(IER), 0);
		ck_assert_uint_eq(in(IIR), 0x01);
		ck_assert_uint_eq(in(LCR), 0);
		ck_assert_uint_eq(in(MCR), 0x08);
		ck_assert_uint_eq(in(LSR), 0x60);
		ck_assert_uint_eq(in(MSR), 0xb0);
		ck_assert_uint_eq(in(SCR), 0);
		out(LCR, 0x80);
		ck_assert_uint_eq(in(DLL) | in(DLM) << 8, 12);
		out(DLL, 1);
		out(DLM, 2);
		ck_assert_uint_eq(in(DLL) | in(DLM) << 8, 0x201);
		out(LCR, 3);
		out(IER, 0xff);
		out(FCR, 0xc1);
		type("x");
		in(RBR);
		out(MCR, 0xff);
		out(SCR, 0xa5);
		fake_reset(uart);
		ck_assert(!irq());
	}
}
END_TEST

START_TEST(linux_probe)
{
	/* IER: only four bits exist. */
	out(IER, 0);
	ck_assert_uint_eq(in(IER) & 0x0f, 0);
	out(IER, 0xff);
	ck_assert_uint_eq(in(IER), 0x0f);
	out(IER, 0);
	/* Loopback: RTS and OUT2 must come back as CTS and DCD. */
	out(MCR, 0x1a);
	ck_assert_uint_eq(in(MSR) & 0xf0, 0x90);
	out(MCR, 0x15);
	ck_assert_uint_eq(in(MSR) & 0xf0, 0x60);
	out(MCR, 0x08);
	ck_assert_uint_eq(in(MSR) & 0xf0, 0xb0);
	/* A 16550A, and not one of its descendants with bit 5 or another LCR page. */
	out(FCR, 0x01);
	ck_assert_uint_eq(in(IIR) & 0xe0, 0xc0);
	out(FCR, 0x21);
	ck_assert_uint_eq(in(IIR) & 0xe0, 0xc0);
	out(LCR, 0x80);
	out(FCR, 0x21);
	ck_assert_uint_eq(in(IIR) & 0xe0, 0xc0);
	out(LCR, 0xbf);
	ck_assert_uint_eq(in(IIR) & 0xe0, 0xc0);
	out(LCR, 0);
	out(FCR, 0);
	ck_assert_uint_eq(in(IIR), NO_INT);
	out(SCR, 0x5a);
	ck_assert_uint_eq(in(SCR), 0x5a);
	/* At open: the THRE interrupt comes each time it is enabled. */
	for (unsigned int i = 0; i < 2; i++) {
		out(IER, 0x02);
		ck_assert(irq());
		ck_assert_uint_eq(in(IIR) & 0x0f, 0x02);
		ck_assert(!irq());		/* reading it cleared it */
		ck_assert_uint_eq(in(IIR) & NO_INT, NO_INT);
		out(IER, 0);
	}
	ck_assert_uint_eq(in(LSR), 0x60);
	ck_assert_uint_eq(uart->guest_errors, 0);
}
END_TEST

START_TEST(output)
{
	for (const char *p = "Linux version\n"; *p; p++) {
		ck_assert_uint_eq(in(LSR) & 0x20, 0x20);
		out(THR, (uint8_t)*p);
	}
	ck_assert_uint_eq(chr.out_len, 14);
	ck_assert_int_eq(memcmp(chr.out, "Linux version\n", 14), 0);
	/* With interrupts: every time the transmitter is empty again. */
	out(IER, 0x02);
	in(IIR);
	out(THR, 'a');
	ck_assert(irq());
	ck_assert_uint_eq(in(IIR), 0x02);
	out(IER, 0);
	ck_assert(!irq());
}
END_TEST

START_TEST(slow_host)
{
	out(FCR, 0x01);
	out(IER, 0x02);
	in(IIR);
	chr.room = 3;
	for (unsigned int i = 0; i < 16; i++)
		out(THR, (uint8_t)('a' + i));
	/* 3 went out, 13 wait; the transmitter is busy and says so. */
	ck_assert_uint_eq(chr.out_len, 3);
	ck_assert_uint_eq(in(LSR) & 0x60, 0);
	in(IIR);
	ck_assert(!irq());
	out(THR, 'q');
	out(THR, 'r');
	out(THR, 's');
	ck_assert_uint_eq(uart->guest_errors, 0);
	out(THR, '!');				/* a guest that does not look */
	ck_assert_uint_eq(uart->guest_errors, 1);
	chr.room = 4;
	chardev_notify_writable(&chr.chr);
	ck_assert_uint_eq(in(LSR) & 0x60, 0);
	chr.room = 100;
	chardev_notify_writable(&chr.chr);
	ck_assert_uint_eq(in(LSR) & 0x60, 0x60);
	ck_assert(irq());
	ck_assert_uint_eq(in(IIR) & 0x0f, 0x02);
	ck_assert_uint_eq(chr.out_len, 19);
	ck_assert_int_eq(memcmp(chr.out, "abcdefghijklmnopqrs", 19), 0);
	chardev_notify_writable(&chr.chr);	/* spurious */
	ck_assert(!irq());
	/* Clearing the FIFO drops what waits. */
	chr.room = 0;
	out(THR, 'x');
	out(FCR, 0x05);
	ck_assert_uint_eq(in(LSR) & 0x60, 0x60);
	chr.room = 10;
	chardev_notify_writable(&chr.chr);
	ck_assert_uint_eq(chr.out_len, 19);
	/* Without FIFO one byte waits, the next is lost. */
	out(FCR, 0);
	chr.room = 0;
	out(THR, 'y');
	out(THR, 'z');
	chr.room = 10;
	fake_reset(uart);			/* the last words still go out */
	ck_assert_uint_eq(chr.out_len, 20);
	ck_assert_int_eq(chr.out[19], 'y');
}
END_TEST

START_TEST(input_with_fifo)
{
	out(FCR, 0x81);				/* trigger at 8 */
	out(IER, 0x01);
	type("abc");
	ck_assert(irq());
	ck_assert_uint_eq(in(IIR), 0xcc);	/* below the trigger: timeout */
	type("defgh");
	ck_assert_uint_eq(in(IIR), 0xc4);
	for (unsigned int i = 0; i < 8; i++) {
		ck_assert_uint_eq(in(LSR) & 0x01, 0x01);
		ck_assert_uint_eq(in(RBR), 'a' + i);
	}
	ck_assert_uint_eq(in(LSR) & 0x01, 0);
	ck_assert(!irq());
	ck_assert_uint_eq(in(IIR), 0xc1);
}
END_TEST

START_TEST(more_input_than_fits)
{
	static const char text[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEF";
	unsigned int n = 0;

	out(FCR, 0x01);
	out(IER, 0x05);
	type(text);
	ck_assert_uint_eq(chr.in_len, sizeof(text) - 1 - 16);
	while (in(LSR) & 0x01)
		ck_assert_uint_eq(in(RBR), text[n++]);
	ck_assert_uint_eq(n, sizeof(text) - 1);		/* no overrun, nothing lost */
	ck_assert(!irq());
	/* Without FIFO, one at a time. */
	out(FCR, 0);
	type("xy");
	ck_assert_uint_eq(chr.in_len, 1);
	ck_assert_uint_eq(in(IIR), 0x04);
	ck_assert_uint_eq(in(RBR), 'x');
	ck_assert(irq());
	ck_assert_uint_eq(in(RBR), 'y');
	ck_assert(!irq());
	ck_assert_uint_eq(in(RBR), 'y');		/* nothing new */
}
END_TEST

START_TEST(input_before_the_driver)
{
	type("early and more than the FIFO holds");
	ck_assert(!irq());
	ck_assert_uint_eq(in(RBR), 'e');
	/* Enabling the FIFO clears it, and takes what the host still has. */
	out(FCR, 0x07);
	ck_assert_uint_eq(in(LSR) & 0x01, 0x01);
	fake_reset(uart);
	ck_assert_uint_eq(in(LSR) & 0x01, 0x01);	/* the rest is not stuck */
	out(IER, 0x01);
	ck_assert(irq());
}
END_TEST

START_TEST(priorities)
{
	/* All four at once: an overrun in loopback, data, an empty transmitter, a delta. */
	in(MSR);
	out(MCR, 0x12);
	out(THR, 'a');
	out(THR, 'b');				/* no FIFO: overrun */
	out(IER, 0x0f);
	ck_assert_uint_eq(in(IIR), 0x06);
	ck_assert_uint_eq(in(LSR) & 0x1f, 0x03);
	ck_assert_uint_eq(in(LSR) & 0x1e, 0);	/* reading cleared the error */
	ck_assert_uint_eq(in(IIR), 0x04);
	ck_assert_uint_eq(in(RBR), 'a');
	ck_assert_uint_eq(in(IIR), 0x02);
	ck_assert_uint_eq(in(IIR), 0x00);
	ck_assert(irq());
	ck_assert_uint_eq(in(MSR), 0x1a);	/* DSR and DCD fell, CTS stayed */
	ck_assert_uint_eq(in(IIR), NO_INT);
	ck_assert(!irq());
	ck_assert_uint_eq(chr.out_len, 0);
}
END_TEST

START_TEST(loopback_unplugs_the_host)
{
	out(FCR, 0x01);
	out(MCR, 0x10);
	type("typed");
	for (unsigned int i = 0; i < 16; i++)
		out(THR, (uint8_t)i);
	for (unsigned int i = 0; i < 16; i++)
		ck_assert_uint_eq(in(RBR), i);
	ck_assert_uint_eq(in(LSR), 0x60);
	out(MCR, 0x14);
	in(MSR);
	out(MCR, 0x10);
	ck_assert_uint_eq(in(MSR), 0x04);	/* RI: the trailing edge only */
	out(MCR, 0x08);
	ck_assert_uint_eq(in(RBR), 't');
	ck_assert_uint_eq(chr.out_len, 0);
}
END_TEST

START_TEST(raises_again_while_pending)
{
	unsigned int raises;

	out(IER, 0x01);
	type("a");
	raises = pins.raises[UART0_PIN];
	in(SCR);
	ck_assert_uint_gt(pins.raises[UART0_PIN], raises);
	in(RBR);
	raises = pins.raises[UART0_PIN];
	in(SCR);
	ck_assert_uint_eq(pins.raises[UART0_PIN], raises);
	ck_assert_uint_eq(pins.falls[UART0_PIN], 1);
}
END_TEST

START_TEST(hostile_accesses)
{
	chr.room = 100;
	type("some input that nobody reads");
	fake_hammer(mmio, UART0_BASE, 0x110, 4, 100000);
	ck_assert_uint_gt(uart->guest_errors, 0);
	ck_assert_uint_eq(bus_read(mmio, UART0_BASE + 8, 1, 0), 0);
	fake_reset(uart);
	ck_assert(!irq());
	ck_assert_uint_eq(bus_read(mmio, UART0_BASE + LSR, 4, 0) & ~1u, 0x60);
}
END_TEST

START_TEST(without_host_side)
{
	struct uart_cfg cfg = { "quiet", 0x1000, { 0 }, NULL };
	struct device *dev;
	struct bus *bus;
	void *fdt;

	ck_assert_int_eq(bus_create(&bus, "mmio", UINT64_MAX, &err), 0);
	ck_assert_int_eq(uart_create(&cfg, &dev, &err), 0);
	ck_assert_int_eq(device_map(dev, bus, &err), 0);
	bus_write(bus, 0x1000 + IER, 1, 0x0f, 0);
	bus_write(bus, 0x1000 + THR, 1, 'x', 0);
	ck_assert_uint_eq(bus_read(bus, 0x1000 + LSR, 1, 0), 0x60);
	fdt = fake_fdt(dev);
	ck_assert(!fake_fdt_has(fdt, "/serial@1000", "interrupts"));	/* polled */
	free(fdt);
	dev->ops->destroy(dev);
	bus_destroy(bus);
}
END_TEST

START_TEST(tree)
{
	void *fdt = fake_fdt(uart);
	const char *path = "/serial@1fe001e0";

	ck_assert(chr.is_active);
	ck_assert_str_eq(fake_fdt_str(fdt, path, "compatible"), "ns16550a");
	ck_assert_uint_eq(fake_fdt_cell(fdt, path, "reg", 1), UART0_BASE);
	ck_assert_uint_eq(fake_fdt_cell(fdt, path, "reg", 3), 0x100);
	ck_assert_uint_eq(fake_fdt_cell(fdt, path, "clock-frequency", 0), 100000000);
	ck_assert_uint_eq(fake_fdt_cell(fdt, path, "interrupts", 0), 2);
	ck_assert_uint_eq(fake_fdt_cell(fdt, path, "interrupts", 1), FDT_IRQ_LEVEL_HIGH);
	ck_assert_uint_eq(fake_fdt_cell(fdt, path, "interrupt-parent", 0), FDT_PH_PCH_PIC);
	free(fdt);
}
END_TEST

#define TYPED 20000

static void *loop_thread(void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < TYPED; i++) {
		bool is_full;

		do {
			pthread_mutex_lock(&chr.lock);
			is_full = chr.in_len == sizeof(chr.in);
			if (!is_full)
				chr.in[chr.in_len++] = (char)i;
			chr.room += chr.room < 8;
			pthread_mutex_unlock(&chr.lock);
			chardev_notify_input(&chr.chr);
			chardev_notify_writable(&chr.chr);
		} while (is_full);
	}
	return NULL;
}

static void *vcpu_thread(void *arg)
{
	unsigned int n = 0;

	while (n < TYPED) {
		if (!(in(LSR) & 0x01))
			continue;
		ck_assert_uint_eq(in(RBR), (uint8_t)n++);
		if (n % 2 && in(LSR) & 0x20)
			out(THR, (uint8_t)n);
	}
	return arg;
}

START_TEST(threads_type_and_read)
{
	pthread_t t[2];

	chr.room = 8;
	out(FCR, 0x01);
	out(IER, 0x03);
	ck_assert_int_eq(pthread_create(&t[0], NULL, loop_thread, NULL), 0);
	ck_assert_int_eq(pthread_create(&t[1], NULL, vcpu_thread, NULL), 0);
	pthread_join(t[0], NULL);
	pthread_join(t[1], NULL);
	ck_assert_uint_eq(chr.in_len, 0);
	ck_assert_uint_eq(uart->guest_errors, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("uart");
	TCase *tc = tcase_create("uart");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, reset_values);
	tcase_add_test(tc, linux_probe);
	tcase_add_test(tc, output);
	tcase_add_test(tc, slow_host);
	tcase_add_test(tc, input_with_fifo);
	tcase_add_test(tc, more_input_than_fits);
	tcase_add_test(tc, input_before_the_driver);
	tcase_add_test(tc, priorities);
	tcase_add_test(tc, loopback_unplugs_the_host);
	tcase_add_test(tc, raises_again_while_pending);
	tcase_add_test(tc, hostile_accesses);
	tcase_add_test(tc, without_host_side);
	tcase_add_test(tc, tree);
	tcase_add_test(tc, threads_type_and_read);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
