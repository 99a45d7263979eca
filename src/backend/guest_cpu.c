/* SPDX-License-Identifier: Apache-2.0 */
/* backend/guest_cpu.c - see guest_cpu.h. */
#include "backend/guest_cpu.h"

#include <errno.h>
#include <string.h>

#include "soft/isa_cpucfg.h"
#include "util/bits.h"

#define LBT_BITS (LA_CPUCFG2_LBT_X86 | LA_CPUCFG2_LBT_ARM | LA_CPUCFG2_LBT_MIPS)
#define V11_BITS (LA_CPUCFG2_FRECIPE | LA_CPUCFG2_DIV32 | LA_CPUCFG2_LAM_BH |                  \
		  LA_CPUCFG2_LAMCAS | LA_CPUCFG2_LLACQ_SCREL | LA_CPUCFG2_SCQ)
/* Without DIV32, which is a looser rule for operands and no instruction. */
#define V11_NEEDED (V11_BITS & ~LA_CPUCFG2_DIV32)
/* Numbers in word 3; the rest are bits that the older model lacks or has. */
#define WORD3_NUMBERS (LA_CPUCFG3_SPW_LVL | LA_CPUCFG3_RVAMAX)

#define CSR_CPUID	0x020
#define CSR_ESTAT	0x005
#define CSR_PGD		0x01b
#define CSR_PRCFG1	0x021
#define CSR_PRCFG3	0x023
#define CSR_TID		0x040
#define CSR_TCFG	0x041
#define CSR_TVAL	0x042
#define CSR_TICLR	0x044

#define WORD_NONE	0xffu

struct feature {
	const char *key;
	unsigned int be;		/* BE_CPU_* */
	unsigned int word;		/* WORD_NONE: never */
	uint32_t bits;			/* all of them are needed */
	bool in_la464;
};

static const struct feature features[] = {
	{ "lsx", BE_CPU_LSX, 2, LA_CPUCFG2_LSX, true },
	{ "lasx", BE_CPU_LASX, 2, LA_CPUCFG2_LASX, true },
	{ "ptw", BE_CPU_PTW, 2, LA_CPUCFG2_HPTW, false },
	{ "v11", BE_CPU_V11, 2, V11_NEEDED, false },
	{ "pmu", BE_CPU_PMU, 6, LA_CPUCFG6_PMP, false },
	{ "lvz", BE_CPU_LVZ, WORD_NONE, 0, false },
};

static bool is_wanted(const struct be_cpu_model *model, unsigned int be)
{
	switch (be) {
	case BE_CPU_LSX:
		return model->has_lsx;
	case BE_CPU_LASX:
		return model->has_lasx;
	case BE_CPU_PTW:
		return model->has_ptw;
	case BE_CPU_V11:
		return model->has_v11;
	case BE_CPU_PMU:
		return model->has_pmu;
	default:
		return model->has_lvz;
	}
}

/* The user's words are binding, and so is what belongs to the model by name. */
static int check_features(const char *kernel, const uint32_t can[LA_CPUCFG_NWORDS],
			  const uint32_t host[LA_CPUCFG_NWORDS],
			  const struct be_cpu_model *model, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(features); i++) {
		const struct feature *f = &features[i];

		if (!is_wanted(model, f->be))
			continue;
		if (f->word != WORD_NONE && (can[f->word] & f->bits) == f->bits)
			continue;
		if (f->word == WORD_NONE)
			return err_set(err, -EINVAL, "[cpu] %s: %s offers no guest this (want off)",
				       f->key, kernel);
		if (model->insisted & f->be)
			return err_set(err, -EINVAL, "[cpu] %s: the host's %s has none (want off)",
				       f->key, (host[f->word] & f->bits) == f->bits ?
				       kernel : "CPU");
		if (model->is_la464 && f->in_la464)
			return err_set(err, -EINVAL,
				       "[cpu] model: la464 has %s and this host cannot give it (want max, or %s = off)",
				       f->key, f->key);
	}
	return 0;
}

int guest_cpu_cpucfg(const char *kernel, const uint32_t host[LA_CPUCFG_NWORDS],
		     const uint64_t mask[LA_CPUCFG_NWORDS], const struct be_cpu_model *model,
		     uint32_t out[LA_CPUCFG_NWORDS], struct err *err)
{
	uint32_t can[LA_CPUCFG_NWORDS];
	int ret;

	for (unsigned int i = 0; i < LA_CPUCFG_NWORDS; i++)
		can[i] = host[i] & (uint32_t)mask[i];
	ret = check_features(kernel, can, host, model, err);
	if (ret)
		return ret;
	/* The stable counter is the host's, whatever the model: so is its frequency. */
	memcpy(out, can, sizeof(can));
	/* Message interrupts and binary translation are no part of this machine. */
	out[1] &= ~(uint32_t)LA_CPUCFG1_MSG_INT;
	out[2] &= ~(uint32_t)(LBT_BITS | LA_CPUCFG2_LVZ | LA_CPUCFG2_LVZ_VER);
	if (!model->has_lsx)
		out[2] &= ~(uint32_t)(LA_CPUCFG2_LSX | LA_CPUCFG2_LASX);
	if (!model->has_lasx)
		out[2] &= ~(uint32_t)LA_CPUCFG2_LASX;
	if (!model->has_ptw)
		out[2] &= ~(uint32_t)LA_CPUCFG2_HPTW;
	if (!model->has_v11)
		out[2] &= ~(uint32_t)V11_BITS;
	if (!model->has_pmu)
		out[6] = 0;
	if (model->is_la464) {
		out[0] = la_cpucfg_la464[0];
		out[3] &= la_cpucfg_la464[3] | WORD3_NUMBERS;
		for (unsigned int i = 0x10; i < LA_CPUCFG_NWORDS; i++)
			out[i] = la_cpucfg_la464[i] & (uint32_t)mask[i];
	}
	return 0;
}

static bool is_left_out(const struct la_csr_info *info)
{
	bool is_lvz = info->cpucfg_word == 2 &&
		      BIT32(info->cpucfg_bit) == LA_CPUCFG2_LVZ;

	switch (info->num) {
	case CSR_CPUID:
	case CSR_PGD:
	case CSR_TICLR:
	/* Below, in their order: */
	case CSR_ESTAT:
	case CSR_TVAL:
	case CSR_TCFG:
		return true;
	default:
		return is_lvz || (info->num >= CSR_PRCFG1 && info->num <= CSR_PRCFG3);
	}
}

size_t guest_cpu_reset_csrs(unsigned int vcpu, struct guest_cpu_csr out[GUEST_CPU_MAX_CSRS])
{
	static const uint16_t last[] = { CSR_ESTAT, CSR_TVAL, CSR_TCFG };
	size_t n = 0;

	for (unsigned int i = 0; i < la_ncsrs; i++) {
		const struct la_csr_info *info = &la_csr_info[i];
		bool is_own = info->guest == LA_CSR_GUEST_OWN;

		if (is_left_out(info) || n == GUEST_CPU_MAX_CSRS - ARRAY_SIZE(last))
			continue;
		out[n++] = (struct guest_cpu_csr){
			.num = info->num,
			.is_optional = !is_own || info->cpucfg_word != LA_CPUCFG_NONE,
			/*
			 * What KVM keeps in software has no effect; a watchpoint count
			 * would promise one.
			 */
			.val = info->num == CSR_TID ? vcpu : is_own ? info->reset : 0,
		};
	}
	for (size_t i = 0; i < ARRAY_SIZE(last); i++)
		out[n++] = (struct guest_cpu_csr){ .num = last[i] };
	return n;
}

uint64_t guest_cpu_csr_write(unsigned int num, uint64_t old, uint64_t val, uint64_t mask)
{
	const struct la_csr_info *info = la_csr_find(num);

	mask &= info ? info->writable : 0;
	return (old & ~mask) | (val & mask);
}
