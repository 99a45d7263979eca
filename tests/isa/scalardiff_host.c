/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/isa/scalardiff_host.c - our side of the scalar comparison: runs the image of
 * scalardiff until its first system call, then compares what it saved with QEMU's output.
 *
 * usage: scalardiff_host IMAGE RESULTS BASE ENTRY RESULT STRIDE COUNT
 * Says the first differences; exit status 1 if there are any.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "cover.h"
#include "soft/cpu.h"
#include "soft/isa_csrs.h"
#include "soft/isa_enc.h"
#include "soft/la.h"

#define RAM_BYTES (UINT64_C(64) << 20)
#define HANDLER UINT64_C(0x10000)
#define MAX_SHOWN 10u

static uint64_t no_load(void *ctx, unsigned int cpu, uint64_t gpa, unsigned int size)
{
	(void)ctx, (void)cpu, (void)gpa, (void)size;
	return 0;
}

static void no_store(void *ctx, unsigned int cpu, uint64_t gpa, unsigned int size, uint64_t val)
{
	(void)ctx, (void)cpu, (void)gpa, (void)size, (void)val;
}

static uint64_t no_iocsr_read(void *ctx, unsigned int cpu, uint32_t addr, unsigned int size)
{
	(void)ctx, (void)cpu, (void)addr, (void)size;
	return 0;
}

static void no_iocsr_write(void *ctx, unsigned int cpu, uint32_t addr, unsigned int size,
			   uint64_t val)
{
	(void)ctx, (void)cpu, (void)addr, (void)size, (void)val;
}

static void no_timer(void *ctx, unsigned int cpu, uint64_t deadline_ns)
{
	(void)ctx, (void)cpu, (void)deadline_ns;
}

/* The bytes of file @path at @to, at most @max; how many, or -1. */
static long read_file(const char *path, uint8_t *to, size_t max)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	if (!f)
		return -1;
	n = fread(to, 1, max, f);
	fclose(f);
	return (long)n;
}

/* Runs from @entry to the first exception; true when that was a system call. */
static bool execute(uint8_t *ram, uint64_t entry, uint8_t *seen_ops)
{
	static const struct la_ram all = { 0, RAM_BYTES };
	const struct la_machine_cfg cfg = {
		.ram_base = ram, .ram = &all, .nram = 1, .ncpus = 1,
		.bus = { NULL, no_load, no_store, no_iocsr_read, no_iocsr_write, no_timer },
		.features = { .has_lsx = true, .has_lasx = true, .has_ptw = true,
			      .has_v11 = true },
		.seen_ops = seen_ops,
	};
	const uint32_t idle = la_enc_idle(0);
	struct la_machine *m;
	struct la_cpu *cpu;
	uint64_t estat;

	if (la_machine_create(&m, &cfg, NULL))
		return false;
	cpu = la_machine_cpu(m, 0);
	memcpy(ram + HANDLER, &idle, sizeof(idle));
	la_set_csr(cpu, LA_CSR_EENTRY, HANDLER);
	la_set_pc(cpu, entry);
	while (la_run(cpu) != LA_STOP_IDLE)
		;
	estat = la_get_csr(cpu, LA_CSR_ESTAT);
	if (estat >> LA_ESTAT_ECODE_SHIFT != LA_EXC_SYS)
		printf("exception: ESTAT %#" PRIx64 " at %#" PRIx64 ", instruction %#" PRIx64
		       ", BADV %#" PRIx64 "\n", estat, la_get_csr(cpu, LA_CSR_ERA),
		       la_get_csr(cpu, LA_CSR_BADI), la_get_csr(cpu, LA_CSR_BADV));
	la_machine_destroy(m);
	return estat >> LA_ESTAT_ECODE_SHIFT == LA_EXC_SYS;
}

/* Says where the results of program @index differ; how many doublewords do. */
static unsigned int compare(const uint8_t *want, const uint8_t *got, size_t stride,
			    unsigned int index)
{
	unsigned int ndiffs = 0;

	for (size_t at = 0; at < stride; at += 8) {
		uint64_t w, g;

		memcpy(&w, want + at, 8);
		memcpy(&g, got + at, 8);
		if (w == g || ndiffs++ >= MAX_SHOWN)
			continue;
		if (at < 256)
			printf("program %u: r%zu is %#018" PRIx64 ", not %#018" PRIx64 "\n", index,
			       at / 8, g, w);
		else
			printf("program %u: sandbox + %#zx is %#018" PRIx64 ", not %#018" PRIx64
			       "\n", index, at - 256, g, w);
	}
	return ndiffs;
}

int main(int argc, char **argv)
{
	uint64_t base = 0, entry = 0, result = 0;
	size_t stride = 0;
	unsigned int count = 0, ndiffs = 0;
	uint8_t seen_ops[LA_NPLAIN_OPS] = { 0 };
	char path[COVER_PATH_MAX];
	uint8_t *ram, *want;
	int ret = 1;

	if (argc != 8) {
		fprintf(stderr, "usage: %s IMAGE RESULTS BASE ENTRY RESULT STRIDE COUNT\n", argv[0]);
		return 2;
	}
	base = strtoull(argv[3], NULL, 0);
	entry = strtoull(argv[4], NULL, 0);
	result = strtoull(argv[5], NULL, 0);
	stride = strtoull(argv[6], NULL, 0);
	count = (unsigned int)strtoul(argv[7], NULL, 0);
	ram = mmap(NULL, RAM_BYTES, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	want = malloc(stride * count + 1);
	if (ram == MAP_FAILED || !want || result + stride * count > RAM_BYTES || base >= result)
		goto out_free;
	if (read_file(argv[1], ram + base, result - base) < 0 ||
	    read_file(argv[2], want, stride * count + 1) != (long)(stride * count)) {
		printf("cannot read %s and %s, or sizes differ\n", argv[1], argv[2]);
		goto out_free;
	}
	if (!execute(ram, entry, seen_ops))
		goto out_free;
	/* The sandbox carries on, so only the first program that differs says something. */
	for (unsigned int i = 0; i < count && !ndiffs; i++)
		ndiffs = compare(want + i * stride, ram + result + i * stride, stride, i);
	ret = ndiffs != 0;
	/* What was executed and agrees.  The system call only ends the programs. */
	seen_ops[LA_OP_syscall] = seen_ops[LA_OP_idle] = 0;
	if (!ret && cover_path(path, "scalardiff") && cover_add(path, seen_ops))
		ret = 1;

out_free:
	free(want);
	if (ram != MAP_FAILED)
		munmap(ram, RAM_BYTES);
	return ret;
}
