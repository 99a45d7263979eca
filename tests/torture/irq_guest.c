/* SPDX-License-Identifier: Apache-2.0 */
/*
 * irq_guest.c - see irq_guest.h.
 *
 * s0.. hold what the program keeps; t0.. belong to the handler, a0.. to the main loop.
 * Request K goes by IPI vector PHASE | (K % nipi * N + ME) to vCPU (K + ME) % N with K as
 * mail in half ME + 2 of its mailboxes, or by message 32 + (K * N + ME) % nmsi to wherever
 * the EIOINTC routes it.
 */
#include "irq_guest.h"

#include "devices/irqchip/pch_msi.h"
#include "devices/irqchip/pch_pic.h"
#include "soft/isa_csrs.h"
#include "soft/isa_enc.h"
#include "util/bits.h"

#define HANDLER (RIG_ENTRY + 0x1000)
#define START UINT64_C(0x300000)
#define IPI_STATUS 0x1000u
#define IPI_SEND 0x1040u
#define MAIL_SEND 0x1048u
#define EIO_COREISR 0x1800u
#define FIRST_MSI PCH_MSI_FIRST_VECTOR
#define PARAM(field) (B_PARAM + (int)offsetof(struct irq_params, field))

enum { RA = 1, BLK = 2, A0 = 4, A1, A2, A3, A4, A5, A6, A7, T0 = 12, T1, T2, T3, T4, T5, T6, T7,
       T8, R21, ME = 23, N, ROUNDS, PHASE, KIND, K, IE, IDLE_PC, ONE };

struct prog {
	uint32_t code[400];
	unsigned int n;
};

static void put(struct prog *p, uint32_t insn)
{
	ck_assert_uint_lt(p->n, ARRAY_SIZE(p->code));
	p->code[p->n++] = insn;
}

/* Two instructions. */
static void put_li(struct prog *p, unsigned int reg, uint32_t val)
{
	put(p, la_enc_lu12i_w(reg, (int32_t)val >> 12));
	put(p, la_enc_ori(reg, reg, val & 0xfff));
}

/* Adds 1 to the counter at @base + @off. */
static void put_inc(struct prog *p, unsigned int base, int off, unsigned int tmp)
{
	put(p, la_enc_ld_d(tmp, base, off));
	put(p, la_enc_addi_d(tmp, tmp, 1));
	put(p, la_enc_st_d(tmp, base, off));
}

/* From instruction @from to @to in bytes; a slot put as 0 is filled in later. */
static int32_t dist(unsigned int from, unsigned int to)
{
	return 4 * ((int32_t)to - (int32_t)from);
}

static unsigned int put_slot(struct prog *p)
{
	put(p, 0);
	return p->n - 1;
}

static void put_prologue(struct prog *p, unsigned int *li_idle)
{
	put(p, la_enc_csrrd(ME, LA_CSR_CPUID));
	put_li(p, A0, IRQ_BLOCK(0));
	put(p, la_enc_slli_d(A1, ME, 12));
	put(p, la_enc_add_d(BLK, A0, A1));
	for (unsigned int i = 0; i < 4; i++)
		put(p, la_enc_ld_d(N + i, BLK, PARAM(ncpus) + 8 * (int)i));
	put(p, la_enc_ori(IE, 0, LA_CRMD_IE));
	put(p, la_enc_ori(ONE, 0, 1));
	*li_idle = p->n;
	put_li(p, IDLE_PC, 0);
	put_li(p, A0, HANDLER);
	put(p, la_enc_csrwr(A0, LA_CSR_EENTRY));
	put_li(p, A0, 0xf << 2 | 1 << 11 | 1 << 12);
	put(p, la_enc_csrwr(A0, LA_CSR_ECFG));
	put_li(p, A0, IPI_STATUS);
	put(p, la_enc_addi_w(A1, 0, -1));
	put(p, la_enc_addi_d(A0, A0, 4));
	put(p, la_enc_iocsrwr_w(A1, A0));
	put(p, la_enc_ld_d(A0, BLK, PARAM(tcfg)));
	put(p, la_enc_csrwr(A0, LA_CSR_TCFG));
	put_li(p, A0, START);
	put(p, la_enc_amadd_db_d(0, ONE, A0));
	put(p, la_enc_ld_d(A1, A0, 0));
	put(p, la_enc_bne(A1, N, -4));
	put(p, la_enc_or(K, 0, 0));
}

static void put_ipi_request(struct prog *p)
{
	put(p, la_enc_ld_d(A0, BLK, PARAM(nipi)));
	put(p, la_enc_mod_wu(A1, K, A0));
	put(p, la_enc_mul_d(A1, A1, N));
	put(p, la_enc_add_d(A1, A1, ME));
	put(p, la_enc_or(A1, A1, PHASE));		/* the vector */
	put(p, la_enc_add_d(A2, K, ME));
	put(p, la_enc_mod_wu(A2, A2, N));		/* to whom, itself included */
	/* Mail K to the half of a mailbox that is ours there. */
	put(p, la_enc_slli_d(A3, K, 32));
	put(p, la_enc_slli_d(A4, A2, 16));
	put(p, la_enc_or(A3, A3, A4));
	put(p, la_enc_addi_d(A5, ME, 2));
	put(p, la_enc_slli_d(A5, A5, 2));
	put(p, la_enc_or(A3, A3, A5));
	put_li(p, A5, MAIL_SEND);
	put(p, la_enc_iocsrwr_d(A3, A5));
	put(p, la_enc_or(A3, A4, A1));
	put_li(p, A5, IPI_SEND);
	put(p, la_enc_iocsrwr_w(A3, A5));
}

static void put_msi_request(struct prog *p)
{
	put(p, la_enc_mul_d(A1, K, N));
	put(p, la_enc_add_d(A1, A1, ME));
	put(p, la_enc_ld_d(A2, BLK, PARAM(nmsi)));
	put(p, la_enc_mod_wu(A1, A1, A2));
	put(p, la_enc_addi_d(A1, A1, FIRST_MSI));
	put_li(p, A2, PCH_MSI_BASE);
	put(p, la_enc_st_w(A1, A2, 0));
}

/* Sleeps until REPLIES is K, as Linux does; the address of idle. */
static unsigned int put_wait(struct prog *p, unsigned int *error)
{
	unsigned int top = p->n, idle;

	put(p, la_enc_csrxchg(0, IE, LA_CSR_CRMD));
	put(p, la_enc_ld_d(A0, BLK, B_REPLIES));
	put(p, la_enc_beq(A0, K, 24));
	*error = put_slot(p);
	put(p, la_enc_or(A1, IE, 0));
	put(p, la_enc_csrxchg(A1, IE, LA_CSR_CRMD));
	idle = p->n;
	put(p, la_enc_idle(0));
	put(p, la_enc_b(dist(p->n, top)));
	put(p, la_enc_or(A1, IE, 0));
	put(p, la_enc_csrxchg(A1, IE, LA_CSR_CRMD));
	return idle;
}

static void make_main(struct prog *p)
{
	unsigned int li_idle, top, to_done, to_msi, to_wait, error, idle;
	struct prog li = { .n = 0 };

	put_prologue(p, &li_idle);
	top = p->n;
	to_done = put_slot(p);
	/* A7: what this round sends. */
	put(p, la_enc_andi(A7, K, 1));
	put(p, la_enc_ori(A6, 0, BY_TURNS));
	put(p, la_enc_beq(KIND, A6, 8));
	put(p, la_enc_or(A7, KIND, 0));
	to_msi = put_slot(p);
	put_ipi_request(p);
	to_wait = put_slot(p);
	p->code[to_msi] = la_enc_bnez(A7, dist(to_msi, p->n));
	put_msi_request(p);
	p->code[to_wait] = la_enc_b(dist(to_wait, p->n));
	put(p, la_enc_addi_d(K, K, 1));
	idle = put_wait(p, &error);
	put(p, la_enc_b(dist(p->n, top)));
	p->code[error] = la_enc_bltu(K, A0, dist(error, p->n));
	put(p, la_enc_st_d(ONE, BLK, B_ERROR));
	p->code[to_done] = la_enc_beq(K, ROUNDS, dist(to_done, p->n));
	put_li(p, A0, RIG_DOOR);
	put(p, la_enc_st_d(0, A0, 0));
	put(p, la_enc_or(A1, IE, 0));
	put(p, la_enc_csrxchg(A1, IE, LA_CSR_CRMD));
	put(p, la_enc_idle(0));
	put(p, la_enc_b(-4));
	put_li(&li, IDLE_PC, (uint32_t)RIG_ENTRY + 4 * idle);
	p->code[li_idle] = li.code[0];
	p->code[li_idle + 1] = li.code[1];
}

static void put_ipi_handler(struct prog *p)
{
	unsigned int out, top, to_out, to_reply;

	put(p, la_enc_bstrpick_d(T1, T0, 12, 12));
	out = put_slot(p);
	put_li(p, T1, IPI_STATUS);
	put(p, la_enc_iocsrrd_w(T2, T1));
	put(p, la_enc_addi_d(T1, T1, 0xc));
	put(p, la_enc_iocsrwr_w(T2, T1));
	put(p, la_enc_bstrpick_d(T2, T2, 31, 0));
	top = p->n;
	to_out = put_slot(p);
	put(p, la_enc_ctz_w(T3, T2));
	put(p, la_enc_sll_d(T4, ONE, T3));
	put(p, la_enc_andn(T2, T2, T4));
	put(p, la_enc_slli_d(T4, T3, 3));
	put(p, la_enc_add_d(T4, T4, BLK));
	put_inc(p, T4, B_IPI, T5);
	put(p, la_enc_andi(T4, T3, 16));
	to_reply = put_slot(p);
	put_inc(p, BLK, B_REQUESTS, T5);
	put(p, la_enc_andi(T4, T3, 15));
	put(p, la_enc_mod_wu(T4, T4, N));		/* the sender */
	put(p, la_enc_addi_d(T5, T4, 2));
	put(p, la_enc_slli_d(T5, T5, 2));
	put_li(p, T6, 0x1020);
	put(p, la_enc_add_d(T5, T5, T6));
	put(p, la_enc_iocsrrd_w(T5, T5));		/* its mail */
	put(p, la_enc_slli_d(T6, T4, 3));
	put(p, la_enc_add_d(T6, T6, BLK));
	put(p, la_enc_ld_d(T7, T6, B_MAIL));
	put(p, la_enc_add_d(T7, T7, T5));
	put(p, la_enc_st_d(T7, T6, B_MAIL));
	put(p, la_enc_slli_d(T4, T4, 16));
	put(p, la_enc_xori(T3, T3, 16));
	put(p, la_enc_or(T3, T3, T4));
	put_li(p, T5, IPI_SEND);
	put(p, la_enc_iocsrwr_w(T3, T5));
	put(p, la_enc_b(dist(p->n, top)));
	p->code[to_reply] = la_enc_bne(T4, PHASE, dist(to_reply, p->n));
	put_inc(p, BLK, B_REPLIES, T5);
	put(p, la_enc_b(dist(p->n, top)));
	p->code[to_out] = la_enc_beqz(T2, dist(to_out, p->n));
	p->code[out] = la_enc_beqz(T1, dist(out, p->n));
}

/* Vector T3 (below 32) is pin T3 of a toy. */
static void put_wire_handler(struct prog *p)
{
	unsigned int to_edge, to_out;

	put(p, la_enc_srli_d(T4, T3, 3));
	put(p, la_enc_slli_d(T5, T4, 3));
	put_li(p, T6, RIG_TOYS_BASE);
	put(p, la_enc_add_d(T5, T5, T6));
	put(p, la_enc_ori(T6, 0, 2));
	to_edge = put_slot(p);
	/* A level: mask, take, unmask. */
	put_li(p, T6, PCH_PIC_BASE + 0x20);
	put(p, la_enc_add_d(T6, T6, T4));
	put(p, la_enc_addi_d(T7, 0, -1));
	put(p, la_enc_st_b(T7, T6, 0));
	put(p, la_enc_ld_d(T7, T5, 0));
	put(p, la_enc_st_b(0, T6, 0));
	to_out = put_slot(p);
	p->code[to_edge] = la_enc_bltu(T4, T6, dist(to_edge, p->n));
	/* An edge: clear the request, then take; the next one may come from here on. */
	put_li(p, T6, PCH_PIC_BASE + 0x80);
	put(p, la_enc_sll_d(T7, ONE, T3));
	put(p, la_enc_st_d(T7, T6, 0));
	put(p, la_enc_ld_d(T7, T5, 0));
	p->code[to_out] = la_enc_b(dist(to_out, p->n));
}

static void put_eio_handler(struct prog *p)
{
	unsigned int out, word, vec, to_next, to_next2, to_wire, back;

	put(p, la_enc_bstrpick_d(T1, T0, 5, 2));
	out = put_slot(p);
	put_li(p, R21, EIO_COREISR);
	put(p, la_enc_or(T8, 0, 0));			/* first vector of the word */
	put(p, la_enc_or(RA, 0, 0));			/* was there any */
	word = p->n;
	put(p, la_enc_iocsrrd_d(T2, R21));
	to_next = put_slot(p);
	put(p, la_enc_iocsrwr_d(T2, R21));
	put(p, la_enc_ori(RA, 0, 1));
	vec = p->n;
	to_next2 = put_slot(p);
	put(p, la_enc_ctz_d(T3, T2));
	put(p, la_enc_sll_d(T4, ONE, T3));
	put(p, la_enc_andn(T2, T2, T4));
	put(p, la_enc_add_d(T3, T3, T8));
	put(p, la_enc_slli_d(T4, T3, 3));
	put(p, la_enc_add_d(T4, T4, BLK));
	put_inc(p, T4, B_EIO, T5);
	put(p, la_enc_ori(T5, 0, FIRST_MSI));
	to_wire = put_slot(p);
	/* A message: answer its sender. */
	put(p, la_enc_addi_d(T3, T3, -FIRST_MSI));
	put(p, la_enc_mod_wu(T3, T3, N));
	put(p, la_enc_slli_d(T4, T3, 16));
	put(p, la_enc_or(T4, T4, T3));
	put(p, la_enc_xori(T5, PHASE, 16));
	put(p, la_enc_or(T4, T4, T5));
	put_li(p, T5, IPI_SEND);
	put(p, la_enc_iocsrwr_w(T4, T5));
	put(p, la_enc_b(dist(p->n, vec)));
	p->code[to_wire] = la_enc_bltu(T3, T5, dist(to_wire, p->n));
	put_wire_handler(p);
	back = put_slot(p);
	p->code[back] = la_enc_b(dist(back, vec));
	p->code[to_next] = la_enc_beqz(T2, dist(to_next, p->n));
	p->code[to_next2] = la_enc_beqz(T2, dist(to_next2, p->n));
	put(p, la_enc_addi_d(R21, R21, 8));
	put(p, la_enc_addi_d(T8, T8, 64));
	put_li(p, T3, EIO_COREISR + 32);
	put(p, la_enc_bne(R21, T3, dist(p->n, word)));
	put(p, la_enc_bnez(RA, 16));
	put_inc(p, BLK, B_SPURIOUS, T5);
	p->code[out] = la_enc_beqz(T1, dist(out, p->n));
}

static void make_handler(struct prog *p)
{
	put(p, la_enc_csrrd(T0, LA_CSR_ESTAT));
	put(p, la_enc_bstrpick_d(T1, T0, 11, 11));
	put(p, la_enc_beqz(T1, 24));
	put(p, la_enc_ori(T1, 0, 1));
	put(p, la_enc_csrwr(T1, LA_CSR_TICLR));
	put_inc(p, BLK, B_TIMERS, T5);
	put_ipi_handler(p);
	put_eio_handler(p);
	/* Interrupted before idle: not into it. */
	put(p, la_enc_csrrd(T0, LA_CSR_ERA));
	put(p, la_enc_bne(T0, IDLE_PC, 12));
	put(p, la_enc_addi_d(T0, T0, 4));
	put(p, la_enc_csrwr(T0, LA_CSR_ERA));
	put(p, la_enc_ertn());
}

void irq_guest_write(struct rig *rig)
{
	struct prog code = { .n = 0 }, handler = { .n = 0 };

	make_main(&code);
	make_handler(&handler);
	ck_assert_uint_le(RIG_ENTRY + 4 * code.n, HANDLER);
	rig_write(rig, RIG_ENTRY, code.code, 4 * code.n);
	rig_write(rig, HANDLER, handler.code, 4 * handler.n);
}
