/* SPDX-License-Identifier: Apache-2.0 */
/* lu_elf.c - a static program and its first stack.  See user.h. */
#include "user.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/random.h>
#include <unistd.h>

#include "soft/isa_cpucfg.h"

#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258
#endif

/* AT_HWCAP bits of Linux for LoongArch. */
enum { HWCAP_CPUCFG = 1, HWCAP_LAM = 2, HWCAP_UAL = 4, HWCAP_FPU = 8, HWCAP_LSX = 16,
       HWCAP_LASX = 32, HWCAP_CRC32 = 64, HWCAP_PTW = 1 << 13, HWCAP_LSPW = 1 << 14,
       HWCAP_SCQ = 1 << 15 };

static int load_segment(struct lu *lu, int fd, const Elf64_Phdr *ph, uint64_t base)
{
	uint64_t va = base + ph->p_vaddr;
	uint64_t first = va & ~(LU_PAGE_BYTES - 1), end;
	unsigned int prot = (ph->p_flags & PF_R ? LU_R : 0) | (ph->p_flags & PF_W ? LU_W : 0) |
			    (ph->p_flags & PF_X ? LU_X : 0);
	ssize_t n;

	if (va >= LU_TOP || ph->p_memsz > LU_TOP - va || ph->p_filesz > ph->p_memsz)
		return -ENOEXEC;
	end = align_up64(va + ph->p_memsz, LU_PAGE_BYTES);
	/* Segments may share a page: it keeps what the first one brought. */
	while (first < end && lu_has(lu, first, 1, LU_MAPPED)) {
		lu_protect(lu, first, LU_PAGE_BYTES, lu->prot[first / LU_PAGE_BYTES] | prot);
		first += LU_PAGE_BYTES;
	}
	lu_map(lu, first, end - first, prot);
	n = pread(fd, lu->ram + va, ph->p_filesz, (off_t)ph->p_offset);
	if (n != (ssize_t)ph->p_filesz)
		return -ENOEXEC;
	if (end > lu->brk_start)
		lu->brk_start = end;
	return 0;
}

static int check_header(const Elf64_Ehdr *eh)
{
	return !memcmp(eh->e_ident, ELFMAG, SELFMAG) && eh->e_ident[EI_CLASS] == ELFCLASS64 &&
	       eh->e_machine == EM_LOONGARCH && (eh->e_type == ET_EXEC || eh->e_type == ET_DYN) &&
	       eh->e_phentsize == sizeof(Elf64_Phdr) ? 0 : -ENOEXEC;
}

static int load(struct lu *lu, int fd, const char *path, struct err *err)
{
	uint64_t base;
	Elf64_Ehdr eh;

	if (pread(fd, &eh, sizeof(eh), 0) != sizeof(eh) || check_header(&eh))
		return err_set(err, -ENOEXEC, "%s: not a LoongArch64 program", path);
	base = eh.e_type == ET_DYN ? LU_PIE_BASE : 0;
	for (unsigned int i = 0; i < eh.e_phnum; i++) {
		off_t at = (off_t)(eh.e_phoff + i * sizeof(Elf64_Phdr));
		Elf64_Phdr ph;

		if (pread(fd, &ph, sizeof(ph), at) != sizeof(ph))
			return err_set(err, -ENOEXEC, "%s: is cut short", path);
		if (ph.p_type == PT_INTERP)
			return err_set(err, -ENOEXEC, "%s: wants a loader; link it static", path);
		if (ph.p_type != PT_LOAD)
			continue;
		if (load_segment(lu, fd, &ph, base))
			return err_set(err, -ENOEXEC, "%s: segment %u cannot be loaded", path, i);
		if (eh.e_phoff - ph.p_offset < ph.p_filesz)
			lu->phdr = base + ph.p_vaddr + eh.e_phoff - ph.p_offset;
	}
	lu->nphdrs = eh.e_phnum;
	lu->entry = base + eh.e_entry;
	lu->brk = lu->brk_start;
	return 0;
}

int lu_load(struct lu *lu, const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	ret = load(lu, fd, path, err);
	close(fd);
	return ret;
}

/* ------------------------------------------------------------------ stack */

static uint64_t hwcap(const struct la_cpu *cpu)
{
	static const struct { uint32_t word, bit; uint64_t cap; } caps[] = {
		{ 1, LA_CPUCFG1_UAL, HWCAP_UAL }, { 1, LA_CPUCFG1_CRC, HWCAP_CRC32 },
		{ 2, LA_CPUCFG2_LAM, HWCAP_LAM }, { 2, LA_CPUCFG2_FP, HWCAP_FPU },
		{ 2, LA_CPUCFG2_LSX, HWCAP_LSX }, { 2, LA_CPUCFG2_LASX, HWCAP_LASX },
		{ 2, LA_CPUCFG2_HPTW, HWCAP_PTW }, { 2, LA_CPUCFG2_LSPW, HWCAP_LSPW },
		{ 2, LA_CPUCFG2_SCQ, HWCAP_SCQ },
	};
	uint64_t cap = HWCAP_CPUCFG;

	for (unsigned int i = 0; i < ARRAY_SIZE(caps); i++) {
		if (la_cpucfg(cpu, caps[i].word) & caps[i].bit)
			cap |= caps[i].cap;
	}
	return cap;
}

struct stack {
	struct lu *lu;
	uint64_t sp;
	bool is_full;
};

static uint64_t push(struct stack *s, const void *data, size_t len)
{
	s->sp -= len;
	s->is_full |= lu_put(s->lu, s->sp, data, len) != 0;
	return s->sp;
}

static void push64(struct stack *s, uint64_t v)
{
	push(s, &v, sizeof(v));
}

static unsigned int count(char **v)
{
	unsigned int n = 0;

	while (v[n])
		n++;
	return n;
}

/* The addresses of @v's strings, last one first in memory; @at names where they begin. */
static void push_strings(struct stack *s, char **v, unsigned int n, uint64_t *at)
{
	for (unsigned int i = 0; i < n; i++)
		at[i] = push(s, v[i], strlen(v[i]) + 1);
}

static void push_pointers(struct stack *s, const uint64_t *at, unsigned int n)
{
	push64(s, 0);
	while (n--)
		push64(s, at[n]);
}

static void push_auxv(struct stack *s, uint64_t random, uint64_t execfn, uint64_t platform)
{
	const struct lu *lu = s->lu;
	const uint64_t aux[][2] = {
		{ AT_PHDR, lu->phdr }, { AT_PHENT, sizeof(Elf64_Phdr) }, { AT_PHNUM, lu->nphdrs },
		{ AT_PAGESZ, LU_PAGE_BYTES }, { AT_BASE, 0 }, { AT_FLAGS, 0 },
		{ AT_ENTRY, lu->entry }, { AT_UID, getuid() }, { AT_EUID, geteuid() },
		{ AT_GID, getgid() }, { AT_EGID, getegid() }, { AT_HWCAP, hwcap(lu->cpu) },
		{ AT_CLKTCK, 100 }, { AT_RANDOM, random }, { AT_SECURE, 0 },
		{ AT_EXECFN, execfn }, { AT_PLATFORM, platform }, { AT_NULL, 0 },
	};

	push(s, aux, sizeof(aux));
}

int lu_start(struct lu *lu, char **argv, char **envp, struct err *err)
{
	struct stack s = { .lu = lu, .sp = LU_STACK_TOP };
	unsigned int argc = count(argv), envc = count(envp);
	uint64_t *at = calloc(argc + envc + 1, sizeof(*at));
	uint64_t random, execfn, platform;
	uint8_t bytes[16] = { 0 };

	if (!at)
		return err_set(err, -ENOMEM, "out of memory");
	lu_map(lu, LU_STACK_TOP - LU_STACK_BYTES, LU_STACK_BYTES, LU_R | LU_W);
	if (getrandom(bytes, sizeof(bytes), 0) < 0)
		memset(bytes, 0x5a, sizeof(bytes));
	execfn = push(&s, lu->program, strlen(lu->program) + 1);
	platform = push(&s, "loongarch", sizeof("loongarch"));
	push_strings(&s, argv, argc, at);
	push_strings(&s, envp, envc, at + argc);
	s.sp &= ~UINT64_C(15);
	random = push(&s, bytes, sizeof(bytes));
	/* argc must end up at a multiple of 16. */
	if ((argc + envc + 3) % 2)
		push64(&s, 0);
	push_auxv(&s, random, execfn, platform);
	push_pointers(&s, at + argc, envc);
	push_pointers(&s, at, argc);
	push64(&s, argc);
	free(at);
	if (s.is_full)
		return err_set(err, -E2BIG, "arguments and environment are too large");
	la_set_gpr(lu->cpu, 3, s.sp);
	la_set_pc(lu->cpu, lu->entry);
	return 0;
}
