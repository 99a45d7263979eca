/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/irqchip/nodes.h - what the device tree says of the interrupt controllers, whoever
 * models them.
 */
#ifndef LVZ_DEVICES_IRQCHIP_NODES_H
#define LVZ_DEVICES_IRQCHIP_NODES_H

#include <stdint.h>

#include "core/fdt_ctx.h"

#define PCH_PIC_BASE UINT64_C(0x10000000)
#define PCH_PIC_BYTES UINT64_C(0x400)

/* Each adds one node. */
void irqchip_fdt_eiointc(struct fdt_ctx *fdt);
void irqchip_fdt_pch_pic(struct fdt_ctx *fdt);

#endif
