/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/interp_lvz.c - the instructions of LVZ; the decoder knows them only where the CPU
 * has it.  Encodings and meaning: docs/lvz.md.
 */
#include "soft/csr.h"
#include "soft/interp.h"
#include "soft/lint_priv.h"
#include "soft/lvz.h"
#include "soft/observe_priv.h"

#define RD cpu->gpr[u->a]
#define RJ cpu->gpr[u->b]
#define CSR_NUM ((unsigned int)u->imm)

/* Guests have no guests. */
#define NEED_ROOT() do { \
		if (cpu->is_guest) \
			la_raise(cpu, u, LA_EXC_INE); \
		LA_NEED_PLV0(); \
	} while (0)

static uint64_t gcsr_value(struct la_cpu *cpu, unsigned int num)
{
	return la_csr_extend(num, la_gcsr_read(cpu, num));
}

LA_OP(gcsrrd)
{
	NEED_ROOT();
	if (la_lints(cpu))
		la_lint_gcsr(cpu, u, CSR_NUM);
	RD = gcsr_value(cpu, CSR_NUM);
	LA_NEXT();
}

static void gcsr_exchange(struct la_cpu *cpu, const struct la_uop *u, uint64_t mask)
{
	uint64_t val = RD, old;

	NEED_ROOT();
	if (la_lints(cpu))
		la_lint_gcsr(cpu, u, CSR_NUM);
	old = gcsr_value(cpu, CSR_NUM);
	RD = old;
	cpu->gpr[0] = 0;
	la_gcsr_write(cpu, CSR_NUM, val, mask);
	if (la_observes(cpu, LA_OBSERVE_CSR))
		la_observe_csr(cpu, u, CSR_NUM, old, val, mask, true);
}

LA_OP(gcsrwr)
{
	gcsr_exchange(cpu, u, UINT64_MAX);
	LA_NEXT();
}

LA_OP(gcsrxchg)
{
	gcsr_exchange(cpu, u, RJ);
	LA_NEXT();
}

#define GTLB_OP(name) \
	LA_OP(g##name) \
	{ \
		(void)ops; \
		NEED_ROOT(); \
		la_mmu_##name(cpu, true); \
		LA_LEAVE_NEXT(); \
	}
GTLB_OP(tlbsrch)
GTLB_OP(tlbrd)
GTLB_OP(tlbwr)
GTLB_OP(tlbfill)
GTLB_OP(tlbclr)
GTLB_OP(tlbflush)

LA_OP(hvcl)
{
	(void)ops;
	if (!cpu->is_guest)
		la_raise(cpu, u, LA_EXC_INE);
	LA_NEED_PLV0();
	la_raise_root(cpu, u, LA_EXC_HVC, la_addr(cpu, la_pc_of(cpu, u)));
}
