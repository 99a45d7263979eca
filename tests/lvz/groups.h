/* SPDX-License-Identifier: Apache-2.0 */
/* groups.h - all groups of cases, in the order of the log; and switch.S for C. */
#ifndef LVZ_KIT_GROUPS_H
#define LVZ_KIT_GROUPS_H

#include "kit.h"

struct hv_vcpu;

extern const struct kit_group *const kit_groups[];
extern const unsigned int kit_ngroups;

void hv_switch(struct hv_vcpu *vcpu);
/* 0; returns again with 1 when an exception hits the kit's own code. */
int trouble_set(void) __attribute__((returns_twice));
extern char hv_vectors[], hv_refill[], hv_refill_no_pvm[];

#endif
