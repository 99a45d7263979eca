/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace/lvz.h - --trace lvz: entries of guest mode and exits, followed on each vCPU, as text
 * and as JSON, and counted.
 *
 * What is heard of a vCPU goes into its struct lvz_vcpu.  A struct lvz_step is one entry or
 * exit beside what was known before; lvz_text() and lvz_json() tell it, lvz_settle() makes it
 * what is known.  Locking: a vCPU's own thread; struct lvz_stats: its owner's lock.
 */
#ifndef LVZ_TRACE_LVZ_H
#define LVZ_TRACE_LVZ_H

#include <stdbool.h>
#include <stdint.h>

#include "soft/observe.h"
#include "trace/lvz_cause.h"
#include "trace/text.h"

#define LVZ_TEXT_BYTES 16384u	/* room for one step with every register changed */
#define LVZ_MAX_CSRS 128u
#define LVZ_NGIDS 256u
#define LVZ_NROOT 9u		/* registers of the root that are followed */

/* Exceptions that one mode took by itself, and whether it was in its user mode. */
struct lvz_acts {
	unsigned int irqs, syscalls, refills, others;
	uint32_t irq_lines;	/* mask of ESTAT.IS */
	bool is_user;		/* an ertn went to PLV3 */
};

/* A guest at its latest border on one vCPU. */
struct lvz_guest {
	uint64_t gpr[32];
	uint64_t csr[LVZ_MAX_CSRS];	/* in the order of lvz_csr_next() */
	struct lvz_cause cause;		/* of its latest exit */
	uint64_t exit_number;		/* 0: none yet */
};

struct lvz_vcpu {
	struct lvz_guest *guests[LVZ_NGIDS];	/* NULL: never entered */
	uint64_t root[LVZ_NROOT];
	struct lvz_acts acts;			/* since the border */
	unsigned int gid;			/* of the latest border */
	bool is_inside;
	uint64_t nentries;
	uint64_t border_ns;			/* when it was told; 0: there was none */
};

struct lvz_step {
	bool is_leave;
	unsigned int vcpu, gid;
	uint64_t number;		/* of this stay in guest mode on its vCPU, from 1 */
	uint64_t pc;			/* of the guest */
	uint64_t at_ns;
	uint64_t begin_ns;		/* of what ends now; 0: not known */
	bool is_refill;			/* entry: by the ertn of a refill */
	bool has_cause;			/* entry: this guest has left before */
	struct lvz_cause cause;		/* exit: why; entry: of the exit before */
	uint64_t exit_number;		/* entry: of that exit */
	bool is_switch;			/* entry: another guest was the last that left */
	unsigned int other_gid;
	struct lvz_acts acts;		/* exit: of the guest; entry: of the root */
	const struct lvz_guest *before;	/* NULL: not known */
	const uint64_t *root_before;	/* entry: LVZ_NROOT values; NULL: not known */
	struct la_world now;
};

/* @v is all zero at first and is ended with lvz_vcpu_fini(). */
void lvz_vcpu_fini(struct lvz_vcpu *v);
/* What happened at @at_ns, any clock that starts before and does not stand still. */
struct lvz_step lvz_enter(struct lvz_vcpu *v, unsigned int vcpu, uint64_t at_ns,
			  const struct la_guest_enter *ev);
struct lvz_step lvz_leave(struct lvz_vcpu *v, unsigned int vcpu, uint64_t at_ns,
			  const struct la_guest_leave *ev);
/* @step has been told; time counts from @now_ns on. */
void lvz_settle(struct lvz_vcpu *v, const struct lvz_step *step, uint64_t now_ns);
/* What happens between borders. */
void lvz_heard_exc(struct lvz_vcpu *v, const struct la_exc_event *ev);
void lvz_heard_ertn(struct lvz_vcpu *v, const struct la_ertn_event *ev);

/*
 * Registers of the guest's bank that are followed, one a call, from *@k = 0 on; false: there
 * are no more.
 */
bool lvz_csr_next(unsigned int *k, unsigned int *num);
/* The @i-th of the root. */
unsigned int lvz_root_csr_of(unsigned int i);
/* A register with the parts that are not stored. */
uint64_t lvz_guest_csr(const struct la_world *w, unsigned int num);
uint64_t lvz_root_csr(const struct la_world *w, unsigned int num);

/* The lines of @step, with no end behind the last. */
void lvz_text(struct trace_text *t, const struct lvz_step *step);
/* Of an entry: why it comes now, without the end of a line. */
void lvz_text_why(struct trace_text *t, const struct lvz_step *step);
/* Registers that differ from those before, at most one line; for JSON. */
void lvz_text_changes(struct trace_text *t, const struct lvz_step *step);
/* "3.4 us". */
void lvz_text_time(struct trace_text *t, uint64_t ns);

/* Chrome's trace format, an event a line with a comma behind it. */
void lvz_json_head(struct trace_text *t, const char *vm_name, unsigned int nvcpus);
/* The slice that ended with @step; false: none did. */
bool lvz_json(struct trace_text *t, const struct lvz_step *step);
/* A stay in guest mode that nothing will end. */
bool lvz_json_open(struct trace_text *t, const struct lvz_vcpu *v, unsigned int vcpu,
		   uint64_t now_ns);
/* The last event and the end of the array. */
void lvz_json_tail(struct trace_text *t, uint64_t now_ns);

#define LVZ_NKEYS 4096u

/* All zero at first. */
struct lvz_stats {
	uint64_t nentries, nexits, guest_ns, root_ns;
	uint32_t gids[LVZ_NGIDS / 32];
	struct {
		uint64_t count;
		uint64_t nroots, root_ns, root_max_ns;	/* of those that were followed by an entry */
		uint64_t uncounted;		/* whose key found no place */
	} reasons[LVZ_NREASONS];
	unsigned int nkeys;
	struct {
		uint64_t key, count;		/* count 0: free */
		enum lvz_reason reason;
	} keys[LVZ_NKEYS];
};

void lvz_stats_add(struct lvz_stats *s, const struct lvz_step *step);
/* The table at the end, lines with an end behind all but the last. */
void lvz_stats_text(struct trace_text *t, const struct lvz_stats *s);

#endif
