/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/interp_table.c - the dispatch tables: one handler per uop, in the order of enum
 * la_op.  The tables of 32-bit address mode and of counting execute fused runs one by one.
 */
#include "soft/interp.h"

#define DECLARE(name) la_op_fn la_op_##name;
#define DECLARE32(name) la_op_fn la_op32_##name;
#define DECLARE2(ka, a, kb, b) la_op_fn la_op_##a##__##b;
#define DECLARE3(ka, a, kb, b, kc, c) la_op_fn la_op_##a##__##b##__##c;
#define DECLARE4(ka, a, kb, b, kc, c, kd, d) la_op_fn la_op_##a##__##b##__##c##__##d;
DECLARE(undecoded)
LA_PSEUDO_OPS(DECLARE)
LA_INSN_OPS(DECLARE)
LA_FUSED_PAIRS(DECLARE2)
LA_FUSED_TRIPLES(DECLARE3)
DECLARE(fill_bytes)
LA_FUSED_QUADS(DECLARE4)
DECLARE32(undecoded)
LA_PSEUDO_OPS(DECLARE32)
LA_INSN_OPS_ADDR(DECLARE32)

#define ENTRY(name) [LA_OP_##name] = la_op_##name,
#define ENTRY32(name) [LA_OP_##name] = la_op32_##name,
#define ENTRY2(ka, a, kb, b) [LA_OP_##a##__##b] = la_op_##a##__##b,
#define ENTRY3(ka, a, kb, b, kc, c) [LA_OP_##a##__##b##__##c] = la_op_##a##__##b##__##c,
#define ENTRY4(ka, a, kb, b, kc, c, kd, d) \
	[LA_OP_##a##__##b##__##c##__##d] = la_op_##a##__##b##__##c##__##d,

const union la_ops_table la_ops64 = {
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

#define SINGLE2(ka, a, kb, b) [LA_OP_##a##__##b] = la_op_##a,
#define SINGLE3(ka, a, kb, b, kc, c) [LA_OP_##a##__##b##__##c] = la_op_##a,
#define SINGLE4(ka, a, kb, b, kc, c, kd, d) [LA_OP_##a##__##b##__##c##__##d] = la_op_##a,

const union la_ops_table la_ops64_single = {
	.fn = {
		ENTRY(undecoded)
		LA_PSEUDO_OPS(ENTRY)
		LA_INSN_OPS(ENTRY)
		LA_FUSED_PAIRS(SINGLE2)
		LA_FUSED_TRIPLES(SINGLE3)
		[LA_OP_fill_bytes] = la_op_st_b,
		LA_FUSED_QUADS(SINGLE4)
	},
};

/* The first instruction of a run, by its kind. */
#define FIRST32_A(name) la_op_##name
#define FIRST32_P(name) la_op32_##name
#define FIRST32_M(name) la_op32_##name
#define FIRST32_F(name) la_op32_##name
#define UNFUSED2(ka, a, kb, b) [LA_OP_##a##__##b] = FIRST32_##ka(a),
#define UNFUSED3(ka, a, kb, b, kc, c) [LA_OP_##a##__##b##__##c] = FIRST32_##ka(a),
#define UNFUSED4(ka, a, kb, b, kc, c, kd, d) \
	[LA_OP_##a##__##b##__##c##__##d] = FIRST32_##ka(a),

const union la_ops_table la_ops32 = {
	.fn = {
		ENTRY32(undecoded)
		LA_PSEUDO_OPS(ENTRY32)
		LA_INSN_OPS_ADDR(ENTRY32)
		LA_INSN_OPS_NOADDR(ENTRY)
		LA_FUSED_PAIRS(UNFUSED2)
		LA_FUSED_TRIPLES(UNFUSED3)
		[LA_OP_fill_bytes] = la_op32_st_b,
		LA_FUSED_QUADS(UNFUSED4)
	},
};
