"""Slices of the logs: the time of an incident, or where that is too much, what lies around the
lines that the timeline names."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from orket_console.base.files import UnreadableError, open_regular
from orket_console.base.refs import DeliveryRef, LogRef, Ref
from orket_console.incidents.bundle.archive import CHUNK
from orket_console.logs.pages import end_of_lines, line_beginning, line_start
from orket_console.logs.seek import offset_at
from orket_console.logs.sources import find_sources
from orket_console.target.target import Target

WHOLE: Final = 8 << 20
"""Bytes of one log that are taken as they are."""
_AROUND: Final = 16 << 10
"""Bytes before and after a line that is named."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Parts of one log, `ranges` of bytes in it, as they follow one another in the bundle.

    `whole` tells that nothing of the incident's time was left out.
    """

    path: str
    name: str
    ranges: tuple[tuple[int, int], ...]
    whole: bool

    def chunks(self) -> Iterator[bytes]:
        """Its bytes. A log that went away meanwhile ends there."""
        try:
            file = open_regular(self.path)
        except UnreadableError:
            return
        with file:
            for start, end in self.ranges:
                at = start
                while at < end and (chunk := os.pread(file.fileno(), min(CHUNK, end - at), at)):
                    at += len(chunk)
                    yield chunk


def slices(
    target: Target, since: datetime, until: datetime, named: Iterable[Ref | None]
) -> Iterator[Slice]:
    """The slice of each log that has something of the time. Lines are whole."""
    places: dict[str, list[int]] = {}
    for ref in named:
        line = ref.line if isinstance(ref, DeliveryRef) else ref
        if isinstance(line, LogRef):
            places.setdefault(line.path, []).append(line.offset)
    for source in find_sources(target.layout).chosen:
        # What lies elsewhere than in the root has no place in the bundle's one.
        if not source.path.startswith(f"{target.path}{os.sep}"):
            continue
        try:
            with open_regular(source.path) as file:
                found = _ranges(file.fileno(), since, until, places.get(source.path, []))
        except UnreadableError:
            continue
        if found is not None:
            ranges, whole = found
            relative = source.path[len(str(target.path)) + 1 :]
            yield Slice(source.path, relative, ranges, whole)


def _ranges(
    fd: int, since: datetime, until: datetime, named: list[int]
) -> tuple[tuple[tuple[int, int], ...], bool] | None:
    end = end_of_lines(fd, os.fstat(fd).st_size)
    first, last = offset_at(fd, since), offset_at(fd, until)
    around = [
        (line_start(fd, max(at - _AROUND, 0)), line_beginning(fd, min(at + _AROUND, end), end))
        for at in sorted(named)
        if at < end
    ]
    if last - first <= WHOLE:
        found = _joined(sorted([(first, last), *around]))
        return (tuple(found), True) if found else None
    taken: list[tuple[int, int]] = []
    size = 0
    # The newest first: it is they that the incident is about.
    for start, stop in reversed(_joined([*around, (line_start(fd, last - _AROUND), last)])):
        if size + stop - start > WHOLE:
            break
        size += stop - start
        taken.append((start, stop))
    return tuple(sorted(taken)), False


def _joined(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Without what is empty, those that touch as one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        elif start < end:
            joined.append((start, end))
    return joined
