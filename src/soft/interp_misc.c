/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/interp_misc.c - bound checks without an access, preloads and barriers.
 * Source: vol. 1, 2.2.5.5, 2.2.8 and 2.2.10.
 */
#include "soft/interp.h"

#define RJ cpu->gpr[u->b]
#define RK cpu->gpr[u->c]

/* Signed, as the manual says (2.2.10.3); QEMU compares unsigned. */
LA_OP(asrtle_d)
{
	if ((int64_t)RJ > (int64_t)RK)
		la_raise_badv(cpu, u, LA_EXC_BCE, la_addr(cpu, RJ));
	LA_NEXT();
}

LA_OP(asrtgt_d)
{
	if ((int64_t)RJ <= (int64_t)RK)
		la_raise_badv(cpu, u, LA_EXC_BCE, la_addr(cpu, RJ));
	LA_NEXT();
}

/* ------------------------------------------------------------------ hints, barriers */

/* A preload may be dropped (vol. 1, 2.2.6.3). */
LA_OP(preld)
{
	LA_NEXT();
}

LA_OP(preldx)
{
	LA_NEXT();
}

/*
 * dbar (vol. 1, 2.2.8.1): hint bits 4..0 say what is ordered.  Hosts with total store
 * order need a fence only for an earlier store against a later load, i.e. when neither
 * "load before" (bit 2 set: no earlier stores) nor "store after" (bit 1) excludes it.
 * 0x700 is the LL/SC completion hint: a later load sees nothing older than LL did, which only
 * LoongArch hosts need a barrier for, the same one.
 */
LA_OP(dbar)
{
	unsigned int hint = (unsigned int)u->imm;

#if defined(__x86_64__)
	if (hint == 0x700 || (hint < 0x20 && (hint & 0x6)))
		atomic_signal_fence(memory_order_seq_cst);
	else
		atomic_thread_fence(memory_order_seq_cst);
#else
	if (hint != 0x700)
		atomic_thread_fence(memory_order_seq_cst);
#if defined(__loongarch64)
	else
		__asm__ volatile("dbar 0x700" : : : "memory");
#endif
#endif
	LA_NEXT();
}

/* Stores keep decoded code coherent; ibar only makes sure that the page is looked up again. */
LA_OP(ibar)
{
	(void)ops;
	LA_LEAVE_NEXT();
}
