# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What the end-to-end tests share. Each test is a program that starts lvz-vmm on
# Debian's kernel; exit status 0 passed, 77 could not run (the last line says
# why), anything else failed. scripts/check runs them all; by hand:
#
#   tests/e2e/boot-2            with build/check/lvz-vmm or build/default/lvz-vmm
#   LVZ_VMM=path tests/e2e/boot-2
#
# Sourced, never run.

set -euo pipefail
export LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$top/scripts/lib.sh"

# What lvz-vmm(1) says of the exit status when a signal or Ctrl-a x ended it.
# shellcheck disable=SC2034
declare -A STATUS=([HUP]=129 [INT]=130 [TERM]=143 [left]=3)
# A boot takes seconds; a busy two-core machine may need many times that.
BOOT_LIMIT=${LVZ_BOOT_LIMIT:-240}

skip()
{
	echo "SKIP: $*"
	exit 77
}

find_vmm()
{
	local file
	for file in ${LVZ_VMM:+"$LVZ_VMM"} "$top"/build/{check,default}/{,src/}lvz-vmm; do
		if [[ -x $file ]]; then
			echo "$file"
			return
		fi
	done
	return 1
}

vmm=$(find_vmm) || skip "lvz-vmm is not built (scripts/check builds it)"
[[ -f $LVZ_CACHE/guest/manifest ]] || skip "no guest kit in $LVZ_CACHE/guest (scripts/guest-kit makes it)"
for tool in mke2fs python3; do
	command -v "$tool" >/dev/null || skip "$tool is not installed"
done

dir=$(mktemp -d)
pid=
clean_up()
{
	if [[ $pid ]]; then
		kill -KILL "$pid" 2>/dev/null || true
	fi
	rm -rf "$dir"
}
trap clean_up EXIT
# A time limit from outside must not leave a guest behind.
trap 'exit 124' TERM INT HUP

fail()
{
	local file
	echo "FAIL: $*"
	for file in out err; do
		if [[ -s $dir/$file ]]; then
			echo "--- end of the guest's std$file"
			tail -n 25 "$dir/$file"
		fi
	done
	exit 1
}

# write_config VCPUS CMDLINE [LINE...]: vm.ini with fresh images; the extra lines
# come last.
write_config()
{
	local vcpus=$1 cmdline=$2
	shift 2
	"$top/scripts/mkinitramfs" "$dir/initramfs.img"
	make_data_image "$dir/data.img"
	cat >"$dir/vm.ini" <<-END
		[vm]
		name = e2e-${0##*/}
		memory = 512M
		vcpus = $vcpus
		[boot]
		kernel = $LVZ_CACHE/guest/vmlinuz
		initrd = initramfs.img
		cmdline = lvz.vcpus=$vcpus $cmdline
		[console]
		chardev = ${CONSOLE:-stdio}
		[serial]
		chardev = ${SERIAL:-stdio}
		[disk data]
		path = data.img
	END
	(($# == 0)) || printf '%s\n' "$@" >>"$dir/vm.ini"
}

# The guest's output, without the carriage returns of a terminal.
output() { tr -d '\r' <"$dir/out"; }

start_vm()
{
	: >"$dir/out"
	"$vmm" --config "$dir/vm.ini" </dev/null >"$dir/out" 2>"$dir/err" &
	pid=$!
}

is_running() { [[ $(cut -d " " -f 3 "/proc/$pid/stat" 2>/dev/null) == [!Z]* ]]; }

# Collects the exit status, once the process is known to have ended.
status=
collect()
{
	status=0
	wait "$pid" || status=$?
	pid=
}

# wait_for PATTERN [SECONDS]: until the guest's output has it.
wait_for()
{
	local end=$((SECONDS + ${2:-$BOOT_LIMIT}))
	until grep -qaE -- "$1" "$dir/out"; do
		if ! is_running; then
			collect
			fail "lvz-vmm ended with status $status before the guest said '$1'"
		fi
		((SECONDS < end)) || fail "the guest did not say '$1' within ${2:-$BOOT_LIMIT} s"
		sleep 0.1
	done
}

# wait_end SECONDS WANTED-STATUS
wait_end()
{
	local end=$((SECONDS + $1))
	while is_running; do
		((SECONDS < end)) || fail "lvz-vmm still runs after $1 s"
		sleep 0.1
	done
	collect
	[[ $status == "$2" ]] || fail "lvz-vmm ended with status $status, wanted $2"
}
