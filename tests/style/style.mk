# SPDX-License-Identifier: Apache-2.0
TESTS += scripts/check-includes tests/style/test-check-includes
EXTRA_DIST += scripts/check-includes tests/style/test-check-includes .clang-format
