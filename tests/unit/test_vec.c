/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/test_vec.c - LSX and LASX: properties that all instructions have, and directed
 * cases of those that are not arithmetic on integers (test_vec_arith.c).  Expected values
 * were worked out by hand.  tests/isa/vecdiff compares every instruction with QEMU.
 */
#include "vec_check.h"

static struct vec_harness h __attribute__((aligned(64)));

/* Registers whose bytes are all different, the same for the same @salt. */
static void fill_regs(unsigned int salt)
{
	for (unsigned int i = 0; i < 32; i++)
		for (unsigned int j = 0; j < 32; j++)
			h.cpu.v[i].b[j] = (uint8_t)(salt * 77 + i * 59 + j * 83 + (j * j * i >> 3));
	for (unsigned int i = 0; i < 32; i++)
		h.cpu.gpr[i] = 0x8765432112345678 * (i + salt);
}

static bool is_tested(unsigned int op)
{
	return vh_table[op] && op != LA_OP_stop &&
	       !(la_insn_info[op].flags & (LA_INSN_LOAD | LA_INSN_STORE));
}

/* With the unit off: its exception, and nothing else. */
START_TEST(test_gates)
{
	for (unsigned int op = 0; op < LA_NPLAIN_OPS; op++) {
		struct la_cpu before;
		const bool is_lasx = la_insn_info[op].gate == LA_GATE_LASX;

		if (!is_tested(op))
			continue;
		vh_init(&h);
		fill_regs(op);
		h.cpu.euen = LA_EUEN_FPE | (is_lasx ? LA_EUEN_SXE : LA_EUEN_ASXE);
		before = h.cpu;
		ck_assert_int_eq(vh_exec(&h, uop3(op, 1, 2, 3)),
				 is_lasx ? LA_EXC_ASXD : LA_EXC_SXD);
		ck_assert_mem_eq(before.v, h.cpu.v, sizeof(before.v));
		ck_assert_mem_eq(before.gpr, h.cpu.gpr, sizeof(before.gpr));
		ck_assert_mem_eq(before.fcc, h.cpu.fcc, sizeof(before.fcc));
		ck_assert_uint_eq(before.fcsr, h.cpu.fcsr);
	}
}
END_TEST

/* The operands of @op as the decoder would set them, registers @reg, a small immediate. */
static struct la_uop operands(unsigned int op, const uint8_t *reg)
{
	/* How the names of instructions with an immediate go on, or end. */
	static const char *const with_imm[] = {
		"i.b", "i.h", "i.w", "i.d", "i.q", "ni.", "wil.", "ldi", "sat.", "2gr.", "gr2vr.",
		"extrins.", "ve0.", "pickve.", "bsll.", "bsrl.",
	};
	const char *name = la_insn_info[op].name;
	struct la_uop u = uop3(op, reg[0], reg[1], reg[2]);

	u.d = reg[3];
	for (unsigned int i = 0; i < ARRAY_SIZE(with_imm); i++)
		if (strstr(name, with_imm[i]))
			u.imm = 3;
	if (strstr(name, ".cond."))
		u.d = 5;
	return u;
}

/* vd may be any of the sources. */
START_TEST(test_overlap)
{
	static const uint8_t apart[4] = { 4, 5, 6, 7 }, same[4] = { 5, 5, 5, 5 };

	for (unsigned int op = 0; op < LA_NPLAIN_OPS; op++) {
		union la_vreg want;
		uint64_t want_gpr;

		if (!is_tested(op))
			continue;
		vh_init(&h);
		fill_regs(op);
		for (unsigned int i = 4; i < 8; i++) {
			h.cpu.v[i] = h.cpu.v[5];
			h.cpu.gpr[i] = h.cpu.gpr[5];
		}
		ck_assert_int_eq(vh_exec(&h, operands(op, apart)), VH_NONE);
		want = h.cpu.v[4];
		want_gpr = h.cpu.gpr[4];
		ck_assert_int_eq(vh_exec(&h, operands(op, same)), VH_NONE);
		ck_assert_msg(!memcmp(&want, &h.cpu.v[5], sizeof(want)) &&
			      want_gpr == h.cpu.gpr[5], "%s", la_insn_info[op].name);
	}
}
END_TEST

static unsigned int find_op(const char *name)
{
	for (unsigned int op = 0; op < LA_NPLAIN_OPS; op++)
		if (la_insn_info[op].name && !strcmp(la_insn_info[op].name, name))
			return op;
	return LA_NPLAIN_OPS;
}

/* Whether xv<name> works across lanes, or writes no vector register. */
static bool is_across(const char *name)
{
	static const char *const across[] = {
		"xvset", "xvpickve", "xvinsve0", "xvinsgr2vr", "xvreplve0", "xvperm.", "xvpermi.d",
		"xvpermi.q",
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(across); i++)
		if (!strncmp(name, across[i], strlen(across[i])))
			return true;
	return false;
}

/* A LASX instruction is its LSX one, on each lane. */
START_TEST(test_lanes)
{
	static const uint8_t reg[4] = { 4, 5, 6, 7 };
	unsigned int npairs = 0;

	for (unsigned int op = 0; op < LA_NPLAIN_OPS; op++) {
		const char *name = la_insn_info[op].name;
		union la_vreg lasx, want;
		unsigned int lsx;

		if (!is_tested(op) || strncmp(name, "xv", 2) || is_across(name))
			continue;
		lsx = find_op(strncmp(name, "xvrepl128vei", 12) ? name + 1 :
			      op == LA_OP_xvrepl128vei_b ? "vreplvei.b" :
			      op == LA_OP_xvrepl128vei_h ? "vreplvei.h" :
			      op == LA_OP_xvrepl128vei_w ? "vreplvei.w" : "vreplvei.d");
		ck_assert_msg(lsx < LA_NPLAIN_OPS, "%s has no LSX counterpart", name);
		npairs++;
		vh_init(&h);
		fill_regs(op);
		ck_assert_int_eq(vh_exec(&h, operands(op, reg)), VH_NONE);
		lasx = h.cpu.v[4];
		for (unsigned int lane = 0; lane < 2; lane++) {
			fill_regs(op);
			for (unsigned int i = 4; lane && i < 8; i++)
				memmove(&h.cpu.v[i].b[0], &h.cpu.v[i].b[16], 16);
			want = h.cpu.v[4];
			ck_assert_int_eq(vh_exec(&h, operands(lsx, reg)), VH_NONE);
			ck_assert_msg(!memcmp(&lasx.b[16 * lane], &h.cpu.v[4].b[0], 16),
				      "%s lane %u", name, lane);
			ck_assert_msg(!memcmp(&want.b[16], &h.cpu.v[4].b[16], 16),
				      "%s changed the upper half", la_insn_info[lsx].name);
		}
	}
	ck_assert_uint_gt(npairs, 600);
}
END_TEST

#define JHI 0x1f1e1d1c1b1a1918	/* bytes are their own numbers, vk's 00-0f, vj's 10-1f */
#define JLO 0x1716151413121110
#define KHI 0x0f0e0d0c0b0a0908
#define KLO 0x0706050403020100

enum pattern { PACKEV, PACKOD, PICKEV, PICKOD, ILVL, ILVH };

/* Which element makes element @i of @n: below n it is one of vk, else of vj. */
static unsigned int pattern_source(enum pattern p, unsigned int i, unsigned int n)
{
	const unsigned int pair = i / 2, from_j = i % 2 * n, half_j = i / (n / 2) * n;

	switch (p) {
	case PACKEV: return from_j + 2 * pair;
	case PACKOD: return from_j + 2 * pair + 1;
	case PICKEV: return half_j + 2 * (i % (n / 2));
	case PICKOD: return half_j + 2 * (i % (n / 2)) + 1;
	case ILVL: return from_j + pair;
	default: return from_j + n / 2 + pair;
	}
}

#define OPS(name) { LA_OP_##name##_b, LA_OP_##name##_h, LA_OP_##name##_w, LA_OP_##name##_d }

START_TEST(test_patterns)
{
	static const unsigned int ops[][4] = {
		OPS(vpackev), OPS(vpackod), OPS(vpickev), OPS(vpickod), OPS(vilvl), OPS(vilvh),
	};

	vh_init(&h);
	for (unsigned int p = 0; p < ARRAY_SIZE(ops); p++) {
		for (unsigned int size = 0; size < 4; size++) {
			const unsigned int bytes = 1u << size, n = 16 / bytes;

			for (unsigned int i = 0; i < 32; i++)
				h.cpu.v[i < 16 ? 2 : 1].b[i % 16] = (uint8_t)i;
			vh_exec(&h, uop3(ops[p][size], 0, 1, 2));
			for (unsigned int i = 0; i < 16; i++)
				ck_assert_msg(h.cpu.v[0].b[i] == i % bytes + bytes *
					      pattern_source((enum pattern)p, i / bytes, n),
					      "%s byte %u", la_insn_info[ops[p][size]].name, i);
		}
	}
}
END_TEST

START_TEST(test_permutations)
{
	vh_init(&h);
	RUN3(&h, vilvl_b, JHI, JLO, KHI, KLO, 0x1707160615051404, 0x1303120211011000);
	RUN3(&h, vilvh_h, JHI, JLO, KHI, KLO, 0x1f1e0f0e1d1c0d0c, 0x1b1a0b0a19180908);
	RUN3(&h, vpackev_w, JHI, JLO, KHI, KLO, 0x1b1a19180b0a0908, 0x1312111003020100);
	RUN3(&h, vpackod_b, JHI, JLO, KHI, KLO, 0x1f0f1d0d1b0b1909, 0x1707150513031101);
	RUN3(&h, vpickev_h, JHI, JLO, KHI, KLO, 0x1d1c191815141110, 0x0d0c090805040100);
	RUN3(&h, vpickod_d, JHI, JLO, KHI, KLO, 0x1f1e1d1c1b1a1918, 0x0f0e0d0c0b0a0908);
	/* The old vd is the index: 1 and 2 in words of 0x11111111 and 0x22222222. */
	RUN3(&h, vshuf_w, JHI, JLO, KHI, KLO, 0x0706050407060504, 0x0b0a09080b0a0908);
	RUN_IMM(&h, vshuf4i_b, JHI, JLO, 0x1b, 0x1c1d1e1f18191a1b, 0x1415161710111213);
	RUN_IMM(&h, vshuf4i_w, JHI, JLO, 0x1b, 0x1312111017161514, 0x1b1a19181f1e1d1c);
	RUN_IMM(&h, vshuf4i_d, JHI, JLO, 0x3 | 0x0 << 2, 0x2222222222222222, 0x1f1e1d1c1b1a1918);
	RUN_IMM(&h, vpermi_w, JHI, JLO, 0xe4, 0x1111111111111111, 0x1716151413121110);
	RUN_IMM(&h, vextrins_b, JHI, JLO, 0xf3, 0x1311111111111111, 0x2222222222222222);
	RUN_IMM(&h, vextrins_d, JHI, JLO, 0x01, 0x1111111111111111, 0x1f1e1d1c1b1a1918);
	RUN_IMM(&h, vreplvei_h, JHI, JLO, 7, 0x1f1e1f1e1f1e1f1e, 0x1f1e1f1e1f1e1f1e);
	RUN_IMM(&h, vbsll_v, JHI, JLO, 3, 0x1c1b1a1918171615, 0x1413121110000000);
	RUN_IMM(&h, vbsrl_v, JHI, JLO, 16 + 9, 0x0000000000000000, 0x001f1e1d1c1b1a19);
	h.cpu.gpr[7] = 19;	/* counts modulo 16 */
	set_d(&h, 1, JHI, JLO);
	vh_exec(&h, uop3(LA_OP_vreplve_b, 0, 1, 7));
	check_d(&h, "vreplve.b", 0, 0x1313131313131313, 0x1313131313131313);

	set_d(&h, 1, JHI, JLO);
	set_d(&h, 2, KHI, KLO);
	set_d(&h, 3, 0x1f0f10003f2fff80, 0x0001020310111213);
	vh_exec(&h, (struct la_uop){ .op = LA_OP_vshuf_b, .a = 3, .b = 1, .c = 2, .d = 3 });
	check_d(&h, "vshuf.b", 3, 0x1f0f10001f0f1f00, 0x0001020310111213);
}
END_TEST

/* 128-bit elements, which test_vec_arith.c leaves out. */
START_TEST(test_quadwords)
{
	vh_init(&h);
	RUN3(&h, vadd_q, 1, 0xffffffffffffffff, 2, 1, 4, 0);
	RUN3(&h, vsub_q, 4, 0, 2, 1, 1, 0xffffffffffffffff);
	RUN3(&h, vaddwev_q_d, 9, 0xffffffffffffffff, 9, 0xffffffffffffffff, 0xffffffffffffffff,
	     0xfffffffffffffffe);
	RUN3(&h, vaddwod_q_du, 0xffffffffffffffff, 9, 0xffffffffffffffff, 9, 1, 0xfffffffffffffffe);
	RUN3(&h, vmulwod_q_du, 0xffffffffffffffff, 9, 0xffffffffffffffff, 9, 0xfffffffffffffffe, 1);
	RUN3(&h, vmulwev_q_du_d, 9, 0xffffffffffffffff, 9, 0xffffffffffffffff,
	     0xffffffffffffffff, 1);
	RUN3(&h, vmaddwev_q_d, 9, 2, 9, 0xffffffffffffffff, 0x1111111111111111, 0x2222222222222220);
	RUN3(&h, vhaddw_q_d, 0xffffffffffffffff, 9, 9, 1, 0, 0);
	RUN3(&h, vhsubw_qu_du, 0, 9, 9, 1, 0xffffffffffffffff, 0xffffffffffffffff);
	RUN_IMM(&h, vexth_q_d, 0x8000000000000000, 9, 0, 0xffffffffffffffff, 0x8000000000000000);
	RUN_IMM(&h, vextl_qu_du, 9, 0x8000000000000000, 0, 0, 0x8000000000000000);
	/* The old vd is 0x1111...2222...; its result goes to the high half. */
	RUN_IMM(&h, vsrlni_d_q, 0x8000000000000000, 0, 127, 0, 1);
	RUN_IMM(&h, vsrani_d_q, 0x8000000000000000, 0, 64, 0x1111111111111111, 0x8000000000000000);
	RUN_IMM(&h, vsrlrni_d_q, 0, 0xc000000000000000, 63, 0x2222222222222222, 2);
	RUN_IMM(&h, vssrani_d_q, 0x8000000000000000, 0, 0, 0x7fffffffffffffff, 0x8000000000000000);
	RUN_IMM(&h, vssrlni_d_q, 1, 0, 1, 0x7fffffffffffffff, 0x7fffffffffffffff);
	RUN_IMM(&h, vssrlni_du_q, 1, 0, 1, 0xffffffffffffffff, 0x8000000000000000);
	RUN_IMM(&h, vssrarni_du_q, 0x8000000000000000, 0, 127, 0, 0);
	RUN_IMM(&h, vssrarni_d_q, 0x8000000000000000, 0, 127, 0, 0xffffffffffffffff);
}
END_TEST

START_TEST(test_bits)
{
	vh_init(&h);
	RUN3(&h, vandn_v, 0xff00ff00ff00ff00, 0, 0xffff0000ffff0000, 5, 0x00ff000000ff0000, 5);
	RUN3(&h, vorn_v, 0, 0, 0xffff0000ffff0000, 5, 0x0000ffff0000ffff, 0xfffffffffffffffa);
	RUN3(&h, vnor_v, 1, 0, 2, 0, 0xfffffffffffffffc, 0xffffffffffffffff);
	RUN_IMM(&h, vbitseli_b, 0xffffffffffffffff, 0x0f0f0f0f0f0f0f0f, 0x31, 0xffffffffffffffff,
		0x2d2d2d2d2d2d2d2d);
	RUN3(&h, vbitclr_b, 0xffffffffffffffff, 0xffffffffffffffff, 0x0001020304050607,
	     0x08090a0b0c0d0e0f, 0xfefdfbf7efdfbf7f, 0xfefdfbf7efdfbf7f);
	RUN3(&h, vbitset_d, 0, 0, 63, 64, 0x8000000000000000, 1);
	RUN_IMM(&h, vbitrevi_h, 0xffff, 0, 15, 0x8000800080007fff, 0x8000800080008000);
	RUN_IMM(&h, vclz_b, 0x0001020408102040, 0x80ff000000000000, 0, 0x0807060504030201,
		0x0000080808080808);
	RUN_IMM(&h, vclo_h, 0xffff7fff8000c000, 0, 0, 0x0010000000010002, 0);
	RUN_IMM(&h, vpcnt_w, 0xffffffff00000000, 0x80000001f0f0f0f0, 0, 0x0000002000000000,
		0x0000000200000010);
	RUN_IMM(&h, vpcnt_d, 0xffffffffffffffff, 0x0123456789abcdef, 0, 64, 32);
	RUN_IMM(&h, vsat_b, 0x7f80010203fcfd00, 0, 2, 0x03fc010203fcfd00, 0);
	RUN_IMM(&h, vsat_du, 0xffffffffffffffff, 0x8000000000000000, 62, 0x7fffffffffffffff,
		0x7fffffffffffffff);
	RUN_IMM(&h, vmskltz_b, 0x8000000000000000, 0x00000000000080ff, 0, 0, 0x8003);
	RUN_IMM(&h, vmskltz_h, 0x8000000000000000, 0x7fff800000008000, 0, 0, 0x85);
	RUN_IMM(&h, vmskltz_w, 0x8000000000000000, 0x0000000080000000, 0, 0, 9);
	RUN_IMM(&h, vmskltz_d, 0x8000000000000000, 0x7fffffffffffffff, 0, 0, 2);
	RUN_IMM(&h, vmskgez_b, 0x80ffffffffffffff, 0xffffffffffffff00, 0, 0, 1);
	RUN_IMM(&h, vmsknz_b, 0x0100000000000000, 0x0000000000800000, 0, 0, 0x8004);
	RUN_IMM(&h, vsllwil_h_b, 0, 0x80ff7f0100000000, 7, 0xc000ff803f800080, 0);
	RUN_IMM(&h, vsllwil_du_wu, 0, 0xffffffff80000000, 31, 0x7fffffff80000000,
		0x4000000000000000);
	RUN_IMM(&h, vexth_wu_hu, 0xffff000180007fff, 5, 0, 0x0000ffff00000001, 0x0000800000007fff);
	RUN_IMM(&h, vexth_h_b, 0xff0180007f00fe02, 5, 0, 0xffff0001ff800000, 0x007f0000fffe0002);
	/* The first negative element; where there is none, their number. */
	RUN3(&h, vfrstp_b, 0, 0x0000800000800000, 0, 9, 0x1111111111110211, 0x2222222222222222);
	RUN3(&h, vfrstp_h, 0, 0, 0, 12, 0x1111111111110008, 0x2222222222222222);
	RUN_IMM(&h, vfrstpi_h, 0x8000000000000000, 0, 8 + 1, 0x1111111111111111,
		0x2222222200072222);
}
END_TEST

static void check_flag(unsigned int op, uint64_t hi, uint64_t lo, unsigned int want)
{
	set_d(&h, 1, hi, lo);
	h.cpu.fcc[5] = 2;
	vh_exec(&h, uop3(op, 5, 1, 0));
	ck_assert_msg(h.cpu.fcc[5] == want, "%s %016llx %016llx", la_insn_info[op].name,
		      (unsigned long long)hi, (unsigned long long)lo);
}

START_TEST(test_flags)
{
	const uint64_t no_zero_h = 0x0100010001000100;

	vh_init(&h);
	h.cpu.v[1].d[3] = 1;	/* not looked at by LSX */
	check_flag(LA_OP_vseteqz_v, 0, 0, 1);
	check_flag(LA_OP_vseteqz_v, BIT64(63), 0, 0);
	check_flag(LA_OP_vsetnez_v, 0, 0, 0);
	check_flag(LA_OP_vsetnez_v, 0, 1, 1);
	check_flag(LA_OP_vsetanyeqz_b, no_zero_h, no_zero_h, 1);
	check_flag(LA_OP_vsetanyeqz_h, no_zero_h, no_zero_h, 0);
	check_flag(LA_OP_vsetanyeqz_w, no_zero_h, 1, 1);
	check_flag(LA_OP_vsetanyeqz_d, no_zero_h, 1, 0);
	check_flag(LA_OP_vsetallnez_b, no_zero_h, no_zero_h, 0);
	check_flag(LA_OP_vsetallnez_h, no_zero_h, no_zero_h, 1);
	check_flag(LA_OP_vsetallnez_w, no_zero_h, 1, 0);
	check_flag(LA_OP_vsetallnez_d, no_zero_h, 1, 1);
	h.cpu.v[1] = (union la_vreg){ .d = { 0, 0, 0, 1 } };
	vh_exec(&h, uop3(LA_OP_xvseteqz_v, 5, 1, 0));
	ck_assert_uint_eq(h.cpu.fcc[5], 0);
}
END_TEST

static uint64_t picked(unsigned int op, int32_t imm)
{
	vh_exec(&h, uop_imm(op, 9, 1, imm));
	return h.cpu.gpr[9];
}

START_TEST(test_general_registers)
{
	vh_init(&h);
	h.cpu.v[1] = (union la_vreg){ .d = { 0x8081828384858687, 1, 2, 1u << 31 } };
	ck_assert_uint_eq(picked(LA_OP_vpickve2gr_b, 7), 0xffffffffffffff80);
	ck_assert_uint_eq(picked(LA_OP_vpickve2gr_bu, 7), 0x80);
	ck_assert_uint_eq(picked(LA_OP_vpickve2gr_h, 0), 0xffffffffffff8687);
	ck_assert_uint_eq(picked(LA_OP_vpickve2gr_hu, 3), 0x8081);
	ck_assert_uint_eq(picked(LA_OP_vpickve2gr_w, 1), 0xffffffff80818283);
	ck_assert_uint_eq(picked(LA_OP_vpickve2gr_wu, 1), 0x80818283);
	ck_assert_uint_eq(picked(LA_OP_vpickve2gr_d, 0), 0x8081828384858687);
	ck_assert_uint_eq(picked(LA_OP_vpickve2gr_du, 1), 1);
	ck_assert_uint_eq(picked(LA_OP_xvpickve2gr_w, 6), 0xffffffff80000000);

	h.cpu.gpr[8] = 0x1122334455667788;
	vh_exec(&h, uop_imm(LA_OP_vinsgr2vr_b, 1, 8, 15));
	check_d(&h, "vinsgr2vr.b", 1, 0x8800000000000001, 0x8081828384858687);
	vh_exec(&h, uop_imm(LA_OP_vinsgr2vr_w, 1, 8, 0));
	check_d(&h, "vinsgr2vr.w", 1, 0x8800000000000001, 0x8081828355667788);
	ck_assert_uint_eq(h.cpu.v[1].d[2], 2);
	vh_exec(&h, uop_imm(LA_OP_xvinsgr2vr_d, 1, 8, 2));
	ck_assert_uint_eq(h.cpu.v[1].d[2], h.cpu.gpr[8]);
	vh_exec(&h, uop3(LA_OP_vreplgr2vr_h, 1, 8, 0));
	check_d(&h, "vreplgr2vr.h", 1, 0x7788778877887788, 0x7788778877887788);
	/* A result for r0 goes to the sink. */
	vh_exec(&h, uop_imm(LA_OP_vpickve2gr_d, LA_GPR_SINK, 1, 0));
	ck_assert_uint_eq(h.cpu.gpr[0], 0);
}
END_TEST

START_TEST(test_immediates)
{
	static const struct {
		int32_t imm;
		uint64_t want;
	} rows[] = {
		{ 0x0ff, 0xffffffffffffffff }, { 0x381, 0x8181818181818181 },
		{ 0x400 | 0x200, 0xfe00fe00fe00fe00 },
		{ 0x400 | 0x1ff, 0x01ff01ff01ff01ff },
		{ 0x800 | 0x3ff, 0xffffffffffffffff },
		{ 0x800 | 0x0ff, 0x000000ff000000ff },
		{ 0xc00 | 0x200, 0xfffffffffffffe00 }, { 0xc00 | 1, 1 },
		{ 0x10a5, 0x000000a5000000a5 }, { 0x11a5, 0x0000a5000000a500 },
		{ 0x12a5, 0x00a5000000a50000 }, { 0x13a5, 0xa5000000a5000000 },
		{ 0x14a5, 0x00a500a500a500a5 }, { 0x15a5, 0xa500a500a500a500 },
		{ 0x16a5, 0x0000a5ff0000a5ff }, { 0x17a5, 0x00a5ffff00a5ffff },
		{ 0x18a5, 0xa5a5a5a5a5a5a5a5 }, { 0x19a5, 0xff00ff0000ff00ff },
		{ 0x1a70, 0x3f8000003f800000 },	/* 1.0f */
		{ 0x1a80, 0xc0000000c0000000 },	/* -2.0f */
		{ 0x1b70, 0x000000003f800000 }, { 0x1c70, 0x3ff0000000000000 },
		{ 0x1ca3, 0xc023000000000000 },
	};

	vh_init(&h);
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		/* The decoder sign-extends the 13 bits. */
		const int32_t imm = (int32_t)sext64((uint64_t)rows[i].imm, 13);

		ck_assert_int_eq(vh_exec(&h, uop_imm(LA_OP_vldi, 3, 0, imm)), VH_NONE);
		check_d(&h, "vldi", 3, rows[i].want, rows[i].want);
	}
	for (int32_t mode = 13; mode < 16; mode++) {
		ck_assert_int_eq(vh_exec(&h, uop_imm(LA_OP_vldi, 3, 0, (0x10 | mode) << 8)),
				 LA_EXC_INE);
		check_d(&h, "reserved vldi", 3, rows[ARRAY_SIZE(rows) - 1].want,
			rows[ARRAY_SIZE(rows) - 1].want);
	}
}
END_TEST

static void check_all(union la_vreg want)
{
	ck_assert_mem_eq(&h.cpu.v[0], &want, sizeof(want));
}

START_TEST(test_across_lanes)
{
	const union la_vreg src = { .d = { 10, 11, 12, 13 } };

	vh_init(&h);
	h.cpu.v[1] = src;
	vh_exec(&h, uop_imm(LA_OP_xvpermi_d, 0, 1, 0x1b));
	check_all((union la_vreg){ .d = { 13, 12, 11, 10 } });
	h.cpu.v[0] = (union la_vreg){ .d = { 20, 21, 22, 23 } };
	vh_exec(&h, uop_imm(LA_OP_xvpermi_q, 0, 1, 0x13 | 0x4c));
	check_all((union la_vreg){ .d = { 22, 23, 12, 13 } });
	h.cpu.v[2] = (union la_vreg){ .w = { 7, 6, 5, 4, 3, 2, 1, 8 } };
	vh_exec(&h, uop3(LA_OP_xvperm_w, 0, 1, 2));
	check_all((union la_vreg){ .w = { 0, 13, 0, 12, 0, 11, 0, 10 } });
	vh_exec(&h, uop_imm(LA_OP_xvinsve0_d, 0, 1, 3));
	ck_assert_uint_eq(h.cpu.v[0].d[3], 10);
	vh_exec(&h, uop_imm(LA_OP_xvpickve_w, 0, 1, 6));
	check_all((union la_vreg){ .w = { 13 } });
	vh_exec(&h, uop_imm(LA_OP_xvreplve0_q, 0, 1, 0));
	check_all((union la_vreg){ .d = { 10, 11, 10, 11 } });
	h.cpu.v[1].w[0] = 0x80ff017f;
	vh_exec(&h, uop3(LA_OP_vext2xv_d_b, 0, 1, 0));
	check_all((union la_vreg){ .sd = { 0x7f, 1, -1, -128 } });
	vh_exec(&h, uop3(LA_OP_vext2xv_du_bu, 0, 1, 0));
	check_all((union la_vreg){ .d = { 0x7f, 1, 0xff, 0x80 } });
}
END_TEST

int main(void)
{
	Suite *s = suite_create("vec");
	TCase *tc = tcase_create("vec");

	tcase_add_test(tc, test_gates);
	tcase_add_test(tc, test_overlap);
	tcase_add_test(tc, test_lanes);
	tcase_add_test(tc, test_patterns);
	tcase_add_test(tc, test_permutations);
	tcase_add_test(tc, test_quadwords);
	tcase_add_test(tc, test_bits);
	tcase_add_test(tc, test_flags);
	tcase_add_test(tc, test_general_registers);
	tcase_add_test(tc, test_immediates);
	tcase_add_test(tc, test_across_lanes);
	suite_add_tcase(s, tc);
	return vec_main("test_vec", s);
}
