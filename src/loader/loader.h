/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loader/loader.h - puts a kernel and all it needs into guest RAM.
 *
 * Kernel formats: EFI zboot (zstd, gzip), PE Image, ELF, raw.  Beside the kernel go the
 * initrd, the device tree (generated, or the user's own), and the EFI system table through
 * which Linux finds both (docs/boot.md).  Nothing here starts or needs a vCPU; all
 * functions are for one thread at a time per struct memory.
 *
 * Every input file is untrusted.  Messages read "path: what was found; what is wanted".
 */
#ifndef LVZ_LOADER_LOADER_H
#define LVZ_LOADER_LOADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/fdt_ctx.h"
#include "core/memory.h"
#include "util/err.h"

/* Where things go (guest-physical).  Linux always reserves the first 2 MiB. */
#define LD_CMDLINE_GPA	UINT64_C(0x10000)
#define LD_EFI_GPA	UINT64_C(0x11000)	/* system table, vendor, table list */
#define LD_EFI_MAP_GPA	UINT64_C(0x12000)
#define LD_INITRD_TABLE_GPA UINT64_C(0x13000)
#define LD_TABLES_END	UINT64_C(0x14000)
#define LD_FDT_GPA	UINT64_C(0x100000)
#define LD_FDT_MAX_BYTES UINT64_C(0x100000)
#define LD_KERNEL_GPA	UINT64_C(0x200000)	/* for images that do not say */

#define LD_CMDLINE_MAX_BYTES 4095		/* without the final NUL */
#define LD_RNG_SEED_BYTES 32

/* The console that stdout-path names; the serial device makes this node. */
#define LD_SERIAL_NODE	"/serial@1fe001e0"

/* What to load.  Strings and callbacks are borrowed for the duration of a call. */
struct ld_request {
	const char *kernel;		/* path; compulsory */
	const char *initrd;		/* path or NULL */
	const char *cmdline;		/* or NULL */
	const char *dtb;		/* path of the user's own tree, or NULL: generate */
	bool is_raw;			/* kernel is loaded as it is; needs has_load */
	bool has_load;			/* raw and Image: load at load_gpa */
	bool has_entry;			/* start at entry_gpa instead of what the image says */
	uint64_t load_gpa;
	uint64_t entry_gpa;
	unsigned int nvcpus;		/* 1 or more */
	const char *cpu_model;		/* "la464", "max" or NULL */
	/* Adds the nodes of all devices to a generated tree; 0 or -errno.  May be NULL. */
	int (*fdt_devices)(void *ctx, struct fdt_ctx *f);
	void *fdt_ctx;
	const uint8_t *rng_seed;	/* LD_RNG_SEED_BYTES bytes or NULL */
};

/* What the boot vCPU needs, and what went where. */
struct ld_result {
	uint64_t entry;			/* physical; CPU in direct-address mode */
	uint64_t a0, a1, a2;		/* EFI boot flag, command line, system table */
	const char *format;		/* "EFI zboot (zstd)", "PE Image", "ELF", "raw" */
	uint64_t kernel_gpa;		/* lowest byte of the kernel */
	uint64_t kernel_len;		/* up to its highest byte, BSS included */
	uint64_t initrd_gpa, initrd_len;	/* 0 without initrd */
	uint64_t fdt_gpa, fdt_len;
	uint64_t unpack_ns;		/* spent in decompressing the kernel */
};

/*
 * Loads everything into @mem and fills *@res.  @mem need not be zeroed, but a guest that
 * was reset expects it to be (mem_clear()).  On failure @err is set, *@res is undefined
 * and so is the content of @mem: -EINVAL bad request or file, -ENOSPC does not fit,
 * -ENOMEM, or the errno of a file operation.
 */
int ld_load(struct memory *mem, const struct ld_request *req, struct ld_result *res,
	    struct err *err);

/*
 * Says whether ld_load() would succeed in a guest with @ram_bytes of RAM: does the same
 * work, unpacking and all, in memory of its own.  Same errors, those of mem_create() too.
 * A pipe given as a file is consumed.
 */
int ld_check(const struct ld_request *req, uint64_t ram_bytes, struct err *err);

/*
 * Makes the device tree that ld_load() would give to the guest, with the initrd at
 * [@initrd_gpa, @initrd_gpa + @initrd_len) (length 0: none).  Of @mem only the slots are
 * looked at.  *@out is the caller's to free(); its length is *@len.  A user tree (req->dtb)
 * is validated, and gets memory, cpus and chosen where they are missing.  Needs no kernel.
 * -EINVAL, -ENOSPC (more than LD_FDT_MAX_BYTES), -ENOMEM, file errors; @err set.
 */
int ld_build_fdt(const struct memory *mem, const struct ld_request *req,
		 uint64_t initrd_gpa, uint64_t initrd_len, void **out, size_t *len,
		 struct err *err);

#endif
