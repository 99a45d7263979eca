/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dis_words.c - disassembles little-endian instruction words from stdin, the first at
 * address 0, one line each.  For objdump-check.
 */
#include <stdio.h>

#include "soft/dis.h"

int main(void)
{
	unsigned char b[4];
	uint64_t pc;
	char text[128];

	for (pc = 0; fread(b, 1, sizeof(b), stdin) == sizeof(b); pc += 4) {
		uint32_t insn = (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 |
				(uint32_t)b[1] << 8 | b[0];

		la_disasm(text, sizeof(text), insn, pc);
		puts(text);
	}
	return ferror(stdin) ? 1 : 0;
}
