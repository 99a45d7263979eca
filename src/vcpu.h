/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vcpu.h - one thread per vCPU: parked, running, paused or told to end.
 *
 * The thread alone enters the guest.  Everybody else asks for a change of state under the
 * set's lock and kicks the vCPU; the loop thread waits until all have followed.
 */
#ifndef LVZ_VCPU_H
#define LVZ_VCPU_H

#include "backend/backend.h"

struct vcpu_set;

/*
 * Creates the threads, all parked.  @on_fail is called on a vCPU thread when its engine
 * failed.  -ENOMEM or the errno of thread creation; @err set.  Main thread.
 */
int vcpu_set_create(struct vcpu_set **out, const struct backend_ops *ops, struct be_vm *be,
		    unsigned int n, void (*on_fail)(void *ctx, const struct err *err), void *ctx,
		    struct err *err);
/* Ends and joins all threads, wherever they are.  Main thread. */
void vcpu_set_destroy(struct vcpu_set *set);

/* Starts parked vCPU @i at @pc in its reset state; no effect if it runs.  Any thread. */
void vcpu_set_start(struct vcpu_set *set, unsigned int i, uint64_t pc,
		    const uint64_t args[3]);

/* Returns when no vCPU is in the guest.  Not on a vCPU thread. */
void vcpu_set_pause(struct vcpu_set *set);
/* Parks all (after a pause), so that they can be started anew. */
void vcpu_set_park(struct vcpu_set *set);
void vcpu_set_resume(struct vcpu_set *set);

#endif
