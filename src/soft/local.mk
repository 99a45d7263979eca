# SPDX-License-Identifier: Apache-2.0
liblvz_la_SOURCES += \
	src/soft/access.h \
	src/soft/addr.h \
	src/soft/code.c \
	src/soft/code.h \
	src/soft/cpu.h \
	src/soft/csr.c \
	src/soft/csr.h \
	src/soft/exc.c \
	src/soft/la.h \
	src/soft/lint.c \
	src/soft/lint.h \
	src/soft/lint_fp.c \
	src/soft/lint_priv.h \
	src/soft/lint_rules.c \
	src/soft/lint_tlb.c \
	src/soft/machine.h \
	src/soft/mem.c \
	src/soft/mmu.c \
	src/soft/mmu.h \
	src/soft/observe.c \
	src/soft/observe.h \
	src/soft/observe_priv.h \
	src/soft/pc.h \
	src/soft/pmu.c \
	src/soft/pmu.h \
	src/soft/run.c \
	src/soft/stage2.c \
	src/soft/stage2.h \
	src/soft/stress.c \
	src/soft/stress.h \
	src/soft/tlb.c \
	src/soft/tlb.h \
	src/soft/uop.h \
	src/soft/lvz.c \
	src/soft/lvz.h \
	src/soft/timer.c \
	src/soft/tlb_inv.c \
	src/soft/watch.c \
	src/soft/watch.h
libinterp_la_SOURCES += \
	src/soft/interp.h \
	src/soft/interp_atomic.c \
	src/soft/interp_branch.c \
	src/soft/interp_count.c \
	src/soft/interp_fused.c \
	src/soft/interp_int.c \
	src/soft/interp_mem.c \
	src/soft/interp_lvz.c \
	src/soft/interp_misc.c \
	src/soft/interp_priv.c \
	src/soft/interp_table.c \
	src/soft/sem_branch.h \
	src/soft/sem_int.h \
	src/soft/sem_mem.h

# The same handlers for 32-bit address mode (src/soft/addr.h).
libinterp32_la_SOURCES += \
	src/soft/interp_atomic.c \
	src/soft/interp_branch.c \
	src/soft/interp_mem.c
