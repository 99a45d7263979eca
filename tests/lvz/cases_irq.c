/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cases_irq.c - interrupts of root and guest, GINTC, the vectors of exits, LL/SC.
 */
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
		if (counter() - start > counter_hz() / 10) {
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
	wait_us(100);
	if (!(csr_read(CSR_ESTAT) & BIT(IS_IPI))) {
		skip("no way to raise an IPI (IOCSR 0x1008)");
		return;
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

/* ------------------------------------------------------------------ vectors of exits */

GUEST(g_load, "ld.d $a0, $a1, 0");

/* @arg: VS << 8 | code of the vector, which 0 has none of. */
static void vectored(u64 arg)
{
	unsigned int vs = (unsigned int)(arg >> 8), code = arg & 0xff;
	u64 irqs = 0;

	csr_write(CSR_ECFG, (u64)vs << 16 | BIT(IS_TI) | 1);
	guest_is(g_load);
	v.gpr[A1] = G_NOWHERE;
	switch (code) {
	case E_FPD:
		guest_word(0x0114a880);
		gcsr_write(CSR_EUEN, 1);
		break;
	case E_GSPR:
		guest_word(0x00006ca4);
		break;
	case E_HVC:
		guest_word(W_HVCL(0));
		break;
	case 64:
		csr_write(CSR_ESTAT, 1);
		irqs = 1;
		break;
	case 64 + IS_TI:
		/* By the watchdog. */
		guest_is(g_spin);
		irqs = BIT(IS_TI);
		break;
	}
	(void)hv_run_irqs(irqs);
	csr_write(CSR_ESTAT, 0);
	want("the vector", v.x.vector, vs ? code : 0);
	want("ESTAT.Ecode", exit_ecode(), code >= 64 ? 0 : code);
}

/* A refill has a vector of its own in any case. */
static void vectored_refill(u64 vs)
{
	csr_write(CSR_ECFG, vs << 16 | BIT(IS_TI));
	guest_is(g_load);
	watch_page(G_NOWHERE);
	v.gpr[A1] = G_NOWHERE;
	want_exit(E_REFILL);
}

static const struct kit_case vs_cases[] = {
	{ "0-page-fault", vectored, E_PIL },
	{ "0-fpd", vectored, E_FPD },
	{ "0-gspr", vectored, E_GSPR },
	{ "0-hvc", vectored, E_HVC },
	{ "0-interrupt", vectored, 64 },
	{ "0-timer", vectored, 64 + IS_TI },
	{ "0-refill", vectored_refill, 0 },
	{ "4-page-fault", vectored, 0x400 | E_PIL },
	{ "4-fpd", vectored, 0x400 | E_FPD },
	{ "4-gspr", vectored, 0x400 | E_GSPR },
	{ "4-hvc", vectored, 0x400 | E_HVC },
	{ "4-interrupt", vectored, 0x400 | 64 },
	{ "4-timer", vectored, 0x400 | (64 + IS_TI) },
	{ "4-refill", vectored_refill, 4 },
};

KIT_CASES(group_vs, "vs", vs_cases);

/* ------------------------------------------------------------------ LL and SC */

#define TRIES 50

GUEST(g_llsc, "ll.d $a0, $a1, 0\n hvcl 0x41\n move $a2, $a3\n sc.d $a2, $a1, 0");
GUEST(g_sc, "move $a2, $a3\n sc.d $a2, $a1, 0");
GUEST(g_ll_ertn, "csrwr $a4, 0x6\n csrwr $a5, 0x60\n ll.d $a0, $a1, 0\n ertn\n"
		 "move $a2, $a3\n sc.d $a2, $a1, 0");

/* The guest up to its hypercall between LL and SC. */
static bool open_pair(void)
{
	guest_is(g_llsc);
	g_put(G_SPARE, 5);
	v.pc = G_CODE;
	v.gpr[A1] = G_SPARE;
	v.gpr[A3] = 9;
	if (!want_say(HVC_SAY(1)))
		return false;
	v.pc = v.x.era + 4;
	return true;
}

static void survives_exit(u64 arg)
{
	(void)arg;
	for (unsigned int i = 0; i < TRIES; i++) {
		if (!open_pair() || !want_done())
			return;
		if (v.gpr[A2] == 1) {
			want("memory", g_get(G_SPARE), 9);
			return;
		}
	}
	fail("no SC succeeded in %u tries", TRIES);
}

static void rollb(u64 arg)
{
	(void)arg;
	for (unsigned int i = 0; i < TRIES; i++) {
		if (!open_pair())
			return;
		want_bits("the root's LLBCTL", v.x.llbctl, 1, 0);
		if (gcsr_read(CSR_LLBCTL) & 1)
			return;
	}
	fail("the guest's LLBCTL.ROLLB was never 1 in %u tries", TRIES);
}

static void closed_by_root(u64 arg)
{
	(void)arg;
	if (!open_pair())
		return;
	gcsr_write(CSR_LLBCTL, 2);
	want_bits("LLBCTL", gcsr_read(CSR_LLBCTL), 1, 0);
	if (!want_done())
		return;
	want("SC's result", v.gpr[A2], 0);
	want("memory", g_get(G_SPARE), 5);
}

static void closed_by_store(u64 arg)
{
	(void)arg;
	if (!open_pair())
		return;
	g_put(G_SPARE, 6);
	if (!want_done())
		return;
	want("SC's result", v.gpr[A2], 0);
	want("memory", g_get(G_SPARE), 6);
}

/* The root's own LL is no business of the guest's SC. */
static void root_ll(u64 arg)
{
	u64 out;

	(void)arg;
	guest_is(g_sc);
	v.gpr[A1] = G_SPARE;
	v.gpr[A3] = 9;
	asm volatile("ll.d %0, %1, 0" : "=r"(out) : "r"(g_ptr(G_SPARE)) : "memory");
	if (!want_done())
		return;
	want("SC's result", v.gpr[A2], 0);
	want("memory", g_get(G_SPARE), 0);
}

/* ... nor the other way round. */
static void guest_ll(u64 arg)
{
	u64 result = 9;

	(void)arg;
	if (!open_pair())
		return;
	asm volatile("sc.d %0, %1, 0" : "+r"(result) : "r"(g_ptr(G_SPARE)) : "memory");
	want("the root's SC's result", result, 0);
}

static void closed_by_ertn(u64 arg)
{
	(void)arg;
	guest_is(g_ll_ertn);
	g_put(G_SPARE, 5);
	v.gpr[A1] = G_SPARE;
	v.gpr[A3] = 9;
	v.gpr[A4] = G_CODE + 16;
	v.gpr[A5] = 0;
	if (!want_done())
		return;
	want("SC's result", v.gpr[A2], 0);
	want("memory", g_get(G_SPARE), 5);
}

/* The guest's refill between LL and SC: its ertn is not an end to the pair (Linux). */
GUEST(g_ll_refill, "ll.d $a0, $a1, 0\n ld.d $a4, $a5, 0\n move $a2, $a3\n sc.d $a2, $a1, 0");

static void kept_by_refill(u64 arg)
{
	const u64 va = 0x40000000, window = UINT64_C(0x8000000000000000);

	(void)arg;
	for (unsigned int i = 0; i < TRIES; i++) {
		guest_is(g_ll_refill);
		g_paging(G_WALKER);
		g_map(va, G_DATA | PTE_RW);
		invtlb(0x12, 0, 0);
		g_put(G_SPARE, 5);
		v.gpr[A1] = window | G_SPARE;
		v.gpr[A3] = 9;
		v.gpr[A5] = va;
		if (!want_done())
			return;
		want("the refill's TLBRBADV", gcsr_read(CSR_TLBRBADV), va);
		if (v.gpr[A2] == 1)
			return;
	}
	fail("no SC succeeded in %u tries", TRIES);
}

static void kept_by_klo(u64 arg)
{
	(void)arg;
	for (unsigned int i = 0; i < TRIES; i++) {
		guest_is(g_ll_ertn);
		v.pc = G_CODE;
		g_put(G_SPARE, 5);
		v.gpr[A1] = G_SPARE;
		v.gpr[A3] = 9;
		v.gpr[A4] = G_CODE + 16;
		v.gpr[A5] = 4;
		if (!want_done())
			return;
		want_bits("LLBCTL", gcsr_read(CSR_LLBCTL), 4, 0);
		if (v.gpr[A2] == 1)
			return;
	}
	fail("no SC succeeded in %u tries", TRIES);
}

static const struct kit_case ll_cases[] = {
	{ "survives-exit-choice", survives_exit, 0 },
	{ "rollb-per-bank-choice", rollb, 0 },
	{ "closed-by-wcllb", closed_by_root, 0 },
	{ "closed-by-store", closed_by_store, 0 },
	{ "root-ll-guest-sc", root_ll, 0 },
	{ "guest-ll-root-sc", guest_ll, 0 },
	{ "closed-by-ertn", closed_by_ertn, 0 },
	{ "kept-by-klo", kept_by_klo, 0 },
	{ "kept-by-refill-choice", kept_by_refill, 0 },
};

KIT_CASES(group_ll, "ll", ll_cases);
