/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/isa/vecdiff.h - what the two sides of the vector comparison share: the registers an
 * instruction can see, and the inputs, which both sides draw from the same generator.
 */
#ifndef LVZ_TESTS_VECDIFF_H
#define LVZ_TESTS_VECDIFF_H

#include <stdint.h>
#include <string.h>

#define VD_NVREGS 8		/* v0..v7 */
#define VD_NGPRS  4		/* r12..r15 */
#define VD_GPR0   12
#define VD_NFCCS  8

struct vd_state {
	uint64_t v[VD_NVREGS][4];
	uint64_t gpr[VD_NGPRS];
	uint8_t fcc[VD_NFCCS];
	uint32_t fcsr;
	uint32_t pad;
};

static inline uint64_t vd_random(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* A single, double or half that arithmetic treats specially, or a tame number. */
static inline uint64_t vd_float(uint64_t *seed, unsigned int exp_bits, unsigned int frac_bits)
{
	const uint64_t r = vd_random(seed);
	const uint64_t frac_mask = (UINT64_C(1) << frac_bits) - 1;
	const uint64_t exp_max = (UINT64_C(1) << exp_bits) - 1;
	const uint64_t more = vd_random(seed);
	uint64_t exp = exp_max >> 1, frac = r >> 8 & frac_mask;

	switch (r & 15) {
	case 0: exp = 0; frac = 0; break;
	case 1: exp = 0; break;
	case 2: exp = 0; frac &= 7; break;
	case 3: exp = exp_max; frac = 0; break;
	case 4: exp = exp_max; break;
	case 5: exp = exp_max; frac &= frac_mask >> 1; break;
	case 6: exp = exp_max - 1; break;
	case 7: exp = 1; break;
	case 8: frac = 0; break;
	case 9: exp += more % (frac_bits + 2); break;
	case 10: exp += more % (frac_bits + 2); frac &= frac_mask << frac_bits / 2; break;
	case 11: exp += more % 4; frac &= frac_mask << (frac_bits - 2); break;
	case 12: exp = more % exp_max; frac = 0; break;
	case 13: exp = exp - 2 + more % 4; frac = frac_mask - (frac & 3); break;
	default: exp = more % exp_max; break;
	}
	return (r >> 7 & 1) << (exp_bits + frac_bits) | (exp & exp_max) << frac_bits |
	       (frac & frac_mask);
}

/* A doubleword of one of several kinds, made of elements of that kind. */
static inline uint64_t vd_dword(uint64_t *seed, unsigned int kind)
{
	static const uint8_t edge[8] = { 0, 1, 0x7f, 0x80, 0xff, 0xfe, 0x81, 0x40 };
	uint64_t r = vd_random(seed), v = 0;

	switch (kind) {
	case 0:
		return r;
	case 1:
		for (unsigned int i = 0; i < 8; i++)
			v |= (uint64_t)edge[r >> 3 * i & 7] << 8 * i;
		return v;
	case 2:
		return vd_float(seed, 8, 23) | vd_float(seed, 8, 23) << 32;
	case 3:
		return vd_float(seed, 11, 52);
	case 4:
		for (unsigned int i = 0; i < 4; i++)
			v |= vd_float(seed, 5, 10) << 16 * i;
		return v;
	case 5:		/* few bits: zero elements of every size, small numbers */
		return r & vd_random(seed) & vd_random(seed) & vd_random(seed);
	case 6:		/* sign extended from anywhere */
		return (uint64_t)((int64_t)r >> (vd_random(seed) & 63));
	default:	/* extremes of words and doublewords */
		v = r & 1 ? UINT64_C(0x8000000000000000) : UINT64_C(0x7fffffff80000000);
		return r & 2 ? ~v : r & 4 ? v + 1 : v;
	}
}

/* Fills @s with inputs; the same @seed gives the same inputs on both sides. */
static inline void vd_fill(struct vd_state *s, uint64_t seed)
{
	memset(s, 0, sizeof(*s));
	/* Mostly all registers are of one kind, so that operands have to do with each other. */
	const uint64_t mix = vd_random(&seed);

	for (unsigned int i = 0; i < VD_NVREGS; i++) {
		const unsigned int kind = mix & 3 ? mix >> 8 & 7 : vd_random(&seed) & 7;

		for (unsigned int j = 0; j < 4; j++)
			s->v[i][j] = vd_dword(&seed, kind);
	}
	if (mix >> 2 & 1)	/* equal elements, for comparisons */
		memcpy(s->v[mix >> 16 & 7], s->v[mix >> 20 & 7], 16);
	for (unsigned int i = 0; i < VD_NGPRS; i++)
		s->gpr[i] = vd_dword(&seed, i);
	for (unsigned int i = 0; i < VD_NFCCS; i++)
		s->fcc[i] = mix >> (24 + i) & 1;
	/* Any rounding mode, Flags and Cause; no Enables. */
	s->fcsr = (uint32_t)(mix >> 32) & 0x1f1f0300u;
}

/* The seed of input set @set of word number @word. */
static inline uint64_t vd_seed(uint64_t base, uint64_t word, unsigned int set)
{
	return base * 0x10001 + word * 64 + set;
}

#endif
