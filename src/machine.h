/* SPDX-License-Identifier: Apache-2.0 */
/*
 * machine.h - the board: memory, buses, interrupt controllers, devices, built from a
 * configuration (docs/memory-map.md).  Knows no engine and no vCPU.
 */
#ifndef LVZ_MACHINE_H
#define LVZ_MACHINE_H

#include "config/cfg.h"
#include "core/device.h"
#include "core/event.h"
#include "core/irq.h"
#include "core/memory.h"

struct fdt_ctx;
struct machine;

/* Interrupt controllers outside the machine: the engine's. */
struct machine_irqchip {
	struct irq_line pic;		/* inputs of the PCH-PIC, by pin */
	struct irq_line messages;	/* set(vector, true) delivers a message */
	void (*reset)(void *ctx);	/* power-on; vCPUs are paused */
	void *ctx;			/* of reset */
};

/* Takes the guest's notifications of virtqueues away from the bus; see backend.h. */
struct machine_doorbells {
	/* A 32-bit store of @data to @gpa shall make @fd readable.  0 or -errno. */
	int (*add)(void *ctx, uint64_t gpa, uint32_t data, int fd);
	void *ctx;
};

/* What the machine needs from its surroundings; all borrowed. */
struct machine_env {
	struct event_loop *loop;
	struct vm_control *ctl;
	struct cpu_lines lines;		/* interrupt inputs of the vCPUs */
	void (*on_quit)(void *ctx);	/* Ctrl-a x; loop thread */
	void *quit_ctx;
	const struct irq_tap *irq_tap;	/* hears of the devices' lines; NULL: none */
	const struct machine_irqchip *irqchip;	/* NULL: IPI, EIOINTC, PCH-PIC of our own */
};

/*
 * Builds everything in reset state; the buses are frozen.  The user's mistakes (images in
 * use, sockets that exist) go to @report with their place in the file, all that can be
 * found, and the result is -EINVAL; anything else is in @err.  Main thread.
 */
int machine_create(struct machine **out, const struct vm_config *cfg,
		   const struct machine_env *env, struct cfg_report *report, struct err *err);
/*
 * Adds to @report what would keep the disks of @cfg from being used now.  Disks and paths
 * that @report complains about already are passed over.  Changes nothing.
 */
void machine_check_disks(const struct vm_config *cfg, struct cfg_report *report);

/* vCPUs are gone.  Flushes consoles.  Main thread. */
void machine_destroy(struct machine *m);

struct memory *machine_memory(struct machine *m);
struct bus *machine_mmio(struct machine *m);
struct bus *machine_iocsr(struct machine *m);

/*
 * Asks @bells for every virtqueue of the machine.  What cannot be had stays on the bus, which
 * works as well; that is logged once.  Before the first vCPU runs.  Main thread.
 */
void machine_add_doorbells(struct machine *m, const struct machine_doorbells *bells);

/* All devices to their power-on state.  vCPUs are paused.  Main thread. */
void machine_reset(struct machine *m);
/* Disks to stable storage.  vCPUs are paused.  Main thread. */
void machine_quiesce(struct machine *m);

/* For struct ld_request.fdt_devices; @ctx is the machine. */
int machine_fdt(void *ctx, struct fdt_ctx *f);

#endif
