# SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += \
	.ci/run \
	scripts/bench \
	scripts/build-loong64 \
	scripts/build-module \
	scripts/check \
	scripts/guest-kit \
	scripts/kmod.py \
	scripts/lib.sh \
	scripts/mkinitramfs \
	scripts/nested \
	scripts/quickstart \
	scripts/sdk \
	scripts/sdk-run \
	scripts/torture \
	scripts/userland
