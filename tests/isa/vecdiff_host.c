/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/isa/vecdiff_host.c - our side of the vector comparison: executes the words of
 * vecdiff_guest.c on the same inputs and compares every register.
 *
 * usage: vecdiff_host WORDS RESULTS SETS SEED
 * Says the first few differences of each instruction; exit status 1 if there are any.
 */
#include <inttypes.h>
#include <stdio.h>

#include "../unit/vec_harness.h"
#include "cover.h"
#include "vecdiff.h"

#define MAX_SHOWN 2	/* differences of one instruction */

struct vecdiff {
	struct vec_harness h;
	unsigned int ndiffs[LA_NPLAIN_OPS];
	unsigned int ncases[LA_NPLAIN_OPS];
};

static void load(struct la_cpu *cpu, const struct vd_state *s)
{
	memcpy(cpu->v, s->v, sizeof(s->v));
	memcpy(&cpu->gpr[VD_GPR0], s->gpr, sizeof(s->gpr));
	memcpy(cpu->fcc, s->fcc, sizeof(s->fcc));
	cpu->fcsr = s->fcsr;
}

static void store(struct vd_state *s, const struct la_cpu *cpu)
{
	memset(s, 0, sizeof(*s));
	memcpy(s->v, cpu->v, sizeof(s->v));
	memcpy(s->gpr, &cpu->gpr[VD_GPR0], sizeof(s->gpr));
	memcpy(s->fcc, cpu->fcc, sizeof(s->fcc));
	s->fcsr = cpu->fcsr;
}

static void show_reg(const char *what, unsigned int i, const uint64_t *r)
{
	printf("    %-5s v%u %016" PRIx64 "%016" PRIx64 " %016" PRIx64 "%016" PRIx64 "\n", what, i,
	       r[3], r[2], r[1], r[0]);
}

static void show(const struct la_uop *u, uint32_t word, const struct vd_state *in,
		 const struct vd_state *want, const struct vd_state *got)
{
	printf("%s (%08x) a=%u b=%u c=%u d=%u imm=%d fcsr=%08x\n", la_insn_info[u->op].name, word,
	       u->a, u->b, u->c, u->d, u->imm, in->fcsr);
	for (unsigned int i = 0; i < VD_NVREGS; i++) {
		const bool is_wrong = memcmp(want->v[i], got->v[i], sizeof(got->v[i])) != 0;

		if (is_wrong || i == u->a || i == u->b || i == u->c || i == u->d)
			show_reg("in", i, in->v[i]);
		if (is_wrong) {
			show_reg("want", i, want->v[i]);
			show_reg("got", i, got->v[i]);
		}
	}
	for (unsigned int i = 0; i < VD_NGPRS; i++)
		if (want->gpr[i] != got->gpr[i])
			printf("    r%u in %016" PRIx64 " want %016" PRIx64 " got %016" PRIx64 "\n",
			       VD_GPR0 + i, in->gpr[i], want->gpr[i], got->gpr[i]);
	for (unsigned int i = 0; i < VD_NFCCS; i++)
		if (want->fcc[i] != got->fcc[i])
			printf("    fcc%u want %u got %u\n", i, want->fcc[i], got->fcc[i]);
	if (want->fcsr != got->fcsr)
		printf("    fcsr want %08x got %08x\n", want->fcsr, got->fcsr);
}

static void run_case(struct vecdiff *d, uint32_t word, uint64_t seed,
		     const struct vd_state *want)
{
	struct vd_state in, got, want_all = *want;
	struct la_uop u;

	vd_fill(&in, seed);
	la_decode(word, &u);
	d->ncases[u.op]++;
	if (!vh_table[u.op]) {
		d->ndiffs[u.op]++;
		printf("%08x does not decode to a vector instruction\n", word);
		return;
	}
	vh_init(&d->h);
	load(&d->h.cpu, &in);
	if (vh_exec(&d->h, u) != VH_NONE) {
		d->ndiffs[u.op]++;
		printf("%s (%08x) raised exception %#x\n", la_insn_info[u.op].name, word, d->h.exc);
		return;
	}
	store(&got, &d->h.cpu);
	/*
	 * An LSX instruction leaves the upper half of vd undefined: QEMU clears it in some
	 * and keeps it in others, we keep it.
	 */
	if (la_insn_info[u.op].gate == LA_GATE_LSX)
		for (unsigned int i = 0; i < VD_NVREGS; i++)
			memcpy(&want_all.v[i][2], &in.v[i][2], 16);
	want = &want_all;
	if (memcmp(&got, want, sizeof(got)) && ++d->ndiffs[u.op] <= MAX_SHOWN)
		show(&u, word, &in, want, &got);
}

static int run(struct vecdiff *d, FILE *words, FILE *results, unsigned int sets, uint64_t seed)
{
	uint32_t word;
	struct vd_state want;

	for (uint64_t i = 0; fread(&word, sizeof(word), 1, words) == 1; i++) {
		for (unsigned int j = 0; j < sets; j++) {
			if (fread(&want, sizeof(want), 1, results) != 1) {
				printf("the results end at word %" PRIu64 "\n", i);
				return 1;
			}
			run_case(d, word, vd_seed(seed, i, j), &want);
		}
	}
	return 0;
}

static int summary(const struct vecdiff *d)
{
	unsigned int nops = 0, nwrong = 0, ncases = 0, ndiffs = 0;

	for (unsigned int op = 0; op < LA_NPLAIN_OPS; op++) {
		if (!d->ncases[op])
			continue;
		nops++;
		ncases += d->ncases[op];
		ndiffs += d->ndiffs[op];
		nwrong += d->ndiffs[op] != 0;
		if (d->ndiffs[op])
			printf("%-20s %u of %u cases differ\n", la_insn_info[op].name,
			       d->ndiffs[op], d->ncases[op]);
	}
	printf("%u instructions, %u cases; %u instructions, %u cases differ\n", nops, ncases,
	       nwrong, ndiffs);
	return ndiffs || !ncases;
}

/* Tells tests/isa/cover.h which instructions agreed in all cases. */
static int report(const struct vecdiff *d)
{
	uint8_t seen[LA_NPLAIN_OPS];
	char path[COVER_PATH_MAX];

	for (unsigned int op = 0; op < LA_NPLAIN_OPS; op++)
		seen[op] = d->ncases[op] && !d->ndiffs[op];
	return cover_path(path, "vecdiff") ? cover_add(path, seen) : 0;
}

int main(int argc, char **argv)
{
	struct vecdiff *d = aligned_alloc(64, (sizeof(*d) + 63) & ~63ul);
	FILE *words = argc == 5 ? fopen(argv[1], "rb") : NULL;
	FILE *results = argc == 5 ? fopen(argv[2], "rb") : NULL;
	int ret = 1;

	if (d && words && results) {
		memset(d, 0, sizeof(*d));
		ret = run(d, words, results, (unsigned int)atoi(argv[3]),
			  strtoull(argv[4], NULL, 0));
		ret |= summary(d);
		ret |= report(d);
	} else {
		fprintf(stderr, "usage: vecdiff_host WORDS RESULTS SETS SEED\n");
	}
	if (results)
		fclose(results);
	if (words)
		fclose(words);
	free(d);
	return ret;
}
