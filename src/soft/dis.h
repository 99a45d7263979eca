/* SPDX-License-Identifier: Apache-2.0 */
/* soft/dis.h - one instruction as text, for logs, the debugger and tests. */
#ifndef LVZ_SOFT_DIS_H
#define LVZ_SOFT_DIS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Writes instruction @insn at address @pc into @buf (@size bytes, always ended by 0 if
 * @size is not 0) as GNU objdump shows it with -M no-aliases, and returns the length that
 * the whole text has.  A word that is no instruction becomes ".word".  Any thread.
 */
size_t la_disasm(char *buf, size_t size, uint32_t insn, uint64_t pc);

/* The assembler's name of general register @i: "$a0". */
const char *la_gpr_name(unsigned int i);

#endif
