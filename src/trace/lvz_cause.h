/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace/lvz_cause.h - why guest mode of LVZ ended: the exception, the instruction with its
 * operands, and words for both.
 *
 * docs/lvz.md lists what makes a guest exit.  Pure functions; any thread.
 */
#ifndef LVZ_TRACE_LVZ_CAUSE_H
#define LVZ_TRACE_LVZ_CAUSE_H

#include <stdbool.h>
#include <stdint.h>

#include "soft/observe.h"
#include "trace/text.h"

/* What KVM has a handler or a counter of its own for. */
enum lvz_reason {
	LVZ_INT,
	LVZ_TLBR,
	LVZ_TLBL, LVZ_TLBS, LVZ_TLBI, LVZ_TLBM, LVZ_TLBNR, LVZ_TLBNX, LVZ_TLBPE,
	LVZ_FPDIS, LVZ_LSXDIS, LVZ_LASXDIS,
	LVZ_CPUCFG, LVZ_CSR, LVZ_IOCSR, LVZ_IDLE, LVZ_CACOP, LVZ_GSPR,
	LVZ_HVC, LVZ_GCSC, LVZ_GCHC,
	LVZ_OTHER,
	LVZ_NREASONS,
};

enum lvz_access { LVZ_LOAD, LVZ_STORE, LVZ_UPDATE, LVZ_FETCH, LVZ_WALK };

struct lvz_cause {
	enum lvz_reason reason;
	unsigned int ecode, esubcode, irq;
	uint64_t pc;			/* of the guest */
	uint64_t target;		/* of the root's handler */
	uint32_t insn;			/* where has_insn */
	bool has_insn;
	const char *mnemonic;		/* "" without an instruction */
	/* Of a guest-physical page (LVZ_TLB*). */
	uint64_t gpa;
	enum lvz_access access;
	bool has_va;
	uint64_t va;			/* that the instruction names */
	/* Of that and of IOCSR. */
	unsigned int bytes;		/* 0: not known */
	/* CPUCFG word, CSR number, IOCSR address, code of hvcl or cacop. */
	uint64_t num;
	bool is_write;			/* CSR, IOCSR */
	bool has_val;
	uint64_t val;			/* what is written; of hvcl $a0 */
	unsigned int rd;		/* general register for the answer; 0: none */
	uint64_t rd_val;		/* it at the exit */
	uint64_t gcfg;			/* the root's GCFG */
};

struct lvz_cause lvz_cause_of(const struct la_guest_leave *ev);

/* As KVM and Linux name it: "GSPR cpucfg", "TLBL". */
const char *lvz_reason_name(enum lvz_reason reason);
/* What it is, in a few words. */
const char *lvz_reason_words(enum lvz_reason reason);

/* "GSPR 0x16: cpucfg is a privileged instruction for a guest". */
void lvz_cause_add_title(struct trace_text *t, const struct lvz_cause *c);
/* What the CPU did, register by register. */
void lvz_cause_add_hardware(struct trace_text *t, const struct lvz_cause *c);
/* What the guest did, and what a hypervisor does about it. */
void lvz_cause_add_guest(struct trace_text *t, const struct lvz_cause *c);

/* What exits of one reason are told apart by; false: by nothing. */
bool lvz_cause_key(const struct lvz_cause *c, uint64_t *key);
/* The key in words: "CPUCFG word 2". */
void lvz_cause_add_key(struct trace_text *t, enum lvz_reason reason, uint64_t key);

#endif
