/* SPDX-License-Identifier: Apache-2.0 */
/*
 * torture_shoot.c - two CPUs on threads share page tables: one changes an entry again and
 * again, the other uses the page for loads, stores and code all the time and invalidates
 * when it is told by a number in memory.  Before that it may see the old frame or the new
 * one, behind it the new one only.
 */
#include <pthread.h>

#include "soft/mmu.h"
#include "torture.h"

#define NFRAMES 8u
#define REFILL UINT64_C(0x10c000)
#define WRITER FX_CODE
#define USER (FX_CODE + 0x1000)
#define FLAGS FX_DATA			/* +0: number of the change, +64: of the last seen */
#define TABLES UINT64_C(0x400000)
#define FRAMES UINT64_C(0x1000000)
#define FRAME_CODE 0x100		/* addi.d a0, r0, number; return */
#define FRAME_MARK 0x40			/* where the user stores what it has seen */
#define ROUNDS 120			/* each may cost two time slices */
#define ASID 5u

enum counter { SHOOT_ROUNDS, SHOOT_OLD, SHOOT_NEW, SHOOT_REFILL, SHOOT_NCOUNTERS };

static const char *const counters[SHOOT_NCOUNTERS] = {
	"changes", "old frames seen in time", "new frames seen early", "runs with refill",
};

/* Registers of both programs; T0.. are scratch. */
enum { SEQ = A2, PAGE_VA = A3, ENTRY = A4, FLAG = A5, LIMIT = A6, BITS = A7, OLD = 23, NEW = 24,
       FAILED = 25 };

struct shoot {
	struct fx fx;
	struct rng rng;
	uint64_t seed;
	uint64_t va;
	uint64_t entry_gpa;
	unsigned int op;
	bool has_walker;
	bool is_global;
};

static void emit(struct shoot *t, uint32_t insn)
{
	fx_emit(&t->fx, insn);
}

static void write_refill(struct shoot *t)
{
	fx_at(&t->fx, REFILL);
	emit(t, la_enc_csrwr(T0, LA_CSR_TLBRSAVE));
	emit(t, la_enc_csrrd(T0, LA_CSR_PGD));
	emit(t, la_enc_lddir(T0, T0, 3));
	emit(t, la_enc_lddir(T0, T0, 1));
	emit(t, la_enc_ldpte(T0, 0));
	emit(t, la_enc_ldpte(T0, 1));
	emit(t, la_enc_tlbfill());
	emit(t, la_enc_csrrd(T0, LA_CSR_TLBRSAVE));
	emit(t, la_enc_ertn());
}

/* Entry = frame of the number; number out; wait; the store must be in the new frame. */
static void write_writer(struct shoot *t)
{
	uint64_t loop, wait;

	fx_at(&t->fx, WRITER);
	loop = t->fx.at;
	emit(t, la_enc_addi_d(SEQ, SEQ, 1));
	emit(t, la_enc_andi(T0, SEQ, NFRAMES - 1));
	emit(t, la_enc_slli_d(T0, T0, 12));
	emit(t, la_enc_add_d(T1, T0, BITS));
	emit(t, la_enc_st_d(T1, ENTRY, 0));
	emit(t, la_enc_dbar(0));
	emit(t, la_enc_st_d(SEQ, FLAG, 0));
	wait = t->fx.at;
	emit(t, la_enc_ld_d(T2, FLAG, 64));
	emit(t, la_enc_bne(T2, SEQ, (int)(wait - t->fx.at)));
	emit(t, la_enc_dbar(0));
	emit(t, la_enc_add_d(T1, T0, PAGE_VA));		/* the frame by its own name */
	emit(t, la_enc_ld_d(T2, T1, FRAME_MARK));
	emit(t, la_enc_xor(T2, T2, SEQ));
	emit(t, la_enc_or(FAILED, FAILED, T2));
	emit(t, la_enc_bne(SEQ, LIMIT, (int)(loop - t->fx.at)));
	emit(t, la_enc_break(0));
}

/* FAILED |= T1 differs from the number of frame @seq. */
static void emit_check(struct shoot *t)
{
	emit(t, la_enc_xor(T1, T1, SEQ));
	emit(t, la_enc_andi(T1, T1, NFRAMES - 1));
	emit(t, la_enc_or(FAILED, FAILED, T1));
}

static void write_user(struct shoot *t)
{
	uint64_t loop;

	fx_at(&t->fx, USER);
	loop = t->fx.at;
	/* In use: load, store, call; SEQ is the last number seen. */
	emit(t, la_enc_ld_d(T1, PAGE_VA, 0));
	emit(t, la_enc_sub_d(T2, T1, SEQ));
	emit(t, la_enc_andi(T2, T2, NFRAMES - 1));
	emit(t, la_enc_add_d(NEW, NEW, T2));
	emit(t, la_enc_sltui(T3, T2, 1));
	emit(t, la_enc_add_d(OLD, OLD, T3));
	emit(t, la_enc_srli_d(T2, T2, 1));		/* one ahead at most */
	emit(t, la_enc_or(FAILED, FAILED, T2));
	emit(t, la_enc_st_d(T1, PAGE_VA, FRAME_MARK + 8));
	emit(t, la_enc_addi_d(T2, PAGE_VA, FRAME_CODE));
	emit(t, la_enc_jirl(RA, T2, 0));
	emit(t, la_enc_sub_d(T2, A0, SEQ));
	emit(t, la_enc_andi(T2, T2, NFRAMES - 1));
	emit(t, la_enc_srli_d(T2, T2, 1));
	emit(t, la_enc_or(FAILED, FAILED, T2));
	emit(t, la_enc_ld_d(T2, FLAG, 0));
	emit(t, la_enc_beq(T2, SEQ, (int)(loop - t->fx.at)));
	/* Told: invalidate, and see only the new one. */
	emit(t, la_enc_or(SEQ, T2, 0));
	emit(t, la_enc_dbar(0));
	emit(t, la_enc_ori(T4, 0, ASID));
	emit(t, la_enc_invtlb(t->op, t->op < 4 ? 0 : T4, t->op < 5 ? 0 : PAGE_VA));
	emit(t, la_enc_ld_d(T1, PAGE_VA, 0));
	emit_check(t);
	emit(t, la_enc_st_d(SEQ, PAGE_VA, FRAME_MARK));
	emit(t, la_enc_addi_d(T2, PAGE_VA, FRAME_CODE));
	emit(t, la_enc_jirl(RA, T2, 0));
	emit(t, la_enc_or(T1, A0, 0));
	emit_check(t);
	emit(t, la_enc_dbar(0));
	emit(t, la_enc_st_d(SEQ, FLAG, 64));
	emit(t, la_enc_bne(SEQ, LIMIT, (int)(loop - t->fx.at)));
	emit(t, la_enc_break(0));
}

static void write_tables(struct shoot *t)
{
	const uint64_t dir = TABLES + 0x2000, table = TABLES + 0x3000;

	fx_put64(&t->fx, TABLES + 8 * (t->va >> 30 & 0x1ff), dir);
	fx_put64(&t->fx, dir + 8 * (t->va >> 21 & 0x1ff), table);
	t->entry_gpa = table + 8 * (t->va >> 12 & 0x1ff);
	for (unsigned int i = 0; i < NFRAMES; i++) {
		fx_put64(&t->fx, FRAMES + 0x1000 * i, i);
		fx_at(&t->fx, FRAMES + 0x1000 * i + FRAME_CODE);
		emit(t, la_enc_addi_d(A0, 0, (int)i));
		emit(t, la_enc_jirl(0, RA, 0));
	}
}

/* Of an entry, without its frame; the global bit in both halves. */
static uint64_t entry_bits(const struct shoot *t)
{
	return LA_TLBELO0_V | LA_TLBELO0_D | BIT64(7) | BIT64(8) | 3u << 2 |
	       (t->is_global ? LA_TLBELO0_G : 0) | FRAMES;
}

static void prepare_cpu(struct shoot *t, unsigned int i)
{
	struct la_cpu *cpu = la_machine_cpu(t->fx.m, i);

	la_set_csr(cpu, LA_CSR_ASID, ASID);
	la_set_csr(cpu, LA_CSR_PGDL, TABLES);
	la_set_csr(cpu, LA_CSR_PGDH, TABLES);
	la_set_csr(cpu, LA_CSR_PWCL, 12 | 9 << 5 | 21 << 10 | 9 << 15);
	la_set_csr(cpu, LA_CSR_PWCH, 30 | 9 << 6 | (t->has_walker ? LA_PWCH_HPTW_EN : 0));
	la_set_csr(cpu, LA_CSR_TLBRENTRY, REFILL);
	la_set_csr(cpu, LA_CSR_CRMD, LA_CRMD_PG);
	la_set_gpr(cpu, FLAG, FX_KSEG | FLAGS);
	la_set_gpr(cpu, ENTRY, FX_KSEG | t->entry_gpa);
	la_set_gpr(cpu, BITS, entry_bits(t));
	la_set_gpr(cpu, LIMIT, ROUNDS);
	la_set_gpr(cpu, PAGE_VA, i ? t->va : FX_KSEG | FRAMES);
}

static void *run_user(void *arg)
{
	struct la_cpu *cpu = arg;

	return fx_go_cpu(cpu, FX_USEG | USER) == FX_DONE ? cpu : NULL;
}

static void run(uint64_t seed)
{
	static struct shoot t;
	struct la_cpu *user;
	pthread_t thread;
	void *ok = NULL;

	memset(&t, 0, sizeof(t));
	t.seed = seed;
	rng_seed(&t.rng, seed);
	fx_open(&t.fx, &fx_max, 2);
	t.has_walker = rng_one_in(&t.rng, 2);
	t.va = rng_u64(&t.rng) & UINT64_C(0x7ffffff000);
	if (rng_one_in(&t.rng, 2))
		t.va |= ~UINT64_C(0x7fffffffff);
	/* Each operation on what it is for. */
	t.op = rng_below(&t.rng, 7);
	t.is_global = t.op == 2 || (t.op < 2 && rng_one_in(&t.rng, 2)) || (t.op == 6 && seed & 1);
	if (!t.has_walker)
		tally(SHOOT_REFILL);
	write_tables(&t);
	write_refill(&t);
	write_writer(&t);
	write_user(&t);
	for (unsigned int i = 0; i < 2; i++)
		prepare_cpu(&t, i);
	fx_put64(&t.fx, t.entry_gpa, entry_bits(&t));
	fx_put64(&t.fx, t.entry_gpa ^ 8, entry_bits(&t));
	user = la_machine_cpu(t.fx.m, 1);
	torture_eq(pthread_create(&thread, NULL, run_user, user), 0);
	torture_eq(fx_go_cpu(t.fx.cpu, FX_USEG | WRITER), FX_DONE);
	pthread_join(thread, &ok);
	torture_check(ok, "seed %" PRIu64 ": the user ended by exception %#" PRIx64, seed,
		      la_get_csr(user, LA_CSR_ESTAT) >> 16);
	torture_check(!la_get_gpr(user, FAILED) && !fx_reg(&t.fx, FAILED), "seed %" PRIu64
		      ", invtlb %u: old frames used after it, or neither old nor new ones (%#"
		      PRIx64 ", %#" PRIx64 ")", seed, t.op, la_get_gpr(user, FAILED),
		      fx_reg(&t.fx, FAILED));
	for (unsigned int i = 0; i < ROUNDS; i++)
		tally(SHOOT_ROUNDS);
	if (la_get_gpr(user, OLD))
		tally(SHOOT_OLD);
	if (la_get_gpr(user, NEW))
		tally(SHOOT_NEW);
	fx_close(&t.fx);
}

int main(int argc, char **argv)
{
	static const struct torture tests[] = {
		{ "shoot-entry", run, 8 },
	};

	return torture_main(argc, argv, tests, ARRAY_SIZE(tests), counters, SHOOT_NCOUNTERS);
}
