/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_soft_code.c - decoded code pages: code that changes, by whom and how ever, page
 * ends, more pages than the pool has, code outside RAM, single steps.
 */
#include "soft_fixture.h"

#include <pthread.h>

#include "soft/code.h"
#include "soft_mmu_fixture.h"

#define PAGE 0x1000u

static struct fx fx;

static void setup(void)
{
	fx_open(&fx, &fx_max, 2);
	fx_mode(&fx, false, 0);
}

static void setup_single(void)
{
	fx_open(&fx, &fx_max, 1);
	fx_mode(&fx, false, 0);
}

static void teardown(void)
{
	fx_close(&fx);
}

static uint32_t add(int imm)
{
	return la_enc_addi_d(A0, A0, imm);
}

static void put_word(uint64_t gpa, uint32_t word)
{
	fx_write(&fx, gpa, &word, sizeof(word));
}

/* ------------------------------------------------------------------ self-modifying code */

/*
 * A loop that stores "addi.d a0, a0, n" at A1, n = 1, 2, ..., and calls the function at A2,
 * whose first word that is; T1 rounds.
 */
static void write_patching_loop(unsigned int rounds, uint64_t store_va, uint64_t slot_va)
{
	fx_program(&fx,
		   la_enc_st_w(T0, A1, 0),
		   la_enc_ibar(0),
		   la_enc_jirl(RA, A2, 0),
		   la_enc_add_d(T0, T0, T2),
		   la_enc_addi_d(T1, T1, -1),
		   la_enc_bnez(T1, -20));
	fx_set(&fx, A0, 0);
	fx_set(&fx, A1, store_va);
	fx_set(&fx, A2, slot_va);
	fx_set(&fx, T0, add(1));
	fx_set(&fx, T1, rounds);
	fx_set(&fx, T2, 1 << 10);
}

static void put_slot(uint64_t gpa)
{
	put_word(gpa, add(0));
	put_word(gpa + 4, la_enc_jirl(0, RA, 0));
}

/* Same page, next page, last words of a page, another page far away. */
static const uint64_t slots[] = {
	FX_CODE + 0x40, FX_CODE + PAGE, FX_CODE + 2 * PAGE - 8, FX_CODE + 2 * PAGE - 4,
	FX_CODE + PAGE - 4, FX_RAM_BYTES - 8,
};

START_TEST(patched_by_itself)
{
	put_slot(slots[_i]);
	write_patching_loop(1000, slots[_i], slots[_i]);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A0), 1000 * 1001 / 2);
}
END_TEST

/* The store goes through another virtual address than the fetch. */
START_TEST(patched_through_alias)
{
	const uint64_t slot = FX_CODE + 3 * PAGE, va = 0x40000000;

	mmu_prepare(&fx);
	mmu_fill(&fx, 1, va, 12, MMU_RW | slot, MMU_RW | slot);
	put_slot(slot);
	fx_mode(&fx, true, 0);
	for (unsigned int i = 0; i < 3; i++) {
		write_patching_loop(200, i == 0 ? va : i == 1 ? va + PAGE : FX_KSEG | slot,
				    i == 0 ? FX_USEG | slot : i == 1 ? va : va + PAGE);
		ck_assert_int_eq(fx_go_cpu(fx.cpu, FX_USEG | FX_CODE), FX_DONE);
		ck_assert_hex_eq(fx_reg(&fx, A0), 200 * 201 / 2);
	}
}
END_TEST

/* Every kind of store must be noticed; A3 points to the slot, T0 has two words. */
static const struct {
	const char *what;
	uint32_t insn;
	int off;		/* of A3 from the slot */
} stores[] = {
	{ "st.d", 0x29c00000u | T0 | A3 << 5, 0 },
	{ "stx.d", 0x381c0000u | T0 | A3 << 5 | 0 << 10, 0 },
	{ "stptr.d", 0x27000000u | T0 | A3 << 5, 0 },
	{ "amswap.d", 0x38608000u | 0 | A3 << 5 | T0 << 10, 0 },
	{ "amswap_db.d", 0x38698000u | 0 | A3 << 5 | T0 << 10, 0 },
	{ "amxor.d", 0x38648000u | 0 | A3 << 5 | T3 << 10, 0 },
	{ "amcas.d", 0x38598000u | T4 | A3 << 5 | T0 << 10, 0 },
	{ "sc.d", 0x23000000u | T0 | A3 << 5, 0 },
	{ "fst.d", 0x2bc00000u | 0 | A3 << 5, 0 },
	{ "vst", 0x2c400000u | 0 | A3 << 5, 0 },
	{ "vst before", 0x2c400000u | 1 | A3 << 5, -8 },
	{ "xvst", 0x2cc00000u | 0 | A3 << 5, 0 },
	{ "xvst before", 0x2cc00000u | 2 | A3 << 5, -24 },
	{ "st.b", 0x29000000u | T5 | A3 << 5, 1 },
	{ "st.d unaligned", 0x29c00000u | T6 | A3 << 5, 1 },
};

START_TEST(every_store_counts)
{
	const uint32_t new_word = add(0x21), old_word = add(0x01);
	const uint64_t both = new_word | (uint64_t)la_enc_jirl(0, RA, 0) << 32;

	/* In the middle of a page, and with the slot's words split by a page end. */
	for (unsigned int split = 0; split < 2; split++) {
		uint64_t slot = FX_CODE + 4 * PAGE - (split ? 4 : 0x400);

		if (split && (stores[_i].insn & 0xff000000u) == 0x38000000u && _i != 1)
			continue;	/* atomics do not cross pages */
		if (split && (_i == 7))
			continue;
		put_word(slot, old_word);
		put_word(slot + 4, la_enc_jirl(0, RA, 0));
		fx_program(&fx,
			   la_enc_jirl(RA, A2, 0),
			   la_enc_ll_d(T4, A4, 0),
			   stores[_i].insn,
			   la_enc_ibar(0),
			   la_enc_jirl(RA, A2, 0));
		fx_set(&fx, A0, 0);
		fx_set(&fx, A2, slot);
		fx_set(&fx, A3, slot + (uint64_t)stores[_i].off);
		fx_set(&fx, A4, split ? slot - 4 : slot);
		fx_set(&fx, T0, both);
		fx_set(&fx, T3, old_word ^ new_word);
		fx_set(&fx, T5, new_word >> 8 & 0xff);
		/* One byte of what follows belongs to the store as well. */
		put_word(slot + 8, 0);
		fx_set(&fx, T6, both >> 8);
		memset(fx.cpu->v, 0, sizeof(fx.cpu->v));
		fx.cpu->v[0].d[0] = fx.cpu->v[1].d[1] = fx.cpu->v[2].d[3] = both;
		ck_assert_int_eq(fx_go(&fx), FX_DONE);
		ck_assert_msg(fx_reg(&fx, A0) == 0x22, "%s (split %u): %#" PRIx64, stores[_i].what,
			      split, fx_reg(&fx, A0));
	}
}
END_TEST

/* A device writes code between two runs, and over a range of pages. */
START_TEST(written_by_device)
{
	uint32_t page[PAGE / 4];

	for (unsigned int i = 0; i < 3; i++)
		put_slot(FX_CODE + (4 + i) * PAGE + 8 * i);
	fx_program(&fx, la_enc_jirl(RA, A1, 0), la_enc_jirl(RA, A2, 0), la_enc_jirl(RA, A3, 0));
	fx_set(&fx, A1, FX_CODE + 4 * PAGE);
	fx_set(&fx, A2, FX_CODE + 5 * PAGE + 8);
	fx_set(&fx, A3, FX_CODE + 6 * PAGE + 16);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A0), 0);
	for (unsigned int round = 1; round < 5; round++) {
		for (unsigned int i = 0; i < PAGE / 4; i += 2) {
			page[i] = add((int)round);
			page[i + 1] = la_enc_jirl(0, RA, 0);
		}
		memcpy(fx.ram + FX_CODE + 4 * PAGE, page, PAGE);
		memcpy(fx.ram + FX_CODE + 5 * PAGE, page, PAGE);
		memcpy(fx.ram + FX_CODE + 6 * PAGE, page, PAGE);
		la_ram_written(fx.m, FX_CODE + 4 * PAGE, 3 * PAGE);
		fx_set(&fx, A0, 0);
		ck_assert_int_eq(fx_go(&fx), FX_DONE);
		ck_assert_hex_eq(fx_reg(&fx, A0), 3 * round);
	}
	/* Ranges with and beyond the end of RAM are no trouble. */
	la_ram_written(fx.m, FX_RAM_BYTES - 8, 0x100000);
	la_ram_written(fx.m, UINT64_C(0xfffffffffffffff0), 8);
	la_ram_written(fx.m, 0, 0);
}
END_TEST

static void *run_cpu0(void *arg)
{
	int *got = arg;

	*got = fx_go(&fx);
	return NULL;
}

/* A running loop is ended by a device that writes over it. */
START_TEST(written_while_running)
{
	for (unsigned int round = 0; round < 20; round++) {
		pthread_t thread;
		int got = 0;

		fx_program(&fx, add(1), la_enc_b(-4));
		pthread_create(&thread, NULL, run_cpu0, &got);
		for (volatile unsigned int i = 0; i < 20000 * round; i++)
			;
		/* As an aligned word, like any other CPU's store. */
		__atomic_store_n((uint32_t *)(void *)(fx.ram + FX_CODE + 4), la_enc_break(0),
				 __ATOMIC_RELEASE);
		la_ram_written(fx.m, FX_CODE + 4, 4);
		pthread_join(thread, NULL);
		ck_assert_int_eq(got, FX_DONE);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), FX_CODE + 4);
		fx_mode(&fx, false, 0);
	}
}
END_TEST

/*
 * CPU 1 patches a function of CPU 0 (to "+1", "+2", ...) and hands over a number; CPU 0 does
 * ibar and must see the new code.  T1 rounds; A4 points to the number CPU 1 wrote, A5 to the
 * one CPU 0 has done.
 */
START_TEST(patched_by_other_cpu)
{
	const uint64_t slot = FX_CODE + 8 * PAGE + (_i ? PAGE - 4 : 0x20);
	const uint64_t writer = FX_CODE + 2 * PAGE;
	struct la_cpu *other = la_machine_cpu(fx.m, 1);
	const unsigned int rounds = 200;	/* each may cost two time slices */
	pthread_t thread;
	int got = 0;

	put_slot(slot);
	fx_program(&fx,
		   la_enc_addi_d(T0, T0, 1),
		   la_enc_ld_d(T3, A4, 0),
		   la_enc_bne(T3, T0, -4),
		   la_enc_ibar(0),
		   la_enc_jirl(RA, A2, 0),
		   la_enc_dbar(0),
		   la_enc_st_d(T0, A5, 0),
		   la_enc_bne(T0, T1, -28));
	fx_set(&fx, A2, slot);
	fx_set(&fx, A4, FX_DATA);
	fx_set(&fx, A5, FX_DATA + 0x40);
	fx_set(&fx, T1, rounds);
	fx_at(&fx, writer);
	fx_emit(&fx, la_enc_add_d(T2, T2, T4));
	fx_emit(&fx, la_enc_st_w(T2, A2, 0));
	fx_emit(&fx, la_enc_addi_d(T0, T0, 1));
	fx_emit(&fx, la_enc_dbar(0));
	fx_emit(&fx, la_enc_st_d(T0, A4, 0));
	fx_emit(&fx, la_enc_ld_d(T3, A5, 0));
	fx_emit(&fx, la_enc_bne(T3, T0, -4));
	fx_emit(&fx, la_enc_bne(T0, T1, -28));
	fx_emit(&fx, la_enc_break(0));
	la_set_gpr(other, A2, slot);
	la_set_gpr(other, A4, FX_DATA);
	la_set_gpr(other, A5, FX_DATA + 0x40);
	la_set_gpr(other, T1, rounds);
	la_set_gpr(other, T2, add(0));
	la_set_gpr(other, T4, 1 << 10);
	pthread_create(&thread, NULL, run_cpu0, &got);
	ck_assert_int_eq(fx_go_cpu(other, writer), FX_DONE);
	pthread_join(thread, NULL);
	ck_assert_int_eq(got, FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A0), rounds * (rounds + 1) / 2);
}
END_TEST

/* ------------------------------------------------------------------ pairs in one handler */

/* The second of two neighbours faults: the first is done, the second named. */
START_TEST(second_of_pair_faults)
{
	const uint64_t data = FX_USEG | FX_DATA, nowhere = 0x40000010;
	const struct { uint32_t first, second; } pairs[] = {
		{ la_enc_ld_d(A0, A1, 0), la_enc_ld_d(A2, A3, 0) },
		{ la_enc_st_d(A0, A1, 8), la_enc_st_d(A2, A3, 0) },
		{ la_enc_addi_d(A0, 0, 33), la_enc_st_d(A2, A3, 0) },
		{ la_enc_st_w(A0, A1, 8), la_enc_st_w(A2, A3, 0) },
		{ la_enc_ldptr_d(A0, A1, 0), la_enc_ldptr_d(A2, A3, 0) },
		{ la_enc_or(A0, A1, 0), la_enc_st_d(A2, A3, 0) },
		{ la_enc_ld_bu(A0, A1, 0), la_enc_ld_bu(A2, A3, 0) },
	};

	mmu_prepare(&fx);
	fx_put64(&fx, FX_DATA, 33);
	for (unsigned int i = 0; i < ARRAY_SIZE(pairs); i++) {
		for (unsigned int slow = 0; slow < 2; slow++) {
			fx_mode(&fx, true, 0);
			fx_set_csr(&fx, LA_CSR_TLBRERA, 0);
			fx_set(&fx, A0, 33);
			fx_set(&fx, A1, data);
			fx_set(&fx, A2, 44);
			fx_set(&fx, A3, nowhere);
			fx_put64(&fx, FX_DATA + 8, 0);
			/* With and without fast translations for the first. */
			if (slow)
				fx_set_csr(&fx, LA_CSR_MISC, i & 1 ? 0 : BIT64(12));
			fx_program(&fx, pairs[i].first, pairs[i].second);
			ck_assert_int_eq(fx_go(&fx), LA_EXC_TLBR);
			ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBRERA),
					 ((FX_USEG | FX_CODE) + 4) | 1);
			ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBRBADV), nowhere);
			ck_assert_hex_eq(fx_reg(&fx, A0), i == 5 ? data : 33);
			ck_assert_hex_eq(fx_reg(&fx, A2), 44);
			ck_assert_hex_eq(fx_get64(&fx, FX_DATA + 8), i == 1 || i == 3 ? 33 : 0);
		}
	}
}
END_TEST

/* Either word of a pair changes, and either is entered alone. */
START_TEST(pair_is_patched)
{
	static const uint64_t at[] = { FX_CODE + 0x400, FX_CODE + PAGE - 8, FX_CODE + PAGE - 4 };

	for (unsigned int i = 0; i < ARRAY_SIZE(at); i++) {
		uint64_t want = 0;
		int imm[2] = { 1, 2 };

		put_word(at[i], add(imm[0]));
		put_word(at[i] + 4, add(imm[1]));
		put_word(at[i] + 8, la_enc_jirl(0, RA, 0));
		fx_program(&fx, la_enc_st_w(T0, A1, 0), la_enc_ibar(0), la_enc_jirl(RA, A2, 0),
			   la_enc_jirl(RA, A3, 0));
		fx_set(&fx, A0, 0);
		fx_set(&fx, A2, at[i]);
		fx_set(&fx, A3, at[i] + 4);
		for (unsigned int round = 0; round < 40; round++) {
			unsigned int which = round / 3 & 1;

			imm[which] = (int)round + 7;
			fx_set(&fx, A1, at[i] + 4 * which);
			fx_set(&fx, T0, add(imm[which]));
			ck_assert_int_eq(fx_go(&fx), FX_DONE);
			want += (uint64_t)(imm[0] + 2 * imm[1]);
			ck_assert_hex_eq(fx_reg(&fx, A0), want);
		}
	}
}
END_TEST

/* ------------------------------------------------------------------ data beside code */

/* Many stores to the page that is being executed: results right, code still watched. */
START_TEST(data_in_code_page)
{
	const uint64_t data = FX_CODE + 0x800;
	const unsigned int rounds = 20000;

	for (unsigned int again = 0; again < 3; again++) {
		fx_program(&fx,
			   la_enc_st_d(T1, A1, 0),
			   la_enc_ld_d(T3, A1, 0),
			   la_enc_add_d(A0, A0, T3),
			   la_enc_addi_d(T1, T1, -1),
			   la_enc_bnez(T1, -16));
		fx_set(&fx, A0, 0);
		fx_set(&fx, A1, data);
		fx_set(&fx, T1, rounds);
		ck_assert_int_eq(fx_go(&fx), FX_DONE);
		ck_assert_hex_eq(fx_reg(&fx, A0), rounds * (rounds + 1ull) / 2);
		ck_assert_hex_eq(fx_get64(&fx, data), 1);
		/* The page was taken for data meanwhile: a patch must still work. */
		put_slot(data);
		write_patching_loop(300, data, data);
		ck_assert_int_eq(fx_go(&fx), FX_DONE);
		ck_assert_hex_eq(fx_reg(&fx, A0), 300 * 301 / 2);
	}
}
END_TEST

/* Data, then code, then data: 4 pages, each turn by turn written and executed. */
START_TEST(pages_change_their_nature)
{
	uint64_t sum = 0;

	for (unsigned int round = 1; round <= 200; round++) {
		uint64_t at = FX_CODE + (8 + round % 4) * PAGE;

		/* Fill with 512 stores by the guest, the last two being the slot. */
		fx_program(&fx,
			   la_enc_st_d(T0, A1, 0),
			   la_enc_addi_d(A1, A1, 8),
			   la_enc_addi_d(T1, T1, -1),
			   la_enc_bnez(T1, -12),
			   la_enc_st_d(T2, A2, 0),
			   la_enc_ibar(0),
			   la_enc_jirl(RA, A2, 0));
		fx_set(&fx, A1, at);
		fx_set(&fx, A2, at + 0x100);
		fx_set(&fx, T0, round);
		fx_set(&fx, T1, 512);
		fx_set(&fx, T2, add((int)round) | (uint64_t)la_enc_jirl(0, RA, 0) << 32);
		ck_assert_int_eq(fx_go(&fx), FX_DONE);
		sum += round;
		ck_assert_hex_eq(fx_reg(&fx, A0), sum);
		ck_assert_hex_eq(fx_get64(&fx, at + 0xff8), round);
	}
}
END_TEST

/* ------------------------------------------------------------------ the pool */

#define MANY (LA_CODE_MAX_PAGES + 500)

static void write_chain(void)
{
	for (unsigned int i = 0; i < MANY; i++) {
		fx_at(&fx, 0x1000000 + i * PAGE + i % 1000 * 4);
		fx_emit(&fx, add(1));
		if (i + 1 < MANY)
			fx_emit(&fx, la_enc_b((int)(PAGE + (i + 1) % 1000 * 4 - i % 1000 * 4 - 4)));
		else
			fx_emit(&fx, la_enc_break(0));
	}
}

START_TEST(more_pages_than_the_pool_has)
{
	write_chain();
	for (unsigned int round = 0; round < 4; round++) {
		fx_set(&fx, A0, 0);
		ck_assert_int_eq(fx_go_cpu(fx.cpu, 0x1000000), FX_DONE);
		ck_assert_hex_eq(fx_reg(&fx, A0), MANY + round);
		/* Changes are seen whether the page is in the pool or not. */
		put_word(0x1000000 + 700 * round * PAGE % (MANY * PAGE) +
			 700 * round % MANY % 1000 * 4, add(2));
	}
	ck_assert_uint_le(la_machine_memory_bytes(fx.m),
			  (size_t)LA_CODE_MAX_PAGES * LA_CODE_STRIDE * 8 + (4u << 20));
}
END_TEST

static void *run_chain(void *arg)
{
	struct la_cpu *cpu = arg;

	for (unsigned int round = 0; round < 5; round++) {
		la_set_gpr(cpu, A0, 0);
		if (fx_go_cpu(cpu, 0x1000000) != FX_DONE || la_get_gpr(cpu, A0) != MANY)
			return NULL;
	}
	return cpu;
}

START_TEST(pool_is_shared)
{
	pthread_t thread;
	void *ok = NULL;

	write_chain();
	la_set_csr(la_machine_cpu(fx.m, 1), LA_CSR_CRMD, LA_CRMD_DA);
	pthread_create(&thread, NULL, run_chain, la_machine_cpu(fx.m, 1));
	ck_assert_ptr_nonnull(run_chain(fx.cpu));
	pthread_join(thread, &ok);
	ck_assert_ptr_nonnull(ok);
}
END_TEST

/* ------------------------------------------------------------------ page ends */

START_TEST(falling_through_page_end)
{
	for (unsigned int i = 0; i < 2 * PAGE / 4; i++)
		put_word(FX_CODE + 4 * i, add(1));
	put_word(FX_CODE + 2 * PAGE, la_enc_break(0));
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A0), 2 * PAGE / 4);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), FX_CODE + 2 * PAGE);
}
END_TEST

/* Each branch as the last and the first word of a page, taken and not, to all directions. */
START_TEST(branches_at_page_ends)
{
	const uint64_t first = FX_CODE + 4 * PAGE, last = first + PAGE - 4;
	const int hops[] = { -(int)PAGE, -8, 8, PAGE, 2 * PAGE, PAGE - 4, 4 };

	for (unsigned int i = 0; i < 2 * ARRAY_SIZE(hops); i++) {
		const int hop = hops[i / 2];
		const uint64_t at = i & 1 ? last : first, to = at + (uint64_t)(int64_t)hop;

		for (unsigned int kind = 0; kind < 4; kind++) {
			static const uint32_t nop = 0x03400000;

			put_word(at + 4, la_enc_break(1));
			put_word(to, la_enc_break(2));
			put_word(at, kind == 0 ? la_enc_beq(0, 0, hop) :
				     kind == 1 ? la_enc_bnez(T8, hop) :
				     kind == 2 ? la_enc_bl(hop) : la_enc_bne(0, 0, hop));
			fx_set(&fx, T8, 1);
			ck_assert_int_eq(fx_go_cpu(fx.cpu, at), FX_DONE);
			ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), kind == 3 ? at + 4 : to);
			if (kind == 2)
				ck_assert_hex_eq(fx_reg(&fx, RA), at + 4);
			put_word(to, nop);
		}
	}
}
END_TEST

/* Faults of the first and last word name that word. */
START_TEST(fault_at_page_ends)
{
	static const uint64_t at[] = { FX_CODE, FX_CODE + PAGE - 4, FX_RAM_BYTES - 4 };

	for (unsigned int i = 0; i < ARRAY_SIZE(at); i++) {
		put_word(at[i], la_enc_syscall(i));
		ck_assert_int_eq(fx_go_cpu(fx.cpu, at[i]), LA_EXC_SYS);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), at[i]);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADI), la_enc_syscall(i));
	}
}
END_TEST

/* ------------------------------------------------------------------ outside RAM */

START_TEST(last_word_of_ram)
{
	put_word(FX_RAM_BYTES - 4, add(3));
	/* Behind it the bus is asked. */
	fx.mmio_val = la_enc_break(0);
	ck_assert_int_eq(fx_go_cpu(fx.cpu, FX_RAM_BYTES - 4), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A0), 3);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), FX_RAM_BYTES);
	ck_assert_hex_eq(fx.last.addr, FX_RAM_BYTES);
	ck_assert_uint_eq(fx.last.size, 4);
}
END_TEST

START_TEST(code_in_rom)
{
	const uint32_t code[] = {
		la_enc_pcaddi(A1, 0), add(1), la_enc_addi_d(T1, T1, -1), la_enc_bnez(T1, -8),
		la_enc_jirl(RA, A2, 0), add(0x10), la_enc_syscall(7),
	};

	memcpy(fx.rom, code, sizeof(code));
	put_word(FX_CODE + 0x20, add(0x100));
	put_word(FX_CODE + 0x24, la_enc_jirl(0, RA, 0));
	fx_set(&fx, A2, FX_CODE + 0x20);
	fx_set(&fx, T1, 5);
	ck_assert_int_eq(fx_go_cpu(fx.cpu, FX_ROM), LA_EXC_SYS);
	ck_assert_hex_eq(fx_reg(&fx, A0), 0x115);
	ck_assert_hex_eq(fx_reg(&fx, A1), FX_ROM);
	ck_assert_hex_eq(fx_reg(&fx, RA), FX_ROM + 0x14);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), FX_ROM + 0x18);
	ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADI), la_enc_syscall(7));
}
END_TEST

/* Nothing is kept of a device's words. */
START_TEST(rom_that_changes)
{
	fx.rom[0] = add(1);
	fx.rom[1] = la_enc_break(0);
	ck_assert_int_eq(fx_go_cpu(fx.cpu, FX_ROM), FX_DONE);
	fx.rom[0] = add(2);
	ck_assert_int_eq(fx_go_cpu(fx.cpu, FX_ROM), FX_DONE);
	ck_assert_hex_eq(fx_reg(&fx, A0), 3);
}
END_TEST

/* ------------------------------------------------------------------ single steps */

START_TEST(steps_are_single)
{
	const uint64_t far_away = FX_CODE + 3 * PAGE;
	uint64_t want[] = {
		FX_CODE + 4, FX_CODE + 8, FX_CODE + 12, FX_CODE + 4, FX_CODE + 8, FX_CODE + 12,
		FX_CODE + 16, far_away, far_away + 4, FX_CODE + 20,
		FX_KSEG | FX_EENTRY,
	};

	put_word(far_away, add(8));
	put_word(far_away + 4, la_enc_jirl(0, RA, 0));
	fx_program(&fx,
		   add(1), add(2),
		   la_enc_addi_d(T1, T1, -1),
		   la_enc_bnez(T1, -8),
		   la_enc_jirl(RA, A2, 0));
	/* Once at full speed, so that everything is decoded and known. */
	fx_set(&fx, T1, 2);
	fx_set(&fx, A2, far_away);
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	fx_set(&fx, A0, 0);
	fx_set(&fx, T1, 2);
	fx_mode(&fx, false, 0);
	la_set_pc(fx.cpu, FX_CODE);
	for (unsigned int i = 0; i < ARRAY_SIZE(want); i++) {
		ck_assert_int_eq(la_step(fx.cpu), LA_STOP_STEP);
		ck_assert_hex_eq(la_get_pc(fx.cpu), want[i]);
	}
	ck_assert_hex_eq(fx_reg(&fx, A0), 1 + 2 * 2 + 8);
	ck_assert_int_eq(la_step(fx.cpu), LA_STOP_IDLE);
	/* A kick is reported once and changes nothing. */
	la_cpu_kick(fx.cpu);
	la_set_pc(fx.cpu, FX_CODE);
	ck_assert_int_eq(la_step(fx.cpu), LA_STOP_KICK);
	ck_assert_hex_eq(la_get_pc(fx.cpu), FX_CODE);
	ck_assert_int_eq(la_step(fx.cpu), LA_STOP_STEP);
	ck_assert_hex_eq(la_get_pc(fx.cpu), FX_CODE + 4);
}
END_TEST

/* Words that are no instructions, each alone at several places. */
START_TEST(undefined_words)
{
	static const uint32_t words[] = { 0, 0xffffffff, 0x80000000, 0x06483c00, 0x00000001 };

	for (unsigned int i = 0; i < ARRAY_SIZE(words); i++) {
		ck_assert_int_eq(fx_exec(&fx, words[i]), LA_EXC_INE);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADI), words[i]);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ERA), FX_CODE);
		fx.rom[0] = words[i];
		ck_assert_int_eq(fx_go_cpu(fx.cpu, FX_ROM), LA_EXC_INE);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADI), words[i]);
	}
}
END_TEST

/* ------------------------------------------------------------------ what was executed */

static uint8_t seen[LA_NPLAIN_OPS];

static unsigned int seen_count(void)
{
	unsigned int n = 0;

	for (unsigned int op = 0; op < LA_NPLAIN_OPS; op++)
		n += seen[op];
	return n;
}

static void setup_seen(void)
{
	memset(seen, 0, sizeof(seen));
	fx_open_with(&fx, &fx_la464, 1, seen, NULL);
	fx_mode(&fx, false, 0);
}

/* Words that are jumped over, follow an exception or that this CPU lacks do not count. */
START_TEST(seen_is_what_was_reached)
{
	fx_program(&fx, la_enc_b(8), la_enc_mul_d(A0, A0, A0), la_enc_add_d(A0, A0, A0),
		   la_enc_sub_d(A0, A0, A0), la_enc_amswap_b(A0, A0, A1), la_enc_nor(A0, A0, A0));
	ck_assert_int_eq(fx_go(&fx), LA_EXC_INE);
	ck_assert(seen[LA_OP_b] && seen[LA_OP_add_d] && seen[LA_OP_sub_d]);
	ck_assert(seen[LA_OP_idle]);	/* the handler */
	ck_assert_uint_eq(seen_count(), 4);
}
END_TEST

/* The second of a fused pair and the plain form of a near branch count. */
START_TEST(seen_knows_pairs)
{
	fx_program(&fx, la_enc_add_d(A0, A0, A0), la_enc_add_d(A0, A0, A0),
		   la_enc_add_d(T0, T0, T0), la_enc_sltu(A0, A0, A1), la_enc_addi_d(T0, T0, 0),
		   la_enc_beq(T0, T0, 4));
	ck_assert_int_eq(fx_go(&fx), FX_DONE);
	ck_assert(seen[LA_OP_add_d] && seen[LA_OP_sltu] && seen[LA_OP_addi_d]);
	ck_assert(seen[LA_OP_beq] && seen[LA_OP_break] && seen[LA_OP_idle]);
	ck_assert_uint_eq(seen_count(), 6);
}
END_TEST

/* Code outside RAM and single steps are executed without being kept. */
START_TEST(seen_knows_uncached)
{
	fx.rom[0] = la_enc_mulh_d(A0, A0, A0);
	la_set_pc(fx.cpu, FX_ROM);
	ck_assert_int_eq(la_step(fx.cpu), LA_STOP_STEP);
	ck_assert_uint_eq(seen_count(), 1);
	ck_assert(seen[LA_OP_mulh_d]);
}
END_TEST

static void add_tests(TCase *tc, unsigned int ncpus)
{
	tcase_add_loop_test(tc, patched_by_itself, 0, ARRAY_SIZE(slots));
	tcase_add_test(tc, patched_through_alias);
	tcase_add_loop_test(tc, every_store_counts, 0, ARRAY_SIZE(stores));
	tcase_add_test(tc, written_by_device);
	tcase_add_test(tc, written_while_running);
	tcase_add_test(tc, second_of_pair_faults);
	tcase_add_test(tc, pair_is_patched);
	tcase_add_test(tc, data_in_code_page);
	tcase_add_test(tc, pages_change_their_nature);
	tcase_add_test(tc, more_pages_than_the_pool_has);
	tcase_add_test(tc, falling_through_page_end);
	tcase_add_test(tc, branches_at_page_ends);
	tcase_add_test(tc, fault_at_page_ends);
	tcase_add_test(tc, last_word_of_ram);
	tcase_add_test(tc, code_in_rom);
	tcase_add_test(tc, rom_that_changes);
	tcase_add_test(tc, steps_are_single);
	tcase_add_test(tc, undefined_words);
	if (ncpus == 1)
		return;
	tcase_add_loop_test(tc, patched_by_other_cpu, 0, 2);
	tcase_add_test(tc, pool_is_shared);
}

int main(void)
{
	Suite *s = suite_create("soft code");
	TCase *one = tcase_create("one CPU"), *two = tcase_create("two CPUs");
	TCase *noted = tcase_create("seen");

	tcase_add_checked_fixture(one, setup_single, teardown);
	tcase_set_timeout(one, 60);
	add_tests(one, 1);
	suite_add_tcase(s, one);
	tcase_add_checked_fixture(two, setup, teardown);
	tcase_set_timeout(two, 60);
	add_tests(two, 2);
	suite_add_tcase(s, two);
	tcase_add_checked_fixture(noted, setup_seen, teardown);
	tcase_add_test(noted, seen_is_what_was_reached);
	tcase_add_test(noted, seen_knows_pairs);
	tcase_add_test(noted, seen_knows_uncached);
	suite_add_tcase(s, noted);
	return fx_main(s);
}
