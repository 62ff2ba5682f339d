"""Reads for a screen: polls all logs, and between two polls older or newer pages in slices."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import Final

from orket_console.base.clock import Clock
from orket_console.base.text import one_line
from orket_console.logs.alarm import Alarm
from orket_console.logs.filter import Filter, parse_filter
from orket_console.logs.history import Reading, read_back, read_on
from orket_console.logs.indexing import Indexing
from orket_console.logs.mailbox import Mailbox, PageRequest, Progress, Request
from orket_console.logs.records import Item
from orket_console.logs.searching import Search, Sifter
from orket_console.logs.seek import Place, views_at
from orket_console.logs.select import chosen, wants
from orket_console.logs.sources import find_sources
from orket_console.logs.stream import Stream
from orket_console.target.layout import Layout

PAGE: Final = 500
"""Matching items that a page holds."""
SEARCHED: Final = 200_000
"""Records that are looked through for one page at most; the screen says how far that was."""
_SLICE: Final = 250
_BREATH: Final = 0.001
_SOON: Final = 0.03
"""Seconds between two looks at logs that are written to."""
_IN_BURST: Final = 0.2
_BURST: Final = 100
"""Lines at one look that make a burst: more of them at a time cost less."""
_POLL: Final = 0.05
"""Seconds between two looks where no change is told, or a log is being replaced."""
_IDLE: Final = 0.5
_STATES: Final = 0.5


class _Pages:
    """One direction of paging."""

    def __init__(self) -> None:
        self._reading: Reading | None = None
        self._wanted = 0
        self.searched = 0

    def begin(self, reading: Reading) -> None:
        self.close()
        self._reading = reading

    def close(self) -> None:
        if self._reading is not None:
            self._reading.close()
        self._reading = None
        self._wanted = 0

    def ask(self) -> None:
        if not self.ended:
            self._wanted = PAGE
            self.searched = 0

    @property
    def ended(self) -> bool:
        return self._reading is None or self._reading.ended

    @property
    def busy(self) -> bool:
        return self._wanted > 0

    @property
    def waiting(self) -> bool:
        """Whether a page goes on only once more of the logs is searched."""
        return self.busy and self._reading is not None and self._reading.waiting

    def slice(self, wanted: Filter) -> tuple[list[Item], int]:
        """What matches of the next slice, as it was read, and how many were looked at."""
        if self._reading is None:
            return [], 0
        taken = self._reading.take(_SLICE)
        found = [placed.item for placed in taken if wants(wanted, placed.item)]
        self._wanted = max(self._wanted - len(found), 0)
        self.searched += len(taken)
        if self._reading.ended or self.searched >= SEARCHED:
            self._wanted = 0
        return found, len(taken)


class Reader:
    """Runs in its own thread, until the mailbox is closed."""

    def __init__(self, mailbox: Mailbox, layout: Layout, clock: Clock, indexing: Indexing) -> None:
        self._mailbox = mailbox
        self._indexing = indexing
        self._clock = clock
        self._stream = Stream(partial(find_sources, layout), clock)
        self._request = Request(0, parse_filter(""), None)
        self._older = _Pages()
        self._newer = _Pages()
        self._scanned = 0
        self._told: float | None = None
        self._alarm = Alarm()
        self._sifter = Sifter(self._alarm.ring, indexing.count)
        self.search = Search(self._alarm.ring, indexing.count)

    def run(self) -> None:
        """Read until closed. What ends it otherwise is told: a silent tail is a false one."""
        try:
            with self._alarm:
                self._mailbox.attend(self._alarm.ring)
                self._stream.open()
                while not self._mailbox.closed:
                    self._obey()
                    found = self._follow()
                    reading = self._turn_pages() | self._seek()
                    self._mailbox.tell_hunts(self._sifter.progress, self.search.progress)
                    self._tell_states()
                    self._rest(found, reading=reading)
        except Exception as error:
            problem = one_line(f"the log is no longer read: {type(error).__name__}: {error}")
            self._mailbox.tell(self._stream.states(), problem)
        finally:
            self._sifter.close()
            self.search.close()
            self._older.close()
            self._newer.close()
            self._stream.close()

    def _rest(self, found: int, *, reading: bool) -> None:
        """Until there is something to do: after a line at once, in a burst at a bounded rate."""
        if reading:
            self._alarm.wait(_POLL if self._waiting else _BREATH)
        elif self._stream.unread:
            self._alarm.wait(_BREATH)
        elif found:
            self._alarm.wait(_IN_BURST if found > _BURST else _SOON)
        else:
            self._stream.wait(self._alarm, _POLL, _IDLE)

    def _obey(self) -> None:
        request, pages = self._mailbox.requests()
        if request.generation != self._request.generation:
            self._begin(request)
        for page in pages:
            if page.generation == request.generation:
                self._page(page)
                self._put()

    def _begin(self, request: Request) -> None:
        self._request = request
        self._scanned = 0
        self._stream.switch(request.off)
        self._newer.close()
        if request.place is None:
            self._older.begin(self._stream.past(self._sifter.screen(request.filter)))
        else:
            self._open(older=True, place=request.place)
            self._open(older=False, place=request.place)
            self._newer.ask()
        self._older.ask()

    def _open(self, *, older: bool, place: Place) -> None:
        views = views_at(self._stream.sources, place, self._indexing.count)
        screen = self._sifter.screen(self._request.filter)
        for view in views:
            view.screen = screen
        now = self._clock.now()
        if older:
            self._older.begin(read_back(views, now))
        else:
            self._newer.begin(read_on(views, now))

    def _page(self, page: PageRequest) -> None:
        if page.place is not None:
            self._open(older=page.older, place=page.place)
        (self._older if page.older else self._newer).ask()

    def _follow(self) -> int:
        """Leave what was written meanwhile; how much there was."""
        items = self._stream.poll()
        self._scanned += len(items)
        if items:
            self._put(fresh=chosen(self._request.filter, items))
        return len(items)

    def _turn_pages(self) -> bool:
        """One slice in each direction that a page is wanted of; whether there is more to do."""
        for pages in (self._older, self._newer):
            if not pages.busy:
                continue
            found, looked_at = pages.slice(self._request.filter)
            self._scanned += looked_at
            if pages is self._older:
                self._put(older=found[::-1])
            else:
                self._put(newer=found)
        return self._older.busy or self._newer.busy

    def _seek(self) -> bool:
        """Look on for what is searched for; whether there is more to look at."""
        request = self._mailbox.sought
        if request is not self.search.request:
            sources = self._stream.sources
            views = views_at(sources, request.place, self._indexing.count) if request else []
            self.search.begin(request, views, self._clock.now())
        found = self.search.step()
        if found is not None:
            self._mailbox.put_found(found)
        return self.search.busy

    @property
    def _waiting(self) -> bool:
        """Whether all that is to be read waits for the logs to be searched."""
        pages = (self._older, self._newer)
        return self.search.waiting and not any(p.busy and not p.waiting for p in pages)

    def _put(
        self,
        *,
        older: Sequence[Item] = (),
        newer: Sequence[Item] = (),
        fresh: Sequence[Item] = (),
    ) -> None:
        progress = Progress(
            scanned=self._scanned,
            reading=self._older.busy or self._newer.busy,
            oldest=self._older.ended,
            newest=self._newer.ended,
        )
        generation = self._request.generation
        self._mailbox.put(generation, progress, older=older, newer=newer, fresh=fresh)

    def _tell_states(self) -> None:
        now = time.monotonic()
        if self._told is None or now - self._told >= _STATES:
            self._told = now
            if not (self._older.busy or self._newer.busy):
                # Only now: the first page comes first.
                self._indexing.watch([source.path for source in self._stream.sources])
            self._stream.number(self._indexing.lines_before)
            self._mailbox.tell(self._stream.states(), indexed=self._indexing.progress)
