/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backend/soft.c - the engine that needs nothing: our own CPU (src/soft).
 *
 * Timers: one timerfd per vCPU on the loop.  A vCPU arms it itself when it wants to be told
 * sooner than the timer would fire; for a later time, or none, the loop arms it anew or
 * forgets it when it has fired.  Hypervisors set timers twice at each switch of worlds, so
 * a system call each time would be most of the switch.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "backend/backend.h"
#include "soft/la.h"

extern const struct backend_ops backend_soft;

/* A timer that would fire so soon is waited for. */
#define SHORT_NS 1000u

struct soft_vcpu {
	struct la_cpu *cpu;
	int timer_fd;
	struct event_io *timer_io;	/* loop */
	pthread_mutex_t timer_lock;	/* the two below: the vCPU and the loop */
	uint64_t wanted_ns;		/* when the CPU is to be told; 0: not at all */
	uint64_t armed_ns;		/* when the timer fires, never after wanted_ns; 0: not */
};

struct be_vm {
	struct la_machine *machine;
	struct memory *mem;
	struct bus *mmio;
	struct bus *iocsr;
	unsigned int nvcpus;
	struct soft_vcpu *vcpus;
};

/* ------------------------------------------------------------------ la_bus */

static uint64_t soft_load(void *ctx, unsigned int cpu, uint64_t gpa, unsigned int size)
{
	struct be_vm *vm = ctx;

	return bus_read(vm->mmio, gpa, size, cpu);
}

static void soft_store(void *ctx, unsigned int cpu, uint64_t gpa, unsigned int size,
		       uint64_t val)
{
	struct be_vm *vm = ctx;

	bus_write(vm->mmio, gpa, size, val, cpu);
}

static uint64_t soft_iocsr_read(void *ctx, unsigned int cpu, uint32_t addr, unsigned int size)
{
	struct be_vm *vm = ctx;

	return bus_read(vm->iocsr, addr, size, cpu);
}

static void soft_iocsr_write(void *ctx, unsigned int cpu, uint32_t addr, unsigned int size,
			     uint64_t val)
{
	struct be_vm *vm = ctx;

	bus_write(vm->iocsr, addr, size, val, cpu);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* timer_lock held */
static void timer_arm(struct soft_vcpu *v, uint64_t deadline_ns)
{
	struct itimerspec its = {
		.it_value = { .tv_sec = (time_t)(deadline_ns / 1000000000u),
			      .tv_nsec = (long)(deadline_ns % 1000000000u) },
	};

	timerfd_settime(v->timer_fd, TFD_TIMER_ABSTIME, &its, NULL);
	v->armed_ns = deadline_ns;
}

/* True when @deadline_ns is as good as now, and has passed on return. */
static bool is_short(uint64_t deadline_ns)
{
	if (now_ns() + SHORT_NS < deadline_ns)
		return false;
	while (now_ns() < deadline_ns)
		;
	return true;
}

static void soft_timer_set(void *ctx, unsigned int cpu, uint64_t deadline_ns)
{
	struct be_vm *vm = ctx;
	struct soft_vcpu *v = &vm->vcpus[cpu];
	bool is_now = deadline_ns && is_short(deadline_ns);

	pthread_mutex_lock(&v->timer_lock);
	v->wanted_ns = is_now ? 0 : deadline_ns;
	if (v->wanted_ns && (!v->armed_ns || v->wanted_ns < v->armed_ns))
		timer_arm(v, v->wanted_ns);
	pthread_mutex_unlock(&v->timer_lock);
	if (is_now)
		la_cpu_timer_expired(v->cpu);
}

static void soft_timer_fired(void *ctx, int revents)
{
	struct soft_vcpu *v = ctx;
	bool is_due = false;
	uint64_t n;

	(void)revents;
	pthread_mutex_lock(&v->timer_lock);
	/* Nothing to read: the vCPU has armed it anew meanwhile. */
	if (read(v->timer_fd, &n, sizeof(n)) == (ssize_t)sizeof(n)) {
		v->armed_ns = 0;
		is_due = v->wanted_ns && v->wanted_ns <= now_ns();
		if (v->wanted_ns && !is_due)
			timer_arm(v, v->wanted_ns);
	}
	pthread_mutex_unlock(&v->timer_lock);
	if (is_due)
		la_cpu_timer_expired(v->cpu);
}

static void soft_ram_written(void *ctx, gpa_t gpa, uint64_t len)
{
	struct be_vm *vm = ctx;

	la_ram_written(vm->machine, gpa, len);
}

/* ------------------------------------------------------------------ life */

static int soft_probe(struct err *err)
{
	(void)err;
	return 0;
}

static void soft_vm_destroy(struct be_vm *vm)
{
	if (!vm)
		return;
	for (unsigned int i = 0; vm->vcpus && i < vm->nvcpus; i++) {
		event_io_del(vm->vcpus[i].timer_io);
		if (vm->vcpus[i].timer_fd >= 0)
			close(vm->vcpus[i].timer_fd);
		pthread_mutex_destroy(&vm->vcpus[i].timer_lock);
	}
	if (vm->mem)
		vm->mem->on_write = NULL;
	la_machine_destroy(vm->machine);
	free(vm->vcpus);
	free(vm);
}

static int soft_timers_create(struct be_vm *vm, struct event_loop *loop, struct err *err)
{
	for (unsigned int i = 0; i < vm->nvcpus; i++) {
		struct soft_vcpu *v = &vm->vcpus[i];
		int ret;

		v->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
		if (v->timer_fd < 0)
			return err_set(err, -errno, "timerfd: %s", strerror(errno));
		ret = event_io_add(loop, v->timer_fd, EVENT_READ, soft_timer_fired, v,
				   &v->timer_io, err);
		if (ret)
			return ret;
	}
	return 0;
}

static int soft_machine_create(struct be_vm *vm, const struct be_vm_cfg *cfg, struct err *err)
{
	struct la_ram ram[MEM_MAX_SLOTS];
	struct la_machine_cfg mc = {
		.ram_base = cfg->mem->base,
		.ram = ram,
		.nram = cfg->mem->nslots,
		.bus = { vm, soft_load, soft_store, soft_iocsr_read, soft_iocsr_write,
			 soft_timer_set },
		.features = { .is_la464 = cfg->cpu.is_la464, .has_lsx = cfg->cpu.has_lsx,
			      .has_lasx = cfg->cpu.has_lasx, .has_ptw = cfg->cpu.has_ptw,
			      .has_v11 = cfg->cpu.has_v11, .has_pmu = cfg->cpu.has_pmu,
			      .has_lvz = cfg->cpu.has_lvz },
		.ncpus = cfg->nvcpus,
		.observer = cfg->observer,
		.lint = cfg->lint,
		.stress_level = cfg->stress_level,
		.stress_seed = cfg->stress_seed,
	};
	int ret;

	for (unsigned int i = 0; i < cfg->mem->nslots; i++)
		ram[i] = (struct la_ram){ cfg->mem->slots[i].gpa, cfg->mem->slots[i].len_bytes };
	ret = la_machine_create(&vm->machine, &mc, err);
	if (ret)
		return ret;
	for (unsigned int i = 0; i < vm->nvcpus; i++)
		vm->vcpus[i].cpu = la_machine_cpu(vm->machine, i);
	return 0;
}

static int soft_vm_create(struct be_vm **out, const struct be_vm_cfg *cfg, struct err *err)
{
	struct be_vm *vm = calloc(1, sizeof(*vm));
	int ret;

	if (!vm)
		return err_set(err, -ENOMEM, "soft engine: out of memory");
	vm->mmio = cfg->mmio;
	vm->iocsr = cfg->iocsr;
	vm->nvcpus = cfg->nvcpus;
	vm->vcpus = calloc(cfg->nvcpus, sizeof(*vm->vcpus));
	if (!vm->vcpus) {
		free(vm);
		return err_set(err, -ENOMEM, "soft engine: out of memory");
	}
	for (unsigned int i = 0; i < cfg->nvcpus; i++) {
		vm->vcpus[i].timer_fd = -1;
		pthread_mutex_init(&vm->vcpus[i].timer_lock, NULL);
	}
	ret = soft_timers_create(vm, cfg->loop, err);
	if (!ret)
		ret = soft_machine_create(vm, cfg, err);
	if (ret) {
		soft_vm_destroy(vm);
		return ret;
	}
	vm->mem = cfg->mem;
	vm->mem->on_write_ctx = vm;
	vm->mem->on_write = soft_ram_written;
	*out = vm;
	return 0;
}

/* ------------------------------------------------------------------ vCPUs */

static void soft_vcpu_reset(struct be_vm *vm, unsigned int vcpu, uint64_t pc,
			    const uint64_t args[3])
{
	struct la_cpu *cpu = vm->vcpus[vcpu].cpu;

	la_cpu_reset(cpu, pc);
	for (unsigned int i = 0; i < 3; i++)
		la_set_gpr(cpu, 4 + i, args[i]);
}

static int soft_vcpu_run(struct be_vm *vm, unsigned int vcpu, struct err *err)
{
	struct la_cpu *cpu = vm->vcpus[vcpu].cpu;

	(void)err;
	while (la_run(cpu) == LA_STOP_IDLE)
		la_cpu_wait(cpu);
	return 0;
}

static void soft_vcpu_kick(struct be_vm *vm, unsigned int vcpu)
{
	la_cpu_kick(vm->vcpus[vcpu].cpu);
}

static uint64_t soft_vcpu_pc(struct be_vm *vm, unsigned int vcpu)
{
	return la_get_pc(vm->vcpus[vcpu].cpu);
}

static void soft_irq_set(struct be_vm *vm, unsigned int vcpu, unsigned int line, bool level)
{
	la_cpu_set_irq(vm->vcpus[vcpu].cpu, line, level);
}

static const char *const soft_models[] = { "max", "la464", NULL };
static const char *const soft_features[] = { "LSX", "LASX", "hardware page walk", "LVZ", NULL };

const struct backend_ops backend_soft = {
	.name = "soft",
	.how = "interpreter",
	.models = soft_models,
	.features = soft_features,
	.can_observe = true,
	.probe = soft_probe,
	.vm_create = soft_vm_create,
	.vm_destroy = soft_vm_destroy,
	.vcpu_reset = soft_vcpu_reset,
	.vcpu_run = soft_vcpu_run,
	.vcpu_kick = soft_vcpu_kick,
	.vcpu_pc = soft_vcpu_pc,
	.irq_set = soft_irq_set,
};
