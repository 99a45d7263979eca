/* SPDX-License-Identifier: Apache-2.0 */
/* lu_vm.c - the system calls that change the address space.  See user.h. */
#include "user.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Values of the generic ABI. */
#define G_PROT_READ 1u
#define G_PROT_WRITE 2u
#define G_PROT_EXEC 4u
#define G_MAP_FIXED 0x10u
#define G_MAP_ANONYMOUS 0x20u
#define G_MAP_FIXED_NOREPLACE 0x100000u
#define G_MREMAP_MAYMOVE 1u
#define G_MADV_DONTNEED 4u

static unsigned int prot_of(uint64_t prot)
{
	return (prot & G_PROT_READ ? LU_R : 0) | (prot & G_PROT_WRITE ? LU_W : 0) |
	       (prot & G_PROT_EXEC ? LU_X : 0) | LU_MAPPED;
}

static bool is_free(const struct lu *lu, uint64_t va, uint64_t len_bytes)
{
	for (uint64_t i = 0; i < len_bytes; i += LU_PAGE_BYTES) {
		if (lu->prot[(va + i) / LU_PAGE_BYTES] & LU_MAPPED)
			return false;
	}
	return true;
}

int64_t lu_sys_brk(struct lu *lu, const uint64_t *a)
{
	uint64_t old = align_up64(lu->brk, LU_PAGE_BYTES), new = align_up64(a[0], LU_PAGE_BYTES);

	if (a[0] < lu->brk_start || new > LU_MMAP_TOP)
		return (int64_t)lu->brk;
	if (new > old) {
		if (!is_free(lu, old, new - old))
			return (int64_t)lu->brk;
		lu_map(lu, old, new - old, LU_R | LU_W);
	} else {
		lu_map(lu, new, old - new, 0);
	}
	lu->brk = a[0];
	return (int64_t)lu->brk;
}

/* A free range below all earlier ones, or 0. */
static uint64_t find_free(struct lu *lu, uint64_t len_bytes)
{
	uint64_t at = lu->mmap_next;

	while (len_bytes < at && at - len_bytes >= LU_MIN_ADDR) {
		if (is_free(lu, at - len_bytes, len_bytes)) {
			lu->mmap_next = at - len_bytes;
			return lu->mmap_next;
		}
		at -= LU_PAGE_BYTES;
	}
	return 0;
}

static int64_t place(struct lu *lu, uint64_t hint, uint64_t len_bytes, uint64_t flags)
{
	uint64_t va;

	if (flags & (G_MAP_FIXED | G_MAP_FIXED_NOREPLACE)) {
		if (hint % LU_PAGE_BYTES)
			return -EINVAL;
		if (!lu_is_range(hint, len_bytes))
			return -ENOMEM;
		if ((flags & G_MAP_FIXED_NOREPLACE) && !is_free(lu, hint, len_bytes))
			return -EEXIST;
		return (int64_t)hint;
	}
	hint &= ~(LU_PAGE_BYTES - 1);
	if (hint >= LU_MIN_ADDR && lu_is_range(hint, len_bytes) && is_free(lu, hint, len_bytes))
		return (int64_t)hint;
	va = find_free(lu, len_bytes);
	return va ? (int64_t)va : -ENOMEM;
}

/* Files are copied: enough for programs that only read them. */
static int64_t read_file(struct lu *lu, uint64_t va, const uint64_t *a)
{
	uint64_t done = 0;

	while (done < a[1]) {
		ssize_t n = pread((int)a[4], lu->ram + va + done, a[1] - done,
				  (off_t)(a[5] + done));

		if (n < 0)
			return -errno;
		if (!n)
			break;
		done += (uint64_t)n;
	}
	la_ram_written(lu->m, va, done);
	return (int64_t)va;
}

int64_t lu_sys_mmap(struct lu *lu, const uint64_t *a)
{
	uint64_t len_bytes = align_up64(a[1], LU_PAGE_BYTES);
	int64_t va;

	if (!a[1])
		return -EINVAL;
	if (!len_bytes || len_bytes > LU_TOP)
		return -ENOMEM;
	va = place(lu, a[0], len_bytes, a[3]);
	if (va < 0)
		return va;
	lu_map(lu, (uint64_t)va, len_bytes,
	       prot_of(a[2]) | (a[3] & G_MAP_ANONYMOUS ? 0 : LU_FILE));
	return a[3] & G_MAP_ANONYMOUS ? va : read_file(lu, (uint64_t)va, a);
}

int64_t lu_sys_munmap(struct lu *lu, const uint64_t *a)
{
	uint64_t len_bytes = align_up64(a[1], LU_PAGE_BYTES);

	if (!len_bytes || !lu_is_range(a[0], len_bytes))
		return -EINVAL;
	lu_map(lu, a[0], len_bytes, 0);
	if (a[0] == lu->mmap_next)
		lu->mmap_next += len_bytes;
	return 0;
}

int64_t lu_sys_mprotect(struct lu *lu, const uint64_t *a)
{
	uint64_t len_bytes = align_up64(a[1], LU_PAGE_BYTES);

	if (a[0] % LU_PAGE_BYTES)
		return -EINVAL;
	if (!lu_is_range(a[0], len_bytes) || !lu_has(lu, a[0], len_bytes, LU_MAPPED))
		return -ENOMEM;
	/* Page by page, as some may be of files. */
	for (uint64_t va = a[0]; va < a[0] + len_bytes; va += LU_PAGE_BYTES)
		lu_protect(lu, va, LU_PAGE_BYTES,
			   prot_of(a[2]) | (lu->prot[va / LU_PAGE_BYTES] & LU_FILE));
	return 0;
}

int64_t lu_sys_mremap(struct lu *lu, const uint64_t *a)
{
	uint64_t old = align_up64(a[1], LU_PAGE_BYTES), new = align_up64(a[2], LU_PAGE_BYTES);
	unsigned int prot;
	uint64_t to;

	if (!old || !new || !lu_is_range(a[0], old) || (a[3] & ~(uint64_t)G_MREMAP_MAYMOVE))
		return -EINVAL;
	if (!lu_has(lu, a[0], old, LU_MAPPED))
		return -EFAULT;
	prot = lu->prot[a[0] / LU_PAGE_BYTES];
	if (new <= old) {
		lu_map(lu, a[0] + new, old - new, 0);
		return (int64_t)a[0];
	}
	if (lu_is_range(a[0], new) && is_free(lu, a[0] + old, new - old)) {
		lu_map(lu, a[0] + old, new - old, prot);
		return (int64_t)a[0];
	}
	to = a[3] & G_MREMAP_MAYMOVE && new <= LU_TOP ? find_free(lu, new) : 0;
	if (!to)
		return -ENOMEM;
	lu_map(lu, to, new, prot);
	memcpy(lu->ram + to, lu->ram + a[0], old);
	lu_map(lu, a[0], old, 0);
	return (int64_t)to;
}

int64_t lu_sys_madvise(struct lu *lu, const uint64_t *a)
{
	uint64_t len_bytes = align_up64(a[1], LU_PAGE_BYTES);

	if (!lu_is_range(a[0], len_bytes))
		return -EINVAL;
	if (a[2] != G_MADV_DONTNEED)
		return 0;
	for (uint64_t va = a[0]; va < a[0] + len_bytes; va += LU_PAGE_BYTES) {
		unsigned int prot = lu->prot[va / LU_PAGE_BYTES];

		/* Our copy of a file is what it would be read again as, unless written. */
		if (!(prot & LU_MAPPED))
			return -ENOMEM;
		if (!(prot & LU_FILE))
			lu_map(lu, va, LU_PAGE_BYTES, prot);
	}
	return 0;
}
