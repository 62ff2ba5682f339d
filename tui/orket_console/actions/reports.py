"""The report that an action is to write: whether this run wrote it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from orket_console.actions.outcome import Report
from orket_console.base.files import UnreadableError, read_bytes

_CAP: Final = 4 << 20


Mark = tuple[int, int, int]
"""What tells one state of a file from another."""


def report(cwd: Path, relative: str, before: Mark | None) -> Report | None:
    """The report as an action left it; None for one that writes none.

    `relative` is its path in `cwd`, empty where none is to be written; `before` its mark before
    the action started.
    """
    if not relative:
        return None
    path = cwd / relative
    try:
        content = read_bytes(path, _CAP)
    except UnreadableError:
        content = b""
    return Report(relative, content, mark(path) not in (None, before))


def mark(path: Path) -> Mark | None:
    """The state of a file; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
