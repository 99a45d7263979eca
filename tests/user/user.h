/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/user/user.h - a static Linux program on the software CPU: memory, program, system
 * calls, signals.
 *
 * The address space of the program is the start of guest-physical memory, page for page,
 * so that a user address is an offset into one host mapping; @prot says which pages exist
 * and what may be done with them.  The program runs at PLV3 with paging on.  Every
 * exception ends in an "idle" behind its address space, where la_run() returns and the
 * host takes the part of the kernel, TLB refill included.  One thread, no locks.
 */
#ifndef LVZ_TESTS_USER_USER_H
#define LVZ_TESTS_USER_USER_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "soft/cpu.h"
#include "soft/csr.h"
#include "soft/la.h"
#include "util/err.h"

#define LU_PAGE_BYTES UINT64_C(0x1000)
#define LU_TOP UINT64_C(0x4000000000)		/* end of the address space: 256 GiB */
#define LU_STACK_BYTES UINT64_C(0x800000)
#define LU_STACK_TOP (LU_TOP - 0x10000)
#define LU_MMAP_TOP UINT64_C(0x3000000000)	/* where mmap() goes down from */
#define LU_PIE_BASE UINT64_C(0x1000000000)
#define LU_MIN_ADDR UINT64_C(0x10000)		/* what mmap() hands out lies above */
#define LU_TRAMPOLINE (LU_TOP - 0x8000)		/* rt_sigreturn, as the vDSO has it */

/* Bits of lu->prot[]. */
#define LU_R 1u
#define LU_W 2u
#define LU_X 4u
#define LU_MAPPED 8u		/* even without any right */
#define LU_FILE 16u		/* content of a file */

#define LU_NSIG 64u

struct lu_action {		/* as the kernel has it */
	uint64_t handler;
	uint64_t flags;
	uint64_t mask;
};

struct lu_altstack {		/* as the kernel has it */
	uint64_t sp;
	int32_t flags;
	int32_t pad;
	uint64_t size_bytes;
};

struct lu {
	uint8_t *ram;		/* host address of user address 0 */
	uint8_t *prot;		/* LU_R... by page number */
	struct la_machine *m;
	struct la_cpu *cpu;
	const char *program;

	uint64_t entry;
	uint64_t phdr;		/* address and number of the program headers */
	unsigned int nphdrs;
	uint64_t brk_start;
	uint64_t brk;
	uint64_t mmap_next;	/* end of what the next mmap() gives */

	struct lu_action action[LU_NSIG + 1];
	struct lu_altstack altstack;
	uint64_t blocked;	/* signals, number 1 at bit 0 */
	uint64_t pending;	/* raised by the program itself */
	int pending_code[LU_NSIG + 1];
	uint32_t addr_error;	/* SC_ADDRERR_* of the latest page fault */

	uint64_t ninsns;	/* counted when single-stepping only */
	uint8_t *seen_ops;	/* of la_machine_cfg; set before lu_init(), caller's */
	bool has_exited;
	int status;		/* of the program; 128 + n after signal n */
};

/* ------------------------------------------------------------------ lu_mem.c */

/* Reserves memory, creates the CPU.  -ENOMEM and the like with @err set. */
int lu_init(struct lu *lu, bool is_la464, struct err *err);
void lu_fini(struct lu *lu);

/* Gives [va, va+len), whole pages of the address space, @prot; 0 takes them away. */
void lu_map(struct lu *lu, uint64_t va, uint64_t len_bytes, unsigned int prot);
/* The same for pages that keep their content. */
void lu_protect(struct lu *lu, uint64_t va, uint64_t len_bytes, unsigned int prot);
/* True when whole pages [va, va+len) lie in the address space. */
bool lu_is_range(uint64_t va, uint64_t len_bytes);
/* True when every page of [va, va+len) has all of @prot. */
bool lu_has(const struct lu *lu, uint64_t va, uint64_t len_bytes, unsigned int prot);
/* Host address of [va, va+len) or NULL when the program itself could not @prot it. */
void *lu_at(const struct lu *lu, uint64_t va, uint64_t len_bytes, unsigned int prot);
/* The string at @va, or NULL when it leaves readable memory. */
const char *lu_string(const struct lu *lu, uint64_t va);
/* Copies as the program could; -EFAULT. */
int lu_get(const struct lu *lu, void *to, uint64_t va, uint64_t len_bytes);
int lu_put(struct lu *lu, uint64_t va, const void *from, uint64_t len_bytes);
/* Serves a TLB refill exception and returns from it. */
void lu_refill(struct lu *lu);
/* Returns from the exception behind which the CPU idles, as ertn would. */
void lu_return(struct lu *lu);

/* ------------------------------------------------------------------ lu_elf.c */

/* Loads @path, ET_EXEC or static PIE; sets entry, program headers, brk. */
int lu_load(struct lu *lu, const char *path, struct err *err);
/* Builds the initial stack and sets the registers. */
int lu_start(struct lu *lu, char **argv, char **envp, struct err *err);

/* ------------------------------------------------------------------ lu_sys.c, lu_vm.c */

/* Executes the system call that the registers describe; the result goes to a0. */
void lu_syscall(struct lu *lu);

int64_t lu_sys_brk(struct lu *lu, const uint64_t *a);
int64_t lu_sys_mmap(struct lu *lu, const uint64_t *a);
int64_t lu_sys_munmap(struct lu *lu, const uint64_t *a);
int64_t lu_sys_mprotect(struct lu *lu, const uint64_t *a);
int64_t lu_sys_mremap(struct lu *lu, const uint64_t *a);
int64_t lu_sys_madvise(struct lu *lu, const uint64_t *a);

/* ------------------------------------------------------------------ lu_signal.c */

struct lu_fault {
	int sig;
	int code;		/* si_code */
	uint64_t addr;		/* si_addr */
};

/* The CPU took exception @exc (enum la_exc), which is no system call. */
void lu_exception(struct lu *lu, unsigned int exc);
/* Delivers @f now; the program ends when it does not take such signals. */
void lu_force(struct lu *lu, const struct lu_fault *f);
/* Makes signal @f->sig pending; 0, or -EINVAL if there is none of that number. */
int64_t lu_raise(struct lu *lu, const struct lu_fault *f);
/* Delivers pending signals that are not blocked: a frame each, or the program's end. */
void lu_deliver(struct lu *lu);
int64_t lu_sys_rt_sigaction(struct lu *lu, const uint64_t *a);
int64_t lu_sys_rt_sigprocmask(struct lu *lu, const uint64_t *a);
int64_t lu_sys_sigaltstack(struct lu *lu, const uint64_t *a);
/* Restores what the frame at sp says. */
void lu_sigreturn(struct lu *lu);

#endif
