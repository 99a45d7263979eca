/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_cfg - what a loaded configuration holds, how reports behave, and that examples and
 * manual page agree with the key table.  Messages are the matter of tests/config.
 */
#include <check.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/cfg.h"
#include "util/bits.h"
#include "util/str.h"

static struct cfg_report report;
static struct vm_config *cfg;
static char dir[] = "/tmp/test_cfg.XXXXXX";	/* made anew by each test */
static char *home;

static void setup(void)
{
	memset(&report, 0, sizeof(report));
	cfg = NULL;
	home = getcwd(NULL, 0);
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chdir(dir), 0);
}

static void teardown(void)
{
	static const char *const files[] = { "a.ini", "k", "fifo", "c.txt", "sub/a.ini", "sub" };

	cfg_free(cfg);
	cfg_report_fini(&report);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		remove(files[i]);
	ck_assert_int_eq(chdir(home), 0);
	free(home);
	rmdir(dir);
}

static void write_bytes(const char *path, const void *bytes, size_t len)
{
	FILE *fp = fopen(path, "w");

	ck_assert_ptr_nonnull(fp);
	ck_assert_uint_eq(fwrite(bytes, 1, len, fp), len);
	fclose(fp);
}

static int load(const char *text)
{
	write_bytes("a.ini", text, strlen(text));
	return cfg_load("a.ini", NULL, 0, &report, &cfg);
}

START_TEST(cfg_defaults)
{
	ck_assert_int_eq(load("[boot]\nkernel = k\n[disk d]\npath = p\n"), 0);
	ck_assert_uint_eq(report.nmistakes, 0);
	ck_assert_str_eq(cfg->file, "a.ini");
	ck_assert_str_eq(cfg->vm.name, "a");
	ck_assert_int_eq(cfg->vm.backend, CFG_BACKEND_AUTO);
	ck_assert_uint_eq(cfg->vm.memory_bytes, UINT64_C(512) << 20);
	ck_assert_uint_eq(cfg->vm.vcpus, 1);
	ck_assert_int_eq(cfg->vm.irqchip, CFG_IRQCHIP_USER);
	ck_assert_int_eq(cfg->cpu.model, CFG_CPU_MAX);
	ck_assert_int_eq(cfg->cpu.ptw, CFG_SWITCH_MODEL);
	ck_assert_str_eq(cfg->boot.kernel, "k");
	ck_assert_ptr_null(cfg->boot.initrd);
	ck_assert_ptr_null(cfg->boot.dtb);
	ck_assert_str_eq(cfg->boot.cmdline, "");
	ck_assert(!cfg->boot.has_load && !cfg->boot.has_entry);
	ck_assert(!cfg->console.is_present);
	ck_assert_int_eq(cfg->serial.chardev.kind, CFG_CHARDEV_STDIO);
	ck_assert_str_eq(cfg->serial.chardev.spec, "stdio");
	ck_assert_uint_eq(cfg->ndisks, 1);
	ck_assert_str_eq(cfg->disks[0].serial, "d");
	ck_assert(!cfg->disks[0].is_readonly && cfg->disks[0].has_discard);
}
END_TEST

START_TEST(cfg_everything)
{
	write_bytes("c.txt", "# no\n\n quiet \nloglevel=7\n", 24);
	ck_assert_int_eq(load("[vm]\nname = web-1\nbackend = soft\nmemory = 1G\nvcpus = 64\n"
			      "irqchip = kernel\n"
			      "[cpu]\nmodel = la464\nlsx = on\nlasx = off\nptw = yes\nv11 = 0\n"
			      "[boot]\nkernel = /k\ninitrd = i\ndtb = d\nload = 0x200000\nentry = 8\n"
			      "cmdline = console=ttyS0 a=b;c ; a comment\ncmdline_file = c.txt\n"
			      "cmdline = ro\n"
			      "[console]\nchardev = pty\n[serial]\nchardev = none\n"
			      "[disk one]\npath = p\nreadonly = on\nserial = S 1\ndiscard = off\n"
			      "[disk a-name-of-more-than-twenty]\npath = q\n"), 0);
	ck_assert_str_eq(cfg->vm.name, "web-1");
	ck_assert_int_eq(cfg->vm.backend, CFG_BACKEND_SOFT);
	ck_assert_uint_eq(cfg->vm.memory_bytes, UINT64_C(1) << 30);
	ck_assert_uint_eq(cfg->vm.vcpus, 64);
	ck_assert_int_eq(cfg->vm.irqchip, CFG_IRQCHIP_KERNEL);
	ck_assert_int_eq(cfg->cpu.model, CFG_CPU_LA464);
	ck_assert_int_eq(cfg->cpu.lsx, CFG_SWITCH_ON);
	ck_assert_int_eq(cfg->cpu.lasx, CFG_SWITCH_OFF);
	ck_assert_int_eq(cfg->cpu.ptw, CFG_SWITCH_ON);
	ck_assert_int_eq(cfg->cpu.v11, CFG_SWITCH_OFF);
	ck_assert_str_eq(cfg->boot.kernel, "/k");
	ck_assert_str_eq(cfg->boot.initrd, "i");
	ck_assert_str_eq(cfg->boot.dtb, "d");
	ck_assert(cfg->boot.has_load && cfg->boot.has_entry);
	ck_assert_uint_eq(cfg->boot.load, 0x200000);
	ck_assert_uint_eq(cfg->boot.entry, 8);
	ck_assert_str_eq(cfg->boot.cmdline, "console=ttyS0 a=b;c quiet loglevel=7 ro");
	ck_assert(cfg->console.is_present);
	ck_assert_int_eq(cfg->console.chardev.kind, CFG_CHARDEV_PTY);
	ck_assert_ptr_null(cfg->console.chardev.path);
	ck_assert_int_eq(cfg->serial.chardev.kind, CFG_CHARDEV_NONE);
	ck_assert_uint_eq(cfg->ndisks, 2);
	ck_assert_str_eq(cfg->disks[0].section, "disk one");
	ck_assert_str_eq(cfg->disks[0].name, "one");
	ck_assert_str_eq(cfg->disks[0].path, "p");
	ck_assert_str_eq(cfg->disks[0].serial, "S 1");
	ck_assert(cfg->disks[0].is_readonly && !cfg->disks[0].has_discard);
	ck_assert_str_eq(cfg->disks[1].serial, "a-name-of-more-than-");
}
END_TEST

START_TEST(cfg_relative_paths)
{
	static const char text[] = "[boot]\nkernel = k\ninitrd = /i\n[serial]\nchardev = unix:s\n"
				   "[console]\nchardev = file:/c\n[disk d]\npath = ../p\n";
	static const char *const sets[] = { "disk d.path=here" };

	ck_assert_int_eq(mkdir("sub", 0755), 0);
	write_bytes("sub/a.ini", text, strlen(text));
	ck_assert_int_eq(cfg_load("sub/a.ini", NULL, 0, &report, &cfg), 0);
	ck_assert_str_eq(cfg->boot.kernel, "sub/k");
	ck_assert_str_eq(cfg->boot.initrd, "/i");
	ck_assert_int_eq(cfg->serial.chardev.kind, CFG_CHARDEV_UNIX);
	ck_assert_str_eq(cfg->serial.chardev.spec, "unix:sub/s");
	ck_assert_str_eq(cfg->serial.chardev.path, "sub/s");
	ck_assert_str_eq(cfg->console.chardev.spec, "file:/c");
	ck_assert_str_eq(cfg->disks[0].path, "sub/../p");
	cfg_free(cfg);
	ck_assert_int_eq(cfg_load("sub/a.ini", sets, 1, &report, &cfg), 0);
	ck_assert_str_eq(cfg->disks[0].path, "here");
}
END_TEST

START_TEST(cfg_overrides)
{
	static const char *const sets[] = {
		"vm.memory=1G", "vm.vcpus=2", "vm.vcpus=3", "boot.cmdline=first",
		"boot.cmdline=second", "console.chardev=none", "disk new.1.path=n", "vm.name=x",
	};
	static const char text[] = "[vm]\nmemory = 64M\n[boot]\nkernel = k\ncmdline = old\n"
				   "cmdline = older\n";

	write_bytes("a.ini", text, strlen(text));
	ck_assert_int_eq(cfg_load("a.ini", sets, ARRAY_SIZE(sets), &report, &cfg), 0);
	ck_assert_uint_eq(cfg->vm.memory_bytes, UINT64_C(1) << 30);
	ck_assert_uint_eq(cfg->vm.vcpus, 3);
	ck_assert_str_eq(cfg->boot.cmdline, "first second");
	ck_assert(cfg->console.is_present);
	ck_assert_str_eq(cfg->disks[0].name, "new.1");
	ck_assert_str_eq(cfg->disks[0].path, "n");
	ck_assert_str_eq(cfg->vm.name, "x");
}
END_TEST

START_TEST(cfg_cpu_features)
{
	static const struct {
		struct cfg_cpu cpu;
		bool has[5];		/* lsx, lasx, ptw, v11, pmu */
	} rows[] = {
		{ { .model = CFG_CPU_MAX }, { true, true, true, true } },
		{ { .model = CFG_CPU_MAX, .pmu = CFG_SWITCH_ON }, { true, true, true, true, true } },
		{ { .model = CFG_CPU_LA464, .pmu = CFG_SWITCH_ON },
		  { true, true, false, false, true } },
		{ { .model = CFG_CPU_LA464 }, { true, true, false, false } },
		{ { .model = CFG_CPU_MAX, .lsx = CFG_SWITCH_OFF }, { false, false, true, true } },
		{ { .model = CFG_CPU_MAX, .lasx = CFG_SWITCH_OFF }, { true, false, true, true } },
		{ { .model = CFG_CPU_LA464, .ptw = CFG_SWITCH_ON }, { true, true, true, false } },
		{ { .model = CFG_CPU_LA464, .v11 = CFG_SWITCH_ON }, { true, true, false, true } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (unsigned int f = CFG_CPU_LSX; f <= CFG_CPU_PMU; f++)
			ck_assert_int_eq(cfg_cpu_has(&rows[i].cpu, (enum cfg_cpu_feature)f),
					 rows[i].has[f]);
	}
	ck_assert_str_eq(cfg_backend_name(CFG_BACKEND_AUTO), "auto");
	ck_assert_str_eq(cfg_backend_name(CFG_BACKEND_SOFT), "soft");
}
END_TEST

/* All the report says, in one string that the caller frees. */
static char *report_text(void)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	cfg_report_print(&report, out);
	fclose(out);
	return text;
}

START_TEST(cfg_later_checks)
{
	static const char *const sets[] = { "boot.initrd=i" };
	static const char text[] = "[boot]\nkernel = k\n\n[disk d]\npath = p\n";
	struct cfg_loc loc;
	char *got;

	write_bytes("a.ini", text, strlen(text));
	ck_assert_int_eq(cfg_load("a.ini", sets, 1, &report, &cfg), 0);
	loc = cfg_loc(cfg, "boot", "initrd");
	ck_assert_int_eq(cfg_report_add(&report, &loc, "'%s' is too large", "i"), -EINVAL);
	loc = cfg_loc(cfg, "disk d", "path");
	cfg_report_add(&report, &loc, "in use");
	loc = cfg_loc(cfg, "cpu", "lsx");
	cfg_report_add(&report, &loc, "no such CPU");
	loc = cfg_loc(cfg, "disk d", "serial");
	cfg_report_add(&report, &loc, "not set, so the section");
	loc = cfg_loc(cfg, "boot", "kernel");
	cfg_report_add(&report, &loc, "an x86-64 image");
	got = report_text();
	ck_assert_str_eq(got, "a.ini:2: [boot] kernel: an x86-64 image\n"
			      "a.ini:4: [disk d] serial: not set, so the section\n"
			      "a.ini:5: [disk d] path: in use\n"
			      "a.ini: [cpu] lsx: no such CPU\n"
			      "--set boot.initrd=i: 'i' is too large\n");
	free(got);
}
END_TEST

START_TEST(cfg_report_is_bounded)
{
	struct cfg_loc loc = { .where = "f" };
	char *got;

	for (unsigned int i = 0; i < CFG_REPORT_MAX + 5; i++) {
		loc.line = i + 1;
		cfg_report_add(&report, &loc, "x");
	}
	ck_assert_uint_eq(report.nmistakes, CFG_REPORT_MAX + 5);
	got = report_text();
	ck_assert_ptr_nonnull(strstr(got, "f:100: x\n... and 5 more\n"));
	free(got);
}
END_TEST

START_TEST(cfg_partial_result)
{
	ck_assert_int_eq(load("[vm]\nvcpus = 0\nmemory = 1G\n[disk d]\n"), -EINVAL);
	ck_assert_ptr_nonnull(cfg);
	ck_assert_uint_eq(report.nmistakes, 3);
	ck_assert_uint_eq(cfg->vm.memory_bytes, UINT64_C(1) << 30);
	ck_assert_uint_eq(cfg->vm.vcpus, 1);
	ck_assert_ptr_null(cfg->boot.kernel);
	ck_assert_ptr_null(cfg->disks[0].path);
	ck_assert_int_eq(cfg_check_files(cfg, &report), 0);
}
END_TEST

static void expect_unreadable(const char *path, const char *why)
{
	char *want = str_fmt("%s: %s\n", path, why), *got;

	ck_assert_int_eq(cfg_load(path, NULL, 0, &report, &cfg), -EINVAL);
	ck_assert_ptr_null(cfg);
	got = report_text();
	ck_assert_str_eq(got, want);
	free(got);
	free(want);
	cfg_report_fini(&report);
}

START_TEST(cfg_no_config_file)
{
	char *large = malloc((1 << 20) + 1);

	expect_unreadable("none.ini", "cannot be opened: No such file or directory");
	expect_unreadable(".", "cannot be read: Is a directory");
	write_bytes("a.ini", "[vm]\0\n", 6);
	expect_unreadable("a.ini", "this is not a configuration file");
	memset(large, '\n', (1 << 20) + 1);
	write_bytes("a.ini", large, (1 << 20) + 1);
	expect_unreadable("a.ini", "this is not a configuration file");
	free(large);
}
END_TEST

START_TEST(cfg_odd_files)
{
	char *got;

	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	write_bytes("c.txt", "a\0b", 3);
	ck_assert_int_eq(load("[boot]\nkernel = fifo\ncmdline_file = fifo\ncmdline_file = c.txt\n"
			      "[disk d]\npath = fifo\n"), -EINVAL);
	ck_assert_int_eq(cfg_check_files(cfg, &report), -EINVAL);
	got = report_text();
	ck_assert_str_eq(got, "a.ini:2: [boot] kernel: 'fifo' is a pipe (want a LoongArch kernel image)\n"
			      "a.ini:3: [boot] cmdline_file: 'fifo' is not a regular file\n"
			      "a.ini:4: [boot] cmdline_file: 'c.txt' is not a text file\n"
			      "a.ini:6: [disk d] path: 'fifo' is a pipe (want a raw disk image)\n");
	free(got);
}
END_TEST

START_TEST(cfg_permissions)
{
	char *got;

	if (!geteuid()) {
		/* root may read and write everything */
		ck_assert_int_eq(chown(".", 65534, (gid_t)-1), 0);
		ck_assert_int_eq(seteuid(65534), 0);
	}
	write_bytes("k", "x", 1);
	ck_assert_int_eq(load("[boot]\nkernel = k\n[disk d]\npath = k\n"), 0);
	ck_assert_int_eq(chmod("k", 0400), 0);
	ck_assert_int_eq(cfg_check_files(cfg, &report), -EINVAL);
	ck_assert_int_eq(chmod("k", 0000), 0);
	ck_assert_int_eq(cfg_check_files(cfg, &report), -EINVAL);
	got = report_text();
	ck_assert_str_eq(got, "a.ini:2: [boot] kernel: 'k' cannot be read: Permission denied\n"
			      "a.ini:4: [disk d] path: 'k' cannot be written: Permission denied "
			      "(or want readonly = on)\n"
			      "a.ini:4: [disk d] path: 'k' cannot be read: Permission denied\n");
	free(got);
	if (!getuid())
		ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

/* ---- examples and manual page ---- */

static char *from_srcdir(const char *path)
{
	const char *srcdir = getenv("srcdir");
	char *top = str_path_join(home, srcdir ? srcdir : ".");
	char *full = str_path_join(top, path);

	free(top);
	return full;
}

START_TEST(cfg_examples_load)
{
	char *pattern = from_srcdir("config/*.ini");
	glob_t found;

	ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
	ck_assert_uint_ge(found.gl_pathc, 3);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		int ret = cfg_load(found.gl_pathv[i], NULL, 0, &report, &cfg);

		if (ret)
			cfg_report_print(&report, stderr);
		ck_assert_msg(!ret, "%s does not load", found.gl_pathv[i]);
		cfg_free(cfg);
		cfg = NULL;
	}
	globfree(&found);
	free(pattern);
}
END_TEST

/* The key table's index of @key in @section. */
static size_t index_of(const char *section, const char *key)
{
	for (size_t i = 0; i < cfg_key_count(); i++) {
		struct cfg_key_info info = cfg_key_info(i);

		if (!strcmp(info.section, section) && !strcmp(info.key, key))
			return i;
	}
	ck_abort_msg("manual: [%s] has no key %s", section, key);
	return 0;
}

/*
 * A key stands as ".It Ic KEY = Ar VALUE" below ".Ss [SECTION]", and the first line of its
 * text is "Default: DEFAULT." or "Required.".
 */
START_TEST(cfg_manual_has_all_keys)
{
	char *path = from_srcdir("man/lvz-vmm.conf.5");
	FILE *fp = fopen(path, "r");
	char line[256], section[64] = "", key[64];
	bool *is_found = calloc(cfg_key_count(), sizeof(*is_found));

	ck_assert_msg(fp != NULL, "%s is missing", path);
	while (fgets(line, sizeof(line), fp)) {
		char *def;
		size_t i;

		if (sscanf(line, ".Ss [%63[^]]]", section) == 1)
			continue;
		if (sscanf(line, ".It Ic %63s =", key) != 1)
			continue;
		i = index_of(section, key);
		ck_assert_msg(!is_found[i], "manual: [%s] %s twice", section, key);
		is_found[i] = true;
		ck_assert_ptr_nonnull(fgets(line, sizeof(line), fp));
		def = cfg_key_info(i).def ? str_fmt("Default: %s.\n", cfg_key_info(i).def) :
					    str_fmt("Required.\n");
		ck_assert_str_eq(line, def);
		free(def);
	}
	fclose(fp);
	for (size_t i = 0; i < cfg_key_count(); i++)
		ck_assert_msg(is_found[i], "manual lacks [%s] %s", cfg_key_info(i).section,
			      cfg_key_info(i).key);
	free(is_found);
	free(path);
}
END_TEST

START_TEST(cfg_key_table)
{
	for (size_t i = 0; i < cfg_key_count(); i++) {
		struct cfg_key_info info = cfg_key_info(i);

		ck_assert(info.section && info.key && info.type && info.help);
		ck_assert_int_eq(info.help[strlen(info.help) - 1], '.');
		for (size_t j = 0; j < i; j++)
			ck_assert(strcmp(cfg_key_info(j).section, info.section) ||
				  strcmp(cfg_key_info(j).key, info.key));
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("cfg");
	TCase *tc = tcase_create("cfg");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, cfg_defaults);
	tcase_add_test(tc, cfg_everything);
	tcase_add_test(tc, cfg_relative_paths);
	tcase_add_test(tc, cfg_overrides);
	tcase_add_test(tc, cfg_cpu_features);
	tcase_add_test(tc, cfg_later_checks);
	tcase_add_test(tc, cfg_report_is_bounded);
	tcase_add_test(tc, cfg_partial_result);
	tcase_add_test(tc, cfg_no_config_file);
	tcase_add_test(tc, cfg_odd_files);
	tcase_add_test(tc, cfg_permissions);
	tcase_add_test(tc, cfg_examples_load);
	tcase_add_test(tc, cfg_manual_has_all_keys);
	tcase_add_test(tc, cfg_key_table);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
