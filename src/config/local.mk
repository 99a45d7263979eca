# SPDX-License-Identifier: Apache-2.0
liblvz_la_SOURCES += \
	src/config/cfg.c \
	src/config/cfg.h \
	src/config/cfg_check.c \
	src/config/cfg_file.c \
	src/config/cfg_keys.c \
	src/config/cfg_priv.h \
	src/config/cfg_report.c \
	src/config/cfg_section.c \
	src/config/cfg_value.c \
	src/config/vm_config.h
