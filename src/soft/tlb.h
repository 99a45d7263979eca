/* SPDX-License-Identifier: Apache-2.0 */
/* soft/tlb.h - the architectural TLB and the page-table walker; private to src/soft. */
#ifndef LVZ_SOFT_TLB_H
#define LVZ_SOFT_TLB_H

#include "soft/isa_csrs.h"
#include "soft/mmu.h"

/*
 * Bits of page-table entries beyond those that TLBELO keeps (vol. 1, 5.4.5): the walker's
 * present and writable, huge in a directory entry, and a huge entry's global bit.
 */
#define LA_PTE_V     LA_TLBELO0_V
#define LA_PTE_D     LA_TLBELO0_D
#define LA_PTE_PLV   LA_TLBELO0_PLV
#define LA_PTE_PLV_SHIFT LA_TLBELO0_PLV_SHIFT
#define LA_PTE_G     LA_TLBELO0_G
#define LA_PTE_NR    LA_TLBELO0_NR
#define LA_PTE_NX    LA_TLBELO0_NX
#define LA_PTE_RPLV  LA_TLBELO0_RPLV
#define LA_PTE_HUGE  BIT64(6)
#define LA_PTE_P     BIT64(7)
#define LA_PTE_W     BIT64(8)
#define LA_PTE_HGLOBAL BIT64(12)
#define LA_PTE_LEVEL_SHIFT 13
#define LA_PTE_LEVEL (UINT64_C(3) << LA_PTE_LEVEL_SHIFT)
/* What TLBELO and TLBRELO keep of an entry; software's own bits are dropped. */
#define LA_PTE_TLB_BITS (UINT64_C(0xe000fffffffff000) | 0x1ff)
/* The pair's address in TLBEHI, without the page size that TLBREHI has below it. */
#define LA_TLB_VPPN (~UINT64_C(0x1fff))

struct la_walk {
	uint64_t raw;		/* the entry as memory has it */
	uint64_t pte;		/* the same in TLBELO form */
	uint64_t pte_gpa;
	unsigned int ps;
};

/* Follows PGDL/PGDH for @va (vol. 1, 5.4.5).  An absent directory gives an entry of 0. */
void la_walk(struct la_cpu *cpu, uint64_t va, struct la_walk *w);
/* The valid pair for @va in address space @asid, global ones too if @or_global; or NULL. */
struct la_tlb_pair *la_tlb_find(struct la_cpu *cpu, uint64_t va, uint32_t asid,
				bool or_global);
/* log2 of the page size that most mappings have. */
unsigned int la_base_page_bits(const struct la_cpu *cpu);

#endif
