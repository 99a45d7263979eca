/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/interp_branch.c - branches, what else computes with the pc, and the pseudo
 * instructions that hold code pages together.  Source: vol. 1, 2.2.1.7 and 2.2.5.
 *
 * A conditional branch has three forms: general (imm in bytes, any target), and near
 * forward and near backward inside the code page (imm in uops).  Only backward and
 * general branches look at exit_req: nothing can loop without one of them.
 */
#include "soft/code.h"
#include "soft/interp.h"
#include "soft/sem_branch.h"
#include "soft/sem_int.h"

#define BYTES(imm) ((uint64_t)(int64_t)(imm))

#define BRANCH(name, prolog, cond) \
	LA_OP(name) \
	{ \
		prolog \
		if (cond) \
			LA_JUMP(la_pc_of(cpu, u) + BYTES(u->imm)); \
		LA_NEXT(); \
	} \
	LA_OP(name##_fwd) \
	{ \
		prolog \
		if (cond) \
			LA_JUMP_FWD(u->imm); \
		LA_NEXT(); \
	} \
	LA_OP(name##_back) \
	{ \
		prolog \
		if (cond) \
			LA_JUMP_BACK(u->imm); \
		LA_NEXT(); \
	}

#define COMPARE(name) BRANCH(name, , sem_##name(cpu, u))
COMPARE(beq)
COMPARE(bne)
COMPARE(blt)
COMPARE(bge)
COMPARE(bltu)
COMPARE(bgeu)
COMPARE(beqz)
COMPARE(bnez)
BRANCH(bceqz, LA_NEED_FP();, !cpu->fcc[u->b])
BRANCH(bcnez, LA_NEED_FP();, cpu->fcc[u->b])

LA_OP(b)
{
	LA_JUMP(la_pc_of(cpu, u) + BYTES(u->imm));
}

LA_OP(b_fwd)
{
	LA_JUMP_FWD(u->imm);
}

LA_OP(b_back)
{
	LA_JUMP_BACK(u->imm);
}

LA_OP(bl)
{
	uint64_t pc = la_pc_of(cpu, u);

	cpu->gpr[1] = LA_ADDR_RESULT(pc + 4);
	LA_JUMP(pc + BYTES(u->imm));
}

LA_OP(bl_fwd)
{
	cpu->gpr[1] = LA_ADDR_RESULT(la_pc_of(cpu, u + 1));
	LA_JUMP_FWD(u->imm);
}

LA_OP(bl_back)
{
	cpu->gpr[1] = LA_ADDR_RESULT(la_pc_of(cpu, u + 1));
	LA_JUMP_BACK(u->imm);
}

LA_OP(jirl)
{
	uint64_t target = RJ + BYTES(u->imm);

	RD = LA_ADDR_RESULT(la_pc_of(cpu, u + 1));
	LA_JUMP(target);
}

#define PC_RELATIVE(name) \
	LA_OP(name) \
	{ \
		sem_##name(cpu, u); \
		LA_NEXT(); \
	}
PC_RELATIVE(pcaddi)
PC_RELATIVE(pcalau12i)
PC_RELATIVE(pcaddu12i)
PC_RELATIVE(pcaddu18i)

/* ------------------------------------------------------------------ pseudo instructions */

static __attribute__((noinline)) void decode_slot(struct la_cpu *cpu, const struct la_uop *u,
						  const struct la_optab *ops)
{
	struct la_uop copy;

	if (!la_code_decode_slot(cpu, u)) {
		cpu->must_step = true;
		LA_LEAVE(la_pc_of(cpu, u));
	}
	/* Another CPU may undecode the slot again at once; then we come back here. */
	copy = *(const volatile struct la_uop *)u;
	LA_MUSTTAIL return ops->fn[copy.op](cpu, u, ops);
}

LA_OP(undecoded)
{
	LA_MUSTTAIL return decode_slot(cpu, u, ops);
}

LA_OP(page_end)
{
	LA_JUMP(la_pc_of(cpu, u));
}

LA_OP(stop)
{
	(void)ops;
	LA_LEAVE(LA_ADDR(la_pc_of(cpu, u)));
}

LA_OP(ine)
{
	(void)ops;
	la_raise(cpu, u, LA_EXC_INE);
}
