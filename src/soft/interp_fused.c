/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/interp_fused.c - one handler for each pair in LA_FUSED_PAIRS.
 *
 * A pair saves a dispatch, nothing else: the second instruction sees the first one's
 * results, and @u stands on the one being executed, so exceptions report the right
 * address.
 */
#include "soft/interp.h"
#include "soft/sem_branch.h"
#include "soft/sem_int.h"
#include "soft/sem_mem.h"

#define STEP_A(name) sem_##name(cpu, u);
#define STEP_M(name) \
	if (!sem_##name(cpu, u)) { \
		LA_MUSTTAIL return la_slow_##name(cpu, u, ops); \
	}

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

#define FUSED(ka, a, kb, b) \
	LA_OP(a##__##b) \
	{ \
		STEP_##ka(a) \
		u++; \
		END_##kb(b) \
	}
LA_FUSED_PAIRS(FUSED)
