"""The timeline below the steps: what happened, page by page, narrowed by words."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from orket_console.incidents.ledger.model import Incident
from orket_console.incidents.timeline.entry import Entry, Wanted, parse_words
from orket_console.incidents.timeline.span import beginning_of, end_of
from orket_console.incidents.timeline.timeline import PAGE, Page, Timeline
from orket_console.ui.literal import literal
from orket_console.ui.messages import AtMoment, Jump
from orket_console.ui.panes.incident import showing
from orket_console.ui.widgets.filter_bar import FilterBar
from orket_console.ui.widgets.listing import Listing

if TYPE_CHECKING:
    from orket_console.ui.panes.incident.pane import IncidentPane


@dataclass(frozen=True, slots=True)
class Asked:
    """Which part of which incident's timeline."""

    incident: Incident
    words: tuple[str, ...]
    pages: int
    quiet: bool


class TimelineList(Listing):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "open it", tooltip="where it happened", id="incident.open-entry")
    ]


class Telling:
    """Read anew at each look: what runs is told otherwise once it has ended."""

    def __init__(self, pane: IncidentPane) -> None:
        self._pane = pane
        self._timeline: Timeline | None = None
        self._one_at_a_time = threading.Lock()
        self._pages = 1
        self._quiet = False
        self._of: int | None = None
        self._entries: dict[str, Entry] = {}

    @property
    def listing(self) -> TimelineList:
        return self._pane.query_one(TimelineList)

    @property
    def bar(self) -> FilterBar:
        return self._pane.query_one(FilterBar)

    @property
    def entry(self) -> Entry | None:
        """What has the cursor."""
        return self._entries.get(self.listing.selected or "")

    def look(self) -> None:
        """Read what happened, if an incident is in view."""
        shown = self._pane.shown_one
        if shown is None:
            return
        words = parse_words(self.bar.expression)
        asked = Asked(shown.incident, words, self._pages, self._quiet)
        self._pane.load("timeline", lambda: self._read(asked), lambda page: self._show(asked, page))

    def _read(self, asked: Asked) -> Page:
        pane, one = self._pane, asked.incident
        with self._one_at_a_time:
            if self._timeline is None:
                store = pane.watcher.follower().store()
                context = pane.context
                self._timeline = Timeline(context.target, context.clock, store, context.turns)
            wanted = Wanted(words=asked.words, incident=one.id, quiet=asked.quiet)
            walk = self._timeline.back(wanted, end_of(one))
            try:
                page = walk.take(PAGE * asked.pages)
            finally:
                walk.close()
        begun = beginning_of(one)
        kept = tuple(each for each in page.entries if each.at >= begun)
        return replace(page, entries=kept, more=page.more and len(kept) == len(page.entries))

    def _show(self, asked: Asked, page: Page) -> None:
        listing = self.listing
        anew = self._of != asked.incident.id
        keys = list(self._entries)
        at_end = anew or not keys or listing.selected == keys[-1]
        self._of = asked.incident.id
        self._entries = showing.keyed_entries(page.entries)
        listing.set_columns(showing.timeline_columns(self._heading(page)))
        rows = [
            showing.entry_row(key, one, self._pane.context) for key, one in self._entries.items()
        ]
        listing.show(rows, literal(self._nothing(page)))
        if at_end:
            listing.action_edge(-1)
        self._pane.refresh_bindings()

    def _heading(self, page: Page) -> str:
        words = self.bar.expression
        only = f" with “{words}”" if words else ""
        older = ", older: m" if page.more else ""
        return f"happened{only} ({len(page.entries)}{older})"

    def _nothing(self, page: Page) -> str:
        if page.reached is not None:
            since = self._pane.context.day_and_time(page.reached)
            return f"nothing back to {since}: m reads on"
        return "nothing: / changes the words, a shows what went well too"

    # -- keys

    def older(self) -> None:
        self._pages += 1
        self.look()

    def all_or_bad(self) -> None:
        """With what went well, or without it."""
        self._quiet = not self._quiet
        said = "with what went well" if self._quiet else "without what went well"
        self._pane.app.notify(said, markup=False, timeout=2)
        self.look()

    def apply(self) -> None:
        self._pages = 1
        self.listing.focus()
        self.look()

    def open(self) -> None:
        """Lead to where the entry can be opened."""
        one = self.entry
        if one is not None and one.ref is not None:
            self._pane.post_message(Jump(one.ref))
        elif one is not None:
            self._pane.app.notify(f"{one.kind}: {one.what}", markup=False, timeout=8)

    def to_time(self) -> None:
        if self.entry is not None:
            self._pane.post_message(AtMoment(self.entry.at))
