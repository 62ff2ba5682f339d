"""A line of a log as one record: what the columns show, and the raw line behind it.

Every line is a record. One that is no JSON object keeps its raw text and says why it is
malformed; one whose time can't be read has none, and stands where it was written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct

from orket_console.base.clock import size
from orket_console.base.events import Event, Malformed, decode_event, decode_object
from orket_console.base.lines import Line
from orket_console.base.refs import LogRef, SessionRef, TurnRef
from orket_console.base.severity import Severity
from orket_console.base.text import clean_json, decode, shorten
from orket_console.logs.heads import MALFORMED as MALFORMED_HEAD
from orket_console.logs.heads import Head, head_of, heads_of, named
from orket_console.logs.sources import Source
from orket_console.logs.summaries import WIDEST, summary

MALFORMED: Final = "malformed"
"""The event column of a line that is no JSON object."""


class Lines(Struct, frozen=True, gc=False):
    """Whole lines as they lie in a file, each with its newline, none over the cap.

    `offset` is the first one's in bytes, `number` its number from 1, where it is known.
    """

    raw: bytes
    offset: int
    number: int | None


class Numbered(Struct, frozen=True, gc=False):
    """One line that was put together or cut, and its number from 1 where it is known."""

    line: Line
    number: int | None


class Record(Struct, frozen=True, gc=False):
    """One line of one log: its head, decoded, and the rest as it was written.

    What is shown of it is read from `raw` when it is asked for, sanitised and bounded, so
    that a line nobody looks at costs little. `length` counts the line's bytes in the file,
    of which `raw` keeps at most `base.lines.LINE_CAP`.
    """

    at: datetime | None
    severity: Severity
    head: Head
    source: str
    ref: LogRef
    raw: bytes
    length: int

    @property
    def cut(self) -> bool:
        return self.length > len(self.raw)

    @property
    def role(self) -> str:
        return named(self.head.role)

    @property
    def event(self) -> str:
        return MALFORMED if self.head.malformed else named(self.head.event)

    @property
    def session(self) -> str:
        return named(self.head.session)

    @property
    def sessions(self) -> tuple[str, ...]:
        """All the sessions it may be found by; `session` is the one it is shown with."""
        return tuple([named(each) for each in self.head.sessions])

    @property
    def issue(self) -> str:
        return named(self.head.issue)

    @property
    def turn(self) -> int | None:
        return self.head.turn

    @property
    def what(self) -> str:
        """What happened, on one line."""
        if not self.head.malformed:
            event = decode_event(self.raw)
            if isinstance(event, Event):
                return summary(_unwrapped(event))
        return shorten(decode(self.raw[: 4 * WIDEST]), WIDEST) or "(an empty line)"

    @property
    def problem(self) -> str:
        """Why the line is malformed; empty for an event."""
        if not self.head.malformed:
            return ""
        if self.cut:
            return f"line of {size(self.length)}, first {size(len(self.raw))} kept"
        value = decode_object(self.raw)
        return shorten(value.reason, 200) if isinstance(value, Malformed) else ""

    @property
    def turn_ref(self) -> TurnRef | None:
        session, issue, turn = self.session, self.issue, self.turn
        return TurnRef(session, issue, turn) if session and issue and turn else None

    @property
    def session_ref(self) -> SessionRef | None:
        return SessionRef(self.session) if self.head.session else None

    @property
    def place(self) -> str:
        """`290 workspace/default/orket.log`, or the byte where no line number is known."""
        where = str(self.ref.line) if self.ref.line else f"byte {self.ref.offset}"
        return f"{where} {self.source}"

    def content(self) -> object:
        """The whole line, sanitised: the JSON object, or the text of a malformed line."""
        value = None if self.cut else decode_object(self.raw)
        if value is None or isinstance(value, Malformed):
            return decode(self.raw)
        try:
            return clean_json(value)
        except RecursionError:
            return decode(self.raw)


class MarkKind(StrEnum):
    APPEARED = "appeared"
    ROTATED = "rotated"
    REPLACED = "replaced"
    CLEARED = "cleared"
    JUMP = "jump"


@dataclass(frozen=True, slots=True)
class Marker:
    """Something that happened to a log itself, shown in the stream as a line of its own."""

    kind: MarkKind
    at: datetime | None
    source: str
    what: str

    def sentence(self, time: str) -> str:
        """`workspace/default/orket.log rotated 05:19:02, 0 lost`; `time` is `at` as shown."""
        if self.kind is MarkKind.JUMP:
            return f"{self.source}: {self.what}"
        return f"{self.source} {self.kind} {time}" + (f", {self.what}" if self.what else "")


Item = Record | Marker


def read_record(line: Line, source: Source, number: int | None = None) -> Record:
    """One complete line as a record; never raises. `number` counts lines from 1."""
    head = MALFORMED_HEAD if line.cut else head_of(line.raw)
    ref = LogRef(source.path, line.offset, number)
    return Record(head.at, head.severity, head, source.name, ref, line.raw, line.length)


def read_records(lines: Lines, source: Source) -> list[Record]:
    """Each of the lines as a record, in order; never raises. `read_record`, many at a time."""
    name, path, offset, number = source.name, source.path, lines.offset, lines.number
    records: list[Record] = []
    for raw, head in zip(lines.raw.split(b"\n"), heads_of(lines.raw), strict=False):
        length = len(raw)
        ref = LogRef(path, offset, number)
        records.append(Record(head.at, head.severity, head, name, ref, raw, length))
        offset += length + 1
        if number is not None:
            number += 1
    return records


def _unwrapped(event: Event) -> Event:
    """A line of `runtime_events.jsonl` is a bare runtime event: put it where others have it."""
    if event.data or "data" in event.raw or "schema_version" not in event.raw:
        return event
    data: dict[str, Any] = {**event.raw, "runtime_event": event.raw}
    return Event(event.at, event.role, event.name, event.level, data, event.raw)
