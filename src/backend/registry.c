/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backend/registry.c - the engines, and those that this build cannot have.
 *
 * lvz and kvm need a LoongArch host; on any other they are listed with the reason, so
 * that "probe" and "backend = kvm" answer instead of not knowing the name.
 */
#include <errno.h>

#include "backend/backend.h"

extern const struct backend_ops backend_soft;

static int lvz_probe(struct err *err)
{
	return err_set(err, -ENODEV, "needs a LoongArch CPU with LVZ (CPUCFG.2 bit 10) and lvz.ko");
}

static int kvm_probe(struct err *err)
{
	return err_set(err, -ENODEV, "needs a LoongArch host with /dev/kvm");
}

static const struct backend_ops backend_lvz = { .name = "lvz", .probe = lvz_probe };
static const struct backend_ops backend_kvm = { .name = "kvm", .probe = kvm_probe };

const struct backend_ops *const backends[] = { &backend_lvz, &backend_kvm, &backend_soft };
const size_t nbackends = sizeof(backends) / sizeof(backends[0]);
