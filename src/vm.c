/* SPDX-License-Identifier: Apache-2.0 */
/* vm.c - see vm.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "vm.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "backend/backend.h"
#include "engine.h"
#include "loader/loader.h"
#include "machine.h"
#include "trace/trace.h"
#include "util/bits.h"
#include "util/log.h"
#include "vcpu.h"

#define VM_WORKERS 4		/* threads for blocking file I/O */

#define NO_REQUEST (-1)

static const int stop_signals[] = { SIGINT, SIGTERM, SIGHUP };

struct vm {
	const struct vm_config *cfg;
	const struct backend_ops *ops;
	struct be_vm *be;
	struct trace *trace;			/* NULL: none */
	struct event_loop *loop;
	struct machine *machine;
	struct vcpu_set *vcpus;
	struct vm_control ctl;
	struct machine_irqchip irqchip;		/* the engine's, if it shall be used */
	struct ld_result boot;
	struct event_signal *signals[ARRAY_SIZE(stop_signals)];

	struct event_work stop_work;
	atomic_int request;			/* enum vm_stop_reason, or NO_REQUEST */
	int signum;				/* loop */
	pthread_mutex_t fail_lock;
	struct err fail;			/* fail_lock; the engine's own words */
};

/* ------------------------------------------------------------------ requests */

/*
 * The first request wins, but a reboot gives way to any end.  False: it came too late.
 * Before the post, because stop_work() reads it.
 */
static bool request_stop(struct vm *vm, enum vm_stop_reason why)
{
	int seen = NO_REQUEST;

	while (!atomic_compare_exchange_weak(&vm->request, &seen, (int)why)) {
		if (seen != NO_REQUEST && (seen != VM_STOP_REBOOT || why == VM_STOP_REBOOT))
			return false;
	}
	event_post(vm->loop, &vm->stop_work);
	return true;
}

static void ctl_stop(struct vm_control *ctl, enum vm_stop_reason why)
{
	request_stop(container_of(ctl, struct vm, ctl), why);
}

static void ctl_vcpu_start(struct vm_control *ctl, unsigned int vcpu, uint64_t pc)
{
	static const uint64_t none[3];
	struct vm *vm = container_of(ctl, struct vm, ctl);

	vcpu_set_start(vm->vcpus, vcpu, pc, none);
}

static void set_cpu_line(void *ctx, unsigned int vcpu, unsigned int line, bool level)
{
	struct vm *vm = ctx;

	if (vm->trace)
		trace_cpu_line(vm->trace, vcpu, line, level);
	/* Devices settle their lines while they are created, before there are vCPUs. */
	if (vm->be)
		vm->ops->irq_set(vm->be, vcpu, line, level);
}

/* Inputs of the engine's interrupt controllers; as above, low before there is an engine. */
static void set_pic_pin(void *ctx, unsigned int pin, bool level)
{
	struct vm *vm = ctx;

	if (vm->be)
		vm->ops->irqchip->pic_set(vm->be, pin, level);
}

static void send_message(void *ctx, unsigned int vector, bool level)
{
	struct vm *vm = ctx;

	if (vm->be && level)
		vm->ops->irqchip->msi_send(vm->be, vector);
}

static void reset_irqchip(void *ctx)
{
	struct vm *vm = ctx;

	if (vm->be)
		vm->ops->irqchip->reset(vm->be);
}

static void on_quit(void *ctx)
{
	request_stop(ctx, VM_STOP_USER);
}

static void on_signal(void *ctx, int signum)
{
	struct vm *vm = ctx;

	if (request_stop(vm, VM_STOP_SIGNAL))
		vm->signum = signum;
}

static void set_failure(struct vm *vm, const struct err *err)
{
	pthread_mutex_lock(&vm->fail_lock);
	vm->fail = *err;
	pthread_mutex_unlock(&vm->fail_lock);
}

static void on_vcpu_fail(void *ctx, const struct err *err)
{
	struct vm *vm = ctx;

	set_failure(vm, err);
	request_stop(vm, VM_STOP_HOST_ERROR);
}

/* ------------------------------------------------------------------ loading */

static void fill_request(const struct vm_config *cfg, struct ld_request *req)
{
	*req = (struct ld_request){
		.kernel = cfg->boot.kernel,
		.initrd = cfg->boot.initrd,
		.cmdline = cfg->boot.cmdline,
		.dtb = cfg->boot.dtb,
		.is_raw = cfg->boot.has_load,
		.has_load = cfg->boot.has_load,
		.load_gpa = cfg->boot.load,
		.has_entry = cfg->boot.has_entry,
		.entry_gpa = cfg->boot.entry,
		.nvcpus = cfg->vm.vcpus,
		.cpu_model = cfg->cpu.model == CFG_CPU_LA464 ? "la464" : "max",
	};
}

/* Adds the loader's @err to @report, at the key whose file it begins with. */
static int report_load_error(const struct vm_config *cfg, const struct err *err,
			     struct cfg_report *report)
{
	const struct { const char *key, *path; } files[] = {
		{ "kernel", cfg->boot.kernel },
		{ "initrd", cfg->boot.initrd },
		{ "dtb", cfg->boot.dtb },
	};
	struct cfg_loc loc = cfg_loc(cfg, "boot", NULL);

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		size_t len = files[i].path ? strlen(files[i].path) : 0;

		if (!len || strncmp(err->text, files[i].path, len) || err->text[len] != ':')
			continue;
		loc = cfg_loc(cfg, "boot", files[i].key);
		break;
	}
	if (cfg_report_has(report, &loc))
		return -EINVAL;
	return cfg_report_add(report, &loc, "%s", err->text);
}

/* The user's device tree alone: a bad kernel would hide what is wrong with it. */
static int check_dtb(const struct vm_config *cfg, const struct ld_request *req, struct err *err)
{
	struct memory *mem;
	void *blob;
	size_t len;
	int ret = mem_create(&mem, cfg->vm.memory_bytes, err);

	if (ret)
		return ret;
	ret = ld_build_fdt(mem, req, 0, 0, &blob, &len, err);
	if (!ret)
		free(blob);
	mem_destroy(mem);
	return ret;
}

void vm_check(const struct vm_config *cfg, struct cfg_report *report)
{
	const struct backend_ops *ops;
	struct ld_request req;
	struct err err;

	if (engine_choose(cfg->vm.backend, &ops, &err))
		engine_report(cfg, &err, report);
	else if (!engine_check(cfg, ops, false, report))
		engine_check_cpu(cfg, ops, report);
	machine_check_disks(cfg, report);
	fill_request(cfg, &req);
	if (!req.kernel || !ld_check(&req, cfg->vm.memory_bytes, &err))
		return;
	report_load_error(cfg, &err, report);
	if (req.dtb && check_dtb(cfg, &req, &err))
		report_load_error(cfg, &err, report);
}

static int load_guest(struct vm *vm, struct err *err)
{
	uint8_t seed[LD_RNG_SEED_BYTES];
	struct ld_request req;

	fill_request(vm->cfg, &req);
	req.fdt_devices = machine_fdt;
	req.fdt_ctx = vm->machine;
	if (getrandom(seed, sizeof(seed), 0) == (ssize_t)sizeof(seed))
		req.rng_seed = seed;
	return ld_load(machine_memory(vm->machine), &req, &vm->boot, err);
}

static bool has_kernel_irqchip(const struct vm *vm)
{
	return vm->cfg->vm.irqchip == CFG_IRQCHIP_KERNEL;
}

static void start_cpus(struct vm *vm)
{
	static const uint64_t none[3];
	const uint64_t args[3] = { vm->boot.a0, vm->boot.a1, vm->boot.a2 };

	vcpu_set_start(vm->vcpus, 0, vm->boot.entry, args);
	/* Where the engine has the mailboxes, vCPUs wait for them inside the guest. */
	for (unsigned int i = 1; has_kernel_irqchip(vm) && i < vm->cfg->vm.vcpus; i++)
		vcpu_set_start(vm->vcpus, i, vm->ops->irqchip->park_pc, none);
}

/* ------------------------------------------------------------------ life */

static int create_engine(struct vm *vm, struct err *err)
{
	const struct be_vm_cfg bc = {
		.mem = machine_memory(vm->machine),
		.mmio = machine_mmio(vm->machine),
		.iocsr = machine_iocsr(vm->machine),
		.loop = vm->loop,
		.cpu = engine_cpu_model(&vm->cfg->cpu),
		.nvcpus = vm->cfg->vm.vcpus,
		.observer = vm->trace && vm->ops->can_observe ? trace_observer(vm->trace) : NULL,
		.has_irqchip = has_kernel_irqchip(vm),
		.lint = vm->trace ? trace_lint(vm->trace) : NULL,
		.stress_level = vm->cfg->stress.level,
		.stress_seed = vm->cfg->stress.seed,
	};
	int ret = vm->ops->vm_create(&vm->be, &bc, err);

	if (ret)
		return ret;
	return vcpu_set_create(&vm->vcpus, vm->ops, vm->be, bc.nvcpus, on_vcpu_fail, vm, err);
}

static uint64_t vcpu_pc(void *ctx, unsigned int vcpu)
{
	struct vm *vm = ctx;

	return vm->ops->vcpu_pc(vm->be, vcpu);
}

static int add_doorbell(void *ctx, uint64_t gpa, uint32_t data, int fd)
{
	struct vm *vm = ctx;

	return vm->ops->doorbell_add(vm->be, gpa, data, fd);
}

static void add_doorbells(struct vm *vm)
{
	const struct machine_doorbells bells = { add_doorbell, vm };
	bool is_seen = vm->trace && trace_mmio_tap(vm->trace);

	/* A trace of accesses shall have all of them. */
	if (vm->ops->doorbell_add && !is_seen)
		machine_add_doorbells(vm->machine, &bells);
}

static int listen(struct vm *vm, struct err *err)
{
	if (!vm->trace)
		return 0;
	trace_set_pc(vm->trace, vcpu_pc, vm);
	bus_set_tap(machine_mmio(vm->machine), trace_mmio_tap(vm->trace));
	bus_set_tap(machine_iocsr(vm->machine), trace_iocsr_tap(vm->trace));
	return trace_attach(vm->trace, vm->loop, err);
}

static int add_signals(struct vm *vm, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(stop_signals); i++) {
		int ret = event_signal_add(vm->loop, stop_signals[i], on_signal, vm,
					   &vm->signals[i], err);

		if (ret)
			return ret;
	}
	return 0;
}

/* --lvz-lint looks into our own CPU, at what only LVZ has. */
static int check_lint(struct vm *vm, struct cfg_report *report)
{
	struct cfg_loc loc;

	if (!vm->trace || !trace_lint(vm->trace))
		return 0;
	if (!vm->ops->can_observe) {
		loc = cfg_loc(vm->cfg, "vm", "backend");
		return cfg_report_add(report, &loc, "--lvz-lint wants the engine soft, not %s",
				      vm->ops->name);
	}
	if (cfg_cpu_has(&vm->cfg->cpu, CFG_CPU_LVZ))
		return 0;
	loc = cfg_loc(vm->cfg, "cpu", "lvz");
	return cfg_report_add(report, &loc, "--lvz-lint wants a CPU with LVZ: lvz = on");
}

static void stop_work(struct event_work *work);

static int build(struct vm *vm, bool takes_signals, struct cfg_report *report, struct err *err)
{
	struct machine_env env = {
		.ctl = &vm->ctl,
		.lines = { set_cpu_line, vm, vm->cfg->vm.vcpus },
		.on_quit = on_quit,
		.quit_ctx = vm,
		.irq_tap = vm->trace ? trace_irq_tap(vm->trace) : NULL,
		.irqchip = has_kernel_irqchip(vm) ? &vm->irqchip : NULL,
	};
	int ret = engine_choose(vm->cfg->vm.backend, &vm->ops, err);

	if (ret)
		return engine_report(vm->cfg, err, report);
	ret = engine_check(vm->cfg, vm->ops, vm->trace && trace_needs_observer(vm->trace),
			   report);
	if (!ret)
		ret = check_lint(vm, report);
	if (ret)
		return ret;
	ret = event_loop_create(&vm->loop, VM_WORKERS, err);
	if (ret)
		return ret;
	env.loop = vm->loop;
	/* Before there is a terminal to restore or a socket to remove. */
	if (takes_signals)
		ret = add_signals(vm, err);
	if (!ret)
		ret = machine_create(&vm->machine, vm->cfg, &env, report, err);
	if (ret)
		return ret;
	ret = create_engine(vm, err);
	if (ret == -EINVAL)
		return engine_report(vm->cfg, err, report);
	if (!ret)
		ret = listen(vm, err);
	if (ret)
		return ret;
	add_doorbells(vm);
	ret = load_guest(vm, err);
	/* Only for want of memory is the host to blame. */
	return ret && ret != -ENOMEM ? report_load_error(vm->cfg, err, report) : ret;
}

int vm_create(struct vm **out, const struct vm_config *cfg, bool takes_signals,
	      struct trace *trace, struct cfg_report *report, struct err *err)
{
	struct vm *vm = calloc(1, sizeof(*vm));
	int ret;

	if (!vm)
		return err_set(err, -ENOMEM, "out of memory");
	vm->cfg = cfg;
	vm->trace = trace;
	vm->ctl = (struct vm_control){ ctl_stop, ctl_vcpu_start };
	vm->irqchip = (struct machine_irqchip){
		.pic = { set_pic_pin, vm, 0 },
		.messages = { send_message, vm, 0 },
		.reset = reset_irqchip,
		.ctx = vm,
	};
	vm->stop_work.fn = stop_work;
	atomic_init(&vm->request, NO_REQUEST);
	pthread_mutex_init(&vm->fail_lock, NULL);
	ret = build(vm, takes_signals, report, err);
	if (ret) {
		vm_destroy(vm);
		return ret;
	}
	*out = vm;
	return 0;
}

void vm_destroy(struct vm *vm)
{
	if (!vm)
		return;
	vcpu_set_destroy(vm->vcpus);
	if (vm->be)
		vm->ops->vm_destroy(vm->be);
	vm->be = NULL;
	machine_destroy(vm->machine);
	if (vm->trace)
		trace_detach(vm->trace);
	/* Last: an impatient second signal must not cut off flushing and restoring. */
	for (size_t i = 0; i < ARRAY_SIZE(vm->signals); i++)
		event_signal_del(vm->signals[i]);
	if (vm->loop)
		event_loop_destroy(vm->loop);
	pthread_mutex_destroy(&vm->fail_lock);
	free(vm);
}

/*
 * The guest asked for a reboot: everything back to power-on, in place.  1: done, but the
 * end was asked for meanwhile.
 */
static int reboot(struct vm *vm, struct err *err)
{
	int ret, seen = VM_STOP_REBOOT;

	machine_quiesce(vm->machine);
	event_drain(vm->loop);
	machine_reset(vm->machine);
	ret = mem_clear(machine_memory(vm->machine), err);
	if (!ret && vm->ops->ram_cleared)
		ret = vm->ops->ram_cleared(vm->be, err);
	if (!ret)
		ret = load_guest(vm, err);
	if (ret)
		return ret;
	vcpu_set_park(vm->vcpus);
	/* Ready for the next request before the guest can make one. */
	if (!atomic_compare_exchange_strong(&vm->request, &seen, NO_REQUEST))
		return 1;
	start_cpus(vm);
	vcpu_set_resume(vm->vcpus);
	log_info("vm", "guest rebooted");
	return 0;
}

static void stop_work(struct event_work *work)
{
	struct vm *vm = container_of(work, struct vm, stop_work);
	struct err err;
	int ret;

	vcpu_set_pause(vm->vcpus);
	if (atomic_load(&vm->request) == VM_STOP_REBOOT) {
		ret = reboot(vm, &err);
		if (!ret)
			return;
		if (ret < 0) {
			set_failure(vm, &err);
			atomic_store(&vm->request, VM_STOP_HOST_ERROR);
		}
	}
	event_loop_stop(vm->loop);
}

static uint64_t process_age_us(void)
{
	struct timespec ts;

	/* CPU time of a process that only prepared a VM is close to its age. */
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / 1000u;
}

struct vm_result vm_run(struct vm *vm, struct err *err)
{
	struct vm_result res;

	log_info("vm", "%s on %s: entering the guest at %#llx after %llu us, unpacking the kernel took %llu us of them",
		 vm->boot.format, vm->ops->name, (unsigned long long)vm->boot.entry,
		 (unsigned long long)process_age_us(),
		 (unsigned long long)(vm->boot.unpack_ns / 1000));
	start_cpus(vm);
	event_loop_run(vm->loop);
	vcpu_set_pause(vm->vcpus);
	machine_quiesce(vm->machine);
	event_drain(vm->loop);
	res = (struct vm_result){ (enum vm_stop_reason)atomic_load(&vm->request), vm->signum };
	if (res.why == VM_STOP_HOST_ERROR) {
		pthread_mutex_lock(&vm->fail_lock);
		*err = vm->fail;
		pthread_mutex_unlock(&vm->fail_lock);
	}
	return res;
}

/* ------------------------------------------------------------------ --dump-dtb */

static int write_file(const char *path, const void *buf, size_t len, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	size_t done = 0;

	if (fd < 0)
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	while (done < len) {
		ssize_t n = write(fd, (const char *)buf + done, len - done);

		if (n < 0) {
			int ret = -errno;

			close(fd);
			return err_set(err, ret, "%s: %s", path, strerror(-ret));
		}
		done += (size_t)n;
	}
	if (close(fd))
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	return 0;
}

int vm_dump_dtb(const struct vm_config *cfg, const char *path, struct cfg_report *report,
		struct err *err)
{
	struct vm *vm;
	void *blob;
	size_t len;
	struct ld_request req;
	struct vm_config quiet = *cfg;
	int ret;

	/* The tree does not tell where consoles lead, so leave terminal and sockets alone. */
	quiet.serial.chardev = quiet.console.chardev =
		(struct cfg_chardev){ .kind = CFG_CHARDEV_NONE, .spec = "none" };
	quiet.stress.level = 0;
	ret = vm_create(&vm, &quiet, true, NULL, report, err);

	if (ret)
		return ret;
	fill_request(cfg, &req);
	req.fdt_devices = machine_fdt;
	req.fdt_ctx = vm->machine;
	ret = ld_build_fdt(machine_memory(vm->machine), &req, vm->boot.initrd_gpa,
			   vm->boot.initrd_len, &blob, &len, err);
	vm_destroy(vm);
	if (ret)
		return ret;
	ret = write_file(path, blob, len, err);
	free(blob);
	return ret;
}
