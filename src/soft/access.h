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

#include <stdbool.h>
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

/*
 * 16 bytes of a vector.  The manual promises nothing, but compilers use vld and vst as
 * atomic accesses where the address is aligned.  x86-64 CPUs with AVX give that for one SSE
 * move (Intel SDM vol. 3, 9.1.1; AMD says the same), LoongArch CPUs for the same LSX
 * instructions; the asm keeps compilers and sanitizers from splitting them.
 */
static inline void la_host_ld128(uint64_t out[2], const void *p)
{
#if defined(__x86_64__)
	typedef long long la_quad __attribute__((vector_size(16), aligned(1), may_alias));
	la_quad v;

	__asm__ volatile("movdqu %1, %0" : "=x"(v) : "m"(*(const la_quad *)p));
	*(la_quad *)(void *)out = v;
#elif defined(__loongarch_sx)
	typedef long long la_quad __attribute__((vector_size(16), aligned(1), may_alias));
	la_quad v;

	__asm__ volatile("vld %w0, %1" : "=f"(v) : "m"(*(const la_quad *)p));
	*(la_quad *)(void *)out = v;
#else
	out[0] = la_host_ld64(p);
	out[1] = la_host_ld64((const char *)p + 8);
#endif
}

static inline void la_host_st128(void *p, const uint64_t in[2])
{
#if defined(__x86_64__)
	typedef long long la_quad __attribute__((vector_size(16), aligned(1), may_alias));

	__asm__ volatile("movdqu %1, %0"
			 : "=m"(*(la_quad *)p) : "x"(*(const la_quad *)(const void *)in));
#elif defined(__loongarch_sx)
	typedef long long la_quad __attribute__((vector_size(16), aligned(1), may_alias));

	__asm__ volatile("vst %w1, %0"
			 : "=m"(*(la_quad *)p) : "f"(*(const la_quad *)(const void *)in));
#else
	la_host_st64(p, in[0]);
	la_host_st64((char *)p + 8, in[1]);
#endif
}

/*
 * Whether la_host_cas128() is atomic.  LoongArch CPUs before the 3A6000 have nothing that
 * stores 16 bytes on a condition; a lock would not keep out the loads and stores of others.
 */
static inline bool la_host_has_cas128(void)
{
#if defined(__loongarch64)
	return __builtin_loongarch_cpucfg(2) >> 30 & 1;	/* SCQ */
#else
	return true;
#endif
}

/* Stores @new to the 16 aligned bytes at @p if these are @old; a full barrier when it does. */
static inline bool la_host_cas128(uint64_t *p, const uint64_t old[2], const uint64_t new[2])
{
#if defined(__x86_64__)
	uint64_t lo = old[0], hi = old[1];
	bool is_done;

	__asm__ volatile("lock cmpxchg16b %1"
			 : "=@ccz"(is_done), "+m"(*(unsigned __int128 *)(void *)p),
			   "+a"(lo), "+d"(hi)
			 : "b"(new[0]), "c"(new[1])
			 : "memory");
	return is_done;
#elif defined(__loongarch64)
	uint64_t lo, hi;

	/*
	 * The reservation covers both doublewords; dbar 0x700 keeps ld.d behind ll.d.  Other
	 * values are stored back as found, which ends the reservation: until then QEMU (11.1)
	 * answers later loads of the second doubleword with what it was at ll.d.
	 */
	__asm__ volatile("1:	ll.d	%0, %2, 0\n"
			 "	dbar	0x700\n"
			 "	ld.d	%1, %2, 8\n"
			 "	bne	%0, %3, 2f\n"
			 "	bne	%1, %4, 2f\n"
			 "	move	%0, %5\n"
			 "	sc.q	%0, %6, %2\n"
			 "	beqz	%0, 1b\n"
			 "	b	3f\n"
			 "2:	sc.q	%0, %1, %2\n"
			 "	move	%0, $zero\n"
			 "3:"
			 : "=&r"(lo), "=&r"(hi)
			 : "r"(p), "r"(old[0]), "r"(old[1]), "r"(new[0]), "r"(new[1])
			 : "memory");
	return lo;
#else
	unsigned __int128 want = (unsigned __int128)old[1] << 64 | old[0];

	return __atomic_compare_exchange_n((unsigned __int128 *)(void *)p, &want,
					   (unsigned __int128)new[1] << 64 | new[0], false,
					   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
#endif
}

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
