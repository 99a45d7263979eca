#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What Python gives the same on every machine that computes right.

The host runs it for what is wanted, the guest for what it got. A line "== NAME"
starts each section. Floating point is held to operations that IEEE 754 rounds
correctly; the others are in smoke-libm.py.
"""

import array
import base64
import bisect
import bz2
import collections
import csv
import decimal
import difflib
import fractions
import functools
import hashlib
import heapq
import hmac
import io
import itertools
import json
import lzma
import math
import pickle
import random
import re
import sqlite3
import statistics
import string
import struct
import textwrap
import unicodedata
import zlib

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.1, 1 / 3, math.pi, -math.e, 1e308, -1.7976931348623157e308,
           5e-324, -5e-324, 2.2250738585072014e-308, 2.225073858507201e-308, 1e-310,
           2.0 ** 52 + 0.5, 2.0 ** 53 - 1, 2.0 ** 53 + 2, -2.0 ** 63, 2.0 ** 64, 1e22, 1e23,
           123456789.987654321, math.inf, -math.inf, math.nan]


def section(name):
    print("==", name)


def digest(items):
    text = "\n".join(items)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def attempt(function, *args):
    """A result as text, or the name of the exception."""
    try:
        result = function(*args)
    except (ArithmeticError, ValueError) as error:
        return type(error).__name__
    # What sign and payload a NaN has is the processor's own business.
    return "nan" if result != result else repr(result)


def bits(value):
    return struct.pack(">d", value).hex()


def random_floats(rng, count):
    """Every exponent, so that subnormal numbers and overflows come up too."""
    out = []
    while len(out) < count:
        value = struct.unpack("<d", rng.randbytes(8))[0]
        if math.isfinite(value):
            out.append(value)
            out.append(rng.uniform(-1000, 1000))
    return out


def float_arithmetic():
    section("float-arithmetic")
    binary = [lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a / b,
              lambda a, b: a % b, lambda a, b: a // b, math.fmod, math.remainder,
              math.copysign, lambda a, b: a < b, lambda a, b: a == b, lambda a, b: min(a, b)]
    for index, function in enumerate(binary):
        print(index, digest(attempt(function, a, b) for a in SPECIAL for b in SPECIAL))
    unary = [math.sqrt, math.floor, math.ceil, math.trunc, round, math.frexp, math.modf, int,
             math.ulp, abs, float.is_integer, float.hex, float.as_integer_ratio]
    for function in unary:
        print(function.__name__, digest(attempt(function, a) for a in SPECIAL))
    rng = random.Random(1)
    values = random_floats(rng, 4000)
    pairs = list(zip(values, values[1:]))
    for index, function in enumerate(binary):
        print(index, digest(attempt(function, a, b) for a, b in pairs))
    for function in unary[:-2]:
        print(function.__name__, digest(attempt(function, a) for a in values))
    # One wrong bit anywhere would grow.
    x, trail = 0.3, []
    for _ in range(20000):
        x = 3.9 * x * (1 - x)
        trail.append(x)
    print(bits(x), bits(math.fsum(trail)), bits(functools.reduce(float.__add__, array.array("d", trail))))
    singles = array.array("f", trail)
    print(hashlib.sha256(singles.tobytes()).hexdigest(), bits(math.fsum(singles)))
    print(digest(bits(v) for v in map(complex.__abs__, [3 + 4j, 5 + 12j, 8 - 15j])))


def float_text():
    section("float-text")
    rng = random.Random(2)
    values = SPECIAL + random_floats(rng, 6000)
    print(digest(repr(v) for v in values))
    print(digest("%.3e %.17g %.6f" % (v, v, v if abs(v) < 1e15 else 0) for v in values))
    print(all(math.isnan(v) or float(repr(v)) == v for v in values))
    texts = ["%d.%de%d" % (rng.randrange(10 ** 6), rng.randrange(10 ** 22),
                           rng.randrange(-330, 300)) for _ in range(4000)]
    print(digest(bits(float(t)) for t in texts))
    print(digest(float.hex(float.fromhex("0x1.%013xp%d" % (rng.getrandbits(52),
                 rng.randrange(-1060, 1000)))) for _ in range(2000)))
    halves = [struct.unpack("<e", struct.pack("<H", n))[0] for n in range(0, 65536, 7)]
    print(digest("nan" if math.isnan(v) else repr(v) for v in halves))
    print(digest(struct.pack("<f", v).hex() for v in values if abs(v) < 3e38))
    for style in ("e", "f", "g", "%", ",.2f", "+012.4f", "_.1f"):
        print(style, format(1234567.891, style), format(-0.00012345, style))


def integers():
    section("integers")
    rng = random.Random(4)
    print(digest([str(2 ** 10000 // 3 ** 3000), str(7 ** 4001 % 10 ** 900)]))
    print(math.factorial(300) % (10 ** 9 + 7), pow(3, 10 ** 18, 2 ** 127 - 1),
          pow(65537, -1, 2 ** 255 - 19), math.gcd(math.factorial(60), 6 ** 80),
          math.isqrt(10 ** 200 + 12345), math.comb(200, 77), math.lcm(*range(1, 60)))
    out = []
    for size in (15, 30, 31, 60, 63, 64, 65, 127, 500, 2000, 9000):
        for _ in range(40):
            a, b = rng.getrandbits(size) - rng.getrandbits(size), rng.getrandbits(size // 2 + 1) + 1
            out.append("%x %x %x %x %x %x %d %s" % (
                a * b, a // b, a % b, a ^ b, a << size % 67, a >> size % 61,
                a.bit_length(), bits(float(a >> max(0, size - 900)))))
    print(digest(out))
    print(digest(str(rng.getrandbits(3000)) for _ in range(20)))
    print(digest(str(int(str(rng.getrandbits(3000)))) for _ in range(20)))
    print(sum(1 for n in range(2, 6000) if all(n % d for d in range(2, math.isqrt(n) + 1))))
    print([hash(n) for n in (2 ** 61 - 1, 2 ** 61, -2, 2 ** 200, 0.5, 1e100, fractions.Fraction(1, 3),
                             decimal.Decimal("1.25"), (1, 2, 3))])


def exact_numbers():
    section("decimal-fractions")
    with decimal.localcontext() as context:
        context.prec = 500
        # Machin's formula.
        def arctan_inverse(n):
            term = total = decimal.Decimal(1) / n
            divisor, sign = 1, -1
            while abs(term) > decimal.Decimal(10) ** -498:
                term /= n * n
                divisor += 2
                total += sign * term / divisor
                sign = -sign
            return total
        print(str(4 * (4 * arctan_inverse(5) - arctan_inverse(239)))[:480])
        print(digest([str(decimal.Decimal(2).sqrt()), str(decimal.Decimal(3).ln()),
                      str(decimal.Decimal(1).exp()), str(decimal.Decimal(7) ** 100 / 13)]))
    for rounding in (decimal.ROUND_DOWN, decimal.ROUND_HALF_UP, decimal.ROUND_HALF_EVEN,
                     decimal.ROUND_CEILING, decimal.ROUND_FLOOR, decimal.ROUND_05UP):
        print(rounding, [str(decimal.Decimal(t).quantize(decimal.Decimal("0.01"), rounding))
                         for t in ("1.005", "-1.005", "2.675", "0.0149", "-7.999")])
    total = sum((fractions.Fraction(1, n) for n in range(1, 200)), fractions.Fraction())
    print(digest([str(total)]), bits(float(total)),
          fractions.Fraction(math.pi).limit_denominator(1000))
    data = range(1, 400, 7)
    print(statistics.mean(data), statistics.median(data), statistics.pvariance(data))


def packing():
    section("struct-json-pickle")
    rng = random.Random(6)
    for code in "bBhHiIqQ":
        size = struct.calcsize("<" + code)
        blob = rng.randbytes(size * 500)
        for order in "<>":
            values = struct.unpack(order + "500" + code, blob)
            print(code, order, sum(values), struct.pack(order + "500" + code, *values) == blob)
    tree = {"numbers": [rng.random() for _ in range(500)], "text": ["\u00e9\u4e2d\U0001f600\n\"\\"] * 3,
            "nested": {str(n): [None, True, False, n, -n, {"deep": [n] * 3}] for n in range(100)}}
    text = json.dumps(tree, sort_keys=True)
    print(digest([text]), json.loads(text) == tree, pickle.loads(pickle.dumps(tree)) == tree)
    print(digest([json.dumps(tree, indent=1, ensure_ascii=False)]))
    table = io.StringIO()
    csv.writer(table).writerows([[n, n / 7, "a,\"b\" %d" % n] for n in range(200)])
    table.seek(0)
    print(digest([table.getvalue()]), len(list(csv.reader(table))))


def text_work(path):
    section("text-regex")
    with open(path, encoding="ascii") as file:
        text = file.read()
    words = collections.Counter(re.findall(r"[a-z]+", text))
    print(len(words), sorted(words.items(), key=lambda item: (-item[1], item[0]))[:5])
    for pattern in (r"\b([a-z])\w*\1\b", r"(?m)^(\w+) (\d+) .*?(-?\d+\.\d+)", r"(?i)QU?[aeiou]{2}",
                    r"(?<=\d) (?=[m-z])", r"(a|b|ab)+c?", r"\w+(?= 9\d{4} )"):
        print(pattern, digest(repr(m.span()) for m in re.finditer(pattern, text[:150000])))
    print(digest([re.sub(r"(\w+) (\d+)", r"\2=\1", text)]))
    print(digest(text.split()), digest([text.replace("e", "\u20ac").upper()]))
    print(digest([text.translate(str.maketrans(string.ascii_lowercase, string.ascii_uppercase))]))
    print(digest(textwrap.wrap(text[:20000], 66)))
    accents = "".join(chr(n) for n in range(0xc0, 0x250))
    print(digest([unicodedata.normalize("NFD", accents), accents.casefold()]))
    for codec in ("utf-8", "utf-16-le", "utf-32-be", "utf-7"):
        blob = (accents * 50).encode(codec)
        print(codec, zlib.crc32(blob), blob.decode(codec) == accents * 50)
    lines = text.splitlines()[:60]
    print(digest(difflib.unified_diff(lines, lines[3:40] + lines[50:] + lines[:2])))
    print(difflib.SequenceMatcher(None, text[:400], text[200:700]).ratio())


def bytes_work(path):
    section("hash-compress")
    with open(path, "rb") as file:
        blob = file.read()
    for name in ("md5", "sha1", "sha256", "sha512", "sha3_256", "blake2b", "blake2s"):
        print(name, hashlib.new(name, blob[:700001]).hexdigest())
    print(hashlib.pbkdf2_hmac("sha256", b"word", b"salt", 500).hex(),
          hmac.digest(b"key", blob[:5000], "sha384").hex())
    for size in (0, 1, 7, 8, 9, 31, 32, 33, 5551, 5552, 5553, 65521, 700000):
        print(size, zlib.crc32(blob[3:3 + size]), zlib.adler32(blob[5:5 + size]))
    half = bytes(b & 0x33 for b in blob[:300000])
    for name, shrink, grow in (("zlib", zlib.compress, zlib.decompress),
                               ("bz2", bz2.compress, bz2.decompress),
                               ("lzma", lambda data: lzma.compress(data, preset=1), lzma.decompress)):
        small = shrink(half)
        print(name, len(small) < len(half) * 6 // 10, grow(small) == half)
    print(digest([base64.b85encode(blob[:9999]).decode(), base64.b32encode(blob[:999]).decode()]))
    print(digest([blob[:200000].hex(), bytes(reversed(blob[:3333])).hex()]))
    # Byte strings of many lengths and places: search, comparison, case.
    rng = random.Random(7)
    out = []
    for _ in range(3000):
        start, size = rng.randrange(5000), rng.randrange(300)
        part = blob[start:start + size]
        at = rng.randrange(size + 1)
        needle = part[at:at + rng.randrange(1, 20)]
        other = part[:at] + blob[9000:9000 + size - at]
        out.append("%d %d %d %s %s %d" % (
            part.find(needle), part.rfind(needle), part.count(needle[:1]), part < other,
            part == other, len(part.upper().lower().strip(needle))))
    print(digest(out))


def containers():
    section("containers")
    rng = random.Random(8)
    values = [rng.randrange(10 ** 6) for _ in range(20000)]
    print(digest(map(str, sorted(values))), digest(map(str, heapq.nsmallest(50, values))))
    print(digest("%d" % v for v in sorted(values, key=lambda v: (v % 1000, -v))))
    print(len(set(values)), len(set(values) & set(range(0, 10 ** 6, 3))))
    order = sorted(values)
    print(digest("%d" % bisect.bisect(order, v) for v in range(0, 10 ** 6, 999)))
    print(sum(1 for p in itertools.permutations(range(7)) if p[0] < p[-1]),
          list(itertools.accumulate(range(1, 15))))
    rng.shuffle(values)
    print(digest("%d" % v for v in values), [rng.choice("abcdef") for _ in range(10)],
          bits(rng.random()))
    queens = 0
    stack = [((), 0)]
    while stack:
        placed, row = stack.pop()
        if row == 7:
            queens += 1
            continue
        stack.extend((placed + (c,), row + 1) for c in range(7)
                     if all(c != p and abs(c - p) != row - r for r, p in enumerate(placed)))
    print(queens)
    base = sqlite3.connect(":memory:")
    base.execute("create table t (id integer primary key, name text, value real)")
    base.executemany("insert into t values (?, ?, ?)",
                     [(n, "name%d" % (n * 7919 % 1000), n / 8) for n in range(3000)])
    base.execute("create index i on t (name)")
    print(base.execute("select count(*), sum(value), max(name) from t where name like '%9'").fetchall())
    print(digest(map(repr, base.execute("select a.name, count(*), sum(b.value) from t a join t b "
                                        "on a.name = b.name group by a.name order by 3, 1"))))
    print(base.execute("pragma integrity_check").fetchall())


def main():
    float_arithmetic()
    float_text()
    integers()
    exact_numbers()
    packing()
    text_work("text")
    bytes_work("random")
    containers()


if __name__ == "__main__":
    main()
