/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console.c - serial port (16550) and power switch, where the device tree says, else where
 * QEMU's "virt" machine and the LS7A boards of Loongson have them.
 * Sources: UEFI 2.10, 4.2 and 4.6; Devicetree Specification 0.4, 5.
 */
#include "kit.h"

#define UNCACHED UINT64_C(0x8000000000000000)
#define CACHED UINT64_C(0x9000000000000000)
#define PHYS(a) ((a) & 0xffffffffffff)

static u64 uart = 0x1fe001e0;
static unsigned int uart_shift;
static u64 power_at = 0x100e001c;
static u32 power_value = 0x34, power_bytes = 1;

/* ------------------------------------------------------------------ device tree */

enum { FDT_BEGIN_NODE = 1, FDT_END_NODE, FDT_PROP, FDT_NOP, FDT_END };

static u32 be32(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

static u64 be64(const u8 *p)
{
	return (u64)be32(p) << 32 | be32(p + 4);
}

static bool has_text(const u8 *list, u32 n, const char *text)
{
	for (u32 i = 0; i < n; i++) {
		if ((i == 0 || !list[i - 1]) && same_text((const char *)list + i, text, n - i))
			return true;
	}
	return false;
}

/* What a node says that the kit may want. */
struct node {
	bool is_uart, is_power, is_syscon;
	u64 reg;
	u32 phandle, regmap, offset, value, shift, io_width;
};

struct found {
	bool has_uart, has_power;
	struct node power;
	struct { u32 phandle; u64 reg; u32 io_width; } syscon[4];
	unsigned int nsyscons;
};

static void read_prop(struct node *n, const char *name, const u8 *val, u32 len)
{
	static const struct { const char *name; size_t at; } cells[] = {
		{ "phandle", offsetof(struct node, phandle) },
		{ "regmap", offsetof(struct node, regmap) },
		{ "offset", offsetof(struct node, offset) },
		{ "value", offsetof(struct node, value) },
		{ "reg-shift", offsetof(struct node, shift) },
		{ "reg-io-width", offsetof(struct node, io_width) },
	};

	if (same_text(name, "compatible", 11)) {
		n->is_uart = has_text(val, len, "ns16550a") || has_text(val, len, "ns16550");
		n->is_power = has_text(val, len, "syscon-poweroff");
		n->is_syscon = has_text(val, len, "syscon");
	} else if (same_text(name, "reg", 4) && len >= 16) {
		n->reg = be64(val);	/* two cells, as every LoongArch tree has */
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(cells); i++) {
		if (len == 4 && same_text(name, cells[i].name, 32))
			*(u32 *)((char *)n + cells[i].at) = be32(val);
	}
}

static void read_node(struct found *f, const struct node *n)
{
	if (n->is_uart && !f->has_uart) {
		f->has_uart = true;
		uart = n->reg;
		uart_shift = n->shift;
	}
	if (n->is_power) {
		f->has_power = true;
		f->power = *n;
	}
	if (n->is_syscon && f->nsyscons < ARRAY_SIZE(f->syscon)) {
		f->syscon[f->nsyscons].phandle = n->phandle;
		f->syscon[f->nsyscons].reg = n->reg;
		f->syscon[f->nsyscons++].io_width = n->io_width;
	}
}

/* Children follow the properties of their parent, so one node at a time is enough. */
static void read_tree(const u8 *tree)
{
	const u8 *p = tree + be32(tree + 8), *end = p + be32(tree + 36);
	const char *names = (const char *)tree + be32(tree + 12);
	struct found f = { 0 };
	struct node n = { 0 };

	while (p < end) {
		u32 token = be32(p), len;

		p += 4;
		if (token == FDT_BEGIN_NODE || token == FDT_END_NODE || token == FDT_END) {
			read_node(&f, &n);
			n = (struct node){ 0 };
		}
		if (token == FDT_END)
			break;
		if (token == FDT_BEGIN_NODE) {
			while (*p)
				p++;
			p = tree + (((u64)(p - tree) + 4) & ~UINT64_C(3));
		} else if (token == FDT_PROP) {
			len = be32(p);
			read_prop(&n, names + be32(p + 4), p + 8, len);
			p += 8 + ((len + 3) & ~3u);
		}
	}
	for (unsigned int i = 0; f.has_power && i < f.nsyscons; i++) {
		if (f.syscon[i].phandle != f.power.regmap)
			continue;
		power_at = f.syscon[i].reg + f.power.offset;
		power_value = f.power.value;
		power_bytes = f.syscon[i].io_width ? f.syscon[i].io_width : 4;
	}
}

static const u8 *find_tree(u64 systab)
{
	static const u8 guid[16] = { 0xd5, 0x21, 0xb6, 0xb1, 0x9c, 0xf1, 0xa5, 0x41, 0x83, 0x0b,
				     0xd9, 0x15, 0x2c, 0x69, 0xaa, 0xe0 };
	const u64 *t = (const u64 *)(PHYS(systab) | CACHED);
	const u8 *entry;

	/* "IBI SYST" begins every EFI system table. */
	if (!systab || systab & 7 || t[0] != UINT64_C(0x5453595320494249))
		return NULL;
	entry = (const u8 *)(PHYS(t[14]) | CACHED);
	for (u64 i = 0; i < t[13] && i < 64; i++, entry += 24) {
		bool is_it = true;

		for (unsigned int k = 0; k < 16; k++)
			is_it = is_it && entry[k] == guid[k];
		if (is_it)
			return (const u8 *)(PHYS(*(const u64 *)(entry + 16)) | CACHED);
	}
	return NULL;
}

void console_init(u64 systab)
{
	const u8 *tree = find_tree(systab);

	if (tree && be32(tree) == 0xd00dfeed)
		read_tree(tree);
}

/* ------------------------------------------------------------------ registers */

static volatile u8 *uart_reg(unsigned int n)
{
	return (volatile u8 *)(UNCACHED | (uart + ((u64)n << uart_shift)));
}

void console_write(const char *s)
{
	for (; *s; s++) {
		/* A port that is never ready must not stop the kit. */
		for (unsigned int i = 0; i < 1000000 && !(*uart_reg(5) & 0x20); i++)
			;
		*uart_reg(0) = (u8)*s;
	}
}

void machine_off(void)
{
	u64 at = UNCACHED | power_at;

	if (power_bytes == 1)
		*(volatile u8 *)at = (u8)power_value;
	else
		*(volatile u32 *)at = power_value;
}
