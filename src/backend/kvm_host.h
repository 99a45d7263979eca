/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backend/kvm_host.h - what a host must have for the kvm engine, and what is missing.
 */
#ifndef LVZ_BACKEND_KVM_HOST_H
#define LVZ_BACKEND_KVM_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"

/* Capabilities that the engine cannot do without; bits of kvm_facts.missing. */
#define KVM_NEED_USER_MEMORY	(1u << 0)
#define KVM_NEED_ONE_REG	(1u << 1)
#define KVM_NEED_MP_STATE	(1u << 2)
#define KVM_NEED_CPUCFG		(1u << 3)

/* In the order in which they are found out; what follows a failure is not looked at. */
struct kvm_facts {
	bool is_loongarch;
	bool cpu_has_lvz;	/* CPUCFG.2 */
	bool kernel_has_lvz;	/* AT_HWCAP */
	int open_errno;		/* of /dev/kvm; 0: it opens */
	int api_version;
	int vm_errno;		/* of KVM_CREATE_VM and the first vCPU */
	unsigned int missing;	/* KVM_NEED_* */
};

/* 0: the engine can be used.  -ENODEV with @err naming the first thing that is missing. */
int kvm_facts_judge(const struct kvm_facts *f, struct err *err);

/* Asks the host.  Any thread. */
void kvm_facts_gather(struct kvm_facts *f);

#endif
