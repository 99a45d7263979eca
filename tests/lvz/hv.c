/* SPDX-License-Identifier: Apache-2.0 */
/* hv.c - the hypervisor of the kit; see hv.h. */
#include "hv.h"

#include "groups.h"

#define PHYS(a) ((u64)(a) & 0xffffffffffff)
#define WINDOW UINT64_C(0x9000000000000000)

/* The tables as KVM has them on kernels with 16 KiB pages: 14, 25 (level 1), 36 (level 3). */
#define PWCL_16K 0x5e56eu
#define PWCH_16K 0x2e4u
#define MARK UINT64_C(0x3badbadba000)
/* A guest that does not come back gets so many turns of so long. */
#define WATCHDOG_TURNS 15
#define WATCHDOG_US 20000

struct hv_vcpu v;
struct hv_caps caps;

/* ------------------------------------------------------------------ words */

static u32 scratch[4];

u64 root_word(u32 word, u64 a0, u64 a1)
{
	register u64 r4 asm("a0") = a0;
	register u64 r5 asm("a1") = a1;

	scratch[0] = word;
	scratch[1] = 0x4c000020;	/* jr ra */
	asm volatile("ibar 0\n\tjirl $ra, %2, 0" : "+r"(r4), "+r"(r5) : "r"(scratch)
		     : "ra", "memory");
	return r4;
}

u64 csr_read_n(unsigned int num)
{
	return root_word(W_CSRRD(num), 0, 0);
}

u64 csr_write_n(unsigned int num, u64 val)
{
	return root_word(W_CSRWR(num), val, 0);
}

u64 gcsr_read_n(unsigned int num)
{
	return root_word(W_GCSRRD(num), 0, 0);
}

u64 gcsr_write_n(unsigned int num, u64 val)
{
	return root_word(W_GCSRWR(num), val, 0);
}

/* ------------------------------------------------------------------ time */

static u64 hz;

u64 counter_hz(void)
{
	return hz;
}

static u64 crystal_hz(void)
{
	u32 ratio = cpucfg(5);

	return (ratio >> 16) ? (u64)cpucfg(4) * (ratio & 0xffff) / (ratio >> 16) : 100000000;
}

void wait_us(u64 us)
{
	u64 start = counter();

	while (counter() - start < us * hz / 1000000)
		;
}

/* ------------------------------------------------------------------ memory */

static u8 guest_ram[G_RAM_BYTES] __attribute__((aligned(0x100000)));

/* A page of 2048 entries. */
struct table {
	u64 e[2048];
} __attribute__((aligned(0x4000)));

static struct table pgd[2], pmd[2], no_pmd, no_pte, pte_pool[12];
static unsigned int npte;

u64 pa_of(const void *p)
{
	return PHYS(p);
}

void *g_ptr(u64 gpa)
{
	return guest_ram + gpa;
}

u64 g_pa(u64 gpa)
{
	return PHYS(guest_ram + gpa);
}

u64 g_get(u64 gpa)
{
	return *(volatile u64 *)g_ptr(gpa);
}

void g_put(u64 gpa, u64 val)
{
	*(volatile u64 *)g_ptr(gpa) = val;
}

void g_put32(u64 gpa, u32 val)
{
	*(volatile u32 *)g_ptr(gpa) = val;
}

/* The second 32 MiB of RAM, where nothing of the kit or the loader lies. */
u64 huge_pa(void)
{
	volatile u64 *p = (u64 *)(WINDOW | 0x2000000), *q = (u64 *)(WINDOW | 0x3fffff8);

	*p = 0x1234;
	*q = 0x5678;
	return *p == 0x1234 && *q == 0x5678 ? 0x2000000 : 0;
}

static struct table *virt(u64 pa)
{
	return (struct table *)(WINDOW | (pa & ~UINT64_C(0x3fff)));
}

static void tables_clear(void)
{
	for (unsigned int g = 0; g < 2; g++) {
		for (unsigned int i = 0; i < 2048; i++) {
			pgd[g].e[i] = PHYS(&no_pmd);
			pmd[g].e[i] = PHYS(&no_pte);
		}
		pgd[g].e[0] = PHYS(&pmd[g]);
	}
	npte = 0;
}

static u64 *pte_of(unsigned int which, u64 gpa)
{
	u64 *dir = &pmd[which].e[gpa >> 25 & 0x7ff];

	if (*dir == PHYS(&no_pte)) {
		if (npte == ARRAY_SIZE(pte_pool)) {
			fail("the kit is out of page tables");
			npte = 0;
		}
		memset(&pte_pool[npte], 0, sizeof(struct table));
		*dir = PHYS(&pte_pool[npte++]);
	}
	return &virt(*dir)->e[gpa >> 14 & 0x7ff];
}

void s2_map(unsigned int which, u64 gpa, u64 pte)
{
	*(volatile u64 *)pte_of(which, gpa) = pte;
	asm volatile("dbar 0" : : : "memory");
}

void s2_map_huge(unsigned int which, u64 gpa, u64 pte)
{
	pmd[which].e[gpa >> 25 & 0x7ff] = pte | PTE_HUGE;
	asm volatile("dbar 0" : : : "memory");
}

void s2_set_dir(unsigned int which, u64 gpa, unsigned int level, u64 entry)
{
	if (level == 3)
		pgd[which].e[gpa >> 36 & 0x7ff] = entry;
	else
		pmd[which].e[gpa >> 25 & 0x7ff] = entry;
	asm volatile("dbar 0" : : : "memory");
}

u64 s2_root(unsigned int which)
{
	return PHYS(&pgd[which]);
}

void s2_remap(unsigned int which, u64 gpa, u64 pte)
{
	s2_map(which, gpa, pte);
	invtlb(0x16, (u64)gid_of(which) << 16, gpa);
}

void watch_page(u64 gpa)
{
	csr_write(KS_WATCH, gpa >> 14);
}

void watch_none(void)
{
	csr_write(KS_WATCH, UINT64_MAX);
}

/* ------------------------------------------------------------------ guests */

unsigned int gid_of(unsigned int which)
{
	/* The highest that there is, and one that differs from it in every bit but one. */
	unsigned int all = (1u << caps.gidbit) - 1;

	return which ? all : 5;
}

void use_guest(unsigned int which)
{
	v.root = s2_root(which);
	v.tgid = gid_of(which);
	v.gstat = (u64)gid_of(which) << GSTAT_GID_SHIFT | GSTAT_PVM;
}

void g_map(u64 va, u64 pte)
{
	g_put(G_TABLE + (va >> 25 & 0x7ff) * 8, G_TABLE + PAGE);
	g_put(G_TABLE + PAGE + (va >> 14 & 0x7ff) * 8, pte);
}

void g_paging(u64 refill)
{
	gcsr_write(CSR_PWCL, PWCL_16K);
	gcsr_write(CSR_PWCH, 0);
	gcsr_write(CSR_STLBPS, 14);
	gcsr_write(CSR_PGDL, G_TABLE);
	gcsr_write(CSR_PGDH, G_TABLE);
	gcsr_write(CSR_TLBRENTRY, refill);
	gcsr_write(CSR_ASID, 7);
	/* Window 0 serves PLV0 and PLV3. */
	gcsr_write(CSR_DMW0, UINT64_C(0x8000000000000019));
	gcsr_write(CSR_EENTRY, UINT64_C(0x8000000000000000) | G_VEC);
	gcsr_write(CSR_CRMD, CRMD_PG);
	v.pc = UINT64_C(0x8000000000000000) | G_CODE;
}

void guest_load(const u32 *from, const u32 *end)
{
	u64 at = G_CODE;

	while (from < end) {
		g_put32(at, *from++);
		at += 4;
	}
	asm volatile("ibar 0" : : : "memory");
}

void guest_words(const u32 *words, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		g_put32(G_CODE + 4 * i, words[i]);
	g_put32(G_CODE + 4 * n, W_HVCL(HVC_DONE));
	asm volatile("ibar 0" : : : "memory");
}

void guest_word(u32 word)
{
	guest_words(&word, 1);
}

void guest_plv(unsigned int plv)
{
	gcsr_change(CSR_CRMD, plv, CRMD_PLV);
}

/* ------------------------------------------------------------------ running */

unsigned int exit_ecode(void)
{
	return v.x.estat >> 16 & 0x3f;
}

unsigned int exit_esub(void)
{
	return v.x.estat >> 22 & 0x1ff;
}

unsigned int exit_hvc(void)
{
	return v.x.badi & 0x7fff;
}

static void watchdog(bool is_on)
{
	/* Cleared before it is set: a machine that stood still in between has fired already. */
	csr_write(CSR_TCFG, 0);
	csr_write(CSR_TICLR, 1);
	if (is_on)
		csr_write(CSR_TCFG, (WATCHDOG_US * hz / 1000000 & ~UINT64_C(3)) | 1);
}

int hv_run_irqs(u64 irqs)
{
	u64 start = counter(), limit = WATCHDOG_TURNS * (WATCHDOG_US * hz / 1000000);

	watchdog(true);
	for (unsigned int turns = 0;; turns++) {
		u64 is;

		hv_switch(&v);
		if (v.x.vector == VECTOR_ROOT_REFILL) {
			watchdog(false);
			return E_REFILL;
		}
		if (exit_ecode() != E_INT) {
			watchdog(false);
			return (int)exit_ecode();
		}
		is = v.x.estat & 0x1fff;
		if (is & irqs) {
			watchdog(false);
			return E_INT;
		}
		v.pc = v.x.era;
		csr_write(CSR_TICLR, 1);
		/* Turns as well as time: the machine may have stood still. */
		if (turns >= WATCHDOG_TURNS && counter() - start >= limit) {
			watchdog(false);
			return E_NONE;
		}
		if (is == 0) {
			fail("an interrupt exit without an interrupt in ESTAT");
			return E_INT;
		}
		watchdog(true);
	}
}

int hv_run(void)
{
	return hv_run_irqs(0);
}

static const char *name_of(int ecode)
{
	static const char *const names[] = {
		[E_INT] = "INT", [E_PIL] = "PIL", [E_PIS] = "PIS", [E_PIF] = "PIF",
		[E_PME] = "PME", [E_PNR] = "PNR", [E_PNX] = "PNX", [E_PPI] = "PPI",
		[E_ADE] = "ADE", [E_ALE] = "ALE", [E_BCE] = "BCE", [E_SYS] = "SYS",
		[E_BRK] = "BRK", [E_INE] = "INE", [E_IPE] = "IPE", [E_FPD] = "FPD",
		[E_SXD] = "SXD", [E_ASXD] = "ASXD", [E_FPE] = "FPE", [E_BTD] = "BTD",
		[E_GSPR] = "GSPR", [E_HVC] = "HVC", [E_GCM] = "GCM",
		[E_REFILL] = "the root's refill", [E_NONE] = "nothing in time",
	};

	return (unsigned int)ecode < ARRAY_SIZE(names) && names[ecode] ? names[ecode] : "?";
}

static void fail_exit(int wanted, int found)
{
	if (found == E_HVC && exit_hvc() == HVC_EXC)
		fail("exit 0x%x (%s) wanted, exception 0x%x in the guest found; its ERA 0x%lx",
		     (unsigned int)wanted, name_of(wanted),
		     (unsigned int)(gcsr_read(CSR_ESTAT) >> 16 & 0x3f), gcsr_read(CSR_ERA));
	else if (found == E_HVC && exit_hvc() == HVC_REFILL)
		fail("exit 0x%x (%s) wanted, the guest's refill found; its TLBRBADV 0x%lx",
		     (unsigned int)wanted, name_of(wanted), gcsr_read(CSR_TLBRBADV));
	else
		fail("exit 0x%x (%s) wanted, 0x%x (%s) found; ERA 0x%lx, BADV 0x%lx",
		     (unsigned int)wanted, name_of(wanted), (unsigned int)found,
		     name_of(found), v.x.era, v.x.badv);
}

bool want_exit(int ecode)
{
	int found = hv_run();

	if (found != ecode)
		fail_exit(ecode, found);
	return found == ecode;
}

bool want_gspr(u32 word, u64 pc)
{
	if (!want_exit(E_GSPR))
		return false;
	want("ESTAT.EsubCode", exit_esub(), 0);
	want("ERA", v.x.era, pc);
	want("BADV", v.x.badv, pc);
	want("BADI", v.x.badi & 0xffffffff, word);
	return !has_failed();
}

bool want_say(unsigned int code)
{
	int found = hv_run();

	if (found == E_HVC && exit_hvc() == code)
		return true;
	if (found == E_HVC && exit_hvc() != HVC_EXC && exit_hvc() != HVC_REFILL)
		fail("hypercall 0x%x wanted, 0x%x found; ERA 0x%lx", code, exit_hvc(), v.x.era);
	else
		fail_exit(E_HVC, found);
	return false;
}

bool want_done(void)
{
	return want_say(HVC_DONE);
}

bool want_guest_exc(unsigned int ecode, unsigned int esub, u64 pc)
{
	if (!want_say(HVC_EXC))
		return false;
	want("the guest's ESTAT.Ecode", gcsr_read(CSR_ESTAT) >> 16 & 0x3f, ecode);
	want("the guest's ESTAT.EsubCode", gcsr_read(CSR_ESTAT) >> 22 & 0x1ff, esub);
	want("the guest's ERA", gcsr_read(CSR_ERA), pc);
	want_bits("the guest's CRMD", gcsr_read(CSR_CRMD), CRMD_PLV | CRMD_IE, 0);
	return !has_failed();
}

bool want_guest_irq(unsigned int line)
{
	if (!want_say(HVC_EXC))
		return false;
	want("the guest's ESTAT.Ecode", gcsr_read(CSR_ESTAT) >> 16 & 0x3f, E_INT);
	want_bits("the guest's ESTAT.IS", gcsr_read(CSR_ESTAT), BIT(line), BIT(line));
	return !has_failed();
}

void want_back(void)
{
	(void)hv_run();
	hv_reset();
	guest_word(0x02c00484);		/* addi.d a0, a0, 1 */
	v.gpr[A0] = 1;
	if (want_done())
		want("a0 of a guest behind it", v.gpr[A0], 2);
}

void root_code(unsigned int plv)
{
	csr_write(CSR_DMW1, UINT64_C(0x9000000000000019));
	v.pc = WINDOW | g_pa(G_CODE);
	v.gstat = 0;
	v.tgid = 0;
	v.prmd = plv | PRMD_PIE;
}

bool want_root_exc(u32 word, unsigned int plv, int ecode)
{
	guest_word(word);
	root_code(plv);
	if (!want_exit(ecode))
		return false;
	want("ERA", v.x.era, v.pc);
	want_bits("PRMD", v.x.prmd, 3, plv);
	want_bits("GSTAT", v.x.gstat, GSTAT_PVM, 0);
	return !has_failed();
}

/* ------------------------------------------------------------------ set-up */

GUEST(g_walker, "csrwr $t0, 0x8b\n csrrd $t0, 0x1b\n lddir $t0, $t0, 1\n ldpte $t0, 0\n"
		"ldpte $t0, 1\n tlbfill\n csrrd $t0, 0x8b\n ertn");

static void read_caps(void)
{
	u32 w1 = cpucfg(1), w2 = cpucfg(2);

	caps.has_fp = w2 & 1;
	caps.has_lsx = w2 >> 6 & 1;
	caps.has_lasx = w2 >> 7 & 1;
	caps.has_lbt = w2 >> 18 & 7;
	caps.has_ptw = w2 >> 24 & 1;
	caps.has_msgint = w1 >> 26 & 1;
	caps.has_rva = cpucfg(3) >> 12 & 1;
	caps.has_pmu = cpucfg(6) & 1;
	caps.palen = (w1 >> 4 & 0xff) + 1;
	caps.valen = (w1 >> 12 & 0xff) + 1;
	caps.gidbit = csr_read(CSR_GSTAT) >> 4 & 0x3f;
	caps.nsave = csr_read(CSR_PRCFG1) & 0xf;
	caps.page_sizes = csr_read(CSR_PRCFG2);
	caps.gcfg = (u32)csr_read(CSR_GCFG);
	hz = crystal_hz();
}

void hv_init(void)
{
	read_caps();
	csr_write(CSR_EENTRY, (u64)hv_vectors);
	csr_write(CSR_ASID, 0);
	csr_write(CSR_MISC, 0);
	for (unsigned int i = 0; i < 2048; i++)
		no_pmd.e[i] = PHYS(&no_pte);
	tables_clear();
}

/* The bank of the guest as after a reset, but with vectors. */
static void reset_bank(void)
{
	static const u8 zero[] = {
		CSR_TCFG, CSR_PRMD, CSR_EUEN, CSR_MISC, CSR_ECFG, CSR_ESTAT, CSR_ERA, CSR_BADV,
		CSR_BADI, CSR_TLBIDX, CSR_TLBEHI, CSR_TLBELO0, CSR_TLBELO1, CSR_ASID, CSR_PGDL,
		CSR_PGDH, CSR_PWCL, CSR_PWCH, CSR_CPUID, CSR_TID, CSR_CNTC, CSR_TLBRBADV,
		CSR_TLBRERA, CSR_TLBRSAVE, CSR_TLBRELO0, CSR_TLBRELO1, CSR_TLBREHI,
		CSR_TLBRPRMD, CSR_KS0, CSR_KS0 + 1, CSR_KS0 + 2, CSR_KS0 + 3, CSR_KS0 + 4,
		CSR_KS0 + 5, CSR_KS0 + 6, CSR_KS0 + 7,
	};

	for (unsigned int i = 0; i < sizeof(zero); i++)
		gcsr_write_n(zero[i], 0);
	for (unsigned int i = 0; i < 4; i++)
		gcsr_write_n(CSR_DMW0 + i, 0);
	gcsr_write(CSR_TICLR, 1);
	gcsr_write(CSR_STLBPS, 14);
	gcsr_write(CSR_LLBCTL, 2);
	gcsr_write(CSR_CRMD, CRMD_DA | CRMD_DAT_CC);
	gcsr_write(CSR_EENTRY, G_VEC);
	gcsr_write(CSR_TLBRENTRY, G_REFILL);
}

static void reset_root(void)
{
	csr_write(CSR_CRMD, CRMD_PG | CRMD_DAT_CC);
	csr_write(CSR_TCFG, 0);
	csr_write(CSR_TICLR, 1);
	csr_write(CSR_ESTAT, 0);
	csr_write(CSR_ECFG, BIT(IS_TI));
	csr_write(CSR_EUEN, 0);
	csr_write(CSR_TLBRERA, 0);
	/* What an earlier exit left must not pass for what this one should. */
	csr_write(CSR_BADV, MARK);
	csr_write(CSR_TLBEHI, MARK);
	csr_write(CSR_TLBRBADV, MARK);
	csr_write(CSR_DMW1, WINDOW | 0x11);
	csr_write(CSR_GSTAT, 0);
	csr_write(CSR_GINTC, 0);
	csr_write(CSR_GCNTC, 0);
	/* MATC as KVM has it: what the second stage says. */
	csr_write(CSR_GCFG, caps.gcfg & 2 ? 1 << 4 : 0);
	csr_write(CSR_GTLBC, GTLBC_USETGID | (csr_read(CSR_GTLBC) & 0x3f));
	csr_write(CSR_PGDL, PHYS(&pgd[0]));
	csr_write(CSR_PGDH, PHYS(&pgd[0]));
	csr_write(CSR_TLBRENTRY, PHYS(hv_refill));
	csr_write(CSR_PWCL, PWCL_16K);
	csr_write(CSR_PWCH, PWCH_16K);
	csr_write(CSR_STLBPS, 14);
	csr_write(KS_VCPU, 0);
	csr_write(KS_REFILLS, 0);
	watch_none();
}

static void reset_ram(void)
{
	/* What cases change; the rest stays as it is. */
	memset(g_ptr(G_CODE), 0, 0x1000);
	memset(g_ptr(G_DATA), 0, 2 * PAGE);
	memset(g_ptr(G_TABLE), 0, 4 * PAGE);
	memset(g_ptr(G_SPARE), 0, 0x1000);
	for (u64 at = 0; at < 0x10000; at += 4)
		g_put32(G_VEC + at, W_HVCL(HVC_EXC));
	for (u64 at = 0; at < 0x1000; at += 4)
		g_put32(G_REFILL + at, W_HVCL(HVC_REFILL));
	for (const u32 *p = g_walker; p < g_walker_end; p++)
		g_put32(G_WALKER + (u64)((const char *)p - (const char *)g_walker), *p);
	asm volatile("ibar 0" : : : "memory");
}

void hv_reset(void)
{
	reset_root();
	invtlb(0x12, 0, 0);
	invtlb(0, 0, 0);
	tables_clear();
	reset_ram();
	for (u64 gpa = 0; gpa < G_RAM_BYTES; gpa += PAGE) {
		s2_map(0, gpa, g_pa(gpa) | PTE_RW);
		s2_map(1, gpa, g_pa(gpa) | PTE_RW);
	}
	reset_bank();
	memset(&v, 0, sizeof(v));
	use_guest(0);
	v.pc = G_CODE;
	v.prmd = PRMD_PIE;
}
