// SPDX-License-Identifier: Apache-2.0
/*
 * uapi.c - tests of /dev/lvz: what the cases share, and main().
 *
 *	uapi [SEED [SEQUENCES]]
 *
 * Exit status 0: all cases passed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "uapi.h"

static unsigned int n_ok, n_failed;

/* ------------------------------------------------------------------ reporting */

void report(bool is_ok, const char *name, const char *fmt, ...)
{
	va_list ap;

	if (is_ok) {
		n_ok++;
		printf("ok %s\n", name);
		return;
	}
	n_failed++;
	printf("FAIL %s: ", name);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

void expect(const char *name, long ret, long wanted)
{
	const char *found = ret < 0 ? strerrorname_np((int)-ret) : "success";
	const char *want = wanted < 0 ? strerrorname_np((int)-wanted) : "success";

	report(ret == wanted, name, "%s (%ld), wanted %s (%ld)", found, ret, want, wanted);
}

void expect_u64(const char *name, uint64_t found, uint64_t wanted)
{
	report(found == wanted, name, "%#" PRIx64 ", wanted %#" PRIx64, found, wanted);
}

/* ------------------------------------------------------------------ small things */

long do_ioctl(int fd, unsigned long request, uintptr_t arg)
{
	int ret = ioctl(fd, request, arg);

	return ret < 0 ? -errno : ret;
}

static _Noreturn void give_up(const char *what, long ret)
{
	printf("FAIL set-up: %s: %s\n", what, strerror((int)-ret));
	exit(1);
}

void *pages(size_t n)
{
	void *mem = mmap(NULL, n * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);

	if (mem == MAP_FAILED)
		give_up("mmap", -errno);
	return mem;
}

long proc_kb(const char *file, const char *key)
{
	FILE *f = fopen(file, "r");
	char line[256];
	long kb = -1;

	while (f && fgets(line, sizeof(line), f)) {
		if (!strncmp(line, key, strlen(key)))
			kb = strtol(line + strlen(key) + 1, NULL, 10);
	}
	if (f)
		fclose(f);
	return kb;
}

uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void sleep_ms(unsigned int ms)
{
	usleep(ms * 1000);
}

/* ------------------------------------------------------------------ machines */

long machine_map(struct machine *m, uint64_t gpa, const void *mem, size_t len, uint32_t flags)
{
	struct lvz_map map = { .size = sizeof(map), .flags = flags, .gpa = gpa, .len = len,
			       .uaddr = (uintptr_t)mem };

	return lvz_ioctl(m->vm, LVZ_MAP, &map);
}

long machine_unmap(struct machine *m, uint64_t gpa, size_t len)
{
	struct lvz_unmap unmap = { .size = sizeof(unmap), .gpa = gpa, .len = len };

	return lvz_ioctl(m->vm, LVZ_UNMAP, &unmap);
}

void machine_init(struct machine *m)
{
	long ret;

	m->dev = open("/dev/lvz", O_RDWR | O_CLOEXEC);
	if (m->dev < 0)
		give_up("/dev/lvz", -errno);
	m->vm = (int)lvz_ioctl(m->dev, LVZ_CREATE_VM, 0);
	if (m->vm < 0)
		give_up("LVZ_CREATE_VM", m->vm);
	m->vcpu = (int)lvz_ioctl(m->vm, LVZ_CREATE_VCPU, 0);
	if (m->vcpu < 0)
		give_up("LVZ_CREATE_VCPU", m->vcpu);
	m->run = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, m->vcpu, 0);
	if (m->run == MAP_FAILED)
		give_up("mmap of the vCPU", -errno);
	m->ram = pages(RAM_BYTES / PAGE);
	ret = machine_map(m, 0, m->ram, RAM_BYTES, 0);
	if (ret)
		give_up("LVZ_MAP", ret);
}

void machine_fini(struct machine *m)
{
	munmap(m->run, PAGE);
	if (m->vcpu >= 0)
		close(m->vcpu);
	if (m->vm >= 0)
		close(m->vm);
	close(m->dev);
	munmap(m->ram, RAM_BYTES);
}

void machine_load_words(struct machine *m, const uint32_t *words, size_t n)
{
	memcpy(m->ram + CODE_GPA, words, n * sizeof(*words));
	__asm__ __volatile__("ibar 0" ::: "memory");
	m->run->pc = CODE_GPA;
}

/* SIGALRM without SA_RESTART ends a run that does not end by itself. */
long machine_run(struct machine *m)
{
	struct itimerval limit = { .it_value.tv_sec = 5, .it_interval.tv_sec = 1 };
	struct itimerval off = { .it_value.tv_sec = 0 };
	long ret;

	setitimer(ITIMER_REAL, &limit, NULL);
	ret = lvz_ioctl(m->vcpu, LVZ_RUN, 0);
	setitimer(ITIMER_REAL, &off, NULL);
	return ret;
}

unsigned int machine_ecode(const struct machine *m)
{
	return (unsigned int)(m->run->estat >> 16) & 0x3f;
}

bool machine_is_done(const struct machine *m)
{
	return m->run->exit == LVZ_EXIT_TRAP && machine_ecode(m) == EXC_PIS &&
	       m->run->badv == DONE_GPA;
}

long get_reg(int vcpu, uint32_t id, uint64_t *value)
{
	struct lvz_reg reg = { .id = id };
	struct lvz_regs arg = { .size = sizeof(arg), .count = 1, .regs = (uintptr_t)&reg };
	long ret = lvz_ioctl(vcpu, LVZ_GET_REGS, &arg);

	*value = reg.value;
	return ret;
}

long set_reg(int vcpu, uint32_t id, uint64_t value)
{
	struct lvz_reg reg = { .id = id, .value = value };
	struct lvz_regs arg = { .size = sizeof(arg), .count = 1, .regs = (uintptr_t)&reg };

	return lvz_ioctl(vcpu, LVZ_SET_REGS, &arg);
}

/* ------------------------------------------------------------------ main */

static void on_signal(int sig)
{
	(void)sig;
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : now_ns();
	unsigned int n = argc > 2 ? (unsigned int)strtoul(argv[2], NULL, 0) : 10000;
	struct sigaction action = { .sa_handler = on_signal };

	setvbuf(stdout, NULL, _IOLBF, 0);
	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	cases_args();
	cases_memory();
	cases_regs();
	cases_guest();
	cases_run();
	cases_random(seed, n);
	printf("uapi: %u ok, %u failed\n", n_ok, n_failed);
	return n_failed ? 1 : 0;
}
