/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/diff/diffgen.c - writes images for scripts/difftest.
 *
 * usage: diffgen --rows FILE --seed N --image FILE [--programs N] [--inputs N]
 *                [--counts FILE]
 *        diffgen ... --only PROGRAM [--input N] [--units N] [--drop UNIT,...]
 *                [--state FILE] [--list] --dump
 *
 * Prints "programs N runs N executed N".  --counts adds lines "ROW COUNT".  --only makes
 * one program at the address that it has in the whole image, of its first --units units,
 * with those of --drop replaced by nop; --state gives it the registers and the sandbox of a
 * dump; --list prints its units and words.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff.h"
#include "soft/dis.h"

struct options {
	const char *rows, *image, *counts, *state, *drop;
	uint64_t seed;
	unsigned int programs, inputs, input, units;
	long only;
	bool is_list, is_dump;
};

static bool parse(struct options *o, int argc, char **argv)
{
	static const struct option names[] = {
		{ "rows", 1, NULL, 'r' }, { "image", 1, NULL, 'i' }, { "counts", 1, NULL, 'c' },
		{ "state", 1, NULL, 's' }, { "drop", 1, NULL, 'd' }, { "seed", 1, NULL, 'S' },
		{ "programs", 1, NULL, 'p' }, { "inputs", 1, NULL, 'n' },
		{ "input", 1, NULL, 'I' }, { "units", 1, NULL, 'u' }, { "only", 1, NULL, 'o' },
		{ "list", 0, NULL, 'l' }, { "dump", 0, NULL, 'D' }, { NULL, 0, NULL, 0 },
	};
	int c;

	*o = (struct options){ .programs = 1000, .inputs = 8, .only = -1 };
	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (c) {
		case 'r': o->rows = optarg; break;
		case 'i': o->image = optarg; break;
		case 'c': o->counts = optarg; break;
		case 's': o->state = optarg; break;
		case 'd': o->drop = optarg; break;
		case 'S': o->seed = strtoull(optarg, NULL, 0); break;
		case 'p': o->programs = (unsigned int)strtoul(optarg, NULL, 0); break;
		case 'n': o->inputs = (unsigned int)strtoul(optarg, NULL, 0); break;
		case 'I': o->input = (unsigned int)strtoul(optarg, NULL, 0); break;
		case 'u': o->units = (unsigned int)strtoul(optarg, NULL, 0); break;
		case 'o': o->only = strtol(optarg, NULL, 0); break;
		case 'l': o->is_list = true; break;
		case 'D': o->is_dump = true; break;
		default: return false;
		}
	}
	return o->rows && o->image && optind == argc && o->programs && o->inputs &&
	       o->only < (long)o->programs && o->input < DT_NINPUTS;
}

/* Program @p of @seed starts with input (p * inputs + i) % DT_NINPUTS. */
static unsigned int input_of(const struct options *o, unsigned int p, unsigned int i)
{
	return (p * o->inputs + i) % DT_NINPUTS;
}

static void make_inputs(const struct options *o, const struct dt_rows *rows,
			struct dt_image *img)
{
	struct dt_input *in = dt_image_at(img, DT_POOL);
	struct dt_rng rng = { o->seed * 0x10001 + 7 };

	for (unsigned int i = 0; i < DT_NINPUTS; i++)
		dt_input_make(&in[i], &rng, rows->enables);
}

static bool read_state(const char *path, struct dt_input *in)
{
	struct dt_log log;
	FILE *f = fopen(path, "rb");
	const bool is_ok = f && fread(&in->state, sizeof(in->state), 1, f) == 1 &&
			   fread(&log, sizeof(log), 1, f) == 1 &&
			   fread(in->sandbox, sizeof(in->sandbox), 1, f) == 1;

	if (f)
		fclose(f);
	if (!is_ok)
		perror(path);
	return is_ok;
}

/* Puts the words of @g and the jump to the end in the image; false when it is full. */
static bool place(const struct dt_gen *g, struct dt_image *img)
{
	const uint64_t end = g->va + 4 * (uint64_t)g->nwords;

	if (end + 4 > DT_OUT || g->nwords == DT_MAX_WORDS)
		return false;
	memcpy(dt_image_at(img, g->va), g->word, 4 * g->nwords);
	*(uint32_t *)dt_image_at(img, end) = la_enc_b((int32_t)(DT_RUNNER - end));
	img->code_end = end + 4;
	return true;
}

static void add_desc(struct dt_image *img, uint64_t code, unsigned int input)
{
	struct dt_desc *desc = dt_image_at(img, DT_DESC);

	desc[img->ndescs++] = (struct dt_desc){ code, DT_POOL + input * sizeof(struct dt_input) };
}

static void drop_units(struct dt_gen *g, const char *list)
{
	char *end;

	while (list && *list) {
		const unsigned long u = strtoul(list, &end, 10);

		if (end == list || u >= g->nunits)
			return;
		for (unsigned int i = g->unit[u].start; i < g->unit[u].end; i++)
			g->word[i] = la_enc_andi(0, 0, 0);
		list = *end ? end + 1 : end;
	}
}

static void print_list(const struct dt_gen *g)
{
	for (unsigned int i = 0; i < g->nunits; i++)
		printf("unit %u %u\n", g->unit[i].start, g->unit[i].end);
	for (unsigned int i = 0; i < g->nwords; i++) {
		char text[96];

		la_disasm(text, sizeof(text), g->word[i], g->va + 4 * i);
		printf("word %#" PRIx64 " %#x %s\n", g->va + 4 * i, g->word[i], text);
	}
}

/* The programs; all of them, or only one for which the others make place. */
static bool make_programs(const struct options *o, struct dt_rows *rows, struct dt_gen *g,
			  struct dt_image *img, uint64_t *executed)
{
	const unsigned int last = o->only >= 0 ? (unsigned int)o->only : o->programs - 1;
	struct dt_input *in = dt_image_at(img, DT_POOL);
	uint64_t va = DT_CODE;

	g->rows = rows;
	for (unsigned int p = 0; p <= last; p++) {
		const bool is_only = o->only == (long)p;

		if (is_only && o->units)
			rows->units = o->units;
		dt_gen_program(g, o->seed, p, va);
		if (is_only) {
			if (o->is_list)
				print_list(g);
			drop_units(g, o->drop);
		}
		if (!place(g, img)) {
			fprintf(stderr, "diffgen: too many or too long programs\n");
			return false;
		}
		va = img->code_end;
		if (o->only >= 0 && !is_only)
			continue;
		for (unsigned int i = 0; i < (is_only ? 1 : o->inputs); i++)
			add_desc(img, g->va, input_of(o, p, is_only ? o->input : i));
		*executed += (uint64_t)g->ncounted * o->inputs;
	}
	return !o->state || read_state(o->state, &in[input_of(o, last, o->input)]);
}

static bool write_counts(const char *path, const struct dt_rows *rows)
{
	FILE *f = fopen(path, "w");

	for (unsigned int i = 0; f && i < rows->nrows; i++)
		fprintf(f, "%s %" PRIu64 "\n", rows->row[i].name, rows->row[i].count);
	return f && !fclose(f);
}

int main(int argc, char **argv)
{
	struct dt_gen *g = calloc(1, sizeof(*g));
	struct dt_image img;
	struct dt_rows rows;
	struct options o;
	uint64_t executed = 0;
	bool is_ok;

	memset(&img, 0, sizeof(img));
	memset(&rows, 0, sizeof(rows));
	if (!parse(&o, argc, argv)) {
		fprintf(stderr, "diffgen: see the top of tests/diff/diffgen.c for its usage\n");
		free(g);
		return 2;
	}
	is_ok = g && dt_rows_read(&rows, o.rows) && dt_image_init(&img);
	if (is_ok && (uint64_t)o.programs * o.inputs > DT_MAX_DESCS) {
		fprintf(stderr, "diffgen: at most %u runs\n", DT_MAX_DESCS);
		is_ok = false;
	}
	if (is_ok) {
		img.is_dump = o.is_dump;
		img.has_memory = rows.has_memory;
		make_inputs(&o, &rows, &img);
		is_ok = make_programs(&o, &rows, g, &img, &executed);
	}
	if (is_ok) {
		dt_image_finish(&img);
		printf("programs %u runs %u executed %" PRIu64 "\n", o.programs, img.ndescs,
		       executed);
		is_ok = dt_image_save(&img, o.image) &&
			(!o.counts || write_counts(o.counts, &rows));
	}
	dt_image_fini(&img);
	dt_rows_free(&rows);
	free(g);
	return is_ok ? 0 : 1;
}
