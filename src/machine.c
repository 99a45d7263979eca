/* SPDX-License-Identifier: Apache-2.0 */
/*
 * machine.c - assembles the board.  The order of creation is the order of the nodes in
 * the device tree and, reversed, the order of destruction.
 */
#include "machine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices/ged.h"
#include "devices/host/blockfile.h"
#include "devices/host/chardev.h"
#include "devices/irqchip/eiointc.h"
#include "devices/irqchip/ipi.h"
#include "devices/irqchip/pch_msi.h"
#include "devices/irqchip/pch_pic.h"
#include "devices/irqchip/remote.h"
#include "devices/isa_window.h"
#include "devices/rtc.h"
#include "devices/uart.h"
#include "devices/vblk.h"
#include "devices/vconsole.h"
#include "devices/virtio_mmio.h"
#include "util/bits.h"
#include "util/log.h"

#define MACHINE_MAX_DEVICES 32

struct machine {
	const struct vm_config *cfg;
	struct machine_env env;
	struct memory *mem;
	struct bus *mmio;
	struct bus *iocsr;
	struct device *devices[MACHINE_MAX_DEVICES];
	unsigned int ndevices;
	struct device *pic;		/* among the devices; NULL: env.irqchip has it */
	struct device *virtio[VIRTIO_MMIO_MAX_SLOT];	/* among the devices */
	unsigned int nvirtio;
	struct irq_tapped taps[MACHINE_MAX_DEVICES];	/* env.irq_tap */
	unsigned int ntaps;
	struct chardev *serial_chr;
	struct chardev *console_chr;
	struct chardev_mux *stdio;	/* owns the chardevs that are its ports */
	bool serial_is_port;
	bool console_is_port;
	struct virtio_dev *console;	/* owned by its transport */
	unsigned int cols, rows;	/* of the terminal; 0: unknown */
};

/* ------------------------------------------------------------------ consoles */

static void on_resize(void *ctx, unsigned int cols, unsigned int rows)
{
	struct machine *m = ctx;

	m->cols = cols;
	m->rows = rows;
	if (m->console)
		vconsole_set_size(m->console, cols, rows);
}

static void on_quit(void *ctx)
{
	struct machine *m = ctx;

	m->env.on_quit(m->env.quit_ctx);
}

/* The one terminal of the process, shared by everything that is set to stdio. */
static int stdio_port(struct machine *m, int priority, const char *name,
		      struct chardev **out, struct err *err)
{
	const struct chardev_stdio_opts opts = { .on_quit = on_quit, .on_resize = on_resize,
						 .ctx = m };
	struct chardev *term;
	int ret;

	if (!m->stdio) {
		ret = chardev_stdio_create(&term, m->env.loop, &opts, err);
		if (ret)
			return ret;
		ret = chardev_mux_create(&m->stdio, m->env.loop, term, err);
		if (ret) {
			chardev_destroy(term);
			return ret;
		}
	}
	return chardev_mux_port(m->stdio, priority, name, out, err);
}

static int open_chardev(struct machine *m, const struct cfg_chardev *c, int priority,
			const char *section, struct chardev **out, bool *is_port,
			struct cfg_report *report)
{
	struct err err;
	int ret;

	*is_port = c->kind == CFG_CHARDEV_STDIO;
	if (*is_port)
		ret = stdio_port(m, priority, section, out, &err);
	else
		ret = chardev_create(out, m->env.loop, c->spec, NULL, &err);
	if (ret) {
		struct cfg_loc loc = cfg_loc(m->cfg, section, "chardev");

		return cfg_report_add(report, &loc, "%s", err.text);
	}
	return 0;
}

static int open_consoles(struct machine *m, struct cfg_report *report)
{
	int ret = open_chardev(m, &m->cfg->serial.chardev, 0, "serial", &m->serial_chr,
			       &m->serial_is_port, report);

	if (m->cfg->console.is_present &&
	    open_chardev(m, &m->cfg->console.chardev, 1, "console", &m->console_chr,
			 &m->console_is_port, report))
		ret = -EINVAL;
	return ret;
}

/* ------------------------------------------------------------------ devices */

/* Takes @dev over and puts its regions on the MMIO bus. */
static int add_device(struct machine *m, struct device *dev, struct err *err)
{
	if (m->ndevices == MACHINE_MAX_DEVICES) {
		dev->ops->destroy(dev);
		return err_set(err, -ENOSPC, "more than %d devices", MACHINE_MAX_DEVICES);
	}
	m->devices[m->ndevices++] = dev;
	return device_map(dev, m->mmio, err);
}

/* EIOINTC and PCH-PIC of our own; *@messages is where messages go. */
static int add_own_irqchips(struct machine *m, struct irq_line *messages, struct err *err)
{
	const struct eiointc_cfg eio = { m->env.lines, m->iocsr };
	struct pch_pic_cfg pic;
	struct device *eiointc;
	int ret = eiointc_create(&eio, &eiointc, err);

	if (!ret)
		ret = add_device(m, eiointc, err);
	if (ret)
		return ret;
	pic.vectors = eiointc_line(eiointc, 0);
	*messages = eiointc_msi_line(eiointc, 0);
	ret = pch_pic_create(&pic, &m->pic, err);
	return ret ? ret : add_device(m, m->pic, err);
}

static int add_remote_irqchips(struct machine *m, struct irq_line *messages, struct err *err)
{
	const struct machine_irqchip *irqchip = m->env.irqchip;
	const struct remote_irqchip_cfg cfg = { irqchip->reset, irqchip->ctx };
	struct device *dev;
	int ret = remote_irqchip_create(&cfg, &dev, err);

	*messages = irqchip->messages;
	return ret ? ret : add_device(m, dev, err);
}

static int add_irqchips(struct machine *m, struct err *err)
{
	const struct ipi_cfg ipi = { m->env.lines, m->iocsr, m->env.ctl,
				     m->env.irqchip != NULL };
	struct pch_msi_cfg msi;
	struct device *dev;
	int ret = ipi_create(&ipi, &dev, err);

	if (!ret)
		ret = add_device(m, dev, err);
	if (!ret)
		ret = m->env.irqchip ? add_remote_irqchips(m, &msi.messages, err) :
				       add_own_irqchips(m, &msi.messages, err);
	if (!ret)
		ret = pch_msi_create(&msi, &dev, err);
	return ret ? ret : add_device(m, dev, err);
}

/* The line of device @name into pin @pin; @name lives as long as the device. */
static struct irq_line pic_line(struct machine *m, unsigned int pin, const char *name)
{
	struct irq_line line;

	if (m->env.irqchip)
		line = (struct irq_line){ m->env.irqchip->pic.set, m->env.irqchip->pic.ctx, pin };
	else
		line = pch_pic_line(m->pic, pin);
	if (!m->env.irq_tap || m->ntaps == ARRAY_SIZE(m->taps))
		return line;
	return irq_line_tap(&m->taps[m->ntaps++], &line, m->env.irq_tap, name);
}

static int add_board_devices(struct machine *m, struct err *err)
{
	const struct uart_cfg uart = { "serial", UART0_BASE,
				       pic_line(m, UART0_PIN, "serial"), m->serial_chr };
	const struct rtc_cfg rtc = { .irq = pic_line(m, RTC_PIN, "rtc") };
	const struct ged_cfg ged = { m->env.ctl };
	struct device *dev;
	int ret;

	ret = isa_window_create(&dev, err);
	if (!ret)
		ret = add_device(m, dev, err);
	if (!ret)
		ret = uart_create(&uart, &dev, err);
	if (!ret)
		ret = add_device(m, dev, err);
	if (!ret)
		ret = rtc_create(&rtc, &dev, err);
	if (!ret)
		ret = add_device(m, dev, err);
	if (!ret)
		ret = ged_create(&ged, &dev, err);
	return ret ? ret : add_device(m, dev, err);
}

/* Puts @vd into virtio-mmio slot @slot (1..12). */
static int add_virtio(struct machine *m, struct virtio_dev *vd, unsigned int slot,
		      struct err *err)
{
	unsigned int pin = VIRTIO_MMIO_FIRST_PIN + slot;
	struct irq_line irq = pic_line(m, pin, vd->name);
	struct device *dev;
	int ret;

	ret = virtio_mmio_create(&dev, vd, VIRTIO_MMIO_BASE + slot * VIRTIO_MMIO_STRIDE, &irq,
				 pin, err);
	if (!ret)
		ret = add_device(m, dev, err);
	if (!ret)
		m->virtio[m->nvirtio++] = dev;
	return ret;
}

static int add_console(struct machine *m, unsigned int *slot, struct err *err)
{
	int ret;

	if (!m->cfg->console.is_present)
		return 0;
	ret = vconsole_create(&m->console, "console", m->console_chr, m->mem, m->env.loop, err);
	if (ret)
		return ret;
	if (m->cols && m->console_is_port)
		vconsole_set_size(m->console, m->cols, m->rows);
	return add_virtio(m, m->console, (*slot)++, err);
}

static int add_disk(struct machine *m, const struct cfg_disk *d, unsigned int slot,
		    struct cfg_report *report, struct err *err)
{
	struct blockdev *blk;
	struct virtio_dev *vd;
	int ret;

	ret = blockfile_create(&blk, d->path, d->is_readonly, m->cfg->vm.name, err);
	if (ret) {
		struct cfg_loc loc = cfg_loc(m->cfg, d->section, "path");

		return cfg_report_add(report, &loc, "%s", err->text);
	}
	blk->has_discard = blk->has_discard && d->has_discard;
	ret = vblk_create(&vd, d->section, d->serial, blk, m->mem, m->env.loop, err);
	if (ret)
		return ret;
	return add_virtio(m, vd, slot, err);
}

static int add_disks(struct machine *m, unsigned int slot, struct cfg_report *report,
		     struct err *err)
{
	int result = 0;

	for (unsigned int i = 0; i < m->cfg->ndisks; i++) {
		unsigned int before = report->nmistakes;
		int ret = add_disk(m, &m->cfg->disks[i], slot++, report, err);

		/* A mistake in one disk does not hide those in the others. */
		if (ret && report->nmistakes == before)
			return ret;
		if (ret)
			result = ret;
	}
	return result;
}

static int build(struct machine *m, struct cfg_report *report, struct err *err)
{
	unsigned int slot = 1;
	int ret, ret_disks;

	ret = mem_create(&m->mem, m->cfg->vm.memory_bytes, err);
	if (!ret)
		ret = bus_create(&m->mmio, "MMIO", UINT64_MAX, err);
	if (!ret)
		ret = bus_create(&m->iocsr, "IOCSR", 0, err);
	if (!ret)
		ret = add_irqchips(m, err);
	if (ret)
		return ret;
	/* Disks before consoles: a terminal is not made raw for a VM that cannot start. */
	ret_disks = add_disks(m, slot + m->cfg->console.is_present, report, err);
	if (ret_disks && !report->nmistakes)
		return ret_disks;
	ret = open_consoles(m, report);
	if (ret || ret_disks)
		return -EINVAL;
	ret = add_board_devices(m, err);
	if (!ret)
		ret = add_console(m, &slot, err);
	if (ret)
		return ret;
	bus_freeze(m->mmio);
	bus_freeze(m->iocsr);
	return 0;
}

int machine_create(struct machine **out, const struct vm_config *cfg,
		   const struct machine_env *env, struct cfg_report *report, struct err *err)
{
	struct machine *m = calloc(1, sizeof(*m));
	int ret;

	if (!m)
		return err_set(err, -ENOMEM, "out of memory");
	m->cfg = cfg;
	m->env = *env;
	ret = build(m, report, err);
	if (ret) {
		machine_destroy(m);
		return ret;
	}
	*out = m;
	return 0;
}

void machine_check_disks(const struct vm_config *cfg, struct cfg_report *report)
{
	for (unsigned int i = 0; i < cfg->ndisks; i++) {
		const struct cfg_disk *d = &cfg->disks[i];
		struct cfg_loc loc = cfg_loc(cfg, d->section, "path");
		struct err err;

		if (d->path && !cfg_report_has(report, &loc) &&
		    blockfile_check(d->path, d->is_readonly, &err))
			cfg_report_add(report, &loc, "%s", err.text);
	}
}

void machine_destroy(struct machine *m)
{
	if (!m)
		return;
	while (m->ndevices) {
		struct device *dev = m->devices[--m->ndevices];

		dev->ops->destroy(dev);
	}
	if (!m->console_is_port)
		chardev_destroy(m->console_chr);
	if (!m->serial_is_port)
		chardev_destroy(m->serial_chr);
	chardev_mux_destroy(m->stdio);
	bus_destroy(m->iocsr);
	bus_destroy(m->mmio);
	mem_destroy(m->mem);
	free(m);
}

struct memory *machine_memory(struct machine *m)
{
	return m->mem;
}

struct bus *machine_mmio(struct machine *m)
{
	return m->mmio;
}

struct bus *machine_iocsr(struct machine *m)
{
	return m->iocsr;
}

void machine_add_doorbells(struct machine *m, const struct machine_doorbells *bells)
{
	for (unsigned int i = 0; i < m->nvirtio; i++) {
		int ret = virtio_mmio_add_doorbells(m->virtio[i], bells->add, bells->ctx);

		if (!ret)
			continue;
		/* What one is refused the next would be refused, too. */
		log_info("vm", "%s: no doorbell from here on, notifications take the bus: %s",
			 m->virtio[i]->name, strerror(-ret));
		return;
	}
}

void machine_reset(struct machine *m)
{
	for (unsigned int i = 0; i < m->ndevices; i++) {
		struct device *dev = m->devices[i];

		if (!dev->ops->reset)
			continue;
		pthread_mutex_lock(&dev->lock);
		dev->ops->reset(dev);
		pthread_mutex_unlock(&dev->lock);
	}
}

void machine_quiesce(struct machine *m)
{
	for (unsigned int i = 0; i < m->ndevices; i++) {
		if (m->devices[i]->ops->quiesce)
			m->devices[i]->ops->quiesce(m->devices[i]);
	}
}

int machine_fdt(void *ctx, struct fdt_ctx *f)
{
	struct machine *m = ctx;

	for (unsigned int i = 0; i < m->ndevices; i++) {
		int ret = m->devices[i]->ops->fdt ? m->devices[i]->ops->fdt(m->devices[i], f) : 0;

		if (ret)
			return ret;
	}
	return 0;
}
