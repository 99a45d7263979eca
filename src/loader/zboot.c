/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loader/zboot.c - EFI zboot: a small EFI program that carries a compressed Image, as
 * distributions ship it (header: Linux drivers/firmware/efi/libstub/zboot-header.S).
 *
 * We run nothing of the program.  The payload is unpacked straight to where kernels go,
 * and only there does its own header become known; in the rare case that it wants another
 * place, it is unpacked once more.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "loader/loader_priv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <zlib.h>
#include <zstd.h>

#define ZB_PAYLOAD_OFF 0x08
#define ZB_PAYLOAD_BYTES 0x0c
#define ZB_TYPE 0x18
#define ZB_TYPE_BYTES 32
#define ZB_TRAILER_BYTES 4		/* u32: length of the unpacked Image */

struct zboot {
	struct span payload;
	uint32_t image_bytes;
	bool is_zstd;
};

static int parse(const struct span *file, const char *path, struct zboot *z, struct err *err)
{
	char type[ZB_TYPE_BYTES + 1] = "";
	uint32_t off, len;
	uint64_t trailer;

	if (span_le32(file, ZB_PAYLOAD_OFF, &off) || span_le32(file, ZB_PAYLOAD_BYTES, &len) ||
	    span_read(file, ZB_TYPE, type, ZB_TYPE_BYTES))
		return err_set(err, -EINVAL, "%s: is cut short inside its header", path);
	/* Older kernels say "zstd22". */
	z->is_zstd = !strncmp(type, "zstd", 4);
	if (!z->is_zstd && strcmp(type, "gzip"))
		return err_set(err, -EINVAL,
			       "%s: is compressed with '%.*s'; zstd or gzip is wanted", path,
			       (int)strspn(type, "abcdefghijklmnopqrstuvwxyz0123456789"), type);
	z->payload = (struct span){ span_at(file, off, len), len };
	/* gzip ends with the length; for zstd the build appends it. */
	trailer = (uint64_t)off + len - (z->is_zstd ? 0 : ZB_TRAILER_BYTES);
	if (!z->payload.data || (!z->is_zstd && len < ZB_TRAILER_BYTES) ||
	    span_le32(file, trailer, &z->image_bytes))
		return err_set(err, -EINVAL, "%s: is cut short: the payload ends at byte %" PRIu64
			       ", the file at %" PRIu64, path,
			       trailer + ZB_TRAILER_BYTES, file->len);
	return 0;
}

static int unpack_zstd(const struct zboot *z, void *dst, const char *path, struct err *err)
{
	size_t n = ZSTD_decompress(dst, z->image_bytes, z->payload.data, z->payload.len);

	if (ZSTD_isError(n))
		return err_set(err, -EINVAL, "%s: corrupt zstd payload: %s", path,
			       ZSTD_getErrorName(n));
	if (n != z->image_bytes)
		return err_set(err, -EINVAL,
			       "%s: corrupt payload: unpacks to %zu bytes, %" PRIu32 " announced",
			       path, n, z->image_bytes);
	return 0;
}

static int unpack_gzip(const struct zboot *z, void *dst, const char *path, struct err *err)
{
	z_stream zs = {
		.next_in = (Bytef *)(uintptr_t)z->payload.data,
		.avail_in = (uInt)z->payload.len,
		.next_out = dst,
		.avail_out = z->image_bytes,
	};
	int ret;

	ret = inflateInit2(&zs, MAX_WBITS + 16);	/* +16: gzip, nothing else */
	if (ret != Z_OK)
		return err_set(err, -ENOMEM, "%s: out of memory", path);
	ret = inflate(&zs, Z_FINISH);
	if (ret == Z_STREAM_END && zs.total_out == z->image_bytes)
		ret = 0;
	else
		ret = err_set(err, -EINVAL,
			      "%s: corrupt gzip payload: %s after %lu of %" PRIu32 " bytes", path,
			      zs.msg ? zs.msg : "ends", zs.total_out, z->image_bytes);
	inflateEnd(&zs);
	return ret;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* Unpacks to @gpa and reads the header found there. */
static int unpack_at(struct memory *mem, const struct zboot *z, const char *path, gpa_t gpa,
		     struct ld_image *img, struct ld_image_header *h, struct err *err)
{
	struct ld_image probe = { .nsegs = 0 };
	uint64_t start_ns;
	struct span image;
	char what[256];
	void *dst;
	int ret;

	ret = ld_seg_add(mem, &probe, path, gpa, z->image_bytes, err);
	if (ret)
		return ret;
	dst = mem_at(mem, gpa, z->image_bytes);
	start_ns = now_ns();
#ifdef MADV_POPULATE_WRITE
	/*
	 * One call instead of thousands of faults saves a sixth of the time; a refusal does
	 * no harm.  Not for a trailer that promises more than compression can give.
	 */
	if (z->image_bytes / 16 <= z->payload.len)
		(void)madvise(dst, z->image_bytes, MADV_POPULATE_WRITE);
#endif
	ret = z->is_zstd ? unpack_zstd(z, dst, path, err) : unpack_gzip(z, dst, path, err);
	img->unpack_ns += now_ns() - start_ns;
	mem_written(mem, gpa, z->image_bytes);
	if (ret)
		return ret;
	snprintf(what, sizeof(what), "%s, unpacked", path);
	image = (struct span){ dst, z->image_bytes };
	ret = ld_pe_header(&image, what, h, err);
	return ret == -ENOEXEC ? ld_unknown(&image, what, err) : ret;
}

int ld_zboot(struct memory *mem, const struct span *file, const struct ld_request *req,
	     struct ld_image *img, struct err *err)
{
	gpa_t gpa = req->has_load ? req->load_gpa & LD_PHYS_MASK : LD_KERNEL_GPA;
	const void *zimg = span_at(file, 4, 4);
	struct ld_image_header h;
	struct zboot z;
	uint64_t len;
	int ret;

	if (!zimg || memcmp(zimg, "zimg", 4) || memcmp(file->data, "MZ", 2))
		return -ENOEXEC;
	if (gpa % LD_IMAGE_ALIGN)
		return ld_bad_load(req->kernel, gpa, err);
	ret = ld_check_arch(file, req->kernel, err);
	if (!ret)
		ret = parse(file, req->kernel, &z, err);
	if (!ret)
		ret = unpack_at(mem, &z, req->kernel, gpa, img, &h, err);
	if (ret)
		return ret;
	if (!req->has_load && h.load_gpa != gpa) {
		memset(mem_at(mem, gpa, z.image_bytes), 0, z.image_bytes);
		gpa = h.load_gpa;
		ret = unpack_at(mem, &z, req->kernel, gpa, img, &h, err);
		if (ret)
			return ret;
	}
	/* The build pads the payload to its size in memory, so that BSS is zero already. */
	len = h.mem_bytes > z.image_bytes ? h.mem_bytes : z.image_bytes;
	ret = ld_seg_add(mem, img, req->kernel, gpa, len, err);
	if (ret)
		return ret;
	memset((uint8_t *)mem_at(mem, gpa, len) + z.image_bytes, 0, len - z.image_bytes);
	mem_written(mem, gpa, len);
	img->format = z.is_zstd ? "EFI zboot (zstd)" : "EFI zboot (gzip)";
	img->entry = gpa + (h.entry - h.load_gpa);
	return 0;
}
