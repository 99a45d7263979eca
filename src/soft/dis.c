/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/dis.c - disassembler; everything about encodings comes from the generated tables.
 */
#include "soft/dis.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "soft/dis_priv.h"
#include "util/bits.h"

#define NAME_WIDTH 12u	/* column of the operands */

/* The psABI's names. */
static const char gpr_names[32][6] = {
	"$zero", "$ra", "$tp", "$sp", "$a0", "$a1", "$a2", "$a3",
	"$a4", "$a5", "$a6", "$a7", "$t0", "$t1", "$t2", "$t3",
	"$t4", "$t5", "$t6", "$t7", "$t8", "$r21", "$fp", "$s0",
	"$s1", "$s2", "$s3", "$s4", "$s5", "$s6", "$s7", "$s8",
};

const char *la_gpr_name(unsigned int i)
{
	return gpr_names[i & 31];
}

struct text {
	char *buf;
	size_t size;
	size_t len;		/* of the whole text, written or not */
};

static void text_add(struct text *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void text_add(struct text *t, const char *fmt, ...)
{
	size_t left = t->len < t->size ? t->size - t->len : 0;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(left ? t->buf + t->len : NULL, left, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->len += (size_t)n;
}

static uint32_t operand_field(const struct la_dis_operand *o, uint32_t insn)
{
	return (uint32_t)(bits64(insn, o->pos + o->len - 1u, o->pos) |
			  (o->hi_len ? bits64(insn, o->hi_pos + o->hi_len - 1u, o->hi_pos)
				       << o->len : 0));
}

static int64_t operand_signed(const struct la_dis_operand *o, uint32_t field)
{
	return sext64(field, o->len + o->hi_len) * (INT64_C(1) << o->shift);
}

static void add_fpr(struct text *t, uint32_t n)
{
	if (n < 8)
		text_add(t, "$fa%u", n);
	else if (n < 24)
		text_add(t, "$ft%u", n - 8);
	else
		text_add(t, "$fs%u", n - 24);
}

static void add_operand(struct text *t, const struct la_dis_operand *o, uint32_t insn)
{
	uint32_t field = operand_field(o, insn);

	switch ((enum la_dis_kind)o->kind) {
	case LA_DIS_GPR:
		text_add(t, "%s", gpr_names[field]);
		break;
	case LA_DIS_FPR:
		add_fpr(t, field);
		break;
	case LA_DIS_FCC:
		text_add(t, "$fcc%u", field);
		break;
	case LA_DIS_FCSR:
		text_add(t, "$fcsr%u", field);
		break;
	case LA_DIS_VR:
		text_add(t, "$vr%u", field);
		break;
	case LA_DIS_XR:
		text_add(t, "$xr%u", field);
		break;
	case LA_DIS_UIMM:
		text_add(t, "0x%x", (field << o->shift) + o->plus);
		break;
	case LA_DIS_SIMM:
	case LA_DIS_OFFS:
		text_add(t, "%" PRId64, operand_signed(o, field));
		break;
	case LA_DIS_NONE:
	case LA_DIS_COND:
		break;
	}
}

/* Copies "fcmp.cond.s" with "cond" replaced by the condition in @insn. */
static void add_name(struct text *t, const char *name, const struct la_dis_operand *o,
		     uint32_t insn)
{
	char full[24];
	const char *at;

	for (; o->kind != LA_DIS_NONE && o->kind != LA_DIS_COND; o++)
		;
	at = o->kind == LA_DIS_COND ? strstr(name, "cond") : NULL;
	if (at) {
		snprintf(full, sizeof(full), "%.*s%s%s", (int)(at - name), name,
			 la_dis_conds[operand_field(o, insn)], at + strlen("cond"));
		name = full;
	}
	text_add(t, "%s", name);
}

size_t la_disasm(char *buf, size_t size, uint32_t insn, uint64_t pc)
{
	struct text t = { .buf = buf, .size = size };
	const struct la_dis_operand *o;
	bool is_first = true;
	struct la_uop u;
	unsigned int op = la_decode(insn, &u);

	if (op == LA_OP_ine) {
		text_add(&t, ".word\t\t0x%08" PRIx32, insn);
		return t.len;
	}
	o = la_dis_formats[la_dis_format_of[op]];
	add_name(&t, la_insn_info[op].name, o, insn);
	for (; o->kind != LA_DIS_NONE; o++) {
		if (o->kind == LA_DIS_COND)
			continue;
		if (is_first)
			text_add(&t, "%*s\t", t.len < NAME_WIDTH ? (int)(NAME_WIDTH - t.len) : 0, "");
		else
			text_add(&t, ", ");
		is_first = false;
		add_operand(&t, o, insn);
		if (o->kind == LA_DIS_OFFS) {
			uint64_t to = pc + (uint64_t)operand_signed(o, operand_field(o, insn));

			text_add(&t, "\t# 0x%" PRIx64, to);
		}
	}
	return t.len;
}
