/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loader/fdt.c - the generated device tree.  The loader writes what belongs to no device:
 * root, aliases, chosen, memory, CPUs and their clock and interrupt controller.  The rest
 * comes from the devices (device_ops.fdt) through the request's callback.
 *
 * Linux Documentation/devicetree/bindings names the properties; what Linux really reads
 * is in docs/boot.md.
 */
#include "loader/loader_priv.h"

#include <errno.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Shown in /proc/cpuinfo and used for nothing else. */
#define CPU_CLOCK_HZ 2000000000u

#define COMPATIBLE "lvz-vmm,virt\0linux,dummy-loongson3"

const char *ld_cpu_compatible(char *buf, const struct ld_request *req)
{
	/* "max" is la464 with every feature on; CPUCFG tells the difference. */
	const char *model = req->cpu_model && strcmp(req->cpu_model, "max") ? req->cpu_model
									    : "la464";

	snprintf(buf, 64, "loongson,%s", model);
	return buf;
}

static void write_chosen(struct fdt_ctx *f, const struct ld_request *req,
			 uint64_t initrd_gpa, uint64_t initrd_len)
{
	fdt_node_begin(f, "chosen");
	fdt_prop_str(f, "stdout-path", "serial0:115200n8");
	if (initrd_len) {
		fdt_prop_u64(f, "linux,initrd-start", initrd_gpa);
		fdt_prop_u64(f, "linux,initrd-end", initrd_gpa + initrd_len);
	}
	if (req->rng_seed)
		fdt_prop_bytes(f, "rng-seed", req->rng_seed, LD_RNG_SEED_BYTES);
	fdt_node_end(f);
}

static void write_cpus(struct fdt_ctx *f, const struct ld_request *req)
{
	char compatible[64];

	ld_cpu_compatible(compatible, req);
	fdt_node_begin(f, "cpu-clock");
	fdt_prop_str(f, "compatible", "fixed-clock");
	fdt_prop_u32(f, "#clock-cells", 0);
	fdt_prop_u32(f, "clock-frequency", CPU_CLOCK_HZ);
	fdt_prop_u32(f, "phandle", FDT_PH_CPUCLK);
	fdt_node_end(f);

	fdt_node_begin(f, "cpus");
	fdt_prop_u32(f, "#address-cells", 1);
	fdt_prop_u32(f, "#size-cells", 0);
	for (unsigned int i = 0; i < req->nvcpus; i++) {
		fdt_node_begin_at(f, "cpu", i);
		fdt_prop_str(f, "device_type", "cpu");
		fdt_prop_str(f, "compatible", compatible);
		fdt_prop_u32(f, "reg", i);
		fdt_prop_u32(f, "clocks", FDT_PH_CPUCLK);
		fdt_node_end(f);
	}
	fdt_node_end(f);

	fdt_node_begin(f, "interrupt-controller");
	fdt_prop_str(f, "compatible", "loongson,cpu-interrupt-controller");
	fdt_prop_empty(f, "interrupt-controller");
	fdt_prop_u32(f, "#interrupt-cells", 1);
	fdt_prop_u32(f, "phandle", FDT_PH_CPUINTC);
	fdt_node_end(f);
}

static void write_root(struct fdt_ctx *f, const struct memory *mem,
		       const struct ld_request *req, uint64_t initrd_gpa, uint64_t initrd_len)
{
	fdt_prop_u32(f, "#address-cells", 2);
	fdt_prop_u32(f, "#size-cells", 2);
	fdt_prop_bytes(f, "compatible", COMPATIBLE, sizeof(COMPATIBLE));
	fdt_prop_str(f, "model", "Loongson-3A5000 lvz-vmm");

	fdt_node_begin(f, "aliases");
	fdt_prop_str(f, "serial0", LD_SERIAL_NODE);
	fdt_node_end(f);
	write_chosen(f, req, initrd_gpa, initrd_len);
	for (unsigned int i = 0; i < mem->nslots; i++) {
		fdt_node_begin_at(f, "memory", mem->slots[i].gpa);
		fdt_prop_str(f, "device_type", "memory");
		fdt_prop_reg(f, mem->slots[i].gpa, mem->slots[i].len_bytes);
		fdt_node_end(f);
	}
	write_cpus(f, req);
}

int ld_fdt_generate(const struct memory *mem, const struct ld_request *req,
		    uint64_t initrd_gpa, uint64_t initrd_len, void *blob, struct err *err)
{
	struct fdt_ctx f = { .blob = blob };
	int ret = 0;

	f.error = fdt_create(blob, (int)LD_FDT_MAX_BYTES);
	if (!f.error)
		f.error = fdt_finish_reservemap(blob);
	fdt_node_begin(&f, "");
	write_root(&f, mem, req, initrd_gpa, initrd_len);
	if (!f.error && req->fdt_devices)
		ret = req->fdt_devices(req->fdt_ctx, &f);
	fdt_node_end(&f);
	if (!f.error)
		f.error = fdt_finish(blob);
	if (!f.error)		/* catches a device whose nodes do not balance */
		f.error = fdt_check_full(blob, fdt_totalsize(blob));
	if (f.error == -FDT_ERR_NOSPACE)
		return err_set(err, -ENOSPC, "device tree: does not fit into %llu KiB",
			       (unsigned long long)(LD_FDT_MAX_BYTES >> 10));
	if (f.error)
		return err_set(err, -EINVAL, "device tree: %s", fdt_strerror(f.error));
	if (ret)
		return err_set(err, ret, "device tree: a device failed: %s", strerror(-ret));
	return 0;
}

int ld_build_fdt(const struct memory *mem, const struct ld_request *req,
		 uint64_t initrd_gpa, uint64_t initrd_len, void **out, size_t *len,
		 struct err *err)
{
	void *blob = calloc(1, LD_FDT_MAX_BYTES), *cut;
	struct span dtb;
	int ret;

	if (!blob)
		return err_set(err, -ENOMEM, "device tree: out of memory");
	if (req->dtb) {
		ret = file_map(req->dtb, &dtb, err);
		if (!ret)
			ret = ld_fdt_adopt(mem, req, &dtb, initrd_gpa, initrd_len, blob, err);
		file_unmap(&dtb);
	} else {
		ret = ld_fdt_generate(mem, req, initrd_gpa, initrd_len, blob, err);
	}
	if (ret) {
		free(blob);
		return ret;
	}
	*len = fdt_totalsize(blob);
	cut = realloc(blob, *len);
	*out = cut ? cut : blob;
	return 0;
}
