/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_trace_lvz.c - --trace lvz: a small hypervisor and its guest on the software CPU, and
 * what is told of them, byte by byte but for the times.
 *
 * The files of tests/unit/trace-lvz have what is wanted; LVZ_GOLDEN_UPDATE=1 writes them anew.
 *
 * The hypervisor is code: an exit handler that steps over the instruction and goes back, and
 * a refill handler that maps guest-physical pages one to one.  The test sets its registers.
 */
#include "soft_fixture.h"

#include <stdio.h>
#include <unistd.h>

#include "soft/machine.h"
#include "soft/observe.h"
#include "soft/tlb.h"
#include "soft_mmu_fixture.h"
#include "trace/lvz.h"
#include "trace/trace.h"
#include "util/bits.h"
#include "util/str.h"

#define GUEST UINT64_C(0x800000)
#define GVEC (GUEST + 0x20000)
#define GID 3u
#define RW (MMU_RW_PLV(0))
#define NOWHERE UINT64_C(0x2000000)
#define STOP_CODE 0x7fu

static const struct la_features with_lvz = { .has_lsx = true, .has_lasx = true,
					     .has_ptw = true, .has_v11 = true,
					     .has_lvz = true };

static char dir[] = "/tmp/lvz-test-trace-lvz-XXXXXX";
static char *text_path, *json_path;
static struct trace_spec spec;
static struct trace *trace;
static struct fx fx;
static struct err err;

static void set_up(void)
{
	memset(&spec, 0, sizeof(spec));
	trace = NULL;
	ck_assert_ptr_nonnull(mkdtemp(dir));
	text_path = str_fmt("%s/lvz.txt", dir);
	json_path = str_fmt("%s/lvz.json", dir);
}

static void tear_down(void)
{
	trace_destroy(trace);
	unlink(text_path);
	unlink(json_path);
	rmdir(dir);
	free(text_path);
	free(json_path);
}

/* ------------------------------------------------------------------ the hypervisor */

static void put_words(uint64_t gpa, const uint32_t *words, size_t n)
{
	fx_at(&fx, gpa);
	for (size_t i = 0; i < n; i++)
		fx_emit(&fx, words[i]);
}

#define put_code(gpa, ...) do { \
		const uint32_t words_[] = { __VA_ARGS__ }; \
		put_words(gpa, words_, ARRAY_SIZE(words_)); \
	} while (0)

#define SAVE(n) (LA_CSR_SAVE0 + (n))
#define BADI_OF_STOP la_enc_hvcl(STOP_CODE)

/*
 * Every exit: BADI of the last hypercall ends the run.  Else SAVE2 says where the guest goes
 * on, counted from ERA, and SAVE3, where it is not 0, is the answer in $a0.
 */
static void put_hypervisor(void)
{
	fx_at(&fx, FX_EENTRY);
	put_code(FX_EENTRY,
		 la_enc_csrwr(T0, SAVE(0)), la_enc_csrwr(T1, SAVE(1)),
		 la_enc_csrrd(T0, LA_CSR_BADI), la_enc_csrrd(T1, SAVE(4)),
		 la_enc_bne(T0, T1, 8), la_enc_idle(0),
		 la_enc_csrrd(T0, LA_CSR_ERA), la_enc_csrrd(T1, SAVE(2)),
		 la_enc_add_d(T0, T0, T1), la_enc_csrwr(T0, LA_CSR_ERA),
		 la_enc_csrrd(T1, SAVE(3)), la_enc_beqz(T1, 8), la_enc_or(A0, T1, R0),
		 la_enc_csrrd(T1, SAVE(1)), la_enc_csrrd(T0, SAVE(0)), la_enc_ertn());
	/* One to one, 16 KiB pages, V D and cached. */
	put_code(FX_TLBRENTRY,
		 la_enc_csrwr(T0, LA_CSR_TLBRSAVE), la_enc_csrwr(T1, SAVE(5)),
		 la_enc_csrrd(T0, LA_CSR_TLBRBADV), la_enc_srli_d(T0, T0, 15),
		 la_enc_slli_d(T0, T0, 15), la_enc_ori(T1, T0, 0x13),
		 la_enc_csrwr(T1, LA_CSR_TLBRELO0), la_enc_ori(T0, T0, 0x13),
		 la_enc_lu12i_w(T1, 4), la_enc_add_d(T0, T0, T1),
		 la_enc_csrwr(T0, LA_CSR_TLBRELO1), la_enc_csrrd(T0, LA_CSR_TLBREHI),
		 la_enc_addi_d(T1, R0, 14), la_enc_bstrins_d(T0, T1, 5, 0),
		 la_enc_csrwr(T0, LA_CSR_TLBREHI), la_enc_tlbfill(),
		 la_enc_csrrd(T1, SAVE(5)), la_enc_csrrd(T0, LA_CSR_TLBRSAVE), la_enc_ertn());
	fx_set_csr(&fx, SAVE(4), BADI_OF_STOP);
	fx_set_csr(&fx, LA_CSR_ECFG, 0);
}

static void set_gcsr(unsigned int num, uint64_t v)
{
	la_gcsr_write(fx.cpu, num, v, UINT64_MAX);
}

/* One to one and valid, as the refill handler would; and a pair that is not valid. */
static void map_guest(void)
{
	fx_mode(&fx, false, 0);
	for (uint64_t at = GUEST; at < GUEST + 0x40000; at += 0x8000)
		mmu_fill(&fx, 0, at, 14, RW | at, RW | (at + 0x4000));
	mmu_fill(&fx, 0, NOWHERE, 14, 0, 0);
}

static void open_traced(bool is_mapped)
{
	ck_assert_msg(!trace_create(&trace, &spec, 2, &err), "%s", err.text);
	fx_open_with(&fx, &with_lvz, 2, NULL, trace_observer(trace));
	fx_set_csr(&fx, LA_CSR_GTLBC, LA_GTLBC_USETGID | (uint64_t)GID << LA_GTLBC_TGID_SHIFT);
	if (is_mapped)
		map_guest();
	put_hypervisor();
	set_gcsr(LA_CSR_CRMD, LA_CRMD_DA);
	set_gcsr(LA_CSR_EUEN, LA_EUEN_FPE | LA_EUEN_SXE | LA_EUEN_ASXE);
	set_gcsr(LA_CSR_EENTRY, GVEC);
}

static void add_kind(const char *kind, const char *path)
{
	static char args[2][128];
	static unsigned int n;
	char *arg = args[n++ % 2];

	snprintf(arg, sizeof(args[0]), "%s:%s", kind, path);
	ck_assert_msg(!trace_spec_add(&spec, arg, &err), "%s", err.text);
}

static void run_as(unsigned int gid, uint64_t pc)
{
	fx_set_csr(&fx, LA_CSR_PRMD, LA_PRMD_PIE);
	fx_set_csr(&fx, LA_CSR_ERA, pc);
	fx_set_csr(&fx, LA_CSR_TLBRERA, 0);
	fx_set_csr(&fx, LA_CSR_GSTAT, LA_GSTAT_PVM | (uint64_t)gid << LA_GSTAT_GID_SHIFT);
	fx_mode(&fx, false, 0);
	fx_at(&fx, FX_CODE);
	fx_emit(&fx, la_enc_ertn());
	ck_assert_int_eq(fx_go(&fx), LA_EXC_HVC);
}

#define run_guest(...) do { \
		put_code(GUEST, __VA_ARGS__, BADI_OF_STOP); \
		run_as(GID, GUEST); \
	} while (0)

static void finish(void)
{
	trace_destroy(trace);
	trace = NULL;
	fx_close(&fx);
}

/* ------------------------------------------------------------------ what was told */

/* The unit behind a number with a point or without, or NULL. */
static const char *unit_at(const char *p)
{
	static const char *const units[] = { " us", " ms", " s" };

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		size_t len = strlen(units[i]);

		if (str_has_prefix(p, units[i]) && !(p[len] >= 'a' && p[len] <= 'z'))
			return p + len;
	}
	return NULL;
}

/* The file with every time as "T"; static. */
static const char *told(const char *path)
{
	static char raw[65536], text[65536];
	FILE *fp = fopen(path, "r");
	size_t n, len = 0;

	ck_assert_ptr_nonnull(fp);
	n = fread(raw, 1, sizeof(raw) - 1, fp);
	fclose(fp);
	raw[n] = '\0';
	for (const char *p = raw; *p && len < sizeof(text) - 1; ) {
		size_t digits = strspn(p, "0123456789.");
		const char *end = digits ? unit_at(p + digits) : NULL;

		if (end) {
			/* Columns are as wide as the time is long. */
			while (len > 1 && text[len - 1] == ' ' && text[len - 2] == ' ')
				len--;
			text[len++] = 'T';
			p = end;
		} else {
			text[len++] = *p++;
		}
	}
	text[len] = '\0';
	return text;
}

static char *golden_path(const char *name)
{
	const char *srcdir = getenv("srcdir");

	return str_fmt("%s/tests/unit/trace-lvz/%s", srcdir ? srcdir : ".", name);
}

/* @got is what stands in the file @name of tests/unit/trace-lvz. */
static void expect(const char *got, const char *name)
{
	static char want[65536];
	char *path = golden_path(name);
	FILE *fp = fopen(path, getenv("LVZ_GOLDEN_UPDATE") ? "w+" : "r");

	ck_assert_msg(fp != NULL, "%s", path);
	if (getenv("LVZ_GOLDEN_UPDATE")) {
		fputs(got, fp);
		rewind(fp);
	}
	want[fread(want, 1, sizeof(want) - 1, fp)] = '\0';
	fclose(fp);
	free(path);
	/* Longer than a message of Check may be. */
	if (strcmp(got, want))
		fprintf(stderr, "told:\n%s\nwanted (%s):\n%s\n", got, name, want);
	ck_assert(!strcmp(got, want));
}

/* ------------------------------------------------------------------ a guest's life */

START_TEST(exits)
{
	add_kind("lvz", text_path);
	open_traced(true);
	fx_set_csr(&fx, SAVE(2), 4);
	fx_set_csr(&fx, SAVE(3), 0x1234);
	fx_set(&fx, A1, 2);
	fx_set(&fx, A2, 0x1008);
	fx_set(&fx, A3, NOWHERE);
	run_guest(la_enc_cpucfg(A0, A1), la_enc_iocsrrd_w(A0, A2), la_enc_csrrd(A0, LA_CSR_IMPCTL1),
		  la_enc_hvcl(0x100), la_enc_st_h(A1, A3, 6), la_enc_idle(0));
	finish();
	expect(told(text_path), "exits.txt");
}
END_TEST

/* What the guest changes in its bank, and an exception of its own. */
START_TEST(changes)
{
	add_kind("lvz", text_path);
	open_traced(true);
	put_code(GVEC, la_enc_csrrd(T2, LA_CSR_ERA), la_enc_addi_d(T2, T2, 4),
		 la_enc_csrwr(T2, LA_CSR_ERA), la_enc_ertn());
	fx_set(&fx, A0, LA_CRMD_DA | LA_CRMD_IE);
	fx_set(&fx, A1, 0x1fff);
	run_guest(la_enc_csrwr(A0, LA_CSR_CRMD), la_enc_csrwr(A1, LA_CSR_ECFG), la_enc_syscall(0));
	/* Another guest, then this one again with an interrupt. */
	fx_set_csr(&fx, LA_CSR_GSTAT, 0);
	fx_set_csr(&fx, LA_CSR_GTLBC, LA_GTLBC_USETGID | 4u << LA_GTLBC_TGID_SHIFT);
	run_as(4, GUEST + 12);
	fx_set_csr(&fx, LA_CSR_GTLBC, LA_GTLBC_USETGID | GID << LA_GTLBC_TGID_SHIFT);
	fx_set_csr(&fx, LA_CSR_GINTC, 1);
	put_code(GVEC, BADI_OF_STOP);
	run_as(GID, GUEST + 4);
	finish();
	expect(told(text_path), "changes.txt");
}
END_TEST

START_TEST(refill)
{
	add_kind("lvz", text_path);
	open_traced(false);
	run_guest(la_enc_csrwr(A0, LA_CSR_SAVE0));
	finish();
	expect(told(text_path), "refill.txt");
}
END_TEST

/* ------------------------------------------------------------------ all causes */

#define TARGET UINT64_C(0x9000000000010000)
#define GUEST_PC UINT64_C(0x800ffc)

/* @a1 and @a2 are those registers; @addr is BADV or TLBRBADV. */
static const struct {
	unsigned int ecode, esubcode, irq;
	uint32_t insn;			/* 0: none */
	uint64_t a1, a2, addr, gcfg;
} causes[] = {
	{ .ecode = 0, .irq = 2 },
	{ .ecode = 0, .irq = 12 },
	/* Pages: every kind of address; of one that crosses a page the other half. */
	{ .ecode = 1, .insn = 0x28ffe0a4, .a1 = 0x1010, .addr = 0x10000008 },	/* ld.d a0,a1,-8 */
	{ .ecode = 1, .insn = 0x380c18a4, .a1 = 0x1010, .a2 = 4, .addr = 0x10000014 },
	{ .ecode = 1, .insn = 0x28c000a4, .a1 = 0x1ffc, .addr = 0x10002000 },
	{ .ecode = 1, .insn = 0x28c000a4, .a1 = 0x1ff8, .addr = 0x10002000 },	/* a page table */
	{ .ecode = 1, .insn = 0x064004a4, .a1 = 0x1ff8, .addr = 0x10002000 },	/* lddir */
	{ .ecode = 2, .insn = 0x25000ca4, .a1 = 0x1000, .addr = 0x1000000c },	/* stptr.w */
	{ .ecode = 2, .insn = 0x2c4020a0, .a1 = 0x1000, .addr = 0x10000008 },	/* vst */
	{ .ecode = 2, .insn = 0x386398a4, .a1 = 0x1000, .a2 = 1, .addr = 0x10000000 },
	{ .ecode = 3, .addr = 0x10000ffc },
	{ .ecode = 3, .addr = 0x10000ff0 },
	{ .ecode = 4, .insn = 0x29c000a6, .a1 = 0x1000, .a2 = 0xabcd, .addr = 0x10000000 },
	{ .ecode = 5, .insn = 0x2a0000a4, .a1 = 0x1001, .addr = 0x10000001 },
	{ .ecode = 6, .addr = 0x10000ffc },
	{ .ecode = 7, .insn = 0x28c000a4, .a1 = 0x1000, .addr = 0x10000000 },
	{ .ecode = LA_ECODE_TLBR, .insn = 0x28c000a4, .a1 = 0x1000, .addr = 0x10000000 },
	/* Units. */
	{ .ecode = 0xf, .insn = 0x01010820 },
	{ .ecode = 0x10, .insn = 0x700a0820 },
	{ .ecode = 0x11, .insn = 0x740a0820 },
	/* Sensitive instructions. */
	{ .ecode = 0x16, .insn = 0x06481ca6, .a1 = 0x1420, .a2 = UINT64_MAX },	/* iocsrwr.d */
	{ .ecode = 0x16, .insn = 0x064810a6, .a1 = 0x5000, .a2 = UINT64_MAX },	/* iocsrwr.b */
	{ .ecode = 0x16, .insn = 0x00006ca4, .a1 = 0x40000004 },
	{ .ecode = 0x16, .insn = 0x04014026, .a2 = 7 },				/* csrwr GSTAT */
	{ .ecode = 0x16, .insn = 0x04010424, .gcfg = LA_GCFG_TIT },		/* csrwr TCFG */
	{ .ecode = 0x16, .insn = 0x04004404 },					/* csrrd TLBEHI */
	{ .ecode = 0x16, .insn = 0x040f1c04, .gcfg = LA_GCFG_TORU },
	{ .ecode = 0x16, .insn = 0x04000004, .gcfg = LA_GCFG_SIT },
	{ .ecode = 0x16, .insn = 0x060000a8, .gcfg = 2 << LA_GCFG_GCI_SHIFT },
	{ .ecode = 0x16, .insn = 0x00006804, .gcfg = LA_GCFG_TIT },		/* rdtime.d */
	{ .ecode = 0x16, .insn = 0x06482800 },					/* tlbsrch */
	{ .ecode = 0x16, .insn = 0x002a8000 },					/* dbcl */
	{ .ecode = 0x16, .insn = 0x06488000 },
	{ .ecode = 0x17, .insn = 0x002b8101 },
	{ .ecode = 0x17, .insn = 0x002b8102 },
	{ .ecode = 0x18, .insn = 0x04000026 },
	{ .ecode = 0x18, .esubcode = 1 },
	{ .ecode = 0x19, .insn = 0x03400000 },
};

static size_t add_cause(char *buf, size_t size, unsigned int i)
{
	static uint64_t gpr[32], root[0x400], guest[0x400];
	const struct la_guest_leave ev = {
		.ecode = causes[i].ecode, .esubcode = causes[i].esubcode, .irq = causes[i].irq,
		.pc = GUEST_PC, .target = TARGET, .insn = causes[i].insn,
		.has_insn = causes[i].insn, .world = { gpr, root, guest, 0, 0 },
	};
	struct trace_text t = { buf, size, 0 };
	struct lvz_cause c;

	gpr[A0] = 1;
	gpr[A1] = causes[i].a1;
	gpr[A2] = causes[i].a2;
	root[causes[i].ecode == LA_ECODE_TLBR ? LA_CSR_TLBRBADV : LA_CSR_BADV] = causes[i].addr;
	root[LA_CSR_GCFG] = causes[i].gcfg;
	c = lvz_cause_of(&ev);
	trace_text_add(&t, "%s | ", lvz_reason_name(c.reason));
	lvz_cause_add_title(&t, &c);
	trace_text_add(&t, "\n  ");
	lvz_cause_add_hardware(&t, &c);
	trace_text_add(&t, "\n  ");
	lvz_cause_add_guest(&t, &c);
	trace_text_add(&t, "\n");
	return t.len;
}

START_TEST(words_for_all_causes)
{
	static char text[32768];
	size_t len = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(causes); i++)
		len += add_cause(text + len, sizeof(text) - len, i);
	expect(text, "causes.txt");
}
END_TEST

/* Everything changed, and no room: nothing is written behind the buffer. */
START_TEST(small_buffers)
{
	static uint64_t gpr[32], csr[0x400];
	static char buf[LVZ_TEXT_BYTES + 1];
	struct lvz_vcpu v = { .border_ns = 1 };
	struct la_guest_enter in = { .world = { gpr, csr, csr, UINT32_MAX, UINT32_MAX } };
	struct la_guest_leave out = { .ecode = 0x17, .world = in.world };
	struct trace_text t = { buf, LVZ_TEXT_BYTES, 0 };
	struct lvz_step step = lvz_enter(&v, 0, 2, &in);

	lvz_settle(&v, &step, 3);
	step = lvz_leave(&v, 0, 4, &out);
	lvz_settle(&v, &step, 5);
	memset(gpr, 0xff, sizeof(gpr));
	memset(csr, 0xff, sizeof(csr));
	csr[LA_CSR_GSTAT] = 0;
	step = lvz_enter(&v, 0, 6, &in);
	lvz_text(&t, &step);
	ck_assert_uint_gt(t.len, 4000);
	ck_assert_uint_lt(t.len, LVZ_TEXT_BYTES - 1);
	for (size_t size = 1; size < 1000; size++) {
		t = (struct trace_text){ buf, size, 0 };
		buf[size] = 'x';
		lvz_text(&t, &step);
		ck_assert_uint_lt(t.len, size);
		ck_assert_int_eq(buf[size], 'x');
	}
	lvz_vcpu_fini(&v);
}
END_TEST

/* A guest that names a new address each time: the counts stay right. */
START_TEST(many_keys)
{
	static struct lvz_stats stats;
	static char buf[LVZ_TEXT_BYTES];
	struct trace_text t = { buf, sizeof(buf), 0 };
	struct lvz_step step = { .is_leave = true, .cause = { .reason = LVZ_TLBL } };

	for (uint64_t i = 0; i < 10000; i++) {
		step.cause.gpa = i * 0x1000;
		lvz_stats_add(&stats, &step);
	}
	lvz_stats_text(&t, &stats);
	ck_assert_ptr_nonnull(strstr(buf, "\n  TLBL              10000  100.0%"));
	ck_assert_ptr_nonnull(strstr(buf, "     9992  others, more than were kept apart"));
}
END_TEST

/* ------------------------------------------------------------------ filters, other kinds */

START_TEST(filters)
{
	const struct la_observer *o;

	add_kind("lvz", text_path);
	ck_assert_int_eq(trace_spec_add_pc(&spec, "800004", &err), 0);
	open_traced(true);
	o = trace_observer(trace);
	ck_assert_uint_eq(o->events, LA_OBSERVE_LVZ | LA_OBSERVE_EXC);
	fx_set_csr(&fx, SAVE(2), 4);
	run_guest(la_enc_hvcl(1), la_enc_hvcl(2), la_enc_hvcl(3));
	finish();
	expect(told(text_path), "filter-pc.txt");
}
END_TEST

START_TEST(other_vcpu)
{
	add_kind("lvz", text_path);
	ck_assert_int_eq(trace_spec_set_vcpus(&spec, "1", &err), 0);
	open_traced(true);
	run_guest(la_enc_hvcl(STOP_CODE));
	finish();
	ck_assert_str_eq(told(text_path), "end of the trace: 0 entries and 0 exits of 0 GIDs, T in "
					  "guests, T in the root in between\n");
}
END_TEST

/* The limit may fall into the lines of one exit; what was told is counted. */
START_TEST(limit)
{
	add_kind("lvz", text_path);
	ck_assert_int_eq(trace_spec_set_limit(&spec, "6", &err), 0);
	open_traced(true);
	fx_set_csr(&fx, SAVE(2), 4);
	run_guest(la_enc_hvcl(1), la_enc_hvcl(2), la_enc_hvcl(3));
	ck_assert_ptr_null(trace_observer(trace));
	finish();
	expect(told(text_path), "limit.txt");
}
END_TEST

/* The mode in lines of other kinds; all that happens in order. */
START_TEST(modes)
{
	static char text[8192];
	char *p = text;

	add_kind("insn,exc,csr", text_path);
	open_traced(true);
	ck_assert_uint_eq(trace_observer(trace)->events & LA_OBSERVE_LVZ, 0);
	fx_set_csr(&fx, SAVE(2), 4);
	run_guest(la_enc_csrwr(A0, LA_CSR_SAVE0));
	put_code(FX_CODE, la_enc_gcsrwr(A0, LA_CSR_ERA), la_enc_idle(0));
	fx_set(&fx, A0, 0x55);
	fx_set_csr(&fx, LA_CSR_GSTAT, 0);
	fx_mode(&fx, false, 0);
	(void)fx_go(&fx);
	finish();
	/* Without the times, which have no unit. */
	for (char *line = strtok((char *)(uintptr_t)told(text_path), "\n"); line;
	     line = strtok(NULL, "\n")) {
		const char *at = strstr(line, " cpu0");

		ck_assert_ptr_nonnull(at);
		/* Filling the TLB is no part of it. */
		if (p != text || strstr(line, "in the guest"))
			p += sprintf(p, "%s\n", at + 1);
	}
	expect(text, "modes.txt");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("trace_lvz");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, exits);
	tcase_add_test(tc, changes);
	tcase_add_test(tc, refill);
	tcase_add_test(tc, words_for_all_causes);
	tcase_add_test(tc, small_buffers);
	tcase_add_test(tc, many_keys);
	tcase_add_test(tc, filters);
	tcase_add_test(tc, other_vcpu);
	tcase_add_test(tc, limit);
	tcase_add_test(tc, modes);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return fx_main(suite());
}
