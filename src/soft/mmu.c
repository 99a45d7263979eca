/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/mmu.c - contexts, fast tables and translation.  See mmu.h.
 *
 * Sources: LoongArch Reference Manual vol. 1, 5.2 to 5.5 (address spaces, TLB, page
 * table walk).  Owner thread of the CPU only.
 */
#include "soft/mmu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "soft/csr.h"
#include "soft/interp.h"
#include "soft/lint_priv.h"
#include "soft/lvz.h"
#include "soft/machine.h"
#include "soft/pmu.h"
#include "soft/stage2.h"
#include "soft/tlb.h"

static void table_clear(struct la_tlb_entry *e, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		la_tlb_entry_clear(e, i);
}

void la_mmu_tables_clear(struct la_tlb *t)
{
	table_clear(t->r, LA_TLB_R);
	table_clear(t->w, LA_TLB_W);
	table_clear(t->x, LA_TLB_X);
}

static void ctx_clear(struct la_ctx *c)
{
	for (unsigned int i = 0; i < 4; i++) {
		if (c->t[i])
			la_mmu_tables_clear(c->t[i]);
	}
	if (c->seen)
		memset(c->seen, 0, sizeof(*c->seen));
	c->has_large = false;
}

static void ctx_clear_wx(struct la_ctx *c)
{
	for (unsigned int i = 0; i < 4; i++) {
		if (c->t[i]) {
			table_clear(c->t[i]->w, LA_TLB_W);
			table_clear(c->t[i]->x, LA_TLB_X);
		}
	}
}

/* Applies flushes that happened while @c was not current. */
static void ctx_refresh(struct la_mmu *mmu, struct la_ctx *c)
{
	if (c->gen != mmu->gen)
		ctx_clear(c);
	else if (c->wx_gen != mmu->wx_gen)
		ctx_clear_wx(c);
	c->gen = mmu->gen;
	c->wx_gen = mmu->wx_gen;
}

/* What lets the tables of a guest's context forget by guest-physical page; false: no memory. */
static bool ctx_track(struct la_ctx *c, unsigned int plv)
{
	if (!(c->key & LA_CTX_GUEST))
		return true;
	if (!c->seen)
		c->seen = calloc(1, sizeof(*c->seen));
	if (!c->pairs[plv])
		c->pairs[plv] = calloc(1, sizeof(*c->pairs[plv]));
	return c->seen && c->pairs[plv];
}

/*
 * Without memory for tables of its own a context gets the spare ones, which are emptied
 * each time: every operation that drops translations ends in la_mmu_select().
 */
static struct la_tlb *ctx_tables(struct la_mmu *mmu, struct la_ctx *c, unsigned int plv)
{
	struct la_tlb *t = c->t[plv];

	if (likely(t && (!(c->key & LA_CTX_GUEST) || c->pairs[plv])))
		return t;
	if (!t)
		c->t[plv] = t = malloc(sizeof(*t));
	if (!t || !ctx_track(c, plv))
		t = mmu->spare;
	la_mmu_tables_clear(t);
	return t;
}

int la_mmu_init(struct la_cpu *cpu)
{
	cpu->mmu = calloc(1, sizeof(*cpu->mmu));
	if (!cpu->mmu)
		return -ENOMEM;
	cpu->mmu->spare = malloc(sizeof(struct la_tlb));
	if (!cpu->mmu->spare)
		return -ENOMEM;
	if (cpu->m->features.has_lvz) {
		cpu->mmu->gtlb = calloc(1, sizeof(*cpu->mmu->gtlb));
		cpu->mmu->stage2 = calloc(1, sizeof(*cpu->mmu->stage2));
		if (!cpu->mmu->gtlb || !cpu->mmu->stage2)
			return -ENOMEM;
	}
	cpu->mmu->rnd = 0x9e3779b9u + cpu->index;
	return 0;
}

void la_mmu_fini(struct la_cpu *cpu)
{
	struct la_mmu *mmu = cpu->mmu;

	if (!mmu)
		return;
	for (unsigned int p = 0; p < 4; p++) {
		free(mmu->direct.t[p]);
		for (unsigned int i = 0; i < LA_NCTX; i++) {
			free(mmu->ctx[i].t[p]);
			free(mmu->ctx[i].pairs[p]);
		}
	}
	for (unsigned int i = 0; i < LA_NCTX; i++)
		free(mmu->ctx[i].seen);
	free(mmu->stage2);
	free(mmu->gtlb);
	free(mmu->spare);
	free(mmu);
	cpu->mmu = NULL;
}

void la_mmu_reset(struct la_cpu *cpu)
{
	memset(&cpu->mmu->tlb, 0, sizeof(cpu->mmu->tlb));
	if (cpu->mmu->gtlb)
		memset(cpu->mmu->gtlb, 0, sizeof(*cpu->mmu->gtlb));
	la_mmu_flush(cpu);
}

static struct la_ctx *ctx_find(struct la_mmu *mmu, uint32_t key)
{
	struct la_ctx *victim = &mmu->ctx[0];

	for (unsigned int i = 0; i < LA_NCTX; i++) {
		struct la_ctx *c = &mmu->ctx[i];

		if (c->is_used && c->key == key)
			return c;
		if (!c->is_used || (victim->is_used && c->last_use < victim->last_use))
			victim = c;
	}
	if (victim->is_used)
		ctx_clear(victim);
	victim->is_used = true;
	victim->key = key;
	victim->gen = mmu->gen;
	victim->wx_gen = mmu->wx_gen;
	return victim;
}

/* The key of the context for the present mode; the root's direct mode has none. */
static uint32_t ctx_key(struct la_cpu *cpu)
{
	const uint64_t *csr = cpu->csr->r;
	uint32_t key = csr[LA_CSR_CRMD] & LA_CRMD_PG ? csr[LA_CSR_ASID] & LA_CTX_ASID
						     : LA_CTX_DIRECT;

	/* Without LVZ all is the root's own. */
	if (cpu->guest)
		key |= (uint32_t)la_space_own(cpu).gid << LA_CTX_GID_SHIFT;
	return cpu->is_guest ? key | LA_CTX_GUEST : key;
}

void la_mmu_select(struct la_cpu *cpu)
{
	const uint64_t *csr = cpu->csr->r;
	struct la_mmu *mmu = cpu->mmu;
	struct la_ctx *c = mmu->cur;

	if (!(csr[LA_CSR_CRMD] & LA_CRMD_PG) && !cpu->is_guest) {
		c = &mmu->direct;
	} else {
		uint32_t key = ctx_key(cpu);

		if (!c || c == &mmu->direct || c->key != key) {
			c = ctx_find(mmu, key);
			c->last_use = ++mmu->use_count;
		}
	}
	if (c->gen != mmu->gen || c->wx_gen != mmu->wx_gen)
		ctx_refresh(mmu, c);
	mmu->cur = c;
	cpu->tlb = ctx_tables(mmu, c, cpu->plv);
	/* VA32L1 to VA32L3 are bits 1 to 3; PLV0 has no such bit. */
	cpu->is_va32 = (csr[LA_CSR_MISC] & (LA_MISC_VA32L1 | LA_MISC_VA32L2 | LA_MISC_VA32L3)) >>
		       cpu->plv & 1;
	cpu->ops = cpu->is_va32 ? &la_ops32.tab : &la_ops64.tab;
	if (unlikely(cpu->pmu.is_active)) {
		la_pmu_mode_changed(cpu);
		cpu->counted = cpu->is_va32 ? &la_ops32.tab : &la_ops64_single.tab;
		if (cpu->pmu.counts_insns)
			cpu->ops = &la_ops_count.tab;
	}
	if (la_lints(cpu))
		la_lint_select(cpu);
}

void la_mmu_flush(struct la_cpu *cpu)
{
	cpu->mmu->gen++;
	la_mmu_select(cpu);
}

void la_mmu_flush_wx(struct la_cpu *cpu)
{
	cpu->mmu->wx_gen++;
	la_mmu_select(cpu);
}

/* ------------------------------------------------------------------ translation */

enum xlat_result { XLAT_OK, XLAT_NOMATCH, XLAT_INVALID, XLAT_NOEXEC, XLAT_NOREAD,
		   XLAT_PRIVILEGE, XLAT_READONLY, XLAT_BADADDR };

struct xlat {
	uint64_t pa;
	uint64_t pte;
	unsigned int ps;	/* page size, log2 */
};

/* Whose fault it is, where: a guest's second stage is the root's business. */
_Noreturn static void raise_fault(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
				  enum la_access acc, enum xlat_result why, bool is_second)
{
	static const enum la_exc invalid[] = { LA_EXC_PIL, LA_EXC_PIS, LA_EXC_PIF, LA_EXC_PIS };
	enum la_exc exc;

	switch (why) {
	case XLAT_NOMATCH:
		if (is_second)
			la_raise_root_tlbr(cpu, u, va);
		la_raise_tlbr(cpu, u, va);
	case XLAT_NOEXEC:
		exc = LA_EXC_PNX;
		break;
	case XLAT_NOREAD:
		exc = LA_EXC_PNR;
		break;
	case XLAT_PRIVILEGE:
		exc = LA_EXC_PPI;
		break;
	case XLAT_READONLY:
		exc = LA_EXC_PME;
		break;
	case XLAT_BADADDR:
		la_raise_badv(cpu, u, acc == LA_ACC_FETCH ? LA_EXC_ADEF : LA_EXC_ADEM, va);
	case XLAT_INVALID:
	default:
		exc = invalid[acc];
		break;
	}
	if (is_second) {
		if (la_lints(cpu))
			la_lint_second_fault(cpu, u, va, acc);
		cpu->root->r[LA_CSR_TLBEHI] = va & LA_TLB_VPPN;
		la_raise_root(cpu, u, exc, va);
	}
	cpu->csr->r[LA_CSR_TLBEHI] = va & LA_TLB_VPPN;
	la_raise_badv(cpu, u, exc, va);
}

/* MISC.DWPLx switches write protection off for a privilege level below user. */
static bool may_write_readonly(const struct la_csr_bank *bank, unsigned int plv)
{
	return plv < 3 && (bank->r[LA_CSR_MISC] >> (LA_MISC_DWPL0_SHIFT + plv) & 1);
}

static bool is_store(enum la_access acc)
{
	return acc == LA_ACC_STORE || acc == LA_ACC_UPDATE;
}

/* A translation by the tables of one space, for one privilege level. */
struct stage {
	struct la_space space;
	unsigned int plv;
	bool may_write_readonly;
};

/*
 * Rights of a table entry, in the order of the manual (vol. 1, 5.4.4).  With the hardware
 * walker on, P and W stand in for V and D, which become accessed and dirty marks.
 */
static enum xlat_result check_pte(const struct stage *s, struct xlat *x, uint64_t va,
				  enum la_access acc, bool is_walker)
{
	uint64_t pte = x->pte;
	uint64_t present = is_walker ? LA_PTE_P : LA_PTE_V;
	uint64_t writable = is_walker ? LA_PTE_W : LA_PTE_D;
	unsigned int plv = (pte & LA_PTE_PLV) >> LA_PTE_PLV_SHIFT;

	if (!(pte & present))
		return XLAT_INVALID;
	if (acc == LA_ACC_FETCH && (pte & LA_PTE_NX))
		return XLAT_NOEXEC;
	if ((pte & LA_PTE_RPLV) ? s->plv != plv : s->plv > plv)
		return XLAT_PRIVILEGE;
	if (acc == LA_ACC_LOAD && (pte & LA_PTE_NR))
		return XLAT_NOREAD;
	if (is_store(acc) && !(pte & writable) && !s->may_write_readonly)
		return XLAT_READONLY;
	if (acc == LA_ACC_UPDATE && (pte & LA_PTE_NR))
		return XLAT_NOREAD;
	x->pa = ((pte & ~mask64(x->ps)) | (va & mask64(x->ps))) & LA_PA_MASK;
	return XLAT_OK;
}

/* Sets marks in the entry at @pa of a table of @s; false: it changed meanwhile. */
static bool mark_entry(struct la_cpu *cpu, const struct stage *s, const struct la_uop *u,
		       uint64_t pa, uint64_t old, uint64_t new)
{
	_Atomic uint64_t *host;

	if (s->space.bank != cpu->root)
		pa = la_mmu_physical(cpu, u, pa, LA_ACC_STORE);
	host = (_Atomic uint64_t *)(void *)la_ram_at(cpu->m, pa, 8);
	if (!host)
		return true;
	if (!atomic_compare_exchange_strong(host, &old, new))
		return false;
	la_code_written(cpu->m, pa, 8);
	return true;
}

static enum xlat_result walk(struct la_cpu *cpu, const struct stage *s, const struct la_uop *u,
			     struct xlat *x, uint64_t va, enum la_access acc)
{
	for (;;) {
		enum xlat_result ret;
		struct la_walk w;
		uint64_t new;

		la_walk(cpu, s->space.bank, u, va, &w);
		x->pte = w.pte;
		x->ps = w.ps;
		ret = check_pte(s, x, va, acc, true);
		if (ret != XLAT_OK)
			return ret;
		new = w.raw | LA_PTE_V | (is_store(acc) ? LA_PTE_D : 0);
		if (new == w.raw || mark_entry(cpu, s, u, w.pte_pa, w.raw, new)) {
			x->pte |= LA_PTE_V | (is_store(acc) ? LA_PTE_D : 0);
			return XLAT_OK;
		}
	}
}

static enum xlat_result map_address(struct la_cpu *cpu, const struct stage *s,
				    const struct la_uop *u, struct xlat *x, uint64_t va,
				    enum la_access acc)
{
	const struct la_tlb_pair *p = la_tlb_find(&s->space, va);
	bool has_walker = s->space.bank->r[LA_CSR_PWCH] & LA_PWCH_HPTW_EN;
	enum xlat_result ret;

	if (p) {
		x->ps = p->ps;
		x->pte = p->lo[(va >> p->ps) & 1];
		ret = check_pte(s, x, va, acc, false);
		if (!has_walker || (ret != XLAT_INVALID && ret != XLAT_READONLY))
			return ret;
	}
	if (!has_walker)
		return XLAT_NOMATCH;
	ret = walk(cpu, s, u, x, va, acc);
	/* Where it is watched, the TLB keeps a guest's pages as that of silicon does. */
	if (la_lints(cpu) && ret == XLAT_OK && cpu->is_guest && s->space.bank == cpu->root)
		la_lint_walked(cpu, va, x->pte, x->ps);
	return ret;
}

/* Windows 2 and 3 are for loads and stores only (vol. 1, 5.2.1). */
static bool dmw_hit(const struct la_cpu *cpu, uint64_t va, enum la_access acc)
{
	const uint64_t *dmw = &cpu->csr->r[LA_CSR_DMW0];

	for (unsigned int i = 0; i < (acc == LA_ACC_FETCH ? 2 : 4); i++) {
		if ((dmw[i] >> cpu->plv & 1) && dmw[i] >> 60 == va >> 60)
			return true;
	}
	return false;
}

/* The address as it is, without the TLB. */
static bool is_direct(const struct la_cpu *cpu, uint64_t va, enum la_access acc)
{
	return !(cpu->csr->r[LA_CSR_CRMD] & LA_CRMD_PG) || dmw_hit(cpu, va, acc);
}

static bool is_canonical(uint64_t va)
{
	return (uint64_t)sext64(va, LA_PALEN) == va;
}

_Noreturn void la_raise_bound(struct la_cpu *cpu, const struct la_uop *u, uint64_t va)
{
	/* In the order of vol. 1, 6.2.2; alignment was looked at before. */
	if (!is_direct(cpu, va, LA_ACC_LOAD) && !is_canonical(va))
		raise_fault(cpu, u, va, LA_ACC_LOAD, XLAT_BADADDR, false);
	la_raise_badv(cpu, u, LA_EXC_BCE, va);
}

static uint64_t second_stage(struct la_cpu *cpu, const struct la_uop *u, uint64_t pa,
			     enum la_access acc)
{
	/* The guest's privilege was judged by its own stage: here it counts as PLV0. */
	const struct stage second = { .space = la_space_second(cpu), .plv = 0 };
	struct xlat x = { .ps = 0 };
	enum xlat_result ret;
	uint64_t found;

	if (likely(la_stage2_find(cpu, pa, acc, &found)))
		return found;
	ret = map_address(cpu, &second, u, &x, pa, acc);
	if (ret != XLAT_OK)
		raise_fault(cpu, u, pa, acc, ret, true);
	if (la_lints(cpu))
		la_lint_second(cpu, pa, acc);
	la_stage2_keep(cpu, pa, acc, x.pa, x.ps, !(x.pte & LA_PTE_NR));
	cpu->mmu->is_unreadable |= (x.pte & LA_PTE_NR) != 0;
	return x.pa;
}

uint64_t la_mmu_physical(struct la_cpu *cpu, const struct la_uop *u, uint64_t pa,
			 enum la_access acc)
{
	return unlikely(cpu->is_guest) ? second_stage(cpu, u, pa, acc) : pa;
}

/* The present mode's own stage: what it takes for the physical address of mapped @va. */
static uint64_t first_stage(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
			    enum la_access acc)
{
	const struct stage first = {
		.space = la_space_own(cpu),
		.plv = cpu->plv,
		.may_write_readonly = may_write_readonly(cpu->csr, cpu->plv),
	};
	struct xlat x = { .ps = 0 };
	enum xlat_result ret;

	if (!is_canonical(va))
		raise_fault(cpu, u, va, acc, XLAT_BADADDR, false);
	ret = map_address(cpu, &first, u, &x, va, acc);
	if (ret != XLAT_OK)
		raise_fault(cpu, u, va, acc, ret, false);
	cpu->mmu->is_unreadable = x.pte & LA_PTE_NR;
	if (x.ps > la_base_page_bits(cpu->csr))
		cpu->mmu->cur->has_large = true;
	return x.pa;
}

uint64_t la_mmu_translate(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
			  enum la_access acc)
{
	uint64_t pa;

	cpu->mmu->is_unreadable = false;
	if (is_direct(cpu, va, acc)) {
		pa = va & LA_PA_MASK;
	} else {
		if (la_lints(cpu))
			la_lint_mapped(cpu, u, va, acc);
		pa = first_stage(cpu, u, va, acc);
	}
	return la_mmu_physical(cpu, u, pa, acc);
}
