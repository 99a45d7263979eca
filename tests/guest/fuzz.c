// SPDX-License-Identifier: Apache-2.0
/*
 * A hostile guest: every device register with any value in any size, IOCSR space, and
 * virtqueues as no driver would build them, while a second vCPU scribbles over the rings.
 * The seed is fixed and the number of steps bounded, though with two vCPUs no two runs are
 * quite the same.  At the end the serial port and a
 * disk must still work; it says "fuzz: done" and powers off.
 *
 * It runs in the cached window, with two vCPUs and the serial port at its usual place.
 */

#include <stdint.h>

#define UNCACHED	0x8000000000000000ULL
#define CACHED		0x9000000000000000ULL
#define UART		(UNCACHED | 0x1fe001e0)
#define GED		0x100e001cULL
#define GED_LEN		3
#define SLOT(n)		(0x30000000ULL + 0x1000ULL * (n))
#define SLOTS		4

#define RINGS		0x1000000ULL	/* 1 MiB of RAM that everybody may ruin */
#define RINGS_LEN	0x100000ULL
#define QUIET		0x2000000ULL	/* and some that nobody does */

#define MAIL_SEND	0x1048
#define IPI_SEND	0x1040

/* -DSEED=n -DTIMES=n make another walk, or a longer one. */
#ifndef SEED
#define SEED		0
#endif
#ifndef TIMES
#define TIMES		1
#endif
#define POKES		(400000u * TIMES)
#define ROUNDS		(20000u * TIMES)

/* Registers of virtio-mmio (VIRTIO 1.2, section 4.2.2). */
enum {
	R_FEATURES = 0x10, R_FEATURES_SEL = 0x14, R_DRV_FEATURES = 0x20, R_DRV_SEL = 0x24,
	R_QSEL = 0x30, R_QMAX = 0x34, R_QSIZE = 0x38, R_QREADY = 0x44, R_NOTIFY = 0x50,
	R_INT_STATUS = 0x60, R_INT_ACK = 0x64, R_STATUS = 0x70, R_DESC = 0x80, R_AVAIL = 0x90,
	R_USED = 0xa0, R_CONFIG = 0x100,
};

/*
 * Both vCPUs come in direct-address mode at a physical address; the code is linked at the
 * cached window.  An exception skips the instruction that caused it.
 */
__asm__(
	".section .text.start, \"ax\"\n"
	".globl _start, second_start\n"
	"_start:\n"
	"	move	$s0, $zero\n"
	"	b	1f\n"
	"second_start:\n"
	"	li.w	$s0, 1\n"
	"1:	li.d	$t0, 0x8000000000000001\n"
	"	csrwr	$t0, 0x180\n"
	"	li.d	$t0, 0x9000000000000011\n"
	"	csrwr	$t0, 0x181\n"
	"	li.d	$t0, 0x9000000000000000\n"
	"	pcaddi	$t1, 0\n"
	"	or	$t0, $t0, $t1\n"
	"	jirl	$zero, $t0, 12\n"
	"	li.w	$t0, 0xb0\n"
	"	csrwr	$t0, 0x0\n"
	"	csrwr	$zero, 0x4\n"
	"	la.pcrel $t0, vector\n"
	"	csrwr	$t0, 0xc\n"
	"	la.pcrel $sp, stacks\n"
	"	slli.d	$t0, $s0, 14\n"
	"	add.d	$sp, $sp, $t0\n"
	"	li.d	$t0, 16384\n"
	"	add.d	$sp, $sp, $t0\n"
	"	bnez	$s0, 2f\n"
	"	bl	fuzz_main\n"
	"2:	bl	scribble\n"
	"	.section .text.vector, \"ax\"\n"
	"	.balign 4096\n"
	"vector:\n"
	"	csrwr	$t0, 0x30\n"
	"	csrrd	$t0, 0x6\n"
	"	addi.d	$t0, $t0, 4\n"
	"	csrwr	$t0, 0x6\n"
	"	csrrd	$t0, 0x30\n"
	"	ertn\n");

uint8_t stacks[2][16384] __attribute__((aligned(16)));
extern char second_start[];
static volatile uint32_t is_over;

/* ---- tools ---- */

static uint64_t seeds[2] = { 0x243f6a8885a308d3ULL + SEED, 0x13198a2e03707344ULL + SEED };

static uint64_t rnd(unsigned int cpu)
{
	uint64_t x = seeds[cpu];

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	seeds[cpu] = x;
	return x * 0x2545f4914f6cdd1dULL;
}

static uint64_t below(unsigned int cpu, uint64_t n)
{
	return (rnd(cpu) >> 16) % n;
}

/* Values at which things break, and any others. */
static uint64_t odd_value(unsigned int cpu)
{
	static const uint64_t edges[] = {
		0, 1, 2, 3, 4, 7, 8, 0xf, 0x34 ^ 1, 0x7f, 0x80, 0xff, 0x100, 0x101, 0x7fff, 0x8000,
		0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000,
		0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff, RINGS,
		0x0fffffff, 0x10000000, 0x0ffffff0, UNCACHED, CACHED,
	};

	return below(cpu, 2) ? edges[below(cpu, sizeof(edges) / sizeof(edges[0]))] : rnd(cpu);
}

static void poke(uint64_t at, unsigned int size, uint64_t value)
{
	at |= UNCACHED;
	if (size == 1)
		*(volatile uint8_t *)at = (uint8_t)value;
	else if (size == 2)
		*(volatile uint16_t *)at = (uint16_t)value;
	else if (size == 4)
		*(volatile uint32_t *)at = (uint32_t)value;
	else
		*(volatile uint64_t *)at = value;
}

static uint64_t peek(uint64_t at, unsigned int size)
{
	at |= UNCACHED;
	if (size == 1)
		return *(volatile uint8_t *)at;
	if (size == 2)
		return *(volatile uint16_t *)at;
	if (size == 4)
		return *(volatile uint32_t *)at;
	return *(volatile uint64_t *)at;
}

static void iocsr_write(uint32_t at, unsigned int size, uint64_t value)
{
	if (size == 1)
		__asm__ volatile("iocsrwr.b %0, %1" : : "r"(value), "r"(at) : "memory");
	else if (size == 2)
		__asm__ volatile("iocsrwr.h %0, %1" : : "r"(value), "r"(at) : "memory");
	else if (size == 4)
		__asm__ volatile("iocsrwr.w %0, %1" : : "r"(value), "r"(at) : "memory");
	else
		__asm__ volatile("iocsrwr.d %0, %1" : : "r"(value), "r"(at) : "memory");
}

static uint64_t iocsr_read(uint32_t at, unsigned int size)
{
	uint64_t value;

	if (size == 1)
		__asm__ volatile("iocsrrd.b %0, %1" : "=r"(value) : "r"(at));
	else if (size == 4)
		__asm__ volatile("iocsrrd.w %0, %1" : "=r"(value) : "r"(at));
	else
		__asm__ volatile("iocsrrd.d %0, %1" : "=r"(value) : "r"(at));
	return value;
}

static void barrier(void)
{
	__asm__ volatile("dbar 0" : : : "memory");
}

/* ---- any register, any value ---- */

static const struct { uint64_t base, len; } windows[] = {
	{ 0x10000000, 0x400 }, { 0x1001041c, 4 }, { 0x100d0100, 0x100 }, { 0x100e0000, 0x20 },
	{ 0x18000000, 0x4000 }, { 0x1fe001e0, 0x100 }, { 0x2ff00000, 8 },
	{ SLOT(1), 0x200 }, { SLOT(2), 0x200 }, { SLOT(3), 0x200 }, { SLOT(4), 0x1000 },
	{ 0x1fe00000, 0x1000 }, { 0x20000000, 0x1000 }, { 0x7ffffff0, 0x10 },
};

static int is_near_end(uint64_t at, unsigned int size)
{
	return at < GED + GED_LEN && at + size > GED;
}

static void poke_window(void)
{
	unsigned int w = (unsigned int)below(0, sizeof(windows) / sizeof(windows[0]));
	unsigned int size = 1u << below(0, 4);
	/* Up to the end, and a little over it. */
	uint64_t at = windows[w].base + below(0, windows[w].len + 8);

	if (below(0, 4))
		at &= ~(uint64_t)(size - 1);
	if (below(0, 3))
		poke(at, size, is_near_end(at, size) ? 0x01 : odd_value(0));
	else
		peek(at, size);
}

static void poke_iocsr(void)
{
	static const uint32_t bases[] = { 0, 0x400, 0x1000, 0x1100, 0x1400, 0x1600, 0x1700,
					  0x1800, 0x1c00, 0xfffff000 };
	uint32_t at = bases[below(0, sizeof(bases) / sizeof(bases[0]))] +
		      (uint32_t)below(0, 0x200);
	unsigned int size = 1u << below(0, 4);

	if (below(0, 3))
		iocsr_write(at, size, odd_value(0));
	else
		iocsr_read(at, size);
}

/* ---- virtqueues ---- */

struct desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags, next;
};

static uint64_t odd_address(unsigned int cpu)
{
	switch (below(cpu, 8)) {
	case 0:
		return odd_value(cpu);
	case 1:
		return 0x10000000 - below(cpu, 64);	/* at the end of low RAM */
	case 2:
		return SLOT(below(cpu, SLOTS));		/* a device */
	default:
		return RINGS + (below(cpu, RINGS_LEN) & ~(uint64_t)(below(cpu, 2) ? 15 : 0));
	}
}

static void odd_desc(unsigned int cpu, struct desc *d)
{
	static const uint32_t lens[] = { 0, 1, 15, 16, 17, 512, 513, 4096, 0x7fffffff, 0xffffffff };

	d->addr = odd_address(cpu);
	d->len = below(cpu, 3) ? lens[below(cpu, sizeof(lens) / sizeof(lens[0]))] :
				 (uint32_t)below(cpu, 0x20000);
	d->flags = below(cpu, 8) ? (uint16_t)below(cpu, 4) : (uint16_t)rnd(cpu);
	d->next = below(cpu, 4) ? (uint16_t)below(cpu, 16) : (uint16_t)rnd(cpu);
}

/* The head of a disk request, so that some get further than that. */
static void request_header(uint64_t at)
{
	static const uint32_t types[] = { 0, 1, 4, 8, 11, 13, 0x80000000 };
	volatile uint32_t *p = (volatile uint32_t *)(CACHED | at);

	p[0] = types[below(0, sizeof(types) / sizeof(types[0]))];
	p[1] = 0;
	p[2] = below(0, 2) ? (uint32_t)below(0, 64) : (uint32_t)odd_value(0);
	p[3] = below(0, 4) ? 0 : (uint32_t)odd_value(0);
}

static void fill_rings(uint64_t base)
{
	struct desc *d = (struct desc *)(CACHED | base);
	volatile uint16_t *avail = (volatile uint16_t *)(CACHED | (base + 0x2000));

	for (unsigned int i = 0; i < 32; i++)
		odd_desc(0, &d[i]);
	if (below(0, 2)) {
		/* Header, data, status: a proper chain, but for the details. */
		request_header(base + 0x8000);
		d[0] = (struct desc){ base + 0x8000, 16, 1, 1 };
		d[1] = (struct desc){ odd_address(0), (uint32_t)below(0, 64) * 512,
				      (uint16_t)(1 | (below(0, 2) << 1)), 2 };
		d[2] = (struct desc){ base + 0x9000, 1, 2, 0 };
	}
	if (!below(0, 4))
		d[below(0, 4)].flags |= 4;		/* indirect */
	avail[0] = (uint16_t)below(0, 2);
	for (unsigned int i = 0; i < 64; i++)
		avail[2 + i] = below(0, 4) ? (uint16_t)below(0, 4) : (uint16_t)rnd(0);
	barrier();
	avail[1] = below(0, 8) ? (uint16_t)(avail[1] + below(0, 5)) : (uint16_t)rnd(0);
	barrier();
}

static void set64(uint64_t slot, unsigned int reg, uint64_t value)
{
	poke(slot + reg, 4, (uint32_t)value);
	poke(slot + reg + 4, 4, value >> 32);
}

static void begin_device(uint64_t slot, int is_tame)
{
	poke(slot + R_STATUS, 4, 0);
	poke(slot + R_STATUS, 4, 1);
	poke(slot + R_STATUS, 4, 3);
	for (unsigned int i = 0; i < 2; i++) {
		poke(slot + R_FEATURES_SEL, 4, i);
		poke(slot + R_DRV_SEL, 4, i);
		poke(slot + R_DRV_FEATURES, 4,
		     is_tame || below(0, 4) ? peek(slot + R_FEATURES, 4) : odd_value(0));
	}
	poke(slot + R_STATUS, 4, 11);
}

static void set_queue(uint64_t slot, unsigned int index, uint64_t base, uint32_t size)
{
	poke(slot + R_QSEL, 4, index);
	poke(slot + R_QSIZE, 4, size);
	set64(slot, R_DESC, base);
	set64(slot, R_AVAIL, base + 0x2000);
	set64(slot, R_USED, base + 0x4000);
	poke(slot + R_QREADY, 4, 1);
}

static void fuzz_device(void)
{
	uint64_t slot = SLOT(below(0, SLOTS));
	unsigned int nqueues = 1 + (unsigned int)below(0, 3);

	begin_device(slot, 0);
	for (unsigned int q = 0; q < nqueues; q++) {
		uint64_t base = RINGS + 0x10000 * q;

		set_queue(slot, q, below(0, 8) ? base : odd_address(0),
			  below(0, 4) ? 16u << below(0, 3) : (uint32_t)odd_value(0));
		fill_rings(base);
	}
	poke(slot + R_STATUS, 4, below(0, 8) ? 15 : odd_value(0));
	for (unsigned int i = 0; i < 12; i++) {
		unsigned int q = (unsigned int)below(0, nqueues + 1);

		switch (below(0, 6)) {
		case 0:
			fill_rings(RINGS + 0x10000 * q);
			break;
		case 1:
			poke(slot + R_CONFIG + below(0, 0x100), 1u << below(0, 4), odd_value(0));
			break;
		case 2:
			poke(slot + R_INT_ACK, 4, peek(slot + R_INT_STATUS, 4));
			break;
		case 3:
			poke(slot + R_QREADY, 4, below(0, 2));
			break;
		default:
			poke(slot + R_NOTIFY, 4, below(0, 8) ? q : odd_value(0));
			break;
		}
	}
	peek(slot + R_STATUS, 4);
}

/* The second vCPU: what was valid when it was looked at is not when it is used. */
void scribble(void)
{
	while (!is_over) {
		uint64_t at = RINGS + (below(1, 3) << 16) + (below(1, 3) << 13);

		if (below(1, 2))
			odd_desc(1, (struct desc *)(CACHED | (at + 16 * below(1, 32))));
		else
			*(volatile uint16_t *)(CACHED | (at + 2 * below(1, 64))) =
				(uint16_t)below(1, 300);
	}
	for (;;)
		__asm__ volatile("idle 0");
}

static void start_second(void)
{
	uint64_t entry = (uint64_t)second_start & 0xffffffffULL;
	uint64_t cpu = 1ULL << 16 | 1ULL << 31;

	iocsr_write(MAIL_SEND, 8, entry << 32 | cpu);
	iocsr_write(IPI_SEND, 4, cpu);
}

/* ---- the end: is everything still there? ---- */

static void reset_uart(void)
{
	poke(UART + 3, 1, 0x03);
	poke(UART + 1, 1, 0);
	poke(UART + 2, 1, 0x07);
	poke(UART + 4, 1, 0x03);
}

static void say(const char *s)
{
	for (; *s; s++) {
		for (unsigned int i = 0; i < 100000 && !(peek(UART + 5, 1) & 0x20); i++)
			;
		poke(UART, 1, (uint64_t)*s);
	}
}

static void write_page(uint64_t at, uint64_t len)
{
	for (uint64_t i = 0; i < len; i += 8)
		*(volatile uint64_t *)(CACHED | (at + i)) = 0;
}

/* Asks the disk in @slot for its name, as a driver would; 1: it answered. */
static int disk_answers(uint64_t slot)
{
	struct desc *d = (struct desc *)(CACHED | QUIET);
	volatile uint16_t *avail = (volatile uint16_t *)(CACHED | (QUIET + 0x2000));
	volatile uint16_t *used = (volatile uint16_t *)(CACHED | (QUIET + 0x4000));
	volatile uint32_t *head = (volatile uint32_t *)(CACHED | (QUIET + 0x8000));
	volatile uint8_t *status = (volatile uint8_t *)(CACHED | (QUIET + 0x9000));

	write_page(QUIET, 0xa000);
	begin_device(slot, 1);
	set_queue(slot, 0, QUIET, 16);
	poke(slot + R_STATUS, 4, 15);
	head[0] = 8;			/* GET_ID */
	*status = 0xee;
	d[0] = (struct desc){ QUIET + 0x8000, 16, 1, 1 };
	d[1] = (struct desc){ QUIET + 0x8800, 20, 3, 2 };
	d[2] = (struct desc){ QUIET + 0x9000, 1, 2, 0 };
	avail[2] = 0;
	barrier();
	avail[1] = 1;
	barrier();
	poke(slot + R_NOTIFY, 4, 0);
	for (unsigned int i = 0; i < 20000000 && !used[1]; i++)
		barrier();
	return used[1] == 1 && *status == 0;
}

void fuzz_main(void)
{
	int is_good;

	start_second();
	for (unsigned int i = 0; i < POKES; i++) {
		poke_window();
		if (!(i % 4))
			poke_iocsr();
	}
	reset_uart();
	say("\nfuzz: registers\n");
	for (unsigned int i = 0; i < ROUNDS; i++) {
		fuzz_device();
		if (!(i % 16))
			poke_window();
	}
	is_over = 1;
	reset_uart();
	say("\nfuzz: queues\n");
	is_good = disk_answers(SLOT(2)) && disk_answers(SLOT(3));
	say(is_good ? "fuzz: done\n" : "fuzz: a disk does not answer\n");
	poke(GED, 1, 0x34);
	for (;;)
		__asm__ volatile("idle 0");
}
