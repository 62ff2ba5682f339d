"""Line indexes of all logs that are read, made and kept up by a thread behind the screen.

A log is known by its device and inode, so that a rotated one keeps its index while another
gets one under its name; a cleared one is begun again.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from orket_console.base.files import UnreadableError
from orket_console.base.lines import CHUNK
from orket_console.logs.index import LineIndex, newlines
from orket_console.logs.packed import open_log
from orket_console.logs.pages import count_lines
from orket_console.logs.records import Record
from orket_console.logs.rotation import Identity

_EVERY: Final = 1.0
"""Seconds between two looks for what was written meanwhile."""
_KEPT: Final = 128
"""Indexes; those of logs that were rotated away longest ago are given up."""


@dataclass(frozen=True, slots=True)
class Indexed:
    """How far all logs together are indexed, in bytes, and the lines in them so far.

    `logs` has how many lines each log holds that is indexed to its end, by its path.
    """

    done: int = 0
    of: int = 0
    lines: int = 0
    logs: Mapping[str, int] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        return self.done >= self.of


class Indexing:
    """The thread, and what any thread may ask of it meanwhile."""

    def __init__(self) -> None:
        self._paths: tuple[str, ...] = ()
        self._indexes: dict[Identity, LineIndex] = {}
        self._sizes: dict[Identity, int] = {}
        self._named: dict[str, Identity] = {}
        self._wake = threading.Event()
        self._round = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="orket-console-index", daemon=True)

    def watch(self, paths: Iterable[str]) -> None:
        """Index these logs from now on, in this order. The first call starts the thread."""
        paths = tuple(paths)
        if self._closed or paths == self._paths:
            return
        self._paths = paths
        self._wake.set()
        if self._thread.ident is None:
            self._thread.start()

    def close(self) -> None:
        self._closed = True
        self._wake.set()

    @property
    def progress(self) -> Indexed:
        sizes = dict(self._sizes)
        indexes = dict(self._indexes)
        found = [(indexes[each], size) for each, size in sizes.items() if each in indexes]
        done = sum(min(index.covered, size) for index, size in found)
        logs = {
            path: indexes[identity].lines
            for path, identity in self._named.items()
            if identity in indexes and indexes[identity].covered >= sizes.get(identity, 0)
        }
        lines = sum(index.lines for index, _ in found)
        return Indexed(done, sum(sizes.values()), lines, logs)

    # -- what is asked; descriptors are the caller's

    def count(self, fd: int, offset: int) -> int | None:
        """`lines_before`, counted on the spot in what is small."""
        known = self.lines_before(fd, offset)
        return count_lines(fd, offset) if known is None else known

    def lines_before(self, fd: int, offset: int) -> int | None:
        """How many lines of an open log begin before `offset`; None while that isn't known."""
        index = self._index_of(fd)
        return index.lines_before(fd, offset) if index is not None else None

    def offset_of(self, fd: int, number: int) -> int | None:
        """Where line `number` of an open log begins; None while or because there is no such."""
        index = self._index_of(fd)
        return index.offset_of(fd, number) if index is not None else None

    def lines(self, fd: int) -> int | None:
        """How many lines an open log has; None until it is indexed to its end."""
        index = self._index_of(fd)
        if index is None or index.covered < self._sizes.get(_identity(fd), index.covered + 1):
            return None
        return index.lines

    def wait(self, seconds: float) -> None:
        """Until something more is indexed, or for so long."""
        with self._round:
            self._round.wait(seconds)

    def numbers(self, records: Iterable[Record]) -> dict[tuple[str, int], int]:
        """The line numbers of records that have none, by path and offset, as far as known."""
        wanted: dict[str, list[Record]] = {}
        for record in records:
            if record.ref.line is None:
                wanted.setdefault(record.ref.path, []).append(record)
        found: dict[tuple[str, int], int] = {}
        for path, unnumbered in wanted.items():
            try:
                with open_log(Path(path)) as file:
                    numbers = self._numbers(file.fileno(), unnumbered)
            except UnreadableError:
                continue
            found.update({(path, offset): number for offset, number in numbers.items()})
        return found

    def _numbers(self, fd: int, records: list[Record]) -> dict[int, int]:
        numbers: dict[int, int] = {}
        before: tuple[int, int] | None = None
        for record in sorted(records, key=lambda record: record.ref.offset):
            offset = record.ref.offset
            # The name may lead to another file by now.
            if os.pread(fd, len(record.raw), offset) != record.raw:
                continue
            if before is not None and offset - before[0] <= CHUNK:
                lines = before[1] + newlines(os.pread(fd, offset - before[0], before[0]))
            elif (known := self.lines_before(fd, offset)) is not None:
                lines = known
            else:
                break
            before = (offset, lines)
            numbers[offset] = lines + 1
        return numbers

    def _index_of(self, fd: int) -> LineIndex | None:
        index = self._indexes.get(_identity(fd))
        return index if index is not None and index.fits(fd) else None

    # -- the thread

    def _run(self) -> None:
        while not self._closed:
            self._wake.clear()
            paths = self._paths
            sizes: dict[Identity, int] = {}
            named: dict[str, Identity] = {}
            for path in paths:
                self._size_up(path, sizes, named)
            self._sizes, self._named = sizes, named
            for path in paths:
                self._extend(path)
            self._forget()
            self._wake.wait(_EVERY)

    def _size_up(self, path: str, sizes: dict[Identity, int], named: dict[str, Identity]) -> None:
        try:
            with open_log(Path(path)) as file:
                fd = file.fileno()
                identity = named[path] = _identity(fd)
                sizes[identity] = os.fstat(fd).st_size
        except (UnreadableError, OSError):
            return

    def _extend(self, path: str) -> None:
        try:
            with open_log(Path(path)) as file:
                fd = file.fileno()
                identity = _identity(fd)
                if identity in self._sizes:
                    index = self._indexes.setdefault(identity, LineIndex())
                    index.extend(fd, self._interrupted)
                    self._sizes[identity] = max(self._sizes[identity], index.covered)
        except (UnreadableError, OSError):
            # The reader says what is the matter with it; here it is tried again.
            return
        self._told()

    def _interrupted(self) -> bool:
        self._told()
        return self._closed

    def _told(self) -> None:
        with self._round:
            self._round.notify_all()

    def _forget(self) -> None:
        gone = [identity for identity in self._indexes if identity not in self._sizes]
        for identity in gone[: max(len(self._indexes) - _KEPT, 0)]:
            del self._indexes[identity]


def _identity(fd: int) -> Identity:
    found = os.fstat(fd)
    return (found.st_dev, found.st_ino)
