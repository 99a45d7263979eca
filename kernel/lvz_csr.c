// SPDX-License-Identifier: GPL-2.0-only
/*
 * lvz_csr.c - the guest's bank of control registers, moved as a whole.
 *
 * The number of a CSR is part of the instruction, so this is a list of instructions.
 * Locking: the caller has preemption off.
 */
#include <asm/cpu-features.h>

#include "lvz.h"

#define MSGINT_CSRS(X) \
	X(0, LOONGARCH_CSR_IPR) X(1, LOONGARCH_CSR_ISR0) X(2, LOONGARCH_CSR_ISR1) \
	X(3, LOONGARCH_CSR_ISR2) X(4, LOONGARCH_CSR_ISR3)

void lvz_bank_read(struct lvz_bank *bank)
{
#define X(name) bank->r[LVZ_GCSR_##name] = gcsr_read(LOONGARCH_CSR_##name);
	LVZ_FOR_GCSRS(X)
#undef X
	if (cpu_has_msgint) {
#define X(i, num) bank->msgint[i] = gcsr_read(num);
		MSGINT_CSRS(X)
#undef X
	}
}

/*
 * LLBCTL comes with WCLLB: the guest's LL must not pair with an SC after its memory, its
 * CPU or its neighbour has changed.
 */
void lvz_bank_write(const struct lvz_bank *bank)
{
#define X(name) gcsr_write(bank->r[LVZ_GCSR_##name], LOONGARCH_CSR_##name);
	LVZ_FOR_GCSRS(X)
#undef X
	gcsr_xchg(CSR_LLBCTL_WCLLB, CSR_LLBCTL_WCLLB, LOONGARCH_CSR_LLBCTL);
	if (cpu_has_msgint) {
#define X(i, num) gcsr_write(bank->msgint[i], num);
		MSGINT_CSRS(X)
#undef X
	}
}

int lvz_bank_index(u32 num)
{
	switch (num) {
#define X(name) case LOONGARCH_CSR_##name: return LVZ_GCSR_##name;
	LVZ_FOR_GCSRS(X)
#undef X
	default:
		return -1;
	}
}

int lvz_bank_fixed(u32 num, u64 *value)
{
	switch (num) {
	case LOONGARCH_CSR_PRCFG1:
		*value = gcsr_read(LOONGARCH_CSR_PRCFG1);
		return 0;
	case LOONGARCH_CSR_PRCFG2:
		*value = gcsr_read(LOONGARCH_CSR_PRCFG2);
		return 0;
	case LOONGARCH_CSR_PRCFG3:
		*value = gcsr_read(LOONGARCH_CSR_PRCFG3);
		return 0;
	default:
		return -ENOENT;
	}
}
