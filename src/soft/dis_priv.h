/* SPDX-License-Identifier: Apache-2.0 */
/* soft/dis_priv.h - the tables that scripts/isagen.py makes for dis.c. */
#ifndef LVZ_SOFT_DIS_PRIV_H
#define LVZ_SOFT_DIS_PRIV_H

#include "soft/isa.h"

enum la_dis_kind {
	LA_DIS_NONE,		/* ends the list */
	LA_DIS_GPR, LA_DIS_FPR, LA_DIS_FCC, LA_DIS_FCSR, LA_DIS_VR, LA_DIS_XR,
	LA_DIS_UIMM, LA_DIS_SIMM,
	LA_DIS_OFFS,		/* branch distance */
	LA_DIS_COND,		/* part of the name */
};

#define LA_DIS_OPERANDS 5	/* at most 4 and the end */

/* Field [pos, pos + len), continued upwards by [hi_pos, hi_pos + hi_len). */
struct la_dis_operand {
	uint8_t kind;
	uint8_t pos, len;
	uint8_t hi_pos, hi_len;
	uint8_t shift, plus;	/* shown value: (field << shift) + plus */
};

extern const struct la_dis_operand la_dis_formats[][LA_DIS_OPERANDS];
extern const uint8_t la_dis_format_of[LA_NPLAIN_OPS];	/* index into la_dis_formats */
extern const char *const la_dis_conds[32];	/* NULL: no such condition */

#endif
