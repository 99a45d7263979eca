/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/irqchip/ipi.c - see ipi.h.
 *
 * Registers: Loongson 3A5000 user manual, chapters on chip configuration registers and
 * inter-processor interrupts.  VERSION..MISC_FUNC exist once, STATUS..MBUF3 once per vCPU.
 * In masks of MAIL_SEND and ANY_SEND a 1 means "leave this byte as it is".
 * Locking: everything under dev.lock.
 */
#include "devices/irqchip/ipi.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "devices/irqchip/lanes.h"
#include "util/bits.h"

#define CHIP_VERSION	0x0000
#define CHIP_FEATURES	0x0008
#define CHIP_VENDOR	0x0010
#define CHIP_CPUNAME	0x0020
#define CHIP_NODECNT	0x0408
#define CHIP_MISC_FUNC	0x0420
#define IPI_STATUS	0x1000		/* ENABLE is its upper half */
#define IPI_SET		0x1008		/* CLEAR is its upper half */
#define IPI_MBUF0	0x1020
#define IPI_MBUF3	0x1038
#define IPI_SEND	0x1040
#define MAIL_SEND	0x1048
#define ANY_SEND	0x1158

#define VERSION_VALUE	UINT64_C(0x11)
#define FEATURES_VALUE	UINT64_C(0x1c)	/* MSI, EXTIOI, CSRIPI; VM is 0 */
#define VENDOR_VALUE	UINT64_C(0x6e6f73676e6f6f4c)	/* "Loongson" */
#define CPUNAME_VALUE	UINT64_C(0x0000303030354133)	/* "3A5000" */
#define MISC_FUNC_EXTIOI	BIT64(48)

#define SEND_DATA(v)	((uint32_t)((v) >> 32))
#define SEND_MASK(v)	((unsigned int)bits64(v, 30, 27))
#define SEND_CPU(v)	((unsigned int)bits64(v, 25, 16))

#define IPI_MAX_VCPUS	1024		/* 10 bits in the SEND registers */
#define IPI_PC_BITS	48		/* guests mail cached 0x9000... addresses, too */

/* The ranges that hold registers; what lies between them is reported by the bus. */
static const struct { uint32_t base, len; } ipi_ranges[] = {
	{ CHIP_VERSION, 0x28 }, { CHIP_NODECNT, 8 }, { CHIP_MISC_FUNC, 8 },
	{ IPI_STATUS, 0x50 }, { ANY_SEND, 8 },
};

struct ipi_cpu {
	uint32_t status;
	uint32_t enable;
	uint64_t mbuf[4];
	bool is_line_up;
	bool is_parked;			/* waits in the emulated boot ROM */
};

struct ipi {
	struct device dev;		/* first, see ipi_destroy() */
	struct cpu_lines lines;
	struct bus *iocsr;
	struct vm_control *ctl;
	uint64_t misc_func;
	struct ipi_cpu cpus[];		/* lines.nvcpus of them */
};

/* Call after every change of a vCPU's registers. */
static void ipi_update(struct ipi *ipi, unsigned int vcpu)
{
	struct ipi_cpu *c = &ipi->cpus[vcpu];
	bool is_start = c->is_parked && c->status && (uint32_t)c->mbuf[0];
	bool level;

	if (is_start) {
		/* The ROM's way out of its loop.  The mailboxes stay: guests pass arguments. */
		c->is_parked = false;
		c->status = 0;
	}
	level = (c->status & c->enable) != 0;
	if (level != c->is_line_up) {
		c->is_line_up = level;
		cpu_line_set(&ipi->lines, vcpu, IPI_CPU_LINE, level);
	}
	if (is_start)
		ipi->ctl->vcpu_start(ipi->ctl, vcpu, c->mbuf[0] & mask64(IPI_PC_BITS));
}

static uint64_t ipi_read_reg(void *ctx, unsigned int vcpu, uint64_t addr)
{
	struct ipi *ipi = ctx;
	const struct ipi_cpu *c = &ipi->cpus[vcpu];

	switch (addr) {
	case CHIP_VERSION:
		return VERSION_VALUE;
	case CHIP_FEATURES:
		return FEATURES_VALUE;
	case CHIP_VENDOR:
		return VENDOR_VALUE;
	case CHIP_CPUNAME:
		return CPUNAME_VALUE;
	case CHIP_MISC_FUNC:
		return ipi->misc_func;
	case IPI_STATUS:
		return c->status | (uint64_t)c->enable << 32;
	}
	if (addr >= IPI_MBUF0 && addr <= IPI_MBUF3)
		return c->mbuf[(addr - IPI_MBUF0) / 8];
	return 0;
}

static void ipi_write_reg(void *ctx, unsigned int vcpu, uint64_t addr, uint64_t val,
			  uint64_t mask);

static const struct lane_ops ipi_lanes = { ipi_read_reg, ipi_write_reg };

static void ipi_send(struct ipi *ipi, uint32_t val)
{
	unsigned int target = SEND_CPU(val);

	if (target >= ipi->lines.nvcpus) {
		guest_error(&ipi->dev, "IPI_SEND to CPU %u, there are %u", target,
			    ipi->lines.nvcpus);
		return;
	}
	ipi->cpus[target].status |= BIT32(val & 31);
	ipi_update(ipi, target);
}

static void ipi_mail_send(struct ipi *ipi, uint64_t val)
{
	unsigned int target = SEND_CPU(val);
	unsigned int half = (unsigned int)bits64(val, 4, 2);
	uint64_t mask = 0;

	if (target >= ipi->lines.nvcpus) {
		guest_error(&ipi->dev, "MAIL_SEND to CPU %u, there are %u", target,
			    ipi->lines.nvcpus);
		return;
	}
	for (unsigned int i = 0; i < 4; i++) {
		if (!(SEND_MASK(val) & BIT32(i)))
			mask |= UINT64_C(0xff) << (8 * i);
	}
	mask <<= 32 * (half & 1);
	ipi_write_reg(ipi, target, IPI_MBUF0 + 8 * (half >> 1),
		      (uint64_t)SEND_DATA(val) << (32 * (half & 1)), mask);
}

static bool ipi_is_own(uint32_t addr)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(ipi_ranges); i++) {
		if (addr - ipi_ranges[i].base < ipi_ranges[i].len)
			return true;
	}
	return false;
}

static void ipi_any_send(struct ipi *ipi, uint64_t val)
{
	unsigned int target = SEND_CPU(val);
	unsigned int keep = SEND_MASK(val);
	uint32_t addr = (uint32_t)val & 0xfffc;
	uint32_t data = SEND_DATA(val);
	unsigned int step = keep ? 1 : 4;

	if (target >= ipi->lines.nvcpus) {
		guest_error(&ipi->dev, "ANY_SEND to CPU %u, there are %u", target,
			    ipi->lines.nvcpus);
		return;
	}
	for (unsigned int i = 0; i < 4; i += step) {
		if (keep & BIT32(i))
			continue;
		/*
		 * Our own registers cannot go through the bus: the lock is taken.  This
		 * cannot recurse further, since 32 bits are no valid MAIL_SEND or ANY_SEND.
		 */
		if (ipi_is_own(addr))
			lanes_write(&ipi_lanes, ipi, target, addr + i, step, data >> (8 * i));
		else
			bus_write(ipi->iocsr, addr + i, step, data >> (8 * i), target);
	}
}

static void ipi_write_trigger(struct ipi *ipi, uint64_t addr, uint64_t val, uint64_t mask)
{
	uint64_t want = addr == IPI_SEND ? UINT32_MAX : UINT64_MAX;

	if ((mask & want) != want)
		guest_error(&ipi->dev, "write of a part of IOCSR %#" PRIx64, addr);
	else if (addr == IPI_SEND)
		ipi_send(ipi, (uint32_t)val);
	else if (addr == MAIL_SEND)
		ipi_mail_send(ipi, val);
	else
		ipi_any_send(ipi, val);
}

static void ipi_write_reg(void *ctx, unsigned int vcpu, uint64_t addr, uint64_t val,
			  uint64_t mask)
{
	struct ipi *ipi = ctx;
	struct ipi_cpu *c = &ipi->cpus[vcpu];

	switch (addr) {
	case CHIP_MISC_FUNC:
		ipi->misc_func = lane_merge(ipi->misc_func, val, mask);
		return;
	case IPI_STATUS:
		if (!(mask >> 32)) {
			guest_error(&ipi->dev, "write to IPI STATUS, which is read-only");
			return;
		}
		c->enable = (uint32_t)(lane_merge((uint64_t)c->enable << 32, val, mask) >> 32);
		ipi_update(ipi, vcpu);
		return;
	case IPI_SET:
		c->status |= (uint32_t)val;
		c->status &= ~(uint32_t)(val >> 32);
		ipi_update(ipi, vcpu);
		return;
	case IPI_SEND:
	case MAIL_SEND:
	case ANY_SEND:
		ipi_write_trigger(ipi, addr, val, mask);
		return;
	}
	if (addr >= IPI_MBUF0 && addr <= IPI_MBUF3) {
		uint64_t *mbuf = &c->mbuf[(addr - IPI_MBUF0) / 8];

		*mbuf = lane_merge(*mbuf, val, mask);
		ipi_update(ipi, vcpu);
	}
}

static int ipi_read(struct device *dev, const struct bus_at *at, uint64_t *val)
{
	struct ipi *ipi = container_of(dev, struct ipi, dev);

	if (at->vcpu < ipi->lines.nvcpus)
		*val = lanes_read(&ipi_lanes, ipi, at->vcpu, at->region + at->off, at->size);
	return 0;
}

static int ipi_write(struct device *dev, const struct bus_at *at, uint64_t val)
{
	struct ipi *ipi = container_of(dev, struct ipi, dev);

	if (at->vcpu < ipi->lines.nvcpus)
		lanes_write(&ipi_lanes, ipi, at->vcpu, at->region + at->off, at->size, val);
	return 0;
}

static void ipi_reset(struct device *dev)
{
	struct ipi *ipi = container_of(dev, struct ipi, dev);

	ipi->misc_func = MISC_FUNC_EXTIOI;
	for (unsigned int i = 0; i < ipi->lines.nvcpus; i++) {
		bool is_line_up = ipi->cpus[i].is_line_up;

		ipi->cpus[i] = (struct ipi_cpu){
			/* The ROM's loop enables all IPIs of a CPU that waits in it. */
			.enable = i ? UINT32_MAX : 0,
			.is_parked = i != 0,
			.is_line_up = is_line_up,
		};
		ipi_update(ipi, i);
	}
}

static void ipi_destroy(struct device *dev)
{
	device_fini(dev);
	free(container_of(dev, struct ipi, dev));
}

static const struct device_ops ipi_ops = {
	.read = ipi_read,
	.write = ipi_write,
	.reset = ipi_reset,
	.destroy = ipi_destroy,
};

int ipi_create(const struct ipi_cfg *cfg, struct device **out, struct err *err)
{
	unsigned int n = cfg->lines.nvcpus;
	struct ipi *ipi;
	int ret;

	if (!n || n > IPI_MAX_VCPUS)
		return err_set(err, -EINVAL, "ipi: %u vCPUs (want 1 to %u)", n, IPI_MAX_VCPUS);
	ipi = calloc(1, sizeof(*ipi) + n * sizeof(ipi->cpus[0]));
	if (!ipi)
		return err_set(err, -ENOMEM, "ipi: out of memory");
	device_init(&ipi->dev, &ipi_ops, "ipi");
	ipi->lines = cfg->lines;
	ipi->iocsr = cfg->iocsr;
	ipi->ctl = cfg->ctl;
	ipi_reset(&ipi->dev);
	/* The region number is the address, so that handlers see absolute ones. */
	for (unsigned int i = 0; i < ARRAY_SIZE(ipi_ranges); i++) {
		if (cfg->has_chip_only && ipi_ranges[i].base >= IPI_STATUS)
			continue;
		ret = bus_add(cfg->iocsr, ipi_ranges[i].base, ipi_ranges[i].len, &ipi->dev,
			      ipi_ranges[i].base, err);
		if (ret) {
			ipi_destroy(&ipi->dev);
			return ret;
		}
	}
	*out = &ipi->dev;
	return 0;
}
