/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_soft_tlb.c - random programs of TLB instructions against a reference model.
 *
 * The model is a list of the pairs that software put in and has not taken out.  Few enough
 * are alive that the arrays never have to replace one, and software keeps the rule that an
 * address has one pair at most, so the model knows the outcome of every access exactly: the
 * frame, the exception, or a refill.
 */
#include "soft_fixture.h"
#include "soft_mmu_fixture.h"

#define NPAIRS 40u
#define NSTEPS 2500u
#define NPROBES 5u

struct pair {
	bool is_used;
	uint64_t va;
	unsigned int ps;
	unsigned int asid;
	uint64_t lo[2];
};

/* An access, made before and after something happens to the TLB. */
struct probe {
	uint64_t va;
	unsigned int asid;
	unsigned int plv;
	enum la_access acc;
};

static struct fx fx;
static struct pair pairs[NPAIRS];
static uint64_t rng;
static uint64_t stlb_ps;
static uint64_t serial;

static unsigned int below(unsigned int n)
{
	return (unsigned int)((fx_random(&rng) >> 20) % n);
}

static bool one_in(unsigned int n)
{
	return below(n) == 0;
}

static unsigned int any_asid(void)
{
	return below(4) * 341;
}

static bool is_global(const struct pair *p)
{
	return p->lo[0] & p->lo[1] & LA_TLBELO0_G;
}

static bool covers(const struct pair *p, uint64_t va)
{
	return p->is_used && (va & ~mask64(p->ps + 1)) == p->va;
}

static struct pair *lookup(unsigned int asid, uint64_t va)
{
	for (unsigned int i = 0; i < NPAIRS; i++) {
		if (covers(&pairs[i], va) && (is_global(&pairs[i]) || pairs[i].asid == asid))
			return &pairs[i];
	}
	return NULL;
}

/* True when @a and @b could both answer for one address, or strain one set of the STLB. */
static bool conflict(const struct pair *a, const struct pair *b)
{
	uint64_t la = UINT64_C(2) << a->ps, lb = UINT64_C(2) << b->ps;

	if (a->va - b->va >= lb && b->va - a->va >= la)
		return false;
	return is_global(a) || is_global(b) || a->asid == b->asid;
}

static unsigned int set_use(const struct pair *p)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < NPAIRS; i++)
		n += pairs[i].is_used && pairs[i].ps == p->ps &&
		     ((pairs[i].va ^ p->va) >> (p->ps + 1) & 0xff) == 0;
	return n;
}

/* ------------------------------------------------------------------ drawing */

static uint64_t any_va(void)
{
	static const uint64_t base[] = { UINT64_C(0x40000000), UINT64_C(0xffffff8040000000),
					 UINT64_C(0x00007fff40000000), 0 };

	return base[below(4)] + below(3) * UINT64_C(0x4000000) + below(3) * UINT64_C(0x400000) +
	       below(12) * UINT64_C(0x2000);
}

static uint64_t any_half(unsigned int ps, bool with_g)
{
	uint64_t frame = ps > 21 ? UINT64_C(0x2000000) * below(2)
				 : UINT64_C(0x1000000) + (fx_random(&rng) & 0x2ffffff);
	uint64_t lo = (frame & ~mask64(ps)) | (uint64_t)(one_in(3) ? below(4) : 3) << 2;

	lo |= one_in(10) ? 0 : LA_TLBELO0_V;
	lo |= one_in(4) ? 0 : LA_TLBELO0_D;
	lo |= one_in(8) ? LA_TLBELO0_NR : 0;
	lo |= one_in(8) ? LA_TLBELO0_NX : 0;
	lo |= one_in(8) ? LA_TLBELO0_RPLV : 0;
	lo |= with_g && !one_in(5) ? LA_TLBELO0_G : 0;
	return lo;
}

static unsigned int any_ps(void)
{
	static const unsigned int ps[] = { 12, 14, 16, 21, 25 };

	return one_in(2) ? (unsigned int)stlb_ps : ps[below(5)];
}

/* ------------------------------------------------------------------ actions */

static void drop_if(bool (*go)(const struct pair *p, unsigned int asid, uint64_t va),
		    unsigned int asid, uint64_t va)
{
	for (unsigned int i = 0; i < NPAIRS; i++) {
		if (pairs[i].is_used && go(&pairs[i], asid, va))
			pairs[i].is_used = false;
	}
}

static bool op0(const struct pair *p, unsigned int asid, uint64_t va)
{
	(void)p, (void)asid, (void)va;
	return true;
}

static bool op2(const struct pair *p, unsigned int asid, uint64_t va)
{
	(void)asid, (void)va;
	return is_global(p);
}

static bool op3(const struct pair *p, unsigned int asid, uint64_t va)
{
	(void)asid, (void)va;
	return !is_global(p);
}

static bool op4(const struct pair *p, unsigned int asid, uint64_t va)
{
	(void)va;
	return !is_global(p) && p->asid == asid;
}

static bool op5(const struct pair *p, unsigned int asid, uint64_t va)
{
	return !is_global(p) && p->asid == asid && covers(p, va);
}

static bool op6(const struct pair *p, unsigned int asid, uint64_t va)
{
	return (is_global(p) || p->asid == asid) && covers(p, va);
}

static void do_invtlb(struct pair *p)
{
	static bool (*const go[])(const struct pair *p, unsigned int asid, uint64_t va) = {
		op0, op0, op2, op3, op4, op5, op6,
	};
	/* Those that take much away less often. */
	unsigned int op = one_in(12) ? below(5) : 5 + below(2);
	unsigned int asid = any_asid();
	uint64_t va = any_va();

	if (p->is_used && !one_in(4)) {
		asid = one_in(3) ? asid : p->asid;
		va = p->va + (fx_random(&rng) & mask64(p->ps + 1) & ~UINT64_C(0xfff));
	}
	mmu_invtlb(&fx, op, asid, va);
	drop_if(go[op], asid, va);
}

/* A new pair where there is place for it; @p is not looked at. */
static void do_fill(struct pair *p)
{
	struct pair *slot = NULL, new = { .is_used = true, .ps = any_ps(), .asid = any_asid() };
	bool with_g = one_in(4);

	(void)p;
	new.va = any_va() & ~mask64(new.ps + 1);
	new.lo[0] = any_half(new.ps, with_g);
	new.lo[1] = any_half(new.ps, with_g);
	for (unsigned int i = 0; i < NPAIRS; i++) {
		if (!pairs[i].is_used)
			slot = &pairs[i];
		else if (conflict(&pairs[i], &new))
			return;
	}
	if (!slot || set_use(&new) >= 7)
		return;
	*slot = new;
	mmu_operands(&fx, new.asid, new.va, new.ps, new.lo[0], new.lo[1], 0);
	if (one_in(2)) {
		/* As a refill handler does it; the other set holds nonsense. */
		fx_set_csr(&fx, LA_CSR_TLBREHI, new.va | new.ps);
		fx_set_csr(&fx, LA_CSR_TLBRELO0, new.lo[0]);
		fx_set_csr(&fx, LA_CSR_TLBRELO1, new.lo[1]);
		fx_set_csr(&fx, LA_CSR_TLBRERA, LA_TLBRERA_ISTLBR);
		fx_set_csr(&fx, LA_CSR_TLBEHI, any_va());
		fx_set_csr(&fx, LA_CSR_TLBELO0, any_half(12, true));
		fx_set_csr(&fx, LA_CSR_TLBIDX, LA_TLBIDX_NE | 16u << 24);
	}
	mmu_op(&fx, la_enc_tlbfill());
	fx_set_csr(&fx, LA_CSR_TLBRERA, 0);
}

static uint64_t search(unsigned int asid, uint64_t va)
{
	fx_set_csr(&fx, LA_CSR_TLBRERA, 0);
	fx_set_csr(&fx, LA_CSR_ASID, asid);
	fx_set_csr(&fx, LA_CSR_TLBEHI, va);
	mmu_op(&fx, la_enc_tlbsrch());
	return fx_csr(&fx, LA_CSR_TLBIDX) & (LA_TLBIDX_NE | LA_TLBIDX_INDEX);
}

/* tlbsrch of any address agrees with the model; what it finds is read, changed or erased. */
static void do_search(struct pair *p)
{
	unsigned int asid = p->is_used && !one_in(3) ? p->asid : any_asid();
	uint64_t va = p->is_used ? p->va : any_va(), index = search(asid, va);

	p = lookup(asid, va);
	ck_assert_msg(!!(index & LA_TLBIDX_NE) == !p, "step %" PRIu64 ": tlbsrch %#" PRIx64
		      " in %u: index %#" PRIx64, serial, va, asid, index);
	if (!p)
		return;
	switch (below(3)) {
	case 0:
		mmu_op(&fx, la_enc_tlbrd());
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBEHI) & mask64(48) & ~mask64(p->ps + 1),
				 p->va & mask64(48));
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBELO0), p->lo[0]);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBELO1), p->lo[1]);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBIDX) >> 24, p->ps);
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_ASID) & 0x3ff, p->asid);
		break;
	case 1:
		/* Other frames and rights under the same name. */
		for (unsigned int i = 0; i < 2; i++)
			p->lo[i] = (any_half(p->ps, false) & ~LA_TLBELO0_G) |
				   (p->lo[i] & LA_TLBELO0_G);
		mmu_write(&fx, p->asid, p->va, p->ps, p->lo[0], p->lo[1], index);
		break;
	default:
		mmu_write(&fx, asid, p->va, p->ps, 0, 0, index | LA_TLBIDX_NE);
		p->is_used = false;
		break;
	}
}

/* tlbclr or tlbflush: what shares the set (or the MTLB), as tlbsrch tells. */
static void do_clear(struct pair *p)
{
	bool is_flush = one_in(2);
	unsigned int asid = any_asid();
	uint64_t at;

	if (!p->is_used)
		return;
	at = search(p->asid, p->va);
	for (unsigned int i = 0; i < NPAIRS; i++) {
		uint64_t index;

		if (!pairs[i].is_used)
			continue;
		index = search(pairs[i].asid, pairs[i].va);
		ck_assert_hex_eq(index & LA_TLBIDX_NE, 0);
		if (at < 2048 ? index >= 2048 || (index ^ at) & 0xff : index < 2048)
			continue;
		if (is_flush || (!is_global(&pairs[i]) && pairs[i].asid == asid))
			pairs[i].is_used = false;
	}
	fx_set_csr(&fx, LA_CSR_ASID, asid);
	fx_set_csr(&fx, LA_CSR_TLBIDX, at);
	mmu_op(&fx, is_flush ? la_enc_tlbflush() : la_enc_tlbclr());
}

static int expect(const struct pair *p, uint64_t va, unsigned int plv, enum la_access acc,
		  uint64_t *pa)
{
	uint64_t lo;
	unsigned int owner;

	if (!p)
		return LA_EXC_TLBR;
	lo = p->lo[va >> p->ps & 1];
	owner = lo >> 2 & 3;
	if (!(lo & LA_TLBELO0_V))
		return acc == LA_ACC_LOAD ? LA_EXC_PIL :
		       acc == LA_ACC_STORE ? LA_EXC_PIS : LA_EXC_PIF;
	if (acc == LA_ACC_FETCH && (lo & LA_TLBELO0_NX))
		return LA_EXC_PNX;
	if (lo & LA_TLBELO0_RPLV ? plv != owner : plv > owner)
		return LA_EXC_PPI;
	if (acc == LA_ACC_LOAD && (lo & LA_TLBELO0_NR))
		return LA_EXC_PNR;
	if (acc == LA_ACC_STORE && !(lo & LA_TLBELO0_D))
		return LA_EXC_PME;
	*pa = (lo & mask64(48) & ~mask64(p->ps)) | (va & mask64(p->ps));
	return FX_DONE;
}

/* Around @p, alive or not, in its address space or another. */
static struct probe any_probe(const struct pair *p)
{
	struct probe a = {
		.va = p->va + (fx_random(&rng) & mask64(p->ps + 1) & ~UINT64_C(0xfff)),
		.asid = one_in(2) ? p->asid : any_asid(),
		.plv = one_in(2) ? 3 : below(4),
		.acc = (enum la_access)below(3),
	};

	a.va |= below(16) * 0x40;
	return a;
}

static void do_access(struct probe a)
{
	const uint64_t va = a.va;
	const unsigned int asid = a.asid, plv = a.plv;
	const enum la_access acc = a.acc;
	uint64_t mark = ++serial * UINT64_C(0x9e3779b97f4a7c15), pa = 0;
	int want, got;

	fx_set_csr(&fx, LA_CSR_ASID, asid);
	want = expect(lookup(asid, va), va, plv, acc, &pa);
	/* Frames may share the area with our code: those stay untouched. */
	if (want == FX_DONE && pa < UINT64_C(0x1000000)) {
		if (acc != LA_ACC_LOAD)
			return;
		mark = fx_get64(&fx, pa);
	} else if (want == FX_DONE && acc == LA_ACC_FETCH) {
		fx_at(&fx, pa);
		fx_emit(&fx, la_enc_break(0));
	} else if (want == FX_DONE) {
		fx_put64(&fx, pa, acc == LA_ACC_LOAD ? mark : 0);
	}
	fx_set(&fx, A2, mark);
	got = mmu_touch(&fx, acc, plv, va);
	ck_assert_msg(got == want, "step %" PRIu64 ": access %d at %#" PRIx64
		      " in %u, PLV%u: %#x, not %#x", serial, acc, va, asid, plv,
		      (unsigned int)got, (unsigned int)want);
	if (want == LA_EXC_TLBR)
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_TLBRBADV), va);
	else if (want != FX_DONE)
		ck_assert_hex_eq(fx_csr(&fx, LA_CSR_BADV), va);
	else if (acc == LA_ACC_LOAD)
		ck_assert_hex_eq(fx_reg(&fx, A0), mark);
	else if (acc == LA_ACC_STORE)
		ck_assert_hex_eq(fx_get64(&fx, pa), mark);
}

/* @action on @p between two turns of the same accesses, most of them to @p. */
static void act(void (*action)(struct pair *p), struct pair *p)
{
	struct probe probes[NPROBES];

	for (unsigned int i = 0; i < NPROBES; i++) {
		probes[i] = any_probe(i < NPROBES - 1 ? p : &pairs[below(NPAIRS)]);
		do_access(probes[i]);
	}
	action(p);
	for (unsigned int i = 0; i < NPROBES; i++)
		do_access(probes[i]);
}

START_TEST(random_program)
{
	rng = (uint64_t)_i + 1;
	stlb_ps = _i & 1 ? 14 : 12;
	fx_open(&fx, &fx_max, 1);
	mmu_prepare(&fx);
	fx_set_csr(&fx, LA_CSR_STLBPS, stlb_ps);
	for (unsigned int step = 0; step < NSTEPS; step++) {
		struct pair *p = &pairs[below(NPAIRS)];
		unsigned int what = below(100);

		if (what < 55)
			act(do_fill, p);
		else if (what < 70)
			act(do_search, p);
		else if (what < 98)
			act(do_invtlb, p);
		else
			act(do_clear, p);
	}
	fx_close(&fx);
}
END_TEST

/* True when the TLB holds the pair of @va, wherever. */
static bool is_held(uint64_t va)
{
	const struct la_tlb_array *tlb = &fx.cpu->mmu->tlb;

	for (unsigned int i = 0; i < LA_STLB + LA_MTLB; i++) {
		if (tlb->pair[i].is_valid && tlb->pair[i].vppn == va >> 13)
			return true;
	}
	return false;
}

/* invtlb by address finds pairs where their address does not lead to them. */
START_TEST(misplaced)
{
	const uint64_t va = 0x40000000, other = 0x40400000;

	fx_open(&fx, &fx_max, 1);
	mmu_prepare(&fx);
	fx_set_csr(&fx, LA_CSR_STLBPS, 12);
	/* In the set of its address, of another, in the MTLB, of another size. */
	for (unsigned int i = 0; i < 4; i++) {
		unsigned int set = (va >> 13) % LA_STLB_SETS;
		unsigned int index = i == 1 ? set + 77 : i == 2 ? LA_STLB + 3 : set;

		mmu_write(&fx, 1, va, i == 3 ? 14 : 12, MMU_RW, MMU_RW, index);
		mmu_fill(&fx, 1, other, 12, MMU_RW, MMU_RW);
		ck_assert(is_held(va));
		mmu_invtlb(&fx, 5, 1, va + 0x1000);
		ck_assert(!is_held(va) && is_held(other));
		/* With none left, places count from here. */
		mmu_invtlb(&fx, 5, 1, other);
		ck_assert_uint_eq(fx.cpu->mmu->tlb.npairs, 0);
	}
	/* Put where one size of the STLB says, looked for with another. */
	mmu_fill(&fx, 1, va, 12, MMU_RW, MMU_RW);
	fx_set_csr(&fx, LA_CSR_STLBPS, 14);
	mmu_fill(&fx, 1, other, 14, MMU_RW, MMU_RW);
	mmu_invtlb(&fx, 5, 1, va);
	ck_assert(!is_held(va) && is_held(other));
	mmu_invtlb(&fx, 5, 1, other + 0x4000);
	ck_assert(!is_held(other));
	fx_close(&fx);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("soft tlb");
	TCase *tc = tcase_create("all");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, random_program, 0, 6);
	tcase_add_test(tc, misplaced);
	suite_add_tcase(s, tc);
	return fx_main(s);
}
