# SPDX-License-Identifier: Apache-2.0
"""The lists of rows of isa/la64.insns that tests executed: see tests/isa/cover.h."""

import os


def path_of(test):
    """The list of @test in the folder LVZ_COVERAGE; None when nobody asks for it."""
    folder = os.environ.get("LVZ_COVERAGE")
    return os.path.join(folder, test) if folder else None


def begin(test):
    """To be called when @test starts: what it executed before does not count any more."""
    path = path_of(test)
    if path and os.path.exists(path):
        os.remove(path)


def read(path):
    """Names of rows; None if there is no such list."""
    try:
        with open(path, encoding="ascii") as f:
            return set(f.read().split())
    except FileNotFoundError:
        return None
