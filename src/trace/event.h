/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace/event.h - one thing that happened, and its line of text.
 *
 * Whoever learns of something fills a trace_event; how it looks is decided in format.c
 * alone, so that there can be another form beside text.
 */
#ifndef LVZ_TRACE_EVENT_H
#define LVZ_TRACE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bus.h"
#include "soft/observe.h"

#define TRACE_LINE_BYTES 1024	/* the longest line: insn+regs with all registers changed */
#define TRACE_NO_VCPU UINT32_MAX

enum trace_type {
	TRACE_EV_INSN,
	TRACE_EV_REGS,		/* registers of an instruction whose line is out already */
	TRACE_EV_ENTER,		/* exception */
	TRACE_EV_RETURN,
	TRACE_EV_CSR,
	TRACE_EV_PIN,		/* line of a device */
	TRACE_EV_LINE,		/* interrupt input of a vCPU */
	TRACE_EV_TAKEN,		/* a vCPU takes an interrupt */
	TRACE_EV_MMIO,
	TRACE_EV_IOCSR,
};

struct trace_event {
	enum trace_type type;
	uint32_t vcpu;			/* or TRACE_NO_VCPU */
	bool has_pc;
	bool is_guest;			/* in guest mode of LVZ; not known of devices */
	uint64_t pc;
	uint64_t time_us;		/* since the start */
	union {
		struct {
			uint32_t word;
			uint32_t changed;		/* mask of general registers */
			const uint64_t *gpr;		/* where changed != 0 */
		} insn;
		struct la_exc_event exc;		/* ENTER, TAKEN */
		struct la_ertn_event ertn;
		struct la_csr_event csr;
		struct {
			const char *source;		/* PIN */
			unsigned int line;		/* its pin, or the bit in ESTAT.IS */
			bool level;
		} irq;
		struct bus_access access;
	};
};

/*
 * The line of @ev without its end in @buf, of @size bytes, TRACE_LINE_BYTES being enough;
 * returns its length.  Any thread.
 */
size_t trace_format(char *buf, size_t size, const struct trace_event *ev);

#endif
