// SPDX-License-Identifier: Apache-2.0
/*
 * cases_guest.c - what tiny guests (guest.S) make LVZ_RUN return.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "uapi.h"

enum { A0 = 4, A1, A2, A3 };

static void expect_done(const char *name, struct machine *m)
{
	long ret = machine_run(m);

	report(!ret && machine_is_done(m), name, "run %ld, exit %u, ecode %#x, badv %#llx",
	       ret, m->run->exit, machine_ecode(m), (unsigned long long)m->run->badv);
}

/* The run ends in a trap with this cause, at this address if it is not 0. */
static void expect_trap(const char *name, struct machine *m, unsigned int ecode, uint64_t badv)
{
	long ret = machine_run(m);

	report(!ret && m->run->exit == LVZ_EXIT_TRAP && machine_ecode(m) == ecode &&
	       (!badv || m->run->badv == badv), name,
	       "run %ld, exit %u, ecode %#x, badv %#llx", ret, m->run->exit, machine_ecode(m),
	       (unsigned long long)m->run->badv);
}

static void cases_hvcl(struct machine *m)
{
	machine_load(m, hvcl);
	expect_done("guest/hvcl", m);
	expect_u64("guest/hvcl-a0", m->run->gpr[A0], ~0ull);
	expect_u64("guest/hvcl-a1", m->run->gpr[A1], 7);
}

static void cases_mmio(struct machine *m)
{
	machine_load(m, mmio);
	m->run->gpr[A1] = MMIO_GPA;
	expect_trap("guest/mmio-load", m, EXC_PIL, MMIO_GPA);
	expect_u64("guest/mmio-load-word", m->run->badi & 0xffffffff, 0x288000a6);
	expect_u64("guest/mmio-load-pc", m->run->pc, CODE_GPA);
	m->run->gpr[A2] = 0x41;
	m->run->pc += 4;
	expect_trap("guest/mmio-store", m, EXC_PIS, MMIO_GPA + 6);
	expect_u64("guest/mmio-store-value", m->run->gpr[A3], 0x42);
	m->run->pc += 4;
	expect_done("guest/mmio-done", m);
	machine_load(m, jump);
	m->run->gpr[A1] = MMIO_GPA;
	expect_trap("guest/mmio-fetch", m, EXC_PIF, MMIO_GPA);
	/* An address that no second stage can have. */
	machine_load(m, touch);
	m->run->gpr[A1] = 1ull << 46;
	expect_trap("guest/address-beyond", m, EXC_PIL, 1ull << 46);
}

static void cases_privileged(struct machine *m)
{
	machine_load(m, cpucfg);
	expect_trap("guest/cpucfg", m, EXC_GSPR, 0);
	expect_u64("guest/cpucfg-word", m->run->badi & 0xffffffff, 0x00006ca4);
	m->run->gpr[A0] = 0x1234;
	m->run->pc += 4;
	expect_done("guest/cpucfg-done", m);
	expect_u64("guest/cpucfg-a0", m->run->gpr[A0], 0x1234);
	machine_load(m, iocsr);
	expect_trap("guest/iocsr-read", m, EXC_GSPR, 0);
	expect_u64("guest/iocsr-read-word", m->run->badi & 0xffffffff, 0x064808a4);
	m->run->pc += 4;
	expect_trap("guest/iocsr-write", m, EXC_GSPR, 0);
	expect_u64("guest/iocsr-write-word", m->run->badi & 0xffffffff, 0x06481ca4);
}

static void cases_idle(struct machine *m)
{
	struct lvz_info info = { .size = sizeof(info) };
	uint64_t start, ticks;

	lvz_ioctl(m->dev, LVZ_INFO, &info);
	ticks = info.timer_hz / 50 & ~3ull;
	machine_load(m, idle);
	m->run->gpr[A1] = ticks | 1;
	start = now_ns();
	expect_done("guest/idle-timer", m);
	report(now_ns() - start >= 19000000, "guest/idle-time", "%llu ns, wanted 20 ms",
	       (unsigned long long)(now_ns() - start));
	expect_u64("guest/idle-estat", m->run->gpr[A0], 1u << 11);
	/* The timer has fired and stays so. */
	machine_load(m, cpucfg);
	expect_trap("guest/after-idle", m, EXC_GSPR, 0);
	set_reg(m->vcpu, LVZ_REG_CSR(0x41), 0);
	set_reg(m->vcpu, LVZ_REG_CSR(0x5), 0);
}

static void cases_units(struct machine *m)
{
	const uint64_t two = 0x4000000000000000ull, four = 0x4010000000000000ull;
	struct lvz_fpu f;
	uint64_t all;

	machine_load(m, lsx);
	m->run->gpr[A1] = two;
	expect_done("guest/lsx", m);
	expect_u64("guest/lsx-a0", m->run->gpr[A0], 2 * two);
	lvz_ioctl(m->vcpu, LVZ_GET_FPU, &f);
	report(f.fpr[2][0] == four && f.fpr[3][0] == two && f.fpr[3][1] == two &&
	       f.fpr[4][1] == 2 * two, "guest/lsx-state", "%#llx %#llx %#llx %#llx",
	       (unsigned long long)f.fpr[2][0], (unsigned long long)f.fpr[3][0],
	       (unsigned long long)f.fpr[3][1], (unsigned long long)f.fpr[4][1]);
	f.fpr[1][0] = four;
	lvz_ioctl(m->vcpu, LVZ_SET_FPU, &f);
	machine_load(m, fp);
	expect_done("guest/fp", m);
	expect_u64("guest/fp-a0", m->run->gpr[A0], 0x4020000000000000ull);

	get_reg(m->vcpu, LVZ_REG_UNITS, &all);
	set_reg(m->vcpu, LVZ_REG_UNITS, 0);
	machine_load(m, fp);
	expect_trap("guest/no-fp", m, EXC_FPD, 0);
	set_reg(m->vcpu, LVZ_REG_UNITS, LVZ_UNIT_FP);
	machine_load(m, lsx);
	expect_trap("guest/no-lsx", m, EXC_SXD, 0);
	set_reg(m->vcpu, LVZ_REG_UNITS, all);
	/* A cause whose exception is enabled, from the owner, is no trap of the host's. */
	memset(&f, 0, sizeof(f));
	f.fcsr = 0x1f00001f;
	lvz_ioctl(m->vcpu, LVZ_SET_FPU, &f);
	machine_load(m, fp);
	expect_done("guest/fcsr", m);
}

static void cases_owned_memory(struct machine *m)
{
	uint64_t *ro = pages(1), *fresh = pages(2);

	ro[0] = 0x1122334455667788ull;
	machine_map(m, RO_GPA, ro, PAGE, LVZ_MAP_RO);
	machine_load(m, touch);
	m->run->gpr[A1] = RO_GPA;
	expect_trap("guest/ro-store", m, EXC_PME, RO_GPA);
	expect_u64("guest/ro-load", m->run->gpr[A0], 0x1122334455667788ull);
	/* The same with nothing cached. */
	machine_load_words(m, (const uint32_t[]){ 0x29c000a6 }, 1);
	machine_unmap(m, RO_GPA, PAGE);
	machine_map(m, RO_GPA, ro, PAGE, LVZ_MAP_RO);
	expect_trap("guest/ro-store-first", m, EXC_PIS, RO_GPA);
	expect_u64("guest/ro-untouched", ro[0], 0x1122334455667788ull);
	machine_unmap(m, RO_GPA, PAGE);
	munmap(ro, PAGE);

	/* The owner's memory is gone before the guest touches it, and stays so after. */
	machine_map(m, EXTRA_GPA, fresh, 2 * PAGE, 0);
	machine_load(m, touch);
	m->run->gpr[A1] = EXTRA_GPA;
	m->run->gpr[A2] = 0xabcd;
	expect_done("guest/extra", m);
	expect_u64("guest/extra-value", fresh[0], 0xabcd);
	munmap(fresh, 2 * PAGE);
	machine_load(m, touch);
	expect_done("guest/munmapped-but-pinned", m);
	expect_u64("guest/munmapped-value", m->run->gpr[A0], 0xabcd);
	machine_load(m, touch);
	m->run->gpr[A1] = EXTRA_GPA + PAGE;
	expect("guest/munmapped", machine_run(m), -EFAULT);
	expect_u64("guest/munmapped-exit", m->run->exit, LVZ_EXIT_NONE);
	machine_unmap(m, EXTRA_GPA, 2 * PAGE);
	machine_load(m, touch);
	expect_trap("guest/unmapped", m, EXC_PIL, EXTRA_GPA + PAGE);
}

/*
 * A page in the midst of 32 MiB of one piece that is the owner's no more: the guest must see
 * the one that came in its place.
 */
static void case_huge(struct machine *m)
{
	enum { HUGE = PAGE / 8 * PAGE, HOLE = 5 * PAGE };
	const uint64_t gpa = 4ull * HUGE;
	uint8_t *all = pages(2 * HUGE / PAGE);
	uint8_t *mem = all + (-(uintptr_t)all & (HUGE - 1));
	uint64_t *hole = (uint64_t *)(void *)(mem + HOLE);
	long huge_kb;

	memset(mem, 0x11, HUGE);
	huge_kb = proc_kb("/proc/self/smaps_rollup", "AnonHugePages");
	report(huge_kb >= HUGE / 1024, "guest/huge-memory", "%ld kB in huge pages", huge_kb);
	mmap(hole, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	*hole = 0x22;
	/* Where no small page ever was. */
	machine_map(m, gpa, mem, HUGE, 0);
	m->run->gpr[A2] = 0x33;
	for (unsigned int i = 0; i < 2; i++) {
		machine_load(m, touch);
		m->run->gpr[A1] = gpa + (i ? HOLE : 0);
		expect_done(i ? "guest/huge-hole" : "guest/huge", m);
	}
	expect_u64("guest/huge-hole-load", m->run->gpr[A0], 0x22);
	expect_u64("guest/huge-hole-store", *hole, 0x33);
	machine_unmap(m, gpa, HUGE);
	munmap(all, 2 * HUGE);
}

/* The page shared with the kernel can be the guest's memory, too. */
static void case_run_page(struct machine *m)
{
	machine_map(m, EXTRA_GPA, m->run, PAGE, 0);
	machine_load(m, touch);
	m->run->gpr[A1] = EXTRA_GPA + offsetof(struct lvz_run, gpr[20]);
	m->run->gpr[A2] = 0x77;
	m->run->gpr[20] = 0x66;
	long ret = machine_run(m);

	report(ret == -EFAULT || (!ret && machine_is_done(m)), "guest/run-page", "run %ld", ret);
	machine_unmap(m, EXTRA_GPA, PAGE);
}

void cases_guest(void)
{
	struct machine m;

	machine_init(&m);
	cases_hvcl(&m);
	cases_mmio(&m);
	cases_privileged(&m);
	cases_idle(&m);
	cases_units(&m);
	cases_owned_memory(&m);
	case_huge(&m);
	case_run_page(&m);
	machine_fini(&m);
}
