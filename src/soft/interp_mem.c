/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/interp_mem.c - loads and stores of all register files, and their bound-checked
 * forms.  Source: vol. 1, 2.2.6 and 3.2.6; vol. 2 for vld and friends.
 *
 * Each access tries the fast table of the current context; on a miss the handler hands
 * over to its out-of-line twin, which does the whole instruction through soft/mem.c, so
 * that the fast path needs no stack frame.
 */
#include "soft/interp.h"
#include "soft/sem_mem.h"

#define RD cpu->gpr[u->a]
#define RJ cpu->gpr[u->b]
#define RK cpu->gpr[u->c]
#define COLD static __attribute__((noinline, cold)) void

#define EA_J LA_ADDR(RJ)

#define SLOW(name) __attribute__((cold)) void LA_SLOW_FN(name)(struct la_cpu *cpu, \
							     const struct la_uop *u, \
							     const struct la_optab *ops)
#define INT_HANDLER(name) \
	LA_OP(name) \
	{ \
		if (!sem_##name(cpu, u)) { \
			LA_MUSTTAIL return LA_SLOW_FN(name)(cpu, u, ops); \
		} \
		LA_NEXT(); \
	}
#define INT_LOAD(name, ea, bits, type) \
	SLOW(name) \
	{ \
		RD = (uint64_t)(type)la_mem_load(cpu, u, ea, bits / 8); \
		LA_NEXT(); \
	} \
	INT_HANDLER(name)
#define INT_STORE(name, ea, bits) \
	SLOW(name) \
	{ \
		la_mem_store(cpu, u, ea, bits / 8, RD); \
		LA_NEXT(); \
	} \
	INT_HANDLER(name)
LA_INT_LOADS(INT_LOAD)
LA_INT_STORES(INT_STORE)

/* ------------------------------------------------------------------ the general form */

/* @slow: what loads on a miss; @set: what becomes of the loaded value v. */
#define LOAD_BY(slow, name, check, ea, bits, set) \
	COLD name##_slow(struct la_cpu *cpu, const struct la_uop *u, \
			 const struct la_optab *ops) \
	{ \
		uint##bits##_t v = (uint##bits##_t)slow(cpu, u, ea, bits / 8); \
		set; \
		LA_NEXT(); \
	} \
	LA_OP(name) \
	{ \
		check; \
		uint64_t va = ea; \
		const struct la_tlb_entry *e = LA_ENTRY_R(va); \
		uint##bits##_t v; \
		if (!LA_IS_HIT(e, va, bits / 8)) { \
			LA_MUSTTAIL return name##_slow(cpu, u, ops); \
		} \
		v = la_host_ld##bits(LA_HOST(e, va)); \
		set; \
		LA_NEXT(); \
	}

#define LOAD(...) LOAD_BY(la_mem_load, __VA_ARGS__)

#define STORE_BY(slow, name, check, ea, bits, val) \
	COLD name##_slow(struct la_cpu *cpu, const struct la_uop *u, \
			 const struct la_optab *ops) \
	{ \
		slow(cpu, u, ea, bits / 8, val); \
		LA_NEXT(); \
	} \
	LA_OP(name) \
	{ \
		check; \
		uint64_t va = ea; \
		const struct la_tlb_entry *e = LA_ENTRY_W(va); \
		if (!LA_IS_HIT(e, va, bits / 8)) { \
			LA_MUSTTAIL return name##_slow(cpu, u, ops); \
		} \
		la_host_st##bits(LA_HOST(e, va), (uint##bits##_t)(val)); \
		LA_NEXT(); \
	}

#define STORE(...) STORE_BY(la_mem_store, __VA_ARGS__)

#define SIGNED(bits) RD = (uint64_t)(int64_t)(int##bits##_t)v
#define UNSIGNED RD = v

/* ------------------------------------------------------------------ floating point */

/* Bits 63:32 after a single load are undefined (vol. 1, 3.1.2.1); ones, as fp.c has it. */
#define FP_SINGLE cpu->v[u->a].d[0] = v | UINT64_C(0xffffffff00000000)
#define FP_DOUBLE cpu->v[u->a].d[0] = v
#define FPR cpu->v[u->a].d[0]

LOAD(fld_s, LA_NEED_FP(), LA_EA_IMM, 32, FP_SINGLE)
LOAD(fld_d, LA_NEED_FP(), LA_EA_IMM, 64, FP_DOUBLE)
LOAD(fldx_s, LA_NEED_FP(), LA_EA_IDX, 32, FP_SINGLE)
LOAD(fldx_d, LA_NEED_FP(), LA_EA_IDX, 64, FP_DOUBLE)
STORE(fst_s, LA_NEED_FP(), LA_EA_IMM, 32, FPR)
STORE(fst_d, LA_NEED_FP(), LA_EA_IMM, 64, FPR)
STORE(fstx_s, LA_NEED_FP(), LA_EA_IDX, 32, FPR)
STORE(fstx_d, LA_NEED_FP(), LA_EA_IDX, 64, FPR)

/* ------------------------------------------------------------------ bound checks */

/* The address is rj, the bound rk; outside it BCE is raised before the access. */
#define IN_GT do { if (!(RJ > RK)) la_raise_bound(cpu, u, EA_J); } while (0)
#define IN_LE do { if (!(RJ <= RK)) la_raise_bound(cpu, u, EA_J); } while (0)
#define FP_GT LA_NEED_FP(); IN_GT
#define FP_LE LA_NEED_FP(); IN_LE
/* Bound-checked accesses must be aligned whatever the CPU allows elsewhere. */
#define ALIGNED(n) do { if (RJ & ((n) - 1)) la_raise_badv(cpu, u, LA_EXC_ALE, EA_J); } while (0)
#define WITH(check, n) ALIGNED(n); check

LOAD(ldgt_b, IN_GT, EA_J, 8, SIGNED(8))
LOAD(ldgt_h, WITH(IN_GT, 2), EA_J, 16, SIGNED(16))
LOAD(ldgt_w, WITH(IN_GT, 4), EA_J, 32, SIGNED(32))
LOAD(ldgt_d, WITH(IN_GT, 8), EA_J, 64, UNSIGNED)
LOAD(ldle_b, IN_LE, EA_J, 8, SIGNED(8))
LOAD(ldle_h, WITH(IN_LE, 2), EA_J, 16, SIGNED(16))
LOAD(ldle_w, WITH(IN_LE, 4), EA_J, 32, SIGNED(32))
LOAD(ldle_d, WITH(IN_LE, 8), EA_J, 64, UNSIGNED)
STORE(stgt_b, IN_GT, EA_J, 8, RD)
STORE(stgt_h, WITH(IN_GT, 2), EA_J, 16, RD)
STORE(stgt_w, WITH(IN_GT, 4), EA_J, 32, RD)
STORE(stgt_d, WITH(IN_GT, 8), EA_J, 64, RD)
STORE(stle_b, IN_LE, EA_J, 8, RD)
STORE(stle_h, WITH(IN_LE, 2), EA_J, 16, RD)
STORE(stle_w, WITH(IN_LE, 4), EA_J, 32, RD)
STORE(stle_d, WITH(IN_LE, 8), EA_J, 64, RD)
LOAD(fldgt_s, WITH(FP_GT, 4), EA_J, 32, FP_SINGLE)
LOAD(fldgt_d, WITH(FP_GT, 8), EA_J, 64, FP_DOUBLE)
LOAD(fldle_s, WITH(FP_LE, 4), EA_J, 32, FP_SINGLE)
LOAD(fldle_d, WITH(FP_LE, 8), EA_J, 64, FP_DOUBLE)
STORE(fstgt_s, WITH(FP_GT, 4), EA_J, 32, FPR)
STORE(fstgt_d, WITH(FP_GT, 8), EA_J, 64, FPR)
STORE(fstle_s, WITH(FP_LE, 4), EA_J, 32, FPR)
STORE(fstle_d, WITH(FP_LE, 8), EA_J, 64, FPR)

/* ------------------------------------------------------------------ vectors */

/* The block ends the life of what has an address: else the call behind it were no jump. */
#define VEC_LOAD(name, need, ea, nbytes) \
	COLD name##_slow(struct la_cpu *cpu, const struct la_uop *u, \
			 const struct la_optab *ops) \
	{ \
		{ \
			uint64_t tmp[nbytes / 8]; \
			la_mem_load_vec(cpu, u, ea, nbytes, tmp); \
			memcpy(&cpu->v[u->a], tmp, nbytes); \
		} \
		LA_NEXT(); \
	} \
	LA_OP(name) \
	{ \
		need(); \
		uint64_t va = ea; \
		const struct la_tlb_entry *e = LA_ENTRY_R(va); \
		if (!LA_IS_HIT(e, va, nbytes)) { \
			LA_MUSTTAIL return name##_slow(cpu, u, ops); \
		} \
		for (unsigned int i = 0; i < nbytes / 16; i++) \
			la_host_ld128(cpu->v[u->a].d + 2 * i, (const char *)LA_HOST(e, va) + 16 * i); \
		LA_NEXT(); \
	}

#define VEC_STORE(name, need, ea, nbytes) \
	COLD name##_slow(struct la_cpu *cpu, const struct la_uop *u, \
			 const struct la_optab *ops) \
	{ \
		la_mem_store_vec(cpu, u, ea, nbytes, cpu->v[u->a].d); \
		LA_NEXT(); \
	} \
	LA_OP(name) \
	{ \
		need(); \
		uint64_t va = ea; \
		const struct la_tlb_entry *e = LA_ENTRY_W(va); \
		if (!LA_IS_HIT(e, va, nbytes)) { \
			LA_MUSTTAIL return name##_slow(cpu, u, ops); \
		} \
		for (unsigned int i = 0; i < nbytes / 16; i++) \
			la_host_st128((char *)LA_HOST(e, va) + 16 * i, cpu->v[u->a].d + 2 * i); \
		LA_NEXT(); \
	}

VEC_LOAD(vld, LA_NEED_LSX, LA_EA_IMM, 16)
VEC_LOAD(vldx, LA_NEED_LSX, LA_EA_IDX, 16)
VEC_STORE(vst, LA_NEED_LSX, LA_EA_IMM, 16)
VEC_STORE(vstx, LA_NEED_LSX, LA_EA_IDX, 16)
VEC_LOAD(xvld, LA_NEED_LASX, LA_EA_IMM, 32)
VEC_LOAD(xvldx, LA_NEED_LASX, LA_EA_IDX, 32)
VEC_STORE(xvst, LA_NEED_LASX, LA_EA_IMM, 32)
VEC_STORE(xvstx, LA_NEED_LASX, LA_EA_IDX, 32)

/* One element to all lanes of the first @nbytes bytes. */
#define SPREAD(field, nbytes) \
	do { \
		for (unsigned int i = 0; i < (nbytes) / sizeof(v); i++) \
			cpu->v[u->a].field[i] = v; \
	} while (0)
LOAD_BY(la_mem_load_elem, vldrepl_b, LA_NEED_LSX(), LA_EA_IMM, 8, SPREAD(b, 16))
LOAD_BY(la_mem_load_elem, vldrepl_h, LA_NEED_LSX(), LA_EA_IMM, 16, SPREAD(h, 16))
LOAD_BY(la_mem_load_elem, vldrepl_w, LA_NEED_LSX(), LA_EA_IMM, 32, SPREAD(w, 16))
LOAD_BY(la_mem_load_elem, vldrepl_d, LA_NEED_LSX(), LA_EA_IMM, 64, SPREAD(d, 16))
LOAD_BY(la_mem_load_elem, xvldrepl_b, LA_NEED_LASX(), LA_EA_IMM, 8, SPREAD(b, 32))
LOAD_BY(la_mem_load_elem, xvldrepl_h, LA_NEED_LASX(), LA_EA_IMM, 16, SPREAD(h, 32))
LOAD_BY(la_mem_load_elem, xvldrepl_w, LA_NEED_LASX(), LA_EA_IMM, 32, SPREAD(w, 32))
LOAD_BY(la_mem_load_elem, xvldrepl_d, LA_NEED_LASX(), LA_EA_IMM, 64, SPREAD(d, 32))

#define EA_ELEM LA_ADDR(RJ + (uint64_t)(int64_t)u->e)
STORE_BY(la_mem_store_elem, vstelm_b, LA_NEED_LSX(), EA_ELEM, 8, cpu->v[u->a].b[u->c])
STORE_BY(la_mem_store_elem, vstelm_h, LA_NEED_LSX(), EA_ELEM, 16, cpu->v[u->a].h[u->c])
STORE_BY(la_mem_store_elem, vstelm_w, LA_NEED_LSX(), EA_ELEM, 32, cpu->v[u->a].w[u->c])
STORE_BY(la_mem_store_elem, vstelm_d, LA_NEED_LSX(), EA_ELEM, 64, cpu->v[u->a].d[u->c])
STORE_BY(la_mem_store_elem, xvstelm_b, LA_NEED_LASX(), EA_ELEM, 8, cpu->v[u->a].b[u->c])
STORE_BY(la_mem_store_elem, xvstelm_h, LA_NEED_LASX(), EA_ELEM, 16, cpu->v[u->a].h[u->c])
STORE_BY(la_mem_store_elem, xvstelm_w, LA_NEED_LASX(), EA_ELEM, 32, cpu->v[u->a].w[u->c])
STORE_BY(la_mem_store_elem, xvstelm_d, LA_NEED_LASX(), EA_ELEM, 64, cpu->v[u->a].d[u->c])
