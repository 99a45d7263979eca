/* SPDX-License-Identifier: Apache-2.0 */
/* cases_exit.c - what makes a guest exit, and what the exit leaves. */
#include "hv.h"

#define W_CPUCFG 0x00006ca4u
#define W_IOCSR(n) (0x064800a4u | (u32)(n) << 10)
#define W_IDLE 0x06488000u
#define W_DBCL 0x002a8000u
#define W_CACOP(code) (0x060000a0u | (code))
#define W_TLBSRCH 0x06482800u

static void gspr(u64 word)
{
	guest_word((u32)word);
	v.gpr[A1] = 2;
	want_gspr((u32)word, G_CODE);
	want("the guest's CRMD", gcsr_read(CSR_CRMD), CRMD_DA | CRMD_DAT_CC);
}

static void gspr_user(u64 word)
{
	guest_plv(3);
	guest_word((u32)word);
	v.gpr[A1] = 2;
	want_gspr((u32)word, G_CODE);
	want_bits("the guest's CRMD", gcsr_read(CSR_CRMD), CRMD_PLV, 3);
}

static void user_gets_ipe(u64 word)
{
	guest_plv(3);
	guest_word((u32)word);
	if (!want_guest_exc(E_IPE, 0, G_CODE))
		return;
	want("the guest's BADI", gcsr_read(CSR_BADI) & 0xffffffff, word);
	want_bits("the guest's PRMD", gcsr_read(CSR_PRMD), 3, 3);
}

static void hvc(u64 code)
{
	guest_word(W_HVCL((u32)code));
	if (!want_exit(E_HVC))
		return;
	want("ESTAT.EsubCode", exit_esub(), 0);
	want("ERA", v.x.era, G_CODE);
	want("BADV", v.x.badv, G_CODE);
	want("BADI", v.x.badi & 0xffffffff, W_HVCL((u32)code));
}

GUEST(g_count, "addi.d $a0, $a0, 1\n hvcl 0x41\n addi.d $a0, $a0, 1");

static void resume(u64 arg)
{
	(void)arg;
	guest_is(g_count);
	v.gpr[A0] = 40;
	if (!want_say(HVC_SAY(1)))
		return;
	want("ERA", v.x.era, G_CODE + 4);
	want("a0", v.gpr[A0], 41);
	v.pc = v.x.era + 4;
	if (want_done())
		want("a0 behind the call", v.gpr[A0], 42);
}

GUEST(g_loop, "1: addi.d $a0, $a0, 1\n hvcl 0x41\n b 1b");

static void thousand(u64 arg)
{
	(void)arg;
	guest_is(g_loop);
	for (unsigned int i = 1; i <= 1000; i++) {
		if (!want_say(HVC_SAY(1)))
			return;
		want("a0", v.gpr[A0], i);
		v.pc = v.x.era + 4;
	}
}

GUEST(g_nothing, "");

static u64 pattern(unsigned int r)
{
	return UINT64_C(0x0123456789abcdef) * (r + 3);
}

static void gprs(u64 arg)
{
	(void)arg;
	guest_is(g_nothing);
	for (unsigned int r = 1; r < 32; r++)
		v.gpr[r] = pattern(r);
	if (!want_done())
		return;
	for (unsigned int r = 1; r < 32; r++) {
		char name[8];

		fmt_into(name, sizeof(name), "r%u", r);
		want(name, v.gpr[r], pattern(r));
	}
	want("r0", v.gpr[0], 0);
}

GUEST(g_xor, "xor $a0, $a0, $a1\n xor $r30, $r31, $r29");

static void gprs_enter(u64 arg)
{
	(void)arg;
	guest_is(g_xor);
	v.gpr[A0] = pattern(4);
	v.gpr[A1] = pattern(5);
	v.gpr[31] = pattern(31);
	v.gpr[29] = pattern(29);
	if (!want_done())
		return;
	want("a0", v.gpr[A0], pattern(4) ^ pattern(5));
	want("r30", v.gpr[30], pattern(31) ^ pattern(29));
}

static void root_prmd(u64 arg)
{
	(void)arg;
	guest_is(g_nothing);
	if (want_done())
		want_bits("PRMD", v.x.prmd, 0xf, PRMD_PIE);
}

/* The guest's own level is not what PRMD notes. */
GUEST(g_syscall, "cpucfg $a0, $a1");

static void root_prmd_user(u64 arg)
{
	(void)arg;
	guest_plv(3);
	guest_is(g_syscall);
	if (want_exit(E_GSPR))
		want_bits("PRMD", v.x.prmd, 0xf, PRMD_PIE);
}

static void root_crmd(u64 arg)
{
	(void)arg;
	guest_is(g_nothing);
	if (want_done())
		want("CRMD", v.x.crmd, CRMD_PG | CRMD_DAT_CC);
}

static void gstat(u64 arg)
{
	(void)arg;
	guest_is(g_nothing);
	if (!want_done())
		return;
	want("GSTAT", v.x.gstat, (u64)gid_of(0) << GSTAT_GID_SHIFT | GSTAT_PVM |
	     (u64)caps.gidbit << 4);
	want("GSTAT once PVM was cleared", csr_read(CSR_GSTAT),
	     (u64)gid_of(0) << GSTAT_GID_SHIFT | (u64)caps.gidbit << 4);
}

static void no_refill_mark(u64 arg)
{
	(void)arg;
	guest_is(g_nothing);
	if (want_done())
		want_bits("TLBRERA", v.x.tlbrera, 1, 0);
}

/* An exit is none of the guest's business. */
static void guest_bank(u64 arg)
{
	(void)arg;
	guest_is(g_nothing);
	gcsr_write(CSR_PRMD, 7);
	gcsr_write(CSR_ERA, 0x123450);
	gcsr_write(CSR_BADV, 0x123451);
	gcsr_write(CSR_BADI, 0x123452);
	gcsr_write(CSR_ESTAT, 0x00250000);
	gcsr_write(CSR_TLBRERA, 0x123454);
	gcsr_write(CSR_TLBRPRMD, 7);
	if (!want_done())
		return;
	want("the guest's CRMD", gcsr_read(CSR_CRMD), CRMD_DA | CRMD_DAT_CC);
	want("the guest's PRMD", gcsr_read(CSR_PRMD), 7);
	want("the guest's ERA", gcsr_read(CSR_ERA), 0x123450);
	want("the guest's BADV", gcsr_read(CSR_BADV), 0x123451);
	want("the guest's BADI", gcsr_read(CSR_BADI), 0x123452);
	want("the guest's ESTAT", gcsr_read(CSR_ESTAT), 0x00250000);
	want("the guest's EENTRY", gcsr_read(CSR_EENTRY), G_VEC);
	want("the guest's TLBRERA", gcsr_read(CSR_TLBRERA), 0x123454);
	want("the guest's TLBRPRMD", gcsr_read(CSR_TLBRPRMD), 7);
}

GUEST(g_spin, "1: addi.d $a0, $a0, 1\n b 1b");

static void root_swi(u64 guest_crmd)
{
	guest_is(g_spin);
	gcsr_write(CSR_CRMD, CRMD_DA | CRMD_DAT_CC | guest_crmd);
	csr_write(CSR_ECFG, BIT(IS_TI) | BIT(IS_SWI0));
	csr_write(CSR_ESTAT, 1);
	if (hv_run_irqs(BIT(IS_SWI0)) != E_INT) {
		fail("no exit by the root's software interrupt");
		return;
	}
	csr_write(CSR_ESTAT, 0);
	want("ESTAT.Ecode", exit_ecode(), 0);
	want_bits("ESTAT.IS", v.x.estat, BIT(IS_SWI0), BIT(IS_SWI0));
	if (v.x.era != G_CODE && v.x.era != G_CODE + 4)
		fail("ERA 0x%lx is not in the loop", v.x.era);
	want_bits("PRMD", v.x.prmd, 0xf, PRMD_PIE);
	want_bits("GSTAT", v.x.gstat, GSTAT_PVM, GSTAT_PVM);
}

static void irq_keeps_badv(u64 arg)
{
	(void)arg;
	guest_is(g_spin);
	csr_write(CSR_BADV, 0x777);
	csr_write(CSR_ECFG, BIT(IS_TI) | BIT(IS_SWI0));
	csr_write(CSR_ESTAT, 1);
	if (hv_run_irqs(BIT(IS_SWI0)) != E_INT)
		fail("no exit by the root's software interrupt");
	csr_write(CSR_ESTAT, 0);
	want("BADV", v.x.badv, 0x777);
}

/* The root's timer ends even a loop without anything in it. */
static void root_timer(u64 arg)
{
	u64 start = counter();

	(void)arg;
	guest_is(g_spin);
	want("exit", (u64)hv_run(), E_NONE);
	if (counter() - start > 60 * counter_hz())
		fail("it took more than a minute");
}

static void guest_gets_ine(u64 word)
{
	guest_word((u32)word);
	if (want_guest_exc(E_INE, 0, G_CODE))
		want("the guest's BADI", gcsr_read(CSR_BADI) & 0xffffffff, word);
}

static void root_ine(u64 word)
{
	want_root_exc((u32)word, 0, E_INE);
}

static void root_ipe(u64 word)
{
	want_root_exc((u32)word, 3, E_IPE);
}

static const struct kit_case cases[] = {
	{ "gspr-cpucfg", gspr, W_CPUCFG },
	{ "gspr-cpucfg-plv3", gspr_user, W_CPUCFG },
	{ "gspr-iocsrrd.b", gspr, W_IOCSR(0) },
	{ "gspr-iocsrrd.h", gspr, W_IOCSR(1) },
	{ "gspr-iocsrrd.w", gspr, W_IOCSR(2) },
	{ "gspr-iocsrrd.d", gspr, W_IOCSR(3) },
	{ "gspr-iocsrwr.b", gspr, W_IOCSR(4) },
	{ "gspr-iocsrwr.h", gspr, W_IOCSR(5) },
	{ "gspr-iocsrwr.w", gspr, W_IOCSR(6) },
	{ "gspr-iocsrwr.d", gspr, W_IOCSR(7) },
	{ "gspr-idle", gspr, W_IDLE },
	{ "gspr-dbcl-choice", gspr, W_DBCL },
	{ "plv3-iocsrrd-ipe", user_gets_ipe, W_IOCSR(2) },
	{ "plv3-iocsrwr-ipe", user_gets_ipe, W_IOCSR(7) },
	{ "plv3-idle-ipe", user_gets_ipe, W_IDLE },
	{ "plv3-csrrd-ipe", user_gets_ipe, W_CSRRD(CSR_CRMD) },
	{ "plv3-csrrd-trapped-ipe", user_gets_ipe, W_CSRRD(CSR_GSTAT) },
	{ "plv3-ertn-ipe", user_gets_ipe, W_ERTN },
	{ "plv3-tlbsrch-ipe", user_gets_ipe, W_TLBSRCH },
	{ "plv3-cacop-index-ipe", user_gets_ipe, W_CACOP(0) },
	{ "plv3-hvcl-ipe-choice", user_gets_ipe, W_HVCL(1) },
	{ "guest-gcsrrd-ine-choice", guest_gets_ine, W_GCSRRD(CSR_CRMD) },
	{ "guest-gcsrwr-ine-choice", guest_gets_ine, W_GCSRWR(CSR_CRMD) },
	{ "guest-gtlbflush-ine-choice", guest_gets_ine, 0x06482401 },
	{ "root-hvcl-ine-choice", root_ine, W_HVCL(1) },
	{ "root-plv3-gcsrrd-ipe-choice", root_ipe, W_GCSRRD(CSR_CRMD) },
	{ "hvc-0", hvc, 0 },
	{ "hvc-0x100", hvc, 0x100 },
	{ "hvc-0x7fff", hvc, 0x7fff },
	{ "hvc-resume", resume, 0 },
	{ "hvc-1000-times", thousand, 0 },
	{ "gprs-kept", gprs, 0 },
	{ "gprs-entered", gprs_enter, 0 },
	{ "root-prmd", root_prmd, 0 },
	{ "root-prmd-of-plv3", root_prmd_user, 0 },
	{ "root-crmd", root_crmd, 0 },
	{ "gstat", gstat, 0 },
	{ "tlbrera-unmarked", no_refill_mark, 0 },
	{ "guest-bank-untouched", guest_bank, 0 },
	{ "irq-guest-ie-0", root_swi, 0 },
	{ "irq-guest-ie-1", root_swi, CRMD_IE },
	{ "irq-guest-plv3", root_swi, 3 },
	{ "irq-keeps-badv", irq_keeps_badv, 0 },
	{ "irq-root-timer", root_timer, 0 },
};

KIT_CASES(group_exit, "exit", cases);
