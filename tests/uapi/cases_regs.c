// SPDX-License-Identifier: Apache-2.0
/*
 * cases_regs.c - registers by id, the timer's state, the counter, FPU.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "uapi.h"

enum { CSR_ESTAT = 0x5, CSR_CPUID = 0x20, CSR_PRCFG1 = 0x21, CSR_PRCFG3 = 0x23,
       CSR_TCFG = 0x41, CSR_TVAL = 0x42, CSR_LLBCTL = 0x60, NCSRS = 0x400 };
#define ESTAT_TI	(1ull << 11)
#define TCFG_EN		1ull
#define TCFG_PERIOD	2ull

/* Numbers that a guest's bank holds (lvz_main.c and vol. 1, 7.1), less those with rules. */
static const uint16_t plain_csrs[] = {
	0x0, 0x1, 0x2, 0x3, 0x4, 0x6, 0x7, 0x8, 0xc, 0x10, 0x11, 0x12, 0x13, 0x18, 0x19, 0x1a,
	0x1c, 0x1d, 0x1e, 0x1f, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x40, 0x43,
	0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x180, 0x181, 0x182, 0x183,
};

static bool is_plain(uint32_t num)
{
	for (size_t i = 0; i < sizeof(plain_csrs) / sizeof(plain_csrs[0]); i++) {
		if (plain_csrs[i] == num)
			return true;
	}
	return false;
}

static bool is_special(uint32_t num)
{
	return num == CSR_ESTAT || num == CSR_CPUID || num == CSR_TCFG || num == CSR_TVAL ||
	       num == CSR_LLBCTL || (num >= CSR_PRCFG1 && num <= CSR_PRCFG3);
}

static void case_csr(int vcpu, uint32_t num)
{
	uint64_t old, now = 0;
	char name[40];

	snprintf(name, sizeof(name), "regs/csr-%#x", num);
	if (!is_plain(num)) {
		long got = get_reg(vcpu, LVZ_REG_CSR(num), &old);
		long set = set_reg(vcpu, LVZ_REG_CSR(num), 0);

		if (got != -ENOENT || set != -ENOENT)
			report(false, name, "get %ld, set %ld, wanted -ENOENT", got, set);
		return;
	}
	if (get_reg(vcpu, LVZ_REG_CSR(num), &old) ||
	    set_reg(vcpu, LVZ_REG_CSR(num), 0x5a5a0000a5a5ull + num) ||
	    get_reg(vcpu, LVZ_REG_CSR(num), &now) || set_reg(vcpu, LVZ_REG_CSR(num), old)) {
		report(false, name, "get or set fails");
		return;
	}
	expect_u64(name, now, 0x5a5a0000a5a5ull + num);
}

static void cases_csrs(int vcpu)
{
	uint64_t value;

	for (uint32_t num = 0; num < NCSRS; num++) {
		if (!is_special(num))
			case_csr(vcpu, num);
	}
	expect("regs/cpuid-other", set_reg(vcpu, LVZ_REG_CSR(CSR_CPUID), 1), -EINVAL);
	expect("regs/cpuid-same", set_reg(vcpu, LVZ_REG_CSR(CSR_CPUID), 0), 0);
	for (uint32_t num = CSR_PRCFG1; num <= CSR_PRCFG3; num++) {
		expect("regs/prcfg-get", get_reg(vcpu, LVZ_REG_CSR(num), &value), 0);
		expect("regs/prcfg-set", set_reg(vcpu, LVZ_REG_CSR(num), value), -ENOENT);
	}
}

/* ------------------------------------------------------------------ the argument */

static void cases_list(int vcpu)
{
	struct lvz_reg regs[LVZ_MAX_REGS + 1];
	struct lvz_regs arg = { .size = sizeof(arg), .count = LVZ_MAX_REGS,
				.regs = (uintptr_t)regs };
	uint64_t value;

	for (unsigned int i = 0; i <= LVZ_MAX_REGS; i++)
		regs[i] = (struct lvz_reg){ .id = LVZ_REG_CSR(0x30), .value = i };
	expect("regs/max", lvz_ioctl(vcpu, LVZ_SET_REGS, &arg), 0);
	get_reg(vcpu, LVZ_REG_CSR(0x30), &value);
	expect_u64("regs/in-order", value, LVZ_MAX_REGS - 1);
	arg.count = LVZ_MAX_REGS + 1;
	expect("regs/too-many", lvz_ioctl(vcpu, LVZ_SET_REGS, &arg), -EINVAL);
	arg.count = 0;
	expect("regs/none", lvz_ioctl(vcpu, LVZ_GET_REGS, &arg), 0);
	arg.count = 3;
	regs[0].value = 77;
	regs[1].pad = 1;
	expect("regs/pad", lvz_ioctl(vcpu, LVZ_SET_REGS, &arg), -EINVAL);
	get_reg(vcpu, LVZ_REG_CSR(0x30), &value);
	expect_u64("regs/before-the-error", value, 77);
	expect("regs/pad-get", lvz_ioctl(vcpu, LVZ_GET_REGS, &arg), -EINVAL);
	arg.regs = 0;
	expect("regs/null", lvz_ioctl(vcpu, LVZ_GET_REGS, &arg), -EFAULT);
	arg.regs = 0x9000000000200000ull;
	expect("regs/kernel-address-get", lvz_ioctl(vcpu, LVZ_GET_REGS, &arg), -EFAULT);
	expect("regs/kernel-address-set", lvz_ioctl(vcpu, LVZ_SET_REGS, &arg), -EFAULT);
	arg.size = 8;
	expect("regs/size-8", lvz_ioctl(vcpu, LVZ_GET_REGS, &arg), -EINVAL);
	arg.size = PAGE + 8;
	expect("regs/size-over-a-page", lvz_ioctl(vcpu, LVZ_GET_REGS, &arg), -E2BIG);
}

static void cases_ids(int vcpu)
{
	static const uint32_t unknown[] = {
		0, 0x5, LVZ_REG_CSR(0x400), LVZ_REG_CSR(0xffff), 2u << 16 | 2, 3u << 16,
		0xffffffffu, 0x80010000u,
	};
	char name[40];
	uint64_t value;

	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		snprintf(name, sizeof(name), "regs/get-unknown-%#x", unknown[i]);
		expect(name, get_reg(vcpu, unknown[i], &value), -ENOENT);
		snprintf(name, sizeof(name), "regs/set-unknown-%#x", unknown[i]);
		expect(name, set_reg(vcpu, unknown[i], 0), -ENOENT);
	}
}

static void cases_units(int vcpu)
{
	uint64_t all;

	expect("units/get", get_reg(vcpu, LVZ_REG_UNITS, &all), 0);
	expect("units/none", set_reg(vcpu, LVZ_REG_UNITS, 0), 0);
	expect("units/lsx-without-fp", set_reg(vcpu, LVZ_REG_UNITS, LVZ_UNIT_LSX), -EINVAL);
	expect("units/lasx-without-lsx", set_reg(vcpu, LVZ_REG_UNITS,
						 LVZ_UNIT_FP | LVZ_UNIT_LASX), -EINVAL);
	expect("units/unknown", set_reg(vcpu, LVZ_REG_UNITS, all | 8), -EINVAL);
	expect("units/high-half", set_reg(vcpu, LVZ_REG_UNITS, all | 1ull << 32), -EINVAL);
	expect("units/all", set_reg(vcpu, LVZ_REG_UNITS, all), 0);
}

/* ------------------------------------------------------------------ time */

static uint64_t csr(int vcpu, uint32_t num)
{
	uint64_t value = 0;

	get_reg(vcpu, LVZ_REG_CSR(num), &value);
	return value;
}

static void set_timer(int vcpu, uint64_t tval, uint64_t estat, uint64_t tcfg)
{
	set_reg(vcpu, LVZ_REG_CSR(CSR_TVAL), tval);
	set_reg(vcpu, LVZ_REG_CSR(CSR_ESTAT), estat);
	set_reg(vcpu, LVZ_REG_CSR(CSR_TCFG), tcfg);
}

static void cases_timer(int vcpu)
{
	const uint64_t init = 1ull << 40;
	uint64_t first, then;

	set_timer(vcpu, 0x1234, 0, init);
	sleep_ms(2);
	expect_u64("timer/stopped-keeps-tval", csr(vcpu, CSR_TVAL), 0x1234);
	set_timer(vcpu, init / 2, 0, init | TCFG_EN);
	first = csr(vcpu, CSR_TVAL);
	sleep_ms(5);
	then = csr(vcpu, CSR_TVAL);
	report(first <= init / 2 && then < first, "timer/counts-down", "%#llx then %#llx",
	       (unsigned long long)first, (unsigned long long)then);
	expect_u64("timer/tcfg", csr(vcpu, CSR_TCFG), init | TCFG_EN);
	/* Fired, and taken: all ones stay. */
	set_timer(vcpu, (1ull << 48) - 1, 0, 0x1000 | TCFG_EN);
	expect_u64("timer/fired", csr(vcpu, CSR_TVAL), (1ull << 48) - 1);
	set_timer(vcpu, 0x1000, 0, 0x1000 | TCFG_EN);
	sleep_ms(2);
	expect_u64("timer/expired-away", csr(vcpu, CSR_TVAL), 0);
	set_timer(vcpu, 0, ESTAT_TI | 3, 0);
	expect_u64("timer/estat", csr(vcpu, CSR_ESTAT), ESTAT_TI | 3);
	set_timer(vcpu, 0, LVZ_IRQ_LINES, 0);
	expect_u64("timer/estat-without-lines", csr(vcpu, CSR_ESTAT), 0);
}

static void case_lines(int vcpu)
{
	struct lvz_irq irq = { .size = sizeof(irq), .set = LVZ_IRQ_LINES };

	lvz_ioctl(vcpu, LVZ_IRQ, &irq);
	expect_u64("irq/in-estat", csr(vcpu, CSR_ESTAT), LVZ_IRQ_LINES);
	irq.clear = irq.set & ~4u;
	irq.set = 0;
	lvz_ioctl(vcpu, LVZ_IRQ, &irq);
	expect_u64("irq/one-left", csr(vcpu, CSR_ESTAT), 4);
	irq.clear = 4;
	lvz_ioctl(vcpu, LVZ_IRQ, &irq);
}

/* What the guest reads with rdtime follows what was set, for other vCPUs too. */
static void cases_counter(struct machine *m)
{
	const uint64_t start = 1ull << 50;
	uint64_t value = 0;
	int other = (int)lvz_ioctl(m->vm, LVZ_CREATE_VCPU, 1);

	expect("counter/set", set_reg(m->vcpu, LVZ_REG_COUNTER, start), 0);
	get_reg(other, LVZ_REG_COUNTER, &value);
	report(value >= start && value - start < 1ull << 36, "counter/other-vcpu", "%#llx",
	       (unsigned long long)value);
	close(other);
	machine_load(m, counter);
	expect("counter/run", machine_run(m), 0);
	report(machine_is_done(m) && m->run->gpr[4] >= value &&
	       m->run->gpr[4] - start < 1ull << 36, "counter/guest", "%#llx",
	       (unsigned long long)m->run->gpr[4]);
}

/* ------------------------------------------------------------------ FPU */

static void cases_fpu(int vcpu)
{
	struct lvz_fpu set, got;

	memset(&set, 0, sizeof(set));
	for (unsigned int i = 0; i < 32; i++) {
		for (unsigned int j = 0; j < 4; j++)
			set.fpr[i][j] = 0x0123456789abcdefull * (4 * i + j + 1);
	}
	set.fcc = 0x0100010001000101ull;
	set.fcsr = 0x0f000100;
	expect("fpu/set", lvz_ioctl(vcpu, LVZ_SET_FPU, &set), 0);
	expect("fpu/get", lvz_ioctl(vcpu, LVZ_GET_FPU, &got), 0);
	report(!memcmp(&set, &got, sizeof(set)), "fpu/same", "other values");
	set.pad = 1;
	expect("fpu/pad", lvz_ioctl(vcpu, LVZ_SET_FPU, &set), -EINVAL);
	expect("fpu/set-null", lvz_ioctl(vcpu, LVZ_SET_FPU, 0), -EFAULT);
	expect("fpu/get-null", lvz_ioctl(vcpu, LVZ_GET_FPU, 0), -EFAULT);
	expect("fpu/get-kernel", lvz_ioctl(vcpu, LVZ_GET_FPU, 0x9000000000200000ull), -EFAULT);
	expect("fpu/set-kernel", lvz_ioctl(vcpu, LVZ_SET_FPU, 0x9000000000200000ull), -EFAULT);
	/* A cause and its enable at once would trap in the host. */
	set.pad = 0;
	set.fcsr = 0x1f00001f;
	expect("fpu/cause-and-enable", lvz_ioctl(vcpu, LVZ_SET_FPU, &set), 0);
	lvz_ioctl(vcpu, LVZ_GET_FPU, &got);
	expect_u64("fpu/cause-is-gone", got.fcsr, 0x1f);
	memset(&set, 0, sizeof(set));
	lvz_ioctl(vcpu, LVZ_SET_FPU, &set);
}

void cases_regs(void)
{
	struct machine m;

	machine_init(&m);
	cases_csrs(m.vcpu);
	cases_list(m.vcpu);
	cases_ids(m.vcpu);
	cases_units(m.vcpu);
	cases_timer(m.vcpu);
	case_lines(m.vcpu);
	cases_fpu(m.vcpu);
	machine_fini(&m);
	machine_init(&m);
	cases_counter(&m);
	machine_fini(&m);
}
