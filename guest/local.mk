# SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += \
	guest/init \
	guest/rootinit \
	guest/selftest
