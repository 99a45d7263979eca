// SPDX-License-Identifier: Apache-2.0
/*
 * cases_args.c - arguments: each ioctl with one thing wrong at a time.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "uapi.h"

#define KERNEL_ADDRESS	0x9000000000200000ull
/* Larger than any argument with a size. */
enum { ROOM = 256 };

/* Sizes other than the right one, of an argument that is right otherwise. */
static void cases_size(const char *what, int fd, unsigned long request, const void *arg,
		       uint32_t size, long with_zeros)
{
	union {
		uint32_t size;
		uint8_t bytes[ROOM];
	} u;
	char name[80];
	uint8_t *huge = pages(2);
	const uint32_t shorter[] = { 0, 4, size - 1 };

	for (unsigned int i = 0; i < 3; i++) {
		memset(&u, 0, sizeof(u));
		memcpy(&u, arg, size);
		u.size = shorter[i];
		snprintf(name, sizeof(name), "%s/size-%u", what, shorter[i]);
		expect(name, lvz_ioctl(fd, request, &u), -EINVAL);
	}
	memset(&u, 0, sizeof(u));
	memcpy(&u, arg, size);
	u.size = size + 8;
	u.bytes[size + 7] = 1;
	snprintf(name, sizeof(name), "%s/size-long-not-zero", what);
	expect(name, lvz_ioctl(fd, request, &u), -E2BIG);
	u.bytes[size + 7] = 0;
	snprintf(name, sizeof(name), "%s/size-long-zero", what);
	expect(name, lvz_ioctl(fd, request, &u), with_zeros);

	memcpy(huge, arg, size);
	*(uint32_t *)(void *)huge = PAGE + 4;
	snprintf(name, sizeof(name), "%s/size-over-a-page", what);
	expect(name, lvz_ioctl(fd, request, huge), -E2BIG);
	munmap(huge, 2 * PAGE);
	snprintf(name, sizeof(name), "%s/null", what);
	expect(name, lvz_ioctl(fd, request, 0), -EFAULT);
	snprintf(name, sizeof(name), "%s/kernel-address", what);
	expect(name, lvz_ioctl(fd, request, KERNEL_ADDRESS), -EFAULT);
}

/* The argument reaches into a page that is not there. */
static void case_cut(const char *name, int fd, unsigned long request, const void *arg,
		     uint32_t size)
{
	uint8_t *mem = pages(2);

	munmap(mem + PAGE, PAGE);
	memcpy(mem + PAGE - 8, arg, 8);
	expect(name, lvz_ioctl(fd, request, mem + PAGE - 8), size > 8 ? -EFAULT : 0);
	munmap(mem, PAGE);
}

static void cases_device(struct machine *m)
{
	struct lvz_info info = { .size = sizeof(info) };
	void *ro = pages(1);

	expect("info/good", lvz_ioctl(m->dev, LVZ_INFO, &info), 0);
	report(info.size == sizeof(info) && info.version == LVZ_API_VERSION &&
	       info.page_size == PAGE && info.run_size == PAGE && info.max_vcpus >= 1 &&
	       info.gid_bits >= 1 && info.gpa_bits >= 32 && info.units & LVZ_UNIT_FP &&
	       info.timer_hz, "info/values",
	       "size %u version %u page %u run %u vcpus %u gid %u gpa %u units %#x hz %llu",
	       info.size, info.version, info.page_size, info.run_size, info.max_vcpus,
	       info.gid_bits, info.gpa_bits, info.units, (unsigned long long)info.timer_hz);
	info.size = sizeof(info);
	cases_size("info", m->dev, LVZ_INFO, &info, sizeof(info), 0);
	case_cut("info/cut", m->dev, LVZ_INFO, &info, sizeof(info));
	memcpy(ro, &info, sizeof(info));
	mprotect(ro, PAGE, PROT_READ);
	expect("info/read-only", lvz_ioctl(m->dev, LVZ_INFO, ro), -EFAULT);
	munmap(ro, PAGE);
	expect("create-vm/arg", lvz_ioctl(m->dev, LVZ_CREATE_VM, 1), -EINVAL);
	expect("device/unknown", lvz_ioctl(m->dev, _IO(LVZ_IOC, 0x7f), 0), -ENOTTY);
	expect("device/other-size", lvz_ioctl(m->dev, _IOWR(LVZ_IOC, 0, int), &info), -ENOTTY);
	expect("device/vm-ioctl", lvz_ioctl(m->dev, LVZ_CREATE_VCPU, 0), -ENOTTY);
	expect("device/vcpu-ioctl", lvz_ioctl(m->dev, LVZ_RUN, 0), -ENOTTY);
}

static void cases_vm(struct machine *m)
{
	struct lvz_info info = { .size = sizeof(info) };
	long fd;

	lvz_ioctl(m->dev, LVZ_INFO, &info);
	expect("create-vcpu/duplicate", lvz_ioctl(m->vm, LVZ_CREATE_VCPU, 0), -EEXIST);
	expect("create-vcpu/too-large", lvz_ioctl(m->vm, LVZ_CREATE_VCPU, info.max_vcpus),
	       -EINVAL);
	expect("create-vcpu/negative", lvz_ioctl(m->vm, LVZ_CREATE_VCPU, UINTPTR_MAX), -EINVAL);
	fd = lvz_ioctl(m->vm, LVZ_CREATE_VCPU, info.max_vcpus - 1);
	report(fd >= 0, "create-vcpu/last", "%ld", fd);
	close((int)fd);
	fd = lvz_ioctl(m->vm, LVZ_CREATE_VCPU, info.max_vcpus - 1);
	report(fd >= 0, "create-vcpu/again-after-close", "%ld", fd);
	close((int)fd);
	expect("vm/device-ioctl", lvz_ioctl(m->vm, LVZ_CREATE_VM, 0), -ENOTTY);
	expect("vm/vcpu-ioctl", lvz_ioctl(m->vm, LVZ_RUN, 0), -ENOTTY);
	expect("vcpu/vm-ioctl", lvz_ioctl(m->vcpu, LVZ_CREATE_VCPU, 1), -ENOTTY);
	expect("vcpu/unknown", lvz_ioctl(m->vcpu, _IO(LVZ_IOC, 0x7f), 0), -ENOTTY);
	expect("run/arg", lvz_ioctl(m->vcpu, LVZ_RUN, 1), -EINVAL);
	expect("kick/arg", lvz_ioctl(m->vcpu, LVZ_KICK, 1), -EINVAL);
}

static void cases_irq(struct machine *m)
{
	struct lvz_irq irq = { .size = sizeof(irq) };

	expect("irq/nothing", lvz_ioctl(m->vcpu, LVZ_IRQ, &irq), 0);
	cases_size("irq", m->vcpu, LVZ_IRQ, &irq, sizeof(irq), 0);
	case_cut("irq/cut", m->vcpu, LVZ_IRQ, &irq, sizeof(irq));
	for (unsigned int bit = 0; bit < 32; bit++) {
		bool is_line = LVZ_IRQ_LINES >> bit & 1;
		char name[40];

		irq = (struct lvz_irq){ .size = sizeof(irq), .set = 1u << bit };
		snprintf(name, sizeof(name), "irq/set-%u", bit);
		expect(name, lvz_ioctl(m->vcpu, LVZ_IRQ, &irq), is_line ? 0 : -EINVAL);
		irq = (struct lvz_irq){ .size = sizeof(irq), .clear = 1u << bit };
		snprintf(name, sizeof(name), "irq/clear-%u", bit);
		expect(name, lvz_ioctl(m->vcpu, LVZ_IRQ, &irq), is_line ? 0 : -EINVAL);
	}
	irq = (struct lvz_irq){ .size = sizeof(irq), .set = 4, .clear = 4 };
	expect("irq/set-and-clear", lvz_ioctl(m->vcpu, LVZ_IRQ, &irq), -EINVAL);
	irq = (struct lvz_irq){ .size = sizeof(irq), .set = 4, .pad = 1 };
	expect("irq/pad", lvz_ioctl(m->vcpu, LVZ_IRQ, &irq), -EINVAL);
}

static void case_mmap(struct machine *m, const char *name, size_t len, int flags, off_t at)
{
	void *mem = mmap(NULL, len, PROT_READ | PROT_WRITE, flags, m->vcpu, at);

	expect(name, mem == MAP_FAILED ? -errno : 0, -EINVAL);
}

static void cases_mmap(struct machine *m)
{
	void *grown, *again = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, m->vcpu, 0);

	case_mmap(m, "mmap/two-pages", 2 * PAGE, MAP_SHARED, 0);
	case_mmap(m, "mmap/offset", PAGE, MAP_SHARED, PAGE);
	case_mmap(m, "mmap/private", PAGE, MAP_PRIVATE, 0);
	report(again != MAP_FAILED, "mmap/twice", "%s", strerror(errno));
	grown = mremap(m->run, PAGE, 2 * PAGE, MREMAP_MAYMOVE);
	expect("mmap/grow", grown == MAP_FAILED ? -errno : 0, -EFAULT);
	m->run->gpr[5] = 0x1234;
	report(((struct lvz_run *)again)->gpr[5] == 0x1234, "mmap/same-page", "another page");
	munmap(again, PAGE);
	again = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, m->vm, 0);
	expect("mmap/vm", again == MAP_FAILED ? -errno : 0, -ENODEV);
}

static void cases_map_args(struct machine *m)
{
	struct lvz_unmap unmap = { .size = sizeof(unmap), .gpa = EXTRA_GPA, .len = PAGE };
	struct lvz_map map = { .size = sizeof(map), .gpa = EXTRA_GPA, .len = PAGE };
	void *mem = pages(1);

	map.uaddr = (uintptr_t)mem;
	cases_size("map", m->vm, LVZ_MAP, &map, sizeof(map), 0);
	case_cut("map/cut", m->vm, LVZ_MAP, &map, sizeof(map));
	cases_size("unmap", m->vm, LVZ_UNMAP, &unmap, sizeof(unmap), 0);
	case_cut("unmap/cut", m->vm, LVZ_UNMAP, &unmap, sizeof(unmap));
	munmap(mem, PAGE);
}

void cases_args(void)
{
	struct machine m;

	machine_init(&m);
	cases_device(&m);
	cases_vm(&m);
	cases_irq(&m);
	cases_mmap(&m);
	cases_map_args(&m);
	machine_fini(&m);
}
