/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/cpu.h - state of one software CPU; private to src/soft and its tests.
 *
 * Only the owner thread touches a la_cpu, except the fields marked "atomic".
 */
#ifndef LVZ_SOFT_CPU_H
#define LVZ_SOFT_CPU_H

#include <setjmp.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "soft/addr.h"
#include "soft/la.h"
#include "soft/uop.h"
#include "util/bits.h"

/* Vector register; an FPR is the low 64 bits.  Little-endian host order is assumed. */
union la_vreg {
	uint64_t d[4];
	int64_t sd[4];
	uint32_t w[8];
	int32_t sw[8];
	uint16_t h[16];
	int16_t sh[16];
	uint8_t b[32];
	int8_t sb[32];
};

/* Exception codes (ESTAT.Ecode), vol. 1, table 7-8; esubcode in bits 8:6 of our value. */
enum la_exc {
	LA_EXC_INT = 0x0,
	LA_EXC_PIL = 0x1, LA_EXC_PIS = 0x2, LA_EXC_PIF = 0x3, LA_EXC_PME = 0x4,
	LA_EXC_PNR = 0x5, LA_EXC_PNX = 0x6, LA_EXC_PPI = 0x7,
	LA_EXC_ADEF = 0x8, LA_EXC_ADEM = 0x8 | 1 << 6,
	LA_EXC_ALE = 0x9, LA_EXC_BCE = 0xa, LA_EXC_SYS = 0xb, LA_EXC_BRK = 0xc,
	LA_EXC_INE = 0xd, LA_EXC_IPE = 0xe, LA_EXC_FPD = 0xf, LA_EXC_SXD = 0x10,
	LA_EXC_ASXD = 0x11, LA_EXC_FPE = 0x12, LA_EXC_VFPE = 0x12 | 1 << 6,
	LA_EXC_WPEF = 0x13, LA_EXC_WPEM = 0x13 | 1 << 6,
	/* Of LVZ: only the root takes them. */
	LA_EXC_GSPR = 0x16, LA_EXC_HVC = 0x17, LA_EXC_GCSC = 0x18, LA_EXC_GCHC = 0x18 | 1 << 6,
	LA_EXC_TLBR = 0x3f,	/* not an Ecode: goes through TLBRENTRY */
};

#define LA_EUEN_FPE  BIT32(0)
#define LA_EUEN_SXE  BIT32(1)
#define LA_EUEN_ASXE BIT32(2)

/* FCSR0 fields (vol. 1, 3.1.5): exceptions ordered V Z O U I from bit 4 down to bit 0. */
#define LA_FCSR_ENABLES 0x0000001fu
#define LA_FCSR_RM_SHIFT 8
#define LA_FCSR_RM      0x00000300u
#define LA_FCSR_FLAGS_SHIFT 16
#define LA_FCSR_FLAGS   0x001f0000u
#define LA_FCSR_CAUSE_SHIFT 24
#define LA_FCSR_CAUSE   0x1f000000u

/* What is counted for the performance counters (soft/pmu.h). */
struct la_pmu {
	uint64_t ninsns;		/* executed while counts_insns */
	uint64_t nbranches;
	uint64_t insn_limit;		/* of ninsns: a counter overflows */
	uint64_t branch_limit;
	uint64_t insns_seen;		/* what the counters know of */
	uint64_t branches_seen;
	uint64_t cycles_seen;
	uint64_t deadline_ns;		/* look again then; 0: never */
	uint32_t plv;			/* since the last la_pmu_sync() */
	bool is_active;			/* some counter is on at some level */
	bool has_cycles;		/* ... of cycles */
	bool counts_insns;		/* at the present level */
};

struct la_tlb;		/* soft/mmu.h */
struct la_csr_bank;	/* soft/csr.h */
struct la_mmu;		/* soft/mmu.h */
struct la_lint;		/* soft/lint_priv.h */
struct la_stress;	/* soft/stress.h */

struct la_cpu {
	uint64_t gpr[LA_GPR_SINK + 1];	/* [0] stays 0, [32] takes writes to r0 */
	_Atomic uint32_t exit_req;	/* atomic: leave straight-line code soon */
	uint32_t euen;			/* CSR.EUEN; in guest mode what both banks enable */
	uint32_t fcsr;			/* FCSR0 */
	uint32_t plv;			/* CRMD.PLV */
	uint64_t pc_bias;		/* pc = pc_bias + (uop address >> 1) */
	struct la_tlb *tlb;		/* fast translations of the current context */
	uint64_t pc;			/* valid outside straight-line code */
	union la_vreg v[32] __attribute__((aligned(32)));
	uint8_t fcc[8];			/* 0 or 1 each */

	/* LL/SC: the host address of the word, its value, and whether the pair is open. */
	void *ll_host;
	uint64_t ll_val;
	uint64_t ll_other;	/* LL.D: the doubleword that SC.Q adds to it */
	bool llbit;
	struct la_stress *stress;	/* NULL: none */

	/* fields below are used by slow paths only */
	struct la_csr_bank *csr;	/* of the present mode: root or guest */
	struct la_csr_bank *root;
	struct la_csr_bank *guest;	/* NULL without LVZ */
	bool is_guest;			/* LVZ guest mode */
	struct la_mmu *mmu;
	struct la_lint *lint;		/* NULL: off */
	struct la_machine *m;
	const struct la_optab *ops;	/* handlers for the present mode: la_mmu_select() */
	const struct la_optab *counted;	/* handlers behind la_ops_count */
	struct la_pmu pmu;
	uint64_t timer_at_ns;		/* nearest deadline of the banks' timers */
	unsigned int index;
	bool is_va32;			/* 32-bit address mode (soft/addr.h) */
	uint8_t watch_mem;		/* watchpoints that are enabled at some level, a bit each */
	uint8_t watch_fetch;
	jmp_buf leave;			/* la_raise() goes here */

	_Atomic uint32_t irq_levels;	/* atomic: ESTAT.IS bits driven from outside */
	_Atomic uint32_t requests;	/* atomic: LA_REQ_* */
	_Atomic uint32_t is_waiting;	/* atomic: the owner sleeps in la_cpu_wait() */
	_Atomic uint64_t seen_epoch;	/* atomic: see soft/code.h; all-ones when not running */
	bool is_idle;			/* idle was executed and has not ended */
	bool must_step;			/* the next word may not be kept yet */
	uint64_t flushed_epoch;		/* epoch of the last flush it asked for */
	uint32_t step_insn;		/* the word behind step_uop[0] */
	struct la_uop step_uop[2];	/* an instruction that is not kept, and a stop */
};

#define LA_RESET_PC UINT64_C(0x1c000000)

#define LA_REQ_KICK  BIT32(0)
#define LA_REQ_TIMER BIT32(1)

struct la_optab;

/*
 * One guest instruction.  @u is the uop being executed; the next one follows it.  A
 * handler ends in LA_NEXT(), or in one of the jumps of soft/interp.h.
 */
typedef void la_op_fn(struct la_cpu *cpu, const struct la_uop *u,
		      const struct la_optab *ops);

struct la_optab {
	/* LA_NOPS entries, indexed by enum la_op, which is not known here. */
	__extension__ la_op_fn *fn[0];
};

/*
 * Delivers exception @exc for the instruction of @u and never returns: the CPU goes on
 * at the handler.  @badv and the like are set by the caller through la_raise_badv().
 * State must be as before the instruction, except for what the architecture lets change.
 */
_Noreturn void la_raise(struct la_cpu *cpu, const struct la_uop *u, enum la_exc exc);
/* The same with BADV. */
_Noreturn void la_raise_badv(struct la_cpu *cpu, const struct la_uop *u, enum la_exc exc,
			     uint64_t badv);

/* Defines the handler of instruction @name ('.' written as '_'). */
#define LA_OP(name) \
	void LA_OP_FN(name)(struct la_cpu *cpu, const struct la_uop *u, \
			    const struct la_optab *ops); \
	void LA_OP_FN(name)(struct la_cpu *cpu, const struct la_uop *u, \
			    const struct la_optab *ops)

/* gcc 15 and newer; with the address sanitizer's frames it cannot keep the promise. */
#if defined(__clang__) || (__GNUC__ >= 15 && !defined(__SANITIZE_ADDRESS__))
#define LA_MUSTTAIL __attribute__((musttail))
#else
#define LA_MUSTTAIL
#endif

/*
 * Goes on with the next instruction.  The empty asm makes compilers step @u in place and
 * jump through memory, instead of preparing both in other registers first.
 */
#define LA_NEXT() do { \
		u++; \
		__asm__("" : "+r"(u)); \
		LA_MUSTTAIL return ops->fn[u->op](cpu, u, ops); \
	} while (0)

/* Checks that open an FP, LSX or LASX handler: a unit that is off raises its exception. */
#define LA_NEED_FP() do { \
		if (unlikely(!(cpu->euen & LA_EUEN_FPE))) \
			la_raise(cpu, u, LA_EXC_FPD); \
	} while (0)
#define LA_NEED_LSX() do { \
		if (unlikely(!(cpu->euen & LA_EUEN_SXE))) \
			la_raise(cpu, u, LA_EXC_SXD); \
	} while (0)
#define LA_NEED_LASX() do { \
		if (unlikely(!(cpu->euen & LA_EUEN_ASXE))) \
			la_raise(cpu, u, LA_EXC_ASXD); \
	} while (0)

#endif
