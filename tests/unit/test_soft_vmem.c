/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_soft_vmem.c - loads and stores of FP and vector registers in all their forms, and
 * branches on condition flags.  Vol. 1, 3.2.5 and 3.2.6; vol. 2 for vectors.
 */
#include "soft_fixture.h"

#define V 5u				/* the register that is loaded and stored */
#define DISP 0x58			/* of forms with an offset */
#define BASE (FX_DATA + 0x1000)		/* a page boundary */
#define WINDOW 0x100u			/* bytes around BASE that stores are seen in */

static struct fx fx;

static void setup(void)
{
	fx_open(&fx, &fx_max, 1);
	fx_mode(&fx, false, 0);
	for (unsigned int i = 0; i < 2 * WINDOW; i++)
		fx.ram[BASE - WINDOW + i] = (uint8_t)(i * 41 + (i >> 3) + 3);
	la_ram_written(fx.m, BASE - WINDOW, 2 * WINDOW);
}

static void teardown(void)
{
	fx_close(&fx);
}

/* One instruction: A1 is the base, A2 the index, A3 the bound. */
struct form {
	const char *what;
	uint32_t insn;
	unsigned int size;	/* bytes of memory */
	unsigned int width;	/* bytes that a load defines, or the index of an element */
	int disp;
};

#define PLAIN(name, size, disp) { #name, la_enc_##name(V, A1, disp), size, size, disp }
#define INDEX(name, size) { #name, la_enc_##name(V, A1, A2), size, size, DISP }
#define REPL(name, size, width, disp) { #name, la_enc_##name(V, A1, disp), size, width, disp }
#define ELEM(name, size, index, disp) \
	{ #name, la_enc_##name(V, A1, disp, index), size, index, disp }
#define BOUND(name, size) { #name, la_enc_##name(V, A1, A3), size, size, 0 }

#define NLOADS 24
#define NSTORES 29
#define NBOUNDS 8

static struct form load_form(int i)
{
	const struct form forms[NLOADS] = {
		PLAIN(fld_s, 4, DISP), PLAIN(fld_s, 4, -2048), PLAIN(fld_d, 8, 2047),
		PLAIN(vld, 16, -2048), PLAIN(xvld, 32, 2047), INDEX(fldx_s, 4), INDEX(fldx_d, 8),
		INDEX(vldx, 16), INDEX(xvldx, 32),
		REPL(vldrepl_b, 1, 16, -2048), REPL(vldrepl_b, 1, 16, 2047),
		REPL(vldrepl_h, 2, 16, -2048), REPL(vldrepl_h, 2, 16, 2046),
		REPL(vldrepl_w, 4, 16, -2048), REPL(vldrepl_w, 4, 16, 2044),
		REPL(vldrepl_d, 8, 16, -2048), REPL(vldrepl_d, 8, 16, 2040),
		REPL(xvldrepl_b, 1, 32, 1), REPL(xvldrepl_h, 2, 32, -2048),
		REPL(xvldrepl_h, 2, 32, 2046), REPL(xvldrepl_w, 4, 32, -2048),
		REPL(xvldrepl_w, 4, 32, 2044), REPL(xvldrepl_d, 8, 32, -2048),
		REPL(xvldrepl_d, 8, 32, 2040),
	};

	return forms[i];
}

static struct form store_form(int i)
{
	const struct form forms[NSTORES] = {
		PLAIN(fst_s, 4, DISP), PLAIN(fst_s, 4, -2048), PLAIN(fst_d, 8, 2047),
		PLAIN(vst, 16, -2048), PLAIN(xvst, 32, 2047), INDEX(fstx_s, 4), INDEX(fstx_d, 8),
		INDEX(vstx, 16), INDEX(xvstx, 32),
		ELEM(vstelm_b, 1, 0, -128), ELEM(vstelm_b, 1, 15, 127), ELEM(vstelm_b, 1, 6, 0),
		ELEM(vstelm_h, 2, 7, -256), ELEM(vstelm_h, 2, 0, 254), ELEM(vstelm_h, 2, 3, 2),
		ELEM(vstelm_w, 4, 3, -512), ELEM(vstelm_w, 4, 0, 508),
		ELEM(vstelm_d, 8, 1, -1024), ELEM(vstelm_d, 8, 0, 1016),
		ELEM(xvstelm_b, 1, 31, -128), ELEM(xvstelm_b, 1, 16, 127),
		ELEM(xvstelm_b, 1, 9, 1), ELEM(xvstelm_h, 2, 15, -256),
		ELEM(xvstelm_h, 2, 8, 254), ELEM(xvstelm_w, 4, 7, -512),
		ELEM(xvstelm_w, 4, 4, 508), ELEM(xvstelm_d, 8, 3, -1024),
		ELEM(xvstelm_d, 8, 2, 1016), ELEM(xvstelm_d, 8, 0, 8),
	};

	return forms[i];
}

static struct form bound_form(int i)
{
	const struct form forms[NBOUNDS] = {
		BOUND(fldgt_s, 4), BOUND(fldgt_d, 8), BOUND(fldle_s, 4), BOUND(fldle_d, 8),
		BOUND(fstgt_s, 4), BOUND(fstgt_d, 8), BOUND(fstle_s, 4), BOUND(fstle_d, 8),
	};

	return forms[i];
}

static bool is_elem(const struct form *f)
{
	return strstr(f->what, "stelm");
}

static void set_register(uint8_t salt)
{
	for (unsigned int i = 0; i < 32; i++)
		fx.cpu->v[V].b[i] = (uint8_t)(0x80 + i * 7 + salt);
}

static void set_address(const struct form *f, uint64_t va)
{
	fx_set(&fx, A1, va - (uint64_t)(int64_t)f->disp);
	fx_set(&fx, A2, (uint64_t)(int64_t)f->disp);
}

/* Around a page boundary, twice, so that the slow and the fast path are seen. */
START_TEST(loads)
{
	const struct form f = load_form(_i);

	for (unsigned int n = 0; n <= 80; n++) {
		const uint64_t va = BASE - 40 + n / 2;

		set_register((uint8_t)n);
		set_address(&f, va);
		ck_assert_int_eq(fx_exec(&fx, f.insn), FX_DONE);
		for (unsigned int i = 0; i < f.width; i++)
			ck_assert_msg(fx.cpu->v[V].b[i] == fx.ram[va + i % f.size],
				      "%s at %#" PRIx64 ", byte %u", f.what, va, i);
	}
}
END_TEST

START_TEST(stores)
{
	const struct form f = store_form(_i);
	const unsigned int from = is_elem(&f) ? f.width * f.size : 0;
	uint8_t want[2 * WINDOW];

	memcpy(want, fx.ram + BASE - WINDOW, sizeof(want));
	for (unsigned int n = 0; n <= 80; n++) {
		const uint64_t va = BASE - 40 + n / 2;
		union la_vreg before;

		set_register((uint8_t)n);
		before = fx.cpu->v[V];
		set_address(&f, va);
		ck_assert_int_eq(fx_exec(&fx, f.insn), FX_DONE);
		memcpy(want + (va - BASE + WINDOW), &before.b[from], f.size);
		ck_assert_msg(!memcmp(want, fx.ram + BASE - WINDOW, sizeof(want)),
			      "%s at %#" PRIx64, f.what, va);
		ck_assert_mem_eq(&before, &fx.cpu->v[V], sizeof(before));
	}
}
END_TEST

/* Address and bound: below, equal, above; aligned or not; before anything has happened. */
START_TEST(bounds)
{
	const struct form f = bound_form(_i);
	const bool is_store = _i & 4, is_le = _i & 2;
	uint8_t memory[16];
	union la_vreg before;

	for (unsigned int t = 0; t < 6; t++) {
		const uint64_t va = BASE + (t > 2 ? 4 : 0) + (t == 5), bound = va + t % 3 - 1;
		const bool is_in = is_le ? va <= bound : va > bound;
		const int want = va % f.size ? LA_EXC_ALE : is_in ? FX_DONE : LA_EXC_BCE;

		fx_mode(&fx, false, 3);
		set_register((uint8_t)t);
		before = fx.cpu->v[V];
		memcpy(memory, fx.ram + BASE, sizeof(memory));
		fx_set(&fx, A1, va);
		fx_set(&fx, A3, bound);
		ck_assert_msg(fx_exec(&fx, f.insn) == want, "%s, case %u", f.what, t);
		if (want == FX_DONE && is_store)
			memcpy(memory + (va - BASE), &before, f.size);
		else if (want == FX_DONE)
			memcpy(&before, fx.ram + va, f.size);
		else
			ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADV), va);
		ck_assert_mem_eq(memory, fx.ram + BASE, sizeof(memory));
		ck_assert_mem_eq(&before, &fx.cpu->v[V], want == FX_DONE ? f.size : 32);
	}
}
END_TEST

static struct form any_form(int i)
{
	return i < NLOADS ? load_form(i) :
	       i < NLOADS + NSTORES ? store_form(i - NLOADS) : bound_form(i - NLOADS - NSTORES);
}

/* With its unit off an instruction touches nothing, not even a bad address. */
START_TEST(units_off)
{
	const struct form f = any_form(_i);
	const bool is_fp = f.what[0] == 'f', is_lasx = f.what[0] == 'x';
	union la_vreg before;

	fx_set_csr(&fx, LA_CSR_EUEN, is_fp ? LA_EUEN_SXE | LA_EUEN_ASXE :
		   is_lasx ? LA_EUEN_FPE | LA_EUEN_SXE : LA_EUEN_FPE | LA_EUEN_ASXE);
	fx_mode(&fx, true, 3);
	fx_set(&fx, A1, UINT64_C(0x0000900000000000));
	set_register(0);
	before = fx.cpu->v[V];
	ck_assert_int_eq(fx_exec(&fx, f.insn),
			 is_fp ? LA_EXC_FPD : is_lasx ? LA_EXC_ASXD : LA_EXC_SXD);
	ck_assert_mem_eq(&before, &fx.cpu->v[V], sizeof(before));
	ck_assert_uint_eq(fx.naccess, 0);
}
END_TEST

/* Singles go to the bus as words, without what the register has above. */
START_TEST(devices)
{
	set_register(0);
	fx_set(&fx, A1, FX_MMIO);
	ck_assert_int_eq(fx_exec(&fx, la_enc_fst_s(V, A1, 8)), FX_DONE);
	ck_assert_uint_eq(fx.last.size, 4);
	ck_assert_hex_eq(fx.last.addr, FX_MMIO + 8);
	ck_assert_hex_eq(fx.last.val, fx.cpu->v[V].w[0]);
	fx.mmio_val = UINT64_C(0xffffffff12345678);
	ck_assert_int_eq(fx_exec(&fx, la_enc_fld_s(V, A1, 4)), FX_DONE);
	ck_assert_uint_eq(fx.last.size, 4);
	ck_assert_hex_eq(fx.cpu->v[V].w[0], 0x12345678);
	ck_assert_int_eq(fx_exec(&fx, la_enc_vldrepl_h(V, A1, 2)), FX_DONE);
	ck_assert_uint_eq(fx.last.size, 2);
	ck_assert_hex_eq(fx.cpu->v[V].d[1], UINT64_C(0x5678567856785678));
	set_register(1);
	ck_assert_int_eq(fx_exec(&fx, la_enc_vstelm_b(V, A1, 3, 9)), FX_DONE);
	ck_assert_uint_eq(fx.last.size, 1);
	ck_assert_hex_eq(fx.last.addr, FX_MMIO + 3);
	ck_assert_hex_eq(fx.last.val, fx.cpu->v[V].b[9]);
}
END_TEST

/*
 * The slow path of each form, round and round: a handler that calls the next one instead of
 * jumping to it uses up the stack of the host.
 */
START_TEST(slow_loop)
{
	const uint64_t rounds = 200000;
	const struct form f = any_form(_i);

	set_address(&f, FX_MMIO);
	fx_set(&fx, A3, strstr(f.what, "le_") ? FX_MMIO : 0);
	fx_set(&fx, A0, rounds);
	fx_program(&fx, f.insn, la_enc_addi_d(A0, A0, -1), la_enc_bnez(A0, -8));
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A0), 0);
	ck_assert_uint_ge(fx.last.size, 1);
}
END_TEST

/* ------------------------------------------------------------------ branches on flags */

/* In front of, behind and far from the target, and in another page. */
static const struct { int64_t at, to; } jumps[] = {
	{ 0x100, 0x120 }, { 0x120, 0x100 }, { 0x100, 0x2100 }, { 0x2100, 0x100 },
	{ 0, 0xffffc }, { 0x1ffc, 0x2000 },
};

START_TEST(flag_branches)
{
	const unsigned int cj = (unsigned int)_i & 7;
	const bool is_nez = _i & 8;

	for (unsigned int j = 0; j < 2 * ARRAY_SIZE(jumps); j++) {
		const bool flag = j & 1;
		const uint64_t at = FX_CODE + (uint64_t)jumps[j / 2].at;
		const uint64_t to = FX_CODE + (uint64_t)jumps[j / 2].to;
		const int32_t offs = (int32_t)(to - at);

		/* The others say the opposite. */
		memset(fx.cpu->fcc, !flag, sizeof(fx.cpu->fcc));
		fx.cpu->fcc[cj] = flag;
		fx_at(&fx, at);
		fx_emit(&fx, is_nez ? la_enc_bcnez(cj, offs) : la_enc_bceqz(cj, offs));
		fx_emit(&fx, la_enc_break(0));
		if (to != at + 4) {
			fx_at(&fx, to);
			fx_emit(&fx, la_enc_break(0));
		}
		fx_mode(&fx, false, 0);
		ck_assert_int_eq(fx_go_cpu(fx.cpu, at), FX_DONE);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), flag == is_nez ? to : at + 4);
	}
	fx_set_csr(&fx, LA_CSR_EUEN, 0);
	fx_mode(&fx, false, 0);
	ck_assert_int_eq(fx_exec(&fx, is_nez ? la_enc_bcnez(cj, 8) : la_enc_bceqz(cj, 8)),
			 LA_EXC_FPD);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("soft FP and vector memory");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, loads, 0, NLOADS);
	tcase_add_loop_test(tc, stores, 0, NSTORES);
	tcase_add_loop_test(tc, bounds, 0, NBOUNDS);
	tcase_add_loop_test(tc, units_off, 0, NLOADS + NSTORES + NBOUNDS);
	tcase_add_test(tc, devices);
	tcase_add_loop_test(tc, slow_loop, 0, NLOADS + NSTORES + NBOUNDS);
	tcase_add_loop_test(tc, flag_branches, 0, 16);
	suite_add_tcase(s, tc);
	return fx_main(s);
}
