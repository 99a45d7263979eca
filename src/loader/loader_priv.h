/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loader/loader_priv.h - what the parts of the loader share.
 *
 * Each kernel format has one function that recognises, checks and loads it:
 *   -ENOEXEC with @err untouched: another format, try the next;
 *   any other negative errno: it is this format, and @err says what is wrong;
 *   0: its bytes are in RAM and *@img is filled.
 * They promise that every segment lies in RAM; ld_load() checks it against the tables.
 */
#ifndef LVZ_LOADER_LOADER_PRIV_H
#define LVZ_LOADER_LOADER_PRIV_H

#include "loader/loader.h"
#include "util/file.h"
#include "util/span.h"

/* LoongArch images hold addresses of direct-mapped windows; physical are the low 48 bits. */
#define LD_PHYS_MASK ((UINT64_C(1) << 48) - 1)
#define LD_IMAGE_ALIGN UINT64_C(0x10000)	/* what a relocatable Image can stand */
#define LD_MAX_SEGS 16
#define LD_SIZE_TEXT_BYTES 24

struct ld_seg {
	gpa_t gpa;
	uint64_t len;		/* bytes, not 0 */
};

struct ld_image {
	const char *format;
	gpa_t entry;
	struct ld_seg segs[LD_MAX_SEGS];
	unsigned int nsegs;
	uint64_t unpack_ns;
};

/* The fields of a LoongArch Image header that matter. */
struct ld_image_header {
	uint64_t entry;		/* physical */
	uint64_t mem_bytes;	/* code, data and BSS */
	gpa_t load_gpa;		/* where it was linked to be */
};

int ld_zboot(struct memory *mem, const struct span *file, const struct ld_request *req,
	     struct ld_image *img, struct err *err);
int ld_pe(struct memory *mem, const struct span *file, const struct ld_request *req,
	  struct ld_image *img, struct err *err);
int ld_elf(struct memory *mem, const struct span *file, const struct ld_request *req,
	   struct ld_image *img, struct err *err);
int ld_raw(struct memory *mem, const struct span *file, const struct ld_request *req,
	   struct ld_image *img, struct err *err);

/*
 * Reads the Image header at the start of @file.  -ENOEXEC: not a PE file.  -EINVAL with
 * @err set: a PE file, but not a LoongArch kernel (@what names the thing, e.g. the path).
 */
int ld_pe_header(const struct span *file, const char *what, struct ld_image_header *h,
		 struct err *err);

/* Puts into @err that @gpa is not a multiple of LD_IMAGE_ALIGN.  Always -EINVAL. */
int ld_bad_load(const char *what, gpa_t gpa, struct err *err);

/*
 * -EINVAL with @err set when @file is a PE or ELF file for another processor than
 * LoongArch, named in the message; else 0.
 */
int ld_check_arch(const struct span *file, const char *what, struct err *err);

/* Puts into @err what @file seems to be, when no format fits.  Always -EINVAL. */
int ld_unknown(const struct span *file, const char *what, struct err *err);

/*
 * Appends a segment to @img after checking that RAM holds it.  -ENOSPC with a message that
 * says what to do, -EINVAL when there are too many or it overlaps an earlier one.
 */
int ld_seg_add(const struct memory *mem, struct ld_image *img, const char *what, gpa_t gpa,
	       uint64_t len, struct err *err);

/* The segment of @img that shares a byte with [@gpa, @gpa + @len), or NULL. */
const struct ld_seg *ld_seg_find(const struct ld_image *img, gpa_t gpa, uint64_t len);

/* Writes @nfile bytes of @src and zeroes up to @len at @gpa, which ld_seg_add() accepted. */
void ld_seg_write(struct memory *mem, gpa_t gpa, const void *src, uint64_t nfile,
		  uint64_t len);

/* "26.0 MiB", "812 KiB" or "57 bytes" in @buf, which is returned. */
const char *ld_size_text(char buf[LD_SIZE_TEXT_BYTES], uint64_t bytes);

/*
 * Chooses a place for @len bytes of initrd: in RAM, 64 KiB aligned, above 2 MiB, clear of
 * @img and of where the kernel may move itself.  -ENOSPC with @err set.
 */
int ld_place_initrd(const struct memory *mem, const struct ld_image *img, const char *path,
		    uint64_t len, gpa_t *out, struct err *err);

/*
 * Writes the EFI system table, its vendor string, the boot memory map and, when
 * @initrd_len is not 0, the initrd table.  -ENOSPC with @err set when RAM ends too early.
 */
int ld_efi_write(const struct memory *mem, gpa_t fdt_gpa, gpa_t initrd_gpa,
		 uint64_t initrd_len, struct err *err);

/*
 * The two kinds of device tree behind ld_build_fdt(): written into @blob, a buffer of
 * LD_FDT_MAX_BYTES.  @dtb is the content of the user's file.
 */
int ld_fdt_generate(const struct memory *mem, const struct ld_request *req,
		    uint64_t initrd_gpa, uint64_t initrd_len, void *blob, struct err *err);
int ld_fdt_adopt(const struct memory *mem, const struct ld_request *req,
		 const struct span *dtb, uint64_t initrd_gpa, uint64_t initrd_len, void *blob,
		 struct err *err);

/* The compatible string of a cpu node, in @buf (64 bytes), which is returned. */
const char *ld_cpu_compatible(char *buf, const struct ld_request *req);

#endif
