/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_soft_lint.c - each rule of soft/lint.h has a step of a hypervisor that breaks it and a
 * twin that does it right.
 *
 * The hypervisor is code: ENTRY_INSNS words at FX_CODE enter the guest at GUEST, exits and the
 * root's exceptions end at "idle" in FX_EENTRY.  Its refill handler walks a table of two levels
 * that maps the first 32 MiB.  A finding must name the rule and the instruction of the root.
 */
#include "soft_fixture.h"

#include "soft/lint_priv.h"
#include "soft/lvz.h"
#include "soft/machine.h"
#include "soft_mmu_fixture.h"

#define GUEST UINT64_C(0x800000)
#define GDATA (GUEST + 0x10000)
#define OTHER (GUEST + 0x20000)		/* another frame for GDATA */
#define GID 5u
#define PAGE14 0x4000u
#define PGD UINT64_C(0x300000)
#define TABLE UINT64_C(0x304000)
#define PGD2 UINT64_C(0x308000)		/* of another guest */
#define TABLE2 UINT64_C(0x30c000)
#define HUGE UINT64_C(0x2000000)	/* second entry of PGD: 32 MiB in one page */
#define EENTRY_HOST (FX_EENTRY + 0x1000)
#define MAPPED UINT64_C(0x40000000)	/* in the TLB, to FX_CODE, FX_EENTRY and FX_DATA */
#define MAPPED_EENTRY (MAPPED + 0x10000)
#define MAPPED_DATA (MAPPED + 0x20000)

#define RW (MMU_RW_PLV(0) | LA_PTE_P | LA_PTE_W)

enum { ENTRY_GTLBC, ENTRY_PRMD, ENTRY_EXTRA, ENTRY_GSTAT, ENTRY_ERTN, ENTRY_INSNS };
#define NOP (0x03400000u)

static struct fx fx;

/* ------------------------------------------------------------------ findings */

static struct la_lint_finding found[16];
static unsigned int nfound, nentries;

static void on_finding(void *ctx, const struct la_lint_finding *f)
{
	(void)ctx;
	if (nfound < ARRAY_SIZE(found))
		found[nfound] = *f;
	nfound++;
}

static void on_entry(void *ctx, unsigned int cpu)
{
	(void)ctx;
	(void)cpu;
	nentries++;
}

static const struct la_lint_sink sink = { NULL, on_finding, on_entry };

#define ck_assert_clean() \
	ck_assert_msg(!nfound, "%s at %#" PRIx64 ": %s", la_lint_rules[found[0].rule].name, \
		      found[0].pc, found[0].detail)

/* One finding and no other; forgets it. */
#define ck_assert_found(rule_, pc_) do { \
		ck_assert_msg(nfound > 0, "no finding of " #rule_); \
		ck_assert_msg(found[0].rule == (rule_), "%s, not " #rule_ ": %s", \
			      la_lint_rules[found[0].rule].name, found[0].detail); \
		ck_assert_hex_eq(found[0].pc, pc_); \
		ck_assert_msg(nfound == 1, "also %s at %#" PRIx64, \
			      la_lint_rules[found[1].rule].name, found[1].pc); \
		ck_assert_uint_eq(found[0].cpu, 0); \
		nfound = 0; \
	} while (0)

/* ------------------------------------------------------------------ the hypervisor */

/* How the guest is entered. */
struct how {
	unsigned int gid, tgid;
	uint64_t gtlbc;		/* beside TGID */
	uint64_t prmd;
	uint64_t crmd;		/* of the root: mode and IE */
	uint64_t at;		/* address of the entry code */
	uint64_t eentry;
	uint64_t pgdl;
	uint32_t extra;		/* executed with TGID set, before PVM is */
};

static const struct how right = {
	.gid = GID, .tgid = GID, .gtlbc = LA_GTLBC_USETGID, .prmd = LA_PRMD_PIE,
	.crmd = LA_CRMD_PG, .at = FX_KSEG | FX_CODE, .eentry = FX_KSEG | FX_EENTRY, .pgdl = PGD,
	.extra = NOP,
};

static uint64_t pc_of_entry(const struct how *h, unsigned int insn)
{
	return h->at + 4 * insn;
}

/* The root as it is outside of switches, without instructions. */
static void leave_window(void)
{
	fx_set_csr(&fx, LA_CSR_GSTAT, (uint64_t)GID << LA_GSTAT_GID_SHIFT);
	fx_set_csr(&fx, LA_CSR_GTLBC, LA_GTLBC_USETGID);
	fx_set_csr(&fx, LA_CSR_TLBRERA, 0);
	fx_mode(&fx, false, 0);
}

/* Enters as @h says; how the guest or the root came to rest: the code in ESTAT. */
static int enter(const struct how *h)
{
	leave_window();
	fx_set_csr(&fx, LA_CSR_GSTAT, (uint64_t)h->gid << LA_GSTAT_GID_SHIFT);
	fx_set_csr(&fx, LA_CSR_EENTRY, h->eentry);
	fx_set_csr(&fx, LA_CSR_PGDL, h->pgdl);
	fx_set_csr(&fx, LA_CSR_ERA, GUEST);
	fx_set_csr(&fx, LA_CSR_CRMD, h->crmd);
	fx_at(&fx, FX_CODE);
	fx_emit(&fx, la_enc_csrwr(T0, LA_CSR_GTLBC));
	fx_emit(&fx, la_enc_csrwr(T1, LA_CSR_PRMD));
	fx_emit(&fx, h->extra);
	fx_emit(&fx, la_enc_csrxchg(T2, T2, LA_CSR_GSTAT));
	fx_emit(&fx, la_enc_ertn());
	fx_set(&fx, T0, h->gtlbc | (uint64_t)h->tgid << LA_GTLBC_TGID_SHIFT);
	fx_set(&fx, T1, h->prmd);
	fx_set(&fx, T2, LA_GSTAT_PVM);
	la_set_pc(fx.cpu, h->at);
	ck_assert_int_eq(la_run(fx.cpu), LA_STOP_IDLE);
	return (int)(fx_csr(&fx, LA_CSR_ESTAT) >> LA_ESTAT_ECODE_SHIFT & 0x3f);
}

/* Code of the root outside of switches, that ends in "break". */
#define root_program(...) do { \
		leave_window(); \
		fx_program(&fx, __VA_ARGS__); \
	} while (0)

#define guest_program(...) do { \
		const uint32_t words_[] = { __VA_ARGS__ }; \
		fx_at(&fx, GUEST); \
		for (size_t i_ = 0; i_ < ARRAY_SIZE(words_); i_++) \
			fx_emit(&fx, words_[i_]); \
		fx_emit(&fx, la_enc_hvcl(0x7f)); \
	} while (0)

static uint64_t pte_at(uint64_t table, uint64_t gpa)
{
	return table + (gpa >> 14 & 0x7ff) * 8;
}

static void set_pte(uint64_t gpa, uint64_t pte)
{
	fx_put64(&fx, pte_at(TABLE, gpa), pte);
}

static void flush_gpa(uint64_t gpa)
{
	fx_set(&fx, T4, (uint64_t)GID << 16);
	fx_set(&fx, T5, gpa);
	root_program(la_enc_invtlb(0x16, T4, T5));
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
}

/* The refill handler, with @extra in it. */
static void refill_handler(uint32_t extra)
{
	fx_at(&fx, FX_TLBRENTRY);
	fx_emit(&fx, la_enc_csrwr(T0, LA_CSR_TLBRSAVE));
	fx_emit(&fx, la_enc_csrrd(T0, LA_CSR_PGD));
	fx_emit(&fx, la_enc_lddir(T0, T0, 1));
	fx_emit(&fx, la_enc_ldpte(T0, 0));
	fx_emit(&fx, la_enc_ldpte(T0, 1));
	fx_emit(&fx, la_enc_tlbfill());
	fx_emit(&fx, extra);
	fx_emit(&fx, la_enc_csrrd(T0, LA_CSR_TLBRSAVE));
	fx_emit(&fx, la_enc_ertn());
}

/* A pair of pages in the root's TLB, of the root itself and of the guest's tag. */
static void map_both(uint64_t va, uint64_t pa)
{
	for (unsigned int gid = 0; gid <= GID; gid += GID) {
		fx_set_csr(&fx, LA_CSR_GTLBC,
			   LA_GTLBC_USETGID | (uint64_t)gid << LA_GTLBC_TGID_SHIFT);
		mmu_fill(&fx, 0, va, 14, MMU_RW | LA_TLBELO0_G | pa,
			 MMU_RW | LA_TLBELO0_G | (pa + PAGE14));
	}
	leave_window();
}

static void open_machine(bool has_ptw, unsigned int ncpus)
{
	const struct la_features f = { .has_lsx = true, .has_lasx = true, .has_ptw = has_ptw,
				       .has_v11 = true, .has_lvz = true };
	const struct fx_extras extras = { .lint = &sink };

	fx_open_extra(&fx, &f, ncpus, &extras);
	fx_set_csr(&fx, LA_CSR_ECFG, 0);
	fx_set_csr(&fx, LA_CSR_EUEN, 0);
	fx_set_csr(&fx, LA_CSR_PWCL, 14 | 11 << 5 | 25 << 10 | 11 << 15);
	fx_set_csr(&fx, LA_CSR_PWCH, has_ptw ? LA_PWCH_HPTW_EN : 0);
	fx_set_csr(&fx, LA_CSR_STLBPS, 14);
	fx_put64(&fx, PGD, TABLE);
	fx_put64(&fx, PGD2, TABLE2);
	for (uint64_t gpa = 0; gpa < FX_RAM_BYTES / 2; gpa += PAGE14) {
		set_pte(gpa, RW | gpa);
		fx_put64(&fx, pte_at(TABLE2, gpa), RW | gpa);
	}
	refill_handler(NOP);
	guest_program(NOP);
	la_gcsr_write(fx.cpu, LA_CSR_CRMD, LA_CRMD_DA, UINT64_MAX);
	la_gcsr_write(fx.cpu, LA_CSR_EUEN, LA_EUEN_FPE | LA_EUEN_SXE, UINT64_MAX);
	leave_window();
	nfound = nentries = 0;
}

static void setup(void)
{
	open_machine(false, 1);
}

static void teardown(void)
{
	fx_close(&fx);
}

/* ------------------------------------------------------------------ entries */

START_TEST(right_is_clean)
{
	struct how h = right;

	ck_assert_int_eq(enter(&h), LA_EXC_HVC);
	ck_assert_uint_eq(nentries, 1);
	/* Without paging; the guest's refills are done, as their ertn would turn it on. */
	h.crmd = LA_CRMD_DA;
	h.at = FX_CODE;
	h.eentry = FX_EENTRY;
	ck_assert_int_eq(enter(&h), LA_EXC_HVC);
	ck_assert_uint_eq(nentries, 2);
	ck_assert_clean();
}
END_TEST

START_TEST(entry_rules)
{
	static const struct {
		enum la_lint_rule rule;
		unsigned int gid, tgid;
		uint64_t gtlbc, prmd, ie;
		unsigned int insn;
	} wrong[] = {
		{ LA_LINT_ENTRY_GID_ZERO, 0, 0, LA_GTLBC_USETGID, LA_PRMD_PIE, 0, ENTRY_ERTN },
		{ LA_LINT_ENTRY_USETGID_CLEAR, GID, 0, 0, LA_PRMD_PIE, 0, ENTRY_ERTN },
		{ LA_LINT_ENTRY_TGID_DIFFERS, GID, GID + 1, LA_GTLBC_USETGID, LA_PRMD_PIE, 0,
		  ENTRY_ERTN },
		{ LA_LINT_ENTRY_PRMD_PLV, GID, GID, LA_GTLBC_USETGID, LA_PRMD_PIE | 3, 0,
		  ENTRY_ERTN },
		{ LA_LINT_ENTRY_PRMD_PIE, GID, GID, LA_GTLBC_USETGID, 0, 0, ENTRY_ERTN },
		{ LA_LINT_WINDOW_INTERRUPTS, GID, GID, LA_GTLBC_USETGID, LA_PRMD_PIE, LA_CRMD_IE,
		  ENTRY_GTLBC },
	};
	struct how h = right;

	h.gid = wrong[_i].gid;
	h.tgid = wrong[_i].tgid;
	h.gtlbc = wrong[_i].gtlbc;
	h.prmd = wrong[_i].prmd;
	h.crmd |= wrong[_i].ie;
	/* A guest's pages under another tag are out of reach: let it find them. */
	fx_set_csr(&fx, LA_CSR_GTLBC, LA_GTLBC_USETGID | (uint64_t)h.gid << LA_GTLBC_TGID_SHIFT);
	mmu_fill(&fx, 0, GUEST, 14, MMU_RW_PLV(0) | GUEST, MMU_RW_PLV(0) | (GUEST + PAGE14));
	leave_window();
	nfound = 0;
	ck_assert_int_eq(enter(&h), LA_EXC_HVC);
	ck_assert_found(wrong[_i].rule, pc_of_entry(&h, wrong[_i].insn));
	ck_assert_int_eq(enter(&right), LA_EXC_HVC);
	ck_assert_clean();
}
END_TEST

/* ------------------------------------------------------------------ windows */

START_TEST(exit_vector_mapped)
{
	struct how h = right;

	map_both(MAPPED_EENTRY, FX_EENTRY);
	h.eentry = MAPPED_EENTRY;
	nfound = 0;
	ck_assert_int_eq(enter(&h), LA_EXC_HVC);
	ck_assert_hex_eq(la_get_pc(fx.cpu), MAPPED_EENTRY + 4);
	ck_assert_found(LA_LINT_EXIT_VECTOR_MAPPED, MAPPED_EENTRY);
}
END_TEST

/* The rest of the entry executes through the TLB: the word behind the first one. */
START_TEST(entry_code_mapped)
{
	struct how h = right;

	map_both(MAPPED, FX_CODE);
	h.at = MAPPED;
	nfound = 0;
	ck_assert_int_eq(enter(&h), LA_EXC_HVC);
	ck_assert_found(LA_LINT_WINDOW_FETCH_MAPPED, pc_of_entry(&h, ENTRY_PRMD));
}
END_TEST

START_TEST(data_mapped)
{
	struct how h = right;

	map_both(MAPPED_DATA, FX_DATA);
	nfound = 0;
	for (unsigned int is_store = 0; is_store < 2; is_store++) {
		h.extra = is_store ? la_enc_st_d(A0, A1, 0) : la_enc_ld_d(A0, A1, 0);
		fx_set(&fx, A1, MAPPED_DATA);
		/* Outside of the window it is fine, and its fast translation must not hide it. */
		root_program(h.extra, h.extra);
		fx_set_csr(&fx, LA_CSR_CRMD, LA_CRMD_PG);
		ck_assert_int_eq(fx_go_cpu(fx.cpu, FX_KSEG | FX_CODE), FX_DONE);
		ck_assert_clean();
		ck_assert_int_eq(enter(&h), LA_EXC_HVC);
		ck_assert_found(LA_LINT_WINDOW_DATA_MAPPED, pc_of_entry(&h, ENTRY_EXTRA));
		fx_set(&fx, A1, FX_KSEG | FX_DATA);
		ck_assert_int_eq(enter(&h), LA_EXC_HVC);
		ck_assert_clean();
	}
}
END_TEST

START_TEST(exception_in_window)
{
	struct how h = right;

	h.extra = la_enc_break(0);
	ck_assert_int_eq(enter(&h), LA_EXC_BRK);
	ck_assert_found(LA_LINT_WINDOW_EXCEPTION, pc_of_entry(&h, ENTRY_EXTRA));
	root_program(NOP);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_clean();
}
END_TEST

/* Interrupts go on before PVM and TGID are clear; the twin clears both first. */
START_TEST(interrupts_too_early)
{
	const uint32_t early = la_enc_csrxchg(T0, T0, LA_CSR_CRMD);

	ck_assert_int_eq(enter(&right), LA_EXC_HVC);
	fx_at(&fx, FX_CODE);
	fx_emit(&fx, early);
	fx_emit(&fx, la_enc_idle(0));
	fx_set(&fx, T0, LA_CRMD_IE);
	la_set_pc(fx.cpu, FX_KSEG | FX_CODE);
	ck_assert_int_eq(la_run(fx.cpu), LA_STOP_IDLE);
	ck_assert_found(LA_LINT_WINDOW_INTERRUPTS, FX_KSEG | FX_CODE);
	ck_assert_int_eq(enter(&right), LA_EXC_HVC);
	root_program(early);
	fx_set(&fx, T0, LA_CRMD_IE);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_clean();
}
END_TEST

/* The handler of a guest's refill changes PVM. */
START_TEST(refill_changes_pvm)
{
	const uint64_t ertn = FX_TLBRENTRY + 8 * 4;

	fx_set(&fx, T3, LA_GSTAT_PVM);
	refill_handler(la_enc_csrxchg(R0, T3, LA_CSR_GSTAT));
	ck_assert_int_eq(enter(&right), LA_EXC_HVC);
	ck_assert_found(LA_LINT_WINDOW_REFILL, ertn);
	root_program(la_enc_invtlb(0x12, R0, R0));
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	refill_handler(NOP);
	ck_assert_int_eq(enter(&right), LA_EXC_HVC);
	ck_assert_clean();
}
END_TEST

START_TEST(eentry_not_restored)
{
	const uint32_t enable = la_enc_csrxchg(T0, T0, LA_CSR_CRMD);

	for (unsigned int is_right = 0; is_right < 2; is_right++) {
		/* The host's own vector is in use. */
		root_program(enable);
		fx_set_csr(&fx, LA_CSR_EENTRY, EENTRY_HOST);
		fx_set(&fx, T0, LA_CRMD_IE);
		ck_assert_int_eq(fx_go(&fx), FX_DONE);
		ck_assert_int_eq(enter(&right), LA_EXC_HVC);
		root_program(is_right ? la_enc_csrwr(T1, LA_CSR_EENTRY) : NOP, enable);
		fx_set(&fx, T0, LA_CRMD_IE);
		fx_set(&fx, T1, EENTRY_HOST);
		ck_assert_int_eq(fx_go(&fx), FX_DONE);
		if (is_right)
			ck_assert_clean();
		else
			ck_assert_found(LA_LINT_EENTRY_NOT_RESTORED, FX_CODE + 4);
	}
}
END_TEST

/* ------------------------------------------------------------------ stale entries */

/* A page of GDATA's table entry before and after; what a guest's access then finds. */
static const struct {
	const char *what;
	uint64_t before, after;
	bool is_store, is_stale;
} changes[] = {
	{ "moved", RW | GDATA, RW | OTHER, false, true },
	{ "gone", RW | GDATA, 0, false, true },
	{ "no store any more, store", RW | GDATA, LA_PTE_V | LA_PTE_P | GDATA, true, true },
	{ "no store any more, load", RW | GDATA, LA_PTE_V | LA_PTE_P | GDATA, false, false },
	{ "no load any more", RW | GDATA, RW | LA_PTE_NR | GDATA, false, true },
	{ "not accessed", RW | GDATA, (RW & ~LA_PTE_V) | GDATA, false, false },
	{ "not dirty", RW | GDATA, (RW & ~LA_PTE_D) | GDATA, true, false },
	{ "more rights", LA_PTE_V | LA_PTE_P | GDATA, RW | GDATA, false, false },
	{ "software's bit", RW | GDATA, RW | GDATA | BIT64(9), false, false },
};

/* Entries before and after the change, with and without an invalidation. */
static void check_change(unsigned int i, bool flushes)
{
	const uint32_t access = changes[i].is_store ? la_enc_st_d(A0, A1, 0)
						    : la_enc_ld_d(A0, A1, 0);

	set_pte(GDATA, changes[i].before);
	flush_gpa(GDATA);
	guest_program(access);
	fx_set(&fx, A1, GDATA);
	ck_assert_int_eq(enter(&right), LA_EXC_HVC);
	ck_assert_clean();
	set_pte(GDATA, changes[i].after);
	if (flushes)
		flush_gpa(GDATA);
	/* What this CPU does is the guest's business: the old page or the new one. */
	fx_set(&fx, A1, GDATA);
	(void)enter(&right);
	if (flushes || !changes[i].is_stale)
		ck_assert_msg(!nfound, "%s: %s", changes[i].what, found[0].detail);
	else
		ck_assert_msg(nfound, "%s: nothing found", changes[i].what);
}

START_TEST(table_changes)
{
	check_change((unsigned int)_i, true);
	check_change((unsigned int)_i, false);
	if (changes[_i].is_stale)
		ck_assert_found(LA_LINT_STALE_ENTRY, pc_of_entry(&right, ENTRY_ERTN));
}
END_TEST

/* With the hardware walker nothing of the hypervisor fills the TLB. */
START_TEST(table_changes_walker)
{
	fx_close(&fx);
	open_machine(true, 1);
	check_change((unsigned int)_i, true);
	check_change((unsigned int)_i, false);
	if (changes[_i].is_stale)
		ck_assert_found(LA_LINT_STALE_ENTRY, pc_of_entry(&right, ENTRY_ERTN));
}
END_TEST

/* Nobody uses it: nothing to tell. */
START_TEST(stale_unused)
{
	guest_program(la_enc_ld_d(A0, A1, 0));
	fx_set(&fx, A1, GDATA);
	ck_assert_int_eq(enter(&right), LA_EXC_HVC);
	set_pte(GDATA, RW | OTHER);
	guest_program(NOP);
	ck_assert_int_eq(enter(&right), LA_EXC_HVC);
	ck_assert_clean();
}
END_TEST

/* A directory entry leads elsewhere; a huge page became small ones of which one moved. */
START_TEST(directory_changes)
{
	const uint64_t at = HUGE + 0x140000;

	fx_put64(&fx, PGD + 8, RW | LA_PTE_HUGE);		/* GPA 32 MiB: RAM from 0 */
	guest_program(la_enc_ld_d(A0, A1, 0));
	fx_set(&fx, A1, at);
	fx_put64(&fx, at - HUGE, 77);
	ck_assert_int_eq(enter(&right), LA_EXC_HVC);
	ck_assert_hex_eq(fx_reg(&fx, A0), 77);
	/* The same pages, in a table: fine. */
	fx_put64(&fx, PGD + 8, TABLE2);
	ck_assert_int_eq(enter(&right), LA_EXC_HVC);
	ck_assert_clean();
	fx_put64(&fx, pte_at(TABLE2, at), RW | OTHER);
	ck_assert_int_eq(enter(&right), LA_EXC_HVC);
	ck_assert_found(LA_LINT_STALE_ENTRY, pc_of_entry(&right, ENTRY_ERTN));
	flush_gpa(at);
	fx_set(&fx, A1, at);
	ck_assert_int_eq(enter(&right), LA_EXC_HVC);
	ck_assert_clean();
}
END_TEST

/* Another guest gets the ID of one whose pages are cached. */
START_TEST(gid_reused)
{
	struct how h = right;

	for (unsigned int is_right = 0; is_right < 2; is_right++) {
		fx_put64(&fx, pte_at(TABLE2, GDATA), RW | OTHER);
		guest_program(la_enc_ld_d(A0, A1, 0));
		fx_set(&fx, A1, GDATA);
		h.pgdl = PGD;
		ck_assert_int_eq(enter(&h), LA_EXC_HVC);
		if (is_right)
			flush_gpa(GDATA);
		h.pgdl = PGD2;
		fx_set(&fx, A1, GDATA);
		ck_assert_int_eq(enter(&h), LA_EXC_HVC);
		if (is_right)
			ck_assert_clean();
		else
			ck_assert_found(LA_LINT_STALE_ENTRY, pc_of_entry(&h, ENTRY_ERTN));
		root_program(la_enc_invtlb(0x12, R0, R0));
		ck_assert_int_eq(fx_go(&fx), FX_DONE);
	}
}
END_TEST

/* Another CPU may still be about to ask for the invalidation. */
START_TEST(other_cpu_on_its_way)
{
	struct la_cpu *other;

	fx_close(&fx);
	open_machine(false, 2);
	other = la_machine_cpu(fx.m, 1);
	guest_program(la_enc_ld_d(A0, A1, 0));
	fx_set(&fx, A1, GDATA);
	ck_assert_int_eq(enter(&right), LA_EXC_HVC);
	set_pte(GDATA, RW | OTHER);
	atomic_store(&other->seen_epoch, 0);	/* it runs, in its kernel */
	atomic_store(&other->lint->quiet_ns, la_now_ns());
	for (unsigned int i = 0; i < 3; i++) {
		fx_set(&fx, A1, GDATA);
		ck_assert_int_eq(enter(&right), LA_EXC_HVC);
		ck_assert_clean();
	}
	atomic_store(&other->lint->quiet_ns, UINT64_MAX);	/* now it is in user code */
	fx_set(&fx, A1, GDATA);
	ck_assert_int_eq(enter(&right), LA_EXC_HVC);
	ck_assert_found(LA_LINT_STALE_ENTRY, pc_of_entry(&right, ENTRY_ERTN));
	atomic_store(&other->seen_epoch, UINT64_MAX);
}
END_TEST

START_TEST(stale_fault)
{
	for (unsigned int is_right = 0; is_right < 2; is_right++) {
		set_pte(GDATA, 0);
		flush_gpa(GDATA);
		guest_program(la_enc_ld_d(A0, A1, 0));
		fx_set(&fx, A1, GDATA);
		ck_assert_int_eq(enter(&right), LA_EXC_PIL);
		/* Still not mapped: it may come again as often as it likes. */
		ck_assert_int_eq(enter(&right), LA_EXC_PIL);
		ck_assert_clean();
		set_pte(GDATA, RW | GDATA);
		if (is_right) {
			flush_gpa(GDATA);
			ck_assert_int_eq(enter(&right), LA_EXC_HVC);
			ck_assert_clean();
		} else {
			ck_assert_int_eq(enter(&right), LA_EXC_PIL);
			ck_assert_found(LA_LINT_STALE_FAULT, pc_of_entry(&right, ENTRY_ERTN));
		}
	}
}
END_TEST

/* ------------------------------------------------------------------ state that stays */

static void lend(uint32_t euen)
{
	fx_set_csr(&fx, LA_CSR_EUEN, euen);
}

/* The root's kernel writes the first @n registers. */
static void load_registers(unsigned int n, bool is_lsx)
{
	leave_window();
	fx_at(&fx, FX_CODE);
	for (unsigned int i = 0; i < n; i++)
		fx_emit(&fx, is_lsx ? la_enc_vreplgr2vr_d(i, R0) : la_enc_movgr2fr_d(i, R0));
	fx_emit(&fx, la_enc_break(0));
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
}

/* A guest uses a unit that it was lent with the root's own values in it. */
static void run_fp_guest(const struct how *h)
{
	guest_program(la_enc_movgr2fr_d(3, A0));
	fx_set(&fx, A0, 4711);
	ck_assert_int_eq(enter(h), LA_EXC_HVC);
}

/* The ertn to the root's PLV3. */
static void go_to_user(void)
{
	fx_at(&fx, FX_DATA);
	fx_emit(&fx, la_enc_break(0));
	root_program(la_enc_ertn());
	fx_set_csr(&fx, LA_CSR_PRMD, 3);
	fx_set_csr(&fx, LA_CSR_ERA, FX_DATA);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_PRMD) & LA_PRMD_PPLV, 3);
}

START_TEST(fpu_to_user)
{
	static const struct {
		uint32_t euen;		/* when the user is entered */
		unsigned int nwritten;	/* registers that the kernel loads before */
		bool is_lsx, is_leak;
	} cases[] = {
		{ LA_EUEN_FPE, 0, false, true },
		{ LA_EUEN_FPE, 31, false, true },
		{ LA_EUEN_FPE, 32, false, false },
		{ 0, 0, false, false },
		{ LA_EUEN_FPE | LA_EUEN_SXE, 32, false, true },	/* the upper halves */
		{ LA_EUEN_FPE | LA_EUEN_SXE, 32, true, false },
	};

	lend(LA_EUEN_FPE | LA_EUEN_SXE);
	run_fp_guest(&right);
	ck_assert_clean();
	if (cases[_i].nwritten)
		load_registers(cases[_i].nwritten, cases[_i].is_lsx);
	lend(cases[_i].euen);
	go_to_user();
	if (cases[_i].is_leak)
		ck_assert_found(LA_LINT_FPU_TO_USER, FX_CODE);
	ck_assert_clean();
}
END_TEST

START_TEST(fpu_to_guest)
{
	struct how other = right;

	lend(LA_EUEN_FPE);
	run_fp_guest(&right);
	/* The same guest with a new ID keeps its registers. */
	other.gid = other.tgid = GID + 1;
	run_fp_guest(&other);
	ck_assert_clean();
	other.pgdl = PGD2;
	run_fp_guest(&other);
	ck_assert_found(LA_LINT_FPU_TO_GUEST, pc_of_entry(&other, ENTRY_ERTN));
	/* Lent nothing, or loaded before. */
	lend(0);
	guest_program(NOP);
	ck_assert_int_eq(enter(&right), LA_EXC_HVC);
	lend(LA_EUEN_FPE);
	load_registers(32, false);
	run_fp_guest(&right);
	ck_assert_clean();
	/* A user's values. */
	load_registers(32, false);
	go_to_user();
	run_fp_guest(&right);
	ck_assert_found(LA_LINT_FPU_TO_GUEST, pc_of_entry(&right, ENTRY_ERTN));
}
END_TEST

/* What is watched behaves as ever: stores are no writes, disabled units trap. */
START_TEST(fp_watched_executes)
{
	lend(LA_EUEN_FPE);
	run_fp_guest(&right);
	fx_set(&fx, A1, FX_DATA);
	fx_set(&fx, A0, 99);
	/* fst.d f3; movgr2fr.d f4; fst.d f4 */
	root_program(0x2bc00000u | 3 | A1 << 5, la_enc_movgr2fr_d(4, A0), 0x2bc02000u | 4 | A1 << 5);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_hex_eq(fx_get64(&fx, FX_DATA), 4711);
	ck_assert_hex_eq(fx_get64(&fx, FX_DATA + 8), 99);
	ck_assert(fx.cpu->lint->owner[0][3] && !fx.cpu->lint->owner[0][4]);
	lend(0);
	root_program(la_enc_movgr2fr_d(4, A0));
	ck_assert_int_eq(fx_go(&fx), LA_EXC_FPD);
	ck_assert_clean();
}
END_TEST

START_TEST(llbit_kept)
{
	const uint32_t wcllb = la_enc_gcsrwr(T4, LA_CSR_LLBCTL);

	for (unsigned int is_right = 0; is_right < 2; is_right++) {
		guest_program(la_enc_ll_d(A0, A1, 0));
		fx_set(&fx, A1, GDATA);
		la_gcsr_write(fx.cpu, LA_CSR_LLBCTL, LA_LLBCTL_WCLLB, UINT64_MAX);
		la_gcsr_write(fx.cpu, LA_CSR_CPUID, 0, UINT64_MAX);
		ck_assert_int_eq(enter(&right), LA_EXC_HVC);
		/* The same vCPU again. */
		guest_program(NOP);
		ck_assert_int_eq(enter(&right), LA_EXC_HVC);
		ck_assert_clean();
		la_gcsr_write(fx.cpu, LA_CSR_CPUID, 1, UINT64_MAX);
		root_program(is_right ? wcllb : NOP);
		fx_set(&fx, T4, LA_LLBCTL_WCLLB);
		ck_assert_int_eq(fx_go(&fx), FX_DONE);
		ck_assert_int_eq(enter(&right), LA_EXC_HVC);
		if (is_right)
			ck_assert_clean();
		else
			ck_assert_found(LA_LINT_LLBIT_KEPT, pc_of_entry(&right, ENTRY_ERTN));
	}
}
END_TEST

/* ------------------------------------------------------------------ registers */

START_TEST(register_rules)
{
	static const struct {
		enum la_lint_rule rule;
		uint32_t wrong;
		uint64_t operand;	/* T0 */
		uint32_t right;
		uint64_t right_operand;
		int wrong_exc;
	} cases[] = {
		{ LA_LINT_GCFG_NOT_OFFERED, 0x04000020u | LA_CSR_GCFG << 10 | T0,
		  UINT64_C(2) << LA_GCFG_MATC_SHIFT, 0x04000020u | LA_CSR_GCFG << 10 | T0,
		  UINT64_C(1) << LA_GCFG_MATC_SHIFT | 2 << LA_GCFG_GCI_SHIFT, FX_DONE },
		{ LA_LINT_GCFG_NOT_OFFERED, 0x04000020u | LA_CSR_GCFG << 10 | T0,
		  3 << LA_GCFG_GCI_SHIFT, 0x04000020u | LA_CSR_GCFG << 10 | T0, 0, FX_DONE },
		{ LA_LINT_GCFG_NOT_OFFERED, 0x04000020u | LA_CSR_GCFG << 10 | T0,
		  UINT64_C(1) << LA_GCFG_GPERF_SHIFT, 0x04000020u | LA_CSR_GCFG << 10 | T0,
		  LA_GCFG_TOE, FX_DONE },
		{ LA_LINT_GINTC_HC, 0x04000020u | LA_CSR_GINTC << 10 | T0, 0x10000,
		  0x04000020u | LA_CSR_GINTC << 10 | T0, 0xff00, FX_DONE },
		{ LA_LINT_GCSR_ABSENT, 0x05000000u | LA_CSR_IMPCTL1 << 10 | T0, 0,
		  0x05000000u | LA_CSR_CRMD << 10 | T0, 0, FX_DONE },
		{ LA_LINT_GCSR_ABSENT, 0x05000020u | 0x3c7 << 10 | T0, 0,
		  0x05000020u | LA_CSR_SAVE0 << 10 | T0, 0, FX_DONE },
		{ LA_LINT_INVTLB_UNDEFINED, 0x06498000u | T0 << 5 | 0x7, 0,
		  0x06498000u | T0 << 5 | 0x13, (uint64_t)GID << 16, LA_EXC_INE },
		{ LA_LINT_INVTLB_UNDEFINED, 0x06498000u | T0 << 5 | 0x17, 0,
		  0x06498000u | T0 << 5 | 0x12, 0, LA_EXC_INE },
	};

	root_program(NOP, cases[_i].wrong);
	fx_set(&fx, T0, cases[_i].operand);
	ck_assert_int_eq(fx_go(&fx), cases[_i].wrong_exc);
	ck_assert_found(cases[_i].rule, FX_CODE + 4);
	root_program(NOP, cases[_i].right);
	fx_set(&fx, T0, cases[_i].right_operand);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_clean();
}
END_TEST

START_TEST(rules_have_names)
{
	for (unsigned int i = 0; i < LA_LINT_NRULES; i++) {
		ck_assert_ptr_nonnull(la_lint_rules[i].name);
		ck_assert_ptr_nonnull(la_lint_rules[i].advice);
		for (unsigned int k = 0; k < i; k++)
			ck_assert_str_ne(la_lint_rules[i].name, la_lint_rules[k].name);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("soft_lint");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, right_is_clean);
	tcase_add_loop_test(tc, entry_rules, 0, 6);
	tcase_add_test(tc, exit_vector_mapped);
	tcase_add_test(tc, entry_code_mapped);
	tcase_add_test(tc, data_mapped);
	tcase_add_test(tc, exception_in_window);
	tcase_add_test(tc, interrupts_too_early);
	tcase_add_test(tc, refill_changes_pvm);
	tcase_add_test(tc, eentry_not_restored);
	tcase_add_loop_test(tc, table_changes, 0, ARRAY_SIZE(changes));
	tcase_add_loop_test(tc, table_changes_walker, 0, ARRAY_SIZE(changes));
	tcase_add_test(tc, stale_unused);
	tcase_add_test(tc, directory_changes);
	tcase_add_test(tc, gid_reused);
	tcase_add_test(tc, other_cpu_on_its_way);
	tcase_add_test(tc, stale_fault);
	tcase_add_loop_test(tc, fpu_to_user, 0, 6);
	tcase_add_test(tc, fpu_to_guest);
	tcase_add_test(tc, fp_watched_executes);
	tcase_add_test(tc, llbit_kept);
	tcase_add_loop_test(tc, register_rules, 0, 8);
	tcase_add_test(tc, rules_have_names);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return fx_main(suite());
}
