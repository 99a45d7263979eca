/* SPDX-License-Identifier: Apache-2.0 */
/* devices/host/chardev.c - see chardev.h: the common part, and the kind "none". */
#include "devices/host/chardev.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/bits.h"

#define DESTROY_FLUSH_MS 500u

size_t chardev_write(struct chardev *chr, const void *buf, size_t len)
{
	return len ? chr->ops->write(chr, buf, len) : 0;
}

size_t chardev_read(struct chardev *chr, void *buf, size_t len)
{
	return len ? chr->ops->read(chr, buf, len) : 0;
}

void chardev_set_user(struct chardev *chr, void (*on_input)(void *ctx),
		      void (*on_writable)(void *ctx), void *ctx)
{
	chr->on_input = on_input;
	chr->on_writable = on_writable;
	chr->user_ctx = ctx;
	/* Input may have come before its user did; a call without input does no harm. */
	chardev_notify_input(chr);
}

bool chardev_flush(struct chardev *chr, unsigned int timeout_ms)
{
	return chr->ops->flush ? chr->ops->flush(chr, timeout_ms) : true;
}

void chardev_set_active(struct chardev *chr, bool is_active)
{
	if (chr->ops->set_active)
		chr->ops->set_active(chr, is_active);
}

void chardev_destroy(struct chardev *chr)
{
	if (!chr)
		return;
	chr->on_input = NULL;
	chr->on_writable = NULL;
	chardev_flush(chr, DESTROY_FLUSH_MS);
	chr->ops->destroy(chr);
}

void chardev_notify_input(struct chardev *chr)
{
	if (chr->on_input)
		chr->on_input(chr->user_ctx);
}

void chardev_notify_writable(struct chardev *chr)
{
	if (chr->on_writable)
		chr->on_writable(chr->user_ctx);
}

/* ---- none ---- */

static size_t none_write(struct chardev *chr, const void *buf, size_t len)
{
	(void)chr;
	(void)buf;
	return len;
}

static size_t none_read(struct chardev *chr, void *buf, size_t len)
{
	(void)chr;
	(void)buf;
	(void)len;
	return 0;
}

static void none_destroy(struct chardev *chr)
{
	free(chr);
}

static const struct chardev_ops none_ops = {
	.write	 = none_write,
	.read	 = none_read,
	.destroy = none_destroy,
};

int chardev_none_create(struct chardev **out, struct err *err)
{
	struct chardev *chr = calloc(1, sizeof(*chr));

	if (!chr)
		return err_set(err, -ENOMEM, "none: out of memory");
	chr->ops = &none_ops;
	snprintf(chr->name, sizeof(chr->name), "none");
	*out = chr;
	return 0;
}

/* ---- by name ---- */

enum path_rule { PATH_NEVER, PATH_MAY, PATH_MUST };

static const struct {
	const char *name;
	enum chardev_kind kind;
	enum path_rule path;
} kinds[] = {
	{ "none", CHARDEV_NONE, PATH_NEVER },
	{ "stdio", CHARDEV_STDIO, PATH_NEVER },
	{ "pty", CHARDEV_PTY, PATH_MAY },
	{ "unix", CHARDEV_UNIX, PATH_MUST },
	{ "file", CHARDEV_FILE, PATH_MUST },
};

int chardev_parse(const char *spec, enum chardev_kind *kind, const char **path,
		  struct err *err)
{
	size_t n = strcspn(spec, ":");
	const char *rest = spec[n] ? spec + n + 1 : NULL;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strlen(kinds[i].name) != n || strncmp(kinds[i].name, spec, n))
			continue;
		if (rest ? kinds[i].path == PATH_NEVER || !*rest : kinds[i].path == PATH_MUST)
			break;
		*kind = kinds[i].kind;
		*path = rest;
		return 0;
	}
	return err_set(err, -EINVAL, "'%s' is not a character device (want stdio, none, pty, "
		       "pty:LINK, unix:PATH or file:PATH)", spec);
}

int chardev_create(struct chardev **out, struct event_loop *loop, const char *spec,
		   const struct chardev_stdio_opts *opts, struct err *err)
{
	static const struct chardev_stdio_opts no_opts;
	enum chardev_kind kind;
	const char *path;
	int ret = chardev_parse(spec, &kind, &path, err);

	if (ret)
		return ret;
	switch (kind) {
	case CHARDEV_NONE:
		return chardev_none_create(out, err);
	case CHARDEV_STDIO:
		return chardev_stdio_create(out, loop, opts ? opts : &no_opts, err);
	case CHARDEV_PTY:
		return chardev_pty_create(out, loop, path, err);
	case CHARDEV_UNIX:
		return chardev_unix_create(out, loop, path, err);
	case CHARDEV_FILE:
		return chardev_file_create(out, loop, path, err);
	}
	return err_set(err, -EINVAL, "'%s': unknown kind", spec);
}
