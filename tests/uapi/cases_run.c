// SPDX-License-Identifier: Apache-2.0
/*
 * cases_run.c - LVZ_RUN and other threads: signals, kicks, a second runner, memory that
 * goes away, files that are closed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "uapi.h"

enum { A0 = 4, A1 };

struct runner {
	struct machine *m;
	pthread_t thread;
	long ret;
};

static void *runner_main(void *arg)
{
	struct runner *r = arg;

	r->ret = lvz_ioctl(r->m->vcpu, LVZ_RUN, 0);
	return NULL;
}

/* Starts LVZ_RUN in a thread and gives it time to get into the guest. */
static void runner_start(struct runner *r, struct machine *m)
{
	r->m = m;
	pthread_create(&r->thread, NULL, runner_main, r);
	sleep_ms(20);
}

static long runner_end(struct runner *r)
{
	struct timespec limit;

	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec += 10;
	if (pthread_timedjoin_np(r->thread, NULL, &limit)) {
		report(false, "run/ends", "LVZ_RUN does not return");
		_exit(1);
	}
	return r->ret;
}

static void cases_stop(struct machine *m)
{
	struct runner r;

	machine_load(m, spin);
	m->run->immediate_exit = 1;
	expect("run/immediate-exit", lvz_ioctl(m->vcpu, LVZ_RUN, 0), -EINTR);
	m->run->immediate_exit = 0;
	expect_u64("run/immediate-exit-pc", m->run->pc, CODE_GPA);
	expect_u64("run/immediate-exit-none", m->run->exit, LVZ_EXIT_NONE);
	expect("kick/before", lvz_ioctl(m->vcpu, LVZ_KICK, 0), 0);
	expect("kick/before-run", lvz_ioctl(m->vcpu, LVZ_RUN, 0), -EINTR);
	runner_start(&r, m);
	expect("kick/during", lvz_ioctl(m->vcpu, LVZ_KICK, 0), 0);
	expect("kick/during-run", runner_end(&r), -EINTR);
	runner_start(&r, m);
	pthread_kill(r.thread, SIGUSR1);
	expect("signal/during", runner_end(&r), -EINTR);
	runner_start(&r, m);
	m->run->immediate_exit = 1;
	pthread_kill(r.thread, SIGUSR1);
	expect("run/immediate-exit-during", runner_end(&r), -EINTR);
	m->run->immediate_exit = 0;
	machine_load(m, sleep);
	runner_start(&r, m);
	expect("kick/idle", lvz_ioctl(m->vcpu, LVZ_KICK, 0), 0);
	expect("kick/idle-run", runner_end(&r), -EINTR);
	runner_start(&r, m);
	pthread_kill(r.thread, SIGUSR1);
	expect("signal/idle", runner_end(&r), -EINTR);
}

static void cases_busy(struct machine *m)
{
	struct lvz_irq irq = { .size = sizeof(irq), .set = 4 };
	struct lvz_fpu fpu = { .pad = 0 };
	struct runner r;
	uint64_t value;

	machine_load(m, spin);
	runner_start(&r, m);
	expect("busy/run", lvz_ioctl(m->vcpu, LVZ_RUN, 0), -EBUSY);
	expect("busy/get-regs", get_reg(m->vcpu, LVZ_REG_UNITS, &value), -EBUSY);
	expect("busy/set-regs", set_reg(m->vcpu, LVZ_REG_CSR(0), 8), -EBUSY);
	expect("busy/get-fpu", lvz_ioctl(m->vcpu, LVZ_GET_FPU, &fpu), -EBUSY);
	expect("busy/set-fpu", lvz_ioctl(m->vcpu, LVZ_SET_FPU, &fpu), -EBUSY);
	expect("busy/irq", lvz_ioctl(m->vcpu, LVZ_IRQ, &irq), 0);
	irq = (struct lvz_irq){ .size = sizeof(irq), .clear = 4 };
	expect("busy/irq-clear", lvz_ioctl(m->vcpu, LVZ_IRQ, &irq), 0);
	lvz_ioctl(m->vcpu, LVZ_KICK, 0);
	expect("busy/end", runner_end(&r), -EINTR);
}

/* An interrupt line wakes idle, and the guest goes on. */
static void case_irq_wakes(struct machine *m)
{
	struct lvz_irq irq = { .size = sizeof(irq), .set = 4 };
	struct runner r;

	machine_load(m, wait);
	runner_start(&r, m);
	expect("irq/idle", lvz_ioctl(m->vcpu, LVZ_IRQ, &irq), 0);
	expect("irq/idle-run", runner_end(&r), 0);
	report(machine_is_done(m), "irq/idle-done", "ecode %#x badv %#llx", machine_ecode(m),
	       (unsigned long long)m->run->badv);
	irq = (struct lvz_irq){ .size = sizeof(irq), .clear = 4 };
	lvz_ioctl(m->vcpu, LVZ_IRQ, &irq);
}

static void cases_memory_goes(struct machine *m)
{
	uint64_t *mem = pages(1), last;
	struct runner r;

	machine_map(m, EXTRA_GPA, mem, PAGE, 0);
	machine_load(m, store);
	m->run->gpr[A1] = EXTRA_GPA;
	runner_start(&r, m);
	expect("gone/unmap", machine_unmap(m, EXTRA_GPA, PAGE), 0);
	last = mem[0];
	expect("gone/run", runner_end(&r), 0);
	report(machine_ecode(m) == EXC_PIS && m->run->badv == EXTRA_GPA, "gone/trap",
	       "ecode %#x badv %#llx", machine_ecode(m), (unsigned long long)m->run->badv);
	report(last > 0 && mem[0] == last, "gone/no-store-after", "%llu then %llu",
	       (unsigned long long)last, (unsigned long long)mem[0]);

	machine_map(m, EXTRA_GPA, mem, PAGE, 0);
	machine_load(m, store);
	runner_start(&r, m);
	munmap(mem, PAGE);
	sleep_ms(5);
	lvz_ioctl(m->vcpu, LVZ_KICK, 0);
	expect("gone/munmap", runner_end(&r), -EINTR);
	machine_unmap(m, EXTRA_GPA, PAGE);

	machine_load(m, count);
	runner_start(&r, m);
	expect("gone/unmap-code", machine_unmap(m, 0, RAM_BYTES), 0);
	expect("gone/code-run", runner_end(&r), 0);
	expect_u64("gone/code-trap", machine_ecode(m), EXC_PIF);
	machine_map(m, 0, m->ram, RAM_BYTES, 0);
}

/* A VM lives as long as a vCPU of it; a vCPU as long as it runs. */
static void cases_close(void)
{
	struct machine m;
	struct runner r;
	int vcpu;

	machine_init(&m);
	machine_load(&m, count);
	runner_start(&r, &m);
	close(m.vm);
	m.vm = -1;
	sleep_ms(5);
	lvz_ioctl(m.vcpu, LVZ_KICK, 0);
	expect("close/vm", runner_end(&r), -EINTR);
	machine_load(&m, hvcl);
	expect("close/vm-run-again", machine_run(&m), 0);
	machine_load(&m, count);
	runner_start(&r, &m);
	vcpu = m.vcpu;
	m.vcpu = -1;
	close(vcpu);
	expect("close/vcpu-kick", lvz_ioctl(vcpu, LVZ_KICK, 0), -EBADF);
	pthread_kill(r.thread, SIGUSR1);
	expect("close/vcpu", runner_end(&r), -EINTR);
	machine_fini(&m);

	/* The mapped page outlives the file descriptor. */
	machine_init(&m);
	close(m.vcpu);
	m.vcpu = -1;
	m.run->gpr[3] = 0x5555;
	expect_u64("close/page", m.run->gpr[3], 0x5555);
	expect("close/cpuid-is-kept", lvz_ioctl(m.vm, LVZ_CREATE_VCPU, 0), -EEXIST);
	machine_fini(&m);
}

/* Two vCPUs on however many CPUs there are, both in the same memory. */
static void case_two(struct machine *m)
{
	struct machine other = *m;
	struct runner r[2];

	other.vcpu = (int)lvz_ioctl(m->vm, LVZ_CREATE_VCPU, 1);
	other.run = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, other.vcpu, 0);
	machine_load(m, count);
	other.run->pc = CODE_GPA;
	m->run->gpr[A0] = 0;
	other.run->gpr[A0] = 1ull << 40;
	runner_start(&r[0], m);
	runner_start(&r[1], &other);
	sleep_ms(100);
	lvz_ioctl(m->vcpu, LVZ_KICK, 0);
	lvz_ioctl(other.vcpu, LVZ_KICK, 0);
	expect("two/first", runner_end(&r[0]), -EINTR);
	expect("two/second", runner_end(&r[1]), -EINTR);
	report(m->run->gpr[A0] && m->run->gpr[A0] >> 40 == 0 &&
	       other.run->gpr[A0] > 1ull << 40, "two/counts", "%#llx %#llx",
	       (unsigned long long)m->run->gpr[A0], (unsigned long long)other.run->gpr[A0]);
	munmap(other.run, PAGE);
	close(other.vcpu);
}

void cases_run(void)
{
	struct machine m;

	machine_init(&m);
	cases_stop(&m);
	cases_busy(&m);
	case_irq_wakes(&m);
	cases_memory_goes(&m);
	case_two(&m);
	machine_fini(&m);
	cases_close();
}
