// SPDX-License-Identifier: GPL-2.0-only
/*
 * lvz_vm.c - the file of a VM: memory, counter, vCPUs.
 */
#include <linux/anon_inodes.h>
#include <linux/bitmap.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "lvz.h"

int lvz_copy_arg(void *arg, size_t size, size_t size_min, unsigned long uarg)
{
	u32 usize;

	if (get_user(usize, (u32 __user *)uarg))
		return -EFAULT;
	if (usize < size_min)
		return -EINVAL;
	/* The look at the rest shall not take long. */
	if (usize > PAGE_SIZE)
		return -E2BIG;
	return copy_struct_from_user(arg, size, (void __user *)uarg, usize);
}

/* ------------------------------------------------------------------ life */

struct lvz_vm *lvz_vm_get(struct lvz_vm *vm)
{
	kref_get(&vm->ref);
	return vm;
}

static void vm_free(struct kref *ref)
{
	struct lvz_vm *vm = container_of(ref, struct lvz_vm, ref);

	lvz_mmu_fini(vm);
	mmdrop(vm->mm);
	mutex_destroy(&vm->lock);
	kfree(vm);
}

void lvz_vm_put(struct lvz_vm *vm)
{
	kref_put(&vm->ref, vm_free);
}

static struct lvz_vm *vm_alloc(void)
{
	struct lvz_vm *vm = kzalloc(sizeof(*vm), GFP_KERNEL_ACCOUNT);

	if (!vm)
		return NULL;
	if (lvz_mmu_init(vm)) {
		kfree(vm);
		return NULL;
	}
	kref_init(&vm->ref);
	mutex_init(&vm->lock);
	INIT_LIST_HEAD(&vm->slots);
	vm->mm = current->mm;
	mmgrab(vm->mm);
	return vm;
}

/* ------------------------------------------------------------------ the file */

static long vm_map(struct lvz_vm *vm, unsigned long uarg)
{
	struct lvz_map map;
	int ret = lvz_copy_arg(&map, sizeof(map), sizeof(map), uarg);

	return ret ? ret : lvz_mmu_map(vm, &map);
}

static long vm_unmap(struct lvz_vm *vm, unsigned long uarg)
{
	struct lvz_unmap unmap;
	int ret = lvz_copy_arg(&unmap, sizeof(unmap), sizeof(unmap), uarg);

	return ret ? ret : lvz_mmu_unmap(vm, &unmap);
}

static long vm_ioctl(struct file *file, unsigned int cmd, unsigned long uarg)
{
	struct lvz_vm *vm = file->private_data;

	switch (cmd) {
	case LVZ_MAP:
		return vm_map(vm, uarg);
	case LVZ_UNMAP:
		return vm_unmap(vm, uarg);
	case LVZ_CREATE_VCPU:
		return lvz_vcpu_create(vm, uarg);
	default:
		return -ENOTTY;
	}
}

static int vm_release(struct inode *inode, struct file *file)
{
	lvz_vm_put(file->private_data);
	return 0;
}

static const struct file_operations vm_fops = {
	.owner		= THIS_MODULE,
	.unlocked_ioctl	= vm_ioctl,
	.release	= vm_release,
	.llseek		= noop_llseek,
};

int lvz_vm_create(void)
{
	struct lvz_vm *vm = vm_alloc();
	int fd;

	if (!vm)
		return -ENOMEM;
	fd = anon_inode_getfd("lvz-vm", &vm_fops, vm, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		lvz_vm_put(vm);
	return fd;
}
