"""Finding in the Log tab: text, and the next and previous error, in all there is of the logs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from orket_console.logs.filter import Filter, both, parse_filter
from orket_console.logs.filter.words import quoted
from orket_console.logs.mailbox import Found, Update
from orket_console.logs.records import Record
from orket_console.logs.search import Sought, is_error, mentions
from orket_console.logs.seek import Place
from orket_console.logs.sources import Source

if TYPE_CHECKING:
    from orket_console.logs.hits.hunted import Hunted
    from orket_console.logs.hits.rank import Rank
    from orket_console.ui.panes.log.pane import LogPane


@dataclass(frozen=True, slots=True)
class _Sought:
    """What is looked for: among the items that are kept by `test`, beyond them by `wanted`.

    `what` says it, `keys` are those for the next and the previous one.
    """

    test: Sought
    wanted: Filter
    what: str
    keys: tuple[str, str]


_ERROR: Final = "level>=error"


class Finding:
    def __init__(self, pane: LogPane) -> None:
        self._pane = pane
        self._sought: _Sought | None = None
        self._step = 1
        self._number: int | None = None
        self._rank: tuple[Record, Rank] | None = None
        self._hunted: Hunted | None = None
        self.needle = ""

    def find(self, text: str) -> None:
        """Mark `text`, and go to the nearest place: back from the newest line, else onwards."""
        self.needle = text
        self._pane.view.find(text)
        self._pane.refresh_bindings()
        self.found(-1 if self._pane.view.following else 1)

    def found(self, step: int) -> None:
        """Go to the next or previous place of the text that was last looked for."""
        if self.needle:
            what = f"“{self.needle}”"
            self._look(what, quoted(self.needle), mentions(self.needle), ("n", "N"), step)

    def error(self, step: int) -> None:
        self._look("error", _ERROR, is_error, ("e", "E"), step)

    def give_up(self) -> None:
        """Stop looking, and forget what was looked for but for its text."""
        self._number = self._sought = self._rank = self._hunted = None
        self._pane.reading.mailbox.find_no_more()
        self._pane.reading.say()

    def pause(self) -> None:
        """Go nowhere once something is found: something else is shown by then."""
        self._number = None

    def take(self, update: Update) -> None:
        """What the search in whole logs has found."""
        self._hunted = update.sought
        found = update.found
        if found is not None and found.number == self._number:
            self._number = None
            self._arrive(found)
        self.count()

    @property
    def said(self) -> str:
        """`“timeout” 3 of 1,204`, or how far it is searched; empty while nothing is looked for."""
        if self._sought is None:
            return ""
        hunted, current = self._hunted, self._pane.view.window.current
        if hunted is not None and hunted.whole:
            if self._rank is not None and self._rank[0] is current:
                rank = self._rank[1]
                return f"{self._sought.what} {rank.number:,} of {rank.of:,}"
            return f"{self._sought.what}: {hunted.hits:,}"
        if hunted is None or self._number is None:
            return ""
        share = 100 * hunted.done // max(hunted.of, 1)
        return f"looking for {self._sought.what} {share} %"

    def _look(self, what: str, part: str, test: Sought, keys: tuple[str, str], step: int) -> None:
        """Go to the nearest item that is sought, wherever in the logs it is."""
        pane, view = self._pane, self._pane.view
        self._number, self._step = None, step
        wanted = self._wanted(part)
        if self._sought is None or self._sought.wanted is not wanted:
            self._sought = _Sought(test, wanted, what, keys)
            self._rank = self._hunted = None
        index = view.window.next_index(step, test)
        if index is not None:
            view.pause()
            view.select(index)
            if self._hunted is not None:
                return
        edge = view.window.first_record() if step < 0 else view.window.last_record()
        if edge is None:
            return
        place = Place.before(edge) if step < 0 else Place.after(edge)
        number = pane.reading.mailbox.find(wanted, place, older=step < 0)
        self._number = number if index is None else None

    def _wanted(self, part: str) -> Filter:
        """The filter in force and `part`; the same one as before if nothing has changed."""
        force = self._pane.reading.shown.filter
        expression = both(force.expression, force.tree, part)
        if self._sought is not None and self._sought.wanted.expression == expression:
            return self._sought.wanted
        return parse_filter(expression, force.surroundings)

    def _arrive(self, found: Found) -> None:
        sought = self._sought
        if sought is None:
            return
        if found.record is not None:
            self._pane.reading.go_to(Place.before(found.record))
            return
        where, key = ("earlier", sought.keys[0]) if self._step < 0 else ("later", sought.keys[1])
        self._pane.app.notify(
            f"no {where} {sought.what}; {key} looks the other way", markup=False, timeout=3
        )

    def count(self) -> None:
        """Ask which of all it is that the cursor is on, once all logs are searched."""
        pane, record, sought = self._pane, self._pane.record, self._sought
        if sought is None or record is None or self._hunted is None or not self._hunted.whole:
            return
        if (self._rank is not None and self._rank[0] is record) or not sought.wanted.wants(record):
            return
        sources = [Source(state.path, state.name) for state in pane.reading.shown.states]
        live = pane.reading.live

        def put(rank: Rank | None) -> None:
            self._rank = None if rank is None else (record, rank)
            pane.reading.say()

        pane.load("rank", lambda: live.rank(sources, record.ref, record.at), put)
