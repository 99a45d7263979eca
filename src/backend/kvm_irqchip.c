/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backend/kvm_irqchip.c - the interrupt controllers of the kernel: IPI, EIOINTC, PCH-PIC.
 *
 * Pins of the PCH-PIC are set with KVM_IRQ_LINE, since the devices' lines are levels and an
 * irqfd of this architecture can only pulse (docs/kvm.md).
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "backend/kvm_priv.h"
#include "backend/kvm_rom.h"
#include "util/bits.h"
#include "util/log.h"

#define PCH_PIC_GPA	UINT64_C(0x10000000)
#define PCH_MSI_GPA	UINT64_C(0x2ff00000)

/* Without the virtual extension, which the device tree does not offer, ROUTE has 4 bits. */
#define EIO_MAX_VCPUS	4
#define EIO_NUM_HWI	4

/* Attributes; registers by their offset in the block, those of a vCPU by | vcpu << 16. */
#define IPI_STATUS	0x00
#define IPI_EN		0x04
#define IPI_BUF0	0x20
#define IPI_NBUFS	4
#define EIO_NODETYPE	0x0a0
#define EIO_IPMAP	0x0c0
#define EIO_ENABLE	0x200
#define EIO_BOUNCE	0x280
#define EIO_ISR		0x300
#define EIO_COREISR	0x400
#define EIO_COREMAP	0x800
#define EIO_SET_BYTES	0x020		/* one bit for each vector, or NODETYPE */
#define EIO_MAP_BYTES	0x100		/* one byte for each vector */
#define EIO_IPMAP_BYTES	0x008
#define PIC_MASK	0x020
#define PIC_HTMSI_EN	0x040
#define PIC_EDGE	0x060
#define PIC_AUTO0	0x0c0
#define PIC_AUTO1	0x0e0
#define PIC_ROUTE	0x100
#define PIC_VECTOR	0x200
#define PIC_IRR		0x380
#define PIC_ISR		0x3a0
#define PIC_POLARITY	0x3e0
#define PIC_NUM_BYTES	64		/* of ROUTE and VECTOR */

static int set_attr(int fd, uint32_t group, uint64_t attr, const void *val)
{
	struct kvm_device_attr a = { .group = group, .attr = attr, .addr = (uintptr_t)val };

	return kvm_ioctl(fd, KVM_SET_DEVICE_ATTR, &a);
}

/* ------------------------------------------------------------------ creation */

static int create_device(struct be_vm *vm, uint32_t type, const char *name, int *fd,
			 struct err *err)
{
	struct kvm_create_device cd = { .type = type };
	int ret = kvm_ioctl(vm->fd, KVM_CREATE_DEVICE, &cd);

	if (ret == -ENODEV || ret == -ENOTTY)
		return err_set(err, -EINVAL,
			       "[vm] irqchip: this kernel's KVM has no %s (want user)", name);
	if (ret)
		return err_set(err, ret, "kvm: %s: %s", name, strerror(-ret));
	*fd = (int)cd.fd;
	return 0;
}

static int create_devices(struct be_vm *vm, struct err *err)
{
	const uint64_t pic_base = PCH_PIC_GPA;
	const uint32_t no_features = 0;
	int ret = create_device(vm, KVM_DEV_TYPE_LOONGARCH_IPI, "IPI", &vm->ipi_fd, err);

	if (!ret)
		ret = create_device(vm, KVM_DEV_TYPE_LOONGARCH_EIOINTC, "EIOINTC",
				    &vm->eiointc_fd, err);
	if (!ret)
		ret = create_device(vm, KVM_DEV_TYPE_LOONGARCH_PCHPIC, "PCH-PIC",
				    &vm->pch_pic_fd, err);
	if (ret)
		return ret;
	ret = set_attr(vm->eiointc_fd, KVM_DEV_LOONGARCH_EXTIOI_GRP_CTRL,
		       KVM_DEV_LOONGARCH_EXTIOI_CTRL_INIT_NUM_CPU, &vm->nvcpus);
	if (!ret)
		ret = set_attr(vm->eiointc_fd, KVM_DEV_LOONGARCH_EXTIOI_GRP_CTRL,
			       KVM_DEV_LOONGARCH_EXTIOI_CTRL_INIT_FEATURE, &no_features);
	if (!ret)
		ret = set_attr(vm->pch_pic_fd, KVM_DEV_LOONGARCH_PCH_PIC_GRP_CTRL,
			       KVM_DEV_LOONGARCH_PCH_PIC_CTRL_INIT, &pic_base);
	return ret ? err_set(err, ret, "kvm: interrupt controllers: %s", strerror(-ret)) : 0;
}

static int create_rom(struct be_vm *vm, unsigned int slot, struct err *err)
{
	void *rom = mmap(NULL, KVM_ROM_BYTES, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (rom == MAP_FAILED)
		return err_set(err, -errno, "kvm: ROM: %s", strerror(errno));
	vm->rom = rom;
	kvm_rom_fill(rom);
	return kvm_add_memory(vm, slot, KVM_ROM_GPA, rom, KVM_ROM_BYTES, true, err);
}

/* ------------------------------------------------------------------ reset */

static int reset_ipi(const struct be_vm *vm)
{
	static const uint64_t zero;
	int ret = 0;

	for (uint64_t cpu = 0; !ret && cpu < vm->nvcpus; cpu++) {
		uint64_t at = cpu << 16;

		ret = set_attr(vm->ipi_fd, KVM_DEV_LOONGARCH_IPI_GRP_REGS, at | IPI_STATUS, &zero);
		if (!ret)
			ret = set_attr(vm->ipi_fd, KVM_DEV_LOONGARCH_IPI_GRP_REGS, at | IPI_EN,
				       &zero);
		for (unsigned int i = 0; !ret && i < IPI_NBUFS; i++)
			ret = set_attr(vm->ipi_fd, KVM_DEV_LOONGARCH_IPI_GRP_REGS,
				       at | (IPI_BUF0 + 8 * i), &zero);
	}
	return ret;
}

/* Writes @val to all words of [@first, @first + @len). */
static int eio_fill(const struct be_vm *vm, uint64_t first, unsigned int len, uint32_t val)
{
	int ret = 0;

	for (unsigned int off = 0; !ret && off < len; off += 4)
		ret = set_attr(vm->eiointc_fd, KVM_DEV_LOONGARCH_EXTIOI_GRP_REGS, first + off,
			       &val);
	return ret;
}

static int eio_load_finished(const struct be_vm *vm)
{
	return set_attr(vm->eiointc_fd, KVM_DEV_LOONGARCH_EXTIOI_GRP_CTRL,
			KVM_DEV_LOONGARCH_EXTIOI_CTRL_LOAD_FINISHED, NULL);
}

/*
 * Behind the registers the kernel remembers which vectors keep each HWI line of each
 * vCPU raised.  LOAD_FINISHED brings that in step with COREISR, but only for the line that
 * IPMAP and the vCPU that COREMAP name at that moment (the byte taken as a number).  A
 * vector that is forgotten elsewhere would keep its line from ever being raised again, so
 * all pairs are gone through.
 */
static int eio_forget_pending(const struct be_vm *vm)
{
	int ret = 0;

	for (uint64_t cpu = 0; !ret && cpu < vm->nvcpus; cpu++)
		ret = eio_fill(vm, cpu << 16 | EIO_COREISR, EIO_SET_BYTES, 0);
	for (uint32_t cpu = 0; !ret && cpu < vm->nvcpus; cpu++) {
		ret = eio_fill(vm, EIO_COREMAP, EIO_MAP_BYTES, cpu * UINT32_C(0x01010101));
		for (unsigned int hwi = 0; !ret && hwi < EIO_NUM_HWI; hwi++) {
			ret = eio_fill(vm, EIO_IPMAP, EIO_IPMAP_BYTES,
				       UINT32_C(0x01010101) << hwi);
			if (!ret)
				ret = eio_load_finished(vm);
		}
	}
	return ret;
}

static int reset_eiointc(const struct be_vm *vm)
{
	int ret = eio_forget_pending(vm);

	/* A route of 0 leaves the target that the kernel remembers, so one to vCPU 0 first. */
	if (!ret)
		ret = eio_fill(vm, EIO_COREMAP, EIO_MAP_BYTES, UINT32_C(0x01010101));
	if (!ret)
		ret = eio_load_finished(vm);
	if (!ret)
		ret = eio_fill(vm, EIO_COREMAP, EIO_MAP_BYTES, 0);
	if (!ret)
		ret = eio_fill(vm, EIO_IPMAP, EIO_IPMAP_BYTES, 0);
	if (!ret)
		ret = eio_fill(vm, EIO_NODETYPE, EIO_SET_BYTES, 0);
	if (!ret)
		ret = eio_fill(vm, EIO_ENABLE, EIO_SET_BYTES, 0);
	if (!ret)
		ret = eio_fill(vm, EIO_BOUNCE, EIO_SET_BYTES, 0);
	return ret ? ret : eio_fill(vm, EIO_ISR, EIO_SET_BYTES, 0);
}

static int reset_pch_pic(const struct be_vm *vm)
{
	static const struct { uint16_t reg; uint64_t val; } words[] = {
		{ PIC_MASK, UINT64_MAX }, { PIC_HTMSI_EN, 0 }, { PIC_EDGE, 0 },
		{ PIC_AUTO0, 0 }, { PIC_AUTO1, 0 }, { PIC_IRR, 0 }, { PIC_ISR, 0 },
		{ PIC_POLARITY, 0 },
	};
	static const uint8_t route = 1, vector = 0;
	int ret = 0;

	for (size_t i = 0; !ret && i < ARRAY_SIZE(words); i++)
		ret = set_attr(vm->pch_pic_fd, KVM_DEV_LOONGARCH_PCH_PIC_GRP_REGS, words[i].reg,
			       &words[i].val);
	for (unsigned int pin = 0; !ret && pin < PIC_NUM_BYTES; pin++) {
		ret = set_attr(vm->pch_pic_fd, KVM_DEV_LOONGARCH_PCH_PIC_GRP_REGS, PIC_ROUTE + pin,
			       &route);
		if (!ret)
			ret = set_attr(vm->pch_pic_fd, KVM_DEV_LOONGARCH_PCH_PIC_GRP_REGS,
				       PIC_VECTOR + pin, &vector);
	}
	return ret;
}

static int reset_all(const struct be_vm *vm, const char **what)
{
	int ret;

	*what = "IPI";
	ret = reset_ipi(vm);
	if (!ret) {
		*what = "EIOINTC";
		ret = reset_eiointc(vm);
	}
	if (!ret) {
		*what = "PCH-PIC";
		ret = reset_pch_pic(vm);
	}
	return ret;
}

static void irqchip_reset(struct be_vm *vm)
{
	const char *what;
	int ret = reset_all(vm, &what);

	/* The same calls went well when the VM was made. */
	if (ret)
		log_err("kvm", "reset of the kernel's %s: %s", what, strerror(-ret));
}

/* ------------------------------------------------------------------ inputs */

static void pic_set(struct be_vm *vm, unsigned int pin, bool level)
{
	struct kvm_irq_level line = { .irq = pin, .level = level };

	(void)kvm_ioctl(vm->fd, KVM_IRQ_LINE, &line);
}

static void msi_send(struct be_vm *vm, unsigned int vector)
{
	struct kvm_msi msi = { .address_lo = (uint32_t)PCH_MSI_GPA, .data = vector };

	(void)kvm_ioctl(vm->fd, KVM_SIGNAL_MSI, &msi);
}

const struct be_irqchip_ops kvm_irqchip_ops = {
	.max_vcpus = EIO_MAX_VCPUS,
	.park_pc = KVM_ROM_GPA,
	.pic_set = pic_set,
	.msi_send = msi_send,
	.reset = irqchip_reset,
};

/* ------------------------------------------------------------------ life */

int kvm_irqchip_create(struct be_vm *vm, unsigned int slot, struct err *err)
{
	const char *what;
	int ret = create_devices(vm, err);

	if (!ret)
		ret = create_rom(vm, slot, err);
	if (ret)
		return ret;
	/* The kernel's idea of power-on differs a little from ours. */
	ret = reset_all(vm, &what);
	return ret ? err_set(err, ret, "kvm: reset of the kernel's %s: %s", what,
			     strerror(-ret)) : 0;
}

void kvm_irqchip_destroy(struct be_vm *vm)
{
	const int fds[] = { vm->ipi_fd, vm->eiointc_fd, vm->pch_pic_fd };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
	if (vm->rom)
		munmap(vm->rom, KVM_ROM_BYTES);
}
