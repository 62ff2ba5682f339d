"""The five keys of the upstream report alone, which needs the least of each line.

Source: as the whole report's, with the same answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

import msgspec
from msgspec import UNSET, Struct, UnsetType

from orket_console.base.lines import Line
from orket_console.logs.report import upstream
from orket_console.logs.report.found import Found
from orket_console.logs.report.kinds import NON_PROGRESS, TURN_FAILED
from orket_console.logs.report.lines import fault_of, in_one_go, note_cut, pieces


class _Data(Struct, frozen=True, gc=False):
    type: str | UnsetType | None = UNSET


_NO_DATA: Final = _Data()


class _Line(Struct, frozen=True, gc=False):
    event: str = upstream.NO_EVENT
    role: str = upstream.NO_ROLE
    data: _Data = _NO_DATA


_decoder: Final = msgspec.json.Decoder(_Line)
_event: Final = attrgetter("event")
_LOOKED_AT: Final = (TURN_FAILED, NON_PROGRESS)


@dataclass(frozen=True, slots=True)
class FiveJob:
    def begin(self) -> FivePart:
        return FivePart()

    def merge(self, first: Found, second: Found) -> Found:
        return first.merge(second)


class FivePart:
    def __init__(self) -> None:
        self._found = Found()
        self._events: Counter[Hashable] = Counter()

    def take(self, lines: bytes, offset: int) -> None:
        read = in_one_go(_decoder, lines)
        if read is None:
            for number, at, raw in pieces(lines, offset):
                self._take_one(raw, self._found.lines + number, at)
            self._found.lines += lines.count(b"\n")
            return
        decoded, _ = read
        self._events.update(map(_event, decoded))
        for line in [line for line in decoded if line.event in _LOOKED_AT]:
            if line.event == NON_PROGRESS:
                upstream.add(self._found.roles, [(line.role, 1)])
            else:
                kind = upstream.NO_TYPE if line.data.type is UNSET else line.data.type
                upstream.add(self._found.types, [(kind, 1)])
        self._found.lines += len(decoded)

    def take_long(self, line: Line) -> None:
        note_cut(self._found, line)
        self._found.lines += 1

    def take_rest(self, line: Line) -> None:
        if line.cut:
            self.take_long(line)
        else:
            self.take(line.raw + b"\n", line.offset)

    def result(self) -> Found:
        self._found.events = dict(self._events)
        return self._found

    def _take_one(self, raw: bytes, number: int, offset: int) -> None:
        line = fault_of(self._found, raw, number, offset)
        if line is None:
            return
        event, stops = upstream.event_of(line)
        self._found.stop(number, offset, stops)
        self._events[event] += 1
        if event == TURN_FAILED:
            kind, stops = upstream.type_of(line)
            upstream.add(self._found.types, [(kind, 1)])
        elif event == NON_PROGRESS:
            role, stops = upstream.role_of(line)
            upstream.add(self._found.roles, [(role, 1)])
        self._found.stop(number, offset, stops)
