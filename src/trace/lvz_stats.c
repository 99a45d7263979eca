/* SPDX-License-Identifier: Apache-2.0 */
/* trace/lvz_stats.c - how often guests exit, why, and what that costs in the root. */
#include <inttypes.h>

#include "trace/lvz.h"
#include "util/bits.h"

#define add trace_text_add
#define TOP 8u

/* ------------------------------------------------------------------ counting */

static void count_key(struct lvz_stats *s, enum lvz_reason reason, uint64_t key)
{
	uint64_t hash = (key ^ (uint64_t)reason << 56) * UINT64_C(0x9e3779b97f4a7c15);
	unsigned int i = (unsigned int)(hash >> 52) % LVZ_NKEYS;

	for (; s->keys[i].count; i = (i + 1) % LVZ_NKEYS) {
		if (s->keys[i].key == key && s->keys[i].reason == reason) {
			s->keys[i].count++;
			return;
		}
	}
	/* A guest may name any address: the table stays half empty. */
	if (s->nkeys >= LVZ_NKEYS / 2) {
		s->reasons[reason].uncounted++;
		return;
	}
	s->nkeys++;
	s->keys[i].key = key;
	s->keys[i].reason = reason;
	s->keys[i].count = 1;
}

void lvz_stats_add(struct lvz_stats *s, const struct lvz_step *step)
{
	enum lvz_reason reason = step->cause.reason;
	uint64_t ns = step->begin_ns ? step->at_ns - step->begin_ns : 0, key;

	s->gids[step->gid / 32] |= BIT32(step->gid % 32);
	if (step->is_leave) {
		s->nexits++;
		s->guest_ns += ns;
		s->reasons[reason].count++;
		if (lvz_cause_key(&step->cause, &key))
			count_key(s, reason, key);
		return;
	}
	s->nentries++;
	s->root_ns += ns;
	/* After another guest's exit the time is not this one's. */
	if (!step->has_cause || !step->begin_ns || step->is_switch)
		return;
	s->reasons[reason].nroots++;
	s->reasons[reason].root_ns += ns;
	if (ns > s->reasons[reason].root_max_ns)
		s->reasons[reason].root_max_ns = ns;
}

/* ------------------------------------------------------------------ the table */

static void add_time(struct trace_text *t, uint64_t ns, bool is_known)
{
	char buf[32];
	struct trace_text text = { buf, sizeof(buf), 0 };

	if (is_known)
		lvz_text_time(&text, ns);
	else
		add(&text, "-");
	add(t, "  %9s", buf);
}

static void add_reason(struct trace_text *t, const struct lvz_stats *s, enum lvz_reason r)
{
	uint64_t count = s->reasons[r].count, n = s->reasons[r].nroots;

	add(t, "\n  %-13s %9" PRIu64 "  %5.1f%%", lvz_reason_name(r), count,
	    100.0 * (double)count / (double)s->nexits);
	add_time(t, n ? s->reasons[r].root_ns / n : 0, n);
	add_time(t, s->reasons[r].root_max_ns, n);
	add(t, "  %s", lvz_reason_words(r));
}

/* The most frequent first; of equals the one that is listed first.  LVZ_NREASONS: no more. */
static enum lvz_reason next_reason(const struct lvz_stats *s, uint32_t done)
{
	enum lvz_reason best = LVZ_NREASONS;

	for (unsigned int r = 0; r < LVZ_NREASONS; r++) {
		if (!s->reasons[r].count || (done >> r & 1))
			continue;
		if (best == LVZ_NREASONS || s->reasons[r].count > s->reasons[best].count)
			best = (enum lvz_reason)r;
	}
	return best;
}

/* True when key @a stands before @b. */
static bool is_before(const struct lvz_stats *s, unsigned int a, unsigned int b)
{
	if (s->keys[a].count != s->keys[b].count)
		return s->keys[a].count > s->keys[b].count;
	return s->keys[a].key < s->keys[b].key;
}

static void add_keys(struct trace_text *t, const struct lvz_stats *s, enum lvz_reason r)
{
	unsigned int top[TOP + 1], n = 0;
	uint64_t rest = s->reasons[r].count;

	for (unsigned int i = 0; i < LVZ_NKEYS; i++) {
		unsigned int at;

		if (!s->keys[i].count || s->keys[i].reason != r)
			continue;
		for (at = n; at && is_before(s, i, top[at - 1]); at--)
			top[at] = top[at - 1];
		top[at] = i;
		if (n < TOP)
			n++;
	}
	for (unsigned int i = 0; i < n; i++) {
		add(t, "\n  %-13s %9" PRIu64 "  ", i ? "" : lvz_reason_name(r), s->keys[top[i]].count);
		lvz_cause_add_key(t, r, s->keys[top[i]].key);
		rest -= s->keys[top[i]].count;
	}
	if (n && rest)
		add(t, "\n  %-13s %9" PRIu64 "  others%s", "", rest,
		    s->reasons[r].uncounted ? ", more than were kept apart" : "");
}

static unsigned int count_guests(const struct lvz_stats *s)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(s->gids); i++)
		n += (unsigned int)__builtin_popcount(s->gids[i]);
	return n;
}

void lvz_stats_text(struct trace_text *t, const struct lvz_stats *s)
{
	unsigned int nguests = count_guests(s);
	enum lvz_reason r;

	add(t, "end of the trace: %" PRIu64 " %s and %" PRIu64 " %s of %u GID%s, ", s->nentries,
	    s->nentries == 1 ? "entry" : "entries", s->nexits, s->nexits == 1 ? "exit" : "exits",
	    nguests, nguests == 1 ? "" : "s");
	lvz_text_time(t, s->guest_ns);
	add(t, " in guests, ");
	lvz_text_time(t, s->root_ns);
	add(t, " in the root in between");
	if (!s->nexits)
		return;
	add(t, "\n  %-13s %9s  %6s  %9s  %9s", "exits", "count", "share", "root mean", "root max");
	for (uint32_t done = 0; (r = next_reason(s, done)) < LVZ_NREASONS; done |= BIT32(r))
		add_reason(t, s, r);
	add(t, "\n  most often");
	for (uint32_t done = 0; (r = next_reason(s, done)) < LVZ_NREASONS; done |= BIT32(r))
		add_keys(t, s, r);
}
