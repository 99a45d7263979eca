/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/test_vec_arith.c - LSX integer arithmetic, comparisons and shifts, against the
 * same said in plain wide numbers.
 */
#include "vec_check.h"

typedef __int128 wide;
typedef unsigned __int128 uwide;

static struct vec_harness h __attribute__((aligned(64)));

static uint64_t next_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *seed ^ *seed >> 29;
}

/* Bytes that make extremes of every element size, with a few random ones. */
static void fill(union la_vreg *v, uint64_t *seed)
{
	static const uint8_t edge[8] = { 0x00, 0xff, 0x80, 0x7f, 0x01, 0xff, 0x00, 0x55 };
	const bool is_random = next_random(seed) & 1;

	for (unsigned int i = 0; i < 32; i++) {
		const uint64_t r = next_random(seed) >> 20;

		v->b[i] = is_random ? (uint8_t)r : edge[r & 7];
	}
	if (next_random(seed) & 2)	/* whole words that repeat */
		v->w[1] = v->w[2] = v->w[0];
}

static wide element(const union la_vreg *v, unsigned int bits, bool is_signed, unsigned int i)
{
	switch (bits) {
	case 8: return is_signed ? (wide)v->sb[i] : v->b[i];
	case 16: return is_signed ? (wide)v->sh[i] : v->h[i];
	case 32: return is_signed ? (wide)v->sw[i] : v->w[i];
	default: return is_signed ? (wide)v->sd[i] : v->d[i];
	}
}

static wide clamp(wide v, wide lo, wide hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}

static wide floor_shift(wide v, unsigned int s)
{
	wide q = v / ((wide)1 << s);

	return q * ((wide)1 << s) > v ? q - 1 : q;
}

/* What an instruction computes, said in numbers: elements x of vj, y of vk, z of vd. */
enum what {
	ADD, SUB, MUL, MADD, MSUB, MULH, DIV, MOD, MAX, MIN, ABSD, ADDA, AVG, AVGR, SADD, SSUB,
	SIGNCOV, SLL, SHR, SHRR, ROTR, EQ, LE, LT,
};

static wide absolute(wide v)
{
	return v < 0 ? -v : v;
}

static wide compute(enum what what, wide x, wide y, wide z, unsigned int bits, bool is_signed)
{
	const wide lo = is_signed ? -((wide)1 << (bits - 1)) : 0;
	const wide hi = ((wide)1 << (bits - is_signed)) - 1;
	const unsigned int s = (unsigned int)(y & (bits - 1));
	const wide mask = ((wide)1 << bits) - 1;

	switch (what) {
	case ADD: return x + y;
	case SUB: return x - y;
	case MUL: return (wide)((uwide)x * (uwide)y);
	case MADD: return (wide)((uwide)z + (uwide)x * (uwide)y);
	case MSUB: return (wide)((uwide)z - (uwide)x * (uwide)y);
	case MULH: return is_signed ? floor_shift(x * y, bits) :
				      (wide)((uwide)x * (uwide)y >> bits);
	case DIV: return y ? x / y : 0;
	case MOD: return y ? x % y : 0;
	case MAX: return x > y ? x : y;
	case MIN: return x < y ? x : y;
	case ABSD: return absolute(x - y);
	case ADDA: return absolute(x) + absolute(y);
	case AVG: return floor_shift(x + y, 1);
	case AVGR: return floor_shift(x + y + 1, 1);
	case SADD: return clamp(x + y, lo, hi);
	case SSUB: return clamp(x - y, lo, hi);
	case SIGNCOV: return x < 0 ? -y : x > 0 ? y : 0;
	case SLL: return (wide)((uwide)x << s);
	case SHR: return floor_shift(x, s);
	case SHRR: return s ? floor_shift(x + ((wide)1 << (s - 1)), s) : x;
	case ROTR: return (wide)((uwide)(x & mask) >> s | (uwide)(x & mask) << (bits - s));
	case EQ: return -(x == y);
	case LE: return -(x <= y);
	default: return -(x < y);
	}
}

struct elementwise {
	unsigned int op[4];	/* for 8, 16, 32, 64 bits */
	enum what what;
	bool is_signed;
	bool has_imm;		/* y is the immediate */
	int imm_max;		/* it is -imm_max - 1 or 0 to this; -1: less than the width */
};

#define OPS(name) { LA_OP_##name##_b, LA_OP_##name##_h, LA_OP_##name##_w, LA_OP_##name##_d }
#define OPS_U(name) { LA_OP_##name##_bu, LA_OP_##name##_hu, LA_OP_##name##_wu, LA_OP_##name##_du }
#define BOTH(name, what) { OPS(v##name), what, true, false, 0 }, \
			 { OPS_U(v##name), what, false, false, 0 }
#define SIGNED(name, what) { OPS(v##name), what, true, false, 0 }
#define UNSIGNED(name, what) { OPS(v##name), what, false, false, 0 }
#define IMM_S(name, what) { OPS(v##name), what, true, true, 15 }
#define IMM_U(name, what) { OPS_U(v##name), what, false, true, 31 }
#define IMM_SHIFT(name, what, is_signed) { OPS(v##name), what, is_signed, true, -1 }

static const struct elementwise elementwise[] = {
	SIGNED(add, ADD), SIGNED(sub, SUB), SIGNED(mul, MUL), SIGNED(madd, MADD),
	SIGNED(msub, MSUB), BOTH(muh, MULH), BOTH(div, DIV), BOTH(mod, MOD), BOTH(max, MAX),
	BOTH(min, MIN), BOTH(absd, ABSD), SIGNED(adda, ADDA), BOTH(avg, AVG), BOTH(avgr, AVGR),
	BOTH(sadd, SADD), BOTH(ssub, SSUB), SIGNED(signcov, SIGNCOV), SIGNED(sll, SLL),
	UNSIGNED(srl, SHR), SIGNED(sra, SHR), UNSIGNED(srlr, SHRR), SIGNED(srar, SHRR),
	UNSIGNED(rotr, ROTR), SIGNED(seq, EQ), BOTH(sle, LE), BOTH(slt, LT),
	IMM_U(addi, ADD), IMM_U(subi, SUB), IMM_S(maxi, MAX), IMM_U(maxi, MAX),
	IMM_S(mini, MIN), IMM_U(mini, MIN), IMM_S(seqi, EQ), IMM_S(slei, LE), IMM_U(slei, LE),
	IMM_S(slti, LT), IMM_U(slti, LT), IMM_SHIFT(slli, SLL, true),
	IMM_SHIFT(srli, SHR, false), IMM_SHIFT(srai, SHR, true), IMM_SHIFT(srlri, SHRR, false),
	IMM_SHIFT(srari, SHRR, true), IMM_SHIFT(rotri, ROTR, false),
};

static int random_imm(const struct elementwise *e, unsigned int bits, uint64_t *seed)
{
	const uint64_t r = next_random(seed) >> 8;

	if (e->imm_max < 0)
		return (int)(r % bits);
	if (e->is_signed)
		return (int)(r % (2 * (unsigned int)e->imm_max + 2)) - e->imm_max - 1;
	return (int)(r % ((unsigned int)e->imm_max + 1));
}

static void check_elementwise(const struct elementwise *e, unsigned int size, uint64_t *seed)
{
	const unsigned int bits = 8u << size;
	const wide mask = ((wide)1 << bits) - 1;
	const int imm = random_imm(e, bits, seed);
	union la_vreg x, y, z;

	for (unsigned int i = 0; i < 3; i++)
		fill(&h.cpu.v[i], seed);
	z = h.cpu.v[0];
	x = h.cpu.v[1];
	y = h.cpu.v[2];
	ck_assert_int_eq(vh_exec(&h, e->has_imm ? uop_imm(e->op[size], 0, 1, imm) :
				     uop3(e->op[size], 0, 1, 2)), VH_NONE);
	for (unsigned int i = 0; i < 128 / bits; i++) {
		const wide b = e->has_imm ? imm : element(&y, bits, e->is_signed, i);
		const wide want = compute(e->what, element(&x, bits, e->is_signed, i), b,
					  element(&z, bits, e->is_signed, i), bits,
					  e->is_signed) & mask;
		const wide got = element(&h.cpu.v[0], bits, false, i);

		ck_assert_msg(want == got, "%s element %u: want %#llx, got %#llx",
			      la_insn_info[e->op[size]].name, i, (unsigned long long)want,
			      (unsigned long long)got);
	}
	ck_assert_mem_eq(&h.cpu.v[0].b[16], &z.b[16], 16);
}

START_TEST(test_elementwise)
{
	uint64_t seed = 1;

	vh_init(&h);
	for (unsigned int i = 0; i < ARRAY_SIZE(elementwise); i++)
		for (unsigned int size = 0; size < 4; size++)
			for (unsigned int n = 0; n < 200; n++)
				check_elementwise(&elementwise[i], size, &seed);
}
END_TEST

/* Widening: rows of op, element bits, which element of vj and vk (0 even, 1 odd), signs. */
START_TEST(test_widening)
{
	static const struct {
		unsigned int op;
		enum what what;
		unsigned int bits, odd_j, odd_k;
		bool signed_j, signed_k;
	} rows[] = {
		{ LA_OP_vaddwev_h_b, ADD, 8, 0, 0, true, true },
		{ LA_OP_vaddwod_w_h, ADD, 16, 1, 1, true, true },
		{ LA_OP_vaddwev_d_wu, ADD, 32, 0, 0, false, false },
		{ LA_OP_vaddwod_d_wu_w, ADD, 32, 1, 1, false, true },
		{ LA_OP_vsubwev_h_bu, SUB, 8, 0, 0, false, false },
		{ LA_OP_vsubwod_h_bu, SUB, 8, 1, 1, false, false },
		{ LA_OP_vmulwev_w_hu, MUL, 16, 0, 0, false, false },
		{ LA_OP_vmulwod_d_w, MUL, 32, 1, 1, true, true },
		{ LA_OP_vmulwev_h_bu_b, MUL, 8, 0, 0, false, true },
		{ LA_OP_vmaddwod_w_hu_h, MADD, 16, 1, 1, false, true },
		{ LA_OP_vmaddwev_d_w, MADD, 32, 0, 0, true, true },
		{ LA_OP_vhaddw_d_w, ADD, 32, 1, 0, true, true },
		{ LA_OP_vhaddw_hu_bu, ADD, 8, 1, 0, false, false },
		{ LA_OP_vhsubw_w_h, SUB, 16, 1, 0, true, true },
		{ LA_OP_vhsubw_du_wu, SUB, 32, 1, 0, false, false },
	};
	uint64_t seed = 2;

	vh_init(&h);
	for (unsigned int n = 0; n < 100 * ARRAY_SIZE(rows); n++) {
		const unsigned int r = n % ARRAY_SIZE(rows), to = 2 * rows[r].bits;
		union la_vreg x, y, z;

		for (unsigned int i = 0; i < 3; i++)
			fill(&h.cpu.v[i], &seed);
		z = h.cpu.v[0];
		x = h.cpu.v[1];
		y = h.cpu.v[2];
		vh_exec(&h, uop3(rows[r].op, 0, 1, 2));
		for (unsigned int i = 0; i < 128 / to; i++) {
			const wide a = element(&x, rows[r].bits, rows[r].signed_j,
					       2 * i + rows[r].odd_j);
			const wide b = element(&y, rows[r].bits, rows[r].signed_k,
					       2 * i + rows[r].odd_k);
			const wide want = compute(rows[r].what, a, b, element(&z, to, true, i),
						  to, true);

			ck_assert_msg((want & (((wide)1 << to) - 1)) ==
				      element(&h.cpu.v[0], to, false, i), "%s",
				      la_insn_info[rows[r].op].name);
		}
	}
}
END_TEST

/* Narrowing: x shifted right by s, then brought into a range or just cut. */
enum sat { CUT, TO_SIGNED, TO_UNSIGNED };

struct narrow {
	unsigned int op[3], op_imm[3];	/* from 16, 32, 64 bits */
	enum what what;
	bool is_signed;
	enum sat sat;
};

#define NARROW(name) \
	{ LA_OP_v##name##n_b_h, LA_OP_v##name##n_h_w, LA_OP_v##name##n_w_d }, \
	{ LA_OP_v##name##ni_b_h, LA_OP_v##name##ni_h_w, LA_OP_v##name##ni_w_d }
#define NARROW_U(name) \
	{ LA_OP_v##name##n_bu_h, LA_OP_v##name##n_hu_w, LA_OP_v##name##n_wu_d }, \
	{ LA_OP_v##name##ni_bu_h, LA_OP_v##name##ni_hu_w, LA_OP_v##name##ni_wu_d }

static const struct narrow narrow[] = {
	{ NARROW(srl), SHR, false, CUT }, { NARROW(sra), SHR, true, CUT },
	{ NARROW(srlr), SHRR, false, CUT }, { NARROW(srar), SHRR, true, CUT },
	{ NARROW(ssrl), SHR, false, TO_SIGNED }, { NARROW(ssra), SHR, true, TO_SIGNED },
	{ NARROW(ssrlr), SHRR, false, TO_SIGNED }, { NARROW(ssrar), SHRR, true, TO_SIGNED },
	{ NARROW_U(ssrl), SHR, false, TO_UNSIGNED }, { NARROW_U(ssra), SHR, true, TO_UNSIGNED },
	{ NARROW_U(ssrlr), SHRR, false, TO_UNSIGNED },
	{ NARROW_U(ssrar), SHRR, true, TO_UNSIGNED },
};

static wide narrowed(const struct narrow *e, wide x, wide s, unsigned int bits)
{
	const wide v = compute(e->what, x, s, 0, bits, e->is_signed);
	const unsigned int to = bits / 2;

	switch (e->sat) {
	case TO_SIGNED:
		return clamp(v, -((wide)1 << (to - 1)), ((wide)1 << (to - 1)) - 1);
	case TO_UNSIGNED:
		return clamp(v, 0, ((wide)1 << to) - 1);
	default:
		return v;
	}
}

static void check_narrow(const struct narrow *e, unsigned int size, bool is_imm, uint64_t *seed)
{
	const unsigned int op = is_imm ? e->op_imm[size] : e->op[size];
	const unsigned int bits = 16u << size, n = 128 / bits;
	const int imm = (int)(next_random(seed) % bits);
	union la_vreg x, y, z;

	for (unsigned int i = 0; i < 3; i++)
		fill(&h.cpu.v[i], seed);
	z = h.cpu.v[0];
	x = h.cpu.v[1];
	y = h.cpu.v[2];
	vh_exec(&h, is_imm ? uop_imm(op, 0, 1, imm) : uop3(op, 0, 1, 2));
	for (unsigned int i = 0; i < 2 * n; i++) {
		const union la_vreg *from = i < n ? &x : &z;
		const wide s = is_imm ? imm : element(&y, bits, false, i % n);
		wide want = narrowed(e, element(from, bits, e->is_signed, i % n), s, bits);

		if (i >= n && !is_imm)
			want = 0;
		ck_assert_msg((want & (((wide)1 << bits / 2) - 1)) ==
			      element(&h.cpu.v[0], bits / 2, false, i), "%s element %u",
			      la_insn_info[op].name, i);
	}
}

START_TEST(test_narrowing)
{
	uint64_t seed = 3;

	vh_init(&h);
	for (unsigned int i = 0; i < ARRAY_SIZE(narrow); i++)
		for (unsigned int size = 0; size < 3; size++)
			for (unsigned int n = 0; n < 200; n++)
				check_narrow(&narrow[i], size, n & 1, &seed);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("vec_arith");
	TCase *tc = tcase_create("vec_arith");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_elementwise);
	tcase_add_test(tc, test_widening);
	tcase_add_test(tc, test_narrowing);
	suite_add_tcase(s, tc);
	return vec_main("test_vec_arith", s);
}
