/* SPDX-License-Identifier: Apache-2.0 */
/* soft/csr.h - control and status registers, timer and exceptions; private to src/soft. */
#ifndef LVZ_SOFT_CSR_H
#define LVZ_SOFT_CSR_H

#include "soft/cpu.h"
#include "soft/isa_csrs.h"

#define LA_CSR_BANK 0x400u

/* The monitor of LL and SC, set aside while the other mode runs. */
struct la_ll {
	void *host;
	uint64_t val;
	uint64_t other;
	bool is_open;
};

enum la_csr_owner { LA_CSR_NOBODYS, LA_CSR_HYPERVISORS, LA_CSR_ABSENT, LA_CSR_GUESTS };

/*
 * The registers of one mode, indexed by CSR number.  CRMD.PLV and EUEN of the present mode
 * are mirrored in la_cpu.  With LVZ there is a second bank, the guest's.
 */
struct la_csr_bank {
	uint64_t r[LA_CSR_BANK];
	uint64_t wmask[LA_CSR_BANK];	/* bits that csrwr changes */
	bool is_plain[LA_CSR_BANK];	/* storage and nothing else */
	/* Of the guest's bank: whose a number is, and the bits that gcsrwr changes. */
	uint8_t owner[LA_CSR_BANK];
	uint64_t gcsr_wmask[LA_CSR_BANK];
	uint64_t timer_deadline_ns;	/* 0: not counting */
	bool is_timer_armed;
	struct la_ll ll;
};

/* MISC.ALCLx: accesses must be aligned that need not be otherwise (vol. 1, 7.4.4). */
static inline bool la_must_align(const struct la_cpu *cpu)
{
	return cpu->csr->r[LA_CSR_MISC] >> (LA_MISC_ALCL0_SHIFT + cpu->plv) & 1;
}

#define LA_IRQ_PMI 10u
#define LA_IRQ_HWI0 2u
#define LA_IRQ_TI 11u
#define LA_IRQ_IPI 12u

/* The stable counter: 100 MHz, from CLOCK_MONOTONIC. */
#define LA_NS_PER_TICK 10u
uint64_t la_counter(void);

void la_csr_init(struct la_cpu *cpu);
/* Values after reset; the TLB is emptied, the mode selected. */
void la_csr_reset(struct la_cpu *cpu);

/* True when @num of the present mode is storage: the write mask is all there is to it. */
static inline bool la_csr_is_plain(const struct la_cpu *cpu, unsigned int num)
{
	return num < LA_CSR_BANK && cpu->csr->is_plain[num];
}

/* Registers of 32 bits are sign-extended (vol. 1, 4.2.1); these have a bit 31. */
static inline uint64_t la_csr_extend(unsigned int num, uint64_t v)
{
	if (unlikely(v >> 31 == 1) &&
	    (num == LA_CSR_BADI || num == LA_CSR_TLBIDX || num == LA_CSR_TID))
		return (uint64_t)sext64(v, 32);
	return v;
}

/* In the bank of the present mode. */
uint64_t la_csr_read(struct la_cpu *cpu, unsigned int num);
/*
 * Writes the bits of @mask.  True when the CPU must leave straight-line code (mode,
 * interrupt enable or address space changed).
 */
bool la_csr_write(struct la_cpu *cpu, unsigned int num, uint64_t val, uint64_t mask);
/* The guest's copy, as gcsrrd, gcsrwr and gcsrxchg of the root reach it; LVZ only. */
uint64_t la_gcsr_read(struct la_cpu *cpu, unsigned int num);
void la_gcsr_write(struct la_cpu *cpu, unsigned int num, uint64_t val, uint64_t mask);
/* Copies what fast paths need of the present mode's CRMD and EUEN. */
void la_csr_mirror(struct la_cpu *cpu);

/* Asks the bus for a call at the first of the timers' and the counters' deadlines. */
void la_deadline_update(struct la_cpu *cpu);

/* ESTAT.IS of @bank as it is now, all sources. */
uint32_t la_irq_state(const struct la_cpu *cpu, const struct la_csr_bank *bank);
/* Interrupts of the present mode that are pending and enabled in ECFG, whatever CRMD.IE says. */
uint32_t la_irq_wanted(const struct la_cpu *cpu);
/* Asks for an exit check when an interrupt can be taken now. */
void la_irq_update(struct la_cpu *cpu);
/* Takes the highest pending interrupt if CRMD.IE allows; true when taken. */
bool la_irq_take(struct la_cpu *cpu);
/* soft/timer.c: sets ESTAT.IS[TI] and rearms where a deadline has passed, in both banks. */
void la_timer_check(struct la_cpu *cpu);
/*
 * The stable counter for a program of the CPU: what it says to have passed has expired, so
 * leave straight-line code if la_must_exit().
 */
uint64_t la_timer_counter(struct la_cpu *cpu);
/* TCFG of @b has a new value. */
void la_timer_configure(struct la_cpu *cpu, struct la_csr_bank *b);
/* Makes the timer of @b expire in @ticks, whatever TCFG's initial value. */
void la_timer_start(struct la_cpu *cpu, struct la_csr_bank *b, uint64_t ticks);
uint64_t la_timer_value(const struct la_csr_bank *b);

/* TLB refill for @va. */
_Noreturn void la_raise_tlbr(struct la_cpu *cpu, const struct la_uop *u, uint64_t va);
/* ertn at cpu->pc: back to the interrupted code; cpu->pc is set. */
void la_exc_return(struct la_cpu *cpu);

#endif
