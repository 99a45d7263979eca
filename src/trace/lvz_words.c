/* SPDX-License-Identifier: Apache-2.0 */
/* trace/lvz_words.c - the words of lvz_cause.h: names, title, hardware, guest. */
#include "trace/lvz_cause.h"

#include <inttypes.h>
#include <string.h>

#include "soft/dis.h"
#include "soft/isa.h"
#include "soft/isa_csrs.h"
#include "util/bits.h"

#define add trace_text_add

static const struct { const char *name, *words; } reasons[LVZ_NREASONS] = {
	[LVZ_INT] = { "INT", "interrupt of the root" },
	[LVZ_TLBR] = { "TLBR", "no entry for a guest-physical page: the root's refill" },
	[LVZ_TLBL] = { "TLBL", "load from a guest-physical page that is not valid" },
	[LVZ_TLBS] = { "TLBS", "store to a guest-physical page that is not valid" },
	[LVZ_TLBI] = { "TLBI", "fetch from a guest-physical page that is not valid" },
	[LVZ_TLBM] = { "TLBM", "store to a guest-physical page that is not writable" },
	[LVZ_TLBNR] = { "TLBNR", "load from a guest-physical page that is not readable" },
	[LVZ_TLBNX] = { "TLBNX", "fetch from a guest-physical page that is not executable" },
	[LVZ_TLBPE] = { "TLBPE", "guest-physical page of another privilege level" },
	[LVZ_FPDIS] = { "FPDIS", "FP, which the root has not lent" },
	[LVZ_LSXDIS] = { "LSXDIS", "LSX, which the root has not lent" },
	[LVZ_LASXDIS] = { "LASXDIS", "LASX, which the root has not lent" },
	[LVZ_CPUCFG] = { "GSPR cpucfg", "question about the CPU" },
	[LVZ_CSR] = { "GSPR csr", "register that the guest may not have" },
	[LVZ_IOCSR] = { "GSPR iocsr", "IOCSR access" },
	[LVZ_IDLE] = { "GSPR idle", "guest waits for an interrupt" },
	[LVZ_CACOP] = { "GSPR cacop", "cache operation" },
	[LVZ_GSPR] = { "GSPR other", "other privileged instruction" },
	[LVZ_HVC] = { "HVC", "hypercall" },
	[LVZ_GCSC] = { "GCM software", "change of the privilege level" },
	[LVZ_GCHC] = { "GCM hardware", "exception or return in the guest" },
	[LVZ_OTHER] = { "other", "what no hypervisor expects" },
};

/* IOCSR addresses, CPUCFG words and codes of hvcl that have a meaning by custom. */
struct known {
	uint64_t first, last;
	const char *what;
};

static const struct known iocsrs[] = {
	{ 0x0, 0x7, "version" },
	{ 0x8, 0xf, "features" },
	{ 0x10, 0x1f, "vendor name" },
	{ 0x20, 0x2f, "CPU name" },
	{ 0x420, 0x427, "miscellaneous functions" },
	{ 0x1000, 0x10ff, "IPI" },
	{ 0x1400, 0x1fff, "EIOINTC, the interrupt controller" },
};

static const struct known cpucfgs[] = {
	{ 0x0, 0x0, "processor identity" },
	{ 0x1, 0x1, "architecture, address widths, paging" },
	{ 0x2, 0x2, "instruction set extensions" },
	{ 0x3, 0x3, "memory model and special functions" },
	{ 0x4, 0x5, "frequency of the counter" },
	{ 0x6, 0x6, "performance counters" },
	{ 0x10, 0x14, "caches" },
	{ 0x40000000, 0x40000000, "KVM's convention: who is the hypervisor" },
	{ 0x40000004, 0x40000004, "KVM's convention: its features" },
};

static const struct known hvcls[] = {
	{ 0x100, 0x100, "KVM's convention: a service, $a0 names it" },
	{ 0x101, 0x101, "KVM's convention: a software breakpoint" },
	{ 0x102, 0x102, "KVM's convention: a call to user space" },
};

static const char *find_known(const struct known *k, size_t n, uint64_t num)
{
	for (size_t i = 0; i < n; i++) {
		if (num >= k[i].first && num <= k[i].last)
			return k[i].what;
	}
	return NULL;
}

#define KNOWN(table, num) find_known(table, ARRAY_SIZE(table), num)

/* Small numbers as people say them. */
static void add_number(struct trace_text *t, uint64_t num)
{
	add(t, num > 9 ? "%#" PRIx64 : "%" PRIu64, num);
}

static void add_known(struct trace_text *t, const char *what)
{
	if (what)
		add(t, " (%s)", what);
}

const char *lvz_reason_name(enum lvz_reason reason)
{
	return reasons[reason].name;
}

const char *lvz_reason_words(enum lvz_reason reason)
{
	return reasons[reason].words;
}

static void add_csr_name(struct trace_text *t, uint64_t num)
{
	const struct la_csr_info *info = la_csr_find((unsigned int)num);

	if (info)
		add(t, "%s", info->name);
	else
		add(t, "CSR %#" PRIx64, num);
}

void lvz_cause_add_key(struct trace_text *t, enum lvz_reason reason, uint64_t key)
{
	switch (reason) {
	case LVZ_INT:
		add(t, "line %" PRIu64 " (%s)", key, trace_irq_name((unsigned int)key));
		break;
	case LVZ_TLBR:
		add(t, "GPA page %#" PRIx64, key);
		break;
	case LVZ_CPUCFG:
		add(t, "word ");
		add_number(t, key);
		add_known(t, KNOWN(cpucfgs, key));
		break;
	case LVZ_CSR:
		add_csr_name(t, key);
		break;
	case LVZ_IOCSR:
		add(t, "IOCSR %#" PRIx64, key);
		add_known(t, KNOWN(iocsrs, key));
		break;
	case LVZ_CACOP:
		add(t, "code %#" PRIx64, key);
		break;
	case LVZ_HVC:
		add(t, "hvcl %#" PRIx64, key);
		add_known(t, KNOWN(hvcls, key));
		break;
	default:
		add(t, "GPA %#" PRIx64, key);
		break;
	}
}

/* ------------------------------------------------------------------ the title */

/* Which switch of the root makes CSR @num trap that the guest's bank has. */
static const char *csr_switch(const struct lvz_cause *c)
{
	const struct la_csr_info *info = la_csr_find((unsigned int)c->num);

	if (c->gcfg & LA_GCFG_SIT)
		return "GCFG.SIT";
	if (!info)
		return "GCFG.TORU";
	if (info->guest != LA_CSR_GUEST_OWN)
		return NULL;
	return c->num >= LA_CSR_TID && c->num <= LA_CSR_TICLR ? "GCFG.TIT" : "GTLBC.TOTI";
}

/* The same for instructions that are no CSR accesses. */
static const char *insn_switch(const struct lvz_cause *c)
{
	if (!strncmp(c->mnemonic, "rdtime", 6))
		return "GCFG.TIT";
	return c->gcfg & LA_GCFG_SIT ? "GCFG.SIT" : "GTLBC.TOTI";
}

static void add_gspr_title(struct trace_text *t, const struct lvz_cause *c)
{
	const char *by;

	add(t, "GSPR 0x16: ");
	switch (c->reason) {
	case LVZ_CSR:
		by = csr_switch(c);
		add(t, "%s of ", c->mnemonic);
		add_csr_name(t, c->num);
		if (by)
			add(t, ", which the root wants to see (%s)", by);
		else
			add(t, ", which the guest's bank does not have");
		break;
	case LVZ_CACOP:
		add(t, "this cacop is not left to the guest (GCFG.GCI=%" PRIu64 ")",
		    (c->gcfg & LA_GCFG_GCI) >> LA_GCFG_GCI_SHIFT);
		break;
	default:
		if (c->reason == LVZ_GSPR && strcmp(c->mnemonic, "dbcl"))
			add(t, "%s, which the root wants to see (%s)", c->mnemonic, insn_switch(c));
		else
			add(t, "%s is a privileged instruction for a guest", c->mnemonic);
		break;
	}
}

static void add_page_title(struct trace_text *t, const struct lvz_cause *c)
{
	static const char *const how[] = {
		[LVZ_LOAD] = "load from", [LVZ_STORE] = "store to", [LVZ_UPDATE] = "update of",
		[LVZ_FETCH] = "fetch from", [LVZ_WALK] = "page walk at",
	};
	static const char *const why[] = {
		[LVZ_TLBL] = "is not valid", [LVZ_TLBS] = "is not valid", [LVZ_TLBI] = "is not valid",
		[LVZ_TLBM] = "is not writable", [LVZ_TLBNR] = "is not readable",
		[LVZ_TLBNX] = "is not executable", [LVZ_TLBPE] = "is of another privilege level",
	};

	if (c->reason == LVZ_TLBR) {
		add(t, "TLBR: no entry in the root's TLB for guest-physical %#" PRIx64, c->gpa);
		return;
	}
	add(t, "%s %#x, Linux's %s: %s guest-physical %#" PRIx64 ", whose page %s",
	    la_exc_name(c->ecode, 0), c->ecode, lvz_reason_name(c->reason), how[c->access], c->gpa,
	    why[c->reason]);
}

void lvz_cause_add_title(struct trace_text *t, const struct lvz_cause *c)
{
	const char *name = la_exc_name(c->ecode, c->esubcode);
	const char *unit = c->reason == LVZ_FPDIS ? "FP" : c->reason == LVZ_LSXDIS ? "LSX" : "LASX";

	switch (c->reason) {
	case LVZ_INT:
		add(t, "INT: interrupt %u (%s) of the root", c->irq, trace_irq_name(c->irq));
		break;
	case LVZ_FPDIS:
	case LVZ_LSXDIS:
	case LVZ_LASXDIS:
		add(t, "%s %#x: the guest has %s switched on, the root has not lent it", name,
		    c->ecode, unit);
		break;
	case LVZ_HVC:
		add(t, "HVC 0x17: hypercall, hvcl %#" PRIx64, c->num);
		break;
	case LVZ_GCSC:
		add(t, "GCM 0x18.0: the guest's kernel changes its privilege level (GCFG.TOP)");
		break;
	case LVZ_GCHC:
		add(t, "GCM 0x18.1: the guest takes an exception or returns from one (GCFG.TOE)");
		break;
	case LVZ_OTHER:
		add(t, "%s %#x.%u", name ? name : "Ecode", c->ecode, c->esubcode);
		break;
	default:
		if (c->reason >= LVZ_TLBR && c->reason <= LVZ_TLBPE)
			add_page_title(t, c);
		else
			add_gspr_title(t, c);
		break;
	}
}

/* ------------------------------------------------------------------ the hardware */

void lvz_cause_add_hardware(struct trace_text *t, const struct lvz_cause *c)
{
	if (c->reason == LVZ_TLBR) {
		add(t, "TLBRERA=%#" PRIx64 " with IsTLBR=1, TLBRBADV=%#" PRIx64
		    ", TLBRPRMD<-CRMD with PGM=1, CRMD.DA<-1, CRMD.PG<-0, GSTAT.PVM<-1, then jump to "
		    "TLBRENTRY %#" PRIx64, c->pc, c->gpa, c->target);
		return;
	}
	add(t, "ERA=%#" PRIx64 ", ESTAT.Ecode=%#x", c->pc, c->ecode);
	if (c->esubcode)
		add(t, ", EsubCode=%u", c->esubcode);
	if (c->reason >= LVZ_TLBL && c->reason <= LVZ_TLBPE)
		add(t, ", BADV=%#" PRIx64 " (the GPA), TLBEHI<-its page", c->gpa);
	else if (c->reason != LVZ_INT && c->reason != LVZ_GCHC)
		add(t, ", BADV=ERA");
	if (c->has_insn)
		add(t, ", BADI=0x%08" PRIx32, c->insn);
	add(t, ", PRMD<-CRMD, GSTAT.PVM<-1, then jump to EENTRY %#" PRIx64, c->target);
}

/* ------------------------------------------------------------------ the guest */

static const char *plural(unsigned int n)
{
	return n == 1 ? "" : "s";
}

static void add_executed(struct trace_text *t, const struct lvz_cause *c)
{
	char text[96];
	struct trace_text insn = { text, sizeof(text), 0 };
	const char *p = text;

	trace_text_add_insn(&insn, c->insn, c->pc);
	add(t, "executed ");
	/* One blank for the columns of objdump. */
	while (*p) {
		size_t n = strcspn(p, " \t");

		add(t, "%.*s", (int)n, p);
		p += n;
		n = strspn(p, " \t");
		p += n;
		if (n && *p)
			add(t, " ");
	}
}

static void add_page_access(struct trace_text *t, const struct lvz_cause *c)
{
	if (c->access == LVZ_WALK) {
		add(t, "; a page table of its own is at that address");
		return;
	}
	if (c->access == LVZ_FETCH)
		return;
	add(t, ": %s", c->access == LVZ_STORE ? "stores" : c->access == LVZ_LOAD ? "loads" : "updates");
	if (c->bytes)
		add(t, " %u byte%s", c->bytes, plural(c->bytes));
	if (c->has_val)
		add(t, ", %#" PRIx64 ",", c->val);
	if (c->has_va)
		add(t, " at %#" PRIx64, c->va);
}

static void add_page_guest(struct trace_text *t, const struct lvz_cause *c)
{
	if (c->has_insn)
		add_executed(t, c);
	else
		add(t, "fetched its next instruction");
	add_page_access(t, c);
	if (c->reason == LVZ_TLBR)
		add(t, "; the root's refill handler is to look the page up and to return with ertn");
	else if (c->reason > LVZ_TLBS || c->access == LVZ_WALK)
		add(t, "; the hypervisor is to see to the page");
	else
		add(t, "; memory to be mapped or a device to be stood in for: only the hypervisor knows");
}

static void add_csr_guest(struct trace_text *t, const struct lvz_cause *c)
{
	add_executed(t, c);
	if (c->is_write)
		add(t, ": writes %#" PRIx64 " to ", c->val);
	else
		add(t, ": reads ");
	add_csr_name(t, c->num);
	add(t, "; the hypervisor is to answer from a copy of its own and to step over it");
}

static void add_iocsr_guest(struct trace_text *t, const struct lvz_cause *c)
{
	add_executed(t, c);
	add(t, ": %s %u byte%s ", c->is_write ? "writes" : "reads", c->bytes, plural(c->bytes));
	if (c->has_val)
		add(t, "%#" PRIx64 " to ", c->val);
	else
		add(t, "of ");
	add(t, "IOCSR %#" PRIx64, c->num);
	add_known(t, KNOWN(iocsrs, c->num));
	add(t, "; the hypervisor is to stand in for it and to step over it");
}

static void add_hvc_guest(struct trace_text *t, const struct lvz_cause *c)
{
	static const struct known services[] = {
		{ 1, 1, "send an IPI" }, { 2, 2, "where is the record of stolen time" },
	};

	add_executed(t, c);
	add_known(t, KNOWN(hvcls, c->num));
	add(t, " with $a0=%#" PRIx64, c->val);
	if (c->num == 0x100)
		add_known(t, KNOWN(services, c->val));
	add(t, "; the hypervisor is to do it, to answer in $a0 and to step over it");
}

void lvz_cause_add_guest(struct trace_text *t, const struct lvz_cause *c)
{
	switch (c->reason) {
	case LVZ_INT:
		add(t, "did nothing to cause it; the root's own handler is to serve the interrupt");
		break;
	case LVZ_FPDIS:
	case LVZ_LSXDIS:
	case LVZ_LASXDIS:
		add_executed(t, c);
		add(t, "; the hypervisor is to load the registers of the unit, to set the bit in the "
		       "root's EUEN and to let it try again");
		break;
	case LVZ_CPUCFG:
		add_executed(t, c);
		add(t, ": asked for CPUCFG word ");
		add_number(t, c->num);
		add_known(t, KNOWN(cpucfgs, c->num));
		add(t, "; the hypervisor is to answer and to step over it");
		break;
	case LVZ_CSR:
		add_csr_guest(t, c);
		break;
	case LVZ_IOCSR:
		add_iocsr_guest(t, c);
		break;
	case LVZ_IDLE:
		add_executed(t, c);
		add(t, ": waits for an interrupt; the hypervisor is to let others run until there is one");
		break;
	case LVZ_HVC:
		add_hvc_guest(t, c);
		break;
	case LVZ_GCHC:
		add(t, "would go on in another mode; the hypervisor is to see to that");
		break;
	default:
		if (c->reason >= LVZ_TLBR && c->reason <= LVZ_TLBPE) {
			add_page_guest(t, c);
			break;
		}
		if (c->has_insn)
			add_executed(t, c);
		add(t, "; the hypervisor is to do it in its place and to step over it");
		break;
	}
}
