/* SPDX-License-Identifier: Apache-2.0 */
/* lu_mem.c - memory of the program and the CPU that runs it.  See user.h. */
#include "user.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "soft/isa_enc.h"
#include "soft/mmu.h"
#include "soft/tlb.h"

/* Behind the address space: one page whose words are all "idle". */
#define KERNEL LU_TOP
#define KERNEL_BYTES LU_PAGE_BYTES
#define KSEG UINT64_C(0x9000000000000000)
#define SIGRETURN 139

static uint64_t bus_load(void *ctx, unsigned int cpu, uint64_t gpa, unsigned int size)
{
	(void)ctx, (void)cpu, (void)gpa, (void)size;
	return 0;
}

static void bus_store(void *ctx, unsigned int cpu, uint64_t gpa, unsigned int size, uint64_t val)
{
	(void)ctx, (void)cpu, (void)gpa, (void)size, (void)val;
}

static uint64_t iocsr_read(void *ctx, unsigned int cpu, uint32_t addr, unsigned int size)
{
	(void)ctx, (void)cpu, (void)addr, (void)size;
	return 0;
}

static void iocsr_write(void *ctx, unsigned int cpu, uint32_t addr, unsigned int size,
			uint64_t val)
{
	(void)ctx, (void)cpu, (void)addr, (void)size, (void)val;
}

static void timer_set(void *ctx, unsigned int cpu, uint64_t deadline_ns)
{
	(void)ctx, (void)cpu, (void)deadline_ns;
}

static void *reserve(uint64_t len_bytes)
{
	void *p = mmap(NULL, len_bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static void write_kernel(struct lu *lu)
{
	const uint32_t idle = la_enc_idle(0);
	const uint32_t trampoline[] = { la_enc_ori(11, 0, SIGRETURN), la_enc_syscall(0) };

	for (uint64_t at = 0; at < KERNEL_BYTES; at += sizeof(idle))
		memcpy(lu->ram + KERNEL + at, &idle, sizeof(idle));
	lu_map(lu, LU_TRAMPOLINE, LU_PAGE_BYTES, LU_R | LU_X);
	memcpy(lu->ram + LU_TRAMPOLINE, trampoline, sizeof(trampoline));
}

/* FP and vector units stay off: their first use is seen, as Linux does it. */
static void write_csrs(struct la_cpu *cpu)
{
	la_set_csr(cpu, LA_CSR_DMW0, KSEG | LA_DMW_PLV0);
	la_set_csr(cpu, LA_CSR_EENTRY, KSEG | KERNEL);
	la_set_csr(cpu, LA_CSR_TLBRENTRY, KERNEL);
	la_set_csr(cpu, LA_CSR_STLBPS, 12);
	la_set_csr(cpu, LA_CSR_CRMD, LA_CRMD_PG | LA_CRMD_PLV);
}

int lu_init(struct lu *lu, bool is_la464, struct err *err)
{
	static const struct la_ram ram = { 0, LU_TOP + KERNEL_BYTES };
	struct la_machine_cfg cfg = {
		.ram = &ram,
		.nram = 1,
		.bus = { NULL, bus_load, bus_store, iocsr_read, iocsr_write, timer_set },
		.features = { .is_la464 = is_la464, .has_lsx = true, .has_lasx = true,
			      .has_ptw = !is_la464, .has_v11 = !is_la464 },
		.ncpus = 1,
		.seen_ops = lu->seen_ops,
	};
	int ret;

	lu->ram = reserve(ram.len_bytes);
	lu->prot = reserve(LU_TOP / LU_PAGE_BYTES);
	if (!lu->ram || !lu->prot)
		return err_set(err, -ENOMEM, "cannot reserve %llu GiB of address space",
			       (unsigned long long)(LU_TOP >> 30));
	cfg.ram_base = lu->ram;
	ret = la_machine_create(&lu->m, &cfg, err);
	if (ret)
		return ret;
	lu->cpu = la_machine_cpu(lu->m, 0);
	write_csrs(lu->cpu);
	write_kernel(lu);
	lu->mmap_next = LU_MMAP_TOP;
	lu->altstack.flags = 2;		/* SS_DISABLE */
	return 0;
}

void lu_fini(struct lu *lu)
{
	la_machine_destroy(lu->m);
	if (lu->prot)
		munmap(lu->prot, LU_TOP / LU_PAGE_BYTES);
	if (lu->ram)
		munmap(lu->ram, LU_TOP + KERNEL_BYTES);
}

/* ------------------------------------------------------------------ pages */

bool lu_is_range(uint64_t va, uint64_t len_bytes)
{
	return !((va | len_bytes) % LU_PAGE_BYTES) && va <= LU_TOP && len_bytes <= LU_TOP - va;
}

void lu_protect(struct lu *lu, uint64_t va, uint64_t len_bytes, unsigned int prot)
{
	/* Whoever may write or execute may read, too. */
	if (prot & (LU_W | LU_X))
		prot |= LU_R;
	memset(lu->prot + va / LU_PAGE_BYTES, (int)(prot | LU_MAPPED), len_bytes / LU_PAGE_BYTES);
	(void)la_mmu_invtlb(lu->cpu, 0, 0, 0);
}

void lu_map(struct lu *lu, uint64_t va, uint64_t len_bytes, unsigned int prot)
{
	if (!len_bytes)
		return;
	/* Memory that nobody touched reads as zero; what fails here only costs memory. */
	if (madvise(lu->ram + va, len_bytes, MADV_DONTNEED))
		memset(lu->ram + va, 0, len_bytes);
	la_ram_written(lu->m, va, len_bytes);
	lu_protect(lu, va, len_bytes, prot);
	if (!prot)
		memset(lu->prot + va / LU_PAGE_BYTES, 0, len_bytes / LU_PAGE_BYTES);
}

bool lu_has(const struct lu *lu, uint64_t va, uint64_t len_bytes, unsigned int prot)
{
	if (va > LU_TOP || len_bytes > LU_TOP - va)
		return false;
	if (!len_bytes)
		return true;
	for (uint64_t n = va / LU_PAGE_BYTES; n <= (va + len_bytes - 1) / LU_PAGE_BYTES; n++) {
		if (~lu->prot[n] & prot)
			return false;
	}
	return true;
}

void *lu_at(const struct lu *lu, uint64_t va, uint64_t len_bytes, unsigned int prot)
{
	return lu_has(lu, va, len_bytes, prot) ? lu->ram + va : NULL;
}

const char *lu_string(const struct lu *lu, uint64_t va)
{
	const char *s = (const char *)lu->ram + va;
	uint64_t at = va;

	while (lu_has(lu, at, 1, LU_R)) {
		uint64_t len = LU_PAGE_BYTES - at % LU_PAGE_BYTES;

		if (memchr(lu->ram + at, 0, len))
			return s;
		at += len;
	}
	return NULL;
}

int lu_get(const struct lu *lu, void *to, uint64_t va, uint64_t len_bytes)
{
	const void *p = lu_at(lu, va, len_bytes, LU_R);

	if (!p)
		return -EFAULT;
	memcpy(to, p, len_bytes);
	return 0;
}

int lu_put(struct lu *lu, uint64_t va, const void *from, uint64_t len_bytes)
{
	void *p = lu_at(lu, va, len_bytes, LU_W);

	if (!p)
		return -EFAULT;
	memcpy(p, from, len_bytes);
	la_ram_written(lu->m, va, len_bytes);
	return 0;
}

/* The TLB entry for @va; 0, an invalid one, where nothing may be read. */
static uint64_t entry_of(const struct lu *lu, uint64_t va)
{
	unsigned int prot = va < LU_TOP ? lu->prot[va / LU_PAGE_BYTES] : 0;

	if (!(prot & LU_R))
		return 0;
	return va | LA_PTE_V | UINT64_C(3) << LA_PTE_PLV_SHIFT |
	       UINT64_C(1) << LA_TLBELO0_MAT_SHIFT |
	       (prot & LU_W ? LA_PTE_D : 0) | (prot & LU_X ? 0 : LA_PTE_NX);
}

void lu_refill(struct lu *lu)
{
	uint64_t va = la_get_csr(lu->cpu, LA_CSR_TLBRBADV) & ~(2 * LU_PAGE_BYTES - 1);

	la_set_csr(lu->cpu, LA_CSR_TLBREHI, va | 12);
	la_set_csr(lu->cpu, LA_CSR_TLBRELO0, entry_of(lu, va));
	la_set_csr(lu->cpu, LA_CSR_TLBRELO1, entry_of(lu, va + LU_PAGE_BYTES));
	la_mmu_tlbfill(lu->cpu, false);
	lu_return(lu);
}

void lu_return(struct lu *lu)
{
	la_exc_return(lu->cpu);
	/* A new pc is what wakes the CPU from the handler's "idle". */
	la_set_pc(lu->cpu, la_get_pc(lu->cpu));
}
