// SPDX-License-Identifier: Apache-2.0
/*
 * cases_random.c - sequences of ioctls with arguments that are often nearly right.  Nothing
 * is expected of what they return; the host must survive, and have all its memory after.
 *
 * The seed is printed; the same seed makes the same sequences, but not the same moments.  In
 * the second half a rival thread does other things to the same files.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include "uapi.h"

enum { NVCPUS = 2, STEPS = 10, MAX_SECONDS = 180, LEAK_KB = 4096 };

struct fuzz {
	uint64_t state;
	int dev;
	_Atomic int vm, vcpu[NVCPUS];	/* the rival looks at them */
	struct lvz_run *run[NVCPUS];
	uint8_t *ram;
	unsigned long nruns, nok;
};

/* splitmix64 */
static uint64_t next(struct fuzz *f)
{
	uint64_t z = f->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static uint64_t below(struct fuzz *f, uint64_t n)
{
	return next(f) % n;
}

static bool one_in(struct fuzz *f, unsigned int n)
{
	return !below(f, n);
}

/* Right most of the time. */
static uint32_t size_of(struct fuzz *f, uint32_t right)
{
	return one_in(f, 16) ? (uint32_t)next(f) >> below(f, 32) : right;
}

static uint64_t some_gpa(struct fuzz *f)
{
	return one_in(f, 8) ? next(f) >> below(f, 64) : below(f, 64) * PAGE;
}

static long do_map(struct fuzz *f)
{
	uint64_t into = below(f, RAM_BYTES / PAGE);
	struct lvz_map map = {
		.size = size_of(f, sizeof(map)),
		.flags = one_in(f, 16) ? (uint32_t)next(f) : (uint32_t)below(f, 2),
		.gpa = some_gpa(f),
		.len = (1 + below(f, RAM_BYTES / PAGE - into)) * PAGE,
		.uaddr = (uintptr_t)f->ram + into * PAGE,
	};

	if (one_in(f, 16))
		map.len = next(f) >> below(f, 64);
	if (one_in(f, 16))
		map.uaddr = next(f) >> below(f, 64);
	return lvz_ioctl(f->vm, LVZ_MAP, &map);
}

static long do_unmap(struct fuzz *f)
{
	struct lvz_unmap unmap = {
		.size = size_of(f, sizeof(unmap)),
		.gpa = one_in(f, 2) ? 0 : some_gpa(f),
		.len = one_in(f, 2) ? RAM_BYTES : (1 + below(f, 16)) * PAGE,
	};

	return lvz_ioctl(f->vm, LVZ_UNMAP, &unmap);
}

static long do_regs(struct fuzz *f, int vcpu)
{
	struct lvz_reg regs[8];
	struct lvz_regs arg = { .size = size_of(f, sizeof(arg)), .count = (uint32_t)below(f, 9),
				.regs = (uintptr_t)regs };

	for (unsigned int i = 0; i < 8; i++) {
		regs[i].id = one_in(f, 8) ? (uint32_t)next(f) : one_in(f, 8) ?
			     2u << 16 | (uint32_t)below(f, 3) :
			     LVZ_REG_CSR((uint32_t)below(f, 0x190));
		regs[i].pad = one_in(f, 32);
		regs[i].value = next(f) >> below(f, 64);
	}
	return lvz_ioctl(vcpu, one_in(f, 2) ? LVZ_GET_REGS : LVZ_SET_REGS, &arg);
}

static long do_irq(struct fuzz *f, int vcpu)
{
	struct lvz_irq irq = { .size = size_of(f, sizeof(irq)),
			       .set = (uint32_t)next(f) & LVZ_IRQ_LINES };

	irq.clear = (uint32_t)next(f) & LVZ_IRQ_LINES & ~irq.set;
	if (one_in(f, 16))
		irq.set = (uint32_t)next(f);
	return lvz_ioctl(vcpu, LVZ_IRQ, &irq);
}

static long do_fpu(struct fuzz *f, int vcpu)
{
	struct lvz_fpu fpu;

	for (unsigned int i = 0; i < sizeof(fpu) / 8; i++)
		((uint64_t *)(void *)&fpu)[i] = next(f);
	if (!one_in(f, 8))
		fpu.pad = 0;
	return lvz_ioctl(vcpu, one_in(f, 3) ? LVZ_GET_FPU : LVZ_SET_FPU, &fpu);
}

static long do_run(struct fuzz *f, unsigned int i)
{
	struct lvz_run *run = f->run[i];

	if (run) {
		for (unsigned int n = 1; n < 32; n++)
			run->gpr[n] = one_in(f, 4) ? next(f) : below(f, RAM_BYTES) & ~7ull;
		run->pc = one_in(f, 8) ? next(f) : below(f, RAM_BYTES) & ~3ull;
		run->immediate_exit = one_in(f, 8);
	}
	f->nruns++;
	return lvz_ioctl(f->vcpu[i], LVZ_RUN, one_in(f, 32));
}

static long do_close(struct fuzz *f, unsigned int i)
{
	if (f->run[i])
		munmap(f->run[i], PAGE);
	f->run[i] = NULL;
	if (f->vcpu[i] >= 0)
		close(f->vcpu[i]);
	f->vcpu[i] = -1;
	return -EBADF;
}

static long do_create(struct fuzz *f, unsigned int i)
{
	long fd;

	do_close(f, i);
	fd = lvz_ioctl(f->vm, LVZ_CREATE_VCPU, one_in(f, 8) ? next(f) : i);
	f->vcpu[i] = fd < 0 ? -1 : (int)fd;
	if (fd < 0 || one_in(f, 8))
		return fd;
	f->run[i] = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, f->vcpu[i], 0);
	if (f->run[i] == MAP_FAILED)
		f->run[i] = NULL;
	return fd;
}

/* Some ioctl, known or not, on some file, with some argument. */
static long do_anything(struct fuzz *f)
{
	uint64_t junk[32];
	int fds[] = { f->dev, f->vm, f->vcpu[0], f->vcpu[1] };
	unsigned long request = LVZ_IOC << 8 | below(f, 0x28) | below(f, 4) << 30 |
				(one_in(f, 2) ? below(f, 1024) << 16 : 32ul << 16);

	/* Of these, files would be lost and runs end only by the timer. */
	if (request == LVZ_CREATE_VM || request == LVZ_CREATE_VCPU)
		return -EBADF;
	for (unsigned int i = 0; i < 32; i++)
		junk[i] = next(f) >> below(f, 64);
	return lvz_ioctl(fds[below(f, 4)], request,
			 one_in(f, 4) ? (uintptr_t)next(f) : (uintptr_t)junk);
}

static long step(struct fuzz *f)
{
	unsigned int i = (unsigned int)below(f, NVCPUS);

	switch (below(f, 12)) {
	case 0:
	case 1:
		return do_map(f);
	case 2:
		return do_unmap(f);
	case 3:
	case 4:
		return do_regs(f, f->vcpu[i]);
	case 5:
		return do_irq(f, f->vcpu[i]);
	case 6:
		return do_fpu(f, f->vcpu[i]);
	case 7:
		return do_create(f, i);
	case 8:
		return one_in(f, 2) ? do_close(f, i) : lvz_ioctl(f->vcpu[i], LVZ_KICK, 0);
	case 9:
		return do_anything(f);
	default:
		return do_run(f, i);
	}
}

struct rival {
	pthread_t thread;
	struct fuzz f;
	struct fuzz *main;
	atomic_bool stop;
	unsigned long nok;
};

/* Neither runs nor closes: that would need what the other thread has mapped. */
static void *rival_main(void *arg)
{
	struct rival *r = arg;
	struct fuzz *f = &r->f;

	while (!r->stop) {
		int vcpu = f->vcpu[below(f, NVCPUS)] = r->main->vcpu[below(f, NVCPUS)];
		long ret;

		f->vm = r->main->vm;
		switch (below(f, 7)) {
		case 0:
			ret = do_map(f);
			break;
		case 1:
			ret = do_unmap(f);
			break;
		case 2:
			ret = do_regs(f, vcpu);
			break;
		case 3:
			ret = do_irq(f, vcpu);
			break;
		case 4:
			ret = do_fpu(f, vcpu);
			break;
		case 5:
			ret = lvz_ioctl(vcpu, LVZ_KICK, 0);
			break;
		default:
			ret = do_anything(f);
		}
		r->nok += ret >= 0;
	}
	return NULL;
}

static void rival_start(struct rival *r, struct fuzz *f)
{
	sigset_t alarm_set, old;

	r->f = (struct fuzz){ .state = ~f->state, .dev = f->dev, .ram = f->ram, .vm = -1,
			      .vcpu = { -1, -1 } };
	r->main = f;
	/* The tick is for runs, and those are the other thread's. */
	sigemptyset(&alarm_set);
	sigaddset(&alarm_set, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &alarm_set, &old);
	pthread_create(&r->thread, NULL, rival_main, r);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void rival_end(struct rival *r)
{
	r->stop = true;
	pthread_join(r->thread, NULL);
}

static void sequence(struct fuzz *f)
{
	f->vm = (int)lvz_ioctl(f->dev, LVZ_CREATE_VM, 0);
	for (unsigned int i = 0; i < NVCPUS; i++) {
		f->vcpu[i] = -1;
		do_create(f, i);
	}
	/* Code that is mostly no code, changed a bit each time. */
	for (unsigned int i = 0; i < 64; i++)
		((uint64_t *)(void *)f->ram)[below(f, RAM_BYTES / 8)] = next(f);
	for (unsigned int i = 0; i < STEPS; i++)
		f->nok += step(f) >= 0;
	if (one_in(f, 2)) {
		close(f->vm);
		f->vm = -1;
	}
	for (unsigned int i = 0; i < NVCPUS; i++)
		do_close(f, i);
	if (f->vm >= 0)
		close(f->vm);
}

/* With what CPUs keep on lists of their own, which MemAvailable leaves out: many MiB. */
static long available_kb(void)
{
	FILE *f = fopen("/proc/zoneinfo", "r");
	long kb = proc_kb("/proc/meminfo", "MemAvailable"), npages;
	char line[256];

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, " count: %ld", &npages) == 1)
			kb += npages * (PAGE / 1024);
	}
	if (f)
		fclose(f);
	return kb;
}

void cases_random(uint64_t seed, unsigned int n)
{
	/* Ends whatever a guest does, and interrupts what else there is. */
	struct itimerval tick = { { 0, 2000 }, { 0, 2000 } }, off = { { 0, 0 }, { 0, 0 } };
	uint64_t start = now_ns(), limit = start + MAX_SECONDS * 1000000000ull;
	struct fuzz f = { .state = seed, .vm = -1, .vcpu = { -1, -1 } };
	struct rival rival = { .stop = false };
	unsigned int done = 0;
	long before, after;

	printf("uapi: random: seed %#llx\n", (unsigned long long)seed);
	f.dev = open("/dev/lvz", O_RDWR | O_CLOEXEC);
	f.ram = pages(RAM_BYTES / PAGE);
	setitimer(ITIMER_REAL, &tick, NULL);
	while (done < 100 && done < n / 2) {
		sequence(&f);
		done++;
	}
	before = available_kb();
	while (done < n && now_ns() < limit) {
		if (done++ == n / 2)
			rival_start(&rival, &f);
		sequence(&f);
	}
	if (done > n / 2)
		rival_end(&rival);
	setitimer(ITIMER_REAL, &off, NULL);
	after = available_kb();
	printf("uapi: random: %u sequences in %llu ms, %lu + %lu ioctls succeeded, %lu runs, %ld kB less\n",
	       done, (unsigned long long)(now_ns() - start) / 1000000, f.nok, rival.nok,
	       f.nruns, before - after);
	expect_u64("random/all-done", done, n);
	report(f.nok > n, "random/some-succeed", "%lu ioctls", f.nok);
	expect_u64("random/locked-memory",
		   (uint64_t)proc_kb("/proc/self/status", "VmLck"), 0);
	report(n < 2 || rival.nok, "random/rival-succeeds", "never");
	report(before - after < LEAK_KB, "random/memory", "%ld kB less", before - after);
	munmap(f.ram, RAM_BYTES);
	close(f.dev);
}
