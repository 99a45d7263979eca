#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plays the person at the terminal; see the test "terminal".

    terminal.py STATUS-OF-CTRL-A-X STATUS-OF-SIGTERM LIMIT COMMAND...
"""

import atexit
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

CTRL_A = b"\x01"


class Session:
    """A command on a terminal of its own."""

    def __init__(self, command):
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 25, 80, 0, 0))
        self.before = termios.tcgetattr(self.slave)
        self.output = b""
        self.process = subprocess.Popen(
            command, stdin=self.slave, stdout=self.slave, stderr=self.slave,
            start_new_session=True)
        atexit.register(self.process.kill)

    def read(self, seconds):
        """Whatever arrives within so many seconds; true if something did."""
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        self.output += os.read(self.master, 65536)
        return True

    def expect(self, text, seconds, since=0):
        end = time.monotonic() + seconds
        while text not in self.output[since:]:
            left = end - time.monotonic()
            if left <= 0 or (self.process.poll() is not None and not self.read(0.5)):
                self.fail(f"{text!r} did not appear within {seconds} s")
            self.read(min(left, 0.5))
        return self.output.index(text, since) + len(text)

    def send(self, data):
        # As a person types: a chip of the guest has room for few characters.
        for byte in data:
            os.write(self.master, bytes([byte]))
            time.sleep(0.01)

    def is_raw(self):
        return not termios.tcgetattr(self.slave)[3] & termios.ICANON

    def finish(self, wanted, seconds=5):
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            if time.monotonic() > end:
                self.fail(f"still running after {seconds} s")
            self.read(0.1)
        if self.process.returncode != wanted:
            self.fail(f"ended with status {self.process.returncode}, wanted {wanted}")
        after = termios.tcgetattr(self.slave)
        if after != self.before:
            self.fail(f"the terminal was not restored: {self.before} before, {after} after")

    def fail(self, message):
        self.process.kill()
        print(f"FAIL: {message}")
        print("--- end of what the terminal showed")
        print(self.output.decode(errors="replace")[-1500:])
        sys.exit(1)


def main():
    # A time limit from outside must not leave a guest behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(124))
    left, terminated, limit = (int(arg) for arg in sys.argv[1:4])
    command = sys.argv[4:]

    session = Session(command)
    session.expect(b"demo login shell on hvc0", limit)
    session.expect(b"~ # ", 60)
    if not session.is_raw():
        session.fail("the terminal is not in raw mode while the guest runs")
    # The sum is in no echo of the typed line: only the guest's shell can say it.
    mark = len(session.output)
    session.send(b"echo answer $((40 + 2)) on $(tty)\r")
    session.expect(b"answer 42 on /dev/hvc0", 30, mark)
    print("the shell on hvc0 answers")

    # Ctrl-C belongs to the guest.
    session.send(b"sleep 600\r")
    time.sleep(1)
    mark = len(session.output)
    session.send(b"\x03")
    session.expect(b"~ # ", 20, mark)
    print("Ctrl-C ends a program in the guest")

    mark = len(session.output)
    session.send(CTRL_A + b"h")
    session.expect(b"Ctrl-a x", 5, mark)
    print("Ctrl-a h helps")

    session.send(CTRL_A + b"x")
    session.finish(left)
    print("Ctrl-a x leaves, terminal restored")

    session = Session(command)
    session.expect(b"Linux version", limit)
    session.process.send_signal(signal.SIGTERM)
    session.finish(terminated)
    print("SIGTERM while booting, terminal restored")

    session = Session(command)
    session.expect(b"~ # ", limit)
    session.send(b"poweroff -f\r")
    session.finish(0, 30)
    print("power-off, terminal restored")
    return 0


if __name__ == "__main__":
    sys.exit(main())
