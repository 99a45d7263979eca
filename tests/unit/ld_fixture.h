/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ld_fixture.h - synthetic kernel images and files for the loader's tests.
 *
 * Files are memfds, named through /proc/self/fd, so that nothing is left behind.
 */
#ifndef LVZ_TESTS_LD_FIXTURE_H
#define LVZ_TESTS_LD_FIXTURE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <check.h>
#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "loader/loader.h"
#include "util/bits.h"
#include "util/file.h"

#define MIB (UINT64_C(1) << 20)
#define FX_PE_MAGIC 0x818223cdu
#define FX_PE_BYTES 4096		/* of the usual synthetic Image */
#define FX_ELF_BYTES 0x3000

struct fx_file {
	int fd;
	char path[64];
};

struct fx_blob {
	uint8_t *data;
	size_t len;
};

static inline void fx_rewrite(struct fx_file *f, const void *data, size_t len)
{
	ck_assert_int_eq(ftruncate(f->fd, 0), 0);
	ck_assert_int_eq(pwrite(f->fd, data, len, 0), (ssize_t)len);
}

static inline struct fx_file fx_file(const void *data, size_t len)
{
	struct fx_file f;

	f.fd = memfd_create("fixture", MFD_CLOEXEC);
	ck_assert_int_ge(f.fd, 0);
	snprintf(f.path, sizeof(f.path), "/proc/self/fd/%d", f.fd);
	if (len)
		fx_rewrite(&f, data, len);
	return f;
}

static inline void fx_close(struct fx_file *f)
{
	close(f->fd);
}

/* A byte that depends on its place, so that misplaced bytes are seen. */
static inline uint8_t fx_byte(size_t i)
{
	return (uint8_t)(i * 7 + (i >> 8) + 3);
}

/* A LoongArch Image of @len bytes (512 of headers, one section). */
static inline struct fx_blob fx_pe(size_t len, uint64_t mem_bytes, uint64_t load,
				   uint64_t entry)
{
	struct fx_blob b = { malloc(len), len };
	uint8_t *p = b.data;

	for (size_t i = 0; i < len; i++)
		p[i] = fx_byte(i);
	memset(p, 0, 0x200);
	memcpy(p, "MZ", 2);
	put_le64(p + 0x08, entry);
	put_le64(p + 0x10, mem_bytes);
	put_le64(p + 0x18, load);
	put_le32(p + 0x38, FX_PE_MAGIC);
	put_le32(p + 0x3c, 0x40);
	memcpy(p + 0x40, "PE\0", 4);
	put_le16(p + 0x44, 0x6264);
	put_le16(p + 0x46, 1);			/* sections */
	put_le16(p + 0x54, 0xa0);		/* optional header */
	put_le32(p + 0x58 + 0xa0 + 16, (uint32_t)(len - 0x200));
	put_le32(p + 0x58 + 0xa0 + 20, 0x200);
	return b;
}

/* The Image most tests use: 4 KiB in the file, 64 KiB in memory, at 2 MiB. */
static inline struct fx_blob fx_image(void)
{
	return fx_pe(FX_PE_BYTES, 0x10000, LD_KERNEL_GPA, LD_KERNEL_GPA + 0x400);
}

/* Wraps @inner into a zboot file with "zstd" or "gzip"; @inner stays the caller's. */
static inline struct fx_blob fx_zboot(const struct fx_blob *inner, const char *type)
{
	size_t room = compressBound(inner->len) + ZSTD_compressBound(inner->len) + 1024;
	struct fx_blob b = { calloc(1, room), 0 };
	struct fx_blob head = fx_pe(0x400, 0x400, LD_KERNEL_GPA, LD_KERNEL_GPA);
	size_t n;

	memcpy(b.data, head.data, head.len);
	free(head.data);
	memcpy(b.data + 4, "zimg", 4);
	memset(b.data + 8, 0, 0x38 - 8);
	memcpy(b.data + 0x18, type, strlen(type));
	if (!strncmp(type, "zstd", 4)) {
		n = ZSTD_compress(b.data + 0x400, room - 0x400, inner->data, inner->len, 3);
		ck_assert(!ZSTD_isError(n));
		put_le32(b.data + 0x400 + n, (uint32_t)inner->len);
		b.len = 0x400 + n + 4;
	} else {
		z_stream zs = { .next_in = inner->data, .avail_in = (uInt)inner->len,
				.next_out = b.data + 0x400, .avail_out = (uInt)(room - 0x400) };

		ck_assert_int_eq(deflateInit2(&zs, 6, Z_DEFLATED, 31, 8, 0), Z_OK);
		ck_assert_int_eq(deflate(&zs, Z_FINISH), Z_STREAM_END);
		n = zs.total_out;
		deflateEnd(&zs);
		b.len = 0x400 + n;
	}
	put_le32(b.data + 8, 0x400);
	put_le32(b.data + 12, (uint32_t)n);
	return b;
}

/*
 * A LoongArch ELF with direct-mapped addresses, as vmlinux has: text of 0x1000 bytes at
 * 2 MiB; data of 0x800 bytes, 0x3000 in memory, 64 KiB above; and a PT_NOTE.
 */
static inline struct fx_blob fx_elf(void)
{
	struct fx_blob b = { malloc(FX_ELF_BYTES), FX_ELF_BYTES };
	Elf64_Ehdr *eh = (Elf64_Ehdr *)(void *)b.data;
	Elf64_Phdr *ph = (Elf64_Phdr *)(void *)(b.data + sizeof(*eh));

	for (size_t i = 0; i < b.len; i++)
		b.data[i] = fx_byte(i);
	memset(b.data, 0, sizeof(*eh) + 3 * sizeof(*ph));
	memcpy(eh->e_ident, ELFMAG, SELFMAG);
	eh->e_ident[EI_CLASS] = ELFCLASS64;
	eh->e_ident[EI_DATA] = ELFDATA2LSB;
	eh->e_type = ET_EXEC;
	eh->e_machine = 258;
	eh->e_entry = UINT64_C(0x9000000000200040);
	eh->e_phoff = sizeof(*eh);
	eh->e_phentsize = sizeof(*ph);
	eh->e_phnum = 3;
	ph[0] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_offset = 0x1000,
			      .p_paddr = UINT64_C(0x9000000000200000),
			      .p_filesz = 0x1000, .p_memsz = 0x1000 };
	ph[1] = (Elf64_Phdr){ .p_type = PT_NOTE, .p_offset = UINT64_MAX, .p_filesz = 1 };
	ph[2] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_offset = 0x2000,
			      .p_paddr = UINT64_C(0x9000000000210000),
			      .p_filesz = 0x800, .p_memsz = 0x3000 };
	return b;
}

static inline Elf64_Phdr *fx_phdr(struct fx_blob *b, unsigned int i)
{
	return (Elf64_Phdr *)(void *)(b->data + sizeof(Elf64_Ehdr)) + i;
}

static inline struct memory *fx_memory(uint64_t bytes)
{
	struct memory *mem = NULL;
	struct err err;

	ck_assert_int_eq(mem_create(&mem, bytes, &err), 0);
	return mem;
}

/* Asserts that @err says @part. */
#define fx_says(err, part) \
	ck_assert_msg(strstr((err)->text, (part)) != NULL, "'%s' not in '%s'", (part), \
		      (err)->text)

/* Loads @b into 64 MiB and asserts that it is refused with a text that has @part. */
static inline void fx_refused(const struct fx_blob *b, const struct ld_request *base,
			      int code, const char *part)
{
	struct fx_file f = fx_file(b->data, b->len);
	struct ld_request req = *base;
	struct err err = { "" };

	req.kernel = f.path;
	req.nvcpus = 1;
	ck_assert_int_eq(ld_check(&req, 64 * MIB, &err), code);
	fx_says(&err, f.path);
	fx_says(&err, part);
	fx_close(&f);
}

/* Loads @b into @mem and asserts success. */
static inline struct ld_result fx_loaded(struct memory *mem, const struct fx_blob *b,
					 const struct ld_request *base)
{
	struct fx_file f = fx_file(b->data, b->len);
	struct ld_request req = *base;
	struct ld_result res;
	struct err err = { "" };
	int ret;

	req.kernel = f.path;
	req.nvcpus = 1;
	ret = ld_load(mem, &req, &res, &err);
	ck_assert_msg(!ret, "%d: %s", ret, err.text);
	fx_close(&f);
	return res;
}

/*
 * Flips bytes of @b, loads the result, and expects nothing but a return.  @fixed picks
 * the seed; most flips hit the first @head bytes, where headers are.
 */
static inline void fx_fuzz(const struct fx_blob *b, size_t head, unsigned int rounds,
			   uint64_t fixed)
{
	struct memory *mem = fx_memory(16 * MIB);
	struct fx_file f = fx_file(NULL, 0);
	struct ld_request req = { .kernel = f.path, .nvcpus = 1 };
	uint8_t *copy = malloc(b->len);
	unsigned int refused = 0;
	uint64_t x = fixed;

	for (unsigned int i = 0; i < rounds; i++) {
		struct ld_result res;
		struct err err = { "" };

		memcpy(copy, b->data, b->len);
		for (unsigned int n = 0; n < 1 + i % 4; n++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			size_t at = (x >> 8) % ((x & 7) ? head : b->len);

			copy[at] = (x & 0x10) ? (uint8_t)(x >> 40) : 0xff;
		}
		fx_rewrite(&f, copy, (x & 0x60) ? b->len : (x >> 20) % b->len);
		if (ld_load(mem, &req, &res, &err)) {
			refused++;
			ck_assert_msg(err.text[0], "refused without a word");
		}
	}
	ck_assert_uint_gt(refused, 0);
	ck_assert_uint_lt(refused, rounds);
	free(copy);
	fx_close(&f);
	mem_destroy(mem);
}

static inline int fx_run(Suite *s)
{
	SRunner *sr = srunner_create(s);
	int failed;

	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
