/* SPDX-License-Identifier: Apache-2.0 */
/* groups.c - see groups.h. */
#include "groups.h"

extern const struct kit_group group_exit, group_noexit, group_unit;

const struct kit_group *const kit_groups[] = {
	&group_exit,
	&group_noexit,
	&group_unit,
};
const unsigned int kit_ngroups = ARRAY_SIZE(kit_groups);
