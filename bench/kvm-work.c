// SPDX-License-Identifier: Apache-2.0
/*
 * bench/kvm-work.c - programs that only compute, the same machine code on the host and in
 * the guest.  Linked into the section that is copied into the guest.
 */
#include "kvm.h"

#define IN_GUEST __attribute__((section("guest")))

IN_GUEST static inline uint64_t step(uint64_t x)
{
	x ^= x << 13;
	x ^= x >> 7;
	return x ^ x << 17;
}

/* Arithmetic and branches that depend on it. */
IN_GUEST static uint64_t work_alu(uint64_t n)
{
	uint64_t x = 88172645463325252u, sum = 0;

	for (uint64_t i = 0; i < n; i++) {
		x = step(x);
		if (x & 1)
			sum += x * 31 + i;
		else
			sum ^= (x >> 3) + (sum << 1);
	}
	return sum;
}

/* Sorts pieces of memory after filling them: loads, stores, short loops. */
IN_GUEST static uint64_t work_memory(uint64_t n, uint64_t *mem, uint64_t bytes)
{
	uint64_t words = bytes / 8, piece = 64, sum = 0, x = 88172645463325252u;

	for (uint64_t i = 0; i < n; i++) {
		uint64_t *a = mem + i * piece % words;

		for (uint64_t j = 0; j < piece; j++)
			a[j] = x = step(x);
		for (uint64_t j = 1; j < piece; j++) {
			uint64_t v = a[j], k = j;

			for (; k && a[k - 1] > v; k--)
				a[k] = a[k - 1];
			a[k] = v;
		}
		sum += a[piece / 2] ^ a[piece - 1];
	}
	return sum;
}

/* Each load gives the address of the next, anywhere in memory. */
IN_GUEST static uint64_t work_chase(uint64_t n, uint64_t *mem, uint64_t bytes)
{
	uint64_t words = bytes / 8, at = 0, sum = 0;

	/* A ring of one word in each 4 KiB: the factor is odd. */
	for (uint64_t i = 0; i < words / 512; i++)
		mem[i * 512] = (i * 40503 + 1) % (words / 512) * 512;
	for (uint64_t i = 0; i < n; i++) {
		at = mem[at];
		sum += at;
	}
	return sum;
}

/* Loads and stores in scattered pages, with some work for each. */
IN_GUEST static uint64_t work_spread(uint64_t n, uint64_t *mem, uint64_t bytes)
{
	uint64_t words = bytes / 8, x = 88172645463325252u, sum = 0;

	for (uint64_t i = 0; i < n; i++) {
		uint64_t *a;

		x = step(x);
		a = mem + (x >> 20) % (words / 8) * 8;
		a[0] = i;
		for (unsigned int j = 1; j < 8; j++)
			a[j] = a[j - 1] * 5 + x;
		sum += a[7];
	}
	return sum;
}

IN_GUEST uint64_t work_run(uint64_t kind, uint64_t n, uint64_t *mem, uint64_t bytes)
{
	if (kind == WORK_ALU)
		return work_alu(n);
	if (kind == WORK_MEMORY)
		return work_memory(n, mem, bytes);
	if (kind == WORK_CHASE)
		return work_chase(n, mem, bytes);
	return work_spread(n, mem, bytes);
}
