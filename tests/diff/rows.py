# SPDX-License-Identifier: Apache-2.0
"""What diffgen must know of isa/la64.insns and rules.tbl, group by group."""

import fnmatch
import os
import re
import sys

sys.dont_write_bytecode = True
TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(TOP, "scripts"))

import isatables  # noqa: E402

KINDS = ("plain", "mem-imm", "mem-index", "mem-bound", "amo", "amcas", "ll", "sc", "scq",
         "branch", "jump", "assert", "cpucfg", "fcsr", "illegal")
RULE_BITS = {"nonzero": 1, "distinct": 2, "clear": 4, "no-vldi": 8, "uniform": 16, "bound-r0": 32,
             "aligned": 64, "new-block": 128, "one-source": 256,
             "split": 512, "ll-first": 1024,
             "positive": 2048}
OPERAND_KINDS = {"reg": 0, "imm": 1, "offs": 2, "cond": 3}
SIZES = {"b": 1, "h": 2, "w": 4, "s": 4, "d": 8, "q": 16}

GROUPS = ("int", "bit", "mem", "branch", "atomic", "sys", "fp", "fpconv", "fpmem", "lsx-int",
          "lsx-shift", "lsx-perm", "lsx-fp", "lasx-int", "lasx-shift", "lasx-perm", "lasx-fp",
          "vecmem", "traps", "mixed")
# Units of a program, where not 32: signals cost time, branches and loops have bodies.
UNITS = {"branch": 12, "traps": 12, "atomic": 20, "mixed": 24}
WITH_MEMORY = {"mem", "atomic", "fpmem", "vecmem", "traps", "mixed"}

SHIFT = re.compile(r"x?vs?s?(sll|srl|sra|rotr|rotri|sat|sllwil|bitclr|bitset|bitrev)"
                   r"|x?vrotr|x?vsat|x?vbit(clr|set|rev)|x?vextl")
PERM = re.compile(r"x?v(shuf|pick|pack|ilv|repl|extrins|insgr2vr|insve0|bsll|bsrl|perm|bitsel"
                  r"|frstp|ldi|setany|setall|seteq|setne|msk|exth|ext2xv)")


class Rules:
    """rules.tbl: by rule, a list of (pattern, reason)."""

    def __init__(self, path):
        self.lines = {}
        with open(path, encoding="ascii") as f:
            for line in f:
                if line.strip() and not line.startswith("#"):
                    rule, what, reason = (part.strip() for part in line.split(" | ", 2))
                    assert reason, line
                    self.lines.setdefault(rule, []).append(what)
        unknown = [r for r in self.lines if r not in RULE_BITS
                   and not re.match(r"defines-\d+$|never$|max-only$|signal$|cpucfg$|enables$", r)]
        assert not unknown, unknown

    def holds(self, rule, name):
        return any(re.fullmatch(p, name) for text in self.lines.get(rule, [])
                   for p in re.split(r"\s+", text))

    def defines(self, name, bank):
        """How many bits of a result in @bank instruction @name defines."""
        for rule in self.lines:
            if rule.startswith("defines-") and self.holds(rule, name):
                width = int(rule[8:])
                if {"f": width <= 64, "v": width == 128, "x": False}[bank]:
                    return width
        return {"f": 64, "v": 128, "x": 256}[bank]


def group_of(row):
    name = row.name
    chapter = row.manual.split(".")
    if {"load", "store"} & set(row.flags):
        if "atomic" in row.flags:
            return "atomic"
        return {"-": "mem", "FP": "fpmem"}.get(row.gate, "vecmem")
    if row.gate in ("LSX", "LASX"):
        kind = ("fp" if "fpe" in row.flags or re.match(r"x?vfclass", name) else
                "shift" if SHIFT.match(name) else "perm" if PERM.match(name) else "int")
        return row.gate.lower() + "-" + kind
    if {"branch", "jump"} & set(row.flags):
        return "branch"
    if row.gate == "FP":
        return "fpconv" if chapter[2:3] == ["3"] or name.startswith(("mov", "fmov", "fsel")) \
            else "fp"
    if name.startswith("preld"):
        return "mem"
    return {"1": "int", "2": "int", "3": "bit"}.get(chapter[2], "sys")


def kind_of(row):
    name, flags = row.name, set(row.flags)
    if "atomic" in flags:
        if name.startswith("amcas"):
            return "amcas"
        if name.startswith("am"):
            return "amo"
        return "scq" if name == "sc.q" else name[:2]
    if {"load", "store"} & flags or name.startswith("preld"):
        if "trap" in flags:
            return "mem-bound"
        return "mem-index" if any(op.letters == "k" for op in row.operands) else "mem-imm"
    if "branch" in flags:
        return "branch"
    if "jump" in flags:
        return "jump"
    if name.startswith("asrt"):
        return "assert"
    return {"cpucfg": "cpucfg", "movgr2fcsr": "fcsr"}.get(name, "plain")


def size_of(row):
    """Bytes of an access; 0 when there is none."""
    if row.name.startswith("preld"):
        return 1
    if not {"load", "store"} & set(row.flags):
        return 0
    if row.name in ("vld", "vst", "vldx", "vstx"):
        return 16
    if row.name in ("xvld", "xvst", "xvldx", "xvstx"):
        return 32
    return SIZES[row.name.rsplit(".", 1)[1][0]]


def flavour_of(row):
    """Which numbers suit the sources: doubles, singles, halves or integers."""
    if not re.match(r"x?v?f", row.name) or row.name.startswith(("vfrstp", "xvfrstp")):
        return "i"
    parts = row.name.split(".")
    last = parts[-1]
    if len(parts) == 3 and parts[1] == "cond":
        return last
    return {"s": "s", "d": "d", "h": "h"}.get(last, "i")


def read_width(row, op):
    if op.bank in "vx":
        return {"v": 128, "x": 256}[op.bank]
    last = row.name.rsplit(".", 1)[-1]
    if row.name in ("movfr2gr.s", "movgr2frh.w") or last in ("s", "w"):
        return 32
    # movfr2cf takes bit 0; a register that was written as a single has that.
    return 32 if row.name == "movfr2cf" else 64


def fused_runs():
    """Runs of row.op that src/soft/fused.h lists; branches without their direction."""
    with open(os.path.join(TOP, "src", "soft", "fused.h"), encoding="ascii") as f:
        entries = re.findall(r"X\(([APMFB], [\w, ]+)\)", f.read())
    return [[re.sub("_(fwd|back)$", "", op) for op in entry.split(", ")[1::2]]
            for entry in entries]


class Tables:
    def __init__(self, model="max"):
        isa = os.path.join(TOP, "isa")
        insns = isatables.read_all(*(os.path.join(isa, "la64." + e)
                                     for e in ("insns", "csrs", "cpucfg")))[0]
        self.conds = insns.conds
        self.rules = Rules(os.path.join(TOP, "tests", "diff", "rules.tbl"))
        self.all_rows = insns.rows
        self.rows = [row for row in insns.rows if not {"priv", "lvz"} & set(row.flags)
                     and not self.rules.holds("never", row.name)
                     and not (model != "max" and self.rules.holds("max-only", row.name))]

        self.runs = fused_runs()
        assert self.runs, "src/soft/fused.h has another form"

    def decode(self, word):
        found = [row for row in self.all_rows if row.matches(word)]
        return next((r for r in found if "specific" in r.flags), found[0] if found else None)

    def weights(self, group, only="*"):
        """The rows of @group and how often they come."""
        out = {}
        for row in self.rows:
            own, weight = group_of(row), 0
            if row.name in ("break", "ibar"):
                # One leaves, the other ends translation: seldom.
                weight = {"traps": 4, "mixed": 0, "sys": 1}.get(group, 0)
                weight = 0 if row.name == "break" and group == "sys" else weight
            elif group in ("mixed", "traps"):
                per_group = {"branch": 60, "mem": 30, "atomic": 20, "fp": 10, "fpmem": 20,
                             "vecmem": 20, "int": 10, "bit": 10, "sys": 10, "fpconv": 10}
                weight = per_group.get(own, 2)
                if group == "traps":
                    may_trap = {"trap", "fpe", "load", "store"} & set(row.flags)
                    weight *= 4 if may_trap else 1
            elif own == group:
                weight = 10
            elif group in ("branch", "mem") and own in ("int", "bit"):
                weight = 1
            elif group == "fp" and row.name in ("movgr2fcsr", "movfcsr2gr"):
                weight = 10
            elif group == "fpconv" and row.name == "movgr2fcsr":
                weight = 30
            elif group in ("lsx-fp", "lasx-fp") and row.name == "movgr2fcsr":
                weight = 60
            if own == "branch" and group == "branch" and row.kind_name != "plain":
                weight = 12
            if self.rules.holds("bound-r0", row.name) and "le." in row.name:
                weight = min(weight, 1)		# always a signal, which is slow
            # A comparison stands for 22.
            if any(op.kind == "cond" for op in row.operands):
                weight *= 8
            if weight and fnmatch.fnmatchcase(row.name, only):
                out[row.name] = (row, weight)
        return list(out.values())

    def operand_line(self, row, op):
        is_reg = op.kind == "reg"
        written = is_reg and op.access != ""
        read = is_reg and op.access != "="
        width = 0
        if is_reg and op.bank in "fvx":
            width = read_width(row, op)
            if written:
                width = max(width, self.rules.defines(row.name, op.bank)) if read \
                    else self.rules.defines(row.name, op.bank)
        fields = " ".join(f"{pos} {length}" for pos, length in op.fields)
        # Of a split field, the first letter names it.
        return (f"{OPERAND_KINDS[op.kind]} {op.bank or '-'} {op.letters[0]} {int(read)} "
                f"{int(written)} {width} {int(op.signed)} {op.shift} {op.plus} "
                f"{len(op.fields)} {fields}")

    def write(self, group, path, only="*"):
        """The file that diffgen reads; False if there is nothing to try."""
        traps = group == "traps"
        for row in self.rows:
            row.kind_name = kind_of(row)
        rows = self.weights(group, only)
        cpucfg = self.rules.lines["cpucfg"][0].split()
        enables = self.rules.lines["enables"][0] if traps else "0"
        lines = [f"{int(traps)} {int(group in WITH_MEMORY)} {enables} {UNITS.get(group, 32)}",
                 f"{len(self.conds)} {' '.join(map(str, sorted(self.conds.values())))}",
                 f"{len(cpucfg)} {' '.join(cpucfg)}"]
        body = []
        for row, weight in rows:
            rules = sum(bit for rule, bit in RULE_BITS.items()
                        if self.rules.holds(rule, row.name))
            body.append(f"{row.name} {row.match:x} {row.mask:x} {KINDS.index(row.kind_name)} "
                        f"{weight} {size_of(row)} {rules} {flavour_of(row)} "
                        f"{len(row.operands)}")
            body += [self.operand_line(row, op) for op in row.operands]
        count = len(rows)
        if not count:
            return False
        if traps:
            count += 1
            body.append(f"illegal 0 0 {KINDS.index('illegal')} 600 0 0 i 0")
            for row in self.all_rows:
                if "priv" in row.flags:
                    count += 1
                    body.append(f"{row.name} {row.match:x} {row.mask:x} 0 6 0 0 i 0")
        index = {row.op: i for i, (row, _) in enumerate(rows)}
        runs = [f"{len(run)} " + " ".join(str(index[op]) for op in run) for run in self.runs
                if all(op in index for op in run)]
        with open(path, "w", encoding="ascii") as f:
            f.write("\n".join(lines + [str(count)] + body + [str(len(runs))] + runs) + "\n")
        return True
