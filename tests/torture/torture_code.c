/* SPDX-License-Identifier: Apache-2.0 */
/*
 * torture_code.c - code that changes: a guest loop takes its orders from a script (store
 * this there in that way, ibar, call that), thousands of times, in code that lies in the
 * loop's own page, across page ends and in more pages than the CPU can keep decoded.  The
 * reference is the same machine single-stepped, which reads every instruction from memory.
 */
#include <pthread.h>

#include "../unit/soft_mmu_fixture.h"
#include "torture.h"

#define PAGE UINT64_C(0x1000)
#define LOOP (FX_CODE)			/* the loop, and slots behind it */
#define ROUTINES (FX_CODE + 3 * PAGE)
#define DATA FX_DATA			/* slots load and store here */
#define FLAGS (FX_DATA + 0x10000)	/* the two CPUs' numbers */
#define SCRIPT UINT64_C(0x400000)
#define FAR UINT64_C(0x1000000)		/* slots in pages of their own */
#define MANY_PAGES 1500u		/* the pool has 1152 */

#define SLOT_WORDS 16u			/* the last one returns */
#define NSLOTS_MAX (MANY_PAGES + 64u)
#define NORDERS 1500u
#define NCHUNKS 4u

/* Two more names of all RAM below 4 MiB and of a part at FAR, by the TLB. */
#define ALIAS_1 UINT64_C(0x40000000)
#define ALIAS_2 UINT64_C(0xffffff8080000000)

enum counter {
	CODE_ORDERS, CODE_DEVICE, CODE_EVICTING, CODE_CROSS, CODE_ALIAS, CODE_TO_DATA,
	CODE_SPLIT_SLOT, CODE_NCOUNTERS
};

static const char *const counters[CODE_NCOUNTERS] = {
	"patches and calls", "device writes", "runs with more pages than the pool",
	"patches by another CPU", "through aliases", "code pages used as data",
	"slots across a page end",
};

/* How an order stores A5 at A4. */
enum way {
	BY_ST_W, BY_ST_H, BY_ST_B, BY_ST_D, BY_STX_W, BY_STPTR_W, BY_VST, BY_XVST, BY_FST_D,
	BY_AMSWAP_W, BY_AMXOR_D, BY_AMCAS_W, BY_SC_W, BY_UNALIGNED, BY_VSTELM, BY_NOTHING,
	BY_FILLING, NWAYS
};

struct order {
	uint64_t at;
	uint64_t value;
	uint64_t routine;
	uint64_t call;
};

struct code {
	struct rng rng;
	uint64_t seed;
	unsigned int nslots;
	uint64_t slot[NSLOTS_MAX];
	uint64_t routine[NWAYS];
	bool is_paged;
	struct order orders[NORDERS];
};

static unsigned int below(struct code *t, unsigned int n)
{
	return rng_below(&t->rng, n);
}

static bool one_in(struct code *t, unsigned int n)
{
	return rng_one_in(&t->rng, n);
}

/* ------------------------------------------------------------------ what slots do */

static unsigned int any_reg(struct code *t)
{
	static const unsigned int regs[] = { A0, A1, A2, A3, T0, T1 };

	return regs[below(t, ARRAY_SIZE(regs))];
}

/* Something that can neither fault nor leave the slot; @left words stand behind it. */
static uint32_t any_insn(struct code *t, unsigned int left)
{
	unsigned int d = any_reg(t), j = any_reg(t), k = any_reg(t);
	int imm = (int)below(t, 4096) - 2048;

	switch (below(t, 16)) {
	case 0:
	case 1:
	case 2:
		return la_enc_addi_d(d, j, imm);
	case 3:
		return la_enc_add_d(d, j, k);
	case 4:
		return la_enc_xor(d, j, k);
	case 5:
		return la_enc_slli_d(d, j, below(t, 64));
	case 6:
		return la_enc_or(d, j, k);
	case 7:
		return la_enc_sub_d(d, j, k);
	case 8:
		return la_enc_ld_d(d, T8, 8 * (int)below(t, 64));
	case 9:
		return la_enc_st_d(d, T8, 8 * (int)below(t, 64));
	case 10:
		return la_enc_ld_bu(d, T8, (int)below(t, 512));
	case 11:
		return la_enc_st_w(d, T8, 4 * (int)below(t, 128));
	case 12:
		return left > 1 ? la_enc_bne(j, k, 4 * (int)(1 + below(t, left))) :
				  la_enc_srli_d(d, j, 7);
	case 13:
		return left > 1 ? la_enc_beqz(j, 4 * (int)(1 + below(t, left))) :
				  la_enc_andi(d, j, 0xff);
	case 14:
		return la_enc_alsl_d(d, j, k, 1 + below(t, 4));
	default:
		return la_enc_mul_d(d, j, k);
	}
}

static void put_slot(struct code *t, struct fx *fx, uint64_t at)
{
	fx_at(fx, at);
	for (unsigned int i = 0; i + 1 < SLOT_WORDS; i++)
		fx_emit(fx, any_insn(t, SLOT_WORDS - 1 - i));
	fx_emit(fx, la_enc_jirl(0, RA, 0));
}

static void choose_slots(struct code *t)
{
	bool is_many = one_in(t, 4);

	t->nslots = 0;
	/* Behind the loop, in its lines and page. */
	for (unsigned int i = 0; i < 8; i++)
		t->slot[t->nslots++] = LOOP + 0x100 + i * 4 * SLOT_WORDS;
	/* Across the ends of pages, at each word. */
	for (unsigned int i = 0; i < SLOT_WORDS; i++)
		t->slot[t->nslots++] = FX_CODE + (8 + 2 * i) * PAGE - 4 * i;
	for (unsigned int i = 0; i < (is_many ? MANY_PAGES : 12); i++)
		t->slot[t->nslots++] = FAR + i * PAGE + i % 60 * 64;
	if (is_many)
		tally(CODE_EVICTING);
}

/* ------------------------------------------------------------------ the guest's part */

static void routine(struct code *t, struct fx *fx, enum way way)
{
	t->routine[way] = fx->at;
	switch (way) {
	case BY_ST_W:
		fx_emit(fx, la_enc_st_w(A5, A4, 0));
		break;
	case BY_ST_H:
		fx_emit(fx, la_enc_st_h(A5, A4, 0));
		fx_emit(fx, la_enc_srli_d(A5, A5, 16));
		fx_emit(fx, la_enc_st_h(A5, A4, 2));
		break;
	case BY_ST_B:
		for (int i = 0; i < 4; i++) {
			fx_emit(fx, la_enc_st_b(A5, A4, i ^ 1));
			fx_emit(fx, la_enc_srli_d(A5, A5, 8));
		}
		/* Bytes went in a strange order; the word now does it all. */
		fx_emit(fx, la_enc_ld_w(A5, T7, 8));
		for (int i = 0; i < 4; i++) {
			fx_emit(fx, la_enc_st_b(A5, A4, i));
			fx_emit(fx, la_enc_srli_d(A5, A5, 8));
		}
		break;
	case BY_ST_D:
		fx_emit(fx, la_enc_st_d(A5, A4, 0));
		break;
	case BY_STX_W:
		fx_emit(fx, la_enc_stx_w(A5, A4, 0));
		break;
	case BY_STPTR_W:
		fx_emit(fx, la_enc_stptr_w(A5, A4, 0));
		break;
	case BY_VST:
		fx_emit(fx, la_enc_vreplgr2vr_d(1, A5));
		fx_emit(fx, la_enc_vst(1, A4, 0));
		break;
	case BY_XVST:
		fx_emit(fx, la_enc_xvreplgr2vr_d(1, A5));
		fx_emit(fx, la_enc_xvst(1, A4, 0));
		break;
	case BY_FST_D:
		fx_emit(fx, la_enc_movgr2fr_d(1, A5));
		fx_emit(fx, la_enc_fst_d(1, A4, 0));
		break;
	case BY_AMSWAP_W:
		fx_emit(fx, la_enc_amswap_db_w(0, A5, A4));
		break;
	case BY_AMXOR_D:
		fx_emit(fx, la_enc_ld_d(A6, A4, 0));
		fx_emit(fx, la_enc_xor(A6, A6, A5));
		fx_emit(fx, la_enc_amxor_d(0, A6, A4));
		break;
	case BY_AMCAS_W:
		fx_emit(fx, la_enc_ld_w(A6, A4, 0));
		fx_emit(fx, la_enc_amcas_w(A6, A5, A4));
		break;
	case BY_SC_W:
		fx_emit(fx, la_enc_ll_w(A6, A4, 0));
		fx_emit(fx, la_enc_or(A6, A5, 0));
		fx_emit(fx, la_enc_sc_w(A6, A4, 0));
		fx_emit(fx, la_enc_beqz(A6, -12));
		break;
	case BY_UNALIGNED:
		/* The word and its neighbours' bytes, as they are. */
		fx_emit(fx, la_enc_ld_d(A6, A4, -2));
		fx_emit(fx, la_enc_bstrins_d(A6, A5, 47, 16));
		fx_emit(fx, la_enc_st_d(A6, A4, -2));
		break;
	case BY_VSTELM:
		fx_emit(fx, la_enc_vreplgr2vr_d(1, A5));
		fx_emit(fx, la_enc_vstelm_w(1, A4, 0, 2));
		break;
	case BY_FILLING:
		/* A hundred stores that hit no code: the page becomes data. */
		fx_emit(fx, la_enc_addi_d(A6, 0, 100));
		fx_emit(fx, la_enc_st_d(A6, A5, 0));
		fx_emit(fx, la_enc_addi_d(A6, A6, -1));
		fx_emit(fx, la_enc_bnez(A6, -8));
		break;
	default:
		break;
	}
	fx_emit(fx, la_enc_jirl(0, RA, 0));
}

static void write_loop(struct fx *fx)
{
	fx_at(fx, LOOP);
	fx_emit(fx, la_enc_ld_d(A4, T7, 0));
	fx_emit(fx, la_enc_ld_d(A5, T7, 8));
	fx_emit(fx, la_enc_ld_d(A6, T7, 16));
	fx_emit(fx, la_enc_jirl(RA, A6, 0));
	fx_emit(fx, la_enc_ibar(0));
	fx_emit(fx, la_enc_ld_d(A7, T7, 24));
	fx_emit(fx, la_enc_jirl(RA, A7, 0));
	fx_emit(fx, la_enc_addi_d(T7, T7, sizeof(struct order)));
	fx_emit(fx, la_enc_bne(T7, T6, -32));
	fx_emit(fx, la_enc_break(0));
}

/* Some name of @gpa; PLV0, paged or direct. */
static uint64_t name_of(struct code *t, uint64_t gpa)
{
	if (!t->is_paged)
		return one_in(t, 3) ? gpa | UINT64_C(0x5a5a) << 48 : gpa;
	switch (below(t, 4)) {
	case 0:
		return FX_USEG | gpa;
	case 1:
		return FX_KSEG | gpa;
	case 2:
		tally(CODE_ALIAS);
		return ALIAS_1 + gpa;
	default:
		tally(CODE_ALIAS);
		return ALIAS_2 + gpa;
	}
}

static struct order any_order(struct code *t)
{
	static const uint8_t aligns[NWAYS] = {
		[BY_ST_D] = 8, [BY_VST] = 16, [BY_XVST] = 32, [BY_FST_D] = 8, [BY_AMXOR_D] = 8,
	};
	uint64_t slot = t->slot[below(t, t->nslots)];
	enum way way = (enum way)below(t, NWAYS);
	unsigned int word = below(t, SLOT_WORDS - 1);
	unsigned int size = aligns[way];
	struct order o = { .routine = t->routine[way] };
	uint64_t at;

	/* Wide stores stay inside the slot, and do not hit its last word. */
	at = slot + 4 * word;
	if (size) {
		at &= ~(uint64_t)(size - 1);
		while (at < slot)
			at += size;
		if (at + size > slot + 4 * (SLOT_WORDS - 1)) {
			o.routine = t->routine[BY_ST_W];
			at = slot + 4 * word;
		}
	}
	if (way == BY_UNALIGNED && (!word || word + 2 >= SLOT_WORDS))
		o.routine = t->routine[BY_NOTHING];
	word = (unsigned int)(at - slot) / 4;
	/* No branches where a vector repeats them. */
	o.value = any_insn(t, 1) | (uint64_t)any_insn(t, 1) << 32;
	if (size <= 8)
		o.value = any_insn(t, SLOT_WORDS - 1 - word) |
			  (uint64_t)any_insn(t, size ? SLOT_WORDS - 2 - word : 1) << 32;
	if (way == BY_FILLING) {
		/* A place in the slot's page where no slot is. */
		o.value = name_of(t, (slot & ~(PAGE - 1)) + 0xfe0);
		if (slot < FAR || (slot & 0xfff) > 0xf00)
			o.routine = t->routine[BY_NOTHING];
		else
			tally(CODE_TO_DATA);
	}
	if ((slot & (PAGE - 1)) + 4 * SLOT_WORDS > PAGE)
		tally(CODE_SPLIT_SLOT);
	o.at = name_of(t, at);
	o.routine = name_of(t, o.routine);
	/* Mostly what was patched, from its start or from the middle. */
	o.call = name_of(t, (one_in(t, 4) ? t->slot[below(t, t->nslots)] : slot) +
			    (one_in(t, 3) ? 4 * below(t, SLOT_WORDS - 1) : 0));
	tally(CODE_ORDERS);
	return o;
}

/* ------------------------------------------------------------------ machines */

static void prepare(struct code *t, struct fx *fx, unsigned int ncpus)
{
	fx_open(fx, &fx_max, ncpus);
	for (unsigned int i = 0; i < 40 && t->is_paged; i++) {
		static const uint64_t alias[2] = { ALIAS_1, ALIAS_2 };

		for (unsigned int cpu = 0; cpu < ncpus; cpu++) {
			struct fx view = *fx;

			view.cpu = la_machine_cpu(fx->m, cpu);
			/* Pairs of 1 MiB: below 4 MiB, and FAR with 6 more. */
			mmu_fill(&view, 1, alias[i & 1] + (i / 2 < 2 ? 0 : FAR - 0x400000) +
				 i / 2 * 0x200000, 20,
				 MMU_RW | LA_TLBELO0_G |
				 ((i / 2 < 2 ? 0 : FAR - 0x400000) + i / 2 * 0x200000),
				 MMU_RW | LA_TLBELO0_G |
				 ((i / 2 < 2 ? 0 : FAR - 0x400000) + i / 2 * 0x200000 + 0x100000));
		}
	}
	write_loop(fx);
	fx_at(fx, ROUTINES);
	for (unsigned int w = 0; w < NWAYS; w++)
		routine(t, fx, (enum way)w);
}

static void enter(struct code *t, struct la_cpu *cpu, unsigned int first, unsigned int n)
{
	la_set_csr(cpu, LA_CSR_CRMD, t->is_paged ? LA_CRMD_PG : LA_CRMD_DA);
	la_set_csr(cpu, LA_CSR_TLBRERA, 0);
	la_set_gpr(cpu, T8, (t->is_paged ? FX_USEG : 0) | DATA);
	la_set_gpr(cpu, T7, ((t->is_paged ? FX_USEG : 0) | SCRIPT) + first * sizeof(struct order));
	la_set_gpr(cpu, T6, ((t->is_paged ? FX_USEG : 0) | SCRIPT) +
			    (first + n) * sizeof(struct order));
	la_set_pc(cpu, (t->is_paged ? FX_USEG : 0) | LOOP);
}

static void run_fast(struct code *t, struct fx *fx, unsigned int first, unsigned int n)
{
	enter(t, fx->cpu, first, n);
	torture_eq(fx_go_cpu(fx->cpu, la_get_pc(fx->cpu)), FX_DONE);
}

static void run_slow(struct code *t, struct fx *fx, unsigned int first, unsigned int n)
{
	enter(t, fx->cpu, first, n);
	while (la_step(fx->cpu) != LA_STOP_IDLE)
		;
}

static void compare(struct code *t, const struct fx *a, const struct fx *b, const char *when)
{
	for (unsigned int r = 1; r < 32; r++)
		torture_check(fx_reg(a, r) == fx_reg(b, r), "seed %" PRIu64 ", %s: r%u is %#" PRIx64
			      ", stepped %#" PRIx64, t->seed, when, r, fx_reg(a, r), fx_reg(b, r));
	torture_check(!memcmp(a->ram + FX_CODE, b->ram + FX_CODE, 0x100000), "seed %" PRIu64
		      ", %s: code differs", t->seed, when);
	torture_check(!memcmp(a->ram + DATA, b->ram + DATA, 0x1000), "seed %" PRIu64
		      ", %s: data differ", t->seed, when);
	torture_check(!memcmp(a->ram + FAR, b->ram + FAR, MANY_PAGES * PAGE), "seed %" PRIu64
		      ", %s: far code differs", t->seed, when);
}

/* The same new slot in both machines, as a device writes it. */
static void device_write(struct code *t, struct fx *a, struct fx *b)
{
	for (unsigned int i = 0; i < 20; i++) {
		uint64_t at = t->slot[below(t, t->nslots)];
		uint32_t words[SLOT_WORDS];

		put_slot(t, b, at);
		memcpy(words, b->ram + at, sizeof(words));
		memcpy(a->ram + at, words, sizeof(words));
		la_ram_written(a->m, at, sizeof(words));
		tally(CODE_DEVICE);
	}
}

static struct code state;

static struct code *start(uint64_t seed, struct fx *a, struct fx *b, unsigned int ncpus)
{
	struct code *t = &state;
	struct rng again;

	memset(t, 0, sizeof(*t));
	t->seed = seed;
	rng_seed(&t->rng, seed);
	t->is_paged = !one_in(t, 3);
	choose_slots(t);
	prepare(t, a, ncpus);
	prepare(t, b, 1);
	again = t->rng;
	for (unsigned int i = 0; i < t->nslots; i++)
		put_slot(t, a, t->slot[i]);
	t->rng = again;
	for (unsigned int i = 0; i < t->nslots; i++)
		put_slot(t, b, t->slot[i]);
	for (unsigned int i = 0; i < NORDERS; i++)
		t->orders[i] = any_order(t);
	fx_write(a, SCRIPT, t->orders, sizeof(t->orders));
	fx_write(b, SCRIPT, t->orders, sizeof(t->orders));
	return t;
}

/* One CPU patches what it executes; devices write in between. */
static void run_self(uint64_t seed)
{
	static struct fx a, b;
	/* Epochs and retirement differ with the number of CPUs; only one runs. */
	struct code *t = start(seed, &a, &b, 1 + (seed & 1));

	for (unsigned int i = 0; i < NCHUNKS; i++) {
		unsigned int n = NORDERS / NCHUNKS;

		run_fast(t, &a, i * n, n);
		run_slow(t, &b, i * n, n);
		compare(t, &a, &b, "after a chunk");
		device_write(t, &a, &b);
	}
	/* All over again: nothing is new, much is decoded. */
	run_fast(t, &a, 0, NORDERS);
	run_slow(t, &b, 0, NORDERS);
	compare(t, &a, &b, "again");
	fx_close(&a);
	fx_close(&b);
}

/* ------------------------------------------------------------------ two CPUs */

/*
 * CPU 1 carries out the stores, CPU 0 the calls, each waiting for the other's number: T5
 * counts, T4 points to the flags.
 */
static void write_pair(struct fx *fx)
{
	fx_at(fx, LOOP);
	fx_emit(fx, la_enc_addi_d(T5, T5, 1));
	fx_emit(fx, la_enc_ld_d(A6, T4, 0));
	fx_emit(fx, la_enc_bne(A6, T5, -4));
	fx_emit(fx, la_enc_ibar(0));
	fx_emit(fx, la_enc_ld_d(A7, T7, 24));
	fx_emit(fx, la_enc_jirl(RA, A7, 0));
	fx_emit(fx, la_enc_dbar(0));
	fx_emit(fx, la_enc_st_d(T5, T4, 64));
	fx_emit(fx, la_enc_addi_d(T7, T7, sizeof(struct order)));
	fx_emit(fx, la_enc_bne(T7, T6, -36));
	fx_emit(fx, la_enc_break(0));
	fx_at(fx, LOOP + 0x80);
	fx_emit(fx, la_enc_ld_d(A4, T7, 0));
	fx_emit(fx, la_enc_ld_d(A5, T7, 8));
	fx_emit(fx, la_enc_ld_d(A6, T7, 16));
	fx_emit(fx, la_enc_jirl(RA, A6, 0));
	fx_emit(fx, la_enc_addi_d(T5, T5, 1));
	fx_emit(fx, la_enc_dbar(0));
	fx_emit(fx, la_enc_st_d(T5, T4, 0));
	fx_emit(fx, la_enc_ld_d(A6, T4, 64));
	fx_emit(fx, la_enc_bne(A6, T5, -4));
	fx_emit(fx, la_enc_addi_d(T7, T7, sizeof(struct order)));
	fx_emit(fx, la_enc_bne(T7, T6, -40));
	fx_emit(fx, la_enc_break(0));
}

static void *run_writer(void *arg)
{
	struct la_cpu *cpu = arg;

	return fx_go_cpu(cpu, la_get_pc(cpu)) == FX_DONE ? cpu : NULL;
}

static void run_cross(uint64_t seed)
{
	/* Each order may cost two time slices of a busy host. */
	const unsigned int n = 150;
	static struct fx a, b;
	struct code *t = start(seed, &a, &b, 2);
	struct la_cpu *writer = la_machine_cpu(a.m, 1);
	pthread_t thread;
	void *ok = NULL;

	write_pair(&a);
	enter(t, a.cpu, 0, n);
	enter(t, writer, 0, n);
	la_set_pc(writer, la_get_pc(writer) + 0x80);
	for (unsigned int i = 0; i < 2; i++) {
		la_set_gpr(la_machine_cpu(a.m, i), T4, (t->is_paged ? FX_USEG : 0) | FLAGS);
		la_set_gpr(la_machine_cpu(a.m, i), T5, 0);
	}
	torture_eq(pthread_create(&thread, NULL, run_writer, writer), 0);
	torture_eq(fx_go_cpu(a.cpu, la_get_pc(a.cpu)), FX_DONE);
	pthread_join(thread, &ok);
	ck_assert_ptr_nonnull(ok);
	run_slow(t, &b, 0, n);
	for (unsigned int i = 0; i < n; i++)
		tally(CODE_CROSS);
	/* The roles' own registers differ; the slots' must not. */
	for (unsigned int r = A0; r <= A3; r++)
		torture_check(fx_reg(&a, r) == fx_reg(&b, r), "seed %" PRIu64 ": r%u is %#" PRIx64
			      ", stepped %#" PRIx64, seed, r, fx_reg(&a, r), fx_reg(&b, r));
	torture_eq(fx_reg(&a, T0), fx_reg(&b, T0));
	torture_eq(fx_reg(&a, T1), fx_reg(&b, T1));
	ck_assert(!memcmp(a.ram + DATA, b.ram + DATA, 0x1000));
	ck_assert(!memcmp(a.ram + FAR, b.ram + FAR, MANY_PAGES * PAGE));
	ck_assert(!memcmp(a.ram + ROUTINES, b.ram + ROUTINES, 0x80000));
	fx_close(&a);
	fx_close(&b);
}

int main(int argc, char **argv)
{
	static const struct torture tests[] = {
		{ "code-self", run_self, 24 },
		{ "code-cross", run_cross, 6 },
	};

	return torture_main(argc, argv, tests, ARRAY_SIZE(tests), counters, CODE_NCOUNTERS);
}
