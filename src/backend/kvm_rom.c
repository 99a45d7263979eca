/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backend/kvm_rom.c - see kvm_rom.h.
 *
 * KVM's idle sleeps until an interrupt comes that has not been delivered yet.  A loop that
 * looks at the mailbox and then executes idle would therefore miss one that came between
 * the two.  So interrupts are on, and all is done by their handler.
 */
#include "backend/kvm_rom.h"

#include <string.h>

#define ROM_VECTOR 0x1000	/* offset of the exception vector: a page, for EENTRY */

static const uint32_t rom_start[] = {
	0x1438002c,	/* lu12i.w   t0, 0x1c001 */
	0x0400302c,	/* csrwr     t0, EENTRY */
	0x1400002c,	/* lu12i.w   t0, 1 */
	0x0400102c,	/* csrwr     t0, ECFG		LIE: IPI */
	0x1400002c,	/* lu12i.w   t0, 1 */
	0x0380118c,	/* ori       t0, t0, 4 */
	0x02bffc0d,	/* addi.w    t1, zero, -1 */
	0x0648198d,	/* iocsrwr.w t1, t0		ENABLE: all */
	0x0380100c,	/* ori       t0, zero, 4 */
	0x0400018c,	/* csrxchg   t0, t0, CRMD	IE */
	0x06488000,	/* idle      0 */
	0x53ffffff,	/* b         -4 */
};

static const uint32_t rom_vector[] = {
	0x1400002c,	/* lu12i.w   t0, 1 */
	0x0648098d,	/* iocsrrd.w t1, t0		STATUS */
	0x0380318e,	/* ori       t2, t0, 0xc */
	0x064819cd,	/* iocsrwr.w t1, t2		CLEAR what is seen */
	0x0380818e,	/* ori       t2, t0, 0x20 */
	0x06480dcd,	/* iocsrrd.d t1, t2		MBUF0 */
	0x004081ae,	/* slli.w    t2, t1, 0 */
	0x400031c0,	/* beqz      t2, 48		to the ertn: not for us yet */
	0x00ef01ad,	/* bstrpick.d t1, t1, 47, 0 */
	0x0400182d,	/* csrwr     t1, ERA */
	/* As after reset: */
	0x0015000c,	/* move      t0, zero */
	0x0400042c,	/* csrwr     t0, PRMD */
	0x0015000c,	/* move      t0, zero */
	0x0400102c,	/* csrwr     t0, ECFG */
	0x0015000c,	/* move      t0, zero */
	0x0400302c,	/* csrwr     t0, EENTRY */
	0x0015000c,	/* move      t0, zero */
	0x0015000d,	/* move      t1, zero */
	0x0015000e,	/* move      t2, zero */
	0x06483800,	/* ertn */
};

void kvm_rom_fill(uint8_t *dst)
{
	memcpy(dst, rom_start, sizeof(rom_start));
	memcpy(dst + ROM_VECTOR, rom_vector, sizeof(rom_vector));
}
