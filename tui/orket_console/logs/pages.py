"""Pages of lines out of one open log, going back from a place in it or on from one.

Memory is bounded by a chunk and the cap of a line, whatever the file holds. Reading is by
offset on a descriptor, so a log that was renamed meanwhile is still read to its start.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

from orket_console.base.lines import CHUNK, Line, LineSplitter
from orket_console.logs.index import newlines

_LOOK_BACK: Final = 64 << 20
"""Bytes that are searched for the last newline; a longer line is entered in its middle."""
_SHORT: Final = 1 << 12
COUNTED: Final = 64 << 20
"""A log up to this size has its lines numbered from 1; above it they go by byte."""


def end_of_lines(fd: int, size: int) -> int:
    """The offset behind the last newline before `size`; what follows is half written."""
    stop, span = size, _SHORT
    while stop > 0:
        start = max(stop - span, 0)
        at = os.pread(fd, stop - start, start).rfind(b"\n")
        if at >= 0:
            return start + at + 1
        if size - start > _LOOK_BACK:
            return size
        stop, span = start, min(4 * span, CHUNK)
    return 0


def count_lines(fd: int, end: int) -> int | None:
    """How many newlines stand before `end`; None where counting would take too long."""
    if end > COUNTED:
        return None
    count = at = 0
    while at < end and (chunk := os.pread(fd, min(CHUNK, end - at), at)):
        count += newlines(chunk)
        at += len(chunk)
    return count


def pages_back(fd: int, end: int) -> Iterator[list[Line]]:
    """The lines before `end` (just behind a newline), newest page first.

    Each page is in the file's order. Ends early where the file turns out to be shorter.
    """
    stop = end
    block_end = end - 1
    while stop > 0:
        block_start = max(block_end - CHUNK, 0)
        block = os.pread(fd, block_end - block_start, block_start)
        if len(block) < block_end - block_start:
            return
        first = block.find(b"\n")
        if first < 0 and block_start > 0:
            block_end = block_start
            continue
        head = block_start + first + 1 if block_start > 0 else 0
        yield list(lines_between(fd, head, stop))
        stop = head
        block_end = max(head - 1, 0)


def lines_between(fd: int, start: int, end: int) -> Iterator[Line]:
    """The complete lines from `start` (the start of a line) up to `end`."""
    splitter = LineSplitter(start)
    at = start
    while at < end and (chunk := os.pread(fd, min(CHUNK, end - at), at)):
        at += len(chunk)
        yield from splitter.feed(chunk)


def line_at(fd: int, start: int, end: int) -> Line | None:
    """The line that begins at `start`, if it ends before `end`; read without what follows it."""
    splitter = LineSplitter(start)
    at, size = start, _SHORT
    while at < end and (chunk := os.pread(fd, min(size, end - at), at)):
        if lines := splitter.feed(chunk):
            return lines[0]
        at += len(chunk)
        size = min(4 * size, CHUNK)
    return None


def line_start(fd: int, offset: int) -> int:
    """The start of the line that `offset` lies in."""
    return end_of_lines(fd, offset) if offset > 0 else 0


def line_beginning(fd: int, at: int, limit: int) -> int:
    """The first line's beginning at or behind a byte; `limit` if there is none before it."""
    if at == 0:
        return 0
    at -= 1
    while at < limit and (chunk := os.pread(fd, min(CHUNK, limit - at), at)):
        newline = chunk.find(b"\n")
        if newline >= 0:
            return at + newline + 1
        at += len(chunk)
    return limit
