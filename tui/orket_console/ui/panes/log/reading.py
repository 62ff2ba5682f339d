"""What is read for the Log tab: the thread that reads, what came of it, and the place held."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from textual.message import Message

from orket_console.base.refs import LogRef
from orket_console.logs.filter import Filter, parse_filter
from orket_console.logs.live import Live
from orket_console.logs.mailbox import Mailbox, Update
from orket_console.logs.seek import Place
from orket_console.logs.shown import Shown
from orket_console.ui.widgets.filter_bar import FilterBar
from orket_console.ui.widgets.log_line import LogLine, indexing, why_empty

if TYPE_CHECKING:
    from orket_console.ui.panes.log.pane import LogPane


_EVERY: Final = 0.1
"""Seconds between two drawings; a line that comes alone is drawn at once."""
_IN_BURST: Final = 0.22
"""The same while so many lines come that none can be read before the next are there."""
_BURST: Final = 100


class Found(Message):
    """Something lies in the mailbox."""


class Reading:
    """Brings what the reader's thread found into the view, and tells the thread what to read."""

    def __init__(self, pane: LogPane) -> None:
        self._pane = pane
        self.shown = Shown(parse_filter(""))
        self.mailbox = Mailbox(self.shown.filter, self._found)
        context = pane.context
        self.live = Live(self.mailbox, context.target.layout, context.clock)
        self._off: frozenset[str] = frozenset()
        self._wanted_ref: LogRef | None = None
        self._nearest = False
        self._drawn = 0.0
        self._pause = _EVERY
        self._waiting = False

    def _found(self) -> None:
        """Called in the reader's thread."""
        self._pane.post_message(Found())

    def collect_soon(self) -> None:
        """Empty the mailbox: at once, but not so often that a burst is all that is drawn."""
        rest = self._drawn + self._pause - time.monotonic()
        if rest <= 0:
            self._collect()
        elif not self._waiting:
            self._waiting = True
            self._pane.set_timer(rest, self._collect)

    def _collect(self) -> None:
        self._waiting = False
        self._drawn = time.monotonic()
        update = self.mailbox.take()
        self._pause = _IN_BURST if update.count.fresh > _BURST else _EVERY
        self.shown.count(update, held=not self._pane.view.following)
        self._add(update)
        self._come_to_wanted()
        self._pane.numbering.look(self.shown.indexed)
        self._pane.finding.take(update)
        self.say()

    def say(self) -> None:
        """Bring the line above the log up to date."""
        view = self._pane.view
        note = self._pane.finding.said or self._pane.going.said or indexing(self.shown.indexed)
        record = self._pane.record
        at = record.ref if record is not None else None
        line = self._pane.query_one(LogLine)
        line.show(self.shown, following=view.following, at=at, note=note)
        view.show_empty(why_empty(self.shown))
        self._pane.surveying.look()

    def begin(self, wanted: Filter, place: Place | None) -> None:
        """Show something else: a filter at the end, following, or held still at a place."""
        pane = self._pane
        before = self.shown
        self.shown = Shown(wanted, place, states=before.states, indexed=before.indexed)
        self._wanted_ref = None
        self._drawn = 0.0
        pane.finding.pause()
        pane.read_secrets()
        self.mailbox.show(wanted, place)
        pane.view.begin()
        pane.view.following = place is None
        pane.query_one("#log-filter", FilterBar).keep(wanted.expression)
        pane.looking.clear()
        pane.refresh_bindings()

    @property
    def arrived(self) -> bool:
        """Whether there is a line to go on from, with the cursor where it was wanted; or none
        will come."""
        some = self._pane.view.window.last_record() is not None
        return self._wanted_ref is None and (some or not self.shown.progress.reading)

    @property
    def off(self) -> frozenset[str]:
        """The logs that are left out, by their paths."""
        return self._off

    def switch(self, path: str) -> None:
        """Leave a log out, or take it in again, held still at the record that is looked at."""
        self._off ^= {path}
        self.mailbox.switch(self._off)
        record = None if self._pane.view.following else self._pane.record
        if record is None:
            self.begin(self.shown.filter, None)
        else:
            self.go_to(Place.before(record))

    def go_to(self, place: Place) -> None:
        """Hold still at a place, under the filter in force; its line gets the cursor, or the
        nearest one that the filter lets through."""
        self.begin(self.shown.filter, place)
        self.want(place.ref)
        self._nearest = True

    def want(self, ref: LogRef | None) -> None:
        """Put the cursor on a line as soon as it is read."""
        self._wanted_ref = ref
        self._nearest = False

    def go_to_line(self, ref: LogRef) -> None:
        """Put the cursor on a line, without a filter if it isn't among those that are kept."""
        if not self._pane.view.select_ref(ref):
            self.begin(parse_filter(""), Place(ref, None, behind=False))
            self.want(ref)

    def page(self, *, older: bool) -> bool:
        """Ask for the next page in a direction; False where there is none."""
        return self.shown.page(self._pane.view.window, self.mailbox, older=older)

    def follow(self) -> None:
        """Go to the newest line and stay with it."""
        view = self._pane.view
        self.shown.seen()
        if self.shown.live and not view.window.cut_below:
            view.follow()
        else:
            self.begin(self.shown.filter, None)
        self.say()

    def held(self) -> None:
        """The operator holds the view still: what comes from now on is new."""
        self.shown.seen()
        self.say()

    def _add(self, update: Update) -> None:
        view = self._pane.view
        before = view.window.current
        if update.older:
            view.add_older(update.older)
        if update.newer:
            view.add_newer(update.newer, page=True)
        held = not view.following
        if update.fresh and self.shown.room_for_fresh(view.window, update, held=held):
            view.add_newer(update.fresh, page=False)
        if view.window.current is not before:
            self._pane.looking.show_soon()

    def _come_to_wanted(self) -> None:
        """Put the cursor on the line that was asked for, once it is read."""
        wanted = self._wanted_ref
        if wanted is None:
            return
        if self._pane.view.select_ref(wanted):
            self._wanted_ref = None
        elif self.shown.progress.reading:
            return
        elif self._nearest:
            # The older ones came first, and the cursor is on the last of them.
            self._wanted_ref = None
            self._pane.view.select(self._pane.view.window.cursor)
        else:
            self._pane.tell(f"{wanted} is not in the log any more")
            self._wanted_ref = None
