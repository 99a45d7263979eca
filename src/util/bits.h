/* SPDX-License-Identifier: Apache-2.0 */
/* util/bits.h - bit fields, sign extension and small helpers used everywhere. */
#ifndef LVZ_UTIL_BITS_H
#define LVZ_UTIL_BITS_H

#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define BIT64(n) (UINT64_C(1) << (n))
#define BIT32(n) (UINT32_C(1) << (n))

#ifndef container_of
#define container_of(ptr, type, member) \
	((type *)(void *)((char *)(ptr) - offsetof(type, member)))
#endif

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* A mask of the low @n bits, @n in 0..64. */
static inline uint64_t mask64(unsigned int n)
{
	return n >= 64 ? UINT64_MAX : BIT64(n) - 1;
}

/* Bits @hi..@lo of @v, right-justified. */
static inline uint64_t bits64(uint64_t v, unsigned int hi, unsigned int lo)
{
	return (v >> lo) & mask64(hi - lo + 1);
}

/* @v with its bits @hi..@lo replaced by the low bits of @f. */
static inline uint64_t bits64_set(uint64_t v, unsigned int hi, unsigned int lo, uint64_t f)
{
	uint64_t m = mask64(hi - lo + 1) << lo;

	return (v & ~m) | ((f << lo) & m);
}

/* The low @n bits of @v as a signed number, @n in 1..64. */
static inline int64_t sext64(uint64_t v, unsigned int n)
{
	return (int64_t)(v << (64 - n)) >> (64 - n);
}

static inline uint64_t align_up64(uint64_t v, uint64_t to)
{
	return (v + to - 1) & ~(to - 1);
}

#endif
