/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cases_gcsr.c - the guest's bank: for each register what gcsrwr keeps, what the guest's
 * csrwr keeps, and that the root's register of the same number is another one.
 */
#include "hv.h"

#define ALL UINT64_MAX
#define PPN (mask_of(caps.palen) & ~UINT64_C(0xfff))
#define ELO (PPN | 0x7f | UINT64_C(7) << 61)

static u64 mask_of(unsigned int bits)
{
	return (UINT64_C(1) << bits) - 1;
}

/* Ways in which a register is not plain. */
enum { PLAIN, NO_GUEST, NO_ROOT, WIDE_HI };

struct reg {
	const char *name;
	u8 num, kind, is_32;
	u64 root, guest;	/* masks; what depends on the CPU is filled in below */
};

static const struct reg regs[] = {
	{ "CRMD", CSR_CRMD, NO_GUEST, 1, 0x3ff, 0 },
	{ "PRMD", CSR_PRMD, PLAIN, 1, 0xf, 0xf },
	{ "EUEN", CSR_EUEN, PLAIN, 1, 0, 0 },
	{ "MISC", CSR_MISC, NO_GUEST, 1, 0x7feee, 0 },
	{ "ECFG", CSR_ECFG, PLAIN, 1, 0x71fff, 0x71fff },
	{ "ESTAT", CSR_ESTAT, PLAIN, 1, 0x7fff1c03 & ~(7u << 13), 3 },
	{ "ERA", CSR_ERA, PLAIN, 0, ALL, ALL },
	{ "BADV", CSR_BADV, PLAIN, 0, ALL, ALL },
	{ "BADI", CSR_BADI, PLAIN, 1, 0xffffffff, 0 },
	{ "EENTRY", CSR_EENTRY, PLAIN, 0, ~UINT64_C(0xfff), ~UINT64_C(0xfff) },
	{ "TLBIDX", CSR_TLBIDX, PLAIN, 1, 0xbf000fff, 0xbf000fff },
	{ "TLBEHI", CSR_TLBEHI, WIDE_HI, 0, 0x1fff, 0x1fff },
	{ "TLBELO0", CSR_TLBELO0, PLAIN, 0, 0, 0 },
	{ "TLBELO1", CSR_TLBELO1, PLAIN, 0, 0, 0 },
	{ "ASID", CSR_ASID, PLAIN, 1, 0x3ff, 0x3ff },
	{ "PGDL", CSR_PGDL, PLAIN, 0, ~UINT64_C(0xfff), ~UINT64_C(0xfff) },
	{ "PGDH", CSR_PGDH, PLAIN, 0, ~UINT64_C(0xfff), ~UINT64_C(0xfff) },
	{ "PWCL", CSR_PWCL, PLAIN, 1, 0x3fffffff, 0x3fffffff },
	{ "PWCH", CSR_PWCH, PLAIN, 1, 0, 0 },
	{ "RVACFG", CSR_RVACFG, PLAIN, 1, 0, 0 },
	{ "CPUID", CSR_CPUID, PLAIN, 1, 0x1ff, 0 },
	{ "PRCFG1", CSR_PRCFG1, PLAIN, 1, 0, 0 },
	{ "PRCFG2", CSR_PRCFG2, PLAIN, 0, 0, 0 },
	{ "PRCFG3", CSR_PRCFG3, PLAIN, 1, 0, 0 },
	{ "SAVE0", CSR_KS0, PLAIN, 0, ALL, ALL },
	{ "SAVE1", CSR_KS0 + 1, PLAIN, 0, ALL, ALL },
	{ "SAVE2", CSR_KS0 + 2, PLAIN, 0, ALL, ALL },
	{ "SAVE3", CSR_KS0 + 3, PLAIN, 0, ALL, ALL },
	{ "SAVE4", CSR_KS0 + 4, PLAIN, 0, ALL, ALL },
	{ "SAVE5", CSR_KS0 + 5, PLAIN, 0, ALL, ALL },
	{ "SAVE6", CSR_KS0 + 6, PLAIN, 0, ALL, ALL },
	{ "SAVE7", CSR_KS0 + 7, PLAIN, 0, ALL, ALL },
	{ "TID", CSR_TID, PLAIN, 1, 0xffffffff, 0xffffffff },
	{ "TCFG", CSR_TCFG, PLAIN, 0, 0, 0 },
	{ "CNTC", CSR_CNTC, PLAIN, 0, ALL, ALL },
	{ "TLBRENTRY", CSR_TLBRENTRY, PLAIN, 0, 0, 0 },
	{ "TLBRBADV", CSR_TLBRBADV, PLAIN, 0, ALL, ALL },
	{ "TLBRERA", CSR_TLBRERA, PLAIN, 0, ~UINT64_C(2), ~UINT64_C(2) },
	{ "TLBRSAVE", CSR_TLBRSAVE, PLAIN, 0, ALL, ALL },
	{ "TLBRELO0", CSR_TLBRELO0, PLAIN, 0, 0, 0 },
	{ "TLBRELO1", CSR_TLBRELO1, PLAIN, 0, 0, 0 },
	{ "TLBREHI", CSR_TLBREHI, WIDE_HI, 0, 0x1fc0, 0x1fc0 },
	{ "TLBRPRMD", CSR_TLBRPRMD, PLAIN, 1, 0x17, 0x17 },
	{ "DMW0", 0x80, PLAIN, 0, 0, 0 },
	{ "DMW1", 0x81, PLAIN, 0, 0, 0 },
	{ "DMW2", 0x82, PLAIN, 0, 0, 0 },
	{ "DMW3", 0x83, PLAIN, 0, 0, 0 },
};

static unsigned int num_of(const struct reg *r)
{
	/* The windows lie beyond 8 bits. */
	return r->name[0] == 'D' ? 0x100u + r->num : r->num;
}

/* Masks that the CPU's configuration decides. */
static u64 mask(const struct reg *r, bool is_guest)
{
	switch (num_of(r)) {
	case CSR_EUEN:
		return (caps.has_fp ? 1 : 0) | (caps.has_lsx ? 2 : 0) | (caps.has_lasx ? 4 : 0) |
		       (caps.has_lbt ? 8 : 0);
	case CSR_TLBELO0:
	case CSR_TLBELO1:
	case CSR_TLBRELO0:
	case CSR_TLBRELO1:
		return ELO;
	case CSR_PWCH:
		return 0xffffff | (caps.has_ptw ? BIT(24) : 0);
	case CSR_RVACFG:
		return caps.has_rva ? 0xf : 0;
	case CSR_TCFG:
		return mask_of((unsigned int)(csr_read(CSR_PRCFG1) >> 4 & 0xff) + 1);
	case CSR_TLBRENTRY:
		return PPN;
	case CSR_DMW0:
	case CSR_DMW1:
	case CSR_DMW2:
	case CSR_DMW3:
		return UINT64_C(0xf00000000000003f);
	case CSR_ESTAT:
		return is_guest ? 3 : r->root | (caps.has_msgint ? BIT(14) : 0);
	default:
		/* Here the masks say which bits stay 0. */
		return r->kind == WIDE_HI ? ~(is_guest ? r->guest : r->root)
					  : is_guest ? r->guest : r->root;
	}
}

/* As it is read: 32 bits are sign-extended, and above VPPN its highest bit is repeated. */
static u64 extended(const struct reg *r, u64 val)
{
	unsigned int unused = 64 - caps.valen;

	if (r->kind == WIDE_HI)
		return (u64)((int64_t)(val << unused) >> unused);
	return r->is_32 ? (u64)(int64_t)(int32_t)val : val;
}

/* ------------------------------------------------------------------ by the root */

static void gcsr_label(unsigned int i, char *buf, size_t n)
{
	fmt_into(buf, n, "%s", regs[i].name);
}

static void gcsr_run(unsigned int i)
{
	const struct reg *r = &regs[i];
	unsigned int num = num_of(r);
	u64 m = mask(r, false), fixed, ones, old;

	gcsr_write_n(num, 0);
	fixed = gcsr_read_n(num);
	want_bits("after zeros", fixed, m, 0);
	old = gcsr_write_n(num, ALL);
	want("gcsrwr's old value", old, fixed);
	ones = gcsr_read_n(num);
	want("after ones", ones, extended(r, m | fixed));
	old = root_word(W_GCSRXCHG(num), 0, UINT64_C(0xff00ff00ff00ff00));
	want("gcsrxchg's old value", old, ones);
	want("after zeros to some bytes", gcsr_read_n(num),
	     extended(r, (m & UINT64_C(0x00ff00ff00ff00ff)) | fixed));
	gcsr_write_n(num, 0);
	want("after zeros again", gcsr_read_n(num), fixed);
}

const struct kit_group group_gcsr = { "gcsr-mask", ARRAY_SIZE(regs), NULL, gcsr_label,
				      gcsr_run };

/* ------------------------------------------------------------------ by the guest */

static void guest_label(unsigned int i, char *buf, size_t n)
{
	fmt_into(buf, n, "%s%s", regs[i].name, num_of(&regs[i]) == CSR_MISC ? "-choice" : "");
}

/* CRMD without what would take the ground from under the program; MISC at PLV0 does not. */
static u64 careful(const struct reg *r)
{
	return num_of(r) == CSR_CRMD ? 0x3e4 : ALL;
}

static void guest_run(unsigned int i)
{
	const struct reg *r = &regs[i];
	unsigned int num = num_of(r);
	u64 m = r->kind == NO_GUEST ? r->root : mask(r, true), c = careful(r), was, fixed, ones;
	const u32 words[] = {
		W_CSRXCHG(num),			/* a0: ones; old value */
		W_CSRRD(num) + 2,		/* a2: after ones */
		W_CSRXCHG(num) + 3,		/* a3: zeros; old value */
		W_CSRRD(num) + 4,		/* a4: after zeros */
	};

	if (num == CSR_MISC) {
		/* What the root itself may switch. */
		csr_write(CSR_MISC, 0x7feee);
		m = csr_write(CSR_MISC, 0);
	}
	was = gcsr_read_n(num);
	fixed = was & ~m;
	guest_words(words, ARRAY_SIZE(words));
	v.gpr[A0] = c;
	v.gpr[A1] = c;
	v.gpr[A3] = 0;
	if (!want_done())
		return;
	want("the guest's old value", v.gpr[A0], extended(r, was));
	ones = extended(r, (m & c) | (was & ~c) | fixed);
	want("after ones", v.gpr[A2], ones);
	want("csrxchg's old value", v.gpr[A3], ones);
	want("after zeros", v.gpr[A4], extended(r, (was & ~c) | fixed));
	want("as the root sees it", gcsr_read_n(num), extended(r, (was & ~c) | fixed));
}

const struct kit_group group_guest_csr = { "guest-mask", ARRAY_SIZE(regs), NULL, guest_label,
					   guest_run };

/* ------------------------------------------------------------------ two of each */

/* gcsrwr leaves the root's alone, and the root's csrwr the guest's, where it is harmless. */
static bool root_may_change(unsigned int num)
{
	switch (num) {
	case CSR_PRMD:
	case CSR_ERA:
	case CSR_BADV:
	case CSR_TLBIDX:
	case CSR_TLBEHI:
	case CSR_TLBELO0:
	case CSR_TLBELO1:
	case CSR_TID:
	case CSR_CNTC:
	case CSR_TLBRBADV:
	case CSR_TLBRSAVE:
	case CSR_TLBRELO0:
	case CSR_TLBRELO1:
	case CSR_TLBREHI:
	case CSR_DMW2:
	case CSR_DMW3:
	case CSR_PGDH:
	case CSR_KS0:
	case CSR_KS0 + 1:
		return true;
	default:
		return false;
	}
}

static void own_run(unsigned int i)
{
	unsigned int num = num_of(&regs[i]);
	u64 root = csr_read_n(num), guest;

	gcsr_write_n(num, 0);
	want("the root's after zeros to the guest's", csr_read_n(num), root);
	gcsr_write_n(num, ALL);
	want("the root's after ones to the guest's", csr_read_n(num), root);
	if (num == CSR_TCFG)
		gcsr_write(CSR_TCFG, 0);
	if (!root_may_change(num))
		return;
	guest = gcsr_read_n(num);
	csr_write_n(num, 0);
	want("the guest's after zeros to the root's", gcsr_read_n(num), guest);
	gcsr_write_n(num, 0);
	guest = gcsr_read_n(num);
	csr_write_n(num, ALL);
	want("the guest's after ones to the root's", gcsr_read_n(num), guest);
	csr_write_n(num, root);
}

const struct kit_group group_own = { "gcsr-own", ARRAY_SIZE(regs), NULL, gcsr_label, own_run };

/* ------------------------------------------------------------------ others */

static void page_size_illegal(u64 arg)
{
	(void)arg;
	gcsr_write(CSR_STLBPS, 14);
	want("STLBPS", gcsr_read(CSR_STLBPS), 14);
	gcsr_write(CSR_STLBPS, 12);
	want("STLBPS", gcsr_read(CSR_STLBPS), 12);
}

static void pgd_selects(u64 arg)
{
	(void)arg;
	gcsr_write(CSR_PGDL, 0x111000);
	gcsr_write(CSR_PGDH, 0x222000);
	gcsr_write(CSR_BADV, 0x1234);
	want("PGD by BADV", gcsr_read(CSR_PGD), 0x111000);
	gcsr_write(CSR_BADV, BIT(63));
	want("PGD by BADV", gcsr_read(CSR_PGD), 0x222000);
	gcsr_write(CSR_TLBRERA, 1);
	gcsr_write(CSR_TLBRBADV, 0x5678);
	want("PGD by TLBRBADV", gcsr_read(CSR_PGD), 0x111000);
	gcsr_write(CSR_TLBRBADV, BIT(63));
	gcsr_write(CSR_BADV, 0);
	want("PGD by TLBRBADV", gcsr_read(CSR_PGD), 0x222000);
	gcsr_write(CSR_PGD, 0x333000);
	want("PGD after a write", gcsr_read(CSR_PGD), 0x222000);
}

GUEST(g_pgd, "csrrd $a0, 0x1b\n csrrd $a1, 0x7\n csrwr $a2, 0x7\n csrrd $a3, 0x1b");

static void pgd_of_guest(u64 arg)
{
	(void)arg;
	guest_is(g_pgd);
	gcsr_write(CSR_PGDL, 0x111000);
	gcsr_write(CSR_PGDH, 0x222000);
	gcsr_write(CSR_BADV, BIT(63));
	v.gpr[A2] = 0x10;
	if (!want_done())
		return;
	want("PGD", v.gpr[A0], 0x222000);
	want("PGD with a low address", v.gpr[A3], 0x111000);
}

/* KVM reads these and never writes them: a guest must find sane values in them. */
static void prcfg(u64 num)
{
	u64 found = gcsr_read_n((unsigned int)num);

	want("the guest's", found, csr_read_n((unsigned int)num));
	if (!found)
		fail("it is 0");
}

static void ticlr_reads_0(u64 arg)
{
	(void)arg;
	gcsr_write(CSR_TICLR, 1);
	want("TICLR", gcsr_read(CSR_TICLR), 0);
}

static void ticlr_clears(u64 arg)
{
	(void)arg;
	gcsr_write(CSR_ESTAT, BIT(IS_TI));
	want_bits("ESTAT.IS", gcsr_read(CSR_ESTAT), 0x1fff, BIT(IS_TI));
	gcsr_write(CSR_TICLR, 0);
	want_bits("ESTAT.IS after 0", gcsr_read(CSR_ESTAT), 0x1fff, BIT(IS_TI));
	gcsr_write(CSR_TICLR, 1);
	want_bits("ESTAT.IS after 1", gcsr_read(CSR_ESTAT), 0x1fff, 0);
}

static void llbctl(u64 arg)
{
	(void)arg;
	gcsr_write(CSR_LLBCTL, ALL);
	want("LLBCTL after ones", gcsr_read(CSR_LLBCTL), 4);
	gcsr_write(CSR_LLBCTL, 0);
	want("LLBCTL after zeros", gcsr_read(CSR_LLBCTL), 0);
}

static void tval_of_stopped(u64 arg)
{
	(void)arg;
	gcsr_write(CSR_TCFG, 0);
	gcsr_write(CSR_TVAL, 0x123450);
	want("TVAL", gcsr_read(CSR_TVAL), 0x123450);
}

GUEST(g_tval, "csrwr $a0, 0x42\n csrrd $a1, 0x42");

static void tval_readonly(u64 arg)
{
	(void)arg;
	guest_is(g_tval);
	gcsr_write(CSR_TVAL, 0x123450);
	v.gpr[A0] = 0x777;
	if (!want_done())
		return;
	want("csrwr's old value", v.gpr[A0], 0x123450);
	want("TVAL", v.gpr[A1], 0x123450);
}

/* gcsrrd r0 and gcsrwr r0 have no register to change. */
static void r0_forms(u64 arg)
{
	(void)arg;
	gcsr_write(CSR_KS0, 77);
	asm volatile("gcsrrd $zero, 0x30" : : : "memory");
	want("SAVE0", gcsr_read(CSR_KS0), 77);
	asm volatile("gcsrwr $zero, 0x30" : : : "memory");
	want("SAVE0", gcsr_read(CSR_KS0), 0);
}

static void xchg_mask_0(u64 arg)
{
	(void)arg;
	gcsr_write(CSR_KS0, 77);
	want("the old value", gcsr_change(CSR_KS0, 5, 0), 77);
	want("SAVE0", gcsr_read(CSR_KS0), 77);
}

static const struct kit_case cases[] = {
	{ "stlbps-sizes", page_size_illegal, 0 },
	{ "pgd-selects", pgd_selects, 0 },
	{ "pgd-in-guest", pgd_of_guest, 0 },
	{ "prcfg1-of-root", prcfg, CSR_PRCFG1 },
	{ "prcfg2-of-root", prcfg, CSR_PRCFG2 },
	{ "prcfg3-of-root", prcfg, CSR_PRCFG3 },
	{ "ticlr-reads-0", ticlr_reads_0, 0 },
	{ "ticlr-clears-ti", ticlr_clears, 0 },
	{ "llbctl-mask", llbctl, 0 },
	{ "tval-of-stopped", tval_of_stopped, 0 },
	{ "tval-guest-readonly", tval_readonly, 0 },
	{ "forms-r0", r0_forms, 0 },
	{ "forms-mask-0", xchg_mask_0, 0 },
};

KIT_CASES(group_gcsr_more, "gcsr", cases);
