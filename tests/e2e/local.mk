# SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += \
	tests/e2e/bad-input \
	tests/e2e/boot-1 \
	tests/e2e/boot-2 \
	tests/e2e/boot-4 \
	tests/e2e/boot.sh \
	tests/e2e/console \
	tests/e2e/hostile \
	tests/e2e/idle \
	tests/e2e/lib.sh \
	tests/e2e/lvz-lint \
	tests/e2e/module-qemu \
	tests/e2e/nested-kernel \
	tests/e2e/nested-lvz \
	tests/e2e/nested-off \
	tests/e2e/nested-user \
	tests/e2e/nested.sh \
	tests/e2e/lvz-stress \
	tests/e2e/reboot \
	tests/e2e/signals \
	tests/e2e/terminal \
	tests/e2e/terminal.py \
	tests/e2e/trace \
	tests/e2e/trace-objdump \
	tests/e2e/trace.py \
	tests/e2e/userland \
	tests/guest/fuzz.c \
	tests/guest/hello.S \
	tests/guest/kvm-load-guest.S \
	tests/guest/kvm-load.c
