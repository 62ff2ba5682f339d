"""The log lines of one turn, found by its time and its ids.

Source: `orket.log` of the workspace that the turn's traces lie in and of its own run folder.
A line belongs to the turn if it names its session, issue and turn; one that names no turn, if
it comes between the turn's start and the next turn of the issue.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Final

from orket_console.base.clock import size
from orket_console.base.events import Event, decode_event
from orket_console.base.files import UnreadableError, file_at, open_regular
from orket_console.base.state import State
from orket_console.base.text import clean, clean_json, shorten
from orket_console.runs.model import Turn
from orket_console.target.target import Target

_BEFORE: Final = 16 << 20
_AFTER: Final = 4 << 20
"""Bytes that are looked through before and after the moment the turn was captured."""
_MOST_LINES: Final = 1_000
_LONGEST: Final = 256 << 10
"""Bytes of one line that are read."""
_PROBE: Final = 64 << 10
_ENDINGS: Final = frozenset({"turn_complete", "turn_failed"})
_BAD: Final = ("failed", "blocked", "exception", "exhausted", "terminal_failure", "invalid")
_UNSURE: Final = ("non_progress", "reprompt", "retry_scheduled", "retry_triggered", "rejected")
_TELLING: Final = ("error", "reason", "message", "tool", "stage", "status", "type", "path")
_REPEATED: Final = frozenset(
    {"issue_id", "role", "session_id", "turn_index", "run_id", "runtime_event", "turn_trace_id"}
)


@dataclass(frozen=True, slots=True)
class TurnLine:
    """One line. `text` is what it says in short; `value` the whole of it, sanitised."""

    log: str
    path: str
    offset: int
    at: datetime | None
    role: str
    event: str
    text: str
    state: State
    value: Any


@dataclass(frozen=True, slots=True)
class TurnLog:
    """`lines` in order; `searched` says where was looked, `problems` what could not be read."""

    lines: tuple[TurnLine, ...]
    searched: tuple[str, ...]
    problems: tuple[str, ...]

    @property
    def seconds(self) -> float | None:
        """From the turn's last start to its end; None where a line of the two is missing."""
        ended = next((line.at for line in reversed(self.lines) if line.event in _ENDINGS), None)
        started = [line.at for line in self.lines if line.event == "turn_start" and line.at]
        if ended is None or not started or ended < started[-1]:
            return None
        return (ended - started[-1]).total_seconds()


def read_turn_log(target: Target, turn: Turn) -> TurnLog:
    """Look through the turn's logs around its time: some megabytes of each, however long."""
    lines: list[TurnLine] = []
    searched: list[str] = []
    problems: list[str] = []
    for path in _logs(target, turn):
        shown = clean(target.layout.shown(path))
        try:
            with open_regular(path) as file:
                start, end = _window(file, turn.at)
                lines += _read(file, path, shown, start, end, turn)
        except UnreadableError as error:
            problems.append(f"{shown}: {error.reason}")
        except OSError as error:
            problems.append(f"{shown}: {error.strerror}")
        else:
            searched.append(f"{size(end - start)} of {shown}")
    return TurnLog(tuple(lines[:_MOST_LINES]), tuple(searched), tuple(problems))


def _logs(target: Target, turn: Turn) -> list[Path]:
    workspace = Path(turn.path).parents[3]
    own = workspace.parent / "runs" / turn.ref.session / "orket.log"
    inner = workspace / "runs" / turn.ref.session / "orket.log"
    named = [workspace / "orket.log", *(path for path in (own, inner) if file_at(path))]
    if target.layout.run_log not in named and workspace != target.path:
        named.append(target.layout.run_log)
    return list(dict.fromkeys(named))


def _window(file: BinaryIO, at: datetime | None) -> tuple[int, int]:
    """The part of the log that is read: around `at`, its end where that is not known."""
    total = os.fstat(file.fileno()).st_size
    if total <= _BEFORE + _AFTER:
        return 0, total
    middle = total if at is None else _offset_at(file, total, at + timedelta(seconds=1))
    return max(middle - _BEFORE, 0), min(middle + _AFTER, total)


def _offset_at(file: BinaryIO, total: int, at: datetime) -> int:
    """About where the lines of a moment begin, by halving; times are taken to be in order."""
    low, high = 0, total
    while high - low > _PROBE:
        middle = (low + high) // 2
        found = _time_after(file, middle)
        if found is None or found >= at:
            high = middle
        else:
            low = middle
    return low


def _time_after(file: BinaryIO, offset: int) -> datetime | None:
    """The time of the first line after `offset` that has one."""
    for raw in os.pread(file.fileno(), _PROBE, offset).split(b"\n")[1:-1]:
        event = decode_event(raw)
        if isinstance(event, Event) and event.at is not None:
            return event.at
    return None


def _read(
    file: BinaryIO, path: Path, shown: str, start: int, end: int, turn: Turn
) -> list[TurnLine]:
    raw = os.pread(file.fileno(), end - start, start)
    at = raw.find(b"\n") + 1 if start else 0
    session, issue = turn.ref.session.encode(), turn.ref.issue.encode()
    found: list[TurnLine] = []
    current: int | None = None
    while at < len(raw) and len(found) < _MOST_LINES:
        stop = raw.find(b"\n", at)
        stop = len(raw) if stop < 0 else stop
        line, offset = raw[at : min(stop, at + _LONGEST)], start + at
        at = stop + 1
        if session not in line or issue not in line:
            continue
        event = decode_event(line)
        if not isinstance(event, Event) or not _is_of(event, turn):
            continue
        if event.name == "turn_start" or event.turn is not None:
            current = event.turn
        if current == turn.ref.index and _role_fits(event, turn):
            found.append(_line(event, path, shown, offset))
    return found


def _is_of(event: Event, turn: Turn) -> bool:
    issue = event.issue or event.data.get("card_id")
    return event.session == turn.ref.session and issue == turn.ref.issue


def _role_fits(event: Event, turn: Turn) -> bool:
    """Two roles may have a turn of one number: a line that names the turn names its role."""
    said = event.data.get("role")
    return event.turn is None or not isinstance(said, str) or said == turn.ref.role


def _line(event: Event, path: Path, shown: str, offset: int) -> TurnLine:
    data = clean_json({key: item for key, item in event.data.items() if key not in _REPEATED})
    return TurnLine(
        log=shown,
        path=str(path),
        offset=offset,
        at=event.at,
        role=shorten(event.role, 40),
        event=shorten(event.name, 60),
        text=_said(data) if isinstance(data, dict) else "",
        state=_state(event.name),
        value=clean_json(event.raw),
    )


def _said(data: dict[str, Any]) -> str:
    """The most telling of its fields, else the first that are short."""
    told = {name: data[name] for name in _TELLING if data.get(name) not in (None, "", [], {})}
    chosen = told or dict(list(data.items())[:3])
    return shorten(
        " · ".join(
            f"{name} {item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)}"
            for name, item in chosen.items()
        ),
        200,
    )


def _state(name: str) -> State:
    if name.endswith(_BAD):
        return State.FAILING
    return State.DEGRADED if name.endswith(_UNSURE) else State.INFO
