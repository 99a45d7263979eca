# SPDX-License-Identifier: Apache-2.0
TESTS += scripts/check-includes tests/style/test-check-includes tests/style/dist-complete
EXTRA_DIST += \
	.clang-format \
	scripts/check-includes \
	tests/style/dist-complete \
	tests/style/test-check-includes
