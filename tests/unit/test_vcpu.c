/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/test_vcpu.c - the threads of the vCPUs, on an engine that only waits for a
 * kick and notes what is done to it.
 */
#include "vcpu.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util/bits.h"

#define N 4

struct fake_cpu {
	bool is_inside;
	bool is_kicked;
	bool must_fail;
	bool has_signals;		/* the thread would take signals */
	unsigned int runs, resets;
	uint64_t pc, args[3];
	pthread_t thread;
};

struct be_vm {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct fake_cpu cpus[N];
	unsigned int fails;
	struct err why;
};

static struct be_vm be;
static struct vcpu_set *set;
static const uint64_t no_args[3];

static void fake_reset(struct be_vm *vm, unsigned int i, uint64_t pc, const uint64_t args[3])
{
	struct fake_cpu *c = &vm->cpus[i];

	pthread_mutex_lock(&vm->lock);
	ck_assert(!c->is_inside);
	c->resets++;
	c->pc = pc;
	memcpy(c->args, args, sizeof(c->args));
	pthread_mutex_unlock(&vm->lock);
}

static int fake_run(struct be_vm *vm, unsigned int i, struct err *err)
{
	struct fake_cpu *c = &vm->cpus[i];
	sigset_t blocked;
	int ret = 0;

	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	pthread_mutex_lock(&vm->lock);
	ck_assert(!c->is_inside);
	c->is_inside = true;
	c->has_signals = !sigismember(&blocked, SIGTERM) || !sigismember(&blocked, SIGINT);
	c->thread = pthread_self();
	c->runs++;
	pthread_cond_broadcast(&vm->changed);
	while (!c->is_kicked && !c->must_fail)
		pthread_cond_wait(&vm->changed, &vm->lock);
	c->is_kicked = false;
	if (c->must_fail)
		ret = err_set(err, -EIO, "vCPU %u caught fire", i);
	c->must_fail = false;
	c->is_inside = false;
	pthread_mutex_unlock(&vm->lock);
	return ret;
}

static void fake_kick(struct be_vm *vm, unsigned int i)
{
	pthread_mutex_lock(&vm->lock);
	vm->cpus[i].is_kicked = true;
	pthread_cond_broadcast(&vm->changed);
	pthread_mutex_unlock(&vm->lock);
}

static const struct backend_ops fake_ops = {
	.name = "fake",
	.vcpu_reset = fake_reset,
	.vcpu_run = fake_run,
	.vcpu_kick = fake_kick,
};

static void on_fail(void *ctx, const struct err *err)
{
	struct be_vm *vm = ctx;

	pthread_mutex_lock(&vm->lock);
	vm->fails++;
	vm->why = *err;
	pthread_cond_broadcast(&vm->changed);
	pthread_mutex_unlock(&vm->lock);
}

static void set_up(void)
{
	be = (struct be_vm){ .fails = 0 };
	pthread_mutex_init(&be.lock, NULL);
	pthread_cond_init(&be.changed, NULL);
	ck_assert_int_eq(vcpu_set_create(&set, &fake_ops, &be, N, on_fail, &be, NULL), 0);
}

static void tear_down(void)
{
	vcpu_set_destroy(set);
	for (unsigned int i = 0; i < N; i++)
		ck_assert(!be.cpus[i].is_inside);
}

static void wait_inside(unsigned int i)
{
	pthread_mutex_lock(&be.lock);
	while (!be.cpus[i].is_inside)
		pthread_cond_wait(&be.changed, &be.lock);
	pthread_mutex_unlock(&be.lock);
}

static struct fake_cpu seen(unsigned int i)
{
	struct fake_cpu c;

	pthread_mutex_lock(&be.lock);
	c = be.cpus[i];
	pthread_mutex_unlock(&be.lock);
	return c;
}

static void nap(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 20 * 1000 * 1000 }, NULL);
}

START_TEST(start_in_reset_state)
{
	static const uint64_t args[3] = { 1, 2, 3 }, others[3] = { 4, 5, 6 };
	struct fake_cpu c;

	nap();
	for (unsigned int i = 0; i < N; i++)
		ck_assert_uint_eq(seen(i).runs, 0);
	vcpu_set_start(set, 1, 0x1234, args);
	wait_inside(1);
	/* It runs: a second start has no effect, not even later. */
	vcpu_set_start(set, 1, 0x5678, others);
	vcpu_set_pause(set);
	vcpu_set_resume(set);
	wait_inside(1);
	c = seen(1);
	ck_assert_uint_eq(c.resets, 1);
	ck_assert_uint_eq(c.pc, 0x1234);
	ck_assert_mem_eq(c.args, args, sizeof(args));
	ck_assert(!c.has_signals);
	ck_assert(!pthread_equal(c.thread, pthread_self()));
	for (unsigned int i = 0; i < N; i++)
		ck_assert_uint_eq(seen(i).runs, i == 1 ? 2 : 0);
}
END_TEST

START_TEST(pause_and_resume)
{
	for (unsigned int i = 0; i < N - 1; i++)
		vcpu_set_start(set, i, i, no_args);
	for (unsigned int round = 1; round <= 50; round++) {
		for (unsigned int i = 0; i < N - 1; i++)
			wait_inside(i);
		vcpu_set_pause(set);
		for (unsigned int i = 0; i < N; i++)
			ck_assert(!seen(i).is_inside);
		vcpu_set_pause(set);		/* once more does no harm */
		vcpu_set_resume(set);
	}
	nap();
	for (unsigned int i = 0; i < N; i++) {
		struct fake_cpu c = seen(i);

		/* One run per round: no kick is left over that would end the next at once. */
		ck_assert_uint_eq(c.runs, i == N - 1 ? 0 : 51);
		ck_assert_uint_eq(c.resets, i == N - 1 ? 0 : 1);
	}
}
END_TEST

START_TEST(start_while_paused)
{
	vcpu_set_pause(set);
	vcpu_set_start(set, 2, 0x42, no_args);
	nap();
	ck_assert_uint_eq(seen(2).runs, 0);
	vcpu_set_resume(set);
	wait_inside(2);
	ck_assert_uint_eq(seen(2).pc, 0x42);
}
END_TEST

/* What a reboot does. */
START_TEST(park_and_start_anew)
{
	for (unsigned int i = 0; i < N; i++) {
		vcpu_set_start(set, i, 1, no_args);
		wait_inside(i);
	}
	vcpu_set_pause(set);
	vcpu_set_park(set);
	vcpu_set_resume(set);
	nap();
	for (unsigned int i = 0; i < N; i++)
		ck_assert(!seen(i).is_inside);
	vcpu_set_start(set, 0, 2, no_args);
	wait_inside(0);
	ck_assert_uint_eq(seen(0).pc, 2);
	ck_assert_uint_eq(seen(0).resets, 2);
	for (unsigned int i = 1; i < N; i++)
		ck_assert(!seen(i).is_inside);
}
END_TEST

/* A start that park takes back never happens. */
START_TEST(park_forgets_a_start)
{
	vcpu_set_pause(set);
	vcpu_set_start(set, 3, 7, no_args);
	vcpu_set_park(set);
	vcpu_set_resume(set);
	nap();
	ck_assert_uint_eq(seen(3).runs, 0);
	ck_assert_uint_eq(seen(3).resets, 0);
}
END_TEST

START_TEST(failing_engine)
{
	vcpu_set_start(set, 0, 1, no_args);
	vcpu_set_start(set, 1, 1, no_args);
	wait_inside(0);
	wait_inside(1);
	pthread_mutex_lock(&be.lock);
	be.cpus[1].must_fail = true;
	pthread_cond_broadcast(&be.changed);
	while (!be.fails)
		pthread_cond_wait(&be.changed, &be.lock);
	pthread_mutex_unlock(&be.lock);
	ck_assert_str_eq(be.why.text, "vCPU 1 caught fire");
	nap();
	ck_assert_uint_eq(be.fails, 1);		/* it is not tried again by itself */
	ck_assert_uint_eq(seen(1).runs, 1);
	ck_assert(seen(0).is_inside);
	vcpu_set_pause(set);			/* and holds nobody up */
	vcpu_set_resume(set);
	vcpu_set_start(set, 1, 9, no_args);
	wait_inside(1);
	ck_assert_uint_eq(seen(1).pc, 9);
}
END_TEST

/* _i: parked, running, paused, or a start that nobody has followed yet. */
START_TEST(destroy_any_time)
{
	for (unsigned int i = 0; _i && i < N; i++)
		vcpu_set_start(set, i, 1, no_args);
	for (unsigned int i = 0; _i == 1 && i < N; i++)
		wait_inside(i);
	if (_i == 2)
		vcpu_set_pause(set);
	/* tear_down() destroys it. */
}
END_TEST

static void *starter(void *arg)
{
	atomic_bool *is_over = arg;

	while (!atomic_load(is_over)) {
		for (unsigned int i = 0; i < N; i++)
			vcpu_set_start(set, i, i, no_args);
	}
	return NULL;
}

/* Starts from another thread at any moment; the fake asserts what must never be. */
START_TEST(race)
{
	atomic_bool is_over = false;
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, starter, &is_over), 0);
	for (unsigned int round = 0; round < 300; round++) {
		vcpu_set_pause(set);
		for (unsigned int i = 0; i < N; i++)
			ck_assert(!seen(i).is_inside);
		if (round % 3 == 0)
			vcpu_set_park(set);
		vcpu_set_resume(set);
	}
	atomic_store(&is_over, true);
	pthread_join(thread, NULL);
}
END_TEST

START_TEST(destroy_nothing)
{
	vcpu_set_destroy(NULL);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("vcpu");
	TCase *tc = tcase_create("vcpu");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, start_in_reset_state);
	tcase_add_test(tc, pause_and_resume);
	tcase_add_test(tc, start_while_paused);
	tcase_add_test(tc, park_and_start_anew);
	tcase_add_test(tc, park_forgets_a_start);
	tcase_add_test(tc, failing_engine);
	tcase_add_loop_test(tc, destroy_any_time, 0, 4);
	tcase_add_test(tc, race);
	tcase_add_test(tc, destroy_nothing);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
