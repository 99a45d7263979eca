/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/vblk.h - virtio block device (VIRTIO 1.2, section 5.2) on a blockdev.
 */
#ifndef LVZ_DEVICES_VBLK_H
#define LVZ_DEVICES_VBLK_H

#include "devices/host/blockdev.h"
#include "devices/virtio.h"

#define VBLK_SERIAL_BYTES 20u

/*
 * A disk on @bd, which is taken over (also on failure).  @serial: up to 20 bytes of it are
 * what the guest sees as the serial number.  The caller hands *@out to a transport.
 * -ENOMEM.  Loop thread.
 */
int vblk_create(struct virtio_dev **out, const char *name, const char *serial,
		struct blockdev *bd, struct memory *mem, struct event_loop *loop,
		struct err *err);

#endif
