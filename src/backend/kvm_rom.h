/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backend/kvm_rom.h - the code in which secondary vCPUs wait when the IPI device is the
 * kernel's.
 *
 * Then nobody outside the guest sees the mailbox being written, so a vCPU has to wait for
 * it itself, as firmware makes it wait on real boards.  Same contract as devices/irqchip/ipi.h.
 */
#ifndef LVZ_BACKEND_KVM_ROM_H
#define LVZ_BACKEND_KVM_ROM_H

#include <stdint.h>

#define KVM_ROM_GPA	UINT64_C(0x1c000000)	/* where boards have their flash */
#define KVM_ROM_BYTES	UINT64_C(0x10000)	/* a multiple of any host's page size */

/* Writes the ROM to @dst, KVM_ROM_BYTES of zeroes.  Its first word is where to start. */
void kvm_rom_fill(uint8_t *dst);

#endif
