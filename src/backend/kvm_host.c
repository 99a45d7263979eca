/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backend/kvm_host.c - see kvm_host.h.
 *
 * Builds on every host: elsewhere the only fact is that this is no LoongArch.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "backend/kvm_host.h"

#include <errno.h>
#include <string.h>

#include "util/bits.h"

#define API_VERSION 12

static const char *const need_names[] = {
	"KVM_CAP_USER_MEMORY", "KVM_CAP_ONE_REG", "KVM_CAP_MP_STATE",
	"the CPUCFG masks of a vCPU (KVM_GET_DEVICE_ATTR)",
};

static int judge_open(int open_errno, struct err *err)
{
	switch (open_errno) {
	case 0:
		return 0;
	case ENOENT:
		return err_set(err, -ENODEV,
			       "there is no /dev/kvm (a kernel without KVM, or its module is not loaded)");
	case EACCES:
	case EPERM:
		return err_set(err, -ENODEV,
			       "no permission to open /dev/kvm (is the user in its group?)");
	default:
		return err_set(err, -ENODEV, "/dev/kvm cannot be opened: %s",
			       strerror(open_errno));
	}
}

int kvm_facts_judge(const struct kvm_facts *f, struct err *err)
{
	if (!f->is_loongarch)
		return err_set(err, -ENODEV, "needs a LoongArch host with /dev/kvm");
	if (!f->cpu_has_lvz)
		return err_set(err, -ENODEV, "the CPU has no LVZ (CPUCFG.2 bit 10 is 0)");
	if (!f->kernel_has_lvz)
		return err_set(err, -ENODEV, "the CPU has LVZ, but the kernel does not use it");
	if (judge_open(f->open_errno, err))
		return -ENODEV;
	if (f->api_version != API_VERSION)
		return err_set(err, -ENODEV, "KVM has API version %d (want %d)", f->api_version,
			       API_VERSION);
	if (f->vm_errno)
		return err_set(err, -ENODEV, "KVM cannot make a virtual machine: %s",
			       strerror(f->vm_errno));
	for (size_t i = 0; i < ARRAY_SIZE(need_names); i++) {
		if (f->missing & BIT32(i))
			return err_set(err, -ENODEV, "this kernel's KVM is too old: it lacks %s",
				       need_names[i]);
	}
	return 0;
}

#ifdef __loongarch__

#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "backend/kvm_priv.h"
#include "soft/isa_cpucfg.h"

#define HWCAP_LVZ BIT32(9)		/* asm/hwcap.h; older headers lack it */

static void gather_missing(struct kvm_facts *f, int kvm)
{
	static const struct { unsigned int need; int cap; } caps[] = {
		{ KVM_NEED_USER_MEMORY, KVM_CAP_USER_MEMORY },
		{ KVM_NEED_ONE_REG, KVM_CAP_ONE_REG },
		{ KVM_NEED_MP_STATE, KVM_CAP_MP_STATE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(caps); i++) {
		if (ioctl(kvm, KVM_CHECK_EXTENSION, caps[i].cap) <= 0)
			f->missing |= caps[i].need;
	}
}

/* Some things show only when one is made. */
static void gather_vm(struct kvm_facts *f, int kvm)
{
	int vm = ioctl(kvm, KVM_CREATE_VM, 0), vcpu = -1;
	uint64_t mask;

	if (vm >= 0)
		vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	if (vcpu < 0)
		f->vm_errno = errno;
	else if (kvm_vcpu_cpucfg_mask(vcpu, 2, &mask))
		f->missing |= KVM_NEED_CPUCFG;
	if (vcpu >= 0)
		close(vcpu);
	if (vm >= 0)
		close(vm);
}

void kvm_facts_gather(struct kvm_facts *f)
{
	int kvm;

	*f = (struct kvm_facts){
		.is_loongarch = true,
		.cpu_has_lvz = (kvm_host_cpucfg(2) & LA_CPUCFG2_LVZ) != 0,
		.kernel_has_lvz = (getauxval(AT_HWCAP) & HWCAP_LVZ) != 0,
	};
	if (!f->cpu_has_lvz || !f->kernel_has_lvz)
		return;
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm < 0) {
		f->open_errno = errno;
		return;
	}
	f->api_version = ioctl(kvm, KVM_GET_API_VERSION, 0);
	if (f->api_version == API_VERSION) {
		gather_missing(f, kvm);
		gather_vm(f, kvm);
	}
	close(kvm);
}

#else

void kvm_facts_gather(struct kvm_facts *f)
{
	*f = (struct kvm_facts){ .is_loongarch = false };
}

#endif
