/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/vec_bits.c - LSX/LASX logic, single bits, bit counts, comparisons of integers, and the
 * instructions that reduce a register to a mask, an index or a condition flag.
 */
#include "soft/vec.h"

VEC_JK(and_v, d, x & y)
VEC_JK(or_v, d, x | y)
VEC_JK(xor_v, d, x ^ y)
VEC_JK(nor_v, d, ~(x | y))
VEC_JK(andn_v, d, ~x & y)
VEC_JK(orn_v, d, x | ~y)
VEC_JI(andi_b, b, x & imm)
VEC_JI(ori_b, b, x | imm)
VEC_JI(xori_b, b, x ^ imm)
VEC_JI(nori_b, b, ~(x | imm))

VEC_BODY(bitsel_v)
{
	union vec j, k, a, r;

	vec_get(&j, cpu, u->b, n);
	vec_get(&k, cpu, u->c, n);
	vec_get(&a, cpu, u->d, n);
	for (unsigned int i = 0; i < VEC_COUNT(n, d); i++)
		r.d[i] = (~a.d[i] & j.d[i]) | (a.d[i] & k.d[i]);
	vec_put(cpu, u->a, &r, n);
}
VEC_INSN(bitsel_v)

/* Selects by the old vd. */
VEC_BODY(bitseli_b)
{
	const uint8_t imm = (uint8_t)u->imm;
	union vec d, j, r;

	vec_get(&d, cpu, u->a, n);
	vec_get(&j, cpu, u->b, n);
	for (unsigned int i = 0; i < n; i++)
		r.b[i] = (uint8_t)((~d.b[i] & j.b[i]) | (d.b[i] & imm));
	vec_put(cpu, u->a, &r, n);
}
VEC_INSN(bitseli_b)

#define VEC_BIT(v) ((U)((U)1 << ((v) & (VEC_BITS - 1))))
VEC_EACH(VEC_JK, bitclr, x & ~VEC_BIT(y))
VEC_EACH(VEC_JK, bitset, x | VEC_BIT(y))
VEC_EACH(VEC_JK, bitrev, x ^ VEC_BIT(y))
VEC_EACH(VEC_JI, bitclri, x & ~VEC_BIT(imm))
VEC_EACH(VEC_JI, bitseti, x | VEC_BIT(imm))
VEC_EACH(VEC_JI, bitrevi, x ^ VEC_BIT(imm))

/* Leading zeros of the low @bits bits of @v, all of which may be zero. */
static inline unsigned int vec_clz(uint64_t v, unsigned int bits)
{
	return v ? (unsigned int)__builtin_clzll(v) - (64 - bits) : bits;
}

VEC_EACH(VEC_J, clz, vec_clz(x, VEC_BITS))
VEC_EACH(VEC_J, clo, vec_clz((U)~x, VEC_BITS))

/* Bits counted in pairs, fours and bytes; the product adds up the bytes of the element. */
#define VEC_ONES(byte) ((U)((U)-1 / 255 * (byte)))
#define VEC_POP2(v) ((U)((v) - ((v) >> 1 & VEC_ONES(0x55))))
#define VEC_POP4(v) ((U)(((v) & VEC_ONES(0x33)) + ((v) >> 2 & VEC_ONES(0x33))))
#define VEC_POP8(v) ((U)(((v) + ((v) >> 4)) & VEC_ONES(0x0f)))
VEC_EACH(VEC_J, pcnt,
	 (U)(1u * VEC_POP8(VEC_POP4(VEC_POP2(x))) * VEC_ONES(1)) >> (VEC_BITS - 8))

VEC_EACH(VEC_JK, seq, -(x == y))
VEC_EACH(VEC_JK, sle, -(sx <= sy))
VEC_EACH_U(VEC_JK, sle, -(x <= y))
VEC_EACH(VEC_JK, slt, -(sx < sy))
VEC_EACH_U(VEC_JK, slt, -(x < y))
VEC_EACH(VEC_JI, seqi, -(sx == (S)imm))
VEC_EACH(VEC_JI, slei, -(sx <= (S)imm))
VEC_EACH_U(VEC_JI, slei, -(x <= (U)imm))
VEC_EACH(VEC_JI, slti, -(sx < (S)imm))
VEC_EACH_U(VEC_JI, slti, -(x < (U)imm))

/*
 * One bit per element of a lane, at the lane's low end; the rest of the lane is zero.
 * @gather is the sum of 2^(64 - k + e - e * width) over the k elements e of a doubleword: as
 * a factor it brings bit 0 of each element to the top k bits, in order, without carries.
 */
#define VEC_MASK(op, m, gather, cond) \
	VEC_BODY(op) \
	{ \
		const unsigned int k = VEC_PER_LANE(m) / 2; \
		union vec j, r; \
		\
		vec_get(&j, cpu, u->b, n); \
		for (unsigned int i = 0; i < VEC_COUNT(n, m); i++) { \
			const __typeof__(j.s##m[0]) x = j.s##m[i]; \
			\
			r.m[i] = (cond); \
		} \
		for (unsigned int i = 0; i < VEC_COUNT(n, d); i += 2) { \
			cpu->v[u->a].d[i] = (r.d[i] * (gather)) >> (64 - k) | \
					    (r.d[i + 1] * (gather)) >> (64 - k) << k; \
			cpu->v[u->a].d[i + 1] = 0; \
		} \
	} \
	VEC_INSN(op)

VEC_MASK(mskltz_b, b, UINT64_C(0x0102040810204080), x < 0)
VEC_MASK(mskltz_h, h, UINT64_C(0x1000200040008000), x < 0)
VEC_MASK(mskltz_w, w, UINT64_C(0x4000000080000000), x < 0)
VEC_MASK(mskltz_d, d, UINT64_C(0x8000000000000000), x < 0)
VEC_MASK(mskgez_b, b, UINT64_C(0x0102040810204080), x >= 0)
VEC_MASK(msknz_b, b, UINT64_C(0x0102040810204080), x != 0)

/*
 * Index of the first negative element of each lane of vj, or their number if there is none,
 * put into element @where of the lane of vd.
 */
#define VEC_FRSTP(op, m, where) \
	VEC_BODY(op) \
	{ \
		const unsigned int per = VEC_PER_LANE(m); \
		union vec j, k VEC_UNUSED, r; \
		\
		vec_get(&r, cpu, u->a, n); \
		vec_get(&j, cpu, u->b, n); \
		for (unsigned int l = 0; l < n / VEC_LANE_BYTES; l++) { \
			unsigned int i = 0; \
			\
			while (i < per && j.s##m[l * per + i] >= 0) \
				i++; \
			r.m[l * per + (where) % per] = (__typeof__(r.m[0]))i; \
		} \
		vec_put(cpu, u->a, &r, n); \
	} \
	VEC_INSN(op)

#define VEC_K(m) (vec_get(&k, cpu, u->c, n), k.m[l * per])
VEC_FRSTP(frstp_b, b, VEC_K(b))
VEC_FRSTP(frstp_h, h, VEC_K(h))
VEC_FRSTP(frstpi_b, b, (unsigned int)u->imm)
VEC_FRSTP(frstpi_h, h, (unsigned int)u->imm)

/* Condition flags, over the whole register. */
static VEC_INLINE bool vec_is_zero(const union vec *v, unsigned int n)
{
	uint64_t any = 0;

	for (unsigned int i = 0; i < VEC_COUNT(n, d); i++)
		any |= v->d[i];
	return !any;
}

VEC_BODY(seteqz_v)
{
	union vec j;

	vec_get(&j, cpu, u->b, n);
	cpu->fcc[u->a] = vec_is_zero(&j, n);
}
VEC_INSN(seteqz_v)

VEC_BODY(setnez_v)
{
	union vec j;

	vec_get(&j, cpu, u->b, n);
	cpu->fcc[u->a] = !vec_is_zero(&j, n);
}
VEC_INSN(setnez_v)

/* Sets the flag if there are no zero elements (@none) or if there are some. */
#define VEC_SETZ(op, m, none) \
	VEC_BODY(op##_##m) \
	{ \
		union vec j, r; \
		\
		vec_get(&j, cpu, u->b, n); \
		for (unsigned int i = 0; i < VEC_COUNT(n, m); i++) \
			r.m[i] = j.m[i] == 0; \
		cpu->fcc[u->a] = vec_is_zero(&r, n) == (none); \
	} \
	VEC_INSN(op##_##m)

#define VEC_EACH_SETZ(op, none) \
	VEC_SETZ(op, b, none) VEC_SETZ(op, h, none) \
	VEC_SETZ(op, w, none) VEC_SETZ(op, d, none)
VEC_EACH_SETZ(setanyeqz, false)
VEC_EACH_SETZ(setallnez, true)
