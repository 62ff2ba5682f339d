"""Lines of a log, split on the byte `\\n` alone, with memory bounded whatever the file holds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from orket_console.base.files import open_regular

LINE_CAP = 1 << 20
"""Bytes of one line that are kept; the rest is passed over and counted."""
CHUNK = 1 << 18


class Line(Struct, frozen=True, gc=False):
    """One complete line without its newline.

    `offset` and `length` are bytes in the file (`length` without the newline); `raw` holds
    at most the splitter's cap of it, so `cut` tells that some of it is missing.
    """

    raw: bytes
    offset: int
    length: int

    @property
    def cut(self) -> bool:
        return self.length > len(self.raw)


class LineSplitter:
    """Turns chunks, in order, into complete lines; holds back the last until its newline.

    Memory is bounded by the cap and the chunk, however long a line grows.
    """

    def __init__(self, offset: int = 0, cap: int = LINE_CAP) -> None:
        self._cap = cap
        self._start = offset
        self._length = 0
        self._parts: list[bytes] = []
        self._kept = 0

    @property
    def offset(self) -> int:
        """Where the line that is held back begins."""
        return self._start

    @property
    def pending(self) -> int:
        """Bytes held back for want of a newline."""
        return self._length

    def feed(self, chunk: bytes) -> list[Line]:
        """The lines that `chunk` completes."""
        lines: list[Line] = []
        at = 0
        while (end := chunk.find(b"\n", at)) >= 0:
            self._keep(chunk[at:end])
            lines.append(Line(b"".join(self._parts), self._start, self._length))
            self._start += self._length + 1
            self._length = self._kept = 0
            self._parts = []
            at = end + 1
        self._keep(chunk[at:])
        return lines

    def _keep(self, part: bytes) -> None:
        self._length += len(part)
        room = self._cap - self._kept
        if room > 0 and part:
            self._parts.append(part[:room])
            self._kept += min(room, len(part))


def read_lines(path: Path, start: int = 0, cap: int = LINE_CAP) -> Iterator[Line]:
    """The complete lines of a file from byte `start` on. Raises `UnreadableError` at once."""
    return _split(open_regular(path), start, cap)


def _split(file: BinaryIO, start: int, cap: int) -> Iterator[Line]:
    with file:
        file.seek(start)
        splitter = LineSplitter(start, cap)
        while chunk := file.read(CHUNK):
            yield from splitter.feed(chunk)


def last_lines(path: Path, count: int, within: int = 8 << 20) -> list[Line]:
    """The last `count` complete lines, first to last, found from the end of the file.

    Looks back `within` bytes at most, so a file of any size costs the same; a line that
    begins before that is left out. Raises `UnreadableError`.
    """
    with open_regular(path) as file:
        end = os.fstat(file.fileno()).st_size
        span = CHUNK
        while True:
            start = max(end - min(span, within), 0)
            lines = _complete(file.fileno(), start, end)
            if len(lines) >= count or start == 0 or span >= within:
                return lines[-count:] if count else []
            span *= 4


def _complete(fd: int, start: int, end: int) -> list[Line]:
    raw = os.pread(fd, end - start, start)
    skip = 0
    # A window that opens inside a line drops that line: its beginning was not read.
    if start and os.pread(fd, 1, start - 1) != b"\n":
        skip = raw.find(b"\n") + 1
        if skip == 0:
            return []
    return LineSplitter(start + skip).feed(raw[skip:])
