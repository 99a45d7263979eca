/* SPDX-License-Identifier: Apache-2.0 */
/* mmu_model.c - see mmu_model.h.  Nothing here may come from src/soft but its constants. */
#include "mmu_model.h"

#define PA_BITS 48u
#define PTE_HUGE BIT64(6)
#define PTE_P BIT64(7)
#define PTE_W BIT64(8)
#define PTE_HUGE_G BIT64(12)

static uint64_t low(uint64_t v, unsigned int n)
{
	return n >= 64 ? v : v & ((UINT64_C(1) << n) - 1);
}

uint64_t ref_pwcl(const struct ref_cpu *c)
{
	return c->level[0].base | c->level[0].width << 5 | c->level[1].base << 10 |
	       c->level[1].width << 15 | c->level[2].base << 20 | c->level[2].width << 25;
}

uint64_t ref_pwch(const struct ref_cpu *c)
{
	return c->level[3].base | c->level[3].width << 6 | c->level[4].base << 12 |
	       c->level[4].width << 18 | (c->has_walker ? LA_PWCH_HPTW_EN : 0);
}

/* ------------------------------------------------------------------ page tables */

/* Number of the entry for @va in a table of @level. */
static uint64_t table_index(const struct ref_cpu *c, uint64_t va, unsigned int level)
{
	return low(va >> c->level[level].base, c->level[level].width);
}

/* 5.4.5: one huge entry makes two halves.  Its address bits below its size are ignored. */
static void split_huge(struct ref_entry *e, uint64_t huge, unsigned int bits)
{
	uint64_t lo = huge & ~(PTE_HUGE | PTE_HUGE_G) & ~((BIT64(bits) - 1) & ~UINT64_C(0xfff));

	if (huge & PTE_HUGE_G)
		lo |= LA_TLBELO0_G;
	e->ps = bits - 1;
	e->lo[0] = lo;
	e->lo[1] = lo + BIT64(e->ps);
}

/* The number goes below the address, of which tables are aligned to their size. */
struct ref_entry ref_walk(const struct ref_cpu *c, uint64_t va)
{
	uint64_t table = low(c->pgd[va >> 63], PA_BITS);
	struct ref_entry e = { .asid = c->asid, .by_walker = c->has_walker };
	unsigned int level;
	bool is_done = false;

	for (level = REF_LEVELS - 1; level >= 1; level--) {
		uint64_t gpa, dir;

		if (!c->level[level].width)
			continue;
		gpa = table | 8 * table_index(c, va, level);
		dir = c->read(c->ctx, gpa);
		if (dir & PTE_HUGE) {
			split_huge(&e, dir, c->level[level].base);
			e.gpa[0] = e.gpa[1] = gpa;
			is_done = true;
			break;
		}
		table = low(dir, PA_BITS) & ~UINT64_C(0xfff);
	}
	if (!is_done) {
		uint64_t even = table_index(c, va, 0) & ~UINT64_C(1);

		e.ps = c->level[0].base;
		for (unsigned int i = 0; i < 2; i++) {
			e.gpa[i] = table | 8 * (even + i);
			e.lo[i] = c->read(c->ctx, e.gpa[i]);
		}
	}
	e.va = va & ~(BIT64(e.ps + 1) - 1);
	e.is_global = e.lo[0] & e.lo[1] & LA_TLBELO0_G;
	return e;
}

/* ------------------------------------------------------------------ entries */

static uint64_t lo_that_counts(const struct ref_entry *e, unsigned int i)
{
	uint64_t ignored = e->by_walker ? LA_TLBELO0_V | LA_TLBELO0_D : PTE_P | PTE_W;

	/* Software's bits, and those of the address below the page size. */
	ignored |= 7u << 9 | UINT64_C(0x1fff) << 48;
	return e->lo[i] & ~ignored & ~((BIT64(e->ps) - 1) & ~UINT64_C(0xfff));
}

static bool is_same(const struct ref_entry *a, const struct ref_entry *b)
{
	return a->va == b->va && a->ps == b->ps && a->asid == b->asid &&
	       a->gpa[0] == b->gpa[0] && a->gpa[1] == b->gpa[1] &&
	       a->by_walker == b->by_walker && a->is_global == b->is_global &&
	       lo_that_counts(a, 0) == lo_that_counts(b, 0) &&
	       lo_that_counts(a, 1) == lo_that_counts(b, 1);
}

void ref_put(struct ref_cpu *c, const struct ref_entry *e)
{
	for (unsigned int i = 0; i < c->n; i++) {
		if (is_same(&c->e[i], e))
			return;
	}
	torture_check(c->n < REF_MAX_ENTRIES, "too many");
	c->e[c->n++] = *e;
}

void ref_observe(struct ref_cpu *c, const uint64_t *vas, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		struct ref_entry e = ref_walk(c, vas[i]);

		ref_put(c, &e);
	}
}

void ref_written(struct ref_cpu *c, uint64_t gpa)
{
	for (unsigned int i = 0; i < c->n; i++)
		c->e[i].marks_unknown |= c->e[i].gpa[0] == gpa || c->e[i].gpa[1] == gpa;
}

static void drop(struct ref_cpu *c, unsigned int i)
{
	c->e[i] = c->e[--c->n];
}

void ref_replaced(struct ref_cpu *c, const struct ref_entry *e)
{
	for (unsigned int i = c->n; i-- > 0;) {
		const struct ref_entry *m = &c->e[i];

		if (m->va == e->va && m->ps == e->ps && m->is_global == e->is_global &&
		    (e->is_global || m->asid == e->asid) && !m->by_walker &&
		    lo_that_counts(m, 0) == lo_that_counts(e, 0) &&
		    lo_that_counts(m, 1) == lo_that_counts(e, 1))
			drop(c, i);
	}
}

bool ref_covers(const struct ref_entry *e, uint64_t va)
{
	return low((e->va ^ va) >> (e->ps + 1), PA_BITS - e->ps - 1) == 0;
}

bool ref_matches(const struct ref_cpu *c, const struct ref_entry *e, uint64_t va)
{
	return ref_covers(e, va) && (e->is_global || e->asid == c->asid);
}

/* The table of 4.2.4.7. */
static bool is_named(const struct ref_entry *e, unsigned int op, unsigned int asid, uint64_t va)
{
	switch (op) {
	case 2:
		return e->is_global;
	case 3:
		return !e->is_global;
	case 4:
		return !e->is_global && e->asid == asid;
	case 5:
		return !e->is_global && e->asid == asid && ref_covers(e, va);
	case 6:
		return (e->is_global || e->asid == asid) && ref_covers(e, va);
	default:
		return true;
	}
}

void ref_invtlb(struct ref_cpu *c, unsigned int op, unsigned int asid, uint64_t va)
{
	for (unsigned int i = c->n; i-- > 0;) {
		if (is_named(&c->e[i], op, asid, va))
			drop(c, i);
	}
}

void ref_clear_like(struct ref_cpu *c, const struct ref_entry *at, bool is_asid_only)
{
	const struct ref_entry like = *at;
	const bool is_stlb = like.ps == c->stlb_ps;

	for (unsigned int i = c->n; i-- > 0;) {
		const struct ref_entry *e = &c->e[i];

		if ((e->ps == c->stlb_ps) != is_stlb)
			continue;
		/* 256 sets, by the address of the pair. */
		if (is_stlb && ((e->va ^ like.va) >> (e->ps + 1) & 0xff))
			continue;
		if (is_asid_only && (e->is_global || e->asid != c->asid))
			continue;
		drop(c, i);
	}
}

/* ------------------------------------------------------------------ translation */

/* The pseudo code of 5.4.4. */
int ref_rights(const struct ref_cpu *c, const struct ref_entry *e, uint64_t va,
	       int acc)
{
	uint64_t lo = e->lo[va >> e->ps & 1];
	unsigned int owner = lo >> 2 & 3;
	bool is_valid = lo & (e->by_walker ? PTE_P : LA_TLBELO0_V);
	bool is_writable = lo & (e->by_walker ? PTE_W : LA_TLBELO0_D);

	if (!is_valid)
		return acc == LA_ACC_FETCH ? LA_EXC_PIF :
		       acc == LA_ACC_LOAD ? LA_EXC_PIL : LA_EXC_PIS;
	if (acc == LA_ACC_FETCH && (lo & LA_TLBELO0_NX))
		return LA_EXC_PNX;
	if ((lo & LA_TLBELO0_RPLV) ? c->plv != owner : c->plv > owner)
		return LA_EXC_PPI;
	if (acc == LA_ACC_LOAD && (lo & LA_TLBELO0_NR))
		return LA_EXC_PNR;
	if ((acc == LA_ACC_STORE || acc == REF_ACC_RMW) && !is_writable &&
	    (c->plv == 3 || !(c->misc >> (16 + c->plv) & 1)))
		return LA_EXC_PME;
	if (acc == REF_ACC_RMW && (lo & LA_TLBELO0_NR))
		return LA_EXC_PNR;
	return 0;
}

static bool in_window(const struct ref_cpu *c, uint64_t va, int acc)
{
	unsigned int n = acc == LA_ACC_FETCH ? 2 : 4;

	for (unsigned int i = 0; i < n; i++) {
		if (c->dmw[i] >> 60 == va >> 60 && (c->dmw[i] & BIT64(c->plv)))
			return true;
	}
	return false;
}

static void add_outcome(struct ref_outcome *out, unsigned int *n, unsigned int max,
			struct ref_outcome o)
{
	for (unsigned int i = 0; i < *n; i++) {
		if (out[i].exc == o.exc && (o.exc || out[i].pa == o.pa))
			return;
	}
	torture_check(*n < max, "too many");
	out[(*n)++] = o;
}

unsigned int ref_translate(const struct ref_cpu *c, uint64_t va, int acc,
			   struct ref_outcome *out, unsigned int max)
{
	struct ref_outcome o = { .pa = low(va, PA_BITS) };
	unsigned int n = 0;

	if (!c->is_paged || in_window(c, va, acc)) {
		add_outcome(out, &n, max, o);
		return n;
	}
	if ((uint64_t)((int64_t)(va << 16) >> 16) != va) {
		o.exc = acc == LA_ACC_FETCH ? LA_EXC_ADEF : LA_EXC_ADEM;
		add_outcome(out, &n, max, o);
		return n;
	}
	for (unsigned int i = 0; i < c->n; i++) {
		const struct ref_entry *e = &c->e[i];

		if (!ref_matches(c, e, va))
			continue;
		o.e = e;
		o.exc = ref_rights(c, e, va, acc);
		o.pa = (low(e->lo[va >> e->ps & 1], PA_BITS) & ~(BIT64(e->ps) - 1)) |
		       low(va, e->ps);
		add_outcome(out, &n, max, o);
	}
	return n;
}
