"""What a delivery left behind: the server log's new lines, and the rows of its pull request."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
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
    try:
        size = target.layout.server_log.stat().st_size
    except OSError:
        size = 0
    return Before(size, tuple(_rows(target.webhook_db, subject)))


def left_behind(target: Target, subject: Subject | None, was: Before) -> list[str]:
    """What is new since then, a line each; empty where nothing came within a few seconds."""
    end = time.monotonic() + _WITHIN
    while not (lines := list(_log_lines(target, was.log_size))) and time.monotonic() < end:
        time.sleep(_LOOK)
    new = [row for row in _rows(target.webhook_db, subject) if row not in was.rows]
    return [*lines, *new]


def _log_lines(target: Target, offset: int) -> Iterator[str]:
    """The webhook server's lines beyond `offset`, or of a log that was begun anew since."""
    path = target.layout.server_log
    try:
        start = offset if path.stat().st_size >= offset else 0
        with path.open("rb") as file:
            file.seek(start)
            raw = file.read(_CAP)
    except OSError:
        return
    shown = target.layout.shown(path)
    for line in LineSplitter(start).feed(raw):
        event = decode_event(line.raw)
        if not isinstance(event, Malformed) and event.name.startswith(_EVENTS):
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
