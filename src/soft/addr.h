/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/addr.h - 32-bit address mode (vol. 1, 5.2.3); private to src/soft.
 *
 * MISC.VA32Lx makes a privilege level compute addresses as LA32 does: virtual addresses
 * are zero-extended from 32 bits, and what becomes of an address in a register (bl, jirl,
 * pcaddi and its like) is sign-extended.  The handlers concerned (LA_INSN_OPS_ADDR) are
 * compiled twice, the second time with LA_VA32 and under another name; la_ops32 has
 * those.  So 64-bit code pays nothing.
 */
#ifndef LVZ_SOFT_ADDR_H
#define LVZ_SOFT_ADDR_H

#include <stdint.h>

#ifdef LA_VA32
/* The virtual address that @a stands for. */
#define LA_ADDR(a) ((uint64_t)(uint32_t)(a))
/* Address @a as an instruction leaves it in a register. */
#define LA_ADDR_RESULT(a) ((uint64_t)(int64_t)(int32_t)(uint32_t)(a))
#define LA_OP_FN(name) la_op32_##name
#define LA_SLOW_FN(name) la_slow32_##name
#else
#define LA_ADDR(a) (a)
#define LA_ADDR_RESULT(a) (a)
#define LA_OP_FN(name) la_op_##name
#define LA_SLOW_FN(name) la_slow_##name
#endif

#endif
