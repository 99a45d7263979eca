/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/sem_mem.h - integer loads and stores through the fast tables, for plain and fused
 * handlers; private to src/soft.  Source: vol. 1, 2.2.6.
 *
 * sem_NAME() does the access and is true, or is false on a miss with nothing done; then
 * the handler hands over to la_slow_NAME(), which does the whole instruction through
 * soft/mem.c and goes on behind it.  So the fast path needs no stack frame.
 */
#ifndef LVZ_SOFT_SEM_MEM_H
#define LVZ_SOFT_SEM_MEM_H

#include "soft/access.h"
#include "soft/mmu.h"

/* Table entry for @va, whether [va, va+size) is what it translates, and where to. */
#define LA_ENTRY_R(va) (&cpu->tlb->r[(va) >> LA_FAST_PAGE_BITS & (LA_TLB_R - 1)])
#define LA_ENTRY_W(va) (&cpu->tlb->w[(va) >> LA_FAST_PAGE_BITS & (LA_TLB_W - 1)])
#define LA_IS_HIT(e, va, size) likely(((va) ^ (e)->tag) <= LA_FAST_PAGE_BYTES - (size))
#define LA_HOST(e, va) ((void *)(uintptr_t)((va) + (e)->add))

#define LA_EA_IMM LA_ADDR(cpu->gpr[u->b] + (uint64_t)(int64_t)u->imm)
#define LA_EA_IDX LA_ADDR(cpu->gpr[u->b] + cpu->gpr[u->c])

/* X(name, address, bits, type whose value rd gets) */
#define LA_INT_LOADS(X) \
	X(ld_b, LA_EA_IMM, 8, int8_t) \
	X(ld_h, LA_EA_IMM, 16, int16_t) \
	X(ld_w, LA_EA_IMM, 32, int32_t) \
	X(ld_d, LA_EA_IMM, 64, int64_t) \
	X(ld_bu, LA_EA_IMM, 8, uint8_t) \
	X(ld_hu, LA_EA_IMM, 16, uint16_t) \
	X(ld_wu, LA_EA_IMM, 32, uint32_t) \
	X(ldptr_w, LA_EA_IMM, 32, int32_t) \
	X(ldptr_d, LA_EA_IMM, 64, int64_t) \
	X(ldx_b, LA_EA_IDX, 8, int8_t) \
	X(ldx_h, LA_EA_IDX, 16, int16_t) \
	X(ldx_w, LA_EA_IDX, 32, int32_t) \
	X(ldx_d, LA_EA_IDX, 64, int64_t) \
	X(ldx_bu, LA_EA_IDX, 8, uint8_t) \
	X(ldx_hu, LA_EA_IDX, 16, uint16_t) \
	X(ldx_wu, LA_EA_IDX, 32, uint32_t)

/* X(name, address, bits) */
#define LA_INT_STORES(X) \
	X(st_b, LA_EA_IMM, 8) \
	X(st_h, LA_EA_IMM, 16) \
	X(st_w, LA_EA_IMM, 32) \
	X(st_d, LA_EA_IMM, 64) \
	X(stptr_w, LA_EA_IMM, 32) \
	X(stptr_d, LA_EA_IMM, 64) \
	X(stx_b, LA_EA_IDX, 8) \
	X(stx_h, LA_EA_IDX, 16) \
	X(stx_w, LA_EA_IDX, 32) \
	X(stx_d, LA_EA_IDX, 64)

#define LA_SEM_LOAD(name, ea, bits, type) \
	static inline bool sem_##name(struct la_cpu *cpu, const struct la_uop *u) \
	{ \
		const uint64_t va = ea; \
		const struct la_tlb_entry *e = LA_ENTRY_R(va); \
		if (!LA_IS_HIT(e, va, bits / 8)) \
			return false; \
		cpu->gpr[u->a] = (uint64_t)(type)la_host_ld##bits(LA_HOST(e, va)); \
		return true; \
	} \
	la_op_fn LA_SLOW_FN(name);
#define LA_SEM_STORE(name, ea, bits) \
	static inline bool sem_##name(struct la_cpu *cpu, const struct la_uop *u) \
	{ \
		const uint64_t va = ea; \
		const struct la_tlb_entry *e = LA_ENTRY_W(va); \
		if (!LA_IS_HIT(e, va, bits / 8)) \
			return false; \
		la_host_st##bits(LA_HOST(e, va), (uint##bits##_t)cpu->gpr[u->a]); \
		return true; \
	} \
	la_op_fn LA_SLOW_FN(name);
LA_INT_LOADS(LA_SEM_LOAD)
LA_INT_STORES(LA_SEM_STORE)
#undef LA_SEM_LOAD
#undef LA_SEM_STORE

#endif
