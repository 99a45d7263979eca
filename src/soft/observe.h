/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/observe.h - what a machine tells about its CPUs while they run.
 *
 * An observer is given in struct la_machine_cfg; a machine without one pays one branch on
 * paths that are slow anyway.  Callbacks run on the thread of the vCPU they are about,
 * several at a time, and may not call anything of la.h for that CPU but la_get_*().
 */
#ifndef LVZ_SOFT_OBSERVE_H
#define LVZ_SOFT_OBSERVE_H

#include <stdbool.h>
#include <stdint.h>

#define LA_OBSERVE_INSN 1u	/* insn, insn_done */
#define LA_OBSERVE_EXC  2u	/* exc_enter, exc_return */
#define LA_OBSERVE_CSR  4u	/* csr */

#define LA_OBSERVE_RANGES 8u

/* Guest-virtual addresses, both ends included. */
struct la_range {
	uint64_t first, last;
};

#define LA_ECODE_INT 0x0u
#define LA_ECODE_TLBR 0x3fu	/* not in ESTAT: TLB refill */

/* An exception or interrupt, when its handler is about to run. */
struct la_exc_event {
	unsigned int ecode;		/* ESTAT.Ecode, or LA_ECODE_TLBR */
	unsigned int esubcode;
	unsigned int irq;		/* with LA_ECODE_INT: the bit in ESTAT.IS */
	unsigned int plv;		/* interrupted privilege level; now it is 0 */
	uint64_t era;			/* where the handler will return to */
	uint64_t badv;			/* BADV, of a refill TLBRBADV: old if exc sets none */
	uint32_t badi;			/* BADI, likewise */
	uint64_t target;		/* first address of the handler */
};

/* ertn. */
struct la_ertn_event {
	uint64_t pc;			/* of the ertn */
	uint64_t target;
	unsigned int plv;		/* the new privilege level */
	bool is_refill;			/* it ends a TLB refill */
};

/* csrwr or csrxchg. */
struct la_csr_event {
	uint64_t pc;
	unsigned int num;
	uint64_t old, now;		/* cut to the width of the register */
	uint64_t wanted;		/* what @now would be if every bit could be written */
};

struct la_observer {
	void *ctx;
	/*
	 * LA_OBSERVE_*.  Any thread may take bits away at any time with an atomic store; a
	 * callback that is under way still comes.
	 */
	unsigned int events;
	/*
	 * Where instructions are observed: on the CPUs of this mask and, if @nranges is not
	 * 0, at the addresses of these ranges.  Pages that hold such an address are executed
	 * word by word, at a fraction of the speed; all others run as ever.  Constant.
	 */
	uint64_t cpus;
	unsigned int nranges;		/* at most LA_OBSERVE_RANGES */
	struct la_range ranges[LA_OBSERVE_RANGES];

	/*
	 * Instruction @insn at @pc has been fetched and is executed next; @gpr are the 32
	 * general registers before it.
	 */
	void (*insn)(void *ctx, unsigned int cpu, uint64_t pc, uint32_t insn,
		     const uint64_t *gpr);
	/*
	 * It is done, without an exception.  NULL: not wanted.
	 */
	void (*insn_done)(void *ctx, unsigned int cpu, const uint64_t *gpr);
	void (*exc_enter)(void *ctx, unsigned int cpu, const struct la_exc_event *ev);
	void (*exc_return)(void *ctx, unsigned int cpu, const struct la_ertn_event *ev);
	void (*csr)(void *ctx, unsigned int cpu, const struct la_csr_event *ev);
};

/* The manual's short name ("PIL", "SYS"), NULL when there is no such exception. */
const char *la_exc_name(unsigned int ecode, unsigned int esubcode);

#endif
