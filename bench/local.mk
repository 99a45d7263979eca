# SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += \
	bench/bench.lds \
	bench/kvm.c \
	bench/kvm-guest.S \
	bench/kvm-work.c \
	bench/kvm.h \
	bench/loops.S \
	bench/main.c \
	bench/start.S
