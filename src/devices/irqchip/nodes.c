/* SPDX-License-Identifier: Apache-2.0 */
/* devices/irqchip/nodes.c - see nodes.h. */
#include "devices/irqchip/nodes.h"

/* What the device tree calls the block; no memory access ever goes there. */
#define EIO_FDT_BASE	0x1400
#define EIO_FDT_LEN	0x800
#define EIO_FDT_HWI1	3		/* what Linux programs into IPMAP */

void irqchip_fdt_eiointc(struct fdt_ctx *fdt)
{
	fdt_node_begin_at(fdt, "interrupt-controller", EIO_FDT_BASE);
	fdt_prop_str(fdt, "compatible", "loongson,ls2k2000-eiointc");
	fdt_prop_reg(fdt, EIO_FDT_BASE, EIO_FDT_LEN);
	fdt_prop_empty(fdt, "interrupt-controller");
	fdt_prop_u32(fdt, "#interrupt-cells", 1);
	fdt_prop_u32(fdt, "interrupt-parent", FDT_PH_CPUINTC);
	fdt_prop_u32(fdt, "interrupts", EIO_FDT_HWI1);
	fdt_prop_u32(fdt, "phandle", FDT_PH_EIOINTC);
	fdt_node_end(fdt);
}

void irqchip_fdt_pch_pic(struct fdt_ctx *fdt)
{
	fdt_node_begin_at(fdt, "interrupt-controller", PCH_PIC_BASE);
	fdt_prop_str(fdt, "compatible", "loongson,pch-pic-1.0");
	fdt_prop_reg(fdt, PCH_PIC_BASE, PCH_PIC_BYTES);
	fdt_prop_empty(fdt, "interrupt-controller");
	fdt_prop_u32(fdt, "#interrupt-cells", 2);
	fdt_prop_u32(fdt, "interrupt-parent", FDT_PH_EIOINTC);
	fdt_prop_u32(fdt, "loongson,pic-base-vec", 0);
	fdt_prop_u32(fdt, "phandle", FDT_PH_PCH_PIC);
	fdt_node_end(fdt);
}
