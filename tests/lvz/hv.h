/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hv.h - the hypervisor of the kit: one vCPU, its guest-physical pages, entry and exit.
 *
 * Before each case all is put back: guest RAM at guest-physical 0, the guest in direct
 * address mode at G_CODE, its vectors and refill in place, its registers 0.  The root's TLB
 * is refilled from tables whenever an entry is missing, and interrupts that a case did not
 * ask for lead back into the guest: entries may go and interrupts may come at any time.
 */
#ifndef LVZ_KIT_HV_H
#define LVZ_KIT_HV_H

#include "csr.h"
#include "kit.h"

/* ------------------------------------------------------------------ registers */

#define csr_read(num) ({ \
		u64 got_; \
		asm volatile("csrrd %0, %1" : "=r"(got_) : "i"(num) : "memory"); \
		got_; \
	})
/* The old value. */
#define csr_write(num, val) ({ \
		u64 v_ = (val); \
		asm volatile("csrwr %0, %1" : "+r"(v_) : "i"(num) : "memory"); \
		v_; \
	})
#define csr_change(num, val, mask) ({ \
		u64 v_ = (val), m_ = (mask); \
		asm volatile("csrxchg %0, %1, %2" : "+r"(v_) : "r"(m_), "i"(num) : "memory"); \
		v_; \
	})
#define gcsr_read(num) ({ \
		u64 got_; \
		asm volatile("gcsrrd %0, %1" : "=r"(got_) : "i"(num) : "memory"); \
		got_; \
	})
#define gcsr_write(num, val) ({ \
		u64 v_ = (val); \
		asm volatile("gcsrwr %0, %1" : "+r"(v_) : "i"(num) : "memory"); \
		v_; \
	})
#define gcsr_change(num, val, mask) ({ \
		u64 v_ = (val), m_ = (mask); \
		asm volatile("gcsrxchg %0, %1, %2" : "+r"(v_) : "r"(m_), "i"(num) : "memory"); \
		v_; \
	})
#define invtlb(op, info, addr) \
	asm volatile("invtlb %0, %1, %2" : : "i"(op), "r"((u64)(info)), "r"((u64)(addr)) \
		     : "memory")

static inline u32 cpucfg(u32 word)
{
	u32 v;

	asm volatile("cpucfg %0, %1" : "=r"(v) : "r"(word));
	return v;
}

static inline u64 counter(void)
{
	u64 v, id;

	asm volatile("rdtime.d %0, %1" : "=r"(v), "=r"(id) : : "memory");
	return v;
}

/* Ticks of the counter in a second. */
u64 counter_hz(void);
void wait_us(u64 us);

static inline void iocsr_write32(u32 at, u32 v)
{
	asm volatile("iocsrwr.w %0, %1" : : "r"(v), "r"(at) : "memory");
}

static inline u32 iocsr_read32(u32 at)
{
	u32 v;

	asm volatile("iocsrrd.w %0, %1" : "=r"(v) : "r"(at) : "memory");
	return v;
}

/* The same with a number that is not known before. */
u64 csr_read_n(unsigned int num);
u64 csr_write_n(unsigned int num, u64 v);
u64 gcsr_read_n(unsigned int num);
u64 gcsr_write_n(unsigned int num, u64 v);
/* Executes one word in the root with @a0 and @a1; the new a0. */
u64 root_word(u32 word, u64 a0, u64 a1);

/* Words with a CSR; rd is a0, and the mask of xchg a1. */
#define W_CSRRD(n) (0x04000004u | (u32)(n) << 10)
#define W_CSRWR(n) (0x04000024u | (u32)(n) << 10)
#define W_CSRXCHG(n) (0x040000a4u | (u32)(n) << 10)
#define W_GCSRRD(n) (0x05000004u | (u32)(n) << 10)
#define W_GCSRWR(n) (0x05000024u | (u32)(n) << 10)
#define W_GCSRXCHG(n) (0x050000a4u | (u32)(n) << 10)
#define W_HVCL(n) (0x002b8000u | (n))
#define W_BREAK(n) (0x002a0000u | (n))
#define W_SYSCALL 0x002b0000u
#define W_ERTN 0x06483800u

/* ------------------------------------------------------------------ codes */

enum exc {
	E_INT = 0, E_PIL = 1, E_PIS = 2, E_PIF = 3, E_PME = 4, E_PNR = 5, E_PNX = 6, E_PPI = 7,
	E_ADE = 8, E_ALE = 9, E_BCE = 0xa, E_SYS = 0xb, E_BRK = 0xc, E_INE = 0xd, E_IPE = 0xe,
	E_FPD = 0xf, E_SXD = 0x10, E_ASXD = 0x11, E_FPE = 0x12, E_BTD = 0x14, E_GSPR = 0x16,
	E_HVC = 0x17, E_GCM = 0x18,
	E_REFILL = 0x100,	/* the kit's own: the root's refill of the watched page */
	E_NONE = 0x101,		/* ... the guest did not come back in time */
};

/* What the guests of the kit say with hvcl. */
#define HVC_DONE 0x7f		/* behind the last instruction */
#define HVC_EXC 0x100		/* its exception vector */
#define HVC_REFILL 0x200	/* its refill vector */
#define HVC_SAY(n) (0x40 + (n))

/* Lines of ESTAT.IS. */
enum { IS_SWI0 = 0, IS_HWI0 = 2, IS_PMI = 10, IS_TI = 11, IS_IPI = 12 };

/* ------------------------------------------------------------------ the vCPU */

struct hv_exit {
	u64 vector, estat, era, badv, badi, prmd, crmd, gstat, gtlbc;
	u64 tlbrera, tlbrbadv, tlbrprmd, tlbrehi, tlbehi, llbctl;
};

struct hv_vcpu {		/* offsets: csr.h */
	u64 gpr[32];
	u64 pc;
	u64 sp;			/* the kit's while the guest runs */
	u64 root;		/* physical address of the tables, for the root's PGDL */
	u64 prmd;		/* the root's at entry */
	u64 gstat, tgid;	/* at entry */
	struct hv_exit x;
};

extern struct hv_vcpu v;

#define A0 4
#define A1 5
#define A2 6
#define A3 7
#define A4 8
#define A5 9

/* The root's, of the last exit. */
unsigned int exit_ecode(void);
unsigned int exit_esub(void);
unsigned int exit_hvc(void);	/* the code of hvcl in BADI */

/*
 * Enters the guest and returns the code of the exit (enum exc).  Interrupts of the root lead
 * back in, except lines in @irqs, whose bits it leaves pending.
 */
int hv_run_irqs(u64 irqs);
int hv_run(void);

/* Runs the guest; fails unless it exits with @ecode. True: it did. */
bool want_exit(int ecode);
/* ... with GSPR from the instruction @word at @pc. */
bool want_gspr(u32 word, u64 pc);
/* ... unless it comes to its end. */
bool want_done(void);
bool want_say(unsigned int code);
/* ... unless its own handler took @ecode, @esub at @pc. */
bool want_guest_exc(unsigned int ecode, unsigned int esub, u64 pc);
bool want_guest_irq(unsigned int line);
/* Any exit will do: what matters is that it comes, and that guests work afterwards. */
void want_back(void);

/*
 * A stretch of root code, as guest_load() left it, in place of the guest: root_code() has it
 * executed at @plv, in mapped mode, behind a window.  It ends with break, which is E_BRK.
 */
void root_code(unsigned int plv);
/* The root gets @ecode from @word at @plv. */
bool want_root_exc(u32 word, unsigned int plv, int ecode);

/* ------------------------------------------------------------------ guest memory */

#define G_CODE UINT64_C(0x10000)
#define G_VEC UINT64_C(0x20000)		/* 64 KiB: ECFG.VS up to 7 */
#define G_REFILL UINT64_C(0x30000)
#define G_WALKER UINT64_C(0x31000)	/* a refill handler as Linux has it */
#define G_DATA UINT64_C(0x40000)
#define G_TABLE UINT64_C(0x50000)	/* of its own, 16 KiB each, 4 of them */
#define G_SPARE UINT64_C(0x60000)
#define G_RAM_BYTES UINT64_C(0x100000)
#define G_NOWHERE UINT64_C(0x10000000)	/* no page */
#define G_HUGE UINT64_C(0x20000000)	/* for huge pages: 32 MiB of their own */

#define PAGE UINT64_C(0x4000)

/* Bits of a page table's entry. */
#define PTE_V BIT(0)
#define PTE_D BIT(1)
#define PTE_PLV(n) ((u64)(n) << 2)
#define PTE_CC BIT(4)
#define PTE_G BIT(6)
#define PTE_HUGE BIT(6)
#define PTE_P BIT(7)
#define PTE_W BIT(8)
#define PTE_NR BIT(61)
#define PTE_NX BIT(62)
#define PTE_RPLV BIT(63)
#define PTE_RW (PTE_V | PTE_D | PTE_CC | PTE_P | PTE_W)

/* Where guest-physical @gpa of guest RAM is for the kit, and physically. */
void *g_ptr(u64 gpa);
u64 g_pa(u64 gpa);
u64 g_get(u64 gpa);
void g_put(u64 gpa, u64 val);
void g_put32(u64 gpa, u32 val);
u64 pa_of(const void *p);
/* Physical address of 32 MiB for huge pages; 0: this machine has no RAM there. */
u64 huge_pa(void);

/* Tables of guest @which (0 or 1): @pte for the 16 KiB page at @gpa. */
void s2_map(unsigned int which, u64 gpa, u64 pte);
void s2_map_huge(unsigned int which, u64 gpa, u64 pte);
void s2_set_dir(unsigned int which, u64 gpa, unsigned int level, u64 entry);
u64 s2_root(unsigned int which);
/* ... and what the TLB has of it is forgotten. */
void s2_remap(unsigned int which, u64 gpa, u64 pte);

/* Its refill is reported (E_REFILL) instead of served. */
void watch_page(u64 gpa);
void watch_none(void);

/* The guest that is entered next: 0 or 1, with its tables and its guest ID. */
void use_guest(unsigned int which);
unsigned int gid_of(unsigned int which);

/* Own pages of the guest: 16 KiB each, a level, 11 bits; the va is below 2^36. */
void g_map(u64 va, u64 pte);
/* Maps the guest's RAM one to one by window 0, mapped mode, @refill as its handler. */
void g_paging(u64 refill);

/* ------------------------------------------------------------------ guest programs */

/* Assembly text that ends with hvcl HVC_DONE. */
#define GUEST(name, text) \
	extern const u32 name[], name##_end[]; \
	asm(".pushsection .guest, \"ax\"\n.balign 4\n" #name ":\n" text \
	    "\nhvcl 0x7f\n" #name "_end:\n.popsection\n")

/* Copies it to G_CODE. */
#define guest_is(name) guest_load(name, name##_end)
void guest_load(const u32 *from, const u32 *end);
/* One word, then the end. */
void guest_word(u32 word);
void guest_words(const u32 *words, unsigned int n);
void guest_plv(unsigned int plv);

/* ------------------------------------------------------------------ set-up */

void hv_init(void);
void hv_reset(void);

/* CPUCFG and PRCFG as the kit needs them. */
struct hv_caps {
	bool has_fp, has_lsx, has_lasx, has_lbt, has_ptw, has_msgint, has_rva, has_pmu;
	unsigned int palen, valen, gidbit, nsave;
	u32 gcfg;
	u64 page_sizes;
};
extern struct hv_caps caps;

#endif
