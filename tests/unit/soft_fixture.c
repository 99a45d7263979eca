/* SPDX-License-Identifier: Apache-2.0 */
/* soft_fixture.c - see soft_fixture.h. */
#include "soft_fixture.h"

#include <sys/mman.h>

#include "../isa/cover.h"

/* What the tests of this program executed: shared with the processes that Check forks. */
static uint8_t *fx_seen;

#define FX_GUARD_BYTES (UINT64_C(1) << 20)

const struct la_features fx_max = {
	.has_lsx = true, .has_lasx = true, .has_ptw = true, .has_v11 = true,
};

const struct la_features fx_la464 = { .is_la464 = true, .has_lsx = true, .has_lasx = true };

static void record(struct fx *fx, struct fx_access a)
{
	a.pc = la_get_pc(la_machine_cpu(fx->m, a.cpu));
	fx->last = a;
	fx->naccess++;
}

static uint64_t bus_load(void *ctx, unsigned int cpu, uint64_t gpa, unsigned int size)
{
	struct fx *fx = ctx;
	uint64_t v = fx->mmio_val;

	if (gpa - FX_ROM < sizeof(fx->rom) && size == 4)
		return fx->rom[(gpa - FX_ROM) / 4];
	record(fx, (struct fx_access){ .cpu = cpu, .size = size, .addr = gpa, .val = v });
	return v;
}

static void bus_store(void *ctx, unsigned int cpu, uint64_t gpa, unsigned int size,
		      uint64_t val)
{
	struct fx *fx = ctx;

	fx->mmio_val = val;
	record(fx, (struct fx_access){ .cpu = cpu, .size = size, .addr = gpa, .val = val,
				       .is_store = true });
}

static uint64_t iocsr_read(void *ctx, unsigned int cpu, uint32_t addr, unsigned int size)
{
	struct fx *fx = ctx;

	record(fx, (struct fx_access){ .cpu = cpu, .size = size, .addr = addr,
				       .val = fx->mmio_val, .is_iocsr = true });
	return fx->mmio_val;
}

/* With more than one CPU, a store to IOCSR 0x1040 is an IPI to CPU @val. */
static void iocsr_write(void *ctx, unsigned int cpu, uint32_t addr, unsigned int size,
			uint64_t val)
{
	struct fx *fx = ctx;
	struct la_cpu *to = addr == 0x1040 ? la_machine_cpu(fx->m, (unsigned int)val) : NULL;

	if (to) {
		la_cpu_set_irq(to, LA_IRQ_IPI, true);
		return;
	}
	/* ... and one to 0x100c takes the own IPI back. */
	if (addr == 0x100c) {
		la_cpu_set_irq(la_machine_cpu(fx->m, cpu), LA_IRQ_IPI, false);
		return;
	}
	record(fx, (struct fx_access){ .cpu = cpu, .size = size, .addr = addr, .val = val,
				       .is_store = true, .is_iocsr = true });
}

static void timer_set(void *ctx, unsigned int cpu, uint64_t deadline_ns)
{
	struct fx *fx = ctx;

	(void)cpu;
	fx->ntimer++;
	fx->deadline_ns = deadline_ns;
}

void fx_prepare(struct la_cpu *cpu)
{
	la_set_csr(cpu, LA_CSR_DMW0, FX_KSEG | LA_DMW_PLV0);
	la_set_csr(cpu, LA_CSR_DMW1, FX_USEG | LA_DMW_PLV0 | LA_DMW_PLV1 | LA_DMW_PLV2 |
				     LA_DMW_PLV3);
	la_set_csr(cpu, LA_CSR_EENTRY, FX_KSEG | FX_EENTRY);
	la_set_csr(cpu, LA_CSR_TLBRENTRY, FX_TLBRENTRY);
	la_set_csr(cpu, LA_CSR_EUEN, LA_EUEN_FPE | LA_EUEN_SXE | LA_EUEN_ASXE);
}

void fx_open(struct fx *fx, const struct la_features *features, unsigned int ncpus)
{
	fx_open_with(fx, features, ncpus, NULL, NULL);
}

void fx_open_with(struct fx *fx, const struct la_features *features, unsigned int ncpus,
		  uint8_t *seen_ops, const struct la_observer *observer)
{
	const struct fx_extras extras = { .seen_ops = seen_ops, .observer = observer };

	fx_open_extra(fx, features, ncpus, &extras);
}

void fx_open_extra(struct fx *fx, const struct la_features *features, unsigned int ncpus,
		   const struct fx_extras *extras)
{
	static const struct la_ram ram = { 0, FX_RAM_BYTES };
	struct la_machine_cfg cfg = {
		.ram = &ram,
		.nram = 1,
		.bus = { fx, bus_load, bus_store, iocsr_read, iocsr_write, timer_set },
		.features = *features,
		.ncpus = ncpus,
		.seen_ops = extras->seen_ops ? extras->seen_ops : fx_seen,
		.observer = extras->observer,
		.lint = extras->lint,
		.stress_level = extras->stress_level,
		.stress_seed = extras->stress_seed,
	};
	struct err err = { 0 };

	memset(fx, 0, sizeof(*fx));
	/* Between two guards: whoever strays out of RAM is caught. */
	fx->ram = mmap(NULL, FX_RAM_BYTES + 2 * FX_GUARD_BYTES, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ck_assert_ptr_ne(fx->ram, MAP_FAILED);
	fx->ram += FX_GUARD_BYTES;
	ck_assert_int_eq(mprotect(fx->ram, FX_RAM_BYTES, PROT_READ | PROT_WRITE), 0);
	cfg.ram_base = fx->ram;
	ck_assert_int_eq(la_machine_create(&fx->m, &cfg, &err), 0);
	fx->cpu = la_machine_cpu(fx->m, 0);
	fx_at(fx, FX_EENTRY);
	while (fx->at < FX_EENTRY + 0x10000)
		fx_emit(fx, la_enc_idle(0));
	fx_at(fx, FX_TLBRENTRY);
	fx_emit(fx, la_enc_idle(0));
	for (unsigned int i = 0; i < ncpus; i++)
		fx_prepare(la_machine_cpu(fx->m, i));
}

void fx_close(struct fx *fx)
{
	la_machine_destroy(fx->m);
	munmap(fx->ram - FX_GUARD_BYTES, FX_RAM_BYTES + 2 * FX_GUARD_BYTES);
}

void fx_write(struct fx *fx, uint64_t gpa, const void *data, size_t len)
{
	/* Not ck_assert(): that writes to a pipe each time. */
	if (gpa >= FX_RAM_BYTES || len > FX_RAM_BYTES - gpa)
		ck_abort_msg("%zu bytes at %#" PRIx64 " are not in RAM", len, gpa);
	memcpy(fx->ram + gpa, data, len);
	la_ram_written(fx->m, gpa, len);
}

void fx_put64(struct fx *fx, uint64_t gpa, uint64_t v)
{
	fx_write(fx, gpa, &v, sizeof(v));
}

uint64_t fx_get64(const struct fx *fx, uint64_t gpa)
{
	uint64_t v;

	memcpy(&v, fx->ram + gpa, sizeof(v));
	return v;
}

void fx_at(struct fx *fx, uint64_t gpa)
{
	fx->at = gpa;
}

void fx_emit(struct fx *fx, uint32_t insn)
{
	fx_write(fx, fx->at, &insn, sizeof(insn));
	fx->at += 4;
}

void fx_mode(struct fx *fx, bool is_paged, unsigned int plv)
{
	fx_set_csr(fx, LA_CSR_CRMD, (is_paged ? LA_CRMD_PG : LA_CRMD_DA) | plv);
}

int fx_go_cpu(struct la_cpu *cpu, uint64_t pc)
{
	uint64_t at;
	uint32_t code;

	la_set_pc(cpu, pc);
	ck_assert_int_eq(la_run(cpu), LA_STOP_IDLE);
	at = la_get_pc(cpu) & ~FX_KSEG & ~FX_USEG;
	if (at == FX_TLBRENTRY + 4)
		return LA_EXC_TLBR;
	if (at <= FX_EENTRY || at > FX_EENTRY + 0x10000)
		return FX_SLEEP;
	code = (uint32_t)(la_get_csr(cpu, LA_CSR_ESTAT) >> LA_ESTAT_ECODE_SHIFT);
	code = (code & 0x3f) | (code >> 6 & 0x1ff) << 6;
	return code == LA_EXC_BRK ? FX_DONE : (int)code;
}

int fx_go(struct fx *fx)
{
	bool is_paged = fx_csr(fx, LA_CSR_CRMD) & LA_CRMD_PG;

	return fx_go_cpu(fx->cpu, is_paged ? FX_USEG | FX_CODE : FX_CODE);
}

int fx_exec(struct fx *fx, uint32_t insn)
{
	fx_program(fx, insn);
	return fx_go(fx);
}

void fx_covers(unsigned int op)
{
	fx_seen[op] = 1;
}

int fx_main(Suite *s)
{
	SRunner *sr = srunner_create(s);
	int nfailed;

	fx_seen = cover_begin(program_invocation_short_name);
	if (!fx_seen)
		return EXIT_FAILURE;
	srunner_run_all(sr, CK_NORMAL);
	nfailed = srunner_ntests_failed(sr);
	srunner_free(sr);
	if (!nfailed && cover_end(program_invocation_short_name, fx_seen))
		return EXIT_FAILURE;
	return nfailed ? EXIT_FAILURE : EXIT_SUCCESS;
}
