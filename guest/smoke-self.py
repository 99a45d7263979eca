#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What Python can judge by itself: threads, processes, signals, rounding modes, the
C library's string functions, TLS.

One line per check, "ok NAME detail" or "FAIL NAME detail". The folder "keys" beside
this file holds a certificate and its key.

    smoke-self.py [NAME...]     only these checks
"""

import concurrent.futures
import ctypes
import fractions
import hashlib
import math
import mmap
import multiprocessing
import os
import queue
import random
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
libc = ctypes.CDLL("libc.so.6", use_errno=True)
libm = ctypes.CDLL("libm.so.6")


def expect(got, want, what):
    if got != want:
        raise AssertionError(f"{what}: {got!r}, wanted {want!r}")


# ---------------------------------------------------------------- threads, processes

def check_threads():
    """A queue of work for four threads; the sums must be those of one thread."""
    def work(number):
        x = number + 0.5
        for _ in range(300):
            x = math.sqrt(x * 1.7 + number)
        return x, hashlib.sha256(bytes([number % 251]) * 20000).hexdigest()

    tasks, results, lock, total = queue.Queue(), {}, threading.Lock(), [0]

    def worker():
        while True:
            number = tasks.get()
            if number is None:
                return
            result = work(number)
            with lock:
                results[number] = result
                total[0] += number
            tasks.task_done()

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(160):
        tasks.put(number)
    tasks.join()
    for _ in threads:
        tasks.put(None)
    for thread in threads:
        thread.join()
    expect(total[0], sum(range(160)), "sum under a lock")
    expect(results, {n: work(n) for n in range(160)}, "results")
    return "160 tasks on 4 threads"


def check_switches():
    """Threads that take turns every 50 us keep their floating point to themselves."""
    def spin(seed):
        x = seed
        for _ in range(30000):
            x = 3.999 * x * (1.0 - x)
        return x.hex()

    seeds = [0.1 + n / 17 for n in range(6)]
    wanted = [spin(seed) for seed in seeds]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(50e-6)
    try:
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            got = list(pool.map(spin, seeds))
    finally:
        sys.setswitchinterval(interval)
    expect(got, wanted, "results")
    return "6 threads"


def check_conditions():
    """Ping-pong through a condition, a barrier, an event, a semaphore: futexes."""
    condition, turn, log = threading.Condition(), [0], []

    def player(me):
        for _ in range(200):
            with condition:
                condition.wait_for(lambda: turn[0] == me, 60)
                log.append(me)
                turn[0] = (me + 1) % 3
                condition.notify_all()

    barrier, met = threading.Barrier(3), []

    def meeter():
        for _ in range(50):
            met.append(barrier.wait(60))

    for target, arguments in ((player, [(n,) for n in range(3)]), (meeter, [()] * 3)):
        threads = [threading.Thread(target=target, args=args) for args in arguments]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    expect(log, [0, 1, 2] * 200, "turns")
    expect(sorted(met), sorted([0, 1, 2] * 50), "places at the barrier")
    return "600 turns, 50 meetings"


def crunch(number):
    rng = random.Random(number)
    values = sorted(rng.random() for _ in range(2000))
    return math.fsum(values).hex(), hashlib.md5(struct.pack("<2000d", *values)).hexdigest()


def check_multiprocessing():
    wanted = [crunch(n) for n in range(12)]
    for method, workers in (("fork", 2), ("spawn", 1)):
        context = multiprocessing.get_context(method)
        with context.Pool(workers) as pool:
            expect(pool.map(crunch, range(12)), wanted, method)
    context = multiprocessing.get_context("fork")
    counter, lock = context.Value("q", 0), context.Lock()

    def add():
        for _ in range(400):
            with lock:
                counter.value += 1

    processes = [context.Process(target=add) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    expect(counter.value, 1600, "counter in shared memory")
    return "fork and spawn, 4 processes on one counter"


def check_subprocess():
    out = subprocess.run(["sh", "-c", "cat; echo err >&2; exit 9"], input=b"x" * 300000,
                         capture_output=True, check=False)
    expect((len(out.stdout), out.stderr, out.returncode), (300000, b"err\n", 9), "a pipe of 300000 bytes")
    first = subprocess.Popen(["seq", "1", "50000"], stdout=subprocess.PIPE)
    second = subprocess.run(["sort", "-n", "-r"], stdin=first.stdout, capture_output=True, check=True)
    first.stdout.close()
    expect(first.wait(), 0, "status of seq")
    expect(second.stdout.split(), [b"%d" % n for n in range(50000, 0, -1)], "seq | sort")
    return "pipes and statuses"


# ---------------------------------------------------------------- signals

def check_signals():
    """A timer signal each millisecond must leave no trace in what it interrupts."""
    caught = [0]

    def handler(_number, _frame):
        caught[0] += 1
        # Uses the registers that the interrupted code has its values in.
        math.sqrt(caught[0]) * 0.5
        bytes(100).replace(b"\0", b"ab")

    def work():
        x, state = 0.3, b""
        for n in range(2500):
            x = 3.9 * x * (1 - x)
            state = hashlib.blake2s(state + struct.pack("<d", x)).digest()
            state = state.translate(bytes(reversed(range(256)))) + state[::-1]
        return x.hex(), state

    wanted = work()
    old = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    try:
        rounds = 0
        while caught[0] < 300 and rounds < 200:
            expect(work(), wanted, f"round {rounds}")
            rounds += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    if caught[0] < 100:
        raise AssertionError(f"only {caught[0]} signals in {rounds} rounds")
    return f"{caught[0]} signals in {rounds} rounds"


def check_faults():
    """Each of these ends a process with the signal of its own."""
    for code, number in (
            ("import ctypes; ctypes.string_at(8)", signal.SIGSEGV),
            ("import ctypes, mmap; m = mmap.mmap(-1, 8192)\n"
             "a = ctypes.addressof(ctypes.c_char.from_buffer(m))\n"
             "ctypes.CDLL(None).mprotect(ctypes.c_void_p(a), 4096, 1); m[5] = 1", signal.SIGSEGV),
            ("import mmap, os, tempfile; f = tempfile.TemporaryFile(); f.truncate(4096)\n"
             "m = mmap.mmap(f.fileno(), 4096); f.truncate(0); m[5]", signal.SIGBUS),
            # break 0 and an encoding that no instruction has.
            ("CODE 00002a00", signal.SIGTRAP),
            ("CODE ffffffff", signal.SIGILL),
            ("import os; os.abort()", signal.SIGABRT)):
        if code.startswith("CODE"):
            code = ("import ctypes, mmap; m = mmap.mmap(-1, 4096, prot=7)\n"
                    f"m[:4] = bytes.fromhex('{code[5:]}')\n"
                    "f = ctypes.CFUNCTYPE(None)(ctypes.addressof(ctypes.c_char.from_buffer(m)))\n"
                    "f()")
        done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, check=False)
        expect(done.returncode, -number, code)
    return "SIGSEGV, SIGBUS, SIGTRAP, SIGILL, SIGABRT"


# ---------------------------------------------------------------- rounding

# fenv.h of LoongArch: the fields of FCSR0.
NEAREST, ZERO, UP, DOWN = 0x000, 0x100, 0x200, 0x300
INEXACT, UNDERFLOW, OVERFLOW, DIVBYZERO, INVALID = 0x10000, 0x20000, 0x40000, 0x80000, 0x100000


def directed(exact, mode):
    """A normal fraction as the double that a rounding mode gives."""
    nearest = float(exact)
    back = fractions.Fraction(nearest)
    toward_up = mode == UP or (mode == ZERO and exact < 0)
    if mode == NEAREST or back == exact:
        return nearest
    if toward_up:
        return nearest if back > exact else math.nextafter(nearest, math.inf)
    return nearest if back < exact else math.nextafter(nearest, -math.inf)


def check_rounding():
    rng = random.Random(10)
    pairs = [(rng.uniform(-9, 9), rng.uniform(0.001, 1e6) * rng.choice((1, -1))) for _ in range(120)]
    pairs += [(1.0, 3.0), (-1.0, 3.0), (2.0, 3.0), (1.0, 10.0), (7.0, 7.0)]
    rint = libm.rint
    rint.restype, rint.argtypes = ctypes.c_double, [ctypes.c_double]
    lrint = libm.lrint
    lrint.restype, lrint.argtypes = ctypes.c_long, [ctypes.c_double]
    wholes = {NEAREST: round, ZERO: math.trunc, UP: math.ceil, DOWN: math.floor}
    for mode, whole in wholes.items():
        expect(libm.fesetround(mode), 0, "fesetround")
        expect(libm.fegetround(), mode, "fegetround")
        got = [(a + b, a - b, a * b, a / b, math.sqrt(abs(b)), rint(b / 1024), lrint(a)) for a, b in pairs]
        scaled = [b / 1024 for _, b in pairs]
        libm.fesetround(NEAREST)
        for (a, b), results, small in zip(pairs, got, scaled):
            x, y = fractions.Fraction(a), fractions.Fraction(b)
            wanted = [directed(v, mode) for v in (x + y, x - y, x * y, x / y)]
            expect(list(results[:4]), wanted, f"mode {mode:#x}, {a.hex()} and {b.hex()}")
            expect(results[5:], (whole(small), whole(a)), f"rint in mode {mode:#x}")
            root, square = fractions.Fraction(results[4]), abs(y)
            below = fractions.Fraction(math.nextafter(results[4], 0.0))
            above = fractions.Fraction(math.nextafter(results[4], math.inf))
            good = {NEAREST: (root + below) ** 2 / 4 <= square <= (root + above) ** 2 / 4,
                    UP: below ** 2 < square <= root ** 2}.get(mode, root ** 2 <= square < above ** 2)
            expect(good, True, f"sqrt({abs(b).hex()}) in mode {mode:#x}")
    return f"{len(pairs)} pairs in 4 modes"


def check_flags():
    every = INEXACT | UNDERFLOW | OVERFLOW | DIVBYZERO | INVALID
    libm.exp.restype, libm.exp.argtypes = ctypes.c_double, [ctypes.c_double]
    libm.log.restype, libm.log.argtypes = ctypes.c_double, [ctypes.c_double]
    libm.fma.restype, libm.fma.argtypes = ctypes.c_double, [ctypes.c_double] * 3
    two, three, huge, tiny, inf = 2.0, 3.0, 1e308, 1e-308, math.inf
    for name, function, wanted in (
            ("2*3", lambda: two * three, 0), ("2/3", lambda: two / three, INEXACT),
            ("1e308*3", lambda: huge * three, OVERFLOW | INEXACT),
            ("1e-308/1e308", lambda: tiny / huge, UNDERFLOW | INEXACT),
            ("inf-inf", lambda: inf - inf, INVALID), ("0*inf", lambda: 0 * inf, INVALID),
            ("log(0)", lambda: libm.log(0.0), DIVBYZERO), ("log(-1)", lambda: libm.log(-1.0), INVALID),
            ("exp(1000)", lambda: libm.exp(1000.0), OVERFLOW | INEXACT),
            ("fma", lambda: libm.fma(3.0, 5.0, 7.0), 0)):
        libm.feclearexcept(every)
        function()
        expect(libm.fetestexcept(every), wanted, f"flags of {name}")
    libm.feclearexcept(every)
    # What multiplication and addition in two steps would round away.
    small = 2.0 ** -30
    expect(libm.fma(1 + small, 1 - small, -1.0), -(2.0 ** -60), "fma")
    return "10 operations"


# ---------------------------------------------------------------- C string functions

class Guarded:
    """Memory whose end, and beginning, is followed by pages that may not be touched."""

    def __init__(self, pages=2):
        page = mmap.PAGESIZE
        self.map = mmap.mmap(-1, (pages + 2) * page)
        base = ctypes.addressof(ctypes.c_char.from_buffer(self.map))
        for at in (base, base + (pages + 1) * page):
            expect(libc.mprotect(ctypes.c_void_p(at), page, 0), 0, "mprotect")
        self.start, self.size = base + page, pages * page
        self.end = self.start + self.size

    def put(self, address, data):
        ctypes.memmove(address, data, len(data))

    def get(self, address, size):
        return ctypes.string_at(address, size)


def declare(name, *args, result=ctypes.c_size_t):
    function = getattr(libc, name)
    function.restype, function.argtypes = result, args
    return function


def check_strings():
    """Every length up to a few vectors, at every place in a vector and up to the edge."""
    pointer, size, whole = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
    strlen, strnlen = declare("strlen", pointer), declare("strnlen", pointer, size)
    strchr, strrchr = declare("strchr", pointer, whole), declare("strrchr", pointer, whole)
    strchrnul, rawmemchr = declare("strchrnul", pointer, whole), declare("rawmemchr", pointer, whole)
    memchr, memrchr = declare("memchr", pointer, whole, size), declare("memrchr", pointer, whole, size)
    memcmp = declare("memcmp", pointer, pointer, size, result=whole)
    strcmp = declare("strcmp", pointer, pointer, result=whole)
    strncmp = declare("strncmp", pointer, pointer, size, result=whole)
    strcpy, stpcpy = declare("strcpy", pointer, pointer), declare("stpcpy", pointer, pointer)
    memcpy, memmove = declare("memcpy", pointer, pointer, size), declare("memmove", pointer, pointer, size)
    memset = declare("memset", pointer, whole, size)
    rng = random.Random(11)
    one, two = Guarded(), Guarded()
    lengths = [*range(0, 70), 95, 96, 97, 127, 128, 129, 255, 256, 257, 300, 511, 513, 1000]
    calls = 0

    def sign(number):
        return (number > 0) - (number < 0)

    for length in lengths:
        text = bytes(rng.randrange(1, 127) for _ in range(length))
        for gap in sorted({0, 1, rng.randrange(64), rng.randrange(64)}):
            where = f"length {length}, {gap} before the edge"
            a = one.end - gap - length - 1
            one.put(a - 1, b"\x7f" + text + b"\0")
            expect(strlen(a), length, f"strlen, {where}")
            limit = rng.randrange(length + 2)
            expect(strnlen(a, limit), min(limit, length), f"strnlen, {where}")
            byte = rng.choice(text) if text and rng.random() < 0.8 else 0x7f
            first, last = text.find(byte), text.rfind(byte)
            for function, at in ((strchr, first), (strrchr, last)):
                got = function(a, byte)
                expect(got - a if got else -1, at, f"{function.__name__} of {byte}, {where}")
            expect(strchrnul(a, byte) - a, first if first >= 0 else length, f"strchrnul, {where}")
            expect(rawmemchr(a, 0) - a, length, f"rawmemchr, {where}")
            for function, at in ((memchr, first), (memrchr, last)):
                got = function(a, byte, length)
                expect(got - a if got else -1, at, f"{function.__name__} of {byte}, {where}")
            # The other string: the same, or with one byte changed.
            other = bytearray(text)
            if text and rng.random() < 0.7:
                at = rng.randrange(length)
                other[at] = rng.randrange(1, 256)
            b = two.end - rng.choice((0, 1, gap, rng.randrange(64))) - length - 1
            two.put(b, bytes(other) + b"\0")
            order = sign((text > other) - (text < other))
            expect(sign(strcmp(a, b)), order, f"strcmp, {where}")
            expect(sign(memcmp(a, b, length)), order, f"memcmp, {where}")
            cut = rng.randrange(length + 3)
            expect(sign(strncmp(a, b, cut)), sign((text[:cut] > other[:cut]) - (text[:cut] < other[:cut])),
                   f"strncmp {cut}, {where}")
            # Copies: the bytes around the target must stay.
            c = two.start + 8 + rng.randrange(64)
            for function in (memcpy, strcpy, stpcpy):
                two.put(c - 8, b"\xee" * (length + 24))
                if function is memcpy:
                    memcpy(c, a, length + 1)
                else:
                    expect(function(c, a) - c, length if function is stpcpy else 0, function.__name__)
                expect(two.get(c - 8, length + 24), b"\xee" * 8 + text + b"\0" + b"\xee" * 15,
                       f"{function.__name__}, {where}")
            for shift in (rng.randrange(-8, 9), rng.choice((-40, 33))):
                m = two.start + 100
                area = bytes(rng.randrange(256) for _ in range(length + 120))
                two.put(m, area)
                memmove(m + 50 + shift, m + 50, length)
                want = bytearray(area)
                want[50 + shift:50 + shift + length] = area[50:50 + length]
                expect(two.get(m, len(area)), bytes(want), f"memmove by {shift}, {where}")
            two.put(c - 8, b"\xee" * (length + 24))
            memset(c, 0x15a, length)
            expect(two.get(c - 8, length + 24), b"\xee" * 8 + b"\x5a" * length + b"\xee" * 16,
                   f"memset, {where}")
            calls += 19
    return f"{calls} calls, {os.environ.get('GLIBC_TUNABLES', 'as the library chooses')}"


def check_variants():
    """Each vector feature that is told off makes the library choose another memcpy."""
    code = ("import ctypes; c = ctypes.CDLL('libc.so.6'); "
            "print(*(ctypes.cast(f, ctypes.c_void_p).value for f in (c.memcpy, c.getpid)))")
    with open("/proc/cpuinfo", encoding="ascii") as file:
        features = next(line for line in file if line.startswith("Features")).split()
    places, without = set(), []
    for feature in (None, "lasx", "lsx", "ual"):
        if feature:
            without.append("-" + feature.upper())
        done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, check=True,
                              env={**os.environ, "GLIBC_TUNABLES": "glibc.cpu.hwcaps=" + ",".join(without)})
        one, other = map(int, done.stdout.split())
        places.add(one - other)
    there = [feature for feature in ("lasx", "lsx", "ual") if feature in features]
    expect(len(places), len(there) + 1, f"functions to choose from with {there}")
    return f"{len(places)}, with {' '.join(there) or 'none of the features'}"


def check_large_copies():
    rng = random.Random(12)
    blob = rng.randbytes(300000)
    for size in (4095, 4097, 8192, 16385, 65536, 65537, 131073, 262144):
        for _ in range(6):
            start, target = rng.randrange(64), rng.randrange(64)
            area = bytearray(size + 128)
            area[target:target + size] = blob[start:start + size]
            expect(bytes(area), bytes(target) + blob[start:start + size] + bytes(128 - target), f"{size} bytes")
            expect(blob.find(blob[start + size:start + size + 9]), start + size, "find")
            expect(bytes(area) == bytes(area[:-1] + b"\1"), False, "comparison")
    return "up to 262144 bytes"


# ---------------------------------------------------------------- TLS

def check_tls():
    """Handshake and data over a socket pair, a server thread on the other end."""
    # Each process that multiprocessing starts would pay for it.
    import ssl                          # pylint: disable=import-outside-toplevel
    files = [os.path.join(HERE, "keys", name) for name in ("cert.pem", "rsa.pem")]
    blob = random.Random(13).randbytes(200000)
    seen = []
    for version, ciphers in ((ssl.TLSVersion.TLSv1_3, None),
                             (ssl.TLSVersion.TLSv1_2, "ECDHE-RSA-CHACHA20-POLY1305"),
                             (ssl.TLSVersion.TLSv1_2, "ECDHE-RSA-AES256-GCM-SHA384")):
        serving, asking = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=files[0])
        serving.load_cert_chain(*files)
        asking.minimum_version = asking.maximum_version = version
        if ciphers:
            asking.set_ciphers(ciphers)
        left, right = socket.socketpair()

        def serve(context=serving, end=left):
            with context.wrap_socket(end, server_side=True) as tls:
                data = b""
                while len(data) < len(blob):
                    data += tls.recv(65536)
                tls.sendall(hashlib.sha256(data).digest())

        thread = threading.Thread(target=serve)
        thread.start()
        right.settimeout(60)
        with asking.wrap_socket(right, server_hostname="localhost") as tls:
            tls.sendall(blob)
            expect(tls.recv(100), hashlib.sha256(blob).digest(), "answer")
            seen.append(tls.cipher()[0])
        thread.join()
    return ", ".join(seen)


def check_clocks():
    last = time.monotonic_ns()
    for _ in range(20000):
        now = time.monotonic_ns()
        if now < last:
            raise AssertionError(f"went back by {last - now} ns")
        last = now
    start = time.perf_counter()
    time.sleep(0.25)
    took = time.perf_counter() - start
    if not 0.24 < took < 2:
        raise AssertionError(f"sleep(0.25) took {took:.3f} s")
    return f"20000 readings, sleep(0.25) took {took:.3f} s"


def main():
    checks = {name[6:]: function for name, function in globals().items() if name.startswith("check_")}
    bad = 0
    for name in sys.argv[1:] or checks:
        start = time.monotonic()
        try:
            detail = checks[name]()
            print(f"ok python-{name} {detail}, {time.monotonic() - start:.1f} s", flush=True)
        except Exception as error:      # pylint: disable=broad-except
            # Whatever goes wrong in one check must not hide the others.
            libm.fesetround(NEAREST)
            text = " ".join(f"{type(error).__name__}: {error}".split())
            print(f"FAIL python-{name} {text[:600]}", flush=True)
            bad += 1
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
