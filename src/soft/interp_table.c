/* SPDX-License-Identifier: Apache-2.0 */
/* soft/interp_table.c - the dispatch table: one handler per uop, in the order of enum la_op. */
#include "soft/interp.h"

#define DECLARE(name) la_op_fn la_op_##name;
DECLARE(undecoded)
LA_PSEUDO_OPS(DECLARE)
LA_INSN_OPS(DECLARE)
DECLARE(fill_bytes)
#define DECLARE2(ka, a, kb, b) la_op_fn la_op_##a##__##b;
LA_FUSED_PAIRS(DECLARE2)
#define DECLARE3(ka, a, kb, b, kc, c) la_op_fn la_op_##a##__##b##__##c;
LA_FUSED_TRIPLES(DECLARE3)
#define DECLARE4(ka, a, kb, b, kc, c, kd, d) la_op_fn la_op_##a##__##b##__##c##__##d;
LA_FUSED_QUADS(DECLARE4)

#define ENTRY2(ka, a, kb, b) [LA_OP_##a##__##b] = la_op_##a##__##b,
#define ENTRY3(ka, a, kb, b, kc, c) [LA_OP_##a##__##b##__##c] = la_op_##a##__##b##__##c,
#define ENTRY4(ka, a, kb, b, kc, c, kd, d) \
	[LA_OP_##a##__##b##__##c##__##d] = la_op_##a##__##b##__##c##__##d,
#define ENTRY(name) [LA_OP_##name] = la_op_##name,
const union la_ops_table la_ops_all = {
	.fn = {
		ENTRY(undecoded)
		LA_PSEUDO_OPS(ENTRY)
		LA_INSN_OPS(ENTRY)
		LA_FUSED_PAIRS(ENTRY2)
		LA_FUSED_TRIPLES(ENTRY3)
		ENTRY(fill_bytes)
		LA_FUSED_QUADS(ENTRY4)
	},
};
