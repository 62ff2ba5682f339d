"""The probes' history in the state folder, so that the next console knows what this one saw."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from orket_console.base.files import UnreadableError, read_bytes, write_whole
from orket_console.base.state import State
from orket_console.health.history import KEPT, Change, Gap, History, Moment, Past
from orket_console.health.reading import Reading

_FORM: Final = 2
_LONGEST: Final = 1 << 20
_OLDEST: Final = timedelta(days=30)
"""What was seen longer ago than this says nothing of the installation as it is."""


class _Change(Struct, frozen=True):
    at: datetime
    was: State
    was_word: str
    state: State
    word: str


class _Kept(Struct, frozen=True):
    """One probe's past. Times are of the wall clock: no other clock outlives a process."""

    probe: str
    title: str
    state: State
    word: str
    first: datetime
    seen: datetime
    changes: tuple[_Change, ...] = ()
    last_ok: datetime | None = None
    latencies: tuple[float | None, ...] = ()
    pid: int = 0
    restarts: tuple[datetime, ...] = ()
    gap: tuple[datetime, datetime] | None = None


class _File(Struct, frozen=True):
    form: int
    probes: tuple[_Kept, ...]


def save_history(path: Path, history: History) -> None:
    """Keep it in `path`, whole or not at all. Raises `OSError`."""
    probes = tuple(_kept(past) for past in {**history.earlier, **history.pasts}.values())
    write_whole(path, msgspec.json.encode(_File(_FORM, probes)))


def load_history(path: Path, now: Moment) -> History:
    """What an earlier console saw, as `earlier`; empty where there is none that can be read.

    Not an error to tell: it is only the past, and the next round begins a new one.
    """
    try:
        file = msgspec.json.decode(read_bytes(path, _LONGEST), type=_File)
    except (UnreadableError, msgspec.MsgspecError, UnicodeDecodeError):
        return History.empty()
    if file.form != _FORM:
        return History.empty()
    lately = (kept for kept in file.probes if _is_known(kept, now.at))
    return History({}, {kept.probe: _past(kept, now) for kept in lately})


def _is_known(kept: _Kept, now: datetime) -> bool:
    """Whether its times are such as can be told apart from now: with a zone, and in the past."""
    ends = kept.gap or ()
    ok = (kept.last_ok,) if kept.last_ok else ()
    changes = (change.at for change in kept.changes)
    times = (kept.first, kept.seen, *changes, *kept.restarts, *ends, *ok)
    if any(time.tzinfo is None for time in times):
        return False
    return now - _OLDEST <= kept.seen and all(time <= now for time in times)


def _kept(past: Past) -> _Kept:
    return _Kept(
        probe=past.reading.probe,
        title=past.reading.title,
        state=past.reading.state,
        word=past.reading.word,
        first=past.first.at,
        seen=past.seen.at,
        changes=tuple(
            _Change(change.at, change.was, change.was_word, change.state, change.word)
            for change in past.changes
        ),
        last_ok=past.last_ok.at if past.last_ok else None,
        latencies=past.latencies,
        pid=past.pid,
        restarts=tuple(restart.at for restart in past.restarts),
        gap=(past.gap.start, past.gap.end) if past.gap else None,
    )


def _past(kept: _Kept, now: Moment) -> Past:
    def moment(at: datetime) -> Moment:
        return Moment(at, now.monotonic - (now.at - at).total_seconds())

    return Past(
        reading=Reading(kept.state, kept.word, "", probe=kept.probe, title=kept.title),
        first=moment(kept.first),
        seen=moment(kept.seen),
        changes=tuple(
            Change(moment(one.at), one.was, one.was_word, one.state, one.word)
            for one in kept.changes[-KEPT:]
        ),
        last_ok=moment(kept.last_ok) if kept.last_ok else None,
        latencies=kept.latencies[-KEPT:],
        pid=kept.pid,
        restarts=tuple(moment(at) for at in kept.restarts[-KEPT:]),
        gap=Gap(*kept.gap) if kept.gap else None,
    )
