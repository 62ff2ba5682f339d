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
class _Kind:
    """What may be looked for: `what` says it, `keys` are those for the next and the previous.

    `test` tells it among the items that are kept, `part` is what a filter says for it.
    """

    what: str
    part: str
    test: Sought
    keys: tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Sought:
    """What is looked for; `wanted` is the filter in force, `under`, with its part."""

    kind: _Kind
    wanted: Filter
    under: str


_ERROR: Final = _Kind("error", "level>=error", is_error, ("e", "E"))


class Finding:
    def __init__(self, pane: LogPane) -> None:
        self._pane = pane
        self._sought: _Sought | None = None
        self._asked: tuple[_Kind, int] | None = None
        self._step = 1
        self._all = False
        self._number: int | None = None
        self._rank: tuple[Record, Rank] | None = None
        self._hunted: Hunted | None = None
        self.needle = ""

    def find(self, text: str) -> None:
        """Mark `text`, and go to the nearest place: back from the newest line, else onwards."""
        self.needle = text
        self._pane.view.find(text)
        self._pane.refresh_bindings()
        self.found(1)

    def found(self, step: int) -> None:
        """Go to the next or previous place of the text that was last looked for.

        From the newest line, which nothing is later than, back in any case: to the last one.
        """
        if self.needle:
            what = f"“{self.needle}”"
            kind = _Kind(what, quoted(self.needle), mentions(self.needle), ("n", "N"))
            self._look(kind, step)

    def error(self, step: int) -> None:
        """Go to the next or previous error, as `found` does."""
        self._look(_ERROR, step)

    def give_up(self) -> None:
        """Stop looking, and forget what was looked for but for its text."""
        self._asked = self._number = self._sought = self._rank = self._hunted = None
        self._pane.reading.mailbox.find_no_more()
        self._pane.reading.say()

    def pause(self) -> None:
        """Go nowhere once something is found: something else is shown by then.

        What was found under another filter is not told any more.
        """
        self._asked = self._number = None
        if self._sought is not None and self._sought.under != self._pane.filtering.expression:
            self._sought = self._rank = self._hunted = None
            self._pane.reading.mailbox.find_no_more()

    def take(self, update: Update) -> None:
        """What the search in whole logs has found, once there are lines to look from."""
        self._hunted = update.sought
        found = update.found
        if found is not None and found.number == self._number:
            self._number = None
            self._arrive(found)
        if self._asked is not None:
            self._look(*self._asked)
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
                return f"{self._sought.kind.what} {rank.number:,} of {rank.of:,}"
            return f"{self._sought.kind.what}: {hunted.hits:,}"
        if hunted is None or self._number is None:
            return ""
        share = 100 * hunted.done // max(hunted.of, 1)
        return f"looking for {self._sought.kind.what} {share} %"

    def _look(self, kind: _Kind, step: int) -> None:
        """Go to the nearest item that is sought, wherever in the logs it is.

        While the first lines of what is shown are still read, as soon as they are there.
        """
        pane, view = self._pane, self._pane.view
        self._asked = None if pane.reading.arrived else (kind, step)
        if self._asked is not None:
            return
        # Back from the newest line all is looked through.
        self._all = view.following
        step = -1 if view.following else step
        self._number, self._step = None, step
        wanted = self._wanted(kind.part)
        if self._sought is None or self._sought.wanted is not wanted:
            self._sought = _Sought(kind, wanted, pane.filtering.expression)
            self._rank = self._hunted = None
        index = self._nearest(kind.test, step)
        if index is not None:
            view.pause()
            view.select(index)
            if self._hunted is not None:
                return
        edge = view.window.first_record() if step < 0 else view.window.last_record()
        if edge is None:
            self._tell(f"no {kind.what}: no line is shown")
            return
        place = Place.before(edge) if step < 0 else Place.after(edge)
        number = pane.reading.mailbox.find(wanted, place, older=step < 0)
        self._number = number if index is None else None

    def _nearest(self, test: Sought, step: int) -> int | None:
        """The nearest item that is kept: while following, the newest itself counts."""
        window, current = self._pane.view.window, self._pane.view.window.current
        if self._pane.view.following and current is not None and test(current):
            return window.cursor
        return window.next_index(step, test)

    def _wanted(self, part: str) -> Filter:
        """The filter in force and `part`; the same one as before if nothing has changed."""
        force = self._pane.reading.shown.filter
        expression = both(force.expression, force.tree, part)
        before = self._sought.wanted if self._sought is not None else None
        if before is None or before.expression != expression:
            return parse_filter(expression, force.surroundings)
        # The same words mean other times once they are put in force again.
        if before.surroundings == force.surroundings:
            return before
        return parse_filter(expression, force.surroundings)

    def _arrive(self, found: Found) -> None:
        sought = self._sought
        if sought is None:
            return
        if found.record is not None:
            self._pane.reading.go_to(Place.before(found.record))
            return
        what, (later, earlier) = sought.kind.what, sought.kind.keys
        where, key = ("earlier", later) if self._step < 0 else ("later", earlier)
        said = f"no {where} {what}; {key} looks the other way"
        hunted = self._hunted
        if self._all or (hunted is not None and hunted.whole and not hunted.hits):
            filtered = self._pane.filtering.expression
            said = f"no {what} under this filter" if filtered else f"no {what} in any log"
        self._tell(said)

    def _tell(self, said: str) -> None:
        self._pane.app.notify(said, markup=False, timeout=3)

    def count(self) -> None:
        """Ask which of all it is that the cursor is on, once all logs are searched."""
        pane, record, sought = self._pane, self._pane.record, self._sought
        if sought is None or record is None or self._hunted is None or not self._hunted.whole:
            return
        if self._rank is not None and self._rank[0] is record:
            return
        sources = [Source(state.path, state.name) for state in pane.reading.shown.states]
        live = pane.reading.live

        def which() -> Rank | None:
            # Here, in a thread: a regular expression may take its time on a long line.
            wanted = sought.wanted.wants(record)
            return live.rank(sources, record.ref, record.at) if wanted else None

        def put(rank: Rank | None) -> None:
            self._rank = None if rank is None else (record, rank)
            pane.reading.say()

        pane.load("rank", which, put)
