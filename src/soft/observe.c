/* SPDX-License-Identifier: Apache-2.0 */
/* soft/observe.c - see observe.h; the slow halves of the hooks. */
#include "soft/observe.h"

#include "soft/csr.h"
#include "soft/observe_priv.h"
#include "soft/pc.h"

#define EXC_CODE_MASK 0x3fu
#define EXC_ESUB_SHIFT 6

_Static_assert((unsigned int)LA_EXC_TLBR == LA_ECODE_TLBR, "one number for a refill");

/* Vol. 1, table 7-8. */
static const char *const names[] = {
	[LA_EXC_INT] = "INT", [LA_EXC_PIL] = "PIL", [LA_EXC_PIS] = "PIS", [LA_EXC_PIF] = "PIF",
	[LA_EXC_PME] = "PME", [LA_EXC_PNR] = "PNR", [LA_EXC_PNX] = "PNX", [LA_EXC_PPI] = "PPI",
	[LA_EXC_ADEF] = "ADEF", [LA_EXC_ADEM] = "ADEM", [LA_EXC_ALE] = "ALE",
	[LA_EXC_BCE] = "BCE", [LA_EXC_SYS] = "SYS", [LA_EXC_BRK] = "BRK", [LA_EXC_INE] = "INE",
	[LA_EXC_IPE] = "IPE", [LA_EXC_FPD] = "FPD", [LA_EXC_SXD] = "SXD",
	[LA_EXC_ASXD] = "ASXD", [LA_EXC_FPE] = "FPE", [LA_EXC_VFPE] = "VFPE",
	[LA_EXC_WPEF] = "WPEF", [LA_EXC_WPEM] = "WPEM", [LA_EXC_TLBR] = "TLBR",
	[LA_EXC_GSPR] = "GSPR", [LA_EXC_HVC] = "HVC", [LA_EXC_GCSC] = "GCSC",
	[LA_EXC_GCHC] = "GCHC",
};

const char *la_exc_name(unsigned int ecode, unsigned int esubcode)
{
	uint64_t i = ecode | (uint64_t)esubcode << EXC_ESUB_SHIFT;

	return ecode <= EXC_CODE_MASK && i < ARRAY_SIZE(names) ? names[i] : NULL;
}

bool la_observes_code(const struct la_cpu *cpu, uint64_t first, uint64_t last)
{
	const struct la_observer *o = cpu->m->observer;

	if (!la_observes(cpu, LA_OBSERVE_INSN) || !(o->cpus >> cpu->index & 1))
		return false;
	for (unsigned int i = 0; i < o->nranges; i++) {
		if (first <= o->ranges[i].last && last >= o->ranges[i].first)
			return true;
	}
	return !o->nranges;
}

/* PLV of the code that the handler of @exc has interrupted. */
static unsigned int interrupted_plv(const struct la_cpu *cpu, bool is_refill, bool is_exit)
{
	const uint64_t *r = cpu->csr->r;

	/* What the root saved is its own. */
	if (is_exit)
		return cpu->guest->r[LA_CSR_CRMD] & LA_CRMD_PLV;
	return is_refill ? r[LA_CSR_TLBRPRMD] & LA_TLBRPRMD_PPLV : r[LA_CSR_PRMD] & LA_PRMD_PPLV;
}

void la_observe_enter(struct la_cpu *cpu, enum la_exc exc, unsigned int irq, bool is_exit)
{
	const struct la_observer *o = cpu->m->observer;
	const uint64_t *r = cpu->csr->r;
	bool is_refill = exc == LA_EXC_TLBR;
	const struct la_exc_event ev = {
		.ecode = exc & EXC_CODE_MASK,
		.esubcode = exc >> EXC_ESUB_SHIFT,
		.irq = irq,
		.plv = interrupted_plv(cpu, is_refill, is_exit),
		.era = is_refill ? r[LA_CSR_TLBRERA] & ~UINT64_C(3) : r[LA_CSR_ERA],
		.badv = r[is_refill ? LA_CSR_TLBRBADV : LA_CSR_BADV],
		.badi = (uint32_t)r[LA_CSR_BADI],
		.target = cpu->pc,
		.is_guest = cpu->is_guest || is_exit,
		.is_exit = is_exit,
	};

	o->exc_enter(o->ctx, cpu->index, &ev);
}

void la_observe_return(struct la_cpu *cpu, uint64_t pc, bool is_refill, bool is_entry)
{
	const struct la_observer *o = cpu->m->observer;
	const struct la_ertn_event ev = { pc, cpu->pc, cpu->plv, is_refill,
					  cpu->is_guest && !is_entry, is_entry };

	o->exc_return(o->ctx, cpu->index, &ev);
}

void la_observe_csr(struct la_cpu *cpu, const struct la_uop *u, unsigned int num, uint64_t old,
		    uint64_t val, uint64_t mask, bool is_gcsr)
{
	const struct la_observer *o = cpu->m->observer;
	const struct la_csr_info *info = la_csr_find(num);
	/* Some 32-bit registers are read with their sign, and any may be written so. */
	uint64_t width = mask64(info ? info->width : 64);
	const struct la_csr_event ev = {
		.pc = la_pc_of(cpu, u),
		.num = num,
		.old = old & width,
		.now = (is_gcsr ? la_gcsr_read(cpu, num) : la_csr_read(cpu, num)) & width,
		.wanted = ((old & ~mask) | (val & mask)) & width,
		.is_guest = cpu->is_guest,
		.is_gcsr = is_gcsr,
	};

	o->csr(o->ctx, cpu->index, &ev);
}

static struct la_world world_of(const struct la_cpu *cpu)
{
	return (struct la_world){ cpu->gpr, cpu->root->r, cpu->guest->r,
				  la_irq_state(cpu, cpu->root), la_irq_state(cpu, cpu->guest) };
}

void la_observe_guest_enter(struct la_cpu *cpu, uint64_t pc, bool is_refill)
{
	const struct la_observer *o = cpu->m->observer;
	const struct la_guest_enter ev = { pc, cpu->pc, is_refill, world_of(cpu) };

	o->guest_enter(o->ctx, cpu->index, &ev);
}

void la_observe_guest_leave(struct la_cpu *cpu, enum la_exc exc, unsigned int irq,
			    const uint32_t *insn)
{
	const struct la_observer *o = cpu->m->observer;
	const uint64_t *r = cpu->root->r;
	const struct la_guest_leave ev = {
		.ecode = exc & EXC_CODE_MASK,
		.esubcode = exc >> EXC_ESUB_SHIFT,
		.irq = irq,
		.pc = exc == LA_EXC_TLBR ? r[LA_CSR_TLBRERA] & ~UINT64_C(3) : r[LA_CSR_ERA],
		.target = cpu->pc,
		.insn = insn ? *insn : 0,
		.has_insn = insn != NULL,
		.world = world_of(cpu),
	};

	o->guest_leave(o->ctx, cpu->index, &ev);
}
