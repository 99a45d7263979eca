/* SPDX-License-Identifier: Apache-2.0 */
/* soft/observe_priv.h - how the CPU reaches its observer; owner thread. */
#ifndef LVZ_SOFT_OBSERVE_PRIV_H
#define LVZ_SOFT_OBSERVE_PRIV_H

#include "soft/cpu.h"
#include "soft/machine.h"
#include "soft/observe.h"

/* True when someone wants to hear of @event (LA_OBSERVE_*). */
static inline bool la_observes(const struct la_cpu *cpu, unsigned int event)
{
	const struct la_observer *o = cpu->m->observer;

	return unlikely(o != NULL) && (__atomic_load_n(&o->events, __ATOMIC_RELAXED) & event);
}

/* True when an instruction in [@first, @last] of this CPU is to be observed. */
bool la_observes_code(const struct la_cpu *cpu, uint64_t first, uint64_t last);

/*
 * The handler of @exc, with LA_EXC_INT of line @irq, has been entered; @is_exit: it is the
 * root's and guest mode has been left.
 */
void la_observe_enter(struct la_cpu *cpu, enum la_exc exc, unsigned int irq, bool is_exit);
/* ertn at @pc is done; @is_entry: it was the root's, into the guest. */
void la_observe_return(struct la_cpu *cpu, uint64_t pc, bool is_refill, bool is_entry);
/*
 * CSR @num was @old; the instruction of @u wrote the bits @mask of @val.  @is_gcsr: it is of
 * the guest's bank, the root wrote.
 */
void la_observe_csr(struct la_cpu *cpu, const struct la_uop *u, unsigned int num, uint64_t old,
		    uint64_t val, uint64_t mask, bool is_gcsr);
/* Guest mode has been entered by the ertn at @pc. */
void la_observe_guest_enter(struct la_cpu *cpu, uint64_t pc, bool is_refill);
/* Guest mode has been left for the handler of @exc; *@insn is to blame, NULL: nothing is. */
void la_observe_guest_leave(struct la_cpu *cpu, enum la_exc exc, unsigned int irq,
			    const uint32_t *insn);

#endif
