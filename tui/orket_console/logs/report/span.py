"""Counting one span of a log for the failure report.

Most lines are of events that go well and say nothing else: of those only the event and the
time are counted, many at a time. What may be a failure, a retry or a turn's begin or end is
read further, and what is the same but for its time is looked at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from operator import attrgetter
from typing import Final

import msgspec
from msgspec import Struct

from orket_console.base.clock import parse_time
from orket_console.base.lines import Line
from orket_console.base.severity import Severity, derive
from orket_console.logs.heads import named
from orket_console.logs.report import upstream
from orket_console.logs.report.found import Found
from orket_console.logs.report.groups import Alike
from orket_console.logs.report.kind import Kind, counted_as
from orket_console.logs.report.kinds import calm_severity, is_watched
from orket_console.logs.report.lines import (
    ToldHead,
    fault_of,
    in_one_go,
    note_cut,
    pieces,
    told_heads,
)  # fmt: skip
from orket_console.logs.report.turns import CALM_MARKS, MARKS, Turns

_LEVELS: Final = ("info", "")
_MOST_KINDS: Final = 4_096
"""Kinds of lines that are told apart before they are brought into groups."""


class _Data(Struct, frozen=True, gc=False):
    """What else could make a line severe."""

    level: str | None = None
    status: str | None = None
    error: str | None = None
    traceback: str | None = None
    ok: bool | None = None
    degraded: bool | None = None


_CALM: Final = _Data()
_NO_DATA: Final = _Data(level="none: so it is not calm, and is read further")


class _Line(Struct, frozen=True, gc=False):
    timestamp: str = ""
    event: str = ""
    level: str = ""
    data: _Data = _NO_DATA


_decoder: Final = msgspec.json.Decoder(_Line)
_event: Final = attrgetter("event")
_timestamp: Final = attrgetter("timestamp")


@dataclass(frozen=True, slots=True)
class ReportJob:
    """The whole report; of lines that have a time, those at or after `since` alone."""

    since: datetime | None = None

    def begin(self) -> ReportPart:
        return ReportPart(self.since)

    def merge(self, first: Found, second: Found) -> Found:
        return first.merge(second)


class ReportPart:
    def __init__(self, since: datetime | None) -> None:
        self._since = since
        self._found = Found()
        self._events: Counter[Hashable] = Counter()
        self._known = 0
        self._watched: set[str] = set()
        self._apart: Counter[Hashable] = Counter()
        self._kinds: dict[Hashable, Kind] = {}
        self._worse: dict[Hashable, bool] = {}
        self._turns = Turns()

    def take(self, lines: bytes, offset: int) -> None:
        read = in_one_go(_decoder, lines)
        if read is None or not self._take_even(*read, lines, offset):
            for number, at, raw in pieces(lines, offset):
                self._take_one(raw, self._found.lines + number, at)
            self._found.lines += lines.count(b"\n")

    def take_long(self, line: Line) -> None:
        note_cut(self._found, line)
        self._found.lines += 1

    def take_rest(self, line: Line) -> None:
        """Upstream's script reads a last line without its newline as well."""
        if line.cut:
            self.take_long(line)
        else:
            self.take(line.raw + b"\n", line.offset)

    def result(self) -> Found:
        self._settle()
        self._found.open_turns, self._found.ended = self._turns.result()
        self._found.events = dict(self._events)
        for event, count in self._events.items():
            calm = count - self._apart[event]
            self._found.severities[calm_severity(event if isinstance(event, str) else "")] += calm
        return self._found

    def _take_even(self, decoded: list[_Line], ends: list[int], lines: bytes, offset: int) -> bool:
        """Count lines of one kind of time; False where each has to be asked whether it counts."""
        stamps = list(map(_timestamp, decoded))
        if self._since and not _all_since(stamps, self._since):
            return False
        self._events.update(map(_event, decoded))
        self._watch()
        self._found.times.add_all(stamps)
        watched, wants = self._watched, self._wants_reading
        apart = [
            number
            for number, line in enumerate(decoded)
            if line.event in watched
            or ((line.data != _CALM or line.level not in _LEVELS) and wants(line))
        ]
        if apart:
            starts = [0, *ends]
            self._read_further(decoded, apart, starts, lines, offset)
        self._found.lines += len(decoded)
        return True

    def _wants_reading(self, line: _Line) -> bool:
        """Whether a line of an event that goes well says otherwise, or cannot be told yet."""
        if line.data is _NO_DATA:
            return True
        key = (line.event, line.level, line.data)
        wants = self._worse.get(key)
        if wants is None:
            if len(self._worse) >= _MOST_KINDS:
                self._worse.clear()
            wants = self._worse[key] = _severity(line) != calm_severity(line.event)
        return wants

    def _watch(self) -> None:
        """Look at the events that came up since the last time."""
        new = [each for each in islice(self._events, self._known, None) if isinstance(each, str)]
        self._known = len(self._events)
        self._watched.update(event for event in new if is_watched(event))

    def _read_further(
        self,
        decoded: list[_Line],
        numbers: list[int],
        starts: list[int],
        lines: bytes,
        offset: int,
    ) -> None:
        raws = [lines[starts[number] : starts[number + 1]] for number in numbers]
        heads = told_heads(b"".join(raws), even=len(raws))
        before = self._found.lines
        for number, head, raw in zip(numbers, heads, raws, strict=True):
            if not isinstance(head, ToldHead):
                continue
            line = decoded[number]
            if line.event in CALM_MARKS and line.data == _CALM and line.level in _LEVELS:
                self._turns.mark(head, before + number, offset + starts[number])
            else:
                self._apart[line.event] += 1
                self._see(head, raw, before + number, offset + starts[number])

    def _take_one(self, raw: bytes, line: int, offset: int) -> None:
        value = fault_of(self._found, raw, line, offset)
        if value is None:
            return
        (head,) = told_heads(raw.replace(b"\n", b" ") + b"\n")
        if self._since and (at := head.at) and at < self._since:
            self._found.passed += 1
            return
        event, stops = upstream.event_of(value)
        self._found.stop(line, offset, stops)
        self._events[event] += 1
        self._watch()
        self._found.times.add(head.timestamp)
        if isinstance(head, ToldHead):
            self._apart[event] += 1
            self._see(head, raw, line, offset)

    def _see(self, head: ToldHead, raw: bytes, line: int, offset: int) -> None:
        """A line that may be more than an event that goes well."""
        counted: Hashable = None
        if head.event in MARKS:
            counted, stops = counted_as(head, raw)
            self._found.stop(line, offset, stops)
        key = (head.event, head.level, head.role, head.data, counted)
        kind = self._kinds.get(key)
        if kind is None:
            if len(self._kinds) >= _MOST_KINDS:
                self._settle()
            kind = self._kinds[key] = Kind(head, counted)
        kind.alike.seen(line, offset, head.timestamp)
        if kind.severity >= Severity.WARN:
            self._found.times.bad(head.timestamp, kind.severity)
        if kind.wants_model:
            model = named(head.model) if head.model else self._turns.model_of(head)
            kind.models.setdefault(model, Alike()).seen(line, offset, head.timestamp)
        if head.event in MARKS:
            self._turns.mark(head, line, offset)

    def _settle(self) -> None:
        for kind in self._kinds.values():
            kind.settle(self._found)
            self.settled(kind, self._found)
        self._kinds.clear()

    def settled(self, kind: Kind, found: Found) -> None:
        """A kind of lines is counted; whoever wants more of it than the report takes it here."""


def _all_since(stamps: list[str], since: datetime) -> bool:
    times = [parse_time(stamp) for stamp in stamps]
    return all(at is not None and at >= since for at in times)


def _severity(line: _Line) -> Severity:
    data = line.data
    return derive(
        data.level,
        line.level,
        line.event,
        data.status,
        broke=bool(data.traceback),
        troubled=data.ok is False or bool(data.error) or data.degraded is True,
    )
