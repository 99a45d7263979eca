/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loader/efi.c - the EFI tables that Linux needs even without firmware: it finds the
 * device tree only through the configuration table of an EFI system table.
 *
 * Layouts: UEFI specification 2.10, sections 4.3 (system table), 4.6 (configuration table)
 * and 7.2.3 (memory map); the initrd and memory map tables are Linux's own
 * (include/linux/efi.h).  Runtime services are absent, so that Linux makes no EFI calls.
 */
#include "loader/loader_priv.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

#include "util/bits.h"

#define EFI_SIGNATURE UINT64_C(0x5453595320494249)	/* "IBI SYST" */
#define EFI_REVISION ((2u << 16) | 100u)		/* 2.10 */
#define EFI_FW_REVISION 1u
#define EFI_TABLE_BYTES 120
#define EFI_CRC_OFF 0x10
#define EFI_VENDOR_OFF 0x100			/* from LD_EFI_GPA */
#define EFI_CONFIG_OFF 0x200
#define EFI_CONFIG_BYTES 24			/* GUID, pointer */
#define EFI_MEM_CONVENTIONAL 7
#define EFI_MEM_WB 8				/* cacheable, write back */
#define EFI_DESC_BYTES 40
#define EFI_MAP_HEADER_BYTES 40
#define EFI_PAGE_BYTES 4096

static const char efi_vendor[] = "lvz-vmm";

/* b1b621d5-f19c-41a5-830b-d9152c69aae0; the first three groups are little-endian. */
static const uint8_t guid_fdt[16] = {
	0xd5, 0x21, 0xb6, 0xb1, 0x9c, 0xf1, 0xa5, 0x41,
	0x83, 0x0b, 0xd9, 0x15, 0x2c, 0x69, 0xaa, 0xe0 };
/* 5568e427-68fc-4f3d-ac74-ca555231cc68 */
static const uint8_t guid_initrd[16] = {
	0x27, 0xe4, 0x68, 0x55, 0xfc, 0x68, 0x3d, 0x4f,
	0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68 };
/* 800f683f-d08b-423a-a293-965c3c6fe2b4 */
static const uint8_t guid_memmap[16] = {
	0x3f, 0x68, 0x0f, 0x80, 0x8b, 0xd0, 0x3a, 0x42,
	0xa2, 0x93, 0x96, 0x5c, 0x3c, 0x6f, 0xe2, 0xb4 };

/* The system table, its vendor string and the configuration table, in one page. */
static void fill_tables(uint8_t *page, gpa_t fdt_gpa, bool has_initrd)
{
	const struct { const uint8_t *guid; gpa_t gpa; } config[] = {
		{ guid_fdt, fdt_gpa },
		{ guid_memmap, LD_EFI_MAP_GPA },
		{ guid_initrd, LD_INITRD_TABLE_GPA },
	};
	unsigned int n = ARRAY_SIZE(config) - !has_initrd;

	put_le64(page, EFI_SIGNATURE);
	put_le32(page + 0x08, EFI_REVISION);
	put_le32(page + 0x0c, EFI_TABLE_BYTES);
	put_le64(page + 0x18, LD_EFI_GPA + EFI_VENDOR_OFF);
	put_le32(page + 0x20, EFI_FW_REVISION);
	put_le64(page + 0x68, n);
	put_le64(page + 0x70, LD_EFI_GPA + EFI_CONFIG_OFF);
	put_le32(page + EFI_CRC_OFF, (uint32_t)crc32(0, page, EFI_TABLE_BYTES));

	for (size_t i = 0; i < sizeof(efi_vendor); i++)
		put_le16(page + EFI_VENDOR_OFF + 2 * i, (uint8_t)efi_vendor[i]);
	for (unsigned int i = 0; i < n; i++) {
		uint8_t *entry = page + EFI_CONFIG_OFF + i * EFI_CONFIG_BYTES;

		memcpy(entry, config[i].guid, 16);
		put_le64(entry + 16, config[i].gpa);
	}
}

static void fill_map(uint8_t *page, const struct memory *mem)
{
	uint64_t map_bytes = (uint64_t)mem->nslots * EFI_DESC_BYTES;

	put_le64(page, map_bytes);
	put_le64(page + 0x08, EFI_DESC_BYTES);
	put_le32(page + 0x10, 1);		/* descriptor version */
	put_le64(page + 0x18, 0);		/* key */
	put_le64(page + 0x20, map_bytes);
	for (unsigned int i = 0; i < mem->nslots; i++) {
		uint8_t *d = page + EFI_MAP_HEADER_BYTES + i * EFI_DESC_BYTES;

		put_le32(d, EFI_MEM_CONVENTIONAL);
		put_le64(d + 0x08, mem->slots[i].gpa);
		put_le64(d + 0x18, mem->slots[i].len_bytes / EFI_PAGE_BYTES);
		put_le64(d + 0x20, EFI_MEM_WB);
	}
}

int ld_efi_write(const struct memory *mem, gpa_t fdt_gpa, gpa_t initrd_gpa,
		 uint64_t initrd_len, struct err *err)
{
	uint8_t page[EFI_PAGE_BYTES];
	int ret;

	_Static_assert(EFI_MAP_HEADER_BYTES + MEM_MAX_SLOTS * EFI_DESC_BYTES <= EFI_PAGE_BYTES,
		       "the memory map has one page");
	memset(page, 0, sizeof(page));
	fill_tables(page, fdt_gpa, initrd_len != 0);
	ret = mem_write(mem, LD_EFI_GPA, page, sizeof(page));
	memset(page, 0, sizeof(page));
	fill_map(page, mem);
	if (!ret)
		ret = mem_write(mem, LD_EFI_MAP_GPA, page, sizeof(page));
	memset(page, 0, sizeof(page));
	put_le64(page, initrd_gpa);
	put_le64(page + 8, initrd_len);
	if (!ret)
		ret = mem_write(mem, LD_INITRD_TABLE_GPA, page, 16);
	if (ret)
		return err_set(err, -ENOSPC, "guest RAM: ends before the boot tables at %#x; "
			       "raise [vm] memory", (unsigned int)LD_EFI_GPA);
	return 0;
}
