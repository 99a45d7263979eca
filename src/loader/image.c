/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loader/image.c - what all kernel formats share: placing segments, naming what a file is
 * when it is not a LoongArch kernel, and the raw format, which has nothing of its own.
 */
#include "loader/loader_priv.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "util/bits.h"

#define INITRD_ALIGN UINT64_C(0x10000)
#define INITRD_MIN_GPA UINT64_C(0x200000)	/* Linux reserves all below */
/*
 * A kernel with KASLR copies itself, before it knows of the initrd, to a place up to
 * RANDOMIZE_BASE_MAX_OFFSET (16 MiB unless configured) plus its own length further on.
 */
#define KASLR_MAX_OFFSET UINT64_C(0x1000000)

struct arch_name {
	uint16_t machine;
	const char *name;	/* with its article */
};

static const struct arch_name elf_archs[] = {
	{ EM_X86_64, "an x86-64" }, { EM_386, "an i386" }, { EM_AARCH64, "an arm64" },
	{ EM_ARM, "an Arm" }, { EM_RISCV, "a RISC-V" }, { EM_PPC64, "a ppc64" },
	{ EM_PPC, "a PowerPC" }, { EM_S390, "an s390" }, { EM_MIPS, "a MIPS" },
	{ EM_SPARCV9, "a sparc64" }, { EM_SPARC, "a SPARC" }, { EM_IA_64, "an Itanium" },
};

static const struct arch_name pe_archs[] = {
	{ 0x8664, "an x86-64" }, { 0x014c, "an i386" }, { 0xaa64, "an arm64" },
	{ 0x01c0, "an Arm" }, { 0x01c2, "an Arm" }, { 0x01c4, "an Arm" },
	{ 0x5064, "a RISC-V" }, { 0x5032, "a 32-bit RISC-V" },
	{ 0x6232, "a 32-bit LoongArch" },
};

/* Things that people hand over by mistake, or compressed, with what to say about them. */
static const struct {
	uint64_t off;
	const char *magic;
	unsigned int len;
	const char *what;
} other_files[] = {
	{ 0x202, "HdrS", 4, "is an x86 image" },
	{ 0x38, "ARM\x64", 4, "is an arm64 image" },
	{ 0x38, "RSC\x05", 4, "is a RISC-V image" },
	{ 0, "\x1f\x8b", 2, "is gzip data (unpack it first)" },
	{ 0, "\x28\xb5\x2f\xfd", 4, "is zstd data (unpack it first)" },
	{ 0, "\xfd" "7zXZ", 5, "is xz data (unpack it first)" },
	{ 0, "\x27\x05\x19\x56", 4, "is a U-Boot image" },
	{ 0, "070701", 6, "is a cpio archive, perhaps the initrd" },
	{ 0, "\xd0\x0d\xfe\xed", 4, "is a device tree blob" },
	{ 0, "!<arch>\n", 8, "is an archive, perhaps a Debian package" },
};

#define LD_WANTED "a LoongArch kernel is wanted"

static int wrong_arch(const char *what, uint16_t machine, const struct arch_name *names,
		      size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++)
		if (names[i].machine == machine)
			return err_set(err, -EINVAL, "%s: is %s image; " LD_WANTED, what,
				       names[i].name);
	return err_set(err, -EINVAL, "%s: is an image for machine type %#x; " LD_WANTED, what,
		       machine);
}

int ld_check_arch(const struct span *file, const char *what, struct err *err)
{
	const uint8_t *id = span_at(file, 0, EI_NIDENT);
	const void *sig;
	uint16_t machine;
	uint32_t pe_off;

	if (id && !memcmp(id, ELFMAG, SELFMAG)) {
		if (span_le16(file, offsetof(Elf64_Ehdr, e_machine), &machine))
			return 0;	/* ld_elf() says that it is cut short */
		if (id[EI_DATA] == ELFDATA2MSB)
			machine = (uint16_t)(machine << 8 | machine >> 8);
		if (machine == EM_LOONGARCH)
			return 0;
		return wrong_arch(what, machine, elf_archs, ARRAY_SIZE(elf_archs), err);
	}
	if (!id || memcmp(id, "MZ", 2) || span_le32(file, 0x3c, &pe_off))
		return 0;
	sig = span_at(file, pe_off, 4);
	if (!sig || memcmp(sig, "PE\0", 4) || span_le16(file, (uint64_t)pe_off + 4, &machine))
		return 0;
	if (machine == 0x6264)
		return 0;
	return wrong_arch(what, machine, pe_archs, ARRAY_SIZE(pe_archs), err);
}

int ld_unknown(const struct span *file, const char *what, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(other_files); i++) {
		const void *p = span_at(file, other_files[i].off, other_files[i].len);

		if (p && !memcmp(p, other_files[i].magic, other_files[i].len))
			return err_set(err, -EINVAL, "%s: %s; " LD_WANTED, what,
				       other_files[i].what);
	}
	return err_set(err, -EINVAL,
		       "%s: is no kernel image that we know; "
		       "EFI zboot, Image or ELF for LoongArch is wanted", what);
}

const char *ld_size_text(char buf[LD_SIZE_TEXT_BYTES], uint64_t bytes)
{
	if (bytes >= UINT64_C(1) << 20) {
		uint64_t tenths = (bytes >> 20) * 10 + ((bytes & 0xfffff) * 10 >> 20);

		snprintf(buf, LD_SIZE_TEXT_BYTES, "%" PRIu64 ".%u MiB", tenths / 10,
			 (unsigned int)(tenths % 10));
	} else if (bytes >= 10240) {
		snprintf(buf, LD_SIZE_TEXT_BYTES, "%" PRIu64 " KiB", bytes >> 10);
	} else {
		snprintf(buf, LD_SIZE_TEXT_BYTES, "%" PRIu64 " bytes", bytes);
	}
	return buf;
}

/* Says that [@gpa, @gpa + @len) is not RAM, and what would help. */
static int no_ram(const struct memory *mem, const char *what, gpa_t gpa, uint64_t len,
		  struct err *err)
{
	char need[LD_SIZE_TEXT_BYTES], have[LD_SIZE_TEXT_BYTES];
	bool more_helps = gpa >= MEM_HIGH_GPA ? len <= LD_PHYS_MASK - gpa
			: gpa < MEM_LOW_BYTES && len <= MEM_LOW_BYTES - gpa;

	ld_size_text(need, len);
	ld_size_text(have, mem_size(mem));
	if (more_helps)
		return err_set(err, -ENOSPC,
			       "%s: needs %s at %#" PRIx64 "; guest has %s: raise [vm] memory",
			       what, need, gpa, have);
	return err_set(err, -ENOSPC,
		       "%s: needs %s at %#" PRIx64 "; guest RAM lies below %#" PRIx64
		       " and from %#" PRIx64 " on", what, need, gpa, MEM_LOW_BYTES, MEM_HIGH_GPA);
}

const struct ld_seg *ld_seg_find(const struct ld_image *img, gpa_t gpa, uint64_t len)
{
	for (unsigned int i = 0; i < img->nsegs; i++) {
		const struct ld_seg *s = &img->segs[i];

		if (gpa < s->gpa ? len > s->gpa - gpa : gpa - s->gpa < s->len && len)
			return s;
	}
	return NULL;
}

int ld_seg_add(const struct memory *mem, struct ld_image *img, const char *what, gpa_t gpa,
	       uint64_t len, struct err *err)
{
	const struct ld_seg *clash;

	if (!mem_at(mem, gpa, len))
		return no_ram(mem, what, gpa, len, err);
	clash = ld_seg_find(img, gpa, len);
	if (clash)
		return err_set(err, -EINVAL, "%s: segments at %#" PRIx64 " and %#" PRIx64
			       " overlap", what, clash->gpa, gpa);
	if (img->nsegs == LD_MAX_SEGS)
		return err_set(err, -EINVAL, "%s: has more than %d segments to load", what,
			       LD_MAX_SEGS);
	img->segs[img->nsegs++] = (struct ld_seg){ gpa, len };
	return 0;
}

void ld_seg_write(struct memory *mem, gpa_t gpa, const void *src, uint64_t nfile,
		  uint64_t len)
{
	uint8_t *dst = mem_at(mem, gpa, len);

	if (nfile)
		memcpy(dst, src, nfile);
	memset(dst + nfile, 0, len - nfile);
	mem_written(mem, gpa, len);
}

int ld_raw(struct memory *mem, const struct span *file, const struct ld_request *req,
	   struct ld_image *img, struct err *err)
{
	gpa_t gpa = req->load_gpa & LD_PHYS_MASK;
	int ret;

	if (!req->has_load)
		return err_set(err, -EINVAL, "%s: is to be loaded raw; a load address is wanted",
			       req->kernel);
	ret = ld_seg_add(mem, img, req->kernel, gpa, file->len, err);
	if (ret)
		return ret;
	ld_seg_write(mem, gpa, file->data, file->len, file->len);
	img->format = "raw";
	img->entry = gpa;
	return 0;
}

/* The first aligned place in @slot above the kernel; UINT64_MAX when there is none. */
static gpa_t initrd_floor(const struct mem_slot *slot, const struct ld_image *img,
			  bool keep_clear)
{
	gpa_t floor = slot->gpa > INITRD_MIN_GPA ? slot->gpa : INITRD_MIN_GPA;

	for (unsigned int i = 0; i < img->nsegs; i++) {
		const struct ld_seg *s = &img->segs[i];
		uint64_t end = s->gpa + s->len;

		if (s->gpa < slot->gpa || s->gpa - slot->gpa >= slot->len_bytes)
			continue;
		if (keep_clear)
			end += KASLR_MAX_OFFSET + s->len;
		if (end > floor)
			floor = end;
	}
	return align_up64(floor, INITRD_ALIGN);
}

static bool initrd_try(const struct mem_slot *slot, const struct ld_image *img, uint64_t len,
		       bool keep_clear, gpa_t *out)
{
	gpa_t floor = initrd_floor(slot, img, keep_clear);
	uint64_t end = slot->gpa + slot->len_bytes;

	if (floor > end || len > end - floor)
		return false;
	/* High RAM from its start, which "mem=" on the command line leaves longest. */
	*out = slot->gpa ? floor : (end - len) & ~(INITRD_ALIGN - 1);
	return true;
}

int ld_place_initrd(const struct memory *mem, const struct ld_image *img, const char *path,
		    uint64_t len, gpa_t *out, struct err *err)
{
	char need[LD_SIZE_TEXT_BYTES], have[LD_SIZE_TEXT_BYTES];

	for (int keep_clear = 1; keep_clear >= 0; keep_clear--)
		for (unsigned int i = 0; i < mem->nslots; i++)
			if (initrd_try(&mem->slots[i], img, len, keep_clear, out))
				return 0;
	return err_set(err, -ENOSPC,
		       "%s: needs %s beside the kernel; guest has %s: raise [vm] memory", path,
		       ld_size_text(need, len), ld_size_text(have, mem_size(mem)));
}
