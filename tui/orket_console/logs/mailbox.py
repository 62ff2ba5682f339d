"""Between a screen and the thread that reads the logs for it.

What the thread has found waits in a mailbox that the screen empties a few times a second;
nothing is ever called on the screen's thread. What is asked for with a new filter or place
begins a new generation, and what belongs to an older one is thrown away.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from orket_console.logs.filter import Filter
from orket_console.logs.records import Item
from orket_console.logs.seek import Place
from orket_console.logs.sources import SourceState

MAILBOX: Final = 10_000
"""Items that wait to be taken; a screen that is later than that begins again at the end."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the screen wants to see: everything that `filter` wants, at the end, or at `place`."""

    generation: int
    filter: Filter
    place: Place | None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A page further than what was read so far, or than `place` if one is given."""

    generation: int
    older: bool
    place: Place | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the reading has come. `scanned` counts records looked at for this request.

    `oldest` and `newest` tell that there is no further page in that direction.
    """

    scanned: int = 0
    reading: bool = True
    oldest: bool = False
    newest: bool = True


@dataclass(slots=True)
class Update:
    """What came since the last `take`, of one generation.

    `older` goes before what is shown and `newer` behind it: pages, oldest first. `fresh` is
    what was written meanwhile; it follows on `newer` only if nothing is left unread between.
    `overrun` tells that some of it was not kept, so that the screen must begin again.
    """

    generation: int
    older: list[Item] = field(default_factory=list)
    newer: list[Item] = field(default_factory=list)
    fresh: list[Item] = field(default_factory=list)
    progress: Progress = field(default_factory=Progress)
    overrun: bool = False
    problem: str = ""
    states: tuple[SourceState, ...] = ()


class Mailbox:
    """Requests one way, what was found the other. No method waits for anything but its lock."""

    def __init__(self, wanted: Filter) -> None:
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._request = Request(1, wanted, None)
        self._pages: list[PageRequest] = []
        self._update = Update(1)
        self._closed = False

    # -- the screen's side

    def show(self, wanted: Filter, place: Place | None = None) -> int:
        """Begin again with a filter, at the end or at a place; the generation of what comes."""
        with self._lock:
            generation = self._request.generation + 1
            self._request = Request(generation, wanted, place)
            self._pages = []
            self._update = Update(generation, states=self._update.states)
        self._wake.set()
        return generation

    def page(self, *, older: bool, place: Place | None = None) -> None:
        """One more page in a direction: on from the last one, or from a place."""
        with self._lock:
            self._pages.append(PageRequest(self._request.generation, older, place))
            self._update.progress = replace(self._update.progress, reading=True)
        self._wake.set()

    def take(self) -> Update:
        """What has come since the last call."""
        with self._lock:
            taken = self._update
            self._update = Update(
                taken.generation,
                progress=taken.progress,
                problem=taken.problem,
                states=taken.states,
            )
        return taken

    def close(self) -> None:
        self._closed = True
        self._wake.set()

    # -- the reader's side

    @property
    def closed(self) -> bool:
        return self._closed

    def requests(self) -> tuple[Request, list[PageRequest]]:
        """What is wanted now, and the pages that were asked for since the last call."""
        with self._lock:
            pages, self._pages = self._pages, []
            return self._request, pages

    def wait(self, seconds: float) -> None:
        """Until the screen asks for something, or for so long."""
        self._wake.wait(seconds)
        self._wake.clear()

    def put(
        self,
        generation: int,
        progress: Progress,
        *,
        older: Sequence[Item] = (),
        newer: Sequence[Item] = (),
        fresh: Sequence[Item] = (),
    ) -> None:
        """Leave what was found for a generation; of one that is over it is thrown away."""
        with self._lock:
            update = self._update
            if update.generation != generation:
                return
            update.progress = progress
            update.older[:0] = older
            update.newer += newer
            update.fresh += fresh
            if len(update.fresh) > MAILBOX:
                update.overrun = True
                del update.fresh[:-1]

    def tell(self, states: tuple[SourceState, ...], problem: str = "") -> None:
        """Leave the logs' states, and what ended the reading if something did."""
        with self._lock:
            self._update.states = states
            self._update.problem = problem or self._update.problem
