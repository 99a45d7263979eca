/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/diff/rows.c - reads the instructions of a group, as rows.py writes them: words
 * separated by blanks, one item a line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff.h"

static bool read_operand(FILE *f, struct dt_operand *op)
{
	int is_read, is_written, is_signed;

	if (fscanf(f, "%d %c %c %d %d %u %d %u %u %u", &op->kind, &op->bank, &op->letter,
		   &is_read, &is_written, &op->width, &is_signed, &op->shift, &op->plus,
		   &op->nfields) != 10 || op->nfields < 1 || op->nfields > 2)
		return false;
	op->is_read = is_read;
	op->is_written = is_written;
	op->is_signed = is_signed;
	for (unsigned int i = 0; i < op->nfields; i++) {
		if (fscanf(f, "%u %u", &op->field[i].pos, &op->field[i].len) != 2)
			return false;
	}
	return true;
}

static bool read_row(FILE *f, struct dt_row *row)
{
	unsigned int kind;

	if (fscanf(f, "%23s %x %x %u %u %u %u %c %u", row->name, &row->match, &row->mask, &kind,
		   &row->weight, &row->size, &row->rules, &row->flavour,
		   &row->noperands) != 9 || kind >= DT_NKINDS ||
	    row->noperands > DT_MAX_OPERANDS)
		return false;
	row->kind = kind;
	for (unsigned int i = 0; i < row->noperands; i++) {
		if (!read_operand(f, &row->operand[i]))
			return false;
	}
	return true;
}

static bool read_bytes(FILE *f, uint8_t *to, unsigned int *n)
{
	if (fscanf(f, "%u", n) != 1 || *n > 32)
		return false;
	for (unsigned int i = 0; i < *n; i++) {
		if (fscanf(f, "%hhu", &to[i]) != 1)
			return false;
	}
	return true;
}

static bool read_runs(struct dt_rows *rows, FILE *f)
{
	if (fscanf(f, "%u", &rows->nruns) != 1 || rows->nruns > 10000)
		return false;
	rows->run = calloc(rows->nruns + 1, sizeof(*rows->run));
	for (unsigned int i = 0; rows->run && i < rows->nruns; i++) {
		struct dt_run *run = &rows->run[i];

		if (fscanf(f, "%u", &run->n) != 1 || run->n < 2 || run->n > DT_MAX_RUN)
			return false;
		for (unsigned int k = 0; k < run->n; k++) {
			if (fscanf(f, "%hu", &run->row[k]) != 1 || run->row[k] >= rows->nrows)
				return false;
		}
	}
	return rows->run != NULL;
}

static bool read_all(struct dt_rows *rows, FILE *f)
{
	int has_traps, has_memory;

	if (fscanf(f, "%d %d %x %u", &has_traps, &has_memory, &rows->enables,
		   &rows->units) != 4 ||
	    !read_bytes(f, rows->cond, &rows->nconds) ||
	    !read_bytes(f, rows->cpucfg, &rows->ncpucfg) ||
	    fscanf(f, "%u", &rows->nrows) != 1 || rows->nrows < 1 || rows->nrows > 10000)
		return false;
	rows->has_traps = has_traps;
	rows->has_memory = has_memory;
	rows->row = calloc(rows->nrows, sizeof(*rows->row));
	if (!rows->row)
		return false;
	for (unsigned int i = 0; i < rows->nrows; i++) {
		if (!read_row(f, &rows->row[i]))
			return false;
		rows->total_weight += rows->row[i].weight;
	}
	return rows->total_weight > 0 && read_runs(rows, f);
}

bool dt_rows_read(struct dt_rows *rows, const char *path)
{
	FILE *f = fopen(path, "r");
	bool is_ok;

	memset(rows, 0, sizeof(*rows));
	is_ok = f && read_all(rows, f);
	if (f)
		fclose(f);
	if (!is_ok) {
		fprintf(stderr, "%s: cannot be read as a list of instructions\n", path);
		dt_rows_free(rows);
	}
	return is_ok;
}

void dt_rows_free(struct dt_rows *rows)
{
	free(rows->row);
	free(rows->run);
	rows->row = NULL;
	rows->run = NULL;
}
