/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config/cfg_keys.c - every key a configuration file may hold.
 *
 * The parser, its suggestions and a test of the manual page lvz-vmm.conf.5 all work from
 * this table; a new key is one entry here, a field in vm_config.h, and its description in
 * the manual page.
 */
#include "config/cfg_priv.h"

#include <string.h>

#include "util/bits.h"

#define IN_VM(field) offsetof(struct vm_config, field)
#define IN_DISK(field) offsetof(struct cfg_disk, field)

static const struct cfg_key cfg_keys[] = {
	{
		{ "vm", "name", "name", "the file's name without .ini",
		  "What messages and lock files call this VM." },
		cfg_parse_name, IN_VM(vm.name), false, false,
	}, {
		{ "vm", "backend", "auto, lvz, kvm or soft", "auto",
		  "The engine that runs the guest's code." },
		cfg_parse_backend, IN_VM(vm.backend), false, false,
	}, {
		{ "vm", "memory", "size", "512M", "Guest RAM." },
		cfg_parse_memory, IN_VM(vm.memory_bytes), false, false,
	}, {
		{ "vm", "vcpus", "number", "1", "Number of virtual CPUs." },
		cfg_parse_vcpus, IN_VM(vm.vcpus), false, false,
	}, {
		{ "vm", "irqchip", "user or kernel", "user",
		  "Who models the interrupt controllers." },
		cfg_parse_irqchip, IN_VM(vm.irqchip), false, false,
	}, {
		{ "cpu", "model", "max or la464", "max", "The CPU that the guest sees." },
		cfg_parse_model, IN_VM(cpu.model), false, false,
	}, {
		{ "cpu", "lsx", "on or off", "as the model has it", "128-bit vectors." },
		cfg_parse_switch, IN_VM(cpu.lsx), false, false,
	}, {
		{ "cpu", "lasx", "on or off", "as the model has it", "256-bit vectors." },
		cfg_parse_switch, IN_VM(cpu.lasx), false, false,
	}, {
		{ "cpu", "ptw", "on or off", "as the model has it", "Hardware page-table walk." },
		cfg_parse_switch, IN_VM(cpu.ptw), false, false,
	}, {
		{ "cpu", "v11", "on or off", "as the model has it",
		  "The scalar additions of LoongArch 1.1." },
		cfg_parse_switch, IN_VM(cpu.v11), false, false,
	}, {
		{ "cpu", "pmu", "on or off", "off", "Performance counters." },
		cfg_parse_switch, IN_VM(cpu.pmu), false, false,
	}, {
		{ "cpu", "lvz", "on or off", "off", "The virtualization extension." },
		cfg_parse_switch, IN_VM(cpu.lvz), false, false,
	}, {
		{ "boot", "kernel", "path", NULL, "The kernel image." },
		cfg_parse_path, IN_VM(boot.kernel), false, false,
	}, {
		{ "boot", "initrd", "path", "none", "The initial RAM disk." },
		cfg_parse_path, IN_VM(boot.initrd), false, false,
	}, {
		{ "boot", "cmdline", "text", "empty", "The kernel's command line." },
		cfg_parse_cmdline, IN_VM(boot.cmdline), true, true,
	}, {
		{ "boot", "cmdline_file", "path", "none", "A file with command line text." },
		cfg_parse_cmdline_file, IN_VM(boot.cmdline), true, false,
	}, {
		{ "boot", "dtb", "path", "generated", "The device tree." },
		cfg_parse_path, IN_VM(boot.dtb), false, false,
	}, {
		{ "boot", "load", "address", "by the image's format",
		  "Where a raw kernel image goes." },
		cfg_parse_load, IN_VM(boot), false, false,
	}, {
		{ "boot", "entry", "address", "by the image, or load",
		  "The first instruction to run." },
		cfg_parse_entry, IN_VM(boot), false, false,
	}, {
		{ "console", "chardev", "stdio, none, pty, unix:PATH or file:PATH", "stdio",
		  "The host side of the virtio console." },
		cfg_parse_chardev, IN_VM(console.chardev), false, false,
	}, {
		{ "serial", "chardev", "stdio, none, pty, unix:PATH or file:PATH", "stdio",
		  "The host side of the serial port." },
		cfg_parse_chardev, IN_VM(serial.chardev), false, false,
	}, {
		{ CFG_DISK_SECTION, "path", "path", NULL, "The image file or block device." },
		cfg_parse_path, IN_DISK(path), false, false,
	}, {
		{ CFG_DISK_SECTION, "readonly", "on or off", "off",
		  "Keep the guest from writing." },
		cfg_parse_bool, IN_DISK(is_readonly), false, false,
	}, {
		{ CFG_DISK_SECTION, "serial", "text", "the disk's name",
		  "The serial number that the guest reads." },
		cfg_parse_serial_number, IN_DISK(serial), false, false,
	}, {
		{ CFG_DISK_SECTION, "discard", "on or off", "on",
		  "Let the guest give back unused space." },
		cfg_parse_bool, IN_DISK(has_discard), false, false,
	},
};

const struct cfg_key *cfg_key_find(const char *section, const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(cfg_keys); i++) {
		if (!strcmp(cfg_keys[i].info.section, section) &&
		    !strcmp(cfg_keys[i].info.key, key))
			return &cfg_keys[i];
	}
	return NULL;
}

size_t cfg_key_count(void)
{
	return ARRAY_SIZE(cfg_keys);
}

struct cfg_key_info cfg_key_info(size_t i)
{
	return cfg_keys[i].info;
}
