/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config/vm_config.h - one virtual machine as its configuration describes it: plain data.
 *
 * Filled by cfg_load() (config/cfg.h) and never changed afterwards, so any thread may
 * read it.  All strings belong to the struct.  Paths are ready to open: a relative one
 * has already been joined to the folder of the file it came from.
 */
#ifndef LVZ_CONFIG_VM_CONFIG_H
#define LVZ_CONFIG_VM_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CFG_MAX_VCPUS 64
#define CFG_VIRTIO_SLOTS 12		/* virtio-mmio slots; the console takes one of them */
#define CFG_MAX_DISKS CFG_VIRTIO_SLOTS
#define CFG_DISK_SERIAL_BYTES 20	/* virtio-blk's limit, without a final NUL */
#define CFG_CMDLINE_BYTES 4095		/* what a LoongArch kernel keeps of its command line */
#define CFG_MIN_MEMORY_BYTES (UINT64_C(16) << 20)
#define CFG_MAX_MEMORY_BYTES (UINT64_C(64) << 30)
#define CFG_MEMORY_STEP_BYTES (UINT64_C(64) << 10)

enum cfg_backend { CFG_BACKEND_AUTO, CFG_BACKEND_LVZ, CFG_BACKEND_KVM, CFG_BACKEND_SOFT };

/* Who models the interrupt controllers: lvz-vmm itself, or the engine inside the kernel. */
enum cfg_irqchip { CFG_IRQCHIP_USER, CFG_IRQCHIP_KERNEL };

enum cfg_cpu_model { CFG_CPU_MAX, CFG_CPU_LA464 };

/* A CPU feature switch: what the model has, or what the user insists on. */
enum cfg_switch { CFG_SWITCH_MODEL, CFG_SWITCH_ON, CFG_SWITCH_OFF };

struct cfg_vm {
	char *name;			/* default: the file's name without ".ini" */
	enum cfg_backend backend;
	uint64_t memory_bytes;		/* MIN..MAX, a multiple of STEP */
	unsigned int vcpus;		/* 1..CFG_MAX_VCPUS */
	enum cfg_irqchip irqchip;
};

struct cfg_cpu {
	enum cfg_cpu_model model;
	enum cfg_switch lsx;
	enum cfg_switch lasx;
	enum cfg_switch ptw;		/* hardware page-table walk */
	enum cfg_switch v11;		/* the scalar additions of LoongArch 1.1 */
	enum cfg_switch pmu;		/* performance counters; off unless switched on */
	enum cfg_switch lvz;		/* the virtualization extension; off unless switched on */
};

struct cfg_boot {
	char *kernel;
	char *initrd;			/* NULL: none */
	char *cmdline;			/* never NULL; cmdline_file and all cmdline lines */
	char *dtb;			/* NULL: generate one */
	bool has_load;			/* the kernel is a raw image */
	uint64_t load;			/* guest-physical address of the raw image */
	bool has_entry;
	uint64_t entry;			/* first instruction; without it, @load or the image's own */
};

enum cfg_chardev_kind {
	CFG_CHARDEV_STDIO, CFG_CHARDEV_NONE, CFG_CHARDEV_PTY, CFG_CHARDEV_UNIX, CFG_CHARDEV_FILE,
};

struct cfg_chardev {
	enum cfg_chardev_kind kind;
	const char *path;		/* in @spec, after the colon; NULL when there is none */
	char *spec;			/* "stdio", "none", "pty[:LINK]", "unix:PATH", "file:PATH" */
};

struct cfg_console {
	bool is_present;		/* there is a [console] section */
	struct cfg_chardev chardev;
};

struct cfg_serial {
	struct cfg_chardev chardev;
};

struct cfg_disk {
	char *section;			/* "disk data", as in messages and cfg_loc() */
	const char *name;		/* "data", inside @section */
	char *path;
	char *serial;			/* at most CFG_DISK_SERIAL_BYTES; default: start of @name */
	bool is_readonly;
	bool has_discard;		/* offer discard and write-zeroes to the guest */
};

/* --lvz-stress; of the command line only, docs/lvz-stress.md. */
struct cfg_stress {
	unsigned int level;		/* 0: off, to CFG_STRESS_LEVELS */
	uint64_t seed;
};
#define CFG_STRESS_LEVELS 4

struct cfg_mark;			/* where a value was set; see cfg_loc() */

struct vm_config {
	char *file;			/* the configuration file, as the user named it */
	struct cfg_vm vm;
	struct cfg_cpu cpu;
	struct cfg_boot boot;
	struct cfg_console console;
	struct cfg_serial serial;
	unsigned int ndisks;
	struct cfg_disk disks[CFG_MAX_DISKS];	/* in the order of the file */
	struct cfg_stress stress;	/* main() sets it, before anyone else reads */

	struct cfg_mark *marks;		/* private to src/config */
	size_t nmarks;
};

/* Frees @cfg and all it owns; NULL is fine. */
void cfg_free(struct vm_config *cfg);

enum cfg_cpu_feature {
	CFG_CPU_LSX, CFG_CPU_LASX, CFG_CPU_PTW, CFG_CPU_V11, CFG_CPU_PMU, CFG_CPU_LVZ
};

/*
 * Whether the guest's CPU has @feature: the switch, or else the model.  "max" has all of
 * them, "la464" LSX and LASX; without LSX there is no LASX.
 */
bool cfg_cpu_has(const struct cfg_cpu *cpu, enum cfg_cpu_feature feature);

/* The name of @backend in configuration files and messages. */
const char *cfg_backend_name(enum cfg_backend backend);

#endif
