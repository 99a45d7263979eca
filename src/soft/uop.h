/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/uop.h - one decoded guest instruction.
 *
 * A uop is 8 bytes and written with one atomic store, so that several vCPUs can share
 * decoded pages without a lock.  The all-zero uop means "not decoded yet".
 *
 * Operands follow the bit position of their field in the instruction word:
 *   bits 4:0 -> a    bits 9:5 -> b    bits 14:10 -> c    bits 19:15 -> d
 * Immediates are sign- or zero-extended and scaled (branch offsets, ldptr, vstelm) to
 * bytes at decode time:
 *   - no c/d register operand and one immediate:  imm (32 bits)
 *   - two register fields and two immediates:
 *       bstrpick/bstrins: c = msb, d = lsb;   vstelm/xvstelm: c = element, e = offset
 *   - three register fields and an immediate (alsl, bytepick): d = immediate
 * A general register that is only written and is r0 becomes LA_GPR_SINK, so handlers
 * store results without a test.
 */
#ifndef LVZ_SOFT_UOP_H
#define LVZ_SOFT_UOP_H

#include <stdint.h>

#define LA_GPR_SINK 32

struct la_uop {
	uint16_t op;		/* enum la_op */
	uint8_t a;
	uint8_t b;
	union {
		int32_t imm;
		struct {
			uint8_t c;
			uint8_t d;
			int16_t e;
		};
	};
};

_Static_assert(sizeof(struct la_uop) == 8, "a uop is stored with one 64-bit access");

#endif
