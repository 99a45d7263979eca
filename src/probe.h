/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe.h - "lvz-vmm probe": what this host can run, for people and for scripts.
 *
 * The facts come from the engines; this only words them.  Main thread.
 */
#ifndef LVZ_PROBE_H
#define LVZ_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "util/err.h"

/* One engine; all strings are borrowed, lists end with NULL and may be NULL themselves. */
struct probe_engine {
	const char *name;			/* "soft" */
	bool is_available;
	const char *reason;			/* why it is not available */
	const char *how;			/* "interpreter"; NULL: nothing to say */
	const char *const *models;		/* CPU models a guest can have */
	const char *const *features;		/* CPU features a guest can have */
};

/*
 * Prints the host and the @n engines, which stand in the order in which "auto" tries
 * them.  -EIO with @err set when @out cannot be written.
 */
int probe_print(const struct probe_engine *engines, size_t n, bool is_json, FILE *out,
		struct err *err);

#endif
