/* SPDX-License-Identifier: Apache-2.0 */
/* test_isa_tables.c - what the generated tables say about instructions, CSRs and CPUCFG. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "soft/isa.h"
#include "soft/isa_cpucfg.h"
#include "soft/isa_csrs.h"
#include "util/bits.h"

START_TEST(every_op_has_a_name)
{
	for (unsigned int op = 0; op < LA_NPLAIN_OPS; op++)
		ck_assert_msg(la_insn_info[op].name && *la_insn_info[op].name, "op %u", op);
	ck_assert_uint_eq(LA_OP_undecoded, 0);
	ck_assert_str_eq(la_insn_info[LA_OP_ine].name, "ine");
	ck_assert_uint_eq(la_insn_info[LA_OP_ine].flags, 0);
}
END_TEST

static const struct {
	unsigned int op;
	const char *name;
	uint32_t flags;
	uint8_t word, bit, gate;
} infos[] = {
	{ LA_OP_add_d, "add.d", 0, LA_CPUCFG_NONE, 0, LA_GATE_NONE },
	{ LA_OP_ld_bu, "ld.bu", LA_INSN_LOAD | LA_INSN_TRAP, LA_CPUCFG_NONE, 0, LA_GATE_NONE },
	{ LA_OP_beq, "beq", LA_INSN_BRANCH | LA_INSN_END, LA_CPUCFG_NONE, 0, LA_GATE_NONE },
	{ LA_OP_jirl, "jirl", LA_INSN_JUMP | LA_INSN_CALL | LA_INSN_END, LA_CPUCFG_NONE, 0,
	  LA_GATE_NONE },
	{ LA_OP_amadd_db_d, "amadd_db.d",
	  LA_INSN_LOAD | LA_INSN_STORE | LA_INSN_ATOMIC | LA_INSN_TRAP, 2, 22, LA_GATE_NONE },
	{ LA_OP_sc_q, "sc.q", LA_INSN_STORE | LA_INSN_ATOMIC | LA_INSN_TRAP, 2, 30,
	  LA_GATE_NONE },
	{ LA_OP_ertn, "ertn", LA_INSN_PRIV | LA_INSN_END, LA_CPUCFG_NONE, 0, LA_GATE_NONE },
	{ LA_OP_csrwr, "csrwr", LA_INSN_PRIV | LA_INSN_END | LA_INSN_SPECIFIC,
	  LA_CPUCFG_NONE, 0, LA_GATE_NONE },
	{ LA_OP_lddir, "lddir", LA_INSN_PRIV | LA_INSN_LOAD | LA_INSN_TRAP, 2, 21,
	  LA_GATE_NONE },
	{ LA_OP_hvcl, "hvcl", LA_INSN_TRAP | LA_INSN_END | LA_INSN_LVZ, 2, 10, LA_GATE_NONE },
	{ LA_OP_fadd_s, "fadd.s", LA_INSN_FPE | LA_INSN_TRAP, 2, 1, LA_GATE_FP },
	{ LA_OP_fabs_d, "fabs.d", 0, 2, 2, LA_GATE_FP },
	{ LA_OP_fcmp_cond_d, "fcmp.cond.d", LA_INSN_FPE | LA_INSN_TRAP, 2, 2, LA_GATE_FP },
	{ LA_OP_frecipe_s, "frecipe.s", LA_INSN_FPE | LA_INSN_TRAP, 2, 25, LA_GATE_FP },
	{ LA_OP_fld_s, "fld.s", LA_INSN_LOAD | LA_INSN_TRAP, 2, 1, LA_GATE_FP },
	{ LA_OP_vadd_q, "vadd.q", 0, 2, 6, LA_GATE_LSX },
	{ LA_OP_vfrecipe_d, "vfrecipe.d", LA_INSN_FPE | LA_INSN_TRAP, 2, 25, LA_GATE_LSX },
	{ LA_OP_vfrstp_b, "vfrstp.b", 0, 2, 6, LA_GATE_LSX },
	{ LA_OP_xvld, "xvld", LA_INSN_LOAD | LA_INSN_TRAP, 2, 7, LA_GATE_LASX },
};

START_TEST(instruction_facts)
{
	const struct la_insn_info *i = &la_insn_info[infos[_i].op];

	ck_assert_str_eq(i->name, infos[_i].name);
	ck_assert_uint_eq(i->flags, infos[_i].flags);
	ck_assert_uint_eq(i->cpucfg_word, infos[_i].word);
	ck_assert_uint_eq(i->cpucfg_bit, infos[_i].bit);
	ck_assert_uint_eq(i->gate, infos[_i].gate);
}
END_TEST

START_TEST(instruction_counts)
{
	unsigned int count[4] = { 0 };

	for (unsigned int op = 0; op < LA_NPLAIN_OPS; op++)
		count[la_insn_info[op].gate]++;
	/* 716 and 734 mnemonics; vfcmp has 22 conditions and 2 formats in 2 rows. */
	ck_assert_uint_eq(count[LA_GATE_LSX], 716 - 44 + 2);
	ck_assert_uint_eq(count[LA_GATE_LASX], 734 - 44 + 2);
}
END_TEST

START_TEST(csr_table_is_sorted_and_found)
{
	for (unsigned int i = 0; i < la_ncsrs; i++) {
		const struct la_csr_info *c = &la_csr_info[i];

		if (i)
			ck_assert_uint_gt(c->num, c[-1].num);
		ck_assert_ptr_eq(la_csr_find(c->num), c);
		ck_assert_uint_eq(c->writable & c->action, 0);
		ck_assert_uint_eq(c->writable & ~c->gcsr_writable, 0);
		if (c->width == 32)
			ck_assert_uint_eq((c->reset | c->gcsr_writable | c->action) >> 32, 0);
	}
	ck_assert_ptr_null(la_csr_find(0x9));
	ck_assert_ptr_null(la_csr_find(0x3c7));
	ck_assert_ptr_null(la_csr_find(0x3fff));
	ck_assert_ptr_null(la_csr_find(~0u));
}
END_TEST

static const struct {
	unsigned int num;
	const char *name;
	uint64_t reset, writable, gcsr_writable;
} csrs[] = {
	{ LA_CSR_CRMD, "CRMD", 0x8, 0x3ff, 0x3ff },
	{ LA_CSR_ESTAT, "ESTAT", 0, 0x3, 0x7fc00000 | 0x3f0000 | 0x1c00 | 0x3 },
	{ LA_CSR_EENTRY, "EENTRY", 0, ~UINT64_C(0xfff), ~UINT64_C(0xfff) },
	{ LA_CSR_ASID, "ASID", 0xa0000, 0x3ff, 0x3ff },
	{ LA_CSR_PRCFG1, "PRCFG1", 0x72f8, 0, 0 },
	{ LA_CSR_PRCFG2, "PRCFG2", 0x3ffff000, 0, 0 },
	{ LA_CSR_PRCFG3, "PRCFG3", 0x8073f2, 0, 0 },
	{ LA_CSR_PWCL, "PWCL", 12, 0x3fffffff, 0x3fffffff },
	{ LA_CSR_STLBPS, "STLBPS", 12, 0x3f, 0x3f },
	{ LA_CSR_SAVE7, "SAVE7", 0, ~UINT64_C(0), ~UINT64_C(0) },
	{ LA_CSR_TCFG, "TCFG", 0, UINT64_C(0xffffffffffff),
	  UINT64_C(0xffffffffffff) },
	{ LA_CSR_TVAL, "TVAL", 0, 0, UINT64_C(0xffffffffffff) },
	{ LA_CSR_CPUID, "CPUID", 0, 0, 0x1ff },
	{ LA_CSR_DMW3, "DMW3", 0, UINT64_C(0xf00000000000003f), UINT64_C(0xf00000000000003f) },
};

START_TEST(csr_facts)
{
	const struct la_csr_info *c = la_csr_find(csrs[_i].num);

	ck_assert_ptr_nonnull(c);
	ck_assert_str_eq(c->name, csrs[_i].name);
	ck_assert_uint_eq(c->reset, csrs[_i].reset);
	ck_assert_uint_eq(c->writable, csrs[_i].writable);
	ck_assert_uint_eq(c->gcsr_writable, csrs[_i].gcsr_writable);
}
END_TEST

START_TEST(csr_masks)
{
	ck_assert_uint_eq(LA_CRMD_DATM, 0x180);
	ck_assert_uint_eq(LA_CRMD_DATM_SHIFT, 7);
	ck_assert_uint_eq(LA_ESTAT_ECODE, 0x3f0000);
	ck_assert_uint_eq(LA_ESTAT_IS, 0x1fff);
	ck_assert_uint_eq(LA_TLBELO0_RPLV, UINT64_C(1) << 63);
	ck_assert_uint_eq(LA_TLBELO1_PPN, UINT64_C(0x0000fffffffff000));
	ck_assert_uint_eq(LA_CSR_SAVE0, 0x30);
	ck_assert_uint_eq(LA_CSR_PMCNT1, 0x203);
	ck_assert_uint_eq(la_csr_find(LA_CSR_TICLR)->action, LA_TICLR_CLR);
	ck_assert_uint_eq(la_csr_find(LA_CSR_GSTAT)->guest, LA_CSR_GUEST_TRAP);
	ck_assert_uint_eq(la_csr_find(LA_CSR_GSTAT)->cpucfg_word, 2);
	ck_assert_uint_eq(la_csr_find(LA_CSR_GSTAT)->cpucfg_bit, 10);
	ck_assert_uint_eq(la_csr_find(LA_CSR_CRMD)->guest, LA_CSR_GUEST_OWN);
}
END_TEST

START_TEST(cpucfg_words)
{
	static const uint32_t la464[LA_CPUCFG_NWORDS] = {
		[0x00] = 0x0014c010, [0x01] = 0x03f2f2fe, [0x02] = 0x0060c0cf,
		[0x03] = 0x00000cfd, [0x04] = 0x05f5e100, [0x05] = 0x00010001,
		[0x10] = 0x00002c3d, [0x11] = 0x06080003, [0x12] = 0x06080003,
		[0x13] = 0x0608000f, [0x14] = 0x060e000f,
	};

	for (unsigned int i = 0; i < LA_CPUCFG_NWORDS; i++) {
		ck_assert_uint_eq(la_cpucfg_la464[i], la464[i]);
		if (i != 2 && i != 3)
			ck_assert_uint_eq(la_cpucfg_max[i], la464[i]);
	}
	ck_assert_uint_eq(la_cpucfg_max[2], 0x7b60c0cf);
	ck_assert_uint_eq(la_cpucfg_max[3], 0x00020cfd);
}
END_TEST

START_TEST(cpucfg_fields_add_up)
{
	uint32_t la464[LA_CPUCFG_NWORDS] = { 0 };

	for (unsigned int i = 0; i < la_ncpucfg_fields; i++) {
		const struct la_cpucfg_field *f = &la_cpucfg_fields[i];

		ck_assert_uint_lt(f->word, LA_CPUCFG_NWORDS);
		la464[f->word] |= f->la464 << f->lo;
	}
	ck_assert_mem_eq(la464, la_cpucfg_la464, sizeof(la464));
	ck_assert_uint_eq(LA_CPUCFG2_LSX, BIT32(6));
	ck_assert_uint_eq(LA_CPUCFG2_HPTW, BIT32(24));
	ck_assert_uint_eq(LA_CPUCFG1_VALEN_SHIFT, 12);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("isa_tables");
	TCase *tc = tcase_create("tables");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, every_op_has_a_name);
	tcase_add_loop_test(tc, instruction_facts, 0, (int)ARRAY_SIZE(infos));
	tcase_add_test(tc, instruction_counts);
	tcase_add_test(tc, csr_table_is_sorted_and_found);
	tcase_add_loop_test(tc, csr_facts, 0, (int)ARRAY_SIZE(csrs));
	tcase_add_test(tc, csr_masks);
	tcase_add_test(tc, cpucfg_words);
	tcase_add_test(tc, cpucfg_fields_add_up);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
