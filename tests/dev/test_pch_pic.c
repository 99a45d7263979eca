/* SPDX-License-Identifier: Apache-2.0 */
/* tests/dev/test_pch_pic.c - bridge interrupt controller and message doorbell. */
#include <errno.h>
#include <pthread.h>

#include "devices/irqchip/eiointc.h"
#include "devices/irqchip/pch_msi.h"
#include "devices/irqchip/pch_pic.h"
#include "plat_fakes.h"

#define INT_ID 0x000
#define INT_MASK 0x020
#define HTMSI_EN 0x040
#define INT_EDGE 0x060
#define INT_CLEAR 0x080
#define AUTO_CTRL0 0x0c0
#define AUTO_CTRL1 0x0e0
#define ROUTE 0x100
#define HTMSI_VEC 0x200
#define INT_REQUEST 0x380
#define INT_STATUS 0x3a0
#define INT_POL 0x3e0
#define EIO_IPMAP 0x14c0
#define EIO_ENABLE 0x1600
#define EIO_COREISR 0x1800
#define HWI1 BIT32(3)

static struct fake_pins vecs;
static struct bus *mmio;
static struct device *pic, *msi;
static struct err err;

static void setup(void)
{
	struct pch_pic_cfg pic_cfg = { fake_pin(&vecs, 0) };
	struct pch_msi_cfg msi_cfg = { fake_pin(&vecs, 0) };

	memset(&vecs, 0, sizeof(vecs));
	ck_assert_int_eq(bus_create(&mmio, "mmio", UINT64_MAX, &err), 0);
	ck_assert_int_eq(pch_pic_create(&pic_cfg, &pic, &err), 0);
	ck_assert_int_eq(device_map(pic, mmio, &err), 0);
	ck_assert_int_eq(pch_msi_create(&msi_cfg, &msi, &err), 0);
	ck_assert_int_eq(device_map(msi, mmio, &err), 0);
}

static void teardown(void)
{
	pic->ops->destroy(pic);
	msi->ops->destroy(msi);
	bus_destroy(mmio);
}

static uint64_t rd(uint64_t off, unsigned int size)
{
	return bus_read(mmio, PCH_PIC_BASE + off, size, 0);
}

static void wr(uint64_t off, unsigned int size, uint64_t val)
{
	bus_write(mmio, PCH_PIC_BASE + off, size, val, 0);
}

static void wire(unsigned int pin, bool level)
{
	struct irq_line line = pch_pic_line(pic, pin);

	irq_set(&line, level);
}

/* Linux' set-up of one input: trigger, vector, unmask; all by 32-bit accesses. */
static void linux_request(unsigned int pin, uint8_t vec, bool is_edge)
{
	uint32_t bit = BIT32(pin);

	wr(HTMSI_VEC + pin, 1, vec);
	if (is_edge)
		wr(INT_EDGE, 4, rd(INT_EDGE, 4) | bit);
	else
		wr(INT_EDGE, 4, rd(INT_EDGE, 4) & ~bit);
	wr(INT_CLEAR, 4, bit);
	wr(INT_MASK, 4, rd(INT_MASK, 4) & ~bit);
}

START_TEST(reset_values)
{
	for (unsigned int round = 0; round < 2; round++) {
		ck_assert_uint_eq(rd(INT_ID, 8), 0x001f000107000000);
		ck_assert_uint_eq(rd(INT_ID + 4, 4) >> 16 & 0xff, 31);	/* what Linux reads */
		ck_assert_uint_eq(rd(INT_MASK, 8), UINT64_MAX);
		ck_assert_uint_eq(rd(ROUTE + 0x38, 8), 0x0101010101010101);
		ck_assert_uint_eq(rd(HTMSI_VEC, 8), 0);
		ck_assert_uint_eq(rd(INT_EDGE, 8) | rd(HTMSI_EN, 8) | rd(INT_POL, 8) |
				  rd(INT_STATUS, 8) | rd(INT_REQUEST, 8), 0);
		wr(INT_MASK, 8, 0);
		wr(ROUTE + 0x38, 8, 0);
		wr(HTMSI_VEC, 8, UINT64_MAX);
		wr(INT_EDGE, 4, 2);
		wr(HTMSI_EN, 8, 7);
		wr(INT_POL, 8, 9);
		wr(AUTO_CTRL0, 4, 1);
		wr(AUTO_CTRL1, 4, 2);
		wire(3, true);
		fake_reset(pic);
	}
	ck_assert_uint_eq(rd(AUTO_CTRL0, 8) | rd(AUTO_CTRL1, 8), 0);
}
END_TEST

START_TEST(linux_start_up)
{
	for (unsigned int i = 0; i < 64; i++)
		wr(0x2ff, 1, 0);		/* HTMSI_VEC[255] does not exist */
	for (unsigned int i = 0; i < 64; i++)
		wr(ROUTE + i, 1, 1);
	for (uint64_t off = 0; off < 2; off++) {
		wr(INT_MASK + 4 * off, 4, UINT32_MAX);
		wr(INT_CLEAR + 4 * off, 4, UINT32_MAX);
		wr(HTMSI_EN + 4 * off, 4, UINT32_MAX);
		wr(AUTO_CTRL0 + 4 * off, 4, 0);
		wr(AUTO_CTRL1 + 4 * off, 4, 0);
	}
	ck_assert_uint_eq(rd(HTMSI_EN, 8), UINT64_MAX);
	ck_assert_uint_eq(rd(0x2ff, 1), 0);
	ck_assert_uint_eq(pic->guest_errors, 0);
}
END_TEST

START_TEST(pin_reaches_its_vector)
{
	linux_request(10, 0, false);
	linux_request(2, 1, false);		/* not vector 2 */
	wire(2, true);
	ck_assert(vecs.level[1]);
	ck_assert(!vecs.level[2] && !vecs.level[0]);
	ck_assert_uint_eq(rd(INT_STATUS, 8), BIT64(2));
	ck_assert_uint_eq(rd(INT_REQUEST, 8), BIT64(2));
	wire(2, false);
	ck_assert(!vecs.level[1]);
	ck_assert_uint_eq(rd(INT_STATUS, 8), 0);
	ck_assert_uint_eq(vecs.raises[1], 1);
	wire(40, true);				/* not wired */
	ck_assert_uint_eq(rd(INT_REQUEST, 8), 0);
}
END_TEST

START_TEST(masking)
{
	linux_request(5, 50, false);
	wire(5, true);
	wr(INT_MASK, 4, rd(INT_MASK, 4) | BIT32(5));
	/* Not withdrawn, only hidden from INT_STATUS. */
	ck_assert(vecs.level[50]);
	ck_assert_uint_eq(rd(INT_STATUS, 8), 0);
	wr(INT_CLEAR, 4, BIT32(5));		/* no effect on a level */
	ck_assert_uint_eq(rd(INT_REQUEST, 8), BIT64(5));
	/* Unmasked with the wire still up: asks again. */
	ck_assert_uint_eq(vecs.raises[50], 1);
	wr(INT_MASK, 4, rd(INT_MASK, 4) & ~BIT32(5));
	ck_assert_uint_eq(vecs.raises[50], 2);
	/* Down while masked: withdrawn, and unmasking has nothing to say. */
	wr(INT_MASK, 4, rd(INT_MASK, 4) | BIT32(5));
	wire(5, false);
	ck_assert(!vecs.level[50]);
	wr(INT_MASK, 4, rd(INT_MASK, 4) & ~BIT32(5));
	ck_assert_uint_eq(vecs.raises[50], 2);
	/* Up while masked: waits. */
	wr(INT_MASK, 4, UINT32_MAX);
	wire(5, true);
	ck_assert_uint_eq(vecs.raises[50], 2);
	wr(INT_MASK, 4, ~BIT32(5));
	ck_assert_uint_eq(vecs.raises[50], 3);
	/* The device raises again although the wire was up. */
	wire(5, true);
	ck_assert_uint_eq(vecs.raises[50], 4);
}
END_TEST

START_TEST(one_mask_write_with_many_bits)
{
	for (unsigned int pin = 0; pin < 32; pin++) {
		wr(HTMSI_VEC + pin, 1, 100 + pin);
		wire(pin, true);
	}
	for (unsigned int pin = 0; pin < 32; pin++)
		ck_assert_uint_eq(vecs.raises[100 + pin], 0);
	wr(INT_MASK, 8, 0);
	for (unsigned int pin = 0; pin < 32; pin++)
		ck_assert_uint_eq(vecs.raises[100 + pin], 1);
	ck_assert_uint_eq(rd(INT_STATUS, 8), UINT32_MAX);
}
END_TEST

START_TEST(edge_inputs)
{
	linux_request(4, 44, true);
	wire(4, true);
	ck_assert_uint_eq(vecs.raises[44], 1);
	wire(4, false);				/* latched */
	ck_assert(vecs.level[44]);
	ck_assert_uint_eq(rd(INT_REQUEST, 8), BIT64(4));
	wr(INT_CLEAR, 4, BIT32(4));
	ck_assert(!vecs.level[44]);
	ck_assert_uint_eq(rd(INT_REQUEST, 8), 0);
	wire(4, true);
	wr(INT_CLEAR, 4, BIT32(4));
	wire(4, true);				/* no new edge */
	ck_assert(!vecs.level[44]);
	/* An edge that comes while masked waits for the unmask. */
	wire(4, false);
	wr(INT_MASK, 4, UINT32_MAX);
	wire(4, true);
	wire(4, false);
	ck_assert(!vecs.level[44]);
	wr(INT_MASK, 4, ~BIT32(4));
	ck_assert(vecs.level[44]);
	/* Becoming a level input, it follows the wire, which is low. */
	wr(INT_EDGE, 4, 0);
	ck_assert(!vecs.level[44]);
	wr(INT_EDGE, 4, BIT32(4));
	wire(4, true);
	wr(INT_CLEAR, 4, BIT32(4));
	wr(INT_EDGE, 4, 0);			/* and now it is high */
	ck_assert(vecs.level[44]);
}
END_TEST

START_TEST(renumbering_an_active_input)
{
	linux_request(6, 60, false);
	wire(6, true);
	wr(HTMSI_VEC + 6, 1, 61);
	ck_assert(!vecs.level[60]);
	ck_assert(vecs.level[61]);
	wire(6, false);
	ck_assert(!vecs.level[61]);
}
END_TEST

START_TEST(xv6_by_64_bits)
{
	wr(INT_MASK, 8, ~BIT64(2));
	wr(INT_EDGE, 8, BIT64(2));
	wr(HTMSI_VEC + 2, 1, 2);
	wire(2, true);
	ck_assert_uint_eq(rd(INT_STATUS, 8), BIT64(2));
	wr(INT_CLEAR, 8, BIT64(2));
	ck_assert_uint_eq(rd(INT_STATUS, 8), 0);
	ck_assert(!vecs.level[2]);
}
END_TEST

START_TEST(doorbell)
{
	bus_write(mmio, PCH_MSI_BASE, 4, 32, 0);
	bus_write(mmio, PCH_MSI_BASE, 8, 0x1ff, 0);
	bus_write(mmio, PCH_MSI_BASE, 1, 100, 0);
	bus_write(mmio, PCH_MSI_BASE, 2, 100, 0);
	ck_assert_uint_eq(vecs.raises[32], 1);
	ck_assert_uint_eq(vecs.raises[255], 1);
	ck_assert_uint_eq(vecs.raises[100], 2);
	ck_assert_uint_eq(bus_read(mmio, PCH_MSI_BASE, 4, 0), 0);
	ck_assert_uint_eq(msi->guest_errors, 0);
	bus_write(mmio, PCH_MSI_BASE, 4, 31, 0);
	bus_write(mmio, PCH_MSI_BASE + 4, 4, 64, 0);
	ck_assert_uint_eq(msi->guest_errors, 2);
	ck_assert_uint_eq(vecs.raises[31] + vecs.raises[64], 0);
	fake_reset(msi);
	fake_hammer(mmio, PCH_MSI_BASE, 16, 4, 20000);
}
END_TEST

START_TEST(hostile_accesses)
{
	for (unsigned int pin = 0; pin < 32; pin += 3)
		wire(pin, true);
	fake_hammer(mmio, PCH_PIC_BASE, 0x410, 4, 300000);
	for (unsigned int pin = 0; pin < 32; pin++)
		wire(pin, false);
	fake_reset(pic);
	for (unsigned int pin = 0; pin < 32; pin++)
		wire(pin, false);
	ck_assert_uint_eq(rd(INT_REQUEST, 8) | rd(INT_STATUS, 8), 0);
}
END_TEST

START_TEST(tree)
{
	void *fdt = fake_fdt(pic);
	const char *path = "/interrupt-controller@10000000";

	ck_assert_str_eq(fake_fdt_str(fdt, path, "compatible"), "loongson,pch-pic-1.0");
	ck_assert_uint_eq(fake_fdt_cell(fdt, path, "reg", 1), PCH_PIC_BASE);
	ck_assert_uint_eq(fake_fdt_cell(fdt, path, "reg", 3), 0x400);
	ck_assert_uint_eq(fake_fdt_cell(fdt, path, "#interrupt-cells", 0), 2);
	ck_assert_uint_eq(fake_fdt_cell(fdt, path, "interrupt-parent", 0), FDT_PH_EIOINTC);
	ck_assert_uint_eq(fake_fdt_cell(fdt, path, "loongson,pic-base-vec", 0), 0);
	ck_assert_uint_eq(fake_fdt_cell(fdt, path, "phandle", 0), FDT_PH_PCH_PIC);
	free(fdt);
	fdt = fake_fdt(msi);
	path = "/msi-controller@2ff00000";
	ck_assert_str_eq(fake_fdt_str(fdt, path, "compatible"), "loongson,pch-msi-1.0");
	ck_assert(fake_fdt_has(fdt, path, "interrupt-controller"));
	ck_assert(fake_fdt_has(fdt, path, "msi-controller"));
	ck_assert_uint_eq(fake_fdt_cell(fdt, path, "loongson,msi-base-vec", 0), 32);
	ck_assert_uint_eq(fake_fdt_cell(fdt, path, "loongson,msi-num-vecs", 0), 224);
	ck_assert_uint_eq(fake_fdt_cell(fdt, path, "interrupt-parent", 0), FDT_PH_EIOINTC);
	free(fdt);
}
END_TEST

/* The whole path, with a device that Linux' driver would serve. */
struct path {
	struct fake_cpus cpus;
	struct bus *iocsr;
	struct device *eio;
	struct bus *mmio;
	struct device *pic;
	pthread_mutex_t lock;		/* the device's */
	unsigned int work;		/* events that the driver has not served */
	unsigned int served;
	atomic_bool is_done;
};

static void path_create(struct path *p)
{
	struct eiointc_cfg eio_cfg;
	struct pch_pic_cfg pic_cfg;

	memset(p, 0, sizeof(*p));
	pthread_mutex_init(&p->lock, NULL);
	ck_assert_int_eq(bus_create(&p->iocsr, "iocsr", 0, &err), 0);
	ck_assert_int_eq(bus_create(&p->mmio, "mmio", UINT64_MAX, &err), 0);
	eio_cfg = (struct eiointc_cfg){ fake_cpu_lines(&p->cpus, 2), p->iocsr };
	ck_assert_int_eq(eiointc_create(&eio_cfg, &p->eio, &err), 0);
	pic_cfg = (struct pch_pic_cfg){ eiointc_line(p->eio, 0) };
	ck_assert_int_eq(pch_pic_create(&pic_cfg, &p->pic, &err), 0);
	ck_assert_int_eq(device_map(p->pic, p->mmio, &err), 0);
	bus_write(p->iocsr, EIO_IPMAP, 8, 0x0202020202020202, 0);
	bus_write(p->iocsr, EIO_ENABLE, 8, UINT64_MAX, 0);
	bus_write(p->mmio, PCH_PIC_BASE + HTMSI_VEC + 20, 1, 7, 0);
	bus_write(p->mmio, PCH_PIC_BASE + INT_MASK, 4, ~BIT32(20), 0);
}

static void path_destroy(struct path *p)
{
	p->pic->ops->destroy(p->pic);
	p->eio->ops->destroy(p->eio);
	bus_destroy(p->mmio);
	bus_destroy(p->iocsr);
	pthread_mutex_destroy(&p->lock);
}

static void path_event(struct path *p)
{
	struct irq_line line = pch_pic_line(p->pic, 20);

	pthread_mutex_lock(&p->lock);
	p->work++;
	irq_set(&line, true);
	pthread_mutex_unlock(&p->lock);
}

/* One pass of the interrupt handlers, in Linux' order. */
static void path_interrupt(struct path *p)
{
	struct irq_line line = pch_pic_line(p->pic, 20);
	uint64_t mask = PCH_PIC_BASE + INT_MASK;
	uint64_t pending = bus_read(p->iocsr, EIO_COREISR, 8, 0);

	bus_write(p->iocsr, EIO_COREISR, 8, pending, 0);
	if (!(pending & BIT64(7)))
		return;
	bus_write(p->mmio, mask, 4, UINT32_MAX, 0);
	pthread_mutex_lock(&p->lock);
	if (p->work) {				/* one event at a time */
		p->work--;
		p->served++;
	}
	irq_set(&line, p->work != 0);
	pthread_mutex_unlock(&p->lock);
	bus_write(p->mmio, PCH_PIC_BASE + INT_CLEAR, 4, BIT32(20), 0);
	bus_write(p->mmio, mask, 4, ~BIT32(20), 0);
}

START_TEST(linux_level_sequence)
{
	struct path p;

	path_create(&p);
	path_event(&p);
	path_event(&p);
	ck_assert_uint_eq(fake_estat(&p.cpus, 0), HWI1);
	path_interrupt(&p);
	/* The wire stayed up: the unmask delivers it again. */
	ck_assert_uint_eq(p.served, 1);
	ck_assert_uint_eq(fake_estat(&p.cpus, 0), HWI1);
	path_interrupt(&p);
	ck_assert_uint_eq(p.served, 2);
	ck_assert_uint_eq(fake_estat(&p.cpus, 0), 0);
	/* Nobody but vCPU 0 was bothered. */
	ck_assert_uint_eq(fake_estat(&p.cpus, 1), 0);
	path_destroy(&p);
}
END_TEST

#define EVENTS 20000

static void *events(void *arg)
{
	for (unsigned int i = 0; i < EVENTS; i++)
		path_event(arg);
	return NULL;
}

static void *interrupts(void *arg)
{
	struct path *p = arg;

	while (!p->is_done || fake_estat(&p->cpus, 0)) {
		if (fake_estat(&p->cpus, 0) & HWI1)
			path_interrupt(p);
	}
	return NULL;
}

START_TEST(threads_lose_no_event)
{
	struct path p;
	pthread_t t[3];

	path_create(&p);
	ck_assert_int_eq(pthread_create(&t[0], NULL, events, &p), 0);
	ck_assert_int_eq(pthread_create(&t[1], NULL, events, &p), 0);
	ck_assert_int_eq(pthread_create(&t[2], NULL, interrupts, &p), 0);
	pthread_join(t[0], NULL);
	pthread_join(t[1], NULL);
	p.is_done = true;
	pthread_join(t[2], NULL);
	ck_assert_uint_eq(p.work, 0);
	ck_assert_uint_eq(p.served, 2 * EVENTS);
	path_destroy(&p);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("pch_pic");
	TCase *tc = tcase_create("pch_pic");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, reset_values);
	tcase_add_test(tc, linux_start_up);
	tcase_add_test(tc, pin_reaches_its_vector);
	tcase_add_test(tc, masking);
	tcase_add_test(tc, one_mask_write_with_many_bits);
	tcase_add_test(tc, edge_inputs);
	tcase_add_test(tc, renumbering_an_active_input);
	tcase_add_test(tc, xv6_by_64_bits);
	tcase_add_test(tc, doorbell);
	tcase_add_test(tc, hostile_accesses);
	tcase_add_test(tc, tree);
	tcase_add_test(tc, linux_level_sequence);
	tcase_add_test(tc, threads_lose_no_event);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
