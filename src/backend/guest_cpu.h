/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backend/guest_cpu.h - the CPU of a guest on a LoongArch host: CPUCFG words, CSRs
 * at reset, and CSRs that LVZ leaves to software.
 *
 * Pure functions, so that they are tested on any host.
 */
#ifndef LVZ_BACKEND_GUEST_CPU_H
#define LVZ_BACKEND_GUEST_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backend/backend.h"
#include "soft/isa.h"

#define GUEST_CPU_MAX_CSRS 224

/*
 * Fills @out, the CPUCFG words of a guest with CPU @model.  @host: the words of the host's
 * CPU; @mask: the bits of each that @kernel, "KVM" or "lvz.ko", lets a guest have.  -EINVAL
 * with @err naming the [cpu] key that cannot be had.
 */
int guest_cpu_cpucfg(const char *kernel, const uint32_t host[LA_CPUCFG_NWORDS],
		     const uint64_t mask[LA_CPUCFG_NWORDS], const struct be_cpu_model *model,
		     uint32_t out[LA_CPUCFG_NWORDS], struct err *err);

struct guest_cpu_csr {
	uint16_t num;
	bool is_optional;	/* some kernels do not keep it, then it cannot be dirty */
	uint64_t val;
};

/*
 * What is to be written for vCPU @vcpu at reset, in this order.  Left out are
 * registers that are the hardware's (PRCFG), computed (PGD), set once (CPUID) or LVZ's own.
 * The timer comes last: what goes before may make it fire.  Returns how many there are.
 */
size_t guest_cpu_reset_csrs(unsigned int vcpu, struct guest_cpu_csr out[GUEST_CPU_MAX_CSRS]);

/*
 * CSR @num, kept in software because guests of LVZ have none of their own, after a write of
 * @val where @mask is 1 to @old.  A register that does not exist stays 0.
 */
uint64_t guest_cpu_csr_write(unsigned int num, uint64_t old, uint64_t val, uint64_t mask);

#endif
