/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uapi.h - what the tests of /dev/lvz share.  The program runs as root in a host with the
 * module loaded; each case prints one line.  Single-threaded but for the cases that start
 * threads of their own, and those do not report.
 */
#ifndef UAPI_H
#define UAPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/lvz.h>

enum { PAGE = 16384, RAM_BYTES = 16 * PAGE };

/* Where a guest's memory, code and devices are. */
#define CODE_GPA	0x4000ull
#define DATA_GPA	0x8000ull
#define RO_GPA		0x1000000ull
#define EXTRA_GPA	0x2000000ull
#define MMIO_GPA	0x10000000ull
#define DONE_GPA	0x1f000000ull	/* a store there ends a guest program */

/* Ecodes (vol. 1, 6.1). */
enum { EXC_PIL = 1, EXC_PIS = 2, EXC_PIF = 3, EXC_PME = 4, EXC_FPD = 15, EXC_SXD = 16,
       EXC_GSPR = 22 };

struct machine {
	int dev, vm, vcpu;
	struct lvz_run *run;
	uint8_t *ram;		/* RAM_BYTES at guest-physical 0 */
};

/* One line "ok NAME", or "FAIL NAME: " and the rest. */
__attribute__((format(printf, 3, 4)))
void report(bool is_ok, const char *name, const char *fmt, ...);
/* @ret as do_ioctl() gives it. */
void expect(const char *name, long ret, long wanted);
void expect_u64(const char *name, uint64_t found, uint64_t wanted);

/* ioctl(), with -errno for an error. */
long do_ioctl(int fd, unsigned long request, uintptr_t arg);
#define lvz_ioctl(fd, request, arg)	do_ioctl(fd, request, (uintptr_t)(arg))

/* A VM with RAM and vCPU 0.  Ends the program if the basics do not work. */
void machine_init(struct machine *m);
void machine_fini(struct machine *m);
/* Guest program @name of guest.S goes to CODE_GPA, and the vCPU's pc with it. */
#define machine_load(m, name)						\
	do {								\
		extern const uint32_t g_##name[], g_##name##_end[];	\
		machine_load_words(m, g_##name,				\
				   (size_t)(g_##name##_end - g_##name)); \
	} while (0)
void machine_load_words(struct machine *m, const uint32_t *words, size_t n);
/* LVZ_RUN until it says anything but -EINTR, five seconds at most. */
long machine_run(struct machine *m);
long machine_map(struct machine *m, uint64_t gpa, const void *mem, size_t len, uint32_t flags);
long machine_unmap(struct machine *m, uint64_t gpa, size_t len);
unsigned int machine_ecode(const struct machine *m);
/* The guest has stored to DONE_GPA. */
bool machine_is_done(const struct machine *m);

long get_reg(int vcpu, uint32_t id, uint64_t *value);
long set_reg(int vcpu, uint32_t id, uint64_t value);
void *pages(size_t n);
/* kB of the line of /proc/self/status or /proc/meminfo that begins with @key, or -1. */
long proc_kb(const char *file, const char *key);
uint64_t now_ns(void);
void sleep_ms(unsigned int ms);

void cases_args(void);
void cases_memory(void);
void cases_run(void);
void cases_regs(void);
void cases_guest(void);
void cases_random(uint64_t seed, unsigned int n);

#endif
