/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backend/trap.h - what an instruction wants that made a guest exit, for engines whose
 * kernel leaves that to user space.  The decoder is the soft CPU's.
 *
 * Pure functions, any thread.
 */
#ifndef LVZ_BACKEND_TRAP_H
#define LVZ_BACKEND_TRAP_H

#include <stdbool.h>
#include <stdint.h>

enum trap_kind {
	TRAP_UNKNOWN,		/* none of the below: the guest gets an exception */
	TRAP_LOAD,		/* rd = memory */
	TRAP_STORE,		/* memory = rd */
	TRAP_IOCSR_READ,	/* rd = IOCSR[rj] */
	TRAP_IOCSR_WRITE,	/* IOCSR[rj] = rd */
	TRAP_CPUCFG,		/* rd = word rj */
	TRAP_CSR_READ,		/* rd = csr */
	TRAP_CSR_EXCHANGE,	/* csr <-> rd where mask rj is 1; rj = 1: everywhere */
	TRAP_NOTHING,		/* to be stepped over: cacop */
};

struct trap {
	enum trap_kind kind;
	uint8_t rd;		/* 0..31 */
	uint8_t rj;
	uint8_t size;		/* bytes */
	bool is_signed;		/* what is read is sign-extended, else zero-extended */
	uint16_t csr;
};

struct trap trap_decode(uint32_t insn);

/* @val as the load or read @t leaves it in its register. */
uint64_t trap_extend(const struct trap *t, uint64_t val);

#endif
