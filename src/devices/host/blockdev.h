/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/host/blockdev.h - the host side of a disk: an array of bytes that can be read,
 * written and made durable.  Tests implement it in memory.
 */
#ifndef LVZ_DEVICES_HOST_BLOCKDEV_H
#define LVZ_DEVICES_HOST_BLOCKDEV_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#define BLOCKDEV_SECTOR_BYTES 512u

struct blockdev;

/*
 * All of @off and lengths are bytes, multiples of 512, and lie within size_bytes: the
 * caller checks.  Any worker thread, several at a time; calls block.  0 or -errno; after
 * an error the range may have been done in part.
 */
struct blockdev_ops {
	/* Moves all of @iov (@n parts, at most IOV_MAX), which is changed while doing so. */
	int (*readv)(struct blockdev *bd, struct iovec *iov, int n, uint64_t off);
	int (*writev)(struct blockdev *bd, struct iovec *iov, int n, uint64_t off);
	/* What was written before this call is on stable storage after it. */
	int (*flush)(struct blockdev *bd);
	/* The contents do not matter any more; doing nothing is a way to do it. */
	int (*discard)(struct blockdev *bd, uint64_t off, uint64_t len);
	/* @may_unmap: storage may be given back. */
	int (*write_zeroes)(struct blockdev *bd, uint64_t off, uint64_t len, bool may_unmap);
	/* Flushes, closes, frees.  No call is under way. */
	void (*destroy)(struct blockdev *bd);
};

struct blockdev {
	const struct blockdev_ops *ops;
	uint64_t size_bytes;		/* a multiple of 512, not 0 */
	bool is_readonly;
	bool has_discard;		/* discard and write_zeroes are offered to the guest */
};

#endif
