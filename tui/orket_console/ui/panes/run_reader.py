"""What the Runs tab reads, off the event loop and one look at a time."""

from __future__ import annotations

from collections.abc import Callable

from orket_console.base.errors import ConsoleError
from orket_console.runs.detail import open_run
from orket_console.runs.ledger import Ledger
from orket_console.runs.model import RunDetail, RunPage, Turn
from orket_console.runs.sessions import list_runs, resolve_session
from orket_console.ui.context import UiContext
from orket_console.ui.widgets.turn_panel import Load

Land = Callable[[RunDetail], Turn | None]
"""Which turn of a run to come to once it is read; None for the first."""
Opened = tuple[RunDetail, Turn | None]


class RunReader:
    """`busy` while a look at the list or at a run again is under way; `wanted` is the run
    that is being opened, empty for none."""

    def __init__(self, context: UiContext, load: Load) -> None:
        self._target = context.target
        self._clock = context.clock
        self._load = load
        self.busy = False
        self.wanted = ""

    def page(self, limit: int, then: Callable[[RunPage], None]) -> None:
        """The newest runs."""
        self.busy = True

        def take(page: RunPage) -> None:
            self.busy = False
            then(page)

        self._load("runs", lambda: list_runs(self._target, self._clock, limit), take)

    def again(self, known: RunDetail, then: Callable[[RunDetail], None]) -> None:
        """A run that is open: what changed of it since. One that vanished stays as it was."""
        self.busy = True

        def read() -> RunDetail:
            try:
                return open_run(self._target, self._clock, known.run.session, known.turns)
            except ConsoleError:
                return known

        def take(detail: RunDetail) -> None:
            self.busy = False
            then(detail)

        self._load("again", read, take)

    def open(self, word: str, land: Land, then: Callable[[Opened | ConsoleError], None]) -> None:
        """The run that `word` names, and the turn of it that `land` chooses."""
        self.wanted = word

        def read() -> Opened | ConsoleError:
            try:
                session = resolve_session(self._target, Ledger(self._target.runtime_db), word)
                detail = open_run(self._target, self._clock, session)
                return detail, land(detail)
            except ConsoleError as error:
                return error

        def take(answer: Opened | ConsoleError) -> None:
            self.wanted = ""
            then(answer)

        self._load("run", read, take)
