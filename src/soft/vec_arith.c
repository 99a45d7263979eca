/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/vec_arith.c - LSX/LASX integer arithmetic on elements of one size.
 *
 * Sums and products are formed in unsigned types, where wrapping is defined; "1u *" keeps
 * the product of two 16-bit elements out of int.
 */
#include "soft/vec.h"

VEC_EACH(VEC_JK, add, x + y)
VEC_JK(add_q, q, x + y)
VEC_EACH(VEC_JK, sub, x - y)
VEC_JK(sub_q, q, x - y)
VEC_EACH_U(VEC_JI, addi, x + (U)imm)
VEC_EACH_U(VEC_JI, subi, x - (U)imm)
VEC_EACH(VEC_J, neg, -x)

/* Two's complement magnitude of @v, a U. */
#define VEC_ABS(v) ((U)(((v) ^ (U)-VEC_SIGN(v)) + VEC_SIGN(v)))

VEC_EACH(VEC_JK, adda, VEC_ABS(x) + VEC_ABS(y))
VEC_EACH(VEC_JK, absd, sx > sy ? x - y : y - x)
VEC_EACH_U(VEC_JK, absd, x > y ? x - y : y - x)

/* Average without the carry: halves, and the bit that both (or either) of them lost. */
VEC_EACH(VEC_JK, avg, (U)(sx >> 1) + (U)(sy >> 1) + (x & y & 1))
VEC_EACH_U(VEC_JK, avg, (x >> 1) + (y >> 1) + (x & y & 1))
VEC_EACH(VEC_JK, avgr, (U)(sx >> 1) + (U)(sy >> 1) + ((x | y) & 1))
VEC_EACH_U(VEC_JK, avgr, (x >> 1) + (y >> 1) + ((x | y) & 1))

VEC_EACH(VEC_JK, max, sx > sy ? x : y)
VEC_EACH_U(VEC_JK, max, x > y ? x : y)
VEC_EACH(VEC_JK, min, sx < sy ? x : y)
VEC_EACH_U(VEC_JK, min, x < y ? x : y)
VEC_EACH(VEC_JI, maxi, sx > (S)imm ? x : (U)imm)
VEC_EACH_U(VEC_JI, maxi, x > (U)imm ? x : (U)imm)
VEC_EACH(VEC_JI, mini, sx < (S)imm ? x : (U)imm)
VEC_EACH_U(VEC_JI, mini, x < (U)imm ? x : (U)imm)

/* Saturation: a signed sum overflows when it has neither operand's sign. */
#define VEC_LIMIT(v) (((U)-1 >> 1) + VEC_SIGN(v))
#define VEC_SADD(x, y) (VEC_SIGN(((x) ^ ((x) + (y))) & ((y) ^ ((x) + (y)))) ? \
			VEC_LIMIT(x) : (U)((x) + (y)))
#define VEC_SSUB(x, y) (VEC_SIGN(((x) ^ (y)) & ((x) ^ ((x) - (y)))) ? \
			VEC_LIMIT(x) : (U)((x) - (y)))

VEC_EACH(VEC_JK, sadd, VEC_SADD(x, y))
VEC_EACH_U(VEC_JK, sadd, (U)(x + y) < x ? (U)-1 : (U)(x + y))
VEC_EACH(VEC_JK, ssub, VEC_SSUB(x, y))
VEC_EACH_U(VEC_JK, ssub, x > y ? x - y : 0)

/* To imm + 1 bits, imm below the element's width. */
#define VEC_SAT_TOP(imm) ((S)((U)-1 >> 1) >> (VEC_BITS - 1 - (imm)))
VEC_EACH(VEC_JI, sat, sx > VEC_SAT_TOP(imm) ? VEC_SAT_TOP(imm) :
	 sx < ~VEC_SAT_TOP(imm) ? ~VEC_SAT_TOP(imm) : sx)
#define VEC_SAT_UTOP(imm) ((U)((U)-1 >> (VEC_BITS - 1 - (imm))))
VEC_EACH_U(VEC_JI, sat, x > VEC_SAT_UTOP(imm) ? VEC_SAT_UTOP(imm) : x)

VEC_EACH(VEC_JK, mul, 1u * x * y)
VEC_EACH(VEC_DJK, madd, z + 1u * x * y)
VEC_EACH(VEC_DJK, msub, z - 1u * x * y)

VEC_JK(muh_b, b, (sx * sy) >> 8)
VEC_JK(muh_h, h, (sx * sy) >> 16)
VEC_JK(muh_w, w, ((int64_t)sx * sy) >> 32)
VEC_JK(muh_d, d, ((__int128)sx * sy) >> 64)
VEC_JK(muh_bu, b, (x * y) >> 8)
VEC_JK(muh_hu, h, (1u * x * y) >> 16)
VEC_JK(muh_wu, w, ((uint64_t)x * y) >> 32)
VEC_JK(muh_du, d, ((unsigned __int128)x * y) >> 64)

/*
 * Division by zero gives 0 for quotient and remainder: the manual leaves the result open,
 * QEMU and the intrinsics guide agree on 0.  The smallest number by -1 wraps.
 */
VEC_EACH(VEC_JK, div, !y ? 0 : sy == -1 ? (U)-x : (U)(sx / sy))
VEC_EACH_U(VEC_JK, div, y ? x / y : 0)
VEC_EACH(VEC_JK, mod, !y || sy == -1 ? 0 : sx % sy)
VEC_EACH_U(VEC_JK, mod, y ? x % y : 0)

/* The sign of vj given to vk. */
VEC_EACH(VEC_JK, signcov, !x ? 0 : sx < 0 ? (U)-y : y)
