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
#define LA_OBSERVE_LVZ  8u	/* guest_enter, guest_leave */

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
	bool is_guest;			/* guest mode of LVZ was interrupted */
	bool is_exit;			/* ... and the handler is the root's */
};

/* ertn. */
struct la_ertn_event {
	uint64_t pc;			/* of the ertn */
	uint64_t target;
	unsigned int plv;		/* the new privilege level */
	bool is_refill;			/* it ends a TLB refill */
	bool is_guest;			/* guest mode executes it */
	bool is_entry;			/* the root does, and enters the guest */
};

/* csrwr or csrxchg; gcsrwr or gcsrxchg. */
struct la_csr_event {
	uint64_t pc;
	unsigned int num;
	uint64_t old, now;		/* cut to the width of the register */
	uint64_t wanted;		/* what @now would be if every bit could be written */
	bool is_guest;			/* guest mode executes it */
	bool is_gcsr;			/* the root wrote into the guest's bank */
};

/*
 * What can be seen at the border of guest mode (LVZ).  The arrays belong to the CPU and hold
 * during the call only; CSRs are indexed by number.  They are as stored: TVAL and counters
 * that run, PGD and the like are not computed.
 */
struct la_world {
	const uint64_t *gpr;		/* 32 */
	const uint64_t *root, *guest;
	uint32_t root_is, guest_is;	/* ESTAT.IS of both, with what comes from outside */
};

/* Guest mode has been entered; nothing of the guest is executed yet. */
struct la_guest_enter {
	uint64_t pc;			/* of the root's ertn */
	uint64_t target;		/* the guest goes on here */
	bool is_refill;			/* the ertn ended a TLB refill */
	struct la_world world;
};

/* The root's handler of what ended guest mode is about to run. */
struct la_guest_leave {
	unsigned int ecode;		/* as in la_exc_event */
	unsigned int esubcode;
	unsigned int irq;
	uint64_t pc;			/* of the guest: what ERA, of a refill TLBRERA has */
	uint64_t target;
	uint32_t insn;			/* to blame, where has_insn: not for interrupts, fetches */
	bool has_insn;
	struct la_world world;
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
	 * general registers before it; @is_guest: in guest mode of LVZ.
	 */
	void (*insn)(void *ctx, unsigned int cpu, uint64_t pc, uint32_t insn,
		     const uint64_t *gpr, bool is_guest);
	/*
	 * It is done, without an exception.  NULL: not wanted.
	 */
	void (*insn_done)(void *ctx, unsigned int cpu, const uint64_t *gpr);
	void (*exc_enter)(void *ctx, unsigned int cpu, const struct la_exc_event *ev);
	void (*exc_return)(void *ctx, unsigned int cpu, const struct la_ertn_event *ev);
	void (*csr)(void *ctx, unsigned int cpu, const struct la_csr_event *ev);
	/* Without LVZ never called.  Of one ertn or exit they are the last call. */
	void (*guest_enter)(void *ctx, unsigned int cpu, const struct la_guest_enter *ev);
	void (*guest_leave)(void *ctx, unsigned int cpu, const struct la_guest_leave *ev);
};

/* The manual's short name ("PIL", "SYS"), NULL when there is no such exception. */
const char *la_exc_name(unsigned int ecode, unsigned int esubcode);

#endif
