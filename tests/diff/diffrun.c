/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/diff/diffrun.c - runs an image of diffgen on the software CPU; the part of Linux
 * that the image needs is done here.
 *
 * usage: diffrun [--la464] [--replace OLD,MASK,NEW[,BEFORE]] IMAGE > RESULTS
 *
 * --la464 chooses that model; else it is "max".
 * --replace makes the CPU look wrong: instructions with OLD in the bits of MASK execute with
 * NEW there; with BEFORE, only behind an instruction that has BEFORE there.
 *
 * The program runs at PLV3 with paging on; a window maps all low addresses, everything else
 * is a TLB miss that nobody serves.  Signals end in no handler of the image: what that would
 * note is noted here.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "diff.h"
#include "soft/cpu.h"
#include "soft/isa_csrs.h"
#include "soft/la.h"

#define RAM_BYTES (UINT64_C(64) << 20)
#define VECTOR UINT64_C(0x10000)	/* an "idle": la_run() returns after an exception */
#define USER_CRMD (LA_CRMD_PG | 3)

enum { S_ILL = 4, S_TRAP = 5, S_BUS = 7, S_FPE = 8, S_SEGV = 11 };

struct run {
	uint8_t *ram;
	struct la_machine *m;
	struct la_cpu *cpu;
	bool has_ended;
};

static uint64_t no_load(void *ctx, unsigned int cpu, uint64_t gpa, unsigned int size)
{
	(void)ctx, (void)cpu, (void)gpa, (void)size;
	return 0;
}

static void no_store(void *ctx, unsigned int cpu, uint64_t gpa, unsigned int size, uint64_t val)
{
	(void)ctx, (void)cpu, (void)gpa, (void)size, (void)val;
}

static uint64_t no_iocsr_read(void *ctx, unsigned int cpu, uint32_t addr, unsigned int size)
{
	(void)ctx, (void)cpu, (void)addr, (void)size;
	return 0;
}

static void no_iocsr_write(void *ctx, unsigned int cpu, uint32_t addr, unsigned int size,
			   uint64_t val)
{
	(void)ctx, (void)cpu, (void)addr, (void)size, (void)val;
}

static void no_timer(void *ctx, unsigned int cpu, uint64_t deadline_ns)
{
	(void)ctx, (void)cpu, (void)deadline_ns;
}

static bool run_open(struct run *r, bool is_la464)
{
	static const struct la_ram all = { 0, RAM_BYTES };
	struct la_machine_cfg cfg = {
		.ram = &all, .nram = 1, .ncpus = 1,
		.bus = { NULL, no_load, no_store, no_iocsr_read, no_iocsr_write, no_timer },
		.features = { .is_la464 = is_la464, .has_lsx = true, .has_lasx = true,
			      .has_ptw = !is_la464, .has_v11 = !is_la464 },
	};
	const uint32_t idle = la_enc_idle(0);

	r->ram = mmap(NULL, RAM_BYTES, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (r->ram == MAP_FAILED)
		return false;
	cfg.ram_base = r->ram;
	if (la_machine_create(&r->m, &cfg, NULL))
		return false;
	r->cpu = la_machine_cpu(r->m, 0);
	memcpy(r->ram + VECTOR, &idle, sizeof(idle));
	la_set_csr(r->cpu, LA_CSR_EENTRY, VECTOR);
	la_set_csr(r->cpu, LA_CSR_TLBRENTRY, VECTOR);
	la_set_csr(r->cpu, LA_CSR_EUEN, 7);
	la_set_csr(r->cpu, LA_CSR_DMW0, 9 | 1 << 4);	/* PLV0, PLV3, cached, 0x0... */
	return true;
}

/* Loads the one segment at its address; its entry in @entry. */
static bool load(struct run *r, const char *path, uint64_t *entry)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	if (!f) {
		perror(path);
		return false;
	}
	n = fread(r->ram + DT_BASE, 1, RAM_BYTES - DT_BASE, f);
	fclose(f);
	memcpy(entry, r->ram + DT_BASE + 24, 8);
	if (n < DT_CODE - DT_BASE || *entry < DT_RUNNER || *entry >= DT_CTX) {
		fprintf(stderr, "%s: not an image of diffgen\n", path);
		return false;
	}
	return true;
}

struct replacement {
	uint32_t old, mask, new, before;
	bool has_before;
};

static bool parse_replacement(struct replacement *rep, const char *text)
{
	const int n = sscanf(text, "%x,%x,%x,%x", &rep->old, &rep->mask, &rep->new,
			     &rep->before);

	rep->has_before = n == 4;
	return n >= 3;
}

static void replace(struct run *r, const struct replacement *rep)
{
	uint32_t *word = (uint32_t *)(r->ram + DT_CODE), before = 0;

	for (; word < (uint32_t *)(r->ram + DT_OUT); word++) {
		const uint32_t this = *word;

		if ((this & rep->mask) == rep->old &&
		    (!rep->has_before || (before & rep->mask) == rep->before))
			*word = (this & ~rep->mask) | rep->new;
		before = this;
	}
}

/* The signal that Linux sends for @exc; FCSR and BADV are as the exception left them. */
static struct dt_signal signal_of(struct run *r, unsigned int exc, uint64_t pc, uint64_t badv)
{
	const uint32_t cause = (r->cpu->fcsr & LA_FCSR_CAUSE) >> LA_FCSR_CAUSE_SHIFT;

	switch (exc) {
	case LA_EXC_INE: case LA_EXC_IPE:
		return (struct dt_signal){ S_ILL, 0, pc, 0, 0 };
	case LA_EXC_BRK:
		return (struct dt_signal){ S_TRAP, 1, pc, pc, 0 };
	case LA_EXC_BCE:
		return (struct dt_signal){ S_SEGV, 3, pc, 0, 0 };
	case LA_EXC_ALE: case LA_EXC_ADEF:
		return (struct dt_signal){ S_BUS, exc == LA_EXC_ALE ? 1 : 2, pc, badv, 0 };
	case LA_EXC_ADEM:
		return (struct dt_signal){ S_BUS, 2, pc, badv, 0 };
	case LA_EXC_FPE: case LA_EXC_VFPE:
		/* The order in which Linux looks: V Z O U I. */
		return (struct dt_signal){ S_FPE, cause & 16 ? 7 : cause & 8 ? 3 :
					   cause & 4 ? 4 : cause & 2 ? 5 : cause & 1 ? 6 : 14,
					   pc, pc, 0 };
	case LA_EXC_TLBR:
		return (struct dt_signal){ S_SEGV, 1, pc, badv, 0 };
	default:
		return (struct dt_signal){ 0, exc, pc, badv, 0 };
	}
}

static void note(struct run *r, const struct dt_signal *sig)
{
	struct dt_log *log = (struct dt_log *)(r->ram + DT_LOG);

	if (log->count++ < DT_MAX_LOG)
		log->entry[log->count - 1] = *sig;
}

static void system_call(struct run *r)
{
	const uint64_t a1 = la_get_gpr(r->cpu, 5), a2 = la_get_gpr(r->cpu, 6);

	switch (la_get_gpr(r->cpu, 11)) {
	case 64:		/* write */
		if (a1 >= DT_BASE && a1 < DT_END && a2 <= DT_END - a1)
			fwrite(r->ram + a1, 1, a2, stdout);
		la_set_gpr(r->cpu, 4, a2);
		break;
	case 94:
		r->has_ended = true;
		break;
	default:		/* rt_sigaction, sigaltstack */
		la_set_gpr(r->cpu, 4, 0);
		break;
	}
}

/* Serves the exception after which the CPU is idle. */
static void serve(struct run *r)
{
	const bool is_tlbr = la_get_csr(r->cpu, LA_CSR_TLBRERA) & 1;
	const uint64_t estat = la_get_csr(r->cpu, LA_CSR_ESTAT);
	const unsigned int exc = is_tlbr ? LA_EXC_TLBR :
				 (estat >> 16 & 0x3f) | (estat >> 22 & 0x1ff) << 6;
	const uint64_t pc = is_tlbr ? la_get_csr(r->cpu, LA_CSR_TLBRERA) & ~UINT64_C(3) :
			    la_get_csr(r->cpu, LA_CSR_ERA);
	const uint64_t badv = la_get_csr(r->cpu, is_tlbr ? LA_CSR_TLBRBADV : LA_CSR_BADV);

	if (exc == LA_EXC_SYS) {
		system_call(r);
	} else {
		const struct dt_signal sig = signal_of(r, exc, pc, badv);

		if (!sig.sig)
			fprintf(stderr, "diffrun: exception %#x at %#" PRIx64 "\n", exc, pc);
		note(r, &sig);
	}
	la_set_csr(r->cpu, LA_CSR_TLBRERA, 0);
	la_set_csr(r->cpu, LA_CSR_CRMD, USER_CRMD);
	la_set_pc(r->cpu, (pc & ~UINT64_C(3)) + 4);
}

struct options {
	struct replacement rep;
	bool has_rep, is_la464;
	const char *image;
};

static bool parse(struct options *o, int argc, char **argv)
{
	int i = 1;

	memset(o, 0, sizeof(*o));
	for (; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--la464") == 0) {
			o->is_la464 = true;
		} else if (strcmp(argv[i], "--replace") == 0 && i + 1 < argc) {
			o->has_rep = true;
			if (!parse_replacement(&o->rep, argv[++i]))
				return false;
		} else {
			return false;
		}
	}
	o->image = argv[argc - 1];
	return i == argc - 1;
}

int main(int argc, char **argv)
{
	struct options o;
	struct run r = { 0 };
	uint64_t entry = 0;

	if (!parse(&o, argc, argv)) {
		fprintf(stderr, "usage: diffrun [--la464] [--replace OLD,MASK,NEW[,BEFORE]] "
				"IMAGE\n");
		return 2;
	}
	if (!run_open(&r, o.is_la464) || !load(&r, o.image, &entry))
		return 1;
	if (o.has_rep)
		replace(&r, &o.rep);
	la_set_csr(r.cpu, LA_CSR_CRMD, USER_CRMD);
	la_set_pc(r.cpu, entry);
	while (!r.has_ended) {
		if (la_run(r.cpu) == LA_STOP_IDLE)
			serve(&r);
	}
	la_machine_destroy(r.m);
	munmap(r.ram, RAM_BYTES);
	return fflush(stdout) ? 1 : 0;
}
