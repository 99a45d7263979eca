// SPDX-License-Identifier: GPL-2.0-only
/*
 * lvz_vcpu.c - the file of a vCPU: registers, interrupt lines, the page shared with its
 * owner.  Running it is in lvz_run.c.
 */
#include <linux/anon_inodes.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <asm/fpu.h>
#include <asm/time.h>
#include <asm/timex.h>

#include "lvz.h"

/* ------------------------------------------------------------------ registers */

/* ESTAT as the guest would read it. */
static u64 estat_of(const struct lvz_vcpu *vcpu)
{
	return (vcpu->timer.estat & ~(u64)LVZ_IRQ_LINES) | (u32)atomic_read(&vcpu->lines);
}

static int get_csr(struct lvz_vcpu *vcpu, u32 num, u64 *value)
{
	int i = lvz_bank_index(num);

	if (i >= 0) {
		*value = vcpu->bank.r[i];
		return 0;
	}
	switch (num) {
	case LOONGARCH_CSR_ESTAT:
		*value = estat_of(vcpu);
		return 0;
	case LOONGARCH_CSR_TCFG:
		*value = vcpu->timer.tcfg;
		return 0;
	case LOONGARCH_CSR_TVAL:
		*value = lvz_timer_tval(&vcpu->timer);
		return 0;
	default:
		return lvz_bank_fixed(num, value);
	}
}

static int set_csr(struct lvz_vcpu *vcpu, u32 num, u64 value)
{
	int i = lvz_bank_index(num);

	if (i == LVZ_GCSR_CPUID)
		return value == vcpu->cpuid ? 0 : -EINVAL;
	if (i >= 0) {
		vcpu->bank.r[i] = value;
		return 0;
	}
	switch (num) {
	case LOONGARCH_CSR_ESTAT:
		/* Lines are LVZ_IRQ's. */
		vcpu->timer.estat = value & ~(u64)LVZ_IRQ_LINES;
		return 0;
	case LOONGARCH_CSR_TVAL:
		vcpu->timer.tval = value & GENMASK_ULL(47, 0);
		return 0;
	case LOONGARCH_CSR_TCFG:
		vcpu->timer.tcfg = value;
		lvz_timer_start(&vcpu->timer);
		return 0;
	default:
		return -ENOENT;
	}
}

static int set_units(struct lvz_vcpu *vcpu, u64 units)
{
	if (units & ~(u64)lvz_host_units())
		return -EINVAL;
	if ((units & LVZ_UNIT_LSX && !(units & LVZ_UNIT_FP)) ||
	    (units & LVZ_UNIT_LASX && !(units & LVZ_UNIT_LSX)))
		return -EINVAL;
	vcpu->units = units;
	return 0;
}

static int get_reg(struct lvz_vcpu *vcpu, struct lvz_reg *reg)
{
	if (reg->id >> 16 == LVZ_REG_KIND_CSR)
		return get_csr(vcpu, reg->id & 0xffff, &reg->value);
	switch (reg->id) {
	case LVZ_REG_UNITS:
		reg->value = vcpu->units;
		return 0;
	case LVZ_REG_COUNTER:
		reg->value = get_cycles() + READ_ONCE(vcpu->vm->counter_offset);
		return 0;
	default:
		return -ENOENT;
	}
}

static int set_reg(struct lvz_vcpu *vcpu, const struct lvz_reg *reg)
{
	if (reg->id >> 16 == LVZ_REG_KIND_CSR)
		return set_csr(vcpu, reg->id & 0xffff, reg->value);
	switch (reg->id) {
	case LVZ_REG_UNITS:
		return set_units(vcpu, reg->value);
	case LVZ_REG_COUNTER:
		WRITE_ONCE(vcpu->vm->counter_offset, reg->value - get_cycles());
		return 0;
	default:
		return -ENOENT;
	}
}

static long each_reg(struct lvz_vcpu *vcpu, unsigned long uarg, bool is_set)
{
	struct lvz_reg __user *ureg;
	struct lvz_reg reg;
	struct lvz_regs arg;
	int ret = lvz_copy_arg(&arg, sizeof(arg), sizeof(arg), uarg);

	if (ret)
		return ret;
	if (arg.count > LVZ_MAX_REGS)
		return -EINVAL;
	ureg = u64_to_user_ptr(arg.regs);
	for (u32 i = 0; i < arg.count; i++, ureg++) {
		if (copy_from_user(&reg, ureg, sizeof(reg)))
			return -EFAULT;
		if (reg.pad)
			return -EINVAL;
		ret = is_set ? set_reg(vcpu, &reg) : get_reg(vcpu, &reg);
		if (ret)
			return ret;
		if (!is_set && put_user(reg.value, &ureg->value))
			return -EFAULT;
	}
	return 0;
}

static long get_fpu(struct lvz_vcpu *vcpu, void __user *uarg)
{
	struct lvz_fpu f = { .fcc = vcpu->fpu.fcc, .fcsr = vcpu->fpu.fcsr };

	static_assert(sizeof(f.fpr) == sizeof(vcpu->fpu.fpr));
	memcpy(f.fpr, vcpu->fpu.fpr, sizeof(f.fpr));
	return copy_to_user(uarg, &f, sizeof(f)) ? -EFAULT : 0;
}

static long set_fpu(struct lvz_vcpu *vcpu, const void __user *uarg)
{
	struct lvz_fpu f;

	if (copy_from_user(&f, uarg, sizeof(f)))
		return -EFAULT;
	if (f.pad)
		return -EINVAL;
	memcpy(vcpu->fpu.fpr, f.fpr, sizeof(f.fpr));
	vcpu->fpu.fcc = f.fcc;
	/* Loading a cause whose exception is enabled would raise it in the host. */
	vcpu->fpu.fcsr = f.fcsr & ~mask_fcsr_x(f.fcsr);
	return 0;
}

/* ------------------------------------------------------------------ any thread */

static long set_irq(struct lvz_vcpu *vcpu, unsigned long uarg)
{
	struct lvz_irq irq;
	int ret = lvz_copy_arg(&irq, sizeof(irq), sizeof(irq), uarg), old;

	if (ret)
		return ret;
	if ((irq.set | irq.clear) & ~LVZ_IRQ_LINES || irq.set & irq.clear || irq.pad)
		return -EINVAL;
	do {
		old = atomic_read(&vcpu->lines);
	} while (!atomic_try_cmpxchg(&vcpu->lines, &old, (old | irq.set) & ~irq.clear));
	if ((old | irq.set) != old || old & irq.clear)
		lvz_run_poke(vcpu);
	return 0;
}

static long kick(struct lvz_vcpu *vcpu)
{
	atomic_set(&vcpu->is_kicked, 1);
	lvz_run_poke(vcpu);
	return 0;
}

/* ------------------------------------------------------------------ the file */

/* With the vCPU's lock. */
static long owner_ioctl(struct lvz_vcpu *vcpu, unsigned int cmd, unsigned long uarg)
{
	switch (cmd) {
	case LVZ_RUN:
		if (uarg)
			return -EINVAL;
		return current->mm == vcpu->vm->mm ? lvz_run(vcpu) : -EIO;
	case LVZ_GET_REGS:
		return each_reg(vcpu, uarg, false);
	case LVZ_SET_REGS:
		return each_reg(vcpu, uarg, true);
	case LVZ_GET_FPU:
		return get_fpu(vcpu, (void __user *)uarg);
	case LVZ_SET_FPU:
		return set_fpu(vcpu, (const void __user *)uarg);
	default:
		return -ENOTTY;
	}
}

static long vcpu_ioctl(struct file *file, unsigned int cmd, unsigned long uarg)
{
	struct lvz_vcpu *vcpu = file->private_data;
	long ret;

	if (cmd == LVZ_IRQ)
		return set_irq(vcpu, uarg);
	if (cmd == LVZ_KICK)
		return uarg ? -EINVAL : kick(vcpu);
	if (!mutex_trylock(&vcpu->lock))
		return -EBUSY;
	ret = owner_ioctl(vcpu, cmd, uarg);
	mutex_unlock(&vcpu->lock);
	return ret;
}

static int vcpu_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct lvz_vcpu *vcpu = file->private_data;

	if (vma->vm_pgoff || vma->vm_end - vma->vm_start != PAGE_SIZE ||
	    !(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	vm_flags_set(vma, VM_DONTCOPY | VM_DONTEXPAND);
	return vm_insert_page(vma, vma->vm_start, virt_to_page(vcpu->run));
}

static int vcpu_release(struct inode *inode, struct file *file)
{
	struct lvz_vcpu *vcpu = file->private_data;
	struct lvz_vm *vm = vcpu->vm;

	mutex_lock(&vm->lock);
	clear_bit(vcpu->cpuid, vm->cpuids);
	mutex_unlock(&vm->lock);
	hrtimer_cancel(&vcpu->wake);
	free_page((unsigned long)vcpu->run);
	mutex_destroy(&vcpu->lock);
	kfree(vcpu);
	lvz_vm_put(vm);
	return 0;
}

static const struct file_operations vcpu_fops = {
	.owner		= THIS_MODULE,
	.unlocked_ioctl	= vcpu_ioctl,
	.mmap		= vcpu_mmap,
	.release	= vcpu_release,
	.llseek		= noop_llseek,
};

static struct lvz_vcpu *vcpu_alloc(struct lvz_vm *vm, unsigned long cpuid)
{
	struct lvz_vcpu *vcpu = kzalloc(sizeof(*vcpu), GFP_KERNEL_ACCOUNT);

	if (!vcpu)
		return NULL;
	vcpu->run = (struct lvz_run *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!vcpu->run) {
		kfree(vcpu);
		return NULL;
	}
	mutex_init(&vcpu->lock);
	vcpu->vm = lvz_vm_get(vm);
	vcpu->cpuid = cpuid;
	vcpu->units = lvz_host_units();
	/* As after a reset (vol. 1, 5.2): addresses are direct. */
	vcpu->bank.r[LVZ_GCSR_CRMD] = CSR_CRMD_DA;
	vcpu->bank.r[LVZ_GCSR_CPUID] = cpuid;
	vcpu->bank.r[LVZ_GCSR_TMID] = cpuid;
	lvz_run_init(vcpu);
	return vcpu;
}

int lvz_vcpu_create(struct lvz_vm *vm, unsigned long cpuid)
{
	struct lvz_vcpu *vcpu;
	int fd;

	if (cpuid >= LVZ_MAX_VCPUS)
		return -EINVAL;
	if (mutex_lock_interruptible(&vm->lock))
		return -ERESTARTSYS;
	fd = test_and_set_bit(cpuid, vm->cpuids) ? -EEXIST : 0;
	mutex_unlock(&vm->lock);
	if (fd)
		return fd;
	vcpu = vcpu_alloc(vm, cpuid);
	fd = vcpu ? anon_inode_getfd("lvz-vcpu", &vcpu_fops, vcpu, O_RDWR | O_CLOEXEC) : -ENOMEM;
	if (fd >= 0)
		return fd;
	if (vcpu) {
		free_page((unsigned long)vcpu->run);
		kfree(vcpu);
		lvz_vm_put(vm);
	}
	mutex_lock(&vm->lock);
	clear_bit(cpuid, vm->cpuids);
	mutex_unlock(&vm->lock);
	return fd;
}
