# SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += \
	bench/bench.lds \
	bench/loops.S \
	bench/main.c \
	bench/start.S
