/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace/text.h - text that grows in a buffer of its caller; what does not fit is cut off.
 * Any thread.
 */
#ifndef LVZ_TRACE_TEXT_H
#define LVZ_TRACE_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct trace_text {
	char *buf;
	size_t size;		/* at least 1 */
	size_t len;		/* less than size; a 0 follows */
};

void trace_text_add(struct trace_text *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* @insn as objdump shows it. */
void trace_text_add_insn(struct trace_text *t, uint32_t insn, uint64_t pc);
/* "CRMD 0xb0 -> 0xb4 IE 0->1": CSR @num of the bank @prefix, such as "guest.", or "". */
void trace_text_add_csr(struct trace_text *t, const char *prefix, unsigned int num, uint64_t old,
			uint64_t now);
/* The name of the line of ESTAT.IS: "timer". */
const char *trace_irq_name(unsigned int line);

#endif
