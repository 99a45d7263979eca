/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/dev/test_virtio_mmio.c - transport and device status, with a device that echoes:
 * queue 0 returns the out bytes of a chain in its in bytes.
 */
#include "virtio_fakes.h"

#include <errno.h>
#include <libfdt.h>
#include <unistd.h>

#include "core/fdt_ctx.h"

struct echo {
	struct virtio_dev vd;
	unsigned int runs, oks, cancels, resets, config_writes;
	bool is_destroyed;
};

static struct virtio_fx fx;
static struct echo echo;

static struct echo *to_echo(struct virtio_dev *vd)
{
	return container_of(vd, struct echo, vd);
}

static void echo_driver_ok(struct virtio_dev *vd)
{
	to_echo(vd)->oks++;
}

static void echo_run(struct virtio_dev *vd, unsigned int index)
{
	static struct virtq_chain c;
	uint8_t buf[256];

	to_echo(vd)->runs++;
	while (virtio_pop(vd, index, &c) > 0) {
		size_t n = iov_copy_out(buf, sizeof(buf), c.iov, c.nout, 0);

		virtq_push(&vd->queues[index], &c,
			   iov_copy_in(c.iov + c.nout, c.nin, 0, buf, n));
	}
	virtio_signal(vd, index);
}

static void echo_config_written(struct virtio_dev *vd, unsigned int off, unsigned int len)
{
	ck_assert_uint_ge(off, 8);
	ck_assert_uint_le(off + len, 12);
	to_echo(vd)->config_writes++;
}

static void echo_cancel(struct virtio_dev *vd)
{
	to_echo(vd)->cancels++;
}

static void echo_reset(struct virtio_dev *vd)
{
	to_echo(vd)->resets++;
}

static void echo_destroy(struct virtio_dev *vd)
{
	virtio_fini(vd);
	to_echo(vd)->is_destroyed = true;
}

static const struct virtio_ops echo_ops = {
	.device_id = 42,
	.nqueues = 2,
	.queue_size = 16,
	.driver_ok = echo_driver_ok,
	.queue_run = echo_run,
	.config_written = echo_config_written,
	.cancel = echo_cancel,
	.reset = echo_reset,
	.destroy = echo_destroy,
};

static void set_up(void)
{
	fx_world(&fx, 0);
	memset(&echo, 0, sizeof(echo));
	virtio_init(&echo.vd, &echo_ops, "echo", BIT64(3), fx.mem, fx.loop);
	for (unsigned int i = 0; i < 12; i++)
		echo.vd.config[i] = (uint8_t)(0x10 + i);
	echo.vd.config_bytes = 12;
	echo.vd.writable_off = 8;
	echo.vd.writable_len = 4;
	fx_plug(&fx, &echo.vd);
}

static void tear_down(void)
{
	fx_end(&fx);
	ck_assert(echo.is_destroyed);
}

START_TEST(identity)
{
	ck_assert_uint_eq(fx_rd(&fx, VIRTIO_MMIO_MAGIC_VALUE), 0x74726976);
	ck_assert_uint_eq(fx_rd(&fx, VIRTIO_MMIO_VERSION), 2);
	ck_assert_uint_eq(fx_rd(&fx, VIRTIO_MMIO_DEVICE_ID), 42);
	ck_assert_uint_ne(fx_rd(&fx, VIRTIO_MMIO_VENDOR_ID), 0);
	ck_assert_uint_eq(fx_rd(&fx, VIRTIO_MMIO_STATUS), 0);
	ck_assert_uint_eq(fx_rd(&fx, VIRTIO_MMIO_INTERRUPT_STATUS), 0);
	fx_wr(&fx, VIRTIO_MMIO_SHM_SEL, 0);
	for (unsigned int off = VIRTIO_MMIO_SHM_LEN_LOW; off <= VIRTIO_MMIO_SHM_BASE_HIGH; off += 4)
		ck_assert_uint_eq(fx_rd(&fx, off), UINT32_MAX);
	ck_assert_uint_eq(fx.dev->guest_errors, 0);
}
END_TEST

START_TEST(queue_num_max)
{
	for (unsigned int i = 0; i < 4; i++) {
		fx_wr(&fx, VIRTIO_MMIO_QUEUE_SEL, i);
		ck_assert_uint_eq(fx_rd(&fx, VIRTIO_MMIO_QUEUE_NUM_MAX), i < 2 ? 16 : 0);
		ck_assert_uint_eq(fx_rd(&fx, VIRTIO_MMIO_QUEUE_READY), 0);
	}
	fx_wr(&fx, VIRTIO_MMIO_QUEUE_SEL, UINT32_MAX);
	ck_assert_uint_eq(fx_rd(&fx, VIRTIO_MMIO_QUEUE_NUM_MAX), 0);
	fx_wr(&fx, VIRTIO_MMIO_QUEUE_NUM, 8);
	fx_wr(&fx, VIRTIO_MMIO_QUEUE_READY, 1);
	ck_assert_uint_eq(fx.dev->guest_errors, 2);
}
END_TEST

START_TEST(offered_features)
{
	uint64_t want = BIT64(3) | BIT64(VIRTIO_F_VERSION_1) |
			BIT64(VIRTIO_RING_F_INDIRECT_DESC) | BIT64(VIRTIO_RING_F_EVENT_IDX);

	for (uint32_t sel = 0; sel < 4; sel++) {
		fx_wr(&fx, VIRTIO_MMIO_DEVICE_FEATURES_SEL, sel);
		ck_assert_uint_eq(fx_rd(&fx, VIRTIO_MMIO_DEVICE_FEATURES),
				  sel < 2 ? (uint32_t)(want >> (32 * sel)) : 0);
	}
}
END_TEST

START_TEST(negotiation)
{
	ck_assert(!fx_negotiate(&fx, 0));		/* a legacy driver */
	ck_assert(!fx_negotiate(&fx, FX_FEATURES | BIT64(4)));
	ck_assert(!fx_negotiate(&fx, FX_FEATURES | BIT64(63)));
	ck_assert_uint_eq(fx.dev->guest_errors, 3);
	ck_assert(fx_negotiate(&fx, FX_FEATURES | BIT64(3)));
	ck_assert(virtio_has_feature(&echo.vd, 3));
	/* Too late to change. */
	fx_wr(&fx, VIRTIO_MMIO_DRIVER_FEATURES, 0);
	ck_assert(virtio_has_feature(&echo.vd, 3));
	ck_assert_uint_eq(fx.dev->guest_errors, 4);
	/* Words beyond the second: only zero is right. */
	fx_negotiate(&fx, FX_FEATURES);
	fx_wr(&fx, VIRTIO_MMIO_STATUS, 0);
	fx_wr(&fx, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 2);
	fx_wr(&fx, VIRTIO_MMIO_DRIVER_FEATURES, 0);
	ck_assert_uint_eq(fx.dev->guest_errors, 4);
	fx_wr(&fx, VIRTIO_MMIO_DRIVER_FEATURES, 1);
	ck_assert_uint_eq(fx.dev->guest_errors, 5);
}
END_TEST

START_TEST(status_rules)
{
	/* DRIVER_OK without FEATURES_OK does not take. */
	fx_wr(&fx, VIRTIO_MMIO_STATUS, 1);
	fx_wr(&fx, VIRTIO_MMIO_STATUS, 7);
	ck_assert_uint_eq(fx_rd(&fx, VIRTIO_MMIO_STATUS), 3);
	ck_assert_uint_eq(echo.oks, 0);
	/* Bits are not cleared one by one, nor NEEDS_RESET set, nor unknown ones. */
	fx_wr(&fx, VIRTIO_MMIO_STATUS, 1);
	ck_assert_uint_eq(fx_rd(&fx, VIRTIO_MMIO_STATUS), 3);
	fx_wr(&fx, VIRTIO_MMIO_STATUS, 3 | VIRTIO_CONFIG_S_NEEDS_RESET);
	ck_assert_uint_eq(fx_rd(&fx, VIRTIO_MMIO_STATUS), 3);
	fx_wr(&fx, VIRTIO_MMIO_STATUS, 3 | 0xffffff00u);
	ck_assert_uint_eq(fx_rd(&fx, VIRTIO_MMIO_STATUS), 3);
	fx_up(&fx, FX_FEATURES, 2, 16);
	ck_assert_uint_eq(echo.oks, 1);
	fx_wr(&fx, VIRTIO_MMIO_STATUS, 15 | VIRTIO_CONFIG_S_FAILED);
	ck_assert(!virtio_is_live(&echo.vd));
	fx_wr(&fx, VIRTIO_MMIO_STATUS, 0);
	ck_assert_uint_eq(fx_rd(&fx, VIRTIO_MMIO_STATUS), 0);
}
END_TEST

/* Sends @text and returns whether it came back. */
static bool echo_works(struct fx_queue *q, const char *text)
{
	size_t n = strlen(text) + 1;
	struct vring_used_elem e;

	memcpy(fx_at(&fx, 0x40000), text, n);
	memset(fx_at(&fx, 0x41000), 0, n);
	fx_set_desc(q, 0, 0x40000, (uint32_t)n, VRING_DESC_F_NEXT, 1);
	fx_set_desc(q, 1, 0x41000, 200, VRING_DESC_F_WRITE, 0);
	fx_offer(q, 0);
	fx_notify(q);
	fx_turn(&fx);
	if (fx_used_idx(q) == q->used_seen)
		return false;
	e = fx_take(q);
	return e.id == 0 && e.len == n && !strcmp(fx_at(&fx, 0x41000), text);
}

START_TEST(echo_and_interrupt)
{
	fx_up(&fx, FX_FEATURES, 2, 16);
	ck_assert(!fx.irq.level);
	ck_assert(echo_works(&fx.q[0], "hello"));
	ck_assert(fx.irq.level);
	ck_assert_uint_eq(fx_rd(&fx, VIRTIO_MMIO_INTERRUPT_STATUS), 1);
	fx_wr(&fx, VIRTIO_MMIO_INTERRUPT_ACK, 2);	/* the other one */
	ck_assert(fx.irq.level);
	fx_wr(&fx, VIRTIO_MMIO_INTERRUPT_ACK, 1);
	ck_assert(!fx.irq.level);
	ck_assert(echo_works(&fx.q[1], "on queue 1"));
	ck_assert_uint_eq(fx.irq.raises, 2);
	ck_assert_uint_eq(fx.dev->guest_errors, 0);
	/* Suppressed by the driver. */
	fx_wr(&fx, VIRTIO_MMIO_INTERRUPT_ACK, 3);
	fx_avail(&fx.q[0])[0] = VRING_AVAIL_F_NO_INTERRUPT;
	ck_assert(echo_works(&fx.q[0], "quiet"));
	ck_assert(!fx.irq.level);
}
END_TEST

START_TEST(nothing_before_driver_ok)
{
	ck_assert(fx_negotiate(&fx, FX_FEATURES));
	fx_program(&fx, 0, 16);
	fx_wr(&fx, VIRTIO_MMIO_QUEUE_READY, 1);
	ck_assert(!echo_works(&fx.q[0], "early"));
	ck_assert_uint_eq(echo.runs, 0);
	/* DRIVER_OK looks at what waits. */
	fx_wr(&fx, VIRTIO_MMIO_STATUS, 15);
	fx_turn(&fx);
	ck_assert_uint_eq(fx_take(&fx.q[0]).len, 6);
}
END_TEST

START_TEST(queue_ready_rules)
{
	fx_wr(&fx, VIRTIO_MMIO_STATUS, 3);
	fx_program(&fx, 0, 16);
	fx_wr(&fx, VIRTIO_MMIO_QUEUE_READY, 1);		/* before FEATURES_OK */
	ck_assert_uint_eq(fx_rd(&fx, VIRTIO_MMIO_QUEUE_READY), 0);
	ck_assert_uint_eq(fx.dev->guest_errors, 1);
	fx_up(&fx, FX_FEATURES, 1, 16);
	fx_wr(&fx, VIRTIO_MMIO_QUEUE_NUM, 8);		/* while ready */
	fx_wr(&fx, VIRTIO_MMIO_QUEUE_USED_HIGH, 8);
	fx_wr(&fx, VIRTIO_MMIO_QUEUE_READY, 2);
	ck_assert_uint_eq(fx.dev->guest_errors, 4);
	ck_assert(echo_works(&fx.q[0], "still fine"));
	fx_wr(&fx, VIRTIO_MMIO_QUEUE_NOTIFY, 1);	/* not ready */
	fx_wr(&fx, VIRTIO_MMIO_QUEUE_NOTIFY, UINT32_MAX);
	ck_assert_uint_eq(fx.dev->guest_errors, 6);
	/* Taken back and set up again. */
	fx_wr(&fx, VIRTIO_MMIO_QUEUE_READY, 0);
	ck_assert_uint_eq(fx_rd(&fx, VIRTIO_MMIO_QUEUE_READY), 0);
	fx_program(&fx, 0, 8);
	fx_wr(&fx, VIRTIO_MMIO_QUEUE_READY, 1);
	ck_assert(echo_works(&fx.q[0], "again"));
}
END_TEST

static const struct { uint32_t size, desc_high, used_low; } bad_queues[] = {
	{ 0, 0, 0x12000 },
	{ 3, 0, 0x12000 },
	{ 32, 0, 0x12000 },		/* above QueueNumMax */
	{ 0xffffffff, 0, 0x12000 },
	{ 16, 1, 0x12000 },		/* far outside RAM */
	{ 16, 0xffffffff, 0x12000 },
	{ 16, 0, 0x12002 },
	{ 16, 0, FX_RAM_BYTES },
};

START_TEST(bad_queue_needs_reset)
{
	ck_assert(fx_negotiate(&fx, FX_FEATURES));
	fx_program(&fx, 0, 16);
	fx_wr(&fx, VIRTIO_MMIO_QUEUE_NUM, bad_queues[_i].size);
	fx_wr(&fx, VIRTIO_MMIO_QUEUE_DESC_HIGH, bad_queues[_i].desc_high);
	fx_wr(&fx, VIRTIO_MMIO_QUEUE_USED_LOW, bad_queues[_i].used_low);
	fx_wr(&fx, VIRTIO_MMIO_QUEUE_READY, 1);
	ck_assert_uint_eq(fx_rd(&fx, VIRTIO_MMIO_QUEUE_READY), 0);
	ck_assert(fx_needs_reset(&fx));
	ck_assert_uint_eq(fx.dev->guest_errors, 1);
	ck_assert(!fx.irq.level);			/* not before DRIVER_OK */
	fx_wr(&fx, VIRTIO_MMIO_STATUS, 15);
	ck_assert_uint_eq(fx_rd(&fx, VIRTIO_MMIO_INTERRUPT_STATUS), 2);
	fx_turn(&fx);
	fx_up(&fx, FX_FEATURES, 2, 16);
	ck_assert(echo_works(&fx.q[0], "healed"));
}
END_TEST

START_TEST(bad_ring_needs_reset)
{
	fx_up(&fx, FX_FEATURES, 2, 16);
	fx_set_desc(&fx.q[0], 0, 0x40000, 4, VRING_DESC_F_NEXT, 0);
	fx_offer(&fx.q[0], 0);
	fx_notify(&fx.q[0]);
	fx_turn(&fx);
	ck_assert(fx_needs_reset(&fx));
	ck_assert_uint_eq(fx_rd(&fx, VIRTIO_MMIO_INTERRUPT_STATUS), 2);
	ck_assert(fx.irq.level);
	ck_assert(!echo_works(&fx.q[1], "no queue works now"));
	fx_wr(&fx, VIRTIO_MMIO_STATUS, 0);
	ck_assert(!fx.irq.level);
	ck_assert_uint_eq(fx_rd(&fx, VIRTIO_MMIO_INTERRUPT_STATUS), 0);
	fx_up(&fx, FX_FEATURES, 2, 16);
	ck_assert(echo_works(&fx.q[0], "healed"));
}
END_TEST

START_TEST(reset_forgets)
{
	unsigned int resets;

	fx_up(&fx, FX_FEATURES, 2, 16);
	ck_assert(echo_works(&fx.q[0], "x"));
	fx_notify(&fx.q[0]);			/* posted, not yet run */
	resets = echo.resets;
	fx_wr(&fx, VIRTIO_MMIO_STATUS, 0);
	ck_assert_uint_eq(echo.resets, resets + 1);
	echo.runs = 0;
	fx_turn(&fx);
	ck_assert_uint_eq(echo.runs, 0);
	ck_assert(!fx.irq.level);
	fx_wr(&fx, VIRTIO_MMIO_QUEUE_SEL, 0);
	ck_assert_uint_eq(fx_rd(&fx, VIRTIO_MMIO_QUEUE_READY), 0);
	/* The power-on reset also forgets the selectors. */
	fx_wr(&fx, VIRTIO_MMIO_DEVICE_FEATURES_SEL, 1);
	pthread_mutex_lock(&fx.dev->lock);
	fx.dev->ops->reset(fx.dev);
	pthread_mutex_unlock(&fx.dev->lock);
	ck_assert_uint_eq(fx_rd(&fx, VIRTIO_MMIO_DEVICE_FEATURES) & 8, 8);
}
END_TEST

/* ---- doorbells: an engine that takes notifications off the bus ---- */

static struct {
	unsigned int n;			/* doorbells asked for */
	unsigned int refused;		/* from this one on */
	int fd[VIRTIO_MAX_QUEUES];
} bells;

static int bell_add(void *ctx, uint64_t gpa, uint32_t data, int fd)
{
	ck_assert_ptr_eq(ctx, &bells);
	ck_assert_uint_eq(gpa, FX_BASE + VIRTIO_MMIO_QUEUE_NOTIFY);
	ck_assert_uint_eq(data, bells.n);
	bells.fd[bells.n] = fd;
	return bells.n++ >= bells.refused ? -ENOSPC : 0;
}

static void ring_bell(unsigned int queue)
{
	const uint64_t one = 1;

	ck_assert_int_eq(write(bells.fd[queue], &one, sizeof(one)), sizeof(one));
}

static void add_bells(unsigned int refused)
{
	memset(&bells, 0, sizeof(bells));
	bells.refused = refused;
	ck_assert_int_eq(virtio_mmio_add_doorbells(fx.dev, bell_add, &bells),
			 refused < 2 ? -ENOSPC : 0);
	ck_assert_uint_eq(bells.n, refused < 2 ? refused + 1 : 2);
}

START_TEST(doorbell_runs_queue)
{
	add_bells(2);
	fx_up(&fx, FX_FEATURES, 2, 16);
	fx_turn(&fx);
	for (unsigned int i = 0; i < 2; i++) {
		echo.runs = 0;
		ring_bell(i);
		fx_turn(&fx);
		ck_assert_uint_eq(echo.runs, 1);
	}
	/* Rung twice before anybody looks: one run sees all of it. */
	echo.runs = 0;
	ring_bell(0);
	ring_bell(0);
	fx_turn(&fx);
	ck_assert_uint_eq(echo.runs, 1);
	fx_turn(&fx);
	ck_assert_uint_eq(echo.runs, 1);
	/* The register still works, for engines whose doorbell lets a store through. */
	ck_assert(echo_works(&fx.q[1], "bus"));
	ck_assert_uint_eq(fx.dev->guest_errors, 0);
}
END_TEST

START_TEST(doorbell_of_nobody)
{
	add_bells(2);
	ring_bell(0);				/* before the driver is there */
	fx_turn(&fx);
	fx_up(&fx, FX_FEATURES, 2, 16);
	fx_turn(&fx);
	ring_bell(1);				/* heard after a reset */
	fx_wr(&fx, VIRTIO_MMIO_STATUS, 0);
	echo.runs = 0;
	fx_turn(&fx);
	ck_assert_uint_eq(echo.runs, 0);
	ck_assert_uint_eq(fx.dev->guest_errors, 0);
}
END_TEST

/* A guest may notify and power off at once. */
START_TEST(doorbell_before_the_end)
{
	add_bells(2);
	fx_up(&fx, FX_FEATURES, 2, 16);
	fx_turn(&fx);
	echo.runs = 0;
	ring_bell(1);
	fx.dev->ops->quiesce(fx.dev);
	ck_assert_uint_eq(echo.runs, 1);
}
END_TEST

START_TEST(doorbell_refused)
{
	add_bells((unsigned int)_i);
	fx_up(&fx, FX_FEATURES, 2, 16);
	for (unsigned int i = 0; i < 2; i++)
		ck_assert(echo_works(&fx.q[i], "bus"));
	if (!_i)
		return;
	fx_turn(&fx);
	echo.runs = 0;
	ring_bell(0);
	fx_turn(&fx);
	ck_assert_uint_eq(echo.runs, 1);
}
END_TEST

static uint64_t config_rd(unsigned int off, unsigned int size)
{
	return bus_read(fx.bus, FX_BASE + 0x100 + off, size, 0);
}

START_TEST(config_access)
{
	ck_assert_uint_eq(config_rd(0, 1), 0x10);
	ck_assert_uint_eq(config_rd(3, 1), 0x13);
	ck_assert_uint_eq(config_rd(2, 2), 0x1312);
	ck_assert_uint_eq(config_rd(4, 4), 0x17161514);
	ck_assert_uint_eq(config_rd(10, 4), 0x1b1a);	/* beyond the end: zero */
	ck_assert_uint_eq(config_rd(0xfc, 4), 0);
	ck_assert_uint_eq(fx.dev->guest_errors, 0);
	ck_assert_uint_eq(config_rd(0, 8), 0);
	ck_assert_uint_eq(fx.dev->guest_errors, 1);
	bus_write(fx.bus, FX_BASE + 0x108, 4, 0xa1a2a3a4, 0);
	bus_write(fx.bus, FX_BASE + 0x10a, 1, 0x55, 0);
	ck_assert_uint_eq(config_rd(8, 4), 0xa155a3a4);
	ck_assert_uint_eq(echo.config_writes, 2);
	bus_write(fx.bus, FX_BASE + 0x107, 1, 0xff, 0);
	bus_write(fx.bus, FX_BASE + 0x10a, 4, 0xff, 0);	/* begins inside, ends outside */
	bus_write(fx.bus, FX_BASE + 0x1f0, 4, 0xff, 0);
	bus_write(fx.bus, FX_BASE + 0x108, 8, 0xff, 0);
	ck_assert_uint_eq(echo.config_writes, 2);
	ck_assert_uint_eq(fx.dev->guest_errors, 5);
}
END_TEST

START_TEST(config_generation)
{
	uint32_t gen;

	fx_up(&fx, FX_FEATURES, 2, 16);
	gen = fx_rd(&fx, VIRTIO_MMIO_CONFIG_GENERATION);
	pthread_mutex_lock(&fx.dev->lock);
	echo.vd.config[0] = 0x99;
	virtio_config_changed(&echo.vd);
	pthread_mutex_unlock(&fx.dev->lock);
	ck_assert_uint_ne(fx_rd(&fx, VIRTIO_MMIO_CONFIG_GENERATION), gen);
	ck_assert_uint_eq(fx_rd(&fx, VIRTIO_MMIO_INTERRUPT_STATUS), 2);
	ck_assert_uint_eq(config_rd(0, 1), 0x99);
}
END_TEST

START_TEST(odd_accesses)
{
	ck_assert_uint_eq(bus_read(fx.bus, FX_BASE, 1, 0), 0);
	ck_assert_uint_eq(bus_read(fx.bus, FX_BASE, 8, 0), 0);
	ck_assert_uint_eq(bus_read(fx.bus, FX_BASE + 2, 4, 0), 0);
	bus_write(fx.bus, FX_BASE + VIRTIO_MMIO_STATUS, 1, 1, 0);
	bus_write(fx.bus, FX_BASE + VIRTIO_MMIO_STATUS, 8, 1, 0);
	ck_assert_uint_eq(fx_rd(&fx, VIRTIO_MMIO_STATUS), 0);
	fx_rd(&fx, 0x018);			/* no such register */
	fx_rd(&fx, VIRTIO_MMIO_QUEUE_NOTIFY);	/* write-only */
	fx_wr(&fx, VIRTIO_MMIO_MAGIC_VALUE, 1);	/* read-only */
	fx_wr(&fx, 0x028, 4096);		/* legacy page size */
	ck_assert_uint_eq(fx.dev->guest_errors, 9);
}
END_TEST

/* Registers and rings at random; afterwards a proper driver must get through. */
START_TEST(random_registers)
{
	unsigned int seed = 77;

	for (int i = 0; i < 60000; i++) {
		unsigned int off = (unsigned int)rand_r(&seed) % 0x208;
		unsigned int size = 1u << (rand_r(&seed) % 4);
		uint64_t val = (uint64_t)rand_r(&seed) << (rand_r(&seed) % 30);

		if (rand_r(&seed) % 4) {
			off &= ~3u;
			size = 4;
		}
		if (rand_r(&seed) % 2)
			val &= 0xf;
		if (rand_r(&seed) % 200 == 0)
			fx_up(&fx, FX_FEATURES | BIT64(VIRTIO_RING_F_EVENT_IDX), 2, 16);
		if (rand_r(&seed) % 8 == 0)
			memset(fx_at(&fx, FX_RINGS + (unsigned int)rand_r(&seed) % 0x8000),
			       rand_r(&seed) % 8, 64);
		if (rand_r(&seed) % 3)
			bus_write(fx.bus, FX_BASE + off, size, val, 0);
		else
			bus_read(fx.bus, FX_BASE + off, size, 0);
		if (rand_r(&seed) % 16 == 0)
			fx_turn(&fx);
	}
	fx_up(&fx, FX_FEATURES, 2, 16);
	ck_assert(echo_works(&fx.q[0], "alive"));
}
END_TEST

START_TEST(device_tree_node)
{
	static uint8_t blob[4096];
	struct fdt_ctx ctx = { .blob = blob };
	const fdt32_t *cells;
	int node, len;

	ck_assert_int_eq(fdt_create(blob, sizeof(blob)), 0);
	ck_assert_int_eq(fdt_finish_reservemap(blob), 0);
	ck_assert_int_eq(fdt_begin_node(blob, ""), 0);
	ck_assert_int_eq(fx.dev->ops->fdt(fx.dev, &ctx), 0);
	ck_assert_int_eq(fdt_end_node(blob), 0);
	ck_assert_int_eq(fdt_finish(blob), 0);
	node = fdt_path_offset(blob, "/virtio_mmio@30001000");
	ck_assert_int_gt(node, 0);
	ck_assert_str_eq(fdt_getprop(blob, node, "compatible", NULL), "virtio,mmio");
	ck_assert_ptr_nonnull(fdt_getprop(blob, node, "dma-coherent", NULL));
	cells = fdt_getprop(blob, node, "reg", &len);
	ck_assert_int_eq(len, 16);
	ck_assert_uint_eq(fdt32_to_cpu(cells[1]), 0x30001000);
	ck_assert_uint_eq(fdt32_to_cpu(cells[3]), 0x200);
	cells = fdt_getprop(blob, node, "interrupts", &len);
	ck_assert_int_eq(len, 8);
	ck_assert_uint_eq(fdt32_to_cpu(cells[0]), 20);
	ck_assert_uint_eq(fdt32_to_cpu(cells[1]), 4);
}
END_TEST

static void fill(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, identity);
	tcase_add_test(tc, queue_num_max);
	tcase_add_test(tc, offered_features);
	tcase_add_test(tc, negotiation);
	tcase_add_test(tc, status_rules);
	tcase_add_test(tc, echo_and_interrupt);
	tcase_add_test(tc, nothing_before_driver_ok);
	tcase_add_test(tc, queue_ready_rules);
	tcase_add_loop_test(tc, bad_queue_needs_reset, 0, ARRAY_SIZE(bad_queues));
	tcase_add_test(tc, bad_ring_needs_reset);
	tcase_add_test(tc, reset_forgets);
	tcase_add_test(tc, doorbell_runs_queue);
	tcase_add_test(tc, doorbell_of_nobody);
	tcase_add_test(tc, doorbell_before_the_end);
	tcase_add_loop_test(tc, doorbell_refused, 0, 2);
	tcase_add_test(tc, config_access);
	tcase_add_test(tc, config_generation);
	tcase_add_test(tc, odd_accesses);
	tcase_add_test(tc, random_registers);
	tcase_add_test(tc, device_tree_node);
}

int main(void)
{
	return fx_run("virtio_mmio", fill);
}
