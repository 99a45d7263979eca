/* SPDX-License-Identifier: Apache-2.0 */
/* trace/text.c - see text.h. */
#include "trace/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "soft/dis.h"
#include "soft/isa.h"
#include "util/bits.h"

void trace_text_add(struct trace_text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->buf + t->len, t->size - t->len, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->len += (size_t)n < t->size - t->len ? (size_t)n : t->size - t->len - 1;
}

void trace_text_add_insn(struct trace_text *t, uint32_t insn, uint64_t pc)
{
	size_t n = la_disasm(t->buf + t->len, t->size - t->len, insn, pc);

	t->len += n < t->size - t->len ? n : t->size - t->len - 1;
}

const char *trace_irq_name(unsigned int line)
{
	static const char *const names[] = {
		"swi0", "swi1", "hwi0", "hwi1", "hwi2", "hwi3", "hwi4", "hwi5", "hwi6", "hwi7",
		"pmi", "timer", "ipi",
	};

	return line < ARRAY_SIZE(names) ? names[line] : "?";
}

/* The fields of CSR @num; *@n of them. */
static const struct la_csr_field *fields_of(unsigned int num, unsigned int *n)
{
	unsigned int lo = 0, hi = la_ncsr_fields;

	while (lo < hi) {
		unsigned int mid = (lo + hi) / 2;

		if (la_csr_fields[mid].num < num)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (hi = lo; hi < la_ncsr_fields && la_csr_fields[hi].num == num; hi++)
		;
	*n = hi - lo;
	return &la_csr_fields[lo];
}

void trace_text_add_csr(struct trace_text *t, const char *prefix, unsigned int num, uint64_t old,
			uint64_t now)
{
	const struct la_csr_info *info = la_csr_find(num);
	const struct la_csr_field *f;
	unsigned int n;

	if (info)
		trace_text_add(t, "%s%s", prefix, info->name);
	else
		trace_text_add(t, "%scsr %#x", prefix, num);
	trace_text_add(t, " %#" PRIx64 " -> %#" PRIx64, old, now);
	f = fields_of(num, &n);
	/* The only field is the register. */
	for (unsigned int i = 0; n > 1 && i < n; i++) {
		uint64_t was = bits64(old, f[i].hi, f[i].lo);
		uint64_t is = bits64(now, f[i].hi, f[i].lo);

		if (was == is)
			continue;
		/* Most fields are a digit. */
		trace_text_add(t, was > 9 || is > 9 ? " %s %#" PRIx64 "->%#" PRIx64
						    : " %s %" PRIu64 "->%" PRIu64, f[i].name, was,
			       is);
	}
}
