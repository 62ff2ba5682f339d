"""What of the runs is read: the list a page at a time, and the one run that is open."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Final

from orket_console.base.errors import ConsoleError
from orket_console.base.text import one_line
from orket_console.runs.detail import OpenedRun
from orket_console.runs.model import Run, RunDetail, RunPage, Tally
from orket_console.runs.sessions import PAGE
from orket_console.ui.panes.runs.reader import Land, Opened, RunReader

if TYPE_CHECKING:
    from orket_console.ui.panes.runs.pane import RunsPane

_SHOWN: Final = 0.25
"""Seconds between two drawings of a run that is being read."""
_DRAWN: Final = 0.1
"""Seconds in which its first turns are drawn, before more of it is read."""
_BREATH: Final = 0.02
"""Seconds between two slices of it, for keys."""
_PATIENCE: Final = 0.7
"""Seconds after which a run that is still being read says so."""
_FURTHEST: Final = 1000
"""Runs among which the one that was left is looked for."""
_REST: Final = 0.4
"""Seconds that the cursor rests on a run in the list before its turns are read."""


class Reading:
    """`page` is the list as it was read last. `run` is the one that is open, `detail` what of
    it is shown; both None while none is open."""

    def __init__(self, pane: RunsPane) -> None:
        self._pane = pane
        self._reader = RunReader(pane.context, pane.load, pane.tell)
        self._limit = PAGE
        self._shown_at = 0.0
        self.page: RunPage | None = None
        self.run: OpenedRun | None = None
        self.detail: RunDetail | None = None

    def look_again(self) -> None:
        """What is in view, where it changed."""
        if self._reader.busy:
            return
        if self._pane.level == "runs":
            self.read_page()
        elif self.run is not None:
            self._reader.refresh(self.run, self._pane.turns.at_hand, self._taker(self.run))

    def read_page(self) -> None:
        self._reader.page(self._limit, self._pane.runs.in_view, self._take_page)

    def more(self) -> None:
        """Older runs, too."""
        self._limit += PAGE
        self.read_page()

    @property
    def no_further_failure(self) -> str:
        """Of the runs in the list, as far as they were looked at."""
        page = self.page
        if page is None or not all(run.looked for run in page.runs):
            return "no further failure so far, runs are still being looked at"
        return "no further failure: m lists older runs" if page.more else "no further failure"

    def reach(self, session: str) -> bool:
        """Read older runs, too, where the page may not go as far back as to this one."""
        page = self.page
        listed = page is None or any(run.session == session for run in page.runs)
        if listed or page is None or not page.more or self._limit >= _FURTHEST:
            return False
        self._limit *= 2
        self.read_page()
        return True

    def again(self) -> None:
        """All that is in view, whether it seems to have changed or not."""
        if self._pane.level == "runs" or self.run is None:
            self.read_page()
        else:
            self._reader.reread(self.run, self._taker(self.run))

    def open(self, word: str, land: Land) -> None:
        """The run that `word` names, at the turn that `land` chooses (None: its first)."""
        self._pane.keeping.settled = True
        self.reopen(word, land, self.take_opened)
        self._pane.set_timer(_PATIENCE, self._say_what_is_read)

    def reopen(self, word: str, land: Land, then: Callable[[Opened | ConsoleError], None]) -> None:
        """The same, but for `then`, which shows it."""
        self._reader.open(word, self._pane.filtering.prepared(land), then)

    def close(self) -> None:
        """Let go of the open run with all of its turns; the list comes to stand on it."""
        if self.detail is not None:
            self._pane.keeping.wanted_run = self.detail.run.session
        self.run = self.detail = None
        self._pane.filtering.renew()
        self._pane.stepping.look_at(())
        self._pane.turns.clear()

    def tally_of(self, run: Run) -> Tally | None:
        """What the turns of a run in the list come to; None while that is being read, and
        then it is shown."""
        known = self._reader.known_tally(run)
        if known is None:
            # Not while the cursor goes by, nor in the way of opening it.
            self._pane.set_timer(_REST, lambda: self._tally(run))
        return known

    def _tally(self, run: Run) -> None:
        if self._pane.level == "runs" and self._pane.runs.run == run and not self._reader.wanted:
            self._reader.tally(run, self._show_tally)

    def _show_tally(self) -> None:
        if self._pane.level == "runs":
            self._pane.showing.run()

    def _take_page(self, page: RunPage) -> None:
        """Show it, and look behind its other rows, some at a time."""
        if page != self.page:
            self.page = page
            self._pane.showing.runs()
            self._pane.refresh_bindings()
        if not all(run.looked for run in page.runs):
            self._reader.look(page, self._take_page)

    def _taker(self, run: OpenedRun) -> Callable[[RunDetail], None]:
        """Takes what was read of a run, while that is the one that is open."""

        def take(detail: RunDetail) -> None:
            if self.run is not run:
                return
            now = monotonic()
            # Showing thousands of turns costs more than reading some hundreds: not each slice.
            if detail != self.detail and (not detail.pending or now - self._shown_at > _SHOWN):
                self.detail, self._shown_at = detail, now
                self._pane.showing.turns()
            if detail.pending:
                self._pane.set_timer(_BREATH, lambda: self._judge_more(run))

        return take

    def _judge_more(self, run: OpenedRun) -> None:
        """The next slice of a run's turns, if it is still open and nothing else reads."""
        if self.run is run and not self._reader.busy:
            self._reader.judge(run, self._pane.turns.at_hand, self._taker(run))

    def _say_what_is_read(self) -> None:
        if self._reader.wanted:
            wanted = one_line(self._reader.wanted)
            self._pane.app.notify(f"reading {wanted} …", markup=False, timeout=2)

    def take_opened(self, answer: Opened | ConsoleError) -> None:
        if isinstance(answer, ConsoleError):
            self._pane.tell(str(answer))
            return
        self.run, self.detail = answer.run, answer.detail
        self._pane.filtering.renew()
        self._pane.showing.opened(answer.turn)
        for problem in answer.detail.problems[:1]:
            self._pane.tell(problem)
        if answer.detail.pending:
            # What is on screen comes first.
            self._pane.set_timer(_DRAWN, lambda: self._judge_more(answer.run))
