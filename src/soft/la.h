/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/la.h - the software LoongArch CPU, as its user sees it.
 *
 * A la_machine holds what vCPUs share (RAM window, decoded code pages); a la_cpu is one
 * vCPU.  The outside world is reached only through struct la_bus, so tests need nothing
 * but an array for RAM.  Unless a function says "any thread", it belongs to the thread
 * that calls la_run() for that CPU, or to anyone while no thread does.
 */
#ifndef LVZ_SOFT_LA_H
#define LVZ_SOFT_LA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"

struct la_machine;
struct la_cpu;
struct la_lint_sink;
struct la_observer;

struct la_ram {
	uint64_t gpa;
	uint64_t len_bytes;
};

/* Callbacks run on the vCPU's thread except where noted.  None may call la_run(). */
struct la_bus {
	void *ctx;
	/* Accesses outside RAM; @size is 1, 2, 4 or 8. */
	uint64_t (*load)(void *ctx, unsigned int cpu, uint64_t gpa, unsigned int size);
	void (*store)(void *ctx, unsigned int cpu, uint64_t gpa, unsigned int size,
		      uint64_t val);
	uint64_t (*iocsr_read)(void *ctx, unsigned int cpu, uint32_t addr, unsigned int size);
	void (*iocsr_write)(void *ctx, unsigned int cpu, uint32_t addr, unsigned int size,
			    uint64_t val);
	/*
	 * Ask for la_cpu_timer_expired() at @deadline_ns of CLOCK_MONOTONIC, from any
	 * thread; 0 cancels.  A late or spurious call does no harm.
	 */
	void (*timer_set)(void *ctx, unsigned int cpu, uint64_t deadline_ns);
};

/* Which of the optional parts of the architecture the CPU has; see isa/la64.cpucfg. */
struct la_features {
	bool is_la464;		/* model la464; else max */
	bool has_lsx;
	bool has_lasx;
	bool has_ptw;		/* hardware page-table walk; max only */
	bool has_v11;		/* LAM_BH, LAMCAS, LLACQ_SCREL, SCQ, FRECIPE; max only */
	bool has_pmu;		/* performance counters; no model has them by itself */
	bool has_lvz;		/* the virtualization extension */
};

struct la_machine_cfg {
	uint8_t *ram_base;		/* host address of GPA 0 */
	const struct la_ram *ram;
	unsigned int nram;
	struct la_bus bus;
	struct la_features features;
	unsigned int ncpus;
	/*
	 * NULL, or LA_NPLAIN_OPS bytes (soft/isa.h) of the caller, who keeps them as long as
	 * the machine: [op] becomes 1 when an instruction is decoded to be executed, unless
	 * this CPU lacks it.  The second of a fused pair counts with the first.  vCPU
	 * threads write them, relaxed; read them while none runs.
	 */
	uint8_t *seen_ops;
	const struct la_observer *observer;	/* soft/observe.h; borrowed; NULL: none */
	/* soft/lint.h; borrowed; NULL: none.  Without LVZ there is nothing to tell. */
	const struct la_lint_sink *lint;
	/*
	 * Perturb what hardware may perturb (docs/lvz-stress.md): 0, or up to
	 * LA_STRESS_LEVELS.  Level and seed are logged, counts when the machine goes.
	 */
	unsigned int stress_level;
	uint64_t stress_seed;
};

#define LA_STRESS_LEVELS 4u

/* Creates the machine with all its CPUs in reset state.  -ENOMEM, -EINVAL with @err set. */
int la_machine_create(struct la_machine **out, const struct la_machine_cfg *cfg,
		      struct err *err);
void la_machine_destroy(struct la_machine *m);	/* no la_run() may be active */
struct la_cpu *la_machine_cpu(struct la_machine *m, unsigned int i);
/* [gpa, gpa+len) was written by someone who is not a vCPU of this machine.  Any thread. */
void la_ram_written(struct la_machine *m, uint64_t gpa, uint64_t len);

/* Architectural reset (vol. 1, 5.2); the CPU starts at @pc in direct address mode. */
void la_cpu_reset(struct la_cpu *cpu, uint64_t pc);

enum la_stop {
	LA_STOP_KICK,		/* la_cpu_kick() was called */
	LA_STOP_IDLE,		/* idle executed; nothing pending */
	LA_STOP_STEP,		/* la_step(): one instruction (or exception entry) done */
};

/*
 * Runs until something must be told.  Idle outlasts a return: la_run() says LA_STOP_IDLE
 * again until an interrupt that is enabled in ECFG is pending.  Owner thread.
 */
enum la_stop la_run(struct la_cpu *cpu);
/* Executes one instruction. */
enum la_stop la_step(struct la_cpu *cpu);

/* Makes a running or next la_run() return LA_STOP_KICK soon.  Any thread. */
void la_cpu_kick(struct la_cpu *cpu);
/*
 * After LA_STOP_IDLE: sleeps until an interrupt is pending, the timer expires or a kick
 * arrives.  Owner thread.
 */
void la_cpu_wait(struct la_cpu *cpu);
/* Level of ESTAT.IS[@line], @line in 2..9 (HWI) or 12 (IPI).  Any thread.  10 is the CPU's own. */
void la_cpu_set_irq(struct la_cpu *cpu, unsigned int line, bool level);
/* The deadline given to timer_set() has passed.  Any thread. */
void la_cpu_timer_expired(struct la_cpu *cpu);

/* Register access while the CPU is not running. */
uint64_t la_get_gpr(const struct la_cpu *cpu, unsigned int i);
void la_set_gpr(struct la_cpu *cpu, unsigned int i, uint64_t v);
/* In the callbacks of struct la_bus: the instruction that makes the access. */
uint64_t la_get_pc(const struct la_cpu *cpu);
void la_set_pc(struct la_cpu *cpu, uint64_t pc);	/* also ends idle */
uint64_t la_get_csr(struct la_cpu *cpu, unsigned int num);
void la_set_csr(struct la_cpu *cpu, unsigned int num, uint64_t v);	/* as csrwr would */
uint32_t la_cpucfg(const struct la_cpu *cpu, uint32_t word);
/* Bytes of host memory that the engine uses now beside guest RAM. */
size_t la_machine_memory_bytes(const struct la_machine *m);

#endif
