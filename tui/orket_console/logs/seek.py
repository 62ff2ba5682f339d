"""Places in a log: at a moment, found by halving, or behind a record that was read from it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from orket_console.base.events import Event, decode_event
from orket_console.base.files import UnreadableError
from orket_console.base.refs import LogRef
from orket_console.logs.history import View, open_view
from orket_console.logs.pages import count_lines, end_of_lines, lines_between
from orket_console.logs.records import Record
from orket_console.logs.sources import Source

_NEAR: Final = 1 << 16
"""Bytes between two places that are not worth halving any more."""
_LINES: Final = 200
"""Lines that are looked at for a time."""


@dataclass(frozen=True, slots=True)
class Place:
    """A moment in all logs, and the line of one of them that it is about.

    `behind` tells that the line itself lies before the place.
    """

    ref: LogRef | None
    at: datetime | None
    behind: bool

    @classmethod
    def before(cls, record: Record) -> Place:
        return cls(record.ref, record.at, behind=False)

    @classmethod
    def after(cls, record: Record) -> Place:
        return cls(record.ref, record.at, behind=True)


def views_at(sources: Sequence[Source], place: Place) -> list[View]:
    """Every readable log at a place: the line's own log at the line, the others by its time."""
    views: list[View] = []
    at = place.at
    ordered = sorted(sources, key=lambda source: place.ref is None or source.path != place.ref.path)
    for source in ordered:
        own = place.ref is not None and source.path == place.ref.path
        try:
            view = open_view(source, place.ref.offset if own and place.ref else None)
        except UnreadableError:
            continue
        if own:
            at = at or _time_near(view)
            if place.behind:
                _step_over(view)
        elif at is not None:
            _move_to(view, offset_at(view.fd, at))
        views.append(view)
    return views


def offset_at(fd: int, at: datetime) -> int:
    """The start of the first line written after the moment `at`, by halving.

    Good for a log whose times rise; where they do not, it is a place near by.
    """
    low, high = 0, end_of_lines(fd, os.fstat(fd).st_size)
    end = high
    while high - low > _NEAR:
        middle = end_of_lines(fd, (low + high) // 2)
        if middle <= low:
            break
        seen = _first_time(fd, middle, high)
        if seen is not None and seen > at:
            high = middle
        else:
            low = middle
    for line in lines_between(fd, low, end):
        event = decode_event(line.raw)
        if isinstance(event, Event) and event.at is not None and event.at > at:
            return line.offset
    return end


def _first_time(fd: int, start: int, end: int) -> datetime | None:
    for count, line in enumerate(lines_between(fd, start, end)):
        event = decode_event(line.raw)
        if isinstance(event, Event) and event.at is not None:
            return event.at
        if count >= _LINES:
            break
    return None


def _time_near(view: View) -> datetime | None:
    return _first_time(view.fd, view.at, os.fstat(view.fd).st_size)


def _step_over(view: View) -> None:
    for line in lines_between(view.fd, view.at, os.fstat(view.fd).st_size):
        view.at = line.offset + line.length + 1
        view.lines = None if view.lines is None else view.lines + 1
        return


def _move_to(view: View, offset: int) -> None:
    view.at = offset
    view.lines = count_lines(view.fd, offset)
