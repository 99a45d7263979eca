/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soft/vec_perm.c - LSX/LASX instructions that move elements about, and moves between vector
 * and general registers.
 */
#include "soft/vec.h"

/* Fixed patterns: elements of vk are numbered first, then those of vj, lane by lane. */
#define VEC_PATTERN(op, lm, ...) \
	VEC_BODY(op) \
	{ \
		union vec j, k, r; \
		\
		vec_get(&j, cpu, u->b, n); \
		vec_get(&k, cpu, u->c, n); \
		for (unsigned int l = 0; l < n / VEC_LANE_BYTES; l++) \
			r.lm[l] = __builtin_shufflevector(k.lm[l], j.lm[l], __VA_ARGS__); \
		vec_put(cpu, u->a, &r, n); \
	} \
	VEC_INSN(op)

VEC_PATTERN(packev_b, lb, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30)
VEC_PATTERN(packev_h, lh, 0, 8, 2, 10, 4, 12, 6, 14)
VEC_PATTERN(packev_w, lw, 0, 4, 2, 6)
VEC_PATTERN(packev_d, ld, 0, 2)
VEC_PATTERN(packod_b, lb, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31)
VEC_PATTERN(packod_h, lh, 1, 9, 3, 11, 5, 13, 7, 15)
VEC_PATTERN(packod_w, lw, 1, 5, 3, 7)
VEC_PATTERN(packod_d, ld, 1, 3)
VEC_PATTERN(pickev_b, lb, VEC_EVEN_b)
VEC_PATTERN(pickev_h, lh, VEC_EVEN_h)
VEC_PATTERN(pickev_w, lw, VEC_EVEN_w)
VEC_PATTERN(pickev_d, ld, VEC_EVEN_d)
VEC_PATTERN(pickod_b, lb, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31)
VEC_PATTERN(pickod_h, lh, 1, 3, 5, 7, 9, 11, 13, 15)
VEC_PATTERN(pickod_w, lw, 1, 3, 5, 7)
VEC_PATTERN(pickod_d, ld, 1, 3)
VEC_PATTERN(ilvl_b, lb, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
VEC_PATTERN(ilvl_h, lh, 0, 8, 1, 9, 2, 10, 3, 11)
VEC_PATTERN(ilvl_w, lw, 0, 4, 1, 5)
VEC_PATTERN(ilvl_d, ld, 0, 2)
VEC_PATTERN(ilvh_b, lb, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
VEC_PATTERN(ilvh_h, lh, 4, 12, 5, 13, 6, 14, 7, 15)
VEC_PATTERN(ilvh_w, lw, 2, 6, 3, 7)
VEC_PATTERN(ilvh_d, ld, 1, 3)

/* Variable patterns: element i of a lane is element @index of the same lane of vj. */
#define VEC_GATHER(op, m, index) \
	VEC_BODY(op) \
	{ \
		const unsigned int per = VEC_PER_LANE(m); \
		union vec j, r; \
		\
		vec_get(&j, cpu, u->b, n); \
		for (unsigned int l = 0; l < n / VEC_LANE_BYTES; l++) \
			for (unsigned int i = 0; i < per; i++) \
				r.m[l * per + i] = j.m[l * per + (index)]; \
		vec_put(cpu, u->a, &r, n); \
	}

#define VEC_REPLVE(op, m, ...) \
	VEC_GATHER(op, m, cpu->gpr[u->c] % per) VEC_INSN(op)
VEC_EACH(VEC_REPLVE, replve)

#define VEC_REPLVEI(op, m, ...) \
	VEC_GATHER(op, m, (unsigned int)u->imm % per) \
	VEC_LSX(vreplvei_##m, op) VEC_LASX(xvrepl128vei_##m, op)
VEC_EACH(VEC_REPLVEI, replvei)

#define SHUF4I(i) (((i) & ~3u) + ((unsigned int)u->imm >> 2 * ((i) & 3) & 3))
VEC_GATHER(shuf4i_b, b, SHUF4I(i))
VEC_GATHER(shuf4i_h, h, SHUF4I(i))
VEC_GATHER(shuf4i_w, w, SHUF4I(i))
VEC_INSN(shuf4i_b)
VEC_INSN(shuf4i_h)
VEC_INSN(shuf4i_w)

/* Two bits per element choose among vd's (0, 1) and vj's (2, 3) doublewords of the lane. */
VEC_BODY(shuf4i_d)
{
	const unsigned int imm = (unsigned int)u->imm;
	union vec src[2], r;

	vec_get(&src[0], cpu, u->a, n);
	vec_get(&src[1], cpu, u->b, n);
	for (unsigned int i = 0; i < VEC_COUNT(n, d); i++) {
		const unsigned int sel = imm >> 2 * (i & 1) & 3;

		r.d[i] = src[sel >> 1].d[(i & ~1u) + (sel & 1)];
	}
	vec_put(cpu, u->a, &r, n);
}
VEC_INSN(shuf4i_d)

/* The low two words of a lane come from vj, the high two from the old vd. */
VEC_BODY(permi_w)
{
	const unsigned int imm = (unsigned int)u->imm;
	union vec src[2], r;

	vec_get(&src[0], cpu, u->b, n);
	vec_get(&src[1], cpu, u->a, n);
	for (unsigned int i = 0; i < VEC_COUNT(n, w); i++)
		r.w[i] = src[i >> 1 & 1].w[(i & ~3u) + (imm >> 2 * (i & 3) & 3)];
	vec_put(cpu, u->a, &r, n);
}
VEC_INSN(permi_w)

/*
 * Elements by index from the pair vj:vk of the same lane, vk the low half.  An index beyond
 * the pair is undefined in the manual: LA264 and LA464 give 0 from 64 up (intrinsics guide),
 * LA664 and QEMU take it modulo the pair, and so do we.
 */
#define VEC_SHUF(op, m, index_reg) \
	VEC_BODY(op) \
	{ \
		const unsigned int per = VEC_PER_LANE(m); \
		union vec pair, s, r; \
		\
		vec_get(&s, cpu, index_reg, n); \
		for (unsigned int l = 0; l < n / VEC_LANE_BYTES; l++) { \
			memcpy(&pair.b[0], &cpu->v[u->c].b[l * VEC_LANE_BYTES], VEC_LANE_BYTES); \
			memcpy(&pair.b[VEC_LANE_BYTES], &cpu->v[u->b].b[l * VEC_LANE_BYTES], \
			       VEC_LANE_BYTES); \
			for (unsigned int i = 0; i < per; i++) \
				r.m[l * per + i] = pair.m[s.m[l * per + i] % (2 * per)]; \
		} \
		vec_put(cpu, u->a, &r, n); \
	} \
	VEC_INSN(op)

VEC_SHUF(shuf_b, b, u->d)
VEC_SHUF(shuf_h, h, u->a)
VEC_SHUF(shuf_w, w, u->a)
VEC_SHUF(shuf_d, d, u->a)

#define VEC_EXTRINS(op, m, ...) \
	VEC_BODY(op) \
	{ \
		const unsigned int per = VEC_PER_LANE(m); \
		const unsigned int to = ((unsigned int)u->imm >> 4) % per; \
		const unsigned int from = (unsigned int)u->imm % per; \
		union vec j, r; \
		\
		vec_get(&r, cpu, u->a, n); \
		vec_get(&j, cpu, u->b, n); \
		for (unsigned int l = 0; l < n / VEC_LANE_BYTES; l++) \
			r.m[l * per + to] = j.m[l * per + from]; \
		vec_put(cpu, u->a, &r, n); \
	} \
	VEC_INSN(op)
VEC_EACH(VEC_EXTRINS, extrins)

#define VEC_REPLGR2VR(op, m, ...) \
	VEC_BODY(op) \
	{ \
		const uint64_t val = cpu->gpr[u->b]; \
		union vec r; \
		\
		for (unsigned int i = 0; i < VEC_COUNT(n, m); i++) \
			r.m[i] = (__typeof__(r.m[0]))val; \
		vec_put(cpu, u->a, &r, n); \
	} \
	VEC_INSN(op)
VEC_EACH(VEC_REPLGR2VR, replgr2vr)

#define VEC_INSGR2VR(op, m, ...) \
	VEC_BODY(op) \
	{ \
		cpu->v[u->a].m[(unsigned int)u->imm % VEC_COUNT(n, m)] = \
			(__typeof__(cpu->v[0].m[0]))cpu->gpr[u->b]; \
	}
VEC_EACH(VEC_INSGR2VR, insgr2vr)
VEC_LSX(vinsgr2vr_b, insgr2vr_b)
VEC_LSX(vinsgr2vr_h, insgr2vr_h)
VEC_INSN(insgr2vr_w)
VEC_INSN(insgr2vr_d)

/* Signed element @m extended to 64 bits by the conversion. */
#define VEC_PICKVE2GR(op, m) \
	VEC_BODY(op) \
	{ \
		cpu->gpr[u->a] = (uint64_t) \
			cpu->v[u->b].m[(unsigned int)u->imm % VEC_COUNT(n, m)]; \
	}
VEC_PICKVE2GR(pickve2gr_b, sb)
VEC_PICKVE2GR(pickve2gr_h, sh)
VEC_PICKVE2GR(pickve2gr_w, sw)
VEC_PICKVE2GR(pickve2gr_d, sd)
VEC_PICKVE2GR(pickve2gr_bu, b)
VEC_PICKVE2GR(pickve2gr_hu, h)
VEC_PICKVE2GR(pickve2gr_wu, w)
VEC_PICKVE2GR(pickve2gr_du, d)
VEC_LSX(vpickve2gr_b, pickve2gr_b)
VEC_LSX(vpickve2gr_h, pickve2gr_h)
VEC_LSX(vpickve2gr_bu, pickve2gr_bu)
VEC_LSX(vpickve2gr_hu, pickve2gr_hu)
VEC_INSN(pickve2gr_w)
VEC_INSN(pickve2gr_d)
VEC_INSN(pickve2gr_wu)
VEC_INSN(pickve2gr_du)

/* A doubleword full of the low @bits bits of @v. */
static inline uint64_t vec_repeat(uint64_t v, unsigned int bits)
{
	return (v & mask64(bits)) * (UINT64_MAX / mask64(bits));
}

/* vldi with bit 12 set: @mode is bits 11:8, below 13. */
static uint64_t vec_ldi_pattern(unsigned int mode, uint64_t byte)
{
	const uint64_t sign = byte >> 7, bit6 = byte >> 6 & 1, frac = byte & 0x3f;
	uint64_t v = 0;

	switch (mode) {
	case 0: case 1: case 2: case 3:
		return vec_repeat(byte << 8 * mode, 32);
	case 4: case 5:
		return vec_repeat(byte << 8 * (mode - 4), 16);
	case 6:
		return vec_repeat(byte << 8 | 0xff, 32);
	case 7:
		return vec_repeat(byte << 16 | 0xffff, 32);
	case 8:
		return vec_repeat(byte, 8);
	case 9:		/* each bit a byte */
		for (unsigned int i = 0; i < 8; i++)
			v |= (byte >> i & 1) * UINT64_C(0xff) << 8 * i;
		return v;
	case 10: case 11:	/* a single; 11 clears the upper half of each doubleword */
		v = sign << 31 | (bit6 ? UINT64_C(0x1f) << 25 : UINT64_C(1) << 30) | frac << 19;
		return mode == 10 ? vec_repeat(v, 32) : v;
	default:	/* 12, a double */
		return sign << 63 | (bit6 ? UINT64_C(0xff) << 54 : UINT64_C(1) << 62) | frac << 48;
	}
}

/* Modes 13 to 15 are reserved; like QEMU we raise INE (the guide names no result). */
VEC_BODY(ldi)
{
	const unsigned int imm = (unsigned int)u->imm & 0x1fff;
	const unsigned int mode = imm >> 8 & 15;
	union vec r;
	uint64_t v;

	if (imm & 0x1000) {
		if (unlikely(mode > 12))
			la_raise(cpu, u, LA_EXC_INE);
		v = vec_ldi_pattern(mode, imm & 0xff);
	} else {
		v = vec_repeat((uint64_t)sext64(imm, 10), 8u << (imm >> 10 & 3));
	}
	for (unsigned int i = 0; i < VEC_COUNT(n, d); i++)
		r.d[i] = v;
	vec_put(cpu, u->a, &r, n);
}
VEC_INSN(ldi)

/* LASX only, across lanes. */
VEC_BODY(perm_w)
{
	union vec j, k, r;

	vec_get(&j, cpu, u->b, n);
	vec_get(&k, cpu, u->c, n);
	for (unsigned int i = 0; i < VEC_COUNT(n, w); i++)
		r.w[i] = j.w[k.w[i] % VEC_COUNT(n, w)];
	vec_put(cpu, u->a, &r, n);
}
VEC_LASX(xvperm_w, perm_w)

VEC_BODY(permi_d)
{
	union vec j, r;

	vec_get(&j, cpu, u->b, n);
	for (unsigned int i = 0; i < VEC_COUNT(n, d); i++)
		r.d[i] = j.d[(unsigned int)u->imm >> 2 * i & 3];
	vec_put(cpu, u->a, &r, n);
}
VEC_LASX(xvpermi_d, permi_d)

/*
 * Each half of vd is one of the four lanes of vd (2, 3) and vj (0, 1).  Bits 3:2 and 7:6 are
 * without meaning: LA464 clears the half for bit 2 or 7 (guide); LA664 and QEMU ignore them.
 */
VEC_BODY(permi_q)
{
	const unsigned int imm = (unsigned int)u->imm;
	union vec src[2], r;

	vec_get(&src[0], cpu, u->b, n);
	vec_get(&src[1], cpu, u->a, n);
	r.q[0] = src[imm >> 1 & 1].q[imm & 1];
	r.q[1] = src[imm >> 5 & 1].q[imm >> 4 & 1];
	vec_put(cpu, u->a, &r, n);
}
VEC_LASX(xvpermi_q, permi_q)

#define VEC_WHOLE(m) \
	VEC_BODY(insve0_##m) \
	{ \
		cpu->v[u->a].m[(unsigned int)u->imm % VEC_COUNT(n, m)] = cpu->v[u->b].m[0]; \
	} \
	VEC_LASX(xvinsve0_##m, insve0_##m) \
	VEC_BODY(pickve_##m) \
	{ \
		union vec r = { .d = { 0 } }; \
		\
		r.m[0] = cpu->v[u->b].m[(unsigned int)u->imm % VEC_COUNT(n, m)]; \
		vec_put(cpu, u->a, &r, n); \
	} \
	VEC_LASX(xvpickve_##m, pickve_##m)
VEC_WHOLE(w)
VEC_WHOLE(d)

#define VEC_REPLVE0(m) \
	VEC_BODY(replve0_##m) \
	{ \
		union vec j, r; \
		\
		vec_get(&j, cpu, u->b, n); \
		for (unsigned int i = 0; i < VEC_COUNT(n, m); i++) \
			r.m[i] = j.m[0]; \
		vec_put(cpu, u->a, &r, n); \
	} \
	VEC_LASX(xvreplve0_##m, replve0_##m)
VEC_REPLVE0(b)
VEC_REPLVE0(h)
VEC_REPLVE0(w)
VEC_REPLVE0(d)
VEC_REPLVE0(q)
