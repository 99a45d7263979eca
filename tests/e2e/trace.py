#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads what --trace wrote; see the tests "trace" and "trace-objdump".

    trace.py form FILE...               every line has its form, times do not go back
    trace.py uart MMIO-FILE CONSOLE     what went to the serial port is what came out of it
    trace.py pairs EXC-FILE             exceptions and returns fit together
    trace.py objdump INSN-FILE KERNEL OBJDUMP...
"""

import ctypes
import gzip
import re
import struct
import subprocess
import sys
import tempfile

LINE = re.compile(r" *(?P<us>\d+) (?:cpu(?P<cpu>\d+)g? +|- +)(?P<pc>[0-9a-f]{16}|- {15}) "
                  r"(?P<kind>insn|exc|csr|irq|mmio|iocsr) +(?P<text>\S.*)")
HEX = r"(?:0x[0-9a-f]+|0)"
TEXTS = {
    "insn": r"[0-9a-f]{8}  [a-z.]\S*( *\t.*)?(\t; (\$\w+=%s ?)+)?|; (\$\w+=%s ?)+" % (HEX, HEX),
    "exc": r"(INT (1[0-2]|\d) \(\w+\)|[A-Z]+( badv %s| word 0x[0-9a-f]{8})?) plv [0-3]->0 to %s( in the root)?"
           r"|ERTN( \(TLBR\))? plv 0->[0-3] to %s( in the guest)?" % (HEX, HEX, HEX),
    "csr": r"(guest\.)?[A-Z][A-Z0-9_]* %s -> %s( [A-Z]\w* \w+->\w+)*( \(wrote %s\))?" % (HEX, HEX, HEX),
    "irq": r"pin \d+ = [01] \S.*|line \d+ = [01] \w+|taken \d+ \w+",
    "mmio": r"(read |write) [1248] %s %s \S.*" % (HEX, HEX),
}
TEXTS["iocsr"] = TEXTS["mmio"]
PAGE = 4096


def fail(text):
    sys.exit(f"trace.py: {text}")


def read(path):
    """(microseconds, vCPU or None, pc or None, kind, text) of every line."""
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.startswith("#"):
                continue
            match = LINE.fullmatch(line.rstrip("\n"))
            if not match or not line.endswith("\n"):
                fail(f"{path}:{number}: what is this: {line!r}")
            pc = None if match["pc"].startswith("-") else int(match["pc"], 16)
            cpu = None if match["cpu"] is None else int(match["cpu"])
            yield int(match["us"]), cpu, pc, match["kind"], match["text"]


def check_form(paths):
    for path in paths:
        latest, count = {}, 0
        for us, cpu, pc, kind, text in read(path):
            if not re.fullmatch(TEXTS[kind], text):
                fail(f"{path}: {kind} line: {text!r}")
            # Lines that several threads write for one vCPU may overtake each other.
            key = (cpu, kind == "irq" and pc is None)
            if not key[1] and us < latest.get(key, 0):
                fail(f"{path}: {us} us comes after {latest[key]} us on vCPU {cpu}")
            latest[key] = us
            count += 1
        if not count:
            fail(f"{path}: no lines")
        print(f"{path.rsplit('/', 1)[-1]}: {count} lines")


def check_uart(trace, console):
    """THR, LCR and MCR of a 16550: what is sent while neither DLAB nor loopback is on."""
    sent, is_latch, is_loop = bytearray(), False, False
    for _, _, _, kind, text in read(trace):
        words = text.split()
        if kind != "mmio" or words[0] != "write" or words[4].split("+")[0] != "serial":
            continue
        at, value = int(words[4].split("+")[1], 16), int(words[3], 16)
        if at == 3:
            is_latch = bool(value & 0x80)
        elif at == 4:
            is_loop = bool(value & 0x10)
        elif at == 0 and not is_latch and not is_loop:
            sent.append(value)
    with open(console, "rb") as file:
        came = file.read()
    if bytes(sent) != came:
        fail(f"{len(sent)} bytes in the trace, {len(came)} on the console; "
             f"{bytes(sent[:60])!r}, {came[:60]!r}")
    if b"Linux version" not in came:
        fail(f"the console says {came[:60]!r}")
    print(f"{len(came)} bytes of the console are in the trace")


def check_pairs(path):
    """System calls return behind themselves, faults to where they were."""
    inside, good = {}, {"SYS": 0, "PIF": 0, "INT": 0}
    for _, cpu, pc, kind, text in read(path):
        words = text.split()
        if kind != "exc":
            continue
        if words[0] != "ERTN":
            inside.setdefault(cpu, []).append((words[0], pc))
            continue
        # Schedulers switch between enter and return: only look at what nests.
        stack = inside.setdefault(cpu, [])
        name, era = stack.pop() if stack else ("", 0)
        if name in good and int(words[words.index("to") + 1], 16) == era + (4 if name == "SYS" else 0):
            good[name] += 1
    for name, count in good.items():
        if count < 20:
            fail(f"only {count} {name} that return to where they should")
    print(", ".join(f"{count} {name}" for name, count in good.items()) + " return")


# ---- instructions beside objdump


def unpack(path):
    """The Image that an EFI zboot kernel carries."""
    with open(path, "rb") as file:
        data = file.read()
    if data[4:8] != b"zimg":
        return data
    at, length = struct.unpack_from("<2I", data, 8)
    packed, kind = data[at:at + length], data[24:56].split(b"\0")[0]
    if kind == b"gzip":
        return gzip.decompress(packed)
    size, = struct.unpack_from("<I", data, at + length)
    out = ctypes.create_string_buffer(size)
    zstd = ctypes.CDLL("libzstd.so.1").ZSTD_decompress
    zstd.restype = ctypes.c_size_t
    got = zstd(out, ctypes.c_size_t(size), packed, ctypes.c_size_t(length))
    if got != size:
        fail(f"{path}: unpacked to {got} bytes, wanted {size}")
    return out.raw


def plain(text):
    """One blank between words, no address behind a branch."""
    return " ".join(re.sub(r"\t(#|;) .*", "", text).split())


def check_objdump(trace, kernel, objdump):
    image = unpack(kernel)
    load, = struct.unpack_from("<Q", image, 24)
    lines, pages = {}, {}
    for _, _, pc, kind, text in read(trace):
        at = (pc & (1 << 48) - 1) - load
        if kind == "insn" and 0 <= at < len(image) - PAGE and not text.startswith(";"):
            lines[at] = text
            pages.setdefault(at // PAGE, len(pages))
    with tempfile.NamedTemporaryFile(suffix=".bin") as file:
        for page in pages:
            file.write(image[page * PAGE:(page + 1) * PAGE])
        file.flush()
        done = subprocess.run(objdump + ["-D", "-z", "-b", "binary", "-m", "loongarch64", "-M",
                                         "no-aliases", file.name], capture_output=True,
                              text=True, check=True)
    theirs = {int(m[1], 16): m[2] + "  " + m[3] for m in
              re.finditer(r"^ *([0-9a-f]+):\t([0-9a-f]{8}) ?\t?(.*)$", done.stdout, re.M)}
    same = patched = 0
    for at, text in lines.items():
        want = theirs[pages[at // PAGE] * PAGE + at % PAGE]
        if text[:8] != want[:8]:
            patched += 1		# the kernel does that to itself
        elif plain(text) != plain(want):
            fail(f"image offset {at:#x}: we say {plain(text)!r}, objdump {plain(want)!r}")
        else:
            same += 1
    if same < 5000 or patched > same // 20:
        fail(f"{same} instructions as in the image, {patched} others")
    print(f"{same} instructions read as objdump reads the image, {patched} were patched")


def main():
    what, args = sys.argv[1], sys.argv[2:]
    if what == "form":
        check_form(args)
    elif what == "uart":
        check_uart(*args)
    elif what == "pairs":
        check_pairs(*args)
    elif what == "objdump":
        check_objdump(args[0], args[1], args[2:])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
