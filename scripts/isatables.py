# SPDX-License-Identifier: Apache-2.0
"""Reads isa/la64.insns, isa/la64.csrs, isa/la64.cpucfg and isa/la64.tests and checks them.

The formats are described at the top of each file.  Every problem becomes one
"file:line: text" message in a Problems list; reading goes on, so that one run reports
them all.  Used by isagen.py and by the tests.
"""

import fnmatch
import re


class Problems:
    """Collects messages; TableError carries them out when a file is unusable."""

    def __init__(self):
        self.messages = []

    def add(self, path, line, text):
        self.messages.append(f"{path}:{line}: {text}")


class TableError(Exception):
    """Raised with all messages of a run, one a line."""


def _lines(path):
    """Yields (line number, text) without comments and empty lines."""
    with open(path, encoding="utf-8") as f:
        for n, line in enumerate(f, 1):
            line = line.split("#", 1)[0].rstrip()
            if line:
                yield n, line


def c_name(name):
    return name.replace(".", "_")


# --------------------------------------------------------------------------- instructions

FLAGS = ("load", "store", "atomic", "branch", "jump", "call", "end", "trap", "fpe", "priv",
         "lvz", "sync", "specific", "pcrel")
GATES = {"-": "NONE", "FP": "FP", "LSX": "LSX", "LASX": "LASX"}
REG_BITS = {"r": 5, "f": 5, "c": 3, "s": 2, "v": 5, "x": 5}
REG_POS = {"d": 0, "j": 5, "k": 10, "a": 15}
SLOT_OF = {"d": "a", "j": "b", "k": "c", "a": "d"}

_REG = re.compile(r"([=+]?)([rfcsvx])([djka])$")
_IMM = re.compile(r"([us])i(\d+)(?::([djkam]))?(?:<<(\d+))?(?:\+(\d+))?$")
_OFFS = re.compile(r"offs(\d+)$")


class Operand:
    """One operand of an instruction, in assembler order.

    kind    "reg", "imm", "offs" (branch distance), "csr" or "cond"
    bank    of a register: r f c s v x
    access  of a register: "" read, "=" written, "+" both
    fields  [(pos, len)], most significant part first
    """

    def __init__(self, text, kind, letters, **more):
        self.text, self.kind, self.letters = text, kind, letters
        self.bank = more.get("bank", "")
        self.access = more.get("access", "")
        self.signed = more.get("signed", False)
        self.want_bits = more.get("bits", 0)
        self.shift = more.get("shift", 0)
        self.plus = more.get("plus", 0)
        self.fields = []

    @property
    def bits(self):
        return sum(length for _, length in self.fields)

    @property
    def c_arg(self):
        """Name of the encoder's parameter."""
        if self.kind == "reg":
            return self.bank + self.letters
        if self.kind in ("csr", "cond", "offs"):
            return self.kind
        base = ("s" if self.signed else "u") + "i" + str(self.want_bits)
        return base if self.letters == "i" else base + self.letters

    def value_range(self):
        """Smallest, largest value and step as the assembler writes them."""
        step = 1 << self.shift
        if self.signed:
            half = 1 << (self.bits - 1)
            low, high = -half, half - 1
        else:
            low, high = 0, (1 << self.bits) - 1
        return low * step + self.plus, high * step + self.plus, step

    def insert(self, value):
        """The bits of an instruction word that hold @value."""
        value = ((value - self.plus) >> self.shift) & ((1 << self.bits) - 1)
        word, left = 0, self.bits
        for pos, length in self.fields:
            left -= length
            word |= (value >> left & ((1 << length) - 1)) << pos
        return word


class Insn:
    """One row of la64.insns."""

    def __init__(self, name, line):
        self.name, self.line = name, line
        self.op = c_name(name)
        self.mask = self.match = 0
        self.fields = {}
        self.operands = []
        self.flags = ()
        self.cpucfg = None
        self.gate = "-"
        self.manual = ""
        self.slots = []

    def matches(self, word):
        return word & self.mask == self.match

    def encode(self, values):
        """The word with operands @values, in assembler order and as it writes them."""
        word = self.match
        for op, value in zip(self.operands, values):
            word |= op.insert(value)
        return word

    def overlaps(self, other):
        return not (self.mask & other.mask & (self.match ^ other.match))


class Insns:
    def __init__(self, path):
        self.path, self.rows, self.conds = path, [], {}


def _parse_pattern(row, text, bad):
    """Fills mask, match and fields from 32 pattern characters."""
    for i, ch in enumerate(text):
        bit = 31 - i
        if ch in "01":
            row.mask |= 1 << bit
            row.match |= int(ch) << bit
        else:
            row.fields.setdefault(ch, []).append(bit)
    for ch, bits in row.fields.items():
        low, length = min(bits), len(bits)
        if max(bits) - low + 1 != length:
            bad(f"field '{ch}' is in several pieces")
        if ch in REG_POS and low != REG_POS[ch]:
            bad(f"field '{ch}' begins at bit {low}, want {REG_POS[ch]}")
        row.fields[ch] = (low, length)


def _parse_operand(text):
    m = _REG.match(text)
    if m:
        return Operand(text, "reg", m[3], access=m[1], bank=m[2], bits=REG_BITS[m[2]])
    m = _IMM.match(text)
    if m:
        return Operand(text, "imm", m[3] or "i", signed=m[1] == "s", bits=int(m[2]),
                       shift=int(m[4] or 0), plus=int(m[5] or 0))
    m = _OFFS.match(text)
    if m:
        letters = "i" if int(m[1]) == 16 else "hi"
        return Operand(text, "offs", letters, signed=True, bits=int(m[1]), shift=2)
    if text == "csr":
        return Operand(text, "csr", "i", bits=14)
    if text == "cond":
        return Operand(text, "cond", "c", bits=5)
    return None


def _bind_operand(row, op, used, bad):
    """Connects an operand with its field(s)."""
    for ch in op.letters:
        if ch not in row.fields:
            return bad(f"operand '{op.text}': the pattern has no field '{ch}'")
        if ch in used:
            bad(f"operand '{op.text}': field '{ch}' is used twice")
        used.add(ch)
        op.fields.append(row.fields[ch])
    if op.bits != op.want_bits:
        bad(f"operand '{op.text}' wants {op.want_bits} bits, the pattern gives {op.bits}")
    if op.kind == "imm" and op.letters in REG_POS and op.signed:
        bad(f"operand '{op.text}': an immediate in a register's place is unsigned")


def _assign_slots(row, bad):
    """Says which part of struct la_uop takes each operand (soft/uop.h)."""
    free = []
    for op in row.operands:
        if op.letters in SLOT_OF:
            row.slots.append((SLOT_OF[op.letters], op))
        elif op.kind == "cond":
            row.slots.append(("d", op))
        else:
            free.append(op)
    taken = {slot for slot, _ in row.slots}
    if len(free) == 1:
        row.slots.append(("d" if taken & {"c", "d"} else "imm", free[0]))
    elif len(free) == 2 and free[0].signed:
        row.slots += [("e", free[0]), ("c", free[1])]
    elif free:  # fields i and m: there cannot be a third
        row.slots += [("c", free[0]), ("d", free[1])]
    names = [slot for slot, _ in row.slots]
    for slot in set(names):
        if names.count(slot) > 1:
            bad(f"two operands want uop field '{slot}'")
    for slot, op in row.slots:
        low, high, _ = op.value_range()
        limit = {"e": (-0x8000, 0x7fff), "imm": (-0x80000000, 0x7fffffff)}.get(slot, (0, 255))
        if op.fields and not (limit[0] <= low and high <= limit[1]):
            bad(f"operand '{op.text}' does not fit uop field '{slot}'")


def _parse_operands(row, text, bad):
    """Fills row.operands and connects them with the fields of the pattern."""
    used, is_complete = set(), True
    for item in text.split(",") if text != "-" else []:
        op = _parse_operand(item)
        if not op:
            bad(f"'{item}' is not an operand")
            is_complete = False
            continue
        row.operands.append(op)
        _bind_operand(row, op, used, bad)
    for ch in row.fields:
        if ch not in used and is_complete:
            bad(f"no operand uses field '{ch}'")


def _parse_row(text, line, add_problem):
    """A row; what is wrong with it goes to add_problem(text)."""
    count = 0

    def bad(message):
        nonlocal count
        count += 1
        add_problem(message)

    words = text.split()
    row = Insn(words.pop(0), line)
    if not re.match(r"[a-z][a-z0-9_.]*$", row.name):
        bad(f"'{row.name}' is not an instruction name")
    pattern = ""
    while words and len(pattern) < 32 and re.match(r"[01djkaihmc]+$", words[0]):
        pattern += words.pop(0)
    if len(pattern) != 32:
        bad(f"pattern has {len(pattern)} bits, want 32")
        return row
    _parse_pattern(row, pattern, bad)
    if len(words) != 5:
        bad(f"{len(words)} columns after the pattern, want 5: "
            "operands flags cpucfg gate manual")
        return row
    operands, flags, cpucfg, row.gate, row.manual = words
    if not count:
        _parse_operands(row, operands, bad)
    row.flags = tuple(flags.split(",")) if flags != "-" else ()
    for flag in dict.fromkeys(row.flags):
        if flag not in FLAGS:
            bad(f"unknown flag '{flag}' (want one of: {' '.join(FLAGS)})")
        if row.flags.count(flag) > 1:
            bad(f"flag '{flag}' twice")
    m = re.match(r"(\d+)\.(\d+)$", cpucfg)
    if m and int(m[2]) < 32:
        row.cpucfg = int(m[1]), int(m[2])
    elif cpucfg != "-":
        bad(f"cpucfg '{cpucfg}': want word.bit or -")
    if row.gate not in GATES:
        bad(f"unknown gate '{row.gate}' (want one of: {' '.join(GATES)})")
    if not re.match(r"(\d+(\.\d+)+|vol\.[123])$", row.manual):
        bad(f"manual section '{row.manual}': want e.g. 2.2.1.1 or vol.2")
    if not count:
        _assign_slots(row, bad)
    return row


def _parse_cond(text, conds, bad):
    for item in text.split():
        m = re.match(r"([a-z]+)=(\d+)$", item)
        if not m or int(m[2]) > 31:
            bad(f"'{item}': want name=0..31")
        elif m[1] in conds or int(m[2]) in conds.values():
            bad(f"condition '{item}' is there already")
        else:
            conds[m[1]] = int(m[2])


def _check_overlaps(table, problems):
    """Every word may match one row, or a general one and a "specific" one inside it."""
    buckets = {}
    for row in table.rows:
        tops = [row.match >> 26] if row.mask >> 26 == 63 else range(64)
        for top in tops:
            buckets.setdefault(top, []).append(row)
    seen, inside = set(), set()
    for rows in buckets.values():
        for i, b in enumerate(rows):
            for a in rows[:i]:
                if not a.overlaps(b) or (a.line, b.line) in seen:
                    continue
                seen.add((a.line, b.line))
                special = [r for r in (a, b) if "specific" in r.flags]
                if len(special) == 1:
                    other = b if special[0] is a else a
                    if special[0].mask & other.mask == other.mask != special[0].mask:
                        inside.add(special[0].name)
                        continue
                problems.add(table.path, b.line,
                             f"'{b.name}' overlaps '{a.name}' (line {a.line}), e.g. word "
                             f"{a.match | b.match:#010x}")
    for row in table.rows:
        if "specific" in row.flags and row.name not in inside:
            problems.add(table.path, row.line,
                         f"'{row.name}' is marked specific but lies inside no other row")


def read_insns(path, problems):
    table = Insns(path)
    names, ops = {}, {}
    for line, text in _lines(path):
        before = len(problems.messages)

        def bad(message, line=line):
            problems.add(path, line, message)

        if text.startswith("%cond"):
            _parse_cond(text[5:], table.conds, bad)
            continue
        if text.startswith("%"):
            bad(f"unknown directive '{text.split()[0]}'")
            continue
        row = _parse_row(text, line, bad)
        if row.name in names:
            bad(f"'{row.name}' is there already (line {names[row.name]})")
        elif row.op in ops:
            bad(f"'{row.name}' has the same C name as line {ops[row.op]}")
        names.setdefault(row.name, line)
        ops.setdefault(row.op, line)
        if len(problems.messages) == before:
            table.rows.append(row)
    _check_overlaps(table, problems)
    if any(op.kind == "cond" for row in table.rows for op in row.operands) and not table.conds:
        problems.add(path, 1, "a row has a condition, but there is no %cond line")
    return table


# --------------------------------------------------------------------------- CSRs, CPUCFG

ACCESS = ("rw", "ro", "w1", "hw", "alias")
GUEST = ("own", "trap", "perf")


class Field:
    def __init__(self, name, hi, lo, line):
        self.name, self.hi, self.lo, self.line = name, hi, lo, line
        self.access, self.reset, self.values = "ro", 0, {}

    @property
    def mask(self):
        return ((1 << (self.hi - self.lo + 1)) - 1) << self.lo


class Csr:
    """A register, or @count of them at @num, @num + @stride, ..."""

    def __init__(self, name, line):
        self.name, self.line = name, line
        self.num = self.stride = self.width = 0
        self.count = 0		# 0: a single one without an index in its name
        self.guest, self.cpucfg, self.fields = "trap", None, []

    def instances(self):
        if not self.count:
            return [(self.name, self.num)]
        return [(self.name.replace("%", str(i)), self.num + i * self.stride)
                for i in range(self.count)]

    @property
    def base(self):
        """The name that fields are prefixed with."""
        return self.name.replace("%", "")

    def mask_of(self, *access):
        mask = 0
        for f in self.fields:
            if f.access in access:
                mask |= f.mask
        return mask

    @property
    def reset(self):
        return sum(f.reset << f.lo for f in self.fields)


def _parse_field(words, line, width, bad):
    """Bits and name, checked against the register's width."""
    m = re.match(r"(\d+)(?::(\d+))?$", words[0])
    if not m:
        bad(f"'{words[0]}': want bit or high:low")
        return None
    hi, lo = int(m[1]), int(m[2] if m[2] is not None else m[1])
    if hi < lo or hi >= width:
        bad(f"bits {words[0]} do not fit a register of {width} bits")
        return None
    if not re.match(r"[A-Z][A-Z0-9_]*$", words[1]):
        bad(f"'{words[1]}' is not a field name")
        return None
    return Field(words[1], hi, lo, line)


def _number(text, bits, bad):
    try:
        value = int(text, 0)
    except ValueError:
        bad(f"'{text}' is not a number")
        return 0
    if not 0 <= value < 1 << bits:
        bad(f"value {text} does not fit {bits} bits")
        return 0
    return value


def _add_field(fields, field, bad):
    for f in fields:
        if f.name == field.name:
            bad(f"field '{f.name}' is there already (line {f.line})")
        if "alias" not in (f.access, field.access) and f.mask & field.mask:
            bad(f"field '{field.name}' overlaps '{f.name}' (line {f.line})")
    fields.append(field)


def _parse_csr_head(words, line, bad):
    if len(words) != 5:
        bad(f"{len(words)} columns, want 5: number name width guest cpucfg")
        return None
    csr = Csr(words[1], line)
    m = re.match(r"(0x[0-9a-f]+)(?:\+(\d+)\*(\d+))?$", words[0])
    if not m or int(m[1], 16) >= 1 << 14:
        bad(f"number '{words[0]}': want 0x... below 0x4000, or 0x...+stride*count")
        return None
    csr.num, csr.stride, csr.count = int(m[1], 16), int(m[2] or 0), int(m[3] or 0)
    if not re.match(r"[A-Z][A-Z0-9]*%?[A-Z0-9]*$", csr.name):
        bad(f"'{csr.name}' is not a CSR name")
    if ("%" in csr.name) != bool(csr.count):
        bad(f"'{csr.name}': % in the name goes with +stride*count")
        return None
    if words[2] not in ("32", "64"):
        bad(f"width '{words[2]}': want 32 or 64")
        return None
    csr.width = int(words[2])
    if words[3] not in GUEST:
        bad(f"guest '{words[3]}': want one of: {' '.join(GUEST)}")
    csr.guest = words[3]
    m = re.match(r"(\d+)\.(\d+)$", words[4])
    if m:
        csr.cpucfg = int(m[1]), int(m[2])
    elif words[4] != "-":
        bad(f"cpucfg '{words[4]}': want word.bit or -")
    return csr


def read_csrs(path, problems):
    csrs, names, nums = [], {}, {}
    for line, text in _lines(path):
        def bad(message, line=line):
            problems.add(path, line, message)

        words = text.split()
        if not text[0].isspace():
            csr = _parse_csr_head(words, line, bad)
            if csr:
                csrs.append(csr)
                for name, num in csr.instances():
                    if name in names:
                        bad(f"'{name}' is there already (line {names[name]})")
                    if num in nums:
                        bad(f"number {num:#x} is taken (line {nums[num]})")
                    names[name] = nums[num] = line
            continue
        if not csrs:
            bad("a field before the first register")
            continue
        if len(words) not in (3, 4):
            bad(f"{len(words)} columns, want 3 or 4: bits name access [reset]")
            continue
        field = _parse_field(words, line, csrs[-1].width, bad)
        if not field:
            continue
        field.access = words[2]
        if field.access not in ACCESS:
            bad(f"access '{words[2]}': want one of: {' '.join(ACCESS)}")
        if len(words) == 4:
            field.reset = _number(words[3], field.hi - field.lo + 1, bad)
            if field.reset and field.access == "alias":
                bad("an alias has no reset value of its own")
        _add_field(csrs[-1].fields, field, bad)
    return csrs


def read_cpucfg(path, problems):
    """Returns (models, {word: [Field]}); Field.values maps a model to the field's value."""
    models, words_of = [], {}
    for line, text in _lines(path):
        def bad(message, line=line):
            problems.add(path, line, message)

        words = text.split()
        if words[0] == "%models":
            models = words[1:]
            continue
        if not models:
            bad("a field before the %models line")
            continue
        if len(words) != 3 + len(models):
            bad(f"{len(words)} columns, want {3 + len(models)}: word bits name "
                + " ".join(models))
            continue
        word = _number(words[0], 8, bad)
        field = _parse_field(words[1:], line, 32, bad)
        if not field:
            continue
        for model, value in zip(models, words[3:]):
            field.values[model] = _number(value, field.hi - field.lo + 1, bad)
        _add_field(words_of.setdefault(word, []), field, bad)
    return models, words_of


def read_all(insns_path, csrs_path, cpucfg_path):
    """Reads the three files; raises TableError with all messages if anything is wrong."""
    problems = Problems()
    insns = read_insns(insns_path, problems)
    csrs = read_csrs(csrs_path, problems)
    models, cpucfg = read_cpucfg(cpucfg_path, problems)
    for row in insns.rows:
        if row.cpucfg and not any(f.lo <= row.cpucfg[1] <= f.hi
                                  for f in cpucfg.get(row.cpucfg[0], [])):
            problems.add(insns_path, row.line,
                         f"'{row.name}': CPUCFG bit {row.cpucfg[0]}.{row.cpucfg[1]} is not in "
                         f"{cpucfg_path}")
    if problems.messages:
        raise TableError("\n".join(problems.messages))
    return insns, csrs, models, cpucfg


# --------------------------------------------------------------------------- tests

def _select(insns, item):
    """Names of the rows that @item of la64.tests means; None if it means nothing."""
    kind, _, value = item.rpartition(":")
    if not kind:
        return {row.name for row in insns.rows if fnmatch.fnmatchcase(row.name, value)}
    if kind == "gate" and value in GATES:
        return {row.name for row in insns.rows if row.gate == value}
    if kind == "flag" and value in FLAGS:
        return {row.name for row in insns.rows if value in row.flags}
    return None


def read_tests(path, insns):
    """Returns {test: names of rows}, in the file's order; raises TableError."""
    problems, tests = Problems(), {}
    for line, text in _lines(path):
        test, *items = text.split()
        if not re.match(r"tests/[a-z]+/[A-Za-z0-9_-]+$", test):
            problems.add(path, line, f"'{test}' is not the path of a test")
        chosen, before = tests.setdefault(test, set()), len(problems.messages)
        for item in items:
            found = _select(insns, item.removeprefix("!"))
            if found is None:
                problems.add(path, line, f"'{item}': want a row, gate:GATE or flag:FLAG")
            elif item.startswith("!"):
                if not found & chosen:
                    problems.add(path, line, f"'{item}' takes nothing away")
                chosen -= found
            else:
                if not found - chosen:
                    problems.add(path, line, f"'{item}' adds no row")
                chosen |= found
        if not chosen and len(problems.messages) == before:
            problems.add(path, line, f"'{test}' has no rows")
    if problems.messages:
        raise TableError("\n".join(problems.messages))
    return tests
