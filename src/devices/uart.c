/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/uart.c - see uart.h.
 *
 * Registers: PC16550D data sheet.  No pacing: a byte is sent when the host takes it, and
 * the receive timeout has passed as soon as a byte is there.
 * Locking: everything under dev.lock, which comes before the lock of the interrupt
 * controller and before the chardev's own.
 */
#include "devices/uart.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/fdt_ctx.h"
#include "devices/host/chardev.h"
#include "util/bits.h"

#define UART_LEN	0x100
#define UART_CLOCK_HZ	100000000
#define UART_FIFO_BYTES	16

#define UART_DATA	0		/* RBR, THR; DLL with DLAB */
#define UART_IER	1		/* DLM with DLAB */
#define UART_IIR	2		/* FCR on writes */
#define UART_LCR	3
#define UART_MCR	4
#define UART_LSR	5
#define UART_MSR	6
#define UART_SCR	7

#define IER_RDI		0x01
#define IER_THRI	0x02
#define IER_RLSI	0x04
#define IER_MSI		0x08
#define IER_WRITABLE	0x0f

#define IIR_NONE	0x01
#define IIR_MSI		0x00
#define IIR_THRI	0x02
#define IIR_RDI		0x04
#define IIR_RLSI	0x06
#define IIR_TIMEOUT	0x0c
#define IIR_FIFO	0xc0

#define FCR_ENABLE	0x01
#define FCR_CLEAR_RX	0x02
#define FCR_CLEAR_TX	0x04

#define LCR_DLAB	0x80

#define MCR_DTR		0x01
#define MCR_RTS		0x02
#define MCR_OUT1	0x04
#define MCR_OUT2	0x08
#define MCR_LOOP	0x10
#define MCR_WRITABLE	0x1f

#define LSR_DR		0x01
#define LSR_OE		0x02
#define LSR_ERRORS	0x1e
#define LSR_TX_EMPTY	0x60		/* THRE and TEMT */

#define MSR_DCTS	0x01
#define MSR_DDSR	0x02
#define MSR_TERI	0x04
#define MSR_DDCD	0x08
#define MSR_DELTAS	0x0f
#define MSR_CTS		0x10
#define MSR_DSR		0x20
#define MSR_RI		0x40
#define MSR_DCD		0x80
#define MSR_CONNECTED	(MSR_CTS | MSR_DSR | MSR_DCD)

#define DIVISOR_RESET	12

struct uart {
	struct device dev;		/* first, see uart_destroy() */
	struct irq_line irq;
	struct chardev *chr;
	uint8_t ier, fcr, lcr, mcr, msr, scr, dll, dlm;
	uint8_t lsr_errors;
	bool is_thr_pending;		/* the THRE interrupt, until an IIR read shows it */
	bool is_line_up;
	bool is_input_waiting;		/* the chardev may have more than we took */
	unsigned int rx_head, rx_count;
	unsigned int tx_count;
	uint8_t rx[UART_FIFO_BYTES];	/* ring */
	uint8_t tx[UART_FIFO_BYTES];	/* what the host did not take yet */
};

static unsigned int uart_depth(const struct uart *u)
{
	return u->fcr & FCR_ENABLE ? UART_FIFO_BYTES : 1;
}

static unsigned int uart_trigger(const struct uart *u)
{
	static const uint8_t levels[] = { 1, 4, 8, 14 };

	return u->fcr & FCR_ENABLE ? levels[u->fcr >> 6] : 1;
}

static uint8_t uart_lsr(const struct uart *u)
{
	return (uint8_t)((u->rx_count ? LSR_DR : 0) | (u->tx_count ? 0 : LSR_TX_EMPTY) |
			 u->lsr_errors);
}

/* The pending interrupt of highest priority. */
static uint8_t uart_iir(const struct uart *u)
{
	if (u->ier & IER_RLSI && u->lsr_errors)
		return IIR_RLSI;
	if (u->ier & IER_RDI && u->rx_count)
		return u->rx_count >= uart_trigger(u) ? IIR_RDI : IIR_TIMEOUT;
	if (u->ier & IER_THRI && u->is_thr_pending)
		return IIR_THRI;
	if (u->ier & IER_MSI && u->msr & MSR_DELTAS)
		return IIR_MSI;
	return IIR_NONE;
}

/* Call after every change of state.  A line that stays up is raised again (re-latch). */
static void uart_update(struct uart *u)
{
	bool level = uart_iir(u) != IIR_NONE;

	if (level || u->is_line_up)
		irq_set(&u->irq, level);
	u->is_line_up = level;
}

static void uart_rx_push(struct uart *u, uint8_t byte)
{
	if (u->rx_count == uart_depth(u)) {
		u->lsr_errors |= LSR_OE;
		return;
	}
	u->rx[(u->rx_head + u->rx_count++) % UART_FIFO_BYTES] = byte;
}

/* Takes what the host side has, as far as it fits. */
static void uart_rx_fill(struct uart *u)
{
	uint8_t buf[UART_FIFO_BYTES];
	size_t room = uart_depth(u) - u->rx_count, n;

	/* In loopback the host is unplugged. */
	if (!u->is_input_waiting || !room || u->mcr & MCR_LOOP || !u->chr)
		return;
	n = chardev_read(u->chr, buf, room);
	for (size_t i = 0; i < n; i++)
		uart_rx_push(u, buf[i]);
	u->is_input_waiting = n == room;
}

static void uart_rx_clear(struct uart *u)
{
	u->rx_head = 0;
	u->rx_count = 0;
}

static uint8_t uart_rx_pop(struct uart *u)
{
	uint8_t byte = u->rx[u->rx_head];

	if (!u->rx_count)
		return byte;		/* the last one again, as hardware does */
	u->rx_count--;
	u->rx_head = (u->rx_head + 1) % UART_FIFO_BYTES;
	if (!u->rx_count)
		uart_rx_fill(u);
	return byte;
}

static void uart_tx_drain(struct uart *u)
{
	size_t taken = u->tx_count;

	if (!taken)
		return;
	if (u->chr)
		taken = chardev_write(u->chr, u->tx, u->tx_count);
	u->tx_count -= (unsigned int)taken;
	memmove(u->tx, u->tx + taken, u->tx_count);
	if (!u->tx_count)
		u->is_thr_pending = true;
}

static void uart_tx_push(struct uart *u, uint8_t byte)
{
	u->is_thr_pending = false;
	if (u->mcr & MCR_LOOP) {
		uart_rx_push(u, byte);
		u->is_thr_pending = u->tx_count == 0;
		return;
	}
	if (u->tx_count < uart_depth(u))
		u->tx[u->tx_count++] = byte;
	else
		guest_error(&u->dev, "byte %#x lost: written while the transmitter is busy", byte);
	uart_tx_drain(u);
}

static uint8_t uart_modem_inputs(const struct uart *u)
{
	if (!(u->mcr & MCR_LOOP))
		return MSR_CONNECTED;
	return (uint8_t)((u->mcr & MCR_RTS ? MSR_CTS : 0) | (u->mcr & MCR_DTR ? MSR_DSR : 0) |
			 (u->mcr & MCR_OUT1 ? MSR_RI : 0) | (u->mcr & MCR_OUT2 ? MSR_DCD : 0));
}

static void uart_write_mcr(struct uart *u, uint8_t val)
{
	uint8_t old = u->msr, now, changed;

	u->mcr = val & MCR_WRITABLE;
	now = uart_modem_inputs(u);
	changed = old ^ now;
	u->msr = now | (old & MSR_DELTAS);
	if (changed & MSR_CTS)
		u->msr |= MSR_DCTS;
	if (changed & MSR_DSR)
		u->msr |= MSR_DDSR;
	if (changed & old & MSR_RI)	/* the trailing edge only */
		u->msr |= MSR_TERI;
	if (changed & MSR_DCD)
		u->msr |= MSR_DDCD;
	uart_rx_fill(u);
}

static void uart_write_ier(struct uart *u, uint8_t val)
{
	uint8_t turned_on = val & ~u->ier;

	u->ier = val & IER_WRITABLE;
	/* Drivers start a transmission by enabling this interrupt while nothing is sent. */
	if (turned_on & IER_THRI && !u->tx_count)
		u->is_thr_pending = true;
}

static void uart_write_fcr(struct uart *u, uint8_t val)
{
	bool is_switch = (val ^ u->fcr) & FCR_ENABLE;

	if (is_switch || (val & FCR_ENABLE && val & FCR_CLEAR_RX))
		uart_rx_clear(u);
	if ((is_switch || (val & FCR_ENABLE && val & FCR_CLEAR_TX)) && u->tx_count) {
		u->tx_count = 0;
		u->is_thr_pending = true;
	}
	u->fcr = val & FCR_ENABLE ? val & (0xc0 | FCR_ENABLE) : 0;
	uart_rx_fill(u);
}

static uint8_t uart_read_iir(struct uart *u)
{
	uint8_t iir = uart_iir(u);

	if (iir == IIR_THRI)
		u->is_thr_pending = false;
	return iir | (u->fcr & FCR_ENABLE ? IIR_FIFO : 0);
}

static uint8_t uart_read_reg(struct uart *u, unsigned int reg)
{
	uint8_t val;

	switch (reg) {
	case UART_DATA:
		return u->lcr & LCR_DLAB ? u->dll : uart_rx_pop(u);
	case UART_IER:
		return u->lcr & LCR_DLAB ? u->dlm : u->ier;
	case UART_IIR:
		return uart_read_iir(u);
	case UART_LCR:
		return u->lcr;
	case UART_MCR:
		return u->mcr;
	case UART_LSR:
		if (!u->rx_count)
			uart_rx_fill(u);
		val = uart_lsr(u);
		u->lsr_errors &= (uint8_t)~LSR_ERRORS;
		return val;
	case UART_MSR:
		val = u->msr;
		u->msr &= (uint8_t)~MSR_DELTAS;
		return val;
	default:
		return u->scr;
	}
}

static void uart_write_reg(struct uart *u, unsigned int reg, uint8_t val)
{
	switch (reg) {
	case UART_DATA:
		if (u->lcr & LCR_DLAB)
			u->dll = val;
		else
			uart_tx_push(u, val);
		break;
	case UART_IER:
		if (u->lcr & LCR_DLAB)
			u->dlm = val;
		else
			uart_write_ier(u, val);
		break;
	case UART_IIR:
		uart_write_fcr(u, val);
		break;
	case UART_LCR:
		u->lcr = val;
		break;
	case UART_MCR:
		uart_write_mcr(u, val);
		break;
	case UART_SCR:
		u->scr = val;
		break;
	default:			/* LSR and MSR are read-only; probes write them */
		break;
	}
}

static int uart_read(struct device *dev, const struct bus_at *at, uint64_t *val)
{
	struct uart *u = container_of(dev, struct uart, dev);

	*val = 0;
	if (at->off > UART_SCR)
		return guest_error(dev, "read at +%#" PRIx64, at->off);
	/* Wider accesses reach one register only. */
	*val = uart_read_reg(u, (unsigned int)at->off);
	uart_update(u);
	return 0;
}

static int uart_write(struct device *dev, const struct bus_at *at, uint64_t val)
{
	struct uart *u = container_of(dev, struct uart, dev);

	if (at->off > UART_SCR)
		return guest_error(dev, "write of %#" PRIx64 " at +%#" PRIx64, val, at->off);
	uart_write_reg(u, (unsigned int)at->off, (uint8_t)val);
	uart_update(u);
	return 0;
}

static void uart_on_input(void *ctx)
{
	struct uart *u = ctx;

	pthread_mutex_lock(&u->dev.lock);
	u->is_input_waiting = true;
	uart_rx_fill(u);
	uart_update(u);
	pthread_mutex_unlock(&u->dev.lock);
}

static void uart_on_writable(void *ctx)
{
	struct uart *u = ctx;

	pthread_mutex_lock(&u->dev.lock);
	uart_tx_drain(u);
	uart_update(u);
	pthread_mutex_unlock(&u->dev.lock);
}

static void uart_reset(struct device *dev)
{
	struct uart *u = container_of(dev, struct uart, dev);

	uart_tx_drain(u);	/* last words, if the host has room for them */
	u->tx_count = 0;
	uart_rx_clear(u);
	u->is_input_waiting = true;
	u->ier = 0;
	u->fcr = 0;
	u->lcr = 0;
	u->mcr = MCR_OUT2;
	u->msr = MSR_CONNECTED;
	u->scr = 0;
	u->dll = DIVISOR_RESET;
	u->dlm = 0;
	u->lsr_errors = 0;
	u->is_thr_pending = false;
	uart_update(u);
}

static int uart_fdt(struct device *dev, struct fdt_ctx *fdt)
{
	const struct uart *u = container_of(dev, struct uart, dev);

	fdt_node_begin_at(fdt, "serial", dev->regions[0].base);
	fdt_prop_str(fdt, "compatible", "ns16550a");
	fdt_prop_reg(fdt, dev->regions[0].base, dev->regions[0].len);
	fdt_prop_u32(fdt, "clock-frequency", UART_CLOCK_HZ);
	if (u->irq.set)
		fdt_prop_pic_irq(fdt, u->irq.pin, FDT_IRQ_LEVEL_HIGH);
	fdt_node_end(fdt);
	return 0;
}

static void uart_destroy(struct device *dev)
{
	struct uart *u = container_of(dev, struct uart, dev);

	if (u->chr) {
		chardev_set_active(u->chr, false);
		chardev_set_user(u->chr, NULL, NULL, NULL);
	}
	device_fini(dev);
	free(u);
}

static const struct device_ops uart_ops = {
	.read = uart_read,
	.write = uart_write,
	.reset = uart_reset,
	.fdt = uart_fdt,
	.destroy = uart_destroy,
};

int uart_create(const struct uart_cfg *cfg, struct device **out, struct err *err)
{
	struct uart *u = calloc(1, sizeof(*u));

	if (!u)
		return err_set(err, -ENOMEM, "%s: out of memory", cfg->name);
	device_init(&u->dev, &uart_ops, cfg->name);
	device_add_region(&u->dev, cfg->base, UART_LEN);
	u->irq = cfg->irq;
	u->chr = cfg->chr;
	uart_reset(&u->dev);
	if (u->chr) {
		chardev_set_user(u->chr, uart_on_input, uart_on_writable, u);
		chardev_set_active(u->chr, true);
	}
	*out = &u->dev;
	return 0;
}
