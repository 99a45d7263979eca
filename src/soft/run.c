/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/run.c - machine and CPU life, the outer loop of a vCPU, kicks and waiting.
 *
 * Other threads reach a CPU through irq_levels, requests and exit_req only.  A CPU that
 * is not inside la_run() has passed every epoch (soft/code.h) by definition.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "soft/access.h"
#include "soft/csr.h"
#include "soft/interp.h"
#include "soft/isa_cpucfg.h"
#include "soft/la.h"
#include "soft/lint_priv.h"
#include "soft/machine.h"
#include "soft/mmu.h"
#include "soft/observe_priv.h"
#include "soft/pc.h"
#include "soft/pmu.h"
#include "soft/stage2.h"
#include "soft/stress.h"

#define EPOCH_INACTIVE UINT64_MAX

uint64_t la_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* ------------------------------------------------------------------ life */

static void cpu_destroy(struct la_cpu *cpu)
{
	if (!cpu)
		return;
	la_stress_fini(cpu);
	la_mmu_fini(cpu);
	free(cpu->lint);
	free(cpu->root);
	free(cpu->guest);
	free(cpu);
}

static struct la_cpu *cpu_create(struct la_machine *m, unsigned int index,
				 const struct la_machine_cfg *cfg)
{
	struct la_cpu *cpu = NULL;

	if (posix_memalign((void **)&cpu, 4096, sizeof(*cpu)))
		return NULL;
	memset(cpu, 0, sizeof(*cpu));
	cpu->m = m;
	cpu->index = index;
	atomic_init(&cpu->seen_epoch, EPOCH_INACTIVE);
	cpu->root = calloc(1, sizeof(*cpu->root));
	if (m->features.has_lvz)
		cpu->guest = calloc(1, sizeof(*cpu->guest));
	if (!cpu->root || (m->features.has_lvz && !cpu->guest) || la_mmu_init(cpu) ||
	    (m->lint && la_lint_init(cpu)) ||
	    la_stress_init(cpu, cfg->stress_level, cfg->stress_seed)) {
		cpu_destroy(cpu);
		return NULL;
	}
	la_csr_init(cpu);
	return cpu;
}

/* CPUCFG words of the model, less what is switched off. */
static void cpucfg_prepare(struct la_machine *m)
{
	const struct la_features *f = &m->features;

	memcpy(m->cpucfg, f->is_la464 ? la_cpucfg_la464 : la_cpucfg_max, sizeof(m->cpucfg));
	if (!f->has_lsx)
		m->cpucfg[2] &= ~(uint32_t)(LA_CPUCFG2_LSX | LA_CPUCFG2_LASX);
	if (!f->has_lasx)
		m->cpucfg[2] &= ~(uint32_t)LA_CPUCFG2_LASX;
	if (!f->has_ptw)
		m->cpucfg[2] &= ~(uint32_t)LA_CPUCFG2_HPTW;
	if (!f->has_v11)
		m->cpucfg[2] &= ~(uint32_t)(LA_CPUCFG2_FRECIPE | LA_CPUCFG2_LAM_BH |
					    LA_CPUCFG2_LAMCAS | LA_CPUCFG2_LLACQ_SCREL |
					    LA_CPUCFG2_SCQ);
	if (!la_host_has_cas128())
		m->cpucfg[2] &= ~(uint32_t)LA_CPUCFG2_SCQ;
	if (f->has_pmu)
		m->cpucfg[6] = la_pmu_cpucfg();
	if (f->has_lvz)
		m->cpucfg[2] |= LA_CPUCFG2_LVZ | 1u << LA_CPUCFG2_LVZ_VER_SHIFT;
	/* Message interrupts are no part of this machine. */
	m->cpucfg[1] &= ~(uint32_t)LA_CPUCFG1_MSG_INT;
}

static void crc_prepare(uint32_t table[256], uint32_t poly)
{
	for (uint32_t i = 0; i < 256; i++) {
		table[i] = i;
		for (unsigned int bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? poly : 0);
	}
}

uint32_t la_cpucfg(const struct la_cpu *cpu, uint32_t word)
{
	return word < LA_CPUCFG_NWORDS ? cpu->m->cpucfg[word] : 0;
}

int la_machine_create(struct la_machine **out, const struct la_machine_cfg *cfg,
		      struct err *err)
{
	struct la_machine *m;
	int ret;

	if (cfg->stress_level > LA_STRESS_LEVELS)
		return err_set(err, -EINVAL, "soft engine: stress level %u", cfg->stress_level);
	if (!cfg->ncpus || !cfg->nram || cfg->nram > LA_MAX_RAM)
		return err_set(err, -EINVAL, "soft engine: %u CPUs and %u RAM ranges",
			       cfg->ncpus, cfg->nram);
	m = calloc(1, sizeof(*m));
	if (!m)
		return err_set(err, -ENOMEM, "soft engine: out of memory");
	m->bus = cfg->bus;
	m->observer = cfg->observer;
	m->lint = cfg->features.has_lvz ? cfg->lint : NULL;
	m->features = cfg->features;
	m->seen_ops = cfg->seen_ops;
	cpucfg_prepare(m);
	crc_prepare(m->crc_ieee, 0xedb88320u);
	crc_prepare(m->crc_castagnoli, 0x82f63b78u);
	m->ram_base = cfg->ram_base;
	m->nram = cfg->nram;
	for (unsigned int i = 0; i < cfg->nram; i++) {
		uint64_t end = cfg->ram[i].gpa + cfg->ram[i].len_bytes;

		if ((cfg->ram[i].gpa | cfg->ram[i].len_bytes) % LA_CODE_PAGE_BYTES) {
			ret = err_set(err, -EINVAL, "soft engine: RAM range %u is not in whole pages", i);
			goto out_free;
		}
		m->ram[i] = cfg->ram[i];
		m->ram_top = end > m->ram_top ? end : m->ram_top;
	}
	ret = la_code_init(m, err);
	if (ret)
		goto out_destroy;
	m->cpus = calloc(cfg->ncpus, sizeof(*m->cpus));
	for (; m->cpus && m->ncpus < cfg->ncpus; m->ncpus++) {
		m->cpus[m->ncpus] = cpu_create(m, m->ncpus, cfg);
		if (!m->cpus[m->ncpus])
			break;
	}
	if (m->ncpus < cfg->ncpus) {
		ret = err_set(err, -ENOMEM, "soft engine: out of memory for CPU %u", m->ncpus);
		goto out_destroy;
	}
	for (unsigned int i = 0; i < m->ncpus; i++)
		la_cpu_reset(m->cpus[i], LA_RESET_PC);
	*out = m;
	return 0;

out_destroy:
	la_machine_destroy(m);
	return ret;
out_free:
	free(m);
	return ret;
}

void la_machine_destroy(struct la_machine *m)
{
	if (!m)
		return;
	for (unsigned int i = 0; i < m->ncpus; i++)
		cpu_destroy(m->cpus[i]);
	free(m->cpus);
	la_code_fini(m);
	free(m);
}

struct la_cpu *la_machine_cpu(struct la_machine *m, unsigned int i)
{
	return i < m->ncpus ? m->cpus[i] : NULL;
}

void la_ram_written(struct la_machine *m, uint64_t gpa, uint64_t len)
{
	la_code_written(m, gpa, len);
}

size_t la_machine_memory_bytes(const struct la_machine *m)
{
	return la_code_memory_bytes(m) +
	       m->ncpus * (sizeof(struct la_cpu) + sizeof(struct la_csr_bank) +
			   sizeof(struct la_mmu)) +
	       (m->features.has_lvz ? m->ncpus * (sizeof(struct la_csr_bank) +
						  sizeof(struct la_tlb_array) +
						  sizeof(struct la_stage2)) : 0);
}

void la_cpu_reset(struct la_cpu *cpu, uint64_t pc)
{
	memset(cpu->gpr, 0, sizeof(cpu->gpr));
	memset(cpu->v, 0, sizeof(cpu->v));
	memset(cpu->fcc, 0, sizeof(cpu->fcc));
	cpu->fcsr = 0;
	cpu->llbit = false;
	cpu->is_idle = false;
	cpu->pc = pc;
	atomic_fetch_and(&cpu->requests, ~LA_REQ_TIMER);
	la_csr_reset(cpu);
}

/* ------------------------------------------------------------------ the loop */

/* Translations that a new epoch declares stale must go before we say we passed it. */
static void epoch_pass(struct la_cpu *cpu)
{
	uint64_t now = atomic_load(&cpu->m->code.epoch);

	if (cpu->flushed_epoch != now) {
		la_mmu_flush_wx(cpu);
		cpu->flushed_epoch = now;
	}
	atomic_store(&cpu->seen_epoch, now);
}

/* Serves whatever made someone set exit_req; true when la_run() must return. */
static bool attend(struct la_cpu *cpu, enum la_stop *stop)
{
	uint32_t req;

	atomic_store(&cpu->exit_req, 0);
	epoch_pass(cpu);
	req = atomic_exchange(&cpu->requests, 0);
	if (req & LA_REQ_TIMER)
		la_timer_check(cpu);
	if (unlikely(cpu->pmu.is_active)) {
		la_pmu_check(cpu);
		/* The call may have been for one of the two deadlines only. */
		if (req & LA_REQ_TIMER)
			la_deadline_update(cpu);
	}
	if (req & LA_REQ_KICK) {
		/* An interrupt that is due must not wait for the next kick. */
		la_irq_update(cpu);
		*stop = LA_STOP_KICK;
		return true;
	}
	if (unlikely(cpu->stress))
		la_stress_check(cpu);
	if (la_irq_take(cpu))
		cpu->is_idle = false;
	return false;
}

/* True while idle lasts: only an interrupt that is enabled in ECFG ends it. */
static bool must_idle(struct la_cpu *cpu)
{
	if (!cpu->is_idle)
		return false;
	if (!la_irq_wanted(cpu))
		return true;
	cpu->is_idle = false;
	la_irq_take(cpu);
	return false;
}

static void step_execute(struct la_cpu *cpu)
{
	cpu->step_uop[0] = la_code_translate(cpu->m, cpu->step_insn, -1);
	la_code_note_seen(cpu->m, cpu->step_insn);
	cpu->step_uop[1] = (struct la_uop){ .op = LA_OP_stop };
	cpu->pc_bias = la_pc_bias(cpu->step_uop, cpu->pc);
	cpu->ops->fn[cpu->step_uop[0].op](cpu, cpu->step_uop, cpu->ops);
}

static void step_observed(struct la_cpu *cpu)
{
	const struct la_observer *o = cpu->m->observer;

	o->insn(o->ctx, cpu->index, cpu->pc, cpu->step_insn, cpu->gpr, cpu->is_guest);
	if (!o->insn_done) {
		step_execute(cpu);
		return;
	}
	/* A branch must not go on into pages that are not observed; undone if spurious. */
	atomic_store(&cpu->exit_req, 1);
	step_execute(cpu);
	o->insn_done(o->ctx, cpu->index, cpu->gpr);
}

/* Executes the word at pc without keeping its uop. */
static void step_uncached(struct la_cpu *cpu)
{
	cpu->step_insn = la_mem_fetch(cpu);
	if (la_observes(cpu, LA_OBSERVE_INSN) && la_observes_code(cpu, cpu->pc, cpu->pc))
		step_observed(cpu);
	else
		step_execute(cpu);
	if (la_lints(cpu))
		la_lint_stepped(cpu);
}

static enum la_stop run(struct la_cpu *cpu)
{
	enum la_stop stop;

	/* la_raise() comes back here with pc at the handler; nothing lives in locals. */
	(void)_setjmp(cpu->leave);
	for (;;) {
		const struct la_uop *u;

		if (atomic_load_explicit(&cpu->exit_req, memory_order_relaxed) &&
		    attend(cpu, &stop))
			return stop;
		if (must_idle(cpu))
			return LA_STOP_IDLE;
		u = cpu->must_step ? NULL : la_mem_lookup_code(cpu);
		cpu->must_step = false;
		if (u)
			cpu->ops->fn[__atomic_load_n(&u->op, __ATOMIC_RELAXED)](cpu, u, cpu->ops);
		else
			step_uncached(cpu);
	}
}

enum la_stop la_run(struct la_cpu *cpu)
{
	enum la_stop stop;

	epoch_pass(cpu);
	stop = run(cpu);
	atomic_store(&cpu->seen_epoch, EPOCH_INACTIVE);
	return stop;
}

static void step_once(struct la_cpu *cpu, enum la_stop *stop)
{
	if (atomic_load(&cpu->exit_req) && attend(cpu, stop))
		return;
	if (must_idle(cpu)) {
		*stop = LA_STOP_IDLE;
		return;
	}
	/* Keeps a taken branch from going on through the fetch table; undone if spurious. */
	atomic_store(&cpu->exit_req, 1);
	step_uncached(cpu);
	if (cpu->is_idle)
		*stop = LA_STOP_IDLE;
}

enum la_stop la_step(struct la_cpu *cpu)
{
	enum la_stop stop = LA_STOP_STEP;

	epoch_pass(cpu);
	/* An exception comes back here as non-zero: its entry was the step. */
	if (!_setjmp(cpu->leave))
		step_once(cpu, &stop);
	atomic_store(&cpu->seen_epoch, EPOCH_INACTIVE);
	return stop;
}

/* ------------------------------------------------------------------ other threads */

static void notify(struct la_cpu *cpu)
{
	atomic_store(&cpu->exit_req, 1);
	if (atomic_load(&cpu->is_waiting))
		syscall(SYS_futex, &cpu->exit_req, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

void la_cpu_kick(struct la_cpu *cpu)
{
	atomic_fetch_or(&cpu->requests, LA_REQ_KICK);
	notify(cpu);
}

void la_cpu_set_irq(struct la_cpu *cpu, unsigned int line, bool level)
{
	if (level) {
		if (!(atomic_fetch_or(&cpu->irq_levels, BIT32(line)) & BIT32(line)))
			notify(cpu);
	} else {
		atomic_fetch_and(&cpu->irq_levels, ~BIT32(line));
	}
}

void la_cpu_timer_expired(struct la_cpu *cpu)
{
	atomic_fetch_or(&cpu->requests, LA_REQ_TIMER);
	notify(cpu);
}

/* True when the CPU has a reason to run. */
static bool has_work(struct la_cpu *cpu)
{
	if (atomic_load(&cpu->requests))
		return true;
	la_timer_check(cpu);
	return la_irq_wanted(cpu) != 0;
}

void la_cpu_wait(struct la_cpu *cpu)
{
	atomic_store(&cpu->is_waiting, 1);
	for (;;) {
		/* Cleared before looking: whoever sets it later ends the futex wait. */
		atomic_store(&cpu->exit_req, 0);
		if (has_work(cpu))
			break;
		syscall(SYS_futex, &cpu->exit_req, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
	}
	atomic_store(&cpu->is_waiting, 0);
	atomic_store(&cpu->exit_req, 1);
}

/* ------------------------------------------------------------------ registers */

uint64_t la_get_gpr(const struct la_cpu *cpu, unsigned int i)
{
	return cpu->gpr[i & 31];
}

void la_set_gpr(struct la_cpu *cpu, unsigned int i, uint64_t v)
{
	if (i & 31)
		cpu->gpr[i & 31] = v;
}

uint64_t la_get_pc(const struct la_cpu *cpu)
{
	return cpu->pc;
}

void la_set_pc(struct la_cpu *cpu, uint64_t pc)
{
	cpu->pc = pc;
	cpu->is_idle = false;
}

uint64_t la_get_csr(struct la_cpu *cpu, unsigned int num)
{
	return la_csr_read(cpu, num);
}

void la_set_csr(struct la_cpu *cpu, unsigned int num, uint64_t v)
{
	(void)la_csr_write(cpu, num, v, UINT64_MAX);
}
