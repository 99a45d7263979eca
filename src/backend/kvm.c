/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backend/kvm.c - the engine that runs guests with the KVM of a LoongArch host.
 *
 * docs/kvm.md tells the order of calls and its reasons.  Only ioctls that must not run
 * beside KVM_RUN of the same vCPU are kept to its thread; KVM_INTERRUPT is not one of them.
 *
 * A kick is a signal that every vCPU thread blocks and KVM_RUN unblocks, so that it
 * cannot be lost: sent before, it ends KVM_RUN when that begins.  KVM_RUN finishes the access
 * that it reported last before it looks at signals, so a vCPU that stopped by a kick
 * has no access under way and can be reset.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "backend/backend.h"
#include "backend/guest_cpu.h"
#include "backend/kvm_host.h"
#include "backend/kvm_priv.h"
#include "util/bits.h"

extern const struct backend_ops backend_kvm;

/* asm/kvm_para.h; as an attribute of a vCPU: the paravirtual features that it has. */
#define ATTR_PV_FEATURES UINT64_C(0x40000004)

#define CSR_CPUID 0x20
#define KERNEL_SIGSET_BYTES 8

static int kick_signal(void)
{
	return SIGRTMIN;
}

/* ------------------------------------------------------------------ helpers */

int kvm_ioctl(int fd, unsigned long request, void *arg)
{
	int ret;

	do {
		ret = ioctl(fd, request, arg);
	} while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : ret;
}

int kvm_set_reg(const struct kvm_cpu *c, uint64_t id, uint64_t val)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)&val };

	return kvm_ioctl(c->fd, KVM_SET_ONE_REG, &reg);
}

uint32_t kvm_host_cpucfg(unsigned int word)
{
	uint32_t val;

	__asm__("cpucfg %0, %1" : "=r" (val) : "r" (word));
	return val;
}

int kvm_vcpu_cpucfg_mask(int fd, unsigned int word, uint64_t *mask)
{
	struct kvm_device_attr attr = {
		.group = KVM_LOONGARCH_VCPU_CPUCFG,
		.attr = word,
		.addr = (uintptr_t)mask,
	};

	return kvm_ioctl(fd, KVM_GET_DEVICE_ATTR, &attr);
}

int kvm_add_memory(struct be_vm *vm, unsigned int slot, gpa_t gpa, void *host, uint64_t len,
		   bool is_readonly, struct err *err)
{
	struct kvm_userspace_memory_region mr = {
		.slot = slot,
		.flags = is_readonly ? KVM_MEM_READONLY : 0,
		.guest_phys_addr = gpa,
		.memory_size = len,
		.userspace_addr = (uintptr_t)host,
	};
	int ret = kvm_ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &mr);

	return ret ? err_set(err, ret, "kvm: %" PRIu64 " KiB of memory at %#" PRIx64 ": %s",
			     len >> 10, gpa, strerror(-ret)) : 0;
}

/* ------------------------------------------------------------------ creation */

static int kvm_probe(struct err *err)
{
	struct kvm_facts facts;

	kvm_facts_gather(&facts);
	return kvm_facts_judge(&facts, err);
}

static void kvm_vm_destroy(struct be_vm *vm)
{
	if (!vm)
		return;
	for (unsigned int i = 0; vm->cpus && i < vm->nvcpus; i++) {
		struct kvm_cpu *c = &vm->cpus[i];

		if (c->run)
			munmap(c->run, vm->run_bytes);
		if (c->fd >= 0)
			close(c->fd);
		pthread_mutex_destroy(&c->irq_lock);
	}
	kvm_irqchip_destroy(vm);
	if (vm->fd >= 0)
		close(vm->fd);
	free(vm->cpus);
	free(vm);
}

static int create_vm(struct be_vm *vm, struct err *err)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), ret;

	if (kvm < 0)
		return err_set(err, -errno, "/dev/kvm: %s", strerror(errno));
	ret = kvm_ioctl(kvm, KVM_CHECK_EXTENSION, (void *)KVM_CAP_MAX_VCPUS);
	if (ret > 0 && vm->nvcpus > (unsigned int)ret) {
		ret = err_set(err, -EINVAL, "[vm] vcpus: KVM runs at most %d (found %u)", ret,
			      vm->nvcpus);
		goto out;
	}
	ret = kvm_ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, NULL);
	if (ret < 0) {
		err_set(err, ret, "kvm: KVM_GET_VCPU_MMAP_SIZE: %s", strerror(-ret));
		goto out;
	}
	vm->run_bytes = (size_t)ret;
	ret = kvm_ioctl(kvm, KVM_CREATE_VM, NULL);
	if (ret < 0) {
		err_set(err, ret, "kvm: KVM_CREATE_VM: %s", strerror(-ret));
		goto out;
	}
	vm->fd = ret;
	ret = 0;
out:
	close(kvm);
	return ret;
}

/* In KVM_RUN everything stays blocked as it is on vCPU threads, except for the kick. */
static int set_signal_mask(const struct kvm_cpu *c)
{
	struct {
		struct kvm_signal_mask head;
		uint8_t set[KERNEL_SIGSET_BYTES];
	} __attribute__((packed)) mask = { .head.len = KERNEL_SIGSET_BYTES };
	uint64_t set = ~BIT64(kick_signal() - 1);

	memcpy(mask.set, &set, sizeof(set));
	return kvm_ioctl(c->fd, KVM_SET_SIGNAL_MASK, &mask);
}

static int create_vcpu(struct be_vm *vm, unsigned int i, struct err *err)
{
	struct kvm_cpu *c = &vm->cpus[i];
	void *run;
	int ret = kvm_ioctl(vm->fd, KVM_CREATE_VCPU, (void *)(uintptr_t)i);

	if (ret < 0)
		return err_set(err, ret, "kvm: vCPU %u: %s", i, strerror(-ret));
	c->fd = ret;
	run = mmap(NULL, vm->run_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, c->fd, 0);
	if (run == MAP_FAILED)
		return err_set(err, -errno, "kvm: vCPU %u: mmap: %s", i, strerror(errno));
	c->run = run;
	ret = set_signal_mask(c);
	return ret ? err_set(err, ret, "kvm: vCPU %u: KVM_SET_SIGNAL_MASK: %s", i,
			     strerror(-ret)) : 0;
}

/*
 * KVM's mask of word 6 has the counters wherever the CPU has some, but it hands them out only
 * where GCFG.GPMP says that guests may own them: a guest that used them all the same would be
 * sent back to the same instruction for ever.
 */
static bool offers_counters(const struct be_vm *vm)
{
	struct kvm_device_attr attr = {
		.group = KVM_LOONGARCH_VM_FEAT_CTRL,
		.attr = KVM_LOONGARCH_VM_FEAT_PMU,
	};

	return !kvm_ioctl(vm->fd, KVM_HAS_DEVICE_ATTR, &attr);
}

static int compute_cpucfg(struct be_vm *vm, const struct be_cpu_model *model, struct err *err)
{
	uint64_t mask[LA_CPUCFG_NWORDS];
	uint32_t host[LA_CPUCFG_NWORDS];

	for (unsigned int i = 0; i < LA_CPUCFG_NWORDS; i++) {
		int ret = kvm_vcpu_cpucfg_mask(vm->cpus[0].fd, i, &mask[i]);

		if (ret)
			return err_set(err, ret, "kvm: mask of CPUCFG word %u: %s", i,
				       strerror(-ret));
		host[i] = kvm_host_cpucfg(i);
	}
	if (!offers_counters(vm))
		mask[6] = 0;
	return guest_cpu_cpucfg("KVM", host, mask, model, vm->cpucfg, err);
}

/* What a vCPU keeps over resets: CPUCFG and its number. */
static int configure_vcpu(struct be_vm *vm, unsigned int i, struct err *err)
{
	struct kvm_cpu *c = &vm->cpus[i];
	uint64_t none = 0;
	struct kvm_device_attr pv = {
		.group = KVM_LOONGARCH_VCPU_CPUCFG,
		.attr = ATTR_PV_FEATURES,
		.addr = (uintptr_t)&none,
	};
	int ret;

	for (unsigned int w = 0; w < LA_CPUCFG_NWORDS; w++) {
		ret = kvm_set_reg(c, KVM_IOC_CPUCFG((uint64_t)w), vm->cpucfg[w]);
		if (ret)
			return err_set(err, ret, "kvm: CPUCFG word %u = %#x: %s", w,
				       vm->cpucfg[w], strerror(-ret));
	}
	ret = kvm_set_reg(c, KVM_IOC_CSRID((uint64_t)CSR_CPUID), i);
	if (ret)
		return err_set(err, ret, "kvm: vCPU %u: CPUID: %s", i, strerror(-ret));
	/*
	 * The guest sees no paravirtual interface; kernels that know none cannot be told so.
	 */
	ret = kvm_ioctl(c->fd, KVM_SET_DEVICE_ATTR, &pv);
	return ret && ret != -ENXIO && ret != -EINVAL ?
	       err_set(err, ret, "kvm: vCPU %u: paravirtual features: %s", i, strerror(-ret)) : 0;
}

static int create_vcpus(struct be_vm *vm, const struct be_vm_cfg *cfg, struct err *err)
{
	int ret = 0;

	for (unsigned int i = 0; !ret && i < vm->nvcpus; i++)
		ret = create_vcpu(vm, i, err);
	if (!ret)
		ret = compute_cpucfg(vm, &cfg->cpu, err);
	for (unsigned int i = 0; !ret && i < vm->nvcpus; i++)
		ret = configure_vcpu(vm, i, err);
	if (ret)
		return ret;
	/*
	 * The stable counter of the VM begins at 0, now and for all vCPUs.  It goes on over a
	 * reboot: a vCPU takes a change over only when its CSRs are loaded anew, so that
	 * setting it while others run would let counters differ.
	 */
	ret = kvm_set_reg(&vm->cpus[0], KVM_REG_LOONGARCH_COUNTER, 0);
	return ret ? err_set(err, ret, "kvm: counter: %s", strerror(-ret)) : 0;
}

static int add_ram(struct be_vm *vm, struct err *err)
{
	for (unsigned int i = 0; i < vm->mem->nslots; i++) {
		const struct mem_slot *s = &vm->mem->slots[i];
		int ret = kvm_add_memory(vm, i, s->gpa, vm->mem->base + s->gpa, s->len_bytes,
					 false, err);

		if (ret)
			return ret;
	}
	return 0;
}

static struct be_vm *alloc_vm(const struct be_vm_cfg *cfg)
{
	struct be_vm *vm = calloc(1, sizeof(*vm));

	if (!vm)
		return NULL;
	vm->cpus = calloc(cfg->nvcpus, sizeof(*vm->cpus));
	if (!vm->cpus) {
		free(vm);
		return NULL;
	}
	vm->mem = cfg->mem;
	vm->mmio = cfg->mmio;
	vm->iocsr = cfg->iocsr;
	vm->nvcpus = cfg->nvcpus;
	vm->fd = vm->ipi_fd = vm->eiointc_fd = vm->pch_pic_fd = -1;
	for (unsigned int i = 0; i < vm->nvcpus; i++) {
		struct kvm_cpu *c = &vm->cpus[i];

		c->fd = -1;
		atomic_init(&c->has_thread, false);
		atomic_init(&c->is_kicked, false);
		pthread_mutex_init(&c->irq_lock, NULL);
	}
	return vm;
}

/* Makes a VM with one vCPU, which is what tells, and drops it. */
static int kvm_cpu_check(const struct be_cpu_model *model, struct err *err)
{
	const struct be_vm_cfg cfg = { .nvcpus = 1 };
	struct be_vm *vm = alloc_vm(&cfg);
	int ret;

	if (!vm)
		return 0;
	ret = create_vm(vm, err);
	if (!ret)
		ret = create_vcpu(vm, 0, err);
	if (!ret)
		ret = compute_cpucfg(vm, model, err);
	kvm_vm_destroy(vm);
	return ret == -EINVAL ? ret : 0;
}

static int kvm_vm_create(struct be_vm **out, const struct be_vm_cfg *cfg, struct err *err)
{
	struct be_vm *vm = alloc_vm(cfg);
	int ret;

	if (!vm)
		return err_set(err, -ENOMEM, "kvm engine: out of memory");
	ret = create_vm(vm, err);
	if (!ret)
		ret = create_vcpus(vm, cfg, err);
	if (!ret)
		ret = add_ram(vm, err);
	if (!ret && cfg->has_irqchip)
		ret = kvm_irqchip_create(vm, vm->mem->nslots, err);
	if (ret) {
		kvm_vm_destroy(vm);
		return ret;
	}
	*out = vm;
	return 0;
}

/* ------------------------------------------------------------------ reset */

static int kvm_interrupt(const struct kvm_cpu *c, unsigned int line, bool level)
{
	struct kvm_interrupt irq = { .irq = level ? line : -line };

	return kvm_ioctl(c->fd, KVM_INTERRUPT, &irq);
}

/* Forgets what is pending, then tells again which lines are up. */
static int reset_interrupts(struct kvm_cpu *c)
{
	int ret;

	pthread_mutex_lock(&c->irq_lock);
	ret = kvm_set_reg(c, KVM_REG_LOONGARCH_VCPU_RESET, 0);
	for (uint32_t up = c->lines; !ret && up; up &= up - 1)
		ret = kvm_interrupt(c, (unsigned int)__builtin_ctz(up), true);
	pthread_mutex_unlock(&c->irq_lock);
	return ret;
}

static int reset_csrs(struct kvm_cpu *c, unsigned int vcpu)
{
	struct guest_cpu_csr csrs[GUEST_CPU_MAX_CSRS];
	size_t n = guest_cpu_reset_csrs(vcpu, csrs);

	for (size_t i = 0; i < n; i++) {
		int ret = kvm_set_reg(c, KVM_IOC_CSRID((uint64_t)csrs[i].num), csrs[i].val);

		if (ret && !csrs[i].is_optional)
			return ret;
	}
	return 0;
}

static void kvm_vcpu_reset(struct be_vm *vm, unsigned int vcpu, uint64_t pc,
			   const uint64_t args[3])
{
	struct kvm_mp_state mp = { .mp_state = KVM_MP_STATE_RUNNABLE };
	struct kvm_cpu *c = &vm->cpus[vcpu];
	struct kvm_regs regs = { .pc = pc };
	struct kvm_fpu fpu = { .fcsr = 0 };

	for (unsigned int i = 0; i < 3; i++)
		regs.gpr[4 + i] = args[i];
	/* ESTAT is among the CSRs, and writing it adds to what is pending: so lines after. */
	c->what = "CSRs";
	c->failure = reset_csrs(c, vcpu);
	if (!c->failure) {
		c->what = "pending interrupts";
		c->failure = reset_interrupts(c);
	}
	if (!c->failure) {
		c->what = "KVM_SET_REGS";
		c->failure = kvm_ioctl(c->fd, KVM_SET_REGS, &regs);
	}
	if (!c->failure) {
		c->what = "KVM_SET_FPU";
		c->failure = kvm_ioctl(c->fd, KVM_SET_FPU, &fpu);
	}
	if (!c->failure) {
		c->what = "KVM_SET_MP_STATE";
		c->failure = kvm_ioctl(c->fd, KVM_SET_MP_STATE, &mp);
	}
}

/* ------------------------------------------------------------------ running */

static uint64_t vcpu_get_pc(const struct kvm_cpu *c)
{
	struct kvm_regs regs;

	return kvm_ioctl(c->fd, KVM_GET_REGS, &regs) ? 0 : regs.pc;
}

/*
 * The vCPU whose thread this is, NULL: of none.  It need not be @vcpu, in whose name an access
 * is made: ANY_SEND makes one for its target.  The registers of another vCPU would have to
 * be waited for until it leaves KVM_RUN.
 */
static const struct kvm_cpu *calling_cpu(const struct be_vm *vm, unsigned int vcpu)
{
	for (unsigned int i = 0; i < vm->nvcpus; i++) {
		const struct kvm_cpu *c = &vm->cpus[(vcpu + i) % vm->nvcpus];

		if (atomic_load(&c->has_thread) && pthread_equal(c->thread, pthread_self()))
			return c;
	}
	return NULL;
}

static uint64_t kvm_vcpu_pc(struct be_vm *vm, unsigned int vcpu)
{
	const struct kvm_cpu *c = calling_cpu(vm, vcpu);
	uint64_t pc;

	if (!c)
		return 0;
	pc = vcpu_get_pc(c);
	/* Only a load leaves the PC where it is until its value is there. */
	return c->run->exit_reason == KVM_EXIT_MMIO && !c->run->mmio.is_write ? pc : pc - 4;
}

static void handle_mmio(struct be_vm *vm, unsigned int vcpu, struct kvm_run *run)
{
	uint64_t val = 0;

	if (run->mmio.is_write) {
		memcpy(&val, run->mmio.data, run->mmio.len);
		bus_write(vm->mmio, run->mmio.phys_addr, run->mmio.len, val, vcpu);
	} else {
		val = bus_read(vm->mmio, run->mmio.phys_addr, run->mmio.len, vcpu);
		memcpy(run->mmio.data, &val, sizeof(run->mmio.data));
	}
}

static void handle_iocsr(struct be_vm *vm, unsigned int vcpu, struct kvm_run *run)
{
	uint64_t val = 0;

	if (run->iocsr_io.is_write) {
		memcpy(&val, run->iocsr_io.data, run->iocsr_io.len);
		bus_write(vm->iocsr, run->iocsr_io.phys_addr, run->iocsr_io.len, val, vcpu);
	} else {
		val = bus_read(vm->iocsr, run->iocsr_io.phys_addr, run->iocsr_io.len, vcpu);
		memcpy(run->iocsr_io.data, &val, sizeof(run->iocsr_io.data));
	}
}

/* One exit to user space; what cannot be served is the host's failure. */
static int handle_exit(struct be_vm *vm, unsigned int vcpu, struct err *err)
{
	struct kvm_cpu *c = &vm->cpus[vcpu];
	struct kvm_run *run = c->run;

	switch (run->exit_reason) {
	case KVM_EXIT_MMIO:
		handle_mmio(vm, vcpu, run);
		return 0;
	case KVM_EXIT_LOONGARCH_IOCSR:
		handle_iocsr(vm, vcpu, run);
		return 0;
	case KVM_EXIT_HYPERCALL:
		run->hypercall.ret = UINT64_MAX;	/* KVM_HCALL_INVALID_CODE */
		return 0;
	case KVM_EXIT_INTR:
		return 0;
	case KVM_EXIT_INTERNAL_ERROR:
		return err_set(err, -EIO, "kvm: vCPU %u at %#" PRIx64 ": internal error %u",
			       vcpu, vcpu_get_pc(c), run->internal.suberror);
	case KVM_EXIT_FAIL_ENTRY:
		return err_set(err, -EIO, "kvm: vCPU %u at %#" PRIx64 ": entry failed, reason %#"
			       PRIx64, vcpu, vcpu_get_pc(c),
			       (uint64_t)run->fail_entry.hardware_entry_failure_reason);
	default:
		return err_set(err, -EIO, "kvm: vCPU %u at %#" PRIx64 ": unexpected exit %u",
			       vcpu, vcpu_get_pc(c), run->exit_reason);
	}
}

static int run_error(const struct kvm_cpu *c, unsigned int vcpu, int error, struct err *err)
{
	return err_set(err, -error, "kvm: vCPU %u at %#" PRIx64 ": KVM_RUN: %s%s", vcpu,
		       vcpu_get_pc(c), strerror(error),
		       error == EFAULT ? " (the host has no memory for the guest?)" : "");
}

/* The signals of all kicks so far; they are blocked here and would end every KVM_RUN. */
static void consume_kicks(void)
{
	static const struct timespec no_wait;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, kick_signal());
	while (sigtimedwait(&set, NULL, &no_wait) > 0)
		;
}

static int kvm_vcpu_run(struct be_vm *vm, unsigned int vcpu, struct err *err)
{
	struct kvm_cpu *c = &vm->cpus[vcpu];

	if (c->failure)
		return err_set(err, c->failure, "kvm: vCPU %u: reset: %s: %s", vcpu, c->what,
			       strerror(-c->failure));
	if (!atomic_load(&c->has_thread)) {
		c->thread = pthread_self();
		atomic_store(&c->has_thread, true);
	}
	while (!atomic_exchange(&c->is_kicked, false)) {
		int ret;

		/* Until a signal comes; it comes after is_kicked was set. */
		do {
			ret = ioctl(c->fd, KVM_RUN, 0);
			if (!ret)
				ret = handle_exit(vm, vcpu, err);
			else if (errno != EINTR && errno != EAGAIN)
				ret = run_error(c, vcpu, errno, err);
			else
				ret = errno;
			if (ret < 0)
				return ret;
		} while (ret != EINTR);
		consume_kicks();
	}
	return 0;
}

static void kvm_vcpu_kick(struct be_vm *vm, unsigned int vcpu)
{
	struct kvm_cpu *c = &vm->cpus[vcpu];

	atomic_store(&c->is_kicked, true);
	if (atomic_load(&c->has_thread))
		pthread_kill(c->thread, kick_signal());
}

static void kvm_irq_set(struct be_vm *vm, unsigned int vcpu, unsigned int line, bool level)
{
	struct kvm_cpu *c = &vm->cpus[vcpu];

	pthread_mutex_lock(&c->irq_lock);
	c->lines = level ? c->lines | BIT32(line) : c->lines & ~BIT32(line);
	/* Cannot fail for a line that exists. */
	(void)kvm_interrupt(c, line, level);
	pthread_mutex_unlock(&c->irq_lock);
}

static int kvm_doorbell_add(struct be_vm *vm, gpa_t gpa, uint32_t data, int fd)
{
	struct kvm_ioeventfd bell = {
		.datamatch = data,
		.addr = gpa,
		.len = sizeof(data),
		.fd = fd,
		.flags = KVM_IOEVENTFD_FLAG_DATAMATCH,
	};

	return kvm_ioctl(vm->fd, KVM_IOEVENTFD, &bell);
}

static const char *const kvm_models[] = { "max", "la464", NULL };
static const char *const kvm_features[] = { "what the host's CPU and kernel have", NULL };

const struct backend_ops backend_kvm = {
	.name = "kvm",
	.how = "LVZ, by the kernel's KVM",
	.models = kvm_models,
	.features = kvm_features,
	.irqchip = &kvm_irqchip_ops,
	.probe = kvm_probe,
	.cpu_check = kvm_cpu_check,
	.vm_create = kvm_vm_create,
	.vm_destroy = kvm_vm_destroy,
	.vcpu_reset = kvm_vcpu_reset,
	.vcpu_run = kvm_vcpu_run,
	.vcpu_kick = kvm_vcpu_kick,
	.vcpu_pc = kvm_vcpu_pc,
	.irq_set = kvm_irq_set,
	.doorbell_add = kvm_doorbell_add,
};
