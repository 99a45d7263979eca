// SPDX-License-Identifier: GPL-2.0-only
/*
 * lvz_run.c - LVZ_RUN: a vCPU on a CPU.
 *
 * From load() to put() the CPU's bank of guest CSRs, its guest timer and all TLB entries
 * with our GID are the vCPU's.  The preempt notifier puts it when its thread is scheduled
 * out and loads it when it comes back, so at put() everything is as load() found it: Linux's
 * KVM leaves guests in the bank while they are away, and nothing tells us about that.
 *
 * An exit that the owner must see ends LVZ_RUN; the others (host interrupts, memory that was
 * not touched before, units lent, idle) are handled here.
 *
 * Locking: vcpu->lock is held.  Between load() and the guest, order against other threads is
 * by guest_cpu: they change something, then look at it; we set it, then look at what changed.
 */
#include <linux/entry-virt.h>
#include <linux/kvm_host.h>
#include <linux/percpu.h>
#include <linux/sched/signal.h>
#include <linux/smp.h>

#include <trace/events/ipi.h>

#include <asm/fpu.h>
#include <asm/inst.h>
#include <asm/lbt.h>
#include <asm/tlb.h>

#include "lvz.h"

static_assert(offsetof(struct lvz_ctx, run) == LVZ_CTX_RUN);
static_assert(offsetof(struct lvz_ctx, sp) == LVZ_CTX_SP);
static_assert(offsetof(struct lvz_ctx, tp) == LVZ_CTX_TP);
static_assert(offsetof(struct lvz_ctx, u0) == LVZ_CTX_U0);
static_assert(offsetof(struct lvz_ctx, ecfg) == LVZ_CTX_ECFG);
static_assert(offsetof(struct lvz_ctx, eentry) == LVZ_CTX_EENTRY);
static_assert(offsetof(struct lvz_ctx, pgdl) == LVZ_CTX_PGDL);
static_assert(offsetof(struct lvz_ctx, gtlbc_root) == LVZ_CTX_GTLBC_ROOT);
static_assert(offsetof(struct lvz_ctx, gtlbc_guest) == LVZ_CTX_GTLBC_GUEST);
static_assert(offsetof(struct lvz_ctx, estat) == LVZ_CTX_ESTAT);
static_assert(offsetof(struct lvz_ctx, badv) == LVZ_CTX_BADV);
static_assert(offsetof(struct lvz_ctx, badi) == LVZ_CTX_BADI);
static_assert(offsetof(struct lvz_run, pc) == LVZ_RUN_PC);
static_assert(offsetof(struct lvz_run, gpr) == LVZ_RUN_GPR);

#define ESTAT_IPI	BIT(INT_IPI)
#define ESTAT_HWI	0x3fcu
#define ESTAT_CODE(e)	(((e) & CSR_ESTAT_EXC) >> CSR_ESTAT_EXC_SHIFT)

#define INSN_IDLE	0x06488000u
#define INSN_IDLE_MASK	0xffff8000u

static DEFINE_PER_CPU(struct lvz_host, lvz_hosts);

/* ------------------------------------------------------------------ load and put */

static void flush_all(void)
{
	invtlb(INVTLB_GID_ALL, lvz_gid << CSR_GSTAT_GID_SHIFT, 0);
}

static void host_save(struct lvz_host *host)
{
	host->gstat = csr_read64(LOONGARCH_CSR_GSTAT);
	host->gcfg = csr_read64(LOONGARCH_CSR_GCFG);
	host->gintc = csr_read64(LOONGARCH_CSR_GINTC);
	host->gcntc = csr_read64(LOONGARCH_CSR_GCNTC);
	host->gtlbc = csr_read64(LOONGARCH_CSR_GTLBC);
	lvz_bank_read(&host->bank);
}

/* KVM writes TCFG, TVAL and ESTAT anew whenever it comes back. */
static void host_restore(const struct lvz_host *host)
{
	lvz_bank_write(&host->bank);
	csr_write64(host->gtlbc, LOONGARCH_CSR_GTLBC);
	csr_write64(host->gcntc, LOONGARCH_CSR_GCNTC);
	csr_write64(host->gintc, LOONGARCH_CSR_GINTC);
	csr_write64(host->gcfg, LOONGARCH_CSR_GCFG);
	csr_write64(host->gstat & ~(u64)CSR_GSTAT_PVM, LOONGARCH_CSR_GSTAT);
}

/* Cache instructions by address stay in the guest, memory types are ours, if offered. */
static u64 guest_gcfg(u64 gcfg)
{
	u64 val = 0;

	if (gcfg & CSR_GCFG_GCIP_SECURE)
		val |= CSR_GCFG_GCI_SECURE;
	if (gcfg & CSR_GCFG_MATP_ROOT)
		val |= CSR_GCFG_MATC_ROOT;
	return val;
}

static void apply_lines(struct lvz_vcpu *vcpu)
{
	u32 lines = atomic_read(&vcpu->lines);

	csr_write64((lines & ESTAT_HWI) >> INT_HWI0, LOONGARCH_CSR_GINTC);
	gcsr_xchg(lines, ESTAT_IPI, LOONGARCH_CSR_ESTAT);
	vcpu->applied_lines = lines;
}

static void load(struct lvz_vcpu *vcpu)
{
	struct lvz_host *host = this_cpu_ptr(&lvz_hosts);

	host_save(host);
	vcpu->ctx.gtlbc_root = (host->gtlbc & CSR_GTLBC_GMTLBSZ) | CSR_GTLBC_USETGID;
	vcpu->ctx.gtlbc_guest = vcpu->ctx.gtlbc_root | (u64)lvz_gid << CSR_GTLBC_TGID_SHIFT;
	csr_write64(guest_gcfg(host->gcfg), LOONGARCH_CSR_GCFG);
	csr_write64(vcpu->ctx.gtlbc_root, LOONGARCH_CSR_GTLBC);
	csr_write64((u64)lvz_gid << CSR_GSTAT_GID_SHIFT, LOONGARCH_CSR_GSTAT);
	csr_write64(READ_ONCE(vcpu->vm->counter_offset), LOONGARCH_CSR_GCNTC);
	lvz_timer_restore(&vcpu->timer);
	lvz_bank_write(&vcpu->bank);
	apply_lines(vcpu);
	/* KVM may have used our GID; before the look at entries, hence the generation first. */
	vcpu->flush_gen = atomic64_read(&vcpu->vm->flush_gen);
	flush_all();
	vcpu->is_loaded = true;
}

static void put(struct lvz_vcpu *vcpu)
{
	lvz_timer_save(&vcpu->timer);
	lvz_bank_read(&vcpu->bank);
	host_restore(this_cpu_ptr(&lvz_hosts));
	/* KVM gives our GID to a guest some day. */
	flush_all();
	vcpu->is_loaded = false;
}

static void sched_in(struct preempt_notifier *notifier, int cpu)
{
	struct lvz_vcpu *vcpu = container_of(notifier, struct lvz_vcpu, notifier);

	if (vcpu->wants_load)
		load(vcpu);
	vcpu->wants_load = false;
}

static void sched_out(struct preempt_notifier *notifier, struct task_struct *next)
{
	struct lvz_vcpu *vcpu = container_of(notifier, struct lvz_vcpu, notifier);

	vcpu->wants_load = vcpu->is_loaded;
	if (vcpu->is_loaded)
		put(vcpu);
}

static struct preempt_ops notifier_ops = {
	.sched_in = sched_in,
	.sched_out = sched_out,
};

static void begin(struct lvz_vcpu *vcpu)
{
	preempt_disable();
	preempt_notifier_register(&vcpu->notifier);
	load(vcpu);
	preempt_enable();
}

static void end(struct lvz_vcpu *vcpu)
{
	preempt_disable();
	put(vcpu);
	preempt_notifier_unregister(&vcpu->notifier);
	preempt_enable();
}

/* ------------------------------------------------------------------ units */

/*
 * The guest's values are in the registers only while interrupts are off: what the kernel
 * itself does with the unit between exits, it may do.
 */
static void units_load(struct lvz_vcpu *vcpu)
{
	u32 live = vcpu->live_units;

	if (!live)
		return;
	csr_xchg32(CSR_EUEN_FPEN, CSR_EUEN_FPEN, LOONGARCH_CSR_EUEN);
	if (live & LVZ_UNIT_LASX) {
		csr_xchg32(CSR_EUEN_LSXEN | CSR_EUEN_LASXEN, CSR_EUEN_LSXEN | CSR_EUEN_LASXEN,
			   LOONGARCH_CSR_EUEN);
		lvz_lasx_restore(&vcpu->fpu);
	} else if (live & LVZ_UNIT_LSX) {
		csr_xchg32(CSR_EUEN_LSXEN, CSR_EUEN_LSXEN, LOONGARCH_CSR_EUEN);
		lvz_lsx_restore(&vcpu->fpu);
	} else {
		lvz_fp_restore(&vcpu->fpu);
	}
}

static void units_save(struct lvz_vcpu *vcpu)
{
	u32 live = vcpu->live_units;

	if (!live)
		return;
	if (live & LVZ_UNIT_LASX)
		lvz_lasx_save(&vcpu->fpu);
	else if (live & LVZ_UNIT_LSX)
		lvz_lsx_save(&vcpu->fpu);
	else
		lvz_fp_save(&vcpu->fpu);
	csr_xchg32(0, CSR_EUEN_FPEN | CSR_EUEN_LSXEN | CSR_EUEN_LASXEN, LOONGARCH_CSR_EUEN);
}

/*
 * The guest's own EUEN has the unit on, else the exception were the guest's.  All that the
 * vCPU may have comes at once: registers of a narrower unit are the low part of a wider.
 */
static bool lend_units(struct lvz_vcpu *vcpu, u32 unit)
{
	if (!(vcpu->units & unit))
		return false;
	vcpu->live_units = vcpu->units;
	return true;
}

/* ------------------------------------------------------------------ idle */

static enum hrtimer_restart timer_wake(struct hrtimer *timer)
{
	struct lvz_vcpu *vcpu = container_of(timer, struct lvz_vcpu, wake);

	WRITE_ONCE(vcpu->timer_fired, true);
	wake_up(&vcpu->idle);
	return HRTIMER_NORESTART;
}

/* Put: what would wake idle, by ESTAT.IS and ECFG.LIE alone. */
static bool may_wake(struct lvz_vcpu *vcpu)
{
	u64 is = vcpu->timer.estat & CSR_ESTAT_IS & ~(u64)LVZ_IRQ_LINES;

	is |= (u32)atomic_read(&vcpu->lines);
	if (READ_ONCE(vcpu->timer_fired))
		is |= BIT(INT_TI);
	return is & vcpu->bank.r[LVZ_GCSR_ECFG] || atomic_read(&vcpu->is_kicked) ||
	       READ_ONCE(vcpu->run->immediate_exit);
}

static void block(struct lvz_vcpu *vcpu)
{
	const struct lvz_timer *t = &vcpu->timer;

	preempt_disable();
	put(vcpu);
	preempt_enable();
	vcpu->timer_fired = false;
	if (t->tcfg & CSR_TCFG_EN && lvz_timer_tval(t) <= lvz_timer_init_ticks(t->tcfg))
		hrtimer_start(&vcpu->wake, t->expire, HRTIMER_MODE_ABS);
	wait_event_interruptible(vcpu->idle, may_wake(vcpu));
	hrtimer_cancel(&vcpu->wake);
	preempt_disable();
	load(vcpu);
	preempt_enable();
}

/* ------------------------------------------------------------------ one stay */

void lvz_run_poke(struct lvz_vcpu *vcpu)
{
	int cpu;

	/* After what the caller changed; pairs with enter(). */
	smp_mb();
	wake_up(&vcpu->idle);
	/* A CPU that runs a guest now cannot go offline meanwhile. */
	preempt_disable();
	cpu = READ_ONCE(vcpu->guest_cpu);
	if (cpu >= 0 && cpu != smp_processor_id())
		smp_send_reschedule(cpu);
	preempt_enable();
}

static bool must_stop(struct lvz_vcpu *vcpu)
{
	return READ_ONCE(vcpu->run->immediate_exit) || atomic_read(&vcpu->is_kicked);
}

static void flush_what_changed(struct lvz_vcpu *vcpu)
{
	u64 gen = atomic64_read(&vcpu->vm->flush_gen);

	if (unlikely(vcpu->flush_gen != gen)) {
		vcpu->flush_gen = gen;
		flush_all();
	} else if (vcpu->flush_gpa != LVZ_NO_GPA) {
		/* Entries come in pairs, and the absent one was cached with its neighbour. */
		invtlb(INVTLB_GID_ADDR, lvz_gid << CSR_GSTAT_GID_SHIFT,
		       vcpu->flush_gpa & ~(u64)(2 * PAGE_SIZE - 1));
	}
	vcpu->flush_gpa = LVZ_NO_GPA;
}

/* Nothing that could be traced, probed or that uses RCU from here to the guest and back. */
static noinstr void enter_guest(struct lvz_ctx *ctx)
{
	guest_state_enter_irqoff();
	lvz_enter(ctx);
	guest_state_exit_irqoff();
}

/* One stay in the guest; false: something else is to be done first. */
static bool enter(struct lvz_vcpu *vcpu)
{
	bool stayed = false;

	local_irq_disable();
	WRITE_ONCE(vcpu->guest_cpu, smp_processor_id());
	/* Before the looks below; pairs with lvz_run_poke() and flush_guests(). */
	smp_mb();
	if ((u32)atomic_read(&vcpu->lines) != vcpu->applied_lines)
		apply_lines(vcpu);
	if (likely(!must_stop(vcpu) && !xfer_to_guest_mode_work_pending())) {
		flush_what_changed(vcpu);
		units_load(vcpu);
		guest_timing_enter_irqoff();
		enter_guest(&vcpu->ctx);
		guest_timing_exit_irqoff();
		units_save(vcpu);
		stayed = true;
	}
	WRITE_ONCE(vcpu->guest_cpu, -1);
	local_irq_enable();
	return stayed;
}

/* ------------------------------------------------------------------ exits */

static int trap(struct lvz_vcpu *vcpu)
{
	struct lvz_run *run = vcpu->run;

	run->estat = vcpu->ctx.estat;
	run->badv = vcpu->ctx.badv;
	run->badi = vcpu->ctx.badi;
	run->exit = LVZ_EXIT_TRAP;
	return 0;
}

static int exit_memory(struct lvz_vcpu *vcpu, bool is_write)
{
	int ret = lvz_mmu_fault(vcpu->vm, vcpu->ctx.badv, is_write);

	if (ret == 1)
		vcpu->flush_gpa = vcpu->ctx.badv;
	return ret ? ret : trap(vcpu);
}

static int exit_unit(struct lvz_vcpu *vcpu, u32 unit)
{
	return lend_units(vcpu, unit) ? 1 : trap(vcpu);
}

static int exit_privileged(struct lvz_vcpu *vcpu)
{
	if (((u32)vcpu->ctx.badi & INSN_IDLE_MASK) != INSN_IDLE)
		return trap(vcpu);
	vcpu->run->pc += 4;
	block(vcpu);
	return 1;
}

/* A call that nobody offers: a0 = -1, as guests of KVM know it. */
static int exit_hypercall(struct lvz_vcpu *vcpu)
{
	vcpu->run->gpr[4] = ~0ULL;
	vcpu->run->pc += 4;
	return 1;
}

/* 1: back to the guest; 0: to the owner; else an error. */
static int handle_exit(struct lvz_vcpu *vcpu)
{
	switch (ESTAT_CODE(vcpu->ctx.estat)) {
	case 0:
		/* The host's interrupt: taken when interrupts were enabled. */
		return 1;
	case EXCCODE_TLBL:
	case EXCCODE_TLBI:
		return exit_memory(vcpu, false);
	case EXCCODE_TLBS:
	case EXCCODE_TLBM:
		return exit_memory(vcpu, true);
	case EXCCODE_FPDIS:
		return exit_unit(vcpu, LVZ_UNIT_FP);
	case EXCCODE_LSXDIS:
		return exit_unit(vcpu, LVZ_UNIT_LSX);
	case EXCCODE_LASXDIS:
		return exit_unit(vcpu, LVZ_UNIT_LASX);
	case EXCCODE_GSPR:
		return exit_privileged(vcpu);
	case EXCCODE_HVC:
		return exit_hypercall(vcpu);
	default:
		return trap(vcpu);
	}
}

/* Signals and the like, with the bank loaded; sleeping is the notifier's affair. */
static int handle_work(struct lvz_vcpu *vcpu)
{
	if (must_stop(vcpu)) {
		atomic_set(&vcpu->is_kicked, 0);
		return -EINTR;
	}
	return __xfer_to_guest_mode_work_pending() ? xfer_to_guest_mode_handle_work() : 0;
}

long lvz_run(struct lvz_vcpu *vcpu)
{
	int ret;

	vcpu->run->exit = LVZ_EXIT_NONE;
	ret = handle_work(vcpu);
	if (ret)
		return ret;
	lose_fpu(1);
	/* Never lent: with the root's enable off, the guest's use of it is an exit. */
	lose_lbt(1);
	vcpu->live_units = 0;
	begin(vcpu);
	do {
		ret = handle_work(vcpu);
		if (!ret)
			ret = enter(vcpu) ? handle_exit(vcpu) : 1;
	} while (ret > 0);
	end(vcpu);
	return ret;
}

void lvz_run_init(struct lvz_vcpu *vcpu)
{
	vcpu->ctx.run = (u64)vcpu->run;
	vcpu->ctx.pgdl = __pa(vcpu->vm->pgd);
	vcpu->guest_cpu = -1;
	vcpu->flush_gpa = LVZ_NO_GPA;
	init_waitqueue_head(&vcpu->idle);
	hrtimer_setup(&vcpu->wake, timer_wake, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
	preempt_notifier_init(&vcpu->notifier, &notifier_ops);
}
