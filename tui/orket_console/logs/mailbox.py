"""Between a screen and the thread that reads the logs for it.

What the thread has found waits in a mailbox; the screen is told that there is something, and
empties it when it likes, a few times a second at most. What is asked for with a new filter or place
begins a new generation, and what belongs to an older one is thrown away.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from orket_console.base.severity import Severity
from orket_console.logs.filter import Filter
from orket_console.logs.hits.hunted import Hunted
from orket_console.logs.indexing import Indexed
from orket_console.logs.records import Item, Record
from orket_console.logs.seek import Place
from orket_console.logs.sources import SourceState

MAILBOX: Final = 10_000
"""Items that wait to be taken; of more than that the newest are kept, and all are counted."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the screen wants to see: everything that `filter` wants, at the end, or at `place`,
    of all logs but those that are `off`, by their paths."""

    generation: int
    filter: Filter
    place: Place | None
    off: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A page further than what was read so far, or than `place` if one is given."""

    generation: int
    older: bool
    place: Place | None


@dataclass(frozen=True, slots=True)
class FindRequest:
    """The nearest line that `wanted` wants, before `place` if `older`, else behind it."""

    number: int
    wanted: Filter
    place: Place
    older: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What came of the request with that number; None where there is no such line."""

    number: int
    record: Record | None


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
class Count:
    """Of the records that came, pages among them: what matched and what is malformed; and of
    those written meanwhile how many, and how many are errors."""

    matched: int = 0
    malformed: int = 0
    fresh: int = 0
    fresh_errors: int = 0

    def add(self, items: Sequence[Item], *, fresh: bool) -> None:
        records = [item for item in items if isinstance(item, Record)]
        self.matched += len(records)
        self.malformed += sum([record.head.malformed for record in records])
        if fresh:
            self.fresh += len(records)
            self.fresh_errors += sum([record.severity >= Severity.ERROR for record in records])


@dataclass(slots=True)
class Update:
    """What came since the last `take`, of one generation.

    `older` goes before what is shown and `newer` behind it: pages, oldest first. `fresh` is
    what was written meanwhile; it follows on `newer` only if nothing is left unread between.
    `overrun` tells that only the newest of it were kept, so that they follow on nothing.
    `count` is of all that came, kept or not. `filtered` and `sought` tell how far whole logs
    are searched for the filter and for what is looked for.
    """

    generation: int
    older: list[Item] = field(default_factory=list)
    newer: list[Item] = field(default_factory=list)
    fresh: list[Item] = field(default_factory=list)
    count: Count = field(default_factory=Count)
    progress: Progress = field(default_factory=Progress)
    overrun: bool = False
    problem: str = ""
    states: tuple[SourceState, ...] = ()
    indexed: Indexed = field(default_factory=Indexed)
    found: Found | None = None
    filtered: Hunted | None = None
    sought: Hunted | None = None


class Mailbox:
    """Requests one way, what was found the other. No method waits for anything but its lock.

    `found` is called from the reader's thread when something lies here that was not taken.
    """

    def __init__(self, wanted: Filter, found: Callable[[], None] = lambda: None) -> None:
        self._lock = threading.Lock()
        self._found = found
        self._told = False
        self._ring: Callable[[], None] = lambda: None
        self._off: frozenset[str] = frozenset()
        self._request = Request(1, wanted, None)
        self._pages: list[PageRequest] = []
        self._find: FindRequest | None = None
        self._finds = 0
        self._update = Update(1)
        self._closed = False

    # -- the screen's side

    def switch(self, off: frozenset[str]) -> None:
        """Leave these logs out, by their paths, from the next `show` on."""
        self._off = off

    def show(self, wanted: Filter, place: Place | None = None) -> int:
        """Begin again with a filter, at the end or at a place; the generation of what comes."""
        with self._lock:
            generation = self._request.generation + 1
            self._request = Request(generation, wanted, place, self._off)
            self._pages = []
            before = self._update
            self._update = Update(
                generation, states=before.states, indexed=before.indexed, sought=before.sought
            )
        self._ring()
        return generation

    def page(self, *, older: bool, place: Place | None = None) -> None:
        """One more page in a direction: on from the last one, or from a place."""
        with self._lock:
            self._pages.append(PageRequest(self._request.generation, older, place))
            self._update.progress = replace(self._update.progress, reading=True)
        self._ring()

    def find(self, wanted: Filter, place: Place, *, older: bool) -> int:
        """Search for the nearest line, instead of what was searched for; the request's number."""
        with self._lock:
            self._finds += 1
            self._find = FindRequest(self._finds, wanted, place, older)
            number = self._finds
        self._ring()
        return number

    def find_no_more(self) -> None:
        """Give up what is searched for."""
        with self._lock:
            self._find = None
            self._update.sought = self._update.found = None
        self._ring()

    def take(self) -> Update:
        """What has come since the last call."""
        with self._lock:
            self._told = False
            taken = self._update
            self._update = Update(
                taken.generation,
                progress=taken.progress,
                problem=taken.problem,
                states=taken.states,
                indexed=taken.indexed,
                filtered=taken.filtered,
                sought=taken.sought,
            )
        return taken

    def close(self) -> None:
        self._closed = True
        self._ring()

    # -- the reader's side

    @property
    def closed(self) -> bool:
        return self._closed

    def requests(self) -> tuple[Request, list[PageRequest]]:
        """What is wanted now, and the pages that were asked for since the last call."""
        with self._lock:
            pages, self._pages = self._pages, []
            return self._request, pages

    @property
    def sought(self) -> FindRequest | None:
        """What is searched for now."""
        return self._find

    def attend(self, ring: Callable[[], None]) -> None:
        """`ring` is called whenever the screen asks for something."""
        self._ring = ring

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
            update.count.add((*older, *newer), fresh=False)
            update.count.add(fresh, fresh=True)
            if len(update.fresh) > MAILBOX:
                update.overrun = True
                del update.fresh[:-MAILBOX]
        self._tell()

    def put_found(self, found: Found) -> None:
        """Leave what came of a search, unless another was asked for meanwhile."""
        with self._lock:
            if self._find is None or self._find.number != found.number:
                return
            self._update.found = found
        self._tell()

    def tell_hunts(self, filtered: Hunted | None, sought: Hunted | None) -> None:
        """Leave how far whole logs are searched."""
        with self._lock:
            update = self._update
            if (filtered, sought) == (update.filtered, update.sought):
                return
            update.filtered, update.sought = filtered, sought
        self._tell()

    def tell(
        self,
        states: tuple[SourceState, ...],
        problem: str = "",
        indexed: Indexed | None = None,
    ) -> None:
        """Leave the logs' states, what ended the reading if something did, and how far the
        logs are indexed."""
        with self._lock:
            update = self._update
            indexed = indexed or update.indexed
            if (states, indexed) == (update.states, update.indexed) and not problem:
                return
            update.states = states
            update.indexed = indexed
            update.problem = problem or update.problem
        self._tell()

    def _tell(self) -> None:
        """Once until the screen has taken what there is."""
        with self._lock:
            told, self._told = self._told, True
        if not told:
            self._found()
