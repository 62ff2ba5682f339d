"""What the Runs tab reads, off the event loop and one look at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from orket_console.base.errors import ConsoleError
from orket_console.runs.detail import OpenedRun
from orket_console.runs.ledger import Ledger
from orket_console.runs.model import Run, RunDetail, RunPage, Tally, Turn
from orket_console.runs.resolve import resolve_session
from orket_console.runs.sessions import RunList
from orket_console.ui.context import UiContext
from orket_console.ui.widgets.turn_reader import Load

Result = TypeVar("Result")
Land = Callable[[OpenedRun], Turn | None]
"""Which turn of a run to come to once it is open; None for the first."""
_SLICE: Final = 200
"""Turns that are judged in one go: some hundredths of a second."""
_RUNS: Final = 25
_TALLIED: Final = 500
"""Turns of a run in the list that are read for what they come to."""
_KEPT: Final = 100
_TallyKey = tuple[str, int | None, datetime | None]
"""Changes when the turns of a run may come to something else."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A run that was opened, as far as it was read then, and the turn to come to."""

    run: OpenedRun
    detail: RunDetail
    turn: Turn | None


class RunReader:
    """`busy` while a look at the list or at a run again is under way; `wanted` is the run
    that is being opened, empty for none. `tell` says what could not be read."""

    def __init__(self, context: UiContext, load: Load, tell: Callable[[str], None]) -> None:
        self._target = context.target
        self._runs = RunList(context.target, context.clock)
        self._clock = context.clock
        self._load = load
        self._tell = tell
        self._tallies: dict[_TallyKey, Tally] = {}
        self.busy = False
        self.wanted = ""

    def page(self, limit: int, in_view: Sequence[str], then: Callable[[RunPage], None]) -> None:
        """The newest runs, those `in_view` (else the first) looked at; see `look`."""

        def read() -> RunPage:
            page = self._runs.page(limit)
            return self._runs.look(in_view or [run.session for run in page.runs[:_RUNS]])

        self._again("runs", read, then)

    def look(self, page: RunPage, then: Callable[[RunPage], None]) -> None:
        """The same page, some more of its runs looked at."""
        left = [run.session for run in page.runs if not run.looked][:_RUNS]
        self._again("runs", lambda: self._runs.look(left), then)

    def refresh(
        self, run: OpenedRun, in_view: Sequence[str], then: Callable[[RunDetail], None]
    ) -> None:
        """What changed of a run that is open. One that vanished stays as it was."""

        def read() -> RunDetail:
            try:
                return run.refresh(in_view)
            except ConsoleError:
                return run.detail

        self._again("again", read, then)

    def reread(self, run: OpenedRun, then: Callable[[RunDetail], None]) -> None:
        """Every file of a run that is open, if it changed."""
        self._again("again", run.reread, then)

    def judge(
        self, run: OpenedRun, in_view: Sequence[str], then: Callable[[RunDetail], None]
    ) -> None:
        """Some more turns of a run that is open, those in view first."""
        self._again("again", lambda: run.judge(in_view, _SLICE), then)

    def known_tally(self, run: Run) -> Tally | None:
        """What the turns of a run in the list come to, where that was read."""
        return self._tallies.get(_tally_key(run))

    def tally(self, run: Run, then: Callable[[], None]) -> None:
        """Read what the turns of a run in the list come to; of one with very many, the first."""

        def read() -> Tally | None:
            try:
                opened = OpenedRun(self._target, self._clock, run.session)
            except ConsoleError:
                return None
            return opened.judge(most=_TALLIED).tally

        def take(tally: Tally | None) -> None:
            if tally is None:
                return
            self._tallies[_tally_key(run)] = tally
            while len(self._tallies) > _KEPT:
                del self._tallies[next(iter(self._tallies))]
            then()

        self._load("tally", read, take)

    def open(self, word: str, land: Land, then: Callable[[Opened | ConsoleError], None]) -> None:
        """The run that `word` names, and the turn of it that `land` chooses."""
        self.wanted = word

        def read() -> Opened | ConsoleError:
            try:
                session = resolve_session(self._target, Ledger(self._target.runtime_db), word)
                run = OpenedRun(self._target, self._clock, session)
                turn = land(run)
                return Opened(run, run.detail, turn)
            except ConsoleError as error:
                return error

        def take(answer: Opened | ConsoleError) -> None:
            self.wanted = ""
            then(answer)

        self._load("run", read, take)

    def _again(self, name: str, read: Callable[[], Result], then: Callable[[Result], None]) -> None:
        self.busy = True

        def answer() -> Result | ConsoleError:
            try:
                return read()
            except ConsoleError as error:
                # Handed on: it must not leave this busy for good.
                return error

        def take(result: Result | ConsoleError) -> None:
            self.busy = False
            if isinstance(result, ConsoleError):
                self._tell(str(result))
            else:
                then(result)

        self._load(name, answer, take)


def _tally_key(run: Run) -> _TallyKey:
    return run.session, run.turns, run.last_activity
