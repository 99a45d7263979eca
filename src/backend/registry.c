/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backend/registry.c - the engines, and those that this build cannot have.
 *
 * lvz and kvm need a LoongArch host; on any other they are listed with the reason, so
 * that "probe" and "backend = kvm" answer instead of not knowing the name.
 */
#include <errno.h>

#include "backend/backend.h"
#include "backend/kvm_host.h"

extern const struct backend_ops backend_soft;

#ifdef __loongarch__
extern const struct backend_ops backend_lvz;
extern const struct backend_ops backend_kvm;
#else
static int lvz_probe(struct err *err)
{
	return err_set(err, -ENODEV, "needs a LoongArch CPU with LVZ (CPUCFG.2 bit 10) and lvz.ko");
}

static const struct backend_ops backend_lvz = { .name = "lvz", .probe = lvz_probe };

static int kvm_probe(struct err *err)
{
	struct kvm_facts facts;

	kvm_facts_gather(&facts);
	return kvm_facts_judge(&facts, err);
}

static const struct backend_ops backend_kvm = { .name = "kvm", .probe = kvm_probe };
#endif

const struct backend_ops *const backends[] = { &backend_lvz, &backend_kvm, &backend_soft };
const size_t nbackends = sizeof(backends) / sizeof(backends[0]);
