/* SPDX-License-Identifier: Apache-2.0 */
/* soft/lint_rules.c - names of the rules and what to do about each; docs/lvz-lint.md. */
#include "soft/lint.h"

const struct la_lint_rule_info la_lint_rules[LA_LINT_NRULES] = {
	[LA_LINT_ENTRY_GID_ZERO] = {
		"entry-gid-zero", "0 tags the root's own pages; give guests IDs from 1 on", false },
	[LA_LINT_ENTRY_USETGID_CLEAR] = {
		"entry-usetgid-clear", "set GTLBC.USETGID once for each CPU", true },
	[LA_LINT_ENTRY_TGID_DIFFERS] = {
		"entry-tgid-differs",
		"copy GSTAT.GID to GTLBC.TGID before ertn, or refills fill another tag", false },
	[LA_LINT_ENTRY_PRMD_PLV] = {
		"entry-prmd-plv", "enter with PRMD.PPLV = 0", false },
	[LA_LINT_ENTRY_PRMD_PIE] = {
		"entry-prmd-pie",
		"enter with PRMD.PIE = 1, or the root's interrupts wait for the guest", true },
	[LA_LINT_EXIT_VECTOR_MAPPED] = {
		"exit-vector-mapped", "put the exit vector where a direct-mapped window reaches it",
		false },
	[LA_LINT_WINDOW_FETCH_MAPPED] = {
		"window-fetch-mapped",
		"run the world switch from direct-mapped memory while PVM or TGID is set", false },
	[LA_LINT_WINDOW_DATA_MAPPED] = {
		"window-data-mapped",
		"touch only direct-mapped memory while PVM or TGID is set", false },
	[LA_LINT_WINDOW_INTERRUPTS] = {
		"window-interrupts",
		"keep CRMD.IE = 0 from setting PVM or TGID until both are clear again", false },
	[LA_LINT_WINDOW_EXCEPTION] = {
		"window-exception",
		"the exit vector takes it for a guest's: cause no exception while PVM or TGID is set",
		false },
	[LA_LINT_WINDOW_REFILL] = {
		"window-refill",
		"leave GSTAT.PVM alone in refill handlers and cause no refill while it is set",
		false },
	[LA_LINT_EENTRY_NOT_RESTORED] = {
		"eentry-not-restored", "restore EENTRY before interrupts are enabled", false },
	[LA_LINT_STALE_ENTRY] = {
		"stale-entry",
		"invalidate (invtlb 0x16, or a new GID) after a table entry lost rights or moved",
		false },
	[LA_LINT_STALE_FAULT] = {
		"stale-fault",
		"invalidate (invtlb 0x16) after mapping a page: its invalid entry is still cached",
		false },
	[LA_LINT_FPU_TO_USER] = {
		"fpu-to-user", "save the guest's registers and clear EUEN, or load the user's", false },
	[LA_LINT_FPU_TO_GUEST] = {
		"fpu-to-guest", "load the guest's registers before EUEN lends it the unit", false },
	[LA_LINT_LLBIT_KEPT] = {
		"llbit-kept", "write LLBCTL.WCLLB of the guest when a CPU changes to another vCPU",
		false },
	[LA_LINT_GCFG_NOT_OFFERED] = {
		"gcfg-not-offered", "set only what the capability bits of GCFG offer", false },
	[LA_LINT_GINTC_HC] = {
		"gintc-hc", "leave GINTC[23:16] 0: sources disagree about what it does", true },
	[LA_LINT_GCSR_ABSENT] = {
		"gcsr-absent", "keep CSRs that the guest's bank lacks in software", false },
	[LA_LINT_INVTLB_UNDEFINED] = {
		"invtlb-undefined", "use operations 0 to 6, 9 to 0xe and 0x10 to 0x16", false },
};
