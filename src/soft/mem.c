/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/mem.c - the slow path of guest memory accesses: misses of the fast tables, page
 * crossings, devices, stores to pages with code.  See mmu.h.
 */
#include "soft/access.h"
#include "soft/csr.h"
#include "soft/lint_priv.h"
#include "soft/machine.h"
#include "soft/mmu.h"
#include "soft/observe_priv.h"
#include "soft/pc.h"
#include "soft/stage2.h"
#include "soft/watch.h"

static void fill_r(struct la_cpu *cpu, uint64_t va, const uint8_t *host)
{
	struct la_tlb_entry *e = &cpu->tlb->r[va >> LA_FAST_PAGE_BITS & (LA_TLB_R - 1)];

	/* A CPU that must trap misaligned accesses checks each of them here. */
	if (la_must_align(cpu) || la_watch_covers_mem(cpu, va) || la_lint_sees_all(cpu))
		return;
	e->tag = va & ~(LA_FAST_PAGE_BYTES - 1);
	e->add = (uint64_t)(uintptr_t)host - va;
	if (unlikely(cpu->is_guest))
		la_stage2_note_r(cpu, (unsigned int)(e - cpu->tlb->r));
}

static void fill_w(struct la_cpu *cpu, uint64_t va, uint64_t gpa, const uint8_t *host)
{
	struct la_tlb_entry *e = &cpu->tlb->w[va >> LA_FAST_PAGE_BITS & (LA_TLB_W - 1)];

	/* Atomics read what they find here. */
	if (cpu->mmu->is_unreadable)
		return;
	if (la_must_align(cpu) || la_watch_covers_mem(cpu, va) || la_lint_sees_all(cpu) ||
	    !la_code_may_write_fast(cpu->m, gpa))
		return;
	e->tag = va & ~(LA_FAST_PAGE_BYTES - 1);
	e->add = (uint64_t)(uintptr_t)host - va;
	if (unlikely(cpu->is_guest))
		la_stage2_note_w(cpu, (unsigned int)(e - cpu->tlb->w));
}

static bool crosses_page(uint64_t va, unsigned int size)
{
	return (va & (LA_FAST_PAGE_BYTES - 1)) > LA_FAST_PAGE_BYTES - size;
}

/* The fault, if any, reports the first byte that cannot be had. */
static void check_pages(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
			unsigned int size, enum la_access acc)
{
	(void)la_mmu_translate(cpu, u, va, acc);
	if (crosses_page(va, size))
		(void)la_mmu_translate(cpu, u, la_addr(cpu, va + size - 1) &
					       ~(LA_FAST_PAGE_BYTES - 1), acc);
}

static void check_aligned(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
			  unsigned int size)
{
	if (unlikely(va & (size - 1)) && la_must_align(cpu))
		la_raise_badv(cpu, u, LA_EXC_ALE, va);
}

static void check_watch(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
			unsigned int size, enum la_access acc)
{
	if (likely(!cpu->watch_mem))
		return;
	check_pages(cpu, u, va, size, acc);
	la_watch_judge_mem(cpu, u, va, size, acc);
}

/* ------------------------------------------------------------------ loads */

static uint64_t load_crossing(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
			      unsigned int size)
{
	uint64_t v = 0;

	check_pages(cpu, u, va, size, LA_ACC_LOAD);
	for (unsigned int i = 0; i < size; i++)
		v |= la_mem_load_plain(cpu, u, la_addr(cpu, va + i), 1) << (8 * i);
	return v;
}

uint64_t la_mem_load_plain(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
			   unsigned int size)
{
	uint64_t gpa;
	uint8_t *host;

	if (unlikely(crosses_page(va, size)))
		return load_crossing(cpu, u, va, size);
	gpa = la_mmu_translate(cpu, u, va, LA_ACC_LOAD);
	host = la_ram_at(cpu->m, gpa, size);
	if (host) {
		fill_r(cpu, va, host);
		return la_host_load(host, size);
	}
	cpu->pc = la_pc_of(cpu, u);
	return cpu->m->bus.load(cpu->m->bus.ctx, cpu->index, gpa, size) & mask64(8 * size);
}

uint64_t la_mem_load_elem(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
			  unsigned int size)
{
	check_watch(cpu, u, va, size, LA_ACC_LOAD);
	return la_mem_load_plain(cpu, u, va, size);
}

uint64_t la_mem_load(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
		     unsigned int size)
{
	check_aligned(cpu, u, va, size);
	return la_mem_load_elem(cpu, u, va, size);
}

/* Where the 16 bytes at @va are when they can be had in one piece: aligned, in RAM. */
static uint8_t *quad_at(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
			enum la_access acc, uint64_t *gpa)
{
	if (va & 15)
		return NULL;
	*gpa = la_mmu_translate(cpu, u, va, acc);
	return la_ram_at(cpu->m, *gpa, 16);
}

void la_mem_load_vec(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
		     unsigned int size, uint64_t *out)
{
	check_watch(cpu, u, va, size, LA_ACC_LOAD);
	for (unsigned int i = 0; i < size / 8; i += 2) {
		const uint64_t at = la_addr(cpu, va + 8 * i);
		uint64_t gpa;
		const uint8_t *host = quad_at(cpu, u, at, LA_ACC_LOAD, &gpa);

		if (host) {
			fill_r(cpu, at, host);
			la_host_ld128(out + i, host);
			continue;
		}
		out[i] = la_mem_load_plain(cpu, u, at, 8);
		out[i + 1] = la_mem_load_plain(cpu, u, la_addr(cpu, at + 8), 8);
	}
}

/* ------------------------------------------------------------------ stores */

static void store_crossing(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
			   unsigned int size, uint64_t val)
{
	/* Both pages must take a store before either is changed. */
	check_pages(cpu, u, va, size, LA_ACC_STORE);
	for (unsigned int i = 0; i < size; i++)
		la_mem_store_plain(cpu, u, la_addr(cpu, va + i), 1, val >> (8 * i));
}

void la_mem_store_plain(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
			unsigned int size, uint64_t val)
{
	uint64_t gpa;
	uint8_t *host;

	if (unlikely(crosses_page(va, size))) {
		store_crossing(cpu, u, va, size, val);
		return;
	}
	gpa = la_mmu_translate(cpu, u, va, LA_ACC_STORE);
	host = la_ram_at(cpu->m, gpa, size);
	if (!host) {
		cpu->pc = la_pc_of(cpu, u);
		cpu->m->bus.store(cpu->m->bus.ctx, cpu->index, gpa, size,
				  val & mask64(8 * size));
		return;
	}
	fill_w(cpu, va, gpa, host);
	la_host_store(host, size, val);
	la_code_written(cpu->m, gpa, size);
}

void la_mem_store_elem(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
		       unsigned int size, uint64_t val)
{
	check_watch(cpu, u, va, size, LA_ACC_STORE);
	la_mem_store_plain(cpu, u, va, size, val);
}

void la_mem_store(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
		  unsigned int size, uint64_t val)
{
	check_aligned(cpu, u, va, size);
	la_mem_store_elem(cpu, u, va, size, val);
}

void la_mem_store_vec(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
		      unsigned int size, const uint64_t *in)
{
	check_watch(cpu, u, va, size, LA_ACC_STORE);
	if (crosses_page(va, size))
		check_pages(cpu, u, va, size, LA_ACC_STORE);
	for (unsigned int i = 0; i < size / 8; i += 2) {
		const uint64_t at = la_addr(cpu, va + 8 * i);
		uint64_t gpa;
		uint8_t *host = quad_at(cpu, u, at, LA_ACC_STORE, &gpa);

		if (host) {
			fill_w(cpu, at, gpa, host);
			la_host_st128(host, in + i);
			la_code_written(cpu->m, gpa, 16);
			continue;
		}
		la_mem_store_plain(cpu, u, at, 8, in[i]);
		la_mem_store_plain(cpu, u, la_addr(cpu, at + 8), 8, in[i + 1]);
	}
}

/* ------------------------------------------------------------------ atomics */

void *la_mem_atomic(struct la_cpu *cpu, const struct la_uop *u, uint64_t va,
		    unsigned int size, enum la_access acc)
{
	const struct la_tlb_entry *e;
	uint64_t gpa;
	uint8_t *host;

	if (va & (size - 1))
		la_raise_badv(cpu, u, LA_EXC_ALE, va);
	e = acc == LA_ACC_LOAD ? &cpu->tlb->r[va >> LA_FAST_PAGE_BITS & (LA_TLB_R - 1)]
			       : &cpu->tlb->w[va >> LA_FAST_PAGE_BITS & (LA_TLB_W - 1)];
	if (likely((va ^ e->tag) < LA_FAST_PAGE_BYTES))
		return (void *)(uintptr_t)(va + e->add);
	check_watch(cpu, u, va, size, acc);
	gpa = la_mmu_translate(cpu, u, va, acc);
	host = la_ram_at(cpu->m, gpa, size);
	if (!host)
		return NULL;
	if (acc == LA_ACC_LOAD)
		fill_r(cpu, va, host);
	else
		fill_w(cpu, va, gpa, host);
	return host;
}

void la_mem_atomic_done(struct la_cpu *cpu, const void *host, unsigned int size)
{
	la_code_written(cpu->m, (uint64_t)((const uint8_t *)host - cpu->m->ram_base), size);
}

/* ------------------------------------------------------------------ fetches */

uint32_t la_mem_fetch(struct la_cpu *cpu)
{
	uint64_t gpa;
	const uint8_t *host;

	cpu->pc = la_addr(cpu, cpu->pc);
	la_watch_judge_fetch(cpu);
	if (cpu->pc & 3)
		la_raise_badv(cpu, NULL, LA_EXC_ADEF, cpu->pc);
	gpa = la_mmu_translate(cpu, NULL, cpu->pc, LA_ACC_FETCH);
	host = la_ram_at(cpu->m, gpa, 4);
	if (host)
		return la_host_ld32(host);
	return (uint32_t)cpu->m->bus.load(cpu->m->bus.ctx, cpu->index, gpa, 4);
}

const struct la_uop *la_mem_lookup_code(struct la_cpu *cpu)
{
	uint64_t pc = cpu->pc;
	struct la_tlb_entry *e = &cpu->tlb->x[pc >> LA_FAST_PAGE_BITS & (LA_TLB_X - 1)];
	struct la_uop *uops;
	uint64_t gpa;

	if (likely(e->tag == (pc & ~(LA_FAST_PAGE_BYTES - 4)))) {
		cpu->pc_bias = e->add;
		return (const struct la_uop *)(uintptr_t)((pc - e->add) << 1);
	}
	/* Code that ran into 4 GiB goes on at 0. */
	pc = cpu->pc = la_addr(cpu, pc);
	if (la_watch_covers_fetch(cpu, pc) || la_lint_sees_all(cpu))
		return NULL;
	if (pc & 3)
		la_raise_badv(cpu, NULL, LA_EXC_ADEF, pc);
	if (la_observes_code(cpu, pc & ~(LA_FAST_PAGE_BYTES - 1), pc | (LA_FAST_PAGE_BYTES - 1)))
		return NULL;
	gpa = la_mmu_translate(cpu, NULL, pc, LA_ACC_FETCH);
	if (!la_ram_at(cpu->m, gpa, 4))
		return NULL;
	uops = la_code_get(cpu, gpa & ~(LA_FAST_PAGE_BYTES - 1));
	if (!uops)
		return NULL;
	e = &cpu->tlb->x[pc >> LA_FAST_PAGE_BITS & (LA_TLB_X - 1)];
	e->tag = pc & ~(LA_FAST_PAGE_BYTES - 1);
	e->add = la_pc_bias(uops, e->tag);
	if (unlikely(cpu->is_guest))
		la_stage2_note_x(cpu, (unsigned int)(e - cpu->tlb->x));
	cpu->pc_bias = e->add;
	return uops + (pc & (LA_FAST_PAGE_BYTES - 1)) / 4;
}
