# SPDX-License-Identifier: Apache-2.0
"""Runs images on both sides, and reduces a program that ends differently.

A program is a list of units (tests/diff/diff.h).  The first unit behind which the states
differ is searched by halves; then it is tried alone, with the state before it as input, then
with one, two, ... of the units before it; at last, all units of this sequence and their parts
are left out one by one.
"""

import os
import struct
import subprocess

STATE = struct.Struct("<32Q128Q8BQ")
MAX_LOG = 62
LOG_BYTES = 8 + 32 * MAX_LOG
SANDBOX_BYTES = 4224
SANDBOX = 0x1018000 - SANDBOX_BYTES // 2
DUMP_BYTES = STATE.size + LOG_BYTES + SANDBOX_BYTES
TIMEOUT_S = 120
SIGNALS = {4: "SIGILL", 5: "SIGTRAP", 7: "SIGBUS", 8: "SIGFPE", 11: "SIGSEGV"}


class Maker:
    """Makes images and runs them."""

    def __init__(self, diffgen, ours, qemu):
        self.diffgen, self.ours, self.qemu = diffgen, ours, qemu

    def make(self, image, options):
        """What diffgen prints."""
        return subprocess.run([self.diffgen, "--image", image, *options], check=True,
                              stdout=subprocess.PIPE, timeout=TIMEOUT_S, text=True).stdout

    @staticmethod
    def output(command, image, path, timeout=TIMEOUT_S):
        """(bytes, what went wrong or None)"""
        with open(path, "wb") as f:
            try:
                ret = subprocess.run([*command, image], stdout=f, timeout=timeout,
                                     check=False).returncode
            except subprocess.TimeoutExpired:
                ret = "timeout"
        with open(path, "rb") as f:
            data = f.read()
        name = os.path.basename(command[0])
        return data, f"{name} ends with {ret}" if ret else None

    def both(self, image, folder, timeout=TIMEOUT_S):
        """Outputs of QEMU and us, and what went wrong."""
        want, bad1 = self.output(self.qemu, image, os.path.join(folder, "want"), timeout)
        got, bad2 = self.output(self.ours, image, os.path.join(folder, "got"), timeout)
        trouble = bad1 or bad2
        if not trouble and len(want) != len(got):
            trouble = f"{len(want)} bytes of results from QEMU, {len(got)} from us"
        return want, got, trouble

    def compare(self, image, size, folder):
        """Numbers of the items of @size bytes that differ, and trouble."""
        want, got, trouble = self.both(image, folder)
        if want == got:
            return [], trouble
        return [at // size for at in range(0, min(len(want), len(got)), size)
                if want[at:at + size] != got[at:at + size]], trouble


class State:
    """A dump."""

    def __init__(self, data):
        values = STATE.unpack_from(data)
        self.gpr, self.fcc, self.fcsr = values[:32], values[160:168], values[168]
        self.v = [values[32 + 4 * i:36 + 4 * i] for i in range(32)]
        log = struct.unpack_from("<Q", data, STATE.size)[0]
        self.nsignals = log
        self.signals = [struct.unpack_from("<IIQQ", data, STATE.size + 8 + 32 * i)
                        for i in range(min(log, MAX_LOG))]
        self.sandbox = data[STATE.size + LOG_BYTES:DUMP_BYTES]

    def items(self):
        """(name, text) of everything."""
        for i, v in enumerate(self.gpr):
            yield f"r{i}", f"{v:#018x}"
        for i, v in enumerate(self.v):
            yield f"v{i}", " ".join(f"{d:016x}" for d in reversed(v))
        for i, v in enumerate(self.fcc):
            yield f"fcc{i}", str(v)
        yield "fcsr0", f"{self.fcsr:#010x}"
        yield "signals", str(self.nsignals)
        for i, (sig, code, pc, addr) in enumerate(self.signals):
            yield (f"signal {i}", f"{SIGNALS.get(sig, sig)} code {code} at {pc:#x} "
                                  f"address {addr:#x}")
        for at in range(0, SANDBOX_BYTES, 8):
            value = int.from_bytes(self.sandbox[at:at + 8], "little")
            yield f"[{SANDBOX + at:#x}]", f"{value:#018x}"


class Case:
    """One program with one input, in parts."""

    def __init__(self, maker, options, folder):
        self.maker, self.options, self.folder = maker, options, folder
        self.image = os.path.join(folder, "image")

    def run(self, *more):
        """Dumps of QEMU and us; b"" for a side that fails."""
        self.maker.make(self.image, [*self.options, "--dump", *more])
        want, got, _ = self.maker.both(self.image, self.folder, 10)
        return want, got

    def listing(self, units):
        """(units as (start, end), words as (address, word, text))"""
        out = self.maker.make(self.image, [*self.options, "--dump", "--list", "--units",
                                           str(units)])
        found, words = [], []
        for line in out.splitlines():
            kind, rest = line.split(" ", 1)
            if kind == "unit":
                found.append(tuple(map(int, rest.split())))
            elif kind == "word":
                address, word, text = rest.split(" ", 2)
                words.append((int(address, 16), int(word, 16), text))
        return found, words

    def state_file(self, units):
        """The state behind the first @units units, for --state; None at the start."""
        if not units:
            return []
        path = os.path.join(self.folder, f"state{units}")
        if not os.path.exists(path):
            want, _ = self.run("--units", str(units))
            with open(path, "wb") as f:
                f.write(want)
        return ["--state", path]


def top_units(units):
    """Numbers of the units that lie in no other."""
    return [i for i, (start, end) in enumerate(units)
            if not any(s <= start and end <= e and j != i and (s, e) != (start, end) or
                       (s, e) == (start, end) and j > i for j, (s, e) in enumerate(units))]


def first_difference(case, count):
    """The number of units behind which the states differ for the first time."""
    low, high = 0, count
    while high - low > 1:
        middle = (low + high) // 2
        want, got = case.run("--units", str(middle))
        if want == got:
            low = middle
        else:
            high = middle
    return high


def shortest(case, last):
    """(first unit, units left out) so that the rest, up to unit @last, still differs."""
    units, _ = case.listing(last)
    tops = top_units(units)
    for first in range(last - 1, -1, -1):
        start = units[tops[first]][0]
        drop = [i for i, (s, e) in enumerate(units) if e <= start and s < e]
        more = ["--units", str(last), "--drop", ",".join(map(str, drop))]
        want, got = case.run(*more, *case.state_file(first))
        if want != got:
            break
    # Whole units before the parts of units; the last one cannot be spared.
    parts = [i for i in range(len(units)) if i not in tops]
    for i in [*tops[first:last - 1], *parts]:
        s, e = units[i]
        if s >= e or any(units[k][0] <= s and e <= units[k][1] for k in drop):
            continue
        want, got = case.run("--units", str(last), "--drop",
                             ",".join(map(str, [*drop, i])), *case.state_file(first))
        if want != got and want and got:
            drop.append(i)
    return first, drop


def describe(case, tables, first, last, drop):
    """The report."""
    units, words = case.listing(last)
    want, got = case.run("--units", str(last), "--drop", ",".join(map(str, drop)),
                         *case.state_file(first))
    before, _ = case.run("--units", "1", "--drop", "0", *case.state_file(first)) \
        if first else case.run("--units", "1", "--drop", "0")
    tops = top_units(units)
    start, end = units[tops[first]][0], units[tops[last - 1]][1]
    gone = {k for i in drop for k in range(*units[i])}
    lines = ["  instructions:"]
    registers = {}
    for k in range(start, end):
        if k in gone:
            continue
        address, word, text = words[k]
        lines.append(f"    {address:#x}: {word:08x}  {text}")
        row = tables.decode(word)
        for op in row.operands if row else []:
            if op.kind == "reg":
                number = sum((word >> pos & ((1 << n) - 1)) for pos, n in op.fields)
                bank = {"f": "v", "x": "v", "c": "fcc"}.get(op.bank, op.bank)
                registers[f"{bank}{number}" if bank != "s" else "fcsr0"] = True
    if len(want) != DUMP_BYTES or len(got) != DUMP_BYTES:
        return "\n".join([*lines, "  one side does not end"])
    initial = dict(State(before).items())
    registers["fcsr0"] = True
    lines.append("  before:")
    lines += [f"    {name:<8} {initial[name]}" for name in registers if name in initial]
    lines.append("  after:")
    theirs, mine = dict(State(want).items()), dict(State(got).items())
    for name in {**theirs, **mine}:
        if theirs.get(name) != mine.get(name):
            lines.append(f"    {name:<8} QEMU {theirs.get(name)}")
            lines.append(f"    {'':<8} ours {mine.get(name)}")
    return "\n".join(lines)


def reduce(maker, tables, options, folder):
    """A text about the difference in the program of @options."""
    case = Case(maker, options, folder)
    want, got = case.run()
    if want == got:
        return "  the program alone ends alike: something before it matters"
    units, _ = case.listing(0)
    last = first_difference(case, len(top_units(units)))
    first, drop = shortest(case, last)
    return describe(case, tables, first, last, drop)
