/* SPDX-License-Identifier: Apache-2.0 */
/* test_cli - the command line. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "util/bits.h"

#define MAX_ARGS 16

static struct cli_options o;
static struct err err;
static char *args[MAX_ARGS];

/* Parses "lvz-vmm @line", split at blanks. */
static int parse(const char *line)
{
	static char text[512];
	int argc = 1;

	memset(&err, 0, sizeof(err));
	snprintf(text, sizeof(text), "%s", line);
	memset(args, 0, sizeof(args));
	args[0] = (char *)"lvz-vmm";
	for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) {
		ck_assert_int_lt(argc, MAX_ARGS - 1);
		args[argc++] = word;
	}
	return cli_parse(argc, args, &o, &err);
}

static void teardown(void)
{
	cli_fini(&o);
}

START_TEST(cli_run)
{
	ck_assert_int_eq(parse("--config guest.ini"), 0);
	ck_assert_int_eq(o.command, CLI_RUN);
	ck_assert_str_eq(o.config, "guest.ini");
	ck_assert_uint_eq(o.noverrides, 0);
	ck_assert_ptr_null(o.log);
	ck_assert_ptr_null(o.dump_dtb);
}
END_TEST

START_TEST(cli_stress)
{
	ck_assert_int_eq(parse("--config a"), 0);
	ck_assert_uint_eq(o.stress.level, 0);
	cli_fini(&o);
	ck_assert_int_eq(parse("--config a --lvz-stress 3,0x1234567890"), 0);
	ck_assert_int_eq(o.command, CLI_RUN);
	ck_assert_uint_eq(o.stress.level, 3);
	ck_assert_uint_eq(o.stress.seed, 0x1234567890);
}
END_TEST

START_TEST(cli_everything)
{
	ck_assert_int_eq(parse("--set vm.memory=1G --backend soft --config=g.ini --log debug "
			       "--dump-dtb x.dtb --set vm.vcpus=2"), 0);
	ck_assert_int_eq(o.command, CLI_DUMP_DTB);
	ck_assert_str_eq(o.config, "g.ini");
	ck_assert_str_eq(o.log, "debug");
	ck_assert_str_eq(o.dump_dtb, "x.dtb");
	ck_assert_uint_eq(o.noverrides, 3);
	ck_assert_str_eq(o.overrides[0], "vm.memory=1G");
	ck_assert_str_eq(o.overrides[1], "vm.backend=soft");
	ck_assert_str_eq(o.overrides[2], "vm.vcpus=2");
}
END_TEST

START_TEST(cli_trace)
{
	ck_assert_int_eq(parse("--config a"), 0);
	ck_assert(!trace_spec_is_on(&o.trace));
	cli_fini(&o);
	ck_assert_int_eq(parse("--config a --trace exc,irq --trace insn+regs:x --trace-pc 10-20 "
			       "--trace-pc 40 --trace-vcpu 0-1 --trace-limit 99"), 0);
	ck_assert_int_eq(o.command, CLI_RUN);
	ck_assert_str_eq(o.trace.files[TRACE_EXC], "-");
	ck_assert_str_eq(o.trace.files[TRACE_IRQ], "-");
	ck_assert_str_eq(o.trace.files[TRACE_INSN], "x");
	ck_assert_ptr_null(o.trace.files[TRACE_MMIO]);
	ck_assert(o.trace.has_regs);
	ck_assert_uint_eq(o.trace.nranges, 2);
	ck_assert_uint_eq(o.trace.vcpus, 3);
	ck_assert_uint_eq(o.trace.limit, 99);
	cli_fini(&o);
	/* Checking what would be run is one word more, not another command line. */
	ck_assert_int_eq(parse("--config a --trace exc:x --check"), 0);
	ck_assert_int_eq(o.command, CLI_CHECK);
}
END_TEST

START_TEST(cli_lint)
{
	ck_assert_int_eq(parse("--config a"), 0);
	ck_assert_ptr_null(o.trace.lint);
	cli_fini(&o);
	ck_assert_int_eq(parse("--config a --lvz-lint"), 0);
	ck_assert_int_eq(o.command, CLI_RUN);
	ck_assert_str_eq(o.trace.lint, "-");
	ck_assert(trace_spec_is_on(&o.trace));
	cli_fini(&o);
	ck_assert_int_eq(parse("--config a --lvz-lint=x"), 0);
	ck_assert_str_eq(o.trace.lint, "x");
}
END_TEST

static const struct {
	const char *line;
	enum cli_command command;
	bool is_json;
} commands[] = {
	{ "--config a --check", CLI_CHECK, false },
	{ "--check --config a", CLI_CHECK, false },
	{ "--config a --dump-dtb b", CLI_DUMP_DTB, false },
	{ "probe", CLI_PROBE, false },
	{ "probe --json", CLI_PROBE, true },
	{ "--json probe", CLI_PROBE, true },
	{ "--log debug probe", CLI_PROBE, false },
	{ "--version", CLI_VERSION, false },
	{ "--help", CLI_HELP, false },
	{ "-h", CLI_HELP, false },
	{ "--help --config a --version probe x", CLI_HELP, false },
};

START_TEST(cli_commands)
{
	ck_assert_int_eq(parse(commands[_i].line), 0);
	ck_assert_int_eq(o.command, commands[_i].command);
	ck_assert_int_eq(o.is_json, commands[_i].is_json);
}
END_TEST

static const struct {
	const char *line;
	const char *says;
} mistakes[] = {
	{ "", "which machine? want --config FILE (try lvz-vmm --help)" },
	{ "--check", "which machine? want --config FILE (try lvz-vmm --help)" },
	{ "--config", "--config wants a value (try lvz-vmm --help)" },
	{ "--confgi a", "unknown option '--confgi' (try lvz-vmm --help)" },
	{ "--config a -x", "unknown option '-x' (try lvz-vmm --help)" },
	{ "--check=yes --config a", "'--check=yes': this option takes no value (try lvz-vmm --help)" },
	{ "--config a --config b", "--config is given twice (try lvz-vmm --help)" },
	{ "--config a --dump-dtb b --dump-dtb c", "--dump-dtb is given twice (try lvz-vmm --help)" },
	{ "--config a --check --dump-dtb b",
	  "--check and --dump-dtb exclude each other (try lvz-vmm --help)" },
	{ "guest.ini", "unexpected 'guest.ini' (want --config guest.ini)" },
	{ "--config a b", "unexpected 'b' (want options only, see lvz-vmm --help)" },
	{ "--config a --json", "--json belongs to probe (try lvz-vmm --help)" },
	{ "probe all", "probe: unexpected 'all' (try lvz-vmm --help)" },
	{ "probe --config a", "probe takes --json and --log only (try lvz-vmm --help)" },
	{ "--config a --lvz-stress 0,1",
	  "--lvz-stress: '0,1' is no level and seed (want e.g. 4,42)" },
	{ "--config a --lvz-stress 5,1",
	  "--lvz-stress: '5,1' is no level and seed (want e.g. 4,42)" },
	{ "--config a --lvz-stress 1",
	  "--lvz-stress: '1' is no level and seed (want e.g. 4,42)" },
	{ "--config a --lvz-stress 1,",
	  "--lvz-stress: '1,' is no level and seed (want e.g. 4,42)" },
	{ "--config a --lvz-stress ,1",
	  "--lvz-stress: ',1' is no level and seed (want e.g. 4,42)" },
	{ "--config a --lvz-stress 12,1",
	  "--lvz-stress: '12,1' is no level and seed (want e.g. 4,42)" },
	{ "--config a --lvz-stress 1,99999999999999999999",
	  "--lvz-stress: '1,99999999999999999999' is no level and seed (want e.g. 4,42)" },
	{ "--config a --lvz-stress 1,2 --lvz-stress 1,2",
	  "--lvz-stress is given twice (try lvz-vmm --help)" },
	{ "probe --lvz-stress 1,2", "probe takes --json and --log only (try lvz-vmm --help)" },
	{ "--config a --trace all",
	  "--trace: 'all' cannot be traced (want insn, insn+regs, exc, csr, irq, mmio, lvz or lvz-json)" },
	{ "--config a --lvz-lint --lvz-lint=x", "--lvz-lint is given twice" },
	{ "--config a --lvz-lint=", "--lvz-lint: no file after '='" },
	{ "--config a --trace exc:", "--trace 'exc:': no file after the colon" },
	{ "--config a --trace exc --trace irq,exc:x", "--trace: 'exc' is given twice" },
	{ "--config a --trace", "--trace wants a value (try lvz-vmm --help)" },
	{ "--config a --trace exc --trace-pc 9-x",
	  "--trace-pc: '9-x' is no range of addresses (want FIRST-LAST in hexadecimal)" },
	{ "--config a --trace exc --trace-vcpu one",
	  "--trace-vcpu: 'one' is no list of vCPUs (want numbers of 0 to 63 such as 0,2-3)" },
	{ "--config a --trace exc --trace-limit -1",
	  "--trace-limit: '-1' is no number of lines (want 1 or more)" },
	{ "--config a --trace-limit 10",
	  "what is to be traced? want --trace KIND (try lvz-vmm --help)" },
	{ "probe --trace exc", "probe takes --json and --log only (try lvz-vmm --help)" },
	{ "probe --trace-pc 1", "probe takes --json and --log only (try lvz-vmm --help)" },
	{ "probe --backend soft", "probe takes --json and --log only (try lvz-vmm --help)" },
};

START_TEST(cli_mistakes)
{
	ck_assert_int_eq(parse(mistakes[_i].line), -EINVAL);
	ck_assert_str_eq(err.text, mistakes[_i].says);
}
END_TEST

START_TEST(cli_again)
{
	ck_assert_int_eq(parse("--config a --bad"), -EINVAL);
	cli_fini(&o);
	ck_assert_int_eq(parse("--config a"), 0);
	cli_fini(&o);
	ck_assert_int_eq(parse("probe"), 0);
}
END_TEST

START_TEST(cli_help_names_all)
{
	static const char *const options[] = {
		"--config", "--set", "--backend", "--check", "--dump-dtb", "--log", "--json",
		"--version", "--help", "probe", "--trace ", "--trace-pc", "--trace-vcpu",
		"--trace-limit", "--lvz-stress",
	};
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	cli_print_help(out);
	fclose(out);
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		ck_assert_ptr_nonnull(strstr(text, options[i]));
	for (const char *line = text, *end; (end = strchr(line, '\n')); line = end + 1)
		ck_assert_int_le(end - line, 79);
	free(text);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("cli");
	TCase *tc = tcase_create("cli");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, cli_run);
	tcase_add_test(tc, cli_everything);
	tcase_add_test(tc, cli_stress);
	tcase_add_test(tc, cli_trace);
	tcase_add_test(tc, cli_lint);
	tcase_add_loop_test(tc, cli_commands, 0, ARRAY_SIZE(commands));
	tcase_add_loop_test(tc, cli_mistakes, 0, ARRAY_SIZE(mistakes));
	tcase_add_test(tc, cli_again);
	tcase_add_test(tc, cli_help_names_all);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
