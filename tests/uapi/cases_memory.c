// SPDX-License-Identifier: Apache-2.0
/*
 * cases_memory.c - LVZ_MAP and LVZ_UNMAP: ranges, limits, accounting, fork.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "uapi.h"

static void try_map(struct machine *m, const char *what, struct lvz_map map, long wanted)
{
	char name[64];

	map.size = sizeof(map);
	snprintf(name, sizeof(name), "map/%s", what);
	expect(name, lvz_ioctl(m->vm, LVZ_MAP, &map), wanted);
}

static void cases_ranges(struct machine *m)
{
	struct lvz_info info = { .size = sizeof(info) };
	uintptr_t mem = (uintptr_t)pages(4);
	const struct lvz_map good = { .gpa = EXTRA_GPA, .len = 4 * PAGE, .uaddr = mem };
	struct lvz_map map;
	uint64_t limit;

	lvz_ioctl(m->dev, LVZ_INFO, &info);
	limit = 1ull << info.gpa_bits;
#define TRY(what, wanted, ...)						\
	do {								\
		map = good;						\
		__VA_ARGS__;						\
		try_map(m, what, map, wanted);				\
	} while (0)
	for (unsigned int bit = 1; bit < 32; bit++) {
		char name[32];

		snprintf(name, sizeof(name), "flag-%u", bit);
		TRY(name, -EINVAL, map.flags = 1u << bit);
	}
	TRY("gpa-unaligned", -EINVAL, map.gpa += 0x1000);
	TRY("len-unaligned", -EINVAL, map.len -= 0x1000);
	TRY("uaddr-unaligned", -EINVAL, map.uaddr += 8);
	TRY("len-0", -EINVAL, map.len = 0);
	TRY("gpa-beyond", -EINVAL, map.gpa = limit);
	TRY("end-beyond", -EINVAL, map.gpa = limit - PAGE);
	TRY("gpa-wraps", -EINVAL, map.gpa = -(uint64_t)PAGE);
	TRY("len-wraps", -EINVAL, map.len = -(uint64_t)PAGE);
	TRY("kernel-address", -EFAULT, map.uaddr = 0x9000000000200000ull);
	TRY("uaddr-wraps", -EFAULT, map.uaddr = -(uint64_t)PAGE);
	TRY("overlap-all", -EEXIST, map.gpa = 0);
	TRY("overlap-last-page", -EEXIST, map.gpa = RAM_BYTES - PAGE);
	TRY("good", 0, (void)0);
	TRY("overlap-first-page", -EEXIST, map.gpa -= 3 * PAGE);
	TRY("same-again", -EEXIST, (void)0);
	TRY("same-memory-elsewhere", 0, map.gpa += 4 * PAGE);
	TRY("last-of-space", 0, map.gpa = limit - 4 * PAGE);
#undef TRY
	expect("unmap/part", machine_unmap(m, EXTRA_GPA, 2 * PAGE), -ENOENT);
	expect("unmap/middle", machine_unmap(m, EXTRA_GPA + PAGE, PAGE), -ENOENT);
	expect("unmap/two-at-once", machine_unmap(m, EXTRA_GPA, 8 * PAGE), -ENOENT);
	expect("unmap/good", machine_unmap(m, EXTRA_GPA, 4 * PAGE), 0);
	expect("unmap/again", machine_unmap(m, EXTRA_GPA, 4 * PAGE), -ENOENT);
	expect("unmap/the-other", machine_unmap(m, EXTRA_GPA + 4 * PAGE, 4 * PAGE), 0);
	expect("unmap/last-of-space", machine_unmap(m, limit - 4 * PAGE, 4 * PAGE), 0);
	munmap((void *)mem, 4 * PAGE);
}

static void cases_unmap_flags(struct machine *m)
{
	struct lvz_unmap unmap = { .size = sizeof(unmap), .gpa = 0, .len = RAM_BYTES };

	for (unsigned int bit = 0; bit < 32; bit++) {
		char name[40];

		unmap.flags = 1u << bit;
		snprintf(name, sizeof(name), "unmap/flag-%u", bit);
		expect(name, lvz_ioctl(m->vm, LVZ_UNMAP, &unmap), -EINVAL);
	}
}

static void case_many(struct machine *m)
{
	void *mem = pages(1);
	long ret = 0;
	unsigned int n = 0;

	while (n < 1000 && !ret) {
		ret = machine_map(m, EXTRA_GPA + (uint64_t)n * PAGE, mem, PAGE, 0);
		n += !ret;
	}
	expect("map/too-many", ret, -ENOSPC);
	ret = 0;
	while (n && !ret)
		ret = machine_unmap(m, EXTRA_GPA + (uint64_t)--n * PAGE, PAGE);
	expect("unmap/many", ret, 0);
	munmap(mem, PAGE);
}

/* ------------------------------------------------------------------ accounting */

static void case_accounting(void)
{
	long before = proc_kb("/proc/self/status", "VmLck"), with;
	struct machine m;

	machine_init(&m);
	with = proc_kb("/proc/self/status", "VmLck");
	report(with - before == RAM_BYTES / 1024, "account/mapped", "%ld kB, wanted %d",
	       with - before, RAM_BYTES / 1024);
	machine_load(&m, touch);
	m.run->gpr[5] = DATA_GPA;
	machine_run(&m);
	machine_fini(&m);
	with = proc_kb("/proc/self/status", "VmLck");
	report(with == before, "account/closed", "%ld kB more than before", with - before);
}

/* Runs @child in a process of its own; its status is the case's value. */
static void in_child(const char *name, int (*child)(struct machine *), struct machine *m)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(child(m));
	waitpid(pid, &status, 0);
	report(WIFEXITED(status) && !WEXITSTATUS(status), name, "step %d (status %#x)",
	       WEXITSTATUS(status), (unsigned int)status);
}

/* A user with 64 KiB to lock: what does not fit leaves nothing behind. */
static int small_limit(struct machine *m)
{
	struct rlimit limit = { .rlim_cur = 4 * PAGE, .rlim_max = 4 * PAGE };
	struct machine mine = { .dev = m->dev };
	uint8_t *mem = pages(8);

	if (setrlimit(RLIMIT_MEMLOCK, &limit) || setgid(65534) || setuid(65534))
		return 1;
	mine.vm = (int)lvz_ioctl(m->dev, LVZ_CREATE_VM, 0);
	if (mine.vm < 0)
		return 2;
	if (machine_map(&mine, 0, mem, 5 * PAGE, 0) != -ENOMEM)
		return 3;
	if (proc_kb("/proc/self/status", "VmLck") != 0)
		return 4;
	if (machine_map(&mine, 0, mem, 4 * PAGE, 0))
		return 5;
	if (machine_map(&mine, EXTRA_GPA, mem, PAGE, 0) != -ENOMEM)
		return 6;
	if (machine_unmap(&mine, 0, 4 * PAGE) || proc_kb("/proc/self/status", "VmLck") != 0)
		return 7;
	if (machine_map(&mine, EXTRA_GPA, mem, 4 * PAGE, 0))
		return 8;
	close(mine.vm);
	return proc_kb("/proc/self/status", "VmLck") ? 9 : 0;
}

static int no_access(struct machine *m)
{
	(void)m;
	if (setgid(65534) || setuid(65534))
		return 1;
	return open("/dev/lvz", O_RDWR) < 0 && errno == EACCES ? 0 : 2;
}

/* Files are shared with a child, memory is not. */
static int forked(struct machine *m)
{
	uint64_t value;

	if (lvz_ioctl(m->vcpu, LVZ_RUN, 0) != -EIO)
		return 1;
	if (machine_map(m, EXTRA_GPA, m->ram, PAGE, 0) != -EIO)
		return 2;
	if (get_reg(m->vcpu, LVZ_REG_UNITS, &value))
		return 3;
	if (lvz_ioctl(m->vcpu, LVZ_KICK, 0))
		return 4;
	return 0;
}

/* The page shared with the kernel does not go to the child. */
static int forked_page(struct machine *m)
{
	unsigned char vec;

	return mincore(m->run, PAGE, &vec) && errno == ENOMEM ? 0 : 1;
}

void cases_memory(void)
{
	struct machine m;

	case_accounting();
	machine_init(&m);
	cases_ranges(&m);
	cases_unmap_flags(&m);
	case_many(&m);
	in_child("account/limit", small_limit, &m);
	in_child("device/other-user", no_access, &m);
	in_child("fork/ioctls", forked, &m);
	in_child("fork/page", forked_page, &m);
	expect("fork/kick-of-child", machine_run(&m), -EINTR);
	machine_fini(&m);
}
