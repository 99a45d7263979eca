/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/lint_fp.c - whose values are in the floating-point and vector registers, and who
 * gets to see them.
 *
 * What a guest or a user could access when it was left is taken for its own.  As long as
 * such values are there, FP instructions of the root's kernel trap into la_lint_fp_trap(),
 * which notes the register that each writes: that one is the kernel's to hand out.
 */
#include <setjmp.h>
#include <string.h>

#include "soft/csr.h"
#include "soft/isa.h"
#include "soft/lint_priv.h"
#include "soft/machine.h"
#include "soft/pc.h"
#include "soft/pmu.h"
#include "util/bits.h"

static const uint32_t unit_bits[LA_LINT_PARTS] = { LA_EUEN_FPE, LA_EUEN_SXE, LA_EUEN_ASXE };
static const char *const unit_names[LA_LINT_PARTS] = { "FP", "LSX", "LASX" };

uint32_t la_lint_euen(const struct la_cpu *cpu)
{
	const struct la_lint *l = cpu->lint;

	if (l->has_owner && !l->is_stepping && !cpu->is_guest && !cpu->plv)
		return 0;
	return (uint32_t)(cpu->csr->r[LA_CSR_EUEN] & cpu->root->r[LA_CSR_EUEN]);
}

/* The parts of a register that EUEN gives access to: a wider unit shows all below it. */
static unsigned int visible_parts(const struct la_cpu *cpu)
{
	uint64_t euen = cpu->root->r[LA_CSR_EUEN];

	for (unsigned int n = LA_LINT_PARTS; n > 0; n--) {
		if (euen & unit_bits[n - 1])
			return n;
	}
	return 0;
}

void la_lint_fp_own(struct la_cpu *cpu, uint64_t owner)
{
	struct la_lint *l = cpu->lint;
	unsigned int n = visible_parts(cpu);

	for (unsigned int p = 0; p < n; p++) {
		for (unsigned int i = 0; i < 32; i++)
			l->owner[p][i] = owner;
	}
	l->has_owner |= n > 0;
}

static void forget_all(struct la_cpu *cpu)
{
	memset(cpu->lint->owner, 0, sizeof(cpu->lint->owner));
	cpu->lint->has_owner = false;
}

void la_lint_fp_check_guest(struct la_cpu *cpu, uint64_t pc, uint64_t guest)
{
	struct la_lint *l = cpu->lint;
	unsigned int n = visible_parts(cpu);

	for (unsigned int p = 0; p < n; p++) {
		for (unsigned int i = 0; i < 32; i++) {
			if (!l->owner[p][i] || l->owner[p][i] == guest)
				continue;
			la_lint_report(cpu, LA_LINT_FPU_TO_GUEST, pc,
				       "%s register %u holds the value of %s",
				       unit_names[p], i,
				       l->owner[p][i] & LA_LINT_GUEST ? "another guest" : "a user");
			forget_all(cpu);
			return;
		}
	}
}

void la_lint_fp_check_user(struct la_cpu *cpu, uint64_t pc)
{
	struct la_lint *l = cpu->lint;
	unsigned int n = visible_parts(cpu);

	for (unsigned int p = 0; p < n; p++) {
		for (unsigned int i = 0; i < 32; i++) {
			if (!(l->owner[p][i] & LA_LINT_GUEST))
				continue;
			la_lint_report(cpu, LA_LINT_FPU_TO_USER, pc,
				       "%s register %u holds a guest's value", unit_names[p], i);
			forget_all(cpu);
			return;
		}
	}
}

/* ------------------------------------------------------------------ the root's writes */

/* Instructions of the units whose rd is no register of theirs. */
static bool writes_elsewhere(const char *name)
{
	static const char *const begins[] = { "movf", "movgr2fcsr", "movgr2cf", "movcf2gr", "fcmp",
					      "vpickve2gr", "xvpickve2gr", "vset", "xvset", "bc" };

	for (size_t i = 0; i < ARRAY_SIZE(begins); i++) {
		if (!strncmp(name, begins[i], strlen(begins[i])))
			return true;
	}
	return false;
}

static void note_write(struct la_cpu *cpu, uint32_t insn)
{
	struct la_lint *l = cpu->lint;
	struct la_uop u;
	const struct la_insn_info *info = &la_insn_info[la_decode(insn, &u)];
	unsigned int nparts = info->gate == LA_GATE_LASX ? 3 : info->gate == LA_GATE_LSX ? 2 : 1;
	uint64_t left = 0;

	if (info->gate == LA_GATE_NONE || (info->flags & LA_INSN_STORE) ||
	    writes_elsewhere(info->name))
		return;
	for (unsigned int p = 0; p < nparts; p++)
		l->owner[p][insn & 31] = 0;
	for (unsigned int i = 0; i < 32; i++)
		left |= l->owner[0][i] | l->owner[1][i] | l->owner[2][i];
	l->has_owner = left != 0;
}

static uint32_t unit_of(enum la_exc exc)
{
	switch (exc) {
	case LA_EXC_FPD:
		return LA_EUEN_FPE;
	case LA_EXC_SXD:
		return LA_EUEN_SXE;
	case LA_EXC_ASXD:
		return LA_EUEN_ASXE;
	default:
		return 0;
	}
}

void la_lint_fp_trap(struct la_cpu *cpu, const struct la_uop *u, enum la_exc exc)
{
	struct la_lint *l = cpu->lint;

	if (!u || !(unit_of(exc) & cpu->root->r[LA_CSR_EUEN]))
		return;
	note_write(cpu, la_code_has(cpu->m, u) ? la_code_word(cpu->m, u) : cpu->step_insn);
	cpu->pc = la_pc_of(cpu, u);
	if (unlikely(cpu->pmu.counts_insns))
		la_pmu_uncount(cpu, u);
	l->is_stepping = true;
	cpu->euen = la_lint_euen(cpu);
	cpu->must_step = true;
	longjmp(cpu->leave, 1);
}

void la_lint_stepped(struct la_cpu *cpu)
{
	if (!cpu->lint->is_stepping)
		return;
	cpu->lint->is_stepping = false;
	cpu->euen = la_lint_euen(cpu);
}
