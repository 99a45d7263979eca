/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/diff/value.c - initial registers and memory: many special numbers, and numbers
 * that have to do with each other.
 *
 * Vector register n holds doubles, singles, integers or halves as n % 4 says, in all lanes,
 * so that programs can give instructions what they are made for.
 */
#include <string.h>

#include "diff.h"

uint64_t dt_random(struct dt_rng *rng)
{
	uint64_t z = rng->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

char dt_flavour_of_register(unsigned int reg)
{
	return "dsih"[reg % 4];
}

struct format {
	unsigned int exp_bits, frac_bits;
};

/* A fraction: random, short, almost all ones, or halfway between two of a shorter format. */
static uint64_t fraction(struct dt_rng *rng, unsigned int bits)
{
	const uint64_t mask = (UINT64_C(1) << bits) - 1, r = dt_random(rng);
	const unsigned int cut = 1 + dt_below(rng, bits);
	const uint64_t half = UINT64_C(1) << (cut - 1);

	switch (dt_below(rng, 8)) {
	case 0:
		return 0;
	case 1:
		return mask - (r & 3);
	case 2:
		return r & 3;
	case 3:			/* few digits: exact sums and products */
		return r & mask & ~((UINT64_C(1) << cut) - 1);
	case 4:			/* a tie where @cut digits are cut off */
		return (r & mask & ~(2 * half - 1)) | half;
	case 5:			/* just beside it */
		return (((r & mask & ~(2 * half - 1)) | half) + (r >> 63 ? 1 : mask)) & mask;
	default:
		return r & mask;
	}
}

/* A number of one of the kinds that arithmetic treats differently. */
static uint64_t special(struct dt_rng *rng, struct format f, uint64_t near_exp)
{
	const uint64_t exp_max = (UINT64_C(1) << f.exp_bits) - 1, bias = exp_max >> 1;
	const uint64_t sign = dt_random(rng) >> 63 << (f.exp_bits + f.frac_bits);
	const uint64_t r = dt_random(rng);
	uint64_t frac = fraction(rng, f.frac_bits), exp;

	switch (dt_below(rng, 20)) {
	case 0:			/* zero */
		return sign;
	case 1:			/* infinity */
		return sign | exp_max << f.frac_bits;
	case 2:			/* NaN, quiet or signalling as it comes; never infinity */
		return sign | exp_max << f.frac_bits | frac | 1;
	case 3:
		return sign | exp_max << f.frac_bits | (UINT64_C(1) << (f.frac_bits - 1)) | frac;
	case 4: case 5:		/* subnormal */
		return sign | frac >> (r % f.frac_bits);
	case 6:			/* smallest normal ones */
		exp = 1 + r % 3;
		break;
	case 7:			/* largest */
		exp = exp_max - 1 - r % 3;
		break;
	case 8:			/* whose product or square root ends near the limits */
		exp = bias / 2 + r % 5;
		break;
	case 9:
		exp = bias + bias / 2 + r % 5;
		break;
	case 10: case 11:	/* integers and their halves, to the largest and beyond */
		exp = bias - 2 + r % 68;
		break;
	case 12:		/* near the limits of 32 and 64 bits */
		exp = bias + (r & 1 ? 30 : 62) + (r >> 1 & 3);
		break;
	case 13:		/* any */
		exp = r % exp_max;
		break;
	default:		/* near the others of this register set */
		exp = near_exp - f.frac_bits - 2 + r % (2 * f.frac_bits + 5);
		if (r >> 60 < 8)
			exp = near_exp - 2 + r % 4;
		break;
	}
	if (exp >= exp_max)
		exp = bias + r % 4;
	return sign | exp << f.frac_bits | frac;
}

static uint64_t integer(struct dt_rng *rng)
{
	static const uint8_t edge[8] = { 0, 1, 0x7f, 0x80, 0xff, 0xfe, 0x81, 0x40 };
	const uint64_t r = dt_random(rng);
	uint64_t v = 0;

	switch (dt_below(rng, 8)) {
	case 0:
		for (unsigned int i = 0; i < 8; i++)
			v |= (uint64_t)edge[r >> 3 * i & 7] << 8 * i;
		return v;
	case 1:			/* few bits: zero elements of every size */
		return r & dt_random(rng) & dt_random(rng) & dt_random(rng);
	case 2:			/* sign extended from anywhere */
		return (uint64_t)((int64_t)r >> (dt_random(rng) & 63));
	case 3:			/* limits of words and doublewords */
		v = r & 1 ? UINT64_C(0x8000000000000000) : UINT64_C(0x7fffffff80000000);
		v = r & 2 ? ~v : v;
		return r & 4 ? v + 1 - (r >> 2 & 2) : v;
	case 4:			/* small: shift counts, indices */
		return r & UINT64_C(0x3f3f1f3f071f3f7f);
	case 5:			/* limits of 32 bits, sign extended */
		v = (uint64_t)(int64_t)(int32_t)(0x80000000u - (r & 3) + (r >> 2 & 3));
		return v;
	default:
		return r;
	}
}

static uint64_t lane(struct dt_rng *rng, char flavour, uint64_t near_exp)
{
	static const struct format half = { 5, 10 }, single = { 8, 23 }, dbl = { 11, 52 };
	uint64_t v = 0;

	switch (flavour) {
	case 'd':
		return special(rng, dbl, 1023 + near_exp);
	case 's':
		return special(rng, single, 127 + near_exp) |
		       special(rng, single, 127 + near_exp) << 32;
	case 'h':
		for (unsigned int i = 0; i < 4; i++)
			v |= special(rng, half, 15 + near_exp % 8) << 16 * i;
		return v;
	default:
		return integer(rng);
	}
}

void dt_input_make(struct dt_input *in, struct dt_rng *rng, uint32_t enables)
{
	const uint64_t near_exp = dt_below(rng, 40);
	struct dt_state *s = &in->state;
	const uint64_t r = dt_random(rng);

	memset(in, 0, sizeof(*in));
	for (unsigned int i = 1; i < 32; i++)
		s->gpr[i] = integer(rng);
	for (unsigned int i = 0; i < 32; i++) {
		for (unsigned int j = 0; j < 4; j++)
			s->v[i][j] = lane(rng, dt_flavour_of_register(i), near_exp);
	}
	/* Equal ones, negated ones, one off: comparisons, cancellation. */
	for (unsigned int n = 0; n < 6; n++) {
		const unsigned int to = dt_below(rng, 32), from = (to + 4 * dt_below(rng, 8)) % 32;
		const uint64_t flip = to % 4 == 0 ? UINT64_C(1) << 63 :
				      to % 4 == 1 ? UINT64_C(0x8000000080000000) : 1;

		for (unsigned int j = 0; j < 4; j++)
			s->v[to][j] = (s->v[from][j] ^ (n & 1 ? flip : 0)) + (n > 3);
		if (to && from)
			s->gpr[to] = s->gpr[from] + (n > 3);
	}
	for (unsigned int i = 0; i < 8; i++)
		s->fcc[i] = r >> (32 + i) & 1;
	s->fcsr = (uint32_t)r & (0x1f1f0300u | (r >> 60 < 12 ? enables : 0));
	for (unsigned int i = 0; i < DT_SANDBOX_BYTES / 8; i++) {
		const uint64_t v = lane(rng, "dsih"[dt_below(rng, 4)], near_exp);

		memcpy(in->sandbox + 8 * i, &v, 8);
	}
}
