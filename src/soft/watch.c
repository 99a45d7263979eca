/* SPDX-License-Identifier: Apache-2.0 */
/* soft/watch.c - see watch.h. */
#include "soft/watch.h"

#include "soft/csr.h"

/* Watchpoint i has its registers CFG1 to CFG4 at base + 8 * i. */
#define CFG_STRIDE 8u
#define CFG(r, base, i, n) ((r)[(base) + CFG_STRIDE * (i) + (n) - 1])
#define FOR_EACH(i, set) \
	for (unsigned int i = 0; (set) >> (i); (i)++) \
		if ((set) >> (i) & 1)

#define MWP LA_CSR_MWP0CFG1
#define FWP LA_CSR_FWP0CFG1
/* The same in both kinds. */
#define CFG3_PLVS (LA_MWPCFG3_PLV0 | LA_MWPCFG3_PLV1 | LA_MWPCFG3_PLV2 | LA_MWPCFG3_PLV3)

bool la_watch_is_cfg(unsigned int csr)
{
	return ((csr >= MWP && csr < MWP + CFG_STRIDE * LA_NWATCH) ||
		(csr >= FWP && csr < FWP + CFG_STRIDE * LA_NWATCH)) &&
	       csr % CFG_STRIDE < 4;
}

void la_watch_update(struct la_cpu *cpu)
{
	const uint64_t *r = cpu->root->r;

	cpu->watch_mem = 0;
	cpu->watch_fetch = 0;
	for (unsigned int i = 0; i < LA_NWATCH; i++) {
		uint64_t mem = CFG(r, MWP, i, 3);

		if ((mem & CFG3_PLVS) && (mem & (LA_MWPCFG3_LOADEN | LA_MWPCFG3_STOREEN)))
			cpu->watch_mem |= 1u << i;
		if (CFG(r, FWP, i, 3) & CFG3_PLVS)
			cpu->watch_fetch |= 1u << i;
	}
	la_mmu_flush(cpu);
}

void la_watch_write_status(struct la_cpu *cpu, unsigned int csr, uint64_t val, uint64_t mask)
{
	uint64_t *r = &cpu->root->r[csr];

	val &= mask;
	*r &= ~(val & LA_MWPS_STATUS);
	*r = (*r & ~(mask & LA_MWPS_SKIP)) | (val & LA_MWPS_SKIP);
}

/* ------------------------------------------------------------------ pages */

static bool covers(const struct la_cpu *cpu, unsigned int set, unsigned int base, uint64_t va)
{
	const uint64_t *r = cpu->root->r;

	FOR_EACH(i, set) {
		uint64_t differs = (va ^ CFG(r, base, i, 1)) & ~CFG(r, base, i, 2);

		if (differs < LA_FAST_PAGE_BYTES)
			return true;
	}
	return false;
}

bool la_watch_covers_mem(const struct la_cpu *cpu, uint64_t va)
{
	return covers(cpu, cpu->watch_mem, MWP, va);
}

bool la_watch_covers_fetch(const struct la_cpu *cpu, uint64_t va)
{
	return covers(cpu, cpu->watch_fetch, FWP, va);
}

/* ------------------------------------------------------------------ judging */

/* Conditions that both kinds have, up to the address. */
static bool matches(const struct la_cpu *cpu, unsigned int base, unsigned int i, uint64_t va)
{
	const uint64_t *r = cpu->root->r;
	uint64_t cfg3 = CFG(r, base, i, 3);

	if (!(cfg3 & LA_MWPCFG3_PLV0 << cpu->plv))
		return false;
	if ((cfg3 & LA_MWPCFG3_LCL) &&
	    (r[LA_CSR_ASID] & LA_ASID_ASID) != CFG(r, base, i, 4))
		return false;
	return !((va ^ CFG(r, base, i, 1)) & ~CFG(r, base, i, 2));
}

/* A hit of the watchpoints @hits: false when Skip swallows it. */
static bool report(struct la_cpu *cpu, unsigned int status, unsigned int hits)
{
	uint64_t *r = &cpu->root->r[status];

	if (!hits)
		return false;
	if (*r & LA_MWPS_SKIP) {
		*r &= ~(uint64_t)LA_MWPS_SKIP;
		return false;
	}
	*r |= hits;
	return true;
}

/* The bytes of its doubleword that an access touches, as if it were aligned (7.9.3). */
static unsigned int bytes_touched(uint64_t va, unsigned int size)
{
	return size >= 8 ? 0xff : ((1u << size) - 1) << (va & 7 & ~(uint64_t)(size - 1));
}

/* The bytes that SIZE and VADDR single out. */
static unsigned int bytes_watched(uint64_t cfg1, uint64_t cfg3)
{
	return bytes_touched(cfg1, 8u >> ((cfg3 & LA_MWPCFG3_SIZE) >> LA_MWPCFG3_SIZE_SHIFT));
}

static bool hits_mem(const struct la_cpu *cpu, unsigned int i, uint64_t va, unsigned int size,
		     enum la_access acc)
{
	const uint64_t *r = cpu->root->r;
	uint64_t cfg3 = CFG(r, MWP, i, 3);
	uint64_t wanted = acc == LA_ACC_LOAD ? LA_MWPCFG3_LOADEN
			: acc == LA_ACC_STORE ? LA_MWPCFG3_STOREEN
			: LA_MWPCFG3_LOADEN | LA_MWPCFG3_STOREEN;

	return (cfg3 & wanted) && matches(cpu, MWP, i, va) &&
	       (bytes_touched(va, size) & bytes_watched(CFG(r, MWP, i, 1), cfg3));
}

void la_watch_judge_mem(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
			unsigned int size, enum la_access acc)
{
	unsigned int hits = 0;

	/* The root's watchpoints do not concern guests. */
	if (cpu->is_guest || !(cpu->root->r[LA_CSR_CRMD] & LA_CRMD_WE))
		return;
	FOR_EACH(i, cpu->watch_mem) {
		/* A vector counts as its doublewords. */
		for (unsigned int at = 0; at < size; at += 8) {
			if (hits_mem(cpu, i, la_addr(cpu, va + at), size, acc))
				hits |= 1u << i;
		}
	}
	if (report(cpu, LA_CSR_MWPS, hits))
		la_raise(cpu, u, LA_EXC_WPEM);
}

void la_watch_judge_fetch(struct la_cpu *cpu)
{
	unsigned int hits = 0;

	/* The root's watchpoints do not concern guests. */
	if (cpu->is_guest || !(cpu->root->r[LA_CSR_CRMD] & LA_CRMD_WE))
		return;
	FOR_EACH(i, cpu->watch_fetch) {
		if (matches(cpu, FWP, i, cpu->pc))
			hits |= 1u << i;
	}
	if (report(cpu, LA_CSR_FWPS, hits))
		la_raise(cpu, NULL, LA_EXC_WPEF);
}
