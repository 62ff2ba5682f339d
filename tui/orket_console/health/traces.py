"""The newest turn that left artifacts: whether runs still leave traces."""

from __future__ import annotations

import itertools
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from orket_console.base.clock import parse_time, since
from orket_console.base.files import UnreadableError, read_json
from orket_console.base.refs import Ref, TurnRef
from orket_console.base.state import State
from orket_console.base.text import one_line
from orket_console.health.look import Look
from orket_console.health.reading import Reading

_TURN: Final = re.compile(r"(\d+)_(.+)")
_MOST_ENTRIES: Final = 20_000
"""Of one folder, so that a round stays short where there are 100,000."""
_NEWEST_SESSIONS: Final = 16
_NEWEST_TURNS: Final = 48


@dataclass(frozen=True, slots=True)
class Entry:
    path: Path
    changed: float


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn's folder; `at` is when its checkpoint was `captured`, else when it changed."""

    session: str
    issue: str
    index: int
    role: str
    at: datetime
    captured: bool


async def probe_traces(look: Look) -> Reading:
    """Source: the folders under `observability/`, and the newest `checkpoint.json` in them."""
    return await look.in_thread("traces", lambda: _probe(look))


def _probe(look: Look) -> Reading:
    roots = look.target.layout.trace_roots
    sessions = [folder for root in roots for folder in list_folders(root)]
    shown = ", ".join(look.target.layout.shown(root) for root in roots)
    if not sessions:
        if not any(root.is_dir() for root in roots):
            return Reading(State.UNKNOWN, "missing", f"no {shown}", remedy=_FIRST_RUN)
        return Reading(State.UNKNOWN, "empty", "no run has left a turn yet", remedy=_FIRST_RUN)
    sessions.sort(key=lambda entry: entry.changed, reverse=True)
    turns = newest_turns([entry.path for entry in sessions[:_NEWEST_SESSIONS]])
    lines = (f"{shown}: {len(sessions)} sessions",)
    if not turns:
        seen = f"{_sessions(sessions)}, but no turn in the newest of them"
        return Reading(State.UNKNOWN, "empty", seen, lines)
    # A checkpoint's time is the turn's own; a folder's changes when it is copied.
    last = max(turns, key=lambda turn: (turn.captured, turn.at))
    where = f"{last.session} {last.issue} turn {last.index} {last.role}"
    evidence: tuple[Ref, ...] = (TurnRef(last.session, last.issue, last.index, last.role),)
    return Reading(
        State.OK,
        "ok",
        f"last turn {since(last.at, look.clock.now())} ago, {_sessions(sessions)}",
        (*lines, f"newest turn: {where}, {last.at:%Y-%m-%d %H:%M:%S} UTC"),
        evidence,
    )


_FIRST_RUN: Final = "the first run makes it"


def _sessions(sessions: list[Entry]) -> str:
    return f"{len(sessions)} session{'' if len(sessions) == 1 else 's'}"


def newest_turns(sessions: list[Path]) -> list[Turn]:
    """The turns whose folders changed last in these sessions, with their times."""
    found: list[Entry] = []
    for session in sessions:
        for issue in list_folders(session):
            found += list_folders(issue.path)
    found.sort(key=lambda entry: entry.changed, reverse=True)
    turns = (_turn(entry) for entry in found[:_NEWEST_TURNS])
    return [turn for turn in turns if turn is not None]


def list_folders(folder: Path) -> list[Entry]:
    """Sub-folders of `folder`, links not followed, newest first; none where it can't be read."""
    entries: list[Entry] = []
    try:
        with os.scandir(folder) as listing:
            for entry in itertools.islice(listing, _MOST_ENTRIES):
                if entry.is_dir(follow_symlinks=False):
                    changed = entry.stat(follow_symlinks=False).st_mtime
                    entries.append(Entry(folder / entry.name, changed))
    except OSError:
        # What was listed before the folder went away still counts.
        return entries
    return sorted(entries, key=lambda entry: entry.changed, reverse=True)


def _turn(entry: Entry) -> Turn | None:
    """A turn's folder `NNN_<role>`; None for any other, as `runtime_contracts` has."""
    match = _TURN.fullmatch(entry.path.name)
    if match is None:
        return None
    captured = _captured(entry.path)
    return Turn(
        session=one_line(entry.path.parent.parent.name),
        issue=one_line(entry.path.parent.name),
        index=int(match[1]),
        role=one_line(match[2]),
        at=captured or datetime.fromtimestamp(entry.changed, UTC),
        captured=captured is not None,
    )


def _captured(folder: Path) -> datetime | None:
    try:
        checkpoint = read_json(folder / "checkpoint.json")
    except UnreadableError:
        return None
    return parse_time(checkpoint.get("captured_at")) if isinstance(checkpoint, dict) else None
