# SPDX-License-Identifier: Apache-2.0
# The generated part of the ISA.  Its files are made in the build folder and shipped in the
# tarball, so that building from that needs no Python.
ISA_TABLES = \
	isa/la64.insns \
	isa/la64.csrs \
	isa/la64.cpucfg

ISA_GENERATED = \
	src/soft/isa_ops.h \
	src/soft/isa_decode.c \
	src/soft/isa_info.c \
	src/soft/isa_dis.c \
	src/soft/isa_enc.h \
	src/soft/isa_csrs.h \
	src/soft/isa_cpucfg.h \
	src/soft/isa_vectors.h

liblvz_la_SOURCES += \
	$(ISA_GENERATED) \
	src/soft/dis.c \
	src/soft/dis.h \
	src/soft/dis_priv.h \
	src/soft/isa.h \
	src/soft/fused.h \
	src/soft/pseudo.h

BUILT_SOURCES += $(ISA_GENERATED)
MAINTAINERCLEANFILES += $(ISA_GENERATED) docs/isa.md
EXTRA_DIST += $(ISA_TABLES) isa/la64.tests scripts/isagen.py scripts/isatables.py \
	docs/isa.md docs/add-an-instruction.md
noinst_DATA += docs/isa.md

docs/isa.md: isa/la64.tests
$(ISA_GENERATED) docs/isa.md: $(ISA_TABLES) scripts/isagen.py scripts/isatables.py
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	$(PYTHON) $(srcdir)/scripts/isagen.py --isa $(srcdir)/isa --emit $(@F) -o $@
