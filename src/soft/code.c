/* SPDX-License-Identifier: Apache-2.0 */
/* soft/code.c - decoded code pages and their coherence with stores.  See code.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "soft/code.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "soft/access.h"
#include "soft/csr.h"
#include "soft/isa.h"
#include "soft/isa_cpucfg.h"
#include "soft/machine.h"
#include "soft/mmu.h"
#include "soft/pc.h"

/* Stores that hit no decoded word before a page is taken for data again. */
#define LA_CODE_USELESS_STORES 64u

static void *map_lazy(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static size_t uops_bytes(void)
{
	return (size_t)LA_CODE_MAX_PAGES * LA_CODE_STRIDE * sizeof(struct la_uop);
}

int la_code_init(struct la_machine *m, struct err *err)
{
	struct la_code *c = &m->code;

	pthread_mutex_init(&c->lock, NULL);
	atomic_init(&c->epoch, 1);
	c->npages_ram = m->ram_top >> 12;
	c->uops = map_lazy(uops_bytes());
	c->by_gpa = map_lazy(c->npages_ram * sizeof(*c->by_gpa));
	c->flags = map_lazy(c->npages_ram);
	c->pages = calloc(LA_CODE_MAX_PAGES, sizeof(*c->pages));
	if (!c->uops || !c->by_gpa || !c->flags || !c->pages)
		return err_set(err, -ENOMEM, "soft engine: out of memory for decoded code");
	return 0;
}

void la_code_fini(struct la_machine *m)
{
	struct la_code *c = &m->code;

	if (c->uops)
		munmap(c->uops, uops_bytes());
	if (c->by_gpa)
		munmap((void *)c->by_gpa, c->npages_ram * sizeof(*c->by_gpa));
	if (c->flags)
		munmap((void *)c->flags, c->npages_ram);
	free(c->pages);
	pthread_mutex_destroy(&c->lock);
}

static struct la_uop *page_uops(const struct la_code *c, const struct la_code_page *p)
{
	return c->uops + (size_t)(p - c->pages) * LA_CODE_STRIDE;
}

static void slot_store(struct la_uop *slot, struct la_uop v)
{
	uint64_t raw;

	memcpy(&raw, &v, sizeof(raw));
	__atomic_store_n((uint64_t *)(void *)slot, raw, __ATOMIC_RELAXED);
}

static unsigned int slot_op(const struct la_uop *slot)
{
	return __atomic_load_n(&slot->op, __ATOMIC_RELAXED);
}

/* Operands stay: a handler that is about to read them still finds a whole instruction. */
static void slot_clear(struct la_uop *slot)
{
	__atomic_store_n(&slot->op, LA_OP_undecoded, __ATOMIC_RELAXED);
}

bool la_code_has(const struct la_machine *m, const struct la_uop *u)
{
	return u >= m->code.uops &&
	       u < m->code.uops + (size_t)LA_CODE_MAX_PAGES * LA_CODE_STRIDE;
}

/* Guest-physical address of the word behind slot @u. */
static uint64_t slot_gpa(const struct la_machine *m, const struct la_uop *u)
{
	size_t n = (size_t)(u - m->code.uops);

	return m->code.pages[n / LA_CODE_STRIDE].gpa + n % LA_CODE_STRIDE * 4;
}

uint32_t la_code_word(const struct la_machine *m, const struct la_uop *u)
{
	return la_host_ld32(m->ram_base + slot_gpa(m, u));
}

static bool has_feature(const struct la_machine *m, const struct la_insn_info *info)
{
	static const uint32_t unit_bit[] = {
		[LA_GATE_FP] = LA_CPUCFG2_FP,
		[LA_GATE_LSX] = LA_CPUCFG2_LSX,
		[LA_GATE_LASX] = LA_CPUCFG2_LASX,
	};

	if (info->gate != LA_GATE_NONE && !(m->cpucfg[2] & unit_bit[info->gate]))
		return false;
	return info->cpucfg_word == LA_CPUCFG_NONE ||
	       (m->cpucfg[info->cpucfg_word] >> info->cpucfg_bit & 1);
}

/* The near form of branch @op towards @delta bytes, or @op when there is none. */
static unsigned int near_op(unsigned int op, bool is_back)
{
	switch (op) {
#define LA_NEAR(name) \
	case LA_OP_##name: \
		return is_back ? LA_OP_##name##_back : LA_OP_##name##_fwd;
	LA_NEAR_BRANCHES(LA_NEAR)
#undef LA_NEAR
	default:
		return op;
	}
}

/* Fields whose values exclude each other, which the table cannot say. */
static bool is_reserved(const struct la_uop *u)
{
	switch (u->op) {
	case LA_OP_bstrins_w:
	case LA_OP_bstrins_d:
	case LA_OP_bstrpick_w:
	case LA_OP_bstrpick_d:
		return u->c < u->d;	/* msb below lsb; INE as QEMU has it */
	default:
		return false;
	}
}

struct la_uop la_code_translate(const struct la_machine *m, uint32_t insn, int page_off)
{
	struct la_uop u;
	unsigned int op = la_decode(insn, &u);

	if (op != LA_OP_ine && (!has_feature(m, &la_insn_info[op]) || is_reserved(&u))) {
		u = (struct la_uop){ .op = LA_OP_ine };
	} else if (page_off >= 0) {
		unsigned int near = near_op(op, u.imm <= 0);

		if (near != op && page_off + u.imm >= 0 &&
		    page_off + u.imm < (int)LA_CODE_PAGE_BYTES) {
			u.op = (uint16_t)near;
			u.imm /= 4;
		}
	}
	return u;
}

uint32_t la_code_note_seen(const struct la_machine *m, uint32_t insn)
{
	struct la_uop u;
	unsigned int op;

	if (!m->seen_ops)
		return 0;
	/* Anew, as the uop may be a near branch or part of a run. */
	op = la_decode(insn, &u);
	if (op != LA_OP_ine && has_feature(m, &la_insn_info[op]))
		__atomic_store_n(&m->seen_ops[op], 1, __ATOMIC_RELAXED);
	return la_insn_info[op].flags;
}

/* ------------------------------------------------------------------ epochs */

/* Lowest epoch that all active CPUs have passed; a waiting or stopped CPU has passed all. */
static bool epoch_passed(const struct la_machine *m, uint64_t epoch)
{
	for (unsigned int i = 0; i < m->ncpus; i++) {
		if (atomic_load(&m->cpus[i]->seen_epoch) < epoch)
			return false;
	}
	return true;
}

/* Starts a new epoch and asks all CPUs to pass it.  lock held. */
static uint64_t epoch_begin(struct la_machine *m)
{
	uint64_t epoch = atomic_fetch_add(&m->code.epoch, 1) + 1;

	for (unsigned int i = 0; i < m->ncpus; i++)
		atomic_store(&m->cpus[i]->exit_req, 1);
	return epoch;
}

/* ------------------------------------------------------------------ decoding */

#define RUN2(a, b) ((uint64_t)(a) << 16 | (uint64_t)(b))
#define RUN3(a, b, c) (RUN2(a, b) << 16 | (uint64_t)(c))
#define RUN4(a, b, c, d) (RUN3(a, b, c) << 16 | (uint64_t)(d))

static unsigned int fuse2(const struct la_uop u[2])
{
	switch (RUN2(u[0].op, u[1].op)) {
#define PAIR(ka, a, kb, b) \
	case RUN2(LA_OP_##a, LA_OP_##b): \
		return LA_OP_##a##__##b;
	LA_FUSED_PAIRS(PAIR)
#undef PAIR
	default:
		return u[0].op;
	}
}

static unsigned int fuse3(const struct la_uop u[3])
{
	switch (RUN3(u[0].op, u[1].op, u[2].op)) {
#define TRIPLE(ka, a, kb, b, kc, c) \
	case RUN3(LA_OP_##a, LA_OP_##b, LA_OP_##c): \
		return LA_OP_##a##__##b##__##c;
	LA_FUSED_TRIPLES(TRIPLE)
#undef TRIPLE
	default:
		return u[0].op;
	}
}

/* True for the loop that LA_OP_fill_bytes stands for. */
static bool is_fill_loop(const struct la_uop u[4])
{
	const unsigned int value = u[0].a, p = u[0].b, n = u[2].b;

	return RUN4(u[0].op, u[1].op, u[2].op, u[3].op) ==
		       RUN4(LA_OP_st_b, LA_OP_addi_d, LA_OP_addi_d, LA_OP_blt_back) &&
	       u[0].imm == 0 && p && u[1].a == p && u[1].b == p && u[1].imm == 1 &&
	       n && u[2].a == n && u[2].imm == -1 &&
	       u[3].b == 0 && u[3].a == n && u[3].imm == -3 &&
	       p != n && value != p && value != n;
}

static unsigned int fuse4(const struct la_uop u[4])
{
	if (is_fill_loop(u))
		return LA_OP_fill_bytes;
	switch (RUN4(u[0].op, u[1].op, u[2].op, u[3].op)) {
#define QUAD(ka, a, kb, b, kc, c, kd, d) \
	case RUN4(LA_OP_##a, LA_OP_##b, LA_OP_##c, LA_OP_##d): \
		return LA_OP_##a##__##b##__##c##__##d;
	LA_FUSED_QUADS(QUAD)
#undef QUAD
	default:
		return u[0].op;
	}
}

/* The longest run that the @n uops at @u begin with, as one op; u->op if there is none. */
static unsigned int fuse(const struct la_uop *u, unsigned int n)
{
	unsigned int op = u->op;

	if (n >= 4)
		op = fuse4(u);
	if (n >= 3 && op == u->op)
		op = fuse3(u);
	if (n >= 2 && op == u->op)
		op = fuse2(u);
	return op;
}

/*
 * Decodes @slot, whose word is @words[0] at @page_off; @n words, 1 at least, are known.  Returns
 * how many the handler executes.
 */
static unsigned int fill_slot(struct la_machine *m, struct la_uop *slot, const uint32_t *words,
			      unsigned int n, unsigned int page_off)
{
	struct la_uop u[LA_FUSED_MAX];
	unsigned int len;

	u[0] = la_code_translate(m, words[0], (int)page_off);
	for (unsigned int i = 1; i < n; i++)
		u[i] = la_code_translate(m, words[i], (int)(page_off + 4 * i));
	u[0].op = (uint16_t)fuse(u, n);
	/*
	 * A fused handler reads the operands of the slots behind; these are decoded, and
	 * maybe fused with others, when something jumps to them.
	 */
	len = la_op_words(u[0].op);
	for (unsigned int i = 1; i < len; i++) {
		if (slot_op(&slot[i]) != LA_OP_undecoded)
			continue;
		u[i].op = LA_OP_undecoded;
		slot_store(&slot[i], u[i]);
	}
	slot_store(slot, u[0]);
	return len;
}

/* Reads the word at @gpa and those behind it that a run may cover; returns how many. */
static unsigned int read_words(const struct la_machine *m, uint64_t gpa,
			       uint32_t words[LA_FUSED_MAX])
{
	unsigned int n = (unsigned int)(LA_CODE_PAGE_BYTES - (gpa & 0xfff)) / 4;

	if (n > LA_FUSED_MAX)
		n = LA_FUSED_MAX;
	for (unsigned int i = 0; i < n; i++)
		words[i] = la_host_ld32(m->ram_base + gpa + 4 * i);
	return n;
}

bool la_code_decode_slot(struct la_cpu *cpu, const struct la_uop *u)
{
	struct la_machine *m = cpu->m;
	size_t at = (size_t)(u - m->code.uops);
	struct la_uop *slot = m->code.uops + at;
	uint64_t gpa = slot_gpa(m, u);
	uint32_t words[LA_FUSED_MAX], again[LA_FUSED_MAX];
	unsigned int n, len;

	if (!epoch_passed(m, atomic_load(&m->code.pages[at / LA_CODE_STRIDE].epoch)))
		return false;
	/*
	 * A store that lands between reading a word and filling the slot would leave a
	 * stale uop: the writer clears the slot after its store, we look again after ours.
	 */
	n = read_words(m, gpa, words);
	for (;;) {
		len = fill_slot(m, slot, words, n, gpa & 0xfff);
		atomic_thread_fence(memory_order_seq_cst);
		read_words(m, gpa, again);
		if (!memcmp(words, again, n * sizeof(words[0]))) {
			/* A branch on the way may leave the run, so none is noted behind it. */
			for (unsigned int i = 0; i < len; i++) {
				if (la_code_note_seen(m, words[i]) & LA_INSN_BRANCH)
					break;
			}
			return true;
		}
		for (unsigned int i = 0; i < n; i++)
			slot_clear(&slot[i]);
		memcpy(words, again, sizeof(words));
	}
}

/* ------------------------------------------------------------------ pages */

/* Takes @p out of use; its uops stay readable until the epoch has passed.  lock held. */
static void page_retire(struct la_machine *m, struct la_code_page *p)
{
	uint64_t n = p->gpa >> 12;

	if (p->is_retired)
		return;
	p->is_retired = true;
	atomic_store(&m->code.by_gpa[n], NULL);
	atomic_fetch_and(&m->code.flags[n], (uint8_t)~LA_PAGE_CODE);
	atomic_store(&p->epoch, epoch_begin(m));
}

/* When every page is taken, an eighth of them is retired in the order of creation. */
static void retire_some(struct la_machine *m)
{
	struct la_code *c = &m->code;

	for (unsigned int i = 0; i < LA_CODE_MAX_PAGES / 8; i++) {
		page_retire(m, &c->pages[c->hand]);
		c->hand = (c->hand + 1) % LA_CODE_MAX_PAGES;
	}
}

static struct la_code_page *page_take(struct la_machine *m)
{
	struct la_code *c = &m->code;
	bool has_retired = false;

	if (c->nused < LA_CODE_MAX_PAGES)
		return &c->pages[c->nused++];
	for (unsigned int i = 0; i < LA_CODE_MAX_PAGES; i++) {
		struct la_code_page *p = &c->pages[i];

		if (!p->is_retired)
			continue;
		has_retired = true;
		if (epoch_passed(m, atomic_load(&p->epoch))) {
			memset(page_uops(c, p), 0, LA_CODE_STRIDE * sizeof(struct la_uop));
			return p;
		}
	}
	if (!has_retired)
		retire_some(m);
	return NULL;
}

static struct la_code_page *page_create(struct la_cpu *cpu, uint64_t gpa)
{
	struct la_machine *m = cpu->m;
	struct la_code *c = &m->code;
	struct la_code_page *p = page_take(m);
	uint8_t old;

	if (!p)
		return NULL;
	p->gpa = gpa;
	p->is_retired = false;
	atomic_store(&p->epoch, 0);
	atomic_store(&p->useless_stores, 0);
	slot_store(page_uops(c, p) + LA_CODE_PAGE_UOPS, (struct la_uop){ .op = LA_OP_page_end });
	/* From here on nobody gets a fast store translation to the page ... */
	old = atomic_fetch_or(&c->flags[gpa >> 12], LA_PAGE_CODE);
	if (old & LA_PAGE_WRITTEN) {
		/* ... and those that exist must go before its words may be kept. */
		atomic_fetch_and(&c->flags[gpa >> 12], (uint8_t)~LA_PAGE_WRITTEN);
		atomic_store(&p->epoch, epoch_begin(m));
	}
	atomic_store(&c->by_gpa[gpa >> 12], p);
	return p;
}

struct la_uop *la_code_get(struct la_cpu *cpu, uint64_t gpa)
{
	struct la_machine *m = cpu->m;
	struct la_code_page *p = atomic_load(&m->code.by_gpa[gpa >> 12]);

	if (!p) {
		pthread_mutex_lock(&m->code.lock);
		p = atomic_load(&m->code.by_gpa[gpa >> 12]);
		if (!p)
			p = page_create(cpu, gpa);
		pthread_mutex_unlock(&m->code.lock);
	}
	if (!p || !epoch_passed(m, atomic_load(&p->epoch)))
		return NULL;
	return page_uops(&m->code, p);
}

/* ------------------------------------------------------------------ stores */

/*
 * Clears the slots of [gpa, gpa+len), which lies in one page, and those of runs that reach
 * into it; true when one of the words written was decoded.
 */
static bool undecode(struct la_machine *m, struct la_code_page *p, uint64_t gpa, uint64_t len)
{
	struct la_uop *uops = page_uops(&m->code, p);
	unsigned int first = (gpa & 0xfff) / 4;
	unsigned int last = ((gpa & 0xfff) + len - 1) / 4;
	bool was_decoded = false;

	for (unsigned int i = first; i <= last; i++) {
		was_decoded |= slot_op(&uops[i]) != LA_OP_undecoded;
		slot_clear(&uops[i]);
	}
	for (unsigned int back = 1; back < LA_FUSED_MAX && back <= first; back++) {
		if (la_op_words(slot_op(&uops[first - back])) > back) {
			was_decoded = true;
			slot_clear(&uops[first - back]);
		}
	}
	return was_decoded;
}

static void page_written(struct la_machine *m, uint64_t gpa, uint64_t len)
{
	struct la_code_page *p;
	bool was_decoded;

	/* Pairs with the fence in la_code_decode_slot(): our store is visible first. */
	atomic_thread_fence(memory_order_seq_cst);
	p = atomic_load(&m->code.by_gpa[gpa >> 12]);
	if (!p)
		return;
	was_decoded = undecode(m, p, gpa, len);
	if (was_decoded)
		atomic_store_explicit(&p->useless_stores, 0, memory_order_relaxed);
	else if (atomic_fetch_add_explicit(&p->useless_stores, 1, memory_order_relaxed) <
		 LA_CODE_USELESS_STORES)
		return;
	if (was_decoded && m->ncpus == 1)
		return;
	pthread_mutex_lock(&m->code.lock);
	if (atomic_load(&m->code.by_gpa[gpa >> 12]) == p) {
		/*
		 * Another CPU may be between fetching the old op and reading its operands:
		 * the slots are filled anew only after all have passed an exit check.
		 */
		if (was_decoded)
			atomic_store(&p->epoch, epoch_begin(m));
		else
			page_retire(m, p);
	}
	pthread_mutex_unlock(&m->code.lock);
}

void la_code_written(struct la_machine *m, uint64_t gpa, uint64_t len)
{
	while (len) {
		uint64_t n = LA_CODE_PAGE_BYTES - (gpa & 0xfff);

		if (n > len)
			n = len;
		if (gpa >> 12 >= m->code.npages_ram)
			return;
		if (atomic_load(&m->code.flags[gpa >> 12]) & LA_PAGE_CODE)
			page_written(m, gpa, n);
		gpa += n;
		len -= n;
	}
}

bool la_code_may_write_fast(struct la_machine *m, uint64_t gpa)
{
	_Atomic uint8_t *f = &m->code.flags[gpa >> 12];
	uint8_t old = atomic_load_explicit(f, memory_order_relaxed);

	if (!(old & (LA_PAGE_WRITTEN | LA_PAGE_CODE)))
		old = atomic_fetch_or(f, LA_PAGE_WRITTEN);
	return !(old & LA_PAGE_CODE);
}

size_t la_code_memory_bytes(const struct la_machine *m)
{
	return m->code.nused * LA_CODE_STRIDE * sizeof(struct la_uop);
}
