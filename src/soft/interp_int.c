/* SPDX-License-Identifier: Apache-2.0 */
/* soft/interp_int.c - handlers of the integer instructions; sem_int.h has their work, but for CRC. */
#include "soft/interp.h"
#include "soft/machine.h"
#include "soft/sem_int.h"

#define HANDLER(name) \
	LA_OP(name) \
	{ \
		sem_##name(cpu, u); \
		LA_NEXT(); \
	}

HANDLER(add_w)
HANDLER(add_d)
HANDLER(sub_w)
HANDLER(sub_d)
HANDLER(addi_w)
HANDLER(addi_d)
HANDLER(addu16i_d)
HANDLER(alsl_w)
HANDLER(alsl_wu)
HANDLER(alsl_d)
HANDLER(slt)
HANDLER(sltu)
HANDLER(slti)
HANDLER(sltui)
HANDLER(maskeqz)
HANDLER(masknez)
HANDLER(and)
HANDLER(or)
HANDLER(nor)
HANDLER(xor)
HANDLER(andn)
HANDLER(orn)
HANDLER(andi)
HANDLER(ori)
HANDLER(xori)
HANDLER(lu12i_w)
HANDLER(lu52i_d)
HANDLER(mul_w)
HANDLER(mulh_w)
HANDLER(mulh_wu)
HANDLER(mul_d)
HANDLER(mulh_d)
HANDLER(mulh_du)
HANDLER(mulw_d_w)
HANDLER(mulw_d_wu)
HANDLER(div_w)
HANDLER(mod_w)
HANDLER(div_wu)
HANDLER(mod_wu)
HANDLER(div_d)
HANDLER(mod_d)
HANDLER(div_du)
HANDLER(mod_du)
HANDLER(sll_w)
HANDLER(srl_w)
HANDLER(sra_w)
HANDLER(sll_d)
HANDLER(srl_d)
HANDLER(sra_d)
HANDLER(slli_w)
HANDLER(srli_w)
HANDLER(srai_w)
HANDLER(slli_d)
HANDLER(srli_d)
HANDLER(srai_d)
HANDLER(rotr_w)
HANDLER(rotr_d)
HANDLER(rotri_w)
HANDLER(rotri_d)
HANDLER(ext_w_b)
HANDLER(ext_w_h)
HANDLER(clo_w)
HANDLER(clz_w)
HANDLER(cto_w)
HANDLER(ctz_w)
HANDLER(clo_d)
HANDLER(clz_d)
HANDLER(cto_d)
HANDLER(ctz_d)
HANDLER(bytepick_w)
HANDLER(bytepick_d)
HANDLER(revb_2h)
HANDLER(revb_4h)
HANDLER(revb_2w)
HANDLER(revb_d)
HANDLER(revh_2w)
HANDLER(revh_d)
HANDLER(bitrev_4b)
HANDLER(bitrev_8b)
HANDLER(bitrev_w)
HANDLER(bitrev_d)
HANDLER(bstrpick_w)
HANDLER(bstrpick_d)
HANDLER(lu32i_d)
HANDLER(bstrins_w)
HANDLER(bstrins_d)

/* ------------------------------------------------------------------ CRC (2.2.9) */

/* Reflected CRC-32 of the low @bytes bytes of @v onto @crc, a byte at a time. */
static uint64_t crc32_update(const uint32_t table[256], uint32_t crc, uint64_t v,
			     unsigned int bytes)
{
	for (unsigned int i = 0; i < bytes; i++)
		crc = crc >> 8 ^ table[(crc ^ v >> (8 * i)) & 0xff];
	return SEXT32(crc);
}

#define CRC(name, bytes, table) \
	LA_OP(name) \
	{ \
		RD = crc32_update(cpu->m->table, (uint32_t)RK, RJ, bytes); \
		LA_NEXT(); \
	}
CRC(crc_w_b_w, 1, crc_ieee)
CRC(crc_w_h_w, 2, crc_ieee)
CRC(crc_w_w_w, 4, crc_ieee)
CRC(crc_w_d_w, 8, crc_ieee)
CRC(crcc_w_b_w, 1, crc_castagnoli)
CRC(crcc_w_h_w, 2, crc_castagnoli)
CRC(crcc_w_w_w, 4, crc_castagnoli)
CRC(crcc_w_d_w, 8, crc_castagnoli)
