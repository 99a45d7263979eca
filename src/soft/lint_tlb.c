/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/lint_tlb.c - guest-physical translations that the TLB has and their table has not.
 *
 * A pair that agrees with the table in PGDL when it is filled is taken to come from there.
 * At each entry the pairs of the guest's ID are compared with what the table says by then.
 * One that grants more is stale: its fast translations go, so that the next use comes by
 * here.  A use counts when no other CPU can still be on its way to the invalidation:
 * each has executed user code, a guest or nothing since the entry that saw it first.
 */
#include "soft/csr.h"
#include "soft/lint_priv.h"
#include "soft/machine.h"
#include "soft/pc.h"

#define PPN_OF(e) ((e) & LA_PA_MASK & ~UINT64_C(0xfff))
/* A large page against a table of small ones: this many of them are looked at. */
#define MAX_SAMPLES_LOG2 11

enum { MOVED = 1, STORE = 2, LOAD = 4, FETCH = 8 };

/* ------------------------------------------------------------------ the table */

struct entry {
	uint64_t pte;		/* in TLBELO form, with the software's bits */
	unsigned int ps;
};

static uint64_t read_table(const struct la_cpu *cpu, uint64_t pa)
{
	uint8_t *host = la_ram_at(cpu->m, pa & ~UINT64_C(7), 8);

	/* No device is read for this. */
	return host ? atomic_load_explicit((_Atomic uint64_t *)(void *)host, memory_order_relaxed)
		    : 0;
}

/* What lddir and ldpte would find for @gpa from @root. */
static struct entry look_up(const struct la_cpu *cpu, uint64_t root, uint64_t gpa)
{
	uint64_t at_pa = PPN_OF(root), raw;
	unsigned int at, width;

	for (unsigned int level = 4; level > 0; level--) {
		la_walk_field(cpu->root, level, &at, &width);
		if (!width)
			continue;
		raw = read_table(cpu, at_pa | bits64(gpa, at + width - 1, at) << 3);
		if (raw & LA_PTE_HUGE && at > LA_FAST_PAGE_BITS && at < LA_PALEN) {
			uint64_t pte = la_walk_huge(raw) & ~(mask64(at) & ~UINT64_C(0xfff));

			return (struct entry){ pte | (gpa & BIT64(at - 1)), at - 1 };
		}
		at_pa = PPN_OF(raw);
	}
	la_walk_field(cpu->root, 0, &at, &width);
	raw = read_table(cpu, at_pa | (width ? bits64(gpa, at + width - 1, at) << 3 : 0));
	return (struct entry){ raw, at < LA_FAST_PAGE_BITS ? LA_FAST_PAGE_BITS : at };
}

static uint64_t frame_of(uint64_t pte, unsigned int ps, uint64_t gpa)
{
	return PPN_OF((pte & ~mask64(ps)) | (gpa & mask64(ps)));
}

/*
 * What cached @pte of size @ps grants at @gpa that the table does not.  P and W stand for
 * V and D that are only marks (vol. 1, 5.4.5): clearing a mark takes no right away.
 */
static unsigned int excess_at(const struct la_cpu *cpu, uint64_t root, uint64_t gpa, uint64_t pte,
			      unsigned int ps)
{
	struct entry e = look_up(cpu, root, gpa);
	unsigned int excess = 0;

	if (!(pte & LA_PTE_V))
		return 0;
	if (!(e.pte & (LA_PTE_V | LA_PTE_P)) || frame_of(pte, ps, gpa) != frame_of(e.pte, e.ps, gpa))
		excess |= MOVED;
	if ((pte & LA_PTE_D) && !(e.pte & (LA_PTE_D | LA_PTE_W)))
		excess |= STORE;
	if (e.pte & ~pte & LA_PTE_NR)
		excess |= LOAD;
	if (e.pte & ~pte & LA_PTE_NX)
		excess |= FETCH;
	return excess;
}

/* The same for a whole page. */
static unsigned int excess_in(const struct la_cpu *cpu, uint64_t root, uint64_t gpa, uint64_t pte,
			      unsigned int ps)
{
	unsigned int small = look_up(cpu, root, gpa).ps, excess = 0;
	unsigned int step = small < ps ? small : ps;

	if (ps > step + MAX_SAMPLES_LOG2)
		step = ps - MAX_SAMPLES_LOG2;
	for (uint64_t off = 0; off < BIT64(ps); off += BIT64(step))
		excess |= excess_at(cpu, root, gpa + off, pte, ps);
	return excess;
}

static unsigned int needs(enum la_access acc)
{
	switch (acc) {
	case LA_ACC_LOAD:
		return MOVED | LOAD;
	case LA_ACC_FETCH:
		return MOVED | FETCH;
	case LA_ACC_STORE:
	case LA_ACC_UPDATE:
	default:
		return MOVED | STORE;
	}
}

/* ------------------------------------------------------------------ pairs */

static uint64_t gpa_of(const struct la_tlb_pair *p, unsigned int half)
{
	return (p->vppn << 13 & ~mask64(p->ps + 1)) | (uint64_t)half << p->ps;
}

static bool agrees(const struct la_cpu *cpu, uint64_t root, const struct la_tlb_pair *p)
{
	const uint64_t bits = LA_PTE_TLB_BITS & ~(LA_PTE_P | LA_PTE_W);

	for (unsigned int half = 0; half < 2; half++) {
		struct entry e = look_up(cpu, root, gpa_of(p, half));

		if (e.ps != p->ps || ((e.pte ^ p->lo[half]) & bits))
			return false;
	}
	return true;
}

void la_lint_filled(struct la_cpu *cpu, const struct la_space *space, unsigned int index)
{
	struct la_lint *l = cpu->lint;
	const struct la_tlb_pair *p = &space->tlb->pair[index];
	uint64_t root = cpu->root->r[LA_CSR_PGDL];

	if (cpu->is_guest || space->tlb != &cpu->mmu->tlb || !p->gid)
		return;
	l->pair[index] = (struct la_lint_pair){ .root = root,
						.has_table = agrees(cpu, root, p) };
	l->is_pgdl_of_guest = root == l->entry_pgdl;
}

void la_lint_walked(struct la_cpu *cpu, uint64_t gpa, uint64_t pte, unsigned int ps)
{
	const struct la_space space = la_space_second(cpu);
	const struct la_tlb_pair *old = la_tlb_find(&space, gpa);
	unsigned int half, index;
	struct la_tlb_pair new;

	/* A huge page is two halves in the TLB. */
	if (ps > la_base_page_bits(cpu->root)) {
		ps--;
		pte = (pte & ~BIT64(ps)) | (gpa & BIT64(ps));
	}
	half = gpa >> ps & 1;
	new = (struct la_tlb_pair){
		.vppn = bits64(gpa & ~mask64(ps + 1), 47, 13),
		.gid = space.gid,
		.ps = (uint8_t)ps,
		.is_valid = true,
	};
	if (old && old->vppn == new.vppn && old->ps == new.ps)
		new.lo[!half] = old->lo[!half];
	new.lo[half] = pte & LA_PTE_TLB_BITS;
	index = la_tlb_insert(cpu, &space, &new);
	if (index < LA_STLB + LA_MTLB)
		cpu->lint->pair[index] = (struct la_lint_pair){ .root = cpu->root->r[LA_CSR_PGDL],
								.has_table = true };
}

/* ------------------------------------------------------------------ entries */

/* The table that the guest has now, as far as the hypervisor tells before it enters. */
static uint64_t root_now(const struct la_cpu *cpu, const struct la_lint_pair *m)
{
	return cpu->lint->is_pgdl_of_guest ? cpu->lint->entry_pgdl : m->root;
}

static bool scan_pair(struct la_cpu *cpu, unsigned int index)
{
	const struct la_tlb_pair *p = &cpu->mmu->tlb.pair[index];
	struct la_lint_pair *m = &cpu->lint->pair[index];
	unsigned int excess = 0;

	if (!m->has_table)
		return false;
	for (unsigned int half = 0; half < 2; half++) {
		if (p->lo[half] & LA_PTE_V)
			excess |= excess_in(cpu, root_now(cpu, m), gpa_of(p, half), p->lo[half],
					    p->ps);
	}
	if (!excess)
		m->since_ns = 0;
	else if (!m->since_ns)
		m->since_ns = la_now_ns();
	return excess;
}

/* Will the page fault of last time come again although its table allows the access? */
static bool is_fault_stale(struct la_cpu *cpu, const struct la_lint_fault *f)
{
	const struct la_space space = la_space_second(cpu);
	const struct la_tlb_pair *p = la_tlb_find(&space, f->gpa);
	uint64_t want = LA_PTE_V | (needs(f->acc) & STORE ? LA_PTE_D : 0);
	const struct la_lint_pair *m;

	if (!p || (cpu->root->r[LA_CSR_PWCH] & LA_PWCH_HPTW_EN))
		return false;
	m = &cpu->lint->pair[p - space.tlb->pair];
	return m->has_table && (p->lo[f->gpa >> p->ps & 1] & want) != want &&
	       (look_up(cpu, root_now(cpu, m), f->gpa).pte & want) == want;
}

void la_lint_tlb_entry(struct la_cpu *cpu)
{
	const struct la_space space = la_space_second(cpu);
	struct la_lint_fault *f = &cpu->lint->fault;

	f->is_stale = f->is_known && is_fault_stale(cpu, f);
	for (unsigned int i = 0; i < LA_STLB + LA_MTLB; i++) {
		const struct la_tlb_pair *p = &space.tlb->pair[i];

		/* The next use is to be seen. */
		if (p->is_valid && p->gid == space.gid && p->gid && scan_pair(cpu, i))
			la_pair_forget(cpu, &space, p);
	}
}

/* ------------------------------------------------------------------ uses */

/* Whatever another CPU was doing in its kernel at @since_ns is done. */
static bool others_are_past(const struct la_cpu *cpu, uint64_t since_ns)
{
	for (unsigned int i = 0; i < cpu->m->ncpus; i++) {
		struct la_cpu *other = cpu->m->cpus[i];

		if (other != cpu && atomic_load(&other->seen_epoch) != UINT64_MAX &&
		    !atomic_load(&other->is_waiting) &&
		    atomic_load(&other->lint->quiet_ns) <= since_ns)
			return false;
	}
	return true;
}

void la_lint_second(struct la_cpu *cpu, uint64_t gpa, enum la_access acc)
{
	const struct la_space space = la_space_second(cpu);
	const struct la_tlb_pair *p = la_tlb_find(&space, gpa);
	const struct la_lint_pair *m;
	unsigned int excess;
	uint64_t pte;

	if (!p)
		return;
	m = &cpu->lint->pair[p - space.tlb->pair];
	if (!m->has_table || !m->since_ns || !others_are_past(cpu, m->since_ns))
		return;
	pte = p->lo[gpa >> p->ps & 1];
	excess = excess_at(cpu, root_now(cpu, m), gpa, pte, p->ps) & needs(acc);
	if (excess)
		la_lint_report(cpu, LA_LINT_STALE_ENTRY, cpu->lint->entry_pc,
			       "guest %u uses %#llx: cached %#llx, table %#llx", space.gid,
			       (unsigned long long)gpa, (unsigned long long)pte,
			       (unsigned long long)look_up(cpu, root_now(cpu, m), gpa).pte);
}

void la_lint_second_fault(struct la_cpu *cpu, const struct la_uop *u, uint64_t gpa,
			  enum la_access acc)
{
	struct la_lint_fault *f = &cpu->lint->fault;
	uint64_t pc = la_addr(cpu, u ? la_pc_of(cpu, u) : cpu->pc);

	if (f->is_known && f->is_stale && f->gpa == gpa && f->pc == pc && f->acc == acc)
		la_lint_report(cpu, LA_LINT_STALE_FAULT, cpu->lint->entry_pc,
			       "guest %u faults at %#llx again: its table allows that now",
			       la_space_second(cpu).gid, (unsigned long long)gpa);
	*f = (struct la_lint_fault){ .gpa = gpa, .pc = pc, .acc = acc, .is_known = true };
}
