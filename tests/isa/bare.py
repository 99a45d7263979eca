# SPDX-License-Identifier: Apache-2.0
"""Small programs without an operating system, on qemu-system-loongarch64 and on our CPU.

A program is made of words; it prints registers as lines of 16 hexadecimal digits on the
serial port of QEMU's "virt" machine and ends by switching it off.  bare_host.c runs the same
image on the soft CPU.  Registers r20 to r31 belong to the frame that Program makes.
"""

import os
import struct
import subprocess
import sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(TOP, "scripts"))

import isatables  # noqa: E402

BASE = 0x200000
ENTRY = BASE + 0x10000		# code; the exception vector is in front of it
UART, POWER = 0x1fe001e0, 0x100e001c
VALUE, TRAP = 20, 29		# what print_value() prints; code of the last exception


def sdk_present():
    cache = os.environ.get("LVZ_CACHE")
    if not cache:
        home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        cache = os.path.join(home, "lvz-vmm")
    return os.path.isfile(os.path.join(cache, "sdk", "manifest"))


def read_tables():
    """Instructions, CSRs and CPUCFG as isatables.read_all() has them."""
    isa = os.path.join(TOP, "isa")
    return isatables.read_all(*(os.path.join(isa, "la64." + e)
                                for e in ("insns", "csrs", "cpucfg")))


class Program:
    """Words behind a handler that skips an instruction and leaves Ecode + 1 in TRAP."""

    def __init__(self, insns):
        self.rows = {row.name: row for row in insns.rows}
        self.words = []
        self.li(21, UART)
        self.li(22, BASE)
        self.add("csrwr", 22, 0xc)
        self.print_at = None
        self._subroutine()

    def enc(self, name, *values):
        row = self.rows[name]
        word = row.match
        for op, value in zip(row.operands, values, strict=True):
            word |= op.insert(value)
        return word

    def add(self, name, *values):
        self.words.append(self.enc(name, *values))

    def li(self, reg, value):
        """Any 64-bit constant."""
        low, high = value & 0xffffffff, value >> 32 & 0xffffffff

        def signed(v, bits):
            return v - (1 << bits) if v >> (bits - 1) & 1 else v
        self.add("lu12i.w", reg, signed(low >> 12, 20))
        self.add("ori", reg, reg, low & 0xfff)
        self.add("lu32i.d", reg, signed(high & 0xfffff, 20))
        self.add("lu52i.d", reg, reg, signed(high >> 20, 12))

    def _subroutine(self):
        """Prints VALUE; returns through r26."""
        self.add("b", 4 * 16)
        self.print_at = len(self.words)
        self.add("addi.d", 23, 0, 64)
        loop = len(self.words)
        self.add("addi.d", 23, 23, -4)
        self.add("srl.d", 24, VALUE, 23)
        self.add("andi", 24, 24, 15)
        self.add("addi.d", 24, 24, ord("0"))
        self.add("addi.d", 25, 0, ord("9"))
        self.add("bgeu", 25, 24, 8)
        self.add("addi.d", 24, 24, ord("a") - ord("9") - 1)
        self.add("st.b", 24, 21, 0)
        self.add("bnez", 23, 4 * (loop - len(self.words)))
        self.add("addi.d", 24, 0, ord("\n"))
        self.add("st.b", 24, 21, 0)
        self.add("jirl", 0, 26, 0)
        while len(self.words) < self.print_at + 15:
            self.add("andi", 0, 0, 0)

    def print_value(self, reg):
        self.add("or", VALUE, reg, 0)
        self.add("pcaddi", 26, 2)
        self.add("b", 4 * (self.print_at - len(self.words)))

    def _handler(self):
        return [self.enc("csrrd", 30, 5), self.enc("srli.d", 30, 30, 16),
                self.enc("andi", 30, 30, 0x3f), self.enc("addi.d", TRAP, 30, 1),
                self.enc("csrrd", 30, 6), self.enc("addi.d", 30, 30, 4),
                self.enc("csrwr", 30, 6), self.enc("ertn")]

    def image(self):
        """An ELF file, which begins at BASE in memory; the program switches off at its end."""
        end = Program.__new__(Program)
        end.rows, end.words = self.rows, []
        end.li(22, POWER)
        end.add("addi.d", 23, 0, 0x34)
        end.add("st.b", 23, 22, 0)
        end.add("idle", 0)
        end.add("b", -4)
        words = self.words + end.words
        handler = self._handler()
        body = struct.pack(f"<{len(handler)}I", *handler)
        body += bytes(ENTRY - BASE - len(body))
        body += struct.pack(f"<{len(words)}I", *words)
        head = struct.pack("<4sBBBB8xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 0, 2, 258, 1, ENTRY, 64,
                           0, 0x43, 64, 56, 1, 0, 0, 0)
        head += struct.pack("<IIQQQQQQ", 1, 7, 4096, BASE, BASE, len(body), len(body), 4096)
        return head + bytes(4096 - len(head)) + body


def _lines(data):
    return [int(line, 16) for line in data.decode("ascii").split()]


def run_qemu(image, model, folder):
    """The values that the program printed."""
    path, out = os.path.join(folder, "image.elf"), os.path.join(folder, "serial")
    with open(path, "wb") as f:
        f.write(image)
    subprocess.run([os.path.join(TOP, "scripts", "sdk-run"), "qemu-system-loongarch64",
                    "-M", "virt", "-cpu", model, "-m", "1G", "-kernel", path, "-display",
                    "none", "-monitor", "none", "-serial", "file:" + out, "-no-reboot"],
                   check=True, timeout=60, stdin=subprocess.DEVNULL)
    with open(out, "rb") as f:
        return _lines(f.read())


def run_ours(image, model, host):
    """The same from bare_host."""
    body = image[4096:]
    out = subprocess.run([host, model, hex(BASE), hex(ENTRY)], input=body, check=True,
                         timeout=60, stdout=subprocess.PIPE).stdout
    return _lines(out)
