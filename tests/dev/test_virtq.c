/* SPDX-License-Identifier: Apache-2.0 */
/* tests/dev/test_virtq.c - the ring against good, broken and hostile drivers. */
#include "devices/virtq.h"

#include <check.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <stdlib.h>
#include <string.h>

#include "util/bits.h"

#define RAM_BYTES UINT64_C(0x1000000)
#define DESC UINT64_C(0x1000)
#define AVAIL UINT64_C(0x3000)
#define USED UINT64_C(0x5000)
#define TABLE UINT64_C(0x8000)		/* an indirect table */
#define DATA UINT64_C(0x20000)
#define SIZE 8u
#define NEXT VRING_DESC_F_NEXT
#define WRITE VRING_DESC_F_WRITE
#define INDIRECT VRING_DESC_F_INDIRECT
#define ALL_FEATURES (BIT64(VIRTIO_RING_F_INDIRECT_DESC) | BIT64(VIRTIO_RING_F_EVENT_IDX))

static struct {
	struct memory *mem;
	struct virtq q;
	struct virtq_chain chain;
	struct err err;
	uint64_t written_bytes;
	unsigned int written_calls;
	gpa_t written_first;
} fx;

static void on_write(void *ctx, gpa_t gpa, uint64_t len)
{
	(void)ctx;
	if (!fx.written_calls++)
		fx.written_first = gpa;
	fx.written_bytes += len;
}

static void set_up(void)
{
	memset(&fx, 0, sizeof(fx));
	ck_assert_int_eq(mem_create(&fx.mem, RAM_BYTES, NULL), 0);
	fx.mem->on_write = on_write;
	virtq_reset(&fx.q, fx.mem);
}

static void tear_down(void)
{
	mem_destroy(fx.mem);
}

static int start(uint32_t size, uint64_t features)
{
	fx.q.size = size;
	fx.q.desc_gpa = DESC;
	fx.q.avail_gpa = AVAIL;
	fx.q.used_gpa = USED;
	return virtq_start(&fx.q, VIRTQ_MAX_SIZE, features, &fx.err);
}

static void put_desc(gpa_t table, unsigned int i, gpa_t addr, uint32_t len, uint16_t flags,
		     uint16_t next)
{
	struct vring_desc d = { addr, len, flags, next };

	memcpy(mem_at(fx.mem, table + i * sizeof(d), sizeof(d)), &d, sizeof(d));
}

static uint16_t *avail(void)
{
	return mem_at(fx.mem, AVAIL, 4);
}

static uint16_t *used(void)
{
	return mem_at(fx.mem, USED, 4);
}

static struct vring_used_elem *used_ring(void)
{
	return (void *)(used() + 2);
}

static void offer(uint16_t head)
{
	avail()[2 + avail()[1] % fx.q.size] = head;
	avail()[1]++;
}

static int pop(void)
{
	return virtq_pop(&fx.q, &fx.chain, &fx.err);
}

static const struct {
	uint32_t size;
	gpa_t desc, avail, used;
	int want;
} starts[] = {
	{ 8, DESC, AVAIL, USED, 0 },
	{ 1, DESC, AVAIL, USED, 0 },
	{ 256, DESC, AVAIL, USED, 0 },
	{ 0, DESC, AVAIL, USED, -EINVAL },
	{ 3, DESC, AVAIL, USED, -EINVAL },
	{ 512, DESC, AVAIL, USED, -EINVAL },
	{ 0x80000000u, DESC, AVAIL, USED, -EINVAL },
	{ 0xffffffffu, DESC, AVAIL, USED, -EINVAL },
	{ 8, DESC + 8, AVAIL, USED, -EINVAL },
	{ 8, DESC, AVAIL + 1, USED, -EINVAL },
	{ 8, DESC, AVAIL, USED + 2, -EINVAL },
	{ 8, RAM_BYTES, AVAIL, USED, -EINVAL },
	{ 8, RAM_BYTES - 16, AVAIL, USED, -EINVAL },	/* begins in RAM, ends outside */
	{ 8, RAM_BYTES - 128, AVAIL, USED, 0 },
	{ 8, DESC, RAM_BYTES - 20, USED, -EINVAL },	/* used_event would be outside */
	{ 8, DESC, RAM_BYTES - 22, USED, 0 },
	{ 8, DESC, AVAIL, RAM_BYTES - 68, -EINVAL },	/* avail_event would be outside */
	{ 8, DESC, AVAIL, RAM_BYTES - 72, 0 },
	{ 8, UINT64_MAX - 15, AVAIL, USED, -EINVAL },
	{ 8, DESC, UINT64_MAX - 1, USED, -EINVAL },
	{ 8, DESC, AVAIL, UINT64_MAX - 3, -EINVAL },
};

START_TEST(start_validates)
{
	fx.q.size = starts[_i].size;
	fx.q.desc_gpa = starts[_i].desc;
	fx.q.avail_gpa = starts[_i].avail;
	fx.q.used_gpa = starts[_i].used;
	ck_assert_int_eq(virtq_start(&fx.q, VIRTQ_MAX_SIZE, 0, &fx.err), starts[_i].want);
	ck_assert_int_eq(fx.q.is_ready, !starts[_i].want);
	ck_assert_int_eq(pop(), 0);
}
END_TEST

START_TEST(device_limit_counts)
{
	fx.q.size = 128;
	ck_assert_int_eq(virtq_start(&fx.q, 64, 0, &fx.err), -EINVAL);
}
END_TEST

START_TEST(plain_chain)
{
	char buf[16] = "";

	ck_assert_int_eq(start(SIZE, 0), 0);
	ck_assert_int_eq(pop(), 0);
	put_desc(DESC, 3, DATA, 5, NEXT, 6);
	put_desc(DESC, 6, DATA + 0x100, 6, NEXT, 1);
	put_desc(DESC, 1, DATA + 0x200, 10, NEXT | WRITE, 0);
	put_desc(DESC, 0, DATA + 0x300, 20, WRITE, 7);	/* next without the flag */
	memcpy(mem_at(fx.mem, DATA, 5), "hello", 5);
	memcpy(mem_at(fx.mem, DATA + 0x100, 6), " world", 6);
	offer(3);
	ck_assert(virtq_has_avail(&fx.q));
	ck_assert_int_eq(pop(), 1);
	ck_assert_uint_eq(fx.chain.head, 3);
	ck_assert_uint_eq(fx.chain.nout, 2);
	ck_assert_uint_eq(fx.chain.nin, 2);
	ck_assert_uint_eq(fx.chain.out_bytes, 11);
	ck_assert_uint_eq(fx.chain.in_bytes, 30);
	ck_assert_uint_eq(iov_copy_out(buf, sizeof(buf), fx.chain.iov, 2, 3), 8);
	ck_assert_str_eq(buf, "lo world");
	ck_assert_uint_eq(iov_copy_in(fx.chain.iov + 2, 2, 8, "abcdef", 6), 6);
	ck_assert_int_eq(memcmp(mem_at(fx.mem, DATA + 0x208, 2), "ab", 2), 0);
	ck_assert_int_eq(memcmp(mem_at(fx.mem, DATA + 0x300, 4), "cdef", 4), 0);
	ck_assert_uint_eq(iov_copy_in(fx.chain.iov + 2, 2, 29, "abcdef", 6), 1);

	virtq_push(&fx.q, &fx.chain, 14);
	ck_assert_uint_eq(used()[1], 1);
	ck_assert_uint_eq(used_ring()[0].id, 3);
	ck_assert_uint_eq(used_ring()[0].len, 14);
	/* 14 bytes of data, then the used element and the index. */
	ck_assert_uint_eq(fx.written_first, DATA + 0x200);
	ck_assert_uint_eq(fx.written_bytes, 14 + 8 + 2);
	ck_assert_uint_eq(fx.q.in_flight, 0);
}
END_TEST

/* A length the device made up never leaves the chain. */
START_TEST(push_is_clamped)
{
	ck_assert_int_eq(start(SIZE, 0), 0);
	put_desc(DESC, 0, DATA, 10, WRITE, 0);
	offer(0);
	ck_assert_int_eq(pop(), 1);
	virtq_push(&fx.q, &fx.chain, UINT64_MAX);
	ck_assert_uint_eq(used_ring()[0].len, 10);
	ck_assert_uint_eq(fx.written_bytes, 10 + 8 + 2);
}
END_TEST

START_TEST(indices_wrap)
{
	ck_assert_int_eq(start(2, 0), 0);
	put_desc(DESC, 1, DATA, 4, WRITE, 0);
	for (unsigned int i = 0; i < 70000; i++) {
		offer(1);
		ck_assert_int_eq(pop(), 1);
		virtq_push(&fx.q, &fx.chain, 4);
		ck_assert_uint_eq(used()[1], (uint16_t)(i + 1));
		ck_assert(virtq_should_signal(&fx.q));
	}
	ck_assert_int_eq(pop(), 0);
}
END_TEST

START_TEST(indirect_chain)
{
	ck_assert_int_eq(start(SIZE, ALL_FEATURES), 0);
	put_desc(DESC, 0, DATA, 4, NEXT, 1);
	put_desc(DESC, 1, TABLE, 3 * 16, INDIRECT, 0);
	put_desc(TABLE, 0, DATA + 16, 4, NEXT, 2);
	put_desc(TABLE, 2, DATA + 32, 4, WRITE | NEXT, 1);
	put_desc(TABLE, 1, DATA + 64, 4, WRITE, 0);
	offer(0);
	ck_assert_int_eq(pop(), 1);
	ck_assert_uint_eq(fx.chain.nout, 2);
	ck_assert_uint_eq(fx.chain.nin, 2);
	ck_assert_uint_eq(fx.chain.head, 0);
}
END_TEST

START_TEST(indirect_may_exceed_queue)
{
	unsigned int n = VIRTQ_MAX_PARTS;

	ck_assert_int_eq(start(2, ALL_FEATURES), 0);
	put_desc(DESC, 0, TABLE, n * 16, INDIRECT, 0);
	for (unsigned int i = 0; i < n; i++)
		put_desc(TABLE, i, DATA + i, 1, i + 1 < n ? NEXT : 0, (uint16_t)(i + 1));
	offer(0);
	ck_assert_int_eq(pop(), 1);
	ck_assert_uint_eq(fx.chain.nout, n);
}
END_TEST

/* ---- hostile ---- */

static void bad_next(void)	{ put_desc(DESC, 0, DATA, 4, NEXT, SIZE); }
static void bad_next_far(void)	{ put_desc(DESC, 0, DATA, 4, NEXT, 0xffff); }
static void self_loop(void)	{ put_desc(DESC, 0, DATA, 4, NEXT, 0); }
static void bad_addr(void)	{ put_desc(DESC, 0, RAM_BYTES, 4, 0, 0); }
static void past_end(void)	{ put_desc(DESC, 0, RAM_BYTES - 2, 4, 0, 0); }
static void wrap_addr(void)	{ put_desc(DESC, 0, UINT64_MAX - 1, 4, 0, 0); }
static void zero_len(void)	{ put_desc(DESC, 0, DATA, 0, 0, 0); }
static void giant_len(void)	{ put_desc(DESC, 0, DATA, 0xffffffff, WRITE, 0); }
static void table_len_0(void)	{ put_desc(DESC, 0, TABLE, 0, INDIRECT, 0); }
static void table_len_odd(void)	{ put_desc(DESC, 0, TABLE, 24, INDIRECT, 0); }
static void table_len_big(void)	{ put_desc(DESC, 0, TABLE, 257 * 16, INDIRECT, 0); }
static void table_len_max(void)	{ put_desc(DESC, 0, TABLE, 0xfffffff0, INDIRECT, 0); }
static void table_bad(void)	{ put_desc(DESC, 0, RAM_BYTES - 16, 32, INDIRECT, 0); }
static void table_next(void)	{ put_desc(DESC, 0, TABLE, 16, INDIRECT | NEXT, 1); }

static void two_loop(void)
{
	put_desc(DESC, 0, DATA, 4, NEXT, 1);
	put_desc(DESC, 1, DATA, 4, NEXT, 0);
}

static void out_after_in(void)
{
	put_desc(DESC, 0, DATA, 4, NEXT | WRITE, 1);
	put_desc(DESC, 1, DATA, 4, 0, 0);
}

static void too_many_bytes(void)
{
	/* Each is in RAM, together they are more than a chain may have: a loop of giants. */
	put_desc(DESC, 0, 0, RAM_BYTES, NEXT | WRITE, 1);
	put_desc(DESC, 1, 0, RAM_BYTES, NEXT | WRITE, 0);
}

static void nested_table(void)
{
	put_desc(DESC, 0, TABLE, 32, INDIRECT, 0);
	put_desc(TABLE, 0, TABLE, 32, INDIRECT, 0);
}

static void table_loop(void)
{
	put_desc(DESC, 0, TABLE, 32, INDIRECT, 0);
	put_desc(TABLE, 0, DATA, 4, NEXT, 1);
	put_desc(TABLE, 1, DATA, 4, NEXT, 0);
}

static void table_next_out(void)
{
	put_desc(DESC, 0, TABLE, 32, INDIRECT, 0);
	put_desc(TABLE, 0, DATA, 4, NEXT, 2);
}

static void (*const bad_chains[])(void) = {
	bad_next, bad_next_far, self_loop, two_loop, bad_addr, past_end, wrap_addr, zero_len,
	giant_len, out_after_in, too_many_bytes, table_len_0, table_len_odd, table_len_big,
	table_len_max, table_bad, table_next, nested_table, table_loop, table_next_out,
};

START_TEST(bad_chain_breaks_queue)
{
	ck_assert_int_eq(start(SIZE, ALL_FEATURES), 0);
	bad_chains[_i]();
	offer(0);
	ck_assert_int_eq(pop(), -EPROTO);
	ck_assert(fx.q.is_broken);
	ck_assert_uint_gt(strlen(fx.err.text), 5);
	/* From now on it is dead, and quiet. */
	ck_assert_int_eq(pop(), 0);
	ck_assert(!virtq_has_avail(&fx.q));
	ck_assert(!virtq_enable_notify(&fx.q));
	ck_assert(!virtq_should_signal(&fx.q));
	ck_assert_uint_eq(used()[1], 0);
	/* A new set-up heals it. */
	virtq_reset(&fx.q, fx.mem);
	avail()[1] = 0;
	ck_assert_int_eq(start(SIZE, ALL_FEATURES), 0);
	put_desc(DESC, 0, DATA, 4, 0, 0);
	offer(0);
	ck_assert_int_eq(pop(), 1);
}
END_TEST

START_TEST(indirect_needs_feature)
{
	ck_assert_int_eq(start(SIZE, 0), 0);
	put_desc(DESC, 0, TABLE, 16, INDIRECT, 0);
	put_desc(TABLE, 0, DATA, 4, 0, 0);
	offer(0);
	ck_assert_int_eq(pop(), -EPROTO);
}
END_TEST

START_TEST(bad_head)
{
	ck_assert_int_eq(start(SIZE, 0), 0);
	offer(SIZE);
	ck_assert_int_eq(pop(), -EPROTO);
}
END_TEST

START_TEST(bad_avail_index)
{
	ck_assert_int_eq(start(SIZE, 0), 0);
	avail()[1] = SIZE + 1;
	ck_assert_int_eq(pop(), -EPROTO);
}
END_TEST

/* The same descriptor offered for ever must not make the device collect chains. */
START_TEST(too_many_in_flight)
{
	ck_assert_int_eq(start(SIZE, 0), 0);
	put_desc(DESC, 0, DATA, 4, 0, 0);
	for (unsigned int i = 0; i < SIZE; i++) {
		offer(0);
		ck_assert_int_eq(pop(), 1);
	}
	offer(0);
	ck_assert_int_eq(pop(), -EPROTO);
}
END_TEST

/* ---- notifications ---- */

START_TEST(flags_suppress)
{
	ck_assert_int_eq(start(SIZE, 0), 0);
	put_desc(DESC, 0, DATA, 4, 0, 0);
	ck_assert(!virtq_should_signal(&fx.q));		/* nothing pushed */
	offer(0);
	pop();
	virtq_push(&fx.q, &fx.chain, 0);
	ck_assert(virtq_should_signal(&fx.q));
	ck_assert(!virtq_should_signal(&fx.q));		/* said already */
	avail()[0] = VRING_AVAIL_F_NO_INTERRUPT;
	offer(0);
	pop();
	virtq_push(&fx.q, &fx.chain, 0);
	ck_assert(!virtq_should_signal(&fx.q));

	virtq_disable_notify(&fx.q);
	ck_assert_uint_eq(used()[0], VRING_USED_F_NO_NOTIFY);
	ck_assert(!virtq_enable_notify(&fx.q));
	ck_assert_uint_eq(used()[0], 0);
	virtq_disable_notify(&fx.q);
	offer(0);
	ck_assert(virtq_enable_notify(&fx.q));		/* came in between */
}
END_TEST

START_TEST(event_index_suppresses)
{
	uint16_t *used_event, *avail_event;

	ck_assert_int_eq(start(SIZE, ALL_FEATURES), 0);
	used_event = &avail()[2 + SIZE];
	avail_event = (uint16_t *)(used_ring() + SIZE);
	put_desc(DESC, 0, DATA, 4, 0, 0);
	*used_event = 2;		/* wake me for the third */
	for (int i = 0; i < 5; i++) {
		offer(0);
		ck_assert_int_eq(pop(), 1);
		virtq_push(&fx.q, &fx.chain, 0);
		ck_assert_int_eq(virtq_should_signal(&fx.q), i == 2);
	}
	/* A batch that passes the mark signals once. */
	*used_event = 6;
	for (int i = 0; i < 4; i++) {
		offer(0);
		ck_assert_int_eq(pop(), 1);
		virtq_push(&fx.q, &fx.chain, 0);
	}
	ck_assert(virtq_should_signal(&fx.q));
	ck_assert(!virtq_should_signal(&fx.q));
	/* The device asks for a notification at the next chain only when it is asked to. */
	ck_assert_uint_eq(*avail_event, 0);
	ck_assert(!virtq_enable_notify(&fx.q));
	ck_assert_uint_eq(*avail_event, 9);
	virtq_disable_notify(&fx.q);
	ck_assert_uint_eq(used()[0], 0);
	ck_assert_uint_eq(*avail_event, 9);
}
END_TEST

/* Random rings: whatever happens stays inside RAM and ends (the sanitizers watch). */
START_TEST(random_rings)
{
	unsigned int seed = 20240607;
	unsigned int good = 0, bad = 0;

	for (int round = 0; round < 3000; round++) {
		virtq_reset(&fx.q, fx.mem);
		avail()[1] = 0;
		for (unsigned int i = 0; i < SIZE; i++)
			put_desc(DESC, i, rand_r(&seed) % 8 ? DATA + (unsigned int)rand_r(&seed) %
				 0x1000 : (gpa_t)rand_r(&seed) << (rand_r(&seed) % 34),
				 rand_r(&seed) % 8 ? 1 + (unsigned int)rand_r(&seed) % 64 :
				 (unsigned int)rand_r(&seed) * 2u,
				 (uint16_t)(rand_r(&seed) % (rand_r(&seed) % 4 ? 2 : 8)),
				 (uint16_t)((unsigned int)rand_r(&seed) % (SIZE + 1)));
		for (unsigned int i = 0; i < 64; i++)
			put_desc(TABLE, i, DATA, 1 + (unsigned int)rand_r(&seed) % 64,
				 (uint16_t)(rand_r(&seed) % 4),
				 (uint16_t)((unsigned int)rand_r(&seed) % 66));
		ck_assert_int_eq(start(SIZE, ALL_FEATURES), 0);
		for (int i = 0; i < 20; i++) {
			int ret;

			if (rand_r(&seed) % 50 == 0)
				avail()[1] = (uint16_t)rand_r(&seed);
			offer((uint16_t)((unsigned int)rand_r(&seed) % SIZE));
			ret = pop();
			good += ret == 1;
			bad += ret < 0;
			if (ret != 1)
				continue;
			for (unsigned int p = 0; p < fx.chain.nout + fx.chain.nin; p++)
				memset(fx.chain.iov[p].iov_base, 0x5a, p < fx.chain.nout ? 0 :
				       fx.chain.iov[p].iov_len);
			virtq_push(&fx.q, &fx.chain, fx.chain.in_bytes);
			virtq_should_signal(&fx.q);
			virtq_enable_notify(&fx.q);
		}
	}
	ck_assert_uint_gt(good, 1000);
	ck_assert_uint_gt(bad, 1000);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("virtq");
	TCase *tc = tcase_create("virtq");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, start_validates, 0, ARRAY_SIZE(starts));
	tcase_add_test(tc, device_limit_counts);
	tcase_add_test(tc, plain_chain);
	tcase_add_test(tc, push_is_clamped);
	tcase_add_test(tc, indices_wrap);
	tcase_add_test(tc, indirect_chain);
	tcase_add_test(tc, indirect_may_exceed_queue);
	tcase_add_loop_test(tc, bad_chain_breaks_queue, 0, ARRAY_SIZE(bad_chains));
	tcase_add_test(tc, indirect_needs_feature);
	tcase_add_test(tc, bad_head);
	tcase_add_test(tc, bad_avail_index);
	tcase_add_test(tc, too_many_in_flight);
	tcase_add_test(tc, flags_suppress);
	tcase_add_test(tc, event_index_suppresses);
	tcase_add_test(tc, random_rings);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
