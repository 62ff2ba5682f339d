"""The newest turn that left artifacts: whether runs still leave traces."""

from __future__ import annotations

import heapq
import itertools
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from orket_console.base.clock import parse_time, since
from orket_console.base.files import UnreadableError, folder_at, read_json
from orket_console.base.refs import Ref, TurnRef
from orket_console.base.state import State
from orket_console.base.text import one_line
from orket_console.health.look import Look
from orket_console.health.reading import Reading

_ANY: Final = re.compile(r".+", re.DOTALL)
_TURN: Final = re.compile(r"[0-9]{1,9}_.+", re.DOTALL)
_MOST_ENTRIES: Final = 20_000
"""Of one folder, so that a round stays short where there are 100,000."""
_NEWEST_SESSIONS: Final = 16
_NEWEST_TURNS: Final = 48


Folder = tuple[int, str]
"""A folder's mtime (ns) and its path: plain, since there may be tens of thousands a round."""


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
    sessions = [folder for root in roots for folder in _folders(root)]
    shown = ", ".join(look.target.layout.shown(root) for root in roots)
    if not sessions:
        if not any(folder_at(root) for root in roots):
            return Reading(State.UNKNOWN, "missing", f"no {shown}", remedy=_FIRST_RUN)
        return Reading(State.UNKNOWN, "empty", "no run has left a turn yet", remedy=_FIRST_RUN)
    turns = newest_turns([path for _, path in heapq.nlargest(_NEWEST_SESSIONS, sessions)])
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


def _sessions(sessions: list[Folder]) -> str:
    return f"{len(sessions)} session{'' if len(sessions) == 1 else 's'}"


def newest_turns(sessions: Iterable[Path | str]) -> list[Turn]:
    """The turns whose folders changed last in these sessions, with their times."""
    turns = (
        folder
        for session in sessions
        for _, issue in _folders(session)
        for folder in _folders(issue, _TURN)
    )
    return [_turn(*folder) for folder in heapq.nlargest(_NEWEST_TURNS, turns)]


def _folders(folder: Path | str, named: re.Pattern[str] = _ANY) -> list[Folder]:
    """Sub-folders of such names, links not followed; none where it can't be read."""
    found: list[Folder] = []
    fits = named.fullmatch
    try:
        with os.scandir(folder) as listing:
            found.extend(
                (entry.stat(follow_symlinks=False).st_mtime_ns, entry.path)
                for entry in itertools.islice(listing, _MOST_ENTRIES)
                if fits(entry.name) and entry.is_dir(follow_symlinks=False)
            )
    except OSError:
        # What was listed before the folder went away still counts.
        return found
    return found


def _turn(changed: int, folder: str) -> Turn:
    """A turn by its folder `NNN_<role>`."""
    path = Path(folder)
    index, _, role = path.name.partition("_")
    captured = _captured(path)
    return Turn(
        session=one_line(path.parent.parent.name),
        issue=one_line(path.parent.name),
        index=int(index),
        role=one_line(role),
        at=captured or datetime.fromtimestamp(changed / 1e9, UTC),
        captured=captured is not None,
    )


def _captured(folder: Path) -> datetime | None:
    try:
        checkpoint = read_json(folder / "checkpoint.json")
    except UnreadableError:
        return None
    return parse_time(checkpoint.get("captured_at")) if isinstance(checkpoint, dict) else None
