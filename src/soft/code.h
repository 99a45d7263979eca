/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/code.h - decoded code pages, shared by all CPUs of a machine.
 *
 * A code page mirrors 4 KiB of guest-physical memory: one uop per instruction word,
 * decoded on first execution, plus a sentinel that leads on to the next page.  There are
 * no blocks: a branch inside the page is pointer arithmetic, any word can be entered.
 *
 * Coherence with stores (docs/soft-cpu.md, "Code that changes"):
 *  - a page with code has LA_PAGE_CODE set and no CPU keeps a fast store translation to
 *    it, so every store to it takes the slow path, which undecodes the words it hit;
 *  - a CPU that creates a code page while others may still hold such translations
 *    (LA_PAGE_WRITTEN) bumps the epoch and asks them to drop theirs; until all active
 *    CPUs have passed the epoch, the page is executed word by word without being kept;
 *  - words that were decoded and are written get a new epoch, too: another CPU may be
 *    between fetching a uop's op and its operands;
 *  - a retired page is reused only after all active CPUs have passed its epoch.
 * Uops are read and written with single 64-bit accesses; code.lock guards the rest.
 */
#ifndef LVZ_SOFT_CODE_H
#define LVZ_SOFT_CODE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "soft/uop.h"
#include "util/err.h"

#define LA_CODE_PAGE_BYTES 4096u
#define LA_CODE_PAGE_UOPS (LA_CODE_PAGE_BYTES / 4)
#define LA_CODE_STRIDE (LA_CODE_PAGE_UOPS + 1)	/* one sentinel per page */
#define LA_CODE_MAX_PAGES 1152u

#define LA_PAGE_CODE    1u	/* decoded code exists or is being made */
#define LA_PAGE_WRITTEN 2u	/* some CPU may hold a fast store translation */

struct la_machine;
struct la_cpu;

struct la_code_page {
	uint64_t gpa;
	_Atomic uint64_t epoch;		/* (re)usable, decodable once every CPU has seen it */
	_Atomic uint32_t useless_stores;
	bool is_retired;
};

struct la_code {
	pthread_mutex_t lock;
	_Atomic uint64_t epoch;
	struct la_uop *uops;			/* LA_CODE_MAX_PAGES * LA_CODE_STRIDE, lazily backed */
	struct la_code_page *pages;
	unsigned int nused;			/* pages ever handed out; lock */
	unsigned int hand;			/* next to retire when full; lock */
	_Atomic(struct la_code_page *) *by_gpa;	/* [gpa >> 12] */
	_Atomic uint8_t *flags;			/* [gpa >> 12], LA_PAGE_* */
	uint64_t npages_ram;
};

int la_code_init(struct la_machine *m, struct err *err);
void la_code_fini(struct la_machine *m);

/*
 * The uops of the code page at @gpa (page aligned, RAM), creating it if needed.  NULL
 * while it must not be used yet: execute one word with la_code_step() instead.
 */
struct la_uop *la_code_get(struct la_cpu *cpu, uint64_t gpa);

/*
 * Decodes the word behind uop slot @u of a code page and stores the result there.  False
 * while other CPUs may still be using what stood there before: step over it uncached.
 */
bool la_code_decode_slot(struct la_cpu *cpu, const struct la_uop *u);

/* The instruction word that @u stands for; @u lies in a code page. */
uint32_t la_code_word(const struct la_machine *m, const struct la_uop *u);
/* True when @u lies in a code page (and not in a CPU's own step buffer). */
bool la_code_has(const struct la_machine *m, const struct la_uop *u);

/*
 * Decodes @insn for @cpu: missing features become "ine"; branches whose target is in the
 * same page become their near forms when @page_off (byte offset in the page) allows.
 */
struct la_uop la_code_translate(const struct la_machine *m, uint32_t insn, int page_off);

/*
 * Notes in la_machine_cfg.seen_ops, if there is one, that @insn is executed; returns its
 * LA_INSN_* flags then, else 0.  Any thread.
 */
uint32_t la_code_note_seen(const struct la_machine *m, uint32_t insn);

/* [gpa, gpa+len) was written: undecode what stands there.  Any thread. */
void la_code_written(struct la_machine *m, uint64_t gpa, uint64_t len);

/*
 * A CPU wants a fast store translation for the page at @gpa: true when it may have one.
 */
bool la_code_may_write_fast(struct la_machine *m, uint64_t gpa);

/* Host memory used by decoded pages now, in bytes. */
size_t la_code_memory_bytes(const struct la_machine *m);

#endif
