/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/isa.h - the instruction set: opcodes, decoder, and tables about instructions, CSRs
 * and CPUCFG.
 *
 * All tables and la_decode() are generated from isa/la64.* by scripts/isagen.py; they are
 * constant, so any thread may use everything here.
 */
#ifndef LVZ_SOFT_ISA_H
#define LVZ_SOFT_ISA_H

#include <stdint.h>

#include "soft/fused.h"
#include "soft/isa_ops.h"
#include "soft/pseudo.h"
#include "soft/uop.h"

enum la_op {
	LA_OP_undecoded = 0,	/* the all-zero uop */
#define LA_OP_ENTRY(name) LA_OP_##name,
	LA_PSEUDO_OPS(LA_OP_ENTRY)
	LA_INSN_OPS(LA_OP_ENTRY)
#undef LA_OP_ENTRY
	LA_NPLAIN_OPS,
	LA_OP_last_plain = LA_NPLAIN_OPS - 1,
	/* By length, which la_op_words() relies on. */
#define LA_OP_ENTRY2(ka, a, kb, b) LA_OP_##a##__##b,
	LA_FUSED_PAIRS(LA_OP_ENTRY2)
#undef LA_OP_ENTRY2
	LA_NOPS_2,
	LA_OP_last_pair = LA_NOPS_2 - 1,
#define LA_OP_ENTRY3(ka, a, kb, b, kc, c) LA_OP_##a##__##b##__##c,
	LA_FUSED_TRIPLES(LA_OP_ENTRY3)
#undef LA_OP_ENTRY3
	LA_NOPS_3,
	LA_OP_last_triple = LA_NOPS_3 - 1,
	LA_OP_fill_bytes,	/* a loop that stores one byte value; soft/interp_fused.c */
#define LA_OP_ENTRY4(ka, a, kb, b, kc, c, kd, d) LA_OP_##a##__##b##__##c##__##d,
	LA_FUSED_QUADS(LA_OP_ENTRY4)
#undef LA_OP_ENTRY4
	LA_NOPS
};

/* How many words of code the handler of @op looks at. */
static inline unsigned int la_op_words(unsigned int op)
{
	return op < LA_NPLAIN_OPS ? 1 : op < LA_NOPS_2 ? 2 : op < LA_NOPS_3 ? 3 : 4;
}

/* la_insn_info.flags; isa/la64.insns says what each means. */
#define LA_INSN_LOAD     0x0001u
#define LA_INSN_STORE    0x0002u
#define LA_INSN_ATOMIC   0x0004u
#define LA_INSN_BRANCH   0x0008u	/* conditional */
#define LA_INSN_JUMP     0x0010u	/* always */
#define LA_INSN_CALL     0x0020u
#define LA_INSN_END      0x0040u	/* ends a block; branches and jumps have it too */
#define LA_INSN_TRAP     0x0080u	/* may raise; loads, stores and FP have it too */
#define LA_INSN_FPE      0x0100u	/* sets FCSR.Cause */
#define LA_INSN_PRIV     0x0200u
#define LA_INSN_LVZ      0x0400u
#define LA_INSN_SYNC     0x0800u
#define LA_INSN_SPECIFIC 0x1000u	/* for the decoder only */
#define LA_INSN_PCREL    0x2000u	/* the result depends on the instruction's address */

enum la_gate { LA_GATE_NONE, LA_GATE_FP, LA_GATE_LSX, LA_GATE_LASX };

struct la_insn_info {
	const char *name;	/* the assembler's; comparisons: "fcmp.cond.s" */
	uint32_t flags;		/* LA_INSN_* */
	/*
	 * The instruction exists if bit @cpucfg_bit of CPUCFG word @cpucfg_word is 1
	 * (LA_CPUCFG_NONE: no such condition) and the CPU has the unit @gate.
	 */
	uint8_t cpucfg_word;
	uint8_t cpucfg_bit;
	uint8_t gate;		/* enum la_gate: unit that EUEN must enable */
};

#define LA_CPUCFG_NONE 0xff

/* Indexed by enum la_op, without fused runs; pseudo ops have a name and no flags. */
extern const struct la_insn_info la_insn_info[LA_NPLAIN_OPS];

/*
 * Decodes @insn into @u (all of it; soft/uop.h says where operands go) and returns
 * u->op.  A word that is no instruction yields LA_OP_ine.  Whether this CPU has the
 * instruction, see la_insn_info, is not looked at.
 */
unsigned int la_decode(uint32_t insn, struct la_uop *u);

enum la_csr_guest {
	LA_CSR_GUEST_OWN,	/* LVZ keeps a copy for the guest */
	LA_CSR_GUEST_TRAP,	/* an access by the guest raises GSPR */
	LA_CSR_GUEST_PERF,	/* own while GCFG.GPERF covers it, else trap */
};

struct la_csr_info {
	const char *name;
	uint16_t num;
	uint8_t guest;		/* enum la_csr_guest */
	uint8_t width;		/* 32 or 64 */
	uint8_t cpucfg_word;	/* as in la_insn_info */
	uint8_t cpucfg_bit;
	uint64_t reset;
	uint64_t writable;	/* bits that csrwr changes */
	uint64_t action;	/* bits whose writing as 1 does something; they read 0 */
	uint64_t gcsr_writable;	/* bits of the guest's copy that gcsrwr changes */
};

/* Sorted by number. */
extern const struct la_csr_info la_csr_info[];
extern const unsigned int la_ncsrs;

struct la_csr_field {
	const char *name;
	uint16_t num;		/* of the CSR */
	uint8_t hi, lo;
};

/* Sorted by number, then by bits; other names for the same bits are left out. */
extern const struct la_csr_field la_csr_fields[];
extern const unsigned int la_ncsr_fields;

/* The entry of CSR @num, or NULL if there is no such register. */
const struct la_csr_info *la_csr_find(unsigned int num);

struct la_cpucfg_field {
	const char *name;
	uint8_t word;
	uint8_t hi, lo;
	uint32_t la464;		/* value in each CPU model */
	uint32_t max;
};

/* Sorted by word; words have their bits ascending. */
extern const struct la_cpucfg_field la_cpucfg_fields[];
extern const unsigned int la_ncpucfg_fields;

/* Whole words, indexed by word number; words from LA_CPUCFG_NWORDS on are 0. */
#define LA_CPUCFG_NWORDS 0x15
extern const uint32_t la_cpucfg_la464[LA_CPUCFG_NWORDS];
extern const uint32_t la_cpucfg_max[LA_CPUCFG_NWORDS];

#endif
