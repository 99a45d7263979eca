/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backend/lvz.c - the engine that runs guests with our own kernel module (kernel/).
 *
 * The module runs the guest and keeps its CSRs; what an exit means is decided here, from
 * the instruction word (trap.h).  Registers are in a page shared with the kernel.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/lvz.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "backend/backend.h"
#include "backend/guest_cpu.h"
#include "backend/trap.h"
#include "soft/isa.h"
#include "soft/isa_cpucfg.h"
#include "util/bits.h"

extern const struct backend_ops backend_lvz;

#define DEVICE "/dev/lvz"

/* Vol. 1, 5.2, 6.1 and 7.4. */
#define CSR_CRMD	0x00
#define CSR_PRMD	0x01
#define CSR_ECFG	0x04
#define CSR_ESTAT	0x05
#define CSR_ERA		0x06
#define CSR_BADV	0x07
#define CSR_BADI	0x08
#define CSR_EENTRY	0x0c
#define CRMD_PLV_IE	0x7u
#define CRMD_WE		BIT32(9)
#define PRMD_PWE	BIT32(3)
#define NCSRS		0x800u

enum { EXC_PIF = 3, EXC_ADE = 8, EXC_INE = 0xd, EXC_GSPR = 0x16 };
enum { ESUB_ADEF, ESUB_ADEM };

struct lvz_cpu {
	int fd;
	struct lvz_run *run;		/* mapped; its vCPU's thread */
	uint64_t *soft_csrs;		/* [NCSRS]: those the guest's bank lacks */
	int failure;			/* errno of a reset, for the next run; its thread */
};

struct be_vm {
	struct bus *mmio;		/* borrowed, as are the next two */
	struct bus *iocsr;
	const struct memory *mem;
	int fd;
	size_t run_bytes;
	uint32_t cpucfg[LA_CPUCFG_NWORDS];
	unsigned int nvcpus;
	struct lvz_cpu *cpus;
};

/* ioctl() without errno: what it returns, or -errno. */
static int lvz_ioctl(int fd, unsigned long request, void *arg)
{
	int ret = ioctl(fd, request, arg);

	return ret < 0 ? -errno : ret;
}

static uint32_t host_cpucfg(unsigned int word)
{
	uint32_t val;

	__asm__("cpucfg %0, %1" : "=r" (val) : "r" (word));
	return val;
}

/* ------------------------------------------------------------------ registers */

static int transfer(const struct lvz_cpu *c, unsigned long request, struct lvz_reg *regs,
		    unsigned int n)
{
	struct lvz_regs arg = { .size = sizeof(arg), .count = n, .regs = (uintptr_t)regs };

	return lvz_ioctl(c->fd, request, &arg);
}

static int set_reg(const struct lvz_cpu *c, uint32_t id, uint64_t value)
{
	struct lvz_reg reg = { .id = id, .value = value };

	return transfer(c, LVZ_SET_REGS, &reg, 1);
}

/* r0 stays 0, whatever the kernel or we leave in its place. */
static uint64_t gpr(const struct lvz_cpu *c, unsigned int i)
{
	return i ? c->run->gpr[i] : 0;
}

/* ------------------------------------------------------------------ creation */

static int open_device(struct lvz_info *info, struct err *err)
{
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC), ret;

	if (fd < 0)
		return errno == ENOENT ?
		       err_set(err, -ENODEV, "no %s: lvz.ko is not loaded", DEVICE) :
		       err_set(err, -ENODEV, "%s: %s", DEVICE, strerror(errno));
	*info = (struct lvz_info){ .size = sizeof(*info) };
	ret = lvz_ioctl(fd, LVZ_INFO, info);
	if (!ret && info->version == LVZ_API_VERSION)
		return fd;
	close(fd);
	if (ret)
		return err_set(err, -ENODEV, "%s: LVZ_INFO: %s", DEVICE, strerror(-ret));
	return err_set(err, -ENODEV, "%s speaks version %u (want %u): lvz.ko and lvz-vmm must be of one build",
		       DEVICE, info->version, LVZ_API_VERSION);
}

static int lvz_probe(struct err *err)
{
	struct lvz_info info;
	int fd;

	if (!(host_cpucfg(2) & LA_CPUCFG2_LVZ))
		return err_set(err, -ENODEV, "this CPU has no LVZ (CPUCFG.2 bit 10)");
	fd = open_device(&info, err);
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static void lvz_vm_destroy(struct be_vm *vm)
{
	if (!vm)
		return;
	for (unsigned int i = 0; vm->cpus && i < vm->nvcpus; i++) {
		struct lvz_cpu *c = &vm->cpus[i];

		if (c->run)
			munmap(c->run, vm->run_bytes);
		if (c->fd >= 0)
			close(c->fd);
		free(c->soft_csrs);
	}
	if (vm->fd >= 0)
		close(vm->fd);
	free(vm->cpus);
	free(vm);
}

static int create_vm(struct be_vm *vm, struct err *err)
{
	struct lvz_info info;
	int fd = open_device(&info, err), ret = 0;

	if (fd < 0)
		return fd;
	vm->run_bytes = info.run_size;
	vm->fd = lvz_ioctl(fd, LVZ_CREATE_VM, NULL);
	if (vm->fd < 0)
		ret = err_set(err, vm->fd, "lvz: LVZ_CREATE_VM: %s", strerror(-vm->fd));
	else if (vm->nvcpus > info.max_vcpus)
		ret = err_set(err, -EINVAL, "[vm] vcpus: lvz.ko runs at most %u (found %u)",
			      info.max_vcpus, vm->nvcpus);
	close(fd);
	return ret;
}

static int create_vcpu(struct be_vm *vm, unsigned int i, const struct be_cpu_model *model,
		       struct err *err)
{
	struct lvz_cpu *c = &vm->cpus[i];
	uint32_t units = LVZ_UNIT_FP | (model->has_lsx ? LVZ_UNIT_LSX : 0) |
			 (model->has_lasx ? LVZ_UNIT_LASX : 0);
	void *run;
	int ret;

	c->soft_csrs = calloc(NCSRS, sizeof(*c->soft_csrs));
	if (!c->soft_csrs)
		return err_set(err, -ENOMEM, "lvz engine: out of memory");
	c->fd = lvz_ioctl(vm->fd, LVZ_CREATE_VCPU, (void *)(uintptr_t)i);
	if (c->fd < 0)
		return err_set(err, c->fd, "lvz: vCPU %u: %s", i, strerror(-c->fd));
	run = mmap(NULL, vm->run_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, c->fd, 0);
	if (run == MAP_FAILED)
		return err_set(err, -errno, "lvz: vCPU %u: mmap: %s", i, strerror(errno));
	c->run = run;
	ret = set_reg(c, LVZ_REG_UNITS, units);
	return ret ? err_set(err, ret, "lvz: vCPU %u: units %#x: %s", i, units,
			     strerror(-ret)) : 0;
}

static int compute_cpucfg(struct be_vm *vm, const struct be_cpu_model *model, struct err *err)
{
	uint64_t mask[LA_CPUCFG_NWORDS];
	uint32_t host[LA_CPUCFG_NWORDS];

	for (unsigned int i = 0; i < LA_CPUCFG_NWORDS; i++) {
		host[i] = host_cpucfg(i);
		/* The module hands no counters out, and does not switch LBT. */
		mask[i] = i == 6 ? 0 : UINT32_MAX;
	}
	return guest_cpu_cpucfg("lvz.ko", host, mask, model, vm->cpucfg, err);
}

static int add_ram(struct be_vm *vm, struct err *err)
{
	const struct memory *mem = vm->mem;

	for (unsigned int i = 0; i < mem->nslots; i++) {
		const struct mem_slot *s = &mem->slots[i];
		struct lvz_map map = {
			.size = sizeof(map),
			.gpa = s->gpa,
			.len = s->len_bytes,
			.uaddr = (uintptr_t)mem->base + s->gpa,
		};
		int ret = lvz_ioctl(vm->fd, LVZ_MAP, &map);

		if (ret == -ENOMEM)
			return err_set(err, ret, "lvz: %" PRIu64 " KiB of guest memory: more than may be locked (ulimit -l)",
				       s->len_bytes >> 10);
		if (ret)
			return err_set(err, ret, "lvz: %" PRIu64 " KiB of memory at %#" PRIx64
				       ": %s", s->len_bytes >> 10, s->gpa, strerror(-ret));
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
	vm->mmio = cfg->mmio;
	vm->iocsr = cfg->iocsr;
	vm->mem = cfg->mem;
	vm->nvcpus = cfg->nvcpus;
	vm->fd = -1;
	for (unsigned int i = 0; i < vm->nvcpus; i++)
		vm->cpus[i].fd = -1;
	return vm;
}

static int lvz_cpu_check(const struct be_cpu_model *model, struct err *err)
{
	struct be_vm vm;

	return compute_cpucfg(&vm, model, err);
}

static int lvz_vm_create(struct be_vm **out, const struct be_vm_cfg *cfg, struct err *err)
{
	struct be_vm *vm = alloc_vm(cfg);
	int ret;

	if (!vm)
		return err_set(err, -ENOMEM, "lvz engine: out of memory");
	ret = compute_cpucfg(vm, &cfg->cpu, err);
	if (!ret)
		ret = create_vm(vm, err);
	for (unsigned int i = 0; !ret && i < vm->nvcpus; i++)
		ret = create_vcpu(vm, i, &cfg->cpu, err);
	if (!ret)
		ret = add_ram(vm, err);
	if (!ret && set_reg(&vm->cpus[0], LVZ_REG_COUNTER, 0))
		ret = err_set(err, -EIO, "lvz: the counter cannot be set");
	if (ret) {
		lvz_vm_destroy(vm);
		return ret;
	}
	*out = vm;
	return 0;
}

/* ------------------------------------------------------------------ reset */

/* The module holds on to pages that the guest has touched, also when they left the file. */
static int lvz_ram_cleared(struct be_vm *vm, struct err *err)
{
	for (unsigned int i = 0; i < vm->mem->nslots; i++) {
		const struct mem_slot *s = &vm->mem->slots[i];
		struct lvz_unmap unmap = {
			.size = sizeof(unmap),
			.gpa = s->gpa,
			.len = s->len_bytes,
		};
		int ret = lvz_ioctl(vm->fd, LVZ_UNMAP, &unmap);

		if (ret)
			return err_set(err, ret, "lvz: memory at %#" PRIx64 ": LVZ_UNMAP: %s",
				       s->gpa, strerror(-ret));
	}
	return add_ram(vm, err);
}

static int reset_csrs(struct lvz_cpu *c, unsigned int vcpu)
{
	struct guest_cpu_csr csrs[GUEST_CPU_MAX_CSRS];
	struct lvz_reg regs[LVZ_MAX_REGS];
	size_t n = guest_cpu_reset_csrs(vcpu, csrs);
	unsigned int nregs = 0;

	memset(c->soft_csrs, 0, NCSRS * sizeof(*c->soft_csrs));
	for (size_t i = 0; i < n && nregs < LVZ_MAX_REGS; i++) {
		/* Those that a guest's bank may lack are ours to keep. */
		if (csrs[i].is_optional)
			c->soft_csrs[csrs[i].num] = csrs[i].val;
		else
			regs[nregs++] = (struct lvz_reg){ .id = LVZ_REG_CSR(csrs[i].num),
							  .value = csrs[i].val };
	}
	return transfer(c, LVZ_SET_REGS, regs, nregs);
}

static void lvz_vcpu_reset(struct be_vm *vm, unsigned int vcpu, uint64_t pc,
			   const uint64_t args[3])
{
	struct lvz_cpu *c = &vm->cpus[vcpu];
	struct lvz_fpu fpu = { .fcsr = 0 };

	memset(c->run->gpr, 0, sizeof(c->run->gpr));
	c->run->pc = pc;
	for (unsigned int i = 0; i < 3; i++)
		c->run->gpr[4 + i] = args[i];
	c->failure = reset_csrs(c, vcpu);
	if (!c->failure)
		c->failure = lvz_ioctl(c->fd, LVZ_SET_FPU, &fpu);
}

/* ------------------------------------------------------------------ exits */

/* Makes the guest take exception @code (vol. 1, 6.1) at the instruction of the exit. */
static int inject(struct lvz_cpu *c, unsigned int code, unsigned int sub, uint64_t badv)
{
	enum { CRMD, ECFG, ESTAT, EENTRY, PRMD, ERA, BADV, BADI, N };
	static const uint32_t nums[N] = { CSR_CRMD, CSR_ECFG, CSR_ESTAT, CSR_EENTRY,
					  CSR_PRMD, CSR_ERA, CSR_BADV, CSR_BADI };
	struct lvz_reg r[N];
	unsigned int vs;
	int ret;

	for (unsigned int i = 0; i < N; i++)
		r[i] = (struct lvz_reg){ .id = LVZ_REG_CSR(nums[i]) };
	ret = transfer(c, LVZ_GET_REGS, r, N);
	if (ret)
		return ret;
	r[PRMD].value = (r[CRMD].value & CRMD_PLV_IE) |
			(r[CRMD].value & CRMD_WE ? PRMD_PWE : 0);
	r[CRMD].value &= ~(uint64_t)(CRMD_PLV_IE | CRMD_WE);
	r[ESTAT].value = (r[ESTAT].value & mask64(16)) | (uint64_t)code << 16 |
			 (uint64_t)sub << 22;
	r[ERA].value = c->run->pc;
	r[BADV].value = badv;
	r[BADI].value = c->run->badi;
	vs = (unsigned int)(r[ECFG].value >> 16) & 7;
	c->run->pc = r[EENTRY].value + (vs ? (uint64_t)code << (vs + 2) : 0);
	return transfer(c, LVZ_SET_REGS, r, N);
}

/* GSPR: an instruction that a guest may not execute by itself. */
static int exit_privileged(struct be_vm *vm, unsigned int vcpu, struct trap t)
{
	struct lvz_cpu *c = &vm->cpus[vcpu];
	uint64_t rj = gpr(c, t.rj), rd = gpr(c, t.rd), old, mask;

	switch (t.kind) {
	case TRAP_IOCSR_READ:
		c->run->gpr[t.rd] = trap_extend(&t, bus_read(vm->iocsr, (uint32_t)rj, t.size,
							     vcpu));
		break;
	case TRAP_IOCSR_WRITE:
		bus_write(vm->iocsr, (uint32_t)rj, t.size, rd & mask64(8u * t.size), vcpu);
		break;
	case TRAP_CPUCFG:
		c->run->gpr[t.rd] = rj < LA_CPUCFG_NWORDS ?
				    trap_extend(&t, vm->cpucfg[rj]) : 0;
		break;
	case TRAP_CSR_READ:
	case TRAP_CSR_EXCHANGE:
		if (t.csr >= NCSRS)
			break;
		old = c->soft_csrs[t.csr];
		mask = t.kind == TRAP_CSR_READ ? 0 : t.rj == 1 ? UINT64_MAX : rj;
		c->soft_csrs[t.csr] = guest_cpu_csr_write(t.csr, old, rd, mask);
		c->run->gpr[t.rd] = old;
		break;
	case TRAP_NOTHING:
		break;
	default:
		return inject(c, EXC_INE, 0, c->run->badv);
	}
	c->run->pc += 4;
	return 0;
}

static int exit_memory(struct be_vm *vm, unsigned int vcpu, bool is_fetch, struct trap t)
{
	struct lvz_cpu *c = &vm->cpus[vcpu];
	uint64_t gpa = c->run->badv;

	if (is_fetch)
		return inject(c, EXC_ADE, ESUB_ADEF, c->run->pc);
	switch (t.kind) {
	case TRAP_LOAD:
		c->run->gpr[t.rd] = trap_extend(&t, bus_read(vm->mmio, gpa, t.size, vcpu));
		break;
	case TRAP_STORE:
		bus_write(vm->mmio, gpa, t.size, gpr(c, t.rd) & mask64(8u * t.size), vcpu);
		break;
	default:
		/* Vectors, atomics and the like work on memory only, as under KVM. */
		return inject(c, EXC_ADE, ESUB_ADEM, gpa);
	}
	c->run->pc += 4;
	return 0;
}

static int handle_exit(struct be_vm *vm, unsigned int vcpu)
{
	const struct lvz_run *run = vm->cpus[vcpu].run;
	unsigned int code = (unsigned int)(run->estat >> 16) & 0x3f;
	struct trap t = trap_decode((uint32_t)run->badi);

	if (code == EXC_GSPR)
		return exit_privileged(vm, vcpu, t);
	/* Up to PPI: the second stage has no memory there, or not for that. */
	if (code && code <= 7)
		return exit_memory(vm, vcpu, code == EXC_PIF, t);
	/* A unit that this guest has not. */
	return inject(&vm->cpus[vcpu], EXC_INE, 0, run->badv);
}

static int lvz_vcpu_run(struct be_vm *vm, unsigned int vcpu, struct err *err)
{
	struct lvz_cpu *c = &vm->cpus[vcpu];
	int ret = c->failure;

	if (ret)
		return err_set(err, ret, "lvz: vCPU %u: reset: %s", vcpu, strerror(-ret));
	do {
		ret = lvz_ioctl(c->fd, LVZ_RUN, NULL);
		if (!ret)
			ret = handle_exit(vm, vcpu);
	} while (!ret);
	if (ret == -EINTR)
		return 0;
	return err_set(err, ret, "lvz: vCPU %u at %#" PRIx64 ": %s%s", vcpu,
		       (uint64_t)c->run->pc, strerror(-ret),
		       ret == -EFAULT ? " (the host has no memory for the guest?)" : "");
}

static void lvz_vcpu_kick(struct be_vm *vm, unsigned int vcpu)
{
	lvz_ioctl(vm->cpus[vcpu].fd, LVZ_KICK, NULL);
}

static uint64_t lvz_vcpu_pc(struct be_vm *vm, unsigned int vcpu)
{
	return vm->cpus[vcpu].run->pc;
}

static void lvz_irq_set(struct be_vm *vm, unsigned int vcpu, unsigned int line, bool level)
{
	struct lvz_irq irq = { .size = sizeof(irq), .set = level ? BIT32(line) : 0,
			       .clear = level ? 0 : BIT32(line) };

	/* Cannot fail for a line that exists. */
	(void)lvz_ioctl(vm->cpus[vcpu].fd, LVZ_IRQ, &irq);
}

static const char *const lvz_models[] = { "max", "la464", NULL };
static const char *const lvz_features[] = { "what the host's CPU has", NULL };

const struct backend_ops backend_lvz = {
	.name = "lvz",
	.how = "LVZ, by lvz.ko",
	.models = lvz_models,
	.features = lvz_features,
	.probe = lvz_probe,
	.cpu_check = lvz_cpu_check,
	.vm_create = lvz_vm_create,
	.vm_destroy = lvz_vm_destroy,
	.vcpu_reset = lvz_vcpu_reset,
	.vcpu_run = lvz_vcpu_run,
	.vcpu_kick = lvz_vcpu_kick,
	.vcpu_pc = lvz_vcpu_pc,
	.ram_cleared = lvz_ram_cleared,
	.irq_set = lvz_irq_set,
};
