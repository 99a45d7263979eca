/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/interp_priv.c - privileged instructions, traps, CPUCFG and the counter.
 * Source: vol. 1, 2.2.10, chapter 4.
 */
#include "soft/csr.h"
#include "soft/interp.h"
#include "soft/lint_priv.h"
#include "soft/lvz.h"
#include "soft/machine.h"
#include "soft/observe_priv.h"
#include "soft/pmu.h"
#include "soft/tlb.h"

#define RD cpu->gpr[u->a]
#define RJ cpu->gpr[u->b]
#define RK cpu->gpr[u->c]
#define CSR_NUM ((unsigned int)u->imm)
/* What guest mode (lvz.h) has to say before an instruction is executed. */
#define IN_GUEST(check) do { \
		if (unlikely(cpu->is_guest)) \
			check; \
	} while (0)
#define SENSITIVE() IN_GUEST(la_lvz_sensitive(cpu, u))

/* ------------------------------------------------------------------ traps */

LA_OP(syscall)
{
	(void)ops;
	la_raise(cpu, u, LA_EXC_SYS);
}

LA_OP(break)
{
	(void)ops;
	la_raise(cpu, u, LA_EXC_BRK);
}

LA_OP(dbcl)
{
	(void)ops;
	LA_NEED_PLV0();
	SENSITIVE();
	/* There is no external debugger to call. */
	la_raise(cpu, u, LA_EXC_INE);
}

LA_OP(ertn)
{
	(void)ops;
	LA_NEED_PLV0();
	IN_GUEST(la_lvz_check_ertn(cpu, u));
	cpu->pc = la_pc_of(cpu, u);
	la_exc_return(cpu);
	LA_LEAVE(cpu->pc);
}

/* Sleeps until an interrupt is wanted, whatever CRMD.IE says (vol. 1, 4.2.6.2). */
LA_OP(idle)
{
	(void)ops;
	LA_NEED_PLV0();
	SENSITIVE();
	la_timer_check(cpu);
	cpu->is_idle = !la_irq_wanted(cpu);
	LA_LEAVE_NEXT();
}

/* ------------------------------------------------------------------ CSRs */

static __attribute__((noinline)) uint64_t csr_computed(struct la_cpu *cpu, unsigned int num)
{
	return la_csr_extend(num, la_csr_read(cpu, num));
}

static inline uint64_t csr_value(struct la_cpu *cpu, unsigned int num)
{
	return likely(la_csr_is_plain(cpu, num)) ? cpu->csr->r[num] : csr_computed(cpu, num);
}

LA_OP(csrrd)
{
	if (unlikely(cpu->plv) && !la_pmu_may_read(cpu, CSR_NUM))
		la_raise(cpu, u, LA_EXC_IPE);
	IN_GUEST(la_lvz_check_csr(cpu, u, CSR_NUM));
	RD = csr_value(cpu, CSR_NUM);
	LA_NEXT();
}

/* Bits @mask of rd go to the CSR, its old value to rd; true: leave straight-line code. */
static bool change_csr(struct la_cpu *cpu, const struct la_uop *u, uint64_t mask)
{
	uint64_t val = RD, old;
	bool must_leave;

	LA_NEED_PLV0();
	if (unlikely(cpu->is_guest)) {
		la_lvz_check_csr(cpu, u, CSR_NUM);
		if (CSR_NUM == LA_CSR_CRMD)
			la_lvz_check_crmd(cpu, u, val, mask);
	}
	old = csr_value(cpu, CSR_NUM);
	RD = old;
	cpu->gpr[0] = 0;
	if (likely(la_csr_is_plain(cpu, CSR_NUM))) {
		uint64_t bits = mask & cpu->csr->wmask[CSR_NUM];

		cpu->csr->r[CSR_NUM] = (old & ~bits) | (val & bits);
		must_leave = false;
	} else {
		must_leave = la_csr_write(cpu, CSR_NUM, val, mask);
		if (la_lints(cpu))
			la_lint_csr(cpu, u, CSR_NUM, val, mask);
	}
	if (la_observes(cpu, LA_OBSERVE_CSR))
		la_observe_csr(cpu, u, CSR_NUM, old, val, mask, false);
	return must_leave;
}

LA_OP(csrwr)
{
	if (change_csr(cpu, u, UINT64_MAX))
		LA_LEAVE_NEXT();
	LA_NEXT();
}

LA_OP(csrxchg)
{
	if (change_csr(cpu, u, RJ))
		LA_LEAVE_NEXT();
	LA_NEXT();
}

/* ------------------------------------------------------------------ IOCSR */

static void check_iocsr(struct la_cpu *cpu, const struct la_uop *u, unsigned int size)
{
	LA_NEED_PLV0();
	SENSITIVE();
	if ((RJ & (size - 1)) && la_must_align(cpu))
		la_raise_badv(cpu, u, LA_EXC_ALE, RJ);
}

static uint64_t iocsr_read(struct la_cpu *cpu, const struct la_uop *u, unsigned int size)
{
	check_iocsr(cpu, u, size);
	cpu->pc = la_pc_of(cpu, u);
	return cpu->m->bus.iocsr_read(cpu->m->bus.ctx, cpu->index, (uint32_t)RJ, size);
}

static void iocsr_write(struct la_cpu *cpu, const struct la_uop *u, unsigned int size)
{
	check_iocsr(cpu, u, size);
	cpu->pc = la_pc_of(cpu, u);
	cpu->m->bus.iocsr_write(cpu->m->bus.ctx, cpu->index, (uint32_t)RJ, size,
				RD & mask64(8 * size));
}

#define IOCSR(suffix, size, type) \
	LA_OP(iocsrrd_##suffix) \
	{ \
		RD = (uint64_t)(int64_t)(type)iocsr_read(cpu, u, size); \
		LA_NEXT(); \
	} \
	LA_OP(iocsrwr_##suffix) \
	{ \
		(void)ops; \
		iocsr_write(cpu, u, size); \
		LA_LEAVE_NEXT(); \
	}

IOCSR(b, 1, int8_t)
IOCSR(h, 2, int16_t)
IOCSR(w, 4, int32_t)
IOCSR(d, 8, int64_t)

/* ------------------------------------------------------------------ TLB */

#define TLB_OP(name) \
	LA_OP(name) \
	{ \
		(void)ops; \
		LA_NEED_PLV0(); \
		IN_GUEST(la_lvz_check_tlb(cpu, u)); \
		la_mmu_##name(cpu, false); \
		LA_LEAVE_NEXT(); \
	}
TLB_OP(tlbsrch)
TLB_OP(tlbrd)
TLB_OP(tlbwr)
TLB_OP(tlbfill)
TLB_OP(tlbclr)
TLB_OP(tlbflush)

LA_OP(invtlb)
{
	(void)ops;
	LA_NEED_PLV0();
	IN_GUEST(la_lvz_check_tlb(cpu, u));
	if (!la_mmu_invtlb(cpu, u->a, RJ, RK)) {
		if (la_lints(cpu))
			la_lint_invtlb(cpu, u, u->a);
		la_raise(cpu, u, LA_EXC_INE);
	}
	LA_LEAVE_NEXT();
}

LA_OP(lddir)
{
	LA_NEED_PLV0();
	IN_GUEST(la_lvz_check_priv(cpu, u));
	RD = la_mmu_lddir(cpu, u, RJ, (unsigned int)u->imm);
	LA_NEXT();
}

LA_OP(ldpte)
{
	LA_NEED_PLV0();
	IN_GUEST(la_lvz_check_priv(cpu, u));
	la_mmu_ldpte(cpu, u, RJ, (unsigned int)u->imm & 1);
	LA_NEXT();
}

/*
 * Caches are coherent here: an operation by address only checks the address (codes with
 * bits 4:3 = 2, hit operations); all others have nothing to do.  Code 0 and its like on
 * the instruction cache act as ibar.
 */
LA_OP(cacop)
{
	(void)ops;
	LA_NEED_PLV0();
	IN_GUEST(la_lvz_check_cacop(cpu, u, u->a));
	if ((u->a >> 3) == 2)
		(void)la_mmu_translate(cpu, u, RJ + (uint64_t)(int64_t)u->imm, LA_ACC_LOAD);
	LA_LEAVE_NEXT();
}

/* ------------------------------------------------------------------ information */

LA_OP(cpucfg)
{
	SENSITIVE();
	RD = RJ >> 32 ? 0 : (uint64_t)(int64_t)(int32_t)la_cpucfg(cpu, (uint32_t)RJ);
	LA_NEXT();
}

/* User programs may be kept from the counter by MISC.DRDTLx (vol. 1, 7.4.4). */
static uint64_t read_counter(struct la_cpu *cpu, const struct la_uop *u)
{
	if (cpu->plv && (cpu->csr->r[LA_CSR_MISC] >> (4 + cpu->plv) & 1))
		la_raise(cpu, u, LA_EXC_IPE);
	if (likely(!cpu->is_guest))
		return la_timer_counter(cpu) + cpu->csr->r[LA_CSR_CNTC];
	la_lvz_check_rdtime(cpu, u);
	/* GCNTC is on top of what the root reads, its own CNTC included. */
	return la_timer_counter(cpu) + cpu->root->r[LA_CSR_CNTC] + cpu->root->r[LA_CSR_GCNTC] +
	       cpu->csr->r[LA_CSR_CNTC];
}

/*
 * A timer whose time the program has just seen pass interrupts it before the next
 * instruction, however late the thread is that watches the clock.
 */
#define COUNTER_NEXT() do { \
		if (la_must_exit(cpu)) \
			LA_LEAVE_NEXT(); \
		LA_NEXT(); \
	} while (0)

LA_OP(rdtime_d)
{
	uint64_t t = read_counter(cpu, u);

	cpu->gpr[u->b ? u->b : LA_GPR_SINK] = cpu->csr->r[LA_CSR_TID];
	RD = t;
	COUNTER_NEXT();
}

LA_OP(rdtimel_w)
{
	uint64_t t = read_counter(cpu, u);

	cpu->gpr[u->b ? u->b : LA_GPR_SINK] = cpu->csr->r[LA_CSR_TID];
	RD = (uint64_t)(int64_t)(int32_t)t;
	COUNTER_NEXT();
}

LA_OP(rdtimeh_w)
{
	uint64_t t = read_counter(cpu, u);

	cpu->gpr[u->b ? u->b : LA_GPR_SINK] = cpu->csr->r[LA_CSR_TID];
	RD = (uint64_t)(int64_t)(int32_t)(t >> 32);
	COUNTER_NEXT();
}
