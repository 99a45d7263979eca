/* SPDX-License-Identifier: Apache-2.0 */
/* vcpu.c - see vcpu.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "vcpu.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct vcpu {
	struct vcpu_set *set;
	unsigned int index;
	pthread_t thread;
	bool has_thread;	/* main thread */
	bool is_parked;		/* set->lock */
	bool is_inside;		/* set->lock: between vcpu_run() and its return */
	bool must_reset;	/* set->lock */
	uint64_t pc;		/* set->lock */
	uint64_t args[3];	/* set->lock */
};

struct vcpu_set {
	const struct backend_ops *ops;
	struct be_vm *be;
	void (*on_fail)(void *ctx, const struct err *err);
	void *fail_ctx;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool is_paused;		/* lock */
	bool is_ending;		/* lock */
	unsigned int n;
	struct vcpu *vcpus;
};

/* Waits until the vCPU may run; false: end.  Applies a pending reset. */
static bool wait_to_run(struct vcpu *v)
{
	struct vcpu_set *set = v->set;
	bool go;

	pthread_mutex_lock(&set->lock);
	while (!set->is_ending && (set->is_paused || v->is_parked))
		pthread_cond_wait(&set->changed, &set->lock);
	go = !set->is_ending;
	if (go && v->must_reset) {
		set->ops->vcpu_reset(set->be, v->index, v->pc, v->args);
		v->must_reset = false;
	}
	v->is_inside = go;
	pthread_mutex_unlock(&set->lock);
	return go;
}

static void *vcpu_thread(void *arg)
{
	struct vcpu *v = arg;
	struct vcpu_set *set = v->set;

	while (wait_to_run(v)) {
		struct err err;
		int ret = set->ops->vcpu_run(set->be, v->index, &err);

		pthread_mutex_lock(&set->lock);
		v->is_inside = false;
		if (ret)
			v->is_parked = true;
		pthread_cond_broadcast(&set->changed);
		pthread_mutex_unlock(&set->lock);
		if (ret)
			set->on_fail(set->fail_ctx, &err);
	}
	return NULL;
}

/* Signals belong to the main thread. */
static int start_thread(struct vcpu *v)
{
	sigset_t all, old;
	char name[16];
	int ret;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	ret = pthread_create(&v->thread, NULL, vcpu_thread, v);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (ret)
		return -ret;
	v->has_thread = true;
	snprintf(name, sizeof(name), "vcpu%u", v->index);
	pthread_setname_np(v->thread, name);
	return 0;
}

int vcpu_set_create(struct vcpu_set **out, const struct backend_ops *ops, struct be_vm *be,
		    unsigned int n, void (*on_fail)(void *ctx, const struct err *err), void *ctx,
		    struct err *err)
{
	struct vcpu_set *set = calloc(1, sizeof(*set));

	if (set)
		set->vcpus = calloc(n, sizeof(*set->vcpus));
	if (!set || !set->vcpus) {
		free(set);
		return err_set(err, -ENOMEM, "vCPUs: out of memory");
	}
	set->ops = ops;
	set->be = be;
	set->on_fail = on_fail;
	set->fail_ctx = ctx;
	set->n = n;
	pthread_mutex_init(&set->lock, NULL);
	pthread_cond_init(&set->changed, NULL);
	for (unsigned int i = 0; i < n; i++) {
		int ret;

		set->vcpus[i] = (struct vcpu){ .set = set, .index = i, .is_parked = true };
		ret = start_thread(&set->vcpus[i]);
		if (ret) {
			vcpu_set_destroy(set);
			return err_set(err, ret, "vCPU %u: cannot start a thread: %s", i,
				       strerror(-ret));
		}
	}
	*out = set;
	return 0;
}

static void kick_all(struct vcpu_set *set)
{
	for (unsigned int i = 0; i < set->n; i++)
		set->ops->vcpu_kick(set->be, i);
}

void vcpu_set_destroy(struct vcpu_set *set)
{
	if (!set)
		return;
	pthread_mutex_lock(&set->lock);
	set->is_ending = true;
	pthread_cond_broadcast(&set->changed);
	kick_all(set);
	pthread_mutex_unlock(&set->lock);
	for (unsigned int i = 0; i < set->n; i++) {
		if (set->vcpus[i].has_thread)
			pthread_join(set->vcpus[i].thread, NULL);
	}
	pthread_cond_destroy(&set->changed);
	pthread_mutex_destroy(&set->lock);
	free(set->vcpus);
	free(set);
}

void vcpu_set_start(struct vcpu_set *set, unsigned int i, uint64_t pc, const uint64_t args[3])
{
	struct vcpu *v = &set->vcpus[i];

	pthread_mutex_lock(&set->lock);
	if (v->is_parked) {
		v->pc = pc;
		memcpy(v->args, args, sizeof(v->args));
		v->must_reset = true;
		v->is_parked = false;
		pthread_cond_broadcast(&set->changed);
	}
	pthread_mutex_unlock(&set->lock);
}

static bool any_inside(const struct vcpu_set *set)
{
	for (unsigned int i = 0; i < set->n; i++) {
		if (set->vcpus[i].is_inside)
			return true;
	}
	return false;
}

void vcpu_set_pause(struct vcpu_set *set)
{
	pthread_mutex_lock(&set->lock);
	set->is_paused = true;
	/* Only those inside: a kick stays pending and would end the next run at once. */
	for (unsigned int i = 0; i < set->n; i++) {
		if (set->vcpus[i].is_inside)
			set->ops->vcpu_kick(set->be, i);
	}
	while (any_inside(set))
		pthread_cond_wait(&set->changed, &set->lock);
	pthread_mutex_unlock(&set->lock);
}

void vcpu_set_park(struct vcpu_set *set)
{
	pthread_mutex_lock(&set->lock);
	for (unsigned int i = 0; i < set->n; i++) {
		set->vcpus[i].is_parked = true;
		set->vcpus[i].must_reset = false;
	}
	pthread_mutex_unlock(&set->lock);
}

void vcpu_set_resume(struct vcpu_set *set)
{
	pthread_mutex_lock(&set->lock);
	set->is_paused = false;
	pthread_cond_broadcast(&set->changed);
	pthread_mutex_unlock(&set->lock);
}
