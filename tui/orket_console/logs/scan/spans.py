"""Logs held open for a scan, and the spans of whole lines that they are cut into."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orket_console.base.files import open_regular

SPAN: Final = 16 << 20
"""Bytes of a span, about: a worker's share between two results."""
_PROBE: Final = 1 << 16
_GZIP: Final = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Log:
    """One log, open: `size` bytes of it are scanned, though it may grow meanwhile.

    `packed` tells that it is gzip and read unpacked. `name` is what an operator calls it.
    """

    name: str
    fd: int
    size: int
    packed: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes `start` to `end` of a log; `last` where the log's end is `end`."""

    log: Log
    start: int
    end: int
    last: bool

    @property
    def size(self) -> int:
        return self.end - self.start


@contextmanager
def open_log(path: Path, name: str) -> Iterator[Log]:
    """The log at `path` as it is now, rotated or not while it is open.

    Raises `UnreadableError` for what is missing, forbidden or no regular file.
    """
    with open_regular(path) as file:
        yield log_of(file.fileno(), name)


def log_of(fd: int, name: str) -> Log:
    """The log behind a descriptor that the caller keeps open (only `pread` is used)."""
    packed = os.pread(fd, len(_GZIP), 0) == _GZIP
    return Log(name, fd, os.fstat(fd).st_size, packed)


def spans_of(log: Log, start: int = 0, size: int = SPAN) -> list[Span]:
    """`log` from byte `start` on, where a line begins, cut after newlines; none if empty.

    A packed log can't be cut and is one span, always from its beginning.
    """
    if log.packed:
        return [Span(log, 0, log.size, last=True)]
    spans: list[Span] = []
    while start < log.size:
        end = _after_newline(log, start + size)
        spans.append(Span(log, start, end, last=end == log.size))
        start = end
    return spans


def _after_newline(log: Log, at: int) -> int:
    """The first line's beginning at or after byte `at`; the log's end if there is none."""
    # A newline right before `at` makes `at` itself a beginning.
    at -= 1
    while at < log.size:
        found = os.pread(log.fd, min(_PROBE, log.size - at), at)
        if not found:
            break
        newline = found.find(b"\n")
        if newline >= 0:
            return at + newline + 1
        at += len(found)
    return log.size
