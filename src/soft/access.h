/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/access.h - guest memory through host pointers.
 *
 * An aligned access of up to 8 bytes is single-copy atomic, as other CPUs rely on it.
 * x86-64 and aarch64 give that for a plain access of the same width, aligned or not, so
 * one move serves both; elsewhere, and under the thread sanitizer, alignment decides.
 */
#ifndef LVZ_SOFT_ACCESS_H
#define LVZ_SOFT_ACCESS_H

#include <stdint.h>
#include <string.h>

#if (defined(__x86_64__) || defined(__aarch64__)) && !defined(__SANITIZE_THREAD__)
#define LA_DEFINE_ACCESS(bits)                                                          \
struct la_packed##bits { uint##bits##_t v; } __attribute__((packed, may_alias));        \
static inline uint##bits##_t la_host_ld##bits(const void *p)                            \
{                                                                                       \
	return ((const volatile struct la_packed##bits *)p)->v;                         \
}                                                                                       \
static inline void la_host_st##bits(void *p, uint##bits##_t v)                          \
{                                                                                       \
	((volatile struct la_packed##bits *)p)->v = v;                                  \
}
#else
/* Guest programs race with each other and with devices as they like. */
#if defined(__SANITIZE_THREAD__)
#define LA_NO_TSAN __attribute__((no_sanitize("thread")))
#else
#define LA_NO_TSAN
#endif
#define LA_DEFINE_ACCESS(bits)                                                          \
LA_NO_TSAN static inline uint##bits##_t la_host_ld##bits(const void *p)                 \
{                                                                                       \
	uint##bits##_t v;                                                               \
									                \
	if ((uintptr_t)p % sizeof(v) == 0)                                              \
		return __atomic_load_n((const uint##bits##_t *)p, __ATOMIC_RELAXED);    \
	memcpy(&v, p, sizeof(v));                                                       \
	return v;                                                                       \
}                                                                                       \
LA_NO_TSAN static inline void la_host_st##bits(void *p, uint##bits##_t v)               \
{                                                                                       \
	if ((uintptr_t)p % sizeof(v) == 0)                                              \
		__atomic_store_n((uint##bits##_t *)p, v, __ATOMIC_RELAXED);             \
	else                                                                            \
		memcpy(p, &v, sizeof(v));                                               \
}
#endif

LA_DEFINE_ACCESS(8)
LA_DEFINE_ACCESS(16)
LA_DEFINE_ACCESS(32)
LA_DEFINE_ACCESS(64)

static inline uint64_t la_host_load(const void *p, unsigned int size)
{
	switch (size) {
	case 1:
		return la_host_ld8(p);
	case 2:
		return la_host_ld16(p);
	case 4:
		return la_host_ld32(p);
	default:
		return la_host_ld64(p);
	}
}

static inline void la_host_store(void *p, unsigned int size, uint64_t v)
{
	switch (size) {
	case 1:
		la_host_st8(p, (uint8_t)v);
		break;
	case 2:
		la_host_st16(p, (uint16_t)v);
		break;
	case 4:
		la_host_st32(p, (uint32_t)v);
		break;
	default:
		la_host_st64(p, v);
		break;
	}
}

#endif
