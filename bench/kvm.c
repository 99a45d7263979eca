// SPDX-License-Identifier: Apache-2.0
/*
 * bench/kvm.c - measures KVM from inside its host: what ways out of a guest cost beside a
 * null system call, and how fast a program that only computes runs in a guest beside the
 * host.  For Linux on LoongArch; scripts/bench nested runs it in a guest of lvz-vmm.
 *
 *   kvmbench [ROUNDS [SECTION...]]    sections: exits work
 *
 * Prints a line "kvmbench: name value..." for each measurement, a value a round, in ns of
 * one operation.  All are measured once in each round, so that a busy moment hits all.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "kvm.h"

#define MAX_ROUNDS 100
#define MAX_LINES 32
#define HWCAP_PTW (1u << 13)	/* HWCAP_LOONGARCH_PTW, which older headers lack */
#define NS_PER_TICK 10		/* the counter of lvz-vmm's CPU, see CPUCFG 4 and 5 */

/* The section "guest", which the linker delimits. */
extern const char __start_guest[], __stop_guest[];

struct bench {
	int vm, vcpu;
	struct kvm_run *run;
	uint8_t *ram;
	uint64_t *buffer;	/* of the host's own runs */
	unsigned int rounds, round;
	unsigned int nlines;
	struct line {
		const char *name;
		double ns[MAX_ROUNDS];
	} line[MAX_LINES];
};

__attribute__((noreturn, format(printf, 1, 2)))
static void die(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fputs("kvmbench: failed: ", stdout);
	vprintf(format, ap);
	putchar('\n');
	va_end(ap);
	exit(1);
}

static int must(int ret, const char *what)
{
	if (ret < 0)
		die("%s: %s", what, strerror(errno));
	return ret;
}

static void *memory(uint64_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("no memory");
	/* Small pages on both sides, present from the start. */
	(void)madvise(p, bytes, MADV_NOHUGEPAGE);
	memset(p, 1, bytes);
	return p;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void note(struct bench *b, const char *name, uint64_t ns, uint64_t n)
{
	unsigned int i = 0;

	while (i < b->nlines && strcmp(b->line[i].name, name))
		i++;
	if (i == MAX_LINES)
		die("too many lines");
	b->nlines += i == b->nlines;
	b->line[i].name = name;
	b->line[i].ns[b->round] = (double)ns / (double)n;
}

/* ------------------------------------------------------------------ the guest */

static void set_reg(struct bench *b, uint64_t id, uint64_t value)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)&value };

	must(ioctl(b->vcpu, KVM_SET_ONE_REG, &reg), "KVM_SET_ONE_REG");
}

static void store64(uint8_t *at, uint64_t v)
{
	memcpy(at, &v, sizeof(v));
}

/*
 * Directory, directory, a table for each 32 MiB: valid, dirty, cached, global; for a walker
 * present and writable.
 */
static void make_tables(uint8_t *ram)
{
	const uint64_t page = 1u << GUEST_PAGE_BITS, span = page << GUEST_DIR_BITS;
	const uint64_t dir = GUEST_TABLES + page, last = dir + page;

	memset(ram + GUEST_TABLES, 0, 2 * page);
	store64(ram + GUEST_TABLES, dir);
	for (uint64_t at = 0; at < GUEST_RAM_BYTES; at += page) {
		uint64_t table = last + at / span * page;

		store64(ram + dir + at / span * 8, table);
		store64(ram + table + at % span / page * 8, at | 0x1d3);
	}
}

static void guest_create(struct bench *b)
{
	int dev = must(open("/dev/kvm", O_RDWR), "/dev/kvm");
	struct kvm_userspace_memory_region region = { .memory_size = GUEST_RAM_BYTES };
	struct kvm_regs regs = { .pc = GUEST_CODE };
	int size;

	b->vm = must(ioctl(dev, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
	b->ram = memory(GUEST_RAM_BYTES);
	region.userspace_addr = (uintptr_t)b->ram;
	must(ioctl(b->vm, KVM_SET_USER_MEMORY_REGION, &region), "KVM_SET_USER_MEMORY_REGION");
	b->vcpu = must(ioctl(b->vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
	size = must(ioctl(dev, KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE");
	b->run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, b->vcpu, 0);
	if (b->run == MAP_FAILED)
		die("the vCPU cannot be mapped");
	memcpy(b->ram + GUEST_CODE, __start_guest, (size_t)(__stop_guest - __start_guest));
	make_tables(b->ram);
	set_reg(b, KVM_REG_LOONGARCH_VCPU_RESET, 0);
	set_reg(b, KVM_IOC_CSRID(UINT64_C(0x20)), 0);
	must(ioctl(b->vcpu, KVM_SET_REGS, &regs), "KVM_SET_REGS");
}

/* Until the guest is done; what its loops want is served as briefly as it can be. */
static void guest_go(struct bench *b)
{
	for (;;) {
		if (ioctl(b->vcpu, KVM_RUN, 0)) {
			if (errno == EINTR)
				continue;
			die("KVM_RUN: %s", strerror(errno));
		}
		if (b->run->exit_reason == KVM_EXIT_LOONGARCH_IOCSR)
			continue;
		if (b->run->exit_reason != KVM_EXIT_MMIO)
			die("exit %u of the guest", b->run->exit_reason);
		if (b->run->mmio.phys_addr == GUEST_DEVICE)
			continue;
		if (b->run->mmio.phys_addr == GUEST_DONE && b->run->mmio.is_write)
			return;
		die("the guest came to a bad end at %llx", b->run->mmio.phys_addr);
	}
}

static struct command guest_do(struct bench *b, struct command c)
{
	memcpy(b->ram + GUEST_COMMAND, &c, sizeof(c));
	guest_go(b);
	memcpy(&c, b->ram + GUEST_COMMAND, sizeof(c));
	return c;
}

static void guest_time(struct bench *b, const char *name, unsigned int op, uint64_t n,
		       uint64_t addr)
{
	struct command c = guest_do(b, (struct command){ .op = op, .n = n, .addr = addr });

	note(b, name, c.ticks * NS_PER_TICK, n);
}

/* ------------------------------------------------------------------ measuring */

static void time_syscall(struct bench *b)
{
	const unsigned int n = 50000;
	uint64_t start = now_ns();

	for (unsigned int i = 0; i < n; i++)
		syscall(SYS_getppid);
	note(b, "getppid", now_ns() - start, n);
}

/*
 * A round touches other pages than the one before, until all were: without memory that the
 * guest has never used there are no faults of its second stage.
 */
static void time_faults(struct bench *b)
{
	const uint64_t n = 200, bytes = n << GUEST_PAGE_BITS;
	const uint64_t addr = GUEST_BUFFER + b->round * bytes;

	/* The host takes the pages back from the guest, not from us. */
	if (addr + bytes > GUEST_RAM_BYTES)
		return;
	must(mprotect(b->ram + addr, bytes, PROT_READ), "mprotect");
	must(mprotect(b->ram + addr, bytes, PROT_READ | PROT_WRITE), "mprotect");
	memset(b->ram + addr, 2, bytes);
	guest_time(b, "fault", OP_TOUCH, n, addr);
}

static void measure_exits(struct bench *b)
{
	time_syscall(b);
	guest_time(b, "hypercall", OP_HVCL, 20000, 0);
	guest_time(b, "cpucfg", OP_CPUCFG, 20000, 0);
	guest_time(b, "mmio_store", OP_STORE, 5000, 0);
	guest_time(b, "mmio_load", OP_LOAD, 5000, 0);
	guest_time(b, "iocsr", OP_IOCSR, 5000, 0);
	guest_time(b, "timer", OP_TIMER, 1000, 0);
	guest_time(b, "guest_syscall", OP_SYSCALL, 50000, 0);
	guest_time(b, "guest_invtlb", OP_INVTLB, 20000, 0);
	time_faults(b);
}

static void measure_work(struct bench *b)
{
	static const struct {
		const char *host, *guest;
		uint64_t n, bytes;
	} works[NWORKS] = {
		[WORK_ALU] = { "alu_host", "alu_guest", 2000000, 64 },
		[WORK_MEMORY] = { "memory_host", "memory_guest", 4000, 1 << 18 },
		[WORK_CHASE] = { "chase_host", "chase_guest", 200000, 1 << 25 },
		[WORK_SPREAD] = { "spread_host", "spread_guest", 100000, 1 << 27 },
	};

	const bool has_walker = getauxval(AT_HWCAP) & HWCAP_PTW;

	for (unsigned int kind = 0; kind < NWORKS; kind++) {
		const uint64_t n = works[kind].n, bytes = works[kind].bytes;
		struct command c = { OP_WORK, n, kind, GUEST_BUFFER, bytes, 0, 0, has_walker };
		uint64_t start = now_ns(), sum = work_run(kind, n, b->buffer, bytes);

		note(b, works[kind].host, now_ns() - start, n);
		c = guest_do(b, c);
		if (c.sum != sum)
			die("the guest computed %llx, not %llx", (unsigned long long)c.sum,
			    (unsigned long long)sum);
		note(b, works[kind].guest, c.ticks * NS_PER_TICK, n);
	}
}

int main(int argc, char **argv)
{
	static struct bench b;
	bool has_exits = argc < 3, has_work = argc < 3;

	b.rounds = argc > 1 ? (unsigned int)atoi(argv[1]) : 5;
	if (!b.rounds || b.rounds > MAX_ROUNDS)
		die("rounds are 1 to %u", MAX_ROUNDS);
	for (int i = 2; i < argc; i++) {
		has_exits |= !strcmp(argv[i], "exits");
		has_work |= !strcmp(argv[i], "work");
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	guest_create(&b);
	b.buffer = memory(1 << 27);
	guest_go(&b);
	/* The first round is for whatever is done once only. */
	for (unsigned int i = 0; i <= b.rounds; i++) {
		b.round = i ? i - 1 : 0;
		if (has_exits)
			measure_exits(&b);
		if (has_work)
			measure_work(&b);
	}
	for (unsigned int i = 0; i < b.nlines; i++) {
		printf("kvmbench: %s", b.line[i].name);
		for (unsigned int r = 0; r < b.rounds; r++)
			printf(" %.1f", b.line[i].ns[r]);
		putchar('\n');
	}
	puts("kvmbench: end");
	return 0;
}
