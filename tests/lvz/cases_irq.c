/* SPDX-License-Identifier: Apache-2.0 */
/* cases_irq.c - interrupts of root and guest, GINTC, lines from outside. */
#include "hv.h"

GUEST(g_spin, "1: b 1b");
GUEST(g_estat, "csrrd $a0, 0x5");

static void guest_listens(u64 lines)
{
	gcsr_write(CSR_ECFG, lines);
	gcsr_write(CSR_CRMD, CRMD_DA | CRMD_DAT_CC | CRMD_IE);
}

/* ------------------------------------------------------------------ injection */

static void vip_line(u64 n)
{
	guest_is(g_estat);
	csr_write(CSR_GINTC, BIT(n));
	want("the guest's ESTAT.IS", gcsr_read(CSR_ESTAT) & 0x1fff, BIT(IS_HWI0 + n));
	want("the root's ESTAT.IS", csr_read(CSR_ESTAT) & BIT(IS_HWI0 + n), 0);
	if (!want_done())
		return;
	want_bits("ESTAT.IS as the guest reads it", v.gpr[A0], 0x3fc, BIT(IS_HWI0 + n));
	guest_listens(BIT(IS_HWI0 + n));
	v.pc = G_CODE;
	if (!want_guest_irq(IS_HWI0 + (unsigned int)n))
		return;
	want("the guest's ERA", gcsr_read(CSR_ERA), G_CODE);
	want_bits("the guest's PRMD", gcsr_read(CSR_PRMD), 7, CRMD_IE);
	want("GINTC", csr_read(CSR_GINTC), BIT(n));
	csr_write(CSR_GINTC, 0);
	want("the guest's ESTAT.IS behind it", gcsr_read(CSR_ESTAT) & 0x1fff, 0);
}

/* It is a level: until the root lowers it, it comes again. */
static void vip_sticky(u64 arg)
{
	(void)arg;
	guest_is(g_spin);
	csr_write(CSR_GINTC, 2);
	for (unsigned int i = 0; i < 3; i++) {
		guest_listens(BIT(IS_HWI0 + 1));
		v.pc = G_CODE;
		if (!want_guest_irq(IS_HWI0 + 1))
			return;
	}
	want("GINTC", csr_read(CSR_GINTC), 2);
}

GUEST(g_clear, "csrwr $zero, 0x5\n csrrd $a0, 0x5");

static void vip_not_by_guest(u64 arg)
{
	(void)arg;
	guest_is(g_clear);
	csr_write(CSR_GINTC, 0x80);
	if (want_done())
		want_bits("ESTAT.IS", v.gpr[A0], 0x3fc, 0x200);
}

static void vip_not_by_gcsrwr(u64 arg)
{
	(void)arg;
	csr_write(CSR_GINTC, 0x10);
	gcsr_write(CSR_ESTAT, 0x3ff & ~BIT(6));
	want_bits("the guest's ESTAT.IS", gcsr_read(CSR_ESTAT), 0x3fc, BIT(6));
	gcsr_write(CSR_ESTAT, 0);
}

/* Read, changed and written, as KVM injects a second one. */
static void vip_accumulates(u64 arg)
{
	(void)arg;
	csr_change(CSR_GINTC, 1, 1);
	csr_change(CSR_GINTC, 8, 8);
	want("GINTC", csr_read(CSR_GINTC), 9);
	want_bits("the guest's ESTAT.IS", gcsr_read(CSR_ESTAT), 0x3fc, BIT(2) | BIT(5));
}

static void masked_by_lie(u64 arg)
{
	(void)arg;
	guest_is(g_estat);
	csr_write(CSR_GINTC, 0xff);
	guest_listens(BIT(IS_TI));
	want_done();
}

static void masked_by_ie(u64 arg)
{
	(void)arg;
	guest_is(g_estat);
	csr_write(CSR_GINTC, 0xff);
	gcsr_write(CSR_ECFG, 0x3fc);
	want_done();
}

static void written_line(u64 line)
{
	guest_is(g_spin);
	gcsr_write(CSR_ESTAT, BIT(line));
	guest_listens(BIT(line));
	if (!want_guest_irq((unsigned int)line))
		return;
	gcsr_write(CSR_ESTAT, 0);
	want("the guest's ESTAT.IS behind it", gcsr_read(CSR_ESTAT) & 0x1fff, 0);
}

GUEST(g_swi, "csrwr $a0, 0x5\n nop\n nop");

/* The guest interrupts itself. */
static void own_swi(u64 line)
{
	guest_is(g_swi);
	guest_listens(3);
	v.gpr[A0] = BIT(line);
	if (want_guest_irq((unsigned int)line))
		want("the guest's ERA", gcsr_read(CSR_ERA), G_CODE + 4);
}

GUEST(g_enable, "csrxchg $a0, $a0, 0x0\n nop\n nop");

static void enabled_by_guest(u64 arg)
{
	(void)arg;
	guest_is(g_enable);
	csr_write(CSR_GINTC, 1);
	gcsr_write(CSR_ECFG, BIT(IS_HWI0));
	v.gpr[A0] = CRMD_IE;
	if (want_guest_irq(IS_HWI0))
		want("the guest's ERA", gcsr_read(CSR_ERA), G_CODE + 4);
}

static void from_user(u64 arg)
{
	(void)arg;
	guest_is(g_spin);
	csr_write(CSR_GINTC, 1);
	guest_listens(BIT(IS_HWI0));
	guest_plv(3);
	if (want_guest_irq(IS_HWI0))
		want_bits("the guest's PRMD", gcsr_read(CSR_PRMD), 7, CRMD_IE | 3);
}

/* The vector of the guest's interrupt is 64 + line, the highest line first. */
static void vector(u64 lines)
{
	unsigned int highest = 63 - (unsigned int)__builtin_clzll(lines);
	u64 at = G_VEC + (64 + highest) * 16;

	guest_is(g_spin);
	guest_listens(lines | BIT(16));
	gcsr_write(CSR_ECFG, lines | UINT64_C(2) << 16);
	g_put32(at, W_HVCL(HVC_SAY(2)));
	asm volatile("ibar 0" : : : "memory");
	csr_write(CSR_GINTC, lines >> IS_HWI0 & 0xff);
	gcsr_write(CSR_ESTAT, lines);
	if (want_say(HVC_SAY(2)))
		want("ERA", v.x.era, at);
	gcsr_write(CSR_ESTAT, 0);
}

/* Both have one: the root's comes first, and nothing has happened to the guest. */
static void root_first(u64 arg)
{
	(void)arg;
	guest_is(g_spin);
	csr_write(CSR_GINTC, 1);
	guest_listens(BIT(IS_HWI0));
	gcsr_write(CSR_ERA, 0x1230);
	csr_write(CSR_ECFG, BIT(IS_TI) | BIT(IS_SWI0));
	csr_write(CSR_ESTAT, 1);
	if (hv_run_irqs(1) != E_INT)
		fail("no exit by the root's interrupt");
	csr_write(CSR_ESTAT, 0);
	want("ERA", v.x.era, G_CODE);
	want("the guest's ERA", gcsr_read(CSR_ERA), 0x1230);
	want_bits("the guest's CRMD", gcsr_read(CSR_CRMD), CRMD_IE, CRMD_IE);
	v.pc = v.x.era;
	want_guest_irq(IS_HWI0);
}

/* What the root masks does not exit. */
static void root_masked(u64 arg)
{
	(void)arg;
	guest_is(g_estat);
	csr_write(CSR_ESTAT, 3);
	want_done();
	want_bits("ESTAT.IS as the guest reads it", v.gpr[A0], 0x1fff, 0);
	csr_write(CSR_ESTAT, 0);
}

/* ------------------------------------------------------------------ lines from outside */

#define EIO_IPMAP 0x14c0
#define EIO_ENABLE 0x1600
#define EIO_COREISR 0x1800
#define EIO_ROUTE 0x1c00
#define VECTOR 40u
#define DOORBELL UINT64_C(0x800000002ff00000)

static void line_lower(void)
{
	iocsr_write32(EIO_COREISR + 4, BIT(VECTOR - 32));
	iocsr_write32(EIO_ENABLE + 4, 0);
}

/* A message interrupt on HWI0 to HWI3; false and a skip if nothing comes of it. */
static bool line_raise(unsigned int n)
{
	u64 start = counter();

	iocsr_write32(EIO_COREISR + 4, UINT32_MAX);
	iocsr_write32(EIO_IPMAP, (1u << n) * 0x01010101u);
	iocsr_write32(EIO_ROUTE + VECTOR, 0x01010101u);
	iocsr_write32(EIO_ENABLE + 4, BIT(VECTOR - 32));
	*(volatile u32 *)DOORBELL = VECTOR;
	while (!(csr_read(CSR_ESTAT) & BIT(IS_HWI0 + n))) {
		if (counter() - start > counter_hz()) {
			line_lower();
			skip("no way to raise a line (EIOINTC, message 40)");
			return false;
		}
	}
	return true;
}

static void line_exits(u64 n)
{
	guest_is(g_spin);
	csr_write(CSR_ECFG, BIT(IS_TI) | BIT(IS_HWI0 + n));
	if (!line_raise((unsigned int)n))
		return;
	if (hv_run_irqs(BIT(IS_HWI0 + n)) != E_INT)
		fail("no exit by the line");
	want_bits("ESTAT.IS", v.x.estat, 0x3fc, BIT(IS_HWI0 + n));
	want("the guest's ESTAT.IS", gcsr_read(CSR_ESTAT) & 0x3fc, 0);
	line_lower();
}

static void line_passed(u64 n)
{
	guest_is(g_spin);
	csr_write(CSR_ECFG, BIT(IS_TI) | BIT(IS_HWI0 + n));
	if (!line_raise((unsigned int)n))
		return;
	csr_write(CSR_GINTC, BIT(8 + n));
	want("the root's ESTAT.IS", csr_read(CSR_ESTAT) & 0x3fc, 0);
	want("the guest's ESTAT.IS", gcsr_read(CSR_ESTAT) & 0x3fc, BIT(IS_HWI0 + n));
	want("GINTC", csr_read(CSR_GINTC), BIT(8 + n));
	guest_listens(BIT(IS_HWI0 + n));
	want_guest_irq(IS_HWI0 + (unsigned int)n);
	line_lower();
	want("the guest's ESTAT.IS once it is down", gcsr_read(CSR_ESTAT) & 0x3fc, 0);
}

static void line_other(u64 arg)
{
	(void)arg;
	guest_is(g_spin);
	csr_write(CSR_ECFG, BIT(IS_TI) | BIT(IS_HWI0 + 1));
	if (!line_raise(1))
		return;
	csr_write(CSR_GINTC, UINT64_C(0xfd00));
	if (hv_run_irqs(BIT(IS_HWI0 + 1)) != E_INT)
		fail("no exit by the line that is not passed through");
	line_lower();
}

/* Injected and passed through are one in the guest. */
static void line_and_vip(u64 arg)
{
	(void)arg;
	if (!line_raise(2))
		return;
	csr_write(CSR_GINTC, 0x400 | 0x4);
	line_lower();
	want("the guest's ESTAT.IS", gcsr_read(CSR_ESTAT) & 0x3fc, BIT(4));
	csr_write(CSR_GINTC, 0x400);
	want("the guest's ESTAT.IS without VIP", gcsr_read(CSR_ESTAT) & 0x3fc, 0);
}

static void ipi_exits(u64 arg)
{
	(void)arg;
	guest_is(g_spin);
	csr_write(CSR_GINTC, 0xff00);
	csr_write(CSR_ECFG, BIT(IS_TI) | BIT(IS_IPI));
	iocsr_write32(0x100c, UINT32_MAX);
	iocsr_write32(0x1004, UINT32_MAX);
	iocsr_write32(0x1008, 1);
	for (u64 start = counter(); !(csr_read(CSR_ESTAT) & BIT(IS_IPI));) {
		if (counter() - start > counter_hz()) {
			skip("no way to raise an IPI (IOCSR 0x1008)");
			return;
		}
	}
	if (hv_run_irqs(BIT(IS_IPI)) != E_INT)
		fail("no exit by the IPI");
	want("the guest's ESTAT.IS", gcsr_read(CSR_ESTAT) & BIT(IS_IPI), 0);
	iocsr_write32(0x100c, UINT32_MAX);
}

static const struct kit_case cases[] = {
	{ "vip-0", vip_line, 0 },
	{ "vip-1", vip_line, 1 },
	{ "vip-2", vip_line, 2 },
	{ "vip-3", vip_line, 3 },
	{ "vip-4", vip_line, 4 },
	{ "vip-5", vip_line, 5 },
	{ "vip-6", vip_line, 6 },
	{ "vip-7", vip_line, 7 },
	{ "vip-sticky", vip_sticky, 0 },
	{ "vip-accumulates", vip_accumulates, 0 },
	{ "vip-not-cleared-by-guest", vip_not_by_guest, 0 },
	{ "vip-not-changed-by-gcsrwr", vip_not_by_gcsrwr, 0 },
	{ "masked-by-lie", masked_by_lie, 0 },
	{ "masked-by-ie", masked_by_ie, 0 },
	{ "enabled-by-guest", enabled_by_guest, 0 },
	{ "from-plv3", from_user, 0 },
	{ "gcsrwr-swi0", written_line, 0 },
	{ "gcsrwr-swi1", written_line, 1 },
	{ "gcsrwr-pmi", written_line, IS_PMI },
	{ "gcsrwr-ipi", written_line, IS_IPI },
	{ "own-swi0", own_swi, 0 },
	{ "own-swi1", own_swi, 1 },
	{ "vector-swi0", vector, BIT(0) },
	{ "vector-hwi3", vector, BIT(5) },
	{ "vector-ipi-over-hwi7", vector, BIT(12) | BIT(9) },
	{ "vector-hwi7-over-swi1", vector, BIT(9) | BIT(1) },
	{ "root-first", root_first, 0 },
	{ "root-masked", root_masked, 0 },
	{ "line-0-exits", line_exits, 0 },
	{ "line-3-exits", line_exits, 3 },
	{ "pip-0", line_passed, 0 },
	{ "pip-1", line_passed, 1 },
	{ "pip-2", line_passed, 2 },
	{ "pip-3", line_passed, 3 },
	{ "pip-of-others", line_other, 0 },
	{ "pip-and-vip", line_and_vip, 0 },
	{ "ipi-exits", ipi_exits, 0 },
};

KIT_CASES(group_irq, "irq", cases);
