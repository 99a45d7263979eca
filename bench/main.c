// SPDX-License-Identifier: Apache-2.0
/*
 * Bare-metal measuring program: times the loops of loops.S with the machine's
 * own clock and prints one line per loop on the serial port, then powers off.
 *
 *   bench: alu 1.53 ns 6535 MIPS
 *
 * It runs on QEMU's LoongArch virt board and on lvz-vmm alike and needs nothing
 * but RAM at 2 MiB, the UART, the power-off register and a stable counter.
 */

#include <stdint.h>

#define UART		0x800000001fe001e0ULL
#define SLEEP_CTL	0x80000000100e001cULL
#define SLEEP_S5	0x34

/* Each loop runs for about this long; the best of ROUNDS counts. */
#define RUN_NS		60000000ULL
#define ROUNDS		3

typedef void loop_fn(uint64_t iterations, void *mem);

#define LOOPS(X) \
	X(alu) X(dependent) X(memory) X(chase) X(farjump) X(call) X(branch) \
	X(bits) X(muldiv) X(fp) X(fpdiv) X(fpconv) X(lsx) X(lsxfp) X(lasx) X(lsxmem) X(atomics) \
	X(barrier) X(csr) X(rdtime) X(cpucfg) X(syscall) X(mmio) X(iocsr)

/* The count is the address of an absolute symbol: nothing to load or keep. */
#define DECLARE(name) \
	extern loop_fn loop_##name; \
	extern char loop_##name##_insns[];
LOOPS(DECLARE)

static uint8_t mem[65536] __attribute__((aligned(65536)));

static void put_char(char c)
{
	volatile uint8_t *uart = (volatile uint8_t *)UART;

	while (!(uart[5] & 0x20))
		;
	uart[0] = (uint8_t)c;
}

static void put_str(const char *s)
{
	for (; *s; s++) {
		if (*s == '\n')
			put_char('\r');
		put_char(*s);
	}
}

static void put_dec(uint64_t value)
{
	char buf[21];
	int i = sizeof(buf) - 1;

	buf[i] = '\0';
	do {
		buf[--i] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	put_str(buf + i);
}

static void put_hex(uint64_t value)
{
	put_str("0x");
	for (int shift = 60; shift >= 0; shift -= 4)
		put_char("0123456789abcdef"[value >> shift & 15]);
}

static void power_off(void)
{
	*(volatile uint8_t *)SLEEP_CTL = SLEEP_S5;
	for (;;)
		__asm__ volatile("idle 0");
}

void bench_exception(uint64_t estat, uint64_t era, uint64_t badv)
{
	put_str("bench: unexpected exception, estat ");
	put_hex(estat);
	put_str(" era ");
	put_hex(era);
	put_str(" badv ");
	put_hex(badv);
	put_str("\n");
	power_off();
}

/* csrwr leaves the old value in its register: hence the copy. */
static void enable_units(uint64_t euen)
{
	__asm__ volatile("csrwr %0, 0x2" : "+r"(euen) : : "memory");
}

static uint32_t cpucfg(uint32_t word)
{
	uint32_t value;

	__asm__("cpucfg %0, %1" : "=r"(value) : "r"(word));
	return value;
}

static uint64_t rdtime(void)
{
	uint64_t ticks;

	__asm__ volatile("rdtime.d %0, $zero" : "=r"(ticks));
	return ticks;
}

static uint64_t hz;

static uint64_t run_ns(loop_fn *loop, uint64_t iterations)
{
	uint64_t start = rdtime();

	loop(iterations, mem);
	return (rdtime() - start) * 1000000000ULL / hz;
}

static void measure(const char *name, loop_fn *loop, uint64_t insns)
{
	uint64_t iterations = 1000, ns, best, picos;

	/* Also lets an engine that translates do so before it is timed. */
	while ((ns = run_ns(loop, iterations)) < RUN_NS / 8)
		iterations *= 2;
	iterations = iterations * (RUN_NS / 1000) / (ns / 1000) + 1;

	best = run_ns(loop, iterations);
	for (int i = 1; i < ROUNDS; i++) {
		ns = run_ns(loop, iterations);
		if (ns < best)
			best = ns;
	}
	picos = best * 1000 / iterations;
	if (!picos)
		picos = 1;

	put_str("bench: ");
	put_str(name);
	put_str(" ");
	put_dec(picos / 1000);
	put_char('.');
	put_char((char)('0' + picos / 100 % 10));
	put_char((char)('0' + picos / 10 % 10));
	put_str(" ns ");
	put_dec(insns * 1000000 / picos);
	put_str(" MIPS\n");
}

/* A ring of 256 pointers in a scattered order: the step is prime to 256. */
static void lay_ring(void)
{
	uint64_t *ring = (uint64_t *)mem;

	for (unsigned int i = 0; i < 256; i++)
		ring[i * 97 % 256] = (uint64_t)&ring[(i + 1) * 97 % 256];
}

void bench_main(void)
{
	static const struct {
		const char *name;
		loop_fn *loop;
		char *insns;
	} loops[] = {
#define ENTRY(name) { #name, loop_##name, loop_##name##_insns },
		LOOPS(ENTRY)
	};
	uint32_t features = cpucfg(2), scale = cpucfg(5);
	uint32_t euen = 0;

	if (features & 1)
		euen |= 1;
	if (features & (1 << 6))
		euen |= 2;
	if (features & (1 << 7))
		euen |= 4;
	enable_units(euen);
	hz = (uint64_t)cpucfg(4) * (scale & 0xffff) / (scale >> 16 ? scale >> 16 : 1);

	put_str("bench: start, counter at ");
	put_dec(hz);
	put_str(" Hz\n");
	if (!hz)
		power_off();

	for (unsigned int i = 0; i < sizeof(loops) / sizeof(loops[0]); i++) {
		const char *name = loops[i].name;

		if (((name[0] == 'f' && name[1] == 'p') && !(euen & 1)) ||
		    ((name[0] == 'l' && name[1] == 's') && !(euen & 2)) ||
		    ((name[0] == 'l' && name[1] == 'a') && !(euen & 4))) {
			put_str("bench: ");
			put_str(name);
			put_str(" absent\n");
			continue;
		}
		lay_ring();
		measure(name, loops[i].loop, (uint64_t)loops[i].insns);
	}
	put_str("bench: end\n");
	power_off();
}
