/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/virtq.h - the device's end of a split virtqueue (VIRTIO 1.2, section 2.7).
 *
 * The driver owns a table of descriptors and the "available" ring, into which it puts the
 * heads of descriptor chains; the device puts finished heads into the "used" ring:
 *
 *	avail: flags idx ring[size] used_event	  used: flags idx ring[size] avail_event
 *
 * All of it lies in guest memory, which running vCPUs change as they like.  virtq_pop()
 * copies every descriptor once, validates the copy and yields host pointers; devices never
 * see rings.  A ring that breaks the rules stays broken until it is set up again.
 *
 * Locking: none of its own; the owner's dev->lock is held for every call.
 */
#ifndef LVZ_DEVICES_VIRTQ_H
#define LVZ_DEVICES_VIRTQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "core/memory.h"
#include "util/err.h"

#define VIRTQ_MAX_SIZE 256u		/* entries; power of two */
#define VIRTQ_MAX_PARTS 256u		/* descriptors of one chain, indirect ones included */
#define VIRTQ_MAX_CHAIN_BYTES (UINT64_C(1) << 30)

struct virtq {
	/* Programmed by the driver while not ready; see virtq_start(). */
	uint32_t size;
	gpa_t desc_gpa;
	gpa_t avail_gpa;
	gpa_t used_gpa;

	const struct memory *mem;
	uint8_t *desc;			/* host addresses, valid while is_ready */
	uint8_t *avail;
	uint8_t *used;
	bool is_ready;
	bool is_broken;			/* nothing is taken or given back */
	bool has_event_idx;
	bool has_indirect;
	bool is_notify_off;		/* the driver has been asked not to notify */
	uint16_t next_avail;		/* position of the next chain to take */
	uint16_t next_used;
	uint16_t signalled_used;	/* next_used when the driver was last interrupted */
	unsigned int in_flight;		/* popped, not yet pushed */
};

/* One request of the driver: @nout parts to read, then @nin parts to write. */
struct virtq_chain {
	uint16_t head;
	unsigned int nout;
	unsigned int nin;
	uint64_t out_bytes;
	uint64_t in_bytes;
	struct iovec iov[VIRTQ_MAX_PARTS];	/* [0, nout) out, [nout, nout + nin) in */
};

/* Back to "not ready", all addresses 0.  Chains in flight are forgotten. */
void virtq_reset(struct virtq *q, const struct memory *mem);

/*
 * Validates size and addresses and makes the queue ready.  @features: the negotiated
 * feature bits.  -EINVAL with @err naming the fault (size 0 or no power of two or above
 * @max_size, misaligned, outside RAM).
 */
int virtq_start(struct virtq *q, uint32_t max_size, uint64_t features, struct err *err);

/* Not ready any more; the programmed values stay. */
void virtq_stop(struct virtq *q);

/* True when the driver has put in a chain that was not popped yet (or the ring is bad). */
bool virtq_has_avail(const struct virtq *q);

/*
 * Takes the next chain.  1: @chain is filled in; 0: none (also: not ready, broken);
 * -EPROTO: the driver broke the rules, @err says how, the queue is now broken.
 */
int virtq_pop(struct virtq *q, struct virtq_chain *chain, struct err *err);

/*
 * Gives @chain back.  @written: how many bytes from the start of its in parts may have
 * been written; they are reported to the engine with mem_written().
 */
void virtq_push(struct virtq *q, const struct virtq_chain *chain, uint64_t written);

/*
 * True when the driver wants an interrupt for what was pushed since the last call.  To be
 * called at least once in 65535 pushes, where the indices wrap.
 */
bool virtq_should_signal(struct virtq *q);

/* Asks the driver to notify of new chains; true when there is one already: pop on. */
bool virtq_enable_notify(struct virtq *q);

/* Tells the driver that notifying is pointless for now.  A hint, it may go on. */
void virtq_disable_notify(struct virtq *q);

/*
 * Copies between @buf and parts of an iovec, starting @skip bytes in; returns how many
 * bytes were there to copy.
 */
size_t iov_copy_out(void *buf, size_t len, const struct iovec *iov, unsigned int n,
		    uint64_t skip);
size_t iov_copy_in(const struct iovec *iov, unsigned int n, uint64_t skip, const void *buf,
		   size_t len);

#endif
