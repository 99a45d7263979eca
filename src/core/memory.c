/* SPDX-License-Identifier: Apache-2.0 */
/* core/memory.c - see memory.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "core/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util/bits.h"

#define MEM_ALIGN_BYTES UINT64_C(0x10000)

static int map_slots(struct memory *mem, struct err *err)
{
	for (unsigned int i = 0; i < mem->nslots; i++) {
		const struct mem_slot *s = &mem->slots[i];
		void *p = mmap(mem->base + s->gpa, s->len_bytes, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_FIXED | MAP_NORESERVE, mem->fd, (off_t)s->gpa);

		if (p == MAP_FAILED)
			return err_set(err, -errno, "guest RAM: cannot map %llu MiB: %s",
				       (unsigned long long)(s->len_bytes >> 20), strerror(errno));
		/* Zeroing host pages dominates a short boot; let the kernel use large ones. */
		(void)madvise(p, s->len_bytes, MADV_HUGEPAGE);
	}
	return 0;
}

int mem_create(struct memory **out, uint64_t ram_bytes, struct err *err)
{
	struct memory *mem;
	int ret;

	if (!ram_bytes || ram_bytes % MEM_ALIGN_BYTES)
		return err_set(err, -EINVAL, "guest RAM: %llu bytes is not a multiple of 64K",
			       (unsigned long long)ram_bytes);
	mem = calloc(1, sizeof(*mem));
	if (!mem)
		return err_set(err, -ENOMEM, "guest RAM: out of memory");
	mem->fd = -1;
	mem->base = MAP_FAILED;
	mem->slots[mem->nslots++] = (struct mem_slot){
		0, ram_bytes < MEM_LOW_BYTES ? ram_bytes : MEM_LOW_BYTES };
	mem->span_bytes = mem->slots[0].len_bytes;
	if (ram_bytes > MEM_LOW_BYTES) {
		mem->slots[mem->nslots++] = (struct mem_slot){ MEM_HIGH_GPA,
							       ram_bytes - MEM_LOW_BYTES };
		mem->span_bytes = MEM_HIGH_GPA + ram_bytes - MEM_LOW_BYTES;
	}
	mem->fd = memfd_create("lvz-guest-ram", MFD_CLOEXEC);
	if (mem->fd < 0 || ftruncate(mem->fd, (off_t)mem->span_bytes)) {
		ret = err_set(err, -errno, "guest RAM: memfd: %s", strerror(errno));
		goto out_destroy;
	}
	mem->base = mmap(NULL, mem->span_bytes, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (mem->base == MAP_FAILED) {
		ret = err_set(err, -errno, "guest RAM: cannot reserve %llu MiB: %s",
			      (unsigned long long)(mem->span_bytes >> 20), strerror(errno));
		goto out_destroy;
	}
	ret = map_slots(mem, err);
	if (ret)
		goto out_destroy;
	*out = mem;
	return 0;

out_destroy:
	mem_destroy(mem);
	return ret;
}

void mem_destroy(struct memory *mem)
{
	if (!mem)
		return;
	if (mem->base != MAP_FAILED)
		munmap(mem->base, mem->span_bytes);
	if (mem->fd >= 0)
		close(mem->fd);
	free(mem);
}

uint64_t mem_size(const struct memory *mem)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < mem->nslots; i++)
		sum += mem->slots[i].len_bytes;
	return sum;
}

void *mem_at(const struct memory *mem, gpa_t gpa, uint64_t len)
{
	for (unsigned int i = 0; i < mem->nslots; i++) {
		const struct mem_slot *s = &mem->slots[i];

		if (gpa >= s->gpa && gpa - s->gpa < s->len_bytes &&
		    len <= s->len_bytes - (gpa - s->gpa))
			return mem->base + gpa;
	}
	return NULL;
}

void mem_written(const struct memory *mem, gpa_t gpa, uint64_t len)
{
	if (mem->on_write && len)
		mem->on_write(mem->on_write_ctx, gpa, len);
}

int mem_read(const struct memory *mem, gpa_t gpa, void *buf, uint64_t len)
{
	const void *p = mem_at(mem, gpa, len);

	if (!p)
		return -EFAULT;
	memcpy(buf, p, len);
	return 0;
}

int mem_write(const struct memory *mem, gpa_t gpa, const void *buf, uint64_t len)
{
	void *p = mem_at(mem, gpa, len);

	if (!p)
		return -EFAULT;
	memcpy(p, buf, len);
	mem_written(mem, gpa, len);
	return 0;
}

int mem_clear(struct memory *mem, struct err *err)
{
	for (unsigned int i = 0; i < mem->nslots; i++) {
		const struct mem_slot *s = &mem->slots[i];

		if (fallocate(mem->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			      (off_t)s->gpa, (off_t)s->len_bytes))
			return err_set(err, -errno, "guest RAM: cannot clear: %s",
				       strerror(errno));
		mem_written(mem, s->gpa, s->len_bytes);
	}
	return 0;
}
