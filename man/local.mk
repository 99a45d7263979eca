# SPDX-License-Identifier: Apache-2.0
dist_man_MANS += man/lvz-vmm.1 man/lvz-vmm.conf.5
