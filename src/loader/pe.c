/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loader/pe.c - the Image format: a flat kernel whose first bytes are both a boot header
 * (Linux Documentation/arch/loongarch/booting.rst) and a PE/COFF header.
 */
#include "loader/loader_priv.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define PE_MACHINE_LOONGARCH64 0x6264
#define LINUX_PE_MAGIC 0x818223cdu
#define IMG_ENTRY 0x08
#define IMG_MEM_BYTES 0x10
#define IMG_LOAD 0x18
#define IMG_MAGIC 0x38
#define IMG_PE_OFF 0x3c

/* Relative to the "PE\0\0" signature. */
#define COFF_MACHINE 4
#define COFF_NSECTIONS 6
#define COFF_OPT_BYTES 20
#define COFF_HEADER_BYTES 24
#define SECTION_BYTES 40
#define SECTION_RAW_BYTES 16
#define SECTION_RAW_OFF 20

/* Every section that the PE header promises must be in the file. */
static int check_sections(const struct span *file, uint32_t pe_off, const char *what,
			  struct err *err)
{
	uint16_t nsections, opt_bytes;
	uint64_t table;

	if (span_le16(file, (uint64_t)pe_off + COFF_NSECTIONS, &nsections) ||
	    span_le16(file, (uint64_t)pe_off + COFF_OPT_BYTES, &opt_bytes))
		return err_set(err, -EINVAL, "%s: is cut short inside its PE header", what);
	table = (uint64_t)pe_off + COFF_HEADER_BYTES + opt_bytes;
	for (unsigned int i = 0; i < nsections; i++) {
		uint64_t at = table + (uint64_t)i * SECTION_BYTES;
		uint32_t raw_bytes, raw_off;

		if (span_le32(file, at + SECTION_RAW_BYTES, &raw_bytes) ||
		    span_le32(file, at + SECTION_RAW_OFF, &raw_off))
			return err_set(err, -EINVAL, "%s: is cut short inside its PE header",
				       what);
		if (raw_bytes && !span_at(file, raw_off, raw_bytes))
			return err_set(err, -EINVAL,
				       "%s: is cut short: section %u ends at byte %" PRIu64
				       ", the file at %" PRIu64, what, i,
				       (uint64_t)raw_off + raw_bytes, file->len);
	}
	return 0;
}

int ld_pe_header(const struct span *file, const char *what, struct ld_image_header *h,
		 struct err *err)
{
	const void *mz = span_at(file, 0, 2), *sig;
	uint32_t magic, pe_off;
	uint16_t machine;
	int ret;

	if (!mz || memcmp(mz, "MZ", 2))
		return -ENOEXEC;
	ret = ld_check_arch(file, what, err);
	if (ret)
		return ret;
	if (span_le32(file, IMG_MAGIC, &magic) || span_le32(file, IMG_PE_OFF, &pe_off) ||
	    span_le64(file, IMG_ENTRY, &h->entry) || span_le64(file, IMG_LOAD, &h->load_gpa) ||
	    span_le64(file, IMG_MEM_BYTES, &h->mem_bytes))
		return err_set(err, -EINVAL, "%s: is cut short inside its header", what);
	sig = span_at(file, pe_off, 4);
	if (!sig || memcmp(sig, "PE\0", 4) ||
	    span_le16(file, (uint64_t)pe_off + COFF_MACHINE, &machine)) {
		if (magic != LINUX_PE_MAGIC)
			return ld_unknown(file, what, err);
		return err_set(err, -EINVAL, "%s: is cut short, or has no PE header", what);
	}
	if (magic != LINUX_PE_MAGIC || machine != PE_MACHINE_LOONGARCH64)
		return err_set(err, -EINVAL,
			       "%s: is a LoongArch EFI program without a boot header; "
			       "a kernel Image is wanted", what);
	ret = check_sections(file, pe_off, what, err);
	if (ret)
		return ret;
	h->entry &= LD_PHYS_MASK;
	h->load_gpa &= LD_PHYS_MASK;
	if (!h->load_gpa)		/* older kernels leave it open */
		h->load_gpa = LD_KERNEL_GPA;
	if (h->entry < h->load_gpa || h->entry - h->load_gpa >= h->mem_bytes)
		return err_set(err, -EINVAL, "%s: entry %#" PRIx64 " is outside the image (%#"
			       PRIx64 " bytes at %#" PRIx64 ")", what, h->entry, h->mem_bytes,
			       h->load_gpa);
	return 0;
}

int ld_bad_load(const char *what, gpa_t gpa, struct err *err)
{
	return err_set(err, -EINVAL,
		       "%s: load address %#" PRIx64 "; a multiple of 64 KiB is wanted", what,
		       gpa);
}

int ld_pe(struct memory *mem, const struct span *file, const struct ld_request *req,
	  struct ld_image *img, struct err *err)
{
	struct ld_image_header h;
	uint64_t nfile;
	gpa_t gpa;
	int ret;

	ret = ld_pe_header(file, req->kernel, &h, err);
	if (ret)
		return ret;
	gpa = req->has_load ? req->load_gpa & LD_PHYS_MASK : h.load_gpa;
	if (gpa % LD_IMAGE_ALIGN)
		return ld_bad_load(req->kernel, gpa, err);
	ret = ld_seg_add(mem, img, req->kernel, gpa, h.mem_bytes, err);
	if (ret)
		return ret;
	/* What follows the memory image (a signature, padding) is not for the guest. */
	nfile = file->len < h.mem_bytes ? file->len : h.mem_bytes;
	ld_seg_write(mem, gpa, file->data, nfile, h.mem_bytes);
	img->format = "PE Image";
	img->entry = gpa + (h.entry - h.load_gpa);
	return 0;
}
