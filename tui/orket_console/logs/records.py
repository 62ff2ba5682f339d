"""A line of a log as one record: what the columns show, and the raw line behind it.

Every line is a record. One that is no JSON object keeps its raw text and says why it is
malformed; one whose time can't be read has none, and stands where it was written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from orket_console.base.clock import size
from orket_console.base.events import Event, Malformed, decode_event, decode_object
from orket_console.base.lines import Line
from orket_console.base.refs import LogRef, SessionRef, TurnRef
from orket_console.base.severity import Severity, severity_of
from orket_console.base.text import clean_json, decode, shorten
from orket_console.logs.sources import Source
from orket_console.logs.summaries import WIDEST, summary

_NAME: Final = 120
"""Characters of a role, event, session or issue."""
MALFORMED: Final = "malformed"
"""The event column of a line that is no JSON object."""


@dataclass(frozen=True, slots=True)
class Record:
    """One line of one log. Texts are sanitised and bounded; `raw` is as it was written.

    `sessions` are all the sessions it may be found by, `session` the one it is shown with;
    `problem` says why the line is malformed, and is empty for an event. `length` counts
    the line's bytes in the file, of which `raw` keeps at most `base.lines.LINE_CAP`.
    """

    at: datetime | None
    severity: Severity
    role: str
    event: str
    session: str
    issue: str
    turn: int | None
    what: str
    source: str
    ref: LogRef
    sessions: tuple[str, ...]
    problem: str
    raw: bytes
    length: int

    @property
    def turn_ref(self) -> TurnRef | None:
        if self.session and self.issue and self.turn:
            return TurnRef(self.session, self.issue, self.turn)
        return None

    @property
    def session_ref(self) -> SessionRef | None:
        return SessionRef(self.session) if self.session else None

    @property
    def place(self) -> str:
        """`290 workspace/default/orket.log`, or the byte where no line number is known."""
        where = str(self.ref.line) if self.ref.line else f"byte {self.ref.offset}"
        return f"{where} {self.source}"

    def content(self) -> object:
        """The whole line, sanitised: the JSON object, or the text of a malformed line."""
        value = None if self.length > len(self.raw) else decode_object(self.raw)
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
    ref = LogRef(source.path, line.offset, number)
    if line.cut:
        kept = size(len(line.raw))
        return _malformed(line, source, ref, f"line of {size(line.length)}, first {kept} kept")
    event = decode_event(line.raw)
    if isinstance(event, Malformed):
        return _malformed(line, source, ref, shorten(event.reason, 200))
    event = _unwrapped(event)
    return Record(
        at=event.at,
        severity=severity_of(event),
        role=shorten(event.role[:_NAME], _NAME),
        event=shorten(event.name[:_NAME], _NAME),
        session=shorten(event.session[:_NAME], _NAME),
        issue=shorten(event.issue[:_NAME], _NAME),
        turn=event.turn,
        what=summary(event),
        source=source.name,
        ref=ref,
        sessions=_sessions(event),
        problem="",
        raw=line.raw,
        length=line.length,
    )


def _malformed(line: Line, source: Source, ref: LogRef, problem: str) -> Record:
    shown = shorten(decode(line.raw[: 4 * WIDEST]), WIDEST)
    return Record(
        at=None,
        severity=Severity.WARN,
        role="",
        event=MALFORMED,
        session="",
        issue="",
        turn=None,
        what=shown or "(an empty line)",
        source=source.name,
        ref=ref,
        sessions=(),
        problem=problem,
        raw=line.raw,
        length=line.length,
    )


def _unwrapped(event: Event) -> Event:
    """A line of `runtime_events.jsonl` is a bare runtime event: put it where others have it."""
    if event.data or "data" in event.raw or "schema_version" not in event.raw:
        return event
    data: dict[str, Any] = {**event.raw, "runtime_event": event.raw}
    return Event(event.at, event.role, event.name, event.level, data, event.raw)


def _sessions(event: Event) -> tuple[str, ...]:
    found = (
        event.data.get("session_id"),
        event.runtime.get("session_id"),
        event.data.get("run_id"),
        event.runtime.get("run_id"),
    )
    named = [shorten(value[:_NAME], _NAME) for value in found if isinstance(value, str) and value]
    return tuple(dict.fromkeys(named))
