/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/interp_count.c - the dispatch table of a CPU that counts instructions (soft/pmu.h).
 * Its entries count, then go on through cpu->counted, the table of the present mode in
 * which fused runs are executed one by one.  (A word that another CPU overwrites between the two
 * may be counted twice.)
 */
#include "soft/interp.h"

/* The overflow interrupt is due at the next exit check. */
static inline void step(struct la_cpu *cpu, uint64_t *n, uint64_t limit)
{
	if (unlikely(++*n == limit))
		atomic_store(&cpu->exit_req, 1);
}

#define GO_ON() LA_MUSTTAIL return cpu->counted->fn[u->op](cpu, u, ops)

static void uncounted(struct la_cpu *cpu, const struct la_uop *u, const struct la_optab *ops)
{
	GO_ON();
}

static void counted(struct la_cpu *cpu, const struct la_uop *u, const struct la_optab *ops)
{
	step(cpu, &cpu->pmu.ninsns, cpu->pmu.insn_limit);
	GO_ON();
}

static void counted_branch(struct la_cpu *cpu, const struct la_uop *u,
			   const struct la_optab *ops)
{
	step(cpu, &cpu->pmu.ninsns, cpu->pmu.insn_limit);
	step(cpu, &cpu->pmu.nbranches, cpu->pmu.branch_limit);
	GO_ON();
}

#define UNCOUNTED(name) [LA_OP_##name] = uncounted,
#define COUNTED(name) [LA_OP_##name] = counted,
#define BRANCH(name) [LA_OP_##name] = counted_branch,
#define NEAR(name) [LA_OP_##name##_fwd] = counted_branch, [LA_OP_##name##_back] = counted_branch,
/* The first instruction of a run, by its kind. */
#define FIRST_A counted
#define FIRST_P counted
#define FIRST_M counted
#define FIRST_F counted_branch
#define RUN2(ka, a, kb, b) [LA_OP_##a##__##b] = FIRST_##ka,
#define RUN3(ka, a, kb, b, kc, c) [LA_OP_##a##__##b##__##c] = FIRST_##ka,
#define RUN4(ka, a, kb, b, kc, c, kd, d) [LA_OP_##a##__##b##__##c##__##d] = FIRST_##ka,

const union la_ops_table la_ops_count = {
	.fn = {
		UNCOUNTED(undecoded)
		UNCOUNTED(page_end)
		UNCOUNTED(stop)
		COUNTED(ine)
		LA_NEAR_BRANCHES(NEAR)
		LA_INSN_OPS_PLAIN(COUNTED)
		LA_INSN_OPS_BRANCH(BRANCH)
		LA_FUSED_PAIRS(RUN2)
		LA_FUSED_TRIPLES(RUN3)
		[LA_OP_fill_bytes] = counted,
		LA_FUSED_QUADS(RUN4)
	},
};
