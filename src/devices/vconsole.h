/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/vconsole.h - virtio console with one port (VIRTIO 1.2, section 5.3).
 *
 * Queue 0 carries bytes to the guest, queue 1 from it.  No byte is lost in either
 * direction: a chain that the chardev cannot take is held until it can, and input stays
 * in the chardev while the guest offers no buffers.
 */
#ifndef LVZ_DEVICES_VCONSOLE_H
#define LVZ_DEVICES_VCONSOLE_H

#include "devices/host/chardev.h"
#include "devices/virtio.h"

/*
 * A console on @chr, which is borrowed (the caller ends it after the device) and whose
 * user it becomes.  The caller hands *@out to a transport.  -ENOMEM.  Loop thread.
 */
int vconsole_create(struct virtio_dev **out, const char *name, struct chardev *chr,
		    struct memory *mem, struct event_loop *loop, struct err *err);

/*
 * Tells the guest the size of the terminal, in characters (1..65535); the feature is
 * offered from the first call on, so that call it before the guest runs.  Loop thread,
 * dev->lock not held.
 */
void vconsole_set_size(struct virtio_dev *vd, unsigned int cols, unsigned int rows);

#endif
