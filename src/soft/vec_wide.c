/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/vec_wide.c - LSX/LASX instructions whose result elements are wider than a source's.
 *
 * The even and odd forms look at the sources as wide elements, too: the even part is their
 * low half, the odd part their high half, both brought to full width by shifts.
 */
#include "soft/vec.h"

#define VEC_HALF_BITS (4 * sizeof(U))
#define EV_S(v) ((S)(U)((v) << VEC_HALF_BITS) >> VEC_HALF_BITS)
#define EV_U(v) ((U)((v) << VEC_HALF_BITS) >> VEC_HALF_BITS)
#define OD_S(v) ((S)(v) >> VEC_HALF_BITS)
#define OD_U(v) ((v) >> VEC_HALF_BITS)

/* By the suffixes: signed, unsigned, both unsigned with a "u" at the result, mixed. */
#define VEC_WIDE_S(GEN, op, ...) \
	GEN(op##_h_b, h, __VA_ARGS__) GEN(op##_w_h, w, __VA_ARGS__) \
	GEN(op##_d_w, d, __VA_ARGS__) GEN(op##_q_d, q, __VA_ARGS__)
#define VEC_WIDE_U(GEN, op, ...) \
	GEN(op##_h_bu, h, __VA_ARGS__) GEN(op##_w_hu, w, __VA_ARGS__) \
	GEN(op##_d_wu, d, __VA_ARGS__) GEN(op##_q_du, q, __VA_ARGS__)
#define VEC_WIDE_UU(GEN, op, ...) \
	GEN(op##_hu_bu, h, __VA_ARGS__) GEN(op##_wu_hu, w, __VA_ARGS__) \
	GEN(op##_du_wu, d, __VA_ARGS__) GEN(op##_qu_du, q, __VA_ARGS__)
#define VEC_WIDE_US(GEN, op, ...) \
	GEN(op##_h_bu_b, h, __VA_ARGS__) GEN(op##_w_hu_h, w, __VA_ARGS__) \
	GEN(op##_d_wu_w, d, __VA_ARGS__) GEN(op##_q_du_d, q, __VA_ARGS__)

VEC_WIDE_S(VEC_JK, addwev, EV_S(x) + EV_S(y))
VEC_WIDE_S(VEC_JK, addwod, OD_S(x) + OD_S(y))
VEC_WIDE_U(VEC_JK, addwev, EV_U(x) + EV_U(y))
VEC_WIDE_U(VEC_JK, addwod, OD_U(x) + OD_U(y))
VEC_WIDE_US(VEC_JK, addwev, EV_U(x) + (U)EV_S(y))
VEC_WIDE_US(VEC_JK, addwod, OD_U(x) + (U)OD_S(y))

VEC_WIDE_S(VEC_JK, subwev, EV_S(x) - EV_S(y))
VEC_WIDE_S(VEC_JK, subwod, OD_S(x) - OD_S(y))
VEC_WIDE_U(VEC_JK, subwev, EV_U(x) - EV_U(y))
VEC_WIDE_U(VEC_JK, subwod, OD_U(x) - OD_U(y))

VEC_WIDE_S(VEC_JK, mulwev, EV_S(x) * EV_S(y))
VEC_WIDE_S(VEC_JK, mulwod, OD_S(x) * OD_S(y))
VEC_WIDE_U(VEC_JK, mulwev, 1u * EV_U(x) * EV_U(y))
VEC_WIDE_U(VEC_JK, mulwod, 1u * OD_U(x) * OD_U(y))
VEC_WIDE_US(VEC_JK, mulwev, 1u * EV_U(x) * (U)EV_S(y))
VEC_WIDE_US(VEC_JK, mulwod, 1u * OD_U(x) * (U)OD_S(y))

VEC_WIDE_S(VEC_DJK, maddwev, z + (U)(EV_S(x) * EV_S(y)))
VEC_WIDE_S(VEC_DJK, maddwod, z + (U)(OD_S(x) * OD_S(y)))
VEC_WIDE_U(VEC_DJK, maddwev, z + 1u * EV_U(x) * EV_U(y))
VEC_WIDE_U(VEC_DJK, maddwod, z + 1u * OD_U(x) * OD_U(y))
VEC_WIDE_US(VEC_DJK, maddwev, z + 1u * EV_U(x) * (U)EV_S(y))
VEC_WIDE_US(VEC_DJK, maddwod, z + 1u * OD_U(x) * (U)OD_S(y))

/* Odd elements of vj with even elements of vk. */
VEC_WIDE_S(VEC_JK, haddw, OD_S(x) + EV_S(y))
VEC_WIDE_UU(VEC_JK, haddw, OD_U(x) + EV_U(y))
VEC_WIDE_S(VEC_JK, hsubw, OD_S(x) - EV_S(y))
VEC_WIDE_UU(VEC_JK, hsubw, OD_U(x) - EV_U(y))

/*
 * Extension of one half of each lane, from member @from to member @m; @first is the index of
 * its first element in the lane.
 */
#define VEC_EXTEND(op, m, from, first, expr) \
	VEC_BODY(op) \
	{ \
		VEC_TYPES(m); \
		const unsigned int per = VEC_PER_LANE(m); \
		union vec j, r; \
		\
		vec_get(&j, cpu, u->b, n); \
		for (unsigned int l = 0; l < n / VEC_LANE_BYTES; l++) { \
			for (unsigned int i = 0; i < per; i++) { \
				const U x = (U)j.from[(2 * l + (first)) * per + i]; \
				\
				r.m[l * per + i] = (U)(expr); \
			} \
		} \
		vec_put(cpu, u->a, &r, n); \
	} \
	VEC_INSN(op)

VEC_EXTEND(exth_h_b, h, sb, 1, x)
VEC_EXTEND(exth_w_h, w, sh, 1, x)
VEC_EXTEND(exth_d_w, d, sw, 1, x)
VEC_EXTEND(exth_q_d, q, sd, 1, x)
VEC_EXTEND(exth_hu_bu, h, b, 1, x)
VEC_EXTEND(exth_wu_hu, w, h, 1, x)
VEC_EXTEND(exth_du_wu, d, w, 1, x)
VEC_EXTEND(exth_qu_du, q, d, 1, x)
VEC_EXTEND(extl_q_d, q, sd, 0, x)
VEC_EXTEND(extl_qu_du, q, d, 0, x)

VEC_EXTEND(sllwil_h_b, h, sb, 0, x << u->imm)
VEC_EXTEND(sllwil_w_h, w, sh, 0, x << u->imm)
VEC_EXTEND(sllwil_d_w, d, sw, 0, x << u->imm)
VEC_EXTEND(sllwil_hu_bu, h, b, 0, x << u->imm)
VEC_EXTEND(sllwil_wu_hu, w, h, 0, x << u->imm)
VEC_EXTEND(sllwil_du_wu, d, w, 0, x << u->imm)

/* LASX only: the low elements of the whole source, in order. */
#define VEC_EXT2XV(op, m, from) \
	VEC_BODY(op) \
	{ \
		union vec j, r; \
		\
		vec_get(&j, cpu, u->b, n); \
		for (unsigned int i = 0; i < VEC_COUNT(n, m); i++) \
			r.m[i] = j.from[i]; \
		vec_put(cpu, u->a, &r, n); \
	} \
	VEC_LASX(v##op, op)

VEC_EXT2XV(ext2xv_h_b, sh, sb)
VEC_EXT2XV(ext2xv_w_b, sw, sb)
VEC_EXT2XV(ext2xv_d_b, sd, sb)
VEC_EXT2XV(ext2xv_w_h, sw, sh)
VEC_EXT2XV(ext2xv_d_h, sd, sh)
VEC_EXT2XV(ext2xv_d_w, sd, sw)
VEC_EXT2XV(ext2xv_hu_bu, h, b)
VEC_EXT2XV(ext2xv_wu_bu, w, b)
VEC_EXT2XV(ext2xv_du_bu, d, b)
VEC_EXT2XV(ext2xv_wu_hu, w, h)
VEC_EXT2XV(ext2xv_du_hu, d, h)
VEC_EXT2XV(ext2xv_du_wu, d, w)
