/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_soft_int.c - integer instructions with corner values.  Vol. 1, 2.2.1 to 2.2.4, 2.2.9.
 *
 * The reference works on single bits and bytes, slowly and unlike the handlers.
 */
#include "soft_fixture.h"

#define ONES UINT64_MAX
#define SIGN (UINT64_C(1) << 63)

static struct fx fx;

static void setup(void)
{
	fx_open(&fx, &fx_max, 1);
	fx_mode(&fx, false, 3);
}

static void teardown(void)
{
	fx_close(&fx);
}

static const uint64_t values[] = {
	0, 1, 2, 3, 0x1f, 0x20, 0x3f, 0x40, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x12345678,
	0x7fffffff, 0x80000000, 0xffffffff, UINT64_C(0x100000000), UINT64_C(0x7fffffffffffffff),
	SIGN, SIGN + 1, ONES - 1, ONES, UINT64_C(0xffffffff80000000), UINT64_C(0xffffffff7fffffff),
	UINT64_C(0x0123456789abcdef), UINT64_C(0xfedcba9876543210), UINT64_C(0x5555555555555555),
};

/* ------------------------------------------------------------------ reference pieces */

static unsigned int bit(uint64_t v, unsigned int n)
{
	return n < 64 ? v >> n & 1 : 0;
}

static uint64_t word(uint64_t v)
{
	v &= 0xffffffff;
	return bit(v, 31) ? v | UINT64_C(0xffffffff00000000) : v;
}

static uint64_t ref_add(uint64_t a, uint64_t b)
{
	uint64_t r = 0;
	unsigned int carry = 0;

	for (unsigned int i = 0; i < 64; i++) {
		unsigned int s = bit(a, i) + bit(b, i) + carry;

		r |= (uint64_t)(s & 1) << i;
		carry = s >> 1;
	}
	return r;
}

static uint64_t ref_neg(uint64_t a)
{
	return ref_add(~a, 1);
}

/* 128-bit product in two halves. */
static void ref_mul(uint64_t a, uint64_t b, uint64_t *hi, uint64_t *lo)
{
	*hi = *lo = 0;
	for (unsigned int i = 64; i-- > 0;) {
		*hi = *hi << 1 | *lo >> 63;
		*lo <<= 1;
		if (bit(b, i)) {
			uint64_t old = *lo;

			*lo += a;
			*hi += *lo < old;
		}
	}
}

static uint64_t ref_mulh(uint64_t a, uint64_t b)
{
	uint64_t hi, lo;

	ref_mul(a, b, &hi, &lo);
	return hi - (a >> 63 ? b : 0) - (b >> 63 ? a : 0);
}

static uint64_t ref_div(uint64_t a, uint64_t b, uint64_t *rem)
{
	uint64_t q = 0, r = 0;

	for (unsigned int i = 64; i-- > 0;) {
		unsigned int out = r >> 63;

		r = r << 1 | bit(a, i);
		q <<= 1;
		if (out || r >= b) {
			r -= b;
			q |= 1;
		}
	}
	*rem = r;
	return q;
}

/* Signed: towards zero, the remainder has the dividend's sign. */
static uint64_t ref_sdiv(uint64_t a, uint64_t b, uint64_t *rem)
{
	uint64_t q = ref_div(a >> 63 ? ref_neg(a) : a, b >> 63 ? ref_neg(b) : b, rem);

	if (a >> 63)
		*rem = ref_neg(*rem);
	return (a ^ b) >> 63 ? ref_neg(q) : q;
}

static uint64_t ref_shift(uint64_t v, unsigned int bits, int by, unsigned int in_fill, bool wrap)
{
	uint64_t r = 0;

	for (unsigned int i = 0; i < bits; i++) {
		int from = (int)i + by;	/* > 0: right */
		unsigned int b;

		if (wrap)
			b = bit(v, (unsigned int)from % bits);
		else
			b = from < 0 ? 0 : from >= (int)bits ? in_fill : bit(v, (unsigned int)from);
		r |= (uint64_t)b << i;
	}
	return r;
}

static uint64_t count(uint64_t v, unsigned int bits, unsigned int what, bool from_top)
{
	unsigned int n = 0;

	while (n < bits && bit(v, from_top ? bits - 1 - n : n) == what)
		n++;
	return n;
}

/* Byte i of the result is byte map[i] of @v. */
static uint64_t bytes_of(uint64_t v, const char *map)
{
	uint64_t r = 0;

	for (unsigned int i = 0; map[i]; i++)
		r |= (v >> (8 * (map[i] - '0')) & 0xff) << 8 * i;
	return r;
}

static uint64_t bits_reversed(uint64_t v, unsigned int unit, unsigned int bits)
{
	uint64_t r = 0;

	for (unsigned int i = 0; i < bits; i++)
		r |= (uint64_t)bit(v, i / unit * unit + (unit - 1 - i % unit)) << i;
	return r;
}

/* ------------------------------------------------------------------ two and three registers */

static bool less(uint64_t a, uint64_t b, bool is_signed)
{
	return is_signed ? (a ^ SIGN) < (b ^ SIGN) : a < b;
}

enum op {
	ADD_W, ADD_D, SUB_W, SUB_D, SLT, SLTU, NOR, AND, OR, XOR, ORN, ANDN, MASKEQZ, MASKNEZ,
	MUL_W, MULH_W, MULH_WU, MUL_D, MULH_D, MULH_DU, MULW_D_W, MULW_D_WU,
	DIV_W, MOD_W, DIV_WU, MOD_WU, DIV_D, MOD_D, DIV_DU, MOD_DU,
	SLL_W, SRL_W, SRA_W, ROTR_W, SLL_D, SRL_D, SRA_D, ROTR_D,
	EXT_W_H, EXT_W_B, CLO_W, CLZ_W, CTO_W, CTZ_W, CLO_D, CLZ_D, CTO_D, CTZ_D,
	REVB_2H, REVB_4H, REVB_2W, REVB_D, REVH_2W, REVH_D,
	BITREV_4B, BITREV_8B, BITREV_W, BITREV_D,
};

static const struct { const char *name; uint32_t insn; enum op op; } rows[] = {
	{ "add.w", 0x00100000, ADD_W }, { "add.d", 0x00108000, ADD_D },
	{ "sub.w", 0x00110000, SUB_W }, { "sub.d", 0x00118000, SUB_D },
	{ "slt", 0x00120000, SLT }, { "sltu", 0x00128000, SLTU },
	{ "maskeqz", 0x00130000, MASKEQZ }, { "masknez", 0x00138000, MASKNEZ },
	{ "nor", 0x00140000, NOR }, { "and", 0x00148000, AND }, { "or", 0x00150000, OR },
	{ "xor", 0x00158000, XOR }, { "orn", 0x00160000, ORN }, { "andn", 0x00168000, ANDN },
	{ "sll.w", 0x00170000, SLL_W }, { "srl.w", 0x00178000, SRL_W },
	{ "sra.w", 0x00180000, SRA_W }, { "sll.d", 0x00188000, SLL_D },
	{ "srl.d", 0x00190000, SRL_D }, { "sra.d", 0x00198000, SRA_D },
	{ "rotr.w", 0x001b0000, ROTR_W }, { "rotr.d", 0x001b8000, ROTR_D },
	{ "mul.w", 0x001c0000, MUL_W }, { "mulh.w", 0x001c8000, MULH_W },
	{ "mulh.wu", 0x001d0000, MULH_WU }, { "mul.d", 0x001d8000, MUL_D },
	{ "mulh.d", 0x001e0000, MULH_D }, { "mulh.du", 0x001e8000, MULH_DU },
	{ "mulw.d.w", 0x001f0000, MULW_D_W }, { "mulw.d.wu", 0x001f8000, MULW_D_WU },
	{ "div.w", 0x00200000, DIV_W }, { "mod.w", 0x00208000, MOD_W },
	{ "div.wu", 0x00210000, DIV_WU }, { "mod.wu", 0x00218000, MOD_WU },
	{ "div.d", 0x00220000, DIV_D }, { "mod.d", 0x00228000, MOD_D },
	{ "div.du", 0x00230000, DIV_DU }, { "mod.du", 0x00238000, MOD_DU },
	{ "clo.w", 0x00001000, CLO_W }, { "clz.w", 0x00001400, CLZ_W },
	{ "cto.w", 0x00001800, CTO_W }, { "ctz.w", 0x00001c00, CTZ_W },
	{ "clo.d", 0x00002000, CLO_D }, { "clz.d", 0x00002400, CLZ_D },
	{ "cto.d", 0x00002800, CTO_D }, { "ctz.d", 0x00002c00, CTZ_D },
	{ "revb.2h", 0x00003000, REVB_2H }, { "revb.4h", 0x00003400, REVB_4H },
	{ "revb.2w", 0x00003800, REVB_2W }, { "revb.d", 0x00003c00, REVB_D },
	{ "revh.2w", 0x00004000, REVH_2W }, { "revh.d", 0x00004400, REVH_D },
	{ "bitrev.4b", 0x00004800, BITREV_4B }, { "bitrev.8b", 0x00004c00, BITREV_8B },
	{ "bitrev.w", 0x00005000, BITREV_W }, { "bitrev.d", 0x00005400, BITREV_D },
	{ "ext.w.h", 0x00005800, EXT_W_H }, { "ext.w.b", 0x00005c00, EXT_W_B },
};

static uint64_t ref_muldiv(enum op op, uint64_t j, uint64_t k)
{
	const uint64_t uj = j & 0xffffffff, uk = k & 0xffffffff;
	uint64_t hi, lo, q, r;

	switch (op) {
	case MUL_W: ref_mul(j, k, &hi, &lo); return word(lo);
	case MUL_D: ref_mul(j, k, &hi, &lo); return lo;
	case MULH_D: return ref_mulh(j, k);
	case MULH_DU: ref_mul(j, k, &hi, &lo); return hi;
	case MULH_W: ref_mul(word(j), word(k), &hi, &lo); return word(lo >> 32);
	case MULH_WU: ref_mul(uj, uk, &hi, &lo); return word(lo >> 32);
	case MULW_D_W: ref_mul(word(j), word(k), &hi, &lo); return lo;
	case MULW_D_WU: ref_mul(uj, uk, &hi, &lo); return lo;
	case DIV_W: return word(ref_sdiv(word(j), word(k), &r));
	case MOD_W: ref_sdiv(word(j), word(k), &r); return word(r);
	case DIV_WU: return word(ref_div(uj, uk, &r));
	case MOD_WU: ref_div(uj, uk, &r); return word(r);
	case DIV_D: return ref_sdiv(j, k, &r);
	case MOD_D: ref_sdiv(j, k, &r); return r;
	case DIV_DU: return ref_div(j, k, &r);
	default: q = ref_div(j, k, &r); (void)q; return r;
	}
}

static uint64_t ref_bits(enum op op, uint64_t j, uint64_t k)
{
	const int by = (int)(k & 63), byw = (int)(k & 31);

	switch (op) {
	case SLL_W: return word(ref_shift(j, 32, -byw, 0, false));
	case SRL_W: return word(ref_shift(j, 32, byw, 0, false));
	case SRA_W: return word(ref_shift(j, 32, byw, bit(j, 31), false));
	case ROTR_W: return word(ref_shift(j, 32, byw, 0, true));
	case SLL_D: return ref_shift(j, 64, -by, 0, false);
	case SRL_D: return ref_shift(j, 64, by, 0, false);
	case SRA_D: return ref_shift(j, 64, by, bit(j, 63), false);
	case ROTR_D: return ref_shift(j, 64, by, 0, true);
	case EXT_W_H: return bit(j, 15) ? j | ~UINT64_C(0xffff) : j & 0xffff;
	case EXT_W_B: return bit(j, 7) ? j | ~UINT64_C(0xff) : j & 0xff;
	case CLO_W: return count(j, 32, 1, true);
	case CLZ_W: return count(j, 32, 0, true);
	case CTO_W: return count(j, 32, 1, false);
	case CTZ_W: return count(j, 32, 0, false);
	case CLO_D: return count(j, 64, 1, true);
	case CLZ_D: return count(j, 64, 0, true);
	case CTO_D: return count(j, 64, 1, false);
	case CTZ_D: return count(j, 64, 0, false);
	case REVB_2H: return word(bytes_of(j, "1032"));
	case REVB_4H: return bytes_of(j, "10325476");
	case REVB_2W: return bytes_of(j, "32107654");
	case REVB_D: return bytes_of(j, "76543210");
	case REVH_2W: return bytes_of(j, "23016745");
	case REVH_D: return bytes_of(j, "67452301");
	case BITREV_4B: return word(bits_reversed(j, 8, 32));
	case BITREV_8B: return bits_reversed(j, 8, 64);
	case BITREV_W: return word(bits_reversed(j, 32, 32));
	default: return bits_reversed(j, 64, 64);
	}
}

static uint64_t ref(enum op op, uint64_t j, uint64_t k)
{
	switch (op) {
	case ADD_W: return word(ref_add(j, k));
	case ADD_D: return ref_add(j, k);
	case SUB_W: return word(ref_add(j, ref_neg(k)));
	case SUB_D: return ref_add(j, ref_neg(k));
	case SLT: return less(j, k, true);
	case SLTU: return less(j, k, false);
	case NOR: return ~j & ~k;
	case AND: return ~(~j | ~k);
	case OR: return ~(~j & ~k);
	case XOR: return (j & ~k) | (~j & k);
	case ORN: return ~(~j & k);
	case ANDN: return ~(~j | k);
	case MASKEQZ: return k == 0 ? 0 : j;
	case MASKNEZ: return k != 0 ? 0 : j;
	default: return op >= MUL_W && op <= MOD_DU ? ref_muldiv(op, j, k) : ref_bits(op, j, k);
	}
}

static bool divides_by_zero(enum op op, uint64_t k)
{
	if (op < DIV_W || op > MOD_DU)
		return false;
	return op <= MOD_WU ? (k & 0xffffffff) == 0 : k == 0;
}

START_TEST(registers)
{
	const uint32_t insn = rows[_i].insn;
	const bool has_k = rows[_i].op < EXT_W_H;

	/* rd apart, rd = rj, rd = rk, rd = r0 and rd = rj = rk, in one program. */
	fx_program(&fx,
		   insn | A0 | A1 << 5 | (has_k ? A2 << 10 : 0),
		   insn | A3 | A3 << 5 | (has_k ? A2 << 10 : 0),
		   insn | A4 | A1 << 5 | (has_k ? A4 << 10 : 0),
		   insn | 0 | A1 << 5 | (has_k ? A2 << 10 : 0),
		   insn | A5 | A5 << 5 | (has_k ? A5 << 10 : 0),
		   insn | A6 | 0 << 5 | (has_k ? A2 << 10 : 0));
	for (unsigned int a = 0; a < ARRAY_SIZE(values); a++) {
		for (unsigned int b = 0; b < ARRAY_SIZE(values); b++) {
			const uint64_t j = values[a], k = values[b];
			uint64_t want;

			fx_mode(&fx, false, 3);
			fx_set(&fx, A1, j);
			fx_set(&fx, A2, k);
			fx_set(&fx, A3, j);
			fx_set(&fx, A4, k);
			fx_set(&fx, A5, j);
			ck_assert_int_eq(fx_go(&fx), FX_DONE);
			/* Division by zero gives anything, but does not trap. */
			if (divides_by_zero(rows[_i].op, k))
				continue;
			want = ref(rows[_i].op, j, k);
			ck_assert_msg(fx_reg(&fx, A0) == want, "%s %#" PRIx64 ", %#" PRIx64 ": %#"
				      PRIx64 ", not %#" PRIx64, rows[_i].name, j, k,
				      fx_reg(&fx, A0), want);
			ck_assert_hex_eq(fx_reg(&fx, A3), want);
			ck_assert_hex_eq(fx_reg(&fx, A4), want);
			ck_assert_hex_eq(fx_reg(&fx, 0), 0);
			ck_assert_hex_eq(fx_reg(&fx, A1), j);
			ck_assert_hex_eq(fx_reg(&fx, A2), k);
			ck_assert_hex_eq(fx_reg(&fx, A6), ref(rows[_i].op, 0, k));
			if (!divides_by_zero(rows[_i].op, j))
				ck_assert_hex_eq(fx_reg(&fx, A5), ref(rows[_i].op, j, j));
		}
	}
}
END_TEST

/* ------------------------------------------------------------------ immediates */

static uint64_t exec1(uint32_t insn, uint64_t j)
{
	fx_mode(&fx, false, 3);
	fx_set(&fx, A1, j);
	ck_assert_int_eq(fx_exec(&fx, insn), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, 0), 0);
	return fx_reg(&fx, A0);
}

START_TEST(immediates)
{
	static const int si[] = { 0, 1, -1, 2047, -2048, 0x555 };
	const uint64_t j = values[_i];

	for (unsigned int i = 0; i < ARRAY_SIZE(si); i++) {
		const uint64_t s = (uint64_t)(int64_t)si[i], u = (uint64_t)si[i] & 0xfff;

		ck_assert_hex_eq(exec1(la_enc_addi_w(A0, A1, si[i]), j), word(ref_add(j, s)));
		ck_assert_hex_eq(exec1(la_enc_addi_d(A0, A1, si[i]), j), ref_add(j, s));
		ck_assert_hex_eq(exec1(la_enc_slti(A0, A1, si[i]), j), less(j, s, true));
		ck_assert_hex_eq(exec1(la_enc_sltui(A0, A1, si[i]), j), less(j, s, false));
		ck_assert_hex_eq(exec1(la_enc_andi(A0, A1, (unsigned int)u), j), j & u);
		ck_assert_hex_eq(exec1(la_enc_ori(A0, A1, (unsigned int)u), j), j | u);
		ck_assert_hex_eq(exec1(la_enc_xori(A0, A1, (unsigned int)u), j), j ^ u);
		ck_assert_hex_eq(exec1(la_enc_lu52i_d(A0, A1, si[i]), j),
				 (j & mask64(52)) | u << 52);
		ck_assert_hex_eq(exec1(la_enc_addu16i_d(A0, A1, si[i] * 16), j),
				 ref_add(j, s * 16 * 65536));
	}
	ck_assert_hex_eq(exec1(la_enc_addu16i_d(A0, A1, -32768), j),
			 ref_add(j, UINT64_C(0xffffffff80000000)));
	exec1(la_enc_addi_d(0, A1, 5), j);
	for (unsigned int n = 0; n < 64; n++) {
		ck_assert_hex_eq(exec1(la_enc_slli_d(A0, A1, n), j), ref_bits(SLL_D, j, n));
		ck_assert_hex_eq(exec1(la_enc_srli_d(A0, A1, n), j), ref_bits(SRL_D, j, n));
		ck_assert_hex_eq(exec1(la_enc_srai_d(A0, A1, n), j), ref_bits(SRA_D, j, n));
		ck_assert_hex_eq(exec1(la_enc_rotri_d(A0, A1, n), j), ref_bits(ROTR_D, j, n));
		if (n > 31)
			continue;
		ck_assert_hex_eq(exec1(la_enc_slli_w(A0, A1, n), j), ref_bits(SLL_W, j, n));
		ck_assert_hex_eq(exec1(la_enc_srli_w(A0, A1, n), j), ref_bits(SRL_W, j, n));
		ck_assert_hex_eq(exec1(la_enc_srai_w(A0, A1, n), j), ref_bits(SRA_W, j, n));
		ck_assert_hex_eq(exec1(la_enc_rotri_w(A0, A1, n), j), ref_bits(ROTR_W, j, n));
	}
}
END_TEST

START_TEST(large_immediates)
{
	static const int si20[] = { 0, 1, -1, 0x7ffff, -0x80000, 0x12345 };
	static const uint64_t places[] = { FX_CODE, FX_CODE + 0xff8, FX_CODE + 0xffc };

	for (unsigned int i = 0; i < ARRAY_SIZE(si20); i++) {
		const uint64_t s = (uint64_t)(int64_t)si20[i];

		ck_assert_hex_eq(exec1(la_enc_lu12i_w(A0, si20[i]), 0), word(s << 12));
		fx_set(&fx, A0, UINT64_C(0xabcdef0189674523));
		ck_assert_hex_eq(exec1(la_enc_lu32i_d(A0, si20[i]), 0), s << 32 | 0x89674523);
		exec1(la_enc_lu32i_d(0, si20[i]), 0);
		for (unsigned int p = 0; p < ARRAY_SIZE(places); p++) {
			const uint64_t pc = places[p];

			fx_at(&fx, pc);
			fx_emit(&fx, la_enc_pcaddi(A0, si20[i]));
			fx_emit(&fx, la_enc_pcaddu12i(A1, si20[i]));
			fx_emit(&fx, la_enc_pcaddu18i(A2, si20[i]));
			fx_emit(&fx, la_enc_pcalau12i(A3, si20[i]));
			fx_emit(&fx, la_enc_pcaddi(0, si20[i]));
			fx_emit(&fx, la_enc_break(0));
			/* The pc has all its bits, whatever the mode makes of them. */
			for (unsigned int high = 0; high < 2; high++) {
				const uint64_t at = pc | (high ? FX_KSEG : 0);

				fx_mode(&fx, false, 0);
				ck_assert_int_eq(fx_go_cpu(fx.cpu, at), FX_DONE);
				ck_assert_hex_eq(fx_reg(&fx, A0), at + (s << 2));
				ck_assert_hex_eq(fx_reg(&fx, A1), at + 4 + (s << 12));
				ck_assert_hex_eq(fx_reg(&fx, A2), at + 8 + (s << 18));
				ck_assert_hex_eq(fx_reg(&fx, A3),
						 (at + 12 + (s << 12)) & ~UINT64_C(0xfff));
				ck_assert_hex_eq(fx_reg(&fx, 0), 0);
			}
		}
	}
}
END_TEST

/* ------------------------------------------------------------------ fields */

START_TEST(shift_and_add)
{
	for (unsigned int a = 0; a < ARRAY_SIZE(values); a++) {
		for (unsigned int n = 1; n <= 4; n++) {
			const uint64_t j = values[a], k = values[(a * 7 + n) % ARRAY_SIZE(values)];
			const uint64_t sum = ref_add(ref_shift(j, 64, -(int)n, 0, false), k);

			fx_set(&fx, A2, k);
			ck_assert_hex_eq(exec1(la_enc_alsl_w(A0, A1, A2, n), j), word(sum));
			ck_assert_hex_eq(exec1(la_enc_alsl_wu(A0, A1, A2, n), j), sum & 0xffffffff);
			ck_assert_hex_eq(exec1(la_enc_alsl_d(A0, A1, A2, n), j), sum);
		}
	}
}
END_TEST

START_TEST(byte_picks)
{
	for (unsigned int a = 0; a < ARRAY_SIZE(values); a++) {
		const uint64_t j = values[a], k = values[(a * 5 + 3) % ARRAY_SIZE(values)];

		fx_set(&fx, A2, k);
		for (unsigned int n = 0; n < 8; n++) {
			uint64_t want = 0;

			/* Byte i comes from byte i - n of rk, below it from the top of rj. */
			for (unsigned int i = 0; i < 8; i++)
				want |= (i >= n ? k >> 8 * (i - n) & 0xff
						: j >> 8 * (8 - n + i) & 0xff) << 8 * i;
			ck_assert_hex_eq(exec1(la_enc_bytepick_d(A0, A1, A2, n), j), want);
			if (n > 3)
				continue;
			want = 0;
			for (unsigned int i = 0; i < 4; i++)
				want |= (i >= n ? k >> 8 * (i - n) & 0xff
						: j >> 8 * (4 - n + i) & 0xff) << 8 * i;
			ck_assert_hex_eq(exec1(la_enc_bytepick_w(A0, A1, A2, n), j), word(want));
		}
	}
}
END_TEST

START_TEST(bit_fields)
{
	const uint64_t j = UINT64_C(0xf1e2d3c4b5a69788), d = UINT64_C(0x0123456789abcdef);
	const unsigned int lsb = (unsigned int)_i;

	for (unsigned int msb = lsb; msb < 64; msb++) {
		uint64_t pick = 0, ins = d;

		for (unsigned int i = lsb; i <= msb; i++) {
			pick |= (uint64_t)bit(j, i) << (i - lsb);
			ins = (ins & ~BIT64(i)) | (uint64_t)bit(j, i - lsb) << i;
		}
		ck_assert_hex_eq(exec1(la_enc_bstrpick_d(A0, A1, msb, lsb), j), pick);
		fx_set(&fx, A0, d);
		ck_assert_hex_eq(exec1(la_enc_bstrins_d(A0, A1, msb, lsb), j), ins);
		exec1(la_enc_bstrins_d(0, A1, msb, lsb), j);
		exec1(la_enc_bstrpick_d(0, A1, msb, lsb), j);
		if (msb > 31)
			continue;
		ck_assert_hex_eq(exec1(la_enc_bstrpick_w(A0, A1, msb, lsb), j), word(pick));
		fx_set(&fx, A0, d);
		ck_assert_hex_eq(exec1(la_enc_bstrins_w(A0, A1, msb, lsb), j), word(ins));
		exec1(la_enc_bstrins_w(0, A1, msb, lsb), j);
	}
}
END_TEST

/* ------------------------------------------------------------------ division, CRC */

/* What the manual leaves open: it must not trap, and not depend on anything else. */
START_TEST(division_by_zero)
{
	for (unsigned int i = 0; i < 8; i++) {
		const uint32_t insn = (0x00200000u + (i << 15)) | A0 | A1 << 5 | A2 << 10;
		uint64_t first;

		fx_set(&fx, A2, i < 4 ? UINT64_C(0xffffffff00000000) : 0);
		first = exec1(insn, 12345);
		ck_assert_hex_eq(exec1(insn, 12345), first);
		/* The one overflow: div.w, mod.w, div.d, mod.d of the lowest number by -1. */
		fx_set(&fx, A2, ONES);
		if (!(i & 2)) {
			const uint64_t lowest = i < 4 ? UINT64_C(0xffffffff80000000) : SIGN;

			ck_assert_hex_eq(exec1(insn, lowest), i & 1 ? 0 : lowest);
		}
	}
}
END_TEST

/* The check values of CRC-32 and CRC-32C over "123456789", by pieces of every size. */
START_TEST(crc_check_values)
{
	static const char text[] = "123456789";
	static const uint64_t want[] = { 0xcbf43926, 0xe3069283 };

	for (unsigned int poly = 0; poly < 2; poly++) {
		const uint32_t op = 0x00240000u + (poly << 17);

		for (unsigned int log = 0; log < 4; log++) {
			unsigned int at = 0;
			uint64_t crc = ONES;

			while (at < 9) {
				unsigned int piece = 9 - at >= 1u << log ? log : 0;
				uint64_t v = 0;

				memcpy(&v, text + at, 1u << piece);
				/* Bits above the piece do not count. */
				if (piece < 3)
					v |= UINT64_C(0xa5a5a5a5a5a5a5a5) << (8u << piece);
				fx_set(&fx, A2, crc & 0xffffffff);
				crc = exec1((op + (piece << 15)) | A0 | A1 << 5 | A2 << 10, v);
				ck_assert_hex_eq(crc, word(crc));
				at += 1u << piece;
			}
			ck_assert_hex_eq(~crc & 0xffffffff, want[poly]);
		}
	}
}
END_TEST

/* ------------------------------------------------------------------ branches */

/* Each condition over a forward branch and, behind that, a backward one. */
START_TEST(conditions)
{
	const size_t n = ARRAY_SIZE(values);
	const uint32_t insn = (0x58000000u + ((uint32_t)_i << 26)) | A1 << 5 | A2;

	fx_program(&fx, la_enc_b(16), la_enc_addi_d(A0, A0, 1), la_enc_break(0), la_enc_break(0),
		   insn | 2 << 10, la_enc_addi_d(A0, A0, 2), insn | (-5 & 0xffff) << 10);
	for (unsigned int i = 0; i < n * n; i++) {
		const uint64_t j = values[i % n], d = values[i / n];
		const bool want = _i == 0 ? j == d : _i == 1 ? j != d :
				  _i == 2 ? less(j, d, true) : _i == 3 ? !less(j, d, true) :
				  _i == 4 ? less(j, d, false) : !less(j, d, false);

		fx_mode(&fx, false, 0);
		fx_set(&fx, A0, 0);
		fx_set(&fx, A1, j);
		fx_set(&fx, A2, d);
		ck_assert_int_eq(fx_go(&fx), FX_DONE);
		ck_assert_hex_eq(fx_reg(&fx, A0), want ? 1 : 2);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), FX_CODE + (want ? 8 : 28));
	}
}
END_TEST

START_TEST(zero_conditions_and_links)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(values); i++) {
		const uint64_t j = values[i];

		fx_mode(&fx, false, 0);
		fx_set(&fx, A0, 0);
		fx_set(&fx, A1, j);
		fx_program(&fx, la_enc_beqz(A1, 8), la_enc_addi_d(A0, A0, 1),
			   la_enc_bnez(A1, 8), la_enc_addi_d(A0, A0, 2));
		ck_assert_int_eq(fx_go(&fx), FX_DONE);
		ck_assert_hex_eq(fx_reg(&fx, A0), j ? 1 : 2);
	}
	/* bl links to ra, jirl to any register, also the one it jumps by. */
	fx_mode(&fx, false, 0);
	fx_program(&fx, la_enc_bl(8), la_enc_break(1), la_enc_jirl(A3, A4, 8), la_enc_break(2));
	fx_set(&fx, A4, FX_CODE + 4);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, RA), FX_CODE + 4);
	ck_assert_hex_eq(fx_reg(&fx, A3), FX_CODE + 12);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), FX_CODE + 12);
	fx_mode(&fx, false, 0);
	fx_program(&fx, la_enc_jirl(A4, A4, -4), la_enc_break(1), la_enc_break(2));
	fx_set(&fx, A4, FX_CODE + 12);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A4), FX_CODE + 4);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), FX_CODE + 8);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("soft integer");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, registers, 0, ARRAY_SIZE(rows));
	tcase_add_loop_test(tc, immediates, 0, ARRAY_SIZE(values));
	tcase_add_test(tc, large_immediates);
	tcase_add_test(tc, shift_and_add);
	tcase_add_test(tc, byte_picks);
	tcase_add_loop_test(tc, bit_fields, 0, 64);
	tcase_add_test(tc, division_by_zero);
	tcase_add_test(tc, crc_check_values);
	tcase_add_loop_test(tc, conditions, 0, 6);
	tcase_add_test(tc, zero_conditions_and_links);
	suite_add_tcase(s, tc);
	return fx_main(s);
}
