# SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += \
	guest/init \
	guest/nested \
	guest/rootinit \
	guest/selftest \
	guest/smoke \
	guest/smoke-libm.py \
	guest/smoke-same.py \
	guest/smoke-same.sh \
	guest/smoke-self.py
