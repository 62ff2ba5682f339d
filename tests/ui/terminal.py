"""A real terminal around a real console: a pseudo-terminal, its bytes and its modes."""

from __future__ import annotations

import contextlib
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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

LIMIT = 30.0
GONE = -1
CONSOLE = [sys.executable, "-m", "orket_console.cli"]


@dataclass
class Terminal:
    """`seen` is every byte that the program wrote."""

    process: subprocess.Popen[bytes]
    master: int
    slave: int
    modes: list[object]
    seen: bytearray = field(default_factory=bytearray)

    def send(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def wait_for(self, text: bytes, since: int = 0) -> None:
        """Read until `text` was written after byte `since`; the test fails at the limit."""
        end = time.monotonic() + LIMIT
        while text not in self.seen[since:]:
            assert time.monotonic() < end, f"{text!r} never came; the last was {self.tail()}"
            assert self.process.poll() is None, f"ended early: {self.tail()}"
            self.read(0.2)

    def settle(self, quiet: float = 0.12) -> None:
        """Read until the program has drawn what it had to draw: nothing more for `quiet` seconds.

        Of Escape it is sure after 0.1 s: no other key may follow it sooner.
        """
        while self.read(quiet):
            pass

    def ended(self) -> int:
        """The exit status, waited for while its output is read."""
        end = time.monotonic() + LIMIT
        while self.process.poll() is None:
            assert time.monotonic() < end, f"never ended; the last was {self.tail()}"
            self.read(0.05)
        while self.read(0.0):
            pass
        return self.process.returncode

    def hang_up(self) -> None:
        """The terminal is gone."""
        for fd in (self.slave, self.master):
            os.close(fd)
        self.slave = self.master = GONE

    def modes_now(self) -> list[object]:
        return list(termios.tcgetattr(self.slave))

    def tail(self) -> str:
        return self.seen[-600:].decode("utf-8", "replace")

    def read(self, wait: float) -> bool:
        """Take what the program has written, waiting at most so many seconds; whether any."""
        ready, _, _ = select.select([self.master], [], [], wait)
        if not ready:
            return False
        try:
            chunk = os.read(self.master, 65536)
        except OSError:
            return False
        self.seen += chunk
        return bool(chunk)


@contextmanager
def terminal(
    arguments: Sequence[str],
    environment: Mapping[str, str] | None = None,
    *,
    program: Sequence[str] = CONSOLE,
    size: tuple[int, int] = (80, 24),
) -> Iterator[Terminal]:
    """The program on a terminal of its own, `size` columns by rows; killed at the end."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    modes = list(termios.tcgetattr(slave))
    # A session leader that opens a terminal has it as its own: the shell does, and is replaced.
    takes_over = ["sh", "-c", 'exec "$@" <>"$0" >&0 2>&0', os.ttyname(slave)]
    process = subprocess.Popen(
        [*takes_over, *program, *arguments],
        start_new_session=True,
        env={
            # Set by whoever runs tests side by side, and believed by Textual.
            **{name: v for name, v in os.environ.items() if name not in ("COLUMNS", "LINES")},
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LANG": "C.UTF-8",
            **(environment or {}),
        },
    )
    made = Terminal(process, master, slave, modes)
    try:
        yield made
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if made.master != GONE:
            made.hang_up()
