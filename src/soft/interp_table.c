/* SPDX-License-Identifier: Apache-2.0 */
/* soft/interp_table.c - the dispatch table: one handler per uop, in the order of enum la_op. */
#include "soft/interp.h"

#define DECLARE(name) la_op_fn la_op_##name;
DECLARE(undecoded)
LA_PSEUDO_OPS(DECLARE)
LA_INSN_OPS(DECLARE)
#define DECLARE_FUSED(ka, a, kb, b) la_op_fn la_op_##a##__##b;
LA_FUSED_PAIRS(DECLARE_FUSED)

#define FUSED(ka, a, kb, b) [LA_OP_##a##__##b] = la_op_##a##__##b,
#define ENTRY(name) [LA_OP_##name] = la_op_##name,
const union la_ops_table la_ops_all = {
	.fn = {
		ENTRY(undecoded)
		LA_PSEUDO_OPS(ENTRY)
		LA_INSN_OPS(ENTRY)
		LA_FUSED_PAIRS(FUSED)
	},
};
