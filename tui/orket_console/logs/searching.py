"""What a screen has searched for in whole logs: its filter, and the nearest line of a text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from orket_console.base.files import UnreadableError
from orket_console.logs.filter import Filter
from orket_console.logs.history import (
    LinesBefore,
    Reading,
    Screen,
    View,
    open_view,
    read_back,
    read_on,
)
from orket_console.logs.hits.hunted import Hunted
from orket_console.logs.mailbox import FindRequest, Found
from orket_console.logs.records import Record
from orket_console.logs.sources import Source

if TYPE_CHECKING:
    from orket_console.logs.hits.hunt import Hunt

_SLICE: Final = 250


class Sifter:
    """The hunt for the filter in force, if there is one."""

    def __init__(self, told: Callable[[], None], count: LinesBefore) -> None:
        self._told = told
        self._count = count
        self._hunt: Hunt | None = None

    def screen(self, wanted: Filter) -> Screen | None:
        """How logs are to be read for `wanted`: as a whole where it wants everything."""
        if self._hunt is None or self._hunt.wanted is not wanted:
            self.close()
            self._hunt = _hunt(wanted, self._told, older=True) if wanted.expression else None
        return None if self._hunt is None else _screened(self._hunt, self._count)

    @property
    def progress(self) -> Hunted | None:
        return None if self._hunt is None else self._hunt.progress

    def close(self) -> None:
        if self._hunt is not None:
            self._hunt.close()
        self._hunt = None


class Search:
    """The search for the nearest line that a request wants. The hunt stays for the next one."""

    def __init__(self, told: Callable[[], None], count: LinesBefore) -> None:
        self._told = told
        self._count = count
        self._hunt: Hunt | None = None
        self._reading: Reading | None = None
        self.request: FindRequest | None = None

    def begin(self, request: FindRequest | None, views: Sequence[View], now: datetime) -> None:
        """Search on from views, which are taken over; without a request give up."""
        self._leave()
        self.request = request
        if request is None:
            self.close()
            return
        if self._hunt is None or self._hunt.wanted is not request.wanted:
            self.close()
            self._hunt = _hunt(request.wanted, self._told, older=request.older)
        screen = _screened(self._hunt, self._count)
        for view in views:
            view.screen = screen
            # All at once, so that all are searched though only one may have to be read.
            self._hunt.screen(view)
        for view in views:
            _screen_others(self._hunt, view.source)
        self._reading = (read_back if request.older else read_on)(views, now)

    @property
    def busy(self) -> bool:
        return self._reading is not None

    @property
    def waiting(self) -> bool:
        """Whether it goes on only once more is searched."""
        return self._reading is None or self._reading.waiting

    @property
    def hunt(self) -> Hunt | None:
        return self._hunt

    @property
    def progress(self) -> Hunted | None:
        return None if self._hunt is None else self._hunt.progress

    def step(self) -> Found | None:
        """Look a little further; what was found, or that there is none, once that is known."""
        if self._reading is None or self.request is None:
            return None
        for placed in self._reading.take(_SLICE):
            item = placed.item
            if isinstance(item, Record) and self.request.wanted.wants(item):
                self._leave()
                return Found(self.request.number, item)
        if not self._reading.ended:
            return None
        self._leave()
        return Found(self.request.number, None)

    def close(self) -> None:
        self._leave()
        if self._hunt is not None:
            self._hunt.close()
        self._hunt = None

    def _leave(self) -> None:
        if self._reading is not None:
            self._reading.close()
        self._reading = None


def _hunt(wanted: Filter, told: Callable[[], None], *, older: bool) -> Hunt:
    # What searches is imported when something is sought: the first lines are there the sooner.
    from orket_console.logs.hits.hunt import Hunt

    return Hunt(wanted, told, older=older)


def _screened(hunt: Hunt, count: LinesBefore) -> Screen:
    from orket_console.logs.hits.screened import Screened

    return Screened(hunt, count)


def _screen_others(hunt: Hunt, source: Source) -> None:
    """Search what was rotated away from a log too, before reading may come there."""
    from orket_console.logs.hits.files import files_of

    for other in files_of(source)[1:]:
        try:
            view = open_view(other)
        except UnreadableError:
            continue
        hunt.screen(view)
        view.close()
