/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/diff/gen_flow.c - branches over a few units, and loops that end.
 *
 * Undefined bits of vector registers must not leave a part that may be skipped, nor reach
 * its beginning again: such parts define at their end what they made undefined.
 */
#include <string.h>

#include "diff.h"

#define MAX_DEPTH 2u

static void body(struct dt_gen *g, const uint16_t *defined_before)
{
	unsigned int n = 1 + dt_below(&g->rng, 3);
	uint32_t mask = 0;

	g->depth++;
	while (n--)
		dt_unit_any(g, g->depth < MAX_DEPTH);
	g->depth--;
	for (unsigned int i = 0; i < 32; i++)
		mask |= (uint32_t)(g->defined[i] < defined_before[i]) << i;
	dt_define(g, mask);
}

static bool is_jirl(const struct dt_row *row)
{
	return row->kind == DT_JUMP && row->noperands == 3;
}

static uint64_t here(const struct dt_gen *g)
{
	return g->va + 4 * g->nwords;
}

/* Emits jump @row to @to; returns where the distance goes if that is not known yet (0). */
static void jump(struct dt_gen *g, struct dt_row *row, uint64_t to)
{
	int64_t values[DT_MAX_OPERANDS] = { 0 };

	if (is_jirl(row)) {
		const unsigned int base = dt_temp(g);
		const int delta = ((int)dt_below(&g->rng, 1024) - 512) * 4;

		values[0] = dt_below(&g->rng, 4) ? dt_dst(g) : base;
		values[1] = base;
		values[2] = delta;
		dt_emit(g, la_enc_pcaddi(base, (int32_t)((int64_t)(to - here(g)) - delta) / 4));
	} else {
		values[0] = (int64_t)(to - here(g));
	}
	dt_emit_row(g, row, values);
}

/* The words that jump() takes. */
static unsigned int jump_words(const struct dt_row *row)
{
	return is_jirl(row) ? 2 : 1;
}

/*
 * A branch over some units.  Those are made first, behind room for the branch, because its
 * distance depends on them.
 */
void dt_unit_skip(struct dt_gen *g, struct dt_row *row)
{
	const unsigned int words = row->kind == DT_JUMP ? jump_words(row) : 1;
	const unsigned int at = g->nwords;
	uint16_t before[32];
	unsigned int end;
	int64_t values[DT_MAX_OPERANDS];

	memcpy(before, g->defined, sizeof(before));
	for (unsigned int i = 0; i < words; i++)
		dt_emit(g, 0);
	g->unsure++;
	body(g, before);
	g->unsure--;
	memcpy(g->defined, before, sizeof(before));
	end = g->nwords;
	g->nwords = at;
	if (row->kind == DT_JUMP) {
		jump(g, row, g->va + 4 * end);
	} else {
		dt_operands(g, row, values, NULL);
		if (row->noperands == 3 && !dt_below(&g->rng, 4))
			values[1] = values[0];
		values[row->noperands - 1] = 4 * (end - at);
		dt_emit_row(g, row, values);
	}
	g->nwords = end;
}

/* Emits @row so that it branches back to @top as long as @count is not 0. */
static void branch_back(struct dt_gen *g, struct dt_row *row, unsigned int count, uint64_t top)
{
	const bool is_equal = strncmp(row->name, "beq", 3) == 0;
	const bool is_ge = strncmp(row->name, "bge", 3) == 0;
	const bool is_lt = strncmp(row->name, "blt", 3) == 0;
	const unsigned int temp = dt_temp(g), fcc = dt_below(&g->rng, 8);
	int64_t values[DT_MAX_OPERANDS] = { count };

	if (strncmp(row->name, "bc", 2) == 0) {
		if (row->name[2] == 'e')
			dt_emit(g, la_enc_sltui(temp, count, 1));
		else
			dt_emit(g, la_enc_sltu(temp, 0, count));
		dt_emit(g, la_enc_movgr2cf(fcc, temp));
		values[0] = fcc;
	} else if (is_equal) {
		dt_emit(g, la_enc_sltui(temp, count, 1));
		values[0] = temp;
	} else if (is_ge) {
		dt_emit(g, la_enc_addi_d(temp, 0, 1));
		values[1] = temp;
	} else if (is_lt) {
		values[0] = 0;
		values[1] = count;
	}
	if (dt_below(&g->rng, 2))
		dt_unit_before(g, row);
	values[row->noperands - 1] = (int64_t)(top - here(g));
	dt_emit_row(g, row, values);
}

static void loop(struct dt_gen *g, struct dt_row *row)
{
	const unsigned int count = dt_temp(g), minus_one = dt_temp(g);
	uint16_t before[32];
	uint64_t top;

	memcpy(before, g->defined, sizeof(before));
	dt_emit(g, la_enc_addi_d(count, 0, 1 + (int)dt_below(&g->rng, 4)));
	dt_emit(g, la_enc_addi_d(minus_one, 0, -1));
	top = here(g);
	body(g, before);
	/* The ways that compilers count, which the interpreter fuses. */
	switch (dt_below(&g->rng, 3)) {
	case 0:
		dt_emit(g, la_enc_addi_d(count, count, -1));
		break;
	case 1:
		dt_emit(g, la_enc_addi_w(count, count, -1));
		break;
	default:
		dt_emit(g, la_enc_add_d(count, count, minus_one));
		break;
	}
	if (row->kind == DT_BRANCH) {
		branch_back(g, row, count, top);
		return;
	}
	dt_emit(g, la_enc_beqz(count, 4 * (int32_t)jump_words(row) + 4));
	jump(g, row, top);
}

void dt_unit_flow(struct dt_gen *g, struct dt_row *row)
{
	const bool writes_ra = strcmp(row->name, "bl") == 0;

	if (writes_ra && g->reserved >> 1 & 1)
		return;		/* a counter around is in ra */
	if (writes_ra)
		g->reserved |= 2;
	if (g->depth < MAX_DEPTH && dt_below(&g->rng, 3) == 0)
		loop(g, row);
	else
		dt_unit_skip(g, row);
}
