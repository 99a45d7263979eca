/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loader/elf.c - statically linked ELF kernels: vmlinux, and most small kernels.
 *
 * LoongArch kernels hold direct-mapped addresses (0x9000...) even in p_paddr; the physical
 * ones are their low 48 bits.  The CPU starts in direct-address mode, so that e_entry is
 * cut in the same way.
 */
#include "loader/loader_priv.h"

#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

static int check_header(const struct span *file, const char *path, Elf64_Ehdr *eh,
			struct err *err)
{
	int ret = ld_check_arch(file, path, err);

	if (ret)
		return ret;
	if (span_read(file, 0, eh, sizeof(*eh)))
		return err_set(err, -EINVAL, "%s: is cut short inside its ELF header", path);
	if (eh->e_ident[EI_CLASS] != ELFCLASS64 || eh->e_ident[EI_DATA] != ELFDATA2LSB)
		return err_set(err, -EINVAL, "%s: ELF class %u, byte order %u; "
			       "64-bit little-endian is wanted", path, eh->e_ident[EI_CLASS],
			       eh->e_ident[EI_DATA]);
	if (le16toh(eh->e_type) != ET_EXEC && le16toh(eh->e_type) != ET_DYN)
		return err_set(err, -EINVAL, "%s: ELF type %u; an executable is wanted", path,
			       le16toh(eh->e_type));
	if (le16toh(eh->e_phentsize) != sizeof(Elf64_Phdr) || !eh->e_phnum ||
	    le16toh(eh->e_phnum) == PN_XNUM)
		return err_set(err, -EINVAL, "%s: %u program headers of %u bytes; "
			       "1 to %u of %zu are wanted", path, le16toh(eh->e_phnum),
			       le16toh(eh->e_phentsize), PN_XNUM - 1u, sizeof(Elf64_Phdr));
	return 0;
}

static int load_segment(struct memory *mem, const struct span *file, const char *path,
			unsigned int i, const Elf64_Phdr *ph, struct ld_image *img,
			struct err *err)
{
	uint64_t filesz = le64toh(ph->p_filesz), memsz = le64toh(ph->p_memsz);
	gpa_t gpa = le64toh(ph->p_paddr) & LD_PHYS_MASK;
	const void *src = NULL;
	int ret;

	if (filesz > memsz)
		return err_set(err, -EINVAL, "%s: segment %u has %" PRIu64
			       " bytes in the file and %" PRIu64 " in memory", path, i, filesz,
			       memsz);
	if (!memsz)
		return 0;
	if (filesz) {
		src = span_at(file, le64toh(ph->p_offset), filesz);
		if (!src)
			return err_set(err, -EINVAL, "%s: is cut short: segment %u is %" PRIu64
				       " bytes at %" PRIu64 ", the file ends at %" PRIu64, path,
				       i, filesz, (uint64_t)le64toh(ph->p_offset), file->len);
	}
	ret = ld_seg_add(mem, img, path, gpa, memsz, err);
	if (ret)
		return ret;
	ld_seg_write(mem, gpa, src, filesz, memsz);
	return 0;
}

int ld_elf(struct memory *mem, const struct span *file, const struct ld_request *req,
	   struct ld_image *img, struct err *err)
{
	const void *magic = span_at(file, 0, SELFMAG);
	const char *path = req->kernel;
	Elf64_Ehdr eh;
	Elf64_Phdr ph;
	int ret;

	if (!magic || memcmp(magic, ELFMAG, SELFMAG))
		return -ENOEXEC;
	ret = check_header(file, path, &eh, err);
	if (ret)
		return ret;
	if (req->has_load)
		return err_set(err, -EINVAL, "%s: is an ELF file, which says itself where it goes; "
			       "no load address is wanted", path);
	for (unsigned int i = 0; i < le16toh(eh.e_phnum); i++) {
		if (span_read_elem(file, le64toh(eh.e_phoff), i, &ph, sizeof(ph)))
			return err_set(err, -EINVAL,
				       "%s: is cut short: program header %u is outside the file",
				       path, i);
		if (le32toh(ph.p_type) != PT_LOAD)
			continue;
		ret = load_segment(mem, file, path, i, &ph, img, err);
		if (ret)
			return ret;
	}
	if (!img->nsegs)
		return err_set(err, -EINVAL, "%s: ELF file without a segment to load", path);
	img->format = "ELF";
	img->entry = le64toh(eh.e_entry) & LD_PHYS_MASK;
	if (!req->has_entry && !ld_seg_find(img, img->entry, 1))
		return err_set(err, -EINVAL, "%s: entry %#" PRIx64 " is outside its segments",
			       path, img->entry);
	return 0;
}
