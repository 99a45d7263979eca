/* SPDX-License-Identifier: Apache-2.0 */
/* nest_kernel.c - the exception handlers of the guest of torture_nest.c; see nest.h. */
#include "nest.h"

/* A branch forward, to be pointed at what follows land(). */
static uint64_t later(struct nest *t)
{
	uint64_t at = t->fx.at;

	emit(t, la_enc_andi(0, 0, 0));
	return at;
}

static void land_beqz(struct nest *t, uint64_t from, unsigned int reg)
{
	uint64_t here = t->fx.at;

	fx_at(&t->fx, from);
	emit(t, la_enc_beqz(reg, (int)(here - from)));
	fx_at(&t->fx, here);
}

static void land_b(struct nest *t, uint64_t from)
{
	uint64_t here = t->fx.at;

	fx_at(&t->fx, from);
	emit(t, la_enc_b((int)(here - from)));
	fx_at(&t->fx, here);
}

/* Interrupts on or off; they nest three deep at most, for the stack's sake. */
static void emit_ie(struct nest *t, bool is_on)
{
	emit(t, la_enc_ori(T6, 0, 4));
	emit(t, la_enc_sltui(T7, KQUIET, is_on ? 3 : 0));
	emit(t, la_enc_slli_d(T7, T7, 2));
	emit(t, la_enc_csrxchg(T7, T6, LA_CSR_CRMD));
}

/* Faults of the handler's own, one of four by bits of T5; one more level deep. */
static void emit_own_faults(struct nest *t)
{
	const uint32_t faults[4] = {
		la_enc_syscall(7), la_enc_ld_d(T7, UHOLE, 0), la_enc_ll_d(T7, KLOG, 4),
		la_enc_stx_d(T7, UDATA, T5),
	};

	emit(t, la_enc_addi_d(KDEPTH, KDEPTH, 1));
	for (unsigned int i = 0; i < ARRAY_SIZE(faults); i++) {
		uint64_t skip;

		emit(t, la_enc_andi(T8, T5, 8u << i));
		skip = later(t);
		emit(t, faults[i]);
		land_beqz(t, skip, T8);
	}
	emit(t, la_enc_addi_d(KDEPTH, KDEPTH, -1));
}

static void emit_log(struct nest *t)
{
	uint64_t quiet, no_badv, no_badi;

	emit(t, la_enc_sltui(T6, KQUIET, 1));
	quiet = later(t);
	emit(t, la_enc_st_d(T3, KLOG, 0));
	emit(t, la_enc_st_d(T0, KLOG, 8));
	emit(t, la_enc_st_d(T1, KLOG, 16));
	emit(t, la_enc_andi(T6, T3, 0x3f));
	emit(t, la_enc_sltui(T6, T6, LA_EXC_BCE + 1));
	no_badv = later(t);
	emit(t, la_enc_st_d(T4, KLOG, 24));
	land_beqz(t, no_badv, T6);
	/* What was fetched is not known when the fetch itself failed. */
	emit(t, la_enc_xor(T6, T0, T4));
	no_badi = later(t);
	emit(t, la_enc_st_d(T5, KLOG, 32));
	land_beqz(t, no_badi, T6);
	emit(t, la_enc_addi_d(KLOG, KLOG, 40));
	land_beqz(t, quiet, T6);
}

/* Ends the run when it was the last break. */
static void emit_end(struct nest *t)
{
	uint64_t not_last;

	emit(t, la_enc_lu12i_w(T6, (int)(la_enc_break(LAST_BREAK) >> 12)));
	emit(t, la_enc_ori(T6, T6, la_enc_break(LAST_BREAK) & 0xfff));
	emit(t, la_enc_xor(T6, T6, T5));
	emit(t, la_enc_sltui(T6, T6, 1));
	not_last = later(t);
	emit(t, la_enc_csrwr(0, LA_CSR_ECFG));	/* nothing wakes it any more */
	emit(t, la_enc_idle(0));
	emit(t, la_enc_b(-4));
	land_beqz(t, not_last, T6);
}

static void emit_interrupt(struct nest *t)
{
	emit(t, la_enc_ori(T6, 0, 0));
	emit(t, la_enc_lu12i_w(T7, 1));
	emit(t, la_enc_addi_d(T7, T7, 0xc));
	emit(t, la_enc_iocsrwr_w(T6, T7));		/* 0x100c: taken back */
	emit(t, la_enc_invtlb(0, 0, 0));
	emit(t, la_enc_ld_d(T6, KIRQ, 0));
	emit(t, la_enc_addi_d(T6, T6, 1));
	emit(t, la_enc_st_d(T6, KIRQ, 0));
	/* Faults that leave no trace, with interrupts on. */
	emit(t, la_enc_addi_d(KQUIET, KQUIET, 1));
	emit_ie(t, true);
	emit(t, la_enc_syscall(1));
	emit(t, la_enc_ld_d(T7, UHOLE, 8));
	emit_ie(t, false);
	emit(t, la_enc_addi_d(KQUIET, KQUIET, -1));
}

#define FRAME_ERA (8 * 22)
#define FRAME_PRMD (8 * 24)
#define FRAME_NEXT (8 * 26)

static void emit_save(struct nest *t, bool is_restore)
{
	for (unsigned int r = RA; r <= T8; r++) {
		if (r == KSP || r == SP)
			continue;
		emit(t, is_restore ? la_enc_ld_d(r, KSP, 8 * (int)r) :
				     la_enc_st_d(r, KSP, 8 * (int)r));
	}
}

static void write_handler(struct nest *t)
{
	uint64_t not_irq, done, deep, no_flush, is_fetch, plain;

	fx_at(&t->fx, HANDLER);
	/* A refill records its instruction in BADI, too: that one is read first. */
	emit(t, la_enc_csrwr(T5, LA_CSR_SAVE0));
	emit(t, la_enc_csrrd(T5, LA_CSR_BADI));
	emit(t, la_enc_csrwr(T5, LA_CSR_SAVE0 + 1));
	emit(t, la_enc_csrrd(T5, LA_CSR_SAVE0));
	emit(t, la_enc_addi_d(KSP, KSP, -FRAME_BYTES));
	emit_save(t, false);			/* refills before ERA is saved */
	emit(t, la_enc_csrrd(T0, LA_CSR_ERA));
	emit(t, la_enc_csrrd(T1, LA_CSR_PRMD));
	emit(t, la_enc_csrrd(T2, LA_CSR_ESTAT));
	emit(t, la_enc_csrrd(T4, LA_CSR_BADV));
	emit(t, la_enc_csrrd(T5, LA_CSR_SAVE0 + 1));
	emit(t, la_enc_bstrpick_d(T3, T2, 30, 16));
	emit(t, la_enc_st_d(T0, KSP, FRAME_ERA));
	emit(t, la_enc_st_d(T1, KSP, FRAME_PRMD));
	emit(t, la_enc_st_d(T0, KSP, FRAME_NEXT));
	emit(t, la_enc_sltui(T6, T3, 1));
	not_irq = later(t);
	emit_interrupt(t);
	done = later(t);
	land_beqz(t, not_irq, T6);
	/* Behind the instruction; back to the caller when there was none. */
	emit(t, la_enc_xor(T6, T0, T4));
	emit(t, la_enc_andi(T7, T3, 0x38));
	emit(t, la_enc_xori(T8, T3, 8));
	emit(t, la_enc_sltui(T8, T8, 1));
	emit(t, la_enc_sltui(T7, T7, 1));
	emit(t, la_enc_or(T7, T7, T8));
	emit(t, la_enc_sltui(T6, T6, 1));
	emit(t, la_enc_and(T6, T6, T7));
	is_fetch = later(t);
	emit(t, la_enc_st_d(RA, KSP, FRAME_NEXT));
	plain = later(t);
	land_beqz(t, is_fetch, T6);
	emit(t, la_enc_addi_d(T6, T0, 4));
	emit(t, la_enc_st_d(T6, KSP, FRAME_NEXT));
	land_b(t, plain);
	emit_log(t);
	emit_end(t);
	emit_ie(t, true);
	/* By the number of exceptions so far, nothing else. */
	emit(t, la_enc_slli_d(T5, KLOG, 1));
	emit(t, la_enc_andi(T6, T5, 0x90));
	emit(t, la_enc_sltui(T6, T6, 1));
	no_flush = later(t);
	emit(t, la_enc_invtlb(0, 0, 0));
	land_beqz(t, no_flush, T6);
	emit(t, la_enc_sltui(T6, KDEPTH, 2));
	emit(t, la_enc_sltui(T7, KQUIET, 1));
	emit(t, la_enc_and(T6, T6, T7));
	deep = later(t);
	emit(t, la_enc_srli_d(T6, T5, 4));
	emit(t, la_enc_xor(T5, T5, T6));
	emit(t, la_enc_slli_d(T5, T5, 48));
	emit(t, la_enc_srli_d(T5, T5, 48));
	emit_own_faults(t);
	land_beqz(t, deep, T6);
	emit_ie(t, false);
	land_b(t, done);
	emit(t, la_enc_ld_d(T0, KSP, FRAME_NEXT));
	emit(t, la_enc_ld_d(T1, KSP, FRAME_PRMD));
	emit(t, la_enc_csrwr(T0, LA_CSR_ERA));
	emit(t, la_enc_csrwr(T1, LA_CSR_PRMD));
	emit_save(t, true);			/* refills after ERA is restored */
	emit(t, la_enc_addi_d(KSP, KSP, FRAME_BYTES));
	emit(t, la_enc_ertn());
}

void nest_write_kernel(struct nest *t)
{
	struct fx *fx = &t->fx;

	fx_at(fx, FX_EENTRY);
	while (fx->at < FX_EENTRY + 0x10000)
		emit(t, la_enc_b((int)(HANDLER - fx->at)));
	write_handler(t);
	fx_at(fx, REFILL);
	emit(t, la_enc_csrwr(T0, LA_CSR_TLBRSAVE));
	emit(t, la_enc_csrrd(T0, LA_CSR_PGD));
	emit(t, la_enc_lddir(T0, T0, 3));
	emit(t, la_enc_lddir(T0, T0, 1));
	emit(t, la_enc_ldpte(T0, 0));
	emit(t, la_enc_ldpte(T0, 1));
	emit(t, la_enc_tlbfill());
	emit(t, la_enc_csrrd(T0, LA_CSR_TLBRSAVE));
	emit(t, la_enc_ertn());
}
