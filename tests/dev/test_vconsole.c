/* SPDX-License-Identifier: Apache-2.0 */
/* tests/dev/test_vconsole.c - the console against a driver and a chardev in memory. */
#include "devices/vconsole.h"

#include <linux/virtio_console.h>

#include "virtio_fakes.h"

#define RX 0
#define TX 1
#define RX_BUF UINT64_C(0x40000)	/* buffer i at RX_BUF + i * 0x100 */
#define TX_BUF UINT64_C(0x60000)
#define FEATURES (FX_FEATURES | BIT64(VIRTIO_RING_F_EVENT_IDX))

static struct virtio_fx fx;
static struct fake_chr chr;

static void set_up(void)
{
	struct virtio_dev *vd;

	fx_world(&fx, 0);
	fake_chr_init(&chr);
	ck_assert_int_eq(vconsole_create(&vd, "console", &chr.chr, fx.mem, fx.loop, NULL), 0);
	fx_plug(&fx, vd);
}

static void tear_down(void)
{
	fx_end(&fx);
	ck_assert(!chr.is_destroyed);		/* it was only lent */
	ck_assert_ptr_null(chr.chr.on_input);
}

static void offer_rx(unsigned int i, uint32_t len)
{
	fx_set_desc(&fx.q[RX], i, RX_BUF + i * 0x100u, len, VRING_DESC_F_WRITE, 0);
	fx_offer(&fx.q[RX], (uint16_t)i);
}

static void offer_tx(unsigned int i, const char *text)
{
	memcpy(fx_at(&fx, TX_BUF + i * 0x100u), text, strlen(text));
	fx_set_desc(&fx.q[TX], i, TX_BUF + i * 0x100u, (uint32_t)strlen(text), 0, 0);
	fx_offer(&fx.q[TX], (uint16_t)i);
}

START_TEST(identity)
{
	uint32_t low = fx_rd(&fx, VIRTIO_MMIO_DEVICE_FEATURES);

	ck_assert_uint_eq(fx_rd(&fx, VIRTIO_MMIO_DEVICE_ID), 3);
	ck_assert_uint_eq(low & BIT32(VIRTIO_CONSOLE_F_MULTIPORT), 0);
	ck_assert_uint_eq(low & BIT32(VIRTIO_CONSOLE_F_SIZE), 0);
}
END_TEST

START_TEST(output)
{
	fx_up(&fx, FEATURES, 2, 16);
	offer_tx(0, "Hello, ");
	offer_tx(1, "world");
	fx_notify(&fx.q[TX]);
	fx_turn(&fx);
	ck_assert_uint_eq(chr.out_len, 12);
	ck_assert_mem_eq(chr.out, "Hello, world", 12);
	ck_assert_uint_eq(fx_take(&fx.q[TX]).len, 0);
	ck_assert_uint_eq(fx_take(&fx.q[TX]).id, 1);
	ck_assert(fx.irq.level);
}
END_TEST

/* The chardev takes 10 bytes at a time: nothing lost, nothing popped beyond one chain. */
START_TEST(output_backpressure)
{
	fx_up(&fx, FEATURES, 2, 16);
	chr.out_limit = 10;
	offer_tx(0, "0123456");
	offer_tx(1, "789abcdefghi");
	offer_tx(2, "jkl");
	fx_notify(&fx.q[TX]);
	fx_turn(&fx);
	ck_assert_uint_eq(chr.out_len, 10);
	ck_assert_uint_eq(fx_used_idx(&fx.q[TX]), 1);
	fx_notify(&fx.q[TX]);		/* does not help */
	fx_turn(&fx);
	ck_assert_uint_eq(fx_used_idx(&fx.q[TX]), 1);
	chr.out_limit = 15;
	chardev_notify_writable(&chr.chr);
	ck_assert_uint_eq(chr.out_len, 15);
	ck_assert_uint_eq(fx_used_idx(&fx.q[TX]), 1);
	chr.out_limit = 1000;
	chardev_notify_writable(&chr.chr);
	ck_assert_uint_eq(chr.out_len, 22);
	ck_assert_mem_eq(chr.out, "0123456789abcdefghijkl", 22);
	ck_assert_uint_eq(fx_used_idx(&fx.q[TX]), 3);
	chardev_notify_writable(&chr.chr);	/* spurious */
	ck_assert_uint_eq(chr.out_len, 22);
}
END_TEST

START_TEST(quiesce_sends_what_is_left)
{
	fx_up(&fx, FEATURES, 2, 16);
	offer_tx(0, "bye");
	fx_notify(&fx.q[TX]);		/* posted only */
	fx.dev->ops->quiesce(fx.dev);
	ck_assert_uint_eq(chr.out_len, 3);
}
END_TEST

START_TEST(reset_drops_held_output)
{
	fx_up(&fx, FEATURES, 2, 16);
	chr.out_limit = 2;
	offer_tx(0, "0123");
	fx_notify(&fx.q[TX]);
	fx_turn(&fx);
	fx_wr(&fx, VIRTIO_MMIO_STATUS, 0);
	chr.out_limit = 100;
	chardev_notify_writable(&chr.chr);
	ck_assert_uint_eq(chr.out_len, 2);
	fx_up(&fx, FEATURES, 2, 16);
	offer_tx(0, "new");
	fx_notify(&fx.q[TX]);
	fx_turn(&fx);
	ck_assert_mem_eq(chr.out, "01new", 5);
}
END_TEST

START_TEST(input)
{
	struct vring_used_elem e;

	fx_up(&fx, FEATURES, 2, 16);
	offer_rx(0, 64);
	offer_rx(1, 64);
	fx_notify(&fx.q[RX]);
	fx_turn(&fx);
	ck_assert_uint_eq(fx_used_idx(&fx.q[RX]), 0);
	fake_chr_type(&chr, "ls\r", 3);
	e = fx_take(&fx.q[RX]);
	ck_assert_uint_eq(e.id, 0);
	ck_assert_uint_eq(e.len, 3);
	ck_assert_mem_eq(fx_at(&fx, RX_BUF), "ls\r", 3);
	ck_assert(fx.irq.level);
}
END_TEST

/* Input before buffers: it waits in the chardev and comes in order. */
START_TEST(input_backpressure)
{
	char typed[2000], got[2000];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(typed); i++)
		typed[i] = (char)('a' + i % 26);
	fake_chr_type(&chr, typed, 1000);	/* not even a driver */
	ck_assert_uint_eq(chr.in_done, 0);
	fx_up(&fx, FEATURES, 2, 16);
	ck_assert_uint_eq(chr.in_done, 0);	/* no buffer yet: nothing taken */
	fake_chr_type(&chr, typed + 1000, 1000);
	for (unsigned int i = 0; n < sizeof(typed); i++) {
		struct vring_used_elem e;

		ck_assert_uint_lt(i, 2000);
		offer_rx(i % 16, 1 + i % 7);
		fx_notify(&fx.q[RX]);
		fx_turn(&fx);
		e = fx_take(&fx.q[RX]);
		ck_assert_uint_eq(e.id, i % 16);
		memcpy(got + n, fx_at(&fx, RX_BUF + e.id * 0x100u), e.len);
		n += e.len;
	}
	ck_assert_mem_eq(got, typed, sizeof(typed));
}
END_TEST

START_TEST(rx_chain_without_room)
{
	fx_up(&fx, FEATURES, 2, 16);
	fx_set_desc(&fx.q[RX], 0, RX_BUF, 8, 0, 0);	/* device-readable: no use */
	fx_offer(&fx.q[RX], 0);
	offer_rx(1, 8);
	fx_notify(&fx.q[RX]);
	fake_chr_type(&chr, "k", 1);
	fx_turn(&fx);
	ck_assert_uint_eq(fx_take(&fx.q[RX]).len, 0);
	ck_assert_uint_eq(fx_take(&fx.q[RX]).len, 1);
}
END_TEST

/* The front of a mux follows the driver. */
START_TEST(active_while_driver_is_up)
{
	ck_assert(!chr.is_active);
	fx_up(&fx, FEATURES, 2, 16);
	ck_assert(chr.is_active);
	fx_wr(&fx, VIRTIO_MMIO_STATUS, 0);
	ck_assert(!chr.is_active);
	fx_up(&fx, FEATURES, 0, 16);		/* no queues: nothing can be delivered */
	ck_assert(!chr.is_active);
	fx_up(&fx, FEATURES, 2, 16);
	fx_set_desc(&fx.q[TX], 0, FX_RAM_BYTES, 8, 0, 0);
	fx_offer(&fx.q[TX], 0);
	fx_notify(&fx.q[TX]);
	fx_turn(&fx);
	ck_assert(fx_needs_reset(&fx));
	ck_assert(!chr.is_active);
	fake_chr_type(&chr, "x", 1);
	chardev_notify_writable(&chr.chr);
	ck_assert_uint_eq(chr.in_done, 0);
}
END_TEST

START_TEST(size_and_resize)
{
	vconsole_set_size(fx.vd, 80, 25);
	ck_assert(fx_rd(&fx, VIRTIO_MMIO_DEVICE_FEATURES) & BIT32(VIRTIO_CONSOLE_F_SIZE));
	ck_assert_uint_eq(bus_read(fx.bus, FX_BASE + 0x100, 2, 0), 80);
	ck_assert_uint_eq(bus_read(fx.bus, FX_BASE + 0x102, 2, 0), 25);
	fx_up(&fx, FEATURES | BIT64(VIRTIO_CONSOLE_F_SIZE), 2, 16);
	vconsole_set_size(fx.vd, 132, 43);
	ck_assert_uint_eq(fx_rd(&fx, VIRTIO_MMIO_INTERRUPT_STATUS), 2);
	ck_assert_uint_eq(bus_read(fx.bus, FX_BASE + 0x100, 4, 0), 132 | 43 << 16);
	/* Not for a driver that did not ask. */
	fx_up(&fx, FEATURES, 2, 16);
	vconsole_set_size(fx.vd, 80, 24);
	ck_assert_uint_eq(fx_rd(&fx, VIRTIO_MMIO_INTERRUPT_STATUS), 0);
}
END_TEST

START_TEST(emergency_write)
{
	bus_write(fx.bus, FX_BASE + 0x108, 4, '!', 0);
	bus_write(fx.bus, FX_BASE + 0x109, 1, '?', 0);
	bus_write(fx.bus, FX_BASE + 0x100, 2, 7, 0);	/* cols is not writable */
	ck_assert_uint_eq(chr.out_len, 1);
	ck_assert_uint_eq(chr.out[0], '!');
	ck_assert_uint_eq(fx.dev->guest_errors, 1);
}
END_TEST

/* Many chains in one go: the loop is given back in between, all arrive. */
START_TEST(output_flood)
{
	size_t sent = 0;

	fx_up(&fx, FEATURES, 2, 128);
	for (unsigned int round = 0; round < 20; round++) {
		for (unsigned int i = 0; i < 128; i++, sent += 3)
			offer_tx(i, "abc");
		fx_notify(&fx.q[TX]);
		fx_turn(&fx);
		ck_assert_uint_eq(chr.out_len, sent);
		ck_assert_uint_eq(fx_used_idx(&fx.q[TX]), (round + 1) * 128);
	}
}
END_TEST

static void fill(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, identity);
	tcase_add_test(tc, output);
	tcase_add_test(tc, output_backpressure);
	tcase_add_test(tc, quiesce_sends_what_is_left);
	tcase_add_test(tc, reset_drops_held_output);
	tcase_add_test(tc, input);
	tcase_add_test(tc, input_backpressure);
	tcase_add_test(tc, rx_chain_without_room);
	tcase_add_test(tc, active_while_driver_is_up);
	tcase_add_test(tc, size_and_resize);
	tcase_add_test(tc, emergency_write);
	tcase_add_test(tc, output_flood);
}

int main(void)
{
	return fx_run("vconsole", fill);
}
