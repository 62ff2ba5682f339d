"""The end of a log: how old it is, and how many errors it has told lately."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from orket_console.base.events import Event, decode_event
from orket_console.base.files import UnreadableError, open_regular
from orket_console.base.lines import CHUNK, Line, last_lines
from orket_console.base.severity import Severity, severity_of

WINDOW: Final = timedelta(minutes=10)
"""What “lately” means; errors in it are told beside those of as long before."""
_LINES: Final = 2000
_WITHIN: Final = 2 << 20
_COUNTED: Final = 4 << 20


@dataclass(frozen=True, slots=True)
class Tail:
    """The end of one log, as far back as its last 2 MB.

    `size` is bytes, `written` when the file last changed; `records` all its complete lines,
    None for a log too long to count each time; `last` is the newest record's time.
    `malformed` of the `lines` read are no records. `lately` counts the records in the window,
    `errors` the errors in it, `before` those in as long before it, None when the lines read
    don't reach so far back; `full` tells that every line read is within the window, so that
    there may be more. `newest` and `newest_error` are lines that can be opened, `error_said`
    is what the latter says.
    """

    size: int
    written: datetime
    records: int | None
    lines: int
    malformed: int
    last: datetime | None
    newest: Line | None
    lately: int
    errors: int
    before: int | None
    full: bool
    newest_error: Line | None
    error_said: str


def read_tail(path: Path, now: datetime) -> Tail:
    """Source: the end of a log. Raises `UnreadableError`."""
    length, written, records = _count(path)
    lines = last_lines(path, _LINES, _WITHIN)
    decoded = [(line, decode_event(line.raw)) for line in lines]
    events = [(line, event) for line, event in decoded if isinstance(event, Event)]
    times = [event.at for _, event in events if event.at is not None]
    errors = [(line, event) for line, event in events if severity_of(event) is Severity.ERROR]
    lately = [pair for pair in errors if _is_within(pair[1], now - WINDOW, now, now)]
    before = [pair for pair in errors if _is_within(pair[1], now - 2 * WINDOW, now - WINDOW, now)]
    whole = not lines or lines[0].offset == 0
    return Tail(
        size=length,
        written=written,
        records=records,
        lines=len(lines),
        malformed=len(decoded) - len(events),
        last=times[-1] if times else None,
        newest=lines[-1] if lines else None,
        lately=sum(_is_within(event, now - WINDOW, now, now) for _, event in events),
        errors=len(lately),
        before=len(before) if whole or _reaches(times, now - 2 * WINDOW) else None,
        full=not whole and not _reaches(times, now - WINDOW),
        newest_error=lately[-1][0] if lately else None,
        error_said=_said(lately[-1][1]) if lately else "",
    )


def last_times(path: Path) -> dict[str, datetime]:
    """When the end of a log last told of each session; nothing for a log that can't be read."""
    try:
        lines = last_lines(path, _LINES, _WITHIN)
    except UnreadableError:
        return {}
    found: dict[str, datetime] = {}
    for event in (decode_event(line.raw) for line in lines):
        if isinstance(event, Event) and event.at is not None and event.session:
            found[event.session] = event.at
    return found


def _said(event: Event) -> str:
    """An event's name, and its own words where it has some."""
    for key in ("message", "error", "type", "status"):
        if isinstance(words := event.data.get(key), str) and words:
            return f"{event.name}: {words}"
    return event.name


def _reaches(times: Sequence[datetime], back_to: datetime) -> bool:
    return bool(times) and times[0] <= back_to


def _is_within(event: Event, start: datetime, end: datetime, latest: datetime) -> bool:
    # A record from the future counts as now: clocks differ by a little, and it is news.
    return event.at is not None and start < min(event.at, latest) <= end


def _count(path: Path) -> tuple[int, datetime, int | None]:
    """Size in bytes, time of change, complete lines (None where they are too many to count)."""
    with open_regular(path) as file:
        info = os.fstat(file.fileno())
        length, written = info.st_size, datetime.fromtimestamp(info.st_mtime, UTC)
        if length > _COUNTED:
            return length, written, None
        count = 0
        while chunk := file.read(CHUNK):
            count += chunk.count(b"\n")
        return length, written, count
