# SPDX-License-Identifier: Apache-2.0
dist_doc_DATA += \
	config/bare.ini \
	config/demo.ini \
	config/minimal.ini \
	config/server.ini
