/* SPDX-License-Identifier: Apache-2.0 */
/* tests/dev/test_eiointc.c - vectors, routing, messages, nodes. */
#include <errno.h>
#include <pthread.h>

#include "devices/irqchip/eiointc.h"
#include "devices/irqchip/ipi.h"
#include "plat_fakes.h"

#define NODETYPE 0x14a0
#define IPMAP 0x14c0
#define ENABLE 0x1600
#define BOUNCE 0x1680
#define ISR 0x1700
#define COREISR 0x1800
#define ROUTE 0x1c00
#define ANY_SEND 0x1158
#define HWI(n) BIT32(2 + (n))

static struct fake_cpus cpus;
static struct bus *iocsr;
static struct device *eio, *ipi;
static struct fake_ctl ctl;
static struct err err;

static void create(unsigned int nvcpus)
{
	struct eiointc_cfg cfg;
	struct ipi_cfg ipi_cfg;

	memset(&cpus, 0, sizeof(cpus));
	fake_ctl_init(&ctl);
	ck_assert_int_eq(bus_create(&iocsr, "iocsr", 0, &err), 0);
	cfg = (struct eiointc_cfg){ fake_cpu_lines(&cpus, nvcpus), iocsr };
	ck_assert_int_eq(eiointc_create(&cfg, &eio, &err), 0);
	ipi_cfg = (struct ipi_cfg){ fake_cpu_lines(&cpus, nvcpus), iocsr, &ctl.ctl, false };
	ck_assert_int_eq(ipi_create(&ipi_cfg, &ipi, &err), 0);
}

static void setup(void)
{
	create(4);
}

static void setup_nodes(void)
{
	create(10);
}

static void teardown(void)
{
	eio->ops->destroy(eio);
	ipi->ops->destroy(ipi);
	bus_destroy(iocsr);
}

static uint64_t rd(uint64_t addr, unsigned int size, unsigned int vcpu)
{
	return bus_read(iocsr, addr, size, vcpu);
}

static void wr(uint64_t addr, unsigned int size, uint64_t val, unsigned int vcpu)
{
	bus_write(iocsr, addr, size, val, vcpu);
}

static void any_send(unsigned int from, unsigned int to, uint32_t addr, unsigned int keep,
		     uint32_t data)
{
	wr(ANY_SEND, 8, (uint64_t)data << 32 | BIT64(31) | (uint64_t)keep << 27 |
	   (uint64_t)to << 16 | addr, from);
}

static void input(unsigned int vec, bool level)
{
	struct irq_line line = eiointc_line(eio, vec);

	irq_set(&line, level);
}

static void message(unsigned int vec)
{
	struct irq_line line = eiointc_msi_line(eio, vec);

	irq_set(&line, true);
	irq_set(&line, false);
}

/* What Linux does on the first CPU of each node. */
static void linux_init(unsigned int vcpu)
{
	unsigned int node = vcpu / 4;

	for (uint32_t i = 0; i < 8; i++)
		wr(NODETYPE + 4 * i, 4, BIT64(2 * i + 1) << 16 | BIT64(2 * i), vcpu);
	for (uint32_t i = 0; i < 2; i++)
		wr(IPMAP + 4 * i, 4, 0x02020202, vcpu);
	for (uint32_t i = 0; i < 64; i++)
		wr(ROUTE + 4 * i, 4, 0x01010101u * (node << 4 | 1), vcpu);
	for (uint32_t i = 0; i < 8; i++) {
		wr(ENABLE + 4 * i, 4, UINT32_MAX, vcpu);
		wr(BOUNCE + 4 * i, 4, UINT32_MAX, vcpu);
	}
}

/* Linux' handler: read, write back, collect.  Returns the lowest vector or -1. */
static int linux_handle(unsigned int vcpu)
{
	int vec = -1;

	for (unsigned int i = 0; i < 4; i++) {
		uint64_t pending = rd(COREISR + 8 * i, 8, vcpu);

		if (!pending)
			continue;
		wr(COREISR + 8 * i, 8, pending, vcpu);
		if (vec < 0)
			vec = (int)(64 * i) + __builtin_ctzll(pending);
	}
	return vec;
}

START_TEST(level_input)
{
	linux_init(0);
	input(2, true);
	ck_assert_uint_eq(fake_estat(&cpus, 0), HWI(1));
	ck_assert_uint_eq(rd(ISR, 8, 0), BIT64(2));
	ck_assert_int_eq(linux_handle(0), 2);
	ck_assert_uint_eq(fake_estat(&cpus, 0), 0);
	/* Still high, but it does not latch again by itself. */
	ck_assert_uint_eq(rd(ISR, 8, 0), BIT64(2));
	ck_assert_uint_eq(rd(COREISR, 8, 0), 0);
	input(2, true);		/* the PCH-PIC asks again */
	ck_assert_uint_eq(fake_estat(&cpus, 0), HWI(1));
	input(2, false);	/* withdrawn before the CPU looked */
	ck_assert_uint_eq(fake_estat(&cpus, 0), 0);
	ck_assert_int_eq(linux_handle(0), -1);
	ck_assert_uint_eq(cpus.rises[0][3], 2);
}
END_TEST

START_TEST(lines_by_group)
{
	/* Groups of 32 vectors on HWI 0, 0, 1, 1, 2, 2, 3, 3. */
	wr(IPMAP, 8, 0x0808040402020101, 0);
	for (unsigned int i = 0; i < 4; i++)
		wr(ENABLE + 8 * i, 8, UINT64_MAX, 0);	/* xv6 uses 64 bits */
	for (unsigned int vec = 0; vec < 256; vec += 31) {
		input(vec, true);
		ck_assert_uint_eq(fake_estat(&cpus, 0), HWI(vec / 64));
		ck_assert_uint_eq(rd(COREISR + 8 * (vec / 64), 8, 0), BIT64(vec % 64));
		input(vec, false);
	}
	input(0, true);
	input(255, true);
	ck_assert_uint_eq(fake_estat(&cpus, 0), HWI(0) | HWI(3));
	/* A map of 0, or beyond HWI3, means HWI0; a change moves what is pending. */
	wr(IPMAP, 8, 0x2000000000000000, 0);
	ck_assert_uint_eq(fake_estat(&cpus, 0), HWI(0));
	wr(IPMAP + 7, 1, 0x0c, 0);
	ck_assert_uint_eq(fake_estat(&cpus, 0), HWI(0) | HWI(2));
	input(0, false);
	ck_assert_uint_eq(fake_estat(&cpus, 0), HWI(2));
}
END_TEST

START_TEST(enable_gates_and_replays)
{
	linux_init(0);
	wr(ENABLE, 4, ~BIT32(5), 0);
	input(5, true);
	ck_assert_uint_eq(fake_estat(&cpus, 0), 0);
	input(7, true);
	wr(ENABLE, 4, UINT32_MAX, 0);			/* 0 -> 1 with the input high */
	ck_assert_uint_eq(rd(COREISR, 8, 0), BIT64(5) | BIT64(7));
	wr(ENABLE, 1, (uint8_t)~(BIT32(5) | BIT32(7)), 0);	/* 1 -> 0, both at once */
	ck_assert_uint_eq(rd(COREISR, 8, 0), 0);
	ck_assert_uint_eq(fake_estat(&cpus, 0), 0);
	wr(ENABLE, 1, 0xff, 0);
	ck_assert_int_eq(linux_handle(0), 5);
	input(5, false);
	input(7, false);
	wr(ENABLE, 4, 0, 0);
	wr(ENABLE, 4, UINT32_MAX, 0);
	ck_assert_uint_eq(fake_estat(&cpus, 0), 0);	/* nothing left to replay */
}
END_TEST

START_TEST(route_moves_an_active_input)
{
	linux_init(0);
	input(9, true);
	/* One byte of a word, by ANY_SEND, as Linux changes an affinity. */
	any_send(2, 0, ROUTE + 8, 0xd, 0x04 << 8);
	ck_assert_uint_eq(fake_estat(&cpus, 0), 0);
	ck_assert_uint_eq(fake_estat(&cpus, 2), HWI(1));
	ck_assert_int_eq(linux_handle(0), -1);
	ck_assert_int_eq(linux_handle(2), 9);
	input(9, false);
	/* No core, and a nibble that only machines with nodes honour: CPU 0 and CPU 3. */
	wr(ROUTE + 9, 1, 0, 0);
	input(9, true);
	ck_assert_int_eq(linux_handle(0), 9);
	input(9, false);
	wr(ROUTE + 9, 1, 0xf8, 0);
	input(9, true);
	ck_assert_int_eq(linux_handle(3), 9);
}
END_TEST

START_TEST(route_that_keeps_the_target_does_not_relatch)
{
	linux_init(0);
	input(9, true);
	ck_assert_int_eq(linux_handle(0), 9);
	wr(ROUTE + 8, 8, 0x0101010101010301, 0);	/* 3: the lowest core counts */
	ck_assert_uint_eq(fake_estat(&cpus, 0), 0);
}
END_TEST

START_TEST(messages)
{
	linux_init(0);
	message(32);
	ck_assert_uint_eq(fake_estat(&cpus, 0), HWI(1));
	ck_assert_uint_eq(rd(ISR, 8, 0), 0);		/* over when latched */
	message(32);					/* merges with the first */
	ck_assert_int_eq(linux_handle(0), 32);
	ck_assert_int_eq(linux_handle(0), -1);
	/* Nothing is replayed when Linux changes the affinity ... */
	wr(ENABLE + 4, 4, ~BIT32(0), 0);
	wr(ENABLE + 4, 4, UINT32_MAX, 0);
	ck_assert_int_eq(linux_handle(0), -1);
	/* ... and nothing is lost: sent while disabled, delivered once. */
	wr(ENABLE + 4, 4, ~BIT32(0), 0);
	message(32);
	ck_assert_uint_eq(fake_estat(&cpus, 0), 0);
	wr(ROUTE + 32, 1, 0x02, 0);
	wr(ENABLE + 4, 4, UINT32_MAX, 0);
	ck_assert_int_eq(linux_handle(1), 32);
	ck_assert_uint_eq(rd(ISR, 8, 0), 0);
	/* Pending on a CPU when the vector is disabled: still handled there. */
	message(255);
	wr(ENABLE + 28, 4, 0, 0);
	ck_assert_int_eq(linux_handle(0), 255);
}
END_TEST

START_TEST(registers_are_shared_but_coreisr)
{
	wr(NODETYPE, 8, 0x1122334455667788, 0);
	wr(BOUNCE + 24, 8, 0xaa, 1);
	wr(ROUTE + 0xf8, 8, 0x0101010101010102, 3);
	ck_assert_uint_eq(rd(NODETYPE + 2, 2, 3), 0x5566);
	ck_assert_uint_eq(rd(BOUNCE + 24, 8, 0), 0xaa);
	ck_assert_uint_eq(rd(ROUTE + 0xf8, 1, 0), 2);
	wr(ENABLE + 24, 8, UINT64_MAX, 2);
	input(248, true);
	ck_assert_uint_eq(rd(COREISR + 24, 8, 0), 0);
	ck_assert_uint_eq(rd(COREISR + 24, 8, 1), BIT64(56));
	wr(COREISR + 24, 8, UINT64_MAX, 0);		/* another CPU's bit stays */
	ck_assert_uint_eq(rd(COREISR + 24, 8, 1), BIT64(56));
	wr(COREISR + 31, 1, 1, 1);			/* W1C by one byte */
	ck_assert_uint_eq(fake_estat(&cpus, 1), 0);
	wr(ISR + 24, 8, 0, 0);				/* read-only */
	ck_assert_uint_eq(rd(ISR + 24, 8, 0), BIT64(56));
	fake_reset(eio);
	for (uint64_t a = NODETYPE; a < ROUTE + 0x100; a += 8)
		ck_assert_uint_eq(rd(a, 8, 0), 0);
}
END_TEST

START_TEST(reset_lowers_lines)
{
	linux_init(0);
	wr(ROUTE, 4, 0x08040201, 0);
	for (unsigned int vec = 0; vec < 4; vec++)
		input(vec, true);
	for (unsigned int c = 0; c < 4; c++)
		ck_assert_uint_eq(fake_estat(&cpus, c), HWI(1));
	fake_reset(eio);
	for (unsigned int c = 0; c < 4; c++)
		ck_assert_uint_eq(fake_estat(&cpus, c), 0);
	input(0, false);				/* devices reset later */
	input(256, true);				/* no such vector */
	message(256);
	ck_assert_uint_eq(rd(ISR, 8, 0), 0);
}
END_TEST

START_TEST(nodes_have_their_own_registers)
{
	linux_init(0);
	linux_init(4);
	linux_init(8);
	/* Linux writes one byte into every node: the target for node 0, itself elsewhere. */
	any_send(1, 0, ROUTE + 12, 0xe, 0x12);		/* node 1, core 1: CPU 5 */
	any_send(1, 4, ROUTE + 12, 0xe, 0x12);
	any_send(1, 8, ROUTE + 12, 0xe, 0x22);
	ck_assert_uint_eq(rd(ROUTE + 12, 1, 3), 0x12);
	ck_assert_uint_eq(rd(ROUTE + 12, 1, 9), 0x22);
	input(12, true);
	ck_assert_uint_eq(fake_estat(&cpus, 5), HWI(1));
	ck_assert_uint_eq(fake_estat(&cpus, 0), 0);
	ck_assert_int_eq(linux_handle(5), 12);
	/* ENABLE of another node does not gate, nor take back what is pending. */
	input(12, true);
	wr(ENABLE, 4, 0, 5);
	ck_assert_uint_eq(fake_estat(&cpus, 5), HWI(1));
	ck_assert_int_eq(linux_handle(5), 12);
	input(12, true);
	ck_assert_int_eq(linux_handle(5), 12);
	wr(ENABLE, 4, ~BIT32(12), 0);
	input(12, true);
	ck_assert_int_eq(linux_handle(5), -1);
	wr(ENABLE, 4, UINT32_MAX, 2);
	/* The target's node maps vectors to lines. */
	wr(IPMAP, 4, 0x08080808, 7);
	ck_assert_uint_eq(fake_estat(&cpus, 5), HWI(3));
	/* A route to a CPU that is not there falls back to CPU 0. */
	any_send(0, 0, ROUTE + 12, 0xe, 0x28);
	ck_assert_uint_eq(fake_estat(&cpus, 5), 0);
	ck_assert_uint_eq(fake_estat(&cpus, 0), HWI(1));
}
END_TEST

START_TEST(hostile_accesses)
{
	for (unsigned int vec = 0; vec < 256; vec++)
		input(vec, true);
	fake_hammer(iocsr, NODETYPE, 0x860, 10, 200000);
	for (unsigned int vec = 0; vec < 256; vec++)
		input(vec, vec & 1);
	fake_hammer(iocsr, 0, 0x2000, 10, 200000);
	wr(COREISR, 8, UINT64_MAX, 10);			/* a vCPU that does not exist */
	ck_assert_uint_eq(rd(COREISR, 8, 1000), 0);
	fake_reset(eio);
	for (unsigned int c = 0; c < 10; c++)
		ck_assert_uint_eq(fake_estat(&cpus, c) & ~BIT32(IPI_CPU_LINE), 0);
}
END_TEST

START_TEST(tree)
{
	void *fdt = fake_fdt(eio);
	const char *path = "/interrupt-controller@1400";

	ck_assert_str_eq(fake_fdt_str(fdt, path, "compatible"), "loongson,ls2k2000-eiointc");
	ck_assert_uint_eq(fake_fdt_cell(fdt, path, "interrupt-parent", 0), FDT_PH_CPUINTC);
	ck_assert_uint_eq(fake_fdt_cell(fdt, path, "interrupts", 0), 3);
	ck_assert_uint_eq(fake_fdt_cell(fdt, path, "#interrupt-cells", 0), 1);
	ck_assert_uint_eq(fake_fdt_cell(fdt, path, "phandle", 0), FDT_PH_EIOINTC);
	ck_assert(fake_fdt_has(fdt, path, "interrupt-controller"));
	free(fdt);
}
END_TEST

START_TEST(refuses_bad_configurations)
{
	struct eiointc_cfg cfg = { fake_cpu_lines(&cpus, 0), iocsr };
	struct device *dev;

	ck_assert_int_eq(eiointc_create(&cfg, &dev, &err), -EINVAL);
	cfg.lines.nvcpus = 65;
	ck_assert_int_eq(eiointc_create(&cfg, &dev, &err), -EINVAL);
	cfg.lines.nvcpus = 64;
	ck_assert_int_eq(eiointc_create(&cfg, &dev, &err), -EEXIST);
}
END_TEST

#define ROUNDS 5000

static void *raiser(void *arg)
{
	unsigned int vec = *(unsigned int *)arg;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		input(vec, true);
		message(vec + 64);
		input(vec, false);
	}
	return NULL;
}

static void *handler(void *arg)
{
	unsigned int vcpu = *(unsigned int *)arg;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		linux_handle(vcpu);
		wr(ROUTE + 3, 1, BIT32(i & 3), vcpu);
		any_send(vcpu, 0, ENABLE, 0, i & 1 ? UINT32_MAX : ~BIT32(3));
	}
	return NULL;
}

START_TEST(threads_raise_and_acknowledge)
{
	unsigned int vecs[] = { 3, 4 }, handlers[] = { 0, 1 };
	pthread_t t[4];

	linux_init(0);
	for (unsigned int i = 0; i < 2; i++) {
		ck_assert_int_eq(pthread_create(&t[i], NULL, raiser, &vecs[i]), 0);
		ck_assert_int_eq(pthread_create(&t[2 + i], NULL, handler, &handlers[i]), 0);
	}
	for (unsigned int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	for (unsigned int c = 0; c < 4; c++) {
		while (linux_handle(c) >= 0)
			;
		ck_assert_uint_eq(fake_estat(&cpus, c), 0);
	}
	ck_assert_uint_eq(rd(ISR, 8, 0), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("eiointc");
	TCase *tc = tcase_create("one node"), *nodes = tcase_create("three nodes");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, level_input);
	tcase_add_test(tc, lines_by_group);
	tcase_add_test(tc, enable_gates_and_replays);
	tcase_add_test(tc, route_moves_an_active_input);
	tcase_add_test(tc, route_that_keeps_the_target_does_not_relatch);
	tcase_add_test(tc, messages);
	tcase_add_test(tc, registers_are_shared_but_coreisr);
	tcase_add_test(tc, reset_lowers_lines);
	tcase_add_test(tc, tree);
	tcase_add_test(tc, refuses_bad_configurations);
	tcase_add_test(tc, threads_raise_and_acknowledge);
	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(nodes, setup_nodes, teardown);
	tcase_set_timeout(nodes, 30);
	tcase_add_test(nodes, nodes_have_their_own_registers);
	tcase_add_test(nodes, hostile_accesses);
	suite_add_tcase(s, nodes);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
