"""The filters of the Runs tab: one for the list of runs, one for the turns of the open run.

Where a filter asks what turns say, their files are read behind the screen, some at a time;
what fits comes in as it is found.
"""

from __future__ import annotations

from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Final

from orket_console.base.text import one_line
from orket_console.runs.detail import OpenedRun
from orket_console.runs.model import RunDetail, Turn
from orket_console.runs.narrow import Narrowed, narrow_turns
from orket_console.runs.texts import Texts
from orket_console.ui.panes.runs.reader import Land
from orket_console.ui.widgets.filter_bar import FilterBar

if TYPE_CHECKING:
    from orket_console.ui.panes.runs.pane import RunsPane

_SLICE: Final = 200
"""Turns whose files are read in one go: some hundredths of a second."""
_BREATH: Final = 0.02
"""Seconds between two of them, for keys."""
_SHOWN: Final = 0.25
"""Seconds between two drawings of what was found so far."""
_NOTHING: Final = Narrowed((), (), ())


class Filtering:
    def __init__(self, pane: RunsPane) -> None:
        self._pane = pane
        self._texts = self._next_texts = Texts()
        self._narrowed = _NOTHING
        self._of: tuple[Turn, ...] = ()
        self._by = ""
        self._unsearched = 0
        self._queue: list[Turn] = []
        self._searching = False
        self._shown_at = 0.0

    @property
    def expression(self) -> str:
        """The filter of turns in force, as it was written."""
        return self._bar("turns").expression

    @property
    def of_runs(self) -> str:
        """The filter of runs in force, as it was written."""
        return self._bar("runs").expression

    def ask(self) -> None:
        self._bar("runs" if self._pane.level == "runs" else "turns").open()

    def applied(self) -> None:
        self._pane.showing.focus()
        self._pane.showing.runs()
        self._pane.showing.turns()

    def keep(self, of_runs: str, of_turns: str) -> None:
        """Put filters in force without their being typed."""
        self._bar("runs").keep(of_runs)
        self._bar("turns").keep(of_turns)

    def narrow(self, detail: RunDetail) -> Narrowed:
        """The turns that fit, the same object while they are the same; the rest is searched."""
        known = self._narrowed
        if detail.turns is not self._of or self.expression != self._by or known.unread:
            narrowed = narrow_turns(detail.turns, self.expression, self._texts)
            if narrowed.turns == known.turns:
                narrowed = replace(narrowed, turns=known.turns)
            self._narrowed, self._of, self._by = narrowed, detail.turns, self.expression
            self._unsearched = self._texts.unsearched(self._of) if narrowed.sought else 0
            self._queue = [turn for turn in narrowed.unread if turn.judged]
            self._search()
        return self._narrowed

    def prepared(self, land: Land) -> Land:
        """`land`, and what the turn says that it comes to, so that the filter knows that."""
        texts = self._next_texts = Texts()
        expression = self.expression

        def prepare(run: OpenedRun) -> Turn | None:
            turn = land(run)
            if turn is not None:
                texts.read([turn], narrow_turns([turn], expression).sought)
            return turn

        return prepare

    def renew(self) -> None:
        """Another run is open: what turns say is looked for anew."""
        self._texts, self._narrowed, self._of = self._next_texts, _NOTHING, ()
        self._queue = []

    def let_through(self, turn: Turn | None) -> bool:
        """Drop the filter if it hides a turn that is to be shown; whether it did."""
        if turn is None or narrow_turns([turn], self.expression, self._texts).turns:
            return False
        hides = f"filter {one_line(self.expression)} dropped: it hides this turn"
        self._pane.app.notify(hides, markup=False, timeout=3)
        self._bar("turns").keep("")
        return True

    @property
    def progress(self) -> str:
        """What is still looked through; empty when all is."""
        left = len(self._narrowed.unread)
        return f"looking through {left:,} turns for {self.expression} …" if left else ""

    @property
    def remark(self) -> str:
        """The filter in force, how many it lets through, and of how many that isn't known."""
        if not self.expression:
            return ""
        left = len(self._narrowed.unread)
        text = f"filter {self.expression}: {len(self._narrowed.turns):,} of {len(self._of):,}"
        if left:
            return f"{text}, {left:,} to look through"
        return f"{text}, {self._unsearched:,} can't be read" if self._unsearched else text

    def _search(self) -> None:
        """Look through some more turns; what was found is shown now and then."""
        sought, texts = self._narrowed.sought, self._texts
        if self._searching or not self._queue:
            return
        some, self._queue = self._queue[:_SLICE], self._queue[_SLICE:]
        self._searching = True

        def take(_read: None) -> None:
            self._searching = False
            # Narrowing thousands costs more than reading some hundreds: not each slice.
            if self._queue and monotonic() - self._shown_at < _SHOWN:
                self._pane.set_timer(_BREATH, self._search)
            else:
                self._shown_at = monotonic()
                self._pane.showing.turns()

        self._pane.load("texts", lambda: texts.read(some, sought), take)

    def _bar(self, name: str) -> FilterBar:
        return self._pane.query_one(f"#{name}-filter", FilterBar)
