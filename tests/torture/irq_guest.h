/* SPDX-License-Identifier: Apache-2.0 */
/*
 * irq_guest.h - the program of the vCPUs in irq_storm.c, and the block of memory in which
 * each of them finds its parameters and leaves its counts.
 */
#ifndef LVZ_TESTS_TORTURE_IRQ_GUEST_H
#define LVZ_TESTS_TORTURE_IRQ_GUEST_H

#include "irq_rig.h"

#define IRQ_BLOCK(cpu) (UINT64_C(0x310000) + 0x1000 * (uint64_t)(cpu))
#define B_REPLIES 0x00			/* answers that came */
#define B_REQUESTS 0x08			/* IPI requests that were served */
#define B_TIMERS 0x10
#define B_SPURIOUS 0x18			/* HWI without a vector */
#define B_ERROR 0x20			/* 1: an answer too many */
#define B_MAIL 0x28			/* sum of mails per sender */
#define B_IPI 0x80			/* IPIs per vector */
#define B_PARAM 0x200			/* struct irq_params */
#define B_EIO 0x400			/* EIOINTC interrupts per vector */

enum irq_kind { BY_IPI, BY_MSI, BY_TURNS };

struct irq_params {
	uint64_t ncpus;
	uint64_t rounds;		/* requests that this vCPU sends */
	uint64_t phase;			/* requests have bit 4 of the IPI vector so: 0 or 16 */
	uint64_t kind;			/* enum irq_kind */
	uint64_t tcfg;
	uint64_t nipi;			/* IPI vectors of a half per sender */
	uint64_t nmsi;			/* message vectors in use: a multiple of ncpus */
};

/* Writes program and handler to guest memory. */
void irq_guest_write(struct rig *rig);

#endif
