/* SPDX-License-Identifier: Apache-2.0 */
/* irq_rig.c - see irq_rig.h. */
#include "irq_rig.h"

#include <sched.h>
#include <string.h>

#include "devices/irqchip/eiointc.h"
#include "devices/irqchip/ipi.h"
#include "devices/irqchip/pch_msi.h"
#include "devices/irqchip/pch_pic.h"
#include "util/bits.h"

#define TOYS_LEN 0x200u
#define MAIL_SEND 0x1048u
#define IPI_SEND 0x1040u

/* ------------------------------------------------------------------ toys */

static int toys_read(struct device *dev, const struct bus_at *at, uint64_t *val)
{
	struct rig *rig = container_of(dev, struct rig, toys);
	struct rig_toy *t = &rig->toy[at->off / 8 % RIG_TOYS];

	*val = t->ntaken < t->nevents;
	if (!*val) {
		t->nempty++;
		return 0;
	}
	t->ntaken++;
	if (!t->is_edge && t->ntaken == t->nevents)
		irq_set(&t->line, false);
	return 0;
}

static int toys_write(struct device *dev, const struct bus_at *at, uint64_t val)
{
	struct rig *rig = container_of(dev, struct rig, toys);

	(void)val;
	ck_assert_uint_eq(at->off, RIG_DOOR - RIG_TOYS_BASE);
	if (!--rig->nbusy)
		event_loop_stop(rig->loop);
	return 0;
}

static const struct device_ops toys_ops = { .read = toys_read, .write = toys_write };

void rig_done(struct rig *rig)
{
	bus_write(rig->mmio, RIG_DOOR, 8, 0, 0);
}

void rig_event(struct rig *rig, unsigned int toy)
{
	struct rig_toy *t = &rig->toy[toy];

	pthread_mutex_lock(&rig->toys.lock);
	t->nevents++;
	irq_set(&t->line, true);
	if (t->is_edge)
		irq_set(&t->line, false);
	pthread_mutex_unlock(&rig->toys.lock);
}

void rig_wait_taken(struct rig *rig, unsigned int toy)
{
	bool is_taken = false;

	while (!is_taken) {
		pthread_mutex_lock(&rig->toys.lock);
		is_taken = rig->toy[toy].ntaken == rig->toy[toy].nevents;
		pthread_mutex_unlock(&rig->toys.lock);
		if (!is_taken)
			sched_yield();
	}
}

/* ------------------------------------------------------------------ surroundings */

static void rig_line(void *ctx, unsigned int vcpu, unsigned int line, bool level)
{
	struct rig *rig = ctx;

	if (rig->be)
		rig->ops->irq_set(rig->be, vcpu, line, level);
}

static void rig_ctl_stop(struct vm_control *ctl, enum vm_stop_reason why)
{
	(void)ctl;
	ck_abort_msg("the VM was asked to stop: %d", why);
}

static void rig_ctl_start(struct vm_control *ctl, unsigned int vcpu, uint64_t pc)
{
	static const uint64_t none[3];
	struct rig *rig = container_of(ctl, struct rig, ctl);

	vcpu_set_start(rig->vcpus, vcpu, pc, none);
}

static void rig_fail(void *ctx, const struct err *err)
{
	(void)ctx;
	ck_abort_msg("the engine failed: %s", err->text);
}

/* ------------------------------------------------------------------ life */

static void create_irqchips(struct rig *rig)
{
	const struct cpu_lines lines = { rig_line, rig, rig->ncpus };
	const struct ipi_cfg ipi = { lines, rig->iocsr, &rig->ctl, false };
	const struct eiointc_cfg eio = { lines, rig->iocsr };
	struct pch_pic_cfg pic;
	struct pch_msi_cfg msi;
	struct err err;

	ck_assert_int_eq(ipi_create(&ipi, &rig->devices[0], &err), 0);
	ck_assert_int_eq(eiointc_create(&eio, &rig->devices[1], &err), 0);
	pic.vectors = eiointc_line(rig->devices[1], 0);
	ck_assert_int_eq(pch_pic_create(&pic, &rig->devices[2], &err), 0);
	msi.messages = eiointc_msi_line(rig->devices[1], 0);
	ck_assert_int_eq(pch_msi_create(&msi, &rig->devices[3], &err), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(rig->devices); i++)
		ck_assert_int_eq(device_map(rig->devices[i], rig->mmio, &err), 0);
	device_init(&rig->toys, &toys_ops, "toys");
	device_add_region(&rig->toys, RIG_TOYS_BASE, TOYS_LEN);
	ck_assert_int_eq(device_map(&rig->toys, rig->mmio, &err), 0);
	for (unsigned int i = 0; i < RIG_TOYS; i++)
		rig->toy[i] = (struct rig_toy){ .line = pch_pic_line(rig->devices[2], RIG_PIN(i)),
						.is_edge = i < 2 };
}

void rig_open(struct rig *rig, unsigned int ncpus)
{
	struct be_vm_cfg bc = {
		.cpu = { .has_lsx = true, .has_lasx = true, .has_ptw = true, .has_v11 = true },
		.nvcpus = ncpus,
	};
	struct err err;

	*rig = (struct rig){ .ncpus = ncpus, .nbusy = ncpus };
	rig->ctl = (struct vm_control){ rig_ctl_stop, rig_ctl_start };
	for (size_t i = 0; i < nbackends; i++) {
		if (!strcmp(backends[i]->name, "soft"))
			rig->ops = backends[i];
	}
	ck_assert_ptr_nonnull(rig->ops);
	ck_assert_int_eq(event_loop_create(&rig->loop, 0, &err), 0);
	ck_assert_int_eq(mem_create(&rig->mem, RIG_RAM_BYTES, &err), 0);
	ck_assert_int_eq(bus_create(&rig->mmio, "MMIO", UINT64_MAX, &err), 0);
	ck_assert_int_eq(bus_create(&rig->iocsr, "IOCSR", 0, &err), 0);
	create_irqchips(rig);
	bus_freeze(rig->mmio);
	bus_freeze(rig->iocsr);
	bc.mem = rig->mem;
	bc.mmio = rig->mmio;
	bc.iocsr = rig->iocsr;
	bc.loop = rig->loop;
	ck_assert_int_eq(rig->ops->vm_create(&rig->be, &bc, &err), 0);
	ck_assert_int_eq(vcpu_set_create(&rig->vcpus, rig->ops, rig->be, ncpus, rig_fail, rig,
					 &err), 0);
}

void rig_stop(struct rig *rig)
{
	vcpu_set_destroy(rig->vcpus);
	rig->vcpus = NULL;
}

void rig_close(struct rig *rig)
{
	rig_stop(rig);
	rig->ops->vm_destroy(rig->be);
	device_fini(&rig->toys);
	for (unsigned int i = 0; i < ARRAY_SIZE(rig->devices); i++)
		rig->devices[i]->ops->destroy(rig->devices[i]);
	bus_destroy(rig->iocsr);
	bus_destroy(rig->mmio);
	mem_destroy(rig->mem);
	event_loop_destroy(rig->loop);
}

void rig_write(struct rig *rig, uint64_t gpa, const void *data, size_t len)
{
	void *p = mem_at(rig->mem, gpa, len);

	ck_assert_ptr_nonnull(p);
	memcpy(p, data, len);
	mem_written(rig->mem, gpa, len);
}

void rig_put64(struct rig *rig, uint64_t gpa, uint64_t val)
{
	rig_write(rig, gpa, &val, sizeof(val));
}

uint64_t rig_get64(const struct rig *rig, uint64_t gpa)
{
	uint64_t v;
	const void *p = mem_at(rig->mem, gpa, sizeof(v));

	ck_assert_ptr_nonnull(p);
	memcpy(&v, p, sizeof(v));
	return v;
}

void rig_run(struct rig *rig)
{
	static const uint64_t none[3];

	for (unsigned int i = 1; i < rig->ncpus; i++) {
		bus_write(rig->iocsr, MAIL_SEND, 8, RIG_ENTRY << 32 | i << 16, 0);
		bus_write(rig->iocsr, IPI_SEND, 4, i << 16, 0);
	}
	vcpu_set_start(rig->vcpus, 0, RIG_ENTRY, none);
	event_loop_run(rig->loop);
}
