/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/host/blockfile.h - a raw disk image or host block device as a blockdev.
 */
#ifndef LVZ_DEVICES_HOST_BLOCKFILE_H
#define LVZ_DEVICES_HOST_BLOCKFILE_H

#include "devices/host/blockdev.h"
#include "util/err.h"

/*
 * Opens and locks @path; @holder (the VM's name) is shown to whoever finds it in use.
 * Writers exclude everyone, readers only writers.  The caller ends *@out with
 * ops->destroy().  Errors name the path, what was found and what is wanted: the errno of
 * open; -EINVAL when it is no file or block device, is empty, or its size is no multiple of
 * 512 (the end of the image would silently be missing in the guest); -EBUSY when it is
 * locked, with the holder's name and process if they can be found.  Nothing is changed.
 */
int blockfile_create(struct blockdev **out, const char *path, bool is_readonly,
		     const char *holder, struct err *err);

/* Says whether blockfile_create() would succeed now, and takes no lock.  Same errors. */
int blockfile_check(const char *path, bool is_readonly, struct err *err);

#endif
