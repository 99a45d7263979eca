/* SPDX-License-Identifier: Apache-2.0 */
/* mmu_access.c - see mmu_access.h. */
#include "mmu_attempt.h"

#define PAGE 0x1000u

const char *const mmu_counters[MMU_NCOUNTERS] = {
	"loads", "stores", "read-modify-writes", "fetches", "accesses to two pages",
	"faults in the second page", "accesses to the bus", "by windows", "in direct mode",
	"by huge pages", "by global pages", "with several permitted outcomes",
	"accessed marks set", "dirty marks set", "refills caught", "with refill on",
	"single-stepped", "PIL", "PIS", "PIF", "PME", "PNR", "PNX", "PPI", "ADEF", "ADEM", "ALE",
	"BCE", "tlbrd", "tlbwr", "tlbfill", "invtlb", "tlbclr", "tlbflush",
};

/* rd is A0 (or v1), rj A1, rk A2. */
#define DJK (A0 | A1 << 5 | A2 << 10)
#define DKJ (A0 | A2 << 10 | A1 << 5)

const struct mmu_kind mmu_kinds[] = {
	{ "ld.b", 0x28000000 | A0 | A1 << 5, 1, false, LA_ACC_LOAD, MMU_SIGNED, false },
	{ "ld.h", 0x28400000 | A0 | A1 << 5, 2, false, LA_ACC_LOAD, MMU_SIGNED, false },
	{ "ld.w", 0x28800000 | A0 | A1 << 5, 4, false, LA_ACC_LOAD, MMU_SIGNED, false },
	{ "ld.d", 0x28c00000 | A0 | A1 << 5, 8, false, LA_ACC_LOAD, MMU_UNSIGNED, false },
	{ "ld.wu", 0x2a800000 | A0 | A1 << 5, 4, false, LA_ACC_LOAD, MMU_UNSIGNED, false },
	{ "ldptr.d", 0x26000000 | A0 | A1 << 5, 8, false, LA_ACC_LOAD, MMU_UNSIGNED, false },
	{ "ldx.hu", 0x38240000 | A0 | A1 << 5, 2, false, LA_ACC_LOAD, MMU_UNSIGNED, false },
	{ "ldle.w", 0x387b0000 | DJK, 4, true, LA_ACC_LOAD, MMU_SIGNED, true },
	{ "ldle.d", 0x387b8000 | DJK, 8, true, LA_ACC_LOAD, MMU_UNSIGNED, true },
	{ "fld.d", 0x2b800000 | 1 | A1 << 5, 8, false, LA_ACC_LOAD, MMU_FP, false },
	{ "fld.s", 0x2b000000 | 1 | A1 << 5, 4, false, LA_ACC_LOAD, MMU_FP, false },
	{ "vld", 0x2c000000 | 1 | A1 << 5, 16, false, LA_ACC_LOAD, MMU_VEC, false },
	{ "xvld", 0x2c800000 | 1 | A1 << 5, 32, false, LA_ACC_LOAD, MMU_VEC, false },
	{ "vldrepl.w", 0x30200000 | 1 | A1 << 5, 4, false, LA_ACC_LOAD, MMU_SPREAD, false },
	{ "ll.w", 0x20000000 | A0 | A1 << 5, 4, true, LA_ACC_LOAD, MMU_SIGNED, false },
	{ "ll.d", 0x22000000 | A0 | A1 << 5, 8, true, LA_ACC_LOAD, MMU_UNSIGNED, false },
	{ "st.b", 0x29000000 | A2 | A1 << 5, 1, false, LA_ACC_STORE, MMU_UNSIGNED, false },
	{ "st.h", 0x29400000 | A2 | A1 << 5, 2, false, LA_ACC_STORE, MMU_UNSIGNED, false },
	{ "st.w", 0x29800000 | A2 | A1 << 5, 4, false, LA_ACC_STORE, MMU_UNSIGNED, false },
	{ "st.d", 0x29c00000 | A2 | A1 << 5, 8, false, LA_ACC_STORE, MMU_UNSIGNED, false },
	{ "stptr.w", 0x25000000 | A2 | A1 << 5, 4, false, LA_ACC_STORE, MMU_UNSIGNED, false },
	{ "stx.d", 0x381c0000 | A2 | A1 << 5, 8, false, LA_ACC_STORE, MMU_UNSIGNED, false },
	{ "stle.h", 0x387e8000 | A3 | A1 << 5 | A2 << 10, 2, true, LA_ACC_STORE, MMU_UNSIGNED,
	  true },
	{ "stle.d", 0x387f8000 | A3 | A1 << 5 | A2 << 10, 8, true, LA_ACC_STORE, MMU_UNSIGNED,
	  true },
	{ "fst.d", 0x2bc00000 | 1 | A1 << 5, 8, false, LA_ACC_STORE, MMU_FP, false },
	{ "vst", 0x2c400000 | 1 | A1 << 5, 16, false, LA_ACC_STORE, MMU_VEC, false },
	{ "xvst", 0x2cc00000 | 1 | A1 << 5, 32, false, LA_ACC_STORE, MMU_VEC, false },
	{ "vstelm.d", 0x31100000 | 1 | A1 << 5, 8, false, LA_ACC_STORE, MMU_FP, false },
	{ "sc.w", 0x21000000 | A0 | A1 << 5, 4, true, LA_ACC_STORE, MMU_SC, false },
	{ "sc.d", 0x23000000 | A0 | A1 << 5, 8, true, LA_ACC_STORE, MMU_SC, false },
	{ "amswap.w", 0x38600000 | DKJ, 4, true, REF_ACC_RMW, MMU_SWAP, false },
	{ "amswap_db.d", 0x38698000 | DKJ, 8, true, REF_ACC_RMW, MMU_SWAP, false },
	{ "amadd.d", 0x38618000 | DKJ, 8, true, REF_ACC_RMW, MMU_ADD, false },
	{ "amadd.b", 0x385d0000 | DKJ, 1, true, REF_ACC_RMW, MMU_ADD, false },
	{ "amswap.h", 0x385c8000 | DKJ, 2, true, REF_ACC_RMW, MMU_SWAP, false },
	{ "amcas.d", 0x38598000 | DKJ, 8, true, REF_ACC_RMW, MMU_CAS, false },
	{ "jirl", 0x4c000000 | A1 << 5, 4, true, LA_ACC_FETCH, MMU_JUMP, false },
	{ "jirl", 0x4c000000 | A1 << 5, 4, true, LA_ACC_FETCH, MMU_JUMP, false },
	{ "jirl", 0x4c000000 | A1 << 5, 4, true, LA_ACC_FETCH, MMU_JUMP, false },
	{ "preld", 0x2ac00000 | A1 << 5, 1, false, LA_ACC_LOAD, MMU_NOTHING, false },
};
const unsigned int mmu_nkinds = ARRAY_SIZE(mmu_kinds);

struct la_cpu *mmu_cpu(struct mmu_world *w)
{
	return la_machine_cpu(w->fx.m, w->cur);
}

static uint64_t kind_gpa(const struct mmu_kind *kind)
{
	return MMU_KINDS + 16 * (uint64_t)(kind - mmu_kinds);
}

void mmu_access_prepare(struct mmu_world *w)
{
	for (unsigned int i = 0; i < mmu_nkinds; i++) {
		fx_at(&w->fx, kind_gpa(&mmu_kinds[i]));
		fx_emit(&w->fx, mmu_kinds[i].insn);
		fx_emit(&w->fx, la_enc_break(0));
	}
	fx_at(&w->fx, MMU_STOP);
	fx_emit(&w->fx, la_enc_idle(0));
}

/* ------------------------------------------------------------------ running */

static int stopped_by(struct la_cpu *cpu)
{
	uint64_t at = la_get_pc(cpu) & mask64(48);
	uint32_t code;

	if (at == MMU_STOP + 4)
		return LA_EXC_TLBR;
	if (at <= FX_EENTRY || at > FX_EENTRY + 0x10000)
		return FX_SLEEP;
	code = (uint32_t)(la_get_csr(cpu, LA_CSR_ESTAT) >> LA_ESTAT_ECODE_SHIFT);
	code = (code & 0x3f) | (code >> 6 & 0x1ff) << 6;
	return code == LA_EXC_BRK ? FX_DONE : (int)code;
}

int mmu_go(struct mmu_world *w, uint64_t pc)
{
	struct la_cpu *cpu = mmu_cpu(w);
	unsigned int n = 0;

	la_set_pc(cpu, pc);
	if (rng_one_in(&w->rng, 4)) {
		tally(MMU_STEPPED);
		while (la_step(cpu) != LA_STOP_IDLE)
			torture_check(n++ < 5000, "seed %" PRIu64 " step %" PRIu64
				      ": no end at %#" PRIx64, w->seed, w->step, la_get_pc(cpu));
	} else {
		torture_eq(la_run(cpu), LA_STOP_IDLE);
	}
	return stopped_by(cpu);
}

/* ------------------------------------------------------------------ before */

/* Unlike every other byte of the access, so that a mix-up shows. */
static void scribble(struct mmu_world *w, const struct mmu_kind *kind, uint64_t pa,
		     unsigned int len, unsigned int nth)
{
	uint8_t bytes[MAX_BYTES];
	uint32_t insn = la_enc_break(nth + 1);

	for (unsigned int i = 0; i < len; i++)
		bytes[i] = (uint8_t)rng_u64(&w->rng);
	if (kind->acc == LA_ACC_FETCH)
		memcpy(bytes, &insn, sizeof(insn));
	fx_write(&w->fx, pa, bytes, len);
}

static void note_marks(struct mmu_world *w, struct attempt *at, uint64_t va)
{
	const struct ref_cpu *c = model(w);

	for (unsigned int i = 0; i < c->n; i++) {
		if (!ref_matches(c, &c->e[i], va) || !c->e[i].gpa[0])
			continue;
		for (unsigned int k = 0; k < 2 && at->nmarks < ARRAY_SIZE(at->marks); k++) {
			at->marks[at->nmarks].gpa = c->e[i].gpa[k];
			at->marks[at->nmarks++].raw = c->read(c->ctx, c->e[i].gpa[k]);
		}
	}
}

/* Outcomes of one page; false when the access could harm the test. */
static bool plan_piece(struct mmu_world *w, struct attempt *at, struct piece *p)
{
	const struct mmu_kind *kind = at->kind;

	p->n = ref_translate(model(w), p->va, kind->acc, p->out, MAX_OUTCOMES);
	for (unsigned int i = 0; i < p->n; i++) {
		uint64_t pa = p->out[i].pa;

		if (p->out[i].exc)
			continue;
		if (kind->acc != LA_ACC_LOAD && pa < MMU_DATA)
			return false;
		if (kind->acc == LA_ACC_FETCH && !is_ram(pa, 4))
			return false;
		/* An atomic on the bus is two accesses, which may differ in a choice. */
		if (kind->acc == REF_ACC_RMW && p->n > 1 && !is_ram(pa, p->len))
			return false;
		/* The fixture's ROM is not like the rest of the bus. */
		if (pa - FX_ROM < 0x1000)
			return false;
	}
	for (unsigned int i = 0; i < p->n; i++) {
		if (!p->out[i].exc && p->out[i].pa >= MMU_DATA && is_ram(p->out[i].pa, p->len))
			scribble(w, kind, p->out[i].pa, p->len, i);
	}
	note_marks(w, at, p->va);
	return true;
}

static void snapshot(struct mmu_world *w, struct piece *p)
{
	for (unsigned int i = 0; i < p->n; i++) {
		if (p->out[i].exc)
			continue;
		if (is_ram(p->out[i].pa, p->len))
			memcpy(p->before[i], w->fx.ram + p->out[i].pa, p->len);
		else
			memset(p->before[i], (int)(w->fx.mmio_val & 0xff), p->len);
	}
}

static bool is_vector(const struct mmu_kind *kind)
{
	return kind->name[0] == 'v' || kind->name[0] == 'x';
}

/* The order of 6.2.2: ALE, ADE, BCE, then what translation says. */
static int early_exception(struct mmu_world *w, const struct attempt *at)
{
	const struct ref_cpu *c = model(w);
	struct ref_outcome out[MAX_OUTCOMES];
	bool is_misaligned = at->va & (at->kind->size - 1);

	if (at->kind->value == MMU_NOTHING)
		return 0;
	if (at->kind->acc == LA_ACC_FETCH)
		return is_misaligned ? LA_EXC_ADEF : 0;
	/* ALCL is not for vectors (7.4.4). */
	if (is_misaligned && (at->kind->must_align || (!is_vector(at->kind) &&
						       (c->misc >> (12 + c->plv) & 1))))
		return LA_EXC_ALE;
	if (!at->kind->has_bound || at->va <= at->rk)
		return 0;
	if (ref_translate(c, at->va, at->kind->acc, out, MAX_OUTCOMES) == 1 &&
	    out[0].exc == LA_EXC_ADEM)
		return LA_EXC_ADEM;
	return LA_EXC_BCE;
}

static bool plan(struct mmu_world *w, struct attempt *at)
{
	unsigned int first = PAGE - (unsigned int)(at->va & (PAGE - 1));

	at->early = early_exception(w, at);
	at->npieces = 0;
	if (at->early || at->kind->value == MMU_NOTHING)
		return true;
	at->piece[0].va = at->va;
	at->piece[0].len = at->kind->size < first ? at->kind->size : first;
	at->npieces = 1;
	if (first < at->kind->size) {
		at->piece[1].va = at->va + first;
		at->piece[1].len = at->kind->size - first;
		at->npieces = 2;
	}
	for (unsigned int i = 0; i < at->npieces; i++) {
		if (!plan_piece(w, at, &at->piece[i]))
			return false;
	}
	for (unsigned int i = 0; i < at->npieces; i++)
		snapshot(w, &at->piece[i]);
	return true;
}

static void load_registers(struct mmu_world *w, struct attempt *at)
{
	struct la_cpu *cpu = mmu_cpu(w);
	uint64_t low8;

	memcpy(&low8, at->value, sizeof(low8));
	la_set_gpr(cpu, A0, UNTOUCHED);
	la_set_gpr(cpu, A1, at->va);
	la_set_gpr(cpu, A2, at->kind->has_bound ? at->rk : low8);
	la_set_gpr(cpu, A3, low8);
	if (at->kind->value == MMU_CAS) {
		/* Half of them succeed. */
		la_set_gpr(cpu, A0, BAD);
		if (at->npieces && at->piece[0].n && rng_one_in(&w->rng, 2)) {
			memcpy(&low8, at->piece[0].before[0], sizeof(low8));
			la_set_gpr(cpu, A0, low8);
		}
	}
	for (unsigned int i = 0; i < 4; i++) {
		cpu->v[1].d[i] = UNTOUCHED;
		if (at->kind->acc == LA_ACC_STORE)
			memcpy(&cpu->v[1].d[i], at->value + 8 * i, 8);
	}
	cpu->llbit = false;
}

void mmu_access(struct mmu_world *w, const struct mmu_kind *kind, uint64_t va)
{
	static struct attempt at;
	struct la_cpu *cpu = mmu_cpu(w);
	const struct ref_cpu *c = model(w);
	bool is_caught = rng_one_in(&w->rng, 4);
	uint64_t a0;
	int got;

	at = (struct attempt){ .kind = kind, .va = va };
	at.rk = rng_one_in(&w->rng, 4) ? va - 1 - rng_below(&w->rng, 100) : UINT64_MAX;
	for (unsigned int i = 0; i < MAX_BYTES; i++)
		at.value[i] = (uint8_t)rng_u64(&w->rng);
	if (!w->keeps_bus)
		w->fx.mmio_val = rng_below(&w->rng, 256) * UINT64_C(0x0101010101010101);
	if (!plan(w, &at))
		return;
	load_registers(w, &at);
	a0 = la_get_gpr(cpu, A0);
	at.pc = (c->is_paged ? FX_USEG : 0) | kind_gpa(kind);
	at.crmd = (c->is_paged ? LA_CRMD_PG : LA_CRMD_DA) | c->plv |
		  (rng_one_in(&w->rng, 2) ? LA_CRMD_IE : 0);
	la_set_csr(cpu, LA_CSR_TLBRERA, 0);
	la_set_csr(cpu, LA_CSR_TLBRENTRY, is_caught ? MMU_STOP : MMU_REFILL);
	la_set_csr(cpu, LA_CSR_BADV, BAD);
	la_set_csr(cpu, LA_CSR_ERA, BAD);
	cpu->csr->r[LA_CSR_ESTAT] = 0x3f0000;
	la_set_csr(cpu, LA_CSR_CRMD, at.crmd);
	at.tlbrehi = la_get_csr(cpu, LA_CSR_TLBREHI);
	if (!is_caught)
		tally(MMU_REFILLED);
	got = mmu_go(w, at.pc);
	if (got == LA_EXC_TLBR && !is_caught)
		FAIL(w, &at, "refill by the wrong handler");
	mmu_check(w, &at, got, a0);
}
