"""The report that an action is to write: whether this run wrote it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from orket_console.actions.verdicts import Report
from orket_console.base.files import UnreadableError, read_bytes

_CAP: Final = 4 << 20


class Watch:
    """Made before the action starts, asked when it has ended.

    `relative` is the report's path in `cwd`, empty where none is to be written.
    """

    def __init__(self, cwd: Path, relative: str) -> None:
        self._relative = relative
        self._path = cwd / relative
        self._before = _mark(self._path)

    def report(self) -> Report | None:
        """The report as it is now; None for an action that has none."""
        if not self._relative:
            return None
        try:
            content = read_bytes(self._path, _CAP)
        except UnreadableError:
            content = b""
        return Report(self._relative, content, _mark(self._path) not in (None, self._before))


def _mark(path: Path) -> tuple[int, int, int] | None:
    """What tells one state of a file from another; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
