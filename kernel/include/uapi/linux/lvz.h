/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR BSD-2-Clause */
/*
 * /dev/lvz: run LoongArch guests on the virtualization extension (LVZ).
 *
 * Three kinds of file: the device itself, a VM, a vCPU.  The kernel switches worlds, keeps
 * the guest's control registers, maps its memory, handles idle, the timer and the FPU, and
 * answers hypercalls with -1; whoever holds a vCPU decodes all else from lvz_run: MMIO,
 * IOCSR, CPUCFG, CSRs that guests have none of.
 *
 * Structures that begin with @size may grow: pass sizeof().  A shorter one than the
 * kernel's is taken as if the rest were 0 (but shorter than here is -EINVAL), a longer one
 * whose rest is not 0, or which is longer than a page, is -E2BIG.
 */
#ifndef _UAPI_LINUX_LVZ_H
#define _UAPI_LINUX_LVZ_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define LVZ_API_VERSION		1

/* Units of the CPU beyond integers; LVZ_UNIT_LSX needs FP, LASX needs LSX. */
#define LVZ_UNIT_FP		(1u << 0)
#define LVZ_UNIT_LSX		(1u << 1)
#define LVZ_UNIT_LASX		(1u << 2)

/**
 * struct lvz_info - what the module and this CPU can do (LVZ_INFO)
 * @size:	in: sizeof(struct lvz_info)
 * @version:	LVZ_API_VERSION
 * @page_size:	unit of guest memory, bytes
 * @gid_bits:	width of the hardware's guest id
 * @gpa_bits:	guest-physical addresses are below 1 << @gpa_bits
 * @max_vcpus:	of one VM
 * @units:	LVZ_UNIT_* that a vCPU may have
 * @run_size:	bytes to mmap() of a vCPU
 * @timer_hz:	frequency of the guest's timer and counter
 */
struct lvz_info {
	__u32 size;
	__u32 version;
	__u32 page_size;
	__u32 gid_bits;
	__u32 gpa_bits;
	__u32 max_vcpus;
	__u32 units;
	__u32 run_size;
	__u64 timer_hz;
};

/* The guest can read but not write: a store is an LVZ_EXIT_TRAP. */
#define LVZ_MAP_RO		(1u << 0)

/**
 * struct lvz_map - back guest-physical memory with memory of the caller (LVZ_MAP)
 * @size:	sizeof(struct lvz_map)
 * @flags:	LVZ_MAP_*; unknown bits are refused
 * @gpa:	first guest-physical address, page aligned
 * @len:	bytes, page aligned, not 0
 * @uaddr:	the caller's address for @gpa, page aligned
 *
 * A page is pinned when the guest touches it first, and until LVZ_UNMAP or the end of the
 * VM; the whole range counts as locked memory (RLIMIT_MEMLOCK) from the start.  So what comes
 * to be at @uaddr later (a hole punched, another mapping), the guest sees after a new LVZ_MAP.
 */
struct lvz_map {
	__u32 size;
	__u32 flags;
	__u64 gpa;
	__u64 len;
	__u64 uaddr;
};

/**
 * struct lvz_unmap - undo one LVZ_MAP as a whole (LVZ_UNMAP)
 * @size:	sizeof(struct lvz_unmap)
 * @flags:	0
 * @gpa:	as it was mapped
 * @len:	as it was mapped
 */
struct lvz_unmap {
	__u32 size;
	__u32 flags;
	__u64 gpa;
	__u64 len;
};

/*
 * Registers by id: (kind << 16) | number.
 *
 * CSR: the guest's own as hardware has them; an id that hardware lacks is -ENOENT.
 *      Writing TCFG starts the timer with what TVAL holds: TVAL, ESTAT first, TCFG last.
 * VCPU: below.
 */
#define LVZ_REG_KIND_CSR	1u
#define LVZ_REG_KIND_VCPU	2u
#define LVZ_REG_CSR(n)		(LVZ_REG_KIND_CSR << 16 | (n))
/* LVZ_UNIT_* of this vCPU; all that the CPU has unless set. */
#define LVZ_REG_UNITS		(LVZ_REG_KIND_VCPU << 16 | 0)
/* What rdtime reads in the guest, the same for all of a VM. */
#define LVZ_REG_COUNTER		(LVZ_REG_KIND_VCPU << 16 | 1)

struct lvz_reg {
	__u32 id;
	__u32 pad;			/* 0 */
	__u64 value;
};

/**
 * struct lvz_regs - read or write registers (LVZ_GET_REGS, LVZ_SET_REGS)
 * @size:	sizeof(struct lvz_regs)
 * @count:	elements of @regs, at most LVZ_MAX_REGS
 * @regs:	address of struct lvz_reg[@count]
 *
 * In order; at the first error the ones before it have been done.
 */
#define LVZ_MAX_REGS		256
struct lvz_regs {
	__u32 size;
	__u32 count;
	__u64 regs;
};

/**
 * struct lvz_fpu - floating point and vector state (LVZ_GET_FPU, LVZ_SET_FPU)
 * @fpr:	256 bits each, low word first
 * @fcc:	eight flags, a byte each
 * @fcsr:	FCSR0
 * @pad:	0
 */
struct lvz_fpu {
	__u64 fpr[32][4];
	__u64 fcc;
	__u32 fcsr;
	__u32 pad;
};

/* Lines that LVZ_IRQ drives: HWI0 to HWI7 and the interprocessor interrupt. */
#define LVZ_IRQ_LINES		0x13fcu

/**
 * struct lvz_irq - levels of interrupt lines, by bit of ESTAT.IS (LVZ_IRQ)
 * @size:	sizeof(struct lvz_irq)
 * @set:	lines to raise, of LVZ_IRQ_LINES
 * @clear:	lines to lower, not in @set
 * @pad:	0
 *
 * Any thread; wakes an idle vCPU.
 */
struct lvz_irq {
	__u32 size;
	__u32 set;
	__u32 clear;
	__u32 pad;
};

/* lvz_run.exit */
#define LVZ_EXIT_NONE		0	/* the run was interrupted: -EINTR */
#define LVZ_EXIT_TRAP		1	/* decode @estat, @badv, @badi */

/**
 * struct lvz_run - shared with the vCPU's owner by mmap() at offset 0
 * @exit:	out: LVZ_EXIT_*
 * @immediate_exit: in: not 0: LVZ_RUN returns -EINTR without entering the guest
 * @estat:	out: the root's ESTAT at the exit: Ecode in 21:16, EsubCode in 30:22
 * @badv:	out: guest-physical address, or the pc, by Ecode
 * @badi:	out: the instruction word (not for fetches)
 * @pc:		of the instruction that made the guest exit; the owner steps over it
 * @gpr:	general registers; gpr[0] is ignored
 *
 * Only @exit to @badi are written by the kernel alone.  To write while LVZ_RUN is under way
 * changes nothing but the guest's registers, at times of no one's choice.
 */
struct lvz_run {
	__u32 exit;
	__u32 immediate_exit;
	__u64 estat;
	__u64 badv;
	__u64 badi;
	__u64 pc;
	__u64 gpr[32];
};

#define LVZ_IOC			0xb7

/* /dev/lvz */
#define LVZ_INFO		_IOWR(LVZ_IOC, 0x00, struct lvz_info)
#define LVZ_CREATE_VM		_IO(LVZ_IOC, 0x01)	/* arg: 0; a file descriptor */
/* VM */
#define LVZ_MAP			_IOW(LVZ_IOC, 0x10, struct lvz_map)
#define LVZ_UNMAP		_IOW(LVZ_IOC, 0x11, struct lvz_unmap)
#define LVZ_CREATE_VCPU		_IO(LVZ_IOC, 0x12)	/* arg: CPUID, unique; a descriptor */
/* vCPU; all but LVZ_IRQ and LVZ_KICK are -EBUSY while another thread runs it */
#define LVZ_RUN			_IO(LVZ_IOC, 0x20)	/* arg: 0 */
#define LVZ_KICK		_IO(LVZ_IOC, 0x21)	/* arg: 0; makes LVZ_RUN return -EINTR */
#define LVZ_IRQ			_IOW(LVZ_IOC, 0x22, struct lvz_irq)
#define LVZ_GET_REGS		_IOW(LVZ_IOC, 0x23, struct lvz_regs)
#define LVZ_SET_REGS		_IOW(LVZ_IOC, 0x24, struct lvz_regs)
#define LVZ_GET_FPU		_IOR(LVZ_IOC, 0x25, struct lvz_fpu)
#define LVZ_SET_FPU		_IOW(LVZ_IOC, 0x26, struct lvz_fpu)

#endif
