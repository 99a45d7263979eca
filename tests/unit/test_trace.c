/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/test_trace.c - --trace: its words, its lines, its filters, and files that
 * take no more.
 */
#include "trace/trace.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/event.h"
#include "soft/lint.h"
#include "soft/observe.h"
#include "trace/event.h"
#include "trace/spec.h"
#include "util/bits.h"
#include "util/str.h"

static char dir[] = "/tmp/lvz-test-trace-XXXXXX";
static struct trace_spec spec;
static struct trace *trace;
static struct err err;
static char *paths[4];		/* a to d in dir */

static void set_up(void)
{
	memset(&spec, 0, sizeof(spec));
	trace = NULL;
	ck_assert_ptr_nonnull(mkdtemp(dir));
	for (int i = 0; i < 4; i++)
		paths[i] = str_fmt("%s/%c", dir, 'a' + i);
}

static void tear_down(void)
{
	DIR *d = opendir(dir);
	struct dirent *de;

	trace_destroy(trace);
	while (d && (de = readdir(d)))
		unlinkat(dirfd(d), de->d_name, 0);
	if (d)
		closedir(d);
	rmdir(dir);
	for (int i = 0; i < 4; i++)
		free(paths[i]);
}

/* ------------------------------------------------------------------ words */

static const char *file_or_off(enum trace_kind kind)
{
	return spec.files[kind] ? spec.files[kind] : "off";
}

START_TEST(words)
{
	ck_assert(!trace_spec_is_on(&spec));
	ck_assert_int_eq(trace_spec_add(&spec, "exc,mmio:/tmp/a:b", &err), 0);
	ck_assert_int_eq(trace_spec_add(&spec, "insn+regs", &err), 0);
	ck_assert_int_eq(trace_spec_add(&spec, "irq:-", &err), 0);
	ck_assert_str_eq(file_or_off(TRACE_EXC), "/tmp/a:b");
	ck_assert_str_eq(file_or_off(TRACE_MMIO), "/tmp/a:b");
	ck_assert_str_eq(file_or_off(TRACE_INSN), "-");
	ck_assert_str_eq(file_or_off(TRACE_IRQ), "-");
	ck_assert_str_eq(file_or_off(TRACE_CSR), "off");
	ck_assert(spec.has_regs);
	ck_assert(trace_spec_is_on(&spec));
	ck_assert(!trace_spec_has_filter(&spec));
	ck_assert(!trace_spec_wants_lvz(&spec));
	/* The end of the file's name says which. */
	ck_assert_int_eq(trace_spec_add(&spec, "lvz:a.json", &err), 0);
	ck_assert_str_eq(file_or_off(TRACE_LVZ_JSON), "a.json");
	ck_assert_str_eq(file_or_off(TRACE_LVZ), "off");
	ck_assert(trace_spec_wants_lvz(&spec));
	ck_assert_int_eq(trace_spec_add(&spec, "lvz", &err), 0);
	ck_assert_str_eq(file_or_off(TRACE_LVZ), "-");
}
END_TEST

START_TEST(filter_words)
{
	ck_assert_int_eq(trace_spec_add_pc(&spec, "9000000000200000-0x9000000000200FFF", &err), 0);
	ck_assert_int_eq(trace_spec_add_pc(&spec, "0X10", &err), 0);
	ck_assert_int_eq(trace_spec_add_pc(&spec, "0-ffffffffffffffff", &err), 0);
	ck_assert_uint_eq(spec.nranges, 3);
	ck_assert_uint_eq(spec.ranges[0].first, 0x9000000000200000);
	ck_assert_uint_eq(spec.ranges[0].last, 0x9000000000200fff);
	ck_assert_uint_eq(spec.ranges[1].first, 0x10);
	ck_assert_uint_eq(spec.ranges[1].last, 0x10);
	ck_assert_uint_eq(spec.ranges[2].last, UINT64_MAX);
	ck_assert_int_eq(trace_spec_set_vcpus(&spec, "0,2-4,63", &err), 0);
	ck_assert_uint_eq(spec.vcpus, BIT64(63) | 0x1d);
	ck_assert_int_eq(trace_spec_set_limit(&spec, "1000", &err), 0);
	ck_assert_uint_eq(spec.limit, 1000);
	ck_assert(trace_spec_has_filter(&spec));
}
END_TEST

#define PC_WANT " (want FIRST-LAST in hexadecimal)"
#define VCPU_WANT " (want numbers of 0 to 63 such as 0,2-3)"

static const struct {
	int (*parse)(struct trace_spec *s, const char *arg, struct err *err);
	const char *arg, *says;
} wrong_words[] = {
	{ trace_spec_add, "inns", "--trace: 'inns' cannot be traced (want insn, insn+regs, exc, csr, irq, mmio, lvz or lvz-json)" },
	{ trace_spec_add, "exc,", "--trace: '' cannot be traced (want insn, insn+regs, exc, csr, irq, mmio, lvz or lvz-json)" },
	{ trace_spec_add, "", "--trace: '' cannot be traced (want insn, insn+regs, exc, csr, irq, mmio, lvz or lvz-json)" },
	{ trace_spec_add, "exc:", "--trace 'exc:': no file after the colon" },
	{ trace_spec_add, "exc,irq,exc", "--trace: 'exc' is given twice" },
	{ trace_spec_add, "lvz-json", "--trace lvz-json: want a file (lvz-json:FILE)" },
	{ trace_spec_add, "lvz-json:-", "--trace lvz-json: want a file (lvz-json:FILE)" },
	{ trace_spec_add, "lvz-json,lvz:a.json", "--trace: 'lvz' is given twice" },
	{ trace_spec_add, "insn,insn+regs", "--trace: 'insn+regs' is given twice" },
	{ trace_spec_add_pc, "", "--trace-pc: '' is no range of addresses" PC_WANT },
	{ trace_spec_add_pc, "main", "--trace-pc: 'main' is no range of addresses" PC_WANT },
	{ trace_spec_add_pc, "10-", "--trace-pc: '10-' is no range of addresses" PC_WANT },
	{ trace_spec_add_pc, "-10", "--trace-pc: '-10' is no range of addresses" PC_WANT },
	{ trace_spec_add_pc, "0x", "--trace-pc: '0x' is no range of addresses" PC_WANT },
	{ trace_spec_add_pc, "1-2-3", "--trace-pc: '1-2-3' is no range of addresses" PC_WANT },
	{ trace_spec_add_pc, "11112222333344445", "--trace-pc: '11112222333344445' is no range of addresses" PC_WANT },
	{ trace_spec_add_pc, "20-10", "--trace-pc: '20-10' ends before it begins" },
	{ trace_spec_set_vcpus, "", "--trace-vcpu: '' is no list of vCPUs" VCPU_WANT },
	{ trace_spec_set_vcpus, "64", "--trace-vcpu: '64' is no list of vCPUs" VCPU_WANT },
	{ trace_spec_set_vcpus, "99999999999", "--trace-vcpu: '99999999999' is no list of vCPUs" VCPU_WANT },
	{ trace_spec_set_vcpus, "0,", "--trace-vcpu: '0,' is no list of vCPUs" VCPU_WANT },
	{ trace_spec_set_vcpus, "3-1", "--trace-vcpu: '3-1' is no list of vCPUs" VCPU_WANT },
	{ trace_spec_set_vcpus, "1x", "--trace-vcpu: '1x' is no list of vCPUs" VCPU_WANT },
	{ trace_spec_set_limit, "0", "--trace-limit: '0' is no number of lines (want 1 or more)" },
	{ trace_spec_set_limit, "many", "--trace-limit: 'many' is no number of lines (want 1 or more)" },
};

START_TEST(words_that_are_wrong)
{
	ck_assert_int_eq(wrong_words[_i].parse(&spec, wrong_words[_i].arg, &err), -EINVAL);
	ck_assert_str_eq(err.text, wrong_words[_i].says);
}
END_TEST

START_TEST(too_many_words)
{
	for (unsigned int i = 0; i < TRACE_MAX_RANGES; i++)
		ck_assert_int_eq(trace_spec_add_pc(&spec, "1-2", &err), 0);
	ck_assert_int_eq(trace_spec_add_pc(&spec, "1-2", &err), -EINVAL);
	ck_assert_str_eq(err.text, "--trace-pc: more than 8 ranges");
	ck_assert_int_eq(trace_spec_set_limit(&spec, "5", &err), 0);
	ck_assert_int_eq(trace_spec_set_limit(&spec, "5", &err), -EINVAL);
	ck_assert_str_eq(err.text, "--trace-limit is given twice");
	ck_assert_int_eq(trace_spec_set_vcpus(&spec, "5", &err), 0);
	ck_assert_int_eq(trace_spec_set_vcpus(&spec, "5", &err), -EINVAL);
	ck_assert_str_eq(err.text, "--trace-vcpu is given twice");
}
END_TEST

/* ------------------------------------------------------------------ lines */

#define AT(t, cpu, addr) .type = TRACE_EV_##t, .vcpu = cpu, .has_pc = true, .pc = addr, \
			 .time_us = 1234567

static const uint64_t gpr[32] = { [4] = 0, [12] = 0x9000000000000011, [31] = 9 };

static const struct {
	struct trace_event ev;
	const char *line;
} lines[] = {
	{ { AT(INSN, 0, 0x9000000000200000), .insn = { .word = 0x02ff8063 } },
	  "   1234567 cpu0  9000000000200000 insn  02ff8063  addi.d      \t$sp, $sp, -32" },
	{ { AT(INSN, 12, 0x1000), .insn = { .word = 0x53ffffff, .changed = 1 << 4 | 1 << 12 | 1u << 31,
					    .gpr = gpr } },
	  "   1234567 cpu12 0000000000001000 insn  53ffffff  b           \t-4\t# 0xffc"
	  "\t; $a0=0 $t0=0x9000000000000011 $s8=0x9" },
	{ { AT(INSN, 63, 0), .insn = { .word = 0 } },
	  "   1234567 cpu63 0000000000000000 insn  00000000  .word\t\t0x00000000" },
	{ { AT(REGS, 0, 0x1000), .insn = { .changed = 1u << 31, .gpr = gpr } },
	  "   1234567 cpu0  0000000000001000 insn  ; $s8=0x9" },
	{ { AT(ENTER, 1, 0x120000460), .exc = { .ecode = 0xb, .plv = 3, .target = 0x9000000000001000,
						.badv = 7, .badi = 0x2b0000 } },
	  "   1234567 cpu1  0000000120000460 exc   SYS plv 3->0 to 0x9000000000001000" },
	{ { AT(ENTER, 1, 0x10), .exc = { .ecode = LA_ECODE_TLBR, .badv = 0x7ffff000, .target = 0x4000 } },
	  "   1234567 cpu1  0000000000000010 exc   TLBR badv 0x7ffff000 plv 0->0 to 0x4000" },
	{ { AT(ENTER, 1, 0x10), .exc = { .ecode = 8, .esubcode = 1, .badv = 3, .target = 0x4000 } },
	  "   1234567 cpu1  0000000000000010 exc   ADEM badv 0x3 plv 0->0 to 0x4000" },
	{ { AT(ENTER, 1, 0x10), .exc = { .ecode = 0xd, .badv = 3, .badi = 0x6c0c, .target = 0x4000 } },
	  "   1234567 cpu1  0000000000000010 exc   INE word 0x00006c0c plv 0->0 to 0x4000" },
	{ { AT(ENTER, 1, 0x10), .exc = { .ecode = 0x16, .badi = 0x6c0c, .target = 0x4000 } },
	  "   1234567 cpu1  0000000000000010 exc   GSPR word 0x00006c0c plv 0->0 to 0x4000" },
	{ { AT(ENTER, 0, 0x10), .exc = { .ecode = 0, .irq = 11, .plv = 3, .target = 0x4000 } },
	  "   1234567 cpu0  0000000000000010 exc   INT 11 (timer) plv 3->0 to 0x4000" },
	{ { AT(ENTER, 0, 0x10), .exc = { .ecode = 0x3e, .esubcode = 2, .target = 0x4000 } },
	  "   1234567 cpu0  0000000000000010 exc   ECODE 0x3e.2 plv 0->0 to 0x4000" },
	{ { AT(RETURN, 0, 0x4010), .ertn = { .target = 0x120000464, .plv = 3 } },
	  "   1234567 cpu0  0000000000004010 exc   ERTN plv 0->3 to 0x120000464" },
	{ { AT(RETURN, 0, 0x4010), .ertn = { .target = 0x120000464, .plv = 3, .is_refill = true } },
	  "   1234567 cpu0  0000000000004010 exc   ERTN (TLBR) plv 0->3 to 0x120000464" },
	{ { AT(CSR, 0, 0x10), .csr = { .num = 0, .old = 0xb0, .now = 0xb7, .wanted = 0xb7 } },
	  "   1234567 cpu0  0000000000000010 csr   CRMD 0xb0 -> 0xb7 PLV 0->3 IE 0->1" },
	{ { AT(CSR, 0, 0x10), .csr = { .num = 6, .old = 1, .now = 2, .wanted = 2 } },
	  "   1234567 cpu0  0000000000000010 csr   ERA 0x1 -> 0x2" },
	{ { AT(CSR, 0, 0x10), .csr = { .num = 0x44, .wanted = 1 } },
	  "   1234567 cpu0  0000000000000010 csr   TICLR 0 -> 0 (wrote 0x1)" },
	{ { AT(CSR, 0, 0x10), .csr = { .num = 0x4, .old = 0x1fff, .now = 0x71fff, .wanted = 0x71fff } },
	  "   1234567 cpu0  0000000000000010 csr   ECFG 0x1fff -> 0x71fff VS 0->7" },
	{ { AT(CSR, 0, 0x10), .csr = { .num = 0x4, .old = 0x1, .now = 0x1fff, .wanted = 0x1fff } },
	  "   1234567 cpu0  0000000000000010 csr   ECFG 0x1 -> 0x1fff LIE 0x1->0x1fff" },
	{ { AT(ENTER, 0, 0x10), .is_guest = true, .exc = { .ecode = 0xb, .plv = 3, .target = 0x4000,
							   .is_guest = true } },
	  "   1234567 cpu0g 0000000000000010 exc   SYS plv 3->0 to 0x4000" },
	{ { AT(ENTER, 0, 0x10), .is_guest = true,
	    .exc = { .ecode = 0x17, .target = 0x4000, .is_guest = true, .is_exit = true } },
	  "   1234567 cpu0g 0000000000000010 exc   HVC plv 0->0 to 0x4000 in the root" },
	{ { AT(RETURN, 12, 0x4010), .ertn = { .target = 0x10, .is_entry = true } },
	  "   1234567 cpu12 0000000000004010 exc   ERTN plv 0->0 to 0x10 in the guest" },
	{ { AT(INSN, 12, 0x1000), .is_guest = true, .insn = { .word = 0x06483800 } },
	  "   1234567 cpu12g 0000000000001000 insn  06483800  ertn" },
	{ { AT(CSR, 0, 0x10), .csr = { .num = 0, .now = 8, .wanted = 8, .is_gcsr = true } },
	  "   1234567 cpu0  0000000000000010 csr   guest.CRMD 0 -> 0x8 DA 0->1" },
	{ { AT(CSR, 0, 0x10), .csr = { .num = 0x3fe, .wanted = 5 } },
	  "   1234567 cpu0  0000000000000010 csr   csr 0x3fe 0 -> 0 (wrote 0x5)" },
	{ { .type = TRACE_EV_PIN, .vcpu = TRACE_NO_VCPU, .time_us = 12345678901,
	    .irq = { "disk data", 20, true } },
	  "12345678901 -     -                irq   pin 20 = 1 disk data" },
	{ { .type = TRACE_EV_LINE, .vcpu = 1, .irq = { .line = 3 } },
	  "         0 cpu1  -                irq   line 3 = 0 hwi1" },
	{ { AT(TAKEN, 0, 0x10), .exc = { .irq = 12 } },
	  "   1234567 cpu0  0000000000000010 irq   taken 12 ipi" },
	{ { AT(MMIO, 0, 0x10), .access = { "serial", 0x1fe001e5, { 5, 1, 0, 0 }, 0x60, false } },
	  "   1234567 cpu0  0000000000000010 mmio  read  1 0x1fe001e5 0x60 serial+0x5" },
	{ { AT(MMIO, 0, 0x10), .access = { NULL, 0x2000, { 0, 8, 0, 0 }, UINT64_MAX, true } },
	  "   1234567 cpu0  0000000000000010 mmio  write 8 0x2000 0xffffffffffffffff nothing" },
	{ { AT(IOCSR, 0, 0x10), .access = { "ipi", 0x1004, { 4, 4, 0, 0 }, 1, true } },
	  "   1234567 cpu0  0000000000000010 iocsr write 4 0x1004 0x1 ipi+0x4" },
};

START_TEST(lines_of_text)
{
	char buf[TRACE_LINE_BYTES];
	size_t len = trace_format(buf, sizeof(buf), &lines[_i].ev);

	ck_assert_str_eq(buf, lines[_i].line);
	ck_assert_uint_eq(len, strlen(buf));
}
END_TEST

/* The longest line fits, and a buffer that is too small is not overrun. */
START_TEST(long_lines)
{
	uint64_t big[32];
	struct trace_event ev = { AT(INSN, 63, UINT64_MAX) };
	char buf[TRACE_LINE_BYTES + 8];
	size_t len;

	memset(big, 0xff, sizeof(big));
	ev.time_us = UINT64_MAX;
	ev.insn.word = 0x53ffffff;
	ev.insn.changed = UINT32_MAX;
	ev.insn.gpr = big;
	len = trace_format(buf, TRACE_LINE_BYTES, &ev);
	ck_assert_uint_lt(len, TRACE_LINE_BYTES - 1);
	ck_assert_str_eq(buf + len - 22, "$s8=0xffffffffffffffff");
	for (size_t size = 1; size < 300; size++) {
		memset(buf, 'x', sizeof(buf));
		len = trace_format(buf, size, &ev);
		ck_assert_uint_lt(len, size);
		ck_assert_int_eq(buf[len], 0);
		ck_assert_int_eq(buf[size], 'x');
	}
}
END_TEST

/* ------------------------------------------------------------------ a whole trace */

static void add(const char *kinds, const char *file)
{
	static char args[8][128];
	static unsigned int n;
	char *arg = args[n++ % 8];

	snprintf(arg, sizeof(args[0]), "%s:%s", kinds, file);
	ck_assert_int_eq(trace_spec_add(&spec, arg, &err), 0);
}

static void create(unsigned int nvcpus)
{
	ck_assert_msg(!trace_create(&trace, &spec, nvcpus, &err), "%s", err.text);
}

/* What stands in @path, without the times; static. */
static const char *told(const char *path)
{
	static char text[65536];
	char line[TRACE_LINE_BYTES];
	FILE *fp = fopen(path, "r");
	size_t len = 0;

	ck_assert_ptr_nonnull(fp);
	text[0] = '\0';
	while (fgets(line, sizeof(line), fp) && len < sizeof(text)) {
		const char *p = line[0] == '#' ? line : line + 11;

		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s", p);
	}
	fclose(fp);
	return text;
}

static void finish(void)
{
	trace_destroy(trace);
	trace = NULL;
}

static void syscall_at(unsigned int cpu, uint64_t pc)
{
	const struct la_observer *o = trace_observer(trace);
	const struct la_exc_event e = { .ecode = 0xb, .plv = 3, .era = pc, .target = 0x4000 };

	o->exc_enter(o->ctx, cpu, &e);
}

static void access_at(const struct bus_tap *tap, unsigned int cpu)
{
	const struct bus_access a = { "ged", 0x100, { 4, 1, cpu, 0 }, 7, true };

	tap->access(tap->ctx, &a);
}

static uint64_t pc_of_access(void *ctx, unsigned int vcpu)
{
	return *(uint64_t *)ctx + vcpu;
}

START_TEST(kinds_go_where_they_should)
{
	const struct la_exc_event timer = { .ecode = 0, .irq = 11, .era = 0x30, .target = 0x40 };
	const struct la_ertn_event back = { .pc = 0x50, .target = 0x30 };
	const struct la_csr_event csr = { 0x60, 6, 1, 2, 2, false, false };
	const struct la_observer *o;
	uint64_t pc = 0x70;

	add("exc", paths[0]);
	add("irq", paths[1]);
	add("csr,mmio", paths[2]);
	create(2);
	trace_set_pc(trace, pc_of_access, &pc);
	o = trace_observer(trace);
	ck_assert_uint_eq(o->events, LA_OBSERVE_EXC | LA_OBSERVE_CSR);
	syscall_at(0, 0x10);
	o->exc_enter(o->ctx, 1, &timer);
	o->exc_return(o->ctx, 1, &back);
	o->csr(o->ctx, 0, &csr);
	access_at(trace_mmio_tap(trace), 1);
	access_at(trace_iocsr_tap(trace), 0);
	trace_irq_tap(trace)->changed(trace_irq_tap(trace)->ctx, "serial", 2, true);
	trace_cpu_line(trace, 1, 3, true);
	trace_cpu_line(trace, 1, 3, true);
	trace_cpu_line(trace, 0, 3, false);
	trace_cpu_line(trace, 1, 3, false);
	trace_cpu_line(trace, 7, 3, true);	/* there is none */
	finish();
	ck_assert_str_eq(told(paths[0]),
			 "cpu0  0000000000000010 exc   SYS plv 3->0 to 0x4000\n"
			 "cpu1  0000000000000030 exc   INT 11 (timer) plv 0->0 to 0x40\n"
			 "cpu1  0000000000000050 exc   ERTN plv 0->0 to 0x30\n");
	ck_assert_str_eq(told(paths[1]),
			 "cpu1  0000000000000030 irq   taken 11 timer\n"
			 "-     -                irq   pin 2 = 1 serial\n"
			 "cpu1  -                irq   line 3 = 1 hwi1\n"
			 "cpu1  -                irq   line 3 = 0 hwi1\n");
	ck_assert_str_eq(told(paths[2]),
			 "cpu0  0000000000000060 csr   ERA 0x1 -> 0x2\n"
			 "cpu1  0000000000000071 mmio  write 1 0x100 0x7 ged+0x4\n"
			 "cpu0  0000000000000070 iocsr write 1 0x100 0x7 ged+0x4\n");
}
END_TEST

START_TEST(what_is_off_is_not_listened_to)
{
	add("mmio", paths[0]);
	create(1);
	ck_assert_ptr_null(trace_observer(trace));
	ck_assert_ptr_null(trace_irq_tap(trace));
	ck_assert_ptr_nonnull(trace_mmio_tap(trace));
	trace_cpu_line(trace, 0, 3, true);
	/* Nobody knows where an engine is that does not say. */
	access_at(trace_mmio_tap(trace), 0);
	finish();
	ck_assert_str_eq(told(paths[0]),
			 "cpu0  -                mmio  write 1 0x100 0x7 ged+0x4\n");
	memset(&spec, 0, sizeof(spec));
	add("irq", paths[0]);
	create(1);
	ck_assert_ptr_null(trace_mmio_tap(trace));
	ck_assert_ptr_null(trace_iocsr_tap(trace));
	ck_assert_uint_eq(trace_observer(trace)->events, LA_OBSERVE_EXC);
}
END_TEST

/* One file under two names is one file. */
START_TEST(shared_file)
{
	char *other = str_fmt("%s/../%s/a", dir, strrchr(dir, '/') + 1);

	add("exc", paths[0]);
	add("mmio", other);
	create(1);
	syscall_at(0, 0x10);
	access_at(trace_mmio_tap(trace), 0);
	syscall_at(0, 0x20);
	finish();
	ck_assert_str_eq(told(paths[0]),
			 "cpu0  0000000000000010 exc   SYS plv 3->0 to 0x4000\n"
			 "cpu0  -                mmio  write 1 0x100 0x7 ged+0x4\n"
			 "cpu0  0000000000000020 exc   SYS plv 3->0 to 0x4000\n");
	free(other);
}
END_TEST

START_TEST(filters)
{
	const struct la_ertn_event in = { .pc = 0x1000, .target = 0x50 }, out = { .pc = 0x51, .target = 0x1000 };
	const struct la_ertn_event far = { .pc = 0x1000, .target = 0x2000 };
	const struct la_observer *o;
	uint64_t pc = 0x4f;

	add("exc,mmio,insn", paths[0]);
	ck_assert_int_eq(trace_spec_add_pc(&spec, "50-5f", &err), 0);
	ck_assert_int_eq(trace_spec_add_pc(&spec, "70", &err), 0);
	ck_assert_int_eq(trace_spec_set_vcpus(&spec, "1-2", &err), 0);
	create(3);
	trace_set_pc(trace, pc_of_access, &pc);
	o = trace_observer(trace);
	ck_assert_uint_eq(o->cpus, 6);
	ck_assert_uint_eq(o->nranges, 2);
	ck_assert_uint_eq(o->ranges[0].first, 0x50);
	ck_assert_uint_eq(o->ranges[0].last, 0x5f);
	ck_assert_uint_eq(o->ranges[1].last, 0x70);
	syscall_at(0, 0x50);
	syscall_at(1, 0x4f);
	syscall_at(1, 0x50);
	syscall_at(2, 0x5f);
	syscall_at(2, 0x60);
	syscall_at(2, 0x70);
	o->exc_return(o->ctx, 1, &in);
	o->exc_return(o->ctx, 1, &out);
	o->exc_return(o->ctx, 1, &far);
	access_at(trace_mmio_tap(trace), 0);
	access_at(trace_mmio_tap(trace), 1);
	finish();
	ck_assert_str_eq(told(paths[0]),
			 "cpu1  0000000000000050 exc   SYS plv 3->0 to 0x4000\n"
			 "cpu2  000000000000005f exc   SYS plv 3->0 to 0x4000\n"
			 "cpu2  0000000000000070 exc   SYS plv 3->0 to 0x4000\n"
			 "cpu1  0000000000001000 exc   ERTN plv 0->0 to 0x50\n"
			 "cpu1  0000000000000051 exc   ERTN plv 0->0 to 0x1000\n"
			 "cpu1  0000000000000050 mmio  write 1 0x100 0x7 ged+0x4\n");
}
END_TEST

START_TEST(limit)
{
	add("exc", paths[0]);
	add("mmio", paths[1]);
	ck_assert_int_eq(trace_spec_set_limit(&spec, "3", &err), 0);
	create(1);
	syscall_at(0, 1);
	access_at(trace_mmio_tap(trace), 0);
	ck_assert_uint_eq(trace_observer(trace)->events, LA_OBSERVE_EXC);
	syscall_at(0, 2);
	ck_assert_ptr_null(trace_observer(trace));	/* the CPUs run freely again */
	access_at(trace_mmio_tap(trace), 0);
	finish();
	ck_assert_str_eq(told(paths[0]), "cpu0  0000000000000001 exc   SYS plv 3->0 to 0x4000\n"
					 "cpu0  0000000000000002 exc   SYS plv 3->0 to 0x4000\n"
					 "# --trace-limit: 3 lines\n");
	ck_assert_str_eq(told(paths[1]), "cpu0  -                mmio  write 1 0x100 0x7 ged+0x4\n"
					 "# --trace-limit: 3 lines\n");
}
END_TEST

/* Registers stand behind the instruction, unless it has something to tell in between. */
START_TEST(registers)
{
	const struct la_csr_event csr = { 0x14, 6, 1, 2, 2, false, false };
	const struct la_observer *o;
	uint64_t r[32] = { 0 };

	add("insn+regs,csr,exc", paths[0]);
	create(1);
	o = trace_observer(trace);
	o->insn(o->ctx, 0, 0x10, 0x03800404, r, false);
	r[4] = 1;
	o->insn_done(o->ctx, 0, r);
	o->insn(o->ctx, 0, 0x14, 0x04001824, r, false);
	o->csr(o->ctx, 0, &csr);
	r[4] = 5;
	o->insn_done(o->ctx, 0, r);
	o->insn(o->ctx, 0, 0x18, 0x04001824, r, false);
	o->csr(o->ctx, 0, &csr);
	o->insn_done(o->ctx, 0, r);
	o->insn(o->ctx, 0, 0x1c, 0x002b0000, r, false);
	syscall_at(0, 0x1c);
	o->insn(o->ctx, 0, 0x4000, 0x03400000, r, false);
	o->insn_done(o->ctx, 0, r);
	finish();
	ck_assert_str_eq(told(paths[0]),
			 "cpu0  0000000000000010 insn  03800404  ori         \t$a0, $zero, 0x1\t; $a0=0x1\n"
			 "cpu0  0000000000000014 insn  04001824  csrwr       \t$a0, 0x6\n"
			 "cpu0  0000000000000014 csr   ERA 0x1 -> 0x2\n"
			 "cpu0  0000000000000014 insn  ; $a0=0x5\n"
			 "cpu0  0000000000000018 insn  04001824  csrwr       \t$a0, 0x6\n"
			 "cpu0  0000000000000014 csr   ERA 0x1 -> 0x2\n"
			 "cpu0  000000000000001c insn  002b0000  syscall     \t0x0\n"
			 "cpu0  000000000000001c exc   SYS plv 3->0 to 0x4000\n"
			 "cpu0  0000000000004000 insn  03400000  andi        \t$zero, $zero, 0x0\n");
}
END_TEST

static void *many_lines(void *arg)
{
	for (unsigned int i = 0; i < 3000; i++)
		syscall_at(*(unsigned int *)arg, i);
	return NULL;
}

START_TEST(threads)
{
	unsigned int cpus[4] = { 0, 1, 2, 3 }, next[4] = { 0 };
	char line[TRACE_LINE_BYTES], want[TRACE_LINE_BYTES];
	pthread_t thread[4];
	FILE *fp;

	add("exc", paths[0]);
	create(4);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, many_lines, &cpus[i]), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	finish();
	fp = fopen(paths[0], "r");
	while (fgets(line, sizeof(line), fp)) {
		unsigned int cpu = (unsigned int)(line[14] - '0');

		ck_assert_uint_lt(cpu, 4);
		snprintf(want, sizeof(want), "cpu%u  %016x exc   SYS plv 3->0 to 0x4000\n", cpu,
			 next[cpu]++);
		ck_assert_str_eq(line + 11, want);
	}
	for (int i = 0; i < 4; i++)
		ck_assert_uint_eq(next[i], 3000);
	fclose(fp);
}
END_TEST

/* A line reaches the file soon, without the end of the trace and without many lines. */
START_TEST(soon_in_the_file)
{
	struct event_loop *loop;

	add("exc", paths[0]);
	create(1);
	ck_assert_int_eq(event_loop_create(&loop, 0, &err), 0);
	syscall_at(0, 1);
	ck_assert_int_eq(trace_attach(trace, loop, &err), 0);
	for (int i = 0; i < 20 && !*told(paths[0]); i++)
		event_loop_once(loop, true);
	ck_assert_str_eq(told(paths[0]), "cpu0  0000000000000001 exc   SYS plv 3->0 to 0x4000\n");
	syscall_at(0, 2);
	for (int i = 0; i < 20 && strlen(told(paths[0])) < 60; i++)
		event_loop_once(loop, true);
	ck_assert_str_eq(told(paths[0]), "cpu0  0000000000000001 exc   SYS plv 3->0 to 0x4000\n"
					 "cpu0  0000000000000002 exc   SYS plv 3->0 to 0x4000\n");
	syscall_at(0, 3);
	trace_detach(trace);
	ck_assert_ptr_nonnull(strstr(told(paths[0]), "0003"));
	event_loop_destroy(loop);
}
END_TEST

/* ------------------------------------------------------------------ files that fail */

START_TEST(files_that_cannot_be_had)
{
	char *nowhere = str_fmt("%s/none/x", dir);

	add("exc", nowhere);
	ck_assert_int_eq(trace_create(&trace, &spec, 1, &err), -ENOENT);
	ck_assert_ptr_nonnull(strstr(err.text, "--trace: '/tmp/"));
	ck_assert_ptr_nonnull(strstr(err.text, "/none/x': No such file or directory"));
	memset(&spec, 0, sizeof(spec));
	add("exc", paths[0]);
	add("irq", dir);
	ck_assert_int_eq(trace_create(&trace, &spec, 1, &err), -EISDIR);
	ck_assert_ptr_nonnull(strstr(err.text, "': Is a directory"));
	ck_assert_ptr_null(trace);
	free(nowhere);
}
END_TEST

START_TEST(json_shares_no_file)
{
	add("exc,lvz-json", paths[0]);
	ck_assert_int_eq(trace_create(&trace, &spec, 1, &err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "/a' cannot hold JSON and lines of text"));
	ck_assert_ptr_null(trace);
}
END_TEST

START_TEST(vcpus_that_are_not_there)
{
	add("exc", paths[0]);
	spec.vcpus = 0x14;
	ck_assert_int_eq(trace_create(&trace, &spec, 4, &err), -EINVAL);
	ck_assert_str_eq(err.text, "--trace-vcpu: there is no vCPU 4 (want 0 to 3)");
	ck_assert_int_eq(access(paths[0], F_OK), -1);
	create(5);
}
END_TEST

static int saved_stderr;

static void catch_stderr(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	saved_stderr = dup(STDERR_FILENO);
	dup2(fd, STDERR_FILENO);
	close(fd);
}

static void release_stderr(void)
{
	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
}

/* Standard error as it was written, with the times cut off by told(). */
static void write_until_it_ends(unsigned int most)
{
	for (unsigned int i = 0; i < most; i++) {
		if (!trace_observer(trace))
			return;
		syscall_at(0, i);
	}
	trace_flush(trace);
}

START_TEST(disk_full)
{
	struct stat st;

	catch_stderr(paths[1]);
	add("exc", "/dev/full");
	add("csr", paths[0]);
	create(1);
	/* A device is written to at once when there is enough. */
	for (unsigned int i = 0; i < 5000; i++)
		syscall_at(0, i);
	ck_assert_uint_eq(trace_observer(trace)->events, LA_OBSERVE_CSR);
	finish();
	release_stderr();
	stat(paths[1], &st);
	/* told() cuts the first 11 bytes of a line, "lvz-vmm: tr". */
	ck_assert_str_eq(told(paths[1]),
			 "ace: '/dev/full': No space left on device; the trace ends here\n");
}
END_TEST

START_TEST(disk_full_at_the_end)
{
	catch_stderr(paths[1]);
	add("exc", "/dev/full");
	create(1);
	syscall_at(0, 1);
	finish();
	release_stderr();
	ck_assert_str_eq(told(paths[1]),
			 "ace: '/dev/full': No space left on device; the trace ends here\n");
}
END_TEST

/* _i: the reader goes away, or does not read. */
START_TEST(pipe_without_reader)
{
	struct timespec t0, t1;
	int fd;

	ck_assert_int_eq(mkfifo(paths[0], 0600), 0);
	fd = open(paths[0], O_RDONLY | O_NONBLOCK);
	ck_assert_int_ge(fd, 0);
	catch_stderr(paths[1]);
	add("exc", paths[0]);
	create(1);
	if (!_i)
		close(fd);
	clock_gettime(CLOCK_MONOTONIC, &t0);
	write_until_it_ends(20000);
	clock_gettime(CLOCK_MONOTONIC, &t1);
	ck_assert_ptr_null(trace_observer(trace));
	ck_assert_int_lt(t1.tv_sec - t0.tv_sec, 10);
	finish();
	release_stderr();
	if (_i)
		close(fd);
	ck_assert_ptr_nonnull(strstr(told(paths[1]), _i ? "': nobody reads it; the trace ends here\n"
						    : "': Broken pipe; the trace ends here\n"));
	ck_assert_ptr_null(strstr(strchr(told(paths[1]), '\n') + 1, "trace"));
}
END_TEST

/* On standard error lines come at once and in order with the log. */
START_TEST(standard_error)
{
	catch_stderr(paths[1]);
	add("exc", "-");
	create(1);
	syscall_at(0, 1);
	release_stderr();
	ck_assert_str_eq(told(paths[1]), "cpu0  0000000000000001 exc   SYS plv 3->0 to 0x4000\n");
}
END_TEST

/* ------------------------------------------------------------------ --lvz-lint */

static char *content(const char *path)
{
	static char text[4096];
	FILE *fp = fopen(path, "r");

	ck_assert_ptr_nonnull(fp);
	text[fread(text, 1, sizeof(text) - 1, fp)] = '\0';
	fclose(fp);
	return text;
}

/* A rule at an instruction has one line at once, and its count at the end. */
START_TEST(lint_findings)
{
	const struct la_lint_finding warning = { .rule = LA_LINT_ENTRY_PRMD_PIE, .cpu = 1,
						 .pc = 0x9000000000001000, .detail = "seen" };
	struct la_lint_finding error = { .rule = LA_LINT_ENTRY_GID_ZERO, .pc = 0x2000,
					 .detail = "zero" };
	const struct la_lint_sink *lint;
	const char *first = "lvz-lint: cpu1 0x9000000000001000 warning entry-prmd-pie: seen (";

	spec.lint = paths[0];
	ck_assert_int_eq(trace_create(&trace, &spec, 2, &err), 0);
	ck_assert_ptr_null(trace_observer(trace));
	lint = trace_lint(trace);
	lint->entry(lint->ctx, 0);
	lint->finding(lint->ctx, &warning);
	ck_assert_int_eq(strncmp(content(paths[0]), first, strlen(first)), 0);
	lint->finding(lint->ctx, &warning);
	lint->finding(lint->ctx, &error);
	error.pc += 4;
	lint->finding(lint->ctx, &error);
	lint->entry(lint->ctx, 1);
	ck_assert_uint_eq(trace_end_lint(trace), 3);
	ck_assert_ptr_nonnull(strstr(content(paths[0]),
		"lvz-lint: entry-prmd-pie at 0x9000000000001000: 2 times\n"
		"lvz-lint: entry-gid-zero at 0x2000: 1 times\n"
		"lvz-lint: entry-gid-zero at 0x2004: 1 times\n"
		"lvz-lint: 2 errors, 1 warnings, 4 hits in 2 guest entries\n"));
}
END_TEST

/* There is an end to what is kept of a hypervisor that is all wrong. */
START_TEST(lint_many)
{
	struct la_lint_finding f = { .rule = LA_LINT_WINDOW_DATA_MAPPED, .detail = "x" };
	const struct la_lint_sink *lint;

	spec.lint = "/dev/null";
	ck_assert_int_eq(trace_create(&trace, &spec, 1, &err), 0);
	lint = trace_lint(trace);
	for (f.pc = 0; f.pc < 5000; f.pc++)
		lint->finding(lint->ctx, &f);
	ck_assert_uint_eq(trace_end_lint(trace), 1024);
}
END_TEST

START_TEST(lint_file_that_cannot_be_had)
{
	spec.lint = dir;
	ck_assert_int_eq(trace_create(&trace, &spec, 1, &err), -EISDIR);
	ck_assert_ptr_eq(strstr(err.text, "--lvz-lint: '"), err.text);
	trace = NULL;
	spec.lint = NULL;
	ck_assert_int_eq(trace_create(&trace, &spec, 1, &err), 0);
	ck_assert_ptr_null(trace_lint(trace));
	ck_assert_uint_eq(trace_end_lint(trace), 0);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *s = suite_create("trace");
	TCase *tc = tcase_create("trace");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, words);
	tcase_add_test(tc, filter_words);
	tcase_add_loop_test(tc, words_that_are_wrong, 0, ARRAY_SIZE(wrong_words));
	tcase_add_test(tc, too_many_words);
	tcase_add_loop_test(tc, lines_of_text, 0, ARRAY_SIZE(lines));
	tcase_add_test(tc, long_lines);
	tcase_add_test(tc, kinds_go_where_they_should);
	tcase_add_test(tc, what_is_off_is_not_listened_to);
	tcase_add_test(tc, shared_file);
	tcase_add_test(tc, filters);
	tcase_add_test(tc, limit);
	tcase_add_test(tc, registers);
	tcase_add_test(tc, threads);
	tcase_add_test(tc, soon_in_the_file);
	tcase_add_test(tc, files_that_cannot_be_had);
	tcase_add_test(tc, json_shares_no_file);
	tcase_add_test(tc, vcpus_that_are_not_there);
	tcase_add_test(tc, disk_full);
	tcase_add_test(tc, disk_full_at_the_end);
	tcase_add_loop_test(tc, pipe_without_reader, 0, 2);
	tcase_add_test(tc, standard_error);
	tcase_add_test(tc, lint_findings);
	tcase_add_test(tc, lint_many);
	tcase_add_test(tc, lint_file_that_cannot_be_had);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	SRunner *sr = srunner_create(make_suite());
	int failed;

	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
