/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/mmu.h - address translation: fast tables per context, the architectural TLB, the
 * page-table walker; private to src/soft.
 *
 * A context holds the translations that one ASID has seen (or direct address mode), with
 * one set of tables per privilege level, so that a change of ASID or privilege is a
 * change of pointer.  The architectural TLB is modelled apart and consulted on misses
 * only; the fast tables may hold more than it does, but nothing that it was told to drop.
 */
#ifndef LVZ_SOFT_MMU_H
#define LVZ_SOFT_MMU_H

#include "soft/cpu.h"

#define LA_FAST_PAGE_BITS 12
#define LA_FAST_PAGE_BYTES (UINT64_C(1) << LA_FAST_PAGE_BITS)
#define LA_TLB_R 1024u
#define LA_TLB_W 512u
#define LA_TLB_X 256u

/* @tag: page address.  @add: host = va + add for data; pc bias for fetches. */
struct la_tlb_entry {
	uint64_t tag;
	uint64_t add;
};

struct la_tlb {
	struct la_tlb_entry r[LA_TLB_R];
	struct la_tlb_entry w[LA_TLB_W];
	struct la_tlb_entry x[LA_TLB_X];
};

#define LA_NCTX 32u
#define LA_MTLB 64u
#define LA_STLB_WAYS 8u
#define LA_STLB_SETS 256u
#define LA_STLB (LA_STLB_WAYS * LA_STLB_SETS)

/*
 * What a context translates for: ASID, the guest ID that tags it (0: the root itself), guest
 * mode, direct address mode.
 */
#define LA_CTX_ASID   0x000003ffu
#define LA_CTX_DIRECT 0x00000400u
#define LA_CTX_GID    0x00ff0000u
#define LA_CTX_GID_SHIFT 16
#define LA_CTX_GUEST  0x01000000u

struct la_stage2;		/* soft/stage2.h */
struct la_stage2_pairs;
struct la_stage2_seen;

struct la_ctx {
	uint32_t key;
	bool is_used;
	bool has_large;		/* holds pieces of pages beyond the base size */
	uint64_t gen;		/* of mmu->gen when last valid */
	uint64_t wx_gen;	/* likewise for the store and fetch tables */
	uint64_t last_use;
	struct la_tlb *t[4];	/* by privilege level; made on first use */
	/* Of a guest, made with the tables; they may outlive that use. */
	struct la_stage2_pairs *pairs[4];
	struct la_stage2_seen *seen;
};

/* One pair of pages, as TLBEHI/TLBELO describe it. */
struct la_tlb_pair {
	uint64_t vppn;		/* VA bits 47:13 */
	uint64_t lo[2];
	uint16_t asid;
	uint8_t gid;
	uint8_t ps;
	bool is_valid;
};

struct la_tlb_array {
	unsigned int npairs;	/* valid ones */
	unsigned int nmtlb;	/* ... of them in the MTLB */
	/* The page size that chose the sets of the STLB; unless software put pairs elsewhere. */
	unsigned int stlb_ps;
	bool is_irregular;
	struct la_tlb_pair pair[LA_STLB + LA_MTLB];
};

struct la_mmu {
	struct la_ctx ctx[LA_NCTX];
	struct la_ctx direct;		/* CRMD.DA in the root */
	struct la_ctx *cur;
	struct la_tlb *spare;	/* for a context that can have none of its own */
	uint64_t gen;
	uint64_t wx_gen;
	uint64_t use_count;
	bool is_unreadable;		/* the page that la_mmu_translate() gave last: NR */
	bool has_guest_0;		/* some guest ran with the tag of the root */
	uint32_t rnd;			/* replacement */
	struct la_tlb_array tlb;	/* the root's, with guest-physical pages of guests */
	struct la_tlb_array *gtlb;	/* the guests' own pages; NULL without LVZ */
	struct la_stage2 *stage2;	/* NULL without LVZ */
};

/* An empty slot names a page that never maps to it, so that the hit test needs no flag. */
static inline void la_tlb_entry_clear(struct la_tlb_entry *e, unsigned int i)
{
	e[i].tag = (uint64_t)(i ^ 1) << LA_FAST_PAGE_BITS;
}

/* The virtual address @va in the present address mode, for what is no handler's fast path. */
static inline uint64_t la_addr(const struct la_cpu *cpu, uint64_t va)
{
	return cpu->is_va32 ? (uint32_t)va : va;
}

/* UPDATE is the load and store of an AM*: a store to a page that can be read, too. */
enum la_access { LA_ACC_LOAD, LA_ACC_STORE, LA_ACC_FETCH, LA_ACC_UPDATE };

int la_mmu_init(struct la_cpu *cpu);		/* -ENOMEM */
void la_mmu_fini(struct la_cpu *cpu);
void la_mmu_reset(struct la_cpu *cpu);

/* Chooses tables and handlers for CRMD, ASID, MISC and privilege as they are now. */
void la_mmu_select(struct la_cpu *cpu);
/* Empties @t. */
void la_mmu_tables_clear(struct la_tlb *t);
/* Forgets all fast translations. */
void la_mmu_flush(struct la_cpu *cpu);
/* Forgets the store and fetch translations only (soft/code.h). */
void la_mmu_flush_wx(struct la_cpu *cpu);

/*
 * Physical address of @va for @acc with the present CRMD; raises what the architecture
 * says.
 * @u: the instruction; NULL for a fetch, whose address is cpu->pc.
 */
uint64_t la_mmu_translate(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
			  enum la_access acc);

/* A bound-checked access at @va is out of bounds: BCE, or ADEM, which comes first. */
_Noreturn void la_raise_bound(struct la_cpu *cpu, const struct la_uop *u, uint64_t va);

/*
 * The physical address of @pa, which the present mode takes for one: in guest mode it is
 * guest-physical and the root's tables decide (raises to the root).
 */
uint64_t la_mmu_physical(struct la_cpu *cpu, const struct la_uop *u, uint64_t pa,
			 enum la_access acc);

/*
 * TLB instructions (vol. 1, 4.2.4); operands are in the CSRs.  @is_gtlb: the root works on
 * the guests' TLB, with the operands in the guest's CSRs.
 */
void la_mmu_tlbsrch(struct la_cpu *cpu, bool is_gtlb);
void la_mmu_tlbrd(struct la_cpu *cpu, bool is_gtlb);
void la_mmu_tlbwr(struct la_cpu *cpu, bool is_gtlb);
void la_mmu_tlbfill(struct la_cpu *cpu, bool is_gtlb);
void la_mmu_tlbclr(struct la_cpu *cpu, bool is_gtlb);
void la_mmu_tlbflush(struct la_cpu *cpu, bool is_gtlb);
/* False: @op is not defined (INE). */
bool la_mmu_invtlb(struct la_cpu *cpu, unsigned int op, uint64_t info, uint64_t va);
uint64_t la_mmu_lddir(struct la_cpu *cpu, const struct la_uop *u, uint64_t base,
		      unsigned int level);
void la_mmu_ldpte(struct la_cpu *cpu, const struct la_uop *u, uint64_t base, unsigned int odd);

/*
 * Forgets translations without anyone having asked for it (soft/stress.h): all of the guest
 * GSTAT.GID; all there are; one pair, the first from place @from on in the arrays.
 */
void la_mmu_drop_guest(struct la_cpu *cpu);
void la_mmu_drop_all(struct la_cpu *cpu);
void la_mmu_drop_pair(struct la_cpu *cpu, unsigned int from);

/*
 * Guest memory through the slow path (soft/mem.c): any size 1..8, any alignment that
 * MISC.ALCLx allows.
 */
uint64_t la_mem_load(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
		     unsigned int size);
void la_mem_store(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
		  unsigned int size, uint64_t val);
/* The same without the checks that come before translation and without watchpoints. */
uint64_t la_mem_load_plain(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
			   unsigned int size);
void la_mem_store_plain(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
			unsigned int size, uint64_t val);
/* For vectors, which MISC.ALCLx does not concern: an element of 1..8 bytes ... */
uint64_t la_mem_load_elem(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
			  unsigned int size);
void la_mem_store_elem(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
		       unsigned int size, uint64_t val);
/* ... and 16 or 32 bytes. */
void la_mem_load_vec(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
		     unsigned int size, uint64_t *out);
void la_mem_store_vec(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
		      unsigned int size, const uint64_t *in);
/*
 * Host address for an atomic access of @size bytes at @va; raises ALE when misaligned.
 * NULL when the address is not RAM: then use the plain functions.  After writing call
 * la_mem_atomic_done().
 */
void *la_mem_atomic(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
		    unsigned int size, enum la_access acc);
void la_mem_atomic_done(struct la_cpu *cpu, const void *host, unsigned int size);

/* Reads a word for execution at cpu->pc without keeping it (raises like a fetch). */
uint32_t la_mem_fetch(struct la_cpu *cpu);
/* The uop to execute at cpu->pc, or NULL: use la_code_step().  Raises like a fetch. */
const struct la_uop *la_mem_lookup_code(struct la_cpu *cpu);

#endif
