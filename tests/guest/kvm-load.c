/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kvm-load.c - a load for Linux's KVM: several VMs with several vCPUs, whose memory is
 * taken away, logged and moved while they run, next to a thread that computes.
 *
 * Usage: kvm-load CODE VMS VCPUS ROUNDS.  Says "kvm-load: done" when all guests have made
 * their rounds; exit status 1 when KVM does not do as it should.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kvm.h>

#define REG_CSR(n) (KVM_REG_LOONGARCH_CSR | KVM_REG_SIZE_U64 | (uint64_t)(n) << 3)
#define REG_CPUCFG(n) (KVM_REG_LOONGARCH_CPUCFG | KVM_REG_SIZE_U64 | (uint64_t)(n) << 3)
#define CSR_CRMD 0x0
#define CSR_CPUID 0x20
#define CRMD_DA 8
/* FP, its precisions and version, LSX, LASX, and the stable counter, which KVM wants. */
#define CPUCFG2 (0xfu | 3u << 6 | 3u << 14)

#define MAX_VMS 8
#define MAX_VCPUS 8
#define CODE_GPA 0x10000
#define CODE_BYTES 0x4000
#define LOG_GPA 0x200000
#define LOG_BYTES 0x200000
#define MOVED_GPA 0x800000
#define MOVED_BYTES 0x100000
#define MOVED_AT 0x400000	/* two places for it */
#define MEM_BYTES 0x600000
#define UART_GPA 0x1fe001e0

struct vm {
	int fd, id;
	uint8_t *mem;
	_Atomic int left;		/* vCPUs that run */
	pthread_t churn;
};

struct vcpu {
	struct vm *vm;
	int id;
	pthread_t thread;
};

static struct vm vms[MAX_VMS];
static struct vcpu vcpus[MAX_VMS][MAX_VCPUS];
static int kvm, rounds;
static _Atomic int is_over, nfailed;

static int fail(const char *what)
{
	printf("kvm-load: %s: %s\n", what, strerror(errno));
	nfailed++;
	return -1;
}

static void set_reg(int fd, uint64_t id, uint64_t val)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)&val };

	if (ioctl(fd, KVM_SET_ONE_REG, &reg))
		fail("KVM_SET_ONE_REG");
}

static void set_slot(struct vm *vm, uint32_t slot, uint64_t gpa, uint64_t len, uint64_t at,
		     uint32_t flags)
{
	struct kvm_userspace_memory_region r = {
		.slot = slot, .flags = flags, .guest_phys_addr = gpa, .memory_size = len,
		.userspace_addr = (uintptr_t)vm->mem + at,
	};

	if (ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &r))
		fail("KVM_SET_USER_MEMORY_REGION");
}

/* ------------------------------------------------------------------ vCPUs */

static void prepare(const struct vcpu *v, int fd)
{
	struct kvm_regs regs = { .pc = CODE_GPA };

	set_reg(fd, KVM_REG_LOONGARCH_VCPU_RESET, 0);
	set_reg(fd, REG_CPUCFG(2), CPUCFG2);
	set_reg(fd, REG_CSR(CSR_CPUID), (uint64_t)v->id);
	set_reg(fd, REG_CSR(CSR_CRMD), CRMD_DA);
	if (ioctl(fd, KVM_SET_REGS, &regs))
		fail("KVM_SET_REGS");
}

static int make_rounds(int fd, struct kvm_run *run)
{
	int n = 0, nruns = 0;
	double mine = 0.0;		/* in the way of the guest's registers */

	while (n < rounds) {
		int ret = ioctl(fd, KVM_RUN, 0);

		mine += 0.5;
		if (mine != 0.5 * ++nruns)
			return fail("the program's own FP registers");
		if (ret && (errno == EINTR || errno == EAGAIN))
			continue;
		if (ret)
			return fail("KVM_RUN");
		if (run->exit_reason != KVM_EXIT_MMIO) {
			printf("kvm-load: exit %u, which nobody wanted\n", run->exit_reason);
			nfailed++;
			return -1;
		}
		n += run->mmio.is_write && run->mmio.phys_addr == UART_GPA;
	}
	return 0;
}

static void *vcpu_main(void *arg)
{
	struct vcpu *v = arg;
	int fd = ioctl(v->vm->fd, KVM_CREATE_VCPU, v->id);
	size_t len = (size_t)ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	struct kvm_run *run = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (fd < 0 || run == MAP_FAILED) {
		fail("KVM_CREATE_VCPU");
	} else {
		prepare(v, fd);
		make_rounds(fd, run);
	}
	v->vm->left--;
	return NULL;
}

/* ------------------------------------------------------------------ what disturbs them */

static unsigned int read_log(struct vm *vm)
{
	uint64_t bits[LOG_BYTES / 0x4000 / 64] = { 0 };
	struct kvm_dirty_log log = { .slot = 1, .dirty_bitmap = bits };
	unsigned int n = 0;

	if (ioctl(vm->fd, KVM_GET_DIRTY_LOG, &log))
		fail("KVM_GET_DIRTY_LOG");
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		n += (unsigned int)__builtin_popcountll(bits[i]);
	return n;
}

static void *churn_main(void *arg)
{
	struct vm *vm = arg;
	unsigned int ndirty = 0, i;

	for (i = 0; vm->left > 0; i++) {
		usleep(3000);
		switch (i % 4) {
		case 0:		/* pages vanish under the guest */
			madvise(vm->mem + LOG_GPA, LOG_BYTES / 2, MADV_DONTNEED);
			break;
		case 1:
			set_slot(vm, 1, LOG_GPA, LOG_BYTES, LOG_GPA, KVM_MEM_LOG_DIRTY_PAGES);
			break;
		case 2:
			ndirty += read_log(vm);
			break;
		default:	/* a slot goes and comes back with other memory */
			set_slot(vm, 1, LOG_GPA, LOG_BYTES, LOG_GPA, 0);
			set_slot(vm, 2, MOVED_GPA, 0, MOVED_AT, 0);
			set_slot(vm, 2, MOVED_GPA, MOVED_BYTES,
				 MOVED_AT + (i & 4 ? MOVED_BYTES : 0), 0);
			break;
		}
	}
	printf("kvm-load: vm %d disturbed %u times, %u dirty pages\n", vm->id, i, ndirty);
	return NULL;
}

static void *compute_main(void *arg)
{
	double x[16] = { 0 };

	while (!is_over) {
		for (int i = 0; i < 16; i++)
			x[i] = x[i] * 0.99 + i;
		sched_yield();
	}
	*(double *)arg = x[7];
	return NULL;
}

/* ------------------------------------------------------------------ all of it */

static int start_vm(struct vm *vm, int id, int nvcpus, const char *code)
{
	int fd = open(code, O_RDONLY);

	vm->id = id;
	vm->left = nvcpus;
	vm->fd = ioctl(kvm, KVM_CREATE_VM, 0);
	vm->mem = mmap(NULL, MEM_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (vm->fd < 0 || vm->mem == MAP_FAILED || fd < 0 ||
	    read(fd, vm->mem + CODE_GPA, CODE_BYTES) <= 0)
		return fail("a VM");
	close(fd);
	set_slot(vm, 0, 0, LOG_GPA, 0, 0);
	set_slot(vm, 1, LOG_GPA, LOG_BYTES, LOG_GPA, 0);
	set_slot(vm, 2, MOVED_GPA, MOVED_BYTES, MOVED_AT, 0);
	for (int i = 0; i < nvcpus; i++) {
		vcpus[id][i].vm = vm;
		vcpus[id][i].id = i;
		pthread_create(&vcpus[id][i].thread, NULL, vcpu_main, &vcpus[id][i]);
	}
	pthread_create(&vm->churn, NULL, churn_main, vm);
	return 0;
}

int main(int argc, char **argv)
{
	int nvms = argc > 4 ? atoi(argv[2]) : 0, nvcpus = argc > 4 ? atoi(argv[3]) : 0;
	pthread_t compute;
	double x;

	if (nvms < 1 || nvms > MAX_VMS || nvcpus < 1 || nvcpus > MAX_VCPUS) {
		fprintf(stderr, "usage: kvm-load CODE VMS VCPUS ROUNDS\n");
		return 2;
	}
	rounds = atoi(argv[4]);
	setbuf(stdout, NULL);
	kvm = open("/dev/kvm", O_RDWR);
	if (kvm < 0) {
		fail("/dev/kvm");
		return 1;
	}
	pthread_create(&compute, NULL, compute_main, &x);
	for (int i = 0; i < nvms; i++) {
		if (start_vm(&vms[i], i, nvcpus, argv[1]))
			return 1;
	}
	for (int i = 0; i < nvms; i++) {
		for (int k = 0; k < nvcpus; k++)
			pthread_join(vcpus[i][k].thread, NULL);
		pthread_join(vms[i].churn, NULL);
	}
	is_over = 1;
	pthread_join(compute, NULL);
	if (!nfailed)
		printf("kvm-load: done\n");
	return nfailed != 0;
}
