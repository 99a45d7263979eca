/* SPDX-License-Identifier: Apache-2.0 */
/* tests/dev/test_vblk.c - the disk against a driver, with a blockdev in memory. */
#include "devices/vblk.h"

#include <linux/virtio_blk.h>

#include "virtio_fakes.h"

#define SECTORS 256u
#define HDR UINT64_C(0x40000)		/* header i at HDR + i * 16 */
#define STATUS UINT64_C(0x41000)	/* status byte i */
#define DATA UINT64_C(0x80000)
#define FEATURES (FX_FEATURES | BIT64(VIRTIO_RING_F_EVENT_IDX) | BIT64(VIRTIO_BLK_F_FLUSH) |  \
		  BIT64(VIRTIO_BLK_F_DISCARD) | BIT64(VIRTIO_BLK_F_WRITE_ZEROES))
#define BASE_FEATURES (FX_FEATURES | BIT64(VIRTIO_BLK_F_FLUSH))
#define NEXT VRING_DESC_F_NEXT
#define WRITE VRING_DESC_F_WRITE

static struct virtio_fx fx;
static struct fake_disk disk;

static void begin_with(unsigned int nworkers, bool is_readonly, bool has_discard)
{
	struct virtio_dev *vd;

	fx_world(&fx, nworkers);
	fake_disk_init(&disk, SECTORS, is_readonly);
	disk.bd.has_discard = has_discard;
	ck_assert_int_eq(vblk_create(&vd, "disk data", "serial-0123456789abcdef", &disk.bd, fx.mem,
				     fx.loop, NULL), 0);
	fx_plug(&fx, vd);
}

static void begin(unsigned int nworkers, bool is_readonly)
{
	begin_with(nworkers, is_readonly, true);
}

static void set_up(void)
{
	begin(2, false);
}

static void tear_down(void)
{
	fx_end(&fx);
	ck_assert_ptr_null(disk.data);		/* destroyed with the device */
}

/* Offers request @i, which uses descriptors 3 i to 3 i + 2. */
static void offer(unsigned int i, uint32_t type, uint64_t sector, gpa_t data, uint32_t len)
{
	struct virtio_blk_outhdr hdr = { .type = type, .sector = sector };
	bool is_in = type == VIRTIO_BLK_T_IN || type == VIRTIO_BLK_T_GET_ID;
	unsigned int d = 3 * i;

	memcpy(fx_at(&fx, HDR + i * 16u), &hdr, sizeof(hdr));
	*(uint8_t *)fx_at(&fx, STATUS + i) = 0xee;
	fx_set_desc(&fx.q[0], d, HDR + i * 16u, 16, NEXT, (uint16_t)(len ? d + 1 : d + 2));
	fx_set_desc(&fx.q[0], d + 1, data, len, NEXT | (is_in ? WRITE : 0), (uint16_t)(d + 2));
	fx_set_desc(&fx.q[0], d + 2, STATUS + i, 1, WRITE, 0);
	fx_offer(&fx.q[0], (uint16_t)d);
}

static uint8_t status(unsigned int i)
{
	return *(uint8_t *)fx_at(&fx, STATUS + i);
}

/* One request to its end; its status. */
static uint8_t request(uint32_t type, uint64_t sector, gpa_t data, uint32_t len)
{
	offer(0, type, sector, data, len);
	fx_notify(&fx.q[0]);
	fx_turn(&fx);
	ck_assert_uint_eq(fx_take(&fx.q[0]).id, 0);
	return status(0);
}

static uint64_t cfg(size_t off, unsigned int size)
{
	return bus_read(fx.bus, FX_BASE + 0x100 + off, size, 0);
}

START_TEST(identity)
{
	uint32_t low = fx_rd(&fx, VIRTIO_MMIO_DEVICE_FEATURES);

	ck_assert_uint_eq(fx_rd(&fx, VIRTIO_MMIO_DEVICE_ID), 2);
	ck_assert_uint_eq(low & BIT32(VIRTIO_BLK_F_RO), 0);
	for (unsigned int bit = 0; bit < 32; bit++) {
		if (bit == VIRTIO_BLK_F_SEG_MAX || bit == VIRTIO_BLK_F_BLK_SIZE ||
		    bit == VIRTIO_BLK_F_FLUSH || bit == VIRTIO_BLK_F_CONFIG_WCE ||
		    bit == VIRTIO_BLK_F_DISCARD || bit == VIRTIO_BLK_F_WRITE_ZEROES)
			ck_assert_uint_ne(low & BIT32(bit), 0);
	}
	ck_assert_uint_eq(cfg(0, 4), SECTORS);
	ck_assert_uint_eq(cfg(4, 4), 0);
	ck_assert_uint_eq(cfg(offsetof(struct virtio_blk_config, seg_max), 4), 254);
	ck_assert_uint_eq(cfg(offsetof(struct virtio_blk_config, blk_size), 4), 512);
	ck_assert_uint_eq(cfg(offsetof(struct virtio_blk_config, wce), 1), 1);
	ck_assert_uint_gt(cfg(offsetof(struct virtio_blk_config, max_discard_sectors), 4), 0);
	ck_assert_uint_gt(cfg(offsetof(struct virtio_blk_config, max_write_zeroes_sectors), 4), 0);
}
END_TEST

START_TEST(write_then_read)
{
	uint8_t *buf;

	fx_up(&fx, FEATURES, 1, 128);
	buf = mem_at(fx.mem, DATA, 4096);
	for (unsigned int i = 0; i < 1024; i++)
		buf[i] = (uint8_t)(i * 7);
	ck_assert_uint_eq(request(VIRTIO_BLK_T_OUT, 5, DATA, 1024), VIRTIO_BLK_S_OK);
	ck_assert_mem_eq(disk.data + 5 * 512, buf, 1024);
	ck_assert_uint_eq(request(VIRTIO_BLK_T_IN, 5, DATA + 2048, 1024), VIRTIO_BLK_S_OK);
	ck_assert_mem_eq(buf + 2048, buf, 1024);
	ck_assert(fx.irq.level);
	ck_assert_uint_eq(fx.dev->guest_errors, 0);
	/* The last sector and nothing beyond. */
	ck_assert_uint_eq(request(VIRTIO_BLK_T_IN, SECTORS - 1, DATA, 512), VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(request(VIRTIO_BLK_T_IN, SECTORS - 1, DATA, 1024), VIRTIO_BLK_S_IOERR);
	ck_assert_uint_eq(request(VIRTIO_BLK_T_OUT, SECTORS, DATA, 512), VIRTIO_BLK_S_IOERR);
	ck_assert_uint_eq(request(VIRTIO_BLK_T_IN, UINT64_MAX, DATA, 512), VIRTIO_BLK_S_IOERR);
	ck_assert_uint_eq(request(VIRTIO_BLK_T_IN, UINT64_MAX / 512, DATA, 512),
			  VIRTIO_BLK_S_IOERR);
	ck_assert_uint_eq(request(VIRTIO_BLK_T_IN, 0, DATA, 511), VIRTIO_BLK_S_IOERR);
	ck_assert_uint_eq(fx.dev->guest_errors, 5);
	ck_assert(!fx_needs_reset(&fx));
	ck_assert_uint_eq(request(VIRTIO_BLK_T_IN, 0, DATA, 0), VIRTIO_BLK_S_OK);
}
END_TEST

/* Header, data and status in pieces that respect no boundary. */
START_TEST(any_framing)
{
	struct virtio_blk_outhdr hdr = { .type = VIRTIO_BLK_T_OUT, .sector = 3 };
	uint8_t *mem;
	unsigned int i;

	fx_up(&fx, FEATURES, 1, 128);
	mem = mem_at(fx.mem, DATA, 4096);
	memcpy(mem, &hdr, 16);
	for (i = 0; i < 512; i++)
		mem[16 + i] = (uint8_t)(i ^ 0x55);
	/* 1 + 10 + 30 + rest */
	fx_set_desc(&fx.q[0], 0, DATA, 1, NEXT, 1);
	fx_set_desc(&fx.q[0], 1, DATA + 1, 10, NEXT, 2);
	fx_set_desc(&fx.q[0], 2, DATA + 11, 30, NEXT, 3);
	fx_set_desc(&fx.q[0], 3, DATA + 41, 512 + 16 - 41, NEXT, 4);
	fx_set_desc(&fx.q[0], 4, STATUS, 1, WRITE, 0);
	fx_offer(&fx.q[0], 0);
	fx_notify(&fx.q[0]);
	fx_turn(&fx);
	fx_take(&fx.q[0]);
	ck_assert_uint_eq(status(0), VIRTIO_BLK_S_OK);
	ck_assert_mem_eq(disk.data + 3 * 512, mem + 16, 512);

	/* Read it back: data and status byte in one descriptor after a split one. */
	hdr.type = VIRTIO_BLK_T_IN;
	memcpy(mem, &hdr, 16);
	fx_set_desc(&fx.q[0], 0, DATA, 16, NEXT, 1);
	fx_set_desc(&fx.q[0], 1, DATA + 1024, 100, NEXT | WRITE, 2);
	fx_set_desc(&fx.q[0], 2, DATA + 1124, 413, WRITE, 0);
	fx_offer(&fx.q[0], 0);
	fx_notify(&fx.q[0]);
	fx_turn(&fx);
	ck_assert_uint_eq(fx_take(&fx.q[0]).len, 513);
	ck_assert_mem_eq(mem + 1024, disk.data + 3 * 512, 512);
	ck_assert_uint_eq(mem[1536], VIRTIO_BLK_S_OK);
}
END_TEST

START_TEST(flush_and_id)
{
	fx_up(&fx, FEATURES, 1, 128);
	ck_assert_uint_eq(request(VIRTIO_BLK_T_FLUSH, 0, DATA, 0), VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(disk.flushes, 1);
	ck_assert_uint_eq(request(VIRTIO_BLK_T_GET_ID, 0, DATA, 20), VIRTIO_BLK_S_OK);
	ck_assert_mem_eq(fx_at(&fx, DATA), "serial-0123456789abc", 20);
	memset(fx_at(&fx, DATA), 'x', 32);
	ck_assert_uint_eq(request(VIRTIO_BLK_T_GET_ID, 0, DATA, 4), VIRTIO_BLK_S_OK);
	ck_assert_mem_eq(fx_at(&fx, DATA), "seri", 4);
	ck_assert_uint_eq(*(uint8_t *)fx_at(&fx, DATA + 4), 'x');
	ck_assert_uint_eq(request(2, 0, DATA, 512), VIRTIO_BLK_S_UNSUPP);	/* SCSI */
	ck_assert_uint_eq(request(0xffffffff, 0, DATA, 512), VIRTIO_BLK_S_UNSUPP);
}
END_TEST

START_TEST(host_error)
{
	fx_up(&fx, FEATURES, 1, 128);
	disk.error = -ENOSPC;
	log_set_filter("vblk:err", NULL);
	ck_assert_uint_eq(request(VIRTIO_BLK_T_OUT, 0, DATA, 512), VIRTIO_BLK_S_IOERR);
	ck_assert_uint_eq(request(VIRTIO_BLK_T_FLUSH, 0, DATA, 0), VIRTIO_BLK_S_IOERR);
	disk.error = 0;
	ck_assert_uint_eq(request(VIRTIO_BLK_T_OUT, 0, DATA, 512), VIRTIO_BLK_S_OK);
	ck_assert(!fx_needs_reset(&fx));
}
END_TEST

START_TEST(write_cache_modes)
{
	/* No cache control negotiated: a write is durable when it completes. */
	fx_up(&fx, FX_FEATURES, 1, 128);
	ck_assert_uint_eq(request(VIRTIO_BLK_T_OUT, 0, DATA, 512), VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(disk.flushes, 1);
	fx_up(&fx, FEATURES, 1, 128);
	ck_assert_uint_eq(request(VIRTIO_BLK_T_OUT, 0, DATA, 512), VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(disk.flushes, 1);
	/* And the switch. */
	fx_up(&fx, FEATURES | BIT64(VIRTIO_BLK_F_CONFIG_WCE), 1, 128);
	bus_write(fx.bus, FX_BASE + 0x100 + offsetof(struct virtio_blk_config, wce), 1, 0, 0);
	ck_assert_uint_eq(request(VIRTIO_BLK_T_OUT, 0, DATA, 512), VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(disk.flushes, 2);
	bus_write(fx.bus, FX_BASE + 0x100 + offsetof(struct virtio_blk_config, wce), 1, 9, 0);
	ck_assert_uint_eq(cfg(offsetof(struct virtio_blk_config, wce), 1), 1);
	ck_assert_uint_eq(request(VIRTIO_BLK_T_OUT, 0, DATA, 512), VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(disk.flushes, 2);
	bus_write(fx.bus, FX_BASE + 0x100 + offsetof(struct virtio_blk_config, wce), 1, 0, 0);
	fx_wr(&fx, VIRTIO_MMIO_STATUS, 0);
	ck_assert_uint_eq(cfg(offsetof(struct virtio_blk_config, wce), 1), 1);
}
END_TEST

static uint8_t range(uint32_t type, uint64_t sector, uint32_t n, uint32_t flags)
{
	struct virtio_blk_discard_write_zeroes r = { sector, n, flags };

	memcpy(fx_at(&fx, DATA), &r, sizeof(r));
	return request(type, 0, DATA, sizeof(r));
}

START_TEST(discard_and_zeroes)
{
	struct virtio_blk_discard_write_zeroes two[33] = { { 1, 1, 0 }, { 4, 2, 1 } };

	fx_up(&fx, FEATURES, 1, 128);
	memset(disk.data, 0xaa, SECTORS * 512);
	ck_assert_uint_eq(range(VIRTIO_BLK_T_DISCARD, 8, 8, 0), VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(disk.discards, 1);
	ck_assert_uint_eq(disk.data[8 * 512], 0);
	ck_assert_uint_eq(disk.data[16 * 512], 0xaa);
	memcpy(fx_at(&fx, DATA), two, sizeof(two));
	ck_assert_uint_eq(request(VIRTIO_BLK_T_WRITE_ZEROES, 0, DATA, 32), VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(disk.zeroes, 2);
	ck_assert_uint_eq(disk.data[512], 0);
	ck_assert_uint_eq(disk.data[2 * 512], 0xaa);
	ck_assert_uint_eq(disk.data[6 * 512 - 1], 0);
	ck_assert_uint_eq(disk.data[6 * 512], 0xaa);

	ck_assert_uint_eq(range(VIRTIO_BLK_T_DISCARD, 0, 8, 1), VIRTIO_BLK_S_UNSUPP);
	ck_assert_uint_eq(range(VIRTIO_BLK_T_WRITE_ZEROES, 0, 8, 2), VIRTIO_BLK_S_UNSUPP);
	ck_assert_uint_eq(range(VIRTIO_BLK_T_DISCARD, SECTORS - 7, 8, 0), VIRTIO_BLK_S_IOERR);
	ck_assert_uint_eq(range(VIRTIO_BLK_T_DISCARD, UINT64_MAX, 8, 0), VIRTIO_BLK_S_IOERR);
	ck_assert_uint_eq(range(VIRTIO_BLK_T_WRITE_ZEROES, 0, UINT32_MAX, 0), VIRTIO_BLK_S_IOERR);
	ck_assert_uint_eq(range(VIRTIO_BLK_T_DISCARD, 0, 0, 0), VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(request(VIRTIO_BLK_T_DISCARD, 0, DATA, 15), VIRTIO_BLK_S_IOERR);
	ck_assert_uint_eq(request(VIRTIO_BLK_T_DISCARD, 0, DATA, 0), VIRTIO_BLK_S_IOERR);
	ck_assert_uint_eq(request(VIRTIO_BLK_T_DISCARD, 0, DATA, sizeof(two)), VIRTIO_BLK_S_IOERR);
	/* Only if it was negotiated. */
	fx_up(&fx, BASE_FEATURES, 1, 128);
	ck_assert_uint_eq(range(VIRTIO_BLK_T_DISCARD, 0, 8, 0), VIRTIO_BLK_S_UNSUPP);
	ck_assert_uint_eq(disk.discards, 1);
}
END_TEST

START_TEST(discard_not_offered)
{
	uint32_t features;

	fx_end(&fx);
	begin_with(1, false, false);
	features = fx_rd(&fx, VIRTIO_MMIO_DEVICE_FEATURES);
	ck_assert_uint_eq(features & (BIT32(VIRTIO_BLK_F_DISCARD) | BIT32(VIRTIO_BLK_F_WRITE_ZEROES) |
				      BIT32(VIRTIO_BLK_F_RO)), 0);
	fx_up(&fx, BASE_FEATURES, 1, 128);
	ck_assert_uint_eq(range(VIRTIO_BLK_T_DISCARD, 0, 8, 0), VIRTIO_BLK_S_UNSUPP);
	ck_assert_uint_eq(range(VIRTIO_BLK_T_WRITE_ZEROES, 0, 8, 0), VIRTIO_BLK_S_UNSUPP);
	ck_assert_uint_eq(request(VIRTIO_BLK_T_OUT, 0, DATA, 512), VIRTIO_BLK_S_OK);
}
END_TEST

START_TEST(readonly_disk)
{
	fx_end(&fx);
	begin(1, true);
	ck_assert_uint_ne(fx_rd(&fx, VIRTIO_MMIO_DEVICE_FEATURES) & BIT32(VIRTIO_BLK_F_RO), 0);
	ck_assert_uint_eq(fx_rd(&fx, VIRTIO_MMIO_DEVICE_FEATURES) & BIT32(VIRTIO_BLK_F_DISCARD), 0);
	fx_up(&fx, BASE_FEATURES | BIT64(VIRTIO_BLK_F_RO), 1, 128);
	disk.data[0] = 0x77;
	ck_assert_uint_eq(request(VIRTIO_BLK_T_OUT, 0, DATA, 512), VIRTIO_BLK_S_IOERR);
	ck_assert_uint_eq(disk.writes, 0);
	ck_assert_uint_eq(request(VIRTIO_BLK_T_IN, 0, DATA, 512), VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(*(uint8_t *)fx_at(&fx, DATA), 0x77);
	ck_assert_uint_eq(range(VIRTIO_BLK_T_DISCARD, 0, 8, 0), VIRTIO_BLK_S_UNSUPP);
}
END_TEST

/* _i: 0 no status byte, 1 short header, 2 only in parts */
START_TEST(malformed_request)
{
	fx_up(&fx, FEATURES, 1, 128);
	if (_i == 0)
		fx_set_desc(&fx.q[0], 0, HDR, 16, 0, 0);
	else if (_i == 1)
		fx_set_desc(&fx.q[0], 0, HDR, 15, NEXT, 1);
	else
		fx_set_desc(&fx.q[0], 0, HDR, 16, WRITE, 0);
	fx_set_desc(&fx.q[0], 1, STATUS, 1, WRITE, 0);
	fx_offer(&fx.q[0], 0);
	fx_offer(&fx.q[0], 0);		/* more behind it, which must not be looked at */
	fx_notify(&fx.q[0]);
	fx_turn(&fx);
	ck_assert(fx_needs_reset(&fx));
	ck_assert_uint_eq(fx_used_idx(&fx.q[0]), 0);
	ck_assert_uint_eq(fx_rd(&fx, VIRTIO_MMIO_INTERRUPT_STATUS), 2);
	fx_up(&fx, FEATURES, 1, 128);
	ck_assert_uint_eq(request(VIRTIO_BLK_T_FLUSH, 0, DATA, 0), VIRTIO_BLK_S_OK);
}
END_TEST

START_TEST(many_in_flight)
{
	fx_up(&fx, FEATURES, 1, 128);
	for (unsigned int i = 0; i < SECTORS; i++)
		memset(disk.data + i * 512u, (int)i, 512);
	fake_disk_hold(&disk, true);
	for (unsigned int i = 0; i < 40; i++)
		offer(i, VIRTIO_BLK_T_IN, i * 3, DATA + i * 512u, 512);
	fx_notify(&fx.q[0]);
	event_loop_once(fx.loop, false);
	fake_disk_await(&disk, 2);		/* as many as there are workers */
	ck_assert_uint_eq(fx_used_idx(&fx.q[0]), 0);
	/* The vCPU can use the registers meanwhile. */
	ck_assert_uint_eq(fx_rd(&fx, VIRTIO_MMIO_STATUS), 15);
	fake_disk_hold(&disk, false);
	fx_turn(&fx);
	ck_assert_uint_eq(fx_used_idx(&fx.q[0]), 40);
	for (unsigned int i = 0; i < 40; i++) {
		ck_assert_uint_eq(status(i), VIRTIO_BLK_S_OK);
		ck_assert_uint_eq(*(uint8_t *)fx_at(&fx, DATA + i * 512u + 511), i * 3);
	}
}
END_TEST

static void *release_soon(void *arg)
{
	struct timespec ts = { .tv_nsec = 100000000 };

	(void)arg;
	nanosleep(&ts, NULL);
	fake_disk_hold(&disk, false);
	return NULL;
}

/*
 * A reset returns only when nothing writes into the old buffers any more: requests inside
 * the disk are waited for, the queued ones never begin.
 */
START_TEST(reset_in_flight)
{
	pthread_t t;
	uint16_t used;

	fx_up(&fx, FEATURES, 1, 128);
	memset(disk.data, 0xab, SECTORS * 512);
	memset(mem_at(fx.mem, DATA, 40 * 512), 0x11, 40 * 512);
	fake_disk_hold(&disk, true);
	for (unsigned int i = 0; i < 40; i++)
		offer(i, VIRTIO_BLK_T_IN, 0, DATA + i * 512u, 512);
	fx_notify(&fx.q[0]);
	event_loop_once(fx.loop, false);
	fake_disk_await(&disk, 2);
	pthread_create(&t, NULL, release_soon, NULL);
	fx_wr(&fx, VIRTIO_MMIO_STATUS, 0);
	/* From here on the memory is the driver's. */
	memset(mem_at(fx.mem, DATA, 40 * 512), 0x22, 40 * 512);
	for (unsigned int i = 0; i < 40; i++)
		*(uint8_t *)fx_at(&fx, STATUS + i) = 0x33;
	used = fx_used_idx(&fx.q[0]);
	pthread_join(t, NULL);
	fx_turn(&fx);
	for (unsigned int i = 0; i < 40; i++) {
		ck_assert_uint_eq(*(uint8_t *)fx_at(&fx, DATA + i * 512u), 0x22);
		ck_assert_uint_eq(status(i), 0x33);
	}
	ck_assert_uint_eq(fx_used_idx(&fx.q[0]), used);
	ck_assert_uint_eq(disk.reads, 2);
	ck_assert(!fx.irq.level);
	fx_up(&fx, FEATURES, 1, 128);
	ck_assert_uint_eq(request(VIRTIO_BLK_T_IN, 0, DATA, 512), VIRTIO_BLK_S_OK);
}
END_TEST

/* A ring that goes bad while requests are in flight: they end, and touch no ring. */
START_TEST(failure_in_flight)
{
	fx_up(&fx, FEATURES, 1, 128);
	fake_disk_hold(&disk, true);
	offer(0, VIRTIO_BLK_T_IN, 0, DATA, 512);
	fx_notify(&fx.q[0]);
	event_loop_once(fx.loop, false);
	fake_disk_await(&disk, 1);
	fx_offer(&fx.q[0], 4000);
	fx_notify(&fx.q[0]);
	event_loop_once(fx.loop, false);
	ck_assert(fx_needs_reset(&fx));
	fake_disk_hold(&disk, false);
	fx_turn(&fx);
	ck_assert_uint_eq(fx_used_idx(&fx.q[0]), 0);
}
END_TEST

START_TEST(quiesce_finishes_and_flushes)
{
	fx_up(&fx, FEATURES, 1, 128);
	memset(fx_at(&fx, DATA), 0x66, 512);
	offer(0, VIRTIO_BLK_T_OUT, 7, DATA, 512);
	fx_notify(&fx.q[0]);
	fx.dev->ops->quiesce(fx.dev);
	ck_assert_uint_eq(disk.data[7 * 512], 0x66);
	ck_assert_uint_eq(disk.flushes, 1);
	ck_assert_uint_eq(fx_used_idx(&fx.q[0]), 1);
}
END_TEST

START_TEST(destroy_in_flight)
{
	pthread_t t;

	fx_up(&fx, FEATURES, 1, 128);
	fake_disk_hold(&disk, true);
	for (unsigned int i = 0; i < 20; i++)
		offer(i, VIRTIO_BLK_T_IN, 0, DATA + i * 512u, 512);
	fx_notify(&fx.q[0]);
	event_loop_once(fx.loop, false);
	pthread_create(&t, NULL, release_soon, NULL);
	fx_end(&fx);			/* waits */
	pthread_join(t, NULL);
	begin(0, false);
}
END_TEST

/* Random reads, writes, discards and zeroes against a plain buffer, 8 at a time. */
START_TEST(same_as_buffer)
{
	static uint8_t ref[SECTORS * 512];
	unsigned int seed = 4711;

	fx_up(&fx, FEATURES, 1, 128);
	for (int round = 0; round < 1500; round++) {
		struct { uint32_t type; unsigned int sector, n; } r[8];

		for (unsigned int i = 0; i < 8; i++) {
			/* Each in its own eighth of the disk: requests in flight are unordered. */
			gpa_t data = DATA + i * 0x4000u;
			uint8_t *p = mem_at(fx.mem, data, 0x4000);

			r[i].sector = i * (SECTORS / 8) + (unsigned int)rand_r(&seed) % 24;
			r[i].n = 1 + (unsigned int)rand_r(&seed) % 8;
			switch (rand_r(&seed) % 4) {
			case 0:
				r[i].type = VIRTIO_BLK_T_OUT;
				for (unsigned int k = 0; k < r[i].n * 512; k++)
					p[k] = (uint8_t)rand_r(&seed);
				memcpy(ref + r[i].sector * 512u, p, r[i].n * 512u);
				offer(i, r[i].type, r[i].sector, data, r[i].n * 512u);
				break;
			case 1:
				r[i].type = rand_r(&seed) % 2 ? VIRTIO_BLK_T_DISCARD :
								VIRTIO_BLK_T_WRITE_ZEROES;
				memcpy(p, &(struct virtio_blk_discard_write_zeroes){
					r[i].sector, r[i].n, 0 }, 16);
				memset(ref + r[i].sector * 512u, 0, r[i].n * 512u);
				offer(i, r[i].type, 0, data, 16);
				break;
			default:
				r[i].type = VIRTIO_BLK_T_IN;
				memset(p, 0xcc, r[i].n * 512u);
				offer(i, r[i].type, r[i].sector, data, r[i].n * 512u);
				break;
			}
		}
		fx_notify(&fx.q[0]);
		fx_turn(&fx);
		ck_assert_uint_eq(fx_used_idx(&fx.q[0]), (uint16_t)((round + 1) * 8));
		for (unsigned int i = 0; i < 8; i++) {
			ck_assert_uint_eq(status(i), VIRTIO_BLK_S_OK);
			if (r[i].type == VIRTIO_BLK_T_IN)
				ck_assert_mem_eq(mem_at(fx.mem, DATA + i * 0x4000u, 512u * r[i].n),
						 ref + r[i].sector * 512u, 512u * r[i].n);
		}
	}
	ck_assert_mem_eq(disk.data, ref, sizeof(ref));
}
END_TEST

static unsigned int pick(unsigned int *seed, unsigned int n)
{
	return (unsigned int)rand_r(seed) % n;
}

static void scramble(unsigned int *seed)
{
	for (unsigned int i = 0; i < 64; i++) {
		struct virtio_blk_outhdr hdr = {
			.type = pick(seed, 16),
			.sector = (uint64_t)rand_r(seed) >> pick(seed, 32),
		};

		fx_set_desc(&fx.q[0], i, HDR + pick(seed, 64) * 16u,
			    pick(seed, 3) ? 16 : pick(seed, 600),
			    (uint16_t)pick(seed, pick(seed, 6) ? 4 : 8),
			    (uint16_t)pick(seed, 65));
		memcpy(fx_at(&fx, HDR + i * 16u), &hdr, sizeof(hdr));
	}
}

/* Rubbish in ring, headers and registers; then a proper driver must get through. */
START_TEST(random_requests)
{
	unsigned int seed = 99;

	fx_end(&fx);
	begin(0, false);	/* overlapping buffers are the driver's own race */
	for (int round = 0; round < 1500; round++) {
		fx_up(&fx, FEATURES, 1, 64);
		for (int k = 0; k < 6; k++) {
			scramble(&seed);
			for (int i = rand_r(&seed) % 10; i > 0; i--)
				fx_offer(&fx.q[0], (uint16_t)((unsigned int)rand_r(&seed) % 64));
			fx_notify(&fx.q[0]);
			if (rand_r(&seed) % 10 == 0)
				fx_wr(&fx, VIRTIO_MMIO_STATUS, 0);
			fx_turn(&fx);
		}
	}
	fx_up(&fx, FEATURES, 1, 128);
	ck_assert_uint_eq(request(VIRTIO_BLK_T_IN, 0, DATA, 512), VIRTIO_BLK_S_OK);
}
END_TEST

static void fill(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, identity);
	tcase_add_test(tc, write_then_read);
	tcase_add_test(tc, any_framing);
	tcase_add_test(tc, flush_and_id);
	tcase_add_test(tc, host_error);
	tcase_add_test(tc, write_cache_modes);
	tcase_add_test(tc, discard_and_zeroes);
	tcase_add_test(tc, readonly_disk);
	tcase_add_test(tc, discard_not_offered);
	tcase_add_loop_test(tc, malformed_request, 0, 3);
	tcase_add_test(tc, many_in_flight);
	tcase_add_test(tc, reset_in_flight);
	tcase_add_test(tc, failure_in_flight);
	tcase_add_test(tc, quiesce_finishes_and_flushes);
	tcase_add_test(tc, destroy_in_flight);
	tcase_add_test(tc, same_as_buffer);
	tcase_add_test(tc, random_requests);
}

int main(void)
{
	return fx_run("vblk", fill);
}
