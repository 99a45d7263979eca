/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backend/backend.h - what an engine does for a VM.
 *
 * An engine runs vCPUs and nothing else: guest-physical accesses outside RAM and IOCSR
 * accesses go to the VM's buses on the vCPU's own thread, whichever engine it is.
 */
#ifndef LVZ_BACKEND_BACKEND_H
#define LVZ_BACKEND_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bus.h"
#include "core/event.h"
#include "core/memory.h"
#include "util/err.h"

struct be_vm;
struct la_lint_sink;
struct la_observer;

/* Features that are a matter of the host's CPU; bits of be_cpu_model.insisted. */
#define BE_CPU_LSX	(1u << 0)
#define BE_CPU_LASX	(1u << 1)
#define BE_CPU_PTW	(1u << 2)
#define BE_CPU_V11	(1u << 3)
#define BE_CPU_PMU	(1u << 4)
#define BE_CPU_LVZ	(1u << 5)

/* The guest's CPU; an engine that cannot give it refuses in vm_create(). */
struct be_cpu_model {
	bool is_la464;		/* else max */
	bool has_lsx;
	bool has_lasx;
	bool has_ptw;
	bool has_v11;
	bool has_pmu;
	bool has_lvz;
	/*
	 * BE_CPU_*: what the user switched on by name.  Of the rest "max" means as much as
	 * the engine can give here.
	 */
	unsigned int insisted;
};

/* All borrowed; outlive the be_vm. */
struct be_vm_cfg {
	struct memory *mem;
	struct bus *mmio;
	struct bus *iocsr;
	struct event_loop *loop;
	struct be_cpu_model cpu;
	unsigned int nvcpus;
	/* What to tell of the CPUs' inside; NULL: nothing.  Only with ops->can_observe. */
	const struct la_observer *observer;
	/* Who hears of a hypervisor's mistakes; NULL: nobody.  Only with ops->can_observe. */
	const struct la_lint_sink *lint;
	/* --lvz-stress; level 0: off.  Only with ops->can_observe. */
	unsigned int stress_level;
	uint64_t stress_seed;
	/* The engine's own interrupt controllers shall be used; only with ops->irqchip. */
	bool has_irqchip;
};

/*
 * Interrupt controllers inside the engine: IPI, EIOINTC and PCH-PIC with the registers of
 * docs/memory-map.md.  Accesses to them do not reach the buses.
 */
struct be_irqchip_ops {
	/* The most vCPUs that they can serve as the device tree describes them. */
	unsigned int max_vcpus;
	/*
	 * Where secondary vCPUs run from the beginning: code of the engine that waits for
	 * the guest's mailbox and interrupt, as a boot ROM does.
	 */
	uint64_t park_pc;
	/* Level of PCH-PIC input @pin.  Any thread. */
	void (*pic_set)(struct be_vm *vm, unsigned int pin, bool level);
	/* One message for EIOINTC vector @vector.  Any thread. */
	void (*msi_send)(struct be_vm *vm, unsigned int vector);
	/* Power-on state.  No vCPU runs; each gets its vcpu_reset() before it does. */
	void (*reset)(struct be_vm *vm);
};

struct backend_ops {
	const char *name;
	/* What "lvz-vmm probe" says; lists end with NULL. */
	const char *how;
	const char *const *models;
	const char *const *features;
	bool can_observe;			/* be_vm_cfg.observer, and what is like it */
	const struct be_irqchip_ops *irqchip;	/* NULL: has none of its own */
	/* 0: usable here.  -ENODEV with @err saying why not.  Any thread. */
	int (*probe)(struct err *err);
	/*
	 * -EINVAL with @err naming the key ("[cpu] lsx: ...") when a guest cannot have @model
	 * here, 0 when it can or that is not known.  NULL: can have any.  Any thread.
	 */
	int (*cpu_check)(const struct be_cpu_model *model, struct err *err);

	/*
	 * -EINVAL: what @cfg asks for cannot be had here, @err as of cpu_check(); -ENOMEM, or
	 * another errno of the host.  @err set.  Main thread.
	 */
	int (*vm_create)(struct be_vm **out, const struct be_vm_cfg *cfg, struct err *err);
	void (*vm_destroy)(struct be_vm *vm);	/* no vCPU runs */

	/*
	 * Reset state (vol. 1, 5.2) with @pc and a0..a2 set.  The vCPU's thread, or any
	 * while it does not run.
	 */
	void (*vcpu_reset)(struct be_vm *vm, unsigned int vcpu, uint64_t pc,
			   const uint64_t args[3]);
	/*
	 * Runs the vCPU, sleeping while it is idle, until vcpu_kick().  0, or a negative
	 * errno with @err set when the host failed.  The vCPU's thread.
	 */
	int (*vcpu_run)(struct be_vm *vm, unsigned int vcpu, struct err *err);
	/* Makes a present or the next vcpu_run() return soon.  Any thread. */
	void (*vcpu_kick)(struct be_vm *vm, unsigned int vcpu);
	/* In a bus access: the instruction that makes it.  The vCPU's thread. */
	uint64_t (*vcpu_pc)(struct be_vm *vm, unsigned int vcpu);
	/*
	 * mem_clear() was called: the guest's RAM has other host pages than before.  -ENOMEM,
	 * or another errno of the host, with @err set.  NULL: the engine sees it by itself.
	 * Main thread; no vCPU runs.
	 */
	int (*ram_cleared)(struct be_vm *vm, struct err *err);
	/* Level of ESTAT.IS[@line].  Any thread. */
	void (*irq_set)(struct be_vm *vm, unsigned int vcpu, unsigned int line, bool level);
	/*
	 * From now on a guest's 32-bit store of @data to @gpa makes eventfd @fd readable and
	 * ends no vcpu_run() nor reaches the bus.  An errno of the host: it goes on reaching
	 * the bus.  NULL: the engine cannot.  Main thread, before the first vCPU runs.
	 */
	int (*doorbell_add)(struct be_vm *vm, gpa_t gpa, uint32_t data, int fd);
};

/* Engines in the order in which "auto" tries them. */
extern const struct backend_ops *const backends[];
extern const size_t nbackends;

#endif
