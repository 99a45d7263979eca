/* SPDX-License-Identifier: Apache-2.0 */
/*
 * torture_nest.c - exceptions inside of exceptions.  A random program at any privilege
 * level runs into faults of all kinds; the handler keeps its stack and its log in mapped
 * memory, empties the TLB at random, enables interrupts and faults by itself.  The log and
 * the final state must be the same when
 *   - the program runs at full speed, and one instruction at a time;
 *   - an interrupt comes before step k, for every k;
 *   - another thread raises interrupts all the time.
 */
#include <pthread.h>
#include <sched.h>

#include "nest.h"

enum counter {
	NEST_PROGRAMS, NEST_INJECTED, NEST_TAKEN, NEST_ASYNC, NEST_REFILL_BREAK,
	NEST_WALKER, NEST_CODES,
	NEST_NCOUNTERS = NEST_CODES + 0x12
};

static const char *const counters[NEST_NCOUNTERS] = {
	"programs", "interrupts injected", "interrupts taken", "interrupts by another thread",
	"exceptions inside a refill handler", "programs with the walker",
	[NEST_CODES + LA_EXC_PIL] = "PIL", [NEST_CODES + LA_EXC_PIS] = "PIS",
	[NEST_CODES + LA_EXC_PIF] = "PIF", [NEST_CODES + LA_EXC_PME] = "PME",
	[NEST_CODES + LA_EXC_PNR] = "PNR", [NEST_CODES + LA_EXC_PNX] = "PNX",
	[NEST_CODES + LA_EXC_PPI] = "PPI", [NEST_CODES + 8] = "ADE", [NEST_CODES + 9] = "ALE",
	[NEST_CODES + LA_EXC_SYS] = "SYS", [NEST_CODES + LA_EXC_BRK] = "BRK",
	[NEST_CODES + LA_EXC_INE] = "INE", [NEST_CODES + LA_EXC_IPE] = "IPE",
	[NEST_CODES + LA_EXC_FPD] = "FPD", [NEST_CODES + LA_EXC_SXD] = "SXD",
	[NEST_CODES + LA_EXC_ASXD] = "ASXD",
};

static unsigned int below(struct nest *t, unsigned int n)
{
	return rng_below(&t->rng, n);
}

static bool one_in(struct nest *t, unsigned int n)
{
	return rng_one_in(&t->rng, n);
}

/* ------------------------------------------------------------------ the user part */

/* T0 = an offset within the data pages, T1 = the address. */
static void emit_address(struct nest *t, unsigned int align)
{
	uint64_t off = rng_u64(&t->rng) % (NDATA * 0x1000 - 64) & ~(uint64_t)(align - 1);

	/* The end of a page every now and then. */
	if (align == 1 && one_in(t, 3))
		off = (off | 0xfff) - below(t, 8);
	emit(t, la_enc_lu12i_w(T0, (int)(off >> 12)));
	emit(t, la_enc_ori(T0, T0, (unsigned int)off & 0xfff));
	emit(t, la_enc_add_d(T1, UDATA, T0));
}

static void emit_jump_to_page(struct nest *t)
{
	emit(t, la_enc_lu12i_w(T0, (int)below(t, NCODE)));
	emit(t, la_enc_ori(T0, T0, 4 * below(t, 1024) + (one_in(t, 6) ? below(t, 4) : 0)));
	emit(t, la_enc_add_d(T1, UCODE, T0));
	emit(t, la_enc_jirl(RA, T1, 0));
}

static void emit_unit(struct nest *t)
{
	unsigned int d = A0 + below(t, 8), j = A0 + below(t, 8);

	switch (below(t, 20)) {
	case 0:
	case 1:
		emit_address(t, 1);
		emit(t, la_enc_ld_d(d, T1, 0));
		break;
	case 2:
	case 3:
		emit_address(t, 1);
		emit(t, la_enc_st_d(d, T1, 0));
		break;
	case 4:
		emit_address(t, 8);
		emit(t, la_enc_amadd_db_d(d, d == j ? A0 + (j - A0 + 1) % 8 : j, T1));
		break;
	case 5:
		emit_address(t, 1);
		emit(t, la_enc_ldx_w(d, UDATA, T0));
		break;
	case 6:
		emit_address(t, 1);
		emit(t, la_enc_stx_w(d, UDATA, T0));
		break;
	case 7:
		emit(t, la_enc_syscall(below(t, 100)));
		break;
	case 8:
		emit(t, la_enc_break(below(t, 100)));
		break;
	case 9:
		emit(t, 0x00000003);				/* nothing is that */
		break;
	case 10:
		emit(t, la_enc_csrrd(d, LA_CSR_SAVE0 + 7));
		break;
	case 11:
		emit(t, la_enc_ld_w(d, UHOLE, (int)below(t, 64)));
		break;
	case 12:
		emit_address(t, 1);
		emit(t, la_enc_ll_w(d, T1, 0));
		break;
	case 13:
		emit(t, one_in(t, 3) ? la_enc_fadd_d(1, 2, 3) : one_in(t, 2) ?
			la_enc_vadd_b(1, 2, 3) : la_enc_xvadd_b(1, 2, 3));
		break;
	case 14:
	case 15:
	case 16:
	case 17:
		emit_jump_to_page(t);
		break;
	default:
		emit(t, la_enc_addi_d(d, j, (int)below(t, 4000) - 2000));
		emit(t, la_enc_xor(j, d, j));
		break;
	}
}

static void write_program(struct nest *t)
{
	unsigned int n = 5 + below(t, 12);
	uint64_t start;

	fx_at(&t->fx, FX_CODE);
	start = t->fx.at;
	for (unsigned int i = 0; i < n; i++)
		emit_unit(t);
	emit(t, la_enc_addi_d(UCOUNT, UCOUNT, -1));
	emit(t, la_enc_bnez(UCOUNT, (int)(start - t->fx.at)));
	emit(t, la_enc_break(LAST_BREAK));
}

/* ------------------------------------------------------------------ the world */

static uint64_t any_rights(struct nest *t, bool is_code)
{
	uint64_t v = LA_TLBELO0_V | LA_TLBELO0_D | 3u << 2;

	if (one_in(t, 5))
		v &= ~LA_TLBELO0_V;
	if (is_code || one_in(t, 4))
		v &= ~LA_TLBELO0_D;
	if (one_in(t, 5))
		v = (v & ~UINT64_C(0xc)) | below(t, 4) << 2;
	v |= one_in(t, 6) ? LA_TLBELO0_NR : 0;
	v |= one_in(t, is_code ? 2 : 4) ? LA_TLBELO0_NX : 0;
	v |= one_in(t, 8) ? LA_TLBELO0_RPLV : 0;
	return v;
}

static void map(struct nest *t, unsigned int page, uint64_t va, uint64_t rights)
{
	const uint64_t pgd = TABLES + (va >> 63 ? 0x1000 : 0);
	const uint64_t dir = TABLES + (va >> 63 ? 0x3000 : 0x2000);
	const uint64_t table = TABLES + (va >> 63 ? 0x5000 : 0x4000);

	/* P and W as V and D say; the walker sets those again. */
	rights |= (rights & 3) << 7;
	if (t->has_walker)
		rights &= ~UINT64_C(3);
	fx_put64(&t->fx, pgd + 8 * (va >> 30 & 0x1ff), dir);
	fx_put64(&t->fx, dir + 8 * (va >> 21 & 0x1ff), table);
	fx_put64(&t->fx, table + 8 * (va >> 12 & 0x1ff), rights | (FRAMES + page * 0x1000));
}

static void write_tables(struct nest *t)
{
	const uint64_t kernel = LA_TLBELO0_V | LA_TLBELO0_D | LA_TLBELO0_G;
	unsigned int page = 0;

	for (unsigned int i = 0; i < NDATA; i++)
		map(t, page++, DATA_VA + i * 0x1000, any_rights(t, false));
	for (unsigned int i = 0; i < NCODE; i++)
		map(t, page++, CODE_VA + i * 0x1000, any_rights(t, true));
	for (unsigned int i = 0; i < NSTACK + NLOG + 1; i++)
		map(t, page++, KERNEL_VA + i * 0x1000, kernel);
	/* Code pages hold returns only. */
	for (unsigned int i = 0; i < NPAGES * 0x1000; i += 8)
		fx_put64(&t->fx, FRAMES + i, 0);
	fx_at(&t->fx, FRAMES + NDATA * 0x1000);
	for (unsigned int i = 0; i < NCODE * 1024; i++)
		emit(t, la_enc_jirl(0, RA, 0));
	memcpy(t->image, t->fx.ram + FRAMES, sizeof(t->image));
}

static void prepare(struct nest *t, uint64_t seed)
{
	memset(t, 0, sizeof(*t));
	t->seed = seed;
	rng_seed(&t->rng, seed);
	fx_open(&t->fx, &fx_max, 1);
	t->has_walker = one_in(t, 2);
	t->plv = one_in(t, 3) ? below(t, 4) : 3;
	t->vs = below(t, 8);
	tally(NEST_PROGRAMS);
	if (t->has_walker)
		tally(NEST_WALKER);
	nest_write_kernel(t);
	write_tables(t);
	write_program(t);
	for (unsigned int r = A0; r <= T8; r++)
		t->regs[r] = rng_u64(&t->rng);
	t->regs[KSP] = STACK_VA + NSTACK * 0x1000;
	t->regs[KLOG] = LOG_VA;
	t->regs[KIRQ] = IRQ_VA;
	t->regs[UCOUNT] = 1 + below(t, 2);
	t->regs[UDATA] = DATA_VA;
	t->regs[UCODE] = CODE_VA;
	t->regs[UHOLE] = UINT64_C(0x0000900000000000);
}

/* Everything as it was at the start. */
static void begin(struct nest *t)
{
	struct la_cpu *cpu = t->fx.cpu;

	memcpy(t->fx.ram + FRAMES, t->image, sizeof(t->image));
	la_ram_written(t->fx.m, FRAMES, sizeof(t->image));
	la_cpu_set_irq(cpu, LA_IRQ_IPI, false);
	la_cpu_reset(cpu, FX_USEG | FX_CODE);
	fx_prepare(cpu);
	la_set_csr(cpu, LA_CSR_EUEN, 0);
	la_set_csr(cpu, LA_CSR_TLBRENTRY, REFILL);
	la_set_csr(cpu, LA_CSR_PGDL, TABLES);
	la_set_csr(cpu, LA_CSR_PGDH, TABLES + 0x1000);
	la_set_csr(cpu, LA_CSR_PWCL, 12 | 9 << 5 | 21 << 10 | 9 << 15);
	la_set_csr(cpu, LA_CSR_PWCH, 30 | 9 << 6 | (t->has_walker ? LA_PWCH_HPTW_EN : 0));
	la_set_csr(cpu, LA_CSR_ECFG, BIT64(LA_IRQ_IPI) | (uint64_t)t->vs << 16);
	for (unsigned int r = 1; r < 32; r++)
		la_set_gpr(cpu, r, t->regs[r]);
	la_set_csr(cpu, LA_CSR_CRMD, LA_CRMD_PG | LA_CRMD_IE | t->plv);
}

/* Without the stack, of which an interrupt uses more, and what interrupts count. */
static const struct { unsigned int from, to; } compared[] = {
	{ 0, (NDATA + NCODE) * 0x1000 },
	{ (NDATA + NCODE + NSTACK) * 0x1000, (NPAGES - 1) * 0x1000 },
};

static void compare(struct nest *t, const char *what, unsigned int k)
{
	for (unsigned int r = 1; r < 32; r++) {
		/* Scratch of the handler, in which it ended. */
		if (r >= T0 && r <= T8)
			continue;
		torture_check(la_get_gpr(t->fx.cpu, r) == t->want_regs[r], "seed %" PRIu64
			      ", %s %u: r%u is %#" PRIx64 ", not %#" PRIx64, t->seed, what, k, r,
			      la_get_gpr(t->fx.cpu, r), t->want_regs[r]);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(compared); i++) {
		for (unsigned int at = compared[i].from; at < compared[i].to; at += 8)
			torture_check(!memcmp(t->fx.ram + FRAMES + at, t->want + at, 8), "seed %"
				      PRIu64 ", %s %u: %#x is %#" PRIx64, t->seed, what, k, at,
				      fx_get64(&t->fx, FRAMES + at));
	}
}

/* A step that entered the handler stands at the vector of its code. */
static void check_vector(struct nest *t)
{
	uint64_t off = la_get_pc(t->fx.cpu) - (FX_KSEG | FX_EENTRY);
	uint64_t code = la_get_csr(t->fx.cpu, LA_CSR_ESTAT) >> 16 & 0x3f;

	if (off >= 0x10000)
		return;
	torture_check(off == (t->vs ? code << (t->vs + 2) : 0), "seed %" PRIu64
		      ": code %" PRIu64 " at vector %#" PRIx64, t->seed, code, off);
}

/* Steps to the end; an interrupt before step @k (none if 0). */
static unsigned int run_steps(struct nest *t, unsigned int k)
{
	unsigned int n = 0;

	begin(t);
	for (;;) {
		if (++n == k)
			la_cpu_set_irq(t->fx.cpu, LA_IRQ_IPI, true);
		if (la_step(t->fx.cpu) == LA_STOP_IDLE)
			return n;
		if (!k)
			check_vector(t);
		torture_check(n < MAX_STEPS, "seed %" PRIu64 ", interrupt %u: no end at %#" PRIx64,
			      t->seed, k, la_get_pc(t->fx.cpu));
	}
}

static void count_log(struct nest *t)
{
	for (uint64_t at = LOG_FRAME; at < IRQ_FRAME; at += 40) {
		unsigned int code = (unsigned int)fx_get64(&t->fx, at) & 0x3f;

		if (code && code < 0x12)
			tally(NEST_CODES + code);
	}
}

static void take_result(struct nest *t)
{
	for (unsigned int r = 1; r < 32; r++)
		t->want_regs[r] = la_get_gpr(t->fx.cpu, r);
	memcpy(t->want, t->fx.ram + FRAMES, sizeof(t->want));
	torture_check(la_get_gpr(t->fx.cpu, KLOG) <= IRQ_VA, "seed %" PRIu64 ": log is full",
		      t->seed);
	torture_eq(la_get_gpr(t->fx.cpu, KSP), t->regs[KSP] - FRAME_BYTES);
	torture_eq(la_get_gpr(t->fx.cpu, KDEPTH), 0);
	count_log(t);
}

static struct nest world;

/* Stepped, at full speed, and with an interrupt before each step. */
static void run_every_step(uint64_t seed)
{
	struct nest *t = &world;
	unsigned int stride;

	prepare(t, seed);
	t->nsteps = run_steps(t, 0);
	take_result(t);
	for (unsigned int i = 0; i < 2; i++) {
		begin(t);
		torture_eq(la_run(t->fx.cpu), LA_STOP_IDLE);
		compare(t, "at full speed, run", i);
	}
	stride = seed % 4 || t->nsteps > 4000 ? 1 + t->nsteps / MOST_INJECTED : 1;
	for (unsigned int k = 1 + below(t, stride); k < t->nsteps; k += stride) {
		run_steps(t, k);
		tally(NEST_INJECTED);
		if (fx_get64(&t->fx, IRQ_FRAME))
			tally(NEST_TAKEN);
		compare(t, "interrupt before step", k);
	}
	fx_close(&t->fx);
}

static void *raise_interrupts(void *arg)
{
	struct nest *t = arg;
	struct rng rng;

	rng_seed(&rng, t->seed);
	while (!atomic_load(&t->fx.cpu->requests)) {
		la_cpu_set_irq(t->fx.cpu, LA_IRQ_IPI, true);
		/* Long enough for the program to get on. */
		for (volatile unsigned int i = rng_below(&rng, 60000); i; i--)
			;
		if (rng_one_in(&rng, 8))
			sched_yield();
	}
	return NULL;
}

/* Runs as long as another thread interrupts; its end is the kick that is never served. */
static void run_async(uint64_t seed)
{
	struct nest *t = &world;

	prepare(t, seed);
	t->regs[UCOUNT] = 15;
	t->nsteps = run_steps(t, 0);
	take_result(t);
	for (unsigned int i = 0; i < 20; i++) {
		pthread_t thread;
		uint64_t n;

		begin(t);
		torture_eq(pthread_create(&thread, NULL, raise_interrupts, t), 0);
		while (la_run(t->fx.cpu) != LA_STOP_IDLE)
			;
		atomic_store(&t->fx.cpu->requests, LA_REQ_TIMER);
		pthread_join(thread, NULL);
		atomic_store(&t->fx.cpu->requests, 0);
		for (n = fx_get64(&t->fx, IRQ_FRAME); n; n--)
			tally(NEST_ASYNC);
		compare(t, "interrupted, run", i);
	}
	fx_close(&t->fx);
}

/* ------------------------------------------------------------------ inside a refill */

/*
 * The refill handler itself faults.  That is a general exception taken in direct mode; the
 * refill's registers stay, and while ISTLBR is set ertn belongs to the refill.
 */
static void run_in_refill(uint64_t seed)
{
	static const struct { uint32_t insn; unsigned int code; } faults[] = {
		{ 0x002a0005, LA_EXC_BRK }, { 0x002b0005, LA_EXC_SYS }, { 3, LA_EXC_INE },
		{ 0x22000000 | T0 | A3 << 5, LA_EXC_ALE }, { 0x01010000, LA_EXC_FPD },
	};
	const uint64_t va = DATA_VA + 0x18;
	struct nest *t = &world;
	struct fx *fx = &t->fx;
	unsigned int i;

	memset(t, 0, sizeof(*t));
	t->seed = seed;
	rng_seed(&t->rng, seed);
	fx_open(fx, &fx_max, 1);
	i = below(t, ARRAY_SIZE(faults));
	t->plv = below(t, 4);
	t->vs = below(t, 8);
	fx_at(fx, REFILL);
	emit(t, faults[i].insn);
	emit(t, la_enc_idle(0));
	/* The general handler fills the TLB from the refill's registers and goes back at once. */
	fx_at(fx, FX_EENTRY);
	while (fx->at < FX_EENTRY + 0x10000)
		emit(t, la_enc_b((int)(HANDLER - fx->at)));
	fx_at(fx, HANDLER);
	emit(t, la_enc_csrrd(T0, LA_CSR_ERA));
	emit(t, la_enc_csrrd(T1, LA_CSR_PRMD));
	emit(t, la_enc_csrrd(T2, LA_CSR_CRMD));
	emit(t, la_enc_csrrd(T3, LA_CSR_TLBRERA));
	emit(t, la_enc_csrrd(T4, LA_CSR_ESTAT));
	emit(t, la_enc_csrrd(T5, LA_CSR_TLBRPRMD));
	emit(t, la_enc_csrrd(T6, LA_CSR_TLBRBADV));
	emit(t, la_enc_tlbfill());
	/* Next time: stop. */
	emit(t, la_enc_csrwr(A4, LA_CSR_EENTRY));
	emit(t, la_enc_ertn());
	fx_at(fx, FX_EENTRY + 0x20000);
	while (fx->at < FX_EENTRY + 0x30000)
		emit(t, la_enc_idle(0));
	fx_set_csr(fx, LA_CSR_EUEN, 0);
	fx_set_csr(fx, LA_CSR_ECFG, (uint64_t)t->vs << 16);
	fx_set_csr(fx, LA_CSR_TLBRENTRY, REFILL);
	fx_set_csr(fx, LA_CSR_TLBREHI, 12);
	fx_set_csr(fx, LA_CSR_TLBRELO0, LA_TLBELO0_V | 3u << 2 | FRAMES);
	fx_put64(fx, FRAMES + 0x18, seed + 1);
	fx_set(fx, A1, va);
	fx_set(fx, A3, FX_DATA + 1);
	fx_set(fx, A4, FX_KSEG | (FX_EENTRY + 0x20000));
	fx_at(fx, FX_CODE);
	emit(t, la_enc_ld_d(A0, A1, 0));
	emit(t, la_enc_break(0));
	fx_set_csr(fx, LA_CSR_CRMD, LA_CRMD_PG | t->plv | (one_in(t, 2) ? LA_CRMD_IE : 0));
	la_set_pc(fx->cpu, FX_USEG | FX_CODE);
	if (one_in(t, 2)) {
		torture_eq(la_run(fx->cpu), LA_STOP_IDLE);
	} else {
		while (la_step(fx->cpu) != LA_STOP_IDLE)
			;
	}
	torture_eq(fx_reg(fx, A0), seed + 1);
	torture_eq(fx_reg(fx, T0), REFILL);
	torture_eq(fx_reg(fx, T1), 0);
	torture_eq(fx_reg(fx, T2), LA_CRMD_DA);
	torture_eq(fx_reg(fx, T3), (FX_USEG | FX_CODE) | LA_TLBRERA_ISTLBR);
	torture_eq(fx_reg(fx, T4) >> 16 & 0x3f, faults[i].code);
	torture_eq(fx_reg(fx, T5) & 3, t->plv);
	torture_eq(fx_reg(fx, T6), va);
	/* The last break came from the program, not from the handler. */
	torture_eq(fx_csr(fx, LA_CSR_ERA), (FX_USEG | FX_CODE) + 4);
	torture_eq(fx_csr(fx, LA_CSR_PRMD) & 3, t->plv);
	torture_eq(fx_csr(fx, LA_CSR_CRMD), LA_CRMD_PG);
	torture_eq(fx_csr(fx, LA_CSR_TLBRERA) & LA_TLBRERA_ISTLBR, 0);
	tally(NEST_REFILL_BREAK);
	fx_close(fx);
}

int main(int argc, char **argv)
{
	static const struct torture tests[] = {
		{ "nest-every-step", run_every_step, 24 },
		{ "nest-async", run_async, 8 },
		{ "nest-in-refill", run_in_refill, 20 },
	};

	return torture_main(argc, argv, tests, ARRAY_SIZE(tests), counters, NEST_NCOUNTERS);
}
