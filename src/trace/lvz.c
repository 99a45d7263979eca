/* SPDX-License-Identifier: Apache-2.0 */
/* trace/lvz.c - see lvz.h: what is known of a vCPU and of its guests. */
#include "trace/lvz.h"

#include <stdlib.h>
#include <string.h>

#include "soft/isa.h"
#include "soft/isa_csrs.h"
#include "util/bits.h"

#define BANK_CSRS 0x400u	/* what struct la_world has */
#define ECODE_SYS 0xbu

/* ------------------------------------------------------------------ registers */

/* All that the guest's bank has, but what is computed or runs by itself. */
static bool is_followed(const struct la_csr_info *info)
{
	return info->guest == LA_CSR_GUEST_OWN && info->num < BANK_CSRS &&
	       info->num != LA_CSR_PGD && info->num != LA_CSR_TICLR;
}

bool lvz_csr_next(unsigned int *k, unsigned int *num)
{
	while (*k < la_ncsrs && !is_followed(&la_csr_info[*k]))
		++*k;
	if (*k == la_ncsrs)
		return false;
	*num = la_csr_info[(*k)++].num;
	return true;
}

unsigned int lvz_root_csr_of(unsigned int i)
{
	static const uint16_t nums[LVZ_NROOT] = {
		LA_CSR_GSTAT, LA_CSR_GCFG, LA_CSR_GINTC, LA_CSR_GCNTC, LA_CSR_GTLBC, LA_CSR_EUEN,
		LA_CSR_ECFG, LA_CSR_EENTRY, LA_CSR_PGDL,
	};

	return nums[i];
}

static uint64_t with_lines(unsigned int num, uint64_t v, uint32_t is)
{
	return num == LA_CSR_ESTAT ? (v & ~(uint64_t)LA_ESTAT_IS) | (is & LA_ESTAT_IS) : v;
}

uint64_t lvz_guest_csr(const struct la_world *w, unsigned int num)
{
	return with_lines(num, w->guest[num], w->guest_is);
}

uint64_t lvz_root_csr(const struct la_world *w, unsigned int num)
{
	return with_lines(num, w->root[num], w->root_is);
}

/* ------------------------------------------------------------------ steps */

void lvz_vcpu_fini(struct lvz_vcpu *v)
{
	for (unsigned int i = 0; i < LVZ_NGIDS; i++)
		free(v->guests[i]);
}

static unsigned int gid_of(const struct la_world *w)
{
	return (unsigned int)((w->root[LA_CSR_GSTAT] & LA_GSTAT_GID) >> LA_GSTAT_GID_SHIFT);
}

struct lvz_step lvz_enter(struct lvz_vcpu *v, unsigned int vcpu, uint64_t at_ns,
			  const struct la_guest_enter *ev)
{
	unsigned int gid = gid_of(&ev->world);
	const struct lvz_guest *g = v->guests[gid];
	bool was_outside = v->border_ns && !v->is_inside;
	struct lvz_step s = {
		.vcpu = vcpu,
		.gid = gid,
		.number = v->nentries + 1,
		.pc = ev->target,
		.at_ns = at_ns,
		/* A reset ends a stay without an exit. */
		.begin_ns = was_outside ? v->border_ns : 0,
		.is_refill = ev->is_refill,
		.has_cause = g && g->exit_number,
		.is_switch = was_outside && v->gid != gid,
		.other_gid = v->gid,
		.acts = v->acts,
		.before = g,
		.root_before = was_outside ? v->root : NULL,
		.now = ev->world,
	};

	if (s.has_cause) {
		s.cause = g->cause;
		s.exit_number = g->exit_number;
	}
	return s;
}

struct lvz_step lvz_leave(struct lvz_vcpu *v, unsigned int vcpu, uint64_t at_ns,
			  const struct la_guest_leave *ev)
{
	unsigned int gid = gid_of(&ev->world);
	bool is_known = v->is_inside && v->gid == gid;

	return (struct lvz_step){
		.is_leave = true,
		.vcpu = vcpu,
		.gid = gid,
		.number = v->nentries,
		.pc = ev->pc,
		.at_ns = at_ns,
		.begin_ns = is_known ? v->border_ns : 0,
		.cause = lvz_cause_of(ev),
		.acts = v->acts,
		.before = is_known ? v->guests[gid] : NULL,
		.now = ev->world,
	};
}

/* NULL: out of memory, which costs the lines about changes. */
static struct lvz_guest *guest_of(struct lvz_vcpu *v, unsigned int gid)
{
	if (!v->guests[gid])
		v->guests[gid] = calloc(1, sizeof(*v->guests[gid]));
	return v->guests[gid];
}

void lvz_settle(struct lvz_vcpu *v, const struct lvz_step *step, uint64_t now_ns)
{
	struct lvz_guest *g = guest_of(v, step->gid);
	unsigned int k = 0, num;

	v->gid = step->gid;
	v->is_inside = !step->is_leave;
	v->nentries = step->number;
	v->border_ns = now_ns;
	v->acts = (struct lvz_acts){ 0 };
	for (unsigned int i = 0; i < LVZ_NROOT; i++)
		v->root[i] = lvz_root_csr(&step->now, lvz_root_csr_of(i));
	if (!g)
		return;
	memcpy(g->gpr, step->now.gpr, sizeof(g->gpr));
	for (unsigned int i = 0; i < LVZ_MAX_CSRS && lvz_csr_next(&k, &num); i++)
		g->csr[i] = lvz_guest_csr(&step->now, num);
	if (step->is_leave) {
		g->cause = step->cause;
		g->exit_number = step->number;
	}
}

/* ------------------------------------------------------------------ in between */

void lvz_heard_exc(struct lvz_vcpu *v, const struct la_exc_event *ev)
{
	struct lvz_acts *a = &v->acts;

	/* An exit is a border. */
	if (ev->is_exit)
		return;
	if (ev->ecode == LA_ECODE_INT) {
		a->irqs++;
		a->irq_lines |= BIT32(ev->irq);
	} else if (ev->ecode == LA_ECODE_TLBR) {
		a->refills++;
	} else if (ev->ecode == ECODE_SYS) {
		a->syscalls++;
	} else {
		a->others++;
	}
}

void lvz_heard_ertn(struct lvz_vcpu *v, const struct la_ertn_event *ev)
{
	if (ev->plv == 3 && !ev->is_entry)
		v->acts.is_user = true;
}
