"""How many lines stand before any place in a log, told without reading what lies before it.

Sparse: a count of newlines every so many bytes, however long the lines are. A lookup reads
one block. The blocks double when there are too many of them, so that memory stays bounded
whatever the file holds: 512 KB at most, 320 KB for a log of 10 GB.
"""

from __future__ import annotations

import os
import threading
from array import array
from bisect import bisect_left
from collections.abc import Callable
from typing import Final

from orket_console.logs.fingerprint import Fingerprint

BLOCK: Final = 1 << 18
"""Bytes of a block at first. Reading by so many is fastest, and keeps the interpreter briefly."""
MOST: Final = 1 << 16
"""Blocks; beyond that two become one."""
_PROBE: Final = 4096
_SHORT: Final = 32
"""Bytes of a line below which its newlines are counted faster one byte after the other."""


def newlines(chunk: bytes) -> int:
    """How many newlines `chunk` holds.

    `bytes.replace` looks for them with memchr, `bytes.count` (before Python 3.13) byte by
    byte: three times slower on lines as Orket writes them, faster on very short ones alone.
    """
    if chunk.count(b"\n", 0, _PROBE) * _SHORT > _PROBE:
        return chunk.count(b"\n")
    return len(chunk) - len(chunk.replace(b"\n", b""))


class LineIndex:
    """The line counts of one file. One thread extends it; any thread may look up.

    Descriptors are the caller's, and must be of the file that was indexed.
    """

    def __init__(self, block: int = BLOCK, most: int = MOST) -> None:
        self._lock = threading.Lock()
        self._block = block
        self._most = most
        self._counts = array("Q")
        self._covered = 0
        self._lines = 0
        self._print: Fingerprint | None = None

    @property
    def covered(self) -> int:
        """Bytes of the file that are counted."""
        return self._covered

    @property
    def lines(self) -> int:
        """Complete lines among the bytes that are counted."""
        return self._lines

    @property
    def memory(self) -> int:
        """Bytes that the counts take."""
        return self._counts.itemsize * len(self._counts)

    def extend(self, fd: int, stopped: Callable[[], bool] = lambda: False) -> bool:
        """Count on to the end of the file; whether that was reached.

        A file that was cleared, however long it has grown since, is counted from its start.
        """
        if not self.fits(fd):
            self._restart()
        while not stopped():
            room = self._block - self._covered % self._block
            chunk = os.pread(fd, room, self._covered)
            if not chunk:
                return self._settle(fd)
            self._add(len(chunk), newlines(chunk))
            self._print = self._print or Fingerprint(fd, self._covered)
        self._settle(fd)
        return False

    def fits(self, fd: int) -> bool:
        """Whether the file still holds what was counted."""
        return self._print is None or self._print.holds(fd)

    def lines_before(self, fd: int, offset: int) -> int | None:
        """How many newlines stand before byte `offset`; None beyond what is counted."""
        with self._lock:
            if not 0 <= offset <= self._covered:
                return None
            whole = offset // self._block
            start = whole * self._block
            count = self._counts[whole - 1] if whole else 0
        rest = os.pread(fd, offset - start, start)
        return count + newlines(rest) if len(rest) == offset - start else None

    def offset_of(self, fd: int, number: int) -> int | None:
        """Where line `number` (from 1) begins; None where no such line was counted."""
        with self._lock:
            if not 1 <= number <= self._lines:
                return None
            if number == 1:
                return 0
            wanted = number - 1
            whole = bisect_left(self._counts, wanted)
            start = whole * self._block
            before = self._counts[whole - 1] if whole else 0
            end = min(start + self._block, self._covered)
        chunk = os.pread(fd, end - start, start)
        at = nth_newline(chunk, wanted - before)
        return None if at is None else start + at + 1

    def _add(self, length: int, lines: int) -> None:
        with self._lock:
            self._covered += length
            self._lines += lines
            if self._covered % self._block == 0:
                self._counts.append(self._lines)
                # An even number of them, so that the last count is kept.
                if len(self._counts) == self._most:
                    self._counts = self._counts[1::2]
                    self._block *= 2

    def _restart(self) -> None:
        with self._lock:
            self._counts = array("Q")
            self._covered = self._lines = 0
            self._print = None

    def _settle(self, fd: int) -> bool:
        """Remember what was counted; False where the file was cleared while it was."""
        found = Fingerprint(fd, self._covered)
        if os.fstat(fd).st_size < self._covered or not self.fits(fd):
            self._restart()
            return False
        self._print = found
        return True


def nth_newline(chunk: bytes, number: int) -> int | None:
    """Where newline `number` (from 1) of `chunk` stands, by halving; None if there are fewer."""
    low, high = 0, len(chunk)
    if number < 1 or chunk.count(b"\n") < number:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        there = chunk.count(b"\n", low, middle)
        if there >= number:
            high = middle
        else:
            low = middle
            number -= there
    return low
