"""One file of a followed log: its lines as they are completed, and how far it was read."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import BinaryIO

from orket_console.base.lines import Line, LineSplitter
from orket_console.logs.fingerprint import Fingerprint
from orket_console.logs.records import Lines, MarkKind, Numbered
from orket_console.logs.rotation import Identity


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that happened to the file itself, at its place among the lines."""

    kind: MarkKind
    what: str


Step = Lines | Numbered | Notice


def identity_of_file(file: BinaryIO) -> Identity:
    found = os.fstat(file.fileno())
    return (found.st_dev, found.st_ino)


class Opened:
    """The file that is being read: its descriptor, and how far it was read.

    `final` tells that it was renamed before it was opened, so that nobody writes to it.
    """

    def __init__(self, file: BinaryIO, offset: int, number: int | None, *, final: bool) -> None:
        self.file = file
        self.final = final
        self.identity = identity_of_file(file)
        self.print = Fingerprint(file.fileno(), offset)
        self.splitter = LineSplitter(offset)
        self.number = number

    @property
    def size(self) -> int:
        return os.fstat(self.file.fileno()).st_size

    def take(self, chunk: bytes) -> list[Step]:
        """The lines that `chunk` completes: all that it holds whole stay together."""
        self.print.read(chunk)
        steps: list[Step] = []
        start = 0
        if self.splitter.pending:
            start = chunk.find(b"\n") + 1 or len(chunk)
            steps += [self._numbered(line) for line in self.splitter.feed(chunk[:start])]
        end = chunk.rfind(b"\n") + 1
        if end > start:
            steps.append(self._whole(chunk[start:end]))
            start = end
        self.splitter.feed(chunk[start:])
        return steps

    def rest(self) -> list[Step]:
        """The line that was never ended, once no more can come."""
        if not self.splitter.pending:
            return []
        return [self._numbered(line) for line in self.splitter.feed(b"\n")]

    def restart(self) -> int:
        """Begin again at the start; the bytes of an unfinished line that this drops."""
        dropped = self.splitter.pending
        self.print = Fingerprint(self.file.fileno(), 0)
        self.splitter = LineSplitter(0)
        self.number = 1
        return dropped

    def _whole(self, raw: bytes) -> Lines:
        offset, number = self.splitter.offset, self.number
        self.splitter = LineSplitter(offset + len(raw))
        if number is not None:
            self.number = number + raw.count(b"\n")
        return Lines(raw, offset, number)

    def _numbered(self, line: Line) -> Numbered:
        number = self.number
        if self.number is not None:
            self.number += 1
        return Numbered(line, number)
