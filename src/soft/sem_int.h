/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/sem_int.h - what the integer instructions compute: arithmetic, logic, shifts, bit
 * fields, multiply and divide; private to src/soft.
 *
 * Each is one inline function sem_NAME(cpu, uop), used by the plain handler and by the
 * fused ones.  Source: vol. 1, 2.2.1 to 2.2.4.  A 32-bit result is
 * sign-extended into the register.
 */
#ifndef LVZ_SOFT_SEM_INT_H
#define LVZ_SOFT_SEM_INT_H

#include "soft/pc.h"

#define RD cpu->gpr[u->a]
#define RJ cpu->gpr[u->b]
#define RK cpu->gpr[u->c]
#define IMM ((int64_t)u->imm)
#define UIMM ((uint64_t)(uint32_t)u->imm)
#define SEXT32(v) ((uint64_t)(int64_t)(int32_t)(uint32_t)(v))

/* One line per instruction: the new value of rd. */
#define OP_RD(name, expr) \
	static inline void sem_##name(struct la_cpu *cpu, const struct la_uop *u) \
	{ \
		RD = (uint64_t)(expr); \
	}

OP_RD(add_w, SEXT32(RJ + RK))
OP_RD(add_d, RJ + RK)
OP_RD(sub_w, SEXT32(RJ - RK))
OP_RD(sub_d, RJ - RK)
OP_RD(addi_w, SEXT32(RJ + (uint64_t)IMM))
OP_RD(addi_d, RJ + (uint64_t)IMM)
OP_RD(addu16i_d, RJ + ((uint64_t)IMM << 16))
OP_RD(alsl_w, SEXT32((RJ << u->d) + RK))
OP_RD(alsl_wu, (uint32_t)((RJ << u->d) + RK))
OP_RD(alsl_d, (RJ << u->d) + RK)
OP_RD(slt, (int64_t)RJ < (int64_t)RK)
OP_RD(sltu, RJ < RK)
OP_RD(slti, (int64_t)RJ < IMM)
OP_RD(sltui, RJ < (uint64_t)IMM)
OP_RD(maskeqz, RK ? RJ : 0)
OP_RD(masknez, RK ? 0 : RJ)
OP_RD(and, RJ & RK)
OP_RD(or, RJ | RK)
OP_RD(nor, ~(RJ | RK))
OP_RD(xor, RJ ^ RK)
OP_RD(andn, RJ & ~RK)
OP_RD(orn, RJ | ~RK)
OP_RD(andi, RJ & UIMM)
OP_RD(ori, RJ | UIMM)
OP_RD(xori, RJ ^ UIMM)
OP_RD(lu12i_w, SEXT32((uint32_t)u->imm << 12))
OP_RD(lu52i_d, (RJ & mask64(52)) | (uint64_t)IMM << 52)

/* rd is also a source here, and stays r0 when it is r0. */
static inline void sem_lu32i_d(struct la_cpu *cpu, const struct la_uop *u)
{
	RD = (RD & 0xffffffffu) | (uint64_t)IMM << 32;
	cpu->gpr[0] = 0;
}

OP_RD(pcaddi, LA_ADDR_RESULT(la_pc_of(cpu, u) + ((uint64_t)IMM << 2)))
OP_RD(pcaddu12i, LA_ADDR_RESULT(la_pc_of(cpu, u) + ((uint64_t)IMM << 12)))
OP_RD(pcaddu18i, LA_ADDR_RESULT(la_pc_of(cpu, u) + ((uint64_t)IMM << 18)))
OP_RD(pcalau12i, LA_ADDR_RESULT(la_pc_of(cpu, u) + ((uint64_t)IMM << 12)) & ~UINT64_C(0xfff))

/* ------------------------------------------------------------------ multiply, divide */

OP_RD(mul_w, SEXT32(RJ * RK))
OP_RD(mulh_w, SEXT32((uint64_t)((int64_t)(int32_t)RJ * (int32_t)RK) >> 32))
OP_RD(mulh_wu, SEXT32((uint64_t)(uint32_t)RJ * (uint32_t)RK >> 32))
OP_RD(mul_d, RJ * RK)
OP_RD(mulh_d, (unsigned __int128)((__int128)(int64_t)RJ * (int64_t)RK) >> 64)
OP_RD(mulh_du, (unsigned __int128)RJ * RK >> 64)
OP_RD(mulw_d_w, (int64_t)(int32_t)RJ * (int32_t)RK)
OP_RD(mulw_d_wu, (uint64_t)(uint32_t)RJ * (uint32_t)RK)

/*
 * Division by zero may give anything (vol. 1, 2.2.1.14).  We take the RISC-V convention:
 * quotient -1 (unsigned: all ones), remainder rj; and the overflow case wraps.
 */
static inline int32_t div32(int32_t j, int32_t k)
{
	if (k == 0)
		return -1;
	return k == -1 ? (int32_t)-(uint32_t)j : j / k;
}

static inline int32_t mod32(int32_t j, int32_t k)
{
	return k == 0 ? j : k == -1 ? 0 : j % k;
}

static inline int64_t div64(int64_t j, int64_t k)
{
	if (k == 0)
		return -1;
	return k == -1 ? (int64_t)-(uint64_t)j : j / k;
}

static inline int64_t mod64(int64_t j, int64_t k)
{
	return k == 0 ? j : k == -1 ? 0 : j % k;
}

OP_RD(div_w, (int64_t)div32((int32_t)RJ, (int32_t)RK))
OP_RD(mod_w, (int64_t)mod32((int32_t)RJ, (int32_t)RK))
OP_RD(div_wu, SEXT32((uint32_t)RK ? (uint32_t)RJ / (uint32_t)RK : UINT32_MAX))
OP_RD(mod_wu, SEXT32((uint32_t)RK ? (uint32_t)RJ % (uint32_t)RK : (uint32_t)RJ))
OP_RD(div_d, div64((int64_t)RJ, (int64_t)RK))
OP_RD(mod_d, mod64((int64_t)RJ, (int64_t)RK))
OP_RD(div_du, RK ? RJ / RK : UINT64_MAX)
OP_RD(mod_du, RK ? RJ % RK : RJ)

/* ------------------------------------------------------------------ shifts */

OP_RD(sll_w, SEXT32((uint32_t)RJ << (RK & 31)))
OP_RD(srl_w, SEXT32((uint32_t)RJ >> (RK & 31)))
OP_RD(sra_w, (int64_t)((int32_t)RJ >> (RK & 31)))
OP_RD(sll_d, RJ << (RK & 63))
OP_RD(srl_d, RJ >> (RK & 63))
OP_RD(sra_d, (int64_t)RJ >> (RK & 63))
OP_RD(slli_w, SEXT32((uint32_t)RJ << u->imm))
OP_RD(srli_w, SEXT32((uint32_t)RJ >> u->imm))
OP_RD(srai_w, (int64_t)((int32_t)RJ >> u->imm))
OP_RD(slli_d, RJ << u->imm)
OP_RD(srli_d, RJ >> u->imm)
OP_RD(srai_d, (int64_t)RJ >> u->imm)

static inline uint32_t ror32(uint32_t v, unsigned int n)
{
	return v >> (n & 31) | v << (-n & 31);
}

static inline uint64_t ror64(uint64_t v, unsigned int n)
{
	return v >> (n & 63) | v << (-n & 63);
}

OP_RD(rotr_w, SEXT32(ror32((uint32_t)RJ, (unsigned int)RK)))
OP_RD(rotr_d, ror64(RJ, (unsigned int)RK))
OP_RD(rotri_w, SEXT32(ror32((uint32_t)RJ, (unsigned int)u->imm)))
OP_RD(rotri_d, ror64(RJ, (unsigned int)u->imm))

/* ------------------------------------------------------------------ bits */

OP_RD(ext_w_b, (int64_t)(int8_t)RJ)
OP_RD(ext_w_h, (int64_t)(int16_t)RJ)

static inline unsigned int clz32(uint32_t v)
{
	return v ? (unsigned int)__builtin_clz(v) : 32;
}

static inline unsigned int ctz32(uint32_t v)
{
	return v ? (unsigned int)__builtin_ctz(v) : 32;
}

static inline unsigned int clz64(uint64_t v)
{
	return v ? (unsigned int)__builtin_clzll(v) : 64;
}

static inline unsigned int ctz64(uint64_t v)
{
	return v ? (unsigned int)__builtin_ctzll(v) : 64;
}

OP_RD(clo_w, clz32(~(uint32_t)RJ))
OP_RD(clz_w, clz32((uint32_t)RJ))
OP_RD(cto_w, ctz32(~(uint32_t)RJ))
OP_RD(ctz_w, ctz32((uint32_t)RJ))
OP_RD(clo_d, clz64(~RJ))
OP_RD(clz_d, clz64(RJ))
OP_RD(cto_d, ctz64(~RJ))
OP_RD(ctz_d, ctz64(RJ))

/* Bytes c of 4 (8) from the middle of rk:rj. */
OP_RD(bytepick_w, SEXT32(((uint64_t)(uint32_t)RK << 32 | (uint32_t)RJ) >> (32 - 8 * u->d)))
OP_RD(bytepick_d, u->d ? RK << (8 * u->d) | RJ >> (64 - 8 * u->d) : RK)

/* Swaps neighbours of @bits bits inside the whole of @v. */
static inline uint64_t swap_neighbours(uint64_t v, unsigned int bits, uint64_t mask)
{
	return (v & mask) << bits | (v >> bits & mask);
}

static inline uint64_t revb_2h(uint64_t v)
{
	return swap_neighbours(v, 8, UINT64_C(0x00ff00ff00ff00ff));
}

static inline uint64_t reverse_bits8(uint64_t v)
{
	v = swap_neighbours(v, 1, UINT64_C(0x5555555555555555));
	v = swap_neighbours(v, 2, UINT64_C(0x3333333333333333));
	return swap_neighbours(v, 4, UINT64_C(0x0f0f0f0f0f0f0f0f));
}

static inline uint64_t revh_2w(uint64_t v)
{
	return swap_neighbours(v, 16, UINT64_C(0x0000ffff0000ffff));
}

OP_RD(revb_2h, SEXT32(revb_2h(RJ)))
OP_RD(revb_4h, revb_2h(RJ))
OP_RD(revb_2w, (uint64_t)__builtin_bswap32((uint32_t)(RJ >> 32)) << 32 |
	       __builtin_bswap32((uint32_t)RJ))
OP_RD(revb_d, __builtin_bswap64(RJ))
OP_RD(revh_2w, revh_2w(RJ))
OP_RD(revh_d, ror64(revh_2w(RJ), 32))
OP_RD(bitrev_4b, SEXT32(reverse_bits8(RJ)))
OP_RD(bitrev_8b, reverse_bits8(RJ))
OP_RD(bitrev_w, SEXT32(__builtin_bswap32((uint32_t)reverse_bits8(RJ))))
OP_RD(bitrev_d, __builtin_bswap64(reverse_bits8(RJ)))

OP_RD(bstrpick_w, SEXT32(bits64((uint32_t)RJ, u->c, u->d)))
OP_RD(bstrpick_d, bits64(RJ, u->c, u->d))

static inline void sem_bstrins_w(struct la_cpu *cpu, const struct la_uop *u)
{
	RD = SEXT32(bits64_set(RD, u->c, u->d, RJ));
	cpu->gpr[0] = 0;
}

static inline void sem_bstrins_d(struct la_cpu *cpu, const struct la_uop *u)
{
	RD = bits64_set(RD, u->c, u->d, RJ);
	cpu->gpr[0] = 0;
}

#undef OP_RD

#endif
