# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What the tests of a guest in a guest share: Debian's kernel boots with LVZ as a host,
# in which the lvz-vmm of scripts/build-loong64 runs one case after the other
# (guest/nested). By hand:
#
#   scripts/build-loong64
#   tests/e2e/nested-user       with build/check-loong64 or build/loong64
#   LVZ_VMM_LOONG64=path tests/e2e/nested-user
#
# Sourced by them.

# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

find_vmm64()
{
	local file
	for file in ${LVZ_VMM_LOONG64:+"$LVZ_VMM_LOONG64"} "$top"/build/{check-,}loong64/lvz-vmm; do
		if [[ -x $file ]]; then
			echo "$file"
			return
		fi
	done
	return 1
}
vmm64=$(find_vmm64) || skip "lvz-vmm for loong64 is not built (scripts/build-loong64 builds it)"

# Its strip makes the program small.
[[ -f $LVZ_CACHE/sdk/manifest ]] || skip "no SDK in $LVZ_CACHE/sdk (scripts/sdk makes it)"

cases=$dir/cases
mkdir "$cases"
: >"$cases/cases"
# The time of all cases together, on a busy host.
NESTED_LIMIT=${LVZ_NESTED_LIMIT:-540}

# add_case NAME COMMAND...
add_case() { printf '%s\n' "$*" >>"$cases/cases"; }

# add_module: lvz.ko for the host to load.
add_module()
{
	local file
	for file in ${LVZ_KO:+"$LVZ_KO"} "$top"/build/{check-,}module/lvz.ko; do
		if [[ -f $file ]]; then
			cp "$file" "$cases/lvz.ko"
			return
		fi
	done
	skip "lvz.ko is not built (scripts/build-module builds it)"
}

# add_script NAME: a case that is a shell program, from the standard input.
add_script()
{
	cat >"$cases/$1.sh"
	add_case "$1" "sh $1.sh"
}

# write_guest NAME VCPUS CMDLINE LINE...: a machine with a data disk of its own; the
# lines, of [vm], come first.
write_guest()
{
	local name=$1 vcpus=$2 cmdline=$3
	shift 3
	[[ -f $dir/data.img ]] || make_data_image "$dir/data.img"
	cp --sparse=always "$dir/data.img" "$cases/$name.img"
	{
		printf '[vm]\n'
		printf '%s\n' "$@"
		cat <<-END
			name = $name
			memory = 512M
			vcpus = $vcpus
			[boot]
			kernel = vmlinuz
			initrd = initramfs.img
			cmdline = lvz.vcpus=$vcpus $cmdline
			[console]
			chardev = stdio
			[serial]
			chardev = stdio
			[disk data]
			path = $name.img
		END
	} >"$cases/$name.ini"
}

# add_guest NAME CMDLINE LINE...: a case that is a machine with 2 CPUs.
add_guest()
{
	local name=$1 cmdline=$2
	shift 2
	write_guest "$name" 2 "$cmdline" "$@"
	add_case "$name" "lvz-vmm --config $name.ini"
}

# add_hello: hello.ini, a guest of ten instructions (tests/guest/hello.S).
add_hello()
{
	"$top/scripts/sdk-run" loongarch64-linux-gnu-gcc -nostdlib -static -no-pie -march=loongarch64 \
		-mabi=lp64s -Wl,--build-id=none,--no-warn-rwx-segments "-Wl,-T,$top/bench/bench.lds" \
		-o "$cases/hello.elf" "$top/tests/guest/hello.S"
	cat >"$cases/hello.ini" <<-END
		[vm]
		memory = 256M
		[boot]
		kernel = hello.elf
		[serial]
		chardev = stdio
	END
}

# run_host LINE...: the host runs all cases; the lines, of any section, end its
# configuration. Then the files that guests left are back in $cases.
run_host()
{
	local start cpu used
	[[ -f $dir/data.img ]] || make_data_image "$dir/data.img"
	write_config 2 '"lvz.run=sh /mnt/nested"' "$@"
	make_nested_image "$dir/data.img" "$vmm64" "$cases"
	sed -i 's/^memory = .*/memory = 1G/' "$dir/vm.ini"
	start=$SECONDS
	start_vm
	while is_running; do
		((SECONDS - start < NESTED_LIMIT)) || fail "the host did not end within $NESTED_LIMIT s"
		read -r -a used <"/proc/$pid/stat" && cpu=$(((used[13] + used[14]) / $(getconf CLK_TCK)))
		sleep 0.2
	done
	collect
	[[ $status == 0 ]] || fail "the host's lvz-vmm ended with status $status"
	output >"$dir/said"
	echo "the host took $((SECONDS - start)) s, ${cpu:-?} s of CPU"
	grep -a '^nested: ' "$dir/said" || true
	grep -qax 'nested: done' "$dir/said" || fail "the cases did not all run"
	mkdir "$dir/left"
	debugfs -R "rdump / $dir/left" "$dir/data.img" >"$dir/debugfs" 2>&1
}

# said NAME: what the command of that case said.
said() { sed -n "s/^$1| //p" "$dir/said"; }

# has_said NAME PATTERN: one line of it does.
has_said() { grep -qaE -- "$2" <<<"$(said "$1")"; }

# expect_status NAME STATUS
expect_status()
{
	local got
	got=$(sed -n "s/^nested: end $1 status \([0-9]*\) .*/\1/p" "$dir/said")
	[[ $got == "$2" ]] || fail "case $1 ended with status '$got', wanted $2"
}

# expect_selftest NAME [VCPUS]: the guest's own checks all passed, and what it wrote is on
# its disk.
expect_selftest()
{
	local want got image=$dir/left/$1.img vcpus=${2:-2}
	expect_status "$1" 0
	said "$1" | grep -a '^selftest: ' || fail "$1: the self-test did not run"
	has_said "$1" "^init: userspace reached, .* $vcpus cpu\$" || fail "$1: no $vcpus CPUs at /init"
	has_said "$1" '^selftest: done [1-9][0-9]* ok, 0 failed$' || fail "$1: the self-test failed"
	has_said "$1" 'selftest: written to ttyS0' || fail "$1: nothing came from the serial port"
	has_said "$1" 'selftest: written to hvc0' || fail "$1: nothing came from the virtio console"
	e2fsck -fn "$image" >"$dir/fsck" 2>&1 || fail "$1: the disk is damaged: $(tail -n 3 "$dir/fsck")"
	debugfs -R "dump /new $dir/new" "$image" 2>/dev/null
	debugfs -R "dump /new.sha256 $dir/new.sha256" "$image" 2>/dev/null
	want=$(cut -d ' ' -f 1 "$dir/new.sha256")
	got=$(sha256sum <"$dir/new" | cut -d ' ' -f 1)
	[[ -n $want && $got == "$want" ]] || fail "$1: the disk holds $got, the guest wrote $want"
}

# expect_reboot NAME: booted twice in one process, counted on the disk.
expect_reboot()
{
	local boots count
	expect_status "$1" 0
	boots=$(said "$1" | grep -ca 'init: userspace reached, .* 2 cpu$') || true
	[[ $boots == 2 ]] || fail "$1: /init was reached $boots times with 2 CPUs, wanted 2"
	count=$(debugfs -R 'cat /boots' "$dir/left/$1.img" 2>/dev/null)
	[[ $count == 2 ]] || fail "$1: the disk counted '$count' boots, wanted 2"
}

# nested IRQCHIP: with the kvm engine and interrupt controllers of that kind.
nested()
{
	add_case probe lvz-vmm probe
	add_guest selftest lvz.selftest 'backend = kvm' "irqchip = $1"
	add_guest reboot lvz.reboot=2 'backend = kvm' "irqchip = $1"
	run_host '[cpu]' 'lvz = on'
	expect_status probe 0
	has_said probe '^kvm +yes' || fail "probe finds no kvm: $(said probe)"
	has_said probe '^default +kvm$' || fail "probe would not take kvm: $(said probe)"
	expect_selftest selftest
	expect_reboot reboot
}
