#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The functions of the C library's libm on many arguments, one result a line.

Their last bit is the library's own business, so the host's results are near to the
guest's and no more; the same library under another emulator gives the same bits.

    smoke-libm.py                    writes the results
    smoke-libm.py FILE OTHER ULPS    compares two files of them: nothing may differ by
                                     more than so many units in the last place
"""

import cmath
import math
import random
import struct
import sys

ANY = 1000
# name: the range of its arguments
UNARY = {
    "sin": ANY, "cos": ANY, "tan": ANY, "asin": 1, "acos": 1, "atan": ANY, "sinh": 300,
    "cosh": 300, "tanh": 20, "asinh": ANY, "acosh": (1, ANY), "atanh": 1, "exp": 700,
    "exp2": 1000, "expm1": 700, "log": (1e-300, 1e300), "log2": (1e-9, ANY),
    "log10": (1e-9, ANY), "log1p": (-0.999, ANY), "erf": 5, "erfc": 5, "gamma": (0.1, 100),
    "lgamma": (3, ANY), "cbrt": ANY, "sqrt": (0, ANY),
}
BINARY = {"pow": ((0.001, 100), 40), "atan2": (ANY, ANY), "hypot": (ANY, ANY)}
COMPLEX = ("exp", "log", "sqrt")
HARD = [0.0, -0.0, 5e-324, -1e-310, 1e-8, 0.5, 1.0, -1.0, 2.0, math.pi / 2, math.pi, 1e22,
        6381956970095103 * 2.0 ** 797, 709.78, -745.1, 1e300, math.inf, -math.inf, math.nan]


def attempt(function, *args):
    try:
        return function(*args)
    except (ValueError, OverflowError) as error:
        return type(error).__name__


def show(name, args, value):
    if isinstance(value, float):
        value = "nan" if math.isnan(value) else value.hex()
    print(name, *(arg.hex() for arg in args), value)


def values():
    rng = random.Random(9)

    def draw(limits):
        low, high = limits if isinstance(limits, tuple) else (-limits, limits)
        return rng.uniform(low, high) * 10.0 ** -rng.choice([0, 0, 1, 5]) if low < 0 \
            else rng.uniform(low, high)

    for name, limits in UNARY.items():
        # exp2 and cbrt are younger than some hosts' Python.
        function = getattr(math, name, None)
        if function:
            for x in HARD + [draw(limits) for _ in range(300)]:
                show(name, (x,), attempt(function, x))
    for name, (first, second) in BINARY.items():
        function = getattr(math, name)
        for x in HARD:
            for y in HARD:
                show(name, (x, y), attempt(function, x, y))
        for _ in range(400):
            x, y = draw(first), draw(second)
            show(name, (x, y), attempt(function, x, y))
    for name in COMPLEX:
        for _ in range(100):
            z = complex(draw(20), draw(20))
            value = getattr(cmath, name)(z)
            show(name, (z.real, z.imag), value.real)
            show(name + "-i", (z.real, z.imag), value.imag)


def order(text):
    """Neighbours among the doubles have neighbours among the numbers."""
    number = struct.unpack("<q", struct.pack("<d", float.fromhex(text)))[0]
    return number if number >= 0 else -(number & (1 << 63) - 1)


def compare(one, other, limit):
    compared = exact = 0
    with open(one, encoding="ascii") as file:
        wanted = dict(line.rsplit(" ", 1) for line in file.read().splitlines())
    with open(other, encoding="ascii") as file:
        for line in file.read().splitlines():
            key, got = line.rsplit(" ", 1)
            want = wanted.get(key)
            if want is None:
                continue
            compared += 1
            if want == got:
                exact += 1
            elif ("0x" not in want or "0x" not in got or (want[0] == "-") != (got[0] == "-")
                  or abs(order(want) - order(got)) > limit):
                sys.exit(f"{key}: {got}, wanted {want}")
    if compared < 7000:
        sys.exit(f"only {compared} results were compared")
    print(f"{compared} results, {exact} of them with the same bits")


if __name__ == "__main__":
    if len(sys.argv) == 4:
        compare(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    else:
        values()
