/* SPDX-License-Identifier: Apache-2.0 */
/* soft/tlb.h - the architectural TLB and the page-table walker; private to src/soft. */
#ifndef LVZ_SOFT_TLB_H
#define LVZ_SOFT_TLB_H

#include "soft/csr.h"
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

/* Registers, array and tag that a translation or a TLB instruction works with. */
struct la_space {
	struct la_csr_bank *bank;
	struct la_tlb_array *tlb;
	uint8_t gid;
	/* Pages of a guest: the root's ASID says nothing about them (docs/lvz.md). */
	bool is_any_asid;
};

/* Of the present mode; of the root's second stage for the current guest; of gtlb*. */
struct la_space la_space_own(struct la_cpu *cpu);
struct la_space la_space_second(struct la_cpu *cpu);
struct la_space la_space_gtlb(struct la_cpu *cpu);

struct la_walk {
	uint64_t raw;		/* the entry as memory has it */
	uint64_t pte;		/* the same in TLBELO form */
	uint64_t pte_pa;	/* where it is, as the bank's mode sees physical addresses */
	unsigned int ps;
};

/*
 * Follows PGDL/PGDH of @bank for @va (vol. 1, 5.4.5).  An absent directory gives an entry of
 * 0.  With the guest's bank, reading a table may raise to the root, for instruction @u.
 */
void la_walk(struct la_cpu *cpu, const struct la_csr_bank *bank, const struct la_uop *u,
	     uint64_t va, struct la_walk *w);
/* The valid pair for @va in @space; or NULL. */
const struct la_tlb_pair *la_tlb_find(const struct la_space *space, uint64_t va);
/* Puts valid pair @new where tlbfill would; its index, or LA_STLB + LA_MTLB: no such page size. */
unsigned int la_tlb_insert(struct la_cpu *cpu, const struct la_space *space,
			   const struct la_tlb_pair *new);
/* Position and width in bits of the index that walk level @level uses; 0 is the last. */
void la_walk_field(const struct la_csr_bank *bank, unsigned int level, unsigned int *base,
		   unsigned int *width);
/* A huge directory entry in the form of a last-level one. */
uint64_t la_walk_huge(uint64_t e);
/* log2 of the page size that most mappings have. */
unsigned int la_base_page_bits(const struct la_csr_bank *bank);

/* Between tlb.c and tlb_inv.c. */
static inline bool la_pair_is_global(const struct la_tlb_pair *p)
{
	return p->lo[0] & p->lo[1] & LA_PTE_G;
}

static inline bool la_pair_covers(const struct la_tlb_pair *p, uint64_t va)
{
	return ((p->vppn << 13) ^ (va & ((UINT64_C(1) << 48) - 1))) >> (p->ps + 1) == 0;
}

/* In and out of an array; only these change is_valid. */
void la_pair_place(struct la_tlb_array *tlb, struct la_tlb_pair *p,
		   const struct la_tlb_pair *new, unsigned int stlb_ps);
static inline void la_pair_remove(struct la_tlb_array *tlb, struct la_tlb_pair *p)
{
	p->is_valid = false;
	tlb->npairs--;
	tlb->nmtlb -= p >= &tlb->pair[LA_STLB];
}

/* Where the STLB has the pair for @va, if all of its pages have the log2 size @ps. */
static inline unsigned int la_stlb_set(uint64_t va, unsigned int ps)
{
	return (va >> (ps + 1)) % LA_STLB_SETS;
}

/* Forgets what the pair @p of @space, valid or just removed, may have left in fast tables. */
void la_pair_forget(struct la_cpu *cpu, const struct la_space *space,
		    const struct la_tlb_pair *p);

#endif
