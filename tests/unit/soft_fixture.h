/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft_fixture.h - a software CPU over flat RAM, with a bus that counts and records.
 *
 * Programs are words in guest memory.  They end in "break": fx_go() says FX_DONE then, or
 * which exception stopped the program; both handlers are a single "idle".  RAM is linear
 * from 0; everything else goes to the fake bus, where FX_ROM is an array that can be
 * executed and other addresses hold the last value stored.
 *
 * Kernel code reaches all of memory through DMW0 (FX_KSEG, PLV0) and DMW1 (FX_USEG, every
 * level), so programs run with paging on as well as off.
 */
#ifndef LVZ_TESTS_SOFT_FIXTURE_H
#define LVZ_TESTS_SOFT_FIXTURE_H

#include <check.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "soft/access.h"
#include "soft/cpu.h"
#include "soft/csr.h"
#include "soft/isa.h"
#include "soft/isa_cpucfg.h"
#include "soft/isa_csrs.h"
#include "soft/isa_enc.h"
#include "soft/la.h"

#define FX_MAX_CPUS 4u
#define FX_RAM_BYTES (UINT64_C(64) << 20)
#define FX_ROM UINT64_C(0x1c000000)
#define FX_ROM_WORDS 64u
#define FX_MMIO UINT64_C(0x10000000)

#define FX_KSEG UINT64_C(0x9000000000000000)
#define FX_USEG UINT64_C(0x8000000000000000)

/* Guest-physical layout. */
#define FX_EENTRY UINT64_C(0x10000)	/* 64 KiB: every vector of every VS is "idle" */
#define FX_TLBRENTRY UINT64_C(0x4000)
#define FX_CODE UINT64_C(0x100000)
#define FX_DATA UINT64_C(0x200000)

#define FX_DONE 0x1000			/* "break" was reached */
#define FX_SLEEP 0x1001			/* idle outside of the handlers */

struct fx_access {
	unsigned int cpu;
	unsigned int size;		/* 0: nothing recorded yet */
	uint64_t addr;
	uint64_t val;
	uint64_t pc;			/* of the instruction */
	bool is_store;
	bool is_iocsr;
};

struct fx {
	uint8_t *ram;
	struct la_machine *m;
	struct la_cpu *cpu;		/* CPU 0 */
	uint64_t at;			/* where fx_emit() goes on */
	uint32_t rom[FX_ROM_WORDS];
	uint64_t mmio_val;		/* what loads from the bus give */
	struct fx_access last;		/* the latest bus access */
	unsigned int naccess;
	unsigned int ntimer;		/* timer_set() calls */
	uint64_t deadline_ns;		/* its latest argument */
};

/* What the model "max" has. */
extern const struct la_features fx_max;
extern const struct la_features fx_la464;

void fx_open(struct fx *fx, const struct la_features *features, unsigned int ncpus);
/* The same with la_machine_cfg.seen_ops, NULL being those of the coverage, and .observer. */
void fx_open_with(struct fx *fx, const struct la_features *features, unsigned int ncpus,
		  uint8_t *seen_ops, const struct la_observer *observer);
/* Members of la_machine_cfg that most tests do without. */
struct fx_extras {
	uint8_t *seen_ops;		/* NULL: those of the coverage */
	const struct la_observer *observer;
	const struct la_lint_sink *lint;
	unsigned int stress_level;
	uint64_t stress_seed;
};
void fx_open_extra(struct fx *fx, const struct la_features *features, unsigned int ncpus,
		   const struct fx_extras *extras);
void fx_close(struct fx *fx);
/* CSRs of CPU @cpu as programs expect them: vectors, windows; EUEN all on. */
void fx_prepare(struct la_cpu *cpu);

/* Writes guest RAM as a device would. */
void fx_write(struct fx *fx, uint64_t gpa, const void *data, size_t len);
void fx_put64(struct fx *fx, uint64_t gpa, uint64_t v);
uint64_t fx_get64(const struct fx *fx, uint64_t gpa);

void fx_at(struct fx *fx, uint64_t gpa);
void fx_emit(struct fx *fx, uint32_t insn);
/* @insn... and "break" at FX_CODE. */
#define fx_program(fx, ...) do { \
		const uint32_t words_[] = { __VA_ARGS__ }; \
		fx_at(fx, FX_CODE); \
		for (size_t i_ = 0; i_ < ARRAY_SIZE(words_); i_++) \
			fx_emit(fx, words_[i_]); \
		fx_emit(fx, la_enc_break(0)); \
	} while (0)

/* Runs @cpu from @pc until it stops; FX_DONE, FX_SLEEP or an enum la_exc. */
int fx_go_cpu(struct la_cpu *cpu, uint64_t pc);
/* CPU 0 at FX_CODE, where CRMD as it is can execute it. */
int fx_go(struct fx *fx);
/* One instruction, then "break". */
int fx_exec(struct fx *fx, uint32_t insn);
/* The mode for the next fx_go(): paging or direct, privilege. */
void fx_mode(struct fx *fx, bool is_paged, unsigned int plv);

/* LoongArch hosts without SC.Q have no CPU with it. */
static inline bool fx_has_scq(void)
{
	return la_host_has_cas128();
}

static inline void fx_set(struct fx *fx, unsigned int reg, uint64_t v)
{
	la_set_gpr(fx->cpu, reg, v);
}

static inline uint64_t fx_reg(const struct fx *fx, unsigned int reg)
{
	return la_get_gpr(fx->cpu, reg);
}

static inline uint64_t fx_csr(const struct fx *fx, unsigned int num)
{
	return la_get_csr(fx->cpu, num);
}

static inline void fx_set_csr(const struct fx *fx, unsigned int num, uint64_t v)
{
	la_set_csr(fx->cpu, num, v);
}

/* xorshift64*, for tests that draw: @state must not be 0. */
static inline uint64_t fx_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(0x2545f4914f6cdd1d);
}

/* The test checked that the CPU refuses @op, an instruction that it lacks. */
void fx_covers(unsigned int op);
/* Runs the suite; the exit status of main().  Tells tests/isa/cover.h what it executed. */
int fx_main(Suite *s);

/* Register names of the ABI as the tests use them. */
enum { R0, RA, TP, SP, A0, A1, A2, A3, A4, A5, A6, A7, T0, T1, T2, T3, T4, T5, T6, T7, T8 };

#define ck_assert_hex_eq(a, b) do { \
		uint64_t a_ = (a), b_ = (b); \
		ck_assert_msg(a_ == b_, "%s == %#" PRIx64 ", not %s == %#" PRIx64, \
			      #a, a_, #b, b_); \
	} while (0)

#endif
