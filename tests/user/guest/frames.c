/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frames.c - the FP part of a signal frame, as wide as the registers used so far: without a
 * C library, as that of the SDK uses vectors before main().  Linux leaves it out before the
 * first use of FP and QEMU does not, so that is not looked at.
 */
#include <stdint.h>

#define SYS_write 64
#define SYS_exit_group 94
#define SYS_rt_sigaction 134
#define SIGTRAP 5
#define SA_SIGINFO 4

/* What lies between the beginning of ucontext and the first header. */
#define UC_TO_CONTEXT (176 + 272)
#define UC_PC 176

struct head {
	uint32_t magic;
	uint32_t size;
	uint64_t pad;
};

static struct {
	uint32_t magic;
	uint32_t end_size;
	uint64_t f1[4];
} seen;

static long call(long nr, long a, long b, long c, long d)
{
	register long a7 __asm__("$a7") = nr;
	register long a0 __asm__("$a0") = a;
	register long a1 __asm__("$a1") = b;
	register long a2 __asm__("$a2") = c;
	register long a3 __asm__("$a3") = d;

	__asm__ volatile("syscall 0" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a7)
			 : "memory", "$t0", "$t1", "$t2", "$t3", "$t4", "$t5", "$t6", "$t7", "$t8");
	return a0;
}

/* "@what: @n in hexadecimal" as a line. */
static void say(const char *what, uint64_t n)
{
	char line[64];
	int len = 0;

	while (*what)
		line[len++] = *what++;
	for (int shift = 60; shift >= 0; shift -= 4)
		line[len++] = "0123456789abcdef"[n >> shift & 15];
	line[len++] = '\n';
	call(SYS_write, 1, (long)line, len, 0);
}

static void on_trap(int sig, void *info, char *uc)
{
	const struct head *h = (const struct head *)(uc + UC_TO_CONTEXT);
	const uint64_t *regs = (const uint64_t *)(h + 1);
	unsigned int words = h->magic == 0x46505501 ? 1 : h->magic == 0x53580001 ? 2 :
			     h->magic == 0x41535801 ? 4 : 0;

	(void)sig, (void)info;
	seen.magic = h->magic;
	seen.end_size = h->size ? ((const struct head *)((const char *)h + h->size))->size : 0;
	for (unsigned int i = 0; i < words; i++)
		seen.f1[i] = regs[words + i];
	*(uint64_t *)(uc + UC_PC) += 4;
}

static void show(const char *what, const uint64_t *out, int n)
{
	call(SYS_write, 1, (long)what, 5, 0);
	say("magic ", seen.magic);
	say("end ", seen.end_size);
	for (int i = 0; i < n; i++) {
		say("in the frame ", seen.f1[i]);
		say("afterwards ", out[i]);
	}
}

void _start(void)
{
	const uint64_t in[4] = { 0x0123456789abcdef, 0x1123456789abcdef, 0x2123456789abcdef,
				 0x3123456789abcdef };
	const uint64_t act[3] = { (uint64_t)on_trap, SA_SIGINFO, 0 };
	uint64_t out[4] = { 0 };

	call(SYS_rt_sigaction, SIGTRAP, (long)act, 0, 8);
	__asm__ volatile("fld.d $f1, %1, 0\n\tbreak 0\n\tfst.d $f1, %0, 0"
			 : : "r"(out), "r"(in) : "memory");
	show("FPU \n", out, 1);
	__asm__ volatile("vld $vr1, %1, 0\n\tbreak 0\n\tvst $vr1, %0, 0"
			 : : "r"(out), "r"(in) : "memory");
	show("LSX \n", out, 2);
	__asm__ volatile("xvld $xr1, %1, 0\n\tbreak 0\n\txvst $xr1, %0, 0"
			 : : "r"(out), "r"(in) : "memory");
	show("LASX\n", out, 4);
	call(SYS_exit_group, 0, 0, 0, 0);
}
