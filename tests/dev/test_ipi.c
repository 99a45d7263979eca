/* SPDX-License-Identifier: Apache-2.0 */
/* tests/dev/test_ipi.c - IPIs, mailboxes, parked vCPUs and chip registers. */
#include <errno.h>
#include <pthread.h>

#include "devices/irqchip/eiointc.h"
#include "devices/irqchip/ipi.h"
#include "plat_fakes.h"

#define STATUS 0x1000
#define ENABLE 0x1004
#define SET 0x1008
#define CLEAR 0x100c
#define MBUF(n) (0x1020 + 8 * (n))
#define IPI_SEND 0x1040
#define MAIL_SEND 0x1048
#define ANY_SEND 0x1158
#define MISC_FUNC 0x420
#define BLOCKING BIT64(31)
#define IS_IPI BIT32(12)
#define NVCPUS 3

static struct fake_cpus cpus;
static struct fake_ctl ctl;
static struct bus *iocsr;
static struct device *ipi;
static struct err err;

static void setup(void)
{
	struct ipi_cfg cfg;

	memset(&cpus, 0, sizeof(cpus));
	fake_ctl_init(&ctl);
	ck_assert_int_eq(bus_create(&iocsr, "iocsr", 0, &err), 0);
	cfg = (struct ipi_cfg){ fake_cpu_lines(&cpus, NVCPUS), iocsr, &ctl.ctl, false };
	ck_assert_int_eq(ipi_create(&cfg, &ipi, &err), 0);
}

static void teardown(void)
{
	ipi->ops->destroy(ipi);
	bus_destroy(iocsr);
}

static uint64_t rd(uint64_t addr, unsigned int size, unsigned int vcpu)
{
	return bus_read(iocsr, addr, size, vcpu);
}

static void wr(uint64_t addr, unsigned int size, uint64_t val, unsigned int vcpu)
{
	bus_write(iocsr, addr, size, val, vcpu);
}

static void mail(unsigned int from, unsigned int to, unsigned int half, unsigned int keep,
		 uint32_t data)
{
	wr(MAIL_SEND, 8, (uint64_t)data << 32 | BLOCKING | (uint64_t)keep << 27 |
	   (uint64_t)to << 16 | half << 2, from);
}

static void any_send(unsigned int from, unsigned int to, uint32_t addr, unsigned int keep,
		     uint32_t data)
{
	wr(ANY_SEND, 8, (uint64_t)data << 32 | BLOCKING | (uint64_t)keep << 27 |
	   (uint64_t)to << 16 | addr, from);
}

START_TEST(chip_registers)
{
	ck_assert_uint_eq(rd(0x0, 4, 0), 0x11);
	ck_assert_uint_eq(rd(0x8, 4, 1), 0x1c);		/* VM (bit 11) is 0 */
	ck_assert_uint_eq(rd(0x10, 8, 0), 0x6e6f73676e6f6f4c);
	ck_assert_uint_eq(rd(0x20, 8, 0), 0x0000303030354133);
	ck_assert_uint_eq(rd(0x24, 4, 0), 0x3030);
	ck_assert_uint_eq(rd(0x408, 8, 0), 0);
	ck_assert_uint_eq(rd(MISC_FUNC, 8, 0), BIT64(48));
	/* Linux sets bit 48 by read-modify-write; the register is shared. */
	wr(MISC_FUNC, 8, rd(MISC_FUNC, 8, 1) | BIT64(48) | BIT64(21), 1);
	ck_assert_uint_eq(rd(MISC_FUNC, 8, 0), BIT64(48) | BIT64(21));
	wr(0x10, 8, 0, 0);
	ck_assert_uint_eq(rd(0x10, 8, 0), 0x6e6f73676e6f6f4c);
	fake_reset(ipi);
	ck_assert_uint_eq(rd(MISC_FUNC, 8, 0), BIT64(48));
}
END_TEST

START_TEST(line_follows_status_and_enable)
{
	wr(SET, 4, 0x6, 0);
	ck_assert_uint_eq(rd(STATUS, 4, 0), 0x6);
	ck_assert_uint_eq(fake_estat(&cpus, 0), 0);	/* not enabled */
	wr(ENABLE, 4, 0x2, 0);
	ck_assert_uint_eq(fake_estat(&cpus, 0), IS_IPI);
	wr(CLEAR, 4, 0x2, 0);
	/* STATUS is not 0, but what is left is not enabled. */
	ck_assert_uint_eq(rd(STATUS, 4, 0), 0x4);
	ck_assert_uint_eq(fake_estat(&cpus, 0), 0);
	wr(ENABLE, 4, UINT32_MAX, 0);
	ck_assert_uint_eq(fake_estat(&cpus, 0), IS_IPI);
	wr(ENABLE, 4, 0, 0);
	ck_assert_uint_eq(fake_estat(&cpus, 0), 0);
	ck_assert_uint_eq(rd(SET, 8, 0), 0);
	ck_assert_uint_eq(rd(STATUS, 8, 0), 0x4);
	wr(STATUS, 4, 0, 0);				/* read-only */
	ck_assert_uint_eq(rd(STATUS, 4, 0), 0x4);
	ck_assert_uint_eq(ipi->guest_errors, 1);
}
END_TEST

START_TEST(linux_sends_and_acknowledges)
{
	wr(ENABLE, 4, UINT32_MAX, 0);
	for (unsigned int action = 0; action < 32; action++) {
		wr(IPI_SEND, 4, BLOCKING | 0u << 16 | action, 1);
		ck_assert_uint_eq(rd(STATUS, 4, 0), BIT32(action));
		ck_assert_uint_eq(fake_estat(&cpus, 0), IS_IPI);
		ck_assert_uint_eq(rd(STATUS, 4, 2), 0);
		wr(CLEAR, 4, rd(STATUS, 4, 0), 0);
		ck_assert_uint_eq(fake_estat(&cpus, 0), 0);
	}
	ck_assert_uint_eq(cpus.rises[0][12], 32);
	wr(IPI_SEND, 4, 1000u << 16 | 1, 0);		/* no such CPU */
	wr(IPI_SEND, 2, 1, 0);				/* half a command */
	ck_assert_uint_eq(ipi->guest_errors, 2);
	ck_assert_uint_eq(rd(STATUS, 4, 0), 0);
}
END_TEST

START_TEST(mailboxes)
{
	mail(0, 2, 1, 0, 0x11223344);			/* high half of MBUF0 */
	mail(0, 2, 0, 0, 0x55667788);
	ck_assert_uint_eq(rd(MBUF(0), 8, 2), 0x1122334455667788);
	ck_assert_uint_eq(rd(MBUF(0) + 4, 4, 2), 0x11223344);
	ck_assert_uint_eq(rd(MBUF(0), 8, 0), 0);
	/* A 1 in the byte mask keeps the byte. */
	mail(0, 2, 0, 0x5, 0xaabbccdd);
	ck_assert_uint_eq(rd(MBUF(0), 8, 2), 0x11223344aa66cc88);
	mail(0, 2, 7, 0, 0xdeadbeef);			/* high half of MBUF3 */
	ck_assert_uint_eq(rd(MBUF(3), 8, 2), 0xdeadbeef00000000);
	wr(MBUF(3), 8, 0, 2);
	ck_assert_uint_eq(rd(MBUF(3), 8, 2), 0);
	wr(MBUF(1) + 4, 4, 0x1234, 1);
	ck_assert_uint_eq(rd(MBUF(1), 8, 1), 0x123400000000);
	mail(0, NVCPUS, 0, 0, 1);
	wr(MAIL_SEND, 4, 1, 0);
	ck_assert_uint_eq(ipi->guest_errors, 2);
}
END_TEST

START_TEST(linux_starts_a_secondary)
{
	/* A parked vCPU waits with all IPIs enabled, as in the boot ROM's loop. */
	ck_assert_uint_eq(rd(ENABLE, 4, 1), UINT32_MAX);
	mail(0, 1, 1, 0, 0x00000000);
	mail(0, 1, 0, 0, 0x00a4c000);
	ck_assert_uint_eq(ctl.starts, 0);		/* the mail alone wakes nobody */
	wr(IPI_SEND, 4, BLOCKING | 1u << 16 | 0, 0);
	ck_assert_uint_eq(ctl.starts, 1);
	ck_assert_uint_eq(ctl.vcpu, 1);
	ck_assert_uint_eq(ctl.pc, 0x00a4c000);
	ck_assert_uint_eq(rd(STATUS, 4, 1), 0);
	ck_assert_uint_eq(fake_estat(&cpus, 1), 0);
	/* From now on IPIs are ordinary; MBUF0 still holds the address. */
	wr(IPI_SEND, 4, BLOCKING | 1u << 16 | 1, 0);
	ck_assert_uint_eq(ctl.starts, 1);
	ck_assert_uint_eq(fake_estat(&cpus, 1), IS_IPI);
	/* A reset parks it again. */
	fake_reset(ipi);
	ck_assert_uint_eq(fake_estat(&cpus, 1), 0);
	ck_assert_uint_eq(rd(MBUF(0), 8, 1), 0);
	wr(IPI_SEND, 4, 1u << 16, 0);
	mail(0, 1, 0, 0, 0x200000);			/* the other order works, too */
	ck_assert_uint_eq(ctl.starts, 2);
	ck_assert_uint_eq(ctl.pc, 0x200000);
}
END_TEST

START_TEST(arceos_starts_a_secondary)
{
	/* Cached address, IPI bit 1, an argument in MBUF1. */
	mail(0, 2, 2, 0, 0x1234);
	mail(0, 2, 1, 0, 0x90000000);
	mail(0, 2, 0, 0, 0x80001000);
	wr(IPI_SEND, 4, 2u << 16 | 1, 0);
	ck_assert_uint_eq(ctl.starts, 1);
	ck_assert_uint_eq(ctl.vcpu, 2);
	ck_assert_uint_eq(ctl.pc, 0x80001000);
	ck_assert_uint_eq(rd(MBUF(1), 8, 2), 0x1234);
	/* vCPU 0 runs from the beginning. */
	wr(MBUF(0), 8, 0x1000, 0);
	wr(IPI_SEND, 4, 0, 0);
	ck_assert_uint_eq(ctl.starts, 1);
}
END_TEST

START_TEST(any_send_writes_as_the_target)
{
	struct eiointc_cfg cfg = { fake_cpu_lines(&cpus, NVCPUS), iocsr };
	struct device *eio;

	ck_assert_int_eq(eiointc_create(&cfg, &eio, &err), 0);
	any_send(0, 1, 0x1c10, 0, 0x04030201);
	ck_assert_uint_eq(rd(0x1c10, 4, 0), 0x04030201);
	any_send(0, 1, 0x1c10, 0xb, 0x00aa0000);	/* one byte, as Linux routes */
	ck_assert_uint_eq(rd(0x1c10, 4, 0), 0x04aa0201);
	any_send(0, 1, 0x1c10, 0xf, 0xffffffff);	/* keeps all */
	ck_assert_uint_eq(rd(0x1c10, 4, 0), 0x04aa0201);
	/* Our own registers, with the lock taken. */
	any_send(0, 0, ENABLE, 0, 0xff);
	any_send(2, 0, SET, 0, 0x10);
	ck_assert_uint_eq(rd(STATUS, 4, 0), 0x10);
	ck_assert_uint_eq(fake_estat(&cpus, 0), IS_IPI);
	any_send(0, 2, MBUF(2) + 4, 0xe, 0x99);
	ck_assert_uint_eq(rd(MBUF(2), 8, 2), 0x9900000000);
	any_send(0, 1, IPI_SEND, 0, 0u << 16 | 7);
	ck_assert_uint_eq(rd(STATUS, 4, 0), 0x90);
	ck_assert_uint_eq(ipi->guest_errors, 0);
	/* It cannot send itself, nor reach a CPU that is not there; nothing is no error. */
	any_send(0, 1, ANY_SEND, 0, 0x12345678);
	any_send(0, 1, MAIL_SEND, 0, 0x12345678);
	any_send(0, 1023, 0x1c10, 0, 0);
	ck_assert_uint_eq(ipi->guest_errors, 3);
	any_send(0, 1, 0x5000, 0, 1);
	any_send(0, 1, 0xffff, 0, 1);
	eio->ops->destroy(eio);
}
END_TEST

START_TEST(hostile_accesses)
{
	struct eiointc_cfg cfg = { fake_cpu_lines(&cpus, NVCPUS), iocsr };
	struct device *eio;

	ck_assert_int_eq(eiointc_create(&cfg, &eio, &err), 0);
	fake_hammer(iocsr, 0, 0x1d00, NVCPUS, 200000);
	ck_assert_uint_eq(rd(STATUS, 4, NVCPUS), 0);	/* a vCPU that does not exist */
	wr(SET, 4, 1, 1000);
	fake_reset(eio);
	fake_reset(ipi);
	for (unsigned int i = 0; i < NVCPUS; i++)
		ck_assert_uint_eq(fake_estat(&cpus, i), 0);
	eio->ops->destroy(eio);
}
END_TEST

START_TEST(refuses_bad_configurations)
{
	struct ipi_cfg cfg = { fake_cpu_lines(&cpus, 0), iocsr, &ctl.ctl, false };
	struct device *dev;

	ck_assert_int_eq(ipi_create(&cfg, &dev, &err), -EINVAL);
	cfg.lines.nvcpus = 1025;
	ck_assert_int_eq(ipi_create(&cfg, &dev, &err), -EINVAL);
	cfg.lines.nvcpus = 1;
	ck_assert_int_eq(ipi_create(&cfg, &dev, &err), -EEXIST);	/* one per bus */
}
END_TEST

#define ROUNDS 20000

static void *sender(void *arg)
{
	unsigned int bit = *(unsigned int *)arg;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		wr(IPI_SEND, 4, 0u << 16 | bit, 1);
		any_send(2, 0, SET, 0, BIT32(bit + 8));
	}
	return NULL;
}

static void *receiver(void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < ROUNDS; i++)
		wr(CLEAR, 4, rd(STATUS, 4, 0), 0);
	return NULL;
}

START_TEST(threads_send_and_acknowledge)
{
	unsigned int bits[] = { 1, 2 };
	pthread_t t[3];

	wr(ENABLE, 4, UINT32_MAX, 0);
	ck_assert_int_eq(pthread_create(&t[0], NULL, sender, &bits[0]), 0);
	ck_assert_int_eq(pthread_create(&t[1], NULL, sender, &bits[1]), 0);
	ck_assert_int_eq(pthread_create(&t[2], NULL, receiver, NULL), 0);
	for (unsigned int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	ck_assert_uint_eq(fake_estat(&cpus, 0) == IS_IPI, rd(STATUS, 4, 0) != 0);
	wr(CLEAR, 4, UINT32_MAX, 0);
	ck_assert_uint_eq(fake_estat(&cpus, 0), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ipi");
	TCase *tc = tcase_create("ipi");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, chip_registers);
	tcase_add_test(tc, line_follows_status_and_enable);
	tcase_add_test(tc, linux_sends_and_acknowledges);
	tcase_add_test(tc, mailboxes);
	tcase_add_test(tc, linux_starts_a_secondary);
	tcase_add_test(tc, arceos_starts_a_secondary);
	tcase_add_test(tc, any_send_writes_as_the_target);
	tcase_add_test(tc, hostile_accesses);
	tcase_add_test(tc, refuses_bad_configurations);
	tcase_add_test(tc, threads_send_and_acknowledge);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
