/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/irqchip/pch_pic.c - see pch_pic.h.
 *
 * Registers: Loongson 7A1000 user manual, chapter on interrupts.  All are 64 bits wide;
 * 32 inputs are wired.  Writes to what does not exist are dropped in silence: Linux clears
 * the non-existing HTMSI_VEC[255] 64 times at start.
 * Locking: everything under dev.lock, which comes before the lock of the EIOINTC.
 */
#include "devices/irqchip/pch_pic.h"

#include <errno.h>
#include <stdlib.h>

#include "devices/irqchip/lanes.h"
#include "devices/irqchip/nodes.h"
#include "util/bits.h"

#define PIC_INT_ID	0x000
#define PIC_INT_MASK	0x020
#define PIC_HTMSI_EN	0x040
#define PIC_INT_EDGE	0x060
#define PIC_INT_CLEAR	0x080
#define PIC_AUTO_CTRL0	0x0c0
#define PIC_AUTO_CTRL1	0x0e0
#define PIC_ROUTE	0x100
#define PIC_HTMSI_VEC	0x200
#define PIC_INT_REQUEST	0x380
#define PIC_INT_STATUS	0x3a0
#define PIC_INT_POL	0x3e0

#define PIC_ID		UINT64_C(0x07)
#define PIC_VERSION	UINT64_C(1)
#define PIC_BYTE_WORDS	8		/* ROUTE and HTMSI_VEC: 64 bytes each */
#define PIC_PIN_MASK	mask64(PCH_PIC_NUM_PINS)

struct pch_pic {
	struct device dev;		/* first, see pic_destroy() */
	struct irq_line vectors;
	uint64_t wire;			/* levels of the inputs */
	uint64_t request;		/* level inputs: the wire; edge inputs: a latch */
	uint64_t in_service;		/* handed to the EIOINTC and not withdrawn */
	uint64_t mask;
	uint64_t edge;
	uint64_t htmsi_vec[PIC_BYTE_WORDS];
	/* Stored without effect: */
	uint64_t htmsi_en;
	uint64_t auto_ctrl[2];
	uint64_t route[PIC_BYTE_WORDS];
	uint64_t pol;
};

static void pic_vector_set(struct pch_pic *pic, unsigned int pin, bool level)
{
	unsigned int vec = (unsigned int)(pic->htmsi_vec[pin / 8] >> (8 * (pin % 8))) & 0xff;

	if (pic->vectors.set)
		pic->vectors.set(pic->vectors.ctx, vec, level);
}

/* Passes the request of @pin on, also when it was passed on before (re-latch). */
static void pic_raise(struct pch_pic *pic, unsigned int pin)
{
	if (!(pic->request & ~pic->mask & BIT64(pin)))
		return;
	pic->in_service |= BIT64(pin);
	pic_vector_set(pic, pin, true);
}

static void pic_withdraw(struct pch_pic *pic, unsigned int pin)
{
	if (!(pic->in_service & BIT64(pin)))
		return;
	pic->in_service &= ~BIT64(pin);
	pic_vector_set(pic, pin, false);
}

static void pic_set_pin(void *ctx, unsigned int pin, bool level)
{
	struct pch_pic *pic = ctx;
	uint64_t bit = BIT64(pin % 64);
	bool was_up;

	if (pin >= PCH_PIC_NUM_PINS)
		return;
	pthread_mutex_lock(&pic->dev.lock);
	was_up = pic->wire & bit;
	pic->wire = level ? pic->wire | bit : pic->wire & ~bit;
	if (pic->edge & bit) {
		if (level && !was_up)
			pic->request |= bit;
	} else {
		pic->request = level ? pic->request | bit : pic->request & ~bit;
	}
	if (pic->request & bit) {
		if (level)
			pic_raise(pic, pin);
	} else {
		pic_withdraw(pic, pin);
	}
	pthread_mutex_unlock(&pic->dev.lock);
}

struct irq_line pch_pic_line(struct device *dev, unsigned int pin)
{
	return (struct irq_line){ pic_set_pin, container_of(dev, struct pch_pic, dev), pin };
}

static uint64_t pic_read_reg(void *ctx, unsigned int vcpu, uint64_t off)
{
	const struct pch_pic *pic = ctx;

	(void)vcpu;
	switch (off) {
	case PIC_INT_ID:
		return PIC_ID << 24 | PIC_VERSION << 32 |
		       (uint64_t)(PCH_PIC_NUM_PINS - 1) << 48;
	case PIC_INT_MASK:
		return pic->mask;
	case PIC_HTMSI_EN:
		return pic->htmsi_en;
	case PIC_INT_EDGE:
		return pic->edge;
	case PIC_AUTO_CTRL0:
		return pic->auto_ctrl[0];
	case PIC_AUTO_CTRL1:
		return pic->auto_ctrl[1];
	case PIC_INT_REQUEST:
		return pic->request;
	case PIC_INT_STATUS:
		return pic->in_service & ~pic->mask;
	case PIC_INT_POL:
		return pic->pol;
	}
	if (off >= PIC_ROUTE && off < PIC_ROUTE + 8 * PIC_BYTE_WORDS)
		return pic->route[(off - PIC_ROUTE) / 8];
	if (off >= PIC_HTMSI_VEC && off < PIC_HTMSI_VEC + 8 * PIC_BYTE_WORDS)
		return pic->htmsi_vec[(off - PIC_HTMSI_VEC) / 8];
	return 0;
}

/* Masking does not withdraw an asserted input; unmasking asks again. */
static void pic_write_mask(struct pch_pic *pic, uint64_t val)
{
	uint64_t unmasked = pic->mask & ~val & pic->request;

	pic->mask = val;
	for (; unmasked; unmasked &= unmasked - 1)
		pic_raise(pic, (unsigned int)__builtin_ctzll(unmasked));
}

static void pic_write_clear(struct pch_pic *pic, uint64_t val)
{
	uint64_t cleared = val & pic->edge & pic->request;

	pic->request &= ~cleared;
	for (; cleared; cleared &= cleared - 1)
		pic_withdraw(pic, (unsigned int)__builtin_ctzll(cleared));
}

static void pic_write_edge(struct pch_pic *pic, uint64_t val)
{
	uint64_t to_level = pic->edge & ~val & PIC_PIN_MASK;

	pic->edge = val;
	pic->request = lane_merge(pic->request, pic->wire, to_level);
	for (; to_level; to_level &= to_level - 1) {
		unsigned int pin = (unsigned int)__builtin_ctzll(to_level);

		if (pic->request & BIT64(pin))
			pic_raise(pic, pin);
		else
			pic_withdraw(pic, pin);
	}
}

/* A vector must not stay raised behind the back of a guest that renumbers its input. */
static void pic_write_vec(struct pch_pic *pic, unsigned int i, uint64_t val)
{
	for (unsigned int b = 0; b < 8; b++) {
		uint64_t byte = UINT64_C(0xff) << (8 * b);
		unsigned int pin = 8 * i + b;
		bool is_moved = (pic->htmsi_vec[i] ^ val) & byte &&
				pic->in_service & BIT64(pin);

		if (is_moved)
			pic_withdraw(pic, pin);
		pic->htmsi_vec[i] = lane_merge(pic->htmsi_vec[i], val, byte);
		if (is_moved)
			pic_raise(pic, pin);
	}
}

static void pic_write_reg(void *ctx, unsigned int vcpu, uint64_t off, uint64_t val,
			  uint64_t mask)
{
	struct pch_pic *pic = ctx;
	unsigned int i;

	(void)vcpu;
	switch (off) {
	case PIC_INT_MASK:
		pic_write_mask(pic, lane_merge(pic->mask, val, mask));
		return;
	case PIC_HTMSI_EN:
		pic->htmsi_en = lane_merge(pic->htmsi_en, val, mask);
		return;
	case PIC_INT_EDGE:
		pic_write_edge(pic, lane_merge(pic->edge, val, mask));
		return;
	case PIC_INT_CLEAR:
		pic_write_clear(pic, val);
		return;
	case PIC_AUTO_CTRL0:
	case PIC_AUTO_CTRL1:
		i = off == PIC_AUTO_CTRL1;
		pic->auto_ctrl[i] = lane_merge(pic->auto_ctrl[i], val, mask);
		return;
	case PIC_INT_POL:
		pic->pol = lane_merge(pic->pol, val, mask);
		return;
	}
	if (off >= PIC_ROUTE && off < PIC_ROUTE + 8 * PIC_BYTE_WORDS) {
		i = (unsigned int)(off - PIC_ROUTE) / 8;
		pic->route[i] = lane_merge(pic->route[i], val, mask);
	} else if (off >= PIC_HTMSI_VEC && off < PIC_HTMSI_VEC + 8 * PIC_BYTE_WORDS) {
		i = (unsigned int)(off - PIC_HTMSI_VEC) / 8;
		pic_write_vec(pic, i, lane_merge(pic->htmsi_vec[i], val, mask));
	}
}

static const struct lane_ops pic_lanes = { pic_read_reg, pic_write_reg };

static int pic_read(struct device *dev, const struct bus_at *at, uint64_t *val)
{
	*val = lanes_read(&pic_lanes, container_of(dev, struct pch_pic, dev), at->vcpu, at->off,
			  at->size);
	return 0;
}

static int pic_write(struct device *dev, const struct bus_at *at, uint64_t val)
{
	lanes_write(&pic_lanes, container_of(dev, struct pch_pic, dev), at->vcpu, at->off,
		    at->size, val);
	return 0;
}

static void pic_reset(struct device *dev)
{
	struct pch_pic *pic = container_of(dev, struct pch_pic, dev);

	for (unsigned int pin = 0; pin < PCH_PIC_NUM_PINS; pin++)
		pic_withdraw(pic, pin);
	pic->wire = 0;
	pic->request = 0;
	pic->mask = UINT64_MAX;
	pic->edge = 0;
	pic->htmsi_en = 0;
	pic->auto_ctrl[0] = 0;
	pic->auto_ctrl[1] = 0;
	pic->pol = 0;
	for (unsigned int i = 0; i < PIC_BYTE_WORDS; i++) {
		pic->route[i] = UINT64_C(0x0101010101010101);
		pic->htmsi_vec[i] = 0;
	}
}

static int pic_fdt(struct device *dev, struct fdt_ctx *fdt)
{
	(void)dev;
	irqchip_fdt_pch_pic(fdt);
	return 0;
}

static void pic_destroy(struct device *dev)
{
	device_fini(dev);
	free(container_of(dev, struct pch_pic, dev));
}

static const struct device_ops pic_ops = {
	.read = pic_read,
	.write = pic_write,
	.reset = pic_reset,
	.fdt = pic_fdt,
	.destroy = pic_destroy,
};

int pch_pic_create(const struct pch_pic_cfg *cfg, struct device **out, struct err *err)
{
	struct pch_pic *pic = calloc(1, sizeof(*pic));

	if (!pic)
		return err_set(err, -ENOMEM, "pch-pic: out of memory");
	device_init(&pic->dev, &pic_ops, "pch-pic");
	device_add_region(&pic->dev, PCH_PIC_BASE, PCH_PIC_BYTES);
	pic->vectors = cfg->vectors;
	pic_reset(&pic->dev);
	*out = &pic->dev;
	return 0;
}
