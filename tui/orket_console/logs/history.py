"""What the logs already hold, merged, read from their ends (or from a place) in slices.

The first records cost the same whatever a log's size. Nothing is kept: who reads keeps
what it wants, and asks for more.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from orket_console.base.files import UnreadableError
from orket_console.base.lines import Line
from orket_console.base.text import one_line
from orket_console.logs.fingerprint import Fingerprint
from orket_console.logs.forms import begins, entries
from orket_console.logs.order import NOT_YET, Placed, backwards, in_order, in_reverse, onwards
from orket_console.logs.packed import open_log
from orket_console.logs.pages import count_lines, end_of_lines, lines_between, pages_back
from orket_console.logs.records import Record
from orket_console.logs.rotation import log_of, neighbour
from orket_console.logs.sources import Source


class Screen(Protocol):
    """Reads the file of a view where it holds what is wanted; None: it is read as a whole.

    None among pages or records: it isn't known yet where, so it is to be asked again later.
    """

    def before(self, view: View) -> Iterator[list[Record] | None] | None: ...

    def behind(self, view: View) -> Iterator[Record | None] | None: ...


class View:
    """A log as it was opened: a descriptor of its own, the place `at` (the start of a line)
    and how many lines stand before it, None where that was not counted.

    What was rotated away before it, and after it, is opened when reading comes there.
    """

    def __init__(self, source: Source, fd: int, at: int, lines: int | None) -> None:
        self.source = source
        self.fd = fd
        self.at = at
        self.lines = lines
        self.screen: Screen | None = None
        self._next: View | None = None

    def before(self) -> Iterator[list[Record] | None]:
        """Pages of records before the place, newest page first, each as written.

        A log that is cleared meanwhile ends there. None, with a screen: ask again later.
        """
        yield from self.own_before()
        view: View = self
        while older := self._go_on(view, -1):
            yield from older.own_before()
            view = older

    def behind(self) -> Iterator[Record | None]:
        """Records from the place on, to the last whole line there is.

        None, with a screen: ask again later.
        """
        yield from self.own_behind()
        view: View = self
        while newer := self._go_on(view, 1):
            yield from newer.own_behind()
            view = newer

    def close(self) -> None:
        os.close(self.fd)
        if self._next is not None:
            self._next.close()

    def own_before(self) -> Iterator[list[Record] | None]:
        """`before`, of this one file."""
        screened = self.screen.before(self) if self.screen else None
        return self._whole_before() if screened is None else screened

    def _whole_before(self) -> Iterator[list[Record]]:
        guard = Fingerprint(self.fd, self.at)
        count = self.lines
        carried: list[Line] = []
        for page in pages_back(self.fd, self.at):
            if not guard.holds(self.fd):
                return
            count = None if count is None else count - len(page)
            page += carried
            begun = next((i for i, line in enumerate(page) if begins(line, self.source)), None)
            if begun is None and len(page) < _ENTRY:
                carried = page
                continue
            # What stands before the first beginning belongs to an entry of the page before.
            carried = page[: begun or 0]
            yield self._records(page[begun or 0 :], count, begun or 0)
        if carried:
            yield self._records(carried, count, 0)

    def _records(self, page: list[Line], before: int | None, skipped: int) -> list[Record]:
        number = None if before is None else before + skipped + 1
        return list(entries(page, self.source, number))

    def own_behind(self) -> Iterator[Record | None]:
        """`behind`, of this one file."""
        screened = self.screen.behind(self) if self.screen else None
        if screened is not None:
            return screened
        number = None if self.lines is None else self.lines + 1
        own = lines_between(self.fd, self.at, os.fstat(self.fd).st_size)
        return entries(own, self.source, number)

    def _go_on(self, view: View, step: int) -> View | None:
        """The generation before or after `view`, at its end or its start; None without one."""
        path = None
        if not self.source.alone:
            path = neighbour(log_of(Path(view.source.path)), view.fd, step)
        if view is not self:
            view.close()
        self._next = None
        if path is None:
            return None
        try:
            self._next = open_view(source_of(path, self.source), None if step < 0 else 0)
        except UnreadableError:
            return None
        self._next.screen = self.screen
        return self._next


_ENTRY: Final = 10_000
"""Lines of one entry of a crash log, after which it is taken to be none."""


def source_of(path: Path, beside: Source) -> Source:
    """A generation of the same log as `beside`, with the name that goes with its path."""
    log = log_of(Path(beside.path))
    name = beside.name.removesuffix(Path(beside.path).name.removeprefix(log.name))
    return Source(str(path), name + one_line(path.name.removeprefix(log.name)), beside.form)


LinesBefore = Callable[[int, int], int | None]
"""How many lines of an open log begin before an offset; None where that isn't known."""


def open_view(source: Source, at: int | None = None, count: LinesBefore = count_lines) -> View:
    """A log at the line that holds byte `at`, or behind its last whole line.

    Raises `UnreadableError`.
    """
    with open_log(Path(source.path)) as file:
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
        self.waiting = False

    def take(self, count: int) -> list[Placed]:
        """The next `count` items; fewer once there are no more, which `ended` then tells, or
        while it isn't known where they are, which `waiting` tells."""
        taken, self._peeked = self._peeked, []
        self.waiting = False
        for placed in self._placed:
            if placed.item is NOT_YET:
                self.waiting = True
                return taken
            if len(taken) == count:
                self._peeked = [placed]
                return taken
            taken.append(placed)
        self.ended = True
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
