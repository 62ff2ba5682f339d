"""What the logs already hold, merged, read from their ends (or from a place) in slices.

The first records cost the same whatever a log's size. Nothing is kept: who reads keeps
what it wants, and asks for more.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from orket_console.base.files import open_regular
from orket_console.logs.fingerprint import Fingerprint
from orket_console.logs.order import Placed, backwards, in_order, in_reverse, onwards
from orket_console.logs.pages import count_lines, end_of_lines, lines_between, pages_back
from orket_console.logs.records import Record, read_record
from orket_console.logs.sources import Source


@dataclass(slots=True)
class View:
    """A log as it was opened: a descriptor of its own, the place `at` (the start of a line)
    and how many lines stand before it, None where that was not counted."""

    source: Source
    fd: int
    at: int
    lines: int | None

    def before(self) -> Iterator[list[Record]]:
        """Pages of records before the place, newest page first, each as written.

        A log that is cleared meanwhile ends there.
        """
        guard = Fingerprint(self.fd, self.at)
        count = self.lines
        for page in pages_back(self.fd, self.at):
            if not guard.holds(self.fd):
                return
            first = None if count is None else count - len(page) + 1
            yield [
                read_record(line, self.source, None if first is None else first + i)
                for i, line in enumerate(page)
            ]
            count = None if count is None else count - len(page)

    def behind(self) -> Iterator[Record]:
        """Records from the place on, to the last whole line there is."""
        number = None if self.lines is None else self.lines + 1
        for line in lines_between(self.fd, self.at, os.fstat(self.fd).st_size):
            yield read_record(line, self.source, number)
            number = None if number is None else number + 1

    def close(self) -> None:
        os.close(self.fd)


LinesBefore = Callable[[int, int], int | None]
"""How many lines of an open log begin before an offset; None where that isn't known."""


def open_view(source: Source, at: int | None = None, count: LinesBefore = count_lines) -> View:
    """A log at the line that holds byte `at`, or behind its last whole line.

    Raises `UnreadableError`.
    """
    with open_regular(Path(source.path)) as file:
        fd = os.dup(file.fileno())
    size = os.fstat(fd).st_size
    place_at = end_of_lines(fd, size if at is None else min(at, size))
    return View(source, fd, place_at, count(fd, place_at))


class Reading:
    """Placed items of several logs, in slices. Owns the views."""

    def __init__(self, views: Sequence[View], placed: Iterator[Placed]) -> None:
        self._views = views
        self._placed = placed
        self._peeked: list[Placed] = []
        self.ended = False

    def take(self, count: int) -> list[Placed]:
        """The next `count` items; fewer once there are no more, which `ended` then tells."""
        taken = [*self._peeked, *islice(self._placed, count - len(self._peeked))]
        self._peeked = list(islice(self._placed, 1))
        self.ended = not self._peeked
        return taken

    def close(self) -> None:
        for view in self._views:
            view.close()
        self._views = ()
        self._placed = iter(())
        self._peeked = []
        self.ended = True


def read_back(views: Sequence[View], now: datetime) -> Reading:
    """What lies before the views' places, newest first."""
    return Reading(views, in_reverse([backwards(view.before(), now) for view in views]))


def read_on(views: Sequence[View], now: datetime) -> Reading:
    """What lies behind the views' places, oldest first, to the last whole lines."""
    return Reading(views, in_order([onwards(view.behind(), now) for view in views]))
