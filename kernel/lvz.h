/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lvz.h - the module's own types.
 *
 * Life: a VM lives as long as its file or one of its vCPUs' files, a vCPU as long as its
 * file.  Locks: vcpu->lock, then vm->lock; the switch itself takes none.
 */
#ifndef LVZ_H
#define LVZ_H

#include <linux/atomic.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/wait.h>

#include <asm/loongarch.h>
#include <asm/processor.h>

#include "include/uapi/linux/lvz.h"
#include "lvz_ctx.h"

#define LVZ_MAX_VCPUS		256u
#define LVZ_MAX_MAPS		64u

/*
 * The guest's CSRs that are plain values to us; the ones with a life of their own are ESTAT,
 * TCFG, TVAL (lvz_timer.c) and the vendor's read-only ones.  Order does not matter.
 */
#define LVZ_FOR_GCSRS(X)						\
	X(CRMD) X(PRMD) X(EUEN) X(MISC) X(ECFG) X(ERA) X(BADV) X(BADI)	\
	X(EENTRY) X(TLBIDX) X(TLBEHI) X(TLBELO0) X(TLBELO1) X(ASID)	\
	X(PGDL) X(PGDH) X(PWCTL0) X(PWCTL1) X(STLBPGSIZE) X(RVACFG)	\
	X(CPUID) X(KS0) X(KS1) X(KS2) X(KS3) X(KS4) X(KS5) X(KS6) X(KS7)	\
	X(TMID) X(CNTC) X(LLBCTL) X(TLBRENTRY) X(TLBRBADV) X(TLBRERA)	\
	X(TLBRSAVE) X(TLBRELO0) X(TLBRELO1) X(TLBREHI) X(TLBRPRMD)	\
	X(DMWIN0) X(DMWIN1) X(DMWIN2) X(DMWIN3)

enum lvz_gcsr {
#define X(name) LVZ_GCSR_##name,
	LVZ_FOR_GCSRS(X)
#undef X
	LVZ_NGCSRS
};

/* Only where CPUCFG has message interrupts. */
#define LVZ_NMSGINT		5

/* One bank of the hardware, guest's or whoever had it before. */
struct lvz_bank {
	u64 r[LVZ_NGCSRS];
	u64 msgint[LVZ_NMSGINT];
};

/* What a CPU held when a vCPU of ours came, and gets back: KVM keeps guests in there. */
struct lvz_host {
	u64 gstat, gcfg, gintc, gcntc, gtlbc;
	struct lvz_bank bank;
};

/* The guest's timer while no CPU holds it. */
struct lvz_timer {
	u64 tcfg, tval, estat;
	ktime_t expire;		/* TCFG.EN: when TVAL gets to 0 */
};

struct lvz_slot {
	struct list_head node;	/* lvz_vm.slots, unordered */
	u64 gpa, len, uaddr;
	bool is_ro;
};

struct lvz_vm {
	struct kref ref;
	struct mm_struct *mm;	/* counted; whoever maps and runs must be of it */
	struct mutex lock;
	struct list_head slots;	/* lock */
	unsigned int nslots;	/* lock */
	u64 *pgd;		/* entries: lock to write */
	atomic64_t flush_gen;	/* raised after entries were taken away */
	s64 counter_offset;	/* lock to write */
	DECLARE_BITMAP(cpuids, LVZ_MAX_VCPUS);	/* lock */
};

struct lvz_vcpu {
	struct lvz_ctx ctx;	/* direct-mapped: kzalloc() */
	struct lvz_vm *vm;
	struct lvz_run *run;	/* a page shared with the owner */
	struct mutex lock;	/* held by LVZ_RUN */

	/* Owner of @lock, and its preempt notifier. */
	struct preempt_notifier notifier;
	bool is_loaded;
	bool wants_load;	/* scheduled out while loaded */
	struct lvz_bank bank;	/* !is_loaded */
	struct lvz_timer timer;	/* !is_loaded */
	unsigned int cpuid;	/* constant */
	u32 units;		/* LVZ_UNIT_*: allowed */
	u32 live_units;		/* used since LVZ_RUN began */
	struct loongarch_fpu fpu;
	u32 applied_lines;	/* is_loaded: what the guest sees */
	u64 flush_gen;		/* of vm, at our last flush */
	u64 flush_gpa;		/* page whose old translation must go, or LVZ_NO_GPA */

	/* Any thread. */
	atomic_t lines;		/* LVZ_IRQ_LINES */
	atomic_t is_kicked;
	int guest_cpu;		/* where the guest runs right now, or -1 */
	wait_queue_head_t idle;
	struct hrtimer wake;
	bool timer_fired;
};

#define LVZ_NO_GPA		(~0ULL)

/* The guest's CSRs.  @csr must be a constant. */
#define gcsr_read(csr)							\
({									\
	u64 __v;							\
	__asm__ __volatile__("gcsrrd %0, %1"				\
			     : "=r"(__v) : "i"(csr) : "memory");	\
	__v;								\
})
#define gcsr_write(val, csr)						\
({									\
	u64 __v = (val);						\
	__asm__ __volatile__("gcsrwr %0, %1"				\
			     : "+r"(__v) : "i"(csr) : "memory");	\
})
#define gcsr_xchg(val, mask, csr)					\
({									\
	u64 __v = (val);						\
	__asm__ __volatile__("gcsrxchg %0, %1, %2"			\
			     : "+r"(__v) : "r"((u64)(mask)), "i"(csr)	\
			     : "memory");				\
})

/* lvz_main.c */
extern u32 lvz_gid;		/* the one that our guests use: the highest */
extern void (*lvz_enter)(struct lvz_ctx *ctx);
u32 lvz_host_units(void);

/* lvz_vm.c */
int lvz_vm_create(void);
struct lvz_vm *lvz_vm_get(struct lvz_vm *vm);
void lvz_vm_put(struct lvz_vm *vm);
/* The argument of an ioctl that begins with its size.  -EFAULT, -EINVAL, -E2BIG. */
int lvz_copy_arg(void *arg, size_t size, size_t size_min, unsigned long uarg);

/* lvz_mmu.c */
int lvz_mmu_init(struct lvz_vm *vm);
void lvz_mmu_fini(struct lvz_vm *vm);
long lvz_mmu_map(struct lvz_vm *vm, const struct lvz_map *map);
long lvz_mmu_unmap(struct lvz_vm *vm, const struct lvz_unmap *unmap);
/*
 * Makes @gpa accessible.  1: it is now; 0: no memory is there, or only to read; else
 * -EFAULT, -ENOMEM and others: the owner's memory is not to be had.  May sleep.
 */
int lvz_mmu_fault(struct lvz_vm *vm, u64 gpa, bool is_write);

/* lvz_vcpu.c */
int lvz_vcpu_create(struct lvz_vm *vm, unsigned long cpuid);

/* lvz_csr.c: with preemption off */
void lvz_bank_read(struct lvz_bank *bank);
void lvz_bank_write(const struct lvz_bank *bank);
/* Index of CSR @num in a bank, or -1. */
int lvz_bank_index(u32 num);
/* The read-only ones, which every vCPU of this host sees alike.  -ENOENT. */
int lvz_bank_fixed(u32 num, u64 *value);

/* lvz_timer.c */
void lvz_timer_save(struct lvz_timer *t);		/* and stops it */
void lvz_timer_restore(const struct lvz_timer *t);
u64 lvz_timer_tval(const struct lvz_timer *t);		/* as it would read now */
void lvz_timer_start(struct lvz_timer *t);		/* TCFG was written */
/* Ticks of @tcfg's initial value. */
static inline u64 lvz_timer_init_ticks(u64 tcfg)
{
	return tcfg & CSR_TCFG_VAL;
}

/* lvz_run.c */
void lvz_run_init(struct lvz_vcpu *vcpu);
/* 0: run->exit says why; -EINTR, or an error of the owner's memory.  lock held. */
long lvz_run(struct lvz_vcpu *vcpu);
/* After a change that a running or idle vCPU must see.  Any thread. */
void lvz_run_poke(struct lvz_vcpu *vcpu);

/* lvz_fpu.S; the units must be on */
asmlinkage void lvz_fp_save(struct loongarch_fpu *fpu);
asmlinkage void lvz_fp_restore(const struct loongarch_fpu *fpu);
asmlinkage void lvz_lsx_save(struct loongarch_fpu *fpu);
asmlinkage void lvz_lsx_restore(const struct loongarch_fpu *fpu);
asmlinkage void lvz_lasx_save(struct loongarch_fpu *fpu);
asmlinkage void lvz_lasx_restore(const struct loongarch_fpu *fpu);

/* lvz_switch.S */
extern const char lvz_blob_start[], lvz_blob_enter[], lvz_blob_end[];

#endif
