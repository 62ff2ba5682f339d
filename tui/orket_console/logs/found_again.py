"""Where a marked line is now: where it was, or wherever a rotation has moved it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

from orket_console.base.files import UnreadableError
from orket_console.base.refs import LogRef
from orket_console.logs.bookmarks import Bookmark, is_marked
from orket_console.logs.forms import entries, form_of
from orket_console.logs.packed import open_log
from orket_console.logs.pages import lines_between
from orket_console.logs.rotation import all_generations, log_of
from orket_console.logs.seek import offset_at
from orket_console.logs.sources import Source

_LOOKED_THROUGH: Final = 16 << 20
"""Bytes of a log that are looked through from the line's time on."""
_LOOKED_AT: Final = 2 << 20
"""Bytes from where the line was; it is the first of them, or an entry of several lines."""
_SAMPLE: Final = 1 << 16


def find_again(bookmark: Bookmark) -> LogRef | None:
    """The marked line's place now; None where no file of its log holds it any more.

    Reads the log, and the files that were rotated away from it, packed ones too.
    """
    log = log_of(Path(bookmark.path))
    paths = [found.path for found in reversed(all_generations(log))]
    for look in (_where_it_was, _by_its_time):
        for path in paths:
            try:
                with open_log(path) as file:
                    offset = look(file.fileno(), bookmark)
            except (UnreadableError, OSError):
                continue
            if offset is not None:
                same = str(path) == bookmark.path and offset == bookmark.offset
                return LogRef(str(path), offset, bookmark.line if same else None)
    return None


def _where_it_was(fd: int, bookmark: Bookmark) -> int | None:
    found = _found(fd, bookmark, bookmark.offset, _LOOKED_AT)
    return bookmark.offset if next(found, None) == bookmark.offset else None


def _by_its_time(fd: int, bookmark: Bookmark) -> int | None:
    start = 0
    if bookmark.at is not None:
        start = offset_at(fd, bookmark.at - timedelta(microseconds=1))
    return next(_found(fd, bookmark, start, _LOOKED_THROUGH), None)


def _found(fd: int, bookmark: Bookmark, start: int, room: int) -> Iterator[int]:
    """The offsets from a line's start on at which the marked line is."""
    source = Source(bookmark.path, bookmark.source, form_of(os.pread(fd, _SAMPLE, 0)))
    end = min(start + room, os.fstat(fd).st_size)
    for record in entries(lines_between(fd, start, end), source, None):
        if is_marked(record, bookmark):
            yield record.ref.offset
