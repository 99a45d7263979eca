/* SPDX-License-Identifier: Apache-2.0 */
/*
 * irq_rig.h - the soft engine with vCPU threads, memory, buses and all interrupt
 * controllers of the machine, without the machine's other devices.  In their place: toys.
 *
 * A toy is a device on one PCH-PIC pin with a number of events that nobody has taken.  A
 * read of its register takes one (1) or finds none (0).  A level toy holds its line up
 * while there are events; an edge toy pulses it once per event.  Events come from host
 * threads.  Another register is the door: a vCPU that is done says so there.
 */
#ifndef LVZ_TESTS_TORTURE_IRQ_RIG_H
#define LVZ_TESTS_TORTURE_IRQ_RIG_H

#include <check.h>

#include "backend/backend.h"
#include "core/device.h"
#include "core/event.h"
#include "core/irq.h"
#include "core/memory.h"
#include "vcpu.h"

#define RIG_MAX_CPUS 4u
#define RIG_RAM_BYTES (UINT64_C(64) << 20)
#define RIG_ENTRY UINT64_C(0x200000)

#define RIG_TOYS 4u
/* One pin per byte of the PCH-PIC's mask, so that CPUs can mask them by byte stores. */
#define RIG_PIN(toy) (8 * (toy))
#define RIG_TOYS_BASE UINT64_C(0x20000000)	/* a doubleword per toy */
#define RIG_DOOR UINT64_C(0x20000100)

struct rig_toy {
	struct irq_line line;
	bool is_edge;
	uint64_t nevents;		/* rig.toys.lock: raised so far */
	uint64_t ntaken;		/* rig.toys.lock */
	uint64_t nempty;		/* rig.toys.lock: reads that found none */
};

struct rig {
	struct event_loop *loop;
	struct memory *mem;
	struct bus *mmio, *iocsr;
	struct device *devices[4];	/* IPI, EIOINTC, PCH-PIC, PCH-MSI */
	struct device toys;
	struct rig_toy toy[RIG_TOYS];
	const struct backend_ops *ops;
	struct be_vm *be;
	struct vcpu_set *vcpus;
	struct vm_control ctl;
	unsigned int ncpus;
	/*
	 * toys.lock: vCPUs that did not go through the door yet, and threads that did not call
	 * rig_done(); threads are added before they are created.
	 */
	unsigned int nbusy;
};

/* @ncpus parked vCPUs.  Toys 0 and 1 are edge, 2 and 3 level; all pins masked. */
void rig_open(struct rig *rig, unsigned int ncpus);
/* Ends the vCPUs; guest memory and toys can still be looked at. */
void rig_stop(struct rig *rig);
void rig_close(struct rig *rig);

void rig_write(struct rig *rig, uint64_t gpa, const void *data, size_t len);
void rig_put64(struct rig *rig, uint64_t gpa, uint64_t val);
uint64_t rig_get64(const struct rig *rig, uint64_t gpa);

/*
 * Starts all vCPUs at RIG_ENTRY, the secondary ones as a guest does, and runs the loop
 * until nobody is busy.
 */
void rig_run(struct rig *rig);
void rig_done(struct rig *rig);				/* any thread */

/* One event; any thread. */
void rig_event(struct rig *rig, unsigned int toy);
/* Waits until all events of @toy were taken. */
void rig_wait_taken(struct rig *rig, unsigned int toy);

#endif
