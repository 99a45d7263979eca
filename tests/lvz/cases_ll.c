/* SPDX-License-Identifier: Apache-2.0 */
/* cases_ll.c - the vectors of exits; LL and SC of each mode. */
#include "hv.h"

GUEST(g_spin, "1: b 1b");

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
