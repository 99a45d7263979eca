/* SPDX-License-Identifier: Apache-2.0 */
/* tests/dev/test_ged.c - power-off and reset registers, and the windows of isa_window. */
#include "devices/ged.h"
#include "devices/isa_window.h"
#include "plat_fakes.h"

static struct fake_ctl ctl;
static struct bus *mmio;
static struct device *ged, *isa;
static struct err err;

static void setup(void)
{
	struct ged_cfg cfg = { &ctl.ctl };

	fake_ctl_init(&ctl);
	ck_assert_int_eq(bus_create(&mmio, "mmio", UINT64_MAX, &err), 0);
	ck_assert_int_eq(ged_create(&cfg, &ged, &err), 0);
	ck_assert_int_eq(device_map(ged, mmio, &err), 0);
	ck_assert_int_eq(isa_window_create(&isa, &err), 0);
	ck_assert_int_eq(device_map(isa, mmio, &err), 0);
}

static void teardown(void)
{
	ged->ops->destroy(ged);
	isa->ops->destroy(isa);
	bus_destroy(mmio);
}

static const struct {
	uint64_t addr;
	unsigned int size;
	uint64_t val;
	unsigned int stops;
	enum vm_stop_reason why;
	unsigned int errors;
} writes[] = {
	{ GED_REGS_BASE, 1, 0x34, 1, VM_STOP_POWEROFF, 0 },
	{ GED_REGS_BASE + 2, 1, 0x42, 1, VM_STOP_REBOOT, 0 },
	{ GED_REGS_BASE, 1, 0x35, 1, VM_STOP_POWEROFF, 0 },	/* reserved bit 0 */
	{ GED_REGS_BASE, 1, 0x14, 0, 0, 1 },			/* S5 without SLP_EN */
	{ GED_REGS_BASE, 1, 0x2c, 0, 0, 1 },			/* SLP_EN, S3 */
	{ GED_REGS_BASE, 1, 0x42, 0, 0, 1 },
	{ GED_REGS_BASE + 1, 1, 0x80, 0, 0, 0 },		/* clears wake status */
	{ GED_REGS_BASE + 2, 1, 0x34, 0, 0, 1 },
	{ GED_REGS_BASE, 2, 0x34, 0, 0, 1 },			/* byte registers */
	{ GED_REGS_BASE, 4, 0x34, 0, 0, 0 },			/* beyond the region */
	{ GED_SELECTOR_BASE, 4, 0x34, 0, 0, 1 },
};

START_TEST(write_table)
{
	bus_write(mmio, writes[_i].addr, writes[_i].size, writes[_i].val, 0);
	ck_assert_uint_eq(ctl.stops, writes[_i].stops);
	if (ctl.stops)
		ck_assert_int_eq(ctl.why, writes[_i].why);
	ck_assert_uint_eq(ged->guest_errors, writes[_i].errors);
}
END_TEST

/* What Linux' syscon drivers do: read, change, write if it differs. */
static void syscon_update(uint64_t off, uint8_t val)
{
	if (bus_read(mmio, GED_REGS_BASE + off, 1, 0) != val)
		bus_write(mmio, GED_REGS_BASE + off, 1, val, 0);
}

START_TEST(syscon_drivers)
{
	syscon_update(0, 0x34);
	syscon_update(0, 0x34);			/* is not swallowed */
	ck_assert_uint_eq(ctl.stops, 2);
	syscon_update(2, 0x42);
	ck_assert_int_eq(ctl.why, VM_STOP_REBOOT);
	fake_reset(ged);
	ck_assert_uint_eq(bus_read(mmio, GED_SELECTOR_BASE, 4, 0), 0);
	ck_assert_uint_eq(bus_read(mmio, GED_REGS_BASE + 1, 1, 0), 0);
}
END_TEST

START_TEST(isa_ports_read_ones)
{
	/* i8042: status, data; then the last port. */
	ck_assert_uint_eq(bus_read(mmio, ISA_WINDOW_BASE + 0x64, 1, 0), 0xff);
	bus_write(mmio, ISA_WINDOW_BASE + 0x64, 1, 0xaa, 0);
	ck_assert_uint_eq(bus_read(mmio, ISA_WINDOW_BASE + 0x60, 1, 0), 0xff);
	ck_assert_uint_eq(bus_read(mmio, ISA_WINDOW_BASE + 0x3ffc, 4, 0), 0xffffffff);
	ck_assert_uint_eq(isa->guest_errors, 0);
	ck_assert_uint_eq(bus_read(mmio, PCI_DMA_CFG_BASE, 4, 0), 0);
	fake_reset(isa);
}
END_TEST

START_TEST(hostile_accesses)
{
	fake_hammer(mmio, GED_SELECTOR_BASE, 0x40, 4, 50000);
	fake_hammer(mmio, ISA_WINDOW_BASE, 0x4100, 4, 50000);
	fake_hammer(mmio, PCI_DMA_CFG_BASE - 8, 0x20, 4, 5000);
}
END_TEST

START_TEST(tree)
{
	void *fdt = fake_fdt(ged);

	ck_assert_str_eq(fake_fdt_str(fdt, "/syscon@100e001c", "compatible"), "syscon");
	ck_assert_uint_eq(fake_fdt_cell(fdt, "/syscon@100e001c", "reg", 1), GED_REGS_BASE);
	ck_assert_uint_eq(fake_fdt_cell(fdt, "/syscon@100e001c", "reg-io-width", 0), 1);
	ck_assert_uint_eq(fake_fdt_cell(fdt, "/syscon@100e001c", "phandle", 0), FDT_PH_GED);
	ck_assert_str_eq(fake_fdt_str(fdt, "/poweroff", "compatible"), "syscon-poweroff");
	ck_assert_uint_eq(fake_fdt_cell(fdt, "/poweroff", "regmap", 0), FDT_PH_GED);
	ck_assert_uint_eq(fake_fdt_cell(fdt, "/poweroff", "offset", 0), 0);
	ck_assert_uint_eq(fake_fdt_cell(fdt, "/poweroff", "value", 0), 0x34);
	ck_assert_str_eq(fake_fdt_str(fdt, "/reboot", "compatible"), "syscon-reboot");
	ck_assert_uint_eq(fake_fdt_cell(fdt, "/reboot", "offset", 0), 2);
	ck_assert_uint_eq(fake_fdt_cell(fdt, "/reboot", "value", 0), 0x42);
	free(fdt);
	fdt = fake_fdt(isa);
	ck_assert_str_eq(fake_fdt_str(fdt, "/isa@18000000", "device_type"), "isa");
	ck_assert_uint_eq(fake_fdt_cell(fdt, "/isa@18000000", "#address-cells", 0), 2);
	ck_assert_uint_eq(fake_fdt_cell(fdt, "/isa@18000000", "#size-cells", 0), 1);
	ck_assert_uint_eq(fake_fdt_cell(fdt, "/isa@18000000", "ranges", 0), 1);
	ck_assert_uint_eq(fake_fdt_cell(fdt, "/isa@18000000", "ranges", 3), ISA_WINDOW_BASE);
	ck_assert_uint_eq(fake_fdt_cell(fdt, "/isa@18000000", "ranges", 4), ISA_WINDOW_LEN);
	free(fdt);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ged");
	TCase *tc = tcase_create("ged");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, write_table, 0, ARRAY_SIZE(writes));
	tcase_add_test(tc, syscon_drivers);
	tcase_add_test(tc, isa_ports_read_ones);
	tcase_add_test(tc, hostile_accesses);
	tcase_add_test(tc, tree);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
