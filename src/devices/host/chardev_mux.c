/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/host/chardev_mux.c - several users of one chardev, see chardev.h.
 *
 * Locking: mux->lock guards which port is in front; it is a leaf and is never held while
 * the backend or a user is called.  A reader that loses the front between the check and
 * the read gets bytes that arrived while it was in front, which is as good.
 */
#include "devices/host/chardev.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/event.h"
#include "util/bits.h"

struct mux_port {
	struct chardev chr;		/* first */
	struct chardev_mux *mux;
	struct mux_port *next;		/* in order of creation */
	int priority;
	bool is_active;			/* mux->lock */
};

struct chardev_mux {
	struct event_loop *loop;
	struct chardev *backend;
	pthread_mutex_t lock;
	struct mux_port *ports;
	struct mux_port *front;		/* lock */
	struct event_work work;		/* shows waiting input to a new front */
};

static bool is_front(struct mux_port *port)
{
	bool ret;

	pthread_mutex_lock(&port->mux->lock);
	ret = port->mux->front == port;
	pthread_mutex_unlock(&port->mux->lock);
	return ret;
}

static size_t port_write(struct chardev *chr, const void *buf, size_t len)
{
	struct mux_port *port = container_of(chr, struct mux_port, chr);

	return chardev_write(port->mux->backend, buf, len);
}

static size_t port_read(struct chardev *chr, void *buf, size_t len)
{
	struct mux_port *port = container_of(chr, struct mux_port, chr);

	return is_front(port) ? chardev_read(port->mux->backend, buf, len) : 0;
}

static bool port_flush(struct chardev *chr, unsigned int timeout_ms)
{
	struct mux_port *port = container_of(chr, struct mux_port, chr);

	return chardev_flush(port->mux->backend, timeout_ms);
}

static void port_set_active(struct chardev *chr, bool is_active)
{
	struct mux_port *port = container_of(chr, struct mux_port, chr);
	struct chardev_mux *mux = port->mux;
	struct mux_port *best = NULL;
	bool is_new;

	pthread_mutex_lock(&mux->lock);
	port->is_active = is_active;
	for (struct mux_port *p = mux->ports; p; p = p->next) {
		if (p->is_active && (!best || p->priority > best->priority))
			best = p;
	}
	is_new = best && best != mux->front;
	mux->front = best;
	pthread_mutex_unlock(&mux->lock);
	if (is_new)
		event_post(mux->loop, &mux->work);
}

/* The memory stays with the mux, which other ports still walk. */
static void port_detach(struct chardev *chr)
{
	port_set_active(chr, false);
}

static const struct chardev_ops port_ops = {
	.write	    = port_write,
	.read	    = port_read,
	.flush	    = port_flush,
	.set_active = port_set_active,
	.destroy    = port_detach,
};

static void on_backend_input(void *ctx)
{
	struct chardev_mux *mux = ctx;
	struct mux_port *front;

	pthread_mutex_lock(&mux->lock);
	front = mux->front;
	pthread_mutex_unlock(&mux->lock);
	if (front)
		chardev_notify_input(&front->chr);
}

static void on_backend_writable(void *ctx)
{
	struct chardev_mux *mux = ctx;

	for (struct mux_port *p = mux->ports; p; p = p->next)
		chardev_notify_writable(&p->chr);
}

static void on_work(struct event_work *work)
{
	on_backend_input(container_of(work, struct chardev_mux, work));
}

int chardev_mux_create(struct chardev_mux **out, struct event_loop *loop,
		       struct chardev *backend, struct err *err)
{
	struct chardev_mux *mux = calloc(1, sizeof(*mux));

	if (!mux)
		return err_set(err, -ENOMEM, "%s: out of memory", backend->name);
	mux->loop = loop;
	mux->backend = backend;
	mux->work.fn = on_work;
	pthread_mutex_init(&mux->lock, NULL);
	chardev_set_user(backend, on_backend_input, on_backend_writable, mux);
	*out = mux;
	return 0;
}

int chardev_mux_port(struct chardev_mux *mux, int priority, const char *name,
		     struct chardev **out, struct err *err)
{
	struct mux_port *port = calloc(1, sizeof(*port));
	struct mux_port **end = &mux->ports;

	if (!port)
		return err_set(err, -ENOMEM, "%s: out of memory", name);
	port->chr.ops = &port_ops;
	snprintf(port->chr.name, sizeof(port->chr.name), "%.60s (%.80s)", mux->backend->name,
		 name);
	port->mux = mux;
	port->priority = priority;
	while (*end)
		end = &(*end)->next;
	*end = port;
	*out = &port->chr;
	return 0;
}

void chardev_mux_destroy(struct chardev_mux *mux)
{
	struct mux_port *next;

	if (!mux)
		return;
	event_cancel(mux->loop, &mux->work);
	chardev_destroy(mux->backend);
	for (struct mux_port *p = mux->ports; p; p = next) {
		next = p->next;
		free(p);
	}
	pthread_mutex_destroy(&mux->lock);
	free(mux);
}
