# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# boot VCPUS: Debian's kernel boots with so many CPUs, the guest checks console,
# disk, clock, CPUs and interrupts from the inside and powers off; then the host
# looks at what the guest left on the disk.
#
# Sourced by boot-N, so that each of them is a test of its own.

# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

boot()
{
	local want got
	truncate -s 8M "$dir/scratch.img"
	write_config "$1" lvz.selftest '[disk scratch]' 'path = scratch.img'
	start_vm
	wait_end "$BOOT_LIMIT" 0

	output | grep -a '^selftest: ' || fail "the self-test did not run"
	output | grep -qaE "^init: userspace reached, .* $1 cpu\$" || fail "no $1 CPUs at /init"
	output | grep -qaE '^selftest: done [1-9][0-9]* ok, 0 failed$' || fail "the self-test failed"
	output | grep -qa 'selftest: written to ttyS0' || fail "nothing came from the serial port"
	output | grep -qa 'selftest: written to hvc0' || fail "nothing came from the virtio console"

	# What the guest wrote must be in the file, not in a buffer that died.
	e2fsck -fn "$dir/data.img" >"$dir/fsck" 2>&1 || fail "the disk is damaged: $(tail -n 3 "$dir/fsck")"
	debugfs -R "dump /new $dir/new" "$dir/data.img" 2>/dev/null
	debugfs -R "dump /new.sha256 $dir/new.sha256" "$dir/data.img" 2>/dev/null
	want=$(cut -d ' ' -f 1 "$dir/new.sha256")
	got=$(sha256sum <"$dir/new" | cut -d ' ' -f 1)
	[[ -n $want && $got == "$want" ]] || fail "the disk holds $got, the guest wrote $want"
}
