/* SPDX-License-Identifier: Apache-2.0 */
/*
 * torture_lvz.c - hypervisors that make no sense: random values in all CSRs of both banks,
 * every TLB instruction with random operands, page tables in RAM, outside of it and into
 * themselves, guests that execute random words, interrupts and timers at random, 32-bit
 * mode, watchpoints, counters, --lvz-stress.
 *
 * Only the guest machine may suffer: RAM lies between guard pages, la_run() comes back, and
 * after each step the CPU is consistent in itself, read-only fields are as they were, and
 * what one mode does is not seen in the other but for what an entry or exit may change.
 */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "../unit/soft_mmu_fixture.h"
#include "soft/machine.h"
#include "soft/tlb.h"
#include "torture.h"
#include "util/log.h"

#define NROUNDS 24u
#define NSTEPS 600u
/* Pages of code, tables and data from here on, in the first 4 MiB so that some are hit. */
#define AREA UINT64_C(0x100000)
#define AREA_PAGES 64u
#define REFILL FX_TLBRENTRY
#define ROOT_VECTOR UINT64_C(0x40000)
/* Where bits 17 and 16 say V and D to refill_patchy(). */
#define GUEST_REFILL UINT64_C(0x34000)
#define GUEST_VECTOR UINT64_C(0x70000)
#define GID 5u
#define NPOOL 65536u

enum counter {
	LVZ_ENTRIES, LVZ_REFILLS, LVZ_ROOT_STEPS, LVZ_GUEST_STEPS, LVZ_GUEST_EXC, LVZ_RUNS,
	LVZ_GUEST_STOPS, LVZ_WALKERS, LVZ_VA32, LVZ_OUTSIDE, LVZ_STRESSED, LVZ_CODES,
	LVZ_NCOUNTERS = LVZ_CODES + 0x19
};

static const char *const counters[LVZ_NCOUNTERS] = {
	"entries", "second-stage refills", "instructions of the root", "of guests",
	"exceptions inside guests", "runs at full speed", "... that ended in a guest",
	"walkers on", "guests in 32-bit mode", "accesses to the bus", "stressed machines",
	[LVZ_CODES + 0x00] = "exits: interrupt", [LVZ_CODES + 0x01] = "PIL",
	[LVZ_CODES + 0x02] = "PIS", [LVZ_CODES + 0x03] = "PIF", [LVZ_CODES + 0x04] = "PME",
	[LVZ_CODES + 0x0f] = "FPD", [LVZ_CODES + 0x10] = "SXD", [LVZ_CODES + 0x11] = "ASXD",
	[LVZ_CODES + 0x16] = "GSPR", [LVZ_CODES + 0x17] = "HVC", [LVZ_CODES + 0x18] = "GCM",
};

/* Words that are instructions, most rows alike often; made once, before tests fork. */
static uint32_t pool[NPOOL];

struct world {
	struct fx fx;
	struct rng rng;
	uint64_t seed;
};

static unsigned int below(struct world *w, unsigned int n)
{
	return rng_below(&w->rng, n);
}

static bool one_in(struct world *w, unsigned int n)
{
	return rng_one_in(&w->rng, n);
}

/* ------------------------------------------------------------------ random things */

static void make_pool(void)
{
	static uint32_t of_op[LA_NPLAIN_OPS][8];
	static unsigned int n[LA_NPLAIN_OPS];
	struct rng rng;
	unsigned int nops = 0, some[LA_NPLAIN_OPS];

	rng_seed(&rng, 1);
	/* All major opcodes with random operands, twice. */
	for (uint32_t i = 0; i < 1u << 22; i++) {
		struct la_uop u;
		uint32_t word = (i & 0x3fffff) << 10 | (uint32_t)(rng_u64(&rng) >> 40 & 0x3ff);
		unsigned int op = la_decode(word, &u);

		if (op != LA_OP_ine)
			of_op[op][n[op]++ % 8] = word;
	}
	for (unsigned int op = 0; op < LA_NPLAIN_OPS; op++) {
		if (n[op])
			some[nops++] = op;
	}
	for (unsigned int i = 0; i < NPOOL; i++) {
		unsigned int op = some[rng_below(&rng, nops)];

		pool[i] = of_op[op][rng_below(&rng, n[op] < 8 ? n[op] : 8)];
	}
}

static uint64_t page(struct world *w)
{
	return AREA + 0x1000 * (uint64_t)below(w, AREA_PAGES);
}

/* Addresses, table entries and other values that lead somewhere, or nowhere. */
static uint64_t value(struct world *w)
{
	static const uint64_t nowhere[] = {
		FX_RAM_BYTES - 8, FX_RAM_BYTES, FX_ROM, FX_MMIO, UINT64_C(0xfffffffffff8),
		UINT64_MAX, UINT64_C(1) << 47, UINT64_C(1) << 63, 0, 0x80000000u,
	};
	uint64_t v;

	switch (below(w, 12)) {
	case 0:
		return nowhere[below(w, ARRAY_SIZE(nowhere))];
	case 1:
		return rng_u64(&w->rng);
	case 2:
		return rng_u64(&w->rng) >> below(w, 64);
	case 3:
		return UINT64_C(1) << below(w, 64);
	case 4:
		return below(w, 256);
	case 5:
		return FX_KSEG | page(w);
	case 6:
		return FX_USEG | page(w);
	case 7:
		return rng_u64(&w->rng) & UINT64_C(0xff00ff);	/* GID and ASID, or bits */
	case 8:
		/* An entry: rights, huge, somewhere. */
		v = page(w) | (rng_u64(&w->rng) & 0x1ff) | 0x183;
		return one_in(w, 4) ? v | (rng_u64(&w->rng) & UINT64_C(7) << 61) : v;
	default:
		return page(w) + 8 * below(w, 512);
	}
}

static unsigned int csr_num(struct world *w)
{
	static const uint16_t of_lvz[] = {
		LA_CSR_GSTAT, LA_CSR_GCFG, LA_CSR_GINTC, LA_CSR_GCNTC, LA_CSR_GTLBC, LA_CSR_TRGP,
	};

	if (one_in(w, 3))
		return of_lvz[below(w, ARRAY_SIZE(of_lvz))];
	if (one_in(w, 20))
		return below(w, 0x4000);
	return la_csr_info[below(w, la_ncsrs)].num;
}

/* What a hypervisor has beyond other programs; d, j, k: registers. */
static uint32_t root_word(struct world *w)
{
	static const uint32_t gtlb[] = {
		0x06482001, 0x06482401, 0x06482801, 0x06482c01, 0x06483001, 0x06483401,
		0x06482000, 0x06482400, 0x06482800, 0x06482c00, 0x06483000, 0x06483400,
	};
	uint32_t d = below(w, 32), j = below(w, 32), k = below(w, 32), csr = csr_num(w) << 10;

	switch (below(w, 9)) {
	case 0:
	case 1:
		return 0x05000000u | csr | below(w, 32) << 5 | d;	/* gcsr* */
	case 2:
	case 3:
		return 0x04000000u | csr | below(w, 32) << 5 | d;	/* csr* */
	case 4:
		return gtlb[below(w, ARRAY_SIZE(gtlb))];
	case 5:
		return 0x06498000u | k << 10 | j << 5 | below(w, 32);	/* invtlb */
	case 6:
		return 0x06400000u | below(w, 8) << 10 | j << 5 | d;	/* lddir */
	case 7:
		return 0x06440000u | below(w, 256) << 10 | j << 5;	/* ldpte */
	default:
		return one_in(w, 2) ? la_enc_ertn() : la_enc_hvcl(below(w, 0x8000));
	}
}

static uint32_t any_word(struct world *w)
{
	switch (below(w, 6)) {
	case 0:
		return root_word(w);
	case 1:
		return (uint32_t)rng_u64(&w->rng);
	default:
		return pool[below(w, NPOOL)];
	}
}

/* ------------------------------------------------------------------ the world */

/* Goes on behind what exited or failed, after a few words of anything. */
static void write_handler(struct world *w, uint64_t at)
{
	fx_at(&w->fx, at);
	for (unsigned int i = one_in(w, 3) ? below(w, 6) : 0; i; i--)
		fx_emit(&w->fx, one_in(w, 2) ? root_word(w) : any_word(w));
	fx_emit(&w->fx, la_enc_csrrd(T0, LA_CSR_ERA));
	fx_emit(&w->fx, la_enc_addi_d(T0, T0, 4));
	fx_emit(&w->fx, la_enc_csrwr(T0, LA_CSR_ERA));
	fx_emit(&w->fx, la_enc_ertn());
}

/* As mmu_identity_refills(), but bits 17 and 16 of the address are the page's D and V. */
static void refill_patchy(struct world *w)
{
	const uint32_t code[] = {
		la_enc_csrwr(T8, LA_CSR_TLBRSAVE), la_enc_csrwr(T7, LA_CSR_SAVE7),
		la_enc_csrrd(T8, LA_CSR_TLBRBADV), la_enc_srli_d(T7, T8, 16),
		la_enc_andi(T7, T7, 3), la_enc_srli_d(T8, T8, 15), la_enc_slli_d(T8, T8, 15),
		la_enc_or(T8, T8, T7), la_enc_or(T7, T8, 0), la_enc_csrwr(T7, LA_CSR_TLBRELO0),
		la_enc_lu12i_w(T7, 4), la_enc_add_d(T8, T8, T7), la_enc_csrwr(T8, LA_CSR_TLBRELO1),
		la_enc_ori(T8, 0, 14), la_enc_ori(T7, 0, 0x3f),
		la_enc_csrxchg(T8, T7, LA_CSR_TLBREHI), la_enc_tlbfill(),
		la_enc_csrrd(T7, LA_CSR_SAVE7), la_enc_csrrd(T8, LA_CSR_TLBRSAVE), la_enc_ertn(),
	};

	fx_at(&w->fx, REFILL);
	for (unsigned int i = 0; i < ARRAY_SIZE(code); i++)
		fx_emit(&w->fx, code[i]);
}

static void write_area(struct world *w)
{
	for (unsigned int p = 0; p < AREA_PAGES; p++) {
		bool is_code = one_in(w, 2);

		/* Code, tables, or what was there. */
		if (one_in(w, 3))
			continue;
		fx_at(&w->fx, AREA + 0x1000 * p);
		for (unsigned int i = 0; i < 512; i++) {
			uint64_t v = value(w);

			if (is_code)
				v = any_word(w) | (uint64_t)any_word(w) << 32;
			fx_write(&w->fx, AREA + 0x1000 * p + 8 * i, &v, 8);
		}
	}
	mmu_identity_refills(&w->fx, GUEST_REFILL);
	if (one_in(w, 2))
		mmu_identity_refills(&w->fx, REFILL);
	else
		refill_patchy(w);
	write_handler(w, ROOT_VECTOR);
	write_handler(w, GUEST_VECTOR);
}

static void set_root(struct la_cpu *cpu, unsigned int num, uint64_t v)
{
	la_set_csr(cpu, num, v);
}

static void set_guest(struct la_cpu *cpu, unsigned int num, uint64_t v)
{
	la_gcsr_write(cpu, num, v, UINT64_MAX);
}

/* A hypervisor and a guest as they should be, ready for ertn. */
static void make_sane(struct world *w, struct la_cpu *cpu)
{
	bool has_walker = one_in(w, 4);

	la_cpu_reset(cpu, page(w));
	fx_prepare(cpu);
	set_root(cpu, LA_CSR_EENTRY, ROOT_VECTOR);
	set_root(cpu, LA_CSR_TLBRENTRY, REFILL);
	set_root(cpu, LA_CSR_STLBPS, 14);
	set_root(cpu, LA_CSR_PWCL, 14 | 11 << 5 | 25 << 10 | 11 << 15);
	set_root(cpu, LA_CSR_PWCH, 36 | 11 << 6 | (has_walker ? LA_PWCH_HPTW_EN : 0));
	set_root(cpu, LA_CSR_PGDL, page(w));
	set_root(cpu, LA_CSR_GSTAT, LA_GSTAT_PVM | GID << LA_GSTAT_GID_SHIFT);
	set_root(cpu, LA_CSR_GTLBC, LA_GTLBC_USETGID | GID << LA_GTLBC_TGID_SHIFT);
	set_root(cpu, LA_CSR_PRMD, LA_PRMD_PIE);
	set_root(cpu, LA_CSR_ECFG, one_in(w, 2) ? LA_ECFG_LIE : 0);
	/* The last quarter of the area has V and D. */
	set_root(cpu, LA_CSR_ERA, page(w) | 0x30000);
	set_root(cpu, LA_CSR_EUEN, below(w, 8));
	set_guest(cpu, LA_CSR_EENTRY, GUEST_VECTOR);
	set_guest(cpu, LA_CSR_TLBRENTRY, GUEST_REFILL);
	set_guest(cpu, LA_CSR_DMW0, FX_KSEG | 1);
	set_guest(cpu, LA_CSR_DMW1, FX_USEG | 0xf);
	set_guest(cpu, LA_CSR_EUEN, below(w, 8));
	set_guest(cpu, LA_CSR_CRMD, (one_in(w, 2) ? LA_CRMD_DA : LA_CRMD_PG) |
				    (one_in(w, 2) ? LA_CRMD_IE : 0) | (one_in(w, 3) ? 3 : 0));
	if (one_in(w, 4)) {
		set_guest(cpu, LA_CSR_MISC, LA_MISC_VA32L3 | LA_MISC_VA32L1 | LA_MISC_VA32L2);
		tally(LVZ_VA32);
	}
	if (has_walker)
		tally(LVZ_WALKERS);
}

/* Some things else. */
static void make_worse(struct world *w, struct la_cpu *cpu)
{
	for (unsigned int n = below(w, 12); n; n--) {
		if (one_in(w, 2))
			set_root(cpu, csr_num(w), value(w));
		else
			la_gcsr_write(cpu, csr_num(w), value(w), one_in(w, 2) ? UINT64_MAX
									     : value(w));
	}
	/* Counters, watchpoints on the code. */
	if (one_in(w, 4)) {
		set_root(cpu, LA_CSR_PMCFG0 + 2 * below(w, 4), below(w, 4) | below(w, 32) << 16);
		set_root(cpu, LA_CSR_FWP0CFG1, page(w));
		set_root(cpu, LA_CSR_FWP0CFG2, mask64(below(w, 20)));
		set_root(cpu, LA_CSR_FWP0CFG3, 0x1e);
	}
	for (unsigned int i = 1; i < 32; i++)
		la_set_gpr(cpu, i, value(w));
}

static void disturb(struct world *w, struct la_cpu *cpu)
{
	switch (below(w, 5)) {
	case 0:
		la_cpu_set_irq(cpu, 2 + below(w, 8), one_in(w, 2));
		break;
	case 1:
		la_cpu_set_irq(cpu, LA_IRQ_IPI, one_in(w, 3));
		break;
	case 2:
		for (unsigned int line = 2; line < 10; line++)
			la_cpu_set_irq(cpu, line, false);
		break;
	default:
		la_cpu_timer_expired(cpu);
		break;
	}
}

/* ------------------------------------------------------------------ what must hold */

/* Bits of each CSR that any field has, in the root's bank and in the guest's. */
struct fields {
	uint64_t any[2][LA_CSR_BANK];
	uint64_t fixed[2][LA_CSR_BANK];	/* nothing changes them */
	uint64_t value[2][LA_CSR_BANK];
};

static void note_fields(struct fields *f, struct la_cpu *cpu)
{
	static const uint16_t varying[] = {
		/* Read-only for software, set by hardware. */
		LA_CSR_TRGP, LA_CSR_MWPS, LA_CSR_FWPS, LA_CSR_TLBRPRMD, LA_CSR_TLBEHI,
		LA_CSR_TLBREHI, LA_CSR_PGD, LA_CSR_LLBCTL, LA_CSR_ESTAT,
	};

	memset(f, 0, sizeof(*f));
	for (unsigned int i = 0; i < la_ncsr_fields; i++) {
		const struct la_csr_field *c = &la_csr_fields[i];
		uint64_t bits = mask64(c->hi - c->lo + 1u) << c->lo;

		if (c->num >= LA_CSR_BANK)
			continue;
		f->any[0][c->num] |= bits;
		f->any[1][c->num] |= bits;
	}
	for (unsigned int i = 0; i < la_ncsrs; i++) {
		const struct la_csr_info *info = &la_csr_info[i];
		unsigned int n = info->num;

		if (n >= LA_CSR_BANK)
			continue;
		f->fixed[0][n] = f->any[0][n] & ~info->writable & ~info->gcsr_writable;
		f->fixed[1][n] = f->fixed[0][n];
		if (info->guest != LA_CSR_GUEST_OWN)
			f->any[1][n] = f->fixed[1][n] = 0;
		f->value[0][n] = cpu->root->r[n];
		f->value[1][n] = cpu->guest->r[n];
	}
	/* Bits of table entries that ldpte leaves for the walker (soft/tlb.h), and tlbrd finds. */
	for (unsigned int b = 0; b < 2; b++) {
		f->any[b][LA_CSR_TLBRELO0] |= LA_PTE_TLB_BITS;
		f->any[b][LA_CSR_TLBRELO1] |= LA_PTE_TLB_BITS;
		f->any[b][LA_CSR_TLBELO0] |= LA_PTE_TLB_BITS;
		f->any[b][LA_CSR_TLBELO1] |= LA_PTE_TLB_BITS;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(varying); i++)
		f->fixed[0][varying[i]] = f->fixed[1][varying[i]] = 0;
}

static void check_fields(struct world *w, const struct fields *f, struct la_cpu *cpu)
{
	struct la_csr_bank *banks[] = { cpu->root, cpu->guest };

	for (unsigned int b = 0; b < 2; b++) {
		for (unsigned int n = 0; n < LA_CSR_BANK; n++) {
			uint64_t v = banks[b]->r[n];

			torture_check(!(v & ~f->any[b][n]), "seed %" PRIu64 ": CSR %#x of bank %u has %#"
				      PRIx64 ", which no field has", w->seed, n, b, v);
			torture_check(!((v ^ f->value[b][n]) & f->fixed[b][n]), "seed %" PRIu64
				      ": CSR %#x of bank %u changed from %#" PRIx64 " to %#" PRIx64,
				      w->seed, n, b, f->value[b][n], v);
		}
		torture_check(f->any[b][LA_CSR_PRCFG2] &&
			      banks[b]->r[LA_CSR_PRCFG2] >> (banks[b]->r[LA_CSR_STLBPS] & 0x3f) & 1,
			      "seed %" PRIu64 ": STLBPS of bank %u is %#" PRIx64, w->seed, b,
			      banks[b]->r[LA_CSR_STLBPS]);
	}
}

static void check_arrays(struct world *w, struct la_cpu *cpu)
{
	const struct la_tlb_array *arrays[] = { &cpu->mmu->tlb, cpu->mmu->gtlb };

	for (unsigned int a = 0; a < 2; a++) {
		unsigned int n = 0;

		for (unsigned int i = 0; i < LA_STLB + LA_MTLB; i++) {
			const struct la_tlb_pair *p = &arrays[a]->pair[i];

			n += p->is_valid;
			torture_check(!p->is_valid || cpu->root->r[LA_CSR_PRCFG2] >> p->ps & 1,
				      "seed %" PRIu64 ": a pair of 2^%u", w->seed, p->ps);
		}
		torture_check(n == arrays[a]->npairs, "seed %" PRIu64 ": %u pairs, %u are told",
			      w->seed, n, arrays[a]->npairs);
	}
}

static void check_mirrors(struct world *w, struct la_cpu *cpu)
{
	const uint64_t *r = cpu->csr->r;

	torture_check(cpu->csr == (cpu->is_guest ? cpu->guest : cpu->root),
		      "seed %" PRIu64 ": the bank of the other mode", w->seed);
	torture_check(cpu->plv == (r[LA_CSR_CRMD] & LA_CRMD_PLV) &&
		      cpu->euen == (uint32_t)(r[LA_CSR_EUEN] & cpu->root->r[LA_CSR_EUEN]),
		      "seed %" PRIu64 ": level %u, units %#x; CRMD %#" PRIx64 ", EUEN %#" PRIx64
		      ", of the root %#" PRIx64, w->seed, cpu->plv, cpu->euen, r[LA_CSR_CRMD],
		      r[LA_CSR_EUEN], cpu->root->r[LA_CSR_EUEN]);
	torture_check(cpu->gpr[0] == 0, "seed %" PRIu64 ": r0 is %#" PRIx64, w->seed, cpu->gpr[0]);
	torture_check(!cpu->is_guest || !cpu->is_idle, "seed %" PRIu64 ": an idle guest", w->seed);
	torture_check(!(cpu->root->r[LA_CSR_GSTAT] & LA_GSTAT_VM), "seed %" PRIu64 ": VM", w->seed);
}

/* What a step may change in the bank of the mode it is not in; in the root's at an exit. */
static bool may_change(unsigned int num, bool is_exit)
{
	switch (num) {
	case LA_CSR_ESTAT:		/* TI; looked at below */
		return true;
	case LA_CSR_CRMD:
	case LA_CSR_PRMD:
	case LA_CSR_ERA:
	case LA_CSR_BADV:
	case LA_CSR_BADI:
	case LA_CSR_TLBEHI:
	case LA_CSR_TLBRBADV:
	case LA_CSR_TLBREHI:
	case LA_CSR_TLBRERA:
	case LA_CSR_TLBRPRMD:
	case LA_CSR_GSTAT:
		return is_exit;
	default:
		/* Counters count for both. */
		return num >= LA_CSR_PMCFG0 && num <= LA_CSR_PMCNT3;
	}
}

static void check_other(struct world *w, const char *whose, const uint64_t *old,
			const uint64_t *new, bool is_exit)
{
	uint64_t is = old[LA_CSR_ESTAT] ^ new[LA_CSR_ESTAT];

	for (unsigned int n = 0; n < LA_CSR_BANK; n++) {
		torture_check(old[n] == new[n] || may_change(n, is_exit), "seed %" PRIu64 ": CSR %#x"
			      " of %s changed from %#" PRIx64 " to %#" PRIx64, w->seed, n, whose,
			      old[n], new[n]);
	}
	if (is_exit)
		is &= ~(uint64_t)(LA_ESTAT_ECODE | LA_ESTAT_ESUBCODE);
	torture_check(!(is & ~BIT64(LA_IRQ_TI)) && (!is || new[LA_CSR_ESTAT] & is),
		      "seed %" PRIu64 ": ESTAT of %s changed from %#" PRIx64 " to %#" PRIx64, w->seed,
		      whose, old[LA_CSR_ESTAT], new[LA_CSR_ESTAT]);
}

/* ------------------------------------------------------------------ step by step */

struct before {
	bool may_interrupt;
	uint32_t levels;
	uint64_t root[LA_CSR_BANK];
	uint64_t guest[LA_CSR_BANK];
	uint64_t gpr[32];
	bool is_guest;
};

/* Some interrupt that @bank lets in; lines count for both modes. */
static bool is_ready(const struct la_cpu *cpu, const uint64_t *r)
{
	uint64_t is = r[LA_CSR_ESTAT] | atomic_load(&cpu->irq_levels) |
		      (cpu->root->r[LA_CSR_GINTC] & LA_GINTC_VIP) << LA_IRQ_HWI0;

	return (r[LA_CSR_CRMD] & LA_CRMD_IE) && (is & r[LA_CSR_ECFG] & LA_ECFG_LIE);
}

static void remember(struct before *b, const struct la_cpu *cpu)
{
	b->may_interrupt = is_ready(cpu, cpu->root->r) || is_ready(cpu, cpu->guest->r);
	b->levels = atomic_load(&cpu->irq_levels);
	memcpy(b->root, cpu->root->r, sizeof(b->root));
	memcpy(b->guest, cpu->guest->r, sizeof(b->guest));
	memcpy(b->gpr, cpu->gpr, sizeof(b->gpr));
	b->is_guest = cpu->is_guest;
}

static bool is_refill(const struct before *b, const struct la_cpu *cpu)
{
	return (cpu->root->r[LA_CSR_TLBRERA] & LA_TLBRERA_ISTLBR) &&
	       cpu->root->r[LA_CSR_TLBRPRMD] & LA_TLBRPRMD_PGM &&
	       cpu->pc == b->root[LA_CSR_TLBRENTRY];
}

static void judge_exit(struct world *w, const struct before *b, const struct la_cpu *cpu)
{
	const uint64_t *r = cpu->root->r;
	unsigned int code = (r[LA_CSR_ESTAT] & LA_ESTAT_ECODE) >> LA_ESTAT_ECODE_SHIFT;

	check_other(w, "the root", b->root, r, true);
	check_other(w, "the guest", b->guest, cpu->guest->r, false);
	torture_check(!memcmp(b->gpr, cpu->gpr, sizeof(b->gpr)),
		      "seed %" PRIu64 ": an exit changed registers", w->seed);
	torture_check((r[LA_CSR_GSTAT] & LA_GSTAT_PVM) &&
		      !(r[LA_CSR_CRMD] & (LA_CRMD_PLV | LA_CRMD_IE)),
		      "seed %" PRIu64 ": after an exit GSTAT is %#" PRIx64 ", CRMD %#" PRIx64, w->seed,
		      r[LA_CSR_GSTAT], r[LA_CSR_CRMD]);
	if (is_refill(b, cpu)) {
		tally(LVZ_REFILLS);
		return;
	}
	torture_check(code <= 0x18 && (code <= 7 || (code >= 0xf && code <= 0x11) || code >= 0x16),
		      "seed %" PRIu64 ": exit by code %#x", w->seed, code);
	tally(LVZ_CODES + code);
}

/* A step may begin with an interrupt, and then execute an instruction of its handler. */
static bool may_be_two(const struct before *b, const struct la_cpu *cpu)
{
	return b->may_interrupt || b->levels != atomic_load(&cpu->irq_levels) ||
	       ((b->root[LA_CSR_ESTAT] ^ cpu->root->r[LA_CSR_ESTAT]) & BIT64(LA_IRQ_TI)) ||
	       ((b->guest[LA_CSR_ESTAT] ^ cpu->guest->r[LA_CSR_ESTAT]) & BIT64(LA_IRQ_TI));
}

static void judge_step(struct world *w, const struct before *b, struct la_cpu *cpu)
{
	check_mirrors(w, cpu);
	if (may_be_two(b, cpu)) {
		if (b->is_guest && !cpu->is_guest)
			tally(LVZ_CODES);
		return;
	}
	if (b->is_guest && !cpu->is_guest) {
		judge_exit(w, b, cpu);
	} else if (b->is_guest) {
		check_other(w, "the root", b->root, cpu->root->r, false);
		tally(LVZ_GUEST_STEPS);
		if (cpu->pc == b->guest[LA_CSR_EENTRY])
			tally(LVZ_GUEST_EXC);
	} else if (cpu->is_guest) {
		torture_check((b->root[LA_CSR_GSTAT] & LA_GSTAT_PVM) ||
			      (b->root[LA_CSR_TLBRPRMD] & LA_TLBRPRMD_PGM),
			      "seed %" PRIu64 ": an entry that nobody asked for", w->seed);
		check_other(w, "the guest", b->guest, cpu->guest->r, false);
		torture_check(!memcmp(b->gpr, cpu->gpr, sizeof(b->gpr)),
			      "seed %" PRIu64 ": an entry changed registers", w->seed);
		tally(LVZ_ENTRIES);
	} else {
		struct la_uop u;
		unsigned int op = la_decode(cpu->step_insn, &u);

		if (op != LA_OP_gcsrwr && op != LA_OP_gcsrxchg && op != LA_OP_gtlbrd &&
		    op != LA_OP_gtlbsrch)
			check_other(w, "the guest", b->guest, cpu->guest->r, false);
		tally(LVZ_ROOT_STEPS);
	}
}

static void open_world(struct world *w, uint64_t seed, unsigned int ncpus)
{
	struct la_features features = fx_max;
	struct fx_extras extras = { .stress_seed = seed };

	memset(w, 0, sizeof(*w));
	w->seed = seed;
	rng_seed(&w->rng, seed);
	features.has_lvz = true;
	features.has_pmu = one_in(w, 2);
	extras.stress_level = one_in(w, 3) ? 1 + below(w, LA_STRESS_LEVELS) : 0;
	if (extras.stress_level)
		tally(LVZ_STRESSED);
	fx_open_extra(&w->fx, &features, ncpus, &extras);
}

static void run_steps(uint64_t seed)
{
	static struct world w;
	static struct fields fields;
	static struct before before;
	struct la_cpu *cpu;

	open_world(&w, seed, 1);
	cpu = w.fx.cpu;
	note_fields(&fields, cpu);
	for (unsigned int round = 0; round < NROUNDS; round++) {
		write_area(&w);
		make_sane(&w, cpu);
		make_worse(&w, cpu);
		fx_at(&w.fx, AREA);
		for (unsigned int i = below(&w, 8); i; i--)
			fx_emit(&w.fx, root_word(&w));
		fx_emit(&w.fx, la_enc_ertn());
		la_set_pc(cpu, AREA);
		for (unsigned int i = 0; i < NSTEPS; i++) {
			if (one_in(&w, 30))
				disturb(&w, cpu);
			remember(&before, cpu);
			/* Nothing wakes it but us. */
			if (la_step(cpu) == LA_STOP_IDLE)
				la_set_pc(cpu, one_in(&w, 4) ? page(&w) : cpu->pc);
			judge_step(&w, &before, cpu);
			if (i % 32 == 0)
				check_fields(&w, &fields, cpu);
		}
		check_fields(&w, &fields, cpu);
		check_arrays(&w, cpu);
		if (w.fx.naccess)
			tally(LVZ_OUTSIDE);
	}
	fx_close(&w.fx);
}

/* ------------------------------------------------------------------ at full speed */

struct kicker {
	struct world *w;
	atomic_bool ends;
};

/* Whatever the CPUs do, a kick brings la_run() back. */
static void *kick(void *arg)
{
	struct kicker *k = arg;
	const struct timespec ts = { 0, 200000 };

	while (!atomic_load(&k->ends)) {
		for (unsigned int i = 0; i < k->w->fx.m->ncpus; i++)
			la_cpu_kick(la_machine_cpu(k->w->fx.m, i));
		nanosleep(&ts, NULL);
	}
	return NULL;
}

struct runner {
	struct world w;			/* a copy with numbers of its own */
	struct la_cpu *cpu;
};

static void *run_cpu(void *arg)
{
	struct runner *r = arg;
	struct fields *fields = malloc(sizeof(*fields));

	if (!fields)
		return NULL;
	note_fields(fields, r->cpu);
	for (unsigned int round = 0; round < 4 * NROUNDS; round++) {
		/* Not the area, which the other one may be executing. */
		make_sane(&r->w, r->cpu);
		make_worse(&r->w, r->cpu);
		la_set_pc(r->cpu, one_in(&r->w, 4) ? page(&r->w) : ROOT_VECTOR);
		for (unsigned int i = 0; i < 4; i++) {
			disturb(&r->w, r->cpu);
			if (la_run(r->cpu) == LA_STOP_IDLE)
				la_set_pc(r->cpu, page(&r->w));
			tally(LVZ_RUNS);
			if (r->cpu->is_guest)
				tally(LVZ_GUEST_STOPS);
			check_mirrors(&r->w, r->cpu);
			check_fields(&r->w, fields, r->cpu);
		}
		check_arrays(&r->w, r->cpu);
	}
	free(fields);
	return NULL;
}

static void run_two(uint64_t seed)
{
	static struct world w;
	static struct runner runner[2];
	struct kicker k = { .w = &w };
	pthread_t kicker, thread[2];

	open_world(&w, seed, 2);
	write_area(&w);
	torture_eq(pthread_create(&kicker, NULL, kick, &k), 0);
	for (unsigned int i = 0; i < 2; i++) {
		runner[i].w = w;
		rng_seed(&runner[i].w.rng, 2 * seed + i);
		runner[i].cpu = la_machine_cpu(w.fx.m, i);
		torture_eq(pthread_create(&thread[i], NULL, run_cpu, &runner[i]), 0);
	}
	for (unsigned int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	atomic_store(&k.ends, true);
	pthread_join(kicker, NULL);
	fx_close(&w.fx);
}

int main(int argc, char **argv)
{
	static const struct torture tests[] = {
		{ "lvz-steps", run_steps, 60 },
		{ "lvz-two-cpus", run_two, 16 },
	};
	struct err err;

	if (log_set_filter("err", &err))
		return EXIT_FAILURE;
	make_pool();
	return torture_main(argc, argv, tests, ARRAY_SIZE(tests), counters, LVZ_NCOUNTERS);
}
