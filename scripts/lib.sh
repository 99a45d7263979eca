# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What the scripts share: the cache folder, the look of a step, missing host
# packages, and an apt instance of its own that reads Debian's forky and sid
# without touching the apt of the host.
#
# Sourced, never run. The caller has `set -euo pipefail` on.

# Debian keeps mke2fs in /sbin, which a normal user's PATH may lack.
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C

LVZ_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
LVZ_CACHE=${LVZ_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/lvz-vmm}
LVZ_SUITES=(forky sid)

# A package is wanted when its command is missing (PACKAGE:COMMAND), or, without
# a command, when dpkg does not know it as installed. The first form accepts a
# tool that came from elsewhere.
# shellcheck disable=SC2034
LVZ_BUILD_PACKAGES=(
	build-essential
	autoconf:autoreconf automake:automake libtool:libtoolize
	pkg-config:pkg-config
	libev-dev libinih-dev libfdt-dev libzstd-dev zlib1g-dev check
)
# shellcheck disable=SC2034
LVZ_KIT_PACKAGES=(
	python3:python3 e2fsprogs:mke2fs xz-utils:xz util-linux:flock
	openssl:openssl ca-certificates
)

# ---------------------------------------------------------------- messages

is_tty() { [[ -t 1 && ${TERM:-dumb} != dumb ]]; }

# step NAME TEXT...: a finished step, one line. LVZ_STEP is the "[3/5] " that
# quickstart sets for the scripts it calls.
step()
{
	local name=$1
	shift
	if is_tty; then
		printf '\r\033[K'
	fi
	printf '%s%-10s %s\n' "${LVZ_STEP:-}" "$name" "$*"
}

# step_live NAME TEXT...: a step that still runs. Only a terminal shows it; in a
# log the finished line says all.
step_live()
{
	local name=$1 line
	shift
	is_tty || return 0
	line="${LVZ_STEP:-}$(printf '%-10s %s' "$name" "$*")"
	printf '\r\033[K%s' "${line:0:$(($(tput cols 2>/dev/null || echo 80) - 1))}"
}

note()
{
	if is_tty; then
		printf '\r\033[K'
	fi
	printf '%s\n' "$*" >&2
}

die()
{
	note "${0##*/}: $*"
	exit 1
}

# Shows the end of a log file under a message, so that the cause is on the
# screen and the rest is where the message says.
show_tail()
{
	sed 's/^/    /' <(tail -n "${2:-15}" "$1") >&2
	note "    (all of it: $1)"
}

size_mb() { echo $((($1 + 500000) / 1000000)); }

# ---------------------------------------------------------------- locks

# lock NAME: one script at a time per part of the cache; the lock goes with the
# process. Waiting is said, because the holder may be downloading.
lock()
{
	local fd
	mkdir -p "$LVZ_CACHE"
	exec {fd}>"$LVZ_CACHE/.lock-$1"
	if ! flock -n "$fd"; then
		step_live "$1" "waiting for another script that prepares it"
		flock -w 1800 "$fd" ||
			die "another script has held $LVZ_CACHE/.lock-$1 for 30 minutes: end it, or set LVZ_CACHE to another folder"
	fi
}

# ---------------------------------------------------------------- host packages

# missing_packages PACKAGE[:COMMAND]...: prints those that are not there.
missing_packages()
{
	local entry
	for entry; do
		if [[ $entry == *:* ]]; then
			command -v "${entry#*:}" >/dev/null && continue
		elif [[ $(dpkg-query -W -f='${db:Status-Status}' "$entry" 2>/dev/null) == installed ]]; then
			continue
		fi
		echo "${entry%%:*}"
	done
}

# Runs a command as root. sudo may ask for a password only on a terminal.
as_root()
{
	if [[ $(id -u) == 0 ]]; then
		"$@"
	elif [[ -t 0 && -t 1 ]]; then
		sudo "$@"
	else
		sudo -n "$@"
	fi
}

# need_packages PACKAGE[:COMMAND]...: installs what is missing on the host.
need_packages()
{
	local missing log install try
	mapfile -t missing < <(missing_packages "$@")
	((${#missing[@]})) || return 0

	command -v apt-get >/dev/null ||
		die "these are missing: ${missing[*]}; install them (this system has no apt-get)"
	if [[ $(id -u) != 0 ]] && ! command -v sudo >/dev/null; then
		die "these are missing: ${missing[*]}; as root: apt-get install ${missing[*]}"
	fi

	mkdir -p "$LVZ_CACHE/log"
	log=$LVZ_CACHE/log/packages.log
	: >"$log"
	install=(env DEBIAN_FRONTEND=noninteractive apt-get -y -o DPkg::Lock::Timeout=300
		--no-install-recommends install "${missing[@]}")
	step_live packages "installing ${missing[*]}"

	# The lists may be absent, or so old that the mirror has dropped the
	# files they name: then one update, and once more.
	for try in 1 2; do
		if as_root "${install[@]}" >>"$log" 2>&1 </dev/null; then
			return 0
		fi
		((try == 1)) || break
		as_root apt-get -o DPkg::Lock::Timeout=300 update >>"$log" 2>&1 </dev/null || true
	done
	note "packages: cannot install ${missing[*]}"
	show_tail "$log" 8
	die "as root: apt-get update && apt-get install ${missing[*]}"
}

# ---------------------------------------------------------------- the own apt

# The mirror that the host's apt uses for Debian itself. apt is asked, because it
# knows both formats of its sources, options and disabled entries. Its lists may
# never have been fetched, and then the origin is unknown: so the name of the
# suite decides among what is left.
# shellcheck disable=SC2016 # apt itself expands what stands in single quotes
debian_mirror()
{
	local uri release component origin fallback=
	if [[ -n ${LVZ_MIRROR:-} ]]; then
		echo "$LVZ_MIRROR"
		return
	fi
	while read -r uri release component origin; do
		[[ $component == main && $uri != cdrom:* ]] || continue
		case $release in
		*-security | */updates | *-debug | *-backports*) continue ;;
		esac
		if [[ $origin == Debian ]]; then
			echo "$uri"
			return
		fi
		case ${release%-updates} in
		bullseye | bookworm | trixie | forky | duke | sid | oldstable | stable | testing | unstable)
			if [[ $origin == '$(ORIGIN)' || -z $origin ]]; then
				fallback=${fallback:-$uri}
			fi
			;;
		esac
	done < <(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)' \
		'Created-By: Packages' 2>/dev/null)
	[[ -n $fallback ]] || return 1
	echo "$fallback"
}

host_keyring()
{
	local file
	for file in /usr/share/keyrings/debian-archive-keyring.{pgp,gpg}; do
		if [[ -r $file ]]; then
			echo "$file"
			return
		fi
	done
	return 1
}

# A host that has not been updated for long may lack the keys of newer suites.
# The package that holds them comes through the host's own, verified apt.
newer_keyring()
{
	local dir=$1
	rm -rf "$dir/keyring"
	mkdir -p "$dir/keyring"
	(cd "$dir/keyring" && apt-get -qq download debian-archive-keyring) || return 1
	dpkg-deb -x "$dir"/keyring/*.deb "$dir/keyring" || return 1
	set -- "$dir"/keyring/usr/share/keyrings/debian-archive-keyring.{pgp,gpg}
	if [[ -r $1 ]]; then
		echo "$1"
	else
		echo "$2"
	fi
}

# box ARCH TOOL ARGS...: runs an apt tool on the own instance.
box()
{
	local dir=$LVZ_CACHE/apt/$1 tool=$2
	shift 2
	"$tool" -c "$dir/apt.conf" "$@"
}

box_write_sources()
{
	local dir=$1 mirror=$2 keyring=$3 suite
	for suite in "${LVZ_SUITES[@]}"; do
		echo "deb [signed-by=$keyring] $mirror $suite main"
	done >"$dir/sources.list"
}

# box_open ARCH [refresh]: prepares the instance and reads the lists when there
# are none, when they are older than half a day, or on demand.
box_open()
{
	local arch=$1 refresh=${2:-} dir=$LVZ_CACHE/apt/$1 mirror keyring log
	mirror=$(debian_mirror) ||
		die "no Debian mirror among this system's apt sources; set LVZ_MIRROR to the URI of one"
	keyring=$(host_keyring) || keyring=$(newer_keyring "$dir") ||
		die "no keyring of Debian's archive; as root: apt-get install debian-archive-keyring"
	mkdir -p "$dir"/{state/lists/partial,cache/archives/partial,none} "$LVZ_CACHE/log"
	: >>"$dir/status"
	log=$LVZ_CACHE/log/apt-$arch.log

	# Hooks of the host (a cleaner, a desktop's package watcher) have no
	# business here. The _apt user could not enter a private cache folder.
	cat >"$dir/apt.conf" <<-END
		#clear APT::Update::Pre-Invoke;
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
		#clear APT::Architectures;
		APT::Architecture "$arch";
		APT::Architectures { "$arch"; };
		APT::Default-Release "";
		APT::Install-Recommends "false";
		APT::Sandbox::User "root";
		Acquire::Languages "none";
		Acquire::ForceHash "SHA256";
		Acquire::Retries "3";
		Dir::State "$dir/state";
		Dir::State::status "$dir/status";
		Dir::Cache "$dir/cache";
		Dir::Cache::pkgcache "pkgcache.bin";
		Dir::Cache::srcpkgcache "srcpkgcache.bin";
		Dir::Etc::sourcelist "$dir/sources.list";
		Dir::Etc::sourceparts "$dir/none";
		Dir::Etc::preferences "$dir/none/preferences";
		Dir::Etc::preferencesparts "$dir/none";
	END
	if ! [[ -f $dir/sources.list ]] || ! grep -qF " $mirror ${LVZ_SUITES[0]} " "$dir/sources.list"; then
		box_write_sources "$dir" "$mirror" "$keyring"
		refresh=refresh
	fi
	if [[ -z $refresh && -n $(find "$dir/updated" -mmin -720 2>/dev/null) ]]; then
		return 0
	fi

	step_live apt "reading the package lists of ${LVZ_SUITES[*]} for $arch"
	box "$arch" apt-get -q update >"$log" 2>&1 </dev/null || true
	if grep -q 'NO_PUBKEY\|Missing key\|not signed' "$log" && keyring=$(newer_keyring "$dir"); then
		box_write_sources "$dir" "$mirror" "$keyring"
		box "$arch" apt-get -q update >"$log" 2>&1 </dev/null || true
	fi
	# One suite out of reach does not matter while the other one is there.
	if grep -q '^[EW]:' "$log"; then
		if ! box "$arch" apt-cache policy 2>/dev/null | grep -q 'n='; then
			note "apt: cannot read the package lists of ${LVZ_SUITES[*]} ($arch)"
			show_tail "$log" 6
			if grep -q 'is expired\|not valid yet' "$log"; then
				die "the mirror is out of date, or this machine's clock is wrong; set LVZ_MIRROR to the URI of another Debian mirror"
			fi
			die "check the network, or set LVZ_MIRROR to the URI of another Debian mirror"
		fi
		note "apt: not all lists could be read: $(grep -m1 '^[EW]:' "$log")"
	fi
	touch "$dir/updated"
}

# plan ARCH SUITE closure|exact PACKAGE...: prints "FILE SIZE SHA256" of each
# package file to fetch, as apt decides; closure adds the dependencies.
plan()
{
	local arch=$1 suite=$2 mode=$3
	local -a verb=(download)
	shift 3
	[[ $mode == exact ]] || verb=(-y install)
	box "$arch" apt-get -qq -t "$suite" --print-uris "${verb[@]}" "$@" </dev/null |
		awk '$4 ~ /^SHA256:/ { print $2, $3, substr($4, 8) }'
}

# closure_names ARCH SUITE PACKAGE...: the names that an installation would bring.
closure_names()
{
	local arch=$1 suite=$2
	shift 2
	box "$arch" apt-get -qq -s -t "$suite" -y install "$@" </dev/null | awk '$1 == "Inst" { print $2 }'
}

deb_is_good()
{
	[[ -f $1 && $(stat -c %s "$1") == "$2" && $(sha256sum <"$1") == "$3  -" ]]
}

# Draws the bar while a download runs; a log gets nothing.
watch_download()
{
	local title=$1 list=$2 total=$3 start=$EPOCHSECONDS have first='' filled rate
	local full='####################' empty='--------------------'
	is_tty || return 0
	while sleep 0.3; do
		have=$(cd "$LVZ_CACHE/debs" && xargs -r stat -c %s <"$list" 2>/dev/null |
			awk '{ s += $1 } END { print s + 0 }')
		# What an earlier run had left does not count for the rate.
		first=${first:-$have}
		filled=$((total > 0 && have < total ? have * 20 / total : 20))
		rate=$(((have - first) / 1000000 / (EPOCHSECONDS > start ? EPOCHSECONDS - start : 1)))
		step_live "${title%%:*}" "${title#*:}, $(size_mb "$total") MB) ${full:0:filled}${empty:filled} $rate MB/s"
	done
}

# fetch ARCH SUITE STEP:TITLE <PLAN: downloads what the cache lacks into debs/. A file
# that was cut off is resumed by apt. Fails when the mirror does not have one.
fetch()
{
	local arch=$1 suite=$2 title=$3 file size sum watcher='' rc=0 total=0
	local dir=$LVZ_CACHE/debs log=$LVZ_CACHE/log/fetch-$1.log list pkg ver
	local -a want=() names=() sizes=() sums=()
	mkdir -p "$dir"
	while read -r file size sum; do
		total=$((total + size))
		names+=("$file")
		sizes+=("$size")
		sums+=("$sum")
		deb_is_good "$dir/$file" "$size" "$sum" && continue
		IFS=_ read -r pkg ver _ <<<"$file"
		# apt writes the version into the file name with %xx escapes.
		printf -v ver '%b' "${ver//%/\\x}"
		want+=("$pkg=$ver")
	done
	((${#want[@]})) || return 0

	list=$(mktemp)
	printf '%s\n' "${names[@]}" >"$list"
	watch_download "$title" "$list" "$total" &
	watcher=$!
	(cd "$dir" && box "$arch" apt-get -q -t "$suite" download "${want[@]}") >"$log" 2>&1 </dev/null || rc=$?
	kill "$watcher" 2>/dev/null || true
	wait "$watcher" 2>/dev/null || true
	rm -f "$list"
	if is_tty; then
		printf '\r\033[K'
	fi

	local i
	for i in "${!names[@]}"; do
		if ! deb_is_good "$dir/${names[i]}" "${sizes[i]}" "${sums[i]}"; then
			note "${title%%:*}: the mirror did not deliver ${names[i]} of Debian $suite:" \
				"$(grep -m1 -o '404 *Not Found\|Connection[a-z ]*\|Could not resolve.*\|Hash Sum mismatch' "$log" ||
					echo "see $log")"
			rc=1
		fi
	done
	return "$rc"
}

# prune PATTERN...: drops the downloads that match and that no finished part of the
# cache names: those of earlier versions.
prune()
{
	local pattern file
	for pattern; do
		for file in "$LVZ_CACHE"/debs/$pattern; do
			if [[ -e $file ]] && ! grep -qsF "package ${file##*/} " "$LVZ_CACHE"/*/manifest; then
				rm -f "$file"
			fi
		done
	done
}

# from_suites ARCH STEP FUNCTION [ADVICE]: calls FUNCTION with forky, then with sid,
# until one succeeds; its name is left in $suite. Lists that are a few hours old may
# name files that the mirror has replaced, so a suite is given up, and its trouble
# told, only after the lists were read again. ADVICE replaces that of the last error.
from_suites()
{
	local arch=$1 name=$2 try=$3
	local advice=${4:-try later, or set LVZ_MIRROR to another mirror}
	for suite in "${LVZ_SUITES[@]}"; do
		if "$try" "$suite" 2>/dev/null; then
			return 0
		fi
		box_open "$arch" refresh
		if "$try" "$suite"; then
			return 0
		fi
		if [[ $suite != "${LVZ_SUITES[-1]}" ]]; then
			note "$name: Debian $suite cannot serve it now, trying ${LVZ_SUITES[-1]}"
		fi
	done
	die "neither Debian ${LVZ_SUITES[0]} nor ${LVZ_SUITES[1]} can serve it; $advice (log: $LVZ_CACHE/log/fetch-$arch.log)"
}

# ---------------------------------------------------------------- amd64 programs

is_dynamic_elf()
{
	[[ $(head -c 4 "$1" | od -An -tx1) == ' 7f 45 4c 46' ]] &&
		grep -qa '/lib64/ld-linux-x86-64\.so\.2' <(head -c 4096 "$1")
}

# wrap ROOT SDK LOADER FILE: FILE of the tree ROOT starts with LOADER of the tree SDK,
# which is ROOT itself or stands beside it.
#
# The host's C library is older than these programs want, and the kernel would
# start them with the host's loader. So each program, and each one that gcc
# starts by itself, becomes a small script that starts the real file with the
# loader of the SDK. The real file stays beside it as NAME.elf.
wrap()
{
	local root=$1 sdk=$2 loader=$3 file=$4 up extra=''
	# The way from the program to the SDK, so that both may be moved.
	up=$(dirname "${file#"$root"/}" | sed 's#[^/]\+#..#g')
	[[ $sdk == "$root" ]] || up+=/../${sdk##*/}
	case ${file##*/} in
	loongarch64-linux-gnu-gcc* | loongarch64-linux-gnu-cpp*)
		# shellcheck disable=SC2016
		extra=' --sysroot="$root"'
		;;
	qemu-system-*)
		# shellcheck disable=SC2016
		extra=' -L "$root/usr/share/qemu"'
		;;
	esac
	mv "$file" "$file.elf"
	cat >"$file" <<-END
		#!/bin/sh
		# Made by scripts/${0##*/}: starts the program beside it with the loader of the SDK.
		self=\$(readlink -f "\$0")
		root=\$(cd "\${self%/*}/$up" && pwd)
		exec "\$root/$loader" \\
			--library-path "\$root/usr/lib/x86_64-linux-gnu:\$root/usr/lib/x86_64-linux-gnu/pulseaudio" \\
			--argv0 "\$self" "\$self.elf"$extra "\$@"
	END
	chmod +x "$file"
}

# wrap_programs ROOT SDK FOLDER...: all that wants it in these folders of ROOT.
wrap_programs()
{
	local root=$1 sdk=$2 loader=usr/lib64/ld-linux-x86-64.so.2 file
	shift 2
	[[ -e $sdk/$loader ]] || loader=usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2
	[[ -e $sdk/$loader ]] || die "the SDK has no loader; please report this"
	while IFS= read -r -d '' file; do
		if is_dynamic_elf "$file"; then
			wrap "$root" "$sdk" "$loader" "$file"
		fi
	done < <(find "$@" -type f -perm -u+x ! -name '*.so*' -print0 2>/dev/null)
}

# ---------------------------------------------------------------- build

# build_tree DIR CONFIGURE-ARGUMENT...: configures when needed and builds in DIR,
# quietly. What went wrong is shown, the rest is in DIR/build.log.
build_tree()
{
	local dir=$1 log=$1/build.log args
	shift
	args="$*"
	mkdir -p "$dir"
	: >"$log"
	if [[ -e $LVZ_TOP/config.status ]]; then
		die "the source tree itself is configured, which keeps builds elsewhere from working: make -C $LVZ_TOP distclean"
	fi
	if ! [[ -x $LVZ_TOP/configure && $LVZ_TOP/configure -nt $LVZ_TOP/configure.ac ]]; then
		step_live build "autoreconf"
		(cd "$LVZ_TOP" && autoreconf -i) >>"$log" 2>&1 || build_failed "$log" autoreconf
	fi
	if ! [[ -e $dir/config.status && $(cat "$dir/.configured" 2>/dev/null) == "$args" ]]; then
		step_live build "configure $args"
		rm -f "$dir/.configured"
		(cd "$dir" && "$LVZ_TOP/configure" "$@") >>"$log" 2>&1 || build_failed "$log" configure
		printf '%s\n' "$args" >"$dir/.configured"
	fi
	step_live build "make"
	make -C "$dir" -j"$(nproc)" >>"$log" 2>&1 || build_failed "$log" make
}

build_failed()
{
	note "build: $2 failed"
	# With several jobs the first error may stand far above the end.
	grep -m 5 -E '(error|Error):|undefined reference' "$1" | sed 's/^/    /' >&2 || true
	show_tail "$1" 12
	exit 1
}

# vmm_of DIR: the program that build_tree made.
vmm_of()
{
	local file
	for file in "$1/lvz-vmm" "$1/src/lvz-vmm"; do
		if [[ -x $file ]]; then
			echo "$file"
			return
		fi
	done
	die "the build in $1 left no lvz-vmm"
}

# ---------------------------------------------------------------- images

# make_data_image FILE: 64 MiB of ext4 with a file whose checksum the guest can
# verify. mke2fs fills it by itself, so no root and no mount; the content is the
# same each time.
make_data_image()
{
	local image=$1 dir rc=0
	dir=$(mktemp -d)
	python3 -c '
import random, sys
sys.stdout.buffer.write(random.Random(1).randbytes(4000000))
' >"$dir/payload"
	(cd "$dir" && sha256sum payload) >"$dir/payload.sha256"
	cat >"$dir/README" <<-'END'
		This is the data disk of the demo guest, a file of 64 MiB on the host.
		What is written here stays for the next start.
	END
	rm -f "$image.new"
	mke2fs -q -t ext4 -E root_owner=0:0 -d "$dir" "$image.new" 64M >"$dir.log" 2>&1 || rc=1
	if ((rc)); then
		note "images: mke2fs failed"
		show_tail "$dir.log"
		exit 1
	fi
	rm -rf "$dir" "$dir.log"
	mv "$image.new" "$image"
}

# make_nested_image IMAGE VMM FOLDER: a disk for a guest that is to be a host: FOLDER
# with the loong64 program VMM, the kernel, an initramfs and guest/nested added. The
# caller has put the file "cases" there, and what these want; so FOLDER changes.
make_nested_image()
{
	local image=$1 vmm=$2 folder=$3 size_mb
	"$LVZ_TOP/scripts/sdk-run" loongarch64-linux-gnu-strip -o "$folder/lvz-vmm" "$vmm"
	"$LVZ_TOP/scripts/mkinitramfs" "$folder/initramfs.img"
	cp "$LVZ_CACHE/guest/vmlinuz" "$LVZ_TOP/guest/nested" "$folder"
	# Room for what guests write into the holes of their images.
	size_mb=$(($(du -sm --apparent-size "$folder" | cut -f 1) * 5 / 4 + 32))
	rm -f "$image.new"
	mke2fs -q -t ext4 -E root_owner=0:0 -d "$folder" "$image.new" "${size_mb}M" >"$image.log" 2>&1 || {
		note "images: mke2fs failed"
		show_tail "$image.log"
		exit 1
	}
	rm -f "$image.log"
	mv "$image.new" "$image"
}
