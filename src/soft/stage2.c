/* SPDX-License-Identifier: Apache-2.0 */
/* soft/stage2.c - see stage2.h. */
#include "soft/stage2.h"

#include <string.h>

#include "soft/machine.h"
#include "soft/tlb.h"

#define PAGE_OFFSET mask64(LA_STAGE2_BITS)
/* In a tag, below the page: the GID is in bits 7:0. */
#define TAG_VALID BIT64(8)
/* In a result, below the page. */
#define MAY_LOAD BIT64(0)
#define MAY_STORE BIT64(1)
#define MAY_FETCH BIT64(2)
#define IS_LARGE BIT64(3)
/* The number of all pairs of large pages: whatever is forgotten, these go, too. */
#define LARGE_PAIR UINT32_MAX

static uint32_t pair_of(uint64_t gpa)
{
	return (uint32_t)(gpa >> (LA_STAGE2_BITS + 1));
}

static uint64_t tag_of(uint64_t gpa, uint8_t gid)
{
	return (gpa & ~PAGE_OFFSET) | TAG_VALID | gid;
}

static struct la_stage2_slot *slot_of(struct la_stage2 *s, uint64_t gpa)
{
	return &s->slot[(gpa >> LA_STAGE2_BITS) % LA_STAGE2_SLOTS];
}

/* Of the guest that runs. */
static uint8_t present_gid(const struct la_cpu *cpu)
{
	return (uint8_t)(cpu->mmu->cur->key >> LA_CTX_GID_SHIFT);
}

static uint64_t right_for(enum la_access acc)
{
	/* An update needs to load as well, but what cannot be loaded is not kept. */
	static const uint64_t right[] = {
		[LA_ACC_LOAD] = MAY_LOAD, [LA_ACC_STORE] = MAY_STORE,
		[LA_ACC_FETCH] = MAY_FETCH, [LA_ACC_UPDATE] = MAY_STORE,
	};

	return right[acc];
}

/* ------------------------------------------------------------------ results */

void la_stage2_clear(struct la_cpu *cpu)
{
	struct la_stage2 *s = cpu->mmu->stage2;

	memset(s->slot, 0, sizeof(s->slot));
	s->has_large = false;
	s->gen = cpu->mmu->gen;
}

bool la_stage2_find(struct la_cpu *cpu, uint64_t gpa, enum la_access acc, uint64_t *pa)
{
	struct la_stage2 *s = cpu->mmu->stage2;
	const struct la_stage2_slot *slot = slot_of(s, gpa);

	if (s->gen != cpu->mmu->gen) {
		la_stage2_clear(cpu);
		return false;
	}
	if (slot->tag != tag_of(gpa, present_gid(cpu)) || !(slot->pa & right_for(acc)))
		return false;
	s->pair = slot->pa & IS_LARGE ? LARGE_PAIR : pair_of(gpa);
	*pa = (slot->pa & ~PAGE_OFFSET) | (gpa & PAGE_OFFSET);
	return true;
}

void la_stage2_keep(struct la_cpu *cpu, uint64_t gpa, enum la_access acc, uint64_t pa,
		    unsigned int ps, bool may_keep)
{
	struct la_stage2 *s = cpu->mmu->stage2;
	struct la_stage2_slot *slot = slot_of(s, gpa);
	uint64_t tag = tag_of(gpa, present_gid(cpu));
	uint64_t page = (pa & ~PAGE_OFFSET) | (ps > LA_STAGE2_BITS ? IS_LARGE : 0);
	uint64_t rights = right_for(acc);

	s->pair = ps > LA_STAGE2_BITS ? LARGE_PAIR : pair_of(gpa);
	if (!may_keep || ps < LA_STAGE2_BITS)
		return;
	if (slot->tag == tag && !((slot->pa ^ page) & (~PAGE_OFFSET | IS_LARGE)))
		rights |= slot->pa & PAGE_OFFSET;
	*slot = (struct la_stage2_slot){ tag, page | rights };
	s->has_large |= ps > LA_STAGE2_BITS;
}

static void results_forget(struct la_stage2 *s, uint8_t gid, uint64_t gpa)
{
	uint64_t first = gpa & ~(2 * PAGE_OFFSET + 1);

	for (uint64_t at = first; at <= first + PAGE_OFFSET + 1; at += PAGE_OFFSET + 1) {
		struct la_stage2_slot *slot = slot_of(s, at);

		if (slot->tag == tag_of(at, gid))
			slot->tag = 0;
	}
	if (!s->has_large)
		return;
	for (unsigned int i = 0; i < LA_STAGE2_SLOTS; i++) {
		if (s->slot[i].pa & IS_LARGE)
			s->slot[i].tag = 0;
	}
	s->has_large = false;
}

/* ------------------------------------------------------------------ fast tables */

/* Where @pair is in the filter of a context. */
static uint64_t *seen_word(struct la_stage2_seen *seen, uint32_t pair, uint64_t *bit)
{
	*bit = BIT64(pair % 64);
	return &seen->bits[pair / 64 % LA_SEEN_WORDS];
}

static void note(struct la_cpu *cpu, uint32_t *at)
{
	struct la_stage2_seen *seen = cpu->mmu->cur->seen;
	uint64_t bit, *word;

	*at = cpu->mmu->stage2->pair;
	if (*at == LARGE_PAIR) {
		seen->has_large = true;
		return;
	}
	word = seen_word(seen, *at, &bit);
	*word |= bit;
}

/* Without pairs the context uses the spare tables, which keep nothing. */
static struct la_stage2_pairs *present_pairs(struct la_cpu *cpu)
{
	const struct la_ctx *c = cpu->mmu->cur;

	return c->t[cpu->plv] == cpu->tlb ? c->pairs[cpu->plv] : NULL;
}

void la_stage2_note_r(struct la_cpu *cpu, unsigned int i)
{
	struct la_stage2_pairs *p = present_pairs(cpu);

	if (p)
		note(cpu, &p->r[i]);
}

void la_stage2_note_w(struct la_cpu *cpu, unsigned int i)
{
	struct la_stage2_pairs *p = present_pairs(cpu);

	if (p)
		note(cpu, &p->w[i]);
}

void la_stage2_note_x(struct la_cpu *cpu, unsigned int i)
{
	struct la_stage2_pairs *p = present_pairs(cpu);

	if (p)
		note(cpu, &p->x[i]);
}

static void table_forget(struct la_tlb_entry *e, const uint32_t *pairs, unsigned int n,
			 uint32_t pair)
{
	for (unsigned int i = 0; i < n; i++) {
		if (pairs[i] == pair || pairs[i] == LARGE_PAIR)
			la_tlb_entry_clear(e, i);
	}
}

static void context_forget(struct la_ctx *c, uint32_t pair)
{
	uint64_t bit;

	/* No table, or nothing of that pair in it. */
	if (!c->seen || (!c->seen->has_large && !(*seen_word(c->seen, pair, &bit) & bit)))
		return;
	for (unsigned int p = 0; p < 4; p++) {
		if (!c->t[p] || !c->pairs[p])
			continue;
		table_forget(c->t[p]->r, c->pairs[p]->r, LA_TLB_R, pair);
		table_forget(c->t[p]->w, c->pairs[p]->w, LA_TLB_W, pair);
		table_forget(c->t[p]->x, c->pairs[p]->x, LA_TLB_X, pair);
	}
}

void la_stage2_forget(struct la_cpu *cpu, uint8_t gid, uint64_t gpa)
{
	struct la_mmu *mmu = cpu->mmu;
	uint32_t want = LA_CTX_GUEST | (uint32_t)gid << LA_CTX_GID_SHIFT;

	gpa &= LA_PA_MASK;
	results_forget(mmu->stage2, gid, gpa);
	for (unsigned int i = 0; i < LA_NCTX; i++) {
		struct la_ctx *c = &mmu->ctx[i];

		if (c->is_used && (c->key & (LA_CTX_GUEST | LA_CTX_GID)) == want)
			context_forget(c, pair_of(gpa));
	}
	/* Empties the spare tables, if they are in use. */
	la_mmu_select(cpu);
}
