/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backend/kvm_cpu.h - the CPU that a KVM guest gets: CPUCFG words, CSRs at reset.
 *
 * Pure functions, so that they are tested on any host.
 */
#ifndef LVZ_BACKEND_KVM_CPU_H
#define LVZ_BACKEND_KVM_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backend/backend.h"
#include "soft/isa.h"

#define KVM_CPU_MAX_CSRS 224

/*
 * Fills @out, the CPUCFG words of a guest with CPU @model.  @host: the words of the host's
 * CPU; @mask: the bits of each that this kernel's KVM lets a guest have.  -EINVAL with @err
 * naming the [cpu] key that cannot be had.
 */
int kvm_cpu_cpucfg(const uint32_t host[LA_CPUCFG_NWORDS], const uint64_t mask[LA_CPUCFG_NWORDS],
		   const struct be_cpu_model *model, uint32_t out[LA_CPUCFG_NWORDS],
		   struct err *err);

struct kvm_cpu_csr {
	uint16_t num;
	bool is_optional;	/* some kernels do not keep it, then it cannot be dirty */
	uint64_t val;
};

/*
 * What KVM_SET_ONE_REG shall write for vCPU @vcpu at reset, in this order.  Left out are
 * registers that are the hardware's (PRCFG), computed (PGD), set once (CPUID) or LVZ's own.
 * The timer comes last: what goes before may make it fire.  Returns how many there are.
 */
size_t kvm_cpu_reset_csrs(unsigned int vcpu, struct kvm_cpu_csr out[KVM_CPU_MAX_CSRS]);

#endif
