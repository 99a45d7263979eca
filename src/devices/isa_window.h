/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/isa_window.h - addresses that must answer although nothing is behind them.
 *
 * The ISA I/O ports read as ones: without the window and its device tree node, kernels
 * that probe for a keyboard controller take a page fault and panic.  The DMA
 * configuration register of the bridge reads 0: kernels that look derive "node 0" from it.
 */
#ifndef LVZ_DEVICES_ISA_WINDOW_H
#define LVZ_DEVICES_ISA_WINDOW_H

#include "core/device.h"
#include "util/err.h"

#define ISA_WINDOW_BASE UINT64_C(0x18000000)
#define ISA_WINDOW_LEN UINT64_C(0x4000)
#define PCI_DMA_CFG_BASE UINT64_C(0x1001041c)

/*
 * Creates the device with its MMIO regions.  The caller owns *@out and ends it with
 * ops->destroy().  -ENOMEM with @err set.
 */
int isa_window_create(struct device **out, struct err *err);

#endif
