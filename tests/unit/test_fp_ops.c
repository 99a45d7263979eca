/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of the scalar FP handlers: operands and destination, FCSR before and after, traps,
 * EUEN.FPE, moves and the FCSR views.  Each runs alone: a program of one uop and a stop.
 * The arithmetic itself is covered by test_fp.c and test_fp_rules.c.
 *
 * la_raise() is this file's own, so that no exception machinery is needed.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../isa/cover.h"
#include "soft/cpu.h"

#define NEG 0x8000000000000000u
#define ONE 0x3ff0000000000000u
#define TWO 0x4000000000000000u
#define THREE 0x4008000000000000u
#define SNAN64 0x7ff0000000000001u
#define QNAN 0x7ff8000000000001u
#define BOX(v) (0xffffffff00000000u | (v))
#define OLD 0x123456789abcdef0u		/* what fd holds before */

#define CAUSE(f) ((uint32_t)(f) << LA_FCSR_CAUSE_SHIFT)
#define FLAGS(f) ((uint32_t)(f) << LA_FCSR_FLAGS_SHIFT)
#define RM(r) ((uint32_t)(r) << LA_FCSR_RM_SHIFT)
enum { I = 1, U = 2, O = 4, Z = 8, V = 16 };

enum { FD = 1, FJ = 2, FK = 3, FA = 4, RD = 5, RJ = 6 };

#define ALL_S_D(X, name) X(name##_s) X(name##_d)
#define ALL_TO_INT(X, name) X(name##_w_s) X(name##_w_d) X(name##_l_s) X(name##_l_d)
#define ALL_OPS(X) \
	ALL_S_D(X, fadd) ALL_S_D(X, fsub) ALL_S_D(X, fmul) ALL_S_D(X, fdiv) \
	ALL_S_D(X, fmadd) ALL_S_D(X, fmsub) ALL_S_D(X, fnmadd) ALL_S_D(X, fnmsub) \
	ALL_S_D(X, fmax) ALL_S_D(X, fmin) ALL_S_D(X, fmaxa) ALL_S_D(X, fmina) \
	ALL_S_D(X, fabs) ALL_S_D(X, fneg) ALL_S_D(X, fsqrt) ALL_S_D(X, frecip) \
	ALL_S_D(X, frsqrt) ALL_S_D(X, frecipe) ALL_S_D(X, frsqrte) ALL_S_D(X, fscaleb) \
	ALL_S_D(X, flogb) ALL_S_D(X, fcopysign) ALL_S_D(X, fclass) ALL_S_D(X, fcmp_cond) \
	ALL_S_D(X, frint) ALL_S_D(X, fmov) X(fcvt_s_d) X(fcvt_d_s) X(ffint_s_w) \
	X(ffint_s_l) X(ffint_d_w) X(ffint_d_l) ALL_TO_INT(X, ftint) ALL_TO_INT(X, ftintrm) \
	ALL_TO_INT(X, ftintrp) ALL_TO_INT(X, ftintrz) ALL_TO_INT(X, ftintrne) X(fsel) \
	X(movgr2fr_w) X(movgr2fr_d) X(movgr2frh_w) X(movfr2gr_s) X(movfr2gr_d) \
	X(movfrh2gr_s) X(movgr2fcsr) X(movfcsr2gr) X(movfr2cf) X(movcf2fr) X(movgr2cf) \
	X(movcf2gr)

#define DECLARE(name) la_op_fn la_op_##name;
ALL_OPS(DECLARE)

static struct la_cpu cpu;		/* each test runs in its own process */
static uint8_t *seen;			/* for cover.h; all processes share it */
static enum la_exc raised;

/* Stands in for the CPU's. */
_Noreturn void la_raise(struct la_cpu *c, const struct la_uop *u, enum la_exc exc)
{
	(void)u;
	raised = exc;
	longjmp(c->leave, 1);
}

static void stop(struct la_cpu *c, const struct la_uop *u, const struct la_optab *ops)
{
	(void)c;
	(void)u;
	(void)ops;
}

static void note_seen(la_op_fn *fn)
{
	static const struct { la_op_fn *fn; unsigned int op; } numbers[] = {
#define NUMBER(name) { la_op_##name, LA_OP_##name },
		ALL_OPS(NUMBER)
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(numbers); i++)
		if (numbers[i].fn == fn)
			seen[numbers[i].op] = 1;
}

/* Runs @fn on @u; true if it came to the next instruction, false if it raised. */
static bool run_uop(la_op_fn *fn, struct la_uop u)
{
	struct { la_op_fn *fn[3]; } ops = { { NULL, fn, stop } };
	struct la_uop program[2] = { u, { .op = 2 } };

	program[0].op = 1;
	if (setjmp(cpu.leave))
		return false;
	fn(&cpu, program, (const struct la_optab *)(void *)&ops);
	note_seen(fn);
	return true;
}

static bool run(la_op_fn *fn)
{
	return run_uop(fn, (struct la_uop){ .a = FD, .b = FJ, .c = FK, .d = FA });
}

static void setup(void)
{
	memset(&cpu, 0, sizeof(cpu));
	cpu.euen = LA_EUEN_FPE;
	cpu.v[FD].d[0] = OLD;
	cpu.v[FD].d[1] = OLD;
}

static const struct row {
	la_op_fn *fn;
	uint32_t fcsr;
	uint64_t j, k, a, want;
	uint32_t want_fcsr;
} rows[] = {
	{ la_op_fadd_d, 0, ONE, TWO, 0, THREE, 0 },
	{ la_op_fsub_d, 0, ONE, THREE, 0, TWO | NEG, 0 },
	{ la_op_fmul_d, 0, TWO, THREE, 0, 0x4018000000000000, 0 },
	{ la_op_fdiv_d, 0, ONE, TWO, 0, 0x3fe0000000000000, 0 },
	/* upper halves of single operands do not count; results get ones */
	{ la_op_fadd_s, 0, 0x123456783f800000, BOX(0x40000000), 0, BOX(0x40400000), 0 },
	{ la_op_fmul_s, 0, 0x3f800000, 0x40400000, 0, BOX(0x40400000), 0 },
	{ la_op_fmadd_s, 0, 0x40000000, 0x40400000, 0x3f800000, BOX(0x40e00000), 0 },
	{ la_op_fmadd_d, 0, TWO, THREE, ONE, 0x401c000000000000, 0 },
	{ la_op_fmsub_d, 0, TWO, THREE, ONE, 0x4014000000000000, 0 },
	{ la_op_fnmadd_d, 0, TWO, THREE, ONE, 0xc01c000000000000, 0 },
	{ la_op_fnmsub_d, 0, TWO, THREE, ONE, 0xc014000000000000, 0 },
	{ la_op_fsub_s, 0, 0x3f800000, 0x40400000, 0, BOX(0xc0000000), 0 },
	{ la_op_fdiv_s, 0, 0x3f800000, 0x40000000, 0, BOX(0x3f000000), 0 },
	{ la_op_fmsub_s, 0, 0x40000000, 0x40400000, 0x3f800000, BOX(0x40a00000), 0 },
	{ la_op_fnmadd_s, 0, 0x40000000, 0x40400000, 0x3f800000, BOX(0xc0e00000), 0 },
	{ la_op_fnmsub_s, 0, 0x40000000, 0x40400000, 0x3f800000, BOX(0xc0a00000), 0 },
	/* Cause is rewritten, Flags accumulate, RM is obeyed */
	{ la_op_fadd_d, CAUSE(V) | FLAGS(O), ONE, TWO, 0, THREE, FLAGS(O) },
	{ la_op_fdiv_d, FLAGS(V), ONE, THREE, 0, 0x3fd5555555555555, FLAGS(V | I) | CAUSE(I) },
	{ la_op_fdiv_d, RM(2), ONE, THREE, 0, 0x3fd5555555555556,
	  RM(2) | FLAGS(I) | CAUSE(I) },
	{ la_op_fdiv_d, 0, ONE | NEG, 0, 0, 0xfff0000000000000, FLAGS(Z) | CAUSE(Z) },
	{ la_op_fmul_d, 0, 0x7fefffffffffffff, TWO, 0, 0x7ff0000000000000,
	  FLAGS(O | I) | CAUSE(O | I) },
	{ la_op_fmul_d, 0, 1, 0x3fe0000000000000, 0, 0, FLAGS(U | I) | CAUSE(U | I) },
	/* an enabled exception that does not happen */
	{ la_op_fdiv_d, V | Z | O | U, ONE, THREE, 0, 0x3fd5555555555555,
	  V | Z | O | U | FLAGS(I) | CAUSE(I) },
	{ la_op_fmax_d, 0, ONE, QNAN, 0, ONE, 0 },
	{ la_op_fmin_s, 0, 0xbf800000, 0x3f800000, 0, BOX(0xbf800000), 0 },
	{ la_op_fmaxa_d, 0, ONE, TWO | NEG, 0, TWO | NEG, 0 },
	{ la_op_fmina_d, 0, ONE, TWO | NEG, 0, ONE, 0 },
	{ la_op_fmax_s, 0, 0xbf800000, 0x3f800000, 0, BOX(0x3f800000), 0 },
	{ la_op_fmin_d, 0, ONE | NEG, ONE, 0, ONE | NEG, 0 },
	{ la_op_fmaxa_s, 0, 0x3f800000, 0xc0000000, 0, BOX(0xc0000000), 0 },
	{ la_op_fmina_s, 0, 0xbf800000, 0x40000000, 0, BOX(0xbf800000), 0 },
	/* bit operations: no exception from NaN, FCSR untouched */
	{ la_op_fabs_d, CAUSE(V), SNAN64 | NEG, 0, 0, SNAN64, CAUSE(V) },
	{ la_op_fneg_d, CAUSE(V), SNAN64, 0, 0, SNAN64 | NEG, CAUSE(V) },
	{ la_op_fabs_s, 0, 0xff800001, 0, 0, BOX(0x7f800001), 0 },
	{ la_op_fneg_s, 0, 0x3f800000, 0, 0, BOX(0xbf800000), 0 },
	{ la_op_fcopysign_d, CAUSE(I), TWO, ONE | NEG, 0, TWO | NEG, CAUSE(I) },
	{ la_op_fcopysign_s, 0, 0xc0000000, BOX(0x3f800000), 0, BOX(0x40000000), 0 },
	{ la_op_fclass_d, CAUSE(I), SNAN64, 0, 0, 1, CAUSE(I) },
	{ la_op_fclass_s, 0, BOX(0x80000001), 0, 0, 1 << 4, 0 },
	{ la_op_fmov_d, CAUSE(I), SNAN64, 0, 0, SNAN64, CAUSE(I) },
	{ la_op_fmov_s, 0, 0x55555555, 0, 0, BOX(0x55555555), 0 },
	{ la_op_fsqrt_d, 0, 0x4010000000000000, 0, 0, TWO, 0 },
	{ la_op_fsqrt_s, 0, 0xbf800000, 0, 0, BOX(0x7fc00000), FLAGS(V) | CAUSE(V) },
	{ la_op_frecip_d, 0, TWO, 0, 0, 0x3fe0000000000000, 0 },
	{ la_op_frsqrt_d, 0, 0x4010000000000000, 0, 0, 0x3fe0000000000000, 0 },
	{ la_op_frecip_s, 0, 0xc0000000, 0, 0, BOX(0xbf000000), 0 },
	{ la_op_frsqrt_s, 0, 0x40800000, 0, 0, BOX(0x3f000000), 0 },
	{ la_op_frecipe_d, 0, TWO, 0, 0, 0x3fe0000000000000, 0 },
	{ la_op_frsqrte_s, 0, 0x40800000, 0, 0, BOX(0x3f000000), 0 },
	{ la_op_frecipe_s, 0, 0x40000000, 0, 0, BOX(0x3f000000), 0 },
	{ la_op_frsqrte_d, 0, 0x4010000000000000, 0, 0, 0x3fe0000000000000, 0 },
	{ la_op_fscaleb_d, 0, ONE, 1, 0, TWO, 0 },
	/* the count is a word: its upper half does not matter */
	{ la_op_fscaleb_s, 0, 0x3f800000, 0x7fffffffffffffff, 0, BOX(0x3f000000), 0 },
	{ la_op_flogb_d, 0, TWO, 0, 0, ONE, 0 },
	{ la_op_flogb_s, 0, 0, 0, 0, BOX(0xff800000), FLAGS(Z) | CAUSE(Z) },
	{ la_op_fcvt_s_d, 0, ONE, 0, 0, BOX(0x3f800000), 0 },
	{ la_op_fcvt_d_s, 0, BOX(0x3f800000), 0, 0, ONE, 0 },
	{ la_op_ffint_d_w, 0, 0x7fffffffffffffff, 0, 0, ONE | NEG, 0 },
	{ la_op_ffint_d_l, 0, 3, 0, 0, THREE, 0 },
	{ la_op_ffint_s_w, 0, 2, 0, 0, BOX(0x40000000), 0 },
	{ la_op_ffint_s_l, 0, UINT64_MAX, 0, 0, BOX(0xbf800000), 0 },
	{ la_op_frint_d, RM(3), 0xbfe0000000000000, 0, 0, ONE | NEG,
	  RM(3) | FLAGS(I) | CAUSE(I) },
	{ la_op_frint_s, 0, 0x3f000000, 0, 0, 0, FLAGS(I) | CAUSE(I) },
	/* -1.5: the mode is that of FCSR, or the name's whatever FCSR says */
	{ la_op_ftint_l_d, RM(2), 0xbff8000000000000, 0, 0, UINT64_MAX,
	  RM(2) | FLAGS(I) | CAUSE(I) },
	{ la_op_ftintrm_l_d, RM(2), 0xbff8000000000000, 0, 0, -UINT64_C(2),
	  RM(2) | FLAGS(I) | CAUSE(I) },
	{ la_op_ftintrp_w_d, RM(3), 0xbff8000000000000, 0, 0, UINT64_MAX,
	  RM(3) | FLAGS(I) | CAUSE(I) },
	{ la_op_ftintrz_l_s, RM(3), 0xbfc00000, 0, 0, UINT64_MAX,
	  RM(3) | FLAGS(I) | CAUSE(I) },
	{ la_op_ftintrne_w_d, RM(1), 0xbff8000000000000, 0, 0, -UINT64_C(2),
	  RM(1) | FLAGS(I) | CAUSE(I) },
	/* the other formats; two leave zeros above a word */
	{ la_op_ftint_l_s, RM(3), 0xbfc00000, 0, 0, -UINT64_C(2), RM(3) | FLAGS(I) | CAUSE(I) },
	{ la_op_ftintrm_w_s, RM(2), 0xbfc00000, 0, 0, -UINT64_C(2), RM(2) | FLAGS(I) | CAUSE(I) },
	{ la_op_ftintrm_w_d, RM(2), 0xbff8000000000000, 0, 0, -UINT64_C(2),
	  RM(2) | FLAGS(I) | CAUSE(I) },
	{ la_op_ftintrm_l_s, RM(2), 0xbfc00000, 0, 0, -UINT64_C(2), RM(2) | FLAGS(I) | CAUSE(I) },
	{ la_op_ftintrp_w_s, RM(3), 0xbfc00000, 0, 0, UINT64_MAX, RM(3) | FLAGS(I) | CAUSE(I) },
	{ la_op_ftintrp_l_s, RM(3), 0xbfc00000, 0, 0, UINT64_MAX, RM(3) | FLAGS(I) | CAUSE(I) },
	{ la_op_ftintrp_l_d, RM(3), 0xbff8000000000000, 0, 0, UINT64_MAX,
	  RM(3) | FLAGS(I) | CAUSE(I) },
	{ la_op_ftintrz_w_s, RM(3), 0xbfc00000, 0, 0, UINT32_MAX, RM(3) | FLAGS(I) | CAUSE(I) },
	{ la_op_ftintrz_w_d, RM(3), 0xbff8000000000000, 0, 0, UINT64_MAX,
	  RM(3) | FLAGS(I) | CAUSE(I) },
	{ la_op_ftintrz_l_d, RM(3), 0xbff8000000000000, 0, 0, UINT64_MAX,
	  RM(3) | FLAGS(I) | CAUSE(I) },
	{ la_op_ftintrne_w_s, RM(1), 0xbfc00000, 0, 0, UINT32_MAX - 1,
	  RM(1) | FLAGS(I) | CAUSE(I) },
	{ la_op_ftintrne_l_s, RM(1), 0xbfc00000, 0, 0, -UINT64_C(2), RM(1) | FLAGS(I) | CAUSE(I) },
	{ la_op_ftintrne_l_d, RM(1), 0xbff8000000000000, 0, 0, -UINT64_C(2),
	  RM(1) | FLAGS(I) | CAUSE(I) },
	{ la_op_ftint_w_d, 0, 0x4200000000000000, 0, 0, INT32_MAX, FLAGS(V) | CAUSE(V) },
	{ la_op_ftint_w_s, 0, 0x7fc00000, 0, 0, 0, FLAGS(V) | CAUSE(V) },
};

START_TEST(results)
{
	const struct row *r = &rows[_i];

	cpu.fcsr = r->fcsr;
	cpu.v[FJ].d[0] = r->j;
	cpu.v[FK].d[0] = r->k;
	cpu.v[FA].d[0] = r->a;
	ck_assert(run(r->fn));
	ck_assert_uint_eq(cpu.v[FD].d[0], r->want);
	ck_assert_uint_eq(cpu.v[FD].d[1], OLD);
	ck_assert_uint_eq(cpu.fcsr, r->want_fcsr);
	ck_assert_uint_eq(cpu.v[FJ].d[0], r->j);
}
END_TEST

/* The destination may also be a source. */
START_TEST(same_register)
{
	cpu.v[7].d[0] = TWO;
	ck_assert(run_uop(la_op_fmadd_d, (struct la_uop){ .a = 7, .b = 7, .c = 7, .d = 7 }));
	ck_assert_uint_eq(cpu.v[7].d[0], 0x4018000000000000);
}
END_TEST

static const struct trap_row {
	la_op_fn *fn;
	uint32_t enables;
	uint64_t j, k;
	uint32_t cause;
} trap_rows[] = {
	{ la_op_fdiv_d, Z, ONE, 0, Z },
	{ la_op_fadd_d, V, SNAN64, ONE, V },
	{ la_op_fdiv_d, I, ONE, THREE, I },
	{ la_op_fmul_d, O, 0x7fefffffffffffff, TWO, O | I },
	{ la_op_fmul_d, I, 0x7fefffffffffffff, TWO, O | I },
	{ la_op_fmul_d, U, 2, 0x3fe0000000000000, U },		/* exact, but tiny */
	{ la_op_fmul_d, U, 1, 0x3fe0000000000000, U | I },
	{ la_op_ftint_w_d, V, QNAN, 0, V },
	{ la_op_frint_d, I, 0x3fe0000000000000, 0, I },
	{ la_op_fcvt_s_d, O, 0x7fefffffffffffff, 0, O | I },
};

START_TEST(traps)
{
	const struct trap_row *r = &trap_rows[_i];

	cpu.fcsr = r->enables | CAUSE(Z) | FLAGS(Z) | RM(0);
	cpu.v[FJ].d[0] = r->j;
	cpu.v[FK].d[0] = r->k;
	ck_assert(!run(r->fn));
	ck_assert_int_eq(raised, LA_EXC_FPE);
	ck_assert_uint_eq(cpu.v[FD].d[0], OLD);
	ck_assert_uint_eq(cpu.fcsr, r->enables | CAUSE(r->cause) | FLAGS(Z));
}
END_TEST

START_TEST(compare)
{
	struct la_uop u = { .a = 5, .b = FJ, .c = FK, .d = 0x02 };	/* clt */

	cpu.v[FJ].d[0] = ONE;
	cpu.v[FK].d[0] = TWO;
	cpu.fcsr = CAUSE(V);
	ck_assert(run_uop(la_op_fcmp_cond_d, u));
	ck_assert_uint_eq(cpu.fcc[5], 1);
	ck_assert_uint_eq(cpu.fcsr, 0);
	u.d = 0x04;						/* ceq */
	ck_assert(run_uop(la_op_fcmp_cond_d, u));
	ck_assert_uint_eq(cpu.fcc[5], 0);
	/* as singles, both are zero */
	ck_assert(run_uop(la_op_fcmp_cond_s, u));
	ck_assert_uint_eq(cpu.fcc[5], 1);

	cpu.v[FK].d[0] = QNAN;
	u.d = 0x18;						/* cune */
	ck_assert(run_uop(la_op_fcmp_cond_d, u));
	ck_assert_uint_eq(cpu.fcc[5], 1);
	ck_assert_uint_eq(cpu.fcsr, 0);
	u.d = 0x03;						/* slt */
	ck_assert(run_uop(la_op_fcmp_cond_d, u));
	ck_assert_uint_eq(cpu.fcc[5], 0);
	ck_assert_uint_eq(cpu.fcsr, CAUSE(V) | FLAGS(V));

	/* a trap leaves the flag register alone */
	cpu.fcsr = V;
	u.d = 0x19;						/* sune */
	ck_assert(!run_uop(la_op_fcmp_cond_d, u));
	ck_assert_int_eq(raised, LA_EXC_FPE);
	ck_assert_uint_eq(cpu.fcc[5], 0);
}
END_TEST

START_TEST(selection)
{
	struct la_uop u = { .a = FD, .b = FJ, .c = FK, .d = 3 };

	cpu.v[FJ].d[0] = 0x1111111122222222;
	cpu.v[FK].d[0] = 0x3333333344444444;
	ck_assert(run_uop(la_op_fsel, u));
	ck_assert_uint_eq(cpu.v[FD].d[0], 0x1111111122222222);
	cpu.fcc[3] = 1;
	ck_assert(run_uop(la_op_fsel, u));
	ck_assert_uint_eq(cpu.v[FD].d[0], 0x3333333344444444);
}
END_TEST

START_TEST(moves)
{
	struct la_uop to_fr = { .a = FD, .b = RJ }, to_gr = { .a = RD, .b = FD };

	cpu.gpr[RJ] = 0xaaaaaaaa87654321;
	ck_assert(run_uop(la_op_movgr2fr_w, to_fr));
	ck_assert_uint_eq(cpu.v[FD].d[0], 0x1234567887654321);
	ck_assert(run_uop(la_op_movgr2frh_w, to_fr));
	ck_assert_uint_eq(cpu.v[FD].d[0], 0x8765432187654321);
	cpu.v[FD].w[1] = 0x7fffffff;
	ck_assert(run_uop(la_op_movfr2gr_s, to_gr));
	ck_assert_uint_eq(cpu.gpr[RD], 0xffffffff87654321);
	ck_assert(run_uop(la_op_movfrh2gr_s, to_gr));
	ck_assert_uint_eq(cpu.gpr[RD], 0x7fffffff);
	ck_assert(run_uop(la_op_movfr2gr_d, to_gr));
	ck_assert_uint_eq(cpu.gpr[RD], 0x7fffffff87654321);
	ck_assert(run_uop(la_op_movgr2fr_d, to_fr));
	ck_assert_uint_eq(cpu.v[FD].d[0], 0xaaaaaaaa87654321);
	ck_assert_uint_eq(cpu.v[FD].d[1], OLD);
}
END_TEST

START_TEST(condition_moves)
{
	cpu.v[FJ].d[0] = 0xffff;
	ck_assert(run_uop(la_op_movfr2cf, (struct la_uop){ .a = 6, .b = FJ }));
	ck_assert_uint_eq(cpu.fcc[6], 1);
	ck_assert(run_uop(la_op_movcf2fr, (struct la_uop){ .a = FD, .b = 6 }));
	ck_assert_uint_eq(cpu.v[FD].d[0], 1);
	ck_assert(run_uop(la_op_movcf2gr, (struct la_uop){ .a = RD, .b = 6 }));
	ck_assert_uint_eq(cpu.gpr[RD], 1);
	cpu.gpr[RJ] = ~UINT64_C(1);
	ck_assert(run_uop(la_op_movgr2cf, (struct la_uop){ .a = 6, .b = RJ }));
	ck_assert_uint_eq(cpu.fcc[6], 0);
	ck_assert(run_uop(la_op_movcf2gr, (struct la_uop){ .a = RD, .b = 6 }));
	ck_assert_uint_eq(cpu.gpr[RD], 0);
}
END_TEST

static const uint32_t views[] = { 0x1f1f031f, 0x0000001f, 0x1f1f0000, 0x00000300, 0, 0 };

START_TEST(fcsr_views)
{
	struct la_uop read = { .a = RD, .b = (uint8_t)_i }, write = { .a = (uint8_t)_i, .b = RJ };

	/* Cause beside its Enables: no trap */
	cpu.gpr[RJ] = UINT64_MAX;
	ck_assert(run_uop(la_op_movgr2fcsr, write));
	ck_assert_uint_eq(cpu.fcsr, views[_i]);
	cpu.fcsr = 0x1f1f031f;
	ck_assert(run_uop(la_op_movfcsr2gr, read));
	ck_assert_uint_eq(cpu.gpr[RD], views[_i]);
	cpu.gpr[RJ] = 0;
	ck_assert(run_uop(la_op_movgr2fcsr, write));
	ck_assert_uint_eq(cpu.fcsr, 0x1f1f031f & ~views[_i]);
}
END_TEST

#define NAME(name) la_op_##name,
static la_op_fn *const all_ops[] = { ALL_OPS(NAME) };

START_TEST(unit_off)
{
	struct la_cpu before;

	cpu.euen = ~LA_EUEN_FPE;
	cpu.fcsr = CAUSE(V) | V;
	before = cpu;
	/* register numbers that are valid in any field of any format */
	ck_assert(!run_uop(all_ops[_i], (struct la_uop){ .a = 1, .b = 2, .c = 3, .d = 4 }));
	ck_assert_int_eq(raised, LA_EXC_FPD);
	ck_assert_uint_eq(cpu.fcsr, before.fcsr);
	ck_assert_mem_eq(cpu.v, before.v, sizeof(cpu.v));
	ck_assert_mem_eq(cpu.gpr, before.gpr, sizeof(cpu.gpr));
	ck_assert_mem_eq(cpu.fcc, before.fcc, sizeof(cpu.fcc));
}
END_TEST

static Suite *fp_ops_suite(void)
{
	Suite *s = suite_create("fp_ops");
	TCase *tc = tcase_create("handlers");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, results, 0, ARRAY_SIZE(rows));
	tcase_add_test(tc, same_register);
	tcase_add_loop_test(tc, traps, 0, ARRAY_SIZE(trap_rows));
	tcase_add_test(tc, compare);
	tcase_add_test(tc, selection);
	tcase_add_test(tc, moves);
	tcase_add_test(tc, condition_moves);
	tcase_add_loop_test(tc, fcsr_views, 0, ARRAY_SIZE(views));
	tcase_add_loop_test(tc, unit_off, 0, ARRAY_SIZE(all_ops));
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	SRunner *sr = srunner_create(fp_ops_suite());
	int nfailed;

	seen = cover_begin("test_fp_ops");
	if (!seen)
		return EXIT_FAILURE;
	srunner_run_all(sr, CK_ENV);
	nfailed = srunner_ntests_failed(sr);
	srunner_free(sr);
	if (!nfailed && cover_end("test_fp_ops", seen))
		return EXIT_FAILURE;
	return nfailed ? EXIT_FAILURE : EXIT_SUCCESS;
}
