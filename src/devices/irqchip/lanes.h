/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/irqchip/lanes.h - accesses of any size and alignment to 64-bit registers.
 *
 * Guests address the same interrupt registers by bytes, words and doublewords.  These
 * helpers cut an access at 8-byte boundaries, so that a controller sees whole registers
 * and, for a write, a mask of the bits that were written.
 */
#ifndef LVZ_DEVICES_IRQCHIP_LANES_H
#define LVZ_DEVICES_IRQCHIP_LANES_H

#include <stdint.h>

#include "core/bus.h"
#include "util/bits.h"

/* Handlers of one register; @off is a multiple of 8.  @mask: the bits being written. */
struct lane_ops {
	uint64_t (*read)(void *ctx, unsigned int vcpu, uint64_t off);
	void (*write)(void *ctx, unsigned int vcpu, uint64_t off, uint64_t val, uint64_t mask);
};

/* @old with the bits of @mask taken from @val. */
static inline uint64_t lane_merge(uint64_t old, uint64_t val, uint64_t mask)
{
	return (old & ~mask) | (val & mask);
}

static inline uint64_t lanes_read(const struct lane_ops *ops, void *ctx, unsigned int vcpu,
				  uint64_t off, unsigned int size)
{
	uint64_t val = 0;

	for (unsigned int done = 0, n; done < size; done += n) {
		unsigned int lane = (unsigned int)(off + done) & 7;
		uint64_t reg = ops->read(ctx, vcpu, (off + done) & ~UINT64_C(7));

		n = size - done < 8 - lane ? size - done : 8 - lane;
		val |= ((reg >> (8 * lane)) & mask64(8 * n)) << (8 * done);
	}
	return val;
}

static inline void lanes_write(const struct lane_ops *ops, void *ctx, unsigned int vcpu,
			       uint64_t off, unsigned int size, uint64_t val)
{
	for (unsigned int done = 0, n; done < size; done += n) {
		unsigned int lane = (unsigned int)(off + done) & 7;
		uint64_t mask;

		n = size - done < 8 - lane ? size - done : 8 - lane;
		mask = mask64(8 * n) << (8 * lane);
		ops->write(ctx, vcpu, (off + done) & ~UINT64_C(7),
			   ((val >> (8 * done)) << (8 * lane)) & mask, mask);
	}
}

#endif
