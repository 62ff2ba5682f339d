"""Where a marked line is now: where it was, or wherever a rotation has moved it."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Final

from orket_console.base.files import UnreadableError, open_regular
from orket_console.base.refs import LogRef
from orket_console.logs.bookmarks import Bookmark, is_line
from orket_console.logs.pages import line_at, lines_between
from orket_console.logs.rotation import generations, log_of
from orket_console.logs.seek import offset_at

_LOOKED_THROUGH: Final = 16 << 20
"""Bytes of a log that are looked through from the line's time on."""


def find_again(bookmark: Bookmark) -> LogRef | None:
    """The marked line's place now; None where no file of its log holds it any more.

    Reads the log, and the files that were rotated away from it.
    """
    paths = [found.path for found in reversed(generations(log_of(Path(bookmark.path))))]
    for look in (_where_it_was, _by_its_time):
        for path in paths:
            try:
                with open_regular(path) as file:
                    offset = look(file.fileno(), bookmark)
            except (UnreadableError, OSError):
                continue
            if offset is not None:
                same = str(path) == bookmark.path and offset == bookmark.offset
                return LogRef(str(path), offset, bookmark.line if same else None)
    return None


def _where_it_was(fd: int, bookmark: Bookmark) -> int | None:
    line = line_at(fd, bookmark.offset, os.fstat(fd).st_size)
    return line.offset if line is not None and is_line(bookmark, line) else None


def _by_its_time(fd: int, bookmark: Bookmark) -> int | None:
    start = 0
    if bookmark.at is not None:
        start = offset_at(fd, bookmark.at - timedelta(microseconds=1))
    end = min(start + _LOOKED_THROUGH, os.fstat(fd).st_size)
    for line in lines_between(fd, start, end):
        if is_line(bookmark, line):
            return line.offset
    return None
