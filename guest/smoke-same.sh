#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What gives the same output on every machine that computes right: bash, coreutils,
# gzip, xz and openssl on the files of the current folder. The host runs it for what is
# wanted, the guest for what it got. A line "== NAME" starts each section.
#
#   smoke-same.sh ROOT       the folder with the userland's own files

root=$1
scratch=$(mktemp -d)
trap 'rm -r "$scratch"' EXIT
export LC_ALL=C TZ=UTC
section() { echo "== $1"; }
sums() { sha256sum | cut -d ' ' -f 1; }

# ------------------------------------------------------------------ bash

section bash-arithmetic
for value in 1 -1 7 -7 9223372036854775807 -9223372036854775808 0x7fffffff -2147483648; do
	for other in 3 -3 64 1000003 -9223372036854775807; do
		echo "$value $other: $((value + other)) $((value - other)) $((value * other))" \
			"$((value / other)) $((value % other)) $((value & other)) $((value ^ other))" \
			"$((value << 5)) $((value >> 5)) $((value < other)) $((other <= value))"
	done
done
echo $((16#ff + 2#1011 + 36#zz)) $((2 ** 62)) $((~0)) $((1 ? 2 : 3)) $((5, 6))
((total = 0))
for ((i = 1; i <= 3000; i++)); do
	((total = (total * 31 + i) % 1000000007))
done
echo "$total"

section bash-strings
text='The quick brown fox; jumps/over the lazy dog.'
echo "${text^^}" "${text,,}" "${text//o/0}" "${text/#The/A}" "${text%.*}" "${text##*/}"
echo "${#text}" "${text:4:5}" "${text: -4}" "${text@Q}"
printf '%05d|%-8s|%8s|%x|%o|%c|%q|%e|%.3f|%g\n' 42 left right 255 8 z 'a b' 12345.678 2.0625 1e-7
[[ $text =~ (q[a-z]+)\ ([a-z]+).*(l..y) ]] && printf '<%s>\n' "${BASH_REMATCH[@]}"
case $text in *fox*dog.) echo matched ;; *) echo unmatched ;; esac
echo {a..e}{1..3} {01..10..3} {z..t..2}
printf -v made '%s-' one two three
echo "$made" "$(echo nested "$(echo "$(echo deep)")")"

section bash-arrays
declare -a list=(banana apple cherry "two words")
declare -A map=([one]=1 [two]=2 [three]=3)
list+=(date)
list[9]=far
unset 'list[1]'
echo "${#list[@]} ${!list[*]} ${list[*]}" "${list[@]:2:2}"
for key in $(printf '%s\n' "${!map[@]}" | sort); do
	echo "$key=${map[$key]}"
done
mapfile -t lines < <(seq 5 -1 1)
echo "${lines[@]/#/n}"
quicksort()
{
	local pivot=$1 small=() large=() item
	(($# > 1)) || { echo "$@"; return; }
	shift
	for item; do
		if ((item < pivot)); then small+=("$item"); else large+=("$item"); fi
	done
	# shellcheck disable=SC2046 # one word per number
	echo $(quicksort "${small[@]}") "$pivot" $(quicksort "${large[@]}")
}
quicksort 5 3 9 1 7 -4 8 2 6 0 11 3

section bash-processes
false | true | (exit 7)
echo "${PIPESTATUS[@]}"
(trap 'echo caught TERM' TERM; kill -TERM $BASHPID; echo after)
(trap 'echo left' EXIT; exit 3)
echo "status $?"
coproc TOUPPER { while read -r line; do echo "${line^^}"; done; }
echo "to a coprocess" >&"${TOUPPER[1]}"
read -r answer <&"${TOUPPER[0]}"
echo "$answer"
kill "$TOUPPER_PID"
wait "$TOUPPER_PID" 2>/dev/null
for i in 1 2 3 4 5 6; do
	(exit $((i * 7))) &
	pids[i]=$!
done
for i in 1 2 3 4 5 6; do
	wait "${pids[i]}"
	echo "$i: $?"
done
diff <(seq 1 20) <(seq 1 20 | sed 's/^7$/seven/')
read -r -d '' here <<-END
	here document with $((6 * 7))
END
echo "$here"
# shellcheck disable=SC2034 # the loop is what matters: 60 forks, each with a pipe
for i in {1..30}; do echo "$i" | cat; done | sums

# ------------------------------------------------------------------ coreutils

section checksums
for tool in md5sum sha1sum sha224sum sha256sum sha384sum sha512sum b2sum 'cksum -a crc' 'cksum -a bsd' 'cksum -a sysv'; do
	echo "$tool"
	# shellcheck disable=SC2086 # cksum has an option
	$tool random text zeros empty one odd
done

section userland-files
(
	cd "$root" || exit
	sha256sum usr/bin/bash usr/bin/openssl usr/bin/python3.* \
		usr/lib/loongarch64-linux-gnu/libcrypto.so.3
	find usr/lib/loongarch64-linux-gnu -name 'lib*.so.*' -type f -print0 | sort -z | xargs -0 md5sum | sums
)

section sort
sort text | sums
sort -u text | sums
sort -r text | sums
sort -n -k 2,2 text | sums
sort -k 3 -s text | sums
sort -g -k 4 text | sums
sort -h -k 2 text | sums
sort --parallel=4 -S 1M text text text | sums
tr ' ' '\n' <text | sort | uniq -c | sort -k 1,1nr -k 2 | head -n 20

section text
wc text empty
wc -l -c random
wc -L text
head -c 1000 text | od -A d -t x1z | sums
tail -n 100 text | cut -d ' ' -f 1,3- | paste -s -d , | fold -w 70 | sums
tr a-y b-z <text | sums
tac text | nl | expand | unexpand -a | sums
join <(sort -u text | head -n 500) <(sort -u text | head -n 400) | sums
comm -3 <(sort -u text | head -n 500) <(sort -u text | tail -n +50 | head -n 500) | sums
split -b 271828 --filter=md5sum random
pr -t -3 text | sums
grep -c -E '^[a-m].*[0-9]{3}' text
grep -o -i 'q[a-z]*' text | sort | uniq -c | sort -rn -k 1,1 -k 2 | sums
sed -E 's/([a-z]+) ([0-9]+)/\2 \1/; /z/d; y/abc/xyz/' text | sums
awk '{ n[length($1)]++; s += $2 } END { for (i in n) k++; print k, s; printf "%.12g %.12g\n", exp(1), log(s) }' text

section numbers
seq -s ' ' 0 0.1 3
seq -f %.4e 1 12345.678 100000
for n in 1 2 97 1000000007 999999866000004473 18446744073709551557 18446744073709551615 \
	600851475143 1208925819614629174706189; do
	factor "$n"
done
factor {9999999900..9999999999} | sums
od -A x -t f8 -N 2400 random | sums
od -A n -t f4 -N 2400 random | sums
od -A n -t d8u4x2o1 -N 4096 random | sums
numfmt --to=iec 1 1023 1024 123456789 9999999999999
numfmt --from=si 1K 23.5M 7G
expr 17 \* 19 - 4 : 3 2>/dev/null
date -u -d @1234567890 '+%F %T %j %a %U'
date -u -d '2024-02-29 +1 year' +%F

section blocks
dd if=random bs=777 skip=11 count=1300 2>/dev/null | sums
dd if=random bs=4096 conv=swab 2>/dev/null | sums
dd if=text conv=ucase,block cbs=40 2>/dev/null | sums
cat random text random | tail -c +12345 | head -c 4000001 | sums
base64 -w 61 random | sums
base64 random | base64 -d | sums
base32 odd | sums
cmp random odd
shuf --random-source=random -i 1-5000 | sums
# What gzip and xz make differs between their versions, what comes back does not.
for level in 1 6 9; do
	gzip -n -$level <text | gzip -d | sums
	gzip -n -$level <random | gzip -d | sums
done
xz -1 <text | xz -d | sums
xz -0 -C sha256 <random | xz -dc | sums
tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -H ustar -c text random one | tar -x -O | sums

# ------------------------------------------------------------------ openssl

section openssl-digests
for name in md5 sha1 sha224 sha256 sha384 sha512 sha512-256 sha3-256 sha3-512 shake256 blake2b512 blake2s256 sm3; do
	options=()
	[[ $name == shake256 ]] && options=(-xoflen 32)
	openssl dgst -r "-$name" "${options[@]}" text odd empty
done
openssl dgst -r -sha256 -hmac key random
openssl dgst -r -sha512 -mac HMAC -macopt hexkey:00112233 random
openssl mac -cipher AES-128-CBC -macopt hexkey:000102030405060708090a0b0c0d0e0f -in odd CMAC
openssl kdf -keylen 40 -kdfopt digest:SHA2-256 -kdfopt pass:word -kdfopt salt:salt -kdfopt iter:2000 PBKDF2
openssl kdf -keylen 40 -kdfopt digest:SHA2-256 -kdfopt key:secret -kdfopt salt:salt -kdfopt info:label HKDF
openssl kdf -keylen 40 -kdfopt pass:word -kdfopt salt:salt -kdfopt n:256 -kdfopt r:8 -kdfopt p:2 SCRYPT

section openssl-ciphers
key=000102030405060708090a0b0c0d0e0ff0e1d2c3b4a5968778695a4b3c2d1e0f
iv=a0b1c2d3e4f5061728394a5b6c7d8e9f
for name in aes-128-cbc aes-192-cbc aes-256-cbc aes-128-ecb aes-256-ctr aes-128-ofb aes-128-cfb \
	camellia-256-cbc aria-128-ctr sm4-cbc des-ede3-cbc chacha20; do
	case $name in
	*128*|sm4*) k=${key:0:32} ;;
	*192*|des*) k=${key:0:48} ;;
	*) k=$key ;;
	esac
	v=$iv
	[[ $name == des* ]] && v=${iv:0:16}
	if [[ $name == *-ecb ]]; then
		vector=()
	else
		vector=(-iv "$v")
	fi
	openssl enc "-$name" -K "$k" "${vector[@]}" <text >"$scratch/secret"
	echo "$name $(sums <"$scratch/secret")" \
		"$(openssl enc -d "-$name" -K "$k" "${vector[@]}" <"$scratch/secret" | sums)"
done
rm "$scratch/secret"
echo "pass $(openssl enc -aes-256-cbc -pbkdf2 -iter 1000 -S 0011223344556677 -k secret <text | sums)"

section openssl-keys
openssl dgst -sha256 -sign ../keys/rsa.pem <text | sums
openssl pkeyutl -sign -inkey ../keys/ed25519.pem -rawin -in odd | sums
openssl pkeyutl -derive -inkey ../keys/x25519.pem -peerkey ../keys/x25519-peer.pub | sums
openssl pkeyutl -derive -inkey ../keys/ec.pem -peerkey ../keys/ec-peer.pub | sums
openssl rsa -in ../keys/rsa.pem -check -noout 2>&1
openssl x509 -in ../keys/cert.pem -noout -fingerprint -sha256
openssl verify -CAfile ../keys/cert.pem ../keys/cert.pem
for n in 170141183460469231731687303715884105727 170141183460469231731687303715884105729; do
	openssl prime $n
done
