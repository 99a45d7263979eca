/* SPDX-License-Identifier: Apache-2.0 */
/* litmus_run.c - see litmus_run.h. */
#include "litmus_run.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "soft/machine.h"

#define NSLOTS 128u
#define SLOT_BYTES 512u
#define VAR_BYTES 128u
/*
 * Looks at another CPU's progress before giving it up: long enough for it to be scheduled
 * again, unless there are fewer host CPUs, where waiting only delays it.
 */
#define SPIN_PATIENT 200000
#define SPIN_CROWDED 1000
#define MAX_DELAY 24u			/* turns of an empty loop */

/* Guest-physical layout. */
#define VARS UINT64_C(0x1000000)
#define RESULTS(cpu) (UINT64_C(0x1800000) + (cpu) * UINT64_C(0x20000))
#define DELAYS(cpu) (UINT64_C(0x1c00000) + (cpu) * UINT64_C(0x2000))
#define PROGRESS UINT64_C(0x1d00000)
#define PROGRESS_BYTES 128
#define CODE(cpu) (FX_CODE + (cpu) * UINT64_C(0x2000))

#define PATTERN UINT64_C(0x0101010101010101)

enum { IDX = 23, NIDX, MINE, BASE, DELAY, RESULT, SPIN, STRIDE };	/* s0.. */

unsigned int lit_ncpus(const struct lit_test *t)
{
	unsigned int n = 0;

	while (n < FX_MAX_CPUS && t->code[n][0])
		n++;
	return n;
}

/* ------------------------------------------------------------------ code */

static void emit_meeting(struct fx *fx, unsigned int cpu, unsigned int ncpus)
{
	fx_emit(fx, la_enc_addi_d(IDX, IDX, 1));
	fx_emit(fx, la_enc_st_d(IDX, MINE, 0));
	for (unsigned int i = 0; i < ncpus; i++) {
		if (i == cpu)
			continue;
		fx_emit(fx, la_enc_or(T6, SPIN, 0));
		fx_emit(fx, la_enc_ld_d(T7, BASE, PROGRESS_BYTES * (int)i));
		fx_emit(fx, la_enc_bge(T7, IDX, 12));
		fx_emit(fx, la_enc_addi_d(T6, T6, -1));
		fx_emit(fx, la_enc_bnez(T6, -12));
	}
	fx_emit(fx, la_enc_ld_bu(T6, DELAY, 0));
	fx_emit(fx, la_enc_addi_d(DELAY, DELAY, 1));
	fx_emit(fx, la_enc_beqz(T6, 12));
	fx_emit(fx, la_enc_addi_d(T6, T6, -1));
	fx_emit(fx, la_enc_bnez(T6, -4));
}

static void emit_thread(struct fx *fx, const struct lit_test *t, unsigned int cpu,
			unsigned int ncpus)
{
	fx_at(fx, CODE(cpu));
	emit_meeting(fx, cpu, ncpus);
	for (unsigned int i = 0; i < LIT_MAX_CODE && t->code[cpu][i]; i++)
		fx_emit(fx, t->code[cpu][i]);
	for (unsigned int i = 0; i < 4; i++)
		fx_emit(fx, la_enc_st_d(RA_ + i, RESULT, 8 * (int)i));
	fx_emit(fx, la_enc_addi_d(RESULT, RESULT, 32));
	for (unsigned int i = 0; i < 4; i++)
		fx_emit(fx, la_enc_add_d(X + i, X + i, STRIDE));
	fx_emit(fx, la_enc_bne(IDX, NIDX, (int)(CODE(cpu) - fx->at)));
	fx_emit(fx, la_enc_break(0));
}

/* ------------------------------------------------------------------ a batch */

static void prepare_cpu(struct fx *fx, unsigned int i, uint64_t spin, uint64_t *seed)
{
	struct la_cpu *cpu = la_machine_cpu(fx->m, i);
	const uint64_t regs[][2] = {
		{ ONE, 1 }, { TWO, 2 }, { PAT1, PATTERN }, { PAT2, 2 * PATTERN },
		{ IDX, 0 }, { NIDX, NSLOTS }, { MINE, PROGRESS + PROGRESS_BYTES * i },
		{ BASE, PROGRESS }, { DELAY, DELAYS(i) }, { RESULT, RESULTS(i) },
		{ SPIN, spin }, { STRIDE, SLOT_BYTES },
	};

	for (unsigned int v = 0; v < 4; v++)
		la_set_gpr(cpu, X + v, VARS + VAR_BYTES * v);
	for (unsigned int k = 0; k < ARRAY_SIZE(regs); k++)
		la_set_gpr(cpu, (unsigned int)regs[k][0], regs[k][1]);
	for (unsigned int k = 0; k < 4; k++) {
		cpu->v[1].d[k] = PATTERN;
		cpu->v[2].d[k] = 2 * PATTERN;
	}
	for (unsigned int s = 0; s < NSLOTS; s++) {
		uint64_t r = fx_random(seed);

		/* Half of them none at all. */
		fx->ram[DELAYS(i) + s] = r & 1 ? (uint8_t)(r >> 8) % MAX_DELAY : 0;
	}
	la_set_csr(cpu, LA_CSR_CRMD, LA_CRMD_DA);
}

struct lit_job {
	struct la_cpu *cpu;
	uint64_t pc;
	int got;
};

static void *lit_thread(void *arg)
{
	struct lit_job *j = arg;

	j->got = fx_go_cpu(j->cpu, j->pc);
	return NULL;
}

static void run_batch(struct fx *fx, unsigned int ncpus, uint64_t *seed)
{
	struct lit_job jobs[FX_MAX_CPUS];
	pthread_t threads[FX_MAX_CPUS];
	const bool is_crowded = (long)ncpus > sysconf(_SC_NPROCESSORS_ONLN);

	memset(fx->ram + VARS, 0, (size_t)NSLOTS * SLOT_BYTES);
	memset(fx->ram + PROGRESS, 0, PROGRESS_BYTES * FX_MAX_CPUS);
	for (unsigned int i = 0; i < ncpus; i++)
		prepare_cpu(fx, i, is_crowded ? SPIN_CROWDED : SPIN_PATIENT, seed);
	for (unsigned int i = 0; i < ncpus; i++) {
		jobs[i] = (struct lit_job){ la_machine_cpu(fx->m, i), CODE(i), 0 };
		ck_assert_int_eq(pthread_create(&threads[i], NULL, lit_thread, &jobs[i]), 0);
	}
	for (unsigned int i = 0; i < ncpus; i++)
		pthread_join(threads[i], NULL);
	for (unsigned int i = 0; i < ncpus; i++)
		ck_assert_msg(jobs[i].got == FX_DONE, "CPU %u: exception %#x", i, jobs[i].got);
}

/* ------------------------------------------------------------------ outcomes */

/* Small numbers, and patterns of up to 8 equal bytes; '?' is torn. */
static char digit_of(uint64_t v)
{
	static const uint64_t units[] = { 1, 0x0101, 0x01010101, PATTERN };

	for (unsigned int i = 0; i < ARRAY_SIZE(units); i++) {
		if (v % units[i] == 0 && v / units[i] < 10)
			return (char)('0' + v / units[i]);
	}
	return '?';
}

static void read_outcome(const struct fx *fx, const struct lit_test *t, unsigned int slot,
			 char *digits)
{
	unsigned int n = 0;

	for (const char *p = t->obs; *p; p++) {
		uint64_t at;

		if (*p == ' ')
			continue;
		ck_assert_uint_lt(n, LIT_MAX_OBS);
		if (*p >= '0' && *p <= '3') {
			at = RESULTS((unsigned int)(*p - '0')) + 32 * slot;
			at += 8 * (unsigned int)(*++p - 'a');
		} else {
			at = VARS + SLOT_BYTES * slot +
			     VAR_BYTES * (*p == 'w' ? 3 : (unsigned int)(*p - 'x'));
		}
		digits[n++] = digit_of(fx_get64(fx, at));
	}
	digits[n] = 0;
}

static void add_outcome(struct lit_result *res, const char *digits, uint64_t count)
{
	unsigned int i = 0;

	while (i < res->noutcomes && strcmp(res->outcomes[i].digits, digits))
		i++;
	ck_assert_uint_lt(i, LIT_MAX_OUTCOMES);
	if (i == res->noutcomes) {
		strcpy(res->outcomes[i].digits, digits);
		res->noutcomes++;
	}
	res->outcomes[i].count += count;
}

/* @digits against the patterns of a list; NULL is an empty list. */
static bool matches(const char *digits, const char *patterns)
{
	size_t n = strlen(digits);

	for (const char *p = patterns; p && *p; p += strspn(p, " ")) {
		size_t len = strcspn(p, " "), i = 0;

		ck_assert_msg(len == n, "pattern '%s' for outcomes as '%s'", p, digits);
		while (i < n && (p[i] == '.' || p[i] == digits[i]))
			i++;
		if (i == n)
			return true;
		p += len;
	}
	return false;
}

bool lit_is_allowed(const struct lit_test *t, const char *digits)
{
	ck_assert_uint_eq(strlen(t->nvalues), strlen(digits));
	for (unsigned int i = 0; digits[i]; i++) {
		if (t->nvalues[i] != '*' && (digits[i] < '0' || digits[i] >= t->nvalues[i]))
			return false;
	}
	return t->only ? matches(digits, t->only) : !matches(digits, t->forbidden);
}

uint64_t lit_count(const struct lit_result *res, const char *patterns)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < res->noutcomes; i++) {
		if (matches(res->outcomes[i].digits, patterns))
			n += res->outcomes[i].count;
	}
	return n;
}

void lit_run(struct fx *fx, const struct lit_test *t, unsigned int ms, uint64_t *seed,
	     struct lit_result *res)
{
	const uint64_t end_ns = la_now_ns() + ms * UINT64_C(1000000);
	const unsigned int n = lit_ncpus(t);

	*res = (struct lit_result){ .noutcomes = 0 };
	for (unsigned int i = 0; i < n; i++)
		emit_thread(fx, t, i, n);
	do {
		run_batch(fx, n, seed);
		for (unsigned int s = 0; s < NSLOTS; s++) {
			char digits[LIT_MAX_OBS + 1];

			read_outcome(fx, t, s, digits);
			add_outcome(res, digits, 1);
		}
		res->nslots += NSLOTS;
	} while (la_now_ns() < end_ns);
}

static int by_digits(const void *a, const void *b)
{
	const struct lit_outcome *x = a, *y = b;

	return strcmp(x->digits, y->digits);
}

void lit_print(const struct lit_test *t, const struct lit_result *res)
{
	struct lit_result sorted = *res;

	qsort(sorted.outcomes, sorted.noutcomes, sizeof(sorted.outcomes[0]), by_digits);
	printf("%-24s %s:", t->name, t->obs);
	for (unsigned int i = 0; i < sorted.noutcomes; i++) {
		const struct lit_outcome *o = &sorted.outcomes[i];

		printf(" %s%s=%" PRIu64, !lit_is_allowed(t, o->digits) ? "!" :
		       matches(o->digits, t->weak) ? "*" : "", o->digits, o->count);
	}
	printf("\n");
}
