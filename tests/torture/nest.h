/* SPDX-License-Identifier: Apache-2.0 */
/* nest.h - the guest of torture_nest.c: layout, registers, the kernel part (nest_kernel.c). */
#ifndef LVZ_TESTS_NEST_H
#define LVZ_TESTS_NEST_H

#include "soft/mmu.h"
#include "torture.h"

#define REFILL UINT64_C(0x5000)
#define HANDLER UINT64_C(0x120000)
#define TABLES UINT64_C(0x400000)	/* PGDL, PGDH, then one table after the other */
#define FRAMES UINT64_C(0x1000000)	/* data, code, stack, log, interrupts; in this order */

#define NDATA 32u			/* pages with all sorts of rights */
#define NCODE 8u
#define NSTACK 4u
#define NLOG 32u
#define NPAGES (NDATA + NCODE + NSTACK + NLOG + 1)
#define DATA_VA UINT64_C(0x40000000)
#define CODE_VA (DATA_VA + NDATA * 0x1000)
#define KERNEL_VA UINT64_C(0xffffff8000000000)
#define STACK_VA KERNEL_VA
#define LOG_VA (KERNEL_VA + NSTACK * 0x1000)
#define IRQ_VA (LOG_VA + NLOG * 0x1000)
#define LOG_FRAME (FRAMES + (NDATA + NCODE + NSTACK) * 0x1000)
#define IRQ_FRAME (LOG_FRAME + NLOG * 0x1000)

#define LAST_BREAK 0x77u
#define MAX_STEPS 200000u
#define MOST_INJECTED 300u		/* steps that get an interrupt in long programs */

/* Registers that belong to the kernel part, and to the frame of the user part. */
enum { KSP = 2, KLOG = 21, KIRQ = 23, KDEPTH = 24, KQUIET = 25, UCOUNT = 28, UDATA = 29,
       UHOLE = 30, UCODE = 31 };

#define FRAME_BYTES 256			/* of the stack, per exception */

struct nest {
	struct fx fx;
	struct rng rng;
	uint64_t seed;
	bool has_walker;
	unsigned int plv;
	unsigned int vs;
	uint64_t regs[32];
	uint8_t image[NPAGES * 0x1000];	/* the frames at the start */
	/* The result to compare with. */
	uint64_t want_regs[32];
	uint8_t want[NPAGES * 0x1000];
	unsigned int nsteps;
};

static inline void emit(struct nest *t, uint32_t insn)
{
	fx_emit(&t->fx, insn);
}

/*
 * Writes vectors, handler and refill handler.  The handler saves registers, ERA and PRMD in
 * mapped memory, logs the exception, enables interrupts, and may fault by itself; after
 * "break LAST_BREAK" it sleeps for good.
 */
void nest_write_kernel(struct nest *t);

#endif
