/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lu_signal.c - signals: which exception is which, frames as Linux builds them.
 *
 * A frame is siginfo, ucontext and, above them, the FP state in the widest form that the
 * program has used: a header with magic and size, the registers, an empty header.
 */
#include "user.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "soft/isa_csrs.h"

#define G_SA_SIGINFO 4u
#define G_SA_ONSTACK 0x08000000u
#define G_SA_NODEFER 0x40000000u
#define G_SA_RESETHAND 0x80000000u
#define G_SS_ONSTACK 1
#define G_SS_DISABLE 2

#define MAGIC_FPU 0x46505501u
#define MAGIC_LSX 0x53580001u
#define MAGIC_LASX 0x41535801u
#define G_SC_USED_FP BIT32(0)
#define G_SC_ADDRERR_RD BIT32(30)
#define G_SC_ADDRERR_WR BIT32(31)

#define MASK_OF(sig) BIT64((sig) - 1)
#define UNBLOCKABLE (MASK_OF(SIGKILL) | MASK_OF(SIGSTOP))

struct ctx_head {
	uint32_t magic;
	uint32_t size_bytes;		/* of this piece with its header; 0 in the last */
	uint64_t pad;
};

struct frame {
	int32_t signo, err, code, pad;
	uint64_t addr;			/* or pid and uid */
	uint64_t info_rest[13];
	uint64_t uc_flags;
	uint64_t uc_link;
	struct lu_altstack stack;
	uint64_t mask;
	uint8_t unused[1024 / 8 - 8];
	uint64_t pad2;			/* sigcontext is aligned to 16 */
	uint64_t pc;
	uint64_t regs[32];
	uint32_t flags;
	uint32_t pad3;
} __attribute__((aligned(16)));

_Static_assert(offsetof(struct frame, uc_flags) == 128, "siginfo");
_Static_assert(offsetof(struct frame, pc) == 128 + 176, "sigcontext");

/* ------------------------------------------------------------------ FP state */

/* Words of a register in the widest context that was used; 0: none. */
static unsigned int ctx_words(const struct la_cpu *cpu)
{
	if (cpu->euen & LA_EUEN_ASXE)
		return 4;
	if (cpu->euen & LA_EUEN_SXE)
		return 2;
	return cpu->euen & LA_EUEN_FPE ? 1 : 0;
}

/* Magic and bytes of that context, by words. */
static const struct { uint32_t magic, len_bytes; } ctxs[] = {
	[1] = { MAGIC_FPU, 256 + 16 },
	[2] = { MAGIC_LSX, 512 + 16 },
	[4] = { MAGIC_LASX, 1024 + 16 },
};

static int put_fp(struct lu *lu, uint64_t at, unsigned int words, uint32_t size_bytes)
{
	struct ctx_head head = { .magic = ctxs[words].magic, .size_bytes = size_bytes };
	const struct la_cpu *cpu = lu->cpu;
	uint64_t fcc = 0;
	int bad = lu_put(lu, at, &head, sizeof(head));

	at += sizeof(head);
	for (unsigned int i = 0; i < 32; i++, at += 8 * words)
		bad |= lu_put(lu, at, &cpu->v[i], 8 * words);
	for (unsigned int i = 0; i < 8; i++)
		fcc |= (uint64_t)cpu->fcc[i] << (8 * i);
	bad |= lu_put(lu, at, &fcc, sizeof(fcc));
	return bad | lu_put(lu, at + 8, &cpu->fcsr, sizeof(cpu->fcsr));
}

static int get_fp(struct lu *lu, uint64_t at, unsigned int words)
{
	struct la_cpu *cpu = lu->cpu;
	uint64_t fcc = 0;
	uint32_t fcsr = 0;
	int bad = 0;

	at += sizeof(struct ctx_head);
	for (unsigned int i = 0; i < 32; i++, at += 8 * words)
		bad |= lu_get(lu, &cpu->v[i], at, 8 * words);
	bad |= lu_get(lu, &fcc, at, sizeof(fcc)) | lu_get(lu, &fcsr, at + 8, sizeof(fcsr));
	for (unsigned int i = 0; i < 8; i++)
		cpu->fcc[i] = fcc >> (8 * i) & 1;
	/* As in Linux, a cause that is enabled must not strike at once. */
	cpu->fcsr = fcsr & (LA_FCSR_ENABLES | LA_FCSR_RM | LA_FCSR_FLAGS | LA_FCSR_CAUSE) &
		    ~((fcsr & LA_FCSR_ENABLES) << LA_FCSR_CAUSE_SHIFT);
	return bad;
}

/* ------------------------------------------------------------------ frames */

static bool is_on_altstack(const struct lu *lu, uint64_t sp)
{
	return !(lu->altstack.flags & G_SS_DISABLE) &&
	       sp - lu->altstack.sp < lu->altstack.size_bytes;
}

static int put_frame(struct lu *lu, uint64_t sp, const struct lu_fault *f, uint32_t flags)
{
	struct frame fr = {
		.signo = f->sig, .code = f->code, .addr = f->addr, .stack = lu->altstack,
		.mask = lu->blocked, .pc = la_get_csr(lu->cpu, LA_CSR_ERA), .flags = flags,
	};

	memcpy(fr.regs, lu->cpu->gpr, sizeof(fr.regs));
	return lu_put(lu, sp, &fr, sizeof(fr));
}

/* Builds the frame and sends the program to its handler; -EFAULT without a stack. */
static int enter_handler(struct lu *lu, const struct lu_fault *f, const struct lu_action *act)
{
	static const struct ctx_head end;
	struct la_cpu *cpu = lu->cpu;
	unsigned int words = ctx_words(cpu);
	uint64_t sp = la_get_gpr(cpu, 3), at;
	int bad;

	if ((act->flags & G_SA_ONSTACK) && !(lu->altstack.flags & G_SS_DISABLE) &&
	    !is_on_altstack(lu, sp))
		sp = lu->altstack.sp + lu->altstack.size_bytes;
	at = sp = (sp & ~UINT64_C(15)) - sizeof(end);
	bad = lu_put(lu, at, &end, sizeof(end));
	if (words) {
		/* LASX registers lie on a multiple of 32, behind a header of 16. */
		sp = ((sp - ctxs[words].len_bytes) & ~(words == 4 ? UINT64_C(31) : UINT64_C(15))) -
		     sizeof(struct ctx_head);
		bad |= put_fp(lu, sp, words, (uint32_t)(at - sp));
	}
	sp -= sizeof(struct frame);
	bad |= put_frame(lu, sp, f, (words ? G_SC_USED_FP : 0) | lu->addr_error);
	if (bad)
		return -EFAULT;
	la_set_gpr(cpu, 1, LU_TRAMPOLINE);
	la_set_gpr(cpu, 3, sp);
	la_set_gpr(cpu, 4, (uint64_t)f->sig);
	la_set_gpr(cpu, 5, sp);
	la_set_gpr(cpu, 6, sp + offsetof(struct frame, uc_flags));
	la_set_csr(cpu, LA_CSR_ERA, act->handler);
	return 0;
}

static int restore_fp(struct lu *lu, uint64_t at)
{
	struct ctx_head head;

	for (;; at += head.size_bytes) {
		if (lu_get(lu, &head, at, sizeof(head)))
			return -EFAULT;
		if (!head.size_bytes)
			return 0;
		for (unsigned int words = 1; words <= 4; words *= 2) {
			if (head.magic == ctxs[words].magic && get_fp(lu, at, words))
				return -EFAULT;
		}
	}
}

void lu_sigreturn(struct lu *lu)
{
	uint64_t sp = la_get_gpr(lu->cpu, 3);
	struct frame fr;

	if (lu_get(lu, &fr, sp, sizeof(fr)) || restore_fp(lu, sp + sizeof(fr))) {
		struct lu_fault f = { .sig = SIGSEGV, .code = SI_KERNEL };

		lu_force(lu, &f);
		return;
	}
	for (unsigned int i = 1; i < 32; i++)
		la_set_gpr(lu->cpu, i, fr.regs[i]);
	la_set_csr(lu->cpu, LA_CSR_ERA, fr.pc);
	lu->blocked = fr.mask & ~UNBLOCKABLE;
	lu_deliver(lu);
}

/* ------------------------------------------------------------------ delivery */

static void die(struct lu *lu, const struct lu_fault *f)
{
	fprintf(stderr, "la-user: %s: signal %d (%s), code %d, address %#llx, at %#llx\n",
		lu->program, f->sig, strsignal(f->sig), f->code, (unsigned long long)f->addr,
		(unsigned long long)la_get_csr(lu->cpu, LA_CSR_ERA));
	lu->has_exited = true;
	lu->status = 128 + f->sig;
}

static bool is_ignored_by_default(int sig)
{
	return sig == SIGCHLD || sig == SIGURG || sig == SIGWINCH || sig == SIGCONT;
}

static void deliver_one(struct lu *lu, const struct lu_fault *f)
{
	struct lu_action act = lu->action[f->sig];

	if (act.handler == 1 || (!act.handler && is_ignored_by_default(f->sig)))
		return;
	if (!act.handler || enter_handler(lu, f, &act)) {
		die(lu, f);
		return;
	}
	lu->blocked |= act.mask & ~UNBLOCKABLE;
	if (!(act.flags & G_SA_NODEFER))
		lu->blocked |= MASK_OF(f->sig);
	if (act.flags & G_SA_RESETHAND)
		lu->action[f->sig] = (struct lu_action){ 0 };
}

void lu_deliver(struct lu *lu)
{
	uint64_t due;

	while (!lu->has_exited && (due = lu->pending & ~lu->blocked)) {
		int sig = __builtin_ctzll(due) + 1;
		struct lu_fault f = {
			.sig = sig, .code = lu->pending_code[sig],
			.addr = (uint64_t)getuid() << 32 | (uint32_t)getpid(),
		};

		lu->pending &= ~MASK_OF(sig);
		deliver_one(lu, &f);
	}
}

int64_t lu_raise(struct lu *lu, const struct lu_fault *f)
{
	if (f->sig < 0 || f->sig > (int)LU_NSIG)
		return -EINVAL;
	if (f->sig) {
		lu->pending |= MASK_OF(f->sig);
		lu->pending_code[f->sig] = f->code;
	}
	return 0;
}

/* A signal that cannot wait: one that is blocked or ignored ends the program. */
void lu_force(struct lu *lu, const struct lu_fault *f)
{
	if ((lu->blocked & MASK_OF(f->sig)) || lu->action[f->sig].handler == 1)
		die(lu, f);
	else
		deliver_one(lu, f);
}

/* ------------------------------------------------------------------ exceptions */

static int fpe_code(uint32_t fcsr)
{
	uint32_t cause = fcsr >> LA_FCSR_CAUSE_SHIFT & fcsr & LA_FCSR_ENABLES;

	if (cause & 16)
		return FPE_FLTINV;
	if (cause & 8)
		return FPE_FLTDIV;
	if (cause & 4)
		return FPE_FLTOVF;
	if (cause & 2)
		return FPE_FLTUND;
	return cause & 1 ? FPE_FLTRES : 0;
}

static struct lu_fault break_fault(struct lu *lu, uint64_t era)
{
	uint32_t insn = 0;

	/* "break 6" and "break 7" are what compilers emit for overflow and division by 0. */
	if (!lu_get(lu, &insn, era, sizeof(insn)) && (insn & 0x7fff) == 6)
		return (struct lu_fault){ SIGFPE, FPE_INTOVF, era };
	if ((insn & 0x7fff) == 7)
		return (struct lu_fault){ SIGFPE, FPE_INTDIV, era };
	return (struct lu_fault){ SIGTRAP, TRAP_BRKPT, era };
}

static struct lu_fault page_fault(struct lu *lu, unsigned int exc)
{
	uint64_t va = la_get_csr(lu->cpu, LA_CSR_BADV);
	bool is_mapped = va < LU_TOP && (lu->prot[va / LU_PAGE_BYTES] & LU_MAPPED);

	lu->addr_error = exc == LA_EXC_PIS || exc == LA_EXC_PME ? G_SC_ADDRERR_WR : G_SC_ADDRERR_RD;
	return (struct lu_fault){ SIGSEGV, is_mapped ? SEGV_ACCERR : SEGV_MAPERR, va };
}

/* The FP units are given out at their first use; true when that was all. */
static bool enable_unit(struct la_cpu *cpu, unsigned int exc)
{
	uint32_t euen = cpu->euen | LA_EUEN_FPE;

	if (exc == LA_EXC_SXD || exc == LA_EXC_ASXD)
		euen |= LA_EUEN_SXE;
	else if (exc != LA_EXC_FPD)
		return false;
	if (exc == LA_EXC_ASXD)
		euen |= LA_EUEN_ASXE;
	la_set_csr(cpu, LA_CSR_EUEN, euen);
	return true;
}

void lu_exception(struct lu *lu, unsigned int exc)
{
	struct la_cpu *cpu = lu->cpu;
	uint64_t era = la_get_csr(cpu, LA_CSR_ERA), badv = la_get_csr(cpu, LA_CSR_BADV);
	struct lu_fault f;

	if (enable_unit(cpu, exc))
		return;
	switch (exc) {
	case LA_EXC_BRK:
		f = break_fault(lu, era);
		break;
	case LA_EXC_INE:
		f = (struct lu_fault){ SIGILL, ILL_ILLOPC, era };
		break;
	case LA_EXC_IPE:
		f = (struct lu_fault){ SIGILL, ILL_PRVOPC, era };
		break;
	case LA_EXC_FPE:
	case LA_EXC_VFPE:
		f = (struct lu_fault){ SIGFPE, fpe_code(cpu->fcsr), era };
		cpu->fcsr &= ~((cpu->fcsr & LA_FCSR_ENABLES) << LA_FCSR_CAUSE_SHIFT);
		break;
	case LA_EXC_BCE:
		f = (struct lu_fault){ SIGSEGV, SEGV_BNDERR, badv };
		break;
	case LA_EXC_ALE:
		f = (struct lu_fault){ SIGBUS, BUS_ADRALN, badv };
		break;
	case LA_EXC_ADEF:
	case LA_EXC_ADEM:
		f = (struct lu_fault){ SIGBUS, BUS_ADRERR, badv };
		break;
	default:
		f = page_fault(lu, exc);
		break;
	}
	lu_force(lu, &f);
}

/* ------------------------------------------------------------------ system calls */

int64_t lu_sys_rt_sigaction(struct lu *lu, const uint64_t *a)
{
	struct lu_action act = { 0 };

	if (!a[0] || a[0] > LU_NSIG || a[0] == SIGKILL || a[0] == SIGSTOP || a[3] != 8)
		return -EINVAL;
	if (a[1] && lu_get(lu, &act, a[1], sizeof(act)))
		return -EFAULT;
	if (a[2] && lu_put(lu, a[2], &lu->action[a[0]], sizeof(act)))
		return -EFAULT;
	if (a[1])
		lu->action[a[0]] = act;
	return 0;
}

int64_t lu_sys_rt_sigprocmask(struct lu *lu, const uint64_t *a)
{
	uint64_t old = lu->blocked, set = 0;

	if (a[3] != 8)
		return -EINVAL;
	if (a[1] && lu_get(lu, &set, a[1], sizeof(set)))
		return -EFAULT;
	if (a[1]) {
		if (a[0] == 0)
			lu->blocked |= set;
		else if (a[0] == 1)
			lu->blocked &= ~set;
		else if (a[0] == 2)
			lu->blocked = set;
		else
			return -EINVAL;
		lu->blocked &= ~UNBLOCKABLE;
	}
	return a[2] ? lu_put(lu, a[2], &old, sizeof(old)) : 0;
}

int64_t lu_sys_sigaltstack(struct lu *lu, const uint64_t *a)
{
	struct lu_altstack old = lu->altstack, new;
	bool is_used = is_on_altstack(lu, la_get_gpr(lu->cpu, 3));

	if (a[0]) {
		if (is_used)
			return -EPERM;
		if (lu_get(lu, &new, a[0], sizeof(new)))
			return -EFAULT;
		new.flags &= G_SS_DISABLE;
		lu->altstack = new;
	}
	old.flags |= is_used ? G_SS_ONSTACK : 0;
	return a[1] ? lu_put(lu, a[1], &old, sizeof(old)) : 0;
}
