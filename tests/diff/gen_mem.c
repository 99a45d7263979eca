/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/diff/gen_mem.c - loads, stores and atomic instructions: addresses in the sandbox,
 * in programs with signals sometimes elsewhere.
 */
#include <string.h>

#include "diff.h"

#define NOWHERE (-0x40000)		/* for lu12i.w: addresses that no program has */

/* Where an access begins; multiples of @align. */
static uint64_t target(struct dt_gen *g, unsigned int align)
{
	int64_t offset = (int)dt_below(&g->rng, 2 * DT_REACH) - DT_REACH;

	if (!dt_below(&g->rng, 8))	/* around the page boundary */
		offset = (int)dt_below(&g->rng, 64) - 48;
	return (DT_CTX + (uint64_t)offset) & ~(uint64_t)(align - 1);
}

static unsigned int natural_or_not(struct dt_gen *g, const struct dt_row *row)
{
	return row->size && dt_below(&g->rng, 2) ? row->size : 1;
}

static int find(const struct dt_row *row, int kind, char letter)
{
	for (unsigned int i = 0; i < row->noperands; i++) {
		if (row->operand[i].kind == kind && row->operand[i].letter == letter)
			return (int)i;
	}
	return -1;
}

/* Sometimes the base register is the destination too. */
static void maybe_into_base(struct dt_gen *g, const struct dt_row *row, int64_t *values,
			    int base)
{
	const struct dt_operand *op = &row->operand[0];

	if (op->kind == DT_OP_REG && op->bank == 'r' && op->is_written && !op->is_read &&
	    !dt_below(&g->rng, 8))
		values[0] = values[base];
}

static void mem_imm(struct dt_gen *g, struct dt_row *row)
{
	const int base = find(row, DT_OP_REG, 'j'), imm = find(row, DT_OP_IMM, 'i');
	int64_t values[DT_MAX_OPERANDS];
	bool fixed[DT_MAX_OPERANDS] = { false };

	fixed[base] = true;
	values[base] = dt_temp(g);
	dt_operands(g, row, values, fixed);
	if (g->rows->has_traps && !dt_below(&g->rng, 8))
		dt_emit(g, la_enc_lu12i_w((unsigned int)values[base], NOWHERE));
	else
		dt_li(g, (unsigned int)values[base],
		      target(g, natural_or_not(g, row)) - (uint64_t)values[imm]);
	maybe_into_base(g, row, values, base);
	dt_emit_row(g, row, values);
}

static void mem_index(struct dt_gen *g, struct dt_row *row)
{
	const int base = find(row, DT_OP_REG, 'j'), index = find(row, DT_OP_REG, 'k');
	int64_t values[DT_MAX_OPERANDS];
	bool fixed[DT_MAX_OPERANDS] = { false };

	fixed[base] = true;
	values[base] = dt_temp(g);
	do {
		dt_operands(g, row, values, fixed);
	} while (values[index] == values[base]);
	g->reserved |= UINT32_C(1) << values[index];
	if (g->rows->has_traps && !dt_below(&g->rng, 8)) {
		values[index] = 0;
		dt_emit(g, la_enc_lu12i_w((unsigned int)values[base], NOWHERE));
	} else {
		dt_li(g, (unsigned int)values[base], target(g, natural_or_not(g, row)));
	}
	dt_emit(g, la_enc_sub_d((unsigned int)values[base], (unsigned int)values[base],
				(unsigned int)values[index]));
	maybe_into_base(g, row, values, base);
	dt_emit_row(g, row, values);
}

/* ldgt and the like; the bound holds, or in programs with signals is anything. */
static void mem_bound(struct dt_gen *g, struct dt_row *row)
{
	const bool is_gt = strstr(row->name, "gt.") != NULL;
	const int distance = (int)dt_below(&g->rng, 2000);
	const bool any = g->rows->has_traps;
	int64_t values[DT_MAX_OPERANDS];
	bool fixed[DT_MAX_OPERANDS] = { false, true, true };

	values[1] = dt_temp(g);
	values[2] = dt_temp(g);
	dt_operands(g, row, values, fixed);
	dt_li(g, (unsigned int)values[1],
	      target(g, any && !(row->rules & DT_RULE_ALIGNED) && !dt_below(&g->rng, 4) ? 1 :
		  row->size));
	if (row->rules & DT_RULE_BOUND_R0)
		values[2] = 0;
	else if (any && dt_below(&g->rng, 2))
		values[2] = dt_below(&g->rng, 4) ? dt_src(g) : values[1];
	else
		dt_emit(g, la_enc_addi_d((unsigned int)values[2], (unsigned int)values[1],
					 is_gt ? -1 - distance : distance));
	maybe_into_base(g, row, values, 1);
	dt_emit_row(g, row, values);
}

void dt_unit_mem(struct dt_gen *g, struct dt_row *row)
{
	if (row->kind == DT_MEM_IMM)
		mem_imm(g, row);
	else if (row->kind == DT_MEM_INDEX)
		mem_index(g, row);
	else
		mem_bound(g, row);
}

/* Something between LL and SC that touches no memory. */
static void harmless(struct dt_gen *g)
{
	unsigned int n = dt_below(&g->rng, 3);

	while (n--) {
		const unsigned int rd = dt_dst(g), rj = dt_src(g), rk = dt_src(g);

		switch (dt_below(&g->rng, 3)) {
		case 0:
			dt_emit(g, la_enc_add_d(rd, rj, rk));
			break;
		case 1:
			dt_emit(g, la_enc_xor(rd, rj, rk));
			break;
		default:
			dt_emit(g, la_enc_sltu(rd, rj, rk));
			break;
		}
	}
}

/* LL and SC, one of them @row; the other has no offset. */
static void ll_sc(struct dt_gen *g, struct dt_row *row)
{
	const bool is_word = row->size == 4, has_offset = row->noperands == 3;
	const unsigned int base = dt_temp(g), other = dt_dst(g);
	int64_t values[DT_MAX_OPERANDS] = { dt_dst(g), base, 0 };
	const uint64_t at = target(g, 8);
	uint64_t there;

	if (has_offset)
		values[2] = dt_immediate(g, &row->operand[2]);
	there = at - (uint64_t)values[2];
	if (row->kind == DT_LL) {
		dt_li(g, base, there);
		dt_emit_row(g, row, values);
		harmless(g);
		dt_li(g, base, at);
		dt_emit(g, is_word ? la_enc_sc_w(other, base, 0) : la_enc_sc_d(other, base, 0));
		return;
	}
	if (row->rules & DT_RULE_LL_FIRST || dt_below(&g->rng, 6)) {	/* else it fails */
		dt_li(g, base, dt_below(&g->rng, 6) ? at : at ^ 16);
		dt_emit(g, is_word ? la_enc_ll_w(other, base, 0) : la_enc_ll_d(other, base, 0));
		harmless(g);
	}
	dt_li(g, base, there);
	dt_emit_row(g, row, values);
}

static void sc_q(struct dt_gen *g, struct dt_row *row)
{
	const unsigned int base = dt_temp(g), low = dt_dst(g), high = dt_dst(g);
	const int64_t values[DT_MAX_OPERANDS] = { dt_dst(g), dt_src(g), base };

	dt_li(g, base, target(g, 16));
	dt_emit(g, la_enc_ll_d(low, base, 0));
	dt_emit(g, la_enc_ld_d(high, base, 8));
	harmless(g);
	dt_emit_row(g, row, values);
}

/* AM* and AMCAS: rd, rk, rj. */
static void am(struct dt_gen *g, struct dt_row *row)
{
	const bool is_odd = g->rows->has_traps && !dt_below(&g->rng, 4);
	const unsigned int base = dt_temp(g);
	int64_t values[DT_MAX_OPERANDS];

	do {
		values[0] = dt_dst(g);
		values[1] = dt_src(g);
		values[2] = base;
	} while ((row->rules & DT_RULE_DISTINCT) && values[0] &&
		 (values[0] == values[1] || values[1] == values[2]));
	dt_li(g, base, target(g, is_odd ? 1 : row->size));
	if (row->kind == DT_AMCAS && dt_below(&g->rng, 2)) {	/* let it match */
		const unsigned int rd = (unsigned int)values[0];

		dt_emit(g, row->size == 1 ? la_enc_ld_b(rd, base, 0) :
			   row->size == 2 ? la_enc_ld_h(rd, base, 0) :
			   row->size == 4 ? la_enc_ld_w(rd, base, 0) : la_enc_ld_d(rd, base, 0));
	}
	dt_emit_row(g, row, values);
}

void dt_unit_atomic(struct dt_gen *g, struct dt_row *row)
{
	if (row->kind == DT_SCQ)
		sc_q(g, row);
	else if (row->kind == DT_LL || row->kind == DT_SC)
		ll_sc(g, row);
	else
		am(g, row);
}
