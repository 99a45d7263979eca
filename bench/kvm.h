/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/kvm.h - what the program on the host, the guest's code and the workloads share.
 * Included by assembly, too.
 */
#ifndef BENCH_KVM_H
#define BENCH_KVM_H

/* Guest-physical addresses. The tables map all RAM at its own address. */
#define GUEST_COMMAND	0x4000
#define GUEST_STACK	0x10000
#define GUEST_CODE	0x10000
#define GUEST_TABLES	0x100000
#define GUEST_BUFFER	0x200000
#define GUEST_RAM_BYTES	0xa000000
/* Outside RAM: the guest is done, and a device for the loops. */
#define GUEST_DONE	0x1f000000
#define GUEST_DEVICE	0x1f000010

#define GUEST_PAGE_BITS	14
#define GUEST_DIR_BITS	11

/* What the guest is told to do: struct command. */
#define OP_HVCL		0
#define OP_STORE	1
#define OP_LOAD		2
#define OP_IOCSR	3
#define OP_CPUCFG	4
#define OP_TOUCH	5
#define OP_TIMER	6
#define OP_SYSCALL	7
#define OP_INVTLB	8
#define OP_WORK		9

#define COMMAND_OP	0
#define COMMAND_N	8
#define COMMAND_KIND	16
#define COMMAND_ADDR	24
#define COMMAND_BYTES	32
#define COMMAND_TICKS	40
#define COMMAND_SUM	48
#define COMMAND_WALKER	56

#ifndef __ASSEMBLER__
#include <stdint.h>

struct command {
	uint64_t op;
	uint64_t n;		/* how often */
	uint64_t kind;		/* OP_WORK: enum work */
	uint64_t addr;		/* OP_TOUCH, OP_WORK: memory to use */
	uint64_t bytes;
	uint64_t ticks;		/* result: of the counter */
	uint64_t sum;		/* result: what the work came to */
	uint64_t walker;	/* OP_WORK: 1: hardware walks the tables, as on the host */
};

enum work { WORK_ALU, WORK_MEMORY, WORK_CHASE, WORK_SPREAD, NWORKS };

/*
 * Does @n rounds of the work @kind with the @bytes at @mem (a power of two of 64-bit words,
 * any content) and returns a sum that depends on all of it and on nothing else.  Runs on the
 * host and in the guest, so it calls nothing and has no data of its own.
 */
uint64_t work_run(uint64_t kind, uint64_t n, uint64_t *mem, uint64_t bytes);
#endif

#endif
