"""What a request left behind: new lines of a log, and the rows of a delivery's pull request."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orket_console.actions.programs.payloads import Subject
from orket_console.base.events import Event, Malformed, decode_event
from orket_console.base.lines import LineSplitter
from orket_console.base.sqlite import Caps, Database, DatabaseError, read
from orket_console.base.text import one_line, shorten
from orket_console.target.target import Target

_WITHIN: Final = 3.0
"""Seconds in which its log line is awaited: the new version writes it in the background."""
_LOOK: Final = 0.05
_CAP: Final = 1 << 20
_CAPS: Final = Caps(rows=1, seconds=1.0)
_EVENTS: Final = ("webhook", "pr_", "sandbox_deploy")
_CYCLE: Final = (
    "SELECT pr_key, cycle_count, status FROM pr_review_cycles "
    "WHERE repo_full_name = ? AND pr_number = ?"
)
_FAILURES: Final = "SELECT max(rowid) FROM review_failures WHERE pr_key = ?"


@dataclass(frozen=True, slots=True)
class Before:
    """The places up to which log and tables were, when a delivery was sent."""

    log_size: int
    rows: tuple[str, ...]


def before(target: Target, subject: Subject | None) -> Before:
    return Before(size_of(target.layout.server_log), tuple(_rows(target.webhook_db, subject)))


def left_behind(target: Target, subject: Subject | None, was: Before) -> list[str]:
    """What is new since then, a line each; empty where nothing came within a few seconds."""
    lines = awaited_lines(target, target.layout.server_log, was.log_size, _is_webhooks)
    new = [row for row in _rows(target.webhook_db, subject) if row not in was.rows]
    return [*lines, *new]


def size_of(path: Path) -> int:
    """Bytes of a log; 0 where there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def awaited_lines(
    target: Target, log: Path, offset: int, wanted: Callable[[Event], bool]
) -> list[str]:
    """The events beyond `offset` that are wanted, as soon as there are any, each in words.

    Empty where none came within a few seconds.
    """
    end = time.monotonic() + _WITHIN
    while not (lines := list(_lines(target, log, offset, wanted))) and time.monotonic() < end:
        time.sleep(_LOOK)
    return lines


def _is_webhooks(event: Event) -> bool:
    return event.name.startswith(_EVENTS)


def _lines(
    target: Target, log: Path, offset: int, wanted: Callable[[Event], bool]
) -> Iterator[str]:
    """The lines beyond `offset`, or of a log that was begun anew since."""
    start = offset if size_of(log) >= offset else 0
    try:
        with log.open("rb") as file:
            file.seek(start)
            raw = file.read(_CAP)
    except OSError:
        return
    shown = target.layout.shown(log)
    for line in LineSplitter(start).feed(raw):
        event = decode_event(line.raw)
        if not isinstance(event, Malformed) and wanted(event):
            yield f"{shown} at byte {line.offset}: {_said(event)}"


def _said(event: Event) -> str:
    message = event.data.get("message")
    rest = ", ".join(
        f"{name} {one_line(str(value))}"
        for name, value in event.data.items()
        if name not in ("message", "level", "runtime_event") and value is not None
    )
    return shorten(" ".join(filter(None, [event.name, str(message or ""), rest])), 200)


def _rows(database: Database, subject: Subject | None) -> Iterator[str]:
    """The review cycle of the pull request and its newest failure, as they are now."""
    if subject is None:
        return
    try:
        found = read(database, _CYCLE, (subject.repository, subject.number), caps=_CAPS).rows
        if not found:
            return
        key, count, status = found[0]
        yield f"pr_review_cycles {key}: cycle {count}, {status}"
        newest = read(database, _FAILURES, (key,), caps=_CAPS).rows
        if newest and newest[0][0] is not None:
            yield f"review_failures row {newest[0][0]} of {key}"
    except DatabaseError as error:
        yield f"{database.path.name} can't be read: {error}"
