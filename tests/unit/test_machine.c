/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/test_machine.c - a board whose interrupt controllers are the engine's: it looks
 * the same to the guest, and everything that concerns them is handed on.
 */
#include "machine.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "devices/irqchip/pch_msi.h"
#include "devices/irqchip/pch_pic.h"
#include "loader/loader.h"
#include "util/bits.h"

#define UART_GPA UINT64_C(0x1fe001e0)
#define UART_PIN 2u
#define UART_IER 1u
#define UART_IER_THRI 2u

static struct vm_config cfg;
static struct cfg_report report;
static struct event_loop *loop;
static struct machine *m;
static struct err err;

static struct {
	uint32_t pins;			/* levels */
	unsigned int nmessages, nresets, nlines, nstarts;
	unsigned int vector;
} heard;

static void pic_set(void *ctx, unsigned int pin, bool level)
{
	ck_assert_ptr_eq(ctx, &heard);
	heard.pins = level ? heard.pins | BIT32(pin) : heard.pins & ~BIT32(pin);
}

static void message_send(void *ctx, unsigned int vector, bool level)
{
	ck_assert_ptr_eq(ctx, &heard);
	ck_assert(level);
	heard.nmessages++;
	heard.vector = vector;
}

static void irqchip_reset(void *ctx)
{
	ck_assert_ptr_eq(ctx, &heard);
	heard.nresets++;
}

static void line_set(void *ctx, unsigned int vcpu, unsigned int line, bool level)
{
	(void)ctx, (void)vcpu, (void)line, (void)level;
	heard.nlines++;
}

static void ctl_stop(struct vm_control *ctl, enum vm_stop_reason why)
{
	(void)ctl, (void)why;
}

static void ctl_vcpu_start(struct vm_control *ctl, unsigned int vcpu, uint64_t pc)
{
	(void)ctl, (void)vcpu, (void)pc;
	heard.nstarts++;
}

static struct vm_control ctl = { ctl_stop, ctl_vcpu_start };

static const struct machine_irqchip irqchip = {
	.pic = { pic_set, &heard, 0 },
	.messages = { message_send, &heard, 0 },
	.reset = irqchip_reset,
	.ctx = &heard,
};

static void open_machine(bool has_irqchip)
{
	struct machine_env env = {
		.loop = loop,
		.ctl = &ctl,
		.lines = { line_set, NULL, 2 },
		.irqchip = has_irqchip ? &irqchip : NULL,
	};

	ck_assert_msg(!machine_create(&m, &cfg, &env, &report, &err), "%s", err.text);
}

static void set_up(void)
{
	static char none[] = "none", name[] = "test";

	memset(&heard, 0, sizeof(heard));
	cfg = (struct vm_config){
		.vm = { .name = name, .memory_bytes = CFG_MIN_MEMORY_BYTES, .vcpus = 2 },
		.console = { true, { .kind = CFG_CHARDEV_NONE, .spec = none } },
		.serial = { { .kind = CFG_CHARDEV_NONE, .spec = none } },
	};
	ck_assert_int_eq(event_loop_create(&loop, 0, &err), 0);
}

static void tear_down(void)
{
	event_loop_destroy(loop);
	cfg_report_fini(&report);
}

static void *build_tree(size_t *len)
{
	const struct ld_request req = { .cmdline = "", .fdt_devices = machine_fdt, .fdt_ctx = m,
					.nvcpus = 2, .cpu_model = "max" };
	void *blob;

	ck_assert_int_eq(ld_build_fdt(machine_memory(m), &req, 0, 0, &blob, len, &err), 0);
	return blob;
}

START_TEST(same_tree)
{
	size_t len[2];
	void *blob[2];

	for (unsigned int i = 0; i < 2; i++) {
		open_machine(i);
		blob[i] = build_tree(&len[i]);
		machine_destroy(m);
	}
	ck_assert_uint_eq(len[0], len[1]);
	ck_assert_int_eq(memcmp(blob[0], blob[1], len[0]), 0);
	free(blob[0]);
	free(blob[1]);
}
END_TEST

static void mmio_wr(uint64_t gpa, unsigned int size, uint64_t val)
{
	bus_write(machine_mmio(m), gpa, size, val, 0);
}

START_TEST(inputs_are_handed_on)
{
	open_machine(true);
	/* An empty transmitter interrupts as soon as that is enabled. */
	mmio_wr(UART_GPA + UART_IER, 1, UART_IER_THRI);
	ck_assert_uint_eq(heard.pins, BIT32(UART_PIN));
	mmio_wr(UART_GPA + UART_IER, 1, 0);
	ck_assert_uint_eq(heard.pins, 0);
	mmio_wr(PCH_MSI_BASE, 4, 77);
	ck_assert_uint_eq(heard.nmessages, 1);
	ck_assert_uint_eq(heard.vector, 77);
	mmio_wr(PCH_MSI_BASE, 4, PCH_MSI_FIRST_VECTOR - 1);
	ck_assert_uint_eq(heard.nmessages, 1);
	/* The controllers forget first; then devices lower what they had raised. */
	mmio_wr(UART_GPA + UART_IER, 1, UART_IER_THRI);
	machine_reset(m);
	ck_assert_uint_eq(heard.nresets, 1);
	ck_assert_uint_eq(heard.pins, 0);
	ck_assert_uint_eq(heard.nlines, 0);
	machine_destroy(m);
}
END_TEST

/* Registers of the chip are ours whoever has the controllers; theirs are on no bus. */
START_TEST(registers)
{
	struct bus *iocsr;

	open_machine(true);
	iocsr = machine_iocsr(m);
	ck_assert_uint_eq(bus_read(iocsr, 0x8, 4, 0), 0x1c);
	ck_assert_uint_eq(bus_read(iocsr, 0x10, 8, 1), UINT64_C(0x6e6f73676e6f6f4c));
	ck_assert_uint_eq(bus_read(iocsr, 0x20, 8, 1), UINT64_C(0x303030354133));
	ck_assert_uint_eq(bus_read(iocsr, 0x420, 8, 0), BIT64(48));
	bus_write(iocsr, 0x1004, 4, UINT32_MAX, 0);
	ck_assert_uint_eq(bus_read(iocsr, 0x1004, 4, 0), 0);
	bus_write(iocsr, 0x1600, 8, 1, 0);
	ck_assert_uint_eq(bus_read(iocsr, 0x1600, 8, 0), 0);
	bus_write(iocsr, 0x1020, 8, 0x100000, 1);
	bus_write(iocsr, 0x1040, 4, 1u << 16, 0);
	ck_assert_uint_eq(heard.nstarts, 0);
	ck_assert_uint_eq(bus_read(machine_mmio(m), PCH_PIC_BASE, 4, 0), UINT32_MAX);
	machine_destroy(m);
}
END_TEST

static int refuse_second(void *ctx, uint64_t gpa, uint32_t data, int fd)
{
	unsigned int *n = ctx;

	(void)gpa, (void)data;
	ck_assert_int_ge(fd, 0);
	return (*n)++ ? -ENOSPC : 0;
}

START_TEST(doorbells_end_at_the_first_refusal)
{
	unsigned int n = 0;
	const struct machine_doorbells bells = { refuse_second, &n };

	open_machine(false);
	machine_add_doorbells(m, &bells);
	ck_assert_uint_eq(n, 2);
	machine_destroy(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("machine");
	TCase *tc = tcase_create("machine");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, same_tree);
	tcase_add_test(tc, inputs_are_handed_on);
	tcase_add_test(tc, registers);
	tcase_add_test(tc, doorbells_end_at_the_first_refusal);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
