/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace/spec.h - what is to be traced, as the command line says it.  Plain data; nothing
 * is opened here.
 */
#ifndef LVZ_TRACE_SPEC_H
#define LVZ_TRACE_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"

#define TRACE_MAX_RANGES 8u
#define TRACE_MAX_VCPUS 64u

enum trace_kind {
	TRACE_INSN,		/* every instruction */
	TRACE_EXC,		/* exceptions, interrupts and the return from them */
	TRACE_CSR,		/* writes of control and status registers */
	TRACE_IRQ,		/* interrupt lines, and interrupts when they are taken */
	TRACE_MMIO,		/* accesses to devices, IOCSR included */
	TRACE_LVZ,		/* guest mode of LVZ: entries and exits, explained */
	TRACE_LVZ_JSON,		/* the same as Chrome trace JSON */
	TRACE_NKINDS,
};

/* Guest-virtual addresses, both ends included. */
struct trace_range {
	uint64_t first, last;
};

/* All zero: nothing is traced.  Strings are borrowed. */
struct trace_spec {
	const char *files[TRACE_NKINDS];	/* NULL: off; "-": standard error */
	bool has_regs;				/* insn+regs */
	unsigned int nranges;			/* 0: all addresses */
	struct trace_range ranges[TRACE_MAX_RANGES];
	uint64_t vcpus;				/* mask; 0: all */
	uint64_t limit;				/* lines; 0: none */
	const char *vm_name;			/* for viewers of JSON; NULL: none */
	const char *lint;			/* --lvz-lint: its file; NULL: off */
};

/*
 * The arguments of the options; -EINVAL with @err naming the option, what was found and
 * what is wanted.
 *   --trace        KIND[,KIND...][:FILE]; "lvz" with a FILE that ends in .json is "lvz-json"
 *   --trace-pc     ADDRESS or FIRST-LAST, hexadecimal
 *   --trace-vcpu   numbers and ranges: 0,2-3
 *   --trace-limit  a number of lines
 *   --lvz-lint     NULL, or a file
 */
int trace_spec_add(struct trace_spec *s, const char *arg, struct err *err);
int trace_spec_add_pc(struct trace_spec *s, const char *arg, struct err *err);
int trace_spec_set_vcpus(struct trace_spec *s, const char *arg, struct err *err);
int trace_spec_set_limit(struct trace_spec *s, const char *arg, struct err *err);
int trace_spec_set_lint(struct trace_spec *s, const char *arg, struct err *err);

/* True when any kind or the lint is on. */
bool trace_spec_is_on(const struct trace_spec *s);
/* True when only a guest CPU with LVZ has something to tell. */
bool trace_spec_wants_lvz(const struct trace_spec *s);
/* True when a filter is set. */
bool trace_spec_has_filter(const struct trace_spec *s);

#endif
