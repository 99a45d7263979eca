/* SPDX-License-Identifier: Apache-2.0 */
/* libc.c - what test programs want of a C library: numbers as text, memory, sorting, files. */
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void numbers(void)
{
	const double values[] = { 0.1, -0.0, 1e300 * 1e10, 1.0 / 3, DBL_MIN / 3, DBL_MAX,
				  12345678.9 };
	char buf[64];

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		snprintf(buf, sizeof(buf), "%.17g", values[i]);
		printf("%s %a %f %Lf %d\n", buf, values[i], sin(values[i]),
		       (long double)values[i] / 7, strtod(buf, NULL) == values[i]);
	}
	printf("%.20f %.20f %.20f\n", exp(1), log(10), pow(2, 0.5));
}

static void sorting(void)
{
	enum { N = 20000 };
	double *v = malloc(N * sizeof(*v));
	uint32_t state = 1;
	double sum = 0;

	for (int i = 0; i < N; i++) {
		state = state * 1103515245u + 12345u;
		v[i] = sqrt(state) * cos(state);
	}
	qsort(v, N, sizeof(*v), by_value);
	for (int i = 0; i < N; i++)
		sum += v[i] * i;
	printf("%.17g %.17g %.17g %.17g\n", v[0], v[N / 2], v[N - 1], sum);
	free(v);
}

/* Blocks that grow, shrink and move: brk, mmap and mremap below. */
static void memory(void)
{
	enum { N = 64 };
	unsigned char *block[N] = { NULL };
	size_t size[N] = { 0 };
	uint32_t state = 7;
	unsigned long sum = 0;

	for (int round = 0; round < 400; round++) {
		int i = (int)(state >> 16) % N;
		size_t old = size[i];

		state = state * 1103515245u + 12345u;
		size[i] = 1 + (state >> 8) % (round % 10 ? 5000 : 3000000);
		block[i] = realloc(block[i], size[i]);
		for (size_t at = old; at < size[i]; at++)
			block[i][at] = (unsigned char)(at * 31 + (size_t)i);
		for (size_t at = 0; at < size[i]; at += 97)
			sum += block[i][at] != (unsigned char)(at * 31 + (size_t)i);
		sum += block[i][size[i] - 1];
	}
	printf("memory %lu\n", sum);
	for (int i = 0; i < N; i++)
		free(block[i]);
}

static void files(const char *path)
{
	FILE *f = fopen(path, "r");
	unsigned long sum = 0;
	long len;
	int c;

	if (!f) {
		printf("%s: %s\n", path, strerror(errno));
		return;
	}
	while ((c = getc(f)) != EOF)
		sum = sum * 33 + (unsigned long)c;
	len = ftell(f);
	rewind(f);
	printf("%ld bytes, sum %lx, first '%c'\n", len, sum, getc(f));
	fclose(f);
	printf("%d\n", access("/nonexistent", R_OK) != 0 || fopen("/nonexistent", "r") != NULL);
}

int main(int argc, char **argv)
{
	numbers();
	sorting();
	memory();
	files(argv[argc - 1]);
	fprintf(stderr, "%d arguments\n", argc);
	return argc + 40;
}
