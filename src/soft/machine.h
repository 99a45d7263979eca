/* SPDX-License-Identifier: Apache-2.0 */
/* soft/machine.h - what the CPUs of one machine share; private to src/soft. */
#ifndef LVZ_SOFT_MACHINE_H
#define LVZ_SOFT_MACHINE_H

#include "soft/code.h"
#include "soft/isa.h"
#include "soft/la.h"

#define LA_MAX_RAM 4
#define LA_PALEN 48
#define LA_PA_MASK ((UINT64_C(1) << LA_PALEN) - 1)

struct la_machine {
	struct la_bus bus;
	const struct la_observer *observer;	/* NULL: none */
	const struct la_lint_sink *lint;	/* NULL: none */
	uint8_t *ram_base;
	struct la_ram ram[LA_MAX_RAM];
	unsigned int nram;
	uint64_t ram_top;		/* end of the highest RAM range */
	struct la_features features;
	uint32_t cpucfg[LA_CPUCFG_NWORDS];
	struct la_code code;
	uint8_t *seen_ops;		/* of la_machine_cfg; relaxed stores of 1, or NULL */
	uint32_t crc_ieee[256];		/* tables of the crc instructions */
	uint32_t crc_castagnoli[256];
	unsigned int ncpus;
	struct la_cpu **cpus;
};

/* Host address of @gpa when [@gpa, @gpa + @len) is RAM, else NULL.  Any thread. */
static inline uint8_t *la_ram_at(const struct la_machine *m, uint64_t gpa, uint64_t len)
{
	for (unsigned int i = 0; i < m->nram; i++) {
		uint64_t off = gpa - m->ram[i].gpa;

		if (off < m->ram[i].len_bytes && len <= m->ram[i].len_bytes - off)
			return m->ram_base + gpa;
	}
	return NULL;
}

/* CLOCK_MONOTONIC in nanoseconds. */
uint64_t la_now_ns(void);

#endif
