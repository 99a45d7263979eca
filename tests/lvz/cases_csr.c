/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cases_csr.c - the root's registers of LVZ, registers that the guest's bank lacks, and what
 * GCFG and GTLBC let trap.
 */
#include "hv.h"

/* ------------------------------------------------------------------ the root's own */

static void version(u64 arg)
{
	(void)arg;
	want("CPUCFG.2.LVZVER", cpucfg(2) >> 11 & 7, 1);
}

static u64 gid_mask(void)
{
	return ((UINT64_C(1) << caps.gidbit) - 1) << GSTAT_GID_SHIFT;
}

static void gstat_mask(u64 arg)
{
	(void)arg;
	csr_write(CSR_GSTAT, UINT64_MAX);
	want("after ones", csr_read(CSR_GSTAT), gid_mask() | GSTAT_PVM | (u64)caps.gidbit << 4);
	csr_write(CSR_GSTAT, 0);
	want("after zeros", csr_read(CSR_GSTAT), (u64)caps.gidbit << 4);
}

static void gidbit(u64 arg)
{
	(void)arg;
	if (caps.gidbit < 1 || caps.gidbit > 8)
		fail("GSTAT.GIDBIT is %u", caps.gidbit);
}

static void gtlbc_mask(u64 arg)
{
	(void)arg;
	csr_write(CSR_GTLBC, UINT64_MAX);
	want("after ones", csr_read(CSR_GTLBC), gid_mask() | GTLBC_USETGID | GTLBC_TOTI | 0x3f);
	csr_write(CSR_GTLBC, GTLBC_USETGID);
	want("after zeros", csr_read(CSR_GTLBC), GTLBC_USETGID);
	csr_write(CSR_GTLBC, 0);
	want("after all zeros", csr_read(CSR_GTLBC), 0);
}

/* TGID belongs to software while USETGID is set. */
static void tgid_readonly(u64 arg)
{
	(void)arg;
	csr_write(CSR_GTLBC, 0);
	csr_write(CSR_GTLBC, UINT64_C(5) << GTLBC_TGID_SHIFT);
	want("GTLBC", csr_read(CSR_GTLBC), 0);
}

static void tgid_together(u64 arg)
{
	(void)arg;
	csr_write(CSR_GTLBC, 0);
	csr_write(CSR_GTLBC, GTLBC_USETGID | UINT64_C(5) << GTLBC_TGID_SHIFT);
	want("GTLBC", csr_read(CSR_GTLBC), GTLBC_USETGID | UINT64_C(5) << GTLBC_TGID_SHIFT);
}

static void trgp_readonly(u64 arg)
{
	u64 was = csr_read(CSR_TRGP);

	(void)arg;
	csr_write(CSR_TRGP, ~was);
	want("TRGP", csr_read(CSR_TRGP), was);
	want_bits("TRGP", was, ~UINT64_C(0xff0001), 0);
}

/* Capability bits, and what they rule. */
#define GCFG_CAPS 0x008f550fu

static void gcfg_caps_readonly(u64 arg)
{
	(void)arg;
	csr_write(CSR_GCFG, UINT64_C(0xffffffff) & ~UINT64_C(0x30));
	want_bits("after ones", csr_read(CSR_GCFG), GCFG_CAPS, caps.gcfg & GCFG_CAPS);
	csr_write(CSR_GCFG, 0);
	want_bits("after zeros", csr_read(CSR_GCFG), GCFG_CAPS, caps.gcfg & GCFG_CAPS);
}

static void gcfg_reserved(u64 arg)
{
	(void)arg;
	csr_write(CSR_GCFG, UINT64_MAX);
	want_bits("after ones", csr_read(CSR_GCFG), ~UINT64_C(0x07bfffff) & ~BIT(23), 0);
	csr_write(CSR_GCFG, 0);
}

/* A switch at @bit whose capability is the bit below. */
static void gcfg_switch(u64 bit)
{
	bool may = caps.gcfg >> (bit - 1) & 1;

	csr_change(CSR_GCFG, BIT(bit), BIT(bit));
	want_bits("after a one", csr_read(CSR_GCFG), BIT(bit), may ? BIT(bit) : 0);
	csr_change(CSR_GCFG, 0, BIT(bit));
	want_bits("after a zero", csr_read(CSR_GCFG), BIT(bit), 0);
}

static void gcfg_matc(u64 matc)
{
	csr_change(CSR_GCFG, 0, 0x30);
	if (!(caps.gcfg >> matc & 1)) {
		/* A value that is not offered is not taken. */
		csr_change(CSR_GCFG, matc << 4, 0x30);
		if ((csr_read(CSR_GCFG) >> 4 & 3) == matc)
			fail("MATC took %lu, which MATP does not offer", matc);
		return;
	}
	csr_change(CSR_GCFG, matc << 4, 0x30);
	want("MATC", csr_read(CSR_GCFG) >> 4 & 3, matc);
}

static void gcfg_gci(u64 gci)
{
	csr_change(CSR_GCFG, gci << 20, BIT(20) | BIT(21));
	if (!(caps.gcfg >> (16 + gci) & 1))
		skip("GCIP does not offer it");
	else
		want("GCI", csr_read(CSR_GCFG) >> 20 & 3, gci);
}

static void gcfg_gperf(u64 arg)
{
	(void)arg;
	if (caps.gcfg >> 23 & 1) {
		skip("GPMP offers counters");
		return;
	}
	csr_change(CSR_GCFG, UINT64_C(7) << 24, UINT64_C(7) << 24);
	want_bits("GCFG", csr_read(CSR_GCFG), UINT64_C(7) << 24, 0);
}

static void gintc_field(u64 shift)
{
	for (unsigned int i = 0; i < 8; i++) {
		csr_write(CSR_GINTC, BIT(shift + i));
		want("GINTC", csr_read(CSR_GINTC), BIT(shift + i));
	}
	csr_write(CSR_GINTC, 0);
	want("GINTC", csr_read(CSR_GINTC), 0);
}

static void gintc_reserved(u64 arg)
{
	(void)arg;
	csr_write(CSR_GINTC, UINT64_MAX);
	want_bits("GINTC", csr_read(CSR_GINTC), ~UINT64_C(0xffffff), 0);
	csr_write(CSR_GINTC, 0);
}

static void gcntc_wide(u64 arg)
{
	(void)arg;
	csr_write(CSR_GCNTC, UINT64_MAX);
	want("after ones", csr_read(CSR_GCNTC), UINT64_MAX);
	csr_write(CSR_GCNTC, UINT64_C(0x8000000000000001));
	want("after a pattern", csr_read(CSR_GCNTC), UINT64_C(0x8000000000000001));
	csr_write(CSR_GCNTC, 0);
	want("after zeros", csr_read(CSR_GCNTC), 0);
}

GUEST(g_end, "");

static void pvm_set_by_exit(u64 arg)
{
	(void)arg;
	guest_is(g_end);
	if (want_done())
		want_bits("GSTAT in the vector", v.x.gstat, GSTAT_PVM | GSTAT_VM, GSTAT_PVM);
}

static void vm_reads_0(u64 arg)
{
	(void)arg;
	csr_write(CSR_GSTAT, GSTAT_VM);
	want_bits("GSTAT", csr_read(CSR_GSTAT), GSTAT_VM, 0);
}

static const struct kit_case root_cases[] = {
	{ "cpucfg-lvzver-choice", version, 0 },
	{ "gstat-mask", gstat_mask, 0 },
	{ "gstat-gidbit", gidbit, 0 },
	{ "gstat-vm-reads-0", vm_reads_0, 0 },
	{ "gstat-pvm-by-exit", pvm_set_by_exit, 0 },
	{ "gtlbc-mask", gtlbc_mask, 0 },
	{ "gtlbc-tgid-readonly", tgid_readonly, 0 },
	{ "gtlbc-tgid-with-usetgid", tgid_together, 0 },
	{ "trgp-readonly", trgp_readonly, 0 },
	{ "gcfg-sit", gcfg_switch, 7 },
	{ "gcfg-tit", gcfg_switch, 9 },
	{ "gcfg-toe", gcfg_switch, 11 },
	{ "gcfg-top", gcfg_switch, 13 },
	{ "gcfg-toru", gcfg_switch, 15 },
	{ "gcfg-matc-0", gcfg_matc, 0 },
	{ "gcfg-matc-1", gcfg_matc, 1 },
	{ "gcfg-gci-all", gcfg_gci, 0 },
	{ "gcfg-gci-hit", gcfg_gci, 1 },
	{ "gcfg-gci-secure", gcfg_gci, 2 },
	{ "gintc-vip-reads-back", gintc_field, 0 },
	{ "gintc-pip-reads-back", gintc_field, 8 },
	{ "gcntc-64-bits", gcntc_wide, 0 },
};

KIT_CASES(group_root_csr, "root-csr", root_cases);

/* What a hypervisor should not write, or rely on. */
static const struct kit_case odd_csr_cases[] = {
	{ "gcfg-capabilities", gcfg_caps_readonly, 0 },
	{ "gcfg-reserved", gcfg_reserved, 0 },
	{ "gcfg-matc-2", gcfg_matc, 2 },
	{ "gcfg-matc-3", gcfg_matc, 3 },
	{ "gcfg-gperf-without-gpmp", gcfg_gperf, 0 },
	{ "gintc-hc-stored-choice", gintc_field, 16 },
	{ "gintc-reserved", gintc_reserved, 0 },
};

KIT_CASES(group_odd_csr, "odd", odd_csr_cases);

/* ------------------------------------------------------------------ not in the bank */

static const struct {
	const char *name;
	unsigned int num;
} trapped[] = {
	{ "GTLBC", 0x15 }, { "TRGP", 0x16 }, { "GSTAT", 0x50 }, { "GCFG", 0x51 },
	{ "GINTC", 0x52 }, { "GCNTC", 0x53 }, { "IMPCTL1", 0x80 }, { "IMPCTL2", 0x81 },
	{ "MERRCTL", 0x90 }, { "MERRINFO1", 0x91 }, { "MERRINFO2", 0x92 },
	{ "MERRENTRY", 0x93 }, { "MERRERA", 0x94 }, { "MERRSAVE", 0x95 }, { "CTAG", 0x98 },
	{ "PERFCTRL0", 0x200 }, { "PERFCNTR0", 0x201 }, { "PERFCTRL1", 0x202 },
	{ "PERFCNTR1", 0x203 }, { "PERFCTRL2", 0x204 }, { "PERFCNTR2", 0x205 },
	{ "PERFCTRL3", 0x206 }, { "PERFCNTR3", 0x207 },
	{ "MWPC", 0x300 }, { "MWPS", 0x301 }, { "MWP0CFG1", 0x310 }, { "MWP0CFG2", 0x311 },
	{ "MWP0CFG3", 0x312 }, { "MWP0CFG4", 0x313 }, { "MWP7CFG1", 0x348 },
	{ "MWP7CFG4", 0x34b }, { "FWPC", 0x380 }, { "FWPS", 0x381 }, { "FWP0CFG1", 0x390 },
	{ "FWP0CFG2", 0x391 }, { "FWP0CFG3", 0x392 }, { "FWP0CFG4", 0x393 },
	{ "FWP7CFG1", 0x3c8 }, { "FWP7CFG4", 0x3cb }, { "DBG", 0x500 }, { "DERA", 0x501 },
	{ "DSAVE", 0x502 },
};

static void trapped_label(unsigned int i, char *buf, size_t n)
{
	fmt_into(buf, n, "%s", trapped[i].name);
}

static void trapped_run(unsigned int i)
{
	const u32 words[] = { W_CSRRD(trapped[i].num), W_CSRWR(trapped[i].num),
			      W_CSRXCHG(trapped[i].num) };

	guest_words(words, 3);
	v.gpr[A0] = 1;
	v.gpr[A1] = 2;
	for (unsigned int k = 0; k < 3; k++) {
		v.pc = G_CODE + 4 * k;
		if (!want_gspr(words[k], v.pc))
			return;
	}
	want("a0", v.gpr[A0], 1);
	guest_plv(3);
	v.pc = G_CODE;
	want_guest_exc(E_IPE, 0, G_CODE);
}

const struct kit_group group_trapped = { "trapped-csr", ARRAY_SIZE(trapped), NULL,
					 trapped_label, trapped_run };

/* ------------------------------------------------------------------ switches */

#define GCFG_SIT BIT(7)
#define GCFG_TIT BIT(9)
#define GCFG_TOE BIT(11)
#define GCFG_TOP BIT(13)
#define GCFG_TORU BIT(15)
#define W_INVTLB(op) (0x06498000u | (op))
#define W_CACOP(code) (0x060000a0u | (code))

static const struct {
	const char *name;
	u64 gcfg;	/* a switch, or 0: GTLBC.TOTI */
	u32 word;
} traps[] = {
	{ "sit-csrrd", GCFG_SIT, W_CSRRD(CSR_CRMD) },
	{ "sit-csrwr", GCFG_SIT, W_CSRWR(CSR_KS0) },
	{ "sit-csrxchg", GCFG_SIT, W_CSRXCHG(CSR_KS0) },
	{ "sit-ertn", GCFG_SIT, W_ERTN },
	{ "sit-tlbsrch", GCFG_SIT, 0x06482800 },
	{ "sit-invtlb", GCFG_SIT, W_INVTLB(0) },
	{ "sit-lddir", GCFG_SIT, 0x064004a4 },
	{ "sit-ldpte", GCFG_SIT, 0x064400a0 },
	{ "tit-rdtime.d", GCFG_TIT, 0x00006804 },
	{ "tit-rdtimel.w", GCFG_TIT, 0x00006004 },
	{ "tit-rdtimeh.w", GCFG_TIT, 0x00006404 },
	{ "tit-TID", GCFG_TIT, W_CSRRD(CSR_TID) },
	{ "tit-TCFG", GCFG_TIT, W_CSRWR(CSR_TCFG) },
	{ "tit-TVAL", GCFG_TIT, W_CSRRD(CSR_TVAL) },
	{ "tit-CNTC", GCFG_TIT, W_CSRRD(CSR_CNTC) },
	{ "tit-TICLR", GCFG_TIT, W_CSRWR(CSR_TICLR) },
	{ "toru-unknown-csr", GCFG_TORU, W_CSRRD(0x3cf) },
	{ "toti-tlbsrch", 0, 0x06482800 },
	{ "toti-tlbrd", 0, 0x06482c00 },
	{ "toti-tlbwr", 0, 0x06483000 },
	{ "toti-tlbfill", 0, 0x06483400 },
	{ "toti-tlbclr", 0, 0x06482000 },
	{ "toti-tlbflush", 0, 0x06482400 },
	{ "toti-invtlb", 0, W_INVTLB(0) },
	{ "toti-TLBIDX-choice", 0, W_CSRRD(CSR_TLBIDX) },
	{ "toti-TLBEHI-choice", 0, W_CSRRD(CSR_TLBEHI) },
	{ "toti-TLBELO0-choice", 0, W_CSRWR(CSR_TLBELO0) },
	{ "toti-TLBELO1-choice", 0, W_CSRRD(CSR_TLBELO1) },
	{ "toti-ASID-choice", 0, W_CSRRD(CSR_ASID) },
	{ "toti-STLBPS-choice", 0, W_CSRRD(CSR_STLBPS) },
};

static void trap_label(unsigned int i, char *buf, size_t n)
{
	fmt_into(buf, n, "%s", traps[i].name);
}

/* Sets a switch of GCFG; false, and a skip, if it is not offered. */
static bool set_switch(u64 bit)
{
	if (!(caps.gcfg & bit >> 1)) {
		skip("GCFG does not offer it");
		return false;
	}
	csr_change(CSR_GCFG, bit, bit);
	return true;
}

static void trap_run(unsigned int i)
{
	guest_word(traps[i].word);
	v.gpr[A1] = G_DATA;
	if (!traps[i].gcfg)
		csr_change(CSR_GTLBC, GTLBC_TOTI, GTLBC_TOTI);
	else if (!set_switch(traps[i].gcfg))
		return;
	want_gspr(traps[i].word, G_CODE);
	/* Off again, nothing of it exits. */
	csr_change(CSR_GTLBC, 0, GTLBC_TOTI);
	csr_change(CSR_GCFG, 0, GCFG_SIT | GCFG_TIT | GCFG_TORU);
	gcsr_write(CSR_ERA, G_CODE + 4);
	gcsr_write(CSR_PRMD, 0);
	v.pc = G_CODE;
	want_done();
}

const struct kit_group group_trap = { "trap", ARRAY_SIZE(traps), NULL, trap_label, trap_run };

/* GCHC: no instruction is to blame, the guest has not begun to take it. */
static void toe(u64 word)
{
	if (!set_switch(GCFG_TOE))
		return;
	guest_word((u32)word);
	gcsr_write(CSR_ERA, 0x1230);
	if (!want_exit(E_GCM))
		return;
	want("ESTAT.EsubCode", exit_esub(), 1);
	want("ERA", v.x.era, G_CODE);
	want("the guest's ERA", gcsr_read(CSR_ERA), 0x1230);
	want("the guest's CRMD", gcsr_read(CSR_CRMD), CRMD_DA | CRMD_DAT_CC);
}

GUEST(g_load, "ld.d $a0, $a1, 0");

static void toe_refill(u64 arg)
{
	(void)arg;
	if (!set_switch(GCFG_TOE))
		return;
	guest_is(g_load);
	g_paging(G_REFILL);
	v.gpr[A1] = 0x40000000;
	if (!want_exit(E_GCM))
		return;
	want("ESTAT.EsubCode", exit_esub(), 1);
	want("ERA", v.x.era, v.pc);
}

static void toe_irq(u64 arg)
{
	(void)arg;
	if (!set_switch(GCFG_TOE))
		return;
	guest_is(g_end);
	gcsr_write(CSR_ECFG, 1);
	gcsr_write(CSR_ESTAT, 1);
	gcsr_write(CSR_CRMD, CRMD_DA | CRMD_DAT_CC | CRMD_IE);
	if (!want_exit(E_GCM))
		return;
	want("ESTAT.EsubCode", exit_esub(), 1);
	want("ERA", v.x.era, G_CODE);
}

static void toe_not_gspr(u64 arg)
{
	(void)arg;
	if (!set_switch(GCFG_TOE))
		return;
	guest_word(0x00006ca4);
	want_gspr(0x00006ca4, G_CODE);
}

/* GCSC: the guest's software changes its privilege. */
static void top(u64 word)
{
	if (!set_switch(GCFG_TOP))
		return;
	guest_word((u32)word);
	v.gpr[A0] = CRMD_DA | CRMD_DAT_CC | 3;
	v.gpr[A1] = 3;
	if (!want_exit(E_GCM))
		return;
	want("ESTAT.EsubCode", exit_esub(), 0);
	want("ERA", v.x.era, G_CODE);
	want("BADI", v.x.badi & 0xffffffff, word);
	want("the guest's CRMD", gcsr_read(CSR_CRMD), CRMD_DA | CRMD_DAT_CC);
}

static void top_same_plv(u64 arg)
{
	(void)arg;
	if (!set_switch(GCFG_TOP))
		return;
	guest_word(W_CSRWR(CSR_CRMD));
	v.gpr[A0] = CRMD_DA | CRMD_DAT_CC;
	want_done();
}

static void gci(u64 arg)
{
	static const u32 kinds[] = { W_CACOP(0x00), W_CACOP(0x08), W_CACOP(0x10) };
	unsigned int value = arg >> 4, kind = arg & 3;
	bool passes = (value >= 1 && kind == 2) || (value == 2 && kind == 1);

	if (!(caps.gcfg >> (16 + value) & 1)) {
		skip("GCFG does not offer it");
		return;
	}
	csr_change(CSR_GCFG, (u64)value << 20, BIT(20) | BIT(21));
	guest_word(kinds[kind]);
	v.gpr[A1] = G_DATA;
	if (passes)
		want_done();
	else
		want_gspr(kinds[kind], G_CODE);
}

/* Registers that nobody has: no exit, nothing in them. */
static void unknown(u64 num)
{
	const u32 words[] = { W_CSRWR(num), W_CSRRD(num) + 1 };

	guest_words(words, 2);
	v.gpr[A0] = 77;
	v.gpr[A1] = 77;
	if (!want_done())
		return;
	want("the old value", v.gpr[A0], 0);
	want("the value", v.gpr[A1], 0);
}

static const struct kit_case switch_cases[] = {
	{ "toe-ertn", toe, W_ERTN },
	{ "toe-syscall", toe, W_SYSCALL },
	{ "toe-ine", toe, 0 },
	{ "toe-refill", toe_refill, 0 },
	{ "toe-interrupt", toe_irq, 0 },
	{ "toe-leaves-gspr", toe_not_gspr, 0 },
	{ "top-csrwr", top, W_CSRWR(CSR_CRMD) },
	{ "top-csrxchg", top, W_CSRXCHG(CSR_CRMD) },
	{ "top-same-plv", top_same_plv, 0 },
	{ "gci-all-index-init", gci, 0x00 },
	{ "gci-all-index-invalidate", gci, 0x01 },
	{ "gci-all-hit", gci, 0x02 },
	{ "gci-hit-index-init", gci, 0x10 },
	{ "gci-hit-index-invalidate", gci, 0x11 },
	{ "gci-hit-hit", gci, 0x12 },
	{ "gci-secure-index-init", gci, 0x20 },
	{ "gci-secure-index-invalidate", gci, 0x21 },
	{ "gci-secure-hit", gci, 0x22 },
	{ "unknown-csr-0x3cf", unknown, 0x3cf },
	{ "unknown-csr-0x240", unknown, 0x240 },
	{ "unknown-csr-0x3fff", unknown, 0x3fff },
};

KIT_CASES(group_switch, "switch", switch_cases);
