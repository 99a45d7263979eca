/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csr.h - numbers and fields of the LoongArch architecture, for assembly and C.
 * Sources: vol. 1, chapters 5 to 7; for LVZ docs/lvz.md.
 */
#ifndef LVZ_KIT_CSR_H
#define LVZ_KIT_CSR_H

#define CSR_CRMD 0x0
#define CSR_PRMD 0x1
#define CSR_EUEN 0x2
#define CSR_MISC 0x3
#define CSR_ECFG 0x4
#define CSR_ESTAT 0x5
#define CSR_ERA 0x6
#define CSR_BADV 0x7
#define CSR_BADI 0x8
#define CSR_EENTRY 0xc
#define CSR_TLBIDX 0x10
#define CSR_TLBEHI 0x11
#define CSR_TLBELO0 0x12
#define CSR_TLBELO1 0x13
#define CSR_GTLBC 0x15
#define CSR_TRGP 0x16
#define CSR_ASID 0x18
#define CSR_PGDL 0x19
#define CSR_PGDH 0x1a
#define CSR_PGD 0x1b
#define CSR_PWCL 0x1c
#define CSR_PWCH 0x1d
#define CSR_STLBPS 0x1e
#define CSR_RVACFG 0x1f
#define CSR_CPUID 0x20
#define CSR_PRCFG1 0x21
#define CSR_PRCFG2 0x22
#define CSR_PRCFG3 0x23
#define CSR_KS0 0x30
#define CSR_TID 0x40
#define CSR_TCFG 0x41
#define CSR_TVAL 0x42
#define CSR_CNTC 0x43
#define CSR_TICLR 0x44
#define CSR_GSTAT 0x50
#define CSR_GCFG 0x51
#define CSR_GINTC 0x52
#define CSR_GCNTC 0x53
#define CSR_LLBCTL 0x60
#define CSR_TLBRENTRY 0x88
#define CSR_TLBRBADV 0x89
#define CSR_TLBRERA 0x8a
#define CSR_TLBRSAVE 0x8b
#define CSR_TLBRELO0 0x8c
#define CSR_TLBRELO1 0x8d
#define CSR_TLBREHI 0x8e
#define CSR_TLBRPRMD 0x8f
#define CSR_MERRCTL 0x90
#define CSR_DMW0 0x180
#define CSR_DMW1 0x181
#define CSR_DMW2 0x182
#define CSR_DMW3 0x183

/* What the kit keeps in the root's scratch registers. */
#define KS_REFILL_ERA 0x30	/* TLBRERA of a reported refill */
#define KS_REFILL_CRMD 0x31	/* ... and CRMD */
#define KS_SCRATCH 0x32
#define KS_VECTOR 0x33		/* number of the vector that was taken */
#define KS_VCPU 0x34		/* struct hv_vcpu, 0 while the kit's own code runs */
#define KS_A2 0x35
#define KS_WATCH 0x36		/* page number (16 KiB) whose refill is reported */
#define KS_REFILLS 0x37		/* count of refills served */

#define CRMD_PLV 0x3
#define CRMD_IE 0x4
#define CRMD_DA 0x8
#define CRMD_PG 0x10
#define CRMD_DAT_CC 0xa0	/* direct accesses and fetches are cached */

#define PRMD_PIE 0x4

#define GSTAT_VM 0x1
#define GSTAT_PVM 0x2
#define GSTAT_GID_SHIFT 16
#define GTLBC_USETGID 0x1000
#define GTLBC_TOTI 0x2000
#define GTLBC_TGID_SHIFT 16

#define VECTOR_ROOT_REFILL 0x80	/* in place of a vector's number */

/* struct hv_vcpu of hv.h, for assembly. */
#define V_PC 256
#define V_SP 264
#define V_ROOT 272
#define V_PRMD 280
#define V_GSTAT 288
#define V_TGID 296
#define V_X 304			/* struct hv_exit */
#define X_VECTOR 0
#define X_ESTAT 8
#define X_ERA 16
#define X_BADV 24
#define X_BADI 32
#define X_PRMD 40
#define X_CRMD 48
#define X_GSTAT 56
#define X_GTLBC 64
#define X_TLBRERA 72
#define X_TLBRBADV 80
#define X_TLBRPRMD 88
#define X_TLBREHI 96
#define X_TLBEHI 104
#define X_LLBCTL 112

#endif
