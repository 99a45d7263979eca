/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/interp_fused.c - one handler for each run in fused.h, and one for a whole loop.
 *
 * A run saves dispatches, nothing else: each instruction sees the results of those before
 * it, and @u stands on the one being executed, so exceptions report the right address.
 */
#include <string.h>

#include "soft/interp.h"
#include "soft/sem_branch.h"
#include "soft/sem_int.h"
#include "soft/sem_mem.h"

#define STEP_A(name) sem_##name(cpu, u);
#define STEP_P(name) STEP_A(name)
#define STEP_M(name) \
	if (!sem_##name(cpu, u)) { \
		LA_MUSTTAIL return LA_SLOW_FN(name)(cpu, u, ops); \
	}

#define STEP_F(name) \
	if (COND_##name(cpu, u)) \
		LA_JUMP_FWD(u->imm);

#define END_A(name) \
	STEP_A(name) \
	LA_NEXT();
#define END_M(name) \
	STEP_M(name) \
	LA_NEXT();
/* The near branches' names are those of their conditions and a suffix. */
#define END_F(name) \
	if (COND_##name(cpu, u)) \
		LA_JUMP_FWD(u->imm); \
	LA_NEXT();
#define END_B(name) \
	if (COND_##name(cpu, u)) \
		LA_JUMP_BACK(u->imm); \
	LA_NEXT();

#define COND_beq_fwd sem_beq
#define COND_bne_fwd sem_bne
#define COND_blt_fwd sem_blt
#define COND_bge_fwd sem_bge
#define COND_bltu_fwd sem_bltu
#define COND_bgeu_fwd sem_bgeu
#define COND_beqz_fwd sem_beqz
#define COND_bnez_fwd sem_bnez
#define COND_beq_back sem_beq
#define COND_bne_back sem_bne
#define COND_blt_back sem_blt
#define COND_bge_back sem_bge
#define COND_bltu_back sem_bltu
#define COND_bgeu_back sem_bgeu
#define COND_beqz_back sem_beqz
#define COND_bnez_back sem_bnez

#define FUSED2(ka, a, kb, b) \
	LA_OP(a##__##b) \
	{ \
		STEP_##ka(a) \
		u++; \
		END_##kb(b) \
	}
LA_FUSED_PAIRS(FUSED2)

#define FUSED3(ka, a, kb, b, kc, c) \
	LA_OP(a##__##b##__##c) \
	{ \
		STEP_##ka(a) \
		u++; \
		STEP_##kb(b) \
		u++; \
		END_##kc(c) \
	}
LA_FUSED_TRIPLES(FUSED3)

#define FUSED4(ka, a, kb, b, kc, c, kd, d) \
	LA_OP(a##__##b##__##c##__##d) \
	{ \
		STEP_##ka(a) \
		u++; \
		STEP_##kb(b) \
		u++; \
		STEP_##kc(c) \
		u++; \
		END_##kd(d) \
	}
LA_FUSED_QUADS(FUSED4)

la_op_fn la_op_st_b;

/*
 * st.b value, p, 0; addi.d p, p, 1; addi.d n, n, -1; blt zero, n, back to the store: as
 * many rounds at once as the page allows.  Kernels clear memory with this loop until they
 * have patched in a better one.  The decoder has seen to it that the three registers
 * differ and that p and n are not r0.
 */
LA_OP(fill_bytes)
{
	uint64_t *n = &cpu->gpr[u[2].b], *p = &cpu->gpr[u->b];
	const uint64_t va = *p, in_page = LA_FAST_PAGE_BYTES - (va & (LA_FAST_PAGE_BYTES - 1));
	const struct la_tlb_entry *e = LA_ENTRY_W(va);
	uint64_t len;

	/* A count that is not positive gives one round, and an end that differs. */
	if (!LA_IS_HIT(e, va, 1) || (int64_t)*n <= 0) {
		LA_MUSTTAIL return la_op_st_b(cpu, u, ops);
	}
	len = *n < in_page ? *n : in_page;
	memset(LA_HOST(e, va), (int)(cpu->gpr[u->a] & 0xff), len);
	*p += len;
	*n -= len;
	if (*n)
		LA_JUMP_BACK(0);
	u += 3;
	LA_NEXT();
}
