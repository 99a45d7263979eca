/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loader/dtb.c - the user's own device tree.  It is taken as it is; only what depends on
 * this run (memory, cpus, initrd, console, random seed) is added where it is missing.
 *
 * libfdt trusts a tree that it has once checked, so a private copy is checked and used:
 * the file itself may change under us.
 */
#include "loader/loader_priv.h"

#include <errno.h>
#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STDOUT_OPTIONS ":115200n8"

static int copy_tree(const struct span *dtb, const char *path, void *blob, struct err *err)
{
	const char *source = span_at(dtb, 0, 8);
	void *copy;
	int ret;

	if (source && !memcmp(source, "/dts-v1/", 8))
		return err_set(err, -EINVAL, "%s: is device tree source; "
			       "a blob is wanted (compile it with dtc)", path);
	if (dtb->len > LD_FDT_MAX_BYTES)
		return err_set(err, -ENOSPC, "%s: %" PRIu64 " bytes; a device tree of at most %"
			       PRIu64 " is wanted", path, dtb->len, LD_FDT_MAX_BYTES);
	copy = malloc(dtb->len + 1);
	if (!copy)
		return err_set(err, -ENOMEM, "%s: out of memory", path);
	if (dtb->len)
		memcpy(copy, dtb->data, dtb->len);
	ret = fdt_check_full(copy, dtb->len);
	if (!ret)
		ret = fdt_open_into(copy, blob, (int)LD_FDT_MAX_BYTES);
	free(copy);
	if (ret == -FDT_ERR_BADMAGIC)
		return err_set(err, -EINVAL, "%s: is no device tree blob; "
			       "a file made by dtc is wanted", path);
	if (ret)
		return err_set(err, -EINVAL, "%s: corrupt or cut short (%s); a device tree "
			       "blob made by dtc is wanted", path, fdt_strerror(ret));
	return 0;
}

static bool is_memory(const void *blob, int node)
{
	const char *type;
	int len;

	type = fdt_getprop(blob, node, "device_type", &len);
	return type && len == sizeof("memory") && !memcmp(type, "memory", sizeof("memory"));
}

static bool is_disabled(const void *blob, int node)
{
	int len;
	const char *status = fdt_getprop(blob, node, "status", &len);

	return status && len > 0 && strncmp(status, "ok", 2) != 0;
}

/* Reads a number of @cells 32-bit cells; those above 64 bits must be 0 to be of use. */
static uint64_t read_cells(const fdt32_t *p, int cells)
{
	uint64_t v = 0;

	for (int i = 0; i < cells; i++)
		v = v << 32 | fdt32_ld(p + i);
	return v;
}

/* A tree that promises RAM where there is none makes the guest die without a word. */
static int check_memory_node(const struct memory *mem, const char *path, const void *blob,
			     int node, struct err *err)
{
	int ac = fdt_address_cells(blob, 0), sc = fdt_size_cells(blob, 0), len;
	const fdt32_t *reg = fdt_getprop(blob, node, "reg", &len);

	if (!reg || ac < 1 || sc < 1 || len % ((ac + sc) * 4))
		return err_set(err, -EINVAL,
			       "%s: memory node '%s' has no proper 'reg' (%d bytes; "
			       "%d address and %d size cells)",
			       path, fdt_get_name(blob, node, NULL), reg ? len : 0, ac, sc);
	for (int i = 0; i < len / 4; i += ac + sc) {
		uint64_t base = read_cells(reg + i, ac);
		uint64_t bytes = read_cells(reg + i + ac, sc);
		char want[LD_SIZE_TEXT_BYTES], have[LD_SIZE_TEXT_BYTES];

		if (!bytes || mem_at(mem, base, bytes))
			continue;
		return err_set(err, -EINVAL, "%s: memory node: %s at %#" PRIx64
			       " is not RAM; guest has %s: raise [vm] memory or correct the tree",
			       path, ld_size_text(want, bytes), base,
			       ld_size_text(have, mem_size(mem)));
	}
	return 0;
}

/*
 * Sets "reg" to one range with the cells of the root node.  (fdt_appendprop_addrrange()
 * refuses address 0 when an address has one cell.)
 */
static int set_reg(void *blob, int node, uint64_t base, uint64_t bytes)
{
	int ac = fdt_address_cells(blob, 0), sc = fdt_size_cells(blob, 0);
	fdt32_t reg[4], *p = reg;

	if (ac < 1 || ac > 2 || sc < 1 || sc > 2)
		return -FDT_ERR_BADNCELLS;
	if ((ac == 1 && base > UINT32_MAX) || (sc == 1 && bytes > UINT32_MAX))
		return -FDT_ERR_BADVALUE;
	if (ac == 2)
		fdt32_st(p++, (uint32_t)(base >> 32));
	fdt32_st(p++, (uint32_t)base);
	if (sc == 2)
		fdt32_st(p++, (uint32_t)(bytes >> 32));
	fdt32_st(p++, (uint32_t)bytes);
	return fdt_setprop(blob, node, "reg", reg, (int)(p - reg) * (int)sizeof(*reg));
}

static int add_memory(const struct memory *mem, void *blob)
{
	for (unsigned int i = mem->nslots; i-- > 0;) {	/* each goes in front of the last */
		char name[32];
		int node, ret;

		snprintf(name, sizeof(name), "memory@%" PRIx64, mem->slots[i].gpa);
		node = fdt_add_subnode(blob, 0, name);
		if (node < 0)
			return node;
		ret = fdt_setprop_string(blob, node, "device_type", "memory");
		if (!ret)
			ret = set_reg(blob, node, mem->slots[i].gpa, mem->slots[i].len_bytes);
		if (ret)
			return ret;
	}
	return 0;
}

/* 0 with nothing done when the tree has memory; negative libfdt error in *@fdt_err. */
static int fill_memory(const struct memory *mem, const char *path, void *blob, int *fdt_err,
		       struct err *err)
{
	bool found = false;
	int node, ret;

	*fdt_err = 0;
	fdt_for_each_subnode(node, blob, 0) {
		if (!is_memory(blob, node) || is_disabled(blob, node))
			continue;
		found = true;
		ret = check_memory_node(mem, path, blob, node, err);
		if (ret)
			return ret;
	}
	if (!found)
		*fdt_err = add_memory(mem, blob);
	return 0;
}

static int add_cpu(const struct ld_request *req, void *blob, int cpus, unsigned int index)
{
	char name[32], compatible[64];
	int node, ret;

	snprintf(name, sizeof(name), "cpu@%x", index);
	node = fdt_add_subnode(blob, cpus, name);
	if (node < 0)
		return node;
	ret = fdt_setprop_string(blob, node, "device_type", "cpu");
	if (!ret)
		ret = fdt_setprop_string(blob, node, "compatible",
					 ld_cpu_compatible(compatible, req));
	return ret ? ret : fdt_setprop_u32(blob, node, "reg", index);
}

static int fill_cpus(const struct ld_request *req, void *blob)
{
	int cpus = fdt_path_offset(blob, "/cpus"), ret;

	if (cpus != -FDT_ERR_NOTFOUND)
		return cpus < 0 ? cpus : 0;
	cpus = fdt_add_subnode(blob, 0, "cpus");
	if (cpus < 0)
		return cpus;
	ret = fdt_setprop_u32(blob, cpus, "#address-cells", 1);
	if (!ret)
		ret = fdt_setprop_u32(blob, cpus, "#size-cells", 0);
	for (unsigned int i = req->nvcpus; !ret && i-- > 0;)
		ret = add_cpu(req, blob, cpus, i);
	return ret;
}

/*
 * True when the alias serial0 leads to a node.  fdt_get_alias() of libfdt before 1.7 takes
 * any bytes for a string, and follows an alias of itself without end.
 */
static bool has_serial0(const void *blob)
{
	int node = fdt_path_offset(blob, "/aliases"), len;
	const char *path = node < 0 ? NULL : fdt_getprop(blob, node, "serial0", &len);

	return path && len > 0 && path[0] == '/' && !path[len - 1] &&
	       fdt_path_offset(blob, path) >= 0;
}

/* Names the console in chosen, if the tree has one that we know. */
static int fill_stdout(void *blob, int chosen)
{
	if (has_serial0(blob))
		return fdt_setprop_string(blob, chosen, "stdout-path", "serial0" STDOUT_OPTIONS);
	if (fdt_path_offset(blob, LD_SERIAL_NODE) >= 0)
		return fdt_setprop_string(blob, chosen, "stdout-path",
					  LD_SERIAL_NODE STDOUT_OPTIONS);
	return 0;
}

static int fill_chosen(const struct ld_request *req, uint64_t initrd_gpa, uint64_t initrd_len,
		       void *blob)
{
	int chosen = fdt_path_offset(blob, "/chosen"), ret = 0;

	if (chosen == -FDT_ERR_NOTFOUND)
		chosen = fdt_add_subnode(blob, 0, "chosen");
	if (chosen < 0)
		return chosen;
	if (!fdt_getprop(blob, chosen, "stdout-path", NULL) &&
	    !fdt_getprop(blob, chosen, "linux,stdout-path", NULL))
		ret = fill_stdout(blob, chosen);
	if (!ret && initrd_len && !fdt_getprop(blob, chosen, "linux,initrd-start", NULL) &&
	    !fdt_getprop(blob, chosen, "linux,initrd-end", NULL)) {
		ret = fdt_setprop_u64(blob, chosen, "linux,initrd-start", initrd_gpa);
		if (!ret)
			ret = fdt_setprop_u64(blob, chosen, "linux,initrd-end",
					      initrd_gpa + initrd_len);
	}
	if (!ret && req->rng_seed && !fdt_getprop(blob, chosen, "rng-seed", NULL))
		ret = fdt_setprop(blob, chosen, "rng-seed", req->rng_seed, LD_RNG_SEED_BYTES);
	return ret;
}

int ld_fdt_adopt(const struct memory *mem, const struct ld_request *req,
		 const struct span *dtb, uint64_t initrd_gpa, uint64_t initrd_len, void *blob,
		 struct err *err)
{
	int ret, fdt_err;

	ret = copy_tree(dtb, req->dtb, blob, err);
	if (ret)
		return ret;
	/* Added in front: chosen ends up first, as people expect it. */
	fdt_err = fill_cpus(req, blob);
	if (!fdt_err) {
		ret = fill_memory(mem, req->dtb, blob, &fdt_err, err);
		if (ret)
			return ret;
	}
	if (!fdt_err)
		fdt_err = fill_chosen(req, initrd_gpa, initrd_len, blob);
	if (!fdt_err)
		fdt_err = fdt_pack(blob);
	if (fdt_err == -FDT_ERR_NOSPACE)
		return err_set(err, -ENOSPC, "%s: with memory, cpus and chosen added it is "
			       "larger than %" PRIu64 " KiB", req->dtb, LD_FDT_MAX_BYTES >> 10);
	if (fdt_err)
		return err_set(err, -EINVAL, "%s: cannot add memory, cpus or chosen: %s",
			       req->dtb, fdt_strerror(fdt_err));
	return 0;
}
