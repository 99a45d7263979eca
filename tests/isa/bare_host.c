/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bare_host.c - runs a program of bare.py on the soft CPU: bare_host MODEL BASE ENTRY, with
 * the memory from BASE on stdin.  What it stores to the serial port goes to stdout; its
 * store to the power register ends it.  MODEL is la464 or max.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "soft/la.h"

#define RAM_BYTES (UINT64_C(16) << 20)
#define UART UINT64_C(0x1fe001e0)
#define POWER UINT64_C(0x100e001c)

static uint64_t load(void *ctx, unsigned int cpu, uint64_t gpa, unsigned int size)
{
	(void)ctx, (void)cpu, (void)gpa, (void)size;
	return 0;
}

static void store(void *ctx, unsigned int cpu, uint64_t gpa, unsigned int size, uint64_t val)
{
	bool *is_off = ctx;

	(void)cpu, (void)size;
	if (gpa == UART)
		putchar((int)(val & 0xff));
	else if (gpa == POWER)
		*is_off = true;
}

static uint64_t iocsr_read(void *ctx, unsigned int cpu, uint32_t addr, unsigned int size)
{
	(void)ctx, (void)cpu, (void)addr, (void)size;
	return 0;
}

static void iocsr_write(void *ctx, unsigned int cpu, uint32_t addr, unsigned int size,
			uint64_t val)
{
	(void)ctx, (void)cpu, (void)addr, (void)size, (void)val;
}

static void timer_set(void *ctx, unsigned int cpu, uint64_t deadline_ns)
{
	(void)ctx, (void)cpu, (void)deadline_ns;
}

static int run(const struct la_machine_cfg *cfg, uint64_t entry, const bool *is_off)
{
	struct la_machine *m;
	struct err err = { 0 };
	enum la_stop stop;

	if (la_machine_create(&m, cfg, &err)) {
		fprintf(stderr, "bare_host: %s\n", err.text);
		return EXIT_FAILURE;
	}
	la_cpu_reset(la_machine_cpu(m, 0), entry);
	stop = la_run(la_machine_cpu(m, 0));
	la_machine_destroy(m);
	if (stop == LA_STOP_IDLE && *is_off)
		return EXIT_SUCCESS;
	fprintf(stderr, "bare_host: the program stopped before its end\n");
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	static const struct la_ram ram = { 0, RAM_BYTES };
	bool is_off = false;
	struct la_machine_cfg cfg = {
		.ram = &ram,
		.nram = 1,
		.bus = { &is_off, load, store, iocsr_read, iocsr_write, timer_set },
		.ncpus = 1,
	};
	uint64_t base;

	if (argc != 4) {
		fprintf(stderr, "usage: bare_host MODEL BASE ENTRY <IMAGE\n");
		return EXIT_FAILURE;
	}
	cfg.features.is_la464 = !strcmp(argv[1], "la464");
	cfg.features.has_lsx = cfg.features.has_lasx = true;
	cfg.features.has_ptw = cfg.features.has_v11 = !cfg.features.is_la464;
	base = strtoull(argv[2], NULL, 0);
	cfg.ram_base = mmap(NULL, RAM_BYTES, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (cfg.ram_base == MAP_FAILED || base >= RAM_BYTES ||
	    !fread(cfg.ram_base + base, 1, RAM_BYTES - base, stdin)) {
		fprintf(stderr, "bare_host: no image\n");
		return EXIT_FAILURE;
	}
	return run(&cfg, strtoull(argv[3], NULL, 0), &is_off);
}
