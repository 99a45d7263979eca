/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lvz_fpu.S - struct loongarch_fpu to registers and back.  The kernel exports the savers
 * but not the restorers, so both are made here from its macros.
 */
#include <linux/linkage.h>
#include <asm/asm.h>
#include <asm/asmmacro.h>
#include <asm/asm-offsets.h>
#include <asm/fpregdef.h>
#include <asm/loongarch.h>
#include <asm/regdef.h>

	.text

SYM_FUNC_START(lvz_fp_save)
	fpu_save_csr	a0 t1
	fpu_save_double a0 t1
	fpu_save_cc	a0 t1 t2
	jr	ra
SYM_FUNC_END(lvz_fp_save)

SYM_FUNC_START(lvz_fp_restore)
	fpu_restore_double a0 t1
	fpu_restore_csr	a0 t1 t2
	fpu_restore_cc	a0 t1 t2
	jr	ra
SYM_FUNC_END(lvz_fp_restore)

SYM_FUNC_START(lvz_lsx_save)
	lsx_save_all	a0 t1 t2
	jr	ra
SYM_FUNC_END(lvz_lsx_save)

SYM_FUNC_START(lvz_lsx_restore)
	lsx_restore_all	a0 t1 t2
	jr	ra
SYM_FUNC_END(lvz_lsx_restore)

SYM_FUNC_START(lvz_lasx_save)
	lasx_save_all	a0 t1 t2
	jr	ra
SYM_FUNC_END(lvz_lasx_save)

SYM_FUNC_START(lvz_lasx_restore)
	lasx_restore_all a0 t1 t2
	jr	ra
SYM_FUNC_END(lvz_lasx_restore)
