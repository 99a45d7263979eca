/* SPDX-License-Identifier: Apache-2.0 */
/*
 * efi.c - started by UEFI firmware: takes the command line, leaves boot services.  Runs where
 * the firmware put the image, before start.S moves it.  Source: UEFI 2.10, chapters 4, 7, 9.
 */
#include "kit.h"

#define HANDLE_PROTOCOL 152
#define GET_MEMORY_MAP 56
#define EXIT_BOOT_SERVICES 232
#define BOOT_SERVICES 96
#define LOAD_OPTIONS_BYTES 48
#define LOAD_OPTIONS 56

struct guid {
	u32 a;
	uint16_t b, c;
	u8 d[8];
};

static const struct guid loaded_image = {
	0x5b1b31a1, 0x9562, 0x11d2, { 0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b },
};

/* Part of the image, so that it is moved with it. */
static char cmdline[256] __attribute__((section(".data"))) = " ";
static u8 map[0x8000] __attribute__((aligned(8)));

static u64 at(u64 table, u64 offset)
{
	return *(const u64 *)(table + offset);
}

typedef u64 efi_call(u64 a, u64 b, ...);

/* A board's firmware may hold as many descriptors as it likes; the map is not looked at. */
static void leave(u64 image, u64 services)
{
	efi_call *get_map = (efi_call *)at(services, GET_MEMORY_MAP);
	efi_call *leave_services = (efi_call *)at(services, EXIT_BOOT_SERVICES);

	for (unsigned int i = 0; i < 3; i++) {
		u64 bytes = sizeof(map), key = 0, each = 0;
		u32 version = 0;

		if (get_map((u64)&bytes, (u64)map, &key, &each, &version) == 0 &&
		    leave_services(image, key) == 0)
			return;
	}
}

/* Called by start.S: address of the command line once the image has moved. */
u64 efi_leave(u64 image, u64 systab);

u64 efi_leave(u64 image, u64 systab)
{
	extern char head[];
	u64 services = at(systab, BOOT_SERVICES), info = 0;
	efi_call *protocol = (efi_call *)at(services, HANDLE_PROTOCOL);

	if (protocol(image, (u64)&loaded_image, &info) == 0 && info) {
		const uint16_t *from = (const uint16_t *)at(info, LOAD_OPTIONS);
		u32 bytes = *(const u32 *)(info + LOAD_OPTIONS_BYTES);

		for (u32 i = 0; from && i < bytes / 2 && i < sizeof(cmdline) - 1; i++)
			cmdline[i] = (char)from[i];
	}
	leave(image, services);
	return (u64)(cmdline - head) + 0x200000;
}
