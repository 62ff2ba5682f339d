"""Counting one log, line by line, for the failure report. Memory is bounded but for names."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from orket_console.base.clock import size
from orket_console.base.events import Event, decode_event
from orket_console.base.lines import Line
from orket_console.base.severity import Severity, severity_of
from orket_console.logs.records import Record, read_record
from orket_console.logs.signatures import signature
from orket_console.logs.sources import Source
from orket_console.logs.upstream import UpstreamCounts, stops_at

_EXAMPLES: Final = 3
_MOST_GROUPS: Final = 10_000
_MOST_POSITIONS: Final = 100
_SHOWN: Final = 50

_RETRIES: Final = frozenset({
    "retry_triggered", "turn_retry_scheduled", "turn_retry_exhausted", "turn_corrective_reprompt",
    "guard_retry_scheduled", "model_connection_retry", "model_timeout_retry",
    "odr_prebuild_format_violation_retry",
})  # fmt: skip
_TOOLS: Final = frozenset({
    "tool_call_blocked", "tool_call_exception", "tool_blocked", "tool_timeout",
    "tool_result_invalid", "tool_recovery_partial",
})  # fmt: skip
_TURN_ENDS: Final = frozenset({"turn_complete", "turn_failed", "turn_non_progress"})
_COUNTED: Final = _RETRIES | _TOOLS | _TURN_ENDS | {"turn_start"}


@dataclass(frozen=True, slots=True)
class LineAt:
    """A line of the log by number (from 1) and byte, and what is the matter with it."""

    line: int
    offset: int
    what: str


@dataclass(frozen=True, slots=True)
class Group:
    """Records that are alike: how many, the numbers of the first few, and the last's time."""

    what: str
    count: int
    lines: tuple[int, ...]
    last_at: datetime | None


class Groups:
    """Records grouped by a text; past a bound of groups all others are one."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lines: dict[str, list[int]] = {}
        self._last: dict[str, datetime] = {}

    def add(self, what: str, record: Record) -> None:
        if what not in self._counts and len(self._counts) >= _MOST_GROUPS:
            what = "(others)"
        self._counts[what] += 1
        lines = self._lines.setdefault(what, [])
        if len(lines) < _EXAMPLES and record.ref.line:
            lines.append(record.ref.line)
        if record.at is not None:
            self._last[what] = record.at

    def groups(self) -> tuple[Group, ...]:
        """The largest groups, largest first."""
        return tuple(
            Group(what, count, tuple(self._lines[what]), self._last.get(what))
            for what, count in self._counts.most_common(_SHOWN)
        )


class Tally:
    """Everything that the report says of one log."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.upstream = UpstreamCounts()
        self.upstream_stops: LineAt | None = None
        self.lines = 0
        self.malformed_count = 0
        self.malformed: list[LineAt] = []
        self.first_at: datetime | None = None
        self.last_at: datetime | None = None
        self.severities: Counter[Severity] = Counter(dict.fromkeys(reversed(Severity), 0))
        self.failures = Groups()
        self.non_progress = Groups()
        self.retries = Groups()
        self.tool_failures = Groups()
        self.by_session = Groups()
        self.by_issue = Groups()
        self.by_signature = Groups()
        self.webhook_failures = Groups()
        self._open_turns: dict[tuple[str, str, int], Record] = {}

    def add(self, line: Line) -> None:
        """Count one line, as the upstream script splits it: a lone CR ends one as well."""
        self.lines += 1
        if b"\r" not in line.raw:
            self._add(line)
            return
        at = line.offset
        for piece in line.raw.split(b"\r"):
            if piece:
                self._add(Line(piece, at, len(piece)))
            at += len(piece) + 1

    def unended(self) -> tuple[Group, ...]:
        """Turns that began and neither completed nor failed, the latest first."""
        records = sorted(self._open_turns.values(), key=lambda r: -r.ref.offset)[:_SHOWN]
        return tuple(
            Group(f"{r.session} {r.what}", 1, (r.ref.line,) if r.ref.line else (), r.at)
            for r in records
        )

    def _add(self, line: Line) -> None:
        event = None if line.cut else decode_event(line.raw)
        if not isinstance(event, Event):
            record = read_record(line, self.source, self.lines)
            self._malformed(line, record.problem)
            if not line.cut and self.upstream_stops is None:
                self._stops(line, stops_at(line.raw))
            return
        self._stops(line, self.upstream.add(event.raw))
        self._time(event.at)
        severity = severity_of(event)
        self.severities[severity] += 1
        # Most lines are neither a failure nor a turn's begin or end: no need to read them out.
        if severity > Severity.INFO or event.name in _COUNTED:
            self._kinds(read_record(line, self.source, self.lines))

    def _stops(self, line: Line, why: str) -> None:
        if why and self.upstream_stops is None:
            self.upstream_stops = LineAt(self.lines, line.offset, why)

    def _malformed(self, line: Line, problem: str) -> None:
        self.malformed_count += 1
        if len(self.malformed) < _MOST_POSITIONS:
            what = f"{problem} ({size(line.length)})" if line.length > 10_000 else problem
            self.malformed.append(LineAt(self.lines, line.offset, what))

    def _time(self, at: datetime | None) -> None:
        if at is None:
            return
        self.first_at = min(self.first_at or at, at)
        self.last_at = max(self.last_at or at, at)

    def _kinds(self, record: Record) -> None:
        event = record.event
        self._turns(record)
        if event in _RETRIES:
            self.retries.add(event, record)
        if event in _TOOLS or (event == "tool_call_result" and record.severity > Severity.INFO):
            self.tool_failures.add(signature(record), record)
        if event == "turn_non_progress":
            self.non_progress.add(signature(record), record)
        elif record.severity < Severity.ERROR:
            return
        if event.startswith(("webhook", "pr_")):
            self.webhook_failures.add(f"{event} {record.what}", record)
        self.failures.add(event, record)
        self.by_signature.add(signature(record), record)
        if record.session:
            self.by_session.add(record.session, record)
        if record.issue:
            self.by_issue.add(record.issue, record)

    def _turns(self, record: Record) -> None:
        if record.turn is None:
            return
        key = (record.session, record.issue, record.turn)
        if record.event == "turn_start" and len(self._open_turns) < _MOST_GROUPS:
            self._open_turns[key] = record
        elif record.event in _TURN_ENDS:
            self._open_turns.pop(key, None)
