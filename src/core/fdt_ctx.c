/* SPDX-License-Identifier: Apache-2.0 */
/* core/fdt_ctx.c - see fdt_ctx.h. */
#include "core/fdt_ctx.h"

#include <inttypes.h>
#include <libfdt.h>
#include <limits.h>
#include <stdio.h>

#define NODE_NAME_BYTES 96

void fdt_node_begin(struct fdt_ctx *f, const char *name)
{
	if (!f->error)
		f->error = fdt_begin_node(f->blob, name);
}

void fdt_node_begin_at(struct fdt_ctx *f, const char *name, uint64_t addr)
{
	char full[NODE_NAME_BYTES];
	int n = snprintf(full, sizeof(full), "%s@%" PRIx64, name, addr);

	if (!f->error && (n < 0 || (size_t)n >= sizeof(full)))
		f->error = -FDT_ERR_BADVALUE;
	fdt_node_begin(f, full);
}

void fdt_node_end(struct fdt_ctx *f)
{
	if (!f->error)
		f->error = fdt_end_node(f->blob);
}

void fdt_prop_empty(struct fdt_ctx *f, const char *name)
{
	fdt_prop_bytes(f, name, NULL, 0);
}

void fdt_prop_u32(struct fdt_ctx *f, const char *name, uint32_t v)
{
	if (!f->error)
		f->error = fdt_property_u32(f->blob, name, v);
}

void fdt_prop_u64(struct fdt_ctx *f, const char *name, uint64_t v)
{
	if (!f->error)
		f->error = fdt_property_u64(f->blob, name, v);
}

void fdt_prop_cells(struct fdt_ctx *f, const char *name, const uint32_t *cells, size_t n)
{
	void *room;

	if (!f->error && n > INT_MAX / sizeof(fdt32_t))
		f->error = -FDT_ERR_NOSPACE;
	if (!f->error)
		f->error = fdt_property_placeholder(f->blob, name,
						    (int)(n * sizeof(fdt32_t)), &room);
	if (f->error)
		return;
	for (size_t i = 0; i < n; i++)
		fdt32_st((fdt32_t *)room + i, cells[i]);
}

void fdt_prop_str(struct fdt_ctx *f, const char *name, const char *s)
{
	if (!f->error)
		f->error = fdt_property_string(f->blob, name, s);
}

void fdt_prop_bytes(struct fdt_ctx *f, const char *name, const void *p, size_t n)
{
	if (!f->error && n > INT_MAX)
		f->error = -FDT_ERR_NOSPACE;
	if (!f->error)
		f->error = fdt_property(f->blob, name, p, (int)n);
}

void fdt_prop_reg(struct fdt_ctx *f, uint64_t base, uint64_t len)
{
	const uint32_t cells[] = { (uint32_t)(base >> 32), (uint32_t)base,
				   (uint32_t)(len >> 32), (uint32_t)len };

	fdt_prop_cells(f, "reg", cells, sizeof(cells) / sizeof(cells[0]));
}

void fdt_prop_pic_irq(struct fdt_ctx *f, unsigned int pin, uint32_t type)
{
	const uint32_t cells[] = { pin, type };

	fdt_prop_u32(f, "interrupt-parent", FDT_PH_PCH_PIC);
	fdt_prop_cells(f, "interrupts", cells, sizeof(cells) / sizeof(cells[0]));
}
