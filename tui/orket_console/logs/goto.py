"""`g`: a line, a share or a moment, as an operator writes it, and the line that it leads to."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import BinaryIO, Final

from orket_console.base.errors import ConsoleError
from orket_console.base.files import UnreadableError
from orket_console.base.moments import moment
from orket_console.base.refs import LogRef
from orket_console.logs.heads import head_of
from orket_console.logs.indexing import Indexing
from orket_console.logs.packed import open_log
from orket_console.logs.pages import end_of_lines, line_at, line_start
from orket_console.logs.seek import Place, newest_first, offset_at
from orket_console.logs.sources import Source

EXAMPLES: Final = "290   50%   10:11   -15m   2026-02-27 10:11"

_NUMBER: Final = re.compile(r"(?:(.+?)\s*[:\s]\s*)?([0-9][0-9_,]{0,18})", re.DOTALL)
_SHARE: Final = re.compile(r"(?:(.+?)\s*[:\s]\s*)?([0-9]{1,3}(?:\.[0-9]{1,4})?)\s*%", re.DOTALL)
_LOOK: Final = 0.1
"""Seconds between two looks at how far the index has come."""


class GoalError(ValueError):
    """Why what was typed leads nowhere, in a few words."""


@dataclass(frozen=True, slots=True)
class LineGoal:
    source: Source
    number: int

    def sentence(self, _day_and_time: Callable[[datetime], str]) -> str:
        return f"line {self.number:,} of {self.source.name}"


@dataclass(frozen=True, slots=True)
class ShareGoal:
    """So many percent of the log's bytes."""

    source: Source
    percent: float

    def sentence(self, _day_and_time: Callable[[datetime], str]) -> str:
        return f"{self.percent:g} % of {self.source.name}"


@dataclass(frozen=True, slots=True)
class TimeGoal:
    at: datetime

    def sentence(self, day_and_time: Callable[[datetime], str]) -> str:
        return f"the first line from {day_and_time(self.at)} on, in all logs"


Goal = LineGoal | ShareGoal | TimeGoal
_Found = tuple[datetime, LogRef]


@dataclass(frozen=True, slots=True)
class Here:
    """What numbers and times of day are told from: the logs, and the record looked at.

    `source` is the log that a number is one of, `at` the record's time, `local` the zone.
    """

    sources: tuple[Source, ...]
    source: Source | None
    at: datetime | None
    now: datetime
    local: bool


def parse_goal(text: str, here: Here) -> Goal:
    """What was typed: `290`, `root/orket.log:290`, `50%`, `10:11`, `-15m`, an ISO time.

    A time of day is of the day of the record that is looked at, and never to come. Raises
    `GoalError`.
    """
    text = text.strip()
    if not text:
        raise GoalError(f"such as {EXAMPLES}")
    at = moment(text, _until(here), local=here.local)
    if at is not None and not text.isdecimal():
        if text.startswith("-"):
            at = moment(text, here.now, local=here.local) or at
        return TimeGoal(at)
    if found := _SHARE.fullmatch(text):
        percent = float(found[2])
        if percent > 100:
            raise GoalError(f"{percent:g} % is behind the end")
        return ShareGoal(_source(found[1], here), percent)
    if found := _NUMBER.fullmatch(text):
        number = int(re.sub("[_,]", "", found[2]))
        if not number:
            raise GoalError("lines count from 1")
        return LineGoal(_source(found[1], here), number)
    raise GoalError(f"no line, share or time; such as {EXAMPLES}")


def place_of(goal: Goal, here: Here, indexing: Indexing, stopped: Callable[[], bool]) -> Place:
    """The line that a goal leads to.

    A line number may have to wait for the index. Raises `ConsoleError` where there is no such
    line, or it was stopped.
    """
    match goal:
        case LineGoal(source, number):
            ref = _line(source, number, indexing, stopped)
        case ShareGoal(source, percent):
            ref = _share(source, percent)
        case TimeGoal(at):
            ref = _moment(here.sources, at)
    return Place(ref, None, behind=False)


def _until(here: Here) -> datetime:
    """The end of the day that times of day are of."""
    if here.at is None or here.at > here.now:
        return here.now
    day = (here.at.astimezone() if here.local else here.at.astimezone(UTC)).date()
    last = datetime.combine(day, time.max)
    end = last.astimezone(UTC) if here.local else last.replace(tzinfo=UTC)
    return min(end, here.now)


def _source(name: str | None, here: Here) -> Source:
    if name is None:
        if here.source is None:
            raise GoalError("which log? write its name before it")
        return here.source
    low = name.strip().lower()
    exact = [source for source in here.sources if source.name.lower() == low]
    found = exact or [source for source in here.sources if low in source.name.lower()]
    if not found:
        raise GoalError(f"no log is called {name.strip()}")
    if len(found) > 1:
        names = ", ".join(source.name for source in found[:3])
        raise GoalError(f"{name.strip()} may be {names}{' …' if len(found) > 3 else ''}")
    return found[0]


def _line(source: Source, number: int, indexing: Indexing, stopped: Callable[[], bool]) -> LogRef:
    with _opened(source) as file:
        fd = file.fileno()
        while True:
            # Asked first: else the end may be indexed between the two, and the line with it.
            lines = indexing.lines(fd)
            offset = indexing.offset_of(fd, number)
            if offset is not None:
                return LogRef(source.path, offset, number)
            if lines is not None:
                raise ConsoleError(f"{source.name} has {lines:,} lines")
            if stopped():
                raise ConsoleError(f"line {number:,} of {source.name} was given up")
            indexing.wait(_LOOK)


def _share(source: Source, percent: float) -> LogRef:
    with _opened(source) as file:
        fd = file.fileno()
        end = end_of_lines(fd, os.fstat(fd).st_size)
        if not end:
            raise ConsoleError(f"{source.name} is empty")
        # The last line at 100, not the place behind it.
        return LogRef(source.path, line_start(fd, min(int(end * percent / 100), end - 1)))


def _moment(sources: Sequence[Source], at: datetime) -> LogRef:
    """The line of any log that is the first from `at` on; else the last one before it."""
    just_before = at - timedelta(microseconds=1)
    around = [_around(source, just_before) for source in sources]
    if after := [later for _, later in around if later is not None]:
        return min(after, key=lambda found: found[0])[1]
    if before := [earlier for earlier, _ in around if earlier is not None]:
        return max(before, key=lambda found: found[0])[1]
    raise ConsoleError("no log has a line yet")


def _around(source: Source, at: datetime) -> tuple[_Found | None, _Found | None]:
    """The last line up to a moment and the first one after it, in a log and what was rotated
    away from it."""
    later: _Found | None = None
    for file in newest_first(source):
        try:
            with open_log(Path(file.path)) as opened:
                fd = opened.fileno()
                end = end_of_lines(fd, os.fstat(fd).st_size)
                offset = offset_at(fd, at)
                if offset < end:
                    later = _found(fd, file, offset, end, at)
                if offset > 0:
                    return _found(fd, file, offset - 1, end, at), later
        except UnreadableError:
            continue
    return None, later


def _found(fd: int, file: Source, offset: int, end: int, at: datetime) -> _Found | None:
    """The line that holds a byte; one without a time is taken to be of the moment `at`."""
    start = line_start(fd, offset)
    line = line_at(fd, start, end)
    if line is None:
        return None
    time = None if line.cut else head_of(line.raw).at
    return time or at, LogRef(file.path, start)


def _opened(source: Source) -> BinaryIO:
    try:
        return open_log(Path(source.path))
    except UnreadableError as error:
        raise ConsoleError(f"{source.name} can't be read: {error.reason}") from error
