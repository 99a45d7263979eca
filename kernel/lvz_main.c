// SPDX-License-Identifier: GPL-2.0-only
/*
 * lvz_main.c - the module: detection, the page the switch runs from, /dev/lvz.
 *
 * Nothing of the hardware is changed while no vCPU runs, so CPUs may come and go.
 */
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/uaccess.h>

#include <asm/cacheflush.h>
#include <asm/cpu-features.h>
#include <asm/time.h>

#include "lvz.h"

u32 lvz_gid;
void (*lvz_enter)(struct lvz_ctx *ctx);
static unsigned long lvz_blob;

u32 lvz_host_units(void)
{
	u32 units = 0;

	if (cpu_has_fpu)
		units |= LVZ_UNIT_FP;
	if (cpu_has_fpu && cpu_has_lsx)
		units |= LVZ_UNIT_LSX;
	if (cpu_has_fpu && cpu_has_lsx && cpu_has_lasx)
		units |= LVZ_UNIT_LASX;
	return units;
}

static unsigned int gid_bits(void)
{
	return (csr_read64(LOONGARCH_CSR_GSTAT) & CSR_GSTAT_GIDBIT) >> CSR_GSTAT_GIDBIT_SHIFT;
}

static long get_info(unsigned long uarg)
{
	struct lvz_info info;
	int ret = lvz_copy_arg(&info, sizeof(info), sizeof(info), uarg);

	if (ret)
		return ret;
	info = (struct lvz_info){
		.size = sizeof(info),
		.version = LVZ_API_VERSION,
		.page_size = PAGE_SIZE,
		.gid_bits = gid_bits(),
		.gpa_bits = cpu_vabits,
		.max_vcpus = LVZ_MAX_VCPUS,
		.units = lvz_host_units(),
		.run_size = PAGE_SIZE,
		.timer_hz = const_clock_freq,
	};
	return copy_to_user((void __user *)uarg, &info, sizeof(info)) ? -EFAULT : 0;
}

static long dev_ioctl(struct file *file, unsigned int cmd, unsigned long uarg)
{
	switch (cmd) {
	case LVZ_INFO:
		return get_info(uarg);
	case LVZ_CREATE_VM:
		return uarg ? -EINVAL : lvz_vm_create();
	default:
		return -ENOTTY;
	}
}

static const struct file_operations dev_fops = {
	.owner		= THIS_MODULE,
	.unlocked_ioctl	= dev_ioctl,
	.llseek		= noop_llseek,
};

static struct miscdevice lvz_dev = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "lvz",
	.fops	= &dev_fops,
	.mode	= 0600,
};

/* Module text is TLB-mapped; pages of the allocator are in the direct-mapped window. */
static int blob_copy(void)
{
	size_t len = lvz_blob_end - lvz_blob_start;

	lvz_blob = __get_free_page(GFP_KERNEL);
	if (!lvz_blob)
		return -ENOMEM;
	memcpy((void *)lvz_blob, lvz_blob_start, len);
	flush_icache_range(lvz_blob, lvz_blob + len);
	lvz_enter = (void *)(lvz_blob + (lvz_blob_enter - lvz_blob_start));
	return 0;
}

static int __init lvz_init(void)
{
	unsigned int bits;
	int ret;

	if (!cpu_has_lvz) {
		pr_err("lvz: this CPU has no LVZ (CPUCFG.2 bit 10): no guests here\n");
		return -ENODEV;
	}
	bits = gid_bits();
	if (!bits || bits > CSR_GSTAT_GID_WIDTH) {
		pr_err("lvz: GSTAT.GIDBIT is %u, wanted 1 to %d\n", bits, CSR_GSTAT_GID_WIDTH);
		return -ENODEV;
	}
	lvz_gid = BIT(bits) - 1;
	ret = blob_copy();
	if (ret)
		return ret;
	preempt_notifier_inc();
	ret = misc_register(&lvz_dev);
	if (ret) {
		preempt_notifier_dec();
		free_page(lvz_blob);
	}
	return ret;
}

static void __exit lvz_exit(void)
{
	misc_deregister(&lvz_dev);
	preempt_notifier_dec();
	free_page(lvz_blob);
}

module_init(lvz_init);
module_exit(lvz_exit);
MODULE_DESCRIPTION("Guests on LoongArch's virtualization extension (LVZ)");
MODULE_LICENSE("GPL");
