/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/memory.h - guest RAM.
 *
 * RAM is one linear reservation (a memfd mapping): host address = base + GPA, holes are
 * PROT_NONE, and nothing is touched before the guest touches it.  The first 256 MiB sit
 * at GPA 0, the rest at 2 GiB (docs/memory-map.md).  Guest memory is shared with running
 * vCPUs and hostile: read a value once, validate the copy, use the copy.
 */
#ifndef LVZ_CORE_MEMORY_H
#define LVZ_CORE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"

typedef uint64_t gpa_t;

#define MEM_MAX_SLOTS 4
#define MEM_LOW_BYTES UINT64_C(0x10000000)	/* RAM below 256 MiB at GPA 0 */
#define MEM_HIGH_GPA  UINT64_C(0x80000000)	/* the rest starts here */

struct mem_slot {
	gpa_t gpa;
	uint64_t len_bytes;
};

struct memory {
	uint8_t *base;			/* host address of GPA 0 */
	uint64_t span_bytes;		/* length of the reservation */
	int fd;				/* memfd behind it */
	unsigned int nslots;
	struct mem_slot slots[MEM_MAX_SLOTS];	/* sorted by gpa, disjoint */
	/*
	 * Called after a write that no vCPU made (device DMA, loader), so that an engine
	 * can drop code it decoded from there.  Set once before vCPUs run; any thread.
	 */
	void (*on_write)(void *ctx, gpa_t gpa, uint64_t len_bytes);
	void *on_write_ctx;
};

/*
 * Reserves @ram_bytes (a multiple of 64 KiB) of guest RAM in the low/high split.
 * The caller owns *@out and ends it with mem_destroy().  -EINVAL, -ENOMEM or the errno of
 * memfd_create/mmap, with @err set.
 */
int mem_create(struct memory **out, uint64_t ram_bytes, struct err *err);
void mem_destroy(struct memory *mem);

/* Total RAM in bytes. */
uint64_t mem_size(const struct memory *mem);

/*
 * The only way from a guest-physical address to a pointer: NULL unless the whole range
 * [@gpa, @gpa + @len) lies in one RAM slot; overflow and @len == 0 at the end included.
 * Writes through the pointer must be followed by mem_written().  Any thread.
 */
void *mem_at(const struct memory *mem, gpa_t gpa, uint64_t len);

/* Tells the engine that [@gpa, @gpa + @len) was written by the host.  Any thread. */
void mem_written(const struct memory *mem, gpa_t gpa, uint64_t len);

/* Copy in and out; -EFAULT unless the whole range is RAM.  Any thread. */
int mem_read(const struct memory *mem, gpa_t gpa, void *buf, uint64_t len);
int mem_write(const struct memory *mem, gpa_t gpa, const void *buf, uint64_t len);

/* Drops all contents: every page reads as zero again (used by a VM reset). */
int mem_clear(struct memory *mem, struct err *err);

#endif
