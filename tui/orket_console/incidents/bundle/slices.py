"""Slices of the logs: the time of an incident, or where that is too much, what lies around the
lines that are named. What was rotated away is part of its log, packed or not."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from orket_console.base.files import UnreadableError
from orket_console.incidents.bundle.archive import CHUNK
from orket_console.logs.packed import open_log
from orket_console.logs.pages import end_of_lines, line_beginning, line_start
from orket_console.logs.rotation import all_generations
from orket_console.logs.seek import offset_at
from orket_console.logs.sources import find_sources
from orket_console.target.target import Target

WHOLE: Final = 8 << 20
"""Bytes of one log, with what was rotated away from it, that are taken."""
_AROUND: Final = (16 << 10, 2 << 10, 0)
"""Bytes before and after a line that is named: the most with which all of them fit."""
_PACKED: Final = ".gz"
Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """Parts of one file of a log, `ranges` of bytes in it, as they follow one another in the
    bundle, where it has the name `name` below the root and is not packed.

    `whole` tells that nothing of the incident's time was left out, `modified` when it was
    written last, a timestamp. `named` are the offsets that were asked for and are in it, with
    the places of their lines' first bytes in the slice.
    """

    path: str
    name: str
    ranges: Ranges
    whole: bool
    modified: float
    named: Mapping[int, int]

    def chunks(self) -> Iterator[bytes]:
        """Its bytes. A log that went away meanwhile ends there."""
        try:
            file = open_log(Path(self.path))
        except UnreadableError:
            return
        with file:
            for start, end in self.ranges:
                at = start
                while at < end and (chunk := os.pread(file.fileno(), min(CHUNK, end - at), at)):
                    at += len(chunk)
                    yield chunk


@dataclass(frozen=True, slots=True)
class Wished:
    """A span of time, and lines that are wanted whenever they were: offsets by their files."""

    since: datetime
    until: datetime
    named: Mapping[str, Collection[int]]

    def offsets(self, path: Path) -> list[int]:
        """Those in a file, which may have been packed since they were named."""
        name = plain(str(path))
        return sorted({*self.named.get(name, ()), *self.named.get(f"{name}{_PACKED}", ())})


def plain(path: str) -> str:
    """The name that a file of a log has, or had before it was packed."""
    return path.removesuffix(_PACKED)


def slices(target: Target, wished: Wished) -> Iterator[Slice]:
    """The slices of each log that has something of what is wished. Lines are whole."""
    for source in find_sources(target.layout).chosen:
        # What lies elsewhere than in the root has no place in the bundle's one.
        if source.path.startswith(f"{target.path}{os.sep}"):
            yield from _of_log(target, Path(source.path), wished)


def _of_log(target: Target, log: Path, wished: Wished) -> list[Slice]:
    """A log and what was rotated away from it, the newest first."""
    found: list[Slice] = []
    room, is_past = WHOLE, False
    for each in reversed(all_generations(log)):
        named = wished.offsets(each.path)
        if is_past and not named:
            continue
        try:
            with open_log(each.path) as file:
                first, last = (offset_at(file.fileno(), at) for at in (wished.since, wished.until))
                ranges, whole = _ranges(file.fileno(), first, last, named, room)
                places = _places(file.fileno(), ranges, named)
        except UnreadableError:
            continue
        # Older ones are wholly of the time before.
        is_past = is_past or first > 0
        room -= sum(end - start for start, end in ranges)
        # Older ones are found from the log itself: it is there even if nothing of it is.
        if ranges or each.path == log:
            name = plain(str(each.path.relative_to(target.path)))
            modified = _modified(each.path)
            found.append(Slice(str(each.path), name, ranges, whole, modified, places))
        elif found and not whole:
            # There was no room for any of it.
            found[-1] = replace(found[-1], whole=False)
    return found if any(each.ranges for each in found) else []


def _ranges(fd: int, first: int, last: int, named: list[int], room: int) -> tuple[Ranges, bool]:
    """What is taken of a file, `room` bytes at the most, and whether that is all of its time."""
    if last - first > room:
        # The end tells how it is now.
        first, whole = line_start(fd, max(last - _AROUND[0], 0)), False
    else:
        whole = True
    for around in _AROUND:
        joined = _joined([(first, last), *_around(fd, named, around)])
        if sum(end - start for start, end in joined) <= room:
            return tuple(joined), whole
    taken: list[tuple[int, int]] = []
    # The newest first: it is they that the incident is about.
    for start, stop in reversed(joined):
        if stop - start <= room:
            room -= stop - start
            taken.append((start, stop))
    return tuple(sorted(taken)), False


def _around(fd: int, named: list[int], around: int) -> Iterator[tuple[int, int]]:
    end = end_of_lines(fd, os.fstat(fd).st_size)
    for at in named:
        if 0 <= at < end:
            stop = line_beginning(fd, min(at + max(around, 1), end), end)
            yield line_start(fd, max(at - around, 0)), stop


def _joined(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Without what is empty, those that touch as one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        elif start < end:
            joined.append((start, end))
    return joined


def _places(fd: int, ranges: Ranges, named: list[int]) -> dict[int, int]:
    """Where the lines of `named` begin in the slice."""
    places: dict[int, int] = {}
    before = 0
    for start, end in ranges:
        for at in named[bisect_left(named, start) : bisect_left(named, end)]:
            places[at] = before + line_start(fd, at) - start
        before += end - start
    return places


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
