/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/diff/gen.c - makes programs: operands, undefined bits, plain instructions.
 *
 * What the manual leaves undefined in a result (upper bits of FP and vector registers)
 * never gets into the state that is compared: dt_gen.defined says how much of each register
 * is defined, and an instruction that reads more, or the end of the program, gets one before
 * it that defines the rest from what is known.
 */
#include <string.h>

#include "diff.h"
#include "soft/isa.h"

void dt_emit(struct dt_gen *g, uint32_t word)
{
	if (g->nwords < DT_MAX_WORDS)
		g->word[g->nwords++] = word;
}

static bool is_reserved(const struct dt_gen *g, unsigned int reg)
{
	return reg == DT_CTX_REG || g->reserved >> reg & 1;
}

unsigned int dt_src(struct dt_gen *g)
{
	return dt_below(&g->rng, 32);
}

unsigned int dt_dst(struct dt_gen *g)
{
	unsigned int reg;

	do {
		reg = dt_below(&g->rng, 32);
	} while (is_reserved(g, reg));
	return reg;
}

unsigned int dt_temp(struct dt_gen *g)
{
	unsigned int reg;

	do {
		reg = 1 + dt_below(&g->rng, 31);
	} while (is_reserved(g, reg));
	g->reserved |= UINT32_C(1) << reg;
	return reg;
}

void dt_li(struct dt_gen *g, unsigned int reg, uint64_t address)
{
	dt_emit(g, la_enc_lu12i_w(reg, (int32_t)(address >> 12)));
	if (address & 0xfff)
		dt_emit(g, la_enc_ori(reg, reg, address & 0xfff));
}

uint32_t dt_insert(const struct dt_operand *op, int64_t value)
{
	const uint64_t v = (uint64_t)((value - (int64_t)op->plus) >> op->shift);
	unsigned int left = 0;
	uint32_t word = 0;

	for (unsigned int i = 0; i < op->nfields; i++)
		left += op->field[i].len;
	for (unsigned int i = 0; i < op->nfields; i++) {
		left -= op->field[i].len;
		word |= (uint32_t)(v >> left & ((UINT32_C(1) << op->field[i].len) - 1)) <<
			op->field[i].pos;
	}
	return word;
}

int64_t dt_immediate(struct dt_gen *g, const struct dt_operand *op)
{
	const int64_t count = INT64_C(1) << op->field[0].len;
	int64_t low = op->is_signed ? -count / 2 : 0, v;

	switch (dt_below(&g->rng, 8)) {
	case 0:
		v = low;
		break;
	case 1:
		v = low + count - 1;
		break;
	default:
		v = low + dt_below(&g->rng, (unsigned int)count);
		break;
	}
	return v * (INT64_C(1) << op->shift) + op->plus;
}

/* A register of bank f, v or x, mostly one that holds numbers of the row's flavour. */
static unsigned int vector_reg(struct dt_gen *g, char flavour)
{
	unsigned int reg = dt_below(&g->rng, 32);

	if (flavour != 'i' && dt_below(&g->rng, 8)) {
		while (dt_flavour_of_register(reg) != flavour)
			reg = (reg + 1) % 32;
	}
	return reg;
}

static int64_t choose(struct dt_gen *g, const struct dt_row *row, const struct dt_operand *op)
{
	unsigned int n;

	switch (op->kind) {
	case DT_OP_REG:
		break;
	case DT_OP_COND:
		return g->rows->cond[dt_below(&g->rng, g->rows->nconds)];
	default:
		return dt_immediate(g, op);
	}
	switch (op->bank) {
	case 'r':
		return op->is_written ? dt_dst(g) : dt_src(g);
	case 'c':
		do {
			n = dt_below(&g->rng, 8);
		} while (op->is_written && g->reserved_fcc >> n & 1);
		return n;
	case 's':
		return dt_below(&g->rng, 4);
	default:
		return vector_reg(g, row->flavour);
	}
}

void dt_operands(struct dt_gen *g, const struct dt_row *row, int64_t *values,
		 const bool *fixed)
{
	for (unsigned int i = 0; i < row->noperands; i++) {
		if (!fixed || !fixed[i])
			values[i] = choose(g, row, &row->operand[i]);
	}
	/* Equal sources and rd == rj are more interesting than their share. */
	if (!fixed && row->noperands >= 3 && !dt_below(&g->rng, 6) &&
	    row->operand[1].kind == DT_OP_REG && row->operand[2].kind == DT_OP_REG &&
	    row->operand[1].bank == row->operand[2].bank)
		values[2] = values[1];
}

/* The words from @start on are a unit. */
static void add_unit(struct dt_gen *g, unsigned int start)
{
	if (g->nunits < DT_MAX_UNITS)
		g->unit[g->nunits++] = (struct dt_unit){ start, g->nwords };
}

/* A branch to the next word. */
static void split(struct dt_gen *g)
{
	dt_emit(g, la_enc_b(4));
	add_unit(g, g->nwords - 1);
}

static bool is_vector(const struct dt_operand *op)
{
	return op->kind == DT_OP_REG && strchr("fvx", op->bank);
}

static void define(struct dt_gen *g, unsigned int reg, unsigned int width)
{
	if (g->defined[reg] >= width)
		return;
	if (g->defined[reg] == 32) {
		dt_emit(g, la_enc_movgr2frh_w(reg, 0));
		g->defined[reg] = 64;
	}
	if (g->defined[reg] >= width)
		return;
	dt_emit(g, g->defined[reg] == 64 ? la_enc_xvreplve0_d(reg, reg) :
		   la_enc_xvreplve0_q(reg, reg));
	g->defined[reg] = 256;
}

void dt_define(struct dt_gen *g, uint32_t mask)
{
	for (unsigned int i = 0; i < 32; i++) {
		if (mask >> i & 1)
			define(g, i, 256);
	}
}

void dt_emit_row(struct dt_gen *g, struct dt_row *row, const int64_t *values)
{
	uint32_t word = row->match;

	for (unsigned int i = 0; i < row->noperands; i++) {
		const struct dt_operand *op = &row->operand[i];

		word |= dt_insert(op, values[i]);
		if (!is_vector(op))
			continue;
		if (op->is_read)
			define(g, (unsigned int)values[i], op->width);
		else if (g->rows->has_traps)	/* it may stay as it is */
			define(g, (unsigned int)values[i], 64);
	}
	if (g->rows->has_traps && row->rules & DT_RULE_BLOCK)
		dt_emit(g, la_enc_b(4));
	dt_emit(g, word);
	for (unsigned int i = 0; i < row->noperands; i++) {
		const struct dt_operand *op = &row->operand[i];
		uint16_t *width = &g->defined[values[i] & 31];

		if (is_vector(op) && op->is_written &&
		    (*width > op->width || !g->rows->has_traps))
			*width = op->width;
	}
	if (!g->unsure) {
		row->count++;
		g->ncounted++;
	}
}

struct dt_row *dt_row_choose(struct dt_gen *g, bool with_flow)
{
	for (;;) {
		unsigned int n = dt_below(&g->rng, g->rows->total_weight), i = 0;

		while (n >= g->rows->row[i].weight)
			n -= g->rows->row[i++].weight;
		if (with_flow || (g->rows->row[i].kind != DT_BRANCH &&
				  g->rows->row[i].kind != DT_JUMP))
			return &g->rows->row[i];
	}
}

/* Clears the general registers that @row wrote. */
static void clear_results(struct dt_gen *g, const struct dt_row *row, const int64_t *values)
{
	for (unsigned int i = 0; i < row->noperands; i++) {
		const struct dt_operand *op = &row->operand[i];

		if (op->kind == DT_OP_REG && op->is_written)
			dt_emit(g, la_enc_or((unsigned int)values[i], 0, 0));
	}
}

/* Copies the first element of each source register to the others. */
static void make_uniform(struct dt_gen *g, const struct dt_row *row, const int64_t *values)
{
	for (unsigned int i = 0; i < row->noperands; i++) {
		const unsigned int reg = (unsigned int)values[i];

		if (!is_vector(&row->operand[i]) || !row->operand[i].is_read)
			continue;
		define(g, reg, 64);
		dt_emit(g, row->flavour == 'd' ? la_enc_xvreplve0_d(reg, reg) :
			   row->flavour == 'h' ? la_enc_xvreplve0_h(reg, reg) :
			   la_enc_xvreplve0_w(reg, reg));
		g->defined[reg] = 256;
	}
}

static bool is_reserved_vldi(int64_t imm)
{
	return (imm & 0x1000) && (imm >> 8 & 15) > 12;
}

static void unit_plain(struct dt_gen *g, struct dt_row *row)
{
	int64_t values[DT_MAX_OPERANDS];

	do {
		dt_operands(g, row, values, NULL);
	} while ((row->rules & DT_RULE_VLDI) && is_reserved_vldi(values[1]));
	if (row->noperands == 4 && row->operand[2].letter == 'm' && values[2] < values[3]) {
		const int64_t low = values[2];	/* bstrins, bstrpick: msb first */

		values[2] = values[3];
		values[3] = low;
	}
	if (row->rules & DT_RULE_NONZERO) {
		values[2] = dt_temp(g);
		dt_emit(g, la_enc_ori((unsigned int)values[2], (unsigned int)values[2], 1));
	}
	if (g->rows->has_traps && row->rules & DT_RULE_ONE_SOURCE)
		values[2] = values[1];
	if (g->rows->has_traps && row->rules & DT_RULE_UNIFORM)
		make_uniform(g, row, values);
	dt_emit_row(g, row, values);
	if (g->rows->has_traps && row->rules & DT_RULE_UNIFORM)
		dt_emit(g, la_enc_xvinsgr2vr_d((unsigned int)values[0], 0, 0));
	if (row->rules & DT_RULE_CLEAR)
		clear_results(g, row, values);
}

/* Conditions that hold, or in programs with signals any. */
static void unit_assert(struct dt_gen *g, struct dt_row *row)
{
	const bool is_le = row->name[4] == 'l';
	const unsigned int low = dt_temp(g), high = dt_temp(g);
	const int64_t values[DT_MAX_OPERANDS] = { is_le ? low : high, is_le ? high : low };

	if (row->rules & DT_RULE_POSITIVE) {
		dt_emit(g, la_enc_srli_d(low, low, 2));
		dt_emit(g, la_enc_srli_d(high, high, 2));
	}
	if (!g->rows->has_traps || dt_below(&g->rng, 2))
		dt_emit(g, la_enc_addi_d(high, low, 1 + (int)dt_below(&g->rng, 2000)));
	dt_emit_row(g, row, values);
}

static void unit_cpucfg(struct dt_gen *g, struct dt_row *row)
{
	const unsigned int word = g->rows->cpucfg[dt_below(&g->rng, g->rows->ncpucfg)];
	const int64_t values[DT_MAX_OPERANDS] = { dt_dst(g), dt_temp(g) };

	dt_emit(g, la_enc_addi_d((unsigned int)values[1], 0, (int)word));
	dt_emit_row(g, row, values);
}

/* movgr2fcsr: only those Enables that the group may have. */
static void unit_fcsr(struct dt_gen *g, struct dt_row *row)
{
	const uint32_t allowed = 0x1f1f0300u | g->rows->enables;
	const unsigned int temp = dt_temp(g);
	int64_t values[DT_MAX_OPERANDS];

	dt_operands(g, row, values, NULL);
	values[1] = temp;
	dt_li(g, temp, allowed);
	dt_emit(g, la_enc_and(temp, temp, dt_src(g)));
	dt_emit_row(g, row, values);
}

/* A word that no row of the table has. */
static void unit_illegal(struct dt_gen *g, struct dt_row *row)
{
	struct la_uop u;
	uint32_t word;

	do {
		word = (uint32_t)dt_random(&g->rng);
		if (dt_below(&g->rng, 2))	/* where most instructions are */
			word &= 0x7fffffff;
	} while (la_decode(word, &u) != LA_OP_ine);
	dt_emit(g, word);
	if (!g->unsure) {
		row->count++;
		g->ncounted++;
	}
}

void dt_unit_make(struct dt_gen *g, struct dt_row *row)
{
	const uint32_t reserved = g->reserved, reserved_fcc = g->reserved_fcc;
	const unsigned int start = g->nwords;

	switch (row->kind) {
	case DT_MEM_IMM: case DT_MEM_INDEX: case DT_MEM_BOUND:
		dt_unit_mem(g, row);
		break;
	case DT_AMO: case DT_AMCAS: case DT_LL: case DT_SC: case DT_SCQ:
		dt_unit_atomic(g, row);
		break;
	case DT_BRANCH: case DT_JUMP:
		dt_unit_flow(g, row);
		break;
	case DT_ASSERT:
		unit_assert(g, row);
		break;
	case DT_CPUCFG:
		unit_cpucfg(g, row);
		break;
	case DT_FCSR:
		unit_fcsr(g, row);
		break;
	case DT_ILLEGAL:
		unit_illegal(g, row);
		break;
	default:
		unit_plain(g, row);
		break;
	}
	if (row->rules & DT_RULE_SPLIT)
		split(g);
	g->reserved = reserved;
	g->reserved_fcc = reserved_fcc;
	add_unit(g, start);
}

static bool is_memory(const struct dt_row *row)
{
	return row->kind == DT_MEM_IMM || row->kind == DT_MEM_INDEX;
}

/* A branch to the next word, or over it. */
static void near_branch(struct dt_gen *g, struct dt_row *row, unsigned int distance)
{
	int64_t values[DT_MAX_OPERANDS];

	dt_operands(g, row, values, NULL);
	values[row->noperands - 1] = distance;
	dt_emit_row(g, row, values);
}

/*
 * The first @n rows of @run with nothing between.  What memory accesses need before them
 * goes before all: they are made first, from the last on, and their last words wait.
 */
static void neighbours(struct dt_gen *g, const struct dt_run *run, unsigned int n)
{
	uint32_t waiting[DT_MAX_RUN] = { 0 };
	bool is_over = false, is_split = false;

	for (unsigned int i = n; i-- > 0;) {
		if (!is_memory(&g->rows->row[run->row[i]]))
			continue;
		dt_unit_mem(g, &g->rows->row[run->row[i]]);
		waiting[i] = g->word[--g->nwords];
	}
	for (unsigned int i = 0; i < n; i++) {
		struct dt_row *row = &g->rows->row[run->row[i]];
		const unsigned int start = g->nwords;
		const bool is_unsure = is_over;

		is_over = false;
		is_split |= row->rules & DT_RULE_SPLIT;
		g->unsure += is_unsure;
		if (is_memory(row)) {
			dt_emit(g, waiting[i]);
		} else if (row->kind == DT_PLAIN) {
			unit_plain(g, row);
		} else if (i + 1 < n) {
			is_over = g->rows->row[run->row[i + 1]].kind == DT_PLAIN &&
				  dt_below(&g->rng, 2);
			near_branch(g, row, is_over ? 8 : 4);
		} else {
			dt_unit_skip(g, row);
		}
		g->unsure -= is_unsure;
		add_unit(g, start);
	}
	if (is_split)
		split(g);
}

static bool is_flow(const struct dt_row *row)
{
	return row->kind == DT_BRANCH || row->kind == DT_JUMP;
}

void dt_unit_before(struct dt_gen *g, const struct dt_row *row)
{
	const unsigned int n = g->rows->nruns;
	unsigned int at = n ? dt_below(&g->rng, n) : 0;

	for (unsigned int i = 0; i < n; i++, at = (at + 1) % n) {
		const struct dt_run *run = &g->rows->run[at];

		if (&g->rows->row[run->row[run->n - 1]] != row ||
		    is_flow(&g->rows->row[run->row[run->n - 2]]))
			continue;
		neighbours(g, run, run->n - 1);
		return;
	}
}

void dt_unit_any(struct dt_gen *g, bool with_flow)
{
	const uint32_t reserved = g->reserved;
	const unsigned int start = g->nwords;

	if (g->rows->nruns && !dt_below(&g->rng, 4)) {
		const struct dt_run *run = &g->rows->run[dt_below(&g->rng, g->rows->nruns)];

		if (with_flow || !is_flow(&g->rows->row[run->row[run->n - 1]])) {
			neighbours(g, run, run->n);
			g->reserved = reserved;
			add_unit(g, start);
			return;
		}
	}
	dt_unit_make(g, dt_row_choose(g, with_flow));
}

void dt_gen_program(struct dt_gen *g, uint64_t seed, unsigned int index, uint64_t va)
{
	struct dt_rows *rows = g->rows;

	memset(g, 0, offsetof(struct dt_gen, word));
	g->rows = rows;
	g->rng.state = (seed << 20) + index + 1;
	dt_random(&g->rng);
	g->va = va;
	g->nwords = g->nunits = g->ncounted = g->depth = g->unsure = 0;
	g->reserved = g->reserved_fcc = 0;
	for (unsigned int i = 0; i < 32; i++)
		g->defined[i] = 256;
	dt_emit(g, la_enc_lu12i_w(DT_CTX_REG, (int32_t)(DT_CTX >> 12)));
	for (unsigned int i = 0; i < rows->units; i++)
		dt_unit_any(g, true);
	dt_define(g, 0xffffffff);
}
