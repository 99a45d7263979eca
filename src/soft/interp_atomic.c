/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/interp_atomic.c - LL/SC, AM*, AMCAS and SC.Q.  Source: vol. 1, 2.2.7.
 *
 * SC compares the value that LL saw and exchanges atomically; a store of the same value
 * in between goes unnoticed, which code that compares and combines the loaded value
 * cannot tell.  All forms are full barriers here, with and without _db.
 * Outside RAM there is no atomicity to be had: the access is a load and a store.
 */
#include "soft/access.h"
#include "soft/interp.h"
#include "soft/stress.h"

#define RD cpu->gpr[u->a]
#define RJ cpu->gpr[u->b]
#define RK cpu->gpr[u->c]
/* All but LL and SC have no offset. */
#define ADDR LA_ADDR(RJ)
#define SEXT(bits, v) ((uint64_t)(int64_t)(int##bits##_t)(v))

/* ------------------------------------------------------------------ LL/SC */

/* The doubleword that sc.q stores together with the one at @p. */
static uint64_t *other_half(void *p)
{
	return (uint64_t *)((uintptr_t)p ^ 8);
}

static void load_linked(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
			unsigned int size)
{
	void *p = la_mem_atomic(cpu, u, va, size, LA_ACC_LOAD);
	uint64_t v;

	if (p) {
		v = size == 4 ? __atomic_load_n((uint32_t *)p, __ATOMIC_ACQUIRE)
			      : __atomic_load_n((uint64_t *)p, __ATOMIC_ACQUIRE);
		cpu->ll_host = p;
		cpu->ll_val = v;
		if (size == 8)
			cpu->ll_other = __atomic_load_n(other_half(p), __ATOMIC_ACQUIRE);
		cpu->llbit = true;
		if (unlikely(cpu->stress))
			la_stress_link(cpu);
	} else {
		v = la_mem_load_plain(cpu, u, va, size);
		cpu->llbit = false;
	}
	RD = size == 4 ? SEXT(32, v) : v;
}

static bool store_conditional(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
			      unsigned int size, uint64_t val)
{
	void *p = la_mem_atomic(cpu, u, va, size, LA_ACC_STORE);
	bool is_done = false;

	if (p && cpu->llbit && p == cpu->ll_host) {
		if (size == 4) {
			uint32_t old = (uint32_t)cpu->ll_val;

			is_done = __atomic_compare_exchange_n((uint32_t *)p, &old, (uint32_t)val,
							      false, __ATOMIC_SEQ_CST,
							      __ATOMIC_SEQ_CST);
		} else {
			uint64_t old = cpu->ll_val;

			is_done = __atomic_compare_exchange_n((uint64_t *)p, &old, val, false,
							      __ATOMIC_SEQ_CST,
							      __ATOMIC_SEQ_CST);
		}
		if (is_done)
			la_mem_atomic_done(cpu, p, size);
	}
	cpu->llbit = false;
	return is_done;
}

#define LL(name, ea, size) \
	LA_OP(name) \
	{ \
		load_linked(cpu, u, ea, size); \
		LA_NEXT(); \
	}
#define SC(name, ea, size) \
	LA_OP(name) \
	{ \
		RD = store_conditional(cpu, u, ea, size, RD); \
		cpu->gpr[0] = 0; \
		LA_NEXT(); \
	}
#define EA LA_ADDR(RJ + (uint64_t)(int64_t)u->imm)

LL(ll_w, EA, 4)
LL(ll_d, EA, 8)
LL(llacq_w, ADDR, 4)
LL(llacq_d, ADDR, 8)
SC(sc_w, EA, 4)
SC(sc_d, EA, 8)
SC(screl_w, ADDR, 4)
SC(screl_d, ADDR, 8)

/*
 * sc.q rd, rk, rj: stores rk:rd when both doublewords are as LL.D found them.  LL.D may have
 * named either; the program reads the other one itself, after it.
 */
static bool store_conditional_quad(struct la_cpu *cpu, const struct la_uop *u)
{
	uint64_t *p = la_mem_atomic(cpu, u, ADDR, 16, LA_ACC_STORE);
	bool is_done = false;

	if (p && cpu->llbit && (cpu->ll_host == p || cpu->ll_host == p + 1)) {
		bool is_low = cpu->ll_host == p;
		const uint64_t old[2] = {
			is_low ? cpu->ll_val : cpu->ll_other,
			is_low ? cpu->ll_other : cpu->ll_val,
		};
		const uint64_t new[2] = { RD, RK };

		is_done = la_host_cas128(p, old, new);
		if (is_done)
			la_mem_atomic_done(cpu, p, 16);
	}
	cpu->llbit = false;
	return is_done;
}

LA_OP(sc_q)
{
	RD = store_conditional_quad(cpu, u);
	cpu->gpr[0] = 0;
	LA_NEXT();
}

/* ------------------------------------------------------------------ AM* */

#define NEW_swap(old, k) (k)
#define NEW_add(old, k) ((old) + (k))
#define NEW_and(old, k) ((old) & (k))
#define NEW_or(old, k) ((old) | (k))
#define NEW_xor(old, k) ((old) ^ (k))
#define NEW_max(old, k) ((old) > (k) ? (old) : (k))
#define NEW_min(old, k) ((old) < (k) ? (old) : (k))

/* The old value of the @type at rj, replaced by @new of it and rk. */
#define AM_BODY(name, op, type, bits) \
	static uint64_t am_##name(struct la_cpu *cpu, const struct la_uop *u) \
	{ \
		type *p = la_mem_atomic(cpu, u, ADDR, sizeof(type), LA_ACC_UPDATE); \
		type k = (type)RK, old; \
		if (unlikely(!p)) { \
			old = (type)la_mem_load_plain(cpu, u, ADDR, sizeof(type)); \
			la_mem_store_plain(cpu, u, ADDR, sizeof(type), (uint64_t)(type)NEW_##op(old, k)); \
			return SEXT(bits, old); \
		} \
		old = __atomic_load_n(p, __ATOMIC_RELAXED); \
		while (!__atomic_compare_exchange_n(p, &old, (type)NEW_##op(old, k), false, \
						    __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) \
			; \
		la_mem_atomic_done(cpu, p, sizeof(type)); \
		return SEXT(bits, old); \
	}

/* The same where the host has one instruction for it. */
#define AM_BODY_BUILTIN(name, builtin, type, bits) \
	static uint64_t am_##name(struct la_cpu *cpu, const struct la_uop *u) \
	{ \
		type *p = la_mem_atomic(cpu, u, ADDR, sizeof(type), LA_ACC_UPDATE); \
		type k = (type)RK, old; \
		if (unlikely(!p)) { \
			old = (type)la_mem_load_plain(cpu, u, ADDR, sizeof(type)); \
			la_mem_store_plain(cpu, u, ADDR, sizeof(type), (uint64_t)(type)builtin##_VALUE); \
			return SEXT(bits, old); \
		} \
		old = builtin(p, k, __ATOMIC_SEQ_CST); \
		la_mem_atomic_done(cpu, p, sizeof(type)); \
		return SEXT(bits, old); \
	}
#define __atomic_exchange_n_VALUE k
#define __atomic_fetch_add_VALUE (old + k)

/*
 * rd = rj (not r0) has no meaning, and rd = rk (not r0) is undefined in the manual; both
 * raise INE, as QEMU has it.
 */
#define AM(insn, body) \
	LA_OP(insn) \
	{ \
		if (unlikely(u->a != LA_GPR_SINK && (u->a == u->b || u->a == u->c))) \
			la_raise(cpu, u, LA_EXC_INE); \
		RD = am_##body(cpu, u); \
		LA_NEXT(); \
	}
#define AM_WITH_DB(stem, suffix) \
	AM(stem##_##suffix, stem##_##suffix) \
	AM(stem##_db_##suffix, stem##_##suffix)

AM_BODY_BUILTIN(amswap_b, __atomic_exchange_n, uint8_t, 8)
AM_BODY_BUILTIN(amswap_h, __atomic_exchange_n, uint16_t, 16)
AM_BODY_BUILTIN(amswap_w, __atomic_exchange_n, uint32_t, 32)
AM_BODY_BUILTIN(amswap_d, __atomic_exchange_n, uint64_t, 64)
AM_BODY_BUILTIN(amadd_b, __atomic_fetch_add, uint8_t, 8)
AM_BODY_BUILTIN(amadd_h, __atomic_fetch_add, uint16_t, 16)
AM_BODY_BUILTIN(amadd_w, __atomic_fetch_add, uint32_t, 32)
AM_BODY_BUILTIN(amadd_d, __atomic_fetch_add, uint64_t, 64)
AM_BODY(amand_w, and, uint32_t, 32)
AM_BODY(amand_d, and, uint64_t, 64)
AM_BODY(amor_w, or, uint32_t, 32)
AM_BODY(amor_d, or, uint64_t, 64)
AM_BODY(amxor_w, xor, uint32_t, 32)
AM_BODY(amxor_d, xor, uint64_t, 64)
AM_BODY(ammax_w, max, int32_t, 32)
AM_BODY(ammax_d, max, int64_t, 64)
AM_BODY(ammin_w, min, int32_t, 32)
AM_BODY(ammin_d, min, int64_t, 64)
AM_BODY(ammax_wu, max, uint32_t, 32)
AM_BODY(ammax_du, max, uint64_t, 64)
AM_BODY(ammin_wu, min, uint32_t, 32)
AM_BODY(ammin_du, min, uint64_t, 64)

AM_WITH_DB(amswap, b)
AM_WITH_DB(amswap, h)
AM_WITH_DB(amswap, w)
AM_WITH_DB(amswap, d)
AM_WITH_DB(amadd, b)
AM_WITH_DB(amadd, h)
AM_WITH_DB(amadd, w)
AM_WITH_DB(amadd, d)
AM_WITH_DB(amand, w)
AM_WITH_DB(amand, d)
AM_WITH_DB(amor, w)
AM_WITH_DB(amor, d)
AM_WITH_DB(amxor, w)
AM_WITH_DB(amxor, d)
AM_WITH_DB(ammax, w)
AM_WITH_DB(ammax, d)
AM_WITH_DB(ammin, w)
AM_WITH_DB(ammin, d)
AM_WITH_DB(ammax, wu)
AM_WITH_DB(ammax, du)
AM_WITH_DB(ammin, wu)
AM_WITH_DB(ammin, du)

/* ------------------------------------------------------------------ AMCAS */

/* rd: compared and replaced by the old value; rk: the new one. */
#define AMCAS_BODY(suffix, type, bits) \
	static uint64_t amcas_##suffix(struct la_cpu *cpu, const struct la_uop *u) \
	{ \
		type *p = la_mem_atomic(cpu, u, ADDR, sizeof(type), LA_ACC_UPDATE); \
		type old = (type)RD; \
		if (unlikely(!p)) { \
			type now = (type)la_mem_load_plain(cpu, u, ADDR, sizeof(type)); \
			if (now == old) \
				la_mem_store_plain(cpu, u, ADDR, sizeof(type), RK); \
			return SEXT(bits, now); \
		} \
		if (__atomic_compare_exchange_n(p, &old, (type)RK, false, __ATOMIC_SEQ_CST, \
						__ATOMIC_SEQ_CST)) \
			la_mem_atomic_done(cpu, p, sizeof(type)); \
		return SEXT(bits, old); \
	}
#define AMCAS(insn, suffix) \
	LA_OP(insn) \
	{ \
		RD = amcas_##suffix(cpu, u); \
		cpu->gpr[0] = 0; \
		LA_NEXT(); \
	}

AMCAS_BODY(b, uint8_t, 8)
AMCAS_BODY(h, uint16_t, 16)
AMCAS_BODY(w, uint32_t, 32)
AMCAS_BODY(d, uint64_t, 64)
AMCAS(amcas_b, b)
AMCAS(amcas_h, h)
AMCAS(amcas_w, w)
AMCAS(amcas_d, d)
AMCAS(amcas_db_b, b)
AMCAS(amcas_db_h, h)
AMCAS(amcas_db_w, w)
AMCAS(amcas_db_d, d)
