/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loader/loader.c - see loader.h: the order in which things are loaded, and the checks
 * that span more than one of them.
 */
#include "loader/loader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "loader/loader_priv.h"
#include "util/bits.h"
#include "util/log.h"

#define EFI_BOOT_FLAG 1

static int check_request(const struct ld_request *req, struct err *err)
{
	size_t len = req->cmdline ? strlen(req->cmdline) : 0;

	if (!req->kernel)
		return err_set(err, -EINVAL, "no kernel given; a file is wanted");
	if (len > LD_CMDLINE_MAX_BYTES)
		return err_set(err, -EINVAL,
			       "kernel command line: %zu bytes; at most %d are wanted", len,
			       LD_CMDLINE_MAX_BYTES);
	if (!req->nvcpus)
		return err_set(err, -EINVAL, "0 vCPUs; at least 1 is wanted");
	return 0;
}

static int load_any_format(struct memory *mem, const struct span *file,
			   const struct ld_request *req, struct ld_image *img, struct err *err)
{
	static int (*const formats[])(struct memory *, const struct span *,
				      const struct ld_request *, struct ld_image *,
				      struct err *) = { ld_zboot, ld_pe, ld_elf };

	if (!file->len)
		return err_set(err, -EINVAL, "%s: is empty; a LoongArch kernel is wanted",
			       req->kernel);
	if (req->is_raw)
		return ld_raw(mem, file, req, img, err);
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		int ret = formats[i](mem, file, req, img, err);

		if (ret != -ENOEXEC)
			return ret;
	}
	return ld_unknown(file, req->kernel, err);
}

static int load_kernel(struct memory *mem, const struct ld_request *req, struct ld_image *img,
		       struct err *err)
{
	const struct ld_seg *clash;
	struct span file;
	int ret;

	ret = file_map(req->kernel, &file, err);
	if (ret)
		return ret;
	ret = load_any_format(mem, &file, req, img, err);
	file_unmap(&file);
	if (ret)
		return ret;
	if (req->has_entry)
		img->entry = req->entry_gpa & LD_PHYS_MASK;
	if (!mem_at(mem, img->entry, 4))
		return err_set(err, -EINVAL, "%s: entry %#" PRIx64 " is not in guest RAM",
			       req->kernel, img->entry);
	clash = ld_seg_find(img, LD_CMDLINE_GPA, LD_TABLES_END - LD_CMDLINE_GPA);
	if (clash)
		return err_set(err, -EINVAL, "%s: segment at %#" PRIx64
			       " overlaps the boot tables at %#" PRIx64 "..%#" PRIx64,
			       req->kernel, clash->gpa, LD_CMDLINE_GPA, LD_TABLES_END);
	return 0;
}

static int load_initrd(struct memory *mem, const struct ld_request *req,
		       const struct ld_image *img, struct ld_result *res, struct err *err)
{
	struct span file;
	int ret;

	if (!req->initrd)
		return 0;
	ret = file_map(req->initrd, &file, err);
	if (ret)
		return ret;
	if (!file.len)
		ret = err_set(err, -EINVAL, "%s: is empty; an initrd is wanted", req->initrd);
	else
		ret = ld_place_initrd(mem, img, req->initrd, file.len, &res->initrd_gpa, err);
	if (!ret) {
		res->initrd_len = file.len;
		ret = mem_write(mem, res->initrd_gpa, file.data, file.len);
		if (ret)
			ret = err_set(err, ret, "%s: cannot be placed in guest RAM",
				      req->initrd);
	}
	file_unmap(&file);
	return ret;
}

static int load_fdt(struct memory *mem, const struct ld_request *req,
		    const struct ld_image *img, struct ld_result *res, struct err *err)
{
	const struct ld_seg *clash;
	size_t len;
	void *blob;
	int ret;

	ret = ld_build_fdt(mem, req, res->initrd_gpa, res->initrd_len, &blob, &len, err);
	if (ret)
		return ret;
	res->fdt_gpa = LD_FDT_GPA;
	res->fdt_len = len;
	clash = ld_seg_find(img, res->fdt_gpa, len);
	if (clash)
		ret = err_set(err, -EINVAL, "%s: segment at %#" PRIx64
			      " overlaps the device tree at %#" PRIx64 "..%#" PRIx64,
			      req->kernel, clash->gpa, res->fdt_gpa, res->fdt_gpa + len);
	else if (mem_write(mem, res->fdt_gpa, blob, len))
		ret = err_set(err, -ENOSPC,
			      "guest RAM: ends before the device tree at %#" PRIx64
			      "; raise [vm] memory", res->fdt_gpa);
	free(blob);
	return ret;
}

static void describe_kernel(const struct ld_image *img, struct ld_result *res)
{
	gpa_t low = UINT64_MAX, high = 0;

	for (unsigned int i = 0; i < img->nsegs; i++) {
		const struct ld_seg *s = &img->segs[i];

		low = s->gpa < low ? s->gpa : low;
		high = s->gpa + s->len > high ? s->gpa + s->len : high;
	}
	res->format = img->format;
	res->kernel_gpa = low;
	res->kernel_len = high - low;
	res->unpack_ns = img->unpack_ns;
	res->entry = img->entry;
}

int ld_load(struct memory *mem, const struct ld_request *req, struct ld_result *res,
	    struct err *err)
{
	struct ld_image img = { .nsegs = 0 };
	const char *cmdline = req->cmdline ? req->cmdline : "";
	int ret;

	memset(res, 0, sizeof(*res));
	ret = check_request(req, err);
	if (!ret)
		ret = load_kernel(mem, req, &img, err);
	if (!ret)
		ret = load_initrd(mem, req, &img, res, err);
	if (!ret)
		ret = load_fdt(mem, req, &img, res, err);
	if (!ret)
		ret = ld_efi_write(mem, res->fdt_gpa, res->initrd_gpa, res->initrd_len, err);
	if (ret)
		return ret;
	ret = mem_write(mem, LD_CMDLINE_GPA, cmdline, strlen(cmdline) + 1);
	if (ret)
		return err_set(err, -ENOSPC,
			       "guest RAM: ends before the command line at %#" PRIx64
			       "; raise [vm] memory", LD_CMDLINE_GPA);
	describe_kernel(&img, res);
	res->a0 = EFI_BOOT_FLAG;
	res->a1 = LD_CMDLINE_GPA;
	res->a2 = LD_EFI_GPA;
	log_debug("loader", "%s: %s, %#" PRIx64 "+%#" PRIx64 ", entry %#" PRIx64
		  ", unpacked in %" PRIu64 " us", req->kernel, res->format, res->kernel_gpa,
		  res->kernel_len, res->entry, res->unpack_ns / 1000);
	return 0;
}

int ld_check(const struct ld_request *req, uint64_t ram_bytes, struct err *err)
{
	struct ld_result res;
	struct memory *mem;
	int ret;

	ret = mem_create(&mem, ram_bytes, err);
	if (ret)
		return ret;
	ret = ld_load(mem, req, &res, err);
	mem_destroy(mem);
	return ret;
}
