/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/test_vm.c - whole machines with guests of a few instructions: how they end,
 * reboots, several of them in one process, and what is told before anything starts.
 */
#include "vm.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "devices/ged.h"
#include "soft/isa_enc.h"
#include "trace/trace.h"
#include "util/bits.h"
#include "util/str.h"

#define LOAD 0x200000u
#define UART 0x1fe001e0u
#define MAIL_SEND 0x1048u
#define IPI_SEND 0x1040u

enum { ZERO, T0 = 12, T1, T2, T3 };

static char dir[] = "/tmp/lvz-test-vm-XXXXXX";

/* ---- guests ---- */

struct guest {
	uint32_t code[256];
	unsigned int n;
};

static void put(struct guest *g, uint32_t insn)
{
	ck_assert_uint_lt(g->n, ARRAY_SIZE(g->code));
	g->code[g->n++] = insn;
}

static void put_li(struct guest *g, unsigned int reg, uint32_t value)
{
	put(g, la_enc_lu12i_w(reg, (int32_t)value >> 12));
	put(g, la_enc_ori(reg, reg, value & 0xfff));
	put(g, la_enc_lu32i_d(reg, 0));
}

static void put_store(struct guest *g, uint32_t at, uint32_t value)
{
	put_li(g, T0, at);
	put_li(g, T1, value);
	put(g, la_enc_st_b(T1, T0, 0));
}

static void put_idle(struct guest *g)
{
	put(g, la_enc_idle(0));
	put(g, la_enc_b(-4));
}

static void put_poweroff(struct guest *g)
{
	put_store(g, GED_REGS_BASE, 0x34);
	put_idle(g);
}

/* Counts down from @n << 12. */
static void put_spin(struct guest *g, uint32_t n)
{
	put(g, la_enc_lu12i_w(T0, (int32_t)n));
	put(g, la_enc_addi_d(T0, T0, -1));
	put(g, la_enc_bnez(T0, -4));
}

/*
 * Powers off when RAM is not as at power-on; otherwise leaves a trace in it, says 'R' and
 * reboots.
 */
static void put_reboot_for_ever(struct guest *g)
{
	put_li(g, T0, 0x300000);
	put(g, la_enc_ld_b(T1, T0, 0));
	put(g, la_enc_beq(T1, ZERO, 4 + 4 * 9));
	put_poweroff(g);
	put(g, la_enc_or(ZERO, ZERO, ZERO));
	put(g, la_enc_addi_d(T1, ZERO, 1));
	put(g, la_enc_st_b(T1, T0, 0));
	put_store(g, UART, 'R');
	put_store(g, GED_REGS_BASE + 2, 0x42);
	put_idle(g);
}

/* Starts vCPU 1 by mail and lets it power off. */
static void put_smp(struct guest *g)
{
	const uint32_t cpu = 1u << 16, target = LOAD + 0x200;

	put_li(g, T0, MAIL_SEND);
	put_li(g, T1, target);
	put(g, la_enc_slli_d(T1, T1, 32));
	put_li(g, T2, BIT32(31) | cpu);
	put(g, la_enc_or(T1, T1, T2));
	put(g, la_enc_iocsrwr_d(T1, T0));
	put_li(g, T0, IPI_SEND);
	put_li(g, T1, BIT32(31) | cpu);
	put(g, la_enc_iocsrwr_w(T1, T0));
	put_idle(g);
	while (g->n < 0x200 / 4)
		put(g, la_enc_b(0));
	put_poweroff(g);
}

static char *in_dir(const char *name)
{
	char *path = str_path_join(dir, name);

	ck_assert_ptr_nonnull(path);
	return path;
}

static void write_bytes(const char *name, const void *data, size_t len)
{
	char *path = in_dir(name);
	FILE *fp = fopen(path, "w");

	ck_assert_ptr_nonnull(fp);
	ck_assert_uint_eq(fwrite(data, 1, len, fp), len);
	ck_assert_int_eq(fclose(fp), 0);
	free(path);
}

static void write_text(const char *name, const char *text)
{
	write_bytes(name, text, strlen(text));
}

static void write_guest(const char *name, const struct guest *g)
{
	write_bytes(name, g->code, g->n * sizeof(g->code[0]));
}

/* ---- machines ---- */

static struct vm_config *configure(const char *kernel, unsigned int vcpus, const char *serial)
{
	struct cfg_report report = { 0 };
	struct vm_config *cfg = NULL;
	char *path = in_dir("vm.ini");
	char *text = str_fmt("[vm]\nbackend = soft\nmemory = 64M\nvcpus = %u\n"
			     "[boot]\nkernel = %s\nload = 0x200000\n"
			     "[serial]\nchardev = %s\n", vcpus, kernel, serial);

	write_text("vm.ini", text);
	if (cfg_load(path, NULL, 0, &report, &cfg)) {
		cfg_report_print(&report, stderr);
		ck_abort_msg("the configuration is refused");
	}
	free(text);
	free(path);
	return cfg;
}

static struct vm_result run_traced(const struct vm_config *cfg, bool takes_signals,
				   struct trace *trace)
{
	struct cfg_report report = { 0 };
	struct vm_result res;
	struct err err = { 0 };
	struct vm *vm;

	if (vm_create(&vm, cfg, takes_signals, trace, &report, &err)) {
		cfg_report_print(&report, stderr);
		ck_abort_msg("no machine: %s", err.text);
	}
	ck_assert_uint_eq(report.nmistakes, 0);
	res = vm_run(vm, &err);
	vm_destroy(vm);
	return res;
}

static struct vm_result run(const struct vm_config *cfg, bool takes_signals)
{
	return run_traced(cfg, takes_signals, NULL);
}

static unsigned int count_in(const char *path)
{
	DIR *d = opendir(path);
	unsigned int n = 0;

	ck_assert_ptr_nonnull(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void set_up(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void tear_down(void)
{
	DIR *d = opendir(dir);
	struct dirent *de;

	while (d && (de = readdir(d)))
		unlinkat(dirfd(d), de->d_name, 0);
	if (d)
		closedir(d);
	rmdir(dir);
}

START_TEST(poweroff)
{
	struct guest g = { .n = 0 };
	struct vm_config *cfg;

	put_poweroff(&g);
	write_guest("guest", &g);
	cfg = configure("guest", 1, "none");
	ck_assert_int_eq(run(cfg, false).why, VM_STOP_POWEROFF);
	cfg_free(cfg);
}
END_TEST

START_TEST(second_cpu)
{
	struct guest g = { .n = 0 };
	struct vm_config *cfg;

	put_smp(&g);
	write_guest("guest", &g);
	cfg = configure("guest", 2, "none");
	ck_assert_int_eq(run(cfg, false).why, VM_STOP_POWEROFF);
	cfg_free(cfg);
}
END_TEST

/* One after the other in one process: nothing is left of any. */
START_TEST(sequence)
{
	struct guest g = { .n = 0 };
	struct vm_config *cfg;
	unsigned int fds = 0, threads = 0;

	put_smp(&g);
	write_guest("guest", &g);
	cfg = configure("guest", 4, "none");
	for (unsigned int i = 0; i < 6; i++) {
		ck_assert_int_eq(run(cfg, true).why, VM_STOP_POWEROFF);
		if (i == 2) {
			fds = count_in("/proc/self/fd");
			threads = count_in("/proc/self/task");
		}
	}
	ck_assert_uint_eq(count_in("/proc/self/fd"), fds);
	/* A joined thread may be seen there for a moment. */
	for (int i = 0; i < 200 && count_in("/proc/self/task") != threads; i++)
		nanosleep(&(struct timespec){ .tv_nsec = 10 * 1000 * 1000 }, NULL);
	ck_assert_uint_eq(count_in("/proc/self/task"), threads);
	cfg_free(cfg);
}
END_TEST

/* The lines of a file that hold @word, without the times; static. */
static const char *lines_with(const char *path, const char *word)
{
	static char text[65536];
	char line[256];
	FILE *fp = fopen(path, "r");
	size_t len = 0;

	ck_assert_ptr_nonnull(fp);
	text[0] = '\0';
	while (fgets(line, sizeof(line), fp)) {
		if (strstr(line, word) && len < sizeof(text) - sizeof(line))
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s", line + 11);
	}
	fclose(fp);
	return text;
}

/* Devices, lines and both CPUs of a whole machine reach the trace. */
START_TEST(traced)
{
	struct trace_spec spec = { .limit = 0 };
	struct guest g = { .n = 0 };
	char *path = in_dir("trace"), *arg = str_fmt("mmio,irq,insn,exc,csr:%s", path);
	struct vm_config *cfg;
	struct trace *trace;
	struct err err;

	put_store(&g, UART, 'x');
	put_store(&g, UART + 1, 2);		/* IER: an interrupt as THR is empty */
	put_smp(&g);
	write_guest("guest", &g);
	cfg = configure("guest", 2, "none");
	ck_assert_int_eq(trace_spec_add(&spec, arg, &err), 0);
	ck_assert_int_eq(trace_create(&trace, &spec, 2, &err), 0);
	ck_assert_int_eq(run_traced(cfg, false, trace).why, VM_STOP_POWEROFF);
	/* Everything is in the file before the trace is destroyed. */
	ck_assert_str_eq(lines_with(path, "mmio "),
			 "cpu0  0000000000200018 mmio  write 1 0x1fe001e0 0x78 serial+0\n"
			 "cpu0  0000000000200034 mmio  write 1 0x1fe001e1 0x2 serial+0x1\n"
			 "cpu1  0000000000200218 mmio  write 1 0x100e001c 0x34 ged+0\n");
	ck_assert_str_eq(lines_with(path, " pin "), "-     -                irq   pin 2 = 1 serial\n");
	ck_assert_ptr_nonnull(strstr(lines_with(path, "iocsr"),
				     " iocsr write 8 0x1048 0x20020080010000 ipi+0x48\n"));
	ck_assert_ptr_nonnull(strstr(lines_with(path, "insn "),
				     "cpu1  0000000000200200 insn  "));
	ck_assert_ptr_nonnull(strstr(lines_with(path, "insn "),
				     "cpu0  0000000000200018 insn  2900018d  st.b        \t$t1, $t0, 0\n"));
	trace_destroy(trace);
	cfg_free(cfg);
	free(path);
	free(arg);
}
END_TEST

static void *run_thread(void *arg)
{
	ck_assert_int_eq(run(arg, false).why, VM_STOP_POWEROFF);
	return NULL;
}

/* Side by side, each on a thread that is its main thread. */
START_TEST(two_at_once)
{
	struct guest g = { .n = 0 };
	struct vm_config *cfg;
	pthread_t threads[2];

	put_spin(&g, 500);
	put_poweroff(&g);
	write_guest("guest", &g);
	cfg = configure("guest", 2, "none");
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, run_thread, cfg), 0);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	cfg_free(cfg);
}
END_TEST

struct killer {
	const char *log;
	off_t want;			/* bytes in the log before the signal */
	int signum;
};

static void *kill_later(void *arg)
{
	const struct killer *k = arg;
	struct stat st = { .st_size = 0 };

	while (k->want && (stat(k->log, &st) || st.st_size < k->want))
		nanosleep(&(struct timespec){ .tv_nsec = 1000 * 1000 }, NULL);
	kill(getpid(), k->signum);
	return NULL;
}

/* Only the loop's thread may take the signal: the killer has it blocked. */
static struct vm_result run_and_kill(const struct vm_config *cfg, const struct killer *k)
{
	struct vm_result res;
	sigset_t all, old;
	pthread_t thread;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	ck_assert_int_eq(pthread_create(&thread, NULL, kill_later, (void *)k), 0);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	res = run(cfg, true);
	pthread_join(thread, NULL);
	return res;
}

/*
 * A guest that does nothing but reboot: RAM is zero each time, the serial port works each
 * time, and a signal is not lost in between.  _i: the number of vCPUs less one.
 */
START_TEST(reboots)
{
	struct guest g = { .n = 0 };
	struct vm_config *cfg;
	struct vm_result res;
	char *log = in_dir("log"), *serial = str_fmt("file:%s", log);
	const struct killer k = { log, 20, SIGTERM };

	put_reboot_for_ever(&g);
	write_guest("guest", &g);
	cfg = configure("guest", (unsigned int)_i + 1, serial);
	res = run_and_kill(cfg, &k);
	ck_assert_int_eq(res.why, VM_STOP_SIGNAL);
	ck_assert_int_eq(res.signum, SIGTERM);
	cfg_free(cfg);
	free(serial);
	free(log);
}
END_TEST

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

START_TEST(signal_ends)
{
	struct guest g = { .n = 0 };
	struct vm_config *cfg;
	struct vm_result res;
	char *log = in_dir("log"), *serial = str_fmt("file:%s", log);
	const struct killer k = { log, 1, signals[_i] };

	put_store(&g, UART, 'x');
	put_idle(&g);
	write_guest("guest", &g);
	cfg = configure("guest", 2, serial);
	res = run_and_kill(cfg, &k);
	ck_assert_int_eq(res.why, VM_STOP_SIGNAL);
	ck_assert_int_eq(res.signum, signals[_i]);
	cfg_free(cfg);
	free(serial);
	free(log);
}
END_TEST

/* The kernel is gone when the guest wants it again: the host's fault, in words. */
START_TEST(reboot_without_kernel)
{
	struct guest g = { .n = 0 };
	struct cfg_report report = { 0 };
	struct vm_config *cfg;
	struct vm_result res;
	struct err err = { 0 };
	struct vm *vm;
	char *path = in_dir("guest");

	put_store(&g, GED_REGS_BASE + 2, 0x42);
	put_idle(&g);
	write_guest("guest", &g);
	cfg = configure("guest", 1, "none");
	ck_assert_int_eq(vm_create(&vm, cfg, false, NULL, &report, &err), 0);
	unlink(path);
	res = vm_run(vm, &err);
	vm_destroy(vm);
	ck_assert_int_eq(res.why, VM_STOP_HOST_ERROR);
	ck_assert_msg(strstr(err.text, path) != NULL, "%s", err.text);
	cfg_free(cfg);
	free(path);
}
END_TEST

/* ---- before anything starts ---- */

static char *told(const struct cfg_report *report)
{
	char *text;
	size_t len;
	FILE *fp = open_memstream(&text, &len);

	cfg_report_print(report, fp);
	fclose(fp);
	return text;
}

START_TEST(mistakes_have_a_place)
{
	struct cfg_report report = { 0 };
	struct vm_config *cfg = NULL;
	char *path = in_dir("bad.ini"), *text;
	struct err err;
	struct vm *vm;

	write_text("kernel", "no kernel at all\n");
	write_text("tree", "no tree\n");
	write_text("odd.img", "odd");
	write_text("bad.ini", "[boot]\nkernel = kernel\ndtb = tree\n[serial]\nchardev = none\n"
		   "[disk a]\npath = odd.img\n");
	ck_assert_int_eq(cfg_load(path, NULL, 0, &report, &cfg), 0);
	ck_assert_int_eq(vm_create(&vm, cfg, false, NULL, &report, &err), -EINVAL);
	ck_assert_uint_eq(report.nmistakes, 1);		/* the disk */
	vm_check(cfg, &report);
	text = told(&report);
	ck_assert_msg(report.nmistakes == 3, "%s", text);
	ck_assert_ptr_nonnull(strstr(text, "bad.ini:2: [boot] kernel: "));
	ck_assert_ptr_nonnull(strstr(text, "bad.ini:3: [boot] dtb: "));
	ck_assert_ptr_nonnull(strstr(text, "bad.ini:7: [disk a] path: "));
	vm_check(cfg, &report);				/* and only once */
	ck_assert_uint_eq(report.nmistakes, 3);
	free(text);
	cfg_report_fini(&report);
	cfg_free(cfg);
	free(path);
}
END_TEST

/* --lvz-lint without LVZ is a mistake, with its place; with it the guest runs. */
START_TEST(lint_wants_lvz)
{
	static const char *const lvz[] = { "cpu.lvz=on" };
	struct trace_spec spec = { .lint = "/dev/null" };
	struct guest g = { .n = 0 };
	struct cfg_report report = { 0 };
	struct vm_config *cfg;
	char *path = in_dir("vm.ini"), *text;
	struct trace *trace;
	struct err err;
	struct vm *vm;

	put_poweroff(&g);
	write_guest("guest", &g);
	cfg = configure("guest", 1, "none");
	ck_assert_int_eq(trace_create(&trace, &spec, 1, &err), 0);
	ck_assert_int_eq(vm_create(&vm, cfg, false, trace, &report, &err), -EINVAL);
	text = told(&report);
	ck_assert_uint_eq(report.nmistakes, 1);
	ck_assert_ptr_nonnull(strstr(text, "[cpu] lvz: --lvz-lint wants a CPU with LVZ: lvz = on"));
	free(text);
	cfg_report_fini(&report);
	cfg_free(cfg);
	report = (struct cfg_report){ 0 };
	ck_assert_int_eq(cfg_load(path, lvz, 1, &report, &cfg), 0);
	ck_assert_int_eq(run_traced(cfg, false, trace).why, VM_STOP_POWEROFF);
	ck_assert_uint_eq(trace_end_lint(trace), 0);
	trace_destroy(trace);
	cfg_report_fini(&report);
	cfg_free(cfg);
	free(path);
}
END_TEST

START_TEST(engine_that_is_not_here)
{
	static const char *const kvm[] = { "vm.backend=kvm" };
	struct guest g = { .n = 0 };
	struct cfg_report report = { 0 };
	struct vm_config *cfg;
	char *path = in_dir("vm.ini"), *text;
	struct err err;
	struct vm *vm;

	put_poweroff(&g);
	write_guest("guest", &g);
	cfg_free(configure("guest", 1, "none"));
	ck_assert_int_eq(cfg_load(path, kvm, 1, &report, &cfg), 0);
	ck_assert_int_eq(vm_create(&vm, cfg, false, NULL, &report, &err), -EINVAL);
	vm_check(cfg, &report);
	text = told(&report);
	ck_assert_uint_eq(report.nmistakes, 1);
	ck_assert_ptr_nonnull(strstr(text, "--set vm.backend=kvm: 'kvm' cannot be used here: "));
	free(text);
	cfg_report_fini(&report);
	cfg_free(cfg);
	free(path);
}
END_TEST

/* --lvz-stress without LVZ is refused; with it the guest runs as ever. */
START_TEST(stress)
{
	static const char *const lvz[] = { "cpu.lvz=on" };
	struct guest g = { .n = 0 };
	struct cfg_report report = { 0 };
	struct vm_config *cfg;
	char *path = in_dir("vm.ini"), *text;
	struct err err;
	struct vm *vm;

	put_spin(&g, 16);
	put_poweroff(&g);
	write_guest("guest", &g);
	cfg = configure("guest", 1, "none");
	cfg->stress = (struct cfg_stress){ CFG_STRESS_LEVELS, 1 };
	ck_assert_int_eq(vm_create(&vm, cfg, false, NULL, &report, &err), -EINVAL);
	vm_check(cfg, &report);
	text = told(&report);
	ck_assert_uint_eq(report.nmistakes, 1);
	ck_assert_ptr_nonnull(strstr(text, "[cpu] lvz: --lvz-stress wants 'on'"));
	free(text);
	cfg_free(cfg);
	cfg_report_fini(&report);
	report = (struct cfg_report){ 0 };
	ck_assert_int_eq(cfg_load(path, lvz, 1, &report, &cfg), 0);
	cfg->stress = (struct cfg_stress){ CFG_STRESS_LEVELS, 1 };
	ck_assert_int_eq(run(cfg, false).why, VM_STOP_POWEROFF);
	cfg_report_fini(&report);
	cfg_free(cfg);
	free(path);
}
END_TEST

/* A tree is written, and neither a socket nor a log file is made. */
START_TEST(dump_dtb)
{
	struct guest g = { .n = 0 };
	struct cfg_report report = { 0 };
	struct vm_config *cfg;
	char *tree = in_dir("dtb"), *log = in_dir("log"), *serial = str_fmt("file:%s", log);
	uint8_t magic[4];
	struct err err;
	FILE *fp;

	put_poweroff(&g);
	write_guest("guest", &g);
	cfg = configure("guest", 2, serial);
	ck_assert_msg(!vm_dump_dtb(cfg, tree, &report, &err), "%s", err.text);
	fp = fopen(tree, "r");
	ck_assert_ptr_nonnull(fp);
	ck_assert_uint_eq(fread(magic, 1, sizeof(magic), fp), sizeof(magic));
	fclose(fp);
	ck_assert_mem_eq(magic, "\xd0\x0d\xfe\xed", 4);
	ck_assert_int_ne(access(log, F_OK), 0);
	ck_assert_int_lt(vm_dump_dtb(cfg, dir, &report, &err), 0);
	ck_assert_ptr_nonnull(strstr(err.text, dir));
	cfg_free(cfg);
	free(serial);
	free(log);
	free(tree);
}
END_TEST

START_TEST(destroy_nothing)
{
	vm_destroy(NULL);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("vm");
	TCase *tc = tcase_create("vm");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, poweroff);
	tcase_add_test(tc, second_cpu);
	tcase_add_test(tc, sequence);
	tcase_add_test(tc, traced);
	tcase_add_test(tc, lint_wants_lvz);
	tcase_add_test(tc, two_at_once);
	tcase_add_loop_test(tc, reboots, 0, 4);
	tcase_add_loop_test(tc, signal_ends, 0, ARRAY_SIZE(signals));
	tcase_add_test(tc, reboot_without_kernel);
	tcase_add_test(tc, mistakes_have_a_place);
	tcase_add_test(tc, engine_that_is_not_here);
	tcase_add_test(tc, stress);
	tcase_add_test(tc, dump_dtb);
	tcase_add_test(tc, destroy_nothing);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
