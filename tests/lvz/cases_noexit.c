/* SPDX-License-Identifier: Apache-2.0 */
/* cases_noexit.c - exceptions that are the guest's own, and whose units they are. */
#include "hv.h"

GUEST(g_misaligned_pc, "addi.d $a1, $a1, 2\n jirl $zero, $a1, 0");
GUEST(g_ll, "addi.d $a1, $a1, 2\n ll.w $a0, $a1, 0");
GUEST(g_am, "addi.d $a1, $a1, 4\n amadd_db.d $a0, $zero, $a1");
GUEST(g_bound, "ldgt.d $a0, $a1, $a1");
GUEST(g_assert, "asrtle.d $a1, $zero");
GUEST(g_fpe, ".word 0x0114c0c0\n .word 0x0114a480\n .word 0x0114a401\n .word 0x01068401");

/* What it was, besides code and pc. */
static void check(unsigned int ecode, unsigned int esub, u64 pc, u64 badi)
{
	if (!want_guest_exc(ecode, esub, pc))
		return;
	want("the guest's BADI", gcsr_read(CSR_BADI) & 0xffffffff, badi);
	want("the guest's PRMD", gcsr_read(CSR_PRMD), 0);
}

static void word_gets(u64 ecode_word)
{
	guest_word((u32)ecode_word);
	check((unsigned int)(ecode_word >> 32), 0, G_CODE, (u32)ecode_word);
}

#define GETS(ecode, word) ((u64)(ecode) << 32 | (word))

static void from_user(u64 ecode_word)
{
	guest_plv(3);
	guest_word((u32)ecode_word);
	if (!want_guest_exc((unsigned int)(ecode_word >> 32), 0, G_CODE))
		return;
	want("the guest's PRMD", gcsr_read(CSR_PRMD), 3);
}

static void adef(u64 arg)
{
	(void)arg;
	guest_is(g_misaligned_pc);
	v.gpr[A1] = G_DATA;
	if (want_guest_exc(E_ADE, 0, G_DATA + 2))
		want("the guest's BADV", gcsr_read(CSR_BADV), G_DATA + 2);
}

GUEST(g_load, "ld.d $a0, $a1, 0");

static void adem(u64 arg)
{
	(void)arg;
	g_paging(G_REFILL);
	guest_is(g_load);
	v.gpr[A1] = UINT64_C(0x4000000000000000);
	if (want_guest_exc(E_ADE, 1, v.pc))
		want("the guest's BADV", gcsr_read(CSR_BADV), UINT64_C(0x4000000000000000));
}

static void ale_ll(u64 arg)
{
	(void)arg;
	guest_is(g_ll);
	v.gpr[A1] = G_DATA;
	check(E_ALE, 0, G_CODE + 4, g_ll[1]);
	want("the guest's BADV", gcsr_read(CSR_BADV), G_DATA + 2);
}

static void ale_am(u64 arg)
{
	(void)arg;
	guest_is(g_am);
	v.gpr[A1] = G_DATA;
	check(E_ALE, 0, G_CODE + 4, g_am[1]);
	want("the guest's BADV", gcsr_read(CSR_BADV), G_DATA + 4);
}

static void bce_load(u64 arg)
{
	(void)arg;
	guest_is(g_bound);
	v.gpr[A1] = G_DATA;
	check(E_BCE, 0, G_CODE, g_bound[0]);
}

static void bce_assert(u64 arg)
{
	(void)arg;
	guest_is(g_assert);
	v.gpr[A1] = 1;
	check(E_BCE, 0, G_CODE, g_assert[0]);
}

/* One divided by zero, with the exception for that enabled. */
static void fpe(u64 arg)
{
	(void)arg;
	if (!caps.has_fp) {
		skip("no floating point");
		return;
	}
	guest_is(g_fpe);
	csr_write(CSR_EUEN, 1);
	gcsr_write(CSR_EUEN, 1);
	v.gpr[A0] = 0x3f800000;
	v.gpr[A2] = 8;
	v.gpr[0] = 0;
	check(E_FPE, 0, G_CODE + 12, g_fpe[3]);
}

/* A vector of the guest by VS: 64 bytes for each code. */
static void guest_vs(u64 vs)
{
	u64 at = G_VEC + ((u64)E_SYS << (vs + 2));

	guest_word(W_SYSCALL);
	gcsr_write(CSR_ECFG, vs << 16);
	g_put32(at, W_HVCL(HVC_SAY(2)));
	asm volatile("ibar 0" : : : "memory");
	if (want_say(HVC_SAY(2)))
		want("ERA", v.x.era, at);
}

GUEST(g_ertn, "csrwr $a0, 0x6\n csrwr $a1, 0x1\n ertn");

static void ertn_to_user(u64 arg)
{
	(void)arg;
	guest_is(g_ertn);
	g_put32(G_DATA, W_SYSCALL);
	v.gpr[A0] = G_DATA;
	v.gpr[A1] = 3;
	if (want_guest_exc(E_SYS, 0, G_DATA))
		want("the guest's PRMD", gcsr_read(CSR_PRMD), 3);
}

GUEST(g_refill_ertn, "csrwr $a0, 0x8a\n csrwr $a1, 0x8f\n ertn");

/* ertn of the guest inside its refill: mapped mode, TLBRPRMD. */
static void ertn_of_refill(u64 arg)
{
	(void)arg;
	guest_is(g_refill_ertn);
	gcsr_write(CSR_DMW0, UINT64_C(0x8000000000000019));
	gcsr_write(CSR_EENTRY, UINT64_C(0x8000000000000000) | G_VEC);
	g_put32(G_DATA, W_SYSCALL);
	v.gpr[A0] = UINT64_C(0x8000000000000001) | G_DATA;
	v.gpr[A1] = 3;
	if (!want_guest_exc(E_SYS, 0, UINT64_C(0x8000000000000000) | G_DATA))
		return;
	want("the guest's PRMD", gcsr_read(CSR_PRMD), 3);
	want_bits("the guest's CRMD", gcsr_read(CSR_CRMD), CRMD_DA | CRMD_PG, CRMD_PG);
	want_bits("the guest's TLBRERA", gcsr_read(CSR_TLBRERA), 1, 0);
}

/* MISC.ALCL0 of each mode is for that mode; @arg: whose is set, bit 0 the guest's. */
static void alignment(u64 arg)
{
	if (!(cpucfg(1) & BIT(20))) {
		skip("no misaligned accesses");
		return;
	}
	csr_write(CSR_MISC, BIT(12));
	if (!csr_write(CSR_MISC, arg & 1 ? 0 : BIT(12))) {
		skip("MISC has no ALCL0");
		return;
	}
	gcsr_write(CSR_MISC, arg & 1 ? BIT(12) : 0);
	guest_is(g_load);
	g_put(G_DATA, UINT64_C(0x1122334455667788));
	v.gpr[A1] = G_DATA + 1;
	if (arg & 1) {
		check(E_ALE, 0, G_CODE, g_load[0]);
		want("the guest's BADV", gcsr_read(CSR_BADV), G_DATA + 1);
	} else if (want_done()) {
		want("a0", v.gpr[A0], UINT64_C(0x0011223344556677));
	}
}

static const struct kit_case cases[] = {
	{ "syscall", word_gets, GETS(E_SYS, W_SYSCALL) },
	{ "syscall-plv3", from_user, GETS(E_SYS, W_SYSCALL) },
	{ "break", word_gets, GETS(E_BRK, W_BREAK(0)) },
	{ "break-plv3", from_user, GETS(E_BRK, W_BREAK(0)) },
	{ "ine", word_gets, GETS(E_INE, 0) },
	{ "ine-plv3", from_user, GETS(E_INE, 0) },
	{ "ipe-plv3", from_user, GETS(E_IPE, W_CSRRD(CSR_ERA)) },
	{ "adef", adef, 0 },
	{ "adem", adem, 0 },
	{ "ale-ll", ale_ll, 0 },
	{ "ale-am", ale_am, 0 },
	{ "ale-by-guest-misc", alignment, 1 },
	{ "ale-not-by-root-misc", alignment, 0 },
	{ "bce-ldgt", bce_load, 0 },
	{ "bce-asrtle", bce_assert, 0 },
	{ "fpe", fpe, 0 },
	{ "vector-vs-1", guest_vs, 1 },
	{ "vector-vs-4", guest_vs, 4 },
	{ "vector-vs-7", guest_vs, 7 },
	{ "ertn-to-plv3", ertn_to_user, 0 },
	{ "ertn-of-refill", ertn_of_refill, 0 },
};

KIT_CASES(group_noexit, "noexit", cases);

/* ------------------------------------------------------------------ units */

static const struct {
	const char *name;
	u32 bit, word;
	unsigned int ecode;
} units[] = {
	{ "fp", 1, 0x0114a880, E_FPD },		/* movgr2fr.d f0, a0 */
	{ "lsx", 2, 0x700a0000, E_SXD },	/* vadd.b v0, v0, v0 */
	{ "lasx", 4, 0x740a0000, E_ASXD },	/* xvadd.b x0, x0, x0 */
	{ "lbt", 8, 0x00000880, E_BTD },	/* movgr2scr scr0, a0 */
};

enum { BOTH_ON, ROOT_OFF, GUEST_OFF, BOTH_OFF, NKINDS };

static void unit_label(unsigned int i, char *buf, size_t n)
{
	static const char *const kinds[] = { "both-on", "root-off", "guest-off",
					     "both-off-choice" };

	fmt_into(buf, n, "%s-%s", units[i / NKINDS].name, kinds[i % NKINDS]);
}

static bool has_unit(unsigned int u)
{
	return u == 0 ? caps.has_fp : u == 1 ? caps.has_lsx : u == 2 ? caps.has_lasx
								       : caps.has_lbt;
}

static void unit_run(unsigned int i)
{
	unsigned int u = i / NKINDS, kind = i % NKINDS;
	u64 all = (caps.has_fp ? 1 : 0) | (caps.has_lsx ? 2 : 0) | (caps.has_lasx ? 4 : 0) |
		  (caps.has_lbt ? 8 : 0), without = all & ~(u64)units[u].bit;

	if (!has_unit(u)) {
		skip("the CPU has no such unit");
		return;
	}
	guest_word(units[u].word);
	csr_write(CSR_EUEN, kind == ROOT_OFF || kind == BOTH_OFF ? without : all);
	gcsr_write(CSR_EUEN, kind == GUEST_OFF || kind == BOTH_OFF ? without : all);
	if (kind == BOTH_ON) {
		want_done();
	} else if (kind == ROOT_OFF) {
		if (!want_exit((int)units[u].ecode))
			return;
		want("ERA", v.x.era, G_CODE);
		want("BADV", v.x.badv, G_CODE);
		want("BADI", v.x.badi & 0xffffffff, units[u].word);
		/* Lent, it goes on where it was. */
		csr_write(CSR_EUEN, all);
		v.pc = v.x.era;
		want_done();
	} else {
		want_guest_exc(units[u].ecode, 0, G_CODE);
	}
}

const struct kit_group group_unit = { "unit", ARRAY_SIZE(units) * NKINDS, NULL, unit_label,
				      unit_run };
