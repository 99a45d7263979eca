/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/uart.h - 16550A serial port over a chardev.
 */
#ifndef LVZ_DEVICES_UART_H
#define LVZ_DEVICES_UART_H

#include "core/device.h"
#include "core/irq.h"
#include "util/err.h"

#define UART0_BASE UINT64_C(0x1fe001e0)
#define UART0_PIN 2

struct chardev;

struct uart_cfg {
	const char *name;	/* for messages */
	uint64_t base;		/* guest-physical */
	/*
	 * Line of the PCH-PIC; its pin goes into the device tree.  Without a set() there is
	 * no "interrupts" property and the guest polls.
	 */
	struct irq_line irq;
	struct chardev *chr;	/* borrowed, outlives the device; NULL: output is dropped */
};

/*
 * Creates the port in its reset state, with its MMIO region, and becomes the user of
 * cfg->chr.  The caller owns *@out and ends it with ops->destroy().  Both on the loop
 * thread.  Input and room for output arrive there, too; accesses come from vCPU threads
 * and never wait for the host: a guest that writes faster than the host takes finds the
 * transmitter busy.  -ENOMEM with @err set.
 */
int uart_create(const struct uart_cfg *cfg, struct device **out, struct err *err);

#endif
