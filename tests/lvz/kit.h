/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kit.h - cases, what they find, and the console.
 *
 * A case is a function that checks one rule.  It names the first thing that was not as
 * wanted and goes on; nothing it does may keep the next case from running.  One CPU, no
 * interrupts in the kit's own code.
 */
#ifndef LVZ_KIT_H
#define LVZ_KIT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define BIT(n) (UINT64_C(1) << (n))

/* ------------------------------------------------------------------ console.c */

/* Finds the serial port and the power switch in @systab's device tree, if it has one. */
void console_init(u64 systab);
void console_write(const char *s);
/* Switches the machine off; returns where that is not known how. */
void machine_off(void);

/* ------------------------------------------------------------------ print.c */

/* Into @buf, always ended: %s, %c, %u, %x, %lx, %03u. */
void fmt_into(char *buf, size_t n, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void vfmt_into(char *buf, size_t n, const char *fmt, va_list ap);
void print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
bool same_text(const char *a, const char *b, size_t n);
void *memset(void *to, int c, size_t n);
void *memcpy(void *restrict to, const void *restrict from, size_t n);

/* ------------------------------------------------------------------ kit.c */

struct kit_case {
	const char *name;
	void (*run)(u64 arg);
	u64 arg;
};

/*
 * Cases of one topic; their names are NAME/CASE.  Either an array, or @run for 0 to @n - 1,
 * whose names come from @label.
 */
struct kit_group {
	const char *name;
	unsigned int n;
	const struct kit_case *cases;
	void (*label)(unsigned int i, char *buf, size_t nbuf);
	void (*run)(unsigned int i);
};

#define KIT_CASES(group, title, array) \
	const struct kit_group group = { title, ARRAY_SIZE(array), array, NULL, NULL }

/* The case has failed, for this reason unless it has one already. */
void fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The case needs what this hardware does not offer; it should return. */
void skip(const char *why);
bool has_failed(void);
/* @what was found to be @found; fails unless it is @wanted. */
void want(const char *what, u64 found, u64 wanted);
void want_bits(const char *what, u64 found, u64 mask, u64 wanted);

#endif
