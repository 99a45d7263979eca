/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backend/kvm_priv.h - what the files of the kvm engine share.  LoongArch hosts only.
 */
#ifndef LVZ_BACKEND_KVM_PRIV_H
#define LVZ_BACKEND_KVM_PRIV_H

#ifdef __loongarch__

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backend/backend.h"
#include "soft/isa.h"

struct kvm_run;

struct kvm_cpu {
	int fd;
	struct kvm_run *run;		/* mapped; its vCPU's thread */
	pthread_t thread;		/* valid once has_thread */
	atomic_bool has_thread;
	atomic_bool is_kicked;
	pthread_mutex_t irq_lock;
	uint32_t lines;			/* irq_lock: levels as told by irq_set() */
	int failure;			/* errno of a reset, for the next run; its thread */
	const char *what;		/* what failed then */
};

struct be_vm {
	struct memory *mem;		/* borrowed, as are the buses */
	struct bus *mmio;
	struct bus *iocsr;
	int fd;
	size_t run_bytes;
	uint32_t cpucfg[LA_CPUCFG_NWORDS];
	unsigned int nvcpus;
	struct kvm_cpu *cpus;
	/* The kernel's interrupt controllers; -1: not in use. */
	int ipi_fd;
	int eiointc_fd;
	int pch_pic_fd;
	void *rom;			/* NULL: none */
};

/* ioctl() without errno: what it returns, or -errno; EINTR is tried again. */
int kvm_ioctl(int fd, unsigned long request, void *arg);
int kvm_set_reg(const struct kvm_cpu *c, uint64_t id, uint64_t val);
/* Maps @len bytes at @host as memory slot @slot.  @err set. */
int kvm_add_memory(struct be_vm *vm, unsigned int slot, gpa_t gpa, void *host, uint64_t len,
		   bool is_readonly, struct err *err);

/* CPUCFG word @word of the CPU that this runs on. */
uint32_t kvm_host_cpucfg(unsigned int word);
/* The bits of CPUCFG word @word that a guest of vCPU descriptor @fd may have. */
int kvm_vcpu_cpucfg_mask(int fd, unsigned int word, uint64_t *mask);

/*
 * Makes the kernel's IPI, EIOINTC and PCH-PIC and the ROM for secondary vCPUs; memory
 * slot @slot is free.  All vCPUs exist.  -EINVAL: this kernel has none; @err set.
 */
int kvm_irqchip_create(struct be_vm *vm, unsigned int slot, struct err *err);
void kvm_irqchip_destroy(struct be_vm *vm);

extern const struct be_irqchip_ops kvm_irqchip_ops;

#endif
#endif
