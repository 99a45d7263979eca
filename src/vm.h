/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vm.h - one virtual machine: machine, engine, vCPUs, and the life between them.
 *
 * States: created -> running <-> paused -> stopped.  Any thread may ask for a change
 * (struct vm_control, signals, the console); only the loop thread carries it out.
 */
#ifndef LVZ_VM_H
#define LVZ_VM_H

#include "config/cfg.h"
#include "core/device.h"

struct trace;
struct vm;

/* How a run ended. */
struct vm_result {
	enum vm_stop_reason why;
	int signum;		/* for VM_STOP_SIGNAL */
};

/*
 * Builds the VM and loads the guest; nothing runs yet.  The user's mistakes go to @report
 * (-EINVAL), anything else to @err.  @cfg is borrowed and outlives the VM.  With
 * @takes_signals SIGINT, SIGTERM and SIGHUP end it, from now until it is destroyed: only
 * one VM of a process can have them.  @trace hears what the VM does and outlives it; NULL:
 * none.  The thread that will call vm_run().
 */
int vm_create(struct vm **out, const struct vm_config *cfg, bool takes_signals,
	      struct trace *trace, struct cfg_report *report, struct err *err);
void vm_destroy(struct vm *vm);	/* NULL is fine */

/*
 * Runs the guest on the calling thread's loop until it stops; disks are flushed
 * when it returns.  @err is set for VM_STOP_HOST_ERROR.
 */
struct vm_result vm_run(struct vm *vm, struct err *err);

/*
 * Adds to @report what would keep the guest from starting: the engine, the disks, the
 * files of [boot].  Nothing is started; what @report knows already is not added again.
 */
void vm_check(const struct vm_config *cfg, struct cfg_report *report);

/* Writes the generated device tree of @cfg's machine to @path.  0 or -errno with @err. */
int vm_dump_dtb(const struct vm_config *cfg, const char *path, struct cfg_report *report,
		struct err *err);

#endif
