/* SPDX-License-Identifier: Apache-2.0 */
/* groups.c - see groups.h. */
#include "groups.h"

extern const struct kit_group group_exit, group_noexit, group_unit, group_root_csr, group_gcsr,
	group_guest_csr, group_own, group_gcsr_more, group_trapped, group_trap, group_switch,
	group_rights, group_mmio, group_gpa, group_stage1, group_gva,
	group_invtlb, group_guest_tlb, group_gid, group_time, group_irq, group_vs,
	group_ll, group_odd, group_odd_csr, group_odd_refill, group_odd_tlb, group_bad;

const struct kit_group *const kit_groups[] = {
	&group_exit,
	&group_noexit,
	&group_unit,
	&group_root_csr,
	&group_gcsr_more,
	&group_gcsr,
	&group_guest_csr,
	&group_own,
	&group_trapped,
	&group_trap,
	&group_switch,
	&group_rights,
	&group_mmio,
	&group_gpa,
	&group_stage1,
	&group_gva,
	&group_invtlb,
	&group_guest_tlb,
	&group_gid,
	&group_time,
	&group_irq,
	&group_vs,
	&group_ll,
	&group_odd,
	&group_odd_csr,
	&group_odd_refill,
	&group_odd_tlb,
	&group_bad,
};
const unsigned int kit_ngroups = ARRAY_SIZE(kit_groups);
