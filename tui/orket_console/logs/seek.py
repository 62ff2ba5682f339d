"""Places in a log: at a moment, found by halving, or behind a record that was read from it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from orket_console.base.files import UnreadableError
from orket_console.base.lines import CHUNK, Line
from orket_console.base.refs import LogRef
from orket_console.logs.forms import entries
from orket_console.logs.heads import head_of
from orket_console.logs.history import LinesBefore, View, open_view, source_of
from orket_console.logs.order import onwards
from orket_console.logs.packed import open_log
from orket_console.logs.pages import count_lines, end_of_lines, line_at, line_start
from orket_console.logs.records import Record, read_record
from orket_console.logs.rotation import all_generations, log_of
from orket_console.logs.sources import Source

_NEAR: Final = 1 << 16
"""Bytes between two places that are not worth halving any more."""
_LOOKED_AT: Final = 5
_ENOUGH: Final = 3
"""Times that tell on which side a place lies: odd single ones must decide nothing."""
_FIRST: Final = 1 << 12
_LATE: Final = datetime(9000, 1, 1, tzinfo=UTC)
_MARK: Final = b'"timestamp"'
"""What every line with a time holds: the others are passed over without being decoded."""


@dataclass(frozen=True, slots=True)
class Place:
    """A moment in all logs, and the line of one of them that it is about.

    `behind` tells that the line itself lies before the place.
    """

    ref: LogRef | None
    at: datetime | None
    behind: bool

    @classmethod
    def before(cls, record: Record) -> Place:
        return cls(record.ref, record.at, behind=False)

    @classmethod
    def after(cls, record: Record) -> Place:
        return cls(record.ref, record.at, behind=True)


def views_at(
    sources: Sequence[Source], place: Place, count: LinesBefore = count_lines
) -> list[View]:
    """Every readable log at a place: the line's own log at the line, the others by its time."""
    views: list[View] = []
    at = place.at
    for source in sorted(sources, key=lambda source: not _is_own(source, place)):
        own = _is_own(source, place)
        try:
            view = _view_at(source, place.ref if own else None, at, count)
        except UnreadableError:
            continue
        if own:
            at = at or _time_near(view)
            if place.behind:
                _step_over(view)
        views.append(view)
    return views


def _is_own(source: Source, place: Place) -> bool:
    if place.ref is None:
        return False
    return source.path in (place.ref.path, str(log_of(Path(place.ref.path))))


def _view_at(source: Source, ref: LogRef | None, at: datetime | None, count: LinesBefore) -> View:
    if ref is not None:
        return open_view(_file_of(source, ref, at), ref.offset, count)
    if at is None:
        return open_view(source, None, count)
    view = open_view(_file_at(source, at), None, count)
    view.at = offset_at(view.fd, at)
    view.lines = count(view.fd, view.at)
    return view


def _file_of(source: Source, ref: LogRef, at: datetime | None) -> Source:
    """The file that holds a line now: it may have been rotated since."""
    if source.alone:
        return source
    named = source_of(Path(ref.path), source)
    files = [named, *newest_first(source)]
    for file in files if at is not None else ():
        try:
            with open_log(Path(file.path)) as opened:
                fd = opened.fileno()
                line = line_at(fd, ref.offset, os.fstat(fd).st_size)
        except UnreadableError:
            continue
        if line is not None and _time_of(line, source) == at:
            return file
    return named


def _file_at(source: Source, at: datetime) -> Source:
    """Of a log and what was rotated away from it, the file that goes on at a moment."""
    last = source
    for file in newest_first(source):
        try:
            with open_log(Path(file.path)) as opened:
                fd = opened.fileno()
                times, _ = _times_from(fd, 0, os.fstat(fd).st_size)
        except UnreadableError:
            continue
        last = file
        if times and times[0] <= at:
            break
    return last


def newest_first(source: Source) -> list[Source]:
    """A log and what was rotated away from it, as sources."""
    if source.alone:
        return [source]
    found = reversed(all_generations(log_of(Path(source.path))))
    return [source_of(each.path, source) for each in found]


def _time_of(line: Line, source: Source) -> datetime | None:
    return next((record.at for record in entries([line], source, None)), None)


def offset_at(fd: int, at: datetime) -> int:
    """The start of the first line that stands after the moment `at`, by halving.

    What `order` would say is found without reading what lies between: lines without a time
    stand with the one before them, and single times that are out of step count for nothing.
    Where a clock was set back, so that a moment came twice, it is one of the two.
    """
    end = end_of_lines(fd, os.fstat(fd).st_size)
    low, high = 0, end
    while high - low > _NEAR:
        middle = line_start(fd, (low + high) // 2)
        if middle <= low:
            # The line at `low` reaches beyond the middle.
            middle = _line_after(fd, low, high)
        times, behind = _times_from(fd, middle, high)
        if len(times) < _ENOUGH:
            stop = middle
        elif sorted(times)[len(times) // 2] > at:
            stop = behind
        else:
            low = middle
            continue
        if stop >= high:
            break
        high = stop
    return _first_after(fd, low, end, at)


def _times_from(fd: int, start: int, end: int) -> tuple[list[datetime], int]:
    """The next few times between two line starts, and the place behind the last of them."""
    times: list[datetime] = []
    behind = start
    for line in _marked(fd, start, end):
        behind = line.offset + line.length + 1
        at = None if line.cut else head_of(line.raw).at
        if at is not None:
            times.append(at)
        if len(times) == _LOOKED_AT:
            break
    return times, behind


def _marked(fd: int, start: int, end: int) -> Iterator[Line]:
    """The lines between two line starts that may have a time."""
    at, size = start, _FIRST
    while at < end and (chunk := os.pread(fd, size + len(_MARK) - 1, at)):
        found = chunk.find(_MARK)
        if not 0 <= found < end - at:
            at += size
            size = min(2 * size, CHUNK)
            continue
        line = line_at(fd, max(line_start(fd, at + found), start), end)
        if line is None:
            return
        yield line
        at, size = line.offset + line.length + 1, _FIRST


def _line_after(fd: int, start: int, end: int) -> int:
    line = line_at(fd, start, end)
    return end if line is None else line.offset + line.length + 1


def _first_after(fd: int, low: int, end: int, at: datetime) -> int:
    """The first line from `low` on that stands after `at`, read one by one."""
    # Read from before it, as the place of a record is told by those before it.
    begin = line_start(fd, max(low - _NEAR, 0))
    nowhere = Source("", "")
    records = (read_record(line, nowhere) for line in _marked(fd, begin, end))
    for placed in onwards(records, _LATE):
        item = placed.item
        if isinstance(item, Record) and item.ref.offset >= low and placed.key > at:
            return item.ref.offset
    return end


def _time_near(view: View) -> datetime | None:
    times, _ = _times_from(view.fd, view.at, os.fstat(view.fd).st_size)
    return times[0] if times else None


def _step_over(view: View) -> None:
    line = line_at(view.fd, view.at, os.fstat(view.fd).st_size)
    if line is not None:
        view.at = line.offset + line.length + 1
        view.lines = None if view.lines is None else view.lines + 1
