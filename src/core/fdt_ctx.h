/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/fdt_ctx.h - the device tree under construction, as devices see it.
 *
 * Thin helpers over libfdt's sequential-write calls that remember the first error, so
 * that a device's fdt() reads as a list of properties and checks once at the end.
 * Phandles are fixed numbers: every machine has one of each controller.
 */
#ifndef LVZ_CORE_FDT_CTX_H
#define LVZ_CORE_FDT_CTX_H

#include <stddef.h>
#include <stdint.h>

enum fdt_phandle {
	FDT_PH_CPUINTC = 1,
	FDT_PH_EIOINTC,
	FDT_PH_PCH_PIC,
	FDT_PH_PCH_MSI,
	FDT_PH_GED,
	FDT_PH_CPUCLK,
};

#define FDT_IRQ_EDGE_RISING 1u
#define FDT_IRQ_LEVEL_HIGH 4u

struct fdt_ctx {
	void *blob;		/* being written by fdt_create() and friends */
	int error;		/* first libfdt error (negative), 0 so far */
};

/* begin/end pairs; the unit address goes into the name: "serial@1fe001e0". */
void fdt_node_begin(struct fdt_ctx *f, const char *name);
void fdt_node_begin_at(struct fdt_ctx *f, const char *name, uint64_t addr);
void fdt_node_end(struct fdt_ctx *f);

void fdt_prop_empty(struct fdt_ctx *f, const char *name);
void fdt_prop_u32(struct fdt_ctx *f, const char *name, uint32_t v);
void fdt_prop_u64(struct fdt_ctx *f, const char *name, uint64_t v);
void fdt_prop_cells(struct fdt_ctx *f, const char *name, const uint32_t *cells, size_t n);
void fdt_prop_str(struct fdt_ctx *f, const char *name, const char *s);
/* @n bytes, e.g. a list of NUL-terminated strings. */
void fdt_prop_bytes(struct fdt_ctx *f, const char *name, const void *p, size_t n);
/* "reg" with two address and two size cells. */
void fdt_prop_reg(struct fdt_ctx *f, uint64_t base, uint64_t len);
/* interrupt-parent = PCH-PIC, interrupts = <pin type>. */
void fdt_prop_pic_irq(struct fdt_ctx *f, unsigned int pin, uint32_t type);

#endif
