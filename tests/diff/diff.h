/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/diff/diff.h - random programs for the differential test: the image, its memory map,
 * the state that both sides give away, and the parts of the generator.
 *
 * An image is a static Linux program for LoongArch that needs write, exit_group,
 * rt_sigaction and sigaltstack.  It runs a list of (program, initial state) pairs.  Before
 * each it loads all registers and the sandbox; behind it, it saves all registers and writes
 * either a hash of them, the sandbox and the signals that came, or (dump) everything.  A
 * signal handler notes number, code, pc and address, and goes on behind the instruction.
 *
 * Everything follows from (group, seed): a program can be made again alone, and parts of it
 * be replaced by "nop" at the same addresses.  One thread, no locks.
 */
#ifndef LVZ_TESTS_DIFF_H
#define LVZ_TESTS_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "soft/isa_enc.h"

/* Memory map.  Code and data are 16 KiB apart: stores must not look like new code. */
#define DT_BASE   UINT64_C(0x1000000)	/* ELF header */
#define DT_RUNNER UINT64_C(0x1001000)	/* code that runs the programs; they jump here at the end */
#define DT_CTX    UINT64_C(0x1018000)	/* what DT_CTX_REG holds: middle of the sandbox */
#define DT_SAVE   UINT64_C(0x101a000)	/* struct dt_state of the program that ended */
#define DT_LOG    UINT64_C(0x101b000)	/* struct dt_log */
#define DT_VARS   UINT64_C(0x101c000)	/* the runner's variables */
#define DT_POOL   UINT64_C(0x1020000)	/* struct dt_input, DT_NINPUTS of them */
#define DT_DESC   UINT64_C(0x1120000)	/* struct dt_desc list */
#define DT_CODE   UINT64_C(0x1320000)	/* the programs */
#define DT_OUT    UINT64_C(0x2400000)	/* hashes */
#define DT_STACK  UINT64_C(0x2500000)	/* of the signal handler; grows down from END */
#define DT_END    UINT64_C(0x2540000)

#define DT_CTX_REG 21u
#define DT_SANDBOX_BYTES 4224u		/* 2112 on both sides of DT_CTX */
#define DT_SANDBOX (DT_CTX - DT_SANDBOX_BYTES / 2)
#define DT_REACH 2048			/* accesses begin within DT_CTX +- this */
#define DT_NINPUTS 64u
#define DT_MAX_DESCS 0x10000u
#define DT_MAX_LOG 62u

struct dt_state {
	uint64_t gpr[32];
	uint64_t v[32][4];
	uint8_t fcc[8];
	uint64_t fcsr;
};

struct dt_log {
	uint64_t count;			/* goes on when the entries are full */
	struct dt_signal {
		uint32_t sig, code;
		uint64_t pc, addr;
		uint64_t spare;
	} entry[DT_MAX_LOG];
};

struct dt_input {
	struct dt_state state;
	uint8_t sandbox[DT_SANDBOX_BYTES];
	uint8_t fill[0x2000 - sizeof(struct dt_state) - DT_SANDBOX_BYTES];
};

struct dt_desc {
	uint64_t code;
	uint64_t input;			/* addresses both */
};

/* What one program writes with --dump. */
struct dt_dump {
	struct dt_state state;
	struct dt_log log;
	uint8_t sandbox[DT_SANDBOX_BYTES];
};

#define DT_DUMP_BYTES (sizeof(struct dt_state) + sizeof(struct dt_log) + DT_SANDBOX_BYTES)

/* ------------------------------------------------------------------ rows.c */

enum dt_kind {
	DT_PLAIN, DT_MEM_IMM, DT_MEM_INDEX, DT_MEM_BOUND, DT_AMO, DT_AMCAS, DT_LL, DT_SC,
	DT_SCQ, DT_BRANCH, DT_JUMP, DT_ASSERT, DT_CPUCFG, DT_FCSR, DT_ILLEGAL,
	DT_NKINDS
};

/* Rules of rules.tbl, as bits of dt_row.rules. */
#define DT_RULE_NONZERO 1u	/* the last source must not be 0 */
#define DT_RULE_DISTINCT 2u	/* rd is neither rj nor rk, or r0 */
#define DT_RULE_CLEAR 4u	/* results are cleared at once */
#define DT_RULE_VLDI 8u		/* the reserved modes of vldi are left out */
#define DT_RULE_UNIFORM 16u	/* with signals: elements of a source are equal */
#define DT_RULE_BOUND_R0 32u	/* the bound is r0 */
#define DT_RULE_ALIGNED 64u	/* never unaligned */
#define DT_RULE_BLOCK 128u	/* with signals: behind a branch */
#define DT_RULE_ONE_SOURCE 256u	/* with signals: sources are one register */
#define DT_RULE_SPLIT 512u	/* a branch behind it */
#define DT_RULE_POSITIVE 2048u	/* operands are not negative */
#define DT_RULE_LL_FIRST 1024u	/* behind LL, which may be for another address */

enum { DT_OP_REG, DT_OP_IMM, DT_OP_OFFS, DT_OP_COND };

struct dt_operand {
	int kind;
	char bank;			/* of a register: r f c s v x */
	char letter;			/* its place in the word */
	bool is_read, is_written;
	unsigned int width;		/* bits of a vector register that are read or defined */
	unsigned int nfields;
	struct { unsigned int pos, len; } field[2];	/* most significant first */
	bool is_signed;
	unsigned int shift, plus;
};

#define DT_MAX_OPERANDS 4u
#define DT_MAX_RUN 4u

struct dt_row {
	char name[24];
	uint32_t match, mask;
	enum dt_kind kind;
	unsigned int weight;
	unsigned int size;		/* bytes that it accesses */
	unsigned int rules;
	char flavour;			/* kind of numbers it likes: s d h or i */
	unsigned int noperands;
	struct dt_operand operand[DT_MAX_OPERANDS];
	uint64_t count;			/* how often it was executed for sure */
};

struct dt_rows {
	struct dt_row *row;
	unsigned int nrows;
	unsigned int total_weight;
	unsigned int nconds;
	uint8_t cond[32];
	unsigned int ncpucfg;
	uint8_t cpucfg[32];		/* words that are compared */
	unsigned int nruns;
	struct dt_run {
		unsigned int n;
		uint16_t row[DT_MAX_RUN];
	} *run;				/* rows that the interpreter fuses, by number */
	uint32_t enables;		/* FCSR.Enables that programs may set */
	bool has_traps;			/* programs may get signals */
	bool has_memory;		/* the sandbox is part of the state */
	unsigned int units;		/* per program */
};

/* Reads what rows.py writes; false with a message on stderr. */
bool dt_rows_read(struct dt_rows *rows, const char *path);
void dt_rows_free(struct dt_rows *rows);

/* ------------------------------------------------------------------ value.c */

struct dt_rng { uint64_t state; };

uint64_t dt_random(struct dt_rng *rng);
/* A number below @n, which is not 0. */
static inline unsigned int dt_below(struct dt_rng *rng, unsigned int n)
{
	return (unsigned int)((dt_random(rng) >> 32) * n >> 32);
}

/* Numbers of which instructions with flavour @c make something; the same for registers. */
char dt_flavour_of_register(unsigned int reg);
/* Fills @in; FCSR gets no Enables outside of @enables. */
void dt_input_make(struct dt_input *in, struct dt_rng *rng, uint32_t enables);

/* ------------------------------------------------------------------ gen.c */

#define DT_MAX_UNITS 512u
#define DT_MAX_WORDS 4096u

/* Words that belong together.  Units may lie in others; outer ones come later. */
struct dt_unit {
	unsigned int start, end;	/* word numbers */
};

struct dt_gen {
	struct dt_rng rng;
	struct dt_rows *rows;
	uint64_t va;			/* of word 0 */
	uint32_t word[DT_MAX_WORDS];
	unsigned int nwords;
	struct dt_unit unit[DT_MAX_UNITS];
	unsigned int nunits;
	uint32_t reserved;		/* GPRs that are not to be written now, by number */
	uint32_t reserved_fcc;
	uint16_t defined[32];		/* how many bits of each vector register are defined */
	unsigned int depth;		/* of loops and skips around */
	unsigned int unsure;		/* not 0: this may not be executed */
	unsigned int ncounted;		/* instructions that are executed for sure */
};

/* Makes program @index of the image: code, units.  @g->rows is set, the rest is not. */
void dt_gen_program(struct dt_gen *g, uint64_t seed, unsigned int index, uint64_t va);

/* The parts of the generator call each other: */
void dt_emit(struct dt_gen *g, uint32_t word);
/* One instruction of @row with operands that suit it, and what must be around it. */
void dt_unit_make(struct dt_gen *g, struct dt_row *row);
struct dt_row *dt_row_choose(struct dt_gen *g, bool with_flow);
/* One unit: a row, or a run that the interpreter fuses. */
void dt_unit_any(struct dt_gen *g, bool with_flow);
/* What the interpreter fuses with branch @row behind it, if there is such a thing. */
void dt_unit_before(struct dt_gen *g, const struct dt_row *row);
/* Any register as source; a destination (r0 too); a helper, reserved until the unit ends. */
unsigned int dt_src(struct dt_gen *g);
unsigned int dt_dst(struct dt_gen *g);
unsigned int dt_temp(struct dt_gen *g);
void dt_li(struct dt_gen *g, unsigned int reg, uint64_t address);
/* Puts @value in the bits of operand @op. */
uint32_t dt_insert(const struct dt_operand *op, int64_t value);
int64_t dt_immediate(struct dt_gen *g, const struct dt_operand *op);
/* Chooses registers and immediates; values[] by operand; leaves those with fixed[i]. */
void dt_operands(struct dt_gen *g, const struct dt_row *row, int64_t *values,
		 const bool *fixed);
/* Emits @row: undefined bits of sources are cleared before, marked in destinations. */
void dt_emit_row(struct dt_gen *g, struct dt_row *row, const int64_t *values);
/* Clears undefined bits of vector registers in @mask. */
void dt_define(struct dt_gen *g, uint32_t mask);

/* gen_mem.c, gen_flow.c: units of those kinds */
void dt_unit_mem(struct dt_gen *g, struct dt_row *row);
void dt_unit_atomic(struct dt_gen *g, struct dt_row *row);
void dt_unit_flow(struct dt_gen *g, struct dt_row *row);
void dt_unit_skip(struct dt_gen *g, struct dt_row *row);	/* forward only */

/* ------------------------------------------------------------------ image.c */

struct dt_image {
	uint8_t *mem;			/* DT_BASE to DT_OUT */
	uint64_t code_end;
	unsigned int ndescs;
	bool is_dump;
	bool has_memory;
};

bool dt_image_init(struct dt_image *img);
void dt_image_fini(struct dt_image *img);
static inline void *dt_image_at(struct dt_image *img, uint64_t va)
{
	return img->mem + (va - DT_BASE);
}
/* Writes header and runner; programs, descriptors and inputs are there. */
void dt_image_finish(struct dt_image *img);
/* Saves it as an executable file; false with a message. */
bool dt_image_save(const struct dt_image *img, const char *path);

#endif
