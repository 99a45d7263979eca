/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signals.c - every synchronous signal, the frame that its handler sees and may change, and
 * signals that the program sends itself.
 */
#include <fenv.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

static volatile struct {
	int n, sig, is_near, a0_is_kept;
	uint64_t addr;
} seen;

static void on_signal(int sig, siginfo_t *info, void *ctx)
{
	ucontext_t *uc = ctx;
	mcontext_t *mc = &uc->uc_mcontext;
	char here;

	seen.n++;
	seen.sig = sig == info->si_signo ? sig : -1;
	seen.addr = (uint64_t)(uintptr_t)info->si_addr;
	seen.a0_is_kept = mc->__gregs[4] == 0x1234567;
	seen.is_near = (uintptr_t)&here < mc->__gregs[3] &&
		       mc->__gregs[3] - (uintptr_t)&here < 16384;
	mc->__gregs[5] = 0x7654321;
	mc->__pc += 4;
}

/* One instruction that faults, with marked registers around it. */
#define FAULT(what, insn, input) do { \
		register uint64_t a0 __asm__("$a0") = 0x1234567; \
		register uint64_t a1 __asm__("$a1") = 0; \
		register uint64_t t0 __asm__("$t0") = (input); \
		seen.n = 0; \
		__asm__ volatile(insn : "+r"(a0), "+r"(a1), "+r"(t0) : : "memory", "$t1"); \
		printf("%s: %d signal, number %d, a0 %d, a1 %d, stack %d\n", what, seen.n, \
		       seen.sig, seen.a0_is_kept && a0 == 0x1234567, a1 == 0x7654321, \
		       seen.is_near); \
	} while (0)

static void faults(void)
{
	char *page = mmap(NULL, 3 * 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);
	uint64_t at = (uint64_t)(uintptr_t)page;

	mprotect(page + 65536, 65536, PROT_READ);
	munmap(page + 2 * 65536, 65536);
	FAULT("undefined", ".word 0xffffffff", 0);
	FAULT("privileged", "csrrd $t1, 0", 0);
	FAULT("break", "break 0", 0);
	FAULT("null load", "ld.d $t1, $t0, 0", 0);
	printf("  address %d\n", seen.addr == 0);
	FAULT("store to read-only", "st.d $zero, $t0, 0", at + 65536 + 24);
	printf("  address %d\n", seen.addr == at + 65536 + 24);
	FAULT("load after munmap", "ld.b $t1, $t0, 0", at + 2 * 65536 + 5);
	printf("  address %d\n", seen.addr == at + 2 * 65536 + 5);
	FAULT("misaligned atomic", "amadd_db.w $t1, $zero, $t0", at + 2);
	printf("  address %d\n", seen.addr == at + 2);
	munmap(page, 2 * 65536);
}

static void fpu(void)
{
	double one = 1, zero = 0, result = 5;

	feenableexcept(FE_DIVBYZERO);
	seen.n = 0;
	__asm__ volatile("fdiv.d %0, %1, %2" : "+f"(result) : "f"(one), "f"(zero));
	printf("division by zero: %d signal, number %d, result %g\n", seen.n, seen.sig, result);
	fedisableexcept(FE_DIVBYZERO);
}

static volatile int order[4], norder;
static char *altstack;

static void on_user(int sig)
{
	char here;

	order[norder++] = sig;
	if (sig == SIGUSR1) {
		/* Blocked while we are in its own handler, not so the other. */
		raise(SIGUSR1);
		raise(SIGUSR2);
		printf("on the other stack: %d, so far %d\n",
		       (uintptr_t)&here - (uintptr_t)altstack < 65536, norder);
		signal(SIGUSR1, SIG_IGN);
	}
}

static void raised(void)
{
	struct sigaction act = { .sa_handler = on_user, .sa_flags = SA_ONSTACK };
	stack_t stack = { .ss_size = 65536 };
	sigset_t set;

	altstack = malloc(65536);
	stack.ss_sp = altstack;
	sigaltstack(&stack, NULL);
	sigaction(SIGUSR1, &act, NULL);
	sigaction(SIGUSR2, &act, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	printf("blocked: %d\n", norder);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	printf("unblocked: %d, %d %d\n", norder, order[0], order[1]);
}

int main(int argc, char **argv)
{
	struct sigaction act = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };
	const int sigs[] = { SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV };

	setbuf(stdout, NULL);
	for (unsigned int i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++)
		sigaction(sigs[i], &act, NULL);
	faults();
	fpu();
	raised();
	if (argc > 1 && !strcmp(argv[1], "abort"))
		abort();
	if (argc > 1 && !strcmp(argv[1], "segv")) {
		signal(SIGSEGV, SIG_DFL);
		*(volatile int *)16 = 1;
	}
	return 0;
}
