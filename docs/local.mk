# SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += \
	docs/add-a-device.md \
	docs/boot.md \
	docs/design.md \
	docs/kvm.md \
	docs/kvm-selftests.md \
	docs/lvz-lint.md \
	docs/lvz-stress.md \
	docs/lvz.md \
	docs/memory-map.md \
	docs/performance.md \
	docs/soft-cpu.md \
	docs/testing.md \
	docs/threads.md \
	docs/tracing.md \
	docs/world-switch.md
