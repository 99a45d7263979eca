/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/test_kvm.c - the kvm engine's parts that need no KVM: the guest's CPUCFG, the
 * CSRs at reset, the verdict on a host, and the ROM, which runs on the software CPU.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "backend/guest_cpu.h"
#include "backend/kvm_host.h"
#include "backend/kvm_rom.h"
#include "soft/isa_csrs.h"
#include "soft/isa_cpucfg.h"
#include "soft/isa_enc.h"
#include "soft/la.h"
#include "util/bits.h"

/* ---- CPUCFG ---- */

#define FP_BITS (LA_CPUCFG2_FP | LA_CPUCFG2_FP_SP | LA_CPUCFG2_FP_DP)
#define PMU_WORD (LA_CPUCFG6_PMP | 3u << LA_CPUCFG6_PMNUM_SHIFT)

static uint32_t host[LA_CPUCFG_NWORDS];
static uint64_t mask[LA_CPUCFG_NWORDS];
static uint32_t out[LA_CPUCFG_NWORDS];
static struct err err;

static const struct be_cpu_model model_max = {
	.has_lsx = true, .has_lasx = true, .has_ptw = true, .has_v11 = true,
};
static const struct be_cpu_model model_la464 = {
	.is_la464 = true, .has_lsx = true, .has_lasx = true,
};

/* A host with all there is, LVZ and LBT too, and a KVM that hands on all that it can. */
static void rich_host(void)
{
	memcpy(host, la_cpucfg_max, sizeof(host));
	host[0] = 0x14d000;
	host[1] |= LA_CPUCFG1_MSG_INT;
	host[2] |= LA_CPUCFG2_LVZ | 1u << LA_CPUCFG2_LVZ_VER_SHIFT | LA_CPUCFG2_LBT_X86 |
		   LA_CPUCFG2_DIV32;
	host[3] |= LA_CPUCFG3_SFB;
	host[4] = 123456789;
	host[6] = PMU_WORD;
	host[0x14] = 0x06100010;
	for (unsigned int i = 0; i < LA_CPUCFG_NWORDS; i++)
		mask[i] = i > 6 && i < 0x10 ? 0 : UINT32_MAX;
	mask[2] &= ~(uint64_t)(LA_CPUCFG2_LVZ | LA_CPUCFG2_LVZ_VER);
	mask[3] &= ~(uint64_t)LA_CPUCFG3_SFB;
	err.text[0] = '\0';
}

START_TEST(cpucfg_max)
{
	rich_host();
	ck_assert_int_eq(guest_cpu_cpucfg("KVM", host, mask, &model_max, out, &err), 0);
	ck_assert_uint_eq(out[0], 0x14d000);
	ck_assert_uint_eq(out[1], host[1] & ~(uint32_t)LA_CPUCFG1_MSG_INT);
	ck_assert_uint_eq(out[2], la_cpucfg_max[2] | LA_CPUCFG2_DIV32);
	ck_assert_uint_eq(out[3], la_cpucfg_max[3]);
	ck_assert_uint_eq(out[4], 123456789);
	ck_assert_uint_eq(out[6], 0);
	ck_assert_uint_eq(out[0x14], 0x06100010);
}
END_TEST

START_TEST(cpucfg_la464)
{
	rich_host();
	ck_assert_int_eq(guest_cpu_cpucfg("KVM", host, mask, &model_la464, out, &err), 0);
	ck_assert_uint_eq(out[0], la_cpucfg_la464[0]);
	ck_assert_uint_eq(out[2], la_cpucfg_la464[2]);
	ck_assert_uint_eq(out[3], la_cpucfg_la464[3]);
	/* The counter is the host's. */
	ck_assert_uint_eq(out[4], 123456789);
	ck_assert_uint_eq(out[0x14], la_cpucfg_la464[0x14]);
}
END_TEST

START_TEST(cpucfg_stays_in_mask)
{
	struct be_cpu_model all = model_max;

	all.has_pmu = true;
	for (unsigned int is_la464 = 0; is_la464 < 2; is_la464++) {
		rich_host();
		mask[1] = 0x00ffffff;
		mask[6] = LA_CPUCFG6_PMP;
		mask[0x10] = 0xff;
		all.is_la464 = is_la464;
		ck_assert_int_eq(guest_cpu_cpucfg("KVM", host, mask, &all, out, &err), 0);
		for (unsigned int i = 0; i < LA_CPUCFG_NWORDS; i++)
			ck_assert_uint_eq(out[i] & ~mask[i], 0);
		ck_assert_uint_eq(out[6], LA_CPUCFG6_PMP);
	}
}
END_TEST

/* What the user says is binding; what "max" has by itself depends on the host. */
static const struct {
	unsigned int insisted;
	bool is_la464, has_lvz, has_pmu;
	uint32_t host_lacks, kvm_lacks;		/* of word 2 */
	bool is_pmu_masked;
	const char *want;			/* NULL: goes well */
} asks[] = {
	{ .host_lacks = LA_CPUCFG2_LASX | LA_CPUCFG2_HPTW | LA_CPUCFG2_SCQ },
	{ .kvm_lacks = LA_CPUCFG2_LSX | LA_CPUCFG2_LASX },
	{ .insisted = BE_CPU_LSX | BE_CPU_LASX | BE_CPU_PTW | BE_CPU_V11 },
	{ .insisted = BE_CPU_V11, .host_lacks = LA_CPUCFG2_DIV32 },
	{ .insisted = BE_CPU_LASX, .host_lacks = LA_CPUCFG2_LASX,
	  .want = "[cpu] lasx: the host's CPU has none (want off)" },
	{ .insisted = BE_CPU_PTW, .kvm_lacks = LA_CPUCFG2_HPTW,
	  .want = "[cpu] ptw: the host's KVM has none (want off)" },
	{ .insisted = BE_CPU_V11, .host_lacks = LA_CPUCFG2_SCQ,
	  .want = "[cpu] v11: the host's CPU has none (want off)" },
	{ .insisted = BE_CPU_LVZ, .has_lvz = true,
	  .want = "[cpu] lvz: KVM offers no guest this (want off)" },
	{ .insisted = BE_CPU_PMU, .has_pmu = true },
	{ .insisted = BE_CPU_PMU, .has_pmu = true, .is_pmu_masked = true,
	  .want = "[cpu] pmu: the host's KVM has none (want off)" },
	{ .is_la464 = true, .host_lacks = LA_CPUCFG2_LASX,
	  .want = "[cpu] model: la464 has lasx and this host cannot give it (want max, or lasx = off)" },
};

START_TEST(cpucfg_asks)
{
	struct be_cpu_model model = asks[_i].is_la464 ? model_la464 : model_max;
	int ret;

	rich_host();
	host[2] &= ~asks[_i].host_lacks;
	mask[2] &= ~(uint64_t)asks[_i].kvm_lacks;
	if (asks[_i].is_pmu_masked)
		mask[6] = 0;
	model.insisted = asks[_i].insisted;
	model.has_lvz = asks[_i].has_lvz;
	model.has_pmu = asks[_i].has_pmu;
	ret = guest_cpu_cpucfg("KVM", host, mask, &model, out, &err);
	ck_assert_int_eq(ret, asks[_i].want ? -EINVAL : 0);
	if (asks[_i].want)
		ck_assert_str_eq(err.text, asks[_i].want);
	else
		ck_assert_uint_eq(out[2] & (asks[_i].host_lacks | asks[_i].kvm_lacks), 0);
}
END_TEST

START_TEST(cpucfg_switches)
{
	struct be_cpu_model model = model_max;

	rich_host();
	model.has_lsx = false;
	model.has_ptw = false;
	model.has_v11 = false;
	model.has_lasx = false;
	ck_assert_int_eq(guest_cpu_cpucfg("KVM", host, mask, &model, out, &err), 0);
	ck_assert_uint_eq(out[2], FP_BITS | 1u << LA_CPUCFG2_FP_VER_SHIFT | LA_CPUCFG2_LLFTP |
				  1u << LA_CPUCFG2_LLFTP_VER_SHIFT | LA_CPUCFG2_LSPW |
				  LA_CPUCFG2_LAM);
}
END_TEST

/* ---- reset ---- */

static const struct guest_cpu_csr *find(const struct guest_cpu_csr *csrs, size_t n,
				      unsigned int num)
{
	const struct guest_cpu_csr *found = NULL;

	for (size_t i = 0; i < n; i++) {
		if (csrs[i].num != num)
			continue;
		ck_assert_msg(!found, "CSR %#x is written twice", num);
		found = &csrs[i];
	}
	return found;
}

START_TEST(reset_values)
{
	static const uint16_t absent[] = {
		LA_CSR_CPUID, LA_CSR_PGD, LA_CSR_PRCFG1, LA_CSR_PRCFG2, LA_CSR_PRCFG3,
		LA_CSR_TICLR, LA_CSR_GSTAT, LA_CSR_GCFG, LA_CSR_GINTC, LA_CSR_GCNTC,
		LA_CSR_GTLBC, LA_CSR_TRGP,
	};
	struct guest_cpu_csr csrs[GUEST_CPU_MAX_CSRS];
	size_t n = guest_cpu_reset_csrs(5, csrs);

	for (size_t i = 0; i < ARRAY_SIZE(absent); i++)
		ck_assert_msg(!find(csrs, n, absent[i]), "CSR %#x", absent[i]);
	/* Every other register that a guest has of its own, and those KVM keeps for it. */
	for (unsigned int i = 0; i < la_ncsrs; i++) {
		const struct guest_cpu_csr *c = find(csrs, n, la_csr_info[i].num);
		bool is_absent = false;

		for (size_t j = 0; j < ARRAY_SIZE(absent); j++)
			is_absent |= absent[j] == la_csr_info[i].num;
		ck_assert_msg(!c == is_absent, "CSR %s", la_csr_info[i].name);
		if (c && la_csr_info[i].guest != LA_CSR_GUEST_OWN)
			ck_assert(c->is_optional && !c->val);
	}
	ck_assert_uint_eq(find(csrs, n, LA_CSR_CRMD)->val, LA_CRMD_DA);
	ck_assert_uint_eq(find(csrs, n, LA_CSR_TID)->val, 5);
	ck_assert_uint_eq(find(csrs, n, LA_CSR_ASID)->val, 10 << 16);
	ck_assert(!find(csrs, n, LA_CSR_CRMD)->is_optional);
	/* The timer starts with TCFG, which must not meet an old count. */
	ck_assert_uint_eq(csrs[n - 3].num, LA_CSR_ESTAT);
	ck_assert_uint_eq(csrs[n - 2].num, LA_CSR_TVAL);
	ck_assert_uint_eq(csrs[n - 1].num, LA_CSR_TCFG);
}
END_TEST

/* ---- verdicts ---- */

#define GOOD .is_loongarch = true, .cpu_has_lvz = true, .kernel_has_lvz = true, .api_version = 12

static const struct {
	struct kvm_facts f;
	const char *want;			/* NULL: usable */
} hosts[] = {
	{ { GOOD }, NULL },
	{ { .is_loongarch = false }, "needs a LoongArch host with /dev/kvm" },
	{ { .is_loongarch = true }, "the CPU has no LVZ (CPUCFG.2 bit 10 is 0)" },
	{ { .is_loongarch = true, .cpu_has_lvz = true },
	  "the CPU has LVZ, but the kernel does not use it" },
	{ { GOOD, .open_errno = ENOENT },
	  "there is no /dev/kvm (a kernel without KVM, or its module is not loaded)" },
	{ { GOOD, .open_errno = EACCES },
	  "no permission to open /dev/kvm (is the user in its group?)" },
	{ { GOOD, .open_errno = ENODEV }, "/dev/kvm cannot be opened: No such device" },
	{ { .is_loongarch = true, .cpu_has_lvz = true, .kernel_has_lvz = true,
	    .api_version = 11 }, "KVM has API version 11 (want 12)" },
	{ { GOOD, .vm_errno = ENOMEM },
	  "KVM cannot make a virtual machine: Cannot allocate memory" },
	{ { GOOD, .missing = KVM_NEED_ONE_REG | KVM_NEED_CPUCFG },
	  "this kernel's KVM is too old: it lacks KVM_CAP_ONE_REG" },
	{ { GOOD, .missing = KVM_NEED_CPUCFG },
	  "this kernel's KVM is too old: it lacks the CPUCFG masks of a vCPU (KVM_GET_DEVICE_ATTR)" },
};

START_TEST(verdict)
{
	int ret = kvm_facts_judge(&hosts[_i].f, &err);

	ck_assert_int_eq(ret, hosts[_i].want ? -ENODEV : 0);
	if (hosts[_i].want)
		ck_assert_str_eq(err.text, hosts[_i].want);
}
END_TEST

/* ---- ROM ---- */

#define SPAN (KVM_ROM_GPA + KVM_ROM_BYTES)
#define ENTRY 0x100000u

static struct {
	uint8_t *ram;
	struct la_machine *m;
	struct la_cpu *cpu;
	uint32_t status, enable;
	uint64_t mbuf;
} rom;

static uint64_t no_load(void *ctx, unsigned int cpu, uint64_t gpa, unsigned int size)
{
	(void)ctx, (void)cpu, (void)size;
	ck_abort_msg("load of %#llx", (unsigned long long)gpa);
}

static void no_store(void *ctx, unsigned int cpu, uint64_t gpa, unsigned int size, uint64_t val)
{
	(void)ctx, (void)cpu, (void)size, (void)val;
	ck_abort_msg("store to %#llx", (unsigned long long)gpa);
}

static uint64_t ipi_read(void *ctx, unsigned int cpu, uint32_t addr, unsigned int size)
{
	(void)ctx, (void)cpu;
	if (addr == 0x1000 && size == 4)
		return rom.status;
	if (addr == 0x1020 && size == 8)
		return rom.mbuf;
	ck_abort_msg("%u-byte read of IOCSR %#x", size, addr);
}

/* As the kernel has it: the line is up while there is a status bit, enabled or not. */
static void ipi_write(void *ctx, unsigned int cpu, uint32_t addr, unsigned int size, uint64_t val)
{
	(void)ctx, (void)cpu;
	ck_assert_uint_eq(size, 4);
	if (addr == 0x1004) {
		rom.enable = (uint32_t)val;
		return;
	}
	ck_assert_uint_eq(addr, 0x100c);
	rom.status &= ~(uint32_t)val;
	if (!rom.status)
		la_cpu_set_irq(rom.cpu, 12, false);
}

static void no_timer(void *ctx, unsigned int cpu, uint64_t deadline_ns)
{
	(void)ctx, (void)cpu, (void)deadline_ns;
}

static void send_ipi(unsigned int action)
{
	rom.status |= BIT32(action);
	la_cpu_set_irq(rom.cpu, 12, true);
}

static void rom_open(void)
{
	const struct la_ram ram[] = { { 0, 0x200000 }, { KVM_ROM_GPA, KVM_ROM_BYTES } };
	uint32_t idle[2] = { la_enc_idle(0), la_enc_b(-4) };
	struct la_machine_cfg cfg = {
		.ram = ram,
		.nram = ARRAY_SIZE(ram),
		.bus = { NULL, no_load, no_store, ipi_read, ipi_write, no_timer },
		.features = { .has_lsx = true },
		.ncpus = 1,
	};

	memset(&rom, 0, sizeof(rom));
	rom.ram = mmap(NULL, SPAN, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ck_assert_ptr_ne(rom.ram, MAP_FAILED);
	kvm_rom_fill(rom.ram + KVM_ROM_GPA);
	memcpy(rom.ram + ENTRY, idle, sizeof(idle));
	cfg.ram_base = rom.ram;
	ck_assert_int_eq(la_machine_create(&rom.m, &cfg, &err), 0);
	rom.cpu = la_machine_cpu(rom.m, 0);
	la_cpu_reset(rom.cpu, KVM_ROM_GPA);
	ck_assert_int_eq(la_run(rom.cpu), LA_STOP_IDLE);
}

static void rom_close(void)
{
	la_machine_destroy(rom.m);
	munmap(rom.ram, SPAN);
}

START_TEST(rom_waits)
{
	rom_open();
	ck_assert_uint_eq(rom.enable, UINT32_MAX);
	/* An interrupt without mail, and mail whose low half is not there yet. */
	for (unsigned int i = 0; i < 3; i++) {
		rom.mbuf = i ? UINT64_C(0x90000000) << 32 : 0;
		send_ipi(i);
		ck_assert_int_eq(la_run(rom.cpu), LA_STOP_IDLE);
		ck_assert_uint_eq(rom.status, 0);
		ck_assert_uint_ge(la_get_pc(rom.cpu), KVM_ROM_GPA);
	}
	rom_close();
}
END_TEST

START_TEST(rom_starts)
{
	static const uint16_t zero[] = { LA_CSR_PRMD, LA_CSR_ECFG, LA_CSR_EENTRY, LA_CSR_EUEN };

	rom_open();
	send_ipi(3);
	ck_assert_int_eq(la_run(rom.cpu), LA_STOP_IDLE);
	rom.mbuf = UINT64_C(0x9000000000000000) | ENTRY;
	send_ipi(0);
	send_ipi(5);
	ck_assert_int_eq(la_run(rom.cpu), LA_STOP_IDLE);
	/* In the guest's code, at its physical address, in the state of a reset. */
	ck_assert_uint_le(la_get_pc(rom.cpu) - ENTRY, 4);
	ck_assert_uint_eq(la_get_csr(rom.cpu, LA_CSR_CRMD), LA_CRMD_DA);
	for (size_t i = 0; i < ARRAY_SIZE(zero); i++)
		ck_assert_msg(!la_get_csr(rom.cpu, zero[i]), "CSR %#x", zero[i]);
	for (unsigned int i = 0; i < 32; i++)
		ck_assert_msg(!la_get_gpr(rom.cpu, i), "r%u", i);
	ck_assert_uint_eq(rom.status, 0);
	ck_assert_uint_eq(rom.mbuf, UINT64_C(0x9000000000000000) | ENTRY);
	rom_close();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("kvm");
	TCase *tc = tcase_create("kvm");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, cpucfg_max);
	tcase_add_test(tc, cpucfg_la464);
	tcase_add_test(tc, cpucfg_stays_in_mask);
	tcase_add_loop_test(tc, cpucfg_asks, 0, ARRAY_SIZE(asks));
	tcase_add_test(tc, cpucfg_switches);
	tcase_add_test(tc, reset_values);
	tcase_add_loop_test(tc, verdict, 0, ARRAY_SIZE(hosts));
	tcase_add_test(tc, rom_waits);
	tcase_add_test(tc, rom_starts);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
