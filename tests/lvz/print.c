/* SPDX-License-Identifier: Apache-2.0 */
/* print.c - text; see kit.h. */
#include "kit.h"

struct out {
	char *p, *end;
};

static void put(struct out *o, char c)
{
	if (o->p < o->end)
		*o->p++ = c;
}

static void put_number(struct out *o, u64 v, unsigned int base, unsigned int width)
{
	char digits[20];
	unsigned int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	while (width > n) {
		put(o, '0');
		width--;
	}
	while (n)
		put(o, digits[--n]);
}

static void put_arg(struct out *o, char kind, u64 v, unsigned int width)
{
	if (kind == 'x')
		put_number(o, v, 16, width);
	else
		put_number(o, v, 10, width);
}

void vfmt_into(char *buf, size_t n, const char *fmt, va_list ap)
{
	struct out o = { buf, buf + n - 1 };

	for (; *fmt; fmt++) {
		unsigned int width = 0;

		if (*fmt != '%') {
			put(&o, *fmt);
			continue;
		}
		for (fmt++; *fmt >= '0' && *fmt <= '9'; fmt++)
			width = width * 10 + (unsigned int)(*fmt - '0');
		if (*fmt == 's') {
			for (const char *s = va_arg(ap, const char *); *s; s++)
				put(&o, *s);
		} else if (*fmt == 'c') {
			put(&o, (char)va_arg(ap, int));
		} else if (*fmt == 'l') {
			put_arg(&o, *++fmt, va_arg(ap, u64), width);
		} else {
			put_arg(&o, *fmt, va_arg(ap, unsigned int), width);
		}
	}
	*o.p = 0;
}

void fmt_into(char *buf, size_t n, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfmt_into(buf, n, fmt, ap);
	va_end(ap);
}

void print(const char *fmt, ...)
{
	char buf[256];
	va_list ap;

	va_start(ap, fmt);
	vfmt_into(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	console_write(buf);
}

bool same_text(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (a[i] != b[i])
			return false;
		if (!a[i])
			break;
	}
	return true;
}

/* The compiler calls these by itself. */
void *memset(void *to, int c, size_t n)
{
	volatile u8 *p = to;

	for (; n && ((uintptr_t)p & 7 || n < 8); n--)
		*p++ = (u8)c;
	for (; n >= 8; n -= 8, p += 8)
		*(volatile u64 *)p = (u8)c * UINT64_C(0x0101010101010101);
	while (n--)
		*p++ = (u8)c;
	return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	volatile u8 *p = to;
	const u8 *q = from;

	while (n--)
		*p++ = *q++;
	return to;
}
