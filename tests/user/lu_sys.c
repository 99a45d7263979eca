/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lu_sys.c - the system calls of a test program.
 *
 * Numbers and structures are those of Linux's generic 64-bit ABI; structures which the
 * host, a 64-bit little-endian one, has alike are handed on as they are.
 */
#include "user.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define MAX_IOV 1024u
#define O_ACCESS 3

typedef int64_t lu_sys_fn(struct lu *lu, const uint64_t *a);

static int64_t result(int64_t ret)
{
	return ret < 0 ? -errno : ret;
}

/* @ret of a host call that filled @data, which goes to @va if it worked. */
static int64_t give(struct lu *lu, int64_t ret, uint64_t va, const void *data, size_t len)
{
	if (ret < 0)
		return -errno;
	return lu_put(lu, va, data, len) ? -EFAULT : ret;
}

/* ------------------------------------------------------------------ files */

static int64_t sys_write(struct lu *lu, const uint64_t *a)
{
	const void *p = lu_at(lu, a[1], a[2], LU_R);

	return p ? result(write((int)a[0], p, a[2])) : -EFAULT;
}

static int64_t sys_read(struct lu *lu, const uint64_t *a)
{
	void *p = lu_at(lu, a[1], a[2], LU_W);
	int64_t n;

	if (!p)
		return -EFAULT;
	n = result(read((int)a[0], p, a[2]));
	if (n > 0)
		la_ram_written(lu->m, a[1], (uint64_t)n);
	return n;
}

static int64_t sys_pread64(struct lu *lu, const uint64_t *a)
{
	void *p = lu_at(lu, a[1], a[2], LU_W);
	int64_t n;

	if (!p)
		return -EFAULT;
	n = result(pread((int)a[0], p, a[2], (off_t)a[3]));
	if (n > 0)
		la_ram_written(lu->m, a[1], (uint64_t)n);
	return n;
}

/* Both directions go vector by vector, as short counts are allowed. */
static int64_t transfer(struct lu *lu, const uint64_t *a, lu_sys_fn *fn)
{
	int64_t sum = 0;

	if (a[2] > MAX_IOV)
		return -EINVAL;
	for (uint64_t i = 0; i < a[2]; i++) {
		uint64_t iov[2], args[3];
		int64_t n;

		if (lu_get(lu, iov, a[1] + i * sizeof(iov), sizeof(iov)))
			return sum ? sum : -EFAULT;
		args[0] = a[0];
		args[1] = iov[0];
		args[2] = iov[1];
		n = iov[1] ? fn(lu, args) : 0;
		if (n < 0)
			return sum ? sum : n;
		sum += n;
		if ((uint64_t)n < iov[1])
			break;
	}
	return sum;
}

static int64_t sys_writev(struct lu *lu, const uint64_t *a)
{
	return transfer(lu, a, sys_write);
}

static int64_t sys_readv(struct lu *lu, const uint64_t *a)
{
	return transfer(lu, a, sys_read);
}

static int64_t sys_openat(struct lu *lu, const uint64_t *a)
{
	const char *path = lu_string(lu, a[1]);

	if (!path)
		return -EFAULT;
	/* Test programs change no files. */
	if ((a[2] & O_ACCESS) != O_RDONLY || (a[2] & (O_CREAT | O_TRUNC)))
		return -EROFS;
	return result(openat((int)a[0], path, O_RDONLY | O_CLOEXEC));
}

static int64_t sys_close(struct lu *lu, const uint64_t *a)
{
	(void)lu;
	/* Our own messages need the standard ones. */
	return (int)a[0] <= 2 ? 0 : result(close((int)a[0]));
}

static int64_t sys_lseek(struct lu *lu, const uint64_t *a)
{
	(void)lu;
	return result(lseek((int)a[0], (off_t)a[1], (int)a[2]));
}

static int64_t sys_ioctl(struct lu *lu, const uint64_t *a)
{
	(void)lu, (void)a;
	return -ENOTTY;
}

static int64_t sys_readlinkat(struct lu *lu, const uint64_t *a)
{
	const char *path = lu_string(lu, a[1]);
	char buf[PATH_MAX];
	ssize_t n;

	if (!path)
		return -EFAULT;
	if (!strcmp(path, "/proc/self/exe"))
		n = realpath(lu->program, buf) ? (ssize_t)strlen(buf) : -1;
	else
		n = readlinkat((int)a[0], path, buf, sizeof(buf));
	if (n > (ssize_t)a[3])
		n = (ssize_t)a[3];
	return give(lu, n, a[2], buf, n < 0 ? 0 : (size_t)n);
}

static int64_t sys_getcwd(struct lu *lu, const uint64_t *a)
{
	char buf[PATH_MAX];

	if (!getcwd(buf, sizeof(buf)))
		return -errno;
	if (strlen(buf) >= a[1])
		return -ERANGE;
	return give(lu, (int64_t)strlen(buf) + 1, a[0], buf, strlen(buf) + 1);
}

/* struct stat of the generic ABI. */
struct guest_stat {
	uint64_t dev, ino;
	uint32_t mode, nlink, uid, gid;
	uint64_t rdev, pad1;
	int64_t size;
	int32_t blksize, pad2;
	int64_t blocks;
	int64_t time[6];	/* access, modification, change: seconds, nanoseconds */
	uint32_t unused[2];
};

static int64_t give_stat(struct lu *lu, int ret, const struct stat *s, uint64_t va)
{
	struct guest_stat g;

	if (ret)
		return -errno;
	g = (struct guest_stat){
		.dev = s->st_dev, .ino = s->st_ino, .mode = s->st_mode,
		.nlink = (uint32_t)s->st_nlink, .uid = s->st_uid, .gid = s->st_gid,
		.rdev = s->st_rdev, .size = s->st_size, .blksize = (int32_t)s->st_blksize,
		.blocks = s->st_blocks,
		.time = { s->st_atim.tv_sec, s->st_atim.tv_nsec, s->st_mtim.tv_sec,
			  s->st_mtim.tv_nsec, s->st_ctim.tv_sec, s->st_ctim.tv_nsec },
	};
	return lu_put(lu, va, &g, sizeof(g));
}

static int64_t sys_fstat(struct lu *lu, const uint64_t *a)
{
	struct stat s = { 0 };

	return give_stat(lu, fstat((int)a[0], &s), &s, a[1]);
}

static int64_t sys_newfstatat(struct lu *lu, const uint64_t *a)
{
	const char *path = lu_string(lu, a[1]);
	struct stat s = { 0 };

	return path ? give_stat(lu, fstatat((int)a[0], path, &s, (int)a[3]), &s, a[2]) : -EFAULT;
}

static int64_t sys_statx(struct lu *lu, const uint64_t *a)
{
	const char *path = lu_string(lu, a[1]);
	struct statx s;
	int ret;

	if (!path)
		return -EFAULT;
	memset(&s, 0, sizeof(s));
	ret = statx((int)a[0], path, (int)a[2], (unsigned int)a[3], &s);
	return give(lu, ret, a[4], &s, sizeof(s));
}

/* ------------------------------------------------------------------ time, identity */

static int64_t sys_clock_gettime(struct lu *lu, const uint64_t *a)
{
	struct timespec ts = { 0 };

	return give(lu, clock_gettime((clockid_t)a[0], &ts), a[1], &ts, sizeof(ts));
}

static int64_t sys_clock_getres(struct lu *lu, const uint64_t *a)
{
	struct timespec ts = { 0 };

	return give(lu, clock_getres((clockid_t)a[0], &ts), a[1], &ts, sizeof(ts));
}

static int64_t sys_gettimeofday(struct lu *lu, const uint64_t *a)
{
	struct timeval tv = { 0 };

	return give(lu, gettimeofday(&tv, NULL), a[0], &tv, sizeof(tv));
}

static int64_t sys_nanosleep(struct lu *lu, const uint64_t *a)
{
	struct timespec ts;

	if (lu_get(lu, &ts, a[0], sizeof(ts)))
		return -EFAULT;
	return result(nanosleep(&ts, NULL));
}

static int64_t sys_times(struct lu *lu, const uint64_t *a)
{
	struct tms t = { 0 };
	clock_t now = times(&t);

	return a[0] ? give(lu, now, a[0], &t, sizeof(t)) : now;
}

static int64_t sys_getrusage(struct lu *lu, const uint64_t *a)
{
	struct rusage r = { 0 };

	return give(lu, getrusage((int)a[0], &r), a[1], &r, sizeof(r));
}

static int64_t sys_sysinfo(struct lu *lu, const uint64_t *a)
{
	struct sysinfo s = { 0 };

	return give(lu, sysinfo(&s), a[0], &s, sizeof(s));
}

static int64_t sys_uname(struct lu *lu, const uint64_t *a)
{
	struct utsname u = { .sysname = "Linux", .release = "6.12.0", .version = "la-user",
			     .machine = "loongarch64" };

	if (gethostname(u.nodename, sizeof(u.nodename) - 1))
		return -errno;
	return give(lu, 0, a[0], &u, sizeof(u));
}

static int64_t sys_prlimit64(struct lu *lu, const uint64_t *a)
{
	struct rlimit r = { RLIM_INFINITY, RLIM_INFINITY };

	if (!a[3])
		return 0;
	if ((int)a[1] == RLIMIT_STACK)
		r.rlim_cur = LU_STACK_BYTES;
	return give(lu, 0, a[3], &r, sizeof(r));
}

static int64_t sys_getrandom(struct lu *lu, const uint64_t *a)
{
	void *p = lu_at(lu, a[0], a[1], LU_W);

	return p ? result(getrandom(p, a[1], 0)) : -EFAULT;
}

/* The program is a process of one thread, whose number is ours. */
static int64_t sys_getpid(struct lu *lu, const uint64_t *a)
{
	(void)lu, (void)a;
	return getpid();
}

static int64_t sys_getuid(struct lu *lu, const uint64_t *a)
{
	(void)lu, (void)a;
	return getuid();
}

static int64_t sys_getgid(struct lu *lu, const uint64_t *a)
{
	(void)lu, (void)a;
	return getgid();
}

static int64_t sys_nothing(struct lu *lu, const uint64_t *a)
{
	(void)lu, (void)a;
	return 0;
}

/* Nobody else runs: a wait would last for ever, a wake finds nobody. */
static int64_t sys_futex(struct lu *lu, const uint64_t *a)
{
	uint32_t v;

	if (lu_get(lu, &v, a[0], sizeof(v)))
		return -EFAULT;
	switch (a[1] & 0x7f) {
	case 0:		/* FUTEX_WAIT */
	case 9:		/* FUTEX_WAIT_BITSET */
		return v != (uint32_t)a[2] ? -EAGAIN : -EDEADLK;
	case 1:		/* FUTEX_WAKE */
	case 10:	/* FUTEX_WAKE_BITSET */
		return 0;
	default:
		return -ENOSYS;
	}
}

static int64_t sys_exit(struct lu *lu, const uint64_t *a)
{
	lu->has_exited = true;
	lu->status = (int)a[0] & 0xff;
	return 0;
}

static int64_t sys_kill(struct lu *lu, const uint64_t *a)
{
	struct lu_fault f = { .sig = (int)a[1], .code = SI_USER };

	if ((int)a[0] != getpid())
		return -ESRCH;
	return lu_raise(lu, &f);
}

static int64_t sys_tgkill(struct lu *lu, const uint64_t *a)
{
	struct lu_fault f = { .sig = (int)a[2], .code = SI_TKILL };

	if ((int)a[1] != getpid())
		return -ESRCH;
	return lu_raise(lu, &f);
}

/* ------------------------------------------------------------------ dispatch */

static lu_sys_fn *const calls[] = {
	[17] = sys_getcwd,
	[29] = sys_ioctl,
	[56] = sys_openat,
	[57] = sys_close,
	[62] = sys_lseek,
	[63] = sys_read,
	[64] = sys_write,
	[65] = sys_readv,
	[66] = sys_writev,
	[67] = sys_pread64,
	[78] = sys_readlinkat,
	[79] = sys_newfstatat,
	[80] = sys_fstat,
	[93] = sys_exit,
	[94] = sys_exit,
	[96] = sys_getpid,		/* set_tid_address */
	[98] = sys_futex,
	[99] = sys_nothing,		/* set_robust_list */
	[101] = sys_nanosleep,
	[113] = sys_clock_gettime,
	[114] = sys_clock_getres,
	[124] = sys_nothing,		/* sched_yield */
	[129] = sys_kill,
	[131] = sys_tgkill,
	[132] = lu_sys_sigaltstack,
	[134] = lu_sys_rt_sigaction,
	[135] = lu_sys_rt_sigprocmask,
	[153] = sys_times,
	[160] = sys_uname,
	[165] = sys_getrusage,
	[169] = sys_gettimeofday,
	[172] = sys_getpid,
	[174] = sys_getuid,
	[175] = sys_getuid,
	[176] = sys_getgid,
	[177] = sys_getgid,
	[178] = sys_getpid,		/* gettid */
	[179] = sys_sysinfo,
	[214] = lu_sys_brk,
	[215] = lu_sys_munmap,
	[216] = lu_sys_mremap,
	[222] = lu_sys_mmap,
	[226] = lu_sys_mprotect,
	[233] = lu_sys_madvise,
	[261] = sys_prlimit64,
	[278] = sys_getrandom,
	[291] = sys_statx,
};

#define SYS_RT_SIGRETURN 139u

void lu_syscall(struct lu *lu)
{
	struct la_cpu *cpu = lu->cpu;
	uint64_t nr = la_get_gpr(cpu, 11);
	uint64_t a[6];
	int64_t ret;

	for (unsigned int i = 0; i < 6; i++)
		a[i] = la_get_gpr(cpu, 4 + i);
	la_set_csr(cpu, LA_CSR_ERA, la_get_csr(cpu, LA_CSR_ERA) + 4);
	if (nr == SYS_RT_SIGRETURN) {
		lu_sigreturn(lu);
		return;
	}
	ret = nr < ARRAY_SIZE(calls) && calls[nr] ? calls[nr](lu, a) : -ENOSYS;
	la_set_gpr(cpu, 4, (uint64_t)ret);
	lu_deliver(lu);
}
