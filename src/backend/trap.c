/* SPDX-License-Identifier: Apache-2.0 */
/* backend/trap.c - see trap.h. */
#include "backend/trap.h"

#include "soft/isa.h"
#include "util/bits.h"

static struct trap memory(enum trap_kind kind, const struct la_uop *u, uint8_t size,
			  bool is_signed)
{
	/* Where the decoder has put a load to r0. */
	uint8_t rd = u->a == LA_GPR_SINK ? 0 : u->a;

	return (struct trap){ .kind = kind, .rd = rd, .rj = u->b, .size = size,
			      .is_signed = is_signed };
}

#define LOAD(size, is_signed) return memory(TRAP_LOAD, &u, size, is_signed)
#define STORE(size) return memory(TRAP_STORE, &u, size, false)
#define IOCSR_READ(size) return memory(TRAP_IOCSR_READ, &u, size, true)
#define IOCSR_WRITE(size) return memory(TRAP_IOCSR_WRITE, &u, size, false)

static struct trap decode_memory(struct la_uop u)
{
	switch (u.op) {
	case LA_OP_ld_b: case LA_OP_ldx_b:
		LOAD(1, true);
	case LA_OP_ld_h: case LA_OP_ldx_h:
		LOAD(2, true);
	case LA_OP_ld_w: case LA_OP_ldx_w: case LA_OP_ldptr_w:
		LOAD(4, true);
	case LA_OP_ld_d: case LA_OP_ldx_d: case LA_OP_ldptr_d:
		LOAD(8, true);
	case LA_OP_ld_bu: case LA_OP_ldx_bu:
		LOAD(1, false);
	case LA_OP_ld_hu: case LA_OP_ldx_hu:
		LOAD(2, false);
	case LA_OP_ld_wu: case LA_OP_ldx_wu:
		LOAD(4, false);
	case LA_OP_st_b: case LA_OP_stx_b:
		STORE(1);
	case LA_OP_st_h: case LA_OP_stx_h:
		STORE(2);
	case LA_OP_st_w: case LA_OP_stx_w: case LA_OP_stptr_w:
		STORE(4);
	case LA_OP_st_d: case LA_OP_stx_d: case LA_OP_stptr_d:
		STORE(8);
	default:
		return (struct trap){ .kind = TRAP_UNKNOWN };
	}
}

static struct trap decode_csr(enum trap_kind kind, const struct la_uop *u, uint8_t rj)
{
	uint8_t rd = u->a == LA_GPR_SINK ? 0 : u->a;

	return (struct trap){ .kind = kind, .rd = rd, .rj = rj, .csr = (uint16_t)u->imm };
}

struct trap trap_decode(uint32_t insn)
{
	struct la_uop u;

	switch (la_decode(insn, &u)) {
	case LA_OP_iocsrrd_b:
		IOCSR_READ(1);
	case LA_OP_iocsrrd_h:
		IOCSR_READ(2);
	case LA_OP_iocsrrd_w:
		IOCSR_READ(4);
	case LA_OP_iocsrrd_d:
		IOCSR_READ(8);
	case LA_OP_iocsrwr_b:
		IOCSR_WRITE(1);
	case LA_OP_iocsrwr_h:
		IOCSR_WRITE(2);
	case LA_OP_iocsrwr_w:
		IOCSR_WRITE(4);
	case LA_OP_iocsrwr_d:
		IOCSR_WRITE(8);
	case LA_OP_cpucfg:
		return memory(TRAP_CPUCFG, &u, 4, true);
	case LA_OP_csrrd:
		return decode_csr(TRAP_CSR_READ, &u, 0);
	case LA_OP_csrwr:
		return decode_csr(TRAP_CSR_EXCHANGE, &u, 1);
	case LA_OP_csrxchg:
		return decode_csr(TRAP_CSR_EXCHANGE, &u, u.b);
	case LA_OP_cacop:
		return (struct trap){ .kind = TRAP_NOTHING };
	default:
		return decode_memory(u);
	}
}

uint64_t trap_extend(const struct trap *t, uint64_t val)
{
	unsigned int bits = 8u * t->size;

	return t->is_signed ? (uint64_t)sext64(val, bits) : val & mask64(bits);
}
