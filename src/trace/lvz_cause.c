/* SPDX-License-Identifier: Apache-2.0 */
/* trace/lvz_cause.c - see lvz_cause.h: decoding; the words are in lvz_words.c. */
#include "trace/lvz_cause.h"

#include <string.h>

#include "soft/isa.h"
#include "soft/isa_csrs.h"
#include "util/bits.h"

/* ESTAT.Ecode (vol. 1, table 7-8; the last three are of LVZ). */
enum {
	ECODE_PIL = 1, ECODE_PIS, ECODE_PIF, ECODE_PME, ECODE_PNR, ECODE_PNX, ECODE_PPI,
	ECODE_FPD = 0xf, ECODE_SXD, ECODE_ASXD,
	ECODE_GSPR = 0x16, ECODE_HVC, ECODE_GCM,
};

#define A0 4
#define PAGE_OFFSET UINT64_C(0xfff)	/* of the smallest page: translation keeps it */

/* ------------------------------------------------------------------ memory accesses */

/* Bytes of a load or store by the end of its name: "ld.bu", "vst", "amadd_db.w". */
static unsigned int access_bytes(const char *name)
{
	const char *dot = strrchr(name, '.');

	switch (dot ? dot[1] : '\0') {
	case 'b':
		return 1;
	case 'h':
		return 2;
	case 'w':
	case 's':
		return 4;
	case 'd':
		return 8;
	case 'q':
		return 16;
	default:
		return dot ? 0 : name[0] == 'x' ? 32 : name[0] == 'v' ? 16 : 0;
	}
}

/* True for names such as "amadd.w", "ldgt.d", "llacq.w", which have no offset. */
static bool is_base_only(const char *name, size_t len)
{
	return !strncmp(name, "am", 2) || !strncmp(name, "llacq", 5) ||
	       !strncmp(name, "screl", 5) || !strncmp(name, "sc.q", 4) ||
	       (len > 2 && (!strncmp(name + len - 2, "gt", 2) || !strncmp(name + len - 2, "le", 2)));
}

/* The address of an access; false: its operands are of another form. */
static bool address_of(const char *name, const struct la_uop *u, const uint64_t *gpr,
		       uint64_t *va)
{
	size_t len = strcspn(name, ".");

	if (strstr(name, "stelm"))
		return false;
	*va = gpr[u->b & 31];
	if (is_base_only(name, len))
		return true;
	/* "ldx.w", "vstx" have an index. */
	*va += name[len - 1] == 'x' ? gpr[u->c & 31] : (uint64_t)(int64_t)u->imm;
	return true;
}

static void decode_memory(struct lvz_cause *c, const struct la_uop *u, const uint64_t *gpr)
{
	const struct la_insn_info *info = &la_insn_info[u->op];
	const char *name = info->name;

	if (!strcmp(name, "lddir") || !strcmp(name, "ldpte")) {
		c->access = LVZ_WALK;
		return;
	}
	if (!(info->flags & (LA_INSN_LOAD | LA_INSN_STORE | LA_INSN_ATOMIC)))
		return;
	c->access = info->flags & LA_INSN_ATOMIC && name[0] == 'a' ? LVZ_UPDATE
		  : info->flags & LA_INSN_STORE ? LVZ_STORE : LVZ_LOAD;
	c->bytes = access_bytes(name);
	c->has_va = address_of(name, u, gpr, &c->va);
	if (!strncmp(name, "st", 2) && c->bytes) {
		c->has_val = true;
		c->val = gpr[u->a & 31] & mask64(8 * c->bytes);
	} else if (!strncmp(name, "ld", 2)) {
		c->rd = u->a & 31;
	}
}

/*
 * An access keeps the offset in its page.  Where it does not, and is not the second half of
 * one that crosses a page, the failing access is that to a page table of the guest.
 */
static bool is_walk(const struct lvz_cause *c)
{
	uint64_t at = c->has_insn ? c->va : c->pc;

	if (c->has_insn && !c->has_va)
		return false;
	if (!((at ^ c->gpa) & PAGE_OFFSET))
		return false;
	return (c->gpa & PAGE_OFFSET) || (at & PAGE_OFFSET) + c->bytes <= PAGE_OFFSET + 1;
}

static void decode_page(struct lvz_cause *c, const struct la_guest_leave *ev,
			const struct la_uop *u)
{
	c->gpa = ev->world.root[ev->ecode == LA_ECODE_TLBR ? LA_CSR_TLBRBADV : LA_CSR_BADV];
	c->access = LVZ_FETCH;
	if (c->has_insn) {
		c->access = LVZ_LOAD;
		decode_memory(c, u, ev->world.gpr);
	}
	if (is_walk(c))
		c->access = LVZ_WALK;
}

/* ------------------------------------------------------------------ instructions */

static enum lvz_reason decode_iocsr(struct lvz_cause *c, const struct la_uop *u,
				    const uint64_t *gpr)
{
	c->num = (uint32_t)gpr[u->b & 31];
	c->bytes = access_bytes(c->mnemonic);
	c->is_write = !strncmp(c->mnemonic, "iocsrwr", 7);
	if (c->is_write) {
		c->has_val = true;
		c->val = gpr[u->a & 31] & mask64(8 * c->bytes);
	} else {
		c->rd = u->a & 31;
	}
	return LVZ_IOCSR;
}

static enum lvz_reason decode_gspr(struct lvz_cause *c, const struct la_uop *u,
				   const uint64_t *gpr)
{
	switch (u->op) {
	case LA_OP_cpucfg:
		c->num = gpr[u->b & 31];
		c->rd = u->a & 31;
		return LVZ_CPUCFG;
	case LA_OP_csrrd:
	case LA_OP_csrwr:
	case LA_OP_csrxchg:
		c->num = (uint64_t)u->imm;
		c->is_write = u->op != LA_OP_csrrd;
		c->has_val = c->is_write;
		c->val = c->is_write ? gpr[u->a & 31] : 0;
		c->rd = u->a & 31;
		return LVZ_CSR;
	case LA_OP_idle:
		return LVZ_IDLE;
	case LA_OP_cacop:
		c->num = u->a;
		return LVZ_CACOP;
	default:
		return !strncmp(c->mnemonic, "iocsr", 5) ? decode_iocsr(c, u, gpr) : LVZ_GSPR;
	}
}

static void decode_hvcl(struct lvz_cause *c, const struct la_uop *u, const uint64_t *gpr)
{
	c->num = (uint64_t)u->imm;
	c->has_val = true;
	c->val = gpr[A0];
	c->rd = A0;
}

static enum lvz_reason reason_of(const struct la_guest_leave *ev)
{
	switch (ev->ecode) {
	case LA_ECODE_INT:
		return LVZ_INT;
	case LA_ECODE_TLBR:
		return LVZ_TLBR;
	case ECODE_PIL:
		return LVZ_TLBL;
	case ECODE_PIS:
		return LVZ_TLBS;
	case ECODE_PIF:
		return LVZ_TLBI;
	case ECODE_PME:
		return LVZ_TLBM;
	case ECODE_PNR:
		return LVZ_TLBNR;
	case ECODE_PNX:
		return LVZ_TLBNX;
	case ECODE_PPI:
		return LVZ_TLBPE;
	case ECODE_FPD:
		return LVZ_FPDIS;
	case ECODE_SXD:
		return LVZ_LSXDIS;
	case ECODE_ASXD:
		return LVZ_LASXDIS;
	case ECODE_GSPR:
		return LVZ_GSPR;
	case ECODE_HVC:
		return LVZ_HVC;
	case ECODE_GCM:
		return ev->esubcode ? LVZ_GCHC : LVZ_GCSC;
	default:
		return LVZ_OTHER;
	}
}

struct lvz_cause lvz_cause_of(const struct la_guest_leave *ev)
{
	struct lvz_cause c = {
		.reason = reason_of(ev),
		.ecode = ev->ecode,
		.esubcode = ev->esubcode,
		.irq = ev->irq,
		.pc = ev->pc,
		.target = ev->target,
		.insn = ev->insn,
		.has_insn = ev->has_insn,
		.mnemonic = "",
		.gcfg = ev->world.root[LA_CSR_GCFG],
	};
	struct la_uop u = { 0 };

	if (c.has_insn)
		c.mnemonic = la_insn_info[la_decode(c.insn, &u)].name;
	if (c.reason >= LVZ_TLBR && c.reason <= LVZ_TLBPE)
		decode_page(&c, ev, &u);
	else if (c.reason == LVZ_GSPR)
		c.reason = decode_gspr(&c, &u, ev->world.gpr);
	else if (c.reason == LVZ_HVC)
		decode_hvcl(&c, &u, ev->world.gpr);
	c.rd_val = ev->world.gpr[c.rd];
	return c;
}

bool lvz_cause_key(const struct lvz_cause *c, uint64_t *key)
{
	switch (c->reason) {
	case LVZ_INT:
		*key = c->irq;
		return true;
	case LVZ_TLBR:
		*key = c->gpa & ~PAGE_OFFSET;
		return true;
	case LVZ_TLBL:
	case LVZ_TLBS:
	case LVZ_TLBI:
	case LVZ_TLBM:
	case LVZ_TLBNR:
	case LVZ_TLBNX:
	case LVZ_TLBPE:
		*key = c->gpa;
		return true;
	case LVZ_CPUCFG:
	case LVZ_CSR:
	case LVZ_IOCSR:
	case LVZ_CACOP:
	case LVZ_HVC:
		*key = c->num;
		return true;
	default:
		return false;
	}
}
