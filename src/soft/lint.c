/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/lint.c - rules about the world switch and the registers of LVZ.  See lint.h.
 *
 * A window is the time in root mode with GSTAT.PVM or GTLBC.TGID set.  In it the CPU gets
 * fast tables that are always empty and executes word by word, so that every access comes
 * by here; outside of windows, and in guests, all runs as ever.
 */
#include "soft/lint.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soft/csr.h"
#include "soft/isa.h"
#include "soft/lint_priv.h"
#include "soft/machine.h"
#include "soft/pc.h"

#define VECTORS_BYTES UINT64_C(0x10000)

int la_lint_init(struct la_cpu *cpu)
{
	struct la_lint *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	l->sink = cpu->m->lint;
	atomic_init(&l->quiet_ns, UINT64_MAX);
	la_mmu_tables_clear(&l->none);
	cpu->lint = l;
	return 0;
}

void la_lint_reset(struct la_cpu *cpu)
{
	struct la_lint *l = cpu->lint;

	l->is_window = l->was_user = l->is_stepping = l->is_pgdl_of_guest = false;
	l->entry_pc = l->entry_pgdl = l->host_eentry = l->exit_eentry = l->ll_owner = 0;
	l->fault = (struct la_lint_fault){ .is_known = false };
	memset(l->pair, 0, sizeof(l->pair));
	memset(l->owner, 0, sizeof(l->owner));
	l->has_owner = false;
}

void la_lint_report(struct la_cpu *cpu, enum la_lint_rule rule, uint64_t pc, const char *fmt,
		    ...)
{
	struct la_lint_finding f = { .rule = rule, .cpu = cpu->index, .pc = pc };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f.detail, sizeof(f.detail), fmt, ap);
	va_end(ap);
	cpu->lint->sink->finding(cpu->lint->sink->ctx, &f);
}

/* ------------------------------------------------------------------ state */

static unsigned int tgid(const struct la_cpu *cpu)
{
	uint64_t gtlbc = cpu->root->r[LA_CSR_GTLBC];

	return gtlbc & LA_GTLBC_USETGID ? (gtlbc & LA_GTLBC_TGID) >> LA_GTLBC_TGID_SHIFT : 0;
}

static unsigned int gid(const struct la_cpu *cpu)
{
	return (cpu->root->r[LA_CSR_GSTAT] & LA_GSTAT_GID) >> LA_GSTAT_GID_SHIFT;
}

static bool has_pvm(const struct la_cpu *cpu)
{
	return cpu->root->r[LA_CSR_GSTAT] & LA_GSTAT_PVM;
}

uint64_t la_lint_guest(const struct la_cpu *cpu)
{
	uint64_t table = cpu->root->r[LA_CSR_PGDL] & LA_PA_MASK & ~UINT64_C(0xfff);

	return LA_LINT_GUEST | (table ? table : (uint64_t)gid(cpu) << 12) |
	       (cpu->guest->r[LA_CSR_CPUID] & 0xfff);
}

static uint64_t pc_of(const struct la_cpu *cpu, const struct la_uop *u)
{
	return la_addr(cpu, u ? la_pc_of(cpu, u) : cpu->pc);
}

/* What the kernel of the root had begun before now is done when others see this. */
static void note_quiet(struct la_cpu *cpu, bool is_quiet)
{
	atomic_store(&cpu->lint->quiet_ns, is_quiet ? UINT64_MAX : la_now_ns());
}

void la_lint_select(struct la_cpu *cpu)
{
	struct la_lint *l = cpu->lint;
	bool is_user = !cpu->is_guest && cpu->plv == 3;
	bool is_window = !cpu->is_guest && (has_pvm(cpu) || tgid(cpu));

	if (is_window && !l->is_window)
		l->has_told_fetch = l->has_told_interrupts = false;
	l->is_window = is_window;
	if (is_window)
		cpu->tlb = &l->none;
	if (l->was_user && !is_user && !cpu->is_guest)
		la_lint_fp_own(cpu, LA_LINT_USER);
	if (is_user || cpu->is_guest)
		note_quiet(cpu, true);
	else if (atomic_load(&l->quiet_ns) == UINT64_MAX)
		note_quiet(cpu, false);
	l->was_user = is_user;
	l->is_stepping = false;
	cpu->euen = la_lint_euen(cpu);
}

/* ------------------------------------------------------------------ windows */

static const char *window_text(const struct la_cpu *cpu)
{
	return !has_pvm(cpu) ? "TGID" : tgid(cpu) ? "PVM and TGID" : "PVM";
}

static void check_interrupts(struct la_cpu *cpu, uint64_t pc)
{
	struct la_lint *l = cpu->lint;

	if (!l->is_window || l->has_told_interrupts ||
	    !(cpu->root->r[LA_CSR_CRMD] & LA_CRMD_IE))
		return;
	l->has_told_interrupts = true;
	la_lint_report(cpu, LA_LINT_WINDOW_INTERRUPTS, pc, "CRMD.IE is 1 with %s set",
		       window_text(cpu));
}

static void fetch_mapped(struct la_cpu *cpu, uint64_t pc)
{
	struct la_lint *l = cpu->lint;
	uint64_t eentry = cpu->root->r[LA_CSR_EENTRY];

	if (l->has_told_fetch)
		return;
	l->has_told_fetch = true;
	if (pc - eentry < VECTORS_BYTES && has_pvm(cpu))
		la_lint_report(cpu, LA_LINT_EXIT_VECTOR_MAPPED, pc,
			       "the exit of guest %u goes through the TLB to EENTRY %#llx",
			       gid(cpu), (unsigned long long)eentry);
	else
		la_lint_report(cpu, LA_LINT_WINDOW_FETCH_MAPPED, pc,
			       "code behind the TLB executes with %s set", window_text(cpu));
}

void la_lint_mapped(struct la_cpu *cpu, const struct la_uop *u, uint64_t va, enum la_access acc)
{
	if (!cpu->lint->is_window)
		return;
	if (acc == LA_ACC_FETCH)
		fetch_mapped(cpu, va);
	else
		la_lint_report(cpu, LA_LINT_WINDOW_DATA_MAPPED, pc_of(cpu, u),
			       "%s of %#llx through the TLB with %s set",
			       acc == LA_ACC_LOAD ? "load" : "store", (unsigned long long)va,
			       window_text(cpu));
}

static bool is_translation_fault(enum la_exc exc)
{
	return exc >= LA_EXC_PIL && exc <= LA_EXC_PPI;
}

void la_lint_raise(struct la_cpu *cpu, const struct la_uop *u, enum la_exc exc)
{
	if (cpu->is_guest)
		return;
	la_lint_fp_trap(cpu, u, exc);
	/* Faults of translation follow from an access that was told of. */
	if (cpu->lint->is_window && !is_translation_fault(exc))
		la_lint_report(cpu, LA_LINT_WINDOW_EXCEPTION, pc_of(cpu, u),
			       "exception %#x of the root with %s set", exc & 0x3f,
			       window_text(cpu));
}

/* ------------------------------------------------------------------ entry and exit */

static void check_tags(struct la_cpu *cpu, uint64_t pc)
{
	if (!gid(cpu))
		la_lint_report(cpu, LA_LINT_ENTRY_GID_ZERO, pc, "guest entered with GSTAT.GID 0");
	if (!(cpu->root->r[LA_CSR_GTLBC] & LA_GTLBC_USETGID))
		la_lint_report(cpu, LA_LINT_ENTRY_USETGID_CLEAR, pc,
			       "guest %u entered with GTLBC.USETGID 0", gid(cpu));
	else if (tgid(cpu) != gid(cpu))
		la_lint_report(cpu, LA_LINT_ENTRY_TGID_DIFFERS, pc,
			       "guest %u entered with GTLBC.TGID %u", gid(cpu), tgid(cpu));
}

static void check_prmd(struct la_cpu *cpu, uint64_t pc)
{
	uint64_t prmd = cpu->root->r[LA_CSR_PRMD];

	if (prmd & LA_PRMD_PPLV)
		la_lint_report(cpu, LA_LINT_ENTRY_PRMD_PLV, pc, "guest %u entered with PRMD.PPLV %u",
			       gid(cpu), (unsigned int)(prmd & LA_PRMD_PPLV));
	if (!(prmd & LA_PRMD_PIE))
		la_lint_report(cpu, LA_LINT_ENTRY_PRMD_PIE, pc, "guest %u entered with PRMD.PIE 0",
			       gid(cpu));
}

static void check_monitor(struct la_cpu *cpu, uint64_t pc)
{
	uint64_t before = cpu->lint->ll_owner, now = la_lint_guest(cpu);

	/* Vcpus of one VM: the memory is the same, so an SC of one can pair with the other's LL. */
	if (!cpu->guest->ll.is_open || !before || before == now || (before ^ now) & ~UINT64_C(0xfff))
		return;
	la_lint_report(cpu, LA_LINT_LLBIT_KEPT, pc, "vCPU %u entered with the LL bit of vCPU %u",
		       (unsigned int)(now & 0xfff), (unsigned int)(before & 0xfff));
}

static void enter(struct la_cpu *cpu, uint64_t pc)
{
	struct la_lint *l = cpu->lint;

	if (l->sink->entry)
		l->sink->entry(l->sink->ctx, cpu->index);
	l->entry_pc = pc;
	l->entry_pgdl = cpu->root->r[LA_CSR_PGDL];
	check_tags(cpu, pc);
	check_prmd(cpu, pc);
	check_interrupts(cpu, pc);
	check_monitor(cpu, pc);
	la_lint_fp_check_guest(cpu, pc, la_lint_guest(cpu));
	la_lint_tlb_entry(cpu);
}

/* Interrupts are enabled from @pc on: through which vector? */
static void check_eentry(struct la_cpu *cpu, uint64_t pc)
{
	struct la_lint *l = cpu->lint;
	uint64_t now = cpu->root->r[LA_CSR_EENTRY];

	if (l->exit_eentry && now == l->exit_eentry && l->host_eentry && now != l->host_eentry)
		la_lint_report(cpu, LA_LINT_EENTRY_NOT_RESTORED, pc,
			       "interrupts enabled with EENTRY %#llx, that of exits",
			       (unsigned long long)now);
	else
		l->host_eentry = now;
	l->exit_eentry = 0;
}

void la_lint_ertn(struct la_cpu *cpu, uint64_t pc)
{
	const uint64_t *r = cpu->root->r;

	if (cpu->is_guest)
		return;
	pc = la_addr(cpu, pc);
	if (r[LA_CSR_TLBRERA] & LA_TLBRERA_ISTLBR) {
		if (!(r[LA_CSR_TLBRPRMD] & LA_TLBRPRMD_PGM) != !has_pvm(cpu))
			la_lint_report(cpu, LA_LINT_WINDOW_REFILL, pc,
				       "a refill in %s mode returns with PVM %d",
				       r[LA_CSR_TLBRPRMD] & LA_TLBRPRMD_PGM ? "guest" : "root",
				       has_pvm(cpu));
		return;
	}
	if (has_pvm(cpu)) {
		enter(cpu, pc);
		return;
	}
	if (r[LA_CSR_PRMD] & LA_PRMD_PIE)
		check_eentry(cpu, pc);
	if ((r[LA_CSR_PRMD] & LA_PRMD_PPLV) == 3)
		la_lint_fp_check_user(cpu, pc);
}

void la_lint_exit(struct la_cpu *cpu)
{
	struct la_lint *l = cpu->lint;
	uint64_t guest = la_lint_guest(cpu);

	l->exit_eentry = cpu->root->r[LA_CSR_EENTRY];
	l->ll_owner = cpu->guest->ll.is_open ? guest : 0;
	la_lint_fp_own(cpu, guest);
}

/* ------------------------------------------------------------------ registers */

static void check_gcfg(struct la_cpu *cpu, uint64_t pc, uint64_t val, uint64_t mask)
{
	const uint64_t fields = LA_GCFG_MATC | LA_GCFG_SIT | LA_GCFG_TIT | LA_GCFG_TOE |
				LA_GCFG_TOP | LA_GCFG_TORU | LA_GCFG_GCI | LA_GCFG_GPERF;
	uint64_t now = cpu->root->r[LA_CSR_GCFG];
	uint64_t lost = (val ^ now) & mask & fields;
	unsigned int gci = (unsigned int)((now & LA_GCFG_GCI) >> LA_GCFG_GCI_SHIFT);

	if (lost)
		la_lint_report(cpu, LA_LINT_GCFG_NOT_OFFERED, pc,
			       "GCFG bits %#llx do not take the value written",
			       (unsigned long long)lost);
	else if (!((now & LA_GCFG_GCIP) >> LA_GCFG_GCIP_SHIFT >> gci & 1))
		la_lint_report(cpu, LA_LINT_GCFG_NOT_OFFERED, pc, "GCFG.GCI %u is not in GCIP",
			       gci);
}

void la_lint_csr(struct la_cpu *cpu, const struct la_uop *u, unsigned int num, uint64_t val,
		 uint64_t mask)
{
	uint64_t pc = pc_of(cpu, u);

	if (cpu->is_guest)
		return;
	switch (num) {
	case LA_CSR_CRMD:
		if ((cpu->root->r[num] & LA_CRMD_IE) && !cpu->lint->is_window)
			check_eentry(cpu, pc);
		check_interrupts(cpu, pc);
		break;
	case LA_CSR_GSTAT:
	case LA_CSR_GTLBC:
		check_interrupts(cpu, pc);
		break;
	case LA_CSR_GCFG:
		check_gcfg(cpu, pc, val, mask);
		break;
	case LA_CSR_GINTC:
		if (val & mask & LA_GINTC_HC)
			la_lint_report(cpu, LA_LINT_GINTC_HC, pc, "GINTC.HC %#x written",
				       (unsigned int)((val & mask & LA_GINTC_HC) >>
						      LA_GINTC_HC_SHIFT));
		break;
	default:
		break;
	}
}

void la_lint_gcsr(struct la_cpu *cpu, const struct la_uop *u, unsigned int num)
{
	const struct la_csr_info *info = la_csr_find(num);

	/* No counter is ever the guest's here: GCFG.GPERF stays 0. */
	if (info && info->guest == LA_CSR_GUEST_OWN)
		return;
	la_lint_report(cpu, LA_LINT_GCSR_ABSENT, pc_of(cpu, u), "the guest's bank has no %s (%#x)",
		       info ? info->name : "such register", num);
}

void la_lint_invtlb(struct la_cpu *cpu, const struct la_uop *u, unsigned int op)
{
	if (!cpu->is_guest)
		la_lint_report(cpu, LA_LINT_INVTLB_UNDEFINED, pc_of(cpu, u), "invtlb %#x", op);
}
